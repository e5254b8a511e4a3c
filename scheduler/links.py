"""What ties visits of a week to each other: orders, rounds, gates, limits, shared cars."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Limit, Problem, TeamDay, Visit

_FAR = 10**12
KINDS = ("limit", "load", "follows", "round", "gate", "busy")
"""Names of the ties that may be left aside to see which of them binds."""


def tied(problem: Problem) -> frozenset[str]:
    """Return ids of visits that depend on others: joint ones, orders, rounds, shared gates."""
    followed = {visit.follows.visit for visit in problem.visits if visit.follows}
    return frozenset(followed).union(
        visit.id
        for visit in problem.visits
        if visit.meets or visit.follows or visit.round or visit.gate
    )


class Links:
    """The ties of a problem and, as it is learned, which visits are made by whom and when."""

    def __init__(self, problem: Problem) -> None:
        """Read the ties; nothing is made yet."""
        self._days = problem.team_days
        self._at = {day.id: k for k, day in enumerate(self._days)}
        followed = {visit.follows.visit for visit in problem.visits if visit.follows}
        self._pinned = frozenset(
            visit.id
            for visit in problem.visits
            if visit.meets or visit.follows or visit.id in followed
        )
        self.gates = any(shared_gate(visit) for visit in problem.visits)
        self._limits: dict[str, list[Limit]] = {}
        for limit in problem.limits:
            for id_ in limit.visits:
                self._limits.setdefault(id_, []).append(limit)
        self._parts: dict[str, list[str]] = {}
        for visit in problem.visits:
            if visit.meets:
                self._parts.setdefault(visit.meets, []).append(visit.id)
        self._rivals = _rivals(self._days)
        self._stops: dict[int, list[Visit]] = {}
        self._moments: dict[str, int] = {}
        self._counts: dict[int, Counter[int]] = {id(limit): Counter() for limit in problem.limits}

    def pins(self, visit: Visit) -> bool:
        """Tell whether the start of *visit* matters to others, so that it stays as it is."""
        return visit.id in self._pinned

    def learn(self, day: TeamDay, stops: Sequence[Visit], moments: Mapping[str, int]) -> None:
        """Let *stops* be what a team-day makes, *moments* the starts that matter to others."""
        k = self._at[day.id]
        for sign, some in ((-1, self._stops.get(k, ())), (1, stops)):
            for visit in some:
                for limit in self._limits.get(visit.id, ()):
                    self._counts[id(limit)][k] += sign
        for visit in self._stops.get(k, ()):
            self._moments.pop(visit.id, None)
        self._stops[k] = list(stops)
        midnight = day.day.toordinal() * DAY_SECONDS
        self._moments |= {id_: midnight + start for id_, start in moments.items()}

    def span(self, visit: Visit) -> tuple[int, int]:
        """Return first and last start on the clock of all days that the visit followed allows."""
        if visit.follows is None:
            return -_FAR, _FAR
        begun = self._moments.get(visit.follows.visit)
        if begun is None:
            return _FAR, -_FAR
        most = visit.follows.most
        return begun + visit.follows.least, _FAR if most is None else begun + most

    def moment(self, id_: str) -> int | None:
        """Return when a visit starts on the clock of all days, if it is made and others care."""
        return self._moments.get(id_)

    def blocked(
        self, visit: Visit, *, ignore: frozenset[str] = frozenset(), parts: int = 1
    ) -> NDArray[np.bool_]:
        """Return the team-days that ties close to *visit*, or to *parts* of a joint one at once."""
        found = np.zeros(len(self._days), dtype=bool)
        if "busy" not in ignore:
            for k, rivals in self._rivals.items():
                found[k] |= not self._stops.get(k) and any(self._stops.get(one) for one in rivals)
        if "limit" not in ignore:
            for limit in self._limits.get(visit.id, ()):
                found |= self._full(limit, self._joining(visit, limit) if parts > 1 else 1)
        if visit.round and "round" not in ignore:
            days = self._days_of(lambda one: one.round == visit.round)
            if days:
                found |= np.array([day.day not in days for day in self._days], dtype=bool)
        return found

    def limits(self, visit: Visit) -> list[Limit]:
        """Return the limits that are full for *visit* on every team-day or on some."""
        return [one for one in self._limits.get(visit.id, ()) if self._full(one, 1).any()]

    def raises(
        self, visits: Sequence[Visit], *, day: dt.date | None = None, team_day: str | None = None
    ) -> list[tuple[Limit, int]]:
        """Return limits that do not allow *visits* to join, and what each would have to allow.

        Those of the week and of a day are looked at for a *day*, those of a team-day for its id.
        """
        ids = {visit.id for visit in visits}
        found = []
        for limit in dict.fromkeys(one for id_ in sorted(ids) for one in self._limits.get(id_, ())):
            counts = self._counts[id(limit)]
            if limit.within == "team_day":
                if team_day is None:
                    continue
                made = counts[self._at[team_day]] if team_day in self._at else 0
            elif day is None:
                continue
            elif limit.within == "week":
                made = counts.total()
            else:
                made = sum(count for k, count in counts.items() if self._days[k].day == day)
            if made + len(limit.visits & ids) > limit.most:
                found.append((limit, made + len(limit.visits & ids)))
        return found

    def round_days(self, name: str) -> set[dt.date]:
        """Return the days on which something of a round is made."""
        return self._days_of(lambda one: one.round == name)

    def gate_days(self, visit: Visit) -> set[dt.date]:
        """Return the days on which something is made at the gate of *visit*."""
        gate = shared_gate(visit)
        return self._days_of(lambda one: shared_gate(one) == gate) if gate else set()

    def _days_of(self, test: Callable[[Visit], bool]) -> set[dt.date]:
        return {self._days[k].day for k, stops in self._stops.items() for one in stops if test(one)}

    def _joining(self, visit: Visit, limit: Limit) -> int:
        return sum(id_ in limit.visits for id_ in self._parts.get(visit.meets, [visit.id]))

    def _full(self, limit: Limit, joining: int) -> NDArray[np.bool_]:
        """Return the team-days on which *joining* more of a limit's visits would be too many."""
        counts = self._counts[id(limit)]
        size = len(self._days)
        if limit.within == "week":
            return np.full(size, counts.total() + joining > limit.most)
        if limit.within == "team_day":
            return np.array([counts[k] + 1 > limit.most for k in range(size)], dtype=bool)
        made: Counter[dt.date] = Counter()
        for k, count in counts.items():
            made[self._days[k].day] += count
        return np.array([made[day.day] + joining > limit.most for day in self._days], dtype=bool)


def shared_gate(visit: Visit) -> str:
    """Return the gate at which *visit* is one stop with others; several cars are no one stop."""
    return "" if visit.meets else visit.gate


def _rivals(days: Sequence[TeamDay]) -> dict[int, list[int]]:
    """Return for each team-day those that cannot run beside it: one car or team, hours overlap."""
    users: dict[tuple[str, str], list[int]] = {}
    for k, day in enumerate(days):
        users.setdefault(("team", day.expert or f"{day.team}"), []).append(k)
        if day.vehicle:
            users.setdefault(("car", day.vehicle), []).append(k)
    found: dict[int, list[int]] = {}
    for some in users.values():
        for k in some:
            others = [one for one in some if one != k and _overlap(days[k], days[one])]
            if others:
                found.setdefault(k, []).extend(others)
    return found


def _overlap(one: TeamDay, other: TeamDay) -> bool:
    """Tell whether the hours of two team-days overlap on the clock of all days."""
    apart = (other.day - one.day).days * DAY_SECONDS
    return one.start < other.end + apart and other.start + apart < one.end
