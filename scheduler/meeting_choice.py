"""Bound visits in the choice of routes: CP-SAT keeps partners, followers and rounds together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scheduler import meetings
from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ortools.sat.python import cp_model

    from scheduler.problem import Problem, Visit

_Moment = tuple[int, int]  # day as an ordinal, and seconds since its midnight


def bind(
    model: cp_model.CpModel,
    problem: Problem,
    columns: Iterable[tuple[Any, str, Sequence[Visit]]],
) -> None:
    """Let a choice of routes keep the bonds of *problem*.

    Parameters
    ----------
    columns
        Whether a route is chosen, its team-day, and its visits with their appointments.
    """
    some = meetings.bound(problem.visits)
    if not some:
        return
    days = {day.id: day.day.toordinal() for day in problem.team_days}
    made: dict[str, dict[_Moment, list[Any]]] = {id_: defaultdict(list) for id_ in some}
    for chosen, team_day, stops in columns:
        for visit in stops:
            if visit.id in some:
                made[visit.id][days[team_day], visit.window[0]].append(chosen)
    for joint in meetings.parts(problem.visits).values():
        _start_together(model, [made[part.id] for part in joint])
    for visit in problem.visits:
        if visit.follows:
            _keep_distance(model, visit, made)
    _stay_on_one_day(model, problem, made)


def _start_together(model: cp_model.CpModel, parts: list[dict[_Moment, list[Any]]]) -> None:
    """Let all parts begin at a moment, or none."""
    for moment in sorted({moment for part in parts for moment in part}):
        begins = model.new_bool_var("")
        for part in parts:
            model.add(sum(part.get(moment, ())) == begins)


def _keep_distance(
    model: cp_model.CpModel, visit: Visit, made: dict[str, dict[_Moment, list[Any]]]
) -> None:
    """Let a follower begin at a moment only if the other visit begins at one that goes with it."""
    if visit.follows is None:
        return
    least, most = visit.follows.least, visit.follows.most
    others = made.get(visit.follows.visit, {})
    for (day, second), chosen in made[visit.id].items():
        fitting: list[Any] = []
        for (other_day, other_second), those in others.items():
            apart = (day - other_day) * DAY_SECONDS + second - other_second
            if least <= apart and (most is None or apart <= most):
                fitting += those
        model.add(sum(chosen) <= sum(fitting))


def _stay_on_one_day(
    model: cp_model.CpModel, problem: Problem, made: dict[str, dict[_Moment, list[Any]]]
) -> None:
    """Let visits of one round be made on the day that is chosen for it."""
    chosen_days: dict[str, dict[int, Any]] = defaultdict(dict)
    for visit in problem.visits:
        if not visit.round:
            continue
        known = chosen_days[visit.round]
        for (day, _), chosen in made[visit.id].items():
            if day not in known:
                known[day] = model.new_bool_var("")
            for one in chosen:
                model.add_implication(one, known[day])
    for known in chosen_days.values():
        model.add_at_most_one(known.values())
