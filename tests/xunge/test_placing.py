"""Doubtful places of a county are put right in one workbook and stay right, week after week."""

from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from geo.crs import distance_m
from layers.ledgers import CORRECTIONS_NAME, PLACES_NAME
from xunge import intake
from xunge.china import gazetteer
from xunge.demo import write_county
from xunge.place_ledger import MendingRefusedError, read_ledger
from xunge.placing import PLACED
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xunge.intake import Intake

SUNDAY = dt.date(2026, 11, 22)
FIRM = "D-1"
POINT = (113.105, 26.135)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Path]:
    """Give a small county with one firm that nobody can place, and close its database."""
    folder = tmp_path / "county"
    write_county(folder, enterprises=60)
    _firm(folder, "某处")
    yield folder
    database.close()


def _firm(folder: Path, address: str) -> None:
    with (folder / "企业新增.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("编号", "企业名称", "地址", "行业"),
                                    (FIRM, "迷路加工厂", address, "小作坊")])  # fmt: skip


def _take_in(folder: Path, day: dt.date = SUNDAY) -> Intake:
    opened = open_folder(folder)
    return intake.take_in(
        folder, day=day, settings=opened.settings, tables=opened.tables, mapping=None,
        strict=False, progress=lambda stage: None,
    )  # fmt: skip


def _place() -> dict[str, Any]:
    from xunge.web.ledger import frames

    return dict(frames.register("enterprises").set_index("id").loc[FIRM])


def _fill(folder: Path, **cells: object) -> None:
    book = openpyxl.load_workbook(folder / PLACES_NAME)
    sheet: Any = book["待修正"]
    place = {str(cell.value): cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, place["名称"]).value == "迷路加工厂":
            for header, value in cells.items():
                sheet.cell(row, place[header]).value = value
    book.save(folder / PLACES_NAME)


def test_what_was_put_right_holds_for_the_weeks_that_follow(county: Path) -> None:
    """The point is taken, goes on record, and outlives a changed ledger and a lost file."""
    first = _take_in(county)
    assert first.doubts >= 1
    assert _place()["placed_level"] == "county"
    _fill(county, 经度=POINT[0], 纬度=POINT[1], 坐标系="WGS84", 修正人="李四")
    second = _take_in(county, SUNDAY + dt.timedelta(7))
    assert (second.corrected, second.doubts) == (1, first.doubts - 1)
    assert distance_m([_place()["placed_lon"]], [_place()["placed_lat"]], *POINT)[0] < 1
    (entry,) = read_ledger(county / CORRECTIONS_NAME, gazetteer=gazetteer())
    assert (entry.by, entry.name, entry.on) == ("李四", "迷路加工厂", dt.date(2026, 11, 29))
    assert not _take_in(county, SUNDAY + dt.timedelta(7)).changed
    (county / CORRECTIONS_NAME).unlink()
    (county / "区域名录.csv").write_text(
        (county / "区域名录.csv").read_text("utf-8-sig") + "\n", "utf-8-sig"
    )
    _firm(county, " 某处 ")
    assert _take_in(county, SUNDAY + dt.timedelta(14)).corrected == 0
    assert _place()["placed_level"] == "coordinate"


def test_a_workbook_outlives_its_database(county: Path) -> None:
    """A row says by itself what it is about."""
    _take_in(county)
    _fill(county, 正确地址或代码="431023101")
    database.close()
    (county / "xunge.sqlite3").unlink()
    assert _take_in(county).corrected == 1
    assert _place()["town_code"] == "431023101"


def test_a_wrong_answer_stops_the_import_and_nothing_is_kept(county: Path) -> None:
    """File, row and column are told; workbook, ledger and database stay as they were."""
    _take_in(county)
    _fill(county, 经度=POINT[0], 纬度=POINT[1])
    before = (county / PLACES_NAME).read_bytes()
    _firm(county, "永兴县马田镇")
    with pytest.raises(MendingRefusedError) as refused:
        _take_in(county)
    (problem,) = refused.value.problems
    assert (problem.file, problem.column, problem.code) == (
        PLACES_NAME, "坐标系", "mend_needs_datum",
    )  # fmt: skip
    assert (county / PLACES_NAME).read_bytes() == before
    assert not (county / CORRECTIONS_NAME).exists()
    assert _place()["address"] == "某处"


def test_corrections_that_contradict_each_other_are_in_the_quality_report(county: Path) -> None:
    """The later line holds; the report names it and the one before."""
    _take_in(county)
    for place in ("431023101", "431023001"):
        with (county / CORRECTIONS_NAME).open("a", encoding="utf-8") as file:
            header = "" if place.endswith("001") else "更正日期,名称,台账地址,正确地址或代码\n"
            file.write(f"{header}2026-11-20,,某处,{place}\n")
    taken = _take_in(county)
    assert _place()["town_code"] == "431023001"
    said = [p["code"] for p in intake.quality(taken, _registers())["problems"]]
    assert "mend_replaced" in said


def test_how_silent_coordinates_were_read_is_in_the_quality_report(county: Path) -> None:
    """Table by table: how many rows state no datum, and as what they were read."""
    taken = _take_in(county)
    told = [p for p in intake.quality(taken, _registers())["problems"] if p["name"] == "datum"]
    silent = [p for p in told if p["code"] in ("table_datum_guessed", "table_datum_assumed")]
    assert silent
    assert all(p["file"] and p["detail"]["datum"] for p in silent)
    firms = _registers()["enterprises"]
    noted = firms["placed_notes"].map(
        lambda notes: bool({"datum_guessed", "datum_assumed"} & {*notes})
    )
    there = firms["placed_level"] == "coordinate"
    mine = [p["detail"]["count"] for p in silent if p["register"] == "enterprises"]
    assert sum(mine) == int((noted & there).sum())


def _registers() -> dict[str, Any]:
    from xunge.web.ledger import frames

    return {name: frames.register(name) for name in PLACED}
