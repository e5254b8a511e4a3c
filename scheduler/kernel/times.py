"""The exact times of one team-day, and whether a visit fits into it, in O(1).

A route carries, before each position, the earliest moments at which its team is free (lunch still
to come, lunch over) and the latest ones at which it must be ready there: whether a visit fits at a
position is then a handful of comparisons, lunch included, and exactly what
:class:`scheduler.schedule.Timetable` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import compiled, inner
from scheduler.kernel.tables import (
    CAPACITY,
    CLOSES,
    COUNT,
    DEAR,
    EARLY,
    END,
    FAR,
    FINISH,
    FREE_AFTER,
    FREE_BEFORE,
    HOME,
    HOURS,
    LAST_AFTER,
    LAST_BEFORE,
    LATE,
    LATER,
    LEG,
    LOAD,
    LOADED,
    LUNCH,
    OPENS,
    SERVICE,
    START,
    USUAL,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scheduler.kernel.tables import Ints, Routes, Week


@inner
def home_at(day: Ints, k: int, before: int, after: int, drive: int) -> int:
    """Return when team-day *k* is back at the earliest, free *before* or *after* lunch."""
    early, late, length = day[k, EARLY], day[k, LATE], day[k, LUNCH]
    returned = after + drive
    if before <= late:
        returned = min(returned, length + max(early, before + drive))
        if before + drive <= late:
            returned = min(returned, before + drive)
    return returned


@compiled
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
        returned = home_at(day, k, before, after, drive)
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


@compiled
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


@inner
def later(week: Week, routes: Routes, k: int, i: int, v: int, go: int) -> int:
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
    returned = home_at(day, k, before, after, drive)
    return day[k, DEAR] * max(0, returned - day[k, USUAL]) - routes.route[k, LATER]  # type: ignore[no-any-return]
