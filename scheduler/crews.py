"""Crews as data, and their recheck: who goes with which team-day. Knows no solver."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from scheduler.problem import MIN_CREW
from scheduler.shifts import is_night, rests_between
from scheduler.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scheduler.plan import Plan, Route
    from scheduler.problem import Inspector, Problem, TeamDay, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The people of one team-day; ``inspectors`` in ticket order, experts assist only."""

    team_day: str
    inspectors: tuple[str, ...]
    leader: str
    experts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crews:
    """The crews of a week, the record that lets anyone repeat the draw, and codes of notes.

    Night rounds have a draw and a record of their own, empty where there is none.
    """

    crews: tuple[Crew, ...]
    record: dict[str, Any]
    notes: tuple[tuple[str, str], ...] = ()
    night_record: dict[str, Any] = field(default_factory=dict)

    def of(self, team_day: str) -> Crew:
        """Return the crew of *team_day*.

        Raises
        ------
        KeyError
            If the team-day has none.
        """
        for crew in self.crews:
            if crew.team_day == team_day:
                return crew
        raise KeyError(team_day)

    def to_json(self) -> dict[str, Any]:
        """Return crews, record and notes as plain JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A route as a crew sees it: its team-day and its visits."""

    route: Route
    team_day: TeamDay
    visits: tuple[Visit, ...]

    @property
    def departments(self) -> frozenset[str]:
        """Departments that some visit of the route needs."""
        return frozenset().union(*(visit.departments for visit in self.visits))

    @property
    def specialities(self) -> frozenset[str]:
        """Specialities that some visit of the route needs."""
        return frozenset().union(*(visit.specialities for visit in self.visits))


def tasks(plan: Plan, problem: Problem) -> list[Task]:
    """Return the routes of *plan* as tasks, in order of day and team."""
    visits = {visit.id: visit for visit in problem.visits}
    days = {team_day.id: team_day for team_day in problem.team_days}
    found = [
        Task(
            route=route,
            team_day=days[route.team_day],
            visits=tuple(visits[stop.visit] for stop in route.stops),
        )
        for route in plan.routes
    ]
    return sorted(found, key=lambda one: (one.team_day.day, one.team_day.team, one.team_day.id))


def avoided(
    person: Inspector, visits: Sequence[Visit], *, names: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return ids of *visits* whose object stands on the avoidance list of *person*.

    Parameters
    ----------
    names
        Other ids and names of an object; lists name firms by id or by name.
    """
    return [
        visit.id for visit in visits if shuns(person, (visit.object, *names.get(visit.object, ())))
    ]


def shuns(person: Inspector, words: Iterable[str]) -> bool:
    """Tell whether one of *words* stands on the avoidance list of *person*."""
    return not {_fold(text) for text in person.avoid}.isdisjoint(_fold(text) for text in words)


def check_crews(
    crews: Crews,
    plan: Plan,
    problem: Problem,
    *,
    inspectors: Sequence[Inspector],
    experts: Sequence[Inspector] = (),
    names: Mapping[str, Sequence[str]] | None = None,
    min_crew: int = MIN_CREW,
    rest: int = 0,
) -> list[Violation]:
    """Return everything that is wrong with *crews*, found without a solver.

    Who goes out by night has *rest* seconds before and after. An expert's day has that expert and
    no officer.
    """
    staff = {one.id: one for one in inspectors}
    helpers = {one.id: one for one in experts}
    by_team_day = {crew.team_day: crew for crew in crews.crews}
    wrong: list[Violation] = []
    for task in tasks(plan, problem):
        crew = by_team_day.pop(task.team_day.id, None)
        if crew is None:
            wrong.append(Violation(rule="crew_missing", team_day=task.team_day.id))
            continue
        wrong += _people(crew, task, staff, helpers, names or {})
        if task.team_day.expert:
            wrong += _alone(crew, task)
            continue
        wrong += _size(crew, task, min_crew)
        wrong += _cover(crew, task, staff)
    wrong += [Violation(rule="crew_unknown", team_day=id_) for id_ in sorted(by_team_day)]
    return wrong + list(_twice(crews, problem, rest))


def _alone(crew: Crew, task: Task) -> Iterator[Violation]:
    if crew.inspectors or crew.experts != (task.team_day.expert,):
        found = {"person": task.team_day.expert}
        yield Violation(rule="crew_expert", team_day=crew.team_day, detail=found)


def _size(crew: Crew, task: Task, min_crew: int) -> Iterator[Violation]:
    size, riders = len(set(crew.inspectors)), len(crew.inspectors) + len(crew.experts)
    if size < min_crew or size < len(crew.inspectors):
        short = {"have": size, "need": min_crew}
        yield Violation(rule="crew_too_small", team_day=crew.team_day, detail=short)
    if riders > task.team_day.seats:
        tight = {"have": task.team_day.seats, "need": riders}
        yield Violation(rule="crew_too_large", team_day=crew.team_day, detail=tight)
    if crew.leader not in crew.inspectors:
        stray = {"person": crew.leader}
        yield Violation(rule="crew_leader", team_day=crew.team_day, detail=stray)


def _people(
    crew: Crew,
    task: Task,
    staff: Mapping[str, Inspector],
    helpers: Mapping[str, Inspector],
    names: Mapping[str, Sequence[str]],
) -> Iterator[Violation]:
    day = task.team_day.day
    for id_ in (*crew.inspectors, *crew.experts):
        person = (staff if id_ in crew.inspectors else helpers).get(id_)
        detail = {"person": id_, "day": day.isoformat()}
        if person is None:
            yield Violation(rule="crew_unknown_person", team_day=crew.team_day, detail=detail)
            continue
        if id_ in crew.inspectors and not person.certified(day):
            yield Violation(rule="crew_uncertified", team_day=crew.team_day, detail=detail)
        if not person.available(day):
            yield Violation(rule="crew_on_leave", team_day=crew.team_day, detail=detail)
        for visit in avoided(person, task.visits, names=names):
            yield Violation(
                rule="crew_avoidance", team_day=crew.team_day, visit=visit, detail=detail
            )


def _cover(crew: Crew, task: Task, staff: Mapping[str, Inspector]) -> Iterator[Violation]:
    people = [staff[id_] for id_ in crew.inspectors if id_ in staff]
    departments = {one.department for one in people}
    known = frozenset().union(*(one.specialities for one in people))
    for visit in task.visits:
        missing = sorted(visit.departments - departments)
        if missing:
            yield Violation(
                rule="crew_department", team_day=crew.team_day, visit=visit.id,
                detail={"missing": missing},
            )  # fmt: skip
        missing = sorted(visit.specialities - known)
        if missing:
            yield Violation(
                rule="crew_speciality", team_day=crew.team_day, visit=visit.id,
                detail={"missing": missing},
            )  # fmt: skip


def _twice(crews: Crews, problem: Problem, rest: int) -> Iterator[Violation]:
    days = {team_day.id: team_day for team_day in problem.team_days}
    known: dict[str, list[TeamDay]] = {}
    for crew in crews.crews:
        day = days.get(crew.team_day)
        if day is None:
            continue
        for person in (*crew.inspectors, *crew.experts):
            for other in known.setdefault(person, []):
                code = _clash(day, other, rest)
                if code:
                    detail = {"person": person, "other": other.id}
                    yield Violation(rule=code, team_day=crew.team_day, detail=detail)
            known[person].append(day)


def _clash(one: TeamDay, other: TeamDay, rest: int) -> str:
    """Return the code of what keeps a person from being on both team-days, empty if nothing."""
    if is_night(one) or is_night(other):
        return "" if rests_between(one, other, rest=rest) else "crew_no_rest"
    return "crew_double_booked" if one.day == other.day else ""


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
