"""What the events say on a given day."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import cases
from layers.events import Event, EventKind, canonical_json

DAY = dt.date(2026, 11, 23)


def _order_row(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": "O1", "object": "E1", "issued": dt.date(2026, 10, 1), "kind": "rectify",
        "deadline": dt.date(2026, 10, 15), "requested": None, "reviewed": None, "outcome": None,
    }  # fmt: skip
    return {**row, **changes}


def _orders(*rows: dict[str, object], day: dt.date = DAY) -> list[dict[str, object]]:
    events = [e for row in rows for e in cases.events_of("orders", pd.DataFrame([row]))]
    return cases.order_states(cases.event_frame(events), day).to_dict("records")


def test_an_order_is_open_until_a_reinspection_finds_it_met() -> None:
    """An order stays open until a re-inspection finds it met."""
    assert _orders(_order_row())[0]["state"] == "open"
    met = _order_row(reviewed=dt.date(2026, 10, 20), outcome="met")
    assert _orders(met)[0]["state"] == "met"


def test_a_state_is_what_was_known_on_the_day() -> None:
    """A re-inspection after the day asked for is not seen."""
    met = _order_row(reviewed=dt.date(2026, 10, 20), outcome="met")
    assert _orders(met, day=dt.date(2026, 10, 19))[0]["state"] == "open"
    assert _orders(met, day=dt.date(2026, 9, 1)) == []


def test_an_order_not_met_counts_again_from_its_reinspection() -> None:
    """A re-inspection that finds the order not met keeps it open from that day."""
    (state,) = _orders(_order_row(reviewed=dt.date(2026, 10, 20), outcome="not_met"))
    assert (state["state"], state["count"]) == ("open", 1)
    assert state["deadline"] == dt.date(2026, 10, 20)
    assert state["requested"] is None


def test_a_closed_object_cancels_its_open_orders() -> None:
    """Closing an object for good cancels the orders issued before."""
    events = cases.events_of("orders", pd.DataFrame([_order_row()]))
    events.append(Event(kind=EventKind.CLOSED, subject="E1", on=dt.date(2026, 11, 1)))
    (state,) = cases.order_states(cases.event_frame(events), DAY).to_dict("records")
    assert state["state"] == "cancelled"


def test_the_later_entry_of_the_same_event_is_a_correction() -> None:
    """Of two entries of one visit the later one counts, and both stay."""
    visit = {"id": "V1", "object": "E1", "date": dt.date(2026, 11, 2), "findings": 1}
    first = cases.events_of("visits", pd.DataFrame([visit]))
    second = cases.events_of("visits", pd.DataFrame([{**visit, "findings": 3}]))
    frame = cases.event_frame([*first, *second])
    assert len(frame) == 2
    (row,) = cases.visits_as_of(frame, DAY).to_dict("records")
    assert row["findings"] == 3


def test_a_discovery_after_a_closure_is_a_relapse() -> None:
    """A site discovered again after it was closed is open and has relapsed."""
    days = [dt.date(2026, 1, 5), dt.date(2026, 2, 5), dt.date(2026, 6, 5)]
    kinds = [EventKind.DISCOVERED, EventKind.CLOSED, EventKind.DISCOVERED]
    events = [
        Event(kind=kind, subject="S1", on=day, key=day.isoformat())
        for kind, day in zip(kinds, days, strict=True)
    ]
    (site,) = cases.site_states(cases.event_frame(events), DAY).to_dict("records")
    assert (site["status"], site["relapses"], site["closed"]) == ("open", 1, days[1])
    (before,) = cases.site_states(cases.event_frame(events), days[1]).to_dict("records")
    assert (before["status"], before["relapses"]) == ("closed", 0)


def test_a_report_is_open_until_it_is_verified() -> None:
    """A report by the public is open until it is verified."""
    row = {"id": "R1", "received": dt.date(2026, 11, 1), "verified": None, "outcome": None}
    done = {**row, "verified": dt.date(2026, 11, 9), "outcome": "substantiated"}
    for given_row, state in ((row, "open"), (done, "verified")):
        events = cases.events_of("reports", pd.DataFrame([given_row]))
        (report,) = cases.report_states(cases.event_frame(events), DAY).to_dict("records")
        assert report["state"] == state


def test_registers_that_record_nothing_are_refused() -> None:
    """Only visits, orders, sites and reports report events."""
    with pytest.raises(KeyError):
        cases.events_of("vehicles", pd.DataFrame([{"id": "1"}]))


@given(st.permutations(range(6)))
def test_the_order_of_entry_of_different_events_does_not_matter(order: list[int]) -> None:
    """Ledgers may be read in any order: different events of one case give one state."""
    rows = [_order_row(), _order_row(id="O2", reviewed=dt.date(2026, 10, 20), outcome="met")]
    events = [e for row in rows for e in cases.events_of("orders", pd.DataFrame([row]))]
    events += cases.events_of("orders", pd.DataFrame([_order_row(id="O3", object="E2")]))
    events += [Event(kind=EventKind.CLOSED, subject="E2", on=dt.date(2026, 11, 1))]
    shuffled = [events[i] for i in order if i < len(events)]
    states = cases.order_states(cases.event_frame(shuffled), DAY).set_index("id")["state"]
    assert states.to_dict() == {"O1": "open", "O2": "met", "O3": "cancelled"}


@given(st.dictionaries(st.text(min_size=1), st.integers() | st.text() | st.none()))
def test_the_uid_depends_on_content_only(data: dict[str, object]) -> None:
    """An event read twice has one uid, whatever the order of its facts."""
    backwards = dict(reversed(list(data.items())))
    make = [Event(kind=EventKind.VISITED, subject="E", on=DAY, key="V", data=d)
            for d in (data, backwards)]  # fmt: skip
    assert make[0].uid == make[1].uid
    assert canonical_json(data) == canonical_json(backwards)
