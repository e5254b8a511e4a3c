"""Priority zones as rules: defaults, a bureau's changes, and what they do to the draw."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.codes import TABLES, extended
from layers.refusals import RuleSettingsError
from scheduler.zone_rules import load_zone_rules, zone_promotions

TODAY = dt.date(2026, 11, 23)


def test_all_nine_kinds_ship_with_source_and_status() -> None:
    """Every kind of the code table has a rule that says where it is from."""
    rules = load_zone_rules()
    assert tuple(rules.kinds) == TABLES["zone_kind"].codes
    assert len(rules.kinds) == 9
    assert all(rule.source and rule.status for rule in rules.kinds.values())
    assert rules.sight.refraction == 0.13


def test_a_bureau_changes_adds_and_switches_off_kinds() -> None:
    """What is changed says so; a new kind needs a title among the codes."""
    tables = extended({"zone_kind": {"school": {"title": "学校周边"}}})
    own = {
        "water_source": {"weight": 5},
        "city_park": {"use": False},
        "school": {"buffer_m": 200, "weight": 2},
        "sight": {"observer_m": 2},
    }
    rules = load_zone_rules(own, tables=tables)
    assert (rules.kinds["water_source"].weight, rules.kinds["water_source"].status) == (
        5,
        "setting",
    )
    assert "city_park" not in rules.kinds
    assert (rules.kinds["school"].title, rules.kinds["school"].buffer_m) == ("学校周边", 200)
    assert rules.sight.observer_m == 2.0


def test_every_wrong_setting_is_named_at_once() -> None:
    """Unknown kinds, negative metres, unknown industries and fractions are refused together."""
    wrong = {
        "swamp": {"weight": 2},
        "scenic_area": {"buffer_m": -1, "weight": 0, "industries": ["magic"], "colour": "red"},
        "trunk_road": {"lines": ["motorway"]},
    }
    with pytest.raises(RuleSettingsError, match="bad_zones") as refused:
        load_zone_rules(wrong)
    names = {name for name, *_ in refused.value.rows}
    assert {"scenic_area.colour"} <= names or {"swamp"} <= names
    del wrong["scenic_area"]["colour"]
    with pytest.raises(RuleSettingsError, match="bad_zones") as refused:
        load_zone_rules(wrong)
    assert {name for name, *_ in refused.value.rows} == {
        "swamp", "scenic_area.buffer_m", "scenic_area.weight", "scenic_area.industries",
        "trunk_road.lines",
    }  # fmt: skip


def test_a_zone_raises_the_weight_of_the_industries_it_is_about() -> None:
    """A quarry in a water source counts three times, a restaurant there once."""
    found = zone_promotions(
        {"QY1": ("scenic_area", "water_source"), "QY2": ("water_source",), "QY3": ()},
        industries={"QY1": "noncoal_mine", "QY2": "food", "QY3": "noncoal_mine"},
        rules=load_zone_rules(), today=TODAY,
    )  # fmt: skip
    assert list(found) == ["QY1"]
    first, second = (one.condition for one in found["QY1"])
    assert (first.name, first.factor, first.effect) == ("zone:water_source", 3, "weight")
    assert (second.name, second.factor) == ("zone:scenic_area", 2)
