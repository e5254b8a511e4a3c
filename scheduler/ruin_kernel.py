"""The compiled part of ruin-and-recreate: exact times of one day in O(1), and the search itself.

Slack induction by string removals (Christiaens and Vanden Berghe, Transportation Science 2020)
takes runs of neighbouring visits off a few routes and puts them back greedily. For that every
route carries, before each position, the earliest moments at which its team is free (lunch still to
come, lunch over) and the latest ones at which it must be ready there: whether a visit fits at a
position is then a handful of comparisons, lunch included, and exactly what
:class:`scheduler.schedule.Timetable` says.

Everything is an integer and the random numbers are the module's own, so a seed and a number of
iterations give the same routes on every machine. Without numba the functions are plain Python.

One file on purpose: numba keeps compiled code until the file of the function changes, and would not
notice a change in another file that the function calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

try:
    import numba

    COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
except ImportError:
    COMPILED = False

_Function = TypeVar("_Function", bound="Callable[..., Any]")

FAR = 1 << 30
"""A moment that never comes; also in 32 bits a drive can be added to it."""

TOO_DEAR = 1 << 40
"""More than any place on a route costs."""

# Where the counters of a search stand in ``Routes.numbers``.
RANDOM, COST, BEST, ABSENT, PLACED, USED, TOUCHED, DIRTY, POOLED, DONE = range(10)
BLINK, ASKED, STAMPED = range(10, 13)
# How hours apart count in a search that keeps them together: seconds for 2**_SHARE seconds outside
# the zone, its middle, what the hours at hand count so, and teams; what the best week counts beside
# its cost, how far apart hours may lie in thousandths of their mean, and how far from the middle
# hours count nothing.
WEIGHT, TARGET, UNEVEN, TEAMS, EXCESS, SPREAD, ZONE = range(13, 20)
NUMBERS = 20

TOO_FAR = 20
"""What a second beyond the spread allowed counts where weeks are compared."""

_LOW = (1 << 32) - 1
_CARRY = 1_791_398_085  # multiply-with-carry to base 2**32 (Marsaglia): period near 2**62
# With a sign, where it is handed on: numba would compile the callee once more for a bare constant.
_HALF = 2
_PART = 16  # lengths of strings are drawn in sixteenths of a visit
_LONGEST = 10 * _PART
_TRIED = 24  # visits left out earlier that one iteration tries again
_BLINK = 100  # one route in so many is overlooked
_FEW = 20  # team-days up to which a visit is tried everywhere
_EVERYWHERE = 20  # beyond that it is so once in so many times, else
_LOT = 16  # bits of a lot
_BULKY = 60  # seconds of service that a unit of load counts
_SHARE = 6  # 64 seconds outside the zone count WEIGHT
_ORDERS = 20  # shares of the orders in which visits are put back


class Week(NamedTuple):
    """A problem as arrays; nodes are visits 0…n-1, then stations.

    ``to`` and ``back`` hold seconds from row to column and from column to row; ``visit`` and
    ``day`` one row of figures for each visit and team-day (columns below); ``cars`` the team-days
    of all visits one after the other, ``may`` the same as a table; ``near`` the neighbours of each
    visit, itself first; ``log`` -ln of the middle of each of its equal parts of (0, 1] in 1024ths;
    ``heat`` temperatures in seconds; ``price`` what it counts to have a visit made by a team-day
    (empty where nothing does); ``limit`` how many of a set are made at most and within what.
    ``cars`` holds the limits of all visits behind their team-days. Few arrays on purpose: a
    compiled call copies the description of each.
    """

    to: NDArray[np.int32]
    back: NDArray[np.int32]
    visit: Ints
    day: Ints
    cars: Ints
    may: NDArray[np.uint8]
    near: NDArray[np.int32]
    close: NDArray[np.int32]
    log: Ints
    heat: Ints
    price: NDArray[np.int32]
    limit: Ints


# Columns of ``Week.visit`` and ``Week.day``; a lunch of no length means none.
# END is that of overtime, USUAL that of working hours, DEAR what a second between them counts.
SERVICE, OPENS, CLOSES, PENALTY, FIRST_CAR, END_CAR, LOAD, FIRST_LIMIT, END_LIMIT = range(9)
HOME, START, END, EARLY, LATE, LUNCH, MOST, CAPACITY = range(8)
FINISH, USUAL, DEAR, DAY, TEAM, ALIKE = range(8, 14)
# Columns of ``Week.limit``, and what a limit may hold within.
OF_THEM, WITHIN = range(2)
IN_WEEK, ON_DAY, BY_CAR = range(3)


class Routes(NamedTuple):
    """Routes as arrays, what a search remembers about them, and the best ones so far.

    ``times[k, i]`` are figures of route k before its position i (columns below), ``route`` and
    ``place`` figures of each route and visit, ``lists`` rows of visits or routes with their
    lengths in ``numbers``. ``tally`` has hours by team in its first row, then a row for each limit:
    visits by week, day or team-day; ``told`` are the visits of each route that are in it.
    """

    stops: Ints
    times: Ints
    route: Ints
    place: Ints
    lists: Ints
    saved: Ints
    known: Ints
    best: Ints
    pool: Ints
    numbers: Ints
    tally: Ints
    told: Ints


# Columns of ``Routes.times``: earliest moments at which the team is free before the position
# (lunch to come, lunch over), latest ones at which it must be ready at it for the rest to stay in
# time, and the drive to it.
FREE_BEFORE, FREE_AFTER, LAST_BEFORE, LAST_AFTER, LEG = range(5)
# Columns of ``Routes.route`` and ``Routes.place``, rows of ``Routes.lists``.
COUNT, SAVED, KEPT, IS_TOUCHED, IS_DIRTY, LOADED, IDLE_ASKED, STAMP = range(8)
LATER, HOURS, HOURS_TOLD, TOLD = range(8, 12)
FIGURES = 12
ROUTE, AT = range(2)
ABSENTEES, TOUCHED_ONES, DIRTY_ONES, QUEUE, KEY = range(5)


def _compiled(function: _Function) -> _Function:
    """Compile *function* at its first call where numba is there, and keep the result on disk."""
    return _njit(function) if COMPILED else function


def _inner(function: _Function) -> _Function:
    """Compile a *function* that only compiled ones call: it needs no door to Python."""
    if not COMPILED:
        return function
    return _njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _njit(function: _Function, **options: Any) -> _Function:
    # No function makes an array, so references need no counting: that took half of the time.
    options |= {"error_model": "numpy", "_nrt": False}
    compiler: Any = numba.njit(cache=True, **options)
    try:
        return compiler(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        compiler = numba.njit(**options)
        return compiler(function)  # type: ignore[no-any-return]


@_compiled
def draw(numbers: Ints, below: int) -> int:
    """Return the next random integer from 0 to *below* - 1."""
    x = numbers[0]
    numbers[0] = _CARRY * (x & _LOW) + (x >> 32)
    return ((x ^ (x >> 32)) & _LOW) * below >> 32  # type: ignore[no-any-return]


@_inner
def _home_at(day: Ints, k: int, before: int, after: int, drive: int) -> int:
    """Return when team-day *k* is back at the earliest, free *before* or *after* lunch."""
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    returned = after + drive
    if before <= late:
        returned = min(returned, length + max(early, before + drive))
        if before + drive <= late:
            returned = min(returned, before + drive)
    return returned


@_compiled
def retime(
    to: NDArray[np.int32], visit: Ints, day: Ints, stops: Ints, times: Ints, route: Ints, k: int
) -> bool:
    """Work out the times of route *k* anew; tell whether it can be driven."""
    count, home = route[k, COUNT], day[k, HOME]
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    # Lunch may be over before the car leaves: then it leaves after it, else at once.
    before = day[k, START] if length else FAR
    after = max(day[k, START], early + length) if length else day[k, START]
    here, loaded, hours = home, 0, 0
    for i in range(count):
        v = stops[k, i]
        loaded += visit[v, LOAD]
        drive = to[here, v]
        hours += drive + visit[v, SERVICE]
        times[k, i, FREE_BEFORE] = before
        times[k, i, FREE_AFTER] = after
        times[k, i, LEG] = drive
        ready = after + drive
        if before <= late:
            ready = min(ready, length + max(early, before + drive))
        before = max(before + drive, visit[v, OPENS])
        after = max(ready, visit[v, OPENS])
        before = before + visit[v, SERVICE] if before <= visit[v, CLOSES] else FAR
        after = after + visit[v, SERVICE] if after <= visit[v, CLOSES] else FAR
        here = v
    drive = to[here, day[k, FINISH]] if count else 0
    route[k, LOADED], route[k, HOURS], route[k, LATER] = loaded, hours + drive, 0
    times[k, count, FREE_BEFORE] = before
    times[k, count, FREE_AFTER] = after
    times[k, count, LEG] = drive
    if day[k, DEAR] and count:
        returned = _home_at(day, k, before, after, drive)
        route[k, LATER] = day[k, DEAR] * max(0, returned - day[k, USUAL])
    to_come, over = min(day[k, END], late), day[k, END]
    times[k, count, LAST_BEFORE] = to_come
    times[k, count, LAST_AFTER] = over
    for i in range(count, 0, -1):
        v = stops[k, i - 1]
        drive = times[k, i, LEG]
        latest = to_come - drive
        if length + early <= over:
            latest = max(latest, min(late, over - drive - length))
        over = min(visit[v, CLOSES], over - drive - visit[v, SERVICE])
        to_come = min(visit[v, CLOSES], latest - visit[v, SERVICE])
        if to_come < visit[v, OPENS]:
            to_come = -FAR
        if over < visit[v, OPENS]:
            over = -FAR
        times[k, i - 1, LAST_BEFORE] = to_come
        times[k, i - 1, LAST_AFTER] = over
    if count == 0 or loaded > day[k, CAPACITY]:
        return bool(count == 0)
    before = times[k, 0, FREE_BEFORE] + times[k, 0, LEG]
    after = times[k, 0, FREE_AFTER] + times[k, 0, LEG]
    if times[k, 0, FREE_BEFORE] <= late:
        after = min(after, length + max(early, before))
    return bool(before <= to_come or after <= over)


@_compiled
def fits(visit: Ints, day: Ints, times: Ints, k: int, i: int, v: int, come: int, go: int) -> bool:
    """Tell whether visit *v* fits into route *k* at position *i*, driving *come* and *go*."""
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    before = times[k, i, FREE_BEFORE]
    ready = times[k, i, FREE_AFTER] + come
    if before <= late:
        ready = min(ready, length + max(early, before + come))
    over = max(ready, visit[v, OPENS])
    if over > visit[v, CLOSES]:
        over = FAR
    if over + visit[v, SERVICE] + go <= times[k, i, LAST_AFTER]:
        return True
    to_come = max(before + come, visit[v, OPENS])
    if to_come > visit[v, CLOSES]:
        return False
    to_come += visit[v, SERVICE]
    if to_come + go <= times[k, i, LAST_BEFORE]:
        return True
    return bool(to_come <= late and length + max(early, to_come + go) <= times[k, i, LAST_AFTER])


@_inner
def _retime(week: Week, routes: Routes, k: int) -> bool:
    for i in range(routes.route[k, COUNT]):
        routes.place[routes.stops[k, i], AT] = i
    good = retime(week.to, week.visit, week.day, routes.stops, routes.times, routes.route, k)
    if routes.numbers[TEAMS]:
        route = routes.route[k]
        routes.tally[0, week.day[k, TEAM]] += route[HOURS] - route[HOURS_TOLD]
        route[HOURS_TOLD] = route[HOURS]
    if len(week.limit) > 0:
        _tell(week, routes, k)
    return good


@_inner
def _tell(week: Week, routes: Routes, k: int) -> None:
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


@_inner
def _bucket(week: Week, at: int, k: int) -> int:
    """Return where limit *at* counts a visit of team-day *k*."""
    within = week.limit[at, WITHIN]
    if within == ON_DAY:
        return week.day[k, DAY]  # type: ignore[no-any-return]
    return k if within == BY_CAR else 0


@_inner
def _may_still(week: Week, routes: Routes, v: int, k: int) -> bool:
    """Tell whether no limit keeps visit *v* from joining route *k*."""
    for at in range(week.visit[v, FIRST_LIMIT], week.visit[v, END_LIMIT]):
        limit = week.cars[at]
        if routes.tally[1 + limit, _bucket(week, limit, k)] >= week.limit[limit, OF_THEM]:
            return False
    return True


@_inner
def _later(week: Week, routes: Routes, k: int, i: int, v: int, go: int) -> int:
    """Return what more overtime counts if *v* joins route *k* at position *i*."""
    visit, day, times = week.visit, week.day, routes.times
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    before, after, drive = times[k, i, FREE_BEFORE], times[k, i, FREE_AFTER], go
    here = routes.stops[k, i - 1] if i > 0 else day[k, HOME]
    come, j, w = week.to[here, v], i, v
    while True:
        ready = after + come
        if before <= late:
            ready = min(ready, length + max(early, before + come))
        before = max(before + come, visit[w, OPENS])
        after = max(ready, visit[w, OPENS])
        before = before + visit[w, SERVICE] if before <= visit[w, CLOSES] else FAR
        after = after + visit[w, SERVICE] if after <= visit[w, CLOSES] else FAR
        if w != v:
            j += 1
            drive = times[k, j, LEG]
        if j == routes.route[k, COUNT]:
            break
        come, w = drive, routes.stops[k, j]
    returned = _home_at(day, k, before, after, drive)
    return day[k, DEAR] * max(0, returned - day[k, USUAL]) - routes.route[k, LATER]  # type: ignore[no-any-return]


@_inner
def _apart(numbers: Ints, hours: int) -> int:
    """Return what it counts that a team works so many *hours*."""
    off = max(0, abs(hours - numbers[TARGET]) - numbers[ZONE])
    return numbers[WEIGHT] * off >> _SHARE  # type: ignore[no-any-return]


@_inner
def _more(week: Week, routes: Routes, v: int, k: int, extra: int) -> int:
    """Return what it counts that the team of *k* works longer by *v* and *extra* driving."""
    hours = routes.tally[0, week.day[k, TEAM]]
    longer = _apart(routes.numbers, hours + week.visit[v, SERVICE] + extra)
    return longer - _apart(routes.numbers, hours)


@_inner
def _weigh(routes: Routes) -> int:
    """Return what all hours at hand count; note the seconds by which they are too far apart."""
    numbers, hours = routes.numbers, routes.tally[0]
    least, most, total, uneven = hours[0], hours[0], hours[0], _apart(numbers, hours[0])
    for team in range(1, numbers[TEAMS]):
        least, most = min(least, hours[team]), max(most, hours[team])
        total += hours[team]
        uneven += _apart(numbers, hours[team])
    allowed = numbers[SPREAD] * total // (1000 * numbers[TEAMS])
    numbers[EXCESS] = TOO_FAR * max(0, most - least - allowed)
    return uneven


@_inner
def _touch(routes: Routes, k: int) -> None:
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


@_inner
def _change(routes: Routes, k: int) -> None:
    """Forget what is known about places in route *k*: it stays as it now is."""
    routes.numbers[STAMPED] += 1
    routes.route[k, STAMP] = routes.numbers[STAMPED]


@_inner
def _leave(routes: Routes, v: int) -> None:
    """Enter visit *v* among those that no route serves."""
    numbers, lists = routes.numbers, routes.lists
    routes.place[v, ROUTE] = -1
    lists[ABSENTEES, numbers[ABSENT]] = v
    routes.place[v, AT] = numbers[ABSENT]
    numbers[ABSENT] += 1


@_inner
def _join(routes: Routes, v: int, k: int) -> None:
    """Strike visit *v* off the absent ones: route *k* serves it."""
    numbers, lists = routes.numbers, routes.lists
    numbers[ABSENT] -= 1
    other, at = lists[ABSENTEES, numbers[ABSENT]], routes.place[v, AT]
    lists[ABSENTEES, at] = other
    routes.place[other, AT] = at
    routes.place[v, ROUTE] = k


@_inner
def _driving(routes: Routes, k: int) -> int:
    total = 0
    for i in range(routes.route[k, COUNT] + 1):
        total += routes.times[k, i, LEG]
    return total


@_inner
def _priced(week: Week, routes: Routes, k: int) -> int:
    """Return driving and overtime on route *k* and the prices of its visits."""
    total = _driving(routes, k) + routes.route[k, LATER]
    if len(week.price) > 0:
        for i in range(routes.route[k, COUNT]):
            total += week.price[routes.stops[k, i], k]
    return total  # type: ignore[no-any-return]


@_inner
def _cut(week: Week, routes: Routes, k: int, first: int, length: int, spared: int) -> int:
    """Take *length* visits off route *k* from *first* on, sparing one position; return the gain.

    Where drives do not obey the triangle inequality the rest can be late: then it goes too.
    """
    _touch(routes, k)
    numbers = routes.numbers
    cost = -_priced(week, routes, k)
    kept = first
    for i in range(first, routes.route[k, COUNT]):
        v = routes.stops[k, i]
        if i < first + length and i != spared:
            _leave(routes, v)
            cost += week.visit[v, PENALTY]
        else:
            routes.stops[k, kept] = v
            kept += 1
    numbers[PLACED] -= routes.route[k, COUNT] - kept
    routes.route[k, COUNT] = kept
    if not _retime(week, routes, k):
        for i in range(kept):
            _leave(routes, routes.stops[k, i])
            cost += week.visit[routes.stops[k, i], PENALTY]
        numbers[PLACED] -= kept
        routes.route[k, COUNT] = 0
        _retime(week, routes, k)
    if routes.route[k, COUNT] == 0:
        numbers[USED] -= 1
    return cost + _priced(week, routes, k)


@_inner
def _ruin(week: Week, routes: Routes, mean: int) -> int:
    """Take strings off routes near a random visit, *mean* visits on average; return the cost."""
    numbers = routes.numbers
    average = _PART * numbers[PLACED] // max(1, numbers[USED])
    longest = max(_PART, min(_LONGEST, average))
    strings = max(_PART, 4 * mean * _PART * _PART // (_PART + longest) - _PART)
    strings = draw(numbers, strings) // _PART + 1
    seed, cost = draw(numbers, len(week.visit)), 0
    for x in range(week.near.shape[1]):
        v = week.near[seed, x]
        k = routes.place[v, ROUTE]
        if k < 0 or routes.route[k, IS_TOUCHED]:
            continue
        count, at = routes.route[k, COUNT], routes.place[v, AT]
        length = min(count, draw(numbers, min(longest, _PART * count)) // _PART + 1)
        spared = 1 if length < count and length > 1 and draw(numbers, +_HALF) == 0 else 0
        length += spared
        low = max(0, at - length + 1)
        first = low + draw(numbers, min(at, count - length) - low + 1)
        hole = first + 1 + draw(numbers, length - 2) if spared else -1
        cost += _cut(week, routes, k, first, length, hole)
        strings -= 1
        if strings == 0:
            break
    return cost


@_inner
def _line_up(week: Week, routes: Routes, fresh: int) -> int:
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


@_inner
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
            extra += _more(week, routes, v, k, extra)
        if extra >= least:
            continue
        if not _room(week, routes, v, k):
            continue
        if day[k, DEAR]:
            extra += _later(week, routes, k, i, v, go)
            if extra >= least:
                continue
        numbers[BLINK] -= 1
        if numbers[BLINK] < 0:
            numbers[BLINK] = draw(numbers, +_BLINK)
            continue
        if fits(visit, day, times, k, i, v, come, go):
            least, best_k, best_i = extra, k, i
    return least, best_k, best_i


@_inner
def _room(week: Week, routes: Routes, v: int, k: int) -> bool:
    """Tell whether route *k* can take one more visit and its load."""
    day, route = week.day, routes.route
    if route[k, COUNT] >= day[k, MOST]:
        return False
    if len(week.limit) > 0 and not _may_still(week, routes, v, k):
        return False
    return bool(route[k, LOADED] + week.visit[v, LOAD] <= day[k, CAPACITY])


@_inner
def _look_into(week: Week, routes: Routes, v: int, k: int, least: int) -> int:
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
                extra += _later(week, routes, k, i, v, go)
            if extra < least:
                least = extra
                found = (extra << 16) + i
        here = there
    return found


@_inner
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
        if not _room(week, routes, v, k):
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
            found = _look_into(week, routes, v, k, dear if numbers[WEIGHT] else least)
        elif known[v, k, 0] == route[k, STAMP]:
            found = known[v, k, 1]
        else:
            found = _look_into(week, routes, v, k, dear)
            known[v, k, 0] = route[k, STAMP]
            known[v, k, 1] = found
        extra = found >> 16
        if numbers[WEIGHT] and extra < TOO_DEAR:
            extra += _more(week, routes, v, k, extra)
        if extra < least:
            least, best_k, best_i = extra, k, found & 0xFFFF
    return least, best_k, best_i


@_inner
def _insert(week: Week, routes: Routes, v: int, hurry: bool) -> int:
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
            if week.may[v, k] and _room(week, routes, v, k):
                found = _look_into(week, routes, v, k, TOO_DEAR if numbers[WEIGHT] else least)
                extra = found >> 16
                if numbers[WEIGHT] and extra < TOO_DEAR:
                    extra += _more(week, routes, v, k, extra)
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
    _touch(routes, best_k)
    if numbers[WEIGHT]:
        least = -_priced(week, routes, best_k)
    count = routes.route[best_k, COUNT]
    for i in range(count, best_i, -1):
        routes.stops[best_k, i] = routes.stops[best_k, i - 1]
    routes.stops[best_k, best_i] = v
    routes.route[best_k, COUNT] = count + 1
    numbers[PLACED] += 1
    if count == 0:
        numbers[USED] += 1
    _join(routes, v, best_k)
    _retime(week, routes, best_k)
    if numbers[WEIGHT]:  # what was weighed were hours too
        least += _priced(week, routes, best_k)
    return least - week.visit[v, PENALTY]  # type: ignore[no-any-return]


@_inner
def _restore(week: Week, routes: Routes) -> None:
    """Give every touched route back as it was."""
    numbers, lists = routes.numbers, routes.lists
    for x in range(numbers[TOUCHED]):
        k = lists[TOUCHED_ONES, x]
        numbers[PLACED] -= routes.route[k, COUNT]
        numbers[USED] -= routes.route[k, COUNT] > 0
        for i in range(routes.route[k, COUNT]):
            _leave(routes, routes.stops[k, i])
    for x in range(numbers[TOUCHED]):
        k = lists[TOUCHED_ONES, x]
        count = routes.route[k, SAVED]
        for i in range(count):
            routes.stops[k, i] = routes.saved[k, i]
            _join(routes, routes.saved[k, i], k)
        routes.route[k, COUNT] = count
        numbers[PLACED] += count
        numbers[USED] += count > 0
        _retime(week, routes, k)


@_inner
def _keep_best(routes: Routes) -> None:
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


@_compiled
def search(week: Week, routes: Routes, mean: int, total: int, until: int, enough: int) -> None:
    """Run iterations up to *until* of *total* (which sets the temperature), or to a cost.

    The one before the first takes nothing off: it only puts absent visits in.
    """
    numbers, lists = routes.numbers, routes.lists
    even, uneven = numbers[TEAMS] > 0, 0
    if even:
        numbers[UNEVEN] = _weigh(routes)
    while numbers[DONE] < until and numbers[BEST] > enough:
        numbers[TOUCHED] = 0
        fresh, cost, filling = numbers[ABSENT], numbers[COST], numbers[DONE] < 0
        size = fresh
        if not filling:
            cost += _ruin(week, routes, mean)
            size = _line_up(week, routes, fresh)
        for x in range(size):
            v = lists[QUEUE, x]
            cost += _insert(week, routes, max(v, -1 - v), v < 0)
        slack = 1 << 60
        if not filling:
            heat = week.heat[numbers[DONE] * len(week.heat) // total]
            slack = heat * week.log[draw(numbers, len(week.log))] >> 10
        if even:
            uneven = _weigh(routes)
        if cost + uneven < numbers[COST] + numbers[UNEVEN] + slack:
            numbers[COST], numbers[UNEVEN] = cost, uneven
            for x in range(numbers[TOUCHED]):
                k = lists[TOUCHED_ONES, x]
                _change(routes, k)
                if not routes.route[k, IS_DIRTY]:
                    routes.route[k, IS_DIRTY] = 1
                    lists[DIRTY_ONES, numbers[DIRTY]] = k
                    numbers[DIRTY] += 1
        else:
            _restore(week, routes)
        for x in range(numbers[TOUCHED]):
            routes.route[lists[TOUCHED_ONES, x], IS_TOUCHED] = 0
        if numbers[COST] < numbers[BEST]:
            if even:
                _weigh(routes)
            if numbers[COST] + numbers[EXCESS] < numbers[BEST]:
                _keep_best(routes)
        numbers[DONE] += 1


def fill(week: Week, routes: Routes) -> None:
    """Put absent visits in greedily, the dearest first; the first plan of a search."""
    numbers, size, absent = routes.numbers, len(routes.route), int(routes.numbers[ABSENT])
    waiting = routes.lists[ABSENTEES, :absent].tolist()
    worth = week.visit[:, PENALTY].tolist()
    routes.lists[QUEUE, :absent] = sorted(waiting, key=lambda v: -worth[v])
    routes.lists[DIRTY_ONES, :size] = range(size)
    routes.route[:, IS_DIRTY] = 1
    numbers[DIRTY], numbers[DONE], numbers[BEST] = size, -1, 1 << 60
    search(week, routes, 1, 1, 0, -1)


# Visits that are bound to each other: parts of joint visits, what follows what, unannounced rounds.
# Nothing above knows of them, and nothing below is compiled before a week has some.

_OFFERS = 12  # places looked at for one part of a joint visit on one day, the cheapest ones
_STEPS = 3_000  # combinations of places tried on one day
_MOMENTS = 4  # ways to choose a start, two of them the first one
_MIXED = 8  # bound visits are put back before others but for once in so many times
_TAKEN_OFF = 3  # neighbouring joint visits are taken off together once in so many times
_TOGETHER = 4  # so many of them at most
_ROUNDS = 2  # a round is taken off as a whole once in so many times
_HOPES = 2  # what follows counts for what it follows once in so many times
_AGAIN = 3  # a group that was absent before is tried again once in so many times
_SLIDES = 2  # an appointment on a changed route is moved once in so many times


class Bonds(NamedTuple):
    """Groups of visits with one start: parts of a joint visit, or a single bound visit.

    ``part`` has a row of figures for each visit, ``group`` one for each group (columns below);
    ``parts`` holds the visits of all groups, ``links`` rows of what a group follows (group, least
    and most seconds between the starts, -1 for any), ``after`` the groups that follow each,
    ``rounds`` begin and end of each round in ``members``, its visits; ``day`` the number of each
    team-day's day and ``clock`` the midnight of each day; ``near`` the neighbours of each group,
    itself first; ``pool`` the starts that belong to ``Routes.pool``. The rest is room to work in.
    """

    part: Ints
    group: Ints
    parts: Ints
    links: Ints
    after: Ints
    rounds: Ints
    members: Ints
    day: Ints
    clock: Ints
    near: Ints
    pool: Ints
    offers: Ints
    tried: Ints
    lists: Ints
    counts: Ints
    out: Ints


# Columns of ``Bonds.part`` and ``Bonds.group``. While a group that is APPOINTED is on the routes,
# the windows of its parts in ``Week.visit`` are its start; WHOLE says that all of it may be made.
GROUP, ROUND, OPENED, CLOSED = range(4)
FIRST_PART, END_PART, FIRST_LINK, END_LINK, FIRST_AFTER, END_AFTER = range(6)
APPOINTED, WHOLE, BEGIN, OLD, IS_NOTED, TRIED_AT, BEST_BEGIN = range(6, 13)
# Columns of ``Bonds.offers``, rows of ``Bonds.tried`` and ``Bonds.lists``, and of its counters.
EXTRA, CAR, POSITION, FROM, TO = range(5)
CHOICE, OPEN_FROM, OPEN_TO, SPENT, CHOSEN_CAR, CHOSEN_POSITION, OFFERED = range(7)
NOTED_ONES, WAITING = range(2)
NOTED, IN_WAITING = range(2)


@_inner
def _is_made(routes: Routes, bonds: Bonds, g: int) -> bool:
    return routes.place[bonds.parts[bonds.group[g, FIRST_PART]], ROUTE] >= 0  # type: ignore[no-any-return]


@_inner
def _note(bonds: Bonds, g: int) -> None:
    """Remember the start of group *g*, once in an iteration."""
    if bonds.group[g, IS_NOTED]:
        return
    bonds.group[g, IS_NOTED] = 1
    bonds.group[g, OLD] = bonds.group[g, BEGIN]
    bonds.lists[NOTED_ONES, bonds.counts[NOTED]] = g
    bonds.counts[NOTED] += 1


@_inner
def _fix(week: Week, bonds: Bonds, g: int, begin: int) -> None:
    """Let group *g* start at *begin*, and at no other moment."""
    group = bonds.group[g]
    if not group[APPOINTED]:
        return
    group[BEGIN] = begin
    for x in range(group[FIRST_PART], group[END_PART]):
        week.visit[bonds.parts[x], OPENS] = begin
        week.visit[bonds.parts[x], CLOSES] = begin


@_inner
def _take_off(week: Week, routes: Routes, v: int) -> int:
    """Take visit *v* off its route, if it is on one; return the cost."""
    k = routes.place[v, ROUTE]
    if k < 0:
        return 0
    nothing = k - k  # no literals: numba would compile what it hands them to once more
    return _cut(week, routes, k, routes.place[v, AT], nothing + 1, nothing - 1)


@_inner
def _choose_some(routes: Routes, bonds: Bonds) -> int:
    """List the first parts of a few neighbouring groups; return how many."""
    seed = draw(routes.numbers, len(bonds.group))
    wanted, size = 1 + draw(routes.numbers, +_TOGETHER), 0
    for x in range(bonds.near.shape[1]):
        g = bonds.near[seed, x]
        if size < wanted and _is_made(routes, bonds, g):
            bonds.out[size] = bonds.parts[bonds.group[g, FIRST_PART]]
            size += 1
    return size


@_inner
def _loosen(week: Week, routes: Routes, bonds: Bonds, fresh: int, size: int) -> int:
    """Take the first *size* of ``Bonds.out`` off, and what cannot stay; return the cost.

    Partners and followers of what is absent since *fresh* cannot; half the time all of its round
    goes too, so that it can move to another day.
    """
    cost, at, out = 0, fresh, bonds.out
    rounds = draw(routes.numbers, +_ROUNDS) == 0
    while True:
        for x in range(size):
            cost += _take_off(week, routes, out[x])
        if at == routes.numbers[ABSENT]:
            return cost
        v = routes.lists[ABSENTEES, at]
        at, size = at + 1, 0
        g = bonds.part[v, GROUP]
        if g < 0:
            continue
        _note(bonds, g)
        for x in range(bonds.group[g, FIRST_PART], bonds.group[g, END_PART]):
            out[size] = bonds.parts[x]
            size += 1
        for x in range(bonds.group[g, FIRST_AFTER], bonds.group[g, END_AFTER]):
            out[size] = bonds.parts[bonds.group[bonds.after[x], FIRST_PART]]
            size += 1
        r = bonds.part[v, ROUND]
        if rounds and r >= 0:
            for x in range(bonds.rounds[r], bonds.rounds[r + 1]):
                out[size] = bonds.members[x]
                size += 1


@_inner
def _span(
    visit: Ints, day: Ints, part: Ints, times: Ints, k: int, v: int, i: int, then: int, come: int,
    go: int, fed: int,
) -> tuple[int, int]:  # fmt: skip
    """Return the first and last start of *v* on route *k*, lunch over (*fed* 1) or to come (0).

    What stands before position *i* and from *then* on stays; the window is the visit's own.
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
    return max(first, part[v, OPENED]), min(last, part[v, CLOSED])


@_inner
def _allowed(routes: Routes, bonds: Bonds, g: int, d: int) -> tuple[int, int]:
    """Return first and last start of group *g* on day *d* beside the visits on the routes."""
    group = bonds.group[g]
    first, last = -FAR, FAR
    for x in range(group[FIRST_LINK], group[END_LINK]):
        other = bonds.links[x, 0]
        if not _is_made(routes, bonds, other):
            return FAR, -FAR
        k = routes.place[bonds.parts[bonds.group[other, FIRST_PART]], ROUTE]
        begin = bonds.group[other, BEGIN] + bonds.clock[bonds.day[k]] - bonds.clock[d]
        first = max(first, begin + bonds.links[x, 1])
        if bonds.links[x, 2] >= 0:
            last = min(last, begin + bonds.links[x, 2])
    for x in range(group[FIRST_AFTER], group[END_AFTER]):
        other = bonds.after[x]
        if not _is_made(routes, bonds, other):
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


@_inner
def _offer(
    offers: Ints, size: int, row: int, extra: int, k: int, i: int, first: int, last: int
) -> int:
    """Enter a place among the *size* cheapest ones of a part; return how many there are now."""
    x = size if size < _OFFERS else size - 1
    while x > 0 and offers[row, x - 1, EXTRA] > extra:
        for y in range(5):
            offers[row, x, y] = offers[row, x - 1, y]
        x -= 1
    offers[row, x, EXTRA], offers[row, x, CAR], offers[row, x, POSITION] = extra, k, i
    offers[row, x, FROM], offers[row, x, TO] = first, last
    return min(_OFFERS, size + 1)


@_inner
def _look_for(
    week: Week, routes: Routes, bonds: Bonds, row: int, v: int, d: int, first: int, last: int,
    worth: int,
) -> int:  # fmt: skip
    """List the cheapest places for part *row*, visit *v*, that start on day *d* in time.

    Returns how many there are.
    """
    times, route, stops, numbers = routes.times, routes.route, routes.stops, routes.numbers
    visit, day, part, offers, days = week.visit, week.day, bonds.part, bonds.offers, bonds.day
    to, back, cars, priced = week.to[v], week.back[v], week.cars, len(week.price) > 0
    size, last = first - first, min(last, part[v, CLOSED])
    for at in range(visit[v, FIRST_CAR], visit[v, END_CAR]):
        k = cars[at]
        if days[k] != d:
            continue
        count = route[k, COUNT]
        if not _room(week, routes, v, k) or draw(numbers, +_BLINK) == 0:
            continue
        here, price = day[k, HOME], week.price[v, k] if priced else 0
        for i in range(count + 1):
            if min(times[k, i, FREE_BEFORE], times[k, i, FREE_AFTER]) > last:
                break
            there = stops[k, i] if i < count else day[k, FINISH]
            come, go = back[here], to[there]
            here = there
            extra = come + go - times[k, i, LEG] + price
            if day[k, DEAR]:
                extra += _later(week, routes, k, i, v, go)
            if extra >= worth or (size == _OFFERS and extra >= offers[row, size - 1, EXTRA]):
                continue
            low, high = FAR, -FAR  # of starts with lunch still to come
            for fed in range(2):
                a, b = _span(visit, day, part, times, k, v, i, i, come, go, fed)
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


@_inner
def _combine(offers: Ints, tried: Ints, size: int, least: int) -> tuple[int, int, int]:
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


@_inner
def _moment(numbers: Ints, first: int, last: int) -> int:
    """Return a start from *first* to *last*: often the first, sometimes the last, else any."""
    kind = draw(numbers, +_MOMENTS)
    if kind < 2:
        return first
    return last if kind == 2 else first + draw(numbers, last - first + 1)


@_inner
def _seat(week: Week, routes: Routes, v: int, k: int, i: int) -> int:
    """Put visit *v* on route *k* at position *i*; return what that costs at its appointment."""
    _touch(routes, k)
    cost = -_priced(week, routes, k)
    count = routes.route[k, COUNT]
    for x in range(count, i, -1):
        routes.stops[k, x] = routes.stops[k, x - 1]
    routes.stops[k, i] = v
    routes.route[k, COUNT] = count + 1
    routes.numbers[PLACED] += 1
    if count == 0:
        routes.numbers[USED] += 1
    _join(routes, v, k)
    _retime(week, routes, k)
    return cost + _priced(week, routes, k)


@_inner
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
        low, high = _allowed(routes, bonds, g, d)
        if low > high:
            continue
        met, bound = True, 0
        for x in range(size):
            v = bonds.parts[group[FIRST_PART] + x]
            bonds.tried[OFFERED, x] = _look_for(week, routes, bonds, x, v, d, low, high, least)
            if bonds.tried[OFFERED, x] == 0:
                met = False
                break
            bound += bonds.offers[x, 0, EXTRA]
        if not met or bound >= least:
            continue
        cost, a, b = _combine(bonds.offers, bonds.tried, size, least)
        if cost < least:
            least, first, last = cost, a, b
            for x in range(size):
                bonds.lists[2 + x, 0] = bonds.tried[CHOSEN_CAR, x]
                bonds.lists[2 + x, 1] = bonds.tried[CHOSEN_POSITION, x]
    if first > last:
        return 0
    _note(bonds, g)
    _fix(week, bonds, g, _moment(routes.numbers, first, last))
    cost = -worth
    for x in range(size):
        v = bonds.parts[group[FIRST_PART] + x]
        cost += _seat(week, routes, v, bonds.lists[2 + x, 0], bonds.lists[2 + x, 1])
    return cost


@_inner
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
            known = not bonds.group[other, WHOLE] or _is_made(routes, bonds, other)
            for y in range(bonds.counts[IN_WAITING]):
                known = known or waiting[y] == other
            if known:
                continue
            waiting[bonds.counts[IN_WAITING]] = other
            bonds.counts[IN_WAITING] += 1
            for y in range(bonds.group[other, FIRST_PART], bonds.group[other, END_PART]):
                worth += week.visit[bonds.parts[y], PENALTY]
    return worth


@_inner
def _meet(week: Week, routes: Routes, bonds: Bonds, g: int) -> int:
    """Put group *g* on the routes and then what follows it; return the gain.

    It may cost more than it is worth for the sake of what follows: now and then, as the hope is not
    always fulfilled.
    """
    if not bonds.group[g, WHOLE] or _is_made(routes, bonds, g):
        return 0
    hope, gain = _wait_for(week, routes, bonds, g), 0
    if draw(routes.numbers, +_HOPES) > 0:
        hope -= hope  # no literal either
    # The waiting ones are in an order in which most follow what stands before them.
    for at in range(bonds.counts[IN_WAITING]):
        gain += _appoint(week, routes, bonds, bonds.lists[WAITING, at], hope)
        hope -= hope
    return gain


@_inner
def _slide(week: Week, routes: Routes, bonds: Bonds, g: int) -> int:
    """Move the start of group *g*, its parts staying on their routes; return the cost."""
    group, numbers, times = bonds.group[g], routes.numbers, routes.times
    k = routes.place[bonds.parts[group[FIRST_PART]], ROUTE]
    first, last = _allowed(routes, bonds, g, bonds.day[k])
    for x in range(group[FIRST_PART], group[END_PART]):
        v = bonds.parts[x]
        k, i = routes.place[v, ROUTE], routes.place[v, AT]
        come, go = times[k, i, LEG], times[k, i + 1, LEG]
        low, high = FAR, -FAR  # of starts with lunch still to come
        for fed in range(2):
            a, b = _span(week.visit, week.day, bonds.part, times, k, v, i, i + 1, come, go, fed)
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
    _note(bonds, g)
    _fix(week, bonds, g, _moment(numbers, first, last))
    for x in range(group[FIRST_PART], group[END_PART]):
        k = routes.place[bonds.parts[x], ROUTE]
        _touch(routes, k)
        cost -= routes.route[k, LATER]
        _retime(week, routes, k)
        cost += routes.route[k, LATER]
    return cost


@_inner
def _slide_some(week: Week, routes: Routes, bonds: Bonds) -> int:
    """Move appointments on routes that have just lost visits; return the cost."""
    cost = 0
    for x in range(routes.numbers[TOUCHED]):
        k = routes.lists[TOUCHED_ONES, x]
        for i in range(routes.route[k, COUNT]):
            g = bonds.part[routes.stops[k, i], GROUP]
            if g >= 0 and bonds.group[g, APPOINTED] and draw(routes.numbers, +_SLIDES) == 0:
                cost += _slide(week, routes, bonds, g)
    return cost


@_inner
def _put_back(week: Week, routes: Routes, bonds: Bonds, size: int, share: int) -> int:
    """Put back what is lined up: all of it (*share* 0), bound visits (1), or the others (2)."""
    cost = 0
    for x in range(size):
        known = routes.lists[QUEUE, x]
        v = max(known, -1 - known)
        g = bonds.part[v, GROUP]
        if g < 0:
            if share != 1:
                cost += _insert(week, routes, v, known < 0)
        elif share != 2 and bonds.group[g, TRIED_AT] < routes.numbers[DONE]:
            bonds.group[g, TRIED_AT] = routes.numbers[DONE]
            if known < 0 and draw(routes.numbers, +_AGAIN) > 0:
                continue
            cost += _meet(week, routes, bonds, g)
    return cost


@_inner
def _forget(week: Week, routes: Routes, bonds: Bonds, accepted: bool) -> None:
    """End an iteration: give starts back as they were unless it was accepted."""
    for x in range(bonds.counts[NOTED]):
        g = bonds.lists[NOTED_ONES, x]
        bonds.group[g, IS_NOTED] = 0
        if not accepted:
            _fix(week, bonds, g, bonds.group[g, OLD])
    bonds.counts[NOTED] = 0
    if not accepted:
        _restore(week, routes)


@_inner
def _keep_best_bound(routes: Routes, bonds: Bonds) -> None:
    """Keep the best routes with their starts, also in the pool."""
    pooled = routes.numbers[POOLED]
    _keep_best(routes)
    for x in range(pooled, routes.numbers[POOLED]):
        row, starts = routes.pool[x % len(routes.pool)], bonds.pool[x % len(routes.pool)]
        for i in range(row[1]):
            g = bonds.part[row[i + 2], GROUP]
            starts[i] = bonds.group[g, BEGIN] if g >= 0 else -1
    for g in range(len(bonds.group)):
        bonds.group[g, BEST_BEGIN] = bonds.group[g, BEGIN]


@_compiled
def search_bound(
    week: Week, routes: Routes, bonds: Bonds, mean: int, total: int, until: int, enough: int
) -> None:
    """Do what :func:`search` does for a week with bound visits."""
    numbers, lists = routes.numbers, routes.lists
    even, uneven = numbers[TEAMS] > 0, 0
    if even:
        numbers[UNEVEN] = _weigh(routes)
    while numbers[DONE] < until and numbers[BEST] > enough:
        numbers[TOUCHED] = 0
        fresh, cost, filling, apart = numbers[ABSENT], numbers[COST], numbers[DONE] < 0, 0
        size = fresh
        if not filling:
            cost += _ruin(week, routes, mean)
            size = _choose_some(routes, bonds) if draw(numbers, +_TAKEN_OFF) == 0 else 0
            cost += _loosen(week, routes, bonds, fresh, size)
            cost += _slide_some(week, routes, bonds)
            size = _line_up(week, routes, fresh)
            apart = 0 if draw(numbers, +_MIXED) == 0 else 1
        for share in range(apart, 2 * apart + 1):
            cost += _put_back(week, routes, bonds, size, share)
        slack = 1 << 60
        if not filling:
            heat = week.heat[numbers[DONE] * len(week.heat) // total]
            slack = heat * week.log[draw(numbers, len(week.log))] >> 10
        if even:
            uneven = _weigh(routes)
        accepted = cost + uneven < numbers[COST] + numbers[UNEVEN] + slack
        if accepted:
            numbers[COST], numbers[UNEVEN] = cost, uneven
            for x in range(numbers[TOUCHED]):
                k = lists[TOUCHED_ONES, x]
                _change(routes, k)
                if not routes.route[k, IS_DIRTY]:
                    routes.route[k, IS_DIRTY] = 1
                    lists[DIRTY_ONES, numbers[DIRTY]] = k
                    numbers[DIRTY] += 1
        _forget(week, routes, bonds, accepted)
        for x in range(numbers[TOUCHED]):
            routes.route[lists[TOUCHED_ONES, x], IS_TOUCHED] = 0
        if numbers[COST] < numbers[BEST]:
            if even:
                _weigh(routes)
            if numbers[COST] + numbers[EXCESS] < numbers[BEST]:
                _keep_best_bound(routes, bonds)
        numbers[DONE] += 1
