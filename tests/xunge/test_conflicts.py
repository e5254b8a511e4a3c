"""What contradicts something known is kept until somebody decides; nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from layers.events import EventKind
from layers.rows import records
from xunge import conflicts
from xunge.cli import app
from xunge.conflicts import Conflict, ConflictError
from xunge.corrections import Correction, CorrectionError
from xunge.knowledge import know
from xunge.result_files import FORMAT, ResultsRefusedError
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office

TUESDAY, SATURDAY = dt.date(2026, 11, 24), dt.date(2026, 11, 28)
BOSS = Correction(by="股长", why="以现场笔录为准")
GOOD = {"done": True, "done_on": "2026-11-24", "result": "pass"}
BAD = {"done": True, "done_on": "2026-11-24", "result": "on_the_spot", "findings": 2}


def _visits(office: Office, kind: str = "random") -> list[dict[str, Any]]:
    record = json.loads((office.out / "plan.json").read_text("utf-8"))
    return [visit for visit in record["visits"] if visit["kind"] == kind]


def _file(office: Office, name: str, *rows: dict[str, Any], **more: Any) -> Path:
    path = office.path / "out" / name
    body = {"format": FORMAT, "results": list(rows), **more}
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return path


def _row(visit: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    return {"visit": visit["id"], "object": visit["object"], "date": "2026-11-24", **said}


def _result(office: Office, visit: str) -> list[str]:
    visits = know(SATURDAY, tables=open_folder(office.path).tables).visits
    return list(visits[visits["id"] == visit]["result"])


def _open(office: Office) -> list[Conflict]:
    open_folder(office.path)
    return [one for one in conflicts.read_conflicts() if one.settled is None]


def _settle(office: Office, id_: str, take: str, **meant: str) -> Conflict:
    return conflicts.settle(
        open_folder(office.path), id_, take=take, correction=BOSS, today=SATURDAY, **meant
    )


# JSON ---------------------------------------------------------------------------------------------


def test_json_says_the_same_as_the_workbook(planned: Office) -> None:
    """The rows of the filled workbook as JSON are the same events."""
    import pandas as pd

    from maps.workbooks import RESULT_HEADERS

    book = planned.played()
    names = {title: name for name, title in RESULT_HEADERS.items()}
    sheet = pd.read_excel(book, sheet_name="结果回填", engine="calamine", dtype=object)
    rows = [
        {names[header]: cell.date().isoformat() if isinstance(cell, dt.datetime) else cell
         for header, cell in row.items() if cell == cell}
        for row in records(sheet)
    ]  # fmt: skip
    twin = planned.copy(planned.path.parent / "另一")
    by_book = planned.results(book)
    by_json = twin.results(_file(twin, "手机.json", *rows))
    assert by_json.counts == by_book.counts
    kinds = (EventKind.VISITED, EventKind.ORDERED, EventKind.REVIEWED, EventKind.CLOSED)
    assert set(twin.events(*kinds)["uid"]) == set(planned.events(*kinds)["uid"])
    assert not planned.results(_file(planned, "手机.json", *rows)).counts


def test_new_sites_come_with_json(planned: Office) -> None:
    """A site that an inspector found comes with its place."""
    site = {"id": "FF-新-9", "name": "无证小作坊", "discovered": "2026-11-24", "lon": 112.9,
            "lat": 26.1, "departments": ["应急管理局", "公安局"]}  # fmt: skip
    assert planned.results(_file(planned, "手机.json", sites=[site])).sites == ("FF-新-9",)
    known = know(SATURDAY, tables=open_folder(planned.path).tables)
    assert known.sites.set_index("id").loc["FF-新-9", "departments"] == ("应急管理局", "公安局")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"format": "xunge-results/1", "results": [', "results_bad_json"),
        ('{"results": []}', "results_json_format"),
        ('{"format": "xunge-results/9"}', "results_json_format"),
        ("[]", "results_json_format"),
        ('{"format": "xunge-results/1", "result": []}', "results_json_field"),
        ('{"format": "xunge-results/1", "results": {}}', "results_json_list"),
        ('{"format": "xunge-results/1", "results": [7]}', "results_json_entry"),
        ('{"format": "xunge-results/1", "sites": [{"nmae": "厂"}]}', "results_json_field"),
        ('{"format": "xunge-results/1", "results": [{"done": true}]}', "missing_column"),
    ],
)
def test_json_that_cannot_be_read_is_refused_by_name(planned: Office, text: str, code: str) -> None:
    """A misspelt field is an error as well: what it says must not be lost."""
    path = planned.path / "out" / "手机.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ResultsRefusedError) as caught:
        planned.results(path, strict=False)
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].file == "手机.json"


# Conflicts ----------------------------------------------------------------------------------------


def test_two_versions_of_a_visit_keep_the_first_until_somebody_decides(planned: Office) -> None:
    """The rest of the second file comes in, its conflicting row waits, the known result stands."""
    one, two = _visits(planned)[:2]
    planned.results(_file(planned, "甲.json", _row(one, GOOD)))
    taken = planned.results(
        _file(planned, "乙.json", _row(one, BAD), _row(two, GOOD)), strict=False
    )
    assert (taken.counts["visited"], len(taken.conflicts)) == (1, 1)
    assert (_result(planned, one["id"]), _result(planned, two["id"])) == (["pass"], ["pass"])
    (conflict,) = _open(planned)
    assert (conflict.code, conflict.file, conflict.line) == ("results_conflict", "乙.json", 1)
    assert (conflict.known, conflict.row["findings"]) == ("2026-11-24 pass", 2)


@pytest.mark.parametrize(("take", "stands"), [("incoming", "on_the_spot"), ("known", "pass")])
def test_a_decision_says_who_and_why_and_both_versions_stay(
    planned: Office, take: str, stands: str
) -> None:
    """What is decided counts from then on; it is an event, and nothing is gone."""
    (visit,) = _visits(planned)[:1]
    planned.results(_file(planned, "甲.json", _row(visit, GOOD)))
    planned.results(_file(planned, "乙.json", _row(visit, BAD)), strict=False)
    (conflict,) = _open(planned)
    before = set(planned.events()["uid"])
    settled = _settle(planned, conflict.id, take)
    assert (settled.settled or {})["take"] == take
    assert _result(planned, visit["id"]) == [stands]
    assert _open(planned) == []
    assert before < set(planned.events()["uid"])
    told = records(planned.events(EventKind.VISITED, subject=visit["object"]))
    versions = [row for row in told if row["key"] == visit["id"]]
    assert len(versions) == (2 if take == "incoming" else 1)
    if take == "incoming":
        assert versions[-1]["data"]["corrects"] == versions[0]["uid"]
        assert (versions[-1]["data"]["by"], versions[-1]["data"]["why"]) == (BOSS.by, BOSS.why)
    with pytest.raises(ConflictError, match="conflict_settled"):
        _settle(planned, conflict.id, take)


def test_the_same_row_again_is_the_same_conflict(planned: Office) -> None:
    """Open or settled, a conflict is not raised twice; the file under another name neither."""
    (visit,) = _visits(planned)[:1]
    planned.results(_file(planned, "甲.json", _row(visit, GOOD)))
    planned.results(_file(planned, "乙.json", _row(visit, BAD)), strict=False)
    again = _file(planned, "丙.json", _row(visit, BAD))
    assert planned.results(again, strict=False, today=SATURDAY + dt.timedelta(1)).conflicts == ()
    (conflict,) = _open(planned)
    _settle(planned, conflict.id, "known")
    assert planned.results(again, strict=False).conflicts == ()
    assert _open(planned) == []


def test_two_files_at_once_conflict_with_each_other(planned: Office) -> None:
    """Of two inspectors' files the first counts and the second waits, in one import."""
    (visit,) = _visits(planned)[:1]
    files = [
        _file(planned, f"{n}.json", _row(visit, said)) for n, said in (("甲", GOOD), ("乙", BAD))
    ]
    taken = planned.results(*files, strict=False)
    assert (taken.counts["visited"], len(taken.conflicts)) == (1, 1)
    assert _result(planned, visit["id"]) == ["pass"]


def test_two_rows_of_one_file_conflict_even_when_it_corrects(planned: Office) -> None:
    """A correction puts right what was known before, not what the same file says."""
    (visit,) = _visits(planned)[:1]
    planned.results(
        _file(planned, "甲.json", _row(visit, {"done": False, "not_done_reason": "其他"}))
    )
    taken = planned.results(
        _file(planned, "乙.json", _row(visit, GOOD), _row(visit, BAD)),
        correction=BOSS,
        strict=False,
    )
    assert _result(planned, visit["id"]) == ["pass"]
    assert len(taken.conflicts) == 1


def test_a_visit_to_what_nobody_knows_waits(planned: Office) -> None:
    """A mistyped object or visit is put right by naming what was meant."""
    one, two, three = _visits(planned)[:3]
    wrong_object = {**_row(one, GOOD), "object": "YX99999"}
    wrong_visit = {**_row(two, GOOD), "visit": "2026-W48-V999"}
    unplanned = {"visit": "临-1", "object": three["object"], "date": "2026-11-24", **BAD}
    taken = planned.results(
        _file(planned, "甲.json", wrong_object, wrong_visit, unplanned), strict=False
    )
    assert (dict(taken.counts), len(taken.conflicts)) == ({}, 3)
    by_line = {conflict.line: conflict.id for conflict in _open(planned)}
    with pytest.raises(ConflictError, match="conflict_other_object"):
        _settle(planned, by_line[1], "incoming")
    _settle(planned, by_line[1], "incoming", object_=one["object"])
    with pytest.raises(ConflictError, match="conflict_needs_kind"):
        _settle(planned, by_line[2], "incoming")
    _settle(planned, by_line[2], "incoming", visit=two["id"])
    _settle(planned, by_line[3], "incoming", kind="special")
    assert [_result(planned, id_) for id_ in (one["id"], two["id"], "临-1")] == [
        ["pass"], ["pass"], ["on_the_spot"]
    ]  # fmt: skip
    assert _open(planned) == []


def test_an_unplanned_visit_needs_something_that_is_known(planned: Office) -> None:
    """Nobody can be visited who is in no ledger."""
    row = {"visit": "临-1", "object": "无此对象", "date": "2026-11-24", **GOOD}
    planned.results(_file(planned, "甲.json", row), strict=False)
    (conflict,) = _open(planned)
    with pytest.raises(ConflictError, match="conflict_unknown_object"):
        _settle(planned, conflict.id, "incoming", kind="special")
    assert len(_open(planned)) == 1


def test_a_correction_needs_a_name_and_a_reason() -> None:
    """Nobody puts a result right anonymously or without saying why."""
    for by, why in (("", "理由"), ("股长", " ")):
        with pytest.raises(CorrectionError):
            Correction(by=by, why=why)


def test_who_went_is_kept_with_the_visit(planned: Office) -> None:
    """Person-times and vehicle-times are counted from the crews, so a visit tells its own."""
    (visit,) = _visits(planned)[:1]
    planned.results(_file(planned, "甲.json", _row(visit, GOOD)))
    (told,) = [row for row in records(planned.events(EventKind.VISITED, subject=visit["object"]))
               if row["key"] == visit["id"]]  # fmt: skip
    record = json.loads((planned.out / "plan.json").read_text("utf-8"))
    (outing,) = [r["team_day"] for r in record["plan"]["routes"]
                 if any(stop["visit"] == visit["id"] for stop in r["stops"])]  # fmt: skip
    assert told["data"]["outings"] == [outing]
    assert told["data"]["inspectors"] == record["crews"][outing]["inspectors"]
    assert len(told["data"]["vehicles"]) == 1


# The command line ---------------------------------------------------------------------------------


def test_the_command_line_lists_and_settles(planned: Office) -> None:
    """A person sees both versions in words, decides by id, and the list is empty."""
    (visit,) = _visits(planned)[:1]
    first, second = (_file(planned, f"{n}.json", _row(visit, said))
                     for n, said in (("甲", GOOD), ("乙", BAD)))  # fmt: skip
    run, folder = CliRunner(), str(planned.path)
    said = run.invoke(
        app, ["results", folder, str(first), str(second), "--date", SATURDAY.isoformat()]
    )
    assert said.exit_code == 0
    (conflict,) = _open(planned)
    assert conflict.id in said.output
    listed = run.invoke(app, ["conflicts", folder]).output
    assert "未发现问题" in listed
    assert "当场整改" in listed
    assert "乙.json" in listed
    settled = run.invoke(
        app,
        ["conflicts", folder, "--settle", conflict.id, "--take", "incoming", "--by", "股长",
         "--reason", "笔录为准", "--date", SATURDAY.isoformat(), "--json"],
    )  # fmt: skip
    assert json.loads(settled.output)["conflicts"][0]["settled"]["take"] == "incoming"
    assert "没有待裁定" in run.invoke(app, ["conflicts", folder]).output
    assert _result(planned, visit["id"]) == ["on_the_spot"]
