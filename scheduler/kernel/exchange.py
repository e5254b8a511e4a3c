"""Routes of one day that change hands between teams, which evens hours at next to no cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.changes import refresh, touch
from scheduler.kernel.compiler import inner
from scheduler.kernel.costs import apart, cost_of
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import (
    CAPACITY,
    COUNT,
    DAY,
    HOURS,
    LOADED,
    MOST,
    ROUTE,
    TEAM,
    TEAMS,
)

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week

EXCHANGES = 6
"""Where hours are kept together, routes change hands once in so many iterations."""

_TRIES = 8  # pairs of team-days looked at in one iteration


@inner
def change_hands(week: Week, routes: Routes) -> int:
    """Let two teams exchange their routes of one day if that evens hours; return the cost."""
    size = len(week.day)
    for _ in range(_TRIES):
        k, other = draw(routes.numbers, size), draw(routes.numbers, size)
        if not _evens(week, routes, k, other):
            continue
        if not _may_take(week, routes, k, other) or not _may_take(week, routes, other, k):
            continue
        touch(routes, k)
        touch(routes, other)
        cost = -cost_of(week, routes, k) - cost_of(week, routes, other)
        if _exchange(week, routes, k, other):
            return cost + cost_of(week, routes, k) + cost_of(week, routes, other)
        _exchange(week, routes, k, other)
    return 0


@inner
def _evens(week: Week, routes: Routes, k: int, other: int) -> bool:
    """Tell whether hours count no more if two teams exchange their routes of one day."""
    numbers, hours = routes.numbers, routes.tally[0]
    one, two = week.day[k, TEAM], week.day[other, TEAM]
    if one == two or max(one, two) >= numbers[TEAMS] or week.day[k, DAY] != week.day[other, DAY]:
        return False
    longer = routes.route[other, HOURS] - routes.route[k, HOURS]
    if longer == 0:
        return False
    after = apart(numbers, hours[one] + longer) + apart(numbers, hours[two] - longer)
    return bool(after <= apart(numbers, hours[one]) + apart(numbers, hours[two]))


@inner
def _may_take(week: Week, routes: Routes, k: int, other: int) -> bool:
    """Tell whether team-day *k* may make all visits of route *other*, be they in time or not."""
    count = routes.route[other, COUNT]
    for i in range(count):
        if not week.may[routes.stops[other, i], k]:
            return False
    return bool(count <= week.day[k, MOST] and routes.route[other, LOADED] <= week.day[k, CAPACITY])


@inner
def _exchange(week: Week, routes: Routes, k: int, other: int) -> bool:
    """Exchange all visits of two routes; tell whether both can be driven."""
    route, stops = routes.route, routes.stops
    first, second = route[k, COUNT], route[other, COUNT]
    for i in range(max(first, second)):
        v = stops[k, i]
        stops[k, i] = stops[other, i]
        stops[other, i] = v
    route[k, COUNT], route[other, COUNT] = second, first
    for i in range(second):
        routes.place[stops[k, i], ROUTE] = k
    for i in range(first):
        routes.place[stops[other, i], ROUTE] = other
    good = refresh(week, routes, k)
    return refresh(week, routes, other) and good
