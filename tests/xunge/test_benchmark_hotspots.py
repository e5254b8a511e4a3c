"""The benchmarks of hotspots run on small input, and their figures are what they say."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from benchmarks import calibration, hotspots, trends

if TYPE_CHECKING:
    from pathlib import Path


def test_forecasts_are_judged_window_by_window(tmp_path: Path) -> None:
    """Every method has its row; where all events return to one place, all are caught there."""
    random = np.random.default_rng(6)
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=k) for k in range(300)]
    home = pd.DataFrame({"lon": 113.1, "lat": 26.1, "date": days})
    scattered = pd.DataFrame(
        {
            "lon": random.uniform(113.0, 113.2, 60), "lat": random.uniform(26.0, 26.2, 60),
            "date": days[:60],
        }
    )  # fmt: skip
    events, file = tmp_path / "events.csv", tmp_path / "hotspots.json"
    pd.concat([home, scattered]).to_csv(events, index=False)
    hotspots.main(
        ["--events", str(events), "--from", "2025-07-01", "--moved", "2", "--json", str(file)]
    )
    found = json.loads(file.read_text("utf-8"))
    rows = {one["method"]: one for one in found if one["kind"] == "hotspots"}
    assert set(rows) == {*hotspots.METHODS, hotspots.FINE}
    assert {one["windows"] for one in rows.values()} == {3}
    assert rows[hotspots.OURS]["hit@5%"] == rows["one year's count"]["hit@5%"] == 1
    moved = {one["method"]: one["jaccard"] for one in found if one["kind"] == "moved"}
    assert set(moved) == {hotspots.OURS, hotspots.FINE}
    assert all(0 <= value <= 1 for value in moved.values())


def test_a_history_too_short_for_a_window_is_said(tmp_path: Path) -> None:
    """Nothing is printed that no window stands for."""
    events = tmp_path / "events.csv"
    pd.DataFrame({"lon": [113.1], "lat": [26.1], "date": ["2025-01-01"]}).to_csv(events)
    with pytest.raises(SystemExit, match="too short"):
        hotspots.main(["--events", str(events)])


def test_calibration_has_a_row_for_each_method(tmp_path: Path) -> None:
    """On the same maps Gi* of counts always alarms and ours does not; shares are shares."""
    file = tmp_path / "calibration.json"
    calibration.main(["--maps", "2", "--dispersion", "0", "--json", str(file)])
    found = json.loads(file.read_text("utf-8"))
    rows = {one["method"]: one for one in found if one["kind"] == "calibration"}
    assert set(rows) == set(calibration.METHODS)
    assert rows["Gi* of counts, FDR"]["alarm"] == 1
    assert rows[calibration.OURS]["alarm"] == 0
    assert all(0 <= row[k] <= 1 for row in rows.values() for k in ("recall", "precision"))


def test_trends_by_chance_have_a_row_for_each_class(tmp_path: Path) -> None:
    """One map of each kind: nothing beyond a watch by chance, and the shares add up."""
    file = tmp_path / "trends.json"
    trends.main(["--maps", "1", "--dispersion", "0", "--json", str(file)])
    rows = {one["class"]: one for one in json.loads(file.read_text("utf-8"))}
    assert set(rows) == {*trends.TRENDS, trends.BEYOND}
    assert rows[trends.BEYOND]["chance_maps"] == 0
    beyond = sum(rows[name]["planted"] for name in trends.ALARMS)
    assert rows[trends.BEYOND]["planted"] == pytest.approx(beyond, abs=0.001)
