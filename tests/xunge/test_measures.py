"""``xunge measures``: what the rules suggest in the whole county and alert about, and why."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from rich.console import Console

from layers.measures import MeasureRuleError, load_measures
from maps.report_parts import Paragraph
from xunge import rounds, summary
from xunge.knowledge import know
from xunge.measures import WHOLE, areas_by_level, measures
from xunge.measures_week import alert_lines, told_lines
from xunge.reports.write import write_report
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from maps.report_parts import RowTable
    from tests.xunge.conftest import Office, Run
    from xunge.measures import Measures

    Rows = dict[str, RowTable]

DAY = date(2026, 11, 22)
MONDAY, WEEK = date(2026, 11, 23), "2026-W48"
LATER = date(2026, 11, 26)
TOWN, OTHER = "431023101", "431023102"
FIRMS = [
    {"id": "E1", "name": "甲[red]厂"},
    {"id": "E2", "name": "乙厂"},
    {"id": "E3", "name": "丙"},
]
MINE = {"industry": "煤矿", "behaviour": "K1"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "areas": [{"id": TOWN, "name": "甲镇", "level": "town"},
              {"id": OTHER, "name": "乙镇", "level": "town"}],
    "enterprises": FIRMS,
    "sites": [{"id": "FF1", "name": "北坡采煤点", "discovered": "2026-11-10", **MINE},
              {"id": "FF2", "name": "南坡采煤点", "discovered": "2026-11-15", **MINE}],
    "orders": [{"id": "O1", "object": "E2", "issued": "2026-03-01", "kind": "责令停产停业决定书",
                "deadline": "2026-03-10", "reviewed": "2026-03-12", "outcome": "未整改"}],
    "cases": [{"id": "L1", "object": "E1", "filed": "2026-02-02", "behaviours": "K4"},
              {"id": "L2", "object": "E2", "filed": "2026-06-02", "behaviours": "K4"}],
}  # fmt: skip


@pytest.fixture
def office(empty: Office) -> Office:
    """Give a folder with three firms and two illegal coal mines in one town."""
    open_folder(empty.path)
    from xunge.web.ledger import models

    for register, rows in ROWS.items():
        empty.enter(register, rows, day=DAY)
    models.Site.objects.update(town_code=TOWN)
    models.Enterprise.objects.update(town_code=OTHER)
    return empty


@pytest.fixture
def run(run: Run) -> Run:
    """Give a function that runs ``xunge measures``."""
    return partial(run, "measures")


def listed(run: Run, office: Office, *words: object) -> dict[str, Any]:
    """Return what is suggested on the day, as JSON."""
    code, out, _ = run(office.path, "--date", DAY, *words, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def keys(found: dict[str, Any], what: str = "measures") -> list[tuple[str, str]]:
    """Return object and rule of everything suggested, in order."""
    return [(one["object"], one["rule"]) for one in found[what]]


def test_conditions_of_closure_come_first_and_nothing_is_listed_twice(
    office: Office, run: Run
) -> None:
    """By the most urgent measure, the longest open first; each rule once for an object."""
    found = listed(run, office)
    assert keys(found)[0] == ("E2", "closure_unfit")
    assert len(set(keys(found))) == len(keys(found))
    assert [one["object"] for one in found["measures"]] == sorted(
        (one["object"] for one in found["measures"]), key=["E2", "FF1", "FF2", "E1"].index
    )
    assert (found["closures"], found["objects"]) == (1, 4)
    assert sum(found["counts"].values()) == len(found["measures"])
    assert "E3" not in dict(keys(found))


def test_each_names_clause_records_and_since_when(office: Office, run: Run) -> None:
    """The clause with how far it was verified; every record with its day and its row."""
    first = listed(run, office)["measures"][0]
    assert first["source"] == "安全生产法第一百一十三条第二项"
    assert (first["status"], first["since"]) == ("law", "2026-03-12")
    assert first["evidence"] == [
        {"register": "orders", "id": "O1", "on": "2026-03-12", "subject": "",
         "source": "orders.xlsx 7"}
    ]  # fmt: skip


def test_an_alert_names_its_area_and_what_it_is_about(office: Office, run: Run) -> None:
    """Two open coal mines: one alert of the town and one of the county, with both of them."""
    found = listed(run, office)
    assert keys(found, "alerts") == [(TOWN, "mines_in_town"), ("431023", "mines_in_county")]
    town, county = found["alerts"]
    assert [one["subject"] for one in town["evidence"]] == ["北坡采煤点", "南坡采煤点"]
    assert (town["name"], town["since"], county["name"]) == ("甲镇", "2026-11-15", "")
    _, out, _ = run(office.path, "--date", DAY)
    told = out[out.index("区域提示\n") :]
    assert "甲镇" in told
    assert "全县 431023" in told
    assert "国务院令第446号" in told
    assert "北坡采煤点" in told


def test_what_was_done_is_not_suggested_again(office: Office, run: Run) -> None:
    """A fine, a closure and a suspension take their suggestion away, a seizure the alert."""
    before = dict.fromkeys(keys(listed(run, office)))
    assert {("E1", "karamay_stop"), ("FF1", "karamay_close_illegal")} <= set(before)
    office.enter("orders", [{"id": "O2", "object": "E1", "issued": "2026-11-20",
                             "kind": "责令停产停业决定书"}])  # fmt: skip
    office.enter("sites", [{**ROWS["sites"][0], "closed": "2026-11-20", "status": "已关闭"}])
    office.enter("seizures", [{"id": "S1", "object": "FF2", "on": "2026-11-20", "goods": "原煤"}])
    after = listed(run, office)
    assert ("E1", "karamay_stop") not in keys(after)
    assert ("FF1", "karamay_close_illegal") not in keys(after)
    assert ("FF2", "karamay_close_illegal") in keys(after)
    assert after["alerts"] == []


def test_an_earlier_day_sees_what_had_been_entered_by_then(office: Office, run: Run) -> None:
    """Entered on Thursday for Friday before: known since Thursday, though it was done before."""
    office.enter("orders", [{"id": "O2", "object": "E1", "issued": "2026-11-20",
                             "kind": "责令停产停业决定书"}], day=LATER)  # fmt: skip
    assert ("E1", "karamay_stop") not in keys(listed(run, office))
    assert ("E1", "karamay_stop") in keys(listed(run, office, "--as-of", DAY))


def test_rules_measures_and_areas_choose(office: Office, run: Run) -> None:
    """Alerts are chosen by the same words; an unknown one is refused with those that exist."""
    assert {rule for _, rule in keys(listed(run, office, "--rule", "karamay_stop"))} == {
        "karamay_stop"
    }
    closing = listed(run, office, "--measure", "close")
    assert {one["measure"] for one in closing["measures"]} == {"close"}
    assert closing["alerts"] == []
    here = listed(run, office, "--area", "甲镇")
    assert {one["object"] for one in here["measures"]} == {"FF1", "FF2"}
    assert keys(here, "alerts") == [(TOWN, "mines_in_town")]
    assert len(listed(run, office, "--area", "431023")["alerts"]) == 2
    code, _, said = run(office.path, "--rule", "karamay")
    assert code == 2
    assert "karamay_stop" in said
    assert run(office.path, "--measure", "karamay_stop")[0] == 2


def test_the_terminal_says_the_same_in_both_languages(office: Office, run: Run) -> None:
    """Heading, counts, objects; text of ledgers is never markup; nothing is forced."""
    _, out, _ = run(office.path, "--date", DAY)
    assert out.startswith("建议措施（2026-11-22）：4 个对象")
    assert "是否采取由有权机关依法决定" in out
    assert "甲[red]厂 E1 · 乙镇" in out
    assert "（orders.xlsx 7）" in out
    assert "自 2026-03-12 起" in out
    (office.path / "xunge.toml").write_text('[bureau]\nlanguage = "en"\n', "utf-8")
    _, out, _ = run(office.path, "--date", DAY)
    assert out.startswith("Suggested measures on 2026-11-22:")
    assert "Closure conditions met" in out
    assert "read in the statute" in out
    assert "the whole county 431023" in out


def test_only_the_first_objects_are_listed_unless_all_are_asked_for(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not listed is counted."""
    monkeypatch.setattr("xunge.measures_show.SHOWN", 1)
    _, out, _ = run(office.path, "--date", DAY)
    assert "乙厂 E2" in out
    assert "北坡采煤点 FF1" not in out
    assert "还有 3 个对象未列出" in out
    _, out, _ = run(office.path, "--date", DAY, "--all")
    assert "北坡采煤点 FF1" in out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_has_a_row_for_everything(office: Office, run: Run, lang: str) -> None:
    """Measures, alerts, a row for every record, and notes; a second writing gives the same."""
    (office.path / "xunge.toml").write_text(f'[bureau]\nlanguage = "{lang}"\n', "utf-8")
    file = office.path / "out" / "措施.xlsx"
    found = listed(run, office, "--out", file)
    first = file.read_bytes()
    book = openpyxl.load_workbook(file)
    names = {"zh": ["建议措施", "区域提示", "依据记录", "说明"],
             "en": ["Measures", "Alerts", "Records", "Notes"]}[lang]  # fmt: skip
    assert book.sheetnames == names
    assert book[names[0]].max_row == 1 + len(found["measures"])
    assert book[names[1]].max_row == 1 + len(found["alerts"])
    everything = (*found["measures"], *found["alerts"])
    assert book[names[2]].max_row == 1 + sum(len(one["evidence"]) for one in everything)
    assert "甲[red]厂" in [row[1].value for row in book[names[0]]]
    listed(run, office, "--out", file)
    assert file.read_bytes() == first


def test_nothing_to_suggest_is_said(empty: Office, run: Run) -> None:
    """A folder without any record has neither measures nor alerts, and says so."""
    code, out, _ = run(empty.path, "--date", DAY)
    assert code == 0
    assert "没有建议措施" in out
    assert "没有区域提示" in out


def test_the_county_stands_in_the_code_of_the_town() -> None:
    """Without a town an object lies in the only county, or in that of the bureau."""
    objects = pd.DataFrame(
        {"id": ["a", "b", "c"], "town_code": ["431023101", "431021001", None]}, dtype=object
    )
    two = areas_by_level(objects)["county"]
    assert two == {"a": "431023", "b": "431021"}
    assert areas_by_level(objects, home="431023")["county"]["c"] == "431023"
    one = areas_by_level(objects[objects["id"] != "b"])
    assert one["county"] == {"a": "431023", "c": "431023"}
    assert one["town"] == {"a": "431023101"}
    foreign = objects.assign(town_code=["Ward 1", "Ward 2", None])
    assert set(areas_by_level(foreign)["county"].values()) == {WHOLE}


def test_measures_of_a_bureau_are_listed_after_those_of_the_law(tmp_path: Path) -> None:
    """The conditions of closure stand before all others, a bureau's own measure last."""
    text = '[measures.interview]\ntitle = "约谈"\n[measures.close]\ntitle = "关闭"\n'
    (tmp_path / "措施规则.toml").write_text(text, "utf-8")
    rules = load_measures(tmp_path)
    assert list(rules.measures)[:: len(rules.measures) - 1] == ["propose_closure", "interview"]
    assert rules.measure("close") == "关闭"


# In the week --------------------------------------------------------------------------------------


def mines(office: Office) -> None:
    """Put two illegal coal mines without a place on record."""
    open_folder(office.path)
    rows = [{**row, "id": f"MK{number}"} for number, row in enumerate(ROWS["sites"])]
    office.enter("sites", rows, day=DAY)


def test_the_week_tells_alerts_first_and_how_many_measures(
    county: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the terminal, in plan.xlsx and in due.xlsx; the record keeps object and rule of each."""
    mines(county)
    result = county.week()
    told = result.record["measures"]
    assert (told["before"], told["new"]) == (None, None)
    assert [one["rule"] for one in told["alerts"]] == ["mines_in_town", "mines_in_county"]
    assert told["count"] == len(told["suggested"]) > 0
    assert ["MK0", "karamay_close_illegal"] in told["suggested"]
    found = summary.facts(result)
    assert "suggested" not in found["measures"]
    summary.show(result, found, console=Console(soft_wrap=True), lang="zh")
    lines = capsys.readouterr().out.splitlines()
    alerts = alert_lines(result.record, "zh")
    assert lines[1:3] == alerts
    assert "下青村非法采煤点" in alerts[0]  # the example county has one of its own
    assert "北坡采煤点、下青村非法采煤点、南坡采煤点" in alerts[1]
    assert any(line.split() == ["建议措施", str(told["count"])] for line in lines)
    for name in ("plan.xlsx", "due.xlsx"):
        notes = openpyxl.load_workbook(county.out / name)["说明"]
        said = [row[0].value for row in notes]
        assert said[:2] == alerts
        assert [row[0].font.bold for row in notes][:3] == [True, True, False]
        assert told_lines(result.record, "zh")[0] in said
    assert "measures" not in json.loads((county.out / "plan.json").read_text("utf-8"))
    _, english = alert_lines(result.record, "en")
    assert english.startswith("Alert: the whole county 431023: Two or more illegal coal mines")


def test_the_next_week_says_what_is_new_since_the_last(reported: Office) -> None:
    """New is what the last recorded week did not suggest, however old its facts are."""
    open_folder(reported.path)
    planned = rounds.latest(MONDAY)
    assert planned is not None
    assert planned.planned is not None
    known = {tuple(key) for key in planned.planned["record"]["measures"]["suggested"]}
    mines(reported)
    record = reported.week(MONDAY + timedelta(days=7)).record
    told = record["measures"]
    new = {tuple(key) for key in told["suggested"]} - known
    assert {("MK0", "karamay_close_illegal"), ("MK1", "karamay_close_illegal")} <= new
    assert (told["before"], told["new"]) == (WEEK, len(new))
    assert f"比 {WEEK} 新增 {len(new)} 项" in told_lines(record, "zh")[0]
    assert f"{len(new)} of them new since {WEEK}" in told_lines(record, "en")[0]


def test_a_rule_that_cannot_be_used_stops_a_folder_at_the_door(empty: Office) -> None:
    """Not at the end of a week's planning."""
    (empty.path / "措施规则.toml").write_text("[[rules", "utf-8")
    with pytest.raises(MeasureRuleError):
        open_folder(empty.path)


# In reports ---------------------------------------------------------------------------------------


def reported_rows(office: Office, kind: str) -> tuple[list[str], dict[str, set[str]], Rows]:
    """Return paragraphs of a report, figures of its section by their link, and the linked rows."""
    written = write_report(open_folder(office.path), kind, day=date(2026, 11, 30))
    blocks = [block for block in written.report.blocks if isinstance(block, Paragraph)]
    rows = {one.anchor: one for one in written.report.rows if one.group in GROUPS}
    linked: dict[str, set[str]] = {}
    for block in blocks:
        for run in block.runs:
            if run.link in rows:
                linked.setdefault(run.link, set()).add(run.text)
    return [block.text for block in blocks], linked, rows


GROUPS = ("建议措施", "区域提示", "Suggested measures", "Alerts")


@pytest.mark.parametrize("kind", ["weekly", "monthly"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reports_have_a_section_of_alerts_and_measures(
    office: Office, kind: str, lang: str
) -> None:
    """Every alert in a paragraph, measures by kind; figures lead to as many rows."""
    (office.path / "xunge.toml").write_text(f'[bureau]\nlanguage = "{lang}"\n', "utf-8")
    said, linked, rows = reported_rows(office, kind)
    head = {"zh": "区域提示和建议措施", "en": "Alerts and suggested measures"}[lang]
    (at,) = (number for number, text in enumerate(said) if head in text)
    assert "甲镇" in said[at + 1]
    assert {"zh": "，涉及记录2条", "en": ", 2 record(s)"}[lang] in said[at + 1]
    assert "431023" in said[at + 2]
    assert len(linked) > 3
    assert all(str(len(rows[link].rows)) in figures for link, figures in linked.items())
    cells = [str(cell) for one in rows.values() for row in one.rows for cell in row]
    assert "E2" in cells
    assert any("第一百一十三条" in cell for cell in cells)


def test_a_report_says_what_was_open_on_its_own_day(office: Office) -> None:
    """Suspended after the end of the week: still suggested in its report, not in the next one."""
    office.enter("orders", [{"id": "O2", "object": "E1", "issued": "2026-11-30",
                             "kind": "责令停产停业决定书"}], day=date(2026, 11, 30))  # fmt: skip
    folder = open_folder(office.path)
    for day, told in ((date(2026, 11, 30), True), (date(2026, 12, 7), False)):
        text = "".join(
            block.text
            for block in write_report(folder, "weekly", day=day).report.blocks
            if isinstance(block, Paragraph)
        )
        assert ("“责令停产停业整顿”1项" in text) is told
        assert "“提请关闭取缔”3项" in text


def test_the_example_county_has_a_mine_against_which_nothing_was_done(planned: Office) -> None:
    """Found on a patrol a week ago: its town is alerted until something is done."""
    found = found_on(planned, MONDAY)
    (alert,) = found.alerts
    (evidence,) = alert.suggestion.evidence
    assert (alert.rule.code, alert.name) == ("mines_in_town", "油麻镇")
    assert found.objects.count(evidence.id) == 1
    seized = {"id": "S1", "object": evidence.id, "on": "2026-11-22", "goods": "原煤"}
    planned.enter("seizures", [seized])
    assert found_on(planned, MONDAY).alerts == ()


def found_on(office: Office, day: date) -> Measures:
    """Return what is suggested in a folder on a day."""
    folder = open_folder(office.path)
    return measures(know(day, tables=folder.tables), rules=load_measures(office.path))
