"""A folder of ledgers in one pass, and rows set aside that come back mended."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from layers.books import write_workbook
from layers.ledgers import Ledgers, read_ledgers, write_bad_rows
from layers.mapping import read_mapping

if TYPE_CHECKING:
    from pathlib import Path

FIRMS = {
    "编号": ["E1", "E2", "E3", "E4"],
    "企业名称": ["宏达木材", None, "长丰燃气", "乐岭砖厂"],
    "地址": ["马田镇", "太和镇", "油麻镇", "樟树镇"],
    "从业人数": ["3人", 4, "若干", 7],
}
VISITS = "检查编号,检查日期,对象编号,隐患数\nV1,2026-11-23,E1,2\nV2,去年,E1,0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with one workbook and one CSV, two bad rows and one."""
    write_workbook(tmp_path / "企业台账.xlsx", {"企业": pd.DataFrame(FIRMS, dtype=object)})
    (tmp_path / "检查记录.csv").write_text(VISITS, encoding="utf-8")
    return tmp_path


def errors(ledgers: Ledgers) -> list[tuple[str, int | None, str]]:
    """Return file, row and code of every error."""
    return [(p.file, p.row, p.code) for p in ledgers.errors]


def mend(path: Path, cell: str, value: object) -> None:
    """Change one cell of a workbook as a person would."""
    book = openpyxl.load_workbook(path)
    book.active[cell] = value
    book.save(path)


def test_good_rows_come_in(folder: Path) -> None:
    """Bad rows are set aside with file, row and reason; all other rows are taken."""
    ledgers = read_ledgers(folder)
    assert list(ledgers.registers["enterprises"]["id"]) == ["E1", "E4"]
    assert list(ledgers.registers["visits"]["id"]) == ["V1"]
    assert errors(ledgers) == [
        ("企业台账.xlsx", 3, "missing"),
        ("企业台账.xlsx", 4, "bad_number"),
        ("检查记录.csv", 3, "bad_date"),
    ]
    assert {name: [len(part) for part in parts] for name, parts in ledgers.bad.items()} == {
        "企业台账.xlsx": [2],
        "检查记录.csv": [1],
    }
    assert list(ledgers.registers["enterprises"].index) == [0, 1]


def test_every_register_is_there(folder: Path) -> None:
    """A register without a file is an empty frame with its columns."""
    ledgers = read_ledgers(folder)
    assert len(ledgers.registers) == 23
    assert "deadline" in ledgers.registers["orders"]


def test_files_have_fingerprints(folder: Path) -> None:
    """Every table says its file, register, counts and the hash of the file."""
    file = next(f for f in read_ledgers(folder).files if f.name == "企业台账.xlsx")
    digest = hashlib.sha256((folder / "企业台账.xlsx").read_bytes()).hexdigest()
    assert (file.sha256, file.sheet, file.register, file.rows, file.bad) == (
        digest, "企业", "enterprises", 2, 2,
    )  # fmt: skip


def test_reading_twice_is_the_same(folder: Path) -> None:
    """The same folder gives the same answer, and the same file of rows set aside."""
    first = read_ledgers(folder)
    paths = write_bad_rows(first, folder)
    assert [path.name for path in paths] == ["待修正_企业台账.xlsx", "待修正_检查记录.xlsx"]
    before = [path.read_bytes() for path in paths]
    second = read_ledgers(folder)
    assert second.problems == first.problems
    write_bad_rows(second, folder)
    assert [path.read_bytes() for path in paths] == before
    for name, rows in first.registers.items():
        pd.testing.assert_frame_equal(second.registers[name], rows)


def test_file_of_rows_set_aside(folder: Path) -> None:
    """It has the headers of the ledger, what is wrong, and where the row came from."""
    write_bad_rows(read_ledgers(folder), folder, describe=lambda p: f"{p.column}!{p.code}")
    sheet = openpyxl.load_workbook(folder / "待修正_企业台账.xlsx").active
    assert [cell.value for cell in sheet[1]] == [*FIRMS, "问题", "来源"]
    assert [cell.value for cell in sheet[3]][:5] == [
        "E3",
        "长丰燃气",
        "油麻镇",
        "若干",
        "从业人数!bad_number",
    ]
    assert "第4行" in sheet["F3"].value


def test_mended_row_comes_in(folder: Path) -> None:
    """A mended row stands for the bad row of the ledger, which is not reported any more."""
    write_bad_rows(read_ledgers(folder), folder)
    mend(folder / "待修正_企业台账.xlsx", "B2", "太和石材")
    ledgers = read_ledgers(folder)
    assert list(ledgers.registers["enterprises"]["id"]) == ["E1", "E4", "E2"]
    assert errors(ledgers) == [("企业台账.xlsx", 4, "bad_number"), ("检查记录.csv", 3, "bad_date")]
    write_bad_rows(ledgers, folder)
    again = read_ledgers(folder)
    assert list(again.registers["enterprises"]["name"]) == ["宏达木材", "乐岭砖厂", "太和石材"]
    assert again.problems == ledgers.problems


def test_row_that_is_still_bad(folder: Path) -> None:
    """A row mended into another mistake is reported where it stands now."""
    write_bad_rows(read_ledgers(folder), folder)
    mend(folder / "待修正_企业台账.xlsx", "D3", "好多")
    ledgers = read_ledgers(folder)
    assert ("待修正_企业台账.xlsx", 3, "bad_number") in errors(ledgers)
    assert ("企业台账.xlsx", 4, "bad_number") not in errors(ledgers)
    write_bad_rows(ledgers, folder)
    assert len(errors(read_ledgers(folder))) == 3


def test_ledger_mended_instead(folder: Path) -> None:
    """Rows mended in the ledger itself leave nothing behind of those set aside."""
    write_bad_rows(read_ledgers(folder), folder)
    mend(folder / "企业台账.xlsx", "B3", "太和石材")
    mend(folder / "企业台账.xlsx", "D4", 5)
    ledgers = read_ledgers(folder)
    assert list(ledgers.registers["enterprises"]["id"]) == ["E1", "E2", "E3", "E4"]
    assert errors(ledgers) == [("检查记录.csv", 3, "bad_date")]


def test_mended_row_takes_the_place_of_a_good_one(folder: Path) -> None:
    """A touched row with the key of a good row of a ledger supersedes it."""
    write_bad_rows(read_ledgers(folder), folder)
    mend(folder / "待修正_企业台账.xlsx", "A2", "E1")
    mend(folder / "待修正_企业台账.xlsx", "B2", "新名字")
    firms = read_ledgers(folder).registers["enterprises"]
    assert dict(zip(firms["id"], firms["name"], strict=True)) == {"E4": "乐岭砖厂", "E1": "新名字"}


def test_source_column_lost(folder: Path) -> None:
    """Without its source a mended row stands for the bad row with the same key."""
    write_bad_rows(read_ledgers(folder), folder)
    mend(folder / "待修正_检查记录.xlsx", "B2", "2026-11-20")
    mend(folder / "待修正_检查记录.xlsx", "F2", None)
    ledgers = read_ledgers(folder)
    assert list(ledgers.registers["visits"]["id"]) == ["V1", "V2"]
    assert not [e for e in errors(ledgers) if "检查" in e[0]]


def test_second_key_in_another_file(folder: Path) -> None:
    """A key that stands in two files is an error in the second; untouched, it stays one."""
    (folder / "检查记录b.csv").write_text(
        VISITS.replace("11-23,E1,2", "11-24,E1,9"), encoding="utf-8"
    )
    ledgers = read_ledgers(folder)
    assert ("检查记录b.csv", 2, "duplicate_key") in errors(ledgers)
    assert len(ledgers.registers["visits"]) == 1
    write_bad_rows(ledgers, folder)
    again = read_ledgers(folder)
    assert errors(again) == errors(ledgers)
    assert int(again.registers["visits"].iloc[0]["findings"]) == 2


def test_what_is_not_read(folder: Path) -> None:
    """Results, hidden folders, true points and lock files are left alone; damage is reported."""
    (folder / "out").mkdir()
    (folder / ".old").mkdir()
    for name in ("out/检查记录.csv", ".old/检查记录.csv", "truth.csv", "~$检查.csv"):
        (folder / name).write_text(VISITS.replace("V1", "V9"), encoding="utf-8")
    (folder / "坏.xlsx").write_bytes(b"x")
    (folder / "空.csv").write_text("")
    (folder / "菜谱.csv").write_text("菜名,价格\n鱼头,58\n", encoding="utf-8")
    ledgers = read_ledgers(folder)
    assert list(ledgers.registers["visits"]["id"]) == ["V1"]
    assert ledgers.unread == ("坏.xlsx", "空.csv", "菜谱.csv")
    codes = {p.file: p.code for p in ledgers.problems}
    assert codes["坏.xlsx"] == "unreadable_file"
    assert (codes["空.csv"], codes["菜谱.csv"]) == ("no_table", "unknown_table")


def test_table_without_a_required_column(folder: Path) -> None:
    """It is mended in the ledger: its rows are not written out one by one."""
    (folder / "检查记录.csv").write_text("检查编号,对象编号,隐患数\nV1,E1,2\n", encoding="utf-8")
    ledgers = read_ledgers(folder)
    assert ("检查记录.csv", None, "missing_column") in errors(ledgers)
    assert [path.name for path in write_bad_rows(ledgers, folder)] == ["待修正_企业台账.xlsx"]


def test_who_reported_is_in_no_file(tmp_path: Path) -> None:
    """Who reported stands neither in the register nor among the rows set aside."""
    text = "举报编号,受理日期,举报人,举报内容\nR1,去年,张三丰,扰民\nR2,2026-01-02,李四光,无证\n"
    (tmp_path / "举报台账.csv").write_text(text, encoding="utf-8")
    ledgers = read_ledgers(tmp_path)
    (path,) = write_bad_rows(ledgers, tmp_path)
    words = [cell.value for row in openpyxl.load_workbook(path).active for cell in row]
    assert "扰民" in words
    assert not any("三丰" in str(word) or "举报人" in str(word) for word in words)
    assert [p.detail["count"] for p in ledgers.problems if p.code == "identity_not_imported"] == [2]
    assert "李四光" not in str(ledgers.registers["reports"].to_dict())


def test_ledgers_without_rows(folder: Path) -> None:
    """A ledger, a file of rows set aside and a mapped file with headers only do not fail."""
    (folder / "检查记录.csv").write_text(VISITS.splitlines()[0], encoding="utf-8")
    frame = pd.DataFrame(columns=["检查编号", "检查日期", "对象编号", "问题", "来源"])
    write_workbook(folder / "待修正_检查记录.xlsx", {"检查记录": frame})
    (folder / "a.txt.csv").write_text("Nr,Kind,Name\n", encoding="utf-8")
    (folder / "map.toml").write_text(
        "[[table]]\nfile='a.txt.csv'\nregister='areas'\ndistinct_by=['Nr']\n"
        "[table.where]\nKind=['x']\n[table.columns]\nid='Nr'\nname='Name'\n"
        "[table.constants]\nlevel='town'\n",
        encoding="utf-8",
    )
    ledgers = read_ledgers(folder, mapping=read_mapping(folder / "map.toml"))
    assert [len(ledgers.registers[name]) for name in ("visits", "areas")] == [0, 0]
    assert {p.file for p in ledgers.problems} == {"企业台账.xlsx"}


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there is an error of its own."""
    with pytest.raises(FileNotFoundError):
        read_ledgers(tmp_path / "nowhere")
