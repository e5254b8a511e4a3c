"""Every kind of obligation has one due date, the sum of its reasons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.refusals import RuleSettingsError
from maps.messages import load
from scheduler.cycles import Cycle, period_name, period_of
from scheduler.disclosure import ToPublish, load_terms
from scheduler.due.documents import documents, papers, summaries
from scheduler.due.listings import closures, listings
from scheduler.due.measures import handovers, hazards, penalties, seizures
from scheduler.due.publication import publications
from scheduler.due.reckoning import Reckoning
from scheduler.due.reinspection import restarts
from scheduler.due.report import reports
from scheduler.due.rounds import last_checks, rounds
from scheduler.due_rules import load_rules
from scheduler.workdays import Workdays

if TYPE_CHECKING:
    from collections.abc import Callable

    from scheduler.due_items import DueItem

TODAY = dt.date(2026, 11, 23)
CALENDAR = Workdays()
RULES = load_rules()
WITH = Reckoning(today=TODAY, workdays=CALENDAR, rules=RULES)
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))


def day(text: str) -> dt.date:
    """Return a date of 2026 from month and day."""
    return dt.date.fromisoformat(f"2026-{text}")


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return rows as a frame of objects; what a row does not say is missing."""
    return pd.DataFrame(list(rows), dtype=object)


def assert_sum(item: DueItem) -> None:
    """Check that base date plus all reasons is the due date, and that each has words."""
    assert item.reasons[0].start == item.base
    for one, following in zip(item.reasons, item.reasons[1:], strict=False):
        assert one.end == following.start
    assert item.base + dt.timedelta(days=sum(one.days for one in item.reasons)) == item.due
    assert {one.code for one in item.reasons} | {f"kind_{item.kind}"} <= set(load())
    assert f"base_{item.base_code}" in load()


def seizure(on: dt.date, **facts: Any) -> list[DueItem]:
    """Return the item of goods seized on a day."""
    row = {"id": "C1", "object": "E1", "on": on, "until": None, "extended": None, "state": "held"}
    return seizures(frame({**row, **facts}), with_=WITH)


def test_a_seizure_ends_after_thirty_days_and_thirty_more_where_extended() -> None:
    """行政强制法 §25: thirty days, and as many again by approval."""
    (item,) = seizure(day("10-26"))
    assert (item.due, item.place, item.reasons[0].status) == (day("11-25"), "desk", "law")
    (longer,) = seizure(day("10-26"), extended=day("11-20"))
    assert longer.due == day("12-25")
    assert [one.code for one in longer.reasons] == ["term_seizure", "term_seizure_extension"]
    assert_sum(item)
    assert_sum(longer)


def test_a_seizure_that_ends_on_a_day_off_is_due_before() -> None:
    """It has ended by the next working day: the bureau acts on the last one before."""
    (item,) = seizure(day("10-30"))  # thirty days later it is a Sunday
    assert (item.due, item.reasons[-1].code, item.reasons[-1].days) == (
        day("11-27"), "earlier_shift", -2,
    )  # fmt: skip
    assert_sum(item)


def test_a_seizure_ends_when_its_decision_says_if_that_is_earlier() -> None:
    """The decision may name less than the law allows, never more."""
    (item,) = seizure(day("10-26"), until=day("11-10"))
    assert (item.due, item.reasons[-1].code) == (day("11-10"), "seizure_as_decided")
    assert_sum(item)
    (late,) = seizure(day("10-26"), until=day("12-24"))
    assert late.due == day("11-25")


def test_what_was_given_back_is_not_due() -> None:
    """A seizure that was lifted asks for nothing."""
    assert seizure(day("10-26"), state="lifted") == []


def test_a_penalty_is_decided_within_ninety_days_of_filing() -> None:
    """行政处罚法 §60; a decided case is not due."""
    row = {"id": "A1", "object": "E1", "filed": day("08-31"), "state": "open"}
    (item,) = penalties(frame(row), with_=WITH)
    assert (item.id, item.due) == ("penalty:A1", day("11-30"))  # 29 November is a Sunday
    assert [one.code for one in item.reasons] == ["term_penalty", "nonworking_shift"]
    assert_sum(item)
    assert penalties(frame({**row, "state": "decided"}), with_=WITH) == []


def test_a_hazard_without_an_order_is_checked_after_its_deadline() -> None:
    """One with an order is due with the re-inspection of that order."""
    row = {"id": "H1", "object": "E1", "order": None, "found": day("10-12"), "state": "open",
           "deadline": day("11-06")}  # fmt: skip
    (item,) = hazards(frame(row), with_=WITH)
    assert (item.base_code, item.due) == ("deadline", day("11-16"))
    assert item.overdue_days == 7
    (bare,) = hazards(frame({**row, "deadline": None}), with_=WITH)
    assert [one.code for one in bare.reasons][:2] == ["no_deadline", "term_hazard"]
    assert_sum(item)
    assert_sum(bare)
    assert hazards(frame({**row, "order": "O1"}), with_=WITH) == []
    assert hazards(frame({**row, "state": "rectified"}), with_=WITH) == []


def test_a_handover_wants_its_receipt() -> None:
    """What may be a crime is confirmed sooner; a receipt settles it."""
    row = {"id": "T1", "object": "E1", "sent": day("11-16"), "kind": "department", "receipt": None,
           "state": "sent"}  # fmt: skip
    (item,) = handovers(frame(row), with_=WITH)
    (crime,) = handovers(frame({**row, "kind": "criminal"}), with_=WITH)
    assert (item.due, crime.due) == (day("11-26"), day("11-19"))
    assert (item.reasons[0].status, crime.reasons[0].status) == ("product", "unverified")
    assert handovers(frame({**row, "receipt": "收 12 号"}), with_=WITH) == []
    assert handovers(frame({**row, "state": "accepted"}), with_=WITH) == []


def test_listed_supervision_is_public_in_five_working_days_and_ends() -> None:
    """The list of B41: publication, the end, and until when a longer term can be asked for."""
    row = {"id": "G1", "object": "E1", "kind": "supervision", "start": day("11-16"),
           "until": dt.date(2027, 5, 14), "published": None, "state": "listed"}  # fmt: skip
    notice, end = sorted(listings(frame(row), with_=WITH), key=lambda item: item.due)
    assert (notice.kind, notice.due) == ("listing_notice", day("11-23"))
    assert (end.kind, end.due) == ("listing_end", dt.date(2027, 5, 14))
    ask = dt.date.fromisoformat(end.reasons[-1].detail["ask_by"])
    assert CALENDAR.add_workdays(ask, 20) == end.due
    for item in (notice, end):
        assert_sum(item)
    (only,) = listings(frame({**row, "published": day("11-18")}), with_=WITH)
    assert only.kind == "listing_end"
    assert listings(frame({**row, "state": "removed"}), with_=WITH) == []


def test_a_black_list_entry_without_an_end_lasts_a_year() -> None:
    """Nothing is to be published of it here, and nothing to be asked for."""
    row = {"id": "B1", "object": "E1", "kind": "black_list", "start": day("03-02"), "until": None,
           "published": None, "state": "listed"}  # fmt: skip
    (item,) = listings(frame(row), with_=WITH)
    assert (item.kind, item.due) == ("listing_end", dt.date(2027, 3, 2))
    assert_sum(item)


def test_a_closure_is_made_public() -> None:
    """Twenty working days, five for coal mines; not once it is public."""
    row = {"site": "S1", "closed": day("11-02"), "published": None}
    (item,) = closures(frame(row), industries={}, with_=WITH)
    (coal,) = closures(frame(row), industries={"S1": "coal_mine"}, with_=WITH)
    assert item.due == CALENDAR.add_workdays(day("11-02"), 20)
    assert coal.due == CALENDAR.add_workdays(day("11-02"), 5)
    assert_sum(coal)
    assert closures(frame({**row, "published": day("11-09")}), industries={}, with_=WITH) == []


def test_a_stopped_firm_is_examined_within_ten_days_of_its_application() -> None:
    """A coal mine within twenty; an accepted application is not due."""
    row = {"id": "F1", "object": "E1", "applied": day("11-11"), "state": "applied"}
    (item,) = restarts(frame(row), industries={}, with_=WITH)
    (coal,) = restarts(frame(row), industries={"E1": "coal_mine"}, with_=WITH)
    assert (item.due, item.visit, item.place) == (day("11-23"), "reinspection", "visit")
    assert coal.due == day("12-01")
    assert_sum(item)
    assert restarts(frame({**row, "state": "accepted"}), industries={}, with_=WITH) == []


def test_the_limit_of_a_report_can_be_extended_by_thirty_days() -> None:
    """Sixty days, ninety where that is on record; the planned date does not move."""
    row = {"id": "R1", "object": "E1", "received": day("10-09"), "state": "open"}
    (item,) = reports(frame(row), with_=WITH)
    (longer,) = reports(frame({**row, "limit_extended": day("12-01")}), with_=WITH)
    assert (item.limit, longer.limit) == (day("12-08"), dt.date(2027, 1, 7))
    assert item.due == longer.due
    assert reports(frame({**row, "state": "verified"}), with_=WITH) == []


def test_a_result_is_public_within_twenty_working_days() -> None:
    """The item has the due day of the publication, as a sum."""
    term = load_terms()[-1]
    due = term.due(day("10-26"), workdays=CALENDAR)
    waiting = ToPublish(visit="2026-W44-V001", object="E1", visited=day("10-26"), term=term,
                        base=day("10-26"), due=due, late_days=0)  # fmt: skip
    (item,) = publications([waiting], with_=WITH)
    assert (item.id, item.due, item.place) == ("publication:2026-W44-V001", due, "desk")
    assert_sum(item)


AREAS = frame(
    {"id": "V1", "name": "东村", "level": "village"},
    {"id": "V2", "name": "西村", "level": "village"},
    {"id": "T1", "name": "某镇", "level": "town"},
)
SINCE = day("10-12")


def due_rounds(
    checks: dict[str, dict[str, dt.date]], *, today: dt.date = TODAY
) -> dict[str, DueItem]:
    """Return the rounds by area."""
    with_ = Reckoning(today=today, workdays=CALENDAR, rules=RULES)
    return {item.object: item for item in rounds(AREAS, checks=checks, since=SINCE, with_=with_)}


def test_a_village_is_due_by_the_end_of_the_week_after_its_last_check() -> None:
    """Checked in the running week it is due by Friday of the next one, else by this Friday."""
    found = due_rounds({"village_round": {"V1": day("11-23"), "V2": day("11-20")}})
    assert (found["V1"].due, found["V2"].due) == (day("12-04"), day("11-27"))
    assert found["V1"].place == "area"
    for item in found.values():
        assert_sum(item)


def test_a_village_that_nobody_checked_ages_from_the_first_whole_week() -> None:
    """One item, however many weeks were missed; it never disappears."""
    item = due_rounds({})["V1"]
    assert (item.due, item.base_code, item.step) == (day("10-16"), "area_since", 6)
    assert item.overdue_days == (TODAY - day("10-16")).days
    later = due_rounds({}, today=day("12-28"))["V1"]
    assert (later.id, later.due, later.step) == (item.id, item.due, 11)


def test_a_town_is_due_by_the_last_working_day_of_the_month() -> None:
    """31 October is a Saturday, so it is the Friday before."""
    found = due_rounds({"town_round": {"T1": day("09-30")}}, today=day("10-20"))
    assert found["T1"].due == day("11-30")  # counted from 12 October, the first whole month
    found = due_rounds({"town_round": {"T1": day("10-20")}}, today=day("10-20"))
    assert found["T1"].due == day("11-30")
    found = due_rounds({"town_round": {"T1": day("12-01")}}, today=day("12-01"))
    assert found["T1"].due == dt.date(2027, 1, 29)


def test_a_week_in_which_nobody_works_is_passed_over() -> None:
    """The week of the Spring Festival of 2026 has no working day."""
    found = due_rounds({"village_round": {"V1": dt.date(2026, 2, 9)}}, today=dt.date(2026, 2, 20))
    assert found["V1"].due == day("10-16")  # counted from 12 October
    with_ = Reckoning(today=dt.date(2026, 2, 20), workdays=CALENDAR, rules=RULES)
    checks = {"village_round": {"V1": dt.date(2026, 2, 9)}}
    (item,) = rounds(AREAS[:1], checks=checks, since=dt.date(2026, 1, 5), with_=with_)
    assert (item.id, item.due) == ("village_round:V1:2026-02-23", dt.date(2026, 2, 28))


def test_what_counts_as_a_check_of_an_area() -> None:
    """Visits of the named kinds to what lies in it; nobody found there is no check."""
    visits = frame(
        {"object": "E1", "date": day("11-10"), "kind": "random", "result": "pass"},
        {"object": "E1", "date": day("11-12"), "kind": "licence", "result": "pass"},
        {"object": "E2", "date": day("11-13"), "kind": "patrol", "result": "not_found"},
        {"object": "V2", "date": day("11-14"), "kind": "patrol", "result": "pass"},
        {"object": "E2", "date": day("12-24"), "kind": "patrol", "result": "pass"},
    )
    areas = {"E1": ("T1", "V1"), "E2": ("T1", "V1"), "V2": ("V2", "T1")}
    (rule, _) = RULES.rounds
    last = last_checks(visits, areas_of=areas, today=TODAY, rule=rule)
    assert last == {"V1": day("11-10"), "V2": day("11-14"), "T1": day("11-14")}
    told = last_checks(visits, areas_of=areas, today=TODAY, rule=rule, told={"V1": day("11-20")})
    assert told["V1"] == day("11-20")


def test_the_weekly_report_is_due_on_monday_and_the_monthly_one_by_the_25th() -> None:
    """One item a period until it is handed in; the running period is there already."""
    items = {item.id: item for item in documents(day("11-09"), settled=(), with_=WITH)}
    assert items["weekly_report:2026-W47"].due == day("11-23")
    assert items["weekly_report:2026-W46"].overdue_days == 7
    assert items["monthly_report:2026-11"].due == day("11-25")
    assert items["exposure_list:2026-11~12"].due == dt.date(2027, 1, 11)  # the 10th is a Sunday
    for item in items.values():
        assert_sum(item)
    settled = {"weekly_report:2026-W46"}
    left = {item.id for item in documents(day("11-09"), settled=settled, with_=WITH)}
    assert left == set(items) - settled


def test_documents_of_periods_before_the_beginning_are_not_asked_for() -> None:
    """Who begins on Monday owes nothing of the week before."""
    items = documents(day("11-16"), settled=(), with_=WITH)
    assert min(item.base for item in items) >= day("11-16")


def test_a_campaign_owes_a_summary_of_every_phase_that_has_begun() -> None:
    """By the day that the plan names, else so long after the phase; the last one is the final."""
    rows = frame(
        {"campaign": "C1", "phase": 1, "name": "打非", "first": day("05-05"), "last": day("05-29"),
         "final": False, "report_by": None},
        {"campaign": "C1", "phase": 2, "name": "打非", "first": day("06-01"), "last": day("12-31"),
         "final": True, "report_by": day("11-30")},
        {"campaign": "C1", "phase": 3, "name": "打非", "first": dt.date(2027, 1, 1),
         "last": dt.date(2027, 2, 1), "final": True, "report_by": None},
    )  # fmt: skip
    stage, final = summaries(rows, settled=(), with_=WITH)
    assert (stage.id, stage.due) == ("stage_summary:C1:1", CALENDAR.add_workdays(day("05-29"), 5))
    assert (final.id, final.due) == ("final_summary:C1:2", day("11-30"))
    assert_sum(stage)
    assert_sum(final)
    assert len(summaries(rows, settled={"stage_summary:C1:1"}, with_=WITH)) == 1


def test_a_unit_owes_a_document_until_it_is_received() -> None:
    """By the day of the plan, moved to a working day."""
    row = {"campaign": "C1", "code": "plan", "title": "方案", "unit": "公安局",
           "since": day("05-13"), "due": day("05-17"), "document": "克安发〔2013〕9号"}  # fmt: skip
    (item,) = papers(frame(row), with_=WITH)
    assert (item.id, item.due) == ("paper:C1:plan:公安局", day("05-18"))
    assert_sum(item)


@given(day_=DAYS, cut_off=st.integers(0, 31), every=st.sampled_from(["month", "two_months"]))
def test_periods_of_months_leave_no_gap(day_: dt.date, cut_off: int, every: str) -> None:
    """Every day lies in its period, and the next period begins on the day after."""
    cycle = Cycle(name="x", every=every, source="", status="product", cut_off=cut_off)
    first, last = period_of(day_, cycle)
    assert first <= day_ <= last
    following = period_of(last + dt.timedelta(days=1), cycle)
    assert following[0] == last + dt.timedelta(days=1)
    assert period_name(*following, cycle) != period_name(first, last, cycle)


def _penalty(base: dt.date) -> list[DueItem]:
    return penalties(frame({"id": "A", "object": "E", "filed": base, "state": "open"}), with_=WITH)


def _handover(base: dt.date) -> list[DueItem]:
    row = {"id": "A", "object": "E", "sent": base, "kind": "criminal", "receipt": None}
    return handovers(frame({**row, "state": "sent"}), with_=WITH)


def _closure(base: dt.date) -> list[DueItem]:
    row = {"site": "S", "closed": base, "published": None}
    return closures(frame(row), industries={}, with_=WITH)


def _restart(base: dt.date) -> list[DueItem]:
    row = {"id": "A", "object": "E", "applied": base, "state": "applied"}
    return restarts(frame(row), industries={"E": "coal_mine"}, with_=WITH)


def _round(base: dt.date) -> list[DueItem]:
    checks = {"village_round": {"V1": base}}
    return rounds(AREAS[:1], checks=checks, since=dt.date(2025, 1, 1), with_=WITH)


@pytest.mark.parametrize("of", [seizure, _penalty, _handover, _closure, _restart, _round])
@given(base=DAYS, more=st.integers(0, 40))
def test_a_later_base_never_makes_an_earlier_date(
    of: Callable[[dt.date], list[DueItem]], base: dt.date, more: int
) -> None:
    """Whatever the working days do in between."""
    (early,), (late,) = of(base), of(base + dt.timedelta(days=more))
    assert early.due <= late.due
    assert_sum(early)
    assert CALENDAR.is_workday(early.due)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"terms": {"seizure": {"days": -1}}}, "terms.seizure.days"),
        ({"terms": {"nothing": {"days": 3}}}, "terms.nothing"),
        ({"rounds": {"village_round": {"every": "day"}}}, "rounds.village_round.every"),
        ({"rounds": {"village_round": {"kinds": ["stroll"]}}}, "rounds.village_round.kinds"),
        ({"documents": {"weekly_report": {"days": "1"}}}, "documents.weekly_report.days"),
        ({"documents": {"monthly_report": {"cut_off": 40}}}, "documents.monthly_report.cut_off"),
        ({"revisit": {"black_list": {"divisor": 0}}}, "revisit.black_list.divisor"),
    ],
)
def test_settings_of_no_sense_are_named(settings: dict[str, Any], name: str) -> None:
    """The error says which."""
    with pytest.raises(RuleSettingsError, match="bad_due_rules") as caught:
        load_rules(settings)
    assert [row[0] for row in caught.value.rows] == [name]


def test_a_bureau_changes_and_switches_off() -> None:
    """What it changes has the status of a setting; what it switches off is not owed."""
    rules = load_rules({
        "terms": {"handover_receipt": {"days": 5}},
        "rounds": {"village_round": {"use": False}},
        "documents": {"exposure_list": {"use": False}, "monthly_report": {"cut_off": 0,
                                                                         "days": 25}},
    })  # fmt: skip
    assert (rules.term("handover_receipt").days, rules.term("handover_receipt").status) == (
        5, "setting",
    )  # fmt: skip
    assert [one.name for one in rules.rounds] == ["town_round"]
    with_ = Reckoning(today=TODAY, workdays=CALENDAR, rules=rules)
    found = {item.id: item.due for item in documents(day("10-01"), settled=(), with_=with_)}
    assert found["monthly_report:2026-10"] == day("11-25")
    assert not any(id_.startswith("exposure_list") for id_ in found)
