"""Cases handed over to another department or to criminal justice, until it says what came of it."""

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

HANDOVER_COLUMNS = (
    "id", "case", "object", "sent", "sender", "receiver", "kind", "receipt", "early_intervention",
    "accepted", "concluded", "outcome", "persons", "detained", "lower_bounds", "department",
    "state",
)  # fmt: skip
LIFE = Life(
    register="handovers",
    subjects=("object", "case"),
    steps=(
        Step(
            kind=EventKind.SENT,
            day="sent",
            facts=("case", "sender", "receiver", "kind", "persons", "lower_bounds"),
        ),
        Step(kind=EventKind.INTERVENED, day="early_intervention"),
        Step(kind=EventKind.RECEIVED, day="receipt"),
        Step(kind=EventKind.ACCEPTED, day="accepted", facts=("detained",)),
        Step(kind=EventKind.HANDOVER_ENDED, day="concluded", facts=("outcome",)),
    ),
)


def handover_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every handover: sent, received, accepted, returned or done.

    ``persons`` are those handed over, ``detained`` those in criminal detention; neither is a number
    of cases. The department is the one that sent it.
    """
    found = lives(LIFE, events, day)
    for row in found.values():
        row["department"] = row["sender"]
        row["state"] = _state(row)
    return frame_of(found.values(), HANDOVER_COLUMNS)


def _state(row: Mapping[str, Any]) -> str:
    if row["concluded"] is not None:
        return "returned" if row["outcome"] == "returned" else "done"
    if row["accepted"] is not None:
        return "accepted"
    return "received" if row["receipt"] is not None else "sent"
