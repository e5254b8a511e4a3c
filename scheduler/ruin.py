"""Search routes by ruin and recreate: a problem as arrays, the compiled search, routes back.

The search takes some visits off and puts them back some hundred thousand times; a worse week is
kept now and then, less and less as the temperature falls. The effort is a number of iterations,
the wall clock only a safety net.
"""

from __future__ import annotations

import datetime as dt
import time
from decimal import Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scheduler import ruin_kernel
from scheduler.problem import MIN_CREW, Depot, Problem, TeamDay, Visit
from scheduler.routing import Found, Sequences
from scheduler.ruin_kernel import Routes, Week
from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray


HOT = 1_000
"""Seconds by which a week may be worse at the beginning of a search, on average."""

_COLD = 10
_MEAN = 8  # visits taken off in one iteration, on average
_NEIGHBOURS = 150
_STEPS = 256  # temperatures between hot and cold
_PARTS = 1024  # parts of (0, 1] that the logarithm is tabled for
_CHUNK = 1_000  # iterations between two looks at the clock
_POOL = 4_000  # routes remembered on the way
_LATEST = ruin_kernel.FAR // 2  # windows that close later never close
_DEAREST = (1 << 31) - 1  # prices beyond that count no more
_LONGEST = ruin_kernel.FAR // 4  # drives that last longer never end


def available() -> bool:
    """Tell whether the search is compiled here (without numba it would crawl)."""
    return ruin_kernel.COMPILED


@cache
def get_ready() -> None:
    """Compile the search, or read it from the disk, by planning one visit."""
    day = dt.date(1, 1, 1)
    visit = Visit(id="", object="", place=0, kind="", service=0)
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
    search(problem, visits=[visit], penalties={"": 1}, iterations=1, seed=0)


def search(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    penalties: Mapping[str, int],
    iterations: int,
    seed: int,
    start: Sequences | None = None,
    deadline: float = float("inf"),
    hot: int = HOT,
    enough: int = -1,
    tell: Callable[[float, int], None] | None = None,
    keep: Callable[[Sequences], None] | None = None,
    prices: Mapping[tuple[str, str], int] | None = None,
) -> Found:
    """Return good routes through *visits*, leaving out what costs more than its penalty.

    Parameters
    ----------
    visits
        Visits to choose from.
    penalties
        Seconds that leaving a visit out costs, by id.
    iterations, seed
        Both together decide about the routes, on every machine alike.
    start
        Routes to start from; visits that are on none are put in greedily first.
    deadline
        Moment of the monotonic clock at which the search ends in any case.
    hot
        Temperature at the beginning in seconds; lower ones stay closer to *start*.
    enough
        Cost at which the search may end.
    tell
        Called now and then with the share done and the best cost so far; what it raises ends the
        search.
    keep
        Called with routes that were part of a best week on the way.
    prices
        Seconds that steer the search beside those of the problem (which are part of every cost), by
        ids of visit and team-day: they count in the costs told and in what is called best here,
        and in nobody's objective. They may be negative.
    """
    team_days = [
        day for day in problem.team_days if any(may_make(problem, one, day) for one in visits)
    ]
    if not team_days:
        return Found(sequences={}, complete=True)
    work = _Work(
        problem, visits=list(visits), team_days=team_days, penalties=penalties, hot=hot,
        prices=prices or {},
    )  # fmt: skip
    work.load(start or {}, seed=seed)
    numbers, pooled, complete = work.routes.numbers, 0, True
    ruin_kernel.fill(work.week, work.routes)
    while numbers[ruin_kernel.DONE] < iterations and numbers[ruin_kernel.BEST] > enough:
        until = min(iterations, int(numbers[ruin_kernel.DONE]) + _CHUNK)
        ruin_kernel.search(work.week, work.routes, _MEAN, iterations, until, enough)
        if tell is not None:
            tell(until / iterations, int(numbers[ruin_kernel.BEST]))
        if keep is not None:
            pooled = work.hand_over(keep, pooled)
        if time.monotonic() > deadline:
            complete = until == iterations or bool(numbers[ruin_kernel.BEST] <= enough)
            break
    return Found(sequences=work.best(), complete=complete)


class _Work:
    """One search: arrays of the problem and of its routes, and the names that belong to them."""

    def __init__(
        self,
        problem: Problem,
        *,
        visits: list[Visit],
        team_days: list[TeamDay],
        penalties: Mapping[str, int],
        hot: int,
        prices: Mapping[tuple[str, str], int],
    ) -> None:
        self.problem, self.visits, self.team_days = problem, visits, team_days
        self.week = week_arrays(
            problem, visits=visits, team_days=team_days, penalties=penalties, hot=hot,
            prices=prices,
        )  # fmt: skip
        self.routes = route_arrays(self.week)

    def load(self, start: Sequences, *, seed: int) -> None:
        """Put known routes in, as far as they keep to the times; the rest is absent."""
        week, routes, numbers = self.week, self.routes, self.routes.numbers
        # The odd multiplier spreads small seeds; the carry above the low word must not be zero.
        numbers[ruin_kernel.RANDOM] = (seed * 2_654_435_761 + 1) % (1 << 32) + (12_345 << 32)
        at = {visit.id: v for v, visit in enumerate(self.visits)}
        routes.place[:, ruin_kernel.ROUTE] = -1
        for k, day in enumerate(self.team_days):
            stops = [at[one.id] for one in start.get(day.id, ()) if one.id in at]
            stops = [v for v in stops if may_make(self.problem, self.visits[v], day)]
            if put(week, routes, k, stops):
                routes.place[stops, ruin_kernel.ROUTE] = k
            else:
                put(week, routes, k, [])
        lost = np.flatnonzero(routes.place[:, ruin_kernel.ROUTE] < 0)
        routes.lists[ruin_kernel.ABSENTEES, : len(lost)] = lost
        routes.place[lost, ruin_kernel.AT] = np.arange(len(lost))
        counts = routes.route[:, ruin_kernel.COUNT]
        legs = routes.times[:, :, ruin_kernel.LEG]
        driving = sum(int(legs[k, : count + 1].sum()) for k, count in enumerate(counts))
        penalties = week.visit[lost, ruin_kernel.PENALTY]
        made = np.flatnonzero(routes.place[:, ruin_kernel.ROUTE] >= 0)
        price = week.price[made, routes.place[made, ruin_kernel.ROUTE]].sum() if priced(week) else 0
        numbers[ruin_kernel.COST] = driving + int(penalties.sum()) + int(price)
        numbers[ruin_kernel.ABSENT] = len(lost)
        numbers[ruin_kernel.PLACED] = len(self.visits) - len(lost)
        numbers[ruin_kernel.USED] = int((counts > 0).sum())

    def best(self) -> Sequences:
        """Return the best routes without idle team-days."""
        counts = self.routes.route[:, ruin_kernel.KEPT]
        rows = zip(self.team_days, self.routes.best, counts, strict=True)
        return {day.id: self._named(row[:count]) for day, row, count in rows if count}

    def hand_over(self, keep: Callable[[Sequences], None], pooled: int) -> int:
        """Give routes seen after the first *pooled* ones away; return how many there were."""
        total, size = int(self.routes.numbers[ruin_kernel.POOLED]), len(self.routes.pool)
        for at in range(max(pooled, total - size), total):
            k, count = self.routes.pool[at % size, :2]
            if count:
                stops = self._named(self.routes.pool[at % size, 2 : 2 + count])
                keep({self.team_days[k].id: stops})
        return total

    def _named(self, stops: NDArray[np.int64]) -> list[Visit]:
        return [self.visits[v] for v in stops.tolist()]


def week_arrays(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    team_days: Sequence[TeamDay],
    penalties: Mapping[str, int],
    hot: int = HOT,
    prices: Mapping[tuple[str, str], int] | None = None,
) -> Week:
    """Return *problem* as the arrays that the compiled search reads."""
    stations = {depot.id: at for at, depot in enumerate(problem.depots)}
    places = np.array([*(v.place for v in visits), *(depot.place for depot in problem.depots)])
    apart = places[:, None] != places[None, :]
    seconds = np.minimum(problem.seconds[np.ix_(places, places)], _LONGEST)
    to = np.where(apart, seconds, 0).astype(np.int32)
    n = len(visits)
    cars = _cars(problem, visits, team_days)
    may = np.zeros((n, len(team_days)), np.uint8)
    for v, some in enumerate(cars):
        may[v, some] = 1
    around = to[:n, :n].astype(np.int64) + to[:n, :n].T
    np.fill_diagonal(around, -1)
    near = np.argsort(around, axis=1, kind="stable")[:, :_NEIGHBOURS]
    ends = np.cumsum([len(some) for some in cars]).tolist()
    return Week(
        to=to,
        back=np.ascontiguousarray(to.T),
        visit=_ints(
            (one.service, one.window[0], min(one.window[1], _LATEST), penalties[one.id], begin, end)
            for one, begin, end in zip(visits, [0, *ends], ends, strict=False)
        ),
        day=_ints(
            (n + stations[day.depot], day.start, day.end, *day.lunch, min(day.max_visits, room))
            for day, room in zip(team_days, _room(visits, team_days), strict=True)
        ),
        cars=_ints(k for some in cars for k in some),
        may=may,
        near=np.ascontiguousarray(near.astype(np.int32)),
        log=_ints(_logarithms()),
        heat=_ints(_temperatures(hot)),
        price=_prices(visits, team_days, tables=(problem.prices, prices or {})),
    )


def route_arrays(week: Week) -> Routes:
    """Return empty routes of *week*."""
    n, size = len(week.visit), len(week.day)
    most = int(week.day[:, ruin_kernel.MOST].max())

    def zeros(*shape: int) -> NDArray[np.int64]:
        return np.zeros(shape, np.int64)

    return Routes(
        stops=zeros(size, most + 1), times=zeros(size, most + 1, 5), route=zeros(size, 5),
        place=zeros(n, 2), lists=zeros(5, max(n, size)), saved=zeros(size, most + 1),
        best=zeros(size, most + 1), pool=zeros(_POOL, most + 2), numbers=zeros(10),
    )  # fmt: skip


def priced(week: Week) -> bool:
    """Tell whether it counts at all which team-day makes a visit."""
    return len(week.price) > 0


def put(week: Week, routes: Routes, k: int, stops: Sequence[int]) -> bool:
    """Put visits on route *k*; tell whether it can be driven so."""
    if len(stops) > week.day[k, ruin_kernel.MOST]:
        return False
    routes.stops[k, : len(stops)] = stops
    routes.route[k, ruin_kernel.COUNT] = len(stops)
    return bool(
        ruin_kernel.retime(
            week.to, week.visit, week.day, routes.stops, routes.times, routes.route, k
        )
    )


def _ints(values: object) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]


def _room(visits: Sequence[Visit], team_days: Sequence[TeamDay]) -> list[int]:
    """Return how many visits' services alone fill each team-day: short rows are faster to read."""
    spent = np.cumsum(sorted(visit.service for visit in visits))
    hours = [day.end - day.start for day in team_days]
    return [int(most) for most in np.searchsorted(spent, hours, side="right")]


def _cars(
    problem: Problem, visits: Sequence[Visit], team_days: Sequence[TeamDay]
) -> list[list[int]]:
    """Return the team-days that may make each visit; what visits have in common is asked once."""
    starts = np.array([day.start for day in team_days])
    ends = np.array([day.end for day in team_days])
    ids = np.array([day.id for day in team_days])
    known: dict[tuple[object, ...], NDArray[np.bool_]] = {}
    found = []
    for visit in visits:
        key = (visit.departments, visit.specialities, visit.days)
        if key not in known:
            known[key] = np.array([obstacle(visit, day) is None for day in team_days])
        first, last = visit.window
        fits = known[key] & (first + visit.service <= ends) & (last >= starts)
        if visit.id in problem.locked:
            fits = fits & (ids == problem.locked[visit.id])
        found.append(np.flatnonzero(fits).tolist())
    return found


def _prices(
    visits: Sequence[Visit],
    team_days: Sequence[TeamDay],
    *,
    tables: Sequence[Mapping[tuple[str, str], int]],
) -> NDArray[np.int32]:
    """Return the sum of price tables as one, without rows where all of them are empty."""
    if not any(tables):
        return np.zeros((0, 0), np.int32)
    row = {visit.id: at for at, visit in enumerate(visits)}
    column = {day.id: at for at, day in enumerate(team_days)}
    found = np.zeros((len(visits), len(team_days)), np.int64)
    for table in tables:
        for (visit, day), seconds in table.items():
            if visit in row and day in column:
                found[row[visit], column[day]] += seconds
    return np.clip(found, -_DEAREST, _DEAREST).astype(np.int32)


def may_make(problem: Problem, visit: Visit, day: TeamDay) -> bool:
    """Tell whether *day* could make *visit* by everything but driving."""
    return (
        obstacle(visit, day) is None
        and problem.open_to(visit, day)
        and visit.window[0] + visit.service <= day.end
        and visit.window[1] >= day.start
    )


# Decimal arithmetic is the same everywhere; the last bit of a machine's logarithm is not.
_EXACT = Context(prec=20)


@cache
def _logarithms() -> tuple[int, ...]:
    """Return -ln of the middles of equal parts of (0, 1], in 1024ths."""
    parts = (Decimal(2 * at + 1) / (2 * _PARTS) for at in range(_PARTS))
    return tuple(int(-part.ln(_EXACT) * 1024) for part in parts)


@cache
def _temperatures(hot: int) -> tuple[int, ...]:
    """Return temperatures that fall from *hot* by equal factors."""
    ratio = Decimal(_COLD) / Decimal(hot)
    shares = (Decimal(at) / _STEPS for at in range(_STEPS))
    return tuple(int(hot * _EXACT.power(ratio, share)) for share in shares)
