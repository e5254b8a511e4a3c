"""``xunge backup`` and ``xunge restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xunge.cli_common import LANGUAGE, FolderArg, JsonOpt, opened_folder, print_json


def backup(
    folder: FolderArg,
    *,
    listed: Annotated[bool, typer.Option("--list", help="列出已有备份 / list backups")] = False,
    as_json: JsonOpt = False,
) -> None:
    """备份数据库和台账：写完重新读一遍核对，按设置保留。

    Back up database and ledgers into one file that is read again; old ones go by the settings.
    """
    from xunge import backup as making
    from xunge import chores
    from xunge.backup_shelf import on_shelf, shelf_of

    opened = opened_folder(folder)
    if listed:
        for path, at in on_shelf(shelf_of(folder, opened.settings)).items():
            typer.echo(f"{at:%Y-%m-%d %H:%M:%S}  {path.stat().st_size / 1e6:8.1f} MB  {path}")
        return
    made = making.make(folder, settings=opened.settings, now=chores.moment_of(opened, None))
    if as_json:
        print_json(made.facts())
        return
    for line in made.sentences(opened.settings.bureau.language):
        typer.echo(line)


def restore(
    folder: FolderArg,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件 / backup")],
    *,
    reason: Annotated[str, typer.Option(help="原因，写入记录 / why, goes on record")],
    database_only: Annotated[
        bool, typer.Option("--database-only", help="不动台账文件 / leave the ledgers alone")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """恢复到某个备份：先核对备份，现状另存一份不会删除的备份，再恢复。

    Bring a folder back to a backup: what stands there is backed up first and never thrown away.
    """
    import datetime as dt
    from zoneinfo import ZoneInfo

    from xunge import config
    from xunge import restore as restoring

    if not folder.is_dir():
        raise NotADirectoryError(folder)
    settings = config.load(folder)
    LANGUAGE.set(settings.bureau.language)
    if not file.is_file():
        raise FileNotFoundError(2, "no such file", str(file))
    now = dt.datetime.now(tz=ZoneInfo(settings.bureau.timezone))
    done = restoring.restore(
        folder, file, settings=settings, reason=reason, now=now, database_only=database_only
    )
    if as_json:
        print_json(done.facts())
        return
    for line in done.sentences(settings.bureau.language):
        typer.echo(line)
