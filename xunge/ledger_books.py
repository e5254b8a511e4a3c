"""The bureau's ledgers as workbooks, as they were known on any day: a view that can be kept.

What is written can be taken in again: a new folder with these ledgers knows the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import cases
from layers.books import write_table
from layers.cases.life import frame_of, lives
from layers.events import EventKind
from layers.rows import records
from layers.schema import REGISTERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from layers.cases.life import Life
    from layers.codes import CodeTable
    from layers.schema import Register
    from xunge.knowledge import Knowledge


class FolderInUseError(ValueError):
    """The ``folder`` to write into has something in it."""

    code = "folder_not_empty"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = str(folder)


# Columns of a register that events, not its rows, know best.
_FROM_EVENTS = {
    "sites": ("status", "closed", "discovered", "behaviour"),
    "reports": ("verified", "outcome"),
}


def ledger_rows(
    known: Knowledge, events: pd.DataFrame, *, persons: bool
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Return the rows of every ledger by register, in the order of an import.

    Parameters
    ----------
    known
        What is known on the day.
    events
        All events that are known, for what a ledger told and no state holds.
    persons
        With personal data; without them those columns are empty.
    """
    made = {name: _lives(life, events, known.day) for name, life in cases.LIVES.items()}
    made |= {"closures": _closures(known), "rewards": _rewards(events, known.day)}
    rows = {}
    for name, register in REGISTERS.items():
        frame = made.get(name)
        if frame is None:
            frame = known.registers.get(name, getattr(known, name, None))
        if frame is None or frame.empty:
            continue
        if name in _FROM_EVENTS:
            frame = _brought_up(frame, getattr(known, name), _FROM_EVENTS[name])
        rows[name] = _shown(register, frame, persons=persons)
    return rows


def _shown(register: Register, frame: pd.DataFrame, *, persons: bool) -> pd.DataFrame:
    kept = [column.name for column in register if column.name in frame and not column.discarded]
    hidden = [] if persons else [column.name for column in register if column.sensitive]
    if "lower_bounds" in kept:
        frame = frame.assign(lower_bounds=_bounds(register, frame["lower_bounds"]))
    shown = frame[[*kept, *(["extra"] if persons and "extra" in frame else [])]]
    return shown.drop(columns=[name for name in hidden if name in shown])


def _bounds(register: Register, cells: pd.Series) -> pd.Series:
    """Return which numbers are only lower bounds, by the titles of their columns."""
    titles = [
        tuple(register[name].title if name in register else str(name) for name in names)
        if isinstance(names, tuple | list)
        else ()
        for names in cells
    ]
    return pd.Series(titles, index=cells.index, dtype=object)


def _brought_up(
    rows: pd.DataFrame, states: pd.DataFrame, names: tuple[str, ...]
) -> pd.DataFrame:  # fmt: skip
    """Return register rows with what the events say of them, without those nobody knew yet."""
    by_id = states.set_index("id")
    seen = rows[rows["id"].isin(by_id.index)].copy()
    for name in names:
        if name in by_id:
            seen[name] = by_id[name].reindex(seen["id"]).to_numpy(dtype=object)
    return seen


def _lives(life: Life, events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the records as their own ledger tells them, without what follows from that."""
    return frame_of(lives(life, events, day).values(), life.columns)


def _closures(known: Knowledge) -> pd.DataFrame:
    rows = [
        {"site": row["site"], "item": item, "done": fact["done"], "proof": fact["proof"],
         "published": row["published"], "department": row["department"]}
        for row in records(known.closures)
        for item, fact in row["items"].items()
    ]  # fmt: skip
    return pd.DataFrame(rows, dtype=object)


def _rewards(events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    rows = [
        {"id": row["key"], "report": row["subject"], "on": row["on"],
         "amount": row["data"].get("amount"), "lower_bounds": row["data"].get("lower_bounds")}
        for row in records(cases.known_on(events, day, EventKind.REWARDED))
    ]  # fmt: skip
    return pd.DataFrame(rows, dtype=object)


def write_ledgers(
    rows: Mapping[str, pd.DataFrame], folder: Path, *, tables: Mapping[str, CodeTable]
) -> dict[str, Any]:  # fmt: skip
    """Write one workbook for each register into *folder*; return file names and numbers of rows.

    Raises
    ------
    FolderInUseError
        If the folder has anything in it: nothing is overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderInUseError(folder)
    written = {}
    for name, frame in rows.items():
        file = folder / f"{REGISTERS[name].title}.xlsx"
        write_table(file, REGISTERS[name], frame, tables=tables)
        written[file.name] = len(frame)
    return written
