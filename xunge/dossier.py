"""One file per enterprise (一企一档): the whole life of one object, read in one pass by index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import cases
from layers.cells import fold
from layers.codes import extended
from layers.events import EventKind
from layers.measures import suggest
from layers.quantities import is_bound
from layers.rows import records
from layers.schema import REGISTERS
from scheduler.due.listings import closures, listings
from scheduler.due.measures import handovers, hazards, penalties, seizures
from scheduler.due.reckoning import Reckoning
from scheduler.due.reinspection import restarts
from scheduler.due_rules import load_rules
from scheduler.periods import load_periods
from scheduler.revisit import due_items, in_order
from xunge.due import workdays_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from layers.codes import CodeTable
    from layers.measures import Rules, Suggestion
    from layers.schema import Column
    from layers.schemes import Schemes
    from scheduler.due_items import DueItem
    from xunge.config import Settings

OBJECTS = ("enterprises", "sites")
"""Registers whose rows have a file."""
OF_KIND: dict[str, str] = {
    EventKind.VISITED: "visits", EventKind.ORDERED: "orders",
    EventKind.REVIEW_REQUESTED: "orders", EventKind.REVIEWED: "orders",
    EventKind.DISCOVERED: "sites", EventKind.CLOSED: "sites", EventKind.HANDED_OVER: "sites",
    EventKind.REPORTED: "reports", EventKind.VERIFIED: "reports",
    EventKind.LIMIT_EXTENDED: "reports", EventKind.REWARDED: "rewards",
    EventKind.CLOSURE_ITEM: "closures", EventKind.CLOSURE_PUBLISHED: "closures",
    **{step.kind: name for name, life in cases.LIVES.items() for step in life.steps},
}  # fmt: skip
"""Register whose columns the data of an event have, for every event that belongs in a file."""
PERSONS = ("inspectors", "experts")
"""Columns that name people, besides those that the registers mark as sensitive."""
_UNSAID = ("extra", "source_file", "source_sheet", "source_row", "lonlat", "lower_bounds")


class UnknownObjectError(LookupError):
    """No enterprise or site is called so; ``value`` is what was asked for, ``near`` what is."""

    code = "dossier_unknown"

    def __init__(self, value: str, near: Sequence[str] = ()) -> None:
        super().__init__(value)
        self.value = value
        self.near = "、".join(near)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the life story: an event, or a change of the register row.

    ``facts`` are columns of ``register`` with what they say; ``before`` what they said before it.
    """

    on: dt.date
    kind: str
    key: str
    register: str
    facts: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that is known of one enterprise or site on a day.

    Attributes
    ----------
    register, row
        The register it stands in, and its row.
    states
        Frames of :data:`layers.cases.STATES` with its own records only; empty ones are left out.
    story
        What happened, oldest first.
    suggestions
        Next measures that the rules suggest.
    due
        The visits that its orders, reports and closure ask for.
    linked
        Ids and names of the sites and tenants that name it.
    """

    id: str
    name: str
    day: dt.date
    register: str
    row: Mapping[str, Any]
    states: Mapping[str, pd.DataFrame]
    story: tuple[Entry, ...]
    suggestions: tuple[Suggestion, ...]
    due: tuple[DueItem, ...] = ()
    linked: tuple[tuple[str, str], ...] = ()


def find(words: str) -> tuple[str, str]:
    """Return register and id of the object that has this id, credit code or name on the day.

    Raises
    ------
    UnknownObjectError
        If there is none, or several have the name.
    """
    from xunge.web.ledger import past

    for register in OBJECTS:
        if past.cells(register, "id", id=words):
            return register, words
    named: list[tuple[str, str]] = []
    for register in OBJECTS:
        named += [(register, str(key)) for (key,) in past.cells(register, "id", name=words)]
    coded = [("enterprises", key) for (key,) in past.cells("enterprises", "id", credit_code=words)]
    named += [one for one in coded if one not in named]
    if len(named) == 1:
        return named[0]
    raise UnknownObjectError(words, [key for _, key in named] or _near(words))


def _near(words: str) -> list[str]:
    """Return a few objects whose name or id holds the words, or which are called so today."""
    from xunge.web.ledger import past

    wanted = fold(words)
    known = [
        (key, name) for register in OBJECTS for key, name in past.cells(register, "id", "name")
    ]
    near = [f"{key} {name}" for key, name in known if wanted in fold(name) or wanted in fold(key)]
    if not near:
        now = {
            key for register in OBJECTS
            for (key,) in past.cells(register, "id", name=words, today=True)
        }  # fmt: skip
        near = [f"{key} {name}" for key, name in known if key in now]
    return near[:5]


def dossier(
    words: str, *, day: dt.date, rules: Rules, tables: Mapping[str, CodeTable], settings: Settings
) -> Dossier:
    """Return the file of one enterprise or site from the open database.

    Only events of this object, of the reports about it and of its cases are read.

    Raises
    ------
    UnknownObjectError
        If nothing is called so.
    """
    from xunge.web.ledger import frames, past

    register, id_ = find(words)
    row = next(iter(records(frames.register(register, only=id_))), {"id": id_})
    reports = [key for (key,) in past.cells("reports", "id", object=id_)]
    known = frames.events_about([id_, *reports])
    filed = known.loc[known["kind"] == EventKind.FILED, "key"].unique()
    if len(filed):
        of_cases = frames.events_about(filed.tolist())
        known = pd.concat([known, of_cases], ignore_index=True) if len(of_cases) else known
    sifted = cases.known(known, day)
    industries = {id_: row.get("industry")}
    states = cases.states_on(day, sifted, industries=industries, tables=tables)
    return Dossier(
        id=id_, name=str(row.get("name") or id_), day=day, register=register, row=row,
        states={name: frame for name, frame in states.items() if len(frame)},
        story=tuple(_story(sifted, frames.events(EventKind.REGISTERED, subject=id_), day)),
        suggestions=tuple(
            one for one in suggest(states, day, rules=rules, sites=[id_] if register == "sites"
                                   else []) if one.object == id_
        ),
        due=tuple(_due(states, id_, row.get("industry") or "", day=day, settings=settings)),
        linked=tuple(_linked(id_)),
    )  # fmt: skip


def _due(
    states: Mapping[str, pd.DataFrame], id_: str, industry: str, *, day: dt.date,
    settings: Settings,
) -> list[DueItem]:  # fmt: skip
    """Return what the records of one object ask for: visits first, then what is done at the desk.

    What depends on the whole county (frequency floors, relapse risk) is in the list of ``due``.
    """
    rules, tables = load_rules(settings.due), extended(settings.codes)
    workdays = workdays_of(settings)
    with_ = Reckoning(today=day, workdays=workdays, rules=rules)
    known = {id_: industry}
    visits = due_items(
        states["orders"], sites=states["sites"], visits=states["visits"],
        reports=states["reports"], industries=known,
        periods=load_periods(settings.periods, tables=tables), today=day, workdays=workdays,
        rules=rules,
    )  # fmt: skip
    desk = [
        *restarts(states["restarts"], industries=known, with_=with_),
        *hazards(states["hazards"], with_=with_), *penalties(states["cases"], with_=with_),
        *seizures(states["seizures"], with_=with_), *handovers(states["handovers"], with_=with_),
        *listings(states["listings"], with_=with_),
        *closures(states["closures"], industries=known, with_=with_),
    ]  # fmt: skip
    return in_order([*visits, *desk])


def departments() -> dict[str, str]:
    """Return the name of every department by its id."""
    from xunge.web.ledger import past

    return dict(past.cells("departments", "id", "name"))


def _linked(id_: str) -> Iterable[tuple[str, str]]:
    from xunge.web.ledger import past

    sites = past.cells("sites", "id", "name", enterprise=id_)
    tenants = past.cells("enterprises", "id", "name", parent=id_)
    return [(key, name) for key, name in (*sites, *tenants)]


def _story(told: cases.Known, changes: pd.DataFrame, day: dt.date) -> list[Entry]:
    """Return events and changes of the register row in the order in which they happened."""
    found = [
        (entry.on, entry.seq,
         Entry(on=entry.on, kind=kind, key=entry.key.partition("@")[0], register=OF_KIND[kind],
               facts=dict(entry.data)))
        for kind, entries in told.items() if kind in OF_KIND
        for entry in entries
    ]  # fmt: skip
    for row in records(changes):
        data = row["data"]
        if row["on"] <= day and data["register"] in OBJECTS:
            changed = "before" in data
            found.append(
                (row["on"], row["seq"],
                 Entry(on=row["on"], register=data["register"], key="",
                       kind=EventKind.REGISTERED if changed else "enrolled",
                       facts=data["after"] if changed else {}, before=data.get("before", {})))
            )  # fmt: skip
    return [entry for _, _, entry in sorted(found, key=lambda one: one[:2])]


# What may be said ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How values are said: code tables, names of departments, schemes, language, and to whom.

    Personal data are left out unless ``persons``.
    """

    tables: Mapping[str, CodeTable]
    schemes: Schemes
    departments: Mapping[str, str] = field(default_factory=dict)
    lang: str = "zh"
    persons: bool = False

    def facts(self, register: str, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return facts in words, in the order of the register's columns.

        What is not a column is left out.
        """
        shown = {}
        for column in REGISTERS[register]:
            value = facts.get(column.name)
            if column.name in _UNSAID or _nothing(value):
                continue
            if (column.sensitive or column.name in PERSONS) and not self.persons:
                continue
            more = column.name != "quantity" and is_bound(facts, column.name)
            shown[column.name] = self.least(self.value(value, column), more=more)
        return shown

    def least(self, text: str, *, more: bool) -> str:
        """Return a number in words, as a lower bound where that is all that is known."""
        if not more:
            return text
        return f"at least {text}" if self.lang == "en" else f"{text}余"

    def value(self, value: Any, column: Column) -> str:  # noqa: ANN401 - cells are of any kind
        """Return one value as people read it."""
        english = self.lang == "en"
        mark = ", " if english else "、"
        if column.kind == "code":
            return self.tables[column.table].title_of(str(value), lang=self.lang)
        if column.kind == "flag":
            return ("yes" if value else "no") if english else ("是" if value else "否")
        if column.kind == "hours":
            return "–".join(f"{s // 3600 % 24:02d}:{s % 3600 // 60:02d}" for s in value)
        if column.kind == "period":
            return mark.join(f"{first}–{last}" for first, last in value)
        if isinstance(value, tuple | list):
            return mark.join(self._item(item, column) for item in value)
        if column.name in _DEPARTMENTS:
            return self.departments.get(str(value), str(value))
        if isinstance(value, float):
            text = f"{value:.6f}" if column.kind in _DEGREES else f"{value:,.2f}"
            return text.rstrip("0").rstrip(".")
        return str(value)

    def _item(self, item: Any, column: Column) -> str:  # noqa: ANN401 - cells are of any kind
        if column.kind == "codes":
            return self.tables[column.table].title_of(item, lang=self.lang)
        if column.name in _DEPARTMENTS:
            return self.departments.get(str(item), str(item))
        title = self.schemes.title_of(str(item), lang=self.lang) if column.name in _CODED else ""
        return f"{item} {title}" if title and title != item else str(item)


def _nothing(value: object) -> bool:
    return value is None or value == "" or value == () or value == [] or value != value


_DEGREES = ("longitude", "latitude")
_DEPARTMENTS = ("department", "departments", "sender", "receiver", "handed_over_to")
_CODED = ("behaviours", "types")
