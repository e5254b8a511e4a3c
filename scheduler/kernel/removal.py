"""Taking strings of neighbouring visits off their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.changes import cut
from scheduler.kernel.compiler import inner
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import AT, COUNT, IS_TOUCHED, PLACED, ROUTE, USED

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week

# With a sign, where it is handed on: numba would compile the callee once more for a bare constant.
_HALF = 2
_PART = 16  # lengths of strings are drawn in sixteenths of a visit
_LONGEST = 10 * _PART


@inner
def strings(routes: Routes, mean: int) -> tuple[int, int]:
    """Return how many strings to take off, *mean* visits on average, and how long they may be."""
    numbers = routes.numbers
    average = _PART * numbers[PLACED] // max(1, numbers[USED])
    longest = max(_PART, min(_LONGEST, average))
    most = max(_PART, 4 * mean * _PART * _PART // (_PART + longest) - _PART)
    return draw(numbers, most) // _PART + 1, longest


@inner
def take_string(week: Week, routes: Routes, v: int, longest: int) -> int:
    """Take visit *v* and some beside it, at times sparing one of them, off their route.

    Returns the cost.
    """
    numbers, k, at = routes.numbers, routes.place[v, ROUTE], routes.place[v, AT]
    count = routes.route[k, COUNT]
    length = min(count, draw(numbers, min(longest, _PART * count)) // _PART + 1)
    spared = 1 if length < count and length > 1 and draw(numbers, +_HALF) == 0 else 0
    length += spared
    low = max(0, at - length + 1)
    first = low + draw(numbers, min(at, count - length) - low + 1)
    hole = first + 1 + draw(numbers, length - 2) if spared else -1
    return cut(week, routes, k, first, length, hole)


@inner
def ruin(week: Week, routes: Routes, mean: int) -> int:
    """Take strings off routes near a random visit, *mean* visits on average; return the cost."""
    left, longest = strings(routes, mean)
    seed, cost = draw(routes.numbers, len(week.visit)), 0
    for x in range(week.near.shape[1]):
        v = week.near[seed, x]
        k = routes.place[v, ROUTE]
        if k < 0 or routes.route[k, IS_TOUCHED]:
            continue
        cost += take_string(week, routes, v, longest)
        left -= 1
        if left == 0:
            break
    return cost
