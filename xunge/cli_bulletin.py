"""``xunge bulletin``: check the arithmetic of any bulletin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from xunge.cli_common import LANGUAGE, JsonOpt, print_json

bulletin_app = typer.Typer(
    name="bulletin", help="通报核对 / check of bulletins", no_args_is_help=True
)


@bulletin_app.command("check", epilog="例 Example:  xunge bulletin check 通报.docx --all")
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="通报 / bulletin: .txt, .docx, .xlsx, .csv")
    ],
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="相符的也列出 / list what is right too")
    ] = False,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="语言 / language")] = "zh",
    as_json: JsonOpt = False,
) -> None:
    """核对通报、总结、方案里的算术和日期；退出码 0 没有发现差错，1 有，2 读不了。

    Check the arithmetic and the dates of any bulletin. Exit code 0: no fault found, 1: faults,
    2: cannot be read.
    """
    from layers.bulletin.check import check_document
    from layers.bulletin.documents import read_document
    from layers.problems import UnreadableFile
    from xunge import bulletin_lines, failures

    LANGUAGE.set(lang)
    try:
        found = check_document(read_document(file))
    except (FileNotFoundError, PermissionError, UnreadableFile) as error:
        for line in failures.explained(error, lang=lang):
            if line:
                typer.echo(line, err=True)
        raise typer.Exit(2) from None
    if as_json:
        print_json(bulletin_lines.facts(found, file=file.name, everything=everything, lang=lang))
    else:
        for line in bulletin_lines.lines(found, file=file.name, everything=everything, lang=lang):
            typer.echo(line)
    raise typer.Exit(1 if any(not one.right for one in found) else 0)
