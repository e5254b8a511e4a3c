"""What is outstanding on a day, by the calendar and the rules of the bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler import revisit
from scheduler.due_rules import load_rules
from scheduler.workdays import Workdays

if TYPE_CHECKING:
    import datetime as dt

    from scheduler.revisit import DueItem
    from xunge.config import Settings
    from xunge.knowledge import Knowledge


def workdays_of(settings: Settings) -> Workdays:
    """Return the working days of the bureau."""
    return Workdays(chinese=settings.bureau.calendar == "china")


def outstanding(
    knowledge: Knowledge, *, today: dt.date, workdays: Workdays, settings: Settings
) -> list[DueItem]:
    """Return every re-inspection, revisit and report that is due or will be, by due date."""
    industries = knowledge.objects["industry"].dropna()
    return revisit.due_items(
        knowledge.orders, sites=knowledge.sites, visits=knowledge.visits,
        reports=knowledge.reports,
        industries={str(key): str(value) for key, value in industries.items()},
        today=today, workdays=workdays, rules=load_rules(settings.due),
    )  # fmt: skip
