"""What a row says without its day is told, with the cell to fill in; the row stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers.cases import LIVES, events_of
from layers.ledgers import read_ledgers
from layers.schema import REGISTERS
from layers.undated import STATES

if TYPE_CHECKING:
    from pathlib import Path

    from layers.ledgers import Ledgers

ORDERS = "文书编号,对象编号,下达日期,复查日期,复查结果\n"
HAZARDS = "隐患编号,对象编号,发现日期,整改完成日期,销号日期,整改状态,文书编号\n"
NO_EVENT = {"open", "overdue", "held", "sent", "due", "none", "listed", "expired", "handed_over"}
"""States that follow from the days alone, or begin with the record."""


def read(folder: Path, **files: str) -> Ledgers:
    """Read the named ledgers, each one CSV."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_ledgers(folder)


def told(ledgers: Ledgers) -> list[tuple[str, int | None, str, str, str]]:
    """Return file, row, column, value and the day that is missing of every such warning."""
    return [
        (p.file, p.row, p.column, p.value, str(p.detail["day"]))
        for p in ledgers.warnings
        if p.code in ("undated", "undated_row")
    ]


def test_state_without_its_day(tmp_path: Path) -> None:
    """A hazard struck off on no day is told with file, row, column and the day; it stays."""
    text = HAZARDS + "Y1,E1,2026-03-02,,,已销号,\nY2,E1,2026-03-02,2026-03-09,,已整改,\n"
    ledgers = read(tmp_path, 隐患台账=text)
    assert told(ledgers) == [("隐患台账.csv", 2, "整改状态", "已销号", "销号日期")]
    assert list(ledgers.registers["hazards"]["id"]) == ["Y1", "Y2"]
    assert not ledgers.errors


def test_value_is_said_in_both_languages(tmp_path: Path) -> None:
    """English sentences name the state in English."""
    ledgers = read(tmp_path, 隐患台账=HAZARDS + "Y1,E1,2026-03-02,,,已整改,\n")
    (problem,) = [p for p in ledgers.warnings if p.code == "undated"]
    assert (problem.data()["value_en"], problem.data()["day_en"]) == ("Rectified", "rectified")


def test_later_day_dates_an_earlier_state(tmp_path: Path) -> None:
    """Who was struck off on a day was put right by then."""
    text = HAZARDS + "Y1,E1,2026-03-02,,2026-03-20,已整改,\n"
    assert told(read(tmp_path, 隐患台账=text)) == []


@pytest.mark.parametrize(("outcome", "missing"), [("已整改", 0), ("未整改", 1)])
def test_review_of_the_order_dates_the_hazard(tmp_path: Path, outcome: str, missing: int) -> None:
    """A dated review that found the order met is the day of the hazard; another is not."""
    ledgers = read(
        tmp_path,
        隐患台账=HAZARDS + "Y1,E1,2026-03-02,,,已整改,Z1\n",
        责令整改台账=ORDERS + f"Z1,E1,2026-03-02,2026-03-20,{outcome}\n",
    )
    assert len(told(ledgers)) == missing


def test_outcome_of_an_order_without_review(tmp_path: Path) -> None:
    """A result without the day of its review is told, and no review is recorded."""
    text = ORDERS + "Z1,E1,2026-03-02,,已整改\nZ2,E1,2026-03-02,,未整改\n"
    ledgers = read(tmp_path, 责令整改台账=text)
    assert told(ledgers) == [("责令整改台账.csv", 2, "复查结果", "整改到位", "复查日期")]
    assert [e.kind for e in events_of("orders", ledgers.registers["orders"])] == [
        "ordered", "ordered",
    ]  # fmt: skip


def test_closed_site_without_closure(tmp_path: Path) -> None:
    """A site that is closed on no day stays open, so the ledger must say when."""
    text = "编号,发现日期,状态,关闭日期,地址\nF1,2026-01-05,已关闭,,油麻镇\n"
    assert told(read(tmp_path, 非法点台账=text)) == [
        ("非法点台账.csv", 2, "状态", "已关闭取缔", "关闭日期")
    ]


def test_money_without_its_day(tmp_path: Path) -> None:
    """A sum that came in on no day is told; none is no sum. State and sum are one warning."""
    text = "处罚决定书文号,处罚日期,罚没金额,收缴金额,收缴日期,收缴状态\n"
    text += "P1,2026-02-01,20000,20000,,已收缴\nP2,2026-02-01,20000,0,,未收缴\n"
    text += "P3,2026-02-01,20000,5000,,\n"
    assert [(row, column) for _, row, column, _, _ in told(read(tmp_path, 处罚台账=text))] == [
        (2, "收缴状态"), (4, "收缴金额"),
    ]  # fmt: skip


def test_penalty_decides_its_case(tmp_path: Path) -> None:
    """A case that is decided by a penalty of another ledger has its day."""
    cases = "立案编号,对象编号,立案日期,决定日期,案件状态\n"
    cases += "L1,E1,2026-01-05,,已决定\nL2,E1,2026-01-05,,已决定\n"
    penalties = "处罚决定书文号,立案编号,处罚日期\nP1,L1,2026-02-01\n"
    ledgers = read(tmp_path, 案件台账=cases, 处罚台账=penalties)
    assert told(ledgers) == [("案件台账.csv", 3, "案件状态", "已决定", "决定日期")]


def test_restart_without_any_day(tmp_path: Path) -> None:
    """A restart of which no event can be told is told; who signed is not shown."""
    text = "对象编号,复产申请日期,验收日期,验收签字人,复产日期\nE1,,,,\nE2,2026-03-01,,王某,\n"
    assert told(read(tmp_path, 复工复产=text)) == [
        ("复工复产.csv", 2, "对象编号", "E1", "复产申请日期"),
        ("复工复产.csv", 3, "验收签字人", "***", "验收日期"),
    ]


def test_every_state_is_thought_of() -> None:
    """A state of a ledger begins on a day that is named, or follows from other days."""
    from layers.codes import TABLES

    for name in ("sites", *LIVES):
        for column in REGISTERS[name]:
            if column.name in ("state", "status"):
                known = set(STATES[name, column.name]) | NO_EVENT
                assert set(TABLES[column.table].codes) <= known, name
