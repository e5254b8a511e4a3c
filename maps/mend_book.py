"""The workbook in which places that are missing or doubtful are put right, one row each.

What is known stands on grey, what is asked for on white. The choices of a row are found by its
number, so that they go along when the rows are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers import codes
from maps.excel import KEPT_FILL, Book, BookColumn, row_height
from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENTRIES = ("choice", "right", "lon", "lat", "datum", "by", "note")
"""Columns that people fill in."""

COLUMNS = (
    BookColumn(name="number", title="序号", en="No.", width=5, kind="integer"),
    BookColumn(name="where", title="台账", en="Ledger", width=16, kind="id"),
    BookColumn(name="rows", title="行号", en="Rows", width=9, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=20, kind="id"),
    BookColumn(name="address", title="台账地址", en="Written address", width=30, kind="id"),
    BookColumn(name="coordinate", title="台账坐标", en="Written coordinate", width=14, kind="id"),
    BookColumn(name="understood", title="目前理解为", en="Understood as", width=26, kind="id"),
    BookColumn(name="level", title="定位到", en="Placed at", width=10, kind="id"),
    BookColumn(name="why", title="存疑原因", en="Why it is doubtful", width=34),
    BookColumn(name="choice", title="选择读法", en="Choice", width=30, kind="id"),
    BookColumn(name="right", title="正确地址或代码", en="Right address or code", width=26,
               kind="id"),
    BookColumn(name="lon", title="经度", en="Longitude", width=13, kind="id"),
    BookColumn(name="lat", title="纬度", en="Latitude", width=13, kind="id"),
    BookColumn(name="datum", title="坐标系", en="Datum", width=13, kind="id"),
    BookColumn(name="by", title="修正人", en="By", width=9, kind="id"),
    BookColumn(name="note", title="备注", en="Note", width=16, kind="id"),
    BookColumn(name="source", title="行标识（勿改）", en="Row mark (keep)", width=16, kind="id"),
)  # fmt: skip
SHEETS = {"zh": ("待修正", "说明", "选项"), "en": ("To mend", "Notes", "Choices")}
"""Names of the sheet to fill in, of the notes and of the hidden choices."""

_ENTRY_HEAD = "#ffe9b3"
_CENTRED = frozenset(("number", "rows", "level", "source"))
_LEAST = 30.0  # points


@dataclass(frozen=True, slots=True, kw_only=True)
class MendRow:
    """One place to put right, which several rows of a table may share.

    Attributes
    ----------
    where, rows
        File and sheet; numbers of the rows.
    name, address, coordinate
        What the table says.
    understood, level, why
        What was made of it, and what is doubtful about it.
    choices
        The readings to choose from.
    source
        By what the row is known again.
    by, note
        What was entered before without a correction.
    """

    rows: str
    address: str
    understood: str
    level: str
    why: str
    source: str
    where: str = ""
    name: str = ""
    coordinate: str = ""
    choices: tuple[str, ...] = ()
    by: str = ""
    note: str = ""


def mend_workbook(
    path: Path, *, rows: Sequence[MendRow], notes: Sequence[str], lang: str = "zh"
) -> Path:
    """Write the workbook.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    rows
        In the order in which they are to stand.
    notes
        Sentences for the page of notes.
    """
    sheet, told, hidden = SHEETS[lang]
    columns = [c for c in COLUMNS if c.name != "where" or any(row.where for row in rows)]
    kept = {c.name: {"bg_color": KEPT_FILL} for c in columns if c.name not in ENTRIES}
    wraps: dict[str, dict[str, Any]] = {c.name: {"text_wrap": True} for c in columns}
    centred = {name: {"align": "center"} for name in _CENTRED}
    look = {name: {**wraps[name], **kept.get(name, {}), **centred.get(name, {})} for name in wraps}
    shown = [_Line(number, row) for number, row in enumerate(rows, 1)]
    with Book(path, title=sheet, lang=lang) as book:
        page = book.table(sheet, columns, shown, looks=[look] * len(shown))
        head = book.style("text", bold=True, bg_color=_ENTRY_HEAD, align="center")
        for place, column in enumerate(columns):
            if column.name in ENTRIES:
                page.write_string(0, place, column.header(lang), head)
        page.freeze_panes(1, [c.name for c in columns].index("address") + 1)
        for number, row in enumerate(rows, 1):
            page.set_row(number, _height(row, columns))
        _choices(page, columns, rows, lang)
        book.notes(told, notes)
        _write_choices(book, hidden, rows, lang)
    return path


class _Line:
    """A row as it is shown: numbered, nothing entered."""

    def __init__(self, number: int, row: MendRow) -> None:
        self._row = row
        self.number = number
        self.choice = self.right = self.lon = self.lat = self.datum = ""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._row, name)


def _choices(
    page: Any,  # noqa: ANN401 - xlsxwriter has no types
    columns: Sequence[BookColumn],
    rows: Sequence[MendRow],
    lang: str,
) -> None:
    names = [column.name for column in columns]
    hidden = SHEETS[lang][2]
    found = f"MATCH($A2,'{hidden}'!$A:$A,0)-1"
    most = max((len(row.choices) for row in rows), default=1)
    width = f"MAX(1,COUNTA(OFFSET('{hidden}'!$B$1,{found},0,1,{max(1, most)})))"
    stop = {
        "error_title": sentence("book_rule_choice", lang=lang),
        "error_message": sentence("book_rule_choice_message", lang=lang),
    }
    lists = {
        "choice": f"=OFFSET('{hidden}'!$B$1,{found},0,1,{width})",
        "datum": f"='{hidden}'!$B$1:${chr(65 + len(_datums(lang)))}$1",
    }
    for name, source in lists.items():
        place = names.index(name)
        rule = {"validate": "list", "source": source, **stop}
        page.data_validation(1, place, max(1, len(rows)), place, rule)


def _write_choices(book: Book, name: str, rows: Sequence[MendRow], lang: str) -> None:
    """Write the hidden sheet: datums in the first row, then number and choices of every row."""
    lines: list[tuple[object, ...]] = [("datum", *_datums(lang))]
    lines += [(number, *row.choices) for number, row in enumerate(rows, 1)]
    book.hidden(name, lines)


def _datums(lang: str) -> tuple[str, ...]:
    return codes.TABLES["datum"].titles(lang=lang)


def _height(row: MendRow, columns: Sequence[BookColumn]) -> float:
    texts = [(str(getattr(row, one.name, "") or ""), one.width) for one in columns]
    return row_height(texts, least=_LEAST)
