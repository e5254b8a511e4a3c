"""What the clock did last and does next, what failed, and what waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from layers.events import EventKind
from maps.messages import sentence
from scheduler.clock import key_of
from xunge import chores, occasions
from xunge.backup_shelf import on_shelf, shelf_of
from xunge.clockwork import Seen, running
from xunge.reminders import Message, messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from xunge.occasions import Failure, Occasion
    from xunge.week import Folder

ALIVE = dt.timedelta(minutes=15)
"""A clock that was not seen for longer is taken for gone, or busy with something long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoreStatus:
    """One line of the status.

    Attributes
    ----------
    last_for, last_at
        The latest moment for which the chore was done, and when that was.
    next_for
        When it runs next.
    missed
        Moments that passed without it and that will be made up, oldest first.
    failure
        The latest failed attempt at one of them.
    """

    name: str
    last_for: str
    last_at: str
    next_for: dt.datetime
    missed: tuple[dt.datetime, ...]
    failure: Failure | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "chore": self.name, "last_for": self.last_for or None, "last_at": self.last_at or None,
            "next_for": key_of(self.next_for), "missed": [key_of(one) for one in self.missed],
            "failure": None if self.failure is None else {
                "said": self.failure.said, "at": self.failure.at.isoformat(),
                "attempts": self.failure.attempts,
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStatus:
    """What the clock of a folder did and does."""

    now: dt.datetime
    clocks: tuple[Seen, ...]
    chores: tuple[ChoreStatus, ...]
    waiting: tuple[Message, ...]
    refused: Mapping[str, Sequence[str]]
    last_backup: str

    @property
    def alive(self) -> bool:
        """Whether a clock looked within the last quarter of an hour."""
        return any(self.now - one.looked <= ALIVE for one in self.clocks)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "now": self.now.isoformat(timespec="seconds"), "alive": self.alive,
            "clocks": [one.to_json() for one in self.clocks],
            "chores": [one.to_json() for one in self.chores],
            "reminders_waiting": [
                {"channel": one.channel, "made": one.made.isoformat(), "stages": len(one.raised),
                 "attempts": one.attempts, "failed": one.failed} for one in self.waiting
            ],
            "receivers_refused": {name: list(those) for name, those in self.refused.items()},
            "last_backup": self.last_backup or None,
        }  # fmt: skip


def status_of(folder: Folder, *, now: dt.datetime | None = None) -> ClockStatus:
    """Return what the clock of a folder did and does, as of *now*."""
    at = chores.moment_of(folder, now)
    open_: dict[str, list[Occasion]] = {}
    for task, occasion in chores.due_occasions(folder, now=at):
        if not task.too_late(occasion):
            open_.setdefault(task.chore.name, []).append(occasion)
    last, failed = _last_runs(), occasions.failures()
    lines = []
    for task in chores.timetable(folder.settings):
        name = task.chore.name
        mine = tuple(one.moment for one in open_.get(name, ()))
        tries = [failed[name, key_of(one)] for one in mine if (name, key_of(one)) in failed]
        done_for, done_at = last.get(name, ("", ""))
        lines.append(
            ChoreStatus(
                name=name, last_for=done_for, last_at=done_at, next_for=task.chore.next_due(at),
                missed=mine, failure=max(tries, key=lambda one: one.at, default=None),
            )
        )  # fmt: skip
    return ClockStatus(
        now=at, clocks=tuple(running(folder.path, now=at)), chores=tuple(lines),
        waiting=tuple(one for one in messages() if not one.sent), refused=_refused(),
        last_backup=_last_backup(folder),
    )  # fmt: skip


def _last_runs() -> dict[str, tuple[str, str]]:
    """Return for each chore the latest moment that it was done for, and when that was."""
    from xunge.web.ledger import frames

    found: dict[str, tuple[str, str]] = {}
    for row in frames.event_rows(EventKind.CHORE):
        found[row["subject"]] = max(
            found.get(row["subject"], ("", "")), (row["key"], row["data"]["at"])
        )
    return found


def _refused() -> dict[str, list[str]]:
    """Return by channel the receivers that the latest message did not reach."""
    from xunge.web.ledger import frames

    found: dict[str, list[str]] = {}
    for row in frames.event_rows(EventKind.MESSAGE):
        if row["key"].endswith("/sent"):
            found[row["subject"]] = row["data"].get("refused", [])
    return {name: those for name, those in found.items() if those}


def _last_backup(folder: Folder) -> str:
    there = list(on_shelf(shelf_of(folder.path, folder.settings)).values())
    return there[-1].isoformat(sep=" ") if there else ""


def show(status: ClockStatus, *, console: Console, lang: str) -> None:
    """Print the status as a table and what needs attention below it."""

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    table = Table(box=None, header_style="bold")
    for code in ("chore", "last", "next", "missed"):
        table.add_column(say(f"clock_column_{code}"), overflow="fold")
    for one in status.chores:
        last = _plain(one.last_at) if one.last_at else "—"
        table.add_row(
            say(f"chore_{one.name}"), last, one.next_for.strftime("%Y-%m-%d %H:%M"),
            str(len(one.missed) or ""),
        )  # fmt: skip
    seen = max((one.looked for one in status.clocks), default=None)
    code = "clock_alive" if status.alive else "clock_gone" if seen else "clock_unseen"
    console.print(say(code, seen=seen and seen.strftime("%Y-%m-%d %H:%M"),
                      count=len(status.clocks)))  # fmt: skip
    console.print(table)
    for one in status.chores:
        if one.failure is not None:
            console.print(say("clock_failed", chore=say(f"chore_{one.name}"), said=one.failure.said,
                              attempts=one.failure.attempts,
                              at=one.failure.at.strftime("%Y-%m-%d %H:%M")))  # fmt: skip
    for message in status.waiting:
        console.print(say("clock_waiting", channel=message.channel, made=message.made,
                          count=len(message.raised), attempts=message.attempts,
                          said=message.failed or "—"))  # fmt: skip
    for name, those in status.refused.items():
        console.print(say("clock_refused", channel=name, names=list(those)))
    console.print(say("clock_backup", at=status.last_backup or "—"))


def _plain(moment: str) -> str:
    return dt.datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M")
