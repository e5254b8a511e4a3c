"""Search a big week in parts whose borders move from round to round.

A search looks near where it takes visits off, so parts of a few hundred visits are searched as well
as the whole, several times faster, and on all cores at once. What a border keeps apart the next
round brings together: parts are cut anew around the routes at hand, and the temperature falls over
all rounds as it would in one long search. Visits that are left out are offered to other parts each
time. At the end the whole week is looked at once.

Every part has its own seed and number of iterations, made from those of the whole; so the same seed
and effort give the same routes, however many workers there are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from scheduler import meetings, ruin
from scheduler.heat import COLD
from scheduler.parts import Ground, Part
from scheduler.routing import Found
from scheduler.workers import Here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from numpy.typing import NDArray

    from scheduler.problem import Problem, Sequences, TeamDay, Visit
    from scheduler.schedule import Timetable
    from scheduler.workers import Workers

_LEAST_HOT, _MOST_HOT = 500, 3_500
"""Temperature in the first round. It may be higher than for a search in one go, because every
round goes on from its best routes, but only much effort leaves enough for what is below."""

_HOTTER = 50  # so hot, times the root of the iterations for a visit
_PACE = 80_000  # iterations in a second, roughly: it only says how hot to begin
_LAST = 40  # temperature of the last round: below that parts find nothing more

SIZE = 230
"""Visits of a part, about."""

_MANY, _VERY_MANY = 450, 900  # visits from which on parts are better: several stations, one
_UNKNOWN = 1 << 62  # a cost before anything is known
_WARM = 150  # temperature of a search that goes on
_ROUNDS = 12
_DRAFT = 10  # iterations for each visit in the first round, by stations
_WHOLE = 50  # the look at the whole has one part in so many of the iterations
_SLOWER = 4  # times as long an iteration takes on the whole
_BUILD = 2e-6  # seconds to prepare a look at the whole, for each visit and team-day
_WORTH = 20  # times as much time must be left for that to be worth it


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A part as a worker gets it; ``start`` are routes by ids, ``seconds`` a safety net.

    ``begins`` are the moments at which bound visits of the start have their appointments.
    """

    problem: Problem
    penalties: dict[str, int]
    start: dict[str, list[str]]
    begins: dict[str, int]
    may: NDArray[np.bool_]
    iterations: int
    seed: int
    hot: int
    cold: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What a worker found: routes by ids, appointments, and whether the clock did not end it."""

    routes: dict[str, list[str]]
    begins: dict[str, int]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long to search: iterations, or None for all the time until a moment of the clock.

    The search ends at a cost that is ``enough``, half-way at one above ``lost_above``, and between
    two parts when ``halt`` is set.
    """

    iterations: int | None
    deadline: float = float("inf")
    halt: Event | None = None
    enough: int = -1
    lost_above: int | None = None


def suits(problem: Problem, visits: Sequence[Visit]) -> bool:
    """Tell whether a week is big enough to be searched better in parts."""
    stations = {day.depot for day in problem.team_days}
    return len(visits) >= (_MANY if len(stations) > 1 else _VERY_MANY)


def search(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    penalties: Mapping[str, int],
    timetable: Timetable,
    budget: Budget,
    seed: int,
    start: Sequences | None = None,
    hot: int | None = None,
    workers: Workers | None = None,
    tell: Callable[[float, int], None] | None = None,
) -> Found:
    """Return good routes through *visits* of a big week; see :func:`scheduler.ruin.search`.

    Parameters
    ----------
    budget
        Iterations in all, or a deadline.
    start
        Routes to start from; what is found is never worse.
    hot
        Temperature in the first round; by default what suits the budget, a low one if there is a
        start.
    workers
        Who searches the parts; this process if nobody is named.
    tell
        Called after every part with the share done and the best cost so far.
    """
    week = _Week(
        problem, visits=visits, penalties=penalties, timetable=timetable, budget=budget, seed=seed,
        workers=workers or Here(), tell=tell,
    )  # fmt: skip
    # Compiled once here, read from the disk by all; not every part has bound visits.
    ruin.get_ready()
    if meetings.bound(problem.visits):
        ruin.get_ready(bound=True)
    heats = _falling(hot or (_WARM if start else _first(budget, len(visits))))
    try:
        week.run(start or {}, heats)
    except KeyboardInterrupt:
        if budget.halt is None:
            raise
        budget.halt.set()
        week.complete = False
    return Found(sequences=week.routes, complete=week.complete)


def solve(task: Task) -> Solved:
    """Search one part; what a worker does."""
    problem, deadline = task.problem, time.monotonic() + task.seconds
    by_id = {visit.id: visit for visit in problem.visits}
    days = {day.id: day for day in problem.team_days}
    start = {
        day: _named(stops, by_id, day=days[day], begins=task.begins)
        for day, stops in task.start.items()
    }
    found = ruin.search(
        problem, visits=problem.visits, penalties=task.penalties, iterations=task.iterations,
        seed=task.seed, start=start, deadline=deadline, hot=task.hot, cold=task.cold,
        may=task.may,
    )  # fmt: skip
    routes = {day: [visit.id for visit in stops] for day, stops in found.sequences.items()}
    begins = _begins(found.sequences, meetings.appointed(problem.visits))
    return Solved(routes=routes, begins=begins, complete=found.complete)


def _begins(routes: Sequences, fixed: frozenset[str]) -> dict[str, int]:
    """Return the moments of the appointments on *routes*, by visit."""
    return {id_: at for stops in routes.values() for id_, at in meetings.appointments(stops, fixed)}


def _named(
    ids: Sequence[str], by_id: Mapping[str, Visit], *, day: TeamDay, begins: Mapping[str, int]
) -> list[Visit]:
    """Return visits of a route by their *ids*, with their appointments."""
    return [
        meetings.pinned(by_id[id_], day=day.day, start=begins[id_]) if id_ in begins else by_id[id_]
        for id_ in ids
    ]


class _Week:
    """A big week on its way: routes so far, and the budget that is left."""

    def __init__(
        self,
        problem: Problem,
        *,
        visits: Sequence[Visit],
        penalties: Mapping[str, int],
        timetable: Timetable,
        budget: Budget,
        seed: int,
        workers: Workers,
        tell: Callable[[float, int], None] | None,
    ) -> None:
        self._began = time.monotonic()
        self._problem, self._visits, self._penalties = problem, list(visits), penalties
        self._timetable, self._budget, self._seed = timetable, budget, seed
        self._workers, self._tell = workers, tell
        # Without a partner or what it follows a visit cannot be made, here or there.
        self._ground = Ground(problem, meetings.complete(visits, problem))
        self._fixed = meetings.appointed(problem.visits)
        self._by_id = {visit.id: visit for visit in self._ground.visits}
        self._days = {day.id: day for day in problem.team_days}
        self._pace, self._spent, self._cost = 0.0, 0, _UNKNOWN
        self.routes: Sequences = {}
        self.complete = True

    def run(self, start: Sequences, heats: Sequence[int]) -> None:
        """Make a draft by stations, better it round by round, look at the whole."""
        self.routes = {
            day: [visit for visit in stops if visit.id in self._by_id]
            for day, stops in start.items()
            if day in self._days
        }
        rounds = len(heats) - 1
        draft = self._ground.by_station() if not start else self._cut(0)
        self._round(draft, self._share(0, rounds), heats=(heats[0], heats[0]), at=0)
        for at in range(1, rounds + 1):
            if self._over() or (at == rounds // 2 and self._is_lost()):
                return
            heat = heats[at - 1], heats[at]
            self._round(self._cut(at), self._share(at, rounds), heats=heat, at=at)
        if not self._over():
            self._look_at_all(heats[-1])

    def _cut(self, at: int) -> list[Part]:
        return self._ground.moved(self.routes, size=SIZE, draw=self._seed * _ROUNDS + at)

    def _share(self, at: int, rounds: int) -> int:
        """Return the iterations of round *at*: an equal share of what is left, or of the time."""
        whole, draft = self._budget.iterations, _DRAFT * len(self._visits)
        if whole is None:
            if at == 0:
                return draft
            left = self._budget.deadline - self._reserve() - time.monotonic()
            return max(1, int(self._pace * left / (rounds - at + 1)))
        if at == 0:
            return max(1, min(draft, whole // (2 * rounds)))
        return max(1, (whole - whole // _WHOLE - self._spent) // (rounds - at + 1))

    def _reserve(self) -> float:
        """Return the seconds kept for the look at the whole, none where it is not worth it."""
        build = _BUILD * len(self._visits) * len(self._days)
        length = self._budget.deadline - self._began
        return build + length / _WHOLE if length > _WORTH * build else 0.0

    def _over(self) -> bool:
        """Tell whether the search ends here."""
        budget = self._budget
        if time.monotonic() >= budget.deadline:
            self.complete &= budget.iterations is None
            return True
        if budget.halt is not None and budget.halt.is_set():
            self.complete = False
            return True
        return self._cost <= budget.enough

    def _round(
        self, parts: list[Part], iterations: int, *, heats: tuple[int, int], at: int
    ) -> None:
        """Search *parts* with *iterations* in all; each puts its routes in place of the old."""
        began, spent = time.monotonic(), self._spent
        size = sum(len(part.visits) for part in parts)
        shares = [max(1, iterations * len(part.visits) // size) for part in parts]
        tasks = [
            self._task(part, share, heats=heats, seed=self._seed * 1_000_003 + at * 1_009 + number)
            for number, (part, share) in enumerate(zip(parts, shares, strict=True))
        ]
        results = self._workers.map(solve, tasks)
        for part, share, solved in zip(parts, shares, results, strict=True):
            self._put(part, solved)
            self._spent += share
            self._report()
            if self._over():
                break
        self._cost = self._counted()
        self._report()
        self._pace = (self._spent - spent) / max(1e-6, time.monotonic() - began)

    def _task(self, part: Part, iterations: int, *, heats: tuple[int, int], seed: int) -> Task:
        problem = self._ground.extract(part)
        start = {day.id: self.routes[day.id] for day in problem.team_days if day.id in self.routes}
        return Task(
            problem=problem,
            penalties={visit.id: self._penalties[visit.id] for visit in problem.visits},
            start={day: [visit.id for visit in stops] for day, stops in start.items()},
            begins=_begins(start, self._fixed),
            may=self._ground.able[np.ix_(part.visits, part.days)],
            iterations=iterations, seed=seed, hot=heats[0], cold=heats[1],
            seconds=self._budget.deadline - time.monotonic(),
        )  # fmt: skip

    def _put(self, part: Part, solved: Solved) -> None:
        """Put the routes of a part in place of the old ones."""
        for d in part.days:
            self.routes.pop(self._problem.team_days[d].id, None)
        for day, stops in solved.routes.items():
            self.routes[day] = _named(stops, self._by_id, day=self._days[day], begins=solved.begins)
        self.complete &= solved.complete or self._budget.iterations is None

    def _look_at_all(self, heat: int) -> None:
        """Search the whole week in one go, briefly and cold: also across the last borders."""
        whole, left = self._budget.iterations, self._budget.deadline - time.monotonic()
        if whole is None and not self._reserve():
            return
        iterations = int(self._pace * left / _SLOWER) if whole is None else whole - self._spent
        found = ruin.search(
            self._problem, visits=self._visits, penalties=self._penalties,
            iterations=max(1, iterations), seed=self._seed,
            start=self.routes, deadline=self._budget.deadline, hot=heat, cold=COLD,
        )  # fmt: skip
        self.routes = found.sequences
        self.complete &= found.complete or whole is None
        self._cost = self._counted()
        self._report()

    def _is_lost(self) -> bool:
        """Tell whether the budget says not to go on from here."""
        worst = self._budget.lost_above
        return worst is not None and self._cost > worst

    def _report(self) -> None:
        if self._tell is not None and self._cost < _UNKNOWN:
            self._tell(self._done(), self._cost)

    def _done(self) -> float:
        """Return the share of the budget that is spent."""
        if self._budget.iterations is not None:
            return min(1.0, self._spent / self._budget.iterations)
        now = time.monotonic() - self._began
        return min(1.0, now / max(1e-6, self._budget.deadline - self._began))

    def _counted(self) -> int:
        """Return what the routes count: driving, prices, overtime, and what is left out."""
        served = {visit.id for stops in self.routes.values() for visit in stops}
        out = (visit.id for visit in self._visits if visit.id not in served)
        left = sum(self._penalties[id_] for id_ in out)
        costs = (self._timetable.cost(self._days[day], stops) for day, stops in self.routes.items())
        return left + sum(costs)


# Decimal arithmetic is the same everywhere.
_EXACT = Context(prec=20)


def _first(budget: Budget, visits: int) -> int:
    """Return the temperature of the first round: the more iterations for a visit the higher."""
    whole = budget.iterations
    if whole is None:
        whole = int(_PACE * max(0.0, budget.deadline - time.monotonic()))
    hot = _HOTTER * isqrt(whole // max(1, visits))
    return max(_LEAST_HOT, min(_MOST_HOT, hot))


@cache
def _falling(hot: int) -> tuple[int, ...]:
    """Return the temperatures between rounds, from *hot* down by equal factors."""
    ratio = Decimal(_LAST) / Decimal(hot)
    shares = (Decimal(at) / _ROUNDS for at in range(_ROUNDS + 1))
    return tuple(max(_LAST, int(hot * _EXACT.power(ratio, share))) for share in shares)
