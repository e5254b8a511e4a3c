"""What ``xunge bulletin check`` says: lines for the terminal, facts for programs."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layers.bulletin.documents import Place
    from layers.bulletin.findings import Finding

_QUOTED = 180
"""A longer sentence is cut to the words around its figures."""
_AROUND = 30


def lines(found: Sequence[Finding], *, file: str, everything: bool, lang: str) -> Iterator[str]:
    """Yield the report: place and sum of each fault, its sentence below; then the count."""
    shown = [one for one in found if everything or not one.right]
    for _, group in groupby(shown, key=lambda one: (one.place, one.sentence)):
        together = list(group)
        for one in together:
            yield sentence(
                "bulletin_finding", lang=lang, place=place(one.place, lang), said=said(one, lang),
                sure=sentence(f"bulletin_{'ok' if one.right else one.sure}", lang=lang),
            )  # fmt: skip
        yield f"    {quoted(together)}"
    yield from _count(found, file=file, everything=everything, lang=lang)


def _count(found: Sequence[Finding], *, file: str, everything: bool, lang: str) -> Iterator[str]:
    wrong = Counter(one.sure for one in found if not one.right)
    right = sum(one.right for one in found)
    code = "summary" if wrong else "nothing" if found else "nothing_to_check"
    yield sentence(
        f"bulletin_{code}", lang=lang, file=file, checked=len(found), certain=wrong["certain"],
        likely=wrong["likely"], ask=wrong["ask"],
    )  # fmt: skip
    if right and not everything:
        yield sentence("bulletin_more", lang=lang, right=right)


def said(one: Finding, lang: str) -> str:
    """Return the arithmetic of a finding in words."""
    return sentence(one.message, lang=lang, **one.detail)


def place(where: Place, lang: str) -> str:
    """Return where something stands, in words."""
    if where.kind != "cell":
        return sentence(f"bulletin_{where.kind}", lang=lang, number=where.number)
    kind = "text" if not where.table else "word" if where.table.isdigit() else "sheet"
    return sentence(
        f"bulletin_cell_{kind}", lang=lang, table=where.table, row=where.row, column=where.column,
        cell=f"{get_column_letter(where.column)}{where.row}",
    )  # fmt: skip


def quoted(together: Sequence[Finding]) -> str:
    """Return the sentence of some findings, a long one cut to the words around their figures."""
    text = together[0].sentence
    spans = [span for one in together for figure in one.figures if (span := _span(figure, text))]
    if len(text) <= _QUOTED or not spans:
        return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
    start = max(min(first for first, _ in spans) - _AROUND, 0)
    end = min(max(last for _, last in spans) + _AROUND, len(text))
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _span(figure: str, text: str) -> tuple[int, int] | None:
    """Return where a figure stands in a sentence that may have blanks inside of it."""
    match = re.search(r"\s*".join(map(re.escape, figure)), text)
    return match.span() if match else None


def facts(found: Sequence[Finding], *, file: str, everything: bool, lang: str) -> dict[str, Any]:
    """Return the report for programs."""
    shown = [one for one in found if everything or not one.right]
    return {
        "file": file,
        "checked": len(found),
        "right": sum(one.right for one in found),
        "faults": sum(not one.right for one in found),
        "findings": [
            {
                "check": one.code, "right": one.right, "sure": None if one.right else one.sure,
                "place": _place(one.place), "sentence": one.sentence,
                "figures": list(one.figures), "said": said(one, lang), "detail": _plain(one.detail),
            }
            for one in shown
        ],
    }  # fmt: skip


def _place(where: Place) -> dict[str, Any]:
    if where.kind != "cell":
        return {where.kind: where.number}
    return {"table": where.table, "row": where.row, "column": where.column}


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in detail.items()
        if not key.endswith("_en")
    }
