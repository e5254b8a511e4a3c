"""The workbooks of a week: the plan, what is due, and the template that brings results back.

Headers are constants here, so that whoever reads a filled template names the columns as they were
written.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.schema import SITES
from maps.book_rows import (
    DUE_COLUMNS,
    LEFT_COLUMNS,
    NOT_DONE_REASONS,
    PLAN_COLUMNS,
    PREFILLED,
    RESULT_COLUMNS,
    RESULT_HEADERS,
    SITE_HEADERS,
    TEAM_COLUMNS,
    DueRow,
    LeftRow,
    PlanRow,
    ResultRow,
    TeamRow,
)
from maps.excel import ALARM, BAND_FILL, KEPT_FILL, Book, BookColumn, CellKind
from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.schema import Column

__all__ = [
    "DUE_SHEET",
    "LEFT_SHEET",
    "NO",
    "NOTES_SHEET",
    "NOT_DONE_REASONS",
    "OPTIONS_SHEET",
    "PLAN_SHEET",
    "PREFILLED",
    "RESULTS_SHEET",
    "RESULT_HEADERS",
    "SITES_SHEET",
    "SITE_HEADERS",
    "TEAMS_SHEET",
    "YES",
    "DueRow",
    "LeftRow",
    "PlanRow",
    "ResultRow",
    "TeamRow",
    "due_workbook",
    "plan_workbook",
    "results_workbook",
]

PLAN_SHEET, TEAMS_SHEET, LEFT_SHEET = "周计划", "小组汇总", "未安排"
DUE_SHEET = "到期事项"
RESULTS_SHEET, SITES_SHEET = "结果回填", "新发现非法点"
NOTES_SHEET, OPTIONS_SHEET = "说明", "选项"
YES, NO = "是", "否"

_SITE_ROWS = 60
_KINDS: dict[str, CellKind] = {"date": "date", "integer": "integer"}


class _Shown:
    """A row as it is shown: the row's own attributes, and *more* in their place."""

    def __init__(self, row: object, **more: Any) -> None:
        self._row = row
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._row, name)


def plan_workbook(
    path: Path,
    *,
    plan: Sequence[PlanRow],
    teams: Sequence[TeamRow],
    left: Sequence[LeftRow],
    today: dt.date,
    notes: Sequence[str] = (),
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
) -> Path:
    """Write the plan of the week, its team-days, what was left out and a page of notes.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    plan, teams
        In any order; they are sorted by day, team and order.
    left
        Kept in the order given (ticket order).
    today
        Day as of which the data stand; visits due before their day are shown in red.
    notes
        Further sentences for the page of notes.

    Returns
    -------
    The path.
    """
    stops = sorted(plan, key=lambda row: (row.date, row.team, row.order, row.visit))
    crews = sorted(teams, key=lambda row: (row.date, row.team))
    kinds = tables["visit_kind"]
    bands = _bands([row.date for row in stops])
    looks = [
        {**band, "due": _late() if row.due and row.due < row.date else {}}
        for band, row in zip(bands, stops, strict=True)
    ]
    with Book(path, title=PLAN_SHEET) as book:
        shown = [
            _Shown(row, weekday=_weekday(row.date), kind=kinds.title_of(row.kind)) for row in stops
        ]
        book.table(PLAN_SHEET, PLAN_COLUMNS, shown, looks=looks)
        days = [
            _Shown(row, weekday=_weekday(row.date), on_duty=row.back - row.depart) for row in crews
        ]
        book.table(TEAMS_SHEET, TEAM_COLUMNS, days, looks=_bands([row.date for row in crews]))
        rest = [_Shown(row, kind=kinds.title_of(row.kind)) for row in left]
        book.table(LEFT_SHEET, LEFT_COLUMNS, rest)
        book.notes(NOTES_SHEET, [*_plan_notes(stops, crews, left, today=today), *notes])
    return path


def due_workbook(
    path: Path,
    *,
    due: Sequence[DueRow],
    today: dt.date,
    notes: Sequence[str] = (),
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
) -> Path:
    """Write every due item, the longest overdue first, with its reasons and when it is planned.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    due
        In any order; sorted by days overdue, due date, object and kind.
    today
        Day as of which they are overdue.
    notes
        Further sentences for the page of notes.
    """
    rows = sorted(due, key=lambda row: (-row.overdue_days, row.due, row.object, row.kind))
    kinds = tables["visit_kind"]
    late = [row.overdue_days for row in rows]
    shown = [
        _Shown(row, kind=kinds.title_of(row.kind), overdue_days=days or None)
        for row, days in zip(rows, late, strict=True)
    ]
    looks = [{"due": _late(), "overdue_days": _late()} if days else {} for days in late]
    planned = sum(row.planned_on is not None for row in rows)
    first = sentence("book_due_counts", today=today, count=len(rows),
                     overdue=sum(map(bool, late)), planned=planned)  # fmt: skip
    order = sentence("book_due_order", column=DUE_COLUMNS[6].title)
    with Book(path, title=DUE_SHEET) as book:
        book.table(DUE_SHEET, DUE_COLUMNS, shown, looks=looks)
        book.notes(NOTES_SHEET, [first, order, *notes])
    return path


def results_workbook(
    path: Path,
    *,
    rows: Sequence[ResultRow],
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
) -> Path:
    """Write the template for results: a row for each planned stop, a sheet for new illegal sites.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    rows
        In any order; sorted by day, team and visit id.
    tables
        Code tables whose Chinese titles are the choices of the drop-downs.
    """
    ordered = sorted(rows, key=lambda row: (row.date, row.team, row.visit))
    with Book(path, title=RESULTS_SHEET) as book:
        _results_sheet(book, ordered, tables)
        _sites_sheet(book, tables)
        lines = [
            sentence("book_results_fill"),
            sentence("book_results_done"),
            sentence("book_results_review"),
            sentence("book_results_sites", sheet=SITES_SHEET),
            sentence("book_results_import"),
        ]
        book.notes(NOTES_SHEET, lines)
        book.options(OPTIONS_SHEET, _choices(tables))
    return path


def _results_sheet(
    book: Book, rows: Sequence[ResultRow], tables: Mapping[str, codes.CodeTable]
) -> None:
    blank = {name: "" for name in RESULT_HEADERS if name not in PREFILLED}
    kinds = tables["visit_kind"]
    shown = [_Shown(row, **{**blank, "kind": kinds.title_of(row.kind)}) for row in rows]
    kept: dict[str, Mapping[str, Any]] = {name: {"bg_color": KEPT_FILL} for name in PREFILLED}
    no_review = {**kept, "outcome": {"bg_color": KEPT_FILL, "pattern": 1}}
    looks = [kept if row.kind == "reinspection" else no_review for row in rows]
    page = book.table(RESULTS_SHEET, RESULT_COLUMNS, shown, looks=looks)
    page.freeze_panes(1, 1)
    rules = _rules(_ranges(tables))
    for place, column in enumerate(RESULT_COLUMNS):
        if column.name in rules and rows:
            page.data_validation(1, place, len(rows), place, rules[column.name])


def _sites_sheet(book: Book, tables: Mapping[str, codes.CodeTable]) -> None:
    columns = [
        BookColumn(name=column.name, title=column.title, width=_site_width(column),
                   kind=_KINDS.get(column.kind, "id"))
        for column in SITES
    ]  # fmt: skip
    page = book.sheet(SITES_SHEET, columns)
    ranges = _ranges(tables)
    for place, (column, cell) in enumerate(zip(SITES, columns, strict=True)):
        style = book.style(cell.kind)
        for number in range(1, _SITE_ROWS + 1):
            page.write_blank(number, place, None, style)
        if column.kind == "date":
            page.data_validation(1, place, _SITE_ROWS, place, _date_rule())
        elif column.table:
            page.data_validation(1, place, _SITE_ROWS, place, _list_rule(ranges[column.table]))


def _site_width(column: Column) -> float:
    return {"address": 34, "description": 40, "name": 26, "behaviour": 22}.get(column.name, 13)


def _choices(tables: Mapping[str, codes.CodeTable]) -> dict[str, list[str]]:
    used = ["visit_result", "review_outcome", *(c.table for c in SITES if c.table)]
    lists = {name: [row.title for row in tables[name].rows] for name in dict.fromkeys(used)}
    return {"flag": [YES, NO], "not_done_reason": list(NOT_DONE_REASONS), **lists}


def _ranges(tables: Mapping[str, codes.CodeTable]) -> dict[str, str]:
    return {
        key: f"='{OPTIONS_SHEET}'!${chr(65 + i)}$1:${chr(65 + i)}${len(choices)}"
        for i, (key, choices) in enumerate(_choices(tables).items())
    }


def _rules(ranges: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    count = {"validate": "integer", "criteria": ">=", "value": 0, "error_title": "数目",
             "error_message": "请填不小于 0 的整数"}  # fmt: skip
    return {
        "done": _list_rule(ranges["flag"]),
        "done_on": _date_rule(),
        "result": _list_rule(ranges["visit_result"]),
        "findings": count,
        "serious_findings": count,
        "deadline": _date_rule(),
        "outcome": _list_rule(ranges["review_outcome"]),
        "closed": _list_rule(ranges["flag"]),
        "not_done_reason": {**_list_rule(ranges["not_done_reason"]), "error_type": "information"},
    }


def _list_rule(cells: str) -> dict[str, Any]:
    return {"validate": "list", "source": cells, "error_title": "选项",
            "error_message": "请从下拉列表中选择"}  # fmt: skip


def _date_rule() -> dict[str, Any]:
    return {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1),
            "error_title": "日期", "error_message": "请填日期，例如 2026-11-23"}  # fmt: skip


def _plan_notes(
    plan: Sequence[PlanRow], teams: Sequence[TeamRow], left: Sequence[LeftRow], *, today: dt.date
) -> list[str]:
    days = [row.date for row in plan] or [today]
    km = f"{sum(row.metres for row in teams) / 1000:.0f}"
    return [
        sentence("book_week", first=min(days), last=max(days), today=today),
        sentence("book_plan_counts", visits=len(plan), team_days=len(teams), km=km,
                 left=len(left), sheet=LEFT_SHEET),
        sentence("book_phones"),
    ]  # fmt: skip


def _weekday(day: dt.date) -> str:
    return f"周{'一二三四五六日'[day.weekday()]}"


def _bands(days: Sequence[dt.date]) -> list[dict[str, Mapping[str, Any]]]:
    """Return a light ground for every second day, so that days are told apart at a glance."""
    order = {day: number for number, day in enumerate(sorted(set(days)))}
    return [{"*": {"bg_color": BAND_FILL}} if order[day] % 2 else {} for day in days]


def _late() -> dict[str, Any]:
    return {"font_color": ALARM, "bold": True}
