"""The secret of a folder, by which dates are moved at random that nobody shall work out.

It stands in the database as one event and in no file that is made: seeds of draws become public,
and whoever knew the seed could work out the dates. Where the seed of a week is given by hand, so
that a run can be repeated, the key follows from that of the first such week.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from layers.events import Event, EventKind

if TYPE_CHECKING:
    import pandas as pd

_ALWAYS = dt.date(1970, 1, 1)  # the key holds for every day that anybody looks at


def keep_key(day: dt.date, *, seed: str | None) -> None:
    """Make the key of the open folder on *day*, unless it has one."""
    from xunge.web import database
    from xunge.web.ledger import frames

    if len(frames.events(EventKind.KEYED)):
        return
    known = seed if seed is not None else secrets.token_hex(16)
    key = hashlib.sha256(f"revisits|{known}".encode()).hexdigest()[:32]
    with database.all_or_nothing():
        batch = frames.open_batch("key", day=day, files=[], summary={})
        made = Event(kind=EventKind.KEYED, subject="revisits", on=_ALWAYS, data={"key": key})
        frames.append([made], batch=batch)


def key_of(events: pd.DataFrame) -> str:
    """Return the key among *events*; empty where the folder has none yet."""
    found = events[events["kind"] == EventKind.KEYED.value]
    return str(found["data"].iloc[0]["key"]) if len(found) else ""
