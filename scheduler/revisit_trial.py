"""What schedules of revisits would have found: undetected days at the same number of visits.

Closed sites whose relapse is known are visited on paper: a relapse stays until the first visit on
or after its day, or until the end of the horizon; visits to a site end with it. Schedules are told
by how many visits each site has had by the end of each day, so that anything can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scheduler.revisit_dates import Density, next_days

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scheduler.revisit_rules import Dates

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

SOON_DAYS = 30
_HALVINGS = 11  # of a factor of 4: to less than one in a thousand
_MOST_VISITS = 200  # to one site within the horizon


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closed:
    """Closed sites with what became of them within *horizon* days.

    Attributes
    ----------
    days
        Whole days from the closing to the relapse, or the horizon; at least 1.
    relapsed
        Whether there was one.
    """

    days: Ints
    relapsed: Bools
    horizon: int

    @property
    def every_day(self) -> Floats:
        """Days 0 to the horizon."""
        return np.arange(self.horizon + 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a schedule would have found.

    Attributes
    ----------
    made
        Visits to each site.
    undetected
        Days each relapse went on, until found or until the horizon.
    soon
        Whether each was found within :data:`SOON_DAYS`.
    """

    made: Ints
    undetected: Floats
    soon: Bools


def outcome(visits: Ints, sites: Closed) -> Outcome:
    """Return what *visits* would have found: their number by the end of each day, by site."""
    rows = np.arange(len(sites.days))
    before = np.where(sites.days > 1, visits[rows, np.maximum(sites.days - 2, 0)], 0)
    later = visits > before[:, None]
    seen = later.any(axis=1)
    day = np.where(seen, later.argmax(axis=1) + 1, sites.horizon)
    late = day - sites.days
    found = seen & (day < sites.horizon)
    made = np.where(sites.relapsed, before + found, visits[:, -1])
    return Outcome(
        made=made, undetected=late[sites.relapsed].astype(float),
        soon=(found & (late <= SOON_DAYS))[sites.relapsed],
    )  # fmt: skip


def within_budget(
    make: Callable[[float], Ints], sites: Closed, *, budget: float
) -> tuple[float, Outcome]:
    """Return the scalar at which a schedule makes *budget* visits a site on average, and its find.

    *make* gives the visits for a scalar; more of it means more visits.
    """
    low = high = 1e-3
    while outcome(make(high), sites).made.mean() < budget:
        low, high = high, 4 * high
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        if outcome(make(middle), sites).made.mean() < budget:
            low = middle
        else:
            high = middle
    return high, outcome(make(high), sites)


def by_density(sums: Floats, *, phase: Floats) -> Callable[[float], Ints]:
    """Return a schedule whose visits are as dense as *sums* grows, begun at a random phase.

    Parameters
    ----------
    sums
        Density summed up by the end of each day, (sites, horizon) or (1, horizon).
    phase
        From 0 to 1 for each site.
    """
    return lambda scalar: np.floor(sums * scalar + phase[:, None]).astype(np.int64)


def by_steps(steps: Sequence[int], *, horizon: int, phase: Floats) -> Callable[[float], Ints]:
    """Return a schedule with the pattern of configured *steps*, as dense as the scalar says."""
    days = np.arange(1.0, horizon + 1.0)
    sums = np.interp(days, [0, *steps], np.arange(len(steps) + 1.0))
    return by_density(sums[None], phase=phase)


def by_hazard(
    density: Density, sites: Closed, *, rules: Dates, seed: int | None
) -> Callable[[float], Ints]:
    """Return the program's schedule: each visit as far as the density says, moved at random.

    Without a *seed* nothing is moved.
    """
    return lambda scalar: counted(
        visit_days(density, sites, scalar=scalar, rules=rules, seed=seed), sites
    )


def visit_days(
    density: Density, sites: Closed, *, scalar: float, rules: Dates, seed: int | None
) -> Floats:
    """Return the days of all visits within the horizon, (visits, sites), each after the other."""
    random = None if seed is None else np.random.default_rng(seed)
    seen, found = np.zeros(len(sites.days)), []
    for _ in range(_MOST_VISITS):
        shift = np.zeros(len(seen)) if random is None else random.uniform(-1.0, 1.0, len(seen))
        seen = next_days(
            density, np.minimum(seen, sites.horizon), scalar=scalar, rules=rules, shift=shift
        )
        if not (seen <= sites.horizon).any():
            break
        found.append(seen)
    return np.array(found).reshape(len(found), len(sites.days))


def counted(days: Floats, sites: Closed) -> Ints:
    """Return the number of visits by the end of each day."""
    rows = np.broadcast_to(np.arange(len(sites.days)), days.shape)
    inside = days <= sites.horizon
    day = np.maximum(np.ceil(days[inside]), 1).astype(np.int64) - 1
    size = len(sites.days) * sites.horizon
    visits = np.bincount(rows[inside] * sites.horizon + day, minlength=size)
    return np.cumsum(visits.reshape(len(sites.days), sites.horizon), axis=1)


def concordance(days: Floats, relapsed: Bools, *, risk: Floats) -> float:
    """Return how often, of two sites, the one of higher *risk* relapses first (Harrell's C).

    Pairs count in which the earlier one is a relapse; equal risks count half.
    """
    order = np.argsort(days, kind="stable")
    when, event, score = days[order], relapsed[order], risk[order]
    right, pairs = 0.0, 0
    for i in np.flatnonzero(event).tolist():
        first = int(np.searchsorted(when, when[i], side="right"))
        others = np.concatenate([score[first:], score[_tied(when, event, i, first)]])
        right += float((others < score[i]).sum()) + 0.5 * float((others == score[i]).sum())
        pairs += len(others)
    return right / pairs if pairs else float("nan")


def _tied(when: Floats, event: Bools, i: int, first: int) -> Ints:
    """Return the sites that were given up on the very day: they lasted longer."""
    start = int(np.searchsorted(when, when[i], side="left"))
    return start + np.flatnonzero(~event[start:first])
