"""What risk does to a weight: bounded, exact, on the frame, and no word of a report."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.candidates import Candidate, frame_json
from scheduler.caps import load_caps
from scheduler.disclosure import is_public, speakable
from scheduler.draw import draw, replay
from scheduler.eligible import Rules, candidates
from scheduler.ledger import GENESIS, link
from scheduler.past import Past
from scheduler.risk_weights import MOST, parts_of, risk_factor, with_risk

if TYPE_CHECKING:
    from types import ModuleType

TODAY = dt.date(2026, 11, 23)


def test_twice_the_risk_counts_the_factor() -> None:
    """Twice as risky counts so many times, half as risky one over it, and more changes nothing."""
    assert risk_factor(2.0, most=4.0) == 4
    assert risk_factor(9.0, most=4.0) == 4
    assert risk_factor(0.5, most=4.0) == Fraction(1, 4)
    assert risk_factor(1.0, most=4.0) == 1
    assert risk_factor(1.5, most=2.0) == Fraction(3, 2)


@given(relative=st.floats(0.01, 100), most=st.floats(1, MOST))
def test_factors_are_bounded_and_even(relative: float, most: float) -> None:
    """No factor is beyond its bound, quarters apart; up and down are one over the other."""
    found = risk_factor(relative, most=most)
    assert 1 / (most + 0.125) <= found <= most + 0.125
    assert (4 * max(found, 1 / found)).denominator == 1
    assert risk_factor(1 / relative, most=most) == 1 / found
    assert risk_factor(relative, most=1.0) == 1


def test_a_reason_is_read_back() -> None:
    """The factor is taken off a reason as it was put on, and 1 is not told."""
    assert parts_of(with_risk("zone:school", Fraction(3, 2))) == ("zone:school", "3/2")
    assert with_risk("grade", Fraction(1)) == "grade"
    assert parts_of("grade") == ("grade", "")


def _candidates(factors: dict[str, Fraction]) -> list[Candidate]:
    rows = [
        {"id": f"E{i}", "industry": "timber", "risk_grade": "larger", "operating_status":
         "operating", "enterprise_class": "key" if i == 4 else "general"}
        for i in range(5)
    ]  # fmt: skip
    return candidates(
        pd.DataFrame(rows, dtype=object), past=Past(visits={}, today=TODAY),
        rules=Rules(caps=load_caps(), factors=factors),
    )  # fmt: skip


def test_risk_changes_weighted_objects_alone() -> None:
    """A weight is grade × factor with its reason; who is certain to be drawn keeps the weight."""
    found = {one.id: one for one in _candidates(
        {"E0": Fraction(3, 2), "E1": Fraction(1, 2), "E2": Fraction(4, 3), "E4": Fraction(2)}
    )}  # fmt: skip
    assert (found["E0"].weight, found["E0"].why) == (6, "grade+risk:3/2")
    assert (found["E1"].weight, found["E1"].why) == (2, "grade+risk:1/2")
    assert found["E2"].weight == Fraction(16, 3)
    assert (found["E3"].weight, found["E3"].why) == (4, "grade")
    assert (found["E4"].weight, found["E4"].why) == (4, "key_cycle")


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_a_draw_with_risk_is_verified_from_its_record(digest: str, checker: ModuleType) -> None:
    """Product and checker draw the same again; a changed weight is found."""
    frame = speakable(_candidates({"E0": Fraction(7, 4), "E1": Fraction(4, 7)}))
    made = draw(
        frame, seed="seed", round_id="2026-W48", digest=digest,
        quota={"certainty": 0, "weighted": 2, "uniform": 1}, created="2026-11-23",
    ).to_json()  # fmt: skip
    weights = {one["id"]: one["weight"] for one in made["frame"]["eligible"]}
    assert (weights["E0"], weights["E1"]) == ("7", "16/7")
    assert replay(made) == []
    assert checker.verify(json.dumps(link(GENESIS, record=made)).encode()) == []
    next(one for one in made["frame"]["eligible"] if one["id"] == "E1")["weight"] = "4"
    assert replay(made)
    assert checker.verify(json.dumps(link(GENESIS, record=made)).encode())


def test_a_condition_is_hushed_and_its_risk_stays() -> None:
    """Whoever reads the frame learns the factor, never that somebody reported the enterprise."""
    frame = [
        Candidate(id="A", why="report+risk:3/2", weight=3),
        Candidate(id="B", why="grade+risk:1/2", weight=Fraction(1, 2)),
        Candidate(id="C", why="report", weight=2),
    ]
    said = speakable(frame)
    assert [one.why for one in said] == ["promoted+risk:3/2", "grade+risk:1/2", "promoted"]
    assert is_public(frame_json(said))
    assert not is_public(frame_json(frame))
