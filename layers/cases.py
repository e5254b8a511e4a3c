"""The life of a case: what the events say about sites, orders, reports and visits on a given day.

Events are a frame with columns ``uid, kind, subject, on, key, data, seq``; ``seq`` is the order of
entry. Nothing here changes an event: a correction is a later event with the same kind, subject and
key, and only the latest counts. One whose data say ``withdrawn`` takes the event back.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.events import Event, EventKind
from layers.rows import records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

EVENT_COLUMNS = ("uid", "kind", "subject", "on", "key", "data", "seq")
VISIT_COLUMNS = (
    "id", "object", "date", "kind", "inspectors", "departments", "experts",
    "findings", "serious_findings", "result", "note",
)  # fmt: skip
ORDER_COLUMNS = (
    "id", "object", "kind", "issued", "deadline", "requested", "reviewed", "outcome", "count",
    "state", "hazard", "departments",
)  # fmt: skip
SITE_COLUMNS = ("id", "status", "discovered", "closed", "relapses", "behaviour", "departments")
REPORT_COLUMNS = ("id", "received", "report_class", "object", "verified", "outcome", "state")


def event_frame(events: Iterable[Event]) -> pd.DataFrame:
    """Return events as the frame that this module reads, in the given order of entry."""
    rows = [
        (e.uid, e.kind.value, e.subject, e.on, e.key, dict(e.data), seq)
        for seq, e in enumerate(events)
    ]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS), dtype=object)


# From registers to events -------------------------------------------------------------------------


def events_of(register: str, rows: pd.DataFrame) -> list[Event]:
    """Return the events that the checked rows of a ledger report.

    Parameters
    ----------
    register
        ``visits``, ``orders``, ``sites`` or ``reports``.
    rows
        Checked rows with the columns of the register and ``source_file/_sheet/_row``.

    Raises
    ------
    KeyError
        If the register records no events.
    """
    readers: dict[str, Callable[[Mapping[str, Any], str], list[Event]]] = {
        "visits": _visit_events,
        "orders": _order_events,
        "sites": _site_events,
        "reports": _report_events,
    }
    read = readers[register]
    events: list[Event] = []
    for row in records(rows):
        where = (row.get(f"source_{part}", "") for part in ("file", "sheet", "row"))
        source = "!".join(str(part) for part in where)
        events.extend(read({key: _plain(value) for key, value in row.items()}, source))
    return events


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return a cell as JSON would carry it; missing becomes None."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return value
    return None if pd.isna(value) else value


def _facts(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Pick what is known of *names*; dates as ISO text."""
    picked = {name: row.get(name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in picked.items()
        if value not in (None, "", [])
    }


def _visit_events(row: Mapping[str, Any], source: str) -> list[Event]:
    facts = _facts(
        row, "kind", "inspectors", "departments", "experts", "findings", "serious_findings",
        "result", "note",
    )  # fmt: skip
    return [
        Event(kind=EventKind.VISITED, subject=row["object"], on=row["date"], key=row["id"],
              data=facts, source=source)
    ]  # fmt: skip


def _order_events(row: Mapping[str, Any], source: str) -> list[Event]:
    order, subject = row["id"], row["object"]
    events = [
        Event(kind=EventKind.ORDERED, subject=subject, on=row["issued"], key=order,
              data=_facts(row, "visit", "kind", "deadline", "hazard", "departments"), source=source)
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


def _site_events(row: Mapping[str, Any], source: str) -> list[Event]:
    site, discovered, closed = row["id"], row["discovered"], row.get("closed")
    status = row.get("status") or ("closed" if closed else "open")
    facts = _facts(row, "behaviour", "departments", "industry", "enterprise")
    events = [
        Event(kind=EventKind.DISCOVERED, subject=site, on=discovered,
              key=discovered.isoformat(), data=facts, source=source)
    ]  # fmt: skip
    if closed is not None:
        events.append(
            Event(kind=EventKind.CLOSED, subject=site, on=closed, key=closed.isoformat(),
                  source=source)
        )  # fmt: skip
    if status == "handed_over":
        events.append(
            Event(kind=EventKind.HANDED_OVER, subject=site, on=closed or discovered,
                  key="handed_over", source=source)
        )  # fmt: skip
    return events


def _report_events(row: Mapping[str, Any], source: str) -> list[Event]:
    report = row["id"]
    facts = _facts(
        row, "report_class", "object", "content", "address", "lon", "lat", "datum", "town",
        "village",
    )  # fmt: skip
    events = [
        Event(kind=EventKind.REPORTED, subject=report, on=row["received"], key=report,
              data=facts, source=source)
    ]  # fmt: skip
    if row.get("verified"):
        events.append(
            Event(kind=EventKind.VERIFIED, subject=report, on=row["verified"], key=report,
                  data={"outcome": row.get("outcome") or "unsubstantiated"}, source=source)
        )  # fmt: skip
    return events


# From events to states ----------------------------------------------------------------------------


def known_on(events: pd.DataFrame, day: dt.date, *kinds: EventKind) -> pd.DataFrame:
    """Return the events of *kinds* up to and including *day*, corrections applied.

    What was withdrawn by its latest version is left out. The frame is sorted by day, then by entry.
    """
    wanted = events[events["kind"].isin([kind.value for kind in kinds]) & (events["on"] <= day)]
    latest = wanted.sort_values("seq", kind="stable").drop_duplicates(
        ["kind", "subject", "key"], keep="last"
    )
    stands = [not data.get("withdrawn") for data in latest["data"]]
    return latest[pd.Series(stands, latest.index, dtype=bool)].sort_values(
        ["on", "seq"], kind="stable"
    )


def visits_as_of(events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return every visit made up to *day*, one row each, oldest first."""
    rows = []
    for event in records(known_on(events, day, EventKind.VISITED)):
        data = event["data"]
        rows.append(
            {
                "id": event["key"],
                "object": event["subject"],
                "date": event["on"],
                **{name: data.get(name) for name in VISIT_COLUMNS[3:]},
            }
        )
    return pd.DataFrame(rows, columns=list(VISIT_COLUMNS), dtype=object)


def order_states(events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the state of every order on *day*.

    An order is ``open`` until a re-inspection finds it met; ``partly`` and ``not_met`` keep it open
    from the day of that re-inspection, with the new deadline if one was set. It is ``cancelled``
    when its object was closed for good after it was issued.
    """
    orders: dict[str, dict[str, Any]] = {}
    closures: dict[str, dt.date] = {}
    kinds = (
        EventKind.ORDERED, EventKind.REVIEW_REQUESTED, EventKind.REVIEWED, EventKind.CLOSED,
    )  # fmt: skip
    for event in records(known_on(events, day, *kinds)):
        if event["kind"] == EventKind.ORDERED:
            orders[event["key"]] = {
                "id": event["key"],
                "object": event["subject"],
                "kind": event["data"].get("kind"),
                "issued": event["on"],
                "deadline": _date(event["data"].get("deadline")),
                "requested": None,
                "reviewed": None,
                "outcome": None,
                "count": 0,
                "state": "open",
                "hazard": event["data"].get("hazard"),
                "departments": tuple(event["data"].get("departments") or ()),
            }
        elif event["kind"] == EventKind.CLOSED:
            closures[event["subject"]] = event["on"]
        else:
            _take_review(orders, event)
    for order in orders.values():
        closed = closures.get(order["object"])
        if order["state"] == "open" and closed is not None and closed >= order["issued"]:
            order["state"] = "cancelled"
    return pd.DataFrame(list(orders.values()), columns=list(ORDER_COLUMNS), dtype=object)


def _take_review(orders: dict[str, dict[str, Any]], event: Mapping[str, Any]) -> None:
    order = orders.get(
        event["key"] if event["kind"] == "review_requested" else event["data"]["order"]
    )
    if order is None:
        return
    if event["kind"] == EventKind.REVIEW_REQUESTED:
        order["requested"] = event["on"]
        return
    outcome = event["data"]["outcome"]
    order.update(reviewed=event["on"], outcome=outcome, count=order["count"] + 1)
    if outcome == "met":
        order["state"] = "met"
    else:
        order.update(
            deadline=_date(event["data"].get("deadline")) or event["on"],
            requested=None,
            state="open",
        )


def site_states(events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the state of every illegal site on *day*.

    A discovery after a closure is a relapse (死灰复燃): the site is open again.
    """
    sites: dict[str, dict[str, Any]] = {}
    kinds = (EventKind.DISCOVERED, EventKind.CLOSED, EventKind.HANDED_OVER)
    for event in records(known_on(events, day, *kinds)):
        site = sites.get(event["subject"])
        if event["kind"] == EventKind.DISCOVERED:
            relapses = 0 if site is None else site["relapses"] + (site["status"] == "closed")
            sites[event["subject"]] = {
                **(site or {"closed": None}),
                "id": event["subject"],
                "status": "open",
                "discovered": event["on"],
                "relapses": relapses,
                "behaviour": event["data"].get("behaviour") or (site or {}).get("behaviour"),
                "departments": tuple(
                    event["data"].get("departments") or (site or {}).get("departments") or ()
                ),
            }
        elif site is None:
            continue
        elif event["kind"] == EventKind.CLOSED:
            site.update(status="closed", closed=event["on"])
        else:
            site.update(status="handed_over")
    return pd.DataFrame(list(sites.values()), columns=list(SITE_COLUMNS), dtype=object)


def report_states(events: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the state of every report by the public on *day*: ``open`` or ``verified``."""
    reports: dict[str, dict[str, Any]] = {}
    kinds = (EventKind.REPORTED, EventKind.VERIFIED)
    for event in records(known_on(events, day, *kinds)):
        if event["kind"] == EventKind.REPORTED:
            reports[event["subject"]] = {
                "id": event["subject"],
                "received": event["on"],
                "report_class": event["data"].get("report_class"),
                "object": event["data"].get("object"),
                "verified": None,
                "outcome": None,
                "state": "open",
            }
        elif event["subject"] in reports:
            reports[event["subject"]].update(
                verified=event["on"], outcome=event["data"]["outcome"], state="verified"
            )
    return pd.DataFrame(list(reports.values()), columns=list(REPORT_COLUMNS), dtype=object)


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
