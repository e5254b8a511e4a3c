"""One file per enterprise: everything of one object, nothing of any other, nothing personal."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from layers.codes import TABLES
from layers.measures import load_measures
from layers.schemes import load_schemes
from maps.dossier import dossier_page
from xunge.cli import app
from xunge.config import load
from xunge.dossier import OF_KIND, UnknownObjectError, Words, departments, dossier
from xunge.dossier_view import to_json, view
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office
    from xunge.dossier import Dossier

DAY = dt.date(2026, 11, 23)
RULES = load_measures()
FIRM = {"id": "E1", "name": "甲厂<script>alert(1)</script>", "industry": "木材", "department": "D1",
        "contact": "QCONTACT", "phone": "13912345678", "risk_grade": "较大"}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "visits": [{"id": "V1", "date": "2026-03-01", "object": "E1", "result": "责令限期整改",
                "findings": 1, "departments": "D1", "inspectors": "QINSPECTOR"}],
    "orders": [{"id": "O1", "object": "E1", "issued": "2026-03-01", "kind": "责令停产停业决定书",
                "deadline": "2026-03-10", "reviewed": "2026-03-12", "outcome": "未整改"}],
    "hazards": [{"id": "H1", "object": "E1", "visit": "V1", "found": "2026-03-01", "types": "H8",
                 "grade": "重大隐患", "responsible": "QRESPONSIBLE", "deadline": "2026-03-10",
                 "description": "<b>通道</b>"}],
    "cases": [{"id": "L1", "object": "E1", "filed": "2026-03-02", "behaviours": "K3"}],
    "penalties": [{"id": "C1", "case": "L1", "object": "", "decided": "2026-04-02",
                   "kind": "罚款", "amount": "3万元"}],
    "restarts": [{"id": "F1", "object": "E1", "applied": "2026-03-13", "examined": "2026-03-15",
                  "outcome": "验收不合格", "restarted": "2026-03-20", "signer": "QSIGNER"}],
    "reports": [{"id": "JB1", "received": "2026-02-20", "object": "E1", "content": "夜间生产"}],
    "rewards": [{"id": "JL1", "report": "JB1", "amount": 1000, "on": "2026-05-01"}],
}  # fmt: skip
SECRET = ("QCONTACT", "13912345678", "QRESPONSIBLE", "QSIGNER", "QINSPECTOR")


@pytest.fixture
def office(empty: Office) -> Office:
    """Give a folder with one firm that went through everything, and another one."""
    open_folder(empty.path)
    empty.enter("departments", [{"id": "D1", "name": "林业局"}])
    empty.enter("enterprises", [FIRM, {"id": "E2", "name": "乙厂"}])
    for register, rows in ROWS.items():
        empty.enter(register, rows)
    other = {"id": "H2", "object": "E2", "found": "2026-03-01", "description": "别人"}
    empty.enter("hazards", [other])
    return empty


def _file(words: str = "E1") -> Dossier:
    return dossier(words, day=DAY, rules=RULES, tables=TABLES, settings=load(Path()))


def _words(*, lang: str = "zh", persons: bool = False) -> Words:
    return Words(tables=TABLES, schemes=load_schemes(), departments=departments(), lang=lang,
                 persons=persons)  # fmt: skip


@pytest.mark.usefixtures("office")
def test_a_file_holds_the_whole_life_and_nobody_elses() -> None:
    """Every record of the firm, of the reports about it and of its cases; none of its neighbour."""
    found = _file()
    assert set(found.states) == {*ROWS, "visits"} - {"rewards"}
    assert found.states["penalties"]["id"].tolist() == ["C1"]
    assert found.states["reports"]["rewarded"].tolist() == [1000.0]
    assert {entry.kind for entry in found.story} >= {
        "visited", "ordered", "reviewed", "found", "filed", "penalised", "restarted", "reported",
        "rewarded", "enrolled",
    }  # fmt: skip
    assert [entry.on for entry in found.story] == sorted(entry.on for entry in found.story)
    assert {one.rule.code for one in found.suggestions} >= {"closure_unfit", "unaccepted_restart"}
    assert {(item.kind, item.subject) for item in found.due} >= {
        ("report", "JB1"),
        ("hazard", "H1"),
    }
    assert "别人" not in json.dumps(to_json(found, rules=RULES), ensure_ascii=False)


@pytest.mark.usefixtures("office")
def test_only_events_of_the_object_are_read() -> None:
    """No query walks all events: each names subjects, which the index finds."""
    with CaptureQueriesContext(connection) as queries:
        _file()
    asked = [q["sql"] for q in queries if 'FROM "ledger_event"' in q["sql"]]
    assert asked
    assert all('"subject"' in sql.partition("WHERE")[2] for sql in asked)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked[0])
        plan = str(cursor.fetchall())
    assert "SEARCH" in plan
    assert "SCAN" not in plan


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_personal_data_are_shown_only_when_asked_for(lang: str) -> None:
    """Contact, responsible, signer and inspectors are in nothing without ``--persons``."""
    found = _file()
    for persons in (False, True):
        page = dossier_page(view(found, rules=RULES, words=_words(lang=lang, persons=persons)))
        data = json.dumps(to_json(found, rules=RULES, persons=persons), ensure_ascii=False)
        assert [word for word in SECRET if word in page] == (list(SECRET) if persons else [])
        assert [word for word in SECRET if word in data] == (list(SECRET) if persons else [])


@pytest.mark.usefixtures("office")
def test_text_of_ledgers_is_escaped() -> None:
    """What stands in a ledger is text on the page, never markup."""
    page = dossier_page(view(_file(), rules=RULES, words=_words()))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>通道</b>" not in page
    assert "H8 " in page
    assert "林业局" in page


def test_a_changed_register_row_says_what_it_was(office: Office) -> None:
    """The story of the register row: enrolled, then changed from what to what."""
    later = DAY + dt.timedelta(days=7)
    office.enter("enterprises", [{**FIRM, "risk_grade": "重大"}], day=later)
    found = dossier("E1", day=DAY + dt.timedelta(days=7), rules=RULES, tables=TABLES,
                    settings=load(Path()))  # fmt: skip
    last = view(found, rules=RULES, words=_words()).story[-1]
    assert (last.what, last.facts) == ("登记变更", "风险等级：较大风险 → 重大风险")
    assert _file().story[-1].kind == "enrolled"


@pytest.mark.usefixtures("office")
def test_an_object_is_found_by_its_name_and_not_guessed() -> None:
    """Id, credit code and full name lead to the file; anything else names what is similar."""
    assert _file("乙厂").id == "E2"
    with pytest.raises(UnknownObjectError) as caught:
        _file("厂")
    assert "E2 乙厂" in caught.value.near


def test_every_kind_of_event_in_a_file_has_words() -> None:
    """No line of a story is without a title in both languages."""
    from maps.messages import sentence

    for kind in (*OF_KIND, "enrolled", "registered"):
        assert sentence(f"event_{kind}") != sentence(f"event_{kind}", lang="en")


def test_the_command_prints_writes_and_refuses(office: Office) -> None:
    """``xunge file``: for people, as a page, as JSON; an unknown object is an error."""
    run = CliRunner().invoke
    shown = run(app, ["file", str(office.path), "E1", "--date", "2026-11-23"])
    assert shown.exit_code == 0
    assert "关闭条件已具备" in shown.stdout
    page = office.path / "out" / "E1.html"
    made = run(app, ["file", str(office.path), "E1", "--date", "2026-11-23", "--html", str(page)])
    assert made.exit_code == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    told = run(app, ["file", str(office.path), "E1", "--date", "2026-11-23", "--json"])
    assert json.loads(told.stdout)["id"] == "E1"
    assert isinstance(run(app, ["file", str(office.path), "E9"]).exception, UnknownObjectError)


def test_an_object_is_looked_for_by_its_name_of_that_day(office: Office) -> None:
    """As of an earlier day the old name finds it, and the new one only says what it was called."""
    from xunge.web.ledger import past

    later = DAY + dt.timedelta(days=30)
    office.enter(
        "enterprises", [{**FIRM, "name": "新名厂"}, {"id": "E3", "name": "晚来厂"}], day=later
    )
    assert (_file("新名厂").id, _file("新名厂").name) == ("E1", "新名厂")
    with past.entered_by(DAY):
        assert (_file(FIRM["name"]).id, _file(FIRM["name"]).name) == ("E1", FIRM["name"])
        with pytest.raises(UnknownObjectError) as caught:
            _file("新名厂")
        assert caught.value.near == f"E1 {FIRM['name']}"
        with pytest.raises(UnknownObjectError):
            _file("E3")
    with pytest.raises(UnknownObjectError):
        _file(FIRM["name"])


def test_linked_objects_are_those_of_that_day(office: Office) -> None:
    """Tenants and reports that came, moved or changed their names later are seen as they were."""
    from xunge.web.ledger import past

    later = DAY + dt.timedelta(days=30)
    tenant = {"id": "E9", "name": "租户", "parent": "E1"}
    office.enter("enterprises", [tenant])
    office.enter("enterprises", [{**tenant, "name": "改名租户"}, {"id": "E8", "name": "新租户",
                                                          "parent": "E1"}], day=later)  # fmt: skip
    office.enter("departments", [{"id": "D1", "name": "自然资源局"}], day=later)
    reports = [dict(row) for row in ROWS["reports"]]
    office.enter("reports", [{**reports[0], "object": "E2"}], day=later)
    assert _file().linked == (("E8", "新租户"), ("E9", "改名租户"))
    assert departments() == {"D1": "自然资源局"}
    with past.entered_by(DAY):
        assert _file().linked == (("E9", "租户"),)
        assert departments() == {"D1": "林业局"}
        assert _file().states["reports"]["id"].tolist() == [reports[0]["id"]]
