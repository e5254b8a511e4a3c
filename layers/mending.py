"""Rows set aside: written to be mended, read again, and known again by a fingerprint.

Rows set aside go into ``待修正_<register>.xlsx`` beside the ledgers, under the headers they came
with, and with two more: ``问题`` says what is wrong, ``来源`` where the row came from (file, sheet,
row and a fingerprint of its cells). Whoever mends the rows there need not touch the ledger. How
they re-enter:

* A row that nobody has touched is left to its ledger: there it is still bad, and reported, or has
  been mended in the ledger itself. If the ledger is gone, the row is read like any other.
* A touched row stands for the bad row of the ledger with the fingerprint it names; that row is not
  reported any more. If its ``来源`` was lost, it stands for the bad rows with the same key.
* A touched row that is good takes the place of a row with the same key that came in from a ledger.
* A touched row that is still bad is reported at its place in the file of rows set aside.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from layers.books import write_workbook
from layers.cells import fold, shown
from layers.headers import OWN_HEADERS, match_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from layers.check import Checked
    from layers.problems import Problem
    from layers.schema import Register
    from layers.tables import RawTable

MENDED_PREFIX = "待修正_"
"""How the name of a file of rows set aside begins; the title of its register follows."""

_PROBLEM, _SOURCE = OWN_HEADERS
_SOURCE_TEXT = re.compile(r"(.*) · (.*) · 第(\d+)行 · ([0-9a-f]{10})\s*")

Source = tuple[str, str, str]
"""File, sheet and fingerprint of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Rows of one table that are to be mended, or that were mended.

    Attributes
    ----------
    register
        The register they belong to.
    rows
        Raw cells under the headers of the file; index = row in that file.
    sources
        Where each row first came from, as ``来源`` says it; empty where that was lost.
    problems
        What is wrong with each row; nothing for mended ones.
    sheet
        Sheet of the file in which they stand.
    """

    register: Register
    sheet: str
    rows: pd.DataFrame
    sources: tuple[str, ...]
    problems: tuple[tuple[Problem, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One table as it was read: raw cells under the headers of the file, and what they say.

    ``problems`` and ``bad_rows`` are filled by :func:`concluded`.
    """

    register: Register
    raw: RawTable
    checked: Checked
    sha256: str = ""
    problems: tuple[Problem, ...] = ()
    bad_rows: tuple[int, ...] = ()

    @property
    def is_mended(self) -> bool:
        """Whether this is a file of rows set aside."""
        return is_mended(self.raw)

    @property
    def place(self) -> tuple[str, str]:
        """File and sheet."""
        return self.raw.file, self.raw.sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the rows of the files of rows set aside stand for: sources, or keys without a source."""

    sources: frozenset[Source] = frozenset()
    keys: frozenset[str] = frozenset()

    def cover(self, piece: Piece, row: int) -> bool:
        """Tell whether a touched row stands for this bad row of a ledger."""
        if piece.is_mended or not (self.sources or self.keys):
            return False
        return (*piece.place, fingerprint(piece.raw, row)) in self.sources or (
            _key(piece, row) in self.keys
        )


def is_mended(table: RawTable) -> bool:
    """Tell whether a table comes from a file of rows set aside."""
    return Path(table.file).name.startswith(MENDED_PREFIX)


def fingerprint(table: RawTable, row: int) -> str:
    """Return a hash of the cells of a row that survives being written and read again."""
    words = [
        f"{fold(header)}={shown(cell)}"
        for header, cell in zip(table.headers, list(table.frame.loc[row]), strict=True)
        if header not in OWN_HEADERS and cell is not None and shown(cell) != ""
    ]
    return hashlib.sha256("\n".join(words).encode("utf-8")).hexdigest()[:10]


def touched(table: RawTable, *, ledgers: Collection[str]) -> RawTable:
    """Return a table of rows set aside without those that nobody has touched.

    Parameters
    ----------
    ledgers
        Names of the files that were read; an untouched row of another file stays.
    """
    if _SOURCE not in table.headers:
        return table
    keep = []
    for row, text in table.frame[_SOURCE].items():
        source = _read_source(text)
        same = source is not None and source[2] == fingerprint(table, _number(row))
        keep.append(not (same and source is not None and source[0] in ledgers))
    mask = pd.Series(keep, index=table.frame.index, dtype=bool)
    return replace(table, frame=table.frame[mask])


def claims_of(pieces: Iterable[Piece]) -> Claims:
    """Gather what the touched rows of *pieces* stand for."""
    sources: set[Source] = set()
    keys: set[str] = set()
    for piece in pieces:
        if piece.is_mended:
            for row in piece.raw.frame.index:
                source = _read_source(_source_text(piece, row))
                if source is not None:
                    sources.add(source)
                elif key := _key(piece, row):
                    keys.add(key)
    return Claims(sources=frozenset(sources), keys=frozenset(keys))


def concluded(piece: Piece, found: Iterable[Problem], claims: Claims) -> Piece:
    """Return a piece with all its problems and bad rows, less those that others stand for.

    Parameters
    ----------
    found
        Problems found across tables (second rows with one key); those of this table are picked.
    """
    own = [problem for problem in found if (problem.file, problem.sheet) == piece.place]
    lost = {_number(row) for row in piece.checked.bad.index}
    lost |= {p.row for p in own if p.severity == "error" and p.row is not None}
    gone = {row for row in lost if claims.cover(piece, row)}
    return replace(
        piece,
        problems=tuple(p for p in (*piece.checked.problems, *own) if p.row not in gone),
        bad_rows=tuple(sorted(lost - gone)),
    )


def set_aside(piece: Piece) -> SetAside:
    """Return the bad rows of a concluded piece."""
    said: dict[int | None, list[Problem]] = {}
    for problem in piece.problems:
        said.setdefault(problem.row, []).append(problem)
    return SetAside(
        register=piece.register,
        sheet=piece.raw.sheet,
        rows=piece.raw.frame.loc[list(piece.bad_rows)],
        sources=tuple(_source_text(piece, row) for row in piece.bad_rows),
        problems=tuple(tuple(said.get(row, ())) for row in piece.bad_rows),
    )


def mended_rows(piece: Piece) -> SetAside:
    """Return the rows of a file of rows set aside that are good now."""
    good = [_number(row) for row in piece.raw.frame.index if row not in piece.bad_rows]
    return SetAside(
        register=piece.register,
        sheet=piece.raw.sheet,
        rows=piece.raw.frame.loc[good],
        sources=tuple(_source_text(piece, row) for row in good),
        problems=((),) * len(good),
    )


def write_parts(
    folder: Path,
    register: Register,
    parts: Sequence[SetAside],
    *,
    describe: Callable[[Problem], str],
) -> Path:
    """Write rows set aside, and those mended before, into the register's file in *folder*.

    Rows under the same headers share a sheet.
    """
    sheets: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for part in parts:
        rows = part.rows[[h for h in part.rows.columns if h not in OWN_HEADERS]]
        words = ["；".join(map(describe, problems)) for problems in part.problems]
        own = {_PROBLEM: words, _SOURCE: list(part.sources)}
        frame = rows.assign(**{h: pd.Series(w, rows.index, dtype=object) for h, w in own.items()})
        sheets.setdefault(tuple(rows.columns), []).append(frame)
    named = {
        f"{register.title}{number if number > 1 else ''}": pd.concat(frames)
        for number, frames in enumerate(sheets.values(), start=1)
    }
    return write_workbook(folder / f"{MENDED_PREFIX}{register.title}.xlsx", named)


def _number(row: object) -> int:
    return int(str(row))


def _key(piece: Piece, row: int) -> str:
    matched = match_headers(piece.raw.headers, piece.register)
    header = next((h for h, name in matched.items() if name == piece.register.key), None)
    return "" if header is None else shown(piece.raw.frame.at[row, header] or "")


def _source_text(piece: Piece, row: int) -> str:
    if not piece.is_mended:
        file, sheet = piece.place
        return f"{file} · {sheet or '-'} · 第{row}行 · {fingerprint(piece.raw, row)}"
    said = piece.raw.frame.at[row, _SOURCE] if _SOURCE in piece.raw.headers else ""
    return said if isinstance(said, str) else ""


def _read_source(text: object) -> Source | None:
    match = _SOURCE_TEXT.fullmatch(text) if isinstance(text, str) else None
    return (match[1], "" if match[2] == "-" else match[2], match[4]) if match else None
