"""The command line: examples, exit codes, JSON, and one sentence for whatever goes wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from layers.schema import REGISTERS
from xunge import __version__, cli
from xunge.web import database

if TYPE_CHECKING:
    import typer

    from tests.xunge.conftest import Office, Run


def _names(app: typer.Typer) -> list[str]:
    commands = app.registered_commands
    return [one.name or getattr(one.callback, "__name__", "") for one in commands]


COMMANDS = (
    *_names(cli.app),
    *("draw", *(f"draw {name}" for name in _names(cli.draw_app))),
    *("backtest", *(f"backtest {name}" for name in _names(cli.backtest_app))),
)


def _refused(answer: tuple[int, str, str], *words: str, code: int = 1) -> None:
    """Check a refusal: exit code, nothing on stdout, Chinese on stderr, no traceback."""
    left, out, err = answer
    assert (left, out) == (code, "")
    assert "Traceback" not in err
    for word in words:
        assert word in err, err


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself_with_an_example(run: Run, command: str) -> None:
    """``--help`` says what a command does in two languages and shows how it is called."""
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert f"Example:  xunge {command}".strip() in out
    assert any("\u4e00" <= sign <= "\u9fff" for sign in out)


def test_help_waits_for_none_of_the_large_libraries() -> None:
    """Who asks how a command is called is answered before tables, maps or a database are loaded."""
    script = (
        "import sys\n"
        "from xunge.cli import main\n"
        "sys.argv = ['xunge', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "large = {'django', 'folium', 'geopandas', 'numpy', 'ortools', 'pandas', 'shapely'}\n"
        "sys.exit(', '.join(sorted(large & set(sys.modules))) or 0)\n"
    )
    env = {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    start = [sys.executable, "-c", script]
    done = subprocess.run(start, env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert b"xunge week" in done.stdout


def test_the_version_is_told(run: Run) -> None:
    """``--version`` prints name and version."""
    assert run("--version") == (0, f"xunge {__version__}\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("week",),
        ("week", ".", "--date", "2026-13-01"),
        ("week", ".", "--date", "soon"),
        ("weak", "."),
        ("results", ".", "x.xlsx", "--date", "2026/11/23"),
        ("clock", ".", "--once", "--now", "noon"),
        ("columns", "enterprise"),
        ("demo", "x", "--enterprises", "3"),
    ],
)
def test_wrong_usage_is_two(run: Run, words: tuple[str, ...]) -> None:
    """A command that cannot be understood leaves with 2 and says what is wrong."""
    _refused(run(*words), "Usage: xunge", code=2)


def test_columns_lists_every_register(run: Run) -> None:
    """All registers with all columns, or one of them."""
    code, out, _ = run("columns")
    assert code == 0
    for register in REGISTERS.values():
        assert f"## {register.title} `{register.name}`" in out
        assert all(f"`{column.name}`" in out for column in register)
    _, one, _ = run("columns", "vehicles")
    assert one in out
    assert one.count("## ") == 1


# Work ---------------------------------------------------------------------------------------------


def test_json_is_all_that_stands_on_stdout(run: Run, planned: Office, reported: Office) -> None:
    """``--json`` prints one JSON document and nothing else."""
    code, out, err = run("week", planned.path, "--date", "2026-11-25", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["status"], told["week"], told["out"]) == (
        "unchanged", "2026-W48", str(planned.out)
    )  # fmt: skip
    filled = reported.out / "结果回填_已填.xlsx"
    code, out, err = run("results", planned.path, filled, "--date", "2026-11-28", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["new_events"]["visited"] > 0


def test_a_week_tells_counts_kilometres_and_what_was_left_out(run: Run, planned: Office) -> None:
    """The summary names what the planner asks first, and where the map is."""
    code, out, _ = run("week", planned.path, "--date", "2026-11-23")
    assert code == 0
    for word in ("安排检查", "行车公里", "未安排", "抽取种子", str(planned.out / "index.html")):
        assert word in out


def test_results_say_what_came_in(run: Run, planned: Office, reported: Office) -> None:
    """Counts by kind, then nothing; a conflict leaves with 1 and names every row."""
    filled = reported.out / "结果回填_已填.xlsx"
    words = ("results", planned.path, filled, "--date", "2026-11-28")
    assert "2026-W48：已收到" in run(*words)[1]
    assert run(*words) == (0, "这些结果此前已全部导入，未作任何改动\n", "")
    early = run(*words[:-1], "2026-11-23")
    _refused(early, "结果文件有", "结果回填_已填.xlsx · 结果回填 · ", "实际日期", "之后")


def test_a_plain_console_shows_what_it_can(planned: Office) -> None:
    """A GBK console gets GBK; what it cannot show is a question mark and no error."""
    env = {**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONPATH": str(Path(__file__).parents[2])}
    start = [sys.executable, "-c", "from xunge.cli import main; main()"]
    done = subprocess.run(
        [*start, "week", str(planned.path), "--date", "2026-11-23"],
        env=env, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2026-W48 已有计划，未作任何改动" in done.stdout.decode("gbk")
    ask = subprocess.run([*start, "--help"], env=env, capture_output=True, check=False)
    assert ask.returncode == 0, ask.stderr
    assert "巡格" in ask.stdout.decode("gbk")


# What goes wrong ----------------------------------------------------------------------------------


def test_a_redraw_needs_a_reason(run: Run, planned: Office) -> None:
    """Without a reason, or with an empty one, nothing is drawn again."""
    for more in ((), ("--reason", " ")):
        answer = run("week", planned.path, "--date", "2026-11-23", "--redraw", *more)
        _refused(answer, "重抽必须说明理由", "→ 例如")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("xunge.toml", "[plan\n", ("xunge.toml 无法读取",)),
        ("xunge.toml", "[plan]\nteam = 4\n", ("[plan] 没有名为 team 的设置",)),
        ("xunge.toml", "[plan]\nmin_crew = 1\n", ("min_crew", "过小")),
        ("xunge.toml", '[clock]\nweekly_day = "friday"\n', ("weekly_day", "friday")),
        ("xunge.toml", '[plan]\nwork_start = "8:3O"\n', ("work_start",)),
        ("xunge.toml", '[bureau]\ntimezone = "Asia/Yongxing"\n', ("timezone",)),
        ("xunge.toml", "[due]\nfoo = 3\n", ("期限规则设置有 1 处错误：foo",)),
        ("xunge.toml", "[caps]\nfoo = 3\n", ("检查频次上限设置有 1 处错误：foo",)),
        ("xunge.sqlite3", "no database" * 99, ("数据库无法使用",)),
        ("县界.geojson", "{", ("县界.geojson",)),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    run: Run, county: Office, name: str, text: str, words: tuple[str, ...]
) -> None:
    """Settings, database and map files end in a sentence that names them."""
    (county.path / name).write_text(text, "utf-8")
    _refused(run("week", county.path, "--date", "2026-11-23"), *words)


def test_what_is_not_there_is_named(run: Run, empty: Office, planned: Office) -> None:
    """A missing folder, mapping, workbook or draw record, and a folder without ledgers."""
    date = ("--date", "2026-11-23")
    _refused(run("week", empty.path / "无", *date), "没有这个文件夹", "无")
    _refused(run("week", empty.path, *date), "缺少台账", "企业", "→ 放入 Excel")
    _refused(run("results", planned.path, "无.xlsx"), "没有这个文件", "无.xlsx")
    _refused(run("draw", "verify", empty.path / "无.json"), "没有这个文件")
    _refused(run("draw", "audit", empty.path / "无"), "没有这个文件夹")
    _refused(run("clock", empty.path / "无", "--once"), "没有这个文件夹")
    _refused(run("demo", planned.path, "--results", "2026-W01"), "没有这个文件")
    mapped = run("week", empty.path, *date, "--mapping", empty.path / "无.toml")
    _refused(mapped, "没有这个文件", "无.toml")


def test_an_english_folder_does_not_set_the_language_of_the_next_command(
    run: Run, county: Office, empty: Office
) -> None:
    """An error is told in the language of the folder that the command itself opened."""
    (county.path / "xunge.toml").write_text('[bureau]\nlanguage = "en"\n', "utf-8")
    date = ("--date", "2026-11-23")
    _refused(run("week", county.path, *date, "--strict"), "with --strict nothing was imported")
    _refused(run("week", empty.path / "无", *date), "没有这个文件夹")


def test_a_wrong_rule_of_an_english_folder_is_told_in_english(run: Run, empty: Office) -> None:
    """Settings that do not fit the rules keep the folder shut, and are told in its language."""
    text = '[bureau]\nlanguage = "en"\n[escalation.early]\nafter_days = "soon"\n'
    (empty.path / "xunge.toml").write_text(text, "utf-8")
    _refused(run("year", empty.path, "--date", "2026-11-23"), "wrong: levels.early.after_days")


def test_files_that_are_no_tables_are_named(run: Run, planned: Office) -> None:
    """A damaged workbook of results, and a workbook of something else."""
    bad = planned.path / "out" / "坏.xlsx"
    bad.write_bytes(b"PK\x03\x04 no zip")
    _refused(run("results", planned.path, bad), "坏.xlsx", "打不开", "→ 用 Excel")
    _refused(run("results", planned.path, planned.out / "plan.xlsx"), "没有“结果回填”表")


def test_a_mapping_that_cannot_be_followed_is_explained(run: Run, county: Office) -> None:
    """Bad TOML and an unknown register are said with the place."""
    mapping = county.path / "m.toml"
    words = ("week", county.path, "--date", "2026-11-23", "--mapping", mapping)
    mapping.write_text("[[table\n", "utf-8")
    _refused(run(*words), "映射文件不是有效的 TOML")
    mapping.write_text('[[table]]\nfile = "*.csv"\nregister = "firms"\n', "utf-8")
    _refused(run(*words), "映射文件第 1 个", "firms")


def test_strict_names_the_rows(run: Run, county: Office) -> None:
    """Who is refused by --strict is told which rows are wrong."""
    answer = run("week", county.path, "--date", "2026-11-23", "--strict")
    _refused(answer, "按 --strict 未导入任何数据", "企业台账.xlsx · ", "职工人数", "→")


def test_an_error_of_the_program_itself_is_not_hidden(
    run: Run, planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is known gets a sentence; a bug shows its traceback."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("xunge.week.run_week", broken)
    with pytest.raises(ZeroDivisionError):
        run("week", planned.path, "--date", "2026-11-23")


# Records ------------------------------------------------------------------------------------------


def test_a_good_draw_is_verified(run: Run, planned: Office) -> None:
    """The record of a draw replays to the same selection."""
    assert run("draw", "verify", planned.out / "draw.json") == (0, "抽取记录核验一致\n", "")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("record", "seed"), "别的种子"),
        (("record", "selected", 0, "id"), "YX99999"),
        (("record", "quota", "weighted"), 0),
        (("record", "created"), "2026-11-24"),
        (("record", "frame", "eligible", 0, "weight"), "1000"),
        (("previous",), "1" * 64),
    ],
)
def test_one_changed_field_of_a_draw_is_found(
    run: Run, planned: Office, place: tuple[Any, ...], value: object
) -> None:
    """Whatever is changed in draw.json, the command leaves with 1 and names a place."""
    path = planned.out / "draw.json"
    whole = json.loads(path.read_text("utf-8"))
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    code, out, _ = run("draw", "verify", path)
    assert code == 1
    assert "改过" in out or "selected" in out
    assert "处不一致" in out


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '{"record": 1}'])
def test_what_is_no_record_of_a_draw_is_said(run: Run, empty: Office, text: str) -> None:
    """Another file in the place of draw.json is no reason for a traceback."""
    path = empty.path / "draw.json"
    path.write_text(text, "utf-8")
    _refused(run("draw", "verify", path), "draw.json 不是抽取记录")


def test_a_change_behind_the_back_of_the_program_is_found(run: Run, planned: Office) -> None:
    """Whoever changes the database itself breaks the chain, and the audit says where."""
    code, out, _ = run("draw", "audit", planned.path)
    assert (code, out.splitlines()[0]) == (0, "2 条记录首尾相接，未见改动")
    database.close()
    with sqlite3.connect(planned.path / "xunge.sqlite3") as base:
        triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert triggers
        for (name,) in triggers:
            base.execute(f'DROP TRIGGER "{name}"')
        (data,) = base.execute("SELECT data FROM ledger_event WHERE kind = 'drawn'").fetchone()
        link = json.loads(data)
        link["record"]["selected"][0]["id"] = "YX00001"
        base.execute("UPDATE ledger_event SET data = ? WHERE kind = 'drawn'", [json.dumps(link)])
    base.close()
    code, out, _ = run("draw", "audit", planned.path)
    assert code == 1
    assert "2026-W48" in out
    assert "2 条记录的链条有问题" in out
