"""Draw the crews after the routes are known, so that chance costs no kilometre.

Every way to form all crews of the week has the same chance (:mod:`scheduler.crew_lottery`); which
one it is follows from seed and round alone, and anyone can repeat it from the record
(:mod:`scheduler.crew_record`). ``docs/crews.md`` tells how and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from scheduler.shifts import is_night, rests_between
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.crewing import Bundle
    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem, Visit

__all__ = [
    "RULES_VERSION", "Crew", "Crews", "ExpertRule", "NoCrew", "Relief", "check_crews",
    "draw_crews", "replay_crews",
]  # fmt: skip

_NIGHT_TRIALS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertRule:
    """When an expert is drawn to a visit: its speciality, and its kind if kinds are named.

    Where ``visits`` are named (by id) only they want one.
    """

    specialities: frozenset[str]
    kinds: frozenset[str] = frozenset()
    visits: frozenset[str] | None = None

    def wants(self, visit: Visit) -> bool:
        """Tell whether a visit wants an expert of one of its specialities."""
        return (
            bool(visit.specialities & self.specialities)
            and (not self.kinds or visit.kind in self.kinds)
            and (self.visits is None or visit.id in self.visits)
        )

    def domains(self, task: Task) -> frozenset[str]:
        """Return the domains of which the route of *task* wants an expert."""
        wanted = (visit.specialities for visit in task.visits if self.wants(visit))
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
    rest: int = 0,
    digest: str = "sha256",
) -> Crews:
    """Return crews for the routes of *plan*, uniform over all that keep the rules.

    Night rounds are drawn first, uniform among themselves; who is drawn is not in the draw of the
    days around it, which is uniform for the others. A few crews of the night are tried before it
    is given up. An expert's day has that expert and nobody else.

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
        cannot be formed otherwise. Night rounds are not among them.
    rest
        Seconds between a night round and any other work of an officer.
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
    every = tasks(plan, problem)
    routes = [task for task in every if not task.team_day.expert]
    terms = CrewTerms(
        bundles=(), people=people, seed=seed, round_id=round_id, digest=digest,
        lead=lead_department, max_days=max_days,
    )  # fmt: skip
    day, night = _drawn(form, routes, terms, rest=rest)
    guests = [task for task in every if task.team_day.expert]
    helpers, notes = _experts(
        routes, {**night.drawn.crews, **day.drawn.crews}, experts, expert_rule,
        busy={(task.team_day.day, task.team_day.expert) for task in guests},
        terms=terms, names=names or {},
    )  # fmt: skip
    return Crews(
        crews=(
            *(
                Crew(
                    team_day=bundle.id, inspectors=part.drawn.ranked[bundle.id],
                    leader=part.drawn.leaders[bundle.id], experts=helpers.get(bundle.id, ()),
                )
                for part in (day, night)
                for bundle in part.drawn.bundles
            ),
            *(
                Crew(team_day=task.team_day.id, inspectors=(), leader="",
                     experts=(task.team_day.expert,))
                for task in guests
            ),
        ),
        record=record_of(day.terms, day.drawn),
        night_record=record_of(night.terms, night.drawn) if night.drawn.bundles else {},
        notes=(*_notes(day.drawn, max_days=max_days), *_notes(night.drawn, max_days=max_days),
               *notes),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One draw with its terms."""

    terms: CrewTerms
    drawn: DrawnCrews


def _drawn(
    form: Form, routes: Sequence[Task], terms: CrewTerms, *, rest: int
) -> tuple[_Stage, _Stage]:
    """Return the crews of the days and those of the nights, which are drawn first."""
    dark = [task for task in routes if is_night(task.team_day)]
    light = [task for task in routes if not is_night(task.team_day)]
    for trial in range(_NIGHT_TRIALS if dark else 1):
        salted = f"{terms.round_id}:night{trial or ''}"
        at_night = replace(
            terms, bundles=tuple(form.bundle(task) for task in dark), round_id=salted,
            max_days=len(dark),
        )  # fmt: skip
        try:
            night = draw(at_night)
        except CannotForm:
            raise diagnose(form, dark) from None
        by_day = replace(
            terms,
            bundles=tuple(
                _rested(form.bundle(task), task, dark, night, rest=rest) for task in light
            ),
        )
        try:
            return _Stage(terms=by_day, drawn=draw(by_day)), _Stage(terms=at_night, drawn=night)
        except CannotForm:
            continue
    if not dark:
        raise diagnose(form, light)
    # The days can do without the nights, or their own diagnosis says what is wrong with them.
    try:
        draw(replace(terms, bundles=tuple(form.bundle(task) for task in light)))
    except CannotForm:
        raise diagnose(form, light) from None
    last = dark[-1]
    raise NoCrew(last.team_day.id, constraint="people", visits=[one.id for one in last.visits])


def _rested(
    bundle: Bundle, task: Task, dark: Sequence[Task], night: DrawnCrews, *, rest: int
) -> Bundle:
    """Return a crew to form without those whom a night round leaves too little rest."""
    tired = frozenset[str]().union(
        *(
            night.crews[other.team_day.id] for other in dark
            if not rests_between(task.team_day, other.team_day, rest=rest)
        )
    )  # fmt: skip
    if not tired:
        return bundle
    fit = tuple(id_ for id_ in bundle.candidates if id_ not in tired)
    return replace(bundle, candidates=fit)


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
    busy: set[tuple[Any, str]],
    terms: CrewTerms,
    names: Mapping[str, Sequence[str]],
) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    """Draw at most one expert for each route that wants one and has a seat left; return notes."""
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
