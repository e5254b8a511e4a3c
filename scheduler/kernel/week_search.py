"""Ruin and recreate: the search over the routes of a week.

Slack induction by string removals (Christiaens and Vanden Berghe, Transportation Science 2020)
takes runs of neighbouring visits off a few routes and puts them back greedily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.changes import accept, keep_best, restore
from scheduler.kernel.compiler import compiled
from scheduler.kernel.costs import weigh
from scheduler.kernel.exchange import EXCHANGES, change_hands
from scheduler.kernel.insertion import insert, line_up
from scheduler.kernel.lots import draw
from scheduler.kernel.removal import ruin
from scheduler.kernel.tables import (
    ABSENT,
    ABSENTEES,
    BEST,
    COST,
    DIRTY,
    DIRTY_ONES,
    DONE,
    EXCESS,
    IS_DIRTY,
    IS_TOUCHED,
    PENALTY,
    QUEUE,
    TEAMS,
    TOUCHED,
    TOUCHED_ONES,
    UNEVEN,
)

if TYPE_CHECKING:
    from scheduler.kernel.tables import Routes, Week


@compiled
def search(week: Week, routes: Routes, mean: int, total: int, until: int, enough: int) -> None:
    """Run iterations up to *until* of *total* (which sets the temperature), or to a cost.

    The one before the first takes nothing off: it only puts absent visits in.
    """
    numbers, lists = routes.numbers, routes.lists
    even, uneven = numbers[TEAMS] > 0, 0
    if even:
        numbers[UNEVEN] = weigh(routes)
    while numbers[DONE] < until and numbers[BEST] > enough:
        numbers[TOUCHED] = 0
        fresh, cost, filling = numbers[ABSENT], numbers[COST], numbers[DONE] < 0
        size = fresh
        if even and not filling and draw(numbers, +EXCHANGES) == 0:
            cost += change_hands(week, routes)
            size = 0
        elif not filling:
            cost += ruin(week, routes, mean)
            size = line_up(week, routes, fresh)
        for x in range(size):
            v = lists[QUEUE, x]
            cost += insert(week, routes, max(v, -1 - v), v < 0)
        slack = 1 << 60
        if not filling:
            heat = week.heat[numbers[DONE] * len(week.heat) // total]
            slack = heat * week.log[draw(numbers, len(week.log))] >> 10
        if even:
            uneven = weigh(routes)
        if cost + uneven < numbers[COST] + numbers[UNEVEN] + slack:
            numbers[COST], numbers[UNEVEN] = cost, uneven
            accept(routes)
        else:
            restore(week, routes)
        for x in range(numbers[TOUCHED]):
            routes.route[lists[TOUCHED_ONES, x], IS_TOUCHED] = 0
        if numbers[COST] < numbers[BEST]:
            if even:
                weigh(routes)
            if numbers[COST] + numbers[EXCESS] < numbers[BEST]:
                keep_best(routes)
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
