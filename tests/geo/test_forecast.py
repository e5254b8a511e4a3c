"""Forecasts look at the past only, lean on what the area's own past shows, and add up."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.crs import project, unproject, working_crs
from geo.forecast import KERNELS, best_area, fine_scores, forecast
from geo.grid import SquareGrid

GRID = SquareGrid(working_crs(113.1, 26.1))
TODAY = dt.date(2026, 11, 23)
EAST, NORTH = (int(v // 500) for v in project(113.1, 26.1, GRID.crs))
COLS, ROWS = np.meshgrid(EAST + np.arange(20), NORTH + np.arange(20))
AREA = sorted(GRID.names(COLS.ravel(), ROWS.ravel()).tolist())


def _events(*rows: tuple[float, float, int]) -> pd.DataFrame:
    """Events as (cells east, cells north of the corner, days ago)."""
    x = np.array([(EAST + r[0]) * 500.0 for r in rows])
    y = np.array([(NORTH + r[1]) * 500.0 for r in rows])
    lon, lat = unproject(x, y, GRID.crs)
    days = [TODAY - dt.timedelta(days=r[2]) for r in rows]
    frame = pd.DataFrame({"lon": lon, "lat": lat, "on": pd.Series(days, dtype=object)})
    return frame.assign(cell=GRID.cells(frame["lon"], frame["lat"]))


def _scattered(count: int, *, seed: int, newest: int = 1) -> list[tuple[float, float, int]]:
    random = np.random.default_rng(seed)
    places = random.uniform(0, 20, (count, 2))
    return [(float(a), float(b), int(d)) for (a, b), d in
            zip(places, random.integers(newest, 700, count), strict=True)]  # fmt: skip


def test_expected_events_add_up_and_come_highest_first() -> None:
    """The sum over the area is what a period of the recent past held."""
    events = _events(*[(5.5, 5.5, d) for d in range(1, 241)])
    found = forecast(events, grid=GRID, area=AREA, today=TODAY, horizon_days=30)
    assert found.scores.sum() == pytest.approx(30.0)
    assert found.scores.index[0] == events["cell"].iloc[0]
    assert found.scores.is_monotonic_decreasing
    assert sum(found.weights) == pytest.approx(1.0)
    assert len(found.weights) == len(KERNELS) + 1


def test_the_future_is_not_looked_at() -> None:
    """Events of today and later, and events outside of the area, change nothing."""
    past = _scattered(300, seed=1)
    one = forecast(_events(*past), grid=GRID, area=AREA, today=TODAY, horizon_days=30)
    more = _events(*past, (3.5, 3.5, 0), (3.5, 3.5, -9), (50.0, 50.0, 4))
    two = forecast(more, grid=GRID, area=AREA, today=TODAY, horizon_days=30)
    pd.testing.assert_series_equal(one.scores, two.scores)
    assert one.weights == two.weights


def test_weights_follow_what_the_area_shows() -> None:
    """Where events return for years long memory weighs; where they move every month short does."""
    random = np.random.default_rng(2)
    homes, days = random.uniform(0, 20, (12, 2)), random.integers(1, 900, 900).tolist()
    kept = [(*map(float, homes[k % 12]), d) for k, d in enumerate(days)]
    gone = [(d // 30 % 19 + 0.5, d // 30 * 7 % 19 + 0.5, d) for d in days]
    long = [k for k, kernel in enumerate(KERNELS) if kernel.days is None or kernel.days >= 365]
    shares = []
    for rows in (kept, gone):
        found = forecast(_events(*rows), grid=GRID, area=AREA, today=TODAY, horizon_days=10)
        shares.append(sum(found.weights[k] for k in long))
    assert shares[0] > 0.7
    assert shares[1] < 0.5


def test_few_events_lean_on_the_prior_and_none_expect_nothing() -> None:
    """A handful of events barely moves the weights; without any there is no score."""
    few = forecast(
        _events(*_scattered(4, seed=3)), grid=GRID, area=AREA, today=TODAY, horizon_days=7
    )
    prior = np.array([kernel.share for kernel in KERNELS])
    assert np.abs(np.array(few.weights[:-1]) - prior).max() < 0.05
    none = forecast(_events(), grid=GRID, area=AREA, today=TODAY, horizon_days=7)
    assert none.scores.empty
    assert none.windows == 0
    with pytest.raises(ValueError, match="horizon"):
        forecast(_events(), grid=GRID, area=AREA, today=TODAY, horizon_days=0)


def test_the_best_area_has_the_share_asked_for_and_hardly_moves_with_the_grid() -> None:
    """Of the area 5 % is drawn, around where things happened, wherever the grid begins."""
    events = _events(*[(7.3, 12.6, d) for d in range(1, 90, 3)], *_scattered(60, seed=5))
    shapes = []
    for step in (0.0, 230.0):
        x, y = project(events["lon"], events["lat"], GRID.crs)
        lon, lat = unproject(x + step, y + step, GRID.crs)
        moved = events.assign(lon=lon, lat=lat)
        moved["cell"] = GRID.cells(moved["lon"], moved["lat"])
        found = forecast(moved, grid=GRID, area=AREA, today=TODAY, horizon_days=30)
        fine = fine_scores(moved, found, grid=GRID, area=AREA, today=TODAY)
        shape = best_area(fine, grid=GRID, share=0.05)
        flat = shapely.transform(
            shape, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], GRID.crs))
        )
        assert flat.area == pytest.approx(0.05 * len(AREA) * 500**2, rel=0.02)
        shapes.append(shapely.transform(flat, lambda xy, step=step: xy - step))
    both = shapes[0].intersection(shapes[1]).area
    assert both / shapes[0].union(shapes[1]).area > 0.7
    spot = shapely.Point((EAST + 7.3) * 500, (NORTH + 12.6) * 500)
    assert shapes[0].contains(spot)
    with pytest.raises(ValueError, match="share"):
        best_area(fine, grid=GRID, share=0.0)


def test_where_something_can_happen_speaks_while_events_are_few() -> None:
    """Two events know little: the cell with all the enterprises has a share of its own."""
    events = _events((5.5, 5.5, 30), (15.5, 15.5, 60))
    crowd = _events(*[(10.5, 3.5, 1)] * 40).drop(columns="on")
    plain = forecast(events, grid=GRID, area=AREA, today=TODAY, horizon_days=30)
    told = forecast(events, grid=GRID, area=AREA, today=TODAY, horizon_days=30, exposure=crowd)
    there = crowd["cell"].iloc[0]
    assert plain.scores[there] < 0.01 * plain.scores.sum()
    assert told.scores[there] > 0.2 * told.scores.sum()
    assert len(told.weights) == len(plain.weights) + 2
    assert sum(told.weights) == pytest.approx(1.0)
    fine = fine_scores(events, told, grid=GRID, area=AREA, today=TODAY, exposure=crowd)
    own = GRID.names(fine.col // 5, fine.row // 5) == there
    assert fine.score[own].max() > 0.2 * fine.score.max()
    assert fine.score[own].max() > 10 * np.median(fine.score)


def test_many_events_elsewhere_outweigh_the_enterprises() -> None:
    """Where a long history shows that nothing happens at the enterprises, they lose their say."""
    events = _events(*[(5.5, 5.5, d) for d in range(1, 400)])
    crowd = _events(*[(10.5, 3.5, 1)] * 40).drop(columns="on")
    found = forecast(events, grid=GRID, area=AREA, today=TODAY, horizon_days=30, exposure=crowd)
    assert sum(found.weights[len(KERNELS) : -1]) < 0.05
    assert found.scores.index[0] == events["cell"].iloc[0]


def test_exposure_outside_of_the_area_is_left_out() -> None:
    """An enterprise beyond the border changes nothing but that exposure is known."""
    events, inside = _events(*_scattered(50, seed=3)), _events((10.5, 3.5, 1))
    both = pd.concat([inside, _events((90.5, 3.5, 1))], ignore_index=True)
    one, two = (
        forecast(events, grid=GRID, area=AREA, today=TODAY, horizon_days=30, exposure=places)
        for places in (inside, both)
    )
    pd.testing.assert_series_equal(one.scores, two.scores)
