"""Take in what the visits of a week found: events that the following week sees.

Files come from many hands. What cannot be read refuses them all; what contradicts something known,
or is about a visit or object that nobody knows, is kept as a conflict until somebody decides
(:mod:`xunge.conflicts`), and everything else comes in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import cases
from layers.check import check
from layers.events import EventKind
from layers.problems import Problem
from layers.rows import records
from layers.schema import SITES
from layers.tables import rename
from maps.messages import sentence
from maps.workbooks import RESULT_HEADERS, RESULT_HEADERS_EN, RESULTS_SHEET, SITES_SHEET
from xunge.conflicts import Conflict, known_ids
from xunge.corrections import OF_VISITS, Correction, Told
from xunge.lock import alone
from xunge.placing import place_all
from xunge.result_files import RESULTS, ResultsRefusedError, read_results
from xunge.result_rows import Plans, events_of, fault_of, given
from xunge.words import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.events import Event
    from layers.schema import Register
    from layers.tables import RawTable
    from xunge.week import Folder

__all__ = ["RESULTS", "ResultsRefusedError", "Taken", "take_results"]

_FILLED = ("done", "done_on", "result", "findings", "serious_findings", "deadline", "hazard",
           "outcome", "closed", "not_done_reason")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came in: new events by kind, rows that nobody has filled in yet, new conflicts."""

    weeks: tuple[str, ...]
    counts: Mapping[str, int]
    sites: tuple[str, ...]
    pending: int
    conflicts: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"weeks": list(self.weeks), "new_events": dict(self.counts),
                "new_sites": list(self.sites), "pending": self.pending,
                "conflicts": list(self.conflicts)}  # fmt: skip

    def sentences(self, lang: str) -> list[str]:
        """Return what happened, for the terminal."""
        lines = []
        if self.counts or self.sites:
            lines.append(
                sentence(
                    "results_taken", lang=lang, week=listed(self.weeks, lang),
                    visited=self.counts.get("visited", 0),
                    missed=self.counts.get("not_visited", 0),
                    orders=self.counts.get("ordered", 0), reviews=self.counts.get("reviewed", 0),
                    sites=len(self.sites),
                )
            )  # fmt: skip
        elif not self.conflicts and not (self.pending and not self.weeks):
            return [sentence("results_known", lang=lang)]
        if self.pending:
            lines.append(sentence("results_pending", lang=lang, count=self.pending))
        if self.conflicts:
            lines.append(sentence("results_conflicts", lang=lang, count=len(self.conflicts),
                                  names=listed(self.conflicts, lang)))  # fmt: skip
        return lines


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The rows of some files on their way to becoming events and conflicts."""

    folder: Folder
    today: dt.date
    correction: Correction | None
    told: Told
    known: set[str]
    plans: Plans = field(default_factory=Plans)
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)
    pending: int = 0

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

    def checked(self, register: Register, raw: RawTable) -> pd.DataFrame:
        """Return the rows of a sheet that can be read; what cannot is noted.

        A second row about the same visit comes last: it stands for itself.
        """
        named = rename(raw, register)
        rows, frame = [], named.frame
        while not frame.empty:
            found = check(register, frame, file=raw.file, sheet=raw.sheet,
                          tables=self.folder.tables, headers=named.headers)  # fmt: skip
            again = [p.row for p in found.problems if p.code == "duplicate_key"]
            # A result that cannot be read must not pass for a good one.
            self.problems += [
                p for p in found.problems
                if p.code != "duplicate_key" and (p.severity == "error" or p.code == "unknown_code")
            ]  # fmt: skip
            rows.append(found.rows)
            frame = named.frame.loc[again]
        return pd.concat(rows) if rows else named.frame

    def take_table(self, raw: RawTable) -> None:
        """Turn a sheet of results into events and conflicts; a later row sees earlier ones."""
        for row in records(self.checked(RESULTS, raw)):
            if not any(given(row[name]) for name in _FILLED):
                self.pending += 1
                continue
            new = self._events(row)
            self.told.learn(row["visit"], new)
            self.events += new

    def _events(self, row: Mapping[str, Any]) -> list[Event]:
        visit = self.plans.visit(row["visit"])
        if visit is None or visit["object"] != row["object"]:
            self._contradicts(row, "unknown_visit")
            return []
        on = row["done_on"] if given(row["done_on"]) else row["date"]
        wrong = fault_of(row, visit, on, today=self.today, monday=self.plans.monday(visit["id"]))
        if wrong is not None:
            self.refuse(row, *wrong)
            return []
        found = events_of(row, visit, on)
        if self.told.same(visit["id"], found):
            return []
        standing = self.told.standing(visit["id"])
        if standing and (self.correction is None or row["visit"] in self.reported):
            self._contradicts(row, "results_conflict", standing=standing)
            return []
        self.reported.add(row["visit"])
        return self.told.corrected(visit["id"], found, correction=self.correction)

    def _contradicts(
        self, row: Mapping[str, Any], code: str, *, standing: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Note a conflict, unless the same row was one before, decided or not."""
        conflict = Conflict.of(row, code=code, day=self.today, standing=standing)
        if conflict.id not in self.known:
            self.known.add(conflict.id)
            self.conflicts.append(conflict)

    def refused(self, *, strict: bool) -> list[Problem]:
        """Return why the files are not taken in; empty where they are."""
        if not strict:
            return self.problems
        for conflict in self.conflicts:
            self.refuse({**conflict.row, **conflict.place()}, conflict.code, "visit",
                        known=conflict.known)  # fmt: skip
        return self.problems


def take_results(
    folder: Folder,
    *files: Path,
    today: dt.date,
    correction: Correction | None = None,
    strict: bool = False,
) -> Taken:
    """Take in files of results (workbooks or JSON), all of it or nothing.

    Rows that nobody has touched are left for later. The same file twice changes nothing. Another
    result for a known visit, a visit or an object that nobody knows: the row becomes a conflict
    (:func:`xunge.conflicts.settle` decides it), unless *correction* says who puts a known result
    right and why.

    Parameters
    ----------
    strict
        Refuse the files if any row is a conflict.

    Raises
    ------
    ResultsRefusedError
        With every error, and every conflict if *strict*.
    FileNotFoundError, layers.problems.UnreadableFile
    """
    tables = [read_results(file) for file in files]
    names = [file.name for file in files]
    with alone(folder.path):
        return _take(folder, tables, names=names, today=today, correction=correction, strict=strict)


def _take(
    folder: Folder,
    files: Sequence[Mapping[str, RawTable]],
    *,
    names: Sequence[str],
    today: dt.date,
    correction: Correction | None,
    strict: bool,
) -> Taken:
    from xunge.web import database
    from xunge.web.ledger import frames

    reading = _Reading(
        folder=folder, today=today, correction=correction,
        told=Told.of(frames.events(*OF_VISITS)), known=known_ids(frames.events(EventKind.CONFLICT)),
    )  # fmt: skip
    sites = []
    for tables in files:
        if RESULTS_SHEET in tables:
            reading.take_table(tables[RESULTS_SHEET])
        sites.append(_new_sites(reading, tables.get(SITES_SHEET)))
    problems = reading.refused(strict=strict)
    if problems:
        raise ResultsRefusedError(problems)
    with database.all_or_nothing():
        batch = frames.open_batch(
            "results", day=today, files=[{"name": name} for name in names], summary={}
        )
        new = frames.unknown_uids(reading.events)
        fresh = [event for event in reading.events if event.uid in new]
        frames.append([*fresh, *(c.event() for c in reading.conflicts)], batch=batch)
        added = [id_ for rows in sites
                 for id_ in _add_sites(folder, rows, today=today, batch=batch)]  # fmt: skip
        if not fresh and not added and not reading.conflicts:
            database.forget()
    return Taken(
        weeks=reading.plans.weeks(),
        counts=Counter(e.kind.value for e in fresh if not e.data.get("withdrawn")),
        sites=tuple(added), pending=reading.pending,
        conflicts=tuple(c.id for c in reading.conflicts),
    )  # fmt: skip


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
