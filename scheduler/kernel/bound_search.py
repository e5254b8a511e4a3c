"""The search over the routes of a week with bound visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.agreement import keep_first, widen
from scheduler.kernel.appointments import insert_beside, meet
from scheduler.kernel.bond_tables import (
    BEGIN,
    BEST_BEGIN,
    GROUP,
    IS_NOTED,
    NOTED,
    NOTED_ONES,
    OLD_BEGIN,
    OLD_UNTIL,
    TRIED_AT,
)
from scheduler.kernel.bound_removal import ruin_bound
from scheduler.kernel.changes import accept, keep_best, restore, touch
from scheduler.kernel.compiler import compiled, inner
from scheduler.kernel.costs import weigh
from scheduler.kernel.exchange import EXCHANGES, change_hands
from scheduler.kernel.groups import hold
from scheduler.kernel.insertion import line_up
from scheduler.kernel.lots import draw
from scheduler.kernel.tables import (
    ABSENT,
    BEST,
    COST,
    DONE,
    EXCESS,
    IS_TOUCHED,
    POOLED,
    QUEUE,
    TEAMS,
    TOO_DEAR,
    TOUCHED,
    TOUCHED_ONES,
    UNEVEN,
)

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Routes, Week

_MIXED = 8  # bound visits are put back before others but for once in so many times
_AGAIN = 3  # a group that was absent before is tried again once in so many times


@inner
def _touch_all(routes: Routes) -> None:
    for k in range(len(routes.route)):
        touch(routes, k)


@inner
def _put_back(week: Week, routes: Routes, bonds: Bonds, size: int, share: int) -> int:
    """Put back what is lined up: all of it (*share* 0), bound visits (1), or the others (2)."""
    cost = 0
    for x in range(size):
        known = routes.lists[QUEUE, x]
        v = max(known, -1 - known)
        g = bonds.part[v, GROUP]
        if g < 0:
            if share != 1:
                cost += insert_beside(week, routes, bonds, v, known < 0)
        elif share != 2 and bonds.group[g, TRIED_AT] < routes.numbers[DONE]:
            bonds.group[g, TRIED_AT] = routes.numbers[DONE]
            if known < 0 and draw(routes.numbers, +_AGAIN) > 0:
                continue
            cost += meet(week, routes, bonds, g)
    return cost


@inner
def _forget(week: Week, routes: Routes, bonds: Bonds, accepted: bool) -> None:
    """End an iteration: give starts back as they were unless it was accepted."""
    for x in range(bonds.counts[NOTED]):
        g = bonds.lists[NOTED_ONES, x]
        bonds.group[g, IS_NOTED] = 0
        if not accepted:
            hold(week, bonds, g, bonds.group[g, OLD_BEGIN], bonds.group[g, OLD_UNTIL])
    bonds.counts[NOTED] = 0
    if not accepted:
        restore(week, routes)


@inner
def _keep_best_bound(routes: Routes, bonds: Bonds) -> None:
    """Keep the best routes with their starts, also in the pool."""
    pooled = routes.numbers[POOLED]
    keep_best(routes)
    for x in range(pooled, routes.numbers[POOLED]):
        row, starts = routes.pool[x % len(routes.pool)], bonds.pool[x % len(routes.pool)]
        for i in range(row[1]):
            g = bonds.part[row[i + 2], GROUP]
            starts[i] = bonds.group[g, BEGIN] if g >= 0 else -1
    for g in range(len(bonds.group)):
        bonds.group[g, BEST_BEGIN] = bonds.group[g, BEGIN]


@compiled
def search_bound(
    week: Week, routes: Routes, bonds: Bonds, mean: int, total: int, until: int, enough: int
) -> None:
    """Do what :func:`search` does for a week with bound visits."""
    numbers, lists = routes.numbers, routes.lists
    even, uneven = numbers[TEAMS] > 0, 0
    if even:
        numbers[UNEVEN] = weigh(routes)
    while numbers[DONE] < until and numbers[BEST] > enough:
        numbers[TOUCHED] = 0
        fresh, cost, filling, apart = numbers[ABSENT], numbers[COST], numbers[DONE] < 0, 0
        size = fresh
        if filling:
            _touch_all(routes)
        elif even and draw(numbers, +EXCHANGES) == 0:
            cost += change_hands(week, routes)
        else:
            cost += ruin_bound(week, routes, bonds, mean)
        cost += widen(week, routes, bonds)
        if not filling:
            size = line_up(week, routes, fresh)
            apart = 1 if len(bonds.group) > 0 and draw(numbers, +_MIXED) > 0 else 0
        for share in range(apart, 2 * apart + 1):
            cost += _put_back(week, routes, bonds, size, share)
        more = keep_first(week, routes, bonds)
        cost += more
        slack = 1 << 60
        if not filling:
            heat = week.heat[numbers[DONE] * len(week.heat) // total]
            slack = heat * week.log[draw(numbers, len(week.log))] >> 10
        if even:
            uneven = weigh(routes)
        accepted = cost + uneven < numbers[COST] + numbers[UNEVEN] + slack and more < TOO_DEAR
        if accepted:
            numbers[COST], numbers[UNEVEN] = cost, uneven
            accept(routes)
        _forget(week, routes, bonds, accepted)
        for x in range(numbers[TOUCHED]):
            routes.route[lists[TOUCHED_ONES, x], IS_TOUCHED] = 0
        if numbers[COST] < numbers[BEST]:
            if even:
                weigh(routes)
            if numbers[COST] + numbers[EXCESS] < numbers[BEST]:
                _keep_best_bound(routes, bonds)
        numbers[DONE] += 1
