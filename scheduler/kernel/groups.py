"""Groups of bound visits: are they made, when do they start, and what leaves a route with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import (
    APPOINTED,
    BEGIN,
    END_AFTER,
    END_PART,
    FIRST_AFTER,
    FIRST_PART,
    GROUP,
    IS_NOTED,
    NOTED,
    NOTED_ONES,
    OLD,
    ROUND,
)
from scheduler.kernel.changes import cut
from scheduler.kernel.compiler import inner
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import ABSENT, ABSENTEES, AT, CLOSES, OPENS, ROUTE

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Routes, Week

_TOGETHER = 4  # so many of them at most
_ROUNDS = 2  # a round is taken off as a whole once in so many times


@inner
def is_made(routes: Routes, bonds: Bonds, g: int) -> bool:
    """Tell whether group *g* is on the routes: its parts are made together or not at all."""
    return routes.place[bonds.parts[bonds.group[g, FIRST_PART]], ROUTE] >= 0  # type: ignore[no-any-return]


@inner
def note(bonds: Bonds, g: int) -> None:
    """Remember the start of group *g*, once in an iteration."""
    if bonds.group[g, IS_NOTED]:
        return
    bonds.group[g, IS_NOTED] = 1
    bonds.group[g, OLD] = bonds.group[g, BEGIN]
    bonds.lists[NOTED_ONES, bonds.counts[NOTED]] = g
    bonds.counts[NOTED] += 1


@inner
def fix(week: Week, bonds: Bonds, g: int, begin: int) -> None:
    """Let group *g* start at *begin*, and at no other moment."""
    group = bonds.group[g]
    if not group[APPOINTED]:
        return
    group[BEGIN] = begin
    for x in range(group[FIRST_PART], group[END_PART]):
        week.visit[bonds.parts[x], OPENS] = begin
        week.visit[bonds.parts[x], CLOSES] = begin


@inner
def take_off(week: Week, routes: Routes, v: int) -> int:
    """Take visit *v* off its route, if it is on one; return the cost."""
    k = routes.place[v, ROUTE]
    if k < 0:
        return 0
    nothing = k - k  # no literals: numba would compile what it hands them to once more
    return cut(week, routes, k, routes.place[v, AT], nothing + 1, nothing - 1)


@inner
def choose_some(routes: Routes, bonds: Bonds) -> int:
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
def loosen(week: Week, routes: Routes, bonds: Bonds, fresh: int, size: int) -> int:
    """Take the first *size* of ``Bonds.out`` off, and what cannot stay; return the cost.

    Partners and followers of what is absent since *fresh* cannot; half the time all of its round
    goes too, so that it can move to another day.
    """
    cost, at, out = 0, fresh, bonds.out
    rounds = draw(routes.numbers, +_ROUNDS) == 0
    while True:
        for x in range(size):
            cost += take_off(week, routes, out[x])
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
