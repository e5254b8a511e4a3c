"""The timetable of chores: when each is to run, what was missed, and the scheduler that wakes.

Chores are idempotent: running one twice does nothing the second time. So nothing is remembered
here; whoever knows what was done is told what was missed, and the scheduler holds no jobs of its
own. Moments are wall-clock times of the office's zone: where clocks are put back a chore runs at
the first of the two, where an hour is left out as soon as it has passed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from apscheduler.schedulers.base import BaseScheduler

TIMEZONE = "Asia/Shanghai"
GRACE_SECONDS = 6 * 3600
"""How late a chore may still start by itself (product choice: within the working day)."""
LOOK = "look"
"""Name of the job that looks every few minutes for what is still to be done."""
LAST_MONTHDAY = 28
_LONGEST_WAIT = dt.timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """A time of day, on one weekday (0 = Monday), on one day of the month, or on every day.

    Attributes
    ----------
    each
        Every missed time is made up in order; else only the latest one is.
    """

    name: str
    hour: int
    minute: int = 0
    weekday: int | None = None
    monthday: int | None = None
    each: bool = False

    def __post_init__(self) -> None:
        """Refuse times that no clock and no month shows."""
        dt.time(self.hour, self.minute)
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise ValueError(f"{self.name}: weekday {self.weekday} is not 0 to 6")
        if self.monthday is not None and not 1 <= self.monthday <= LAST_MONTHDAY:
            raise ValueError(f"{self.name}: day {self.monthday} is not 1 to {LAST_MONTHDAY}")
        if self.weekday is not None and self.monthday is not None:
            raise ValueError(f"{self.name}: a weekday or a day of the month, not both")

    @property
    def daily(self) -> bool:
        """Whether the chore is for every day."""
        return self.weekday is None and self.monthday is None

    def is_for(self, day: dt.date) -> bool:
        """Tell whether the chore is to run on *day*."""
        return (self.weekday is None or day.weekday() == self.weekday) and (
            self.monthday is None or day.day == self.monthday
        )

    def moments(self, after: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
        """Return the times to run after one moment and up to another, in order (both aware)."""
        days = ((after.date() + dt.timedelta(days=n)) for n in range(_days(after, until)))
        found = (
            dt.datetime.combine(day, dt.time(self.hour, self.minute), tzinfo=until.tzinfo)
            for day in days
            if self.is_for(day)
        )
        return [moment for moment in found if after < moment <= until]

    def last_due(self, now: dt.datetime) -> dt.datetime:
        """Return the latest moment up to *now* at which the chore was to run."""
        return self.moments(now - _LONGEST_WAIT, now)[-1]

    def next_due(self, now: dt.datetime) -> dt.datetime:
        """Return the first moment after *now* at which the chore is to run."""
        return self.moments(now, now + _LONGEST_WAIT)[0]


def _days(after: dt.datetime, until: dt.datetime) -> int:
    return (until.date() - after.date()).days + 1


def key_of(moment: dt.datetime) -> str:
    """Return the name under which a run for *moment* is on record."""
    return moment.isoformat(timespec="minutes")


def missed(
    chores: Sequence[Chore],
    *,
    done: Mapping[str, Collection[str]],
    now: dt.datetime,
    within: dt.timedelta,
    timezone: str = TIMEZONE,
) -> list[tuple[dt.datetime, Chore]]:
    """Return what is to be made up: moments and chores, in order of moment, then of the table.

    A chore that never ran is due for its latest time only. Times before the first run on record
    and those further back than *within* are past.

    Parameters
    ----------
    done
        Names (:func:`key_of`) of the moments for which each chore was done, by name of the chore.
    now
        The present moment (aware).

    Raises
    ------
    ValueError
        If *now* has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone")
    here = now.astimezone(ZoneInfo(timezone))
    found = [
        (moment, place, chore)
        for place, chore in enumerate(chores)
        for moment in _open(chore, done.get(chore.name, ()), now=here, within=within)
    ]
    return [(moment, chore) for moment, _, chore in sorted(found, key=lambda one: one[:2])]


def _open(
    chore: Chore, done: Collection[str], *, now: dt.datetime, within: dt.timedelta
) -> list[dt.datetime]:
    last = chore.last_due(now)
    first = min(map(dt.datetime.fromisoformat, done), default=None)
    if first is None or not chore.each:
        return [] if key_of(last) in done else [last]
    since = max(first, now - within).astimezone(now.tzinfo)
    return [one for one in chore.moments(since, now) if key_of(one) not in done]


def background_scheduler(*, timezone: str = TIMEZONE) -> BaseScheduler:
    """Return a scheduler that does one thing at a time beside the main thread."""
    return BackgroundScheduler(
        timezone=timezone, executors={"default": ThreadPoolExecutor(max_workers=1)}
    )


def wind(
    scheduler: BaseScheduler,
    chores: Iterable[Chore],
    *,
    action: Callable[[], object],
    every_minutes: int,
    timezone: str = TIMEZONE,
    grace_seconds: int = GRACE_SECONDS,
) -> None:
    """Wake *action* at the time of every chore, and every few minutes besides.

    The latter catches what a sleeping computer missed and what is to be tried again. Wake-ups that
    were missed together are one, and none runs beside another. Winding again replaces.
    """
    wakes = {
        chore.name: CronTrigger(
            day_of_week="*" if chore.weekday is None else chore.weekday,
            day="*" if chore.monthday is None else chore.monthday,
            hour=chore.hour,
            minute=chore.minute,
            timezone=timezone,
        )
        for chore in chores
    }
    for name, trigger in {**wakes, LOOK: IntervalTrigger(minutes=every_minutes)}.items():
        scheduler.add_job(
            action, trigger, id=name, name=name, coalesce=True, max_instances=1,
            misfire_grace_time=grace_seconds, replace_existing=True,
        )  # fmt: skip
