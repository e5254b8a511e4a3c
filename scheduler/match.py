"""Draw the crews after the routes are known, so that chance costs no kilometre.

Every way to form all crews of the week has the same chance (:mod:`scheduler.crew_lottery`); which
one it is follows from seed and round alone, and anyone can repeat it from the record
(:mod:`scheduler.crew_record`). ``docs/crews.md`` tells how and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scheduler.crew_record import (
    RULES_VERSION,
    CannotForm,
    CrewTerms,
    DrawnCrews,
    draw,
    record_of,
    replay_crews,
)
from scheduler.crew_relief import Form, NoCrew, Relief, diagnose
from scheduler.crews import Crew, Crews, Task, avoided, check_crews, tasks
from scheduler.problem import MIN_CREW
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem

__all__ = [
    "RULES_VERSION", "Crew", "Crews", "ExpertRule", "NoCrew", "Relief", "check_crews",
    "draw_crews", "replay_crews",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertRule:
    """When an expert is drawn to a visit: its speciality, and its kind if kinds are named."""

    specialities: frozenset[str]
    kinds: frozenset[str] = frozenset()

    def domains(self, task: Task) -> frozenset[str]:
        """Return the domains of which the route of *task* wants an expert."""
        wanted = (v.specialities for v in task.visits if not self.kinds or v.kind in self.kinds)
        return frozenset().union(*wanted) & self.specialities


def draw_crews(
    plan: Plan,
    problem: Problem,
    *,
    inspectors: Sequence[Inspector],
    experts: Sequence[Inspector] = (),
    seed: str,
    round_id: str,
    lead_department: str = "",
    names: Mapping[str, Sequence[str]] | None = None,
    expert_rule: ExpertRule | None = None,
    min_crew: int = MIN_CREW,
    max_days: int = 4,
    digest: str = "sha256",
) -> Crews:
    """Return crews for the routes of *plan*, uniform over all that keep the rules.

    Parameters
    ----------
    inspectors
        Everyone on the list; only certified officers who are present are eligible.
    experts
        People with domains as specialities; drawn where ``expert_rule`` wants one and a seat is
        left. They never count as inspectors.
    lead_department
        The leader is the member of this department with the smallest ticket, else of the crew.
    names
        Other ids and names of objects, by which avoidance lists may call them.
    max_days
        Days a week per officer; raised to the least number that works, with a note, where crews
        cannot be formed otherwise.
    digest
        Hash function of tickets and stream, see :data:`scheduler.digests.DIGESTS`.

    Returns
    -------
    Crews
        Notes: ``crew_days_relaxed`` with the limit that could not be kept, ``crew_days_raised``
        with the one that holds; ``crew_not_uniform`` with each team-day whose draw was too hard to
        hit and went on by a random walk; ``expert_no_seat``, ``expert_none``.

    Raises
    ------
    NoCrew
        If the crews cannot be formed; it names the first team-day that fails, why, and ways out.
    """
    people = {one.id: one for one in sorted(inspectors, key=lambda one: one.id)}
    form = Form(people=people, names=names or {}, min_crew=min_crew)
    routes = tasks(plan, problem)
    terms = CrewTerms(
        bundles=tuple(form.bundle(task) for task in routes), people=people, seed=seed,
        round_id=round_id, digest=digest, lead=lead_department, max_days=max_days,
    )  # fmt: skip
    try:
        drawn = draw(terms)
    except CannotForm:
        raise diagnose(form, routes) from None
    helpers, notes = _experts(
        routes, drawn.crews, experts, expert_rule, terms=terms, names=names or {}
    )
    return Crews(
        crews=tuple(
            Crew(
                team_day=bundle.id, inspectors=drawn.ranked[bundle.id],
                leader=drawn.leaders[bundle.id], experts=helpers.get(bundle.id, ()),
            )
            for bundle in drawn.bundles
        ),
        record=record_of(terms, drawn),
        notes=(*_notes(drawn, max_days=max_days), *notes),
    )  # fmt: skip


def _notes(drawn: DrawnCrews, *, max_days: int) -> list[tuple[str, str]]:
    found = [("crew_not_uniform", id_) for id_ in drawn.walked]
    if drawn.max_days > max_days:
        found += [("crew_days_relaxed", str(max_days)), ("crew_days_raised", str(drawn.max_days))]
    return found


def _experts(
    routes: Sequence[Task],
    crews: Mapping[str, frozenset[str]],
    experts: Sequence[Inspector],
    rule: ExpertRule | None,
    *,
    terms: CrewTerms,
    names: Mapping[str, Sequence[str]],
) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    """Draw at most one expert for each route that wants one and has a seat left; return notes."""
    busy: set[tuple[Any, str]] = set()
    found: dict[str, tuple[str, ...]] = {}
    notes: list[tuple[str, str]] = []
    for task in routes:
        day = task.team_day
        domains = rule.domains(task) if rule else frozenset()
        if not domains:
            continue
        if len(crews[day.id]) >= day.seats:
            notes.append(("expert_no_seat", day.id))
            continue
        able = [
            one.id
            for one in experts
            if one.specialities & domains and one.available(day.day)
            and (day.day, one.id) not in busy
            and not avoided(one, task.visits, names=names)
        ]  # fmt: skip
        if not able:
            notes.append(("expert_none", day.id))
            continue
        tickets = Tickets.of_stratum(
            seed=terms.seed, round_id=terms.round_id, stratum=f"expert:{day.id}",
            digest=terms.digest,
        )  # fmt: skip
        chosen = min(able, key=lambda id_: (tickets.of(id_), id_))
        busy.add((day.day, chosen))
        found[day.id] = (chosen,)
    return found, notes
