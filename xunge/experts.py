"""Experts of the week: which visits want one, who comes by himself, who was where (检查+专家)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.crews import shuns
from scheduler.expert_rules import wish_for
from scheduler.joint import Part
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from scheduler.crews import Crews
    from scheduler.expert_rules import ExpertWish
    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem
    from xunge.tasks import Task


def wanting(tasks: Sequence[Task], rules: Iterable[ExpertWish]) -> list[Task]:
    """Return the tasks by day that want an expert, the most urgent first.

    An expert knows the speciality that the crew must know; where there is none nobody is wanted.
    """
    known = tuple(rules)
    found = [
        task for task in tasks
        if task.mandatory and not task.night and task.specialities
        and wish_for(known, kind=task.kind, industry=task.industry)
    ]  # fmt: skip
    return sorted(found, key=lambda task: -task.urgency)


def with_experts(
    tasks: Sequence[Task],
    experts: Sequence[Inspector],
    *,
    rules: Iterable[ExpertWish],
    most: int,
    names: Mapping[str, Sequence[str]],
    seed: str,
    round_id: str,
    digest: str,
) -> tuple[list[Task], list[Inspector]]:
    """Return the tasks, *most* of them with a part for an expert, and who comes by himself.

    Who comes is drawn by ticket among those who know what is wanted and have to avoid none of
    these visits; one expert serves as many visits as he can.
    """
    chosen = wanting(tasks, rules)[:most]
    about = {word for task in chosen for word in (task.object, *names.get(task.object, ()))}
    tickets = Tickets.of_stratum(
        seed=seed, round_id=round_id, stratum="experts", digest=digest
    )  # fmt: skip
    ranked = sorted(
        (one for one in experts if not shuns(one, about)), key=lambda one: tickets.of(one.id)
    )
    coming: list[Inspector] = []
    parts: dict[int, Part] = {}
    for task in chosen:
        able = [one for one in (*coming, *ranked) if one.specialities & task.specialities]
        if not able:
            continue
        if able[0] not in coming:
            coming.append(able[0])
        domain = min(able[0].specialities & task.specialities)
        parts[id(task)] = Part(specialities=frozenset({domain}), assists=True)
    return [_joined(task, parts.get(id(task))) for task in tasks], coming


def _joined(task: Task, part: Part | None) -> Task:
    if part is None:
        return task
    officers = task.parts or (
        Part(departments=task.departments, specialities=task.specialities),
    )  # fmt: skip
    return replace(task, parts=(*officers, part))


def attending(
    plan: Plan, problem: Problem, crews: Crews, *, wanted: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return the experts at each visit that had any, by id of the visit (of a joint one its name).

    Parameters
    ----------
    wanted
        Ids of visits that want an expert: one who rides along attends these of his route.
    """
    visits = {visit.id: visit for visit in problem.visits}
    helpers = {crew.team_day: crew.experts for crew in crews.crews}
    found: dict[str, dict[str, None]] = {}
    for route in plan.routes:
        for stop in route.stops:
            visit = visits[stop.visit]
            if visit.assists or visit.id in wanted:
                name = visit.meets or visit.id
                found.setdefault(name, {}).update(dict.fromkeys(helpers.get(route.team_day, ())))
    return {name: tuple(people) for name, people in found.items() if people}
