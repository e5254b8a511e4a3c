"""The workbooks of a week."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from layers.codes import TABLES
from layers.schema import SITES
from maps import book_rows, due_book
from maps import workbooks as books
from maps.excel import Book

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 11, 23)
MIDNIGHT = dt.datetime(2026, 11, 23)  # noqa: DTZ001 - what Excel knows


def plan_row(**changes: Any) -> books.PlanRow:
    """Return a planned stop."""
    facts: dict[str, Any] = {
        "date": DAY, "team": "一组", "vehicle": "湘L0E217", "crew": "张伟、李娜", "order": 1,
        "arrive": 32_400, "leave": 36_000, "visit": "V1", "object": "E1", "name": "某厂",
        "kind": "reinspection", "due": DAY - dt.timedelta(1), "why": "联系13912341111",
    }  # fmt: skip
    return books.PlanRow(**{**facts, **changes})


def write_plan(path: Path, *rows: books.PlanRow) -> Path:
    """Write the plan of *rows*."""
    team = books.TeamRow(
        date=DAY, team="一组", vehicle="湘L0E217", crew="张伟", visits=1, metres=47_300,
        driving=5_400, depart=30_000, back=60_000,
    )  # fmt: skip
    left = books.LeftRow(
        visit="V9", object="E9", name="乙厂", kind="joint", reason="没有小组", relief="加人"
    )
    return books.plan_workbook(path, plan=rows, teams=[team], left=[left], today=DAY)


def test_the_plan_has_its_four_sheets(tmp_path: Path) -> None:
    """Plan, team-days, what was left out and notes, each with a frozen header and a filter."""
    book = openpyxl.load_workbook(write_plan(tmp_path / "plan.xlsx", plan_row()))
    assert book.sheetnames == ["周计划", "小组汇总", "未安排", "说明"]
    for name in book.sheetnames[:3]:
        assert book[name].freeze_panes == "A2"
        assert book[name].auto_filter.ref
        assert book[name].page_setup.orientation == "landscape"
    assert book["未安排"]["D2"].value == "联合执法"


def test_dates_and_times_are_real_ones(tmp_path: Path) -> None:
    """Excel can sort and filter them."""
    page = openpyxl.load_workbook(write_plan(tmp_path / "plan.xlsx", plan_row()))["周计划"]
    cells = {page.cell(1, c.column).value: c.value for c in page[2]}
    assert cells["日期"] == MIDNIGHT
    assert cells["星期"] == "周一"
    assert cells["到达"] == dt.time(9, 0)
    assert cells["检查方式"] == "复查"
    assert cells["期限"] == MIDNIGHT - dt.timedelta(1)


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1", "@sum", "http://x.cn", "{=1}"]
)
def test_text_never_becomes_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    """A name that begins like a formula stays the text it is."""
    row = plan_row(name=text, object=text, address=text)
    page = openpyxl.load_workbook(write_plan(tmp_path / "plan.xlsx", row))["周计划"]
    found = [cell for cell in page[2] if cell.value == text]
    assert len(found) == 3
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in found)


def test_phones_are_masked(tmp_path: Path) -> None:
    """Free text loses the middle of telephone numbers, object ids do not."""
    row = plan_row(object="13912340000")
    page = openpyxl.load_workbook(write_plan(tmp_path / "plan.xlsx", row))["周计划"]
    values = [cell.value for cell in page[2]]
    assert "联系139****1111" in values
    assert "13912340000" in values


def test_rows_are_in_the_order_of_the_week(tmp_path: Path) -> None:
    """Rows are sorted by day, team and order, however they come."""
    rows = [
        plan_row(visit="V3", date=DAY + dt.timedelta(1)),
        plan_row(visit="V2", order=2),
        plan_row(),
    ]
    page = openpyxl.load_workbook(write_plan(tmp_path / "plan.xlsx", *rows))["周计划"]
    assert [page.cell(r, 9).value for r in (2, 3, 4)] == ["V1", "V2", "V3"]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """Files carry a fixed date inside and out."""
    first = write_plan(tmp_path / "a.xlsx", plan_row()).read_bytes()
    assert write_plan(tmp_path / "b.xlsx", plan_row()).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "2020-01-01T00:00:00Z" in archive.read("docProps/core.xml").decode()


def test_an_empty_week_is_a_readable_file(tmp_path: Path) -> None:
    """No visits, nothing left, nothing due: headers only."""
    books.plan_workbook(tmp_path / "p.xlsx", plan=[], teams=[], left=[], today=DAY)
    due_book.due_workbook(tmp_path / "d.xlsx", due=[], today=DAY)
    books.results_workbook(tmp_path / "r.xlsx", rows=[])
    for name in ("p", "d", "r"):
        assert openpyxl.load_workbook(tmp_path / f"{name}.xlsx").worksheets[0].max_row == 1


def due_row(**changes: Any) -> book_rows.DueRow:
    """Return a due item."""
    facts: dict[str, Any] = {
        "object": "E1", "name": "某厂", "kind": "revisit", "base": DAY - dt.timedelta(60),
        "due": DAY, "reasons": "关闭后 30 天",
    }  # fmt: skip
    return book_rows.DueRow(**{**facts, **changes})


def test_due_items_begin_with_the_longest_overdue(tmp_path: Path) -> None:
    """The longest overdue comes first; what is not overdue has no days."""
    rows = [
        due_row(object="C", due=DAY + dt.timedelta(3)),
        due_row(object="B"),
        due_row(object="A", due=DAY, overdue_days=12, planned_on=DAY, team="一组"),
    ]
    page = openpyxl.load_workbook(
        due_book.due_workbook(tmp_path / "due.xlsx", due=rows, today=DAY)
    )["到期事项"]
    table = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert [row[0] for row in table] == ["A", "B", "C"]
    assert [row[5] for row in table] == [12, None, None]
    assert table[0][7:] == [MIDNIGHT, "一组"]
    assert page["F2"].font.color.rgb == "FFB2182B"


@pytest.mark.parametrize(("lang", "sheet"), [("zh", "频次冲突"), ("en", "Conflicts")])
def test_conflicts_have_a_sheet_where_there_are_any(tmp_path: Path, lang: str, sheet: str) -> None:
    """Where a minimum and a cap cannot both be kept a sheet says so, with both sources."""
    row = book_rows.ConflictRow(
        object="E1", name="某厂", rule="失信：每年至少 4 次", rule_source="甲规定（未核实）",
        needed=3, cap=2, made=1, left=1, cap_source="乙规定", what="待定",
    )  # fmt: skip
    file = tmp_path / "due.xlsx"
    due_book.due_workbook(file, due=[due_row()], today=DAY, conflicts=[row], lang=lang)
    page = openpyxl.load_workbook(file)[sheet]
    assert [cell.value for cell in page[2]] == [
        "E1", "某厂", "失信：每年至少 4 次", "甲规定（未核实）", 3, 2, 1, 1, "乙规定", "待定",
    ]  # fmt: skip
    due_book.due_workbook(file, due=[due_row()], today=DAY, lang=lang)
    assert sheet not in openpyxl.load_workbook(file).sheetnames


def test_the_template_is_prefilled_and_asks_for_the_rest(tmp_path: Path) -> None:
    """Headers are the constants; ids are filled in; results are chosen from the code tables."""
    row = books.ResultRow(
        visit="V1", date=DAY, team="一组", object="E1", name="某厂", kind="reinspection"
    )
    book = openpyxl.load_workbook(books.results_workbook(tmp_path / "r.xlsx", rows=[row]))
    page = book[books.RESULTS_SHEET]
    assert [cell.value for cell in page[1]] == list(books.RESULT_HEADERS.values())
    assert [cell.value for cell in page[2]][:6] == ["V1", MIDNIGHT, "一组", "E1", "某厂", "复查"]
    assert all(cell.value is None for cell in page[2][6:])
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    names = list(books.RESULT_HEADERS)
    result = rules[f"{openpyxl.utils.get_column_letter(names.index('result') + 1)}2"]
    sheet, cells = result.formula1.replace("'", "").split("!")
    choices = [row[0].value for row in book[sheet][cells.replace("$", "")]]
    assert choices == [code.title for code in TABLES["visit_result"].rows]
    assert book[books.OPTIONS_SHEET].sheet_state == "hidden"


def test_new_sites_have_the_headers_of_the_register(tmp_path: Path) -> None:
    """The sheet of new sites reads as the register of sites, and its rows are empty."""
    book = openpyxl.load_workbook(books.results_workbook(tmp_path / "r.xlsx", rows=[]))
    page = book[books.SITES_SHEET]
    assert [cell.value for cell in page[1]] == [column.title for column in SITES]
    assert all(cell.value is None for row in page.iter_rows(min_row=2) for cell in row)
    kinds = {rule.type for rule in page.data_validations.dataValidation}
    assert kinds == {"list", "date"}


def test_choices_are_titles_that_the_code_tables_read() -> None:
    """Whatever is chosen in a drop-down is read back as a code."""
    for name in ("visit_result", "review_outcome", "behaviour", "industry", "site_status"):
        table = TABLES[name]
        assert [table.read(row.title) for row in table.rows] == list(table.codes)


def test_an_english_bureau_gets_english_books(tmp_path: Path) -> None:
    """Sheets, headers, titles and choices are in the language asked for, in the same order."""
    left = books.LeftRow(visit="V9", object="E9", name="B", kind="joint", reason="no crew")
    plan = tmp_path / "plan.xlsx"
    books.plan_workbook(plan, plan=[plan_row()], teams=[], left=[left], today=DAY, lang="en")
    book = openpyxl.load_workbook(plan)
    assert book.sheetnames == ["Plan", "Teams", "Left out", "Notes"]
    titles, stop = book["Plan"][1], book["Plan"][2]
    cells = {title.value: cell.value for title, cell in zip(titles, stop, strict=True)}
    assert cells["Day"] == "Mon"
    assert cells["Kind of visit"] == "Re-inspection"
    assert book["Left out"]["D2"].value == "Joint enforcement"
    rows = [books.ResultRow(visit="V1", date=DAY, team="1", object="E1", name="A", kind="random")]
    books.results_workbook(tmp_path / "results.xlsx", rows=rows, lang="en")
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    assert book.sheetnames == ["Results", "New illegal sites", "Notes", "Choices"]
    headers = [cell.value for cell in book["Results"][1]]
    assert headers == list(books.RESULT_HEADERS_EN.values())
    choices = [cell.value for cell in book["Choices"]["C"] if cell.value]
    assert choices == list(TABLES["visit_result"].titles(lang="en"))


def test_every_sheet_has_an_english_name() -> None:
    """A name in one language means one sheet in the other; headers are unique in both."""
    names = [
        books.PLAN_SHEET, books.TEAMS_SHEET, books.LEFT_SHEET, books.DUE_SHEET,
        books.RESULTS_SHEET, books.SITES_SHEET, books.NOTES_SHEET, books.OPTIONS_SHEET,
    ]  # fmt: skip
    english = [books.sheet_name(name, lang="en") for name in names]
    assert len(set(english)) == len(names)
    assert [books.sheet_name(name, lang="zh") for name in names] == names
    headers = books.RESULT_HEADERS_EN
    assert list(headers) == list(books.RESULT_HEADERS)
    assert len(set(headers.values())) == len(headers)


def test_duties_and_rounds_have_sheets_of_their_own(tmp_path: Path) -> None:
    """The longest overdue first; without any there is no sheet."""
    duty = book_rows.DutyRow(
        id="weekly_report:2026-W46", kind="周报", name="2026-W46", area="", base=DAY, due=DAY,
        reasons="每周一", overdue_days=3,
    )  # fmt: skip
    late = replace(duty, id="weekly_report:2026-W45", name="2026-W45", overdue_days=10)
    file = due_book.due_workbook(tmp_path / "d.xlsx", due=[], today=DAY, duties=[duty, late])
    book = openpyxl.load_workbook(file)
    assert "村镇排查" not in book.sheetnames
    names = [row[1] for row in book["机关事项"].iter_rows(min_row=2, values_only=True)]
    assert [name for name in names if str(name).startswith("2026")] == ["2026-W45", "2026-W46"]


def test_long_notes_show_all_their_lines(tmp_path: Path) -> None:
    """A sentence that is wider than the page of notes has a row as high as its lines."""
    with Book(tmp_path / "notes.xlsx", title="notes") as book:
        book.notes("说明", ["短", "长" * 60, "long " * 50])
    page = openpyxl.load_workbook(tmp_path / "notes.xlsx")["说明"]
    short, wide, long = (page.row_dimensions[row].height for row in (1, 2, 3))
    assert short < wide < long
