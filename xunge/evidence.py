"""Hotspots of the folder: which events count, against which exposure, and which cells to patrol."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.forecast import best_area, fine_scores, forecast
from geo.gistar import gi_star, is_uneven
from geo.hotspot import evidence, expected, type_rates
from geo.trend import LEAST_PERIODS, Period, trends
from layers.rows import records

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.grid import SquareGrid
    from xunge.sections import Hotspots

# Below so many discoveries in the window their map says nothing; inspections' findings speak then.
ENOUGH_DISCOVERIES = 20
_WEEK = 7
PERIOD_DAYS = 30
_MOST_PERIODS = 24  # of a month that a trend looks back
_SIGHT_M = 100.0
_STEP_DEGREES = 0.0002  # some 20 m between the points of a road that are looked at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hot:
    """What the cells show.

    Attributes
    ----------
    basis
        ``discoveries`` (illegal sites and substantiated reports against enterprises) or
        ``findings`` (inspections with serious findings against inspections made).
    events
        Columns cell, object, on: what was counted.
    cells
        :func:`geo.hotspot.evidence` of every cell with events or exposure.
    trends
        :func:`geo.trend.trends`; None while there are fewer than twelve periods, see ``ends``.
    ends
        The day after each period (of 30 days) for which evidence could be looked at.
    gi_star
        :func:`geo.gistar.gi_star` of the counts; ``uneven`` tells that exposure misleads it.
    scores
        Events expected in the coming week by cell, highest first: the patrol priority.
    month
        The part of the area (WGS-84) in which most is expected in the coming month; None where
        nothing happened yet.
    """

    basis: str
    events: pd.DataFrame
    cells: pd.DataFrame
    trends: pd.DataFrame | None
    ends: tuple[dt.date, ...]
    gi_star: pd.DataFrame
    uneven: bool
    scores: pd.Series[float]
    month: BaseGeometry | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """What counts in one folder, all of its history, and against what.

    ``found`` are the events, ``made`` the visits, both with cell, lon, lat, kind and on; ``firms``
    is :func:`exposed`; see :class:`Hot` for the basis.
    """

    basis: str
    found: pd.DataFrame
    made: pd.DataFrame
    firms: pd.DataFrame
    grid: SquareGrid
    area: tuple[str, ...]
    settings: Hotspots

    def window(self, until: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return events and visits of the window that ends the day before *until*."""
        since = until - dt.timedelta(days=self.settings.window_days)
        found, made = (
            frame[(frame["on"] >= since) & (frame["on"] < until)]
            for frame in (self.found, self.made)
        )
        return found, made

    def tested(self, until: dt.date) -> pd.DataFrame:
        """Compare what was found in each cell until a day with what its exposure explains.

        Discoveries also happen where no enterprise is registered: a share of them (the setting
        ``background``) is expected evenly over the area.
        """
        found, made = self.window(until)
        plain = self.basis == "discoveries"
        exposure = self.firms if plain else made[["cell", "kind"]].assign(exposure=1.0)
        rates = type_rates(exposure, observed=found.groupby("kind").size().astype(float))
        due = expected(
            exposure, rates=rates, total=float(len(found)), area=self.area,
            background=self.settings.background if plain else 0.0,
        )  # fmt: skip
        seen = found.groupby("cell").size().astype(float)
        return evidence(seen, due, grid=self.grid, q=self.settings.q)


def hotspots(
    objects: pd.DataFrame,
    *,
    discoveries: pd.DataFrame,
    visits: pd.DataFrame,
    grid: SquareGrid,
    area: Iterable[str],
    today: dt.date,
    settings: Hotspots,
) -> Hot:
    """Say where more happens than the enterprises explain, since when, and where to look next.

    Parameters
    ----------
    objects
        Frame of :func:`xunge.objects.objects`.
    discoveries
        Columns object, on: sites discovered and reports substantiated.
    visits
        Frame of :func:`layers.cases.visits_as_of`.
    area
        Cells of the whole area.
    """
    since = today - dt.timedelta(days=settings.window_days)
    basis, found, made = counted(objects, discoveries=discoveries, visits=visits, since=since)
    known = Counted(
        basis=basis, found=found[found["on"] < today], made=made, firms=exposed(objects),
        grid=grid, area=tuple(sorted(area)), settings=settings,
    )  # fmt: skip
    recent, _ = known.window(today)
    cells = sorted({*known.area, *recent["cell"]})
    periods, ends = _periods(known, today)
    tested = periods[-1].found if periods else known.tested(today)
    counts = recent.groupby("cell").size().reindex(cells, fill_value=0).astype(float)
    return Hot(
        basis=basis,
        events=recent[["cell", "object", "on"]],
        cells=tested,
        trends=trends(periods, grid=grid) if len(periods) >= LEAST_PERIODS else None,
        ends=ends,
        gi_star=gi_star(counts, grid=grid),
        uneven=is_uneven(tested["expected"].reindex(cells, fill_value=0.0)),
        scores=forecast(
            recent, grid=grid, area=cells, today=today, horizon_days=_WEEK, exposure=known.firms
        ).scores,
        month=_coming_month(recent, known.firms, cells=cells, today=today, known=known),
    )  # fmt: skip


def _periods(known: Counted, today: dt.date) -> tuple[list[Period], tuple[dt.date, ...]]:
    """Look at the evidence as it was at the end of each period, oldest first.

    It goes back from *today* as long as the window held enough events for a map.
    """
    ends: list[dt.date] = []
    for back in range(_MOST_PERIODS):
        end = today - dt.timedelta(days=PERIOD_DAYS * back)
        if len(known.window(end)[0]) < ENOUGH_DISCOVERIES:
            break
        ends.insert(0, end)
    periods = []
    for end in ends:
        on = known.found["on"]
        own = known.found[(on < end) & (on >= end - dt.timedelta(days=PERIOD_DAYS))]
        counts = own.groupby("cell").size().astype(float)
        periods.append(Period(found=known.tested(end), counts=counts))
    return periods, tuple(ends)


def counted(
    objects: pd.DataFrame,
    *,
    discoveries: pd.DataFrame,
    visits: pd.DataFrame,
    since: dt.date = dt.date.min,
) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    """Return the basis, the events that count, and the visits made.

    Both frames have the columns of the one given and ``cell``, ``lon``, ``lat``, ``kind``; see
    :class:`Hot` for the basis, which is chosen by what was discovered from *since* on.
    """
    found = _in_cells(discoveries, objects)
    made = _in_cells(visits.rename(columns={"date": "on"}), objects)
    if int((found["on"] >= since).sum()) >= ENOUGH_DISCOVERIES:
        return "discoveries", found, made
    return "findings", made[pd.to_numeric(made["serious_findings"]).fillna(0) > 0], made


def exposed(objects: pd.DataFrame) -> pd.DataFrame:
    """Return the placed enterprises as exposure: cell, kind (industry), exposure (1), lon, lat."""
    firms = objects[(objects["kind"] == "enterprise") & objects["cell"].notna()]
    return pd.DataFrame(
        {
            "cell": firms["cell"], "kind": firms["industry"].fillna("other"), "exposure": 1.0,
            "lon": firms["lon"].astype(float), "lat": firms["lat"].astype(float),
        }
    )  # fmt: skip


def _coming_month(
    found: pd.DataFrame,
    places: pd.DataFrame,
    *,
    cells: list[str],
    today: dt.date,
    known: Counted,
) -> BaseGeometry | None:
    """Draw where most is expected in the coming month."""
    grid, share = known.grid, known.settings.month_share
    if found.empty or share <= 0:
        return None
    month = forecast(
        found, grid=grid, area=cells, today=today, horizon_days=PERIOD_DAYS, exposure=places
    )
    fine = fine_scores(found, month, grid=grid, area=cells, today=today, exposure=places)
    return best_area(fine, grid=grid, share=share)


def _in_cells(events: pd.DataFrame, objects: pd.DataFrame) -> pd.DataFrame:
    """Return the events of placed objects with cell, lon, lat and kind (industry)."""
    cells = objects["cell"]
    known = events[events["object"].map(cells).notna()]
    return known.assign(
        cell=known["object"].map(cells),
        lon=known["object"].map(objects["lon"]).astype(float),
        lat=known["object"].map(objects["lat"]).astype(float),
        kind=known["object"].map(objects["industry"]).fillna("other"),
    )


def patrol_cells(
    hot: Hot, *, grid: SquareGrid, objects: pd.DataFrame, roads: gpd.GeoDataFrame, count: int
) -> pd.DataFrame:
    """Return the *count* cells of highest priority with the point to patrol.

    The point is the one inside the cell from which the most is seen: what was found there counts
    twice as much as any other object, and nearer counts more; it lies on a road of the cell where
    there is one. Columns cell, lon, lat, score, town.

    Parameters
    ----------
    roads
        Lines in WGS-84; may be empty.
    """
    rows = []
    top = hot.scores.head(count)
    lons, lats = grid.centre(list(top.index))
    shapes = grid.polygon_lonlat(list(top.index))
    for cell, score, lon, lat, shape in zip(top.index, top, lons, lats, shapes, strict=True):
        found = hot.events[hot.events["cell"] == cell]["object"]
        inside = objects[(objects["cell"] == cell) & objects["lon"].notna()]
        seen = objects[objects.index.isin(found) & objects["lon"].notna()]
        around = pd.concat([inside[["lon", "lat"]], seen[["lon", "lat"]]]).astype(float).to_numpy()
        x, y = vantage(around, shape=shape, roads=roads.geometry, middle=(float(lon), float(lat)))
        rows.append(
            {
                "cell": cell,
                "lon": x,
                "lat": y,
                "score": float(score),
                "town": next((t for t in inside["town_code"] if t), None),
            }
        )
    return pd.DataFrame(rows, columns=["cell", "lon", "lat", "score", "town"])


def vantage(
    around: NDArray[np.float64],
    *,
    shape: BaseGeometry,
    roads: gpd.GeoSeries,
    middle: tuple[float, float],
) -> tuple[float, float]:
    """Return the point inside *shape* (WGS-84) from which most of *around* is near.

    Candidates are points along the roads inside; without any the places themselves and the middle.
    A place counts 1 / (1 + (distance / 100 m)²).
    """
    lines = shapely.intersection(np.asarray(roads.to_numpy(), dtype=object), shape)
    lines = shapely.get_parts(lines[~shapely.is_empty(lines)])
    lines = lines[np.isin(shapely.get_type_id(lines), (1, 5))]
    points = shapely.get_coordinates(shapely.segmentize(lines, _STEP_DEGREES))
    if not len(points):
        inside = around[shapely.contains_xy(shape, around)] if len(around) else around
        points = np.vstack([inside, np.array([middle])]) if len(inside) else np.array([middle])
    if not len(around):
        around = np.array([middle])
    metres = 111_320.0 * np.array([np.cos(np.radians(middle[1])), 1.0])
    apart = ((points[:, None] - around[None]) * metres / _SIGHT_M) ** 2
    covered = (1.0 / (1.0 + apart.sum(axis=2))).sum(axis=1).round(9)
    # At equal coverage the westernmost point, so that everyone finds the same one.
    best = min(range(len(points)), key=lambda i: (-covered[i], *points[i]))
    return round(float(points[best][0]), 6), round(float(points[best][1]), 6)


def hot_rows(hot: Hot) -> list[dict[str, object]]:
    """Return the cells called hot as plain rows, strongest first."""
    chosen = hot.cells[hot.cells["hot"]].reset_index().rename(columns={"index": "cell"})
    return records(chosen.sort_values(["q", "cell"], kind="stable"))
