"""Bound visits as the arrays that the compiled search reads, and appointments back from them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from scheduler import meetings
from scheduler.kernel.bond_tables import (
    APPOINTED,
    BEGIN,
    BEST_BEGIN,
    CLOSED,
    COUNTERS,
    END_AFTER,
    END_LINK,
    END_PART,
    FIGURES_OF_GROUP,
    FIRST_AFTER,
    FIRST_LINK,
    FIRST_PART,
    FREE,
    GROUP,
    OFFERS,
    OPENED,
    PLACES,
    ROUND,
    TRIED_AT,
    UNTIL,
    WHOLE,
    Bonds,
)
from scheduler.kernel.bound_search import search_bound
from scheduler.kernel.tables import (
    ABSENT,
    ABSENTEES,
    BEST,
    CLOSES,
    DIRTY,
    DIRTY_ONES,
    DONE,
    IS_DIRTY,
    OPENS,
    PENALTY,
    QUEUE,
    Routes,
    Week,
)
from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, Sequences, TeamDay, Visit

_NEIGHBOURS = 60


class Bound:
    """The bound visits of one search: their arrays, and the names that belong to them."""

    def __init__(
        self,
        problem: Problem,
        *,
        visits: Sequence[Visit],
        team_days: Sequence[TeamDay],
        week: Week,
        routes: Routes,
    ) -> None:
        """Group the bound ones of *visits*, some of those of *problem*."""
        self._visits, self._team_days, self._week = visits, team_days, week
        self._problem = problem
        self._fixed = meetings.appointed(problem.visits)
        self._known: dict[tuple[int, int, int], Visit] = {}
        groups = _groups(visits, meetings.bound(problem.visits))
        self.arrays = _arrays(problem, visits, team_days, groups, week=week, routes=routes)

    def admit(self, start: Sequences, *, put: Callable[[int, Sequence[int]], bool]) -> Sequences:
        """Return *start* without what is torn or late, its appointments entered in the arrays.

        *put* tells whether a team-day, by its number, can make visits in that order.
        """
        at = {visit.id: v for v, visit in enumerate(self._visits)}
        late: list[str] = ["?"]
        while late:
            start = meetings.whole(start, self._problem)
            for visit in (visit for stops in start.values() for visit in stops):
                if visit.id in self._fixed:
                    self._hold(at[visit.id], visit.window[0])
            late = [
                day.id
                for k, day in enumerate(self._team_days)
                if day.id in start and not put(k, [at[visit.id] for visit in start[day.id]])
            ]
            start = {team_day: stops for team_day, stops in start.items() if team_day not in late}
        return start

    def _hold(self, v: int, begin: int) -> None:
        self._week.visit[v, [OPENS, CLOSES]] = begin
        self.arrays.group[self.arrays.part[v, GROUP], [BEGIN, UNTIL, BEST_BEGIN]] = begin

    def fill(self, week: Week, routes: Routes) -> None:
        """Put absent visits in greedily, those first whose group is worth most."""
        numbers, size, bonds = routes.numbers, len(routes.route), self.arrays
        waiting = routes.lists[ABSENTEES, : int(numbers[ABSENT])].tolist()
        worth = week.visit[:, PENALTY].copy()
        for first, end in bonds.group[:, [FIRST_PART, END_PART]].tolist():
            worth[bonds.parts[first:end]] = worth[bonds.parts[first:end]].sum()
        routes.lists[QUEUE, : len(waiting)] = sorted(waiting, key=lambda v: -int(worth[v]))
        routes.lists[DIRTY_ONES, :size] = range(size)
        routes.route[:, IS_DIRTY] = 1
        bonds.group[:, TRIED_AT] = -2
        numbers[DIRTY], numbers[DONE], numbers[BEST] = size, -1, 1 << 60
        search_bound(week, routes, bonds, 1, 1, 0, -1)

    def best(self, k: int, stops: Iterable[int]) -> list[Visit]:
        """Return visits of a best route with their appointments."""
        begins = [*self.arrays.group[:, BEST_BEGIN].tolist(), -1]  # the last for visits in no group
        return [self._named(k, v, begins[self.arrays.part[v, GROUP]]) for v in stops]

    def pooled(self, k: int, stops: Sequence[int], row: int) -> list[Visit]:
        """Return visits of a route in a row of the pool with the appointments of that time."""
        begins = self.arrays.pool[row, : len(stops)].tolist()
        return [self._named(k, v, begin) for v, begin in zip(stops, begins, strict=True)]

    def _named(self, k: int, v: int, begin: int) -> Visit:
        visit = self._visits[v]
        if visit.id not in self._fixed:
            return visit
        if (k, v, begin) not in self._known:
            day = self._team_days[k].day
            self._known[k, v, begin] = meetings.pinned(visit, day=day, start=begin)
        return self._known[k, v, begin]


def _groups(visits: Sequence[Visit], some: frozenset[str]) -> list[list[int]]:
    """Return positions of bound visits, those with one start together."""
    found: dict[tuple[bool, str], list[int]] = {}
    for v, visit in enumerate(visits):
        if visit.id in some:
            key = (True, visit.meets) if visit.meets else (False, visit.id)
            found.setdefault(key, []).append(v)
    return list(found.values())


def _arrays(
    problem: Problem,
    visits: Sequence[Visit],
    team_days: Sequence[TeamDay],
    groups: list[list[int]],
    *,
    week: Week,
    routes: Routes,
) -> Bonds:
    part, rounds, members = _part_table(visits, groups, week)
    group, links, after = _group_table(problem, visits, groups, part)
    ordinals = np.array([day.day.toordinal() for day in team_days])
    known, day = np.unique(ordinals, return_inverse=True)
    places = np.array([visits[some[0]].place for some in groups], dtype=np.int64)
    apart = problem.seconds[np.ix_(places, places)].astype(np.int64)
    apart = np.where(places[:, None] == places[None, :], 0, apart)
    np.fill_diagonal(apart, -1)
    near = np.argsort(apart, axis=1, kind="stable")[:, :_NEIGHBOURS]
    size = max(len(groups), meetings.MOST_PARTS + 2)
    return Bonds(
        part=part, group=group, parts=_ints(v for some in groups for v in some),
        links=_rows(links, 3), after=_ints(after), rounds=_ints(rounds), members=_ints(members),
        day=day.astype(np.int64), clock=(known - known[0]).astype(np.int64) * DAY_SECONDS,
        near=np.ascontiguousarray(near.astype(np.int64)),
        pool=np.full((len(routes.pool), routes.stops.shape[1]), -1, np.int64),
        offers=np.zeros((meetings.MOST_PARTS, OFFERS, 5), np.int64),
        tried=np.zeros((7, meetings.MOST_PARTS), np.int64),
        lists=np.zeros((PLACES + meetings.MOST_PARTS, size), np.int64),
        counts=np.zeros(COUNTERS, np.int64), queue=np.zeros((4, len(team_days)), np.int64),
        least=np.zeros((meetings.MOST_PARTS + 1, len(known)), np.int64),
        out=np.zeros(len(visits) + len(after) + len(groups) + meetings.MOST_PARTS, np.int64),
    )  # fmt: skip


def _part_table(
    visits: Sequence[Visit], groups: list[list[int]], week: Week
) -> tuple[NDArray[np.int64], list[int], list[int]]:
    """Return figures of each visit, where rounds begin and end, and their visits."""
    part = np.full((len(visits), 4), -1, np.int64)
    part[:, OPENED], part[:, CLOSED] = week.visit[:, OPENS], week.visit[:, CLOSES]
    for g, some in enumerate(groups):
        part[some, GROUP] = g
    names = sorted({visit.round for visit in visits if visit.round})
    at = {name: r for r, name in enumerate(names)}
    of_round: list[list[int]] = [[] for _ in names]
    for v, visit in enumerate(visits):
        if visit.round:
            part[v, ROUND] = at[visit.round]
            of_round[at[visit.round]].append(v)
    ends = np.cumsum([0, *(len(some) for some in of_round)]).tolist()
    return part, ends, [v for some in of_round for v in some]


def _group_table(
    problem: Problem, visits: Sequence[Visit], groups: list[list[int]], part: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[list[int]], list[int]]:
    """Return figures of each group, what groups follow, and what follows them."""
    at = {visit.id: v for v, visit in enumerate(visits)}
    joint = meetings.parts(problem.visits)
    fixed = meetings.appointed(problem.visits)
    out = meetings.hopeless(problem, ())
    links: list[list[list[int]]] = [[] for _ in groups]
    after: list[list[int]] = [[] for _ in groups]
    group = np.zeros((len(groups), FIGURES_OF_GROUP), np.int64)
    group[:, TRIED_AT] = -2  # before the first iteration, which fills
    for g, some in enumerate(groups):
        found = [visits[v] for v in some]
        full = not found[0].meets or len(joint[found[0].meets]) == len(found)
        group[g, APPOINTED] = found[0].id in fixed
        for visit in found:
            if visit.follows is None:
                continue
            other = at.get(visit.follows.visit)
            if other is None:
                full = False
                continue
            most = visit.follows.most
            before = int(part[other, GROUP])
            links[g].append([before, visit.follows.least, -1 if most is None else most])
            after[before].append(g)
        group[g, WHOLE] = full and not any(visit.id in out for visit in found)
    for first, end, rows in (
        (FIRST_PART, END_PART, groups), (FIRST_LINK, END_LINK, links),
        (FIRST_AFTER, END_AFTER, after),
    ):  # fmt: skip
        ends = np.cumsum([0, *(len(row) for row in rows)])
        group[:, first], group[:, end] = np.array(list(pairwise(ends))).reshape(-1, 2).T
    tied = group[:, END_LINK] + group[:, END_AFTER] > group[:, FIRST_LINK] + group[:, FIRST_AFTER]
    group[:, FREE] = (group[:, APPOINTED] > 0) & ~tied
    return group, [link for some in links for link in some], [g for some in after for g in some]


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _rows(values: list[list[int]], width: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64).reshape(-1, width)
