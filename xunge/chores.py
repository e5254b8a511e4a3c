"""The clock's chores: a table of names, times and functions, and how they are run.

Every chore is a scan that does nothing the second time. It is on record for each moment at which
it was to run, so that two clocks, a crash or days switched off change nothing in the end: what was
missed is made up once, in order, with the date that it was for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from maps.messages import sentence
from scheduler.clock import Chore, key_of, missed
from xunge import failures, occasions, raising, reminders
from xunge.backup import back_up
from xunge.chore_error import UnknownChoreError
from xunge.due import workdays_of
from xunge.occasions import Occasion, no_progress
from xunge.report_chores import write_monthly, write_weekly
from xunge.sections import WEEKDAYS, seconds
from xunge.waiting_places import ask_about_places
from xunge.week import monday_of, run_week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xunge.config import Settings
    from xunge.occasions import Failure
    from xunge.week import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A chore of the timetable with what it does; ``too_late`` tells when it makes no sense."""

    chore: Chore
    action: Callable[[Occasion], str]
    too_late: Callable[[Occasion], bool] = lambda _: False


def timetable(settings: Settings) -> list[Task]:
    """Return the chores that are switched on; those of one moment run in this order."""
    clock = settings.clock
    table = [
        _at("daily_due", clock.daily_time, raising.scan, each=True),
        _at("reminders", clock.daily_time if settings.reminders.channel_names else "",
            reminders.remind),
        _at("weekly_draft", clock.weekly_time, draft_week, weekday=clock.weekly_day,
            too_late=week_began),
        _at("weekly_report", clock.weekly_report_time, write_weekly, weekday="mon", each=True),
        _at("monthly_report", clock.monthly_report_time, write_monthly,
            monthday=clock.monthly_report_day, each=True),
        _at("backup", settings.backup.time, back_up),
        _at("geocoding", clock.geocode_time if settings.online.service else "",
            ask_about_places),
    ]  # fmt: skip
    return [task for one in table for task in one]


def _at(
    name: str,
    time: str,
    action: Callable[[Occasion], str],
    *,
    weekday: str = "",
    monthday: int | None = None,
    each: bool = False,
    too_late: Callable[[Occasion], bool] = lambda _: False,
) -> Iterator[Task]:
    """Yield one line of the timetable; nothing where its time is switched off."""
    if time:
        at = seconds(time)
        chore = Chore(
            name=name, hour=at // 3600, minute=at % 3600 // 60, monthday=monthday, each=each,
            weekday=WEEKDAYS.index(weekday) if weekday else None,
        )  # fmt: skip
        yield Task(chore=chore, action=action, too_late=too_late)


def draft_week(occasion: Occasion) -> str:
    """Make the week that the draft is for, unless it is made already."""
    result = run_week(
        occasion.folder, day=week_to_draft(occasion.moment), progress=occasion.progress
    )
    occasions.settle(occasion, {"week": result.week, "status": result.status})
    return sentence(f"week_{result.status}", lang=occasion.lang, week=result.week)


def week_to_draft(moment: dt.datetime) -> dt.date:
    """Return the Monday of the week to draft: the one that begins, else the following one."""
    day = moment.date()
    return day if day.weekday() == 0 else monday_of(day) + dt.timedelta(days=7)


def week_began(occasion: Occasion) -> bool:
    """Tell whether the week's first working day has passed; a draft would plan days gone by."""
    monday = week_to_draft(occasion.moment)
    first = next(iter(workdays_of(occasion.folder.settings).week(monday)), monday)
    return occasion.now.date() > first


def moment_of(folder: Folder, now: dt.datetime | None) -> dt.datetime:
    """Return the present moment, or the pretended one, in the bureau's time zone."""
    zone = ZoneInfo(folder.settings.bureau.timezone)
    if now is None:
        return dt.datetime.now(tz=zone)
    return now.astimezone(zone) if now.tzinfo else now.replace(tzinfo=zone)


def run_due(
    folder: Folder,
    *,
    now: dt.datetime | None = None,
    progress: Callable[[str], None] = no_progress,
) -> list[str]:
    """Run the chores that are due and were not run yet; return what they say.

    A chore that fails says why, stops no other one, and is due again next time.
    """
    at = moment_of(folder, now)
    found = ready(folder, now=at, patient=False, progress=progress)
    said = [line for task, occasion in found for line in attempt(task, occasion)]
    lang = folder.settings.bureau.language
    return said or [sentence("nothing_due", lang=lang, now=at.isoformat(timespec="minutes"))]


def ready(
    folder: Folder,
    *,
    now: dt.datetime,
    patient: bool = True,
    progress: Callable[[str], None] = no_progress,
) -> list[tuple[Task, Occasion]]:
    """Return what is to be run now, in order.

    A draft that was missed is made up until the first working day of its week.

    Parameters
    ----------
    patient
        Leave what has failed alone until it is time to try again.
    """
    found = due_occasions(folder, now=now, progress=progress)
    failed = occasions.failures() if patient and found else {}
    pause = dt.timedelta(minutes=folder.settings.clock.look_minutes)
    return [
        (task, occasion)
        for task, occasion in found
        if not task.too_late(occasion) and _may_try(occasion, failed, pause)
    ]


def _may_try(
    occasion: Occasion, failed: Mapping[tuple[str, str], Failure], pause: dt.timedelta
) -> bool:
    """Tell whether a chore that has failed is to be tried again by now."""
    before = failed.get((occasion.chore, key_of(occasion.moment)))
    return before is None or occasion.now >= before.next_attempt(first=pause)


def due_occasions(
    folder: Folder, *, now: dt.datetime, progress: Callable[[str], None] = no_progress
) -> list[tuple[Task, Occasion]]:
    """Return what was to run up to now and is not on record, in order."""
    within = dt.timedelta(days=folder.settings.clock.catch_up_days)
    tasks = {task.chore.name: task for task in timetable(folder.settings)}
    found = missed(
        [task.chore for task in tasks.values()],
        done=occasions.done(since=now.date() - within - dt.timedelta(days=1)),
        now=now, within=within, timezone=folder.settings.bureau.timezone,
    )  # fmt: skip
    return [
        (tasks[chore.name], Occasion(folder=folder, chore=chore.name, moment=moment, now=now,
                                     progress=progress))
        for moment, chore in found
    ]  # fmt: skip


def run_one(folder: Folder, name: str, *, now: dt.datetime | None = None) -> str:
    """Run a chore by hand for the latest time at which it was to run, done or not.

    Raises
    ------
    UnknownChoreError
        If there is no such chore, or it is switched off.
    """
    tasks = {task.chore.name: task for task in timetable(folder.settings)}
    if name not in tasks:
        raise UnknownChoreError(name, tuple(tasks))
    at = moment_of(folder, now)
    last = tasks[name].chore.last_due(at)
    return tasks[name].action(Occasion(folder=folder, chore=name, moment=last, now=at))


def attempt(task: Task, occasion: Occasion) -> list[str]:
    """Run a chore and return what it says, or why it failed; that goes on record too."""
    from xunge.web.database import TakenError

    try:
        try:
            said = task.action(occasion)
        except TakenError:  # another clock was quicker: now it is seen what it did
            said = task.action(occasion)
    # The clock goes on, whatever a chore runs into.
    except Exception as error:
        return [_failed(occasion, error)]
    return [said] if said else []


def _failed(occasion: Occasion, error: Exception) -> str:
    why, fix = failures.explained(error, lang=occasion.lang)
    said = f"{why} {fix}".strip()
    line = sentence("chore_failed", lang=occasion.lang, chore=occasion.chore, said=said)
    try:
        occasions.record_failure(occasion, said)
    # A full disk or a damaged database: then it can be said only.
    except Exception as second:
        unwritten = failures.explained(second, lang=occasion.lang)[0]
        return f"{line} {sentence('chore_unwritten', lang=occasion.lang, said=unwritten)}"
    return line
