"""Where to look next: the events that each cell will see, forecast from the past alone.

What happened recently and near counts more, what happened long ago still counts. How much, the
area's own past says: maps of past events, each with another memory and another reach, are mixed
with the weights that would have forecast the last periods best (a space-time kernel mixture, fitted
by expectation maximisation). No claim of significance goes with it, see geo.hotspot for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.ndimage import gaussian_filter, uniform_filter

from geo import crs as datums

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.grid import SquareGrid

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Kernel(NamedTuple):
    """How an event is remembered: it fades by e in ``days`` (None: never), over ``metres``."""

    days: float | None
    metres: float
    share: float
    """Weight before the area's own past speaks: means over two years of Chicago complaints
    (MIT-licensed outcomes, monthly forecasts), product choice beyond that."""


KERNELS = (
    Kernel(7, 150, 0.02), Kernel(30, 150, 0.07), Kernel(30, 400, 0.11),
    Kernel(90, 150, 0.08), Kernel(90, 400, 0.04), Kernel(365, 100, 0.21),
    Kernel(365, 300, 0.07), Kernel(None, 100, 0.29), Kernel(None, 300, 0.07),
    Kernel(None, 800, 0.02),
)  # fmt: skip
"""The kernels that are mixed; what is missing to 1 is spread evenly over the area."""

EXPOSED = ((100, 0.20), (400, 0.20))
"""Reach in metres and weight, before the area's own past speaks, of maps of where something can
happen at all, if that is given (product choice); the kernels and the rest share what is left."""

PRIOR_EVENTS = 20.0
"""Events for which the weights of :data:`KERNELS` stand; many events of one's own outweigh them."""

_LEAST_WINDOWS, _MOST_WINDOWS = 6, 52  # past periods on which weights are fitted
_ENOUGH_EVENTS = 300  # in the periods, beyond the least number of them
_STEPS = 100  # of expectation maximisation
_TRUNCATE = 4.0  # standard deviations after which a kernel is nothing
_FINER = 5  # parts of a side, for the area that is worth most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What is expected in the coming period.

    Attributes
    ----------
    scores
        Expected events by cell, the highest first, ties by cell; cells with nothing are left out.
    weights
        Share of each kernel in the order of :data:`KERNELS`, of :data:`EXPOSED` where exposure was
        given, then the even rest; they add up to 1.
    windows
        Number of past periods on which the weights were fitted.
    """

    scores: pd.Series[float]
    weights: tuple[float, ...]
    windows: int


def forecast(
    events: pd.DataFrame,
    *,
    grid: SquareGrid,
    area: Iterable[str],
    today: dt.date,
    horizon_days: int,
    exposure: pd.DataFrame | None = None,
) -> Forecast:
    """Forecast the events of each cell in the *horizon_days* from *today* on.

    Parameters
    ----------
    events
        Columns ``cell`` and ``on`` (date), one row per event. Events on *today* or later, and
        those outside the area, are not looked at.
    grid
        The grid of the ids.
    area
        Cells for which the forecast is made; nothing is expected elsewhere.
    today
        First day of the period.
    horizon_days
        Length of the period. It decides how long the weights let the past reach.
    exposure
        Column ``cell``, one row for each place where something can happen (an enterprise). Few
        events say little; then those places say more.

    Raises
    ------
    ValueError
        If the horizon is shorter than a day or the area is empty.
    """
    cells = sorted(set(area))
    if horizon_days < 1 or not cells:
        raise ValueError(f"horizon of {horizon_days} days over {len(cells)} cells")
    raster = _Raster.around(*grid.indices(cells), side_m=grid.size_m)
    inside = events[events["cell"].isin(cells)]
    at = raster.place(*grid.indices(inside["cell"]))
    age = _ages(inside["on"], today)
    past = age > 0
    if exposure is not None:
        exposed = exposure["cell"][exposure["cell"].isin(cells)]
        raster = replace(raster, exposed=raster.place(*grid.indices(exposed)))
    weights, windows, rate = _fitted(raster, at[past], age[past], horizon=horizon_days)
    expected = rate * (_maps(raster, at[past], age[past]) * weights).sum(axis=1)
    # Rounded so that cells that tie on paper also tie on every machine.
    scores = pd.Series(np.round(expected, 9), index=pd.Index(cells, name="cell"), name="priority")
    scores = scores[scores > 0].sort_values(ascending=False, kind="stable")
    return Forecast(scores=scores, weights=tuple(np.round(weights, 9)), windows=windows)


class FineScores(NamedTuple):
    """Squares of ``side_m`` metres and what is expected in the cell-sized square around each."""

    col: Ints
    row: Ints
    score: Floats
    side_m: float


def fine_scores(
    events: pd.DataFrame,
    found: Forecast,
    *,
    grid: SquareGrid,
    area: Iterable[str],
    today: dt.date,
    exposure: pd.DataFrame | None = None,
) -> FineScores:
    """Score squares of a fifth of a cell's side by what is expected in the cell around each.

    A map of them hardly hangs on where the grid begins, while of the best 500 m cells of a city
    two thirds change when it is moved (``benchmarks/hotspots.py --moved``).

    Parameters
    ----------
    events
        Columns ``lon``, ``lat`` (WGS-84) and ``on`` (date): the events given to :func:`forecast`.
    found
        Its answer, for the weights.
    area
        Cells for which the forecast was made; each is cut into 25.
    exposure
        Columns ``lon`` and ``lat`` (WGS-84) of what was given to it.
    """
    col, row = grid.indices(sorted(set(area)))
    steps = np.arange(_FINER * _FINER)
    cols = (col[:, None] * _FINER + steps % _FINER).ravel()
    rows = (row[:, None] * _FINER + steps // _FINER).ravel()
    side = grid.size_m / _FINER
    raster = _Raster.around(cols, rows, side_m=side)
    at, age = _squares(events, raster, grid=grid), _ages(events["on"], today)
    if exposure is not None:
        exposed = _squares(exposure, raster, grid=grid)
        raster = replace(raster, exposed=exposed[exposed >= 0])
    past = (at >= 0) & (age > 0)
    maps = _maps(raster, at[past], age[past], window=_FINER)
    score = np.round((maps * np.array(found.weights)).sum(axis=1), 12)
    return FineScores(col=cols, row=rows, score=score, side_m=side)


def _squares(points: pd.DataFrame, raster: _Raster, *, grid: SquareGrid) -> Ints:
    """Return the places of points, -1 for those outside or without a place."""
    x, y = datums.project(points["lon"].to_numpy(float), points["lat"].to_numpy(float), grid.crs)
    known = np.isfinite(x) & np.isfinite(y)
    col, row = (np.floor(np.where(known, v, 0.0) / raster.side_m).astype(np.int64) for v in (x, y))
    return np.asarray(np.where(known, raster.place(col, row), -1), np.int64)


def best_area(fine: FineScores, *, grid: SquareGrid, share: float = 0.05) -> BaseGeometry:
    """Draw the part of the area in which most is expected.

    Parameters
    ----------
    fine
        Answer of :func:`fine_scores`.
    share
        Part of the area that is drawn, above 0 and at most 1.

    Returns
    -------
    Polygon or MultiPolygon in WGS-84

    Raises
    ------
    ValueError
        If the share is none.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share}")
    best = np.lexsort((fine.col, fine.row, -fine.score))[: max(1, round(share * len(fine.score)))]
    col, row, side = fine.col[best], fine.row[best], fine.side_m
    shape = shapely.union_all(
        shapely.box(col * side, row * side, (col + 1) * side, (row + 1) * side)
    )
    return shapely.transform(
        shape, lambda xy: np.column_stack(datums.unproject(xy[:, 0], xy[:, 1], grid.crs))
    )


def _ages(on: pd.Series[dt.date], today: dt.date) -> Floats:
    return np.array([(today - day).days for day in on], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Raster:
    """The area as a full rectangle, in which maps are smoothed.

    ``inside`` are its own cells, ``exposed`` where something can happen, None where nobody says.
    """

    left: int
    bottom: int
    shape: tuple[int, int]
    inside: Ints
    side_m: float
    exposed: Ints | None = None

    @property
    def prior(self) -> Floats:
        """Weights of the maps before the area's own past speaks."""
        shares = [kernel.share for kernel in KERNELS]
        if self.exposed is not None:
            places = [share for _, share in EXPOSED]
            shares = [share * (1 - sum(places)) for share in shares] + places
        return np.array([*shares, 1.0 - sum(shares)])

    def counted(self, at: Ints, weight: Floats | None, *, window: int) -> Floats:
        """Add up weights by place; over *window* × *window* of them where that is more than one."""
        flat = np.bincount(at, weights=weight, minlength=self.shape[0] * self.shape[1])
        plane = np.asarray(flat, np.float64).reshape(self.shape)
        return uniform_filter(plane, window, mode="constant") if window > 1 else plane

    def smooth(self, plane: Floats, *, metres: float) -> Floats:
        """Smooth a plane and scale it to 1 over the area; empty where there is nothing."""
        found = gaussian_filter(
            plane, metres / self.side_m, mode="constant", truncate=_TRUNCATE
        ).ravel()[self.inside]
        whole = found.sum()
        return np.asarray(found / whole if whole > 0 else found[:0], np.float64)

    @classmethod
    def around(cls, col: Ints, row: Ints, *, side_m: float) -> _Raster:
        left, bottom = int(col.min()), int(row.min())
        shape = (int(row.max()) - bottom + 1, int(col.max()) - left + 1)
        inside = (row - bottom) * shape[1] + (col - left)
        return cls(left=left, bottom=bottom, shape=shape, inside=inside, side_m=side_m)

    def place(self, col: Ints, row: Ints) -> Ints:
        """Return the places of cells in the flat rectangle, -1 outside of it."""
        i, j = row - self.bottom, col - self.left
        within = (i >= 0) & (i < self.shape[0]) & (j >= 0) & (j < self.shape[1])
        return np.asarray(np.where(within, i * self.shape[1] + j, -1), np.int64)


def _maps(raster: _Raster, at: Ints, age: Floats, *, window: int = 1) -> Floats:
    """Map the events once with every kernel, then where they can happen, then evenly.

    Returns
    -------
    cells × maps array; each map sums to 1 over the area
    """
    planes: dict[float | None, Floats] = {}
    found = []
    for kernel in KERNELS:
        if kernel.days not in planes:
            weight = None if kernel.days is None else np.exp(-age / kernel.days)
            planes[kernel.days] = raster.counted(at, weight, window=window)
        found.append(raster.smooth(planes[kernel.days], metres=kernel.metres))
    if raster.exposed is not None:
        plane = raster.counted(raster.exposed, None, window=window)
        found += [raster.smooth(plane, metres=metres) for metres, _ in EXPOSED]
    maps = np.full((len(raster.inside), len(found) + 1), 1.0 / len(raster.inside))
    for column, values in enumerate(found):
        if len(values):
            maps[:, column] = values
    return maps


def _fitted(raster: _Raster, at: Ints, age: Floats, *, horizon: int) -> tuple[Floats, int, float]:
    """Fit weights to the last periods; return them, the number of periods, and events in one."""
    prior = raster.prior
    maps, counts = [], []
    cell_of = np.full(raster.shape[0] * raster.shape[1], -1)
    cell_of[raster.inside] = np.arange(len(raster.inside))
    total = 0
    oldest = age.max(initial=0.0)
    for back in range(1, _MOST_WINDOWS + 1):
        start = back * horizon  # days ago on which the period began
        if start >= oldest or (back > _LEAST_WINDOWS and total >= _ENOUGH_EVENTS):
            break
        before, during = age > start, (age <= start) & (age > start - horizon)
        counts.append(np.bincount(cell_of[at[during]], minlength=len(raster.inside)).astype(float))
        maps.append(_maps(raster, at[before], age[before] - start))
        total += int(during.sum())
    if not maps:
        return prior, 0, float(len(age))
    weights = _expectation_maximised(np.vstack(maps), np.concatenate(counts), prior=prior)
    return weights, len(maps), total / len(maps)


def _expectation_maximised(maps: Floats, counts: Floats, *, prior: Floats) -> Floats:
    """Return the mixing weights that make *counts* likeliest, *prior* weighing in."""
    seen = counts > 0
    maps, counts = maps[seen], counts[seen]
    weights = prior
    for _ in range(_STEPS):
        parts = maps * weights
        mixed = parts.sum(axis=1)
        credit = (parts * (counts / mixed)[:, None]).sum(axis=0)
        weights = credit + PRIOR_EVENTS * prior
        weights = weights / weights.sum()
    return weights
