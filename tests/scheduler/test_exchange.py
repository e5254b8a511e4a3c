"""Routes that change hands between teams: hours are evened at no cost where that is possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from scheduler import balance, ruin, solve
from scheduler.problem import Depot, Problem, TeamDay, Visit
from scheduler.verify import notices, verify
from tests.scheduler.test_meetings import small_week

MONDAY = date(2026, 11, 23)
M = 60
LONG, SHORT = (100, 100, 100, 100), (60, 60)
needs_numba = pytest.mark.skipif(not ruin.available(), reason="numba is not installed")


def _week(*, days: int = 4, skills: tuple[str, ...] = ()) -> Problem:
    """Return a week in which every day has a full round to the east and a short one to the west.

    Two teams start from one station; those of the full rounds ask for *skills*, which only the
    first team has.
    """
    spots = np.array([(0, 0)] + [(30, at) for at in range(4)] + [(-10, at) for at in range(2)])
    seconds = (np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) * 60).astype(np.int64)
    dates = [MONDAY + timedelta(days=at) for at in range(days)]
    visits: list[Visit] = []
    team_days: list[TeamDay] = []
    for day in dates:
        for place, service in enumerate((*LONG, *SHORT), start=1):
            visits.append(Visit(
                id=f"V{len(visits)}", object=f"E{len(visits)}", place=place, kind="random",
                service=service * M, mandatory=True, order=len(visits), days=(day,),
                specialities=frozenset(skills if service == LONG[0] else ()),
            ))  # fmt: skip
        for team in range(2):
            team_days.append(TeamDay(
                id=f"T{len(team_days)}", team=team, day=day, depot="S", vehicle=f"C{team}", seats=2,
                start=510 * M, end=1050 * M, lunch=(690 * M, 750 * M, 60 * M),
                specialities=frozenset(skills if team == 0 else ()),
            ))  # fmt: skip
    return Problem(
        visits=tuple(visits), team_days=tuple(team_days), seconds=seconds, metres=seconds * 10,
        depots=(Depot(id="S", name="S", place=0),),
    )  # fmt: skip


@needs_numba
def test_teams_take_turns() -> None:
    """Each team has the full round on half of the days, which costs nothing."""
    problem = _week()
    even = problem.replace(spread=20)
    for seed in range(10):
        free = solve.plan(problem, effort=5, engine="ruin", seed=seed)
        plan = solve.plan(even, effort=5, engine="ruin", seed=seed)
        assert verify(plan, even) == []
        assert plan.objective == free.objective
        assert balance.spread(balance.hours(even, plan.routes)) <= 20


@needs_numba
def test_nobody_takes_what_it_may_not() -> None:
    """The full rounds stay with the only team that may make them, and the plan says so."""
    problem = _week(skills=("fire",)).replace(spread=20)
    plan = solve.plan(problem, effort=5, engine="ruin", seed=1)
    assert verify(plan, problem) == []
    assert not plan.unserved
    assert "hours_uneven" in {one.rule for one in notices(plan, problem)}


@needs_numba
def test_cars_that_take_less_keep_their_rounds() -> None:
    """A car with room for little, or for few visits, does not get the full round."""
    problem = _week()
    for change in ({"max_visits": 2}, {"capacity": 2}):
        days = tuple(
            replace(day, **change) if day.team == 1 else day  # type: ignore[arg-type]
            for day in problem.team_days
        )
        visits = tuple(replace(visit, load=1) for visit in problem.visits)
        some = problem.replace(team_days=days, visits=visits, spread=20)
        plan = solve.plan(some, effort=5, engine="ruin", seed=1)
        assert verify(plan, some) == []
        assert not plan.unserved
        longest = {day.id: day.team for day in days}
        assert {longest[one.team_day] for one in plan.routes if len(one.stops) > 2} == {0}


@needs_numba
def test_meetings_stay_whole() -> None:
    """Where cars meet, follow each other or go round, plans with even hours keep every rule."""
    for number in range(8):
        problem = small_week(number).replace(spread=50)
        plan = solve.plan(problem, effort=10, engine="ruin", seed=number)
        assert verify(plan, problem) == []
