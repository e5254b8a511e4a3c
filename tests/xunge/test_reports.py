"""Reports of a folder: their periods, figures that lead to their rows, and a check of their own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from typer.testing import CliRunner

from layers.bulletin.documents import read_document
from layers.campaigns.campaign import read_campaign
from layers.indicators.facts import Period
from maps.report_parts import Paragraph, Run, Table
from xunge.cli import app
from xunge.config import SettingsError
from xunge.reports import periods, write
from xunge.reports.periods import ReportError
from xunge.reports.write import Written, write_report
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from maps.report_parts import Report
    from tests.xunge.conftest import Office

D = dt.date
CAMPAIGN = """
id = "county2026"
title = "本县打非治违百日行动"
units = ["便江街道", "公安局"]
scheme = "jiangsu2009.behaviours"
[[phases]]
title = "排查"
since = 2026-09-01
until = 2026-09-30
[[phases]]
title = "整治"
since = 2026-10-01
until = 2026-11-20
[[extensions]]
decided = 2026-11-19
until = 2026-12-20
title = "补漏"
[[documents]]
code = "plan"
title = "方案"
due = 2026-09-05
[[received]]
document = "plan"
unit = "公安局"
on = 2026-09-08
"""

GOODS_UNITS = {
    "吨",
    "立方米",
    "箱",
    "套",
    "台",
    "个",
    "余吨",
    "余箱",
    "余立方米",
    "余套",
    "余台",
    "余个",
}


def _towns() -> list[str]:
    from xunge.web.ledger import frames

    areas = frames.register("areas")
    return list(areas["name"])


# Periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [D(2026, 11, 22), D(2026, 11, 23), D(2026, 11, 28)])
def test_a_week_is_reported_once_it_is_over(day: dt.date) -> None:
    """From its Sunday evening to the next Saturday the week from Monday to Sunday is the last."""
    assert periods.week(day) == Period(since=D(2026, 11, 16), until=D(2026, 11, 22))


@pytest.mark.parametrize(
    ("day", "ends", "since", "until"),
    [
        (D(2026, 11, 25), 25, D(2026, 10, 26), D(2026, 11, 25)),
        (D(2026, 11, 24), 25, D(2026, 9, 26), D(2026, 10, 25)),
        (D(2027, 1, 10), 25, D(2026, 11, 26), D(2026, 12, 25)),
        (D(2026, 1, 25), 25, D(2025, 12, 26), D(2026, 1, 25)),
        (D(2026, 11, 23), 22, D(2026, 10, 23), D(2026, 11, 22)),
        (D(2026, 3, 1), 0, D(2026, 2, 1), D(2026, 2, 28)),
        (D(2026, 2, 28), 0, D(2026, 2, 1), D(2026, 2, 28)),
    ],
)
def test_a_month_ends_on_the_set_day(
    day: dt.date, ends: int, since: dt.date, until: dt.date
) -> None:
    """26th to 25th, another cut-off, or the calendar month."""
    assert periods.month(day, ends=ends) == Period(since=since, until=until)


def test_the_months_of_a_year_follow_without_a_gap() -> None:
    """Each month begins the day after the one before."""
    months = [period for _, period in periods.months_of_year(D(2026, 11, 25), ends=25)]
    assert len(months) == 11
    assert months[0].since == D(2025, 12, 26)
    gaps = [(b.since - a.until).days for a, b in pairwise(months)]
    assert set(gaps) == {1}


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        (D(2026, 11, 2), D(2026, 9, 1), D(2026, 10, 31)),
        (D(2026, 10, 31), D(2026, 9, 1), D(2026, 10, 31)),
        (D(2026, 10, 30), D(2026, 7, 1), D(2026, 8, 31)),
        (D(2026, 1, 15), D(2025, 11, 1), D(2025, 12, 31)),
        (D(2026, 2, 27), D(2025, 11, 1), D(2025, 12, 31)),
    ],
)
def test_two_months_are_a_pair_of_the_calendar(
    day: dt.date, since: dt.date, until: dt.date
) -> None:
    """January and February, March and April … the last pair that is over."""
    assert periods.two_months(day) == Period(since=since, until=until)


def test_a_stage_is_the_phase_of_its_day() -> None:
    """The running phase up to the day, after an end the last one; an extension once decided."""
    campaign = read_campaign("x.toml", CAMPAIGN)
    assert periods.phase(campaign, D(2026, 10, 9)) == (
        "整治", Period(since=D(2026, 10, 1), until=D(2026, 10, 9)))  # fmt: skip
    assert periods.phase(campaign, D(2026, 11, 25))[0] == "补漏"
    assert periods.whole(campaign, D(2027, 3, 1)).until == D(2026, 12, 20)
    with pytest.raises(ReportError) as caught:
        periods.phase(campaign, D(2026, 8, 1))
    assert caught.value.code == "report_campaign_to_come"


# The example county ------------------------------------------------------------------------------


def _written(office: Office, kind: str, day: dt.date, **options: Any) -> Written:
    return write_report(open_folder(office.path), kind, day=day, **options)


def _text(written: Written) -> str:
    blocks = [b for b in written.report.blocks if isinstance(b, Paragraph)]
    return "\n".join(block.text for block in blocks)


def _xml(written: Written) -> str:
    with zipfile.ZipFile(written.files[0]) as parcel:
        return parcel.read("word/document.xml").decode("utf-8")


def test_the_weekly_report_counts_the_week_that_was_reported_back(reported: Office) -> None:
    """Visits, crews and vehicles of the week are those of its results and its plan."""
    written = _written(reported, "weekly", D(2026, 11, 30))
    assert (written.since, written.until, written.as_of) == (
        D(2026, 11, 23), D(2026, 11, 29), D(2026, 11, 29))  # fmt: skip
    lines = {line.title: line for line in written.report.lines}
    assert lines["检查生产经营单位"].value
    assert lines["出动执法人员"].value
    cars, crews = lines["出动车辆"].value, lines["出动执法人员"].value
    assert cars is not None
    assert crews is not None
    assert 0 < cars < crews
    assert "2026年11月23日至29日，共检查生产经营单位" in _text(written)


def test_every_link_leads_to_a_place_and_back(reported: Office) -> None:
    """No figure of the Word file or the workbook leads nowhere."""
    written = _written(reported, "weekly", D(2026, 11, 30))
    xml = _xml(written)
    marks = re.findall(r'<w:bookmarkStart w:id="\d+" w:name="([^"]+)"', xml)
    links = re.findall(r'<w:hyperlink w:anchor="([^"]+)"', xml)
    assert len(marks) == len(set(marks))
    assert set(links) <= set(marks)
    assert len(links) > 20
    book = openpyxl.load_workbook(written.files[1])
    found = [cell.hyperlink.location for sheet in book for row in sheet for cell in row
             if cell.hyperlink]  # fmt: skip
    assert len(found) > 10
    for place in found:
        sheet, _, cell = place.rpartition("!")
        assert book[sheet.strip("'")][cell].value is not None


def test_a_figure_is_the_number_of_rows_that_it_leads_to(reported: Office) -> None:
    """Counts of records equal the rows of their appendix; parts by town those of their group."""
    written = _written(reported, "weekly", D(2026, 11, 30))
    rows = {table.anchor: table for table in written.report.rows}
    lines = [one for one in written.report.lines if one.link and one.unit in ("家次", "份", "起")]
    assert len(lines) > 2
    assert [len(rows[one.link].rows) for one in lines] == [one.value for one in lines]
    table = next(b for b in written.report.blocks if isinstance(b, Table))
    checked = 0
    for row in table.rows[:-1]:
        run = row[1]  # checks
        if run.link:
            anchor, _, _ = run.link.rpartition("_")
            starts = sorted([*rows[anchor].marks.values(), len(rows[anchor].rows)])
            at = rows[anchor].marks[run.link]
            assert starts[starts.index(at) + 1] - at == int(run.text)
            checked += 1
    assert checked


def test_totals_are_the_figures_of_the_text(reported: Office) -> None:
    """The total of the table by town is the headline's figure, not typed again."""
    written = _written(reported, "weekly", D(2026, 11, 30))
    lines = {line.title: line.value for line in written.report.lines}
    table = next(b for b in written.report.blocks if isinstance(b, Table))
    assert table.total
    assert float(table.rows[-1][1].text) == lines["检查生产经营单位"]
    assert sum(float(row[1].text) for row in table.rows[:-1]) == float(table.rows[-1][1].text)
    assert len(table.rows) >= 16


def test_a_week_without_anything_is_reported_as_zero(reported: Office) -> None:
    """Zero is a figure: each town has its row and each sentence its 0."""
    written = _written(reported, "weekly", D(2023, 1, 2))
    assert "共检查生产经营单位0家次，涉及企业0家" in _text(written)
    assert "受理举报0件" in _text(written)
    table = next(b for b in written.report.blocks if isinstance(b, Table))
    assert {run.text for row in table.rows for run in row[1:]} == {"0"}


def test_the_same_report_has_the_same_bytes(reported: Office, tmp_path: Path) -> None:
    """Twice from the same records: byte for byte, also where the first stands already."""
    first = _written(reported, "monthly", D(2026, 11, 25), out=tmp_path / "a")
    again = _written(reported, "monthly", D(2026, 11, 25), out=tmp_path / "a")
    other = _written(reported, "monthly", D(2026, 11, 25), out=tmp_path / "b")
    assert [p.read_bytes() for p in again.files] == [p.read_bytes() for p in other.files]
    assert first.files == again.files
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["月报 2026-11.docx",
                                                                  "月报 2026-11.xlsx"]  # fmt: skip


def test_the_monthly_report_ranks_compares_and_classifies(reported: Office) -> None:
    """Growth against last year, towns ranked on quality, cases by a scheme."""
    written = _written(reported, "monthly", D(2026, 11, 25))
    titles = [b.title for b in written.report.blocks if isinstance(b, Table)]
    assert "各乡镇考核排名" in titles
    assert "各行业情况" in titles
    assert any("克安发〔2013〕9号" in title for title in titles)
    assert "去年同期" in _text(written)
    assert not any("青岛" in note for note in written.report.notes)


def test_ranking_by_counts_is_warned_of(reported: Office) -> None:
    """Who configures counts or fines is told the rule against it, in the report."""
    settings = reported.path / "xunge.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[reports]\nranking = "checks fines"\n',
                        "utf-8")  # fmt: skip
    written = _written(reported, "monthly", D(2026, 11, 25))
    assert any("2025-06-20" in note and "检查次数、罚款数额" in note
               for note in written.report.notes)  # fmt: skip
    settings.write_text(settings.read_text("utf-8").replace("checks fines", "luck"), "utf-8")
    with pytest.raises(SettingsError):
        open_folder(reported.path)


def test_a_stage_report_needs_a_campaign_and_tells_its_extension(reported: Office) -> None:
    """Progress by phase with the history of extensions, and which documents are missing."""
    with pytest.raises(ReportError) as caught:
        _written(reported, "stage", D(2026, 11, 25))
    assert caught.value.code == "report_no_campaign"
    (reported.path / "专项行动").mkdir()
    (reported.path / "专项行动" / "百日.toml").write_text(CAMPAIGN, "utf-8")
    written = _written(reported, "stage", D(2026, 11, 25))
    assert written.report.title == "本县打非治违百日行动阶段总结（补漏）"
    assert any("2026-11-19" in note and "2026-12-20" in note for note in written.report.notes)
    assert "应报材料2份：按时报送0份，迟报1份，逾期未报1份" in _text(written)
    final = _written(reported, "final", D(2026, 11, 18))
    phases = next(
        b for b in final.report.blocks if isinstance(b, Table) and b.title == "各阶段进展"
    )
    assert [row[0].text for row in phases.rows] == ["排查", "整治"]
    with pytest.raises(ReportError) as caught:
        _written(reported, "final", D(2026, 11, 18), campaign="other")
    assert caught.value.code == "report_unknown_campaign"


def test_a_report_that_contradicts_itself_is_not_written(
    reported: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where figures cannot go together nothing is left behind, and the sentence is told."""
    whole = write.compose

    def wrong(*args: Any, **options: Any) -> Report:
        report = whole(*args, **options)
        line = Paragraph(runs=(Run(text="立案10起，其中事故类3起，非事故类8起。"),))
        return dataclasses.replace(report, blocks=(*report.blocks, line))

    monkeypatch.setattr(write, "compose", wrong)
    with pytest.raises(ReportError) as caught:
        _written(reported, "weekly", D(2026, 11, 30))
    assert caught.value.code == "report_arithmetic"
    assert "3+8=11" in str(caught.value.detail["lines"])
    assert not list((reported.path / "out" / "报告").iterdir())


def test_no_person_and_no_telephone_is_in_a_report(reported: Office) -> None:
    """Names of inspectors, contacts and grid workers stay in the registers."""
    folder = open_folder(reported.path)
    from xunge.web.ledger import frames

    people = set(frames.register("inspectors")["name"]) | set(frames.register("experts")["name"])
    people |= set(frames.register("enterprises")["contact"].dropna())
    for kind in ("weekly", "monthly", "closures", "exposure"):
        written = write_report(folder, kind, day=D(2026, 11, 30))
        document = read_document(written.files[0])
        cells = {cell for grid in document.grids for row in grid.rows for cell in row}
        assert not people & cells
        assert not re.search(r"1[3-9]\d-?\d{4}-?\d{4}", _xml(written))


def test_the_command_says_what_it_wrote(reported: Office) -> None:
    """Files, the count of its own check, and what is missing; JSON for programs."""
    where = str(reported.path)
    told = CliRunner().invoke(app, ["report", "weekly", where, "--date", "2026-11-30"])
    assert told.exit_code == 0, told.output
    assert "周报 2026-W48.docx" in told.output
    assert "没有矛盾" in told.output
    told = CliRunner().invoke(app, ["report", "closures", where, "--date", "2026-11-30", "--json"])
    facts = json.loads(told.output)
    assert facts["as_of"] == "2026-11-30"


def test_reports_speak_english_too(reported: Office) -> None:
    """A folder whose language is English has English sentences; names and goods stay as written."""
    settings = reported.path / "xunge.toml"
    text = settings.read_text("utf-8").replace("[bureau]", '[bureau]\nlanguage = "en"')
    settings.write_text(text, "utf-8")
    written = _written(reported, "monthly", D(2026, 11, 25))
    assert written.files[0].name == "monthly 2026-11.docx"
    assert "checks of" in _text(written)
    assert written.checked
    towns = open_folder(reported.path) and _towns()
    plain = re.sub("|".join(map(re.escape, towns)), "", _text(written))
    assert set(re.findall(r"[一-鿿]+", plain)) <= GOODS_UNITS
