"""Plan many weeks that have nothing to do with one another: the counties of a province.

Each county is one job of the workers, planned as it would be alone; who plans it changes nothing.
A county that cannot be planned is named and takes no other with it.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scheduler import meetings, ruin, solve
from scheduler.workers import Here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scheduler.plan import Plan
    from scheduler.problem import Problem
    from scheduler.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One county: its plan, or None with what went wrong (``said``) and where (``trace``)."""

    name: str
    plan: Plan | None
    said: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _County:
    """One county as a worker gets it."""

    name: str
    problem: Problem
    options: dict[str, Any]


def plan_many(
    problems: Mapping[str, Problem],
    *,
    workers: Workers | None = None,
    progress: Callable[[float, Outcome], None] | None = None,
    **options: Any,
) -> dict[str, Outcome]:
    """Return an outcome for each of *problems*, by name and in their order.

    Parameters
    ----------
    problems
        Weeks by name of the county.
    workers
        Who plans them; one county after the other in this process if nobody is named.
    progress
        Called with the share of counties done and the outcome of the last one; what it raises ends
        the planning.
    **options
        What :func:`scheduler.solve.plan` is given for every county, such as ``effort`` and
        ``seed``; only what can be sent to another process.
    """
    counties = [
        _County(name=name, problem=problem, options=options) for name, problem in problems.items()
    ]
    found: dict[str, Outcome] = {}
    if ruin.available():
        # Compiled once here, read from the disk by all.
        for bound in sorted({bool(meetings.bound(one.problem.visits)) for one in counties}):
            ruin.get_ready(bound=bound)
    for outcome in (workers or Here()).map(_plan, counties):
        found[outcome.name] = outcome
        if progress is not None:
            progress(len(found) / len(counties), outcome)
    return found


def _plan(county: _County) -> Outcome:
    """Plan one county; whatever goes wrong there is part of its outcome."""
    try:
        plan = solve.plan(county.problem, **county.options)
    except Exception as trouble:
        said = f"{type(trouble).__name__}: {trouble}"
        return Outcome(name=county.name, plan=None, said=said, trace=traceback.format_exc())
    return Outcome(name=county.name, plan=plan)
