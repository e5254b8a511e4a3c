"""Rounds: the weeks that were committed to, drawn and planned, as a chain of events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cases import VISIT_COLUMNS, known_on
from layers.events import Event, EventKind
from layers.refusals import CodedError
from layers.rows import records
from scheduler.ledger import GENESIS, link
from scheduler.substitutes import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAIN = (
    EventKind.COMMITTED, EventKind.ABANDONED, EventKind.DRAWN, EventKind.SUBSTITUTED,
    EventKind.PLANNED,
)  # fmt: skip
"""Events that hold a link of the hash chain."""


class WeekError(CodedError, ValueError):
    """A week that cannot be made; ``code`` says why, ``detail`` what the sentence needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One attempt at a week: its commitment if there is one, its draw, and its plan.

    Attributes
    ----------
    number
        1 for the first attempt at the week, one more for each other.
    attempts
        Greatest number of the week so far.
    committed
        ``link`` and ``frame`` of the commitment; None for a direct draw.
    abandoned
        Why the commitment is not opened; empty while it may be.
    drawn
        Link of the hash chain with the draw's record; None before the opening.
    substituted
        Records of the substitutes so far.
    planned
        ``record``, ``manifest`` and ``link`` of the plan; None while there is none.
    """

    monday: dt.date
    number: int
    attempts: int = 0
    committed: Mapping[str, Any] | None = None
    abandoned: str = ""
    drawn: Mapping[str, Any] | None = None
    substituted: tuple[Mapping[str, Any], ...] = ()
    planned: Mapping[str, Any] | None = None

    @property
    def week(self) -> str:
        """Name of the week, such as ``2026-W48``."""
        return week_name(self.monday)

    @property
    def name(self) -> str:
        """Name of the round: that of the week, with the number of another attempt."""
        return round_name(self.monday, self.number)

    @property
    def link(self) -> Mapping[str, Any]:
        """Link with the record of the draw."""
        assert self.drawn is not None  # noqa: S101 - asked for after the draw only
        return self.drawn

    @property
    def bench(self) -> Bench:
        """Who is to be visited after all substitutes, and who comes next."""
        bench = Bench.of(self.link["record"])
        for one in self.substituted:
            bench.replace(one["object"])
        return bench

    @property
    def sealed(self) -> bool:
        """Tell whether the round waits for its opening."""
        return self.committed is not None and self.drawn is None and not self.abandoned


def week_name(monday: dt.date) -> str:
    """Return the ISO week of *monday*, such as ``2026-W48``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def round_name(monday: dt.date, number: int) -> str:
    """Return the id of a round, which is part of every ticket of its draw."""
    return week_name(monday) if number == 1 else f"{week_name(monday)}.{number}"


def latest(monday: dt.date) -> Round | None:
    """Return the round of a week that counts, None where it was never begun.

    That is the last one, or the planned one where a redraw was committed to and given up.
    """
    from xunge.web.ledger import frames

    made: dict[int, Round] = {}
    for event in records(frames.events(*CHAIN, subject=week_name(monday))):
        number = int(event["key"].partition(":")[0])
        made[number] = _grown(made.get(number) or Round(monday=monday, number=number), event)
    if not made:
        return None
    last = made[max(made)]
    planned = [one for one in made.values() if one.planned is not None]
    return replace(planned[-1] if last.abandoned and planned else last, attempts=last.number)


def _grown(one: Round, event: Mapping[str, Any]) -> Round:
    """Return a round with what an event adds to it."""
    data = event["data"]
    match event["kind"]:
        case EventKind.COMMITTED:
            return replace(one, committed=data)
        case EventKind.ABANDONED:
            return replace(one, abandoned=data["link"]["record"]["reason"])
        case EventKind.DRAWN:
            return replace(one, drawn=data)
        case EventKind.SUBSTITUTED:
            return replace(one, substituted=(*one.substituted, data["link"]["record"]))
        case _:
            return replace(one, planned=data)


def chain() -> list[dict[str, Any]]:
    """Return every link of the hash chain, oldest first."""
    from xunge.web.ledger import frames

    return [_link_of(event) for event in records(frames.events(*CHAIN))]


def _link_of(event: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = event["data"]
    return data if event["kind"] == EventKind.DRAWN else data["link"]


def refuse_unless_next(monday: dt.date, *, current: Round | None, redraw: bool) -> None:
    """Refuse a week before a recorded one, and a redraw without a draw or after visits.

    Raises
    ------
    WeekError
        ``later_week_recorded``, ``not_opened``, ``nothing_to_redraw`` or ``results_reported``.
    """
    from xunge.web.ledger import frames

    last = frames.last_event(EventKind.COMMITTED, EventKind.DRAWN)
    if last is not None and last["on"] > monday:
        raise WeekError("later_week_recorded", week=week_name(monday), later=last["subject"])
    before = None if last is None else latest(last["on"])
    if before is not None and before.sealed:
        raise WeekError("not_opened", round=before.name, date=before.monday.isoformat())
    if redraw and (current is None or current.planned is None):
        raise WeekError("nothing_to_redraw", week=week_name(monday))
    if redraw and reported(frames.events(EventKind.VISITED, EventKind.NOT_VISITED), monday):
        raise WeekError("results_reported", week=week_name(monday))


def reported(events: pd.DataFrame, monday: dt.date) -> set[str]:
    """Return the visits of a week of which anything has been reported."""
    prefix = f"{week_name(monday)}"
    return {key for key in events["key"] if key.startswith((f"{prefix}-", f"{prefix}."))}


def seal(
    monday: dt.date, *, number: int, record: Mapping[str, Any], frame: Mapping[str, Any]
) -> Round:
    """Record a commitment as the next link of the chain, and its frame beside it."""
    from xunge.web import database

    with database.all_or_nothing():
        data = {"link": _next_link(record), "frame": dict(frame)}
        _append(_event(EventKind.COMMITTED, monday, str(number), data))
    return Round(monday=monday, number=number, committed=data)


def give_up(sealed: Round, *, record: Mapping[str, Any]) -> dict[str, Any]:
    """Record why a commitment is not opened; return the link."""
    from xunge.web import database

    with database.all_or_nothing():
        data = {"link": _next_link(record)}
        _append(_event(EventKind.ABANDONED, sealed.monday, str(sealed.number), data))
    return data["link"]


def begin(monday: dt.date, *, number: int, drawn: Mapping[str, Any]) -> Round:
    """Record a draw as the next link of the chain."""
    from xunge.web import database

    with database.all_or_nothing():
        joined = _next_link(drawn)
        _append(_event(EventKind.DRAWN, monday, str(number), joined))
    return Round(monday=monday, number=number, drawn=joined)


def stand_in(drawn: Round, *, record: Mapping[str, Any]) -> dict[str, Any]:
    """Record a substitute; return the link."""
    from xunge.web import database

    key = f"{drawn.number}:{len(drawn.substituted) + 1}"
    with database.all_or_nothing():
        link_ = _next_link(record)
        data = {"link": link_, "planned": drawn.planned is not None}
        _append(_event(EventKind.SUBSTITUTED, drawn.monday, key, data))
    return link_


def conclude(started: Round, *, record: Mapping[str, Any], manifest: Mapping[str, str]) -> None:
    """Record the plan of a round, and the drawn objects that it carries to the next week.

    A plan made again is one more link, which names the one that it takes the place of.
    """
    from xunge.web import database

    summary = {
        "kind": "plan", "digest": started.link["record"]["digest"], "round": started.name,
        "draw": started.link["hash"], "files": dict(manifest),
    }  # fmt: skip
    key, known = str(started.number), set()
    if started.planned is not None:
        known = set(started.planned["record"]["carried"])
        revision = revision_of(record)
        key = f"{started.number}:{revision}"
        summary |= {"revision": revision, "replaces": started.planned["link"]["hash"],
                    "reason": record["replan"]["reason"]}  # fmt: skip
    carried_over = [
        Event(kind=EventKind.CARRIED, subject=object_, on=started.monday, key=started.name,
              data={"order": order})
        for order, object_ in enumerate(record["carried"], start=1)
        if object_ not in known
    ]  # fmt: skip
    with database.all_or_nothing():
        data = {"record": dict(record), "manifest": dict(manifest), "link": _next_link(summary)}
        planned = _event(EventKind.PLANNED, started.monday, key, data)
        _append(planned, *carried_over)


def revision_of(record: Mapping[str, Any]) -> int:
    """Return how many times a week was planned: 1, and one more for each time since."""
    replan = record.get("replan")
    return 1 if replan is None else int(replan["revision"])


def label_of(made: Round, record: Mapping[str, Any]) -> str:
    """Return the folder name of the files that give way to those of *record*."""
    revision = revision_of(record)
    return f"before-{made.name}" + (f"-r{revision}" if revision > 1 else "")


def _event(kind: EventKind, monday: dt.date, key: str, data: Mapping[str, Any]) -> Event:
    return Event(kind=kind, subject=week_name(monday), on=monday, key=key, data=data)


def _next_link(record: Mapping[str, Any]) -> dict[str, Any]:
    from xunge.web.ledger import frames

    last = frames.last_event(*CHAIN)
    return link(GENESIS if last is None else _link_of(last)["hash"], record=record)


def _append(*events: Event) -> None:
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=events[0].on, files=[], summary={})
    frames.append(events, batch=batch)


def carried(events: pd.DataFrame, monday: dt.date) -> tuple[str, ...]:
    """Return the objects that the last recorded week before *monday* owes, in ticket order.

    Those that did not fit, those that were planned and reported as not visited, and substitutes
    named after the plan was made; unless they have been visited since.
    """
    from xunge.web.ledger import frames

    last = frames.last_event(EventKind.PLANNED, before=monday)
    if last is None:
        return ()
    record = last["data"]["record"]
    told = known_on(
        events, monday - dt.timedelta(days=1),
        EventKind.NOT_VISITED, EventKind.VISITED,
    )  # fmt: skip
    since = told[told["on"] >= last["on"]]
    owed = set(record["carried"])
    owed |= set(since[since["kind"] == EventKind.NOT_VISITED]["subject"])
    visited = set(since[since["kind"] == EventKind.VISITED]["subject"])
    heirs = _heirs(last["subject"], number=last["key"].partition(":")[0])
    result = []
    for drawn in record["drawn"]:
        object_ = drawn
        while object_ in heirs:
            object_ = heirs[object_]
        if (object_ in owed or object_ != drawn) and object_ not in visited:
            result.append(object_)
    return tuple(result)


def _heirs(week: str, *, number: str) -> dict[str, str]:
    """Return who was replaced after the plan of a round was made, and by whom."""
    from xunge.web.ledger import frames

    found = records(frames.events(EventKind.SUBSTITUTED, subject=week))
    made = [
        event["data"]["link"]["record"]
        for event in found
        if event["data"]["planned"] and event["key"].partition(":")[0] == number
    ]
    return {one["object"]: one["substitute"] for one in made}


def unreported(events: pd.DataFrame, monday: dt.date, *, since: dt.date) -> pd.DataFrame:
    """Return visits planned in [*since*, *monday*) of which nothing has been reported yet.

    Columns as :func:`layers.cases.visits_as_of`. A week is drafted before the results of the one
    before are in; whoever is on its list must not be drawn again for that.
    """
    from xunge.web.ledger import frames

    plans: dict[str, Mapping[str, Any]] = {}
    for event in records(frames.events(EventKind.PLANNED)):
        if since <= event["on"] < monday:
            plans[event["subject"]] = event["data"]["record"]
    told = set(events["key"])
    rows = []
    for record in plans.values():
        visits = {visit["id"]: visit for visit in record["visits"]}
        days = {day["id"]: dt.date.fromisoformat(day["day"]) for day in record["team_days"]}
        rows += [
            {
                "id": stop["visit"],
                "object": visits[stop["visit"]]["object"],
                "date": days[route["team_day"]],
                "kind": visits[stop["visit"]]["kind"],
            }
            for route in record["plan"]["routes"]
            for stop in route["stops"]
            if stop["visit"] not in told and not visits[stop["visit"]].get("part_of")
        ]
    return pd.DataFrame(rows, columns=list(VISIT_COLUMNS), dtype=object)
