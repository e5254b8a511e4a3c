"""The benchmark of the literature: its instances are read right, and a stranger judges routes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks import vrptw, vrptw_engines
from scheduler import solve
from scheduler.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE = """TINY

VEHICLE
NUMBER     CAPACITY
   2          10

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0       0        0        0         0        100          0
    1       3        4        6         0         50         10
    2       6        8        6         0         50         10
    3       0        1        2        60         70         10
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one instance and its best known value."""
    (tmp_path / "TINY.txt").write_text(INSTANCE, "utf-8")
    (tmp_path / "BKS.csv").write_text("instance,best_known\nTINY,32.9\n", "utf-8")
    return tmp_path


def test_an_instance_is_read_as_its_file_says(folder: Path) -> None:
    """Cars, room, customers and best known value; distances are cut after the first decimal."""
    found = vrptw.read(folder, "TINY")
    assert (found.cars, found.room, len(found.table), found.best_known) == (2, 10, 4, 32.9)
    assert found.tenths[0].tolist() == [0, 50, 100, 10]
    assert found.tenths[1, 3] == 42  # the root of 18 is 4.2426…
    with pytest.raises(vrptw.NoInstance, match="OTHER"):
        vrptw.read(folder, "OTHER")


@pytest.mark.parametrize(
    ("routes", "broken"),
    [
        ([[1, 3], [2]], ""),
        ([[3, 1], [2]], "window"),
        ([[1, 2], [3]], "load"),
        ([[1], [2], [3]], "cars"),
        ([[1, 3]], "customers"),
        ([[1, 3], [2, 2]], "customers"),
    ],
)
def test_the_judge_names_what_is_broken(folder: Path, routes: list[list[int]], broken: str) -> None:
    """Every customer once, no more cars than there are, loads and windows kept."""
    tenths, found = vrptw.judge(vrptw.read(folder, "TINY"), routes)
    assert found == broken
    assert tenths == (0 if broken else 50 + 42 + 10 + 200)


def test_xunge_solves_an_instance_as_a_day(folder: Path) -> None:
    """The day verifies, and its objective is the distance that the judge adds up."""
    instance = vrptw.read(folder, "TINY")
    problem = vrptw.as_problem(instance)
    plan = solve.plan(problem, effort=1, seed=1)
    assert verify(plan, problem) == []
    routes = [[int(stop.visit) for stop in route.stops] for route in plan.routes]
    assert vrptw.judge(instance, routes) == (plan.objective, "")
    assert plan.objective == 302


@pytest.mark.parametrize("name", vrptw_engines.NAMES)
def test_every_engine_keeps_the_rules(folder: Path, name: str) -> None:
    """Each engine's routes pass the judge."""
    if name in ("vroom", "pyvrp"):
        pytest.importorskip(name)
    instance = vrptw.read(folder, "TINY")
    planner = vrptw_engines.engine(name)
    assert planner is not None
    row = vrptw.run(instance, name, planner, seconds=1.0, seed=0, tries=1)
    assert row.broken == ""
    assert row.tenths == 302


def test_rows_and_gaps_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Flat records, and a table with the gap of every instance and their mean."""
    out = folder / "rows.json"
    vrptw.main(
        ["--instances", "TINY", "--engines", "ours", "--time", "0.1", "--tries", "1",
         "--data", str(folder), "--json", str(out)]
    )  # fmt: skip
    (row,) = json.loads(out.read_text("utf-8"))
    assert (row["instance"], row["engine"], row["tenths"]) == ("TINY", "ours", 302)
    assert row["gap_percent"] == pytest.approx(100 * (30.2 / 32.9 - 1), abs=0.001)
    assert "mean" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="next to the checkout"):
        vrptw.main(["--data", str(folder / "nowhere")])
    with pytest.raises(ValueError, match="unknown engine"):
        vrptw_engines.engine("oracle")
