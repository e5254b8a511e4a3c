"""``xunge draw``: verify, audit, explain and publish the draws."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maps.messages import sentence
from xunge.cli_common import (
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    terminal,
    this_day,
)
from xunge.cli_draw import draw_app

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["draw_app"]


@draw_app.command("verify", epilog="例 Example:  xunge draw verify demo/out/2026-W48/draw.json")
def draw_verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="draw.json、commit.json 或 or chain.json")
    ],
) -> None:
    """按记录重新抽取一遍，指出每一处不同。

    Draw again from the record alone and name every difference.
    """
    from scheduler.ledger import audit, audit_alone

    links, whole = _links_in(file)
    found = [sentence(one.code, **one.detail())
             for one in (audit(links) if whole else audit_alone(links[0]))]  # fmt: skip
    found += _redrawn(links) if whole else [line for _, line in _differing(links)]
    for line in found:
        typer.echo(line)
    typer.echo(sentence("draw_differs" if found else "draw_verified", count=len(found)))
    raise typer.Exit(1 if found else 0)


def _differing(links: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Yield the position of a draw and what is not as it is drawn again."""
    from scheduler.draw import replay

    for number, one in enumerate(links):
        if one["record"].get("kind") == "draw":
            yield from ((number, line) for line in replay(one["record"]))


def _redrawn(links: list[dict[str, Any]]) -> list[str]:
    return [f"[{number}] {line}" for number, line in _differing(links)]


def _links_in(file: Path) -> tuple[list[dict[str, Any]], bool]:
    """Return the links of a file, and whether it holds a whole chain."""
    from layers.problems import UnreadableFile

    try:
        value = json.loads(file.read_text("utf-8"))
        whole = isinstance(value, list)
        links = [
            {name: one[name] for name in ("previous", "record", "hash")}
            for one in (value if whole else [value])
        ]
        for one in links:
            if not isinstance(one["record"], dict):
                raise TypeError(one["record"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(file, code="not_a_draw_record", reason=str(error)) from error
    return links, whole


@draw_app.command("audit", epilog="例 Example:  xunge draw audit demo")
def draw_audit(folder: FolderArg, *, as_json: JsonOpt = False) -> None:
    """核对各轮记录组成的哈希链：缺失、改动、重复抽取、没有开启的承诺。

    Check the hash chain of all rounds: missing, changed or repeated draws, commitments never
    opened.
    """
    from scheduler.ledger import audit, commitments
    from xunge import rounds

    lang = opened_folder(folder).settings.bureau.language
    links = rounds.chain()
    faults = audit(links)
    said = [sentence(one.code, lang=lang, **one.detail()) for one in faults]
    said += _redrawn(links)
    ended = commitments(links)
    if as_json:
        print_json({
            "links": len(links), "head": links[-1]["hash"] if links else None, "problems": said,
            "commitments": [
                {"round": one.round_id, "parties": list(one.parties), "ended": one.ended,
                 "reason": one.reason} for one in ended
            ],
        })  # fmt: skip
        raise typer.Exit(1 if said else 0)
    for line in said:
        typer.echo(line)
    for end in ended:
        code = _ENDS.get(end.ended) or ("round_passed_over" if end.overtaken else "round_waits")
        typer.echo(
            sentence(code, lang=lang, round=end.round_id, parties="、".join(end.parties),
                     reason=end.reason)
        )  # fmt: skip
    typer.echo(sentence("chain_broken" if said else "chain_whole", lang=lang, count=len(links)))
    if links:
        typer.echo(f"  {links[-1]['hash']}")
    raise typer.Exit(1 if said else 0)


_ENDS = {"draw": "round_opened", "abandon": "round_abandoned"}


@draw_app.command("export", epilog="例 Example:  xunge draw export demo --out chain.json")
def draw_export(
    folder: FolderArg,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="输出文件 / output file")] = Path(
        "chain.json"
    ),
) -> None:
    """导出整条记录链（内部使用，含尚未公开的轮次），供两个核对程序核对。

    Write the whole chain for the independent checkers; for supervisors, as it holds rounds that are
    not public yet. What is public: xunge draw publish.
    """
    from xunge import commitments

    lang = opened_folder(folder).settings.bureau.language
    typer.echo(
        sentence("chain_written", lang=lang, count=commitments.export_chain(out), file=out)
    )  # fmt: skip


@draw_app.command("fairness", epilog="例 Example:  xunge draw fairness demo --seeds 10000")
def draw_fairness(
    folder: FolderArg,
    *,
    rounds: Annotated[
        int, typer.Option(min=0, help="只看最近几轮，0 为全部 / latest rounds only, 0 for all")
    ] = 0,
    seeds: Annotated[
        int, typer.Option(min=100, help="重抽用的随机种子数 / random seeds of the re-run")
    ] = 10_000,
    as_json: JsonOpt = False,
) -> None:
    """抽取是否公平：实际频率与承诺概率，退出码 1 表示有检验不通过。

    Compare what was drawn with what was promised, and draw the latest frame again with many seeds;
    exit code 1 if a check fails.
    """
    from xunge import draw_reports

    opened = opened_folder(folder)
    report = draw_reports.fairness(opened, rounds=rounds, seeds=seeds)
    if as_json:
        print_json(report.to_json())
    else:
        lang = opened.settings.bureau.language
        draw_reports.show_fairness(report, console=terminal(), lang=lang)
    raise typer.Exit(1 if report.failing else 0)


@draw_app.command("unpredictability", epilog="例 Example:  xunge draw unpredictability demo")
def draw_unpredictability(
    folder: FolderArg,
    *,
    rounds: Annotated[int, typer.Option(min=2, help="模拟的轮数 / rounds to simulate")] = 52,
    as_json: JsonOpt = False,
) -> None:
    """下一次检查能否被猜到：与跳号抽取、分层随机并列比较。

    Tell how well visits can be guessed, beside skip numbers and stratified random sampling.
    """
    from xunge import draw_reports

    opened = opened_folder(folder)
    report = draw_reports.unpredictability(opened, rounds=rounds)
    if as_json:
        print_json(report.to_json())
        return
    lang = opened.settings.bureau.language
    draw_reports.show_unpredictability(report, console=terminal(), lang=lang)


@draw_app.command(
    "coordination", epilog="例 Example:  xunge draw coordination demo --departments 3 --overlap 0.4"
)
def draw_coordination(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            show_default=False,
            help="台账文件夹，不写则用虚拟企业 / folder of ledgers, made-up firms without one",
        ),
    ] = None,
    *,
    departments: Annotated[
        int, typer.Option(min=2, max=12, help="部门数 / number of departments")
    ] = 3,
    overlap: Annotated[
        float,
        typer.Option(min=0, max=1, help="同属多个部门的企业比例 / share of firms of several"),
    ] = 0.4,
    rounds: Annotated[int, typer.Option(min=8, help="一年的轮数 / rounds of a year")] = 52,
    as_json: JsonOpt = False,
) -> None:
    """几个部门用共同号码抽取，能少上门多少次；各自的概率是否不变。

    Tell how many visits tickets in common save, and that every department keeps its own chances.
    """
    from xunge import coordination

    opened = None if folder is None else opened_folder(folder)
    report = coordination.coordination(
        opened, departments=departments, overlap=overlap, rounds=rounds
    )
    if as_json:
        print_json(report.to_json())
        return
    lang = "zh" if opened is None else opened.settings.bureau.language
    coordination.show_coordination(report, console=terminal(), lang=lang)


@draw_app.command("publish", epilog="例 Example:  xunge draw publish demo --date 2026-12-07")
def draw_publish(
    folder: FolderArg,
    *,
    date: Annotated[
        dt.date | None,
        typer.Option("--date", metavar="DATE", parser=day_of, help="公示日期，默认今天 / today"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="输出文件夹，默认 DIR/out/公示/日期 / output folder")
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="只列出待公示和逾期的 / only list what is to be published")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """向社会公示检查结果和抽取记录，不含个人信息。

    Publish the results of visits and the records of draws, without personal data.
    """
    from xunge import disclosure, disclosure_rows, disclosure_show

    opened = opened_folder(folder)
    lang = opened.settings.bureau.language
    today = date or this_day()
    if due:
        rows = disclosure_rows.to_publish(opened.settings, today=today)
        missing = disclosure.unreported(opened, today=today)
        if as_json:
            print_json({"date": today.isoformat(), "due": rows, "unreported": missing.count})
        else:
            disclosure_show.show_to_do(rows, missing, console=terminal(), lang=lang)
        return
    done = disclosure.publish_results(opened, today=today, out=out)
    if as_json:
        print_json(done.to_json())
    else:
        disclosure_show.show_published(done, console=terminal(), lang=lang)
