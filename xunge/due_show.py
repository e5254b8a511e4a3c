"""What is due, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from maps.messages import sentence
from xunge.due_list import calendar_notes, kind_title, level_title, sum_lines

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from rich.console import Console

    from scheduler.due_items import DueItem
    from xunge.due_list import DueList, Names
    from xunge.due_past import Settled

SHOWN = 40
"""How many items the terminal lists unless all are asked for."""


def show(found: DueList, *, console: Console, lang: str, most: int) -> None:
    """Print counts by kind, then what is due: the oldest overdue first.

    Villages and towns have one line for each town, unless their kind was asked for.
    """

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    listed = found.listed
    late = sum(item.overdue_days > 0 for item in found.items)
    console.print(
        say("due_heading", date=found.today, overdue=late, soon=len(listed) - late,
            days=found.days, later=len(found.items) - len(listed)),
        style="bold", markup=False, soft_wrap=True,
    )  # fmt: skip
    _print_table(
        console, ("kind", "overdue", "oldest", "soon", "later"),
        [
            (kind_title(kind, lang), *_numbers(row, "overdue", "oldest", "soon", "later"))
            for kind, row in found.counts().items()
        ],
        lang=lang,
    )  # fmt: skip
    apart = [one for one in listed if one.place == "area" and one.kind not in found.kinds]
    single = [one for one in listed if one.place != "area" or one.kind in found.kinds]
    _print_items(console, single[:most], found.names, lang)
    if len(single) > most:
        console.print(say("due_more", count=len(single) - most), markup=False)
    _print_areas(console, apart, found.names, lang)
    for note in calendar_notes(found.unknown_years, lang):
        console.print(note, markup=False, soft_wrap=True)


def explain(
    items: list[DueItem], *, names: Names, console: Console, lang: str, today: dt.date
) -> None:
    """Print the sum behind the due date of each item."""
    for item in items:
        _print_sum(
            console, heading(item, names, lang), sum_lines(item.to_json(), lang, today=today)
        )


def explain_settled(found: Settled, *, names: Names, console: Console, lang: str) -> None:
    """Print the sum behind a due date that is settled, and by what it was."""
    lines = [*sum_lines(found.item.to_json(), lang), *found.sentences(lang)]
    _print_sum(console, heading(found.item, names, lang), lines)


def heading(item: DueItem, names: Names, lang: str) -> str:
    """Return kind, object and id of an item in one line."""
    name = names.name(item)
    called = name if name == item.object else f"{name} {item.object}"
    return f"{kind_title(item.kind, lang)} · {called} · {item.id}"


def _print_sum(console: Console, title: str, lines: Sequence[str]) -> None:
    console.print(title, style="bold", markup=False, soft_wrap=True)
    for line in lines:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _print_items(console: Console, items: Sequence[DueItem], names: Names, lang: str) -> None:
    _print_table(
        console, ("due", "overdue", "kind", "name", "area", "level", "id"),
        [
            (one.due.isoformat(), str(one.overdue_days or ""), kind_title(one.kind, lang),
             names.name(one), names.area(one), level_title(one, lang), one.id)
            for one in items
        ],
        late={number for number, one in enumerate(items) if one.overdue_days}, lang=lang,
    )  # fmt: skip


def _print_areas(console: Console, items: Sequence[DueItem], names: Names, lang: str) -> None:
    """Print how many villages and towns wait for their check, one row a town."""
    groups: dict[tuple[str, str], list[DueItem]] = {}
    for item in items:
        groups.setdefault((kind_title(item.kind, lang), names.area(item)), []).append(item)
    rows, late = [], set()
    for number, (key, group) in enumerate(groups.items()):
        delays = [item.overdue_days for item in group if item.overdue_days]
        found = {"overdue": len(delays), "oldest": max(delays, default=0),
                 "soon": len(group) - len(delays)}  # fmt: skip
        rows.append((*key, *_numbers(found, "overdue", "oldest", "soon")))
        late |= {number} if delays else set()
    _print_table(console, ("kind", "area", "overdue", "oldest", "soon"), rows, late=late, lang=lang)


def _numbers(row: dict[str, int], *names: str) -> list[str]:
    return [str(row[name] or "") for name in names]


_RIGHT = ("overdue", "oldest", "soon", "later")


def _print_table(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    late: Collection[int] = (),
    lang: str,
) -> None:
    """Print a table whose lines are never cut: ids are copied from it. Nothing without rows."""
    if not rows:
        return
    heads = [sentence(f"due_column_{name}", lang=lang) for name in columns]
    wide = [max(map(cell_len, cells)) for cells in zip(heads, *rows, strict=True)]
    for number, row in enumerate([heads, *rows], start=-1):
        cells = []
        for name, width, cell in zip(columns, wide, row, strict=True):
            gap = " " * (width - cell_len(cell))
            cells.append(gap + cell if name in _RIGHT else cell + gap)
        style = "bold" if number < 0 else "red" if number in late else None
        console.print("  ".join(cells).rstrip(), style=style, markup=False, soft_wrap=True)
    console.print()
