"""A backtest sees the past only, judges by definition, and compares window by window."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo.backtest import (
    FINE,
    MEASURES,
    METHODS,
    OURS,
    Case,
    Past,
    error,
    judged,
    lead,
    measure,
    windows,
)
from geo.crs import working_crs
from geo.grid import SquareGrid

GRID = SquareGrid(working_crs(113.1, 26.1))
BEGIN = dt.date(2025, 1, 1)


def _case(rows: list[tuple[float, float, int]], **columns: list[dt.date]) -> Case:
    """Events as (lon, lat, days after the beginning); the area is their cells."""
    frame = pd.DataFrame(
        {
            "lon": [r[0] for r in rows], "lat": [r[1] for r in rows],
            "on": pd.Series([BEGIN + dt.timedelta(days=r[2]) for r in rows], dtype=object),
            **{name: pd.Series(days, dtype=object) for name, days in columns.items()},
        }
    )  # fmt: skip
    placed = frame.assign(cell=GRID.cells(frame["lon"], frame["lat"]))
    return Case(events=placed, area=sorted(placed["cell"].unique()), grid=GRID)


def test_hit_rate_and_pai_follow_their_definition() -> None:
    """Of 20 cells the best one holds 3 of 4 events: hit rate 0.75, PAI 15."""
    score, future = np.arange(20.0), np.zeros(20)
    future[19], future[0] = 3, 1
    found = judged(score, future, random=np.random.default_rng(0))
    assert found["hit@5%"] == 0.75
    assert found["PAI@5%"] == pytest.approx(15.0)


def test_neither_what_happens_later_nor_what_is_learnt_later_is_seen() -> None:
    """A report received before the window and confirmed within it is no past of that window."""
    days = [BEGIN + dt.timedelta(days=d) for d in (1, 90, 40)]
    case = _case([(113.1, 26.1, 1), (113.1, 26.1, 30), (113.1, 26.1, 40)], known=days)
    past = Past(case, BEGIN + dt.timedelta(days=40))
    assert past.events.index.tolist() == [0]
    assert Past(case, BEGIN + dt.timedelta(days=41)).counts().sum() == 2


def test_a_method_is_judged_by_what_follows_its_window() -> None:
    """All events return to one place of many: whoever counts finds them, in every window."""
    random = np.random.default_rng(6)
    home = [(113.1, 26.1, day) for day in range(300)]
    noise = [(float(a), float(b), k) for k, (a, b) in
             enumerate(random.uniform((113.0, 26.0), (113.2, 26.2), (60, 2)))]  # fmt: skip
    case = _case(home + noise)
    days = windows(case.events, first=None, horizon=30, every=30)
    found = measure(case, days, horizon=30, seed=0, methods={
        **METHODS, "nothing": lambda past, _: pd.Series(dtype=float)})  # fmt: skip
    assert len(days) == 5
    assert set(found["method"]) == {*METHODS, "nothing", FINE}
    assert (found.groupby("method").size() == 5).all()
    assert (found.loc[found["method"] == OURS, "hit@5%"] == 1).all()
    assert found.loc[found["method"] == "nothing", "hit@5%"].mean() < 0.5
    ahead = lead(found, of=OURS, over="nothing")
    own = {name: found.loc[found["method"] == name, MEASURES[0]].to_numpy()
           for name in (OURS, "nothing")}  # fmt: skip
    assert ahead.mean == pytest.approx((own[OURS] - own["nothing"]).mean())
    assert ahead.won > 0.5
    assert ahead.mean > ahead.error


def test_windows_lie_within_the_history_and_need_one() -> None:
    """The later half, no window beyond the end, none without events."""
    case = _case([(113.1, 26.1, day) for day in range(101)])
    days = windows(case.events, first=None, horizon=10, every=10)
    assert days[0] == BEGIN + dt.timedelta(days=50)
    assert days[-1] + dt.timedelta(days=9) <= BEGIN + dt.timedelta(days=100)
    assert windows(case.events[:0], first=None, horizon=10, every=10) == []


def test_the_standard_error_is_that_of_a_mean() -> None:
    """Of 1, 2, 3 it is 1/sqrt(3); of one value nobody knows it."""
    assert error(pd.Series([1.0, 2.0, 3.0])) == pytest.approx(3**-0.5)
    assert np.isnan(error(pd.Series([1.0])))
