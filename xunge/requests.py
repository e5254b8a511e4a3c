"""Requests of the week for one object become one visit (综合查一次): what is merged, who comes.

What falls due, what is drawn, an open site of several departments, the draws of other departments,
and orders and reports that name departments are requests. Where hours and days allow, those for one
object are one visit; :mod:`scheduler.joint` tells who rides with whom and what that saves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler.joint import Part, Request, Saving, parts_of, saving
from xunge.companions import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from layers.codes import CodeTable
    from scheduler.problem import TeamDay
    from xunge.companions import Companion
    from xunge.knowledge import Knowledge
    from xunge.tasks import Desk, Task


_WISHES = ("combined", "asked_order", "asked_report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Departments that want to come along to an object, and where they say so.

    ``code`` is ``combined`` (drawn by them in the same week), ``asked_order`` or ``asked_report``.
    """

    object: str
    departments: frozenset[str]
    code: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Requests for one object that stay visits of their own.

    ``code`` says why: ``apart_hours`` (by day and by night), ``apart_days`` (no day suits both),
    ``apart_team`` (no teams can stand for all departments at once), ``apart_time`` (those that can
    have no time left) or ``apart_expert`` (the expert has none).
    """

    object: str
    name: str
    code: str
    departments: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"object": self.object, "name": self.name, "code": self.code,
                "departments": list(self.departments)}  # fmt: skip


def wishes_of(
    knowledge: Knowledge, companions: Iterable[Companion], names: Mapping[str, str]
) -> list[Wish]:
    """Return who wants to come along: other departments' draws, open orders and reports.

    Parameters
    ----------
    names
        Full names of departments by id, short name and name; others are left out.
    """
    found = [
        Wish(object=object_, departments=frozenset({one.department}), code="combined",
             source=f"{FOLDER}/{one.file}")
        for one in companions
        for object_ in sorted(one.objects)
    ]  # fmt: skip
    orders = knowledge.orders[knowledge.orders["state"] == "open"]
    reports = knowledge.registers["reports"]
    reports = reports[reports["verified"].isna()]
    for code, rows in (("asked_order", orders), ("asked_report", reports)):
        for row in records(rows):
            said = (names.get(str(one), "") for one in row["departments"] or ())
            departments = frozenset(filter(None, said))
            if departments:
                found.append(
                    Wish(object=row["object"] or row["id"], departments=departments, code=code,
                         source=str(row["id"]))
                )  # fmt: skip
    return found


def merge(tasks: Iterable[Task], tables: Mapping[str, CodeTable]) -> list[Task]:
    """Unite tasks on one object into one visit where hours and days allow, in order."""
    united: list[Task] = []
    places: dict[str, list[int]] = {}
    for new in tasks:
        for at in places.get(new.object, []):
            if _compatible(united[at], new):
                united[at] = _united(united[at], new, tables)
                break
        else:
            places.setdefault(new.object, []).append(len(united))
            united.append(new)
    return united


def _hours(one: Task, other: Task) -> tuple[int, int]:
    """Return when a visit for both can start: it takes as long as the longer one.

    By day there is always a way: who needs longer than a firm is open comes in working hours.
    """
    longer = max((one, other), key=lambda task: task.service)
    first = max(one.window[0], other.window[0])
    last = min(task.window[1] + task.service for task in (one, other)) - longer.service
    return longer.window if first > last and one.night == other.night else (first, last)


def _days(one: Task, other: Task) -> tuple[Any, ...] | None:
    """Return the days on which both may be made, empty for any; None where there are none."""
    if not one.days or not other.days:
        common = one.days or other.days
    else:
        common = tuple(day for day in one.days if day in other.days)
        if not common:
            return None
    last = min((t.last_day for t in (one, other) if t.last_day is not None), default=None)
    if common and last is not None and common[0] > last:
        return None
    return common


def _compatible(one: Task, other: Task) -> bool:
    first, last = _hours(one, other)
    return first <= last and _days(one, other) is not None


def _united(one: Task, other: Task, tables: Mapping[str, CodeTable]) -> Task:
    def priority(item: Task) -> int:
        return int(tables["visit_kind"].data_of(item.kind).get("priority", 9))

    joint = len(one.departments | other.departments) > 1
    chief = min((one, other), key=priority)
    dates = [t.due for t in (one, other) if t.due is not None]
    limits = [t.last_day for t in (one, other) if t.last_day is not None]
    return replace(
        one,
        kind="joint" if joint and "joint" in (one.kind, other.kind) else chief.kind,
        service=max(one.service, other.service),
        window=_hours(one, other),
        departments=one.departments | other.departments,
        specialities=one.specialities | other.specialities,
        due=min(dates, default=None),
        last_day=min(limits, default=None),
        days=_days(one, other) or (),
        night=one.night or other.night,
        mandatory=one.mandatory or other.mandatory,
        prize=max(one.prize, other.prize),
        urgency=max(one.urgency, other.urgency),
        why=one.why + other.why,
        refs=one.refs + other.refs,
        asked=one.asked + other.asked,
    )


def combine(tasks: Sequence[Task], wishes: Iterable[Wish]) -> list[Task]:
    """Return *tasks*, the first one for every object with the departments that want to come."""
    by_object: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_object.setdefault(wish.object, []).append(wish)
    found = []
    for task in tasks:
        both = task
        for wish in by_object.pop(task.object, []):
            both = _with(both, wish)
        found.append(both)
    return found


def _with(task: Task, wish: Wish) -> Task:
    """Return *task* with the departments of a wish; one that comes already asks for nothing."""
    others = wish.departments - task.departments
    if not others:
        return task
    why = {"code": wish.code, "departments": sorted(others), "source": wish.source}
    known = next((reason for reason in task.why if reason["code"] == wish.code), None)
    if known is not None:
        why["departments"] = sorted({*known["departments"], *others})
    return replace(
        task, departments=task.departments | others, required=task.required or task.departments,
        why=(*(reason for reason in task.why if reason is not known), why),
        asked=(*task.asked, *(
            Request(code=wish.code, departments=frozenset({one}), service=task.service)
            for one in sorted(others)
        )),
    )  # fmt: skip


def alone(task: Task) -> Task:
    """Return a task without those who merely wished to come along."""
    return replace(
        task, departments=task.required, required=frozenset(), parts=(),
        asked=tuple(one for one in task.asked if one.code not in _WISHES),
        why=tuple(one for one in task.why if one["code"] not in _WISHES),
    )  # fmt: skip


def share_out(
    combined: Sequence[Task], single: Sequence[Task], team_days: Sequence[TeamDay], *, desk: Desk
) -> tuple[list[Task], list[Apart]]:
    """Return the tasks with who comes in which car, and what could not be merged.

    A visit that an object can have from one department is not lost because others cannot come
    along: where no teams can stand for everyone, those who only wished to come stay away.
    """
    shared: list[Task] = []
    apart: list[Apart] = []
    for both, own in zip(combined, single, strict=True):
        parts = _parts(both, team_days, desk)
        if parts or both is own:
            shared.append(replace(both, parts=parts))
            continue
        shared.append(replace(own, parts=_parts(own, team_days, desk)))
        apart.append(
            Apart(object=own.object, name=own.name, code="apart_team",
                  departments=tuple(sorted(both.departments - own.departments)))
        )  # fmt: skip
    return shared, [*apart, *_in_two(shared)]


def _parts(task: Task, team_days: Sequence[TeamDay], desk: Desk) -> tuple[Part, ...]:
    """Return who comes in which car; nothing for a visit of one department, which needs no plan."""
    if len(task.departments) < 2:
        return ()
    fit = [
        day for day in team_days
        if day.start <= task.window[1] and task.window[0] + task.service <= day.end
    ]  # fmt: skip
    return parts_of(
        task.departments, task.specialities, fit, days=task.allowed(desk.days) or desk.days,
        mode=desk.settings.plan.joint_mode, lead=desk.lead,
    )  # fmt: skip


def _in_two(tasks: Sequence[Task]) -> list[Apart]:
    """Return the objects that are visited twice in the week, and why."""
    first: dict[str, Task] = {}
    found = []
    for task in tasks:
        before = first.setdefault(task.object, task)
        if before is not task:
            starts, ends = _hours(before, task)
            found.append(
                Apart(object=task.object, name=task.name,
                      code="apart_hours" if starts > ends else "apart_days")
            )  # fmt: skip
    return found


def merged_json(
    tasks: Mapping[str, Task], served: frozenset[str], *, leg_seconds: int
) -> list[dict[str, Any]]:
    """Return the visits made for several requests, by id of the visit, with what each saves."""
    found = []
    for id_, task in tasks.items():
        if id_ not in served or len(task.asked) < 2:
            continue
        parts = task.parts or (Part(departments=task.departments),)
        saved = saving(task.asked, parts=parts, service=task.service, leg_seconds=leg_seconds)
        found.append(
            {
                "visit": id_, "object": task.object, "name": task.name,
                "requests": [
                    {"code": one.code, "departments": sorted(one.departments)}
                    for one in task.asked
                ],
                **saved_json(saved),
            }
        )  # fmt: skip
    return found


def total_saving(merged: Iterable[Mapping[str, Any]]) -> Saving:
    """Return what all merged visits of a record save together."""
    found = Saving()
    for one in merged:
        found += Saving(
            visits=one["saved_visits"], officer_seconds=one["saved_officer_seconds"],
            driving_seconds=one["saved_driving_seconds"],
        )  # fmt: skip
    return found


def saved_json(saved: Saving) -> dict[str, int]:
    """Return a saving as plain JSON data."""
    return {
        "saved_visits": saved.visits, "saved_officer_seconds": saved.officer_seconds,
        "saved_driving_seconds": saved.driving_seconds,
    }  # fmt: skip
