"""The ledger of corrected places: a CSV file to which lines are only ever added.

It lies in the folder of the ledgers, where ``xunge week`` reads it, or beside a table, where
``xunge geocode`` does. A line says who put what right, when, and which line it replaces. Nothing
is taken back by deleting: a later line holds.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.civil_codes import code_of
from geo.corrections import Correction, Corrections
from geo.crs import to_wgs84
from layers import codes
from layers.check import check
from layers.events import Event, EventKind
from layers.headers import match_headers
from layers.ledgers import CORRECTIONS_NAME
from layers.problems import Problem
from layers.rows import records
from layers.schema import Column, Register
from layers.tables import read_rows, read_tables, rename

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from geo.gazetteer import Gazetteer
    from layers.schema import Kind

_TITLES = {
    "line": ("序号", "no."), "on": ("更正日期", "corrected"), "by": ("修正人", "by"),
    "address": ("台账地址", "written address"), "name": ("名称", "name"),
    "place": ("正确地址或代码", "right address or code"), "lon": ("经度", "longitude"),
    "lat": ("纬度", "latitude"), "datum": ("坐标系", "datum"), "note": ("备注", "note"),
    "source": ("来源文件", "from file"), "replaces": ("取代第几条", "replaces no."),
}  # fmt: skip
_KINDS: dict[str, Kind] = {"on": "date", "lon": "longitude", "lat": "latitude", "datum": "code"}
LEDGER = Register(
    name="corrections",
    title="地址更正记录",
    key="line",
    columns=tuple(
        Column(name=name, title=title, synonyms=(english,), kind=_KINDS.get(name, "text"),
               table="datum" if name == "datum" else "", required=name == "on")
        for name, (title, english) in _TITLES.items()
    ),
)  # fmt: skip
"""The columns of the ledger, read like any other."""

_NAMED = re.compile(r"[（(](\d+)[）)]$")
MILD = frozenset(("swapped_lonlat", "duplicate_row"))
"""Problems in spite of which a line is taken."""


class MendingRefusedError(ValueError):
    """Corrections with errors; nothing of them was taken in."""

    code = "mending_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} errors")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: what :class:`geo.corrections.Correction` says, and who said so, when.

    ``lon`` and ``lat`` are in ``datum``, as they were given. A place that is known by its code is
    written with its name, the code in brackets: Excel would round 12 digits off when it saves.
    """

    on: dt.date
    address: str = ""
    name: str = ""
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    datum: str = ""
    by: str = ""
    note: str = ""
    source: str = ""
    line: str = ""
    replaces: str = ""

    @property
    def correction(self) -> Correction:
        """The correction, in WGS-84."""
        lon, lat = self.point
        place = code_in(self.place) or self.place
        return Correction(address=self.address, name=self.name, place=place, lon=lon, lat=lat)

    @property
    def point(self) -> tuple[float | None, float | None]:
        """WGS-84 degrees, None where no point is given."""
        if self.lon is None or self.lat is None or not self.datum:
            return None, None
        lon, lat = to_wgs84(np.array([self.lon]), np.array([self.lat]), datum=self.datum)
        return (float(lon[0]), float(lat[0])) if np.isfinite(lon[0]) else (None, None)

    @property
    def target(self) -> tuple[str, float | None, float | None, str]:
        """Where it says the place is."""
        return self.place, self.lon, self.lat, self.datum


def code_in(place: str) -> str:
    """Return the code of a place that is given by one, alone or in brackets behind its name."""
    found = _NAMED.search(place)
    return code_of(found[1] if found else place)


def ledger_of(path: Path) -> Path:
    """Return the ledger for a table or a folder: beside the one, in the other."""
    return (path if path.is_dir() else path.parent) / CORRECTIONS_NAME


def corrections_of(entries: Iterable[Entry]) -> Corrections:
    """Return what holds after all lines."""
    return Corrections(entry.correction for entry in entries)


def read_ledger(path: Path, *, gazetteer: Gazetteer) -> list[Entry]:
    """Read all lines in their order, each with the one it replaces; an absent ledger has none.

    Raises
    ------
    MendingRefusedError
        If a line cannot be read.
    layers.problems.UnreadableFile
    """
    if not path.exists():
        return []
    entries: list[Entry] = []
    problems: list[Problem] = []
    for raw in read_tables(path):
        renamed = rename(raw, LEDGER)
        frame = renamed.frame.assign(line=[str(n) for n in range(1, len(renamed.frame) + 1)])
        checked = check(LEDGER, frame, file=path.name, headers=renamed.headers)
        problems += [p for p in checked.problems if p.code not in MILD]
        for row in records(checked.rows):
            entry = _entry(row)
            problems += wrong_point(entry, file=path.name, row=row["source_row"])
            problems += _wrong_code(entry, gazetteer, file=path.name, row=row["source_row"])
            entries.append(entry)
    if problems:
        raise MendingRefusedError(problems)
    standing: dict[tuple[str, str], Entry] = {}
    return [_in_its_place(entry, standing, entry.line) for entry in entries]


def _wrong_code(entry: Entry, gazetteer: Gazetteer, *, file: str, row: int) -> list[Problem]:
    code = code_in(entry.place)
    if not code or code in gazetteer:
        return []
    column = LEDGER["place"].title
    return [Problem(code="mend_unknown_code", file=file, row=row, column=column, value=entry.place)]


def _in_its_place(entry: Entry, standing: dict[tuple[str, str], Entry], line: str) -> Entry:
    """Return a line with its number and that of the one it contradicts; remember it."""
    key = entry.correction.key
    old = standing.get(key)
    differs = old is not None and old.target != entry.target
    made = replace(entry, line=line, replaces=old.line if old and differs else "")
    standing[key] = made
    return made


def wrong_point(entry: Entry, *, file: str, row: int, sheet: str = "") -> list[Problem]:
    """Return what is wrong with the point of a line: no datum, or no place in its datum."""
    if entry.lon is None:
        return []
    shown = f"{entry.lon}, {entry.lat} {codes.TABLES['datum'].title_of(entry.datum)}".strip()
    code = "mend_bad_point" if entry.datum else "mend_needs_datum"
    if entry.datum and entry.point[0] is not None:
        return []
    column = LEDGER["lon" if entry.datum else "datum"].title
    return [Problem(code=code, file=file, sheet=sheet, row=row, column=column, value=shown)]


def added(known: Sequence[Entry], new: Iterable[Entry]) -> list[Entry]:
    """Return the lines that say something new, each with the line that it replaces."""
    standing = {entry.correction.key: entry for entry in known}
    fresh: list[Entry] = []
    for entry in new:
        old = standing.get(entry.correction.key)
        if old is None or old.target != entry.target:
            line = str(len(known) + len(fresh) + 1)
            fresh.append(_in_its_place(entry, standing, line))
    return fresh


def append(path: Path, entries: Sequence[Entry]) -> None:
    """Add lines behind those that are there; the file is whole at any moment."""
    if not entries:
        return
    rows = _cells(path) or [[title for title, _ in _TITLES.values()]]
    headers = max(([str(cell) for cell in row] for row in rows), key=_known)
    names = match_headers(headers, LEDGER)
    order = [names.get(header, "") for header in headers]
    rows += [[_shown(entry, name) for name in order] for entry in entries]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.getvalue().encode("utf-8-sig"))
    part.replace(path)


def events_of(entries: Iterable[Entry]) -> list[Event]:
    """Return the lines as events for the database, where they stay whatever becomes of the file."""
    found = []
    for entry in entries:
        body = "\n".join(entry.correction.key)
        subject = f"place-{hashlib.sha256(body.encode('utf-8')).hexdigest()[:16]}"
        data = {
            name: getattr(entry, name)
            for name in _TITLES
            if name not in ("line", "on") and getattr(entry, name) not in ("", None)
        }
        found.append(
            Event(kind=EventKind.PLACE_CORRECTED, subject=subject, on=entry.on, key=entry.line,
                  data=data, source=f"{CORRECTIONS_NAME}!!{entry.line}")
        )  # fmt: skip
    return found


def entries_of(events: pd.DataFrame) -> list[Entry]:
    """Return the lines that events of the database tell, in order of entry."""
    return [Entry(on=row["on"], line=row["key"], **row["data"]) for row in records(events)]


def replaced(entries: Iterable[Entry], known: Sequence[Entry]) -> list[Problem]:
    """Say which of *entries* contradict an earlier one of *known*: the later one holds."""
    by_line = {entry.line: entry for entry in known}
    return [
        Problem(
            code="mend_replaced", severity="warning", file=CORRECTIONS_NAME,
            row=int(entry.line) + 1, column=LEDGER["replaces"].title,
            value=entry.address or entry.name,
            detail={"line": entry.replaces, "before": _target(by_line.get(entry.replaces)),
                    "after": _target(entry)},
        )
        for entry in entries if entry.replaces
    ]  # fmt: skip


def _target(entry: Entry | None) -> str:
    if entry is None:
        return ""
    point = "" if entry.lon is None else f"{entry.lon}, {entry.lat} {entry.datum}"
    return " ".join(filter(None, (entry.place, point, entry.by, entry.on.isoformat())))


def _entry(row: Mapping[str, Any]) -> Entry:
    def text(name: str) -> str:
        return row[name] or ""

    lon, lat = (None if pd.isna(row[name]) else float(row[name]) for name in ("lon", "lat"))
    texts = {name: text(name) for name in _TITLES if name not in ("on", "lon", "lat")}
    return Entry(on=row["on"], lon=lon, lat=lat, **texts)


def _cells(path: Path) -> list[list[object]]:
    """Return the cells of a ledger as they stand, none where there is no ledger."""
    if not path.exists():
        return []
    rows = [row for _, sheet in read_rows(path) for row in sheet]
    return [row for row in rows if any(cell not in ("", None) for cell in row)]


def _known(headers: Sequence[str]) -> int:
    return len(match_headers(headers, LEDGER))


def _shown(entry: Entry, name: str) -> str:
    value = getattr(entry, name) if name else ""
    if name == "datum" and value:
        return codes.TABLES["datum"].title_of(value)
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, dt.date) else value or ""
