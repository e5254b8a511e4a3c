"""Write a report as a Word file: official type sizes, tables, and links to the rows behind figures.

The file is put together here because it needs bookmarks and links inside of the text, and must be
the same bytes for the same report.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from maps.messages import sentence
from maps.printable import mask_phones
from maps.report_parts import Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from maps.report_parts import Report, RowTable, Run

MOST_ROWS = 600
"""Rows of one appendix that a Word file lists; a workbook has them all."""
_STAMP = (2020, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_BODY_WIDTH, _WIDE = 8844, 13958  # twentieths of a point between the margins, upright and across
_TOP = "report_top"


def write_word(report: Report, path: Path, *, lang: str = "zh") -> Path:
    """Write *report*; links lead from figures to their rows and back.

    Returns
    -------
    The path.
    """
    text = _Text(lang=lang)
    body = "".join(text.document(report))
    head = f'<w:document xmlns:w="{_MAIN}"><w:body>'
    parts = {
        "[Content_Types].xml": _static("content_types.xml"),
        "_rels/.rels": _static("rels.xml"),
        "word/_rels/document.xml.rels": _static("document_rels.xml"),
        "word/styles.xml": _static("styles.xml"),
        "word/settings.xml": _static("settings.xml"),
        "word/footer1.xml": _static("footer.xml"),
        "docProps/core.xml": _static("core.xml").replace("TITLE", _escaped(report.title)),
        "word/document.xml": f"{_XML}{head}{body}{_section(across=bool(report.told_rows))}"
        "</w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parcel:
        for name, content in parts.items():
            parcel.writestr(zipfile.ZipInfo(name, _STAMP), content.encode("utf-8"),
                            zipfile.ZIP_DEFLATED)  # fmt: skip
    return path


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _static(name: str) -> str:
    return files("maps").joinpath("word_parts", name).read_text("utf-8")


def _escaped(text: object) -> str:
    return escape(mask_phones(text), {'"': "&quot;"})


def _section(*, across: bool) -> str:
    """Return how pages are set: A4, upright for the text, across for the rows."""
    size = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>' if across else (
        '<w:pgSz w:w="11906" w:h="16838"/>')  # fmt: skip
    margin = (
        '<w:pgMar w:top="1134" w:right="1440" w:bottom="1134" w:left="1440" w:header="720" '
        'w:footer="567" w:gutter="0"/>'
        if across
        else '<w:pgMar w:top="2098" w:right="1474" w:bottom="1985" w:left="1588" w:header="850" '
        'w:footer="992" w:gutter="0"/>'
    )
    return (
        f'<w:sectPr><w:footerReference xmlns:r="{_REL}" w:type="default" r:id="rId3"/>'
        f"{size}{margin}</w:sectPr>"
    )


_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(slots=True)
class _Text:
    """The body in the making; bookmarks are numbered."""

    lang: str
    marked: int = 0
    first_use: dict[str, str] = field(default_factory=dict)

    def document(self, report: Report) -> Iterator[str]:
        yield _paragraph(self.mark(_TOP) + _run(report.title), "Title")
        yield _paragraph(_run(report.subtitle), "Subtitle")
        for block in report.blocks:
            if isinstance(block, Table):
                yield self.table(block)
            else:
                yield self.paragraph(block)
        yield self.notes(report)
        if report.told_rows:
            yield f"<w:p><w:pPr>{_section(across=False)}</w:pPr></w:p>"
            for number, rows in enumerate(report.told_rows, start=1):
                yield from self.rows(rows, number)

    def mark(self, name: str) -> str:
        """Return a bookmark at this place."""
        self.marked += 1
        return (
            f'<w:bookmarkStart w:id="{self.marked}" w:name="{name}"/>'
            f'<w:bookmarkEnd w:id="{self.marked}"/>'
        )

    def paragraph(self, block: Paragraph) -> str:
        style = {"body": "BodyText", "heading": "Heading1", "note": "Note"}[block.style]
        return _paragraph("".join(self.run(run) for run in block.runs), style)

    def run(self, run: Run) -> str:
        """Return some words; the first that lead to an anchor are where that leads back to."""
        if run.mark:
            back = self.first_use.get(run.mark)
            return self.mark(run.mark) + _run(run.text) + (_link(" ↑", back) if back else "")
        if not run.link:
            return _run(run.text)
        mark = ""
        if run.link not in self.first_use:
            self.first_use[run.link] = f"back_{run.link}"
            mark = self.mark(f"back_{run.link}")
        return f"{mark}{_link(run.text, run.link)}"

    def table(self, table: Table) -> str:
        first = _FIRST_WIDTH if len(table.header) > _FEW else _BODY_WIDTH // len(table.header)
        rest = (_BODY_WIDTH - first) // max(len(table.header) - 1, 1)
        widths = [first] + [rest] * (len(table.header) - 1)
        lines = [_row([_run(word) for word in table.header], widths, head=True)]
        for number, row in enumerate(table.rows, start=1):
            last = table.total and number == len(table.rows)
            left = table.wordy
            lines.append(_row([self.run(run) for run in row], widths, left=left, bold=last))
        caption = _paragraph(_run(table.title), "Caption")
        return f"{caption}{_table(widths, lines)}{_paragraph('', 'Gap')}"

    def notes(self, report: Report) -> str:
        if not report.notes:
            return ""
        head = _paragraph(_run(sentence("report_notes", lang=self.lang)), "NoteHead")
        return head + "".join(
            _paragraph(_run(f"{number}. {note}"), "Note")
            for number, note in enumerate(report.notes, start=1)
        )

    def rows(self, rows: RowTable, number: int) -> Iterator[str]:
        title = sentence("report_appendix", lang=self.lang, number=number, title=rows.title,
                         rows=len(rows.rows))  # fmt: skip
        back = _link(f"  {sentence('report_back', lang=self.lang)}",
                     self.first_use.get(rows.anchor, _TOP))  # fmt: skip
        yield _paragraph(self.mark(rows.anchor) + _run(title) + back, "Heading2")
        marks: dict[int, list[str]] = {}
        for name, at in rows.marks.items():
            marks.setdefault(min(at, MOST_ROWS), []).append(name)
        total = sum(column.width for column in rows.columns)
        widths = [int(_WIDE * column.width / total) for column in rows.columns]
        lines = [_row([_run(column.title) for column in rows.columns], widths, head=True)]
        words = frozenset(i for i, c in enumerate(rows.columns) if c.kind == "text")
        for at, row in enumerate(rows.rows[:MOST_ROWS]):
            cells = [_run(shown(cell)) for cell in row]
            cells[0] = "".join(self.mark(name) for name in marks.get(at, ())) + cells[0]
            lines.append(_row(cells, widths, left=words))
        yield _table(widths, lines)
        left_out = len(rows.rows) - MOST_ROWS
        if left_out > 0:
            rest = "".join(self.mark(name) for name in marks.get(MOST_ROWS, ()))
            said = sentence("report_rows_left", lang=self.lang, shown=MOST_ROWS, rest=left_out)
            yield _paragraph(rest + _run(said), "Note")
        yield _paragraph("", "Gap")


_FIRST_WIDTH, _FEW = 1700, 5


def shown(cell: Any) -> str:  # noqa: ANN401 - cells are of any kind
    """Return a cell of the appendix as text."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.2f}".rstrip("0").rstrip(".")
    return str(cell)


def _run(text: str) -> str:
    if not text:
        return ""
    return f'<w:r><w:t xml:space="preserve">{_escaped_spaced(text)}</w:t></w:r>'


@lru_cache(maxsize=16_384)  # tables say the same words again and again
def _escaped_spaced(text: str) -> str:
    """Return words for Word; blanks at the ends stay, as they part what stands side by side."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    tail = text[len(text.rstrip(" ")) :] if text.strip() else ""
    return f"{lead}{_escaped(text)}{tail}"


def _link(text: str, anchor: str) -> str:
    return (
        f'<w:hyperlink w:anchor="{anchor}" w:history="1"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/>'
        f'</w:rPr><w:t xml:space="preserve">{_escaped_spaced(text)}</w:t></w:r></w:hyperlink>'
    )


def _paragraph(inner: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{inner}</w:p>'


def _table(widths: list[int], rows: list[str]) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="Figures"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    cells: list[str], widths: list[int], *, left: frozenset[int] = frozenset(),
    head: bool = False, bold: bool = False,
) -> str:  # fmt: skip
    style = "TableHead" if head else "TableTotal" if bold else "TableCell"
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EAF1F8"/>' if head or bold else ""
    told = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/>'
        f'</w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>'
        f'<w:jc w:val="{"left" if place in left and not head else "center"}"/></w:pPr>{cell}</w:p>'
        "</w:tc>"
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{told}</w:tr>"
