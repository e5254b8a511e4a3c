"""Which columns of a table hold address and coordinates, and what the coordinates are.

The values decide: a reading of two columns is right when its points lie in the county, and its
datum when its points lie where the addresses beside them do. A header decides only between
readings that the values leave equal. What neither decides is a question for the user.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from geo.address_guess import Places, find_address, places_of
from geo.column_readings import LEAST_ROWS, in_county, readings
from geo.crs import DATUMS, distance_m, to_wgs84
from geo.datum_guess import CLEAR_LEAD, READINGS, weigh_datums
from layers.codes import TABLES
from layers.columns import coordinate_columns, hinted_datum, meant, text_columns

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.column_readings import Reading, Table
    from layers.columns import Notation

    Floats = NDArray[np.float64]

__all__ = ["LEAST_ROWS", "Found", "Question", "guess_columns", "places_of", "read_columns"]

Question = Literal["address", "columns", "meridian", "datum"]
"""Which is the address, which columns hold the coordinates, which meridian, which datum."""

SAMPLE = 400
"""Rows that are looked at, spread evenly over the table."""

_CLEAR = 0.85  # a second reading with this share of the best one's points is as good
_NEARER = 0.5  # a meridian is right if addresses are half as far as with any other
_STATED = 3.0  # what a header that names a datum weighs beside addresses, in logarithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a table's columns are.

    Attributes
    ----------
    address, lon, lat
        Headers, empty where there is none; ``lon`` and ``lat`` are the same where one column holds
        both. In metres ``lon`` is the easting.
    datum
        ``wgs84`` (also CGCS2000 degrees: the two are centimetres apart), ``gcj02``, ``bd09``,
        ``cgcs2000_gk``; empty without coordinates or while it is open.
    notation
        How the numbers are written, see :data:`layers.columns.Notation`.
    meridian, zone
        Of metres: central meridian in degrees; number in front of the easting, 0 for none. Zones
        13–23 are 6° wide, 25–45 are 3° wide.
    swapped
        The headers say latitude where the longitudes are.
    questions
        What the user has to be asked; empty when all is decided.
    inside, places
        Share of points in the county; places of addresses by which the datum was judged.
    """

    address: str = ""
    lon: str = ""
    lat: str = ""
    datum: str = ""
    notation: Notation | Literal[""] = ""
    meridian: int = 0
    zone: int = 0
    swapped: bool = False
    questions: tuple[Question, ...] = ()
    inside: float = 0.0
    places: int = 0

    @property
    def unsure(self) -> bool:
        """Whether something has to be asked."""
        return bool(self.questions)


def guess_columns(
    frame: pd.DataFrame, *, county: BaseGeometry, places: Places | None = None
) -> Found:
    """Find address and coordinates in a table of whatever headers.

    Parameters
    ----------
    frame
        Cells as the file has them, text or numbers.
    county
        Polygon of the user's area, WGS-84 degrees.
    places
        Where addresses lie, see :func:`geo.address_guess.places_of`; without it only headers tell
        one datum from another.
    """
    rows = np.unique(np.linspace(0, max(len(frame) - 1, 0), SAMPLE).astype(int))
    sample = frame.iloc[rows[: len(frame)]]
    table = {str(header): sample.iloc[:, k].tolist() for k, header in enumerate(sample.columns)}
    address, known, asked = find_address(text_columns(table), places)
    questions: tuple[Question, ...] = ("address",) if asked else ()
    found = in_county(table, county)
    if not found or found[0].rows < LEAST_ROWS:
        lost = bool(found) or _coordinates_without_a_place(table)
        return Found(address=address, questions=(*questions, "columns") if lost else questions)
    best, further = _best(found, known)
    return _answer(best, address, known, table, (*questions, *further))


def read_columns(frame: pd.DataFrame, found: Found, *, datum: str = "") -> tuple[Floats, Floats]:
    """Return the WGS-84 coordinates of all rows of a table whose columns are known.

    Parameters
    ----------
    datum
        The user's answer where *found* left the datum open.

    Raises
    ------
    ValueError
        If there are no coordinates, or their datum is open and not given.
    """
    datum = datum or found.datum
    if not found.lon or datum not in DATUMS:
        raise ValueError("coordinates or their datum are not known")
    table = {header: frame[header].tolist() for header in dict.fromkeys((found.lon, found.lat))}
    wanted = (found.lon, found.lat, found.notation, found.meridian, found.zone)
    for reading in readings(table, meridians=(found.meridian,)):
        if reading.way == wanted:
            own = "wgs84" if found.notation == "metres" else datum
            return to_wgs84(reading.lon, reading.lat, datum=own)
    raise ValueError("the columns do not hold what was found in them")


def _coordinates_without_a_place(table: Table) -> bool:
    """Tell whether a table has columns that say they are coordinates, or pairs of numbers."""
    singles, pairs = coordinate_columns(table)
    return bool(pairs) or any(meant(one.header) in ("lon", "lat") for one in singles)


def _best(found: list[Reading], known: pd.DataFrame | None) -> tuple[Reading, tuple[Question, ...]]:
    """Choose among readings that all lie in the county; addresses and headers break ties."""
    close = [reading for reading in found if reading.inside >= _CLEAR * found[0].inside]
    if len(close) == 1:
        return close[0], ()
    questions: list[Question] = []
    columns = dict.fromkeys((reading.lon_header, reading.lat_header) for reading in close)
    if len(columns) > 1:
        named = [
            headers
            for headers in columns
            if {meant(header) for header in headers} in ({"lon", "lat"}, {"lonlat"})
        ]
        if len(named) != 1:
            questions.append("columns")
        chosen = named[0] if named else next(iter(columns))
        close = [one for one in close if (one.lon_header, one.lat_header) == chosen]
    if len(close) > 1:
        far = [_distance(reading, known) for reading in close]
        order = np.argsort(far, kind="stable")
        if not far[order[0]] <= _NEARER * far[order[1]]:
            questions.append("meridian")
        close = [close[k] for k in order]
    return close[0], tuple(questions)


def _distance(reading: Reading, known: pd.DataFrame | None) -> float:
    """Return the median distance to the addresses; infinite where there are none."""
    if known is None:
        return float("inf")
    metres = distance_m(
        reading.lon, reading.lat, known["lon"].to_numpy(float), known["lat"].to_numpy(float)
    )
    metres = metres[np.isfinite(metres)]
    return float(np.median(metres)) if metres.size >= LEAST_ROWS else float("inf")


def _answer(
    best: Reading,
    address: str,
    known: pd.DataFrame | None,
    table: Table,
    questions: tuple[Question, ...],
) -> Found:
    datum, count = "cgcs2000_gk", 0
    if best.notation != "metres":
        datum, count = _datum(best, known, table)
    said = (meant(best.lon_header), meant(best.lat_header))
    return Found(
        address=address,
        lon=best.lon_header,
        lat=best.lat_header,
        datum=datum,
        notation=best.notation,
        meridian=best.meridian,
        zone=best.zone,
        swapped=best.notation != "metres" and said == ("lat", "lon"),
        questions=questions if datum else (*questions, "datum"),
        inside=best.inside,
        places=count,
    )


def _datum(best: Reading, known: pd.DataFrame | None, table: Table) -> tuple[str, int]:
    """Weigh the datums by the addresses, and by what headers or a column of datums say."""
    weights, count = dict.fromkeys(READINGS, 0.0), 0
    if known is not None:
        weights, count = weigh_datums(best.lon, best.lat, known)
    stated = _stated(table) or hinted_datum(best.lon_header, best.lat_header)
    if stated:
        weights[stated] += _STATED if count else CLEAR_LEAD
    first, second = sorted(weights, key=lambda datum: -weights[datum])[:2]
    return (first if weights[first] - weights[second] >= CLEAR_LEAD else ""), count


def _stated(table: Table) -> str:
    """Return the datum that a column of datums states for nearly all rows."""
    for header, cells in table.items():
        if meant(header) != "datum":
            continue
        said = [TABLES["datum"].read(str(cell)) for cell in cells if isinstance(cell, str)]
        for datum in ("wgs84", "cgcs2000", "gcj02", "bd09"):
            if said and said.count(datum) >= 0.9 * len(cells):
                return "wgs84" if datum == "cgcs2000" else datum
    return ""
