"""``xunge clock``: run the timetable, look at it, do a chore by hand."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from xunge.cli_common import FolderArg, JsonOpt, opened_folder, print_json, terminal

NowOpt = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M"], help="假定的当前时间 / pretend it is this time"),
]


class _Startable(TyperGroup):
    """``xunge clock DIR`` is short for ``xunge clock start DIR``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Put the command in front that everyone means who names none."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["start", *args]
        return list(super().parse_args(ctx, args))


clock_app = typer.Typer(
    name="clock", cls=_Startable, no_args_is_help=True,
    help="时钟：起草、扫描、提醒、备份 / draft, scan, remind, back up by the clock",
    epilog="例 Example:  xunge clock demo   ·   xunge clock demo --once",
)  # fmt: skip


@clock_app.command(epilog="例 Example:  xunge clock demo   ·   xunge clock demo --once")
def start(
    folder: FolderArg,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="只做现在到点的事 / do what is due now and stop")
    ] = False,
    now: NowOpt = None,
) -> None:
    """按时起草周计划、扫描到期事项并提醒、备份；Ctrl+C 停止。

    Draft weeks, scan due dates and remind, back up by the timetable, until Ctrl+C.
    """
    from xunge import chores, clockwork

    opened = opened_folder(folder)
    if once:
        for line in chores.run_due(opened, now=now):
            typer.echo(line)
    else:
        clockwork.run_forever(opened, tell=typer.echo)


@clock_app.command(epilog="例 Example:  xunge clock status demo")
def status(folder: FolderArg, *, now: NowOpt = None, as_json: JsonOpt = False) -> None:
    """查看时钟：上次、下次、失败、欠账、未发出的提醒。

    Show what the clock did last and does next, failures, what is to be made up, reminders that
    wait.
    """
    from xunge import clock_status

    opened = opened_folder(folder)
    found = clock_status.status_of(opened, now=now)
    if as_json:
        print_json(found.to_json())
    else:
        clock_status.show(found, console=terminal(), lang=opened.settings.bureau.language)


@clock_app.command(epilog="例 Example:  xunge clock run demo daily_due")
def run(
    folder: FolderArg,
    chore: Annotated[str, typer.Argument(metavar="CHORE", help="任务名 / name of the chore")],
    *,
    now: NowOpt = None,
) -> None:
    """手工做一件定时任务（做过的再做也无妨）。

    Do one chore by hand; doing it again does no harm.
    """
    from xunge import chores

    typer.echo(chores.run_one(opened_folder(folder), chore, now=now))
