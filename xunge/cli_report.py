"""``xunge report``: weekly, monthly, stage and final reports, exposure and closure lists."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from maps.messages import sentence
from xunge.cli_common import (
    AsOfOpt,
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    this_day,
)

Kind = Literal["weekly", "monthly", "stage", "final", "exposure", "closures"]


def report(
    kind: Annotated[
        Kind,
        typer.Argument(metavar="KIND", help="weekly 周报, monthly 月报, stage 阶段, final 总结, "
                       "exposure 双月曝光, closures 关闭名单"),
    ],
    folder: FolderArg,
    *,
    date: Annotated[
        dt.date | None,
        typer.Option("--date", metavar="DATE", parser=day_of,
                     help="报告日，默认今天；报最近已结束的一期 / the last period over by then"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="输出文件夹，默认 out/报告 / output folder")
    ] = None,
    campaign: Annotated[
        str, typer.Option(metavar="ID", help="专项行动编号，有几个时指定 / which campaign")
    ] = "",
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """写报告：周报、月报、阶段总结、总结、双月曝光、关闭取缔名单（Word 和 Excel）。

    Write a report as Word and Excel; every figure leads to its rows, and its own arithmetic is
    checked before it is written.
    """
    from xunge import bulletin_lines
    from xunge.reports.write import write_report

    opened = opened_folder(folder, as_of=as_of)
    lang = opened.settings.bureau.language
    day = date or as_of or this_day()
    written = write_report(opened, kind, day=day, out=out, campaign=campaign)
    name = written.files[0].name
    if as_json:
        print_json(
            {
                "kind": kind, "since": written.since.isoformat(),
                "until": written.until.isoformat(), "as_of": written.as_of.isoformat(),
                "files": [str(path) for path in written.files], "checked": written.checked,
                "indicators": [
                    {"title": line.title, "value": line.value, "unit": line.unit,
                     "before": line.before, "last_year": line.year}
                    for line in written.report.lines
                ],
                "notes": list(written.report.notes),
                "doubts": [bulletin_lines.said(one, lang) for one in written.doubts],
            }
        )  # fmt: skip
        return
    said = "、" if lang == "zh" else ", "
    typer.echo(sentence("report_written", lang=lang, files=said.join(map(str, written.files))))
    typer.echo(sentence("report_checked", lang=lang, n=written.checked))
    for note in written.report.notes:
        typer.echo(f"  {note}")
    if written.doubts:
        typer.echo(sentence("report_doubt", lang=lang))
        for line in bulletin_lines.lines(written.doubts, file=name, everything=False, lang=lang):
            typer.echo(f"  {line}")
