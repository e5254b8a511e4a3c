"""Draw the crews after the routes are known, so that chance costs no kilometre.

The outcome is the lexicographically first feasible assignment in ticket order: crew after crew,
each officer in order of tickets is taken if all crews can still be formed with them. A solver only
answers whether that is so; which of many assignments it shows has no influence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scheduler.crewing import Bundle, Witness, staff
from scheduler.crews import Crew, Crews, Task, avoided, check_crews, tasks
from scheduler.problem import MIN_CREW
from scheduler.schedule import crew_size
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem

__all__ = ["Crew", "Crews", "ExpertRule", "NoCrew", "check_crews", "draw_crews"]

RULES_VERSION = "crews-1"
"""Changes whenever the same tickets could give other crews."""


class NoCrew(ValueError):  # noqa: N818 - says what is missing
    """No crew can be formed for a team-day.

    ``constraint`` is what binds: ``avoidance``, ``speciality``, ``department`` or ``people``;
    ``missing`` the speciality or department, ``visits`` the visits to take off the route.
    """

    code = "no_crew"

    def __init__(
        self, team_day: str, *, constraint: str, missing: str = "", visits: Sequence[str] = ()
    ) -> None:
        self.team_day, self.constraint, self.missing = team_day, constraint, missing
        self.visits = tuple(visits)
        super().__init__(f"{team_day}: {constraint} {missing}".rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertRule:
    """When an expert is drawn to a visit: its speciality, and its kind if kinds are named."""

    specialities: frozenset[str]
    kinds: frozenset[str] = frozenset()

    def domains(self, task: Task) -> frozenset[str]:
        """Return the domains of which the route of *task* wants an expert."""
        wanted = (v.specialities for v in task.visits if not self.kinds or v.kind in self.kinds)
        return frozenset().union(*wanted) & self.specialities


@dataclass(slots=True, kw_only=True)
class _Draw:
    """The draw of a week: who may be in which crew, and the tickets."""

    tasks: list[Task]
    people: dict[str, Inspector]
    names: Mapping[str, Sequence[str]]
    min_crew: int
    seed: str
    round_id: str
    lead: str
    notes: list[tuple[str, str]] = field(default_factory=list)

    def bundle(self, task: Task, *, heed_avoidance: bool = True) -> Bundle:
        """Return what the crew of *task* must be: least size first, up to what was promised."""
        day, promised = task.team_day, task.team_day.departments
        least = max(self.min_crew, len(task.departments))
        most = min(day.seats, max(least, crew_size(promised)))
        return Bundle(
            id=day.id,
            day=day.day,
            size=(least, most),
            departments=task.departments,
            specialities=task.specialities,
            candidates=tuple(
                id_
                for id_, one in self.people.items()
                if one.certified(day.day)
                and one.available(day.day)
                and (not promised or one.department in promised)
                and not (heed_avoidance and avoided(one, task.visits, names=self.names))
            ),
        )

    def order(self, bundle: Bundle) -> list[tuple[int, str]]:
        """Return tickets and candidates of a crew, smallest ticket first."""
        tickets = self._tickets("crew", bundle.id)
        return sorted((tickets.of(person), person) for person in bundle.candidates)

    def expert_order(self, team_day: str, experts: Sequence[Inspector]) -> list[Inspector]:
        """Return experts in the order of their tickets for a team-day."""
        tickets = self._tickets("expert", team_day)
        return sorted(experts, key=lambda one: (tickets.of(one.id), one.id))

    def _tickets(self, what: str, team_day: str) -> Tickets:
        return Tickets.of_stratum(
            seed=self.seed, round_id=self.round_id, stratum=f"{what}:{team_day}"
        )


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
) -> Crews:
    """Return the crews that tickets choose for the routes of *plan*.

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
        Days a week per officer; given up, with a note, where crews cannot be formed otherwise.

    Raises
    ------
    NoCrew
        If the crews cannot be formed; it names the first team-day that fails and why.
    """
    people = {one.id: one for one in sorted(inspectors, key=lambda one: one.id)}
    draw = _Draw(
        tasks=tasks(plan, problem), people=people, names=names or {}, min_crew=min_crew,
        seed=seed, round_id=round_id, lead=lead_department,
    )  # fmt: skip
    bundles, limit = _feasible(draw, max_days=max_days)
    witness = _first(draw, bundles, max_days=limit)
    helpers = _experts(draw, witness, experts, expert_rule)
    return Crews(
        crews=tuple(_crew(draw, bundle, witness[bundle.id], helpers) for bundle in bundles),
        record=_record(draw, bundles, witness, max_days=limit),
        notes=tuple(draw.notes),
    )


def _feasible(draw: _Draw, *, max_days: int) -> tuple[list[Bundle], int | None]:
    """Return crews with the smallest sizes that work, and the limit of days that holds."""
    bundles = [draw.bundle(task) for task in draw.tasks]
    for limit in (max_days, None):
        if staff(bundles, people=draw.people, max_days=limit) is not None:
            if limit is None:
                draw.notes.append(("crew_days_relaxed", str(max_days)))
            return _settle(draw, bundles, limit), limit
    raise _diagnose(draw, bundles)


def _settle(draw: _Draw, bundles: list[Bundle], limit: int | None) -> list[Bundle]:
    least = [replace(one, size=(one.size[0], one.size[0])) for one in bundles]
    if staff(least, people=draw.people, max_days=limit) is not None:
        return least
    settled = list(bundles)
    for at, bundle in enumerate(bundles):
        for size in range(bundle.size[0], bundle.size[1] + 1):
            settled[at] = replace(bundle, size=(size, size))
            if staff(settled, people=draw.people, max_days=limit) is not None:
                break
    return settled


def _first(draw: _Draw, bundles: list[Bundle], *, max_days: int | None) -> Witness:
    """Return the lexicographically first feasible crews; the last witness saves most questions."""
    decided: dict[tuple[str, str], bool] = {}
    witness = staff(bundles, people=draw.people, max_days=max_days) or {}
    for bundle in bundles:
        taken = 0
        for _, person in draw.order(bundle):
            key = (bundle.id, person)
            if taken == bundle.size[0]:
                decided[key] = False
                continue
            if person not in witness[bundle.id]:
                trial = staff(
                    bundles, people=draw.people, decided={**decided, key: True}, max_days=max_days
                )
                if trial is None:
                    decided[key] = False
                    continue
                witness = trial
            decided[key] = True
            taken += 1
    return witness


def _diagnose(draw: _Draw, bundles: list[Bundle]) -> NoCrew:
    """Return the first crew that cannot be formed with those before it, and what binds it."""
    for at, (task, bundle) in enumerate(zip(draw.tasks, bundles, strict=True)):
        before = bundles[:at]
        if staff([*before, bundle], people=draw.people) is None:
            for relaxed, error in _relaxations(draw, task, bundle):
                if staff([*before, relaxed], people=draw.people) is not None:
                    return error
            return NoCrew(
                task.team_day.id, constraint="people", visits=[one.id for one in task.visits]
            )
    raise AssertionError("crews that can all be formed")


def _relaxations(draw: _Draw, task: Task, bundle: Bundle) -> Iterator[tuple[Bundle, NoCrew]]:
    everyone = draw.bundle(task, heed_avoidance=False)
    shunned = {
        visit
        for id_ in everyone.candidates
        for visit in avoided(draw.people[id_], task.visits, names=draw.names)
    }
    at = task.team_day.id
    yield everyone, NoCrew(at, constraint="avoidance", visits=sorted(shunned))
    for one in sorted(bundle.specialities):
        visits = [visit.id for visit in task.visits if one in visit.specialities]
        easier = replace(bundle, specialities=bundle.specialities - {one})
        yield easier, NoCrew(at, constraint="speciality", missing=one, visits=visits)
    for one in sorted(bundle.departments):
        visits = [visit.id for visit in task.visits if one in visit.departments]
        left = bundle.departments - {one}
        easier = replace(
            bundle, departments=left, size=(max(draw.min_crew, len(left)), bundle.size[1])
        )
        yield easier, NoCrew(at, constraint="department", missing=one, visits=visits)


def _experts(
    draw: _Draw, witness: Witness, experts: Sequence[Inspector], rule: ExpertRule | None
) -> dict[str, tuple[str, ...]]:
    """Draw at most one expert for each route that wants one and has a seat left."""
    busy: set[tuple[Any, str]] = set()
    found: dict[str, tuple[str, ...]] = {}
    for task in draw.tasks:
        day = task.team_day
        domains = rule.domains(task) if rule else frozenset()
        if not domains:
            continue
        if len(witness[day.id]) >= day.seats:
            draw.notes.append(("expert_no_seat", day.id))
            continue
        able = [
            one
            for one in experts
            if one.specialities & domains and one.available(day.day)
            and (day.day, one.id) not in busy
            and not avoided(one, task.visits, names=draw.names)
        ]  # fmt: skip
        if not able:
            draw.notes.append(("expert_none", day.id))
            continue
        chosen = draw.expert_order(day.id, able)[0].id
        busy.add((day.day, chosen))
        found[day.id] = (chosen,)
    return found


def _crew(
    draw: _Draw, bundle: Bundle, members: frozenset[str], helpers: Mapping[str, tuple[str, ...]]
) -> Crew:
    ranked = tuple(person for _, person in draw.order(bundle) if person in members)
    own = [person for person in ranked if draw.people[person].department == draw.lead]
    return Crew(
        team_day=bundle.id,
        inspectors=ranked,
        leader=(own or ranked)[0],
        experts=helpers.get(bundle.id, ()),
    )


def _record(
    draw: _Draw, bundles: list[Bundle], witness: Witness, *, max_days: int | None
) -> dict[str, Any]:
    """Return what anyone needs to repeat the draw: seed, needs, candidates with their tickets."""
    return {
        "rules": RULES_VERSION,
        "seed": draw.seed,
        "round": draw.round_id,
        "max_days": max_days,
        "crews": [
            {
                "team_day": bundle.id,
                "size": bundle.size[0],
                "departments": sorted(bundle.departments),
                "specialities": sorted(bundle.specialities),
                "candidates": [
                    {
                        "id": person,
                        "ticket": f"{ticket:064x}",
                        "taken": person in witness[bundle.id],
                    }
                    for ticket, person in draw.order(bundle)
                ],
            }
            for bundle in bundles
        ],
    }
