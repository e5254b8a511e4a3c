"""Who reported is kept apart: nowhere else, and nobody looks without a reason on record."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from layers.events import EventKind
from layers.rows import records
from xunge import reporters
from xunge.reporters import ReporterError
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office

DAY = dt.date(2026, 11, 28)
MARKERS = ("QMARKERNAME", "QMARKERPHONE", "QMARKERACCOUNT", "QMARKERIDENTITY")


def _ledger(path: Path, *, encoding: str = "utf-8-sig") -> Path:
    """Write a ledger of reports that says all there is about who made them."""
    path.write_text(
        "举报编号,受理日期,举报类别,举报内容,举报人,联系电话,收款账号,身份证号\n"
        f"JB1,2026-11-02,安全隐患,通道堵塞,{','.join(MARKERS)}\n"
        "JB2,2026-11-03,非法违法,夜间加油,匿名,,,\n",
        encoding,
    )
    return path


def test_the_whole_office_knows_nothing_of_a_reporter(county: Office) -> None:
    """Planted in every column of two ledgers, taken in, looked at: found in its table alone."""
    ledger = _ledger(county.path / "举报台账补.csv")
    (county.path / "奖励补.csv").write_text(
        "奖励编号,举报编号,奖励金额,发放日期,领奖人,银行账号\n"
        f"JLX,JB1,2000,2026-11-20,{MARKERS[0]},{MARKERS[2]}\n",
        "utf-8",
    )
    county.week()
    county.results(county.played())
    from xunge.web.ledger import models

    assert reporters.take(ledger, day=DAY) == 1
    assert reporters.look("JB1", by="李某某", reason="发放奖励", day=DAY).name == MARKERS[0]
    assert len(reporters.looks()) == 1
    sources = (ledger.name, "奖励补.csv")
    leaked = [
        (name, marker) for name, content in county.files().items() for marker in MARKERS
        if name not in sources and marker.encode() in content
    ]  # fmt: skip
    assert leaked == []
    assert _tables_with(*MARKERS) == {"ledger_reporter"}
    assert len(models.Event.objects.filter(kind="rewarded")) > 0


def _tables_with(*words: str) -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            if any(word in str(row) for row in cursor.fetchall() for word in words):
                found.add(table)
    return found


@pytest.fixture
def office(empty: Office) -> Office:
    """Give an open folder with one identity taken in."""
    open_folder(empty.path)
    reporters.take(_ledger(empty.path / "举报.csv", encoding="gb18030"), day=DAY)
    return empty


def test_anonymous_reports_have_nobody(office: Office) -> None:
    """Only who gave a name, number or account is kept."""
    from xunge.web.ledger import models

    assert list(models.Reporter.objects.values_list("report", flat=True)) == ["JB1"]
    with pytest.raises(ReporterError) as caught:
        reporters.look("JB2", by="李某某", reason="回访", day=DAY)
    assert caught.value.code == "reporter_unknown"
    assert office.path.is_dir()


@pytest.mark.parametrize(("by", "reason"), [("", "发放奖励"), ("李某某", " "), ("", "")])
@pytest.mark.usefixtures("office")
def test_nobody_looks_without_a_name_and_a_reason(by: str, reason: str) -> None:
    """A look without either is refused and leaves no trace of an identity."""
    with pytest.raises(ReporterError) as caught:
        reporters.look("JB1", by=by, reason=reason, day=DAY)
    assert caught.value.code == "reporter_needs_reason"
    assert reporters.looks() == []


@pytest.mark.usefixtures("office")
def test_every_look_goes_on_record_before_anything_is_shown() -> None:
    """Who, when, at what and why; twice on one day are two entries."""
    for reason in ("发放奖励", "补充核实"):
        reporters.look("JB1", by="李某某", reason=reason, day=DAY)
    assert [(one.report, one.by, one.reason) for one in reporters.looks()] == [
        ("JB1", "李某某", "发放奖励"), ("JB1", "李某某", "补充核实"),
    ]  # fmt: skip


def test_taking_the_same_ledger_again_changes_nothing(office: Office) -> None:
    """An identity that is known is not entered twice, one that is left empty is not lost."""
    from xunge.web.ledger import models

    assert reporters.take(office.path / "举报.csv", day=DAY) == 0
    short = office.path / "短.csv"
    short.write_text("举报编号,受理日期,举报人\nJB1,2026-11-02,QNEW\n", "utf-8")
    assert reporters.take(short, day=DAY) == 1
    row = models.Reporter.objects.get()
    assert (row.name, row.phone) == ("QNEW", MARKERS[1])
    told = records(office.events(EventKind.IDENTITY_KEPT))
    assert {event["subject"] for event in told} == {"JB1"}
    assert all(not event["data"] for event in told)


def test_a_file_that_is_no_ledger_of_reports_is_refused(office: Office) -> None:
    """The telephone of an enterprise is not that of a reporter."""
    other = office.path / "企业台账.csv"
    other.write_text("编号,企业名称,行业,联系电话\nE1,甲厂,木材,13912345678\n", "utf-8")
    with pytest.raises(ReporterError) as caught:
        reporters.take(other, day=DAY)
    assert caught.value.code == "reporter_no_ledger"
