"""Cases, from filing (立案) to conclusion (结案)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import codes
from layers.cases.known import known
from layers.cases.life import Life, Step, frame_of, lives
from layers.cases.scheme_words import reader
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.known import Told
    from layers.codes import CodeTable

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


def case_states(
    events: Told, day: dt.date, *, tables: Mapping[str, CodeTable] = codes.TABLES
) -> pd.DataFrame:
    """Return the state of every case on *day*: open, decided or concluded.

    A case with a penalty is decided by that, whatever day its own ledger leaves out. Its
    behaviours are codes of the schemes in *tables*.
    """
    sifted = known(events, day, *LIFE.kinds, EventKind.PENALISED)
    found = lives(LIFE, sifted, day)
    for entry in sifted[EventKind.PENALISED]:
        case = found.get(entry.data.get("case", ""))
        if case is not None and case["decided"] is None:
            case["decided"] = entry.on
    read = reader(tables)
    for row in found.values():
        row["behaviours"] = read(row["behaviours"])
        done = "concluded" if row["concluded"] is not None else "open"
        row["state"] = "decided" if done == "open" and row["decided"] is not None else done
    return frame_of(found.values(), CASE_COLUMNS)
