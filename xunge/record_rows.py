"""Parts of a week's record: visits, people, and where it is hot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.zones import zones_of
from layers.rows import records
from xunge.knowledge import department_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.problem import Problem, Visit
    from xunge.compute import Inputs
    from xunge.tasks import Task


def people_of(inputs: Inputs) -> dict[str, dict[str, str]]:
    """Return names of inspectors and experts by id; no telephone number, no leave."""
    registers = inputs.knowledge.registers
    departments = department_names(inputs.knowledge)
    people = {
        row["id"]: {
            "name": row["name"],
            "department": departments.get(row["department"], row["department"]),
            "certificate": row["certificate"] or "",
        }
        for row in records(registers["inspectors"])
    }
    people.update(
        {
            row["id"]: {
                "name": row["name"],
                "department": row["employer"] or "",
                "certificate": "",
            }
            for row in records(registers["experts"])
        }
    )
    return people


def part_of(visit: Visit) -> str:
    """Return the id of the visit whose further part this one is, empty for a visit or its first."""
    return "" if visit.id == visit.meets else visit.meets


def visit_rows(
    problem: Problem,
    tasks: Mapping[str, Task],
    *,
    zones: Mapping[str, Sequence[str]],
    experts: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return every visit with its task, zones and experts; of a joint visit every part."""
    return [
        {
            **_visit(tasks[one.id], one, zones[tasks[one.id].object]),
            "experts": list(experts.get(one.id, ())),
        }
        for one in problem.visits
    ]


def _visit(task: Task, visit: Visit, zones: Sequence[str]) -> dict[str, Any]:
    further = bool(part_of(visit))
    return {
        "id": visit.id, "object": task.object, "kind": task.kind, "name": task.name,
        "lon": round(task.lon, 6), "lat": round(task.lat, 6), "service": task.service,
        "window": list(visit.window), "departments": sorted(visit.departments),
        "specialities": sorted(visit.specialities), "mandatory": task.mandatory,
        "meets": visit.meets, "part_of": part_of(visit), "assists": visit.assists,
        "night": task.night and visit.window == task.window,
        "due": None if task.due is None else task.due.isoformat(),
        "why": [dict(reason) for reason in task.why],
        # What a visit settles is settled once, by the part with which results are told.
        "refs": [] if further else list(task.refs),
        "settles": [
            {"kind": reason["code"], "subject": reason["subject"]}
            for reason in task.why if "subject" in reason and not further
        ],
        "zones": list(zones),
    }  # fmt: skip


def zones_by_object(tasks: Sequence[Task], inputs: Inputs) -> dict[str, tuple[str, ...]]:
    """Return the names of the zones in which each object lies."""
    zones = inputs.geography.zones
    names = dict(zip(zones["id"].astype(str), zones["name"].astype(str), strict=True))
    found = zones_of(
        [task.lon for task in tasks], [task.lat for task in tasks], zones, crs=inputs.geography.crs
    )
    return {
        task.object: tuple(names[id_] for id_ in ids)
        for task, ids in zip(tasks, found, strict=True)
    }
