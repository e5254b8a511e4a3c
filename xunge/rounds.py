"""Rounds: the weeks that were drawn and planned, as a chain of events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cases import VISIT_COLUMNS, known_on
from layers.events import Event, EventKind
from layers.rows import records
from scheduler.ledger import GENESIS, link

if TYPE_CHECKING:
    from collections.abc import Mapping


class WeekError(ValueError):
    """A week that cannot be made; ``code`` says why, ``detail`` what the sentence needs."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One draw of one week, and its plan once it is made.

    Attributes
    ----------
    number
        1 for the first draw of the week, one more for each redraw.
    drawn
        Link of the hash chain with the draw's record.
    planned
        ``record``, ``manifest`` and ``link`` of the plan; None while there is none.
    """

    monday: dt.date
    number: int
    drawn: Mapping[str, Any]
    planned: Mapping[str, Any] | None = None

    @property
    def week(self) -> str:
        """Name of the week, such as ``2026-W48``."""
        return week_name(self.monday)

    @property
    def name(self) -> str:
        """Name of the round: that of the week, with the number of a redraw."""
        return round_name(self.monday, self.number)


def week_name(monday: dt.date) -> str:
    """Return the ISO week of *monday*, such as ``2026-W48``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def round_name(monday: dt.date, number: int) -> str:
    """Return the id of a round, which is part of every ticket of its draw."""
    return week_name(monday) if number == 1 else f"{week_name(monday)}.{number}"


def latest(monday: dt.date) -> Round | None:
    """Return the latest round of a week, None where it was never drawn."""
    from xunge.web.ledger import frames

    found: Round | None = None
    rows = frames.events(EventKind.DRAWN, EventKind.PLANNED, subject=week_name(monday))
    for event in records(rows):
        number = int(event["key"])
        if event["kind"] == EventKind.DRAWN:
            found = Round(monday=monday, number=number, drawn=event["data"])
        elif found is not None and found.number == number:
            found = replace(found, planned=event["data"])
    return found


def chain() -> list[dict[str, Any]]:
    """Return every link of the hash chain, oldest first."""
    from xunge.web.ledger import frames

    links = []
    for event in records(frames.events(EventKind.DRAWN, EventKind.PLANNED)):
        links.append(_link_of(event))
    return links


def _link_of(event: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = event["data"]
    return data if event["kind"] == EventKind.DRAWN else data["link"]


def refuse_unless_next(monday: dt.date, *, current: Round | None, redraw: bool) -> None:
    """Refuse a week before a recorded one, and a redraw without a draw or after visits.

    Raises
    ------
    WeekError
        ``later_week_recorded``, ``nothing_to_redraw`` or ``results_reported``.
    """
    from xunge.web.ledger import frames

    last = frames.last_event(EventKind.DRAWN)
    if last is not None and last["on"] > monday:
        raise WeekError("later_week_recorded", week=week_name(monday), later=last["subject"])
    if redraw and (current is None or current.planned is None):
        raise WeekError("nothing_to_redraw", week=week_name(monday))
    if redraw and reported(frames.events(EventKind.VISITED, EventKind.NOT_VISITED), monday):
        raise WeekError("results_reported", week=week_name(monday))


def reported(events: pd.DataFrame, monday: dt.date) -> set[str]:
    """Return the visits of a week of which anything has been reported."""
    prefix = f"{week_name(monday)}"
    return {key for key in events["key"] if key.startswith((f"{prefix}-", f"{prefix}."))}


def begin(monday: dt.date, *, number: int, drawn: Mapping[str, Any]) -> Round:
    """Record a draw as the next link of the chain."""
    from xunge.web import database

    with database.all_or_nothing():
        joined = _next_link(drawn)
        _append(Event(kind=EventKind.DRAWN, subject=week_name(monday), on=monday, key=str(number),
                      data=joined))  # fmt: skip
    return Round(monday=monday, number=number, drawn=joined)


def conclude(started: Round, *, record: Mapping[str, Any], manifest: Mapping[str, str]) -> None:
    """Record the plan of a round, and the drawn objects that it carries to the next week."""
    from xunge.web import database

    summary = {
        "kind": "plan", "round": started.name, "draw": started.drawn["hash"],
        "files": dict(manifest), "plan": record["plan"], "crews": record["crews"],
    }  # fmt: skip
    carried_over = [
        Event(kind=EventKind.CARRIED, subject=object_, on=started.monday, key=started.name,
              data={"order": order})
        for order, object_ in enumerate(record["carried"], start=1)
    ]  # fmt: skip
    with database.all_or_nothing():
        data = {"record": dict(record), "manifest": dict(manifest), "link": _next_link(summary)}
        planned = Event(kind=EventKind.PLANNED, subject=started.week, on=started.monday,
                        key=str(started.number), data=data)  # fmt: skip
        _append(planned, *carried_over)


def _next_link(record: Mapping[str, Any]) -> dict[str, Any]:
    from xunge.web.ledger import frames

    last = frames.last_event(EventKind.DRAWN, EventKind.PLANNED)
    return link(GENESIS if last is None else _link_of(last)["hash"], record=record)


def _append(*events: Event) -> None:
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=events[0].on, files=[], summary={})
    frames.append(events, batch=batch)


def carried(events: pd.DataFrame, monday: dt.date) -> tuple[str, ...]:
    """Return the objects that the last recorded week before *monday* owes, in ticket order.

    Those that did not fit, and those that were planned and reported as not visited, unless they
    have been visited since.
    """
    from xunge.web.ledger import frames

    last = frames.last_event(EventKind.PLANNED, before=monday)
    if last is None:
        return ()
    record = last["data"]["record"]
    told = known_on(
        events, monday - dt.timedelta(days=1),
        EventKind.CARRIED, EventKind.NOT_VISITED, EventKind.VISITED,
    )  # fmt: skip
    since = told[told["on"] >= last["on"]]
    owed = set(since[since["key"] == record["round"]]["subject"])
    owed |= set(since[since["kind"] == EventKind.NOT_VISITED]["subject"])
    owed -= set(since[since["kind"] == EventKind.VISITED]["subject"])
    return tuple(object_ for object_ in record["drawn"] if object_ in owed)


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
            if stop["visit"] not in told
        ]
    return pd.DataFrame(rows, columns=list(VISIT_COLUMNS), dtype=object)
