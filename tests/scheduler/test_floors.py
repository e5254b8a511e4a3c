"""Tests of frequency floors: the rules as data, what they ask for, and conflicts with caps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import cases, codes
from layers.refusals import RuleSettingsError
from scheduler.caps import load_caps
from scheduler.due_rules import STATUSES
from scheduler.floors import load_floors
from scheduler.needs import Conflict, Need, conflicts, floor_items, needs
from scheduler.past import Past
from scheduler.revisit import due_by
from scheduler.workdays import Workdays

if TYPE_CHECKING:
    from scheduler.due_items import DueItem

TODAY = dt.date(2026, 11, 23)
CALENDAR = Workdays()


def day(text: str) -> dt.date:
    """Return a date of 2026 from month and day."""
    return dt.date.fromisoformat(f"2026-{text}")


def asked(
    *visits: tuple[str, str],
    today: dt.date = TODAY,
    suspended: str = "",
    floors: dict[str, Any] | None = None,
    caps: dict[str, Any] | None = None,
    result: str = "pass",
    **facts: Any,
) -> list[Need]:
    """Return what floors ask of one enterprise with visits given as (date, kind)."""
    row = {"id": "E1", "industry": "timber", "risk_grade": "low", "enterprise_class": "general",
           "operating_status": "operating", "standing": None, "listed": None, **facts}  # fmt: skip
    made = [("E1", dt.date.fromisoformat(on), kind, result) for on, kind in visits]
    frame = pd.DataFrame(made, columns=["object", "date", "kind", "result"], dtype=object)
    order = {"id": "O1", "object": "E1", "kind": "suspend", "state": "open",
             "issued": dt.date.fromisoformat(suspended) if suspended else None}  # fmt: skip
    orders = pd.DataFrame(
        [order] if suspended else [], columns=list(cases.ORDER_COLUMNS), dtype=object
    )
    return needs(
        pd.DataFrame([row], dtype=object), orders=orders, past=Past.of(frame, today=today),
        floors=load_floors(floors), caps=load_caps(caps), workdays=CALENDAR,
    )  # fmt: skip


def item_of(found: list[Need], *, today: dt.date = TODAY, **floors: Any) -> DueItem:
    """Return the only due item, whose chain must add up."""
    (item,) = floor_items(found, floors=load_floors(floors), workdays=CALENDAR, today=today)
    assert item.reasons[0].start == item.base
    for one, following in zip(item.reasons, item.reasons[1:], strict=False):
        assert one.end == following.start
    assert item.reasons[-1].end == item.due
    assert CALENDAR.is_workday(item.due)
    return item


def test_every_shipped_floor_has_a_source_and_known_codes() -> None:
    """No number without document and status; no code that does not exist."""
    floors = load_floors()
    assert {rule.name for rule in floors.rules} == {"black_list", "dishonest", "suspended"}
    for rule in floors.rules:
        assert rule.source
        assert rule.status in STATUSES
        assert set(rule.kinds) <= set(codes.TABLES["visit_kind"].codes)
        for column, wanted in rule.who.items():
            assert set(wanted) <= set(codes.TABLES[column].codes)


def test_the_black_list_is_visited_every_half_year() -> None:
    """Listed on 22 June: by 21 December; due work begins in the last two weeks."""
    (need,) = asked(standing="black_list", listed=day("06-22"))
    assert (need.first, need.last, need.missing) == (day("06-22"), day("12-21"), 1)
    assert (need.due, need.draw_by) == (day("12-14"), day("12-13"))
    item = item_of([need])
    assert (item.kind, item.visit, item.subject) == ("floor", "key", "black_list")
    assert [reason.code for reason in item.reasons] == ["term_floor_half_year", "floor_lead"]
    assert item.reasons[0].status == "unverified"
    assert not due_by([item], last=day("12-11"))
    assert due_by([item], last=day("12-18"))


def test_a_visit_of_a_right_kind_meets_the_floor() -> None:
    """A random inspection does, a patrol, a refused visit and one before the period do not."""
    listed: dict[str, Any] = {"standing": "black_list", "listed": day("06-22")}
    assert asked(("2026-07-01", "random"), **listed)[0].missing == 0
    assert asked(("2026-07-01", "patrol"), **listed)[0].missing == 1
    assert asked(("2026-06-21", "random"), **listed)[0].missing == 1
    assert asked(("2026-07-01", "random"), result="refused", **listed)[0].missing == 1
    met = asked(("2026-07-01", "random"), **listed)
    assert floor_items(met, floors=load_floors(), workdays=CALENDAR, today=TODAY) == []


def test_four_visits_a_year_have_a_quarter_each() -> None:
    """After two visits the third is wanted by the end of the third quarter of the period."""
    visits = (("2026-03-02", "random"), ("2026-06-01", "special"))
    (need,) = asked(*visits, standing="dishonest", listed=day("01-12"), caps={"default": 4})
    assert (need.made, need.missing) == (2, 2)
    assert (need.opens, need.closes) == (day("07-13"), day("10-11"))
    item = item_of([need])
    assert (item.step, item.due) == (3, day("09-30"))  # the week before is the National Day
    assert [reason.code for reason in item.reasons][1:] == ["floor_lead", "floor_shift"]
    assert item.overdue_days == (TODAY - day("09-30")).days


def test_a_period_that_passed_unmet_is_overdue_until_the_next_visit() -> None:
    """Suspended on 18 August and never seen: the month before is overdue, a visit ends that."""
    (need,) = asked(suspended="2026-08-18", operating_status="suspended")
    assert (need.first, need.last) == (day("10-18"), day("11-17"))
    item = item_of([need])
    assert (item.visit, item.due, item.overdue_days) == ("revisit", day("11-10"), 13)
    (seen,) = asked(
        ("2026-11-20", "reinspection"), suspended="2026-08-18", operating_status="suspended"
    )
    assert (seen.first, seen.missing) == (day("11-18"), 0)


def test_who_stands_still_of_its_own_accord_is_not_meant() -> None:
    """Without an open order to suspend there is no floor; closed firms have none at all."""
    assert asked(operating_status="suspended") == []
    assert asked(operating_status="closed", standing="black_list") == []
    wide = {"rules": {"idle": {
        "operating_status": ["suspended"], "visits": 1, "period": "quarter", "visit": "revisit",
        "kinds": ["revisit"],
    }}}  # fmt: skip
    (need,) = asked(operating_status="suspended", floors=wide)
    assert (need.rule.status, need.first, need.last) == ("setting", day("10-01"), day("12-31"))


def test_periods_follow_the_calendar_where_no_day_is_known() -> None:
    """Without a day of listing, or by the setting, half years are those of the calendar."""
    (need,) = asked(standing="black_list")
    assert (need.first, need.last) == (day("07-01"), day("12-31"))
    (need,) = asked(
        standing="black_list", listed=day("06-22"), floors={"periods": {"count_from": "calendar"}}
    )
    assert (need.first, need.last) == (day("07-01"), day("12-31"))
    assert item_of([need]).base_code == "floor_since"


def test_a_listing_in_the_future_is_not_in_force() -> None:
    """Who is listed tomorrow is under no floor today."""
    assert asked(standing="black_list", listed=TODAY + dt.timedelta(days=1)) == []


def test_a_floor_above_the_cap_is_shown_and_waits() -> None:
    """Two visits made, two allowed, more wanted this year: a conflict, and nothing is planned."""
    visits = (("2026-01-20", "random"), ("2026-06-01", "special"))
    found = asked(*visits, standing="dishonest", listed=day("01-12"))
    (conflict,) = conflicts(found)
    assert isinstance(conflict, Conflict)
    assert (conflict.needed, conflict.left, conflict.exempt, conflict.held) == (1, 0, False, True)
    assert conflict.rule["source"]
    assert (conflict.cap["cap"], conflict.cap["cap_status"]) == (2, "page")
    item = item_of(found)
    assert item.held == "over_cap"
    assert item.reasons[-1].code == "floor_over_cap"
    planned = asked(*visits, standing="dishonest", listed=day("01-12"),
                    floors={"over_cap": {"then": "plan"}})  # fmt: skip
    assert item_of(planned, over_cap={"then": "plan"}).held == ""
    assert len(conflicts(planned)) == 1


def test_visits_that_do_not_count_are_exempt_from_the_cap() -> None:
    """A check on a suspension goes on when the cap is reached, and the conflict says so."""
    visits = (("2026-01-20", "random"), ("2026-06-01", "special"))
    found = asked(*visits, suspended="2026-08-18", operating_status="suspended")
    (conflict,) = conflicts(found)
    assert (conflict.exempt, conflict.held) == (True, False)
    assert item_of(found).held == ""


def test_no_conflict_where_the_cap_leaves_enough() -> None:
    """One visit wanted and two allowed are no conflict."""
    assert conflicts(asked(standing="black_list", listed=day("06-22"))) == ()
    higher = asked(standing="dishonest", listed=day("01-12"), caps={"default": 4})
    assert conflicts(higher) == ()


def test_a_bureau_changes_and_switches_off_rules() -> None:
    """What is changed has the status ``setting``; what is not in use is gone."""
    floors = load_floors(
        {"rules": {"dishonest": {"visits": 2}, "black_list": {"use": False}}, "lead": {"weeks": 1}}
    )
    by_name = {rule.name: rule for rule in floors.rules}
    assert (by_name["dishonest"].visits, by_name["dishonest"].status) == (2, "setting")
    assert "black_list" not in by_name
    assert (floors.lead_weeks.value, floors.lead_weeks.status) == (1, "setting")


def test_every_wrong_setting_is_named() -> None:
    """Unknown names come first; then missing and wrong values, all at once."""
    with pytest.raises(RuleSettingsError, match="bad_floors") as caught:
        load_floors({"leads": {}, "lead": {"week": 1}, "over_cap": 3, "rules": {"new": 1}})
    assert {name for name, _, _ in caught.value.rows} == {
        "leads", "lead.week", "over_cap", "rules.new",
    }  # fmt: skip
    with pytest.raises(RuleSettingsError, match="bad_floors") as caught:
        load_floors({
            "lead": {"weeks": 0}, "periods": {"count_from": "x"}, "ignored": {"results": ["x"]},
            "rules": {
                "new": {"visits": 0, "kinds": ["dance"], "mind": 1},
                "black_list": {"standing": ["x"], "period": "week", "visit": "x", "use": "no"},
            },
        })  # fmt: skip
    assert {name for name, _, _ in caught.value.rows} == {
        "lead.weeks", "periods.count_from", "ignored.results", "rules.new.visits",
        "rules.new.kinds", "rules.new.mind", "rules.new.period", "rules.new.visit",
        "rules.new.standing", "rules.black_list.standing", "rules.black_list.period",
        "rules.black_list.visit", "rules.black_list.use",
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
    st.integers(0, 400),
    st.sampled_from(["month", "quarter", "half_year", "year"]),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_today_lies_in_the_period_and_due_in_its_part(
    listed: dt.date, later: int, period: str, visits: int, weeks: int
) -> None:
    """A period that was not missed holds today, and its due day lies in the part that is next."""
    today = min(listed + dt.timedelta(days=later), dt.date(2026, 12, 31))
    rule = {"visits": visits, "period": period}
    found = asked(
        (listed.isoformat(), "random"), (today.isoformat(), "random"), today=today,
        floors={"rules": {"black_list": rule}, "lead": {"weeks": weeks}},
        standing="black_list", listed=listed,
    )  # fmt: skip
    (need,) = found
    assert need.first <= today <= need.last
    assert need.first <= need.opens <= need.closes <= need.last
    assert need.opens <= need.due
    assert need.needed >= 0
    if need.missing:
        item_of(found, lead={"weeks": weeks}, today=today)
