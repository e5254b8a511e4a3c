"""Classification schemes: versions side by side, a crosswalk, and counts that lose nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.cases import REGISTERS, event_frame, events_of, states_on
from layers.codes import TABLES
from layers.ledgers import read_ledgers
from layers.schemes import (
    BLANK,
    NONE,
    REST,
    UNCLEAR,
    UNKNOWN,
    SchemeError,
    classify,
    count_by,
    load_schemes,
    with_schemes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from layers.ledgers import Ledgers
    from layers.schemes import Schemes

SCHEMES = load_schemes()
K, J = "karamay2013.behaviours", "jiangsu2009.behaviours"
ALL_CODES = [code for one in SCHEMES.schemes.values() for code in one.table.codes]


def _counts(values: list[object], scheme: str) -> dict[str, int]:
    frame = count_by(pd.Series(values, dtype=object), scheme=scheme, schemes=SCHEMES)
    return {row["code"]: row["records"] for row in frame.to_dict("records") if row["records"]}


def test_every_list_has_as_many_codes_as_its_document_announces() -> None:
    """10 + 12 + 8 of Karamay, 9 + 18 of Jiangsu, 5 of Jiaxing; that of 2010 is short."""
    sizes = {one.id: len(one.table.codes) for one in SCHEMES.schemes.values()}
    assert sizes == {
        "jiangsu2009.behaviours": 9, "jiangsu2009.groups": 18, "jiaxing2018.reports": 5,
        "jiaxing2018.cases": 2, "karamay2013.behaviours": 10, "karamay2013.hazards": 12,
        "karamay2013.industries": 8, "national2010.behaviours": 3, "accidents.grades": 4,
    }  # fmt: skip
    assert [one.id for one in SCHEMES.schemes.values() if not one.complete] == [
        "national2010.behaviours"
    ]


def test_the_schemes_have_the_codes_of_the_registers() -> None:
    """What a ledger of sites or reports says can be counted by the scheme of the same list."""
    assert SCHEMES.schemes[K].table.codes == TABLES["behaviour"].codes
    reports = SCHEMES.schemes["jiaxing2018.reports"].table
    assert [reports.read(code) for code in TABLES["report_class"].codes] == list(reports.codes)
    named = {i for one in SCHEMES.of_kind("industry") for row in one.table.rows
             for i in row.data["industries"]}  # fmt: skip
    assert named <= set(TABLES["industry"].codes)


@pytest.mark.parametrize(
    ("code", "scheme", "read"),
    [
        ("J1", K, ("K1",)), ("K1", J, ("J1",)), ("J3", K, ("K7",)), ("J4", K, ("K6",)),
        ("J8", K, ("K10",)), ("J9", K, ("K10",)),
        ("K10", J, (UNCLEAR,)),  # refusing instructions (J8) or other (J9): the code does not say
        ("J6", K, (UNCLEAR,)), ("K3", J, (UNCLEAR,)),
        ("J5", K, (NONE,)), ("K4", J, (NONE,)), ("K5", J, (NONE,)), ("K8", J, (NONE,)),
        ("K9", J, (NONE,)),
        ("J7", K, (NONE,)), ("J7", "karamay2013.hazards", ("H3",)), ("H3", J, ("J7",)),
        ("X1", K, (UNKNOWN,)),
    ],
)  # fmt: skip
def test_the_crosswalk_is_that_of_the_documents(
    code: str, scheme: str, read: tuple[str, ...]
) -> None:
    """Two lists agree in part only; what does not fit is told, not bent."""
    assert SCHEMES.read([code], scheme=scheme).codes == read


def test_untrained_work_is_a_behaviour_in_one_list_and_a_hazard_in_the_other() -> None:
    """J7 and H3 are the same, and each keeps the kind that its document gives it."""
    kinds = [one.kind for code in ("J7", "H3") if (one := SCHEMES.scheme_of(code))]
    assert kinds == ["behaviour", "hazard"]


def test_a_record_that_carries_both_lists_is_not_translated() -> None:
    """Its own code stands: (K4, J9) is K4 there and J9 here, not K10."""
    assert SCHEMES.read(["K4", "J9"], scheme=K).codes == ("K4",)
    assert SCHEMES.read(["K4", "J9"], scheme=J).codes == ("J9",)
    assert SCHEMES.read(["J1", "J5"], scheme=K).codes == ("K1", NONE)


def test_a_count_shows_what_the_scheme_cannot_hold() -> None:
    """Records without a place in the scheme have rows of their own."""
    values = [("K1",), ("J1",), ("J5",), ("J6",), ("Z9",), None, "K2"]
    assert _counts(values, K) == {"K1": 2, "K2": 1, UNCLEAR: 1, NONE: 1, UNKNOWN: 1, BLANK: 1}
    frame = count_by(pd.Series(values, dtype=object), scheme=K, schemes=SCHEMES)
    assert list(frame["code"]) == [*SCHEMES.schemes[K].table.codes, *REST]
    first = frame.iloc[0]
    assert (first["own"], first["translated"]) == (1, 1)


@given(st.lists(st.lists(st.sampled_from([*ALL_CODES, "??"]), max_size=4).map(tuple), max_size=30),
       st.sampled_from(list(SCHEMES.schemes)))  # fmt: skip
def test_no_record_is_lost_in_any_scheme(records: list[tuple[str, ...]], scheme: str) -> None:
    """Whatever codes a record has, it counts in at least one row."""
    read = classify(pd.Series(records, dtype=object), scheme=scheme, schemes=SCHEMES)
    assert all(len(codes) >= 1 for codes in read)
    frame = count_by(pd.Series(records, dtype=object), scheme=scheme, schemes=SCHEMES)
    assert frame["records"].sum() == sum(len(set(codes)) for codes in read)
    assert (frame["own"] + frame["translated"] == frame["records"]).all()


def test_accidents_are_graded_by_their_deaths() -> None:
    """1–2 ordinary, 3–9 considerable, 10–29 serious, 30 and more especially serious."""
    deaths = [None, 0, 1, 2, 3, 9, 10, 29, 30, 174]
    grades = [None, None, "A1", "A1", "A2", "A2", "A3", "A3", "A4", "A4"]
    assert [SCHEMES.grade_of(n) for n in deaths] == grades


def test_groups_know_their_lead_agency_and_industries() -> None:
    """A record goes to the guidance group of its industry."""
    groups = SCHEMES.schemes["jiangsu2009.groups"].table
    assert SCHEMES.of_industry("smelting", scheme="jiangsu2009.groups") == ("JG5",)
    assert groups.data_of("JG4")["lead"] == "江苏煤监局"
    assert all(row.data["lead"] for row in groups.rows)


def _own(folder: Path, text: str) -> Path:
    (folder / "分类").mkdir(exist_ok=True)
    (folder / "分类" / "本县.toml").write_text(text, "utf-8")
    return folder


OWN = """
[[schemes]]
id = "county2026.behaviours"
kind = "behaviour"
title = "本县重点打击五类"
version = "2026"
document = "县安委〔2026〕3号"
[schemes.codes]
Y1 = { title = "无证经营成品油" }
Y2 = { title = "非法改装加油车" }
[[crosswalk]]
from = "Y1"
to = "K1"
how = "within"
"""


def test_a_bureau_adds_a_scheme_with_a_file(tmp_path: Path) -> None:
    """A file in 分类/ is enough; its crosswalk reaches the shipped schemes."""
    schemes = load_schemes(_own(tmp_path, OWN))
    assert schemes.read(["Y1"], scheme=K).codes == ("K1",)
    assert schemes.read(["Y2"], scheme=K).codes == (NONE,)
    assert schemes.read(["K1"], scheme="county2026.behaviours").codes == (UNCLEAR,)
    assert "Y1" in schemes.table("behaviour").codes
    assert load_schemes(tmp_path / "no folder").schemes.keys() == SCHEMES.schemes.keys()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[schemes]", "scheme_unreadable"),
        (OWN.replace('document = "县安委〔2026〕3号"', ""), "scheme_incomplete"),
        (OWN.replace('"behaviour"', '"colour"'), "scheme_kind"),
        (OWN.replace("Y2", "K2"), "scheme_code_twice"),
        (OWN.replace("Y2", "county2026-number2"), "scheme_code_long"),
        (OWN.replace("county2026.behaviours", K), "scheme_twice"),
        (OWN.replace('to = "K1"', 'to = "K99"'), "scheme_link"),
        (OWN.replace('how = "within"', 'how = "like"'), "scheme_incomplete"),
    ],
)
def test_a_scheme_that_cannot_be_used_names_its_file(tmp_path: Path, text: str, code: str) -> None:
    """What is wrong is told with the file, before anything is counted."""
    with pytest.raises(SchemeError) as caught:
        load_schemes(_own(tmp_path, text))
    assert (caught.value.code, caught.value.file) == (code, "本县.toml")


CASES = """立案编号,对象编号,立案日期,违法行为
L1,E1,2026-03-02,无证经营成品油
L2,E1,2026-03-02,Y2 非法改装加油车、K3
L3,E1,2026-03-02,y1
L4,E1,2026-03-02,非法改装（Y2）
L5,E1,2026-03-02,黑加油点
L6,E1,2026-03-02,油点二（流动）
L7,E1,2026-03-02,K1
"""
SITES = """编号,发现日期,违法行为,地址
F1,2026-01-05,黑加油点,油麻镇
F2,2026-01-05,Y2,油麻镇
F3,2026-01-05,无证无照,油麻镇
F4,2026-01-05,J5,油麻镇
"""
WORDS = OWN.replace('无证经营成品油" }', '无证经营成品油", synonyms = ["黑加油点"] }').replace(
    'Y2 = { title = "非法改装加油车" }',
    'Y2 = { title = "非法改装加油车", synonyms = ["非法改装"] }\n'
    '"油点二" = { title = "流动加油点" }',
)


def _read(folder: Path, **ledgers: str) -> tuple[Ledgers, Schemes, dict[str, pd.DataFrame]]:
    """Read ledgers and the own scheme of a folder: states on a day much later."""
    for name, text in ledgers.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    schemes = load_schemes(_own(folder, WORDS))
    tables = with_schemes(TABLES, schemes)
    found = read_ledgers(folder, tables=tables)
    full = [name for name in REGISTERS if len(found.registers[name])]
    told = [event for name in full for event in events_of(name, found.registers[name])]
    states = states_on(dt.date(2026, 12, 1), event_frame(told), tables=tables)
    return found, schemes, states


def test_words_of_an_own_scheme_are_counted_by_it(tmp_path: Path) -> None:
    """Titles, synonyms and codes of a bureau's own file are read like those of the shipped ones."""
    _, schemes, states = _read(tmp_path, 案件台账=CASES)
    read = dict(zip(states["cases"]["id"], states["cases"]["behaviours"], strict=True))
    assert read == {
        "L1": ("Y1",), "L2": ("Y2", "K3"), "L3": ("Y1",), "L4": ("Y2",), "L5": ("Y1",),
        "L6": ("油点二",), "L7": ("K1",),
    }  # fmt: skip
    counted = count_by(
        states["cases"]["behaviours"], scheme="county2026.behaviours", schemes=schemes
    )
    rows = dict(zip(counted["code"], counted["records"], strict=True))
    assert {code: n for code, n in rows.items() if n} == {
        "Y1": 3, "Y2": 2, "油点二": 1, UNCLEAR: 1,
    }  # fmt: skip
    by_shipped = count_by(states["cases"]["behaviours"], scheme=K, schemes=schemes)
    assert int(by_shipped.loc[by_shipped["code"] == "K1", "records"].iloc[0]) == 4


def test_a_ledger_of_sites_may_say_any_behaviour(tmp_path: Path) -> None:
    """Codes of all schemes stand in the column of behaviours; shipped words mean what they did."""
    found, _, states = _read(tmp_path, 非法点台账=SITES)
    assert dict(zip(states["sites"]["id"], states["sites"]["behaviour"], strict=True)) == {
        "F1": "Y1", "F2": "Y2", "F3": "K1", "F4": "J5",
    }  # fmt: skip
    assert not [problem for problem in found.problems if problem.code == "unknown_code"]


def test_words_of_an_own_list_of_hazards(tmp_path: Path) -> None:
    """Kinds of hazards are read by it too; without it they stand as they were written."""
    own = OWN.replace("Y", "G").replace('"behaviour"', '"hazard"').split("[[crosswalk]]")[0]
    schemes = load_schemes(_own(tmp_path, own))
    (tmp_path / "隐患台账.csv").write_text(
        "隐患编号,对象编号,发现日期,隐患类型\nY1,E1,2026-03-02,非法改装加油车\n", encoding="utf-8"
    )
    told = event_frame(events_of("hazards", read_ledgers(tmp_path).registers["hazards"]))
    day = dt.date(2026, 12, 1)
    tables = with_schemes(TABLES, schemes)
    assert list(states_on(day, told, tables=tables)["hazards"]["types"]) == [("G2",)]
    assert list(states_on(day, told)["hazards"]["types"]) == [("非法改装加油车",)]
