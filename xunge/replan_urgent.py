"""Visits that come into a planned week: urgent objects, and substitutes named since then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scheduler.problem import Visit
from xunge.due import outstanding
from xunge.rounds import WeekError
from xunge.tasks import drawn_tasks, due_tasks, placed, task

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.due_items import DueItem
    from scheduler.plan import Plan
    from scheduler.problem import Problem
    from scheduler.workdays import Workdays
    from xunge.knowledge import Knowledge
    from xunge.tasks import Desk, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """What comes in.

    Attributes
    ----------
    tasks
        The new visits, by id, as tasks; ``visits`` are the same for the planner.
    wanted
        Ids of visits that were left out and must be made now.
    replaced
        Ids of visits to drawn objects that were replaced by a substitute.
    tickets
        Ids of the visits to drawn objects, in ticket order.
    items
        Due items that the new visits settle.
    """

    tasks: Mapping[str, Task]
    visits: tuple[Visit, ...]
    wanted: frozenset[str]
    replaced: frozenset[str]
    tickets: tuple[str, ...]
    items: tuple[DueItem, ...]

    @property
    def points(self) -> list[tuple[float, float]]:
        """Longitude and latitude of the new places."""
        return [(one.lon, one.lat) for one in self.tasks.values()]


def urgent_of(
    objects: Sequence[str],
    *,
    playing: Mapping[str, str],
    before: Mapping[str, Any],
    problem: Problem,
    plan: Plan,
    known: Knowledge,
    desk: Desk,
    workdays: Workdays,
    days: Sequence[dt.date],
    as_of: dt.date,
) -> Urgent:
    """Return the visits that *objects* need, and those of substitutes.

    Raises
    ------
    WeekError
        ``replan_unknown_object``, ``replan_not_placed``, or ``replan_is_planned`` for one that the
        plan visits anyway.
    """
    places = placed(known.objects)
    of_object = {visit.object: visit.id for visit in reversed(problem.visits)}
    parts = {visit.id: visit.meets or visit.id for visit in problem.visits}
    planned = plan.served()
    wanted: set[str] = set()
    fresh: list[str] = []
    for id_ in dict.fromkeys(objects):
        if id_ not in known.objects.index:
            raise WeekError("replan_unknown_object", value=id_)
        if id_ not in places:
            raise WeekError("replan_not_placed", value=id_)
        if id_ not in of_object:
            fresh.append(id_)
        elif of_object[id_] in planned:
            raise WeekError("replan_is_planned", value=id_, visit=of_object[id_])
        else:
            wanted |= {one for one, meets in parts.items() if meets == parts[of_object[id_]]}
    items = [
        one
        for one in outstanding(known, today=as_of, workdays=workdays, settings=desk.settings)
        if one.object in fresh and (one.kind == "report" or one.due <= desk.days[-1])
    ]
    tasks = _urgent_tasks(fresh, items, places, desk, as_of=as_of)
    drawn_before = set(before["drawn"])
    substitutes = [id_ for id_ in playing if id_ not in drawn_before and id_ not in of_object]
    tasks += _substitutes(substitutes, playing, places, desk)
    numbered = _numbered(tasks, before, problem, days=days)
    ids = {**of_object, **{visit.object: visit.id for visit in numbered}}
    return Urgent(
        tasks={visit.id: one for visit, one in zip(numbered, tasks, strict=True)},
        visits=tuple(numbered),
        wanted=frozenset(wanted),
        replaced=frozenset(_only_drawn(before, drawn_before - set(playing))),
        tickets=tuple(
            ids[id_] for id_ in playing if id_ in ids
            and (id_ not in of_object or problem.visit(ids[id_]).mandatory)
        ),
        items=tuple(items),
    )  # fmt: skip


def _urgent_tasks(
    ids: Sequence[str],
    items: Sequence[DueItem],
    places: Mapping[str, Mapping[str, Any]],
    desk: Desk,
    *,
    as_of: dt.date,
) -> list[Task]:
    """Return one task for each object, with what the visit settles."""
    due: dict[str, Task] = {}
    for one in due_tasks(items, places, desk):
        due.setdefault(one.object, one)
    why = {"code": "urgent", "day": as_of.isoformat()}
    found = []
    for id_ in ids:
        one = due.get(id_) or task(places[id_], "report", desk)
        found.append(replace(one, why=(why, *one.why), mandatory=True, prize=0))
    return found


def _substitutes(
    ids: Sequence[str],
    playing: Mapping[str, str],
    places: Mapping[str, Mapping[str, Any]],
    desk: Desk,
) -> list[Task]:
    return drawn_tasks(
        [
            {"id": id_, "stratum": playing[id_],
             "kind": "key" if playing[id_] == "certainty" else "random"}
            for id_ in ids
        ],
        places, desk,
    )  # fmt: skip


def _numbered(
    tasks: Sequence[Task],
    before: Mapping[str, Any],
    problem: Problem,
    *,
    days: Sequence[dt.date],
) -> list[Visit]:
    """Return tasks as visits with numbers and places after the known ones."""
    last = max(int(one["id"].rpartition("-V")[2].split("-")[0]) for one in before["visits"])
    place = len(before["problem"]["points"])
    found = []
    for at, one in enumerate(tasks):
        allowed = tuple(day for day in days if one.last_day is None or day <= one.last_day)
        found.append(
            Visit(
                id=f"{before['round']}-V{last + at + 1:03d}", object=one.object, place=place + at,
                kind=one.kind, service=one.service, window=one.window, days=allowed or tuple(days),
                departments=one.departments, specialities=one.specialities, mandatory=True,
                due=one.due, order=len(problem.visits) + at + 1,
                reasons=tuple(str(reason["code"]) for reason in one.why),
            )
        )  # fmt: skip
    return found


def _only_drawn(before: Mapping[str, Any], objects: set[str]) -> Iterable[str]:
    """Yield the visits to *objects* that have no other reason than the draw."""
    for visit in before["visits"]:
        codes = {reason["code"] for reason in visit["why"]} - {"moved"}
        if visit["object"] in objects and codes == {"drawn"}:
            yield visit["id"]
