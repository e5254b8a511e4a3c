"""What is believed of relapses before a bureau's own record is seen: data with a source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """A number as known beforehand: normal, with mean and standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveBelief:
    """Parameters of a curve, and by how much (log odds) it is believed less than the first."""

    beliefs: Mapping[str, Belief]
    against: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """The whole of it; see ``relapse_prior.toml`` for what each figure means and where it is from.

    Names that begin with ``log_`` are natural logarithms.
    """

    log_level: Belief
    log_variance: Belief
    class_sd: float
    curves: Mapping[str, CurveBelief]
    features: Mapping[str, Belief]
    source: str
    status: str


@cache
def shipped_prior() -> Prior:
    """Return the prior that ships with the program."""
    raw = tomllib.loads(files("scheduler").joinpath("relapse_prior.toml").read_text("utf-8"))
    return prior_of(raw)


def prior_of(raw: Mapping[str, Any]) -> Prior:
    """Return the prior that tables like those of ``relapse_prior.toml`` describe."""
    return Prior(
        log_level=_belief(raw["log_level"]), log_variance=_belief(raw["log_variance"]),
        class_sd=float(raw["class_sd"]),
        curves={
            name: CurveBelief(
                against=float(one["against"]),
                beliefs={key: _belief(told) for key, told in one.items() if key != "against"},
            )
            for name, one in raw["curves"].items()
        },
        features={name: _belief(one) for name, one in raw["features"].items()},
        source=raw["source"], status=raw["status"],
    )  # fmt: skip


def _belief(table: Mapping[str, Any]) -> Belief:
    return Belief(mean=float(table["mean"]), sd=float(table["sd"]))
