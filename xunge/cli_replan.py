"""``xunge replan``: change a planned week because something has happened to it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import FolderArg, JsonOpt, day_of, opened_folder, print_json, this_day
from xunge.progress import Progress

_WHO = "WHO@DAY"


def monday_of_week(text: str) -> dt.date:
    """Return the Monday of a week such as 2026-W48.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    try:
        return dt.datetime.strptime(f"{text}-1", "%G-W%V-%u").date()  # noqa: DTZ007
    except ValueError:
        raise typer.BadParameter(sentence("replan_bad_week", value=text)) from None


def replan(
    folder: FolderArg,
    *,
    week: Annotated[str, typer.Option(metavar="WEEK", help="周，如 2026-W48 / week")],
    as_of: Annotated[
        dt.date | None,
        typer.Option("--as-of", metavar="DATE", parser=day_of,
                     help="可以调整的第一天，默认今天 / first day that can change, today"),
    ] = None,
    car: Annotated[
        list[str] | None,
        typer.Option(metavar="CAR@DAY", help="停用的车，编号或车牌 / car out of service"),
    ] = None,
    ill: Annotated[
        list[str] | None,
        typer.Option(metavar=_WHO, help="缺勤的人，编号或姓名 / officer or expert away"),
    ] = None,
    urgent: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE|ID", help="举报文件或对象编号 / reports or object"),
    ] = None,
    cancel: Annotated[
        list[str] | None, typer.Option(metavar="VISIT", help="取消的检查 / visit to cancel")
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(metavar="VISIT|DAY|TEAM", help="不得改动：检查、日期或 T2 / what must stay"),
    ] = None,
    reason: Annotated[str, typer.Option(help="说明，写入记录 / why, for the record")] = "",
    as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """车坏、人病、急报、取消：尽量不动地调整已排的一周。

    Plan the rest of a planned week again, moving as little as possible.
    """
    from xunge import publish
    from xunge.changes import KINDS, PAGES
    from xunge.replan_request import Request
    from xunge.replanning import run_replan

    monday = monday_of_week(week)
    today = as_of or this_day()
    opened = opened_folder(folder)
    request = Request(
        cars=tuple(car or ()), absent=tuple(ill or ()), urgent=tuple(urgent or ()),
        cancelled=tuple(cancel or ()), locked=tuple(lock or ()), reason=reason.strip(),
    )  # fmt: skip
    with Progress() as progress:
        done = run_replan(
            opened, request, monday=monday, as_of=max(today, monday), progress=progress
        )
    if as_json:
        print_json({"week": done.week, "out": str(done.out), **done.replan})
        return
    lang, counts = opened.settings.bureau.language, done.replan["counts"]
    typer.echo(
        sentence("replan_done", lang=lang, week=done.week, revision=done.replan["revision"],
                 **{kind: counts.get(kind, 0) for kind in KINDS})
    )  # fmt: skip
    typer.echo(sentence("replan_page", lang=lang, file=done.out / PAGES[lang]))
    typer.echo(sentence("replan_kept_files", lang=lang, folder=done.out / publish.SUPERSEDED))
