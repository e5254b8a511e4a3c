"""The clock's chores: the weekly draft and the daily scan of due dates, safe to run twice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from layers.events import Event, EventKind
from maps.messages import sentence
from scheduler import revisit
from scheduler.clock import Chore, blocking_scheduler, due_chores, wind
from scheduler.due_rules import load_rules
from scheduler.workdays import Workdays
from xunge.config import seconds
from xunge.knowledge import know
from xunge.week import monday_of, run_week

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xunge.week import Folder

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def chores(folder: Folder, *, now: Callable[[], dt.datetime]) -> list[Chore]:
    """Return the chores of a folder; *now* tells the time in the bureau's zone."""
    clock = folder.settings.clock
    weekly, daily = seconds(clock.weekly_time), seconds(clock.daily_time)
    return [
        Chore(
            name="weekly_draft", action=lambda: draft_next_week(folder, now=now()),
            weekday=WEEKDAYS.index(clock.weekly_day), hour=weekly // 3600,
            minute=weekly % 3600 // 60,
        ),
        Chore(
            name="daily_due", action=lambda: scan_due(folder, now=now()), hour=daily // 3600,
            minute=daily % 3600 // 60,
        ),
    ]  # fmt: skip


def draft_next_week(folder: Folder, *, now: dt.datetime) -> str:
    """Make the week after the present one, unless it is made already."""
    monday = monday_of(now.date()) + dt.timedelta(days=7)
    result = run_week(folder, day=monday)
    _done(folder, "weekly_draft", now, {"week": result.week, "status": result.status})
    return sentence(f"week_{result.status}", week=result.week)


def scan_due(folder: Folder, *, now: dt.datetime) -> str:
    """Count what is overdue and what falls due within a week, and put the count on record."""
    today = now.date()
    known = know(today, tables=folder.tables)
    items = revisit.due_items(
        known.orders, sites=known.sites, visits=known.visits, reports=known.reports,
        industries={str(k): str(v) for k, v in known.objects["industry"].dropna().items()},
        today=today, workdays=Workdays(chinese=folder.settings.bureau.calendar == "china"),
        rules=load_rules(folder.settings.due),
    )  # fmt: skip
    overdue = [item for item in items if item.overdue_days > 0]
    soon = revisit.due_by(items, last=today + dt.timedelta(days=7))
    counts: dict[str, Any] = {
        "overdue": len(overdue),
        "longest": max((item.overdue_days for item in overdue), default=0),
        "soon": len({item.id for item in soon} - {item.id for item in overdue}),
    }
    _done(folder, "daily_due", now, counts)
    return sentence("due_scanned", today=today, **counts)


def _done(folder: Folder, name: str, now: dt.datetime, data: Mapping[str, object]) -> None:
    """Put on record that a chore was done; once a day, however often it runs."""
    from xunge.web import database
    from xunge.web.ledger import frames

    with database.all_or_nothing():
        batch = frames.open_batch("clock", day=now.date(), files=[], summary={})
        event = Event(kind=EventKind.CHORE, subject=name, on=now.date(), key=now.date().isoformat(),
                      data={**data, "at": now.isoformat(timespec="minutes")})  # fmt: skip
        known = frames.events(EventKind.CHORE, subject=name)
        if event.key in set(known["key"]):
            database.forget()
        else:
            frames.append([event], batch=batch)


def last_runs() -> dict[str, dt.datetime]:
    """Return when each chore ran last, from the events."""
    from xunge.web.ledger import frames

    runs: dict[str, dt.datetime] = {}
    told = frames.events(EventKind.CHORE)
    for name, data in zip(told["subject"], told["data"], strict=True):
        runs[name] = dt.datetime.fromisoformat(data["at"])
    return runs


def run_due(folder: Folder, *, now: dt.datetime | None) -> list[str]:
    """Run the chores that are due and were not run yet; return what they say."""
    zone = ZoneInfo(folder.settings.bureau.timezone)
    moment = dt.datetime.now(tz=zone) if now is None else now.replace(tzinfo=zone)
    found = due_chores(
        chores(folder, now=lambda: moment), last_runs=last_runs(), now=moment,
        timezone=folder.settings.bureau.timezone,
    )  # fmt: skip
    said = [str(chore.action()) for chore in found]
    return said or [sentence("nothing_due", now=moment.isoformat(timespec="minutes"))]


def run_forever(folder: Folder, *, tell: Callable[[str], None]) -> None:
    """Catch up on what was missed, then keep the timetable until interrupted."""
    zone = ZoneInfo(folder.settings.bureau.timezone)
    for line in run_due(folder, now=None):
        tell(line)
    scheduler = blocking_scheduler(timezone=folder.settings.bureau.timezone)
    wound = chores(folder, now=lambda: dt.datetime.now(tz=zone))
    wind(scheduler, wound, timezone=folder.settings.bureau.timezone)
    tell(sentence("clock_runs", count=len(wound)))
    scheduler.start()
