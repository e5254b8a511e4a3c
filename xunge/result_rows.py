"""Rows of results as events: what a visit found, what it settles, who went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layers import cases
from layers.events import Event, EventKind
from xunge import rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a visit can find that means: somebody produces here illegally, or again.
_TROUBLE = ("on_the_spot", "ordered", "suspended", "closed", "refused")


@dataclass(slots=True)
class Plans:
    """The recorded plans that rows of results are about, read as they are asked for."""

    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def visit(self, id_: str) -> Mapping[str, Any] | None:
        """Return a planned visit by its id with who went; None where no plan has it."""
        name = id_.rpartition("-V")[0]
        if name and name not in self.records:
            self.records.update(_record_of(name))
        record = self.records.get(name)
        if record is None:
            return None
        found = next((visit for visit in record["visits"] if visit["id"] == id_), None)
        return None if found is None else {**found, **_party(record, id_)}

    def monday(self, id_: str) -> dt.date:
        """Return the first day of the week of a planned visit."""
        return dt.date.fromisoformat(self.records[id_.rpartition("-V")[0]]["monday"])

    def weeks(self) -> tuple[str, ...]:
        """Return the weeks of the plans that were asked for."""
        return tuple(sorted({name.partition(".")[0] for name in self.records}))


def _record_of(name: str) -> dict[str, Mapping[str, Any]]:
    """Return the record of a round by its name; nothing where it is unknown or superseded."""
    try:
        monday = dt.datetime.strptime(f"{name.partition('.')[0]}-1", "%G-W%V-%u").date()  # noqa: DTZ007
    except ValueError:
        return {}
    made = rounds.latest(monday)
    if made is not None and made.sealed:
        raise rounds.WeekError("not_opened", round=made.name, date=monday.isoformat())
    if made is None or made.planned is None or made.name != name:
        return {}
    return {name: made.planned["record"]}


def _party(record: Mapping[str, Any], visit: str) -> dict[str, list[str]]:
    """Return inspectors, experts, cars and outings (team-days) of a planned visit.

    The visits of departments that come each with its own car are told in one row.
    """
    parts = {visit, *(one["id"] for one in record["visits"] if one.get("part_of") == visit)}
    outings = [
        route["team_day"]
        for route in record["plan"]["routes"]
        if any(stop["visit"] in parts for stop in route["stops"])
    ]
    cars = {day["id"]: day["vehicle"] for day in record["team_days"]}
    crews = [record["crews"].get(outing, {}) for outing in outings]
    went = {
        "inspectors": [one for crew in crews for one in crew.get("inspectors", ())],
        "experts": [one for crew in crews for one in crew.get("experts", ())],
        "vehicles": [cars[outing] for outing in outings if cars.get(outing)],
    }
    return {**{name: list(dict.fromkeys(ids)) for name, ids in went.items()}, "outings": outings}


def given(value: object) -> bool:
    """Tell whether a cell says anything."""
    return value is not None and value == value and value != ""


def fault_of(
    row: Mapping[str, Any],
    visit: Mapping[str, Any],
    on: Any,  # noqa: ANN401 - a cell
    *,
    today: dt.date,
    monday: dt.date,
) -> tuple[str, str] | None:
    """Return the code of what is wrong with a row and its column, None where nothing is."""
    if not given(row["done"]):
        return "missing_done", "done"
    if not given(on):
        return "missing", "date"
    if on > today:
        return "done_after_today", "done_on"
    if row["done"] and on < monday:
        return "done_before_week", "done_on"
    if row["done"] and visit["kind"] == "reinspection" and not given(row["outcome"]):
        return "missing_outcome", "outcome"
    if row["done"] and not given(row["result"]) and (row["findings"] or row["serious_findings"]):
        return "missing_result", "result"
    return None


def events_of(row: Mapping[str, Any], visit: Mapping[str, Any], on: dt.date) -> list[Event]:
    """Return what a filled row says of *visit* (id, object, kind, departments, settles, party)."""
    return list(_visited(row, visit, on) if row["done"] else _missed(row, visit))


def _visited(row: Mapping[str, Any], visit: Mapping[str, Any], on: dt.date) -> Iterator[Event]:
    source = source_of(row)
    subject, result = visit["object"], row["result"] if given(row["result"]) else "pass"
    facts = {
        "kind": visit["kind"], "departments": visit["departments"], "result": result,
        "findings": _number(row["findings"]), "serious_findings": _number(row["serious_findings"]),
        "lower_bounds": list(row["lower_bounds"] or ()) or None,
        "note": row["note"] if given(row["note"]) else None,
        **{name: visit.get(name) or None
           for name in ("inspectors", "experts", "vehicles", "outings")},
    }  # fmt: skip
    yield Event(
        kind=EventKind.VISITED, subject=subject, on=on, key=visit["id"], source=source,
        data={name: value for name, value in facts.items() if value is not None},
    )  # fmt: skip
    deadline = row["deadline"] if given(row["deadline"]) else None
    if result in ("ordered", "suspended"):
        order = {"visit": visit["id"], "kind": "rectify" if result == "ordered" else "suspend",
                 "hazard": row["hazard"] if given(row["hazard"]) else None,
                 "deadline": deadline.isoformat() if deadline else None}  # fmt: skip
        yield Event(
            kind=EventKind.ORDERED, subject=subject, on=on, key=f"{visit['id']}-O", source=source,
            data={name: value for name, value in order.items() if value is not None},
        )  # fmt: skip
    yield from _settled(row, visit, on, result=result, deadline=deadline, source=source)
    closed = bool(row["closed"]) if given(row["closed"]) else result == "closed"
    revisited = any(ref["kind"] == "revisit" for ref in visit["settles"])
    if revisited and result in _TROUBLE:
        yield Event(kind=EventKind.DISCOVERED, subject=subject, on=on, key=on.isoformat(),
                    data={"behaviour": "K2", "visit": visit["id"]}, source=source)  # fmt: skip
    if closed:
        yield Event(kind=EventKind.CLOSED, subject=subject, on=on, key=on.isoformat(),
                    data={"visit": visit["id"]}, source=source)  # fmt: skip


def _settled(
    row: Mapping[str, Any],
    visit: Mapping[str, Any],
    on: dt.date,
    *,
    result: str,
    deadline: dt.date | None,
    source: str,
) -> Iterator[Event]:
    """Yield what the visit settles: orders re-inspected, reports verified."""
    for ref in visit["settles"]:
        if ref["kind"] == "reinspection" and given(row["outcome"]):
            unmet = deadline if row["outcome"] != "met" else None
            review = cases.review(
                order=ref["subject"], subject=visit["object"], on=on, outcome=row["outcome"],
                deadline=unmet, source=source,
            )  # fmt: skip
            yield replace(review, data={**review.data, "visit": visit["id"]})
        elif ref["kind"] == "report":
            outcome = "substantiated" if result in _TROUBLE else "unsubstantiated"
            yield Event(
                kind=EventKind.VERIFIED, subject=ref["subject"], on=on, key=ref["subject"],
                data={"outcome": outcome, "visit": visit["id"]}, source=source,
            )  # fmt: skip


def _missed(row: Mapping[str, Any], visit: Mapping[str, Any]) -> Iterator[Event]:
    reason = row["not_done_reason"] if given(row["not_done_reason"]) else ""
    yield Event(
        kind=EventKind.NOT_VISITED, subject=visit["object"], on=row["date"], key=visit["id"],
        data={"reason": reason}, source=source_of(row),
    )  # fmt: skip


def source_of(row: Mapping[str, Any]) -> str:
    """Return where a row stood: file, sheet and line."""
    return f"{row['source_file']}!{row['source_sheet']}!{row['source_row']}"


def _number(value: Any) -> int | None:  # noqa: ANN401 - a cell
    return int(value) if given(value) else None
