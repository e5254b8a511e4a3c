"""CSV files as people and programs write them: of any encoding, cut by any of four signs."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from typing import TYPE_CHECKING

from layers.problems import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

_SIGNS = ",\t;|"
_SAMPLE = 65_536  # characters that show which sign separates the cells
_LONGEST_CELL = 2**24  # a whole document pasted into a cell
_ALIKE = 0.5  # share of rows with the same number of cells; titles and notes have others
_NONE = "\x1f"
_NULLS = 0.02  # share of zero bytes in UTF-16 without a mark; there are none in other encodings
_SPOILT = 0.01  # share of characters that may be damaged in a file that is readable otherwise


def read_delimited(path: Path) -> list[list[object]]:
    """Return the rows of a CSV or TSV file, packed or not, every cell as text.

    Raises
    ------
    UnreadableFile
        If it is damaged or of unknown encoding.
    """
    try:
        data = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            data = gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None
    text = decoded(data, path=path).replace("\x00", "")
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        return [list(row) for row in rows]
    except csv.Error as error:
        raise UnreadableFile(path, code="unreadable_file", reason=str(error)) from None
    finally:
        csv.field_size_limit(before)


def decoded(data: bytes, *, path: Path) -> str:
    """Return the text of a file in whatever encoding it is.

    Raises
    ------
    UnreadableFile
        If it is in none that is known.
    """
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    # A cut or damaged character is no reason to refuse a file, nor to read it in another encoding.
    for encoding in ("utf-8-sig", "gb18030"):
        text = data.decode(encoding, errors="replace")
        foreign = sum(sign > "\x7f" for sign in text)
        if text.count("\ufffd") <= max(1, _SPOILT * foreign):
            return text
    raise UnreadableFile(path, code="unreadable_file", reason="neither UTF-8 nor GB 18030")


def _encodings(data: bytes) -> tuple[str, ...]:
    """Return the encodings to try strictly, the surest first."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:4_000]
    if head.count(0) > _NULLS * len(head):
        return ("utf-16-be",) if head[0::2].count(0) > head[1::2].count(0) else ("utf-16-le",)
    damaged = data.decode("utf-8", errors="replace").count("\ufffd")
    foreign = sum(byte > 0x7F for byte in data) / 3
    if damaged <= _SPOILT * foreign:
        return ("utf-8-sig",)
    return ("utf-8-sig", "gb18030")


def _delimiter(text: str) -> str:
    """Return the sign that cuts most rows alike, best as the first one; one that cuts nothing.

    A list of addresses in one column has commas, too, but no two rows alike.
    """
    best, most = _NONE, _ALIKE
    for sign in _SIGNS:
        widths = _widths(text, sign)
        wide = Counter(width for width in widths if width > 1)
        if wide:
            width, rows = wide.most_common(1)[0]
            agreed = rows / len(widths) + (widths[0] == width)
            if agreed > most:
                best, most = sign, agreed
    return best


def _widths(text: str, sign: str) -> list[int]:
    try:
        rows = list(csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=sign))
    except csv.Error:
        return []
    if len(text) > _SAMPLE:
        rows.pop()  # it is cut
    return [len(row) for row in rows if any(row)]
