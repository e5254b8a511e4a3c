"""Task sheets in PDF."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pypdf
import pytest

from layers.codes import TABLES
from maps.backdrop import Backdrop
from maps.qr import navigation_uri
from maps.route_svg import route_svg
from maps.sheet_facts import Sheet, SheetError, SheetPerson, SheetStop
from maps.sheets import _Page, task_sheet

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 11, 23)


def stop(**changes: Any) -> SheetStop:
    """Return a stop of the small day."""
    facts: dict[str, Any] = {
        "visit": "2026-W48-V001", "object": "E1", "name": "鑫源机械制造有限公司", "kind": "random",
        "lon": 113.15, "lat": 26.15, "arrive": 32_400, "leave": 36_000, "industry": "machinery",
        "risk_grade": "major", "phone": "13912341111", "contact": "李四", "address": "便江街道1号",
    }  # fmt: skip
    return SheetStop(**{**facts, **changes})


def sheet(*stops: SheetStop, **changes: Any) -> Sheet:
    """Return the sheet of a small day."""
    facts: dict[str, Any] = {
        "number": "永应急执检〔2026〕第0417号", "date": DAY, "team": "执法一组",
        "crew": (SheetPerson(name="张伟", department="应急局", certificate="18100023001"),
                 SheetPerson(name="李娜", certificate="18100023002")),
        "experts": (SheetPerson(name="陈教授"),), "plate": "湘L0E217", "station": "执法一站",
        "station_lon": 113.11, "station_lat": 26.12, "stops": stops or (stop(),),
        "depart": 30_000, "back": 40_000, "metres": 47_300,
        "as_of": dt.date(2026, 11, 21),
    }  # fmt: skip
    return Sheet(**{**facts, **changes})


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page, blanks removed."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return ["".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def test_first_page_says_who_goes_where_and_when() -> None:
    """Number, date with weekday, team, leader, expert who assists, plate and totals are there."""
    first = pages(task_sheet(sheet()))[0]
    for words in (
        "永应急执检〔2026〕第0417号",
        "2026-11-23（周一）",
        "执法一组",
        "张伟（组长·应急局）",
        "陈教授（协助）",
        "湘L0E217",
        "47km",
        "数据截至2026-11-21",
    ):
        assert words in first


def test_every_stop_has_a_record_page() -> None:
    """Three stops make a task sheet and three record pages with names and certificate numbers."""
    records = pages(task_sheet(sheet(stop(), stop(name="第二家"), stop(name="第三家"))))
    assert len(records) == 4
    assert "第三家" in records[3]
    assert "现场检查记录" in records[1]
    assert "证号18100023001" in records[1]


def test_overdue_visits_say_by_how_many_days() -> None:
    """Days overdue are counted up to the day of the visit."""
    first = pages(task_sheet(sheet(stop(due=DAY - dt.timedelta(12)), stop(due=DAY))))[0]
    assert "▲逾期12天" in first
    assert "今日到期" in first


def test_phones_are_masked_everywhere() -> None:
    """Neither the phone column nor free text prints a number in full."""
    text = "".join(pages(task_sheet(sheet(stop(why=("联系13800001234",), contact="13700005678")))))
    assert "139****1111" in text
    for number in ("13912341111", "13800001234", "13700005678"):
        assert number not in text


@pytest.mark.parametrize(
    "name",
    ['#import "x": *', "*_$`~@<a>[b]#{panic()}", "]) #panic(1)", "\\u{41} // /* */", "䶮㛃龑𬒈"],
)
def test_names_are_printed_as_they_stand(name: str) -> None:
    """What looks like typst markup, or is a rare character, is printed literally."""
    texts = pages(task_sheet(sheet(stop(name=name, address=name), team=name, station=name)))
    wanted = "".join(name.split())
    assert wanted in texts[0]
    assert wanted in texts[1]


def test_the_same_sheet_gives_the_same_bytes() -> None:
    """Printing again changes nothing, another printing time does."""
    once = task_sheet(sheet())
    assert task_sheet(sheet()) == once
    later = dt.date(2026, 11, 22)
    assert task_sheet(sheet(as_of=later)) != once


def test_eight_stops_run_on_to_a_second_page_with_the_header() -> None:
    """A long table repeats its header and still has the place for signatures."""
    stops = [stop(name=f"第{n}家企业") for n in range(1, 9)]
    texts = pages(task_sheet(sheet(*stops)))
    assert len(texts) == 10
    assert "预计到达" in texts[0]
    assert "预计到达" in texts[1]
    assert "组长签字" in texts[1]


def test_up_to_seven_stops_fit_on_one_page() -> None:
    """Ordinary days need one sheet of paper before the records."""
    for count in (1, 4, 7):
        texts = pages(task_sheet(sheet(*[stop() for _ in range(count)])))
        assert len(texts) == 1 + count
        assert "组长签字" in texts[0]


def test_lunch_stands_between_the_stops_it_parts() -> None:
    """The break is a row of its own, left out where the team is back before it."""
    late = stop(name="下午那家", arrive=50_000, leave=52_000)
    first = pages(task_sheet(sheet(stop(), late, lunch=(43_200, 46_800), back=54_000)))[0]
    assert first.index("鑫源") < first.index("午间休息12:00–13:00") < first.index("下午那家")
    assert "午间休息" not in pages(task_sheet(sheet(lunch=(43_200, 46_800))))[0]


def test_estimated_places_are_marked() -> None:
    """A place known only by its village says how far off it may be."""
    assert "误差约1.5公里" in pages(task_sheet(sheet(stop(radius_m=1500))))[0]
    assert "误差约" not in pages(task_sheet(sheet(stop(radius_m=50))))[0]


def test_english_words_can_be_printed() -> None:
    """The printed words follow the language asked for."""
    assert "Safetyinspectiontasksheet" in pages(task_sheet(sheet(), lang="en"))[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stops": ()}, "sheet_without_stops"),
        ({"crew": (), "experts": ()}, "sheet_without_crew"),
        ({"colour": 'red"/>'}, "sheet_bad_colour"),
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(changes: dict[str, Any], code: str) -> None:
    """A sheet without stops or crew, or with a colour that is none, is an error with its number."""
    with pytest.raises(SheetError) as caught:
        task_sheet(replace(sheet(), **changes))
    assert caught.value.code == code
    assert caught.value.number == sheet().number


def test_every_code_of_the_treaty_can_be_printed() -> None:
    """All kinds of visit, industries and grades give a page without a code left untranslated."""
    page = _Page(sheet=sheet(), lang="zh", tables=TABLES, checks=None)
    for kind in TABLES["visit_kind"].codes:
        for industry in TABLES["industry"].codes:
            content = page._stop(1, stop(kind=kind, industry=industry))
            assert kind not in json.dumps(content["kind"])
            assert content["lines"]
            assert content["what"]


def test_printed_codes_are_read_by_a_phone(tmp_path: Path) -> None:
    """The codes on the printed page lead to the shifted places, at the resolution of a fax."""
    if not (shutil.which("pdftoppm") and shutil.which("zbarimg")):
        pytest.skip("pdftoppm and zbarimg (Debian: poppler-utils, zbar-tools) are not installed")
    stops = [stop(lon=113.0 + n / 50) for n in range(4)]
    path = tmp_path / "sheet.pdf"
    path.write_bytes(task_sheet(sheet(*stops)))
    run = {"check": True, "capture_output": True, "timeout": 120}
    image = tmp_path / "page"
    subprocess.run(["pdftoppm", "-r", "150", "-l", "1", "-singlefile", "-png", path, image], **run)
    read = subprocess.run(["zbarimg", "-q", "--raw", f"{image}.png"], **run)
    assert set(read.stdout.decode().split()) == {navigation_uri(s.lon, s.lat) for s in stops}


def test_a_meeting_stands_below_its_stop_and_on_the_record() -> None:
    """When and with whom a team meets is told on the first page and on the stop's own."""
    told = "会合 09:40，与2组（消防·湘L2）"
    first, record, other = pages(task_sheet(sheet(stop(meets=told), stop(visit="V2"))))
    assert told.replace(" ", "") in first
    assert told.replace(" ", "") in record
    assert "会合" not in other


def test_an_expert_on_his_own_way_leads_nobody() -> None:
    """His sheet names him as an expert who assists; there is no leader and no inspector."""
    found = pages(task_sheet(sheet(crew=())))
    assert "协助专家陈教授（协助）" in found[0]
    assert "组长·" not in found[0]
    assert "检查人员" not in found[0]
    assert "陈教授协助" in found[1]


def test_a_round_with_an_open_end_ends_at_its_last_stop() -> None:
    """The note says so, and nothing is drawn from there to the station."""
    assert "终点为最后一家" in pages(task_sheet(sheet(open_end=True)))[0]
    points = {"stops": [(113.2, 26.2)], "station": (113.1, 26.1), "backdrop": Backdrop()}
    assert 'stroke-dasharray="26 20"' in route_svg(**points)
    assert 'stroke-dasharray="26 20"' not in route_svg(**points, open_end=True)
