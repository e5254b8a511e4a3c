"""Work taken up again after a suspension: asked for, examined, accepted, or simply done."""

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

RESTART_COLUMNS = (
    "id", "object", "applied", "examined", "items", "ok", "signer", "outcome", "restarted",
    "department", "state",
)  # fmt: skip
ITEMS = ("measures", "licences", "conditions")
"""“三不”: 安全措施不落实不复工, 证照不齐全不复产, 安全条件不具备不复产 (克安发〔2013〕9号)."""
LIFE = Life(
    register="restarts",
    births=3,
    steps=(
        Step(kind=EventKind.RESTART_APPLIED, day="applied", facts=("department",)),
        Step(
            kind=EventKind.RESTART_EXAMINED,
            day="examined",
            facts=("items", "signer", "outcome", "department"),
        ),
        Step(kind=EventKind.RESTARTED, day="restarted", facts=("department",)),
    ),
)


def restart_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return every restart on *day*: applied, accepted, refused or unaccepted_restart.

    Who produces again without an examination that accepted it by then has restarted unaccepted
    (违法行为 K3). ``items`` are those of :data:`ITEMS` that were found in order, ``ok`` says
    whether all were.
    """
    found = lives(LIFE, events, day)
    for row in found.values():
        row["items"] = row["items"] or ()
        row["ok"] = set(ITEMS) <= set(row["items"])
        row["state"] = _state(row)
    return frame_of(found.values(), RESTART_COLUMNS)


def _state(row: Mapping[str, Any]) -> str:
    accepted = row["outcome"] == "accepted"
    began = row["restarted"]
    if began is not None and not (accepted and row["examined"] <= began):
        return "unaccepted_restart"
    if row["outcome"] is None:
        return "applied"
    return "accepted" if accepted else "refused"
