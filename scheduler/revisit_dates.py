"""When closed sites are seen again: visits as dense as the square root of the hazard.

With the cost ``c`` of a visit and the harm ``L`` of a day of illegal work that nobody sees, visits
``D`` days apart cost ``c / D + L × hazard × D / 2`` a day. The least of it is at
``D = sqrt(2 c / (L × hazard))``: visits are as dense as ``scalar × sqrt(L × hazard)``, with one
scalar for all sites, so that the last visit brings the same everywhere (Keller 1974, Optimum
checking schedules for systems subject to random failure). The scalar follows from the number of
visits that the bureau can make in a year.

The k-th visit after a closing is due when the density, summed up since the last visit, reaches one
(one half for the first). Each interval is stretched or shortened at random by up to ``jitter``:
a hash of the bureau's secret key, the site and its last visit decides, so that the same state gives
the same date, and nobody without the key can work it out from what is public.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from scheduler.relapse import Past, RelapseModel
    from scheduler.revisit_rules import Dates

    Floats = NDArray[np.float64]

YEAR = 365.0
_FIRST_DAYS, _POINTS = 0.25, 192  # of the days at which densities are summed up


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosedSites:
    """Closed sites as of a day, one entry each in every array.

    Attributes
    ----------
    ids
        Site and the start of the interval, as the jitter hashes them.
    rate, past
        See :meth:`scheduler.relapse.RelapseModel.rate` and :class:`scheduler.relapse.Past`.
    age
        Days since the closing.
    seen
        Days from the closing to the last visit; 0 where there was none.
    harm
        What a day costs, relative to others.
    """

    ids: Sequence[str]
    rate: Floats
    past: Past
    age: Floats
    seen: Floats
    harm: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """When every site is due next.

    Attributes
    ----------
    days
        Days after the closing; infinite where it is not worth a visit any more.
    scalar
        Visits a day for each root of a relapse a day.
    a_year
        Visits to each site in the coming year, if nothing is found.
    """

    days: Floats
    scalar: float
    a_year: Floats


def schedule(
    sites: ClosedSites, *, model: RelapseModel, visits_a_year: float, rules: Dates, key: str
) -> Schedule:
    """Return when each site is due next, for so many visits to all of them in the coming year.

    Parameters
    ----------
    key
        Secret of the bureau; without it nothing is moved at random.
    """
    density = Density.of(sites, model=model, last=float(sites.age.max(initial=0.0)) + YEAR)
    a_year = density.at(sites.age + YEAR) - density.at(sites.age)
    total = float(a_year.sum())
    scalar = visits_a_year / total if total > 0 else 0.0
    days = next_days(
        density, sites.seen, scalar=scalar, rules=rules, shift=jitters(sites.ids, key=key)
    )
    return Schedule(days=days, scalar=scalar, a_year=np.asarray(scalar * a_year))


def next_days(
    density: Density, seen: Floats, *, scalar: float, rules: Dates, shift: Floats
) -> Floats:
    """Return the day after the closing on which each site is due next.

    Parameters
    ----------
    seen
        Day of its last visit, 0 for none.
    shift
        How far the interval is moved at random, from -1 to 1.
    """
    with np.errstate(divide="ignore"):
        wanted = np.divide(np.where(seen > 0, 1.0, 0.5), scalar)
    even = density.until(density.at(seen) + wanted)
    moved = seen + (even - seen) * (1.0 + rules.jitter * shift)
    return np.maximum(moved, seen + rules.least_days)


def jitters(ids: Sequence[str], *, key: str) -> Floats:
    """Return a number from -1 to 1 for each of *ids*, as even as a hash; 0 without a key."""
    if not key:
        return np.zeros(len(ids))
    digests = (hashlib.sha256(f"{key}|{one}".encode()).digest()[:7] for one in ids)
    return np.array([int.from_bytes(one) / 2**55 - 1.0 for one in digests], dtype=float)


def spread_out(worth: Floats, *, late: NDArray[np.bool_], weekly: int) -> NDArray[np.int64]:
    """Return in how many weeks each *late* site comes, *weekly* a week, those worth most first.

    What is not late has -1.
    """
    which = np.flatnonzero(late)
    order = which[np.argsort(-worth[which], kind="stable")]
    weeks = np.full(len(worth), -1, dtype=np.int64)
    weeks[order] = np.arange(len(order)) // max(1, weekly)
    return weeks


def weekly_pace(visits_a_year: float, rules: Dates) -> int:
    """Return how many of the visits that have piled up come in one week at most."""
    return max(1, math.ceil(rules.spread * visits_a_year * 7 / YEAR))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Density:
    """Roots of the hazard summed up since the closing, at some days, one row a site."""

    days: Floats
    sums: Floats

    @classmethod
    def of(cls, sites: ClosedSites, *, model: RelapseModel, last: float) -> Density:
        """Sum up the roots of the hazard until well after the day *last*."""
        ends = np.concatenate([[0.0], np.geomspace(_FIRST_DAYS, 4 * last, _POINTS)])
        middles = np.sqrt(np.maximum(ends[:-1], ends[1] / 4) * ends[1:])
        hazard = model.hazards(sites.rate, past=sites.past, days=middles)
        roots = np.sqrt(sites.harm[:, None] * hazard) * np.diff(ends)
        sums = np.concatenate([np.zeros((len(roots), 1)), np.cumsum(roots, axis=1)], axis=1)
        return cls(days=ends, sums=sums)

    def at(self, days: Floats) -> Floats:
        """Return the sum of each row by its own day."""
        right = np.clip(np.searchsorted(self.days, days), 1, len(self.days) - 1)
        rows = np.arange(len(days))
        low, high = self.sums[rows, right - 1], self.sums[rows, right]
        share = (days - self.days[right - 1]) / (self.days[right] - self.days[right - 1])
        return np.asarray(low + np.minimum(share, 1.0) * (high - low))

    def on(self, days: Floats) -> Floats:
        """Return the sum of every row by every one of *days*, (sites, days)."""
        return np.array([np.interp(days, self.days, row) for row in self.sums])

    def until(self, sums: Floats) -> Floats:
        """Return by which day each row reaches its own sum; infinite where it never does."""
        right = np.clip((self.sums < sums[:, None]).sum(axis=1), 1, len(self.days) - 1)
        rows = np.arange(len(sums))
        low, high = self.sums[rows, right - 1], self.sums[rows, right]
        share = (sums - low) / np.maximum(high - low, 1e-300)
        days = self.days[right - 1] + share * (self.days[right] - self.days[right - 1])
        return np.where(sums > self.sums[:, -1], np.inf, days)
