"""The page of changes to a planned week: one table that can be printed and hung up."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from maps.messages import sentence
from maps.printable import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLUMNS = ("what", "name", "visit", "before", "after", "why")
_STYLE = """\
body{font:15px/1.5 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1b2733;margin:2rem auto;
max-width:62rem;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
p{margin:.2rem 0}.quiet{color:#566573}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #d5dbe1;padding:.4rem .5rem;text-align:left;vertical-align:top}
th{font-weight:600;background:#f3f5f7}
.tag{display:inline-block;border:1px solid currentColor;border-radius:.2rem;padding:0 .35rem;
white-space:nowrap}
.moved .tag,.displaced .tag,.retimed .tag{color:#8a5a00}.new .tag,.taken_in .tag{color:#00623f}
.left_out .tag,.cancelled .tag{color:#9c1f1f}.left_out .before,.cancelled .before,
.moved .before,.displaced .before{text-decoration:line-through}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change in words; ``kind`` is the code of :class:`scheduler.replan.Change`."""

    kind: str
    name: str
    visit: str
    before: str
    after: str
    why: str


def change_page(
    rows: Sequence[ChangeRow],
    *,
    title: str,
    notes: Iterable[str],
    crews: Sequence[str],
    lang: str,
) -> str:
    """Return the page of changes as one HTML file without any request.

    Parameters
    ----------
    notes
        Sentences under the title.
    crews
        What happened to cars and crews, one sentence each.
    """
    head = "".join(f"<th>{_say(f'change_head_{name}', lang)}</th>" for name in _COLUMNS)
    body = "".join(_row(row, lang) for row in rows)
    table = (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        if rows else f"<p>{_say('change_none', lang)}</p>"
    )  # fmt: skip
    listed = "".join(f"<li>{_text(line)}</li>" for line in crews)
    section = f"<h2>{_say('change_crews', lang)}</h2><ul>{listed}</ul>" if crews else ""
    said = "".join(f'<p class="quiet">{_text(note)}</p>' for note in notes)
    code = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{_text(title)}</h1>{said}<h2>{_say('change_visits', lang)}</h2>{table}{section}"
        "</main></body></html>\n"
    )


def _row(row: ChangeRow, lang: str) -> str:
    tag = f'<td><span class="tag">{_say(f"change_{row.kind}", lang)}</span></td>'
    cells = "".join(f'<td class="{name}">{_text(getattr(row, name))}</td>' for name in _COLUMNS[1:])
    return f'<tr class="{escape(row.kind)}">{tag}{cells}</tr>'


def _say(code: str, lang: str) -> str:
    return escape(sentence(code, lang=lang))


def _text(value: object) -> str:
    return escape(clean(value))
