"""The timetable of chores: wound onto a scheduler that is handed in, or asked what is due.

Chores are idempotent: running one twice does nothing the second time. So nothing is remembered
here, and after a stop whatever was missed is simply run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from apscheduler.schedulers.base import BaseScheduler

TIMEZONE = "Asia/Shanghai"
GRACE_SECONDS = 6 * 3600
"""How late a chore may still start by itself (product choice: within the working day)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to do at a time of day, on one weekday (0 = Monday) or on every day (None)."""

    name: str
    action: Callable[[], object]
    hour: int
    minute: int = 0
    weekday: int | None = None

    def __post_init__(self) -> None:
        """Refuse times that no clock shows."""
        dt.time(self.hour, self.minute)
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise ValueError(f"{self.name}: weekday {self.weekday} is not 0 to 6")

    @property
    def daily(self) -> bool:
        """Whether the chore is for every day."""
        return self.weekday is None

    def last_due(self, now: dt.datetime) -> dt.datetime:
        """Return the latest moment up to *now* at which the chore was to run."""
        today = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        back = 0 if self.weekday is None else (now.weekday() - self.weekday) % 7
        moment = today - dt.timedelta(days=back)
        if moment <= now:
            return moment
        return moment - dt.timedelta(days=1 if self.weekday is None else 7)


def blocking_scheduler(*, timezone: str = TIMEZONE) -> BaseScheduler:
    """Return a scheduler that runs in the foreground until it is interrupted."""
    return BlockingScheduler(timezone=timezone)


def wind(
    scheduler: BaseScheduler,
    chores: Iterable[Chore],
    *,
    timezone: str = TIMEZONE,
    grace_seconds: int = GRACE_SECONDS,
) -> None:
    """Put *chores* onto *scheduler*, one job each under its name.

    Missed runs are made up once, and a chore never runs beside itself. Winding again replaces.
    """
    for chore in chores:
        scheduler.add_job(
            chore.action,
            CronTrigger(
                day_of_week="*" if chore.weekday is None else chore.weekday,
                hour=chore.hour,
                minute=chore.minute,
                timezone=timezone,
            ),
            id=chore.name,
            name=chore.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=grace_seconds,
            replace_existing=True,
        )


def due_chores(
    chores: Iterable[Chore],
    *,
    last_runs: Mapping[str, dt.datetime],
    now: dt.datetime,
    timezone: str = TIMEZONE,
) -> list[Chore]:
    """Return the chores that have not run since they were last to run, in the order of that moment.

    Parameters
    ----------
    last_runs
        When each chore ran last (aware), by name; a chore without one never ran.
    now
        The present moment (aware).

    Raises
    ------
    ValueError
        If a moment has no time zone.
    """
    for moment in (now, *last_runs.values()):
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone")
    here = now.astimezone(ZoneInfo(timezone))
    due = [
        (chore.last_due(here), chore)
        for chore in chores
        if chore.name not in last_runs or last_runs[chore.name] < chore.last_due(here)
    ]
    return [chore for _, chore in sorted(due, key=lambda one: (one[0], one[1].name))]
