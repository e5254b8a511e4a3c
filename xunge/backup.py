"""The nightly backup: database and ledgers in one file that was read again before it counts.

SQLite copies itself while others write (its online backup); the copy is checked page by page and
counted, everything goes into a zip beside its final name, the zip is read back against the digests
of what went in, and only then renamed. PostgreSQL is dumped by its own ``pg_dump`` where that is
installed; there is no other way, and without it the backup fails and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
import zlib
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from layers.events import EventKind
from layers.refusals import CodedError
from maps.messages import sentence
from scheduler.clock import key_of
from xunge import __version__
from xunge.backup_shelf import files_of, kept, name_of, on_shelf, shelf_of
from xunge.lock import alone
from xunge.occasions import settle
from xunge.web.database import DATABASE_NAME
from xunge.words import run_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from xunge.config import Settings
    from xunge.occasions import Occasion

MANIFEST = "backup.json"
DUMP_NAME = "xunge.pgdump"
_CHUNK = 1 << 20
_HALF_MADE = ".new-"


class BackupError(CodedError, RuntimeError):
    """A backup that cannot be made, read or brought back; ``code`` and ``detail`` say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made and read again.

    Attributes
    ----------
    counts
        Rows of every table of the database; empty for a dump of PostgreSQL, which is not counted.
    unread
        Files that another program did not let us read.
    removed
        Older backups that had to go.
    """

    file: Path
    size: int
    files: int
    counts: Mapping[str, int]
    unread: tuple[str, ...] = ()
    removed: tuple[str, ...] = field(default=())

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "file": self.file.name, "size": self.size, "files": self.files,
            "counts": dict(self.counts), "unread": list(self.unread),
            "removed": list(self.removed),
        }  # fmt: skip

    def sentences(self, lang: str) -> list[str]:
        """Return what happened, for the terminal."""
        code = "backup_made" if self.counts else "backup_dumped"
        lines = [sentence(code, lang=lang, file=self.file, files=self.files,
                          events=self.counts.get("ledger_event"),
                          mb=f"{self.size / 1e6:.1f}")]  # fmt: skip
        if self.unread:
            lines.append(sentence("backup_unread", lang=lang, names=list(self.unread)))
        if self.removed:
            lines.append(sentence("backup_removed", lang=lang, count=len(self.removed)))
        return lines


def back_up(occasion: Occasion) -> str:
    """Make the nightly backup unless another clock has made it, and throw away what is too old.

    Raises
    ------
    BackupError
    """
    from xunge.web.ledger import frames

    folder, settings = occasion.folder.path, occasion.folder.settings
    shelf = shelf_of(folder, settings)
    shelf.mkdir(parents=True, exist_ok=True)
    with alone(shelf):
        if (occasion.chore, key_of(occasion.moment)) in frames.keyed(EventKind.CHORE):
            return ""
        made = _made(folder, settings=settings, now=occasion.now, progress=occasion.progress)
        settle(occasion, made.facts())
    return run_on(made.sentences(occasion.lang), occasion.lang)


def make(
    folder: Path,
    *,
    settings: Settings,
    now: dt.datetime,
    prefix: str = "",
    progress: Callable[[str], None] = lambda stage: None,
) -> Made:
    """Write a backup, read it again, and throw away what is too old.

    Parameters
    ----------
    prefix
        Put before the name of a backup that is never thrown away.

    Raises
    ------
    BackupError
        ``backup_damaged`` if the database or the file that was written is not sound,
        ``backup_no_dump`` or ``backup_dump_failed`` for PostgreSQL.
    """
    shelf = shelf_of(folder, settings)
    shelf.mkdir(parents=True, exist_ok=True)
    with alone(shelf):
        return _made(folder, settings=settings, now=now, prefix=prefix, progress=progress)


def _made(
    folder: Path,
    *,
    settings: Settings,
    now: dt.datetime,
    prefix: str = "",
    progress: Callable[[str], None],
) -> Made:
    shelf = shelf_of(folder, settings)
    for left in shelf.glob(f"{_HALF_MADE}*"):  # by a crash
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=_HALF_MADE, dir=shelf) as scratch:
        copy, counts = _copied(folder, Path(scratch), url=settings.database.url)
        progress("copied")
        draft = Path(scratch) / "draft.zip"
        inside, unread = _packed(draft, copy, folder, settings=settings, now=now, counts=counts)
        progress("packed")
        read_again(draft)
        progress("read again")
        final = shelf / name_of(now, prefix=prefix)
        draft.replace(final)
        progress("in place")
    gone = [] if prefix else _thinned(shelf, settings, fresh=final)
    return Made(file=final, size=final.stat().st_size, files=inside, counts=counts,
                unread=unread, removed=tuple(gone))  # fmt: skip


def _thinned(shelf: Path, settings: Settings, *, fresh: Path) -> list[str]:
    """Throw away what is too old; the one just made stays, whatever the computer's clock says."""
    there = on_shelf(shelf)
    stay = kept(there.values(), settings=settings.backup)
    gone = [path for path, at in there.items() if at not in stay and path != fresh]
    for path in gone:
        path.unlink(missing_ok=True)
    return [path.name for path in gone]


def _copied(folder: Path, scratch: Path, *, url: str) -> tuple[Path, dict[str, int]]:
    """Return a sound copy of the database and the rows of its tables."""
    if url:
        return dumped(scratch / DUMP_NAME, url=url), {}
    source, copy = folder / DATABASE_NAME, scratch / DATABASE_NAME
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as target:
        before = _events(live)
        live.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    counts = sound(copy)
    if counts.get("ledger_event", 0) < before:
        raise BackupError("backup_damaged", file=source.name, said="events are missing")
    return copy, counts


def _events(live: sqlite3.Connection) -> int:
    try:
        return int(live.execute("SELECT count(*) FROM ledger_event").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise BackupError("backup_damaged", file=DATABASE_NAME, said=str(error)) from error


def sound(database: Path) -> dict[str, int]:
    """Return the rows of every table of a database that nobody uses, after checking all of it.

    Raises
    ------
    BackupError
        ``backup_damaged``
    """
    try:
        with closing(sqlite3.connect(database)) as opened:
            said = [row[0] for row in opened.execute("PRAGMA integrity_check")]
            broken = opened.execute("PRAGMA foreign_key_check").fetchall()
            names = [row[0] for row in opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )]  # fmt: skip
            counts = {
                name: int(opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - a table of this file
                for name in names
            }
    except sqlite3.DatabaseError as error:
        raise BackupError("backup_damaged", file=database.name, said=str(error)) from error
    if said != ["ok"] or broken:
        raise BackupError("backup_damaged", file=database.name, said="; ".join(said[:3]))
    return counts


def dumped(target: Path, *, url: str) -> Path:
    """Let ``pg_dump`` write the database of a server to a file, and ``pg_restore`` list it.

    Raises
    ------
    BackupError
    """
    parts = urlsplit(url)
    tools = [shutil.which(name) for name in ("pg_dump", "pg_restore")]
    if not all(tools):
        raise BackupError("backup_no_dump")
    named = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@", 1))
    env = dict(os.environ)
    if parts.password:
        env["PGPASSWORD"] = unquote(parts.password)
    for command in (
        [str(tools[0]), "--format=custom", "--no-owner", f"--file={target}", named.geturl()],
        [str(tools[1]), "--list", str(target)],
    ):
        done = subprocess.run(command, env=env, capture_output=True, check=False)  # noqa: S603 - found on the PATH
        said = done.stderr.decode("utf-8", errors="replace").strip()
        if done.returncode:
            raise BackupError("backup_dump_failed", said=said[:300])
    if b"ledger_event" not in done.stdout:
        raise BackupError("backup_dump_failed", said="no table ledger_event")
    return target


def _packed(
    draft: Path,
    copy: Path,
    folder: Path,
    *,
    settings: Settings,
    now: dt.datetime,
    counts: Mapping[str, int],
) -> tuple[int, tuple[str, ...]]:
    """Write the zip; return how many files went in, and which could not be read."""
    digests: dict[str, str] = {}
    unread = []
    shelf = shelf_of(folder, settings)
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        digests[copy.name] = _add(archive, copy.name, copy)
        for name, path in files_of(folder, shelf=shelf, settings=settings.backup):
            try:
                digests[name] = _add(archive, name, path)
            except OSError:
                unread.append(name)
        about = {"xunge": __version__, "made": now.isoformat(timespec="seconds"),
                 "files": digests, "counts": dict(counts), "unread": unread}  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
    with draft.open("rb+") as written:
        os.fsync(written.fileno())
    return len(digests), tuple(unread)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Put a file into the zip and return its digest, both from one reading."""
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(info, "w") as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def read_again(file: Path) -> dict[str, Any]:
    """Read a backup against its own list, byte by byte; return the list.

    Raises
    ------
    BackupError
        ``backup_damaged`` or ``backup_none``.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            about: dict[str, Any] = json.loads(archive.read(MANIFEST))
            for name, wanted in about["files"].items():
                with archive.open(name) as member:
                    found = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
                if found != wanted:
                    raise BackupError("backup_damaged", file=file.name, said=name)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, zlib.error) as error:
        raise BackupError("backup_none", file=file.name, said=str(error)) from error
    return about
