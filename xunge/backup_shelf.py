"""Where backups lie: their names, which are kept, and which files of a folder go into one."""

from __future__ import annotations

import datetime as dt
import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from xunge.lock import LOCK_NAME
from xunge.sections import words
from xunge.web.database import DATABASE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from xunge.config import Settings
    from xunge.sections import Backup

FOLDER = "backup"
_STAMP = "%Y%m%dT%H%M%S"
_NAME = re.compile(r"xunge-(\d{8}T\d{6})\.zip")
BEFORE = "before-restore-"
"""How the names of backups begin that were made before a restore; they are never thrown away."""
_CACHES = ("travel", "clock")
_OUT, _FILLED_IN = "out", (".xlsx", ".xls", ".csv")


def shelf_of(folder: Path, settings: Settings) -> Path:
    """Return where the backups of *folder* go."""
    named = settings.backup.folder
    return folder / named if named else folder / FOLDER


def name_of(now: dt.datetime, *, prefix: str = "") -> str:
    """Return the file name of a backup made at a time."""
    return f"{prefix}xunge-{now.strftime(_STAMP)}.zip"


def on_shelf(place: Path) -> dict[Path, dt.datetime]:
    """Return the nightly backups and when each was made, oldest first."""
    found = {}
    for path in sorted(place.glob("xunge-*.zip")):
        named = _NAME.fullmatch(path.name)
        if named:
            found[path] = dt.datetime.strptime(named.group(1), _STAMP)  # noqa: DTZ007 - local
    return found


def kept(made: Iterable[dt.datetime], *, settings: Backup) -> set[dt.datetime]:
    """Return which backups stay: the last one of each of the latest days, weeks and months.

    Days, weeks and months without a backup do not count.
    """
    spans: tuple[tuple[Callable[[dt.datetime], object], int], ...] = (
        (lambda at: at.date(), settings.daily),
        (lambda at: at.isocalendar()[:2], settings.weekly),
        (lambda at: (at.year, at.month), settings.monthly),
    )
    newest_first = sorted(made, reverse=True)
    stay: set[dt.datetime] = set()
    for span, count in spans:
        last: dict[object, dt.datetime] = {}
        for at in newest_first:
            last.setdefault(span(at), at)
        stay |= set(list(last.values())[:count])
    return stay


def files_of(folder: Path, *, shelf: Path, settings: Backup) -> Iterator[tuple[str, Path]]:
    """Yield what belongs into a backup besides the database: name inside of it, and the file.

    Ledgers, settings, maps and reminders; of the weeks' files the workbooks, which people fill in:
    the others can be made again from the record.
    """
    skipped = words(settings.skip)
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        top = inside.parts[0]
        if path.is_relative_to(shelf) or top in _CACHES or not path.is_file():
            continue
        if any(part.startswith((".", "~$")) for part in inside.parts):
            continue
        if path.name == LOCK_NAME or path.name.startswith(DATABASE_NAME):
            continue
        if top == _OUT and path.suffix.lower() not in _FILLED_IN:
            continue
        if not any(fnmatch(path.name, pattern) for pattern in skipped):
            yield inside.as_posix(), path
