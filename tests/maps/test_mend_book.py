"""The workbook in which places are put right: what stands where, and the same bytes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from maps.mend_book import COLUMNS, ENTRIES, SHEETS, MendRow, mend_workbook

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    MendRow(rows="3", address="=1+1", understood="", level="未定位", why="读不懂", source="a",
            where="甲.xlsx"),
    MendRow(rows="4", address="城关镇" * 40, understood="乙（2）", level="县级", why="x",
            source="b", choices=("乙（2）", "丙（3）"), by="张三", note="问过"),
]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_known_cells_are_filled_and_those_to_fill_in_are_empty(tmp_path: Path, lang: str) -> None:
    """Text that looks like a formula is text; notes from before are there again."""
    path = mend_workbook(tmp_path / "a.xlsx", rows=ROWS, notes=["如何填"], lang=lang)
    book = openpyxl.load_workbook(path)
    assert tuple(book.sheetnames) == SHEETS[lang]
    sheet: Any = book[SHEETS[lang][0]]
    head, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head == [column.header(lang) for column in COLUMNS]
    names = [column.name for column in COLUMNS]
    assert first[names.index("address")] == "=1+1"
    assert sheet.cell(2, names.index("address") + 1).data_type == "s"
    entered = dict(zip(names, second, strict=True))
    assert {name: entered[name] for name in ENTRIES if entered[name]} == {
        "by": "张三", "note": "问过",
    }  # fmt: skip
    assert sheet.row_dimensions[3].height > sheet.row_dimensions[2].height


def test_the_choices_of_a_row_are_found_by_its_number(tmp_path: Path) -> None:
    """So that they go along when rows are sorted; the datums are those of the code table."""
    path = mend_workbook(tmp_path / "a.xlsx", rows=ROWS, notes=[])
    book = openpyxl.load_workbook(path)
    hidden = [[cell.value for cell in row] for row in book["选项"].iter_rows()]
    assert hidden[2][:3] == [2, "乙（2）", "丙（3）"]
    assert hidden[0][1:3] == ["WGS84", "CGCS2000"]
    rules = {str(r.sqref): r.formula1 for r in book["待修正"].data_validations.dataValidation}
    assert "MATCH($A2," in rules["J2:J3"]
    assert max(map(len, rules.values())) <= 255  # Excel takes no longer one


def test_one_table_needs_no_column_of_tables(tmp_path: Path) -> None:
    """Where all rows come from one file its name is not repeated."""
    path = mend_workbook(tmp_path / "a.xlsx", rows=ROWS[1:], notes=[])
    head = [cell.value for cell in openpyxl.load_workbook(path)["待修正"][1]]
    assert "台账" not in head


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """No clock and no order of sets gets in."""
    one, two = (mend_workbook(tmp_path / n, rows=ROWS, notes=["x"]) for n in ("a.xlsx", "b.xlsx"))
    assert one.read_bytes() == two.read_bytes()
