"""Frequency floors, exclusions and reasons in a week from ledger to files and back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from maps.workbooks import CONFLICT_SHEET, DUE_SHEET
from scheduler.conditions import load_conditions
from scheduler.floors import load_floors
from xunge import rounds, words
from xunge.failures import explained
from xunge.rounds import WeekError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.xunge.conftest import Office

MONDAY = dt.date(2026, 11, 23)
NEXT = dt.date(2026, 11, 30)


def _floors(record: Mapping[str, Any]) -> dict[str, Any]:
    return {item["object"]: item for item in record["due"] if item["kind"] == "floor"}


def _frame() -> dict[str, Any]:
    """Return the frame of the recorded draw of the open folder."""
    made = rounds.latest(MONDAY)
    assert made is not None
    assert made.drawn is not None
    frame: dict[str, Any] = made.drawn["record"]["frame"]
    return frame


def test_a_floor_is_planned_and_its_result_settles_it(reported: Office) -> None:
    """An overdue minimum is a visit of the week; after the visit the next part of it is wanted."""
    first = reported.week().record
    overdue = [item for item in _floors(first).values() if item["overdue_days"]]
    assert overdue
    (item,) = overdue
    (visit,) = (one for one in first["visits"] if one["object"] == item["object"])
    assert (visit["kind"], visit["mandatory"], visit["refs"]) == ("key", True, [item["id"]])
    assert {"kind": "floor", "subject": "dishonest"} in visit["settles"]
    said = words.run_on(words.why_sentences(visit, {item["id"]: item}, "zh"), "zh")
    assert "失信" in said
    assert "官方或新闻页面已核对" in said
    assert "—" not in said
    following = _floors(reported.week(NEXT, seed="种子 8").record)[item["object"]]
    assert following["step"] == item["step"] + 1


def test_floors_stand_in_the_list_of_what_is_due(planned: Office) -> None:
    """The workbook says rule, period and source, and that a number was not verified."""
    due = pd.read_excel(planned.out / "due.xlsx", sheet_name=DUE_SHEET, engine="calamine")
    floors = due[due["依据"].str.contains("至少检查")]
    assert len(floors) == 2
    assert floors["依据"].str.contains("每半年至少检查 1 次.*（未核实）").sum() == 1
    assert set(floors["事项"]) == {"重点检查"}


def test_conflicts_and_exclusions_are_on_record(county: Office) -> None:
    """Where a cap leaves less than the minimum a sheet says so; who is left out has a reason."""
    reason = "县政府会议纪要〔2026〕12号：整体搬迁"
    settings = county.path / "xunge.toml"
    own = f'\n[caps]\ndefault = 0\n\n[excluded]\nYX00005 = "{reason}"\n'
    settings.write_text(settings.read_text("utf-8") + own, "utf-8")
    record = county.week().record
    conflicts = {one["object"]: one for one in record["conflicts"]}
    assert all(one["left"] == 0 for one in conflicts.values())
    held = {object_ for object_, one in conflicts.items() if one["held"]}
    assert held
    assert held.isdisjoint(visit["object"] for visit in record["visits"])
    book = county.out / "due.xlsx"
    rows = pd.read_excel(book, sheet_name=CONFLICT_SHEET, engine="calamine", dtype=object)
    assert set(rows["对象编号"]) == set(conflicts)
    assert rows.notna().all(axis=None)
    (left,) = (one for one in _frame()["excluded"] if one["id"] == "YX00005")
    assert (left["reason"], left["detail"]) == ("excluded_by_order", {"why": reason})


def test_an_exclusion_of_nobody_is_refused_by_name(county: Office) -> None:
    """Settings that leave out what the register does not have are an error that names it."""
    settings = county.path / "xunge.toml"
    own = '\n[excluded]\nYX99999 = "迁出"\n'
    settings.write_text(settings.read_text("utf-8") + own, "utf-8")
    with pytest.raises(WeekError) as caught:
        county.week()
    assert caught.value.detail == {"ids": ["YX99999"]}
    assert "YX99999" in explained(caught.value)[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_of_the_frame_can_be_told(planned: Office, lang: str) -> None:
    """A firm can be told why it stands in its stratum, in words."""
    titles = words.frame_titles(load_floors(), load_conditions())
    planned.events()  # opens the folder
    reasons = {one["why"] for one in _frame()["eligible"]}
    assert {"grade", "recent"} <= reasons
    for why in (*reasons, "key_cycle", "covered", *titles):
        said = words.frame_sentence(why, titles, lang)
        assert not said.startswith("frame_")
        assert "—" not in said
        assert "{" not in said
