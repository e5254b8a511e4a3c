"""What the bureau knows on a given day: registers, states and objects, read once from the door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import cases
from layers.events import EventKind
from layers.rows import records
from layers.still import still
from scheduler.problem import Inspector
from xunge.objects import objects as objects_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from layers.codes import CodeTable

REGISTERS = (
    "departments", "areas", "grids", "stations", "vehicles", "inspectors", "experts", "enterprises",
    "sites", "reports",
)  # fmt: skip

# What the program itself puts on record; it is dated by its week.
_OWN = tuple(
    kind.value
    for kind in (
        EventKind.ABANDONED, EventKind.CARRIED, EventKind.CHORE, EventKind.CONFLICT,
        EventKind.DUTY_MET, EventKind.IDENTITY_KEPT, EventKind.IDENTITY_READ, EventKind.PUBLISHED,
        EventKind.RESOLVED, EventKind.RESTORED, EventKind.SUBSTITUTED,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Knowledge:
    """Registers as they stand, and states as they were on the evening of ``day``.

    Attributes
    ----------
    day
        Last day that is known; events after it are not seen.
    registers
        Frames by name.
    objects
        Everything that can be visited, see :func:`xunge.objects.objects`.
    visits, orders, sites, reports, hazards, cases, penalties, seizures, handovers, listings
        States of :mod:`layers.cases`, like those that follow.
    remedies, closures, restarts, accidents
        Likewise.
    discoveries
        Columns object, on, known: sites discovered and reports substantiated, with the day from
        which that was known.
    later
        Number of events after ``day`` (a ledger that reaches beyond the week).
    """

    day: dt.date
    registers: Mapping[str, pd.DataFrame]
    objects: pd.DataFrame
    visits: pd.DataFrame
    orders: pd.DataFrame
    sites: pd.DataFrame
    reports: pd.DataFrame
    hazards: pd.DataFrame
    cases: pd.DataFrame
    penalties: pd.DataFrame
    seizures: pd.DataFrame
    handovers: pd.DataFrame
    listings: pd.DataFrame
    remedies: pd.DataFrame
    closures: pd.DataFrame
    restarts: pd.DataFrame
    accidents: pd.DataFrame
    discoveries: pd.DataFrame
    events: pd.DataFrame
    later: int

    def area_names(self) -> dict[str, str]:
        """Return names of towns and villages by code."""
        areas = self.registers["areas"]
        return dict(zip(areas["id"], areas["name"], strict=True))


@still()
def know(day: dt.date, *, tables: Mapping[str, CodeTable]) -> Knowledge:
    """Read everything that is known on *day* from the open database."""
    from xunge.web.ledger import frames  # the door opens only after the database

    registers = {name: frames.register(name) for name in REGISTERS}
    events = frames.events()
    states = states_on(day, events, registers["enterprises"], tables=tables)
    registers["enterprises"] = _in_force(registers["enterprises"], events, states["orders"], day)
    found = objects_of(
        registers["enterprises"], registers["sites"], registers["reports"], tables=tables
    )
    return Knowledge(
        day=day,
        registers=registers,
        objects=found,
        **states,
        discoveries=_discoveries(events, states["reports"], day),
        events=events,
        later=int(((events["on"] > day) & ~events["kind"].isin(_OWN)).sum()),
    )


def states_on(
    day: dt.date,
    events: pd.DataFrame,
    enterprises: pd.DataFrame,
    *,
    tables: Mapping[str, CodeTable],
) -> dict[str, pd.DataFrame]:
    """Return the state of every kind of record on *day*, by the names of :data:`cases.STATES`.

    An enterprise's industry decides what its closure needs.
    """
    industries = dict(zip(enterprises["id"], enterprises["industry"], strict=True))
    with still():
        return cases.states_on(day, events, industries=industries, tables=tables)


def _in_force(
    enterprises: pd.DataFrame, events: pd.DataFrame, orders: pd.DataFrame, day: dt.date
) -> pd.DataFrame:
    """Return the register with the operating status that visits have found since.

    An enterprise that was closed stays closed, and one whose last visit suspended it stays
    suspended while that order is open, whatever an older ledger says.
    """
    closed = set(cases.known_on(events, day, EventKind.CLOSED)["subject"])
    stopped = orders[(orders["kind"] == "suspend") & (orders["state"] == "open")]
    suspended = set(stopped["object"]) - closed
    status = [
        "closed" if key in closed else "suspended" if key in suspended else known
        for key, known in zip(enterprises["id"], enterprises["operating_status"], strict=True)
    ]
    return enterprises.assign(
        operating_status=pd.Series(status, index=enterprises.index, dtype=object)
    )


def _discoveries(events: pd.DataFrame, reports: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    sites = cases.known_on(events, day, EventKind.DISCOVERED)[["subject", "on"]]
    true = reports[reports["outcome"] == "substantiated"][["id", "received", "verified"]]
    renamed = [
        sites.rename(columns={"subject": "object"}).assign(known=sites["on"]),
        true.rename(columns={"id": "object", "received": "on", "verified": "known"}),
    ]
    return pd.concat(renamed, ignore_index=True)


def inspectors(knowledge: Knowledge, *, tables: Mapping[str, CodeTable]) -> tuple[Inspector, ...]:
    """Return the list of inspectors as the scheduler knows them, department by name."""
    names = department_names(knowledge)
    return tuple(
        Inspector(
            id=row["id"], name=row["name"],
            department=names.get(row["department"], row["department"]),
            specialities=frozenset(row["specialities"]), certified_until=row["certificate_expiry"],
            may_inspect=bool(tables["role"].data_of(row["role"] or "officer").get("may_inspect")),
            leave=row["leave"], avoid=frozenset(row["avoid"]),
        )
        for row in records(knowledge.registers["inspectors"])
    )  # fmt: skip


def experts(knowledge: Knowledge) -> tuple[Inspector, ...]:
    """Return the experts; they assist and never count as inspectors."""
    return tuple(
        Inspector(
            id=row["id"], name=row["name"], department=row["employer"] or "",
            specialities=frozenset(row["domains"]), may_inspect=False, leave=row["leave"],
            avoid=frozenset(row["avoid"]),
        )
        for row in records(knowledge.registers["experts"])
    )  # fmt: skip


def department_names(knowledge: Knowledge) -> dict[str, str]:
    """Return the full name of every department by id, short name and name."""
    found: dict[str, str] = {}
    for row in records(knowledge.registers["departments"]):
        for word in (row["id"], row["short_name"], row["name"]):
            if word:
                found[str(word)] = row["name"]
    return found


def renamed_departments(sites: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return site states with every department under its full name, unknown ones as written."""
    full: list[Any] = [
        tuple(dict.fromkeys(names.get(name, name) for name in row)) for row in sites["departments"]
    ]
    return sites.assign(departments=pd.Series(full, index=sites.index, dtype=object))


def narrowed(
    knowledge: Knowledge,
    subjects: frozenset[str],
    *,
    day: dt.date,
    tables: Mapping[str, CodeTable],
) -> Knowledge:
    """Return what was known on an earlier evening of some objects and reports alone."""
    events = knowledge.events[knowledge.events["subject"].isin(subjects)]
    registers = {
        name: frame[frame["id"].isin(subjects)] if name in ("enterprises", "sites") else frame
        for name, frame in knowledge.registers.items()
    }
    firms = registers["enterprises"]
    states: dict[str, Any] = dict(states_on(day, events, firms, tables=tables))
    registers["enterprises"] = _in_force(firms, events, states["orders"], day)
    return replace(knowledge, day=day, registers=registers, events=events, **states)
