"""The timetable of chores: wound onto a scheduler, and what is due after a stop."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.clock import Chore, blocking_scheduler, due_chores, wind

CHINA = ZoneInfo("Asia/Shanghai")


def _at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return a moment of November 2026 in China; the 23rd is a Monday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


def _nothing() -> None:
    return None


DAILY = Chore(name="due", action=_nothing, hour=7, minute=30)
WEEKLY = Chore(name="draft", action=_nothing, hour=16, weekday=4)


def test_chores_are_wound_once_with_safe_settings() -> None:
    """Each chore is one job that makes up missed runs once and never runs beside itself."""
    scheduler = BackgroundScheduler(timezone="UTC")
    wind(scheduler, [DAILY, WEEKLY])
    scheduler.start(paused=True)
    try:
        wind(scheduler, [DAILY, WEEKLY])
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert sorted(jobs) == ["draft", "due"]
        assert all(job.coalesce and job.max_instances == 1 for job in jobs.values())
        assert all(job.misfire_grace_time == 6 * 3600 for job in jobs.values())
        weekly = jobs["draft"].trigger.get_next_fire_time(None, _at(23, 9))
        daily = jobs["due"].trigger.get_next_fire_time(None, _at(23, 9))
        assert (weekly, daily) == (_at(27, 16), _at(24, 7, 30))
    finally:
        scheduler.shutdown()


def test_a_wound_chore_runs() -> None:
    """The scheduler that was handed in runs the chore."""
    ran = threading.Event()
    scheduler = BackgroundScheduler(timezone="UTC")
    wind(scheduler, [Chore(name="now", action=ran.set, hour=0)])
    scheduler.start(paused=True)
    try:
        scheduler.get_job("now").modify(next_run_time=dt.datetime.now(dt.UTC))
        scheduler.resume()
        assert ran.wait(5)
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize(
    ("now", "last_runs", "names"),
    [
        (_at(23, 8), {}, ["draft", "due"]),
        (_at(23, 8), {"draft": _at(20, 16), "due": _at(22, 7, 30)}, ["due"]),
        (_at(23, 7, 29), {"draft": _at(20, 16), "due": _at(22, 8)}, []),
        (_at(23, 7, 30), {"draft": _at(20, 17), "due": _at(23, 7, 30)}, []),
        (_at(27, 16), {"draft": _at(20, 16), "due": _at(27, 8)}, ["draft"]),
        (_at(27, 15, 59), {"draft": _at(20, 16), "due": _at(27, 8)}, []),
        (_at(30, 9), {"draft": _at(20, 16), "due": _at(25, 8)}, ["draft", "due"]),
    ],
)
def test_due_chores(now: dt.datetime, last_runs: dict[str, dt.datetime], names: list[str]) -> None:
    """A chore is due if it has not run since the last moment at which it was to run."""
    due = due_chores([DAILY, WEEKLY], last_runs=last_runs, now=now)
    assert [chore.name for chore in due] == names


def test_moments_are_taken_in_the_office_time_zone() -> None:
    """A moment given in another zone means the same moment."""
    now = _at(23, 7, 30).astimezone(dt.UTC)
    due = due_chores([DAILY], last_runs={"due": _at(23, 7, 29)}, now=now)
    assert due == [DAILY]
    with pytest.raises(ValueError, match="no time zone"):
        due_chores([DAILY], last_runs={}, now=now.replace(tzinfo=None))


@pytest.mark.parametrize(
    "wrong", [{"hour": 24}, {"hour": 1, "minute": 60}, {"hour": 1, "weekday": 7}]
)
def test_impossible_times_are_refused(wrong: dict[str, int]) -> None:
    """A chore at a time that no clock shows is refused."""
    with pytest.raises(ValueError, match=r"must be in|is not 0 to 6"):
        Chore(name="x", action=_nothing, **wrong)
    assert DAILY.daily
    assert not WEEKLY.daily


def test_foreground_scheduler_takes_chores() -> None:
    """The scheduler for the foreground holds chores before it starts, in the office's zone."""
    scheduler = blocking_scheduler()
    wind(scheduler, [DAILY])
    assert [job.id for job in scheduler.get_jobs()] == ["due"]
    assert str(scheduler.timezone) == "Asia/Shanghai"
