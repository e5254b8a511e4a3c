"""The benchmark of targeting runs on small input, and its figures are what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from benchmarks import targeting

if TYPE_CHECKING:
    from pathlib import Path


def _write(folder: Path) -> tuple[Path, Path]:
    """Write inspections of a city in which every fifth firm is bad and one inspector strict."""
    random = np.random.default_rng(4)
    count = 3000
    days = pd.Timestamp("2011-09-01") + pd.to_timedelta(
        np.sort(random.integers(0, 1210, count)), unit="D"
    )
    firm = random.integers(0, 300, count)
    people = random.choice(["orange", "purple"], count)
    odds = 0.05 + 0.25 * (firm % 5 == 0) + 0.10 * (people == "purple")
    critical = (random.random(count) < odds).astype(int)
    table = pd.DataFrame(
        {
            "Inspection_ID": np.arange(count), "License": firm, "Inspection_Date": days,
            "DBA_Name": [f"Firm {i}" for i in firm], "Facility_Type": "Restaurant",
            "Risk": "Risk 1 (High)", "Results": "Pass", "WARD": firm % 9,
            "Longitude": -87.6 + firm % 20 / 1000, "Latitude": 41.8 + firm // 20 / 1000,
            "criticalCount": critical, "seriousCount": critical, "minorCount": 1 + critical,
            "LICENSE_DESCRIPTION": "Retail Food Establishment",
        }
    )  # fmt: skip
    model = table[["Inspection_ID", "License", "Inspection_Date"]].assign(
        sanitarian=people, criticalFound=critical, xgb_published=odds,
        Test=(days >= "2014-09-02") & (days < "2014-11-01"),
        **{name: 10 * random.random(count) for name in targeting.targeting_cases.PUBLISHED},
    )  # fmt: skip
    files = folder / "inspections.csv.gz", folder / "model.csv.gz"
    for file, rows in zip(files, (table, model), strict=True):
        rows.to_csv(file, index=False)
    return files


def test_rankings_are_judged_on_what_they_could_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who knows the bad firms ranks better than chance; the strict inspector alone gains no day."""
    inspections, model = _write(tmp_path)
    file = tmp_path / "targeting.json"
    targeting.main(["--inspections", str(inspections), "--model", str(model), "--json", str(file)])
    records = json.loads(file.read_text("utf-8"))
    by = {(one["kind"], one["method"]): one for one in records}
    for kind in ("published", "windows"):
        assert by[kind, "oracle"]["pairs"] == 1.0
        assert by[kind, "eb"]["pairs"] > 0.55
        assert by[kind, "logistic"]["pairs"] > 0.55
    strict = by["windows", "inspector only (leaky)"]
    assert strict["pairs"] > 0.53
    assert abs(strict["within"]) < 2.0
    assert by["windows", "eb"]["within"] > 2.0
    assert by["windows", "logistic"]["error"] < 0.06
    lifts = [by["draws", f"own, factor {most}"]["lift"] for most in (2, 4, 8)]
    assert 1.0 < lifts[0] < lifts[1] < lifts[2]
    assert by["draws", "own, factor 2"]["least"] >= 0.4
    assert "logistic − eb" in capsys.readouterr().out


def test_housing_is_read(tmp_path: Path) -> None:
    """Severity is what is missing from 100, and a score below 60 is serious."""
    file = tmp_path / "hud.csv.gz"
    pd.DataFrame(
        {
            "id": ["a", "a", "b"], "score": [40, 99, 60], "kind": "public",
            "date": ["2014-02-03", "2015-01-01", "2012-01-01"], "latitude": 40.0,
            "longitude": -80.0, "state_name": "PA", "location_quality": "R",
        }
    ).to_csv(file, index=False)  # fmt: skip
    case = targeting.targeting_cases.hud(file)
    assert case.visits.severity.tolist() == [60.0, 1.0]
    assert case.visits.serious.tolist() == [1.0, 0.0]
    assert case.features["worst"].iloc[1] == pytest.approx(np.log1p(60.0))
