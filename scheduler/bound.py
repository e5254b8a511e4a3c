"""A lower bound of what any plan of a week can count, worked out without a search.

It is the value of an assignment: every visit that is made is driven to from exactly one place and
left for exactly one place, every team-day leaves its station at most once; who is not made pays
what leaving it out counts. A drive from one visit to the next is open only where some team-day
could make both one after the other. What the assignment forgets (hours, lunches, and that the
drives must form rounds) only makes plans dearer, so no plan is cheaper than the bound. It is
honest, not tight: short circles between neighbours are cheaper than rounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from scheduler.able import able
from scheduler.problem import LEFT_OUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import Problem, TeamDay, Visit

    Table = NDArray[np.int64]

_FAR = 10 * LEFT_OUT_SECONDS  # closed; more than any leaving out
_EXACT = 1_200  # visits and team-days up to which the assignment is solved, beyond it is bounded


def worth(visit: Visit) -> int:
    """Return what leaving *visit* out counts in the objective."""
    return LEFT_OUT_SECONDS if visit.mandatory else visit.prize


def lower(problem: Problem, *, impossible: Collection[str] = ()) -> int:
    """Return a lower bound of the objective of every plan of *problem*.

    Parameters
    ----------
    impossible
        Ids of visits that no team-day can make: they are left out in every plan.
    """
    visits = [visit for visit in problem.visits if visit.id not in impossible]
    lost = sum(worth(visit) for visit in problem.visits if visit.id in impossible)
    if not visits or not problem.team_days:
        return lost + sum(worth(visit) for visit in visits)
    costs = _costs(problem, visits)
    if len(costs) <= _EXACT:
        rows, columns = linear_sum_assignment(costs)
        return lost + int(costs[rows, columns].sum())
    # Any prices of rows and columns that no cost undercuts sum up to a bound of the assignment.
    least = costs.min(axis=1)
    return lost + int(least.sum() + (costs - least[:, None]).min(axis=0).sum())


def _costs(problem: Problem, visits: Sequence[Visit]) -> Table:
    """Return what each entry of the assignment counts: from visits and team-days, to the same."""
    days, n = problem.team_days, len(visits)
    may = able(problem, visits, days)
    stations = {depot.id: depot.place for depot in problem.depots}
    places = np.array([visit.place for visit in visits])
    home = np.array([stations[day.depot] for day in days])
    last = np.array([stations[day.finish or day.depot] for day in days])
    price = _least_prices(problem, visits, may)
    costs = np.full((n + len(days), n + len(days)), _FAR, np.int64)
    drives = _drives(problem, places, places)
    exact = len(costs) <= _EXACT
    costs[:n, :n] = np.where(_in_turn(problem, visits, may), drives, _FAR) if exact else drives
    costs[n:, :n] = np.where(may.T, _drives(problem, home, places), _FAR)
    costs[:, :n] += price[None, :]
    costs[np.arange(n), np.arange(n)] = [worth(visit) for visit in visits]
    back = _drives(problem, places, last)
    back[:, [day.open_end for day in days]] = 0
    costs[:n, n:] = np.where(may, back, _FAR)
    costs[n:, n:] = 0
    return costs


def _drives(problem: Problem, here: NDArray[np.int64], there: NDArray[np.int64]) -> Table:
    apart = here[:, None] != there[None, :]
    return np.where(apart, problem.seconds[np.ix_(here, there)], 0).astype(np.int64)


def _least_prices(
    problem: Problem, visits: Sequence[Visit], may: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the least that it counts to have each visit made by anybody."""
    if not problem.prices:
        return np.zeros(len(visits), np.int64)
    table = np.array([[problem.price(one, day) for day in problem.team_days] for one in visits])
    least = np.where(may, table, _FAR).min(axis=1)
    return np.where(may.any(axis=1), least, 0).astype(np.int64)


def _in_turn(
    problem: Problem, visits: Sequence[Visit], may: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell of which visits (rows) a team-day could go on to which others (columns)."""
    places = np.array([visit.place for visit in visits])
    opens = np.array([visit.window[0] for visit in visits])
    closes = np.array([visit.window[1] for visit in visits])
    service = np.array([visit.service for visit in visits])
    drives = _drives(problem, places, places)
    found = np.zeros((len(visits), len(visits)), bool)
    # Team-days with the same visits and hours say the same.
    kinds: dict[tuple[bytes, int, int], TeamDay] = {}
    for column, day in zip(may.T, problem.team_days, strict=True):
        kinds.setdefault((column.tobytes(), day.start, day.end + day.overtime), day)
    for mask, start, end in kinds:
        able = np.frombuffer(mask, bool)
        leave = np.maximum(opens, start) + service
        arrive = leave[:, None] + drives
        begin = np.maximum(arrive, opens[None, :])
        inside = (begin <= closes[None, :]) & (begin + service[None, :] <= end)
        found |= able[:, None] & able[None, :] & inside
    np.fill_diagonal(found, False)
    return found
