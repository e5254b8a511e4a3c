"""``xunge campaign`` writes a workbook to fill in, and says what is wrong with one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
from typer.testing import CliRunner

from xunge.cli import app

if TYPE_CHECKING:
    from pathlib import Path

RUN = CliRunner()


def test_a_template_is_written_once_and_checked(tmp_path: Path) -> None:
    """The example is usable as it is; a file that exists is not overwritten."""
    file = tmp_path / "专项行动" / "行动.xlsx"
    made = RUN.invoke(app, ["campaign", "template", str(file), "--example", "national2010"])
    assert made.exit_code == 0, made.output
    told = RUN.invoke(app, ["campaign", "check", str(file)])
    assert told.exit_code == 0
    assert "2010-10-28 决定延期" in told.output
    facts = json.loads(RUN.invoke(app, ["campaign", "check", str(file), "--json"]).output)
    assert [one["decided"] for one in facts["phases"]] == [None, "2010-10-28"]
    before = file.read_bytes()
    again = RUN.invoke(app, ["campaign", "template", str(file)])
    assert again.exit_code == 2
    assert file.read_bytes() == before


def test_a_wrong_cell_is_told_with_its_place(tmp_path: Path) -> None:
    """Sheet, row, column and what to do, in either language; exit code 2."""
    file = tmp_path / "行动.xlsx"
    RUN.invoke(app, ["campaign", "template", str(file), "--example", "national2010"])
    book = openpyxl.load_workbook(file)
    book["阶段"]["B2"] = "八月"
    book.save(file)
    for lang, words in (("zh", "整份没有采用"), ("en", "nothing of it is taken")):
        told = RUN.invoke(app, ["campaign", "check", str(file), "--lang", lang])
        assert told.exit_code == 2
        assert words in told.output
        assert "阶段 · 2 · 开始日期" in told.output


def test_what_cannot_be_a_template_is_refused(tmp_path: Path) -> None:
    """Another kind of file, and an example that nobody has."""
    for args in ([str(tmp_path / "行动.toml")], [str(tmp_path / "a.xlsx"), "--example", "none"]):
        assert RUN.invoke(app, ["campaign", "template", *args]).exit_code == 2
    assert list(tmp_path.iterdir()) == []
