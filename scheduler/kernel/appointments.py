"""Appointments: putting groups of bound visits, and others beside them, on the routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.agreement import begin_step, enqueue, settle, stir, undo
from scheduler.kernel.bond_tables import (
    CHOSEN_CAR,
    CHOSEN_POSITION,
    CLOSED,
    END_AFTER,
    END_PART,
    EXTRA,
    FIRST_AFTER,
    FIRST_PART,
    FREE,
    IN_WAITING,
    OFFERED,
    OPENED,
    PLACES,
    QUEUED,
    WAITING,
    WHOLE,
)
from scheduler.kernel.changes import join, leave, refresh, touch
from scheduler.kernel.compiler import inner
from scheduler.kernel.costs import cost_of
from scheduler.kernel.groups import has_appointments, hold, is_made, note
from scheduler.kernel.insertion import insert
from scheduler.kernel.lots import draw
from scheduler.kernel.offers import allowed, bound_days, combine, look_for
from scheduler.kernel.tables import (
    AT,
    CLOSES,
    COUNT,
    OPENS,
    PENALTY,
    PLACED,
    ROUTE,
    TOO_DEAR,
    USED,
)

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Ints, Routes, Week

_MOMENTS = 4  # ways to choose a start, two of them the first one
_HOPES = 2  # what follows counts for what it follows once in so many times


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
def _unseat(routes: Routes, v: int) -> None:
    """Take visit *v* off its route again, whose times wait for :func:`undo`."""
    k, count = routes.place[v, ROUTE], routes.route[routes.place[v, ROUTE], COUNT] - 1
    for x in range(routes.place[v, AT], count):
        routes.stops[k, x] = routes.stops[k, x + 1]
    routes.route[k, COUNT] = count
    routes.numbers[PLACED] -= 1
    if count == 0:
        routes.numbers[USED] -= 1
    leave(routes, v)


@inner
def insert_beside(week: Week, routes: Routes, bonds: Bonds, v: int, hurry: bool) -> int:
    """Insert visit *v*, which is not bound, and let appointments follow; return the gain."""
    gain = insert(week, routes, v, hurry)
    k = routes.place[v, ROUTE]
    if k < 0 or not has_appointments(routes, bonds, k):
        return gain
    begin_step(bonds)
    enqueue(bonds, k)
    cost = settle(week, routes, bonds, bonds.counts[QUEUED])
    if cost < TOO_DEAR:
        return gain + cost
    _unseat(routes, v)
    undo(week, routes, bonds)
    return cost - cost


@inner
def _find_places(week: Week, routes: Routes, bonds: Bonds, g: int, least: int) -> tuple[int, int]:
    """Choose places for all parts of group *g* that together add less than *least*.

    Returns the first and last start; the places stand in ``Bonds.lists``. Days on which the parts
    could add little come first.
    """
    group, first, last = bonds.group[g], 0, -1
    size, total = group[END_PART] - group[FIRST_PART], len(bonds.least) - 1
    bound_days(week, routes, bonds, g)
    while True:
        d = g - g  # no literal: numba would compile what it hands it to once more
        for other in range(1, len(bonds.clock)):
            if bonds.least[total, other] < bonds.least[total, d]:
                d = other
        bound = bonds.least[total, d]
        if bound >= least:
            return first, last
        bonds.least[total, d] = TOO_DEAR
        bound = _offer_day(week, routes, bonds, g, d, bound, least)
        if bound >= least:
            continue
        cost, a, b = combine(bonds.offers, bonds.tried, size, least)
        if cost < least:
            least, first, last = cost, a, b
            for x in range(size):
                bonds.lists[PLACES + x, 0] = bonds.tried[CHOSEN_CAR, x]
                bonds.lists[PLACES + x, 1] = bonds.tried[CHOSEN_POSITION, x]


@inner
def _offer_day(
    week: Week, routes: Routes, bonds: Bonds, g: int, d: int, bound: int, least: int
) -> int:
    """List places for all parts of group *g* on day *d*; return what they add at least.

    That is *bound* before any is found; places that make it *least* or more are not listed.
    """
    first, last = allowed(routes, bonds, g, d)
    if first > last:
        return TOO_DEAR
    for x in range(bonds.group[g, END_PART] - bonds.group[g, FIRST_PART]):
        v = bonds.parts[bonds.group[g, FIRST_PART] + x]
        below = least - bound + bonds.least[x, d]
        size = look_for(week, routes, bonds, x, v, d, first, last, below)
        if size == 0:
            return TOO_DEAR
        bonds.tried[OFFERED, x] = size
        bound += bonds.offers[x, 0, EXTRA] - bonds.least[x, d]
    return bound


@inner
def _appoint(week: Week, routes: Routes, bonds: Bonds, g: int, hope: int) -> int:
    """Put all parts of group *g* where they add least driving, unless that is dearer than they are.

    They may cost *hope* more, for the sake of what follows. Returns the gain.
    """
    group, cost = bonds.group[g], hope - hope
    for x in range(group[FIRST_PART], group[END_PART]):
        v = bonds.parts[x]
        cost -= week.visit[v, PENALTY]
        week.visit[v, OPENS], week.visit[v, CLOSES] = bonds.part[v, OPENED], bonds.part[v, CLOSED]
    first, last = _find_places(week, routes, bonds, g, hope - cost)
    if first > last:
        return hope - hope
    if not group[FREE]:
        first = last = _moment(routes.numbers, first, last)
    begin_step(bonds)
    note(bonds, g)
    hold(week, bonds, g, first, last)
    for x in range(group[END_PART] - group[FIRST_PART]):
        k, i = bonds.lists[PLACES + x, 0], bonds.lists[PLACES + x, 1]
        cost += _seat(week, routes, bonds.parts[group[FIRST_PART] + x], k, i)
        stir(routes, bonds, k)
        enqueue(bonds, k)
    more = settle(week, routes, bonds, bonds.counts[QUEUED])
    if more < TOO_DEAR:
        return cost + more
    for x in range(group[FIRST_PART], group[END_PART]):
        _unseat(routes, bonds.parts[x])
    undo(week, routes, bonds)
    return hope - hope


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
