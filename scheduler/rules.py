"""The rules of a plan, one class each. They do their own arithmetic and know no solver.

Every rule is asked in the same way, ``Rule().violations(plan, problem)``, and answers with what is
wrong, where, and the numbers that show it. The sentence of a rule stands under its ``code`` in
``maps/messages/plan.toml``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from scheduler.account_rules import (
    AccountedOnce,
    MandatoryAccounted,
    MandatoryNotWeighed,
    NoRoomLeft,
    ReasonKnown,
    ReasonTrue,
    TicketOrder,
    WorthWeighed,
)
from scheduler.joint_rules import GateOneStop, LimitsKept, OrderKept, PartsTogether, RoundOneDay
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.team_rules import (
    DepartmentsCovered,
    EquipmentCarried,
    ExpertAssists,
    ExpertSent,
    LoadCarried,
    LockKept,
    MaxVisits,
    Seats,
    SpecialitiesCovered,
    TeamOnce,
    VehicleOnce,
)
from scheduler.time_rules import (
    AllowedDay,
    LunchInWindow,
    LunchTaken,
    LunchUndisturbed,
    OpenEnd,
    OvertimeBounded,
    ServiceComplete,
    ServiceNotStretched,
    StartAfterArrival,
    StartWindow,
    TravelTime,
    WorkingHours,
)
from scheduler.violation import Known, Rule, Violation, at_stop

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
            if not known.has(route.team_day)
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
    """The objective is driving, prices and overtime, plus what the visits left out were worth."""

    code: ClassVar[str] = "objective_wrong"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return the right objective where the plan states another."""
        served = plan.served()
        left = [visit for visit in problem.visits if visit.id not in served]
        right = sum(LEFT_OUT_SECONDS if visit.mandatory else visit.prize for visit in left)
        right += sum(route.seconds for route in plan.routes)
        known = Known(plan, problem)
        right += sum(problem.prices.get((at.visit, r.team_day), 0) for at, _, r, _ in known.stops())
        for route, team_day in known.routes():
            over = min(team_day.overtime, max(0, route.back - team_day.end))
            right += over * team_day.overtime_price
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


class HoursEven:
    """Weekly hours of teams that are out equally long lie no further apart than asked (a notice).

    Of several such groups the one that is out for longest in all is meant.
    """

    code: ClassVar[str] = "hours_uneven"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return the spread of hours, driving and inspections, in thousandths of their mean."""
        hours = dict.fromkeys(_usual_teams(problem), 0)
        if problem.spread is None or not hours:
            return []
        for route, team_day in Known(plan, problem).routes():
            if team_day.team in hours and not team_day.expert:
                spent = sum(stop.leave - stop.start for stop in route.stops)
                hours[team_day.team] += route.seconds + spent
        apart, whole = max(hours.values()) - min(hours.values()), sum(hours.values())
        if apart * len(hours) * 1000 <= problem.spread * whole:
            return []
        detail = {"spread": apart * len(hours) * 1000 // whole, "most": problem.spread}
        return [Violation(rule=self.code, detail=detail)]


RULES: tuple[Rule, ...] = (
    KnownIds(), VisitOnce(), TeamDayOnce(), StartWindow(), AllowedDay(), TravelTime(),
    StartAfterArrival(), ServiceComplete(), ServiceNotStretched(), LunchTaken(), LunchInWindow(),
    LunchUndisturbed(), WorkingHours(), OvertimeBounded(), OpenEnd(), SpecialitiesCovered(),
    DepartmentsCovered(), Seats(), EquipmentCarried(), LoadCarried(), ExpertAssists(),
    ExpertSent(), LockKept(), VehicleOnce(), TeamOnce(), MaxVisits(), PartsTogether(),
    OrderKept(), RoundOneDay(), GateOneStop(), LimitsKept(), MandatoryAccounted(),
    AccountedOnce(), ReasonKnown(), ReasonTrue(), NoRoomLeft(), MandatoryNotWeighed(),
    WorthWeighed(), TicketOrder(), Totals(), Objective(),
)  # fmt: skip
"""Rules that a plan must keep."""

NOTICES: tuple[Rule, ...] = (PlannedAfterDue(), HoursEven())
"""Rules whose breach is told and does not reject a plan."""


def _usual_teams(problem: Problem) -> set[int]:
    """Return the teams of officers with equally long weeks that are out for longest together."""
    weeks: dict[int, int] = {}
    for day in problem.team_days:
        if not day.expert:
            weeks[day.team] = weeks.get(day.team, 0) + day.end - day.start
    groups = [
        (length * list(weeks.values()).count(length), length) for length in set(weeks.values())
    ]
    _, usual = max(groups, default=(0, 0))
    return {team for team, length in weeks.items() if length == usual}


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
