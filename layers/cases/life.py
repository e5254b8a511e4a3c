"""How one row of a ledger becomes a story of events, and the story a state again.

A record (a hazard, a penalty, a handover) begins with one event and goes on by steps, each on its
own day. :class:`Life` says which column dates which event and which columns go along with it; that
is all that telling (:func:`tell`) and retelling (:func:`lives`) need to know.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cases.known import known
from layers.events import Event
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from layers.cases.known import Entry, Known, Told
    from layers.events import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a record.

    Attributes
    ----------
    kind
        What happens.
    day
        Column with the day on which it happens; nothing happened where it is empty.
    facts
        Columns that are known from then on.
    repeats
        It may happen several times, as instalments do: the day belongs to the event's key.
    """

    kind: EventKind
    day: str
    facts: tuple[str, ...] = ()
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The steps of the records of one register.

    Attributes
    ----------
    register
        Name of the register.
    steps
        All of them; without one of the first ``births`` steps there is no record.
    subjects
        Columns that may say to whom it happens; the first that is filled counts, then the id.
    births
        Number of steps that may begin a record.
    """

    register: str
    steps: tuple[Step, ...]
    subjects: tuple[str, ...] = ("object",)
    births: int = 1

    @property
    def kinds(self) -> tuple[EventKind, ...]:
        """Kinds of event of these records."""
        return tuple(step.kind for step in self.steps)

    @property
    def columns(self) -> tuple[str, ...]:
        """Id, object, and all that the steps tell, in order."""
        told = (name for step in self.steps for name in (step.day, *step.facts))
        return tuple(dict.fromkeys(("id", "object", *told)))


def tell(life: Life, rows: pd.DataFrame) -> list[Event]:
    """Return the events that checked rows of a register report, row by row."""
    wanted = dict.fromkeys((*life.columns, *life.subjects))
    nothing = [None] * len(rows)
    cells = {name: rows[name].tolist() if name in rows else nothing for name in wanted}
    sources = source_names(rows)
    events: list[Event] = []
    for place in range(len(rows)):
        row = {name: plain(column[place]) for name, column in cells.items()}
        subject = next((row[name] for name in life.subjects if row[name]), row["id"])
        for step in life.steps:
            day = row[step.day]
            if day is None:
                continue
            key = f"{row['id']}@{day.isoformat()}" if step.repeats else row["id"]
            events.append(
                Event(kind=step.kind, subject=subject, on=day, key=key,
                      data=facts_of(row, step.facts), source=sources[place])
            )  # fmt: skip
    return events


def source_names(rows: pd.DataFrame) -> list[str]:
    """Return file, sheet and row of every row as one text."""
    parts = [
        rows[name].tolist() if name in rows else [""] * len(rows)
        for name in ("source_file", "source_sheet", "source_row")
    ]
    return ["!".join(map(str, where)) for where in zip(*parts, strict=True)]


def plain(value: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return a cell as JSON would carry it, dates as they are; missing becomes None."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return value
    return None if value is None or value != value or value is pd.NaT else value


def facts_of(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Pick what is known of *names*; dates as ISO text."""
    picked = {name: row.get(name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in picked.items()
        if value is not None and value != "" and value != []
    }


def lives(life: Life, events: Told, day: dt.date) -> dict[str, dict[str, Any]]:
    """Return the records as the events up to *day* tell them, by id.

    The columns are those of :attr:`Life.columns`. A step of a record that never began is not seen;
    of a repeated step the latest counts, of any other the one that was entered last, whomever an
    earlier entry named.
    """
    sifted = known(events, day, *life.kinds)
    readers = _readers(life)
    empty = dict.fromkeys(life.columns)
    found: dict[str, dict[str, Any]] = {}
    for number, step in enumerate(life.steps):
        for key, told in _latest(step, sifted).items():
            row = found.get(key)
            if row is None:
                if number >= life.births:
                    continue
                row = found[key] = {**empty, "id": key, "object": told.subject}
            row[step.day] = told.on
            for name in step.facts:
                value = told.data.get(name)
                if value is not None:
                    reader = readers.get(name)
                    row[name] = value if reader is None else reader(value)
    return found


def _latest(step: Step, sifted: Known) -> dict[str, Entry]:
    """Return the event of a step that counts, by the id of its record."""
    found: dict[str, Entry] = {}
    for told in sifted[step.kind]:  # by day, then by entry
        key = told.key.rpartition("@")[0] if step.repeats else told.key
        before = found.get(key)
        if before is None or step.repeats or before.seq < told.seq:
            found[key] = told
    return found


def _readers(life: Life) -> dict[str, Callable[[Any], Any]]:
    """Return how to take a fact back from JSON, for the columns where that is needed."""
    readers: dict[str, Callable[[Any], Any]] = {}
    for column in REGISTERS[life.register]:
        if column.kind == "date":
            readers[column.name] = dt.date.fromisoformat
        elif column.kind in ("list", "codes"):
            readers[column.name] = tuple
        elif column.kind in ("number", "money", "quantity"):
            readers[column.name] = float
    return readers


def frame_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return records as a frame of objects with *columns*; what a record lacks is None."""
    rows = list(rows)
    cells = {name: [row.get(name) for row in rows] for name in columns}
    return pd.DataFrame(cells, columns=list(columns), dtype=object)
