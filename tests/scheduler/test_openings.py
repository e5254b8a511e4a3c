"""Places for one more visit, found all at once: as many as trying each one with the timetable."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from scheduler.openings import Openings
from scheduler.plan import Plan, Route
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.schedule import Timetable
from scheduler.spans import Place
from scheduler.verify import verify

MONDAY = date(2026, 11, 23)
M = 60
WEEKS = 60
LUNCHES = ((690, 750, 60), (690, 750, 60), (0, 0, 0), (480, 540, 45), (900, 990, 40))


def _team_day(rng: random.Random, at: int) -> TeamDay:
    earliest, latest, length = rng.choice(LUNCHES)
    return TeamDay(
        id=f"T{at}", team=at, day=MONDAY + timedelta(days=at % 2), depot="S", vehicle=f"C{at}",
        seats=4, start=510 * M, end=rng.choice((840, 960, 1050)) * M,
        lunch=(earliest * M, latest * M, length * M), max_visits=rng.choice((3, 99)),
        finish=rng.choice(("", "N")), open_end=rng.random() < 0.3, capacity=rng.choice((3, 99)),
        overtime=rng.choice((0, 0, 30)) * M, overtime_price=rng.choice((1, 3)),
    )  # fmt: skip


def _visit(rng: random.Random, at: int) -> Visit:
    opens = rng.choice((0, 0, 540, 660, 780))
    return Visit(
        id=f"V{at}", object=f"E{at}", place=rng.choice((at + 2, 2)), kind="random",
        service=rng.choice((30, 60, 90)) * M, mandatory=False, prize=rng.randint(0, 9000),
        window=(opens * M, (opens + rng.choice((90, 300, 900))) * M), load=rng.choice((0, 1, 2)),
    )  # fmt: skip


def _week(number: int, **changes: object) -> Problem:
    rng = random.Random(number)
    days = tuple(_team_day(rng, at) for at in range(4))
    visits = tuple(_visit(rng, at) for at in range(14))
    seconds = np.array([[rng.randint(5, 40) * M for _ in range(17)] for _ in range(17)])
    prices = {(v.id, d.id): rng.randint(0, 900) for v in visits for d in days if rng.random() < 0.3}
    whole = Problem(
        visits=visits, team_days=days, seconds=seconds, metres=seconds * 10, prices=prices,
        depots=(Depot(id="S", name="S", place=0), Depot(id="N", name="N", place=1)),
    )  # fmt: skip
    return whole.replace(**changes)


def _routes(rng: random.Random, problem: Problem, timetable: Timetable) -> dict[str, list[Visit]]:
    """Return random routes that keep their times, and leave half of the visits out."""
    routes: dict[str, list[Visit]] = {}
    for visit in problem.visits[:9]:
        day = rng.choice(problem.team_days)
        route = routes.get(day.id, [])
        tried = [*route, visit]
        rng.shuffle(tried)
        if timetable.route(day, tried) is not None:
            routes[day.id] = tried
    return routes


def _places(visit: Visit, day: TeamDay, route: list[Visit], timetable: Timetable) -> list[Place]:
    """Return the places on one route by trying each."""
    found = []
    for at in range(len(route) + 1):
        tried = [*route[:at], visit, *route[at:]]
        told = timetable.route(day, tried)
        if told is not None:
            cost = timetable.cost(day, tried) - timetable.cost(day, route)
            found.append(Place(cost, day.id, at, told.stops[at].start))
    return found


def test_all_places_at_once_are_those_found_one_by_one() -> None:
    """A visit fits where the timetable says so, and the cheapest place is the cheapest."""
    fitting = 0
    for number in range(WEEKS):
        problem, rng = _week(number), random.Random(number)
        timetable = Timetable(problem)
        routes = _routes(rng, problem, timetable)
        openings = Openings(problem, routes)
        assert openings.sequences() == routes
        made = {visit.id for stops in routes.values() for visit in stops}
        for visit in problem.visits:
            if visit.id in made:
                continue
            places = [
                place
                for day in problem.team_days
                for place in _places(visit, day, routes.get(day.id, []), timetable)
            ]
            assert openings.fits(visit) == bool(places), (number, visit.id)
            best = openings.cheapest(visit)
            assert (best.cost if best else None) == min((p.cost for p in places), default=None)
            below = openings.cheapest(visit, below=visit.prize)
            assert (below is not None) == any(place.cost < visit.prize for place in places)
            fitting += bool(places)
    assert fitting > WEEKS


def _plan(problem: Problem, routes: dict[str, list[Visit]], starts: dict[str, int]) -> list[str]:
    """Return the rules that the routes break, whatever they leave out."""
    timetable = Timetable(problem)
    told: list[Route] = []
    for day in problem.team_days:
        stops = [
            replace(one, window=(starts[one.id],) * 2) if one.id in starts else one
            for one in routes.get(day.id, [])
        ]
        if stops:
            route = timetable.route(day, stops)
            assert route is not None
            told.append(route)
    plan = Plan(routes=tuple(told), left=(), objective=0, engine="hand")
    about = {"mandatory_lost", "not_accounted_once", "objective_wrong"}
    return [one.rule for one in verify(plan, problem) if one.rule not in about]


def test_ties_are_kept_by_every_place() -> None:
    """Filling a week with tied visits, wherever they fit, breaks no rule."""
    made: set[str] = set()
    for number in range(WEEKS // 2):
        rng = random.Random(-number)
        plain = _week(number)
        visits = list(plain.visits)
        visits[1] = replace(visits[1], follows=Follows(visit="V0", least=2 * 3600, most=30 * 3600))
        visits[2], visits[3] = (replace(one, round="R") for one in visits[2:4])
        for at in (4, 5, 6):
            visits[at] = replace(visits[at], gate="G", place=9)
        problem = plain.replace(
            visits=tuple(visits), locked={"V7": "T2"},
            limits=(
                Limit(code="a", visits=frozenset({"V8", "V9"})),
                Limit(code="b", visits=frozenset({"V10", "V11", "V12"}), within="team_day"),
                Limit(code="c", visits=frozenset({"V12", "V13"}), within="day"),
            ),
            team_days=(*plain.team_days, replace(plain.team_days[0], id="T9", team=9)),
        )  # fmt: skip
        openings, starts = Openings(problem, {}), {}
        for visit in rng.sample(problem.visits, len(visits)):
            place = openings.cheapest(visit)
            if place is not None:
                openings.put(visit, place)
                if visit.id in ("V0", "V1"):
                    starts[visit.id] = place.start
        assert _plan(problem, openings.sequences(), starts) == [], number
        made |= {visit.id for stops in openings.sequences().values() for visit in stops}
    assert made == {f"V{at}" for at in range(14)}


def test_parts_meet_at_the_cheapest_moment() -> None:
    """Parts of a joint visit find a moment exactly where some start suits two team-days."""
    met, missed = 0, 0
    for number in range(WEEKS // 2):
        plain = _week(number)
        pair = [
            replace(one, meets="J", place=3, service=60 * M, window=(660 * M, 720 * M),
                    id=f"J{at}")
            for at, one in enumerate(plain.visits[:2])
        ]  # fmt: skip
        problem = plain.replace(visits=(*plain.visits, *pair))
        timetable = Timetable(problem)
        routes = _routes(random.Random(number), plain, timetable)
        openings = Openings(problem, routes)
        places = openings.meeting(pair)
        assert (places is not None) == _can_meet(problem, routes, pair, timetable)
        if places is None:
            missed += 1
            continue
        met += 1
        for visit, place in zip(pair, places, strict=True):
            openings.put(visit, place)
        starts = {one.id: place.start for one, place in zip(pair, places, strict=True)}
        assert _plan(problem, openings.sequences(), starts) == [], number
    assert min(met, missed) > 2


def _can_meet(
    problem: Problem, routes: dict[str, list[Visit]], pair: list[Visit], timetable: Timetable
) -> bool:
    """Tell by trying every five minutes whether two team-days can be there at once."""
    days = problem.team_days
    for start in range(660 * M, 721 * M, M):
        parts = [replace(part, window=(start, start)) for part in pair]
        free = [
            {day.id for day in days if _places(part, day, routes.get(day.id, []), timetable)}
            for part in parts
        ]
        for one in free[0]:
            for other in free[1] - {one}:
                on = {day.id: day.day for day in days}
                if on[one] == on[other]:
                    return True
    return False
