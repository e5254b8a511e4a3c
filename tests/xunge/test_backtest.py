"""Backtests say what was judged, in a table, in words and as JSON, and claim no more than that."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from geo.backtest import Case
from geo.crs import working_crs
from geo.grid import SquareGrid
from xunge.backtest import BacktestColumn, BacktestTable, Estimate, show, verdict
from xunge.backtest_hotspots import backtest_of

if TYPE_CHECKING:
    from tests.xunge.conftest import Office, Run

GRID = SquareGrid(working_crs(113.1, 26.1))
BEGIN = dt.date(2025, 1, 1)


def _said(found: BacktestTable, *, lang: str) -> str:
    out = io.StringIO()
    show(found, console=Console(file=out, width=80, soft_wrap=True), lang=lang)
    return out.getvalue()


def _case(count: int, *, days: int) -> Case:
    """Events that return to ten places of a hundred, one place a day."""
    east, north = np.meshgrid(113.0 + 0.01 * np.arange(10), 26.0 + 0.01 * np.arange(10))
    lon, lat = east.ravel(), north.ravel()
    area = sorted(set(GRID.cells(pd.Series(lon), pd.Series(lat))))
    at = np.arange(count) % 10 * 7
    on = [BEGIN + dt.timedelta(days=int(d)) for d in np.linspace(0, days, count)]
    frame = pd.DataFrame({"lon": lon[at], "lat": lat[at], "on": pd.Series(on, dtype=object)})
    return Case(
        events=frame.assign(cell=GRID.cells(frame["lon"], frame["lat"])), area=area, grid=GRID
    )


@pytest.mark.parametrize(
    ("lead", "word"), [(2.1, "ahead"), (1.9, "level"), (-1.9, "level"), (-2.1, "behind")]
)
def test_better_means_by_more_than_one_standard_error(lead: float, word: str) -> None:
    """Within one error neither is called better, and being behind is said as plainly."""
    code, data = verdict(over="backtest_method_kde", measure="backtest_pai_5",
                         lead=Estimate(lead, 2.0))  # fmt: skip
    assert code == f"backtest_{word}"
    assert data["method"] != data["method_en"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_has_its_errors_in_words_and_in_json(lang: str) -> None:
    """A figure stands beside its error; what is unknown is a dash, and nothing is cut off."""
    found = BacktestTable(
        kind="hotspots",
        columns=(BacktestColumn(name="method", title="backtest_method", words="backtest_method_"),
                 BacktestColumn(name="pai_5", title="backtest_pai_5"),
                 BacktestColumn(name="n", title="backtest_pai_10")),
        rows=({"method": "kde", "pai_5": Estimate(3.14159, 0.5), "n": None},
              {"method": "ours", "ours": True, "pai_5": Estimate(4.0, float("nan")), "n": 7}),
        notes=(verdict(over="backtest_method_kde", measure="backtest_pai_5",
                       lead=Estimate(0.9, 0.5)),),
    )  # fmt: skip
    said = _said(found, lang=lang)
    assert "3.14 ± 0.50" in said
    assert "—" in said
    assert "…" not in said
    assert "nan" not in said
    rows = json.loads(json.dumps(found.to_json(), allow_nan=False))["rows"]
    assert (rows[0]["pai_5"], rows[0]["pai_5_error"]) == (3.14159, 0.5)
    assert rows[1]["pai_5_error"] is None


def test_hotspots_are_judged_beside_simple_methods() -> None:
    """Where the past returns, ours beats a last period that saw a part of it, and that is said."""
    found = backtest_of(_case(240, days=700), basis="discoveries", horizon=30)
    rows = {row["method"]: row for row in found.rows}
    assert {"last_period", "one_year", "kde", "gi_star", "enterprises", "ours"} <= set(rows)
    ours, firms = rows["ours"]["hit_10"], rows["enterprises"]["hit_10"]
    assert isinstance(ours, Estimate)
    assert isinstance(firms, Estimate)
    assert ours.value > 0.9
    assert firms.value < 0.3
    assert [code for code, _ in found.notes[1:]].count("backtest_ahead") >= 1
    again = backtest_of(_case(240, days=700), basis="discoveries", horizon=30)
    assert found.to_json() == again.to_json()


def test_too_few_events_are_said_with_what_it_takes() -> None:
    """No row stands on nothing."""
    found = backtest_of(_case(20, days=700), basis="findings", horizon=30)
    assert found.rows == ()
    code, data = found.notes[1]
    assert code == "backtest_hotspots_too_few"
    assert data["events"] < data["least_events"]
    assert str(data["least_events"]) in _said(found, lang="zh")


def test_the_command_reads_the_folder(planned: Office, run: Run) -> None:
    """The small county has a history to judge; JSON and words agree on the methods."""
    words = ("backtest", "hotspots", planned.path, "--date", "2026-11-20")
    found = json.loads(run(*words, "--json")[1])
    assert found["kind"] == "hotspots"
    assert [one["method"] for one in found["rows"]][-2:] == ["ours", "ours_fine"]
    assert "本程序" in run(*words)[1]
