"""What leaves the routes where visits are bound to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import END_AFTER, END_PART, FIRST_AFTER, FIRST_PART, GROUP, ROUND
from scheduler.kernel.changes import cut
from scheduler.kernel.compiler import inner
from scheduler.kernel.groups import is_made, note
from scheduler.kernel.lots import draw
from scheduler.kernel.removal import ruin, strings, take_string
from scheduler.kernel.tables import ABSENT, ABSENTEES, AT, IS_TOUCHED, ROUTE

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Routes, Week

_DAYS = 8  # routes of one day are looked at once in so many times
_TAKEN_OFF = 6  # else neighbouring groups are taken off together once in so many times
_TOGETHER = 4  # so many of them at most
_ROUNDS = 2  # a round is taken off as a whole once in so many times
_HALF = 2


@inner
def ruin_bound(week: Week, routes: Routes, bonds: Bonds, mean: int) -> int:
    """Take strings off routes, *mean* visits on average, and some groups; return the cost."""
    numbers, fresh = routes.numbers, routes.numbers[ABSENT]
    if len(bonds.group) == 0:
        return ruin(week, routes, mean)
    if draw(numbers, +_DAYS) == 0:
        g = draw(numbers, len(bonds.group))
        bonds.out[0] = bonds.parts[bonds.group[g, FIRST_PART]]
        cost = _ruin_day(week, routes, bonds, g, mean)
        size = 1
    else:
        cost = ruin(week, routes, mean)
        size = _choose_some(routes, bonds) if draw(numbers, +_TAKEN_OFF) == 0 else 0
    return cost + _loosen(week, routes, bonds, fresh, size)


@inner
def _ruin_day(week: Week, routes: Routes, bonds: Bonds, g: int, mean: int) -> int:
    """Take strings near group *g* off routes of its day or of any day; return the cost.

    Its parts need room on several routes at the same time.
    """
    left, longest = strings(routes, mean)
    seed, cost = bonds.parts[bonds.group[g, FIRST_PART]], 0
    d, k = draw(routes.numbers, len(bonds.clock)), routes.place[seed, ROUTE]
    if k >= 0 and draw(routes.numbers, +_HALF) == 0:
        d = bonds.day[k]
    for x in range(week.near.shape[1]):
        v = week.near[seed, x]
        k = routes.place[v, ROUTE]
        if k < 0 or routes.route[k, IS_TOUCHED] or bonds.day[k] != d:
            continue
        cost += take_string(week, routes, v, longest)
        left -= 1
        if left == 0:
            break
    return cost


@inner
def _take_off(week: Week, routes: Routes, v: int) -> int:
    """Take visit *v* off its route, if it is on one; return the cost."""
    k = routes.place[v, ROUTE]
    if k < 0:
        return 0
    nothing = k - k  # no literals: numba would compile what it hands them to once more
    return cut(week, routes, k, routes.place[v, AT], nothing + 1, nothing - 1)


@inner
def _choose_some(routes: Routes, bonds: Bonds) -> int:
    """List the first parts of a few neighbouring groups; return how many."""
    seed = draw(routes.numbers, len(bonds.group))
    wanted, size = 1 + draw(routes.numbers, +_TOGETHER), 0
    for x in range(bonds.near.shape[1]):
        g = bonds.near[seed, x]
        if size < wanted and is_made(routes, bonds, g):
            bonds.out[size] = bonds.parts[bonds.group[g, FIRST_PART]]
            size += 1
    return size


@inner
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
        note(bonds, g)
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
