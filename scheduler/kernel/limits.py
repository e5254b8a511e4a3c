"""How many visits of a set a week, a day or a team-day takes, and what else has no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.tables import (
    BY_CAR,
    CAPACITY,
    COUNT,
    DAY,
    END_LIMIT,
    FIRST_LIMIT,
    HOURS,
    LOAD,
    LOADED,
    MOST,
    MOST_HOURS,
    OF_THEM,
    ON_DAY,
    SERVICE,
    TOLD,
    WITHIN,
)

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week


@inner
def tell(week: Week, routes: Routes, k: int) -> None:
    """Count the visits of route *k*, instead of those that it had, against their limits."""
    for i in range(routes.route[k, TOLD]):
        v = routes.told[k, i]
        for at in range(week.visit[v, FIRST_LIMIT], week.visit[v, END_LIMIT]):
            routes.tally[1 + week.cars[at], _bucket(week, week.cars[at], k)] -= 1
    count = routes.route[k, COUNT]
    for i in range(count):
        v = routes.stops[k, i]
        routes.told[k, i] = v
        for at in range(week.visit[v, FIRST_LIMIT], week.visit[v, END_LIMIT]):
            routes.tally[1 + week.cars[at], _bucket(week, week.cars[at], k)] += 1
    routes.route[k, TOLD] = count


@inner
def _bucket(week: Week, at: int, k: int) -> int:
    """Return where limit *at* counts a visit of team-day *k*."""
    within = week.limit[at, WITHIN]
    if within == ON_DAY:
        return week.day[k, DAY]  # type: ignore[no-any-return]
    return k if within == BY_CAR else 0


@inner
def _may_still(week: Week, routes: Routes, v: int, k: int) -> bool:
    """Tell whether no limit keeps visit *v* from joining route *k*."""
    for at in range(week.visit[v, FIRST_LIMIT], week.visit[v, END_LIMIT]):
        limit = week.cars[at]
        if routes.tally[1 + limit, _bucket(week, limit, k)] >= week.limit[limit, OF_THEM]:
            return False
    return True


@inner
def has_room(week: Week, routes: Routes, v: int, k: int) -> bool:
    """Tell whether route *k* can take one more visit, its load and, roughly, its time."""
    day, route = week.day, routes.route
    if route[k, COUNT] >= day[k, MOST]:
        return False
    if route[k, HOURS] + week.visit[v, SERVICE] > day[k, MOST_HOURS]:
        return False
    if len(week.limit) > 0 and not _may_still(week, routes, v, k):
        return False
    return bool(route[k, LOADED] + week.visit[v, LOAD] <= day[k, CAPACITY])
