"""The routing model: one OR-Tools vehicle per team-day, and a search that ends at a counted step.

Visits that are tied to each other (joint ones, orders, rounds, gates) are put first, greedily, and
stay where they are while the rest is searched for: the library's own ways to tie visits find no
week at all beyond a few dozen pairs.

Guided local search has no end of its own. Its stop is a count of neighbours looked at, which is
the same on every machine; the wall clock is only a safety net.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from scheduler.filling import appointments
from scheduler.links import tied
from scheduler.problem import DAY_SECONDS
from scheduler.schedule import Timetable, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Limit, Problem, Sequences, TeamDay, Visit

_HORIZON = 2 * DAY_SECONDS
_NOWHERE = -1  # the place where a round with an open end is over
_PULSE = 1 << 14  # neighbours between two looks at progress


class Progress(NamedTuple):
    """How far a search is, by phase (mandatory, search, ranked, tickets, final), and the objective.

    ``bound`` is a lower bound of the objective of any plan.
    """

    phase: str
    share: float
    objective: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to search: the first solution's strategy (OR-Tools' name) and the weight of the guide."""

    first: str = "PARALLEL_CHEAPEST_INSERTION"
    guide: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found; ``complete`` is False where the wall clock ended it."""

    sequences: Sequences
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a search ends: neighbours looked at, seconds, a cost that is low enough, a halt."""

    neighbours: int
    seconds: float
    cost: int = -1
    halt: Event = field(default_factory=Event)


class _Model:
    """Visits and team-days as an OR-Tools routing model."""

    def __init__(
        self,
        problem: Problem,
        visits: Sequence[Visit],
        penalties: Mapping[str, int],
        fixed: Sequences,
    ) -> None:
        self.fixed = {stop.id: (id_, stop) for id_, stops in fixed.items() for stop in stops}
        self.visits = [self.fixed.get(one.id, ("", one))[1] for one in visits]
        self.team_days = [
            day for day in problem.team_days if any(_may(v, day, problem) for v in self.visits)
        ]
        homes = {depot.id: depot.place for depot in problem.depots}
        begins = [homes[day.depot] for day in self.team_days]
        ends = [
            _NOWHERE if day.open_end else homes[day.finish or day.depot] for day in self.team_days
        ]
        # A station that no car uses would become a visit that must be made: leave it out.
        self.homes = sorted({*begins, *ends})
        size = len(self.homes) + len(self.visits)
        self.manager = pywrapcp.RoutingIndexManager(
            size, len(self.team_days), [self.homes.index(one) for one in begins],
            [self.homes.index(one) for one in ends],
        )  # fmt: skip
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._problem = problem
        self._add_clock(problem)
        self._add_overtime()
        self._add_lunches()
        self._add_counts()
        self._add_loads()
        for at, visit in enumerate(self.visits):
            self._add_visit(self.index(at), visit, penalty=penalties[visit.id])
        self._add_gates(fixed)
        self._add_limits(problem.limits)

    def index(self, at: int) -> int:
        """Return the solver's index of the visit at position *at*."""
        return int(self.manager.NodeToIndex(len(self.homes) + at))

    def _services(self) -> NDArray[np.int64]:
        services = [visit.service for visit in self.visits]
        return np.array([0] * len(self.homes) + services, dtype=np.int64)

    def _add_clock(self, problem: Problem) -> None:
        """Driving and prices are the cost; driving plus service moves the clock.

        The drive to the end of an open round takes no time.
        """
        places = np.array([*self.homes, *(visit.place for visit in self.visits)])
        nowhere = (places[:, None] < 0) | (places[None, :] < 0)
        still = nowhere | (places[:, None] == places[None, :])
        seconds = np.where(still, 0, problem.seconds[np.ix_(places, places)])
        self._add_cost(seconds, problem)
        passing = self.routing.RegisterTransitMatrix((seconds + self._services()[:, None]).tolist())
        self.routing.AddDimension(passing, _HORIZON, _HORIZON, False, "clock")
        self.clock = self.routing.GetDimensionOrDie("clock")
        for car, day in enumerate(self.team_days):
            for end in (self.routing.Start(car), self.routing.End(car)):
                self.clock.CumulVar(end).SetRange(day.start, day.end + day.overtime)

    def _add_cost(self, seconds: NDArray[np.int64], problem: Problem) -> None:
        """Charge driving, and the price of a visit to the car that leaves it."""
        if not problem.prices:
            driving = self.routing.RegisterTransitMatrix(seconds.tolist())
            self.routing.SetArcCostEvaluatorOfAllVehicles(driving)
            return
        known: dict[tuple[int, ...], int] = {}
        for car, day in enumerate(self.team_days):
            prices = tuple(problem.prices.get((one.id, day.id), 0) for one in self.visits)
            if prices not in known:
                extra = np.array([0] * len(self.homes) + list(prices), dtype=np.int64)
                matrix = (seconds + extra[:, None]).tolist()
                known[prices] = self.routing.RegisterTransitMatrix(matrix)
            self.routing.SetArcCostEvaluatorOfVehicle(known[prices], car)

    def _add_overtime(self) -> None:
        for car, day in enumerate(self.team_days):
            if day.overtime:
                self.clock.SetCumulVarSoftUpperBound(
                    self.routing.End(car), day.end, day.overtime_price
                )

    def _add_lunches(self) -> None:
        """Lunch floats in its window and never interrupts a service."""
        solver = self.routing.solver()
        services = self._services()
        nodes = [self.manager.IndexToNode(index) for index in range(self.routing.Size())]
        stays = [int(services[node]) for node in nodes]
        for car, day in enumerate(self.team_days):
            earliest, latest, length = day.lunch
            if length:
                lunch = solver.FixedDurationIntervalVar(
                    earliest, latest, length, False, f"lunch {day.id}"
                )
                self.clock.SetBreakIntervalsOfVehicle([lunch], car, stays)

    def _add_counts(self) -> None:
        """Limit visits a day where a limit can bind."""
        most = [min(day.max_visits, len(self.visits)) for day in self.team_days]
        if min(most) < len(self.visits):
            ones = self.routing.RegisterUnaryTransitVector(
                [0] * len(self.homes) + [1] * len(self.visits)
            )
            self.routing.AddDimensionWithVehicleCapacity(ones, 0, most, True, "visits")

    def _add_loads(self) -> None:
        """Limit loads where a limit can bind."""
        loads = [visit.load for visit in self.visits]
        room = [min(day.capacity, sum(loads)) for day in self.team_days]
        if min(room) < sum(loads):
            carried = self.routing.RegisterUnaryTransitVector([0] * len(self.homes) + loads)
            self.routing.AddDimensionWithVehicleCapacity(carried, 0, room, True, "load")

    def _add_visit(self, index: int, visit: Visit, *, penalty: int) -> None:
        latest = min(visit.window[1], _HORIZON)
        self.clock.CumulVar(index).SetRange(max(0, visit.window[0]), latest)
        fixed, _ = self.fixed.get(visit.id, ("", visit))
        cars = [
            car for car, day in enumerate(self.team_days)
            if (day.id == fixed if fixed else _may(visit, day, self._problem))
        ]  # fmt: skip
        # SetAllowedVehiclesForIndex raises TypeError in the 9.15 wheel; the domain does the same.
        if fixed:
            self.routing.VehicleVar(index).SetValues(cars)
            return
        if len(cars) < len(self.team_days):
            self.routing.VehicleVar(index).SetValues([-1, *cars])
        self.routing.AddDisjunction([index], penalty)

    def _add_gates(self, fixed: Sequences) -> None:
        """Let nothing come between the visits at one gate."""
        at = {visit.id: position for position, visit in enumerate(self.visits)}
        for stops in fixed.values():
            for one, after in pairwise(stops):
                if one.gate and one.gate == after.gate:
                    follower = self.index(at[after.id])
                    self.routing.solver().Add(
                        self.routing.NextVar(self.index(at[one.id])) == follower
                    )

    def _add_limits(self, limits: Sequence[Limit]) -> None:
        """Count the visits of every limit that can bind, in the week or on certain cars."""
        solver, routing = self.routing.solver(), self.routing
        for limit in limits:
            some = [self.index(at) for at, one in enumerate(self.visits) if one.id in limit.visits]
            if len(some) <= limit.most:
                continue
            if limit.within == "week":
                solver.Add(solver.Sum([routing.ActiveVar(one) for one in some]) <= limit.most)
                continue
            groups: dict[object, list[int]] = {}
            for car, day in enumerate(self.team_days):
                groups.setdefault(day.day if limit.within == "day" else car, []).append(car)
            for cars in groups.values():
                there = [solver.IsMemberVar(routing.VehicleVar(one), cars) for one in some]
                solver.Add(solver.Sum(there) <= limit.most)

    def sequences(self, solution: pywrapcp.Assignment | None = None) -> Sequences:
        """Return the routes of a solution (by default the one at hand) without idle team-days."""
        routing = self.routing
        found: Sequences = {}
        for car, day in enumerate(self.team_days):
            index = routing.Start(car)
            while True:
                after = routing.NextVar(index)
                index = after.Value() if solution is None else solution.Value(after)
                if routing.IsEnd(index):
                    break
                at = self.manager.IndexToNode(index) - len(self.homes)
                found.setdefault(day.id, []).append(self.visits[at])
        return found

    def assignment(self, start: Sequences) -> pywrapcp.Assignment | None:
        """Return known routes as a first solution, None where the model refuses them."""
        at = {visit.id: position for position, visit in enumerate(self.visits)}
        routes = [
            [self.index(at[visit.id]) for visit in start.get(day.id, ()) if visit.id in at]
            for day in self.team_days
        ]
        return self.routing.ReadAssignmentFromRoutes(routes, True)


class _Meter:
    """Counts neighbours, remembers the best cost, and says when to stop."""

    def __init__(
        self,
        model: _Model,
        stop: Stop,
        tell: Callable[[float, int], None] | None,
        keep: Callable[[Sequences], None] | None,
        *,
        lost: int,
    ) -> None:
        self._lost = lost  # what is left out from the beginning counts
        self._model, self._stop, self._tell, self._keep = model, stop, tell, keep
        self.seen = 0
        self.best: int | None = None
        self.trouble: BaseException | None = None

    def solution(self) -> None:
        cost = int(self._model.routing.CostVar().Min()) + self._lost
        self.best = cost if self.best is None else min(self.best, cost)
        if self._keep is not None:
            self._keep(self._model.sequences())

    def over(self) -> bool:
        self.seen += 1
        if self._tell is not None and self.best is not None and self.seen % _PULSE == 0:
            try:
                self._tell(min(1.0, self.seen / self._stop.neighbours), self.best)
            except KeyboardInterrupt:
                self._stop.halt.set()
            except BaseException as trouble:
                self.trouble = trouble
        return self.done()

    def done(self) -> bool:
        """Tell whether the search has had its fill (the wall clock not counted)."""
        # A first solution is always waited for: without one there is nothing to return.
        if self.trouble is not None or (self.best is not None and self._stop.halt.is_set()):
            return True
        if self.best is None:
            return False
        return self.seen >= self._stop.neighbours or self.best <= self._stop.cost


def search(
    problem: Problem,
    *,
    visits: Sequence[Visit],
    penalties: Mapping[str, int],
    stop: Stop,
    manner: Manner,
    start: Sequences | None = None,
    tell: Callable[[float, int], None] | None = None,
    keep: Callable[[Sequences], None] | None = None,
) -> Found:
    """Return good routes through *visits*, leaving out what costs more than its penalty.

    Parameters
    ----------
    visits
        Visits to choose from; each must be possible on some team-day.
    penalties
        Seconds that leaving a visit out costs, by id.
    start
        Routes to start from; otherwise the first solution of *manner*.
    tell
        Called now and then with the share done and the best cost so far. What it raises ends the
        search and is raised again; a keyboard interrupt only sets the halt.
    keep
        Called with the routes of every solution on the way.
    """
    fixed = appointments(problem, visits, start=start or {}, timetable=Timetable(problem))
    visits, lost = _searched(problem, visits, fixed, penalties)
    model = _Model(problem, visits, penalties, fixed) if visits else None
    if model is None or not model.team_days:
        return Found(sequences={}, complete=True)
    began = time.monotonic()
    meter = _Meter(model, stop, tell, keep, lost=lost)
    model.routing.AddAtSolutionCallback(meter.solution)
    model.routing.AddSearchMonitor(model.routing.solver().CustomLimit(meter.over))
    solution = _solve(model, _parameters(stop.seconds, manner), start)
    if meter.trouble is not None:
        raise meter.trouble
    complete = not stop.halt.is_set() and (meter.done() or time.monotonic() - began < stop.seconds)
    if solution is None:
        return Found(sequences=start or fixed, complete=complete)
    return Found(sequences=model.sequences(solution), complete=complete)


def _solve(
    model: _Model,
    parameters: Any,  # noqa: ANN401 - a protocol buffer
    start: Sequences | None,
) -> pywrapcp.Assignment | None:
    if start:
        model.routing.CloseModelWithParameters(parameters)
        first = model.assignment(start)
        if first is not None:
            return model.routing.SolveFromAssignmentWithParameters(first, parameters)
    return model.routing.SolveWithParameters(parameters)


def _parameters(seconds: float, manner: Manner) -> Any:  # noqa: ANN401 - a protocol buffer
    found = pywrapcp.DefaultRoutingSearchParameters()
    enums = routing_enums_pb2
    found.first_solution_strategy = getattr(enums.FirstSolutionStrategy, manner.first)
    found.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    found.guided_local_search_lambda_coefficient = manner.guide
    milliseconds = max(1, int(seconds * 1000))
    found.time_limit.FromMilliseconds(milliseconds)
    # Each neighbour is completed (lunches get their times) within a limit of the wall clock, by
    # default 0.1 s: on a busy machine it cut some short, and the same input gave other plans.
    found.lns_time_limit.FromMilliseconds(milliseconds)
    return found


def _searched(
    problem: Problem, visits: Sequence[Visit], fixed: Sequences, penalties: Mapping[str, int]
) -> tuple[list[Visit], int]:
    """Return the visits to search for, and the penalties of the tied ones that found no place."""
    made = {visit.id for stops in fixed.values() for visit in stops}
    names = tied(problem)
    gone = {one.id for one in visits if one.id in names and one.id not in made}
    return [one for one in visits if one.id not in gone], sum(penalties[id_] for id_ in gone)


def _may(visit: Visit, day: TeamDay, problem: Problem) -> bool:
    return (
        obstacle(visit, day, locked=problem.locked) is None
        and visit.window[0] + visit.service <= day.end + day.overtime
        and visit.window[1] >= day.start
    )
