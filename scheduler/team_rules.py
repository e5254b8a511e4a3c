"""The rules about teams, their cars and their experts.

They do their own arithmetic and know no solver, like the other rules of :mod:`scheduler.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scheduler.problem import DAY_SECONDS, MIN_CREW
from scheduler.violation import Known, Violation, at_stop

if TYPE_CHECKING:
    from scheduler.plan import Plan, Route
    from scheduler.problem import Problem, TeamDay


class SpecialitiesCovered:
    """The team-day promises every speciality that its visits need."""

    code: ClassVar[str] = "speciality_missing"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits whose specialities the team-day does not promise."""
        return [
            at_stop(
                self.code, stop, route, missing=sorted(visit.specialities - team_day.specialities)
            )
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.specialities - team_day.specialities
        ]


class DepartmentsCovered:
    """The team-day promises every department that its visits need."""

    code: ClassVar[str] = "department_missing"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits whose departments the team-day does not promise."""
        return [
            at_stop(
                self.code, stop, route, missing=sorted(visit.departments - team_day.departments)
            )
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.departments - team_day.departments
        ]


class Seats:
    """The car has a seat for two officers and for one of every department its visits need.

    An expert drives alone.
    """

    code: ClassVar[str] = "too_few_seats"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes whose car is too small."""
        needs: dict[str, frozenset[str]] = {}
        seats: dict[str, int] = {}
        for _, visit, route, team_day in Known(plan, problem).stops():
            if team_day.expert:
                continue
            needs[route.team_day] = needs.get(route.team_day, frozenset()) | visit.departments
            seats[route.team_day] = team_day.seats
        crews = {id_: max(MIN_CREW, len(departments)) for id_, departments in needs.items()}
        return [
            Violation(rule=self.code, team_day=id_, detail={"need": crew, "have": seats[id_]})
            for id_, crew in crews.items()
            if crew > seats[id_]
        ]


class MaxVisits:
    """A team makes no more visits a day than allowed."""

    code: ClassVar[str] = "too_many_visits"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes with too many stops."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"visits": len(route.stops), "most": team_day.max_visits})
            for route, team_day in Known(plan, problem).routes()
            if len(route.stops) > team_day.max_visits
        ]  # fmt: skip


class EquipmentCarried:
    """The car has all the equipment that its visits need."""

    code: ClassVar[str] = "equipment_missing"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits whose equipment is not on the car."""
        return [
            at_stop(self.code, stop, route, missing=sorted(visit.equipment - team_day.equipment))
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.equipment - team_day.equipment
        ]


class LoadCarried:
    """The car can carry all that it takes on board until the round ends."""

    code: ClassVar[str] = "overloaded"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes whose visits load more than the car carries."""
        loads: dict[str, int] = {}
        room: dict[str, int] = {}
        for _, visit, route, team_day in Known(plan, problem).stops():
            loads[route.team_day] = loads.get(route.team_day, 0) + visit.load
            room[route.team_day] = team_day.capacity
        return [
            Violation(rule=self.code, team_day=id_, detail={"load": load, "capacity": room[id_]})
            for id_, load in loads.items()
            if load > room[id_]
        ]


class ExpertAssists:
    """An expert only assists, and where he assists officers make their part of the joint visit."""

    code: ClassVar[str] = "expert_alone"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that an expert makes himself, or to which no officer comes."""
        stops = list(Known(plan, problem).stops())
        inspected = {visit.meets for _, visit, _, _ in stops if visit.meets and not visit.assists}
        return [
            at_stop(self.code, stop, route, expert=team_day.expert)
            for stop, visit, route, team_day in stops
            if team_day.expert and (not visit.assists or visit.meets not in inspected)
        ]


class ExpertSent:
    """The part of an expert in a joint visit is taken by an expert."""

    code: ClassVar[str] = "expert_missing"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return parts of experts that officers take."""
        return [
            at_stop(self.code, stop, route)
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.assists and not team_day.expert
        ]


class LockKept:
    """A visit that is locked is made by the team-day that it is locked to."""

    code: ClassVar[str] = "lock_broken"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return locked visits that another team-day makes."""
        return [
            at_stop(self.code, stop, route, locked=problem.locked[stop.visit])
            for stop, _, route, _ in Known(plan, problem).stops()
            if problem.locked.get(stop.visit, route.team_day) != route.team_day
        ]


class VehicleOnce:
    """A car is with one team at a time; it may run a day shift and then a night round."""

    code: ClassVar[str] = "vehicle_twice"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return team-days during which their car is with another team."""
        cars: dict[str, list[tuple[int, int, str]]] = {}
        for route, team_day in Known(plan, problem).routes():
            if team_day.vehicle:
                cars.setdefault(team_day.vehicle, []).append(_hours(route, team_day))
        return [
            Violation(rule=self.code, team_day=late, detail={"vehicle": car, "other": early})
            for car, hours in cars.items()
            for early, late in _overlaps(hours)
        ]


class TeamOnce:
    """A team, or an expert, has one round at a time: a day shift and a night round do not meet."""

    code: ClassVar[str] = "team_twice"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return team-days during which their team or expert has another round."""
        teams: dict[str, list[tuple[int, int, str]]] = {}
        for route, team_day in Known(plan, problem).routes():
            who = team_day.expert or f"{team_day.team}"
            teams.setdefault(who, []).append(_hours(route, team_day))
        return [
            Violation(rule=self.code, team_day=late, detail={"team": team, "other": early})
            for team, hours in teams.items()
            for early, late in _overlaps(hours)
        ]


def _hours(route: Route, team_day: TeamDay) -> tuple[int, int, str]:
    """Return the hours of a round on the clock of all days: overtime counts where it is worked."""
    midnight = team_day.day.toordinal() * DAY_SECONDS
    end = max(team_day.end, route.back)
    return midnight + team_day.start, midnight + end, route.team_day


def _overlaps(hours: list[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """Return pairs of different team-days whose hours overlap, the later one second."""
    found = []
    until, whose = -1, ""
    for start, end, id_ in sorted(hours):
        if start < until and id_ != whose:
            found.append((whose, id_))
        until, whose = max((until, whose), (end, id_))
    return found
