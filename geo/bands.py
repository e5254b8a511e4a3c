"""Cells in bands of rows, laid out as full rectangles: windows over neighbours become shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_ROWS = 512  # of a band: bounds the memory on large areas


class Band(NamedTuple):
    """Some rows of cells, and those near enough to matter to them.

    ``inside`` are the positions of the band's own cells, ``near`` of all; ``at`` and ``place`` are
    their rows and columns in a rectangle of ``shape`` that leaves a margin around them.
    """

    inside: Ints
    near: Ints
    at: tuple[Ints, Ints]
    place: tuple[Ints, Ints]
    shape: tuple[int, int]

    def planes(self, values: Floats) -> Floats:
        """Lay out *values*, one row of n numbers for each plane; 0 where there is no cell."""
        planes = np.zeros((len(values), *self.shape))
        planes[:, self.place[0], self.place[1]] = values[:, self.near]
        return planes

    def taken(self, plane: Floats) -> Floats:
        """Return what a plane, or a stack of them, has at the band's own cells."""
        return plane[..., self.at[0], self.at[1]]


def bands(col: Ints, row: Ints, *, margin: int) -> Iterator[Band]:
    """Cut cells into bands, each with what lies within *margin* rows above and below."""
    order = np.argsort(row, kind="stable")
    ordered = row[order]
    start = 0
    while start < len(order):
        first = ordered[start]
        stop = int(np.searchsorted(ordered, first + _ROWS))
        low = int(np.searchsorted(ordered, first - margin))
        high = int(np.searchsorted(ordered, ordered[stop - 1] + margin, side="right"))
        inside, near = order[start:stop], order[low:high]
        left, top = col[near].min() - margin, row[near].min() - margin
        shape = (int(np.ptp(row[near])) + 1 + 2 * margin, int(np.ptp(col[near])) + 1 + 2 * margin)
        yield Band(
            inside=inside, near=near, shape=shape,
            at=(row[inside] - top, col[inside] - left), place=(row[near] - top, col[near] - left),
        )  # fmt: skip
        start = stop
