"""Whether mandatory visits that are tied to others can be made together, shown by routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.openings import Openings
from scheduler.plan import Plan
from scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Problem, Visit
    from scheduler.schedule import Timetable
    from scheduler.spans import Place


def units_of(problem: Problem) -> list[list[Visit]]:
    """Return the mandatory visits, all parts of a joint one together."""
    found: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        found.setdefault(visit.meets or visit.id, []).append(visit)
    return [unit for unit in found.values() if any(visit.mandatory for visit in unit)]


class TiesKept:
    """Looks for routes that keep all ties of a week."""

    def __init__(
        self, problem: Problem, sequences: Mapping[str, Sequence[Visit]], *, timetable: Timetable
    ) -> None:
        """Take the planned routes; visits that others depend on stand there with their starts."""
        self._problem, self._timetable = problem, timetable
        self._days = {day.id: day for day in problem.team_days}
        self._visits = {visit.id: visit for visit in problem.visits}
        self._routes = sequences
        self._empty: Openings | None = None
        self._parts: dict[str, list[Visit]] = {}
        for visit in problem.visits:
            if visit.meets:
                self._parts.setdefault(visit.meets, []).append(visit)

    def meet(self, unit: Sequence[Visit]) -> bool:
        """Tell whether the parts of a joint visit could meet if there were nothing else to do."""
        if self._empty is None:
            apart = self._problem.replace(limits=())
            self._empty = Openings(apart, {}, timetable=self._timetable)
        return self._empty.meeting(unit, ignore=frozenset({"follows"})) is not None

    def concern(self, group: Sequence[Visit]) -> bool:
        """Tell whether a tie concerns one of *group*."""
        ids = {visit.id for visit in group}
        limited = any(len(limit.visits & ids) > limit.most for limit in self._problem.limits)
        return limited or any(v.meets or v.follows or v.round or v.gate for v in group)

    def too_many(self, group: Sequence[Visit]) -> bool:
        """Tell whether a limit of the week alone keeps *group* from being made."""
        ids = {visit.id for visit in group}
        times = {
            "week": 1, "day": len({day.day for day in self._days.values()}),
            "team_day": len(self._days),
        }  # fmt: skip
        return any(
            len(limit.visits & ids) > limit.most * times[limit.within]
            for limit in self._problem.limits
        )

    def kept(self, group: Iterable[Visit]) -> bool:
        """Tell whether routes were found on which all of *group* are made and all ties kept.

        What one of them follows is made too. First the planned routes are filled up, then empty
        ones are filled.
        """
        wanted = self._with_followed(group)
        ids = {visit.id for visit in wanted}
        planned = {
            id_: [stop for stop in stops if stop.id in ids] for id_, stops in self._routes.items()
        }
        whole = all(
            self._timetable.route(self._days[id_], stops) for id_, stops in planned.items() if stops
        )
        return (whole and self._filled(wanted, planned)) or self._filled(wanted, {})

    def _with_followed(self, group: Iterable[Visit]) -> list[Visit]:
        """Return *group* and all that one of them follows, what is followed first."""
        found: dict[str, Visit] = {}

        def add(visit: Visit, above: frozenset[str]) -> None:
            if visit.id in found or visit.id in above:
                return
            unit = self._parts.get(visit.meets, [visit])
            names = above | {part.id for part in unit}
            for part in unit:
                if part.follows and part.follows.visit in self._visits:
                    add(self._visits[part.follows.visit], names)
            found.update((part.id, part) for part in unit)

        for visit in sorted(group, key=lambda one: (not one.meets, -one.service, one.id)):
            add(visit, frozenset())
        return list(found.values())

    def _filled(self, wanted: Sequence[Visit], routes: Mapping[str, Sequence[Visit]]) -> bool:
        openings = Openings(self._problem, routes, timetable=self._timetable)
        made = {stop.id for stops in routes.values() for stop in stops}
        for visit in wanted:
            if visit.id in made:
                continue
            unit = self._parts.get(visit.meets, [visit])
            places: Sequence[Place] | None
            if visit.meets:
                places = openings.meeting(unit)
            else:
                place = openings.cheapest(visit)
                places = [place] if place else None
            if not places or any(part.id in made for part in unit):
                return False
            for part, one in zip(unit, places, strict=True):
                openings.put(part, one)
            made.update(part.id for part in unit)
        return self._holds(openings, made)

    def _holds(self, openings: Openings, made: set[str]) -> bool:
        """Tell whether the referee accepts the routes."""
        week = [(self._days[id_], stops) for id_, stops in openings.sequences().items()]
        told = [self._timetable.route(day, stops) for day, stops in week]
        routes = tuple(route for route in told if route is not None)
        some = self._problem.replace(
            visits=tuple(one for one in self._problem.visits if one.id in made), spread=None
        )
        cost = sum(self._timetable.cost(day, stops) for day, stops in week)
        plan = Plan(routes=routes, left=(), engine="ties", objective=cost)
        return len(routes) == len(told) and not verify(plan, some)
