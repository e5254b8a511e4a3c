"""Coverage by grid in words, as a table of the terminal and as a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from maps.excel import ALARM, Book, BookColumn
from maps.messages import sentence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rich.console import Console

    from xunge.blind import BlindSpot
    from xunge.coverage import Coverage, GridCoverage

BOOKS = {"zh": "网格覆盖.xlsx", "en": "grid-coverage.xlsx"}
_SHEETS = {
    "zh": ("网格覆盖", "未检查对象", "空白村", "空白格子", "说明"),
    "en": ("Grids", "Not visited", "Blind villages", "Blind cells", "Notes"),
}
_SHOWN = 15  # grids in the terminal; the workbook has all
_BLIND_SHOWN = 10  # blind villages there

GRID_COLUMNS = (
    BookColumn(name="grid", title="网格编号", en="Grid", width=14, kind="id"),
    BookColumn(name="name", title="网格名称", en="Name", width=20),
    BookColumn(name="unit", title="责任单位", en="Unit", width=18),
    BookColumn(name="worker", title="网格员", en="Grid worker", width=10),
    BookColumn(name="objects", title="对象", en="Objects", width=7, kind="integer"),
    BookColumn(name="visited", title="已检查（家）", en="Visited", width=9, kind="integer"),
    BookColumn(name="visits", title="检查（家次）", en="Visits", width=9, kind="integer"),
    BookColumn(name="open", title="未检查", en="Not visited", width=8, kind="integer"),
    BookColumn(name="never", title="从未检查", en="Never visited", width=9, kind="integer"),
    BookColumn(name="weight", title="风险权数", en="Risk weight", width=9, kind="integer"),
    BookColumn(name="weight_open", title="未检查的权数", en="Weight not visited", width=11,
               kind="integer"),
    BookColumn(name="cells", title="格子", en="Cells", width=7, kind="integer"),
    BookColumn(name="cells_used", title="有对象的格子", en="Cells in use", width=11,
               kind="integer"),
    BookColumn(name="cells_open", title="其中无检查", en="Of these not visited", width=10,
               kind="integer"),
    BookColumn(name="last", title="最近检查", en="Last visit", width=11.5, kind="date"),
)  # fmt: skip
OPEN_COLUMNS = (
    BookColumn(name="grid", title="网格编号", en="Grid", width=14, kind="id"),
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=34),
    BookColumn(name="weight", title="风险权数", en="Risk weight", width=9, kind="integer"),
    BookColumn(name="last", title="最近检查", en="Last visit", width=11.5, kind="date"),
)

_BLIND_COLUMNS = (
    BookColumn(name="town", title="乡镇", en="Town", width=14),
    BookColumn(name="objects", title="对象", en="Objects", width=7, kind="integer"),
    BookColumn(name="weight", title="风险权数", en="Risk weight", width=9, kind="integer"),
    BookColumn(name="never", title="从未检查", en="Never visited", width=9, kind="integer"),
    BookColumn(name="last", title="最近检查", en="Last visit", width=11.5, kind="date"),
)
VILLAGE_COLUMNS = (
    BookColumn(name="name", title="村、社区", en="Village", width=20),
    BookColumn(name="id", title="区划代码", en="Code", width=15, kind="id"),
    *_BLIND_COLUMNS,
)
CELL_COLUMNS = (
    BookColumn(name="id", title="格子", en="Cell", width=24, kind="id"),
    *_BLIND_COLUMNS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _BlindRow:
    """A blind spot with names in the place of codes."""

    id: str
    name: str
    town: str
    objects: int
    weight: int
    never: int
    last: dt.date | None


def _blind_rows(spots: Iterable[BlindSpot], names: Mapping[str, str]) -> list[_BlindRow]:
    return [
        _BlindRow(
            id=one.id, name=names.get(one.id, one.id), town=names.get(one.town, one.town),
            objects=one.objects, weight=one.weight, never=one.never, last=one.last,
        )
        for one in spots
    ]  # fmt: skip


def write_book(found: Coverage, path: Path, *, lang: str) -> None:
    """Write the workbook; it names grid workers and stays in the bureau."""
    grids, open_, villages, cells, notes = _SHEETS[lang]
    fresh = path.with_name(f".new {path.name}")
    rows = sorted(found.grids, key=_pressing)
    looks = [
        {"open": {"font_color": ALARM}} if row.objects and not row.visited else {} for row in rows
    ]
    with Book(fresh, title=grids, lang=lang) as book:
        book.table(grids, GRID_COLUMNS, rows, looks=looks)
        book.table(open_, OPEN_COLUMNS, found.open)
        book.table(villages, VILLAGE_COLUMNS, _blind_rows(found.blind.villages, found.names))
        book.table(cells, CELL_COLUMNS, _blind_rows(found.blind.cells, found.names))
        book.notes(notes, [*remarks(found, lang=lang), *blind_remarks(found, lang=lang)])
    fresh.replace(path)


def show(found: Coverage, *, console: Console, lang: str) -> None:
    """Print the grids with the most risk that nobody visited, and what is said besides."""
    shown = ("grid", "name", "unit", "objects", "visited", "open", "weight_open", "cells_open")
    columns = {column.name: column for column in GRID_COLUMNS}
    table = Table(box=None, header_style="bold")
    for name in shown:
        number = columns[name].kind == "integer"
        table.add_column(
            columns[name].header(lang), justify="right" if number else "left", overflow="fold"
        )
    rows = sorted((row for row in found.grids if row.grid), key=_pressing)
    for row in rows[:_SHOWN]:
        table.add_row(*(str(getattr(row, name)) for name in shown))
    if rows:
        console.print(table)
    for line in (*remarks(found, lang=lang), *blind_remarks(found, lang=lang)):
        console.print(line)


def remarks(found: Coverage, *, lang: str) -> list[str]:
    """Return totals, gaps, overlaps and what did not fit, one sentence each."""
    own = [row for row in found.grids if row.grid]
    if not own:
        return [sentence("coverage_none", lang=lang)]
    lines = [
        sentence(
            "coverage_total", lang=lang, since=found.since, until=found.until, grids=len(own),
            objects=sum(row.objects for row in own), visited=sum(row.visited for row in own),
            visits=sum(row.visits for row in own), open=sum(row.open for row in own),
            idle=sum(1 for row in own if row.objects and not row.visited),
            cells=sum(row.cells_open for row in own),
        )
    ]  # fmt: skip
    nobody = next(row for row in found.grids if not row.grid)
    if nobody.objects or nobody.cells:
        lines.append(
            sentence("coverage_gap", lang=lang, objects=nobody.objects, cells=nobody.cells,
                     open=nobody.open)
        )  # fmt: skip
    if found.shared:
        pairs = [f"{a}–{b}" for a, b in sorted(found.shared)[:10]]
        lines.append(
            sentence("coverage_shared", lang=lang, n=len(found.shared), pairs=pairs,
                     cells=sum(cells for cells, _ in found.shared.values()),
                     objects=sum(count for _, count in found.shared.values()))
        )  # fmt: skip
    lines += [sentence(code, lang=lang, **data) for code, data in found.notes]
    return [*lines, sentence("coverage_weights", lang=lang)]


def blind_remarks(found: Coverage, *, lang: str) -> list[str]:
    """Say how many cells and villages are blind, and which villages weigh most."""
    spots = found.blind
    lines = [
        sentence(
            "coverage_blind", lang=lang, since=found.since, until=found.until,
            cells=len(spots.cells), cells_used=spots.cells_used, villages=len(spots.villages),
            villages_used=spots.villages_used, nowhere=spots.nowhere,
        )
    ]  # fmt: skip
    if spots.villages:
        most = [
            sentence("coverage_blind_village", lang=lang, name=row.name, town=row.town,
                     objects=row.objects, weight=row.weight)
            for row in _blind_rows(spots.villages[:_BLIND_SHOWN], found.names)
        ]  # fmt: skip
        lines.append(sentence("coverage_blind_most", lang=lang, names=most))
    return lines


def _pressing(row: GridCoverage) -> tuple[int, int, str]:
    """Sort by the risk that nobody visited; what belongs to nobody comes last."""
    return (not row.grid, -row.weight_open, row.grid)
