"""How a hotspot came about and where it is heading: a class for each cell, from period to period.

What is hot for the first time is mostly luck: of many cells the one that was lucky stands out, and
next month it is ordinary again. So a hotspot is a watch until events that came *after* it was first
seen confirm it; and it stays until it was not seen for two periods, so that a cell at the edge does
not come and go. The periods are those of the window's evidence, see :func:`geo.hotspot.evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import bdtr, bdtrc

from geo.count_tests import upper_tail
from geo.hotspot import neighbourhood_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.grid import SquareGrid

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

TRENDS = (
    "intensifying", "persistent", "confirmed", "sporadic", "watch", "diminishing", "historical",
    "none",
)  # fmt: skip
"""The classes.

watch: hot, but not confirmed by what came after; confirmed: it was; intensifying, diminishing:
confirmed, and the later half of its periods has significantly more, or fewer, than the earlier;
persistent: confirmed and hot in 90 % of the last twelve periods, neither rising nor falling;
sporadic: hot again after it was gone; historical: confirmed once, gone now; none: never, or a watch
that nothing confirmed.
"""

LEAST_PERIODS = 12
"""Fewer periods show no trend (the twelve months of a year; product choice)."""

GONE = 2
"""Periods in a row without a hot cell nearby after which a hotspot is over (product choice)."""

_PROVEN = 0.05  # tail of the fresh events that confirms
_FRESH = 2  # periods, and events, that it takes at least
_TURN = 0.05  # tail of later against earlier half, for rising and falling each
_HALVES = 6  # fresh periods that it takes at least to speak of halves
_STEADY = 0.9  # of the last periods


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Period:
    """What was known at the end of one period.

    Attributes
    ----------
    found
        :func:`geo.hotspot.evidence` of the window that ends with the period.
    counts
        Events of the period alone by cell.
    """

    found: pd.DataFrame
    counts: pd.Series[float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellHistory:
    """One cell from period to period, oldest first.

    Attributes
    ----------
    hot, near
        Whether the cell was hot at the end of the period; whether it or a neighbour was.
    observed, expected, squares
        Of the period alone in the cell and its neighbours: events, what was expected, and the sum
        of the squared expectations of single cells.
    phi
        Dispersion of single cells.
    """

    hot: Flags
    near: Flags
    observed: Floats
    expected: Floats
    squares: Floats
    phi: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Periods from *start* up to *stop* in which a cell counted as hot; confirmed or not."""

    start: int
    stop: int
    confirmed: bool


def runs_of(cell: CellHistory) -> tuple[Run, ...]:
    """Return when the cell counted as hot: from the first sight until it was gone.

    A gap shorter than :data:`GONE` periods does not end a run; the periods of the gap that ends one
    are not part of it.
    """
    found: list[tuple[int, int]] = []
    start, last = -1, -1
    for period, (hot, near) in enumerate(zip(cell.hot, cell.near, strict=True)):
        if start >= 0 and period - last > GONE:
            found.append((start, last + 1))
            start = -1
        if hot and start < 0:
            start = last = period
        elif near and start >= 0:
            last = period
    if start >= 0:
        over = len(cell.hot) - last > GONE
        found.append((start, last + 1 if over else len(cell.hot)))
    return tuple(
        Run(start=a, stop=b, confirmed=_confirmed(cell, start=a, stop=b)) for a, b in found
    )


def _confirmed(cell: CellHistory, *, start: int, stop: int) -> bool:
    """Say whether the events after the period of first sight were too many for chance."""
    fresh = slice(start + 1, stop)
    seen, due = np.cumsum(cell.observed[fresh]), np.cumsum(cell.expected[fresh])
    # The expectation of a cell over k like periods is k times as much, its square k² times.
    count = np.arange(1, len(seen) + 1)
    squares = np.cumsum(cell.squares[fresh]) * count
    tail = upper_tail(seen, mean=due, squares=squares, phi=cell.phi)
    return bool(((tail <= _PROVEN) & (count >= _FRESH) & (seen >= _FRESH)).any())


def class_of(cell: CellHistory) -> str:
    """Return the class of one cell, see :data:`TRENDS`."""
    runs, periods = runs_of(cell), len(cell.hot)
    if not runs:
        return "none"
    now, last = runs[-1], max(0, periods - LEAST_PERIODS)
    if now.stop < periods:
        return "historical" if any(run.confirmed for run in runs) else "none"
    within = sum(max(0, run.stop - max(run.start, last)) for run in runs)
    steady = within >= _STEADY * (periods - last)
    if len(runs) > 1 and not steady:
        return "sporadic"
    if not now.confirmed:
        return "watch"
    return _turn(cell, since=now.start + 1) or ("persistent" if steady else "confirmed")


def _turn(cell: CellHistory, *, since: int) -> str:
    """Compare the later half of the periods with the earlier; empty where they are alike."""
    count = len(cell.hot) - since
    if count < _HALVES:
        return ""
    middle = len(cell.hot) - count // 2
    early, late = cell.observed[since:middle].sum(), cell.observed[middle:].sum()
    due = cell.expected[since:].sum()
    share = cell.expected[middle:].sum() / due if due > 0 else 0.5
    if early + late == 0 or not 0 < share < 1:
        return ""
    if late > 0 and bdtrc(late - 1, int(early + late), share) <= _TURN:
        return "intensifying"
    return "diminishing" if bdtr(late, int(early + late), share) <= _TURN else ""


def trends(periods: Sequence[Period], *, grid: SquareGrid) -> pd.DataFrame:
    """Class every cell that was ever hot in the given periods.

    Parameters
    ----------
    periods
        At least :data:`LEAST_PERIODS` of equal length, oldest first.
    grid
        The grid of the ids.

    Returns
    -------
    DataFrame indexed by cell, sorted
        ``trend``; ``hot_periods``, in how many it counted as hot; ``since``, the number of the
        period (0 is the oldest) in which it was first seen the last time.

    Raises
    ------
    ValueError
        If there are fewer periods.
    """
    if len(periods) < LEAST_PERIODS:
        raise ValueError(f"{len(periods)} periods, a trend needs {LEAST_PERIODS}")
    names, cells = _histories(periods, grid=grid)
    rows = []
    for cell in cells:
        runs = runs_of(cell)
        rows.append((class_of(cell), sum(run.stop - run.start for run in runs), runs[-1].start))
    return pd.DataFrame(
        rows, columns=["trend", "hot_periods", "since"], index=pd.Index(names, name="cell")
    )


def _histories(
    periods: Sequence[Period], *, grid: SquareGrid
) -> tuple[list[str], list[CellHistory]]:
    """Return the cells that were ever hot, each with its history."""
    index = periods[0].found.index
    for period in periods:
        index = index.union(period.found.index).union(period.counts.index)
    col, row = grid.indices(index)
    hot = np.array([p.found["hot"].reindex(index, fill_value=False) for p in periods], dtype=bool)
    seen = np.array([p.counts.reindex(index, fill_value=0.0) for p in periods], dtype=float)
    due = np.array([_expected(p, index) for p in periods])
    ever = np.flatnonzero(hot.any(axis=0))
    planes = np.vstack([hot, seen, due, due**2]).astype(float)
    sums = neighbourhood_sums(col, row, planes.T)[ever].reshape(len(ever), 4, len(periods))
    phi = float(periods[-1].found["dispersion"].max()) if len(periods[-1].found) else 0.0
    found = [
        CellHistory(hot=hot[:, at], near=own[0] > 0, observed=own[1], expected=own[2],
                    squares=own[3], phi=phi)
        for at, own in zip(ever, sums, strict=True)
    ]  # fmt: skip
    return index[ever].astype(str).tolist(), found


def _expected(period: Period, index: pd.Index[str]) -> Floats:
    """Return what each cell would have in the period if it were like those that are not hot."""
    found = period.found
    due = found["expected"].reindex(index, fill_value=0.0).to_numpy(float)
    seen = period.counts.reindex(index, fill_value=0.0).to_numpy(float)
    cold = ~found["hot"].reindex(index, fill_value=False).to_numpy(bool)
    whole = due[cold].sum()
    return due * (seen[cold].sum() / whole) if whole > 0 else due
