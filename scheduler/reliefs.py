"""What would make room for a visit that is not in the plan: limits are loosened one by one.

Every way is tried out on the planned routes by the exact timetable and put before the referee, so
that a way that is listed is a way that works. Costs are a product choice in one unit, ten minutes
of a whole team: longer hours cost their length; a later or earlier lunch 1 more and another hour
at the enterprise 2 more than their length; one visit more than the limit of the day 3; a day on
which the visit is not allowed 6; an optional visit left out what it is worth in driving, and 1;
a larger car 6; an officer of another department or speciality 24 each; one more car with its team
the whole of its working day. At equal cost the order is that of :data:`CODES`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.loosening import LAST_RESORT, VARIANTS, Loosened, Ride, Variant, least_steps
from scheduler.plan import Plan, Unserved
from scheduler.problem import TeamDay
from scheduler.schedule import Timetable, crew_size
from scheduler.teams import TeamSettings
from scheduler.verify import verify

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scheduler.problem import Problem, Visit

CODES = (
    "relief_fits", "relief_anyway", "relief_later", "relief_earlier", "relief_lunch",
    "relief_window", "relief_limit", "relief_drop", "relief_day", "relief_car",
    "relief_department", "relief_speciality", "relief_team", "relief_team_skill",
)  # fmt: skip
"""Codes of all steps, in the order in which equally costly ways are listed."""
UNIT = 600
"""Seconds of a team that cost 1."""
MOST = 3
"""Ways that are listed for a visit, each of another kind."""

_FIXED = {"relief_limit": 3, "relief_day": 6, "relief_car": 6}
_OFFICER = 24
_FAMILY = {
    "relief_earlier": "relief_later", "relief_speciality": "relief_department",
    "relief_team_skill": "relief_team",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One limit loosened: the code of its sentence and the data that say how far."""

    code: str
    detail: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"code": self.code, "detail": dict(self.detail)}


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
        return frozenset(_FAMILY.get(step.code, step.code) for step in self.steps)

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
    week = Week(problem, sequences=stops)
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

    def __init__(self, problem: Problem, *, sequences: Mapping[str, Sequence[Visit]]) -> None:
        """Take routes as visits in order by team-day; idle team-days need not be named."""
        self._problem = problem
        self._timetable = Timetable(problem)
        self._days = {day.id: day for day in problem.team_days}
        self._routes = {id_: tuple(sequences.get(id_, ())) for id_ in self._days}
        self._rides: dict[tuple[str, tuple[str, ...]], Ride] = {}

    def copy(self) -> Week:
        """Return a week that changes on its own."""
        return Week(
            self._problem.replace(team_days=tuple(self._days.values())), sequences=self._routes
        )

    def adopt(self, way: Way) -> None:
        """Let *way* be taken: its team-day and its route hold from now on."""
        self._days[way.team_day.id] = way.team_day
        self._routes[way.team_day.id] = way.route

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

    def _try(self, base: _Base, variants: Sequence[Variant], found: _Found) -> None:
        """Look for the least loosening that makes room on one team-day; keep it if it is cheap."""
        ride = self._ride(base.team_day, base.route)
        trials = [
            Loosened(base.team_day, ride, base.visit, at=at) for at in range(len(base.route) + 1)
        ]
        trials.sort(key=lambda trial: (trial.least, trial.extra, trial.at))
        for trial in trials:
            if trial.least == 0 and trial.fits(trial.limits()):
                self._keep(base, trial, None, 0, found)
                return
        if base.dropped:
            return
        for variant in variants:
            kind = frozenset([*base.kind, *(_FAMILY.get(c, c) for c in variant.codes)])
            most = min(found.limit(kind) - base.cost - variant.cost, variant.most)
            for trial in trials:
                steps = least_steps(trial, variant, most=most)
                if steps:
                    self._keep(base, trial, variant, steps, found)
                    most = steps - 1

    def _ride(self, day: TeamDay, route: tuple[Visit, ...]) -> Ride:
        key = (day.depot, tuple(stop.id for stop in route))
        if key not in self._rides:
            home = self._problem.depot(day.depot).place
            self._rides[key] = Ride(home, route, self._timetable)
        return self._rides[key]

    def _keep(
        self, base: _Base, trial: Loosened, variant: Variant | None, steps: int, found: _Found
    ) -> None:
        day, visit, more, cost = trial.team_day, trial.visit, [], base.cost
        if variant is not None:
            wider = variant.wider(trial.limits(), steps=steps)
            day = replace(day, start=wider.start, end=wider.end, lunch=wider.lunch)
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
        alone = self._problem.replace(visits=way.route, team_days=(way.team_day,))
        plan = Plan(routes=(route,), left=(), objective=route.seconds, engine="relief")
        return not verify(plan, alone)

    def _bases(self, visit: Visit) -> Iterator[_Base]:
        """Yield all team-days that could make *visit*, those to be added too, and what it takes."""
        for id_, day in self._days.items():
            route = self._routes[id_]
            yield _opened(day, visit, route)
            for one in route:
                if not one.mandatory and (visit.mandatory or one.prize < visit.prize):
                    left = tuple(stop for stop in route if stop is not one)
                    step = Step(code="relief_drop", detail={
                        "team_day": id_, "visits": [one.id], "count": 1,
                    })  # fmt: skip
                    base = _opened(day, visit, left)
                    yield replace(
                        base, steps=(*base.steps, step), cost=base.cost + 1 + one.prize // UNIT,
                        dropped=True,
                    )  # fmt: skip
        for day in self._more(visit):
            code = "relief_team_skill" if day.specialities else "relief_team"
            team = Step(code=code, detail={
                "team_day": day.id, "day": day.day.isoformat(), "depot": day.depot,
                "departments": sorted(day.departments), "specialities": sorted(day.specialities),
                "seats": day.seats,
            })  # fmt: skip
            cost = max(1, (day.end - day.start) // UNIT)
            base = _opened(day, visit, ())
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
                like = next((one for one in alike if one.depot == depot), None) or _like(
                    alike or self._problem.team_days, usual, day=day
                )
                yield _team(like, visit, day=day, depot=depot, taken=self._days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """A team-day opened for a visit: the steps that took, and the route without the visit."""

    team_day: TeamDay
    visit: Visit
    route: tuple[Visit, ...]
    steps: tuple[Step, ...]
    cost: int
    dropped: bool = False
    extra: bool = False

    @property
    def kind(self) -> Iterable[str]:
        return (_FAMILY.get(step.code, step.code) for step in self.steps)


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


def _opened(day: TeamDay, visit: Visit, route: tuple[Visit, ...]) -> _Base:
    """Return *day* with everything but time made fit for *visit*."""
    name = {"team_day": day.id}
    steps: list[tuple[str, int, dict[str, Any]]] = []
    departments = sorted(visit.departments - day.departments)
    if departments:
        steps.append(("relief_department", _OFFICER * len(departments),
                      {**name, "departments": departments}))  # fmt: skip
    specialities = sorted(visit.specialities - day.specialities)
    if specialities:
        steps.append(("relief_speciality", _OFFICER * len(specialities),
                      {**name, "specialities": specialities}))  # fmt: skip
    promised = day.departments | visit.departments
    seats = max(day.seats, crew_size(promised))
    if seats > day.seats:
        steps.append(("relief_car", _FIXED["relief_car"],
                      {**name, "seats": seats, "have": day.seats}))  # fmt: skip
    if not visit.allowed(day.day):
        steps.append(("relief_day", _FIXED["relief_day"], {**name, "day": day.day.isoformat()}))
        visit = replace(visit, days=(*visit.days, day.day))
    most = max(day.max_visits, len(route) + 1)
    if most > day.max_visits:
        steps.append(("relief_limit", _FIXED["relief_limit"], {**name, "most": most}))
    opened = day if not steps else replace(
        day, departments=promised, specialities=day.specialities | visit.specialities,
        seats=seats, max_visits=most,
    )  # fmt: skip
    return _Base(
        team_day=opened, visit=visit, route=route, cost=sum(cost for _, cost, _ in steps),
        steps=tuple(Step(code=code, detail=detail) for code, _, detail in steps),
    )  # fmt: skip


def _like(days: Sequence[TeamDay], usual: TeamSettings, *, day: dt.date) -> TeamDay:
    """Return a team-day to copy hours and lunch from; the usual ones where there is none."""
    if days:
        return days[0]
    return TeamDay(
        id="", team=0, day=day, depot="", vehicle="", seats=usual.max_crew, start=usual.start,
        end=usual.end, lunch=usual.lunch,
    )  # fmt: skip


def _team(
    like: TeamDay, visit: Visit, *, day: dt.date, depot: str, taken: Mapping[str, TeamDay]
) -> TeamDay:
    number = 1
    while f"{day.isoformat()}+{depot}.{number}" in taken:
        number += 1
    id_ = f"{day.isoformat()}+{depot}.{number}"
    return replace(
        like, id=id_, day=day, depot=depot, vehicle=id_, departments=visit.departments,
        specialities=visit.specialities, seats=max(like.seats, crew_size(visit.departments)),
        max_visits=max(1, like.max_visits), team=0,
    )  # fmt: skip
