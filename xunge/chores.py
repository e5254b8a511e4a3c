"""The clock's chores: the weekly draft and the daily scan of due dates, safe to run twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from layers.events import Event, EventKind
from maps.messages import sentence
from scheduler import revisit
from scheduler.clock import Chore, blocking_scheduler, due_chores, wind
from xunge import failures
from xunge.disclosure_rows import to_publish
from xunge.due import outstanding, workdays_of
from xunge.knowledge import know
from xunge.sections import seconds
from xunge.week import monday_of, run_week
from xunge.words import run_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xunge.week import Folder

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def chores(folder: Folder, *, now: Callable[[], dt.datetime]) -> list[Chore]:
    """Return the chores of a folder; *now* tells the time in the bureau's zone."""
    clock = folder.settings.clock
    weekly, daily = seconds(clock.weekly_time), seconds(clock.daily_time)
    draft = Chore(
        name="weekly_draft", action=lambda: draft_next_week(folder, draft, now=now()),
        weekday=WEEKDAYS.index(clock.weekly_day), hour=weekly // 3600, minute=weekly % 3600 // 60,
    )  # fmt: skip
    scan = Chore(
        name="daily_due", action=lambda: scan_due(folder, scan, now=now()), hour=daily // 3600,
        minute=daily % 3600 // 60,
    )  # fmt: skip
    return [draft, scan]


def draft_next_week(folder: Folder, chore: Chore, *, now: dt.datetime) -> str:
    """Make the week after the one in which the draft was due, unless it is made already."""
    result = run_week(folder, day=week_to_draft(chore, now))
    _done(chore, now, {"week": result.week, "status": result.status})
    lang = folder.settings.bureau.language
    return sentence(f"week_{result.status}", lang=lang, week=result.week)


def week_to_draft(chore: Chore, now: dt.datetime) -> dt.date:
    """Return the Monday of the week that the latest draft is for."""
    return monday_of(chore.last_due(now).date()) + dt.timedelta(days=7)


def scan_due(folder: Folder, chore: Chore, *, now: dt.datetime) -> str:
    """Count what is overdue and what falls due within a week, and put the count on record."""
    today = now.date()
    known = know(today, tables=folder.tables)
    items = outstanding(
        known, today=today, workdays=workdays_of(folder.settings), settings=folder.settings
    )
    overdue = [item for item in items if item.overdue_days > 0]
    soon = revisit.due_by(items, last=today + dt.timedelta(days=7))
    counts: dict[str, Any] = {
        "overdue": len(overdue),
        "longest": max((item.overdue_days for item in overdue), default=0),
        "soon": len({item.id for item in soon} - {item.id for item in overdue}),
    }
    waiting = to_publish(folder.settings, today=today)
    public = {"count": len(waiting), "late": sum(one["late_days"] > 0 for one in waiting)}
    _done(chore, now, {**counts, "to_publish": public["count"], "to_publish_late": public["late"]})
    lang = folder.settings.bureau.language
    said = sentence("due_scanned", lang=lang, today=today, **counts)
    if not waiting:
        return said
    return run_on([said, sentence("publish_scanned", lang=lang, **public)], lang)


def _done(chore: Chore, now: dt.datetime, data: Mapping[str, object]) -> None:
    """Put on record that a chore was done; once for each time it is due, however often it runs."""
    from xunge.web import database
    from xunge.web.ledger import frames

    with database.all_or_nothing():
        batch = frames.open_batch("clock", day=now.date(), files=[], summary={})
        event = Event(
            kind=EventKind.CHORE, subject=chore.name, on=now.date(),
            key=chore.last_due(now).isoformat(timespec="minutes"),
            data={**data, "at": now.isoformat(timespec="seconds")},
        )  # fmt: skip
        known = frames.events(EventKind.CHORE, subject=chore.name)
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
    """Run the chores that are due and were not run yet; return what they say.

    A draft that was missed is made up until the Monday of its week; later it would plan days that
    have passed. A chore that fails says why, stops no other one, and is due again next time.
    """
    zone = ZoneInfo(folder.settings.bureau.timezone)
    moment = dt.datetime.now(tz=zone) if now is None else now.replace(tzinfo=zone)
    found = due_chores(
        chores(folder, now=lambda: moment), last_runs=last_runs(), now=moment,
        timezone=folder.settings.bureau.timezone,
    )  # fmt: skip
    said = [_attempt(chore, folder) for chore in found if not _too_late(chore, moment)]
    lang = folder.settings.bureau.language
    return said or [sentence("nothing_due", lang=lang, now=moment.isoformat(timespec="minutes"))]


def _too_late(chore: Chore, now: dt.datetime) -> bool:
    return not chore.daily and now.date() > week_to_draft(chore, now)


def _attempt(chore: Chore, folder: Folder) -> str:
    """Run a chore and return what it says, or why it failed."""
    try:
        return str(chore.action())
    # The clock goes on, whatever a chore runs into.
    except Exception as error:
        lang = folder.settings.bureau.language
        said, fix = failures.explained(error, lang=lang)
        return sentence("chore_failed", lang=lang, chore=chore.name, said=f"{said} {fix}".strip())


def run_forever(folder: Folder, *, tell: Callable[[str], None]) -> None:
    """Catch up on what was missed, then keep the timetable until interrupted."""
    zone = ZoneInfo(folder.settings.bureau.timezone)
    for line in run_due(folder, now=None):
        tell(line)
    scheduler = blocking_scheduler(timezone=folder.settings.bureau.timezone)
    wound = [
        replace(chore, action=partial(_tell_of, chore, folder, tell))
        for chore in chores(folder, now=lambda: dt.datetime.now(tz=zone))
    ]
    wind(scheduler, wound, timezone=folder.settings.bureau.timezone)
    tell(sentence("clock_runs", lang=folder.settings.bureau.language, count=len(wound)))
    scheduler.start()


def _tell_of(chore: Chore, folder: Folder, tell: Callable[[str], None]) -> None:
    """Run a chore on a thread of the clock, which keeps no connection open between chores."""
    from xunge.web import database

    try:
        tell(_attempt(chore, folder))
    finally:
        database.close()
