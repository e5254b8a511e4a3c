"""A planned week meets a disruption: what is over stays, what is locked stays, little moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from scheduler import calm, solve
from scheduler.plan import Plan, week_days
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.recombine import Pool
from scheduler.remainder import Disruption, remainder
from scheduler.replan import locks, replan
from scheduler.retold import retold
from scheduler.verify import verify

DAYS = week_days(dt.date(2026, 11, 23))
WEDNESDAY = DAYS[2]
VISITS = 36


def _problem(*, seed: int = 4) -> Problem:
    """Return three teams of five days, 36 visits, a third of them drawn, and places to spare."""
    chance = np.random.default_rng(seed)
    spots = chance.uniform(0, 40_000, (VISITS + 6, 2))
    spots[0] = 20_000
    metres = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)).astype(np.int64)
    return Problem(
        visits=tuple(
            Visit(
                id=f"V{at:02d}", object=f"E{at:02d}", place=at, kind="random",
                service=3_600 + 300 * int(chance.integers(0, 12)), window=(30_600, 57_600),
                mandatory=at % 3 == 0, prize=0 if at % 3 == 0 else 7_200, order=at,
            )
            for at in range(1, VISITS + 1)
        ),
        team_days=tuple(
            TeamDay(
                id=f"{day.isoformat()}-{team}", team=team, day=day, depot="S", vehicle=f"C{team}",
                seats=5, start=30_600, end=63_000, lunch=(41_400, 45_000, 3_600),
            )
            for day in DAYS for team in (1, 2, 3)
        ),
        depots=(Depot(id="S", name="S", place=0),),
        seconds=metres // 10, metres=metres,
    )  # fmt: skip


@cache
def _week() -> tuple[Problem, Plan]:
    problem = _problem()
    plan = solve.plan(problem, effort=60)
    assert verify(plan, problem) == []
    return problem, plan


def _urgent(problem: Problem, number: int = 1) -> Visit:
    return Visit(
        id=f"U{number}", object=f"U{number}", place=VISITS + number, kind="report", service=2_700,
        window=(30_600, 57_600), order=900 + number,
    )  # fmt: skip


def _at(plan: Plan) -> dict[str, str]:
    return {stop.visit: route.team_day for route in plan.routes for stop in route.stops}


def _lost(plan: Plan, *, day: dt.date = WEDNESDAY) -> str:
    return next(r.team_day for r in plan.routes if r.team_day.startswith(day.isoformat()))


@pytest.mark.parametrize("number", range(3))
def test_a_lost_round_and_an_urgent_visit_move_little(number: int) -> None:
    """The urgent visit is made, mandatory ones are kept, and few of the others move."""
    problem, plan = _week()
    lost = [route.team_day for route in plan.routes][number * 3]
    what = Disruption(lost=frozenset([lost]), urgent=(_urgent(problem),))
    done = replan(problem, plan, what, effort=30)
    assert verify(done.open_plan, done.open_problem) == []
    assert "U1" in done.plan.served()
    assert {v.id for v in problem.visits if v.mandatory} <= done.plan.served()
    assert lost not in {route.team_day for route in done.plan.routes}
    assert done.free_cost is not None
    assert done.free_moved is not None
    moved = len(done.of_kind("moved"))
    assert moved <= done.free_moved
    assert done.moved_share == moved / done.surviving <= 0.1


def test_every_change_is_told_and_nothing_else() -> None:
    """Who has no entry stands where it stood; who has one does not, or does so at another time."""
    problem, plan = _week()
    lost = _lost(plan)
    gone = plan.routes[0].stops[0].visit
    what = Disruption(
        lost=frozenset([lost]), urgent=(_urgent(problem),), cancelled=frozenset([gone])
    )
    done = replan(problem, plan, what, effort=30, compare=False)
    before, after = _at(plan), _at(done.plan)
    told = {one.visit: one for one in done.changes}
    assert len(told) == len(done.changes)
    for visit in (*problem.visits, *what.urgent):
        same = before.get(visit.id) == after.get(visit.id)
        if visit.id not in told:
            assert same
            continue
        kind = told[visit.id].kind
        assert (kind == "retimed") == same
        if kind == "displaced":
            assert before[visit.id] == lost
    assert told[gone].kind == "cancelled"
    assert told["U1"].kind == "new"
    assert told["U1"].to_json()["before"] is None
    left = done.of_kind("left_out")
    assert all(one.left is not None and one.after is None for one in left)


def test_days_gone_by_stay_minute_for_minute() -> None:
    """On Wednesday nothing of Monday and Tuesday changes, and no visit goes there."""
    problem, plan = _week()
    what = Disruption(lost=frozenset([_lost(plan)]), today=WEDNESDAY)
    done = replan(problem, plan, what, effort=30, compare=False)
    over = {day.id for day in problem.team_days if day.day < WEDNESDAY}
    assert [r for r in done.plan.routes if r.team_day in over] == [
        r for r in plan.routes if r.team_day in over
    ]
    assert over.isdisjoint(day.id for day in done.open_problem.team_days)
    assert over.isdisjoint(r.team_day for r in done.open_plan.routes)
    assert verify(done.open_plan, done.open_problem) == []


def test_a_round_under_way_stays_and_one_broken_off_keeps_what_was_made() -> None:
    """A visit that is known to be made holds its round; if that breaks off, the rest moves."""
    problem, plan = _week()
    route = next(r for r in plan.routes if len(r.stops) > 2)
    first, *others = (stop.visit for stop in route.stops)
    held = replan(
        problem, plan, Disruption(done=frozenset([first]), urgent=(_urgent(problem),)),
        effort=20, compare=False,
    )  # fmt: skip
    assert route in held.plan.routes
    broken = replan(
        problem, plan, Disruption(done=frozenset([first]), lost=frozenset([route.team_day])),
        effort=20, compare=False,
    )  # fmt: skip
    kept = next(r for r in broken.plan.routes if r.team_day == route.team_day)
    assert [stop.visit for stop in kept.stops] == [first]
    told = {one.visit: one.kind for one in broken.changes}
    assert {told[one] for one in others} <= {"displaced", "left_out"}


def test_locks_by_visit_day_and_team_hold() -> None:
    """A locked visit keeps its team-day or is left out; unknown ones are refused."""
    problem, plan = _week()
    at = _at(plan)
    one = plan.routes[-1].stops[0].visit
    locked = locks(plan, problem, visits=[one], days=[DAYS[3]], teams=[2])
    days = {day.id: day for day in problem.team_days}
    wanted = {v for v, k in at.items() if v == one or days[k].day == DAYS[3] or days[k].team == 2}
    assert set(locked) == wanted
    lost = next(day.id for day in problem.team_days if day.id not in locked.values())
    what = Disruption(lost=frozenset([lost]), urgent=(_urgent(problem), _urgent(problem, 2)))
    done = replan(problem, plan, what, locked=locked, effort=30, compare=False)
    after = _at(done.plan)
    assert {id_: after[id_] for id_ in locked if id_ in after} == {
        id_: at[id_] for id_ in locked if id_ in after
    }
    with pytest.raises(KeyError):
        locks(plan, problem, visits=["nobody"])


def test_nothing_happened_nothing_moves() -> None:
    """Without a disruption the week stays as it was, but for what it gains."""
    problem, plan = _week()
    done = replan(problem, plan, Disruption(), effort=20, compare=False)
    assert done.of_kind("moved", "displaced", "left_out", "cancelled") == ()
    assert done.cost <= plan.objective


def test_a_visit_left_out_can_be_wanted() -> None:
    """What was left out is made when it must be, and the objective is that of the week."""
    problem, plan = _week()
    small = replace(problem.visits[1], id="X", object="X", prize=1, place=VISITS + 3)
    wider = problem.replace(visits=(*problem.visits, small))
    plan = solve.plan(wider, start=plan, effort=20)
    assert "X" not in plan.served()
    done = replan(wider, plan, Disruption(wanted=frozenset("X")), effort=30, compare=False)
    assert "X" in done.plan.served()
    assert {one.visit: one.kind for one in done.changes}["X"] == "new"
    assert done.cost == solve.objective(done.open_problem, done.open_plan.routes)


def test_drawn_visits_give_way_by_ticket_only() -> None:
    """When too little of the week is left, drawn visits go from the last ticket backwards."""
    problem, plan = _week()
    drawn = [visit.id for visit in problem.visits if visit.mandatory]
    lost = frozenset(day.id for day in problem.team_days if day.day > DAYS[0] or day.team > 1)
    done = replan(problem, plan, Disruption(lost=lost), drawn=drawn, effort=30, compare=False)
    assert verify(done.open_plan, done.open_problem) == []
    carried = [id_ for id_ in drawn if id_ not in done.plan.served()]
    assert carried
    assert carried == drawn[-len(carried) :]
    assert {done.plan.unserved[id_].reason for id_ in carried} == {"carried"}


def test_what_was_made_counts_against_limits_rounds_and_orders() -> None:
    """A limit of the week is used up, a round is over, and who follows waits its time."""
    problem, plan = _week()
    monday = [stop.visit for r in plan.routes for stop in r.stops
              if r.team_day.startswith(DAYS[0].isoformat())]  # fmt: skip
    later = [visit.id for visit in problem.visits if visit.id not in monday][:3]
    marked = {
        later[0]: {"round": "R"}, monday[0]: {"round": "R"},
        later[1]: {"follows": Follows(visit=monday[0], least=3 * 86_400)},
    }  # fmt: skip
    special = problem.replace(
        visits=tuple(replace(one, **marked.get(one.id, {})) for one in problem.visits),
        limits=(Limit(code="cap", visits=frozenset([monday[1], later[2]]), most=1),),
    )
    rest = remainder(special, plan, Disruption(today=DAYS[1])).problem
    assert rest.visit(later[0]).days == (DAYS[0],)
    follower = rest.visit(later[1])
    assert follower.follows is None
    assert min(follower.days) >= DAYS[3]
    assert rest.limits == (Limit(code="cap", visits=frozenset([later[2]]), most=0),)


def test_of_the_weeks_close_to_a_free_one_the_one_that_moves_least_is_taken() -> None:
    """Nothing that was seen moves less at that cost; without a free cost a move has its price."""
    problem, plan = _week()
    lost = [route.team_day for route in plan.routes][4]
    what = Disruption(lost=frozenset([lost]), urgent=(_urgent(problem), _urgent(problem, 2)))
    rest = remainder(problem, plan, what)
    start = {at: [visit.id for visit in stops] for at, stops in rest.start.items()}

    def planner(priced: Problem, part: int, number: int, pool: Pool) -> Plan:
        return solve.plan(priced, start=start, effort=60 // part, seed=1 + number, pool=pool)

    pool = Pool()
    found = calm.steps(rest, move_seconds=1_800, planner=planner, pool=pool)
    assert [one.upset for one in found] == [calm.upset(one.plan, rest) for one in found]
    for free_cost in sorted({one.cost for one in found}):
        more = calm.mixed(found, calm.Choice(rest, pool), move_seconds=1_800, free_cost=free_cost)
        taken = calm.chosen(more, move_seconds=1_800, free_cost=free_cost)
        assert verify(retold(taken.plan, rest.problem), rest.problem) == []
        assert taken.cost == solve.objective(rest.problem, taken.plan.routes)
        assert taken.cost <= free_cost * (1 + calm.NEAR)
        close = [one.upset for one in more if one.cost <= free_cost * (1 + calm.NEAR)]
        assert taken.upset == min(close)
    for free_cost in (None, 1):
        taken = calm.chosen(found, move_seconds=1_800, free_cost=free_cost)
        price = min(one.cost + 1_800 * one.upset for one in found)
        assert taken.cost + 1_800 * taken.upset == price


def test_a_pool_is_shared_by_plans_at_several_prices() -> None:
    """What one search saw another may choose; the same seeds and effort give the same plans."""
    problem, plan = _week()
    what = Disruption(lost=frozenset([_lost(plan)]), urgent=(_urgent(problem),))
    once, again = (replan(problem, plan, what, effort=30) for _ in range(2))
    assert once.plan == again.plan
    assert once.free_cost == again.free_cost
    rest = remainder(problem, plan, what)
    pool, priced = Pool(), rest.priced(3_600)
    first = solve.plan(priced, start=plan, effort=30, pool=pool)
    other = solve.plan(priced, start=plan, effort=30, seed=9, pool=pool)
    assert other.objective <= first.objective
    assert first.reproducible
    assert verify(other, priced) == []
