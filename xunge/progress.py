"""Progress of long work on stderr, when somebody is looking."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.console import Console

from maps.messages import load, sentence


class Progress:
    """Tell on stderr which stage ends, if that is a terminal; silent otherwise."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status = self._console.status("…") if sys.stderr.isatty() else None
        self.times: list[tuple[str, float]] = []

    def __enter__(self) -> Self:
        """Start the clock and the line."""
        self._last = time.perf_counter()
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()

    def rows(self, done: int, total: int) -> None:
        """Tell how many rows of a long table are done, a line each time where nobody looks."""
        said = sentence("progress_rows", done=f"{done:,}", total=f"{total:,}")
        if self._status is not None:
            self._status.update(said)
        else:
            self._console.print(said, markup=False)

    def __call__(self, stage: str) -> None:
        """Note that *stage* has ended."""
        now = time.perf_counter()
        self.times.append((stage, now - self._last))
        self._last = now
        if self._status is not None:
            code = f"stage_{stage.partition(' ')[0]}"
            self._status.update(sentence(code) if code in load() else stage)
