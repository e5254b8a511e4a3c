"""Tests of the due rules as data."""

from __future__ import annotations

import pytest

from layers.refusals import RuleSettingsError
from scheduler.due_rules import STATUSES, UNITS, load_rules


def test_every_shipped_rule_has_a_source_and_a_known_status() -> None:
    """No number without document and verification status."""
    rules = load_rules()
    terms = (
        *rules.reinspection, rules.rectification, *rules.steps, rules.report_plan,
        rules.report_limit,
    )  # fmt: skip
    assert all(term.source and term.unit in UNITS for term in terms)
    statuses = {term.status for term in terms}
    statuses |= {rules.relapse.status, rules.window.status, rules.nonworking.status}
    assert statuses <= set(STATUSES) - {"setting"}


def test_the_numbers_that_the_bureau_expects() -> None:
    """10 days for a re-inspection, 7/30/90/180/365 for revisits, 60 for reports."""
    rules = load_rules()
    assert rules.reinspection_term(order_kind="rectify", industry="timber").days == 10
    assert [step.days for step in rules.steps] == [7, 30, 90, 180, 365]
    assert (rules.report_plan.days, rules.report_limit.days) == (7, 60)


def test_the_more_specific_rule_wins() -> None:
    """A suspended coal mine has 20 days, any other suspension 10, special equipment workdays."""
    rules = load_rules()
    assert rules.reinspection_term(order_kind="suspend", industry="coal_mine").days == 20
    assert rules.reinspection_term(order_kind="suspend", industry="food").name == "restart"
    lift = rules.reinspection_term(order_kind="rectify", industry="special_equipment")
    assert (lift.days, lift.unit) == (10, "workdays")


def test_a_setting_is_marked_as_one() -> None:
    """A changed number loses its legal status, the others keep theirs."""
    rules = load_rules(
        {
            "reinspection": {
                "order": {"days": 5},
                "fireworks": {"days": 3, "industries": ["fireworks"]},
            },
            "revisit": {"steps": {"days": [3, 10]}},
        }
    )
    order = rules.reinspection_term(order_kind="rectify", industry="")
    assert (order.days, order.status) == (5, "setting")
    assert rules.reinspection_term(order_kind="", industry="fireworks").days == 3
    assert [step.status for step in rules.steps] == ["setting", "setting"]
    assert rules.report_limit.status == "page"


def test_every_wrong_setting_is_named() -> None:
    """Unknown names, wrong kinds and wrong orders are raised at once."""
    with pytest.raises(RuleSettingsError, match="bad_due_rules") as caught:
        load_rules({"revisits": 3, "report": {"plan": {"dais": 3}}, "rectification": 9})
    assert [(name, code) for name, code, _ in caught.value.rows] == [
        ("revisits", "unknown_setting"),
        ("report.plan.dais", "unknown_setting"),
        ("rectification", "bad_setting"),
    ]
    with pytest.raises(RuleSettingsError, match="bad_due_rules") as caught:
        load_rules(
            {
                "reinspection": {
                    "order": {"days": -1, "unit": "weeks"},
                    "new": {"industries": "x"},
                },
                "revisit": {"steps": {"days": [30, 7]}, "relapse": {"divisor": 0}},
            }
        )
    assert {name for name, _, _ in caught.value.rows} == {
        "reinspection.order.days", "reinspection.order.unit", "reinspection.new.days",
        "reinspection.new.industries", "revisit.steps.days", "revisit.relapse.divisor",
    }  # fmt: skip
