"""What people write instead of the official name, each kind with its rule; the honesty of high."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

import pytest

from geo import address_workers
from geo.address import Answer, Resolver
from geo.gazetteer import Gazetteer
from geo.reading import FLAG, REASONS, confidence_of, reasons_of

TUNE = Path(__file__).parent / "labelled" / "tune.csv"


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


@cache
def _resolver(home: str) -> Resolver:
    return Resolver(_china(), home=home or None)


def _read(text: str, home: str = "") -> Answer:
    return _resolver(home).resolve(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("湖南郴州永兴马田邝家村", "431023101217"),
        ("湖南郴州永兴县马田邝家村", "431023101217"),
        ("麻阳县兰村乡", "431226212"),
        ("天津蓟州州河湾西山北头二村村委会", "120119127248"),
        ("北京海淀花园路街道中央新影社区", "110108018041"),
        ("山东泰安泰山省庄芝田村", "370902100221"),
        ("湖南常德安乡大鲸港三咀村", "430721101220"),
    ],
)
def test_short_forms(text: str, code: str) -> None:
    """Every level may stand without its kind; names that lead to one another bear each other out.

    A longer official name across two of them (常德|安乡: 德安乡) does not tear them apart.
    """
    answer = _read(text)
    assert answer.code.startswith(code)
    assert answer.confidence == "high"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("山西省大同市大同县许堡乡", "140215"),
        ("杭州市江干区丁桥镇", "3301"),
        ("漠河县兴安镇二十五站村", "232701103200"),
        ("辽宁省朝阳市建平县富山街道", "211322002"),
        ("河北省乐亭县阎各庄镇", "130225104"),
    ],
)
def test_former_names_of_counties_and_towns(text: str, code: str) -> None:
    """A former name leads to today's place, never at high confidence, and the reason says so."""
    answer = _read(text)
    assert answer.code.startswith(code)
    assert "former_name" in answer.reason
    assert answer.confidence != "high"


def test_a_former_name_yields_to_a_present_one() -> None:
    """Where a county has a town of the name today, it is meant."""
    answer = _read("永兴县太和镇")
    assert (answer.town, answer.reason) == ("431023114", ())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("湖南省郴州市永興縣馬田鎮鄺家村", "湖南省郴州市永兴县马田镇邝家村"),
        ("永兴县马田镇邝家邨", "永兴县马田镇邝家村"),
        ("永兴县　马田镇，邝家村１２组", "永兴县马田镇邝家村12组"),
        ("奎屯市150团", "奎屯市一五〇团"),
        ("黑龍江省齊齊哈爾市龍沙區南航街道新聯社區", "黑龙江省齐齐哈尔市龙沙区南航街道新联社区"),
    ],
)
def test_one_character_for_another(written: str, plain: str) -> None:
    """Traditional characters, variants, full-width forms and digits are read as the plain ones."""
    answer, expected = _read(written), _read(plain)
    assert answer.code == expected.code
    assert answer.confidence == expected.confidence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("河北省迁西县河北迁西经开区工业大道85号", "130227450"),
        ("迁西县经开区工业大道85号", "130227450"),
        ("芜湖市弋江区芜湖高新区", "340209400"),
        ("合肥市高新区长江西路", "340176"),
    ],
)
def test_everyday_names_of_zones_and_units(text: str, code: str) -> None:
    """开发区, 高新区 and units of the Corps are found by what people call them; it is said."""
    answer = _read(text)
    assert answer.code == code
    assert "zone_inferred" in answer.reason
    assert answer.confidence == "medium"


def test_offices_and_units_without_their_titles() -> None:
    """庆柳社区管理委员会 is 庆柳社区, 兵团一四三团 is 143团, 营田公务中心 is 营田镇."""
    assert _read("庆安县庆柳社区光明北路15号").town == "231224500"
    assert _read("沙湾市143团").town == "654203511"
    assert _read("汨罗市营田镇").town == "430681403"


def test_a_zone_without_a_town_of_its_own_stays_open() -> None:
    """Where the list has no such zone, the county is the answer."""
    answer = _read("永兴县高新区创业路3号")
    assert (answer.level, answer.county) == ("county", "431023")


@pytest.mark.parametrize(
    ("text", "village"),
    [
        ("东兴区顺河镇见尤村11组187号", "511011104202"),
        ("永兴县大布江乡江投村", "431023214207"),
        ("沅陵县沅陵镇黄荼村", "431222115247"),
        ("山西省和顺县松烟镇夫子子岭村8组", "140723102228"),
        ("青龙满族自治县龙王庙镇龙庙村", "130321111201"),
    ],
)
def test_slips_of_the_pen(text: str, village: str) -> None:
    """One character wrong, lost or doubled: of several villages the one that sounds or looks so."""
    answer = _read(text)
    assert answer.village == village
    assert answer.confidence != "high"
    assert {"village_misspelt", "village_guessed"}.intersection(answer.reason)


def test_a_village_of_another_sort_is_found() -> None:
    """村 written for 社区: the only one of the name; of two the one of the sort that is written."""
    assert _read("永兴县便江街道塘门口村").village == "431023001233"
    assert _read("永兴县便江街道塘门口社区").village == "431023001011"


def test_names_that_carry_their_owners() -> None:
    """东源县黄村镇板仓村民委员会 is written as 板仓村, 十五连生活区 as 十五连."""
    assert _read("东源县黄村镇板仓村").village == "441625112209"
    assert _read("沙湾市兵团一四三团十五连").village == "654203511515"


def test_a_firm_names_another_place() -> None:
    """The name of a firm in front does not move the address; alone it is no more than a guess."""
    answer = _read("长沙三湘建材有限公司（会昌县周田镇司背村）")
    assert (answer.village, answer.confidence) == ("360733103208", "high")
    alone = _read("屯昌县万通机械制造有限公司 俱乐湾地村18组")
    assert alone.confidence == "low"


def test_the_finer_level_first() -> None:
    """镇东社区 is not read out of 塘村镇 because the county stands behind it."""
    answer = _read("塘村镇镇东社区，湖南省郴州市嘉禾县")
    assert answer.village == "431024102004"


def test_without_home_a_village_decides_between_towns_of_one_name() -> None:
    """Of 88 places 城关镇 the one that has the village."""
    answer = _read("马田镇邝家村")
    assert answer.village == "431023101217"
    assert answer.confidence == "high"


def test_a_wrong_county_yields_to_town_and_village() -> None:
    """City, town and village against a county of another province: contradiction, said, low."""
    answer = _read("潍坊市南乐县五图街道毕家官庄村")
    assert answer.county == "370725"
    assert answer.confidence == "low"


def _rows() -> list[dict[str, str]]:
    with TUNE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _tune() -> list[tuple[dict[str, str], Answer]]:
    rows = _rows()
    answers: dict[tuple[str, str], Answer] = {}
    for home in {row["home"] for row in rows}:
        texts = [row["address"] for row in rows if row["home"] == home]
        for text, answer in zip(texts, _resolver(home).resolve_many(texts), strict=True):
            answers[home, text] = answer
    return [(row, answers[row["home"], row["address"]]) for row in rows]


def test_high_is_never_another_county() -> None:
    """Of the 2,740 addresses to tune on none has another county at high confidence."""
    wrong = [
        row["address"]
        for row, answer in _tune()
        if answer.confidence == "high"
        and not any(
            code.startswith(answer.county) for code in (row["county"], *row["fits"].split("|"))
        )
    ]
    assert wrong == []


@pytest.mark.parametrize(("level", "least"), [("county", 0.997), ("town", 0.98), ("village", 0.95)])
def test_what_is_named_is_found(level: str, least: float) -> None:
    """Of the addresses to tune on so many of those that name a level come back with it."""
    named = [(row, answer) for row, answer in _tune() if row[level]]
    right = sum(getattr(answer, level) == row[level] for row, answer in named)
    assert right / len(named) >= least


def test_many_are_read_as_one_by_one() -> None:
    """Neither neighbours nor repetition nor order change an answer."""
    texts = [row["address"] for row in _rows()[::40]]
    resolver = _resolver("431023")
    single = [resolver.resolve(text) for text in texts]
    assert resolver.resolve_many(texts) == single
    assert resolver.resolve_many([*texts, *texts[::-1]]) == [*single, *single[::-1]]


def test_several_workers_answer_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of their own give the same answers in the same order."""
    monkeypatch.setattr("geo.address.WORTH", 2)
    monkeypatch.setattr(address_workers, "_PIECE", 20)
    texts = [row["address"] for row in _rows()[::70]]
    resolver = Resolver(_china(), home="431023", aliases={"老塘村": "431023001233"})
    assert resolver.resolve_many(texts, workers=2) == resolver.resolve_many(texts)


def test_odd_characters_do_not_move_the_positions() -> None:
    """A character outside of the basic plane, a 0 and a lone surrogate are read over."""
    answer = _read("𠮷永兴县马田镇邝家村\0三组𠮷")
    assert (answer.village, answer.remainder) == ("431023101217", "三组𠮷")
    assert _read("永兴县马田镇\ud800").town == "431023101"


def test_every_reason_has_its_sentence() -> None:
    """What an answer notices can be said in Chinese and English."""
    path = Path(__file__).parents[2] / "maps" / "messages" / "geo.toml"
    known = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [reason for reason in REASONS if not {"zh", "en"} <= known.get(reason, {}).keys()] == []


def test_reasons_grade_the_confidence() -> None:
    """A guess is low, one step inferred is medium; a village bears out the town it lies in."""
    assert confidence_of(0, "village") == "high"
    assert confidence_of(FLAG["former_name"], "village") == "medium"
    assert confidence_of(FLAG["village_guessed"] | FLAG["former_name"], "village") == "low"
    assert confidence_of(FLAG["town_bare"], "village") == "high"
    assert confidence_of(FLAG["town_bare"], "town") == "medium"
    assert reasons_of(FLAG["county_assumed"] | FLAG["village_bare"]) == (
        "village_bare",
        "county_assumed",
    )
