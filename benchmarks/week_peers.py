"""VROOM and PyVRP on a week of Xunge's, for those who have them installed."""

from __future__ import annotations

import datetime as dt
import importlib
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.week_repair import complete, drivable
from scheduler.problem import DAY_SECONDS, LEFT_OUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.week_cases import Routes
    from scheduler.problem import Problem, TeamDay, Visit

_HOUR = 3600
_DEEPEST = 5  # VROOM's most thorough exploration
_FIRST = 100  # VROOM's highest priority
_LEAST_SECONDS = 0.05


def worth(visit: Visit) -> int:
    """Return the seconds of driving that leaving *visit* out costs."""
    return LEFT_OUT_SECONDS if visit.mandatory else visit.prize


class _Numbers(dict[object, int]):
    """Numbers whatever it is asked for, in order of asking."""

    def __missing__(self, key: object) -> int:
        return self.setdefault(key, len(self) + 1)


def plan_with_vroom(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of VROOM at its deepest exploration; it stops by itself and has no seed.

    Closed days and specialities are skills. It weighs no prize against driving: priorities (100
    for mandatory visits, hours of prize for others) come first.
    """
    del seed
    vroom: Any = importlib.import_module("vroom")
    week, skills = vroom.Input(), _Numbers()
    week.set_durations_matrix("car", problem.seconds.astype(np.uint32))
    day_sets = {visit.days for visit in problem.visits if visit.days}
    for at, day in enumerate(problem.team_days):
        has = {skills[name] for name in (*day.specialities, *day.departments)}
        has |= {skills[days] for days in day_sets if day.day in days}
        home = problem.depot(day.depot).place
        earliest, latest, length = day.lunch
        rest = [vroom.Break(at, [vroom.TimeWindow(earliest, latest)], length)] if length else []
        hours = vroom.TimeWindow(day.start, day.end)
        week.add_vehicle(
            vroom.Vehicle(at, start=home, end=home, skills=has, breaks=rest, time_window=hours)
        )
    for at, visit in enumerate(problem.visits):
        needs = {skills[name] for name in (*visit.specialities, *visit.departments)}
        if visit.days:
            needs.add(skills[visit.days])
        week.add_job(
            vroom.Job(
                at, visit.place, default_service=visit.service, skills=needs,
                priority=_priority(visit), time_windows=[vroom.TimeWindow(*visit.window)],
            )
        )  # fmt: skip
    solution = week.solve(
        exploration_level=_DEEPEST, nb_threads=1, timeout=dt.timedelta(seconds=seconds)
    )
    steps = solution.routes
    found: Routes = {}
    if "id" not in steps:  # stopped before its first visit
        return found
    for car, job in steps.loc[steps["type"] == "job", ["vehicle_id", "id"]].itertuples(index=False):
        found.setdefault(problem.team_days[int(car)].id, []).append(problem.visits[int(job)].id)
    return found


def _priority(visit: Visit) -> int:
    return _FIRST if visit.mandatory else max(1, min(_FIRST - 1, round(visit.prize / _HOUR)))


def plan_with_pyvrp(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of PyVRP, repaired: its open version knows no breaks.

    Lunch is cut out of the clock at the middle of the usual lunch window. Specialities and closed
    days are loads that a vehicle without them has no room for. What lunch then breaks is dropped
    and put back where it fits; that repair is not counted in *seconds*.
    """
    pyvrp: Any = importlib.import_module("pyvrp")
    stop: Any = importlib.import_module("pyvrp.stop")
    began = time.perf_counter()
    kinds = _kinds(problem.team_days)
    depots = [depot.place for depot in problem.depots]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in problem.seconds],
        _clients(pyvrp, problem),
        [pyvrp.Depot(place) for place in depots],
        _vehicles(pyvrp, problem, kinds),
        [problem.seconds],
        [problem.seconds],
    )
    left = max(_LEAST_SECONDS, seconds - (time.perf_counter() - began))
    best = pyvrp.solve(
        data, stop=stop.MaxRuntime(left), seed=seed, collect_stats=False, display=False
    ).best
    idle = [list(same) for same in kinds]
    found: Routes = {}
    for route in best.routes():
        stops = [problem.visits[int(one.idx)].id for one in route if one.is_client()]
        if stops:
            found[idle[route.vehicle_type()].pop().id] = stops
    return complete(drivable(found, problem), problem)


def _kinds(team_days: Iterable[TeamDay]) -> list[list[TeamDay]]:
    """Return team-days that are interchangeable, together."""
    found: dict[tuple[object, ...], list[TeamDay]] = {}
    for day in team_days:
        kind = (day.depot, day.specialities, day.departments, day.day, day.start, day.end)
        found.setdefault(kind, []).append(day)
    return list(found.values())


class _Loads(NamedTuple):
    """What is asked of vehicles: specialities and departments, and days."""

    traits: list[str]
    days: list[dt.date]


def _loads(problem: Problem) -> _Loads:
    traits = {name for one in problem.visits for name in (*one.specialities, *one.departments)}
    return _Loads(sorted(traits), sorted({day.day for day in problem.team_days}))


def _clients(pyvrp: Any, problem: Problem) -> list[Any]:  # noqa: ANN401 - a package
    """Return visits with one unit of every load that they ask for or may not be carried with."""
    lunches = [day.lunch for day in problem.team_days]
    earliest, latest, length = max(sorted(set(lunches)), key=lunches.count, default=(0, 0, 0))
    loads = _loads(problem)
    return [
        pyvrp.Client(
            visit.place,
            delivery=[int(name in visit.specialities | visit.departments) for name in loads.traits]
            + [int(not visit.allowed(day)) for day in loads.days],
            service_duration=visit.service,
            prize=worth(visit),
            required=False,
            **_without_lunch(visit, cut=(earliest + latest + length) // 2, length=length),
        )
        for visit in problem.visits
    ]


def _without_lunch(visit: Visit, *, cut: int, length: int) -> dict[str, int]:
    """Return the window of *visit* on a clock from which *length* seconds at *cut* are taken."""
    opens, closes = visit.window
    early = opens if opens <= cut else max(cut, opens - length)
    late = closes if closes + visit.service <= cut else closes - length
    return {"tw_early": early, "tw_late": max(early, late)}


def _vehicles(pyvrp: Any, problem: Problem, kinds: list[list[TeamDay]]) -> list[Any]:  # noqa: ANN401
    """Return a vehicle type for every kind: room for its own loads, none for the others."""
    loads = _loads(problem)
    depots = [depot.id for depot in problem.depots]
    found = []
    for same in kinds:
        one = same[0]
        able = one.specialities | one.departments
        home = depots.index(one.depot)
        found.append(
            pyvrp.VehicleType(
                num_available=len(same),
                capacity=[DAY_SECONDS * (name in able) for name in loads.traits]
                + [DAY_SECONDS * (day != one.day) for day in loads.days],
                start_depot=home,
                end_depot=home,
                tw_early=one.start,
                tw_late=one.end - one.lunch[2],
            )
        )
    return found
