"""Why a visit is left out: each reason, and that its relief relieves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scheduler import solve
from scheduler.plan import REASONS
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.reasons import alone, cheapest, explain, impossible, insertions
from scheduler.schedule import Timetable

MONDAY = dt.date(2026, 11, 23)
M = 60


def _problem(visits: list[Visit], **changes: Any) -> Problem:
    """Return visits half an hour apart and one team on Monday without lunch."""
    day = TeamDay(
        id="T", team=1, day=MONDAY, depot="S", vehicle="C", seats=2, start=540 * M, end=1020 * M,
        lunch=(0, 0, 0), departments=frozenset({"lead"}), specialities=frozenset({"fire"}),
    )  # fmt: skip
    seconds = np.full((9, 9), 30 * M, dtype=np.int64)
    return Problem(
        visits=tuple(visits), team_days=(replace(day, **changes),),
        depots=(Depot(id="S", name="S", place=0),), seconds=seconds, metres=seconds,
    )  # fmt: skip


def _visit(name: str, **changes: Any) -> Visit:
    values: dict[str, Any] = {
        "id": name, "object": name, "place": 1, "kind": "random", "service": 120 * M,
    }  # fmt: skip
    return Visit(**(values | changes))


@pytest.mark.parametrize(
    ("visit", "reason", "detail"),
    [
        ({"departments": frozenset({"lead", "fire", "road"})}, "no_department",
         {"missing": ["fire", "road"]}),
        ({"specialities": frozenset({"mine", "fire"})}, "no_speciality", {"missing": ["mine"]}),
        ({"days": (dt.date(2026, 11, 24),)}, "no_day", {"days": ["2026-11-24"]}),
        ({"window": (0, 530 * M)}, "no_window", {"opens": "00:00", "closes": "08:50"}),
        ({"window": (0, 565 * M)}, "too_far",
         {"excess_seconds": 300, "minutes": 5, "team_day": "T"}),
        ({"service": 421 * M}, "too_far",
         {"excess_seconds": 60, "minutes": 1, "team_day": "T"}),
    ],
)  # fmt: skip
def test_reason_of_the_impossible(
    visit: dict[str, Any], reason: str, detail: dict[str, Any]
) -> None:
    """A visit that nobody could make on its own is given the nearest reason and its numbers."""
    problem = _problem([_visit("a", **visit)])
    table = Timetable(problem)
    left = alone(problem.visits[0], problem, timetable=table)
    assert left is not None
    assert (left.reason, left.detail) == (reason, detail)
    assert left.reason in REASONS
    assert list(impossible(problem, timetable=table)) == ["a"]


def test_no_seat_and_no_team() -> None:
    """A car too small for what its team promises, and a week without teams, are reasons too."""
    small = _problem([_visit("a")], seats=1)
    left = alone(small.visits[0], small, timetable=Timetable(small))
    assert left is not None
    assert left.reason == "no_seat"
    empty = small.replace(team_days=())
    left = alone(empty.visits[0], empty, timetable=Timetable(empty))
    assert left is not None
    assert left.reason == "no_day"


def test_the_possible_has_no_reason() -> None:
    """A visit that some team can make alone is not impossible."""
    problem = _problem([_visit("a")])
    assert alone(problem.visits[0], problem, timetable=Timetable(problem)) is None


def test_excess_is_enough_relief() -> None:
    """Hours longer by the excess of ``no_time_left`` make room; a second less does not."""
    visits = [_visit(name, place=at + 1) for at, name in enumerate("abcd")]
    problem = _problem(visits)
    plan = solve.plan(problem, effort=1)
    left = plan.left[0]
    assert left.reason == "no_time_left"
    excess = left.detail["excess_seconds"]
    assert excess == 150 * M
    for more, served in ((excess, 4), (excess - 1, 3)):
        relieved = _problem(visits, end=1020 * M + more)
        assert len(solve.plan(relieved, effort=1).served()) == served


def test_full_routes_and_worthless_visits() -> None:
    """A full day says so, and an optional visit that costs more driving than its prize as well."""
    visits = [_visit("a"), _visit("b")]
    problem = _problem(visits, max_visits=1)
    table = Timetable(problem)
    left = explain(visits[1], problem, sequences={"T": [visits[0]]}, timetable=table)
    assert (left.reason, left.detail) == ("no_time_left", {"full": True})
    cheap = _visit("c", mandatory=False, prize=59 * M, place=2)
    problem = _problem([cheap])
    left = solve.plan(problem, effort=1).left[0]
    assert left.reason == "not_worth_it"
    assert left.detail == {
        "team_day": "T", "extra_seconds": 60 * M, "minutes": 60, "prize": 59 * M,
    }  # fmt: skip


def test_the_cheapest_place_is_the_first_in_time() -> None:
    """Timing places one after the other finds what timing all of them finds."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        seconds = rng.integers(5 * M, 70 * M, (9, 9))
        visits = [
            _visit(
                f"v{place}", place=place, service=int(rng.integers(20, 90)) * M,
                window=(int(rng.integers(500, 700)) * M, int(rng.integers(720, 1000)) * M),
            )
            for place in range(1, 8)
        ]  # fmt: skip
        problem = _problem(visits, lunch=(690 * M, 750 * M, 60 * M))
        problem = problem.replace(seconds=seconds, metres=seconds)
        table = Timetable(problem)
        routes: dict[str, list[Visit]] = {"T": []}
        for visit in visits:
            best = cheapest(visit, problem, sequences=routes, timetable=table)
            least = min(insertions(visit, problem, sequences=routes, timetable=table))
            assert best == (None if least.late else least)
            found.append(best)
            if best is not None:
                routes["T"].insert(best.position, visit)
    assert None in found
    assert sum(one is not None for one in found) > 150
