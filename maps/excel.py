"""Write tables that people open in Excel: frozen headers, real dates, printable, and no surprises.

Text goes in as text, whatever it begins with, so that no cell of a ledger becomes a formula. The
file carries a fixed creation date: the same rows give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import xlsxwriter

from maps.printable import clean, mask_phones

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CellKind = Literal["text", "id", "date", "time", "integer", "decimal", "km", "hours"]
"""``time`` and ``hours`` are given in seconds, ``km`` in metres; only ``text`` hides phones."""

_CREATED = dt.datetime(2020, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_FORMATS: dict[CellKind, dict[str, Any]] = {
    "text": {"text_wrap": True}, "id": {"num_format": "@"}, "date": {"num_format": "yyyy-mm-dd"},
    "time": {"num_format": "hh:mm"}, "integer": {"num_format": "0"},
    "decimal": {"num_format": "0.00"}, "km": {"num_format": "0.0"},
    "hours": {"num_format": "0.0"},
}  # fmt: skip
_CENTRED = frozenset(("date", "time", "integer", "decimal"))
_BASE: dict[str, Any] = {
    "font_name": "Microsoft YaHei",
    "font_size": 10,
    "valign": "vcenter",
    "border": 1,
    "border_color": "#c8ced4",
}
_LONGEST = 32_767  # characters in a cell of Excel
_LINE, _HIGHEST = 14.5, 409.0  # points
_NOTE_WIDTH = 100

HEADER_FILL, KEPT_FILL, BAND_FILL = "#eaf1f8", "#eef0f2", "#f7f9fb"
ALARM = "#b2182b"
_LOUD: dict[str, Any] = {"font_color": ALARM, "bold": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookColumn:
    """A column: the attribute of a row that fills it, its header, kind of cell and width."""

    name: str
    title: str
    width: float
    kind: CellKind = "text"
    en: str = ""

    def header(self, lang: str) -> str:
        """Return the header in *lang*."""
        return self.en or self.title if lang == "en" else self.title


class Book:
    """An Excel file in the making; close it, or use it in a ``with`` statement."""

    def __init__(self, path: Path, *, title: str, lang: str = "zh") -> None:
        self._lang = lang
        options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"title": clean(title), "created": _CREATED})
        self._styles: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __enter__(self) -> Self:
        """Return the book itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write the file where nothing went wrong."""
        if kind is None:
            self._book.close()

    def style(self, kind: CellKind, **extra: Any) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Return the format of a cell of *kind* with *extra* properties of xlsxwriter."""
        centred = {"align": "center"} if kind in _CENTRED else {}
        wanted = {**_BASE, **_FORMATS[kind], **centred, **extra}
        key = tuple(sorted(wanted.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format(wanted)
        return self._styles[key]

    def sheet(self, name: str, columns: Sequence[BookColumn]) -> Any:  # noqa: ANN401
        """Return a new sheet with a frozen header row, set up for landscape A4."""
        page = self._book.add_worksheet(name)
        header = self.style("text", bold=True, bg_color=HEADER_FILL, align="center")
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
            page.write_string(0, place, column.header(self._lang), header)
        page.set_row(0, 26)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L{name}&R&P / &N")
        return page

    def table(
        self,
        name: str,
        columns: Sequence[BookColumn],
        rows: Sequence[object],
        *,
        looks: Sequence[Mapping[str, Mapping[str, Any]]] = (),
    ) -> Any:  # noqa: ANN401
        """Write *rows* (objects with the columns' attributes) below a header with a filter.

        ``looks[i]`` holds extra format properties of row i by column name; ``*`` is for every one.
        """
        page = self.sheet(name, columns)
        for number, row in enumerate(rows, 1):
            look = looks[number - 1] if looks else {}
            for place, column in enumerate(columns):
                extra = {**look.get("*", {}), **look.get(column.name, {})}
                style = self.style(column.kind, **extra)
                self.put(page, (number, place), getattr(row, column.name), column.kind, style)
        page.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
        return page

    def put(
        self,
        page: Any,  # noqa: ANN401
        at: tuple[int, int],
        value: Any,  # noqa: ANN401
        kind: CellKind,
        style: Any,  # noqa: ANN401
    ) -> None:
        """Write one value; None and empty text leave a bordered blank cell."""
        if value is None or value == "":
            page.write_blank(*at, None, style)
        elif kind == "date":
            moment = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Excel has none
            page.write_datetime(*at, moment, style)
        elif kind in _SCALES:
            page.write_number(*at, value / _SCALES[kind], style)
        else:
            text = mask_phones(value) if kind == "text" else clean(value)
            page.write_string(*at, text[:_LONGEST], style)

    def notes(self, name: str, lines: Sequence[str], *, alerts: Sequence[str] = ()) -> None:
        """Write a sheet of sentences, *alerts* before all others and in red."""
        page = self._book.add_worksheet(name)
        page.set_column(0, 0, _NOTE_WIDTH)
        plain, red = (self.style("text", border=0, **look) for look in ({}, _LOUD))
        said = [*((line, red) for line in alerts), *((line, plain) for line in lines)]
        for number, (line, style) in enumerate(said):
            page.write_string(number, 0, mask_phones(line)[:_LONGEST], style)
            page.set_row(number, row_height([(line, _NOTE_WIDTH)]))
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)

    def hidden(self, name: str, lines: Sequence[Sequence[object]]) -> None:
        """Write a hidden sheet of numbers and texts, for formulas to look up."""
        page = self._book.add_worksheet(name)
        page.hide()
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                if isinstance(cell, int):
                    page.write_number(number, place, cell)
                else:
                    page.write_string(number, place, clean(cell)[:_LONGEST])

    def options(self, name: str, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Write a hidden sheet of choices; return the cell range of each list for validations."""
        page = self._book.add_worksheet(name)
        page.hide()
        ranges = {}
        for place, (key, choices) in enumerate(lists.items()):
            for number, choice in enumerate(choices):
                page.write_string(number, place, clean(choice))
            letter = chr(ord("A") + place)
            ranges[key] = f"='{name}'!${letter}$1:${letter}${max(1, len(choices))}"
        return ranges


def row_height(texts: Iterable[tuple[str, float]], *, least: float = 0.0) -> float:
    """Return the points that show all lines of texts in columns of such widths.

    Neither Excel nor LibreOffice finds that itself.
    """
    lines = max(-(-_columns(text) // max(1, int(width) - 1)) for text, width in texts)
    return min(_HIGHEST, max(least, _LINE * lines + 4))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


_SCALES: dict[str, float] = {"time": 86_400, "hours": 3_600, "km": 1_000, "integer": 1,
                              "decimal": 1}  # fmt: skip
