"""Due dates that are settled: what they were, when they were met, and by which event.

Nothing is stored of them. The days on which something happened to their object are gone through
again: an item that was due on the evening before and is not any more was settled that day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from layers import cases
from layers.codes import extended
from layers.events import EventKind
from layers.rows import records
from maps.messages import sentence
from scheduler.due.documents import documents
from scheduler.due.publication import publications
from scheduler.due.reckoning import Reckoning, plain
from scheduler.due.rounds import rounds
from scheduler.due_rules import load_rules
from scheduler.periods import load_periods
from xunge.disclosure_rows import read_archive, read_office, waiting
from xunge.due import case_items, outstanding
from xunge.duties import areas_of, record_duties, settled_ids
from xunge.knowledge import narrowed
from xunge.words import run_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from scheduler.due_items import DueItem
    from scheduler.workdays import Workdays
    from xunge.config import Settings
    from xunge.knowledge import Knowledge

ONE_DAY = dt.timedelta(days=1)
_RECORDED = ("weekly_report", "monthly_report", "exposure_list", "stage_summary", "final_summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An item that is not due any more.

    Attributes
    ----------
    item
        As it stood on the evening before.
    on
        Day on which it was settled.
    events
        What happened that day, as rows of the event frame; empty where it became part of another.
    merged
        Id of the item that it became part of; empty where it was met.
    """

    item: DueItem
    on: dt.date
    events: tuple[Mapping[str, Any], ...] = ()
    merged: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        told = [
            {"kind": event["kind"], "key": event["key"], "subject": event["subject"],
             "source": event.get("source") or ""}
            for event in self.events
        ]  # fmt: skip
        return {**self.item.to_json(), "settled_on": self.on.isoformat(), "settled_by": told,
                "merged_into": self.merged}  # fmt: skip

    def sentences(self, lang: str) -> list[str]:
        """Return when and by what it was settled."""
        if self.merged:
            return [sentence("due_merged", lang=lang, on=self.on, other=self.merged)]
        late = (self.on - self.item.due).days
        said = run_on((_told(event, lang) for event in self.events), lang)
        words = sentence("due_settled_late", lang=lang, days=late) if late > 0 else ""
        return [sentence("due_settled_on", lang=lang, on=self.on, late=words, what=said)]


def settled(
    id_: str, knowledge: Knowledge, *, today: dt.date, workdays: Workdays, settings: Settings,
    since: dt.date,
) -> Settled | None:  # fmt: skip
    """Return what settled an item that is not due on *today*; None if it never was.

    Parameters
    ----------
    since
        Day from which rounds and documents are owed.
    """
    kind, _, rest = id_.partition(":")
    with_ = Reckoning(today=today, workdays=workdays, rules=load_rules(settings.due))
    if kind == "publication":
        return _published(id_, rest, settings=settings, with_=with_)
    if kind in _RECORDED:
        return _recorded(id_, knowledge, since=since, with_=with_)
    if kind in {rule.name for rule in with_.rules.rounds}:
        return _checked(id_, knowledge, since=since, with_=with_)
    return _visited(id_, knowledge, with_=with_, settings=settings)


def _visited(
    id_: str, knowledge: Knowledge, *, with_: Reckoning, settings: Settings
) -> Settled | None:
    """Go through the days of an item's object until the one after which it is not due."""
    subjects = _subjects(id_, knowledge)
    if not subjects:
        return None
    events = knowledge.events[knowledge.events["subject"].isin(subjects)]
    days = sorted({day for day in events["on"] if day <= with_.today})
    tables = extended(settings.codes)
    periods = load_periods(settings.periods, tables=tables)

    @cache
    def due_on(day: dt.date) -> dict[str, DueItem]:
        known = narrowed(knowledge, subjects, day=day, tables=tables)
        then = replace(with_, today=day)
        if id_.startswith("floor:"):
            items = outstanding(known, today=day, workdays=with_.workdays, settings=settings)
        else:
            items = case_items(known, periods=periods, with_=then)
            items += record_duties(known, with_=then)
        return {item.id: item for item in items}

    for day, following in pairwise([*days, with_.today + ONE_DAY]):
        before = due_on(day - ONE_DAY).get(id_)
        if before is not None and id_ not in due_on(day):
            return Settled(item=before, on=day, events=_by(id_, events[events["on"] == day]))
        merged = _merged(id_, day, following, due_on)
        if merged is not None:
            return merged
    return None


def _by(id_: str, events: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return the events that settled an item: those of its own record, all where none is."""
    told = records(events)
    inside = f":{id_.partition(':')[2]}:"
    own = [event for event in told if event["key"] and f":{event['key']}:" in inside]
    own += [event for event in told if f":{event['data'].get('order')}:" in inside]
    return tuple(_with_source(own or told))


def _with_source(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    from xunge.web.ledger import frames

    known = frames.sources([event["uid"] for event in events])
    return [
        {**event, "source": known.get(event["uid"], "").strip("!").replace("!", " ")}
        for event in events
    ]


def _merged(
    id_: str, first: dt.date, following: dt.date, due_on: Callable[[dt.date], dict[str, DueItem]]
) -> Settled | None:
    """Return when a revisit became part of the next one, before the *following* event.

    Between two events the step that counts never goes back, so its end is found by halving.
    """
    step = id_.rpartition(":")[2]
    if not id_.startswith("revisit:") or not step.isdigit():
        return None

    def later(day: dt.date) -> bool:
        return any(one.kind == "revisit" and one.step > int(step) for one in due_on(day).values())

    low, high = first, following - ONE_DAY
    if later(low) or not later(high):
        return None
    while high - low > ONE_DAY:
        middle = low + (high - low) // 2
        low, high = (low, middle) if later(middle) else (middle, high)
    before = due_on(low).get(id_)
    if before is None:
        return None
    other = next(one.id for one in due_on(high).values() if one.kind == "revisit")
    return Settled(item=before, on=high, merged=other)


def _subjects(id_: str, knowledge: Knowledge) -> frozenset[str]:
    """Return the objects and reports that an id can be about, and the reports about them."""
    inside = f":{id_.partition(':')[2]}:"
    events = knowledge.events
    found = {
        subject
        for subject, key in zip(events["subject"], events["key"], strict=True)
        if f":{subject}:" in inside or (key and f":{key}:" in inside)
    }
    about = knowledge.reports["object"].isin(found)
    return frozenset(found | set(knowledge.reports[about]["id"]))


def _published(id_: str, visit: str, *, settings: Settings, with_: Reckoning) -> Settled | None:
    archive = read_archive(with_.today)
    history = archive.published.get(visit, ())
    if not history:
        return None
    event = history[0]
    unseen = {key: events for key, events in archive.published.items() if key != visit}
    before = replace(archive, published=unseen, today=event["on"])
    to_do = [one.to_do for one in waiting(before, read_office(settings))
             if one.to_do.visit == visit]  # fmt: skip
    item = next((one for one in publications(to_do, with_=with_) if one.id == id_), None)
    return None if item is None else Settled(item=item, on=event["on"], events=(event,))


def _recorded(
    id_: str, knowledge: Knowledge, *, since: dt.date, with_: Reckoning
) -> Settled | None:
    told = cases.known_on(knowledge.events, knowledge.day, EventKind.DUTY_MET)
    event = next((one for one in records(told) if one["key"] == id_), None)
    if event is None:
        return None
    others = settled_ids(knowledge) - {id_}
    items = documents(min(since, event["on"]), settled=others, with_=with_)
    item = next((one for one in items if one.id == id_), None)
    return None if item is None else Settled(item=item, on=event["on"], events=(event,))


def _checked(id_: str, knowledge: Knowledge, *, since: dt.date, with_: Reckoning) -> Settled | None:
    """Find the first check of an area in or after the period that an id names."""
    name, _, rest = id_.partition(":")
    area, _, text = rest.rpartition(":")
    try:
        first = dt.date.fromisoformat(text)
    except ValueError:
        return None
    checks = _checks(name, area, knowledge, with_=with_)
    day = min((on for on, _ in checks if first <= on <= with_.today), default=None)
    if day is None:
        return None
    before = max((on for on, _ in checks if on < first), default=None)
    then = replace(with_, today=day - ONE_DAY)
    last = {} if before is None else {area: before}
    here = knowledge.registers["areas"][knowledge.registers["areas"]["id"] == area]
    items = rounds(here, checks={name: last}, since=since, with_=then)
    item = next((one for one in items if one.id == id_), None)
    if item is None:
        return None
    events = tuple(_with_source([event for on, event in checks if on == day]))
    return Settled(item=item, on=day, events=events)


def _checks(
    name: str, area: str, knowledge: Knowledge, *, with_: Reckoning
) -> list[tuple[dt.date, Mapping[str, Any]]]:
    """Return every check of an area with its day and its event."""
    rule = next(one for one in with_.rules.rounds if one.name == name)
    areas = areas_of(knowledge)
    found: list[tuple[dt.date, Mapping[str, Any]]] = []
    kinds = (EventKind.VISITED, EventKind.DUTY_MET)
    for event in records(cases.known_on(knowledge.events, knowledge.day, *kinds)):
        data, on = event["data"], plain(event["on"])
        if event["kind"] == EventKind.DUTY_MET:
            counts = event["key"].startswith(f"{name}:{area}:")
        else:
            counts = (data.get("kind") in rule.kinds and area in areas.get(event["subject"], ())
                      and data.get("result") not in rule.ignored_results)  # fmt: skip
        if counts:
            found.append((on, event))
    return found


def _told(event: Mapping[str, Any], lang: str) -> str:
    data = {key: value for key, value in event["data"].items() if isinstance(value, str | int)}
    said = {**data, "key": event["key"] or event["subject"], "source": event.get("source") or "—"}
    return sentence(f"settled_by_{event['kind']}", lang=lang, **said)
