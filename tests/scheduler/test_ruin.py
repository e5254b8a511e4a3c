"""Ruin-and-recreate: the kernel's day is the timetable's, its plans verify, a seed decides."""

from __future__ import annotations

import builtins
import datetime as dt
import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scheduler import heat, portfolio, ruin, solve, week_arrays
from scheduler.kernel import compiler, insertion, limits, lots, tables, times, week_search
from scheduler.problem import UNLIMITED, Depot, Problem, TeamDay, Visit
from scheduler.schedule import Timetable, obstacle
from scheduler.verify import verify

if TYPE_CHECKING:
    from types import ModuleType

MONDAY = dt.date(2026, 11, 23)
M = 60
ROOT = Path(__file__).parents[2]


def _day(rng: np.random.Generator, at: int) -> TeamDay:
    start = int(rng.integers(420, 900)) * M
    earliest = start + int(rng.integers(-120, 300)) * M
    latest = earliest + int(rng.choice([0, 30, 60, 240])) * M
    length = int(rng.choice([0, 30, 60, 60, 90])) * M
    return TeamDay(
        id=f"T{at}", team=at, day=MONDAY + dt.timedelta(days=at % 3),
        depot=str(rng.choice(["S", "N"])), vehicle=f"C{at}", seats=int(rng.integers(1, 5)),
        start=start, end=start + int(rng.integers(60, 660)) * M,
        lunch=(max(0, earliest), max(0, latest), length),
        departments=frozenset(rng.choice(["a", "b", "c"], rng.integers(0, 4)).tolist()),
        specialities=frozenset(rng.choice(["x", "y"], rng.integers(0, 3)).tolist()),
        max_visits=int(rng.choice([1, 2, 3, 99])),
    )  # fmt: skip


def _visit(rng: np.random.Generator, at: int, places: int) -> Visit:
    opens = int(rng.integers(300, 1000)) * M
    closes = opens + int(rng.integers(0, 600)) * M
    everyday = rng.random() < 0.7
    return Visit(
        id=f"V{at}", object=f"E{at}", place=int(rng.integers(0, places)), kind="random",
        service=int(rng.integers(0, 120)) * M,
        window=(0, 86_400) if rng.random() < 0.4 else (opens, closes),
        days=() if everyday else (MONDAY, MONDAY + dt.timedelta(days=2)),
        departments=frozenset({"a"}) if rng.random() < 0.2 else frozenset(),
        specialities=frozenset({"x"}) if rng.random() < 0.2 else frozenset(),
        mandatory=bool(rng.random() < 0.5), prize=int(rng.integers(0, 9_000)), order=at,
    )  # fmt: skip


def _week(seed: int, *, visits: int = 10, days: int = 5) -> Problem:
    """Return a random week; its drives do not obey the triangle inequality."""
    rng = np.random.default_rng(seed)
    places = 9
    seconds = rng.integers(0, 70 * M, (places, places))
    return Problem(
        visits=tuple(_visit(rng, at, places) for at in range(visits)),
        team_days=tuple(_day(rng, at) for at in range(days)),
        depots=(Depot(id="S", name="S", place=0), Depot(id="N", name="N", place=3)),
        seconds=seconds, metres=seconds * 10,
    )  # fmt: skip


def _arrays(problem: Problem) -> tuple[tables.Week, tables.Routes]:
    week = week_arrays.week_arrays(
        problem, visits=problem.visits, team_days=problem.team_days,
        penalties={visit.id: 1 for visit in problem.visits},
    )  # fmt: skip
    return week, week_arrays.route_arrays(week)


def test_the_kernel_says_what_the_timetable_says() -> None:
    """On thousands of random routes the kernel and the timetable agree on what can be driven."""
    seen = {True: 0, False: 0}
    for seed in range(150):
        problem = _week(seed)
        week, routes = _arrays(problem)
        table, rng = Timetable(problem), np.random.default_rng(seed)
        for k, day in enumerate(problem.team_days):
            for length in (1, 2, 3, 4, 5):
                stops = rng.permutation(len(problem.visits))[:length].tolist()
                visits = [problem.visits[v] for v in stops]
                expected = table.route(day, visits) is not None
                assert week_arrays.put(week, routes, k, stops) == expected, (seed, k, stops)
                seen[expected] += 1
    assert min(seen.values()) > 300


def test_an_insertion_fits_where_the_timetable_says_so() -> None:
    """What the comparisons of the kernel allow at a position is exactly what the timetable does."""
    seen = {True: 0, False: 0}
    for seed in range(150):
        problem = _week(seed)
        week, routes = _arrays(problem)
        table, rng = Timetable(problem), np.random.default_rng(seed)
        for k, day in enumerate(problem.team_days):
            order = rng.permutation(len(problem.visits)).tolist()
            stops: list[int] = []
            for v in order:
                assert week_arrays.put(week, routes, k, stops)
                if len(stops) + 1 > day.max_visits:
                    break
                i = int(rng.integers(0, len(stops) + 1))
                home = int(week.day[k, tables.HOME])
                here, there = ([home, *stops, home][at] for at in (i, i + 1))
                tried = [*stops[:i], v, *stops[i:]]
                expected = table.route(day, [problem.visits[w] for w in tried]) is not None
                found = times.fits(
                    week.visit, week.day, routes.times, k, i, v,
                    int(week.to[here, v]), int(week.to[v, there]),
                )  # fmt: skip
                assert found == expected, (seed, k, tried)
                seen[expected] += 1
                stops = tried if expected else stops
    assert min(seen.values()) > 300


def test_a_full_day_is_one_that_takes_no_more() -> None:
    """What is not looked into because driving and visits fill the day would not have fitted."""
    has_room: Any = getattr(limits.has_room, "py_func", limits.has_room)
    full = 0
    for seed in range(150):
        problem = _week(seed)
        # Half an hour between any two places, so that no detour saves anything.
        far = np.full_like(problem.seconds, 30 * M)
        np.fill_diagonal(far, 0)
        problem = problem.replace(seconds=far)
        week, routes = _arrays(problem)
        rng = np.random.default_rng(seed)
        for k, day in enumerate(problem.team_days):
            stops: list[int] = []
            for v in rng.permutation(len(problem.visits)).tolist():
                at = [*range(len(stops) + 1)]
                tried = [[*stops[:i], v, *stops[i:]] for i in at if len(stops) < day.max_visits]
                fit = [stops for stops in tried if week_arrays.put(week, routes, k, stops)]
                assert week_arrays.put(week, routes, k, stops)
                room = has_room(week, routes, v, k)
                assert room or not fit, (seed, k, stops, v)
                full += bool(tried) and not room
                stops = fit[0] if fit else stops
    assert full > 300


def _loaded(seed: int) -> Problem:
    """Return a random week in which what visits give is too much for some cars."""
    problem, rng = _week(seed), np.random.default_rng(seed)
    return problem.replace(
        visits=tuple(replace(one, load=int(rng.integers(0, 6))) for one in problem.visits),
        team_days=tuple(
            replace(day, capacity=int(rng.integers(3, 9))) for day in problem.team_days
        ),
    )


def test_no_car_carries_more_than_it_can() -> None:
    """Plans of weeks with loads verify, and a plan made without thinking of them would not."""
    heavy = 0
    for seed in range(12):
        problem = _loaded(seed)
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        assert verify(plan, problem) == []
        free = problem.replace(
            team_days=tuple(replace(day, capacity=UNLIMITED) for day in problem.team_days)
        )
        heavy += verify(solve.plan(free, effort=1, engine="ruin", seed=seed), problem) != []
    assert heavy >= 3


def test_what_is_remembered_of_a_route_is_true() -> None:
    """What a search knows about places in unchanged routes is what looking again would find."""
    look: Any = getattr(insertion.look_into, "py_func", insertion.look_into)
    seen = 0
    for seed in range(6):
        problem = _week(seed, visits=14, days=(6, 30)[seed % 2])
        week, routes = _arrays(problem)
        n = len(problem.visits)
        routes.numbers[tables.RANDOM] = seed + 1 + (12_345 << 32)
        routes.place[:, tables.ROUTE] = -1
        routes.place[:, tables.AT] = np.arange(n)
        routes.lists[tables.ABSENTEES, :n] = np.arange(n)
        routes.numbers[[tables.ABSENT, tables.COST]] = n
        for k in range(len(problem.team_days)):
            assert week_arrays.put(week, routes, k, [])
        week_search.fill(week, routes)
        week_search.search(week, routes, 4, 300, 300, -1)
        known, stamps = routes.known, routes.route[:, tables.STAMP]
        for v, k in np.argwhere(known[:, :, 0] == stamps).tolist():
            assert known[v, k, 1] == look(week, routes, v, k, tables.TOO_DEAR), (seed, v, k)
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("part", range(4))
def test_every_plan_verifies(part: int) -> None:
    """Two hundred random weeks: every plan keeps every rule, whatever the seed."""
    for seed in range(part * 50, part * 50 + 50):
        problem = _week(seed, visits=seed % 12, days=seed % 6)
        assert not _clash(problem)
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        assert verify(plan, problem) == []
        assert plan.reproducible


def _clash(problem: Problem) -> bool:
    return len({day.vehicle for day in problem.team_days}) < len(problem.team_days)


def test_what_a_search_returns_is_what_it_promises() -> None:
    """A search serves a visit once, where nothing keeps the team from it, at the cost it tells."""
    for seed in range(20):
        # With many team-days a visit is tried beside its neighbours first.
        problem = _week(seed, visits=14, days=(6, 30)[seed % 2])
        penalties = {visit.id: 9_000 for visit in problem.visits}
        told: list[int] = []
        seen: list[tuple[str, list[Visit]]] = []
        found = ruin.search(
            problem, visits=problem.visits, penalties=penalties, iterations=1_500, seed=seed,
            tell=lambda _, cost, told=told: told.append(cost),
            keep=lambda routes, seen=seen: seen.extend(routes.items()),
        )  # fmt: skip
        table, days = Timetable(problem), {day.id: day for day in problem.team_days}
        for id_, stops in (*found.sequences.items(), *seen):
            assert all(obstacle(visit, days[id_]) is None for visit in stops)
            assert table.route(days[id_], stops) is not None
        served = [visit.id for stops in found.sequences.values() for visit in stops]
        assert len(served) == len(set(served))
        driving = sum(table.driving(days[at], stops) for at, stops in found.sequences.items())
        assert told[-1] == driving + 9_000 * (len(problem.visits) - len(served))
        assert told == sorted(told, reverse=True)


def test_the_seed_decides_and_nothing_else() -> None:
    """One seed gives one plan, whatever the chunks in which the iterations run."""
    problem = _week(7, visits=25, days=6)
    penalties = {visit.id: 20_000 for visit in problem.visits}

    def found(seed: int) -> dict[str, list[Visit]]:
        return ruin.search(
            problem, visits=problem.visits, penalties=penalties, iterations=2_500, seed=seed
        ).sequences

    first = found(3)
    assert found(3) == first
    assert any(found(seed) != first for seed in range(4, 9))


def test_a_start_is_never_lost() -> None:
    """A search that starts from routes ends with nothing dearer, also after no iteration at all."""
    problem = _week(5, visits=12)
    penalties = {visit.id: 50_000 for visit in problem.visits}
    job = portfolio.Job(
        problem=problem, visits=problem.visits, penalties=penalties, neighbours=1_000,
        deadline=float("inf"), enough=-1, timetable=Timetable(problem), engine="ruin",
    )  # fmt: skip
    start = portfolio.best(job).sequences
    again = ruin.search(
        problem, visits=problem.visits, penalties=penalties, iterations=0, seed=1, start=start
    )
    assert again.sequences == start
    assert job.cost(portfolio.probe(job, start=start).sequences) <= job.cost(start)


def test_random_numbers_are_even_and_known() -> None:
    """The generator is part of the promise: its first numbers, and an even spread."""
    numbers = np.zeros(10, np.int64)
    numbers[0] = 1 + (12_345 << 32)
    first = [lots.draw(numbers, 1_000) for _ in range(6)]
    counts = np.bincount([lots.draw(numbers, 10) for _ in range(20_000)], minlength=10)
    assert first == _plain_numbers(6)
    assert float(((counts - 2_000) ** 2 / 2_000).sum()) < 27.9  # chi-square, 9 df, p = 0.001


def _plain_numbers(count: int) -> list[int]:
    x, found = 1 + (12_345 << 32), []
    for _ in range(count):
        found.append((((x ^ (x >> 32)) % 2**32) * 1_000) >> 32)
        x = 1_791_398_085 * (x % 2**32) + (x >> 32)
    return found


def test_tables_are_the_same_everywhere() -> None:
    """Logarithms and temperatures are integers made without the machine's own logarithm."""
    logs, warm = heat.logarithms(), heat.temperatures(1_000, 10)
    assert (logs[0], logs[511], logs[-1], sum(logs)) == (7_807, 710, 0, 1_047_703)
    assert (warm[0], warm[128], warm[-1]) == (1_000, 100, 10)


def test_without_numba_the_other_engine_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba cannot be imported OR-Tools plans, and the plan says so."""
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> ModuleType:
        if name == "numba":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    spec = importlib.util.spec_from_file_location("plain_compiler", compiler.__file__)
    assert spec is not None
    assert spec.loader is not None
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    assert not plain.COMPILED
    monkeypatch.undo()
    monkeypatch.setattr(compiler, "COMPILED", plain.COMPILED)
    problem = _week(3)
    for engine in ("auto", "ruin", "ortools"):
        plan = solve.plan(problem, effort=1, engine=engine)
        assert plan.engine == "ortools-gls"
        assert verify(plan, problem) == []


def test_compiled_and_plain_python_agree() -> None:
    """The functions are one text: run without the compiler they give the same routes."""
    code = (
        "import sys\n"
        "if sys.argv[1] == 'plain': sys.modules['numba'] = None\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "import test_ruin as t\n"
        "from scheduler import ruin\n"
        "problem = t._week(7, visits=25, days=30)\n"
        "found = ruin.search(problem, visits=problem.visits, iterations=300, seed=3,\n"
        "    penalties={visit.id: 9_000 for visit in problem.visits})\n"
        "print({at: [v.id for v in stops] for at, stops in found.sequences.items()})\n"
    )

    def run(how: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, how, str(Path(__file__).parent)],
            capture_output=True, text=True, check=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return done.stdout

    assert run("compiled") == run("plain") != "{}\n"


def test_engine_of_a_plan_is_told() -> None:
    """A plan names its engine; an engine that does not exist is refused."""
    problem = _week(3)
    assert solve.plan(problem, effort=1, engine="ruin").engine == "ruin-recreate"
    assert solve.plan(problem, effort=1, engine="ortools").engine == "ortools-gls"
    with pytest.raises(ValueError, match="abacus"):
        solve.plan(problem, effort=1, engine="abacus")


def test_tickets_decide_with_either_engine() -> None:
    """Drawn visits that do not all fit are carried from the last ticket on, by both engines."""
    base = _week(11, visits=8, days=2)
    day = TeamDay(
        id="T0", team=0, day=MONDAY, depot="S", vehicle="C", seats=4, start=510 * M,
        end=1050 * M, lunch=(690 * M, 750 * M, 60 * M), max_visits=99,
    )  # fmt: skip
    visits = [
        Visit(id=f"V{at}", object=f"E{at}", place=2, kind="random", service=150 * M)
        for at in range(5)
    ]
    problem = base.replace(visits=tuple(visits), team_days=(day,))
    for engine in ("ruin", "ortools"):
        drawn = ["V3", "V1", "V4", "V0", "V2"]
        plan = solve.plan(problem, drawn=drawn, effort=1, engine=engine)
        kept = [id_ for id_ in drawn if id_ in plan.served()]
        assert kept == drawn[: len(kept)]
        assert len(kept) >= 2
        assert verify(plan, problem) == []
