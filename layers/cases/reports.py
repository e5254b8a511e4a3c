"""Reports by the public: checked, and rewarded where they were true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.cases.known import known
from layers.cases.life import facts_of, frame_of, plain, source_names
from layers.events import Event, EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.known import Entry, Told

REPORT_COLUMNS = (
    "id", "received", "report_class", "object", "verified", "outcome", "state", "handed_over_to",
    "limit_extended", "rewarded", "rewarded_on", "lower_bounds",
)  # fmt: skip


def report_events(row: Mapping[str, Any], source: str) -> list[Event]:
    """Return the events of a row of the ledger of reports."""
    report = row["id"]
    facts = facts_of(
        row,
        ("report_class", "object", "content", "address", "lon", "lat", "datum", "town", "village"),
    )
    events = [
        Event(kind=EventKind.REPORTED, subject=report, on=row["received"], key=report,
              data=facts, source=source)
    ]  # fmt: skip
    if row.get("verified"):
        events.append(
            Event(kind=EventKind.VERIFIED, subject=report, on=row["verified"], key=report,
                  data={"outcome": row.get("outcome") or "unsubstantiated",
                        **facts_of(row, ("handed_over_to",))}, source=source)
        )  # fmt: skip
    if row.get("limit_extended"):
        events.append(
            Event(kind=EventKind.LIMIT_EXTENDED, subject=report, on=row["limit_extended"],
                  key=report, source=source)
        )  # fmt: skip
    return events


def reward_events(rows: pd.DataFrame) -> list[Event]:
    """Return the events of the ledger of rewards; who was paid is not told."""
    nothing = [None] * len(rows)
    sources = source_names(rows)
    told = ("amount", "lower_bounds")
    facts = [
        facts_of(dict(zip(told, map(plain, cells), strict=True)), told)
        for cells in zip(*(rows.get(name, nothing) for name in told), strict=True)
    ]
    return [
        Event(kind=EventKind.REWARDED, subject=report, on=on, key=id_, data=data, source=source)
        for id_, report, on, data, source in zip(
            rows["id"], rows["report"], rows["on"], facts, sources, strict=True
        )
    ]  # fmt: skip


def report_states(events: Told, day: dt.date) -> pd.DataFrame:
    """Return the state of every report by the public on *day*: ``open`` or ``verified``.

    ``rewarded`` is the sum of all rewards so far in yuan, ``rewarded_on`` the day of the last one;
    ``limit_extended`` is the day on which more time for the check was granted; ``lower_bounds``
    says where the sum is only that and more.
    """
    kinds = (
        EventKind.REPORTED, EventKind.VERIFIED, EventKind.LIMIT_EXTENDED, EventKind.REWARDED,
    )  # fmt: skip
    told = known(events, day, *kinds)
    reports = {entry.subject: _received(entry) for entry in told[EventKind.REPORTED]}
    for entry in told[EventKind.VERIFIED]:
        if entry.subject in reports:
            reports[entry.subject].update(
                verified=entry.on, outcome=entry.data["outcome"], state="verified",
                handed_over_to=entry.data.get("handed_over_to"),
            )  # fmt: skip
    for entry in told[EventKind.LIMIT_EXTENDED]:
        if entry.subject in reports:
            reports[entry.subject]["limit_extended"] = entry.on
    for entry in told[EventKind.REWARDED]:
        report = reports.get(entry.subject)
        if report is not None:
            report["rewarded"] = (report["rewarded"] or 0.0) + float(entry.data.get("amount", 0.0))
            report["rewarded_on"] = entry.on
            if entry.data.get("lower_bounds"):
                report["lower_bounds"] = ("rewarded",)
    return frame_of(reports.values(), REPORT_COLUMNS)


def _received(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.subject,
        "received": entry.on,
        "report_class": entry.data.get("report_class"),
        "object": entry.data.get("object"),
        "state": "open",
    } | dict.fromkeys(
        (
            "verified",
            "outcome",
            "handed_over_to",
            "limit_extended",
            "rewarded",
            "rewarded_on",
            "lower_bounds",
        )
    )
