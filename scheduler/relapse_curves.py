"""How the chance of a relapse falls with the days since the closing: Weibull or log-normal.

A curve says which share of the relapses expected within :data:`UNIT_DAYS` is expected by day ``t``
of a site that never relapses for good: a cumulative hazard that is 1 at :data:`UNIT_DAYS`. All is
told on the scale ``x = log(t / UNIT_DAYS)``, with the slopes that a fit needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import log_ndtr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

UNIT_DAYS = 100.0
_NO_TIME = 1e-20  # days
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


def scale(days: Floats | float) -> Floats:
    """Return days after the closing as ``log(days / UNIT_DAYS)``; very small at 0."""
    return np.asarray(np.log(np.maximum(days, _NO_TIME) / UNIT_DAYS), dtype=float)


@dataclass(frozen=True, slots=True)
class Told:
    """Logarithm of something at every x, and its slope by each parameter."""

    value: Floats
    slopes: tuple[Floats, ...]


class Curve(Protocol):
    """A cumulative hazard with named parameters."""

    name: str
    parameters: tuple[str, ...]

    def grown(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return the logarithm of the cumulative hazard."""

    def rising(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return the logarithm of its slope by x, at days after the closing."""


class Weibull:
    """A power of the days; the hazard falls where ``exp(log_shape)`` is below 1."""

    name = "weibull"
    parameters: tuple[str, ...] = ("log_shape",)

    def grown(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return shape × x."""
        value = np.exp(theta[0]) * x
        return Told(value, (value,))

    def rising(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return log(shape) + shape × x."""
        value = np.exp(theta[0]) * x
        return Told(theta[0] + value, (1.0 + value,))


class LogNormal:
    """The hazard of a log-normal time: it rises for some days and falls ever after.

    ``centre`` is the middle of x, ``log_spread`` the logarithm of its standard deviation.
    """

    name = "lognormal"
    parameters: tuple[str, ...] = ("log_spread", "centre")

    def grown(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return the logarithm of -log(1 - share of x), less its value at :data:`UNIT_DAYS`."""
        here, there = _log_hazard(x, theta), _log_hazard(np.zeros(1), theta)
        return Told(
            here.value - there.value,
            tuple(a - b for a, b in zip(here.slopes, there.slopes, strict=True)),
        )

    def rising(self, x: Floats, theta: Sequence[float]) -> Told:
        """Return log of the ratio of Mills / spread, less the same norm."""
        z = _z(x, theta)
        mills = _mills(z)
        there = _log_hazard(np.zeros(1), theta)
        bent = mills - z  # slope of the logarithm of the ratio of Mills
        return Told(
            _log_mills(z) - theta[0] - there.value,
            (-1.0 - bent * z - there.slopes[0], -bent / np.exp(theta[0]) - there.slopes[1]),
        )


def _z(x: Floats, theta: Sequence[float]) -> Floats:
    return np.asarray((x - theta[1]) / np.exp(theta[0]), dtype=float)


def _mills(z: Floats) -> Floats:
    """Return density / (1 - share) of the normal at z."""
    return np.asarray(np.exp(_log_mills(z)), dtype=float)


def _log_mills(z: Floats) -> Floats:
    """Return the logarithm of it, which is finite where the ratio itself is too small to be one."""
    return np.asarray(-0.5 * z * z - _LOG_ROOT - log_ndtr(-z), dtype=float)


def _log_hazard(x: Floats, theta: Sequence[float]) -> Told:
    z = np.maximum(_z(x, theta), -30.0)  # no relapse is expected before
    hazard = -log_ndtr(-z)
    ratio = _mills(z) / hazard
    return Told(np.log(hazard), (-ratio * z, -ratio / np.exp(theta[0])))


CURVES: dict[str, Curve] = {one.name: one for one in (LogNormal(), Weibull())}
"""Curves by name, the preferred one first."""
