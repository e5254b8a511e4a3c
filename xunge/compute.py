"""The pure steps between knowing and publishing: assess the week, draw, plan, put on record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler import revisit
from scheduler.caps import candidates, load_caps
from scheduler.draw import draw
from xunge.due import outstanding, workdays_of
from xunge.evidence import Hot, hotspots, patrol_cells
from xunge.geography import cells_inside
from xunge.knowledge import (
    department_names,
    experts,
    inspectors,
    renamed_departments,
)
from xunge.planning import Station, stations_of, team_days_of
from xunge.rounds import WeekError, round_name
from xunge.tasks import Desk, Task, due_tasks, joint_tasks, merge, patrol_tasks, placed
from xunge.workload import Workload, typical_leg, workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.codes import CodeTable
    from scheduler.draw import Candidate
    from scheduler.problem import Inspector, TeamDay
    from scheduler.revisit import DueItem
    from scheduler.workdays import Workdays
    from xunge.config import Settings
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge

# Visits that a week is expected to hold, for the estimate of driving before they are known.
_USUAL_VISITS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """All that the pure steps of a week may know."""

    monday: dt.date
    seed: str
    number: int
    redraw_reason: str
    settings: Settings
    tables: Mapping[str, CodeTable]
    knowledge: Knowledge
    geography: Geography
    carried: tuple[str, ...]
    unreported: pd.DataFrame

    @property
    def round_id(self) -> str:
        """Id of the round; part of every ticket."""
        return round_name(self.monday, self.number)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """What the week looks like before anything is drawn."""

    desk: Desk
    workdays: Workdays
    people: tuple[Inspector, ...]
    experts: tuple[Inspector, ...]
    places: Mapping[str, Mapping[str, Any]]
    stations: tuple[Station, ...]
    team_days: tuple[TeamDay, ...]
    items: tuple[DueItem, ...]
    candidates: tuple[Candidate, ...]
    load: Workload
    patrols: tuple[Task, ...]
    hot: Hot


def assess(inputs: Inputs, *, progress: Callable[[str], None]) -> Situation:
    """Find what is due, where it is hot, who can go, and how much the week can hold.

    Raises
    ------
    WeekError
        ``no_workdays``, ``no_placed_station`` or ``no_team``.
    """
    desk, workdays = _desk(inputs)
    known, today = inputs.knowledge, inputs.monday
    names = department_names(known)
    hot = hotspots(
        known.objects, discoveries=known.discoveries, visits=known.visits,
        grid=inputs.geography.grid, area=cells_inside(inputs.geography), today=today,
        settings=inputs.settings.hotspots,
    )  # fmt: skip
    progress("hotspots")
    items = outstanding(known, today=today, workdays=workdays, settings=inputs.settings)
    progress("due")
    sites = renamed_departments(known.sites, names)
    places = placed(known.objects)
    found = merge(
        [
            *due_tasks(revisit.due_by(items, last=_horizon(desk)), places, desk),
            *joint_tasks(sites, known.visits, places, desk),
        ],
        inputs.tables,
    )
    stations = stations_of(known.registers["stations"])
    if not stations:
        raise WeekError("no_placed_station", week=inputs.round_id)
    people = inspectors(known, tables=inputs.tables)
    team_days = team_days_of(known, people, stations, tasks=found, desk=desk)
    if not team_days:
        raise WeekError("no_team", week=inputs.round_id)
    progress("teams")
    pool = _candidates(inputs, {task.object for task in found})
    load = workload(
        sorted(found, key=lambda t: (-t.urgency, t.object)), pool, team_days,
        leg_seconds=typical_leg(known.objects, stations, inputs.geography,
                                visits=_USUAL_VISITS, desk=desk),
        mean_service=_mean_service(inputs, desk), weeks_left=workdays.weeks_left(today), desk=desk,
    )  # fmt: skip
    cells = patrol_cells(
        hot, grid=inputs.geography.grid, objects=known.objects,
        count=inputs.settings.hotspots.patrols,
    )  # fmt: skip
    towns = known.area_names()
    cells = cells.assign(town=[towns.get(code or "", code) for code in cells["town"]])
    return Situation(
        desk=desk, workdays=workdays, people=people, experts=experts(known), places=places,
        stations=stations,
        team_days=team_days, items=tuple(items), candidates=tuple(pool), load=load,
        patrols=tuple(patrol_tasks(cells, desk)), hot=hot,
    )  # fmt: skip


def _desk(inputs: Inputs) -> tuple[Desk, Workdays]:
    settings = inputs.settings
    workdays = workdays_of(settings)
    days = workdays.week(inputs.monday)[: settings.plan.days]
    if not days:
        raise WeekError("no_workdays", week=inputs.round_id)
    names = department_names(inputs.knowledge)
    lead = names.get(settings.bureau.lead_department, settings.bureau.lead_department)
    return Desk(settings=settings, tables=inputs.tables, days=days, lead=lead), workdays


def _horizon(desk: Desk) -> dt.date:
    return desk.days[-1] + dt.timedelta(days=desk.settings.plan.lookahead_days)


def _candidates(inputs: Inputs, already_due: set[str]) -> list[Candidate]:
    settings, known = inputs.settings, inputs.knowledge
    placed = known.objects[known.objects["lon"].notna()]["id"]
    own = {**settings.caps}
    own.setdefault("cooldown_days", settings.draw.cooldown_days)
    made = [frame for frame in (known.visits, inputs.unreported) if len(frame)] or [known.visits]
    visits = pd.concat(made, ignore_index=True)
    return candidates(
        known.registers["enterprises"], visits=visits, today=inputs.monday,
        caps=load_caps(own), placed=set(placed), already_due=already_due, tables=inputs.tables,
    )  # fmt: skip


def _mean_service(inputs: Inputs, desk: Desk) -> int:
    """Return mean seconds on site over the enterprises that can be drawn."""
    firms = inputs.knowledge.objects
    shares = firms[(firms["kind"] == "enterprise") & firms["active"]]["industry"].value_counts()
    if shares.empty:
        return desk.service(kind="random", industry=None)
    total = sum(
        desk.service(kind="random", industry=str(industry)) * int(count)
        for industry, count in shares.items()
    )
    return total // int(shares.sum())


def drawn_record(inputs: Inputs, situation: Situation) -> dict[str, Any]:
    """Return the record of the draw: frame, seed, tickets, selection."""
    return draw(
        situation.candidates,
        seed=inputs.seed,
        round_id=inputs.round_id,
        quota=situation.load.split.by_stratum,
        carried=inputs.carried,
        created=inputs.monday.isoformat(),
        redraw_reason=inputs.redraw_reason,
    ).to_json()
