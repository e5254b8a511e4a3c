"""Bring a folder back to a backup; what stood there goes into a backup of its own first."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind
from maps.messages import sentence
from xunge import backup
from xunge.backup import BackupError
from xunge.backup_shelf import BEFORE, name_of, shelf_of
from xunge.lock import alone
from xunge.web.database import DATABASE_NAME
from xunge.whole_files import write_whole

if TYPE_CHECKING:
    import datetime as dt

    from xunge.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did.

    Attributes
    ----------
    before
        The backup of what stood there.
    files
        Names of the files that were replaced or put back.
    events
        Events in the database that was brought back.
    """

    file: str
    made: str
    before: Path
    files: tuple[str, ...]
    events: int

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"file": self.file, "made": self.made, "before": self.before.name,
                "files": list(self.files), "events": self.events}  # fmt: skip

    def sentences(self, lang: str) -> list[str]:
        """Return what happened, for the terminal."""
        return [
            sentence("restore_done", lang=lang, file=self.file, made=self.made,
                     events=self.events, files=len(self.files)),
            sentence("restore_before", lang=lang, before=self.before),
        ]  # fmt: skip


def restore(
    folder: Path,
    file: Path,
    *,
    settings: Settings,
    reason: str,
    now: dt.datetime,
    database_only: bool = False,
) -> Restored:
    """Bring database and ledgers back from a backup, after checking all of it.

    What stands there is backed up first under a name that is never thrown away. Files that are not
    in the backup stay. An interrupted restore is begun anew.

    Parameters
    ----------
    reason
        Why, which goes on record.
    database_only
        Leave the ledgers and all other files as they are.

    Raises
    ------
    xunge.backup.BackupError
        If the backup is not sound, or the database is on a server.
    """
    if settings.database.url:
        raise BackupError("restore_on_server", file=backup.DUMP_NAME)
    about = backup.read_again(file)
    if DATABASE_NAME not in about["files"]:
        raise BackupError("backup_none", file=file.name, said=DATABASE_NAME)
    shelf = shelf_of(folder, settings)
    shelf.mkdir(parents=True, exist_ok=True)
    with alone(folder), TemporaryDirectory(prefix=".restore-", dir=shelf) as scratch:
        with zipfile.ZipFile(file) as archive:
            archive.extract(DATABASE_NAME, scratch)
            counts = backup.sound(Path(scratch) / DATABASE_NAME)
            before = _set_aside(folder, settings=settings, now=now)
            names = [] if database_only else _put_back(archive, about["files"], folder)
        _replace_database(Path(scratch) / DATABASE_NAME, folder / DATABASE_NAME)
    done = Restored(file=file.name, made=about["made"], before=before, files=tuple(names),
                    events=counts.get("ledger_event", 0))  # fmt: skip
    _note(folder, done, reason=reason, now=now)
    return done


def _set_aside(folder: Path, *, settings: Settings, now: dt.datetime) -> Path:
    """Back up what stands there; a damaged database is kept as it is."""
    if not (folder / DATABASE_NAME).exists():
        sqlite3.connect(folder / DATABASE_NAME).close()
    try:
        return backup.make(folder, settings=settings, now=now, prefix=BEFORE).file
    except BackupError as error:
        if error.code != "backup_damaged":
            raise
    kept = shelf_of(folder, settings) / name_of(now, prefix=BEFORE)
    draft = kept.with_name(f".new-{kept.name}")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob(f"{DATABASE_NAME}*")):
            archive.write(path, f"damaged/{path.name}")
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith((".", DATABASE_NAME)):
                archive.write(path, path.name)
    draft.replace(kept)
    return kept


def _put_back(archive: zipfile.ZipFile, digests: dict[str, str], folder: Path) -> list[str]:
    """Write the files of a backup that are not there as they were; return their names."""
    names = []
    for name, digest in sorted(digests.items()):
        path = folder / name
        if name == DATABASE_NAME or not path.resolve().is_relative_to(folder.resolve()):
            continue
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, archive.read(name))
        names.append(name)
    return names


def _replace_database(source: Path, target: Path) -> None:
    """Copy a database over another: in one transaction where that one is sound."""
    try:
        with closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(target)) as old:
            old.execute("PRAGMA schema_version").fetchone()
            new.backup(old)
            return
    except sqlite3.DatabaseError:
        pass
    for rest in ("-wal", "-shm"):  # they belong to the damaged file
        target.with_name(target.name + rest).unlink(missing_ok=True)
    draft = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, draft)
    draft.replace(target)


def _note(folder: Path, done: Restored, *, reason: str, now: dt.datetime) -> None:
    """Put on record in the database that was brought back where it comes from."""
    from xunge.occasions import append
    from xunge.web import database

    database.open_folder(folder)
    event = Event(
        kind=EventKind.RESTORED, subject="folder", on=now.date(),
        key=now.isoformat(timespec="seconds"), data={**done.facts(), "reason": reason},
    )  # fmt: skip
    append([event], day=now.date())
