"""Take in what the visits of a week found: events that the following week sees."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layers import cases
from layers.check import check
from layers.events import Event, EventKind
from layers.problems import Problem
from layers.rows import records
from layers.schema import SITES, Column, Register
from layers.tables import read_tables, rename
from maps.messages import sentence
from maps.workbooks import (
    RESULT_HEADERS,
    RESULT_HEADERS_EN,
    RESULTS_SHEET,
    SITES_SHEET,
    sheet_name,
)
from xunge import rounds
from xunge.corrections import Told
from xunge.lock import alone
from xunge.placing import place_all
from xunge.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from layers.schema import Kind
    from layers.tables import RawTable
    from xunge.week import Folder

_KINDS: dict[str, Kind] = {
    "date": "date", "done": "flag", "done_on": "date", "result": "code", "findings": "integer",
    "serious_findings": "integer", "deadline": "date", "outcome": "code", "closed": "flag",
}  # fmt: skip
_TABLES = {"result": "visit_result", "outcome": "review_outcome"}
RESULTS = Register(
    name="results",
    title=RESULTS_SHEET,
    key="visit",
    columns=tuple(
        Column(name=name, title=title, kind=_KINDS.get(name, "text"), table=_TABLES.get(name, ""),
               required=name in ("visit", "object"), synonyms=(RESULT_HEADERS_EN[name],))
        for name, title in RESULT_HEADERS.items()
    ),
)  # fmt: skip
"""The columns of the results workbook, read like any ledger, in Chinese or English."""

_FILLED = ("done", "done_on", "result", "findings", "serious_findings", "deadline", "hazard",
           "outcome", "closed", "not_done_reason")  # fmt: skip
_OF_VISITS = (
    EventKind.VISITED, EventKind.NOT_VISITED, EventKind.ORDERED, EventKind.REVIEWED,
    EventKind.VERIFIED, EventKind.DISCOVERED, EventKind.CLOSED,
)  # fmt: skip
# What a visit can find that means: somebody produces here illegally, or again.
_TROUBLE = ("on_the_spot", "ordered", "suspended", "closed", "refused")


class ResultsRefusedError(ValueError):
    """A file of results with errors or conflicts; nothing of it was taken in."""

    code = "results_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} errors")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came in: new events by kind, and rows that nobody has filled in yet."""

    weeks: tuple[str, ...]
    counts: Mapping[str, int]
    sites: tuple[str, ...]
    pending: int

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"weeks": list(self.weeks), "new_events": dict(self.counts),
                "new_sites": list(self.sites), "pending": self.pending}  # fmt: skip

    def sentences(self, lang: str) -> list[str]:
        """Return what happened, for the terminal."""
        if self.pending and not self.weeks and not self.sites:  # nobody has filled in a row
            return [sentence("results_pending", lang=lang, count=self.pending)]
        if not self.counts and not self.sites:
            return [sentence("results_known", lang=lang)]
        lines = [
            sentence(
                "results_taken", lang=lang, week=listed(self.weeks, lang),
                visited=self.counts.get("visited", 0), missed=self.counts.get("not_visited", 0),
                orders=self.counts.get("ordered", 0), reviews=self.counts.get("reviewed", 0),
                sites=len(self.sites),
            )
        ]  # fmt: skip
        if self.pending:
            lines.append(sentence("results_pending", lang=lang, count=self.pending))
        return lines


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The rows of a file with the visits they are about."""

    folder: Folder
    today: dt.date
    correct: bool
    told: Told
    problems: list[Problem] = field(default_factory=list)
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def visit(self, id_: str) -> Mapping[str, Any] | None:
        """Return a planned visit by its id, with its crew and its due items."""
        name = id_.rpartition("-V")[0]
        if name and name not in self.records:
            self.records.update(_record_of(name))
        record = self.records.get(name)
        if record is None:
            return None
        return next((visit for visit in record["visits"] if visit["id"] == id_), None)

    def monday(self, id_: str) -> dt.date:
        """Return the first day of the week of a known visit."""
        return dt.date.fromisoformat(self.records[id_.rpartition("-V")[0]]["monday"])

    def refuse(self, row: Mapping[str, Any], code: str, column: str, **detail: Any) -> None:
        """Note an error of a row."""
        english = self.folder.settings.bureau.language == "en"
        headers = RESULT_HEADERS_EN if english else RESULT_HEADERS
        self.problems.append(
            Problem(
                code=code, file=row["source_file"], sheet=row["source_sheet"],
                row=row["source_row"], column=headers[column],
                value=str(row.get(column) or row["visit"]), register="results", name=column,
                detail=detail,
            )
        )  # fmt: skip


def _record_of(name: str) -> dict[str, Mapping[str, Any]]:
    """Return the record of a round by its name; nothing where it is unknown or superseded."""
    try:
        monday = dt.datetime.strptime(f"{name.partition('.')[0]}-1", "%G-W%V-%u").date()  # noqa: DTZ007
    except ValueError:
        return {}
    made = rounds.latest(monday)
    if made is not None and made.sealed:
        raise rounds.WeekError("not_opened", round=made.name, date=monday.isoformat())
    if made is None or made.planned is None or made.name != name:
        return {}
    return {name: made.planned["record"]}


def take_results(folder: Folder, file: Path, *, today: dt.date, correct: bool = False) -> Taken:
    """Take in a filled results workbook, all of it or nothing.

    Rows that nobody has touched are left for later. The same file twice changes nothing; another
    result for a known visit is a conflict unless *correct*, which records a correction.

    Raises
    ------
    ResultsRefusedError
        With every error and conflict.
    FileNotFoundError, layers.problems.UnreadableFile
    """
    if not file.is_file():
        raise FileNotFoundError(2, "no such file", str(file))
    tables = {table.sheet: table for table in read_tables(file)}
    for name in (RESULTS_SHEET, SITES_SHEET):
        english = sheet_name(name, lang="en")
        if english in tables:
            tables.setdefault(name, tables[english])
    if RESULTS_SHEET not in tables:
        raise ResultsRefusedError([Problem(code="results_no_rows", file=file.name)])
    with alone(folder.path):
        return _take(folder, tables, file=file, today=today, correct=correct)


def _take(
    folder: Folder, tables: Mapping[str, RawTable], *, file: Path, today: dt.date, correct: bool
) -> Taken:
    from xunge.web import database
    from xunge.web.ledger import frames

    reading = _Reading(
        folder=folder, today=today, correct=correct, told=Told.of(frames.events(*_OF_VISITS))
    )
    rows = _checked(reading, RESULTS, tables[RESULTS_SHEET])
    filled = [row for row in records(rows) if any(_given(row[name]) for name in _FILLED)]
    events = [event for row in filled for event in _events(reading, row)]
    sites = _new_sites(reading, tables.get(SITES_SHEET))
    if reading.problems:
        raise ResultsRefusedError(reading.problems)
    with database.all_or_nothing():
        batch = frames.open_batch("results", day=today, files=[{"name": file.name}], summary={})
        new = frames.unknown_uids(events)
        fresh = [event for event in events if event.uid in new]
        frames.append(fresh, batch=batch)
        added = _add_sites(folder, sites, today=today, batch=batch)
        if not fresh and not added:
            database.forget()
    return Taken(
        weeks=tuple(sorted({name.partition(".")[0] for name in reading.records})),
        counts=Counter(e.kind.value for e in fresh if not e.data.get("withdrawn")), sites=added,
        pending=len(rows) - len(filled),
    )  # fmt: skip


def _given(value: object) -> bool:
    return value is not None and value == value and value != ""


def _checked(reading: _Reading, register: Register, raw: RawTable) -> pd.DataFrame:
    named = rename(raw, register)
    checked = check(
        register, named.frame, file=raw.file, sheet=raw.sheet, tables=reading.folder.tables,
        headers=named.headers,
    )  # fmt: skip
    # A result that cannot be read must not pass for a good one.
    reading.problems += [
        p for p in checked.problems if p.severity == "error" or p.code == "unknown_code"
    ]
    return checked.rows


def _events(reading: _Reading, row: Mapping[str, Any]) -> list[Event]:
    """Return what a filled row says; its errors and conflicts are noted instead."""
    visit = reading.visit(row["visit"])
    if visit is None or visit["object"] != row["object"]:
        reading.refuse(row, "unknown_visit", "visit")
        return []
    on = row["done_on"] if _given(row["done_on"]) else row["date"]
    wrong = _wrong(reading, row, visit, on)
    if wrong is not None:
        reading.refuse(row, *wrong)
        return []
    found = list(_visited(row, visit, on) if row["done"] else _missed(row, visit))
    if reading.told.same(visit["id"], found):
        return []
    known = reading.told.standing(visit["id"])
    if known and not reading.correct:
        reading.refuse(row, "results_conflict", "visit", known=_known_result(known))
        return []
    return reading.told.corrected(visit["id"], found)


def _wrong(
    reading: _Reading,
    row: Mapping[str, Any],
    visit: Mapping[str, Any],
    on: Any,  # noqa: ANN401
) -> tuple[str, str] | None:
    """Return the code of what is wrong with a row and its column, None where nothing is."""
    if not _given(row["done"]):
        return "missing_done", "done"
    if not _given(on):
        return "missing", "date"
    if on > reading.today:
        return "done_after_today", "done_on"
    if row["done"] and on < reading.monday(visit["id"]):
        return "done_before_week", "done_on"
    if row["done"] and visit["kind"] == "reinspection" and not _given(row["outcome"]):
        return "missing_outcome", "outcome"
    if row["done"] and not _given(row["result"]) and (row["findings"] or row["serious_findings"]):
        return "missing_result", "result"
    return None


def _visited(row: Mapping[str, Any], visit: Mapping[str, Any], on: dt.date) -> Iterator[Event]:
    source = _source(row)
    subject, result = visit["object"], row["result"] if _given(row["result"]) else "pass"
    facts = {
        "kind": visit["kind"], "departments": visit["departments"], "result": result,
        "findings": _number(row["findings"]), "serious_findings": _number(row["serious_findings"]),
        "note": row["note"] if _given(row["note"]) else None,
    }  # fmt: skip
    yield Event(
        kind=EventKind.VISITED, subject=subject, on=on, key=visit["id"], source=source,
        data={name: value for name, value in facts.items() if value is not None},
    )  # fmt: skip
    deadline = row["deadline"] if _given(row["deadline"]) else None
    if result in ("ordered", "suspended"):
        order = {"visit": visit["id"], "kind": "rectify" if result == "ordered" else "suspend",
                 "hazard": row["hazard"] if _given(row["hazard"]) else None,
                 "deadline": deadline.isoformat() if deadline else None}  # fmt: skip
        yield Event(
            kind=EventKind.ORDERED, subject=subject, on=on, key=f"{visit['id']}-O", source=source,
            data={name: value for name, value in order.items() if value is not None},
        )  # fmt: skip
    yield from _settled(row, visit, on, result=result, deadline=deadline, source=source)
    closed = bool(row["closed"]) if _given(row["closed"]) else result == "closed"
    revisited = any(ref["kind"] == "revisit" for ref in visit["settles"])
    if revisited and result in _TROUBLE:
        yield Event(kind=EventKind.DISCOVERED, subject=subject, on=on, key=on.isoformat(),
                    data={"behaviour": "K2", "visit": visit["id"]}, source=source)  # fmt: skip
    if closed:
        yield Event(kind=EventKind.CLOSED, subject=subject, on=on, key=on.isoformat(),
                    data={"visit": visit["id"]}, source=source)  # fmt: skip


def _settled(
    row: Mapping[str, Any],
    visit: Mapping[str, Any],
    on: dt.date,
    *,
    result: str,
    deadline: dt.date | None,
    source: str,
) -> Iterator[Event]:
    """Yield what the visit settles: orders re-inspected, reports verified."""
    for ref in visit["settles"]:
        if ref["kind"] == "reinspection" and _given(row["outcome"]):
            unmet = deadline if row["outcome"] != "met" else None
            review = cases.review(
                order=ref["subject"], subject=visit["object"], on=on, outcome=row["outcome"],
                deadline=unmet, source=source,
            )  # fmt: skip
            yield replace(review, data={**review.data, "visit": visit["id"]})
        elif ref["kind"] == "report":
            outcome = "substantiated" if result in _TROUBLE else "unsubstantiated"
            yield Event(
                kind=EventKind.VERIFIED, subject=ref["subject"], on=on, key=ref["subject"],
                data={"outcome": outcome, "visit": visit["id"]}, source=source,
            )  # fmt: skip


def _missed(row: Mapping[str, Any], visit: Mapping[str, Any]) -> Iterator[Event]:
    reason = row["not_done_reason"] if _given(row["not_done_reason"]) else ""
    yield Event(
        kind=EventKind.NOT_VISITED, subject=visit["object"], on=row["date"], key=visit["id"],
        data={"reason": reason}, source=_source(row),
    )  # fmt: skip


def _source(row: Mapping[str, Any]) -> str:
    return f"{row['source_file']}!{row['source_sheet']}!{row['source_row']}"


def _number(value: Any) -> int | None:  # noqa: ANN401 - a cell
    return int(value) if _given(value) else None


def _known_result(known: Sequence[Mapping[str, Any]]) -> str:
    """Return day and result of what was reported of a visit before."""
    report = next((row for row in known if row["kind"] == EventKind.VISITED), known[0])
    said = report["data"].get("result") or report["data"].get("reason") or ""
    return f"{report['on']} {said}".strip()


def _new_sites(reading: _Reading, raw: RawTable | None) -> pd.DataFrame | None:
    """Return the new illegal sites of the second sheet; without an id they get one by content."""
    if raw is None or raw.frame.empty:
        return None
    named = rename(raw, SITES)
    frame = named.frame
    ids = []
    for row in records(frame):
        own = row.get("id")
        words = "|".join(str(row.get(name)) for name in ("name", "address", "discovered", "plate"))
        ids.append(own or f"N{hashlib.sha256(words.encode('utf-8')).hexdigest()[:8].upper()}")
    checked = check(
        SITES, frame.assign(id=ids), file=raw.file, sheet=raw.sheet, tables=reading.folder.tables,
        headers=named.headers,
    )  # fmt: skip
    reading.problems += [p for p in checked.problems if p.severity == "error"]
    return checked.rows


def _add_sites(
    folder: Folder,
    sites: pd.DataFrame | None,
    *,
    today: dt.date,
    batch: Any,  # noqa: ANN401
) -> tuple[str, ...]:
    from xunge.web.ledger import frames

    if sites is None or sites.empty:
        return ()
    change = frames.save_register("sites", sites, day=today, batch=batch)
    frames.append(cases.events_of("sites", sites), batch=batch)
    if change.new or change.changed:
        place_all(folder.path, settings=folder.settings)
    return change.new
