"""Risk of an enterprise from its own record: observed against expected severity, shrunk.

What visits found is divided by what they made one expect (:mod:`geo.strictness`), and drawn to 1
as far as few visits prove little (empirical Bayes: a gamma prior whose variance is estimated from
how alike the visits of one enterprise are). It needs no training, and every number can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import gamma

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAST_SPREAD, MOST_SPREAD = 0.02, 4.0
"""Bounds of the variance between enterprises: below the first nothing could be told apart."""
_TAIL = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """How enterprises differ.

    Attributes
    ----------
    spread
        Variance of the true ratios between enterprises.
    noise
        Variance of one visit's severity over its expectation, at one enterprise.
    """

    spread: float
    noise: float

    @property
    def weight(self) -> float:
        """Expected severity that weighs as much as the prior: half-way to the own record."""
        return self.noise / self.spread


def prior_of(severity: Floats, expected: Floats, *, object_: Ints) -> Prior:
    """Estimate how much enterprises differ, from the products of different visits of one.

    Parameters
    ----------
    severity, expected
        By visit.
    object_
        Number of its enterprise.
    """
    seen, place = np.unique(object_, return_inverse=True)
    count = len(seen)
    left = severity - expected
    by = {
        "left": np.bincount(place, weights=left, minlength=count),
        "left2": np.bincount(place, weights=left**2, minlength=count),
        "due": np.bincount(place, weights=expected, minlength=count),
        "due2": np.bincount(place, weights=expected**2, minlength=count),
    }
    pairs = float((by["due"] ** 2 - by["due2"]).sum())
    alike = float((by["left"] ** 2 - by["left2"]).sum())
    spread = alike / pairs if pairs > 0 else LEAST_SPREAD
    spread = min(max(spread, LEAST_SPREAD), MOST_SPREAD)
    due, due2 = float(by["due"].sum()), float(by["due2"].sum())
    noise = (float(by["left2"].sum()) - spread * due2) / due if due > 0 else 1.0
    return Prior(spread=spread, noise=max(noise, 0.05))


def shrunk(observed: Floats, expected: Floats, *, prior: Prior) -> Floats:
    """Return the ratio of observed to expected, drawn to 1 by the prior."""
    return (observed + prior.weight) / (expected + prior.weight)


def enterprise_risk(
    severity: Floats, expected: Floats, *, object_: Ints, ids: pd.Index[str], prior: Prior
) -> pd.DataFrame:
    """Return by enterprise its record and what it says.

    Returns
    -------
    DataFrame indexed by *ids*
        ``visits``, ``observed``, ``expected``; ``ratio`` with its 95 % interval ``low``, ``high``;
        ``weight``: share of the own record in the ratio (0 without visits).
    """
    count = len(ids)
    visits = np.bincount(object_, minlength=count)
    observed = np.bincount(object_, weights=severity, minlength=count).astype(float)
    due = np.bincount(object_, weights=expected, minlength=count).astype(float)
    shape = 1.0 / prior.spread + observed / prior.noise
    scale = 1.0 / (1.0 / prior.spread + due / prior.noise)
    return pd.DataFrame(
        {
            "visits": visits, "observed": observed, "expected": due,
            "ratio": shrunk(observed, due, prior=prior),
            "low": gamma.ppf(_TAIL, shape, scale=scale),
            "high": gamma.ppf(1 - _TAIL, shape, scale=scale),
            "weight": due / (due + prior.weight),
        },
        index=ids,
    )  # fmt: skip
