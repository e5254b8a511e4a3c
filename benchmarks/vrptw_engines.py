"""Engines for one day of cars that are alike: Xunge and others, each in its recommended manner."""

from __future__ import annotations

import datetime as dt
import importlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.week_engines import Engine, Ours, importable

if TYPE_CHECKING:
    from benchmarks.week_cases import Routes
    from scheduler.problem import Problem

NAMES = ("ours", "ortools", "vroom", "pyvrp")
_DEEPEST = 5  # VROOM's most thorough exploration
_LEAST_SECONDS = 0.05


def engine(name: str) -> Engine | None:
    """Return the engine called *name*, None where its package is not installed.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    """
    if name not in NAMES:
        raise ValueError(f"unknown engine {name}: known are {', '.join(NAMES)}")
    if name == "ours":
        return Ours()
    if name == "ortools":
        return plan_with_ortools
    if not importable(name):
        return None
    return plan_with_vroom if name == "vroom" else plan_with_pyvrp


def plan_with_ortools(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of OR-Tools: parallel cheapest insertion, then guided local search; no seed."""
    del seed
    began = time.perf_counter()
    day, home = problem.team_days[0], problem.depots[0].place
    manager = pywrapcp.RoutingIndexManager(len(problem.seconds), len(problem.team_days), home)
    routing = pywrapcp.RoutingModel(manager)
    drive = problem.seconds
    service = np.zeros(len(drive), np.int64)
    load = np.zeros(len(drive), np.int64)
    for visit in problem.visits:
        service[visit.place], load[visit.place] = visit.service, visit.load
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(drive.tolist()))
    passing = routing.RegisterTransitMatrix((drive + service[:, None]).tolist())
    routing.AddDimension(passing, day.end, day.end, False, "clock")
    loading = routing.RegisterUnaryTransitVector(load.tolist())
    routing.AddDimension(loading, 0, day.capacity, True, "load")
    clock = routing.GetDimensionOrDie("clock")
    for visit in problem.visits:
        clock.CumulVar(manager.NodeToIndex(visit.place)).SetRange(*visit.window)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    enums = routing_enums_pb2
    parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    left = seconds - (time.perf_counter() - began)
    parameters.time_limit.FromMilliseconds(max(1, int(left * 1000)))
    solution = routing.SolveWithParameters(parameters)
    ids = {visit.place: visit.id for visit in problem.visits}
    found: Routes = {}
    for car, team_day in enumerate(problem.team_days if solution else ()):
        index = solution.Value(routing.NextVar(routing.Start(car)))
        while not routing.IsEnd(index):
            found.setdefault(team_day.id, []).append(ids[manager.IndexToNode(index)])
            index = solution.Value(routing.NextVar(index))
    return found


def plan_with_vroom(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of VROOM at its deepest exploration; it stops by itself and has no seed."""
    del seed
    vroom: Any = importlib.import_module("vroom")
    work, home = vroom.Input(), problem.depots[0].place
    work.set_durations_matrix("car", problem.seconds.astype(np.uint32))
    for at, day in enumerate(problem.team_days):
        hours = vroom.TimeWindow(day.start, day.end)
        work.add_vehicle(
            vroom.Vehicle(at, start=home, end=home, capacity=[day.capacity], time_window=hours)
        )
    for at, visit in enumerate(problem.visits):
        window = vroom.TimeWindow(*visit.window)
        work.add_job(
            vroom.Job(
                at, visit.place, default_service=visit.service, pickup=[visit.load],
                time_windows=[window],
            )
        )  # fmt: skip
    solution = work.solve(
        exploration_level=_DEEPEST, nb_threads=1, timeout=dt.timedelta(seconds=seconds)
    )
    steps = solution.routes
    found: Routes = {}
    for car, job in steps.loc[steps["type"] == "job", ["vehicle_id", "id"]].itertuples(index=False):
        found.setdefault(problem.team_days[int(car)].id, []).append(problem.visits[int(job)].id)
    return found


def plan_with_pyvrp(problem: Problem, *, seconds: float, seed: int) -> Routes:
    """Return routes of PyVRP."""
    pyvrp: Any = importlib.import_module("pyvrp")
    stop: Any = importlib.import_module("pyvrp.stop")
    began = time.perf_counter()
    day = problem.team_days[0]
    cars = pyvrp.VehicleType(
        num_available=len(problem.team_days), capacity=[day.capacity], tw_early=day.start,
        tw_late=day.end,
    )  # fmt: skip
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in problem.seconds],
        [
            pyvrp.Client(
                visit.place, delivery=[visit.load], service_duration=visit.service,
                tw_early=visit.window[0], tw_late=visit.window[1],
            )
            for visit in problem.visits
        ],
        [pyvrp.Depot(problem.depots[0].place)],
        [cars],
        [problem.seconds],
        [problem.seconds],
    )  # fmt: skip
    left = max(_LEAST_SECONDS, seconds - (time.perf_counter() - began))
    best = pyvrp.solve(
        data, stop=stop.MaxRuntime(left), seed=seed, collect_stats=False, display=False
    ).best
    return {
        problem.team_days[at].id: [
            problem.visits[int(one.idx)].id for one in route if one.is_client()
        ]
        for at, route in enumerate(best.routes())
    }
