"""The home-care benchmark: its judge finds every fault, its figures are flat records."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import homecare
from benchmarks.homecare_cases import NoInstances, cases, folder, judge
from benchmarks.homecare_ortools import plan_with_ortools
from scheduler import ordered

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.homecare_cases import Routes

CONTENT: dict[str, Any] = {
    "patients": [
        {
            "id": "p1", "time_window": [0, 60],
            "required_caregivers": [{"service": "s1", "duration": 10.5}],
        },
        {
            "id": "p2", "time_window": [20, 50],
            "required_caregivers": [{"service": "s1"}, {"service": "s2"}],
            "synchronization": {"type": "simultaneous"},
        },
        {
            "id": "p3", "time_window": [100, 110],
            "required_caregivers": [{"service": "s1"}, {"service": "s2", "duration": 5}],
            "synchronization": {"type": "sequential", "distance": [10, 20]},
        },
    ],
    "services": [
        {"id": "s1", "default_duration": 30}, {"id": "s2", "default_duration": 20},
    ],
    "caregivers": [
        {"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]},
    ],
    "central_offices": [{"id": "d"}],
    "distances": [[0, 5, 10, 15], [5, 0, 12.5, 9], [10, 12.5, 0, 20], [15, 9, 20, 0]],
}  # fmt: skip

ROUTES: Routes = {
    "c1": [("p1", "s1", 5.0), ("p2", "s1", 28.0), ("p3", "s1", 100.0)],
    "c2": [("p2", "s2", 28.0), ("p3", "s2", 112.0)],
}


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    (tmp_path / "toy.json").write_text(json.dumps(CONTENT), "utf-8")
    (tmp_path / "BEST.csv").write_text("instance,best_cost\ntoy,33.0\n", "utf-8")
    return tmp_path


def test_judge_adds_up_travel_and_lateness() -> None:
    """Travel of both, 2 minutes late at p3, the same as the largest: a third of the sum."""
    verdict = judge(CONTENT, ROUTES)
    assert verdict.faults == ()
    assert verdict.travel == 5 + 12.5 + 20 + 15 + 10 + 20 + 15
    assert (verdict.lateness, verdict.largest) == (2.0, 2.0)
    assert verdict.cost == pytest.approx((97.5 + 4) / 3)


@pytest.mark.parametrize(
    ("crew", "at", "stop", "fault"),
    [
        ("c1", 1, ("p2", "s1", 27.9), "c1 cannot be at p2 in time"),
        ("c1", 1, ("p2", "s1", 28.5), "p2: -0.500 min between its services"),
        ("c1", 2, ("p3", "s1", 99.0), "p3 is served before its opening"),
        ("c1", 2, ("p3", "s2", 100.0), "c1 is not able to do s2"),
        ("c2", 1, ("p3", "s2", 121.0), "p3: 21.000 min between its services"),
        ("c2", 1, ("p2", "s2", 112.0), "p3 does not get what it needs"),
    ],
)
def test_judge_finds_faults(crew: str, at: int, stop: tuple[str, str, float], fault: str) -> None:
    """One stop made wrong is found, and said in words."""
    routes = copy.deepcopy(ROUTES)
    routes[crew][at] = stop
    assert fault in judge(CONTENT, routes).faults


def test_one_caregiver_is_not_two() -> None:
    """A double service by one caregiver alone is a fault."""
    routes: Routes = {
        "c1": [("p1", "s1", 5.0)],
        "c2": [("p2", "s1", 20.0), ("p2", "s2", 50.0), ("p3", "s1", 100.0), ("p3", "s2", 130.0)],
    }
    assert "p3 needs different caregivers" in judge(CONTENT, routes).faults


def test_search_and_peer_are_judged_legal(data: Path) -> None:
    """What the search and OR-Tools say of themselves is what the judge says."""
    (case,) = cases(folder(data))
    served = ordered.search(case.day, seed=1, iterations=3_000)
    verdict = judge(case.content, homecare.as_routes(case, served))
    assert verdict.faults == ()
    assert verdict.cost == pytest.approx(served.cost / 3_000)
    peer = judge(case.content, plan_with_ortools(case.day, seconds=0.5))
    assert peer.faults == ()
    assert peer.cost >= verdict.cost - 1e-9


def test_main_writes_flat_records(data: Path, tmp_path: Path) -> None:
    """Each run is one record with its gap, legality and times."""
    pytest.importorskip("numba")
    out = tmp_path / "figures.json"
    arguments = ["--data", str(data), "--seeds", "0", "1", "--time", "0.05", "--json", str(out)]
    homecare.main(arguments)
    records = json.loads(out.read_text("utf-8"))
    assert [record["seed"] for record in records] == [0, 1]
    for record in records:
        assert record["feasible"]
        assert record["gap_percent"] == pytest.approx(100 * (record["cost"] / 33 - 1), abs=0.01)
        assert not any(isinstance(value, (dict, list)) for value in record.values())


def test_missing_instances_are_explained(tmp_path: Path) -> None:
    """Without instances the program says where it looked and what to do."""
    with pytest.raises(NoInstances, match="--data"):
        folder(tmp_path)
    with pytest.raises(SystemExit, match="no home-care instances"):
        homecare.main(["--data", str(tmp_path)])
