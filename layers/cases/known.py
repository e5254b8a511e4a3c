"""What is known on a day: events sifted, corrections applied, what was taken back left out.

Events are a frame with columns ``uid, kind, subject, on, key, data, seq``; ``seq`` is the order of
entry. Nothing here changes an event: a correction is a later event with the same kind, subject and
key, and only the latest counts. One whose data say ``withdrawn`` takes the event back.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from layers.still import still

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from layers.events import Event, EventKind

EVENT_COLUMNS = ("uid", "kind", "subject", "on", "key", "data", "seq")


def event_frame(events: Iterable[Event]) -> pd.DataFrame:
    """Return events as the frame that this module reads, in the given order of entry."""
    rows = [
        (e.uid, e.kind.value, e.subject, e.on, e.key, dict(e.data), seq)
        for seq, e in enumerate(events)
    ]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS), dtype=object)


def known_on(events: pd.DataFrame, day: dt.date, *kinds: EventKind) -> pd.DataFrame:
    """Return the events of *kinds* up to and including *day*, corrections applied.

    A corrected day counts from the correction on, so an event that was first dated too early is not
    seen before its true day. What was withdrawn by its latest version is left out. The frame is
    sorted by day, then by entry.
    """
    wanted = events[events["kind"].isin([kind.value for kind in kinds])]
    latest = wanted.sort_values("seq", kind="stable").drop_duplicates(
        ["kind", "subject", "key"], keep="last"
    )
    stands = [not data.get("withdrawn") for data in latest["data"]]
    latest = latest[pd.Series(stands, latest.index, dtype=bool)]
    return latest[latest["on"] <= day].sort_values(["on", "seq"], kind="stable")


class Entry(NamedTuple):
    """One event as the states read it."""

    subject: str
    on: dt.date
    key: str
    data: Mapping[str, Any]
    seq: int


class Known(dict[str, list[Entry]]):
    """Events known on ``day`` by kind, each kind by day, then by entry; empty where none is."""

    def __init__(self, day: dt.date) -> None:
        super().__init__()
        self.day = day

    def __missing__(self, kind: str) -> list[Entry]:
        """Return nothing for a kind of which nothing is known."""
        return []


Told = pd.DataFrame | Known
"""Events as a frame, or as :func:`known` has sifted them once for many states."""


def known(events: Told, day: dt.date, *kinds: EventKind) -> Known:
    """Return the events of *kinds* (all where none is named) up to and including *day*, by kind.

    The same as :func:`known_on`, in one walk over a frame of any number of kinds.

    Raises
    ------
    ValueError
        If *events* were sifted for another day.
    """
    if isinstance(events, Known):
        if events.day != day:
            raise ValueError(f"sifted for {events.day}, asked for {day}")
        return events
    if kinds:
        events = events[events["kind"].isin([kind.value for kind in kinds])]
    with still():
        return _sifted(events, day)


def _sifted(events: pd.DataFrame, day: dt.date) -> Known:
    if not events["seq"].is_monotonic_increasing:
        events = events.sort_values("seq", kind="stable")
    columns = [events[name].tolist() for name in ("kind", "subject", "on", "key", "data", "seq")]
    names = zip(columns[0], columns[1], columns[3], strict=True)
    latest = dict(zip(names, range(len(events)), strict=True))  # the last entry of a name stays
    _, subjects, days, keys, facts, seqs = columns
    found = Known(day)
    for (kind, _, _), at in latest.items():
        if days[at] <= day and not facts[at].get("withdrawn"):
            found.setdefault(kind, []).append(
                Entry(subjects[at], days[at], keys[at], facts[at], seqs[at])
            )
    for entries in found.values():
        entries.sort(key=attrgetter("on", "seq"))
    return found
