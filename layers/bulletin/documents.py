"""Bulletins as they come: plain text, Word, Excel and other tables."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

from layers.cells import shown
from layers.delimited import decoded
from layers.problems import UnreadableFile
from layers.tables import is_table, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNREAD = ("pPr", "tcPr", "txbxContent", "Fallback", "del", "moveFrom")
_WIDEST = 63  # columns of a table in Word
_BODY = "word/document.xml"
_LARGEST = 200 * 2**20
_TABS = 2
_OLE = b"\xd0\xcf\x11\xe0"
_OTHERS = (_OLE, b"PK\x03\x04", b"%PDF", b"{\\rtf")
"""How files begin that are no text, whatever their name."""
_WRAPPED = 28
"""A line of so many signs without a mark at its end goes on in the next one."""
_STOPS = "。！？!?；;：:”）)、,，"
_HEADS = re.compile(
    r"[\s\u3000]|第[一二三四五六七八九十]+[篇章条]|[（(]?[一二三四五六七八九十\d]+[)）、.．]"
    r"|[一二三四五六七八九十]+是|附"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands.

    Attributes
    ----------
    kind
        ``line`` of a text, ``paragraph`` of a Word file, ``cell`` of a table.
    number
        1-based number of the line or paragraph.
    table
        1-based number of a Word table, or name of the sheet.
    row, column
        1-based, as Excel counts them.
    """

    kind: Literal["line", "paragraph", "cell"]
    number: int = 0
    table: str = ""
    row: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One paragraph, or one cell with words."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One table: cells as text, rows of equal length; ``top`` is the number of its first row."""

    name: str
    rows: list[list[str]]
    top: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that a file says."""

    passages: list[Passage] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)


def read_document(path: Path) -> Document:
    """Read a bulletin.

    Raises
    ------
    UnreadableFile
        If it is no text, Word file or table, is damaged or locked, or says nothing.
    FileNotFoundError
        If it is not there.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    name = path.name.lower()
    if name.endswith(".docx"):
        try:
            document = _word(path)
        except RecursionError as error:
            raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None
    elif is_table(path):
        document = _workbook(path)
    elif name.endswith((".txt", ".md", ".text")):
        document = _plain(path)
    else:
        raise UnreadableFile(path, code="bulletin_kind", reason=path.suffix)
    if not document.passages and not document.grids:
        raise UnreadableFile(path, code="bulletin_empty", reason="")
    return document


def _plain(path: Path) -> Document:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None
    if data.startswith(_OTHERS):
        raise UnreadableFile(path, code="bulletin_kind", reason=path.suffix)
    lines = decoded(data, path=path).splitlines()
    return Document(passages=list(_paragraphs(lines)), grids=list(_tabbed(lines)))


def _paragraphs(lines: list[str]) -> Iterator[Passage]:
    """Yield paragraphs; lines that were broken at a width are put together again."""
    text, start = "", 0
    for number, line in enumerate(lines, start=1):
        if not _goes_on(text, line):
            if text.strip():
                yield Passage(text=text.strip(), place=Place(kind="line", number=start))
            text, start = "", number
        text += line if not text else line.strip()
    if text.strip():
        yield Passage(text=text.strip(), place=Place(kind="line", number=start))


def _goes_on(text: str, line: str) -> bool:
    before = text.rstrip()
    return (
        len(before) >= _WRAPPED and before[-1] not in _STOPS
        and bool(line.strip()) and "\t" not in before + line and not _HEADS.match(line)
    )  # fmt: skip


def _tabbed(lines: list[str]) -> Iterator[Grid]:
    """Yield the tables of a text: neighbouring lines with at least two tabs each."""
    rows: list[list[str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        cells = line.split("\t")
        if len(cells) > _TABS:
            rows.append([cell.strip() for cell in cells])
            continue
        if len(rows) > 1:
            yield Grid(name="", rows=_even(rows), top=number - len(rows))
        rows = []


def _even(rows: list[list[str]]) -> list[list[str]]:
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _workbook(path: Path) -> Document:
    passages: list[Passage] = []
    grids: list[Grid] = []
    for sheet, cells in read_rows(path):
        rows = [["" if cell is None else shown(cell).strip() for cell in row] for row in cells]
        if not any(any(row) for row in rows):
            continue
        grids.append(Grid(name=sheet, rows=_even(rows)))
        passages += _cells(sheet, rows)
    return Document(passages=passages, grids=grids)


def _cells(table: str, rows: list[list[str]]) -> Iterator[Passage]:
    """Yield every cell once; a merged one shows in each of its places."""
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            repeated = column > 1 and row[column - 2] == text
            if text and not repeated:
                place = Place(kind="cell", table=table, row=number, column=column)
                yield Passage(text=text, place=place)


def _word(path: Path) -> Document:
    body = next(_children(_word_xml(path), "body"), None)
    passages: list[Passage] = []
    grids: list[Grid] = []
    number = 0
    for block in () if body is None else _children(body, "p", "tbl"):
        if _name(block) == "tbl":
            rows = [_word_cells(row) for row in _children(block, "tr")]
            if any(any(row) for row in rows):
                name = str(len(grids) + 1)
                grids.append(Grid(name=name, rows=_even(rows)))
                passages += _cells(name, rows)
            continue
        number += 1
        text = _text(block)
        if text:
            passages.append(Passage(text=text, place=Place(kind="paragraph", number=number)))
    return Document(passages=passages, grids=grids)


def _name(node: ElementTree.Element) -> str:
    """Return the name of an element; Word has two names for one namespace."""
    return node.tag.rpartition("}")[2]


def _children(parent: ElementTree.Element, *names: str) -> Iterator[ElementTree.Element]:
    """Yield children of some names, also those inside of content controls."""
    for child in parent:
        if _name(child) in names:
            yield child
        elif _name(child) in ("sdt", "sdtContent"):
            yield from _children(child, *names)


def _word_cells(row: ElementTree.Element) -> list[str]:
    """Return the cells of a row; one that spans several columns is followed by empty ones."""
    texts = []
    for cell in _children(row, "tc"):
        texts.append(_text(cell))
        for span in (node for facts in _children(cell, "tcPr") for node in facts):
            width = next((v for k, v in span.attrib.items() if k.endswith("val")), "")
            if _name(span) == "gridSpan" and width.isdigit():
                texts += [""] * (min(int(width), _WIDEST) - 1)
    return texts


def _text(block: ElementTree.Element) -> str:
    """Return the words of a paragraph or cell; deleted words and text boxes are left out."""
    return "".join(_pieces(block)).strip()


def _pieces(node: ElementTree.Element) -> Iterator[str]:
    name = _name(node)
    if name == "t":
        yield node.text or ""
    elif name in ("tab", "br"):
        yield " "
    elif name not in _UNREAD:
        for child in node:
            yield from _pieces(child)
        if name == "p":
            yield " "


def _word_xml(path: Path) -> ElementTree.Element:
    """Return the body of a Word file; one that defines entities is refused."""
    try:
        data = path.read_bytes()[:4]
        if data == _OLE:
            raise UnreadableFile(path, code="bulletin_old_word", reason="")
        with zipfile.ZipFile(path) as parcel:
            if parcel.getinfo(_BODY).file_size > _LARGEST:
                raise UnreadableFile(path, code="unreadable_file", reason="too large")
            xml = parcel.read(_BODY)
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise UnreadableFile(path, code="unreadable_file", reason="document type in the XML")
        return ElementTree.fromstring(xml)  # noqa: S314 - no entities, see above
    except (OSError, KeyError, zipfile.BadZipFile, ElementTree.ParseError,
            NotImplementedError, RuntimeError) as error:  # fmt: skip
        raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None
