"""Orders, from issue to the re-inspection that finds them met."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from layers.cases.known import known
from layers.cases.life import facts_of, frame_of
from layers.events import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.known import Entry, Told

ORDER_COLUMNS = (
    "id", "object", "kind", "issued", "deadline", "requested", "reviewed", "outcome", "count",
    "state", "hazard", "departments", "number", "visit",
)  # fmt: skip
_FACTS = ("visit", "kind", "deadline", "hazard", "departments", "number")
PAPERS = ("record", "opinion")
"""Documents of a visit that ask for nothing: they are kept and never become due."""


def order_events(row: Mapping[str, Any], source: str) -> list[Event]:
    """Return the events of a row of the ledger of orders."""
    order, subject = row["id"], row["object"]
    events = [
        Event(kind=EventKind.ORDERED, subject=subject, on=row["issued"], key=order,
              data=facts_of(row, _FACTS), source=source)
    ]  # fmt: skip
    if row.get("requested"):
        events.append(
            Event(kind=EventKind.REVIEW_REQUESTED, subject=subject, on=row["requested"],
                  key=order, data={}, source=source)
        )  # fmt: skip
    if row.get("reviewed"):
        events.append(
            review(order=order, subject=subject, on=row["reviewed"],
                   outcome=row.get("outcome") or "not_met", source=source)
        )  # fmt: skip
    return events


def review(
    *, order: str, subject: str, on: dt.date, outcome: str, deadline: dt.date | None = None,
    source: str = "",
) -> Event:  # fmt: skip
    """Return the event of a re-inspection; *deadline* is the new one where it was not met."""
    data = {"order": order, "outcome": outcome}
    if deadline is not None:
        data["deadline"] = deadline.isoformat()
    return Event(
        kind=EventKind.REVIEWED, subject=subject, on=on, key=f"{order}@{on.isoformat()}",
        data=data, source=source,
    )  # fmt: skip


def order_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every order on *day*.

    An order is ``open`` until a re-inspection finds it met; ``partly`` and ``not_met`` keep it open
    from the day of that re-inspection, with the new deadline if one was set. It is ``cancelled``
    when its object was closed for good after it was issued. Documents that ask for nothing
    (:data:`PAPERS`) are ``kept``.
    """
    return frame_of(order_rows(events, day).values(), ORDER_COLUMNS)


def order_rows(events: Told, day: dt.date) -> dict[str, dict[str, Any]]:
    """Return the rows of :func:`order_states` by id."""
    kinds = (
        EventKind.ORDERED, EventKind.REVIEW_REQUESTED, EventKind.REVIEWED, EventKind.CLOSED,
    )  # fmt: skip
    told = known(events, day, *kinds)
    orders = {entry.key: _issued(entry) for entry in told[EventKind.ORDERED]}
    steps = [
        *(("requested", entry.key, entry) for entry in told[EventKind.REVIEW_REQUESTED]),
        *(("reviewed", entry.data["order"], entry) for entry in told[EventKind.REVIEWED]),
    ]
    for what, order, entry in sorted(steps, key=lambda step: (step[2].on, step[2].seq)):
        if order in orders:
            _take_step(orders[order], what, entry)
    closures = {entry.subject: entry.on for entry in told[EventKind.CLOSED]}
    for order in orders.values():
        closed = closures.get(order["object"])
        if order["state"] == "open" and closed is not None and closed >= order["issued"]:
            order["state"] = "cancelled"
    return orders


def _issued(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return {
        "id": entry.key,
        "object": entry.subject,
        "kind": data.get("kind"),
        "issued": entry.on,
        "deadline": _date(data.get("deadline")),
        "requested": None,
        "reviewed": None,
        "outcome": None,
        "count": 0,
        "state": "kept" if data.get("kind") in PAPERS else "open",
        "hazard": data.get("hazard"),
        "departments": tuple(data.get("departments") or ()),
        "number": data.get("number"),
        "visit": data.get("visit"),
    }


def _take_step(order: dict[str, Any], what: str, entry: Entry) -> None:
    if what == "requested":
        order["requested"] = entry.on
        return
    outcome = entry.data["outcome"]
    order.update(reviewed=entry.on, outcome=outcome, count=order["count"] + 1)
    if outcome == "met":
        order["state"] = "met"
    else:
        order.update(
            deadline=_date(entry.data.get("deadline")) or entry.on,
            requested=None,
            state="open",
        )


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
