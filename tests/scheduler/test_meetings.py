"""Joint visits, visits that follow others, and rounds: whole or not at all, and near the optimum.

The best plans of small weeks come from CP-SAT with every start as a variable: no appointment is
fixed beforehand there, and lunch has a model of its own.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from ortools.sat.python import cp_model

from scheduler import meetings, ruin
from scheduler.problem import (
    DAY_SECONDS,
    LEFT_OUT_SECONDS,
    Depot,
    Follows,
    Problem,
    TeamDay,
    Visit,
)
from scheduler.recombine import Pool, recombine
from scheduler.schedule import Timetable
from scheduler.solve import leave_out
from scheduler.solve import plan as plan_week
from scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduler.plan import Plan

MONDAY = date(2026, 11, 23)
DAYS = tuple(MONDAY + timedelta(days=at) for at in range(2))
M = 60
WEEKS = 24
LUNCHES = ((690 * M, 750 * M, 60 * M), (700 * M, 710 * M, 40 * M), (0, 0, 0))
SHARE = 0.9
needs_numba = pytest.mark.skipif(not ruin.available(), reason="numba is not installed")


def _team_day(at: int, day: date, **changes: Any) -> TeamDay:
    return TeamDay(**{
        "id": f"T{at}", "team": at, "day": day, "depot": "S", "vehicle": f"C{at}", "seats": 3,
        "start": 510 * M, "end": 1050 * M, "lunch": (690 * M, 750 * M, 60 * M),
        "departments": frozenset({"fire", "labour"}),
        **changes,
    })  # fmt: skip


def _visit(at: int, **changes: Any) -> Visit:
    return Visit(**{
        "id": f"V{at}", "object": f"E{at}", "place": 1, "kind": "random", "service": 60 * M,
        "mandatory": True, "order": at, **changes,
    })  # fmt: skip


def _problem(
    visits: tuple[Visit, ...], team_days: tuple[TeamDay, ...], *, seed: int = 0, apart: int = 100
) -> Problem:
    size = 1 + max(visit.place for visit in visits)
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 30, (size, 2))
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    seconds = (km * apart).astype(np.int64)
    return Problem(
        visits=visits, team_days=team_days, depots=(Depot(id="S", name="S", place=0),),
        seconds=seconds, metres=(km * 1000).astype(np.int64),
    )  # fmt: skip


def small_week(number: int) -> Problem:
    """Return a week with a pair or a triple, a follower and a round; always the same one."""
    rng = random.Random(number)
    cars = 4 if number % 3 else 5
    team_days = tuple(
        _team_day(at, DAYS[at % 2] if at < 4 else DAYS[0],
                  lunch=rng.choice(LUNCHES),
                  end=rng.choice((1050, 1050, 800)) * M)
        for at in range(cars)
    )  # fmt: skip
    together = 3 if cars == 5 else 2
    opens = rng.choice((0, 0, 600, 780))
    days = (DAYS[0],) if together == 3 else ()
    prize = rng.choice((0, 20, 60)) * M
    window = (opens * M, (opens + 300) * M if opens else DAY_SECONDS)
    joint = [
        _visit(at, place=1, meets="J", service=rng.choice((45, 60)) * M, days=days, window=window,
               mandatory=not prize, prize=prize)
        for at in range(together)
    ]  # fmt: skip
    rest = [
        _visit(together + at, place=at + 2, service=rng.choice((60, 90, 120, 150)) * M,
               mandatory=rng.random() < 0.6, prize=rng.randint(10, 90) * M)
        for at in range(3)
    ]  # fmt: skip
    if number % 2:
        most = rng.choice((None, 4 * 3600, 20 * 3600))
        rest[0] = replace(rest[0], follows=Follows(visit="V0", least=2 * 3600, most=most))
    if number % 4 < 2:
        rest[1:] = [replace(one, round="night") for one in rest[1:]]
    visits = tuple(replace(v, prize=0) if v.mandatory else v for v in (*joint, *rest))
    return _problem(visits, team_days, seed=number)


def optimum(problem: Problem) -> int:
    """Return the objective of the best plan, by CP-SAT."""
    model = cp_model.CpModel()
    visits, team_days = problem.visits, problem.team_days
    starts = [model.new_int_var(0, 2 * DAY_SECONDS, "") for _ in visits]
    on = {(v, k): model.new_bool_var("") for v in range(len(visits)) for k in range(len(team_days))}
    cost: list[Any] = []
    for v, visit in enumerate(visits):
        out = model.new_bool_var("")
        model.add_exactly_one([out, *(on[v, k] for k in range(len(team_days)))])
        cost.append((LEFT_OUT_SECONDS if visit.mandatory else visit.prize) * out)
        model.add_linear_constraint(starts[v], visit.window[0], visit.window[1])
        for k, day in enumerate(team_days):
            if not visit.allowed(day.day):
                model.add(on[v, k] == 0)
    for k, day in enumerate(team_days):
        cost += _drive(model, problem, k, day, starts=starts, on=on)
    _bind(model, problem, starts, on)
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 30
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def _drive(
    model: cp_model.CpModel,
    problem: Problem,
    k: int,
    day: TeamDay,
    *,
    starts: list[Any],
    on: dict[tuple[int, int], Any],
) -> list[Any]:
    """Add the round trip of one team-day with its lunch; return its terms of the cost."""
    visits, count = problem.visits, len(problem.visits)
    early, late, length = day.lunch
    places = [visit.place for visit in visits] + [0]
    lunch = model.new_int_var(early, late, "")
    idle = model.new_bool_var("")
    after = model.new_bool_var("")  # lunch after the return
    arcs: list[Any] = [(count, count, idle)]
    arcs += [(v, v, on[v, k].negated()) for v in range(count)]
    meals, cost = [idle, after], []
    for i in range(count + 1):
        for j in range(count + 1):
            if i == j:
                continue
            arc = model.new_bool_var("")
            arcs.append((i, j, arc))
            drive = 0 if places[i] == places[j] else int(problem.seconds[places[i], places[j]])
            cost.append(drive * arc)
            free = day.start if i == count else starts[i] + visits[i].service
            there = day.end if j == count else starts[j]
            model.add(there >= free + drive).only_enforce_if(arc)
            if j == count:
                model.add(free + drive <= late).only_enforce_if(arc, after)
            if not length:
                continue
            eaten = model.new_bool_var("")
            model.add_implication(eaten, arc)
            meals.append(eaten)
            model.add(there >= free + drive + length).only_enforce_if(eaten)
            model.add(lunch >= free).only_enforce_if(eaten)
            model.add(lunch + length <= there).only_enforce_if(eaten)
            if i == count:  # or it is over before the car leaves
                ahead = model.new_bool_var("")
                model.add_implication(ahead, arc)
                meals.append(ahead)
                model.add(there >= lunch + length + drive).only_enforce_if(ahead)
    model.add_circuit(arcs)
    if length:
        model.add_exactly_one(meals)
    else:
        model.add(after == 0)
    return cost


def _bind(
    model: cp_model.CpModel, problem: Problem, starts: list[Any], on: dict[tuple[int, int], Any]
) -> None:
    at = {visit.id: v for v, visit in enumerate(problem.visits)}
    numbers = [(day.day - MONDAY).days for day in problem.team_days]
    made = [sum(on[v, k] for k in range(len(numbers))) for v in range(len(starts))]
    day_of = [sum(numbers[k] * on[v, k] for k in range(len(numbers))) for v in range(len(starts))]
    for joint in meetings.parts(problem.visits).values():
        first, *others = [at[part.id] for part in joint]
        for other in others:
            model.add(made[first] == made[other])
            model.add(day_of[first] == day_of[other])
            model.add(starts[first] == starts[other])
    for v, visit in enumerate(problem.visits):
        if visit.follows:
            u = at[visit.follows.visit]
            is_made = model.new_bool_var("")
            model.add(made[v] == is_made)
            model.add(made[v] <= made[u])
            apart = (day_of[v] - day_of[u]) * DAY_SECONDS + starts[v] - starts[u]
            model.add(apart >= visit.follows.least).only_enforce_if(is_made)
            if visit.follows.most is not None:
                model.add(apart <= visit.follows.most).only_enforce_if(is_made)
    for name in {visit.round for visit in problem.visits if visit.round}:
        chosen = model.new_int_var(0, 9, "")
        for v, visit in enumerate(problem.visits):
            for k, number in enumerate(numbers):
                if visit.round == name:
                    model.add(chosen == number).only_enforce_if(on[v, k])


def _breaches(plan: Plan, problem: Problem) -> list[str]:
    """Return bonds that a plan breaks, from its starts alone."""
    days = {day.id: (day.day - MONDAY).days for day in problem.team_days}
    made = {
        stop.visit: (days[route.team_day], stop.start, route.team_day)
        for route in plan.routes
        for stop in route.stops
    }
    wrong = []
    for name, joint in meetings.parts(problem.visits).items():
        there = [made[part.id] for part in joint if part.id in made]
        if there and len(there) < len(joint):
            wrong.append(f"half of {name}")
        if len({one[:2] for one in there}) > 1 or len({one[2] for one in there}) < len(there):
            wrong.append(f"{name} not together")
    for visit in problem.visits:
        if visit.follows and visit.id in made:
            if visit.follows.visit not in made:
                wrong.append(f"{visit.id} follows nothing")
                continue
            (day, start, _), (other, before, _) = made[visit.id], made[visit.follows.visit]
            apart = (day - other) * DAY_SECONDS + start - before
            most = visit.follows.most
            if apart < visit.follows.least or (most is not None and apart > most):
                wrong.append(f"{visit.id} at the wrong distance")
    rounds = {
        (one.round, made[one.id][0]) for one in problem.visits if one.id in made and one.round
    }
    wrong += [name for name, times in Counter(name for name, _ in rounds).items() if times > 1]
    return wrong


@needs_numba
def test_small_weeks_are_planned_as_well_as_can_be() -> None:
    """A plan keeps every bond and rule, never beats the optimum, and nearly always reaches it."""
    reached = 0
    for number in range(WEEKS):
        problem = small_week(number)
        plan = plan_week(problem, effort=1)
        assert _breaches(plan, problem) == [], number
        assert verify(plan, problem) == [], number
        best = optimum(problem)
        assert plan.objective >= best, number
        reached += plan.objective == best
    assert reached >= SHARE * WEEKS


@pytest.mark.parametrize("number", [0, 1, 4])
def test_the_routing_library_plans_whole_joint_visits_too(number: int) -> None:
    """Without the compiled search nothing is torn either, and what can be made is made."""
    problem = small_week(number)
    plan = plan_week(problem, effort=1, engine="ortools")
    assert _breaches(plan, problem) == []
    assert verify(plan, problem) == []
    assert {visit.id for visit in problem.visits if visit.mandatory} <= plan.served()


@needs_numba
@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_all_parts_start_together_on_cars_of_their_own(count: int) -> None:
    """However many departments meet, one start and as many cars; one car too few and none goes."""
    visits = tuple(_visit(at, meets="J") for at in range(count))
    cars = tuple(_team_day(at, MONDAY, start=(510 + 20 * at) * M) for at in range(count))
    plan = plan_week(_problem(visits, cars), effort=1)
    assert _breaches(plan, _problem(visits, cars)) == []
    assert len(plan.served()) == count
    starts = {stop.start for route in plan.routes for stop in route.stops}
    assert starts == {max(cars[-1].start, min(starts))}
    fewer = plan_week(_problem(visits, cars[1:]), effort=1)
    assert fewer.routes == ()
    assert verify(fewer, _problem(visits, cars[1:])) == []


@needs_numba
def test_the_same_day_counts_and_not_the_same_hour() -> None:
    """Two cars on different days do not meet, though their hours are the same."""
    visits = (_visit(0, meets="J"), _visit(1, meets="J"))
    apart = (_team_day(0, DAYS[0]), _team_day(1, DAYS[1]))
    assert plan_week(_problem(visits, apart), effort=1).routes == ()


@needs_numba
def test_who_follows_goes_with_whom_it_follows() -> None:
    """A dear follower carries a visit that is not worth its drive; without it neither is made."""
    first = _visit(0, place=1, mandatory=False, prize=1)
    second = _visit(1, place=2, follows=Follows(visit="V0", least=3600, most=7200))
    week = _problem((first, second), (_team_day(0, MONDAY),))
    plan = plan_week(week, effort=1)
    assert plan.served() == {"V0", "V1"}
    assert _breaches(plan, week) == []
    worthless = replace(second, mandatory=False, prize=1)
    assert plan_week(week.replace(visits=(first, worthless)), effort=1).routes == ()


@needs_numba
def test_a_follower_may_come_on_a_later_day() -> None:
    """The distance is measured on the clock of the week."""
    first = _visit(0)
    second = _visit(1, follows=Follows(visit="V0", least=DAY_SECONDS - 3600, most=DAY_SECONDS))
    week = _problem((first, second), tuple(_team_day(at, day) for at, day in enumerate(DAYS)))
    plan = plan_week(week, effort=1)
    assert len(plan.served()) == 2
    assert _breaches(plan, week) == []


def test_circles_are_left_out_and_told() -> None:
    """What can never be made pushes nothing out and gets a reason; a lonely part is a visit."""
    visits = (
        _visit(0, follows=Follows(visit="V1")), _visit(1, follows=Follows(visit="V0")),
        _visit(2, follows=Follows(visit="nobody")), _visit(3, meets="alone"), _visit(4),
    )  # fmt: skip
    week = _problem(visits, (_team_day(0, MONDAY),))
    assert meetings.hopeless(week, ()) == {"V0", "V1", "V2"}
    plan = plan_week(week, effort=1)
    assert plan.served() == {"V3", "V4"}
    assert set(plan.unserved) == {"V0", "V1", "V2"}
    assert verify(plan, week) == []


def test_an_impossible_part_takes_its_partners_and_followers_along() -> None:
    """Where one department has no team, nobody goes in its place."""
    visits = (
        _visit(0, meets="J", departments=frozenset({"health"})), _visit(1, meets="J"),
        _visit(2, follows=Follows(visit="V1")),
    )  # fmt: skip
    week = _problem(visits, (_team_day(0, MONDAY), _team_day(1, MONDAY)))
    assert meetings.tied(week, ["V0"]) == {"V0", "V1", "V2"}
    plan = plan_week(week, effort=1)
    assert plan.routes == ()
    assert plan.unserved["V0"].reason == "no_department"
    assert verify(plan, week) == []


def test_who_has_no_crew_does_not_leave_partners_alone() -> None:
    """What is taken out of a plan takes its partners with it; the others keep their starts."""
    week = _problem(
        (_visit(0, meets="J"), _visit(1, meets="J"), _visit(2, meets="K"), _visit(3, meets="K")),
        (_team_day(0, MONDAY), _team_day(1, MONDAY)),
    )
    plan = plan_week(week, effort=1)
    rest = leave_out(plan, week, visits=["V0"], reason="no_crew", detail={})
    assert rest.served() == {"V2", "V3"}
    assert {one.visit: one.reason for one in rest.left} == {"V0": "no_crew", "V1": "no_crew"}
    assert _breaches(rest, week) == []
    assert verify(rest, week) == []


def _moved(kind: str) -> Callable[[dict[str, list[Visit]]], dict[str, list[Visit]]]:
    def change(routes: dict[str, list[Visit]]) -> dict[str, list[Visit]]:
        day = MONDAY
        a = meetings.pinned(_visit(0, meets="J"), day=day, start=600 * M)
        b = meetings.pinned(_visit(1, meets="J"), day=day, start=600 * M)
        return {
            "whole": {"T0": [a], "T1": [b]},
            "half": {"T0": [a]},
            "one car": {"T0": [a, b]},
            "other start": {"T0": [a], "T1": [meetings.pinned(b, day=day, start=601 * M)]},
            "no appointment": {"T0": [_visit(0, meets="J")], "T1": [_visit(1, meets="J")]},
        }[kind]

    return change


@pytest.mark.parametrize(
    ("kind", "stays"),
    [("whole", True), ("half", False), ("one car", False), ("other start", False),
     ("no appointment", False)],
)  # fmt: skip
def test_only_whole_joint_visits_stay(kind: str, stays: bool) -> None:
    """Half a joint visit, one car, two starts or none at all: everything of it goes."""
    week = _problem(
        (_visit(0, meets="J"), _visit(1, meets="J")), (_team_day(0, MONDAY), _team_day(1, MONDAY))
    )
    routes = _moved(kind)({})
    assert meetings.whole(routes, week) == (routes if stays else {})


def test_a_round_keeps_its_fullest_day() -> None:
    """Word spreads over night: what was planned for another day is taken off."""
    visits = tuple(_visit(at, round="R") for at in range(3))
    week = _problem(visits, (_team_day(0, DAYS[0]), _team_day(1, DAYS[1])))
    kept = meetings.whole({"T0": [visits[0]], "T1": [visits[1], visits[2]]}, week)
    assert kept == {"T1": [visits[1], visits[2]]}


@needs_numba
def test_a_start_with_appointments_is_kept() -> None:
    """Routes to start from keep their appointments; torn or late ones are put in anew."""
    week = small_week(3)
    penalties = {one.id: LEFT_OUT_SECONDS if one.mandatory else one.prize for one in week.visits}
    days, table = {day.id: day for day in week.team_days}, Timetable(week)

    def cost(routes: dict[str, list[Visit]]) -> int:
        served = {visit.id for stops in routes.values() for visit in stops}
        left = sum(penalties[visit.id] for visit in week.visits if visit.id not in served)
        return left + sum(table.driving(days[at], stops) for at, stops in routes.items())

    def search(start: dict[str, list[Visit]] | None, *, iterations: int) -> dict[str, list[Visit]]:
        return ruin.search(
            week, visits=week.visits, penalties=penalties, iterations=iterations, seed=2,
            start=start,
        ).sequences  # fmt: skip

    best = search(None, iterations=3_000)
    assert meetings.whole(best, week) == best
    assert cost(search(best, iterations=0)) == cost(best)
    torn = {at: [one for one in stops if one.id != "V0"] for at, stops in best.items()}
    again = search(torn, iterations=0)
    assert meetings.whole(again, week) == again
    late = {at: [meetings.pinned(one, day=MONDAY, start=0) for one in best[at]] for at in best}
    mended = search(late, iterations=0)
    assert meetings.whole(mended, week) == mended


@needs_numba
def test_an_appointment_gives_way_on_all_routes() -> None:
    """What one team does first delays a meeting, and what another team does after it."""
    meeting = tuple(
        _visit(at, meets="J", departments=frozenset({name}))
        for at, name in enumerate(("fire", "labour"))
    )
    before = _visit(2, place=2, departments=frozenset({"fire"}), window=(0, 575 * M))
    after = _visit(3, place=3, departments=frozenset({"labour"}))
    never = _visit(4, place=2, departments=frozenset({"fire"}), window=(0, 511 * M))
    week = _problem((never, *meeting, before, after), tuple(
        _team_day(at, DAYS[0], lunch=(0, 0, 0), departments=frozenset({name}))
        for at, name in enumerate(("fire", "labour"))
    ), apart=20)  # fmt: skip
    early = [meetings.pinned(part, day=DAYS[0], start=530 * M) for part in meeting]
    found = ruin.search(
        week, visits=week.visits, penalties={one.id: 10_000 + one.order for one in week.visits},
        iterations=0, seed=1, start={"T0": early[:1], "T1": [early[1], after]},
    ).sequences  # fmt: skip
    assert [one.id for one in found["T0"]] == ["V2", "V0"]
    assert [one.id for one in found["T1"]] == ["V1", "V3"]
    starts = {one.window for stops in found.values() for one in stops if one.meets}
    assert len(starts) == 1
    assert starts.pop()[0] >= 570 * M
    assert all(Timetable(week).route(day, found[day.id]) for day in week.team_days)


@needs_numba
def test_the_seed_decides_about_appointments_too() -> None:
    """Same seed and effort: the same plan to the second."""
    week = small_week(5)
    assert plan_week(week, effort=1, seed=3) == plan_week(week, effort=1, seed=3)


def test_a_choice_of_routes_keeps_the_bonds() -> None:
    """Of routes seen on the way those are chosen together whose appointments agree."""
    visits = (_visit(0, meets="J"), _visit(1, meets="J"), _visit(2, follows=Follows(visit="V0")))
    week = _problem(visits, (_team_day(0, MONDAY), _team_day(1, MONDAY)))
    at = {
        (v, minute): meetings.pinned(visits[v], day=MONDAY, start=minute * M)
        for v in range(3)
        for minute in (600, 800, 900)
    }
    pool = Pool(meetings.appointed(visits))
    for routes in (
        {"T0": [at[0, 600]]}, {"T0": [at[0, 800]]}, {"T1": [at[1, 800]]},
        {"T1": [at[1, 800], at[2, 900]]}, {"T1": [at[1, 600], at[2, 800]]}, {"T1": [at[2, 600]]},
    ):  # fmt: skip
        pool.add(routes)
    best = recombine(
        week, pool, visits=visits, penalties=dict.fromkeys(("V0", "V1", "V2"), LEFT_OUT_SECONDS),
        timetable=Timetable(week), hint={"T0": [at[0, 800]], "T1": [at[1, 800]]},
    )  # fmt: skip
    assert meetings.whole(best, week) == best
    assert sum(map(len, best.values())) == 3


def test_tickets_respect_joint_visits() -> None:
    """A drawn visit that is part of a joint one is carried or made with its partner."""
    visits = tuple(
        _visit(at, service=150 * M, meets="J" if at in (0, 3) else "") for at in range(6)
    )
    week = _problem(visits, (_team_day(0, MONDAY), _team_day(1, MONDAY)))
    plan = plan_week(week, drawn=[visit.id for visit in visits], effort=1)
    assert _breaches(plan, week) == []
    assert verify(plan, week) == []


@pytest.mark.parametrize("number", [2, 6, 10])
def test_where_nothing_of_it_is_searched_bonds_change_nothing(number: int) -> None:
    """A week with bound visits has one search; without them it does what the other one does."""
    problem = small_week(number)
    free = [visit for visit in problem.visits if visit.id not in meetings.bound(problem.visits)]
    week = problem.replace(visits=tuple(free))
    penalties = {visit.id: LEFT_OUT_SECONDS for visit in free}
    found, other = (
        ruin.search(one, visits=free, penalties=penalties, iterations=300, seed=number)
        for one in (problem, week)
    )
    assert found.sequences
    assert found == other
