"""Tests of caps, cooldown and exclusions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers import codes
from scheduler.caps import CapsError, candidates, load_caps

if TYPE_CHECKING:
    from scheduler.draw_record import Candidate

TODAY = dt.date(2026, 11, 23)
CAPS = load_caps()


def enterprise(**facts: Any) -> pd.DataFrame:
    """Return a register with one operating enterprise E1 of larger risk."""
    row = {"id": "E1", "industry": "timber", "risk_grade": "larger",
           "enterprise_class": "general", "operating_status": "operating"}  # fmt: skip
    return pd.DataFrame([{**row, **facts}], dtype=object)


def visited(*visits: tuple[str, str]) -> pd.DataFrame:
    """Return visits to E1 given as (date, kind)."""
    rows = [("E1", dt.date.fromisoformat(on), kind) for on, kind in visits]
    return pd.DataFrame(rows, columns=["object", "date", "kind"], dtype=object)


def one(frame: pd.DataFrame, *visits: tuple[str, str], **options: Any) -> Candidate:
    """Return the only candidate."""
    options = {"caps": CAPS, **options}
    (found,) = candidates(frame, visits=visited(*visits), today=TODAY, **options)
    return found


def test_an_eligible_enterprise_has_the_weight_of_its_grade() -> None:
    """The weight comes from the code table; an unknown grade counts as general."""
    assert (one(enterprise()).weight, one(enterprise()).stratum) == (4, "weighted")
    assert one(enterprise(risk_grade=None)).weight == 2
    assert one(enterprise()).eligible


def test_the_cap_is_reached_by_counting_kinds_of_this_year_only() -> None:
    """Two counting visits reach the general cap; re-inspections and last year do not count."""
    reached = one(enterprise(), ("2026-01-05", "random"), ("2026-03-05", "special"))
    assert reached.reason_excluded == "cap_reached"
    assert (reached.detail["visits"], reached.detail["cap"]) == (2, 2)
    assert reached.detail["status"] == "page"
    free = one(
        enterprise(), ("2026-01-05", "random"), ("2026-03-05", "reinspection"),
        ("2026-03-09", "joint"), ("2025-12-30", "key"),
    )  # fmt: skip
    assert free.eligible


def test_cooldown_ends_after_sixty_days() -> None:
    """A counting visit bars the draw for sixty days, a re-inspection does not."""
    cool = one(enterprise(), ("2026-09-25", "random"))
    assert cool.reason_excluded == "cooldown"
    assert cool.detail == {"last": "2026-09-25", "until": "2026-11-24"}
    assert one(enterprise(), ("2026-09-24", "random")).eligible
    assert one(enterprise(), ("2026-11-20", "reinspection")).eligible


def test_visits_after_today_are_not_known_yet() -> None:
    """What lies after the day of the draw has no effect."""
    assert one(enterprise(), ("2026-11-24", "random")).eligible


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT])
def test_visits_without_a_date_count_for_nothing(missing: object) -> None:
    """An undated visit neither stops the draw nor bars anyone from it."""
    visits = pd.DataFrame(
        [("E1", missing, "random")], columns=["object", "date", "kind"], dtype=object
    )
    (found,) = candidates(enterprise(), visits=visits, today=TODAY, caps=CAPS)
    assert found.eligible


@pytest.mark.parametrize(
    ("facts", "options", "reason"),
    [
        ({"operating_status": "closed"}, {}, "closed"),
        ({"operating_status": "suspended"}, {}, "suspended"),
        ({}, {"placed": ["E2"]}, "unplaced"),
        ({}, {"already_due": ["E1"]}, "already_due"),
        ({}, {"excluded": {"E1": "市级重点项目停工"}}, "excluded_by_order"),
        ({}, {"placed": ["E1"]}, ""),
        ({"operating_status": None}, {}, ""),
    ],
)
def test_exclusions_carry_their_reason(
    facts: dict[str, Any], options: dict[str, Any], reason: str
) -> None:
    """Whoever cannot be drawn is listed with the code of the reason."""
    assert one(enterprise(**facts), **options).reason_excluded == reason


def test_key_class_is_certain_until_covered() -> None:
    """A key enterprise not covered this year is certain, a covered one in the uniform draw."""
    key = enterprise(enterprise_class="key")
    assert one(key).stratum == "certainty"
    assert one(key, ("2026-02-02", "joint")).stratum == "uniform"
    assert one(key, ("2025-02-02", "key"), ("2026-02-02", "reinspection")).stratum == "certainty"


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
    assert one(enterprise(risk_grade="low"), ("2026-11-20", "random"), caps=caps).eligible


def test_every_wrong_setting_is_named() -> None:
    """Unknown names and wrong values are raised at once."""
    with pytest.raises(CapsError) as caught:
        load_caps({
            "uses": 1, "use": "none", "default": -1, "caps": {"food": 3, "timber": {"low": "x"}},
            "coverage_kinds": ["dance"], "unknown_grade": "?",
        })  # fmt: skip
    assert {name for name, _, _ in caught.value.rows} == {
        "uses", "use", "default", "caps.food", "caps.timber.low", "coverage_kinds",
        "unknown_grade",
    }  # fmt: skip
