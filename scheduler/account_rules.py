"""The rules about visits that are left out: each is accounted for, and for a reason that is true.

They do their own arithmetic and know no solver, like the other rules of :mod:`scheduler.rules`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from scheduler.plan import REASONS
from scheduler.problem import MIN_CREW
from scheduler.violation import Violation

if TYPE_CHECKING:
    from scheduler.plan import Plan
    from scheduler.problem import Problem, TeamDay, Visit

NOBODY = ("no_department", "no_speciality", "no_seat", "no_day", "no_window", "too_far")
"""Reasons that say that no team could make the visit even with nothing else to do."""


class MandatoryAccounted:
    """A mandatory visit is served, or listed as unserved with a known reason."""

    code: ClassVar[str] = "mandatory_lost"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return mandatory visits that vanished or were left out without a reason."""
        served = plan.served()
        listed = {left.visit for left in plan.left if left.reason in REASONS}
        return [
            Violation(rule=self.code, visit=visit.id)
            for visit in problem.visits
            if visit.mandatory and visit.id not in served and visit.id not in listed
        ]


class AccountedOnce:
    """Every visit is either on a route or in the list of unserved ones, once."""

    code: ClassVar[str] = "not_accounted_once"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that are in neither place, in both, or listed twice."""
        served = plan.served()
        listed = Counter(left.visit for left in plan.left)
        return [
            Violation(rule=self.code, visit=visit.id,
                      detail={"served": visit.id in served, "listed": listed[visit.id]})
            for visit in problem.visits
            if (visit.id in served) + listed[visit.id] != 1
        ]  # fmt: skip


class ReasonKnown:
    """Every visit that is left out has a reason, and a known one."""

    code: ClassVar[str] = "reason_unknown"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits left out for a reason that there is not."""
        return [
            Violation(rule=self.code, visit=left.visit, detail={"reason": left.reason})
            for left in plan.left
            if left.reason not in REASONS
        ]


class ReasonTrue:
    """Where it is said that nobody could make a visit, no team-day could make it alone."""

    code: ClassVar[str] = "reason_untrue"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits said to be impossible that some team-day could make on its own."""
        visits = {visit.id: visit for visit in problem.visits}
        homes = {depot.id: depot.place for depot in problem.depots}
        claims = [one for one in plan.left if one.reason in NOBODY and one.visit in visits]
        days = [day for day in problem.team_days if day.depot in homes]
        wrong = []
        for claim in claims:
            visit = visits[claim.visit]
            for day in days:
                there = _drive(problem, homes[day.depot], visit.place)
                back = _drive(problem, visit.place, homes[day.depot])
                if _able(visit, day) and _in_time(visit, day, there=there, back=back):
                    detail = {"reason": claim.reason}
                    wrong.append(
                        Violation(rule=self.code, team_day=day.id, visit=visit.id, detail=detail)
                    )
                    break
        return wrong


class MandatoryNotWeighed:
    """A mandatory visit is never left out because the driving is not worth it."""

    code: ClassVar[str] = "mandatory_weighed"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return mandatory visits that were weighed against driving."""
        mandatory = {visit.id for visit in problem.visits if visit.mandatory}
        return [
            Violation(rule=self.code, visit=left.visit)
            for left in plan.left
            if left.reason == "not_worth_it" and left.visit in mandatory
        ]


def _drive(problem: Problem, here: int, there: int) -> int:
    return 0 if here == there else int(problem.seconds[here, there])


def _able(visit: Visit, day: TeamDay) -> bool:
    """Tell whether crew, seats, day and number of visits allow *visit*."""
    return (
        visit.departments <= day.departments
        and visit.specialities <= day.specialities
        and max(MIN_CREW, len(day.departments)) <= day.seats
        and day.max_visits > 0
        and visit.allowed(day.day)
    )


def _in_time(visit: Visit, day: TeamDay, *, there: int, back: int) -> bool:
    """Tell whether *day* could make *visit* alone: without lunch, or with it before or after."""
    opens, closes = visit.window
    earliest, latest, length = day.lunch
    start = max(day.start + there, opens)
    over = start + visit.service
    if not length:
        return start <= closes and over + back <= day.end
    # Lunch after the visit: on the way back, or at the station.
    meal = max(over, earliest)
    home = max(over + back, meal) + length if meal <= latest else day.end + 1
    home = over + back if over + back <= latest else home
    if start <= closes and home <= day.end:
        return True
    # Lunch before the visit: ahead of the working day, on the way, or on arrival.
    fed = max(day.start, earliest + length) + there
    meal = max(day.start, earliest)
    if meal <= latest:
        fed = min(fed, max(day.start + there, meal) + length)
    start = max(fed, opens)
    return start <= closes and start + visit.service + back <= day.end
