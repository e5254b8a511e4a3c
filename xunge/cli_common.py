"""What the commands share: arguments, the open folder, output."""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from maps.messages import sentence

if TYPE_CHECKING:
    from xunge.week import Folder

FolderArg = Annotated[Path, typer.Argument(metavar="DIR", help="台账文件夹 / folder of ledgers")]
JsonOpt = Annotated[bool, typer.Option("--json", help="结果以 JSON 输出 / print JSON")]


def day_of(text: str | dt.date) -> dt.date:
    """Return the date that *text* writes as 2026-11-23; a default is a date already.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    if isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(sentence("bad_date_argument", value=text)) from None


def this_day() -> dt.date:
    """Return the day that it is where this machine stands."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


DateOpt = Annotated[
    dt.date,
    typer.Option("--date", metavar="DATE", parser=day_of,
                 help="该周任意一天，如 2026-11-23 / any day of the week"),
]  # fmt: skip

DayOpt = Annotated[
    dt.date | None,
    typer.Option("--date", metavar="DATE", parser=day_of, help="截至日，默认今天 / day, today"),
]

AsOfOpt = Annotated[
    dt.date | None,
    typer.Option("--as-of", metavar="DATE", parser=day_of,
                 help="只看当日之前（含）录入的数据 / see only what had been entered by that day"),
]  # fmt: skip

# The language of the folder that was opened last, for the sentence of an error.
LANGUAGE: ContextVar[str] = ContextVar("language", default="zh")


def opened_folder(path: Path, *, as_of: dt.date | None = None) -> Folder:
    """Open a folder; errors are told in its language, also where a rule of its own is wrong.

    Parameters
    ----------
    as_of
        See only what had been entered by this day.
    """
    from xunge import config
    from xunge.week import open_folder

    if path.is_dir():
        LANGUAGE.set(config.load(path).bureau.language)
    return open_folder(path, as_of=as_of)


def print_json(value: dict[str, Any]) -> None:
    """Print JSON as programs and people can read it."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True))


def terminal() -> Console:
    """Return the terminal; what is piped is not wrapped."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())
