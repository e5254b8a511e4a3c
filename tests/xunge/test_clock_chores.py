"""The clock drafts and scans once for each time that is due, and nothing stops it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import EventKind
from layers.rows import records
from scheduler.ledger import audit
from xunge import chores, rounds
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office

FRIDAY = dt.datetime(2026, 11, 20, 16, 30)  # noqa: DTZ001 - the clock adds the bureau's zone


def _due(office: Office, now: dt.datetime) -> list[str]:
    return chores.run_due(open_folder(office.path), now=now)


def _told(office: Office) -> list[tuple[str, str]]:
    return [(row["subject"], row["key"][:16]) for row in records(office.events(EventKind.CHORE))]


def test_the_draft_is_for_the_following_week_and_both_chores_run_once(planned: Office) -> None:
    """On Friday afternoon both are due; a minute later nothing is, and the clock says so."""
    first = _due(planned, FRIDAY)
    assert first[0].startswith("2026-11-20：逾期")
    assert first[1] == "2026-W48 已有计划，未作任何改动"
    assert _told(planned) == [
        ("daily_due", "2026-11-20T07:30"), ("weekly_draft", "2026-11-20T16:00")
    ]  # fmt: skip
    events = planned.count()
    assert _due(planned, FRIDAY + dt.timedelta(minutes=1)) == [
        "2026-11-20T16:31+08:00：没有到点的事"
    ]
    assert planned.count() == events


def test_a_chore_is_done_once_for_each_time_it_is_due(planned: Office) -> None:
    """A scan made up in the early morning does not stand for the one of that day."""
    said = [
        _due(planned, FRIDAY.replace(day=19, hour=hour, minute=0))[0][:13] for hour in (6, 8, 8, 23)
    ]
    assert said == ["2026-11-19：逾期", "2026-11-19：逾期", "2026-11-19T08", "2026-11-19T23"]
    daily = [key for name, key in _told(planned) if name == "daily_due"]
    assert daily == ["2026-11-18T07:30", "2026-11-19T07:30"]


@pytest.mark.parametrize(("day", "made_up"), [(21, True), (23, True), (24, False), (26, False)])
def test_a_missed_draft_is_made_up_until_its_monday(
    planned: Office, day: int, made_up: bool
) -> None:
    """Later it would plan days that have passed, or the week after before its data are there."""
    said = _due(planned, FRIDAY.replace(day=day, hour=9))
    assert any("2026-W48" in line for line in said) is made_up
    assert planned.count()
    assert len(planned.events(EventKind.DRAWN)) == 1


def test_a_chore_that_fails_stops_neither_the_others_nor_the_clock(county: Office) -> None:
    """The week of the Spring Festival cannot be drafted; due dates are scanned all the same."""
    now = dt.datetime(2026, 2, 13, 17, 0)  # noqa: DTZ001
    said = _due(county, now)
    assert any("weekly_draft 未完成：2026-W08 没有工作日" in line for line in said)
    assert any(line.startswith("2026-02-13：逾期") for line in said)
    assert [name for name, _ in _told(county)] == ["daily_due"]
    again = _due(county, now)
    assert len(again) == 1
    assert "weekly_draft 未完成" in again[0]


def test_the_clock_runs_in_a_folder_without_anything(empty: Office) -> None:
    """Nothing is due where nothing is known; what the draft lacks is said."""
    said = _due(empty, FRIDAY)
    assert said[0] == "2026-11-20：逾期 0 项，最长 0 天；7 日内到期 0 项"
    assert "缺少台账" in said[1]


class _Scheduler:
    """Takes jobs and runs each of them once."""

    def __init__(self) -> None:
        self.jobs: dict[str, Any] = {}

    def add_job(self, action: Any, trigger: Any, *, id: str, **_: Any) -> None:  # noqa: ANN401
        assert trigger is not None
        self.jobs[id] = action

    def start(self) -> None:
        for action in self.jobs.values():
            action()


def test_the_running_clock_survives_whatever_a_chore_runs_into(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even an error that nobody foresaw becomes a line, and the next chore runs."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("磁盘坏了")

    scheduler = _Scheduler()
    monkeypatch.setattr(chores, "blocking_scheduler", lambda **_: scheduler)
    monkeypatch.setattr(chores, "run_due", lambda *_, **__: ["补做"])
    monkeypatch.setattr(chores, "run_week", broken)
    said: list[str] = []
    chores.run_forever(open_folder(planned.path), tell=said.append)
    assert list(scheduler.jobs) == ["weekly_draft", "daily_due"]
    assert said[0] == "补做"
    assert "2 项定时任务" in said[1]
    assert said[2] == "定时任务 weekly_draft 未完成：出现意外情况：磁盘坏了"
    assert "逾期" in said[3]


def test_two_clocks_at_once_draft_and_scan_once(county: Office) -> None:
    """Whoever comes second waits, finds everything done, and leaves it alone."""
    root = Path(__file__).parents[2]
    command = [
        sys.executable, "-c", "from xunge.cli import main; main()", "clock", str(county.path),
        "--once", "--now", "2026-11-20T16:30",
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        for _ in range(2)
    ]
    said = []
    for one in both:
        out, err = one.communicate(timeout=300)
        assert one.returncode == 0, err.decode()
        said.append(out.decode())
    assert sum("2026-W48 周计划已生成" in text for text in said) == 1
    assert len(county.events(EventKind.DRAWN)) == 1
    assert sorted(_told(county)) == [
        ("daily_due", "2026-11-20T07:30"), ("weekly_draft", "2026-11-20T16:00")
    ]  # fmt: skip
    assert [link["record"]["kind"] for link in rounds.chain()] == ["draw", "plan"]
    assert audit(rounds.chain()) == []
