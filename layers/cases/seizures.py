"""Places sealed and goods seized, with their measures and their term."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from layers.cases.life import Life, Step, frame_of, lives
from layers.events import EventKind
from layers.quantities import items_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd

    from layers.cases.known import Told

SEIZURE_COLUMNS = (
    "id", "case", "object", "on", "kind", "goods", "quantity", "unit", "at_least", "items",
    "storage", "until", "extended", "lifted", "disposal", "department", "state",
)  # fmt: skip
TERM_DAYS = 30
"""行政强制法 §25: at most 30 days, 30 more where the head of the authority approves."""
LIFE = Life(
    register="seizures",
    subjects=("object", "case"),
    steps=(
        Step(
            kind=EventKind.SEIZED,
            day="on",
            facts=(
                "case", "kind", "goods", "quantity", "unit", "at_least", "storage", "until",
                "department",
            ),
        ),
        Step(kind=EventKind.SEIZURE_EXTENDED, day="extended"),
        Step(kind=EventKind.LIFTED, day="lifted", facts=("disposal",)),
    ),
)  # fmt: skip


def seizure_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every seizure on *day*: held, overdue or lifted.

    ``until`` is the day that the ledger gives, else 30 days after the seizure, 60 once it was
    extended. ``quantity``, ``unit`` and ``at_least`` are of the first of ``items``, which has one
    :class:`layers.quantities.Quantity` for each kind of goods that the ledger names.
    """
    found = lives(LIFE, events, day)
    for row in found.values():
        if row["until"] is None:
            terms = 1 if row["extended"] is None else 2
            row["until"] = row["on"] + dt.timedelta(days=terms * TERM_DAYS)
        row["items"] = items_of(row)
        if row["quantity"] is None and row["items"]:
            first = row["items"][0]
            row.update(quantity=first.number or None, unit=first.unit or None)
            row["at_least"] = first.at_least
            if len(row["items"]) == 1:
                row["goods"] = first.goods or row["goods"]
        row["at_least"] = bool(row["at_least"])
        row["state"] = _state(row, day)
    return frame_of(found.values(), SEIZURE_COLUMNS)


def _state(row: Mapping[str, Any], day: dt.date) -> str:
    if row["lifted"] is not None:
        return "lifted"
    return "overdue" if row["until"] < day else "held"
