"""What a ledger says without its day: no event can be told of it, so somebody must date it.

A state is never stored (see :mod:`layers.cases`): it is what dated events say. A row that says
``已销号`` and leaves the day empty stays, but no history knows that it was struck off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.cases import (
    accidents,
    filings,
    handovers,
    hazards,
    listings,
    penalties,
    remedies,
    restarts,
    seizures,
)
from layers.codes import TABLES
from layers.problems import Problem
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layers.cases.life import Life
    from layers.schema import Column

Days = tuple[str, ...]

STATES: dict[tuple[str, str], dict[str, Days]] = {
    ("sites", "status"): {"closed": ("closed",)},
    ("hazards", "state"): {"rectified": ("rectified", "cancelled"), "cancelled": ("cancelled",)},
    ("cases", "state"): {"decided": ("decided", "concluded"), "concluded": ("concluded",)},
    ("penalties", "state"): {"partly": ("collected_on",), "collected": ("collected_on",)},
    ("seizures", "state"): {"lifted": ("lifted",)},
    ("handovers", "state"): {
        "received": ("receipt", "accepted", "concluded"),
        "accepted": ("accepted", "concluded"),
        "returned": ("concluded",),
        "done": ("concluded",),
    },
    ("orders", "outcome"): {"met": ("reviewed",), "partly": ("reviewed",)},
    ("listings", "state"): {"removed": ("removed",)},
    ("remedies", "state"): {"concluded": ("concluded",)},
    ("restarts", "state"): {
        "applied": ("applied", "examined", "restarted"),
        "accepted": ("examined",),
        "refused": ("examined",),
        "unaccepted_restart": ("restarted",),
    },
}
"""By register and column: the states that begin on a day, with the columns any of which dates them;
the first is the one to fill in. A state that is not named here follows from the days alone."""

FACTS: dict[tuple[str, str], Days] = {
    ("reports", "outcome"): ("verified",),
    ("reports", "handed_over_to"): ("verified",),
    ("closures", "proof"): ("done",),
}
"""By register and column: what was done on a day, where the register is no :class:`Life`."""

_LIVES = (
    hazards, filings, penalties, seizures, handovers, listings, remedies, restarts, accidents,
)  # fmt: skip


def undated(registers: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """List what rows say without the day that it belongs to: ``undated``, always a warning.

    One warning for each missing day of a row. What another ledger dates is not missing: the
    penalty of a case, the review of the order that a hazard names, the closure of an object.
    """
    elsewhere = {
        ("hazards", "rectified"): ("order", _met(registers)),
        ("hazards", "cancelled"): ("object", _filled(registers, "sites", "closed", of="id")),
        ("cases", "decided"): ("id", _filled(registers, "penalties", "decided", of="case")),
    }
    problems: list[Problem] = []
    seen: set[tuple[str, object, str]] = set()
    for (register, column), wanted in _claims():
        rows = registers.get(register)
        if rows is None or rows.empty:
            continue
        for codes, days in wanted:
            open_ = _says(rows[column], codes) & rows[list(days)].isna().all(axis=1)
            link, dated = elsewhere.get((register, days[0]), ("id", frozenset()))
            open_ &= ~rows[link].isin(dated)
            for place in rows.index[open_]:
                if (register, place, days[0]) not in seen:
                    seen.add((register, place, days[0]))
                    row = rows.loc[place]
                    problems.append(_problem(register, column, days[0], row, code="undated"))
    return problems + _unborn(registers)


def _claims() -> list[tuple[tuple[str, str], list[tuple[str | None, Days]]]]:
    """Return register and column, and which code there (None: anything) needs one of which days."""
    claims: list[tuple[tuple[str, str], list[tuple[str | None, Days]]]] = [
        (where, list(codes.items())) for where, codes in STATES.items()
    ]
    claims += [(where, [(None, days)]) for where, days in FACTS.items()]
    for module in _LIVES:
        claims += [((module.LIFE.register, name), [(None, days)])
                   for name, days in _late_facts(module.LIFE).items()]  # fmt: skip
    return claims


def _late_facts(life: Life) -> dict[str, Days]:
    """Return the columns that only steps after the first tell, with the days of those steps."""
    told: dict[str, Days] = {}
    first = set(life.steps[0].facts) if life.births == 1 else set()
    for step in life.steps:
        for name in step.facts:
            if name not in first and name != "department":
                told[name] = (*told.get(name, ()), step.day)
    return told


def _says(cells: pd.Series[Any], code: str | None) -> pd.Series[Any]:
    """Tell which cells say *code*, or anything at all; no money and nobody is nothing."""
    if code is not None:
        return cells == code
    return cells.map(lambda cell: bool(cell) and cell == cell).astype(bool)


def _filled(
    registers: Mapping[str, pd.DataFrame], register: str, day: str, *, of: str
) -> frozenset[str]:
    """Return what column *of* names in the rows of a register that have a *day*."""
    rows = registers.get(register)
    if rows is None or rows.empty:
        return frozenset()
    return frozenset(rows.loc[rows[day].notna(), of].dropna())


def _met(registers: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Return the orders that a dated review found met."""
    rows = registers.get("orders")
    if rows is None or rows.empty:
        return frozenset()
    return frozenset(rows.loc[(rows["outcome"] == "met") & rows["reviewed"].notna(), "id"])


def _unborn(registers: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """List rows of which no event at all can be told: every day with which they begin is empty."""
    problems: list[Problem] = []
    for module in _LIVES:
        life = module.LIFE
        rows = registers.get(life.register)
        if life.births > 1 and rows is not None and not rows.empty:
            births = [step.day for step in life.steps[: life.births]]
            nothing = rows[births].isna().all(axis=1)
            problems += [
                _problem(life.register, "object", births[0], rows.loc[place], code="undated_row")
                for place in rows.index[nothing]
            ]
    return problems


def _problem(register: str, column: str, day: str, row: pd.Series[Any], *, code: str) -> Problem:
    contract = REGISTERS[register]
    value, value_en = (_shown(row[column], contract[column], lang) for lang in ("zh", "en"))
    return Problem(
        code=code,
        severity="warning",
        file=str(row["source_file"]),
        sheet=str(row["source_sheet"]),
        row=int(row["source_row"]),
        column=contract[column].title,
        value=value,
        register=register,
        name=column,
        detail={
            "day": contract[day].title, "day_en": day.replace("_", " "), "value_en": value_en,
        },
    )  # fmt: skip


def _shown(value: Any, column: Column, lang: str) -> str:  # noqa: ANN401 - cells are of any kind
    if column.sensitive:
        return "***"
    parts = value if isinstance(value, tuple) else (value,)
    if column.table:
        parts = tuple(TABLES[column.table].title_of(part, lang=lang) for part in parts)
    between = ", " if lang == "en" else "、"
    return between.join(f"{part:g}" if isinstance(part, float) else str(part) for part in parts)
