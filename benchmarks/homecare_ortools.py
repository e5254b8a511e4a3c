"""Home care by OR-Tools' routing library: one straightforward model, beside which ours is set."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.homecare_cases import FINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.homecare_cases import Routes
    from scheduler.calls import Call, Day, Part

_HORIZON = 10**8
_STRATEGIES = (
    routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION,
    routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC,
)


def plan_with_ortools(day: Day, *, seconds: float) -> Routes:
    """Return routes of local cheapest insertion and guided local search.

    Where insertion finds no routes at all, cheapest arcs begin anew in the time left; empty routes
    if they find none either.

    A node for every part of a visit; caregivers by the domain of its vehicle; lateness as a soft
    upper bound; the starts of a double service tied by constraints. The largest lateness is not
    part of the model: the judge adds it.
    """
    nodes = [(call, part) for call in day.calls for part in call.parts]
    began, solution = time.perf_counter(), None
    for strategy in _STRATEGIES:
        manager, routing = _model(day, nodes)
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = strategy
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        left = seconds - (time.perf_counter() - began)
        parameters.time_limit.FromMilliseconds(max(1, int(left * 1000)))
        solution = routing.SolveWithParameters(parameters)
        if solution is not None:
            break
    if solution is None:
        return {}
    clock = routing.GetDimensionOrDie("clock")
    found: Routes = {}
    for car, crew in enumerate(day.crews):
        index = solution.Value(routing.NextVar(routing.Start(car)))
        while not routing.IsEnd(index):
            call, part = nodes[manager.IndexToNode(index) - 1]
            start = solution.Min(clock.CumulVar(index)) / FINE
            found.setdefault(crew.id, []).append((call.id, part.ability, start))
            index = solution.Value(routing.NextVar(index))
    return found


def _model(day: Day, nodes: Sequence[tuple[Call, Part]]) -> tuple[Any, Any]:
    manager = pywrapcp.RoutingIndexManager(len(nodes) + 1, len(day.crews), 0)
    routing = pywrapcp.RoutingModel(manager)
    places = [day.crews[0].place, *(call.place for call, _ in nodes)]
    drives = day.drives[np.ix_(places, places)]
    stays = np.array([0, *(part.service for _, part in nodes)])
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(drives.tolist()))
    passing = routing.RegisterTransitMatrix((drives + stays[:, None]).tolist())
    routing.AddDimension(passing, _HORIZON, _HORIZON, False, "clock")
    _add_visits(routing, day)
    return manager, routing


def _add_visits(
    routing: Any,  # noqa: ANN401 - a solver's model
    day: Day,
) -> None:
    clock, solver = routing.GetDimensionOrDie("clock"), routing.solver()
    index = 1  # with one office, indices of visits are their nodes
    for call in day.calls:
        for at, part in enumerate(call.parts):
            able = [car for car, crew in enumerate(day.crews) if part.ability in crew.abilities]
            routing.VehicleVar(index).SetValues(able)
            clock.CumulVar(index).SetMin(call.opens)
            clock.SetCumulVarSoftUpperBound(index, call.due, 1)
            if at:
                one, two = clock.CumulVar(index - 1), clock.CumulVar(index)
                solver.Add(two >= one + part.least)
                solver.Add(two <= one + part.most)
                solver.Add(routing.VehicleVar(index - 1) != routing.VehicleVar(index))
            index += 1
