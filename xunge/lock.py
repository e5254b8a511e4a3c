"""One command at a time writes in a ledger folder; whoever comes second waits.

The lock is the operating system's: it goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = ".xunge.lock"
_PAUSE_S = 0.2


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of *folder*; wait for it where another command has it.

    Raises
    ------
    PermissionError
        If nothing can be written in the folder.
    """
    with (folder / LOCK_NAME).open("a+b") as handle:
        _take(handle)
        try:
            yield
        finally:
            _give_back(handle)


if sys.platform == "win32":
    import msvcrt
    import time

    def _take(handle: IO[bytes]) -> None:
        while True:
            handle.seek(0)
            try:
                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                time.sleep(_PAUSE_S)
            else:
                return

    def _give_back(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _give_back(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
