"""Plan the week and put it on record: one JSON document from which every file is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.rows import records
from scheduler.conflicts import conflict_of
from scheduler.crews import check_crews
from scheduler.expert_rules import load_expert_rules
from scheduler.extra_days import OWN_WAY
from scheduler.match import ExpertRule, NoCrew, draw_crews
from scheduler.meetings import as_planned
from scheduler.reliefs import relieved
from scheduler.shifts import is_night
from scheduler.solve import leave_out
from scheduler.verify import PlanRejected, notices, require
from xunge import radar
from xunge.chance import plan_by_chance
from xunge.experts import attending, wanting, with_experts
from xunge.geography import travel_of
from xunge.home_areas import with_areas
from xunge.hot_record import hot_of
from xunge.hours import hours_of
from xunge.knowledge import department_names
from xunge.planning import expert_days_of, legs_of, plan_of, problem_of, team_days_of, timed
from xunge.problem_record import problem_json
from xunge.record_rows import part_of, people_of, visit_rows, zones_by_object
from xunge.requests import Apart, alone, combine, merge, merged_json, share_out, wishes_of
from xunge.road_file import far_of, roads_of
from xunge.tasks import drawn_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scheduler.crews import Crews
    from scheduler.plan import Plan
    from scheduler.problem import Problem, TeamDay
    from xunge.compute import Inputs, Situation
    from xunge.tasks import Task


def planned_record(
    inputs: Inputs,
    situation: Situation,
    playing: Mapping[str, str],
    *,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Return the week on record: visits, routes, crews, what is due, where it is hot.

    Parameters
    ----------
    playing
        Drawn objects after all substitutes, in their order, with the stratum that drew them.

    Raises
    ------
    scheduler.verify.PlanRejected
        If the plan or its crews fail their recheck; nothing is published then.
    """
    # A week that goes on with its recorded draw may meet what has fallen due since: one visit then.
    tasks = merge(
        [*situation.load.due, *_drawn(situation, playing), *situation.patrols], inputs.tables
    )
    tasks, team_days, apart = _combined(tasks, inputs, situation)
    tasks, team_days = _assisted(tasks, team_days, inputs, situation)
    problem, ways, of = problem_of(
        tasks, team_days, situation.stations, inputs.geography,
        week=inputs.round_id, desk=situation.desk,
    )  # fmt: skip
    problem, homes = with_areas(
        problem, of, inputs.knowledge.objects, inputs.geography, monday=inputs.monday,
        desk=situation.desk,
    )  # fmt: skip
    progress("problem")
    chosen = list(playing)
    drawn = frozenset(id_ for id_, task in of.items() if _is_drawn(task))
    wished = {v.id: of[v.id].required for v in problem.visits if not v.meets and of[v.id].required}
    points = [
        *((one.lon, one.lat) for one in situation.stations),
        *((one.lon, one.lat) for one in tasks),
    ]
    plan, problem = plan_of(
        problem, drawn=drawn, desk=situation.desk, progress=progress, wished=wished,
        retimed=lambda eased: timed(
            eased, ways, inputs.geography, points=points, settings=inputs.settings
        ),
    )  # fmt: skip
    plan, chance = plan_by_chance(plan, problem, drawn=drawn, inputs=inputs)
    progress("planned")
    apart += _crowded(of, problem, wished)
    names = _names(inputs)
    wanted = _wanting(of, problem, inputs)
    plan, crews = _crewed(plan, problem, inputs, situation, names=names, wanted=wanted)
    plan = relieved(plan, problem)
    progress("crews")
    require(plan, problem)
    broken = check_crews(
        crews, plan, problem, inspectors=situation.people, experts=situation.experts,
        names=names, min_crew=inputs.settings.plan.min_crew, rest=_rest(inputs),
    )  # fmt: skip
    if broken:
        raise PlanRejected(broken)
    progress("verified")
    served = {of[id_].object for id_ in plan.served() if id_ in drawn}
    drawn_legs = legs_of(plan, problem, ways)
    return {
        **_head(inputs, situation, team_days),
        "companions": [one.to_json() for one in inputs.companions],
        "drawn": chosen,
        "carried": [object_ for object_ in chosen if object_ not in served],
        "visits": visit_rows(
            problem, of, zones=zones_by_object(tasks, inputs),
            experts=attending(plan, problem, crews, wanted=wanted),
        ),
        "merged": merged_json(
            {visit.id: of[visit.id] for visit in problem.visits if not part_of(visit)},
            plan.served(), leg_seconds=situation.load.leg_seconds,
        ),
        "apart": [one.to_json() for one in (*apart, *_unassisted(of, problem))],
        "plan": plan.to_json(),
        "conflict": _conflict(plan, problem),
        "crews": {
            crew.team_day: {
                "inspectors": list(crew.inspectors), "leader": crew.leader,
                "experts": list(crew.experts),
            }
            for crew in crews.crews
        },
        "crew_record": crews.record,
        "night_crew_record": crews.night_record,
        "notices": [
            {"code": n.rule, "team_day": n.team_day, "visit": n.visit, "detail": n.detail}
            for n in notices(plan, problem)
        ] + [{"code": code, "detail": {"about": about}} for code, about in crews.notes],
        "legs": {
            day: [[list(point) for point in leg] for leg in legs]
            for day, legs in drawn_legs.items()
        },
        "straight_pairs": ways.fallback,
        "far_from_roads": far_of(
            [*(one.name for one in situation.stations), *(task.name for task in tasks)], ways
        ),
        "roads": roads_of(inputs.geography.roads),
        "travel": travel_of(inputs.geography, ways, settings=inputs.settings),
        "home_areas": _named_areas(homes, inputs),
        "unguessable": chance,
        "hours": hours_of(plan, problem),
        "problem": problem_json(problem, points=points),
        "hot": hot_of(inputs, situation),
        "risk": situation.risk.to_json(most=inputs.settings.risk.draw_factor),
    }  # fmt: skip


def _drawn(situation: Situation, playing: Mapping[str, str]) -> list[Task]:
    selected = [
        {"id": id_, "stratum": stratum, "kind": "key" if stratum == "certainty" else "random"}
        for id_, stratum in playing.items()
    ]
    return drawn_tasks(selected, situation.places, situation.desk)


def _is_drawn(task: Task) -> bool:
    return any(reason["code"] == "drawn" for reason in task.why)


def _combined(
    tasks: list[Task], inputs: Inputs, situation: Situation
) -> tuple[list[Task], tuple[TeamDay, ...], list[Apart]]:
    """Return the tasks with everyone who wants to come and in which car, and teams for them."""
    names = department_names(inputs.knowledge)
    both = combine(tasks, wishes_of(inputs.knowledge, inputs.companions, names))
    team_days = situation.team_days
    if both != tasks:
        team_days = team_days_of(
            inputs.knowledge, situation.people, situation.stations, tasks=both, desk=situation.desk
        )
    if not any(is_night(day) for day in team_days) and any(task.night for task in tasks):
        tasks = merge(
            [situation.desk.daylight(task) if task.night else task for task in tasks],
            inputs.tables,
        )
        return _combined(tasks, inputs, situation)
    shared, apart = share_out(both, tasks, team_days, desk=situation.desk)
    return shared, team_days, apart


def _assisted(
    tasks: list[Task], team_days: tuple[TeamDay, ...], inputs: Inputs, situation: Situation
) -> tuple[list[Task], tuple[TeamDay, ...]]:
    """Return the tasks to which experts come by themselves, and team-days for them."""
    settings = inputs.settings
    found, experts = with_experts(
        tasks, situation.experts, names=_names(inputs), seed=inputs.seed, round_id=inputs.round_id,
        rules=load_expert_rules(settings.experts, tables=inputs.tables),
        most=settings.plan.expert_visits, digest=settings.draw.digest,
    )  # fmt: skip
    days = expert_days_of(experts, team_days, situation.stations, desk=situation.desk)
    return found, (*team_days, *days)


def _wanting(tasks: Mapping[str, Task], problem: Problem, inputs: Inputs) -> frozenset[str]:
    """Return ids of the visits that want an expert and to which none comes by himself."""
    rules = load_expert_rules(inputs.settings.experts, tables=inputs.tables)
    wanted = {id(task) for task in wanting(list(tasks.values()), rules)}
    met = {visit.meets for visit in problem.visits if visit.assists}
    return frozenset(
        visit.id for visit in problem.visits
        if id(tasks[visit.id]) in wanted and not visit.assists
        and not (visit.meets and visit.meets in met)
    )  # fmt: skip


def _crowded(
    tasks: dict[str, Task], problem: Problem, wished: Mapping[str, frozenset[str]]
) -> list[Apart]:
    """Take those off *tasks* for whom there was no time at visits to which they wished to come."""
    found = []
    for visit in problem.visits:
        if visit.id in wished and visit.departments == wished[visit.id]:
            task = tasks[visit.id]
            others = tuple(sorted(task.departments - visit.departments))
            found.append(Apart(object=task.object, name=task.name, code="apart_time",
                               departments=others))  # fmt: skip
            tasks[visit.id] = alone(task)
    return found


def _unassisted(tasks: Mapping[str, Task], problem: Problem) -> list[Apart]:
    """Return the visits that are made without the expert who was to come."""
    planned = {visit.id for visit in problem.visits}
    return [
        Apart(object=task.object, name=task.name, code="apart_expert")
        for id_, task in tasks.items()
        if id_ not in planned
    ]


def _named_areas(homes: Mapping[int, Sequence[str]], inputs: Inputs) -> dict[str, list[str]]:
    names = inputs.knowledge.area_names()
    return {str(team): [names.get(code, code) for code in area] for team, area in homes.items()}


def _rest(inputs: Inputs) -> int:
    return inputs.settings.night.rest_hours * 3600


def _crewed(
    plan: Plan,
    problem: Problem,
    inputs: Inputs,
    situation: Situation,
    *,
    names: Mapping[str, Sequence[str]],
    wanted: frozenset[str],
) -> tuple[Plan, Crews]:
    """Draw the crews; visits for which nobody may go are taken off the plan, with the reason.

    A joint visit goes as a whole. Experts ride along to the visits that are *wanted* so.
    """
    settings = inputs.settings.plan
    visits = {visit.id: visit for visit in problem.visits}
    skills = frozenset[str]().union(*(visits[id_].specialities for id_ in wanted))
    while True:
        try:
            return plan, draw_crews(
                plan,
                problem,
                inspectors=situation.people,
                experts=situation.experts,
                seed=inputs.seed,
                round_id=inputs.round_id,
                lead_department=situation.desk.lead,
                names=names,
                expert_rule=ExpertRule(specialities=skills, visits=wanted),
                rest=_rest(inputs),
                min_crew=settings.min_crew,
                max_days=settings.max_days_per_inspector,
                digest=inputs.settings.draw.digest,
            )
        except NoCrew as error:
            met = {visits[id_].meets for id_ in error.visits} - {""}
            lost = [v.id for v in problem.visits if v.id in error.visits or v.meets in met]
            plan = leave_out(plan, problem, visits=lost, reason="no_crew", detail=error.detail())


def _conflict(plan: Plan, problem: Problem) -> dict[str, Any] | None:
    """Return the smallest set of mandatory visits that cannot all be made, if there is one."""
    # For want of a crew a visit is left out of days that have room for it.
    lost = [left.visit for left in plan.left if left.reason != "no_crew"]
    found = conflict_of(problem, sequences=as_planned(plan, problem), lost=lost)
    return None if found is None else found.to_json()


def _names(inputs: Inputs) -> dict[str, list[str]]:
    """Return the words by which an avoidance list may call an object, by id."""
    return {
        row["id"]: [word for word in (row["name"], row["credit_code"]) if word]
        for row in records(inputs.knowledge.registers["enterprises"])
    }


def _head(inputs: Inputs, situation: Situation, team_days: Sequence[TeamDay]) -> dict[str, Any]:
    known = inputs.knowledge
    return {
        "version": 1,
        "round": inputs.round_id,
        "week": inputs.round_id.partition(".")[0],
        "number": inputs.number,
        "redraw_reason": inputs.redraw_reason,
        "monday": inputs.monday.isoformat(),
        "days": [day.isoformat() for day in situation.desk.days],
        "as_of": known.day.isoformat(),
        "area": inputs.settings.bureau.name,
        "seed": inputs.seed,
        "depots": [
            {"id": s.id, "name": s.name, "lon": round(s.lon, 6), "lat": round(s.lat, 6)}
            for s in situation.stations
        ],
        "vehicles": {
            **{row["id"]: row["plate"] for row in records(known.registers["vehicles"])},
            **{day.vehicle: "" for day in team_days if day.vehicle.startswith(OWN_WAY)},
        },
        "people": people_of(inputs),
        "team_days": [
            {
                "id": day.id, "team": day.team, "day": day.day.isoformat(), "depot": day.depot,
                "vehicle": day.vehicle, "seats": day.seats, "start": day.start, "end": day.end,
                "lunch": list(day.lunch), "departments": sorted(day.departments),
                "specialities": sorted(day.specialities), "night": is_night(day),
                "expert": day.expert, "finish": day.finish, "open_end": day.open_end,
            }
            for day in team_days
        ],
        "due": [item.to_json() for item in situation.items],
        "radar": radar.on_record(known, today=inputs.monday, settings=inputs.settings),
        "conflicts": [one.to_json() for one in situation.conflicts],
        "quota": situation.load.quota.to_json(),
        "split": situation.load.split.to_json(),
        "leg_seconds": situation.load.leg_seconds,
        "calendar_unknown": list(situation.workdays.unknown_years),
        "later_events": known.later,
        "levels": {
            str(level): int(count)
            for level, count in known.objects["level"].fillna("none").value_counts().items()
        },
        "unplaced": sorted(known.objects[known.objects["lon"].isna()]["id"]),
    }  # fmt: skip
