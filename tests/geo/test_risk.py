"""The record of an enterprise: observed against expected, drawn to 1 as little proves little."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.risk import Prior, enterprise_risk, prior_of
from geo.risk_visits import read_visits
from geo.strictness import fit_strictness
from tests.geo.risk_cases import history


def _risk(frame: pd.DataFrame) -> pd.DataFrame:
    visits = read_visits(frame, ids=frame["object"])
    fit = fit_strictness(visits.severity, visits.groups)
    due = fit.expected(visits.groups, rows=len(visits))
    prior = prior_of(visits.severity, due, object_=visits.object)
    return enterprise_risk(visits.severity, due, object_=visits.object, ids=visits.ids, prior=prior)


def test_the_ratio_is_nearer_to_the_truth_than_the_raw_one() -> None:
    """Over all enterprises the shrunk ratio errs less, and its interval holds the truth."""
    frame = history(firms=300, visits=1500)
    truth = frame.groupby("object")["truth"].first()
    truth = truth / truth.mean()
    found = _risk(frame).reindex(truth.index)
    raw = found["observed"] / found["expected"]
    assert ((found["ratio"] - truth) ** 2).mean() < 0.7 * ((raw - truth) ** 2).mean()
    inside = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    assert 0.88 <= inside <= 0.99


def test_the_spread_between_firms_is_estimated() -> None:
    """Equal firms show no spread although their counts differ; unequal ones show about theirs."""
    for spread, low, high in ((0.0, 0.0, 0.05), (0.6, 0.25, 0.7)):
        frame = history(firms=300, visits=4000, spread=spread)
        visits = read_visits(frame, ids=frame["object"])
        fit = fit_strictness(visits.severity, visits.groups)
        due = fit.expected(visits.groups, rows=len(visits))
        found = prior_of(visits.severity, due, object_=visits.object)
        assert low <= found.spread <= high
        assert found.noise == pytest.approx(1.0, abs=0.25)


def test_one_record_by_hand() -> None:
    """Seven found where four were expected: (7 + 2) / (4 + 2), a third of it the prior."""
    prior = Prior(spread=0.5, noise=1.0)
    found = enterprise_risk(
        np.array([3.0, 4.0]), np.array([2.0, 2.0]), object_=np.array([1, 1]),
        ids=pd.Index(["new", "old"]), prior=prior,
    )  # fmt: skip
    assert found.loc["old", ["visits", "observed", "expected"]].tolist() == [2, 7, 4]
    assert found.loc["old", "ratio"] == pytest.approx(1.5)
    assert found.loc["old", "weight"] == pytest.approx(4 / 6)
    assert found.loc["old", "low"] < 1.5 < found.loc["old", "high"]
    assert found.loc["new", "ratio"] == 1.0
    assert found.loc["new", "weight"] == 0.0


def test_a_strict_inspector_makes_nobody_risky() -> None:
    """Of two equal firms the one that met the strict inspector has no higher ratio."""
    frame = history(firms=80, visits=4000, spread=0.0)
    strict = frame["object"] < "F040"
    met = strict & frame["inspectors"].map(lambda crew: crew == ("strict",))
    kept = frame[~strict & ~frame["inspectors"].map(lambda crew: crew == ("strict",)) | met]
    found = _risk(kept)
    by = found["ratio"].groupby(found.index < "F040").mean()
    raw = kept.groupby("object")["severity"].mean()
    assert raw[raw.index < "F040"].mean() > 1.8 * raw[raw.index >= "F040"].mean()
    assert by[True] == pytest.approx(by[False], rel=0.15)
