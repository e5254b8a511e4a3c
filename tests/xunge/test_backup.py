"""Backups are whole, checked and kept by rule; a restore leaves a trace of what it replaces."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import stat
import sys
import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from layers.events import Event, EventKind
from xunge import backup, chores, config, occasions
from xunge.backup import BackupError
from xunge.backup_shelf import kept, on_shelf
from xunge.cli import app
from xunge.failures import explained
from xunge.restore import restore
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office
    from xunge.backup import Made

NOW = dt.datetime(2026, 11, 23, 23, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
DAY = dt.date(2026, 11, 23)


def _closed(subject: str) -> Event:
    return Event(kind=EventKind.CLOSED, subject=subject, on=DAY)


def _write(office: Office, *subjects: str) -> None:
    open_folder(office.path)
    occasions.append([_closed(subject) for subject in subjects], day=DAY)


def _subjects(office: Office) -> set[str]:
    return set(office.events(EventKind.CLOSED)["subject"])


def _make(office: Office, now: dt.datetime = NOW, **options: Any) -> Made:
    return backup.make(office.path, settings=config.load(office.path), now=now, **options)


def _restore(office: Office, file: Path, **options: Any) -> Any:  # noqa: ANN401
    return restore(
        office.path, file, settings=config.load(office.path), reason="硬盘坏了",
        now=NOW + dt.timedelta(hours=1), **options,
    )  # fmt: skip


@pytest.fixture
def bureau(empty: Office) -> Office:
    """Give a folder with a ledger, a filled-in workbook, some events, and much that is left out."""
    _write(empty, "S1", "S2")
    for name, text in {
        "企业台账.csv": "编号\n1\n", "xunge.toml": "", "out/2026-W48/结果回填.xlsx": "filled in",
        "out/2026-W48/index.html": "made again", "travel/server.npz": "asked again",
        "roads.osm.pbf": "large", "~$企业台账.xlsx": "Excel's own", ".hidden/x.csv": "no",
        "clock/pc-1.json": "{}", "区域/边界.geojson": "{}",
    }.items():  # fmt: skip
        path = empty.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return empty


def test_a_backup_has_the_database_and_what_people_wrote(bureau: Office) -> None:
    """What can be made or fetched again stays out; the list inside has a digest for each file."""
    made = _make(bureau)
    assert made.file == bureau.path / "backup" / "xunge-20261123T230000.zip"
    with zipfile.ZipFile(made.file) as archive:
        about = json.loads(archive.read("backup.json"))
    assert set(about["files"]) == {
        "xunge.sqlite3", "企业台账.csv", "xunge.toml", "out/2026-W48/结果回填.xlsx",
        "区域/边界.geojson",
    }  # fmt: skip
    assert made.counts["ledger_event"] == about["counts"]["ledger_event"] == bureau.count() == 2
    assert [path.name for path in made.file.parent.iterdir()] == [made.file.name] or (
        {path.name for path in made.file.parent.iterdir()} == {made.file.name, ".xunge.lock"}
    )


def test_a_backup_of_a_database_in_use_is_consistent(bureau: Office) -> None:
    """While somebody writes, the copy has whole transactions only, and all that were there."""
    stop, written = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            occasions.append([_closed(f"A{number}"), _closed(f"B{number}")], day=DAY)
            written.append(number)
            number += 1
        database.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while len(written) < 3:
            pass
        before = len(written)
        made = _make(bureau)
    finally:
        stop.set()
        thread.join()
    with zipfile.ZipFile(made.file) as archive:
        copy = bureau.path / "copy.sqlite3"
        copy.write_bytes(archive.read("xunge.sqlite3"))
    with closing(sqlite3.connect(copy)) as opened:
        found = {row[0] for row in opened.execute("SELECT subject FROM ledger_event")}
    assert {f"A{n}" for n in range(before)} <= found
    assert {name[1:] for name in found if name[0] == "A"} == {
        name[1:] for name in found if name[0] == "B"
    }


def test_a_damaged_database_makes_no_backup_and_no_old_one_goes(bureau: Office) -> None:
    """The chore fails and says so; the good backups stay."""
    for n in range(20):
        _make(bureau, NOW - dt.timedelta(days=40 + n))
    there = set(on_shelf(bureau.path / "backup"))
    database.close()
    file = bureau.path / "xunge.sqlite3"
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[4096:12288] = os.urandom(8192)
    file.write_bytes(content)
    with pytest.raises(BackupError, match="backup_damaged"):
        _make(bureau)
    assert set(on_shelf(bureau.path / "backup")) == there


@pytest.mark.parametrize("harm", ["byte", "cut", "other"])
def test_a_backup_that_was_changed_is_not_restored(bureau: Office, harm: str) -> None:
    """One wrong byte is enough; nothing is touched then."""
    file = _make(bureau).file
    content = bytearray(file.read_bytes())
    if harm == "byte":
        content[len(content) // 3] ^= 0xFF
    file.write_bytes(b"something else" if harm == "other" else content[: -50 * (harm == "cut")] or
                     content)  # fmt: skip
    _write(bureau, "S3")
    with pytest.raises(BackupError) as refused:
        _restore(bureau, file)
    assert explained(refused.value)[0].startswith(file.name)
    assert _subjects(bureau) == {"S1", "S2", "S3"}


def test_which_backups_are_kept(tmp_path: Path) -> None:
    """The last of each of 14 days, 8 weeks and 24 months that have one; two a day become one."""
    rule = config.load(tmp_path).backup
    made = [dt.datetime(2024, 1, 1, 23) + dt.timedelta(hours=12 * n) for n in range(2 * 1060)]  # noqa: DTZ001
    stay = kept(made, settings=rule)
    last = made[-1]
    assert last in stay
    days = {one.date() for one in made}
    assert {one.date() for one in stay} >= set(sorted(days)[-14:])
    assert len({one.isocalendar()[:2] for one in stay if (last - one).days < 56}) == 8
    assert len({(one.year, one.month) for one in stay}) == 24
    assert len(stay) <= 14 + 8 + 24
    assert kept(stay, settings=rule) == stay  # thinning again takes nothing


def test_old_backups_go_only_after_a_new_one_is_there(bureau: Office) -> None:
    """And never those from before a restore, nor files of other names."""
    (bureau.path / "xunge.toml").write_text(
        "[backup]\ndaily = 2\nweekly = 0\nmonthly = 0\n", "utf-8"
    )
    shelf = bureau.path / "backup"
    _make(bureau, NOW - dt.timedelta(days=9), prefix="before-restore-")
    (shelf / "notes.txt").write_text("mine", "utf-8")
    for n in range(4):
        made = _make(bureau, NOW + dt.timedelta(days=n))
    assert made.removed == ("xunge-20261124T230000.zip",)
    names = {path.name for path in shelf.iterdir()} - {".xunge.lock"}
    assert names == {
        "notes.txt", "before-restore-xunge-20261114T230000.zip", "xunge-20261125T230000.zip",
        "xunge-20261126T230000.zip",
    }  # fmt: skip


@pytest.mark.parametrize("stage", ["copied", "packed", "read again"])
def test_a_crash_while_backing_up_leaves_no_half_backup(bureau: Office, stage: str) -> None:
    """What was begun is cleared away by the next one."""

    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == stage:
            shutil.copytree(next((bureau.path / "backup").glob(".new-*")), bureau.path / "left")
            raise Killed

    with pytest.raises(Killed):
        _make(bureau, progress=die)
    shelf = bureau.path / "backup"
    (bureau.path / "left").rename(shelf / ".new-left")  # as a real kill leaves it
    assert not on_shelf(shelf)
    _make(bureau)
    assert len(on_shelf(shelf)) == 1
    assert not (shelf / ".new-left").exists()


def test_the_nightly_backup_is_made_once_by_two_clocks(empty: Office) -> None:
    """The second one waits at the door and finds it made."""
    (empty.path / "xunge.toml").write_text('[reminders]\nchannels = ""\n', "utf-8")
    folder = open_folder(empty.path)
    task, occasion = next(
        pair for pair in chores.ready(folder, now=NOW) if pair[0].chore.name == "backup"
    )
    said: list[str] = []

    def run(later: int) -> None:
        at = replace(occasion, now=NOW + dt.timedelta(seconds=later))
        said.extend(chores.attempt(task, at))
        database.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in (0, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(on_shelf(empty.path / "backup")) == 1
    assert len(said) == 1
    assert "备份完成并已核对" in said[0]


def test_a_restore_brings_back_database_and_ledgers_and_leaves_a_trace(bureau: Office) -> None:
    """What stood there is in a backup of its own; what the backup does not know stays."""
    made = _make(bureau)
    _write(bureau, "S3")
    (bureau.path / "企业台账.csv").write_text("编号\n1\n2\n", "utf-8")
    (bureau.path / "新台账.csv").write_text("编号\n9\n", "utf-8")
    done = _restore(bureau, made.file)
    assert _subjects(bureau) == {"S1", "S2"}
    assert done.files == ("企业台账.csv",)
    assert (bureau.path / "企业台账.csv").read_text("utf-8") == "编号\n1\n"
    assert (bureau.path / "新台账.csv").exists()
    trace = bureau.events(EventKind.RESTORED)["data"].iloc[0]
    assert (trace["reason"], trace["file"]) == ("硬盘坏了", made.file.name)
    assert trace["before"] == done.before.name
    _restore(bureau, done.before)  # and back again
    assert _subjects(bureau) == {"S1", "S2", "S3"}
    assert (bureau.path / "企业台账.csv").read_text("utf-8") == "编号\n1\n2\n"


def test_a_restored_database_is_still_append_only(bureau: Office) -> None:
    """The database itself refuses to change an event, as before."""
    _restore(bureau, _make(bureau).file)
    open_folder(bureau.path)
    database.close()
    with (
        closing(sqlite3.connect(bureau.path / "xunge.sqlite3")) as opened,
        pytest.raises(sqlite3.DatabaseError, match="append-only"),
    ):
        opened.execute("UPDATE ledger_event SET subject = 'x'")


def test_a_restore_of_the_database_alone_leaves_the_ledgers(bureau: Office) -> None:
    """What was typed since stays as it is."""
    made = _make(bureau)
    (bureau.path / "企业台账.csv").write_text("编号\n1\n2\n", "utf-8")
    assert _restore(bureau, made.file, database_only=True).files == ()
    assert (bureau.path / "企业台账.csv").read_text("utf-8") == "编号\n1\n2\n"


def test_a_damaged_database_is_kept_aside_and_replaced(bureau: Office) -> None:
    """The case for which there are backups: the damaged file is kept as it is, too."""
    made = _make(bureau)
    database.close()
    file = bureau.path / "xunge.sqlite3"
    for rest in ("-wal", "-shm"):
        file.with_name(file.name + rest).unlink(missing_ok=True)
    file.write_bytes(b"damaged beyond hope" * 1000)
    done = _restore(bureau, made.file)
    assert _subjects(bureau) == {"S1", "S2"}
    with zipfile.ZipFile(done.before) as archive:
        assert archive.read("damaged/xunge.sqlite3").startswith(b"damaged beyond hope")


def test_a_lost_database_is_brought_back(bureau: Office) -> None:
    """Also where nothing is left of it."""
    made = _make(bureau)
    database.close()
    for path in bureau.path.glob("xunge.sqlite3*"):
        path.unlink()
    _restore(bureau, made.file)
    assert _subjects(bureau) == {"S1", "S2"}


def test_a_backup_cannot_write_outside_of_its_folder(bureau: Office, tmp_path: Path) -> None:
    """A name that leads elsewhere is passed over."""
    made = _make(bureau)
    bad = bureau.path / "bad.zip"
    with zipfile.ZipFile(made.file) as old, zipfile.ZipFile(bad, "w") as new:
        about = json.loads(old.read("backup.json"))
        for name in about["files"]:
            new.writestr(name, old.read(name))
        import hashlib

        about["files"]["../evil.csv"] = hashlib.sha256(b"x").hexdigest()
        new.writestr("../evil.csv", b"x")
        new.writestr("backup.json", json.dumps(about))
    _restore(bureau, bad)
    assert not (bureau.path.parent / "evil.csv").exists()


def _tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport os, sys\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


URL = "postgresql://bureau:s3cret%20x@db.example:5433/xunge"


@pytest.mark.skipif(os.name == "nt", reason="scripts as programs")
def test_postgresql_is_dumped_by_its_own_tool(
    bureau: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is in the environment of the tool, never on its command line."""
    tools = tmp_path / "tools"
    tools.mkdir()
    _tool(tools, "pg_dump", "target = [a[7:] for a in sys.argv if a.startswith('--file=')][0]\n"
          "open(target, 'w').write(repr((sys.argv, os.environ['PGPASSWORD'])))")  # fmt: skip
    _tool(tools, "pg_restore", "print('TABLE public ledger_event')")
    monkeypatch.setenv("PATH", str(tools))
    target = backup.dumped(tmp_path / "dump", url=URL)
    argv, password = eval(target.read_text("utf-8"))  # noqa: S307 - what the script above wrote
    assert password == "s3cret x"  # noqa: S105
    assert argv[-1] == "postgresql://bureau@db.example:5433/xunge"
    assert not any("s3cret" in word for word in argv)
    _tool(tools, "pg_dump", "sys.stderr.write('server version mismatch'); sys.exit(1)")
    with pytest.raises(BackupError) as failed:
        backup.dumped(tmp_path / "dump", url=URL)
    assert "server version mismatch" in explained(failed.value)[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="backup_no_dump"):
        backup.dumped(tmp_path / "dump", url=URL)


def test_a_server_is_not_restored_and_says_so(bureau: Office) -> None:
    """Nothing is pretended: its administrator brings it back."""
    made = _make(bureau)
    settings = config.load(bureau.path)
    settings = replace(settings, database=replace(settings.database, url=URL))
    with pytest.raises(BackupError) as refused:
        restore(bureau.path, made.file, settings=settings, reason="x", now=NOW)
    assert "pg_restore" in explained(refused.value)[0]


def test_the_commands(bureau: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Make one, list them, bring it back."""

    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            app(list(words), prog_name="xunge", standalone_mode=True)
        assert not ended.value.code
        return capsys.readouterr().out

    path = str(bureau.path)
    assert "备份完成并已核对" in run("backup", path)
    assert json.loads(run("backup", path, "--json"))["counts"]["ledger_event"] == 2
    files = list(on_shelf(bureau.path / "backup"))
    assert files[0].name in run("backup", path, "--list")
    said = run("restore", path, str(files[0]), "--reason", "演练")
    assert "已恢复到" in said
    assert "before-restore-" in said
