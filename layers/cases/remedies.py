"""Hearings, reconsiderations and suits against a decision, and its enforcement by court."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.cases.life import Life, Step, frame_of, lives
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from layers.cases.known import Told

REMEDY_COLUMNS = (
    "id", "case", "object", "kind", "filed", "stage", "outcome", "concluded", "amount",
    "lower_bounds", "department", "state",
)  # fmt: skip
LIFE = Life(
    register="remedies",
    subjects=("object", "case"),
    steps=(
        Step(
            kind=EventKind.CONTESTED,
            day="filed",
            facts=("case", "kind", "stage", "amount", "lower_bounds", "department"),
        ),
        Step(kind=EventKind.CONTEST_ENDED, day="concluded", facts=("outcome",)),
    ),
)


def remedy_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every remedy on *day*: open or concluded."""
    found = lives(LIFE, events, day)
    for row in found.values():
        row["state"] = "open" if row["concluded"] is None else "concluded"
    return frame_of(found.values(), REMEDY_COLUMNS)
