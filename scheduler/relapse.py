"""How likely a closed site starts again, by class, by its own past, and by the time since closing.

Every closing begins a spell, which ends with a relapse or is still open on the day that is known.
The hazard of a spell, ``t`` days after the closing, is

    factor of the site × level × factor of its class × features × curve at t

The factor of a site (its frailty) is gamma distributed with mean 1; what its earlier spells showed
makes it larger or smaller: ``(1/v + relapses) / (1/v + relapses expected of an average site)``,
with ``v`` its variance. A clean visit does not begin a new spell: it lets the same one go on, and
every clean day lowers the factor a little. A relapse begins a new spell when the site is closed
again, and raises the factor.

All parameters are fitted together (maximum a posteriori) with a prior that ships as data,
``relapse_prior.toml``: with little history the prior speaks, with much the bureau's own record.
How much of each stands beside every figure. Spells that began before the records did enter late
(``entered``); nothing is assumed about days that nobody knows.

Gamma frailty over repeated spells: Vaupel, Manton and Stallard (1979); Klein (1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from scheduler.relapse_curves import CURVES, UNIT_DAYS, Curve, scale
from scheduler.relapse_prior import Belief, Prior, shipped_prior

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["UNIT_DAYS", "Past", "RelapseModel", "Spells", "fit", "past_of"]

_STEP = 1e-4  # of a parameter, for the curvature
_LEAST_DAYS = 0.5  # a relapse on the day of the closing counts as half a day after it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spells:
    """Times after closings, one row each, those of one site in the order of time.

    Attributes
    ----------
    site
        Number of the site, 0, 1, …
    kind
        Number of its class in ``kinds``.
    days
        Days from the closing to the relapse, or to the last day known.
    relapsed
        Whether it ended with a relapse.
    entered
        Days after the closing from which on it is known; 0 for most.
    features
        Shape (spells, features), in the order of ``names``.
    kinds, names
        Classes and features.
    """

    site: Ints
    kind: Ints
    days: Floats
    relapsed: Bools
    entered: Floats
    features: Floats
    kinds: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelapseModel:
    """The fitted hazard.

    Attributes
    ----------
    level
        Relapses expected within :data:`UNIT_DAYS` of the closing of an average site, if every
        relapse were ended at once.
    curve, shape
        Name of the curve and its parameters (:mod:`scheduler.relapse_curves`).
    variance
        Of the factors of the sites.
    kinds
        Factor of each class.
    effects
        Coefficient of each feature.
    prior_share
        By parameter, how much of what is known of it comes from the prior, 0 to 1.
    spells, relapses, sites
        What it was fitted on.
    loss
        Minus logarithm of the posterior at its maximum, for comparing curves.
    """

    level: float
    curve: str
    shape: tuple[float, ...]
    variance: float
    kinds: Mapping[str, float]
    effects: Mapping[str, float]
    prior_share: Mapping[str, float]
    spells: int
    relapses: int
    sites: int
    loss: float

    def rate(self, kinds: Sequence[str], features: Floats | None = None) -> Floats:
        """Return relapses expected within :data:`UNIT_DAYS` of sites with a factor of 1."""
        factor = np.array([self.kinds.get(one, 1.0) for one in kinds], dtype=float)
        if features is not None and self.effects:
            factor = factor * np.exp(features @ np.array(list(self.effects.values())))
        return np.asarray(self.level * factor, dtype=float)

    def grown(self, days: Floats | float) -> Floats:
        """Return relapses expected by *days*, of those within :data:`UNIT_DAYS`."""
        return np.asarray(np.exp(CURVES[self.curve].grown(scale(days), self.shape).value))

    def hazards(self, rate: Floats, *, past: Past, days: Floats) -> Floats:
        """Return relapses a day of every site at every one of *days*, if nothing was found until.

        The result has the shape (sites, days).
        """
        rising = np.exp(CURVES[self.curve].rising(scale(days), self.shape).value) / days
        worth = (1 / self.variance + past.relapses) * rate
        seen = past.weight(self)[:, None] + rate[:, None] * self.grown(days)
        return np.asarray(worth[:, None] * rising / seen)

    def chance(
        self, rate: Floats, *, past: Past, days: Floats | float, since: Floats | float = 0.0
    ) -> Floats:
        """Return the chance of a relapse by *days* after the closing, none until *since*."""
        seen = past.weight(self) + rate * self.grown(since)
        more = rate * (self.grown(days) - self.grown(since))
        return np.asarray(1.0 - (seen / (seen + more)) ** (1 / self.variance + past.relapses))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """What the earlier spells of each site showed.

    Attributes
    ----------
    relapses
        Number of them.
    expected
        Relapses expected of an average site in the same time.
    """

    relapses: Floats
    expected: Floats

    def weight(self, model: RelapseModel) -> Floats:
        """Return expected relapses, with those that the prior of the factor is worth."""
        return np.asarray(1 / model.variance + self.expected)

    def factor(self, model: RelapseModel) -> Floats:
        """Return the factor of each site: how much more often it relapses than its class."""
        return np.asarray((1 / model.variance + self.relapses) / self.weight(model))


def fit(spells: Spells, *, prior: Prior | None = None) -> RelapseModel:
    """Fit the hazard to the spells of a bureau, leaning on the prior.

    Both curves are fitted; the one that explains the spells better counts, the first of the prior
    where they do so alike.

    Parameters
    ----------
    spells
        Any number of them, none included: then the prior alone speaks.

    Raises
    ------
    KeyError
        If the prior does not know a feature.
    """
    believed = prior or shipped_prior()
    data = _Data.of(spells)
    fitted = [_fit(data, CURVES[name], believed) for name in believed.curves]
    return min(fitted, key=lambda one: one.loss)


def _fit(data: _Data, curve: Curve, prior: Prior) -> RelapseModel:
    spells, bends = data.spells, len(curve.parameters)
    middle, sd = _beliefs(spells, curve, prior)

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = data.likelihood(theta, curve)
        away = (theta - middle) / sd
        return float(0.5 * away @ away - value), np.asarray(away / sd - slope, dtype=float)

    found = minimize(loss, middle, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    best = found.x
    share = np.clip(1 / sd**2 / np.maximum(_curvature(loss, best), 1 / sd**2), 0.0, 1.0)
    names = ("level", "variance", *curve.parameters, *spells.kinds, *spells.names)
    classes, effects = np.split(best[2 + bends :], [len(spells.kinds)])
    return RelapseModel(
        level=float(np.exp(best[0])), variance=float(np.exp(best[1])), curve=curve.name,
        shape=tuple(best[2 : 2 + bends].tolist()),
        kinds=dict(zip(spells.kinds, np.exp(classes).tolist(), strict=True)),
        effects=dict(zip(spells.names, effects.tolist(), strict=True)),
        prior_share=dict(zip(names, share.tolist(), strict=True)), spells=len(spells.days),
        relapses=int(spells.relapsed.sum()), sites=len(np.unique(spells.site)),
        loss=float(found.fun) + prior.curves[curve.name].against,
    )  # fmt: skip


def _beliefs(spells: Spells, curve: Curve, prior: Prior) -> tuple[Floats, Floats]:
    listed = [
        prior.log_level, prior.log_variance,
        *(prior.curves[curve.name].beliefs[name] for name in curve.parameters),
        *(Belief(mean=0.0, sd=prior.class_sd) for _ in spells.kinds),
        *(prior.features[name] for name in spells.names),
    ]  # fmt: skip
    return np.array([one.mean for one in listed]), np.array([one.sd for one in listed])


def _curvature(loss: Callable[[Floats], tuple[float, Floats]], at: Floats) -> Floats:
    """Return the second derivative by each parameter, the others held."""
    steps = _STEP * np.eye(len(at))
    return np.array([
        (loss(at + step)[1][i] - loss(at - step)[1][i]) / (2 * _STEP)
        for i, step in enumerate(steps)
    ])  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """Spells as the likelihood reads them."""

    spells: Spells
    x: Floats
    entered: Floats
    relapses: Floats  # by site

    @classmethod
    def of(cls, spells: Spells) -> _Data:
        size = int(spells.site.max(initial=-1)) + 1
        return cls(
            spells=spells, x=scale(np.maximum(spells.days, _LEAST_DAYS)),
            entered=scale(np.minimum(spells.entered, spells.days)),
            relapses=np.bincount(
                spells.site, weights=spells.relapsed.astype(float), minlength=size
            ).astype(float),
        )  # fmt: skip

    def likelihood(self, theta: Floats, curve: Curve) -> tuple[float, Floats]:
        """Return the log likelihood and its slope; the factors are integrated out."""
        one, bends = self.spells, len(curve.parameters)
        bend, rest = theta[2 : 2 + bends].tolist(), theta[2 + bends :]
        eta = theta[0] + rest[: len(one.kinds)][one.kind] + one.features @ rest[len(one.kinds) :]
        rising = curve.rising(self.x, bend)
        late, early = curve.grown(self.x, bend), curve.grown(self.entered, bend)
        until, before = np.exp(eta + late.value), np.exp(eta + early.value)
        seen: Floats = np.bincount(
            one.site, weights=until - before, minlength=len(self.relapses)
        ).astype(float)
        event = one.relapsed.astype(float)
        gamma, by_variance, factor = self._factors(float(np.exp(-theta[1])), seen)
        each = factor[one.site]
        left = event - each * (until - before)
        slope = [
            float(left.sum()), by_variance,
            *(
                float(event @ rising.slopes[i])
                - float(each @ (until * late.slopes[i] - before * early.slopes[i]))
                for i in range(bends)
            ),
            *np.bincount(one.kind, left, minlength=len(one.kinds)), *(one.features.T @ left),
        ]  # fmt: skip
        return float(event @ (eta + rising.value)) + gamma, np.array(slope)

    def _factors(self, inverse: float, seen: Floats) -> tuple[float, float, Floats]:
        """Return what the factors add, its slope by the logarithm of the variance, and them."""
        had, total = inverse + self.relapses, inverse + seen
        factor = had / total
        value = gammaln(had) - gammaln(inverse) + inverse * np.log(inverse) - had * np.log(total)
        slope = digamma(had) - digamma(inverse) + np.log(inverse) + 1 - np.log(total) - factor
        return float(value.sum()), -inverse * float(slope.sum()), np.asarray(factor)


def past_of(spells: Spells, model: RelapseModel) -> Past:
    """Return, for every spell, what the earlier spells of the same site showed."""
    kinds = [spells.kinds[i] for i in spells.kind]
    rate = model.rate(kinds, spells.features if spells.names else None)
    seen = rate * (model.grown(spells.days) - model.grown(spells.entered))
    return Past(
        relapses=_before(spells.relapsed.astype(float), spells.site),
        expected=_before(seen, spells.site),
    )


def _before(value: Floats, site: Ints) -> Floats:
    """Return the sum of the earlier values of the same site."""
    order = np.argsort(site, kind="stable")
    here = site[order]
    sums = np.cumsum(value[order]) - value[order]
    first = np.flatnonzero(np.diff(here, prepend=-1))
    start = np.repeat(sums[first], np.diff(first, append=len(here)))
    found = np.empty(len(value))
    found[order] = np.maximum(sums - start, 0.0)
    return found
