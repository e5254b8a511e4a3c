"""Plan a week again when something has happened to it, with as little upset as possible.

A car breaks down, somebody falls ill, an urgent report comes in, a visit is cancelled, and half the
week has gone by. What is over stays as it was; locked visits stay where they are; every other
visit that is given to another team-day, or that was promised and is left out, counts a price in
the search, so that it is only moved where that saves more. The result says of every visit what
happened to it, and what the calm cost against a plan that moves whatever it likes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from scheduler import solve
from scheduler.calm import calm_plan
from scheduler.remainder import Disruption, Remainder, Spot, remainder
from scheduler.retold import retold
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from scheduler.plan import Plan, Unserved
    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.recombine import Pool

__all__ = [
    "MOVE_SECONDS", "Change", "Disruption", "Kind", "Remainder", "Replanned", "Spot", "locks",
    "remainder", "replan",
]  # fmt: skip

MOVE_SECONDS = 1_800
"""Seconds of driving that moving a visit to another team-day counts (product choice)."""
RETIMED_SECONDS = 1_800
"""Seconds from which on another start of a visit that stays with its team-day is told."""

_SEARCHING = 0.8  # part of the time, where it decides; the other is for choosing
_SEEDS = 100  # numbers between the seeds of searches at different prices
_SAME_ORDER = 60
"""Seconds that the old order of a round may cost, driving and later return together."""

Kind = Literal["moved", "displaced", "new", "taken_in", "left_out", "cancelled", "retimed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one visit.

    ``kind`` is ``moved`` (to another team-day although its own still runs), ``displaced`` (its
    team-day is lost), ``new`` (urgent), ``taken_in`` (left out before, made now), ``left_out`` (it
    was promised, or is urgent, and is not made; ``left`` says why), ``cancelled``, or ``retimed``
    (same team-day, another time).
    """

    visit: str
    kind: Kind
    before: Spot | None = None
    after: Spot | None = None
    left: Unserved | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        found: dict[str, Any] = {"visit": self.visit, "kind": self.kind}
        for name, spot in (("before", self.before), ("after", self.after)):
            found[name] = spot and {"team_day": spot.team_day, "start": spot.start}
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """A week planned again.

    Attributes
    ----------
    plan
        The whole week: rounds that are over as they were, then the new ones.
    open_plan, open_problem
        The part that could still be changed, for which the rules of a plan hold.
    changes
        One entry for each visit to which something happened, in the order of the problem.
    surviving
        How many planned visits could have stayed where they were.
    cost, free_cost
        Objective of the open part without the price of moves, and that of a plan which moves
        whatever it likes (None where that was not asked for).
    free_moved
        How many visits that plan moves.
    """

    plan: Plan
    open_plan: Plan
    open_problem: Problem
    changes: tuple[Change, ...]
    surviving: int
    cost: int
    free_cost: int | None = None
    free_moved: int | None = None

    def of_kind(self, *kinds: Kind) -> tuple[Change, ...]:
        """Return the changes of some kinds."""
        return tuple(one for one in self.changes if one.kind in kinds)

    @property
    def moved_share(self) -> float:
        """Share of the surviving visits that were moved to another team-day."""
        return len(self.of_kind("moved")) / max(1, self.surviving)

    @property
    def extra(self) -> float | None:
        """What the calm cost, as a share of the cost of the free plan."""
        return self.cost / self.free_cost - 1 if self.free_cost else None


def locks(
    plan: Plan,
    problem: Problem,
    *,
    visits: Iterable[str] = (),
    days: Iterable[dt.date] = (),
    teams: Iterable[int] = (),
) -> dict[str, str]:
    """Return the team-days of the planned visits to lock: by id, by day and by team.

    Raises
    ------
    KeyError
        If a visit is not in the plan.
    """
    by_id = {day.id: day for day in problem.team_days}
    at = {stop.visit: route.team_day for route in plan.routes for stop in route.stops}
    found = {id_: at[id_] for id_ in visits}
    days, teams = frozenset(days), frozenset(teams)
    for id_, team_day in at.items():
        if by_id[team_day].day in days or by_id[team_day].team in teams:
            found[id_] = team_day
    return found


def replan(
    problem: Problem,
    plan: Plan,
    disruption: Disruption,
    *,
    locked: Mapping[str, str] | None = None,
    drawn: Sequence[str] = (),
    move_seconds: int = MOVE_SECONDS,
    compare: bool = True,
    effort: int | None = None,
    time_limit_s: float | None = None,
    engine: str = "auto",
    seed: int = 1,
    progress: Callable[[Any], None] | None = None,
) -> Replanned:
    """Return the week of *plan* changed as little as *disruption* allows.

    Parameters
    ----------
    problem
        What *plan* solves; its matrices may have places of urgent visits besides.
    locked
        Team-days that visits stay with, see :func:`locks`; those of *problem* hold as well. The
        lock of a team-day that does not run falls.
    drawn
        Drawn visits in ticket order: mandatory, they give way by ticket only.
    move_seconds
        Price of a visit that is moved, or promised and left out, in seconds of driving.
    compare
        Also plan without that price, with the same effort, to tell what it cost. Of the weeks that
        cost hardly more (:data:`scheduler.calm.NEAR`) the one that moves least is taken then.
    effort, time_limit_s, engine, seed, progress
        As :func:`scheduler.solve.plan` takes them; they hold for each of the two plans.

    Raises
    ------
    scheduler.solve.BadProblem
    """
    rest = remainder(problem, plan, disruption, locked=locked)
    if effort is None and time_limit_s is None:
        effort = solve.DEFAULT_EFFORT

    start = {at: [visit.id for visit in stops] for at, stops in rest.start.items()}

    def made(priced: Problem, part: int = 1, number: int = 0, pool: Pool | None = None) -> Plan:
        open_ = {visit.id for visit in priced.visits}
        return solve.plan(
            priced, start=start, drawn=[id_ for id_ in drawn if id_ in open_], engine=engine,
            progress=progress, pool=pool, seed=seed + _SEEDS * number,
            effort=None if effort is None else max(1, effort // part),
            time_limit_s=time_limit_s and time_limit_s * (_SEARCHING if pool else 1) / part,
        )  # fmt: skip

    def searched(rest: Remainder) -> tuple[Plan | None, Plan]:
        free = made(rest.problem) if compare or not move_seconds else None
        if free is not None and not move_seconds:
            return free, free
        return free, calm_plan(
            rest, move_seconds=move_seconds, planner=made,
            free_cost=None if free is None else free.objective,
            seconds=inf if time_limit_s is None or effort else time_limit_s * (1 - _SEARCHING),
        )  # fmt: skip

    free, found = searched(rest) if rest.touched else (None, _as_it_was(plan, rest))
    newcomers = _in_the_way(found, rest)
    if newcomers:
        free, found = searched(_without(rest, newcomers))
        free = free and retold(free, rest.problem)
    quiet = retold(in_old_order(found, rest), rest.problem)
    known = {route.team_day for route in quiet.routes}
    order = {day.id: (day.day, day.team, day.id) for day in problem.team_days}
    kept = tuple(route for route in rest.over if route.team_day not in known)
    return Replanned(
        plan=replace(
            quiet, routes=tuple(sorted((*kept, *quiet.routes), key=lambda r: order[r.team_day]))
        ),
        open_plan=quiet,
        open_problem=rest.problem,
        changes=tuple(_changes(rest, quiet, disruption)),
        surviving=len(rest.surviving),
        cost=quiet.objective,
        free_cost=free.objective if compare and free else None,
        free_moved=sum(
            one.kind == "moved" for one in _changes(rest, free, disruption)
        ) if compare and free else None,
    )  # fmt: skip


def _in_the_way(found: Plan, rest: Remainder) -> frozenset[str]:
    """Return what came in where a locked visit went out: to the search one is worth the other."""
    before = {visit.id for stops in rest.start.values() for visit in stops}
    made = frozenset(found.served())
    gone = any(id_ in before and id_ not in made for id_ in rest.problem.locked)
    return made - before if gone else frozenset()


def _without(rest: Remainder, visits: frozenset[str]) -> Remainder:
    """Return what is open without some visits that the week did not make before."""
    stay = tuple(visit for visit in rest.problem.visits if visit.id not in visits)
    return replace(rest, problem=rest.problem.replace(visits=stay))


def _as_it_was(plan: Plan, rest: Remainder) -> Plan:
    """Return the open rounds of *plan*: nothing that happened needs another."""
    routes = tuple(route for route in plan.routes if route.team_day in rest.start)
    return replace(plan, routes=routes)


def in_old_order(plan: Plan, rest: Remainder) -> Plan:
    """Return *plan* with the old order of stops on the rounds where that costs next to nothing.

    A round driven backwards costs the same, but moves everybody from the morning to the afternoon.
    """
    problem = rest.problem
    timetable = Timetable(problem)
    days = {day.id: day for day in problem.team_days}
    by_id = {visit.id: visit for visit in problem.visits}
    routes = []
    for route in plan.routes:
        stops = [by_id[stop.visit] for stop in route.stops]
        old = [visit for visit in rest.start.get(route.team_day, ()) if by_id[visit.id] in stops]
        tied = any(visit.meets or visit.follows for visit in stops)
        order = None if tied else _inserted(timetable, days[route.team_day], old, stops)
        again = order and timetable.route(days[route.team_day], order)
        cheap = again and again.seconds + again.back <= route.seconds + route.back + _SAME_ORDER
        routes.append(again if again and cheap else route)
    return replace(plan, routes=tuple(routes))


def _inserted(
    timetable: Timetable, day: TeamDay, old: Sequence[Visit], stops: Sequence[Visit]
) -> list[Visit] | None:
    """Return *old* with the other *stops* put in where they fit best, None where one does not."""
    order = list(old)
    for visit in stops:
        if visit in order:
            continue
        tries = ([*order[:at], visit, *order[at:]] for at in range(len(order) + 1))
        fits = [one for one in tries if not timetable.lateness(day, one)]
        if not fits:
            return None
        order = min(fits, key=lambda one: timetable.driving(day, one))
    return order


def _changes(rest: Remainder, plan: Plan, disruption: Disruption) -> Iterator[Change]:
    """Yield what happened to each visit that is open, or was and is cancelled."""
    now = {
        stop.visit: Spot(team_day=route.team_day, start=stop.start)
        for route in plan.routes
        for stop in route.stops
    }
    urgent = {visit.id for visit in disruption.urgent} | disruption.wanted
    for visit in rest.problem.visits:
        before, after = rest.spots.get(visit.id), now.get(visit.id)
        kind = _kind(visit.id, before, after, rest=rest, urgent=visit.id in urgent)
        if kind is not None:
            yield Change(
                visit=visit.id, kind=kind, before=before, after=after,
                left=plan.unserved.get(visit.id),
            )  # fmt: skip
    for id_ in sorted(disruption.cancelled & set(rest.spots)):
        yield Change(visit=id_, kind="cancelled", before=rest.spots[id_])


def _kind(
    id_: str,
    before: Spot | None,
    after: Spot | None,
    *,
    rest: Remainder,
    urgent: bool,
) -> Kind | None:
    """Return what happened to a visit, None where nothing did."""
    if after is None:
        return "left_out" if before is not None or urgent else None
    if before is None:
        return "new" if urgent else "taken_in"
    if before.team_day != after.team_day:
        return "moved" if id_ in rest.surviving else "displaced"
    return "retimed" if abs(before.start - after.start) >= RETIMED_SECONDS else None
