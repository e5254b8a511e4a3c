"""Plan a week: search routes, give them exact times, list what is left out and why."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scheduler import portfolio, reasons, ruin
from scheduler.plan import Plan, Unserved
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.routing import Progress, Sequences
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scheduler.plan import Route
    from scheduler.problem import Problem, Visit

    Tell = Callable[[Progress], None]

DEFAULT_EFFORT = 3_000
"""Thousands of neighbours that OR-Tools looks at in a county week, or 200 times as many iterations
of ruin-and-recreate."""

_FULL_SIZE = 60 * 15  # visits x team-days from which on a search has the whole effort
_LEAST = 20_000
_PROBE = 4  # a probe for tickets has this part of the effort


class BadProblem(ValueError):  # noqa: N818 - says what is wrong with the argument
    """A problem that contradicts itself; ``code`` says how and ``ids`` where."""

    def __init__(self, code: str, ids: Iterable[str]) -> None:
        self.code, self.ids = code, tuple(ids)
        super().__init__(f"{code}: {', '.join(self.ids)}")


def plan_week(
    problem: Problem,
    *,
    effort: int = DEFAULT_EFFORT,
    time_limit_s: float = 120.0,
    engine: str = "auto",
    seed: int = 1,
    progress: Tell | None = None,
) -> Plan:
    """Return a good plan of the week; same problem, effort, engine and seed give the same plan.

    Parameters
    ----------
    effort
        Thousands of neighbours to look at (fewer in problems smaller than a county week).
    time_limit_s
        Safety net in seconds of wall time; a plan that ran into it is not ``reproducible``.
    engine
        ``ruin`` (compiled ruin-and-recreate), ``ortools`` (guided local search), or ``auto``: the
        first where numba is installed. Without numba it is always the second.
    seed
        Starts the random numbers of ruin-and-recreate; OR-Tools has none.
    progress
        Called now and then; what it raises cancels the search.

    Raises
    ------
    BadProblem
        On repeated ids, unknown stations, or a car promised twice on one day.
    """
    work = _Work(
        problem, effort=effort, time_limit_s=time_limit_s, engine=engine, seed=seed,
        progress=progress,
    )  # fmt: skip
    return work.plan(work.search_all())


def plan_with_tickets(
    problem: Problem,
    *,
    drawn: Sequence[str],
    effort: int = DEFAULT_EFFORT,
    time_limit_s: float = 300.0,
    engine: str = "auto",
    seed: int = 1,
    progress: Tell | None = None,
) -> Plan:
    """Return a plan in which drawn visits give way by ticket only, never for being far.

    If not every mandatory visit fits, drawn ones are carried strictly from the last ticket
    backwards until the rest fits. A drawn visit that cannot be made on its own, or not even beside
    the mandatory visits that were not drawn, is listed with its own reason and pushes nobody out.

    Parameters
    ----------
    drawn
        Ids of the drawn visits in ticket order, all of them mandatory in *problem*.
    effort, time_limit_s, engine, seed, progress
        As in :func:`plan_week`.

    Raises
    ------
    BadProblem
        As :func:`plan_week`; also if a drawn visit is unknown, repeated or not mandatory.
    """
    _check_drawn(problem, drawn)
    work = _Work(
        problem, effort=effort, time_limit_s=time_limit_s, engine=engine, seed=seed,
        progress=progress,
    )  # fmt: skip
    work.rank_last(drawn)
    routes = work.search_all()
    if work.lost(routes, work.possible):
        routes = _give_way(work, routes, tuple(id_ for id_ in drawn if id_ not in work.hopeless))
    return work.plan(routes)


def leave_out(
    plan: Plan, problem: Problem, *, visits: Iterable[str], reason: str, detail: dict[str, Any]
) -> Plan:
    """Return *plan* without *visits* (no crew for them, say), with fresh times on their routes.

    The other visits keep their team-days and their order.
    """
    out = frozenset(visits)
    by_id = {visit.id: visit for visit in problem.visits}
    routes = {
        route.team_day: [by_id[stop.visit] for stop in route.stops if stop.visit not in out]
        for route in plan.routes
    }
    left = {one.visit: one for one in plan.left}
    left |= {id_: Unserved(visit=id_, reason=reason, detail=detail) for id_ in sorted(out)}
    kept = {team_day: stops for team_day, stops in routes.items() if stops}
    return _assemble(
        problem, kept, left, timetable=Timetable(problem), engine=plan.engine,
        reproducible=plan.reproducible,
    )  # fmt: skip


def objective(problem: Problem, routes: Iterable[Route]) -> int:
    """Return what a week of *routes* counts, in seconds of driving.

    Driving, prices of the placements made, overtime at its price, and what is left out.
    """
    days = {day.id: day for day in problem.team_days}
    total, served = 0, set()
    for route in routes:
        day = days[route.team_day]
        total += route.seconds + day.overtime_price * max(0, route.back - day.end)
        total += sum(problem.prices.get((stop.visit, day.id), 0) for stop in route.stops)
        served |= {stop.visit for stop in route.stops}
    left = (visit for visit in problem.visits if visit.id not in served)
    return total + sum(LEFT_OUT_SECONDS if one.mandatory else one.prize for one in left)


@dataclass(kw_only=True)
class _Notes:
    """What a run learns on its way: reasons already known, and whether the clock ran out."""

    left: dict[str, Unserved] = field(default_factory=dict)
    complete: bool = True


class _Work:
    """One planning job: problem, penalties, effort and the deadline they share."""

    def __init__(
        self,
        problem: Problem,
        *,
        effort: int,
        time_limit_s: float,
        engine: str,
        seed: int,
        progress: Tell | None,
    ) -> None:
        _check(problem)
        self.engine, self.seed = portfolio.engine(engine), seed
        if self.engine == "ruin":
            ruin.get_ready()  # compiling is no part of the search that the limit is for
        self.problem, self.effort, self.progress = problem, effort, progress
        self.timetable = Timetable(problem)
        self.deadline = time.monotonic() + time_limit_s
        self.hopeless = reasons.impossible(problem, timetable=self.timetable)
        self.possible = [visit for visit in problem.visits if visit.id not in self.hopeless]
        self.notes = _Notes(left=dict(self.hopeless))
        self._by_rank = sorted(self.possible, key=lambda visit: (visit.order, visit.id))

    def rank_last(self, drawn: Sequence[str]) -> None:
        """Let *drawn* give way before other mandatory visits, the last ticket first."""
        ticket = {id_: at for at, id_ in enumerate(drawn)}
        self._by_rank.sort(key=lambda visit: ticket.get(visit.id, -1))

    def search_all(self) -> Sequences:
        """Return routes for everything possible, by rank where some mandatory visit must go."""
        routes = self.search(self.possible, phase="search")
        if self.lost(routes, self.possible):
            routes = self.search(self.possible, phase="ranked", start=routes, graded=True)
        return routes

    def search(
        self,
        visits: Sequence[Visit],
        *,
        phase: str,
        start: Sequences | None = None,
        graded: bool = False,
    ) -> Sequences:
        """Return routes for *visits*; in the phase ``tickets`` serving all of them is enough.

        Equal penalties search better (2 % on county weeks); ``graded`` ones are for weeks in which
        some mandatory visit must give way, and make it the one with the highest order.
        """
        probe = phase == "tickets"
        size = min(1.0, len(visits) * len(self.problem.team_days) / _FULL_SIZE)
        thousand = 1000 // _PROBE if probe else 1000
        penalties, floor = self._penalties(visits, graded=graded)
        look = portfolio.probe if probe else portfolio.best
        found = look(
            portfolio.Job(
                problem=self.problem,
                visits=tuple(visits),
                penalties=penalties,
                neighbours=max(_LEAST, int(self.effort * thousand * size)),
                deadline=self.deadline,
                enough=floor - 1,
                timetable=self.timetable,
                engine=self.engine,
                seed=self.seed,
                tell=self._teller(phase),
            ),
            start=start,
        )
        self.notes.complete &= found.complete
        return self.insert(self._keep_exact(found.sequences), visits)

    def insert(self, routes: Sequences, visits: Sequence[Visit]) -> Sequences:
        """Return *routes* with every visit added that still fits (and is worth its driving)."""
        routes = {team_day: list(stops) for team_day, stops in routes.items()}
        for visit in sorted(_left(routes, visits), key=self._urgency):
            best = reasons.cheapest(visit, self.problem, sequences=routes, timetable=self.timetable)
            if best is not None:
                routes.setdefault(best.team_day, []).insert(best.position, visit)
        return routes

    def lost(self, routes: Sequences, visits: Sequence[Visit]) -> list[str]:
        """Return ids of the mandatory ones among *visits* that *routes* leave out."""
        return [visit.id for visit in _left(routes, visits) if visit.mandatory]

    def plan(self, routes: Sequences) -> Plan:
        """Return *routes* as a plan with exact times, every other visit with its reason."""
        left = dict(self.notes.left)
        for visit in _left(routes, self.problem.visits):
            if visit.id not in left:
                left[visit.id] = reasons.explain(
                    visit, self.problem, sequences=routes, timetable=self.timetable
                )
        return _assemble(
            self.problem, routes, left, timetable=self.timetable,
            engine=portfolio.ENGINES[self.engine], reproducible=self.notes.complete,
        )  # fmt: skip

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
        return exact

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

    def _teller(self, phase: str) -> Callable[[float, int], None] | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda share, cost: progress(Progress(phase, share, cost))


def _give_way(work: _Work, routes: Sequences, drawn: tuple[str, ...]) -> Sequences:
    """Carry drawn visits from the last ticket on until the mandatory rest is served."""
    by_id = {visit.id: visit for visit in work.possible}
    due = [one for one in work.possible if one.mandatory and one.id not in drawn]
    base = work.search(due, phase="tickets")
    due_lost = work.lost(routes, due) and work.lost(base, due)
    due = [one for one in due if one.id not in due_lost]
    # Where due work was lost too, a drawn visit on the routes may be what keeps it out.
    doubtful = drawn if work.lost(routes, due) else work.lost(routes, [by_id[a] for a in drawn])
    blocked = {id_ for id_ in doubtful if not _fits_beside(work, due, by_id[id_], base=base)}
    queue = [by_id[id_] for id_ in drawn if id_ not in blocked]
    if not work.lost(routes, [*due, *queue]):
        return routes
    kept, start = _bisect(work, due, queue, base=base)
    optional = [visit for visit in work.possible if not visit.mandatory]
    final = work.search([*due, *queue[:kept], *optional], phase="final", start=start)
    if work.lost(final, [*due, *queue[:kept]]):
        final = work.insert(start, optional)
    for at, visit in enumerate(queue[kept:], start=kept):
        detail = {"ticket_rank": drawn.index(visit.id) + 1, "kept": kept, "queue": at + 1}
        work.notes.left[visit.id] = Unserved(visit=visit.id, reason="carried", detail=detail)
    rest = [by_id[id_] for id_ in (*due_lost, *(one for one in drawn if one in blocked))]
    return work.insert(final, rest)


def _fits_beside(work: _Work, due: list[Visit], visit: Visit, *, base: Sequences) -> bool:
    """Tell whether *visit* can be made beside *due*: put into their routes, else searched for."""
    if not work.lost(work.insert(base, [visit]), [visit]):
        return True
    wanted = [*due, visit]
    return not work.lost(work.search(wanted, phase="tickets"), wanted)


def _bisect(
    work: _Work, due: list[Visit], queue: list[Visit], *, base: Sequences
) -> tuple[int, Sequences]:
    """Return how many of *queue*, from its head, fit beside *due*, and routes that show it."""
    fits, fails, shown = 0, len(queue), base
    while fails - fits > 1:
        middle = (fits + fails) // 2
        wanted = [*due, *queue[:middle]]
        tried = work.search(wanted, phase="tickets", start=shown)
        if work.lost(tried, wanted):
            fails = middle
        else:
            fits, shown = middle, tried
    return fits, shown


def _assemble(
    problem: Problem,
    routes: Sequences,
    left: dict[str, Unserved],
    *,
    timetable: Timetable,
    engine: str,
    reproducible: bool,
) -> Plan:
    days = sorted(problem.team_days, key=lambda day: (day.day, day.team, day.id))
    made = [timetable.route(day, routes[day.id]) for day in days if routes.get(day.id)]
    timed = tuple(route for route in made if route is not None)
    served = frozenset(stop.visit for route in timed for stop in route.stops)
    return Plan(
        routes=timed,
        left=tuple(left[visit.id] for visit in problem.visits if visit.id not in served),
        objective=objective(problem, timed),
        engine=engine,
        reproducible=reproducible,
    )


def _left(routes: Sequences, visits: Iterable[Visit]) -> list[Visit]:
    served = {visit.id for stops in routes.values() for visit in stops}
    return [visit for visit in visits if visit.id not in served]


def _check(problem: Problem) -> None:
    depots = {depot.id for depot in problem.depots}
    cars = [f"{day.vehicle} {day.day}" for day in problem.team_days]
    found = {
        "visit_repeated": _repeated(visit.id for visit in problem.visits),
        "team_day_repeated": _repeated(day.id for day in problem.team_days),
        "unknown_depot": [day.id for day in problem.team_days if day.depot not in depots],
        "vehicle_repeated": _repeated(cars),
    }
    for code, ids in found.items():
        if ids:
            raise BadProblem(code, ids)


def _check_drawn(problem: Problem, drawn: Sequence[str]) -> None:
    mandatory = {visit.id for visit in problem.visits if visit.mandatory}
    wrong = [id_ for id_ in drawn if id_ not in mandatory] or _repeated(drawn)
    if wrong:
        raise BadProblem("drawn_not_mandatory", wrong)


def _repeated(ids: Iterable[str]) -> list[str]:
    return [id_ for id_, times in Counter(ids).items() if times > 1]
