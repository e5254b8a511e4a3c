"""The rules about times: windows, days, drives, services, lunch, hours, and where a round ends.

They do their own arithmetic and know no solver, like the other rules of :mod:`scheduler.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from scheduler.plan import clock
from scheduler.violation import Known, Violation, at_stop, lunch_overlap

if TYPE_CHECKING:
    from scheduler.plan import Plan
    from scheduler.problem import Problem


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
    """A team leaves within its working hours and is back within them, or within its overtime."""

    code: ClassVar[str] = "outside_hours"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes that start too early, or end too late where there is no overtime."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"depart": clock(route.depart), "back": clock(route.back),
                              "start": clock(team_day.start), "end": clock(team_day.end)})
            for route, team_day in Known(plan, problem).routes()
            if route.depart < team_day.start
            or (not team_day.overtime and route.back > team_day.end)
        ]  # fmt: skip


class OvertimeBounded:
    """Where overtime is allowed, a round ends before it is used up."""

    code: ClassVar[str] = "overtime_exceeded"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return routes that take more overtime than there is."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"back": clock(route.back), "end": clock(team_day.end),
                              "minutes": team_day.overtime // 60})
            for route, team_day in Known(plan, problem).routes()
            if team_day.overtime and route.back > team_day.end + team_day.overtime
        ]  # fmt: skip


class OpenEnd:
    """A round with an open end is over when its last inspection is."""

    code: ClassVar[str] = "finish_wrong"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return open rounds that state another end than their last leave."""
        return [
            Violation(rule=self.code, team_day=route.team_day,
                      detail={"back": clock(route.back), "leave": clock(route.stops[-1].leave)})
            for route, team_day in Known(plan, problem).routes()
            if team_day.open_end and route.stops and route.back != route.stops[-1].leave
        ]  # fmt: skip
