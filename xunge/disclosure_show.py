"""``xunge draw publish`` in the terminal: what was made public, what waits and what is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from maps.messages import sentence
from xunge.words import bracketed, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from xunge.disclosure import Published, Unreported

SHOWN = 40
_COLUMNS = ("due", "visited", "name", "source", "remark")


def show_published(done: Published, *, console: Console, lang: str) -> None:
    """Print what a publication did, for people."""

    def line(code: str, **data: object) -> None:
        console.print(sentence(code, lang=lang, **data), markup=False, soft_wrap=True)

    if done.results:
        line("publish_done", today=done.day, count=len(done.results), corrected=done.corrected,
             late=done.late, out=done.out)  # fmt: skip
    elif not done.rounds:
        line(f"publish_{done.status}", today=done.day, out=done.out)
    if done.rounds:
        line("publish_rounds", rounds=listed(done.rounds, lang))
    for round_, why in done.closed.items():
        said = sentence("publish_closed", lang=lang, round=round_)
        why_said = sentence(f"disclosure_round_{why}", lang=lang).rstrip("。.")
        console.print(said + bracketed(why_said, lang), markup=False, soft_wrap=True)
    _no_result(done.unreported, console=console, lang=lang)


def show_to_do(
    rows: Sequence[dict[str, Any]], missing: Unreported, *, console: Console, lang: str
) -> None:
    """Print what is to be published by when, the most urgent first."""
    late = sum(row["late_days"] > 0 for row in rows)
    code = "publish_to_do" if rows else "publish_nothing_to_do"
    console.print(sentence(code, lang=lang, count=len(rows), late=late), style="bold")
    if rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in _COLUMNS:
            table.add_column(sentence(f"publish_column_{name}", lang=lang))
        for row in rows[:SHOWN]:
            remarks = [
                sentence("disclosure_late", lang=lang, days=row["late_days"])
                if row["late_days"] else "",
                sentence("publish_correction", lang=lang) if row["corrects"] else "",
            ]  # fmt: skip
            status = sentence(f"status_{row['status']}", lang=lang)
            table.add_row(
                row["due"], row["visited"], row["name"],
                row["source"] + bracketed(status, lang), listed(filter(None, remarks), lang),
            )  # fmt: skip
        console.print(table)
        if len(rows) > SHOWN:
            console.print(sentence("publish_more", lang=lang, count=len(rows) - SHOWN))
    _no_result(missing, console=console, lang=lang)


def _no_result(missing: Unreported, *, console: Console, lang: str) -> None:
    if missing.count:
        said = sentence("publish_no_result", lang=lang, count=missing.count, due=missing.due)
        console.print(said, markup=False)
