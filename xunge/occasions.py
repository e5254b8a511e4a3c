"""A chore and the moment it is for: what was done, what failed, and when to try again.

All of it are events. A chore is on record once for every moment, which the database itself sees to.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind
from scheduler.clock import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xunge.week import Folder

LONGEST_PAUSE = dt.timedelta(days=1)
"""Between two attempts at a chore that fails, at most (product choice)."""


def no_progress(stage: str) -> None:
    """Listen to the stages of a chore, and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One run of a chore.

    Attributes
    ----------
    moment
        The time it is for, which may lie days back where it is made up.
    now
        The present moment.
    progress
        Told the name of every stage as it ends.
    """

    folder: Folder
    chore: str
    moment: dt.datetime
    now: dt.datetime
    progress: Callable[[str], None] = field(default=no_progress)

    @property
    def day(self) -> dt.date:
        """The day the run is for."""
        return self.moment.date()

    @property
    def lang(self) -> str:
        """The language of the bureau."""
        return self.folder.settings.bureau.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The latest of some failed attempts at a chore for one moment."""

    attempts: int
    at: dt.datetime
    said: str

    def next_attempt(self, *, first: dt.timedelta) -> dt.datetime:
        """Return when to try again: pauses double from *first* up to :data:`LONGEST_PAUSE`."""
        doubled: dt.timedelta = first * 2 ** min(self.attempts - 1, 20)
        return self.at + min(doubled, LONGEST_PAUSE)


def settle(occasion: Occasion, data: Mapping[str, Any], *, events: Iterable[Event] = ()) -> None:
    """Put on record that a chore was done, and what it raised, all of it or nothing.

    Raises
    ------
    xunge.web.database.TakenError
        If another clock has written the same just now; running again finds it done.
    """
    chore = Event(
        kind=EventKind.CHORE, subject=occasion.chore, on=occasion.now.date(),
        key=key_of(occasion.moment),
        data={**data, "at": occasion.now.isoformat(timespec="seconds")},
    )  # fmt: skip
    append([*events, chore], day=occasion.now.date())


def append(events: Iterable[Event], *, day: dt.date) -> int:
    """Append what is not on record yet as one batch of the clock; return how many that were.

    Raises
    ------
    xunge.web.database.TakenError
    """
    from xunge.web import database
    from xunge.web.ledger import frames

    with database.all_or_nothing():
        batch = frames.open_batch("clock", day=day, files=[], summary={})
        new = frames.append(events, batch=batch)
        if not new:
            database.forget()
    return new


def record_failure(occasion: Occasion, said: str) -> None:
    """Put on record that a chore could not be done, and why."""
    tried = failures().get((occasion.chore, key_of(occasion.moment)))
    number = tried.attempts + 1 if tried else 1
    event = Event(
        kind=EventKind.CHORE_FAILED, subject=occasion.chore, on=occasion.now.date(),
        key=f"{key_of(occasion.moment)}#{number}",
        data={"said": said, "at": occasion.now.isoformat(timespec="seconds")},
    )  # fmt: skip
    append([event], day=occasion.now.date())


def done(*, since: dt.date) -> dict[str, set[str]]:
    """Return for which moments each chore was done, from those on record since a day.

    The first moment of all is always among them, so that nothing before it counts as missed.
    """
    from xunge.web.ledger import frames

    found: dict[str, set[str]] = {}
    for name, key in frames.keyed(EventKind.CHORE):
        found.setdefault(name, set()).add(key)
    return {
        name: {min(keys)} | {key for key in keys if key[:10] >= since.isoformat()}
        for name, keys in found.items()
    }


def failures() -> dict[tuple[str, str], Failure]:
    """Return the failed attempts by chore and moment, also of those that were done later."""
    from xunge.web.ledger import frames

    found: dict[tuple[str, str], Failure] = {}
    for row in frames.event_rows(EventKind.CHORE_FAILED):
        moment, _, number = row["key"].rpartition("#")
        found[row["subject"], moment] = Failure(
            attempts=int(number), at=dt.datetime.fromisoformat(row["data"]["at"]),
            said=row["data"]["said"],
        )  # fmt: skip
    return found
