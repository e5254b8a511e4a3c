"""Files into raw tables: the header is found, rows keep their numbers, columns their meaning."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import xlsxwriter

from layers.books import write_table, write_workbook
from layers.check import check
from layers.headers import header_forms
from layers.problems import UnreadableFile
from layers.schema import DEPARTMENTS, ENTERPRISES, INSPECTORS, REGISTERS, REPORTS, VISITS
from layers.tables import is_table, read_tables, recognise, rename, without_discarded

if TYPE_CHECKING:
    from pathlib import Path


def book(
    path: Path, rows: list[list[Any]], *, merges: tuple[str, ...] = (), sheet: str = "表"
) -> Path:
    """Write cells as they are into one sheet."""
    writer = xlsxwriter.Workbook(str(path))
    page = writer.add_worksheet(sheet)
    day = writer.add_format({"num_format": "yyyy-mm-dd"})
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, dt.date):
                page.write_datetime(y, x, cell, day)
            elif cell is not None:
                page.write(y, x, cell)
    for area in merges:  # like Excel: the range shows what stands in its first cell
        page.merge_range(area, rows[int(area.split(":")[0][1:]) - 1][ord(area[0]) - 65])
    writer.close()
    return path


MESSY: list[list[Any]] = [
    [],
    ["永兴县企业台账（2026年）"],
    ["填报单位：应急局", None, None, None, "单位：家"],
    ["序号", "企业\n名称*", "统一社会信用代码", "位置", None, "乡镇"],
    [None, None, None, "经度(°)", "纬度(°)", None],
    [1, "宏达木材", "无", 113.1, 26.1, "马田镇"],
    [],
    [2, "长丰燃气", None, "113°04′", "26°08′", None],
    ["序号", "企业\n名称*", "统一社会信用代码", "位置", None, "乡镇"],
    [None, "  ", None, None, None, None],
    ["合计", "2家"],
    ["注：数据截至11月"],
]


def test_messy_sheet(tmp_path: Path) -> None:
    """Titles, two header rows, blank rows, totals and notes: the data rows keep their numbers."""
    merges = ("A2:F2", "D4:E4", "A4:A5", "B4:B5", "C4:C5", "F4:F5", "F6:F8")
    (table,) = read_tables(book(tmp_path / "企业.xlsx", MESSY, merges=merges))
    assert table.header_row == 4
    assert list(table.frame.index) == [6, 8]
    assert set(table.skipped) == {9, 11, 12}
    assert "永兴县企业台账（2026年）" in table.title
    assert recognise(table) is ENTERPRISES
    renamed = rename(table, ENTERPRISES)
    assert list(renamed.frame["lon"]) == [113.1, "113°04′"]
    assert list(renamed.frame["town"]) == ["马田镇", "马田镇"]
    assert renamed.extra == ("序号",)
    assert renamed.headers["lon"] == "位置\n经度(°)"


def test_same_sheet_without_merged_ranges(tmp_path: Path) -> None:
    """The same cells in a CSV file, where nothing is merged, are understood the same way."""
    lines = ["\t".join(f'"{c}"' if c is not None else "" for c in row) for row in MESSY]
    path = tmp_path / "企业.tsv"
    path.write_text("\n".join(lines), encoding="gb18030")
    (table,) = read_tables(path)
    assert list(table.frame.index) == [6, 8]
    assert list(rename(table, ENTERPRISES).frame["lat"]) == ["26.1", "26°08′"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """CSV files of every usual encoding are read, packed ones too."""
    data = "编号,部门名称\nD1,应急管理局\n".encode(encoding)
    (tmp_path / "a.csv").write_bytes(data)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(data))
    for name in ("a.csv", "b.csv.gz"):
        (table,) = read_tables(tmp_path / name)
        assert table.frame.to_dict("list") == {"编号": ["D1"], "部门名称": ["应急管理局"]}


def test_english_headers(tmp_path: Path) -> None:
    """English names of columns do as well as Chinese titles."""
    path = tmp_path / "export.csv"
    path.write_text("id,date,object,kind,findings\n1,2026-01-02,E1,random,2\n", encoding="utf-8")
    (table,) = read_tables(path)
    assert recognise(table) is VISITS
    assert list(rename(table, VISITS).frame.columns) == ["id", "date", "object", "kind", "findings"]


@pytest.mark.parametrize("register", REGISTERS.values(), ids=lambda r: r.name)
def test_every_register_is_recognised(register: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """A ledger with the titles of a register is taken for that register, whatever its name."""
    path = tmp_path / "导出.csv"
    path.write_text(",".join(c.title for c in register) + "\n" + "1," * len(register.columns))
    (table,) = read_tables(path)
    assert recognise(table) is register


def test_names_decide_where_headers_do_not(tmp_path: Path) -> None:
    """The same bare headers are people or departments by the name of the file."""
    for name, register in (("部门名录.csv", DEPARTMENTS), ("执法人员名录.csv", INSPECTORS)):
        path = tmp_path / name
        path.write_text("编号,姓名,部门名称,部门\n1,甲,乙,丙\n", encoding="utf-8")
        (table,) = read_tables(path)
        assert recognise(table) is register


def test_strange_table_is_nobody(tmp_path: Path) -> None:
    """A table that is no ledger is not forced into one."""
    path = tmp_path / "菜谱.csv"
    path.write_text("菜名,价格\n鱼头,58\n", encoding="utf-8")
    (table,) = read_tables(path)
    assert recognise(table) is None


def test_several_headers_for_one_column(tmp_path: Path) -> None:
    """Of two headers for one column the plainer one is taken; the other is kept as extra."""
    path = tmp_path / "企业.csv"
    path.write_text("名称,企业名称,地址\n甲,甲公司,乙\n", encoding="utf-8")
    (table,) = read_tables(path)
    renamed = rename(table, ENTERPRISES)
    assert list(renamed.frame["name"]) == ["甲公司"]
    assert renamed.extra == ("名称",)
    assert [(p.code, p.column, p.detail["taken"]) for p in renamed.problems] == [
        ("second_column", "名称", "企业名称")
    ]


def test_who_reported_is_left_behind(tmp_path: Path) -> None:
    """Every column that says who reported goes before anything else; one note for the file."""
    path = tmp_path / "举报.csv"
    path.write_text("举报编号,受理日期,举报人,反映人\nR1,2026-01-02,张三,李四\n", encoding="utf-8")
    (table,) = read_tables(path)
    bare, problems = without_discarded(table, REPORTS)
    assert bare.headers == ("举报编号", "受理日期")
    assert "张三" not in bare.frame.to_csv()
    assert [(p.code, p.value, p.detail["count"]) for p in problems] == [
        ("identity_not_imported", "", 1)
    ] * 2


def test_damaged_file(tmp_path: Path) -> None:
    """A file that is no workbook says so, with its name."""
    path = tmp_path / "坏.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(UnreadableFile) as caught:
        read_tables(path)
    assert (caught.value.code, caught.value.path) == ("unreadable_file", path)
    (tmp_path / "c.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(UnreadableFile):
        read_tables(tmp_path / "c.csv.gz")


def test_empty_files(tmp_path: Path) -> None:
    """An empty file, and one with a header only, do not fail."""
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("编号,部门名称\n", encoding="utf-8")
    assert read_tables(tmp_path / "a.csv") == []
    (table,) = read_tables(tmp_path / "b.csv")
    assert len(table.frame) == 0


def test_lock_files_are_no_tables(tmp_path: Path) -> None:
    """What Excel leaves beside an open file is not read."""
    assert not is_table(tmp_path / "~$企业.xlsx")
    assert not is_table(tmp_path / "图.geojson")
    assert is_table(tmp_path / "企业.XLSX")


def test_forms_of_a_header() -> None:
    """Stars, brackets, line breaks and groups are tried away, the literal form first."""
    assert list(header_forms("经度(°)")) == ["经度(°)", "经度"]
    assert "企业名称" in list(header_forms("企业\n名称（必填）*"))
    assert list(header_forms("联系人\n电话")) == ["联系人电话", "电话", "联系人"]


def test_workbook_is_the_same_bytes(tmp_path: Path) -> None:
    """The same frames give the same file; a formula stays text, a long number keeps its digits."""
    frame = pd.DataFrame(
        {
            "代码": ["001", "914403001922038216", "=1+1"],
            "日期": [dt.date(2026, 11, 23), None, dt.date(2026, 1, 2)],
            "表": [("a", "b"), (), None],
            "数": [1.5, float("nan"), 3],
        },
        dtype=object,
    )
    first = write_workbook(tmp_path / "a.xlsx", {"甲/乙": frame, "甲:乙": frame}).read_bytes()
    second = write_workbook(tmp_path / "b.xlsx", {"甲/乙": frame, "甲:乙": frame}).read_bytes()
    assert first == second
    table, other = read_tables(tmp_path / "a.xlsx")
    assert (table.sheet, other.sheet) == ("甲_乙", "甲_乙_2")
    assert list(table.frame["代码"]) == ["001", "914403001922038216", "=1+1"]
    assert list(table.frame["日期"]) == [dt.date(2026, 11, 23), None, dt.date(2026, 1, 2)]
    assert list(table.frame["表"]) == ["a、b", None, None]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_table_comes_back(tmp_path: Path) -> None:
    """Checked rows written as a ledger and read again are the same rows."""
    raw = pd.DataFrame(
        {
            "id": ["I1", "I2"], "name": ["甲", "乙"], "department": ["D1", "D2"],
            "role": ["执法人员", "网格员"], "specialities": ["矿山、消防", None],
            "leave": ["2026-11-23~2026-11-27；2026-12-01", None], "avoid": ["E1、E2", None],
            "certificate_expiry": ["2027.1.2", None], "工龄": [3, None],
        },
        index=[2, 3], dtype=object,
    )  # fmt: skip
    rows = check(INSPECTORS, raw).rows
    (table,) = read_tables(write_table(tmp_path / "人员.xlsx", INSPECTORS, rows))
    assert recognise(table) is INSPECTORS
    again = check(INSPECTORS, rename(table, INSPECTORS).frame)
    assert again.problems == []
    pd.testing.assert_frame_equal(again.rows, rows)
