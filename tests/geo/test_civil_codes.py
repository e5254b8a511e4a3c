"""Codes of the civil-affairs ministry beside those of the statistics bureau, both ways."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from geo.civil_codes import CivilCodes, civil_codes, code_of, read_codes
from geo.civil_codes_build import build
from geo.gazetteer import Gazetteer, Place

if TYPE_CHECKING:
    from pathlib import Path


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


@pytest.mark.parametrize(
    ("code", "civil"),
    [
        ("430681120", "430681126"),  # 神鼎山镇
        ("430681120201", "430681126"),  # a village has its town's
        ("430681101", "430681101"),  # the same in both lists
        ("430681", "430681"),
        ("430671", ""),  # a zone that only the statistics bureau counts
        ("430671102", "430681120"),  # its towns are the ministry's in the county around it
        ("430681403", ""),
    ],
)
def test_a_place_has_a_code_of_either_list(code: str, civil: str) -> None:
    """What is not known stays empty."""
    assert civil_codes().civil(code) == civil


def test_the_way_back_is_exact() -> None:
    """Every town that has a civil-affairs code is found by it, and no two share one."""
    towns = [place.code for place in _china() if len(place.code) == 9]
    table = civil_codes()
    known = {code: table.civil(code) for code in towns if table.civil(code)}
    assert len(set(known.values())) == len(known)
    assert all(table.statistical(c, gazetteer=_china()) == code for code, c in known.items())


def test_the_share_that_is_joined_is_the_documented_one() -> None:
    """Of streets, towns and townships 97.8 % have a code; zones and farms none."""
    towns = [p.code for p in _china() if len(p.code) == 9 and p.code[6] in "0123"]
    joined = sum(bool(civil_codes().civil(code)) for code in towns)
    assert round(joined / len(towns), 3) == 0.978


def test_a_code_of_another_town_is_not_taken_for_this_one() -> None:
    """430681120 is 神鼎山镇 here and 河市镇 there."""
    table = civil_codes()
    assert table.statistical("430681120", gazetteer=_china()) == "430671102"
    assert table.statistical("430681110", gazetteer=_china()) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("430681126000", "430681126"), ("430681000000", "430681"), ("431023101217", "431023101217"),
     (" 430681126 ", "430681126"), ("4306811", ""), ("马田镇", ""), ("", "")],
)  # fmt: skip
def test_zeros_that_fill_a_code_up_say_nothing(text: str, code: str) -> None:
    """Twelve digits are written for towns and counties, too."""
    assert code_of(text) == code


def test_a_column_is_read_by_the_list_that_its_addresses_speak_for() -> None:
    """Without evidence it is statistical; a village's code is of no other list."""
    cells = ["430681120", "430681119"]
    china = _china()
    assert read_codes(cells, ["", ""], gazetteer=china) == cells
    told = ["汨罗市河市镇", "汨罗市白塘镇"]
    assert read_codes(cells, told, gazetteer=china) == ["430671102", "430681122"]
    village = [*cells, "431023101217"]
    assert read_codes(village, [*told, ""], gazetteer=china) == village
    assert read_codes(["999999999", "x"], ["", ""], gazetteer=china) == ["", ""]


def test_the_build_joins_what_is_sure_and_nothing_else(tmp_path: Path) -> None:
    """Names, then stems that are unique on both sides, then zones; the rest stays empty."""
    names = {
        "11": "甲省", "1101": "甲市", "110101": "甲县", "110171": "甲市开发区",
        "110101001": "城东街道办事处", "110101100": "马田乡", "110101101": "石桥乡",
        "110101102": "石桥镇", "110101400": "农场", "110171100": "河市镇",
    }  # fmt: skip
    gazetteer = Gazetteer({code: Place(code, name) for code, name in names.items()})
    towns = {"城东街道": "001", "马田镇": "105", "石桥街道": "003", "河市镇": "107"}
    found = {name: f"110101{code}000" for name, code in towns.items()}
    county = {"110101000000": {"county": "甲县", "townships": found}}
    cities = {"甲市": {"code": "1", "counties": {"甲县": "110101000000"}}}
    (tmp_path / "t.json").write_text(json.dumps(county), "utf-8")
    (tmp_path / "d.json").write_text(
        json.dumps({"provinces": {"甲省": {"cities": cities}}}), "utf-8"
    )
    counts = build(
        tmp_path / "t.json", tmp_path / "d.json", tmp_path / "o.csv", gazetteer=gazetteer
    )
    assert dict(counts) == {"name": 1, "stem": 1, "zone": 1}
    table = CivilCodes.load(tmp_path / "o.csv")
    assert {code: table.civil(code) for code in names if len(code) > 4} == {
        "110101": "110101", "110171": "", "110101001": "110101001", "110101100": "110101105",
        "110101101": "", "110101102": "", "110101400": "", "110171100": "110101107",
    }  # fmt: skip
