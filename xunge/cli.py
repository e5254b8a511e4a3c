"""The command line: ``xunge week``, ``year``, ``results``, ``demo``, ``clock``, ``draw`` …"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from maps.messages import sentence
from xunge import __version__
from xunge.cli_backtest import backtest_app
from xunge.cli_backup import backup, restore
from xunge.cli_bulletin import bulletin_app
from xunge.cli_campaign import campaign_app
from xunge.cli_checks import draw_app
from xunge.cli_clock import clock_app
from xunge.cli_common import (
    LANGUAGE,
    DateOpt,
    FolderArg,
    JsonOpt,
    day_of,
    opened_folder,
    print_json,
    terminal,
)
from xunge.cli_coverage import coverage
from xunge.cli_due import due_app
from xunge.cli_geocode import geocode
from xunge.cli_ledgers import ledgers
from xunge.cli_measures import measures
from xunge.cli_records import file, reporters
from xunge.cli_replan import replan
from xunge.cli_report import report
from xunge.cli_results import conflicts, results
from xunge.cli_rewards import rewards
from xunge.progress import Progress

app = typer.Typer(
    name="xunge",
    help="巡格：从台账到一周执法计划。\n\nPlan a week of work-safety enforcement from ledgers.",
    epilog="例 Example:  xunge demo demo  →  xunge week demo --date 2026-11-23",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(draw_app)
app.add_typer(bulletin_app)
app.add_typer(campaign_app)
app.add_typer(backtest_app)
app.add_typer(clock_app)
app.command(epilog="例 Example:  xunge backup demo")(backup)
app.command(epilog='例 Example:  xunge restore demo demo/backup/xunge-….zip --reason "硬盘坏了"')(
    restore
)
app.add_typer(due_app)
app.command(
    epilog="例 Example:  xunge replan demo --week 2026-W48 --as-of 2026-11-25 --car C01@2026-11-25"
)(replan)
app.command(epilog="例 Example:  xunge results demo demo/out/2026-W48/结果回填.xlsx")(results)
app.command(
    epilog="例 Example:  xunge conflicts demo   ·   xunge conflicts demo --settle C1A2B3C4 "
    "--take incoming --by 张三 --reason 现场笔录为准"
)(conflicts)
app.command(epilog="例 Example:  xunge ledgers demo --as-of 2026-09-30 --out 九月末")(ledgers)
app.command(epilog="例 Example:  xunge rewards demo --all")(rewards)
app.command(epilog="例 Example:  xunge coverage demo --date 2026-11-29 --days 90")(coverage)
app.command(epilog="例 Example:  xunge report weekly demo --date 2026-11-23")(report)
app.command(epilog="例 Example:  xunge measures demo --date 2026-11-29 --out 建议措施.xlsx")(
    measures
)
app.command(epilog="例 Example:  xunge file demo QY00042 --html 一企一档.html")(file)
app.command(
    epilog="例 Example:  xunge reporters demo --report JB2026-001 --by 李某某 --reason 发放奖励"
)(reporters)
app.command(epilog="例 Example:  xunge geocode 台账.xlsx --county 永兴县")(geocode)


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
    reason: Annotated[str, typer.Option(help="重做的理由，会公开 / why, is published")] = "",
    as_json: JsonOpt = False,
) -> None:
    """生成一周计划：导入台账、抽取、路线、人员、地图和任务单。

    Make the plan of a week: ledgers in; draw, routes, crews, map and task sheets out. A week that
    is planned already is left as it is.
    """
    from scheduler.ruin import get_ready_ahead
    from xunge import summary
    from xunge.rounds import WeekError
    from xunge.week import run_week

    if redraw and not reason.strip():
        raise WeekError("redraw_needs_reason")
    opened = opened_folder(folder)
    if opened.settings.plan.engine != "ortools":
        get_ready_ahead()
    with Progress() as progress:
        result = run_week(
            opened, day=date, out=out, seed=seed, mapping=mapping, strict=strict,
            redraw_reason=reason.strip() if redraw else "", progress=progress,
        )  # fmt: skip
    facts = summary.facts(result)
    if as_json:
        print_json(facts)
    else:
        summary.show(result, facts, console=terminal(), lang=opened.settings.bureau.language)


@app.command(epilog="例 Example:  xunge year demo --date 2026-11-23")
def year(
    folder: FolderArg,
    *,
    date: DateOpt,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="工作簿，默认 DIR/out/年度计划.xlsx / workbook"),
    ] = None,
    as_json: JsonOpt = False,
) -> None:
    """年度计划：能力测算、进度、每周应查多少、全覆盖是否可行、谁无法检查。

    The plan of the year: what the officers' days allow, progress, checks a week, how far full
    coverage can go within caps and staff, and who cannot be reached.
    """
    from xunge import annual_show
    from xunge.annual import annual

    opened = opened_folder(folder)
    lang, tables = opened.settings.bureau.language, opened.tables
    with Progress() as progress:
        report = annual(opened, today=date, progress=progress)
    file = out or folder / "out" / annual_show.BOOKS[lang]
    if out is not None or not as_json:
        file.parent.mkdir(parents=True, exist_ok=True)
        annual_show.write_book(report, file, lang=lang, tables=tables)
    if as_json:
        print_json(report.to_json())
        return
    annual_show.show(report, console=terminal(), lang=lang, tables=tables)
    typer.echo(sentence("year_written", lang=lang, file=file))


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
    from xunge.week_books import RESULTS_BOOK

    if results_of:
        template = folder / "out" / results_of / RESULTS_BOOK
        typer.echo(str(play_week(folder, template, seed=431023)))
        return
    made = write_county(folder, today=date, enterprises=enterprises)
    counts: dict[str, Any] = dict(made.rows)
    typer.echo(sentence("demo_written", folder=folder, files=len(made.files), **counts))


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


def main() -> None:
    """Run the command line: 0 when all is well, 1 when something is refused or wrong, 2 for usage.

    A console that cannot show a character shows a question mark instead of failing.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    LANGUAGE.set("zh")  # no folder is open yet, whatever ran before in this process
    try:
        app(prog_name="xunge", standalone_mode=True)
    except Exception as error:
        # Imported here, for it knows every room: help need not wait for them.
        from xunge import failures

        if not isinstance(error, failures.KNOWN):
            raise
        said, fix = failures.explained(error, lang=LANGUAGE.get())
        typer.echo(said, err=True)
        if fix:
            typer.echo(f"→ {fix}", err=True)
        sys.exit(1)
