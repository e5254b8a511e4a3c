"""Bulletins come as text, Word and Excel: every word and table is read, and where it stands."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from layers.bulletin.check import check_document
from layers.bulletin.documents import read_document
from layers.problems import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.bulletin.findings import Finding

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COUNTIES = [
    ["县区", "检查家次", "隐患数", "已整改", "整改率", "罚款（万元）"],
    ["东县", 120, 300, 290, "96.67%", 12.5],
    ["西县", 80, 200, 190, "95.00%", 8.25],
    ["南县", 50, 100, 97, "97.00%", 3],
    ["合 计", 250, 600, 577, "96.17%", 23.75],
]


def paragraph(text: str) -> str:
    """Return a paragraph of a Word file; ``|`` begins a new run."""
    runs = "".join(f"<w:r><w:t>{piece}</w:t></w:r>" for piece in text.split("|"))
    return f"<w:p>{runs}</w:p>"


def table(rows: Sequence[Sequence[object]]) -> str:
    """Return a table of a Word file."""
    cells = ["".join(f"<w:tc>{paragraph(str(one))}</w:tc>" for one in row) for row in rows]
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def word(path: Path, body: str, head: str = "") -> Path:
    """Write a small Word file."""
    xml = f'{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    with zipfile.ZipFile(path, "w") as parcel:
        parcel.writestr("word/document.xml", xml)
    return path


def book(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write a workbook of one sheet."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "分县区"
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


def faults(path: Path) -> list[Finding]:
    """Return the faults of a file."""
    return [one for one in check_document(read_document(path)) if not one.right]


def changed(row: int, column: int, value: object) -> list[list[object]]:
    """Return the table of counties with one cell changed."""
    rows: list[list[object]] = [list(one) for one in COUNTIES]
    rows[row][column] = value
    return rows


def test_a_text_is_read_in_any_encoding_and_its_lines_are_named(tmp_path: Path) -> None:
    """UTF-8, GB 18030 and UTF-16 read alike; the place is the line."""
    text = "通报\n\n检查危化企业5家、矿山3家、烟花2家，合计11家。\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        file = tmp_path / f"{encoding}.txt"
        file.write_bytes(text.encode(encoding))
        (one,) = faults(file)
        assert (one.code, one.place.kind, one.place.number) == ("sum", "line", 3)


def test_lines_broken_at_a_width_are_one_sentence(tmp_path: Path) -> None:
    """A text from a mail or PDF breaks its lines inside of sentences."""
    file = tmp_path / "a.txt"
    file.write_text(
        "今年以来，全县各级安全监管部门共组织检查各类生产经营单位100家，其中危险化学品企业\n"
        "60家、矿山企业30家、其他企业11家。\n"
    )
    (one,) = faults(file)
    assert (one.code, one.place.number) == ("parts", 1)


def test_a_word_file_gives_paragraph_and_cell(tmp_path: Path) -> None:
    """Runs are joined, deleted words are gone, tables are summed and their cells named."""
    deleted = "<w:p><w:del><w:r><w:delText>合计9家</w:delText></w:r></w:del></w:p>"
    rows = changed(4, 2, 610)
    body = (
        paragraph("标题") + paragraph("检查矿山3|家、烟花|2家，合计6家。") + deleted + table(rows)
    )
    found = faults(word(tmp_path / "a.docx", body))
    places = {(one.code, one.place.kind, one.place.number, one.place.row, one.place.column)
              for one in found}  # fmt: skip
    assert ("sum", "paragraph", 2, 0, 0) in places
    assert ("table_column", "cell", 0, 5, 3) in places


def test_spanned_cells_keep_their_columns(tmp_path: Path) -> None:
    """A total whose label spans two columns still stands below its figures; boxes are left out."""
    head = table([["县区", "乡镇", "检查家次"], ["东县", "甲镇", 12], ["东县", "乙镇", 9]])
    span = '<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("合计") + "</w:tc>"
    total = f"<w:tr>{span}<w:tc>{paragraph('22')}</w:tc></w:tr></w:tbl>"
    box = f"<w:p><w:r><w:txbxContent>{paragraph('合计3家')}</w:txbxContent></w:r></w:p>"
    (one,) = faults(word(tmp_path / "a.docx", box + head.removesuffix("</w:tbl>") + total))
    assert (one.code, one.place.row, one.place.column) == ("table_column", 4, 3)
    assert one.detail["sum"] == "12+9"


def test_a_right_table_raises_no_alarm(tmp_path: Path) -> None:
    """Totals and rates that hold are checked and found right."""
    found = check_document(read_document(book(tmp_path / "a.xlsx", COUNTIES)))
    assert [one for one in found if not one.right] == []
    codes = [one.code for one in found]
    assert (codes.count("table_column"), codes.count("table_rate")) == (4, 4)


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        (4, 1, 260, "table_column"),
        (4, 5, 24.75, "table_column"),
        (2, 4, "94.00%", "table_rate"),
        (2, 4, 0.94, "table_rate"),
    ],
)
def test_a_wrong_cell_is_named(
    tmp_path: Path, row: int, column: int, value: object, code: str
) -> None:
    """A total that is not the sum, a rate that is not the quotient."""
    (one,) = faults(book(tmp_path / "a.xlsx", changed(row, column, value)))
    assert (one.code, one.place.table) == (code, "分县区")
    assert (one.place.row, one.place.column) == (row + 1, column + 1)


def test_total_columns_subtotals_and_growth(tmp_path: Path) -> None:
    """A column of sums, subtotals below groups, growth between two columns."""
    rows: list[list[object]] = [
        ["单位", "一季度", "二季度", "合计", "去年", "同比增长"],
        ["甲", 10, 12, 22, 20, "10.0%"],
        ["乙", 5, 5, 10, 8, "25.0%"],
        ["小计", 15, 17, 32, 28, "14.3%"],
        ["丙", 7, 8, 15, 12, "25.0%"],
        ["丁", 3, 2, 5, 10, "-50.0%"],
        ["小计", 10, 10, 20, 22, "-9.1%"],
        ["总计", 25, 27, 52, 50, "4.0%"],
    ]
    assert faults(book(tmp_path / "a.xlsx", rows)) == []
    rows[4][3], rows[5][5] = 16, "-30.0%"
    found = [(one.code, one.place.row) for one in faults(book(tmp_path / "b.xlsx", rows))]
    assert ("table_row", 5) in found
    assert ("table_growth", 6) in found


def test_rates_that_are_all_alike_prove_little(tmp_path: Path) -> None:
    """Where all rates are 100 %, one that does not fit is asked about, not called wrong."""
    rows: list[list[object]] = [["县区", "隐患", "整改", "整改率"], ["东县", 12, 12, "100%"],
                                ["西县", 9, 9, "100%"], ["南县", 8, 7, "100%"]]  # fmt: skip
    (one,) = faults(book(tmp_path / "a.xlsx", rows))
    assert (one.code, one.sure, one.place.row) == ("table_rate", "ask", 4)


def test_columns_that_do_not_add_up_by_nature_are_left_alone(tmp_path: Path) -> None:
    """Measures beside each other are no sum, nor are numbers of rows, years and averages."""
    rows: list[list[object]] = [
        ["序号", "年份", "检查", "立案", "罚款", "平均"],
        [1, 2022, 30, 3, 5.5, 1.83], [2, 2023, 40, 4, 6, 1.5], ["合计", "", 70, 7, 11.5, 1.64],
    ]  # fmt: skip
    assert faults(book(tmp_path / "a.xlsx", rows)) == []


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Old Word files, entities, damage, other kinds and empty files are refused by name."""
    old, broken, other, empty = (tmp_path / n for n in ("a.docx", "b.docx", "c.pdf", "d.txt"))
    old.write_bytes(b"\xd0\xcf\x11\xe0" + b"0" * 99)
    broken.write_bytes(b"PK\x03\x04 broken")
    other.write_bytes(b"%PDF")
    empty.write_text("\n \n")
    disguised = tmp_path / "f.txt"
    disguised.write_bytes(broken.read_bytes())
    bomb = word(tmp_path / "e.docx", paragraph("&a;"), head='<!DOCTYPE x [<!ENTITY a "b">]>')
    deep = word(tmp_path / "g.docx", "<w:p>" * 3000 + "</w:p>" * 3000)
    codes = []
    for path in (old, broken, other, empty, bomb, disguised, deep):
        with pytest.raises(UnreadableFile) as refused:
            read_document(path)
        codes.append(refused.value.code)
    assert codes == ["bulletin_old_word", "unreadable_file", "bulletin_kind", "bulletin_empty",
                     "unreadable_file", "bulletin_kind", "unreadable_file"]  # fmt: skip
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "none.txt")
