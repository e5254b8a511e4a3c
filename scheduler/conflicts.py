"""The smallest set of mandatory visits that cannot all be made, for a week that has too many.

A joint visit is one of a set, however many parts it has.

A set is proven to be too much by counting (inspections and the shortest drives to them exceed all
hours of the team-days that come into question) or by trying every distribution over them with
every order. It is minimal where each set with one visit less was shown to fit by routes that keep
their times. Larger sets come from leaving out one visit after another; where neither could be
shown the result says so. What visits are tied to others (joint ones, followers, rounds, gates,
limits) is shown to fit by routes that keep all ties, see :mod:`scheduler.ties_kept`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.loosening import (
    NEVER,
    Limits,
    Loosened,
    Ride,
    advance,
    ends_of,
    home_in_time,
    last_end,
    set_out,
)
from scheduler.schedule import Timetable, has_room, obstacle
from scheduler.ties_kept import TiesKept, units_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Problem, TeamDay, Visit

_BUDGET = 200_000
_PER_QUESTION = 40_000
_TRIAL = 3
_MOST_A_DAY, _MOST_TRIED = 9, 18
_CLOSURES = 8
_TIED = 1_500  # steps of the budget that it counts to look for routes that keep all ties


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Mandatory visits that cannot all be made, by id; a joint one by that of its first part.

    Attributes
    ----------
    proven
        They cannot; otherwise no search found how.
    minimal
        Without any one of them the others can be made, as routes have shown.
    """

    visits: tuple[str, ...]
    proven: bool
    minimal: bool

    @property
    def code(self) -> str:
        """Code of the sentence."""
        if len(self.visits) == 1:
            return "conflict_one"
        if not self.proven:
            return "conflict_set_search"
        return "conflict_set" if self.minimal else "conflict_set_found"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        detail = {"visits": list(self.visits), "count": len(self.visits)}
        return {
            "code": self.code, "proven": self.proven, "minimal": self.minimal, "detail": detail,
        }  # fmt: skip


def conflict_of(
    problem: Problem, *, sequences: Mapping[str, Sequence[Visit]], lost: Iterable[str]
) -> Conflict | None:
    """Return the smallest set found of mandatory visits that cannot be made together.

    Parameters
    ----------
    sequences
        The planned routes: visits in order by team-day.
    lost
        Ids of the mandatory visits that are left out.

    Returns
    -------
    The set, None where nothing mandatory is left out or all of it fits after all. A visit that
    cannot be made even on its own is the set only where nothing else is left out: its reason says
    as much.
    """
    week = _Week(problem, sequences)
    missing = frozenset(lost)
    every = [unit for unit in week.units if any(one.id in missing for one in unit)]
    left = [unit for unit in every if week.days_of(unit)]
    if every and not left:
        return Conflict(visits=(every[0][0].id,), proven=True, minimal=True)
    tried: set[frozenset[str]] = set()
    best: Conflict | None = None
    for unit in sorted(left, key=lambda one: (len(week.days_of(one)), one[0].order, one[0].id)):
        for group in week.closures(unit):
            key = frozenset(one.id for one in group)
            if key in tried or len(tried) >= _CLOSURES:
                continue
            tried.add(key)
            if week.together(group) is False:
                best = _better(best, week.shrunk(group))
                break
    if best is None and left and week.together(everyone := week.closures(left[0])[-1]) is None:
        best = week.shrunk(everyone, by_search=True)
    return best


def _better(one: Conflict | None, other: Conflict) -> Conflict:
    if one is None:
        return other
    return min(one, other, key=lambda found: (len(found.visits), not found.minimal))


class _Week:
    """Which team-days can make which mandatory visits, and whether sets of them fit together."""

    def __init__(self, problem: Problem, sequences: Mapping[str, Sequence[Visit]]) -> None:
        self._problem, self._timetable = problem, Timetable(problem)
        self._days = {day.id: day for day in problem.team_days}
        self._routes = sequences
        self._homes = {depot.id: depot.place for depot in problem.depots}
        self.units = units_of(problem)
        self._unit = {visit.id: unit for unit in self.units for visit in unit}
        self._visits = [visit for unit in self.units for visit in unit]
        self._ties = TiesKept(problem, sequences, timetable=self._timetable)
        self.able: dict[str, frozenset[str]] = {}
        for unit in self.units:
            able = [self._able(visit) for visit in unit]
            meet = all(able) and (len(unit) == 1 or self._ties.meet(unit))
            for visit, some in zip(unit, able, strict=True):
                self.able[visit.id] = some if meet else frozenset()
        self._day_of = {stop.id: id_ for id_, stops in sequences.items() for stop in stops}
        self._known: dict[tuple[tuple[object, ...], frozenset[str]], bool | None] = {}
        self._left = _BUDGET

    def _able(self, visit: Visit) -> frozenset[str]:
        return frozenset(
            day.id
            for day in self._days.values()
            if obstacle(visit, day, locked=self._problem.locked) is None
            and not self._timetable.lateness(day, [visit])
        )

    def days_of(self, unit: Sequence[Visit]) -> frozenset[str]:
        """Return the team-days that could make one of the parts of *unit*."""
        return frozenset().union(*(self.able[visit.id] for visit in unit))

    def closures(self, unit: Sequence[Visit]) -> list[list[Visit]]:
        """Return groups around *unit*, each with more team-days: who can go nowhere else."""
        days, found = self.days_of(unit), []
        everyone = [one for one in self._visits if self.able[one.id]]
        while True:
            group = [one for one in everyone if self.days_of(self._unit[one.id]) <= days]
            found.append(group)
            wider = days.union(*(
                self.days_of(some) for some in self.units
                if any(self._day_of.get(one.id) in days for one in some)
            ))  # fmt: skip
            if wider == days:
                return found if group == everyone else [*found, everyone]
            days = wider

    def shrunk(self, group: Sequence[Visit], *, by_search: bool = False) -> Conflict:
        """Return what is left of *group* when every visit is left out that is not needed.

        Where a set that was proven to be too much is large, it is made smaller by search, and
        the smaller one is taken if it can be proven in its turn.
        """
        kept, minimal = self._without(group, by_search=by_search)
        if by_search:
            proven = self.together(kept) is False
            if proven and not minimal:
                kept, minimal = self._without(kept, by_search=False)
        else:
            proven = True
            if not minimal:
                fewer, settled = self._without(kept, by_search=True)
                if len(fewer) < len(kept) and self.together(fewer) is False:
                    kept, minimal = fewer, settled
        firsts = {one.meets or one.id: one.id for one in reversed(kept)}
        names = tuple(one.id for one in kept if firsts[one.meets or one.id] == one.id)
        return Conflict(visits=names, proven=proven, minimal=minimal)

    def _without(self, group: Sequence[Visit], *, by_search: bool) -> tuple[list[Visit], bool]:
        """Leave out what is not needed; tell whether every set with one less was shown to fit."""
        kept, minimal = list(group), True
        ids = {visit.id for visit in group}
        units = [unit for unit in self.units if unit[0].id in ids]
        # Long visits overload the days soonest: the short ones are left out first.
        units.sort(key=lambda one: (sum(v.service for v in one), -one[0].order, one[0].id))
        for unit in units:
            if self._left <= 0:
                return kept, False
            rest = [one for one in kept if one not in unit]
            fits = self.together(rest)
            if fits is False or (by_search and fits is None):
                kept = rest
            elif fits is None:
                minimal = False
        return kept, minimal

    def together(self, group: Sequence[Visit]) -> bool | None:
        """Tell whether all of *group* can be made, None where that could not be settled.

        What cannot be made without the ties between visits cannot be made with them.
        """
        if self._ties.too_many(group):
            return False
        answer = self._untied(group)
        if answer is False or not self._ties.concern(group):
            return answer
        self._left -= _TIED
        return True if self._ties.kept(group) else None

    def _untied(self, group: Sequence[Visit]) -> bool | None:
        if self._too_much(group):
            return False
        if self.seen(group):
            return True
        if len(group) > _MOST_TRIED or self._left <= 0 or not self._straight(group):
            return None
        spent = self._left
        order = sorted(group, key=lambda one: (len(self.able[one.id]), -one.service, one.id))
        answer = self._spread(order, {}, floor=self._left - _PER_QUESTION)
        self._left = min(self._left, spent - 1)
        return answer

    def _too_much(self, group: Sequence[Visit]) -> bool:
        """Tell whether inspections and the shortest drives to them exceed all hours."""
        if not group:
            return False
        days = [self._days[id_] for id_ in frozenset().union(*(self.able[v.id] for v in group))]
        if len(group) > sum(day.max_visits for day in days):
            return True
        places = np.array([visit.place for visit in group], dtype=int)
        homes = [self._homes[day.depot] for day in days]
        legs = self._problem.seconds[np.ix_(np.array([*places, *homes]), places)].copy()
        # Two visits at one place have no drive between them whatever the matrix says.
        legs[: len(places)][places[:, None] == places[None]] = 0
        np.fill_diagonal(legs, NEVER)
        drives = int(legs.min(axis=0).sum()) if len(places) else 0
        return drives + sum(visit.service for visit in group) > sum(map(_room, days))

    def seen(self, group: Sequence[Visit]) -> bool | None:
        """Tell that *group* fits by routes that show it; None where none were found."""
        wanted = {visit.id for visit in group}
        routes = {
            id_: [stop for stop in stops if stop.id in wanted]
            for id_, stops in self._routes.items()
        }
        served = {stop.id for stops in routes.values() for stop in stops}
        if not all(self._timetable.route(self._days[id_], stops)
                   for id_, stops in routes.items() if stops):  # fmt: skip
            routes, served = {}, set()
        rest = [visit for visit in group if visit.id not in served]
        if self._inserted(rest, routes):
            return True
        return True if served and self._inserted(list(group), {}) else None

    def _inserted(self, visits: list[Visit], routes: dict[str, list[Visit]]) -> bool:
        """Put *visits* one by one where they cost least; tell whether all found a place."""
        routes = {id_: list(stops) for id_, stops in routes.items()}
        for visit in sorted(visits, key=lambda one: (len(self.able[one.id]), -one.service, one.id)):
            best: tuple[int, str, int] | None = None
            for id_ in sorted(self.able[visit.id]):
                day, route = self._days[id_], routes.get(id_, [])
                if not has_room(day, route, visit):
                    continue
                ride = Ride(ends_of(day, self._homes), route, self._timetable)
                self._left -= _TRIAL * (len(route) + 1)
                for at in range(len(route) + 1):
                    trial = Loosened(day, ride, visit, at=at)
                    place = (trial.extra, id_, at)
                    if (
                        trial.least == 0
                        and (best is None or place < best)
                        and trial.fits(trial.limits())
                    ):
                        best = place
            if best is None:
                return False
            routes.setdefault(best[1], []).insert(best[2], visit)
        return True

    def _straight(self, group: Sequence[Visit]) -> bool:
        """Tell whether leaving a stop out never takes longer: then parts of good days are good."""
        days = {id_ for visit in group for id_ in self.able[visit.id]}
        homes = {one for id_ in days for one in ends_of(self._days[id_], self._homes) if one >= 0}
        places = [*homes, *(visit.place for visit in group)]
        legs = self._problem.seconds[np.ix_(places, places)].copy()
        np.fill_diagonal(legs, 0)
        for at, visit in enumerate(group, start=len(homes)):
            detour = legs[:, [at]] + visit.service + legs[[at], :]
            if (legs > detour).any():
                return False
        return True

    def _spread(
        self, queue: Sequence[Visit], days: dict[str, frozenset[str]], *, floor: int
    ) -> bool | None:
        """Tell whether all of *queue* find a day beside what *days* have already."""
        if not queue:
            return True
        visit, rest = queue[0], queue[1:]
        unsettled = False
        idle: set[tuple[object, ...]] = set()
        for id_ in sorted(self.able[visit.id]):
            self._left -= _TRIAL
            if id_ not in days:
                alike = self._alike(id_, queue)
                if alike in idle:
                    continue
                idle.add(alike)
            wanted = days.get(id_, frozenset()) | {visit.id}
            fits = self._one_day(id_, wanted)
            if fits:
                fits = self._spread(rest, {**days, id_: wanted}, floor=floor)
            if fits:
                return True
            unsettled |= fits is None
            if self._left <= floor:
                return None
        return None if unsettled else False

    def _alike(self, id_: str, queue: Sequence[Visit]) -> tuple[object, ...]:
        """Return what idle team-days have in common that are the same to all of *queue*."""
        able = tuple(id_ in self.able[visit.id] for visit in queue)
        return (*self._hours(id_), able)

    def _hours(self, id_: str) -> tuple[object, ...]:
        """Return all of a team-day that its timetable depends on."""
        day = self._days[id_]
        return (
            *ends_of(day, self._homes), day.start, last_end(day), day.lunch, day.max_visits,
            day.capacity,
        )  # fmt: skip

    def _one_day(self, id_: str, wanted: frozenset[str]) -> bool | None:
        """Tell whether some order of *wanted* fits one team-day; None where they are too many."""
        key = (self._hours(id_), wanted)
        if key not in self._known:
            day = self._days[id_]
            visits = [visit for visit in self._visits if visit.id in wanted]
            if not has_room(day, visits):
                self._known[key] = False
            elif len(visits) > _MOST_A_DAY:
                self._known[key] = None
            else:
                self._known[key] = self._ordered(day, visits)
        return self._known[key]

    def _ordered(self, day: TeamDay, visits: Sequence[Visit]) -> bool:
        """Tell whether some order fits: the earliest clocks of every part and last stop."""
        (home, end), drive = ends_of(day, self._homes), self._timetable.drive
        limits = Limits(day.start, last_end(day), day.lunch, (0, 0))
        full = (1 << len(visits)) - 1
        level = {(0, -1): set_out(limits.start, limits.lunch)}
        for _ in visits:
            after: dict[tuple[int, int], tuple[int, int]] = {}
            for (part, last), clocks in level.items():
                here = home if last < 0 else visits[last].place
                for at, visit in enumerate(visits):
                    if part >> at & 1:
                        continue
                    self._left -= 1
                    new = advance(
                        clocks, limits.lunch, drive(here, visit.place), *visit.window, visit.service
                    )
                    state = (part | 1 << at, at)
                    old = after.get(state, (NEVER, NEVER))
                    after[state] = (min(old[0], new[0]), min(old[1], new[1]))
            level = {state: pair for state, pair in after.items() if min(pair) < NEVER}
        return any(
            part == full and home_in_time(
                clocks, limits.lunch, drive(visits[last].place, end) if end >= 0 else 0, limits.end
            )
            for (part, last), clocks in level.items()
        )  # fmt: skip


def _room(day: TeamDay) -> int:
    """Return the seconds of a team-day that can be spent on driving and inspections at most."""
    earliest, latest, length = day.lunch
    whole = last_end(day) - day.start
    if not length:
        return whole
    inside = max(0, min(length, earliest + length - day.start))
    return max(whole - inside, min(whole, latest - day.start))
