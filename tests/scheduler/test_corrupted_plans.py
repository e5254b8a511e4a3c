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
from scheduler.filling import filled
from scheduler.openings import Openings
from scheduler.plan import Plan, Route, Stop, Unserved
from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit
from scheduler.reasons import explained
from scheduler.rules import RULES, Objective
from scheduler.schedule import Timetable
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
            day = self.day(route)
            end = [] if day.open_end else [homes[day.finish or day.depot]]
            stops = [self.visits[stop.visit].place for stop in route.stops]
            legs = [(a, b) for a, b in pairwise([homes[day.depot], *stops, *end]) if a != b]
            routes.append(
                replace(
                    route,
                    seconds=sum(int(self.problem.seconds[leg]) for leg in legs),
                    metres=sum(int(self.problem.metres[leg]) for leg in legs),
                )
            )
        right = replace(plan, routes=tuple(routes))
        stated = {one.rule: one.detail for one in Objective().violations(right, self.problem)}
        truth = stated.get("objective_wrong", {}).get("right", plan.objective)
        return replace(right, objective=truth)

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


def _moved_in_time(s: Spoiler, route: Route, at: int, by: int) -> Plan:
    stop = route.stops[at]
    return s.with_stop(route, at, start=stop.start + by, leave=stop.leave + by)


def _late_part(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: bool(s.visit(route, at).meets))
    return _moved_in_time(s, route, at, s.rng.randint(1, 1800))


def _lone_part(s: Spoiler) -> Plan:
    return s.left_out(*s.pick(lambda route, at: bool(s.visit(route, at).meets)), "carried")


def _too_soon(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: s.visit(route, at).follows is not None)
    return _moved_in_time(s, route, at, -5 * 86_400)


def _first_forgotten(s: Spoiler) -> Plan:
    followed = {one.follows.visit for one in s.problem.visits if one.follows}
    return s.left_out(*s.pick(lambda route, at: s.visit(route, at).id in followed), "carried")


def _on_another_day(s: Spoiler, *, test: Callable[[Route, int], bool]) -> Plan:
    """Let a team of another day make a stop at its old time."""
    route, at = s.pick(test)
    day = s.day(route)
    other, _ = s.pick(lambda one, _: s.day(one).day != day.day)
    plan = s.with_route(other, replace(other, stops=(*other.stops, route.stops[at])))
    rest = replace(route, stops=route.stops[:at] + route.stops[at + 1 :])
    routes = tuple(rest if one is route else one for one in plan.routes)
    return replace(plan, routes=tuple(one for one in routes if one.stops))


def _word_spreads(s: Spoiler) -> Plan:
    return _on_another_day(s, test=lambda route, at: bool(s.visit(route, at).round))


def _gate_twice(s: Spoiler) -> Plan:
    """Pull apart what is made at one gate: another stop comes between."""
    route, at = s.pick(
        lambda route, at: (
            at + 2 < len(route.stops)
            and bool(s.visit(route, at).gate)
            and s.visit(route, at).gate == s.visit(route, at + 1).gate
            and s.visit(route, at).gate != s.visit(route, at + 2).gate
        )
    )
    stops = list(route.stops)
    stops[at + 1], stops[at + 2] = stops[at + 2], stops[at + 1]
    return s.with_route(route, replace(route, stops=tuple(stops)))


def _over_the_limit(s: Spoiler) -> Plan:
    limited = frozenset().union(*(limit.visits for limit in s.problem.limits))
    made = s.plan.served()
    left = [id_ for id_ in sorted(limited) if id_ not in made]
    if not left:
        raise NotHere
    route, _ = s.pick()
    stop = replace(route.stops[-1], visit=s.rng.choice(left))
    return s.with_route(route, replace(route, stops=(*route.stops, stop)))


def _other_lock(s: Spoiler) -> Plan:
    return s.moved("bare", lambda route, at: s.visit(route, at).id in s.problem.locked)


def _no_equipment(s: Spoiler) -> Plan:
    return s.moved("bare", lambda route, at: bool(s.visit(route, at).equipment))


def _loaded(s: Spoiler) -> Plan:
    return s.moved("bare", lambda route, at: s.visit(route, at).load > 0)


def _expert_inspects(s: Spoiler) -> Plan:
    return s.moved("expert", lambda route, _: not s.day(route).expert)


def _officer_assists(s: Spoiler) -> Plan:
    return s.moved("officer", lambda route, _: bool(s.day(route).expert))


def _team_again(s: Spoiler) -> Plan:
    """Let a team do half of its stops with a second car at the same time."""
    route, at = s.pick(lambda route, at: at > 0)
    first = replace(route, stops=route.stops[:at])
    second = replace(route, stops=route.stops[at:], team_day=f"{route.team_day}-second")
    return s.honest(s.with_route(route, first, second))


def _long_overtime(s: Spoiler) -> Plan:
    route, _ = s.pick(lambda route, _: s.day(route).overtime > 0)
    day = s.day(route)
    back = day.end + day.overtime + s.rng.randint(1, 3600)
    return s.with_route(route, replace(route, back=back))


def _end_stretched(s: Spoiler) -> Plan:
    route, _ = s.pick(lambda route, _: s.day(route).open_end)
    return s.with_route(route, replace(route, back=route.back + s.rng.randint(1, 600)))


def _no_room_they_say(s: Spoiler) -> Plan:
    def free(route: Route, at: int) -> bool:
        return not s.visit(route, at).meets

    reason = s.rng.choice(("no_time_left", "over_limit", "tied", "not_followed"))
    return s.left_out(*s.pick(free), reason)


def _dear_they_say(s: Spoiler) -> Plan:
    """Say of a visit that is worth more than any drive that it is not worth it."""
    return s.left_out(*s.pick(lambda route, at: s.visit(route, at).prize >= 14_400), "not_worth_it")


def _out_of_turn(s: Spoiler) -> Plan:
    route, at = s.pick(lambda route, at: s.visit(route, at).mandatory)
    plan = s.left_out(route, at, "carried")
    turn = {"ticket_rank": 4, "kept": 3, "queue": s.rng.choice((1, 2, 5))}
    return replace(plan, left=(*plan.left[:-1], replace(plan.left[-1], detail=turn)))


TIED: tuple[tuple[str, Callable[[Spoiler], Plan]], ...] = (
    ("not_together", _late_part), ("not_together", _lone_part), ("order_broken", _too_soon),
    ("order_broken", _first_forgotten), ("round_split", _word_spreads),
    ("gate_split", _gate_twice), ("limit_exceeded", _over_the_limit),
    ("lock_broken", _other_lock), ("equipment_missing", _no_equipment), ("overloaded", _loaded),
    ("expert_alone", _expert_inspects), ("expert_missing", _officer_assists),
    ("team_twice", _team_again), ("overtime_exceeded", _long_overtime),
    ("finish_wrong", _end_stretched), ("room_was_left", _no_room_they_say),
    ("worth_it", _dear_they_say), ("ticket_order", _out_of_turn),
    ("objective_wrong", _better_objective), ("travel_too_short", _hurry),
    ("vehicle_twice", _share_car), ("reason_untrue", _false_excuse),
)  # fmt: skip
"""Ways to spoil a week of joint visits, orders, rounds, gates, limits and experts."""

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


def _tied_spares(day: TeamDay) -> tuple[TeamDay, ...]:
    """Return team-days that nobody sent, like *day* but for one thing each."""
    own = {"vehicle": f"{day.vehicle} spare", "team": 50 + day.team, "max_visits": 99,
           "end": day.start, "overtime": 0}  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "bare": own | {"equipment": frozenset(), "capacity": 0},
        "expert": own | {"expert": "X", "team": 90},
        "officer": own | {"expert": ""},
        "second": own | {"team": day.team, "end": day.end},
        "twin": {},
    }
    return tuple(replace(day, id=f"{day.id}-{name}", **to) for name, to in changes.items())


def _tied_visits(rng: random.Random) -> tuple[Visit, ...]:
    visits = [replace(_visit(rng, at), days=(), specialities=frozenset()) for at in range(12)]
    for at in (0, 1, 2):
        visits[at] = replace(visits[at], meets="J", place=1, service=60 * M, mandatory=True,
                             window=(0, 1439 * M), departments=frozenset(),
                             assists=at == 2)  # fmt: skip
    visits[3] = replace(visits[3], mandatory=True, window=(0, 1439 * M))
    visits[4] = replace(visits[4], follows=Follows(visit="V03", least=20 * 3600, most=60 * 3600),
                        mandatory=True, window=(0, 1439 * M))  # fmt: skip
    for at in (5, 6):
        visits[at] = replace(visits[at], round="R", mandatory=True, window=(0, 1439 * M))
    for at in (7, 8):
        visits[at] = replace(visits[at], gate="G", place=8, mandatory=True, window=(0, 1439 * M))
    visits[9] = replace(visits[9], mandatory=False, prize=20_000, window=(0, 1439 * M), load=2)
    visits[10] = replace(visits[10], equipment=frozenset({"gas"}), mandatory=True)
    return tuple(visits)


@cache
def tied_plan(number: int) -> tuple[Plan, Problem]:
    """Return a week whose visits depend on each other, a plan of it, and spare team-days."""
    rng = random.Random(number + 100)
    plain = good_plan(number)[1]
    days = [
        replace(_team_day(at), id=f"D{at}{team}", team=team, vehicle=f"C{team}", capacity=2,
                equipment=frozenset({"gas"}), open_end=team == 1, overtime=0 if team else 1800)
        for at in range(3) for team in (0, 1)
    ]  # fmt: skip
    days += [
        replace(days[at], id=f"E{at}", team=9, vehicle="C9", seats=1, expert="E", overtime=0,
                open_end=False)
        for at in (0, 2)
    ]  # fmt: skip
    problem = plain.replace(
        visits=_tied_visits(rng), team_days=tuple(days),
        locked={"V03": rng.choice(("D00", "D01"))},
        prices={("V09", day.id): 30 for day in days},
        limits=(Limit(code="annual_cap", visits=frozenset({"V09", "V11"})),),
    )  # fmt: skip
    openings = Openings(problem, {})
    routes = filled(openings, problem.visits, urgency=lambda one: (not one.mandatory, one.order))
    table = Timetable(problem)
    told = (table.route(day, routes[day.id]) for day in days if day.id in routes)
    made = tuple(route for route in told if route is not None)
    served = {stop.visit for route in made for stop in route.stops}
    missing = [one for one in problem.visits if one.id not in served]
    left = explained(missing, problem, sequences=routes, timetable=table)
    plan = Plan(routes=made, left=tuple(left.values()), objective=0, engine="greedy")
    spares = tuple(spare for day in days for spare in _tied_spares(day))
    whole = problem.replace(team_days=(*days, *spares))
    return Spoiler(plan, whole, rng).honest(plan), whole


@pytest.mark.parametrize("number", range(WEEKS))
def test_tied_plans_to_be_spoilt_are_good(number: int) -> None:
    """Plans of visits that depend on each other keep every rule before they are spoilt."""
    plan, problem = tied_plan(number)
    assert verify(plan, problem) == []
    assert {"V00", "V01", "V02", "V04", "V05", "V06", "V07", "V08"} <= plan.served()


@pytest.mark.parametrize("number", range(WEEKS))
def test_plans_to_be_spoilt_are_good(number: int) -> None:
    """Before they are spoilt, the plans keep every rule, spare team-days or not."""
    plan, problem = good_plan(number)
    assert verify(plan, problem) == []
    assert len(plan.routes) > 1
    assert plan.left


@pytest.mark.parametrize(
    ("code", "spoil", "good"),
    [*((*kind, good_plan) for kind in KINDS), *((*kind, tied_plan) for kind in TIED)],
    ids=[spoil.__name__[1:] for _, spoil in (*KINDS, *TIED)],
)
def test_every_corruption_is_named(
    code: str, spoil: Callable[[Spoiler], Plan], good: Callable[[int], tuple[Plan, Problem]]
) -> None:
    """A plan spoilt in this way is rejected each time, with the right rule among those named."""
    done = 0
    for number in range(PER_KIND * WEEKS):
        plan, problem = good(number % WEEKS)
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
    assert {code for code, _ in (*KINDS, *TIED)} == {rule.code for rule in RULES}
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
