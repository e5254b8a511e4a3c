"""The workbook of risks: every enterprise with a record, what it says, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maps.excel import Book, BookColumn
from maps.messages import sentence
from maps.workbooks import NOTES_SHEET, sheet_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = (
    BookColumn(name="object", title="对象编号", en="Object id", width=13, kind="id"),
    BookColumn(name="name", title="名称", en="Name", width=32),
    BookColumn(name="industry", title="行业", en="Industry", width=12),
    BookColumn(name="grade", title="风险等级", en="Risk grade", width=10),
    BookColumn(name="town", title="乡镇街道", en="Town", width=12),
    BookColumn(name="visits", title="检查次数", en="Visits", width=9, kind="integer"),
    BookColumn(name="observed", title="查出（分）", en="Observed", width=10, kind="decimal"),
    BookColumn(name="expected", title="应为（分）", en="Expected", width=10, kind="decimal"),
    BookColumn(name="ratio", title="同行业的倍数", en="Times its industry", width=13,
               kind="decimal"),
    BookColumn(name="low", title="下限 2.5 %", en="From (2.5 %)", width=11, kind="decimal"),
    BookColumn(name="high", title="上限 97.5 %", en="To (97.5 %)", width=11, kind="decimal"),
    BookColumn(name="chance", title="严重问题的可能", en="Chance of serious", width=14,
               kind="decimal"),
    BookColumn(name="relative", title="同等级的倍数", en="Times its grade", width=13,
               kind="decimal"),
    BookColumn(name="factor", title="抽查权数 ×", en="Weight ×", width=11),
    BookColumn(name="why", title="依据", en="Why", width=60),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """An enterprise; ``chance`` is None without a model, ``factor`` a text such as ``3/2``."""

    object: str
    name: str
    industry: str
    grade: str
    town: str
    visits: int
    observed: float
    expected: float
    ratio: float
    low: float
    high: float
    relative: float
    why: str
    chance: float | None = None
    factor: str = "1"


def risk_workbook(
    path: Path, *, rows: Sequence[RiskRow], notes: Sequence[str], lang: str = "zh"
) -> Path:
    """Write the risks, in the order given, and a page of notes: what they stand on."""
    name = sentence("book_risk", lang=lang)
    with Book(path, title=name, lang=lang) as book:
        book.table(name, COLUMNS, rows)
        book.notes(sheet_name(NOTES_SHEET, lang=lang), notes)
    return path
