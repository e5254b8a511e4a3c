"""What would make room for a visit that is not in the plan: limits are loosened one by one.

Every way is tried out on the planned routes by the exact timetable and put before the referee, so
that a way that is listed is a way that works. Costs are a product choice in one unit, ten minutes
of a whole team: longer hours cost their length; a later or earlier lunch 1 more and another hour
at the enterprise 2 more than their length; a lock released 1; one visit more than the limit of the
day 3; a day on which the visit is not allowed 6; an optional visit left out what it is worth in
driving, and 1; a larger car, or one with more room or equipment, 6; another limit raised 12; an
officer of another department or speciality 24 each; one more car with its team, or an expert, the
whole of a working day. At equal cost the order is that of :data:`CODES`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scheduler.appointed import Appointed
from scheduler.loosening import (
    LAST_RESORT,
    VARIANTS,
    Loosened,
    Ride,
    Variant,
    ends_of,
    least_steps,
)
from scheduler.opening_up import FAMILY, FIXED, Base, Step, added, stations, without
from scheduler.openings import Openings
from scheduler.schedule import Timetable
from scheduler.ways import CODES, MOST, UNIT, Found, Way, holds, raise_step, raised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.plan import Plan, Unserved
    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.spans import Place

__all__ = ["CODES", "MOST", "UNIT", "Week", "relieved"]


def relieved(plan: Plan, problem: Problem) -> Plan:
    """Return *plan* in which every visit left out names the cheapest ways to make it after all.

    They are added to ``detail`` as ``reliefs``. Ways of carried visits hold in ticket order, each
    on top of the first way of all those ``before`` it: no later ticket is made instead of an
    earlier one. What has ways already (a crew that cannot be formed) keeps them. The parts of a
    joint visit have the same ways.
    """
    visits = {visit.id: visit for visit in problem.visits}
    stops = {r.team_day: [visits[stop.visit] for stop in r.stops] for r in plan.routes}
    starts = {stop.visit: stop.start for route in plan.routes for stop in route.stops}
    week = Week(problem, sequences=stops, starts=starts)
    in_turn = week.copy()
    found: dict[str, Unserved] = {}
    turns: dict[str, tuple[int, list[Way]]] = {}
    for left in sorted(plan.left, key=lambda one: one.detail.get("ticket_rank", 0)):
        if left.detail.get("reliefs"):
            continue
        visit, detail = visits[left.visit], dict(left.detail)
        if left.reason == "carried":
            name = visit.meets or visit.id
            if name not in turns:
                turns[name] = len(turns), in_turn.ways(visit)
                if turns[name][1]:
                    in_turn.adopt(turns[name][1][0])
            detail["before"], ways = turns[name]
        else:
            ways = week.ways(visit)
        detail["reliefs"] = [way.to_json() for way in ways]
        found[left.visit] = replace(left, detail=detail)
    return replace(
        plan, left=tuple(found.get(left.visit, left) for left in plan.left)
    )  # fmt: skip


class Week:
    """The planned routes of a week and the limits that hold for them."""

    def __init__(
        self,
        problem: Problem,
        *,
        sequences: Mapping[str, Sequence[Visit]],
        starts: Mapping[str, int] | None = None,
    ) -> None:
        """Take routes as visits in order by team-day; idle team-days need not be named.

        ``starts`` are those of the visits, by id: what others depend on keeps its start.
        """
        self._problem = problem
        self._timetable = Timetable(problem)
        self._homes = {depot.id: depot.place for depot in problem.depots}
        self._days = {day.id: day for day in problem.team_days}
        self._visits = {visit.id: visit for visit in problem.visits}
        self._rides: dict[tuple[object, ...], Ride] = {}
        self._take(Openings(problem, sequences, timetable=self._timetable, starts=starts))

    def copy(self) -> Week:
        """Return a week that changes on its own."""
        return Week(self._problem, sequences=self._routes)

    def adopt(self, way: Way) -> None:
        """Let *way* be taken: its team-days, routes and limits hold from now on."""
        routes = dict(self._routes)
        for day, route in way.routes:
            self._days[day.id], routes[day.id] = day, route
        self._problem = self._problem.replace(
            team_days=tuple(self._days.values()), limits=raised(self._problem.limits, way.raised)
        )
        self._take(Openings(self._problem, routes, timetable=self._timetable))

    def _take(self, openings: Openings) -> None:
        self._openings = openings
        self._routes = {id_: tuple(openings.routes(id_)) for id_ in self._days}
        self._known: dict[str, list[Way]] = {}
        self._appointed = Appointed(self._problem, openings, self._routes, holds=self._holds)

    def ways(self, visit: Visit) -> list[Way]:
        """Return the cheapest ways to make *visit*, at most :data:`MOST`, each of another kind."""
        name = visit.meets or visit.id
        if name not in self._known:
            self._known[name] = []  # what follows itself round about finds no way
            self._known[name] = self._found(visit)
        return self._known[name]

    def _found(self, visit: Visit) -> list[Way]:
        ways = self._bound(visit)
        if not self._openings.links.gate_days(visit):
            return ways
        found = Found()
        step = Step(code="relief_gate", detail={"gate": visit.gate})
        more = FIXED["relief_gate"]
        apart = [
            replace(way, steps=(step, *way.steps), cost=way.cost + more)
            for way in self._bound(replace(visit, gate=""))
        ]
        for way in sorted((*ways, *apart), key=lambda one: one.rank):
            if found.wants(way):
                found.add(way)
        return found.listed()

    def _bound(self, visit: Visit) -> list[Way]:
        if not (visit.meets or visit.follows or visit.round):
            return self._by_itself(visit)
        parts = [visit]
        if visit.meets:
            parts = [one for one in self._problem.visits if one.meets == visit.meets]
        for part in parts:
            first = part.follows.visit if part.follows else ""
            if first and self._openings.links.moment(first) is None:
                return self._after(visit, first)
        places = self._fitting(visit, parts)
        if places:
            way = self._as_is(parts, places)
            if self._holds(way):
                return [way]
        return self._appointed.ways(parts)

    def _after(self, visit: Visit, first: str) -> list[Way]:
        """Return ways to make *visit* after the cheapest way to make *first*, which it follows."""
        other = self._visits.get(first)
        ways = self.ways(other) if other else []
        if not other or not ways:
            return []
        week = self.copy()
        week.adopt(ways[0])
        begun = week._openings.links.moment(first)
        if begun is None:
            return []
        parts = [first, *(
            one.id for one in self._problem.visits
            if other.meets and one.meets == other.meets and one.id != first
        )]  # fmt: skip
        return [
            way.after(ways[0], visit=visit.id, parts=parts, begun=begun) for way in week.ways(visit)
        ]

    def _fitting(self, visit: Visit, parts: Sequence[Visit]) -> list[Place]:
        """Return places for all *parts* as things are; none where there are none."""
        if visit.meets:
            return self._openings.meeting(parts) or []
        place = self._openings.cheapest(visit)
        return [place] if place else []

    def _as_is(self, parts: Sequence[Visit], places: Sequence[Place]) -> Way:
        """Return the way that loosens nothing."""
        routes, extra = [], 0
        for part, place in zip(parts, places, strict=True):
            day, route = self._days[place.team_day], self._routes[place.team_day]
            one = replace(part, window=(place.start, place.start), days=(day.day,))
            tried = (*route[: place.position], one, *route[place.position :])
            routes.append((day, tried))
            extra += self._timetable.driving(day, tried) - self._timetable.driving(day, route)
        steps, cost = self._fits(parts[0], routes[0][0], extra)
        if len(parts) > 1:
            steps.append(self._appointed.meet(parts, tuple(routes)))
        return Way(steps=tuple(steps), cost=cost, routes=tuple(routes))

    def _by_itself(self, visit: Visit) -> list[Way]:
        found = Found()
        bases = sorted(self._bases(visit), key=lambda base: base.cost)
        for base in bases:
            if base.cost <= found.limit():
                self._try(base, VARIANTS, found)
        if not found.best:
            for base in bases:
                if base.extra and base.cost <= found.limit():
                    self._try(base, LAST_RESORT, found)
        return found.listed()

    def _try(self, base: Base, variants: Sequence[Variant], found: Found) -> None:
        """Look for the least loosening that makes room on one team-day; keep it if it is cheap."""
        ride = self._ride(base.team_day, base.route)
        trials = [Loosened(base.team_day, ride, base.visit, at=at) for at in self._positions(base)]
        trials.sort(key=lambda trial: (trial.least, trial.extra, trial.at))
        for trial in trials:
            if trial.least == 0 and trial.fits(trial.limits()):
                self._keep(base, trial, None, 0, found)
                return
        if base.dropped:
            return
        for variant in variants:
            kind = frozenset([*base.kind, *(FAMILY.get(c, c) for c in variant.codes)])
            most = min(found.limit(kind) - base.cost - variant.cost, variant.most)
            if most < 1:
                continue
            for trial in trials:
                steps = least_steps(trial, variant, most=most)
                if steps:
                    self._keep(base, trial, variant, steps, found)
                    most = steps - 1

    def _positions(self, base: Base) -> Sequence[int]:
        """Return positions on the route of *base* at which no gate is split."""
        found = range(len(base.route) + 1)
        if base.dropped or base.extra or not self._openings.links.gates:
            return found
        return [at for at in found if at in self._openings.beside(base.visit, base.team_day.id)]

    def _ride(self, day: TeamDay, route: tuple[Visit, ...]) -> Ride:
        ends = ends_of(day, self._homes)
        key = (ends, tuple(stop.id for stop in route))
        if key not in self._rides:
            self._rides[key] = Ride(ends, route, self._timetable)
        return self._rides[key]

    def _keep(
        self, base: Base, trial: Loosened, variant: Variant | None, steps: int, found: Found
    ) -> None:
        day, visit, more, cost = trial.team_day, trial.visit, [], base.cost
        if variant is not None:
            wider = variant.wider(trial.limits(), steps=steps)
            end = wider.end - day.overtime
            day = replace(day, start=wider.start, end=end, lunch=wider.lunch)
            visit = replace(visit, window=wider.window)
            more = [Step(code=code, detail=variant.detail(code, day.id, wider, steps=steps))
                    for code in variant.codes]  # fmt: skip
            cost += variant.cost + steps
        if not base.steps and not more:
            more, cost = self._fits(visit, day, trial.extra)
        route = (*base.route[: trial.at], visit, *base.route[trial.at :])
        way = Way(steps=(*base.steps, *more), cost=cost, routes=((day, route),), raised=base.raised)
        if found.wants(way) and self._holds(way):
            found.add(way)

    @staticmethod
    def _fits(visit: Visit, day: TeamDay, extra: int) -> tuple[list[Step], int]:
        """Return what to say of a visit that fits as things are: it may not be worth it."""
        detail: dict[str, Any] = {"team_day": day.id, "minutes": -(-extra // 60)}
        if visit.mandatory:
            return [Step(code="relief_fits", detail=detail)], 0
        return [Step(code="relief_anyway", detail=detail)], max(1, -(-extra // UNIT))

    def _holds(self, way: Way) -> bool:
        return holds(way, self._problem, routes=self._routes, timetable=self._timetable)

    def _bases(self, visit: Visit) -> Iterator[Base]:
        """Yield all team-days that could make *visit*, those to be added too, and what it takes."""
        busy = self._openings.links.blocked(visit, ignore=frozenset({"limit"})).tolist()
        for id_, closed in zip(self._days, busy, strict=True):
            day = self._days[id_]
            if closed or bool(day.expert) != visit.assists:
                continue
            route = self._routes[id_]
            yield self._tied(day, visit, route)
            for one in route:
                gives_way = not one.mandatory and (visit.mandatory or one.prize < visit.prize)
                if gives_way and not self._openings.links.pins(one):
                    left = tuple(stop for stop in route if stop is not one)
                    yield without(self._tied(day, visit, left), one)
        yield from self._added(visit)

    def _tied(self, day: TeamDay, visit: Visit, route: tuple[Visit, ...]) -> Base:
        """Return a team-day opened for *visit*, the limits and locks that keep it out too."""
        base = self._appointed.opened(day, visit, route)
        raises = self._openings.links.raises([visit], day=day.day)
        if not raises:
            return base
        steps, cost = [], base.cost
        for limit, most in raises:
            step, more = raise_step(limit, most)
            steps.append(step)
            cost += more
        return replace(
            base, steps=(*steps, *base.steps), cost=cost, raised=(*raises, *base.raised)
        )  # fmt: skip

    def _added(self, visit: Visit) -> Iterator[Base]:
        """Yield one more team from each station on each day, made for *visit*."""
        if self._openings.links.limits(visit):
            return
        week = sorted({*(day.day for day in self._problem.team_days), *visit.days})
        closed = self._openings.links.gate_days(visit)
        for day in visit.days or week:
            for depot in stations(self._problem) if day not in closed else ():
                yield added(visit, self._problem, day=day, depot=depot, taken=self._days)
