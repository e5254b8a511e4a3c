"""Counts against what is expected of them: spread, tails, false discoveries, relative risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betainc, gammainc, gammaincinv, gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NO_DISPERSION = 1e-3  # below it the negative binomial is a Poisson for every count met here
_MOST_DISPERSION = 50.0
_LEAST_PRIOR_VARIANCE = 0.05  # of the relative risk: keeps intervals open when phi is estimated 0


def dispersion(observed: Floats, expected: Floats) -> float:
    """Estimate by maximum likelihood how much more than Poisson the counts of single cells vary.

    Parameters
    ----------
    observed, expected
        Events per cell; cells without exposure say nothing and are skipped.

    Returns
    -------
    float
        phi of variance = mean + phi · mean²; 0 where the counts vary no more than Poisson.

    Notes
    -----
    Maximum likelihood because the moment estimate hangs on the few cells with most exposure.
    """
    has = expected > 0
    y, mean = observed[has], expected[has]
    if y.sum() <= 0 or len(y) < 2:
        return 0.0
    counts, times = np.unique(y, return_counts=True)

    def loss(log_phi: float) -> float:
        k = np.exp(-log_phi)
        spread = np.log(k + mean)
        chance = float(times @ (gammaln(counts + k) - gammaln(k)))
        # Without y · log(mean), which does not hang on k.
        return float((y + k) @ spread) - chance - len(y) * float(k * np.log(k))

    low, high = float(np.log(_NO_DISPERSION)), float(np.log(_MOST_DISPERSION))
    best = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    phi = float(np.exp(best.x))
    return 0.0 if phi < 2 * _NO_DISPERSION else phi


def upper_tail(observed: Floats, *, mean: Floats, squares: Floats, phi: float) -> Floats:
    """Return P(Y >= observed) for sums of negative binomials with one phi.

    The sum is matched to a negative binomial of the same mean and variance, mean + phi · squares,
    where *squares* is the sum of the squared means: nine equal cells vary less than one big one.
    Without a mean there is nothing to test and the tail is 1.
    """
    count = np.maximum(observed, 1.0)
    safe = np.where(mean > 0, mean, 1.0)
    if phi > 0:
        k = safe**2 / (phi * np.where(mean > 0, squares, 1.0))
        tail = betainc(count, k, safe / (k + safe))
    else:
        tail = gammainc(count, safe)
    return np.asarray(np.where((observed > 0) & (mean > 0), tail, 1.0), np.float64)


def false_discovery(p: Floats, *, tested: NDArray[np.bool_]) -> Floats:
    """Turn p-values into Benjamini–Hochberg q-values over the tested cells; 1 elsewhere."""
    q = np.ones(len(p))
    chosen = p[tested]
    if len(chosen):
        order = np.argsort(chosen, kind="stable")
        scaled = chosen[order] * len(chosen) / np.arange(1, len(chosen) + 1)
        ranked = np.minimum.accumulate(scaled[::-1])[::-1]
        adjusted = np.empty(len(chosen))
        adjusted[order] = np.minimum(ranked, 1.0)
        q[tested] = adjusted
    return q


def relative_risk(observed: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Shrink observed/expected to 1 by a gamma prior whose variance the counts themselves show.

    Returns
    -------
    tuple of arrays
        The relative risk and its 95 % interval.
    """
    has = expected > 0
    spread = ((observed - expected) ** 2 - observed)[has].sum()
    scale = (expected[has] ** 2).sum()
    variance = max(spread / scale if scale > 0 else 0.0, _LEAST_PRIOR_VARIANCE)
    shape, rate = observed + 1 / variance, expected + 1 / variance
    low, high = (gammaincinv(shape, tail) / rate for tail in (0.025, 0.975))
    return shape / rate, low, high
