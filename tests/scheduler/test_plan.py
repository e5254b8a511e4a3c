"""What a week may ask for beyond hours and windows, against every possible small week."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler import ruin, solve
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Problem, TeamDay, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
            yield {id_: [visit for visit, at in pairs if at == id_] for id_ in ids}


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
