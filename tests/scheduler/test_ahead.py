"""Compiling ahead: another process may do it, and nobody depends on that."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from scheduler import ahead
from scheduler.kernel import compiler, week_search

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _leave_a_note() -> None:
    with open(os.environ["NOTE"], "w") as note:  # noqa: PTH123
        note.write(str(os.getpid()))


def test_another_process_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done by another process, and is waited for only while something is missing."""
    note = tmp_path / "note"
    monkeypatch.setenv("NOTE", str(note))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(compiler, "missing", lambda function: not note.exists())
    ahead.start(_leave_a_note)
    ahead.wait_for(week_search.search)
    while not note.read_text():
        time.sleep(0.01)
    assert note.read_text() != str(os.getpid())
    ahead._busy[0].join()
    note.unlink()
    ahead.wait_for(week_search.search)  # it has ended: here it is done then
    assert not ahead._busy


def test_one_core_does_one_thing_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one core no process is started."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    ahead.start(_leave_a_note)
    assert not ahead._busy


class _Stats:
    cache_path = ""


class _Kept:
    stats = _Stats

    @staticmethod
    def py_func() -> None:
        """Do nothing."""


def test_what_is_on_disk_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function is missing where it can be kept and has not been compiled; else it is not."""
    monkeypatch.setattr(_Stats, "cache_path", str(tmp_path))
    name = _Kept.py_func.__qualname__
    assert compiler.missing(_Kept)
    (tmp_path / f"file.{name}-7.py311.nbi").touch()
    assert compiler.missing(_Kept)
    (tmp_path / f"file.{name}-7.py311.1.nbc").touch()
    assert not compiler.missing(_Kept)
    monkeypatch.setattr(_Stats, "cache_path", None)  # nothing can be written
    assert not compiler.missing(_Kept)
    assert not compiler.missing(lambda x: x)  # without numba
