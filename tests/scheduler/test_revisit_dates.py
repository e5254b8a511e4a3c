"""Suggested revisits: as dense as the root of the hazard, within the budget, hard to guess."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from layers.codes import TABLES
from layers.refusals import RuleSettingsError
from scheduler.due_items import DueItem, Reason
from scheduler.due_rules import STATUSES, load_rules
from scheduler.relapse import Past, RelapseModel
from scheduler.revisit_dates import ClosedSites, jitters, schedule, spread_out, weekly_pace
from scheduler.revisit_rules import load_revisit_rules
from scheduler.suggestions import Suggestion, bring_forward
from scheduler.workdays import Workdays

SHAPE, TODAY = 0.56, dt.date(2026, 11, 23)
RULES = load_revisit_rules().dates
# A site without a past and with hardly any variance: the plain Weibull of the textbook.
WEIBULL = RelapseModel(
    level=0.14, curve="weibull", shape=(np.log(SHAPE),), variance=1e-6, kinds={}, effects={},
    prior_share={}, spells=0, relapses=0, sites=0, loss=0.0,
)  # fmt: skip


def sites(count: int = 1, **own: Any) -> ClosedSites:
    """Return equal sites, closed today and not seen since."""
    zeros = np.zeros(count)
    usual = ClosedSites(
        ids=[f"S{i}" for i in range(count)], rate=np.full(count, 0.14),
        past=Past(relapses=zeros, expected=zeros), age=zeros, seen=zeros, harm=np.ones(count),
    )  # fmt: skip
    return replace(usual, **own)


def next_days(count: int, visits_a_year: float) -> list[float]:
    """Return the days of the first visits after a closing, each made on its day."""
    seen, days = 0.0, []
    for _ in range(count):
        found = schedule(
            sites(seen=np.array([seen])), model=WEIBULL, visits_a_year=visits_a_year, rules=RULES,
            key="",
        )  # fmt: skip
        seen = float(found.days[0])
        days.append(seen)
    return days


def test_four_visits_a_year_fall_where_the_formula_says() -> None:
    """t_k = ((k - 1/2) / 4) ^ (2 / (shape + 1)) of the year: days 25, 104, 200, 308."""
    formula = [365 * ((k - 0.5) / 4) ** (2 / (SHAPE + 1)) for k in range(1, 5)]
    assert formula == pytest.approx([25, 104, 200, 308], abs=1)
    assert next_days(4, 4.0) == pytest.approx(formula, rel=0.01)


def test_the_budget_is_met_by_one_scalar() -> None:
    """All visits of the coming year together are as many as the budget, wherever sites stand."""
    rng = np.random.default_rng(4)
    many = sites(
        500, rate=rng.gamma(1.0, 0.2, 500), age=rng.uniform(0, 900, 500),
        harm=rng.choice([1.0, 4.0], 500),
    )  # fmt: skip
    found = schedule(many, model=WEIBULL, visits_a_year=1234.0, rules=RULES, key="k")
    assert found.a_year.sum() == pytest.approx(1234.0)
    double = schedule(many, model=WEIBULL, visits_a_year=2468.0, rules=RULES, key="k")
    assert double.scalar == pytest.approx(2 * found.scalar)


def test_density_grows_with_the_root_of_harm_and_hazard() -> None:
    """Four times the harm or the hazard: twice the visits, at any age."""
    pair = sites(
        3, rate=np.array([0.1, 0.4, 0.1]), harm=np.array([1.0, 1.0, 4.0]), age=np.full(3, 50.0)
    )
    found = schedule(pair, model=WEIBULL, visits_a_year=15.0, rules=RULES, key="")
    assert found.a_year == pytest.approx([3.0, 6.0, 6.0], rel=1e-3)


def test_the_jitter_stays_within_its_share_and_the_least_interval() -> None:
    """No date moves by more than 20 % of its interval, none comes sooner than the least days."""
    many = sites(400, seen=np.full(400, 30.0), age=np.full(400, 30.0))
    even = schedule(many, model=WEIBULL, visits_a_year=1600.0, rules=RULES, key="")
    moved = schedule(many, model=WEIBULL, visits_a_year=1600.0, rules=RULES, key="secret")
    share = (moved.days - even.days) / (even.days - 30.0)
    assert np.abs(share).max() <= 0.2
    assert share.std() == pytest.approx(0.2 / np.sqrt(3), rel=0.1)  # as even as dice
    crowded = schedule(many, model=WEIBULL, visits_a_year=400 * 300.0, rules=RULES, key="secret")
    assert (crowded.days - 30.0).min() == RULES.least_days


def test_a_date_is_the_same_every_week_and_nobodys_without_the_key() -> None:
    """Key, site and last visit decide: the same give the same, another key something else."""
    ids = [f"S{i}" for i in range(200)]
    one, other = jitters(ids, key="a"), jitters(ids, key="b")
    assert (one == jitters(ids, key="a")).all()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
    assert not jitters(ids, key="").any()


def test_without_visits_nothing_is_suggested() -> None:
    """A budget of none gives no date at all."""
    found = schedule(sites(2), model=WEIBULL, visits_a_year=0.0, rules=RULES, key="")
    assert np.isinf(found.days).all()


def test_what_has_piled_up_comes_week_by_week() -> None:
    """At most so many a week, those worth most first; the rest keeps its date."""
    worth = np.array([0.1, 0.5, 0.3, 0.9, 0.2])
    late = np.array([True, True, True, False, True])
    assert spread_out(worth, late=late, weekly=2).tolist() == [1, 0, 0, -1, 1]
    assert weekly_pace(104, RULES) == 4


# Beside the rules' own dates ----------------------------------------------------------------------


def step(site: str, due: str, *, overdue: int = 0) -> DueItem:
    """Return a revisit as the configured steps ask for it."""
    closed, day = dt.date(2026, 10, 1), dt.date.fromisoformat(due)
    reason = Reason(code="term_revisit", source="x", status="product", days=(day - closed).days,
                    start=closed, end=day, detail={"step": 90})  # fmt: skip
    return DueItem(
        id=f"revisit:{site}:2026-10-01:90", object=site, kind="revisit", subject=site, step=90,
        base=closed, base_code="closed", opens=closed, due=day, reasons=(reason,),
        overdue_since=day, overdue_days=overdue,
    )  # fmt: skip


def wish(site: str, day: str, code: str = "risk_based") -> Suggestion:
    """Return a suggested date."""
    return Suggestion(site=site, closed=dt.date(2026, 10, 1), day=dt.date.fromisoformat(day),
                      code=code, source="y", status="product", detail={"chance": 0.2})  # fmt: skip


def brought(items: list[DueItem], *suggested: Suggestion) -> list[DueItem]:
    """Return the items after suggestions."""
    return bring_forward(items, suggested, today=TODAY, workdays=Workdays(), rules=load_rules())


def test_an_earlier_suggestion_counts_and_the_rule_stays_as_the_limit() -> None:
    """The date moves up with its own reason; what the rule asks for stands beside it."""
    (item,) = brought([step("S1", "2026-12-30")], wish("S1", "2026-12-05"))
    assert [reason.code for reason in item.reasons] == ["risk_based", "nonworking_shift"]
    assert item.due == item.reasons[-1].end == dt.date(2026, 12, 7)
    assert sum(reason.days for reason in item.reasons) == (item.due - item.base).days
    assert (item.limit, item.limit_reasons[0].code) == (dt.date(2026, 12, 30), "term_revisit")
    assert item.overdue_days == 0


def test_a_later_suggestion_changes_nothing() -> None:
    """Configured dates are floors: nothing is put off by a low risk."""
    items = [step("S1", "2026-11-25"), step("S2", "2026-11-02", overdue=21)]
    assert brought(items, wish("S1", "2026-11-25"), wish("S2", "2026-11-23")) == sorted(
        items, key=lambda item: item.due
    )


def test_a_site_whose_steps_are_done_gets_an_item_of_its_own() -> None:
    """After the last step the risk alone speaks; such an item is never overdue."""
    (item,) = brought([], wish("S9", "2026-11-20"))
    assert (item.object, item.kind, item.limit, item.overdue_days) == ("S9", "revisit", None, 0)
    assert item.opens <= TODAY
    again = brought([], wish("S9", "2026-11-27"))
    assert again[0].id == item.id  # the same in every week


def test_the_radar_wins_on_the_same_day() -> None:
    """Of two suggestions the earlier counts, of equal ones what was seen."""
    radar, risk = wish("S1", "2026-11-24", "radar_match"), wish("S1", "2026-11-24")
    (item,) = brought([step("S1", "2026-12-30")], risk, radar)
    assert item.reasons[0].code == "radar_match"
    (item,) = brought([step("S1", "2026-12-30")], wish("S1", "2026-11-23"), radar)
    assert item.reasons[0].code == "risk_based"


# Rules --------------------------------------------------------------------------------------------


def test_the_rules_ship_with_source_and_status() -> None:
    """Every number says where it is from; harm is known for every industry."""
    rules = load_revisit_rules()
    assert all(one.source and one.status in STATUSES for one in (rules.dates, rules.radar))
    assert set(rules.harm) == set(TABLES["industry"].codes)
    assert (rules.harm["fireworks"], rules.harm["retail"]) == (4.0, 1.0)


def test_a_bureau_changes_the_rules_and_it_shows() -> None:
    """What is changed has the status of a setting; the rest stays."""
    rules = load_revisit_rules({"dates": {"visits_a_year": 200}, "harm": {"retail": 2}})
    assert (rules.dates.visits_a_year, rules.dates.status) == (200, "setting")
    assert rules.harm["retail"] == 2.0
    assert rules.radar == load_revisit_rules().radar


def test_every_wrong_setting_is_named_at_once() -> None:
    """Shares above one half, unknown matches and fractions of days are refused together."""
    wrong = {
        "dates": {"use": "later", "jitter": 0.7, "least_days": 0},
        "harm": {"fuel": -1},
        "radar": {"matches": ["smell"], "reach_m": True},
    }
    with pytest.raises(RuleSettingsError, match="bad_revisits") as refused:
        load_revisit_rules(wrong)
    assert {name for name, *_ in refused.value.rows} == {
        "dates.use", "dates.jitter", "dates.least_days", "harm.fuel", "radar.matches",
        "radar.reach_m",
    }  # fmt: skip
    with pytest.raises(RuleSettingsError, match="bad_revisits") as refused:
        load_revisit_rules({"radar": {"range": 1}, "harm": {"magic": 2}})
    assert {code for _, code, _ in refused.value.rows} == {"unknown_setting"}
