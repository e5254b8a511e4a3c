"""Results that everyone may know: what was published, what waits, and each as a public row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.events import EventKind
from layers.rows import records
from maps.printable import mask_phones
from maps.public_rows import WITHDRAWN, PublicDraw, PublicVisit
from scheduler.disclosure import ToPublish, days_late, load_terms, round_of, term_of
from xunge.due import workdays_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.disclosure import PublicationTerm
    from scheduler.workdays import Workdays
    from xunge.config import Settings

Row = dict[str, Any]
_WEIGHTY = ("certainty", "weighted", "uniform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A result that is not public yet, with what there is to say about it.

    ``row`` is None for a place that is no registered enterprise; it is counted only. ``facts`` are
    what the visit found; ``version`` is the uid of the event that says so.
    """

    to_do: ToPublish
    name: str
    facts: Mapping[str, Any]
    row: PublicVisit | None
    version: str
    corrects: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Visits of recorded weeks up to a day, and everything that was published of them.

    Attributes
    ----------
    latest
        The latest version of each visit by its id, withdrawn ones too.
    seen
        Days on which each object was visited, on any occasion.
    published
        Every publication of each visit or round by its key, oldest first.
    entered
        Day on which each version was entered, by uid.
    """

    today: dt.date
    latest: Mapping[str, Row]
    seen: Mapping[str, Sequence[dt.date]]
    published: Mapping[str, Sequence[Row]]
    entered: Mapping[str, dt.date]

    @property
    def last_day(self) -> dt.date | None:
        """The day of the last publication, None where there was none."""
        days = [event["on"] for events in self.published.values() for event in events]
        return max(days, default=None)

    def on(self, day: dt.date) -> list[Row]:
        """Return what was published on a day: of each visit the last version, in order of entry."""
        last = [
            [event for event in events if event["on"] == day][-1:]
            for events in self.published.values()
        ]
        return sorted((event for events in last for event in events), key=lambda e: e["seq"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What turns events into public rows: registers, names, rules.

    ``firms`` are the registered enterprises by id; ``names`` those of other places, which never
    leave the bureau.
    """

    firms: Mapping[str, Row]
    names: Mapping[str, str]
    towns: Mapping[str, str]
    departments: Mapping[str, str]
    lead: str
    terms: tuple[PublicationTerm, ...]
    workdays: Workdays
    draws: Mapping[tuple[str, str], PublicDraw]


def read_archive(today: dt.date) -> Archive:
    """Read visits and publications from the open database."""
    from xunge.web.ledger import frames

    told = {
        (event["subject"], event["key"]): event
        for event in records(frames.events(EventKind.VISITED))
        if event["on"] <= today
    }
    seen: dict[str, list[dt.date]] = {}
    for event in told.values():
        if not event["data"].get("withdrawn"):
            seen.setdefault(event["subject"], []).append(event["on"])
    published: dict[str, list[Row]] = {}
    for event in records(frames.events(EventKind.PUBLISHED)):
        published.setdefault(event["key"], []).append(event)
    return Archive(
        today=today, seen=seen, published=published, entered=frames.entered(EventKind.VISITED),
        latest={event["key"]: event for event in told.values() if round_of(event["key"])},
    )  # fmt: skip


def read_office(settings: Settings, *, chain: Sequence[Row] = ()) -> Office:
    """Read registers and rules; without a *chain* nobody counts as drawn."""
    from xunge.web.ledger import frames

    departments: dict[str, str] = {}
    for row in records(frames.register("departments")):
        departments |= {word: row["name"] for word in (row["id"], row["short_name"]) if word}
        departments[row["name"]] = row["name"]
    chief = settings.bureau.lead_department
    return Office(
        firms={row["id"]: row for row in records(frames.register("enterprises"))},
        names={row["id"]: row["name"] for row in records(frames.register("sites"))},
        towns={row["id"]: row["name"] for row in records(frames.register("areas"))},
        departments=departments,
        lead=departments.get(chief, chief) or settings.bureau.name,
        terms=load_terms(settings.publication),
        workdays=workdays_of(settings),
        draws=draws_of(chain),
    )


def to_publish(settings: Settings, *, today: dt.date) -> list[Row]:
    """Return what is not public yet as plain JSON data with names, for the bureau's own eyes."""
    found = waiting(read_archive(today), read_office(settings))
    return [{**one.to_do.to_json(), "name": one.name} for one in found]


def waiting(archive: Archive, office: Office) -> list[Waiting]:
    """Return every result that is not public, and every one that has changed since, by due date."""
    found = []
    for visit, event in archive.latest.items():
        history = archive.published.get(visit, ())
        before = history[-1] if history else None
        withdrawn = bool(event["data"].get("withdrawn"))
        if before is None and withdrawn:
            continue
        one = _waiting(visit, event, before, archive=archive, office=office)
        if before is None or _changed(one, before["data"]["facts"]):
            found.append(one)
    return sorted(found, key=lambda one: (one.to_do.due, one.to_do.visit))


def _changed(one: Waiting, before: Mapping[str, Any]) -> bool:
    """Tell whether a reader of the earlier publication would now be misled."""
    read = ("visited", "result", "findings", "serious_findings") if one.row else ("result",)
    return any(one.facts[name] != before[name] for name in read)


def _waiting(
    visit: str, event: Row, before: Row | None, *, archive: Archive, office: Office
) -> Waiting:
    data = event["data"]
    firm = office.firms.get(event["subject"])
    drawn = office.draws.get((round_of(visit), event["subject"]))
    kind = "random" if drawn is not None else str(data.get("kind") or "")
    term = term_of(office.terms, industry=(firm or {}).get("industry") or "", kind=kind)
    base = event["on"]
    if before is not None:  # what is put right counts from the day on which it was
        base = max(base, archive.entered.get(event["uid"], base))
    due = term.due(base, workdays=office.workdays)
    to_do = ToPublish(
        visit=visit, object=event["subject"], visited=event["on"], base=base, due=due,
        late_days=days_late(due, on=archive.today), term=term, corrects=before is not None,
    )  # fmt: skip
    corrects = None if before is None else before["on"]
    row = None if firm is None else _row(event, firm, to_do, drawn=drawn, office=office)
    if row is not None:
        row = replace(row, corrects=corrects)
    return Waiting(
        to_do=to_do,
        name=firm["name"] if firm else office.names.get(event["subject"]) or event["subject"],
        facts={"visited": event["on"].isoformat(), **_found(data)},
        row=row,
        version=event["uid"],
        corrects=corrects,
    )


def _row(
    event: Row, firm: Row, to_do: ToPublish, *, drawn: PublicDraw | None, office: Office
) -> PublicVisit:
    """Return what the public may know of a visit: each field is named, nothing is passed on."""
    data = event["data"]
    named = (office.departments.get(name) for name in data.get("departments") or ())
    return PublicVisit(
        round=round_of(to_do.visit),
        name=mask_phones(firm["name"]),
        credit_code=firm["credit_code"] or "",
        town=office.towns.get(firm["town_code"] or "", ""),
        visited=event["on"],
        **_found(data),
        departments=tuple(sorted({name for name in named if name})) or (office.lead,),
        drawn=drawn,
        due=to_do.due,
        late_days=to_do.late_days,
        source=to_do.term.source,
        status=to_do.term.status,
    )


def _found(data: Mapping[str, Any]) -> dict[str, Any]:
    if data.get("withdrawn"):
        return {"result": WITHDRAWN, "findings": None, "serious_findings": None}
    return {
        "result": str(data.get("result") or "pass"), "findings": data.get("findings"),
        "serious_findings": data.get("serious_findings"),
    }  # fmt: skip


def draws_of(chain: Sequence[Row]) -> dict[tuple[str, str], PublicDraw]:
    """Return how each drawn object of each round was drawn, by round and id.

    One that was carried over has the ticket of the round in which it was drawn first.
    """
    found: dict[tuple[str, str], PublicDraw] = {}
    first: dict[str, PublicDraw] = {}
    books: dict[str, Row] = {}
    for link in chain:
        record = link["record"]
        if record.get("kind") == "draw":
            books[record["round"]] = record
        for id_, stratum in _chosen(record):
            book = books[record["round"]]
            if stratum in _WEIGHTY:
                first[id_] = PublicDraw(
                    id=id_, round=record["round"], stratum=stratum,
                    probability=book["probability"].get(id_, ""),
                    ticket=_ticket(book, id_, stratum),
                )  # fmt: skip
                found[record["round"], id_] = first[id_]
            elif id_ in first:
                found[record["round"], id_] = replace(first[id_], carried=True)
    return found


def _chosen(record: Row) -> Iterator[tuple[str, str]]:
    if record.get("kind") == "draw":
        yield from ((one["id"], one["stratum"]) for one in record["selected"])
    elif record.get("kind") == "substitute":
        yield record["substitute"], record["stratum"]


def _ticket(record: Row, id_: str, stratum: str) -> str:
    entries = record["strata"][stratum]["entries"]
    return next((str(entry["ticket"]) for entry in entries if entry["id"] == id_), "")
