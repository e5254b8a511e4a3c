"""What was reported about a visit before, and how a later report puts it right.

Nothing is taken back by deleting: a correction is a later event with the same kind, subject and
key, which names in ``corrects`` the event that it replaces, and says ``by`` whom and ``why``. What
is not said any more is withdrawn by an event that says so, and counts as never having happened.
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
OF_VISITS = (
    EventKind.VISITED, EventKind.NOT_VISITED, EventKind.ORDERED, EventKind.REVIEWED,
    EventKind.VERIFIED, EventKind.DISCOVERED, EventKind.CLOSED,
)  # fmt: skip
"""The kinds of event that a planned visit can bring."""
_REPORTS = (EventKind.VISITED, EventKind.NOT_VISITED)
# What an event says besides the report itself: who put it right, and who was planned to go.
CORRECTING = ("corrects", "by", "why")
_ASIDE = (*CORRECTING, "inspectors", "experts", "vehicles", "outings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Who puts a known result right, and why.

    Raises
    ------
    CorrectionError
        If one of them is missing.
    """

    by: str
    why: str

    def __post_init__(self) -> None:
        if not self.by.strip() or not self.why.strip():
            raise CorrectionError(by=self.by.strip(), why=self.why.strip())

    def data(self, corrects: str) -> dict[str, str]:
        """Return what the later event says besides its facts."""
        return {"corrects": corrects, "by": self.by.strip(), "why": self.why.strip()}


class CorrectionError(ValueError):
    """A correction without a name or without a reason."""

    code = "correction_needs_reason"

    def __init__(self, *, by: str, why: str) -> None:
        super().__init__("a correction needs a name and a reason")
        self.by = by
        self.why = why


@dataclass(slots=True, kw_only=True)
class Told:
    """The latest version of every event that a planned visit brought, by visit and by name."""

    by_visit: dict[str, dict[_Name, Row]]

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
        new = {_name(event): (event.on, content(event.data)) for event in events}
        old = {
            (row["kind"], row["subject"], row["key"]): (row["on"], content(row["data"]))
            for row in self.standing(visit)
        }
        return new == old

    def learn(self, visit: str, events: Iterable[Event]) -> None:
        """Take note of *events* of a visit that are not kept yet."""
        rows = self.by_visit.setdefault(visit, {})
        for event in events:
            rows[_name(event)] = {
                "uid": event.uid, "kind": event.kind.value, "subject": event.subject,
                "on": event.on, "key": event.key, "data": dict(event.data),
                "source": event.source,
            }  # fmt: skip

    def corrected(
        self, visit: str, events: Sequence[Event], *, correction: Correction | None = None
    ) -> list[Event]:
        """Return the events that make *events* what is known of a visit.

        Parameters
        ----------
        correction
            Who puts right what is known, and why; needed where anything is.
        """
        known = self.by_visit.get(visit, {})
        named = {_name(event) for event in events}
        result = [_replacing(event, known.get(_name(event)), correction) for event in events]
        for row in self.standing(visit):
            if (row["kind"], row["subject"], row["key"]) not in named:
                data = {"withdrawn": True, "visit": visit, **_because(correction, row)}
                result.append(
                    Event(kind=EventKind(row["kind"]), subject=row["subject"], on=row["on"],
                          key=row["key"], data=data)
                )  # fmt: skip
        return [event for event in result if event is not None]


def _replacing(event: Event, old: Row | None, correction: Correction | None) -> Event | None:
    """Return *event* as what replaces *old*; None where it says the same."""
    if old is None:
        return event
    if (old["on"], content(old["data"])) == (event.on, content(event.data)):
        return None
    return replace(event, data={**event.data, **_because(correction, old)})


def _because(correction: Correction | None, old: Row) -> dict[str, str]:
    return {"corrects": old["uid"]} if correction is None else correction.data(old["uid"])


def _name(event: Event) -> _Name:
    return event.kind.value, event.subject, event.key


def content(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event reports, without who corrected it and who was planned to go."""
    return {key: value for key, value in data.items() if key not in _ASIDE}
