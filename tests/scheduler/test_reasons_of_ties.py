"""Why visits that depend on others, on cars or on limits are left out, and what would help."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scheduler.plan import Plan
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.reasons import explained
from scheduler.reliefs import relieved
from scheduler.schedule import Timetable
from scheduler.verify import verify

MONDAY = dt.date(2026, 11, 23)
TUESDAY = dt.date(2026, 11, 24)
M = 60


def _day(id_: str, **changes: Any) -> TeamDay:
    day = TeamDay(
        id=id_, team=int(id_[1:]), day=MONDAY, depot="S", vehicle=f"C{id_}", seats=4,
        start=540 * M, end=1020 * M, lunch=(0, 0, 0),
    )  # fmt: skip
    return replace(day, **changes)


def _visit(id_: str, **changes: Any) -> Visit:
    one = Visit(id=id_, object=id_, place=1, kind="random", service=120 * M)
    return replace(one, **changes)


def _week(days: list[TeamDay], visits: list[Visit], **changes: Any) -> Problem:
    seconds = np.full((9, 9), 30 * M, dtype=np.int64)
    return Problem(
        visits=tuple(visits), team_days=tuple(days), depots=(Depot(id="S", name="S", place=0),),
        seconds=seconds, metres=seconds, **changes,
    )  # fmt: skip


def _plan(problem: Problem, routes: dict[str, list[str]]) -> Plan:
    """Return routes as a plan in which all that is left out has its reason."""
    table = Timetable(problem)
    stops = {id_: [problem.visit(one) for one in ids] for id_, ids in routes.items()}
    told = [table.route(problem.team_day(id_), some) for id_, some in stops.items()]
    made = tuple(route for route in told if route is not None)
    served = {stop.visit for route in made for stop in route.stops}
    left = [visit for visit in problem.visits if visit.id not in served]
    why = explained(left, problem, sequences=stops, timetable=table)
    days = {day.id: day for day in problem.team_days}
    cost = sum(table.cost(days[id_], some) for id_, some in stops.items())
    lost = sum(3_600_000 if one.mandatory else one.prize for one in left)
    return Plan(routes=made, left=tuple(why.values()), objective=cost + lost, engine="hand")


FULL = _visit("full", service=420 * M)
A, B = _visit("a", meets="J"), _visit("b", meets="J")
CASES: list[tuple[str, Problem, dict[str, list[str]], str, dict[str, Any]]] = [
    ("no car has it", _week([_day("T1")], [_visit("x", equipment=frozenset({"gas"}))]), {},
     "no_equipment", {"missing": ["gas"]}),
    ("too much for any car", _week([_day("T1", capacity=3)], [_visit("x", load=4)]), {},
     "no_room_on_car", {"load": 4, "capacity": 3}),
    ("the car is full", _week([_day("T1", capacity=3)], [_visit("x", load=2),
     _visit("y", load=2)]), {"T1": ["y"]}, "car_full", {}),
    ("no expert is out", _week([_day("T1")], [_visit("x", assists=True)]), {}, "no_expert", {}),
    ("only experts are out", _week([_day("T1", expert="E")], [_visit("x")]), {},
     "no_officer", {}),
    ("locked to who cannot", _week([_day("T1"), _day("T2", day=TUESDAY)], [
        _visit("x", days=(MONDAY,))], locked={"x": "T2"}), {}, "locked", {"team_day": "T2"}),
    ("the limit is reached", _week([_day("T1")], [_visit("x"), _visit("y")], limits=(
        Limit(code="annual_cap", visits=frozenset({"x", "y"})),)), {"T1": ["y"]},
     "over_limit", {"limit": "annual_cap", "most": 1}),
    ("what it follows is not made", _week([_day("T1")], [
        _visit("x", follows=Follows(visit="y")), _visit("y", departments=frozenset({"z"}))]), {},
     "not_followed", {"others": ["y"]}),
    ("it would come too late", _week([_day("T1")], [
        _visit("x", follows=Follows(visit="y", most=60 * M)), _visit("y")]), {"T1": ["y"]},
     "not_followed", {"others": ["y"]}),
    ("its round is on a full day", _week([_day("T1"), _day("T2", day=TUESDAY)], [
        _visit("x", round="R"), replace(FULL, round="R")]), {"T1": ["full"]},
     "tied", {"round": "R"}),
    ("its gate is with a full team", _week([_day("T1"), _day("T2")], [
        _visit("x", gate="G"), replace(FULL, gate="G")]), {"T1": ["full"]}, "tied", {"gate": "G"}),
    ("the other part has no team", _week([_day("T1"), _day("T2")], [
        A, replace(B, departments=frozenset({"z"}))]), {}, "no_partner", {"others": ["b"]}),
    ("only one team", _week([_day("T1"), _day("T2", departments=frozenset({"z"}))], [
        replace(A, departments=frozenset({"z"})), B, FULL]), {"T2": ["full"]},
     "no_time_left", {"team_day": "T2", "excess_seconds": 120 * M, "minutes": 120,
                      "extra_seconds": 0}),
    ("they never meet", _week([_day("T1", end=720 * M, departments=frozenset({"z"})),
                               _day("T2", start=660 * M)], [
        replace(A, departments=frozenset({"z"})), B]), {}, "no_common_time",
     {"others": ["b"], "day": "2026-11-23", "start": "09:30", "away": ["b"], "minutes": 120}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "routes", "reason", "detail"),
    [one[1:] for one in CASES],
    ids=[one[0] for one in CASES],
)
def test_reason_and_its_numbers(
    problem: Problem, routes: dict[str, list[str]], reason: str, detail: dict[str, Any]
) -> None:
    """The first visit left out is given what binds, and the referee finds the reason true."""
    plan = _plan(problem, routes)
    left = plan.left[0]
    assert (left.reason, left.detail) == (reason, detail)
    assert [one for one in verify(plan, problem) if one.rule != "order_broken"] == []


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("no car has it", ["relief_equipment"]),
        ("too much for any car", ["relief_load"]),
        ("the car is full", ["relief_load"]),
        ("no expert is out", ["relief_expert"]),
        ("only experts are out", ["relief_team"]),
        ("locked to who cannot", ["relief_unlock"]),
        ("the limit is reached", ["relief_raise"]),
    ],
)
def test_cheapest_way_lifts_what_binds(name: str, codes: list[str]) -> None:
    """The cheapest way to make a visit loosens just what its reason names."""
    _, problem, routes, _, _ = next(one for one in CASES if one[0] == name)
    left = relieved(_plan(problem, routes), problem).left[0]
    first = left.detail["reliefs"][0]
    assert [first["code"], *(one["code"] for one in first["also"])] == codes
