"""The same routes told anew: their objective, and why they leave out what they leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler import reasons, solve
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    from scheduler.plan import Plan
    from scheduler.problem import Problem


def retold(plan: Plan, problem: Problem) -> Plan:
    """Return *plan* as a plan of *problem*: objective and reasons are those of *problem*.

    For plans that were searched in a variant of the problem (with other prices or prizes). Who gave
    way by ticket keeps that reason: it says nothing of routes.
    """
    by_id = {visit.id: visit for visit in problem.visits}
    stops = {route.team_day: [by_id[one.visit] for one in route.stops] for route in plan.routes}
    timetable, known, made = Timetable(problem), plan.unserved, plan.served()
    left = tuple(
        known[visit.id]
        if visit.id in known and known[visit.id].reason in ("carried", "no_crew")
        else reasons.explain(visit, problem, sequences=stops, timetable=timetable)
        for visit in problem.visits
        if visit.id not in made
    )
    return replace(plan, left=left, objective=solve.objective(problem, plan.routes), bound=None)
