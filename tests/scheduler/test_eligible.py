"""Tests of who may be drawn: caps, cooldown, exclusions, strata and their reasons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers import cases
from scheduler.caps import load_caps
from scheduler.conditions import load_conditions, promotions
from scheduler.eligible import Rules, candidates, deadlines
from scheduler.floors import load_floors
from scheduler.needs import needs
from scheduler.past import Past
from scheduler.workdays import Workdays

if TYPE_CHECKING:
    from scheduler.candidates import Candidate

TODAY = dt.date(2026, 11, 23)
CAPS = load_caps()
CALENDAR = Workdays()


def enterprise(**facts: Any) -> pd.DataFrame:
    """Return a register with one operating enterprise E1 of larger risk."""
    row = {"id": "E1", "industry": "timber", "risk_grade": "larger",
           "enterprise_class": "general", "operating_status": "operating", "standing": None,
           "listed": None}  # fmt: skip
    return pd.DataFrame([{**row, **facts}], dtype=object)


def visited(*visits: tuple[str, str]) -> pd.DataFrame:
    """Return visits to E1 given as (date, kind)."""
    rows = [("E1", dt.date.fromisoformat(on), kind) for on, kind in visits]
    return pd.DataFrame(rows, columns=["object", "date", "kind"], dtype=object)


def orders(*days: str, kind: str = "rectify", state: str = "met") -> pd.DataFrame:
    """Return orders to E1."""
    rows = [{"id": f"O{day}", "object": "E1", "kind": kind, "state": state,
             "issued": dt.date.fromisoformat(day)} for day in days]  # fmt: skip
    return pd.DataFrame(rows, columns=list(cases.ORDER_COLUMNS), dtype=object)


def reports(*days: str, outcome: str = "substantiated", kind: str = "hazard") -> pd.DataFrame:
    """Return verified reports about E1."""
    rows = [{"id": f"R{day}", "object": "E1", "report_class": kind, "outcome": outcome,
             "verified": dt.date.fromisoformat(day)} for day in days]  # fmt: skip
    return pd.DataFrame(rows, columns=list(cases.REPORT_COLUMNS), dtype=object)


def rules_of(frame: pd.DataFrame, past: Past, **options: Any) -> Rules:
    """Return the shipped rules for a register, its orders and its reports."""
    caps = options.get("caps", CAPS)
    known = options.get("orders", orders())
    found = needs(frame, orders=known, past=past, floors=load_floors(), caps=caps,
                  workdays=CALENDAR)  # fmt: skip
    return Rules(
        caps=caps, needs=[need for need in found if need.missing and not need.held],
        promotions=promotions(
            frame, orders=known, reports=options.get("reports", reports()), past=past,
            coverage_kinds=caps.coverage_kinds, conditions=load_conditions(),
        ),
        after_visit=options.get("after_visit", "uniform"),
    )  # fmt: skip


def one(frame: pd.DataFrame, *visits: tuple[str, str], **options: Any) -> Candidate:
    """Return the only candidate."""
    past = Past.of(visited(*visits), today=TODAY)
    given = {name: options.pop(name) for name in ("caps", "orders", "reports", "after_visit")
             if name in options}  # fmt: skip
    (found,) = candidates(frame, past=past, rules=rules_of(frame, past, **given), **options)
    return found


def standing_in(found: Candidate) -> tuple[str, str]:
    """Return stratum and reason."""
    return found.stratum, found.why


def test_an_eligible_enterprise_has_the_weight_of_its_grade() -> None:
    """The weight comes from the code table; an unknown grade counts as general."""
    assert (one(enterprise()).weight, *standing_in(one(enterprise()))) == (4, "weighted", "grade")
    assert one(enterprise(risk_grade=None)).weight == 2
    assert one(enterprise()).eligible


def test_the_cap_is_reached_by_counting_kinds_of_this_year_only() -> None:
    """Two counting visits reach the general cap; re-inspections and last year do not count."""
    reached = one(enterprise(), ("2026-01-05", "random"), ("2026-03-05", "special"))
    assert (reached.reason_excluded, reached.why) == ("cap_reached", "")
    assert (reached.detail["visits"], reached.detail["cap"]) == (2, 2)
    assert reached.detail["status"] == "page"
    free = one(
        enterprise(), ("2026-01-05", "random"), ("2026-03-05", "reinspection"),
        ("2026-03-09", "joint"), ("2025-12-30", "key"),
    )  # fmt: skip
    assert free.eligible


def test_right_after_a_visit_the_chance_is_equal_and_not_zero() -> None:
    """For sixty days after a counting visit the draw is uniform; re-inspections do not count."""
    assert standing_in(one(enterprise(), ("2026-09-25", "random"))) == ("uniform", "recent")
    assert standing_in(one(enterprise(), ("2026-09-24", "random"))) == ("weighted", "grade")
    assert standing_in(one(enterprise(), ("2026-11-20", "reinspection"))) == ("weighted", "grade")


def test_a_bureau_may_bar_whom_it_has_just_visited() -> None:
    """With after_visit "none" a counting visit bars the draw until the cooldown ends."""
    cool = one(enterprise(), ("2026-09-25", "random"), after_visit="none")
    assert cool.reason_excluded == "cooldown"
    assert cool.detail == {"last": "2026-09-25", "until": "2026-11-24"}
    assert one(enterprise(), ("2026-09-24", "random"), after_visit="none").eligible


def test_visits_after_today_are_not_known_yet() -> None:
    """What lies after the day of the draw has no effect."""
    assert standing_in(one(enterprise(), ("2026-11-24", "random"))) == ("weighted", "grade")


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT])
def test_visits_without_a_date_count_for_nothing(missing: object) -> None:
    """An undated visit neither stops the draw nor bars anyone from it."""
    visits = pd.DataFrame(
        [("E1", missing, "random")], columns=["object", "date", "kind"], dtype=object
    )
    past = Past.of(visits, today=TODAY)
    (found,) = candidates(enterprise(), past=past, rules=Rules(caps=CAPS))
    assert standing_in(found) == ("weighted", "grade")


@pytest.mark.parametrize(
    ("facts", "options", "reason"),
    [
        ({"operating_status": "closed"}, {}, "closed"),
        ({"operating_status": "suspended"}, {}, "suspended"),
        ({}, {"placed": ["E2"]}, "unplaced"),
        ({}, {"already_due": ["E1"]}, "already_due"),
        ({}, {"excluded": {"E1": "市级重点项目停工"}}, "excluded_by_order"),
        ({}, {"placed": ["E1"]}, ""),
        ({"operating_status": None}, {}, ""),
    ],
)
def test_exclusions_carry_their_reason(
    facts: dict[str, Any], options: dict[str, Any], reason: str
) -> None:
    """Whoever cannot be drawn is listed with the code of the reason."""
    assert one(enterprise(**facts), **options).reason_excluded == reason


def test_key_class_is_certain_until_covered() -> None:
    """A key enterprise not covered this year is certain, a covered one in the uniform draw."""
    key = enterprise(enterprise_class="key")
    assert standing_in(one(key)) == ("certainty", "key_cycle")
    assert standing_in(one(key, ("2026-02-02", "joint"))) == ("uniform", "covered")
    assert one(key, ("2025-02-02", "key"), ("2026-02-02", "reinspection")).stratum == "certainty"


def test_a_floor_that_is_not_met_makes_certain_even_right_after_a_visit() -> None:
    """The minimum of the period outweighs the cooldown, and never the cap."""
    listed = enterprise(standing="dishonest", listed=dt.date(2026, 11, 10))
    assert standing_in(one(listed)) == ("certainty", "floor:dishonest")
    before = ("2026-10-20", "random")
    for after_visit in ("uniform", "none"):
        found = one(listed, before, after_visit=after_visit)
        assert standing_in(found) == ("certainty", "floor:dishonest")
    full = one(listed, before, ("2026-03-05", "special"))
    assert full.reason_excluded == "cap_reached"


def test_two_orders_in_a_year_make_certain_until_the_next_check() -> None:
    """Two orders within 365 days promote; a covering visit after the later one ends it."""
    twice = orders("2026-02-02", "2026-08-03")
    assert standing_in(one(enterprise(), orders=twice)) == ("certainty", "penalties")
    checked = one(enterprise(), ("2026-08-04", "random"), orders=twice)
    assert standing_in(checked) == ("weighted", "grade")
    same_day = one(enterprise(), ("2026-08-03", "random"), orders=twice)
    assert standing_in(same_day) == ("certainty", "penalties")
    for days in (("2026-08-03",), ("2025-08-03", "2026-08-03"), ("2026-08-03", "2026-08-03")):
        assert standing_in(one(enterprise(), orders=orders(*days))) == ("weighted", "grade")


def test_a_true_report_doubles_the_weight() -> None:
    """A report found true within a year weighs more, one of an accident makes certain."""
    found = one(enterprise(), reports=reports("2026-08-03"))
    assert (found.weight, *standing_in(found)) == (8, "weighted", "report")
    for known in (reports("2025-08-03"), reports("2026-08-03", outcome="unsubstantiated")):
        assert one(enterprise(), reports=known).weight == 4
    accident = one(enterprise(), reports=reports("2026-08-03", kind="accident"))
    assert standing_in(accident) == ("certainty", "accident")
    assert one(enterprise(standing="abnormal")).why == "abnormal"


def test_every_certain_object_has_its_deadline() -> None:
    """The key class has the year, a promotion its end, a floor the week before it is due."""
    frame = pd.concat([
        enterprise(enterprise_class="key"),
        enterprise(id="E2", standing="black_list", listed=dt.date(2026, 6, 22)),
    ])  # fmt: skip
    past = Past.of(visited(), today=TODAY)
    rules = rules_of(frame, past)
    found = candidates(frame, past=past, rules=rules)
    # Six months end on 21 December, a Monday; a week before is the 14th, so the week before that.
    assert deadlines(found, rules=rules, today=TODAY) == {
        "E1": dt.date(2026, 12, 31), "E2": dt.date(2026, 12, 13),
    }  # fmt: skip
    known = rules_of(enterprise(), past, orders=orders("2026-02-02", "2026-08-03"))
    (promoted,) = candidates(enterprise(), past=past, rules=known)
    assert deadlines([promoted], rules=known, today=TODAY) == {"E1": dt.date(2027, 8, 3)}
