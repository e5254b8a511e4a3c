"""What ``xunge bulletin check`` says: lines for the terminal, facts for programs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from maps.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layers.bulletin.documents import Place
    from layers.bulletin.findings import Finding

_QUOTED = 90
"""So many signs of a sentence are shown around its figures."""


def lines(
    found: Sequence[Finding], *, file: str, everything: bool, lang: str
) -> Iterator[str]:
    """Yield the report: each fault with its place, sum and sentence; then the count."""
    for one in found:
        if one.right and not everything:
            continue
        word = sentence(f"bulletin_{'ok' if one.right else one.sure}", lang=lang)
        yield f"{place(one.place, lang)} · {word}: {said(one, lang)}".replace(
            ": ", "：" if lang == "zh" else ": ", 1
        )
        yield f"    {quoted(one)}"
    wrong = Counter(one.sure for one in found if not one.right)
    right = sum(one.right for one in found)
    if not found:
        yield sentence("bulletin_nothing_to_check", lang=lang, file=file)
    elif not wrong:
        yield sentence("bulletin_nothing", lang=lang, file=file, checked=len(found))
    else:
        yield sentence("bulletin_summary", lang=lang, file=file, checked=len(found),
                       certain=wrong["certain"], likely=wrong["likely"], ask=wrong["ask"])  # fmt: skip
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


def quoted(one: Finding) -> str:
    """Return the sentence of a finding, a long one cut to the words around its figures."""
    text = one.sentence
    places = [at for figure in one.figures if (at := text.find(figure)) >= 0]
    if len(text) <= 2 * _QUOTED or not places:
        return text if len(text) <= 2 * _QUOTED else f"{text[: 2 * _QUOTED]}…"
    start = max(min(places) - _QUOTED // 3, 0)
    end = min(max(min(max(places), start + 2 * _QUOTED) + _QUOTED // 3, start + _QUOTED), len(text))
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def facts(
    found: Sequence[Finding], *, file: str, everything: bool, lang: str
) -> dict[str, Any]:
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
