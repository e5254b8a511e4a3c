"""Changes of routes: visits leave and join them, and what changed can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.costs import cost_of
from scheduler.kernel.limits import tell
from scheduler.kernel.tables import (
    ABSENT,
    ABSENTEES,
    AT,
    BEST,
    COST,
    COUNT,
    DIRTY,
    DIRTY_ONES,
    EXCESS,
    HOURS,
    HOURS_TOLD,
    IS_DIRTY,
    IS_TOUCHED,
    KEPT,
    PENALTY,
    PLACED,
    POOLED,
    ROUTE,
    SAVED,
    STAMP,
    STAMPED,
    TEAM,
    TEAMS,
    TOUCHED,
    TOUCHED_ONES,
    USED,
)
from scheduler.kernel.times import retime

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week


@inner
def refresh(week: Week, routes: Routes, k: int) -> bool:
    """Bring all that is noted of route *k* up to date; tell whether it can be driven."""
    for i in range(routes.route[k, COUNT]):
        routes.place[routes.stops[k, i], AT] = i
    good = retime(week.to, week.visit, week.day, routes.stops, routes.times, routes.route, k)
    if routes.numbers[TEAMS]:
        route = routes.route[k]
        routes.tally[0, week.day[k, TEAM]] += route[HOURS] - route[HOURS_TOLD]
        route[HOURS_TOLD] = route[HOURS]
    if len(week.limit) > 0:
        tell(week, routes, k)
    return good


@inner
def touch(routes: Routes, k: int) -> None:
    """Remember route *k* as it is, once in an iteration."""
    if routes.route[k, IS_TOUCHED]:
        return
    numbers, lists = routes.numbers, routes.lists
    routes.route[k, IS_TOUCHED] = 1
    lists[TOUCHED_ONES, numbers[TOUCHED]] = k
    numbers[TOUCHED] += 1
    routes.route[k, SAVED] = routes.route[k, COUNT]
    for i in range(routes.route[k, COUNT]):
        routes.saved[k, i] = routes.stops[k, i]


@inner
def accept(routes: Routes) -> None:
    """Let every touched route stay as it now is, to be looked at when the best ones are kept."""
    numbers, lists = routes.numbers, routes.lists
    for x in range(numbers[TOUCHED]):
        k = lists[TOUCHED_ONES, x]
        numbers[STAMPED] += 1  # nothing is known any more about places in the route
        routes.route[k, STAMP] = numbers[STAMPED]
        if not routes.route[k, IS_DIRTY]:
            routes.route[k, IS_DIRTY] = 1
            lists[DIRTY_ONES, numbers[DIRTY]] = k
            numbers[DIRTY] += 1


@inner
def leave(routes: Routes, v: int) -> None:
    """Enter visit *v* among those that no route serves."""
    numbers, lists = routes.numbers, routes.lists
    routes.place[v, ROUTE] = -1
    lists[ABSENTEES, numbers[ABSENT]] = v
    routes.place[v, AT] = numbers[ABSENT]
    numbers[ABSENT] += 1


@inner
def join(routes: Routes, v: int, k: int) -> None:
    """Strike visit *v* off the absent ones: route *k* serves it."""
    numbers, lists = routes.numbers, routes.lists
    numbers[ABSENT] -= 1
    other, at = lists[ABSENTEES, numbers[ABSENT]], routes.place[v, AT]
    lists[ABSENTEES, at] = other
    routes.place[other, AT] = at
    routes.place[v, ROUTE] = k


@inner
def cut(week: Week, routes: Routes, k: int, first: int, length: int, spared: int) -> int:
    """Take *length* visits off route *k* from *first* on, sparing one position; return the gain.

    Where drives do not obey the triangle inequality the rest can be late: then it goes too.
    """
    touch(routes, k)
    numbers = routes.numbers
    cost = -cost_of(week, routes, k)
    kept = first
    for i in range(first, routes.route[k, COUNT]):
        v = routes.stops[k, i]
        if i < first + length and i != spared:
            leave(routes, v)
            cost += week.visit[v, PENALTY]
        else:
            routes.stops[k, kept] = v
            kept += 1
    numbers[PLACED] -= routes.route[k, COUNT] - kept
    routes.route[k, COUNT] = kept
    if not refresh(week, routes, k):
        for i in range(kept):
            leave(routes, routes.stops[k, i])
            cost += week.visit[routes.stops[k, i], PENALTY]
        numbers[PLACED] -= kept
        routes.route[k, COUNT] = 0
        refresh(week, routes, k)
    if routes.route[k, COUNT] == 0:
        numbers[USED] -= 1
    return cost + cost_of(week, routes, k)


@inner
def restore(week: Week, routes: Routes) -> None:
    """Give every touched route back as it was."""
    numbers, lists = routes.numbers, routes.lists
    for x in range(numbers[TOUCHED]):
        k = lists[TOUCHED_ONES, x]
        numbers[PLACED] -= routes.route[k, COUNT]
        numbers[USED] -= routes.route[k, COUNT] > 0
        for i in range(routes.route[k, COUNT]):
            leave(routes, routes.stops[k, i])
    for x in range(numbers[TOUCHED]):
        k = lists[TOUCHED_ONES, x]
        count = routes.route[k, SAVED]
        for i in range(count):
            routes.stops[k, i] = routes.saved[k, i]
            join(routes, routes.saved[k, i], k)
        routes.route[k, COUNT] = count
        numbers[PLACED] += count
        numbers[USED] += count > 0
        refresh(week, routes, k)


@inner
def keep_best(routes: Routes) -> None:
    """Copy routes that changed since the last best ones, also into the pool (a ring)."""
    numbers, lists = routes.numbers, routes.lists
    for x in range(numbers[DIRTY]):
        k = lists[DIRTY_ONES, x]
        routes.route[k, IS_DIRTY] = 0
        count = routes.route[k, COUNT]
        routes.route[k, KEPT] = count
        row = routes.pool[numbers[POOLED] % len(routes.pool)]
        numbers[POOLED] += 1
        row[0], row[1] = k, count
        for i in range(count):
            routes.best[k, i] = routes.stops[k, i]
            row[i + 2] = routes.stops[k, i]
    numbers[DIRTY] = 0
    numbers[BEST] = numbers[COST] + numbers[EXCESS]
