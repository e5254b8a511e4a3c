"""``xunge results`` and ``xunge conflicts``: what visits found, and what contradicts it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from maps.messages import sentence
from xunge.cli_common import FolderArg, JsonOpt, day_of, opened_folder, print_json, this_day

EntryOpt = Annotated[
    dt.date | None,
    typer.Option("--date", metavar="DATE", parser=day_of, help="录入日期，默认今天 / today"),
]
ByOpt = Annotated[str, typer.Option(metavar="NAME", help="更正人 / who decides")]
WhyOpt = Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由 / why")]


class Take(StrEnum):
    """Which version of a visit is to stand."""

    INCOMING = "incoming"
    KNOWN = "known"


def results(
    folder: FolderArg,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="结果回填表或 JSON / workbooks or JSON")
    ],
    *,
    date: EntryOpt = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="更正已导入的结果，须写 --by 和 --reason / correct")
    ] = False,
    by: ByOpt = "",
    reason: WhyOpt = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="有冲突则整体拒绝 / refuse files with conflicts")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """导入检查结果：下一周的复查、回头看由此产生；有冲突的行另存，待裁定。

    Take in what the visits of a week found; the next week sees it. Rows that contradict what is
    known are kept aside until ``xunge conflicts`` decides them.
    """
    from xunge import results as taking
    from xunge.corrections import Correction

    correction = Correction(by=by, why=reason) if correct else None
    opened = opened_folder(folder)
    taken = taking.take_results(
        opened, *files, today=date or this_day(), correction=correction, strict=strict
    )
    if as_json:
        print_json(taken.facts())
        return
    for line in taken.sentences(opened.settings.bureau.language):
        typer.echo(line)


def conflicts(
    folder: FolderArg,
    *,
    settle: Annotated[
        str, typer.Option(metavar="ID", help="裁定这一条 / decide this conflict")
    ] = "",
    take: Annotated[
        Take | None,
        typer.Option(help="采用新来的行，或维持已有结果 / which version is to stand"),
    ] = None,
    by: ByOpt = "",
    reason: WhyOpt = "",
    visit: Annotated[
        str, typer.Option(metavar="ID", help="应为的检查编号 / the visit that was meant")
    ] = "",
    object_: Annotated[
        str, typer.Option("--object", metavar="ID", help="应为的对象编号 / the object meant")
    ] = "",
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="计划外检查的方式 / kind of an unplanned visit")
    ] = "",
    date: EntryOpt = None,
    everything: Annotated[
        bool, typer.Option("--all", help="包括已裁定的 / settled ones too")
    ] = False,
    as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """列出与已知结果冲突、或对不上计划的行，并逐条裁定。

    List the rows of results that contradict what is known, and decide them one by one.
    """
    from xunge import conflicts as kept
    from xunge.conflict_words import conflict_sentences
    from xunge.corrections import Correction

    opened = opened_folder(folder)
    lang = opened.settings.bureau.language
    if settle:
        if take is None:
            raise kept.ConflictError("conflict_needs_take", value=settle)
        code = opened.tables["visit_kind"].read(kind) if kind else ""
        if code is None:
            raise kept.ConflictError(
                "conflict_kind", value=kind, known="、".join(opened.tables["visit_kind"].codes)
            )
        found = [
            kept.settle(
                opened, settle, take=take.value, correction=Correction(by=by, why=reason),
                today=date or this_day(), visit=visit, object_=object_, kind=code,
            )
        ]  # fmt: skip
    else:
        found = [one for one in kept.read_conflicts() if everything or one.settled is None]
    if as_json:
        print_json({"conflicts": [one.facts() for one in found]})
        return
    if not found:
        typer.echo(sentence("conflicts_none", lang=lang))
    for one in found:
        typer.echo("\n".join(conflict_sentences(one, opened.tables, lang)))
