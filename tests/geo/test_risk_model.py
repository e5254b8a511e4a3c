"""Models of risk: inspectors are taken out, chances hold, reasons add up, nothing loads early."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from geo.risk_backtest import case_of
from geo.risk_features import PARTS
from geo.risk_model import KINDS, calibration_of, fit_model
from geo.risk_visits import read_visits
from tests.geo.risk_cases import history

FRAME = history(firms=300, visits=4000, spread=0.8)
VISITS = read_visits(FRAME, ids=FRAME["object"])
CASE = case_of(VISITS, FRAME, labelled=np.ones(len(FRAME), bool))
MONTH = np.full(len(CASE.features), 6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_ranks_the_riskier_first(kind: str) -> None:
    """Chances go with the firms' hidden factors, and the same data give the same chances."""
    model = fit_model(kind, CASE.features, VISITS, rows=CASE.labelled)
    chance = model.chance(CASE.features, month=MONTH)
    late = VISITS.day > VISITS.day[len(VISITS) // 2]
    truth = CASE.frame["truth"].to_numpy() * np.where(CASE.frame["type"] == "mine", 2.0, 0.5)
    assert np.corrcoef(np.log(truth[late]), logit(chance[late]))[0, 1] > 0.7
    again = fit_model(kind, CASE.features, VISITS, rows=CASE.labelled)
    assert again.chance(CASE.features, month=MONTH).tobytes() == chance.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_inspector_is_taken_out(kind: str) -> None:
    """Firms that meet the strict only are called no riskier for it; the mean chance still holds."""
    frame = history(firms=300, visits=4000, spread=0.0)
    east = frame["object"] < "F150"
    strict = frame["inspectors"].map(lambda crew: crew == ("strict",))
    frame = frame[(east & strict) | (~east & ~strict) | (frame.index % 5 == 0)]
    frame = frame.reset_index(drop=True)
    visits = read_visits(frame, ids=frame["object"])
    case = case_of(visits, frame, labelled=np.ones(len(frame), bool))
    model = fit_model(kind, case.features, visits, rows=case.labelled)
    chance = model.chance(case.features, month=np.full(len(case.features), 6))
    east = (case.frame["object"] < "F150").to_numpy()
    found, raw = (x[east].mean() / x[~east].mean() for x in (chance, visits.serious))
    assert raw > 2.0
    assert found < 1.0 + (raw - 1.0) / 3
    assert chance.mean() == pytest.approx(visits.serious.mean(), rel=0.15)


def test_chances_are_calibrated_by_what_came() -> None:
    """Odds that are twice too steep and too high are put right; few outcomes change little."""
    random = np.random.default_rng(3)
    truth = random.normal(-1.5, 0.8, 20_000)
    serious = (random.random(len(truth)) < expit(truth)).astype(float)
    found = calibration_of(expit(2 * truth + 1), serious)
    assert found(expit(2 * truth + 1)).mean() == pytest.approx(serious.mean(), abs=0.005)
    assert found.slope == pytest.approx(0.5, abs=0.05)
    few = calibration_of(expit(2 * truth[:5] + 1), serious[:5])
    assert abs(few.slope - 0.5) > abs(found.slope - 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_parts_tell_what_raises_a_chance(kind: str) -> None:
    """A mine's type raises its chance and a shop's lowers it; unknown people change nothing."""
    model = fit_model(kind, CASE.features, VISITS, rows=CASE.labelled)
    parts = model.parts(CASE.features, month=MONTH)
    assert list(parts) == list(PARTS)
    mine = (CASE.frame["type"] == "mine").to_numpy()
    late = VISITS.day > VISITS.day[len(VISITS) // 3]
    assert parts["type"][mine & late].mean() > 0.1
    assert parts["type"][~mine & late].mean() <= 0
    if kind == "logistic":
        whole = logit(model.chance(CASE.features, month=MONTH))
        apart = parts.sum(axis=1).to_numpy()
        order = np.argsort(whole, kind="stable")
        assert (np.diff(apart[order]) > -1e-6).all()


def test_what_cannot_be_learnt_is_refused() -> None:
    """No model is trained where nothing was serious, nor one of an unknown kind."""
    calm = read_visits(FRAME.assign(serious=False), ids=FRAME["object"])
    with pytest.raises(ValueError, match="0 of 4000"):
        fit_model("logistic", CASE.features, calm, rows=CASE.labelled)
    with pytest.raises(ValueError, match="oracle"):
        fit_model("oracle", CASE.features, VISITS, rows=CASE.labelled)


def test_nothing_loads_scikit_learn_before_a_model_is_trained() -> None:
    """The command line and the rooms start without it."""
    code = (
        "import sys, xunge.cli, geo.risk_model, geo.risk_backtest;"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_targets_need_no_visit() -> None:
    """A firm never visited has a chance too, near that of its type."""
    targets = FRAME.drop_duplicates("type").assign(
        object="F999", on=dt.date(2026, 1, 1), kin=None, size=np.nan
    )
    from geo.risk_features import features

    visits = read_visits(FRAME, ids=[*FRAME["object"], "F999"])
    model = fit_model("logistic", CASE.features, VISITS, rows=CASE.labelled)
    found = features(visits, targets)
    assert (found["new"] == 1).all()
    chance = pd.Series(model.chance(found, month=np.full(2, 1)), index=targets["type"].to_numpy())
    assert 0 < chance["shop"] < chance["mine"] < 1
