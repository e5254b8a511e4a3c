"""The benchmark of revisits runs on small input, and its figures are what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks import revisits

if TYPE_CHECKING:
    from pathlib import Path


def closings(path: Path) -> Path:
    """Write closings of 150 sites over three years, a fifth of which come back within weeks."""
    random, rows = np.random.default_rng(1), []
    last = pd.Timestamp("2014-12-31")
    for site in range(150):
        often = site % 5 == 0
        day = pd.Timestamp("2011-01-01") + pd.Timedelta(days=int(random.integers(0, 900)))
        while day < last:
            closed = day + pd.Timedelta(days=2)
            gap = int(random.exponential(40 if often else 2500)) + 1
            again = closed + pd.Timedelta(days=gap)
            rows.append((site, day.date(), closed.date(), "refuse", 41.8 + site * 1e-3, -87.6,
                         min(gap, (last - closed).days), again <= last))  # fmt: skip
            day = again
    names = ["site_id", "Creation_Date", "Completion_Date", "Nature", "Latitude", "Longitude",
             "relapse_days", "relapsed"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    table[table["relapse_days"] > 0].to_csv(path, index=False)
    return path


def test_every_schedule_is_judged_at_the_same_visits(tmp_path: Path) -> None:
    """The hazard tells those that come back, meets the budget, and jitter hides the day."""
    file = tmp_path / "revisits.json"
    revisits.main(
        ["--closings", str(closings(tmp_path / "c.csv")), "--visits", "4", "--json", str(file)]
    )
    found = json.loads(file.read_text("utf-8"))
    risk = {one["risk"]: one["c"] for one in found if one["kind"] == "discrimination"}
    assert risk["ours"] > max(0.6, risk["class, features"])
    rows = {one["schedule"]: one for one in found if one["kind"] == "detection"}
    assert set(rows) >= {revisits.UNIFORM, revisits.POLICY, revisits.KELLER, revisits.JITTER}
    assert all(abs(one["made"] - 4) < 0.2 for one in rows.values())
    assert rows[revisits.JITTER]["undetected"] < rows[revisits.UNIFORM]["undetected"]
    guess = {one["schedule"]: one for one in found if one["kind"] == "guessing"}
    assert guess[revisits.KELLER]["day_guessed"] == 1.0 > guess[revisits.JITTER]["day_guessed"]
    assert {one["days"] for one in found if one["kind"] == "calibration"} == {30, 90, 365}


def test_a_closing_sees_its_own_past_only(tmp_path: Path) -> None:
    """Earlier relapses are counted up to the closing; what follows it changes nothing."""
    path = closings(tmp_path / "c.csv")
    whole = revisits.read_closings(path)
    table = pd.read_csv(path)
    day = int(np.datetime64("2013-01-01", "D").astype(np.int64))
    table[pd.to_datetime(table["Creation_Date"]) < "2013-01-01"].to_csv(path, index=False)
    cut = revisits.read_closings(path)
    rows = np.flatnonzero(whole.closed < day)
    same = np.flatnonzero(cut.closed < day)
    assert whole.features[rows].tolist() == cut.features[same].tolist()
    assert whole.relapses[rows].tolist() == cut.relapses[same].tolist()
    assert int(whole.relapses[rows].max()) > 3
