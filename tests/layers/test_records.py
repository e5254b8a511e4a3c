"""The life of every kind of record, told by its ledger."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import cases
from layers.codes import TABLES
from layers.events import Event, EventKind
from layers.schema import REGISTERS

DAY = dt.date(2026, 11, 23)


def on(text: str) -> dt.date:
    """Return a day of 2026 written as month-day."""
    return dt.date.fromisoformat(f"2026-{text}")


def told(register: str, *rows: dict[str, Any]) -> list[Event]:
    """Return the events of ledger rows that have only the named columns."""
    return [e for row in rows for e in cases.events_of(register, pd.DataFrame([row], dtype=object))]


def states(register: str, *rows: dict[str, Any], day: dt.date = DAY) -> list[dict[str, Any]]:
    """Return the states that ledger rows of one register lead to."""
    events = cases.event_frame(told(register, *rows))
    return cases.STATES[register](events, day).to_dict("records")


HAZARD = {"id": "H1", "object": "E1", "found": on("10-01"), "deadline": on("10-15")}


def test_a_hazard_is_open_then_overdue_then_rectified_then_struck_off() -> None:
    """A hazard passes its four states on the days of its ledger row."""
    row = {**HAZARD, "rectified": on("10-20"), "cancelled": on("10-22")}
    days = ("10-01", "10-15", "10-16", "10-20", "10-22")
    found = [states("hazards", row, day=on(day))[0]["state"] for day in days]
    assert found == ["open", "open", "overdue", "rectified", "cancelled"]
    assert states("hazards", row, day=on("09-30")) == []


def test_a_hazard_is_rectified_when_its_order_is_found_met() -> None:
    """A re-inspection that finds the order met rectifies the hazards that the order names."""
    order = {"id": "O1", "object": "E1", "issued": on("10-01"), "deadline": on("10-15"),
             "reviewed": on("10-18"), "outcome": "met"}  # fmt: skip
    events = [*told("hazards", {**HAZARD, "order": "O1"}), *told("orders", order)]
    (hazard,) = cases.hazard_states(cases.event_frame(events), DAY).to_dict("records")
    assert (hazard["state"], hazard["rectified"]) == ("rectified", on("10-18"))


def test_hazards_of_a_closed_object_are_cancelled() -> None:
    """Closing an object for good ends its hazards."""
    events = told("hazards", HAZARD)
    events.append(Event(kind=EventKind.CLOSED, subject="E1", on=on("10-30")))
    (hazard,) = cases.hazard_states(cases.event_frame(events), DAY).to_dict("records")
    assert (hazard["state"], hazard["cancelled"]) == ("cancelled", on("10-30"))


def test_hazards_carry_codes_of_schemes() -> None:
    """Types are codes where the words mean one, and stand as written where they do not."""
    row = {**HAZARD, "types": ("H3 未全员培训", "h5", "用电"), "grade": "serious"}
    (hazard,) = states("hazards", row)
    assert (hazard["types"], hazard["serious"]) == (("H3", "H5", "用电"), True)


CASE = {"id": "L1", "object": "E1", "filed": on("03-01"), "behaviours": ("无证", "J3")}


def test_a_case_is_filed_decided_and_concluded() -> None:
    """A case is open, then decided, then concluded with its outcome."""
    row = {**CASE, "decided": on("04-01"), "concluded": on("05-01"), "outcome": "penalised"}
    found = [states("cases", row, day=on(day))[0] for day in ("03-31", "04-30", "05-01")]
    assert [case["state"] for case in found] == ["open", "decided", "concluded"]
    assert [case["outcome"] for case in found] == [None, None, "penalised"]
    assert found[0]["behaviours"] == ("K1", "J3")


def test_a_penalty_decides_its_case() -> None:
    """A case whose penalty is on record is decided, even where its own ledger forgets to say so."""
    penalty = {"id": "C1", "case": "L1", "object": "E1", "decided": on("04-02"), "amount": 5000.0}
    events = cases.event_frame([*told("cases", CASE), *told("penalties", penalty)])
    (case,) = cases.case_states(events, DAY).to_dict("records")
    assert (case["state"], case["decided"]) == ("decided", on("04-02"))


PENALTY = {"id": "C1", "case": "L1", "object": "E1", "decided": on("04-02"), "kind": "fine"}


def test_a_fine_is_due_until_it_is_paid_in_parts() -> None:
    """Instalments add up in the ledger; the latest entry says all that came in."""
    first = {**PENALTY, "amount": 30000.0, "collected": 10000.0, "collected_on": on("05-01")}
    second = {**first, "collected": 30000.0, "collected_on": on("06-01")}
    events = cases.event_frame([*told("penalties", first), *told("penalties", second)])
    found = [
        cases.penalty_states(events, on(day)).iloc[0][["state", "collected"]].tolist()
        for day in ("04-30", "05-31", "06-01")
    ]
    assert found == [["due", None], ["partly", 10000.0], ["collected", 30000.0]]


def test_a_warning_is_not_owed() -> None:
    """A penalty without money is not due, however old it is."""
    assert states("penalties", {**PENALTY, "kind": "warning"})[0]["state"] == "none"


def test_a_seizure_lasts_thirty_days_and_thirty_more() -> None:
    """Without a date in the ledger the term is 30 days, 60 once it was extended."""
    row = {"id": "S1", "object": "E1", "on": on("09-01"), "goods": "锌粉", "quantity": 15.0}
    assert states("seizures", row, day=on("10-01"))[0]["state"] == "held"
    assert states("seizures", row, day=on("10-02"))[0]["state"] == "overdue"
    longer = {**row, "extended": on("09-28")}
    assert states("seizures", longer, day=on("09-27"))[0]["until"] == on("10-01")
    assert states("seizures", longer, day=on("10-02"))[0]["until"] == on("10-31")
    lifted = {**longer, "lifted": on("10-20"), "disposal": "没收"}
    (seizure,) = states("seizures", lifted)
    assert (seizure["state"], seizure["disposal"]) == ("lifted", "没收")


def test_a_seizure_lists_all_its_goods() -> None:
    """Goods named in one cell are kept apart, each with its unit; 余 is at least."""
    goods = "燃料油114余吨以及自制100吨油罐1个、50吨油罐3个"
    (row,) = states("seizures", {"id": "S1", "object": "E1", "on": on("09-01"), "goods": goods})
    assert [(i.goods, i.number, i.unit, i.at_least) for i in row["items"]] == [
        ("燃料油", 114.0, "吨", True), ("自制100吨油罐", 1.0, "个", False),
        ("50吨油罐", 3.0, "个", False),
    ]  # fmt: skip
    assert (row["quantity"], row["unit"], row["at_least"]) == (114.0, "吨", True)


def test_a_handover_waits_for_its_receipt_and_its_end() -> None:
    """A handover is sent, received, accepted and done; detained persons are counted apart."""
    row = {"id": "Y1", "case": "L1", "object": "E1", "sent": on("06-01"), "receiver": "公安局",
           "kind": "criminal", "persons": 3, "early_intervention": on("05-20"),
           "receipt": on("06-03"), "accepted": on("06-10"), "detained": 2,
           "concluded": on("08-01"), "outcome": "prosecuted"}  # fmt: skip
    days = ("06-01", "06-03", "06-10", "08-01")
    found = [states("handovers", row, day=on(day))[0] for day in days]
    assert [one["state"] for one in found] == ["sent", "received", "accepted", "done"]
    assert [one["detained"] for one in found] == [None, None, 2, 2]
    assert found[0]["early_intervention"] == on("05-20")
    assert states("handovers", {**row, "outcome": "returned"})[0]["state"] == "returned"


def test_a_listing_that_is_over_stays_until_it_is_removed() -> None:
    """An expired name is not removed by itself."""
    row = {"id": "G1", "object": "E1", "kind": "supervision", "start": on("02-01"),
           "until": on("05-01"), "removed": on("06-01")}  # fmt: skip
    found = [
        states("listings", row, day=on(day))[0]["state"] for day in ("05-01", "05-02", "06-01")
    ]
    assert found == ["listed", "expired", "removed"]


def test_a_remedy_ends_with_its_outcome() -> None:
    """A suit is open until it is concluded, and its outcome is not known before."""
    row = {"id": "R1", "case": "L1", "object": "E1", "kind": "suit", "filed": on("05-01"),
           "stage": "一审", "concluded": on("09-01"), "outcome": "upheld"}  # fmt: skip
    before, after = (states("remedies", row, day=on(day))[0] for day in ("08-31", "09-01"))
    assert (before["state"], before["outcome"]) == ("open", None)
    assert (after["state"], after["outcome"]) == ("concluded", "upheld")


RESTART = {"id": "F1", "object": "E1", "applied": on("03-01"), "examined": on("03-08")}


def test_a_restart_is_asked_for_examined_and_accepted() -> None:
    """Acceptance has a checklist; all three items in order are what “三不” asks for."""
    row = {**RESTART, "items": ("measures", "licences", "conditions"), "outcome": "accepted",
           "restarted": on("03-10"), "signer": "张三"}  # fmt: skip
    found = [states("restarts", row, day=on(day))[0] for day in ("03-07", "03-08", "03-10")]
    assert [one["state"] for one in found] == ["applied", "accepted", "accepted"]
    assert [one["ok"] for one in found] == [False, True, True]
    assert states("restarts", {**RESTART, "outcome": "refused"})[0]["state"] == "refused"


@pytest.mark.parametrize(
    "row",
    [
        {"id": "F1", "object": "E1", "restarted": on("03-02")},
        {**RESTART, "outcome": "accepted", "restarted": on("03-07")},
        {**RESTART, "outcome": "refused", "restarted": on("03-20")},
    ],
)
def test_who_restarts_without_acceptance_is_told_apart(row: dict[str, Any]) -> None:
    """Producing again unasked, too early or after a refusal is an unaccepted restart (K3)."""
    assert states("restarts", row)[0]["state"] == "unaccepted_restart"


def _closed(industry: str, *items: str, closed: str = "04-01") -> list[Event]:
    site = {"id": "FF1", "discovered": on("03-01"), "closed": on(closed), "industry": industry}
    rows = [{"id": "", "site": "FF1", "item": item, "done": on("04-02"), "proof": "照片"}
            for item in items]  # fmt: skip
    return [*told("sites", site), *told("closures", *rows)]


def test_a_site_is_closed_in_full_only_when_all_items_are_done() -> None:
    """The checklist of a site has five items; one missing item is enough to say so."""
    items = ("licences", "power", "water", "restored", "dispersed")
    events = _closed("fuel", *items)
    (full,) = cases.closure_states(cases.event_frame(events), DAY).to_dict("records")
    assert (full["full"], full["missing"], full["required"]) == (True, (), items)
    assert full["items"]["power"] == {"done": on("04-02"), "proof": "照片"}
    (before,) = cases.closure_states(cases.event_frame(events), on("04-01")).to_dict("records")
    assert (before["full"], before["missing"]) == (False, items)


def test_a_mine_has_items_of_its_own() -> None:
    """For mines explosives stop, the shaft is filled and the headframe comes down."""
    events = _closed("coal_mine", "licences", "power", "water", "restored", "dispersed")
    (mine,) = cases.closure_states(cases.event_frame(events), DAY).to_dict("records")
    assert (mine["full"], mine["missing"]) == (False, ("explosives", "shaft", "headframe"))


def test_a_relapse_begins_the_checklist_anew() -> None:
    """What was done for the first closure does not count for the second."""
    events = _closed("fuel", "licences", "power", "water", "restored", "dispersed")
    events.append(
        Event(kind=EventKind.DISCOVERED, subject="FF1", on=on("08-01"), key="2026-08-01",
              data={"industry": "fuel"})
    )  # fmt: skip
    assert cases.closure_states(cases.event_frame(events), DAY).empty
    assert cases.closure_states(cases.event_frame(events), on("07-31")).iloc[0]["full"]
    events.append(Event(kind=EventKind.CLOSED, subject="FF1", on=on("08-05"), key="2026-08-05"))
    (again,) = cases.closure_states(cases.event_frame(events), DAY).to_dict("records")
    assert (again["closed"], again["full"], len(again["missing"])) == (on("08-05"), False, 5)


def test_rewards_of_a_report_add_up() -> None:
    """A report handed over and rewarded twice says so; nobody's name is anywhere."""
    report = {"id": "JB1", "received": on("02-01"), "verified": on("02-10"),
              "outcome": "handed_over", "handed_over_to": "公安局",
              "limit_extended": on("02-05")}  # fmt: skip
    rewards = [{"id": f"J{i}", "report": "JB1", "amount": 500.0 * i, "on": on(f"03-0{i}")}
               for i in (1, 2)]  # fmt: skip
    events = cases.event_frame([*told("reports", report), *told("rewards", *rewards)])
    (state,) = cases.report_states(events, DAY).to_dict("records")
    assert (state["rewarded"], state["rewarded_on"]) == (1500.0, on("03-02"))
    assert (state["handed_over_to"], state["limit_extended"]) == ("公安局", on("02-05"))


@pytest.mark.parametrize(
    ("deaths", "grade"),
    [(0, "general"), (2, "general"), (3, "larger"), (9, "larger"), (10, "major"), (30, "extreme")],
)
def test_accidents_are_graded_by_deaths(deaths: int, grade: str) -> None:
    """Up to 2 dead is ordinary, 3 to 9 larger, 10 to 29 major, 30 and more extreme."""
    row = {"id": "A1", "object": "E1", "on": on("05-01"), "deaths": deaths, "concealed": True}
    (accident,) = states("accidents", row)
    assert (accident["grade"], accident["concealed"]) == (grade, True)


def test_documents_of_a_visit_never_become_due() -> None:
    """A record of an inspection and an opinion are kept; with them the four documents are there."""
    rows = [{"id": f"D{kind}", "object": "E1", "issued": on("05-01"), "kind": kind,
             "number": f"（永）应急〔2026〕{i}号", "visit": "V1"}
            for i, kind in enumerate(TABLES["order_kind"].codes)]  # fmt: skip
    found = {row["kind"]: row for row in states("orders", *rows)}
    assert {kind for kind, row in found.items() if row["state"] == "kept"} == set(cases.PAPERS)
    assert found["record"]["number"] == "（永）应急〔2026〕3号"
    assert found["record"]["visit"] == "V1"


def test_a_corrected_day_is_not_seen_before_its_true_day() -> None:
    """A penalty first dated too early is not known before the corrected day."""
    right = {**PENALTY, "decided": on("06-01")}
    events = cases.event_frame([*told("penalties", PENALTY), *told("penalties", right)])
    assert cases.penalty_states(events, on("05-01")).empty
    assert cases.penalty_states(events, DAY).iloc[0]["decided"] == on("06-01")
    kinds = (EventKind.PENALISED,)
    assert cases.known_on(events, on("05-01"), *kinds).empty


def test_a_record_moved_to_another_object_is_one_record() -> None:
    """Of two entries of one number the later says whose it is."""
    events = cases.event_frame([*told("cases", CASE), *told("cases", {**CASE, "object": "E2"})])
    (case,) = cases.case_states(events, DAY).to_dict("records")
    assert case["object"] == "E2"


# Any events at all --------------------------------------------------------------------------------

_CODES = {name: list(TABLES[name].codes) for name in TABLES}
_KINDS = {step.kind: step for life in cases.LIVES.values() for step in life.steps}
_days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@st.composite
def _any_events(draw: st.DrawFn) -> list[Event]:
    """Draw steps of any record in any order, as no ledger would tell them, with corrections."""
    events = []
    for _ in range(draw(st.integers(0, 25))):
        register = draw(st.sampled_from(sorted(cases.LIVES)))
        step = draw(st.sampled_from(cases.LIVES[register].steps))
        day, key = draw(_days), draw(st.sampled_from(["1", "2"]))
        data: dict[str, Any] = {
            name: _fact(draw, register, name) for name in step.facts if draw(st.booleans())
        }
        if draw(st.integers(0, 9)) == 0:
            data["withdrawn"] = True
        events.append(
            Event(kind=step.kind, subject=draw(st.sampled_from(["E1", "E2"])), on=day,
                  key=f"{key}@{day.isoformat()}" if step.repeats else key, data=data)
        )  # fmt: skip
    return events


def _fact(draw: st.DrawFn, register: str, name: str) -> Any:  # noqa: ANN401 - cells are of any kind
    column = REGISTERS[register][name]
    if column.kind == "code":
        return draw(st.sampled_from(_CODES[column.table]))
    if column.kind == "codes":
        return draw(st.lists(st.sampled_from(_CODES[column.table]), max_size=3))
    if column.kind == "date":
        return draw(_days).isoformat()
    if column.kind in ("money", "quantity", "integer"):
        return draw(st.integers(0, 3))
    if column.kind == "flag":
        return draw(st.booleans())
    return ["K1"] if column.kind == "list" else draw(st.sampled_from(["1", "2", "甲"]))


@settings(max_examples=60, deadline=None)
@given(events=_any_events(), day=_days)
def test_no_order_of_events_leads_to_an_impossible_state(events: list[Event], day: dt.date) -> None:
    """Whatever is told, in whatever order: every state is one of its table, no day lies ahead.

    No day of a state lies after the day asked for, but a term; sifting once gives the same.
    """
    frame = cases.event_frame(events)
    sifted = cases.known(frame, day)
    tables = {"hazards": "hazard_state", "cases": "case_state", "penalties": "penalty_state",
              "seizures": "seizure_state", "handovers": "handover_state",
              "listings": "listing_state", "remedies": "remedy_state",
              "restarts": "restart_state"}  # fmt: skip
    for name, life in cases.LIVES.items():
        rows = cases.STATES[name](frame, day)
        pd.testing.assert_frame_equal(rows, cases.STATES[name](sifted, day))
        assert rows["id"].is_unique
        if name in tables:
            assert set(rows["state"]) <= set(_CODES[tables[name]])
        for step in life.steps:
            happened = [value for value in rows[step.day] if value is not None]
            assert all(value <= day for value in happened)
    _agree(cases.penalty_states(frame, day), cases.case_states(frame, day))


def _agree(penalties: pd.DataFrame, filed: pd.DataFrame) -> None:
    for row in penalties.to_dict("records"):
        if row["state"] == "collected":
            assert row["collected"] >= row["amount"] > 0
    for row in filed.to_dict("records"):
        assert (row["state"] == "concluded") == (row["concluded"] is not None)


@settings(max_examples=60, deadline=None)
@given(events=_any_events())
def test_no_event_is_lost(events: list[Event]) -> None:
    """Every record that began and was not taken back has a row at the end of the year."""
    frame = cases.event_frame(events)
    end = dt.date(2026, 12, 31)
    latest = {(event.kind, event.subject, event.key): event for event in events}
    stand = [event for event in latest.values() if not event.data.get("withdrawn")]
    for name, life in cases.LIVES.items():
        births = {step.kind for step in life.steps[: life.births]}
        begun = {e.key.partition("@")[0] for e in stand if e.kind in births}
        assert set(cases.STATES[name](frame, end)["id"]) == begun
