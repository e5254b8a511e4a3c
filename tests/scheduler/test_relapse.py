"""Relapses: the hazard is found again, and leans on the prior where little is known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import norm

from scheduler import relapse
from scheduler.relapse import Past, Spells, fit, past_of
from scheduler.relapse_curves import CURVES, UNIT_DAYS, scale
from scheduler.relapse_prior import Belief, shipped_prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LOOSE = dataclasses.replace(
    shipped_prior(), log_level=Belief(mean=0.0, sd=5.0), log_variance=Belief(mean=0.0, sd=5.0)
)
NOTHING = np.zeros(0, dtype=np.int64)
NO_SPELLS = Spells(
    site=NOTHING, kind=NOTHING, days=np.zeros(0), relapsed=NOTHING > 0, entered=np.zeros(0),
    features=np.zeros((0, 0)), kinds=("fuel",),
)  # fmt: skip


def made(
    *, sites: int = 4000, level: float = 0.1, shape: float = 0.7, variance: float = 1.0,
    late: float = 0.0, seed: int = 1,
) -> Spells:  # fmt: skip
    """Return spells of a known Weibull world: two classes, the second with twice the hazard.

    Each site is watched for 1500 days from its closing, and closed again on the day of a relapse;
    with *late* the first spell is known from that day on only.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, float, bool, float]] = []
    for site in range(sites):
        kind = site % 2
        rate = level * (1 + kind) * (rng.gamma(1 / variance, variance))
        left, entered = 1500.0, late
        while left > 0:
            from_ = rate * (entered / UNIT_DAYS) ** shape
            days = UNIT_DAYS * ((from_ + rng.exponential()) / max(rate, 1e-12)) ** (1 / shape)
            rows.append((site, kind, min(days, left), days < left, entered))
            left -= days
            entered = 0.0
    table = np.array(rows)
    return Spells(
        site=table[:, 0].astype(int), kind=table[:, 1].astype(int), days=table[:, 2],
        relapsed=table[:, 3].astype(bool), entered=table[:, 4],
        features=np.zeros((len(table), 0)), kinds=("a", "b"),
    )  # fmt: skip


@pytest.mark.parametrize("late", [0.0, 120.0])
def test_a_known_world_is_found_again(late: float) -> None:
    """Level, shape, variance and classes come out as they went in, late entry included."""
    only = {"weibull": dataclasses.replace(LOOSE.curves["weibull"], against=0.0)}
    model = fit(made(late=late), prior=dataclasses.replace(LOOSE, curves=only, class_sd=2.0))
    assert np.exp(model.shape[0]) == pytest.approx(0.7, abs=0.03)
    assert model.variance == pytest.approx(1.0, rel=0.15)
    assert model.kinds["b"] / model.kinds["a"] == pytest.approx(2.0, rel=0.15)
    assert model.level * model.kinds["a"] == pytest.approx(0.1, rel=0.15)


def test_without_entry_a_late_start_would_be_taken_for_calm() -> None:
    """Taking days for clean that nobody saw makes the hazard too low."""
    spells = made(late=120.0)
    blind = dataclasses.replace(spells, entered=np.zeros_like(spells.entered))
    assert fit(blind, prior=LOOSE).level < 0.9 * fit(spells, prior=LOOSE).level


def chronic(*, sites: int, effect: float, seed: int = 4) -> Spells:
    """Return spells of a world in which places that were clean for long at first relapse less.

    Watched for 800 days from the closing, one spell a site; the rest is as in :func:`made`.
    """
    rng = np.random.default_rng(seed)
    clean = np.log1p(rng.integers(0, 730, sites))
    rate = 0.4 * np.exp(effect * clean) * rng.gamma(2.0, 0.5, sites)
    days = UNIT_DAYS * (rng.exponential(size=sites) / rate) ** (1 / 0.7)
    return Spells(
        site=np.arange(sites), kind=np.zeros(sites, dtype=int), days=np.minimum(days, 800.0),
        relapsed=days < 800.0, entered=np.zeros(sites), features=clean[:, None], kinds=("a",),
        names=("clean_days",),
    )  # fmt: skip


@pytest.mark.parametrize("effect", [-0.3, 0.0, 0.2])
def test_the_effect_of_clean_days_is_found_again(effect: float) -> None:
    """With a long record its coefficient comes out as it went in, whatever the prior believes."""
    model = fit(chronic(sites=6000, effect=effect))
    assert model.effects["clean_days"] == pytest.approx(effect, abs=0.05)
    assert model.prior_share["clean_days"] < 0.05


def test_with_few_relapses_the_effect_of_clean_days_stays_near_the_prior() -> None:
    """Shrunk to the shipped belief: all of it without a record, less with every site."""
    believed = shipped_prior().features["clean_days"]
    none = fit(chronic(sites=0, effect=0.4))
    assert none.effects["clean_days"] == pytest.approx(believed.mean)
    assert none.prior_share["clean_days"] == pytest.approx(1.0)
    few, many = (fit(chronic(sites=n, effect=0.4)) for n in (8, 800))
    assert believed.mean < few.effects["clean_days"] < many.effects["clean_days"]
    assert 1.0 > few.prior_share["clean_days"] > 0.05 > many.prior_share["clean_days"]


def test_without_a_record_the_prior_speaks_alone() -> None:
    """Nothing known: every parameter is that of the prior, and the share says so."""
    model = fit(NO_SPELLS)
    prior = shipped_prior()
    assert model.curve == "lognormal"
    assert np.log(model.level) == pytest.approx(prior.log_level.mean)
    assert np.log(model.variance) == pytest.approx(prior.log_variance.mean)
    assert model.kinds == {"fuel": pytest.approx(1.0)}
    assert min(model.prior_share.values()) > 0.999


def test_the_prior_gives_way_as_the_record_grows() -> None:
    """The share of the prior in the level falls with every spell, and the level moves."""
    shares, levels = [], []
    for sites in (5, 50, 500):
        model = fit(made(sites=sites, level=0.9))
        shares.append(model.prior_share["level"])
        levels.append(model.level)
    assert shares[0] > shares[1] > shares[2]
    assert shares[0] > 0.05 > 0.01 > shares[2]
    assert abs(np.log(levels[2]) - shipped_prior().log_level.mean) > 0.5


@pytest.mark.parametrize("name", sorted(CURVES))
def test_the_slope_of_the_likelihood_is_right(name: str) -> None:
    """The fit climbs where the likelihood rises: the slope equals small differences."""
    curve, spells = CURVES[name], made(sites=40, late=30.0)
    features = np.random.default_rng(2).normal(size=(len(spells.days), 2))
    data = relapse._Data.of(dataclasses.replace(spells, features=features, names=("x", "y")))
    start = np.array([-1.0, 0.2, *(0.1 for _ in curve.parameters), 0.1, -0.2, 0.3, -0.1])

    def height(at: Floats) -> float:
        return data.likelihood(at, curve)[0]

    def slope(at: Floats) -> Floats:
        return data.likelihood(at, curve)[1]

    away = check_grad(height, slope, start)
    assert away < 1e-3 * np.abs(slope(start)).max()


def test_the_curve_that_explains_the_record_is_taken() -> None:
    """A hazard that falls from the first hour is a Weibull, one that first rises a log-normal."""
    weibull = fit(made())
    assert weibull.curve == "weibull"
    rng = np.random.default_rng(3)
    days = UNIT_DAYS * np.exp(rng.normal(-1.5, 0.6, 1500))
    bumped = Spells(
        site=np.arange(1500), kind=np.zeros(1500, dtype=int), days=np.minimum(days, 400.0),
        relapsed=days < 400.0, entered=np.zeros(1500), features=np.zeros((1500, 0)), kinds=("a",),
    )  # fmt: skip
    assert fit(bumped).curve == "lognormal"


def test_a_log_normal_curve_is_its_cumulative_hazard() -> None:
    """The curve is minus the logarithm of the tail, 1 at the unit of days."""
    theta = [0.2, -2.9]
    x = scale(np.array([3.0, UNIT_DAYS, 700.0]))
    tail = -norm.logsf((x + 2.9) / np.exp(0.2))
    found = np.exp(CURVES["lognormal"].grown(x, theta).value)
    assert found == pytest.approx(tail / tail[1])


def test_own_relapses_raise_the_factor_and_clean_time_lowers_it() -> None:
    """A site that relapsed twice counts more than its class, one that stayed clean less."""
    spells = Spells(
        site=np.array([0, 0, 0, 1, 1]), kind=np.zeros(5, dtype=int),
        days=np.array([20.0, 30.0, 5.0, 900.0, 5.0]),
        relapsed=np.array([True, True, False, False, False]), entered=np.zeros(5),
        features=np.zeros((5, 0)), kinds=("a",),
    )  # fmt: skip
    model = fit(NO_SPELLS)
    past = past_of(spells, model)
    assert past.relapses.tolist() == [0, 1, 2, 0, 0]
    factor = past.factor(model)
    assert factor[0] == factor[3] == pytest.approx(1.0)
    assert factor[2] > factor[1] > 1.0 > factor[4]
    inverse = 1 / model.variance
    assert factor[1] == pytest.approx((inverse + 1) / (inverse + past.expected[1]))


def test_the_chance_is_what_the_hazard_adds_up_to() -> None:
    """Chances are the integral of the hazard of a site about which nothing more is learnt."""
    model = fit(NO_SPELLS)
    rate, past = np.array([0.2, 0.5]), Past(relapses=np.array([0.0, 3.0]), expected=np.ones(2))
    days = np.linspace(0.005, 90.0, 40_001)
    hazard = model.hazards(rate, past=past, days=days)
    summed = 1 - np.exp(-np.trapezoid(hazard, days, axis=1))
    assert model.chance(rate, past=past, days=90.0) == pytest.approx(summed, abs=2e-4)
    first = model.chance(rate, past=past, days=30.0)
    rest = model.chance(rate, past=past, days=90.0, since=30.0)
    assert 1 - (1 - first) * (1 - rest) == pytest.approx(model.chance(rate, past=past, days=90.0))


def test_the_prior_names_its_source() -> None:
    """Whoever reads the prior learns that it is a stand-in and was not verified."""
    assert "替代" in shipped_prior().source
    assert shipped_prior().status == "unverified"
