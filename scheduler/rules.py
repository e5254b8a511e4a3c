"""The rules of a plan, one class each. They do their own arithmetic and know no solver.

Every rule is asked in the same way, ``Rule().violations(plan, problem)``, and answers with what is
wrong, where, and the numbers that show it. The sentence of a rule stands under its ``code`` in
``maps/messages/plan.toml``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from scheduler.account_rules import (
    AccountedOnce,
    MandatoryAccounted,
    MandatoryNotWeighed,
    ReasonKnown,
    ReasonTrue,
)
from scheduler.plan import clock
from scheduler.problem import LEFT_OUT_SECONDS, MIN_CREW
from scheduler.violation import Known, Rule, Violation, at_stop, lunch_overlap

if TYPE_CHECKING:
    from scheduler.plan import Plan
    from scheduler.problem import Problem, Visit


class KnownIds:
    """Every visit, team-day and station that the plan names is in the problem."""

    code: ClassVar[str] = "unknown_id"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return names that the problem does not know."""
        known = Known(plan, problem)
        wrong = [
            Violation(rule=self.code, team_day=route.team_day, detail={"id": route.team_day})
            for route in plan.routes
            if route.team_day not in known.team_days
            or known.team_days[route.team_day].depot not in known.homes
        ]
        named = [(route.team_day, stop.visit) for route in plan.routes for stop in route.stops]
        named += [("", left.visit) for left in plan.left]
        wrong += [
            Violation(rule=self.code, team_day=team_day, visit=visit, detail={"id": visit})
            for team_day, visit in named
            if visit not in known.visits
        ]
        return wrong


class VisitOnce:
    """No visit is made twice."""

    code: ClassVar[str] = "visit_twice"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that stand on the routes more than once."""
        counts = Counter(stop.visit for stop, *_ in Known(plan, problem).stops())
        return [
            Violation(rule=self.code, visit=visit, detail={"times": times})
            for visit, times in counts.items()
            if times > 1
        ]


class TeamDayOnce:
    """A team-day has one route, and a route has stops."""

    code: ClassVar[str] = "route_not_single"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return team-days with several routes or with an empty one."""
        counts = Counter(route.team_day for route, _ in Known(plan, problem).routes())
        empty = {route.team_day for route in plan.routes if not route.stops}
        return [
            Violation(rule=self.code, team_day=team_day, detail={"routes": times})
            for team_day, times in counts.items()
            if times > 1 or team_day in empty
        ]


class StartWindow:
    """An inspection starts inside its window."""

    code: ClassVar[str] = "outside_window"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return inspections that start before or after their window."""
        return [
            at_stop(self.code, stop, route, start=clock(stop.start),
                    opens=clock(visit.window[0]), closes=clock(visit.window[1]))
            for stop, visit, route, _ in Known(plan, problem).stops()
            if not visit.window[0] <= stop.start <= visit.window[1]
        ]  # fmt: skip


class AllowedDay:
    """A visit is made on one of its days."""

    code: ClassVar[str] = "wrong_day"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits on days that are closed to them."""
        return [
            at_stop(self.code, stop, route, day=team_day.day.isoformat())
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.days and team_day.day not in visit.days
        ]


class TravelTime:
    """Between leaving one place and reaching the next lies the travel time, lunch not counted."""

    code: ClassVar[str] = "travel_too_short"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return drives for which the plan leaves too little time."""
        known = Known(plan, problem)
        wrong = []
        for route, team_day in known.routes():
            for goal, here, there, left, arrive in known.legs(route, team_day):
                need = 0 if here == there else int(problem.seconds[here, there])
                have = arrive - left - lunch_overlap(route, team_day, left, arrive)
                if have < need:
                    detail = {"need": need, "have": have}
                    wrong.append(
                        Violation(
                            rule=self.code, team_day=route.team_day, visit=goal, detail=detail
                        )
                    )
        return wrong


class StartAfterArrival:
    """An inspection starts after the team has arrived."""

    code: ClassVar[str] = "start_before_arrival"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return inspections that start before the arrival."""
        return [
            at_stop(self.code, stop, route, start=clock(stop.start), arrive=clock(stop.arrive))
            for stop, _, route, _ in Known(plan, problem).stops()
            if stop.start < stop.arrive
        ]


class ServiceComplete:
    """A team stays on site for the whole service time."""

    code: ClassVar[str] = "service_cut_short"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return inspections that end too soon."""
        return [
            at_stop(self.code, stop, route, need=visit.service, have=stop.leave - stop.start)
            for stop, visit, route, _ in Known(plan, problem).stops()
            if stop.leave - stop.start < visit.service
        ]


class ServiceNotStretched:
    """A team does not stay longer on site than the service takes (waiting comes before it)."""

    code: ClassVar[str] = "service_too_long"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return inspections that last longer than they take."""
        return [
            at_stop(self.code, stop, route, need=visit.service, have=stop.leave - stop.start)
            for stop, visit, route, _ in Known(plan, problem).stops()
            if stop.leave - stop.start > visit.service
        ]


class LunchTaken:
    """A team that is entitled to lunch has one, and none where no lunch is foreseen."""

    code: ClassVar[str] = "lunch_missing"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes without their lunch, or with one that is not foreseen."""
        return [
            Violation(rule=self.code, team_day=route.team_day, detail={"length": team_day.lunch[2]})
            for route, team_day in Known(plan, problem).routes()
            if (route.lunch is None) == bool(team_day.lunch[2])
        ]


class LunchInWindow:
    """Lunch starts inside its window."""

    code: ClassVar[str] = "lunch_outside_window"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return lunches that start too early or too late."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"lunch": clock(route.lunch), "opens": clock(team_day.lunch[0]),
                              "closes": clock(team_day.lunch[1])})
            for route, team_day in Known(plan, problem).routes()
            if route.lunch is not None and team_day.lunch[2]
            and not team_day.lunch[0] <= route.lunch <= team_day.lunch[1]
        ]  # fmt: skip


class LunchUndisturbed:
    """Lunch lasts its full length and no inspection runs during it."""

    code: ClassVar[str] = "lunch_in_visit"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return inspections that overlap the lunch of their team."""
        return [
            at_stop(self.code, stop, route, lunch=clock(route.lunch or 0))
            for stop, _, route, team_day in Known(plan, problem).stops()
            if lunch_overlap(route, team_day, stop.start, stop.leave)
        ]


class WorkingHours:
    """A team leaves and is back within its working hours."""

    code: ClassVar[str] = "outside_hours"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes that start too early or end too late."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"depart": clock(route.depart), "back": clock(route.back),
                              "start": clock(team_day.start), "end": clock(team_day.end)})
            for route, team_day in Known(plan, problem).routes()
            if route.depart < team_day.start or route.back > team_day.end
        ]  # fmt: skip


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
    """The car has a seat for two officers and for one of every department its visits need."""

    code: ClassVar[str] = "too_few_seats"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes whose car is too small."""
        needs: dict[str, frozenset[str]] = {}
        seats: dict[str, int] = {}
        for _, visit, route, team_day in Known(plan, problem).stops():
            needs[route.team_day] = needs.get(route.team_day, frozenset()) | visit.departments
            seats[route.team_day] = team_day.seats
        crews = {id_: max(MIN_CREW, len(departments)) for id_, departments in needs.items()}
        return [
            Violation(rule=self.code, team_day=id_, detail={"need": crew, "have": seats[id_]})
            for id_, crew in crews.items()
            if crew > seats[id_]
        ]


class VehicleOnce:
    """A car serves one team-day a day."""

    code: ClassVar[str] = "vehicle_twice"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return team-days whose car is with another team on the same day."""
        first: dict[tuple[str, Any], str] = {}
        wrong = []
        for route, team_day in Known(plan, problem).routes():
            other = first.setdefault((team_day.vehicle, team_day.day), route.team_day)
            if other != route.team_day:
                detail = {"vehicle": team_day.vehicle, "other": other}
                wrong.append(Violation(rule=self.code, team_day=route.team_day, detail=detail))
        return wrong


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


class Totals:
    """The metres and seconds of a route are those of the travel matrices."""

    code: ClassVar[str] = "totals_wrong"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes whose totals differ from the matrices."""
        known = Known(plan, problem)
        wrong = []
        for route, team_day in known.routes():
            pairs = [(a, b) for _, a, b, _, _ in known.legs(route, team_day) if a != b]
            metres = sum(int(problem.metres[pair]) for pair in pairs)
            seconds = sum(int(problem.seconds[pair]) for pair in pairs)
            if (metres, seconds) != (route.metres, route.seconds):
                detail = {"metres": metres, "seconds": seconds}
                wrong.append(Violation(rule=self.code, team_day=route.team_day, detail=detail))
        return wrong


class Objective:
    """The objective is travel seconds plus what the visits left out were worth."""

    code: ClassVar[str] = "objective_wrong"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return the right objective where the plan states another."""
        served = plan.served()
        left = [visit for visit in problem.visits if visit.id not in served]
        lost = sum(LEFT_OUT_SECONDS if visit.mandatory else visit.prize for visit in left)
        right = sum(route.seconds for route in plan.routes) + lost
        if right == plan.objective:
            return []
        return [Violation(rule=self.code, detail={"right": right, "stated": plan.objective})]


class PlannedAfterDue:
    """A visit with a due date is planned on it or before (a notice, not a breach)."""

    code: ClassVar[str] = "after_due"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits after their due date; ``earlier`` names days that were open in time."""
        return [
            at_stop(self.code, stop, route, due=visit.due.isoformat(), day=team_day.day.isoformat(),
                earlier=_days_in_time(visit, problem))
            for stop, visit, route, team_day in Known(plan, problem).stops()
            if visit.due is not None and team_day.day > visit.due
        ]  # fmt: skip


RULES: tuple[Rule, ...] = (
    KnownIds(), VisitOnce(), TeamDayOnce(), StartWindow(), AllowedDay(), TravelTime(),
    StartAfterArrival(), ServiceComplete(), ServiceNotStretched(), LunchTaken(), LunchInWindow(),
    LunchUndisturbed(), WorkingHours(), SpecialitiesCovered(), DepartmentsCovered(), Seats(),
    VehicleOnce(), MaxVisits(), MandatoryAccounted(), AccountedOnce(), ReasonKnown(), ReasonTrue(),
    MandatoryNotWeighed(), Totals(), Objective(),
)  # fmt: skip
"""Rules that a plan must keep."""

NOTICES: tuple[Rule, ...] = (PlannedAfterDue(),)
"""Rules whose breach is told and does not reject a plan."""


def _days_in_time(visit: Visit, problem: Problem) -> list[str]:
    days = {
        team_day.day
        for team_day in problem.team_days
        if visit.due is not None and team_day.day <= visit.due
        and (not visit.days or team_day.day in visit.days)
        and visit.departments <= team_day.departments
        and visit.specialities <= team_day.specialities
    }  # fmt: skip
    return [day.isoformat() for day in sorted(days)]
