"""Longitude, latitude and pair of each row brought to one pair, or to a note why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.problems import ValueProblem

if TYPE_CHECKING:
    from collections.abc import MutableMapping

Issue = tuple[int, str, ValueProblem]
"""Place of the row in the table, name of the column, what is wrong."""


def settle(values: MutableMapping[str, list[Any]]) -> list[Issue]:
    """Settle the coordinates of every row in place.

    A pair in one cell fills an empty longitude and latitude. A latitude beyond 90° beside a
    longitude within 90° was typed the wrong way round: it is turned. Half a pair, a pair with an
    unreadable half, and 0/0 (what devices write when they do not know) leave no coordinates.

    Parameters
    ----------
    values
        Column name to cells read; an out-of-range cell holds the number that was read. ``lon``,
        ``lat`` and ``lonlat`` are changed; nothing happens where they are not there.

    Returns
    -------
    list of Issue
        ``swapped_lonlat``, ``zero_coordinate``, ``half_coordinate``: notes beside the problems that
        the reader of the cells has already raised.
    """
    if "lon" not in values or "lat" not in values:
        return []
    lons, lats = values["lon"], values["lat"]
    pairs = values.get("lonlat") or [None] * len(lons)
    notes: list[Issue] = []
    for place, pair in enumerate(pairs):
        if lons[place] is None and lats[place] is None and pair is not None:
            lons[place], lats[place] = pair
        if lons[place] is None and lats[place] is None:
            continue
        lon, lat, note = _settled(lons[place], lats[place])
        lons[place], lats[place] = lon, lat
        if note is not None:
            name = "lat" if note.code == "swapped_lonlat" else "lon"
            notes.append((place, name, note))
    return notes


def _settled(
    lon: float | None, lat: float | None
) -> tuple[float | None, float | None, ValueProblem | None]:
    shown = f"{'' if lon is None else lon}, {'' if lat is None else lat}"
    if lon is None or lat is None:
        return None, None, ValueProblem("half_coordinate", value=shown)
    if abs(lon) <= 90 < abs(lat) <= 180:
        return lat, lon, ValueProblem("swapped_lonlat", value=shown)
    if lon == 0 and lat == 0:
        return None, None, ValueProblem("zero_coordinate", value=shown)
    if not _readable(lon, lat):
        return None, None, None
    return lon, lat, None


def _readable(lon: float, lat: float) -> bool:
    """Degrees both, or metres both."""
    degrees = abs(lon) <= 180 and abs(lat) <= 90
    return degrees or (abs(lon) >= 100_000 and abs(lat) >= 100_000)
