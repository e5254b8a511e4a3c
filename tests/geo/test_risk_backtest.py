"""Rankings are judged on a past they could not know; a model is taken where it is better."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from geo.risk_backtest import (
    EB,
    LAST,
    OWN,
    Case,
    against_chance,
    best_kind,
    calibration_error,
    calibrations,
    case_of,
    compare,
    foretell,
    judge,
    judged,
    windows_of,
)
from geo.risk_visits import read_visits
from tests.geo.risk_cases import history


def _case(frame: pd.DataFrame) -> Case:
    visits = read_visits(frame, ids=frame["object"])
    return case_of(visits, frame, labelled=np.ones(len(frame), bool))


def test_a_ranking_by_hand() -> None:
    """Four visits on four days: the two serious ones come first, three days earlier in all."""
    found = judge(
        np.array([0.1, 0.9, 0.2, 0.8]), serious=np.array([0.0, 1.0, 0.0, 1.0]),
        severity=np.array([1.0, 5.0, 0.0, 4.0]), day=np.array([1, 2, 3, 4]),
        group=np.array([0, 0, 1, 1]), share=0.5,
    )  # fmt: skip
    assert found["pairs"] == 1.0
    assert found["caught"] == 1.0
    assert found["severity"] == pytest.approx(0.9)
    assert found["earlier"] == pytest.approx(2.5 - 1.5)
    assert found["within"] == pytest.approx(0.5)


def test_equal_scores_are_worth_nothing() -> None:
    """Who ranks all alike has half of the pairs right."""
    serious = np.array([0.0, 1.0, 0.0, 1.0])
    found = judge(
        np.ones(4), serious=serious, severity=serious, day=np.array([1, 2, 3, 4]), share=0.5
    )
    assert found["pairs"] == 0.5


def test_windows_cover_the_second_half() -> None:
    """Eight windows of equal length, the last one ends after the last visit."""
    case = _case(history())
    edges = windows_of(case)
    assert len(edges) == 9
    assert edges[-1] == case.frame["on"].max() + dt.timedelta(days=1)
    lengths = {(b - a).days for a, b in itertools.pairwise(edges)}
    assert max(lengths) - min(lengths) <= 1


def test_what_is_foretold_does_not_know_the_window() -> None:
    """Other outcomes in and after a window leave its scores and chances as they were."""
    frame = history(firms=200, visits=2500)
    case = _case(frame)
    edges = windows_of(case, count=3)
    late = frame["on"] >= edges[1]
    other = frame.assign(
        severity=frame["severity"].where(~late, 9.0), serious=frame["serious"] ^ late
    )
    first, second = foretell(case, edges)[:2], foretell(_case(other), edges)[:2]
    for one, two in zip(first, second, strict=True):
        for name, score in one.scores.items():
            assert score.tobytes() == two.scores[name].tobytes()
    assert first[0].chances[EB].tobytes() == second[0].chances[EB].tobytes()


def test_the_record_beats_the_last_visit_where_firms_differ() -> None:
    """Where firms differ for good, their whole record ranks better than their last visit."""
    case = _case(history(firms=150, visits=4000, spread=0.9))
    table = judged(case, foretell(case, windows_of(case), kinds=()))
    found = compare(table, EB, LAST)
    assert found.better
    assert set(table["method"]) == {LAST, OWN, EB}
    assert against_chance(table, OWN).better


def test_no_model_is_offered_where_it_is_not_better() -> None:
    """Where type, crew and record are all there is, what beats the record is luck, and rare."""
    offered = 0
    for seed in range(3):
        case = _case(history(firms=200, visits=2500, spread=0.6, seed=seed))
        table = judged(case, foretell(case, windows_of(case), kinds=("logistic",)))
        offered += best_kind(table, ("logistic",))[0] != EB
    assert offered <= 1


def test_a_model_is_offered_where_it_knows_more() -> None:
    """Where the size of a firm decides, which the record learns slowly, the model is taken."""
    frame = history(firms=900, visits=4000, spread=0.0)
    random = np.random.default_rng(5)
    firms = sorted(frame["object"].unique())
    size = pd.Series(random.lognormal(2, 1.2, len(firms)), index=firms)
    frame["size"] = frame["object"].map(size)
    mean = 0.15 * frame["size"] ** 0.7
    frame["severity"] = random.poisson(mean).astype(float)
    frame["serious"] = frame["severity"] >= 3
    case = _case(frame)
    found = foretell(case, windows_of(case), kinds=("logistic",))
    chosen, [against] = best_kind(judged(case, found), ("logistic",))
    assert chosen == "logistic"
    assert against.mean > 2 * against.error
    last = found[-1]
    assert calibration_error(last.chances["logistic"], case.visits.serious[last.rows]) < 0.08
    assert calibrations(case, found)["logistic"].slope == pytest.approx(1.0, abs=0.4)


def test_one_window_proves_nothing() -> None:
    """Better in too few windows is not better."""
    table = pd.DataFrame(
        {"start": [1, 1, 2, 2], "method": [EB, "logistic"] * 2, "serious": 5,
         "pairs": [0.5, 0.7, 0.5, 0.71]}
    )  # fmt: skip
    assert not compare(table, "logistic", EB).better
    assert best_kind(table, ("logistic",))[0] == EB
    assert compare(table, "boosting", EB).windows == 0
