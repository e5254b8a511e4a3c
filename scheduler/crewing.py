"""Can these crews be formed together? A yes with one way to do it, or a no."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from scheduler.problem import Inspector

Witness = dict[str, frozenset[str]]
"""Ids of a crew by bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One crew to form: the work of a team-day, what it needs and who may be in it.

    ``size`` is the least and the greatest number of officers.
    """

    id: str
    day: dt.date
    size: tuple[int, int]
    departments: frozenset[str]
    specialities: frozenset[str]
    candidates: tuple[str, ...]


def staff(
    bundles: Sequence[Bundle],
    *,
    people: Mapping[str, Inspector],
    decided: Mapping[tuple[str, str], bool] | None = None,
    max_days: int | None = None,
) -> Witness | None:
    """Return some crews that keep every rule together, or None where there are none.

    A crew has its size and at least one officer of every department and speciality it needs; nobody
    is in two crews on one day or works more than *max_days* days.

    Parameters
    ----------
    decided
        Memberships (bundle, person) that are settled already.
    """
    model = cp_model.CpModel()
    decided = decided or {}
    member: dict[tuple[str, str], Any] = {}
    for bundle in bundles:
        for person in bundle.candidates:
            key = (bundle.id, person)
            settled = decided.get(key)
            member[key] = model.new_bool_var("") if settled is None else int(settled)
    for bundle in bundles:
        _form(model, bundle, people=people, member=member)
    _share(model, bundles, member=member, max_days=max_days)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {
        bundle.id: frozenset(
            person for person in bundle.candidates if solver.value(member[bundle.id, person])
        )
        for bundle in bundles
    }


def _form(
    model: cp_model.CpModel,
    bundle: Bundle,
    *,
    people: Mapping[str, Inspector],
    member: Mapping[tuple[str, str], Any],
) -> None:
    crew = [(people[person], member[bundle.id, person]) for person in bundle.candidates]
    least, most = bundle.size
    total = _total([is_in for _, is_in in crew])
    model.add(total >= least)
    model.add(total <= most)
    for department in sorted(bundle.departments):
        covering = [is_in for one, is_in in crew if one.department == department]
        model.add(_total(covering) >= 1)
    for speciality in sorted(bundle.specialities):
        covering = [is_in for one, is_in in crew if speciality in one.specialities]
        model.add(_total(covering) >= 1)


def _share(
    model: cp_model.CpModel,
    bundles: Sequence[Bundle],
    *,
    member: Mapping[tuple[str, str], Any],
    max_days: int | None,
) -> None:
    by_day: dict[tuple[dt.date, str], list[Any]] = defaultdict(list)
    by_week: dict[str, list[Any]] = defaultdict(list)
    for bundle in bundles:
        for person in bundle.candidates:
            by_day[bundle.day, person].append(member[bundle.id, person])
            by_week[person].append(member[bundle.id, person])
    for crews in by_day.values():
        model.add(_total(crews) <= 1)
    if max_days is not None:
        for crews in by_week.values():
            model.add(_total(crews) <= max_days)


def _total(terms: list[Any]) -> Any:  # noqa: ANN401 - a number or a linear expression
    return sum(terms)
