"""``xunge measures``: what the rules suggest for the whole county, and alerts about areas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import (
    AsOfOpt,
    DayOpt,
    FolderArg,
    JsonOpt,
    opened_folder,
    print_json,
    terminal,
    this_day,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from layers.measures import Rules


def measures(
    folder: FolderArg,
    *,
    date: DayOpt = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="只列这些规则，可多次 / only these rules, repeatable")
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="只列这些措施，可多次 / only these measures, repeatable"),
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option(help="只列这些乡镇、村（代码或名称） / only these towns or villages"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="列出全部对象，不只前 40 个 / all, not the first 40")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="另写成工作簿 / a workbook of everything")
    ] = None,
    as_of: AsOfOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """建议措施和区域提示：每项的出处、核对情况、依据和起始日；只提示，不强制。

    Suggested measures of every enterprise and illegal site, then alerts about areas: each with its
    clause, how far that was verified, the records on which it stands, and since when.
    """
    from layers.measures import load_measures
    from xunge import measures_show
    from xunge.knowledge import know
    from xunge.measures import measures as found_in
    from xunge.measures import sources, to_json

    opened = opened_folder(folder, as_of=as_of)
    lang, rules = opened.settings.bureau.language, load_measures(folder)
    _refuse_unknown(rule or (), measure or (), rules, lang)
    known = know(date or as_of or this_day(), tables=opened.tables)
    found = found_in(known, rules=rules, home=opened.settings.bureau.home).chosen(
        rules=rule or (), measures=measure or (), areas=area or ()
    )
    told = sources(found, known.events)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        measures_show.write_book(found, part, told, lang=lang)
        part.replace(out)
    if as_json:
        print_json(to_json(found, told))
        return
    most = len(found.objects) if everything else measures_show.SHOWN
    measures_show.show(found, told, console=terminal(), lang=lang, most=most)
    if out is not None:
        typer.echo(sentence("measures_written", lang=lang, file=out))


def _refuse_unknown(
    rules: Collection[str], measures: Collection[str], known: Rules, lang: str
) -> None:
    codes = [*(one.code for one in known.rules), *(one.code for one in known.alerts)]
    asked_of = (("rule", rules, codes), ("measure", measures, list(known.measures)))
    for kind, asked, names in asked_of:
        for value in asked:
            if value not in names:
                said = "、".join(names) if lang == "zh" else ", ".join(names)
                raise typer.BadParameter(
                    sentence(f"measures_unknown_{kind}", lang=lang, value=value, known=said)
                )
