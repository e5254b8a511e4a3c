"""The workbooks of a week: the plan, and the template that brings results back.

Headers are constants here, so that whoever reads a filled template names the columns as they were
written.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.schema import SITES
from maps.book_rows import (
    LEFT_COLUMNS,
    NOT_DONE_REASONS,
    NOT_DONE_REASONS_EN,
    PLAN_COLUMNS,
    PREFILLED,
    RESULT_COLUMNS,
    RESULT_HEADERS,
    RESULT_HEADERS_EN,
    SITE_HEADERS,
    TEAM_COLUMNS,
    ZONE_COLUMNS,
    LeftRow,
    PlanRow,
    ResultRow,
    TeamRow,
    ZoneRow,
)
from maps.excel import ALARM, BAND_FILL, KEPT_FILL, Book, BookColumn, CellKind
from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.schema import Column

__all__ = [
    "CONFLICT_SHEET",
    "DUE_SHEET",
    "DUTY_SHEET",
    "LEFT_SHEET",
    "NO",
    "NOTES_SHEET",
    "NOT_DONE_REASONS",
    "OPTIONS_SHEET",
    "PLAN_SHEET",
    "PREFILLED",
    "PUBLISH_SHEET",
    "RESULTS_SHEET",
    "RESULT_HEADERS",
    "RESULT_HEADERS_EN",
    "ROUND_SHEET",
    "SITES_SHEET",
    "SITE_HEADERS",
    "TEAMS_SHEET",
    "YES",
    "ZONES_SHEET",
    "LeftRow",
    "PlanRow",
    "ResultRow",
    "Shown",
    "TeamRow",
    "ZoneRow",
    "late_look",
    "plan_workbook",
    "results_workbook",
    "sheet_name",
]

PLAN_SHEET, TEAMS_SHEET, LEFT_SHEET = "周计划", "小组汇总", "未安排"
ZONES_SHEET = "重点区域"
DUE_SHEET, CONFLICT_SHEET, PUBLISH_SHEET = "到期事项", "频次冲突", "待公示"
DUTY_SHEET, ROUND_SHEET = "机关事项", "村镇排查"
RESULTS_SHEET, SITES_SHEET = "结果回填", "新发现非法点"
NOTES_SHEET, OPTIONS_SHEET = "说明", "选项"
YES, NO = "是", "否"
_ENGLISH = {
    PLAN_SHEET: "Plan",
    TEAMS_SHEET: "Teams",
    LEFT_SHEET: "Left out",
    ZONES_SHEET: "Priority zones",
    DUE_SHEET: "Due",
    CONFLICT_SHEET: "Conflicts",
    PUBLISH_SHEET: "To publish",
    DUTY_SHEET: "At the desk",
    ROUND_SHEET: "Rounds",
    RESULTS_SHEET: "Results",
    SITES_SHEET: "New illegal sites",
    NOTES_SHEET: "Notes",
    OPTIONS_SHEET: "Choices",
    YES: "yes",
    NO: "no",
}

_SITE_ROWS = 60
_KINDS: dict[str, CellKind] = {"date": "date", "integer": "integer"}


def sheet_name(name: str, *, lang: str) -> str:
    """Return the name of a sheet in *lang*; *name* is one of the constants of this module."""
    return _ENGLISH[name] if lang == "en" else name


class Shown:
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
    alerts: Sequence[str] = (),
    zones: Sequence[ZoneRow] = (),
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    lang: str = "zh",
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
    alerts
        Sentences that stand on it before all others, in red.
    zones
        What lies in priority zones, kept in the order given; without any there is no such sheet.

    Returns
    -------
    The path.
    """
    stops = sorted(plan, key=lambda row: (row.date, row.team, row.order, row.visit))
    crews = sorted(teams, key=lambda row: (row.date, row.team))
    kinds = tables["visit_kind"]
    bands = _bands([row.date for row in stops])
    looks = [
        {**band, "due": late_look() if row.due and row.due < row.date else {}}
        for band, row in zip(bands, stops, strict=True)
    ]
    plan_name, teams_name, left_name, notes_name = (
        sheet_name(name, lang=lang) for name in (PLAN_SHEET, TEAMS_SHEET, LEFT_SHEET, NOTES_SHEET)
    )
    with Book(path, title=plan_name, lang=lang) as book:
        shown = [
            Shown(row, weekday=_weekday(row.date, lang), kind=kinds.title_of(row.kind, lang=lang))
            for row in stops
        ]
        book.table(plan_name, PLAN_COLUMNS, shown, looks=looks)
        days = [
            Shown(row, weekday=_weekday(row.date, lang), on_duty=row.back - row.depart)
            for row in crews
        ]
        book.table(teams_name, TEAM_COLUMNS, days, looks=_bands([row.date for row in crews]))
        rest = [Shown(row, kind=kinds.title_of(row.kind, lang=lang)) for row in left]
        book.table(left_name, LEFT_COLUMNS, rest)
        counts = _plan_notes(stops, crews, left, today=today, lang=lang)
        if zones:
            name = sheet_name(ZONES_SHEET, lang=lang)
            book.table(name, ZONE_COLUMNS, zones)
            counts.append(sentence("book_zones_note", lang=lang, sheet=name, count=len(zones)))
        book.notes(notes_name, [*counts, *notes], alerts=alerts)
    return path


def results_workbook(
    path: Path,
    *,
    rows: Sequence[ResultRow],
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    lang: str = "zh",
) -> Path:
    """Write the template for results: a row for each planned stop, a sheet for new illegal sites.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    rows
        In any order; sorted by day, team and visit id.
    tables
        Code tables whose titles are the choices of the drop-downs.
    lang
        ``zh`` or ``en``: language of headers and choices; results are read in both.
    """
    ordered = sorted(rows, key=lambda row: (row.date, row.team, row.visit))
    sites = sheet_name(SITES_SHEET, lang=lang)
    with Book(path, title=sheet_name(RESULTS_SHEET, lang=lang), lang=lang) as book:
        _results_sheet(book, ordered, tables, lang)
        _sites_sheet(book, tables, lang)
        lines = [
            sentence("book_results_fill", lang=lang),
            sentence("book_results_done", lang=lang),
            sentence("book_results_review", lang=lang),
            sentence("book_results_sites", lang=lang, sheet=sites),
            sentence("book_results_import", lang=lang),
        ]
        book.notes(sheet_name(NOTES_SHEET, lang=lang), lines)
        book.options(sheet_name(OPTIONS_SHEET, lang=lang), _choices(tables, lang))
    return path


def _results_sheet(
    book: Book, rows: Sequence[ResultRow], tables: Mapping[str, codes.CodeTable], lang: str
) -> None:
    blank = {name: "" for name in RESULT_HEADERS if name not in PREFILLED}
    kinds = tables["visit_kind"]
    shown = [Shown(row, **{**blank, "kind": kinds.title_of(row.kind, lang=lang)}) for row in rows]
    kept: dict[str, Mapping[str, Any]] = {name: {"bg_color": KEPT_FILL} for name in PREFILLED}
    no_review = {**kept, "outcome": {"bg_color": KEPT_FILL, "pattern": 1}}
    looks = [kept if row.kind == "reinspection" else no_review for row in rows]
    name = sheet_name(RESULTS_SHEET, lang=lang)
    page = book.table(name, RESULT_COLUMNS, shown, looks=looks)
    page.freeze_panes(1, 1)
    rules = _rules(_ranges(tables, lang), lang)
    for place, column in enumerate(RESULT_COLUMNS):
        if column.name in rules and rows:
            page.data_validation(1, place, len(rows), place, rules[column.name])


def _sites_sheet(book: Book, tables: Mapping[str, codes.CodeTable], lang: str) -> None:
    columns = [
        BookColumn(name=column.name, title=column.title, en=column.name,
                   width=_site_width(column), kind=_KINDS.get(column.kind, "id"))
        for column in SITES
    ]  # fmt: skip
    page = book.sheet(sheet_name(SITES_SHEET, lang=lang), columns)
    ranges = _ranges(tables, lang)
    for place, (column, cell) in enumerate(zip(SITES, columns, strict=True)):
        style = book.style(cell.kind)
        for number in range(1, _SITE_ROWS + 1):
            page.write_blank(number, place, None, style)
        if column.kind == "date":
            page.data_validation(1, place, _SITE_ROWS, place, _date_rule(lang))
        elif column.table:
            page.data_validation(
                1, place, _SITE_ROWS, place, _list_rule(ranges[column.table], lang)
            )


def _site_width(column: Column) -> float:
    return {"address": 34, "description": 40, "name": 26, "behaviour": 22}.get(column.name, 13)


def _choices(tables: Mapping[str, codes.CodeTable], lang: str) -> dict[str, list[str]]:
    used = ["visit_result", "review_outcome", *(c.table for c in SITES if c.table)]
    lists = {name: [*tables[name].titles(lang=lang)] for name in dict.fromkeys(used)}
    flags = [sheet_name(word, lang=lang) for word in (YES, NO)]
    reasons = NOT_DONE_REASONS_EN if lang == "en" else NOT_DONE_REASONS
    return {"flag": flags, "not_done_reason": list(reasons), **lists}


def _ranges(tables: Mapping[str, codes.CodeTable], lang: str) -> dict[str, str]:
    name = sheet_name(OPTIONS_SHEET, lang=lang)
    return {
        key: f"='{name}'!${chr(65 + i)}$1:${chr(65 + i)}${len(choices)}"
        for i, (key, choices) in enumerate(_choices(tables, lang).items())
    }


def _rules(ranges: Mapping[str, str], lang: str) -> dict[str, dict[str, Any]]:
    count = {"validate": "integer", "criteria": ">=", "value": 0, **_refusal("count", lang)}
    reason = {**_list_rule(ranges["not_done_reason"], lang), "error_type": "information"}
    return {
        "done": _list_rule(ranges["flag"], lang),
        "done_on": _date_rule(lang),
        "result": _list_rule(ranges["visit_result"], lang),
        "findings": count,
        "serious_findings": count,
        "deadline": _date_rule(lang),
        "outcome": _list_rule(ranges["review_outcome"], lang),
        "closed": _list_rule(ranges["flag"], lang),
        "not_done_reason": reason,
    }


def _list_rule(cells: str, lang: str) -> dict[str, Any]:
    return {"validate": "list", "source": cells, **_refusal("choice", lang)}


def _date_rule(lang: str) -> dict[str, Any]:
    first = dt.date(2000, 1, 1)
    return {"validate": "date", "criteria": ">=", "value": first, **_refusal("date", lang)}


def _refusal(what: str, lang: str) -> dict[str, str]:
    """Return what Excel says to a value that it does not take."""
    return {
        "error_title": sentence(f"book_rule_{what}", lang=lang),
        "error_message": sentence(f"book_rule_{what}_message", lang=lang),
    }


def _plan_notes(
    plan: Sequence[PlanRow], teams: Sequence[TeamRow], left: Sequence[LeftRow], *, today: dt.date,
    lang: str,
) -> list[str]:  # fmt: skip
    days = [row.date for row in plan] or [today]
    km = f"{sum(row.metres for row in teams) / 1000:.0f}"
    return [
        sentence("book_week", lang=lang, first=min(days), last=max(days), today=today),
        sentence("book_plan_counts", lang=lang, visits=len(plan), team_days=len(teams), km=km,
                 left=len(left), sheet=sheet_name(LEFT_SHEET, lang=lang)),
        sentence("book_phones", lang=lang),
    ]  # fmt: skip


def _weekday(day: dt.date, lang: str) -> str:
    return sentence(f"map_weekday_{day.weekday()}", lang=lang)


def _bands(days: Sequence[dt.date]) -> list[dict[str, Mapping[str, Any]]]:
    """Return a light ground for every second day, so that days are told apart at a glance."""
    order = {day: number for number, day in enumerate(sorted(set(days)))}
    return [{"*": {"bg_color": BAND_FILL}} if order[day] % 2 else {} for day in days]


def late_look() -> dict[str, Any]:
    """Return how a cell looks that is late."""
    return {"font_color": ALARM, "bold": True}
