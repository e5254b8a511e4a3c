"""Chinese working days: public holidays, make-up Saturdays, and what the bureau knows better.

The yearly notices of the State Council come from the package ``chinesecalendar``; it ends with the
last year for which a notice was out. Later years count Monday to Friday until the bureau enters the
notice in an overlay file, and the years in doubt are named.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import chinese_calendar

from layers.dates import read_period
from layers.delimited import read_delimited
from layers.problems import ValueProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ONE_DAY = dt.timedelta(days=1)
_KINDS = {
    "work": "work", "上班": "work", "班": "work", "工作日": "work",
    "rest": "rest", "休息": "rest", "休": "rest", "放假": "rest",
}  # fmt: skip
_HEADERS = ("date", "日期")


class OverlayError(ValueError):
    """Rows of an overlay file that cannot be read.

    Attributes
    ----------
    code
        ``bad_overlay``.
    rows
        One ``(row number in the file, code, value)`` for every bad row; codes: those of
        :func:`layers.dates.read_period`, ``bad_day_kind``, ``repeated_date``.
    file
        Name of the file.
    """

    code = "bad_overlay"

    def __init__(self, rows: tuple[tuple[int, str, str], ...], *, file: str) -> None:
        self.rows = rows
        self.file = file
        super().__init__(f"{len(rows)} bad overlay rows, first: {rows[0]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayDay:
    """What the bureau says of one day: ``work`` or ``rest``, and why."""

    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWarning:
    """Something that is not known of the calendar, as code and year."""

    code: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """The working days of a place.

    Attributes
    ----------
    overlay
        Days on which the bureau overrules the public calendar (see :func:`read_overlay`).
    chinese
        Use the Chinese public holidays; without them Monday to Friday are worked.
    """

    overlay: Mapping[dt.date, OverlayDay] = field(default_factory=dict)
    chinese: bool = True
    _unknown: set[int] = field(default_factory=set, repr=False, compare=False)

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether *day* is worked."""
        return self.why_off(day) == ""

    def why_off(self, day: dt.date) -> str:
        """Return why *day* is free: ``local_rest``, ``public_holiday``, ``weekend``; else empty."""
        local = self.overlay.get(day)
        if local is not None:
            return "local_rest" if local.kind == "rest" else ""
        weekend = day.weekday() >= 5
        free = _free_days(day.year) if self.chinese else None
        if free is None:
            if self.chinese and not self._entered(day.year):
                self._unknown.add(day.year)
            return "weekend" if weekend else ""
        if day not in free:
            return ""
        return "weekend" if weekend else "public_holiday"

    def next_workday(self, day: dt.date) -> dt.date:
        """Return *day* if it is worked, else the first working day after it."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def add_workdays(self, day: dt.date, count: int) -> dt.date:
        """Return the *count*-th working day after *day*, or before it if *count* is negative.

        The day itself never counts. A count of 0 means :meth:`next_workday`.
        """
        if count == 0:
            return self.next_workday(day)
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def between(self, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
        """Return the working days from *first* to *last*, both included."""
        return tuple(day for day in _days(first, last) if self.is_workday(day))

    def week(self, day: dt.date) -> tuple[dt.date, ...]:
        """Return the working days of the week (Monday to Sunday) in which *day* lies."""
        monday = day - dt.timedelta(days=day.weekday())
        return self.between(monday, monday + dt.timedelta(days=6))

    def weeks_left(self, day: dt.date) -> int:
        """Count the weeks of the year of *day* with a working day left, this week included."""
        return self.weeks_until(day, dt.date(day.year, 12, 31))

    def weeks_until(self, day: dt.date, last: dt.date) -> int:
        """Count the weeks from *day* to *last*, both included, with a working day left in them."""
        days = self.between(day, last)
        return len({one - dt.timedelta(days=one.weekday()) for one in days})

    @property
    def unknown_years(self) -> tuple[int, ...]:
        """Years that were asked for and whose public holidays are not known, in order."""
        return tuple(sorted(self._unknown))

    @property
    def warnings(self) -> tuple[CalendarWarning, ...]:
        """One ``calendar_year_unknown`` for every year of :attr:`unknown_years`."""
        return tuple(
            CalendarWarning(code="calendar_year_unknown", year=year) for year in self.unknown_years
        )

    def _entered(self, year: int) -> bool:
        """Tell whether the overlay holds the notice of *year*: 1 October is free in every one."""
        national_day = self.overlay.get(dt.date(year, 10, 1))
        return national_day is not None and national_day.kind == "rest"


def weekdays_only(overlay: Mapping[dt.date, OverlayDay] | None = None) -> Workdays:
    """Return the working days of a place outside China: Monday to Friday and the *overlay*."""
    return Workdays(overlay=overlay or {}, chinese=False)


def read_overlay(path: Path) -> dict[dt.date, OverlayDay]:
    """Read a CSV file with the columns ``date, kind, note`` (日期, 类型, 说明).

    ``date`` is a day or a range such as ``2027-10-01~2027-10-07``; ``kind`` is ``work`` or ``rest``
    (also 上班, 休息). Blank lines and lines that begin with ``#`` are skipped. Any encoding that
    Excel writes is read.

    Raises
    ------
    OverlayError
        With every bad row.
    layers.problems.UnreadableFile
        If the file is damaged.
    """
    days: dict[dt.date, OverlayDay] = {}
    bad: list[tuple[int, str, str]] = []
    for number, row in enumerate(read_delimited(path), start=1):
        text, kind, note = ([str(cell).strip() for cell in row] + ["", "", ""])[:3]
        if not text or text.startswith("#") or text.lower() in _HEADERS:
            continue
        problem = _take_row(days, text, kind=kind, note=note)
        if problem:
            bad.append((number, problem, kind if problem == "bad_day_kind" else text))
    if bad:
        raise OverlayError(tuple(bad), file=path.name)
    return days


def _take_row(days: dict[dt.date, OverlayDay], text: str, *, kind: str, note: str) -> str:
    """Add one row to *days*; return the code of what is wrong with it, empty if nothing is."""
    try:
        periods = read_period(text)
    except ValueProblem as problem:
        return problem.code
    if kind.lower() not in _KINDS:
        return "bad_day_kind"
    named = [day for first, last in periods for day in _days(first, last)]
    if any(day in days for day in named):
        return "repeated_date"
    days.update(dict.fromkeys(named, OverlayDay(kind=_KINDS[kind.lower()], note=note)))
    return ""


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + dt.timedelta(days=i) for i in range((last - first).days + 1))


@cache
def _free_days(year: int) -> frozenset[dt.date] | None:
    """Return the days of *year* on which China rests; None where no notice is known."""
    days = _days(dt.date(year, 1, 1), dt.date(year, 12, 31))
    try:
        return frozenset(day for day in days if not chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
