"""Which coordinate systems would put a map that states none where its owner works."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyproj

from geo.crs import distance_m, unproject

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAR_M = 150_000.0
_SIX_DEGREES, _THREE_DEGREES = range(4491, 4513), range(4513, 4555)
"""EPSG codes of CGCS2000 Gauss-Krüger: 6° zones and 3° zones, with zone prefix and without."""

WGS84 = "EPSG:4326"


def likely_systems(bounds: Sequence[float], *, around: tuple[float, float]) -> tuple[str, ...]:
    """Return the systems under which the middle of a map lies within 150 km of a place.

    Parameters
    ----------
    bounds
        Least x and y, greatest x and y, as they stand in the file.
    around
        Longitude and latitude, WGS-84.

    Returns
    -------
    tuple of str
        Such as ``("EPSG:4547", "EPSG:4526")``, the nearest first; WGS-84, and CGCS2000 in 3° and
        6° zones are tried.
    """
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    if not (math.isfinite(x) and math.isfinite(y)):
        return ()
    if abs(x) <= 180 and abs(y) <= 90:
        near = float(distance_m(x, y, *around)) <= _NEAR_M
        return (WGS84,) if near else ()
    found = []
    for epsg in (*_THREE_DEGREES, *_SIX_DEGREES):
        lon, lat = unproject([x], [y], pyproj.CRS.from_epsg(epsg))
        if not math.isfinite(lon[0] + lat[0]):
            continue
        away = float(distance_m(lon[0], lat[0], *around))
        if away <= _NEAR_M:
            found.append((round(away), epsg))
    return tuple(f"EPSG:{epsg}" for _, epsg in sorted(found))
