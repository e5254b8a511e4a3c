"""Good plans spoilt at random, in every way that a slip or a fraud would: all are found out.

Every good plan also has team-days that nobody sent (another week, a small car, a crew that lacks
what it needs, the car of somebody else), so that a route can be put where it does not belong.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scheduler import solve
from scheduler.account_rules import NOBODY
from scheduler.plan import Plan, Route, Stop, Unserved
from scheduler.problem import LEFT_OUT_SECONDS, Depot, Problem, TeamDay, Visit
from scheduler.rules import RULES
from scheduler.verify import PlanRejected, require, verify

if TYPE_CHECKING:
    from collections.abc import Callable

MONDAY = date(2026, 11, 23)
DAYS = tuple(MONDAY + timedelta(days=at) for at in range(4))
M = 60
WEEKS = 3
PER_KIND = 6
CREW = frozenset({"fire", "labour"})
DRAWN = Unserved(visit="V01", reason="carried", detail={})


class NotHere(Exception):  # noqa: N818 - says why a corruption was not made
    """The plan offers nothing to spoil in this way."""


class Spoiler:
    """A good plan, its problem, and a source of chance to spoil it with."""

    def __init__(self, plan: Plan, problem: Problem, rng: random.Random) -> None:
        self.plan, self.problem, self.rng = plan, problem, rng
        self.visits = {visit.id: visit for visit in problem.visits}
        self.days = {day.id: day for day in problem.team_days}

    def pick(self, test: Callable[[Route, int], bool] = lambda *_: True) -> tuple[Route, int]:
        """Return a route and the position of a stop on it that pass *test*."""
        found = [
            (route, at)
            for route in self.plan.routes
            for at in range(len(route.stops))
            if test(route, at)
        ]
        if not found:
            raise NotHere
        return self.rng.choice(found)

    def visit(self, route: Route, at: int) -> Visit:
        """Return the visit of a stop."""
        return self.visits[route.stops[at].visit]

    def day(self, route: Route) -> TeamDay:
        """Return the team-day of a route."""
        return self.days[route.team_day]

    def with_route(self, old: Route, *new: Route) -> Plan:
        """Return the plan with *new* in the place of a route."""
        routes = [one for each in self.plan.routes for one in (new if each is old else (each,))]
        return replace(self.plan, routes=tuple(routes))

    def with_stop(self, route: Route, at: int, **changes: Any) -> Plan:
        """Return the plan with one stop changed."""
        stops = list(route.stops)
        stops[at] = replace(stops[at], **changes)
        return self.with_route(route, replace(route, stops=tuple(stops)))

    def moved(self, suffix: str, test: Callable[[Route, int], bool] = lambda *_: True) -> Plan:
        """Return the plan with a route on the spare team-day whose name ends with *suffix*."""
        route, _ = self.pick(test)
        return self.with_route(route, replace(route, team_day=f"{route.team_day}-{suffix}"))

    def honest(self, plan: Plan) -> Plan:
        """Return a plan with the totals and the objective that its routes really have."""
        homes = {depot.id: depot.place for depot in self.problem.depots}
        routes = []
        for route in plan.routes:
            home = homes[self.day(route).depot]
            places = [home, *(self.visits[stop.visit].place for stop in route.stops), home]
            legs = list(pairwise(places))
            routes.append(
                replace(
                    route,
                    seconds=sum(int(self.problem.seconds[leg]) for leg in legs),
                    metres=sum(int(self.problem.metres[leg]) for leg in legs),
                )
            )
        served = {stop.visit for route in routes for stop in route.stops}
        left = [visit for visit in self.problem.visits if visit.id not in served]
        lost = sum(LEFT_OUT_SECONDS if one.mandatory else one.prize for one in left)
        driven = sum(route.seconds for route in routes)
        return replace(plan, routes=tuple(routes), objective=driven + lost)

    def without(self, route: Route, at: int) -> Plan:
        """Return the plan, with honest totals, without one stop."""
        rest = replace(route, stops=route.stops[:at] + route.stops[at + 1 :])
        return self.honest(self.with_route(route, *([rest] if rest.stops else [])))

    def left_out(self, route: Route, at: int, reason: str) -> Plan:
        """Return the plan, with honest totals, in which a visit was left out for *reason*."""
        plan = self.without(route, at)
        left = Unserved(visit=route.stops[at].visit, reason=reason, detail={})
        return replace(plan, left=(*plan.left, left))


# Ways to spoil: each names the rule that must be named --------------------------------------------


def _hurry(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: at > 0)
    stop = route.stops[at]
    return s.with_stop(route, at, arrive=route.stops[at - 1].leave, start=stop.start)


def _leave_late(s: Spoiler) -> Plan:
    route, _ = s.pick()
    return s.with_route(route, replace(route, depart=route.stops[0].arrive))


def _home_at_once(s: Spoiler) -> Plan:
    route, _ = s.pick()
    return s.with_route(route, replace(route, back=route.stops[-1].leave))


def _start_early(s: Spoiler) -> Plan:
    route, at = s.pick()
    arrive = route.stops[at].arrive
    return s.with_stop(route, at, start=arrive - s.rng.randint(1, 20) * M)


def _cut_short(s: Spoiler) -> Plan:
    route, at = s.pick()
    return s.with_stop(route, at, leave=route.stops[at].leave - s.rng.randint(1, 29) * M)


def _drag_on(s: Spoiler) -> Plan:
    route, at = s.pick()
    return s.with_stop(route, at, leave=route.stops[at].leave + s.rng.randint(1, 29) * M)


def _miss_window(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: s.visit(route, at).window[1] < 1020 * M)
    late = s.visit(route, at).window[1] + s.rng.randint(1, 3600)
    return s.with_stop(route, at, start=late, leave=late + s.visit(route, at).service)


def _drop_lunch(s: Spoiler) -> Plan:
    route, _ = s.pick(lambda route, _: route.lunch is not None)
    return s.with_route(route, replace(route, lunch=None))


def _add_lunch(s: Spoiler) -> Plan:
    route, _ = s.pick(lambda route, _: route.lunch is None)
    return s.with_route(route, replace(route, lunch=700 * M))


def _shift_lunch(s: Spoiler) -> Plan:
    route, _ = s.pick(lambda route, _: route.lunch is not None)
    early, late = s.day(route).lunch[0] - 1, s.day(route).lunch[1] + 1
    shift = s.rng.randint(0, 7200)
    return s.with_route(route, replace(route, lunch=s.rng.choice((early - shift, late + shift))))


def _lunch_at_work(s: Spoiler) -> Plan:
    def overlaps(route: Route, at: int) -> bool:
        stop, (earliest, latest, length) = route.stops[at], s.day(route).lunch
        return bool(length) and stop.start <= latest and stop.leave > earliest

    route, at = s.pick(overlaps)
    lunch = max(route.stops[at].start, s.day(route).lunch[0])
    return s.with_route(route, replace(route, lunch=lunch))


def _too_early_out(s: Spoiler) -> Plan:
    route, _ = s.pick()
    depart = s.day(route).start - s.rng.randint(1, 3600)
    return s.with_route(route, replace(route, depart=depart))


def _too_late_home(s: Spoiler) -> Plan:
    route, _ = s.pick()
    back = s.day(route).end + s.rng.randint(1, 3600)
    return s.with_route(route, replace(route, back=back))


def _visit_again(s: Spoiler) -> Plan:
    route, at = s.pick()
    other, _ = s.pick()
    more = replace(other, stops=(*other.stops, route.stops[at]))
    return s.with_route(other, more)


def _route_again(s: Spoiler) -> Plan:
    route, _ = s.pick()
    return s.with_route(route, route, replace(route, stops=route.stops[-1:]))


def _empty_route(s: Spoiler) -> Plan:
    route, _ = s.pick()
    lazy = replace(route, team_day=f"{route.team_day}-twin", stops=(), metres=0, seconds=0)
    return replace(s.plan, routes=(*s.plan.routes, lazy))


def _share_car(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: at > 0)
    first = replace(route, stops=route.stops[:at])
    second = replace(route, stops=route.stops[at:], team_day=f"{route.team_day}-twin")
    return s.honest(s.with_route(route, first, second))


def _forget(s: Spoiler) -> Plan:
    return s.without(*s.pick(lambda route, _: len(route.stops) > 1))


def _forget_mandatory(s: Spoiler) -> Plan:
    return s.without(*s.pick(lambda route, at: s.visit(route, at).mandatory))


def _listed_too(s: Spoiler) -> Plan:
    route, at = s.pick()
    left = Unserved(visit=route.stops[at].visit, reason="carried", detail={})
    return replace(s.plan, left=(*s.plan.left, left))


def _listed_twice(s: Spoiler) -> Plan:
    route, at = s.pick()
    plan = s.left_out(route, at, "carried")
    return replace(plan, left=(*plan.left, plan.left[-1]))


def _excuse(s: Spoiler) -> Plan:
    return s.left_out(*s.pick(), s.rng.choice(("", "lazy", "friend", "No_day")))


def _false_excuse(s: Spoiler) -> Plan:
    return s.left_out(*s.pick(), s.rng.choice(NOBODY))


def _not_worth_it(s: Spoiler) -> Plan:
    return s.left_out(*s.pick(lambda route, at: s.visit(route, at).mandatory), "not_worth_it")


def _unknown_visit(s: Spoiler) -> Plan:
    route, at = s.pick()
    return s.with_stop(route, at, visit="V99")


def _unknown_team_day(s: Spoiler) -> Plan:
    route, _ = s.pick()
    return s.with_route(route, replace(route, team_day=route.team_day + "?"))


def _unknown_left(s: Spoiler) -> Plan:
    return replace(s.plan, left=(*s.plan.left, replace(DRAWN, visit="V98")))


def _fewer_metres(s: Spoiler) -> Plan:
    route, _ = s.pick()
    return s.with_route(route, replace(route, metres=route.metres - s.rng.randint(1, 999)))


def _more_seconds(s: Spoiler) -> Plan:
    route, _ = s.pick()
    more = s.rng.randint(1, 999)
    plan = s.with_route(route, replace(route, seconds=route.seconds + more))
    return replace(plan, objective=plan.objective + more)


def _better_objective(s: Spoiler) -> Plan:
    return replace(s.plan, objective=s.plan.objective - s.rng.randint(1, 9999))


def _swap(s: Spoiler) -> Plan:
    """Two visits of unlike length change places; the totals are honest."""
    one, at = s.pick()
    other, where = s.pick(
        lambda route, there: s.visit(route, there).service > s.visit(one, at).service
    )
    swap = {one.stops[at].visit: other.stops[where].visit}
    swap |= {new: old for old, new in swap.items()}
    routes = [
        replace(
            route,
            stops=tuple(replace(p, visit=swap.get(p.visit, p.visit)) for p in route.stops),
        )
        for route in s.plan.routes
    ]
    return s.honest(replace(s.plan, routes=tuple(routes)))


def _jump_queue(s: Spoiler) -> Plan:
    """Two visits of one day are made in the other order at the old times."""
    route, at = s.pick(
        lambda route, at: (
            at > 0
            and s.visit(route, at).service == s.visit(route, at - 1).service
            and int(s.problem.seconds[s.visit(route, at).place, 0]) > 0
        )
    )
    stops = list(route.stops)
    before, after = stops[at - 1], stops[at]
    stops[at - 1], stops[at] = (
        replace(before, visit=after.visit),
        replace(after, visit=before.visit),
    )
    return s.with_route(route, replace(route, stops=tuple(stops)))


def _other_week(s: Spoiler) -> Plan:
    return s.moved("later", lambda route, at: bool(s.visit(route, at).days))


def _no_speciality(s: Spoiler) -> Plan:
    return s.moved("bare", lambda route, at: bool(s.visit(route, at).specialities))


def _no_department(s: Spoiler) -> Plan:
    return s.moved("bare", lambda route, at: bool(s.visit(route, at).departments))


def _small_car(s: Spoiler) -> Plan:
    return s.moved("small")


def _too_many(s: Spoiler) -> Plan:
    return s.moved("one", lambda route, _: len(route.stops) > 1)


KINDS: tuple[tuple[str, Callable[[Spoiler], Plan]], ...] = (
    ("travel_too_short", _hurry), ("travel_too_short", _leave_late),
    ("travel_too_short", _home_at_once), ("start_before_arrival", _start_early),
    ("service_cut_short", _cut_short), ("service_too_long", _drag_on),
    ("outside_window", _miss_window), ("lunch_missing", _drop_lunch),
    ("lunch_missing", _add_lunch), ("lunch_outside_window", _shift_lunch),
    ("lunch_in_visit", _lunch_at_work), ("outside_hours", _too_early_out),
    ("outside_hours", _too_late_home), ("visit_twice", _visit_again),
    ("route_not_single", _route_again), ("route_not_single", _empty_route),
    ("vehicle_twice", _share_car), ("not_accounted_once", _forget),
    ("mandatory_lost", _forget_mandatory), ("not_accounted_once", _listed_too),
    ("not_accounted_once", _listed_twice), ("reason_unknown", _excuse),
    ("reason_untrue", _false_excuse), ("mandatory_weighed", _not_worth_it),
    ("unknown_id", _unknown_visit), ("unknown_id", _unknown_team_day),
    ("unknown_id", _unknown_left), ("totals_wrong", _fewer_metres),
    ("totals_wrong", _more_seconds), ("objective_wrong", _better_objective),
    ("service_cut_short", _swap), ("totals_wrong", _jump_queue), ("wrong_day", _other_week),
    ("speciality_missing", _no_speciality), ("department_missing", _no_department),
    ("too_few_seats", _small_car), ("too_many_visits", _too_many),
)  # fmt: skip


# Good plans ---------------------------------------------------------------------------------------


def _spares(day: TeamDay) -> tuple[TeamDay, ...]:
    """Return team-days that nobody sent, like *day* but for one thing each."""
    own = {"vehicle": f"{day.vehicle} spare"}
    changes: dict[str, dict[str, Any]] = {
        "bare": own | {"departments": frozenset(), "specialities": frozenset()},
        "small": own | {"seats": 1},
        "later": own | {"day": day.day + timedelta(days=7)},
        "one": own | {"max_visits": 1, "vehicle": f"{day.vehicle} third"},
        "twin": {},
    }
    return tuple(replace(day, id=f"{day.id}-{name}", **to) for name, to in changes.items())


def _team_day(at: int) -> TeamDay:
    return TeamDay(
        id=f"T{at}", team=1, day=DAYS[at], depot="S", vehicle="C1", seats=4, start=510 * M,
        end=1050 * M, lunch=(690 * M, 750 * M, 60 * M) if at else (0, 0, 0), departments=CREW,
        specialities=frozenset({"mine"}),
    )  # fmt: skip


def _visit(rng: random.Random, at: int) -> Visit:
    opens = rng.choice((0, 0, 540, 780))
    return Visit(
        id=f"V{at:02d}", object=f"E{at}", place=at + 1, kind="random", order=at,
        service=rng.choice((40, 60, 60, 90)) * M, window=(opens * M, (opens + 240) * M)
        if opens else (0, 1439 * M), days=DAYS if at % 3 == 0 else (),
        departments=frozenset({"fire"}) if at % 4 == 0 else frozenset(),
        specialities=frozenset({"mine"}) if at % 5 == 0 else frozenset(),
        mandatory=at % 2 == 0, prize=0 if at % 2 == 0 else rng.choice((1, 7200, 14_400)),
    )  # fmt: skip


@cache
def good_plan(number: int) -> tuple[Plan, Problem]:
    """Return a week of twelve visits by one team, its plan, and spare team-days to abuse."""
    rng = random.Random(number)
    visits = tuple(_visit(rng, at) for at in range(12))
    spots = np.array([(rng.uniform(0, 25), rng.uniform(0, 25)) for _ in range(13)])
    km = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    slow = np.array([[rng.uniform(80, 100) for _ in spots] for _ in spots])
    days = tuple(_team_day(at) for at in range(len(DAYS)))
    problem = Problem(
        visits=visits, team_days=days, depots=(Depot(id="S", name="S", place=0),),
        seconds=(km * slow).astype(np.int64), metres=(km * 1300).astype(np.int64),
    )  # fmt: skip
    plan = solve.plan(problem, effort=1)
    spares = tuple(spare for day in days for spare in _spares(day))
    return plan, problem.replace(team_days=(*days, *spares))


@pytest.mark.parametrize("number", range(WEEKS))
def test_plans_to_be_spoilt_are_good(number: int) -> None:
    """Before they are spoilt, the plans keep every rule, spare team-days or not."""
    plan, problem = good_plan(number)
    assert verify(plan, problem) == []
    assert len(plan.routes) > 1
    assert plan.left


@pytest.mark.parametrize(("code", "spoil"), KINDS, ids=[spoil.__name__[1:] for _, spoil in KINDS])
def test_every_corruption_is_named(code: str, spoil: Callable[[Spoiler], Plan]) -> None:
    """A plan spoilt in this way is rejected each time, with the right rule among those named."""
    done = 0
    for number in range(PER_KIND * WEEKS):
        plan, problem = good_plan(number % WEEKS)
        try:
            spoilt = spoil(Spoiler(plan, problem, random.Random(f"{spoil.__name__} {number}")))
        except NotHere:
            continue
        done += 1
        with pytest.raises(PlanRejected) as caught:
            require(spoilt, problem)
        assert code in caught.value.rules, number
        if done == PER_KIND:
            break
    assert done >= PER_KIND // 2


def test_corruptions_touch_every_rule() -> None:
    """No rule goes untried, and there are more than a hundred corruptions."""
    assert {code for code, _ in KINDS} == {rule.code for rule in RULES}
    assert len(KINDS) * (PER_KIND // 2) > 100


def test_a_day_moved_as_a_whole_is_named() -> None:
    """A day whose times are all moved on, beyond its end, has no false times but is too late."""
    plan, problem = good_plan(0)
    days = {day.id: day for day in problem.team_days}
    for route in plan.routes:
        late = days[route.team_day].end - route.back + 60
        stops = tuple(
            Stop(visit=s.visit, arrive=s.arrive + late, start=s.start + late, leave=s.leave + late)
            for s in route.stops
        )
        moved = replace(route, depart=route.depart + late, back=route.back + late, stops=stops)
        routes = tuple(moved if one is route else one for one in plan.routes)
        found = {violation.rule for violation in verify(replace(plan, routes=routes), problem)}
        assert "outside_hours" in found
