"""The same rounds on other days: exchanges of routes that cost nothing and break no rule.

Two team-days with the same hours and stations can exchange their routes, stop by stop and minute by
minute. Routes that belong together (parts of a joint visit, one unannounced round, one gate, visits
of which only so many are made a day) change the day together or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from scheduler.crew_stream import Stream
    from scheduler.plan import Route
    from scheduler.problem import Problem, TeamDay

Routes = dict[str, "Route"]
"""Routes by id of their team-day; idle team-days are not in it."""

_Pairs = dict[str, str]


class Shuffle:
    """Exchanges routes of the team-days of one problem, by chance."""

    def __init__(self, problem: Problem) -> None:
        """Find out which team-days are alike and which visits belong together."""
        self._problem = problem
        self._visits = {visit.id: visit for visit in problem.visits}
        self._days = {day.id: day for day in problem.team_days}
        self._ties = _ties(problem)
        followed = {one.follows.visit for one in problem.visits if one.follows}
        self._pinned = followed | {one.id for one in problem.visits if one.follows}
        alike: dict[Hashable, list[str]] = defaultdict(list)
        for day in problem.team_days:
            alike[_shape(day)].append(day.id)
        self._groups = [ids for ids in alike.values() if len(ids) > 1]
        self._slots = sum(map(len, self._groups))
        self._known: dict[tuple[tuple[str, ...], str], bool] = {}
        self._twins = {
            (day.team, _shape(day), day.day): day.id
            for day in problem.team_days
        }  # fmt: skip

    @property
    def possible(self) -> bool:
        """Tell whether any two team-days are alike."""
        return bool(self._groups)

    def __call__(self, routes: Mapping[str, Route], *, stream: Stream, rounds: int = 3) -> Routes:
        """Return *routes* after *rounds* tries to exchange two for every team-day."""
        found = dict(routes)
        for _ in range(rounds * self._slots if self._groups else 0):
            self._try(found, stream)
        return found

    def _try(self, routes: Routes, stream: Stream) -> None:
        """Exchange two random team-days, and what is tied to them, if no rule forbids it."""
        at = stream.below(self._slots)
        for group in self._groups:
            if at < len(group):
                break
            at -= len(group)
        step = stream.below(len(group) - 1)
        one, other = group[at], group[step + (step >= at)]
        if one not in routes and other not in routes:
            return
        pairs = self._closed(routes, one, other)
        if pairs is None or not self._allowed(routes, pairs):
            return
        moved = {pairs[id_]: routes.pop(id_) for id_ in pairs if id_ in routes}
        routes |= {id_: replace(route, team_day=id_) for id_, route in moved.items()}

    def _closed(self, routes: Routes, one: str, other: str) -> _Pairs | None:
        """Return which team-days exchange with which, tied ones too; None where that fails."""
        pairs = {one: other, other: one}
        first, second = self._days[one].day, self._days[other].day
        if first == second:
            return pairs
        queue = [one, other]
        while queue:
            at = queue.pop()
            for mate in self._mates(routes, at):
                if mate in pairs or self._days[mate].day not in (first, second):
                    continue
                day = self._days[mate]
                goes = first if day.day == second else second
                twin = self._twins.get((day.team, _shape(day), goes))
                if twin is None or twin in pairs:
                    return None
                pairs |= {mate: twin, twin: mate}
                queue += [mate, twin]
        return pairs

    def _mates(self, routes: Routes, at: str) -> list[str]:
        """Return the team-days whose routes are tied to the route of one."""
        if not self._ties or at not in routes:
            return []
        ties = {tie for stop in routes[at].stops for tie in self._ties.get(stop.visit, ())}
        if not ties:
            return []
        return [
            id_
            for id_, route in routes.items()
            if any(tie in ties for stop in route.stops for tie in self._ties.get(stop.visit, ()))
        ]

    def _allowed(self, routes: Routes, pairs: _Pairs) -> bool:
        """Tell whether every route may be driven where it goes, for no higher price."""
        problem, dearer = self._problem, 0
        for here, there in pairs.items():
            if here not in routes:
                continue
            ids = tuple(stop.visit for stop in routes[here].stops)
            before, after = self._days[here], self._days[there]
            if before.day != after.day and any(id_ in self._pinned for id_ in ids):
                return False
            if problem.spread is not None and before.team != after.team:
                return False
            if not self._fits(ids, after):
                return False
            if problem.prices:
                dearer += sum(problem.prices.get((id_, there), 0) for id_ in ids)
                dearer -= sum(problem.prices.get((id_, here), 0) for id_ in ids)
        return dearer <= 0

    def _fits(self, ids: tuple[str, ...], day: TeamDay) -> bool:
        key = ids, day.id
        if key not in self._known:
            locked = self._problem.locked
            self._known[key] = all(
                obstacle(self._visits[id_], day) is None and locked.get(id_, day.id) == day.id
                for id_ in ids
            )
        return self._known[key]


def _shape(day: TeamDay) -> Hashable:
    """Return what two team-days must share for one's timetable to hold for the other."""
    return (
        day.depot, day.finish, day.open_end, day.start, day.end, day.lunch, day.overtime,
        day.overtime_price, day.capacity, day.max_visits, day.expert,
    )  # fmt: skip


def _ties(problem: Problem) -> dict[str, tuple[Hashable, ...]]:
    """Return what ties visits to others on the same day, by id of the visit."""
    found: dict[str, tuple[Hashable, ...]] = {}
    for visit in problem.visits:
        names = (("meets", visit.meets), ("round", visit.round), ("gate", visit.gate))
        if ties := tuple(name for name in names if name[1]):
            found[visit.id] = ties
    for number, limit in enumerate(problem.limits):
        if limit.within == "day":
            for id_ in sorted(limit.visits):
                found[id_] = (*found.get(id_, ()), ("limit", number))
    return found
