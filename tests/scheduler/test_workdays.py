"""Tests of the Chinese working-day calendar."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.workdays import (
    CalendarWarning,
    OverlayDay,
    OverlayError,
    Workdays,
    read_overlay,
    weekdays_only,
)

if TYPE_CHECKING:
    from pathlib import Path

DAYS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2026, 11, 1))


def test_national_day_is_free_and_its_make_up_saturday_is_worked() -> None:
    """Public holidays are free on weekdays, make-up Saturdays are worked."""
    days = Workdays()
    assert days.why_off(dt.date(2026, 10, 1)) == "public_holiday"
    assert days.is_workday(dt.date(2026, 10, 10))
    assert days.why_off(dt.date(2026, 11, 21)) == "weekend"
    assert days.is_workday(dt.date(2026, 11, 23))
    assert days.warnings == ()


def test_next_workday_after_the_national_holiday() -> None:
    """A date within a holiday moves to the first working day after it."""
    assert Workdays().next_workday(dt.date(2026, 10, 1)) == dt.date(2026, 10, 8)
    assert Workdays().next_workday(dt.date(2026, 10, 8)) == dt.date(2026, 10, 8)


def test_adding_workdays_counts_make_up_saturdays_and_skips_holidays() -> None:
    """The day itself never counts; a negative count goes back."""
    days = Workdays()
    assert days.add_workdays(dt.date(2026, 9, 30), 1) == dt.date(2026, 10, 8)
    assert days.add_workdays(dt.date(2026, 10, 9), 1) == dt.date(2026, 10, 10)
    assert days.add_workdays(dt.date(2026, 10, 8), -1) == dt.date(2026, 9, 30)
    assert days.add_workdays(dt.date(2026, 10, 3), 0) == dt.date(2026, 10, 8)


@settings(deadline=None, max_examples=60)
@given(DAYS, st.integers(min_value=1, max_value=40))
def test_adding_and_taking_back_workdays_returns_to_a_workday(day: dt.date, count: int) -> None:
    """From a working day, n days on and n days back is where one began."""
    days = Workdays()
    start = days.next_workday(day)
    there = days.add_workdays(start, count)
    assert days.add_workdays(there, -count) == start
    assert len(days.between(start, there)) == count + 1


def test_unknown_year_counts_weekdays_and_is_named() -> None:
    """A year without a State Council notice counts Monday to Friday and raises a warning code."""
    days = Workdays()
    assert days.is_workday(dt.date(2031, 10, 1))
    assert not days.is_workday(dt.date(2031, 10, 4))
    assert days.unknown_years == (2031,)
    assert days.warnings == (CalendarWarning(code="calendar_year_unknown", year=2031),)


def test_overlay_overrules_the_calendar_and_fills_an_unknown_year() -> None:
    """The bureau's own days win; a year with 1 October entered as free is a known year."""
    overlay = {
        dt.date(2031, 10, 1): OverlayDay(kind="rest", note="国庆节"),
        dt.date(2026, 11, 23): OverlayDay(kind="rest"),
        dt.date(2026, 11, 22): OverlayDay(kind="work"),
    }
    days = Workdays(overlay=overlay)
    assert days.why_off(dt.date(2026, 11, 23)) == "local_rest"
    assert days.is_workday(dt.date(2026, 11, 22))
    assert not days.is_workday(dt.date(2031, 10, 1))
    assert days.is_workday(dt.date(2031, 10, 2))
    assert days.unknown_years == ()


def test_weekdays_only_knows_no_chinese_holiday() -> None:
    """A place outside China works on 1 October and warns of nothing."""
    days = weekdays_only()
    assert days.is_workday(dt.date(2013, 10, 1))
    assert not days.is_workday(dt.date(2013, 10, 12))
    assert days.warnings == ()


def test_week_and_weeks_left() -> None:
    """A week holds its make-up days; weeks left count this one and end with the year."""
    days = Workdays()
    assert days.week(dt.date(2026, 10, 8)) == (
        dt.date(2026, 10, 8), dt.date(2026, 10, 9), dt.date(2026, 10, 10),
    )  # fmt: skip
    assert days.weeks_left(dt.date(2026, 11, 23)) == 6
    assert days.weeks_left(dt.date(2026, 12, 31)) == 1


def test_overlay_file_is_read_in_both_languages(tmp_path: Path) -> None:
    """Header, blank lines and comments are skipped; Chinese and English kinds are read."""
    path = tmp_path / "workdays.csv"
    path.write_text(
        "﻿date,kind,note\n2027-10-01,rest,国庆节\n\n# local\n2027-10-09,上班\n", encoding="utf-8"
    )
    assert read_overlay(path) == {
        dt.date(2027, 10, 1): OverlayDay(kind="rest", note="国庆节"),
        dt.date(2027, 10, 9): OverlayDay(kind="work"),
    }


def test_every_bad_overlay_row_is_named(tmp_path: Path) -> None:
    """All bad rows are raised at once with row number, code and value."""
    path = tmp_path / "workdays.csv"
    path.write_text(
        "date,kind,note\n2027-02-30,rest\n2027-03-01,maybe\n2027-03-02,rest\n2027-03-02,work\n",
        encoding="utf-8",
    )
    with pytest.raises(OverlayError) as caught:
        read_overlay(path)
    assert caught.value.rows == (
        (2, "bad_date", "2027-02-30"),
        (3, "bad_day_kind", "maybe"),
        (5, "repeated_date", "2027-03-02"),
    )
