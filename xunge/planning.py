"""From tasks to a checked plan with crews: stations, problem, routes, people, roads to draw."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layers.rows import records
from scheduler import solve
from scheduler.extra_days import NightSettings, expert_days, night_days
from scheduler.problem import DAY_SECONDS, Depot, Problem
from scheduler.teams import Need, TeamSettings, Vehicle, build_team_days
from scheduler.traffic import load_traffic, with_traffic
from scheduler.workers import WorkersError, hire
from xunge.geography import towns_of, travel_between
from xunge.knowledge import department_names
from xunge.sections import seconds
from xunge.tasks import Task, as_visits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd

    from geo.travel import Travel
    from scheduler.plan import Plan
    from scheduler.problem import Inspector, TeamDay, Visit
    from scheduler.workers import Workers
    from xunge.config import Settings
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge
    from xunge.sections import Planning
    from xunge.tasks import Desk

Line = list[tuple[float, float]]
_DECIMALS = 5
_USUAL_SEATS = 5
_LATE_PLANS = 3  # times that less is asked of what is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station with its place, WGS-84."""

    id: str
    name: str
    lon: float
    lat: float


def stations_of(register: pd.DataFrame) -> tuple[Station, ...]:
    """Return the stations that could be placed."""
    return tuple(
        Station(id=row["id"], name=row["name"], lon=row["placed_lon"], lat=row["placed_lat"])
        for row in records(register[register["placed_lon"].notna()])
    )


def team_days_of(
    knowledge: Knowledge,
    people: Sequence[Inspector],
    stations: Sequence[Station],
    *,
    tasks: Sequence[Task],
    desk: Desk,
) -> tuple[TeamDay, ...]:
    """Return the team-days of the week: cars, hours, and what their crews will be able to do.

    A car of a station that is not known or not on the map does not run.
    What the draw will need is not known yet; every speciality that an active enterprise asks for
    is needed of the lead department.
    """
    plan = desk.settings.plan
    cars = _vehicles(knowledge, stations)
    by_day = [task for task in tasks if not task.night]
    team_days = build_team_days(
        days=desk.days,
        vehicles=cars,
        inspectors=people,
        needs=_needs(knowledge.objects, by_day, desk),
        lead_department=desk.lead,
        settings=TeamSettings(
            start=seconds(plan.work_start), end=seconds(plan.work_end), lunch=_lunch(desk),
            max_teams=plan.teams or _most_teams(people, desk), min_crew=plan.min_crew,
            max_crew=plan.max_crew, max_visits=plan.max_visits_per_day, joint=plan.joint_mode,
        ),
    )  # fmt: skip
    skills = Counter(skill for task in tasks if task.night for skill in task.specialities)
    return (*team_days, *_night_days(team_days, cars, people, desk, skills=skills))


def _vehicles(knowledge: Knowledge, stations: Sequence[Station]) -> list[Vehicle]:
    names = department_names(knowledge)
    placed = {station.id for station in stations}
    return [
        Vehicle(id=row["id"], depot=row["station"], seats=row["seats"] or _USUAL_SEATS,
                unavailable=row["unavailable"],
                department=names.get(row["department"] or "", row["department"] or ""))
        for row in records(knowledge.registers["vehicles"])
        if row["station"] in placed
    ]  # fmt: skip


def _lunch(desk: Desk) -> tuple[int, int, int]:
    plan = desk.settings.plan
    return seconds(plan.lunch_earliest), seconds(plan.lunch_latest), plan.lunch_minutes * 60


def _night_days(
    team_days: Sequence[TeamDay],
    cars: Sequence[Vehicle],
    people: Sequence[Inspector],
    desk: Desk,
    *,
    skills: Counter[str],
) -> tuple[TeamDay, ...]:
    night = desk.settings.night
    start, end = night.hours
    return night_days(
        team_days, nights=desk.nights, inspectors=people, lead_department=desk.lead,
        vehicles=[car for car in cars if car.department in ("", desk.lead)],
        specialities=sorted(skills, key=lambda skill: (-skills[skill], skill)),
        settings=NightSettings(
            start=start, end=end, teams=night.teams, rest=night.rest_hours * 3600,
            first_team=1 + max((day.team for day in team_days), default=0),
            min_crew=desk.settings.plan.min_crew, max_visits=desk.settings.plan.max_visits_per_day,
        ),
    )  # fmt: skip


def expert_days_of(
    experts: Sequence[Inspector],
    team_days: Sequence[TeamDay],
    stations: Sequence[Station],
    *,
    desk: Desk,
) -> tuple[TeamDay, ...]:
    """Return the team-days of experts who come by themselves, numbered after all teams."""
    plan = desk.settings.plan
    return expert_days(
        experts, days=desk.days, depot=stations[0].id,
        hours=(seconds(plan.work_start), seconds(plan.work_end)), lunch=_lunch(desk),
        first_team=1 + max((day.team for day in team_days), default=0),
        max_visits=plan.max_visits_per_day,
    )  # fmt: skip


def _most_teams(people: Sequence[Inspector], desk: Desk) -> int:
    """Return how many teams a day the lead department can man all week long."""
    plan = desk.settings.plan
    officers = [one for one in people if one.department == desk.lead and one.may_inspect]
    days = sum(one.available(day) and one.certified(day) for one in officers for day in desk.days)
    most = min(days, plan.max_days_per_inspector * len(officers))
    return max(1, most // (plan.min_crew * len(desk.days)))


def _needs(objects: pd.DataFrame, tasks: Sequence[Task], desk: Desk) -> tuple[Need, ...]:
    counts: Counter[tuple[frozenset[str], frozenset[str]]] = Counter(
        (task.departments, task.specialities) for task in tasks
    )
    firms = objects[(objects["kind"] == "enterprise") & objects["active"]]
    for industry, count in firms["industry"].value_counts().items():
        wanted = desk.speciality(str(industry))
        if wanted:
            # One in fifty firms a week is about what a county draws.
            counts[frozenset([desk.lead]), wanted] += -(-int(count) // 50)
    found = [
        Need(departments=departments, specialities=specialities, visits=count)
        for (departments, specialities), count in counts.items()
    ]
    return tuple(
        sorted(found, key=lambda n: (-n.visits, sorted(n.departments), sorted(n.specialities)))
    )


def problem_of(
    tasks: Sequence[Task],
    team_days: Sequence[TeamDay],
    stations: Sequence[Station],
    geography: Geography,
    *,
    week: str,
    desk: Desk,
) -> tuple[Problem, Travel, dict[str, Task]]:
    """Return the planning problem of the week, the travel behind its matrices, and its tasks.

    Places are the stations, then the tasks, in order; tasks are named by the id of their visit,
    of a joint visit every part.
    """
    points = [(s.lon, s.lat) for s in stations] + [(t.lon, t.lat) for t in tasks]
    lon, lat = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    ways = travel_between(lon, lat, geography, settings=desk.settings)
    visits = as_visits(tasks, week=week, first_place=len(stations), desk=desk)
    bare = Problem(
        visits=tuple(visit for _, visit in visits),
        team_days=tuple(team_days),
        depots=tuple(
            Depot(id=station.id, name=station.name, place=number)
            for number, station in enumerate(stations)
        ),
        seconds=ways.seconds,
        metres=ways.metres,
        spread=round(1000 * desk.settings.plan.hours_spread) or None,
    )
    problem = timed(bare, ways, geography, points=points, settings=desk.settings)
    return problem, ways, {visit.id: task for task, visit in visits}


def timed(
    problem: Problem,
    ways: Travel,
    geography: Geography,
    *,
    points: Sequence[tuple[float, float]],
    settings: Settings,
) -> Problem:
    """Return the problem with the matrices of *ways* and the hours of the settings put into them.

    *points* are longitude and latitude of its places. Wherever the travel times of a week are
    needed again, this makes the same of the same problem.
    """
    hours = load_traffic(settings.traffic)
    plan, night = settings.plan, settings.night
    shifts = [(seconds(plan.work_start), seconds(plan.work_end))]
    shifts += [night.hours] if night.weekdays else []
    return with_traffic(
        problem.replace(metres=ways.metres), hours, seconds=ways.seconds, shifts=shifts,
        fixed=settings.places.start_seconds,
        areas=towns_of(geography, points) if any(one.areas for one in hours) else (),
    )  # fmt: skip


def plan_of(
    problem: Problem,
    *,
    drawn: frozenset[str],
    desk: Desk,
    progress: Callable[[str], None],
    wished: Mapping[str, frozenset[str]] | None = None,
    retimed: Callable[[Problem], Problem] = lambda problem: problem,
) -> tuple[Plan, Problem]:
    """Return the week's plan and the problem that it solves.

    Due visits that cannot be made by their day are tried again on any day: late is better than
    not at all, and so is a visit without its expert or without those who merely wish to come. The
    problem returned is then the one without their day limits, experts and departments; what does
    not fit the night may be made by day then. What was planned before is where each further plan
    starts from.

    Parameters
    ----------
    drawn
        Ids of visits that were drawn; they give way by ticket order only, never for being far.
    wished
        Departments that have to come to a visit to which others merely wish to, by its id.
    retimed
        Puts the hours into the travel times again where visits may be made at other hours.
    """
    plan = _plan(problem, drawn=drawn, desk=desk)
    # What is put on a later day may push out what had to be made earlier.
    for _ in range(_LATE_PLANS):
        eased = _eased(problem, plan, desk=desk, wished=wished or {})
        if eased is problem:
            break
        progress("late")
        eased = retimed(eased)
        problem, plan = eased, _plan(eased, drawn=drawn, desk=desk, start=plan)
    return plan, problem


def _eased(
    problem: Problem, plan: Plan, *, desk: Desk, wished: Mapping[str, frozenset[str]]
) -> Problem:
    """Return *problem* with less asked of what *plan* leaves out; itself where nothing is less."""
    lost = {one.visit for one in plan.left}
    dark = desk.settings.night.hours[0] if desk.nights else DAY_SECONDS
    met = {visit.meets for visit in problem.visits if visit.assists and visit.id in lost}
    asked = lost & wished.keys()
    crowded = {v.id for v in problem.visits if v.id in asked and v.departments != wished[v.id]}
    late = {
        visit.id for visit in problem.visits
        if visit.days and visit.id in lost and (visit.mandatory or visit.window[0] < dark)
    }  # fmt: skip
    if not late and not met and not crowded:
        return problem
    eased = without_experts(problem, met)
    visits = [_any_day(one, desk, dark=dark) if one.id in late else one for one in eased.visits]
    return eased.replace(
        visits=tuple(
            replace(one, departments=wished[one.id]) if one.id in crowded else one for one in visits
        )
    )


def _any_day(visit: Visit, desk: Desk, *, dark: int) -> Visit:
    """Return a visit that may be made on any day, and by day if it was wanted by night."""
    if visit.window[0] < dark:
        return replace(visit, days=())
    return replace(visit, days=(), window=desk.window(None, service=visit.service))


def without_experts(problem: Problem, meetings: Collection[str]) -> Problem:
    """Return the problem with the experts' parts of some joint visits taken off.

    Where one part is left it meets nobody any more.
    """
    kept = [one for one in problem.visits if not (one.assists and one.meets in meetings)]
    sizes = Counter(one.meets for one in kept)
    return problem.replace(
        visits=tuple(
            replace(one, meets="") if one.meets in meetings and sizes[one.meets] == 1 else one
            for one in kept
        )
    )


def _plan(
    problem: Problem, *, drawn: frozenset[str], desk: Desk, start: Plan | None = None
) -> Plan:
    tickets = [visit.id for visit in problem.visits if visit.id in drawn]
    settings = desk.settings.plan
    with workers_of(settings) as workers:
        return solve.plan(
            problem, drawn=tickets, effort=settings.effort, time_limit_s=settings.time_limit_s,
            engine="auto" if settings.engine == "dask" else settings.engine, workers=workers,
            start=start,
        )  # fmt: skip


def workers_of(settings: Planning) -> Workers:
    """Return who searches the parts of a big week: a Dask cluster, or processes on this machine.

    Raises
    ------
    WorkersError
        ``no_address``, ``no_dask`` or ``no_cluster``, if a cluster is set and cannot be used.
    """
    if settings.engine != "dask":
        return hire(settings.workers)
    if not settings.dask:
        raise WorkersError("no_address", "")
    return hire(dask=settings.dask)


def legs_of(plan: Plan, problem: Problem, ways: Travel) -> dict[str, list[Line]]:
    """Return the lines to draw for every route: one for each leg, from station to its end."""
    visits = {visit.id: visit.place for visit in problem.visits}
    days = {day.id: day for day in problem.team_days}
    legs: dict[str, list[Line]] = {}
    for route in plan.routes:
        day = days[route.team_day]
        end = () if day.open_end else (problem.depot(day.finish or day.depot).place,)
        start = problem.depot(day.depot).place
        stops = [start, *(visits[stop.visit] for stop in route.stops), *end]
        legs[route.team_day] = [
            [(round(x, _DECIMALS), round(y, _DECIMALS)) for x, y in ways.path(a, b)]
            for a, b in itertools.pairwise(stops)
        ]
    return legs
