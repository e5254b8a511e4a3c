"""What the bureau owes without a visit: publications, rounds of the areas, its own documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import cases
from layers.events import Event, EventKind
from layers.rows import records
from layers.still import still
from scheduler.due.documents import documents, papers, summaries
from scheduler.due.listings import closures, listings
from scheduler.due.measures import handovers, hazards, penalties, seizures
from scheduler.due.publication import publications
from scheduler.due.reckoning import Reckoning
from scheduler.due.rounds import last_checks, rounds
from scheduler.due_rules import load_rules
from scheduler.escalation import escalated, load_levels
from scheduler.revisit import in_order
from xunge.disclosure_rows import read_archive, read_office, waiting
from xunge.due import industries_of, outstanding, workdays_of
from xunge.due_list import Names
from xunge.knowledge import know

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from layers.campaigns.campaign import Campaign
    from layers.codes import CodeTable
    from scheduler.disclosure import ToPublish
    from scheduler.due_items import DueItem
    from scheduler.workdays import Workdays
    from xunge.config import Settings
    from xunge.knowledge import Knowledge

SUMMARIES = ("stage_summary", "final_summary")
"""Kinds of the summaries of a campaign."""


@still()
def obligations(
    knowledge: Knowledge,
    *,
    today: dt.date,
    workdays: Workdays,
    settings: Settings,
    campaigns: Iterable[Campaign] = (),
) -> list[DueItem]:
    """Return everything that is due now or later, visits and duties, by due date."""
    items = outstanding(knowledge, today=today, workdays=workdays, settings=settings)
    items += duties(
        knowledge, today=today, workdays=workdays, settings=settings,
        since=owed_since(today), unpublished=unpublished(settings, today=today),
        campaigns=campaigns,
    )  # fmt: skip
    return in_order(items)


def duties(
    knowledge: Knowledge,
    *,
    today: dt.date,
    workdays: Workdays,
    settings: Settings,
    since: dt.date,
    unpublished: Iterable[ToPublish],
    campaigns: Iterable[Campaign] = (),
) -> list[DueItem]:
    """Return everything due that no visit of a week is made for, by due date.

    Rounds and periodic documents are owed by rules of China: only where its calendar is followed.

    Parameters
    ----------
    since
        Day from which rounds and periodic documents are owed.
    unpublished
        Results of visits that are not public yet.
    campaigns
        Their phases owe summaries, their units documents.
    """
    with_ = Reckoning(today=today, workdays=workdays, rules=load_rules(settings.due))
    settled, told = settled_ids(knowledge), checked_areas(knowledge)
    areas = areas_of(knowledge)
    checks = {
        rule.name: last_checks(
            knowledge.visits, areas_of=areas, today=today, rule=rule, told=told.get(rule.name, {})
        )
        for rule in with_.rules.rounds
    }
    known = list(campaigns)
    periodic = [
        *rounds(knowledge.registers["areas"], checks=checks, since=since, with_=with_),
        *documents(since, settled=settled, with_=with_),
    ] if settings.bureau.calendar == "china" else []  # fmt: skip
    items = [
        *record_duties(knowledge, with_=with_),
        *publications(unpublished, with_=with_),
        *periodic,
        *summaries(phases_of(known, today), settled=settled, with_=with_),
        *papers(papers_of(known), with_=with_),
    ]
    items = [item for item in items if item.id not in settled]
    return in_order(escalated(items, levels=load_levels(settings.escalation)))


def record_duties(knowledge: Knowledge, *, with_: Reckoning) -> list[DueItem]:
    """Return what hazards, cases, measures, listings and closures on record ask for at the desk."""
    return [
        *hazards(knowledge.hazards, with_=with_),
        *penalties(knowledge.cases, with_=with_),
        *seizures(knowledge.seizures, with_=with_),
        *handovers(knowledge.handovers, with_=with_),
        *listings(knowledge.listings, with_=with_),
        *closures(knowledge.closures, industries=industries_of(knowledge), with_=with_),
    ]


def phases_of(campaigns: Iterable[Campaign], today: dt.date) -> pd.DataFrame:
    """Return the phases of campaigns as they were decided by *today*, one a row."""
    rows = []
    for one in campaigns:
        phases = one.phases_on(today)
        rows += [
            {"campaign": one.id, "phase": number, "name": one.title, "first": phase.since,
             "last": phase.until, "final": number == len(phases), "report_by": None}
            for number, phase in enumerate(phases, start=1)
        ]  # fmt: skip
    columns = ("campaign", "phase", "name", "first", "last", "final", "report_by")
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def papers_of(campaigns: Iterable[Campaign]) -> pd.DataFrame:
    """Return the documents that units owe for campaigns and have not handed in, one a row."""
    rows = []
    for one in campaigns:
        received = {(receipt.document, receipt.unit) for receipt in one.receipts}
        rows += [
            {"campaign": one.id, "code": owed.code, "title": owed.title, "unit": unit,
             "since": one.issued or one.since, "due": owed.due, "document": one.document}
            for owed in one.documents for unit in owed.units or one.units
            if (owed.code, unit) not in received
        ]  # fmt: skip
    columns = ("campaign", "code", "title", "unit", "since", "due", "document")
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def duties_json(
    knowledge: Knowledge,
    *,
    today: dt.date,
    workdays: Workdays,
    settings: Settings,
    campaigns: Iterable[Campaign],
) -> list[dict[str, Any]]:
    """Return duties but publications as plain JSON data with names, for the record of a week."""
    names = Names.of(knowledge)
    found = duties(
        knowledge, today=today, workdays=workdays, settings=settings, since=owed_since(today),
        unpublished=(), campaigns=campaigns,
    )  # fmt: skip
    return [
        {**item.to_json(), "name": names.name(item), "area": names.area(item)} for item in found
    ]


def owed_since(today: dt.date) -> dt.date:
    """Return the day on which the bureau began to work with this folder."""
    from xunge.web.ledger import frames

    return frames.first_day() or today


def unpublished(settings: Settings, *, today: dt.date) -> list[ToPublish]:
    """Return the results of visits that are not public yet."""
    return [one.to_do for one in waiting(read_archive(today), read_office(settings))]


def settled_ids(knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the duties of which somebody has recorded that they are met."""
    return frozenset(cases.known_on(knowledge.events, knowledge.day, EventKind.DUTY_MET)["key"])


def checked_areas(knowledge: Knowledge) -> dict[str, dict[str, dt.date]]:
    """Return the day on which each area was checked last, as somebody has recorded it, by rule."""
    found: dict[str, dict[str, dt.date]] = {}
    told = cases.known_on(knowledge.events, knowledge.day, EventKind.DUTY_MET)
    for key, day in zip(told["key"], told["on"], strict=True):
        rule, _, rest = key.partition(":")
        area = rest.partition(":")[0]
        found.setdefault(rule, {})[area] = day
    return found


def areas_of(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """Return the village and town of everything that can be visited or patrolled, by id.

    A cell lies in the areas of the objects in it; a village lies in its town.
    """
    found: dict[str, set[str]] = {}
    known = knowledge.objects
    columns = (known["id"], known["village_code"], known["town_code"], known["cell"])
    for id_, village, town, cell in zip(*columns, strict=True):
        codes = {code for code in (village, town) if isinstance(code, str) and code}
        for key in (id_, cell):
            if isinstance(key, str) and key:
                found.setdefault(key, set()).update(codes)
    for row in records(knowledge.registers["areas"]):
        above = {row["parent"]} if row["parent"] else set()
        found.setdefault(row["id"], set()).update({row["id"]} | above)
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def settle(
    ids: Iterable[str],
    *,
    by: str,
    on: dt.date,
    note: str,
    today: dt.date,
    settings: Settings,
    tables: Mapping[str, CodeTable],
    campaigns: Iterable[Campaign] = (),
) -> list[tuple[str, str]]:
    """Record that duties were met on a day; return a code for each id, refused ones too.

    Only what leaves no other record can be recorded so: documents and rounds. *today* is the day
    on which it is entered.
    """
    from xunge.web import database
    from xunge.web.ledger import frames

    known = know(on, tables=tables)
    items = {
        item.id: item for item in obligations(
            known, today=on, workdays=workdays_of(settings), settings=settings,
            campaigns=campaigns,
        )
    }  # fmt: skip
    rules = load_rules(settings.due)
    own = {one.name for one in (*rules.rounds, *rules.documents)} | set(SUMMARIES)
    told, events = [], []
    for id_ in ids:
        code = _refused(id_, items, own=own, done=settled_ids(known))
        told.append((code or "due_settled_recorded", id_))
        if not code:
            events.append(
                Event(kind=EventKind.DUTY_MET, subject=items[id_].object, on=on, key=id_,
                      data={"by": by, "note": note})
            )  # fmt: skip
    with database.all_or_nothing():
        frames.append(events, batch=frames.open_batch("due", day=today, files=[], summary={}))
    return told


def _refused(
    id_: str, items: Mapping[str, DueItem], *, own: Collection[str], done: Collection[str]
) -> str:
    """Return why an id cannot be recorded as settled; empty if it can."""
    if id_ in done:
        return "due_settled_already"
    if id_ not in items:
        return "due_not_known"
    return "" if items[id_].kind in own else "due_settle_by_record"
