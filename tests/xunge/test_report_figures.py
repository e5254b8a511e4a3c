"""The figures of Jiaxing's bulletin of 2018, told from records instead of typed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers.bulletin.check import check_document
from layers.bulletin.documents import Document, Passage, Place
from layers.codes import TABLES
from layers.figures import Count
from layers.indicators.facts import Facts, Period, gather
from layers.schemes import load_schemes
from maps.messages import sentence
from maps.report_parts import Paragraph, Table
from xunge.reports import gather as gathering
from xunge.reports import sections
from xunge.reports.builder import Builder
from xunge.reports.gather import Basis
from xunge.reports.rows import Telling

if TYPE_CHECKING:
    from collections.abc import Callable

    Section = Callable[[Builder, Basis], None]

D = dt.date
YEAR = Period(since=D(2018, 1, 1), until=D(2018, 12, 31))
DAY = D(2018, 7, 2)
# Non-accident fines of 14.654 million yuan, accident fines of 19.0401: together 33.6941 million.
FINES = [14_654.0] * 1000 + [19_040_100.0]
COLLECTED = 31_933_400.0
PUBLISHED_CASES = "查处各类案件1310件，其中事故类案件124件，非事故类案件1197件。"
CLASSES = {"accident": 11, "hazard": 85, "illegal": 31, "health": 15, "other": 13}


def _frame(count: int, **columns: Any) -> pd.DataFrame:
    """Return so many records; a list gives each its own value."""
    filled = {
        name: value if isinstance(value, list) else [value] * count
        for name, value in columns.items()
    }
    frame = pd.DataFrame({"id": [f"R{n}" for n in range(count)], **filled}, dtype=object)
    return frame.assign(object="E1", department="应急局")


def _facts() -> Facts:
    objects = pd.DataFrame(
        [{"id": "E1", "kind": "enterprise", "name": "甲厂", "industry": "machinery",
          "town_code": "330402001", "village_code": None, "active": True, "departments": (),
          "risk_grade": None, "enterprise_class": None}], dtype=object)  # fmt: skip
    areas = pd.DataFrame([{"id": "330402001", "name": "甲镇", "level": "town", "parent": ""}])
    paid = [14_654.0] * 1000 + [COLLECTED - 14_654_000]
    reports = [name for name, count in CLASSES.items() for _ in range(count)]
    frames = {
        "hazards": _frame(
            14894, found=DAY, mode="time_limited", serious=False, source="check", types=(),
            deadline=D(2018, 8, 1), rectified=[D(2018, 7, 20)] * 14727 + [None] * 167,
            state=["cancelled"] * 14727 + ["overdue"] * 167,
        ),
        "cases": _frame(
            1321, filed=DAY, kind=["accident"] * 124 + ["non_accident"] * 1197,
            procedure=["simple"] * 700 + ["ordinary"] * 621, behaviours=(), concluded=None,
        ),
        "penalties": _frame(
            1001, decided=DAY, kind="fine", amount=FINES, collected=paid, persons=None,
        ),
        "reports": _frame(
            155, received=DAY, report_class=reports, verified=DAY,
            outcome=["substantiated"] * 89 + ["handed_over"] * 29 + ["unsubstantiated"] * 37,
        ),
    }  # fmt: skip
    return gather(frames, objects=objects, areas=areas, day=D(2018, 12, 31))


def _built(*parts: Section, facts: Facts | None = None) -> Builder:
    """Return a report in the making with some sections about these records."""
    facts = facts or _facts()
    words = {
        name: {c: sentence(f"report_word_{c}") for c in codes}
        for name, codes in gathering.WORDS.items() if name != "@register"
    } | {"@register": {name: name for name in facts.frames}}  # fmt: skip
    telling = Telling(lang="zh", tables=TABLES, towns={}, departments={}, schemes=load_schemes(),
                      words=words)  # fmt: skip
    orders: dict[str, dict[Any, int]] = {"town": {"330402001": 0}, "unit_department": {},
                                         "industry": {}}  # fmt: skip
    builder = Builder(facts=facts, period=YEAR, telling=telling, orders=orders)
    kept = frozenset(name for name, frame in facts.frames.items() if len(frame))
    basis = Basis(folder=None, knowledge=None, facts=facts, telling=telling, orders=orders,  # type: ignore[arg-type]
                  names={}, kept=kept)  # fmt: skip
    for part in parts:
        part(builder, basis)
    return builder


def _told(*parts: Section, facts: Facts | None = None) -> str:
    """Return what some sections of a report say about these records."""
    builder = _built(*parts, facts=facts)
    return "\n".join(b.text for b in builder.blocks if isinstance(b, Paragraph)) + "\n".join(
        builder.notes
    )


def _faults(text: str) -> list[str]:
    passages = [
        Passage(text=line, place=Place(kind="line", number=number))
        for number, line in enumerate(text.splitlines(), start=1)
    ]
    return [one.code for one in check_document(Document(passages=passages)) if not one.right]


def test_rectification_and_collection_come_out_as_published() -> None:
    """14,894 found, 14,727 mended, 98.88 %, 167 open; 3369.41 and 3193.34 万元, 94.77 %."""
    text = _told(sections.rectification, sections.cases)
    assert "完成隐患整改14727项，隐患整改率98.88%，尚有167项未整改" in text
    assert "罚没款3369.41万元，已收缴3193.34万元，收缴率94.77%" in text


def test_records_cannot_make_the_slip_of_the_published_total() -> None:
    """124 + 1,197 records are 1,321 cases; the bulletin's 1,310 is what the check objects to."""
    text = _told(sections.cases)
    assert "立案1321起，其中事故类124起，非事故类1197起" in text
    assert _faults(text) == []
    assert _faults(PUBLISHED_CASES) == ["parts"]


def test_the_five_classes_of_reports_add_up() -> None:
    """The listed classes are 155 reports, not the published 193; rates follow from records."""
    text = _told(sections.reports)
    assert "受理举报155件，其中生产安全事故类11件、安全隐患类85件" in text
    assert "核查举报155件，核查率100%；查实89件，查实率57.42%；移交其他部门29件" in text
    assert _faults(text) == []


def test_more_than_half_simple_cases_is_told() -> None:
    """700 of 1,321 by the simple procedure: the bulletin's own complaint, as a note."""
    assert "简易程序占52.99%，超过一半" in _told(sections.cases)


@pytest.mark.parametrize("part", [sections.rectification, sections.cases, sections.reports])
def test_the_check_finds_nothing_in_our_own_sentences(part: Section) -> None:
    """What is told from records agrees with itself."""
    assert _faults(_told(part)) == []


@pytest.mark.parametrize(
    ("count", "zh", "en"),
    [
        (Count(value=30, unit="项", at_least=True), "30余", "at least 30"),
        (Count(value=125_000, unit="元", at_least=True), "12.5万余元", "at least 125000 yuan"),
        (Count(value=500, unit="元", at_least=True), "500余元", "at least 500 yuan"),
        (Count(value=125_000, unit="元"), "12.5万元", "125000 yuan"),
    ],
)
def test_a_lower_bound_says_so(count: Count, zh: str, en: str) -> None:
    """What a ledger gives with 余 is not exact in a report either."""
    telling = Telling(lang="zh", tables=TABLES, towns={}, departments={}, schemes=load_schemes(),
                      words={})  # fmt: skip
    for lang, said in (("zh", zh), ("en", en)):
        told = Builder(facts=_facts(), period=YEAR, telling=replace(telling, lang=lang), orders={})
        assert told.told(count) == said


def test_a_fine_with_more_is_said_with_more() -> None:
    """One 余 among the fines and the sum is 余, in the text, its rows and its own check."""
    facts = _facts()
    bounds = [("amount",)] + [()] * 1000
    facts.frames["penalties"]["lower_bounds"] = bounds  # type: ignore[index]
    text = _told(sections.cases, facts=facts)
    assert "罚没款3369.41万余元" in text
    assert _faults(text) == []


def test_a_percentage_leads_to_the_records_of_its_part_and_its_whole() -> None:
    """98.88 % leads to a row with 14,727 and 14,894, and these to so many records."""
    builder = _built(sections.rectification, sections.cases)
    report = builder.report(title="", subtitle="")
    runs = [run for b in report.blocks if isinstance(b, Paragraph) for run in b.runs]
    told = {run.link: run.text for run in runs if run.link.startswith("rate_")}
    assert told["rate_rectification"] == "98.88"
    table = report.blocks[-1]
    assert isinstance(table, Table)
    rows = {row[0].mark: row for row in table.rows}
    assert set(rows) == set(told)
    counted = {one.anchor: len(one.rows) for one in report.rows}
    _, percent, part, whole = rows["rate_rectification"]
    assert (percent.text, part.text, whole.text) == ("98.88%", "14727项", "14894项")
    assert (counted[part.link], counted[whole.link]) == (14727, 14894)
    _, _, part, whole = rows["rate_collection"]
    assert (part.text, whole.text) == ("3193.34万元", "3369.41万元")
    assert {part.link, whole.link} <= set(counted)
    assert {part.link, whole.link} <= {one.anchor for one in report.told_rows}


def test_a_rate_that_is_not_said_is_not_in_the_table() -> None:
    """A bureau that keeps no records of inspection is not told that 0 % have one."""
    builder = _built(sections.papers, sections.rectification)
    table = builder.report(title="", subtitle="").blocks[-1]
    assert isinstance(table, Table)
    assert "rate_record" not in {row[0].mark for row in table.rows}


def test_a_lower_bound_stays_one_in_a_table() -> None:
    """余 stands in cells too, where a figure has no unit beside it."""
    builder = _built(sections.cases)
    assert builder.bare(Count(value=30, unit="项", at_least=True)) == "30余"
    assert builder.bare(Count(value=125_000, unit="元", at_least=True)) == "12.5余"


def test_more_than_was_decided_came_in() -> None:
    """Surcharges, and fines of which only a lower bound is known, do not break the sentence."""
    facts = _facts()
    paid = list(facts.frames["penalties"]["collected"])
    facts.frames["penalties"]["collected"] = [20_000.0, *paid[1:]]  # of 14,654
    facts.frames["penalties"]["lower_bounds"] = [("amount",)] + [()] * 1000  # type: ignore[index]
    text = _told(sections.cases, facts=facts)
    assert "罚没款3369.41万余元，已收缴3193.34万元，收缴率94.77%" in text
    assert _faults(text) == []
