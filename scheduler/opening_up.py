"""A team-day opened up for a visit: all but its time made fit, step by step, each at its cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.problem import TeamDay
from scheduler.schedule import crew_size
from scheduler.teams import TeamSettings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Limit, Problem, Visit

FIXED = {
    "relief_limit": 3, "relief_day": 6, "relief_car": 6, "relief_equipment": 6, "relief_load": 6,
    "relief_unlock": 1, "relief_round": 12, "relief_gate": 12, "relief_raise": 12,
}  # fmt: skip
"""What steps cost that cost the same for everybody."""
OFFICER = 24
"""What an officer of another department or speciality costs."""
FAMILY = {
    "relief_earlier": "relief_later", "relief_speciality": "relief_department",
    "relief_team_skill": "relief_team", "relief_expert": "relief_team",
}  # fmt: skip
"""Steps that count as one sort of way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One limit loosened: the code of its sentence and the data that say how far."""

    code: str
    detail: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"code": self.code, "detail": dict(self.detail)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A team-day opened for a visit: the steps that took, and the route without the visit."""

    team_day: TeamDay
    visit: Visit
    route: tuple[Visit, ...]
    steps: tuple[Step, ...]
    cost: int
    dropped: bool = False
    extra: bool = False
    raised: tuple[tuple[Limit, int], ...] = ()

    @property
    def kind(self) -> Iterable[str]:
        """Sorts of all steps."""
        return (FAMILY.get(step.code, step.code) for step in self.steps)


def opened_for(day: TeamDay, visit: Visit, route: tuple[Visit, ...]) -> Base:
    """Return *day* with everything but time made fit for *visit*."""
    name = {"team_day": day.id}
    steps: list[tuple[str, int, dict[str, Any]]] = []
    departments = sorted(visit.departments - day.departments)
    if departments:
        steps.append(("relief_department", OFFICER * len(departments),
                      {**name, "departments": departments}))  # fmt: skip
    specialities = sorted(visit.specialities - day.specialities)
    if specialities:
        steps.append(("relief_speciality", OFFICER * len(specialities),
                      {**name, "specialities": specialities}))  # fmt: skip
    missing = sorted(visit.equipment - day.equipment)
    if missing:
        steps.append(("relief_equipment", FIXED["relief_equipment"],
                      {**name, "equipment": missing}))  # fmt: skip
    promised = day.departments | visit.departments
    seats = max(day.seats, 1 if day.expert else crew_size(promised))
    if seats > day.seats:
        steps.append(("relief_car", FIXED["relief_car"],
                      {**name, "seats": seats, "have": day.seats}))  # fmt: skip
    if not visit.allowed(day.day):
        steps.append(("relief_day", FIXED["relief_day"], {**name, "day": day.day.isoformat()}))
        visit = replace(visit, days=(*visit.days, day.day))
    load = sum(one.load for one in (*route, visit))
    if load > day.capacity:
        steps.append(("relief_load", FIXED["relief_load"],
                      {**name, "load": load, "have": day.capacity}))  # fmt: skip
    most = max(day.max_visits, len(route) + 1)
    if most > day.max_visits:
        steps.append(("relief_limit", FIXED["relief_limit"], {**name, "most": most}))
    opened = day if not steps else replace(
        day, departments=promised, specialities=day.specialities | visit.specialities,
        seats=seats, max_visits=most, equipment=day.equipment | visit.equipment,
        capacity=max(day.capacity, load),
    )  # fmt: skip
    return Base(
        team_day=opened, visit=visit, route=route, cost=sum(cost for _, cost, _ in steps),
        steps=tuple(Step(code=code, detail=detail) for code, _, detail in steps),
    )  # fmt: skip


def without(base: Base, one: Visit) -> Base:
    """Return *base*, from whose route the optional visit *one* is left out, at what it is worth."""
    step = Step(code="relief_drop", detail={
        "team_day": base.team_day.id, "visits": [one.id], "count": 1,
    })  # fmt: skip
    return replace(
        base, steps=(*base.steps, step), dropped=True, cost=base.cost + 1 + one.prize // 600
    )


def added(
    visit: Visit, problem: Problem, *, day: dt.date, depot: str, taken: Mapping[str, TeamDay]
) -> Base:
    """Return one more team from *depot* on *day*, made for *visit*, at the hours of its day."""
    alike = [one for one in problem.team_days if one.day == day]
    like = next((one for one in alike if one.depot == depot), None) or like_usual(
        alike or problem.team_days, TeamSettings(), day=day
    )
    team = team_for(like, visit, day=day, depot=depot, taken=taken)
    code = "relief_team_skill" if team.specialities else "relief_team"
    step = Step(code="relief_expert" if team.expert else code, detail={
        "team_day": team.id, "day": day.isoformat(), "depot": depot,
        "departments": sorted(team.departments), "specialities": sorted(team.specialities),
        "seats": team.seats,
    })  # fmt: skip
    base = opened_for(team, visit, ())
    cost = base.cost + max(1, (team.end - team.start) // 600)
    return unlocked(replace(base, steps=(step, *base.steps), cost=cost, extra=True), problem)


def unlocked(base: Base, problem: Problem) -> Base:
    """Return *base* with the lock released that keeps its visit from it, if there is one."""
    locked = problem.locked.get(base.visit.id, base.team_day.id)
    if locked == base.team_day.id:
        return base
    step = Step(code="relief_unlock", detail={"team_day": locked})
    return replace(base, steps=(step, *base.steps), cost=base.cost + FIXED["relief_unlock"])


def stations(problem: Problem) -> list[str]:
    """Return the stations from which one more team could start: those that are in use."""
    used = {day.depot for day in problem.team_days}
    return [one.id for one in problem.depots if one.id in used or not used]


def like_usual(days: Sequence[TeamDay], usual: TeamSettings, *, day: dt.date) -> TeamDay:
    """Return a team-day to copy hours and lunch from; the usual ones where there is none."""
    if days:
        return days[0]
    return TeamDay(
        id="", team=0, day=day, depot="", vehicle="", seats=usual.max_crew, start=usual.start,
        end=usual.end, lunch=usual.lunch,
    )  # fmt: skip


def team_for(
    like: TeamDay, visit: Visit, *, day: dt.date, depot: str, taken: Mapping[str, TeamDay]
) -> TeamDay:
    """Return one more team from *depot*, made for *visit*, with the hours of *like*."""
    number = 1
    while f"{day.isoformat()}+{depot}.{number}" in taken:
        number += 1
    id_ = f"{day.isoformat()}+{depot}.{number}"
    return replace(
        like, id=id_, day=day, depot=depot, vehicle=id_, departments=visit.departments,
        specialities=visit.specialities, seats=max(like.seats, crew_size(visit.departments)),
        max_visits=max(1, like.max_visits), team=1 + max((one.team for one in taken.values()),
                                                         default=0),
        equipment=visit.equipment, capacity=max(visit.load, like.capacity), finish="",
        expert=id_ if visit.assists else "",
    )  # fmt: skip
