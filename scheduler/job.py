"""One planning job: what is searched for in its phases, and the effort or time that they share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from scheduler import bound, meetings, portfolio, reasons, ruin
from scheduler.filling import filled
from scheduler.openings import Openings
from scheduler.problem import LEFT_OUT_SECONDS, Sequences
from scheduler.routing import Progress
from scheduler.schedule import Timetable
from scheduler.workers import Here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scheduler.plan import Unserved
    from scheduler.problem import Problem, Visit
    from scheduler.recombine import Pool
    from scheduler.workers import Workers

_FULL_SIZE = 60 * 15  # visits x team-days from which on a search has the whole effort
_LEAST = 20_000
_PROBE = 4  # a probe has this part of the effort
_PROBES = {"mandatory": 0.25, "tickets": 0.1}
"""Phases in which serving all visits is enough, and their part of the time that is left."""
_WRITING = 0.006  # part of the time in which a plan is written after the last search
_SLOWER = 4  # times as long as finding impossible visits writing it takes, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to plan: an effort, or seconds, or seconds in which an effort must be spent."""

    effort: int | None
    time_limit_s: float | None
    engine: str
    seed: int
    near: bool
    progress: Callable[[Progress], None] | None
    cancel: Callable[[], bool] | None
    workers: Workers | None = None
    pool: Pool | None = None


@dataclass(kw_only=True)
class _Notes:
    """What a job learns on its way: reasons already known, and whether it was cut short."""

    left: dict[str, Unserved] = field(default_factory=dict)
    complete: bool = True


class Job:
    """A problem, penalties, and the effort or the deadline that all searches share."""

    def __init__(self, problem: Problem, order: Order) -> None:
        self.engine, self._order = portfolio.engine(order.engine), order
        if self.engine == "ruin":
            # Compiling is no part of the search that the limit is for.
            ruin.get_ready(bound=bool(meetings.bound(problem.visits)))
        began = time.monotonic()
        self.problem = problem
        self.timetable = Timetable(problem)
        self.hopeless = reasons.impossible(problem, timetable=self.timetable)
        looked = time.monotonic() - began
        out = self.hopeless.keys() | meetings.hopeless(problem, self.hopeless)
        self.possible = [visit for visit in problem.visits if visit.id not in out]
        self.bound = bound.lower(problem, impossible=self.hopeless)
        self.notes = _Notes(left=dict(self.hopeless))
        self.halt = Event()
        limit = float("inf") if order.time_limit_s is None else order.time_limit_s
        self.timed = order.effort is None and order.time_limit_s is not None
        late = min(limit / 2, limit * _WRITING + looked * _SLOWER) if self.timed else 0.0
        self.deadline = began + limit - late
        self._by_rank = sorted(self.possible, key=lambda visit: (visit.order, visit.id))

    @property
    def reproducible(self) -> bool:
        """Tell whether the effort alone decided, no clock and no cancelling."""
        return self.notes.complete and not self.timed

    def rank_last(self, drawn: Sequence[str]) -> None:
        """Let *drawn* give way before other mandatory visits, the last ticket first."""
        ticket = {id_: at for at, id_ in enumerate(drawn)}
        self._by_rank.sort(key=lambda visit: ticket.get(visit.id, -1))

    def search_all(self, *, start: Sequences, share: float) -> Sequences:
        """Return routes for everything possible, by rank where some mandatory visit must go.

        By the clock the search by rank has *share* of what is left of the time.
        """
        if meetings.bound(self.possible) and not self._order.near:
            start = self._mandatory_first()
        routes = self.search(self.possible, phase="search", start=start)
        if self.lost(routes, self.possible) and self.may_go_on():
            routes = self.search(
                self.possible, phase="ranked", start=routes, graded=True, share=share
            )
        return routes

    def _mandatory_first(self) -> Sequences:
        """Return routes for the mandatory visits alone.

        The parts of a joint visit find no room together once optional visits fill the days; and
        what is on the routes no search leaves out again.
        """
        must = [visit for visit in self.possible if visit.mandatory]
        must = meetings.complete(must, self.problem)
        return self.search(must, phase="mandatory") if must else {}

    def may_go_on(self) -> bool:
        """Tell whether another search may begin."""
        return not self.halt.is_set() and (not self.timed or time.monotonic() < self.deadline)

    def search(
        self,
        visits: Sequence[Visit],
        *,
        phase: str,
        start: Sequences | None = None,
        graded: bool = False,
        share: float = 1.0,
    ) -> Sequences:
        """Return routes for *visits*; in some phases serving all of them is enough.

        Equal penalties search better (2 % on county weeks); ``graded`` ones are for weeks in which
        some mandatory visit must give way, and make it the one with the highest order.
        """
        probe = phase in _PROBES
        penalties, floor = self._penalties(visits, graded=graded)
        now = time.monotonic()
        share = _PROBES.get(phase, share)
        look = portfolio.probe if probe else portfolio.best
        found = look(
            portfolio.Job(
                problem=self.problem,
                visits=tuple(visits),
                penalties=penalties,
                neighbours=None if self.timed else self._neighbours(visits, probe=probe),
                deadline=now + (self.deadline - now) * share if self.timed else self.deadline,
                enough=floor - 1,
                timetable=self.timetable,
                engine=self.engine,
                seed=self._order.seed,
                tell=self._teller(phase, floor),
                halt=self.halt,
                near=phase == "search" and self._order.near,
                strict=phase == "search" and self.timed,
                pool=self._order.pool if phase == "search" else None,
                workers=self._order.workers or Here(),
            ),
            start=start,
        )
        self.notes.complete &= found.complete
        return self.insert(self._keep_exact(found.sequences), visits)

    def insert(self, routes: Sequences, visits: Sequence[Visit]) -> Sequences:
        """Return *routes* with every visit added that still fits (and is worth its driving)."""
        openings = Openings(self.problem, routes, timetable=self.timetable)
        return filled(openings, left(routes, visits), urgency=self._urgency)

    def lost(self, routes: Sequences, visits: Sequence[Visit]) -> list[str]:
        """Return ids of the mandatory ones among *visits* that *routes* leave out."""
        return [visit.id for visit in left(routes, visits) if visit.mandatory]

    def _keep_exact(self, routes: Sequences) -> Sequences:
        """Take visits off a route until the exact timetable accepts it (normally none)."""
        days = {day.id: day for day in self.problem.team_days}
        exact: Sequences = {}
        for team_day, stops in routes.items():
            kept = list(stops)
            while kept and self.timetable.route(days[team_day], kept) is None:
                kept.remove(max(kept, key=self._urgency))
            if kept:
                exact[team_day] = kept
        whole = meetings.whole(exact, self.problem)
        return exact if whole == exact else self._keep_exact(whole)

    def _neighbours(self, visits: Sequence[Visit], *, probe: bool) -> int:
        size = min(1.0, len(visits) * len(self.problem.team_days) / _FULL_SIZE)
        thousand = 1000 // _PROBE if probe else 1000
        return max(_LEAST, int((self._order.effort or 0) * thousand * size))

    def _urgency(self, visit: Visit) -> tuple[bool, int, int, str]:
        rank = self._by_rank.index(visit) if visit.mandatory else 0
        return (not visit.mandatory, rank, -visit.prize, visit.id)

    def _penalties(self, visits: Sequence[Visit], *, graded: bool) -> tuple[dict[str, int], int]:
        """Return penalties and the smallest one of a mandatory visit.

        No driving, prices and optional visits together outweigh one mandatory visit; among graded
        mandatory ones a lower rank weighs more, by less than a whole visit.
        """
        driving = 2 * len(visits) * int(self.problem.seconds.max(initial=0))
        prizes = sum(visit.prize for visit in visits if not visit.mandatory)
        dear = len(visits) * max(map(abs, self.problem.prices.values()), default=0)
        late = sum(day.overtime * day.overtime_price for day in self.problem.team_days)
        floor = max(LEFT_OUT_SECONDS, prizes + driving + 2 * dear + late + 1)
        rank = {visit.id: at for at, visit in enumerate(reversed(self._by_rank))}
        grade = floor // (4 * len(self._by_rank) + 1) if graded else 0
        return {
            visit.id: floor + grade * rank[visit.id] if visit.mandatory else visit.prize
            for visit in visits
        }, floor

    def _teller(self, phase: str, floor: int) -> Callable[[float, int], None]:
        """Return what a search calls now and then: it tells progress and may halt the search."""
        progress, cancel = self._order.progress, self._order.cancel
        lost = sum(bound.worth(visit) for visit in self.problem.visits if visit.id in self.hopeless)

        def tell(share: float, cost: int) -> None:
            if cancel is not None and cancel():
                self.halt.set()
            if progress is not None:
                # The search weighs a mandatory visit by its own floor; people see the objective.
                counted = cost - cost // floor * (floor - LEFT_OUT_SECONDS) + lost
                progress(Progress(phase, share, counted, self.bound))

        return tell


def left(routes: Sequences, visits: Iterable[Visit]) -> list[Visit]:
    """Return those of *visits* that are on none of *routes*."""
    served = {visit.id for stops in routes.values() for visit in stops}
    return [visit for visit in visits if visit.id not in served]
