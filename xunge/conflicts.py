"""Rows of results that contradict what is known, kept until somebody decides.

A conflict is an event; what was decided about it is another. The row stays as it came, with its
file, sheet and line, whatever becomes of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind, canonical_json
from layers.rows import records
from xunge.corrections import OF_VISITS, Correction, Told
from xunge.lock import alone
from xunge.result_files import RESULTS
from xunge.result_rows import Plans, events_of, fault_of, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from xunge.week import Folder

_DAYS = tuple(column.name for column in RESULTS if column.kind == "date")


class ConflictError(ValueError):
    """A conflict cannot be settled as asked; ``code`` says why, ``value`` what about."""

    def __init__(self, code: str, *, value: str = "", known: str = "") -> None:
        super().__init__(f"{code}: {value}")
        self.code = code
        self.value = value
        self.known = known


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One row that nobody could take in as it is.

    Attributes
    ----------
    id
        By its content: the same row in any file is the same conflict.
    code
        ``results_conflict`` (another result is known) or ``unknown_visit`` (no plan has this visit
        at this object).
    row
        The row by the column names of the results workbook, days as ISO text.
    file, sheet, line
        Where it stood.
    entered
        The day on which it came.
    known
        Day and result of what is known of the visit, for people; empty where nothing is.
    settled
        What was decided: take, by, why; None while it is open.
    """

    id: str
    code: str
    row: Mapping[str, Any]
    file: str
    sheet: str
    line: int
    entered: dt.date
    known: str = ""
    settled: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        row: Mapping[str, Any],
        *,
        code: str,
        day: dt.date,
        standing: Sequence[Mapping[str, Any]],
    ) -> Conflict:
        """Return the conflict of a checked row with the events that stand against it."""
        kept = {
            column.name: _plain(row[column.name])
            for column in RESULTS
            if given(row[column.name]) and row[column.name] != ()
        }
        body = canonical_json(kept).encode("utf-8")
        return cls(
            id=f"C{hashlib.sha256(body).hexdigest()[:8].upper()}", code=code, row=kept,
            file=row["source_file"], sheet=row["source_sheet"], line=int(row["source_row"]),
            entered=day, known=_told(standing),
        )  # fmt: skip

    @property
    def visit(self) -> str:
        """The visit that the row names."""
        return str(self.row["visit"])

    def place(self) -> dict[str, Any]:
        """Return where the row stood, by the names that checked rows have."""
        return {"source_file": self.file, "source_sheet": self.sheet, "source_row": self.line}

    def event(self) -> Event:
        """Return the event that keeps the conflict."""
        return Event(
            kind=EventKind.CONFLICT, subject=str(self.row["object"]), on=self.entered, key=self.id,
            data={"code": self.code, "row": dict(self.row), "known": self.known,
                  "file": self.file, "sheet": self.sheet, "line": self.line},
            source=f"{self.file}!{self.sheet}!{self.line}",
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"id": self.id, "code": self.code, "row": dict(self.row), "file": self.file,
                "sheet": self.sheet, "line": self.line, "entered": self.entered.isoformat(),
                "known": self.known,
                "settled": None if self.settled is None else dict(self.settled)}  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    return value.isoformat() if isinstance(value, dt.date) else value


def _told(standing: Sequence[Mapping[str, Any]]) -> str:
    """Return day and result of what was reported of a visit before."""
    if not standing:
        return ""
    report = next((row for row in standing if row["kind"] == EventKind.VISITED), standing[0])
    said = report["data"].get("result") or report["data"].get("reason") or ""
    return f"{report['on']} {said}".strip()


def known_ids(events: pd.DataFrame) -> set[str]:
    """Return the ids of the conflicts in *events*."""
    return set(events["key"])


def conflicts_of(events: pd.DataFrame) -> list[Conflict]:
    """Return every conflict, settled or not, in the order in which they came."""
    rows = records(events)
    settled = {row["key"]: row["data"] for row in rows if row["kind"] == EventKind.RESOLVED}
    return [
        Conflict(
            id=row["key"], code=row["data"]["code"], row=row["data"]["row"],
            file=row["data"]["file"], sheet=row["data"]["sheet"], line=row["data"]["line"],
            entered=row["on"], known=row["data"]["known"], settled=settled.get(row["key"]),
        )
        for row in rows if row["kind"] == EventKind.CONFLICT
    ]  # fmt: skip


def read_conflicts() -> list[Conflict]:
    """Return every conflict of the open folder."""
    from xunge.web.ledger import frames

    return conflicts_of(frames.events(EventKind.CONFLICT, EventKind.RESOLVED))


def settle(
    folder: Folder,
    id_: str,
    *,
    take: str,
    correction: Correction,
    today: dt.date,
    visit: str = "",
    object_: str = "",
    kind: str = "",
) -> Conflict:
    """Decide a conflict: ``known`` keeps what is known, ``incoming`` takes the row.

    A row that is taken puts right what is known of its visit. Where the row named a wrong visit or
    object, *visit* and *object_* say which was meant. A visit that no plan has is taken as made
    without one if *kind* says what kind it was.

    Raises
    ------
    ConflictError
        If there is no such open conflict, or the row cannot be taken like this.
    """
    from xunge.web import database
    from xunge.web.ledger import frames

    with alone(folder.path):
        found = {one.id: one for one in read_conflicts()}
        open_ = [one.id for one in found.values() if one.settled is None]
        if id_ not in open_:
            code = "conflict_settled" if id_ in found else "conflict_unknown"
            raise ConflictError(code, value=id_, known="、".join(open_))
        conflict = found[id_]
        row = _mended(conflict, visit=visit, object_=object_)
        events = []
        if take == "incoming":
            events = _taken(row, correction, kind=kind, today=today)
        meant = {"visit": visit, "object": object_, "kind": kind}
        decided = {"take": take, "by": correction.by.strip(), "why": correction.why.strip(),
                   **{name: value for name, value in meant.items() if value}}  # fmt: skip
        events.append(
            Event(kind=EventKind.RESOLVED, subject=str(conflict.row["object"]), on=today, key=id_,
                  data=decided)
        )  # fmt: skip
        with database.all_or_nothing():
            batch = frames.open_batch("conflicts", day=today, files=[], summary={"settled": id_})
            frames.append(events, batch=batch)
    return next(one for one in read_conflicts() if one.id == id_)


def _mended(conflict: Conflict, *, visit: str, object_: str) -> dict[str, Any]:
    """Return the row of a conflict as a checked row, with what was meant."""
    row: dict[str, Any] = {column.name: conflict.row.get(column.name) for column in RESULTS}
    row |= {name: dt.date.fromisoformat(row[name]) for name in _DAYS if row[name]}
    row |= {"visit": visit or row["visit"], "object": object_ or row["object"]}
    return {**row, **conflict.place()}


def _taken(
    row: Mapping[str, Any], correction: Correction, *, kind: str, today: dt.date
) -> list[Event]:
    from xunge.web.ledger import frames

    plans = Plans()
    planned = plans.visit(row["visit"])
    if planned is None and not kind:
        raise ConflictError("conflict_needs_kind", value=row["visit"])
    if planned is not None and planned["object"] != row["object"]:
        raise ConflictError("conflict_other_object", value=row["object"], known=planned["object"])
    if planned is None and not _is_object(row["object"]):
        raise ConflictError("conflict_unknown_object", value=row["object"])
    made = planned or {"id": row["visit"], "object": row["object"], "kind": kind,
                       "departments": [], "settles": []}  # fmt: skip
    on = row["done_on"] or row["date"]
    monday = dt.date.min if planned is None else plans.monday(row["visit"])
    wrong = fault_of(row, made, on, today=today, monday=monday)
    if wrong is not None:
        raise ConflictError(wrong[0], value=str(row.get(wrong[1]) or row["visit"]))
    told = Told.of(frames.events(*OF_VISITS))
    return told.corrected(made["id"], events_of(row, made, on), correction=correction)


def _is_object(id_: str) -> bool:
    """Tell whether anything that can be visited has this id."""
    from xunge.web.ledger import models

    return any(
        models.TABLES[name]._default_manager.filter(id=id_).exists()
        for name in ("enterprises", "sites", "reports")
    )
