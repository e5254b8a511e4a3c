"""Visits, as they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cases.known import known
from layers.cases.life import facts_of
from layers.events import Event, EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from layers.cases.known import Told

VISIT_COLUMNS = (
    "id", "object", "date", "kind", "inspectors", "departments", "experts", "vehicles",
    "findings", "serious_findings", "lower_bounds", "result", "note",
)  # fmt: skip


def visit_events(row: Mapping[str, Any], source: str) -> list[Event]:
    """Return the event of a row of the ledger of visits."""
    facts = facts_of(row, VISIT_COLUMNS[3:])
    return [
        Event(kind=EventKind.VISITED, subject=row["object"], on=row["date"], key=row["id"],
              data=facts, source=source)
    ]  # fmt: skip


def visits_as_of(events: Told, day: dt.date) -> pd.DataFrame:
    """Return every visit made up to *day*, one row each, oldest first."""
    told = known(events, day, EventKind.VISITED)[EventKind.VISITED]
    cells = {
        "id": [entry.key for entry in told],
        "object": [entry.subject for entry in told],
        "date": [entry.on for entry in told],
        **{name: [entry.data.get(name) for entry in told] for name in VISIT_COLUMNS[3:]},
    }
    return pd.DataFrame(cells, columns=list(VISIT_COLUMNS), dtype=object)
