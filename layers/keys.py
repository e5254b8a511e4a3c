"""Rows that name the same thing twice: the first one stays, every other one is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

    from layers.schema import Register


def drop_duplicate_keys(
    register: Register, rows: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out rows whose key an earlier row has, and say so.

    Parameters
    ----------
    rows
        Checked rows, of one table or of several one below the other.

    Returns
    -------
    tuple
        The first row of every key, and for each other one ``duplicate_row`` (warning, it says the
        same as the first) or ``duplicate_key`` (error, it says something else).
    """
    again = rows[register.key].duplicated(keep="first")
    if not again.any():
        return rows, []
    firsts = {key: place for place, key in reversed(list(enumerate(rows[register.key])))}
    facts = [column.name for column in register] + ["extra"]
    problems = []
    for place in again.to_numpy().nonzero()[0]:
        row = rows.iloc[int(place)]
        first = rows.iloc[firsts[row[register.key]]]
        same = all(_same(row[name], first[name]) for name in facts)
        problems.append(_duplicate(register, row, first, same=same))
    return rows[~again], problems


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)


def _duplicate(
    register: Register, row: pd.Series[Any], first: pd.Series[Any], *, same: bool
) -> Problem:
    column = register[register.key]
    return Problem(
        code="duplicate_row" if same else "duplicate_key",
        severity="warning" if same else "error",
        file=str(row["source_file"]),
        sheet=str(row["source_sheet"]),
        row=int(row["source_row"]),
        column=column.title,
        value=str(row[register.key]),
        register=register.name,
        name=column.name,
        detail={
            "first_file": str(first["source_file"]),
            "first_sheet": str(first["source_sheet"]),
            "first_row": int(first["source_row"]),
        },
    )
