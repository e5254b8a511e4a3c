"""What a week may ask for beyond hours and windows, against every possible small week."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from scheduler import balance, bound, meetings, portfolio, ruin, solve
from scheduler.kernel.costs import TOO_FAR
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Limit, Problem, TeamDay, Visit
from scheduler.schedule import Timetable
from scheduler.verify import notices, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

MONDAY = dt.date(2026, 11, 23)
M = 60


def _week(seed: int, *, visits: int = 4, days: int = 2) -> Problem:
    """Return a random small week: drives without triangle inequality, windows, lunches, prizes."""
    rng = np.random.default_rng(seed)
    places = 7
    seconds = rng.integers(0, 70 * M, (places, places))
    return Problem(
        visits=tuple(
            Visit(
                id=f"V{at}", object=f"E{at}", place=int(rng.integers(0, places)), kind="random",
                service=int(rng.integers(20, 150)) * M,
                window=(0, 86_400) if rng.random() < 0.5 else (600 * M, 840 * M),
                mandatory=bool(rng.random() < 0.5), prize=int(rng.integers(0, 12_000)), order=at,
            )
            for at in range(visits)
        ),
        team_days=tuple(
            TeamDay(
                id=f"T{at}", team=at % 2, day=MONDAY + dt.timedelta(days=at // 2),
                depot="SN"[int(rng.integers(0, 2))], vehicle=f"C{at}", seats=2, start=510 * M,
                end=int(rng.integers(800, 1050)) * M,
                lunch=(690 * M, 750 * M, int(rng.choice([0, 45])) * M),
            )
            for at in range(days)
        ),
        depots=(Depot(id="S", name="S", place=0), Depot(id="N", name="N", place=3)),
        seconds=seconds, metres=seconds * 10,
    )  # fmt: skip


def _back(problem: Problem, day: TeamDay, stops: Sequence[Visit]) -> tuple[int, int] | None:
    """Return driving and earliest return of a route, None where it is too late somewhere.

    Written anew for these tests: every leg on which lunch could be eaten is tried.
    """
    place = {depot.id: depot.place for depot in problem.depots}
    spots = [place[day.depot], *(visit.place for visit in stops), place[day.finish or day.depot]]
    legs = [0 if a == b else int(problem.seconds[a, b]) for a, b in itertools.pairwise(spots)]
    if day.open_end:
        legs[-1] = 0
    early, late, length = day.lunch
    backs = []
    for eaten in range(-1, len(legs) + 1) if length else [-2]:
        now, good = day.start, True
        if eaten == -1:  # before leaving
            now = max(now, early + length)
        for at, leg in enumerate(legs):
            if at == eaten:
                good &= now <= late
                now = max(now + leg, early) + length
            else:
                now += leg
            if at < len(stops):
                now = max(now, stops[at].window[0])
                good &= now <= stops[at].window[1]
                now += stops[at].service
        good &= now <= day.end + day.overtime and (eaten != len(legs) or now <= late)
        if good:
            backs.append(now)
    return (sum(legs), min(backs)) if backs else None


def _cost(problem: Problem, day: TeamDay, stops: Sequence[Visit]) -> int | None:
    """Return what one route counts, None where it is too late."""
    if not stops:
        return 0
    found = _back(problem, day, stops)
    if found is None:
        return None
    prices = sum(problem.prices.get((visit.id, day.id), 0) for visit in stops)
    return found[0] + prices + day.overtime_price * max(0, found[1] - day.end)


def _worth(visit: Visit) -> int:
    return LEFT_OUT_SECONDS if visit.mandatory else visit.prize


def _placements(problem: Problem) -> Iterator[dict[str, list[Visit]]]:
    """Yield every way to give visits to team-days or to nobody."""
    ids = [day.id for day in problem.team_days]
    for chosen in itertools.product([None, *ids], repeat=len(problem.visits)):
        pairs = list(zip(problem.visits, chosen, strict=True))
        if all(at is None or problem.locked.get(v.id, at) == at for v, at in pairs):
            placed = {id_: [visit for visit, at in pairs if at == id_] for id_ in ids}
            if not _broken(problem, placed):
                yield placed


def _optimum(problem: Problem) -> int:
    """Return the least objective of any plan, by trying all of them."""
    known: dict[tuple[str, frozenset[str]], int | None] = {}
    best = sum(_worth(visit) for visit in problem.visits)
    for placed in _placements(problem):
        total = sum(_worth(visit) for visit in problem.visits)
        for day in problem.team_days:
            stops = placed[day.id]
            key = (day.id, frozenset(visit.id for visit in stops))
            if key not in known:
                orders = (_cost(problem, day, order) for order in itertools.permutations(stops))
                known[key] = min((cost for cost in orders if cost is not None), default=None)
            cost = known[key]
            if cost is None:
                break
            total += cost - sum(_worth(visit) for visit in stops)
        else:
            best = min(best, total)
    return best


def _expect_best(gaps: list[int]) -> None:
    """Expect nothing below the optimum (that would be a wrong sum) and nearly all plans at it."""
    assert min(gaps) >= 0
    assert sum(gap == 0 for gap in gaps) >= 0.9 * len(gaps)


def _prices(problem: Problem, seed: int) -> dict[tuple[str, str], int]:
    rng = np.random.default_rng(seed)
    pairs = itertools.product(problem.visits, problem.team_days)
    return {
        (visit.id, day.id): int(rng.integers(1, 6_000)) for visit, day in pairs
        if rng.random() < 0.6
    }  # fmt: skip


def test_prices_count_as_driving_does() -> None:
    """Where it counts who makes a visit the plan is the cheapest of all."""
    gaps = []
    for seed in range(25):
        problem = _week(seed)
        problem = problem.replace(prices=_prices(problem, seed))
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        gaps.append(plan.objective - _optimum(problem))
    _expect_best(gaps)


def test_a_locked_visit_stays() -> None:
    """A visit that is locked to a team-day is made by it or not at all, and the rest is best."""
    made, gaps = 0, []
    for seed in range(25):
        problem = _week(seed, days=3)
        problem = problem.replace(locked={"V0": "T1", "V2": "T0"})
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        gaps.append(plan.objective - _optimum(problem))
        for route in plan.routes:
            for stop in route.stops:
                assert problem.locked.get(stop.visit, route.team_day) == route.team_day
                made += stop.visit in problem.locked
    assert made > 10
    _expect_best(gaps)


def test_internal_prices_steer_and_do_not_count() -> None:
    """Prices given to a search alone decide who makes a visit and are in no objective."""
    problem = _week(3, visits=1)
    visit = replace(problem.visits[0], window=(0, 86_400), service=M, mandatory=True)
    problem = problem.replace(visits=(visit,))
    for dear, other in (("T0", "T1"), ("T1", "T0")):
        found = ruin.search(
            problem, visits=[visit], penalties={"V0": LEFT_OUT_SECONDS}, iterations=100, seed=1,
            prices={("V0", dear): 90_000},
        )  # fmt: skip
        assert list(found.sequences) == [other]


def _ends(problem: Problem, seed: int) -> Problem:
    """Return the problem with other ends: at another station, open, or after working hours."""
    rng = np.random.default_rng(seed)
    days = [
        replace(
            day, finish=str(rng.choice(["", "S", "N"])), open_end=bool(rng.random() < 0.3),
            overtime=int(rng.choice([0, 60, 120])) * M, overtime_price=int(rng.integers(0, 4)),
        )
        for day in problem.team_days
    ]  # fmt: skip
    return problem.replace(team_days=tuple(days))


def test_other_ends_and_overtime_count_exactly() -> None:
    """Rounds end elsewhere, openly or late at a price, and the plan is the cheapest of all."""
    gaps, late = [], 0
    for seed in range(30):
        problem = _ends(_week(seed), seed)
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        gaps.append(plan.objective - _optimum(problem))
        ends = {day.id: day.end for day in problem.team_days}
        late += sum(route.back > ends[route.team_day] for route in plan.routes)
    assert late > 5
    _expect_best(gaps)


def test_what_a_search_says_is_what_its_routes_cost() -> None:
    """The cost that a long search tells, with everything that counts, is that of its routes."""
    for seed in range(12):
        # With many team-days places are looked for beside neighbours first.
        problem = _ends(_week(seed, visits=16, days=(6, 30)[seed % 2]), seed)
        problem = problem.replace(prices=_prices(problem, seed), limits=_limits(problem, seed))
        if seed >= 6:
            days = (replace(day, end=1050 * M) for day in problem.team_days)
            problem = problem.replace(spread=100, team_days=tuple(days))
            assert len(balance.teams(problem)) == 2
        table = Timetable(problem)
        told: list[int] = []

        def tell(_: float, cost: int, told: list[int] = told) -> None:
            told.append(cost)

        found = ruin.search(
            problem, visits=problem.visits, penalties=dict.fromkeys(_ids(problem), 9_000),
            iterations=2_000, seed=seed, tell=tell,
        )  # fmt: skip
        days = {day.id: day for day in problem.team_days}
        served = [visit.id for stops in found.sequences.values() for visit in stops]
        costs = [_cost(problem, days[at], stops) for at, stops in found.sequences.items()]
        assert None not in costs
        hours = balance.planned(problem, found.sequences, timetable=table)
        apart = TOO_FAR * balance.excess(hours, most=problem.spread)
        assert told[-1] == sum(filter(None, costs)) + apart + 9_000 * (16 - len(served))
        assert not _broken(problem, found.sequences)


def _ids(problem: Problem) -> list[str]:
    return [visit.id for visit in problem.visits]


def _limits(problem: Problem, seed: int) -> tuple[Limit, ...]:
    rng, ids = np.random.default_rng(seed), _ids(problem)
    within: tuple[Literal["week", "day", "team_day"], ...] = ("week", "day", "team_day")
    return tuple(
        Limit(
            code="test", visits=frozenset(rng.choice(ids, max(2, len(ids) // 2)).tolist()),
            most=int(rng.integers(1, 3)), within=kind,
        )
        for kind in within
    )  # fmt: skip


def _broken(problem: Problem, routes: Mapping[str, Sequence[Visit]]) -> bool:
    """Tell whether routes make more of some visits than a limit allows."""
    days = {day.id: day.day for day in problem.team_days}
    for limit in problem.limits:
        counts: Counter[object] = Counter()
        for at, stops in routes.items():
            key = {"week": None, "day": days[at], "team_day": at}[limit.within]
            counts[key] += sum(visit.id in limit.visits for visit in stops)
        if max(counts.values(), default=0) > limit.most:
            return True
    return False


def test_limits_are_kept_and_cost_no_more_than_they_must() -> None:
    """At most so many of a set are made in the week, on a day, by a team-day; the rest is best."""
    gaps = []
    for seed in range(25):
        problem = _week(seed, days=3)
        problem = problem.replace(limits=_limits(problem, seed))
        plan = solve.plan(problem, effort=1, engine="ruin", seed=seed)
        visits = {visit.id: visit for visit in problem.visits}
        routes = {at.team_day: [visits[stop.visit] for stop in at.stops] for at in plan.routes}
        assert not _broken(problem, routes)
        gaps.append(plan.objective - _optimum(problem))
    _expect_best(gaps)


def test_a_start_that_breaks_a_limit_is_thinned() -> None:
    """Of routes to start from only so many visits are taken over as their limits allow."""
    problem = _week(5, visits=6, days=4)
    limit = Limit(code="test", visits=frozenset(_ids(problem)), most=2)
    start = solve.plan(problem, effort=1)
    plan = solve.plan(problem.replace(limits=(limit,)), effort=1, start=start)
    assert len(start.served()) > 2
    assert len(plan.served()) == 2


def test_bounds_hold() -> None:
    """No plan is cheaper than the bound, which is mostly more than nothing."""
    bounds = []
    for seed in range(20):
        problem = _ends(_week(seed), seed)
        problem = problem.replace(prices=_prices(problem, seed) if seed % 2 else {})
        plan = solve.plan(problem, effort=1, seed=seed)
        assert plan.bound is not None
        assert plan.bound <= _optimum(problem) <= plan.objective
        bounds.append(plan.bound)
    assert sum(one > 0 for one in bounds) >= 15


def test_a_big_week_has_a_bound_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the assignment would take too long, the bound is lower and still more than nothing."""
    problem = _ends(_week(4, visits=12, days=4), 4)
    exact = bound.lower(problem)
    monkeypatch.setattr(bound, "_EXACT", 0)
    assert 0 < bound.lower(problem) <= exact


def test_hours_are_kept_together() -> None:
    """Teams with equal days get hours within the spread that is asked for, at little cost."""
    for seed in range(3):
        problem = _even_week(seed)
        free = solve.plan(problem, effort=60, engine="ruin", seed=seed)
        even = solve.plan(problem.replace(spread=50), effort=60, engine="ruin", seed=seed)
        assert verify(even, problem) == []
        assert "hours_uneven" not in {one.rule for one in notices(even, problem.replace(spread=50))}
        assert balance.spread(balance.hours(problem, even.routes)) <= 50
        assert balance.spread(balance.hours(problem, free.routes)) > 50
        assert even.objective < free.objective * 1.08


def test_uneven_hours_do_not_pass_for_lost_visits() -> None:
    """By the clock, too, hours are kept together where they lay far apart half-way."""
    problem = _even_week(0)
    free = solve.plan(problem, effort=60, engine="ruin", seed=0)
    routes = meetings.as_planned(free, problem)
    penalties = dict.fromkeys((visit.id for visit in problem.visits), 10 * free.objective)
    job = portfolio.Job(
        problem=problem.replace(spread=50), visits=problem.visits, penalties=penalties,
        neighbours=None, deadline=time.monotonic() + 3, enough=2 * free.objective,
        timetable=Timetable(problem), engine="ruin", strict=True,
    )  # fmt: skip
    assert job.cost(routes) > job.enough
    assert job.is_enough(routes)
    even = portfolio.best(job).sequences
    assert balance.spread(balance.planned(problem, even, timetable=job.timetable)) <= 50
    assert not job.is_enough({})


def _even_week(seed: int) -> Problem:
    """Return a week of three teams that has time for everything, and one place to start from."""
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 40, (40, 2))
    seconds = (np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) * 80).astype(np.int64)
    base = _week(seed, days=12)
    days = tuple(
        replace(day, depot="S", end=1050 * M, team=at % 3, day=MONDAY + dt.timedelta(days=at // 3))
        for at, day in enumerate(base.team_days)
    )
    visits = tuple(
        Visit(id=f"V{at}", object=f"E{at}", place=1 + at, kind="random", order=at,
              service=int(rng.integers(30, 120)) * M)
        for at in range(36)
    )  # fmt: skip
    return base.replace(
        visits=visits, team_days=days, seconds=seconds, metres=seconds * 10,
        depots=(Depot(id="S", name="S", place=0),),
    )  # fmt: skip
