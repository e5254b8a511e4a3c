"""``xunge year``: the annual plan in the terminal, and its workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from maps.annual_book import (
    ClassRow,
    GroupRow,
    ProgressRow,
    UnreachableRow,
    annual_workbook,
)
from maps.messages import sentence
from xunge.annual_lines import (
    class_title,
    due_text,
    lines_of,
    random_text,
    reason_text,
    remarks,
    summary,
    verdict,
    week_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from layers.codes import CodeTable
    from xunge.annual import AnnualReport
    from xunge.annual_coverage import Coverage

BOOKS = {"zh": "年度计划.xlsx", "en": "annual-plan.xlsx"}
SHOWN = 12


class _Page:
    """Prints sentences and tables in one language."""

    def __init__(self, console: Console, lang: str) -> None:
        self.console, self.lang = console, lang

    def line(self, code: str, *, style: str = "", **data: object) -> None:
        self.text(sentence(code, lang=self.lang, **data), style=style)

    def text(self, said: str, *, style: str = "") -> None:
        self.console.print(said, style=style, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table whose columns are codes; the first is text, the others numbers."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, code in enumerate(columns):
            title = sentence(f"year_column_{code}", lang=self.lang)
            table.add_column(title, justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)


def show(
    report: AnnualReport, *, console: Console, lang: str, tables: Mapping[str, CodeTable]
) -> None:
    """Print the plan of the year for people."""
    page = _Page(console, lang)
    page.line("year_title", style="bold", bureau=report.bureau, year=report.today.year,
              today=report.today)  # fmt: skip
    for said in (summary(report, lang=lang), *verdict(report, "rest", lang=lang)):
        page.text(said)
    console.print()
    page.line("year_part_capacity", style="bold")
    page.table(
        ("line", "whole_year", "rest", "unit"),
        [(one.title, f"{one.year:,.{one.digits}f}", f"{one.rest:,.{one.digits}f}", one.unit)
         for one in lines_of(report, lang=lang)],
    )  # fmt: skip
    page.line("year_adds_up")
    page.line("year_due", due=due_text(report.rest.due, lang=lang, tables=tables))
    for said in remarks(report, lang=lang):
        page.text(said)
    console.print()
    _progress(page, report)
    console.print()
    _coverage(page, report, tables)


def _progress(page: _Page, report: AnnualReport) -> None:
    page.line("year_part_progress", style="bold")
    page.table(
        ("class", "objects", "planned", "target", "done", "ahead", "weeks_ahead", "covered",
         "share"),
        [(class_title(one.name, page.lang), str(one.objects), str(one.planned), str(one.target),
          str(one.done), f"{one.ahead:+d}", f"{one.weeks_ahead:+.1f}", str(one.covered),
          _share(one.share)) for one in report.classes],
    )  # fmt: skip
    page.line("year_approved" if report.approved else "year_computed")
    page.text(random_text(report, lang=page.lang))
    page.text(week_text(report, lang=page.lang))


def _coverage(page: _Page, report: AnnualReport, tables: Mapping[str, CodeTable]) -> None:
    page.line("year_part_coverage", style="bold")
    coverage = report.coverage_rest
    page.table(
        ("class", "objects", "covered", "reachable", "barred", "short", "reach_share"),
        [(class_title(one.name, page.lang), str(one.objects), str(one.covered), str(one.reached),
          str(one.barred), str(one.short), _share(one.share)) for one in coverage.classes],
    )  # fmt: skip
    for said in verdict(report, "year", lang=page.lang):
        page.text(said)
    short = [one for one in coverage.groups if one.short and not one.reason]
    if short:
        page.line("year_short_groups", style="bold")
        page.table(
            ("group", "wanted", "reached", "short", "person_days"),
            [(_group(one, page.lang, tables), str(one.wanted), str(one.reached), str(one.short),
              f"{one.person_days:.1f}") for one in short],
        )  # fmt: skip
        page.line("year_bound")
    if coverage.unreachable:
        page.line("year_unreachable", style="bold", count=len(coverage.unreachable),
                  closed=sum(one.reason == "closed" for one in coverage.unreachable))  # fmt: skip
    for one in coverage.unreachable[:SHOWN]:
        page.line("year_unreachable_one", id=one.id, name=one.name,
                  class_=class_title(one.class_, page.lang),
                  reason=reason_text(one, page.lang, tables))  # fmt: skip
    if len(coverage.unreachable) > SHOWN:
        page.line("year_more", count=len(coverage.unreachable) - SHOWN)


def _group(one: Any, lang: str, tables: Mapping[str, CodeTable]) -> str:  # noqa: ANN401
    skill = tables["speciality"].title_of(one.speciality, lang=lang) if one.speciality else ""
    skill = skill or sentence("year_any_speciality", lang=lang)
    return " · ".join((class_title(one.class_, lang), skill, one.department))


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


# The workbook -------------------------------------------------------------------------------------


def write_book(
    report: AnnualReport, path: Path, *, lang: str, tables: Mapping[str, CodeTable]
) -> Path:
    """Write the plan as an Excel file: capacity, progress, coverage, who cannot be reached."""
    rest = report.coverage_rest
    return annual_workbook(
        path,
        title=sentence("year_title", lang=lang, bureau=report.bureau, year=report.today.year,
                       today=report.today),
        capacity=lines_of(report, lang=lang),
        progress=[
            ProgressRow(
                name=class_title(one.name, lang), objects=one.objects, planned=one.planned,
                target=one.target, done=one.done, ahead=one.ahead, weeks_ahead=one.weeks_ahead,
                covered=one.covered, share=one.share, months=one.months,
                kinds={tables["visit_kind"].title_of(kind, lang=lang): number
                       for kind, number in one.kinds.items()},
            )
            for one in report.classes
        ],
        classes=[row for which in ("rest", "year") for row in _class_rows(report, which, lang)],
        groups=_group_rows(rest, lang, tables, crew=report.crew),
        unreachable=[
            UnreachableRow(
                id=one.id, name=one.name, class_=class_title(one.class_, lang),
                industry=tables["industry"].title_of(one.industry, lang=lang),
                reason=reason_text(one, lang, tables),
            )
            for one in rest.unreachable
        ],
        notes=_notes(report, lang, tables),
        lang=lang,
    )  # fmt: skip


def _class_rows(report: AnnualReport, which: str, lang: str) -> list[ClassRow]:
    coverage: Coverage = getattr(report, f"coverage_{which}")
    code = "rest" if which == "rest" else "whole_year"
    period = sentence(f"year_column_{code}", lang=lang)
    return [
        ClassRow(period=period, name=class_title(one.name, lang), objects=one.objects,
                 covered=one.covered, reached=one.reached, barred=one.barred, short=one.short,
                 share=one.share)
        for one in coverage.classes
    ]  # fmt: skip


def _group_rows(
    coverage: Coverage, lang: str, tables: Mapping[str, CodeTable], *, crew: int
) -> list[GroupRow]:
    anybody = sentence("year_any_speciality", lang=lang)
    return [
        GroupRow(
            class_=class_title(one.class_, lang), department=one.department, wanted=one.wanted,
            speciality=tables["speciality"].title_of(one.speciality, lang=lang)
            if one.speciality else anybody,
            reached=one.reached, short=one.short, person_days=one.person_days,
            crew_days=round(one.person_days / crew, 1),
        )
        for one in coverage.groups
    ]  # fmt: skip


def _notes(report: AnnualReport, lang: str, tables: Mapping[str, CodeTable]) -> list[str]:
    return [
        summary(report, lang=lang),
        *verdict(report, "rest", lang=lang),
        *verdict(report, "year", lang=lang),
        sentence("year_bound", lang=lang),
        sentence("year_adds_up", lang=lang),
        sentence("year_due", lang=lang, due=due_text(report.rest.due, lang=lang, tables=tables)),
        *remarks(report, lang=lang),
        sentence("year_approved" if report.approved else "year_computed", lang=lang),
        random_text(report, lang=lang),
        week_text(report, lang=lang),
        sentence("year_sources", lang=lang),
    ]
