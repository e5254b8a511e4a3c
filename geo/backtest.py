"""How well maps of the past say where the next events happen, window by window.

For each window every method sees only what was known before it, ranks the cells of the study area,
and is judged by the window's events: the hit rate is their share in the best 5, 10 and 20 % of the
cells, PAI that share divided by the share of cells. Windows without an event are left out.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from geo.crs import project
from geo.forecast import Forecast, fine_scores, forecast
from geo.gistar import gi_star

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.grid import SquareGrid

    Floats = NDArray[np.float64]

SHARES = (0.05, 0.10, 0.20)
"""Parts of the study area in which events are counted."""

MEASURES = tuple(f"{what}@{share:.0%}" for what in ("PAI", "hit") for share in SHARES)
"""Names of the figures, columns of :func:`measure`."""

OURS, FINE = "ours", "ours, fine"
KDE_M = 500.0
YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """Events of a study area, its cells and the grid.

    ``events`` has the columns cell, lon, lat (WGS-84) and on (date); where something becomes known
    only later, a column ``known`` with that day. ``exposure`` is that of
    :func:`geo.forecast.forecast`.
    """

    events: pd.DataFrame
    area: list[str]
    grid: SquareGrid
    exposure: pd.DataFrame | None = None


class Past:
    """What is known before a day, as counts and rasters over the study area."""

    def __init__(self, case: Case, today: dt.date) -> None:
        self.case, self.today = case, today
        seen = case.events["on"] < today
        if "known" in case.events:
            seen &= case.events["known"] < today
        self.events = case.events[seen]
        self.age = np.array([(today - day).days for day in self.events["on"]], dtype=float)
        self._forecasts: dict[int, Forecast] = {}

    def counts(self, within: int | None = None) -> pd.Series[float]:
        """Count events by cell, of the last so many days or all."""
        chosen = self.events if within is None else self.events[self.age <= within]
        found = chosen.groupby("cell").size().astype(float)
        return found.reindex(self.case.area, fill_value=0.0)

    def kde(self) -> pd.Series[float]:
        """Smooth a year's counts with a Gaussian."""
        counts = self.counts(YEAR)
        col, row = self.case.grid.indices(counts.index)
        plane = np.zeros((row.max() - row.min() + 1, col.max() - col.min() + 1))
        plane[row - row.min(), col - col.min()] = counts.to_numpy()
        smooth = gaussian_filter(plane, KDE_M / self.case.grid.size_m, mode="constant")
        return pd.Series(smooth[row - row.min(), col - col.min()], index=counts.index)

    def forecast(self, horizon: int) -> Forecast:
        """Forecast the next *horizon* days as the product does; worked out once."""
        if horizon not in self._forecasts:
            self._forecasts[horizon] = forecast(
                self.events, grid=self.case.grid, area=self.case.area, today=self.today,
                horizon_days=horizon, exposure=self.case.exposure,
            )  # fmt: skip
        return self._forecasts[horizon]


Method = Callable[[Past, int], "pd.Series[float]"]
"""Scores cells from the past for a period of so many days."""

LAST, ONE_YEAR, ALL = "last period's count", "one year's count", "count of all history"
KDE, GI_STAR = f"KDE of a year, {KDE_M:.0f} m", "Gi* of a year"

METHODS: Mapping[str, Method] = {
    LAST: lambda past, horizon: past.counts(horizon),
    ONE_YEAR: lambda past, _: past.counts(YEAR),
    ALL: lambda past, _: past.counts(),
    KDE: lambda past, _: past.kde(),
    GI_STAR: lambda past, _: gi_star(past.counts(YEAR), grid=past.case.grid)["z"],
    OURS: lambda past, horizon: past.forecast(horizon).scores,
}


def judged(
    score: NDArray[Any], future: NDArray[Any], *, random: np.random.Generator
) -> dict[str, float]:
    """Return hit rates and PAI; equal scores are broken by lot."""
    order = np.lexsort((random.random(len(score)), -score))
    caught = np.cumsum(future[order]) / max(future.sum(), 1.0)
    result = {}
    for share in SHARES:
        cells = max(1, round(share * len(score)))
        result[f"hit@{share:.0%}"] = float(caught[cells - 1])
        result[f"PAI@{share:.0%}"] = float(caught[cells - 1] / (cells / len(score)))
    return result


def windows(
    events: pd.DataFrame, *, first: dt.date | None, horizon: int, every: int
) -> list[dt.date]:
    """List the first days of the windows; each lies wholly inside the history.

    They begin at the middle of the history unless *first* says otherwise. The history leaves out
    one event in a thousand at either end: ledgers know 1970 and 2099.
    """
    if events.empty:
        return []
    ordered = events["on"].sort_values().to_numpy()
    begin, end = ordered[len(ordered) // 1000], ordered[-1 - len(ordered) // 1000]
    start = first or begin + dt.timedelta(days=((end - begin).days + 1) // 2)
    last = end - dt.timedelta(days=horizon - 1)
    return [start + dt.timedelta(days=k) for k in range(0, max((last - start).days, -1) + 1, every)]


def measure(
    case: Case,
    days: Sequence[dt.date],
    *,
    horizon: int,
    seed: int,
    methods: Mapping[str, Method] = METHODS,
) -> pd.DataFrame:
    """Judge every method, and the forecast on fine squares, in the windows that begin on *days*.

    Returns
    -------
    DataFrame
        One row for each window with an event and each method: ``method``, ``on``, ``events``,
        :data:`MEASURES` and ``cpu`` (seconds; of the fine squares without the forecast they share).
    """
    rows: list[dict[str, Any]] = []
    for today in days:
        past, future = Past(case, today), _future(case, today, horizon)
        if future.empty:
            continue
        counts = future.groupby("cell").size().reindex(case.area, fill_value=0).to_numpy(float)
        facts = {"on": today, "events": len(future)}
        for name, method in methods.items():
            start = time.process_time()
            score = method(past, horizon).reindex(case.area, fill_value=0.0).to_numpy(float)
            spent = time.process_time() - start
            random = np.random.default_rng([seed, today.toordinal()])
            found = judged(score, counts, random=random)
            rows.append({"method": name, "cpu": spent, **facts, **found})
        rows.append({"method": FINE, **facts, **_fine(past, future, horizon)})
    return pd.DataFrame(rows, columns=["method", "on", "events", *MEASURES, "cpu"])


def _future(case: Case, today: dt.date, horizon: int) -> pd.DataFrame:
    on = case.events["on"]
    return case.events[(on >= today) & (on < today + dt.timedelta(days=horizon))]


def _fine(past: Past, future: pd.DataFrame, horizon: int) -> dict[str, float]:
    start = time.process_time()
    fine = fine_scores(
        past.events, past.forecast(horizon), grid=past.case.grid, area=past.case.area,
        today=past.today, exposure=past.case.exposure,
    )  # fmt: skip
    spent = time.process_time() - start
    x, y = project(future["lon"], future["lat"], past.case.grid.crs)
    at = pd.MultiIndex.from_arrays([x // fine.side_m, y // fine.side_m])
    counts = pd.Series(1.0, index=at).groupby(level=[0, 1]).sum()
    squares = pd.MultiIndex.from_arrays([fine.col.astype(float), fine.row.astype(float)])
    seen = counts.reindex(squares, fill_value=0.0).to_numpy(float)
    return {"cpu": spent, **judged(fine.score, seen, random=np.random.default_rng(0))}


def error(values: pd.Series[float]) -> float:
    """Return the standard error of the mean over windows; not a number for less than two."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """By how much one method is ahead of another, window by window: mean, its error, share won."""

    mean: float
    error: float
    won: float


def lead(found: pd.DataFrame, *, of: str, over: str, by: str = MEASURES[0]) -> Lead:
    """Compare two methods in the same windows of :func:`measure`."""
    wide = found.pivot_table(index="on", columns="method", values=by)
    less = wide[of] - wide[over]
    return Lead(mean=float(less.mean()), error=error(less), won=float((less > 0).mean()))
