"""Appointments: putting groups of bound visits on the routes, and moving their starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import (
    APPOINTED,
    BEGIN,
    CHOSEN_CAR,
    CHOSEN_POSITION,
    CLOSED,
    END_AFTER,
    END_PART,
    EXTRA,
    FIRST_AFTER,
    FIRST_PART,
    GROUP,
    IN_WAITING,
    OFFERED,
    OPENED,
    WAITING,
    WHOLE,
)
from scheduler.kernel.changes import join, refresh, touch
from scheduler.kernel.compiler import inner
from scheduler.kernel.costs import cost_of
from scheduler.kernel.groups import fix, is_made, note
from scheduler.kernel.lots import draw
from scheduler.kernel.offers import allowed, combine, look_for, span
from scheduler.kernel.tables import (
    AT,
    CLOSES,
    COUNT,
    FAR,
    LATER,
    LEG,
    OPENS,
    PENALTY,
    PLACED,
    ROUTE,
    TOUCHED,
    TOUCHED_ONES,
    USED,
)

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Ints, Routes, Week

_MOMENTS = 4  # ways to choose a start, two of them the first one
_HOPES = 2  # what follows counts for what it follows once in so many times
_SLIDES = 2  # an appointment on a changed route is moved once in so many times


@inner
def _moment(numbers: Ints, first: int, last: int) -> int:
    """Return a start from *first* to *last*: often the first, sometimes the last, else any."""
    kind = draw(numbers, +_MOMENTS)
    if kind < 2:
        return first
    return last if kind == 2 else first + draw(numbers, last - first + 1)


@inner
def _seat(week: Week, routes: Routes, v: int, k: int, i: int) -> int:
    """Put visit *v* on route *k* at position *i*; return what that costs at its appointment."""
    touch(routes, k)
    cost = -cost_of(week, routes, k)
    count = routes.route[k, COUNT]
    for x in range(count, i, -1):
        routes.stops[k, x] = routes.stops[k, x - 1]
    routes.stops[k, i] = v
    routes.route[k, COUNT] = count + 1
    routes.numbers[PLACED] += 1
    if count == 0:
        routes.numbers[USED] += 1
    join(routes, v, k)
    refresh(week, routes, k)
    return cost + cost_of(week, routes, k)


@inner
def _appoint(week: Week, routes: Routes, bonds: Bonds, g: int, hope: int) -> int:
    """Put all parts of group *g* where they add least driving, unless that is dearer than they are.

    They may cost *hope* more, for the sake of what follows. Returns the gain.
    """
    group = bonds.group[g]
    size, worth = group[END_PART] - group[FIRST_PART], 0
    for x in range(group[FIRST_PART], group[END_PART]):
        v = bonds.parts[x]
        worth += week.visit[v, PENALTY]
        week.visit[v, OPENS], week.visit[v, CLOSES] = bonds.part[v, OPENED], bonds.part[v, CLOSED]
    least, first, last = worth + hope, 0, -1
    for d in range(len(bonds.clock)):
        low, high = allowed(routes, bonds, g, d)
        if low > high:
            continue
        met, bound = True, 0
        for x in range(size):
            v = bonds.parts[group[FIRST_PART] + x]
            bonds.tried[OFFERED, x] = look_for(week, routes, bonds, x, v, d, low, high, least)
            if bonds.tried[OFFERED, x] == 0:
                met = False
                break
            bound += bonds.offers[x, 0, EXTRA]
        if not met or bound >= least:
            continue
        cost, a, b = combine(bonds.offers, bonds.tried, size, least)
        if cost < least:
            least, first, last = cost, a, b
            for x in range(size):
                bonds.lists[2 + x, 0] = bonds.tried[CHOSEN_CAR, x]
                bonds.lists[2 + x, 1] = bonds.tried[CHOSEN_POSITION, x]
    if first > last:
        return 0
    note(bonds, g)
    fix(week, bonds, g, _moment(routes.numbers, first, last))
    cost = -worth
    for x in range(size):
        v = bonds.parts[group[FIRST_PART] + x]
        cost += _seat(week, routes, v, bonds.lists[2 + x, 0], bonds.lists[2 + x, 1])
    return cost


@inner
def _wait_for(week: Week, routes: Routes, bonds: Bonds, g: int) -> int:
    """List group *g* and absent ones that follow it, each once; return what those are worth."""
    waiting, worth, at = bonds.lists[WAITING], 0, 0
    waiting[0] = g
    bonds.counts[IN_WAITING] = 1
    while at < bonds.counts[IN_WAITING]:
        one = waiting[at]
        at += 1
        for x in range(bonds.group[one, FIRST_AFTER], bonds.group[one, END_AFTER]):
            other = bonds.after[x]
            known = not bonds.group[other, WHOLE] or is_made(routes, bonds, other)
            for y in range(bonds.counts[IN_WAITING]):
                known = known or waiting[y] == other
            if known:
                continue
            waiting[bonds.counts[IN_WAITING]] = other
            bonds.counts[IN_WAITING] += 1
            for y in range(bonds.group[other, FIRST_PART], bonds.group[other, END_PART]):
                worth += week.visit[bonds.parts[y], PENALTY]
    return worth


@inner
def meet(week: Week, routes: Routes, bonds: Bonds, g: int) -> int:
    """Put group *g* on the routes and then what follows it; return the gain.

    It may cost more than it is worth for the sake of what follows: now and then, as the hope is not
    always fulfilled.
    """
    if not bonds.group[g, WHOLE] or is_made(routes, bonds, g):
        return 0
    hope, gain = _wait_for(week, routes, bonds, g), 0
    if draw(routes.numbers, +_HOPES) > 0:
        hope -= hope  # no literal either
    # The waiting ones are in an order in which most follow what stands before them.
    for at in range(bonds.counts[IN_WAITING]):
        gain += _appoint(week, routes, bonds, bonds.lists[WAITING, at], hope)
        hope -= hope
    return gain


@inner
def _slide(week: Week, routes: Routes, bonds: Bonds, g: int) -> int:
    """Move the start of group *g*, its parts staying on their routes; return the cost."""
    group, numbers, times = bonds.group[g], routes.numbers, routes.times
    k = routes.place[bonds.parts[group[FIRST_PART]], ROUTE]
    first, last = allowed(routes, bonds, g, bonds.day[k])
    for x in range(group[FIRST_PART], group[END_PART]):
        v = bonds.parts[x]
        k, i = routes.place[v, ROUTE], routes.place[v, AT]
        come, go = times[k, i, LEG], times[k, i + 1, LEG]
        low, high = FAR, -FAR  # of starts with lunch still to come
        for fed in range(2):
            a, b = span(week.visit, week.day, bonds.part, times, k, v, i, i + 1, come, go, fed)
            if fed and low <= high:
                if low <= a <= high + 1:
                    a, b = low, max(b, high)
                elif a > b or group[BEGIN] <= high:
                    a, b = low, high
            low, high = a, b
        first, last = max(first, low), min(last, high)
    if first >= last:
        return 0
    cost = first - first
    note(bonds, g)
    fix(week, bonds, g, _moment(numbers, first, last))
    for x in range(group[FIRST_PART], group[END_PART]):
        k = routes.place[bonds.parts[x], ROUTE]
        touch(routes, k)
        cost -= routes.route[k, LATER]
        refresh(week, routes, k)
        cost += routes.route[k, LATER]
    return cost


@inner
def slide_some(week: Week, routes: Routes, bonds: Bonds) -> int:
    """Move appointments on routes that have just lost visits; return the cost."""
    cost = 0
    for x in range(routes.numbers[TOUCHED]):
        k = routes.lists[TOUCHED_ONES, x]
        for i in range(routes.route[k, COUNT]):
            g = bonds.part[routes.stops[k, i], GROUP]
            if g >= 0 and bonds.group[g, APPOINTED] and draw(routes.numbers, +_SLIDES) == 0:
                cost += _slide(week, routes, bonds, g)
    return cost
