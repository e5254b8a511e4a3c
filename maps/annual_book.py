"""The workbook of the annual plan: arithmetic with formulas, progress, coverage, who is left."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maps.excel import ALARM, BAND_FILL, Book, BookColumn
from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SHEETS = {
    "capacity": ("能力测算", "Capacity"), "progress": ("进度", "Progress"),
    "kinds": ("检查方式与月份", "Kinds and months"), "classes": ("覆盖", "Coverage"),
    "groups": ("分组缺口", "Groups"), "unreachable": ("无法检查名单", "Cannot be reached"),
    "notes": ("说明", "Notes"),
}  # fmt: skip

CAPACITY_COLUMNS = (
    BookColumn(name="title", title="项目", en="Line", width=60),
    BookColumn(name="year", title="全年", en="Whole year", width=12, kind="integer"),
    BookColumn(name="rest", title="剩余时间", en="Rest of the year", width=12, kind="integer"),
    BookColumn(name="unit", title="单位", en="Unit", width=10),
)
PROGRESS_COLUMNS = (
    BookColumn(name="name", title="类别", en="Class", width=18),
    BookColumn(name="objects", title="企业数", en="Enterprises", width=9, kind="integer"),
    BookColumn(name="planned", title="全年计划（家次）", en="Planned checks", width=12,
               kind="integer"),
    BookColumn(name="target", title="至今应完成", en="Due by now", width=11, kind="integer"),
    BookColumn(name="done", title="已完成", en="Done", width=9, kind="integer"),
    BookColumn(name="ahead", title="超前（+）落后（−）", en="Ahead (+), behind (−)", width=12,
               kind="integer"),
    BookColumn(name="weeks_ahead", title="折合周数", en="In weeks", width=10, kind="integer"),
    BookColumn(name="covered", title="已覆盖企业", en="Covered", width=11, kind="integer"),
    BookColumn(name="share", title="覆盖率", en="Share", width=9, kind="integer"),
)  # fmt: skip
KIND_COLUMNS = (
    BookColumn(name="name", title="类别", en="Class", width=18),
    BookColumn(name="what", title="检查方式或月份", en="Kind or month", width=18),
    BookColumn(name="done", title="已完成（家次）", en="Checks done", width=12, kind="integer"),
)
CLASS_COLUMNS = (
    BookColumn(name="period", title="期间", en="Period", width=14),
    BookColumn(name="name", title="类别", en="Class", width=18),
    BookColumn(name="objects", title="企业数", en="Enterprises", width=9, kind="integer"),
    BookColumn(name="covered", title="已覆盖", en="Covered", width=9, kind="integer"),
    BookColumn(name="reached", title="还可覆盖（最多）", en="Can be covered (at most)", width=12,
               kind="integer"),
    BookColumn(name="barred", title="无法检查", en="Cannot be visited", width=10, kind="integer"),
    BookColumn(name="short", title="工作日不足（至少）", en="Short of days (at least)", width=12,
               kind="integer"),
    BookColumn(name="share", title="可达覆盖率", en="Reachable share", width=11, kind="integer"),
)  # fmt: skip
GROUP_COLUMNS = (
    BookColumn(name="class_", title="类别", en="Class", width=18),
    BookColumn(name="department", title="检查部门", en="Department", width=20),
    BookColumn(name="speciality", title="所需专业", en="Speciality", width=16),
    BookColumn(name="wanted", title="待覆盖", en="To be covered", width=9, kind="integer"),
    BookColumn(name="reached", title="可覆盖", en="Can be", width=9, kind="integer"),
    BookColumn(name="short", title="缺口（家）", en="Missing", width=10, kind="integer"),
    BookColumn(name="person_days", title="还需（人·天）", en="Person-days needed", width=12,
               kind="integer"),
    BookColumn(name="crew_days", title="折合一个组（工作日）", en="Working days of one crew",
               width=14, kind="integer"),
)  # fmt: skip
UNREACHABLE_COLUMNS = (
    BookColumn(name="id", title="编号", en="Id", width=13, kind="id"),
    BookColumn(name="name", title="企业名称", en="Name", width=38),
    BookColumn(name="class_", title="类别", en="Class", width=18),
    BookColumn(name="industry", title="行业", en="Industry", width=20),
    BookColumn(name="reason", title="原因", en="Reason", width=52),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRow:
    """A line of the arithmetic; ``formula`` names other lines by code in braces."""

    code: str
    title: str
    unit: str
    year: float
    rest: float
    formula: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRow:
    """A class against the plan; ``kinds`` and ``months`` count its checks."""

    name: str
    objects: int
    planned: int
    target: int
    done: int
    ahead: int
    weeks_ahead: float
    covered: int
    share: float | None
    kinds: Mapping[str, int]
    months: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """Checks of a class by kind or month."""

    name: str
    what: str
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """Coverage of a class in a period."""

    period: str
    name: str
    objects: int
    covered: int
    reached: int
    barred: int
    short: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Enterprises that need the same officers, and the days that are missing for some."""

    class_: str
    department: str
    speciality: str
    wanted: int
    reached: int
    short: int
    person_days: float
    crew_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableRow:
    """An enterprise that cannot be covered, and why."""

    id: str
    name: str
    class_: str
    industry: str
    reason: str


def annual_workbook(
    path: Path,
    *,
    title: str,
    capacity: Sequence[CapacityRow],
    progress: Sequence[ProgressRow],
    classes: Sequence[ClassRow],
    groups: Sequence[GroupRow],
    unreachable: Sequence[UnreachableRow],
    notes: Sequence[str],
    lang: str = "zh",
) -> Path:
    """Write the annual plan; lines that follow from others are formulas.

    Returns
    -------
    The path.
    """

    def name(code: str) -> str:
        return _SHEETS[code][lang == "en"]

    with Book(path, title=title, lang=lang) as book:
        _capacity(book, name("capacity"), capacity)
        behind = [
            {"ahead": {"num_format": "+0;-0;0", **_red(row.ahead)}, "share": _PERCENT,
             "weeks_ahead": {"num_format": "+0.0;-0.0;0.0", **_red(row.weeks_ahead)}}
            for row in progress
        ]  # fmt: skip
        book.table(name("progress"), PROGRESS_COLUMNS, progress,
                   looks=behind)  # fmt: skip
        book.table(name("kinds"), KIND_COLUMNS, _kinds(progress, lang))
        book.table(
            name("classes"), CLASS_COLUMNS, classes,
            looks=[{"share": _PERCENT, "short": _red(-row.short)} for row in classes],
        )  # fmt: skip
        book.table(name("groups"), GROUP_COLUMNS, groups,
                   looks=[{"short": _red(-row.short), "person_days": _TENTHS,
                           "crew_days": _TENTHS} for row in groups])  # fmt: skip
        book.table(name("unreachable"), UNREACHABLE_COLUMNS, unreachable)
        book.notes(name("notes"), [title, *notes])
    return path


_PERCENT = {"num_format": "0.0%"}
_TENTHS = {"num_format": "#,##0.0"}


def _red(value: float) -> dict[str, Any]:
    return {"font_color": ALARM, "bold": True} if value < 0 else {}


def _kinds(progress: Sequence[ProgressRow], lang: str) -> list[KindRow]:
    rows = []
    for one in progress:
        rows += [KindRow(name=one.name, what=kind, done=n) for kind, n in one.kinds.items()]
        rows += [
            KindRow(name=one.name, what=sentence("year_month", lang=lang, month=month), done=n)
            for month, n in one.months.items()
        ]
    return rows


def _capacity(book: Book, name: str, rows: Sequence[CapacityRow]) -> None:
    """Write the arithmetic; a line that follows from others as a formula with its value."""
    page = book.sheet(name, CAPACITY_COLUMNS)
    at = {row.code: number for number, row in enumerate(rows, 2)}
    for number, row in enumerate(rows, 1):
        main = {"bold": True, "bg_color": BAND_FILL} if row.code in _SUMS else {}
        shape = {"num_format": "#,##0" + (f".{'0' * row.digits}" if row.digits else "")}
        style = book.style("integer", **shape, **main)
        book.put(page, (number, 0), row.title, "text", book.style("text", **main))
        for column, value in ((1, row.year), (2, row.rest)):
            if row.formula:
                letter = string.ascii_uppercase[column]
                cells = {code: f"{letter}{line}" for code, line in at.items()}
                page.write_formula(number, column, f"={row.formula.format(**cells)}", style, value)
            else:
                page.write_number(number, column, value, style)
        book.put(page, (number, 3), row.unit, "text", book.style("text", **main))


_SUMS = frozenset(("inspection", "crew_days", "visits"))
