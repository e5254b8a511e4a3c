"""Write a report as a workbook: the text, indicators, tables, and a sheet for each set of rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from maps.excel import BAND_FILL, HEADER_FILL, Book, BookColumn
from maps.report_parts import Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from maps.excel import CellKind
    from maps.report_parts import Line, Report, RowKind, RowTable, Run

_SHEETS = {"text": ("报告", "Report"), "lines": ("指标", "Indicators"), "notes": ("说明", "Notes")}
_LINE_COLUMNS = (
    BookColumn(name="title", title="指标", en="Indicator", width=34),
    BookColumn(name="value", title="本期", en="This period", width=13),
    BookColumn(name="unit", title="单位", en="Unit", width=8),
    BookColumn(name="before", title="上期", en="Period before", width=13),
    BookColumn(name="change_before", title="环比", en="Change", width=16),
    BookColumn(name="year", title="去年同期", en="Last year", width=13),
    BookColumn(name="change_year", title="同比", en="Change on last year", width=16),
    BookColumn(name="note", title="说明", en="Note", width=40),
)
_LINK = {"font_color": "#1F4E79", "underline": 1}
_FIGURE = re.compile(r"-?\d+(\.\d+)?%?")
_NUMBER = {"align": "right", "num_format": "#,##0.######"}


def write_book(report: Report, path: Path, *, lang: str = "zh") -> Path:
    """Write the workbook; figures lead to the sheet and row where their records begin.

    Returns
    -------
    The path.
    """
    places = _places(report, lang)
    with Book(path, title=report.title, lang=lang) as book:
        _text(book, _SHEETS["text"][lang == "en"], report)
        if report.lines:
            _lines(book, _SHEETS["lines"][lang == "en"], report.lines, places)
        for number, table in enumerate(_tables(report), start=1):
            _table(book, _table_name(number, lang), table, places)
        for group, members in _groups(report).items():
            _rows(book, group, members)
        book.notes(_SHEETS["notes"][lang == "en"], [report.title, report.subtitle, *report.notes])
    return path


def _tables(report: Report) -> list[Table]:
    return [block for block in report.blocks if isinstance(block, Table)]


def _groups(report: Report) -> dict[str, list[RowTable]]:
    """Return the sets of rows by the sheet that they stand on."""
    found: dict[str, list[RowTable]] = {}
    for rows in report.rows:
        found.setdefault(rows.group, []).append(rows)
    return found


def _places(report: Report, lang: str) -> dict[str, tuple[str, int]]:
    """Return sheet and 0-based row of every anchor: its rows, the first of them, or a cell."""
    places: dict[str, tuple[str, int]] = {}
    for group, members in _groups(report).items():
        top = 0
        for rows in members:
            places[rows.anchor] = (group, top)
            places |= {name: (group, top + 2 + at) for name, at in rows.marks.items()}
            top += len(rows.rows) + 3
    for number, table in enumerate(_tables(report), start=1):
        name = _table_name(number, lang)
        marked = ((run.mark, at) for at, row in enumerate(table.rows, start=1) for run in row)
        places |= {mark: (name, at) for mark, at in marked if mark}
    return places


def _table_name(number: int, lang: str) -> str:
    return f"{'Table' if lang == 'en' else '表'}{number}"


def _text(book: Book, name: str, report: Report) -> None:
    page = book.sheet(name, [BookColumn(name="text", title=report.title, en="", width=110)])
    page.set_portrait()
    body = book.style("text", border=0)
    page.write_string(1, 0, report.subtitle, book.style("text", border=0, align="center"))
    number = 1
    for block in report.blocks:
        if isinstance(block, Paragraph):
            number += 1
            style = book.style("text", border=0, bold=True) if block.style == "heading" else body
            book.put(page, (number, 0), block.text, "text", style)


def _lines(
    book: Book, name: str, lines: tuple[Line, ...], places: Mapping[str, tuple[str, int]]
) -> None:
    page = book.sheet(name, _LINE_COLUMNS)
    for number, line in enumerate(lines, start=1):
        for place, column in enumerate(_LINE_COLUMNS):
            value = getattr(line, column.name)
            if isinstance(value, int | float):
                linked = line.link if column.name == "value" else ""
                _number(book, page, (number, place), value, linked, places)
            else:
                book.put(page, (number, place), value, "text", book.style("text"))


def _number(
    book: Book, page: Any, at: tuple[int, int], value: float, link: str,  # noqa: ANN401
    places: Mapping[str, tuple[str, int]], **extra: Any,
) -> None:  # fmt: skip
    look = {**_NUMBER, **extra, **(_LINK if link in places else {})}
    style = book.style("text", **look)
    _lead(page, at, link, places, style)
    page.write_number(*at, value, style)


def _lead(
    page: Any, at: tuple[int, int], link: str,  # noqa: ANN401
    places: Mapping[str, tuple[str, int]], style: Any,  # noqa: ANN401
) -> None:  # fmt: skip
    """Let a cell lead to where its rows begin; what it shows is written over afterwards."""
    if link in places:
        sheet, row = places[link]
        page.write_url(*at, f"internal:'{sheet}'!A{row + 1}", style)


def _table(book: Book, name: str, table: Table, places: Mapping[str, tuple[str, int]]) -> None:
    columns = [
        BookColumn(name=str(place), title=word, en=word, width=18 if place in table.wordy else 12)
        for place, word in enumerate(table.header)
    ]
    page = book.sheet(name, columns)
    page.set_header(f"&C{table.title}")
    for number, row in enumerate(table.rows, start=1):
        total = table.total and number == len(table.rows)
        look = {"bold": True, "bg_color": HEADER_FILL} if total else {}
        for place, run in enumerate(row):
            _cell(book, page, (number, place), run, places, look)


def _cell(
    book: Book, page: Any, at: tuple[int, int], run: Run,  # noqa: ANN401
    places: Mapping[str, tuple[str, int]], look: Mapping[str, Any],
) -> None:  # fmt: skip
    if _FIGURE.fullmatch(run.text) and not run.text.endswith("%"):
        _number(book, page, at, float(run.text), run.link, places, **look)
        return
    style = book.style("text", **look, **(_LINK if run.link in places else {}))
    _lead(page, at, run.link, places, style)
    book.put(page, at, run.text, "text", style)


def _rows(book: Book, name: str, members: list[RowTable]) -> None:
    """Write sets of rows below each other: title, header, rows, a blank line."""
    first = members[0].columns
    blank = [BookColumn(name=str(n), title="", width=c.width) for n, c in enumerate(first)]
    page = book.sheet(name, blank)
    page.freeze_panes(0, 0)
    kinds: list[RowKind] = sorted({"text", *(column.kind for column in first)})
    styles = {(kind, band): _style(book, kind, band) for kind in kinds for band in (False, True)}
    head = book.style("text", bold=True, bg_color=HEADER_FILL, align="center")
    top = 0
    for rows in members:
        page.set_row(top, 24)
        title = f"{rows.title} ({len(rows.rows)})"
        page.merge_range(
            top, 0, top, len(first) - 1, title, book.style("text", bold=True, border=0)
        )
        for place, column in enumerate(rows.columns):
            page.write_string(top + 1, place, column.title, head)
        begins = set(rows.marks.values())
        for number, row in enumerate(rows.rows):
            band = number in begins
            for place, (column, value) in enumerate(zip(rows.columns, row, strict=True)):
                # A number that is only a lower bound stands as words.
                kind = "text" if isinstance(value, str) else column.kind
                known = None if value is None or value != value else value
                at = (top + 2 + number, place)
                book.put(page, at, known, _cell_kind(kind), styles[kind, band])
        top += len(rows.rows) + 3


def _style(book: Book, kind: RowKind, band: bool) -> Any:  # noqa: ANN401
    look = {"bg_color": BAND_FILL} if band else {}
    money = {"num_format": "#,##0.00"} if kind == "money" else {}
    return book.style(_cell_kind(kind), **look, **money)


def _cell_kind(kind: RowKind) -> CellKind:
    return "integer" if kind == "money" else kind
