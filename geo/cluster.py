"""How far a hotspot reaches: the chance of every cell that it belongs to a cluster.

A test says that somewhere more happens than exposure explains, but it is a poor pencil: windows
that touch a cluster light up outside of it, and its thin edge stays dark. Here every disc of cells
is a hypothesis: a cluster lies there, with this radius and this relative risk. Discs that overlap
compete for the same events, and a cell belongs as surely as the discs that cover it are likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.bands import bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

RISKS = (2.0, 3.0, 5.0)
"""Relative risks a cluster may have. Product choice: below 2 nobody would send a team."""

RADII = (1.0, 1.5, 2.0, 2.9)
"""Radii of a cluster in cells: 5, 9, 13 and 25 of them. Product choice, measured by
``benchmarks/calibration.py`` on clusters of other sizes, too."""

PRIOR = 1e-3
"""Chance of a cell to be the middle of a cluster before anything was observed (product choice)."""

_REACH = 2  # of the largest disc, in cells
_RIVALS = 4  # discs whose middles are so near compete
_HALO = 2 * _REACH + _RIVALS


def belonging(col: Ints, row: Ints, *, observed: Floats, expected: Floats, phi: float) -> Floats:
    """Say how likely each cell belongs to a cluster.

    Parameters
    ----------
    col, row
        Distinct cells, n of them.
    observed, expected
        Events per cell, and what it would have outside of any cluster. Cells where nothing is
        expected say nothing.
    phi
        Dispersion of single cells, see :func:`geo.count_tests.dispersion`.

    Returns
    -------
    n floats between 0 and 1
    """
    chance = np.zeros(len(col))
    weight = np.array([_evidence(observed, expected, risk=risk, phi=phi) for risk in RISKS])
    for band in bands(col, row, margin=_HALO):
        chance[band.inside] = band.taken(_chances(band.planes(weight)))
    return np.minimum(chance, 1.0)


def _evidence(observed: Floats, expected: Floats, *, risk: float, phi: float) -> Floats:
    """Return the log likelihood ratio of each cell: this relative risk against none."""
    if phi > 0:
        k = 1 / phi
        ratio = observed * np.log(risk)
        ratio -= (observed + k) * np.log1p((risk - 1) * expected / (k + expected))
    else:
        ratio = observed * np.log(risk) - (risk - 1) * expected
    return np.asarray(np.where(expected > 0, ratio, 0.0), np.float64)


def _rings() -> list[list[tuple[int, int]]]:
    """List the steps from the middle that each radius adds to the one before."""
    span = range(-_REACH - 1, _REACH + 2)
    steps = [(j, i) for j in span for i in span]
    bounds = zip((-1.0, *RADII), RADII, strict=False)
    return [[s for s in steps if low < np.hypot(*s) <= high] for low, high in bounds]


_RINGS = _rings()


def _shifted(plane: Floats, steps: list[tuple[int, int]]) -> Floats:
    """Sum the plane at all *steps* from each cell."""
    tall, wide = plane.shape
    margin = np.pad(plane, _REACH)
    total = np.zeros_like(plane)
    for j, i in steps:
        total += margin[_REACH + j : _REACH + j + tall, _REACH + i : _REACH + i + wide]
    return total


def _chances(planes: Floats) -> Floats:
    """Turn evidence per cell, one plane for each risk, into the chance to be in a cluster."""
    odds = np.full((len(_RINGS), *planes.shape[1:]), -np.inf)
    prior = np.log(PRIOR / (len(RISKS) * len(_RINGS)))
    for plane in planes:
        inside = np.full_like(plane, prior)
        for size, steps in enumerate(_RINGS):
            inside += _shifted(plane, steps)
            odds[size] = np.logaddexp(odds[size], inside)
    rivals = np.logaddexp.reduce(odds)
    for axis in (0, 1):
        rivals = _log_sums(rivals, axis=axis)
    likely = np.exp(odds - np.logaddexp(rivals, 0.0))
    # A disc covers the rings of all smaller ones, too.
    covering = np.cumsum(likely[::-1], axis=0)[::-1]
    return np.asarray(sum(_shifted(covering[k], s) for k, s in enumerate(_RINGS)), np.float64)


def _log_sums(plane: Floats, *, axis: int) -> Floats:
    """Add up over the rivals along one axis, in logarithms: odds exceed any number."""
    margin = [(0, 0), (0, 0)]
    margin[axis] = (_RIVALS, _RIVALS)
    wide = np.pad(plane, margin, constant_values=-np.inf)
    parts = [
        np.take(wide, np.arange(plane.shape[axis]) + step, axis=axis)
        for step in range(2 * _RIVALS + 1)
    ]
    return np.asarray(np.logaddexp.reduce(parts), np.float64)
