"""The best objective of a small week, proven by CP-SAT from the meaning of every field.

The model shares no code with the planner: routes are circuits, a lunch lies before the departure,
on one drive, or after the return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from scheduler.problem import DAY_SECONDS, LEFT_OUT_SECONDS

if TYPE_CHECKING:
    from scheduler.problem import Problem, TeamDay, Visit

_LONG = 3 * DAY_SECONDS
_HOME = -1


def optimum(problem: Problem) -> int:
    """Return the objective of the best plan of *problem*."""
    return _Exact(problem).best()


class _Exact:
    """The week as a model."""

    def __init__(self, problem: Problem) -> None:
        self.model, self.problem = cp_model.CpModel(), problem
        self.homes = {depot.id: depot.place for depot in problem.depots}
        self.start = {
            visit.id: self.model.new_int_var(visit.window[0], min(visit.window[1], _LONG), "")
            for visit in problem.visits
        }
        self.made: dict[str, dict[str, Any]] = {visit.id: {} for visit in problem.visits}
        self.arcs: dict[tuple[str, str, str], Any] = {}
        self.costs: list[Any] = []
        for day in problem.team_days:
            self._add_day(day)
        self.done = {id_: sum(where.values()) for id_, where in self.made.items()}
        for visit in problem.visits:
            self.model.add(self.done[visit.id] <= 1)
            lost = LEFT_OUT_SECONDS if visit.mandatory else visit.prize
            self.costs.append(lost * (1 - self.done[visit.id]))
        self._add_limits()
        self._add_joint()
        self._add_orders()
        self._add_rounds()
        self._add_gates()

    def best(self) -> int:
        """Return the proven optimum."""
        self.model.minimize(sum(self.costs))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        assert solver.solve(self.model) == cp_model.OPTIMAL
        return round(solver.objective_value)

    def _able(self, visit: Visit, day: TeamDay) -> bool:
        crew = 1 if day.expert else max(2, len(day.departments))
        return (
            visit.assists == bool(day.expert)
            and visit.departments <= day.departments
            and visit.specialities <= day.specialities
            and visit.equipment <= day.equipment
            and crew <= day.seats
            and (not visit.days or day.day in visit.days)
            and self.problem.locked.get(visit.id, day.id) == day.id
        )

    def _drive(self, day: TeamDay, here: Visit | None, there: Visit | None) -> int:
        if there is None and day.open_end:
            return 0
        a = self.homes[day.depot] if here is None else here.place
        b = self.homes[day.finish or day.depot] if there is None else there.place
        return 0 if a == b else int(self.problem.seconds[a, b])

    def _add_day(self, day: TeamDay) -> None:
        """One team-day: a circuit through its home and the visits that it makes."""
        model = self.model
        some = [visit for visit in self.problem.visits if self._able(visit, day)]
        number = {visit.id: at for at, visit in enumerate(some, start=1)}
        idle = model.new_bool_var("")
        arcs = [(0, 0, idle)]
        for visit in some:
            made = self.made[visit.id][day.id] = model.new_bool_var("")
            arcs.append((number[visit.id], number[visit.id], ~made))
            self.costs.append(self.problem.prices.get((visit.id, day.id), 0) * made)
        lunch = model.new_int_var(day.lunch[0], day.lunch[1], "")
        meals = [idle] if day.lunch[2] else []
        back = model.new_int_var(day.start, day.end + day.overtime, "")
        ahead, after = model.new_bool_var(""), model.new_bool_var("")
        meals += [ahead, after] if day.lunch[2] else []
        model.add(lunch >= back).only_enforce_if(after)
        pairs = [(a, b) for a in (None, *some) for b in (None, *some) if a is not b]
        for here, there in pairs:
            arc = model.new_bool_var("")
            arcs.append((number[here.id] if here else 0, number[there.id] if there else 0, arc))
            if here and there:
                self.arcs[day.id, here.id, there.id] = arc
            drive = self._drive(day, here, there)
            self.costs.append(drive * arc)
            free = self.start[here.id] + here.service if here else day.start
            goal = self.start[there.id] if there else back
            model.add(goal >= free + drive).only_enforce_if(arc)
            if here is None:
                model.add(goal >= lunch + day.lunch[2] + drive).only_enforce_if(arc, ahead)
            if day.lunch[2]:
                eaten = model.new_bool_var("")
                meals.append(eaten)
                model.add_implication(eaten, arc)
                model.add(lunch >= free).only_enforce_if(eaten)
                model.add(goal >= lunch + day.lunch[2]).only_enforce_if(eaten)
                model.add(goal >= free + drive + day.lunch[2]).only_enforce_if(eaten)
        if day.lunch[2]:
            model.add_exactly_one(meals)
        model.add_circuit(arcs)
        mades = [self.made[visit.id][day.id] for visit in some]
        model.add(sum(mades) <= day.max_visits)
        model.add(sum(v.load * made for v, made in zip(some, mades, strict=True)) <= day.capacity)
        late = model.new_int_var(0, day.overtime, "")
        model.add(late >= back - day.end)
        self.costs.append(day.overtime_price * late)

    def _add_limits(self) -> None:
        for limit in self.problem.limits:
            groups: dict[object, list[Any]] = {}
            for id_ in limit.visits:
                for day in self.problem.team_days:
                    key = {"week": None, "day": day.day, "team_day": day.id}[limit.within]
                    if day.id in self.made[id_]:
                        groups.setdefault(key, []).append(self.made[id_][day.id])
            for some in groups.values():
                self.model.add(sum(some) <= limit.most)

    def _on(self, id_: str) -> dict[object, Any]:
        """Return on which day a visit is made."""
        found: dict[object, Any] = {}
        for day in self.problem.team_days:
            found[day.day] = found.get(day.day, 0) + self.made[id_].get(day.id, 0)
        return found

    def _add_joint(self) -> None:
        names: dict[str, list[str]] = {}
        for visit in self.problem.visits:
            if visit.meets:
                names.setdefault(visit.meets, []).append(visit.id)
        for parts in names.values():
            for other in parts[1:]:
                self.model.add(self.start[other] == self.start[parts[0]])
                for one, two in zip(
                    self._on(parts[0]).values(), self._on(other).values(), strict=True
                ):
                    self.model.add(one == two)
            for day in self.problem.team_days:
                self.model.add(sum(self.made[one].get(day.id, 0) for one in parts) <= 1)

    def _moment(self, id_: str) -> Any:  # noqa: ANN401 - a linear expression
        first = min(day.day for day in self.problem.team_days)
        return self.start[id_] + sum(
            (day.day - first).days * DAY_SECONDS * self.made[id_][day.id]
            for day in self.problem.team_days
            if day.id in self.made[id_]
        )

    def _add_orders(self) -> None:
        for visit in self.problem.visits:
            if visit.follows is None:
                continue
            both = self.model.new_bool_var("")
            self.model.add(self.done[visit.id] == both)
            self.model.add(self.done[visit.follows.visit] == 1).only_enforce_if(both)
            gap = self._moment(visit.id) - self._moment(visit.follows.visit)
            self.model.add(gap >= visit.follows.least).only_enforce_if(both)
            if visit.follows.most is not None:
                self.model.add(gap <= visit.follows.most).only_enforce_if(both)

    def _add_rounds(self) -> None:
        days = sorted({day.day for day in self.problem.team_days})
        for name in {visit.round for visit in self.problem.visits if visit.round}:
            chosen = {day: self.model.new_bool_var("") for day in days}
            self.model.add_at_most_one(chosen.values())
            for visit in self.problem.visits:
                if visit.round == name:
                    for day, made in self._on(visit.id).items():
                        self.model.add(made <= chosen[day])  # type: ignore[index]

    def _add_gates(self) -> None:
        gates: dict[str, list[str]] = {}
        for visit in self.problem.visits:
            if visit.gate and not visit.meets:
                gates.setdefault(visit.gate, []).append(visit.id)
        for some in gates.values():
            there: dict[object, list[Any]] = {}
            for day in self.problem.team_days:
                comes = self.model.new_bool_var("")
                there.setdefault(day.day, []).append(comes)
                mades = [self.made[id_].get(day.id, 0) for id_ in some]
                inner = [self.arcs.get((day.id, a, b), 0) for a in some for b in some if a != b]
                for made in mades:
                    self.model.add(made <= comes)
                self.model.add(sum(inner) >= sum(mades) - 1)
            for comes_on in there.values():
                self.model.add_at_most_one(comes_on)
