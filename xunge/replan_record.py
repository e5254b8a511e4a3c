"""The record of a week that was planned again: what stayed, what is new, and every change."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geo.zones import zones_of
from layers.rows import records
from scheduler import solve
from scheduler.crews import Crew, Crews
from scheduler.expert_rules import load_expert_rules, wish_for
from scheduler.match import ExpertRule
from scheduler.plan import Unserved
from scheduler.reliefs import relieved
from scheduler.verify import notices
from xunge.experts import attending, wanting
from xunge.geography import travel_of
from xunge.hours import hours_of
from xunge.planning import legs_of
from xunge.problem_record import problem_json
from xunge.record import _conflict, _names
from xunge.replan_crews import Roster
from xunge.rounds import revision_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.travel import Travel
    from scheduler.plan import Plan
    from scheduler.problem import Inspector, Problem
    from scheduler.replan import Change, Replanned
    from xunge.compute import Inputs
    from xunge.replan_crews import NewCrews
    from xunge.replan_request import Away, Request
    from xunge.replan_urgent import Urgent
    from xunge.rounds import Round
    from xunge.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """All that a new record is made of."""

    before: Mapping[str, Any]
    current: Round
    as_of: dt.date
    request: Request
    absent: Sequence[Away]
    cars: Sequence[Away]
    spare: Mapping[str, str]
    urgent: Urgent
    problem: Problem
    points: Sequence[tuple[float, float]]
    done: Replanned
    crews: NewCrews
    ways: Travel
    lost: frozenset[str]
    inputs: Inputs

    @property
    def revision(self) -> int:
        """Number of this plan of the week."""
        return revision_of(self.before) + 1

    @property
    def cancelled(self) -> tuple[Change, ...]:
        """Visits that were taken off."""
        return self.done.of_kind("cancelled")


def roster_of(
    before: Mapping[str, Any],
    inputs: Inputs,
    done: Replanned,
    *,
    urgent: Urgent,
    people: Sequence[Inspector],
    helpers: Sequence[Inspector],
    revision: int,
) -> Roster:
    """Return who can go, and who went so far."""
    days = {day["id"]: dt.date.fromisoformat(day["day"]) for day in before["team_days"]}
    runs = {day.id for day in done.open_problem.team_days}
    lead = inputs.settings.bureau.lead_department
    departments = inputs.knowledge.registers["departments"]
    named = {
        word: row["name"]
        for row in records(departments)
        for word in (row["id"], row["short_name"], row["name"])
        if word
    }
    wanted = wanting_again(before, inputs, urgent)
    skills = (one.specialities for one in done.open_problem.visits if one.id in wanted)
    return Roster(
        people=people, experts=helpers,
        before={
            id_: Crew(team_day=id_, inspectors=tuple(crew["inspectors"]), leader=crew["leader"],
                      experts=tuple(crew["experts"]))
            for id_, crew in before["crews"].items()
        },
        over={
            route.team_day: days[route.team_day]
            for route in done.plan.routes if route.team_day not in runs
        },
        names=_names(inputs), seed=before["seed"], round_id=f"{before['round']}~{revision}",
        lead=named.get(lead, lead), min_crew=inputs.settings.plan.min_crew,
        max_days=inputs.settings.plan.max_days_per_inspector,
        rest=inputs.settings.night.rest_hours * 3600, digest=inputs.settings.draw.digest,
        expert_rule=ExpertRule(specialities=frozenset[str]().union(*skills), visits=wanted),
    )  # fmt: skip


def wanting_again(before: Mapping[str, Any], inputs: Inputs, urgent: Urgent) -> frozenset[str]:
    """Return ids of the visits that want an expert and to which none comes by himself.

    By the rules and the register of the first draw, for visits of the week and urgent ones alike.
    """
    rules = load_expert_rules(inputs.settings.experts, tables=inputs.tables)
    objects = inputs.knowledge.objects
    trade = dict(zip(objects["id"], objects["industry"].fillna(""), strict=True))
    met = {row["meets"] for row in before["visits"] if row.get("assists")}
    known = frozenset(
        row["id"] for row in before["visits"]
        if (row["mandatory"] or row["id"] in urgent.wanted) and row["specialities"]
        and not row.get("night") and not row.get("assists")
        and not (row.get("meets") and row["meets"] in met)
        and wish_for(rules, kind=row["kind"], industry=trade.get(row["object"], ""))
    )  # fmt: skip
    fresh = {id(task) for task in wanting(list(urgent.tasks.values()), rules)}
    return known | {id_ for id_, task in urgent.tasks.items() if id(task) in fresh}


def again_record(again: Again) -> dict[str, Any]:
    """Return the record of the week as it is planned now."""
    before, done = again.before, again.done
    plan = _whole(again)
    served = plan.served()
    playing = list(again.current.bench.playing)
    base = _base(again)
    attended = _attended(again)
    visits = [
        *({**_marked(row, again), **attended.get(row["id"], {})} for row in before["visits"]),
        *({**row, **attended.get(row["id"], {})} for row in _new_visits(again)),
    ]
    objects = {visit["object"] for visit in visits if visit["id"] in served}
    runs = {day.id for day in again.problem.team_days}
    return {
        **before,
        "team_days": [
            {**day, "lost": day["id"] in again.lost or day["id"] not in runs,
             "vehicle": again.spare.get(day["id"], day["vehicle"])}
            for day in before["team_days"]
        ],
        "drawn": playing,
        "carried": [object_ for object_ in playing if object_ not in objects],
        "visits": visits,
        "due": [*before["due"], *_new_items(again)],
        "plan": plan.to_json(),
        "conflict": _conflict(done.open_plan, done.open_problem),
        "crews": _crews(again),
        "crew_redraws": [*before.get("crew_redraws", ()), *again.crews.records],
        "notices": _notices(again),
        "legs": _legs(again),
        "travel": travel_of(
            again.inputs.geography, again.ways, settings=again.inputs.settings
        ),
        "problem": problem_json(base, points=again.points),
        "hours": hours_of(plan, base),
        "vehicles": before["vehicles"],
        "replan": _told(again),
    }  # fmt: skip


def _attended(again: Again) -> dict[str, dict[str, list[str]]]:
    """Return the experts at each visit that is still open, as part of its row."""
    done = again.done
    there = attending(
        done.open_plan, done.open_problem, Crews(crews=again.crews.crews, record={}),
        wanted=wanting_again(again.before, again.inputs, again.urgent),
    )  # fmt: skip
    return {
        one.id: {"experts": list(there.get(one.id, ()))} for one in done.open_problem.visits
    }  # fmt: skip


def _whole(again: Again) -> Plan:
    """Return the plan of the whole week with reliefs, and what was cancelled."""
    done = again.done
    open_plan = relieved(done.open_plan, done.open_problem)
    cancelled = tuple(
        Unserved(visit=one.visit, reason="cancelled", detail={}) for one in again.cancelled
    )
    old = {one["visit"]: one for one in again.before["plan"]["unserved"]}
    earlier = tuple(
        Unserved(visit=id_, reason="cancelled", detail={})
        for id_, one in old.items() if one["reason"] == "cancelled"
    )  # fmt: skip
    return replace(
        done.plan, left=(*open_plan.left, *cancelled, *earlier),
        objective=solve.objective(_base(again), done.plan.routes), bound=None,
    )  # fmt: skip


def _base(again: Again) -> Problem:
    """Return the problem of the whole week without what is cancelled or does not run."""
    gone = {one.visit for one in again.cancelled}
    made = {route.team_day for route in again.done.plan.routes}
    wanted = again.urgent.wanted
    return again.problem.replace(
        visits=tuple(
            replace(one, mandatory=True, prize=0) if one.id in wanted else one
            for one in (*again.problem.visits, *again.urgent.visits) if one.id not in gone
        ),
        team_days=tuple(
            day for day in again.problem.team_days if day.id not in again.lost or day.id in made
        ),
    )  # fmt: skip


def _marked(visit: Mapping[str, Any], again: Again) -> dict[str, Any]:
    """Return a visit of the record with the sentence of where it stood before this change."""
    why = [reason for reason in visit["why"] if reason["code"] not in ("moved", "retimed")]
    if visit["id"] in again.urgent.wanted:
        why.insert(0, {"code": "urgent", "day": again.as_of.isoformat()})
    days = {day["id"]: day for day in again.before["team_days"]}
    for change in again.done.of_kind("moved", "displaced", "retimed"):
        if change.visit == visit["id"] and change.before is not None:
            day = days[change.before.team_day]
            code = "retimed" if change.kind == "retimed" else "moved"
            minutes = change.before.start // 60
            why.append({"code": code, "day": day["day"], "team": day["team"],
                        "start": f"{minutes // 60:02d}:{minutes % 60:02d}"})  # fmt: skip
    mandatory = visit["mandatory"] or visit["id"] in again.urgent.wanted
    return {**visit, "why": why, "mandatory": mandatory}


def _new_visits(again: Again) -> list[dict[str, Any]]:
    tasks = again.urgent.tasks
    zones = again.inputs.geography.zones
    names = dict(zip(zones["id"].astype(str), zones["name"].astype(str), strict=True))
    if not tasks:
        return []
    found = zones_of(
        [one.lon for one in tasks.values()], [one.lat for one in tasks.values()], zones,
        crs=again.inputs.geography.crs,
    )  # fmt: skip
    return [
        _visit(id_, one, [names[zone] for zone in inside])
        for (id_, one), inside in zip(tasks.items(), found, strict=True)
    ]


def _visit(id_: str, task: Task, zones: Sequence[str]) -> dict[str, Any]:
    return {
        "id": id_, "object": task.object, "kind": task.kind, "name": task.name,
        "lon": round(task.lon, 6), "lat": round(task.lat, 6), "service": task.service,
        "window": list(task.window), "departments": sorted(task.departments),
        "specialities": sorted(task.specialities), "mandatory": True,
        "due": None if task.due is None else task.due.isoformat(),
        "why": [dict(reason) for reason in task.why], "refs": list(task.refs),
        "settles": [
            {"kind": reason["code"], "subject": reason["subject"]}
            for reason in task.why if "subject" in reason
        ],
        "zones": list(zones),
    }  # fmt: skip


def _new_items(again: Again) -> list[dict[str, Any]]:
    known = {item["id"] for item in again.before["due"]}
    return [one.to_json() for one in again.urgent.items if one.id not in known]


def _crews(again: Again) -> dict[str, Any]:
    drawn = {
        crew.team_day: {"inspectors": list(crew.inspectors), "leader": crew.leader,
                        "experts": list(crew.experts)}
        for crew in again.crews.crews
    }  # fmt: skip
    routes = {route.team_day for route in again.done.plan.routes}
    over = {id_: crew for id_, crew in again.before["crews"].items() if id_ in routes}
    return {**over, **drawn}


def _notices(again: Again) -> list[dict[str, Any]]:
    done = again.done
    runs = {day.id for day in done.open_problem.team_days}
    kept = [
        one for one in again.before["notices"]
        if one.get("team_day") and one["team_day"] not in runs
        and any(route.team_day == one["team_day"] for route in done.plan.routes)
    ]  # fmt: skip
    fresh = [
        {"code": one.rule, "team_day": one.team_day, "visit": one.visit, "detail": one.detail}
        for one in notices(done.open_plan, done.open_problem)
    ]
    told = [{"code": code, "detail": {"about": about}} for code, about in again.crews.notes]
    return [*kept, *fresh, *told]


def _legs(again: Again) -> dict[str, Any]:
    """Return the lines of the routes: of unchanged ones those that were drawn before."""
    old = {route["team_day"]: [stop["visit"] for stop in route["stops"]]
           for route in again.before["plan"]["routes"]}  # fmt: skip
    changed = tuple(
        route for route in again.done.plan.routes
        if [stop.visit for stop in route.stops] != old.get(route.team_day)
    )  # fmt: skip
    fresh = legs_of(
        replace(again.done.plan, routes=changed),
        again.problem.replace(visits=(*again.problem.visits, *again.urgent.visits)), again.ways,
    )  # fmt: skip
    lines = {day: [[list(point) for point in leg] for leg in legs] for day, legs in fresh.items()}
    kept = {route.team_day for route in again.done.plan.routes} - set(lines)
    return {**{id_: again.before["legs"][id_] for id_ in sorted(kept)}, **lines}


def _told(again: Again) -> dict[str, Any]:
    """Return what happened and what was done about it."""
    done = again.done
    return {
        "revision": again.revision,
        "as_of": again.as_of.isoformat(),
        "reason": again.request.reason,
        "causes": {
            "cars": [one.to_json() for one in again.cars],
            "absent": [one.to_json() for one in again.absent],
            "urgent": [one.object for one in again.urgent.visits],
            "wanted": sorted(again.urgent.wanted),
            "cancelled": [one.visit for one in again.cancelled],
            "lost": sorted(again.lost),
        },
        "spare_cars": dict(again.spare),
        "changes": [one.to_json() for one in done.changes],
        "counts": dict(Counter(one.kind for one in done.changes)),
        "surviving": done.surviving,
        "moved_share": round(done.moved_share, 5),
        "cost": done.cost,
        "free_cost": done.free_cost,
        "free_moved": done.free_moved,
        "crews_drawn": list(again.crews.drawn),
        "earlier": [
            *again.before.get("replan", {}).get("earlier", ()),
            *([_past(again.before["replan"])] if "replan" in again.before else ()),
        ],
    }


def _past(replan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: replan[name] for name in ("revision", "as_of", "reason", "counts")}
