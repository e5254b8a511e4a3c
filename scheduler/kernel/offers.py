"""Places for the parts of a joint visit, and the cheapest ones that share a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import (
    BEGIN,
    CAR,
    CHOICE,
    CHOSEN_CAR,
    CHOSEN_POSITION,
    END_AFTER,
    END_LINK,
    END_PART,
    EXTRA,
    FIRST_AFTER,
    FIRST_LINK,
    FIRST_PART,
    FROM,
    OFFERED,
    OFFERS,
    OPEN_FROM,
    OPEN_TO,
    POSITION,
    ROUND,
    SPENT,
    TO,
)
from scheduler.kernel.compiler import inner
from scheduler.kernel.groups import is_made
from scheduler.kernel.limits import has_room
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import (
    CLOSES,
    COUNT,
    DEAR,
    EARLY,
    END_CAR,
    FAR,
    FINISH,
    FIRST_CAR,
    FREE_AFTER,
    FREE_BEFORE,
    HOME,
    LAST_AFTER,
    LAST_BEFORE,
    LATE,
    LEG,
    LUNCH,
    OPENS,
    ROUTE,
    SERVICE,
    TOO_DEAR,
)
from scheduler.kernel.times import later

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Ints, Routes, Week

_STEPS = 3_000  # combinations of places tried on one day
_BLINK = 100  # one route in so many is overlooked


@inner
def span(
    visit: Ints, day: Ints, times: Ints, k: int, v: int, i: int, then: int, come: int, go: int,
    fed: int,
) -> tuple[int, int]:  # fmt: skip
    """Return the first and last start of *v* on route *k*, lunch over (*fed* 1) or to come (0).

    What stands before position *i* and from *then* on stays.
    """
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    service, over = visit[v, SERVICE] + go, times[k, then, LAST_AFTER]
    before = times[k, i, FREE_BEFORE]
    if fed:
        first = times[k, i, FREE_AFTER] + come
        if before <= late:
            first = min(first, length + max(early, before + come))
        last = over - service
    else:
        first = before + come
        last = times[k, then, LAST_BEFORE] - service
        if length + early <= over:
            last = max(last, min(late - visit[v, SERVICE], over - length - service))
    return max(first, visit[v, OPENS]), min(last, visit[v, CLOSES])


@inner
def allowed(routes: Routes, bonds: Bonds, g: int, d: int) -> tuple[int, int]:
    """Return first and last start of group *g* on day *d* beside the visits on the routes."""
    group = bonds.group[g]
    first, last = -FAR, FAR
    for x in range(group[FIRST_LINK], group[END_LINK]):
        other = bonds.links[x, 0]
        if not is_made(routes, bonds, other):
            return FAR, -FAR
        k = routes.place[bonds.parts[bonds.group[other, FIRST_PART]], ROUTE]
        begin = bonds.group[other, BEGIN] + bonds.clock[bonds.day[k]] - bonds.clock[d]
        first = max(first, begin + bonds.links[x, 1])
        if bonds.links[x, 2] >= 0:
            last = min(last, begin + bonds.links[x, 2])
    for x in range(group[FIRST_AFTER], group[END_AFTER]):
        other = bonds.after[x]
        if not is_made(routes, bonds, other):
            continue
        k = routes.place[bonds.parts[bonds.group[other, FIRST_PART]], ROUTE]
        begin = bonds.group[other, BEGIN] + bonds.clock[bonds.day[k]] - bonds.clock[d]
        for y in range(bonds.group[other, FIRST_LINK], bonds.group[other, END_LINK]):
            if bonds.links[y, 0] == g:
                last = min(last, begin - bonds.links[y, 1])
                if bonds.links[y, 2] >= 0:
                    first = max(first, begin - bonds.links[y, 2])
    for x in range(group[FIRST_PART], group[END_PART]):
        r = bonds.part[bonds.parts[x], ROUND]
        if r < 0:
            continue
        for y in range(bonds.rounds[r], bonds.rounds[r + 1]):
            k = routes.place[bonds.members[y], ROUTE]
            if k >= 0 and bonds.day[k] != d:
                return FAR, -FAR
    return first, last


@inner
def _offer(
    offers: Ints, size: int, row: int, extra: int, k: int, i: int, first: int, last: int
) -> int:
    """Enter a place among the *size* cheapest ones of a part; return how many there are now."""
    x = size if size < OFFERS else size - 1
    while x > 0 and offers[row, x - 1, EXTRA] > extra:
        for y in range(5):
            offers[row, x, y] = offers[row, x - 1, y]
        x -= 1
    offers[row, x, EXTRA], offers[row, x, CAR], offers[row, x, POSITION] = extra, k, i
    offers[row, x, FROM], offers[row, x, TO] = first, last
    return min(OFFERS, size + 1)


@inner
def bound_days(week: Week, routes: Routes, bonds: Bonds, g: int) -> None:
    """Note what each part of group *g* adds at least on each day, and what all of them do.

    In ``Bonds.least``, in a row for each part, and in the last one for all.
    """
    least, first, end = bonds.least, bonds.group[g, FIRST_PART], bonds.group[g, END_PART]
    total = len(least) - 1
    for d in range(len(bonds.clock)):
        least[total, d] = 0
    for x in range(end - first):
        v = bonds.parts[first + x]
        for d in range(len(bonds.clock)):
            least[x, d] = TOO_DEAR
        for at in range(week.visit[v, FIRST_CAR], week.visit[v, END_CAR]):
            k = week.cars[at]
            if has_room(week, routes, v, k):
                d = bonds.day[k]
                least[x, d] = min(least[x, d], _least_detour(week, routes, v, k))
        for d in range(len(bonds.clock)):
            least[total, d] += least[x, d]


@inner
def _least_detour(week: Week, routes: Routes, v: int, k: int) -> int:
    """Return what visit *v* adds at least to route *k*, whether it fits in time or not."""
    to, back, count, here = week.to[v], week.back[v], routes.route[k, COUNT], week.day[k, HOME]
    least = TOO_DEAR
    for i in range(count + 1):
        there = routes.stops[k, i] if i < count else week.day[k, FINISH]
        least = min(least, back[here] + to[there] - routes.times[k, i, LEG])
        here = there
    return least + week.price[v, k] if len(week.price) > 0 else least


@inner
def look_for(
    week: Week, routes: Routes, bonds: Bonds, row: int, v: int, d: int, first: int, last: int,
    below: int,
) -> int:  # fmt: skip
    """List the cheapest places for part *row*, visit *v*, that start on day *d* in time.

    They add less than *below*.

    Returns how many there are.
    """
    times, route, stops, numbers = routes.times, routes.route, routes.stops, routes.numbers
    visit, day, offers, days = week.visit, week.day, bonds.offers, bonds.day
    to, back, cars, priced = week.to[v], week.back[v], week.cars, len(week.price) > 0
    size, last = first - first, min(last, visit[v, CLOSES])
    for at in range(visit[v, FIRST_CAR], visit[v, END_CAR]):
        k = cars[at]
        if days[k] != d:
            continue
        count = route[k, COUNT]
        if not has_room(week, routes, v, k) or draw(numbers, +_BLINK) == 0:
            continue
        here, price = day[k, HOME], week.price[v, k] if priced else 0
        for i in range(count + 1):
            if min(times[k, i, FREE_BEFORE], times[k, i, FREE_AFTER]) > last:
                break
            there = stops[k, i] if i < count else day[k, FINISH]
            come, go = back[here] + 0, to[there] + 0  # wide, as the other caller of span has them
            here = there
            extra = come + go - times[k, i, LEG] + price
            if day[k, DEAR]:
                extra += later(week, routes, k, i, v, go)
            if extra >= below or (size == OFFERS and extra >= offers[row, size - 1, EXTRA]):
                continue
            low, high = +FAR, -FAR  # of starts with lunch still to come
            for fed in range(2):
                a, b = span(visit, day, times, k, v, i, i, come, go, fed)
                a, b = max(a, first), min(b, last)
                if fed and low <= high:
                    if low <= a <= high + 1:
                        a, b = low, max(b, high)
                    else:
                        size = _offer(offers, size, row, extra, k, i, low, high)
                low, high = a, b
            if low <= high:
                size = _offer(offers, size, row, extra, k, i, low, high)
    return size


@inner
def combine(offers: Ints, tried: Ints, size: int, least: int) -> tuple[int, int, int]:
    """Choose a place for each of *size* parts: other cars, one start, cheaper than *least*.

    Returns the cost and the first and last start; the places stand in ``Bonds.tried``.
    """
    first, last, level, steps = 0, -1, 0, 0
    tried[CHOICE, 0], tried[SPENT, 0] = 0, 0
    tried[OPEN_FROM, 0], tried[OPEN_TO, 0] = -FAR, FAR
    rest = 0
    for x in range(1, size):
        rest += offers[x, 0, EXTRA]
    while level >= 0 and steps < _STEPS:
        steps += 1
        at = tried[CHOICE, level]
        spent = tried[SPENT, level]
        if at < tried[OFFERED, level]:
            spent += offers[level, at, EXTRA]
        if at >= tried[OFFERED, level] or spent + rest >= least:
            level -= 1
            if level >= 0:
                rest += offers[level + 1, 0, EXTRA]
                tried[CHOICE, level] += 1
            continue
        low = max(tried[OPEN_FROM, level], offers[level, at, FROM])
        high = min(tried[OPEN_TO, level], offers[level, at, TO])
        other = low <= high
        for x in range(level):
            other = other and offers[x, tried[CHOICE, x], CAR] != offers[level, at, CAR]
        if not other:
            tried[CHOICE, level] += 1
        elif level == size - 1:
            least, first, last = spent, low, high
            for x in range(size):
                tried[CHOSEN_CAR, x] = offers[x, tried[CHOICE, x], CAR]
                tried[CHOSEN_POSITION, x] = offers[x, tried[CHOICE, x], POSITION]
        else:
            level += 1
            rest -= offers[level, 0, EXTRA]
            tried[CHOICE, level], tried[SPENT, level] = 0, spent
            tried[OPEN_FROM, level], tried[OPEN_TO, level] = low, high
    return least, first, last
