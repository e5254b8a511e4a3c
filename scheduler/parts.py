"""Parts of a week that can be planned by themselves: which team-days, which visits.

A part is a set of team-days near one another with the visits on their routes; visits on no route go
to the nearest part where somebody may make them. Visits that rules tie together (joint visits,
orders, rounds, gates, limits) are never in two parts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from scheduler.able import able

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, Sequences, Visit

    Ints = NDArray[np.int64]

_NEVER = 1 << 50  # farther than any sum of drives
_OFFERS = 2  # nearest parts that optional visits are offered to in turn
_SPREAD = 2_654_435_761  # odd: numbers one after the other fall far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Team-days and visits that are planned together, by their positions in the week."""

    days: tuple[int, ...]
    visits: tuple[int, ...]


class Ground:
    """A week and what every division of it asks for: who may make what, what is tied, how far."""

    def __init__(self, problem: Problem, visits: Sequence[Visit]) -> None:
        """Look at *visits* of *problem*; ties to other visits do not count."""
        self.problem, self.visits, self.days = problem, list(visits), problem.team_days
        self.able = able(problem, self.visits, self.days)
        self._at = {visit.id: row for row, visit in enumerate(self.visits)}
        self._column = {day.id: column for column, day in enumerate(self.days)}
        self._homes = np.array([problem.depot(day.depot).place for day in self.days], np.int64)
        self._places = np.array([visit.place for visit in self.visits], np.int64)
        self._units = _united(len(self.visits), self._ties())
        self._offered: Counter[int] = Counter()

    def by_station(self) -> list[Part]:
        """Return a part for every station, visits with the nearest one that may make them."""
        stations: dict[str, list[int]] = {}
        for column, day in enumerate(self.days):
            stations.setdefault(day.depot, []).append(column)
        return self._parts(list(stations.values()), {}, self._homes)

    def moved(self, routes: Sequences, *, size: int, draw: int) -> list[Part]:
        """Return parts of about *size* visits each; another *draw* puts their borders elsewhere."""
        middles = self._middles(routes)
        blocks = self._blocks(routes)
        loads = np.array(
            [max(1, sum(len(routes.get(self.days[d].id, ())) for d in one)) for one in blocks]
        )
        heads = middles[[one[0] for one in blocks]]
        away = self.problem.seconds[np.ix_(heads, heads)]
        count = max(1, round(int(loads.sum()) / size))
        cut = _cut(np.arange(len(blocks)), away + away.T, loads, count=count, draw=draw)
        return self._parts(
            [sorted(day for b in some.tolist() for day in blocks[b]) for some in cut],
            routes, middles,
        )  # fmt: skip

    def extract(self, part: Part) -> Problem:
        """Return *part* as a problem of its own, with matrices over its own places."""
        problem, days = self.problem, tuple(self.days[d] for d in part.days)
        stations = {day.depot for day in days} | {day.finish for day in days}
        depots = [depot for depot in problem.depots if depot.id in stations]
        visits = [self.visits[v] for v in part.visits]
        places = sorted({one.place for one in depots} | {one.place for one in visits})
        at = {place: new for new, place in enumerate(places)}
        ids, square = {visit.id for visit in visits}, np.ix_(places, places)
        return problem.replace(
            visits=tuple(replace(one, place=at[one.place]) for one in visits),
            team_days=days,
            depots=tuple(replace(one, place=at[one.place]) for one in depots),
            seconds=problem.seconds[square],
            metres=problem.metres[square],
            limits=tuple(limit for limit in problem.limits if limit.visits & ids),
            prices=self._prices(visits, part),
            locked={id_: day for id_, day in problem.locked.items() if id_ in ids},
        )

    def _prices(self, visits: Sequence[Visit], part: Part) -> dict[tuple[str, str], int]:
        known = self.problem.prices
        if not known:
            return {}
        pairs = ((visit.id, self.days[d].id) for visit in visits for d in part.days)
        return {pair: known[pair] for pair in pairs if pair in known}

    def _ties(self) -> list[list[int]]:
        """Return visits that must be in one part, a list for each reason."""
        named: dict[tuple[str, str], list[int]] = {}
        ties = []
        for row, visit in enumerate(self.visits):
            for kind in ("meets", "round", "gate"):
                name = getattr(visit, kind)
                if name:
                    named.setdefault((kind, name), []).append(row)
            if visit.follows is not None and visit.follows.visit in self._at:
                ties.append([row, self._at[visit.follows.visit]])
        for limit in self.problem.limits:
            if limit.within != "team_day":
                ties.append([self._at[id_] for id_ in sorted(limit.visits) if id_ in self._at])
        return [tie for tie in (*named.values(), *ties) if len(tie) > 1]

    def _middles(self, routes: Sequences) -> Ints:
        """Return the place in the middle of every route; of an idle team-day its station."""
        middles = self._homes.copy()
        seconds = self.problem.seconds
        for id_, stops in routes.items():
            places = np.array([visit.place for visit in stops], np.int64)
            if len(places):
                sums = seconds[np.ix_(places, places)].sum(axis=0)
                middles[self._column[id_]] = places[int(sums.argmin())]
        return middles

    def _blocks(self, routes: Sequences) -> list[list[int]]:
        """Return team-days that stay together: tied by their visits, or by balance in a team."""
        ties: dict[tuple[str, int], list[int]] = {}
        for id_, stops in routes.items():
            column = self._column[id_]
            for visit in stops:
                unit = self._units[self._at[visit.id]]
                if len(unit) > 1:
                    ties.setdefault(("visits", unit[0]), []).append(column)
        if self.problem.spread is not None:
            for column, day in enumerate(self.days):
                ties.setdefault(("team", day.team), []).append(column)
        found = _united(len(self.days), ties.values())
        return [block for column, block in enumerate(found) if block[0] == column]

    def _parts(self, groups: list[list[int]], routes: Sequences, middles: Ints) -> list[Part]:
        """Return *groups* of team-days as parts with their visits."""
        group_of = {day: g for g, group in enumerate(groups) for day in group}
        mine: list[list[int]] = [[] for _ in groups]
        placed: dict[int, int] = {}
        for id_, stops in routes.items():
            for visit in stops:
                placed[self._at[visit.id]] = group_of[self._column[id_]]
        for v, g in placed.items():
            mine[g].append(v)
        for unit, g in self._offers(groups, placed, middles):
            mine[g] += [v for v in unit if v not in placed]
        return [
            Part(days=tuple(group), visits=tuple(sorted(some)))
            for group, some in zip(groups, mine, strict=True)
            if some
        ]

    def _offers(
        self, groups: list[list[int]], placed: dict[int, int], middles: Ints
    ) -> Iterable[tuple[list[int], int]]:
        """Yield what is on no route, with the group that it is offered to.

        A mandatory visit goes to all groups in turn, from the nearest on, an optional one to the
        nearest ones. What is tied to planned visits goes where they are.
        """
        absent = [v for v in range(len(self.visits)) if v not in placed]
        near = dict(zip(absent, self._near(absent, groups, middles), strict=True))
        seen: set[int] = set()
        for v in absent:
            unit = self._units[v]
            if unit[0] in seen:
                continue
            seen.add(unit[0])
            known = [placed[one] for one in unit if one in placed]
            if known:
                yield unit, known[0]
                continue
            away = sum(near[one] for one in unit)
            order = [int(g) for g in np.argsort(away, kind="stable") if away[g] < _NEVER]
            if not order:
                continue
            must = any(self.visits[one].mandatory for one in unit)
            turn = self._offered[unit[0]] % (len(order) if must else min(_OFFERS, len(order)))
            self._offered[unit[0]] += 1
            yield unit, order[turn]

    def _near(self, absent: list[int], groups: list[list[int]], middles: Ints) -> Ints:
        """Return how far each absent visit is from each group's nearest team-day that may."""
        places, seconds = self._places[absent], self.problem.seconds
        away = seconds[np.ix_(places, middles)] + seconds[np.ix_(middles, places)].T
        away = np.where(self.able[absent], np.minimum(away, _NEVER), _NEVER)
        return np.stack([away[:, group].min(axis=1) for group in groups], axis=1)


def _united(size: int, ties: Iterable[Sequence[int]]) -> list[list[int]]:
    """Return for each of *size* things those that it is tied to, directly or not, sorted."""
    head = list(range(size))

    def top(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    for tie in ties:
        for one, other in pairwise(tie):
            first, second = sorted((top(one), top(other)))
            head[second] = first
    together: dict[int, list[int]] = {}
    for at in range(size):
        together.setdefault(top(at), []).append(at)
    return [together[top(at)] for at in range(size)]


def _cut(blocks: Ints, away: Ints, loads: Ints, *, count: int, draw: int) -> list[Ints]:
    """Return *blocks* cut into *count* compact groups of about equal loads.

    Each cut lies across the line between two blocks far from each other, which *draw* chooses.
    """
    if count == 1 or len(blocks) == 1:
        return [blocks]
    draw = (draw * _SPREAD + 12_345) % (1 << 32)
    one = blocks[away[blocks[(draw >> 8) % len(blocks)], blocks].argmax()]
    other = blocks[away[one, blocks].argmax()]
    ranked = blocks[np.argsort(away[one, blocks] - away[other, blocks], kind="stable")]
    sums = np.cumsum(loads[ranked])
    less = count // 2
    at = int(np.searchsorted(sums, int(sums[-1]) * less // count, side="left")) + 1
    at = min(at, len(ranked) - 1)
    return [
        *_cut(np.sort(ranked[:at]), away, loads, count=less, draw=draw + 1),
        *_cut(np.sort(ranked[at:]), away, loads, count=count - less, draw=draw + 2),
    ]
