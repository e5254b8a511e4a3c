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
from tests.xunge.clock_settings import ALONE, FRIDAYS, NO_DOCUMENTS, OFF
from xunge import chores, occasions, raising, rounds
from xunge.chore_error import UnknownChoreError
from xunge.failures import explained
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office

FRIDAY = dt.datetime(2026, 11, 20, 16, 30)  # noqa: DTZ001 - the clock adds the bureau's zone
MONDAY = dt.datetime(2026, 11, 23, 8, 0)  # noqa: DTZ001


def _set(office: Office, *parts: str) -> None:
    file = office.path / "xunge.toml"
    kept = file.read_text("utf-8") if file.exists() else ""
    file.write_text(kept + "".join(parts), "utf-8")


@pytest.fixture(autouse=True)
def _drafts_on_fridays(request: pytest.FixtureRequest) -> None:
    """Draft on Friday afternoons, and leave reminders and backups to their own tests."""
    for name in ("planned", "county", "empty"):
        if name in request.fixturenames:
            _set(request.getfixturevalue(name), FRIDAYS, ALONE)


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
    assert said == ["2026-11-18：逾期", "2026-11-19：逾期", "2026-11-19T08", "2026-11-19T23"]
    daily = [key for name, key in _told(planned) if name == "daily_due"]
    assert daily == ["2026-11-18T07:30", "2026-11-19T07:30"]


def test_days_switched_off_are_made_up_in_order_and_once(planned: Office) -> None:
    """Every missed scan has its own date, and a second look finds nothing to do."""
    _due(planned, FRIDAY.replace(day=17))
    said = _due(planned, FRIDAY.replace(day=20, hour=9))
    assert [line[:10] for line in said] == ["2026-11-18", "2026-11-19", "2026-11-20"]
    daily = [key for name, key in _told(planned) if name == "daily_due"]
    assert daily == [f"2026-11-{day}T07:30" for day in (17, 18, 19, 20)]
    assert "没有到点的事" in _due(planned, FRIDAY.replace(day=20, hour=10))[0]


def test_a_draft_on_monday_is_for_the_week_that_begins(county: Office) -> None:
    """It knows the weekend; where the computer was off on Monday, Tuesday is too late."""
    text = (county.path / "xunge.toml").read_text("utf-8")
    (county.path / "xunge.toml").write_text(text.replace(FRIDAYS, OFF), "utf-8")
    late = _due(county, MONDAY.replace(day=24))
    assert [line[:10] for line in late] == ["2026-11-24"]
    assert "2026-W48 周计划已生成" in _due(county, MONDAY)[0]
    assert [row[1] for row in _told(county) if row[0] == "weekly_draft"] == ["2026-11-23T06:30"]


def test_every_missed_report_is_written_for_its_own_week(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three Mondays and a 25th without the clock: three weeks and a month, in order, once."""
    monkeypatch.setattr(raising, "scan", lambda one: occasions.settle(one, {}) or "")
    text = (planned.path / "xunge.toml").read_text("utf-8").replace(FRIDAYS, "")
    (planned.path / "xunge.toml").write_text(text, "utf-8")
    for now in (MONDAY, MONDAY + dt.timedelta(days=14), MONDAY + dt.timedelta(days=14, hours=1)):
        _due(planned, now)
    told = [row for row in _told(planned) if row[0].endswith("_report")]
    assert told == [
        ("monthly_report", "2026-10-25T17:30"), ("weekly_report", "2026-11-23T07:00"),
        ("monthly_report", "2026-11-25T17:30"), ("weekly_report", "2026-11-30T07:00"),
        ("weekly_report", "2026-12-07T07:00"),
    ]  # fmt: skip
    names = {path.stem for path in (planned.path / "out" / "报告").glob("*.docx")}
    assert names == {
        "周报 2026-W47",
        "周报 2026-W48",
        "周报 2026-W49",
        "月报 2026-10",
        "月报 2026-11",
    }


def test_a_monday_off_is_no_reason_to_miss_the_week(empty: Office) -> None:
    """A week whose Monday is a holiday can be drafted until its first working day."""
    text = (empty.path / "xunge.toml").read_text("utf-8")
    (empty.path / "xunge.toml").write_text(text.replace(FRIDAYS, OFF), "utf-8")
    for day, too_late in ((7, False), (8, False), (9, True)):  # 1 to 7 October are free
        now = dt.datetime(2026, 10, day, 8, 0)  # noqa: DTZ001
        names = [
            task.chore.name
            for task, _ in chores.ready(open_folder(empty.path), now=chores.moment_of(
                open_folder(empty.path), now))
        ]  # fmt: skip
        assert ("weekly_draft" not in names) is too_late


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
    failed = occasions.failures()["weekly_draft", "2026-02-13T16:00+08:00"]
    assert (failed.attempts, failed.said[:8]) == (2, "2026-W08")


def test_a_chore_that_fails_is_tried_again_after_growing_pauses(empty: Office) -> None:
    """A running clock leaves it alone for five minutes, then ten, then twenty, and goes on."""
    folder = open_folder(empty.path)
    start = chores.moment_of(folder, dt.datetime(2026, 2, 13, 17, 0))  # noqa: DTZ001
    tried = []
    for minutes in range(0, 80, 5):
        now = start + dt.timedelta(minutes=minutes)
        for task, occasion in chores.ready(folder, now=now):
            if task.chore.name == "weekly_draft":
                chores.attempt(task, occasion)
                tried.append(minutes)
    assert tried == [0, 5, 15, 35, 75]


def test_an_error_that_nobody_foresaw_becomes_a_line(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a chore runs into, it is said, put on record, and the next chore runs."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("磁盘坏了")

    monkeypatch.setattr(chores, "run_week", broken)
    said = _due(planned, FRIDAY)
    assert said[0].startswith("2026-11-20：逾期")
    assert said[1] == "定时任务 weekly_draft 未完成：出现意外情况：磁盘坏了"

    def full(*_: Any, **__: Any) -> None:
        raise OSError("磁盘已满")

    monkeypatch.setattr(occasions, "append", full)
    assert "未能写入记录" in _due(planned, FRIDAY)[0]


def test_a_chore_is_done_by_hand_and_no_other_one(planned: Office) -> None:
    """By hand a chore runs again though it was done; a wrong name is refused."""
    folder, events = open_folder(planned.path), planned.count()
    for _ in range(2):
        assert chores.run_one(folder, "daily_due", now=FRIDAY).startswith("2026-11-20：逾期")
    assert _told(planned) == [("daily_due", "2026-11-20T07:30")]
    assert planned.count() > events
    with pytest.raises(UnknownChoreError) as wrong:
        chores.run_one(folder, "daily", now=FRIDAY)
    assert "daily_due" in explained(wrong.value)[0]


def test_the_clock_runs_in_a_folder_without_anything(empty: Office) -> None:
    """Nothing is due where nothing is known; what the draft lacks is said."""
    _set(empty, NO_DOCUMENTS)
    said = _due(empty, FRIDAY)
    assert said[0] == "2026-11-20：逾期 0 项，最长 0 天；7 日内到期 0 项"
    assert "缺少台账" in said[1]


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
