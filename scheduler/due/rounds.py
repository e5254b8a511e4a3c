"""Rounds through villages and towns: each is checked once in every week or month (排查).

An area is due by the last working day of the period that follows its last check; a period in which
nobody works is passed over. What was missed before is one item that ages from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.cycles import period_of
from scheduler.due.reckoning import ONE_DAY, latest
from scheduler.due_items import Reason

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from scheduler.cycles import Cycle
    from scheduler.due.reckoning import Reckoning
    from scheduler.due_items import DueItem


def rounds(
    areas: pd.DataFrame,
    *,
    checks: Mapping[str, Mapping[str, dt.date]],
    since: dt.date,
    with_: Reckoning,
) -> list[DueItem]:
    """Return the next check of every area of a level that has a rule.

    Parameters
    ----------
    areas
        Register with the columns ``id, name, level``.
    checks
        By name of the rule the day of the last check of each area, see :func:`last_checks`.
    since
        Day from which checks are counted: the first whole period after it is the first one owed.
    """
    found = []
    for rule in with_.rules.rounds:
        last = checks.get(rule.name, {})
        here = areas[areas["level"] == rule.level]
        found += [
            _round(str(id_), rule, last.get(str(id_)), since=since, with_=with_)
            for id_ in here["id"]
        ]
    return found


def last_checks(
    visits: pd.DataFrame,
    *,
    areas_of: Mapping[str, tuple[str, ...]],
    today: dt.date,
    rule: Cycle,
    told: Mapping[str, dt.date] | None = None,
) -> dict[str, dt.date]:
    """Return the day of the last check of each area that counts for a rule.

    Parameters
    ----------
    visits
        Columns ``object, date, kind, result``.
    areas_of
        Areas in which each object lies: enterprises, sites, cells, and areas themselves.
    told
        Days of checks that are on record without a visit, by area.
    """
    counted = visits[visits["kind"].isin(rule.kinds) & ~visits["result"].isin(rule.ignored_results)]
    by_object = latest(counted["object"], counted["date"], today=today)
    last = {area: day for area, day in (told or {}).items() if day <= today}
    for object_, day in by_object.items():
        for area in areas_of.get(object_, ()):
            last[area] = max(day, last.get(area, day))
    return last


def _round(
    area: str, rule: Cycle, last: dt.date | None, *, since: dt.date, with_: Reckoning
) -> DueItem:
    known = last is not None and last >= since
    base = last if last is not None and known else since
    first, end = period_of(base, rule)
    if known or first < since:  # done, or begun before anybody kept count
        first, end = period_of(end + ONE_DAY, rule)
    while not with_.workdays.between(first, end):  # nobody works in the whole period
        first, end = period_of(end + ONE_DAY, rule)
    detail = {"rule": rule.name, "first": first.isoformat(), "last": end.isoformat()}
    chain = [Reason.by(f"term_round_{rule.every}", rule, base, end, detail)]
    due = with_.workdays.between(first, end)[-1]
    if due != end:
        why = {"why": with_.workdays.why_off(end)}
        chain.append(Reason.by("earlier_shift", rule, end, due, why))
    item = with_.duty(
        f"{rule.name}:{area}:{first.isoformat()}", object_=area, subject=rule.name,
        base=(base, "last_check" if known else "area_since"), reasons=chain, opens=first,
    )  # fmt: skip
    return replace(item, place="area", step=_missed(first, rule, with_.today))


def _missed(first: dt.date, rule: Cycle, today: dt.date) -> int:
    """Count the periods from *first* on that have passed without a check."""
    count = 0
    while (end := period_of(first, rule)[1]) < today:
        first, count = end + ONE_DAY, count + 1
    return count
