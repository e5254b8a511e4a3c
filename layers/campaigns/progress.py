"""How far a campaign is: by phase, unit and area, and which documents came in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.campaigns.campaign import WEEKDAYS
from layers.indicators.facts import Period
from layers.indicators.measures import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.campaigns.campaign import Campaign, Phase
    from layers.indicators.facts import Facts

HEADLINE = (
    "checks", "enterprises", "hazards", "rectified", "cases", "suspended", "closed", "penalties",
    "fined", "handovers",
)  # fmt: skip
OBLIGATION_COLUMNS = (
    "id", "campaign", "document", "title", "unit", "due", "received", "state", "days",
)  # fmt: skip


def period_of(phase: Phase, *, day: dt.date) -> Period | None:
    """Return the days of a phase up to *day*, None where it has not begun."""
    if phase.since > day:
        return None
    return Period(since=phase.since, until=min(phase.until, day))


def progress(campaign: Campaign, facts: Facts, *, codes: Sequence[str] = HEADLINE) -> pd.DataFrame:
    """Return measures by phase as decided by the day of *facts*.

    Returns
    -------
    pandas.DataFrame
        One row a phase: title, since, until, decided, state (``ended``, ``running``, ``to_come``),
        and one column for each of *codes* (None where the phase has not begun).
    """
    rows = []
    for phase in campaign.phases_on(facts.day):
        period = period_of(phase, day=facts.day)
        state = "to_come" if period is None else "ended" if phase.until < facts.day else "running"
        counts = {
            code: None if period is None else figure(facts, code, period).count.value
            for code in codes
        }
        rows.append(
            {"title": phase.title, "since": phase.since, "until": phase.until,
             "decided": phase.decided, "state": state, **counts}
        )  # fmt: skip
    columns = ["title", "since", "until", "decided", "state", *codes]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def progress_by(
    campaign: Campaign, facts: Facts, *, by: str, codes: Sequence[str] = HEADLINE
) -> pd.DataFrame:
    """Return measures by phase and unit or area.

    Parameters
    ----------
    by
        ``town``, ``village``, ``county``, ``industry`` or ``unit_department``.

    Returns
    -------
    pandas.DataFrame
        Columns phase, key (None for records without one), and *codes*; only what is not all zero.
    """
    rows: list[dict[str, Any]] = []
    for phase in campaign.phases_on(facts.day):
        period = period_of(phase, day=facts.day)
        if period is None:
            continue
        split = {code: figure(facts, code, period).by(by) for code in codes}
        keys = sorted(
            {key for each in split.values() for key in each}, key=lambda k: (k is None, str(k))
        )
        rows += [
            {"phase": phase.title, "key": key,
             **{code: split[code][key].value if key in split[code] else 0 for code in codes}}
            for key in keys
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["phase", "key", *codes], dtype=object)


def obligations(campaign: Campaign, *, day: dt.date) -> pd.DataFrame:
    """Return every document that a unit owes: plan, stage and final summary, weekly and monthly.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`OBLIGATION_COLUMNS`. ``id`` is stable; ``state`` is ``received``, ``late``
        (received after its day), ``open`` or ``overdue``; ``days`` how late it came or is.
    """
    came: dict[tuple[str, str], dt.date] = {}
    for one in sorted(campaign.receipts, key=lambda each: each.on):
        if one.on <= day:
            came.setdefault((one.document, one.unit), one.on)
    rows = []
    for document, title, due, units in _owed(campaign, day):
        for unit in units:
            received = came.get((document, unit))
            rows.append(
                {"id": f"{campaign.id}/{document}/{unit}", "campaign": campaign.id,
                 "document": document, "title": title, "unit": unit, "due": due,
                 "received": received, "state": _state(due, received, day),
                 "days": max(((received or day) - due).days, 0)}
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(OBLIGATION_COLUMNS), dtype=object)
    return frame.sort_values(["due", "document", "unit"], kind="stable").reset_index(drop=True)


def _state(due: dt.date, received: dt.date | None, day: dt.date) -> str:
    if received is not None:
        return "late" if received > due else "received"
    return "overdue" if day > due else "open"


def _owed(campaign: Campaign, day: dt.date) -> list[tuple[str, str, dt.date, tuple[str, ...]]]:
    found = [
        (one.code, one.title, one.due, one.units or campaign.units) for one in campaign.documents
    ]
    end = campaign.until_on(day)
    if campaign.weekly_by:
        found += [
            (f"weekly-{due.isoformat()}", "周报", due, campaign.units)
            for due in _mondays(campaign.since, end, weekday=WEEKDAYS.index(campaign.weekly_by))
        ]
    if campaign.monthly_by:
        found += [
            (f"monthly-{due:%Y-%m}", "月报", due, campaign.units)
            for due in _monthly(campaign.since, end, on=campaign.monthly_by)
        ]
    return found


def _mondays(since: dt.date, until: dt.date, *, weekday: int) -> list[dt.date]:
    """Return the days on which a week of the campaign is reported, the last one after its end."""
    first = since + dt.timedelta(days=(weekday - since.weekday()) % 7 or 7)
    count = max((until - first).days // 7 + 2, 0)
    return [first + dt.timedelta(days=7 * n) for n in range(count)]


def _monthly(since: dt.date, until: dt.date, *, on: int) -> list[dt.date]:
    days = []
    year, month = since.year, since.month
    while (due := dt.date(year, month, on)) <= until:
        if due >= since:
            days.append(due)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return days
