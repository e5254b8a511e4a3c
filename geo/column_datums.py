"""The datum of degrees in registers that other tables were put together to: table by table.

What a row states is so. Rows that state none are taken to share one datum with the others of their
table, the one under which they lie where their addresses do; a table that does not tell by itself
is judged with the others of its register. What is still open takes the default, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.column_readings import LEAST_ROWS
from geo.datum_guess import CLEAR_LEAD, weigh_datums
from layers.columns import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


_ALIKE = {"cgcs2000": "wgs84", "cgcs2000_gk": "wgs84"}  # degrees centimetres apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Degrees:
    """Degrees with a datum for every row.

    Attributes
    ----------
    lon, lat
        Decimal degrees in the datum of the row.
    datum
        Code of the datum, that of the row where one is stated.
    packed, guessed, assumed, mixed
        Rows that were written as 113.0401 for 113°04′01″; whose datum was inferred; whose datum is
        the default for want of evidence; whose datum was inferred although other rows of the table
        state another one.
    """

    lon: Floats
    lat: Floats
    datum: NDArray[np.object_]
    packed: Flags
    guessed: Flags
    assumed: Flags
    mixed: Flags


def settle_degrees(
    lon: Floats,
    lat: Floats,
    *,
    stated: Sequence[str],
    tables: Sequence[str],
    known: pd.DataFrame,
    default: str,
) -> Degrees:
    """Find the notation and the datum of degrees.

    Parameters
    ----------
    lon, lat
        Degrees as written, axes in order; NaN where a row has none.
    stated
        Datum that each row states, empty where it states none.
    tables
        Table from which each row came.
    known
        Where the address of each row lies: ``lon``, ``lat`` (WGS-84, NaN where unknown), ``level``.
    default
        Datum of rows that neither state nor show one.
    """
    x, y = lon.copy(), lat.copy()
    there = np.isfinite(x) & np.isfinite(y)
    packed = np.zeros(x.shape, dtype=bool)
    for rows in _tables(tables, there):
        if _unpack(x, y, rows):
            packed[rows] = True
    datum = np.array(stated, dtype=object)
    silent = there & (datum == "")
    guess = np.full(x.shape, "", dtype=object)
    pooled = _judge(x, y, silent, known)
    for rows in _tables(tables, silent):
        own = _judge(x, y, rows, known)
        guess[rows] = own or pooled
    guessed = silent & (guess != "")
    mixed = np.zeros(x.shape, dtype=bool)
    for rows in _tables(tables, there):
        said = {_ALIKE.get(code, code) for code in datum[rows & (datum != "")]}
        for code in sorted(set(guess[rows & guessed])):
            mixed |= rows & guessed & (guess == code) & bool(said - {code})
    datum[guessed] = guess[guessed]
    datum[datum == ""] = default
    return Degrees(
        lon=x, lat=y, datum=datum, packed=packed, guessed=guessed, assumed=silent & ~guessed,
        mixed=mixed,
    )  # fmt: skip


def _tables(tables: Sequence[str], rows: Flags) -> Iterator[Flags]:
    """Yield the chosen rows of each table that has any."""
    names = np.asarray(tables, dtype=object)
    for name in dict.fromkeys(names[rows].tolist()):
        yield rows & (names == name)


def _unpack(x: Floats, y: Floats, rows: Flags) -> bool:
    """Read degrees, minutes and seconds that are run together, in place; tell whether they were."""
    if int(rows.sum()) < LEAST_ROWS:
        return False
    lon, lat = unpacked(x[rows]), unpacked(y[rows])
    if lon is None or lat is None:
        return False
    x[rows], y[rows] = lon, lat
    return True


def _judge(x: Floats, y: Floats, rows: Flags, known: pd.DataFrame) -> str:
    """Return the datum that rows of one datum show; empty where they do not."""
    if int(rows.sum()) < LEAST_ROWS:
        return ""
    weights, _ = weigh_datums(x[rows], y[rows], known[rows].reset_index(drop=True))
    first, second = sorted(weights, key=lambda code: -weights[code])[:2]
    return first if weights[first] - weights[second] >= CLEAR_LEAD else ""
