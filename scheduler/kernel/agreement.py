"""When bound visits may start so that all routes agree: as early and as late as can be.

An insertion delays what comes after it on its route, thereby partners on other routes, and what
comes after those. So windows of appointments are narrowed, route by route, until every route can
keep to them; visits that leave a route open them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import (
    BEGIN,
    END_PART,
    FIRST_PART,
    FIRST_QUEUED,
    FREE,
    IS_QUEUED,
    OF_STEP,
    QUEUED,
    QUEUED_ONES,
    STEP,
    STEP_BEGIN,
    STEP_ONES,
    STEP_UNTIL,
    STIRRED,
    STIRRED_IN,
    STIRRED_ONES,
    UNTIL,
)
from scheduler.kernel.changes import refresh, touch
from scheduler.kernel.compiler import inner
from scheduler.kernel.groups import appointment, hold, hours, note
from scheduler.kernel.offers import span
from scheduler.kernel.tables import (
    CLOSES,
    COUNT,
    EARLY,
    END,
    FAR,
    LATE,
    LATER,
    LEG,
    LUNCH,
    OPENS,
    ROUTE,
    SERVICE,
    START,
    TOO_DEAR,
    TOUCHED,
    TOUCHED_ONES,
)
from scheduler.kernel.times import home_at

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Routes, Week

_LOOKS = 300  # routes that one change may cause to be looked at
_DELAYS = 6  # appointments of one iteration that may be put off for a lunch


@inner
def begin_step(bonds: Bonds) -> None:
    """Begin a change that can be undone by itself."""
    bonds.counts[STEP] += 1
    bonds.counts[OF_STEP] = 0
    bonds.counts[STIRRED] = 0


@inner
def enqueue(bonds: Bonds, k: int) -> None:
    """Have the appointments of route *k* looked at."""
    queue, counts = bonds.queue, bonds.counts
    if not queue[IS_QUEUED, k]:
        queue[IS_QUEUED, k] = 1
        queue[QUEUED_ONES, (counts[FIRST_QUEUED] + counts[QUEUED]) % queue.shape[1]] = k
        counts[QUEUED] += 1


@inner
def _next_queued(bonds: Bonds) -> int:
    queue, counts = bonds.queue, bonds.counts
    k = queue[QUEUED_ONES, counts[FIRST_QUEUED]]
    counts[FIRST_QUEUED] = (counts[FIRST_QUEUED] + 1) % queue.shape[1]
    counts[QUEUED] -= 1
    queue[IS_QUEUED, k] = 0
    return k  # type: ignore[no-any-return]


@inner
def _enqueue_parts(routes: Routes, bonds: Bonds, g: int) -> None:
    for x in range(bonds.group[g, FIRST_PART], bonds.group[g, END_PART]):
        k = routes.place[bonds.parts[x], ROUTE]
        if k >= 0:
            enqueue(bonds, k)


@inner
def stir(routes: Routes, bonds: Bonds, k: int) -> None:
    """Remember that route *k* is timed anew in this step."""
    touch(routes, k)
    queue, counts = bonds.queue, bonds.counts
    if queue[STIRRED_IN, k] != counts[STEP]:
        queue[STIRRED_IN, k] = counts[STEP]
        queue[STIRRED_ONES, counts[STIRRED]] = k
        counts[STIRRED] += 1


@inner
def _starts(week: Week, routes: Routes, k: int, i: int) -> tuple[int, int]:
    """Return the first and last start of what stands at position *i* of route *k*."""
    times, v, then = routes.times, routes.stops[k, i], i + 1
    come, go, fed = times[k, i, LEG], times[k, then, LEG], i - i
    first, last = span(week.visit, week.day, times, k, v, i, then, come, go, fed)
    other, final = span(week.visit, week.day, times, k, v, i, then, come, go, fed + 1)
    if first > last:
        return other, final
    return (min(first, other), max(last, final)) if other <= final else (first, last)


@inner
def _agree(week: Week, routes: Routes, bonds: Bonds, k: int) -> bool:
    """Narrow appointments of route *k* to what it can keep; tell whether it can keep all."""
    for i in range(routes.route[k, COUNT]):
        g = appointment(routes, bonds, k, i)
        if g < 0:
            continue
        first, last = _starts(week, routes, k, i)
        if first > last:
            return False
        if first > bonds.group[g, BEGIN] or last < bonds.group[g, UNTIL]:
            note(bonds, g)
            hold(week, bonds, g, first, last)
            _enqueue_parts(routes, bonds, g)
    return True


@inner
def settle(week: Week, routes: Routes, bonds: Bonds, fresh: int) -> int:
    """Narrow appointments until all routes in the queue agree; return the cost.

    The first *fresh* of them are timed already. It is TOO_DEAR where routes cannot agree.
    """
    cost, looks, good = fresh - fresh, 0, True
    while bonds.counts[QUEUED] > 0:
        k = _next_queued(bonds)
        if not good:
            continue
        stir(routes, bonds, k)
        looks += 1
        if looks > fresh:
            cost -= routes.route[k, LATER]
            good = refresh(week, routes, k) and looks <= _LOOKS
            cost += routes.route[k, LATER]
        good = good and _agree(week, routes, bonds, k)
    return cost if good else TOO_DEAR


@inner
def undo(week: Week, routes: Routes, bonds: Bonds) -> None:
    """Give appointments and times of this step back."""
    for x in range(bonds.counts[OF_STEP]):
        g = bonds.lists[STEP_ONES, x]
        hold(week, bonds, g, bonds.group[g, STEP_BEGIN], bonds.group[g, STEP_UNTIL])
    for x in range(bonds.counts[STIRRED]):
        refresh(week, routes, bonds.queue[STIRRED_ONES, x])


@inner
def widen(week: Week, routes: Routes, bonds: Bonds) -> int:
    """Open appointments on routes that have lost visits as far as can be; return the cost."""
    begin_step(bonds)
    for x in range(routes.numbers[TOUCHED]):
        k = routes.lists[TOUCHED_ONES, x]
        for i in range(routes.route[k, COUNT]):
            g = appointment(routes, bonds, k, i)
            if g >= 0 and bonds.group[g, FREE]:
                first, last = hours(bonds, g)
                note(bonds, g)
                hold(week, bonds, g, first, last)
                _enqueue_parts(routes, bonds, g)
    return settle(week, routes, bonds, bonds.counts[QUEUED] - bonds.counts[QUEUED])


@inner
def keep_first(week: Week, routes: Routes, bonds: Bonds) -> int:
    """See that all groups can start together when each may first; return the cost.

    Where lunch is in the way of that, one is put off. It is TOO_DEAR where that does not help.
    """
    numbers, x, delays = routes.numbers, 0, 0
    cost = numbers[TOUCHED] - numbers[TOUCHED]
    while x < numbers[TOUCHED]:
        kept, g, moment = _keeps_first(week, routes, bonds, routes.lists[TOUCHED_ONES, x])
        x += 1
        if kept:
            continue
        delays += 1
        if g < 0 or delays > _DELAYS:
            return TOO_DEAR
        note(bonds, g)
        hold(week, bonds, g, moment, bonds.group[g, UNTIL])
        _enqueue_parts(routes, bonds, g)
        cost += settle(week, routes, bonds, delays - delays)
        if cost >= TOO_DEAR:
            return TOO_DEAR
        x = 0
    return cost  # type: ignore[no-any-return]


@inner
def _keeps_first(week: Week, routes: Routes, bonds: Bonds, k: int) -> tuple[bool, int, int]:
    """Tell whether route *k* keeps the first start of all its groups.

    Also which one, if any, would leave time for lunch before it, and when it would start then.
    """
    visit, day, count = week.visit, week.day, routes.route[k, COUNT]
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    before = day[k, START] if length else FAR
    after = max(day[k, START], early + length) if length else day[k, START]
    found, moment, any_of_them = -1, 0, False
    for i in range(count):
        v, drive, g = routes.stops[k, i], routes.times[k, i, LEG], appointment(routes, bonds, k, i)
        opens, closes, ready = visit[v, OPENS], visit[v, CLOSES], after + drive
        if before <= late:
            ready = min(ready, length + max(early, before + drive))
        if g >= 0:
            any_of_them = True
            if opens < ready <= closes:
                found, moment = g, ready
            closes = opens
        before, after = max(before + drive, opens), max(ready, opens)
        before = before + visit[v, SERVICE] if before <= closes else FAR
        after = after + visit[v, SERVICE] if after <= closes else FAR
    kept = home_at(day, k, before, after, routes.times[k, count, LEG]) <= day[k, END]
    return kept or not any_of_them, found, moment
