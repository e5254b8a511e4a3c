"""Plans of small weeks: what the search returns verifies, and tickets decide who gives way."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler import solve
from scheduler.plan import Plan, Route, Unserved, plan_from_json
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Problem, TeamDay, Visit
from scheduler.solve import BadProblem, leave_out
from scheduler.verify import verify

MONDAY = dt.date(2026, 11, 23)
DAYS = tuple(MONDAY + dt.timedelta(days=at) for at in range(3))
M = 60
SKILLS = ("fire", "mine")


def _team_day(at: int, *, depot: str = "S", **changes: Any) -> TeamDay:
    values: dict[str, Any] = {
        "id": f"T{at}", "team": at, "day": DAYS[at % len(DAYS)], "depot": depot,
        "vehicle": f"C{at}", "seats": 4, "start": 510 * M, "end": 1050 * M,
        "lunch": (690 * M, 750 * M, 60 * M),
    }  # fmt: skip
    return TeamDay(**(values | changes))


def _visit(at: int, **changes: Any) -> Visit:
    values: dict[str, Any] = {
        "id": f"V{at}", "object": f"E{at}", "place": at + 2, "kind": "random",
        "service": 120 * M, "order": at,
    }  # fmt: skip
    return Visit(**(values | changes))


def _problem(visits: list[Visit], team_days: list[TeamDay], *, seed: int = 0) -> Problem:
    """Return a problem over a random map of 60 km; place 1 is a station that nobody uses."""
    size = 2 + max((visit.place for visit in visits), default=0)
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 60, (size, 2))
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    return Problem(
        visits=tuple(visits), team_days=tuple(team_days),
        depots=(Depot(id="S", name="S", place=0), Depot(id="idle", name="idle", place=1)),
        seconds=(km * 90).astype(np.int64), metres=(km * 1300).astype(np.int64),
    )  # fmt: skip


subsets = st.frozensets(st.sampled_from(SKILLS))


@st.composite
def weeks(draw: st.DrawFn) -> Problem:
    """Draw a small week with windows, closed days, specialities, departments, prizes, shifts."""
    team_days = [
        _team_day(
            at,
            depot=draw(st.sampled_from(["S", "S", "idle"])),
            specialities=draw(subsets),
            departments=draw(subsets),
            max_visits=draw(st.sampled_from([1, 2, 99])),
            seats=draw(st.integers(2, 4)),
            **draw(st.sampled_from([
                {}, {"lunch": (0, 0, 0)},
                {"start": 870 * M, "end": 1410 * M, "lunch": (1050 * M, 1110 * M, 60 * M)},
            ])),
        )
        for at in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    visits = []
    for at in range(draw(st.integers(0, 7))):
        opens = draw(st.integers(400, 900))
        visits.append(
            _visit(
                at,
                place=draw(st.integers(0, 8)),
                service=draw(st.integers(0, 240)) * M,
                window=(opens * M, (opens + draw(st.integers(0, 600))) * M),
                days=tuple(draw(st.sets(st.sampled_from(DAYS)))),
                specialities=draw(st.sampled_from([frozenset(), frozenset({"fire"})])),
                departments=draw(st.sampled_from([frozenset(), frozenset({"mine"})])),
                mandatory=draw(st.booleans()),
                prize=draw(st.integers(0, 9000)),
                due=draw(st.sampled_from([None, MONDAY])),
            )
        )
    return _problem(visits, team_days, seed=draw(st.integers(0, 9)))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(problem=weeks())
def test_every_plan_verifies(problem: Problem) -> None:
    """Whatever the week, its plan breaks no rule and reads back from JSON as it was written."""
    plan = solve.plan(problem, effort=1)
    assert verify(plan, problem) == []
    assert plan.reproducible
    assert plan_from_json(plan.to_json()) == plan


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(problem=weeks())
def test_plans_by_ticket_verify_and_carry_from_the_end(problem: Problem) -> None:
    """Every plan by ticket verifies, and no drawn visit is carried while a later one is kept."""
    drawn = [visit.id for visit in problem.visits if visit.mandatory][::2]
    plan = solve.plan(problem, drawn=drawn, effort=1)
    assert verify(plan, problem) == []
    reasons = {left.visit: left.reason for left in plan.left}
    assert all(reason != "carried" or id_ in drawn for id_, reason in reasons.items())
    queue = [id_ for id_ in drawn if reasons.get(id_, "carried") == "carried"]
    carried = [reasons.get(id_) == "carried" for id_ in queue]
    assert carried == sorted(carried)


def _week() -> Problem:
    visits = [_visit(at, mandatory=at % 2 == 0, prize=5 * 3600) for at in range(8)]
    return _problem(visits, [_team_day(at) for at in range(3)])


def _spoil(plan: Plan, problem: Problem, how: int, at: int) -> tuple[str, Plan, Problem]:
    """Return a good plan with one thing spoilt, and the rule that must be named."""
    which = at % len(plan.routes)
    route = plan.routes[which]
    stop = route.stops[at % len(route.stops)]

    def with_route(changed: Route) -> Plan:
        return replace(plan, routes=(*plan.routes[:which], changed, *plan.routes[which + 1 :]))

    def with_stop(**changes: Any) -> Plan:
        stops = [replace(one, **changes) if one is stop else one for one in route.stops]
        return with_route(replace(route, stops=tuple(stops)))

    def with_visit(**changes: Any) -> Problem:
        visits = [replace(v, **changes) if v.id == stop.visit else v for v in problem.visits]
        return problem.replace(visits=tuple(visits))

    def with_day(**changes: Any) -> Problem:
        days = [
            replace(day, **changes) if day.id == route.team_day else day
            for day in problem.team_days
        ]
        return problem.replace(team_days=tuple(days))

    gone = replace(plan, left=(*plan.left, Unserved(visit="?", reason="x", detail={})))
    cases: list[tuple[str, Plan, Problem]] = [
        ("travel_too_short", with_stop(arrive=stop.arrive - 2 * 3600), problem),
        ("service_cut_short", with_stop(leave=stop.leave - 1), problem),
        ("start_before_arrival", with_stop(start=stop.arrive - 1), problem),
        ("outside_window", plan, with_visit(window=(0, stop.start - 1))),
        ("wrong_day", plan, with_visit(days=(dt.date(2026, 1, 1),))),
        ("speciality_missing", plan, with_visit(specialities=frozenset({"x"}))),
        ("department_missing", plan, with_visit(departments=frozenset({"x"}))),
        ("outside_hours", plan, with_day(end=route.back - 1)),
        ("outside_hours", plan, with_day(start=route.depart + 1)),
        ("too_few_seats", plan, with_day(seats=1)),
        ("too_many_visits", plan, with_day(max_visits=len(route.stops) - 1)),
        ("lunch_missing", with_route(replace(route, lunch=None)), problem),
        ("lunch_outside_window", with_route(replace(route, lunch=1)), problem),
        ("lunch_in_visit", plan, with_day(lunch=(0, 86_400, 12 * 3600))),
        ("totals_wrong", with_route(replace(route, metres=route.metres + 1)), problem),
        ("objective_wrong", replace(plan, objective=plan.objective + 1), problem),
        ("visit_twice", with_route(replace(route, stops=(*route.stops, stop))), problem),
        ("unknown_id", gone, problem),
    ]
    return cases[how % len(cases)]


@settings(deadline=None, max_examples=100)
@given(how=st.integers(0, 17), at=st.integers(0, 11))
def test_corruptions_are_named(how: int, at: int) -> None:
    """A good plan with one thing spoilt is rejected with the right rule named."""
    problem = _week()
    plan = _good_plan()
    rule, spoilt, changed = _spoil(plan, problem, how, at)
    assert verify(plan, problem) == []
    assert rule in {violation.rule for violation in verify(spoilt, changed)}


@cache
def _good_plan() -> Plan:
    return solve.plan(_week(), effort=1)


def test_same_problem_same_plan() -> None:
    """The same problem and effort give the same plan."""
    problem = _week()
    first = solve.plan(problem, effort=50)
    assert first.reproducible
    assert solve.plan(problem, effort=50) == first


def test_wall_clock_is_told() -> None:
    """A search that the wall clock ended still gives a valid plan that says so."""
    problem = _week()
    for effort in (10**6, None):
        plan = solve.plan(problem, effort=effort, time_limit_s=0.3)
        assert not plan.reproducible
        assert verify(plan, problem) == []


def test_station_that_nobody_uses_is_no_visit() -> None:
    """A station without cars, and visits at one place without a drive, disturb nothing."""
    visits = [_visit(0), _visit(1, place=2)]
    plan = solve.plan(_problem(visits, [_team_day(0)]), effort=1)
    assert plan.served() == {"V0", "V1"}
    assert plan.routes[0].stops[1].arrive <= plan.routes[0].stops[0].leave + 3600


def test_mandatory_visit_beats_any_prize() -> None:
    """No number of prizes pushes a mandatory visit out."""
    visits = [_visit(0, service=400 * M)]
    visits += [_visit(at, mandatory=False, prize=LEFT_OUT_SECONDS) for at in range(1, 5)]
    plan = solve.plan(_problem(visits, [_team_day(0, lunch=(0, 0, 0))]), effort=5)
    assert "V0" in plan.served()


def test_lower_order_stays() -> None:
    """Of two mandatory visits that exclude each other the one with the lower order stays."""
    visits = [_visit(0, order=7, service=300 * M), _visit(1, order=3, service=300 * M)]
    plan = solve.plan(_problem(visits, [_team_day(0, lunch=(0, 0, 0))]), effort=5)
    assert plan.served() == {"V1"}
    assert plan.objective == LEFT_OUT_SECONDS + plan.routes[0].seconds


def test_drawn_give_way_by_ticket_not_by_distance() -> None:
    """When not all fit, drawn visits are carried from the last ticket on, the near ones too."""
    visits = [_visit(at, place=2, service=200 * M) for at in range(6)]
    far = replace(visits[0], place=3)
    problem = _problem([far, *visits[1:]], [_team_day(0), _team_day(1)])
    seconds = np.full_like(problem.seconds, 5 * M)
    seconds[3, :] = seconds[:, 3] = 30 * M
    problem = problem.replace(seconds=seconds)
    drawn = ["V3", "V0", "V5", "V4", "V1"]
    plan = solve.plan(problem, drawn=drawn, effort=5)
    assert verify(plan, problem) == []
    assert plan.served() == {"V2", "V3", "V0", "V5"}
    assert [(left.visit, left.reason, left.detail["ticket_rank"]) for left in plan.left] == [
        ("V1", "carried", 5), ("V4", "carried", 4),
    ]  # fmt: skip


def test_impossible_drawn_visit_pushes_nobody_out() -> None:
    """A drawn visit that nobody could make is listed with its own reason, the others are served."""
    visits = [_visit(0, specialities=frozenset({"x"})), _visit(1), _visit(2)]
    plan = solve.plan(_problem(visits, [_team_day(0)]), drawn=["V0", "V1", "V2"], effort=5)
    assert plan.served() == {"V1", "V2"}
    assert [(left.visit, left.reason) for left in plan.left] == [("V0", "no_speciality")]


def test_drawn_visit_blocked_by_due_work_pushes_nobody_out() -> None:
    """A drawn visit that due work alone keeps out gives way by itself."""
    due = _visit(0, service=400 * M, days=(DAYS[0],))
    blocked = _visit(1, service=300 * M, days=(DAYS[0],))
    free = [_visit(2), _visit(3)]
    team_days = [_team_day(0, lunch=(0, 0, 0)), _team_day(1)]
    problem = _problem([due, blocked, *free], team_days)
    plan = solve.plan(problem, drawn=["V1", "V2", "V3"], effort=5)
    assert plan.served() == {"V0", "V2", "V3"}
    assert [(left.visit, left.reason) for left in plan.left] == [("V1", "no_time_left")]


def test_leave_out_keeps_the_others() -> None:
    """Taking a visit out keeps teams and order of the others and gives the plan new times."""
    problem = _week()
    plan = solve.plan(problem, effort=5)
    gone = plan.routes[0].stops[0].visit
    shorter = leave_out(plan, problem, visits=[gone], reason="no_crew", detail={"missing": "x"})
    assert verify(shorter, problem) == []
    assert shorter.served() == plan.served() - {gone}
    assert {left.visit: left.reason for left in shorter.left}[gone] == "no_crew"


def test_progress_is_told_and_can_cancel() -> None:
    """Progress is told with a rising share, and what the listener raises ends the search."""
    visits = [_visit(at) for at in range(12)]
    problem = _problem(visits, [_team_day(at) for at in range(6)])
    shares: list[float] = []
    solve.plan(problem, effort=1_000, progress=lambda step: shares.append(step.share))
    assert shares == sorted(shares)
    assert shares
    assert shares[-1] <= 1

    def refuse(_: object) -> None:
        raise RuntimeError("enough")

    for engine in ("ruin", "ortools"):
        with pytest.raises(RuntimeError, match="enough"):
            solve.plan(problem, effort=1_000, progress=refuse, engine=engine)


@pytest.mark.parametrize("engine", ["ruin", "ortools"])
@pytest.mark.parametrize("by", ["cancel", "interrupt"])
def test_cancelling_keeps_the_best(engine: str, by: str) -> None:
    """Who cancels or interrupts still gets the best plan so far, and the plan says so."""
    visits = [_visit(at) for at in range(12)]
    problem = _problem(visits, [_team_day(at) for at in range(6)])
    asked: list[int] = []

    def interrupt(_: object) -> None:
        asked.append(1)
        if by == "interrupt":
            raise KeyboardInterrupt

    def cancel() -> bool:
        return by == "cancel"

    began = time.process_time()
    plan = solve.plan(
        problem, effort=10**6, progress=interrupt, cancel=cancel, engine=engine, drawn=["V3", "V1"]
    )
    assert asked
    assert time.process_time() - began < 10
    assert not plan.reproducible
    assert plan.served()
    assert verify(plan, problem) == []


def test_the_clock_alone_decides_when_it_ends() -> None:
    """With a time limit only, the search takes that time, also where tickets decide."""
    visits = [_visit(at, service=200 * M) for at in range(14)]
    problem = _problem(visits, [_team_day(at) for at in range(3)])
    shares: list[float] = []
    for drawn in ([], [f"V{at}" for at in range(3, 14)]):
        solve.plan(problem, time_limit_s=0.1, drawn=drawn)
        began = time.monotonic()
        plan = solve.plan(
            problem, time_limit_s=1.0, drawn=drawn, progress=lambda step: shares.append(step.share)
        )
        assert time.monotonic() - began < 2  # loose: other work may share the machine
        assert verify(plan, problem) == []
        kept = [id_ for id_ in drawn if id_ in plan.served()]
        assert kept == drawn[: len(kept)]
    assert max(shares) == 1


def test_a_start_is_bettered_or_kept() -> None:
    """A plan to begin from is never made worse, and its locked visits stay on their team-days."""
    problem = _week()
    first = solve.plan(problem, effort=1, seed=2)
    where = {stop.visit: route.team_day for route in first.routes for stop in route.stops}
    locked = sorted(where)[:3]
    visits = [replace(visit, service=visit.service + 10 * M) for visit in problem.visits]
    again = solve.plan(problem, effort=1, start=first)
    longer = problem.replace(visits=tuple(visits))
    plan = solve.plan(longer, effort=1, start=first, locked=locked)
    assert again.objective <= first.objective
    assert verify(plan, longer) == []
    there = {stop.visit: route.team_day for route in plan.routes for stop in route.stops}
    assert {id_: there.get(id_, where[id_]) for id_ in locked} == {a: where[a] for a in locked}
    ids = {route.team_day: [stop.visit for stop in route.stops] for route in first.routes}
    assert solve.plan(problem, effort=1, start=ids | {"gone": ["V0"]}) == again
    with pytest.raises(BadProblem, match="locked_not_planned: nobody"):
        solve.plan(problem, start=first, locked=["nobody"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"visits": (_visit(0), _visit(0))}, "visit_repeated"),
        ({"team_days": (_team_day(0), _team_day(0, vehicle="X"))}, "team_day_repeated"),
        ({"team_days": (_team_day(0, depot="?"),)}, "unknown_depot"),
        ({"team_days": (_team_day(0), _team_day(3, vehicle="C0"))}, "vehicle_repeated"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], code: str) -> None:
    """A problem that contradicts itself is refused with a code and the ids."""
    with pytest.raises(BadProblem) as caught:
        solve.plan(_week().replace(**changes))
    assert caught.value.code == code
    assert caught.value.ids


def test_drawn_visits_must_be_mandatory() -> None:
    """A drawn visit that the problem holds for optional is refused."""
    with pytest.raises(BadProblem, match="drawn_not_mandatory: V1"):
        solve.plan(_week(), drawn=["V0", "V1"])
