"""A big week in parts: borders move, nothing is torn apart, the seed decides whoever works."""

from __future__ import annotations

import datetime as dt
import importlib.util
import time
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scheduler import solve, split
from scheduler.parts import Ground, Part
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.schedule import Timetable, obstacle
from scheduler.verify import verify
from scheduler.workers import Processes, hire

if TYPE_CHECKING:
    from scheduler.plan import Plan

MONDAY = dt.date(2026, 11, 23)
HOUR = 3_600
STATIONS = 3
needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed"
)


def _week(seed: int = 1, *, visits: int = 45) -> Problem:
    """Return a week of three stations far from one another, each with a team on three days."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0], [60, 0], [0, 60]])
    spots = np.concatenate([centres, centres[rng.integers(0, 3, visits)]])
    spots = spots + rng.normal(0, 12, spots.shape)
    apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    matrix = (apart * 60).astype(np.int64)
    return Problem(
        visits=tuple(
            Visit(
                id=f"V{at:02d}", object=f"E{at}", place=STATIONS + at, kind="random",
                service=int(rng.integers(3, 8)) * 600, mandatory=bool(rng.random() < 0.3),
                prize=int(rng.integers(2, 20)) * 600, order=at,
                specialities=frozenset({"chem"} if rng.random() < 0.2 else ()),
            )
            for at in range(visits)
        ),
        team_days=tuple(
            TeamDay(
                id=f"K{team}{day}", team=team, day=MONDAY + dt.timedelta(days=day),
                depot=f"S{team}", vehicle=f"C{team}", seats=2, start=9 * HOUR, end=17 * HOUR,
                lunch=(12 * HOUR, 13 * HOUR, HOUR),
                specialities=frozenset({"chem"} if team < 2 else ()),
            )
            for team in range(STATIONS) for day in range(3)
        ),
        depots=tuple(Depot(id=f"S{at}", name=f"S{at}", place=at) for at in range(STATIONS)),
        seconds=matrix, metres=matrix * 10,
    )  # fmt: skip


def _search(problem: Problem, **changes: Any) -> dict[str, list[str]]:
    """Return routes by ids; 4,000 iterations in parts of about 15 visits."""
    options: dict[str, Any] = {"budget": split.Budget(iterations=4_000), "seed": 1, **changes}
    worth = {one.id: LEFT_OUT_SECONDS if one.mandatory else one.prize for one in problem.visits}
    found = split.search(
        problem, visits=problem.visits, penalties=worth, timetable=Timetable(problem), **options
    )
    return {day: [visit.id for visit in stops] for day, stops in found.sequences.items()}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small weeks big: parts of about 15 visits, from 30 visits on."""
    monkeypatch.setattr(split, "SIZE", 15)
    monkeypatch.setattr(split, "_MANY", 30)


def _parts(problem: Problem, *, draws: int = 8) -> list[list[Part]]:
    """Return several divisions of a week around routes of a search."""
    ground = Ground(problem, problem.visits)
    by_id = {visit.id: visit for visit in problem.visits}
    routes = {day: [by_id[a] for a in stops] for day, stops in _search(problem).items()}
    divided = [ground.moved(routes, size=15, draw=draw) for draw in range(draws)]
    return [ground.by_station(), *divided]


def test_plans_in_parts_verify() -> None:
    """Plans of weeks that were searched in parts break no rule and lose no mandatory visit."""
    for seed in range(3):
        problem = _week(seed)
        assert split.suits(problem, problem.visits)
        plan = solve.plan(problem, effort=20, seed=seed)
        assert verify(plan, problem) == []
        assert plan.reproducible
        assert not [one for one in problem.visits if one.mandatory and one.id in plan.unserved]


def test_small_weeks_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one station a week must be bigger than with several before it is cut."""
    monkeypatch.setattr(split, "_VERY_MANY", 100)
    problem = _week()
    assert not split.suits(problem, problem.visits[:29])
    at_one = tuple(replace(day, depot="S0") for day in problem.team_days)
    assert not split.suits(problem.replace(team_days=at_one), problem.visits)


def test_every_division_is_one() -> None:
    """Every team-day is in one part at most and every visit in one; nobody gets what he may not."""
    problem = _week()
    for parts in _parts(problem):
        days = [d for part in parts for d in part.days]
        visits = [v for part in parts for v in part.visits]
        assert len(days) == len(set(days))
        assert sorted(visits) == list(range(len(problem.visits)))
        for part in parts:
            for v in part.visits:
                able = [obstacle(problem.visits[v], problem.team_days[d]) for d in part.days]
                assert None in able


def test_borders_move() -> None:
    """Divisions of the same routes differ from draw to draw, and some cross stations."""
    problem = _week()
    divided = [{part.days for part in parts} for parts in _parts(problem)[1:]]
    assert len({frozenset(parts) for parts in divided}) > 1
    assert any(
        len({problem.team_days[d].depot for d in days}) > 1 for parts in divided for days in parts
    )


def test_what_is_tied_stays_together() -> None:
    """Parts of a joint visit, orders, rounds, gates and limits are never in two parts."""
    problem = _week()
    visits = list(problem.visits)
    for at, change in {
        0: {"meets": "J"}, 20: {"meets": "J"}, 1: {"round": "R"}, 30: {"round": "R"},
        2: {"gate": "G"}, 21: {"gate": "G"}, 3: {"follows": Follows(visit="V33")},
    }.items():  # fmt: skip
        visits[at] = replace(visits[at], **change)
    limit = Limit(code="annual_cap", visits=frozenset({"V04", "V24"}))
    tied = problem.replace(visits=tuple(visits), limits=(limit,))
    ground = Ground(tied, tied.visits)
    for draw in range(6):
        # Each visit begins where its number puts it, tied or not.
        routes = {f"K{v % 3}{v // 3 % 3}": [visits[v], visits[v + 20]] for v in range(5)}
        for parts in (ground.by_station(), ground.moved(routes, size=15, draw=draw)):
            for one, other in ((0, 20), (1, 30), (2, 21), (3, 33), (4, 24)):
                assert len([part for part in parts if {one, other} & set(part.visits)]) <= 1


def test_a_team_stays_whole_where_hours_are_balanced() -> None:
    """Where weekly hours of teams must not lie apart all days of a team are in one part."""
    problem = _week().replace(spread=100)
    for parts in _parts(problem)[1:]:
        teams = [{problem.team_days[d].team for d in part.days} for part in parts]
        assert sum(map(len, teams)) == len(set.union(*teams))


def test_mandatory_visits_are_offered_to_everybody() -> None:
    """A mandatory visit on no route goes round all parts that may make it, the nearest first."""
    problem = _week()
    at = next(v for v, one in enumerate(problem.visits) if one.mandatory and not one.specialities)
    ground = Ground(problem, problem.visits)
    offered = [
        next(part.days for part in ground.by_station() if at in part.visits)
        for _ in range(STATIONS)
    ]
    assert len(set(offered)) == STATIONS
    home = problem.team_days[offered[0][0]].depot
    drives = {depot.id: problem.seconds[depot.place, 3 + at] for depot in problem.depots}
    assert drives[home] == min(drives.values())


def test_a_part_keeps_what_the_week_says_of_it() -> None:
    """Drives, prices, locks and limits of a part are those of the week."""
    problem = _week()
    first, second = problem.visits[:2]
    whole = problem.replace(
        prices={(first.id, "K00"): 77, (first.id, "K11"): 5}, locked={second.id: "K01"},
        limits=(Limit(code="annual_cap", visits=frozenset({first.id, second.id})),),
    )  # fmt: skip
    ground = Ground(whole, whole.visits)
    part = ground.extract(Part(days=(0, 1, 2), visits=(0, 1, 5)))
    assert part.prices == {(first.id, "K00"): 77}
    assert part.locked == {second.id: "K01"}
    assert part.limits == whole.limits
    home, ours = whole.depots[0].place, whole.visits[5].place
    assert part.seconds[part.depots[0].place, part.visits[2].place] == whole.seconds[home, ours]
    assert [one.id for one in part.depots] == ["S0"]


def test_the_seed_decides_whoever_works() -> None:
    """One process and two find the same routes for a seed; another seed finds others."""
    problem = _week()
    here = _search(problem)
    with Processes(2) as crew:
        assert _search(problem, workers=crew) == here
    assert _search(problem) == here
    assert any(_search(problem, seed=seed) != here for seed in (2, 3))


@needs_dask
def test_a_cluster_finds_what_this_process_finds(cluster: str) -> None:
    """A Dask cluster gives the routes that this process gives for the same seed."""
    problem = _week()
    with hire(dask=cluster) as crew:
        assert _search(problem, workers=crew) == _search(problem)


def _bound_week(seed: int = 1) -> Problem:
    """Return a week in which every fourth visit is of two teams, some follow others, one a round.

    Each station has a second team, so that most joint visits find two nearby.
    """
    problem = _week(seed)
    visits, more = list(problem.visits), []
    for at in range(0, len(visits), 4):
        one = replace(visits[at], meets=f"J{at:02d}", specialities=frozenset())
        visits[at] = one
        more.append(replace(one, id=f"W{at:02d}"))
    for at in (1, 13, 25):
        visits[at] = replace(visits[at], follows=Follows(visit=f"V{at + 1:02d}", least=HOUR))
    for at in (3, 7, 11):
        visits[at] = replace(visits[at], round="R")
    second = [
        replace(day, id=f"L{day.id[1:]}", team=day.team + STATIONS, vehicle=f"D{day.team}")
        for day in problem.team_days
    ]
    return problem.replace(visits=(*visits, *more), team_days=(*problem.team_days, *second))


def _made(plan: Plan) -> set[str]:
    return {stop.visit for route in plan.routes for stop in route.stops}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of parts of all rounds that are searched from now on."""
    sizes: list[int] = []
    whole = Ground._parts

    def noted(*known: Any) -> list[Part]:
        sizes.append(len(found := whole(*known)))
        return found

    monkeypatch.setattr(Ground, "_parts", noted)
    return sizes


def test_weeks_with_joint_visits_are_planned_in_parts(searched: list[int]) -> None:
    """A week with joint visits, orders and rounds is cut too: no half is made, no rule broken."""
    for seed in range(3):
        problem = _bound_week(seed)
        plan = solve.plan(problem, effort=20, seed=seed)
        assert verify(plan, problem) == []
        assert plan.reproducible
        made = _made(plan)
        pairs = [(one.id, f"W{one.id[1:]}") for one in problem.visits if one.id[0] == "V"]
        joint = [pair for pair, one in zip(pairs, problem.visits, strict=False) if one.meets]
        assert all((a in made) == (b in made) for a, b in joint)
        assert any(a in made for a, _ in joint)
    assert max(searched) > 1


def test_the_seed_decides_about_joint_visits_whoever_works() -> None:
    """One process and two plan the same appointments for the same seed and effort."""
    problem = _bound_week()
    here = solve.plan(problem, effort=20)
    with Processes(2) as crew:
        there = solve.plan(problem, effort=20, workers=crew)
    assert there.routes == here.routes


def test_what_lacks_its_partner_is_left_out() -> None:
    """A part of a joint visit whose other part is not searched for is on no route."""
    problem = _bound_week()
    fewer = [visit for visit in problem.visits if visit.id != "W00"]
    worth = {one.id: LEFT_OUT_SECONDS for one in problem.visits}
    found = split.search(
        problem, visits=fewer, penalties=worth, timetable=Timetable(problem),
        budget=split.Budget(iterations=2_000), seed=1,
    )  # fmt: skip
    made = {visit.id for stops in found.sequences.values() for visit in stops}
    assert "V00" not in made
    assert "W04" in made


def test_a_start_is_only_bettered() -> None:
    """From routes that are known the search finds nothing worse; more rounds find no less."""
    problem = _week()
    plan = solve.plan(problem, effort=20)
    again = solve.plan(problem, effort=20, start=plan, seed=7)
    assert again.objective <= plan.objective


def test_a_start_may_know_more_than_is_asked_for() -> None:
    """Visits and team-days of a start that are not searched for are passed over."""
    problem = _week()
    plan = solve.plan(problem, effort=20)
    fewer = problem.replace(visits=problem.visits[3:], team_days=problem.team_days[1:])
    by_id = {visit.id: visit for visit in problem.visits}
    start = {route.team_day: [by_id[stop.visit] for stop in route.stops] for route in plan.routes}
    routes = _search(fewer, start=start)
    assert {id_ for stops in routes.values() for id_ in stops} <= {one.id for one in fewer.visits}
    assert "K00" not in routes


def test_time_is_kept_and_progress_is_told() -> None:
    """Without a number of iterations the search ends with its time, and tells falling costs."""
    problem, told = _week(), []
    began = time.monotonic()
    budget = split.Budget(iterations=None, deadline=began + 1.0)
    routes = _search(problem, budget=budget, tell=lambda *now: told.append(now))
    assert routes
    assert time.monotonic() - began < 10  # a busy machine is slow, not endless
    costs = [cost for _, cost in told]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


def test_a_halt_keeps_the_best() -> None:
    """A search that is halted after its first round has routes and is not complete."""
    problem, halt = _week(), Event()
    budget = split.Budget(iterations=4_000, halt=halt)
    penalties = {visit.id: visit.prize + 1 for visit in problem.visits}
    found = split.search(
        problem, visits=problem.visits, penalties=penalties, timetable=Timetable(problem),
        budget=budget, seed=1, tell=lambda *_: halt.set(),
    )  # fmt: skip
    assert found.sequences
    assert not found.complete
