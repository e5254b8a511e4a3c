"""What is written down says what the program does: commands, columns, codes, names."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layers.codes import TABLES
from layers.schema import REGISTERS
from maps.messages import load
from scheduler.plan import REASONS
from xunge import cli
from xunge.manual import columns_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

ROOT = Path(__file__).parents[2]
ROOMS = ("layers", "geo", "scheduler", "maps", "xunge")


def _calls(name: str, *rooms: str) -> Iterator[ast.Call]:
    """Yield every call of *name* in the code of some rooms."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    if called == name:
                        yield node


def _texts(*nodes: ast.expr) -> set[str]:
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _commands(app: typer.Typer, prefix: str = "xunge") -> Iterator[str]:
    for one in app.registered_commands:
        yield f"{prefix} {one.name or getattr(one.callback, '__name__', '')}"
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, f"{prefix} {group.typer_instance.info.name}")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_command_is_in_both_readmes(name: str) -> None:
    """Who reads a README learns of every command."""
    text = (ROOT / name).read_text("utf-8")
    assert [command for command in _commands(cli.app) if command not in text] == []


def test_the_page_of_the_registers_is_what_the_program_prints() -> None:
    """docs/registers.md has every column, word for word as ``xunge columns`` prints it."""
    page = (ROOT / "docs" / "registers.md").read_text("utf-8")
    assert page.startswith("# ")
    assert page.endswith(columns_text())
    for register in REGISTERS.values():
        assert [column.name for column in register if f"`{column.name}`" not in page] == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_five_packages_belong_to_this_distribution(room: str) -> None:
    """No other installed package brings a room of the same name."""
    assert set(packages_distributions().get(room, ["xunge"])) == {"xunge"}


def test_every_reason_for_leaving_a_visit_out_has_words() -> None:
    """The reasons of a plan are a closed list, and each is explained in both languages."""
    used: set[str] = set()
    for call in _calls("Unserved", "scheduler"):
        used |= _texts(*(word.value for word in call.keywords if word.arg == "reason"))
    for call in _calls("leave_out", "xunge"):
        used |= _texts(*(word.value for word in call.keywords if word.arg == "reason"))
    assert used
    assert used <= set(REASONS) <= set(load())


def test_every_refusal_has_words() -> None:
    """A week that cannot be made, a setting and a row of results that cannot be used."""
    weeks: set[str] = set()
    for call in _calls("WeekError", "xunge"):
        weeks |= _texts(*call.args[:1])
    assert {"no_workdays", "later_week_recorded", "no_team"} <= weeks
    assert weeks - set(load()) == set()
    settings: set[str] = set()
    for call in _calls("SettingsError", "xunge"):
        settings |= {f"setting_{code}" for code in _texts(*call.args[3:4])}
    assert len(settings) > 3
    assert settings - set(load()) == set()
    rows: set[str] = set()
    for name in ("refuse", "_contradicts", "_refused"):
        for call in _calls(name, "xunge"):
            rows |= _texts(*call.args[1:2])
    for call in _calls("ConflictError", "xunge"):
        rows |= _texts(*call.args[:1])
    assert {"unknown_visit", "results_bad_json", "conflict_needs_take"} <= rows
    assert rows - set(load()) == set()
    assert {f"week_{status}" for status in ("published", "unchanged", "restored")} <= set(load())


def test_every_reason_for_a_visit_has_words() -> None:
    """Why somebody is visited is said for every kind of due item, overdue or not, and task."""
    due = ("reinspection", "revisit", "report")
    wanted = {f"why_{kind}" for kind in (*due, "joint", "patrol", "drawn")}
    wanted |= {f"why_{kind}_overdue" for kind in due}
    assert wanted - set(load()) == set()
    assert set(due) <= set(TABLES["visit_kind"].codes)


@pytest.mark.parametrize("room", ROOMS)
def test_no_path_of_a_machine_is_in_the_code(room: str) -> None:
    """What runs here runs elsewhere."""
    words = ("/home/", "/tmp/", "C:\\")  # noqa: S108 - looked for, not used
    found = [
        (path.name, word)
        for path in sorted((ROOT / room).rglob("*.py"))
        for word in words
        if word in path.read_text("utf-8")
    ]
    assert found == []
