"""Lines of sight over a grid of heights, compiled where numba is there.

A ray runs straight over the grid from an observer to the middle of a cell. Wherever it crosses a
row or a column of cell middles, the ground between the two nearest middles is taken as straight,
and must not rise above the line of sight. The Earth curves away below the line, refraction takes
a share of that back. No corner is cut for speed: every cell has a ray of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar, cast

try:
    from numba import njit
except ImportError:  # no wheels for Macs with Intel processors
    njit = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_Function = TypeVar("_Function", bound="Callable[..., Any]")

EARTH_M = 6_371_000.0


def can_compile() -> bool:
    """Tell whether lines of sight are compiled here; without numba they take far too long."""
    return njit is not None


def spread_sight(
    heights: Floats,
    seen: Flags,
    *,
    col: float,
    row: float,
    eye: float,
    target: float,
    steps: tuple[float, float],
    reach: float,
    bend: float,
) -> None:
    """Mark in *seen* every cell that is seen from one observer.

    Parameters
    ----------
    heights
        Metres, float64, rows from any side; NaN where unknown: no obstacle and never seen.
    seen
        Flags of the same shape; what is set already is not looked at again.
    col, row
        Where the observer stands, in cells; the middle of the first cell is 0, 0.
    eye
        Height of the observer's eyes, metres above the datum of *heights*.
    target
        Height of what is looked for above its ground.
    steps
        Metres from one column to the next and from one row to the next.
    reach
        Metres within which is looked.
    bend
        Drop of the ground below the tangent, as a share of distance squared:
        (1 − refraction) / (2 × radius of the Earth).
    """
    _spread(heights, seen, col, row, eye, target, steps[0], steps[1], reach, bend)


def bend_of(refraction: float) -> float:
    """Return the share of distance squared by which the ground drops below the tangent."""
    return (1.0 - refraction) / (2.0 * EARTH_M)


def _compiled(function: _Function) -> _Function:
    """Compile *function* at its first call where numba is there."""
    return function if njit is None else cast("_Function", njit(function))


@_compiled
def _clear(
    ground: Floats, at: float, to: int, beside: float, slope: float, length: float, eye: float,
    rise: float, bend: float,
) -> bool:  # fmt: skip
    """Tell whether nothing rises above a ray where it crosses whole rows of *ground*.

    It runs from row *at* to row *to*, starts at column *beside* and moves on by *slope* a row.
    """
    step = 1 if to > at else -1
    k = math.floor(at) + 1 if step > 0 else math.ceil(at) - 1
    while (to - k) * step > 0:
        column = beside + (k - at) * slope
        low = math.floor(column)
        part = column - low
        top = ground[k, low]
        if part > 0.0:
            top += part * (ground[k, low + 1] - top)
        far = (k - at) / (to - at) * length
        if top - bend * far * far - eye > rise * far + 1e-9:
            return False
        k += step
    return True


@_compiled
def _spread(
    heights: Floats, seen: Flags, col: float, row: float, eye: float, target: float, dx: float,
    dy: float, reach: float, bend: float,
) -> None:  # fmt: skip
    rows, cols = heights.shape
    turned = heights.T
    for r in range(max(0, int(row - reach / dy)), min(rows, int(row + reach / dy) + 2)):
        for c in range(max(0, int(col - reach / dx)), min(cols, int(col + reach / dx) + 2)):
            across, along = c - col, r - row
            length = math.hypot(across * dx, along * dy)
            if seen[r, c] or math.isnan(heights[r, c]) or length > reach:
                continue
            if length == 0.0:
                seen[r, c] = True
                continue
            # Rise of the line of sight per metre, over the plane that touches the Earth at the eye.
            rise = (heights[r, c] + target - bend * length * length - eye) / length
            clear = along == 0.0 or _clear(
                heights, row, r, col, across / along, length, eye, rise, bend
            )
            if clear and across != 0.0:
                clear = _clear(turned, col, c, row, along / across, length, eye, rise, bend)
            seen[r, c] = clear
