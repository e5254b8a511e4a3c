"""Plan a week: search routes, give them exact times, list what is left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scheduler import bound, gates, meetings, portfolio, reasons, turns
from scheduler.filling import filled
from scheduler.job import Job, Order, left
from scheduler.openings import Openings
from scheduler.plan import Plan, Unserved
from scheduler.problem import DAY_SECONDS, LEFT_OUT_SECONDS
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from scheduler.gates import Bundles
    from scheduler.plan import Route
    from scheduler.problem import Problem, Sequences, TeamDay
    from scheduler.recombine import Pool
    from scheduler.routing import Progress
    from scheduler.workers import Workers

DEFAULT_EFFORT = 3_000
"""Thousands of neighbours that OR-Tools looks at in a county week, or 200 times as many iterations
of ruin-and-recreate."""

_BEFORE_TICKETS = 0.3  # part of the time left in which to search before drawn visits give way


class BadProblem(ValueError):  # noqa: N818 - says what is wrong with the argument
    """A problem that contradicts itself; ``code`` says how and ``ids`` where."""

    def __init__(self, code: str, ids: Iterable[str]) -> None:
        self.code, self.ids = code, tuple(ids)
        super().__init__(f"{code}: {', '.join(self.ids)}")


def plan(
    problem: Problem,
    *,
    time_limit_s: float | None = None,
    effort: int | None = None,
    seed: int = 1,
    start: Plan | Mapping[str, Sequence[str]] | None = None,
    locked: Collection[str] = (),
    drawn: Sequence[str] = (),
    engine: str = "auto",
    workers: Workers | None = None,
    pool: Pool | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Plan:
    """Return a good plan of the week, with exact times and a reason for every visit left out.

    With an effort the same problem, effort, engine and seed give the same plan on every machine.
    With only a time limit the search goes on as long as that allows; what it finds depends on the
    machine, and the plan is not ``reproducible``. With neither it has the default effort.

    If not every mandatory visit fits, those with the highest order give way; drawn ones give way
    before them, strictly from the last ticket backwards, never for being far. A drawn visit that
    cannot be made on its own, or not even beside the mandatory visits that were not drawn, is
    listed with its own reason and pushes nobody out.

    Parameters
    ----------
    time_limit_s
        Seconds of wall time, compiling not counted. Beside an effort it is a safety net only: a
        plan that ran into it is not ``reproducible``.
    effort
        Thousands of neighbours to look at (fewer in problems smaller than a county week).
    seed
        Starts the random numbers of ruin-and-recreate; OR-Tools has none.
    start
        A plan to begin from, or ids of visits in order of driving by id of the team-day. What the
        problem does not know is skipped. The search stays near it and returns nothing worse.
    locked
        Ids of visits of *start* that stay on their team-day.
    drawn
        Ids of the drawn visits in ticket order, all of them mandatory in *problem*.
    engine
        ``ruin`` (compiled ruin-and-recreate), ``ortools`` (guided local search), or ``auto``: the
        first where numba is installed. Without numba it is always the second.
    workers
        Who searches the parts of a big week, by default this process; the plan is the same.
    pool
        Collects the routes of short searches, each from *start*, and the best week out of all that
        it knows is chosen: for prices that hold visits where they are. Plans of the same week with
        other prices may share it.
    progress
        Called now and then with the objective so far and a lower bound of any plan's objective.
        What it raises ends the planning, but for a keyboard interrupt.
    cancel
        Asked now and then; when it says True, or on a keyboard interrupt during the search, the
        best plan so far is returned, not ``reproducible``.

    Raises
    ------
    BadProblem
        On repeated ids, unknown stations, a car promised twice on one day; on a drawn visit that is
        unknown, repeated or not mandatory, on a locked one that *start* does not make.
    """
    _check(problem)
    _check_drawn(problem, drawn)
    begun = _begun(problem, start)
    problem = _lock(problem, begun, locked)
    if effort is None and time_limit_s is None:
        effort = DEFAULT_EFFORT
    order = Order(
        effort=effort, time_limit_s=time_limit_s, engine=engine, seed=seed, near=bool(begun),
        progress=progress, cancel=cancel, workers=workers, pool=pool,
    )  # fmt: skip
    bundles = gates.bundle(problem, drawn=drawn)
    found = _searched(bundles, order, begun=begun, drawn=drawn)
    if bundles.problem is problem or order.effort is None or not found.reproducible:
        return found
    # What is worth a second look: visits of a gate may be better off on different days.
    apart = gates.bundle(problem, drawn=drawn, together=False)
    again = _searched(apart, replace(order, pool=None), begun=begun, drawn=drawn)
    return min(found, again, key=lambda one: one.objective)


def leave_out(
    plan: Plan, problem: Problem, *, visits: Iterable[str], reason: str, detail: dict[str, Any]
) -> Plan:
    """Return *plan* without *visits* (no crew for them, say), with fresh times on their routes.

    The other visits keep their team-days and their order; what cannot be made without *visits*,
    such as other parts of a joint visit, is left out with them.
    """
    out = meetings.tied(problem, visits) & plan.served() | frozenset(visits)
    routes = {
        team_day: [visit for visit in stops if visit.id not in out]
        for team_day, stops in meetings.as_planned(plan, problem).items()
    }
    known = {one.visit: one for one in plan.left}
    by = {stop.visit: route.team_day for route in plan.routes for stop in route.stops}
    known |= {
        id_: Unserved(visit=id_, reason=reason, detail={"team_day": by.get(id_, ""), **detail})
        for id_ in sorted(out)
    }
    kept = {team_day: stops for team_day, stops in routes.items() if stops}
    return _assemble(
        problem, kept, known, timetable=Timetable(problem), engine=plan.engine,
        reproducible=plan.reproducible, bound=plan.bound,
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


def _begun(problem: Problem, start: Plan | Mapping[str, Sequence[str]] | None) -> Sequences:
    """Return the routes to start from, as far as *problem* knows their visits and team-days."""
    if isinstance(start, Plan):
        return meetings.as_planned(start, problem)
    visits = {visit.id: visit for visit in problem.visits}
    return {
        day.id: [visits[id_] for id_ in start[day.id] if id_ in visits]
        for day in problem.team_days
        if start and day.id in start
    }


def _lock(problem: Problem, begun: Sequences, locked: Collection[str]) -> Problem:
    """Return *problem* with *locked* visits tied to their team-days in the routes begun."""
    at = {visit.id: team_day for team_day, stops in begun.items() for visit in stops}
    unknown = [id_ for id_ in locked if id_ not in at]
    if unknown:
        raise BadProblem("locked_not_planned", unknown)
    return problem.replace(locked={**problem.locked, **{id_: at[id_] for id_ in locked}})


def _written(job: Job, routes: Sequences) -> Plan:
    """Return *routes* as a plan with exact times, every other visit with its reason."""
    known = dict(job.notes.left)
    missing = [one for one in left(routes, job.problem.visits) if one.id not in known]
    known |= reasons.explained(missing, job.problem, sequences=routes, timetable=job.timetable)
    return _assemble(
        job.problem, routes, known, timetable=job.timetable, bound=job.bound,
        engine=portfolio.ENGINES[job.engine], reproducible=job.reproducible,
    )  # fmt: skip


def _searched(bundles: Bundles, order: Order, *, begun: Sequences, drawn: Sequence[str]) -> Plan:
    """Return a plan of single visits, searched for in bundles."""
    job = Job(bundles.problem, order)
    tickets = bundles.packed(drawn)
    if drawn:
        job.rank_last(tickets)
    share = _BEFORE_TICKETS if drawn else 1.0
    routes = job.search_all(start=bundles.routes(begun), share=share)
    if drawn and job.lost(routes, job.possible):
        routes = turns.give_way(job, routes, tuple(a for a in tickets if a not in job.hopeless))
    if bundles.problem is bundles.whole:
        return _written(job, routes)
    return _single(job, routes, bundles, drawn)


def _single(job: Job, routes: Sequences, bundles: Bundles, drawn: Sequence[str]) -> Plan:
    """Return routes of bundles as a plan of single visits; what does not fit as one may alone."""
    problem, table = bundles.whole, Timetable(bundles.whole)
    known = gates.unbundle_left(bundles, job.notes.left, drawn=drawn)
    days = {day.id: day for day in problem.team_days}
    opened = gates.one_stop_a_day(bundles, gates.unbundle(bundles, routes))
    for id_, stops in opened.items():
        while stops and table.route(days[id_], stops) is None:
            stops.pop()
    loose = [one for one in left(opened, problem.visits) if one.id not in known]
    openings = Openings(problem, opened, timetable=table)
    whole = filled(openings, loose, urgency=lambda one: (not one.mandatory, one.order, one.id))
    missing = [one for one in left(whole, problem.visits) if one.id not in known]
    known |= reasons.explained(missing, problem, sequences=whole, timetable=table)
    return _assemble(
        problem, whole, known, timetable=table, bound=bound.lower(problem),
        engine=portfolio.ENGINES[job.engine], reproducible=job.reproducible,
    )  # fmt: skip


def _assemble(
    problem: Problem,
    routes: Sequences,
    left: dict[str, Unserved],
    *,
    timetable: Timetable,
    engine: str,
    reproducible: bool,
    bound: int | None,
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
        bound=bound,
    )


def _check(problem: Problem) -> None:
    depots = {"", *(depot.id for depot in problem.depots)}
    found = {
        "visit_repeated": _repeated(visit.id for visit in problem.visits),
        "team_day_repeated": _repeated(day.id for day in problem.team_days),
        "unknown_depot": [
            day.id for day in problem.team_days if not {day.depot, day.finish} <= depots
        ],
        "vehicle_repeated": _on_two_rounds(problem),
    }
    for code, ids in found.items():
        if ids:
            raise BadProblem(code, ids)


def _on_two_rounds(problem: Problem) -> list[str]:
    """Return cars and days on which a car has two rounds at the same time."""
    hours: dict[str, list[tuple[int, int, TeamDay]]] = {}
    for day in problem.team_days:
        midnight = day.day.toordinal() * DAY_SECONDS
        end = midnight + day.end + day.overtime
        hours.setdefault(day.vehicle, []).append((midnight + day.start, end, day))
    found = []
    for vehicle, rounds in hours.items():
        rounds.sort(key=lambda one: one[:2])
        found += [
            f"{vehicle} {second[2].day}"
            for first, second in pairwise(rounds)
            if second[0] < first[1]
        ]
    return found


def _check_drawn(problem: Problem, drawn: Sequence[str]) -> None:
    mandatory = {visit.id for visit in problem.visits if visit.mandatory}
    wrong = [id_ for id_ in drawn if id_ not in mandatory] or _repeated(drawn)
    if wrong:
        raise BadProblem("drawn_not_mandatory", wrong)


def _repeated(ids: Iterable[str]) -> list[str]:
    return [id_ for id_, times in Counter(ids).items() if times > 1]
