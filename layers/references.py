"""References between registers: what a row calls by id, name or credit code must be there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.cells import fold
from layers.problems import Problem
from layers.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("visits", "object"): ("enterprises", "sites", "areas"),
    ("orders", "object"): ("enterprises", "sites"),
    ("orders", "visit"): ("visits",),
    ("reports", "object"): ("enterprises", "sites"),
    ("enterprises", "department"): ("departments",),
    ("enterprises", "parent"): ("enterprises",),
    ("sites", "departments"): ("departments",),
    ("sites", "enterprise"): ("enterprises",),
    ("inspectors", "department"): ("departments",),
    ("inspectors", "station"): ("stations",),
    ("inspectors", "avoid"): ("enterprises", "sites"),
    ("experts", "avoid"): ("enterprises", "sites"),
    ("vehicles", "station"): ("stations",),
    ("visits", "departments"): ("departments",),
    ("visits", "inspectors"): ("inspectors",),
    ("visits", "experts"): ("experts",),
    ("visits", "vehicles"): ("vehicles",),
    ("hazards", "object"): ("enterprises", "sites"),
    ("hazards", "visit"): ("visits",),
    ("hazards", "order"): ("orders",),
    ("cases", "object"): ("enterprises", "sites"),
    ("cases", "report"): ("reports",),
    ("cases", "visit"): ("visits",),
    ("penalties", "case"): ("cases",),
    ("penalties", "object"): ("enterprises", "sites"),
    ("seizures", "case"): ("cases",),
    ("seizures", "object"): ("enterprises", "sites"),
    ("handovers", "case"): ("cases",),
    ("handovers", "object"): ("enterprises", "sites"),
    ("listings", "object"): ("enterprises", "sites"),
    ("remedies", "case"): ("cases",),
    ("remedies", "object"): ("enterprises", "sites"),
    ("closures", "site"): ("sites", "enterprises"),
    ("restarts", "object"): ("enterprises", "sites"),
    ("rewards", "report"): ("reports",),
    ("accidents", "object"): ("enterprises", "sites"),
}
"""(register, column) to the registers it may point into."""

_MARKS = re.compile(r"[·•・.\-]")

OF_CASES = ("penalties", "seizures", "handovers", "remedies")
"""Registers whose rows belong to a case, and with it to its object."""

_NAMES = ("credit_code", "name", "short_name")
"""What else than the id people write to mean a row; a word that means two rows means none."""


def link_references(
    registers: Mapping[str, pd.DataFrame],
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Turn references by credit code or name into references by id.

    Returns
    -------
    tuple
        The registers, with the references of :data:`REFERENCES` as ids wherever exactly one row
        is meant; and, where enterprises or sites are meant, one warning ``linked_by_name`` for
        every column of every file where that happened, with the number of cells.
    """
    linked = dict(registers)
    problems: list[Problem] = []
    known: dict[tuple[str, ...], dict[str, str]] = {}
    for (register, column), targets in REFERENCES.items():
        if register not in linked or not _present(registers, targets):
            continue
        if targets not in known:
            known[targets] = _names(registers, targets)
        names = known[targets]
        rows = linked[register]
        cells = [_linked(value, names) for value in rows[column]]
        changed = [old != new for old, new in zip(rows[column], cells, strict=True)]
        if any(changed):
            if "enterprises" in targets:  # departments and people are called by name everywhere
                problems.extend(_notes(register, column, rows[changed]))
            linked[register] = rows.assign(**{column: _objects(rows, cells)})
    return linked | _objects_of_cases(linked), problems


def _objects_of_cases(registers: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Fill in the object of what belongs to a case and names none itself."""
    if "cases" not in registers:
        return {}
    cases = registers["cases"]
    of_case = dict(zip(cases["id"], cases["object"], strict=True))
    filled = {}
    for name in OF_CASES:
        rows = registers.get(name)
        if rows is not None and rows["object"].isna().any():
            cells = [
                own or of_case.get(case)
                for own, case in zip(rows["object"], rows["case"], strict=True)
            ]
            filled[name] = rows.assign(object=_objects(rows, cells))
    return filled


def check_references(registers: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """List every reference that points at nothing: ``unknown_reference``, always a warning.

    A row is not lost for it: a firm may have left the ledger since it was visited. References into
    a register that is not there at all are not looked at.
    """
    problems: list[Problem] = []
    for (register, column), targets in REFERENCES.items():
        if register not in registers or not _present(registers, targets):
            continue
        known = _ids(registers, targets)
        rows = registers[register]
        for place, value in enumerate(rows[column]):
            unknown = [word for word in _words(value) if word not in known]
            if unknown:
                row = rows.iloc[place]
                problems.append(_unknown(register, column, row, unknown, targets))
    return problems


def _present(registers: Mapping[str, pd.DataFrame], targets: tuple[str, ...]) -> bool:
    return any(target in registers and len(registers[target]) for target in targets)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _ids(registers: Mapping[str, pd.DataFrame], targets: tuple[str, ...]) -> set[str]:
    return {
        key
        for target in targets
        if target in registers
        for key in registers[target][REGISTERS[target].key]
    }


def _names(registers: Mapping[str, pd.DataFrame], targets: tuple[str, ...]) -> dict[str, str]:
    """Folded credit codes and names -> id; ids themselves come first and never change."""
    meanings: dict[str, set[str]] = {}
    for target in targets:
        if target not in registers:
            continue
        rows = registers[target]
        for name in (*_NAMES, *(("plate",) if target == "vehicles" else ())):
            if name in rows:
                of = _plate if name == "plate" else fold
                for word, key in zip(rows[name], rows[REGISTERS[target].key], strict=True):
                    if isinstance(word, str):
                        meanings.setdefault(of(word), set()).add(key)
    names = {word: next(iter(keys)) for word, keys in meanings.items() if len(keys) == 1}
    return names | {key: key for key in _ids(registers, targets)}


def _linked(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(_id(word, names) for word in value))
    return _id(value, names) if isinstance(value, str) else value


def _id(word: str, names: Mapping[str, str]) -> str:
    return names.get(word) or names.get(fold(word)) or names.get(_plate(word), word)


def _plate(word: str) -> str:
    """Return the plate of a vehicle for comparing, ``湘L·12345`` like ``湘L12345``.

    Only vehicles are called by it; no other name begins like this.
    """
    return f"~plate:{_MARKS.sub('', fold(word))}"


def _objects(rows: pd.DataFrame, cells: list[object]) -> pd.Series[Any]:
    return pd.Series(cells, index=rows.index, dtype=object)


def _notes(register: str, column: str, rows: pd.DataFrame) -> list[Problem]:
    groups = rows.groupby(["source_file", "source_sheet"], sort=True).size()
    return [
        Problem(
            code="linked_by_name",
            severity="warning",
            file=str(place[0]),
            sheet=str(place[1]),
            column=REGISTERS[register][column].title,
            register=register,
            name=column,
            detail={"count": int(count)},
        )
        for place, count in zip(groups.index, groups, strict=True)
    ]


def _unknown(
    register: str,
    column: str,
    row: pd.Series[Any],
    unknown: list[str],
    targets: tuple[str, ...],
) -> Problem:
    return Problem(
        code="unknown_reference",
        severity="warning",
        file=str(row["source_file"]),
        sheet=str(row["source_sheet"]),
        row=int(row["source_row"]),
        column=REGISTERS[register][column].title,
        value="、".join(unknown),
        register=register,
        name=column,
        detail={
            "targets": "、".join(REGISTERS[target].title for target in targets),
            "targets_en": ", ".join(target.replace("_", " ") for target in targets),
        },
    )
