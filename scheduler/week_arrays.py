"""A problem and its routes as the arrays that the compiled search reads and writes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from scheduler import balance
from scheduler.able import able
from scheduler.heat import COLD, HOT, logarithms, suited, temperatures
from scheduler.kernel import tables, times
from scheduler.kernel.tables import Routes, Week

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.kernel.tables import Ints
    from scheduler.problem import Problem, TeamDay, Visit

_NEIGHBOURS = 150
_CLOSE = 60  # places beside neighbours that are looked at first
_WAITING = 5  # so many seconds of waiting count as one of driving
_POOL = 4_000  # routes remembered on the way
_LATEST = tables.FAR // 2  # windows that close later never close
_DEAREST = (1 << 31) - 1  # prices beyond that count no more
_SAVED = 600  # seconds that a detour may save
_LONGEST = tables.FAR // 4  # drives that last longer never end
_WITHIN = {
    "week": tables.IN_WEEK, "day": tables.ON_DAY, "team_day": tables.BY_CAR,
}  # fmt: skip


def week_arrays(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    team_days: Sequence[TeamDay],
    penalties: Mapping[str, int],
    heats: tuple[int, int] = (HOT, COLD),
    prices: Mapping[tuple[str, str], int] | None = None,
    may: NDArray[np.bool_] | None = None,
) -> Week:
    """Return *problem* as the arrays that the compiled search reads; *may* as :func:`able` says."""
    stations = {depot.id: at for at, depot in enumerate(problem.depots)}
    to = _drives(problem, visits)
    n = len(visits)
    may = able(problem, visits, team_days) if may is None else may
    price = _prices(visits, team_days, tables=(problem.prices, prices or {}))
    around = to[:n, :n].astype(np.int64) + to[:n, :n].T
    np.fill_diagonal(around, -1)
    near = np.argsort(around, axis=1, kind="stable")[:, :_NEIGHBOURS]
    ends = np.cumsum(may.sum(axis=1)).tolist()
    days = sorted({day.day for day in team_days})
    teams = team_rows(problem)
    figures = _ints(
        (
            n + stations[day.depot], day.start, day.end + day.overtime, *day.lunch,
            min(day.max_visits, room), day.capacity,
            len(to) - 1 if day.open_end else n + stations[day.finish or day.depot],
            day.end, day.overtime_price if day.overtime else 0,
            days.index(day.day), teams.get(day.team, len(teams)) if not day.expert else len(teams),
        )
        for day, room in zip(team_days, _room(visits, team_days), strict=True)
    )  # fmt: skip
    alike = _alike(figures, may=may, price=price, days=team_days)
    limited, limits_from = _limited(problem, visits, ends[-1])
    return Week(
        to=to,
        back=np.ascontiguousarray(to.T),
        visit=_ints(
            (
                one.service,
                one.window[0],
                min(one.window[1], _LATEST),
                penalties[one.id],
                begin,
                end,
                one.load,
                *held,
            )
            for one, begin, end, held in zip(visits, [0, *ends], ends, limits_from, strict=False)
        ),
        day=np.column_stack([figures, alike, _most_hours(team_days)]),
        cars=np.concatenate([np.nonzero(may)[1], limited]).astype(np.int64),
        may=np.ascontiguousarray(may, dtype=np.uint8),
        near=np.ascontiguousarray(near.astype(np.int32)),
        close=_close(to, visits, may),
        log=_ints(logarithms()),
        heat=_ints(temperatures(*suited(around, *heats))),
        price=price,
        limit=_ints((limit.most, _WITHIN[limit.within]) for limit in problem.limits).reshape(-1, 2),
    )


def route_arrays(week: Week, *, teams: int = 0) -> Routes:
    """Return empty routes of *week*, and room for the hours of *teams*."""
    n, size = len(week.visit), len(week.day)
    most = int(week.day[:, tables.MOST].max())

    def zeros(*shape: int) -> NDArray[np.int64]:
        return np.zeros(shape, np.int64)

    return Routes(
        stops=zeros(size, most + 1), times=zeros(size, most + 1, 5),
        route=zeros(size, tables.FIGURES),
        place=zeros(n, 2), lists=zeros(5, max(n, size)), saved=zeros(size, most + 1),
        best=zeros(size, most + 1), pool=zeros(_POOL, most + 2),
        numbers=zeros(tables.NUMBERS), told=zeros(size, most + 1),
        tally=zeros(1 + len(week.limit), 1 + max(size, teams)),
        known=zeros(n, size, 2) - 1,
    )  # fmt: skip


def _drives(problem: Problem, visits: Sequence[Visit]) -> NDArray[np.int32]:
    """Return seconds between visits, stations, and a last node that is everywhere: an open end."""
    places = np.array([*(v.place for v in visits), *(depot.place for depot in problem.depots)])
    apart = places[:, None] != places[None, :]
    seconds = np.minimum(problem.seconds[np.ix_(places, places)], _LONGEST)
    to = np.zeros((len(places) + 1, len(places) + 1), np.int32)
    to[:-1, :-1] = np.where(apart, seconds, 0)
    return to


def team_rows(problem: Problem) -> dict[int, int]:
    """Return numbers of the teams whose hours are kept together, if they are."""
    if problem.spread is None:
        return {}
    return {team: at for at, team in enumerate(balance.teams(problem))}


def _limited(
    problem: Problem, visits: Sequence[Visit], first: int
) -> tuple[Ints, list[tuple[int, int]]]:
    """Return the limits of all visits one after the other, and where those of each begin and end.

    They begin at *first*.
    """
    limits: dict[str, list[int]] = {}
    for at, limit in enumerate(problem.limits):
        for id_ in limit.visits:
            limits.setdefault(id_, []).append(at)
    held = [limits.get(visit.id, []) for visit in visits]
    ends = (first + np.cumsum([len(some) for some in held])).tolist()
    return _ints(at for some in held for at in some), list(zip([first, *ends], ends, strict=False))


def priced(week: Week) -> bool:
    """Tell whether it counts at all which team-day makes a visit."""
    return len(week.price) > 0


def put(week: Week, routes: Routes, k: int, stops: Sequence[int]) -> bool:
    """Put visits on route *k*; tell whether it can be driven so."""
    if len(stops) > week.day[k, tables.MOST]:
        return False
    routes.stops[k, : len(stops)] = stops
    routes.route[k, tables.COUNT] = len(stops)
    return bool(
        times.retime(week.to, week.visit, week.day, routes.stops, routes.times, routes.route, k)
    )


def _ints(values: object) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]


def _room(visits: Sequence[Visit], team_days: Sequence[TeamDay]) -> list[int]:
    """Return how many visits' services alone fill each team-day: short rows are faster to read."""
    spent = np.cumsum(sorted(visit.service for visit in visits))
    hours = [day.end + day.overtime - day.start for day in team_days]
    return [int(most) for most in np.searchsorted(spent, hours, side="right")]


def _alike(
    figures: Ints, *, may: NDArray[np.bool_], price: NDArray[np.int32], days: Sequence[TeamDay]
) -> Ints:
    """Return for each team-day the first one that could take its place."""
    first: dict[tuple[object, ...], int] = {}
    return _ints(
        first.setdefault(
            (day.day, figures[k].tobytes(), may[:, k].tobytes(),
             price[:, k].tobytes() if len(price) else b""), k,
        )
        for k, day in enumerate(days)
    )  # fmt: skip


def _most_hours(team_days: Sequence[TeamDay]) -> Ints:
    """Return the seconds that driving and visits may take: those without lunch, or before it.

    A little more: where drives do not obey the triangle inequality a detour may save some.
    """
    most = []
    for day in team_days:
        early, late, length = day.lunch
        lost = min(length, max(0, early + length - day.start))
        most.append(max(day.end + day.overtime - lost, late) - day.start + _SAVED)
    return _ints(most)


def _close(
    to: NDArray[np.int32], visits: Sequence[Visit], may: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the places to look at first for each visit: right before or after which others.

    Twice the number of the other, one more for after it; in order of the drive and of the wait
    that windows enforce, -1 where there are no more.
    """
    n = len(visits)
    drive = to[:n, :n].astype(np.int64)
    service = np.array([one.service for one in visits], np.int64)
    opens = np.array([one.window[0] for one in visits], np.int64)
    closes = np.array([min(one.window[1], _LATEST) for one in visits], np.int64)
    soonest = (opens + service)[:, None] + drive
    wait = np.maximum(0, opens[None, :] - (closes + service)[:, None] - drive)
    never = soonest > closes[None, :]
    never |= (may.astype(np.float32) @ may.T.astype(np.float32)) == 0
    np.fill_diagonal(never, np.ones(n, dtype=bool))
    far = tables.FAR
    # ``key[u, v]``: drive from u straight to v.
    key = np.where(never, far, drive + wait // _WAITING)
    both = np.stack([key, key.T], axis=2).reshape(n, 2 * n)  # [v, 2u]: v before u; [v, 2u+1]: after
    both = both * (2 * n) + np.arange(2 * n)  # no two alike: which come first is the same anywhere
    if both.shape[1] > _CLOSE:
        both = np.partition(both, _CLOSE - 1, axis=1)[:, :_CLOSE]
    key, order = np.divmod(np.sort(both, axis=1), 2 * n)
    return np.where(key < far, order, -1).astype(np.int32)


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


def tallies(week: Week, stops: Sequence[int], k: int) -> Iterator[tuple[int, int]]:
    """Yield limits and where they count, for every visit of *stops* by team-day *k*."""
    bucket = (0, int(week.day[k, tables.DAY]), k)
    for v in stops:
        first, end = week.visit[v, [tables.FIRST_LIMIT, tables.END_LIMIT]].tolist()
        for at in week.cars[first:end].tolist():
            yield at, bucket[int(week.limit[at, tables.WITHIN])]


class Counts:
    """How many visits of each limit have been loaded so far."""

    def __init__(self, week: Week) -> None:
        self._week = week
        self._made: Counter[tuple[int, int]] = Counter()
        self._last: list[tuple[int, int]] = []

    def admit(self, stops: Sequence[int], k: int) -> list[int]:
        """Return those of *stops* by team-day *k* that no limit keeps out, and count them."""
        week, self._last, kept = self._week, [], []
        for v in stops:
            held = list(tallies(week, [v], k))
            most = [int(week.limit[at, tables.OF_THEM]) for at, _ in held]
            if all(self._made[key] < limit for key, limit in zip(held, most, strict=True)):
                self._made.update(held)
                self._last += held
                kept.append(v)
        return kept

    def forget(self) -> None:
        """Count what was admitted last no more."""
        self._made.subtract(self._last)
