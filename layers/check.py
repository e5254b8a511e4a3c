"""The door: raw rows in, checked rows out, every problem of every row on the list.

What is an error (the row is set aside) and what a warning (the row is taken):

* A required cell that is missing or unreadable is an error, in any column.
* Dates, counts and truth values that cannot be read are errors even where the column may be empty:
  a wrong fact must not become a missing one without anybody noticing.
* What only describes, and has a safe stand-in, is a warning: an unknown code becomes ``other`` or
  None, unreadable opening hours mean that none are known.
* A wrong credit code is a warning and kept as written, unless the row's id would come from it.
* A number too long for Excel is an error in an id or a reference, elsewhere a warning.
* Unreadable coordinates are a warning where an address, town or village is there to go by.
* The second row with a known key is an error; a second row that is the same in all is left out with
  a warning.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import codes
from layers.cells import fold, is_missing, shown, tidy
from layers.coordinates import Issue, settle
from layers.keys import drop_duplicate_keys
from layers.problems import Problem, ValueProblem
from layers.quantities import settle_quantities
from layers.references import REFERENCES, check_references
from layers.values import read_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.problems import Severity
    from layers.schema import Column, Register

__all__ = ["Checked", "Problem", "check", "check_references"]

SOURCE = ("source_file", "source_sheet", "source_row")
FLOATS = ("number", "money", "quantity", "longitude", "latitude")
"""Kinds whose columns are float64 with NaN for nothing."""
WAN = 10_000
"""Yuan in a 万元, in which the header of a ledger may count."""
_UNIT = re.compile("[元百千万亿]")  # a cell that has its own
TUPLES = ("list", "codes", "period")
"""Kinds whose cells are tuples, empty for nothing; all others are objects with None for nothing."""

_CREDIT = ("bad_credit_code", "credit_code_length", "credit_code_character")
_PLACING = ("bad_longitude", "bad_latitude", "bad_lonlat")
_ALWAYS_WARN = ("swapped_lonlat", "half_coordinate", "zero_coordinate", "no_place", "date_order")
_ORDERED_DATES = {
    "sites": (("discovered", "closed"),),
    "orders": (("issued", "deadline"), ("issued", "requested"), ("issued", "reviewed")),
    "reports": (("received", "verified"),),
    "hazards": (("found", "deadline"), ("found", "rectified"), ("found", "cancelled")),
    "cases": (("filed", "decided"), ("filed", "concluded")),
    "penalties": (("decided", "collected_on"),),
    "seizures": (("on", "until"), ("on", "extended"), ("on", "lifted")),
    "handovers": (("sent", "receipt"), ("sent", "accepted"), ("sent", "concluded")),
    "listings": (("start", "until"), ("start", "published"), ("start", "removed")),
    "remedies": (("filed", "concluded"),),
    "restarts": (("applied", "examined"),),
}
_PLACED = ("enterprises", "sites", "stations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one table says.

    Attributes
    ----------
    rows
        The good rows, parsed: every column of the register, ``extra`` (dict of the columns that the
        register does not know), ``source_file``, ``source_sheet``, ``source_row``. Index as in the
        frame that was checked.
    bad
        The rows set aside, as they came in.
    problems
        All of them, by row, then by column.
    """

    rows: pd.DataFrame
    bad: pd.DataFrame
    problems: list[Problem]


@dataclass(slots=True, kw_only=True)
class _Work:
    """One table on its way through the check."""

    register: Register
    frame: pd.DataFrame
    file: str
    sheet: str
    headers: Mapping[str, str]
    values: dict[str, list[Any]] = field(default_factory=dict)
    absent: list[Column] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frame)

    def is_empty(self, place: int, *names: str) -> bool:
        """Tell whether a row says nothing in any of the named columns."""
        return all(name not in self.values or self.values[name][place] is None for name in names)


def check(
    register: Register,
    frame: pd.DataFrame,
    *,
    file: str = "",
    sheet: str = "",
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    headers: Mapping[str, str] | None = None,
) -> Checked:
    """Check all rows of one table; never stops at a bad one.

    Parameters
    ----------
    frame
        Raw cells; columns by their names in the register (see :func:`layers.tables.rename`), others
        are kept as extra; index = 1-based row in the sheet.
    tables
        Code tables of the bureau.
    headers
        Column name to the header it has in the file, for the report; Chinese titles where absent.
    """
    work = _Work(register=register, frame=frame, file=file, sheet=sheet, headers=headers or {})
    for column in register:
        _read_column(work, column, tables=tables)
    _settle_coordinates(work)
    settle_quantities(work.register, work.values)
    _check_places(work)
    _check_dates(work)
    derived = _derive_keys(work)
    problems, bad = _judge(work)
    good = [place for place in range(len(work)) if place not in bad]
    rows, twice = drop_duplicate_keys(register, _rows(work, good))
    lost = {problem.row for problem in twice if problem.severity == "error"}
    bad_index = [row for place, row in enumerate(frame.index) if place in bad or row in lost]
    order = sorted([*problems, *twice], key=lambda problem: problem.row or 0)
    return Checked(rows=rows, bad=frame.loc[bad_index], problems=[*derived, *order])


def _read_column(work: _Work, column: Column, *, tables: Mapping[str, codes.CodeTable]) -> None:
    """Read a column, every different cell once."""
    if column.name not in work.frame or column.discarded:
        work.values[column.name] = [None] * len(work)
        if column.required:
            work.absent.append(column)
        return
    known: dict[object, tuple[object, ValueProblem | None]] = {}
    in_wan = column.kind == "money" and "万元" in work.headers.get(column.name, "")
    values = []
    for place, raw in enumerate(work.frame[column.name].tolist()):
        key = raw if type(raw) is str else (type(raw), raw)
        found = known.get(key)
        if found is None:
            found = _attempt(column, raw, tables=tables)
            if in_wan and isinstance(found[0], float) and not _UNIT.search(str(raw)):
                found = (type(found[0])(found[0] * WAN), found[1])
            known[key] = found
        value, problem = found
        values.append(value)
        if problem is not None:
            work.issues.append((place, column.name, problem))
    work.values[column.name] = values


def _attempt(
    column: Column, raw: object, *, tables: Mapping[str, codes.CodeTable]
) -> tuple[object, ValueProblem | None]:
    try:
        return read_value(column, raw, tables=tables), None
    except ValueProblem as problem:
        return problem.kept, problem


def _settle_coordinates(work: _Work) -> None:
    """Settle pairs; a turned pair is no longer unreadable, an unreadable half is reported once."""
    notes = settle(work.values)
    turned = {place for place, _, note in notes if note.code == "swapped_lonlat"}
    work.issues = [
        (place, name, issue)
        for place, name, issue in work.issues
        if not (place in turned and issue.code == "bad_latitude")
    ]
    troubled = {place for place, _, issue in work.issues if issue.code in _PLACING}
    work.issues.extend(note for note in notes if note[0] not in troubled)


def _check_places(work: _Work) -> None:
    """Expect at least an address or coordinates of whatever is to be visited."""
    if work.register.name not in _PLACED:
        return
    named = ("address", "town", "village", "lon", "plate")
    troubled = {place for place, name, _ in work.issues if name in ("lon", "lat", "lonlat")}
    for place in range(len(work)):
        if work.is_empty(place, *named) and place not in troubled:
            work.issues.append((place, "address", ValueProblem("no_place", value="")))


def _check_dates(work: _Work) -> None:
    """Expect what comes after to be dated after."""
    for first, second in _ORDERED_DATES.get(work.register.name, ()):
        pairs = zip(work.values[first], work.values[second], strict=True)
        for place, (start, end) in enumerate(pairs):
            if start is not None and end is not None and end < start:
                detail = {
                    "other": work.register[first].title,
                    "other_en": first.replace("_", " "),
                    "other_value": start.isoformat(),
                }
                problem = ValueProblem("date_order", value=end, kept=end, detail=detail)
                work.issues.append((place, second, problem))


def _derive_keys(work: _Work) -> list[Problem]:
    """Give rows of a register whose key may be empty an id that is the same at every import.

    The credit code, or ``X`` and a hash of name and address. One warning for the whole file where
    it has no ids at all, else one a row.
    """
    key = work.register[work.register.key]
    empty = [place for place in range(len(work)) if work.values[key.name][place] is None]
    if key.required or not empty:
        return []
    if work.register.made_of:
        return _made_keys(work, key, empty)
    suspect = {
        place
        for place, name, problem in work.issues
        if name == "credit_code" or (name == key.name and problem.code == "digits_lost")
    }
    for place in empty:
        work.values[key.name][place] = _derived_key(work, place)
    if len(empty) == len(work):
        detail = {"count": len(empty), "suspect": len(suspect)}
        return [_problem(work, None, key, ValueProblem("keys_derived", value="", detail=detail))]
    for place in empty:
        detail = {"key": work.values[key.name][place]}
        work.issues.append((place, key.name, ValueProblem("key_derived", value="", detail=detail)))
    return []


def _made_keys(work: _Work, key: Column, empty: list[int]) -> list[Problem]:
    """Make ids of the columns that tell one record from another; one warning for the table."""
    parts = [part.split("|") for part in work.register.made_of]
    for place in empty:
        cells = [[work.values[name][place] for name in names] for names in parts]
        words = [next((fold(str(cell)) for cell in row if cell), "") for row in cells]
        digest = hashlib.sha256("\n".join(words).encode("utf-8")).hexdigest()
        work.values[key.name][place] = f"X{digest[:10]}"
    detail = {
        "count": len(empty),
        "parts": "、".join(work.register[names[0]].title for names in parts),
        "parts_en": ", ".join(names[0] for names in parts),
    }
    return [_problem(work, None, key, ValueProblem("keys_made", value="", detail=detail))]


def _derived_key(work: _Work, place: int) -> str:
    code = work.values["credit_code"][place]
    if code:
        return str(code)
    words = [fold(str(work.values[name][place] or "")) for name in ("name", "address")]
    return "X" + hashlib.sha256("\n".join(words).encode("utf-8")).hexdigest()[:10]


def _judge(work: _Work) -> tuple[list[Problem], set[int]]:
    """Turn issues into problems with a severity, and tell which rows are bad."""
    problems = [_absent(work, column) for column in work.absent]
    bad = set(range(len(work))) if work.absent else set()
    own_key = {
        place: work.values[work.register.key][place] != work.values["credit_code"][place]
        for place, name, _ in work.issues
        if name == "credit_code"
    }
    for place, name, issue in sorted(work.issues, key=lambda entry: entry[0]):
        column = work.register[name]
        severity: Severity = "error"
        if issue.code in (*_ALWAYS_WARN, "key_derived"):
            severity = "warning"
        elif not column.required:
            severity = _severity(work, place, column, issue, own_key=own_key.get(place, True))
        if severity == "error":
            bad.add(place)
        problems.append(_problem(work, place, column, issue, severity=severity))
    return problems, bad


def _absent(work: _Work, column: Column) -> Problem:
    """Say once that a required column is not there; every row of the table is bad."""
    detail = {"headers": "、".join(column.headers()), "count": len(work)}
    issue = ValueProblem("missing_column", value="", detail=detail)
    return _problem(work, None, column, issue, severity="error")


def _severity(
    work: _Work, place: int, column: Column, issue: ValueProblem, *, own_key: bool
) -> Severity:
    if issue.code in ("unknown_code", "bad_hours"):
        return "warning"
    if column.kind == "credit_code":
        return "warning" if own_key else "error"
    if issue.code == "digits_lost":
        identifies = column.name == work.register.key
        refers = (work.register.name, column.name) in REFERENCES
        return "error" if identifies or refers else "warning"
    if issue.code in _PLACING:
        return "error" if work.is_empty(place, "address", "town", "village") else "warning"
    return "error"


def _problem(
    work: _Work,
    place: int | None,
    column: Column,
    issue: ValueProblem,
    *,
    severity: Severity = "warning",
) -> Problem:
    return Problem(
        code=issue.code,
        severity=severity,
        file=work.file,
        sheet=work.sheet,
        row=None if place is None else int(work.frame.index[place]),
        column=work.headers.get(column.name, column.title).replace("\n", " "),
        value="***" if column.sensitive and issue.value else issue.value,
        register=work.register.name,
        name=column.name,
        detail=issue.detail,
    )


def _rows(work: _Work, good: Sequence[int]) -> pd.DataFrame:
    index = work.frame.index[list(good)]
    columns: dict[str, pd.Series[Any]] = {}
    for column in work.register:
        kind: Any = float if column.kind in FLOATS else object
        nothing: Any = () if column.kind in TUPLES else None
        read = work.values[column.name]
        cells = [nothing if read[place] is None else read[place] for place in good]
        columns[column.name] = pd.Series(cells, index=index, dtype=kind)
    columns["extra"] = pd.Series(_extras(work, good), index=index, dtype=object)
    columns["source_file"] = pd.Series(work.file, index=index, dtype=object)
    columns["source_sheet"] = pd.Series(work.sheet, index=index, dtype=object)
    columns["source_row"] = pd.Series([int(row) for row in index], index=index, dtype="int64")
    return pd.DataFrame(columns)


def _extras(work: _Work, good: Sequence[int]) -> list[dict[str, Any]]:
    extras: list[dict[str, Any]] = [{} for _ in good]
    for header in work.frame.columns:
        if header in work.register:
            continue
        cells = work.frame[header].tolist()
        known: dict[object, object] = {}
        for extra, place in zip(extras, good, strict=True):
            raw = cells[place]
            key = raw if type(raw) is str else (type(raw), raw)
            if key not in known:
                known[key] = _extra(raw)
            if known[key] is not None:
                extra[header] = known[key]
    return extras


def _extra(raw: object) -> object:
    """Keep an extra cell as JSON can hold it."""
    if is_missing(raw):
        return None
    if isinstance(raw, (bool, int)):
        return raw
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else raw
    return tidy(raw) if isinstance(raw, str) else shown(raw)
