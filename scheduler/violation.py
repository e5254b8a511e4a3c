"""A broken rule as data, and what all rules share: known stops, drives, the overlap with lunch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduler.plan import Plan, Route, Stop
    from scheduler.problem import Problem, TeamDay, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule: its code, the team-day and visit it concerns, and the numbers."""

    rule: str
    team_day: str = ""
    visit: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


class Rule(Protocol):
    """A planning rule."""

    code: ClassVar[str]

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return every breach of the rule by *plan*."""


class Known:
    """The routes and stops of a plan whose ids the problem knows."""

    def __init__(self, plan: Plan, problem: Problem) -> None:
        self.visits = {visit.id: visit for visit in problem.visits}
        self.team_days = {team_day.id: team_day for team_day in problem.team_days}
        self.homes = {depot.id: depot.place for depot in problem.depots}
        self._plan = plan

    def has(self, team_day: str) -> bool:
        """Tell whether the problem knows a team-day and the stations where its round ends."""
        day = self.team_days.get(team_day)
        return day is not None and {day.depot, day.finish or day.depot} <= self.homes.keys()

    def routes(self) -> Iterator[tuple[Route, TeamDay]]:
        """Yield every route with its team-day."""
        for route in self._plan.routes:
            if self.has(route.team_day):
                yield route, self.team_days[route.team_day]

    def stops(self) -> Iterator[tuple[Stop, Visit, Route, TeamDay]]:
        """Yield every stop with its visit, route and team-day."""
        for route, team_day in self.routes():
            for stop in route.stops:
                if stop.visit in self.visits:
                    yield stop, self.visits[stop.visit], route, team_day

    def legs(self, route: Route, team_day: TeamDay) -> Iterator[tuple[str, int, int, int, int]]:
        """Yield goal, place from, place to, time of leaving and of arriving for every drive.

        A round with an open end has no last drive.
        """
        here, left = self.homes[team_day.depot], route.depart
        for stop in route.stops:
            if stop.visit in self.visits:
                there = self.visits[stop.visit].place
                yield stop.visit, here, there, left, stop.arrive
                here, left = there, stop.leave
        if not team_day.open_end:
            yield "", here, self.homes[team_day.finish or team_day.depot], left, route.back


def at_stop(code: str, stop: Stop, route: Route, **detail: Any) -> Violation:
    """Return a violation at a stop of a route."""
    return Violation(rule=code, team_day=route.team_day, visit=stop.visit, detail=detail)


def lunch_overlap(route: Route, team_day: TeamDay, first: int, last: int) -> int:
    """Return the seconds of lunch between *first* and *last*."""
    if route.lunch is None:
        return 0
    return max(0, min(last, route.lunch + team_day.lunch[2]) - max(first, route.lunch))
