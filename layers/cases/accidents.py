"""Accidents and how grave they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.cases.life import Life, Step, frame_of, lives
from layers.events import EventKind

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from layers.cases.known import Told

ACCIDENT_COLUMNS = (
    "id", "object", "on", "deaths", "injured", "lower_bounds", "illegal", "concealed",
    "description", "department", "grade",
)  # fmt: skip
GRADES = ((30, "extreme"), (10, "major"), (3, "larger"), (0, "general"))
"""Fewest deaths of each grade (克安发〔2013〕9号; 生产安全事故报告和调查处理条例 §3)."""
LIFE = Life(
    register="accidents",
    steps=(
        Step(
            kind=EventKind.ACCIDENT,
            day="on",
            facts=(
                "deaths", "injured", "lower_bounds", "illegal", "concealed", "description",
                "department",
            ),
        ),
    ),
)  # fmt: skip


def accident_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return every accident up to *day* with its grade by deaths."""
    found = lives(LIFE, events, day)
    for row in found.values():
        row["deaths"], row["injured"] = row["deaths"] or 0, row["injured"] or 0
        row["illegal"], row["concealed"] = bool(row["illegal"]), bool(row["concealed"])
        row["grade"] = next(name for fewest, name in GRADES if row["deaths"] >= fewest)
    return frame_of(found.values(), ACCIDENT_COLUMNS)
