"""Putting visits back where they cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.changes import join, refresh, touch
from scheduler.kernel.compiler import inner
from scheduler.kernel.costs import cost_of, more
from scheduler.kernel.limits import has_room
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import (
    ABSENT,
    ABSENTEES,
    ALIKE,
    ASKED,
    AT,
    BLINK,
    CLOSES,
    COUNT,
    DEAR,
    END_CAR,
    FINISH,
    FIRST_CAR,
    FREE_AFTER,
    FREE_BEFORE,
    HOME,
    IDLE_ASKED,
    IS_TOUCHED,
    KEY,
    LEG,
    LOAD,
    OPENS,
    PENALTY,
    PLACED,
    QUEUE,
    ROUTE,
    SERVICE,
    STAMP,
    TOO_DEAR,
    TOUCHED,
    TOUCHED_ONES,
    USED,
    WEIGHT,
)
from scheduler.kernel.times import fits, later

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week

_TRIED = 24  # visits left out earlier that one iteration tries again
_BLINK = 100  # one route in so many is overlooked
_FEW = 20  # team-days up to which a visit is tried everywhere
_EVERYWHERE = 20  # beyond that it is so once in so many times, else
_LOT = 16  # bits of a lot
_BULKY = 60  # seconds of service that a unit of load counts
_ORDERS = 20  # shares of the orders in which visits are put back


@inner
def line_up(week: Week, routes: Routes, fresh: int) -> int:
    """Put absent visits into the order of one way of recreating; return how many.

    Those after *fresh* have just been taken off; of those that were absent before a sample is
    tried again, so that a week with hundreds of visits left out costs no more than another. Their
    numbers are written as -1 - v.
    """
    numbers, lists = routes.numbers, routes.lists
    queue, key = lists[QUEUE], lists[KEY]
    total, size = numbers[ABSENT], 0
    for at in range(fresh, total):
        queue[size] = lists[ABSENTEES, at]
        size += 1
    if fresh <= _TRIED:
        for at in range(fresh):
            queue[size] = -1 - lists[ABSENTEES, at]
            size += 1
    else:
        offset = draw(numbers, fresh)
        for step in range(_TRIED):
            queue[size] = -1 - lists[ABSENTEES, (offset + step) % fresh]
            size += 1
    order = draw(numbers, +_ORDERS)
    station = week.day[0, HOME]
    for x in range(size):
        known = queue[x]
        v = max(known, -1 - known)
        if order < 7:
            rank = 0
        elif order < 10:
            rank = -week.visit[v, PENALTY]
        elif order < 12:
            rank = -week.visit[v, SERVICE] - week.visit[v, LOAD] * _BULKY
        elif order < 14:
            rank = -week.to[station, v]
        elif order < 15:
            rank = week.to[station, v]
        elif order < 16:
            rank = week.visit[v, OPENS]
        elif order < 17:
            rank = -week.visit[v, CLOSES]
        else:
            hours = week.visit[v, CLOSES] - week.visit[v, OPENS]
            rank = hours * (week.visit[v, END_CAR] - week.visit[v, FIRST_CAR])
        rank = (rank << _LOT) + draw(numbers, 1 << _LOT)  # lots decide among equals
        y = x
        while y > 0 and key[y - 1] > rank:
            key[y], queue[y] = key[y - 1], queue[y - 1]
            y -= 1
        key[y], queue[y] = rank, known
    return size


@inner
def _look_around(
    week: Week, routes: Routes, v: int, least: int, best_k: int, best_i: int
) -> tuple[int, int, int]:
    """Return the least cost that *v* adds beside its neighbours, and where; else what it got."""
    numbers, visit, day = routes.numbers, week.visit, week.day
    stops, times, route, place = routes.stops, routes.times, routes.route, routes.place
    to, back, priced = week.to[v], week.back[v], len(week.price) > 0
    for x in range(week.close.shape[1]):
        beside = week.close[v, x]
        if beside < 0:
            break
        k = place[beside >> 1, ROUTE]
        if k < 0 or not week.may[v, k]:
            continue
        i = place[beside >> 1, AT] + (beside & 1)
        here = stops[k, i - 1] if i > 0 else day[k, HOME]
        there = stops[k, i] if i < route[k, COUNT] else day[k, FINISH]
        come, go = back[here], to[there]
        extra = come + go - times[k, i, LEG]
        if priced:
            extra += week.price[v, k]
        if numbers[WEIGHT]:
            extra += more(week, routes, v, k, extra)
        if extra >= least:
            continue
        if not has_room(week, routes, v, k):
            continue
        if day[k, DEAR]:
            extra += later(week, routes, k, i, v, go)
            if extra >= least:
                continue
        numbers[BLINK] -= 1
        if numbers[BLINK] < 0:
            numbers[BLINK] = draw(numbers, +_BLINK)
            continue
        if fits(visit, day, times, k, i, v, come, go):
            least, best_k, best_i = extra, k, i
    return least, best_k, best_i


@inner
def look_into(week: Week, routes: Routes, v: int, k: int, least: int) -> int:
    """Return the least cost that *v* adds to route *k*, times 2**16 plus where.

    It is *least* times 2**16 if nothing less fits.
    """
    visit, day, stops, times = week.visit, week.day, routes.stops, routes.times
    to, back, closes = week.to[v], week.back[v], visit[v, CLOSES]
    count, here, found = routes.route[k, COUNT], day[k, HOME], least << 16
    price = week.price[v, k] if len(week.price) > 0 else 0
    for i in range(count + 1):
        if min(times[k, i, FREE_BEFORE], times[k, i, FREE_AFTER]) > closes:
            break
        there = stops[k, i] if i < count else day[k, FINISH]
        come, go = back[here], to[there]
        extra = come + go - times[k, i, LEG] + price
        if extra < least and fits(visit, day, times, k, i, v, come, go):
            if day[k, DEAR]:
                extra += later(week, routes, k, i, v, go)
            if extra < least:
                least = extra
                found = (extra << 16) + i
        here = there
    return found


@inner
def _look_everywhere(
    week: Week, routes: Routes, v: int, least: int, best_k: int, best_i: int
) -> tuple[int, int, int]:
    """Return the least cost that *v* adds anywhere, and where; else what it got.

    Of idle team-days that are alike one is tried. What was found in a route is remembered until
    the route changes.
    """
    numbers, visit, day, route, known = (
        routes.numbers,
        week.visit,
        week.day,
        routes.route,
        routes.known,
    )
    numbers[ASKED] += 1
    asked, dear = numbers[ASKED], max(least, TOO_DEAR)
    for at in range(visit[v, FIRST_CAR], visit[v, END_CAR]):
        k = week.cars[at]
        if not has_room(week, routes, v, k):
            continue
        if route[k, COUNT] == 0:
            if route[day[k, ALIKE], IDLE_ASKED] == asked:
                continue
            route[day[k, ALIKE], IDLE_ASKED] = asked
        numbers[BLINK] -= 1
        if numbers[BLINK] < 0:
            numbers[BLINK] = draw(numbers, +_BLINK)
            continue
        if route[k, IS_TOUCHED]:
            found = look_into(week, routes, v, k, dear if numbers[WEIGHT] else least)
        elif known[v, k, 0] == route[k, STAMP]:
            found = known[v, k, 1]
        else:
            found = look_into(week, routes, v, k, dear)
            known[v, k, 0] = route[k, STAMP]
            known[v, k, 1] = found
        extra = found >> 16
        if numbers[WEIGHT] and extra < TOO_DEAR:
            extra += more(week, routes, v, k, extra)
        if extra < least:
            least, best_k, best_i = extra, k, found & 0xFFFF
    return least, best_k, best_i


@inner
def insert(week: Week, routes: Routes, v: int, hurry: bool) -> int:
    """Put *v* where it adds least cost, unless leaving it out is cheaper; return the gain.

    In a *hurry* only routes that changed are looked into: nothing was found elsewhere before.
    """
    numbers, day = routes.numbers, week.day
    nobody = len(day)  # no literal: numba would compile what it is handed to twice
    least, best_k, best_i = week.visit[v, PENALTY], nobody, nobody
    everywhere = draw(numbers, +_EVERYWHERE) == 0
    if hurry and not everywhere:
        for x in range(numbers[TOUCHED]):
            k = routes.lists[TOUCHED_ONES, x]
            if week.may[v, k] and has_room(week, routes, v, k):
                found = look_into(week, routes, v, k, TOO_DEAR if numbers[WEIGHT] else least)
                extra = found >> 16
                if numbers[WEIGHT] and extra < TOO_DEAR:
                    extra += more(week, routes, v, k, extra)
                if extra < least:
                    least, best_k, best_i = extra, k, found & 0xFFFF
    elif len(day) > _FEW and not everywhere:
        least, best_k, best_i = _look_around(week, routes, v, least, best_k, best_i)
        everywhere = best_k == nobody
    else:
        everywhere = True
    if everywhere:
        least, best_k, best_i = _look_everywhere(week, routes, v, least, best_k, best_i)
    if best_k == nobody:
        return 0
    touch(routes, best_k)
    if numbers[WEIGHT]:
        least = -cost_of(week, routes, best_k)
    count = routes.route[best_k, COUNT]
    for i in range(count, best_i, -1):
        routes.stops[best_k, i] = routes.stops[best_k, i - 1]
    routes.stops[best_k, best_i] = v
    routes.route[best_k, COUNT] = count + 1
    numbers[PLACED] += 1
    if count == 0:
        numbers[USED] += 1
    join(routes, v, best_k)
    refresh(week, routes, best_k)
    if numbers[WEIGHT]:  # what was weighed were hours too
        least += cost_of(week, routes, best_k)
    return least - week.visit[v, PENALTY]  # type: ignore[no-any-return]
