"""Which records of the chain everyone may read, and which would give away a visit to come.

The commitment of a round is public at once, its record only when nothing in it is secret any more:
the week is over, and every object in it was visited, was replaced by a substitute, or is owed no
visit. An object that was drawn and carried over keeps its round closed until somebody was there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scheduler.disclosure import is_public, monday_of_round

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

Link = dict[str, Any]

# What a link may hold, by its kind; plans and crews stay inside the bureau. A record cannot be
# shortened without breaking its hash, so one with anything else is not published at all.
_TERMS = frozenset({
    "kind", "method", "digest", "round", "department", "created", "rules_version", "redraw_reason",
    "quota", "carried", "permanent", "frame_hash", "parties", "public", "commitment",
})  # fmt: skip
PUBLIC_FIELDS: Mapping[str, frozenset[str]] = {
    "commit": _TERMS,
    "draw": _TERMS | {
        "opening", "seed", "frame", "dropped", "strata", "probability", "selected", "substitutes",
        "record_hash",
    },
    "abandon": frozenset({"kind", "digest", "round", "commitment", "reason", "created"}),
    "substitute": frozenset({
        "kind", "digest", "round", "draw", "object", "stratum", "substitute", "reason", "note",
        "created",
    }),
    "plan": frozenset({"kind", "digest", "round", "draw", "files"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of visits on a day.

    Attributes
    ----------
    day
        The day; what happened later is not seen.
    visited
        Days on which each object was visited.
    missed
        Pairs of round and object: planned or drawn, and reported as not done or carried over.
    """

    day: dt.date
    visited: Mapping[str, Sequence[dt.date]]
    missed: Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Openness:
    """Which rounds may be shown on a day.

    ``closed`` maps every other round to why: ``week_not_over``, ``visits_to_come`` or
    ``secret_field``. ``links`` is how many links of the chain, from its beginning, may be shown.
    """

    rounds: frozenset[str]
    closed: Mapping[str, str]
    links: int


@dataclass(slots=True)
class _Round:
    """One round of the chain: whom its links name, and who was replaced."""

    name: str
    monday: dt.date
    ids: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    drawn: bool = False
    fit: bool = True

    @property
    def sunday(self) -> dt.date:
        """The last day of its week."""
        return self.monday + dt.timedelta(days=6)


def openness(
    chain: Sequence[Link],
    *,
    told: Told,
    limit: Callable[[dt.date], dt.date],
) -> Openness:
    """Return which rounds of *chain* everyone may read.

    Parameters
    ----------
    limit
        Until when the result of a visit on a day must be public. Whoever was not heard of by the
        limit of the week's last day keeps no round closed any longer, unless drawn again since.
    """
    rounds = _rounds(chain)
    living = {one.monday: one for one in rounds.values() if one.drawn}  # the last of each week
    closed: dict[str, str] = {}
    for one in rounds.values():
        if told.day <= one.sunday:
            closed[one.name] = "week_not_over"
        elif not one.fit:
            closed[one.name] = "secret_field"
        elif not all(_settled(id_, one, living=living, told=told, limit=limit) for id_ in one.ids):
            closed[one.name] = "visits_to_come"
    shown = (_round_of(link) not in closed for link in chain)
    links = next((index for index, open_ in enumerate(shown) if not open_), len(chain))
    return Openness(rounds=frozenset(rounds) - set(closed), closed=closed, links=links)


def _round_of(link: Link) -> str:
    return str(link["record"].get("round", ""))


def _rounds(chain: Sequence[Link]) -> dict[str, _Round]:
    found: dict[str, _Round] = {}
    for link in chain:
        record = link["record"]
        name = _round_of(link)
        one = found.setdefault(name, _Round(name=name, monday=monday_of_round(name)))
        one.fit &= set(record) <= PUBLIC_FIELDS.get(str(record.get("kind")), frozenset())
        match record.get("kind"):
            case "commit":
                one.ids |= set(record["carried"])
            case "draw":
                one.drawn = True
                one.ids |= {entry["id"] for entry in record["selected"]}
                one.fit &= is_public(record["frame"])
            case "substitute":
                one.ids.add(record["substitute"])
                one.replaced.add(record["object"])
    return found


def _settled(
    id_: str,
    one: _Round,
    *,
    living: Mapping[dt.date, _Round],
    told: Told,
    limit: Callable[[dt.date], dt.date],
) -> bool:
    """Tell whether naming an object of a round gives away no visit."""
    days = told.visited.get(id_, ())
    if any(one.monday <= day <= told.day for day in days) or id_ in one.replaced:
        return True
    latest = living[max(living)] if living else one
    if latest.monday > one.monday and id_ in latest.ids:  # carried over, or drawn again
        return _settled(id_, latest, living=living, told=told, limit=limit)
    heir = living.get(one.monday, one)
    if heir is not one:  # redrawn, or committed and abandoned
        return id_ not in heir.ids or _settled(id_, heir, living=living, told=told, limit=limit)
    if told.day > limit(one.sunday):
        return True
    return latest.monday > one.monday and (one.name, id_) in told.missed
