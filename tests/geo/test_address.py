"""The address resolver, on addresses written by hand in the style of ledgers."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.address import Answer, Resolver
from geo.gazetteer import Gazetteer
from geo.mending import one_edit
from geo.names import Stem, normalise, stem_of

with (Path(__file__).parent / "addresses.csv").open(encoding="utf-8", newline="") as _file:
    CASES = list(csv.DictReader(_file))


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


@cache
def _resolver(home: str) -> Resolver:
    return Resolver(_china(), home=home or None)


def _read(text: str, home: str = "431023") -> Answer:
    return _resolver(home).resolve(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["address"])
def test_ledger_address(case: dict[str, str]) -> None:
    """An address in the style of a ledger is read down to what it names, and no further."""
    answer = _read(case["address"], case["home"])
    assert (answer.county, answer.town) == (case["county"], case["town"])
    assert answer.village == case["village"]


def test_the_cases_are_many() -> None:
    """There are at least forty addresses, of all four areas."""
    assert len(CASES) >= 40
    assert {case["county"][:4] for case in CASES} >= {"4310", "4306", "3607", "3304"}


def test_home_is_a_prior_not_a_blinker() -> None:
    """The same words go home when they name nothing else, and away when they do."""
    assert _read("太和镇").county == "431023"
    assert _read("江西省泰和县").county == "360826"
    assert _read("汨罗市归义镇老街社区").county == "430681"
    assert _read("汨罗市归义镇老街社区").confidence == "high"


def test_confidence_falls_with_what_was_inferred() -> None:
    """Named in full is high, mended is medium, assumed is low; the reason says why."""
    assert _read("永兴县马田镇邝家村").confidence == "high"
    mended = _read("永兴县马天镇邝家村")
    assert (mended.confidence, mended.reason) == ("medium", ("town_misspelt",))
    assumed = _read("工业园内")
    assert (assumed.level, assumed.confidence) == ("county", "low")
    assert assumed.reason == ("county_assumed",)


def test_what_is_ambiguous_is_said() -> None:
    """A village name that two towns of the county share is not guessed."""
    answer = _read("泉塘村12号")
    assert answer.level == "county"
    assert "address_ambiguous" in answer.reason
    assert len(answer.alternatives) == 2


def test_town_and_village_in_any_order() -> None:
    """A village before its town is found, and the town's own name is not taken for a village."""
    assert _read("永兴县湘永社区沿江路84号（便江街道）").village == "431023001010"
    assert _read("会昌县中村乡田园旁").village == ""
    assert _read("永兴县马田").level == "town"


def test_without_home_an_ambiguous_town_has_no_answer() -> None:
    """城关镇 could be any of 88 places."""
    answer = _read("城关镇人民路", home="")
    assert answer.level == "none"
    assert answer.county == ""


def test_slip_of_the_home_county_is_flagged() -> None:
    """永新县 is real, and one character from 永兴县: low confidence."""
    answer = _read("永新县工业园")
    assert answer.county == "360830"
    assert "close_to_home" in answer.reason
    assert answer.confidence == "low"


def test_village_in_another_town_keeps_the_written_town() -> None:
    """Where town and village disagree, the town stands and the village is offered."""
    answer = _read("永兴县马田镇木梓塘村")
    assert answer.town == "431023101"
    assert answer.village == ""
    assert "village_elsewhere" in answer.reason
    assert answer.alternatives == ("431023112212",)


def test_aliases_give_old_names_a_place() -> None:
    """A bureau can enter names the list does not have, for towns and for villages."""
    resolver = Resolver(
        _china(), home="431023", aliases={"城关镇": "431023001", "老塘村": "431023001233"}
    )
    assert resolver.resolve("永兴县城关镇解放路").town == "431023001"
    assert resolver.resolve("便江街道老塘村").village == "431023001233"


def test_nothing_to_read() -> None:
    """An empty address is unreadable, at home too."""
    for text in ("", "  ", "，"):
        answer = _read(text)
        assert answer.level == "none"
        assert answer.reason == ("address_unreadable",)


LETTERS = "永兴县马田镇邝家村便江街道塘门口社区有限公司组1号（）路湖南省 abc"


@given(text=st.text(alphabet=LETTERS, max_size=24))
@settings(deadline=None, max_examples=200)
def test_any_text_has_an_answer(text: str) -> None:
    """No text raises; codes are prefixes of each other and the level is that of the finest."""
    answer = _read(text)
    if answer.town:
        assert answer.town.startswith(answer.county)
    if answer.village:
        assert answer.village.startswith(answer.town)
    sizes = {"none": 0, "county": 6, "town": 9, "village": 12}
    assert len(answer.code) == sizes[answer.level]


def test_names_are_split() -> None:
    """Official names fall into a stem and a kind."""
    assert stem_of("便江街道", "town") == Stem("便江", "街道")
    assert stem_of("麻阳苗族自治县", "county") == Stem("麻阳", "自治县")
    assert stem_of("城区", "county") == Stem("城区", "")
    assert stem_of("杉青港村村民委员会", "village") == Stem("杉青港村", "村民委员会")
    assert normalise(" 永兴县，１２号 ") == "永兴县12号"


def test_one_edit() -> None:
    """One substitution, insertion, deletion or exchange counts, equality and two do not."""
    assert one_edit("马天", "马田")
    assert one_edit("高亭", "高亭司")
    assert one_edit("亭高司", "高亭司")
    assert not one_edit("马田", "马田")
    assert not one_edit("马天圩", "马田")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("河北省/唐山市/鹿南区/女织寨乡", "130202"),  # 路南区, not 丰南区: it looks and sounds so
        ("株洲市-天原区-新文社区", "430211"),  # 天元区
        ("吉安市吉冰县白沙安坪村桥头", "360822110204"),  # 吉水县, not 吉安县: the town is there
    ],
)
def test_a_misspelt_county_is_read_behind_its_city(text: str, code: str) -> None:
    """The city in front tells what county is meant, and the answer says so."""
    answer = Resolver(Gazetteer.load(), home=None).resolve(text)
    assert (answer.code or answer.county).startswith(code)
    assert "county_misspelt" in answer.reason
    assert answer.confidence != "high"


@pytest.mark.parametrize("text", ["株洲市某小区5栋", "株洲市天小区5栋", "株洲市荷北南区"])
def test_no_county_is_made_of_what_is_none(text: str) -> None:
    """A 小区 is no county, nor is a name that is two characters off."""
    answer = Resolver(Gazetteer.load(), home=None).resolve(text)
    assert "county_misspelt" not in answer.reason


def test_a_village_vouches_for_a_bare_town_where_no_county_is_named() -> None:
    """A bare town at the start is read if it has the village that follows, else not at all."""
    resolver = Resolver(Gazetteer.load(), home=None)
    assert resolver.resolve("陵阳陵阳兰溪村九组").code == "341723103204"
    assert resolver.resolve("★西佛龙家村14组7号").code == "210321101202"
    assert resolver.resolve("陵阳无此村九组").county == ""


def test_a_town_called_as_its_county_is_read_behind_it() -> None:
    """泰来泰来明月 is 明月村 in 泰来镇 of 泰来县."""
    answer = Resolver(Gazetteer.load(), home=None).resolve("黑龙江齐齐哈尔泰来泰来明月8组")
    assert answer.town == "230224100"


def test_a_named_village_settles_between_close_counties() -> None:
    """虎山乡 is nearer in words to another county's, but only 虎山镇 has the village: low, said."""
    answer = Resolver(Gazetteer.load(), home=None).resolve("虎山乡东塘子村10组")
    assert (answer.code, answer.confidence) == ("371082111242", "low")
    assert "address_ambiguous" in answer.reason
    assert answer.alternatives
