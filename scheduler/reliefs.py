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

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.loosening import (
    LAST_RESORT,
    VARIANTS,
    Loosened,
    Ride,
    Variant,
    ends_of,
    least_steps,
)
from scheduler.opening_up import FAMILY, FIXED, Base, Step, like_usual, opened_for, team_for
from scheduler.openings import Openings
from scheduler.plan import Plan, Unserved
from scheduler.problem import DAY_SECONDS, TeamDay
from scheduler.schedule import Timetable
from scheduler.teams import TeamSettings
from scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.problem import Problem, Visit

CODES = (
    "relief_fits", "relief_anyway", "relief_unlock", "relief_later", "relief_earlier",
    "relief_lunch", "relief_window", "relief_limit", "relief_drop", "relief_day", "relief_car",
    "relief_equipment", "relief_load", "relief_raise", "relief_department", "relief_speciality",
    "relief_expert", "relief_team", "relief_team_skill",
)  # fmt: skip
"""Codes of all steps, in the order in which equally costly ways are listed."""
UNIT = 600
"""Seconds of a team that cost 1."""
MOST = 3
"""Ways that are listed for a visit, each of another kind."""

_ELSEWHERE = frozenset({"order_broken", "expert_alone"})
"""Rules that a route alone cannot keep: what they ask for stands on other routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to make a visit: all steps together, their cost, and the route that results.

    ``team_day`` and the visits of ``route`` are the loosened ones.
    """

    steps: tuple[Step, ...]
    cost: int
    team_day: TeamDay
    route: tuple[Visit, ...]

    @property
    def kind(self) -> frozenset[str]:
        """What sort of way it is; of each sort only the cheapest is listed."""
        return frozenset(FAMILY.get(step.code, step.code) for step in self.steps)

    @property
    def rank(self) -> tuple[int, int, tuple[int, ...], str]:
        """Key by which ways are compared: cheap ones first, then those of fewer steps."""
        places = tuple(CODES.index(step.code) for step in self.steps)
        return self.cost, len(self.steps), places, self.team_day.id

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data: the first step, and the others under ``also``."""
        first, *others = (step.to_json() for step in self.steps)
        return {**first, "cost": self.cost, "also": others}


def relieved(plan: Plan, problem: Problem) -> Plan:
    """Return *plan* in which every visit left out names the cheapest ways to make it after all.

    They are added to ``detail`` as ``reliefs``. Ways of carried visits hold in ticket order, each
    on top of the first way of all those ``before`` it: no later ticket is made instead of an
    earlier one. What has ways already (a crew that cannot be formed) keeps them.
    """
    visits = {visit.id: visit for visit in problem.visits}
    stops = {r.team_day: [visits[stop.visit] for stop in r.stops] for r in plan.routes}
    starts = {stop.visit: stop.start for route in plan.routes for stop in route.stops}
    week = Week(problem, sequences=stops, starts=starts)
    in_turn = week.copy()
    found: dict[str, Unserved] = {}
    before = 0
    for left in sorted(plan.left, key=lambda one: one.detail.get("ticket_rank", 0)):
        if left.detail.get("reliefs"):
            continue
        carried = left.reason == "carried"
        ways = (in_turn if carried else week).ways(visits[left.visit])
        if carried and ways:
            in_turn.adopt(ways[0])
        detail = {**left.detail, "reliefs": [way.to_json() for way in ways]}
        if carried:
            detail["before"], before = before, before + 1
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
        self._openings = Openings(problem, sequences, timetable=self._timetable, starts=starts)
        self._days = {day.id: day for day in problem.team_days}
        self._routes = {id_: tuple(self._openings.routes(id_)) for id_ in self._days}
        self._rides: dict[tuple[object, ...], Ride] = {}

    def copy(self) -> Week:
        """Return a week that changes on its own."""
        return Week(self._problem, sequences=self._routes)

    def adopt(self, way: Way) -> None:
        """Let *way* be taken: its team-day and its route hold from now on."""
        self._days[way.team_day.id] = way.team_day
        self._routes[way.team_day.id] = way.route
        self._problem = self._problem.replace(team_days=tuple(self._days.values()))
        self._openings = Openings(self._problem, self._routes, timetable=self._timetable)

    def ways(self, visit: Visit) -> list[Way]:
        """Return the cheapest ways to make *visit*, at most :data:`MOST`, each of another kind."""
        found = _Found()
        bases = sorted(self._bases(visit), key=lambda base: base.cost)
        for base in bases:
            if base.cost <= found.limit():
                self._try(base, VARIANTS, found)
        if not found.best:
            for base in bases:
                if base.extra and base.cost <= found.limit():
                    self._try(base, LAST_RESORT, found)
        return found.listed()

    def _try(self, base: Base, variants: Sequence[Variant], found: _Found) -> None:
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
        self, base: Base, trial: Loosened, variant: Variant | None, steps: int, found: _Found
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
        way = Way(steps=(*base.steps, *more), cost=cost, team_day=day, route=route)
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
        """Tell whether the referee, who knows no search, accepts the route of *way*."""
        route = self._timetable.route(way.team_day, way.route)
        if route is None:
            return False
        alone = self._problem.replace(
            visits=way.route, team_days=(way.team_day,), limits=(), locked={}
        )
        cost = self._timetable.cost(way.team_day, way.route)
        plan = Plan(routes=(route,), left=(), objective=cost, engine="relief")
        return not [one for one in verify(plan, alone) if one.rule not in _ELSEWHERE]

    def _bases(self, visit: Visit) -> Iterator[Base]:
        """Yield all team-days that could make *visit*, those to be added too, and what it takes."""
        if visit.meets:
            return
        for k, (id_, day) in enumerate(self._days.items()):
            base = self._tied(k, day, visit)
            if base is None:
                continue
            yield base
            for one in base.route:
                gives_way = not one.mandatory and (visit.mandatory or one.prize < visit.prize)
                if gives_way and not self._openings.links.pins(one):
                    left = tuple(stop for stop in base.route if stop is not one)
                    step = Step(code="relief_drop", detail={
                        "team_day": id_, "visits": [one.id], "count": 1,
                    })  # fmt: skip
                    tied = self._tied(k, day, visit, route=left)
                    if tied is not None:
                        yield replace(
                            tied, steps=(*tied.steps, step), dropped=True,
                            cost=tied.cost + 1 + one.prize // UNIT,
                        )  # fmt: skip
        if not (visit.follows or visit.round or visit.gate):
            yield from self._added(visit)

    def _tied(
        self, k: int, day: TeamDay, visit: Visit, *, route: tuple[Visit, ...] | None = None
    ) -> Base | None:
        """Return a team-day opened for *visit* as far as its ties allow; None where they do not."""
        route = self._routes[day.id] if route is None else route
        if bool(day.expert) != visit.assists:
            return None
        links, steps, cost = self._openings.links, list[Step](), 0
        if links.blocked(visit, ignore=frozenset({"limit"}))[k]:
            return None
        if visit.follows is not None:
            midnight = day.day.toordinal() * DAY_SECONDS
            earliest, latest = (moment - midnight for moment in links.span(visit))
            window = max(visit.window[0], earliest), min(visit.window[1], latest)
            if window[0] > window[1]:
                return None
            visit = replace(visit, window=window)
        for limit in links.limits(visit) if links.blocked(visit)[k] else ():
            steps.append(Step(code="relief_raise", detail={
                "limit": limit.code, "most": limit.most + 1,
            }))  # fmt: skip
            cost += FIXED["relief_raise"]
        if self._problem.locked.get(visit.id, day.id) != day.id:
            detail = {"team_day": self._problem.locked[visit.id]}
            steps.append(Step(code="relief_unlock", detail=detail))
            cost += FIXED["relief_unlock"]
        base = opened_for(day, visit, route)
        return replace(base, steps=(*steps, *base.steps), cost=base.cost + cost)

    def _added(self, visit: Visit) -> Iterator[Base]:
        if self._openings.links.limits(visit) or visit.id in self._problem.locked:
            return
        for day in self._more(visit):
            code = "relief_team_skill" if day.specialities else "relief_team"
            team = Step(code="relief_expert" if day.expert else code, detail={
                "team_day": day.id, "day": day.day.isoformat(), "depot": day.depot,
                "departments": sorted(day.departments), "specialities": sorted(day.specialities),
                "seats": day.seats,
            })  # fmt: skip
            cost = max(1, (day.end - day.start) // UNIT)
            base = opened_for(day, visit, ())
            steps = (team, *base.steps)
            yield replace(base, steps=steps, cost=base.cost + cost, extra=True)

    def _more(self, visit: Visit) -> Iterator[TeamDay]:
        """Yield one more team from each station on each day, made for *visit*."""
        usual = TeamSettings()
        week = sorted({*(day.day for day in self._problem.team_days), *visit.days})
        used = {day.depot for day in self._problem.team_days}
        stations = [one.id for one in self._problem.depots if one.id in used or not used]
        for day in visit.days or week:
            alike = [one for one in self._problem.team_days if one.day == day]
            for depot in stations:
                like = next((one for one in alike if one.depot == depot), None) or like_usual(
                    alike or self._problem.team_days, usual, day=day
                )
                yield team_for(like, visit, day=day, depot=depot, taken=self._days)


class _Found:
    """The cheapest way of each kind so far."""

    def __init__(self) -> None:
        self.best: dict[frozenset[str], Way] = {}

    def limit(self, kind: frozenset[str] | None = None) -> int:
        """Return the greatest cost at which another way (of *kind*) is still of interest."""
        others = sorted(way.cost for key, way in self.best.items() if key != kind)
        most = others[MOST - 1] if len(others) >= MOST else 10**9
        simpler = [way.cost - 1 for key, way in self.best.items() if kind and key <= kind]
        return min([most, *simpler])

    def wants(self, way: Way) -> bool:
        """Tell whether *way* is better than those that loosen the same or less."""
        return all(way.rank < one.rank for key, one in self.best.items() if key <= way.kind)

    def add(self, way: Way) -> None:
        """Keep *way* instead of those that loosen the same or more for more."""
        worse = [key for key, one in self.best.items() if way.kind <= key and way.rank < one.rank]
        for key in worse:
            del self.best[key]
        self.best[way.kind] = way

    def listed(self) -> list[Way]:
        """Return the ways, cheapest first; what fits as things are needs no other way."""
        as_is = [way for key, way in self.best.items() if key & {"relief_fits", "relief_anyway"}]
        return as_is or sorted(self.best.values(), key=lambda way: way.rank)[:MOST]
