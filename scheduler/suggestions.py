"""Revisits that come earlier than the configured steps, for a reason of their own.

A suggested date never takes the place of a later one that a rule sets: the rule's date stays
beside it as the limit (:class:`scheduler.due_items.DueItem`), and only that is ever overdue.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scheduler.due_items import DueItem, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scheduler.due_rules import DueRules
    from scheduler.workdays import Workdays


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A date for the next visit to a closed site.

    Attributes
    ----------
    site
        Id of the closed site.
    closed
        Base of the date.
    day
        The date, before it is moved to a working day.
    code
        ``risk_based`` or ``radar_match``: why.
    detail
        What the sentence of the reason needs.
    """

    site: str
    closed: dt.date
    day: dt.date
    code: str
    source: str
    status: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def bring_forward(
    items: Iterable[DueItem],
    suggested: Iterable[Suggestion],
    *,
    today: dt.date,
    workdays: Workdays,
    rules: DueRules,
) -> list[DueItem]:
    """Return *items* with every revisit at its suggested date where that is earlier.

    A site that no step asks for any more becomes an item of its own. Of several suggestions for
    one site the earliest counts, the radar's at the same day.
    """
    best: dict[str, Suggestion] = {}
    for one in sorted(suggested, key=lambda s: (s.day, s.code != "radar_match")):
        best.setdefault(one.site, one)
    found = []
    for item in items:
        if item.kind != "revisit" or item.object not in best:
            found.append(item)
            continue
        made = _item(best.pop(item.object), today=today, workdays=workdays, rules=rules)
        found.append(_with_limit(made, item) if made.due < item.due else item)
    found += [_item(one, today=today, workdays=workdays, rules=rules) for one in best.values()]
    return sorted(found, key=lambda item: (item.due, item.kind, item.id))


def _item(
    one: Suggestion, *, today: dt.date, workdays: Workdays, rules: DueRules
) -> DueItem:  # fmt: skip
    reasons = [Reason.by(one.code, one, one.closed, one.day, one.detail)]
    why = workdays.why_off(one.day)
    if why:
        end = workdays.next_workday(one.day)
        reasons.append(Reason.by("nonworking_shift", rules.nonworking, one.day, end, {"why": why}))
    due = reasons[-1].end
    return DueItem(
        id=f"revisit:{one.site}:{one.closed.isoformat()}:{one.code}", object=one.site,
        kind="revisit", subject=one.site, step=(one.day - one.closed).days, base=one.closed,
        base_code="closed", opens=min(one.closed + dt.timedelta(days=1), today), due=due,
        reasons=tuple(reasons), overdue_since=due, overdue_days=0,
    )  # fmt: skip


def _with_limit(made: DueItem, item: DueItem) -> DueItem:
    """Return the suggested item with the rule's date as its limit; that alone can be overdue."""
    return replace(
        made, step=item.step, limit=item.due, limit_reasons=item.reasons,
        overdue_since=item.overdue_since, overdue_days=item.overdue_days,
    )  # fmt: skip
