"""``xunge file`` and ``xunge reporters``: one object's whole life, and who reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from maps.messages import sentence
from xunge.cli_common import (
    AsOfOpt,
    DayOpt,
    FolderArg,
    JsonOpt,
    opened_folder,
    print_json,
    terminal,
    this_day,
)

if TYPE_CHECKING:
    from rich.console import Console

    from maps.dossier import DossierView


def file(
    folder: FolderArg,
    object_: Annotated[
        str, typer.Argument(metavar="ID", help="编号、信用代码或名称 / id, credit code or name")
    ],
    *,
    date: DayOpt = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="另存为可打印的网页 / a printable page")
    ] = None,
    persons: Annotated[
        bool, typer.Option("--persons", help="列出个人信息 / show personal data")
    ] = False,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """一企一档：一家企业或一个点位的全部经过、到期事项和建议措施。

    One file per enterprise: its register row and every change, visits, hazards, orders, cases,
    penalties, seizures, handovers, what is due, and what the rules suggest next.
    """
    from layers.measures import load_measures
    from layers.schemes import load_schemes
    from maps.dossier import dossier_page
    from xunge.dossier import Words, departments, dossier
    from xunge.dossier_view import to_json, view

    opened = opened_folder(folder, as_of=as_of)
    lang, tables = opened.settings.bureau.language, opened.tables
    rules = load_measures(folder)
    found = dossier(
        object_, day=date or as_of or this_day(), rules=rules, tables=tables,
        settings=opened.settings,
    )  # fmt: skip
    words = Words(
        tables=tables, schemes=load_schemes(folder), departments=departments(), lang=lang,
        persons=persons,
    )  # fmt: skip
    if html is not None:
        part = html.with_name(f".{html.name}.part")
        html.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(dossier_page(view(found, rules=rules, words=words)), "utf-8")
        part.replace(html)
    if as_json:
        print_json(to_json(found, rules=rules, persons=persons))
    elif html is None:
        show(view(found, rules=rules, words=words), terminal())
    else:
        typer.echo(sentence("dossier_written", lang=lang, file=html))


def show(view: DossierView, console: Console) -> None:
    """Print a file for people."""
    console.print(view.title, style="bold", markup=False)
    console.print(view.subtitle, markup=False)
    console.print("  ".join(f"{label} {value}" for label, value, _ in view.totals), markup=False)
    words = view.words
    console.print(f"\n{words['measures']}", style="bold", markup=False)
    for one in view.measures:
        console.print(f"  ■ {one.title} · {one.rule}", style="red", markup=False)
        console.print(f"    {one.source}", markup=False)
        for shown in one.evidence:
            console.print(f"    - {shown}", markup=False)
    if not view.measures:
        console.print(f"  {words['measures_none']}", markup=False)
    console.print(f"\n{words['due']}", style="bold", markup=False)
    for what, when, _ in view.due:
        console.print(f"  {what}  {when}", markup=False)
    if not view.due:
        console.print(f"  {words['due_none']}", markup=False)
    console.print(f"\n{words['register']}", style="bold", markup=False)
    _table(console, (), view.register)
    for section in view.sections:
        console.print(f"\n{section.title} {section.count}", style="bold", markup=False)
        _table(console, section.headers, section.rows)
    console.print(f"\n{words['story']} {len(view.story)}", style="bold", markup=False)
    for line in view.story:
        parts = (line.on, line.what, line.number, line.facts)
        console.print("  " + "  ".join(part for part in parts if part), markup=False)


def _table(console: Console, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    table = Table(show_header=bool(headers), box=None, pad_edge=True)
    for header in headers or [""] * len(rows[0] if rows else ()):
        table.add_column(header)
    for row in rows:
        table.add_row(*map(_unmarked, row))
    console.print(table)


def _unmarked(text: str) -> str:
    """Return text whose brackets Rich leaves alone."""
    return str(text).replace("[", r"\[")


def reporters(
    folder: FolderArg,
    *,
    take: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="从台账存入举报人信息 / take identities from a ledger"),
    ] = None,
    report: Annotated[
        str, typer.Option(metavar="ID", help="查看这件举报的举报人 / who made this report")
    ] = "",
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="理由，记录在案 / why, on record")
    ] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="查看人 / who looks")] = "",
    date: DayOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """举报人信息：单独存放；查看须写理由并记录在案。不带选项时列出谁看过。

    Who reported: kept apart from everything else. Looking needs a reason, which goes on record;
    without options, who has looked is listed.
    """
    from xunge import reporters as kept
    from xunge.lock import alone

    opened = opened_folder(folder)
    lang, day = opened.settings.bureau.language, date or this_day()
    if take is not None:
        with alone(folder):
            count = kept.take(take, day=day)
        typer.echo(sentence("reporters_taken", lang=lang, count=count))
        return
    if report:
        with alone(folder):
            one = kept.look(report, by=by, reason=reason, day=day)
        facts = {"report": one.report, **{n: getattr(one, n) for n in kept.FIELDS.values()}}
        if as_json:
            print_json(facts)
        else:
            typer.echo(sentence("reporters_identity", lang=lang, **facts))
        return
    looks = [{"report": one.report, "on": one.on.isoformat(), "by": one.by, "reason": one.reason}
             for one in kept.looks()]  # fmt: skip
    if as_json:
        print_json({"looks": looks})
        return
    for look in looks:
        typer.echo(sentence("reporters_look", lang=lang, **look))
    if not looks:
        typer.echo(sentence("reporters_no_looks", lang=lang))
