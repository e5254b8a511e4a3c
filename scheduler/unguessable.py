"""Plans that cannot be guessed: many that cost nearly the same, and one of them drawn.

Whoever knows the enterprises, the cars and the method could work out the best plan, and with it the
day of every visit. So a pool of plans is made whose cost lies within a stated loss of the best one:
short searches that go on from it with random prices on days (what a visit has often makes a day
dear), and of each of these plans the exchanges of whole rounds that cost nothing
(:mod:`scheduler.shuffle`). Weights on the pool make the days of the visits as even as they can be
(greatest sum of entropies), and one plan is drawn with these weights. Seed, weights and what a
guesser is left with are on record.

Which visits are made is no part of the chance: every plan of the pool makes the same mandatory
visits.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler import portfolio, solve
from scheduler.crew_stream import stream_of_tickets
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.retold import retold
from scheduler.schedule import Timetable, obstacle
from scheduler.shuffle import Shuffle
from scheduler.verify import verify

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.crew_stream import Stream
    from scheduler.plan import Plan, Route
    from scheduler.problem import Problem
    from scheduler.shuffle import Routes

    Floats = NDArray[np.float64]

RESTARTS = 24
"""Searches that go on from a plan of the pool; each costs a part of the effort of the week."""
_SHARE = 40  # of the whole effort goes into each
_SHUFFLES = 20  # exchanges of whole rounds for each plan that was searched
_WEIGHTS = 1_000_000  # whole parts that the chances are counted in
_STEPS = 400
_MOST_PRICES = 300_000  # visits x team-days beyond which only rounds are exchanged
_FIRST_PRICE = 1_500  # seconds: greatest price of a day in the first search
_LEAST_PRICE, _DEAREST = 60, 14_400
_BY_CHANCE = 2  # tenths of the price of a day; the others are how often a visit is made on it
_NOT_MADE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A plan drawn out of near-optimal ones, and how well its days can be guessed.

    Attributes
    ----------
    plan
        The plan that counts.
    seed
        The text that the chance comes from.
    loss
        Most by which a plan of the pool may cost more than the best one, as a share of its cost.
    mean_loss, worst_loss
        What the pool costs more than the best plan, by chance and at most; below 0 where the
        searches found a better one.
    plans
        How many plans there are, and ``searched`` how many of them are not exchanges of others.
    entropy
        Bits of the day of each visit that is made, by id, for someone who knows the whole pool.
    most
        Bits if all days were equally likely on which some team may make the visit.
    """

    plan: Plan
    seed: str
    loss: float
    mean_loss: float
    worst_loss: float
    plans: int
    searched: int
    entropy: Mapping[str, float]
    most: Mapping[str, float]

    @property
    def mean_entropy(self) -> float:
        """Mean bits of the day of a visit."""
        return _mean(self.entropy.values())

    @property
    def mean_most(self) -> float:
        """Mean of the bits that there could be."""
        return _mean(self.most[id_] for id_ in self.entropy)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON data; the plan has its own place in the record."""
        return {
            "seed": self.seed, "loss": self.loss, "mean_loss": round(self.mean_loss, 6),
            "worst_loss": round(self.worst_loss, 6), "plans": self.plans,
            "searched": self.searched, "entropy": round(self.mean_entropy, 4),
            "most": round(self.mean_most, 4),
            "fixed": sorted(id_ for id_, bits in self.entropy.items() if bits < 1e-9),
        }  # fmt: skip


def _mean(values: Any) -> float:  # noqa: ANN401 - numbers
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def draw_plan(
    problem: Problem,
    best: Plan,
    *,
    seed: str,
    loss: float = 0.01,
    drawn: Sequence[str] = (),
    effort: int = solve.DEFAULT_EFFORT,
    restarts: int = RESTARTS,
    time_limit_s: float = 60.0,
    engine: str = "auto",
    progress: Callable[[str], None] | None = None,
) -> Drawn:
    """Return a plan drawn at random among those that cost at most *loss* more than *best*.

    Parameters
    ----------
    best
        A good plan of *problem*; with it the pool begins, and 0 as *loss* returns it.
    seed
        Text of the chance: same problem, plan, seed and effort give the same plan.
    drawn
        Drawn visits in ticket order, as :func:`scheduler.solve.plan` takes them.
    effort
        Effort that *best* was searched with; every restart has a fortieth of it.
    restarts
        Searches from random prices; 0 exchanges whole rounds only.
    time_limit_s
        Safety net of all searches together.
    """
    stream = stream_of_tickets(
        seed=seed, round_id="", stratum="unguessable", digest="sha256", crews=1
    )
    makers = _Makers(problem, best, stream=stream, loss=loss, drawn=drawn)
    if loss > 0:
        makers.search(
            restarts, effort=max(1, effort // _SHARE), time_limit_s=time_limit_s, engine=engine,
            progress=progress,
        )  # fmt: skip
    return makers.draw(seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A plan of the pool: its routes by team-day, and its cost."""

    routes: Routes
    cost: int


class _Makers:
    """The pool of one week, from the best plan to the drawn one."""

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
        self.pool: list[_Member] = []
        self.searched = 1
        routes = {route.team_day: route for route in best.routes}
        self._add(routes, solve.objective(self.open, best.routes))
        if loss > 0:
            self._exchange(routes)

    @property
    def bound(self) -> float:
        """Most that a plan of the pool may cost."""
        return self.pool[0].cost * (1 + self.loss)

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
            source = self.pool[self.stream.below(len(self.pool))]
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
        self, source: _Member, priced: Problem, *, effort: int, seconds: float, engine: str
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
        self.pool.append(_Member(routes=routes, cost=cost))
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

    def draw(self, seed: str) -> Drawn:
        """Return one plan of the pool by chance, with the figures of the pool."""
        days = self._table()
        parts = _whole(_weights(days, len(self.days)))
        order = list(range(len(self.pool)))
        plan = None
        while plan is None:
            at = _by_weight(self.stream, [parts[i] for i in order])
            # A plan whose list of what was left out is not true for it any more is passed over.
            plan = self._finished(self.pool[order.pop(at)])
            if not order:
                break
        share = np.array(parts) / sum(parts)
        entropy, most = self._entropy(days, share), self._most()
        losses = np.array([member.cost for member in self.pool]) / max(1, self.pool[0].cost) - 1
        return Drawn(
            plan=plan or self.best, seed=seed, loss=self.loss, mean_loss=float(share @ losses),
            worst_loss=float(losses.max()), plans=len(self.pool), searched=self.searched,
            entropy=entropy, most={id_: max(most[id_], bits) for id_, bits in entropy.items()},
        )  # fmt: skip

    def _finished(self, member: _Member) -> Plan | None:
        """Return a plan of the pool with true reasons, None if it breaks a rule."""
        if member is self.pool[0]:
            return self.best
        plan = retold(replace(self._plan(member), left=self.best.left), self.problem)
        return None if verify(plan, self.problem) else plan

    def _plan(self, member: _Member) -> Plan:
        order = {day.id: (day.day, day.team, day.id) for day in self.problem.team_days}
        routes = sorted(member.routes.values(), key=lambda route: order[route.team_day])
        return replace(self.best, routes=tuple(routes), objective=member.cost, left=(), bound=None)

    def _table(self) -> NDArray[np.int64]:
        """Return the day of each visit (columns) in each plan (rows); -1 where it is not made."""
        at = {visit.id: column for column, visit in enumerate(self.open.visits)}
        table = np.full((len(self.pool), len(at)), _NOT_MADE, np.int64)
        for row, member in enumerate(self.pool):
            for id_, route in member.routes.items():
                for stop in route.stops:
                    table[row, at[stop.visit]] = self._day_of[id_]
        return table

    def _entropy(self, days: NDArray[np.int64], share: Floats) -> dict[str, float]:
        found = {}
        for column, visit in enumerate(self.open.visits):
            chances = [float(share[days[:, column] == at].sum()) for at in range(len(self.days))]
            made = sum(chances)
            if made > 0:
                found[visit.id] = -sum(p / made * log2(p / made) for p in chances if p > 0) + 0.0
        return found

    def _most(self) -> dict[str, float]:
        """Return the bits of equally likely days, of those on which some team may make a visit."""
        found = {}
        for visit in self.open.visits:
            days: set[dt.date] = {
                day.day
                for day in self.problem.team_days
                if obstacle(visit, day) is None
                and visit.window[0] + visit.service <= day.end + day.overtime
                and visit.window[1] >= day.start
                and self.problem.locked.get(visit.id, day.id) == day.id
            }
            found[visit.id] = log2(max(1, len(days)))
        return found


def _weights(days: NDArray[np.int64], count: int) -> Floats:
    """Return chances of the plans for which the sum of the days' entropies is greatest.

    Exponentiated gradient: the sum is concave in the chances, and its slope for a plan is the mean
    surprise of its days.
    """
    plans = len(days)
    chances = np.full(plans, 1.0 / plans)
    made = [days == at for at in range(count)]
    for step in range(_STEPS if plans > 1 else 0):
        surprise = np.zeros(plans)
        for here in made:
            mass = chances @ here
            told = -np.log(np.maximum(mass, 1e-12))
            surprise += here @ told
        surprise /= max(1, days.shape[1])
        chances = chances * np.exp((surprise - surprise.max()) * 8.0 / (1 + step / 50))
        chances /= chances.sum()
    return chances


def _whole(chances: Floats) -> list[int]:
    """Return chances in whole parts, so that the draw is one of whole numbers."""
    return [max(1, round(float(chance) * _WEIGHTS)) for chance in chances]


def _by_weight(stream: Stream, parts: Sequence[int]) -> int:
    """Return a position drawn with chances in proportion to *parts*."""
    rank = stream.below(sum(parts))
    for at, part in enumerate(parts):
        if rank < part:
            return at
        rank -= part
    raise ValueError(rank)
