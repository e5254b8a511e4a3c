"""``xunge geocode``: columns found or asked for, every row placed, the table left as it was."""

from __future__ import annotations

import csv
import json
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo.crs import bd09_from_wgs84, distance_m, gcj02_from_wgs84
from geo.gazetteer import Gazetteer
from geo.radius import radius_of
from layers.books import write_workbook
from xunge import geocoding
from xunge.geocoding import home_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Run

ADDED = [
    "lon", "lat", "level", "radius_m", "code", "civil_code", "confidence", "reason", "alternatives",
]  # fmt: skip
KUANGJIA = "431023101217"


@pytest.fixture
def run(run: Run) -> Run:
    """Give a function that runs ``xunge geocode``."""
    return partial(run, "geocode")


@cache
def _villages() -> list[tuple[str, float, float]]:
    """Return addresses of one county's villages and their points, those that are believed."""
    china = Gazetteer.load()
    return [
        (china.full_name(place.code) + "1号", place.lon, place.lat)
        for place in china.villages("431023")
        if place.lon is not None
        and place.lat is not None
        and radius_of(place.code) <= radius_of(place.code[:9])
    ][:120]


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _write(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_addresses_anywhere_are_placed_and_the_table_stays(tmp_path: Path, run: Run) -> None:
    """Every cell and row stays; what cannot be placed says why; no county has to be given."""
    table = [
        ["表一", "", ""],
        ["序号", "单位", "哪里"],
        ["001", "=1+1", "永兴县马田镇邝家村三组"],
        ["2", "乙", "湖南省长沙市岳麓区望城坡街道"],
        ["3", "丙", ""],
        ["4", "丁", "城关镇"],
    ]
    file = _write(tmp_path / "表.csv", [list(row) for row in table])
    code, out, _ = run(file, "--address", "哪里")
    assert code == 0
    assert "共 4 行" in out
    rows = _rows(tmp_path / "表_定位.csv")
    assert [row[:3] for row in rows] == table
    assert rows[1][3:] == ADDED
    first, second, third, fourth = rows[2:]
    assert (first[5], first[7], first[9]) == ("village", KUANGJIA, "high")
    assert (second[5], second[7][:6]) == ("town", "430104")
    assert third[3:6] == ["", "", "none"]
    assert "地址为空" in third[10]
    assert fourth[5] == "none"
    assert fourth[11].count("城关") > 1


def test_the_county_is_a_prior_and_no_blinker(tmp_path: Path, run: Run) -> None:
    """A village without its county lies in the given one; another county that is named counts."""
    file = _write(
        tmp_path / "a.csv", [["address"], ["马田镇邝家村"], ["湖南省长沙市岳麓区望城坡街道"]]
    )
    assert run(file, "--county", "永兴县", "--address", "address")[0] == 0
    rows = _rows(tmp_path / "a_定位.csv")
    assert rows[1][5] == KUANGJIA
    assert rows[2][5][:6] == "430104"


@pytest.mark.parametrize("headers", [True, False])
def test_columns_and_datum_are_found_by_their_values(
    tmp_path: Path, run: Run, *, headers: bool
) -> None:
    """BD-09 under meaningless headers, or under none, comes out as WGS-84."""
    villages = _villages()
    lon, lat = bd09_from_wgs84([v[1] for v in villages], [v[2] for v in villages])
    rows: list[list[object]] = [
        [k, round(float(y), 6), village[0], round(float(x), 6)]
        for k, (village, x, y) in enumerate(zip(villages, lon, lat, strict=True))
    ]
    head: list[object] = ["a1", "a2", "a3", "a4"]
    file = _write(tmp_path / "t.csv", [head, *rows] if headers else rows)
    code, out, _ = run(file, "--json")
    assert code == 0
    found = json.loads(out)
    names = head if headers else ["第1列", "第2列", "第3列", "第4列"]
    said = [found["columns"][key] for key in ("lat", "address", "lon", "datum")]
    assert said == [*names[1:], "bd09"]
    assert (found["rows"], found["levels"]["coordinate"]) == (120, 120)
    answer = pd.read_csv(tmp_path / "t_定位.csv")
    off = distance_m(answer["lon"], answer["lat"], [v[1] for v in villages],
                     [v[2] for v in villages])  # fmt: skip
    assert float(np.max(off)) < 1
    assert set(answer["confidence"]) == {"high"}


def test_what_a_row_states_of_its_datum_holds(tmp_path: Path, run: Run) -> None:
    """A column that mixes datums is read row by row where each row says which; nothing is asked."""
    villages = _villages()[:10]
    rows: list[list[object]] = [["地址", "经度", "纬度", "坐标系"]]
    for k, (text, x, y) in enumerate(villages):
        lon, lat = (bd09_from_wgs84, gcj02_from_wgs84)[k % 2]([x], [y])
        rows.append([text, float(lon[0]), float(lat[0]), ("百度", "GCJ-02")[k % 2]])
    file = _write(tmp_path / "t.csv", rows)
    named = ("--address", "地址", "--lon", "经度", "--lat", "纬度")
    assert run(file, *named)[0] == 0
    answer = pd.read_csv(tmp_path / "t_定位.csv")
    off = distance_m(answer["lon"], answer["lat"], [v[1] for v in villages],
                     [v[2] for v in villages])  # fmt: skip
    assert float(np.max(off)) < 1
    rows[3][3] = ""
    assert "--datum" in run(_write(file, rows), *named)[2]
    assert run(file, *named, "--datum", "bd09")[0] == 0


def test_a_coordinate_that_its_address_denies_is_doubtful(tmp_path: Path, run: Run) -> None:
    """The address wins, at low confidence, and the row says why."""
    rows: list[list[object]] = [[text, x, y] for text, x, y in _villages()]
    rows[7][1] = _villages()[7][1] + 0.4
    file = _write(tmp_path / "t.csv", [["地址", "GPS经度", "GPS纬度"], *rows])
    named = ("--lon", "GPS经度", "--lat", "GPS纬度", "--datum", "wgs84")
    assert run(file, *named)[0] == 0
    row = _rows(tmp_path / "t_定位.csv")[8]
    assert (row[5], row[9]) == ("village", "low")
    assert "坐标" in row[10]


def test_it_asks_and_writes_nothing(tmp_path: Path, run: Run) -> None:
    """Each question says which option answers it, in the language that was asked for."""
    rows: list[list[object]] = [["地址", "经度", "纬度"], *([*v] for v in _villages()[:5])]
    file = _write(tmp_path / "t.csv", rows)
    code, out, err = run(file)
    assert (code, out) == (1, "")
    assert "--lon" in err
    code, _, err = run(file, "--lang", "en", "--lon", "经度", "--lat", "纬度")
    assert code == 1
    assert "give it with --datum" in err
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert run(file, "--lon", "经度", "--lat", "纬度", "--datum", "wgs84")[0] == 0
    assert {row[5] for row in _rows(tmp_path / "t_定位.csv")[1:]} == {"coordinate"}


ODD: dict[str, bytes] = {
    "gb18030": "编号,住所\n1,永兴县马田镇邝家村\n".encode("gb18030"),
    "utf-8 with a mark": "编号,住所\n1,永兴县马田镇邝家村\n".encode("utf-8-sig"),
    "utf-16 without a mark": "编号,住所\r\n1,永兴县马田镇邝家村\r\n".encode("utf-16-le"),
    "tabs and commas": "编号\t住所\n1\t永兴县马田镇,邝家村,三组\n".encode(),
    "semicolons": "编号;住所\n1;永兴县马田镇邝家村\n".encode(),
    "one column with commas": "住所\n永兴县,马田镇,邝家村,1号\n永兴县马田镇邝家村\n".encode(),
    "old Mac lines": "编号,住所\r1,永兴县马田镇邝家村\r".encode(),
    "a damaged character": "编号,住所\n1,永兴县马田镇邝家村\n2,永兴县".encode() + b"\xe9\n",
    "rows of several widths": "编号,住所\n\n1,永兴县马田镇邝家村,x,y\n2\n".encode(),
    "a title and quotes": '附件一\n编号,住所\n"1","永兴县马田镇\n邝家村"\n'.encode(),
    "numbers for headers": "2024,住所\n1,永兴县马田镇邝家村\n".encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_odd_files_are_read(tmp_path: Path, run: Run, kind: str) -> None:
    """Whatever the encoding, the signs and the shape: the named column is placed."""
    file = tmp_path / "t.csv"
    file.write_bytes(ODD[kind])
    code, _, err = run(file, "--address", "住所")
    assert (code, err) == (0, "")
    rows = _rows(tmp_path / "t_定位.csv")
    head = next(row for row in rows if "住所" in row)
    found = next(row for row in rows if any("邝家村" in cell for cell in row))
    assert found[head.index("code")] == KUANGJIA


def test_codes_of_both_lists_are_given_and_understood(tmp_path: Path, run: Run) -> None:
    """神鼎山镇 has another code in either list; the column is read by what its addresses name."""
    towns = ("神鼎山镇", "长乐镇", "新市镇")
    for kind, codes in (
        ("civil", ("430681126000", "430681127000", "430681003000")),
        ("statistical", ("430681120", "430681110", "430681102")),
    ):
        rows: list[list[object]] = [["住所", "乡镇代码"]]
        rows += [[f"汨罗市{town}1号", code] for town, code in zip(towns, codes, strict=True)]
        rows += [["汨罗市某路2号", codes[0]]]
        file = _write(tmp_path / f"{kind}.csv", rows)
        code, out, _ = run(file, "--address", "住所")
        assert code == 0
        assert "乡镇代码" in out
        found = _rows(tmp_path / f"{kind}_定位.csv")[1:]
        given = [(row[6], row[7]) for row in (found[0], found[1], found[3])]
        assert given == [
            ("430681120", "430681126"), ("430681110", "430681127"), ("430681120", "430681126"),
        ]  # fmt: skip


def test_named_addresses_suffice(tmp_path: Path, run: Run) -> None:
    """Coordinates that nobody can be sure of are left out, and that is told; nothing is asked."""
    rows: list[list[object]] = [["地址", "经度", "纬度"], *([*v] for v in _villages()[:5])]
    file = _write(tmp_path / "t.csv", rows)
    code, out, _ = run(file, "--address", "地址")
    assert code == 0
    assert "--lon" in out
    assert {row[5] for row in _rows(tmp_path / "t_定位.csv")[1:]} == {"village"}


def test_long_tables_tell_how_far_they_are(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, part by part; the parts make one result."""
    monkeypatch.setattr(geocoding, "CHUNK", 50)
    rows: list[list[object]] = [["地址"]]
    rows += [[village[0]] for village in _villages()]
    file = _write(tmp_path / "t.csv", rows)
    code, _, err = run(file, "--address", "地址")
    assert code == 0
    assert [line for line in err.splitlines() if "120" in line][-1].count("120") == 2
    assert len(err.splitlines()) == 3
    assert {row[3] for row in _rows(tmp_path / "t_定位.csv")[1:]} == {"village"}


def test_a_result_from_before_is_kept(tmp_path: Path, run: Run) -> None:
    """What would be overwritten gets another name, and the name is told."""
    file = _write(tmp_path / "a.csv", [["address"], ["永兴县马田镇邝家村"]])
    assert run(file, "--address", "address")[0] == 0
    before = (tmp_path / "a_定位.csv").read_bytes()
    code, out, _ = run(file, "--address", "address")
    assert code == 0
    assert "a_定位.旧1.csv" in out
    assert (tmp_path / "a_定位.旧1.csv").read_bytes() == before


def test_a_workbook_comes_back_as_one_without_formulas(tmp_path: Path, run: Run) -> None:
    """The sheet is named where there are several; text like a formula stays text."""
    frame = pd.DataFrame({"lon": ["=1+1"], "住在": ["永兴县马田镇邝家村"]}, dtype=object)
    file = write_workbook(tmp_path / "b.xlsx", {"甲": frame, "乙": frame})
    assert "--sheet" in run(file)[2]
    assert run(file, "--sheet", "乙", "--address", "住在", "--lon", "-")[0] == 0
    sheet = openpyxl.load_workbook(tmp_path / "b_定位.xlsx").active
    assert sheet is not None
    head, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    assert head[:4] == ["lon", "住在", "placed_lon", "lat"]
    assert (row[0], row[6]) == ("=1+1", KUANGJIA)
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("county", "code"),
    [("", ""), ("431023", "431023"), ("431023000000", "431023"), ("4310", "4310"),
     ("431000", "4310"), ("永兴县", "431023"), ("福州市鼓楼区", "350102"), ("郴州市", "4310")],
)  # fmt: skip
def test_a_county_is_known_by_code_or_name(county: str, code: str) -> None:
    """Short and long codes, names with and without what they lie in."""
    assert home_of(county, gazetteer=Gazetteer.load()) == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--county", "永什么县"), "永什么县"),
        (("--county", "鼓楼区"), "350102"),
        (("--address", "住址"), "住址"),
        (("--lon", "地址"), "--lat"),
        (("--lon", "地址", "--lat", "名称"), "读不出"),
        (("-o", "x.txt"), "x.txt"),
        (("-o", "nowhere/x.csv"), "nowhere"),
        (("--sheet", "三"), "三"),
    ],
)
def test_a_wrong_option_is_named(
    tmp_path: Path, run: Run, words: tuple[str, ...], said: str
) -> None:
    """Refusals name what is wrong; nothing is written."""
    file = _write(tmp_path / "t.csv", [["名称", "地址"], ["甲", "永兴县马田镇邝家村"]])
    code, out, err = run(file, *words)
    assert (code, out) == (1, "")
    assert said in err
    assert len(list(tmp_path.iterdir())) == 1
