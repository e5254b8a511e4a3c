"""Can these crews be formed together? A yes with one way to do it, or a no."""

from __future__ import annotations

from collections import Counter, defaultdict
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
    decided = decided or {}
    if _ruled_out(bundles, people=people, decided=decided, max_days=max_days):
        return None
    model = cp_model.CpModel()
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
    # The questions are small: presolving takes twice as long as answering.
    solver.parameters.cp_model_presolve = False
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {
        bundle.id: frozenset(
            person for person in bundle.candidates if solver.value(member[bundle.id, person])
        )
        for bundle in bundles
    }


def _ruled_out(
    bundles: Sequence[Bundle],
    *,
    people: Mapping[str, Inspector],
    decided: Mapping[tuple[str, str], bool],
    max_days: int | None,
) -> bool:
    """Tell whether what is decided leaves some crew impossible by itself, at a glance.

    Most questions that have the answer no are answered here, without a solver.
    """
    settled = {
        bundle.id: [one for one in bundle.candidates if decided.get((bundle.id, one))]
        for bundle in bundles
    }
    busy = Counter((bundle.day, one) for bundle in bundles for one in settled[bundle.id])
    worked = Counter(one for crew in settled.values() for one in crew)
    most = len(bundles) if max_days is None else max_days
    if any(count > 1 for count in busy.values()) or any(n > most for n in worked.values()):
        return True
    for bundle in bundles:
        free = [
            one
            for one in bundle.candidates
            if (bundle.id, one) not in decided and not busy[bundle.day, one] and worked[one] < most
        ]
        fixed = [people[one] for one in settled[bundle.id]]
        if _cannot_form(bundle, fixed, [people[one] for one in free]):
            return True
    return False


def _cannot_form(bundle: Bundle, fixed: list[Inspector], free: list[Inspector]) -> bool:
    """Tell whether a crew of *fixed* and some of *free* lacks people, departments or skills."""
    least, most = bundle.size
    if len(fixed) > most or len(fixed) + len(free) < least:
        return True
    missing = bundle.departments - {one.department for one in fixed}
    unknown = bundle.specialities - frozenset().union(*(one.specialities for one in fixed))
    seats = most - len(fixed)
    if seats > 2:
        able = frozenset().union(*(one.specialities for one in free))
        return not (missing <= {one.department for one in free} and unknown <= able)
    return not _completed(missing, unknown, free, seats=seats)


def _completed(
    departments: frozenset[str], specialities: frozenset[str], free: list[Inspector], *, seats: int
) -> bool:
    """Tell whether at most *seats* of *free* stand for everything that is still missing."""
    if not departments and not specialities:
        return True
    if seats == 0:
        return False
    wanted = min(departments, default="")
    skill = min(specialities, default="")
    return any(
        _completed(
            departments - {one.department}, specialities - one.specialities, free, seats=seats - 1
        )
        for one in free
        if (one.department == wanted if wanted else skill in one.specialities)
    )


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
        if len(crews) > 1:
            model.add(_total(crews) <= 1)
    if max_days is not None:
        for crews in by_week.values():
            if len(crews) > max_days:
                model.add(_total(crews) <= max_days)


def _total(terms: list[Any]) -> Any:  # noqa: ANN401 - a number or a linear expression
    settled = sum(term for term in terms if isinstance(term, int))
    open_ = [term for term in terms if not isinstance(term, int)]
    return cp_model.LinearExpr.sum(open_) + settled if open_ else settled
