"""Plans that cost nearly the same as the best one: searched for, and exchanged out of each other.

Short searches go on from a plan of the pool with random prices on days (what a visit has often
makes a day dear); of each plan that they find the exchanges of whole rounds that cost nothing
(:mod:`scheduler.shuffle`) join the pool as well. Every plan of it makes the same mandatory visits.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler import portfolio, solve
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.retold import retold
from scheduler.schedule import Timetable
from scheduler.shuffle import Shuffle
from scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scheduler.crew_stream import Stream
    from scheduler.plan import Plan, Route
    from scheduler.problem import Problem
    from scheduler.shuffle import Routes

NOT_MADE = -1
"""Day of a visit that a plan leaves out."""

_SHUFFLES = 20  # exchanges of whole rounds for each plan that was searched
_MOST_PRICES = 300_000  # visits x team-days beyond which only rounds are exchanged
_FIRST_PRICE = 1_500  # seconds: greatest price of a day in the first search
_LEAST_PRICE, _DEAREST = 60, 14_400
_BY_CHANCE = 2  # tenths of the price of a day; the others are how often a visit is made on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A plan of the pool: its routes by team-day, and its cost."""

    routes: Routes
    cost: int


class NearBest:
    """The pool of one week; its first plan is the best one."""

    def __init__(
        self, problem: Problem, best: Plan, *, stream: Stream, loss: float, drawn: Sequence[str]
    ) -> None:
        self.problem, self.best, self.stream, self.loss = problem, best, stream, loss
        self.lost = frozenset(
            visit.id for visit in problem.visits if visit.mandatory and visit.id in best.unserved
        )
        # What must wait is no part of the chance: the searches do not see it.
        self.open = problem.replace(
            visits=tuple(visit for visit in problem.visits if visit.id not in self.lost)
        )
        self.drawn = tuple(id_ for id_ in drawn if id_ not in self.lost)
        self.days = sorted({day.day for day in problem.team_days})
        self._day_of = {day.id: self.days.index(day.day) for day in problem.team_days}
        self._team_days = {day.id: day for day in problem.team_days}
        self._timetable = Timetable(problem)
        # Times of one route are no matter of that route alone then.
        self._tied = any(one.meets or one.follows for one in problem.visits)
        self._shuffle = Shuffle(self.open)
        self._often: dict[str, Counter[int]] = defaultdict(Counter)
        self._seen: set[tuple[Any, ...]] = set()
        self.members: list[Member] = []
        self.searched = 1
        routes = {route.team_day: route for route in best.routes}
        self._add(routes, solve.objective(self.open, best.routes))
        if loss > 0:
            self._exchange(routes)

    @property
    def bound(self) -> float:
        """Most that a plan of the pool may cost."""
        return self.members[0].cost * (1 + self.loss)

    def search(
        self,
        restarts: int,
        *,
        effort: int,
        time_limit_s: float,
        engine: str,
        progress: Callable[[str], None] | None,
    ) -> None:
        """Add plans that short searches find when days have random prices."""
        if len(self.open.visits) * len(self.open.team_days) > _MOST_PRICES:
            return
        price = _FIRST_PRICE
        for number in range(restarts):
            source = self.members[self.stream.below(len(self.members))]
            routes = self._searched(
                source, self.open.replace(prices=self._prices(price)), effort=effort,
                seconds=time_limit_s / restarts, engine=engine,
            )  # fmt: skip
            fits = self._take(routes)
            price = price * 5 // 4 if fits else price * 2 // 3
            price = min(_DEAREST, max(_LEAST_PRICE, price))
            if progress is not None:
                progress(f"unguessable {number + 1}/{restarts}")

    def _searched(
        self, source: Member, priced: Problem, *, effort: int, seconds: float, engine: str
    ) -> tuple[Route, ...]:
        """Return the routes of one short search from a plan of the pool."""
        seed = 1 + self.stream.below(1 << 30)
        if self._tied:
            return solve.plan(
                priced, start=self._plan(source), drawn=self.drawn, effort=effort,
                time_limit_s=seconds, engine=engine, seed=seed,
            ).routes  # fmt: skip
        by_id = {visit.id: visit for visit in priced.visits}
        job = portfolio.Job(
            problem=priced, visits=priced.visits, neighbours=effort * 1_000, enough=-1,
            penalties={
                visit.id: LEFT_OUT_SECONDS if visit.mandatory else visit.prize
                for visit in priced.visits
            },
            deadline=time.monotonic() + seconds, timetable=self._timetable,
            engine=portfolio.engine(engine), seed=seed, near=True,
        )  # fmt: skip
        found = portfolio.probe(job, start={
            id_: [by_id[stop.visit] for stop in route.stops]
            for id_, route in source.routes.items()
        })  # fmt: skip
        made = (
            self._timetable.route(self._team_days[id_], stops)
            for id_, stops in found.sequences.items()
        )
        return tuple(route for route in made if route is not None)

    def _take(self, made: Sequence[Route]) -> bool:
        """Add routes to the pool if they cost little enough and leave nothing mandatory out."""
        cost = solve.objective(self.open, made)
        served = {stop.visit for route in made for stop in route.stops}
        if cost > self.bound or any(
            visit.mandatory and visit.id not in served for visit in self.open.visits
        ):
            return False
        routes = {route.team_day: route for route in made}
        if self._add(routes, cost):
            self.searched += 1
            self._exchange(routes)
        return True

    def _add(self, routes: Routes, cost: int) -> bool:
        """Add routes to the pool and count their days; tell whether they are new."""
        key = tuple(
            (id_, tuple(stop.visit for stop in routes[id_].stops)) for id_ in sorted(routes)
        )
        if key in self._seen:
            return False
        self._seen.add(key)
        self.members.append(Member(routes=routes, cost=cost))
        for id_, route in routes.items():
            for stop in route.stops:
                self._often[stop.visit][self._day_of[id_]] += 1
        return True

    def _exchange(self, routes: Routes) -> None:
        """Add the exchanges of whole rounds of a plan."""
        for _ in range(_SHUFFLES if self._shuffle.possible else 0):
            routes = self._shuffle(routes, stream=self.stream)
            self._add(routes, solve.objective(self.open, routes.values()))

    def _prices(self, most: int) -> dict[tuple[str, str], int]:
        """Return random prices of days, greater where the pool has a visit on that day often."""
        prices = dict(self.problem.prices)
        together: dict[str, list[int]] = {}
        for visit in self.open.visits:
            # Visits that must be on one day have one price, or it would pull them apart.
            name = visit.meets or visit.round or visit.id
            if name not in together:
                often = self._often[visit.id]
                times = max(1, sum(often.values()))
                together[name] = [
                    (_BY_CHANCE * self.stream.below(most)
                     + (10 - _BY_CHANCE) * most * often[at] // times) // 10
                    for at in range(len(self.days))
                ]  # fmt: skip
            for day in self.problem.team_days:
                key = visit.id, day.id
                prices[key] = prices.get(key, 0) + together[name][self._day_of[day.id]]
        return prices

    def finished(self, member: Member) -> Plan | None:
        """Return a plan of the pool with true reasons, None if it breaks a rule."""
        if member is self.members[0]:
            return self.best
        plan = retold(replace(self._plan(member), left=self.best.left), self.problem)
        return None if verify(plan, self.problem) else plan

    def _plan(self, member: Member) -> Plan:
        order = {day.id: (day.day, day.team, day.id) for day in self.problem.team_days}
        routes = sorted(member.routes.values(), key=lambda route: order[route.team_day])
        return replace(self.best, routes=tuple(routes), objective=member.cost, left=(), bound=None)

    def table(self) -> NDArray[np.int64]:
        """Return the day of each visit (columns) in each plan (rows); -1 where it is not made."""
        at = {visit.id: column for column, visit in enumerate(self.open.visits)}
        table = np.full((len(self.members), len(at)), NOT_MADE, np.int64)
        for row, member in enumerate(self.members):
            for id_, route in member.routes.items():
                for stop in route.stops:
                    table[row, at[stop.visit]] = self._day_of[id_]
        return table
