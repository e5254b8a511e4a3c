"""Closures with their checklist: closed in full only when every item is done and proven."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from layers import codes
from layers.cases.known import known
from layers.cases.life import facts_of, frame_of, plain, source_names
from layers.events import Event, EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.known import Entry, Known, Told
    from layers.codes import CodeTable

CLOSURE_COLUMNS = (
    "site", "closed", "items", "required", "missing", "full", "published", "department",
)  # fmt: skip


def required_items(
    industry: str | None, *, tables: Mapping[str, CodeTable] = codes.TABLES
) -> tuple[str, ...]:
    """Return the codes of the items that a closure in *industry* needs, mines more than others."""
    return tuple(
        row.code
        for row in tables["closure_item"].rows
        if not row.data.get("industries") or industry in row.data["industries"]
    )


def closure_events(rows: pd.DataFrame) -> list[Event]:
    """Return the events of the closure list: items done, and the publication of the closure."""
    names = ("site", "item", "done", "proof", "published", "department")
    nothing = [None] * len(rows)
    columns = [rows[name].tolist() if name in rows else nothing for name in names]
    events: list[Event] = []
    for source, *cells in zip(source_names(rows), *columns, strict=True):
        row = dict(zip(names, map(plain, cells), strict=True))
        if row["done"] is not None and row["item"]:
            facts = facts_of(row, ("item", "proof", "department"))
            events.append(
                Event(kind=EventKind.CLOSURE_ITEM, subject=row["site"], on=row["done"],
                      key=f"{row['item']}@{row['done'].isoformat()}", data=facts, source=source)
            )  # fmt: skip
        if row["published"] is not None:
            day = row["published"]
            events.append(
                Event(kind=EventKind.CLOSURE_PUBLISHED, subject=row["site"], on=day,
                      key=day.isoformat(), source=source)
            )  # fmt: skip
    return list({event.uid: event for event in events}.values())


def closure_states(
    events: Told,
    day: dt.date,
    *,
    industries: Mapping[str, str | None] | None = None,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> pd.DataFrame:
    """Return the closure of every object that was closed, or whose checklist was begun, by *day*.

    Parameters
    ----------
    industries
        Industry of objects whose events do not tell it (enterprises).
    tables
        Code tables of the bureau; ``closure_item`` is the checklist.

    Returns
    -------
    DataFrame
        ``items`` has done and proof of every item, ``missing`` the required ones that are not done,
        ``full`` whether none is and the object is closed. Items done before the last discovery
        belong to an earlier closure: a relapse begins the list anew, and is not closed.
    """
    kinds = (
        EventKind.CLOSED, EventKind.DISCOVERED, EventKind.CLOSURE_ITEM, EventKind.CLOSURE_PUBLISHED,
    )  # fmt: skip
    told = known(events, day, *kinds)
    discovered = {entry.subject: entry for entry in told[EventKind.DISCOVERED]}
    rows = _closures(told, discovered)
    known_of = industries or {}
    for site, row in rows.items():
        data = discovered[site].data if site in discovered else {}
        industry = data.get("industry") or known_of.get(site)
        row["required"] = required_items(industry, tables=tables)
        row["missing"] = tuple(
            item
            for item in row["required"]
            if item not in row["items"] or row["items"][item]["done"] is None
        )
        row["full"] = row["closed"] is not None and not row["missing"]
    return frame_of(rows.values(), CLOSURE_COLUMNS)


def _closures(told: Known, discovered: Mapping[str, Entry]) -> dict[str, dict[str, Any]]:
    """Return what was told since the last discovery of each object; the later entry counts."""
    rows: dict[str, dict[str, Any]] = {}
    kinds = (EventKind.CLOSED, EventKind.CLOSURE_ITEM, EventKind.CLOSURE_PUBLISHED)
    for kind in kinds:
        for entry in sorted(told[kind], key=attrgetter("seq")):
            begun = discovered.get(entry.subject)
            if begun is not None and entry.on < begun.on:
                continue
            row = rows.setdefault(
                entry.subject,
                {"site": entry.subject, "closed": None, "items": {}, "published": None},
            )
            if kind == EventKind.CLOSED:
                row["closed"] = entry.on
            elif kind == EventKind.CLOSURE_PUBLISHED:
                row["published"] = entry.on
            else:
                row["items"][entry.data["item"]] = {
                    "done": entry.on, "proof": entry.data.get("proof"),
                }  # fmt: skip
                row["department"] = entry.data.get("department") or row.get("department")
    return rows
