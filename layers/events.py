"""What happened, one event a line, never changed: the memory of the bureau.

Records of visits, findings, orders, closures, reports, draws and plans are append-only events. A
state (is this site closed? is this order overdue?) is never stored: it is what the events say on
a given day. A correction is a later event with the same ``subject`` and ``key``; both stay.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class EventKind(StrEnum):
    """Everything that can happen; the value is what the database stores."""

    VISITED = "visited"  # data: id, kind, inspectors, departments, experts, findings, …, result
    ORDERED = "ordered"  # data: id, visit, kind, deadline, hazard
    REVIEW_REQUESTED = "review_requested"  # data: order
    REVIEWED = "reviewed"  # data: order, outcome
    DISCOVERED = "discovered"  # data: behaviour, departments, …
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    REPORTED = "reported"  # data: id, report_class, object
    VERIFIED = "verified"  # data: report, outcome
    CARRIED = "carried"  # a drawn object that did not fit the week; data: round, ticket
    NOT_VISITED = "not_visited"  # planned but not done; data: visit, reason
    REGISTERED = "registered"  # a register row appeared or changed; data: register, before, after
    PLACE_CORRECTED = "place_corrected"  # data: address, name, place or lon, lat and datum; by, …
    KEYED = "keyed"  # the secret of the folder, in no file that is made; data: key
    COMMITTED = "committed"  # the terms of a draw before its seed exists; data: link, frame
    ABANDONED = "abandoned"  # a committed round that is not opened, and why; data: link
    DRAWN = "drawn"  # data: the whole draw record
    SUBSTITUTED = "substituted"  # the next ticket in place of a drawn object; data: link
    PLANNED = "planned"  # data: the whole plan record
    PUBLISHED = "published"  # the result of a visit was made public; data: visit, due
    CONFLICT = "conflict"  # a row of results that contradicts what is known; data: row, code, file
    RESOLVED = "resolved"  # what was decided about a conflict; data: take, by, why
    IDENTITY_KEPT = "identity_kept"  # who made a report was put into its own table; no name here
    IDENTITY_READ = "identity_read"  # somebody looked; data: reason, by
    DUTY_MET = "duty_met"  # what leaves no other record was done; key: due item; data: by, note
    CHORE = "chore"  # the clock did something; data: what, and when exactly
    CHORE_FAILED = "chore_failed"  # the clock tried and could not; data: code, said, at
    RAISED = "raised"  # an obligation came to a stage; data: stage, reached, item
    REMINDED = "reminded"  # a stage goes into a message of a channel; data: message
    MESSAGE = "message"  # made, try, failed, sent; subject: the channel; data: what, and when
    RESTORED = "restored"  # the folder was brought back from a backup; data: file, before, reason
    LIMIT_EXTENDED = "limit_extended"  # a report may be checked for longer
    REWARDED = "rewarded"  # a report was paid for; key: the reward; data: amount
    # What follows is told by its own ledger; subject: the object; key: number of the record.
    FOUND = "found"  # a hazard; data: visit, order, mode, types, deadline, …
    RECTIFIED = "rectified"
    STRUCK_OFF = "struck_off"  # 销号
    FILED = "filed"  # a case (立案); data: kind, procedure, behaviours, report, …
    DECIDED = "decided"
    CONCLUDED = "concluded"  # data: outcome
    PENALISED = "penalised"  # data: case, kind, amount, persons, …
    COLLECTED = "collected"  # money came in; data: collected, all that came in so far
    SEIZED = "seized"  # sealed or seized; data: case, items, storage, until, …
    SEIZURE_EXTENDED = "seizure_extended"
    LIFTED = "lifted"  # data: disposal
    SENT = "sent"  # handed over to another authority; data: case, receiver, kind, persons, …
    INTERVENED = "intervened"  # the other authority came in before the handover
    RECEIVED = "received"  # its receipt
    ACCEPTED = "accepted"  # data: detained
    HANDOVER_ENDED = "handover_ended"  # data: outcome
    LISTED = "listed"  # listed supervision or black list; data: kind, level, until, …
    LIST_PUBLISHED = "list_published"
    LISTING_EXTENSION = "listing_extension"  # an extension was asked for
    DELISTED = "delisted"
    CONTESTED = "contested"  # hearing, reconsideration, suit, enforcement; data: case, kind, …
    CONTEST_ENDED = "contest_ended"  # data: outcome
    CLOSURE_ITEM = "closure_item"  # one line of the checklist of a closure; key: item; data: proof
    CLOSURE_PUBLISHED = "closure_published"
    RESTART_APPLIED = "restart_applied"
    RESTART_EXAMINED = "restart_examined"  # data: outcome, items, signer
    RESTARTED = "restarted"  # produces again, accepted or not
    ACCIDENT = "accident"  # data: deaths, injured, illegal, concealed


ONCE = {
    EventKind.CHORE: ("subject", "key"),
    EventKind.CHORE_FAILED: ("subject", "key"),
    EventKind.RAISED: ("key",),
    EventKind.REMINDED: ("key",),
    EventKind.MESSAGE: ("subject", "key"),
}
"""What happens once, whatever is said of it: its uid is of these fields alone, and the database,
where a uid is unique, refuses a second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    kind
        What happened.
    subject
        Id of the enterprise, site, report or round it happened to.
    on
        The day it happened (not the day it was entered; the database adds that).
    key
        What makes it this event and not another of the same kind and subject: visit id, order id.
        An event with a known (kind, subject, key) and other data is a correction.
    data
        Plain JSON: what else is known.
    source
        Where it came from: file, sheet and row, or the command.
    """

    kind: EventKind
    subject: str
    on: dt.date
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def uid(self) -> str:
        """Content address: the same event read twice from any file has the same uid.

        Events of :data:`ONCE` are the same whatever their day and data.
        """
        once = ONCE.get(self.kind)
        body = canonical_json(
            [self.kind.value, *(getattr(self, name) for name in once)]
            if once
            else [self.kind.value, self.subject, self.on.isoformat(), self.key, dict(self.data)]
        )
        return hashlib.sha256(body.encode("utf-8")).hexdigest()[:32]


def canonical_json(value: Any) -> str:  # noqa: ANN401 - JSON is whatever JSON is
    """Return *value* as JSON that is the same on every machine: sorted keys, no spaces, UTF-8.

    Raises
    ------
    ValueError
        On NaN or infinity, which JSON does not know.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
