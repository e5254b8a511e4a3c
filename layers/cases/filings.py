"""Cases, from filing (立案) to conclusion (结案)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.cases.known import known
from layers.cases.life import Life, Step, frame_of, lives
from layers.cases.scheme_words import scheme_codes
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from layers.cases.known import Told

CASE_COLUMNS = (
    "id", "object", "filed", "kind", "procedure", "behaviours", "department", "report", "visit",
    "decided", "concluded", "outcome", "state",
)  # fmt: skip
LIFE = Life(
    register="cases",
    steps=(
        Step(
            kind=EventKind.FILED,
            day="filed",
            facts=("kind", "procedure", "behaviours", "department", "report", "visit"),
        ),
        Step(kind=EventKind.DECIDED, day="decided"),
        Step(kind=EventKind.CONCLUDED, day="concluded", facts=("outcome",)),
    ),
)


def case_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every case on *day*: open, decided or concluded.

    A case with a penalty is decided by that, whatever day its own ledger leaves out.
    """
    sifted = known(events, day, *LIFE.kinds, EventKind.PENALISED)
    found = lives(LIFE, sifted, day)
    for entry in sifted[EventKind.PENALISED]:
        case = found.get(entry.data.get("case", ""))
        if case is not None and case["decided"] is None:
            case["decided"] = entry.on
    for row in found.values():
        row["behaviours"] = scheme_codes(row["behaviours"])
        done = "concluded" if row["concluded"] is not None else "open"
        row["state"] = "decided" if done == "open" and row["decided"] is not None else done
    return frame_of(found.values(), CASE_COLUMNS)
