"""Reminders: what was raised goes out by every channel, once for each obligation and stage.

A message is made first and sent then. Made means on record: which raised stages go into it, each of
them into one message of a channel only, which the database itself sees to. Every attempt to send is
put on record before it begins and after it ends. So a message that a channel has confirmed is never
sent again. Where the program ends between the confirmation and its record, nobody can know whether
the message arrived, and it is sent once more: the inbox then writes the same file again, mailboxes
and chat groups may show the message twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from layers.events import Event, EventKind
from maps.messages import sentence
from xunge import failures, raising
from xunge.channels import channel_of
from xunge.letters import Letter, entry_of, together
from xunge.occasions import append, settle
from xunge.words import run_on

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from xunge.occasions import Occasion

LEASE = dt.timedelta(minutes=10)
"""An attempt without an end is taken for broken off after this time (product choice)."""


class RemindersUnsentError(RuntimeError):
    """Messages that could not be sent; carries one sentence for each channel."""

    code = "reminders_unsent"

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = "; ".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a channel, as the events tell of it.

    Attributes
    ----------
    made
        The day on which it was made.
    raised
        Uids of the raised stages that go into it.
    attempts
        How many attempts to send it were begun.
    began
        When the latest of them began, None where it has ended.
    failed
        What the latest failure said; empty where there was none.
    """

    channel: str
    id: str
    made: dt.date
    raised: tuple[str, ...]
    attempts: int = 0
    began: dt.datetime | None = None
    failed: str = ""
    sent: bool = False


def remind(occasion: Occasion) -> str:
    """Make messages of what was raised and not told yet, and send all that wait.

    Raises
    ------
    RemindersUnsentError
        If a channel does not take its message; the others have theirs.
    xunge.web.database.TakenError
    """
    names = occasion.folder.settings.reminders.channel_names
    _make(occasion, names)
    occasion.progress("made")
    waiting = [one for one in messages() if not one.sent and one.channel in names]
    ends = {one.id: _deliver(one, occasion) for one in waiting}
    unsent = [f"{one.channel}: {ends[one.id]}" for one in waiting if ends[one.id]]
    if unsent:
        raise RemindersUnsentError(unsent)
    elsewhere = [one for one in waiting if ends[one.id] is None]
    if elsewhere:
        return sentence("reminders_elsewhere", lang=occasion.lang, count=len(elsewhere))
    settle(occasion, {"sent": len(waiting)})
    if not waiting:
        return sentence("reminders_none", lang=occasion.lang)
    told = [sentence("reminder_sent", lang=occasion.lang, channel=one.channel,
                     count=len(letter_of(one, occasion).entries)) for one in waiting]  # fmt: skip
    return run_on(told, occasion.lang)


def messages() -> list[Message]:
    """Return every message that was made, in order, with what became of it."""
    from xunge.web.ledger import frames

    found: dict[str, Message] = {}
    for row in frames.event_rows(EventKind.MESSAGE):
        id_, _, step = row["key"].partition("/")
        data, word = row["data"], step.partition(" ")[0]
        if word == "":
            found[id_] = Message(channel=row["subject"], id=id_, made=row["on"],
                                 raised=tuple(data["raised"]))  # fmt: skip
        elif word == "try":
            began = dt.datetime.fromisoformat(data["at"])
            found[id_] = replace(found[id_], attempts=found[id_].attempts + 1, began=began)
        elif word == "failed":
            found[id_] = replace(found[id_], began=None, failed=data["said"])
        else:
            found[id_] = replace(found[id_], began=None, failed="", sent=True)
    return list(found.values())


def _make(occasion: Occasion, channels: Iterable[str]) -> None:
    """Put on record which raised stages go into the next message of each channel.

    What was settled in the meantime, or told of at an earlier stage only, goes into none.
    """
    from xunge.web import database
    from xunge.web.ledger import frames

    today = occasion.now.date()
    since = today - dt.timedelta(days=occasion.folder.settings.clock.catch_up_days + 1)
    rows = frames.event_rows(EventKind.RAISED, since=since)
    told = {name: [_told(row, name, today) for row in rows] for name in channels}
    if not any(frames.unknown_uids(events) for events in told.values()):
        return
    items = raising.obligations(occasion.folder, today=today)
    reached = raising.raised(items, today=today, settings=occasion.folder.settings)
    live = {event.key for event in reached}
    with database.all_or_nothing():
        batch = frames.open_batch("clock", day=today, files=[], summary={})
        for name, events in told.items():
            new = frames.unknown_uids(events)
            mine = [(row, one) for row, one in zip(rows, events, strict=True) if one.uid in new]
            frames.append(_chosen(name, mine, live=live, today=today), batch=batch)


def _chosen(
    channel: str,
    found: Sequence[tuple[dict[str, Any], Event]],
    *,
    live: Container[str],
    today: dt.date,
) -> Iterator[Event]:
    """Yield in which message each raised stage is told, or in none, and the message itself."""
    wanted = [row["uid"] for row, _ in found if row["key"] in live]
    digest = hashlib.sha256("/".join([channel, *sorted(wanted)]).encode()).hexdigest()[:16]
    for row, event in found:
        yield replace(event, data={"message": digest if row["key"] in live else ""})
    if wanted:
        yield Event(
            kind=EventKind.MESSAGE, subject=channel, on=today, key=digest, data={"raised": wanted}
        )  # fmt: skip


def _told(row: dict[str, Any], channel: str, today: dt.date) -> Event:
    """Return the event that a raised stage goes into a message of a channel, or into none."""
    return Event(
        kind=EventKind.REMINDED, subject=row["subject"], on=today, key=f"{channel}/{row['uid']}"
    )


def _deliver(message: Message, occasion: Occasion) -> str | None:
    """Send a message and put on record how that ended.

    Returns
    -------
    str or None
        Why it could not be sent, empty where it was; None where another clock is at it.
    """
    channel = channel_of(message.channel, occasion.folder)
    began = message.began
    if began is not None and not channel.repeatable and occasion.now < began + LEASE:
        return None
    number = message.attempts + 1
    if not _note(message, f"try {number}", occasion):
        return None
    occasion.progress("tried")
    try:
        refused = channel.send(letter_of(message, occasion))
    # Whatever a server or a disk does, the other channels have their turn.
    except Exception as error:
        said = " ".join(failures.explained(error, lang=occasion.lang)).strip()
        _note(message, f"failed {number}", occasion, said=said)
        return said
    occasion.progress("sent")
    _note(message, "sent", occasion, **({"refused": list(refused)} if refused else {}))
    occasion.progress("noted")
    return ""


def _note(message: Message, step: str, occasion: Occasion, **data: Any) -> bool:
    """Put a step of a message on record; tell whether it was not there yet."""
    from xunge.web.database import TakenError

    event = Event(
        kind=EventKind.MESSAGE, subject=message.channel, on=occasion.now.date(),
        key=f"{message.id}/{step}",
        data={**data, "at": occasion.now.isoformat(timespec="seconds")},
    )  # fmt: skip
    try:
        return append([event], day=occasion.now.date()) > 0
    except TakenError:
        return False


def letter_of(message: Message, occasion: Occasion) -> Letter:
    """Return what a message says: every obligation once, at its latest stage."""
    from xunge.web.ledger import frames

    wanted = set(message.raised)
    since = message.made - dt.timedelta(days=occasion.folder.settings.clock.catch_up_days + 1)
    rows = [row for row in frames.event_rows(EventKind.RAISED, since=since) if row["uid"] in wanted]
    known = frames.names("enterprises", "sites", "areas")
    latest = {row["data"]["item"]["id"]: row for row in rows}  # stages are raised in order
    entries = [entry_of(row, known, lang=occasion.lang) for row in latest.values()]
    return Letter(
        id=message.id, day=message.made, bureau=occasion.folder.settings.bureau.name,
        lang=occasion.lang, entries=tuple(together(entries, lang=occasion.lang)),
    )  # fmt: skip
