"""Tables: total rows and columns against their sums, rates and growth against their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

from layers.bulletin.documents import Place
from layers.bulletin.figures import plain, read_figures
from layers.bulletin.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layers.bulletin.documents import Grid
    from layers.bulletin.findings import Sure

_TOTAL = re.compile(r"(全?[省市县区乡镇]?)?(合计|总计|共计|总数|小计|汇总)")
_PART = "小计"
_NO_SUM = re.compile(r"率|占比|比例|比重|同比|环比|增幅|增长|平均|人均|序号|编号|代码|年份|%|倍")
_SHARE = re.compile(r"率|占比|比例|比重")
_GROWTH = re.compile(r"同比|环比|增幅|增长|增减")
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?")
_TINY = Decimal("0.000001")
_LABELS = 3
_ENOUGH = 2
_MOSTLY = 0.6
_WIDEST = 14

_SAMPLE = 60
"""Rows by which it is found out how a rate is made."""
_COLUMNS = 30
_SHOWN = Decimal("0.0001")

_Form = tuple[str, "Callable[[Decimal, Decimal], Decimal]"]
_Judged = list[tuple[int, "_Cell", "_Cell", "_Cell", Decimal, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    value: Decimal
    step: Decimal
    percent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    grid: Grid
    cells: list[list[_Cell | None]]
    body: int
    """Index of the first row with numbers."""

    def header(self, column: int) -> str:
        return "".join(row[column] for row in self.grid.rows[: self.body])

    def total(self, row: int) -> str:
        """Return the word of a row of totals, empty where it is none."""
        for text in self.grid.rows[row][:_LABELS]:
            match = _TOTAL.fullmatch(re.sub(r"\s|[(（].*?[)）]", "", text))
            if match:
                return match[2]
        return ""

    def column(self, column: int, rows: Sequence[int]) -> list[tuple[int, _Cell]]:
        found = ((row, self.cells[row][column]) for row in rows)
        return [(row, cell) for row, cell in found if cell is not None]


def check_grid(grid: Grid) -> list[Finding]:
    """Return every sum, rate and growth of a table that was checked."""
    cells = [[_cell(text) for text in row] for row in grid.rows]
    body = next((n for n, row in enumerate(cells) if sum(map(bool, row)) > row.count(None) / 4), -1)
    if body < 0:
        return []
    table = _Table(grid=grid, cells=cells, body=body)
    return [*_total_rows(table), *_total_columns(table), *_ratios(table)]


def _cell(text: str) -> _Cell | None:
    """Read a cell with one number, with or without its unit."""
    plain_text = text.replace("％", "%").strip()
    number = _NUMBER.fullmatch(plain_text.removesuffix("%").strip())
    if number is None:
        figures = read_figures(plain_text)
        if len(figures) != 1 or figures[0].text != plain_text or figures[0].bound != "exact":
            return None
        return _Cell(value=figures[0].value, step=figures[0].step, percent=figures[0].unit == "%")
    written = number.group().replace(",", "")
    step = Decimal(1).scaleb(-len(written.partition(".")[2]))
    return _Cell(value=Decimal(written), step=step, percent=plain_text.endswith("%"))


def _finding(
    table: _Table, code: str, row: int, column: int, *, right: bool, sure: Sure = "certain",
    figures: tuple[str, ...], **detail: str,
) -> Finding:  # fmt: skip
    place = Place(kind="cell", table=table.grid.name, row=table.grid.top + row, column=column + 1)
    sentence = " | ".join(dict.fromkeys(text for text in table.grid.rows[row] if text))
    head = table.header(column) or plain(Decimal(column + 1))
    return Finding(code=code, right=right, sure=sure, place=place, sentence=sentence,
                   figures=figures, detail={"header": head, **detail})  # fmt: skip


def _adds_up(parts: Sequence[_Cell], total: _Cell) -> bool:
    slack = sum((part.step for part in parts if part.step < 1), Decimal(0)) / 2
    return abs(_sum(parts) - total.value) <= max(slack, _TINY)


def _sum(parts: Sequence[_Cell]) -> Decimal:
    return sum((part.value for part in parts), Decimal(0))


def _sum_text(parts: Sequence[_Cell]) -> str:
    shown = [plain(part.value) for part in parts]
    return "+".join(shown if len(shown) <= _WIDEST else (*shown[:4], "…", *shown[-2:]))


def _total_rows(table: _Table) -> Iterator[Finding]:
    rows = range(table.body, len(table.cells))
    totals = {row: word for row in rows if (word := table.total(row))}
    for row, word in totals.items():
        details = _details(table, row, word, totals)
        checked = [
            (column, [cell for _, cell in table.column(column, details)], total)
            for column, total in enumerate(table.cells[row])
            if total is not None and not total.percent and _sums(table, column)
        ]
        subtotals = [one for one, other in totals.items() if other == _PART and one < row]
        judged = []
        for column, parts, total in checked:
            middle = [cell for _, cell in table.column(column, subtotals)]
            right = _adds_up(parts, total) or (word != _PART and bool(middle)
                                               and _adds_up(middle, total))  # fmt: skip
            if len(parts) >= _ENOUGH:
                judged.append((column, parts, total, right))
        fits = sum(right for *_, right in judged)
        for column, parts, total, right in judged:
            yield _finding(table, "table_column", row, column, right=right,
                           sure="certain" if fits else "likely", figures=(plain(total.value),),
                           sum=_sum_text(parts), result=plain(_sum(parts)),
                           total=plain(total.value))  # fmt: skip


def _sums(table: _Table, column: int) -> bool:
    return not _NO_SUM.search(table.header(column))


def _details(table: _Table, row: int, word: str, totals: dict[int, str]) -> list[int]:
    """Return the rows that a row of totals sums: those above it, or below where it is the first."""
    above = [one for one in range(table.body, row) if one not in totals]
    if not above:
        return [one for one in range(row + 1, len(table.cells)) if one not in totals]
    if word == _PART:
        start = max((one for one in totals if one < row), default=-1)
        return [one for one in above if one > start]
    start = max((one for one, other in totals.items() if one < row and other != _PART), default=-1)
    return [one for one in above if one > start] or above


def _total_columns(table: _Table) -> Iterator[Finding]:
    rows = list(range(table.body, len(table.cells)))
    width = len(table.grid.rows[0])
    totals = [column for column in range(width) if any(
        _TOTAL.fullmatch(re.sub(r"\s", "", row[column])) for row in table.grid.rows[: table.body]
    )]  # fmt: skip
    for column in totals:
        best: tuple[int, list[tuple[int, list[_Cell], _Cell, bool]]] = (0, [])
        for span in _spans(table, column, totals, width):
            judged = []
            for row, total in table.column(column, rows):
                parts = [cell for one in span if (cell := table.cells[row][one]) is not None]
                if len(parts) >= _ENOUGH:
                    judged.append((row, parts, total, _adds_up(parts, total)))
            fits = sum(right for *_, right in judged)
            if fits > best[0]:
                best = (fits, judged)
        fits, judged = best
        if fits >= _ENOUGH and fits >= _MOSTLY * len(judged):
            for row, parts, total, right in judged:
                yield _finding(table, "table_row", row, column, right=right,
                               figures=(plain(total.value),), sum=_sum_text(parts),
                               result=plain(_sum(parts)), total=plain(total.value))  # fmt: skip


def _spans(table: _Table, column: int, totals: Sequence[int], width: int) -> Iterator[list[int]]:
    """Yield the columns to the left and to the right of a total that may be its parts."""
    left: list[int] = []
    for one in range(column - 1, -1, -1):
        if one in totals or not _sums(table, one):
            break
        left.append(one)
    right: list[int] = []
    for one in range(column + 1, width):
        if one in totals or not _sums(table, one):
            break
        right.append(one)
    for side in (left[::-1], right):
        for length in range(len(side), 1, -1):
            yield side[-length:] if side is not right else side[:length]


def _ratios(table: _Table) -> Iterator[Finding]:
    """Find out of which two columns a rate is made by most of its rows; report the others."""
    rows = range(table.body, len(table.cells))
    width = len(table.grid.rows[0])
    sums = [one for one in range(width) if _sums(table, one) and table.column(one, rows)][:_COLUMNS]
    for column in range(width):
        forms: list[_Form] = []
        if _SHARE.search(table.header(column)):
            forms.append(("table_rate", lambda part, whole: part / whole))
        if _GROWTH.search(table.header(column)):
            forms.append(("table_growth", lambda now, base: now / base - 1))
        ways = [(form, pair) for form in forms for pair in permutations(sums, 2)]
        if not ways:
            continue
        form, pair = max(
            ways, key=lambda way: _fits(_fitting(table, column, way[1], way[0], rows[:_SAMPLE]))
        )
        yield from _told(table, column, pair, form, rows)


def _told(
    table: _Table, column: int, pair: tuple[int, int], form: _Form, rows: Sequence[int]
) -> Iterator[Finding]:
    """Yield what each row says, where enough of them are made in this way."""
    judged = _fitting(table, column, pair, form, rows)
    if _fits(judged) < max(_ENOUGH, _MOSTLY * len(judged)):
        return
    # Rates that are all 100 % say little about where they come from.
    various = len({cell.value for _, _, _, cell, _, right in judged if right}) > 1
    for row, one, other, cell, got, right in judged:
        shown = got * 100 if cell.percent or abs(cell.value) > 1 else got
        yield _finding(
            table, form[0], row, column, right=right, sure="certain" if various else "ask",
            figures=(plain(cell.value),), part=plain(one.value), whole=plain(other.value),
            rate=table.grid.rows[row][column], parts=table.header(pair[0]),
            wholes=table.header(pair[1]), got=plain(shown.quantize(max(cell.step, _SHOWN)))
            + ("%" if cell.percent else ""),
        )  # fmt: skip


def _fits(judged: _Judged) -> int:
    return sum(right for *_, right in judged)


def _fitting(
    table: _Table, column: int, pair: tuple[int, int], form: _Form, rows: Sequence[int]
) -> _Judged:
    """Return for each row both columns, the rate, what it should be and whether it is."""
    judged: _Judged = []
    for row, cell in table.column(column, rows):
        one, other = table.cells[row][pair[0]], table.cells[row][pair[1]]
        if one is None or other is None or not other.value:
            continue
        got = form[1](one.value, other.value)
        slack = cell.step / 2 + _TINY
        right = abs(got * 100 - cell.value) <= slack or (
            not cell.percent and abs(got - cell.value) <= slack and cell.step < 1
        )
        judged.append((row, one, other, cell, got, right))
    return judged
