"""Even shares of visits that few team-days can make, such as those of the night.

Where hours are to be even, a team whose late shift makes no visit of the night stays short of them,
and a search at little heat does not take one from another team any more. So the first plan of such
a week gives each team-day of the rarer hours its share.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from scheduler import meetings
from scheduler.able import able
from scheduler.problem import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, Visit


def shares(problem: Problem, visits: Sequence[Visit]) -> tuple[Limit, ...]:
    """Return how many of the visits that only rarer hours are open to one team-day makes at most.

    Hours are rarer if not most team-days have them. Bound visits go where the others are, and count
    nowhere.
    """
    days = [day for day in problem.team_days if not day.expert]
    kinds = Counter((day.start, day.end) for day in days)
    bound = meetings.bound(problem.visits)
    single = [visit for visit in visits if visit.id not in bound]
    found = []
    for kind, count in sorted(kinds.items()):
        some = [visit for visit in single if _only(visit, kind, list(kinds))]
        theirs = [day for day in days if (day.start, day.end) == kind]
        if 2 * count <= len(days) and len({day.team for day in theirs}) > 1 and some:
            most = _share(able(problem, some, theirs))
            ids = frozenset(visit.id for visit in some)
            found.append(Limit(code="share", visits=ids, most=most, within="team_day"))
    return tuple(found)


def _only(visit: Visit, kind: tuple[int, int], kinds: Sequence[tuple[int, int]]) -> bool:
    """Tell whether *visit* is open within the hours of *kind* and of no other."""
    first, last = visit.window
    return [one for one in kinds if first + visit.service <= one[1] and last >= one[0]] == [kind]


def _share(may: NDArray[np.bool_]) -> int:
    """Return the least share with which as many visits have a team-day as without any."""
    possible = int(may.any(axis=1).sum())
    most: int = max(1, -(-possible // may.shape[1]))
    while _matched(may, most) < possible:
        most += 1
    return most


def _matched(may: NDArray[np.bool_], most: int) -> int:
    """Return how many visits have a team-day where each makes at most so many."""
    seats = csr_matrix(np.tile(may, (1, most)).astype(np.int8))
    return int((maximum_bipartite_matching(seats, perm_type="column") >= 0).sum())
