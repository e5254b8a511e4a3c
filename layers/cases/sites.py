"""Illegal sites: found, closed, found at work again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.cases.known import known
from layers.cases.life import facts_of, frame_of
from layers.events import Event, EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.known import Entry, Told

SITE_COLUMNS = ("id", "status", "discovered", "closed", "relapses", "behaviour", "departments")


def site_events(row: Mapping[str, Any], source: str) -> list[Event]:
    """Return the events of a row of the ledger of sites."""
    site, discovered, closed = row["id"], row["discovered"], row.get("closed")
    status = row.get("status") or ("closed" if closed else "open")
    facts = facts_of(row, ("behaviour", "departments", "industry", "enterprise"))
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


def site_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every illegal site on *day*.

    A discovery after a closure is a relapse (死灰复燃): the site is open again.
    """
    kinds = (EventKind.DISCOVERED, EventKind.CLOSED, EventKind.HANDED_OVER)
    told = known(events, day, *kinds)
    sites: dict[str, dict[str, Any]] = {}
    steps = [(kind, entry) for kind in kinds for entry in told[kind]]
    for kind, entry in sorted(steps, key=lambda step: (step[1].on, step[1].seq)):
        site = sites.get(entry.subject)
        if kind == EventKind.DISCOVERED:
            sites[entry.subject] = _discovered(entry, site)
        elif site is None:
            continue
        elif kind == EventKind.CLOSED:
            site.update(status="closed", closed=entry.on)
        else:
            site.update(status="handed_over")
    return frame_of(sites.values(), SITE_COLUMNS)


def _discovered(entry: Entry, before: Mapping[str, Any] | None) -> dict[str, Any]:
    relapses = 0 if before is None else before["relapses"] + (before["status"] == "closed")
    known_of = before or {}
    return {
        "id": entry.subject,
        "status": "open",
        "discovered": entry.on,
        "closed": known_of.get("closed"),
        "relapses": relapses,
        "behaviour": entry.data.get("behaviour") or known_of.get("behaviour"),
        "departments": tuple(entry.data.get("departments") or known_of.get("departments") or ()),
    }
