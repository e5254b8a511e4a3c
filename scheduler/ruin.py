"""Search routes by ruin and recreate: a problem as arrays, the compiled search, routes back.

The search takes some visits off and puts them back some hundred thousand times; a worse week is
kept now and then, less and less as the temperature falls. The effort is a number of iterations,
the wall clock only a safety net; or it is all the time up to a deadline, and the temperature
follows the share of it that has passed.
"""

from __future__ import annotations

import datetime as dt
import time
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scheduler import ahead, balance, meetings
from scheduler.able import able
from scheduler.bonds import Bound
from scheduler.heat import COLD, HOT, temperatures
from scheduler.kernel import bound_search, compiler, tables, week_search
from scheduler.pressure import Pressure
from scheduler.problem import MIN_CREW, Depot, Problem, Sequences, TeamDay, Visit
from scheduler.routing import Found
from scheduler.week_arrays import Counts, priced, put, route_arrays, tallies, team_rows, week_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from numpy.typing import NDArray


_MEAN = 8  # visits taken off in one iteration, on average
_CHUNK = 1_000  # iterations between two looks at the clock
_GLANCE = 0.05  # seconds between them where the clock decides,
_GLANCES = 200  # or that part of the time where it is short
_FIRST = 50  # iterations before the pace is known
_LIGHT, _HEAVY = 16, 512  # weights of hours apart, least and most
_LENIENT, _EARLY = 128, 0.3  # in a lenient search: most, and the share of it with the least
_INSIDE = 99  # percent of the spread allowed in which hours count nothing: it has to be reached


def available() -> bool:
    """Tell whether the search is compiled here (without numba it would crawl)."""
    return compiler.COMPILED


def get_ready_ahead() -> None:
    """Let another process compile the search meanwhile, where that has not been done yet."""
    if compiler.missing(bound_search.search_bound):
        ahead.start(_get_all_ready)


def _get_all_ready() -> None:
    get_ready(bound=True)
    get_ready()


@cache
def get_ready(*, bound: bool = False) -> None:
    """Compile the search, or read it from the disk, by planning one visit.

    Weeks with *bound* visits have a search of their own, which serves them throughout.
    """
    ahead.wait_for(bound_search.search_bound if bound else week_search.search)
    day = dt.date(1, 1, 1)
    visit = Visit(id="", object="", place=0, kind="", service=0, round="-" if bound else "")
    team_day = TeamDay(
        id="",
        team=0,
        day=day,
        depot="",
        vehicle="",
        seats=MIN_CREW,
        start=0,
        end=1,
        lunch=(0, 0, 0),
    )
    problem = Problem(
        visits=(visit,), team_days=(team_day,), depots=(Depot(id="", name="", place=0),),
        seconds=np.zeros((1, 1), np.int64), metres=np.zeros((1, 1), np.int64),
    )  # fmt: skip
    with compiler.undisturbed():
        search(problem, visits=[visit], penalties={"": 1}, iterations=1, seed=0)


def search(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    penalties: Mapping[str, int],
    iterations: int | None,
    seed: int,
    start: Sequences | None = None,
    deadline: float = float("inf"),
    halt: Event | None = None,
    hot: int = HOT,
    cold: int = COLD,
    enough: int = -1,
    tell: Callable[[float, int], None] | None = None,
    keep: Callable[[Sequences], None] | None = None,
    lenient: bool = False,
    prices: Mapping[tuple[str, str], int] | None = None,
    may: NDArray[np.bool_] | None = None,
) -> Found:
    """Return good routes through *visits*, leaving out what costs more than its penalty.

    Parameters
    ----------
    visits
        Visits to choose from.
    penalties
        Seconds that leaving a visit out costs, by id.
    iterations, seed
        Both together decide about the routes, on every machine alike. Without a number the search
        goes on until the deadline.
    start
        Routes to start from; visits that are on none are put in greedily first.
    deadline
        Moment of the monotonic clock at which the search ends in any case.
    halt
        Ends the search when it is set, with the best routes so far; a keyboard interrupt sets it.
    hot, cold
        Temperatures at the beginning and at the end, in thousandths of what suits the week; lower
        ones stay closer to *start*.
    enough
        Cost at which the search may end.
    tell
        Called now and then with the share done and the best cost so far; what it raises ends the
        search.
    keep
        Called with routes that were part of a best week on the way.
    lenient
        Let hours that lie too far apart count little until late in the search.
    prices
        Seconds that steer the search beside those of the problem (which are part of every cost), by
        ids of visit and team-day: they count in the costs told and in what is called best here,
        and in nobody's objective. They may be negative.
    may
        What :func:`scheduler.able.able` says of *visits* and the team-days, if that is known.
    """
    if may is None:
        may = able(problem, visits, problem.team_days)
    whose = np.flatnonzero(may.any(axis=0))
    team_days = [problem.team_days[k] for k in whose.tolist()]
    if not team_days:
        return Found(sequences={}, complete=True)
    work = _Work(
        problem, visits=list(visits), team_days=team_days, penalties=penalties, heats=(hot, cold),
        prices=prices or {}, may=may[:, whose], lenient=lenient,
    )  # fmt: skip
    work.load(start or {}, seed=seed)
    work.fill()
    pace = _Pace(iterations, deadline)
    try:
        complete = _go_on(work, pace, enough=enough, halt=halt, tell=tell, keep=keep)
    except KeyboardInterrupt:
        if halt is None:
            raise
        halt.set()
        complete = False
    return Found(sequences=work.best(), complete=complete)


def _go_on(
    work: _Work,
    pace: _Pace,
    *,
    enough: int,
    halt: Event | None,
    tell: Callable[[float, int], None] | None,
    keep: Callable[[Sequences], None] | None,
) -> bool:
    """Search to the end; tell whether that is what the effort was, not a halt or a deadline."""
    numbers, pooled = work.routes.numbers, 0
    if tell is not None:
        tell(0.0, int(numbers[tables.BEST]))
    while not pace.over() and numbers[tables.BEST] > enough:
        if halt is not None and halt.is_set():
            return False
        work.weigh_hours(pace.share)
        work.pressure.press(pace.share)
        until, total = pace.chunk(int(numbers[tables.DONE]))
        work.run(total, until, enough)
        pace.now(int(numbers[tables.DONE]))
        cost = work.pressure.follow()
        if keep is not None:
            pooled = work.hand_over(keep, pooled)
        if tell is not None:
            tell(pace.share, cost)
    return not pace.late or bool(numbers[tables.BEST] <= enough)


class _Pace:
    """How far a search is: by its iterations, or by the clock where it has no number of them."""

    def __init__(self, iterations: int | None, deadline: float) -> None:
        self._iterations, self._deadline = iterations, deadline
        self._began = self._time = time.monotonic()
        self._done, self._per_second = 0, _FIRST / _GLANCE
        self.share = 0.0 if iterations != 0 else 1.0

    @property
    def late(self) -> bool:
        """Tell whether the clock ended what iterations should have ended."""
        return self._iterations is not None and self.share < 1

    def over(self) -> bool:
        """Tell whether the effort is spent or the deadline has come."""
        return self.share >= 1 or self._time >= self._deadline

    def chunk(self, done: int) -> tuple[int, int]:
        """Return up to which iteration to go on, and of how many in all as far as is known."""
        if self._iterations is not None:
            return min(self._iterations, done + _CHUNK), self._iterations
        length = self._deadline - self._began
        seconds = min(_GLANCE, length / _GLANCES, self._deadline - self._time)
        until = done + max(1, int(self._per_second * seconds))
        return until, max(until, int(until * length / (self._time + seconds - self._began)))

    def now(self, done: int) -> None:
        """Note that *done* iterations have been made by now."""
        before, self._time = self._time, time.monotonic()
        if self._iterations is not None:
            self.share = done / self._iterations
            return
        self._per_second = max(1, done - self._done) / max(1e-6, self._time - before)
        self._done = done
        length = max(1e-6, self._deadline - self._began)
        self.share = min(1.0, (self._time - self._began) / length)


class _Work:
    """One search: arrays of the problem and of its routes, and the names that belong to them."""

    def __init__(
        self,
        problem: Problem,
        *,
        visits: list[Visit],
        team_days: list[TeamDay],
        penalties: Mapping[str, int],
        heats: tuple[int, int],
        prices: Mapping[tuple[str, str], int],
        may: NDArray[np.bool_],
        lenient: bool = False,
    ) -> None:
        self.visits, self.team_days, self.lenient = visits, team_days, lenient
        self.teams, self.spread = len(team_rows(problem)), problem.spread
        self.week = week_arrays(
            problem, visits=visits, team_days=team_days, penalties=penalties, heats=heats,
            prices=prices, may=may,
        )  # fmt: skip
        self.routes = route_arrays(self.week, teams=self.teams)
        self.bound: Bound | None = None
        if meetings.bound(problem.visits):  # also where it is without any, to compile one search
            self.bound = Bound(
                problem, visits=visits, team_days=team_days, week=self.week, routes=self.routes
            )
        self.pressure = Pressure(self.week, self.routes, visits=visits, best=self._best)

    def fill(self) -> None:
        """Put absent visits in greedily."""
        if self.bound is None:
            week_search.fill(self.week, self.routes)
        else:
            self.bound.fill(self.week, self.routes)

    def run(self, total: int, until: int, enough: int) -> None:
        """Search up to iteration *until* of *total*, or to a cost that is low enough."""
        if self.bound is None:
            week_search.search(self.week, self.routes, _MEAN, total, until, enough)
        else:
            bonds = self.bound.arrays
            bound_search.search_bound(self.week, self.routes, bonds, _MEAN, total, until, enough)

    def load(self, start: Sequences, *, seed: int) -> None:
        """Put known routes in, as far as they keep to the times; the rest is absent."""
        week, routes, numbers = self.week, self.routes, self.routes.numbers
        # The odd multiplier spreads small seeds; the carry above the low word must not be zero.
        numbers[tables.RANDOM] = (seed * 2_654_435_761 + 1) % (1 << 32) + (12_345 << 32)
        if self.bound is not None:
            start = self.bound.admit(self._possible(start), put=self._puts)
        at = {visit.id: v for v, visit in enumerate(self.visits)}
        routes.place[:, tables.ROUTE] = -1
        counts = Counts(week)
        for k, day in enumerate(self.team_days):
            stops = [at[one.id] for one in start.get(day.id, ()) if one.id in at]
            stops = counts.admit([v for v in stops if week.may[v, k]], k)
            if put(week, routes, k, stops):
                routes.place[stops, tables.ROUTE] = k
                routes.place[stops, tables.AT] = np.arange(len(stops))
            else:
                put(week, routes, k, [])
                counts.forget()
        self._start_tally()
        lost = np.flatnonzero(routes.place[:, tables.ROUTE] < 0)
        routes.lists[tables.ABSENTEES, : len(lost)] = lost
        routes.place[lost, tables.AT] = np.arange(len(lost))
        lengths = routes.route[:, tables.COUNT]
        legs = routes.times[:, :, tables.LEG]
        driving = sum(int(legs[k, : count + 1].sum()) for k, count in enumerate(lengths))
        later = int(routes.route[:, tables.LATER].sum())
        penalties = week.visit[lost, tables.PENALTY]
        made = np.flatnonzero(routes.place[:, tables.ROUTE] >= 0)
        price = week.price[made, routes.place[made, tables.ROUTE]].sum() if priced(week) else 0
        numbers[tables.COST] = driving + later + int(penalties.sum()) + int(price)
        numbers[tables.ABSENT] = len(lost)
        numbers[tables.PLACED] = len(self.visits) - len(lost)
        numbers[tables.USED] = int((lengths > 0).sum())

    def _start_tally(self) -> None:
        """Count hours of teams and visits of limits as the routes loaded have them."""
        week, routes, numbers = self.week, self.routes, self.routes.numbers
        for k in range(len(week.day)):
            count = int(routes.route[k, tables.COUNT])
            routes.told[k, :count] = routes.stops[k, :count]
            routes.route[k, tables.TOLD] = count
            hours = routes.route[k, tables.HOURS]
            routes.route[k, tables.HOURS_TOLD] = hours
            routes.tally[0, week.day[k, tables.TEAM]] += hours
            for at, bucket in tallies(week, routes.stops[k, :count].tolist(), k):
                routes.tally[1 + at, bucket] += 1
        if self.teams > 1 and self.spread is not None:
            numbers[tables.TEAMS], numbers[tables.SPREAD] = self.teams, self.spread

    def weigh_hours(self, share: float) -> None:
        """Let hours apart count more while they are too far apart, else a little less.

        A lenient search lets them count the more, the larger a *share* of it is done.
        """
        numbers = self.routes.numbers
        teams = int(numbers[tables.TEAMS])
        if not teams:
            return
        hours = self.routes.tally[0, :teams].tolist()
        apart = max(hours) - min(hours)
        zone = _INSIDE * sum(hours) * int(numbers[tables.SPREAD]) // (200_000 * teams)
        numbers[tables.ZONE] = zone
        numbers[tables.TARGET] = balance.middle(hours, zone=zone)
        if self.lenient:
            rising = temperatures(_LIGHT, _LENIENT)
            late = max(0.0, share - _EARLY) / (1 - _EARLY)
            numbers[tables.WEIGHT] = rising[min(len(rising) - 1, int(late * len(rising)))]
            return
        weight = int(numbers[tables.WEIGHT])
        too_far = 1000 * teams * apart > int(numbers[tables.SPREAD]) * sum(hours)
        weight = weight * 9 // 8 + 1 if too_far else weight * 15 // 16
        numbers[tables.WEIGHT] = max(_LIGHT, min(_HEAVY, weight))

    def _possible(self, start: Sequences) -> Sequences:
        """Return what this search may use of *start*."""
        at = {visit.id: v for v, visit in enumerate(self.visits)}
        may, counts = self.week.may, Counts(self.week)
        some = {
            day.id: [one for one in start.get(day.id, ()) if one.id in at and may[at[one.id], k]]
            for k, day in enumerate(self.team_days)
        }
        for k, stops in enumerate(some.values()):
            kept = set(counts.admit([at[one.id] for one in stops], k))
            stops[:] = [one for one in stops if at[one.id] in kept]
        return some

    def _puts(self, k: int, stops: Sequence[int]) -> bool:
        return put(self.week, self.routes, k, stops)

    def best(self) -> Sequences:
        """Return the best routes without idle team-days."""
        self.pressure.follow()
        return self._best() if self.pressure.kept is None else self.pressure.kept

    def _best(self) -> Sequences:
        counts = self.routes.route[:, tables.KEPT]
        rows = zip(self.team_days, self.routes.best, counts, strict=True)
        return {
            day.id: self._named(row[:count]) if self.bound is None
            else self.bound.best(k, row[:count].tolist())
            for k, (day, row, count) in enumerate(rows) if count
        }  # fmt: skip

    def hand_over(self, keep: Callable[[Sequences], None], pooled: int) -> int:
        """Give routes seen after the first *pooled* ones away; return how many there were."""
        total, size = int(self.routes.numbers[tables.POOLED]), len(self.routes.pool)
        for at in range(max(pooled, total - size), total):
            k, count = self.routes.pool[at % size, :2]
            if count:
                row = self.routes.pool[at % size, 2 : 2 + count]
                stops = (
                    self._named(row) if self.bound is None
                    else self.bound.pooled(k, row.tolist(), at % size)
                )  # fmt: skip
                keep({self.team_days[k].id: stops})
        return total

    def _named(self, stops: NDArray[np.int64]) -> list[Visit]:
        return [self.visits[v] for v in stops.tolist()]
