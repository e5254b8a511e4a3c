"""The workbook of what is due: visits, conflicts, publications, duties at the desk, rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import codes
from maps.book_rows import CONFLICT_COLUMNS, DUE_COLUMNS, DUTY_COLUMNS, PUBLISH_COLUMNS
from maps.excel import Book
from maps.messages import sentence
from maps.workbooks import (
    CONFLICT_SHEET,
    DUE_SHEET,
    DUTY_SHEET,
    NOTES_SHEET,
    PUBLISH_SHEET,
    ROUND_SHEET,
    Shown,
    late_look,
    sheet_name,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from maps.book_rows import ConflictRow, DueRow, DutyRow, PublishRow


def due_workbook(
    path: Path,
    *,
    due: Sequence[DueRow],
    today: dt.date,
    conflicts: Sequence[ConflictRow] = (),
    publish: Sequence[PublishRow] = (),
    duties: Sequence[DutyRow] = (),
    rounds: Sequence[DutyRow] = (),
    notes: Sequence[str] = (),
    alerts: Sequence[str] = (),
    tables: Mapping[str, codes.CodeTable] = codes.TABLES,
    lang: str = "zh",
) -> Path:
    """Write every due item, the longest overdue first, with its reasons and when it is planned.

    Where a frequency floor and a cap cannot both be kept, a second sheet says so. What needs no
    visit has sheets of its own: results that are not public yet, what is due at the desk, and the
    rounds of villages and towns.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    due
        In any order; sorted by days overdue, due date, object and kind.
    today
        Day as of which they are overdue.
    conflicts, publish
        Kept in the order given.
    duties, rounds
        In any order; sorted as *due* is.
    notes
        Further sentences for the page of notes.
    alerts
        Sentences that stand on it before all others, in red.
    """
    rows = sorted(due, key=lambda row: (-row.overdue_days, row.due, row.object, row.kind))
    kinds = tables["visit_kind"]
    late = [row.overdue_days for row in rows]
    shown = [
        Shown(row, kind=kinds.title_of(row.kind, lang=lang), overdue_days=days or None)
        for row, days in zip(rows, late, strict=True)
    ]
    looks = [{"due": late_look(), "overdue_days": late_look()} if days else {} for days in late]
    planned = sum(row.planned_on is not None for row in rows)
    first = sentence("book_due_counts", lang=lang, today=today, count=len(rows),
                     overdue=sum(map(bool, late)), planned=planned)  # fmt: skip
    order = sentence("book_due_order", lang=lang, column=DUE_COLUMNS[6].header(lang))
    name = sheet_name(DUE_SHEET, lang=lang)
    with Book(path, title=name, lang=lang) as book:
        book.table(name, DUE_COLUMNS, shown, looks=looks)
        if conflicts:
            book.table(sheet_name(CONFLICT_SHEET, lang=lang), CONFLICT_COLUMNS, conflicts)
            first += sentence("book_due_conflicts", lang=lang, count=len(conflicts),
                              sheet=sheet_name(CONFLICT_SHEET, lang=lang))  # fmt: skip
        more = []
        if publish:
            waiting = sheet_name(PUBLISH_SHEET, lang=lang)
            red = [{"due": late_look(), "late_days": late_look()} if row.late_days else {}
                   for row in publish]  # fmt: skip
            book.table(waiting, PUBLISH_COLUMNS, publish, looks=red)
            more = [sentence("book_publish_note", lang=lang, sheet=waiting)]
        for sheet, group in ((DUTY_SHEET, duties), (ROUND_SHEET, rounds)):
            if group:
                _duty_sheet(book, sheet_name(sheet, lang=lang), group)
        book.notes(sheet_name(NOTES_SHEET, lang=lang), [first, order, *more, *notes],
                   alerts=alerts)  # fmt: skip
    return path


def _duty_sheet(book: Book, name: str, rows: Sequence[DutyRow]) -> None:
    ordered = sorted(rows, key=lambda row: (-row.overdue_days, row.due, row.id))
    shown = [Shown(row, overdue_days=row.overdue_days or None) for row in ordered]
    looks = [{"due": late_look(), "overdue_days": late_look()} if row.overdue_days else {}
             for row in ordered]  # fmt: skip
    book.table(name, DUTY_COLUMNS, shown, looks=looks)
