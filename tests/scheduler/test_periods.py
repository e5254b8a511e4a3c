"""Sensitive periods: when they are, what they bring forward, and what they weigh."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.refusals import RuleSettingsError
from scheduler.due_rules import STATUSES
from scheduler.periods import load_periods, period_promotions, spans

PERIODS = load_periods()


def of(name: str, year: int, **overrides: Any) -> tuple[dt.date, dt.date] | None:
    """Return first and last day of a period that begins in a year."""
    periods = load_periods({name: overrides} if overrides else None)
    return next(one.of(year) for one in periods if one.name == name)


def test_every_period_has_a_source_and_a_status() -> None:
    """No document has numbers, so all of them are product choices."""
    assert len(PERIODS) == 6
    for one in PERIODS:
        assert one.source
        assert one.status in STATUSES
        assert one.title
        assert one.en


def test_fixed_days_come_every_year_and_movable_ones_with_their_festival() -> None:
    """The restart of work in spring begins a week after the first day of the Chinese year."""
    assert of("labour_day", 2031) == (dt.date(2031, 4, 25), dt.date(2031, 5, 5))
    assert of("spring_restart", 2026) == (dt.date(2026, 2, 24), dt.date(2026, 3, 26))
    assert of("spring_restart", 2027) == (dt.date(2027, 2, 13), dt.date(2027, 3, 15))
    assert of("spring_restart", 2099) is None


def test_a_bureau_lists_the_days_of_a_year() -> None:
    """Other years keep the rule."""
    days = {"2027": ["2027-03-04", "2027-03-12"]}
    assert of("two_sessions", 2027, years=days) == (dt.date(2027, 3, 4), dt.date(2027, 3, 12))
    assert of("two_sessions", 2028, years=days) == (dt.date(2028, 3, 1), dt.date(2028, 3, 15))


def test_a_local_event_is_once_and_a_winter_crosses_the_year() -> None:
    """Full dates are for once; an end before the start is in the next year."""
    event = {"title": "博览会", "from": "2027-05-10", "to": "2027-05-16", "divisor": 2}
    assert of("expo", 2027, **event) == (dt.date(2027, 5, 10), dt.date(2027, 5, 16))
    assert of("expo", 2028, **event) is None
    winter = {"from": "12-15", "to": "02-29"}
    assert of("winter", 2026, **winter) == (dt.date(2026, 12, 15), dt.date(2027, 2, 28))
    found = spans(load_periods({"winter": winter}), first=dt.date(2027, 1, 5),
                  last=dt.date(2027, 1, 6))  # fmt: skip
    assert [span.period.name for span in found] == ["winter"]


def test_a_period_of_some_industries_is_about_no_other() -> None:
    """The flood season is about mines."""
    july = {"first": dt.date(2026, 7, 1), "last": dt.date(2026, 7, 2)}
    assert [s.period.name for s in spans(PERIODS, industry="coal_mine", **july)] == ["flood_season"]
    assert spans(PERIODS, industry="food", **july) == []


def test_weights_rise_for_the_industries_of_a_period_that_touches_the_week() -> None:
    """In November fireworks and coal; a factor for everybody would change nothing."""
    week = tuple(dt.date(2026, 11, 23) + dt.timedelta(days=n) for n in range(5))
    industries = {"E1": "fireworks", "E2": "food", "E3": None}
    found = period_promotions(industries, periods=PERIODS, days=week)
    assert set(found) == {"E1"}
    (one,) = found["E1"]
    assert (one.condition.name, one.condition.factor, one.until) == (
        "period:fourth_quarter", 2, dt.date(2026, 12, 31),
    )  # fmt: skip
    assert period_promotions(industries, periods=PERIODS, days=(dt.date(2026, 8, 3),)) == {}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"labour_day": {"divisor": 0}}, "periods.labour_day.divisor"),
        ({"labour_day": {"from": "13-01"}}, "periods.labour_day.from"),
        ({"labour_day": {"from": "2027-05-01"}}, "periods.labour_day.to"),
        ({"labour_day": {"industries": ["magic"]}}, "periods.labour_day.industries"),
        ({"labour_day": {"years": {"2027": ["2027-05-09", "2027-05-01"]}}},
         "periods.labour_day.years"),
        ({"expo": {"from": "2027-05-10"}}, "periods.expo.to"),
        ({"expo": {"from": "2027-05-10", "to": "2027-05-01"}}, "periods.expo.to"),
        ({"expo": {"from": "05-10", "to": "05-12", "colour": "red"}}, "periods.expo.colour"),
        ({"spring_restart": {"from_day": "a week"}}, "periods.spring_restart.from_day"),
    ],
)  # fmt: skip
def test_settings_of_no_sense_are_named(settings: dict[str, Any], name: str) -> None:
    """The error says which."""
    with pytest.raises(RuleSettingsError, match="bad_periods") as caught:
        load_periods(settings)
    assert name in [row[0] for row in caught.value.rows]


@given(first=st.dates(dt.date(2025, 1, 1), dt.date(2034, 1, 1)), length=st.integers(0, 400))
def test_spans_touch_the_days_and_are_in_order(first: dt.date, length: int) -> None:
    """Every one of them, none of any other day."""
    last = first + dt.timedelta(days=length)
    found = spans(PERIODS, first=first, last=last)
    assert [span.first for span in found] == sorted(span.first for span in found)
    for span in found:
        assert span.first <= last
        assert span.last >= first
        assert span.first <= span.last
