"""Places that are doubtful come out as a workbook, are put right there, and come back for good."""

from __future__ import annotations

import csv
import datetime as dt
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.crs import distance_m, gcj02_from_wgs84
from layers.ledgers import CORRECTIONS_NAME, read_ledgers
from xunge.china import gazetteer
from xunge.place_ledger import Entry, added, append, read_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Run

    Cells = dict[str, Any]

KUANGJIA, MATIAN = "431023101217", "431023101"
POINT = (112.87, 26.12)
TABLE = (
    ("企业名称", "地址"),
    ("甲厂", "永兴县马田镇邝家村三组"),
    ("乙厂", "城关镇"),
    ("丙厂", "城关镇"),
    ("丁厂", ""),
    ("戊厂", "永兴县某某镇1号"),
)


@pytest.fixture
def run(run: Run) -> Run:
    """Give a function that runs ``xunge geocode``."""
    return partial(run, "geocode")


@pytest.fixture
def table(tmp_path: Path, run: Run) -> Path:
    """Give a table that was placed once, its workbook beside it."""
    return _placed(tmp_path, TABLE, run)


def _placed(folder: Path, rows: tuple[tuple[object, ...], ...], run: Run, *more: str) -> Path:
    path = folder / "名单.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert run(path, "--address", "地址", *more)[0] == 0
    return path


def _entries(path: Path) -> list[Entry]:
    return read_ledger(path, gazetteer=gazetteer())


def _book(table: Path) -> Path:
    return table.with_name("名单_待修正.xlsx")


def _result(table: Path) -> dict[str, dict[str, str]]:
    with table.with_name("名单_定位.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["企业名称"]: row for row in csv.DictReader(file)}


def _fill(path: Path, entries: dict[str, Cells]) -> None:
    """Enter *entries* (name to column to value) and save, as a spreadsheet program would."""
    book = openpyxl.load_workbook(path)
    sheet: Any = book["待修正"]
    place = {str(cell.value): cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for header, value in entries.get(_named(sheet, row, place), {}).items():
            sheet.cell(row, place[header]).value = value
    book.save(path)


def _named(sheet: Any, row: int, place: dict[str, int]) -> str:  # noqa: ANN401
    return str(sheet.cell(row, place["名称"]).value or "")


def _lines(path: Path) -> list[Cells]:
    sheet = openpyxl.load_workbook(path)["待修正"]
    head, *rows = ([cell.value for cell in line] for line in sheet.iter_rows())
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_the_workbook_says_what_is_doubtful_and_offers_what_it_may_be(table: Path) -> None:
    """One line for rows that say the same; reasons in words; choices end with their codes."""
    first, second, third = _lines(_book(table))
    assert (first["行号"], first["台账地址"]) == ("3、4", "城关镇")
    assert "几种读法" in first["存疑原因"]
    assert (second["名称"], second["台账地址"]) == ("丁厂", None)
    assert third["目前理解为"] == "湖南省郴州市永兴县（431023）"
    choices = openpyxl.load_workbook(_book(table))["选项"]
    assert str(choices["B2"].value).endswith("）")
    assert choices["B4"].value == "湖南省郴州市永兴县（431023）"
    assert choices.sheet_state == "hidden"
    rules = openpyxl.load_workbook(_book(table))["待修正"].data_validations.dataValidation
    assert any("OFFSET" in str(rule.formula1) for rule in rules)


def test_what_was_put_right_holds_now_and_next_time(table: Path, run: Run) -> None:
    """An address, a choice and a point come back; the ledger says who, when and what."""
    x, y = gcj02_from_wgs84([POINT[0]], [POINT[1]])
    _fill(
        _book(table),
        {
            "乙厂 等 2 家": {"正确地址或代码": "永兴县马田镇", "修正人": "张三"},
            "丁厂": {"经度": float(x[0]), "纬度": float(y[0]), "坐标系": "GCJ02"},
            "戊厂": {"选择读法": "湖南省郴州市永兴县（431023）", "备注": "问过"},
        },
    )
    code, out, _ = run(table, "--address", "地址", "--mended", _book(table), "--json")
    assert code == 0
    facts = json.loads(out)
    assert (facts["corrections_new"], facts["mend_lines"], facts["mend"]) == (3, 0, "")
    for _ in range(2):
        rows = _result(table)
        assert [rows[name]["code"] for name in ("乙厂", "丙厂")] == [MATIAN] * 2
        assert rows["戊厂"]["code"] == "431023"
        assert {rows[name]["confidence"] for name in rows} == {"high"}
        off = distance_m([float(rows["丁厂"]["lon"])], [float(rows["丁厂"]["lat"])], *POINT)
        assert float(off[0]) < 0.1
        assert run(table, "--address", "地址")[0] == 0  # without the workbook
    entries = _entries(table.with_name(CORRECTIONS_NAME))
    assert [(e.by, e.name, e.correction.place) for e in entries] == [
        ("张三", "", "永兴县马田镇"), ("", "丁厂", ""), ("", "", "431023"),
    ]  # fmt: skip
    assert all(e.on == dt.datetime.now(tz=dt.UTC).astimezone().date() for e in entries)


def test_a_point_for_rows_without_coordinates_holds_for_their_names(table: Path, run: Run) -> None:
    """Whoever moves two firms to a point does not move every firm that ever has the address."""
    point = {"经度": POINT[0], "纬度": POINT[1], "坐标系": "WGS84"}
    _fill(_book(table), {"乙厂 等 2 家": point})
    assert run(table, "--address", "地址", "--mended", _book(table))[0] == 0
    entries = _entries(table.with_name(CORRECTIONS_NAME))
    assert [entry.name for entry in entries] == ["乙厂", "丙厂"]
    assert _result(table)["丙厂"]["level"] == "coordinate"


def test_rows_may_be_sorted_and_deleted_and_columns_moved(table: Path, run: Run) -> None:
    """A row is known by its mark, not by where it stands."""
    path = _book(table)
    _fill(path, {"戊厂": {"正确地址或代码": MATIAN}, "乙厂 等 2 家": {"正确地址或代码": KUANGJIA}})
    book = openpyxl.load_workbook(path)
    sheet = book["待修正"]
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    sheet.delete_rows(1, sheet.max_row)
    for row in [rows[0], rows[3], rows[1]]:  # the second is deleted, the others exchanged
        sheet.append(row[::-1])
    sheet.title = "改过"
    book.save(path)
    assert run(table, "--address", "地址", "--mended", path)[0] == 0
    found = _result(table)
    assert (found["戊厂"]["code"], found["丙厂"]["code"]) == (MATIAN, KUANGJIA)
    assert [line["名称"] for line in _lines(path)] == ["丁厂"]


def test_an_address_typed_over_is_taken_as_the_right_one(table: Path, run: Run) -> None:
    """People mend where they read; the row is still known by its mark."""
    _fill(_book(table), {"戊厂": {"台账地址": "永兴县马田镇邝家村"}})
    assert run(table, "--address", "地址", "--mended", _book(table))[0] == 0
    assert _result(table)["戊厂"]["code"] == KUANGJIA
    (entry,) = _entries(table.with_name(CORRECTIONS_NAME))
    assert entry.address == "永兴县某某镇1号"


def test_rows_without_a_mark_are_known_by_what_they_say(table: Path, run: Run) -> None:
    """Only where the written address is changed as well, nobody can tell what is meant."""
    _fill(_book(table), {"戊厂": {"行标识（勿改）": None, "正确地址或代码": MATIAN}})
    assert run(table, "--address", "地址", "--mended", _book(table))[0] == 0
    assert _result(table)["戊厂"]["code"] == MATIAN


WRONG: tuple[tuple[Cells, str, str], ...] = (
    ({"选择读法": "随便"}, "选择读法", "不是可选的读法"),
    ({"选择读法": "某省某县（431023）"}, "选择读法", "不是可选的读法"),
    ({"正确地址或代码": "999999"}, "正确地址或代码", "没有代码"),
    ({"正确地址或代码": "某处"}, "正确地址或代码", "读不懂"),
    ({"正确地址或代码": "城关镇"}, "正确地址或代码", "几种读法"),
    ({"正确地址或代码": "湖南省长沙市永兴县马田镇"}, "正确地址或代码", "只能猜成"),
    ({"经度": 113.1, "纬度": 26.1}, "坐标系", "没有填坐标系"),
    ({"经度": 113.1, "坐标系": "GCJ02"}, "经度", "纬度"),
    ({"坐标系": "GCJ02"}, "经度", "没有填经度"),
    ({"经度": "东边", "纬度": 26.1, "坐标系": "GCJ02"}, "经度", "东边"),
    ({"经度": 13.1, "纬度": 52.1, "坐标系": "WGS84"}, "经度", "不在中国"),
    ({"选择读法": "湖南省郴州市永兴县（431023）", "正确地址或代码": MATIAN},
     "正确地址或代码", "两种答案"),
    ({"行标识（勿改）": "0123456789ab", "台账地址": "别处", "正确地址或代码": MATIAN},
     "台账地址", "认不出"),
)  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "said"), WRONG)
def test_one_wrong_cell_refuses_all(
    table: Path, run: Run, cells: Cells, column: str, said: str
) -> None:
    """File, row and column are told; neither a result nor the ledger is written."""
    _fill(_book(table), {"乙厂 等 2 家": {"正确地址或代码": MATIAN}, "戊厂": cells})
    before = {path.name: path.read_bytes() for path in table.parent.iterdir()}
    code, out, err = run(table, "--address", "地址", "--mended", _book(table))
    assert (code, out) == (1, "")
    line = next(line for line in err.splitlines() if "名单_待修正.xlsx" in line)
    assert " · 4 · " in line
    assert column in line
    assert said in line
    assert {path.name: path.read_bytes() for path in table.parent.iterdir()} == before


def test_an_address_that_leaves_out_the_county_is_kept_with_it(tmp_path: Path, run: Run) -> None:
    """What was put right with a home holds without it, too."""
    table = _placed(tmp_path, TABLE, run, "--county", "永兴县")
    _fill(_book(table), {"戊厂": {"正确地址或代码": "樟树镇"}})
    named = ("--address", "地址", "--county", "永兴县", "--mended", _book(table))
    assert run(table, *named)[0] == 0
    (entry,) = _entries(table.with_name(CORRECTIONS_NAME))
    assert entry.place == "湖南省郴州市永兴县樟树镇"
    assert run(table, "--address", "地址")[0] == 0
    assert _result(table)["戊厂"]["code"] == "431023113"


def test_codes_stand_behind_names_in_the_ledger(table: Path, run: Run) -> None:
    """A bare code of 12 digits would not survive being saved by Excel as a CSV file."""
    _fill(_book(table), {"戊厂": {"正确地址或代码": f"{KUANGJIA}"}})
    assert run(table, "--address", "地址", "--mended", _book(table))[0] == 0
    (entry,) = _entries(table.with_name(CORRECTIONS_NAME))
    assert entry.place == f"湖南省郴州市永兴县马田镇邝家村（{KUANGJIA}）"
    assert entry.correction.place == KUANGJIA


def test_the_same_workbook_twice_adds_nothing(table: Path, run: Run) -> None:
    """What is known already is not written again."""
    _fill(_book(table), {"戊厂": {"正确地址或代码": MATIAN}})
    filled = table.with_name("改好.xlsx")
    filled.write_bytes(_book(table).read_bytes())
    for _ in range(2):
        assert run(table, "--address", "地址", "--mended", filled)[0] == 0
    assert len(_entries(table.with_name(CORRECTIONS_NAME))) == 1


def test_of_two_corrections_the_later_one_holds_and_says_so(table: Path, run: Run) -> None:
    """The ledger keeps both; the second names the line that it replaces."""
    filled = table.with_name("改好.xlsx")
    filled.write_bytes(_book(table).read_bytes())
    for place in (MATIAN, KUANGJIA):
        _fill(filled, {"戊厂": {"正确地址或代码": place}})
        code, out, _ = run(table, "--address", "地址", "--mended", filled)
        assert code == 0
    assert "第 1 条不同" in out
    assert _result(table)["戊厂"]["code"] == KUANGJIA
    entries = _entries(table.with_name(CORRECTIONS_NAME))
    assert [(e.correction.place, e.replaces) for e in entries] == [(MATIAN, ""), (KUANGJIA, "1")]


def test_notes_without_an_answer_are_kept(table: Path, run: Run) -> None:
    """What somebody noted while asking around stands in the next workbook."""
    _fill(_book(table), {"丁厂": {"备注": "周三再问"}, "戊厂": {"正确地址或代码": MATIAN}})
    assert run(table, "--address", "地址", "--mended", _book(table))[0] == 0
    assert {line["名称"]: line["备注"] for line in _lines(_book(table))}["丁厂"] == "周三再问"


def test_a_coordinate_that_its_address_denies_can_be_confirmed(tmp_path: Path, run: Run) -> None:
    """The written coordinate is one of the choices, for that row alone."""
    rows = (
        ("企业名称", "地址", "经度", "纬度"),
        ("甲", "永兴县马田镇邝家村", 113.11, 26.13),
        ("乙", "永兴县马田镇邝家村", 112.87, 26.11),
    )
    named = ("--lon", "经度", "--lat", "纬度", "--datum", "wgs84")
    table = _placed(tmp_path, rows, run, *named)
    (line,) = _lines(_book(table))
    assert (line["名称"], line["台账坐标"]) == ("甲", "113.11, 26.13")
    _fill(_book(table), {"甲": {"选择读法": "按台账坐标 113.110000, 26.130000"}})
    assert run(table, "--address", "地址", *named, "--mended", _book(table))[0] == 0
    found = _result(table)
    assert (found["甲"]["level"], found["甲"]["lon"]) == ("coordinate", "113.11")
    assert found["乙"]["lon"] == "112.87"


def test_an_english_workbook_is_read_back(tmp_path: Path, run: Run) -> None:
    """Headers, choices and datums in English."""
    table = _placed(tmp_path, TABLE, run, "--lang", "en")
    book = openpyxl.load_workbook(_book(table))
    sheet: Any = book["To mend"]
    place = {str(cell.value): cell.column for cell in sheet[1]}
    sheet.cell(2, place["Right address or code"]).value = MATIAN
    for header, value in (("Longitude", "113°06′00″"), ("Latitude", 26.1), ("Datum", "WGS-84")):
        sheet.cell(3, place[header]).value = value
    book.save(_book(table))
    assert run(table, "--address", "地址", "--lang", "en", "--mended", _book(table))[0] == 0
    found = _result(table)
    assert (found["丙厂"]["code"], found["丁厂"]["lon"]) == (MATIAN, "113.1")


def test_a_reading_that_was_confirmed_is_not_asked_about_again(tmp_path: Path, run: Run) -> None:
    """Who chooses the address where the coordinate denies it has decided."""
    rows = (("企业名称", "地址", "经度", "纬度"), ("甲", "永兴县马田镇邝家村", 113.11, 26.13))
    named = ("--lon", "经度", "--lat", "纬度", "--datum", "wgs84")
    table = _placed(tmp_path, rows, run, *named)
    (line,) = _lines(_book(table))
    _fill(_book(table), {"甲": {"选择读法": line["目前理解为"]}})
    assert run(table, "--address", "地址", *named, "--mended", _book(table))[0] == 0
    assert not _book(table).exists()
    assert _result(table)["甲"]["level"] == "village"


def test_a_ledger_with_a_wrong_line_is_told(table: Path, run: Run) -> None:
    """A line that somebody added by hand is checked like any other."""
    ledger = table.with_name(CORRECTIONS_NAME)
    ledger.write_text("更正日期,台账地址,经度,纬度\n2026-11-20,城关镇,113.1,26.1\n", "utf-8")
    code, _, err = run(table, "--address", "地址")
    assert code == 1
    assert f"{CORRECTIONS_NAME} · 2 · 坐标系" in err


def test_lines_are_added_behind_those_that_are_there(tmp_path: Path) -> None:
    """Columns that somebody added or moved stay, in whatever encoding the file was saved."""
    path = tmp_path / CORRECTIONS_NAME
    text = "经办科室,台账地址,更正日期,正确地址或代码\r\n执法科,甲村,2026-11-20,431023\r\n"
    path.write_bytes(text.encode("gb18030"))
    known = _entries(path)
    new = added(known, [Entry(on=dt.date(2026, 11, 23), address="乙村", place=MATIAN)])
    append(path, new)
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines == [*text.split("\r\n")[:2], f",乙村,2026-11-23,{MATIAN}"]
    assert [entry.place for entry in _entries(path)] == ["431023", MATIAN]


def test_none_of_it_is_taken_for_a_ledger(table: Path) -> None:
    """Neither the corrections nor the workbook beside a table is a register of the bureau."""
    append(table.with_name(CORRECTIONS_NAME), [Entry(on=dt.date(2026, 11, 23), address="甲村")])
    found = read_ledgers(table.parent)
    assert found.unread == ("名单.csv", "名单_定位.csv")
    codes = {problem.file: problem.code for problem in found.problems}
    assert codes["名单_定位.csv"] == "placed_table"  # else its firms would all be there twice
