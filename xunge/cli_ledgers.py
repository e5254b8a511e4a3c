"""``xunge ledgers``: what is known, or was known on an earlier day, as workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import AsOfOpt, FolderArg, JsonOpt, opened_folder, print_json, this_day


def ledgers(
    folder: FolderArg,
    *,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="写入的文件夹，须为空 / an empty folder to write into"),
    ],
    as_of: AsOfOpt = None,
    persons: Annotated[
        bool, typer.Option("--persons", help="包括个人信息 / with personal data")
    ] = False,
    as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """把全部台账写成工作簿；加 --as-of 则是当日所知的样子。

    Write all ledgers as workbooks, with --as-of as they were known on an earlier day.
    """
    from xunge.knowledge import know
    from xunge.ledger_books import ledger_rows, write_ledgers

    opened = opened_folder(folder, as_of=as_of)
    from xunge.web.ledger import frames

    day = as_of or this_day()
    known = know(day, tables=opened.tables)
    rows = ledger_rows(known, frames.events(), persons=persons)
    written = write_ledgers(rows, out, tables=opened.tables)
    if as_json:
        print_json({"as_of": day.isoformat(), "folder": str(out), "rows": written})
        return
    lang = opened.settings.bureau.language
    typer.echo(
        sentence("ledgers_written", lang=lang, day=day, folder=out, files=len(written),
                 rows=sum(written.values()))
    )  # fmt: skip
