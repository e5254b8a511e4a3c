"""Crews of a week that is planned again: who can go as drawn goes, the others are drawn.

Crews that still fit their round stay. For the rounds without one crews are drawn day by day by the
same lottery as those of the week, out of everyone who is free on that day, with the seed of the
round and the number of the revision: the record of every such draw can be repeated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.crews import Crew, Crews, check_crews
from scheduler.match import NoCrew, draw_crews

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from scheduler.match import ExpertRule
    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everything that the crews of a re-planned week depend on.

    Attributes
    ----------
    people, experts
        Everyone on the lists; who is ill has the days as leave.
    before
        Crews of the week before, by team-day.
    over
        Team-days that are over or under way: their crews worked that day.
    expert_rule
        Visits for which an expert is drawn where a seat is free.
    """

    people: Sequence[Inspector]
    experts: Sequence[Inspector]
    before: Mapping[str, Crew]
    over: Mapping[str, dt.date]
    names: Mapping[str, Sequence[str]]
    seed: str
    round_id: str
    lead: str
    min_crew: int
    max_days: int
    digest: str
    rest: int
    expert_rule: ExpertRule


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCrews:
    """Crews of the open rounds, which of them were drawn, and the records of the draws."""

    crews: tuple[Crew, ...]
    drawn: tuple[str, ...]
    records: tuple[dict[str, Any], ...]
    notes: tuple[tuple[str, str], ...]

    def checked(self, plan: Plan, problem: Problem, roster: Roster) -> list[Any]:
        """Return what is wrong with the crews; nothing if they keep every rule."""
        return check_crews(
            Crews(crews=self.crews, record={}), plan, problem, inspectors=roster.people,
            experts=roster.experts, names=roster.names, min_crew=roster.min_crew,
            rest=roster.rest,
        )  # fmt: skip


def crews_again(plan: Plan, problem: Problem, roster: Roster) -> NewCrews:
    """Return crews for the routes of *plan*, changed as little as its rounds allow.

    Raises
    ------
    NoCrew
        If nobody can be drawn for a round.
    """
    kept = _kept(plan, problem, roster)
    days = {day.id: day.day for day in problem.team_days}
    lost = [route.team_day for route in plan.routes if route.team_day not in kept]
    found, records = dict(kept), []
    notes: list[tuple[str, str]] = []
    for day in sorted({days[id_] for id_ in lost}):
        part = replace(plan, routes=tuple(
            route for route in plan.routes if route.team_day in lost and days[route.team_day] == day
        ))  # fmt: skip
        drawn = _drawn(part, problem, roster, crews=found, day=day, days=days)
        found |= {crew.team_day: crew for crew in drawn.crews}
        records += [one for one in (drawn.record, drawn.night_record) if one]
        notes += drawn.notes
    return NewCrews(
        crews=tuple(found[route.team_day] for route in plan.routes),
        drawn=tuple(lost), records=tuple(records), notes=tuple(notes),
    )  # fmt: skip


def _kept(plan: Plan, problem: Problem, roster: Roster) -> dict[str, Crew]:
    """Return the crews that still keep every rule on the routes of *plan*."""
    known = {route.team_day for route in plan.routes} & set(roster.before)
    crews = Crews(crews=tuple(roster.before[id_] for id_ in sorted(known)), record={})
    part = replace(plan, routes=tuple(r for r in plan.routes if r.team_day in known))
    broken = {
        one.team_day
        for one in check_crews(
            crews, part, problem, inspectors=roster.people, experts=roster.experts,
            names=roster.names, min_crew=roster.min_crew,
            rest=roster.rest,
        )
    }  # fmt: skip
    return {crew.team_day: crew for crew in crews.crews if crew.team_day not in broken}


def _drawn(
    part: Plan,
    problem: Problem,
    roster: Roster,
    *,
    crews: Mapping[str, Crew],
    day: dt.date,
    days: Mapping[str, dt.date],
) -> Crews:
    """Draw the crews of one day; the limit of days falls where crews cannot be formed otherwise."""
    when = {**roster.over, **{id_: days[id_] for id_ in crews}}
    who = {**{id_: roster.before[id_] for id_ in roster.over if id_ in roster.before}, **crews}
    worked = Counter(
        person
        for person, _ in {
            (person, when[id_]) for id_, crew in who.items() for person in crew.inspectors
        }
    )
    busy = {
        person
        for id_, crew in who.items()
        if when[id_] == day
        for person in (*crew.inspectors, *crew.experts)
    }
    tired = {person for person, count in worked.items() if count >= roster.max_days}
    try:
        return _lottery(part, problem, roster, out=busy | tired, day=day)
    except NoCrew:
        if not tired:
            raise
    found = _lottery(part, problem, roster, out=busy, day=day)
    return replace(found, notes=(*found.notes, ("crew_days_relaxed", str(roster.max_days))))


def _lottery(part: Plan, problem: Problem, roster: Roster, *, out: set[str], day: dt.date) -> Crews:
    def free(people: Sequence[Inspector]) -> list[Inspector]:
        return [
            replace(one, leave=(*one.leave, (day, day))) if one.id in out else one for one in people
        ]

    return draw_crews(
        part, problem, inspectors=free(roster.people), experts=free(roster.experts),
        seed=roster.seed, round_id=roster.round_id, lead_department=roster.lead,
        names=roster.names, expert_rule=roster.expert_rule,
        min_crew=roster.min_crew, max_days=roster.max_days, rest=roster.rest, digest=roster.digest,
    )  # fmt: skip
