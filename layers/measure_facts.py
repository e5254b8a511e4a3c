"""Facts about an object that rules ask for, each with the records that show it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    import pandas as pd

    Row = Mapping[str, Any]

_USED = {
    "sites": ("id", "status", "discovered", "closed", "relapses", "behaviour"),
    "cases": ("id", "object", "filed", "behaviours", "concluded", "outcome", "state"),
    "orders": ("id", "object", "kind", "issued", "reviewed", "outcome", "state"),
    "penalties": ("id", "case", "object", "decided", "kind", "amount"),
    "hazards": ("id", "object", "found", "serious", "deadline", "state"),
    "handovers": ("id", "object", "sent", "kind"),
    "listings": ("id", "object", "kind", "start", "state"),
    "restarts": ("id", "object", "applied", "examined", "restarted", "outcome", "state"),
    "accidents": ("id", "object", "on", "deaths", "illegal", "concealed"),
    "seizures": ("id", "object", "on"),
    "closures": ("site", "closed", "missing", "full"),
    "visits": ("id", "object", "date", "result"),
}
"""Columns of the states that some fact reads."""
_KEPT: dict[str, tuple[str, object]] = {
    "hazards": ("serious", True),
    "visits": ("result", "refused"),
}
"""What a column says in the rows that some fact reads, where that is not all of them."""
_OWNER = {"sites": "id", "closures": "site"}


class Evidence(NamedTuple):
    """A record that shows a fact: register, id, and the day on which it happened."""

    register: str
    id: str
    on: dt.date


@dataclass(slots=True, kw_only=True)
class History:
    """The records of one object up to ``day``, by register, as the facts read them."""

    day: dt.date
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __getitem__(self, register: str) -> list[Row]:
        """Return the records of *register*, none where there are none."""
        return self.rows.get(register, [])

    @property
    def is_site(self) -> bool:
        """Whether it is an illegal site."""
        return "sites" in self.rows


def histories(
    states: Mapping[str, pd.DataFrame], day: dt.date, *, only: Container[str] | None = None
) -> dict[str, History]:
    """Return the history of every object that has a record which some fact could be about.

    Those of some objects *only*, if they are named.
    """
    found: dict[str, History] = {}
    for register, names in _USED.items():
        frame = states.get(register)
        if frame is None or frame.empty:
            continue
        if register in _KEPT:
            column, said = _KEPT[register]
            frame = frame[frame[column] == said]
        owner = _OWNER.get(register, "object")
        at = names.index(owner)
        for cells in zip(*(frame[name].tolist() for name in names), strict=True):
            if only is not None and cells[at] not in only:
                continue
            history = found.setdefault(cells[at], History(day=day))
            history.rows.setdefault(register, []).append(dict(zip(names, cells, strict=True)))
    return found


def _since(history: History, days: int | None) -> dt.date:
    return dt.date.min if days is None else history.day - dt.timedelta(days=days)


def _shown(register: str, rows: Iterable[Row], on: str, since: dt.date) -> list[Evidence]:
    """Return rows as evidence, those of *since* or later."""
    return [
        Evidence(register, row["id"], row[on])
        for row in rows
        if row[on] is not None and row[on] >= since
    ]


def offence(
    history: History,
    *,
    codes: Iterable[str] = (),
    days: int | None = None,
    open_only: bool = False,
) -> list[Evidence]:
    """Show cases filed, with some behaviours or any; only open ones if *open_only*."""
    wanted = set(codes)
    rows = [
        row
        for row in history["cases"]
        if (not wanted or wanted & set(row["behaviours"]))
        and not (open_only and row["state"] == "concluded")
        and row["outcome"] not in ("not_penalised", "dropped")
    ]
    return _shown("cases", rows, "filed", _since(history, days))


def illegal_site(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show an illegal site that is open."""
    rows = [row for row in history["sites"] if row["status"] == "open"]
    return _shown("sites", rows, "discovered", _since(history, days))


def relapse(history: History, *, codes: Iterable[str] = ()) -> list[Evidence]:
    """Show a site that is open again after its closure, or an open case of the named codes."""
    wanted = set(codes)
    sites = [
        row
        for row in history["sites"]
        if row["status"] == "open" and (row["relapses"] or row["behaviour"] in wanted)
    ]
    return _shown("sites", sites, "discovered", dt.date.min) + (
        offence(history, codes=wanted, open_only=True) if wanted else []
    )


def failed_suspension(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show a suspension whose re-inspection found it not met, or a restart that was refused."""
    since = _since(history, days)
    failed = [
        row
        for row in history["orders"]
        if row["kind"] == "suspend" and row["state"] == "open" and row["outcome"] in _UNMET
    ]
    last = max((row["examined"] for row in history["restarts"] if row["examined"]), default=None)
    refused = [
        row for row in history["restarts"]
        if row["state"] == "refused" and row["examined"] == last
    ]  # fmt: skip
    return _shown("orders", failed, "reviewed", since) + _shown(
        "restarts", refused, "examined", since
    )


_UNMET = ("partly", "not_met")


def suspension_defied(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show production in spite of a suspension: an unaccepted restart, or a case of K3."""
    return unaccepted_restart(history, days=days) + offence(history, codes=("K3",), days=days)


def unaccepted_restart(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show a restart that nobody accepted, unless a later one was accepted."""
    accepted = [
        row["examined"] for row in history["restarts"]
        if row["outcome"] == "accepted" and row["examined"]
    ]  # fmt: skip
    rows = [
        row
        for row in history["restarts"]
        if row["state"] == "unaccepted_restart"
        and not any(day > row["restarted"] for day in accepted)
    ]
    return _shown("restarts", rows, "restarted", _since(history, days))


def refused(
    history: History, *, codes: Iterable[str] = (), days: int | None = None
) -> list[Evidence]:
    """Show a visit that was refused, or a case of the named codes."""
    visits = _shown("visits", history["visits"], "date", _since(history, days))
    return visits + (offence(history, codes=codes, days=days) if codes else [])


def offence_after_rectification(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show a case filed after an order had been found met: unlawful again after rectification."""
    met = [row["reviewed"] for row in history["orders"] if row["state"] == "met"]
    first = min((day for day in met if day), default=None)
    if first is None:
        return []
    return [one for one in offence(history, days=days) if one.on > first]


def crime(history: History, *, days: int | None = None) -> list[Evidence]:
    """Show a detention, a death by an illegal act, or a case that was to be handed over."""
    since = _since(history, days)
    detained = [row for row in history["penalties"] if row["kind"] == "detention"]
    deadly = [row for row in history["accidents"] if row["deaths"] and row["illegal"]]
    cases = [row for row in history["cases"] if row["outcome"] == "handed_over"]
    return (
        _shown("penalties", detained, "decided", since)
        + _shown("accidents", deadly, "on", since)
        + _shown("cases", cases, "filed", since)
    )


def accident(
    history: History, *, days: int | None = None, deaths: int = 0, illegal: bool = False,
    concealed: bool = False,
) -> list[Evidence]:  # fmt: skip
    """Show an accident with at least so many deaths, out of an illegal act, or concealed."""
    rows = [
        row
        for row in history["accidents"]
        if row["deaths"] >= deaths
        and (row["illegal"] or not illegal)
        and (row["concealed"] or not concealed)
    ]
    return _shown("accidents", rows, "on", _since(history, days))


def serious_hazard(
    history: History, *, days: int | None = None, overdue: bool = False
) -> list[Evidence]:
    """Show a serious hazard: open, or found within so many days; only overdue ones if *overdue*.

    An overdue one is shown with the day on which it became overdue.
    """
    if overdue:
        late = [row for row in history["hazards"] if row["state"] == "overdue"]
        return [Evidence("hazards", row["id"], row["deadline"] + _ONE_DAY) for row in late]
    since = _since(history, days)
    rows = [
        row for row in history["hazards"]
        if row["state"] in ("open", "overdue") or (days is not None and row["found"] >= since)
    ]  # fmt: skip
    return _shown("hazards", rows, "found", dt.date.min)


def penalties(history: History, *, days: int, times: int = 1) -> list[Evidence]:
    """Show *times* penalties within *days*, the last of them within a year up to now.

    Several penalties of one case on one day are one decision (one time).
    """
    decisions: dict[tuple[str, dt.date], Evidence] = {}
    for one in history["penalties"]:
        key = (one["case"] or one["id"], one["decided"])
        decisions.setdefault(key, Evidence("penalties", one["id"], one["decided"]))
    line = sorted(decisions.values(), key=lambda one: one.on)
    first = _since(history, _LATELY)
    for end in range(len(line), times - 1, -1):
        window = line[end - times : end]
        if window[-1].on > first and (window[-1].on - window[0].on).days < days:
            return window
    return []


def closure_gap(history: History) -> list[Evidence]:
    """Show a closed site whose checklist has a gap."""
    return [
        Evidence("closures", row["site"], row["closed"])
        for row in history["closures"]
        if row["closed"] is not None and not row["full"]
    ]


def suspended(history: History) -> list[Evidence]:
    """Show a suspension in force: ordered, or decided as a penalty and not accepted since."""
    rows = [r for r in history["orders"] if r["kind"] == "suspend" and r["state"] == "open"]
    accepted = max(
        (r["examined"] for r in history["restarts"] if r["state"] == "accepted" and r["examined"]),
        default=dt.date.min,
    )
    decided = [r for r in history["penalties"] if r["kind"] == "suspension"]
    return _shown("orders", rows, "issued", dt.date.min) + _shown(
        "penalties", decided, "decided", accepted
    )


def closed(history: History) -> list[Evidence]:
    """Show that it is closed for good, and not found at work again."""
    reopened = any(row["status"] == "open" for row in history["sites"])
    return [
        Evidence("closures", row["site"], row["closed"])
        for row in history["closures"]
        if row["closed"] is not None and not reopened
    ]


def supervised(history: History) -> list[Evidence]:
    """Show that it is under listed supervision that was not removed."""
    return _on_list(history, "supervision")


def black_listed(history: History) -> list[Evidence]:
    """Show that it is on the black list."""
    return _on_list(history, "black_list")


def _on_list(history: History, kind: str) -> list[Evidence]:
    rows = [r for r in history["listings"] if r["kind"] == kind and r["state"] != "removed"]
    return _shown("listings", rows, "start", dt.date.min)


def handed_to_justice(history: History) -> list[Evidence]:
    """Show that it was handed over to criminal justice within two years (行政处罚法 §36)."""
    rows = [row for row in history["handovers"] if row["kind"] == "criminal"]
    return _shown("handovers", rows, "sent", _since(history, _LIMITATION))


_LIMITATION = 730
_LATELY = 365
_ONE_DAY = dt.timedelta(days=1)


def fined_since_offence(history: History) -> list[Evidence]:
    """Show a fine decided on or after the day of the last case."""
    last = max((row["filed"] for row in history["cases"]), default=None)
    if last is None:
        last = max((row["date"] for row in history["visits"]), default=dt.date.min)
    rows = [row for row in history["penalties"] if row["amount"]]
    return _shown("penalties", rows, "decided", last)


def measure_taken(history: History) -> list[Evidence]:
    """Show anything that was done: penalty, seizure, order, handover or closure."""
    return [
        *_shown("penalties", history["penalties"], "decided", dt.date.min),
        *_shown("seizures", history["seizures"], "on", dt.date.min),
        *_shown("orders", history["orders"], "issued", dt.date.min),
        *_shown("handovers", history["handovers"], "sent", dt.date.min),
        *closed(history),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact by its name in rules: how to look for it, and the settings that it takes."""

    look: Callable[..., list[Evidence]]
    settings: frozenset[str] = frozenset()


def _fact(look: Callable[..., list[Evidence]]) -> Fact:
    return Fact(look=look, settings=frozenset(signature(look).parameters) - {"history"})


FACTS: dict[str, Fact] = {
    look.__name__: _fact(look)
    for look in (
        offence, illegal_site, relapse, failed_suspension, suspension_defied, unaccepted_restart,
        refused, offence_after_rectification, crime, accident, serious_hazard, penalties,
        closure_gap, suspended, closed, supervised, black_listed, handed_to_justice,
        fined_since_offence, measure_taken,
    )
}  # fmt: skip
"""Every fact that a rule may ask for."""
