"""What is overdue ages, escalates, and comes first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.refusals import RuleSettingsError
from scheduler.due_items import DueItem
from scheduler.due_rules import STATUSES
from scheduler.escalation import escalated, load_levels, overdue_first

LEVELS = load_levels()
DUE = dt.date(2026, 11, 2)


def item(overdue_days: int, *, kind: str = "revisit", id_: str = "x") -> DueItem:
    """Return an item that is so many days overdue."""
    return DueItem(
        id=id_, object="S", kind=kind, subject="S", step=0, base=DUE, base_code="closed", opens=DUE,
        due=DUE, reasons=(), overdue_since=DUE, overdue_days=overdue_days,
    )  # fmt: skip


def level(overdue_days: int, **settings: Any) -> str:
    """Return the level of an item; empty for none."""
    kind = settings.pop("kind", "revisit")
    (found,) = escalated([item(overdue_days, kind=kind)], levels=load_levels(settings or None))
    return "" if found.level is None else found.level.name


def test_levels_rise_with_the_days() -> None:
    """In time none; a reminder, the head after a week, the list after a month."""
    assert [level(days) for days in (0, 1, 6, 7, 29, 30, 900)] == [
        "", "remind", "remind", "head", "head", "listed", "listed",
    ]  # fmt: skip


def test_a_seizure_that_has_run_out_goes_to_the_head_at_once() -> None:
    """The level that names a kind goes before a general one of the same days."""
    assert level(1, kind="seizure") == "seizure"
    assert level(1) == "remind"


def test_a_level_says_since_when_and_by_which_rule() -> None:
    """So that it explains itself."""
    (found,) = escalated([item(9)], levels=LEVELS)
    assert found.level is not None
    assert found.level.since == DUE + dt.timedelta(days=7)
    assert found.to_json()["level"]["source"] == found.level.source
    assert {one.status for one in LEVELS} <= set(STATUSES)


def test_a_bureau_changes_switches_off_and_adds_levels() -> None:
    """A changed level is a setting of the bureau."""
    assert level(7, head={"use": False}) == "remind"
    assert level(4, head={"after_days": 3}) == "head"
    assert level(90, mayor={"title": "报县长", "after_days": 60}) == "mayor"
    (changed,) = (one for one in load_levels({"head": {"after_days": 3}}) if one.name == "head")
    assert changed.status == "setting"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"head": {"after_days": 0}}, "levels.head.after_days"),
        ({"head": {"kinds": "revisit"}}, "levels.head.kinds"),
        ({"mayor": {"title": "报县长"}}, "levels.mayor.after_days"),
        ({"mayor": {"after_days": 3, "colour": "red"}}, "levels.mayor.colour"),
    ],
)
def test_settings_of_no_sense_are_named(settings: dict[str, Any], name: str) -> None:
    """The error says which."""
    with pytest.raises(RuleSettingsError, match="bad_escalation") as caught:
        load_levels(settings)
    assert name in [row[0] for row in caught.value.rows]


@given(days=st.lists(st.integers(0, 500), max_size=20))
def test_the_oldest_overdue_comes_first_and_nothing_is_lost(days: list[int]) -> None:
    """Whatever its kind."""
    items = [item(one, id_=str(number)) for number, one in enumerate(days)]
    found = overdue_first(items)
    assert [one.overdue_days for one in found] == sorted(days, reverse=True)
    assert {one.id for one in found} == {one.id for one in items}
