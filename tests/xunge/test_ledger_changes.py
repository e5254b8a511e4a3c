"""A ledger corrects itself and tells so; it does not overrule what was reported or decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest

from layers.events import Event, EventKind
from layers.rows import records
from maps.messages import sentence
from xunge.ledger_changes import name_of, sort_out

TUESDAY = dt.date(2026, 11, 24)
PASS, ORDERED = {"kind": "random", "result": "pass"}, {"kind": "random", "result": "ordered"}


def _visit(data: dict[str, Any], *, on: dt.date = TUESDAY) -> Event:
    return Event(kind=EventKind.VISITED, subject="YX1", on=on, key="V1", data=data,
                 source="检查记录.xlsx!2026!17")  # fmt: skip


@dataclass
class Store:
    """What the database knows, with the command that brought it."""

    rows: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    uids: list[str] = field(default_factory=list)

    def take(self, *events: Event, command: str = "week") -> list[tuple[str, str]]:
        """Take in a ledger (or a report) and return what is told."""
        new, told = list(events), []
        if command == "week":
            new, told = sort_out(events, self.rows, register="visits")
        for event in new:
            assert event.uid not in self.uids
            self.uids.append(event.uid)
            self.rows[name_of(event)] = {
                "uid": event.uid, "on": event.on, "data": dict(event.data), "command": command,
            }  # fmt: skip
        return [(problem.code, problem.detail["said"]) for problem in told]

    @property
    def result(self) -> str:
        """The result that stands."""
        return str(self.rows["visited", "YX1", "V1"]["data"]["result"])


def test_a_changed_row_is_a_correction_that_is_told() -> None:
    """Another result in the ledger counts, and the report names both."""
    store = Store()
    assert store.take(_visit(PASS)) == []
    assert store.take(_visit(PASS)) == []
    said = "检查结果 未发现问题 → 责令限期整改"
    assert store.take(_visit(ORDERED)) == [("ledger_corrects", said)]
    assert (store.result, len(store.uids)) == ("ordered", 2)


def test_a_row_changed_back_counts_again() -> None:
    """There and back again: the last ledger stands, and the same ledger twice changes nothing."""
    store = Store()
    for data in (PASS, ORDERED, PASS, PASS, ORDERED):
        store.take(_visit(data))
        assert store.result == data["result"]
    assert len(store.uids) == 4


def test_a_report_is_not_overruled() -> None:
    """What the results of a week said stands against a ledger that says otherwise."""
    store = Store()
    store.take(_visit({**ORDERED, "inspectors": ["R1"]}), command="results")
    assert store.take(_visit(ORDERED)) == []
    said = "检查结果 责令限期整改 → 未发现问题"
    assert store.take(_visit(PASS)) == [("ledger_contradicts", said)]
    day = dt.date(2026, 11, 25)
    (told,) = store.take(_visit(ORDERED, on=day))
    assert told == ("ledger_contradicts", "检查日期 2026-11-24 → 2026-11-25")
    assert (store.result, len(store.uids)) == ("ordered", 1)


def test_a_ledger_that_knows_more_is_taken() -> None:
    """A fact that was missing is added without a word; a withdrawn report is not revived."""
    store = Store()
    store.take(_visit(PASS))
    assert store.take(_visit({**PASS, "note": "夜间"})) == []
    assert len(store.uids) == 2
    store.take(_visit({"withdrawn": True, "visit": "V1"}), command="conflicts")
    assert [code for code, _ in store.take(_visit(PASS))] == ["ledger_contradicts"]


def test_who_went_is_the_ledgers_to_correct_only_where_a_ledger_said_it() -> None:
    """Cars and inspectors that a ledger adds later are taken; those of a plan stay with results."""
    store = Store()
    store.take(_visit({**PASS, "inspectors": ["R1"]}))
    assert store.take(_visit({**PASS, "inspectors": ["R1"], "vehicles": ["C1"]})) == []
    said = "检查人员 R1 → R2"
    changed = _visit({**PASS, "inspectors": ["R2"], "vehicles": ["C1"]})
    assert store.take(changed) == [("ledger_corrects", said)]
    assert store.take(changed) == []
    assert store.rows["visited", "YX1", "V1"]["data"]["vehicles"] == ["C1"]
    results = Store()
    results.take(_visit({**PASS, "vehicles": ["C9"]}), command="results")
    assert results.take(_visit({**PASS, "vehicles": ["C1"]})) == []
    assert results.rows["visited", "YX1", "V1"]["data"]["vehicles"] == ["C9"]


def test_of_two_rows_about_one_thing_the_last_counts() -> None:
    """Two rows that contradict each other do not chase each other week after week."""
    store = Store()
    for _ in range(3):
        store.take(_visit(PASS), _visit(ORDERED))
    assert (store.result, len(store.uids)) == ("ordered", 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", ["ledger_corrects", "ledger_contradicts"])
def test_a_person_can_read_it(code: str, lang: str) -> None:
    """File, row and both values are in the sentence of the quality report."""
    old = {"uid": "u", "on": TUESDAY, "data": ORDERED,
           "command": "results" if code == "ledger_contradicts" else "week"}  # fmt: skip
    _, (problem,) = sort_out(
        [_visit(PASS)], {("visited", "YX1", "V1"): old}, register="visits", lang=lang
    )
    assert (problem.code, problem.file, problem.sheet, problem.row) == (
        code, "检查记录.xlsx", "2026", 17
    )  # fmt: skip
    said = sentence(code, lang=lang, **problem.data())
    assert "V1" in said
    assert ("责令限期整改" if lang == "zh" else "Rectification ordered") in said


def test_a_week_tells_what_its_ledgers_changed(planned: Any) -> None:  # noqa: ANN401 - Office
    """A second import of a changed order is on the quality report and counts from then on."""
    import openpyxl

    from tests.xunge.conftest import MONDAY

    ledger = next(planned.path.glob("责令*.xlsx"))
    book = openpyxl.load_workbook(ledger)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows())
    at = next(i for i, row in enumerate(rows) if "文书编号" in [cell.value for cell in row])
    head = [cell.value for cell in rows[at]]
    cell = rows[at + 1][head.index("整改期限")]
    order = rows[at + 1][head.index("文书编号")].value
    cell.value = dt.date(2026, 12, 24)
    book.save(ledger)
    result = planned.week(MONDAY + dt.timedelta(weeks=1))
    told = [problem for problem in result.intake.told if problem.code == "ledger_corrects"]
    assert [(problem.value, problem.file) for problem in told] == [(order, ledger.name)]
    events = records(planned.events(EventKind.ORDERED))
    versions = [event for event in events if event["key"] == order]
    assert [event["data"].get("deadline") for event in versions][-1] == "2026-12-24"
    assert versions[-1]["data"]["corrects"] == versions[0]["uid"]
