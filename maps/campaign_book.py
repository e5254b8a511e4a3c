"""The workbook in which a bureau writes down a campaign: empty, or with one as an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.campaigns.book import LAST_MONTH_DAY, NOTES, SHEETS, WEEKDAYS
from maps.excel import Book, BookColumn
from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers.campaigns.campaign import Campaign
    from layers.schema import Column, Register

ROWS = 40
"""Rows that are made ready for people to fill in."""
_WIDTHS = {"title": 26, "emphasis": 48, "units": 40, "document": 26, "en": 24, "unit": 22}
_KINDS: Mapping[str, Any] = {"date": "date", "integer": "integer"}
_NAMES = {code: day for day, code in WEEKDAYS.items()}


def write_campaign_book(path: Path, campaign: Campaign | None = None, *, lang: str = "zh") -> Path:
    """Write a workbook that :func:`layers.campaigns.book.read_book` reads.

    Parameters
    ----------
    path
        The file to write, ``.xlsx``.
    campaign
        What to fill it with; nothing where None.

    Returns
    -------
    The path.
    """
    rows = {} if campaign is None else _rows(campaign, lang)
    with Book(path, title=sentence("campaign_book_title", lang=lang), lang=lang) as book:
        for part, register in SHEETS.items():
            _sheet(book, register, rows.get(part, []), lang)
        lines = [sentence(f"campaign_book_{code}", lang=lang) for code in _NOTES]
        book.notes(NOTES[lang == "en"], lines)
    return path


_NOTES = ("one", "phases", "extensions", "documents", "received", "lists", "check")


def _sheet(book: Book, register: Register, rows: list[dict[str, Any]], lang: str) -> None:
    columns = [
        BookColumn(name=column.name, title=column.title, en=column.name, kind=_kind(column),
                   width=_WIDTHS.get(column.name, 14))
        for column in register
    ]  # fmt: skip
    page = book.sheet(register.name if lang == "en" else register.title, columns)
    ready = 1 if register.name == "campaign" else max(ROWS, len(rows))
    for place, column in enumerate(columns):
        style = book.style(column.kind)
        for number in range(ready):
            value = rows[number].get(column.name) if number < len(rows) else None
            book.put(page, (number + 1, place), value, column.kind, style)
        rule = _rule(column, lang)
        if rule is not None:
            page.data_validation(1, place, ready, place, rule)


def _kind(column: Column) -> Any:  # noqa: ANN401 - a literal
    return _KINDS.get(column.kind, "text")


def _rule(column: BookColumn, lang: str) -> dict[str, Any] | None:
    if column.name == "weekly_by":
        days = WEEKDAYS.values() if lang == "en" else WEEKDAYS
        return {"validate": "list", "source": [*days]}
    if column.name == "monthly_by":
        return {"validate": "integer", "criteria": "between", "minimum": 0,
                "maximum": LAST_MONTH_DAY}  # fmt: skip
    return None


def _rows(campaign: Campaign, lang: str) -> dict[str, list[dict[str, Any]]]:
    """Return what each sheet says of a campaign, by column."""
    between = "; " if lang == "en" else "；"
    one = {
        "id": campaign.id, "title": campaign.title, "en": campaign.en,
        "document": campaign.document, "issued": campaign.issued,
        "units": "、".join(campaign.units), "scheme": campaign.scheme,
        "weekly_by": campaign.weekly_by if lang == "en" else _NAMES.get(campaign.weekly_by),
        "monthly_by": campaign.monthly_by or None,
    }  # fmt: skip
    phases, extensions = (
        [
            {"title": phase.title, "since": phase.since, "until": phase.until, "en": phase.en,
             "decided": phase.decided, "document": phase.document,
             "emphasis": between.join(phase.emphasis)}
            for phase in each
        ]
        for each in (campaign.phases, campaign.extensions)
    )  # fmt: skip
    documents = [
        {"code": owed.code, "title": owed.title, "due": owed.due, "en": owed.en,
         "units": "、".join(owed.units)}
        for owed in campaign.documents
    ]  # fmt: skip
    received = [
        {"document": came.document, "unit": came.unit, "on": came.on} for came in campaign.receipts
    ]
    return {"campaign": [one], "phases": phases, "extensions": extensions,
            "documents": documents, "received": received}  # fmt: skip
