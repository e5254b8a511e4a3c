"""A true report is worth what the rule says; payments that do not fit it are named."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers.cases import ACCIDENT_COLUMNS, CASE_COLUMNS, PENALTY_COLUMNS, REPORT_COLUMNS
from layers.refusals import RuleSettingsError
from scheduler.rewards import Reward, load_reward_rule, rewards_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = dt.date(2026, 9, 1)


def _frame(columns: Sequence[str], *rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{name: row.get(name) for name in columns} for row in rows],
                        columns=list(columns), dtype=object)  # fmt: skip


def _reward(
    *, paid: float | None = None, fines: Sequence[float] = (), outcome: str = "substantiated",
    dead: int = 0, grade: str = "general", **settings: Any,
) -> list[Reward]:  # fmt: skip
    report = {"id": "J1", "report_class": "accident" if dead else "illegal", "object": "YX1",
              "outcome": outcome, "rewarded": paid}  # fmt: skip
    other = {"id": "J2", "report_class": "illegal", "outcome": None}
    penalties = [{"id": f"P{n}", "case": "A1", "kind": "fine", "amount": amount}
                 for n, amount in enumerate(fines)]  # fmt: skip
    return rewards_of(
        _frame(REPORT_COLUMNS, report, other),
        cases=_frame(CASE_COLUMNS, {"id": "A1", "report": "J1"}, {"id": "A2"}),
        penalties=_frame(
            PENALTY_COLUMNS, *penalties, {"id": "W", "case": "A1", "kind": "warning"},
            {"id": "X", "case": "A2", "kind": "fine", "amount": 9e6},
        ),
        accidents=_frame(
            ACCIDENT_COLUMNS, {"object": "YX1", "deaths": dead, "grade": grade, "concealed": True},
            {"object": "YX1", "deaths": 7, "grade": grade, "concealed": False},
        ),
        rule=load_reward_rule(settings),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fines", "worth"),
    [((), 3000), ((10_000,), 3000), ((30_000, 20_000), 7500), ((5_000_000,), 300_000)],
)
def test_a_share_of_the_fines_between_least_and_most(
    fines: tuple[float, ...], worth: float
) -> None:
    """Fifteen per cent of the fines of its own cases, at least 3,000 and at most 300,000 yuan."""
    (one,) = _reward(fines=fines)
    assert (one.least, one.most, one.open, one.doubt) == (worth, worth, True, "")


@pytest.mark.parametrize(("grade", "each"), [("general", 30_000), ("extreme", 60_000)])
def test_a_concealed_accident_counts_its_dead(grade: str, each: int) -> None:
    """Only concealed accidents of the same object count, by their grade."""
    (one,) = _reward(dead=2, grade=grade, fines=(1_000_000,))
    assert one.least == one.most == 2 * each


@pytest.mark.parametrize(
    ("paid", "outcome", "doubt"),
    [(7500, "substantiated", ""), (7499, "substantiated", "too_little"),
     (7501, "substantiated", "too_much"), (500, "unsubstantiated", "not_true")],
)  # fmt: skip
def test_a_payment_that_does_not_fit_is_named(paid: float, outcome: str, doubt: str) -> None:
    """Too little, too much, or for a report that was not true."""
    (one,) = _reward(fines=(50_000,), paid=paid, outcome=outcome)
    assert (one.doubt, one.open) == (doubt, False)


def test_a_local_table_leaves_the_amount_to_the_bureau() -> None:
    """Within its range every payment fits; a changed number is a setting."""
    (one,) = _reward(use="miluo", paid=9000)
    assert (one.least, one.most, one.doubt) == (500, 10_000, "")
    assert load_reward_rule({"use": "miluo"}).status == "page"
    assert load_reward_rule({"use": "miluo", "most": 20_000}).status == "setting"
    assert load_reward_rule({"use": "gaoping", "share": 0.1}).range_of(fines=4000, deaths={}) == (
        400, 400
    )  # fmt: skip


def test_a_report_that_is_neither_true_nor_paid_is_no_matter() -> None:
    """Nothing is said of reports that are open or were not true."""
    assert _reward(outcome="unsubstantiated") == []


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"use": "mars"}, "use"), ({"least": -1}, "least"), ({"most": "viel"}, "most"),
     ({"share": 1.5}, "share"), ({"shares": 0.1}, "shares"), ({"least": 400_000}, "least"),
     ({"most": True}, "most")],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_named(settings: dict[str, Any], name: str) -> None:
    """An unknown name, a wrong kind of value, a least above the most."""
    with pytest.raises(RuleSettingsError, match="bad_reward_rule") as caught:
        load_reward_rule(settings)
    assert [row[0] for row in caught.value.rows] == [name]
