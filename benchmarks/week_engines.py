"""Engines that plan the same week in the same time, each in its maker's recommended manner.

Every engine takes a problem, seconds of wall time (building its model included) and a seed, and
returns routes. Peers that are not installed are left out.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.week_peers import plan_with_pyvrp, plan_with_vroom, worth
from scheduler import solve
from scheduler.problem import DAY_SECONDS
from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.week_cases import Routes
    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.routing import Progress

NAMES = ("ours", "ortools", "ortools-split", "vroom", "pyvrp")
_PEERS = ("vroom", "pyvrp")  # named as the packages that they need


class Engine(Protocol):
    """Something that plans a week."""

    def __call__(self, problem: Problem, *, seconds: float, seed: int) -> Routes:
        """Return routes found within *seconds*."""


def engine(name: str) -> Engine | None:
    """Return the engine called *name*, None where its package is not installed.

    ``ours:NAME`` asks the planner for one of its own engines by name.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    """
    base, _, own = name.partition(":")
    if base not in NAMES or (own and base != "ours"):
        raise ValueError(f"unknown engine {name}: known are {', '.join(NAMES)}")
    if base in _PEERS and not importable(base):
        return None
    made: dict[str, Callable[[], Engine]] = {
        "ours": lambda: Ours(own),
        "ortools": lambda: plan_with_ortools,
        "ortools-split": lambda: plan_by_station,
        "vroom": lambda: plan_with_vroom,
        "pyvrp": lambda: plan_with_pyvrp,
    }
    return made[base]()


def importable(package: str) -> bool:
    """Tell whether *package* is installed."""
    try:
        importlib.import_module(package)
    except ImportError:
        return False
    return True


class Ours:
    """Xunge's planner, by default or with one of its own engines; it searches as long as it may.

    ``first_s`` are the seconds of the last run up to its first plan.
    """

    def __init__(self, own: str = "") -> None:
        """Choose the planner's engine *own*, or leave the choice to the planner."""
        self._options: dict[str, Any] = {"engine": own} if own else {}
        self.first_s = 0.0

    def __call__(self, problem: Problem, *, seconds: float, seed: int) -> Routes:
        """Return routes found within *seconds*."""
        began, told = time.perf_counter(), []

        def tell(progress: Progress) -> None:
            del progress
            told.append(time.perf_counter() - began)

        plan = solve.plan(
            problem, time_limit_s=seconds, seed=seed + 1, progress=tell, **self._options
        )
        self.first_s = min(told, default=time.perf_counter() - began)
        return {route.team_day: [stop.visit for stop in route.stops] for route in plan.routes}


def may(visit: Visit, day: TeamDay) -> bool:
    """Tell whether *day* could make *visit* by everything but driving."""
    return (
        obstacle(visit, day) is None
        and visit.window[0] + visit.service <= day.end
        and visit.window[1] >= day.start
    )


def plan_with_ortools(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of OR-Tools: parallel cheapest insertion, then guided local search.

    It has no seed. Transit matrices instead of callbacks (twice as fast from Python), lunch as a
    break interval, closed team-days taken out of each visit's vehicle domain.
    """
    del seed
    began = time.perf_counter()
    days = [day for day in problem.team_days if any(may(one, day) for one in problem.visits)]
    visits = [visit for visit in problem.visits if any(may(visit, day) for day in days)]
    if not visits:
        return {}
    # A station without a car would become a visit that must be made.
    homes = sorted({problem.depot(day.depot).place for day in days})
    starts = [homes.index(problem.depot(day.depot).place) for day in days]
    manager = pywrapcp.RoutingIndexManager(len(homes) + len(visits), len(days), starts, starts)
    routing = pywrapcp.RoutingModel(manager)
    _add_hours(routing, manager, problem, days=days, visits=visits, homes=homes)
    _add_visits(routing, manager, days=days, visits=visits, homes=len(homes))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    enums = routing_enums_pb2
    parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    left = seconds - (time.perf_counter() - began)
    parameters.time_limit.FromMilliseconds(max(1, int(left * 1000)))
    solution = routing.SolveWithParameters(parameters)
    if solution is None:
        return {}
    found: Routes = {}
    for car, day in enumerate(days):
        index = solution.Value(routing.NextVar(routing.Start(car)))
        while not routing.IsEnd(index):
            visit = visits[manager.IndexToNode(index) - len(homes)]
            found.setdefault(day.id, []).append(visit.id)
            index = solution.Value(routing.NextVar(index))
    return found


def _add_hours(
    routing: Any,  # noqa: ANN401 - a solver's model
    manager: Any,  # noqa: ANN401
    problem: Problem,
    *,
    days: list[TeamDay],
    visits: list[Visit],
    homes: list[int],
) -> None:
    """Driving is the cost, driving and service move the clock, lunch floats in its window."""
    places = [*homes, *(visit.place for visit in visits)]
    service = np.array([0] * len(homes) + [visit.service for visit in visits])
    driving = problem.seconds[np.ix_(places, places)]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(driving.tolist()))
    passing = routing.RegisterTransitMatrix((driving + service[:, None]).tolist())
    routing.AddDimension(passing, DAY_SECONDS, DAY_SECONDS, False, "clock")
    clock = routing.GetDimensionOrDie("clock")
    stays = [int(service[manager.IndexToNode(index)]) for index in range(routing.Size())]
    for car, day in enumerate(days):
        for end in (routing.Start(car), routing.End(car)):
            clock.CumulVar(end).SetRange(day.start, day.end)
        earliest, latest, length = day.lunch
        if length:
            lunch = routing.solver().FixedDurationIntervalVar(
                earliest, latest, length, False, day.id
            )
            clock.SetBreakIntervalsOfVehicle([lunch], car, stays)


def _add_visits(
    routing: Any,  # noqa: ANN401 - a solver's model
    manager: Any,  # noqa: ANN401
    *,
    days: list[TeamDay],
    visits: list[Visit],
    homes: int,
) -> None:
    clock = routing.GetDimensionOrDie("clock")
    for at, visit in enumerate(visits):
        index = manager.NodeToIndex(homes + at)
        clock.CumulVar(index).SetRange(*visit.window)
        able = [car for car, day in enumerate(days) if may(visit, day)]
        if len(able) < len(days):
            # SetAllowedVehiclesForIndex raises TypeError in the 9.15 wheel; this does the same.
            routing.VehicleVar(index).SetValues([-1, *able])
        routing.AddDisjunction([index], worth(visit))


def plan_by_station(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return OR-Tools' routes station by station, each visit given to the nearest able station.

    Stations share the time by their number of visits.
    """
    stations: dict[str, list[TeamDay]] = {}
    for day in problem.team_days:
        stations.setdefault(day.depot, []).append(day)
    place = {id_: problem.depot(id_).place for id_ in stations}
    parts: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        able = [id_ for id_, days in stations.items() if any(may(visit, day) for day in days)]
        if able:
            nearest = min(able, key=lambda id_: problem.seconds[place[id_], visit.place])
            parts.setdefault(nearest, []).append(visit)
    found: Routes = {}
    shared = sum(len(visits) for visits in parts.values())
    for id_, visits in parts.items():
        part = problem.replace(visits=tuple(visits), team_days=tuple(stations[id_]))
        found |= plan_with_ortools(part, seconds=seconds * len(visits) / shared, seed=seed)
    return found
