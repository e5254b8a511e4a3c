"""The clock as a process: wound, seen to be alive, and stopped without leaving anything half done.

A signal to stop lets the chore that runs come to its end and starts no other one; a second signal,
or a computer that is switched off, ends it in the middle, and the next start makes it up.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maps.messages import sentence
from scheduler.clock import background_scheduler, wind
from xunge import chores
from xunge.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from xunge.week import Folder

SEEN = "clock"
"""Folder of the files by which running clocks are known, one each."""
_FORGOTTEN = dt.timedelta(days=7)
_CLOSING_S = 4.5  # Windows ends a program five seconds after its window was closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A clock that was started and has not said good-bye."""

    host: str
    pid: int
    started: dt.datetime
    looked: dt.datetime

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"host": self.host, "pid": self.pid, "started": self.started.isoformat(),
                "looked": self.looked.isoformat()}  # fmt: skip


def run_forever(
    folder: Folder,
    *,
    tell: Callable[[str], None],
    stop: threading.Event | None = None,
    now: Callable[[], dt.datetime] | None = None,
) -> None:
    """Catch up on what was missed, then keep the timetable until told to stop.

    Parameters
    ----------
    stop
        Set from outside to stop; the signals of the system set it as well.
    now
        Tells the time; by default the computer's clock in the bureau's zone.
    """
    told = now or (lambda: chores.moment_of(folder, None))
    stopping = stop or threading.Event()
    done = threading.Event()
    _listen(stopping, done)
    clock = _Clock(folder, tell=tell, now=told, stopping=stopping)
    lang, zone = folder.settings.bureau.language, folder.settings.bureau.timezone
    scheduler = background_scheduler(timezone=zone)
    table = [task.chore for task in chores.timetable(folder.settings)]
    wind(
        scheduler, table, action=clock.look, timezone=zone,
        every_minutes=folder.settings.clock.look_minutes,
    )  # fmt: skip
    tell(sentence("clock_runs", lang=lang, count=len(table)))
    scheduler.add_job(clock.look, id="start", misfire_grace_time=None)
    scheduler.start()
    try:
        while not stopping.wait(1.0):  # in short turns, since Windows hears Ctrl+C only between
            pass
    finally:
        tell(sentence("clock_stops", lang=lang))
        scheduler.shutdown(wait=True)
        clock.leave()
        tell(sentence("clock_stopped", lang=lang))
        done.set()


class _Clock:
    """Looks for what is to be done, on the one thread of the scheduler."""

    def __init__(
        self,
        folder: Folder,
        *,
        tell: Callable[[str], None],
        now: Callable[[], dt.datetime],
        stopping: threading.Event,
    ) -> None:
        self._folder = folder
        self._tell = tell
        self._now = now
        self._stopping = stopping
        self._started = now()
        self._file = folder.path / SEEN / f"{socket.gethostname()}-{os.getpid()}.json"

    def look(self) -> None:
        """Run what is due, one after the other, and stop between two where that is wanted."""
        from xunge.web import database

        try:
            self._be_seen()
            for task, occasion in chores.ready(self._folder, now=self._now()):
                if self._stopping.is_set():
                    return
                for line in chores.attempt(task, occasion):
                    self._tell(f"{self._now():%Y-%m-%d %H:%M} {line}")
                self._be_seen()
        # Such as a database that cannot be read just now: the next look may do better.
        except Exception as error:
            lang = self._folder.settings.bureau.language
            self._tell(sentence("clock_look_failed", lang=lang, said=str(error)))
        finally:
            database.close()

    def leave(self) -> None:
        """Take away the sign of being alive."""
        self._file.unlink(missing_ok=True)

    def _be_seen(self) -> None:
        self._file.parent.mkdir(exist_ok=True)
        seen = Seen(host=socket.gethostname(), pid=os.getpid(), started=self._started,
                    looked=self._now())  # fmt: skip
        write_whole(self._file, json.dumps(seen.to_json()).encode())


def running(folder: Path, *, now: dt.datetime) -> list[Seen]:
    """Return the clocks that were seen in the last days and have not said good-bye."""
    return sorted(_seen(folder, now), key=lambda one: one.looked, reverse=True)


def _seen(folder: Path, now: dt.datetime) -> Iterator[Seen]:
    for path in sorted((folder / SEEN).glob("*.json")):
        try:
            raw = json.loads(path.read_text("utf-8"))
            started, looked = (dt.datetime.fromisoformat(raw[k]) for k in ("started", "looked"))
            seen = Seen(host=raw["host"], pid=raw["pid"], started=started, looked=looked)
        except (OSError, ValueError, KeyError):
            continue
        if now - looked < _FORGOTTEN:
            yield seen


def _listen(stopping: threading.Event, done: threading.Event) -> None:
    """Let the signals of the system stop the clock; the second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        return

    def heard(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), heard)
    if sys.platform == "win32":
        _listen_to_window(stopping, done)


def _listen_to_window(stopping: threading.Event, done: threading.Event) -> None:
    """Hear that the window is closed or the computer shut down, and ask for a little time."""
    import ctypes

    system: Any = ctypes  # what is there on Windows only

    def closing(event: int) -> int:
        if event < 2:  # Ctrl+C and Ctrl+Break come as signals
            return 0
        stopping.set()
        done.wait(_CLOSING_S)
        return 1

    called: Any = system.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(closing)
    _KEPT.append(called)
    system.windll.kernel32.SetConsoleCtrlHandler(called, 1)


_KEPT: list[Any] = []  # what Windows calls must not be thrown away
