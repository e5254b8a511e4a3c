"""Which row of a sheet is its header, and which column of a register a header means."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from layers.cells import fold, is_missing
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.schema import Register

SEARCH_ROWS = 30
"""How far down a header is looked for: titles, units and notes above it are rarely ten rows."""
OWN_HEADERS = ("问题", "来源")
"""Headers of the file of rows set aside: what is wrong, and where the row came from."""

_TRAILING_BRACKET = re.compile(r"[(\[【][^)\]】]*[)\]】]$")
_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_DECORATION = "*:：·•"


def header_forms(header: str) -> Iterator[str]:
    """Give the forms under which a header is looked up, the most literal first.

    Line breaks, stars and trailing brackets (``经度(°)``, ``企业名称（必填）``) are tried away. A
    header of two rows (group and part, a line break between) is tried whole, by part, by group.
    """
    lines = [line for line in header.split("\n") if line.strip()]
    for text in dict.fromkeys((header, *reversed(lines))):
        form = fold(text).strip(_DECORATION)
        while form:
            yield form
            shorter = _TRAILING_BRACKET.sub("", form).strip(_DECORATION)
            if shorter == form:
                break
            form = shorter


@cache
def lookup(register: Register) -> dict[str, tuple[int, str]]:
    """Return folded header -> (rank, column name) of *register*; rank 0 is the Chinese title."""
    found: dict[str, tuple[int, str]] = {}
    for column in register:
        for rank, header in enumerate(column.headers()):
            form = fold(header)
            if form not in found or rank < found[form][0]:
                found[form] = (rank, column.name)
    return found


def match_headers(headers: Sequence[str], register: Register) -> dict[str, str]:
    """Return header -> column name; of two headers for one column the more literal one wins."""
    known = lookup(register)
    best: dict[str, tuple[int, str]] = {}
    for header in headers:
        hit = next((known[form] for form in header_forms(header) if form in known), None)
        if hit and (hit[1] not in best or hit[0] < best[hit[1]][0]):
            best[hit[1]] = (hit[0], header)
    return {header: name for name, (_, header) in best.items()}


@cache
def rarity() -> dict[str, float]:
    """Return folded header -> how much it says about its register: 1 / registers that have it."""
    counts = Counter(form for register in REGISTERS.values() for form in lookup(register))
    return {form: 1 / count for form, count in counts.items()}


def find_header(rows: Sequence[Sequence[object]]) -> tuple[int, int, tuple[str, ...]] | None:
    """Find the header of a sheet.

    Parameters
    ----------
    rows
        All cells from the first row on, merged cells filled with what they show.

    Returns
    -------
    tuple or None
        Index of the first header row, number of header rows (1 or 2), one header per column
        (empty where there is none). None where no row looks like a header.
    """
    best: tuple[int, int, tuple[str, ...]] | None = None
    best_score = 1  # one known word alone may be a title
    for index, row in enumerate(rows[:SEARCH_ROWS]):
        if not _wordy(row):
            continue
        single = _labels(row)
        score = _score(single)
        if score > best_score:
            best, best_score = (index, 1, single), score
        if index + 1 < len(rows) and _wordy(rows[index + 1]):
            double = _stacked(row, rows[index + 1])
            below = _score(_labels(rows[index + 1]))
            # A title says no column; a row of groups says some, then equal is enough.
            needed = max(best_score + 1, below if score > 1 else below + 1)
            if _score(double) >= needed:
                best, best_score = (index, 2, double), _score(double)
    return best or _first_full_row(rows)


def _score(headers: Sequence[str]) -> int:
    """Count the different words among the headers that some register knows."""
    words = rarity()
    found = {
        next((form for form in header_forms(header) if form in words), "")
        for header in dict.fromkeys(headers)
    }
    return len(found - {""})


def _wordy(row: Sequence[object]) -> bool:
    """Tell whether a row holds text only, no day among it, and at least two different ones."""
    cells = [cell for cell in row if cell is not None and cell != ""]
    if not all(isinstance(cell, str) and not _DAY.fullmatch(cell.strip()) for cell in cells):
        return False
    return len(set(map(str, cells))) > 1


def _labels(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(cell.strip() if isinstance(cell, str) else "" for cell in row)


def _stacked(upper: Sequence[object], lower: Sequence[object]) -> tuple[str, ...]:
    """Join a row of groups with the row of parts below; a group reaches over empty cells."""
    labels, group = [], ""
    for top, part in zip(_labels(upper), _labels(lower), strict=True):
        group = top or group
        if part and top != part:
            labels.append(f"{group}\n{part}" if group else part)
        else:
            labels.append(top)
            group = top
    return tuple(labels)


def _first_full_row(rows: Sequence[Sequence[object]]) -> tuple[int, int, tuple[str, ...]] | None:
    """Fall back to the first row of words as wide as the rows below it (an unknown ledger)."""
    widths = [sum(not is_missing(cell) for cell in row) for row in rows[:SEARCH_ROWS]]
    wide_enough = max(widths, default=0) * 0.6
    for index, row in enumerate(rows[:SEARCH_ROWS]):
        if widths[index] >= max(2, wide_enough) and _wordy(row):
            return index, 1, _labels(row)
    return None
