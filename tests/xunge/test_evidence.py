"""What counts in a folder, since when it is hot, and that nothing of the future is seen."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.crs import project, unproject, working_crs
from geo.grid import SquareGrid
from xunge.evidence import Hot, hotspots
from xunge.sections import Hotspots

if TYPE_CHECKING:
    from tests.xunge.conftest import Office

GRID = SquareGrid(working_crs(113.1, 26.1))
TODAY = dt.date(2026, 11, 23)
EAST, NORTH = (int(v // 500) for v in project(113.1, 26.1, GRID.crs))
COLS, ROWS = (axis.ravel() for axis in np.meshgrid(EAST + np.arange(20), NORTH + np.arange(20)))
AREA = GRID.names(COLS, ROWS).tolist()
SETTINGS = Hotspots(window_days=730, q=0.10, background=0.15, month_share=0.05, patrols=3)


ELSEWHERE = 120  # illegal sites found all over the area, evenly in two years


def _objects(sites: int) -> pd.DataFrame:
    """Return a firm in every cell, sites S0, S1 and so on in one of them, E0, E1 elsewhere."""
    lon, lat = unproject((COLS + 0.5) * 500.0, (ROWS + 0.5) * 500.0, GRID.crs)
    at = np.concatenate([np.full(sites, 210), np.arange(ELSEWHERE) * 37 % 400])
    names = [f"F{k}" for k in range(400)] + [f"S{k}" for k in range(sites)]
    frame = pd.DataFrame(
        {
            "id": names + [f"E{k}" for k in range(ELSEWHERE)],
            "kind": ["enterprise"] * 400 + ["site"] * len(at), "industry": None,
            "lon": [*lon, *lon[at]], "lat": [*lat, *lat[at]],
            "cell": [*AREA, *np.array(AREA)[at]],
        }
    )  # fmt: skip
    return frame.set_index("id", drop=False).rename_axis(None)


def _hot(
    days: list[int],
    *,
    oldest: int = 720,
    visits: pd.DataFrame | None = None,
    settings: Hotspots = SETTINGS,
) -> Hot:
    """Look at sites found so many days ago in one cell, and elsewhere since the oldest day."""
    ago = {f"S{k}": day for k, day in enumerate(days)}
    if visits is None:
        ago |= {f"E{k}": 1 + k * oldest // ELSEWHERE for k in range(ELSEWHERE)}
    found = pd.DataFrame(
        {"object": list(ago),
         "on": pd.Series([TODAY - dt.timedelta(days=d) for d in ago.values()], dtype=object)}
    )  # fmt: skip
    made = visits if visits is not None else pd.DataFrame(
        {"object": [], "date": [], "serious_findings": []}
    )  # fmt: skip
    return hotspots(
        _objects(len(days)), discoveries=found, visits=made, grid=GRID, area=AREA, today=TODAY,
        settings=settings,
    )  # fmt: skip


def test_two_years_of_finds_in_one_cell_last() -> None:
    """One a month, evenly: hot, with a trend that began when there was enough to see."""
    hot = _hot(list(range(1, 720, 30)))
    assert hot.basis == "discoveries"
    assert hot.trends is not None
    cell = AREA[210]
    assert hot.cells.loc[cell, "hot"]
    assert hot.trends.loc[cell, "trend"] == "persistent"
    assert hot.trends.loc[cell, "since"] < 12
    assert hot.ends[-1] == TODAY
    assert set(hot.cells.index[hot.cells["hot"]]) <= set(hot.trends.index)


def test_half_a_year_of_records_shows_no_trend() -> None:
    """Evidence and forecast are there; the trend waits for twelve periods."""
    hot = _hot(list(range(1, 180, 9)), oldest=180)
    assert hot.cells["hot"].any()
    assert hot.trends is None
    assert 0 < len(hot.ends) < 12


def test_a_window_that_ran_dry_shows_no_old_map() -> None:
    """Enough was found last year, hardly anything in this window: no trend, and today's map."""
    days = [*range(3, 100, 30), *range(300, 340)]
    few = [{"object": f"F{k}", "date": TODAY - dt.timedelta(days=day), "serious_findings": 1}
           for k, day in enumerate(days)]  # fmt: skip
    hot = _hot([], visits=pd.DataFrame(few), settings=replace(SETTINGS, window_days=100))
    assert hot.basis == "findings"
    assert (hot.ends, hot.trends) == ((), None)
    assert len(hot.events) == hot.cells["observed"].sum() == 4


def test_what_was_found_long_ago_and_no_more_is_diminishing() -> None:
    """Still hot over two years, but the later half is empty."""
    hot = _hot(list(range(380, 720, 15)))
    assert hot.trends is not None
    assert hot.trends.loc[AREA[210], "trend"] == "diminishing"


def test_the_future_is_not_seen_and_the_old_is_out_of_the_window() -> None:
    """Finds of today and later, and of three years ago, change nothing."""
    days = list(range(1, 720, 30))
    one, two = _hot(days), _hot([*days, 0, -5, -9, 1100])
    pd.testing.assert_frame_equal(one.cells, two.cells)
    pd.testing.assert_series_equal(one.scores, two.scores)
    assert len(one.events) == len(two.events)


def test_few_finds_let_the_findings_of_visits_speak() -> None:
    """Serious findings against the visits made; Gi* is told to be misled where they are uneven."""
    random = np.random.default_rng(5)
    rows: list[dict[str, Any]] = [
        {"object": f"F{k}", "date": TODAY - dt.timedelta(days=int(d)),
         "serious_findings": int(k in (210, 211) or random.random() < 0.05)}
        for k in [*random.integers(0, 400, 300), *[210, 211] * 10]
        for d in [random.integers(1, 700)]
    ]  # fmt: skip
    hot = _hot([5, 40], visits=pd.DataFrame(rows))
    assert hot.basis == "findings"
    assert len(hot.events) == sum(row["serious_findings"] for row in rows)
    assert hot.uneven


def test_the_record_of_a_week_says_what_is_known_and_what_is_not(planned: Office) -> None:
    """Blind spots are those of the coverage report; trends and repeats are told or refused."""
    from xunge.coverage import coverage
    from xunge.week import open_folder

    hot = json.loads((planned.out / "plan.json").read_text("utf-8"))["hot"]
    opened = open_folder(planned.path)
    found = coverage(
        opened.path, settings=opened.settings, tables=opened.tables, day=dt.date(2026, 11, 22),
        days=hot["blind"]["days"],
    ).blind  # fmt: skip
    told = hot["blind"]
    assert (told["cells"], told["cells_used"]) == (len(found.cells), found.cells_used)
    assert (told["villages"], told["villages_used"]) == (len(found.villages), found.villages_used)
    assert [one["id"] for one in told["top"]] == [one.id for one in found.villages[:20]]
    assert told["cells"] > 0
    assert bool(told["rings"])
    assert (hot["periods"] >= hot["least_periods"]) or not hot["trends"]
    assert all({"trend", "week", "chance", "contributors"} <= set(cell) for cell in hot["cells"])
    repeats = hot["near_repeat"]
    assert bool(repeats["bands"]) == (repeats["events"] >= repeats["least"])
    assert hot["gi_star"]["uneven"] in (True, False)
