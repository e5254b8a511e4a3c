"""How ledger files are put on disk: workbooks with title rows and merged headers, CSV files.

The writer is the example's own and not that of :mod:`layers.books`, which writes clean ledgers:
here title rows, two-row headers and blank lines are wanted.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_CREATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sheet as it lies on the table.

    Attributes
    ----------
    titles
        Rows above the header, each merged over all columns.
    header
        Pairs of (group, title); a group of empty text means that the title fills both header
        rows. Without any group the header has one row.
    rows
        Cells; an empty row stays a blank line.
    """

    name: str
    titles: tuple[str, ...] = ()
    header: tuple[tuple[str, str], ...]
    rows: list[list[object]]


def write_book(path: Path, pages: Sequence[Page]) -> None:
    """Write a workbook; the same pages give the same bytes."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": _CREATED, "author": "example"})
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "head": book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True}),
        "date": book.add_format({"num_format": "yyyy/m/d"}),
    }
    for page in pages:
        _write_page(book.add_worksheet(page.name), page, formats)
    book.close()


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, encoding: str
) -> None:
    """Write a CSV file as Excel in China saves it, in *encoding*."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([["" if _blank(cell) else cell for cell in row] for row in rows])
    path.write_bytes(text.getvalue().encode(encoding))


def _write_page(sheet: Any, page: Page, formats: dict[str, Any]) -> None:  # noqa: ANN401
    last = len(page.header) - 1
    for number, title in enumerate(page.titles):
        sheet.merge_range(number, 0, number, last, title, formats["title"])
    top = len(page.titles)
    below = _write_header(sheet, page.header, top, formats["head"])
    for number, row in enumerate(page.rows, start=below):
        for place, cell in enumerate(row):
            _write_cell(sheet, number, place, cell, formats["date"])


def _write_header(
    sheet: Any, header: tuple[tuple[str, str], ...], top: int, style: Any  # noqa: ANN401
) -> int:  # fmt: skip
    """Write the header and return the number of the first row below it."""
    if not any(group for group, _ in header):
        for place, (_, title) in enumerate(header):
            sheet.write_string(top, place, title, style)
        return top + 1
    place = 0
    while place < len(header):
        group, title = header[place]
        end = place
        while group and end + 1 < len(header) and header[end + 1][0] == group:
            end += 1
        if group:
            sheet.merge_range(top, place, top, end, group, style)
            for at in range(place, end + 1):
                sheet.write_string(top + 1, at, header[at][1], style)
        else:
            sheet.merge_range(top, place, top + 1, place, title, style)
        place = end + 1
    return top + 2


def _write_cell(sheet: Any, row: int, place: int, cell: Any, date: Any) -> None:  # noqa: ANN401
    if _blank(cell):
        return
    if isinstance(cell, dt.date):
        sheet.write_datetime(row, place, dt.datetime(cell.year, cell.month, cell.day), date)  # noqa: DTZ001
    elif isinstance(cell, str):
        sheet.write_string(row, place, cell)
    else:
        sheet.write_number(row, place, float(cell))


def _blank(cell: object) -> bool:
    return cell is None or cell == "" or cell != cell
