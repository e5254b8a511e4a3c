"""Every way to read two columns of numbers as places, and which of them lie in the county."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import from_gauss_krueger
from layers.columns import coordinate_columns, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.columns import Notation, Numbers

    Floats = NDArray[np.float64]
    Table = Mapping[str, Sequence[object]]

LEAST_ROWS = 20
"""Fewer rows with coordinates than this decide nothing."""
INSIDE = 0.6
"""Share of points in the county that a reading must have."""

_OUTSIDE_DEG = 0.03  # about 3 km: public polygons of counties are generalised by as much
_NORTHINGS = (300_000.0, 6_200_000.0)
_EASTINGS = (100_000.0, 1_000_000.0)
_SIX_DEGREES, _THREE_DEGREES = range(13, 24), range(25, 46)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Two columns read one way: degrees of a datum still unknown, or CGCS2000 out of metres.

    ``lon_header`` and ``lat_header`` are the same where one column holds both; ``inside`` is the
    share of the points that lie in the county.
    """

    lon_header: str
    lat_header: str
    lon: Floats
    lat: Floats
    notation: Notation
    meridian: int = 0
    zone: int = 0
    inside: float = 0.0

    @property
    def rows(self) -> int:
        """Rows with coordinates."""
        return int((np.isfinite(self.lon) & np.isfinite(self.lat)).sum())

    @property
    def way(self) -> tuple[str, str, str, int, int]:
        """What makes two readings the same one."""
        return self.lon_header, self.lat_header, self.notation, self.meridian, self.zone


def readings(table: Table, *, meridians: Sequence[int]) -> Iterator[Reading]:
    """Yield every way to read two columns, or one column of pairs, as places.

    Parameters
    ----------
    table
        Header to cells.
    meridians
        Central meridians to try for metres without a zone number.
    """
    singles, pairs = coordinate_columns(table)
    for first, second in (*permutations(singles, 2), *pairs, *(pair[::-1] for pair in pairs)):
        if (first.notation == "metres") != (second.notation == "metres"):
            continue
        if first.notation == "metres":
            yield from _metres(first, second, meridians)
        else:
            yield _degrees(first, second)


def in_county(table: Table, county: BaseGeometry) -> list[Reading]:
    """Return the readings that put most of their points into the county, the best first."""
    shape = shapely.buffer(county, _OUTSIDE_DEG)
    shapely.prepare(shape)
    found = []
    for reading in readings(table, meridians=_meridians(county)):
        known = np.isfinite(reading.lon) & np.isfinite(reading.lat)
        if not known.any():
            continue
        share = float(shapely.contains_xy(shape, reading.lon[known], reading.lat[known]).mean())
        if share >= INSIDE:
            found.append(replace(reading, inside=share))
    return sorted(found, key=lambda reading: -reading.inside)


def _meridians(county: BaseGeometry) -> list[int]:
    west, _, east, _ = county.bounds
    near = range(3 * round(west / 3) - 6, 3 * round(east / 3) + 7, 3)
    return [meridian for meridian in near if 75 <= meridian <= 135]


def _degrees(first: Numbers, second: Numbers) -> Reading:
    """Read plain degrees, or degrees with minutes and seconds run together behind the point."""
    lon, lat, notation = first.values, second.values, first.notation
    if notation == second.notation == "degrees" and min(first.decimals, second.decimals) >= 3:
        packed = unpacked(first.values), unpacked(second.values)
        if packed[0] is not None and packed[1] is not None:
            lon, lat, notation = packed[0], packed[1], "dmmss"
    return Reading(
        lon_header=first.header, lat_header=second.header, lon=lon, lat=lat, notation=notation
    )


def _metres(first: Numbers, second: Numbers, meridians: Sequence[int]) -> Iterator[Reading]:
    east, north = first.values, second.values
    if not _NORTHINGS[0] <= float(np.nanmedian(north)) <= _NORTHINGS[1]:
        return
    zone = int(np.nanmedian(east) // 1_000_000)
    if zone in _THREE_DEGREES or zone in _SIX_DEGREES:
        ways = [(zone, 3 * zone if zone in _THREE_DEGREES else 6 * zone - 3)]
    elif _EASTINGS[0] <= float(np.nanmedian(east)) < _EASTINGS[1]:
        ways = [(0, meridian) for meridian in meridians]
    else:
        return
    low = zone * 1_000_000.0 if ways[0][0] else 0.0
    fits = (east >= low) & (east < low + 1_000_000) & (north > 0) & (north < 10_000_000)
    east, north = np.where(fits, east, np.nan), np.where(fits, north, np.nan)
    for number, meridian in ways:
        lon, lat = (
            from_gauss_krueger(east, north, zone=number)
            if number
            else from_gauss_krueger(east, north, meridian=meridian)
        )
        lost = ~(np.isfinite(lon) & np.isfinite(lat))
        yield Reading(
            lon_header=first.header, lat_header=second.header,
            lon=np.where(lost, np.nan, lon), lat=np.where(lost, np.nan, lat),
            notation="metres", meridian=meridian, zone=number,
        )  # fmt: skip
