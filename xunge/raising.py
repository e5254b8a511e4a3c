"""Obligations are raised: once when they come up, fall due, are overdue, and by rule after that.

A raised obligation is an event with the date, the stage and the sum of reasons as they stood. It
is the same obligation as long as its due date is: where a deadline is put off, it is raised anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from layers.campaigns.campaign import load_campaigns
from layers.events import Event, EventKind
from maps.messages import sentence
from scheduler import revisit
from xunge import duties
from xunge.due import workdays_of
from xunge.knowledge import know
from xunge.occasions import settle
from xunge.words import run_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scheduler.due_items import DueItem
    from xunge.config import Settings
    from xunge.occasions import Occasion
    from xunge.sections import Reminders
    from xunge.week import Folder

SOON, DUE, OVERDUE, LEVEL, LIMIT = "soon", "due", "overdue", "level", "limit"
VISIT, AREA, PUBLICATION = "visit", "area", "publication"
ORDINARY = "remind"
"""The level of escalation that is no more than a reminder."""
_LONGEST_KEY = 120


def obligations(folder: Folder, *, today: dt.date) -> list[DueItem]:
    """Return all that is outstanding on a day as it was known then: visits and duties."""
    settings = folder.settings
    return duties.obligations(
        know(today, tables=folder.tables), today=today, workdays=workdays_of(settings),
        settings=settings, campaigns=load_campaigns(folder.path).values(),
    )  # fmt: skip


def stages(item: DueItem, *, today: dt.date, settings: Reminders) -> Iterator[tuple[str, dt.date]]:
    """Yield the stages that an item has come to, each with the day on which it did, in order.

    Of the levels of escalation the highest is one; that the officer in charge is reminded is what
    every reminder does. Villages and towns are not told ahead that they are to be checked again.
    """
    ahead = item.due - dt.timedelta(days=settings.ahead_days)
    if ahead <= today < item.due and item.place != AREA:
        yield SOON, ahead
    if today >= item.due:
        yield DUE, item.due
    if item.overdue_days > 0:
        yield OVERDUE, item.overdue_since + dt.timedelta(days=1)
    if item.level is not None and item.level.name != ORDINARY:
        yield f"{LEVEL}-{item.level.name}", item.level.since
    if item.limit is not None and today >= item.limit:
        yield LIMIT, item.limit


def key_of(item: DueItem, stage: str) -> str:
    """Return what makes a raising this one and no other: stage, due date, item."""
    key = f"{stage}@{item.due.isoformat()}/{item.id}"
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(item.id.encode()).hexdigest()[:32]
    return f"{stage}@{item.due.isoformat()}/{item.kind}:{digest}"


def raised(items: Iterable[DueItem], *, today: dt.date, settings: Settings) -> list[Event]:
    """Return one event for every stage that the items have come to, known ones too."""
    return [
        Event(
            kind=EventKind.RAISED, subject=item.object, on=today, key=key_of(item, stage),
            data={"stage": stage, "reached": reached.isoformat(), "item": item.to_json()},
        )
        for item in items
        for stage, reached in stages(item, today=today, settings=settings.reminders)
    ]  # fmt: skip


def scan(occasion: Occasion) -> str:
    """Raise what has come to a new stage on the day of the occasion; say what is due.

    Raises
    ------
    xunge.web.database.TakenError
        If another clock raised the same just now.
    """
    from xunge.web.ledger import frames

    today, settings = occasion.day, occasion.folder.settings
    items = obligations(occasion.folder, today=today)
    occasion.progress("scanned")
    reached = raised(items, today=today, settings=settings)
    unknown = frames.unknown_uids(reached)
    new = {event.data["item"]["id"] for event in reached if event.uid in unknown}
    counts = counted(items, today=today)
    settle(occasion, {**counts, "raised": len(new)}, events=reached)
    occasion.progress("raised")
    return run_on(_lines(counts, today=today, new=len(new), lang=occasion.lang), occasion.lang)


def _lines(counts: Mapping[str, int], *, today: dt.date, new: int, lang: str) -> list[str]:
    lines = [sentence("due_scanned", lang=lang, today=today, **counts)]
    if counts["to_publish"]:
        public = {"count": counts["to_publish"], "late": counts["to_publish_late"]}
        lines.append(sentence("publish_scanned", lang=lang, **public))
    for code in ("desk", "areas"):
        if counts[code]:
            lines.append(sentence(f"{code}_scanned", lang=lang, count=counts[code]))
    if new:
        lines.append(sentence("newly_raised", lang=lang, count=new))
    return lines


def counted(items: Sequence[DueItem], *, today: dt.date) -> dict[str, int]:
    """Return how many visits are overdue, by how long, and due within a week; what else is late.

    ``desk`` and ``areas`` are overdue duties without a visit and areas that are overdue for their
    checks; publications are counted by themselves.
    """
    public = [item for item in items if item.kind == PUBLICATION]
    visits = [item for item in items if item.place == VISIT]
    overdue = [item for item in visits if item.overdue_days > 0]
    soon = revisit.due_by(visits, last=today + dt.timedelta(days=7))
    others = [item for item in items if item.place != VISIT and item.kind != PUBLICATION]
    late = [item.place == AREA for item in others if item.overdue_days > 0]
    return {
        "overdue": len(overdue),
        "longest": max((item.overdue_days for item in overdue), default=0),
        "soon": len({item.id for item in soon} - {item.id for item in overdue}),
        "to_publish": len(public),
        "to_publish_late": sum(item.overdue_days > 0 for item in public),
        "desk": len(late) - sum(late),
        "areas": sum(late),
    }
