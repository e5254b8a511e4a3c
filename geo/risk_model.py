"""How likely the next visit finds something serious: logistic regression or boosted trees.

What inspectors find depends on who they are. The strictness of the crew and the season are fitted
beside the features and taken out again: a prediction is the mean over the crews there are, so that
nobody is risky for having met a strict inspector. Trained on past visits alone; scikit-learn is
imported only here, and only when a model is trained.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from geo.risk_features import FEATURES, PARTS
from geo.strictness import fit_strictness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.risk_visits import Visits

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KINDS = ("logistic", "boosting")
_CREWS = 15  # quantiles of strictness over which a prediction is averaged
_EDGE = 1e-6
_LOGISTIC = {"C": 0.05, "max_iter": 1000}
_BOOSTING = {
    "max_iter": 150, "learning_rate": 0.04, "max_leaf_nodes": 8, "min_samples_leaf": 80,
    "l2_regularization": 5.0, "early_stopping": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Log-odds are stretched by ``slope`` and moved by ``shift``, as past predictions showed."""

    shift: float = 0.0
    slope: float = 1.0

    def __call__(self, chance: Floats) -> Floats:
        """Return calibrated chances."""
        odds = logit(np.clip(chance, _EDGE, 1 - _EDGE))
        return np.asarray(expit(self.shift + self.slope * odds), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logistic:
    """Log-odds as a sum of one term for each feature.

    Attributes
    ----------
    fill, middle, scale
        By feature: what stands for a missing value, mean and standard deviation in training.
    weights
        By feature, on the standardised scale.
    base
        Log-odds of the middle.
    season
        Weights of sine and cosine of the month.
    crews
        Log-odds that crews add, quantiles over the training visits.
    """

    fill: Floats
    middle: Floats
    scale: Floats
    weights: Floats
    base: float
    season: Floats
    crews: Floats

    def terms(self, features: pd.DataFrame) -> Floats:
        """Return what each feature adds to the log-odds, one column each."""
        return _standard(features, self.fill, self.middle, self.scale) * self.weights

    def chance(self, features: pd.DataFrame, *, month: Ints) -> Floats:
        """Return the chance of a serious finding by row, the mean over all crews."""
        odds = self.base + self.terms(features).sum(axis=1) + _season(month) @ self.season
        return np.asarray(expit(odds[:, None] + self.crews).mean(axis=1), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boosting:
    """Boosted trees of scikit-learn, and the strictness of crews over which they are averaged."""

    trees: Any
    crews: Floats

    def chance(self, features: pd.DataFrame, *, month: Ints) -> Floats:
        """Return the chance of a serious finding by row, the mean over all crews."""
        known = np.hstack([_numbers(features), _season(month)])
        found = np.zeros(len(known))
        for crew in self.crews:
            rows = np.column_stack([known, np.full(len(known), crew)])
            found += self.trees.predict_proba(rows)[:, 1]
        return found / len(self.crews)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrated:
    """A model whose chances are calibrated by how its predictions fared."""

    kind: str
    model: Logistic | Boosting
    calibration: Calibration = field(default_factory=Calibration)

    def chance(self, features: pd.DataFrame, *, month: Ints) -> Floats:
        """Return the calibrated chance of a serious finding by row."""
        return self.calibration(self.model.chance(features, month=month))

    def calibrated(self, calibration: Calibration) -> Calibrated:
        """Return the model with another calibration."""
        return replace(self, calibration=calibration)

    def parts(self, features: pd.DataFrame, *, month: Ints) -> pd.DataFrame:
        """Return what each part of the features adds to the log-odds, against the mean of all rows.

        Parts are those of :data:`geo.risk_features.PARTS`. Of boosted trees it is what the odds
        lose when the part has the median of all rows.
        """
        if isinstance(self.model, Logistic):
            terms = pd.DataFrame(self.model.terms(features), columns=list(FEATURES))
            found = {name: terms[list(of)].sum(axis=1) for name, of in PARTS.items()}
        else:
            whole = self._odds(features, month)
            found = {
                name: pd.Series(
                    whole - self._odds(features.assign(**features[list(of)].median()), month)
                )
                for name, of in PARTS.items()
            }
        told = pd.DataFrame(found).set_index(features.index)
        return told - told.mean()

    def _odds(self, features: pd.DataFrame, month: Ints) -> Floats:
        chance = np.clip(self.chance(features, month=month), _EDGE, 1 - _EDGE)
        return np.asarray(logit(chance), np.float64)


def fit_model(
    kind: str, features: pd.DataFrame, visits: Visits, *, rows: Ints, seed: int = 0
) -> Calibrated:
    """Train a model on past visits.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    features
        One row for each of *rows*, see :func:`geo.risk_features.features`.
    rows
        Places of the training visits among *visits*, in their order.
    """
    serious = visits.serious[rows]
    if not 0 < serious.sum() < len(serious):
        raise ValueError(f"{int(serious.sum())} of {len(serious)} visits were serious")
    strict = _strictness(visits, rows)
    season = _season(_months(visits.day[rows]))
    if kind == "logistic":
        return Calibrated(kind=kind, model=_logistic(features, season, strict, serious))
    if kind == "boosting":
        return Calibrated(kind=kind, model=_boosting(features, season, strict, serious, seed))
    raise ValueError(kind)


def calibration_of(chance: Floats, serious: Floats, *, weight: float = 20.0) -> Calibration:
    """Fit shift and slope of the log-odds to what came of past predictions (Platt 1999).

    A normal prior, worth *weight* serious findings, keeps both near 0 and 1 where little is known.
    """
    odds = logit(np.clip(chance, _EDGE, 1 - _EDGE))
    columns = np.column_stack([np.ones(len(odds)), odds])
    start = np.array([0.0, 1.0])
    prior = weight * np.diag([0.05, 0.25])
    found = start.copy()
    for _ in range(30):
        told = expit(columns @ found)
        slope = columns.T @ (serious - told) - prior @ (found - start)
        bend = (columns * (told * (1 - told))[:, None]).T @ columns + prior
        found = found + np.linalg.solve(bend, slope)
    return Calibration(shift=float(found[0]), slope=float(found[1]))


def _months(ordinals: Ints) -> Ints:
    days = ordinals.astype("datetime64[D]") - np.timedelta64(719_163, "D")
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12 + 1, np.int64)


def _strictness(visits: Visits, rows: Ints) -> Floats:
    """Return by training visit the logarithm of how strict its crew is."""
    groups = {name: links.of(rows) for name, links in visits.groups.items()}
    fit = fit_strictness(visits.serious[rows], groups)
    return groups["inspectors"].logs(fit.factors["inspectors"], rows=len(rows))


def _season(month: Ints) -> Floats:
    return np.column_stack([np.sin(month * np.pi / 6), np.cos(month * np.pi / 6)])


def _numbers(features: pd.DataFrame) -> Floats:
    return features[list(FEATURES)].to_numpy(float)


def _standard(features: pd.DataFrame, fill: Floats, middle: Floats, scale: Floats) -> Floats:
    numbers = _numbers(features)
    return (np.where(np.isnan(numbers), fill, numbers) - middle) / scale


def _logistic(features: pd.DataFrame, season: Floats, strict: Floats, serious: Floats) -> Logistic:
    from sklearn.linear_model import LogisticRegression

    numbers = _numbers(features)
    known = ~np.isnan(numbers).all(axis=0)
    fill = np.zeros(len(FEATURES))
    fill[known] = np.nanmedian(numbers[:, known], axis=0)
    filled = np.where(np.isnan(numbers), fill, numbers)
    middle, scale = filled.mean(axis=0), filled.std(axis=0)
    scale[scale < _EDGE] = 1.0
    columns = np.column_stack([(filled - middle) / scale, season, strict])
    fit = LogisticRegression(**_LOGISTIC).fit(columns, serious)
    count = len(FEATURES)
    return Logistic(
        fill=fill, middle=middle, scale=scale, weights=fit.coef_[0, :count],
        base=float(fit.intercept_[0]), season=fit.coef_[0, count : count + 2],
        crews=fit.coef_[0, -1] * _quantiles(strict),
    )  # fmt: skip


def _boosting(
    features: pd.DataFrame, season: Floats, strict: Floats, serious: Floats, seed: int
) -> Boosting:
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns = np.column_stack([_numbers(features), season, strict])
    columns[:, np.isnan(columns).all(axis=0)] = 0.0  # what nobody knows has no threshold
    trees = HistGradientBoostingClassifier(**_BOOSTING, random_state=seed).fit(columns, serious)
    return Boosting(trees=trees, crews=_quantiles(strict))


def _quantiles(strict: Floats) -> Floats:
    return np.quantile(strict, (np.arange(_CREWS) + 0.5) / _CREWS)
