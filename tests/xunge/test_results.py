"""What visits found comes in whole or not at all, and the next week sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from layers import cases
from layers.codes import TABLES
from layers.events import Event, EventKind
from layers.rows import records
from xunge.corrections import Correction
from xunge.knowledge import know
from xunge.results import ResultsRefusedError
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.xunge.conftest import Office

MONDAY, SATURDAY, NEXT = dt.date(2026, 11, 23), dt.date(2026, 11, 28), dt.date(2026, 11, 30)
DONE = {"是否完成": "是", "检查结果": "未发现问题"}
BOSS = Correction(by="股长", why="现场笔录为准")
in_one_process = pytest.mark.xdist_group("results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The results template of a planned week, and how to fill it in."""

    office: Office
    visits: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, office: Office) -> Sheet:
        """Read the template."""
        frame = pd.read_excel(office.template, sheet_name="结果回填", engine="calamine")
        return cls(office=office, visits=tuple(records(frame)))

    def ids(self, *kinds: str) -> list[str]:
        """Return the visits of some kinds in the order of the template."""
        return [v["检查编号"] for v in self.visits if v["检查方式"] in kinds]

    def fill(
        self,
        rows: Mapping[str, Mapping[str, Any]],
        *,
        name: str = "已填.xlsx",
        sites: tuple[Mapping[str, Any], ...] = (),
    ) -> Path:
        """Write *rows* (visit to header to value) into a copy of the template."""
        book = openpyxl.load_workbook(self.office.template)
        sheet = book["结果回填"]
        head = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            for header, value in rows.get(sheet.cell(row, head["检查编号"]).value, {}).items():
                sheet.cell(row, head[header]).value = value
        second = book["新发现非法点"]
        titles = {cell.value: cell.column for cell in second[1]}
        for number, site in enumerate(sites, start=2):
            for header, value in site.items():
                second.cell(number, titles[header]).value = value
        path = self.office.path / "out" / name
        book.save(path)
        return path

    def row_of(self, visit: str) -> int:
        """Return the row of a visit as Excel numbers it."""
        return [v["检查编号"] for v in self.visits].index(visit) + 2


@pytest.fixture
def sheet(planned: Office) -> Sheet:
    """Give the template of a planned week."""
    return Sheet.of(planned)


def _known(office: Office, day: dt.date) -> Any:  # noqa: ANN401
    return know(day, tables=open_folder(office.path).tables)


# The next week sees it ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def after(_county: Office, tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Sheet]:
    """Fill in a week by hand (orders, closures, a relapse, a new site) and plan the next one.

    More teams go than in other tests, so that what is overdue leaves room for joint visits.
    """
    office = _county.copy(tmp_path_factory.mktemp("after") / "永兴县")
    settings = office.path / "xunge.toml"
    text = settings.read_text("utf-8").replace("teams = 2", "teams = 6")
    settings.write_text(text.replace("days = 3", "days = 5"), "utf-8")
    office.week()
    sheet = Sheet.of(office)
    rows: dict[str, dict[str, Any]] = {v["检查编号"]: dict(DONE) for v in sheet.visits}
    joint, revisit = sheet.ids("联合执法"), sheet.ids("回头看")
    drawn = sheet.ids("双随机")
    rows[joint[0]] = {"是否完成": "是", "检查结果": "关闭取缔", "是否关闭取缔": "是"}
    rows[revisit[0]] = {"是否完成": "是", "检查结果": "责令停产停业", "隐患数": 1,
                        "整改期限": dt.date(2026, 11, 27)}  # fmt: skip
    rows[drawn[0]] = {"是否完成": "是", "检查结果": "责令限期整改", "隐患数": 3, "重大隐患数": 1,
                      "整改期限": dt.date(2026, 11, 25), "隐患内容": "电线未穿管"}  # fmt: skip
    rows[drawn[1]] = {"是否完成": "否", "未完成原因": "无人在场"}
    for visit in sheet.ids("复查"):
        rows[visit] = {**DONE, "复查结果": "整改到位"}
    site = {
        "编号": "FF-新-1", "名称": "马田无证小作坊", "行为": "K1", "经度": 112.9, "纬度": 26.1,
        "发现日期": dt.date(2026, 11, 24), "涉及部门": "应急管理局、公安局",
    }  # fmt: skip
    office.results(sheet.fill(rows, sites=(_by_title(sheet, site),)))
    office.week(NEXT)
    database.close()
    return office, sheet


def _by_title(sheet: Sheet, site: Mapping[str, Any]) -> dict[str, Any]:
    """Return a site under the headers of the second sheet, which may be spelled otherwise."""
    from layers.schema import SITES

    titles = [c.value for c in openpyxl.load_workbook(sheet.office.template)["新发现非法点"][1]]
    names = {"编号": "id", "名称": "name", "行为": "behaviour", "发现日期": "discovered",
             "经度": "lon", "纬度": "lat", "涉及部门": "departments"}  # fmt: skip
    found = {SITES[names[key]].title: value for key, value in site.items()}
    assert set(found) <= set(titles)
    return found


def _object(sheet: Sheet, visit: str) -> str:
    return next(v["对象编号"] for v in sheet.visits if v["检查编号"] == visit)


@in_one_process
def test_the_next_week_knows_last_weeks_visits(after: tuple[Office, Sheet]) -> None:
    """Every visit that was made is known with its crew's week, and only from its day on."""
    office, sheet = after
    visits = _known(office, NEXT - dt.timedelta(days=1)).visits
    made = {v["检查编号"] for v in sheet.visits} - {sheet.ids("双随机")[1]}
    assert made <= set(visits["id"])
    assert not made & set(_known(office, MONDAY - dt.timedelta(days=1)).visits["id"])


@in_one_process
def test_a_new_order_falls_due_ten_days_after_its_deadline(after: tuple[Office, Sheet]) -> None:
    """The order of a visit is an item of the following week with its date and hazard."""
    office, sheet = after
    visit = sheet.ids("双随机")[0]
    known = _known(office, NEXT - dt.timedelta(days=1))
    order = known.orders.set_index("id").loc[f"{visit}-O"]
    assert (order["state"], order["hazard"]) == ("open", "电线未穿管")
    record = office.week(NEXT).record
    (due,) = [item for item in record["due"] if item["subject"] == f"{visit}-O"]
    assert (due["kind"], due["object"]) == ("reinspection", _object(sheet, visit))
    assert (due["base"], due["due"]) == ("2026-11-25", "2026-12-07")  # 5 December is a Saturday


@in_one_process
def test_an_order_that_was_met_is_due_no_more(after: tuple[Office, Sheet]) -> None:
    """What was re-inspected and met disappears from the list of what is due."""
    office, sheet = after
    before = office.path / "out" / "2026-W48" / "plan.json"
    assert before.is_file()
    orders = {
        settled["subject"]
        for visit in office.week(NEXT).record["visits"]
        for settled in visit["settles"]
    }
    known = _known(office, NEXT - dt.timedelta(days=1)).orders.set_index("id")
    reviewed = [
        event["data"]["order"]
        for event in records(office.events(EventKind.REVIEWED))
        if str(event["data"].get("visit", "")).startswith("2026-W48")
    ]
    assert len(reviewed) == len(sheet.ids("复查")) > 0
    assert {known.loc[order, "state"] for order in reviewed} == {"met"}
    assert not orders & set(reviewed)


@in_one_process
def test_a_closed_site_is_revisited_in_steps(after: tuple[Office, Sheet]) -> None:
    """A site closed last week is due for its first revisit seven days later."""
    office, sheet = after
    visit = sheet.ids("联合执法")[0]
    site = _object(sheet, visit)
    record = office.week(NEXT).record
    (due,) = [item for item in record["due"] if item["object"] == site]
    assert (due["kind"], due["step"], due["base_code"]) == ("revisit", 7, "closed")
    closed = dt.date.fromisoformat(due["base"])
    assert MONDAY <= closed <= SATURDAY
    assert 7 <= (dt.date.fromisoformat(due["due"]) - closed).days <= 9


@in_one_process
def test_a_relapse_opens_the_site_again(after: tuple[Office, Sheet]) -> None:
    """Trouble found at a revisit is a new discovery; the site is open and counts its relapses."""
    office, sheet = after
    site = _object(sheet, sheet.ids("回头看")[0])
    then = _known(office, MONDAY - dt.timedelta(days=1)).sites.set_index("id").loc[site]
    now = _known(office, NEXT - dt.timedelta(days=1)).sites.set_index("id").loc[site]
    assert (then["status"], now["status"]) == ("closed", "open")
    assert now["relapses"] == then["relapses"] + 1
    assert now["departments"] == then["departments"]


@in_one_process
def test_a_new_site_is_on_the_map_and_visited_jointly(after: tuple[Office, Sheet]) -> None:
    """A site of the second sheet gets its place and, with two departments, a joint visit."""
    office, _ = after
    known = _known(office, NEXT - dt.timedelta(days=1))
    assert known.objects.loc["FF-新-1", "level"] == "coordinate"
    assert known.sites.set_index("id").loc["FF-新-1", "status"] == "open"
    visits = {visit["object"]: visit["kind"] for visit in office.week(NEXT).record["visits"]}
    assert visits["FF-新-1"] == "joint"


@in_one_process
def test_who_was_not_visited_comes_first_in_the_next_draw(after: tuple[Office, Sheet]) -> None:
    """A drawn firm that was reported as not visited is owed a visit."""
    office, sheet = after
    firm = _object(sheet, sheet.ids("双随机")[1])
    assert firm in office.week(NEXT).record["drawn"]
    (drawn,) = [
        row["data"]["record"]
        for row in records(office.events(EventKind.DRAWN))
        if row["subject"] == "2026-W49"
    ]
    assert firm in drawn["carried"]
    assert drawn["selected"][0]["stratum"] == "carried"


# Twice, and put right -----------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(reported: Office) -> None:
    """Whatever was known already is left alone, and the report says so."""
    events = reported.count()
    again = reported.results(reported.played())
    assert (dict(again.counts), again.sites) == ({}, ())
    assert reported.count() == events
    assert again.sentences("zh") == ["这些结果此前已全部导入，未作任何改动"]


def test_another_result_for_a_known_visit_refuses_the_whole_file(sheet: Sheet) -> None:
    """A conflict names the row; nothing else of the file comes in either."""
    first, second = sheet.ids("双随机")[:2]
    sheet.office.results(sheet.fill({first: DONE}))
    events = sheet.office.count()
    for changed in (
        {"检查结果": "当场整改", "隐患数": 2},
        {"是否关闭取缔": "是"},
        {"是否完成": "否", "未完成原因": "其他"},
    ):
        with pytest.raises(ResultsRefusedError) as caught:
            sheet.office.results(sheet.fill({first: {**DONE, **changed}, second: DONE}))
        (problem,) = caught.value.problems
        assert (problem.code, problem.row) == ("results_conflict", sheet.row_of(first))
        assert (problem.file, problem.sheet) == ("已填.xlsx", "结果回填")
        assert problem.column == "检查编号"
        assert sheet.office.count() == events


def test_a_correction_is_a_later_event_and_the_earlier_one_stays(sheet: Sheet) -> None:
    """With --correct the last word counts, there and back again, and every word is kept."""
    office, visit = sheet.office, sheet.ids("双随机")[0]
    ordered = {**DONE, "检查结果": "责令限期整改", "隐患数": 1, "整改期限": dt.date(2026, 12, 4)}
    words = [ordered, DONE, ordered, {"是否完成": "否", "未完成原因": "其他"}, DONE]
    expected = [("ordered", 1), ("pass", 0), ("ordered", 1), (None, 0), ("pass", 0)]
    entered = office.count()
    for word, (result, orders) in zip(words, expected, strict=True):
        path = sheet.fill({visit: word})
        office.results(path, correction=BOSS)
        known = _known(office, SATURDAY)
        made = known.visits[known.visits["id"] == visit]["result"].tolist()
        assert made == ([] if result is None else [result])
        assert (known.orders["id"] == f"{visit}-O").sum() == orders
        assert office.count() > entered
        entered = office.count()
        assert not office.results(path, correction=BOSS).counts
        assert not office.results(path).counts
        assert office.count() == entered
    told = office.events(EventKind.VISITED, EventKind.NOT_VISITED)
    assert (told["key"] == visit).sum() == 7  # two of them withdraw, five report


def test_what_was_withdrawn_never_happened() -> None:
    """The latest version of an event decides whether it stands; one after the day is not seen."""
    day = dt.date(2026, 11, 24)
    made = Event(kind=EventKind.VISITED, subject="A", on=day, key="V1", data={"result": "pass"})
    gone = Event(kind=EventKind.VISITED, subject="A", on=day, key="V1", data={"withdrawn": True})
    assert len(cases.visits_as_of(cases.event_frame([made]), day)) == 1
    assert cases.visits_as_of(cases.event_frame([made, gone]), day).empty
    back = Event(kind=made.kind, subject="A", on=day, key="V1", data={**made.data, "corrects": "x"})
    assert len(cases.visits_as_of(cases.event_frame([made, gone, back]), day)) == 1


def test_rows_that_nobody_has_filled_in_are_left_for_later(sheet: Sheet) -> None:
    """Half a file comes in as half; the other half follows when it is filled in."""
    ids = [visit["检查编号"] for visit in sheet.visits]
    once = sheet.office.results(sheet.fill({ids[0]: {**DONE, "复查结果": "整改到位"}}))
    assert (once.counts["visited"], once.pending) == (1, len(ids) - 1)
    both = {id_: {**DONE, "复查结果": "整改到位"} for id_ in ids[:2]}
    twice = sheet.office.results(sheet.fill(both))
    assert (twice.counts["visited"], twice.pending) == (1, len(ids) - 2)
    assert sheet.office.results(sheet.office.template).pending == len(ids)


# Bad rows -----------------------------------------------------------------------------------------


BAD = [
    ("unknown_visit", "检查编号", {"检查编号": "2026-W48-V999", **DONE}),
    ("unknown_visit", "检查编号", {"检查编号": "V1", **DONE}),
    ("unknown_visit", "检查编号", {"对象编号": "YX99999", **DONE}),
    ("missing_done", "是否完成", {"检查结果": "未发现问题"}),
    ("done_after_today", "实际日期", {**DONE, "实际日期": dt.date(2026, 12, 1)}),
    ("done_before_week", "实际日期", {**DONE, "实际日期": dt.date(2025, 11, 24)}),
    ("bad_date", "实际日期", {**DONE, "实际日期": "星期二"}),
    ("bad_number", "隐患数", {**DONE, "隐患数": "若干"}),
    ("unknown_code", "检查结果", {**DONE, "检查结果": "还行"}),
    ("missing_result", "检查结果", {"是否完成": "是", "隐患数": 2}),
    ("missing", "计划日期", {**DONE, "计划日期": None}),
]


@pytest.mark.parametrize(("code", "column", "cells"), BAD)
def test_a_bad_row_is_named_and_nothing_of_its_file_comes_in(
    sheet: Sheet, code: str, column: str, cells: Mapping[str, Any]
) -> None:
    """File, sheet, row and column of what is wrong are told; the good rows wait as well."""
    first, second = sheet.ids("双随机")[:2]
    events = sheet.office.count()
    with pytest.raises(ResultsRefusedError) as caught:
        sheet.office.results(sheet.fill({first: DONE, second: cells}))
    assert [(p.code, p.file, p.sheet, p.row, p.column) for p in caught.value.problems] == [
        (code, "已填.xlsx", "结果回填", sheet.row_of(second), column)
    ]
    assert sheet.office.count() == events


def test_a_reinspection_needs_an_outcome_and_a_site_its_day(sheet: Sheet) -> None:
    """Every bad row of both sheets is on the list, not only the first."""
    (visit, *_) = sheet.ids("复查")
    site = _by_title(sheet, {"名称": "无名小作坊", "发现日期": "不详"})
    with pytest.raises(ResultsRefusedError) as caught:
        sheet.office.results(sheet.fill({visit: DONE}, sites=(site,)))
    found = {(p.code, p.sheet) for p in caught.value.problems}
    assert ("missing_outcome", "结果回填") in found
    assert ("missing", "新发现非法点") in found


def test_a_visit_twice_in_one_file_is_refused(sheet: Sheet) -> None:
    """Two rows about one visit cannot both be right."""
    first, second = sheet.ids("双随机")[:2]
    twice = {"检查编号": first, "对象编号": _object(sheet, first), **DONE, "检查结果": "当场整改"}
    with pytest.raises(ResultsRefusedError) as caught:
        sheet.office.results(sheet.fill({first: DONE, second: twice}))
    assert [p.row for p in caught.value.problems] == [sheet.row_of(second)]


def test_results_of_a_round_that_was_drawn_again_are_unknown(planned: Office) -> None:
    """After a redraw only the visits of the new round can be reported."""
    sheet = Sheet.of(planned)
    filled = sheet.fill({sheet.visits[0]["检查编号"]: DONE})
    planned.week(redraw_reason="名单有误")
    with pytest.raises(ResultsRefusedError) as caught:
        planned.results(filled)
    assert [p.code for p in caught.value.problems] == ["unknown_visit"]


def test_the_code_tables_of_the_template_are_those_of_the_door() -> None:
    """What the drop-down lists offer is understood when it comes back."""
    for table in ("visit_result", "review_outcome"):
        assert all(TABLES[table].read(row.title) == row.code for row in TABLES[table].rows)
