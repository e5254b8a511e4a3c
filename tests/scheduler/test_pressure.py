"""Mandatory visits that stay out weigh more for a while, and costs stay true to the last second."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from scheduler import ruin, solve
from scheduler.kernel import tables
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Problem, TeamDay, Visit
from scheduler.verify import verify

M, H = 60, 3_600
MONDAY = dt.date(2026, 11, 23)


def _crowded(seed: int) -> Problem:
    """Return a week of two days in which not all mandatory visits, pairs among them, fit easily."""
    rng = np.random.default_rng(seed)
    team_days = tuple(
        TeamDay(
            id=f"T{team}{day}", team=team, day=MONDAY + dt.timedelta(days=day), depot="S",
            vehicle=f"C{team}", seats=4, start=8 * H, end=16 * H, lunch=(11 * H, 12 * H, H),
            departments=frozenset({"a"} if team % 2 == 0 else {"b"}),
            specialities=frozenset({"mine"} if team == 0 else ()),
        )
        for team in range(4)
        for day in range(2)
    )  # fmt: skip
    single = [
        Visit(
            id=f"V{at}", object=f"E{at}", place=1 + at, kind="random",
            service=int(rng.integers(4, 9)) * 15 * M, window=(8 * H, 15 * H), mandatory=True,
            specialities=frozenset({"mine"} if at < 3 else ()),
            days=(MONDAY,) if at % 5 == 0 else (),
        )
        for at in range(18)
    ]  # fmt: skip
    pairs = [
        Visit(
            id=f"J{at}{part}", object=f"F{at}", place=19 + at, kind="joint", service=75 * M,
            window=(8 * H, 15 * H), mandatory=True, departments=frozenset({part}),
            meets=f"J{at}",
        )
        for at in range(6)
        for part in "ab"
    ]  # fmt: skip
    where = rng.uniform(-15, 15, (25, 2))
    apart = np.hypot(*(where[:, None] - where[None, :]).transpose(2, 0, 1))
    metres = np.asarray(apart * 1300, np.int64)
    return Problem(
        visits=(*single, *pairs), team_days=team_days,
        depots=(Depot(id="S", name="S", place=0),), seconds=metres // 10, metres=metres,
    )  # fmt: skip


def _work(problem: Problem, penalties: dict[str, int], *, seed: int) -> ruin._Work:
    team_days = list(problem.team_days)
    work = ruin._Work(
        problem, visits=list(problem.visits), team_days=team_days, penalties=penalties,
        heats=(1000, 10), prices={},
        may=ruin.able(problem, list(problem.visits), problem.team_days),
    )  # fmt: skip
    work.load({}, seed=seed)
    work.fill()
    return work


def _counted(work: ruin._Work, stops: list[list[int]]) -> int:
    """Return what routes cost, with the penalties of now."""
    table = work.week.to
    made = {v for row in stops for v in row}
    driving = 0
    for k, row in enumerate(stops):
        at = int(work.week.day[k, tables.HOME])
        for v in row:
            driving += int(work.week.back[v][at])
            at = v
        if row:
            driving += int(table[int(work.week.day[k, tables.FINISH])][at])
    out = [v for v in range(len(work.visits)) if v not in made]
    return driving + int(work.week.visit[out, tables.PENALTY].sum())


@pytest.mark.parametrize("seed", range(4))
def test_costs_stay_true_while_penalties_change(seed: int) -> None:
    """What a search thinks that its routes and its best routes cost, they do cost."""
    problem = _crowded(seed)
    problem = problem.replace(
        visits=tuple(replace(one, meets="") for one in problem.visits),
        team_days=problem.team_days[:5],
    )
    work = _work(problem, dict.fromkeys((v.id for v in problem.visits), LEFT_OUT_SECONDS), seed=1)
    pressure = work.pressure
    numbers, routes, pressed = work.routes.numbers, work.routes, 0
    for chunk in range(1, 31):
        pressure.press(chunk / 30)
        work.run(3_000, chunk * 100, -1)
        pressed += int(work.week.visit[:, tables.PENALTY].max()) > LEFT_OUT_SECONDS
        for rows, column, told in (
            (routes.stops, tables.COUNT, tables.COST), (routes.best, tables.KEPT, tables.BEST),
        ):  # fmt: skip
            counts = routes.route[:, column].tolist()
            stops = [row[:n].tolist() for row, n in zip(rows, counts, strict=True)]
            assert numbers[told] == _counted(work, stops)
        assert pressure.follow() <= numbers[tables.BEST]
    assert pressed > 5
    assert set(work.week.visit[:, tables.PENALTY].tolist()) == {LEFT_OUT_SECONDS}
    at = {one.id: v for v, one in enumerate(work.visits)}
    best = [[at[one.id] for one in work.best().get(day.id, ())] for day in work.team_days]
    assert _counted(work, best) == pressure.follow()


def test_penalties_that_say_who_gives_way_are_left_alone() -> None:
    """Where mandatory visits have different penalties by rank, nothing is added to them."""
    problem = _crowded(0)
    problem = problem.replace(team_days=problem.team_days[:2])
    graded = {one.id: LEFT_OUT_SECONDS + at for at, one in enumerate(problem.visits)}
    work = _work(problem, graded, seed=1)
    assert work.routes.numbers[tables.ABSENT] > 0
    before = work.week.visit.copy()
    work.pressure.press(0.5)
    np.testing.assert_array_equal(work.week.visit, before)


def test_what_stays_out_weighs_up_to_three_times_as_much_in_the_middle_of_a_search() -> None:
    """Nothing is added in the heat or at the end, and what is placed again weighs less and less."""
    problem = _crowded(0).replace(team_days=_crowded(0).team_days[:3])
    penalties = dict.fromkeys((one.id for one in problem.visits), LEFT_OUT_SECONDS)
    work = _work(problem, penalties, seed=1)
    weight, place = work.week.visit[:, tables.PENALTY], work.routes.place[:, tables.ROUTE]
    numbers, absent = work.routes.numbers, place < 0
    before = int(numbers[tables.COST])
    work.pressure.press(0.2)
    assert set(weight) == {LEFT_OUT_SECONDS}
    for _ in range(40):
        work.pressure.press(0.5)
    assert set(weight[absent]) == {3 * LEFT_OUT_SECONDS}
    assert set(weight[~absent]) == {LEFT_OUT_SECONDS}
    assert numbers[tables.COST] == before + 2 * LEFT_OUT_SECONDS * absent.sum()
    weight[np.flatnonzero(~absent)[0]] = 2 * LEFT_OUT_SECONDS
    work.pressure.press(0.5)
    assert LEFT_OUT_SECONDS < weight[~absent].max() < 2 * LEFT_OUT_SECONDS
    work.pressure.press(0.8)
    assert set(weight) == {LEFT_OUT_SECONDS}
    assert numbers[tables.COST] == before


def test_weeks_searched_with_pressure_are_legal() -> None:
    """Plans of weeks in which not everything mandatory fits keep to every rule."""
    for seed in range(3):
        problem = _crowded(seed)
        found = solve.plan(problem, effort=150, seed=1)
        assert found.left
        assert not verify(found, problem)


def _with_optional(problem: Problem, *, seed: int) -> Problem:
    """Return a crowded week with fewer single mandatory visits, and optional ones beside them."""
    rng = np.random.default_rng(seed)
    single = [one for one in problem.visits if not one.meets]
    optional = [
        replace(one, id=f"O{one.id}", object=f"O{one.object}", place=int(rng.integers(1, 25)),
                mandatory=False, prize=6 * H, days=(), specialities=frozenset())
        for one in single
    ]  # fmt: skip
    pairs = [one for one in problem.visits if one.meets]
    return problem.replace(visits=(*single[:15], *pairs, *optional))


@pytest.mark.parametrize("seed", [0, 4, 10])
def test_mandatory_visits_have_room_before_optional_ones_fill_the_days(seed: int) -> None:
    """Pairs for which both parts must be free at the same time are all made."""
    problem = _with_optional(_crowded(seed), seed=100 + seed)
    found = solve.plan(problem, effort=60, seed=1)
    must = {one.id for one in problem.visits if one.mandatory}
    assert must.isdisjoint(one.visit for one in found.left)
    assert not verify(found, problem)


def test_first_the_mandatory_visits_alone_are_looked_at() -> None:
    """Their search is over as soon as all have a place, and is not there in weeks without ties."""
    problem = _with_optional(_crowded(2), seed=102)
    seen: list[tuple[str, float]] = []
    solve.plan(problem, effort=20, seed=1, progress=lambda one: seen.append((one.phase, one.share)))
    phases = [name for name, _ in seen]
    assert phases[0] == "mandatory"
    assert max(share for name, share in seen if name == "mandatory") < 1
    assert "search" in phases
    loose = problem.replace(visits=tuple(replace(one, meets="") for one in problem.visits))
    seen.clear()
    solve.plan(loose, effort=20, seed=1, progress=lambda one: seen.append((one.phase, one.share)))
    assert "mandatory" not in {name for name, _ in seen}
