"""What was reported about a visit before, and how a later report puts it right.

Nothing is taken back by deleting: a correction is a later event with the same kind, subject and
key, which names in ``corrects`` the event that it replaces. What is not said any more is withdrawn
by an event that says so, and counts as never having happened.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind
from layers.rows import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

Row = dict[str, Any]
_Name = tuple[str, str, str]
_REPORTS = (EventKind.VISITED, EventKind.NOT_VISITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The latest version of every event that a planned visit brought, by visit and by name."""

    by_visit: Mapping[str, Mapping[_Name, Row]]

    @classmethod
    def of(cls, events: pd.DataFrame) -> Told:
        """Return what *events* (in order of entry) say of visits."""
        found: dict[str, dict[_Name, Row]] = defaultdict(dict)
        for row in records(events):
            visit = row["key"] if row["kind"] in _REPORTS else row["data"].get("visit")
            if visit:
                found[visit][row["kind"], row["subject"], row["key"]] = row
        return cls(by_visit=dict(found))

    def standing(self, visit: str) -> list[Row]:
        """Return the events of a visit that were not withdrawn."""
        rows = self.by_visit.get(visit, {}).values()
        return [row for row in rows if not row["data"].get("withdrawn")]

    def same(self, visit: str, events: Iterable[Event]) -> bool:
        """Tell whether *events* say of a visit exactly what is known of it."""
        new = {_name(event): (event.on, dict(event.data)) for event in events}
        old = {
            (row["kind"], row["subject"], row["key"]): (row["on"], _content(row["data"]))
            for row in self.standing(visit)
        }
        return new == old

    def corrected(self, visit: str, events: Sequence[Event]) -> list[Event]:
        """Return the events that make *events* what is known of a visit."""
        known = self.by_visit.get(visit, {})
        named = {_name(event) for event in events}
        result = [_replacing(event, known.get(_name(event))) for event in events]
        for row in self.standing(visit):
            if (row["kind"], row["subject"], row["key"]) not in named:
                data = {"withdrawn": True, "visit": visit, "corrects": row["uid"]}
                result.append(
                    Event(kind=EventKind(row["kind"]), subject=row["subject"], on=row["on"],
                          key=row["key"], data=data)
                )  # fmt: skip
        return [event for event in result if event is not None]


def _replacing(event: Event, old: Row | None) -> Event | None:
    """Return *event* as what replaces *old*; None where it says the same."""
    if old is None:
        return event
    if (old["on"], _content(old["data"])) == (event.on, dict(event.data)):
        return None
    return replace(event, data={**event.data, "corrects": old["uid"]})


def _name(event: Event) -> _Name:
    return event.kind.value, event.subject, event.key


def _content(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "corrects"}
