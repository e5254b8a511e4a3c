"""Read a workbook of places that people have put right; all of it is taken or nothing.

Rows may come in any order, columns too, and rows may be missing: a row is known by its mark, and
where that is gone by what it says. A row in which nothing was entered stays as doubtful as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import shapely

from geo.address import Resolver
from geo.civil_codes import civil_codes, code_of
from geo.corrections import key_of
from geo.outlines import CHINA
from layers.check import check
from layers.problems import Problem, UnreadableFile
from layers.rows import records
from layers.schema import Column, Register
from layers.tables import read_tables, rename
from maps.mend_book import COLUMNS, ENTRIES, SHEETS
from maps.printable import clean
from xunge.doubts import mark, named
from xunge.place_ledger import MILD, Entry, MendingRefusedError, wrong_point

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from geo.gazetteer import Gazetteer
    from layers.schema import Kind
    from layers.tables import RawTable
    from xunge.doubts import Line

    Row = dict[str, Any]

_KINDS: dict[str, Kind] = {"lon": "longitude", "lat": "latitude", "datum": "code"}
MENDED = Register(
    name="mended",
    title=SHEETS["zh"][0],
    key="source",
    columns=tuple(
        Column(name=c.name, title=c.title, synonyms=(c.en,), kind=_KINDS.get(c.name, "text"),
               table="datum" if c.name == "datum" else "")
        for c in COLUMNS
    ),
)  # fmt: skip
"""The columns of the workbook, read like any ledger, in Chinese or English."""

_CHOSEN_CODE = re.compile(r"[（(](\d{6}|\d{9}|\d{12})[）)]\s*$")
_CHOSEN_POINT = re.compile(r"(-?\d+\.\d+)\s*[,，]\s*(-?\d+\.\d+)\s*$")
_UNMARKED = "row "
_GUESSES = frozenset(("village_guessed", "close_to_home", "address_contradictory"))
_FILLED = ("choice", "right", "lon", "lat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What a workbook says: corrections, how many rows wait, and what was noted beside them."""

    entries: tuple[Entry, ...]
    pending: int
    notes: Mapping[str, tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The rows of a workbook with what they are about."""

    raw: RawTable
    headers: Mapping[str, str]
    lines: Mapping[str, Line]
    gazetteer: Gazetteer
    resolver: Resolver
    today: dt.date
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: Row, code: str, column: str, **detail: Any) -> None:
        """Note an error of a row."""
        header = self.headers.get(column, MENDED[column].title)
        value = "" if row.get(column) is None else str(row[column])
        self.problems.append(
            Problem(code=code, file=self.raw.file, sheet=self.raw.sheet, row=row["source_row"],
                    column=header, value=value, name=column, detail=detail)
        )  # fmt: skip


def read_mended(
    path: Path,
    *,
    lines: Mapping[str, Line],
    gazetteer: Gazetteer,
    home: str,
    today: dt.date,
) -> Mended:
    """Read a workbook that :func:`maps.mend_book.mend_workbook` wrote.

    Parameters
    ----------
    lines
        What the table says now, by mark, from :func:`xunge.doubts.lines_of`.
    home
        Code of the user's county or prefecture, empty for none.
    today
        Day of the corrections.

    Raises
    ------
    MendingRefusedError
        If anything is wrong with any row.
    layers.problems.UnreadableFile
    """
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    raw = _sheet(path)
    renamed = rename(raw, MENDED)
    frame = renamed.frame.copy()
    if "source" not in frame:
        frame["source"] = None
    frame["source"] = [
        cell if isinstance(cell, str) and cell else f"{_UNMARKED}{row}"
        for row, cell in frame["source"].items()
    ]
    checked = check(MENDED, frame, file=raw.file, sheet=raw.sheet, headers=renamed.headers)
    reading = _Reading(
        raw=raw, headers=renamed.headers, lines=lines, gazetteer=gazetteer, today=today,
        resolver=Resolver(gazetteer, home=home or None),
    )  # fmt: skip
    reading.problems += [p for p in checked.problems if p.code not in MILD]
    rows = [_retyped(row, lines) for row in records(checked.rows)]
    told = {p.row for p in reading.problems}
    entries: list[Entry] = []
    notes: dict[str, tuple[str, str]] = {}
    pending = 0
    for row in rows:
        if any(_said(row, name) for name in (*_FILLED, "datum")):
            entries += _read(row, reading) if row["source_row"] not in told else ()
            continue
        pending += 1
        if row["by"] or row["note"]:
            notes[row["source"]] = row["by"] or "", row["note"] or ""
    if reading.problems:
        raise MendingRefusedError(sorted(reading.problems, key=lambda p: p.row or 0))
    return Mended(entries=tuple(entries), pending=pending, notes=notes)


def _retyped(row: Row, lines: Mapping[str, Line]) -> Row:
    """Take a written address that was typed over as the right one: people mend where they read."""
    line = lines.get(row["source"])
    typed = clean(row["address"])
    if line is None or not typed or typed == clean(line.address):
        return row
    return row if any(_said(row, name) for name in _FILLED) else {**row, "right": typed}


def _sheet(path: Path) -> RawTable:
    """Return the sheet that is filled in, whatever its name is now."""
    best, most = None, 0
    for raw in read_tables(path):
        known = set(rename(raw, MENDED).headers)
        fits = bool(known & {"address", "source"}) and bool(known & {*ENTRIES})
        if fits and len(known) > most:
            best, most = raw, len(known)
    if best is None:
        raise UnreadableFile(path, code="mend_no_sheet", reason="")
    return best


def _said(row: Row, name: str) -> bool:
    value = row[name]
    return value is not None and value == value and value != ""


def _read(row: Row, reading: _Reading) -> Iterator[Entry]:
    """Yield the corrections of one row: one for each name where only they are meant."""
    before = len(reading.problems)
    place, point = _target(row, reading)
    origin = _origin(row, reading)
    if len(reading.problems) > before or origin is None:
        return
    address, names = origin
    for name in names:
        entry = Entry(
            on=reading.today, by=row["by"] or "", address=address, name=name, place=place,
            lon=point[0], lat=point[1], datum=point[2], note=row["note"] or "",
            source=f"{reading.raw.file} · {row['source_row']}",
        )  # fmt: skip
        reading.problems += wrong_point(
            entry, file=reading.raw.file, sheet=reading.raw.sheet, row=row["source_row"]
        )
        if _abroad(entry):
            reading.refuse(row, "mend_point_abroad", "lon")
        if len(reading.problems) > before:
            return
        yield entry


def _abroad(entry: Entry) -> bool:
    lon, lat = entry.point
    if lon is None or lat is None:
        return False
    return not shapely.contains_xy(CHINA, lon, lat)


def _origin(row: Row, reading: _Reading) -> tuple[str, list[str]] | None:
    """Return the address that is put right, and the names for which; empty for all rows."""
    line = reading.lines.get(row["source"])
    address, name, coordinate = (row[key] or "" for key in ("address", "name", "coordinate"))
    if line is None:
        # The table is another one now, or the mark is gone: the row itself says what it is about.
        own = name if coordinate or not address else ""
        same = mark(*key_of(address, own), coordinate) == row["source"]
        if not (same or row["source"].startswith(_UNMARKED)) or not (address or name):
            reading.refuse(row, "mend_no_origin", "address")
            return None
        return address, [own]
    if not line.address and not any(line.names):
        reading.refuse(row, "mend_nothing_to_know_by", "address")
        return None
    pointed = _said(row, "lon") or bool(_CHOSEN_POINT.search(row["choice"] or ""))
    return line.address, list(line.names) if line.own or pointed else [""]


def _target(row: Row, reading: _Reading) -> tuple[str, tuple[float | None, float | None, str]]:
    """Return the right place and the right point of a row; what is wrong is noted."""
    point: tuple[float | None, float | None, str] = (None, None, "")
    if _said(row, "lon"):
        point = (float(row["lon"]), float(row["lat"]), row["datum"] or "")
    elif row["datum"] and not (row["choice"] or row["right"]):
        reading.refuse(row, "mend_half_point", "lon")
    place = _chosen_place(row, reading)
    chosen = None if place else _CHOSEN_POINT.search(row["choice"] or "")
    if chosen and point[0] is not None:
        reading.refuse(row, "mend_two_answers", "lon")
    elif chosen:
        point = (float(chosen[1]), float(chosen[2]), "wgs84")
    if row["choice"] and not place and not chosen:
        reading.refuse(row, "mend_bad_choice", "choice")
    if row["choice"] and row["right"]:
        reading.refuse(row, "mend_two_answers", "right")
    elif row["right"]:
        place = _right_place(row, reading)
    return place, point


def _chosen_place(row: Row, reading: _Reading) -> str:
    """Return the reading that was chosen; it has to be spelt as the list has it."""
    text = str(row["choice"] or "").strip()
    found = _CHOSEN_CODE.search(text)
    if not found or found[1] not in reading.gazetteer:
        return ""
    return text if named(found[1], reading.gazetteer) == text else ""


def _right_code(code: str, row: Row, reading: _Reading) -> str:
    """Return the place with a code of either list, if the lists do not differ about it."""
    china = reading.gazetteer
    both = [code, civil_codes().statistical(code, gazetteer=china)]
    meant = [one for one in dict.fromkeys(both) if one and one in china]
    if not meant:
        reading.refuse(row, "mend_unknown_code", "right")
    elif len(meant) > 1:
        names = "、".join(named(one, china) for one in meant)
        reading.refuse(row, "mend_two_lists", "right", names=names)
    return named(meant[0], china) if meant else ""


def _right_place(row: Row, reading: _Reading) -> str:
    """Return a place with its code, or an address that can be placed for sure."""
    text = str(row["right"]).strip()
    code = code_of(text)
    if code:
        return _right_code(code, row, reading)
    answer = reading.resolver.resolve(text)
    if answer.alternatives:
        names = "、".join(named(c, reading.gazetteer) for c in answer.alternatives)
        reading.refuse(row, "mend_several_places", "right", names=names)
    elif answer.level == "none":
        reading.refuse(row, "mend_unreadable_place", "right")
    elif not _GUESSES.isdisjoint(answer.reason):
        name = named(answer.code, reading.gazetteer)
        reading.refuse(row, "mend_guessed_place", "right", name=name)
    elif Resolver(reading.gazetteer, home=None).resolve(text).code != answer.code:
        # It is to be read in the same way by whoever has no home, or another one.
        return reading.gazetteer.full_name(answer.county) + text
    return text
