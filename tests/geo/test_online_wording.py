"""What leaves the house of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.gazetteer import Gazetteer
from geo.online.wording import question_of

if TYPE_CHECKING:
    from geo.online.service import Question


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """Give the places of China."""
    return Gazetteer.load()


def _asked(address: str, gazetteer: Gazetteer, region: str = "431023") -> Question:
    question = question_of(address, gazetteer=gazetteer, region=region)
    assert question is not None
    return question


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("马田镇邝家村", "湖南省郴州市永兴县马田镇邝家村"),
        ("永兴县马田镇", "湖南省郴州市永兴县马田镇"),
        ("永兴马田镇", "湖南省郴州市永兴马田镇"),
        ("湖南省永兴县马田镇", "湖南省永兴县马田镇"),
        ("郴州市永兴县马田镇", "湖南省郴州市永兴县马田镇"),
        ("便江街道永兴大道8号", "湖南省郴州市永兴县便江街道永兴大道8号"),
    ],
)
def test_what_contains_the_place_is_put_in_front(
    address: str, text: str, gazetteer: Gazetteer
) -> None:
    """Only what the address does not say itself."""
    assert _asked(address, gazetteer).text == text


@pytest.mark.parametrize(
    ("region", "text", "city"),
    [("", "马田镇邝家村", ""), ("4310", "湖南省郴州市马田镇邝家村", "郴州市"),
     ("110105", "北京市朝阳区马田镇邝家村", "北京市"),
     ("419001", "河南省济源市马田镇邝家村", "河南省")],
)  # fmt: skip
def test_regions_of_every_kind(region: str, text: str, city: str, gazetteer: Gazetteer) -> None:
    """Municipalities and counties right under a province have no prefecture in their names."""
    asked = _asked("马田镇邝家村", gazetteer, region)
    assert (asked.text, asked.city, asked.region) == (text, city, region)


@pytest.mark.parametrize(
    "private",
    ["13912345678", "电话：13912345678", "联系电话 0735-5521234", "431023198001011234",
     "43102319800101123X", "手机号139 1234 5678", "+86 13912345678",
     "（身份证号：431023198001011234）"],
)  # fmt: skip
def test_phones_and_identity_numbers_stay_at_home(private: str, gazetteer: Gazetteer) -> None:
    """They are taken out of the middle of an address too."""
    text = _asked(f"马田镇邝家村{private}老屋组", gazetteer).address
    assert sum(map(str.isdigit, text)) == 0
    assert text.startswith("马田镇邝家村")
    assert "老屋组" in text


@pytest.mark.parametrize(
    "address", ["马田镇 12# 楼", "马田镇|12#楼", "马田镇&12#楼", "马田镇１２＃楼"]
)
def test_signs_that_divide_parameters_vanish(address: str, gazetteer: Gazetteer) -> None:
    """``#`` behind a number means 号."""
    assert _asked(address, gazetteer).address == "马田镇12号楼"


@pytest.mark.parametrize("address", ["", " ", "8", "12345", "13912345678", "??"])
def test_what_is_no_address_is_not_asked(address: str, gazetteer: Gazetteer) -> None:
    """Nothing is sent of a cell with nothing in it."""
    assert question_of(address, gazetteer=gazetteer, region="431023") is None
