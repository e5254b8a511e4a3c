"""Answers that are kept and caps that hold: across restarts, crashes and processes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.online.service import Found, Question
from xunge.online_store import NAME, DayUsedUpError, Store, StoreError, user_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOON = 1_795_752_000.0  # 2026-11-27 12:00 in Beijing
DAY = 86_400.0
HERE = Question(address="马田镇", region="431023")
THERE = Question(address="便江街道", missing=("永兴县",), region="431023")
FOUND = Found(lon=113.1, lat=26.1, level="town", radius_m=8_500.0, word="乡镇", county="431023")

# Children are forked, so that everything is imported once; each kills itself before its n-th
# statement. A statement that is not run is one that a crash took.
CRASH = """
import os, signal, sys
from pathlib import Path
from geo.online.service import Found, Question
from xunge.online_store import Store

folder, most = Path(sys.argv[1]), int(sys.argv[2])
found = Found(lon=113.1, lat=26.1, level="town", radius_m=8500.0)

def work(n):
    store = Store(folder / str(n))
    seen = []
    def count(sql):
        seen.append(sql)
        if len(seen) == n:
            os.kill(os.getpid(), signal.SIGKILL)
    store._db.set_trace_callback(count)
    for k in range(2):
        store.take_turn("amap", count=2, per_second=5.0, per_day=100, now=1e9)
        (folder / f"{n}.turns").write_text(str(k + 1))
        pair = [(Question(address=f"{k}.{i}"), found) for i in range(2)]
        store.keep("amap", pair, now=1e9, keep_days=30)
        (folder / f"{n}.kept").write_text(str(k + 1))
    os._exit(0)

for n in range(1, most + 1):
    child = os.fork()
    if child == 0:
        work(n)
    _, status = os.waitpid(child, 0)
    print(os.WIFSIGNALED(status))
"""

CROWD = """
import sys
from pathlib import Path
from xunge.online_store import DayUsedUpError, Store

print("ready", flush=True)
sys.stdin.readline()
with Store(Path(sys.argv[1])) as store:
    while True:
        try:
            print(store.take_turn("amap", count=1, per_second=20.0, per_day=150, now=1e9))
        except DayUsedUpError:
            break
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a new store."""
    with Store(tmp_path / "new" / "folder") as one:
        yield one


def _turn(store: Store, *, now: float, count: int = 1, per_day: int = 10) -> float:
    return store.take_turn("amap", count=count, per_second=2.0, per_day=per_day, now=now)


def test_answers_are_kept_by_service_address_and_region(store: Store) -> None:
    """What was not found is kept too; another service or region is another question."""
    store.keep("amap", [(HERE, FOUND), (THERE, None)], now=NOON, keep_days=30)

    def known(service: str, question: Question) -> tuple[bool, Found | None]:
        return store.known(service, question, now=NOON, keep_days=30)

    assert known("amap", HERE) == (True, FOUND)
    assert known("amap", THERE) == (True, None)
    assert known("baidu", HERE) == (False, None)
    assert known("amap", Question(address="马田镇", region="4310")) == (False, None)
    assert known("amap", Question(address="便江街道", region="431023")) == (False, None)


def test_old_answers_are_asked_again_and_forgotten(store: Store) -> None:
    """After the days that the settings allow an answer is gone from the file."""
    store.keep("amap", [(HERE, FOUND)], now=NOON, keep_days=30)
    assert store.known("amap", HERE, now=NOON + 29 * DAY, keep_days=30)[0]
    assert not store.known("amap", HERE, now=NOON + 31 * DAY, keep_days=30)[0]
    store.keep("amap", [(THERE, None)], now=NOON + 31 * DAY, keep_days=30)
    with sqlite3.connect(store.file) as file:
        rows = file.execute("SELECT question FROM answers").fetchall()
    file.close()
    assert rows == [("永兴县便江街道",)]


def test_the_day_is_counted_across_restarts(store: Store) -> None:
    """What would go beyond the cap is not counted; at midnight in Beijing a new day begins."""
    for _ in range(3):
        _turn(store, count=3, now=NOON)
    store.close()
    with Store(store.file.parent) as again:
        assert again.asked("amap", now=NOON) == 9
        with pytest.raises(DayUsedUpError):
            _turn(again, count=2, now=NOON)
        _turn(again, now=NOON)
        with pytest.raises(DayUsedUpError):
            _turn(again, now=NOON + 11.9 * 3_600)
        assert again.asked("baidu", now=NOON) == 0
        _turn(again, now=NOON + 12.1 * 3_600)
        assert again.asked("amap", now=NOON + 12.1 * 3_600) == 1


def test_requests_are_spaced_across_restarts(store: Store) -> None:
    """Each has to wait for its turn; who comes later than that does not wait."""
    assert [_turn(store, now=NOON) for _ in range(3)] == [0.0, 0.5, 1.0]
    store.close()
    with Store(store.file.parent) as again:
        assert _turn(again, now=NOON + 1.2) == pytest.approx(0.3)
        assert _turn(again, now=NOON + 60) == 0.0


def test_a_clock_that_was_put_back_stops_nobody(store: Store) -> None:
    """A turn that is a year ahead is no turn."""
    _turn(store, now=NOON + 365 * DAY)
    assert _turn(store, now=NOON) == 0.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has neither SIGKILL nor fork")
def test_a_crash_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    """What was told to be kept or counted is; a half of an answer or of a count is never there."""
    most = 30
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(tmp_path), str(most)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    killed = done.stdout.split().count("True")
    assert 20 < killed < most  # some at every statement, the last ones ran to their end
    for n in range(1, most + 1):
        turns, kept = (_number(tmp_path / f"{n}.{name}") for name in ("turns", "kept"))
        with Store(tmp_path / str(n)) as store:
            questions = [Question(address=f"{k}.{i}") for k in range(2) for i in range(2)]
            there = [store.known("amap", q, now=1e9, keep_days=30)[0] for q in questions]
            assert sum(there) in (2 * kept, 2 * kept + 2)
            assert all(there[: sum(there)])
            assert store.asked("amap", now=1e9) in (2 * turns, 2 * turns + 2)
            # It goes on from there.
            store.take_turn("amap", count=1, per_second=5.0, per_day=100, now=1e9)
            assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _number(path: Path) -> int:
    return int(path.read_text() or 0) if path.exists() else 0


def test_caps_hold_for_several_processes(tmp_path: Path) -> None:
    """Three that open a new file at once share its caps, and no two turns are too close."""
    command = [sys.executable, "-c", CROWD, str(tmp_path)]
    crowd = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for one in crowd:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in crowd:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    turns = sorted(float(line) for one in crowd for line in one.communicate()[0].split())
    assert [one.returncode for one in crowd] == [0, 0, 0]
    assert len(turns) == 150
    assert turns == pytest.approx([k / 20 for k in range(150)])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """It says which file it is, and what to do is in the sentence."""
    (tmp_path / NAME).write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path)
    assert caught.value.file == str(tmp_path / NAME)
    with pytest.raises(StoreError):
        Store(tmp_path / NAME / "below a file")


def test_the_folder_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be named; else it is where the system keeps such things, not the ledger folder."""
    monkeypatch.setenv("XUNGE_CACHE", str(tmp_path))
    assert user_folder() == tmp_path
    monkeypatch.delenv("XUNGE_CACHE")
    for variable in ("LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    for platform, folder in (
        ("win32", tmp_path / "xunge"), ("linux", tmp_path / "xunge"),
        ("darwin", Path.home() / "Library" / "Caches" / "xunge"),
    ):  # fmt: skip
        monkeypatch.setattr("sys.platform", platform)
        assert user_folder() == folder
