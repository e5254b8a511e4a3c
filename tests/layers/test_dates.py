"""Dates, periods and opening hours as people write them."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.dates import read_date, read_hours, read_period
from layers.problems import ValueProblem

DAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    "raw",
    [
        46349, 46349.0, 46349.75, "46349", "46349.0", DAY, dt.datetime.combine(DAY, dt.time(9, 30)),
        "2026-11-23", "2026/11/23", "2026.11.23", "2026年11月23日", "2026年11月23号", "20261123",
        20261123.0, " ２０２６－１１－２３ ", "2026-11-23 09:30:00", "2026-11-23T00:00:00",
        "2026年11月23日 星期一", "2026年11月23日上午9时", "二〇二六年十一月二十三日", "11/23/2026",
        "2026-11-23T00:00:00+08:00",
    ],
)  # fmt: skip
def test_ways_to_write_a_date(raw: object) -> None:
    """Every usual way to write a day, Excel's number included, is that day."""
    assert read_date(raw) == DAY


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2026-11", "incomplete_date"), ("2026年", "incomplete_date"), (2026, "incomplete_date"),
        ("11月23日", "incomplete_date"), ("2026.11", "incomplete_date"),
        ("11-23", "incomplete_date"),
        ("2026年11月", "incomplete_date"), ("2026-02-30", "bad_date"), ("2026-13-01", "bad_date"),
        ("去年", "bad_date"), (True, "bad_date"), (3.5, "bad_date"), (dt.time(9), "bad_date"),
        ("03/04/2026", "ambiguous_date"), ("26-11-23", "ambiguous_date"),
        ("2206-11-23", "implausible_date"), (dt.date(1900, 1, 1), "implausible_date"),
    ],
)  # fmt: skip
def test_what_is_no_date(raw: object, code: str) -> None:
    """A day with a missing part, or with two readings, is a problem, never a guess."""
    with pytest.raises(ValueProblem) as caught:
        read_date(raw)
    assert caught.value.code == code


@settings(deadline=None, max_examples=200)
@given(st.dates(dt.date(1951, 1, 1), dt.date(2100, 12, 31)))
def test_every_date_comes_back(day: dt.date) -> None:
    """A date written in any of the usual forms is read as itself."""
    serial = (day - dt.date(1899, 12, 30)).days
    year, month, number = day.year, day.month, day.day
    forms = [
        day.isoformat(), f"{year}年{month}月{number}日", f"{year}.{month}.{number}",
        f"{day:%Y%m%d}",
        serial, float(serial), str(serial),
    ]  # fmt: skip
    assert {read_date(form) for form in forms} == {day}


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.booleans()))
def test_rubbish_never_crashes(raw: object) -> None:
    """Whatever stands in a date cell gives a date or a problem."""
    for read in (read_date, read_period, read_hours):
        with contextlib.suppress(ValueProblem):
            assert read(raw)


@pytest.mark.parametrize(
    ("raw", "days"),
    [
        ("2026-11-23~2026-11-27；2026-12-01", [(23, 11, 27, 11), (1, 12, 1, 12)]),
        ("2026年11月23日至27日", [(23, 11, 27, 11)]),
        ("2026.11.23-12.2", [(23, 11, 2, 12)]),
        ("2026-11-23 - 2026-11-25、2026/12/1—2026/12/3", [(23, 11, 25, 11), (1, 12, 3, 12)]),
        (46349, [(23, 11, 23, 11)]),
    ],
)
def test_periods(raw: object, days: list[tuple[int, int, int, int]]) -> None:
    """Ranges, lists of ranges and single days are pairs of first and last day."""
    expected = tuple((dt.date(2026, b, a), dt.date(2026, d, c)) for a, b, c, d in days)
    assert read_period(raw) == expected


def test_period_that_ends_before_it_begins() -> None:
    """A range whose end lies before its start is a problem."""
    with pytest.raises(ValueProblem) as caught:
        read_period("2026-11-23~2026-11-20")
    assert caught.value.code == "bad_period"


@pytest.mark.parametrize(
    ("raw", "hours"),
    [
        ("08:30-17:30", (8.5, 17.5)), ("8点-17点30分", (8, 17.5)), ("8：30～17：30", (8.5, 17.5)),
        ("上午8点至下午5点", (8, 17)), ("9-17", (9, 17)), ("24小时", (0, 24)), ("全天", (0, 24)),
        ("22:00-06:00", (22, 30)), ("周一至周五 8:30-12:00，14:00-17:30", (8.5, 17.5)),
    ],
)  # fmt: skip
def test_hours(raw: str, hours: tuple[float, float]) -> None:
    """Opening hours are seconds since midnight; past midnight they go on counting."""
    assert read_hours(raw) == (hours[0] * 3600, hours[1] * 3600)


@pytest.mark.parametrize("raw", ["看情况", "25:00-26:00", "08:30", "8:00-8:00", 0.5])
def test_no_hours(raw: object) -> None:
    """Hours that cannot be read are a problem."""
    with pytest.raises(ValueProblem) as caught:
        read_hours(raw)
    assert caught.value.code == "bad_hours"
