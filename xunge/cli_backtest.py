"""``xunge backtest``: how well the program would have done on the folder's own past."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from xunge.cli_common import (
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    terminal,
    this_day,
)

if TYPE_CHECKING:
    from xunge.backtest import BacktestTable
    from xunge.week import Folder

backtest_app = typer.Typer(
    name="backtest", no_args_is_help=True,
    help="回测：在本单位过去的数据上，本程序的方法是否胜过简单办法。\n\n"
    "Whether the program's methods beat simple ones on the folder's own past.",
    epilog="例 Example:  xunge backtest hotspots demo --date 2026-11-20",
)  # fmt: skip

UntilOpt = Annotated[
    dt.date | None,
    typer.Option("--date", metavar="DATE", parser=day_of,
                 help="只用到该日为止的数据，默认今天 / last day that is used, today by default"),
]  # fmt: skip


def _tell(found: BacktestTable, folder: Folder, *, as_json: bool) -> None:
    from xunge.backtest import show

    if as_json:
        print_json(found.to_json())
    else:
        show(found, console=terminal(), lang=folder.settings.bureau.language)


@backtest_app.command(
    "hotspots", epilog="例 Example:  xunge backtest hotspots demo --date 2026-11-20"
)
def backtest_hotspots(
    folder: FolderArg,
    *,
    date: UntilOpt = None,
    days: Annotated[int, typer.Option(min=7, help="每次预测的天数 / days of every forecast")] = 30,
    as_json: JsonOpt = False,
) -> None:
    """热点：预测的地方后来出事了吗，与上一期、一年的次数和企业数比较。

    Hotspots: whether things happened where they were forecast, beside last period's count, a
    year's count, kernel density, Gi* and the number of enterprises. Reads what the last week or
    import has taken in.
    """
    from xunge.backtest_hotspots import backtest

    opened = opened_folder(folder)
    _tell(backtest(opened, day=date or this_day(), horizon=days), opened, as_json=as_json)


@backtest_app.command(
    "targeting", epilog="例 Example:  xunge backtest targeting demo --date 2026-11-20"
)
def backtest_targeting(
    folder: FolderArg, *, date: UntilOpt = None, as_json: JsonOpt = False
) -> None:
    """企业风险：按风险排序，能不能更早查出严重问题；模型是否胜过自身记录。

    Risk of enterprises: whether a ranking by risk would have found serious findings earlier, and
    whether a model beats the own record. Reads what the last week or import has taken in.
    """
    from xunge.backtest_targeting import backtest

    opened = opened_folder(folder)
    _tell(backtest(opened, day=date or this_day()), opened, as_json=as_json)


@backtest_app.command(
    "revisits", epilog="例 Example:  xunge backtest revisits demo --date 2026-11-20"
)
def backtest_revisits(
    folder: FolderArg, *, date: UntilOpt = None, as_json: JsonOpt = False
) -> None:
    """回头看：按复发风险安排，能不能更早发现死灰复燃，与等间隔、规定步骤比较。

    Revisits: whether dates by the hazard would have found relapses earlier than even intervals or
    the configured steps, at the same number of visits. Reads what the last week or import has
    taken in.
    """
    from xunge.backtest_revisits import backtest

    opened = opened_folder(folder)
    _tell(backtest(opened, day=date or this_day()), opened, as_json=as_json)
