"""Penalties: decided, and the money collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.cases.life import Life, Step, frame_of, lives
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd

    from layers.cases.known import Told

PENALTY_COLUMNS = (
    "id", "case", "object", "decided", "kind", "amount", "collected", "collected_on", "persons",
    "lower_bounds", "procedure", "department", "state",
)  # fmt: skip
LIFE = Life(
    register="penalties",
    subjects=("object", "case"),
    steps=(
        Step(
            kind=EventKind.PENALISED,
            day="decided",
            facts=(
                "case", "kind", "amount", "persons", "lower_bounds", "procedure", "department",
            ),
        ),
        Step(kind=EventKind.COLLECTED, day="collected_on", facts=("collected",), repeats=True),
    ),
)  # fmt: skip


def penalty_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every penalty on *day*: none (no money), due, partly or collected.

    ``collected`` is all that came in so far, in yuan; an entry of a day without a sum means that
    the whole was paid.
    """
    found = lives(LIFE, events, day)
    for row in found.values():
        if row["collected_on"] is not None and row["collected"] is None:
            row["collected"] = row["amount"]
        row["state"] = _state(row)
    return frame_of(found.values(), PENALTY_COLUMNS)


def _state(row: Mapping[str, Any]) -> str:
    if not row["amount"]:
        return "none"
    paid = row["collected"] or 0.0
    if paid <= 0:
        return "due"
    return "collected" if paid >= row["amount"] else "partly"
