"""Excel and CSV files into raw tables, and raw tables into the columns of a register.

Nothing is interpreted here but the shape: where the header stands, which rows carry data, which
column of which register a header means. Cells stay as the file gave them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import python_calamine

from layers.books import write_table, write_workbook
from layers.cells import fold, is_missing
from layers.delimited import read_delimited
from layers.headers import OWN_HEADERS, find_header, header_forms, lookup, match_headers, rarity
from layers.problems import Problem, UnreadableFile
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.schema import Register

__all__ = [
    "SUFFIXES",
    "RawTable",
    "Renamed",
    "is_table",
    "read_rows",
    "read_tables",
    "recognise",
    "rename",
    "without_discarded",
    "write_table",
    "write_workbook",
]

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".csv.gz")
"""File names that may hold ledgers."""

_TOTAL = re.compile(r"(总计|合计|小计|共计|累计|总数|total)[\d:户家项个条起次人,.]*", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"(注|备注|说明|填表人?|制表人?|填报人?|审核人?|单位盖章|联系人)[:：]|以下空白|[一二三四五六七八九十]+、"
)
_FEW_CELLS = 4
_ENOUGH_EVIDENCE = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One sheet as it stands in its file.

    Attributes
    ----------
    file, sheet
        Name of the file (as the caller wants it reported) and of the sheet, empty for CSV.
    title
        Text above the header, rows joined by spaces.
    header_row
        1-based row of the (first) header row.
    headers
        One per column, unique; a header of two rows is group, line break, part.
    frame
        Raw cells as objects, None where empty; columns = headers, index = 1-based row in the sheet.
    skipped
        Rows left out because they are totals, footnotes or repeated headers.
    """

    file: str
    sheet: str
    title: str
    header_row: int
    headers: tuple[str, ...]
    frame: pd.DataFrame
    skipped: tuple[int, ...] = ()


def is_table(path: Path) -> bool:
    """Tell whether a file may hold ledgers, by its name; Excel's lock files do not."""
    return path.name.lower().endswith(SUFFIXES) and not path.name.startswith(("~$", "."))


def read_tables(path: Path, *, name: str = "") -> list[RawTable]:
    """Read every sheet of a file that has a header and data.

    Parameters
    ----------
    name
        Name under which the file is reported; its own name where empty.

    Raises
    ------
    UnreadableFile
        If the file is damaged, locked by a password or of unknown encoding.
    """
    known_as = name or path.name
    tables = (_table(rows, file=known_as, sheet=sheet) for sheet, rows in read_rows(path))
    return [table for table in tables if table is not None]


def read_rows(path: Path) -> list[tuple[str, list[list[object]]]]:
    """Read the sheets of a file as they stand, name (empty for CSV) and rows of cells."""
    if path.name.lower().endswith((".csv", ".tsv", ".csv.gz")):
        return [("", read_delimited(path))]
    return _excel_sheets(path)


def _excel_sheets(path: Path) -> list[tuple[str, list[list[object]]]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        return [
            (meta.name, _filled(book.get_sheet_by_name(meta.name)))
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError as error:
        raise UnreadableFile(path, code="locked_file", reason=str(error)) from None
    except (python_calamine.CalamineError, OSError) as error:
        raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None


def _filled(sheet: python_calamine.CalamineSheet) -> list[list[object]]:
    """Return the cells from A1 on; every cell of a merged range shows what the range shows.

    Rows with nothing of their own stay blank.
    """
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    blank = [all(cell == "" for cell in row) for row in rows]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(rows):
            continue
        shown = rows[top][left] if left < len(rows[top]) else ""
        for row, empty in zip(rows[top : bottom + 1], blank[top : bottom + 1], strict=True):
            if not empty:
                row[left : right + 1] = [shown] * len(row[left : right + 1])
    return rows


def _table(rows: list[list[object]], *, file: str, sheet: str) -> RawTable | None:
    width = max(map(len, rows), default=0)
    rows = [row + [None] * (width - len(row)) for row in rows]
    found = find_header(rows)
    if found is None:
        return None
    first, depth, labels = found
    kept, skipped = _data_rows(rows, start=first + depth, header=rows[first : first + depth])
    columns = _used_columns(labels, [rows[index] for index in kept])
    headers = _unique([labels[place] or f"第{place + 1}列" for place in columns])
    cells = {
        header: pd.Series([_cell(rows[index][place]) for index in kept], dtype=object)
        for header, place in zip(headers, columns, strict=True)
    }
    frame = pd.DataFrame(cells, columns=list(headers), dtype=object)
    frame.index = pd.Index([index + 1 for index in kept], dtype="int64")
    return RawTable(
        file=file,
        sheet=sheet,
        title=_title(rows[:first]),
        header_row=first + 1,
        headers=headers,
        frame=frame,
        skipped=tuple(index + 1 for index in skipped),
    )


def _cell(raw: object) -> object:
    return None if raw == "" else raw


def _title(rows: Sequence[Sequence[object]]) -> str:
    texts = (cell.strip() for row in rows for cell in row if isinstance(cell, str))
    return " ".join(dict.fromkeys(text for text in texts if text))


def _data_rows(
    rows: list[list[object]], *, start: int, header: Sequence[Sequence[object]]
) -> tuple[list[int], list[int]]:
    kept, skipped = [], []
    for index in range(start, len(rows)):
        cells = [cell for cell in rows[index] if cell is not None and cell != ""]
        if not cells or all(isinstance(cell, str) and not cell.strip() for cell in cells):
            continue
        if any(_repeats(rows[index], top) for top in header) or _is_remark(cells):
            skipped.append(index)
        else:
            kept.append(index)
    return kept, skipped


def _repeats(row: Sequence[object], header: Sequence[object]) -> bool:
    """Tell whether a row is the header again, as on the next printed page."""
    pairs = [(cell, top) for cell, top in zip(row, header, strict=True) if cell not in (None, "")]
    return len(pairs) > 1 and all(cell == top for cell, top in pairs)


def _is_remark(cells: Sequence[object]) -> bool:
    """Totals below a table, and notes that leave most of the row empty."""
    first = fold(cells[0]) if isinstance(cells[0], str) else ""
    if _TOTAL.fullmatch(first):
        return True
    # A note in merged cells shows in each of them: count what differs.
    return len(set(map(str, cells))) <= _FEW_CELLS and _FOOTNOTE.match(first) is not None


def _used_columns(labels: Sequence[str], rows: Sequence[Sequence[object]]) -> list[int]:
    """Columns with a header, or at least with something in them."""
    return [
        place
        for place, label in enumerate(labels)
        if label or any(row[place] is not None and row[place] != "" for row in rows)
    ]


def _unique(labels: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label}#{seen[label]}")
    return tuple(unique)


def recognise(table: RawTable, *, among: Sequence[Register] = ()) -> Register | None:
    """Tell which register a table is, by its headers and by the words in its names.

    A header says the more, the fewer registers have it; the name of the sheet, the title above the
    header and the name of the file each add to that. A register all of whose required columns are
    there beats one that lacks some.

    Parameters
    ----------
    among
        Registers to choose from; all of :data:`layers.schema.REGISTERS` where empty.
    """
    best: Register | None = None
    best_score = (_ENOUGH_EVIDENCE, 0.0)
    for register in among or REGISTERS.values():
        score = _evidence(table, register)
        if score > best_score:
            best, best_score = register, score
    return best


def _evidence(table: RawTable, register: Register) -> tuple[float, float]:
    matched = match_headers(table.headers, register)
    known = lookup(register)
    weights = rarity()
    words = sum(
        weights[next(form for form in header_forms(header) if form in known)] for header in matched
    )
    names = {matched[header] for header in matched}
    required = [column.name for column in register if column.required]
    missing = sum(name not in names for name in required)
    named = _name_score(table, register)
    if not matched or (missing and not named):
        return (0.0, 0.0)
    return (words + named - missing, float(len(matched)))


def _name_score(table: RawTable, register: Register) -> float:
    words = [fold(word) for word in (register.title, *register.file_names)]
    score = 0.0
    for text, weight in ((table.sheet, 2.0), (table.title, 1.5), (table.file, 1.5)):
        name = fold(text.rsplit("/", 1)[-1])
        hits = [word for word in words if word in name]
        if hits:
            score += weight * (1.0 + 0.1 * max(map(len, hits)))
    return score


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A table under the column names of a register.

    Attributes
    ----------
    frame
        Columns that the register knows by their names, the others as the file calls them (line
        breaks as spaces); headers of the rows-set-aside file are left out. Index as in the table.
    extra
        The headers that the register does not know.
    headers
        Column name to the header it has in the file.
    problems
        ``second_column`` (warning) for a further header of a column that is there; its cells are
        kept as extra.
    """

    frame: pd.DataFrame
    extra: tuple[str, ...]
    headers: dict[str, str]
    problems: list[Problem]


def rename(table: RawTable, register: Register) -> Renamed:
    """Give the columns of a table the names they have in a register."""
    matched = match_headers(table.headers, register)
    own = {header for header in table.headers if fold(header) in OWN_HEADERS}
    extra = {
        header: header.replace("\n", " ") + ("（原列）" if header in register else "")
        for header in table.headers
        if header not in matched and header not in own
    }
    frame = table.frame[[header for header in table.headers if header not in own]]
    return Renamed(
        frame=frame.rename(columns={**extra, **matched}),
        extra=tuple(extra.values()),
        headers={name: header for header, name in matched.items()},
        problems=_second_columns(table, register, matched),
    )


def _second_columns(table: RawTable, register: Register, matched: dict[str, str]) -> list[Problem]:
    known = lookup(register)
    taken = {name: header for header, name in matched.items()}
    problems = []
    for header in table.headers:
        hit = next((known[form] for form in header_forms(header) if form in known), None)
        if hit and header not in matched:
            problems.append(
                Problem(
                    code="second_column",
                    severity="warning",
                    file=table.file,
                    sheet=table.sheet,
                    row=table.header_row,
                    column=header,
                    register=register.name,
                    name=hit[1],
                    detail={"taken": taken[hit[1]]},
                )
            )
    return problems


def without_discarded(table: RawTable, register: Register) -> tuple[RawTable, list[Problem]]:
    """Return the table without the columns that are never kept (who reported), and one note each.

    Every header that means such a column goes, not only the best one.
    """
    known = lookup(register)
    dropped, problems = [], []
    for header in table.headers:
        hit = next((known[form] for form in header_forms(header) if form in known), None)
        if hit is None or not register[hit[1]].discarded:
            continue
        dropped.append(header)
        cells = sum(not is_missing(cell) for cell in table.frame[header])
        problems.append(
            Problem(
                code="identity_not_imported",
                severity="warning",
                file=table.file,
                sheet=table.sheet,
                column=header,
                register=register.name,
                name=hit[1],
                detail={"count": cells},
            )
        )
    if not dropped:
        return table, []
    headers = tuple(header for header in table.headers if header not in dropped)
    return replace(table, headers=headers, frame=table.frame[list(headers)]), problems
