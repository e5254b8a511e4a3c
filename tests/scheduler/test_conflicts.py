"""A week with too many mandatory visits names the fewest that cannot be made together."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.conflicts import conflict_of
from scheduler.problem import Depot, Limit, Problem, TeamDay, Visit
from scheduler.schedule import Timetable, obstacle

MONDAY = dt.date(2026, 11, 23)
M = 60


def _team_day(at: int, **changes: Any) -> TeamDay:
    values: dict[str, Any] = {
        "id": f"T{at}", "team": 1, "day": MONDAY + dt.timedelta(days=at), "depot": "S",
        "vehicle": "C", "seats": 4, "start": 540 * M, "end": 1020 * M,
        "lunch": (690 * M, 750 * M, 60 * M),
    }  # fmt: skip
    return TeamDay(**(values | changes))


def _visit(at: int, **changes: Any) -> Visit:
    values: dict[str, Any] = {
        "id": f"V{at}", "object": f"E{at}", "place": at + 1, "kind": "random",
        "service": 120 * M, "order": at,
    }  # fmt: skip
    return Visit(**(values | changes))


def _problem(visits: list[Visit], team_days: list[TeamDay], *, seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 40, (40, 2))
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    return Problem(
        visits=tuple(visits), team_days=tuple(team_days),
        depots=(Depot(id="S", name="S", place=0),),
        seconds=(km * 90).astype(np.int64), metres=(km * 1300).astype(np.int64),
    )  # fmt: skip


def _routes(problem: Problem) -> tuple[dict[str, list[Visit]], list[str]]:
    """Return routes into which visits were put where they fit first, and who is left out."""
    table, routes, lost = Timetable(problem), dict[str, list[Visit]](), list[str]()
    for visit in problem.visits:
        for day in problem.team_days:
            stops = [*routes.get(day.id, ()), visit]
            if obstacle(visit, day) is None and table.route(day, stops) is not None:
                routes[day.id] = stops
                break
        else:
            lost.append(visit.id)
    return routes, [id_ for id_ in lost if problem.visit(id_).mandatory]


def _together(problem: Problem, ids: tuple[str, ...]) -> bool:
    """Tell by trying everything whether all of *ids* can be made."""
    table = Timetable(problem)
    days = problem.team_days

    @cache
    def one_day(at: int, chosen: frozenset[str]) -> bool:
        visits = [problem.visit(id_) for id_ in sorted(chosen)]
        if any(obstacle(visit, days[at]) for visit in visits):
            return False
        return any(table.route(days[at], order) for order in permutations(visits))

    def spread(rest: tuple[str, ...], taken: tuple[frozenset[str], ...]) -> bool:
        if not rest:
            return all(one_day(at, chosen) for at, chosen in enumerate(taken) if chosen)
        return any(
            spread(rest[1:], (*taken[:at], taken[at] | {rest[0]}, *taken[at + 1 :]))
            for at in range(len(days))
        )

    return spread(ids, (frozenset(),) * len(days))


@st.composite
def weeks(draw: st.DrawFn) -> Problem:
    """Draw a week of two days and more mandatory visits than fit."""
    days = [
        _team_day(
            at, specialities=draw(st.frozensets(st.sampled_from(["mine"]))),
            max_visits=draw(st.sampled_from([2, 99])),
            lunch=draw(st.sampled_from([(0, 0, 0), (690 * M, 750 * M, 60 * M)])),
        )
        for at in range(2)
    ]  # fmt: skip
    visits = []
    for at in range(draw(st.integers(4, 7))):
        opens = draw(st.sampled_from([540, 540, 600, 780]))
        visits.append(_visit(
            at, service=draw(st.integers(40, 240)) * M,
            window=(opens * M, (opens + draw(st.integers(30, 400))) * M),
            days=draw(st.sampled_from([(), (), (MONDAY,)])),
            specialities=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"mine"})])),
            mandatory=draw(st.integers(0, 5)) > 0,
        ))  # fmt: skip
    return _problem(visits, days, seed=draw(st.integers(0, 99)))


@settings(deadline=None, max_examples=80)
@given(problem=weeks())
def test_minimal_sets_are_minimal(problem: Problem) -> None:
    """Tried out in every way, the set does not fit and every set with one less does."""
    routes, lost = _routes(problem)
    found = conflict_of(problem, sequences=routes, lost=lost)
    mandatory = tuple(visit.id for visit in problem.visits if visit.mandatory)
    if found is None:
        able = tuple(id_ for id_ in mandatory if _together(problem, (id_,)))
        assert not lost or _together(problem, able)
        return
    assert set(found.visits) <= set(mandatory)
    assert found.proven
    assert found.minimal
    assert not _together(problem, found.visits)
    for out in found.visits:
        assert _together(problem, tuple(id_ for id_ in found.visits if id_ != out))


def test_the_scarce_speciality_is_found_among_many() -> None:
    """Two mining firms that share one short day are named, not the thirty others of the week."""
    others = [_visit(at) for at in range(2, 32)]
    mines = [_visit(at, service=230 * M, specialities=frozenset({"mine"})) for at in (0, 1)]
    days = [_team_day(at) for at in range(20)]
    days.append(_team_day(20, specialities=frozenset({"mine"})))
    mines = [replace(visit, place=1) for visit in mines]
    problem = _problem([mines[0], *others, mines[1]], days)
    routes, lost = _routes(problem)
    assert lost == ["V1"]
    found = conflict_of(problem, sequences=routes, lost=lost)
    assert found is not None
    assert found.to_json() == {
        "code": "conflict_set", "proven": True, "minimal": True,
        "detail": {"visits": ["V0", "V1"], "count": 2},
    }  # fmt: skip


def test_one_that_fits_nowhere_is_alone() -> None:
    """A visit that cannot be made even on its own is the set if nothing else is left out."""
    far, near = _visit(0, specialities=frozenset({"x"})), [_visit(at) for at in range(1, 9)]
    problem = _problem([far], [_team_day(0)])
    found = conflict_of(problem, sequences={}, lost=["V0"])
    assert found is not None
    assert (found.visits, found.code) == (("V0",), "conflict_one")
    problem = _problem([far, *near], [_team_day(0)])
    routes, lost = _routes(problem)
    found = conflict_of(problem, sequences=routes, lost=lost)
    assert found is not None
    assert "V0" not in found.visits


def test_no_conflict_without_loss() -> None:
    """Where nothing mandatory is left out, or what is left out fits after all, there is none."""
    visits = [_visit(0), _visit(1, mandatory=False)]
    problem = _problem(visits, [_team_day(0)])
    assert conflict_of(problem, sequences={"T0": [visits[0]]}, lost=["V1"]) is None
    assert conflict_of(problem, sequences={}, lost=[]) is None
    assert conflict_of(problem, sequences={}, lost=["V0"]) is None


@pytest.mark.parametrize(("visits", "days"), [(30, 3), (36, 6)])
def test_large_sets_say_what_is_proven(visits: int, days: int) -> None:
    """Hours overloaded many times over: too much is proven by counting, and smaller ones tried."""
    rng = np.random.default_rng(visits)
    made = [_visit(at, service=int(rng.integers(60, 150)) * M) for at in range(visits)]
    problem = _problem(made, [_team_day(at) for at in range(days)], seed=3)
    routes, lost = _routes(problem)
    found = conflict_of(problem, sequences=routes, lost=lost)
    assert found is not None
    assert found.proven
    assert found.code in ("conflict_set", "conflict_set_found")
    assert 2 * days < len(found.visits) < 6 * days
    assert conflict_of(problem, sequences=routes, lost=lost) == found


def test_shortcuts_that_do_not_hold_prove_nothing() -> None:
    """Where a stop on the way makes a drive shorter, trying out everything is not relied on."""
    visits = [_visit(at, service=200 * M) for at in range(3)]
    problem = _problem(visits, [_team_day(0, lunch=(0, 0, 0))])
    seconds = np.full((40, 40), 30 * M, dtype=np.int64)
    seconds[1, 0] = 10 * 3600
    found = conflict_of(problem.replace(seconds=seconds), sequences={}, lost=["V0", "V1", "V2"])
    assert found is not None
    assert found.proven == (found.code != "conflict_set_search")


A, B = {"departments": frozenset("a")}, {"departments": frozenset("b")}


def _joint(at: int, **changes: Any) -> list[Visit]:
    """Return a joint visit of two departments."""
    both = {"meets": f"J{at}", "service": 120 * M, **changes}
    return [_visit(at, **A, **both), _visit(at, **B, **both, id=f"V{at}-2")]


def _two_teams(**changes: Any) -> list[TeamDay]:
    """Return a team of each of two departments on one day without lunch."""
    same: dict[str, Any] = {"lunch": (0, 0, 0), **changes}
    return [_team_day(0, id="TA", team=1, vehicle="CA", **A, **same),
            _team_day(0, id="TB", team=2, vehicle="CB", **B, **same)]  # fmt: skip


def test_a_joint_visit_is_one_of_the_set() -> None:
    """Joint visits that exclude each other are counted by their objects, not by their parts."""
    visits = [part for at in range(4) for part in _joint(at, service=200 * M)]
    visits = [replace(visit, place=1) for visit in visits]
    problem = _problem(visits, _two_teams())
    found = conflict_of(problem, sequences={}, lost=[visit.id for visit in visits])
    assert found is not None
    assert found.to_json()["detail"]["count"] == 3
    assert all("-2" not in id_ for id_ in found.visits)
    assert found.code == "conflict_set"


def test_a_part_may_exclude_a_visit_of_its_department() -> None:
    """The set may hold a joint visit beside a plain one that needs one of its teams."""
    visits = [*_joint(0, service=260 * M), _visit(5, **A, service=260 * M), _visit(6, **B)]
    problem = _problem([replace(visit, place=1) for visit in visits], _two_teams())
    found = conflict_of(problem, sequences={}, lost=[visit.id for visit in visits])
    assert found is not None
    assert (set(found.visits), found.code) == ({"V0", "V5"}, "conflict_set")


def test_departments_that_are_never_there_together() -> None:
    """A joint visit whose parts cannot meet even with nothing else to do is named alone."""
    days = _two_teams()
    days[1] = replace(days[1], day=MONDAY + dt.timedelta(days=1))
    problem = _problem(_joint(0), days)
    found = conflict_of(problem, sequences={}, lost=["V0", "V0-2"])
    assert found is not None
    assert (found.visits, found.code) == (("V0",), "conflict_one")


def test_limits_of_the_week_exclude_visits() -> None:
    """Where only two of some mandatory visits may be made, three of them are a set."""
    visits = [_visit(at, place=1, service=30 * M) for at in range(5)]
    limit = Limit(code="annual_cap", visits=frozenset({"V0", "V2", "V3", "V4"}), most=2)
    problem = _problem(visits, [_team_day(0)]).replace(limits=(limit,))
    found = conflict_of(problem, sequences={}, lost=["V3", "V4"])
    assert found is not None
    assert len(found.visits) == 3
    assert set(found.visits) <= limit.visits
    assert found.code == "conflict_set"


def _meet(problem: Problem, names: tuple[str, ...]) -> bool:
    """Tell by trying all orders of two teams whether *names* can be made, joint ones by both."""
    teams = {day.id: day for day in problem.team_days}
    lists = [
        [one for one in problem.visits
         if (one.meets or one.id) in names and one.departments <= day.departments]
        for day in teams.values()
    ]  # fmt: skip
    return any(
        _timed(problem, first, second)
        for first in permutations(lists[0]) for second in permutations(lists[1])
    )  # fmt: skip


def _timed(problem: Problem, *orders: tuple[Visit, ...]) -> bool:
    """Tell whether two teams can keep their orders: starts move on until nothing changes."""
    starts = {one.meets or one.id: one.window[0] for order in orders for one in order}
    for _ in range(2 * len(starts) + 2):
        before = dict(starts)
        for order, day in zip(orders, problem.team_days, strict=True):
            free, here = day.start, 0
            for one in order:
                name = one.meets or one.id
                starts[name] = max(starts[name], free + int(problem.seconds[here, one.place]))
                free, here = starts[name] + one.service, one.place
            if order and free + int(problem.seconds[here, 0]) > day.end:
                return False
        if starts == before:
            return all(starts[one.meets or one.id] <= one.window[1]
                       for order in orders for one in order)  # fmt: skip
    return False


@settings(deadline=None, max_examples=60)
@given(data=st.data(), seed=st.integers(0, 99))
def test_sets_with_joint_visits_are_what_they_say(data: st.DataObject, seed: int) -> None:
    """What is proven does not fit, and every smaller set of a minimal one does, by all orders."""
    visits: list[Visit] = []
    for at in range(data.draw(st.integers(2, 5))):
        opens = data.draw(st.sampled_from([540, 540, 600, 780]))
        same = {
            "service": data.draw(st.integers(60, 200)) * M,
            "window": (opens * M, (opens + data.draw(st.integers(0, 300))) * M),
        }
        if data.draw(st.booleans()):
            visits += _joint(at, **same)
        else:
            visits.append(_visit(at, **same, **data.draw(st.sampled_from([A, B]))))
    problem = _problem(visits, _two_teams(), seed=seed)
    names = tuple(dict.fromkeys(one.meets or one.id for one in visits))
    found = conflict_of(problem, sequences={}, lost=[one.id for one in visits])
    if found is None:
        able = tuple(name for name in names if _meet(problem, (name,)))
        assert _meet(problem, able)
        return
    chosen = tuple(problem.visit(id_).meets or id_ for id_ in found.visits)
    assert len(set(chosen)) == len(chosen)
    if found.proven:
        assert not _meet(problem, chosen)
    if found.minimal:
        assert all(_meet(problem, tuple(o for o in chosen if o != name)) for name in chosen)
