"""Schedules of revisits on paper: what they find, at the same number of visits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from scheduler.relapse import Past, Spells, fit
from scheduler.revisit_dates import ClosedSites, Density
from scheduler.revisit_rules import load_revisit_rules
from scheduler.revisit_trial import (
    Closed,
    by_density,
    by_hazard,
    by_steps,
    concordance,
    counted,
    outcome,
    visit_days,
    within_budget,
)

RULES = load_revisit_rules().dates
NOTHING = np.zeros(0, dtype=np.int64)
MODEL = fit(
    Spells(site=NOTHING, kind=NOTHING, days=np.zeros(0), relapsed=NOTHING > 0,
           entered=np.zeros(0), features=np.zeros((0, 0)), kinds=())
)  # fmt: skip


def world(count: int, *, seed: int) -> tuple[Closed, Density]:
    """Return sites that relapse as the model says, some ten times as often as others."""
    random = np.random.default_rng(seed)
    rate = MODEL.level * np.where(random.random(count) < 0.3, 3.0, 0.3)
    days = np.arange(1.0, 366.0)
    past = Past(relapses=np.zeros(count), expected=np.zeros(count))
    grown = np.array([MODEL.chance(rate, past=past, days=day) for day in days])
    day = 1 + (random.random(count) > grown).sum(axis=0)
    sites = ClosedSites(ids=(), rate=rate, past=past, age=np.zeros(count), seen=np.zeros(count),
                        harm=np.ones(count))  # fmt: skip
    closed = Closed(days=np.minimum(day, 365), relapsed=day <= 365, horizon=365)
    return closed, Density.of(sites, model=MODEL, last=365.0)


def test_a_relapse_is_found_by_the_first_visit_after_it() -> None:
    """Visits on days 10, 20 and 30: a relapse on day 15 lasts five days, one on day 20 none."""
    sites = Closed(days=np.array([15, 20, 31, 60]), relapsed=np.array([True, True, True, False]),
                   horizon=60)  # fmt: skip
    visits = counted(np.repeat([[10.0], [20.0], [30.0]], 4, axis=1), sites)
    found = outcome(visits, sites)
    assert found.undetected.tolist() == [5, 0, 29]  # the last one is found by nobody
    assert found.soon.tolist() == [True, True, False]
    assert found.made.tolist() == [2, 2, 3, 3]


def test_the_budget_is_what_is_made() -> None:
    """Whatever the pattern, the visits made come to the budget."""
    sites, density = world(800, seed=1)
    phase = np.random.default_rng(2).random(800)
    for make in (
        by_density(np.arange(1.0, 366.0)[None], phase=phase),
        by_steps([7, 30, 90, 180, 365], horizon=365, phase=phase),
        by_hazard(density, sites, rules=RULES, seed=3),
    ):
        _, found = within_budget(make, sites, budget=4.0)
        assert found.made.mean() == pytest.approx(4.0, abs=0.02)


def test_the_root_of_the_hazard_finds_more_than_even_intervals() -> None:
    """Where risks differ as the model says, fewer days go by unseen at the same visits."""
    sites, density = world(4000, seed=4)
    phase = np.random.default_rng(5).random(4000)
    even = within_budget(by_density(np.arange(1.0, 366.0)[None], phase=phase), sites, budget=4)[1]
    ours = within_budget(by_hazard(density, sites, rules=RULES, seed=6), sites, budget=4)[1]
    assert ours.undetected.mean() < 0.9 * even.undetected.mean()
    assert ours.soon.mean() > even.soon.mean()


def test_visits_follow_each_other_within_the_jitter() -> None:
    """No interval is shorter than the least days, and without a seed all are the same again."""
    sites, density = world(50, seed=7)
    days = visit_days(density, sites, scalar=1.0, rules=RULES, seed=8)
    assert all((b - a >= RULES.least_days - 1e-9)[a <= 365].all() for a, b in pairwise(days))
    plain = visit_days(density, sites, scalar=1.0, rules=RULES, seed=None)
    assert (plain == visit_days(density, sites, scalar=1.0, rules=RULES, seed=None)).all()


def test_concordance_counts_pairs() -> None:
    """Order right: 1; reversed: 0; all alike: one half; given up on the same day lasts longer."""
    days = np.array([1.0, 2.0, 3.0, 3.0])
    relapsed = np.array([True, True, True, False])
    assert concordance(days, relapsed, risk=np.array([4.0, 3.0, 2.0, 1.0])) == 1.0
    assert concordance(days, relapsed, risk=np.array([1.0, 2.0, 3.0, 4.0])) == 0.0
    assert concordance(days, relapsed, risk=np.ones(4)) == 0.5
    assert np.isnan(concordance(days, np.zeros(4, bool), risk=np.ones(4)))
