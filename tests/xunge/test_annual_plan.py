"""Tests of ``xunge year``: the plan of the year of a small county, in words, JSON and Excel."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from scheduler.problem import Inspector
from xunge import annual_lines
from xunge.annual import AnnualReport, annual
from xunge.cli import app
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office

DAY = "2026-11-23"


def run(*words: str) -> str:
    """Run the command line and return what it says; it must succeed."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def said(office: Office, day: str = DAY) -> dict[str, Any]:
    """Return the plan of the year as JSON."""
    found: dict[str, Any] = json.loads(run("year", str(office.path), "--date", day, "--json"))
    return found


def report(office: Office, day: str = DAY) -> AnnualReport:
    """Return the plan of the year."""
    return annual(open_folder(office.path), today=dt.date.fromisoformat(day))


def settings(office: Office, text: str) -> None:
    """Add settings to the folder."""
    file = office.path / "xunge.toml"
    file.write_text(file.read_text("utf-8") + "\n" + text, "utf-8")


def test_a_folder_that_was_never_read_takes_in_its_ledgers(county: Office) -> None:
    """The plan of the year needs no week: pace is estimated, and the year adds up."""
    found = said(county)
    assert found["pace"]["source"] == "estimated"
    assert found["week"] is None
    assert found["year"]["capacity"]["workdays"] == 248
    assert found["year"]["capacity"]["adds_up"]
    assert found["rest"]["capacity"]["adds_up"]


def test_the_pace_is_that_of_the_planned_weeks(planned: Office) -> None:
    """Once a week is planned, its visits by its crew-days count, and its quota stands beside."""
    plan = json.loads((planned.out / "plan.json").read_text("utf-8"))
    routes = [route for route in plan["plan"]["routes"] if route["stops"]]
    found = said(planned)
    assert found["pace"]["source"] == "recorded"
    assert found["pace"]["visits"] == sum(len(route["stops"]) for route in routes)
    assert found["pace"]["crew_days"] == len(routes)
    assert found["week"]["draws"] == plan["quota"]["draws"]


def test_every_enterprise_is_counted_once(planned: Office) -> None:
    """Covered, reachable, barred and short make each class; the barred are named with a reason."""
    found = report(planned)
    for coverage in (found.coverage_rest, found.coverage_year):
        for one in coverage.classes:
            assert one.objects == one.covered + one.reached + one.barred + one.short
        named = [firm for firm in coverage.unreachable if firm.reason != "closed"]
        assert len(named) == sum(one.barred for one in coverage.classes)
    assert found.coverage_year.objects == found.coverage_rest.objects


def test_fewer_days_reach_fewer_and_say_what_is_missing(planned: Office) -> None:
    """With hardly a day for inspections many are short, and the days missing are named."""
    before = report(planned)
    settings(planned, "[year]\nother_enforcement_days = 230\nnon_enforcement_days = 5\n")
    after = report(planned)
    assert after.coverage_rest.reached < before.coverage_rest.reached
    assert after.coverage_rest.missing.person_days > before.coverage_rest.missing.person_days
    assert sum(one.short for one in after.coverage_rest.groups) > 0
    assert "还缺" in run("year", str(planned.path), "--date", DAY)


def test_a_speciality_that_nobody_has_is_a_reason_by_name(
    planned: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enterprises whose speciality no officer has are listed one by one."""
    plain = tuple(
        Inspector(id=f"R{at}", name="", department="应急管理局",
                  certified_until=dt.date(2030, 1, 1))
        for at in range(4)
    )  # fmt: skip
    monkeypatch.setattr("xunge.annual_facts.inspectors", lambda *_, **__: plain)
    reasons = {one.reason for one in report(planned).coverage_year.unreachable}
    assert "no_speciality" in reasons
    monkeypatch.setattr("xunge.annual_facts.inspectors", lambda *_, **__: plain[:1])
    found = report(planned).coverage_year
    assert found.reached == 0
    assert "no_department" in {one.reason for one in found.unreachable}


def test_caps_bar_by_name(planned: Office) -> None:
    """Where covering takes more visits than the cap allows, every enterprise says so."""
    settings(planned, "[year]\nkey_visits = 3\ngeneral_visits = 3\n")
    found = report(planned).coverage_year
    assert found.reached == 0
    assert {one.reason for one in found.unreachable} >= {"cap_below_demand"}


def test_departments_can_visit_their_own(planned: Office) -> None:
    """All officers count where every department visits what it supervises."""
    lead = report(planned)
    settings(planned, '[year]\nofficers = "own"\naim = "risk"\n')
    own = report(planned)
    assert own.year.capacity.officers > lead.year.capacity.officers
    assert len({one.department for one in own.coverage_year.groups}) > 1


def test_an_approved_plan_is_what_progress_is_measured_by(planned: Office) -> None:
    """The numbers of the approved plan replace those that the days allow."""
    settings(planned, "[year]\napproved_key = 496\napproved_general = 0\n")
    found = said(planned)
    assert found["approved"]
    assert found["classes"][0]["planned"] == 496
    gone = 248 - found["rest"]["capacity"]["workdays"]
    assert found["classes"][0]["target"] == 2 * gone


def test_results_move_the_plan_on(reported: Office) -> None:
    """What a week found counts in the next one: more is done, nobody is covered less."""
    before, after = said(reported), said(reported, "2026-11-30")
    done = [sum(one["done"] for one in found["classes"]) for found in (before, after)]
    covered = [sum(one["covered"] for one in found["classes"]) for found in (before, after)]
    assert done[1] > done[0]
    assert covered[1] >= covered[0]
    assert after["rest"]["capacity"]["workdays"] == before["rest"]["capacity"]["workdays"] - 5


def test_a_year_begins_with_nothing_done(planned: Office) -> None:
    """On 1 January the rest of the year is the year; unknown holidays are said."""
    found = said(planned, "2027-01-01")
    assert found["rest"]["capacity"] == found["year"]["capacity"]
    assert [one["done"] for one in found["classes"]] == [0, 0]
    assert {"code": "calendar_year_unknown", "year": 2027} in found["notes"]


@pytest.mark.parametrize(("lang", "book"), [("zh", "年度计划.xlsx"), ("en", "annual-plan.xlsx")])
def test_words_and_workbook_have_all_their_data(planned: Office, lang: str, book: str) -> None:
    """Every line finds its sentence in both languages; the workbook has the lines and the list."""
    file = planned.path / "xunge.toml"
    text = file.read_text("utf-8").replace("[bureau]", f'[bureau]\nlanguage = "{lang}"')
    file.write_text(text, "utf-8")
    output = run("year", str(planned.path), "--date", DAY)
    assert "year_" not in output
    assert "{" not in output
    workbook = CalamineWorkbook.from_path(planned.path / "out" / book)
    assert len(workbook.sheet_names) == 7
    cells = [row for name in workbook.sheet_names
             for row in workbook.get_sheet_by_name(name).to_python()]  # fmt: skip
    assert not [cell for row in cells for cell in row if "year_" in str(cell) or "{" in str(cell)]
    first = workbook.get_sheet_by_name(workbook.sheet_names[0]).to_python()
    found = report(planned)
    lines = annual_lines.lines_of(found, lang=lang)
    assert [row[:3] for row in first[1:]] == [[one.title, one.year, one.rest] for one in lines]
    listed = workbook.get_sheet_by_name(workbook.sheet_names[5]).to_python()
    assert len(listed) - 1 == len(found.coverage_rest.unreachable)


def test_formulas_of_the_workbook_give_its_numbers(planned: Office) -> None:
    """Every line that follows from others is recomputed from them by its formula."""
    for one in ("year", "rest"):
        lines = annual_lines.lines_of(report(planned), lang="zh")
        values = {line.code: getattr(line, one) for line in lines}
        functions = {"MIN": min, "MAX": max, "INT": int, "ROUND": round}
        for line in lines:
            if line.formula:
                text = line.formula.format(**values)
                assert eval(text, functions) == pytest.approx(values[line.code])  # noqa: S307


def test_the_same_plan_is_the_same_file(planned: Office, tmp_path: Path) -> None:
    """Two runs give the same bytes, wherever they are written."""
    for name in ("a.xlsx", "b.xlsx"):
        run("year", str(planned.path), "--date", DAY, "--out", str(tmp_path / "new" / name))
    files = [(tmp_path / "new" / name).read_bytes() for name in ("a.xlsx", "b.xlsx")]
    assert files[0] == files[1]
    assert not (planned.path / "out" / "年度计划.xlsx").exists()
