"""The benchmarks: figures of a small county, as flat records that later runs can be joined with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import county_places, county_week, harness, reports

if TYPE_CHECKING:
    from pathlib import Path

SCALARS = str | int | float | bool
MACHINE = {"cores", "memory_gib", "processor", "python", "system"}


def _records(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text("utf-8"))
    assert isinstance(found, list)
    for record in found:
        assert all(isinstance(value, SCALARS) for value in record.values())
        assert record.keys() >= MACHINE | {"benchmark", "kind"}
    return found


@pytest.mark.slow
def test_the_county_week_tells_every_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flat records with wall and CPU time, their ratio, memory and sizes; a table for people."""
    file = tmp_path / "week.json"
    county_week.main(["--enterprises", "120", "--effort", "10", "--json", str(file)])
    found = _records(file)
    stages = {record["name"]: record for record in found if record["kind"] == "stage"}
    assert stages.keys() == {*county_week.GROUPS.values(), "total"}
    for record in stages.values():
        assert record["wall_s"] >= 0
        assert (
            record["cpu_per_wall"]
            == pytest.approx(record["cpu_s"] / max(record["wall_s"], 1e-9), abs=0.2)
            or record["wall_s"] < 0.01
        )
    assert stages["total"]["peak_mib"] > 50
    sizes = {record["name"]: record["value"] for record in found if record["kind"] == "measure"}
    assert 0 < sizes["index.html"] < sizes["all outputs"]
    assert sizes["visits planned"] > 0
    assert "geocode" in capsys.readouterr().out


def test_geocoding_is_measured_against_the_truth(tmp_path: Path) -> None:
    """Most places lie inside the radius that they are given, at every level that is found."""
    file = tmp_path / "places.json"
    county_places.main(["--enterprises", "120", "--json", str(file)])
    by_level = {one["level"]: one for one in _records(file) if one["kind"] == "geocoding"}
    assert {"all placed", "coordinate", "village", "town"} <= by_level.keys()
    assert by_level["all placed"]["inside_radius"] > 0.95
    assert by_level["all placed"]["town_right"] > 0.95
    assert by_level["coordinate"]["median_m"] < by_level["town"]["median_m"]


def test_a_stage_that_comes_again_is_one_stage() -> None:
    """Parts of a stage add up, in the order in which stages ended first."""
    clock = harness.StageClock()
    for name in ("sheets", "map", "sheets"):
        clock(name)
    first, second = clock
    assert (first.name, second.name) == ("sheets", "map")
    whole = harness.total(clock)
    assert whole.wall_s == pytest.approx(first.wall_s + second.wall_s)
    assert whole.peak_mib == max(first.peak_mib, second.peak_mib)


def test_the_machine_is_described_without_its_name() -> None:
    """Figures travel: they say what machine made them, never whose it is."""
    import platform

    here = harness.machine()
    assert here.keys() == MACHINE
    assert platform.node() not in {str(value) for value in here.values()}


@pytest.mark.slow
def test_reports_are_timed_on_as_many_events_as_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small county told again until it has the events; a line for each report."""
    file = tmp_path / "reports.json"
    reports.main(["--enterprises", "120", "--events", "4000", "--json", str(file)])
    found = {record["name"]: record for record in _records(file)}
    assert found.keys() == {"one day composed", *reports.KINDS}
    assert {record["events"] for record in found.values()} == {4000}
    assert "weekly" in capsys.readouterr().out
