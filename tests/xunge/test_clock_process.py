"""The clock as a process: it stops when told, and what a kill leaves behind is made up."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layers.events import Event, EventKind
from scheduler.clock import key_of
from tests.xunge.clock_settings import ALONE, NO_DOCUMENTS, OFF
from xunge import chores, clock_status, clockwork, occasions, raising
from xunge.backup import read_again
from xunge.backup_shelf import on_shelf
from xunge.cli import app
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.xunge.conftest import Office

ROOT = Path(__file__).parents[2]
# Loads everything once; every clock runs in a fork of its own, which kills itself at some point.
SCRIPT = """
import datetime as dt, json, os, random, signal, sys
from pathlib import Path
from xunge import chores
from xunge.web import database
from xunge.week import open_folder

folder = open_folder(Path(sys.argv[1]))
from xunge.web.ledger import frames
append = frames.append

def run(seed, share, minute):
    rng = random.Random(seed)
    def point(name):
        if rng.random() < share:
            os.kill(os.getpid(), signal.SIGKILL)
    def dying(events, *, batch):
        written = append(events, batch=batch)
        point("inside a transaction")
        return written
    frames.append = dying
    chores.run_due(folder, now=dt.datetime(2026, 11, 23, 8, minute), progress=point)
    database.close()

ends = []
for round, share in enumerate([0.25] * 10 + [0.0] * 2):
    database.close()
    there = []
    for clock in range(2 if share else 1):
        child = os.fork()
        if child == 0:
            run(2 * round + clock, share, 4 * round)
            os._exit(0)
        there.append(child)
    ends += [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in there]
print(json.dumps(ends))
"""
NOW = dt.datetime(2026, 11, 23, 8, 0)  # noqa: DTZ001 - the clock adds the bureau's zone
ORDERS = 40
WEEKDAYS = f'[bureau]\ncalendar = "weekdays"\n{OFF}{NO_DOCUMENTS}'


def _start(office: Office, *words: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    code = "from xunge.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code, "clock", str(office.path), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env,
    )  # fmt: skip


def _orders(office: Office) -> None:
    """Let 40 orders have been overdue for two days on 23 November."""
    (office.path / "xunge.toml").write_text(WEEKDAYS, "utf-8")
    open_folder(office.path)
    data = {"kind": "rectify", "deadline": "2026-11-09"}
    occasions.append(
        [Event(kind=EventKind.ORDERED, subject=f"E{n}", on=dt.date(2026, 11, 1), key=f"O{n}",
               data=data) for n in range(ORDERS)],
        day=dt.date(2026, 11, 1),
    )  # fmt: skip
    database.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
def test_a_clock_that_is_told_to_stop_ends_well(empty: Office, way: signal.Signals) -> None:
    """It catches up, says what it does, and ends with 0 and no sign of being alive."""
    (empty.path / "xunge.toml").write_text(OFF + ALONE, "utf-8")
    running = _start(empty)
    assert running.stdout is not None
    lines: list[str] = []
    for line in running.stdout:
        lines.append(line)
        if "逾期" in line:
            break
    assert list((empty.path / "clock").glob("*.json"))
    running.send_signal(way)
    rest, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    assert "时钟已启动，2 项定时任务" in lines[0]
    assert "时钟已停止" in rest
    assert not list((empty.path / "clock").glob("*.json"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has neither SIGKILL nor fork")
def test_clocks_that_are_killed_at_any_moment_lose_and_repeat_nothing(empty: Office) -> None:
    """Two processes at once, killed again and again; whoever comes last does what is missing."""
    _orders(empty)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(empty.path)], text=True, timeout=300, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    ends = json.loads(done.stdout)
    assert ends.count(-signal.SIGKILL) >= 4
    assert ends[-1] == 0
    raised = empty.events(EventKind.RAISED)
    assert len(raised) == len(set(raised["key"])) == 2 * ORDERS  # due and overdue
    told = empty.events(EventKind.REMINDED)
    assert len(told) == len(set(told["key"])) == 2 * ORDERS
    chore = empty.events(EventKind.CHORE)
    assert sorted(chore["subject"]) == ["backup", "daily_due", "reminders"]
    texts = [path.read_text("utf-8-sig") for path in (empty.path / "提醒").glob("*.txt")]
    assert [text.count("应于") for text in texts] == [ORDERS]
    for file in on_shelf(empty.path / "backup"):
        read_again(file)
    assert not list((empty.path / "backup").glob(".new-*"))


def test_the_running_clock_looks_again_and_survives_a_bad_moment(
    empty: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that cannot be read just now is said; the next look does what was left."""
    (empty.path / "xunge.toml").write_text(OFF + ALONE, "utf-8")
    folder, stop, said = open_folder(empty.path), threading.Event(), list[str]()
    monkeypatch.setattr(chores, "draft_week", lambda one: occasions.settle(one, {}) or "")
    real, looks = chores.ready, list[int]()

    def ready(*words: object, **options: object) -> object:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("database is locked")
        if len(looks) == 3:
            stop.set()
        return real(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(chores, "ready", ready)
    monkeypatch.setattr(clockwork, "wind", _hurried)
    clockwork.run_forever(
        folder, tell=said.append, stop=stop, now=lambda: chores.moment_of(folder, NOW)
    )
    assert any("database is locked" in line for line in said)
    assert any("2026-11-23：逾期 0 项" in line for line in said)
    assert said[-1].startswith("时钟已停止")


def _hurried(scheduler: object, chores_: object, *, action: object, **_: object) -> None:
    """Look ten times a second."""
    scheduler.add_job(action, "interval", seconds=0.1, id="look", max_instances=1)  # type: ignore[attr-defined]


def test_a_chore_that_runs_comes_to_its_end_before_the_clock_stops(
    empty: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other one is started after it."""
    folder, stop, did = open_folder(empty.path), threading.Event(), list[str]()

    def slow(occasion: occasions.Occasion) -> str:
        stop.set()
        time.sleep(0.3)
        did.append(occasion.chore)
        return ""

    monkeypatch.setattr(raising, "scan", slow)
    monkeypatch.setattr(chores, "back_up", slow)
    monkeypatch.setattr(chores, "draft_week", slow)
    clockwork.run_forever(
        folder, tell=list[str]().append, stop=stop, now=lambda: chores.moment_of(folder, NOW)
    )
    assert len(did) == 1


def test_the_status_says_what_was_done_and_what_is_missing(
    empty: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Last and next runs, what will be made up, failures with their reason, as text and JSON."""
    _orders(empty)
    folder = open_folder(empty.path)
    chores.run_due(folder, now=NOW)
    status = clock_status.status_of(folder, now=NOW + dt.timedelta(days=2, minutes=1))
    lines = {one.name: one for one in status.chores}
    assert [key_of(one)[:16] for one in lines["daily_due"].missed] == [
        "2026-11-24T07:30", "2026-11-25T07:30"
    ]  # fmt: skip
    assert lines["daily_due"].last_for[:16] == "2026-11-23T07:30"
    assert key_of(lines["daily_due"].next_for)[:16] == "2026-11-26T07:30"
    assert not lines["weekly_draft"].missed  # too late by now
    assert not status.alive

    def shown(*more: str) -> str:
        with pytest.raises(SystemExit) as ended:
            app(["clock", "status", str(empty.path), "--now", "2026-11-23T08:30", *more],
                prog_name="xunge", standalone_mode=True)  # fmt: skip
        assert not ended.value.code
        return capsys.readouterr().out

    text = shown()
    assert "时钟没有在运行" in text
    assert "未完成 周计划起草 weekly_draft：文件夹 空 里缺少台账" in text
    told = json.loads(shown("--json"))
    assert told["last_backup"] == "2026-11-23 08:00:00"
    failed = {one["chore"]: one["failure"] for one in told["chores"]}
    assert failed["weekly_draft"]["attempts"] == 1
    assert failed["daily_due"] is None


def test_clocks_are_seen_and_forgotten(empty: Office) -> None:
    """A sign that cannot be read, or is a week old, is none."""
    (empty.path / "clock").mkdir()
    at = chores.moment_of(open_folder(empty.path), NOW)

    def sign(name: str, looked: dt.datetime) -> None:
        seen = clockwork.Seen(host="pc", pid=1, started=looked, looked=looked)
        (empty.path / "clock" / name).write_text(json.dumps(seen.to_json()), "utf-8")

    sign("a.json", at - dt.timedelta(minutes=3))
    sign("b.json", at - dt.timedelta(days=8))
    (empty.path / "clock" / "c.json").write_text("half", "utf-8")
    assert [one.looked for one in clockwork.running(empty.path, now=at)] == [
        at - dt.timedelta(minutes=3)
    ]
    assert clock_status.status_of(open_folder(empty.path), now=NOW).alive


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Leave the signals of the tests' own process as they were."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)
