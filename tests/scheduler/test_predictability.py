"""Tests of the figures on how well a draw can be guessed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from scheduler.methods import World, choices, product, skip_number, stratified
from scheduler.predictability import (
    METHODS,
    again,
    auc,
    compare,
    entropy,
    figures,
    followed,
    hazards,
    matrix,
    recorded_auc,
    textbook,
)


def world(size: int = 300, *, draws: int = 15, cooldown: int = 0, caps: int = 52) -> World:
    """Return firms of four weights, every twentieth of the key class."""
    return World(
        weights=[(1, 2, 4, 8)[i * 7 % 4] for i in range(size)],
        key=np.arange(size) % 20 == 0,
        towns=np.arange(size) % 9,
        caps=np.full(size, caps),
        draws=draws,
        cooldown=cooldown,
    )


def flat(size: int, draws: int) -> World:
    """Return firms that are all alike."""
    return World(
        weights=[1] * size, key=np.zeros(size, dtype=bool), towns=np.arange(size) % 9,
        caps=np.full(size, 10**6), draws=draws,
    )  # fmt: skip


def test_skip_numbers_of_a_thousand_firms_have_twenty_samples() -> None:
    """Fifty of 1,000 by skip numbers: 20 samples, and one drawn firm gives away all others."""
    firms = flat(1000, 50)
    run = skip_number(firms, 200, 1)
    assert len({row.tobytes() for row in run.drawn}) == 20
    found = figures("skip_number", run, firms)
    assert 10**found.possible == pytest.approx(20)
    assert found.share < -80
    assert found.auc_leak == pytest.approx(1.0, abs=1e-6)


def test_skip_numbers_spare_a_third_for_ever() -> None:
    """A hundred of 299 by skip numbers: 99 firms are never drawn, and a guesser knows it."""
    firms = flat(299, 100)
    run = skip_number(firms, 60, 1)
    found = figures("skip_number", run, firms)
    assert found.never == pytest.approx(99 / 299)
    assert not run.drawn[:, 200:].any()
    assert found.auc is not None
    assert found.auc > 0.7


def test_a_random_draw_of_equal_firms_cannot_be_guessed() -> None:
    """Neither the past nor one drawn firm helps against the product or stratified sampling."""
    firms = flat(299, 60)
    for method in (product, stratified):
        found = figures("", method(firms, 60, 2), firms)
        assert found.auc == pytest.approx(0.5, abs=0.04)
        assert found.auc_leak == pytest.approx(0.5, abs=0.04)
        assert found.never == 0
        assert found.again == pytest.approx(60 / 299, abs=0.03)
        assert found.share == pytest.approx(0, abs=1e-9)


def test_a_guesser_learns_no_more_than_what_is_published() -> None:
    """Against the product with weights, the best guess is worth the published chances."""
    found = figures("product", product(world(), 80, 1), world())
    assert found.auc is not None
    assert found.auc_published is not None
    assert found.auc_published > 0.6
    assert found.auc < found.auc_published + 0.02


def test_the_product_keeps_caps_cooldown_and_the_number_of_draws() -> None:
    """The simulated draw obeys the rules of the frame and covers the key class in the year."""
    firms = world(cooldown=3, caps=3).barred_after_visit()
    run = product(firms, 52, 5)
    assert (run.drawn.sum(axis=1) == 15).all()
    assert int(run.drawn.sum(axis=0).max()) <= 3
    for at in range(49):
        assert not (run.drawn[at] & run.drawn[at + 1 : at + 4].any(axis=0)).any()
    assert run.drawn[:, firms.key].any(axis=0).all()
    assert np.allclose(run.chance.sum(axis=1), 15)


def test_a_visit_makes_nobody_safe_unless_the_setting_says_so() -> None:
    """In its cooldown a firm keeps the uniform chance; with ``none`` it has no chance at all."""
    by_name = {one.method: one for one in compare(world(cooldown=4), rounds=40)}
    assert list(by_name) == list(METHODS)
    own, barred, free = (by_name[f"product{end}"] for end in ("", "_barred", "_free"))
    uniform = 5 / 285  # draws and objects of the uniform stratum
    assert own.again_chance == pytest.approx(uniform, rel=0.25)
    assert own.hazard_low == pytest.approx(uniform, rel=0.25)
    assert own.hazard_high is not None
    assert own.hazard_high > 2 * uniform
    assert (barred.again, barred.again_chance, barred.hazard_low) == (0, 0, 0)
    assert free.again_chance is not None
    assert free.again_chance > uniform
    assert by_name["stratified"].share < 0


def test_a_firm_in_its_cooldown_is_drawn_by_the_uniform_stratum_alone() -> None:
    """Its chance is that of the uniform draw whatever its weight, and all chances add up."""
    firms = world(cooldown=3)
    run = product(firms, 30, 4)
    assert np.allclose(run.chance.sum(axis=1), 15)
    for at in range(1, 30):
        resting = run.drawn[max(0, at - 3) : at].any(axis=0)
        chances = run.chance[at, resting]
        assert 0 < chances.min() <= chances.max() < chances.min() + 1e-12
        assert chances.min() <= run.chance[at].min() + 1e-12


def test_a_firm_at_its_cap_has_no_chance_by_law_and_is_counted_apart() -> None:
    """The chance of firms below their cap stays above 0; the share of the others is told."""
    firms = world(draws=15, cooldown=2, caps=1)
    run = product(firms, 12, 3)
    found = figures("product", run, firms)
    assert found.capped_after == 1
    assert found.again_chance == 0
    assert found.again_open is None
    assert found.capped == pytest.approx(np.mean([15 * at / 300 for at in range(12)]))
    assert found.hazard_low is None


def test_stratified_sampling_draws_the_promised_number_of_each_class() -> None:
    """Every round takes the same number of each class, in proportion."""
    firms = world(draws=16)
    run = stratified(firms, 5, 0)
    weights = np.array(firms.weights)
    for weight in (1, 2, 4, 8):
        assert set(run.drawn[:, weights == weight].sum(axis=1).tolist()) == {4}


def test_the_textbook_example() -> None:
    """The published skip-number system: 20 samples; 99 of 299 firms are never drawn."""
    one, other = textbook()
    assert (one.samples, one.never) == (20, 0)
    assert (other.samples, other.never) == (2, 99)
    assert choices(5, 2) == pytest.approx(1.0)


def test_auc_counts_pairs_in_the_right_order() -> None:
    """AUC is the share of pairs that are in order, ties half; None without hits or misses."""
    hits = np.array([True, False, True, False])
    assert auc(np.array([3.0, 1.0, 2.0, 2.0]), hits) == 0.875
    assert auc(np.zeros(4), hits) == 0.5
    assert auc(np.zeros(2), np.zeros(2, dtype=bool)) is None


def test_entropy_is_highest_for_even_visits() -> None:
    """Even weekdays have all bits, a fixed weekday none."""
    even = entropy(["1", "2", "3", "4"] * 3, possible=4)
    assert even.bits == pytest.approx(2)
    assert even.share == pytest.approx(1)
    assert entropy(["1"] * 9, possible=5).bits == 0


def test_visits_right_after_a_visit_are_counted() -> None:
    """A visit within the days counts once; visits too late to be followed are left out."""
    day = dt.date(2026, 9, 1)
    visits = [("A", day), ("A", day + dt.timedelta(days=10)), ("B", day),
              ("B", day + dt.timedelta(days=28))]  # fmt: skip
    until = day + dt.timedelta(days=30)
    assert followed(visits, within=14, until=until) == (1, 3)
    assert followed([], within=14, until=until) == (0, 0)


def test_few_recorded_rounds_teach_nothing() -> None:
    """The guesser is asked on recorded rounds only if there are enough of them."""
    firms = flat(30, 5)
    few = matrix([["1", "3"], ["2"]], ids=[str(i) for i in range(30)])
    assert few.sum() == 3
    assert recorded_auc(few, firms) is None
    assert recorded_auc(product(firms, 20, 1).drawn, firms) is not None
    assert again(few) == 0
    assert hazards(few, few.astype(float), among=~few) == (None, None)
