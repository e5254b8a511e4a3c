"""Former names: what earlier editions of the statistical list called today's places."""

from __future__ import annotations

import csv
import lzma
from typing import TYPE_CHECKING

from geo.forms import forms_of, village_forms
from geo.gazetteer import Gazetteer
from geo.history_build import Edition, Former, former_names, read_edition, write
from geo.names import Grade

if TYPE_CHECKING:
    from pathlib import Path


def _edition(names: dict[str, str], towns: dict[str, str]) -> Edition:
    """Make an edition; the villages of a town are called after one letter each."""
    stems = {
        town: {f"{town}{k:03d}": f"{letter}家" for k, letter in enumerate(letters, 201)}
        for town, letters in towns.items()
    }
    return Edition(names, stems)


THEN = _edition(
    {
        "431099": "东江县", "431099100": "东山镇", "431099101": "西山乡", "431099102": "北山乡",
        "431099103": "南山乡",
    },
    {
        "431099100": "赵钱孙李",
        "431099101": "周吴郑王",
        "431099102": "冯陈褚卫",
        "431099103": "蒋沈",
    },
)  # fmt: skip
NOW = _edition(
    {"431098": "东江市", "431098100": "东山街道", "431098102": "北山镇", "431098104": "新山镇"},
    {"431098100": "赵钱孙李周吴郑王", "431098102": "冯陈", "431098104": "褚卫蒋沈"},
)


def test_a_town_lives_on_where_its_villages_are() -> None:
    """A merged town is today's; one of the same name needs no alias; a split one has none."""
    found = {(line.form, line.code) for line in former_names([THEN], NOW)}
    assert ("西山乡", "431098100") in found
    assert ("西山", "431098100") in found
    assert not [form for form, code in found if form == "东山镇"]
    assert not [form for form, code in found if form == "北山乡"]
    assert ("南山乡", "431098104") in found  # of two villages both


def test_a_county_lives_on_under_a_new_code() -> None:
    """The former name of the county leads to today's; its stem is the same and is not listed."""
    lines = [line for line in former_names([THEN], NOW) if len(line.code) == 6]
    assert [(line.form, line.code) for line in lines] == [("东江县", "431098")]
    assert lines[0].grade == Grade.FORMER


def test_the_table_is_written_and_read(tmp_path: Path) -> None:
    """The table is CSV in xz; editions are read from the folders of the package."""
    out = tmp_path / "history.csv.xz"
    write([Former("西山乡", 2, "431098100", "431099101", 1.0)], out)
    lines = lzma.decompress(out.read_bytes()).decode().splitlines()
    assert list(csv.reader(lines))[1] == ["西山乡", "2", "431098100", "431099101", "1.0"]
    (tmp_path / "areas.csv").write_text("code,name\n431023,永兴县\n", encoding="utf-8")
    (tmp_path / "streets.csv").write_text("code,name\n431023101,马田镇\n", encoding="utf-8")
    (tmp_path / "villages.csv").write_text(
        "code,name\n431023101217,邝家村村委会\n", encoding="utf-8"
    )
    edition = read_edition(tmp_path)
    assert edition.names == {"431023": "永兴县", "431023101": "马田镇"}
    assert edition.stems == {"431023101": {"431023101217": "邝家"}}


NAMES = {
    "13": "河北省", "1302": "唐山市", "130227": "迁西县", "130227450": "河北迁西经济开发区",
    "65": "新疆维吾尔自治区", "6542": "塔城地区", "654203": "沙湾市", "654203511": "兵团一四三团",
    "43": "湖南省", "4310": "郴州市", "431023": "永兴县", "431023101": "马田镇",
}  # fmt: skip


def test_forms_of_places() -> None:
    """Name and stem; of zones the everyday names, a bare 经开区 only as a word for it."""
    assert dict(forms_of("431023101", NAMES)) == {"马田镇": Grade.NAME, "马田": Grade.STEM}
    zone = dict(forms_of("130227450", NAMES))
    assert zone["河北迁西经济开发区"] == Grade.NAME
    assert zone["迁西经开区"] == Grade.ZONE
    assert zone["经开区"] == zone["开发区"] == Grade.ZONE_WORD
    assert dict(forms_of("654203511", NAMES))["一四三团"] == Grade.NAME


def test_forms_of_villages() -> None:
    """Names of the levels above, brackets and 生活区 may be left out."""
    assert list(village_forms("431023101201", "永兴县马田镇甲家村委会", NAMES)) == ["甲家"]
    assert list(village_forms("654203511515", "十五连生活区", NAMES)) == ["十五连"]
    assert list(village_forms("431023101202", "乙家村村委会", NAMES)) == []


def test_the_shipped_forms_are_those_of_today() -> None:
    """The shipped gazetteer was built with these rules: a sample of its forms is made again."""
    china = Gazetteer.load()
    names = {place.code: place.name for place in china}
    places, sizes = china.tables["form_places"], china.tables["form_sizes"].astype(int)
    ends = sizes.cumsum()
    text = china.tables["forms"].tobytes().decode("utf-16-le")
    for k in range(0, len(sizes), 997):
        code, grade = str(china.tables["codes"][places[k]]), china.tables["form_grades"][k]
        form = text[ends[k] - sizes[k] : ends[k]]
        if grade not in (Grade.FORMER, Grade.FORMER_STEM):
            assert (form, grade) in set(forms_of(code, names))
