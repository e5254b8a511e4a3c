"""Compiling ahead: another process fills the cache on disk while this one reads its ledgers.

Nothing depends on it but the wait: who needs the search before it is there waits for it, and where
the other process comes to nothing the search is compiled here.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from scheduler.kernel import compiler

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

_LOOK = 0.05  # seconds between two looks at the disk

_busy: list[BaseProcess] = []


def start(work: Callable[[], object]) -> None:
    """Do *work*, which compiles, in another process that ends with this one."""
    # A frozen program would start itself once more, and one core has no time to spare.
    if _busy or getattr(sys, "frozen", False) or (os.cpu_count() or 1) < 2:
        return
    process = multiprocessing.get_context("spawn").Process(target=_do, args=(work,), daemon=True)
    with contextlib.suppress(OSError):
        process.start()
        _busy.append(process)


def _do(work: Callable[[], object]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keyboard is for the process that waits
    with contextlib.suppress(Exception):  # the process that waits will meet it again
        work()


def wait_for(function: Callable[..., object]) -> None:
    """Wait until the other process, if there is one, has compiled *function*."""
    while _busy and compiler.missing(function):
        if not _busy[0].is_alive():
            _busy.clear()
            return
        time.sleep(_LOOK)
