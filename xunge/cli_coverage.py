"""``xunge coverage``: what each grid worker looks after, and where nobody was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import (
    AsOfOpt,
    DateOpt,
    FolderArg,
    JsonOpt,
    opened_folder,
    print_json,
    terminal,
)


def coverage(
    folder: FolderArg,
    *,
    date: DateOpt,
    days: Annotated[int, typer.Option(min=1, help="到该日为止的天数 / days up to that day")] = 30,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="工作簿，默认 DIR/out/网格覆盖.xlsx / workbook"),
    ] = None,
    persons: Annotated[
        bool, typer.Option("--persons", help="JSON 中写出网格员姓名 / names of persons in the JSON")
    ] = False,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """网格覆盖：每个网格（网格员）的对象、检查、未检查对象和空白格子。

    Coverage by grid worker: objects, visits, objects and cells without a visit, weighted by risk.
    Reads what the last week or import has taken in; the workbook names grid workers.
    """
    from xunge import coverage_show
    from xunge.coverage import coverage as measure

    opened = opened_folder(folder, as_of=as_of)
    lang = opened.settings.bureau.language
    found = measure(
        opened.path, settings=opened.settings, tables=opened.tables, day=date, days=days
    )
    if out is not None or not as_json:
        file = out or folder / "out" / coverage_show.BOOKS[lang]
        file.parent.mkdir(parents=True, exist_ok=True)
        coverage_show.write_book(found, file, lang=lang)
    if as_json:
        print_json(found.to_json(persons=persons))
        return
    coverage_show.show(found, console=terminal(), lang=lang)
    typer.echo(sentence("coverage_written", lang=lang, file=file))
