"""A folder of ledgers in one pass: every register, every problem, every row set aside."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from layers import codes
from layers.campaigns.campaign import FOLDER
from layers.check import check
from layers.keys import drop_duplicate_keys
from layers.mending import (
    MENDED_PREFIX,
    Piece,
    SetAside,
    claims_of,
    concluded,
    is_mended,
    mended_rows,
    set_aside,
    touched,
    write_parts,
)
from layers.problems import Problem, UnreadableFile
from layers.references import check_references, link_references
from layers.schema import REGISTERS
from layers.tables import is_table, read_tables, recognise, rename, without_discarded
from layers.undated import undated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from layers.mapping import LedgerMap, TableMap
    from layers.schema import Register
    from layers.tables import RawTable

__all__ = ["LedgerFile", "Ledgers", "SetAside", "read_ledgers", "write_bad_rows"]

CORRECTIONS_NAME = "地址更正记录.csv"
"""The ledger of corrected places, which geocoding reads."""
PLACES_NAME = f"{MENDED_PREFIX}定位.xlsx"
"""Places of the ledgers to be put right; they are no rows of a register."""
CALENDAR_NAME = "工作日调整.csv"
"""Days on which the bureau overrules the public calendar, which due dates read."""
SKIPPED_NAMES = ("truth.csv", CORRECTIONS_NAME, CALENDAR_NAME)
"""The true points beside an example county, which no step may see; what others read themselves."""
SKIPPED_FOLDERS = ("out", FOLDER)
_RESULT = ("level", "radius_m", "civil_code", "confidence")  # columns of a table that was placed
_PLACES = re.compile(rf"({MENDED_PREFIX}定位|.*_待修正)(\.旧\d+)?\.xlsx")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFile:
    """One table that was read.

    ``name`` is the path inside the ledger folder, ``sha256`` that of the whole file, ``rows`` and
    ``bad`` the numbers of rows taken and set aside.
    """

    name: str
    sha256: str
    sheet: str
    register: str
    rows: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """What a folder of ledgers says.

    Attributes
    ----------
    registers
        Every register by name, in the order of an import; one without a file is an empty frame with
        all its columns. Columns as :class:`layers.check.Checked` says; the index counts from 0.
    problems
        All of them, by file, sheet and row.
    bad
        Rows set aside, by the file in which they stand.
    mended
        Rows of the files of rows set aside that are good now.
    files
        Every table that was read.
    unread
        Names of the files, or file and sheet, that were not understood.
    """

    registers: dict[str, pd.DataFrame]
    problems: list[Problem]
    bad: dict[str, tuple[SetAside, ...]] = field(default_factory=dict)
    mended: tuple[SetAside, ...] = ()
    files: tuple[LedgerFile, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def errors(self) -> list[Problem]:
        """The problems for which a row, a table or a file was left out."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems in spite of which the row was taken."""
        return [problem for problem in self.problems if problem.severity == "warning"]


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What has been gathered so far."""

    tables: Mapping[str, codes.CodeTable]
    pieces: list[Piece] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_ledgers(
    folder: Path,
    *,
    mapping: LedgerMap | None = None,
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
) -> Ledgers:
    """Read and check every ledger of a folder and what a mapping adds to it.

    Folders called ``out`` and hidden ones are left alone, so are Excel's lock files, the true
    points of an example county, and what geocoding has people put right. A file that a mapping
    names is read by the mapping only. Files of rows set aside are read last, see
    :mod:`layers.mending`.

    Parameters
    ----------
    mapping
        See :func:`layers.mapping.read_mapping`.
    tables
        Code tables of the bureau.

    Raises
    ------
    FileNotFoundError
        If there is no such folder. Nothing that stands inside a file raises.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    reading = _Reading(tables=tables)
    mapped = mapping.by_file(folder) if mapping else {}
    if mapping:
        reading.problems.extend(_unmatched(table) for table in mapping.unmatched(folder))
    for path, maps in mapped.items():
        _read_file(reading, path, folder, maps)
    seen = {path.resolve() for path in mapped}
    for path in _paths(folder):
        if path.resolve() not in seen:
            _read_file(reading, path, folder, [])
    return _gathered(reading)


def write_bad_rows(
    ledgers: Ledgers, folder: Path, *, describe: Callable[[Problem], str] | None = None
) -> list[Path]:
    """Write the rows set aside into one ``待修正_<register>.xlsx`` per register.

    Rows that were mended in such a file stay in it, without a problem, for the ledger still holds
    them as they were. A register without bad rows is not written, nor is a table that lacks a
    required column: that is mended in the ledger. How rows re-enter: :mod:`layers.mending`.

    Parameters
    ----------
    folder
        The ledger folder, so that the next reading finds the mended rows.
    describe
        Sentence for a problem; column, code and value where not given.

    Returns
    -------
    list of Path
        The files written, in the order of the registers.
    """
    headless = {(p.file, p.sheet) for p in ledgers.problems if p.code == "missing_column"}
    bad = [
        part
        for file, parts in ledgers.bad.items()
        for part in parts
        if (file, part.sheet) not in headless
    ]
    written = []
    for register in REGISTERS.values():
        mine = [part for part in bad if part.register is register]
        if mine:
            before = [part for part in ledgers.mended if part.register is register]
            parts = [*before, *mine]
            written.append(write_parts(folder, register, parts, describe=describe or _plain))
    return written


def _plain(problem: Problem) -> str:
    return " ".join(word for word in (problem.column, problem.code, problem.value) if word)


def _paths(folder: Path) -> list[Path]:
    """Return the ledgers in order of their names, files of rows set aside last."""
    found = []
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts[:-1]
        hidden = any(part.startswith(".") or part in SKIPPED_FOLDERS for part in inner)
        skipped = path.name in SKIPPED_NAMES or _PLACES.fullmatch(path.name)
        if not hidden and not skipped and is_table(path) and path.is_file():
            found.append(path)
    return sorted(
        found,
        key=lambda path: (path.name.startswith(MENDED_PREFIX), path.relative_to(folder).parts),
    )


def _unmatched(table: TableMap) -> Problem:
    return Problem(code="mapping_no_file", value=table.file, register=table.register.name)


def _read_file(reading: _Reading, path: Path, folder: Path, maps: Sequence[TableMap]) -> None:
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    try:
        found = read_tables(path, name=name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except UnreadableFile as error:
        detail = {"reason": error.reason}
        reading.problems.append(Problem(code=error.code, file=name, detail=detail))
        reading.unread.append(name)
        return
    reading.names.append(name)
    if not found:
        reading.problems.append(Problem(code="no_table", severity="warning", file=name))
        reading.unread.append(name)
    for raw in found:
        chosen = [table for table in maps if table.takes(raw)]
        if chosen:
            pieces = [_mapped_piece(reading, raw, table) for table in chosen]
        else:
            pieces = _own_piece(reading, raw)
        reading.pieces.extend(replace(piece, sha256=digest) for piece in pieces)


def _mapped_piece(reading: _Reading, raw: RawTable, table: TableMap) -> Piece:
    mapped = table.apply(raw)
    register = table.register
    reading.problems.extend(mapped.problems)
    checked = check(
        register,
        mapped.frame,
        file=raw.file,
        sheet=raw.sheet,
        tables=reading.tables,
        headers=mapped.headers,
    )
    titles = {name: register[name].title for name in mapped.frame.columns if name in register}
    frame = mapped.frame.rename(columns=titles)
    as_register = replace(raw, headers=tuple(frame.columns), frame=frame)
    return Piece(register=register, raw=as_register, checked=checked)


def _own_piece(reading: _Reading, raw: RawTable) -> list[Piece]:
    placed = {*_RESULT} <= {*raw.headers}
    register = None if placed else recognise(raw)
    if register is None:
        reading.problems.append(_placed_table(raw) if placed else _unknown_table(raw))
        reading.unread.append(f"{raw.file} {raw.sheet}".strip())
        return []
    raw, notes = without_discarded(raw, register)
    if is_mended(raw):
        raw = touched(raw, ledgers=reading.names)
    renamed = rename(raw, register)
    reading.problems.extend([*notes, *renamed.problems])
    checked = check(
        register,
        renamed.frame,
        file=raw.file,
        sheet=raw.sheet,
        tables=reading.tables,
        headers=renamed.headers,
    )
    return [Piece(register=register, raw=raw, checked=checked)]


def _placed_table(raw: RawTable) -> Problem:
    return Problem(code="placed_table", severity="warning", file=raw.file, sheet=raw.sheet)


def _unknown_table(raw: RawTable) -> Problem:
    return Problem(
        code="unknown_table",
        severity="warning",
        file=raw.file,
        sheet=raw.sheet,
        row=raw.header_row,
        detail={"headers": "、".join(raw.headers)},
    )


def _gathered(reading: _Reading) -> Ledgers:
    registers: dict[str, pd.DataFrame] = {}
    pieces: list[Piece] = []
    for register in REGISTERS.values():
        own = [piece for piece in reading.pieces if piece.register is register]
        registers[register.name], merged = _merged(register, own)
        pieces.extend(merged)
    files = sorted((_file(piece, registers) for piece in pieces), key=_file_order)
    registers, notes = link_references(registers)
    problems = [*reading.problems, *notes, *check_references(registers), *undated(registers)]
    problems.extend(problem for piece in pieces for problem in piece.problems)
    bad: dict[str, tuple[SetAside, ...]] = {}
    for piece in pieces:
        if piece.bad_rows:
            bad[piece.raw.file] = (*bad.get(piece.raw.file, ()), set_aside(piece))
    return Ledgers(
        registers=registers,
        problems=sorted(problems, key=_problem_order),
        bad=dict(sorted(bad.items())),
        mended=tuple(mended_rows(piece) for piece in pieces if piece.is_mended),
        files=tuple(files),
        unread=tuple(reading.unread),
    )


def _merged(register: Register, pieces: list[Piece]) -> tuple[pd.DataFrame, list[Piece]]:
    """Put the tables of one register below one another; mended rows take their places."""
    ledgers, twice = _stacked(register, [piece for piece in pieces if not piece.is_mended])
    mended, mended_twice = _stacked(register, [piece for piece in pieces if piece.is_mended])
    claims = claims_of(pieces)
    if len(mended):
        ledgers = ledgers[~ledgers[register.key].isin(mended[register.key])]
        ledgers = pd.concat([ledgers, mended]) if len(ledgers) else mended
    found = [*twice, *mended_twice]
    return ledgers.reset_index(drop=True), [concluded(piece, found, claims) for piece in pieces]


def _stacked(register: Register, pieces: list[Piece]) -> tuple[pd.DataFrame, list[Problem]]:
    parts = [piece.checked.rows for piece in pieces if len(piece.checked.rows)]
    if not parts:
        nothing = pd.DataFrame(index=pd.Index([], dtype="int64"))
        return check(register, nothing).rows, []
    return drop_duplicate_keys(register, pd.concat(parts) if len(parts) > 1 else parts[0])


def _file(piece: Piece, registers: Mapping[str, pd.DataFrame]) -> LedgerFile:
    rows = registers[piece.register.name]
    file, sheet = piece.place
    here = (rows["source_file"] == file) & (rows["source_sheet"] == sheet)
    return LedgerFile(
        name=file,
        sha256=piece.sha256,
        sheet=sheet,
        register=piece.register.name,
        rows=int(here.sum()),
        bad=len(piece.bad_rows),
    )


def _file_order(file: LedgerFile) -> tuple[str, str, str]:
    return file.name, file.sheet, file.register


def _problem_order(problem: Problem) -> tuple[str, str, int, str, str, str]:
    row = problem.row or 0
    return problem.file, problem.sheet, row, problem.register, problem.name, problem.code
