"""Groups, checks and their p-values: what fairness reports are made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.rerun import Flags, Floats, Whole

ALPHA = 0.001
"""A report fails if a check is below this share of its number of checks (Bonferroni)."""
RARE = 5.0
"""Groups that expect fewer draws are tested together (the usual rule for chi-square)."""
OTHER = ""
"""Label of objects of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Objects that have something in common: how often they were drawn, and how often promised.

    ``promised`` and ``realised`` are chances per object and round, ``low`` and ``high`` the
    binomial 95 % limits of the latter (Wilson); ``expected`` and ``drawn`` are counts.
    """

    dimension: str
    name: str
    objects: int
    promised: float
    realised: float
    low: float
    high: float
    expected: float
    drawn: int

    @property
    def ratio(self) -> float | None:
        """Realised to promised; None where nothing was promised."""
        return self.realised / self.promised if self.promised else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "ratio": self.ratio}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question that chance answers: how unlikely is what was found if the draw is fair.

    ``code`` names the question, ``about`` the dimension or kind of pair it is asked of.
    """

    code: str
    about: str
    p: float
    detail: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        known = {key: value if np.isfinite(value) else None for key, value in self.detail.items()}
        return {"code": self.code, "about": self.about, "p": self.p, **known}


def failing(checks: Sequence[Check], *, alpha: float = ALPHA) -> list[Check]:
    """Return the checks whose p-value is too small, given how many there are."""
    return [one for one in checks if one.p < alpha / len(checks)]


def group(
    dimension: str, name: str, *, objects: int, trials: int, expected: float, drawn: int
) -> Group:
    """Return a group out of its counts; *trials* are objects times rounds."""
    low, high = wilson(drawn, trials=trials)
    return Group(
        dimension=dimension, name=name, objects=objects, promised=expected / max(1, trials),
        realised=drawn / max(1, trials), low=low, high=high, expected=expected, drawn=drawn,
    )  # fmt: skip


def wilson(drawn: int, *, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return binomial confidence limits of a share (E. B. Wilson, JASA 22, 1927)."""
    if not trials:
        return 0.0, 1.0
    z = float(stats.norm.isf((1 - confidence) / 2))
    share, spread = drawn / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * float(np.sqrt(share * (1 - share) / trials + spread / (4 * trials))) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def two_sided(z: float) -> float:
    """Return the p-value of a normal deviate."""
    return float(2 * stats.norm.sf(abs(z))) if np.isfinite(z) else 1.0


def mean_p(samples: Floats, *, expected: float) -> tuple[float, float]:
    """Return z and p-value of the mean of independent samples against what it should be."""
    spread = float(samples.std(ddof=1)) / float(np.sqrt(len(samples))) if len(samples) > 1 else 0.0
    if spread == 0:
        return 0.0, 1.0 if abs(float(samples.mean()) - expected) < 1e-9 else 0.0
    z = (float(samples.mean()) - expected) / spread
    return z, two_sided(z)


def means_p(samples: Floats, *, expected: Floats) -> tuple[float, int, float]:
    """Return chi-square, degrees of freedom and p-value of mean counts by group.

    Parameters
    ----------
    samples
        Counts (seeds, groups); their own covariance is used, as groups of a sample of fixed size
        hang together.
    """
    return _distance(
        samples.mean(axis=0) - expected, np.cov(samples, rowvar=False) / len(samples),
        seeds=len(samples),
    )  # fmt: skip


def counts_p(found: Floats, *, expected: Floats, simulated: Floats) -> tuple[float, int, float]:
    """Return chi-square, degrees of freedom and p-value of one set of counts by group.

    Parameters
    ----------
    simulated
        The same counts under fair seeds (seeds, groups), of which only the covariance is used.
    """
    spread = np.cov(simulated, rowvar=False) * (1 + 1 / len(simulated))
    return _distance(found - expected, spread, seeds=len(simulated))


def _distance(gap: Floats, spread: Floats, *, seeds: int) -> tuple[float, int, float]:
    """Return ``gap' spread⁻¹ gap`` and its p-value by Hotelling's F, in the space that varies."""
    values, vectors = np.linalg.eigh(np.atleast_2d(spread))
    kept = values > max(float(values.max()), 0.0) * 1e-9
    df = int(kept.sum())
    fixed = vectors[:, ~kept].T @ gap
    if len(fixed) and float(np.abs(fixed).max()) > 1e-6 * max(1.0, float(np.abs(gap).sum())) + 1e-6:
        return float("inf"), df, 0.0  # a number that never varies is not what was promised
    if not df:
        return 0.0, 0, 1.0
    square = float((((vectors[:, kept].T @ gap) ** 2) / values[kept]).sum())
    if seeds <= df + 1:
        return square, df, float(stats.chi2.sf(square, df))
    scaled = square * (seeds - df) / (df * (seeds - 1))
    return square, df, float(stats.f.sf(scaled, df, seeds - df))


def tail_p(found: float, *, simulated: Floats) -> float:
    """Return how often fair seeds give as much as *found* or more."""
    return float((1 + (simulated >= found - 1e-9).sum()) / (1 + len(simulated)))


def sums_by(chosen: Flags, *, groups: Whole, number: int) -> Floats:
    """Return how many of every group each row draws: array (seeds, groups)."""
    rows, columns = np.nonzero(chosen)
    flat = np.bincount(rows * number + groups[columns], minlength=len(chosen) * number)
    return flat.reshape(len(chosen), number).astype(float)


def numbered(labels: Sequence[str]) -> tuple[tuple[str, ...], Whole]:
    """Return the labels that occur, in order, and the index of every object's."""
    names = tuple(sorted(set(labels)))
    at = {name: number for number, name in enumerate(names)}
    return names, np.array([at[label] for label in labels], dtype=np.intp)


def pooled(samples: Floats, *, expected: Floats) -> Whole:
    """Return a number for each group under which rare groups fall together."""
    rare = expected < RARE
    joined = np.cumsum(~rare) - 1
    return np.where(rare, joined[-1] + 1 if len(joined) else 0, joined).astype(np.intp)


def joined(values: Floats, *, by: Whole) -> Floats:
    """Return the sums of *values* (…, groups) over groups that fall together."""
    together = np.zeros((*values.shape[:-1], int(by.max()) + 1))
    for group_, number in enumerate(by):
        together[..., number] += values[..., group_]
    return together
