"""Odd ledgers: a TOML file that says which column of which file is what.

One ``[[table]]`` per register that a file feeds::

    [[table]]
    file = "inspections*.csv.gz"      # relative to the ledger folder, or absolute; may be a glob
    register = "enterprises"
    distinct_by = ["License"]         # one row per licence …
    latest_by = "Inspection_Date"     # … the latest one
    [table.columns]
    id = "License"
    address = ["Street", "Town"]      # several columns, joined by spaces
    [table.constants]
    datum = "wgs84"
    [table.sums]
    findings = ["critical", "serious", "minor"]
    [table.values.risk_grade]
    "Risk 1 (High)" = "major"
    [table.where]
    Kind = ["Canvass", "Complaint"]   # only these rows

Further keys: ``sheet`` (glob), ``prefix`` (column to text put before it), ``extra`` (headers that
are kept beside the register's columns; all unused ones where it is not given).
"""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cells import is_missing, shown
from layers.dates import read_date
from layers.problems import Problem, ValueProblem
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.schema import Register
    from layers.tables import RawTable

_KEYS = frozenset(
    ("file", "sheet", "register", "distinct_by", "latest_by", "columns", "constants", "sums",
     "values", "prefix", "where", "extra")
)  # fmt: skip
_BY_COLUMN = ("columns", "constants", "sums", "values", "prefix")


class MappingError(ValueError):
    """A mapping file that cannot be followed.

    Attributes
    ----------
    path, code, table
        The file; ``mapping_syntax``, ``mapping_key``, ``mapping_register`` or ``mapping_column``;
        number of the ``[[table]]`` from 1, 0 for the whole file.
    value
        The word that is not understood.
    """

    def __init__(self, path: Path, *, code: str, table: int, value: str) -> None:
        super().__init__(f"{path.name}, table {table}: {code}: {value}")
        self.path = path
        self.code = code
        self.table = table
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A table in the words of a register.

    ``frame`` has the register's column names and the extra headers, index as in the file;
    ``headers`` gives the header(s) in the file for each column name.
    """

    frame: pd.DataFrame
    headers: dict[str, str]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    """One ``[[table]]`` of a mapping file; see the top of this module."""

    file: str
    register: Register
    sheet: str = "*"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    prefix: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    distinct_by: tuple[str, ...] = ()
    latest_by: str = ""
    extra: tuple[str, ...] | None = None

    def paths(self, folder: Path) -> list[Path]:
        """Return the files this table reads, sorted; *folder* is the ledger folder."""
        pattern = Path(self.file)
        if not any(sign in self.file for sign in "*?["):
            path = pattern if pattern.is_absolute() else folder / pattern
            return [path] if path.is_file() else []
        root = Path(pattern.anchor) if pattern.is_absolute() else folder
        relative = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
        return sorted(path for path in root.glob(relative.as_posix()) if path.is_file())

    def takes(self, table: RawTable) -> bool:
        """Tell whether the sheet is meant."""
        return fnmatch.fnmatchcase(table.sheet, self.sheet)

    def apply(self, table: RawTable) -> Mapped:
        """Bring one raw table into the words of the register.

        A header that the file does not have is the problem ``mapping_header_missing``; its column
        stays empty. The argument is not changed.
        """
        absent = [header for header in self._used() if header not in table.frame]
        frame = self._rows(table.frame)
        cells: dict[str, list[object]] = {}
        for name, headers in self.columns.items():
            cells[name] = _joined(frame, headers)
        for name, headers in self.sums.items():
            cells[name] = _summed(frame, headers)
        for name, constant in self.constants.items():
            cells[name] = [constant] * len(frame)
        for name, words in self.values.items():
            cells[name] = [_replaced(raw, words) for raw in cells.get(name, [])]
        for name, text in self.prefix.items():
            cells[name] = [None if is_missing(c) else text + shown(c) for c in cells[name]]
        for header in self._extras(table):
            cells[self._label(header)] = frame[header].tolist()
        columns = {name: pd.Series(c, index=frame.index, dtype=object) for name, c in cells.items()}
        return Mapped(
            frame=pd.DataFrame(columns, index=frame.index),
            headers={n: "+".join(h) for n, h in {**self.columns, **self.sums}.items()},
            problems=[self._absent(table, header) for header in absent],
        )

    def _used(self) -> list[str]:
        headers = [h for group in (self.columns, self.sums) for hs in group.values() for h in hs]
        latest = [self.latest_by] if self.latest_by else []
        return list(dict.fromkeys([*headers, *self.where, *self.distinct_by, *latest]))

    def _extras(self, table: RawTable) -> list[str]:
        if self.extra is not None:
            return [header for header in self.extra if header in table.frame]
        used = {h for group in (self.columns, self.sums) for hs in group.values() for h in hs}
        return [header for header in table.headers if header not in used]

    def _label(self, header: str) -> str:
        """Name an extra column so that it is no column of the register."""
        taken = {word for column in self.register for word in (column.name, column.title)}
        return f"{header}（原列）" if header in taken else header

    def _rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        for header, allowed in self.where.items():
            if header in frame:
                frame = _where(frame, [shown(cell).strip() in allowed for cell in frame[header]])
        keys = [header for header in self.distinct_by if header in frame]
        if not keys:
            return frame
        frame = _where(frame, [not any(map(is_missing, row)) for row in frame[keys].to_numpy()])
        return _latest(frame, keys, self.latest_by if self.latest_by in frame else "")

    def _absent(self, table: RawTable, header: str) -> Problem:
        return Problem(
            code="mapping_header_missing",
            severity="error",
            file=table.file,
            sheet=table.sheet,
            column=header,
            register=self.register.name,
            detail={"headers": "、".join(table.headers)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerMap:
    """A mapping file: its tables in order."""

    tables: tuple[TableMap, ...]

    def by_file(self, folder: Path) -> dict[Path, list[TableMap]]:
        """Return the files that are read by mapping, in the order of the tables."""
        found: dict[Path, list[TableMap]] = {}
        for table in self.tables:
            for path in table.paths(folder):
                found.setdefault(path, []).append(table)
        return found

    def unmatched(self, folder: Path) -> list[TableMap]:
        """Return the tables for which there is no file."""
        return [table for table in self.tables if not table.paths(folder)]


def read_mapping(path: Path) -> LedgerMap:
    """Read a mapping file.

    Raises
    ------
    MappingError
        If it is no TOML, or names a key, register or column that does not exist.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(path, code="mapping_syntax", table=0, value=str(error)) from None
    entries = raw.get("table", [])
    if set(raw) - {"table"} or not isinstance(entries, list) or not entries:
        value = "、".join(sorted(set(raw) - {"table"})) or "[[table]]"
        raise MappingError(path, code="mapping_key", table=0, value=value)
    return LedgerMap(
        tables=tuple(_table(path, number, entry) for number, entry in enumerate(entries, start=1))
    )


def _table(path: Path, number: int, entry: dict[str, Any]) -> TableMap:
    def refuse(code: str, value: str) -> MappingError:
        return MappingError(path, code=code, table=number, value=value)

    unknown = sorted(set(entry) - _KEYS) or [k for k in ("file", "register") if k not in entry]
    if unknown:
        raise refuse("mapping_key", "、".join(unknown))
    register = REGISTERS.get(str(entry["register"]))
    if register is None:
        raise refuse("mapping_register", str(entry["register"]))
    for key in _BY_COLUMN:
        strange = [name for name in entry.get(key, {}) if name not in register]
        if strange:
            raise refuse("mapping_column", "、".join(strange))
    given = {name for key in ("columns", "constants", "sums") for name in entry.get(key, {})}
    loose = [n for key in ("values", "prefix") for n in entry.get(key, {}) if n not in given]
    if loose:
        raise refuse("mapping_column", "、".join(loose))
    return _built(entry, register)


def _built(entry: dict[str, Any], register: Register) -> TableMap:
    return TableMap(
        file=str(entry["file"]),
        register=register,
        sheet=str(entry.get("sheet", "*")),
        columns={name: _names(headers) for name, headers in entry.get("columns", {}).items()},
        constants=dict(entry.get("constants", {})),
        sums={name: _names(headers) for name, headers in entry.get("sums", {}).items()},
        values={name: dict(words) for name, words in entry.get("values", {}).items()},
        prefix=dict(entry.get("prefix", {})),
        where={header: _names(words) for header, words in entry.get("where", {}).items()},
        distinct_by=_names(entry.get("distinct_by", ())),
        latest_by=str(entry.get("latest_by", "")),
        extra=_names(entry["extra"]) if "extra" in entry else None,
    )


def _names(value: str | Iterable[object]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def _where(frame: pd.DataFrame, keep: list[bool]) -> pd.DataFrame:
    return frame[pd.Series(keep, index=frame.index, dtype=bool)]


def _joined(frame: pd.DataFrame, headers: tuple[str, ...]) -> list[object]:
    present = [header for header in headers if header in frame]
    if len(headers) == 1 and present:
        return frame[present[0]].tolist()
    columns = [frame[header].tolist() for header in present]
    if not columns:
        return [None] * len(frame)
    return [
        " ".join(shown(cell) for cell in row if not is_missing(cell)) or None
        for row in zip(*columns, strict=True)
    ]


def _summed(frame: pd.DataFrame, headers: tuple[str, ...]) -> list[object]:
    columns = [frame[header].tolist() for header in headers if header in frame]
    if not columns:
        return [None] * len(frame)
    return [_sum(row) for row in zip(*columns, strict=True)]


def _sum(row: tuple[object, ...]) -> object:
    """Add what is there; cells that are no numbers come back as text, for the check to report."""
    cells = [cell for cell in row if not is_missing(cell)]
    if not cells:
        return None
    try:
        return sum(float(shown(cell)) for cell in cells)
    except ValueError:
        return "+".join(map(shown, cells))


def _replaced(raw: object, words: Mapping[str, str]) -> object:
    return None if raw is None else words.get(shown(raw).strip(), raw)


def _latest(frame: pd.DataFrame, keys: list[str], date_header: str) -> pd.DataFrame:
    """Keep the last row of every key, by date and then by row; rows stay in the file's order."""
    dates = [_day(cell) for cell in frame[date_header]] if date_header else [""] * len(frame)
    winners: dict[tuple[str, ...], tuple[str, int]] = {}
    rows = frame[keys].to_numpy().tolist()
    for place, (day, row) in enumerate(zip(dates, rows, strict=True)):
        key = tuple(map(shown, row))
        if key not in winners or day >= winners[key][0]:
            winners[key] = (day, place)
    return frame.iloc[sorted(place for _, place in winners.values())]


def _day(cell: object) -> str:
    """Return a date as ISO text, which sorts as dates do; an unreadable one before any."""
    try:
        return read_date(cell).isoformat()
    except ValueProblem:
        return ""
