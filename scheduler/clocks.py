"""Two clocks of a team's day: with lunch still to come, and with lunch taken.

The earlier a clock the better, so that the earliest moment of each tells all about the way behind
and the latest one all about the way ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.problem import TeamDay, Visit

FAR = 10**12
"""A moment that never comes; before ``-FAR`` nothing is."""


def earliest_leaving(
    day: TeamDay, stops: Sequence[Visit], legs: Sequence[int]
) -> list[tuple[int, int]]:
    """Return when the start and every stop are left at the earliest: hungry, and fed."""
    earliest, latest, length = day.lunch
    hungry, fed = day.start, day.start
    if length:
        fed = max(day.start, earliest + length)
    else:
        hungry = FAR
    found = [(hungry, fed)]
    for leg, stop in zip(legs, stops, strict=False):
        ready = fed + leg
        if length and hungry <= latest:
            there = hungry + leg
            on_arrival = hungry < earliest and there <= latest
            ready = min(ready, (max(there, earliest) if on_arrival else there) + length)
        opens, closes = stop.window
        hungry, fed = (
            max(time, opens) + stop.service if time <= closes else FAR
            for time in (hungry + leg, ready)
        )
        found.append((hungry, fed))
    return found


def latest_reaching(
    day: TeamDay, stops: Sequence[Visit], legs: Sequence[int]
) -> list[tuple[int, int]]:
    """Return when every stop and the end must be reached at the latest: hungry, and fed."""
    earliest, latest, length = day.lunch
    end = day.end + day.overtime
    found = [(min(latest, end) if length else -FAR, end)]
    for leg, stop in zip(legs[:0:-1], reversed(stops), strict=True):
        hungry, fed = found[-1]
        by = -FAR
        if length and earliest + length <= fed:
            by = min(latest, fed - leg - length)
        opens, closes = stop.window
        starts = [min(closes, time - stop.service) for time in (max(hungry - leg, by), fed - leg)]
        first, second = (time if time >= opens else -FAR for time in starts)
        found.append((first, second))
    return found[::-1]


def fed_after(
    lunches: NDArray[np.int64], free: NDArray[np.int64], drive: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when a drive from *free* on has ended, with lunch before it, on the way or after."""
    earliest, latest, length = lunches.T
    there = free + drive
    on_arrival = (free < earliest) & (there <= latest)
    ready = np.where(on_arrival, np.maximum(there, earliest), there) + length
    return np.where((length > 0) & (free <= latest), ready, FAR)


def hungry_until(
    lunches: NDArray[np.int64], drive: NDArray[np.int64], fed: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return when a stop must be left for lunch on a drive that ends, fed, by *fed*."""
    earliest, latest, length = lunches.T
    by = np.minimum(latest, fed - drive - length)
    return np.where((length > 0) & (earliest + length <= fed), by, -FAR)
