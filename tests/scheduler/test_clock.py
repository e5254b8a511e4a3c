"""The timetable of chores: when each is to run, what was missed, and what wakes the clock."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.clock import LOOK, Chore, background_scheduler, key_of, missed, wind

CHINA = ZoneInfo("Asia/Shanghai")
MONTH = dt.timedelta(days=35)


def _at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return a moment of November 2026 in China; the 23rd is a Monday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


def _keys(*moments: dt.datetime) -> set[str]:
    return {key_of(moment) for moment in moments}


DAILY = Chore(name="due", hour=7, minute=30, each=True)
WEEKLY = Chore(name="draft", hour=16, weekday=4)
MONTHLY = Chore(name="report", hour=8, monthday=25)


def test_chores_are_wound_once_with_safe_settings() -> None:
    """Each wake-up is one job that makes up missed runs once and never runs beside itself."""
    scheduler = BackgroundScheduler(timezone="UTC")
    wind(scheduler, [DAILY, WEEKLY, MONTHLY], action=list, every_minutes=5)
    scheduler.start(paused=True)
    try:
        wind(scheduler, [DAILY, WEEKLY, MONTHLY], action=list, every_minutes=5)
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert sorted(jobs) == ["draft", "due", LOOK, "report"]
        assert all(job.coalesce and job.max_instances == 1 for job in jobs.values())
        assert all(job.misfire_grace_time == 6 * 3600 for job in jobs.values())
        found = [jobs[name].trigger.get_next_fire_time(None, _at(23, 9))
                 for name in ("draft", "due", "report")]  # fmt: skip
        assert found == [_at(27, 16), _at(24, 7, 30), _at(25, 8)]
        assert found == [chore.next_due(_at(23, 9)) for chore in (WEEKLY, DAILY, MONTHLY)]
    finally:
        scheduler.shutdown()


def test_a_wound_chore_wakes_and_one_thing_is_done_at_a_time() -> None:
    """The scheduler for the background runs the action, never two wake-ups beside each other."""
    running, worst, ran = [0], [0], threading.Semaphore(0)

    def action() -> None:
        running[0] += 1
        worst[0] = max(worst[0], running[0])
        ran.release()
        threading.Event().wait(0.02)
        running[0] -= 1

    scheduler = background_scheduler()
    assert str(scheduler.timezone) == "Asia/Shanghai"
    wind(scheduler, [DAILY, WEEKLY], action=action, every_minutes=5)
    scheduler.start(paused=True)
    try:
        for job in scheduler.get_jobs():
            job.modify(next_run_time=dt.datetime.now(dt.UTC))
        scheduler.resume()
        assert all(ran.acquire(timeout=5) for _ in range(3))
        assert worst == [1]
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize(
    ("now", "done", "found"),
    [
        (_at(23, 8), {}, [("draft", _at(20, 16)), ("due", _at(23, 7, 30))]),
        (_at(23, 8), {"draft": _keys(_at(20, 16)), "due": _keys(_at(22, 7, 30))},
         [("due", _at(23, 7, 30))]),
        (_at(23, 7, 29), {"draft": _keys(_at(20, 16)), "due": _keys(_at(22, 7, 30))}, []),
        (_at(23, 7, 30), {"draft": _keys(_at(20, 16)), "due": _keys(_at(23, 7, 30))}, []),
        (_at(27, 16), {"draft": _keys(_at(20, 16)), "due": _keys(_at(27, 7, 30))},
         [("draft", _at(27, 16))]),
        (_at(27, 15, 59), {"draft": _keys(_at(20, 16)), "due": _keys(_at(27, 7, 30))}, []),
        # Every missed scan in order, the missed drafts of two weeks once.
        (_at(28, 9), {"draft": _keys(_at(13, 16)), "due": _keys(_at(25, 7, 30))},
         [("due", _at(26, 7, 30)), ("due", _at(27, 7, 30)), ("draft", _at(27, 16)),
          ("due", _at(28, 7, 30))]),
        # One that failed in between is still open.
        (_at(25, 9), {"draft": _keys(_at(20, 16)), "due": _keys(_at(23, 7, 30), _at(25, 7, 30))},
         [("due", _at(24, 7, 30))]),
    ],
)  # fmt: skip
def test_what_was_missed(
    now: dt.datetime, done: dict[str, set[str]], found: list[tuple[str, dt.datetime]]
) -> None:
    """Missed times are made up in order: each of them, or only the latest one."""
    there = missed([WEEKLY, DAILY], done=done, now=now, within=MONTH)
    assert [(chore.name, moment) for moment, chore in there] == found


def test_what_is_too_far_back_is_past() -> None:
    """After a long stop only the last days are made up."""
    done = {"due": _keys(dt.datetime(2026, 6, 1, 7, 30, tzinfo=CHINA))}
    there = missed([DAILY], done=done, now=_at(23, 8), within=dt.timedelta(days=3))
    assert [moment for moment, _ in there] == [_at(day, 7, 30) for day in (21, 22, 23)]


def test_a_day_of_the_month_is_found_across_months() -> None:
    """The latest 25th before the 23rd is that of the month before; the next one is near."""
    assert MONTHLY.last_due(_at(23, 9)) == dt.datetime(2026, 10, 25, 8, tzinfo=CHINA)
    assert MONTHLY.next_due(_at(25, 8)) == dt.datetime(2026, 12, 25, 8, tzinfo=CHINA)


def test_moments_are_taken_in_the_office_time_zone() -> None:
    """A moment given in another zone means the same moment; one without a zone is refused."""
    now = _at(23, 7, 30).astimezone(dt.UTC)
    there = missed([DAILY], done={"due": _keys(_at(22, 7, 30))}, now=now, within=MONTH)
    assert [moment for moment, _ in there] == [_at(23, 7, 30)]
    with pytest.raises(ValueError, match="no time zone"):
        missed([DAILY], done={}, now=now.replace(tzinfo=None), within=MONTH)


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_where_clocks_are_changed_every_day_has_one_run(month: int, day: int) -> None:
    """An hour that is left out or comes twice neither loses a chore nor runs it twice."""
    berlin = ZoneInfo("Europe/Berlin")
    night = Chore(name="night", hour=2, minute=30, each=True)
    now = dt.datetime(2026, month, day - 2, 12, tzinfo=berlin)
    done = {"night": {key_of(night.last_due(now))}}
    ran = []
    for step in range(4 * 24 * 4):
        at = (now.astimezone(dt.UTC) + dt.timedelta(minutes=15 * step)).astimezone(berlin)
        found = missed([night], done=done, now=at, within=MONTH, timezone="Europe/Berlin")
        ran += [moment.date() for moment, _ in found]
        done["night"] |= {key_of(moment) for moment, _ in found}
    days = [now.date() + dt.timedelta(days=n) for n in range(1, 5)]
    assert ran == days[: len(ran)]
    assert len(ran) == 4


@pytest.mark.parametrize(
    "wrong",
    [{"hour": 24}, {"hour": 1, "minute": 60}, {"hour": 1, "weekday": 7},
     {"hour": 1, "monthday": 29}, {"hour": 1, "monthday": 3, "weekday": 3}],
)  # fmt: skip
def test_impossible_times_are_refused(wrong: dict[str, int]) -> None:
    """A chore at a time that no clock shows, or on a day that some months lack, is refused."""
    with pytest.raises(ValueError, match=r"must be in|is not|not both"):
        Chore(name="x", **wrong)
    assert DAILY.daily
    assert not WEEKLY.daily
    assert not MONTHLY.daily
