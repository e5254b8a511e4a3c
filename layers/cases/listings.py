"""Listed supervision (挂牌督办) and the black list, with their terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.cases.life import Life, Step, frame_of, lives
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from layers.cases.known import Told

LISTING_COLUMNS = (
    "id", "object", "kind", "level", "reason", "start", "until", "published", "extension_asked",
    "removed", "consequences", "department", "state",
)  # fmt: skip
LIFE = Life(
    register="listings",
    steps=(
        Step(
            kind=EventKind.LISTED,
            day="start",
            facts=("kind", "level", "reason", "until", "consequences", "department"),
        ),
        Step(kind=EventKind.LIST_PUBLISHED, day="published"),
        Step(kind=EventKind.LISTING_EXTENSION, day="extension_asked"),
        Step(kind=EventKind.DELISTED, day="removed"),
    ),
)


def listing_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every listing on *day*: listed, expired or removed.

    A term that is over does not take a name off: it stays ``expired`` until somebody removes it.
    """
    found = lives(LIFE, events, day)
    for row in found.values():
        over = row["until"] is not None and row["until"] < day
        row["state"] = "removed" if row["removed"] else "expired" if over else "listed"
    return frame_of(found.values(), LISTING_COLUMNS)
