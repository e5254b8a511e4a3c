"""What a route counts, and what it counts that hours of teams are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.tables import (
    COUNT,
    EXCESS,
    LATER,
    LEG,
    SERVICE,
    SPREAD,
    TARGET,
    TEAM,
    TEAMS,
    WEIGHT,
    ZONE,
)

if TYPE_CHECKING:
    from scheduler.kernel.tables import Ints, Routes, Week

TOO_FAR = 200
"""What a second beyond the spread allowed counts where weeks are compared."""

_SHARE = 6  # 64 seconds outside the zone count WEIGHT


@inner
def apart(numbers: Ints, hours: int) -> int:
    """Return what it counts that a team works so many *hours*."""
    off = max(0, abs(hours - numbers[TARGET]) - numbers[ZONE])
    return numbers[WEIGHT] * off >> _SHARE  # type: ignore[no-any-return]


@inner
def more(week: Week, routes: Routes, v: int, k: int, extra: int) -> int:
    """Return what it counts that the team of *k* works longer by *v* and *extra* driving."""
    hours = routes.tally[0, week.day[k, TEAM]]
    longer = apart(routes.numbers, hours + week.visit[v, SERVICE] + extra)
    return longer - apart(routes.numbers, hours)


@inner
def weigh(routes: Routes) -> int:
    """Return what all hours at hand count; note the seconds by which they are too far apart."""
    numbers, hours = routes.numbers, routes.tally[0]
    least, most, total, uneven = hours[0], hours[0], hours[0], apart(numbers, hours[0])
    for team in range(1, numbers[TEAMS]):
        least, most = min(least, hours[team]), max(most, hours[team])
        total += hours[team]
        uneven += apart(numbers, hours[team])
    allowed = numbers[SPREAD] * total // (1000 * numbers[TEAMS])
    numbers[EXCESS] = TOO_FAR * max(0, most - least - allowed)
    return uneven


@inner
def _driving(routes: Routes, k: int) -> int:
    total = 0
    for i in range(routes.route[k, COUNT] + 1):
        total += routes.times[k, i, LEG]
    return total


@inner
def cost_of(week: Week, routes: Routes, k: int) -> int:
    """Return driving and overtime on route *k* and the prices of its visits."""
    total = _driving(routes, k) + routes.route[k, LATER]
    if len(week.price) > 0:
        for i in range(routes.route[k, COUNT]):
            total += week.price[routes.stops[k, i], k]
    return total  # type: ignore[no-any-return]
