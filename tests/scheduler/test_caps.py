"""Tests of yearly caps as data, and of whose visits use them up."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.caps import load_caps
from scheduler.past import Past

TODAY = dt.date(2026, 11, 23)
CAPS = load_caps()


def past(*visits: tuple[str, str, tuple[str, ...]]) -> Past:
    """Return visits to E1 given as (date, kind, departments); the bureau is called D01 or 应急."""
    rows = [("E1", dt.date.fromisoformat(on), kind, who) for on, kind, who in visits]
    frame = pd.DataFrame(rows, columns=["object", "date", "kind", "departments"], dtype=object)
    return Past.of(frame, today=TODAY, agency=("D01", "应急"))


def test_caps_by_industry_and_grade() -> None:
    """The table of Shanxi has its own number for every pair and one for other trades."""
    caps = load_caps({"use": "shanxi_2025"})
    assert caps.cap_of(industry="coal_mine", grade="larger").visits == 6
    assert caps.cap_of(industry="noncoal_mine", grade="low").visits == 1
    assert caps.cap_of(industry="food", grade="major").visits == 6
    assert caps.cap_of(industry="food", grade="").visits == 2
    assert CAPS.cap_of(industry="coal_mine", grade="larger").visits == 2


def test_every_shipped_cap_names_known_codes() -> None:
    """No cap for an industry or grade that does not exist."""
    for industry, grade in load_caps({"use": "shanxi_2025"}).by_pair:
        assert industry == "*" or industry in codes.TABLES["industry"].codes
        assert grade in codes.TABLES["risk_grade"].codes


def test_settings_win_and_are_marked() -> None:
    """A bureau's own numbers have the status ``setting``."""
    caps = load_caps({"default": 4, "cooldown_days": 0, "caps": {"timber": {"larger": 1}}})
    assert caps.cap_of(industry="food", grade="low").visits == 4
    cap = caps.cap_of(industry="timber", grade="larger")
    assert (cap.visits, cap.status) == (1, "setting")
    assert caps.cooldown_days == 0


def test_every_wrong_setting_is_named() -> None:
    """Unknown names and wrong values are raised at once."""
    with pytest.raises(RuleSettingsError, match="bad_caps") as caught:
        load_caps({
            "uses": 1, "use": "none", "default": -1, "caps": {"food": 3, "timber": {"low": "x"}},
            "coverage_kinds": ["dance"], "unknown_grade": "?", "whose": "mine", "total": "x",
        })  # fmt: skip
    assert {name for name, _, _ in caught.value.rows} == {
        "uses", "use", "default", "caps.food", "caps.timber.low", "coverage_kinds",
        "unknown_grade", "whose", "total",
    }  # fmt: skip


def test_the_shanxi_table_is_the_published_one() -> None:
    """Classes and levels of the notice of 2025-04-23 in the order low, general, larger, major."""
    caps = load_caps({"use": "shanxi_2025"})
    grades = ("low", "general", "larger", "major")
    trades = ("coal_mine", "noncoal_mine", "chemicals", "smelting", "food")
    table = {
        trade: tuple(caps.cap_of(industry=trade, grade=grade).visits for grade in grades)
        for trade in trades
    }
    assert table == {
        "coal_mine": (2, 4, 6, 4), "noncoal_mine": (1, 1, 2, 4), "chemicals": (2, 4, 8, 12),
        "smelting": (2, 4, 8, 12), "food": (1, 2, 4, 6),
    }  # fmt: skip


def test_a_cap_of_the_agency_counts_its_own_visits() -> None:
    """Two by the bureau fill its cap of two, two by others do not; four by all fill the total."""
    caps = load_caps({"use": "health_county"})
    other = ("2026-02-02", "random", ("D05",))
    own = ("2026-03-02", "random", ("D05", "应急"))
    facts = {"industry": "food", "grade": "low"}
    assert caps.reached(past(other, other), "E1", **facts) is None
    made, cap = caps.reached(past(own, ("2026-04-02", "key", ())), "E1", **facts) or (0, None)
    assert (made, cap) == (2, caps.default)
    reached = caps.reached(past(own, other, other, other), "E1", **facts)
    assert reached == (4, caps.total)
    assert caps.left(past(own, other), "E1", **facts)[0] == 1


def test_without_more_said_the_visits_of_every_agency_count() -> None:
    """The general cap is read strictly: a firm that others have visited twice is at its cap."""
    other = ("2026-02-02", "random", ("D05",))
    assert CAPS.reached(past(other, other), "E1", industry="food", grade="low") == (2, CAPS.default)
