"""Every file of a week, made from its record."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.ledgers import LedgerFile
from layers.problems import Problem
from maps.quality import QualityReport, quality_html, quality_json
from scheduler.zone_rules import load_zone_rules
from xunge import changes
from xunge.area_words import area_notes
from xunge.coverage import measured
from xunge.desktop import Desktop
from xunge.due_list import calendar_notes
from xunge.hot_words import overlays
from xunge.risk_words import brief, risk_book
from xunge.second_opinion import notes_of
from xunge.view import map_page
from xunge.week_books import workbooks
from xunge.week_sheets import task_sheets
from xunge.zone_words import map_grids, map_zones, zone_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.codes import CodeTable
    from xunge.config import Settings
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge

_GRID_DAYS = 30  # of the figures by grid on the map

# What stays out of plan.json: the quality report and what is due have files of their own, the
# planning problem is for planning again, and suggested measures are listed by their own command.
_ELSEWHERE = ("quality", "due", "duties", "measures", "publications", "problem")
RISK_BOOK = "risk.xlsx"

# Who has the folder can check the draw without Xunge.
CHECKERS = {
    name: (resources.files("scheduler") / "checkers" / name).read_bytes()
    for name in ("verify_draw.py", "verify_draw.html")
}


def render(
    record: Mapping[str, Any],
    drawn: Mapping[str, Any],
    knowledge: Knowledge,
    geography: Geography,
    *,
    settings: Settings,
    tables: Mapping[str, CodeTable],
    progress: Callable[[str], None],
) -> dict[str, bytes]:
    """Return the content of every file of the week, by its name in the output folder.

    Parameters
    ----------
    record
        What :func:`xunge.record.planned_record` returned, with its ``quality``.
    drawn
        Link of the hash chain that holds the record of the draw.
    """
    lang = settings.bureau.language
    rules = load_zone_rules(settings.zones, tables=tables)
    facts = zone_facts(knowledge, geography, rules=rules, lang=lang)
    desk = Desktop(
        record=record, knowledge=knowledge, geography=geography, tables=tables, lang=lang,
        home=settings.bureau.home, zones=facts,
    )  # fmt: skip
    page = map_page(
        record, knowledge, geography, tables=tables, lang=lang, zones=facts,
        shapes=(
            *overlays(record["hot"], knowledge.objects, lang=lang),
            *map_zones(geography, facts, rules=rules, lang=lang),
            *map_grids(
                measured(knowledge, geography, days=_GRID_DAYS, tables=tables), geography, lang=lang
            ),
        ),
    )  # fmt: skip
    progress("map")
    report = _quality(record, knowledge, geography, lang)
    plan = {name: value for name, value in record.items() if name not in _ELSEWHERE}
    if "risk" in record:  # the lines of enterprises fill a workbook
        plan["risk"] = brief(record)
    pages = {
        "index.html": page.encode("utf-8"),
        "draw.json": json_bytes(drawn),
        **CHECKERS,
        "plan.json": json_bytes(plan),
        "quality.html": quality_html(report, lang=lang).encode("utf-8"),
        "quality.json": quality_json(report, lang=lang).encode("utf-8"),
    }
    if "replan" in record:
        changed = changes.page_of(record, tables, lang)
        pages[changes.PAGES[lang]] = changed.encode("utf-8")
    progress("documents")
    books = {**workbooks(desk), **_risk_book(record, knowledge, tables, lang)}
    progress("workbooks")
    return {**pages, **books, **task_sheets(desk, progress=progress)}


def _risk_book(
    record: Mapping[str, Any], knowledge: Knowledge, tables: Mapping[str, CodeTable], lang: str
) -> dict[str, bytes]:
    """Return the workbook of risks; nothing for a record that knows of none."""
    if "risk" not in record:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RISK_BOOK
        risk_book(path, record["risk"], knowledge, tables=tables, lang=lang)
        return {RISK_BOOK: path.read_bytes()}


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return JSON that people can read, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8") + b"\n"


def _quality(
    record: Mapping[str, Any], knowledge: Knowledge, geography: Geography, lang: str
) -> QualityReport:
    quality = record["quality"]
    places = knowledge.objects
    levels = places["level"].fillna("none").value_counts().to_dict()
    lost = places[places["lon"].isna()]
    notes = calendar_notes(record["calendar_unknown"], lang)
    return QualityReport(
        area=record["area"],
        as_of=dt.date.fromisoformat(record["as_of"]),
        files=[LedgerFile(**file) for file in quality["files"]],
        problems=[Problem(**problem) for problem in quality["problems"]],
        duplicates=[Problem(**problem) for problem in quality["duplicates"]],
        levels={str(level): int(count) for level, count in levels.items()},
        unplaced=[
            (name, address or "")
            for name, address in zip(lost["name"], lost["address"], strict=True)
        ],
        unread=quality["unread"],
        notes=[
            *notes,
            *area_notes(geography, knowledge.area_names(), lang),
            *(notes_of(quality["online"], lang=lang) if "online" in quality else []),
        ],
    )
