"""Joint visits in OR-Tools' routing library, as it is meant: equal clocks, equal activity."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.week_engines import may
from benchmarks.week_peers import worth
from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    from benchmarks.joint_weeks import Starts
    from scheduler.problem import Problem, TeamDay, Visit


def plan_with_ortools(problem: Problem, *, seconds: float) -> Starts:
    """Return starts found within *seconds*: parallel cheapest insertion, guided local search.

    Equal clocks mean equal moments only on the clock of a whole week, so every visit has one window
    for each of its days. Nothing is returned where it finds nothing.
    """
    began = time.perf_counter()
    days, visits = list(problem.team_days), list(problem.visits)
    homes = sorted({problem.depot(day.depot).place for day in days})
    stations = [homes.index(problem.depot(day.depot).place) for day in days]
    manager = pywrapcp.RoutingIndexManager(len(homes) + len(visits), len(days), stations, stations)
    routing = pywrapcp.RoutingModel(manager)
    first = min(day.day for day in days).toordinal()
    clock = _add_clock(routing, manager, problem, homes=homes, first=first)
    index = {visit.id: manager.NodeToIndex(len(homes) + at) for at, visit in enumerate(visits)}
    for visit in visits:
        _add_visit(routing, clock, index[visit.id], visit, days=days, first=first)
    partners: dict[str, str] = {}
    for visit in visits:
        if visit.meets:
            other = partners.setdefault(visit.meets, visit.id)
            a, b = index[other], index[visit.id]
            routing.solver().Add(clock.CumulVar(a) == clock.CumulVar(b))
            routing.solver().Add(routing.ActiveVar(a) == routing.ActiveVar(b))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    enums = routing_enums_pb2
    parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    left = max(0.1, seconds - (time.perf_counter() - began))
    parameters.time_limit.FromMilliseconds(int(left * 1000))
    solution = routing.SolveWithParameters(parameters)
    if solution is None:
        return {}
    return _starts(routing, manager, solution, clock, days, visits)


def _add_clock(
    routing: Any, manager: Any, problem: Problem, *, homes: list[int], first: int  # noqa: ANN401
) -> Any:  # noqa: ANN401  # fmt: skip
    """Add driving as cost, the clock of the week, working hours and lunches; return the clock."""
    places = np.array([*homes, *(visit.place for visit in problem.visits)])
    seconds = np.where(
        places[:, None] == places[None, :], 0, problem.seconds[np.ix_(places, places)]
    )
    stays = np.array([0] * len(homes) + [visit.service for visit in problem.visits])
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(seconds.tolist()))
    passing = routing.RegisterTransitMatrix((seconds + stays[:, None]).tolist())
    horizon = 8 * DAY_SECONDS
    routing.AddDimension(passing, horizon, horizon, False, "clock")
    clock = routing.GetDimensionOrDie("clock")
    by_index = [int(stays[manager.IndexToNode(index)]) for index in range(routing.Size())]
    for car, day in enumerate(problem.team_days):
        midnight = (day.day.toordinal() - first) * DAY_SECONDS
        for end in (routing.Start(car), routing.End(car)):
            clock.CumulVar(end).SetRange(midnight + day.start, midnight + day.end)
        early, late, length = day.lunch
        if length:
            lunch = routing.solver().FixedDurationIntervalVar(
                midnight + early, midnight + late, length, False, day.id
            )
            clock.SetBreakIntervalsOfVehicle([lunch], car, by_index)
    return clock


def _add_visit(
    routing: Any, clock: Any, index: int, visit: Visit, *, days: list[TeamDay], first: int  # noqa: ANN401
) -> None:  # fmt: skip
    numbers = sorted({day.day.toordinal() - first for day in days if visit.allowed(day.day)})
    opens, closes = visit.window
    variable = clock.CumulVar(index)
    variable.SetRange(numbers[0] * DAY_SECONDS + opens, numbers[-1] * DAY_SECONDS + closes)
    for one, following in pairwise(numbers):
        night = one * DAY_SECONDS + closes + 1, following * DAY_SECONDS + opens - 1
        if night[0] <= night[1]:
            variable.RemoveInterval(*night)
    cars = [car for car, day in enumerate(days) if may(visit, day)]
    if len(cars) < len(days):
        routing.VehicleVar(index).SetValues([-1, *cars])
    routing.AddDisjunction([index], worth(visit))


def _starts(
    routing: Any, manager: Any, solution: Any, clock: Any,  # noqa: ANN401
    days: list[TeamDay], visits: list[Visit],
) -> Starts:  # fmt: skip
    found: Starts = {}
    homes = manager.GetNumberOfNodes() - len(visits)
    for car, day in enumerate(days):
        index = solution.Value(routing.NextVar(routing.Start(car)))
        while not routing.IsEnd(index):
            visit = visits[manager.IndexToNode(index) - homes]
            start = solution.Min(clock.CumulVar(index)) % DAY_SECONDS
            found.setdefault(day.id, {})[visit.id] = start
            index = solution.Value(routing.NextVar(index))
    return found
