"""A table of whatever headers for ``xunge geocode``: read whole, written with columns added."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.books import write_workbook
from layers.cells import fold, is_missing, shown
from layers.headers import SEARCH_ROWS, find_header
from layers.refusals import CodedError
from layers.tables import is_table, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    Cells = list[object]

_DECIMAL = re.compile(r"[+-]?\d+\.\d{2,}")
_ENDS = (".csv", ".xlsx")
_SUFFIX = re.compile(r"\.(csv|tsv|csv\.gz|xlsx|xlsm|xls|ods)$", re.IGNORECASE)


class GeocodeError(CodedError, ValueError):
    """A table that cannot be placed; ``code`` says why, ``detail`` what the sentence needs."""


class QuestionsError(ValueError):
    """What the user has to say before a table can be placed; ``codes`` are the questions."""

    def __init__(self, codes: Sequence[str], **detail: Any) -> None:
        super().__init__(f"{codes} {detail}")
        self.codes = tuple(codes)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet with all that stands on it.

    Attributes
    ----------
    grid
        All rows, each as wide as the widest.
    header
        Index of the first header row; -1 where the table has none.
    frame
        The rows that hold something, as they are; index = row in *grid*, headers unique.
    """

    name: str
    grid: list[Cells]
    header: int
    frame: pd.DataFrame


def read_sheet(
    path: Path,
    *,
    sheet: str = "",
    named: Collection[str] = (),
    is_place: Callable[[str], bool],
) -> Sheet:
    """Read the sheet that is to be placed.

    Parameters
    ----------
    named
        Headers that the user has named: the first row that has them all is the header.
    is_place
        Whether a text is an address: a first row that holds one is no header.

    Raises
    ------
    GeocodeError
        If the file is no table, is empty, or has several sheets and none is named.
    layers.problems.UnreadableFile
        If the file is damaged, locked or of unknown encoding.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    if not is_table(path):
        raise GeocodeError("geocode_no_table", file=path.name)
    sheets = {name: rows for name, rows in read_rows(path) if any(map(_filled, rows))}
    if not sheets:
        raise GeocodeError("geocode_empty", file=path.name)
    if sheet and sheet not in sheets:
        raise GeocodeError("geocode_unknown_sheet", sheet=sheet, sheets=list(sheets))
    if len(sheets) > 1 and not sheet:
        raise QuestionsError(["sheet"], sheets=list(sheets))
    name = sheet or next(iter(sheets))
    return _sheet(name, sheets[name], named, is_place)


def write_sheet(sheet: Sheet, added: pd.DataFrame, path: Path) -> None:
    """Write all rows of a sheet with the columns of *added* (indexed as its frame) behind them.

    The file appears whole or not at all. Text that begins with ``=`` is no formula in a workbook.
    """
    rows = [[*cells, *[None] * len(added.columns)] for cells in sheet.grid]
    width = len(sheet.grid[0])
    values = added.to_numpy(object)
    for index, row in zip(added.index, values, strict=True):
        rows[index][width:] = [None if value != value else value for value in row]
    names = added_names(sheet, list(added.columns))
    if sheet.header < 0:
        rows.insert(0, [*sheet.frame.columns, *names])
    else:
        rows[sheet.header][width:] = names
    if path.suffix.lower() == ".xlsx":
        head = ["" if cell is None else cell for cell in rows[0]]
        write_workbook(path, {sheet.name or "Sheet1": pd.DataFrame(rows[1:], columns=head,
                                                                   dtype=object)})  # fmt: skip
        return
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [cell if isinstance(cell, str) else _plain(cell) for cell in row] for row in rows
    )
    part = path.with_name(f".{path.name}.part")
    part.write_text(text.getvalue(), "utf-8-sig", newline="")
    part.replace(path)


def added_names(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """Return the headers of added columns; one that the table has already begins with placed_."""
    taken = {fold(str(header)) for header in sheet.frame.columns}
    return [f"placed_{name}" if name in taken else name for name in names]


def output_path(path: Path, out: Path | None) -> Path:
    """Return where the result goes.

    Raises
    ------
    GeocodeError
        If it is the table itself, or neither CSV nor xlsx.
    NotADirectoryError
        If its folder is not there.
    """
    if out is None:
        stem = _SUFFIX.sub("", path.name)
        text = path.name.lower().endswith((".csv", ".tsv", ".csv.gz"))
        return path.with_name(f"{stem}_定位{_ENDS[0] if text else _ENDS[1]}")
    if out.suffix.lower() not in _ENDS:
        raise GeocodeError("geocode_bad_out", file=out.name)
    if not out.parent.is_dir():
        raise NotADirectoryError(str(out.parent))
    if out.resolve() == path.resolve():
        raise GeocodeError("geocode_out_is_table", file=out.name)
    return out


def put_by(path: Path) -> Path | None:
    """Rename a file that would be overwritten; return its new name, None where there is none."""
    if not path.exists():
        return None
    names = (path.with_name(f"{path.stem}.旧{n}{path.suffix}") for n in count(1))
    kept = next(name for name in names if not name.exists())
    return path.rename(kept)


def _filled(row: Cells) -> bool:
    return any(not is_missing(cell) for cell in row)


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.7f}".rstrip("0").rstrip(".") if isinstance(cell, float) else shown(cell)


def _sheet(
    name: str, rows: list[Cells], named: Collection[str], is_place: Callable[[str], bool]
) -> Sheet:
    width = max(map(len, rows))
    grid = [[None if cell == "" else cell for cell in (*row, *[None] * (width - len(row)))]
            for row in rows]  # fmt: skip
    first = next(k for k, row in enumerate(grid) if _filled(row))
    told = _named_header(grid, named)
    plain = (first, 1, tuple(map(_label, grid[first])))
    header, depth, labels = told or find_header(grid) or plain
    values = () if told else filter(None, labels)
    if any(_DECIMAL.fullmatch(label) or is_place(label) for label in values):
        header, depth, labels = -1, 1, ("",) * width
    seen: dict[str, int] = {}
    headers = []
    for place, label in enumerate(labels, start=1):
        text = label or f"第{place}列"
        seen[text] = seen.get(text, 0) + 1
        headers.append(text if seen[text] == 1 else f"{text}#{seen[text]}")
    kept = [k for k in range(header + depth, len(grid)) if _filled(grid[k])]
    frame = pd.DataFrame([grid[k] for k in kept], columns=headers, index=kept, dtype=object)
    return Sheet(name=name, grid=grid, header=header, frame=frame)


def _named_header(
    grid: Sequence[Cells], named: Collection[str]
) -> tuple[int, int, tuple[str, ...]] | None:
    """Return the row that has all headers that the user has named, if any are."""
    for index, row in enumerate(grid[:SEARCH_ROWS] if named else ()):
        labels = tuple(_label(cell).strip() for cell in row)
        if set(named) <= set(labels):
            return index, 1, labels
    return None


def _label(cell: object) -> str:
    return "" if cell is None else shown(cell)
