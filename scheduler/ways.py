"""A way to make a visit that was left out: what is loosened, what it costs, what results."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.opening_up import FAMILY, FIXED, Step
from scheduler.plan import Plan, clock
from scheduler.problem import DAY_SECONDS
from scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Limit, Problem, TeamDay, Visit
    from scheduler.schedule import Timetable
    from scheduler.verify import Violation

CODES = (
    "relief_fits", "relief_anyway", "relief_unlock", "relief_later", "relief_earlier",
    "relief_lunch", "relief_window", "relief_gap", "relief_limit", "relief_drop", "relief_day",
    "relief_car", "relief_equipment", "relief_load", "relief_round", "relief_gate", "relief_raise",
    "relief_department", "relief_speciality", "relief_expert", "relief_team", "relief_team_skill",
    "relief_meet", "relief_before", "relief_then",
)  # fmt: skip
"""Codes of all steps, in the order in which equally costly ways are listed."""
TOLD = frozenset({"relief_meet", "relief_before", "relief_then"})
"""Steps that loosen nothing: they say where parts meet, what is made first and what then."""
_AS_IS = frozenset({"relief_fits", "relief_anyway"})
UNIT = 600
"""Seconds of a team that cost 1."""
MOST = 3
"""Ways that are listed for a visit, each of another kind."""
_ELSEWHERE = frozenset({"order_broken", "expert_alone"})
"""Rules that some routes alone cannot keep: what they ask for stands on others."""

Routes = tuple[tuple["TeamDay", tuple["Visit", ...]], ...]
"""Team-days and what each makes in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to make a visit: all steps together, their cost, and the routes that result.

    Team-days and visits of ``routes`` are the loosened ones, so are the limits of ``raised``.
    """

    steps: tuple[Step, ...]
    cost: int
    routes: Routes
    raised: tuple[tuple[Limit, int], ...] = ()

    @property
    def kind(self) -> frozenset[str]:
        """What sort of way it is; of each sort only the cheapest is listed."""
        return frozenset(
            FAMILY.get(step.code, step.code) for step in self.steps if step.code not in TOLD
        )

    @property
    def rank(self) -> tuple[int, int, tuple[int, ...], tuple[str, ...]]:
        """Key by which ways are compared: cheap ones first, then those of fewer steps."""
        places = tuple(CODES.index(step.code) for step in self.steps)
        return self.cost, len(self.steps), places, tuple(day.id for day, _ in self.routes)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data: the first step, and the others under ``also``."""
        first, *others = (step.to_json() for step in self.steps)
        return {**first, "cost": self.cost, "also": others}

    def after(self, other: Way, *, visit: str, parts: Sequence[str], begun: int) -> Way:
        """Return both ways as one: *parts* are made by the *other* way, then *visit* by this one.

        ``begun`` is when *parts* begin, on the clock of all days.
        """
        changed = {day.id: (day, route) for day, route in (*other.routes, *self.routes)}
        day, start = divmod(begun, DAY_SECONDS)
        where = [one.id for one, stops in other.routes if any(stop.id in parts for stop in stops)]
        before = Step(code="relief_before", detail={
            "visits": [parts[0]], "team_days": where, "start": clock(start),
            "day": dt.date.fromordinal(day).isoformat(),
        })  # fmt: skip
        then = Step(code="relief_then", detail={"visits": [visit]})
        return Way(
            steps=(before, *other.steps, then, *self.steps), cost=other.cost + self.cost,
            routes=tuple(changed.values()), raised=(*other.raised, *self.raised),
        )  # fmt: skip


def raised(limits: Iterable[Limit], raises: Iterable[tuple[Limit, int]]) -> tuple[Limit, ...]:
    """Return *limits* after those of *raises* allow as many as is said there."""
    most = {_name(limit): number for limit, number in raises}
    return tuple(replace(one, most=max(one.most, most.get(_name(one), 0))) for one in limits)


def _name(limit: Limit) -> tuple[str, frozenset[str], str]:
    return limit.code, limit.visits, limit.within


def raise_step(limit: Limit, most: int) -> tuple[Step, int]:
    """Return the step that lets *limit* allow *most*, and its cost."""
    step = Step(code="relief_raise", detail={"limit": limit.code, "most": most})
    return step, FIXED["relief_raise"] * (most - limit.most)


def holds(
    way: Way, problem: Problem, *, routes: Mapping[str, Sequence[Visit]], timetable: Timetable
) -> bool:
    """Tell whether the referee, who knows no search, accepts *way* beside the *routes* of a week.

    All routes are put before it that are changed, that share a car or a team with one of those, or
    on which something stands that the new visits are tied to.
    """
    changed = {day.id: (day, stops) for day, stops in way.routes}
    before = {one.id for day, _ in way.routes for one in routes.get(day.id, ())}
    new = {stop.id: stop for _, stops in way.routes for stop in stops if stop.id not in before}
    concerned, ties = dict(changed), _Ties(new.values(), problem)
    for day in problem.team_days:
        stops = tuple(routes.get(day.id, ()))
        if stops and day.id not in changed and (
            _rivals(day, way.routes) or ties.bind(stops)
        ):  # fmt: skip
            concerned[day.id] = day, stops
    made = [timetable.route(day, stops) for day, stops in concerned.values() if stops]
    told = tuple(route for route in made if route is not None)
    if len(told) < len(made):
        return False
    some = problem.replace(
        visits=tuple(stop for _, stops in concerned.values() for stop in stops), locked={},
        team_days=tuple(day for day, _ in concerned.values()), spread=None,
        limits=raised(problem.limits, way.raised),
    )  # fmt: skip
    cost = sum(timetable.cost(day, stops) for day, stops in concerned.values() if stops)
    plan = Plan(routes=told, left=(), objective=cost, engine="relief")
    return not any(_counts(one, new.get(one.visit)) for one in verify(plan, some))


def _counts(broken: Violation, visit: Visit | None) -> bool:
    """Tell whether a broken rule speaks against a way; *visit* is the new visit that breaks it."""
    if broken.rule not in _ELSEWHERE:
        return True
    return visit is not None and (broken.rule == "order_broken" or bool(visit.meets))


def _rivals(day: TeamDay, routes: Routes) -> bool:
    """Tell whether *day* may run into one of *routes*: it has the same car, team or expert."""
    who, car = day.expert or day.team, day.vehicle
    return any(
        abs((day.day - one.day).days) <= 1
        and (who == (one.expert or one.team) or bool(car and car == one.vehicle))
        for one, _ in routes
    )


class _Ties:
    """What some visits are tied to."""

    def __init__(self, some: Iterable[Visit], problem: Problem) -> None:
        new = list(some)
        self._ids = {one.follows.visit for one in new if one.follows}
        self._names = {name for one in new for name in (one.round, one.gate)} - {""}
        for limit in problem.limits:
            if any(one.id in limit.visits for one in new):
                self._ids |= limit.visits

    def bind(self, stops: Iterable[Visit]) -> bool:
        """Tell whether one of *stops* is tied to those visits."""
        if not (self._ids or self._names):
            return False
        return any(one.id in self._ids or not self._names.isdisjoint((one.round, one.gate))
                   for one in stops)  # fmt: skip


class Sorts:
    """Numbers for sorts of steps, as bits."""

    def __init__(self) -> None:
        """Begin with none."""
        self._bits: dict[str, int] = {}

    def bits(self, codes: Sequence[str]) -> int:
        """Return the bits of the sorts of *codes*."""
        found = 0
        for code in codes:
            sort = FAMILY.get(code, code)
            found |= self._bits.setdefault(sort, 1 << len(self._bits))
        return found


class Found:
    """The cheapest way of each kind so far."""

    def __init__(self) -> None:
        """Begin with none."""
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
        as_is = [way for key, way in self.best.items() if key <= _AS_IS]
        return as_is or sorted(self.best.values(), key=lambda way: way.rank)[:MOST]
