"""Frames into Excel workbooks, the same bytes for the same content."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from layers import codes
from layers.cells import EXACT_INTEGER

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from layers.schema import Column, Register

_CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed stamp inside the file, no clock
_WIDTHS = (8, 48)
_HEADER_STYLE = {
    "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#DCE9F5", "border": 1,
}  # fmt: skip


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> Path:
    """Write frames as sheets of one Excel file; the file appears whole or not at all.

    Headers stand in the first row. Text is written as text, so that a code keeps its zeros and a
    cell that starts with ``=`` is no formula; dates are dates, tuples are joined by ``、``.

    Parameters
    ----------
    sheets
        Name (cut to 31 characters, signs that Excel forbids replaced) to frame; the index is
        not written.
    """
    part = path.with_name(f".{path.name}.part")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(part), options)
    book.set_properties({"created": _CREATED})
    formats = {
        "header": book.add_format(_HEADER_STYLE),
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
    }
    for name, frame in zip(_sheet_names(list(sheets)), sheets.values(), strict=True):
        _write_sheet(book.add_worksheet(name), frame, formats)
    book.close()
    part.replace(path)
    return path


def write_table(
    path: Path,
    register: Register,
    rows: pd.DataFrame,
    *,
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
) -> Path:
    """Write checked rows of a register under their Chinese titles; reading them gives the same.

    Codes are written by their titles. Columns that are empty in every row are left out unless they
    are required; the extra columns of the rows follow.
    """
    columns = {}
    for column in register:
        if column.name in rows and (column.required or bool(rows[column.name].notna().any())):
            columns[column.title] = [
                written(value, column, tables=tables) for value in rows[column.name]
            ]
    frame = pd.DataFrame(columns, dtype=object)
    extras = list(rows["extra"]) if "extra" in rows else []
    for header in dict.fromkeys(name for extra in extras for name in extra):
        if header not in frame:
            frame[header] = pd.Series([extra.get(header) for extra in extras], dtype=object)
    return write_workbook(path, {register.title: frame})


def written(value: object, column: Column, *, tables: Mapping[str, codes.CodeTable]) -> object:
    """Return one checked value as a person writes it in a ledger."""
    if value is None or value != value or value is pd.NaT:
        return None
    if column.kind == "code":
        return tables[column.table].title_of(str(value))
    if column.kind == "flag":
        return "是" if value else "否"
    if isinstance(value, tuple):
        return _written_tuple(value, column, tables=tables)
    return value


def _written_tuple(
    value: tuple[Any, ...], column: Column, *, tables: Mapping[str, codes.CodeTable]
) -> str | None:
    if column.kind == "codes":
        return "、".join(tables[column.table].title_of(code) for code in value)
    if column.kind == "hours":
        return "-".join(f"{s // 3600 % 24:02d}:{s % 3600 // 60:02d}" for s in value)
    if column.kind == "period":
        return "；".join(f"{first}~{last}" for first, last in value)
    return "、".join(map(str, value)) or None


def _sheet_names(names: list[str]) -> list[str]:
    """Fit names to Excel: at most 31 characters, no forbidden signs, unique whatever the case."""
    taken: list[str] = []
    for name in names:
        clean = "".join("_" if sign in "[]:*?/\\" else sign for sign in name).strip("' ")
        label, count = clean[:31] or "Sheet", 1
        while label.casefold() in map(str.casefold, taken):
            count += 1
            label = f"{clean[:27]}_{count}"
        taken.append(label)
    return taken


def _write_sheet(sheet: Any, frame: pd.DataFrame, formats: dict[str, Any]) -> None:  # noqa: ANN401
    sheet.freeze_panes(1, 0)
    for place, (header, series) in enumerate(frame.items()):
        cells = list(series)
        sheet.set_column(place, place, _width(header, cells), formats["text"])
        sheet.write_string(0, place, str(header), formats["header"])
        for row, value in enumerate(cells, start=1):
            _write_cell(sheet, row, place, value, formats)
    if len(frame.columns) and len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _write_cell(
    sheet: Any,  # noqa: ANN401 - xlsxwriter has no types
    row: int,
    column: int,
    value: Any,  # noqa: ANN401
    formats: dict[str, Any],
) -> None:
    if isinstance(value, (tuple, list)):
        value = "、".join(map(str, value))
    if value is None or value is pd.NaT or value != value or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), formats["moment"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, (int, float)) and abs(value) < EXACT_INTEGER:
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value), formats["text"])


def _width(header: Hashable, cells: list[object]) -> int:
    """Width by the longest of the first hundred cells; Chinese characters count twice."""
    longest = max(
        (_columns(str(cell)) for cell in (header, *cells[:100]) if cell is not None), default=0
    )
    return min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1])


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
