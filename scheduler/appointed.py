"""The days of a week on which a visit could have its appointment, and what every team-day offers.

:mod:`scheduler.appointments` chooses among the offers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler import appointments
from scheduler.appointments import Day, Offers
from scheduler.meetings import MOST_PARTS
from scheduler.opening_up import OFFICER, Base, Step, added, opened_for, stations, unlocked, without
from scheduler.plan import clock
from scheduler.slack import AS_IS, HOURS, LONGEST, Slack, grid
from scheduler.terms_of_visit import terms_of
from scheduler.ways import Sorts, raise_step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.loosening import Variant
    from scheduler.openings import Openings
    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.slack import Fit
    from scheduler.ways import Routes, Way


class _Fits:
    """What rounds offer at some moments; parts at one place that take as long share it."""

    def __init__(self, moments: NDArray[np.int64]) -> None:
        self.moments = moments
        self.least: dict[int, NDArray[np.int64]] = {}
        self._known: dict[tuple[object, ...], Fit] = {}

    def rows(
        self,
        part: Visit,
        slack: Slack,
        bases: Sequence[tuple[int, Base]],
        variants: Sequence[Variant],
        *,
        join: bool,
    ) -> list[tuple[Base, Variant, Fit, int]]:
        """Return a row for each of *bases* (by number of its round) and of *variants*."""
        found = []
        for variant in variants if bases else ():
            key = part.place, part.service, part.gate, join, id(slack), variant
            if key not in self._known:
                self._known[key] = slack.fit(part, variant, self.moments, join=join)
                self.least[id(self._known[key])] = self._known[key].least()
            found += [(base, variant, self._known[key], number) for number, base in bases]
        return found


class Appointed:
    """The routes of a week, and ways to make on them what begins at an appointed moment."""

    def __init__(
        self,
        problem: Problem,
        openings: Openings,
        routes: Mapping[str, tuple[Visit, ...]],
        *,
        holds: Callable[[Way], bool],
    ) -> None:
        """Take the *routes* of a week; *holds* tells whether the referee accepts a way."""
        self._problem, self._openings, self._routes = problem, openings, routes
        self._links, self._holds = openings.links, holds
        self._homes = {depot.id: depot.place for depot in problem.depots}
        self._days = {day.id: day for day in problem.team_days}
        self._stations = stations(problem)
        self._slack: dict[dt.date, tuple[Slack, Slack]] = {}
        self._gone: dict[dt.date, list[Visit]] = {}

    def ways(self, parts: Sequence[Visit]) -> list[Way]:
        """Return the cheapest ways to make all *parts* at one moment."""
        if len(parts) > MOST_PARTS:
            return []
        week = sorted({day.day for day in self._problem.team_days}
                      | {day for part in parts for day in part.days})  # fmt: skip
        for last_resort in (False, True):
            sorts = Sorts()
            found = [self._day(day, parts, sorts, last_resort=last_resort) for day in week]
            days = [day for day in found if day is not None]
            ways = appointments.ways(days, sorts, parts=parts, holds=self._holds)
            if ways:
                return ways
        return []

    @staticmethod
    def meet(parts: Sequence[Visit], routes: Routes) -> Step:
        """Return the step that says when and with which teams *parts* begin."""
        day = routes[0][0].day.isoformat()
        start = next(one.window[0] for one in routes[0][1] if one.id == parts[0].id)
        return Step(code="relief_meet", detail={
            "day": day, "start": clock(start), "team_days": [one.id for one, _ in routes],
            "visits": [part.id for part in parts],
        })  # fmt: skip

    def opened(self, day: TeamDay, visit: Visit, route: tuple[Visit, ...]) -> Base:
        """Return *day* opened for *visit*, a lock and the limits of the team-day too."""
        steps: list[Step] = []
        cost = 0
        raises = self._links.raises([visit], team_day=day.id)
        for limit, most in raises:
            step, more = raise_step(limit, most)
            steps.append(step)
            cost += more
        base = unlocked(opened_for(day, visit, route), self._problem)
        if not raises:
            return base
        return replace(
            base, steps=(*steps, *base.steps), cost=base.cost + cost, raised=tuple(raises)
        )

    def _day(
        self, day: dt.date, parts: Sequence[Visit], sorts: Sorts, *, last_resort: bool
    ) -> Day | None:
        """Return all that *day* offers to *parts*, None where one of them finds nothing."""
        slack, fewer = self._slack_of(day)
        taken = dict(self._days)
        some = [list(self._bases(part, slack, day, taken)) for part in parts]
        if not all(some):
            return None
        terms = terms_of(parts, self._links, day=day, sorts=sorts)
        found = {*grid((one for one, _ in slack.rounds), whole=last_resort), *terms.moments()}
        for part, bases in zip(parts, some, strict=True):
            ready = [number for number, base in bases if base.cost < OFFICER]
            found.update(slack.earliest(part, numbers=ready))
        fits = _Fits(np.array(sorted(found), dtype=np.int64))
        worth = sum(part.prize for part in parts)
        made: list[Offers] = []
        for part, bases in zip(parts, some, strict=True):
            join = day in self._links.gate_days(part)
            rows = fits.rows(part, slack, bases, HOURS, join=join)
            if last_resort:
                rows += fits.rows(part, slack, [one for one in bases if one[1].extra], (LONGEST,),
                                  join=join)  # fmt: skip
            dropping = list(self._dropping(part, fewer, day, worth=worth))
            rows += fits.rows(part, fewer, dropping, (AS_IS,), join=join)
            made.append(appointments.offers(rows, fits.least, sorts))
        return Day(day=day, moments=fits.moments, terms=terms, offers=tuple(made))

    def _slack_of(self, day: dt.date) -> tuple[Slack, Slack]:
        """Return the rounds of a day, one more of each station, and those without a visit less."""
        if day not in self._slack:
            rounds = [(one, self._routes[one.id]) for one in self._days.values() if one.day == day]
            left = [(one, stops, stop) for one, stops in rounds for stop in self._droppable(stops)]
            fewer = [
                (one, tuple(stop for stop in stops if stop is not gone))
                for one, stops, gone in left
            ]
            more = [(self._like(day, depot), ()) for depot in self._stations]
            table = self._openings.timetable
            self._slack[day] = (
                Slack([*rounds, *more], homes=self._homes, timetable=table),
                Slack(fewer, homes=self._homes, timetable=table),
            )
            self._gone[day] = [gone for _, _, gone in left]
        return self._slack[day]

    def _droppable(self, stops: Sequence[Visit]) -> list[Visit]:
        return [one for one in stops if not one.mandatory and not self._links.pins(one)]

    def _like(self, day: dt.date, depot: str) -> TeamDay:
        """Return one more team of a station with the usual hours, for no visit as yet."""
        anyone = replace(self._problem.visits[0], departments=frozenset(), assists=False)
        return added(anyone, self._problem, day=day, depot=depot, taken=self._days).team_day

    def _bases(
        self, part: Visit, slack: Slack, day: dt.date, taken: dict[str, TeamDay]
    ) -> Iterator[tuple[int, Base]]:
        """Yield the team-days of *day*, those to be added too, as opened for *part*."""
        part = replace(part, days=())
        busy = self._busy(part)
        for number, (team_day, stops) in enumerate(slack.rounds):
            if team_day.id in self._days and self._may(team_day, part, busy):
                yield number, self.opened(team_day, part, stops)
        if day in self._links.gate_days(part):
            return
        for at, depot in enumerate(self._stations):
            base = added(part, self._problem, day=day, depot=depot, taken=taken)
            taken[base.team_day.id] = base.team_day
            yield len(slack.rounds) - len(self._stations) + at, base

    def _dropping(
        self, part: Visit, fewer: Slack, day: dt.date, *, worth: int
    ) -> Iterator[tuple[int, Base]]:
        """Yield the team-days of *day* without a visit that is worth less than the joint one."""
        part = replace(part, days=())
        busy = self._busy(part)
        gone = self._gone[day]
        for number, ((team_day, stops), left) in enumerate(zip(fewer.rounds, gone, strict=True)):
            gives_way = part.mandatory or left.prize < worth
            if gives_way and self._may(team_day, part, busy):
                yield number, without(self.opened(team_day, part, stops), left)

    def _busy(self, part: Visit) -> frozenset[str]:
        """Return the team-days whose car or team is elsewhere."""
        closed = self._links.blocked(part, ignore=frozenset({"limit", "round"}))
        return frozenset(id_ for id_, shut in zip(self._days, closed.tolist(), strict=True) if shut)

    @staticmethod
    def _may(team_day: TeamDay, part: Visit, busy: frozenset[str]) -> bool:
        return bool(team_day.expert) == part.assists and team_day.id not in busy
