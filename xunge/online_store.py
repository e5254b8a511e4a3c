"""What online geocoders have answered, and how often they were asked: one SQLite file of the user.

The file belongs to this installation alone: it is in no export, no record and no ledger folder.
Every write is one transaction in write-ahead mode, so that a crash at any moment leaves what was
there before it. Days and seconds are counted before a request leaves, by all processes in the same
file; a request that was counted and not sent counts all the same.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Self

from geo.online.service import Found
from xunge.lock import alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo.online.service import Question

NAME = "online.sqlite3"
FOLDER_VARIABLE = "XUNGE_CACHE"
_VERSION = 1  # of what is kept of an answer; older ones are asked again
_WAIT_S = 30.0
_LONGEST_QUEUE_S = 60.0
_DAY_S = 86_400.0
BEIJING = dt.timezone(dt.timedelta(hours=8))
"""The days of quotas begin at midnight in Beijing."""

_OPENING = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS answers (
    service TEXT NOT NULL, question TEXT NOT NULL, region TEXT NOT NULL, version INTEGER NOT NULL,
    asked_at REAL NOT NULL, found TEXT NOT NULL, PRIMARY KEY (service, question, region)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (
    service TEXT NOT NULL, day TEXT NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (service, day)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (service TEXT PRIMARY KEY, free_at REAL NOT NULL) WITHOUT ROWID;
"""


class StoreError(OSError):
    """The file of answers cannot be used: ``code`` ``online_store``, ``file`` where it is."""

    code = "online_store"

    def __init__(self, file: Path, said: str) -> None:
        super().__init__(f"{file}: {said}")
        self.file = str(file)
        self.said = said


class DayUsedUpError(RuntimeError):
    """The cap of the day is reached: nothing more may be asked today."""

    code = "online_cap"

    def __init__(self, service: str, *, per_day: int) -> None:
        super().__init__(f"{service}: {per_day}")
        self.service = service
        self.per_day = per_day


def user_folder() -> Path:
    """Return the folder for what Xunge keeps of the network for this user.

    ``XUNGE_CACHE`` where it is set, else what the operating system has for such things.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "xunge"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "xunge"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "xunge"


class Store:
    """The open file; to be closed after use, best by ``with``.

    Parameters
    ----------
    folder
        Where the file is; made if it is not there.

    Raises
    ------
    StoreError
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        with self._told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Transactions are begun by hand. Whoever turns a new file to write-ahead mode is not
            # waited for by SQLite itself.
            with alone(folder):
                self._db = sqlite3.connect(self.file, timeout=_WAIT_S, isolation_level=None)
                try:
                    self._db.executescript(_OPENING)
                except sqlite3.Error:
                    self._db.close()
                    raise

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def known(
        self, service: str, question: Question, *, now: float, keep_days: float
    ) -> tuple[bool, Found | None]:
        """Return whether an answer is kept that is not too old, and the answer.

        Parameters
        ----------
        now
            Seconds since 1970.
        """
        with self._told():
            row = self._db.execute(
                "SELECT found FROM answers WHERE service=? AND question=? AND region=?"
                " AND version=? AND asked_at>=?",
                (service, question.text, question.region, _VERSION, now - keep_days * _DAY_S),
            ).fetchone()
        if row is None:
            return False, None
        fields = json.loads(row[0])
        return True, Found(**fields) if fields else None

    def keep(
        self,
        service: str,
        answers: Sequence[tuple[Question, Found | None]],
        *,
        now: float,
        keep_days: float,
    ) -> None:
        """Keep answers, all or none; those of the service that are too old are forgotten."""
        rows = [
            (service, question.text, question.region, _VERSION, now,
             json.dumps(asdict(found) if found else None, ensure_ascii=False))
            for question, found in answers
        ]  # fmt: skip
        with self._told(), self._alone():
            self._db.execute(
                "DELETE FROM answers WHERE service=? AND asked_at<?",
                (service, now - keep_days * _DAY_S),
            )
            self._db.executemany("INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?)", rows)

    def asked(self, service: str, *, now: float) -> int:
        """Return how many addresses the service was asked about today."""
        with self._told():
            row = self._db.execute(
                "SELECT asked FROM days WHERE service=? AND day=?", (service, _day(now))
            ).fetchone()
        return int(row[0]) if row else 0

    def take_turn(
        self, service: str, *, count: int, per_second: float, per_day: int, now: float
    ) -> float:
        """Count a request about *count* addresses and return the seconds to wait before it.

        Raises
        ------
        DayUsedUpError
            If the day would hold more than *per_day*; nothing is counted then.
        """
        with self._told(), self._alone():
            asked = self.asked(service, now=now)
            if asked + count > per_day:
                raise DayUsedUpError(service, per_day=per_day)
            row = self._db.execute(
                "SELECT free_at FROM turns WHERE service=?", (service,)
            ).fetchone()
            free_at = float(row[0]) if row else now
            if free_at > now + _LONGEST_QUEUE_S + 1 / per_second:  # the clock was put back
                free_at = now
            turn = max(now, free_at)
            self._db.execute("INSERT OR REPLACE INTO turns VALUES (?,?)",
                             (service, turn + 1 / per_second))  # fmt: skip
            self._db.execute("DELETE FROM days WHERE service=? AND day<?",
                             (service, _day(now - 7 * _DAY_S)))  # fmt: skip
            self._db.execute("INSERT OR REPLACE INTO days VALUES (?,?,?)",
                             (service, _day(now), asked + count))  # fmt: skip
            return turn - now

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file for one transaction; whoever comes second waits."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise StoreError(self.file, str(error)) from None


def _day(now: float) -> str:
    return dt.datetime.fromtimestamp(now, BEIJING).date().isoformat()
