"""Duties that come again with the calendar: weeks, months, two months."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

EVERY = ("week", "month", "two_months")
"""How long a period is; weeks begin on Monday, two months with January, March …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A duty that every period has.

    Attributes
    ----------
    name
        Kind of its due items.
    every
        ``week``, ``month`` or ``two_months``.
    cut_off
        Day of the month on which a month ends; 0 is the last one.
    days, unit
        How long after the end of the period it is due, ``days`` or ``workdays``.
    level
        Rounds: level of the areas that are checked; empty for documents.
    kinds, ignored_results
        Rounds: kinds of visit that are a check, and results that make them none.
    """

    name: str
    every: str
    source: str
    status: str
    cut_off: int = 0
    days: int = 0
    unit: str = "days"
    level: str = ""
    kinds: tuple[str, ...] = ()
    ignored_results: tuple[str, ...] = ()


def period_of(day: dt.date, cycle: Cycle) -> tuple[dt.date, dt.date]:
    """Return first and last day of the period in which *day* lies."""
    if cycle.every == "week":
        monday = day - dt.timedelta(days=day.weekday())
        return monday, monday + dt.timedelta(days=6)
    end = _month_end(day.year, day.month, cycle.cut_off)
    year, month = (day.year, day.month) if day <= end else _later(day.year, day.month, 1)
    length = 1
    if cycle.every == "two_months":
        length, (year, month) = 2, _later(year, month, month % 2)
    before = _later(year, month, -length)
    first = _month_end(*before, cycle.cut_off) + dt.timedelta(days=1)
    return first, _month_end(year, month, cycle.cut_off)


def period_name(first: dt.date, last: dt.date, cycle: Cycle) -> str:
    """Return what a period is called: 2026-W47, 2026-11 or 2026-09~10."""
    if cycle.every == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    if cycle.every == "month":
        return f"{last:%Y-%m}"
    before = _later(last.year, last.month, -1)
    return f"{before[0]}-{before[1]:02d}~{last:%m}"


def _month_end(year: int, month: int, cut_off: int) -> dt.date:
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, min(cut_off or last, last))


def _later(year: int, month: int, months: int) -> tuple[int, int]:
    whole, rest = divmod(year * 12 + month - 1 + months, 12)
    return whole, rest + 1
