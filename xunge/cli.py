"""The command line: ``xunge week``, ``results``, ``demo``, ``clock``, ``draw``, ``columns``."""

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
from xunge import __version__
from xunge.progress import Progress

if TYPE_CHECKING:
    from xunge.week import Folder

app = typer.Typer(
    name="xunge",
    help="巡格：从台账到一周执法计划。\n\nPlan a week of work-safety enforcement from ledgers.",
    epilog="例 Example:  xunge demo demo  →  xunge week demo --date 2026-11-23",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
draw_app = typer.Typer(
    name="draw", no_args_is_help=True,
    help="核验抽取记录。\n\nCheck records of draws.",
    epilog="例 Example:  xunge draw verify demo/out/2026-W48/draw.json",
)  # fmt: skip
app.add_typer(draw_app)

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


DateOpt = Annotated[
    dt.date,
    typer.Option("--date", metavar="DATE", parser=day_of,
                 help="该周任意一天，如 2026-11-23 / any day of the week"),
]  # fmt: skip


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="版本 / version")] = False,
) -> None:
    if version:
        typer.echo(f"xunge {__version__}")
        raise typer.Exit


@app.command(epilog="例 Example:  xunge week demo --date 2026-11-23 --seed 福彩2026135")
def week(
    folder: FolderArg,
    *,
    date: DateOpt,
    out: Annotated[
        Path | None, typer.Option(help="输出文件夹，默认 DIR/out/周 / output folder")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="抽取种子，默认随机 / seed of the draw, random by default")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="列对应文件（TOML）/ column mapping for odd ledgers")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="台账有错误则整体拒绝 / refuse ledgers with errors")
    ] = False,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="重做已有的周计划，须写理由 / make the week anew")
    ] = False,
    reason: Annotated[str, typer.Option(help="重做的理由，写入记录 / why, goes on record")] = "",
    as_json: JsonOpt = False,
) -> None:
    """生成一周计划：导入台账、抽取、路线、人员、地图和任务单。

    Make the plan of a week: ledgers in; draw, routes, crews, map and task sheets out. A week that
    is planned already is left as it is.
    """
    from xunge import summary
    from xunge.rounds import WeekError
    from xunge.week import run_week

    if redraw and not reason.strip():
        raise WeekError("redraw_needs_reason")
    opened = _open(folder)
    with Progress() as progress:
        result = run_week(
            opened, day=date, out=out, seed=seed, mapping=mapping, strict=strict,
            redraw_reason=reason.strip() if redraw else "", progress=progress,
        )  # fmt: skip
    facts = summary.facts(result)
    if as_json:
        _print_json(facts)
    else:
        summary.show(result, facts, console=_console(), lang=opened.settings.bureau.language)


@app.command(epilog="例 Example:  xunge results demo demo/out/2026-W48/结果回填.xlsx")
def results(
    folder: FolderArg,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="填好的结果回填表 / workbook")],
    *,
    date: Annotated[
        dt.date | None,
        typer.Option("--date", metavar="DATE", parser=day_of, help="录入日期，默认今天 / today"),
    ] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="更正已导入的结果 / correct known results")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """导入检查结果：下一周的复查、回头看由此产生。

    Take in what the visits of a week found; the next week sees it.
    """
    from xunge import results as taking

    opened = _open(folder)
    taken = taking.take_results(
        opened, file, today=date or dt.datetime.now(tz=dt.UTC).astimezone().date(), correct=correct
    )
    if as_json:
        _print_json(taken.facts())
        return
    for line in taken.sentences(opened.settings.bureau.language):
        typer.echo(line)


@app.command(epilog="例 Example:  xunge demo demo   ·   xunge demo demo --results 2026-W48")
def demo(
    folder: FolderArg,
    *,
    date: Annotated[
        dt.date, typer.Option("--date", metavar="DATE", parser=day_of,
                              help="台账截至日 / last day of the history"),
    ] = dt.date(2026, 11, 20),
    enterprises: Annotated[int, typer.Option(min=50, help="企业数 / number of enterprises")] = 4027,
    results_of: Annotated[
        str, typer.Option("--results", metavar="WEEK",
                          help="为该周的结果回填表填入模拟结果 / fill in a week's results"),
    ] = "",
) -> None:  # fmt: skip
    """生成样例县（永兴县）的台账，或为某周填写模拟结果。

    Write the ledgers of the example county, or fill in the results of one of its weeks.
    """
    from xunge.demo import write_county
    from xunge.demo.outcomes import play_week
    from xunge.papers import RESULTS_BOOK

    if results_of:
        template = folder / "out" / results_of / RESULTS_BOOK
        typer.echo(str(play_week(folder, template, seed=431023)))
        return
    made = write_county(folder, today=date, enterprises=enterprises)
    counts: dict[str, Any] = dict(made.rows)
    typer.echo(sentence("demo_written", folder=folder, files=len(made.files), **counts))


@app.command(epilog="例 Example:  xunge clock demo --once   ·   xunge clock demo")
def clock(
    folder: FolderArg,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="只做现在到点的事 / do what is due now and stop")
    ] = False,
    now: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M"], help="假定的当前时间 / pretend it is this time"),
    ] = None,
) -> None:
    """按时起草下周计划、每日扫描到期事项。

    Draft the following week on the set weekday and scan due dates every day.
    """
    from xunge import chores

    opened = _open(folder)
    if once:
        for line in chores.run_due(opened, now=now):
            typer.echo(line)
    else:
        chores.run_forever(opened, tell=typer.echo)


@app.command(epilog="例 Example:  xunge columns   ·   xunge columns enterprises")
def columns(
    register: Annotated[str, typer.Argument(help="台账英文名，缺省列出全部 / register")] = "",
) -> None:
    """列出各台账的列：中文列名、英文名、同义词、代码。

    List the columns of the registers: titles, names, synonyms and codes.
    """
    from layers.schema import REGISTERS
    from xunge.manual import columns_text

    if register and register not in REGISTERS:
        known = "、".join(REGISTERS)
        raise typer.BadParameter(sentence("unknown_register", value=register, known=known))
    typer.echo(columns_text(register), nl=False)


@draw_app.command("verify", epilog="例 Example:  xunge draw verify demo/out/2026-W48/draw.json")
def draw_verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="draw.json")],
) -> None:
    """按记录重新抽取一遍，指出每一处不同。

    Draw again from the record alone and name every difference.
    """
    from scheduler.draw import replay
    from scheduler.ledger import LinkError, link

    one = _link_in(file)
    found = replay(one["record"])
    try:
        expected = link(one["previous"], record=one["record"])["hash"]
    except (LinkError, TypeError, ValueError) as error:
        expected = str(error)
    if one["hash"] != expected:
        found.append(f"hash: {one['hash']} != {expected}")
    for line in found:
        typer.echo(line)
    typer.echo(sentence("draw_differs" if found else "draw_verified", count=len(found)))
    raise typer.Exit(1 if found else 0)


def _link_in(file: Path) -> dict[str, Any]:
    """Return the link of the chain that a ``draw.json`` holds."""
    from layers.problems import UnreadableFile

    try:
        one = json.loads(file.read_text("utf-8"))
        return {name: one[name] for name in ("previous", "record", "hash")}
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(file, code="not_a_draw_record", reason=str(error)) from error


@draw_app.command("audit", epilog="例 Example:  xunge draw audit demo")
def draw_audit(folder: FolderArg) -> None:
    """核对各轮记录组成的哈希链：缺失、改动、重复抽取。

    Check the hash chain of all rounds: missing, changed or repeated draws.
    """
    from scheduler.ledger import audit
    from xunge import rounds

    _open(folder)
    links = rounds.chain()
    found = audit(links)
    for problem in found:
        typer.echo(sentence(problem.code, **problem.detail()))
    typer.echo(sentence("chain_broken" if found else "chain_whole", count=len(links)))
    raise typer.Exit(1 if found else 0)


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

    opened = _open(folder)
    report = draw_reports.fairness(opened, rounds=rounds, seeds=seeds)
    if as_json:
        _print_json(report.to_json())
    else:
        lang = opened.settings.bureau.language
        draw_reports.show_fairness(report, console=_console(), lang=lang)
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

    opened = _open(folder)
    report = draw_reports.unpredictability(opened, rounds=rounds)
    if as_json:
        _print_json(report.to_json())
        return
    lang = opened.settings.bureau.language
    draw_reports.show_unpredictability(report, console=_console(), lang=lang)


# The language of the folder that was opened last, for the sentence of an error.
_LANGUAGE: ContextVar[str] = ContextVar("language", default="zh")


def _open(path: Path) -> Folder:
    from xunge.week import open_folder

    opened = open_folder(path)
    _LANGUAGE.set(opened.settings.bureau.language)
    return opened


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def main() -> None:
    """Run the command line: 0 when all is well, 1 when something is refused or wrong, 2 for usage.

    A console that cannot show a character shows a question mark instead of failing.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="xunge", standalone_mode=True)
    except Exception as error:
        # Imported here, for it knows every room: help need not wait for them.
        from xunge import failures

        if not isinstance(error, failures.KNOWN):
            raise
        said, fix = failures.explained(error, lang=_LANGUAGE.get())
        typer.echo(said, err=True)
        if fix:
            typer.echo(f"→ {fix}", err=True)
        sys.exit(1)
