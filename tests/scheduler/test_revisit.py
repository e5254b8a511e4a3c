"""Tests of due dates and their reasons."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import cases
from layers.events import canonical_json
from scheduler.due_rules import load_rules
from scheduler.periods import load_periods
from scheduler.revisit import due_by, due_items
from scheduler.workdays import Workdays

if TYPE_CHECKING:
    from scheduler.due_items import DueItem
    from scheduler.due_rules import DueRules
    from scheduler.periods import Period

TODAY = dt.date(2026, 11, 23)
RULES = load_rules()
PERIODS = load_periods()
CALENDAR = Workdays()


def day(text: str) -> dt.date:
    """Return a date of 2026 from month and day."""
    return dt.date.fromisoformat(f"2026-{text}")


def frame(columns: tuple[str, ...], *rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows as a frame of objects with every column."""
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def due(
    *,
    orders: tuple[dict[str, Any], ...] = (),
    sites: tuple[dict[str, Any], ...] = (),
    visits: tuple[dict[str, Any], ...] = (),
    reports: tuple[dict[str, Any], ...] = (),
    industries: dict[str, str] | None = None,
    blacklisted: frozenset[str] = frozenset(),
    periods: tuple[Period, ...] = (),
    today: dt.date = TODAY,
    rules: DueRules = RULES,
) -> list[DueItem]:
    """Return what is due, with the shipped rules unless others are given."""
    return due_items(
        frame(cases.ORDER_COLUMNS, *({"state": "open", "count": 0, **row} for row in orders)),
        sites=frame(
            cases.SITE_COLUMNS, *({"status": "closed", "relapses": 0, **row} for row in sites)
        ),
        visits=frame(cases.VISIT_COLUMNS, *visits),
        reports=frame(cases.REPORT_COLUMNS, *({"state": "open", **row} for row in reports)),
        industries=industries,
        blacklisted=blacklisted,
        periods=periods,
        today=today,
        workdays=CALENDAR,
        rules=rules,
    )


def order(**facts: Any) -> dict[str, Any]:
    """Return an order to rectify."""
    return {"id": "O1", "object": "E1", "kind": "rectify", "issued": day("10-19"), **facts}


def visit(on: str, *, kind: str = "revisit", result: str = "pass") -> dict[str, Any]:
    """Return a visit to site S1."""
    return {"id": f"V{on}", "object": "S1", "date": day(on), "kind": kind, "result": result}


def assert_chain(item: DueItem) -> None:
    """Check that base date plus all reasons is the due date."""
    assert item.reasons[0].start == item.base
    for one, following in zip(item.reasons, item.reasons[1:], strict=False):
        assert one.end == following.start
    total = sum(reason.days for reason in item.reasons)
    assert item.base + dt.timedelta(days=total) == item.due == item.reasons[-1].end
    assert CALENDAR.is_workday(item.due)


def test_reinspection_counts_from_the_expiry() -> None:
    """Without a request the ten days begin with the expiry of the period."""
    (item,) = due(orders=(order(deadline=day("11-18")),))
    assert (item.base, item.base_code, item.due) == (day("11-18"), "deadline", day("11-30"))
    assert [reason.code for reason in item.reasons] == ["term_reinspection", "nonworking_shift"]
    assert item.opens == day("11-19")
    assert item.reasons[0].source.startswith("湖北 鄂安〔2010〕20号")
    assert item.reasons[1].detail == {"why": "weekend"}
    assert_chain(item)


def test_reinspection_counts_from_an_earlier_request() -> None:
    """A request before the expiry begins the ten days."""
    (item,) = due(orders=(order(deadline=day("11-18"), requested=day("11-06")),))
    assert (item.base_code, item.due, item.opens) == ("requested", day("11-16"), day("11-06"))
    assert item.overdue_days == 7


def test_a_request_after_the_expiry_does_not_delay() -> None:
    """Whichever is earlier counts."""
    (item,) = due(orders=(order(deadline=day("11-10"), requested=day("11-17")),))
    assert (item.base_code, item.due) == ("deadline", day("11-20"))


def test_a_failed_reinspection_counts_anew_from_its_day() -> None:
    """An order that was not met is due ten days after the review, as a new item."""
    facts = {"deadline": day("11-13"), "reviewed": day("11-13"), "outcome": "not_met", "count": 1}
    (item,) = due(orders=(order(**facts),))
    assert (item.id, item.step, item.base_code) == ("reinspection:O1:1", 1, "failed_review")
    assert item.due == day("11-23")


def test_an_order_without_deadline_gets_the_default_period() -> None:
    """No deadline: the product's period is one of the reasons."""
    (item,) = due(orders=(order(),))
    assert [reason.code for reason in item.reasons[:2]] == ["no_deadline", "term_reinspection"]
    assert item.reasons[0].status == "product"
    assert item.due == day("11-30")
    assert_chain(item)


def test_met_and_cancelled_orders_are_not_due() -> None:
    """Only open orders need a re-inspection."""
    assert not due(orders=(order(state="met"), order(id="O2", state="cancelled")))


def test_industry_decides_the_term() -> None:
    """Special equipment has ten working days, a suspended coal mine twenty days."""
    facts = {"deadline": day("09-25")}
    (item,) = due(orders=(order(**facts),), industries={"E1": "special_equipment"})
    assert item.due == CALENDAR.add_workdays(day("09-25"), 10)
    assert item.reasons[0].detail["unit"] == "workdays"
    (item,) = due(orders=(order(kind="suspend", **facts),), industries={"E1": "coal_mine"})
    assert (item.reasons[0].days, item.due) == (20, day("10-15"))


def test_first_revisit_seven_days_after_closure() -> None:
    """A site just closed is revisited after seven days; its window opens earlier."""
    (item,) = due(sites=({"id": "S1", "closed": day("11-19")},))
    assert (item.step, item.due, item.opens) == (7, day("11-26"), day("11-23"))
    assert item.overdue_days == 0
    assert item.id == "revisit:S1:2026-11-19:7"


def test_a_due_date_on_a_holiday_moves_and_says_so() -> None:
    """A date in the National Day week moves to the first working day after it."""
    (item,) = due(sites=({"id": "S1", "closed": day("09-25")},), today=day("09-26"))
    assert item.due == day("10-08")
    assert item.reasons[-1].detail == {"why": "public_holiday"}
    assert_chain(item)


def test_a_visit_in_the_window_satisfies_the_step() -> None:
    """A revisit within the tolerance moves on to the next step, one before it does not."""
    site = {"id": "S1", "closed": day("11-02")}
    (item,) = due(sites=(site,), visits=(visit("11-06"),))
    assert item.step == 30
    (item,) = due(sites=(site,), visits=(visit("11-05"),))
    assert item.step == 7


def test_random_and_refused_visits_satisfy_nothing() -> None:
    """Only the kinds of the rules count, and not when entry was refused."""
    site = {"id": "S1", "closed": day("11-02")}
    visits = (visit("11-09", kind="random"), visit("11-10", result="refused"))
    (item,) = due(sites=(site,), visits=visits)
    assert item.step == 7


def test_missed_steps_collapse_into_the_latest() -> None:
    """One revisit is due for all missed steps, overdue since the first of them."""
    (item,) = due(sites=({"id": "S1", "closed": day("10-19")},))
    assert (item.step, item.due) == (30, day("11-18"))
    assert item.overdue_since == day("10-26")
    assert item.overdue_days == 28
    assert item.reasons[-1].code == "steps_collapsed"
    assert item.reasons[-1].detail == {"steps": [7, 30], "since": "2026-10-26"}
    assert_chain(item)


def test_a_late_visit_satisfies_all_missed_steps() -> None:
    """After the catch-up visit the next step is the one whose window has not opened."""
    site = {"id": "S1", "closed": day("10-05")}
    (item,) = due(sites=(site,), visits=(visit("11-12"),))
    assert (item.step, item.overdue_days) == (90, 0)


def test_each_relapse_halves_the_intervals() -> None:
    """One relapse: 3, 15, 45 … days; the cut is a reason with negative days."""
    (item,) = due(sites=({"id": "S1", "closed": day("11-20"), "relapses": 1},))
    assert [reason.code for reason in item.reasons[:2]] == ["term_revisit", "relapse_shortened"]
    assert item.reasons[1].days == -4
    assert item.due == day("11-23")
    assert_chain(item)


def test_the_series_ends_after_its_last_step() -> None:
    """A site visited in the last window is no longer due."""
    site = {"id": "S1", "closed": dt.date(2025, 11, 20)}
    assert not due(sites=(site,), visits=(visit("11-19"),))


def test_open_and_handed_over_sites_have_no_revisit() -> None:
    """Only closed sites are revisited."""
    rows = (
        {"id": "S1", "closed": day("10-05"), "status": "open"},
        {"id": "S2", "closed": day("10-05"), "status": "handed_over"},
    )
    assert not due(sites=rows)


def test_a_relapse_restarts_the_series() -> None:
    """A site closed again counts from the new closure, not from the old one."""
    closed = cases.site_states(
        cases.event_frame(
            cases.events_of("sites", pd.DataFrame([
                {"id": "S1", "discovered": day("03-02"), "closed": day("03-09")},
                {"id": "S1", "discovered": day("11-09"), "closed": day("11-16")},
            ], dtype=object))
        ),
        TODAY,
    )  # fmt: skip
    (item,) = due(sites=tuple(closed.to_dict("records")))  # type: ignore[arg-type]
    assert (item.base, item.reasons[1].detail["relapses"]) == (day("11-16"), 1)


def test_a_report_is_planned_early_and_keeps_its_legal_limit() -> None:
    """Seven days are planned, sixty are the limit; without an object the report is visited."""
    (item,) = due(reports=({"id": "R1", "received": day("11-18")},))
    assert (item.object, item.due, item.limit) == ("R1", day("11-25"), dt.date(2027, 1, 18))
    assert item.limit_reasons[0].status == "page"
    (item,) = due(reports=({"id": "R1", "received": day("11-18"), "object": "E9"},))
    assert item.object == "E9"


def test_items_of_the_week_are_picked_by_date() -> None:
    """An item is of the week when it is due by its end and its visit makes sense by then."""
    items = due(
        sites=({"id": "S1", "closed": day("11-19")}, {"id": "S2", "closed": day("11-26")}),
        orders=(order(deadline=day("11-13")), order(id="O2", deadline=day("11-27"))),
    )
    assert [item.id for item in due_by(items, last=day("11-27"))] == [
        "reinspection:O1:0", "revisit:S1:2026-11-19:7",
    ]  # fmt: skip


def test_items_are_json() -> None:
    """Every item is plain JSON with its chain of reasons."""
    items = due(
        sites=({"id": "S1", "closed": day("10-19")},), reports=({"id": "R", "received": TODAY},)
    )
    text = canonical_json([item.to_json() for item in items])
    again = json.loads(text)
    assert again[0]["reasons"][0]["from"] == "2026-10-19"


@settings(deadline=None, max_examples=80)
@given(
    closed=st.dates(dt.date(2024, 11, 1), dt.date(2026, 11, 22)),
    relapses=st.integers(0, 5),
    visited=st.lists(st.dates(dt.date(2025, 1, 1), dt.date(2026, 11, 22)), max_size=4),
)
def test_base_plus_reasons_is_always_the_due_date(
    closed: dt.date, relapses: int, visited: list[dt.date]
) -> None:
    """Every revisit's chain adds up, ends on a working day, and later visits never add work."""
    site = {"id": "S1", "closed": closed, "relapses": relapses}
    visits = tuple(
        {"id": f"V{i}", "object": "S1", "date": on, "kind": "revisit", "result": "pass"}
        for i, on in enumerate(visited)
    )
    items = due(sites=(site,), visits=visits)
    for item in items:
        assert_chain(item)
        assert item.opens > item.base
        assert item.overdue_days == max(0, (TODAY - item.overdue_since).days)
    assert len(items) <= len(due(sites=(site,)))


def _scan_seconds(size: int) -> float:
    """Return CPU seconds of the due scan of so many sites with twice as many visits."""
    sites = frame(
        cases.SITE_COLUMNS,
        *({"id": f"S{i}", "status": "closed", "relapses": i % 3,
           "closed": TODAY - dt.timedelta(days=i % 400)} for i in range(size)),
    )  # fmt: skip
    visits = frame(
        cases.VISIT_COLUMNS,
        *({"id": f"V{i}", "object": f"S{i % size}", "kind": "revisit", "result": "pass",
           "date": TODAY - dt.timedelta(days=i % 300)} for i in range(2 * size)),
    )  # fmt: skip
    begun = time.process_time()
    assert due_items(
        frame(cases.ORDER_COLUMNS), sites=sites, visits=visits, today=TODAY, workdays=CALENDAR,
        rules=RULES,
    )  # fmt: skip
    return time.process_time() - begun


def test_the_scan_grows_no_faster_than_the_sites() -> None:
    """Eight times as many sites take about eight times as long, not sixty-four."""
    few = min(_scan_seconds(1_000) for _ in range(3))
    assert _scan_seconds(8_000) < 24 * few


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_missing_dates_never_stop_the_scan(missing: object) -> None:
    """A closed site without a closing date counts from its discovery and says so."""
    (item,) = due(sites=({"id": "S1", "closed": missing, "discovered": day("11-16")},))
    assert (item.base_code, item.base) == ("discovered", day("11-16"))


def revisit_of(closed: dt.date, *, today: dt.date, **facts: Any) -> DueItem:
    """Return the revisit of a site that was closed on a day."""
    (item,) = due(sites=({"id": "S1", "closed": closed},), today=today, **facts)
    return item


def test_the_black_list_divides_the_intervals() -> None:
    """A site whose enterprise is on it is revisited after half of the days."""
    item = revisit_of(day("11-02"), today=day("11-02"), blacklisted=frozenset({"S1"}))
    assert item.reasons[1].code == "black_list_shortened"
    assert item.due == day("11-05")
    assert_chain(item)
    assert revisit_of(day("11-02"), today=day("11-02")).due == day("11-09")


def test_relapse_and_black_list_divide_together() -> None:
    """30 days over two and over two."""
    site, seen = {"id": "S1", "closed": day("09-01"), "relapses": 1}, visit("09-03")
    (item,) = due(sites=(site,), visits=(seen,), blacklisted=frozenset({"S1"}), today=day("09-03"))
    assert [reason.code for reason in item.reasons[:3]] == [
        "term_revisit", "relapse_shortened", "black_list_shortened",
    ]  # fmt: skip
    assert (item.reasons[2].end - item.base).days == 30 // 4
    assert_chain(item)


def test_a_sensitive_period_brings_a_revisit_forward_but_not_before_it() -> None:
    """Day 90 is after National Day; half of the days since day 30 end before it begins."""
    facts: dict[str, Any] = {"today": day("08-25"), "visits": (visit("08-24"),)}
    item = revisit_of(day("07-20"), periods=PERIODS, **facts)
    link = item.reasons[1]
    assert (item.step, link.code, link.detail["rule"], link.status) == (
        90, "period_shortened", "national_day", "product",
    )  # fmt: skip
    assert item.due == day("09-24")
    assert_chain(item)
    assert revisit_of(day("07-20"), **facts).due == day("10-19")


def test_a_period_is_not_used_where_the_shorter_interval_ends_after_it() -> None:
    """Nor is one of other industries."""
    item = revisit_of(day("09-02"), today=day("09-25"), visits=(visit("09-25"),), periods=PERIODS)
    assert (item.step, [one.code for one in item.reasons]) == (90, ["term_revisit"])
    facts: dict[str, Any] = {
        "today": day("06-09"), "visits": (visit("06-08"),), "periods": PERIODS,
    }  # fmt: skip
    plain = revisit_of(day("06-01"), **facts)
    mine = revisit_of(day("06-01"), industries={"S1": "noncoal_mine"}, **facts)
    assert plain.reasons[-1].code != "period_shortened"
    assert mine.reasons[1].detail["rule"] == "flood_season"
    assert mine.due < plain.due


def test_a_sign_that_a_site_is_at_work_begins_the_series_anew() -> None:
    """A visit with findings or a report found true after the closure; a clean visit does not."""
    clean = revisit_of(day("05-04"), today=TODAY, visits=(visit("11-02"),))
    assert (clean.base_code, clean.step) == ("closed", 365)
    found = revisit_of(day("05-04"), today=TODAY, visits=(visit("11-18", result="ordered"),))
    assert (found.base, found.base_code, found.step) == (day("11-18"), "sign_visit", 7)
    told = {"id": "R1", "object": "S1", "received": day("11-10"), "verified": day("11-19"),
            "outcome": "substantiated", "state": "verified"}  # fmt: skip
    (reported,) = due(sites=({"id": "S1", "closed": day("05-04")},), reports=(told,))
    assert (reported.base, reported.base_code) == (day("11-19"), "sign_report")
    assert_chain(reported)
    before = revisit_of(day("11-19"), today=TODAY, visits=(visit("11-18", result="closed"),))
    assert before.base_code == "closed"


@given(
    closed=st.dates(dt.date(2024, 6, 1), dt.date(2026, 11, 23)), more=st.integers(0, 60),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=3, unique=True).map(sorted),
    relapses=st.integers(0, 4), black=st.booleans(),
    industry=st.sampled_from(["coal_mine", "food"]),
)  # fmt: skip
def test_a_later_closure_or_step_never_makes_an_earlier_revisit(
    closed: dt.date, more: int, steps: list[int], *, relapses: int, black: bool, industry: str
) -> None:
    """With relapses, black list and every sensitive period; long after, the last step counts."""

    def last(day_: dt.date, days: list[int]) -> DueItem:
        (item,) = due(
            sites=({"id": "S1", "closed": day_, "relapses": relapses},), periods=PERIODS,
            industries={"S1": industry}, blacklisted=frozenset({"S1"} if black else ()),
            today=dt.date(2032, 1, 5), rules=load_rules({"revisit": {"steps": {"days": days}}}),
        )  # fmt: skip
        return item

    item = last(closed, steps)
    assert item.step == steps[-1]
    assert_chain(item)
    assert item.due <= last(closed + dt.timedelta(days=more), steps).due
    assert item.due >= last(closed, steps[:-1] or steps).due
