"""What a backtest found: one table for every kind, told in words or as JSON.

A backtest goes back to past days, lets every method see only what was known then, and counts how
well it would have done. Each kind is a module ``xunge/backtest_<kind>.py`` with one function that
returns a :class:`BacktestTable`; the words are in ``maps/messages/backtest.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.table import Table

from maps.messages import sentence

if TYPE_CHECKING:
    from rich.console import Console


class Estimate(NamedTuple):
    """A figure and its standard error; not a number where it cannot be told."""

    value: float
    error: float


_WIDE = 400  # characters

Cell = str | int | float | Estimate | None
Note = tuple[str, Mapping[str, Any]]
"""Code of a sentence and its data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestColumn:
    """A column: its name in JSON, the code of its title, and decimals.

    Texts in a column with ``words`` are codes of sentences, without this beginning.
    """

    name: str
    title: str
    digits: int = 2
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestTable:
    """What a backtest found.

    Attributes
    ----------
    kind
        ``hotspots``, ``targeting`` or ``revisits``.
    columns, rows
        One mapping by column name for each method; no rows where the history does not suffice.
        A row whose ``ours`` is true is the program's own and printed bold.
    notes
        Codes of sentences with their data: what was judged, and what follows from it.
    """

    kind: str
    columns: tuple[BacktestColumn, ...]
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[Note, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; a figure with an error is two keys, ``x`` and ``x_error``."""
        rows: list[dict[str, Any]] = []
        for row in self.rows:
            plain: dict[str, Any] = {}
            for name, cell in row.items():
                if isinstance(cell, Estimate):
                    plain |= {name: _finite(cell.value), f"{name}_error": _finite(cell.error)}
                else:
                    plain[name] = _finite(cell) if isinstance(cell, float) else cell
            rows.append(plain)
        return {
            "kind": self.kind, "rows": rows,
            "notes": [{"code": code, **data} for code, data in self.notes],
        }  # fmt: skip


def verdict(*, over: str, measure: str, lead: Estimate) -> Note:
    """Say whether the program's method is ahead of another by more than one standard error.

    Parameters
    ----------
    over, measure
        Codes of the other method and of the figure that is compared.
    lead
        Mean difference in the same windows, positive where the program's is better.
    """
    word = "ahead" if lead.value > lead.error else "level"
    if lead.value < -lead.error:
        word = "behind"
    said = {
        f"{name}{end}": sentence(code, lang=lang)
        for name, code in (("method", over), ("measure", measure))
        for end, lang in (("", "zh"), ("_en", "en"))
    }
    return f"backtest_{word}", {**said, "lead": round(lead.value, 3), "error": round(lead.error, 3)}


def show(found: BacktestTable, *, console: Console, lang: str) -> None:
    """Print the table and its sentences."""
    if found.rows:
        table = Table(box=None, header_style="bold")
        for column in found.columns:
            table.add_column(
                sentence(column.title, lang=lang), justify="left" if column.words else "right"
            )
        for row in found.rows:
            cells = [_told(row.get(column.name), column, lang=lang) for column in found.columns]
            table.add_row(*cells, style="bold" if row.get("ours") else "")
        if not console.is_terminal:  # a pipe has no width; nothing is folded in it
            free = console.options.update(max_width=_WIDE)
            table.width = console.measure(table, options=free).maximum
        console.print(table, crop=False)
    for code, data in found.notes:
        console.print(sentence(code, lang=lang, **data), markup=False)


def _told(cell: Cell, column: BacktestColumn, *, lang: str) -> str:
    if isinstance(cell, Estimate):
        if math.isnan(cell.error):
            return f"{cell.value:.{column.digits}f}"
        return f"{cell.value:.{column.digits}f} ± {cell.error:.{column.digits}f}"
    if isinstance(cell, str):
        return sentence(column.words + cell, lang=lang) if column.words else cell
    if isinstance(cell, float):
        return f"{cell:.{column.digits}f}"
    return "—" if cell is None else str(cell)


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
