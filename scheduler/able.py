"""Who could make what: visits by team-days, asked once for what visits have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, TeamDay, Visit


def able(
    problem: Problem, visits: Sequence[Visit], team_days: Sequence[TeamDay]
) -> NDArray[np.bool_]:
    """Return a table of visits by team-days: what could be made by everything but driving."""
    starts = np.array([day.start for day in team_days])
    ends = np.array([day.end + day.overtime for day in team_days])
    ids = np.array([day.id for day in team_days])
    known: dict[tuple[object, ...], NDArray[np.bool_]] = {}
    found = np.zeros((len(visits), len(team_days)), bool)
    for row, visit in zip(found, visits, strict=True):
        key = (
            visit.departments, visit.specialities, visit.days, visit.equipment, visit.load,
            visit.assists,
        )  # fmt: skip
        if key not in known:
            known[key] = np.array([obstacle(visit, day) is None for day in team_days], bool)
        first, last = visit.window
        row[:] = known[key] & (first + visit.service <= ends) & (last >= starts)
        if visit.id in problem.locked:
            row &= ids == problem.locked[visit.id]
    return found
