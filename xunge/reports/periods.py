"""Which days a report is about: the last whole week, month, phase or pair of months."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from layers.indicators.facts import Period
from layers.refusals import CodedError

if TYPE_CHECKING:
    from layers.campaigns.campaign import Campaign

KINDS = ("weekly", "monthly", "stage", "final", "exposure", "closures")
CALENDAR = 0
"""Value of ``[reports] month_ends`` for calendar months."""


class ReportError(CodedError, ValueError):
    """A report that cannot be made; ``detail`` fills its sentence.

    Codes: ``report_no_campaign``, ``report_campaign_to_come``, ``report_several_campaigns``,
    ``report_unknown_campaign``, ``report_no_scheme``, ``report_arithmetic``.
    """


def week(day: dt.date) -> Period:
    """Return the last week, Monday to Sunday, that is over on the evening of *day*."""
    until = day - dt.timedelta(days=(day.weekday() + 1) % 7)
    return Period(since=until - dt.timedelta(days=6), until=until)


def month(day: dt.date, *, ends: int) -> Period:
    """Return the last reporting month that is over on the evening of *day*.

    Parameters
    ----------
    ends
        Its last day: 25 for the 26th to the 25th, :data:`CALENDAR` for calendar months.
    """
    until = _end(day.year, day.month, ends)
    if until > day:
        until = _end(*_before(day.year, day.month), ends)
    since = _end(*_before(until.year, until.month), ends) + dt.timedelta(days=1)
    return Period(since=since, until=until)


def months_of_year(until: dt.date, *, ends: int) -> list[tuple[str, Period]]:
    """Return the reporting months of the year up to the one that ends on *until*, by name."""
    found = []
    for number in range(1, until.month + 1):
        last = _end(until.year, number, ends)
        since = _end(*_before(until.year, number), ends) + dt.timedelta(days=1)
        found.append((f"{until.year}-{number:02d}", Period(since=since, until=last)))
    return found


def two_months(day: dt.date) -> Period:
    """Return the last pair of months (January and February, …) that is over on *day*."""
    year, last = day.year, day.month - day.month % 2
    if day.month % 2 == 0 and day != _end(day.year, day.month, CALENDAR):
        last -= 2
    if last == 0:
        year, last = year - 1, 12
    return Period(since=dt.date(year, last - 1, 1), until=_end(year, last, CALENDAR))


def year_to(day: dt.date) -> Period:
    """Return the year up to *day*."""
    return Period(since=dt.date(day.year, 1, 1), until=day)


def phase(campaign: Campaign, day: dt.date) -> tuple[str, Period]:
    """Return the phase in which *day* lies, up to that day, else the last one before.

    Raises
    ------
    ReportError
        If the campaign has not begun.
    """
    begun = [one for one in campaign.phases_on(day) if one.since <= day]
    if not begun:
        raise ReportError("report_campaign_to_come", title=campaign.title, since=campaign.since)
    last = begun[-1]
    return last.title, Period(since=last.since, until=min(last.until, day))


def whole(campaign: Campaign, day: dt.date) -> Period:
    """Return the campaign up to *day* or its end.

    Raises
    ------
    ReportError
        If it has not begun.
    """
    if campaign.since > day:
        raise ReportError("report_campaign_to_come", title=campaign.title, since=campaign.since)
    return Period(since=campaign.since, until=min(campaign.until_on(day), day))


def _before(year: int, number: int) -> tuple[int, int]:
    return (year - 1, 12) if number == 1 else (year, number - 1)


def _end(year: int, number: int, ends: int) -> dt.date:
    return dt.date(year, number, ends or calendar.monthrange(year, number)[1])
