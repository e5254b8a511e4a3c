"""What ledgers say otherwise than it is known: what the ledger corrects, and where it may not.

A ledger corrects itself: another cell in a row that came from a ledger is a later event, and the
quality report tells it. What was reported through the results of a week, or put right by somebody
by name, is not overruled by a ledger: the row is left, and the report says what to do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from layers.codes import TABLES
from layers.problems import Problem
from layers.schema import REGISTERS
from xunge.corrections import CORRECTING, content

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.events import Event
    from layers.schema import Column

OWN_COMMANDS = ("results", "conflicts")
"""Commands whose events a ledger does not overrule."""


def sort_out(
    events: Iterable[Event],
    known: Mapping[tuple[str, str, str], Mapping[str, Any]],
    *,
    register: str,
    lang: str = "zh",
) -> tuple[list[Event], list[Problem]]:
    """Return the events of a ledger that are new, and what is to be told.

    Parameters
    ----------
    events
        What the rows of *register* report.
    known
        The latest version of those that are known, by kind, subject and key: ``on``, ``data``,
        ``uid`` and the ``command`` that brought it (:func:`xunge.web.ledger.frames.versions`).
    lang
        Language of what is told.

    Returns
    -------
    tuple
        New events in order; warnings ``ledger_corrects`` (taken) and ``ledger_contradicts`` (left).
    """
    new, told = [], []
    for name, event in {name_of(event): event for event in events}.items():
        old = known.get(name)
        if old is None:
            new.append(event)
            continue
        before, now = _compared(event, old)
        if (old["on"], before) == (event.on, now):
            continue
        other = _differences(event, old)
        if old["command"] not in OWN_COMMANDS:
            new.append(replace(event, data={**event.data, "corrects": old["uid"]}))
            if other:
                told.append(
                    _problem("ledger_corrects", event, _said(other, register, lang), register)
                )
        elif other:
            told.append(
                _problem("ledger_contradicts", event, _said(other, register, lang), register)
            )
    return new, told


def name_of(event: Event) -> tuple[str, str, str]:
    """Return what makes an event this one and no other: kind, subject, key."""
    return event.kind.value, event.subject, event.key


def _compared(event: Event, old: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what is known and what the ledger says, without who put it right and why.

    Who went, and in which car, is the ledger's to correct where a ledger said it; with results it
    is what the plan had, and no report.
    """
    if old["command"] in OWN_COMMANDS:
        return content(old["data"]), content(event.data)
    before, now = (
        {name: value for name, value in data.items() if name not in CORRECTING}
        for data in (old["data"], event.data)
    )
    return before, now


def _differences(event: Event, old: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what both say and say differently: name to known and new."""
    before, now = _compared(event, old)
    found = {
        name: (before[name], now[name])
        for name in sorted(before.keys() & now.keys())
        if before[name] != now[name]
    }
    if old["on"] != event.on:
        found["date"] = (old["on"].isoformat(), event.on.isoformat())
    if old["data"].get("withdrawn"):
        found["withdrawn"] = (True, False)
    return found


def _problem(code: str, event: Event, said: str, register: str) -> Problem:
    file, sheet, row = [*event.source.split("!"), "", "", ""][:3]
    return Problem(
        code=code, severity="warning", file=file, sheet=sheet,
        row=int(row) if row.isdigit() else None, column=REGISTERS[register].title,
        value=event.key or event.subject, register=register, detail={"said": said},
    )  # fmt: skip


def _said(other: Mapping[str, tuple[Any, Any]], register: str, lang: str) -> str:
    """Return what differs in words: column, known and new value."""
    columns = {column.name: column for column in REGISTERS[register]}
    parts = []
    for name, values in other.items():
        column = columns.get(name)
        title = name if column is None or lang == "en" else column.title
        hidden = column is not None and column.sensitive
        old, new = ("***" if hidden else _text(value, column, lang) for value in values)
        parts.append(f"{title} {old} → {new}")
    return ("、" if lang == "zh" else ", ").join(parts)


def _text(value: Any, column: Column | None, lang: str) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return ("、" if lang == "zh" else ", ").join(_text(item, column, lang) for item in value)
    if column is not None and column.table:
        return TABLES[column.table].title_of(str(value), lang=lang)
    return str(value)
