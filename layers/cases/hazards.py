"""Hazards, from the day they are found to the day they are struck off (销号)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import codes
from layers.cases.known import known
from layers.cases.life import Life, Step, frame_of, lives
from layers.cases.orders import order_rows
from layers.cases.scheme_words import reader
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd

    from layers.cases.known import Known, Told
    from layers.codes import CodeTable

HAZARD_COLUMNS = (
    "id", "object", "visit", "found", "mode", "serious", "types", "description", "source",
    "responsible", "order", "deadline", "rectified", "cancelled", "department", "state",
)  # fmt: skip
LIFE = Life(
    register="hazards",
    steps=(
        Step(
            kind=EventKind.FOUND,
            day="found",
            facts=(
                "visit", "mode", "grade", "types", "description", "source", "responsible", "order",
                "deadline", "department",
            ),
        ),
        Step(kind=EventKind.RECTIFIED, day="rectified"),
        Step(kind=EventKind.STRUCK_OFF, day="cancelled"),
    ),
)  # fmt: skip


def hazard_states(
    events: Told, day: dt.date, *, tables: Mapping[str, CodeTable] = codes.TABLES
) -> pd.DataFrame:
    """Return the state of every hazard on *day*: open, overdue, rectified or cancelled.

    A hazard is rectified when its ledger says so, or when the order that names it was found met. It
    is cancelled when it was struck off, or when its object was closed for good. Without either it
    is overdue from the day after its deadline. Its types are codes of the schemes in *tables*.
    """
    kinds = (*LIFE.kinds, EventKind.CLOSED, EventKind.ORDERED, EventKind.REVIEWED)
    sifted = known(events, day, *kinds)
    found = lives(LIFE, sifted, day)
    _take_reviews(found, sifted, day)
    closed = {entry.subject: entry.on for entry in sifted[EventKind.CLOSED]}
    read = reader(tables)
    for row in found.values():
        end = closed.get(row["object"])
        if row["cancelled"] is None and end is not None and end >= row["found"]:
            row["cancelled"] = end
        row["serious"] = row["grade"] == "serious"
        row["types"] = read(row["types"])
        row["state"] = _state(row, day)
    return frame_of(found.values(), HAZARD_COLUMNS)


def _take_reviews(found: Mapping[str, dict[str, Any]], sifted: Known, day: dt.date) -> None:
    named = {row["order"] for row in found.values() if row["order"] and row["rectified"] is None}
    if not named:
        return
    met = {
        id_: order["reviewed"]
        for id_, order in order_rows(sifted, day).items()
        if order["state"] == "met" and id_ in named
    }
    for row in found.values():
        if row["rectified"] is None and row["order"] in met:
            row["rectified"] = met[row["order"]]


def _state(row: Mapping[str, Any], day: dt.date) -> str:
    if row["cancelled"] is not None:
        return "cancelled"
    if row["rectified"] is not None:
        return "rectified"
    return "overdue" if row["deadline"] is not None and row["deadline"] < day else "open"
