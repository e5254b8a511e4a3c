"""The pure steps between knowing and publishing: assess the week, draw, plan, put on record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler import revisit
from scheduler.candidates import frame_json, ordered
from scheduler.conditions import load_conditions, promotions
from scheduler.disclosure import speakable
from scheduler.draw import commit, draw
from scheduler.eligible import Rules, candidates, deadlines
from scheduler.needs import conflicts
from scheduler.periods import load_periods, period_promotions
from scheduler.shifts import is_night
from scheduler.zone_rules import load_zone_rules, zone_promotions
from xunge.due import caps_of, floor_needs, outstanding, past_of, workdays_of
from xunge.evidence import Hot, hotspots, patrol_cells
from xunge.geography import cells_inside
from xunge.knowledge import (
    department_names,
    experts,
    inspectors,
    renamed_departments,
)
from xunge.planning import Station, stations_of, team_days_of
from xunge.requests import merge
from xunge.risk import assess_risk
from xunge.rounds import WeekError, round_name
from xunge.tasks import Desk, Task, due_tasks, joint_tasks, patrol_tasks, placed
from xunge.workload import Workload, typical_leg, workload
from xunge.zone_layers import inside, kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from layers.codes import CodeTable
    from scheduler.draw import Candidate
    from scheduler.due_items import DueItem
    from scheduler.needs import Conflict, Need
    from scheduler.past import Past
    from scheduler.problem import Inspector, TeamDay
    from scheduler.terms import Party, PublicNumber
    from scheduler.workdays import Workdays
    from xunge.companions import Companion
    from xunge.config import Settings
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge
    from xunge.risk import Risk

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
    companions: tuple[Companion, ...] = ()

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
    conflicts: tuple[Conflict, ...]
    candidates: tuple[Candidate, ...]
    load: Workload
    patrols: tuple[Task, ...]
    hot: Hot
    risk: Risk


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
    risk = assess_risk(
        known, crs=inputs.geography.crs, today=today, settings=inputs.settings.risk,
        tables=inputs.tables,
    )  # fmt: skip
    progress("risk")
    past = past_of(known, today=today, settings=inputs.settings, tables=inputs.tables,
                   planned=inputs.unreported)  # fmt: skip
    floored = floor_needs(
        known, past=past, workdays=workdays, settings=inputs.settings, tables=inputs.tables
    )
    items = outstanding(
        known, today=today, workdays=workdays, settings=inputs.settings, floored=floored
    )
    progress("due")
    sites = renamed_departments(known.sites, names)
    places = placed(known.objects)
    found = merge(
        [
            *due_tasks(
                revisit.due_by(items, last=_horizon(desk)), places, desk, night=_by_night(known)
            ),
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
    rules = _rules(inputs, past, floored, risk, days=desk.days)
    # Leaving out whoever is visited for a report alone would tell, once the frame is public, that
    # there was one. If such an enterprise is drawn as well, both become one visit.
    openly = {
        task.object for task in found if any(reason["code"] != "report" for reason in task.why)
    }
    pool = _candidates(inputs, past, rules, openly)
    ends = deadlines(pool, rules=rules, today=today)
    load = workload(
        sorted(found, key=lambda t: (-t.urgency, t.object)), drawing(team_days, desk),
        leg_seconds=typical_leg(known.objects, stations, inputs.geography,
                                visits=_USUAL_VISITS, desk=desk),
        mean_service=_mean_service(inputs, desk), desk=desk,
        certain=[workdays.weeks_until(today, end) for end in ends.values()],
    )  # fmt: skip
    cells = patrol_cells(
        hot, grid=inputs.geography.grid, objects=known.objects,
        roads=inputs.geography.road_lines, count=inputs.settings.hotspots.patrols,
    )  # fmt: skip
    towns = known.area_names()
    cells = cells.assign(town=[towns.get(code or "", code) for code in cells["town"]])
    return Situation(
        desk=desk, workdays=workdays, people=people, experts=experts(known), places=places,
        stations=stations,
        team_days=team_days, items=tuple(items), conflicts=conflicts(floored),
        candidates=tuple(speakable(pool)), load=load,
        patrols=tuple(patrol_tasks(cells, desk)), hot=hot,
        risk=risk,
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


def _by_night(known: Knowledge) -> frozenset[str]:
    """Return ids of the reports about what goes on by night."""
    reports = known.registers["reports"]
    return frozenset(row["id"] for row in records(reports) if row["night"] is True)


def drawing(team_days: Sequence[TeamDay], desk: Desk) -> list[TeamDay]:
    """Return the team-days that can make what is drawn: those of the lead department by day."""
    return [
        day for day in team_days
        if not day.expert and (not day.departments or desk.lead in day.departments)
        and not is_night(day)
    ]  # fmt: skip


def _horizon(desk: Desk) -> dt.date:
    return desk.days[-1] + dt.timedelta(days=desk.settings.plan.lookahead_days)


def _rules(
    inputs: Inputs, past: Past, floored: Sequence[Need], risk: Risk, *, days: tuple[dt.date, ...]
) -> Rules:
    settings, known = inputs.settings, inputs.knowledge
    caps = caps_of(settings)
    found = promotions(
        known.registers["enterprises"], orders=known.orders, reports=known.reports, past=past,
        coverage_kinds=caps.coverage_kinds,
        conditions=load_conditions(settings.conditions, tables=inputs.tables),
    )  # fmt: skip
    ground = inputs.geography
    firms = known.objects[known.objects["kind"] == "enterprise"]
    industries = dict(zip(firms["id"], firms["industry"], strict=True))
    zones = zone_promotions(
        kinds_of(inside(firms, ground.zones, crs=ground.crs), ground.zones), today=past.today,
        industries=industries, rules=load_zone_rules(settings.zones, tables=inputs.tables),
    )  # fmt: skip
    periods = period_promotions(
        industries, periods=load_periods(settings.periods, tables=inputs.tables), days=days
    )
    # Of two equal factors the one that everyone may read is told: it goes first.
    found = {
        id_: [*zones.get(id_, ()), *periods.get(id_, ()), *found.get(id_, ())]
        for id_ in {**zones, **periods, **found}
    }
    return Rules(
        caps=caps, needs=tuple(need for need in floored if need.missing and not need.held),
        promotions=found, after_visit=settings.draw.after_visit, factors=risk.factors,
    )  # fmt: skip


def _candidates(inputs: Inputs, past: Past, rules: Rules, already_due: set[str]) -> list[Candidate]:
    """Return the frame of the draw.

    Raises
    ------
    WeekError
        ``unknown_excluded``: the settings leave out what is not in the register.
    """
    known, excluded = inputs.knowledge, inputs.settings.excluded
    register = known.registers["enterprises"]
    unknown = sorted(set(excluded) - set(register["id"]))
    if unknown:
        raise WeekError("unknown_excluded", ids=unknown)
    placed = known.objects[known.objects["lon"].notna()]["id"]
    return candidates(
        register, past=past, rules=rules, placed=set(placed), already_due=already_due,
        excluded=excluded, tables=inputs.tables,
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
    """Return the record of a direct draw: frame, seed, tickets, selection."""
    return draw(situation.candidates, seed=inputs.seed, **_terms(inputs, situation)).to_json()


def committed_record(
    inputs: Inputs, situation: Situation, *, parties: Sequence[Party], public: PublicNumber
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record of a commitment, and the frame that stays sealed until the opening.

    Raises
    ------
    scheduler.terms.TermsError
    """
    terms = commit(
        situation.candidates, parties=parties, public=public, **_terms(inputs, situation)
    )
    return terms.commit_record(), frame_json(ordered(situation.candidates))


def _terms(inputs: Inputs, situation: Situation) -> dict[str, Any]:
    settings = inputs.settings.draw
    return {
        "round_id": inputs.round_id, "quota": situation.load.split.by_stratum,
        "carried": inputs.carried, "department": situation.desk.lead,
        "created": inputs.monday.isoformat(), "redraw_reason": inputs.redraw_reason,
        "permanent": settings.permanent, "digest": settings.digest,
    }  # fmt: skip
