"""Tests of the conditions that make an enterprise be drawn more often, as data."""

from __future__ import annotations

import pytest

from layers import codes
from layers.refusals import RuleSettingsError
from scheduler.conditions import ABOUT, load_conditions
from scheduler.due_rules import STATUSES


def test_every_shipped_condition_has_a_source_and_known_kinds() -> None:
    """No condition without document and status; no kind that does not exist."""
    for one in load_conditions():
        assert one.source
        assert one.status in STATUSES
        assert set(one.kinds) <= set(codes.TABLES[ABOUT[one.about]].codes)


def test_a_bureau_switches_off_changes_and_adds() -> None:
    """What is changed or new has the status ``setting``; what is not in use is gone."""
    by_name = {one.name: one for one in load_conditions({
        "penalties": {"at_least": 3}, "report": {"use": False},
        "stopped": {"about": "orders", "kinds": ["suspend"], "effect": "weight", "factor": 3},
    })}  # fmt: skip
    assert (by_name["penalties"].at_least, by_name["penalties"].status) == (3, "setting")
    assert "report" not in by_name
    assert (by_name["stopped"].factor, by_name["stopped"].status) == (3, "setting")


def test_every_wrong_setting_is_named() -> None:
    """Unknown, missing and wrong settings are raised at once; reasons of the frame are taken."""
    with pytest.raises(RuleSettingsError, match="bad_conditions") as caught:
        load_conditions({
            "penalties": {"at_least": 0, "kinds": ["x"], "effect": "x"},
            "grade": {"about": "orders", "effect": "weight"}, "new": {"about": "weather"},
        })  # fmt: skip
    assert {name for name, _, _ in caught.value.rows} == {
        "conditions.penalties.at_least", "conditions.penalties.kinds",
        "conditions.penalties.effect", "conditions.grade", "conditions.new.about",
        "conditions.new.effect",
    }  # fmt: skip
    with pytest.raises(RuleSettingsError, match="bad_conditions") as caught:
        load_conditions({"report": {"factors": 2}})
    assert caught.value.rows == (("conditions.report.factors", "unknown_setting", "2"),)
