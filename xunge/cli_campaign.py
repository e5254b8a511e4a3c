"""``xunge campaign``: the workbook of a campaign, written and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from maps.messages import sentence
from xunge.cli_common import LANGUAGE, JsonOpt, print_json

campaign_app = typer.Typer(name="campaign", help="专项行动 / campaigns", no_args_is_help=True)

LangOpt = Annotated[Literal["zh", "en"], typer.Option(help="语言 / language")]


@campaign_app.command(
    "template", epilog="例 Example:  xunge campaign template demo/专项行动/百日行动.xlsx"
)
def template(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="要写的工作簿 / the workbook: .xlsx")
    ],
    *,
    example: Annotated[
        str,
        typer.Option(metavar="ID", help="填入一个样例，如 karamay2013 / filled with an example"),
    ] = "",
    lang: LangOpt = "zh",
) -> None:
    """写一个专项行动的工作簿模板；已有的文件不覆盖。

    Write a template of a campaign's workbook. A file that exists is not overwritten.
    """
    from layers.campaigns.book import is_campaign_book
    from layers.campaigns.campaign import examples
    from maps.campaign_book import write_campaign_book

    LANGUAGE.set(lang)
    known = examples()
    if file.suffix.lower() != ".xlsx" or not is_campaign_book(file):
        raise typer.BadParameter(sentence("campaign_not_xlsx", lang=lang, file=file.name))
    if example and example not in known:
        raise typer.BadParameter(
            sentence("campaign_no_example", lang=lang, value=example, names="、".join(known))
        )
    if file.exists():
        raise typer.BadParameter(sentence("campaign_file_exists", lang=lang, file=file))
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    write_campaign_book(part, known.get(example), lang=lang).replace(file)
    typer.echo(sentence("campaign_template_written", lang=lang, file=file))


@campaign_app.command(
    "check", epilog="例 Example:  xunge campaign check demo/专项行动/百日行动.xlsx"
)
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="专项行动文件 / the campaign: .xlsx, .toml")
    ],
    *,
    lang: LangOpt = "zh",
    as_json: JsonOpt = False,
) -> None:
    """核对一个专项行动文件：读出阶段、延期和应报材料，或逐格指出错误。

    Check the file of a campaign: its phases, extensions and documents, or every wrong cell.
    """
    from layers.campaigns.campaign import CampaignError, open_campaign
    from xunge import failures

    LANGUAGE.set(lang)
    try:
        found = open_campaign(file)
    except (*failures.KNOWN, CampaignError) as error:
        for line in failures.explained(error, lang=lang):
            if line:
                typer.echo(line, err=True)
        raise typer.Exit(2) from None
    phases = [
        {"title": one.name(lang=lang), "since": one.since.isoformat(),
         "until": one.until.isoformat(),
         "decided": one.decided.isoformat() if one.decided else None}
        for one in (*found.phases, *found.extensions)
    ]  # fmt: skip
    if as_json:
        counts = {"documents": len(found.documents), "received": len(found.receipts)}
        print_json({"id": found.id, "title": found.name(lang=lang), "phases": phases, **counts})
        return
    typer.echo(f"{found.id}  {found.name(lang=lang)}")
    for phase in phases:
        typer.echo(_line(phase, lang))
    typer.echo(sentence("campaign_counts", lang=lang, documents=len(found.documents),
                        received=len(found.receipts), units=len(found.units)))  # fmt: skip
    for code, data in found.doubts:
        typer.echo(f"  {sentence(code, lang=lang, **data)}")


def _line(phase: dict[str, Any], lang: str) -> str:
    decided = phase["decided"]
    added = sentence("campaign_decided", lang=lang, day=decided) if decided else ""
    return f"  {phase['since']} – {phase['until']}  {phase['title']}{added}"
