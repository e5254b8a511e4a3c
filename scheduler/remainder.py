"""What is left of a planned week that something has happened to: the part that can still change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scheduler.problem import DAY_SECONDS, Limit, TeamDay, Visit
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.plan import Plan, Route
    from scheduler.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """What has happened to a planned week.

    Attributes
    ----------
    lost
        Team-days that do not run (any more).
    cancelled
        Visits that are not to be made.
    urgent
        New visits; their places must be in the travel matrices of the problem.
    wanted
        Visits that were left out and must be made now.
    today
        First day that can still be changed; what lies before it is over.
    done
        Visits that are known to be made: the rounds that they are on are under way and stay.
    """

    lost: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    urgent: tuple[Visit, ...] = ()
    wanted: frozenset[str] = frozenset()
    today: dt.date | None = None
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a visit stands in a plan: its team-day and the start in seconds since midnight."""

    team_day: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """The part of a week that can still change.

    Attributes
    ----------
    problem
        Visits and team-days that are open, with limits less what was made.
    start
        Visits on the open team-days in their order, by team-day.
    over
        Routes that stay as they were: days gone by, and rounds under way.
    spots
        Where every visit that is still to be made, or was cancelled, stood before.
    surviving
        Visits of ``spots`` that could stay where they were: their team-day runs.
    asked
        Whether visits are to be made that were not planned.
    """

    problem: Problem
    start: Mapping[str, Sequence[Visit]]
    over: tuple[Route, ...]
    spots: Mapping[str, Spot]
    surviving: frozenset[str]
    asked: bool

    @property
    def touched(self) -> bool:
        """Tell whether the rounds cannot stay as they were, or have more to make."""
        return self.asked or len(self.surviving) < len(self.spots)

    def priced(self, move_seconds: int) -> Problem:
        """Return the problem in which it counts to move a promised visit, or to leave it out."""
        problem = self.problem
        prices = dict(problem.prices)
        for id_ in self.surviving:
            for day in problem.team_days:
                if day.id != self.spots[id_].team_day:
                    prices[id_, day.id] = prices.get((id_, day.id), 0) + move_seconds
        visits = tuple(
            replace(one, prize=one.prize + move_seconds)
            if one.id in self.surviving and not one.mandatory
            else one
            for one in problem.visits
        )
        return problem.replace(visits=visits, prices=prices)


def remainder(
    problem: Problem,
    plan: Plan,
    disruption: Disruption,
    *,
    locked: Mapping[str, str] | None = None,
) -> Remainder:
    """Return what is left of the week of *plan* when *disruption* has happened to it."""
    return _Cut(problem, plan, disruption, locked or {}).made()


@dataclass(slots=True)
class _Cut:
    """Takes the open part out of a week."""

    problem: Problem
    plan: Plan
    what: Disruption
    locked: Mapping[str, str]
    days: dict[str, TeamDay] = field(init=False)
    visits: dict[str, Visit] = field(init=False)
    gone: dict[str, tuple[TeamDay, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.days = {day.id: day for day in self.problem.team_days}
        self.visits = {visit.id: visit for visit in self.problem.visits}

    def made(self) -> Remainder:
        """Return the open part."""
        closed = self._closed()
        kept = (self._kept(route) for route in self.plan.routes if route.team_day in closed)
        over = tuple(route for route in kept if route is not None)
        self.gone = {
            stop.visit: (self.days[route.team_day], stop.start)
            for route in over
            for stop in route.stops
        }
        team_days = tuple(
            day for day in self.problem.team_days
            if day.id not in closed and day.id not in self.what.lost
        )  # fmt: skip
        visits = tuple(self._open(team_days))
        runs = {day.id for day in team_days}
        known = {visit.id: visit for visit in visits}
        spots = {
            stop.visit: Spot(team_day=route.team_day, start=stop.start)
            for route in self.plan.routes
            for stop in route.stops
            if stop.visit not in self.gone
        }
        return Remainder(
            problem=self._problem(visits, team_days),
            start={
                route.team_day: [known[stop.visit] for stop in route.stops if stop.visit in known]
                for route in self.plan.routes
                if route.team_day in runs
            },
            over=over,
            spots=spots,
            surviving=frozenset(
                id_ for id_, spot in spots.items() if spot.team_day in runs and id_ in known
            ),
            asked=bool(self.what.urgent or self.what.wanted),
        )

    def _closed(self) -> frozenset[str]:
        """Return the team-days that are over or under way, with those met on joint visits."""
        today = self.what.today
        found = {day.id for day in self.problem.team_days if today and day.day < today}
        begun = {self.visits[id_].meets for id_ in self.what.done if id_ in self.visits} - {""}
        for route in self.plan.routes:
            for stop in route.stops:
                if stop.visit in self.what.done or self.visits[stop.visit].meets in begun:
                    found.add(route.team_day)
        return frozenset(found)

    def _kept(self, route: Route) -> Route | None:
        """Return a route that is over; of one that was broken off only what was made."""
        if route.team_day not in self.what.lost:
            return route
        made = [self.visits[stop.visit] for stop in route.stops if stop.visit in self.what.done]
        return Timetable(self.problem).route(self.days[route.team_day], made) if made else None

    def _open(self, team_days: Sequence[TeamDay]) -> Iterable[Visit]:
        """Yield the visits that are still to be made, with the days that are left to them."""
        for visit in (*self.problem.visits, *self.what.urgent):
            if visit.id in self.gone or visit.id in self.what.cancelled:
                continue
            if visit.id in self.what.wanted:
                visit = replace(visit, mandatory=True, prize=0)
            yield self._after(self._on_days(visit, team_days), team_days)

    def _on_days(self, visit: Visit, team_days: Sequence[TeamDay]) -> Visit:
        """Return *visit* without the days that its round, its gate or a limit does not leave it."""
        made = [(self.visits[id_], day.day) for id_, (day, _) in self.gone.items()]
        told = {day for other, day in made if visit.round and other.round == visit.round}
        if told:
            return replace(visit, days=tuple(sorted(told)))
        shut = {day for other, day in made if visit.gate and other.gate == visit.gate}
        for limit in self.problem.limits:
            if limit.within == "day" and visit.id in limit.visits:
                made_on = Counter(day for other, day in made if other.id in limit.visits)
                shut |= {day for day, count in made_on.items() if count >= limit.most}
        if not shut:
            return visit
        left = {day.day for day in team_days if visit.allowed(day.day)} - shut
        return replace(visit, days=tuple(sorted(left or shut)))

    def _after(self, visit: Visit, team_days: Sequence[TeamDay]) -> Visit:
        """Return a visit that follows one that is over with the days and hours that leaves it."""
        rule = visit.follows
        if rule is None or rule.visit not in self.gone:
            return visit
        day, start = self.gone[rule.visit]
        earliest = start + rule.least
        latest = None if rule.most is None else start + rule.most
        hours: dict[dt.date, tuple[int, int]] = {}
        for one in sorted({one.day for one in team_days if visit.allowed(one.day)}):
            passed = (one - day.day).days * DAY_SECONDS
            first = max(visit.window[0], earliest - passed)
            last = visit.window[1] if latest is None else min(visit.window[1], latest - passed)
            if first <= last:
                hours[one] = first, last
        whole = tuple(one for one, window in hours.items() if window == visit.window)
        if whole or not hours:
            return replace(visit, follows=None, days=whole or (day.day,))
        one, window = next(iter(hours.items()))
        return replace(visit, follows=None, days=(one,), window=window)

    def _problem(self, visits: tuple[Visit, ...], team_days: tuple[TeamDay, ...]) -> Problem:
        known, runs = {visit.id for visit in visits}, {day.id for day in team_days}
        locked = {**self.problem.locked, **self.locked}
        return self.problem.replace(
            visits=visits,
            team_days=team_days,
            limits=tuple(self._limits(known)),
            prices={
                key: price for key, price in self.problem.prices.items()
                if key[0] in known and key[1] in runs
            },
            locked={id_: at for id_, at in locked.items() if id_ in known and at in runs},
        )  # fmt: skip

    def _limits(self, known: set[str]) -> Iterable[Limit]:
        """Yield the limits with what is left of them for the visits to come."""
        for limit in self.problem.limits:
            made = len(limit.visits & set(self.gone)) if limit.within == "week" else 0
            if limit.visits & known:
                yield replace(limit, visits=limit.visits & known, most=max(0, limit.most - made))
