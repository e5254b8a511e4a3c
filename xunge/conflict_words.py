"""A conflict of results in words: what it is, the row that came, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps.messages import sentence
from maps.workbooks import NO, RESULT_HEADERS, RESULT_HEADERS_EN, YES, sheet_name
from xunge.result_files import RESULTS
from xunge.words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from xunge.conflicts import Conflict


def conflict_sentences(conflict: Conflict, tables: Mapping[str, CodeTable], lang: str) -> list[str]:
    """Return a conflict for the terminal: what it is, the row, what was decided."""
    where = " · ".join(str(part) for part in (conflict.file, conflict.sheet, conflict.line) if part)
    on, _, told = conflict.known.partition(" ")
    known = f"{on} {tables['visit_result'].title_of(told, lang=lang)}".strip()
    lines = [
        sentence("conflict_known" if known else "conflict_unplanned", lang=lang, id=conflict.id,
                 visit=conflict.visit, object=conflict.row["object"], known=known),
        sentence("conflict_row", lang=lang, where=where, said=_row_text(conflict, tables, lang)),
    ]  # fmt: skip
    if conflict.settled is not None:
        took = f"conflict_took_{conflict.settled['take']}"
        lines.append(
            sentence(took, lang=lang, by=conflict.settled["by"], why=conflict.settled["why"])
        )
    return lines


def _row_text(conflict: Conflict, tables: Mapping[str, CodeTable], lang: str) -> str:
    headers = RESULT_HEADERS_EN if lang == "en" else RESULT_HEADERS
    said = []
    for column in RESULTS:
        value = conflict.row.get(column.name)
        if value is None or column.name in ("visit", "object", "team", "name", "kind"):
            continue
        if isinstance(value, bool):
            value = sheet_name(YES if value else NO, lang=lang)
        elif column.table:
            value = tables[column.table].title_of(value, lang=lang)
        said.append(f"{headers[column.name]} {value}")
    return listed(said, lang)
