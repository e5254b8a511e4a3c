"""``xunge due``: what is due, why on that day, and what was done about it."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from maps.messages import advice, sentence
from xunge.cli_common import (
    AsOfOpt,
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    terminal,
    this_day,
)

if TYPE_CHECKING:
    from scheduler.due_items import DueItem
    from scheduler.workdays import Workdays
    from xunge.due_list import Names
    from xunge.knowledge import Knowledge
    from xunge.week import Folder

DayOpt = Annotated[
    dt.date | None,
    typer.Option("--date", metavar="DATE", parser=day_of, help="哪一天，默认今天 / day, today"),
]
_NEAREST = 5


class _ListFirst(TyperGroup):
    """``xunge due DIR`` lists: a word that is no command is the folder of the list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["list", *args]
        return super().parse_args(ctx, args)


due_app = typer.Typer(
    name="due", cls=_ListFirst, no_args_is_help=True,
    help="到期事项：xunge due DIR 列出，explain 说明期限怎么算 / what is due, and why on that day",
)  # fmt: skip


@due_app.command("list", epilog="例 Example:  xunge due demo --date 2026-11-29 --kind revisit")
def due_list(
    folder: FolderArg,
    *,
    date: DayOpt = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="只列这些事项，可多次 / only these kinds, repeatable")
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option(help="只列这些乡镇、村（代码或名称） / only these towns or villages"),
    ] = None,
    days: Annotated[
        int, typer.Option(min=0, help="列出多少天内到期的 / list what is due within so many days")
    ] = 7,
    everything: Annotated[
        bool, typer.Option("--all", help="全部列出，不只前 40 项 / list all, not the first 40")
    ] = False,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """列出到期和逾期事项，逾期最久的在前；不读台账，只看已导入的。

    List what is due, the oldest overdue first. Reads what the last week or import has taken in.
    """
    from xunge import due_show
    from xunge.due_list import due_list as listed

    opened = opened_folder(folder, as_of=as_of)
    today = date or as_of or this_day()
    items, _, names, workdays = _known(opened, today)
    _refuse_unknown(kind or [], opened.settings.bureau.language)
    found = listed(
        items, names=names, today=today, days=days, unknown_years=workdays.unknown_years,
        kinds=kind or (), areas=area or (),
    )  # fmt: skip
    if as_json:
        print_json(found.to_json())
        return
    due_show.show(
        found, console=terminal(), lang=opened.settings.bureau.language,
        most=len(items) if everything else due_show.SHOWN,
    )  # fmt: skip


@due_app.command(
    "explain", epilog="例 Example:  xunge due explain revisit:S0007:2026-09-01:90 demo"
)
def due_explain(
    id_: Annotated[str, typer.Argument(metavar="ID", help="事项编号或对象编号 / item or object")],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="台账文件夹，默认当前 / folder of ledgers")
    ] = Path(),
    *,
    date: DayOpt = None,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """说明一个期限：起算日、逐条规则（天数、条款、是否核实、工作日顺延）、结果；已办结的说明何时由何记录办结。

    Print the sum behind a due date: base date, every rule with its days, clause and status, the
    shifts to working days. What is settled says when and by which record.
    """
    if Path(id_).is_dir() and not folder.joinpath("xunge.sqlite3").exists():
        id_, folder = str(folder), Path(id_)  # written the other way round
    opened = opened_folder(folder, as_of=as_of)
    today, lang = date or as_of or this_day(), opened.settings.bureau.language
    items, known, names, workdays = _known(opened, today)
    found = [one for one in items if id_ in (one.id, one.subject, one.object)]
    if found:
        _explain(found, names, today=today, lang=lang, as_json=as_json)
        return
    _explain_past(id_, items, known, names, opened, workdays, today=today, as_json=as_json)


def _explain(
    found: list[DueItem], names: Names, *, today: dt.date, lang: str, as_json: bool
) -> None:
    from xunge import due_show

    if as_json:
        print_json({"items": [one.to_json() for one in found]})
        return
    due_show.explain(found, names=names, console=terminal(), lang=lang, today=today)


def _explain_past(
    id_: str,
    items: list[DueItem],
    known: Knowledge,
    names: Names,
    opened: Folder,
    workdays: Workdays,
    *,
    today: dt.date,
    as_json: bool,
) -> None:
    from xunge import due_show
    from xunge.due_past import settled
    from xunge.duties import owed_since

    lang = opened.settings.bureau.language
    past = settled(
        id_, known, today=today, workdays=workdays, settings=opened.settings,
        since=owed_since(today),
    )  # fmt: skip
    if past is None:
        typer.echo(sentence("due_not_known", lang=lang, id=id_), err=True)
        near = get_close_matches(id_, [one.id for one in items], n=_NEAREST, cutoff=0.0)
        typer.echo(f"→ {sentence('due_nearest', lang=lang, ids=near)}", err=True)
        raise typer.Exit(1)
    if as_json:
        print_json({"items": [past.to_json()]})
        return
    due_show.explain_settled(past, names=names, console=terminal(), lang=lang)


@due_app.command(
    "settle", epilog="例 Example:  xunge due settle demo weekly_report:2026-W47 --by 张三"
)
def due_settle(
    folder: FolderArg,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="事项编号 / ids of items")],
    *,
    by: Annotated[str, typer.Option(help="谁登记 / who says so")],
    date: DayOpt = None,
    note: Annotated[str, typer.Option(help="说明，如文号 / note, such as a number")] = "",
) -> None:
    """登记没有台账记录的事项已办结：周报、月报、曝光名单、总结、村镇排查。

    Record that a duty without a ledger of its own is met: reports, lists, summaries, rounds.
    """
    from layers.campaigns.campaign import load_campaigns
    from xunge.duties import settle

    opened = opened_folder(folder)
    lang, on = opened.settings.bureau.language, date or this_day()
    done = settle(
        ids, by=by, on=on, note=note, today=this_day(), settings=opened.settings,
        tables=opened.tables, campaigns=load_campaigns(opened.path).values(),
    )  # fmt: skip
    for code, id_ in done:
        typer.echo(sentence(code, lang=lang, id=id_, on=on))
        fix = advice(code, lang=lang)
        if fix:
            typer.echo(f"→ {fix}")
    if any(code not in ("due_settled_recorded", "due_settled_already") for code, _ in done):
        raise typer.Exit(1)


def _known(
    opened: Folder, today: dt.date
) -> tuple[list[DueItem], Knowledge, Names, Workdays]:  # fmt: skip
    """Return what is due, what is known, what things are called, and the working days asked."""
    from layers.campaigns.campaign import load_campaigns
    from xunge.due import workdays_of
    from xunge.due_list import Names
    from xunge.duties import obligations
    from xunge.knowledge import know

    known = know(today, tables=opened.tables)
    workdays = workdays_of(opened.settings)
    items = obligations(
        known, today=today, workdays=workdays, settings=opened.settings,
        campaigns=load_campaigns(opened.path).values(),
    )  # fmt: skip
    return items, known, Names.of(known), workdays


def _refuse_unknown(kinds: list[str], lang: str) -> None:
    from maps.messages import load

    known = sorted(code.removeprefix("kind_") for code in load() if code.startswith("kind_"))
    for kind in kinds:
        if kind not in known:
            data: dict[str, Any] = {"value": kind, "known": "、".join(known)}
            raise typer.BadParameter(sentence("due_unknown_kind", lang=lang, **data))
