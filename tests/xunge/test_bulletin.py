"""``xunge bulletin check``: what it says in both languages, and its exit codes."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from xunge import cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Run

WRONG = "共检查企业100家，其中危化企业60家、其他企业41家，整改率98.5%。\n"
RIGHT = "共检查企业100家，其中危化企业60家、其他企业40家。\n"


@pytest.fixture
def run(run: Run) -> Run:
    """Give a function that runs ``xunge bulletin check``."""
    return partial(run, "bulletin", "check")


def test_a_fault_is_said_with_its_sum_place_and_sentence(run: Run, tmp_path: Path) -> None:
    """Exit code 1; Chinese first, English by --lang en."""
    file = tmp_path / "通报.txt"
    file.write_text(WRONG, "utf-8")
    code, said, _ = run(file)
    assert code == 1
    assert "第 1 行 · 错误：60+41=101，文中总数 100家，相差 1" in said
    assert WRONG.strip() in said
    code, said, _ = run(file, "--lang", "en")
    assert code == 1
    assert "line 1 · wrong: 60+41 = 101, the text says 100家: 1 apart" in said


def test_nothing_found_is_said(run: Run, tmp_path: Path) -> None:
    """Exit code 0; with --all what was checked is listed; no figures, no claim."""
    file = tmp_path / "a.txt"
    file.write_text(RIGHT, "utf-8")
    code, said, _ = run(file)
    assert (code, said.count("\n")) == (0, 2)
    assert "核对了 1 处，没有发现" in said
    code, said, _ = run(file, "--all")
    assert code == 0
    assert "相符：60+40=100，与总数 100家 相符" in said
    file.write_text("各单位要高度重视。", "utf-8")
    code, said, _ = run(file)
    assert code == 0
    assert "什么也没有核对" in said


def test_json_has_every_datum(run: Run, tmp_path: Path) -> None:
    """Programs get the place, the figures as written, the sum and how sure it is."""
    file = tmp_path / "a.txt"
    file.write_text(WRONG + "2024年5月6日（星期二）开会。\n", "utf-8")
    code, said, _ = run(file, "--json")
    facts = json.loads(said)
    assert code == 1
    assert (facts["checked"], facts["faults"]) == (2, 2)
    first, second = facts["findings"]
    assert first["figures"] == ["100家", "60家", "41家"]
    assert (first["place"], first["sure"], first["check"]) == ({"line": 1}, "certain", "parts")
    assert second["said"] == "2024-05-06 是星期一，文中星期二"


def test_what_cannot_be_read_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    """A missing file and one of another kind are told on stderr, with what to do."""
    code, said, error = run(tmp_path / "none.txt")
    assert (code, said) == (2, "")
    assert "没有这个文件" in error
    other = tmp_path / "a.pdf"
    other.write_bytes(b"%PDF")
    code, _, error = run(other, "--lang", "en")
    assert code == 2
    assert "save .doc, .wps and .pdf as .docx" in error


def test_every_check_has_words_for_both_outcomes() -> None:
    """What a check calls itself in the code has its sentences."""
    import ast
    from pathlib import Path

    from maps.messages import load

    folder = Path(cli.__file__).parents[1] / "layers" / "bulletin"
    codes = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in ("found", "_finding", "_compared"):
                texts = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
                codes |= {text for text in texts if isinstance(text, str)}
    assert len(codes) > 15
    assert {f"bulletin_{code}" for code in codes} <= set(load())
