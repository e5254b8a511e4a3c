"""Datums and projections: everything that comes in as degrees or metres leaves as WGS-84 degrees.

CGCS2000 degrees are taken as WGS-84 degrees: the two frames differ by centimetres, far below the
accuracy of any ledger. Order is always lon, lat (or x east, y north).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.offsets import (
    bd09_from_gcj02,
    bd09_from_wgs84,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Pair = tuple[Floats, Floats]

__all__ = [
    "DATUMS",
    "EARTH_RADIUS_M",
    "DatumError",
    "bd09_from_gcj02",
    "bd09_from_wgs84",
    "distance_m",
    "from_gauss_krueger",
    "gcj02_from_bd09",
    "gcj02_from_wgs84",
    "in_china",
    "oriented",
    "project",
    "to_wgs84",
    "unproject",
    "wgs84_from_bd09",
    "wgs84_from_gcj02",
    "working_crs",
]

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09", "cgcs2000_gk")
"""Datum codes that :func:`to_wgs84` reads; the table ``datum`` of layers.codes has the same."""

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

# A rough outline of China, a few tens of kilometres outside its borders. It only chooses between
# a CGCS2000 zone and UTM, both of which are right on either side of it.
_CHINA = shapely.Polygon(
    [
        (73.2, 39.6), (73.6, 37.2), (78.0, 35.0), (78.3, 32.3), (79.3, 30.9), (81.6, 29.9),
        (86.0, 27.8), (88.8, 27.5), (92.0, 26.8), (96.8, 27.6), (97.3, 24.0), (99.0, 21.8),
        (101.8, 20.9), (105.3, 22.8), (107.8, 21.3), (107.5, 17.8), (109.5, 3.5), (118.5, 14.0),
        (119.5, 20.5), (122.5, 21.8), (123.0, 26.0), (124.2, 31.5), (122.9, 37.5), (124.0, 39.6),
        (128.2, 41.5), (131.0, 42.3), (131.6, 44.6), (133.5, 45.0), (135.4, 48.6), (131.0, 48.2),
        (127.6, 50.4), (125.9, 53.3), (121.0, 53.9), (119.5, 50.6), (116.3, 50.2), (115.3, 48.4),
        (119.5, 46.9), (111.5, 45.4), (111.5, 43.9), (105.0, 42.1), (97.0, 43.0), (90.9, 46.0),
        (88.0, 49.5), (85.3, 48.6), (82.3, 45.6), (79.9, 45.2), (80.2, 42.4), (76.5, 40.8),
    ]
)  # fmt: skip


class DatumError(ValueError):
    """A datum code that is not known; ``rows`` are the positions that carry ``value``."""

    def __init__(self, *, value: object, rows: tuple[int, ...]) -> None:
        super().__init__(f"unknown datum {value!r} in {len(rows)} rows")
        self.code = "unknown_datum"
        self.column = "datum"
        self.value = value
        self.rows = rows


def to_wgs84(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    datum: str | Sequence[str] | NDArray[np.object_],
    home: tuple[float, float] | None = None,
) -> Pair:
    """Bring coordinates of one or several datums to WGS-84 degrees.

    Values beyond 360 are read as CGCS2000 Gauss–Krüger metres whatever the datum says, in 3° or
    6° zones, with the zone number in front of the easting or without; without it the central
    meridian is the one that puts the column nearest to *home*. Exchanged axes are put right.

    Parameters
    ----------
    lon, lat
        1-D arrays: degrees, or metres (easting and northing in either order).
    datum
        One of :data:`DATUMS` for all rows, or one per row.
    home
        WGS-84 degrees of the middle of the user's area; needed for metres without zone number.

    Returns
    -------
    tuple of float64 arrays
        WGS-84 lon, lat; NaN where a pair cannot be a place.

    Raises
    ------
    DatumError
        If a datum is not one of :data:`DATUMS`.
    """
    x, y, _ = oriented(lon, lat, home=home)
    kinds = np.broadcast_to(np.asarray(datum, dtype=object), x.shape)
    _check_datums(kinds)
    metres = np.abs(x) > 360
    x, y = _unproject_metres(x, y, where=metres, home=home)
    for code, convert in (("gcj02", wgs84_from_gcj02), ("bd09", wgs84_from_bd09)):
        rows = (kinds == code) & ~metres
        if rows.any():
            x[rows], y[rows] = convert(x[rows], y[rows])
    bad = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    x[bad], y[bad] = np.nan, np.nan
    return x, y


def oriented(
    lon: ArrayLike, lat: ArrayLike, *, home: tuple[float, float] | None = None
) -> tuple[Floats, Floats, Flags]:
    """Put exchanged axes right, degrees and metres alike.

    Degrees are exchanged when only the exchanged pair can lie in China, or when *home* is given
    and the exchanged pair is within 5° of it while the pair as written is not. In metres the
    Chinese X is the northing: an easting has a zone number or is below one million.

    Returns
    -------
    lon, lat, swapped
        Float64 copies in the order east, north; and which rows were exchanged.
    """
    x = np.array(lon, dtype=np.float64, ndmin=1)
    y = np.array(lat, dtype=np.float64, ndmin=1)
    swapped = _swapped_metres(x, y) | _swapped_degrees(x, y, home)
    x[swapped], y[swapped] = y[swapped], x[swapped]
    return x, y, swapped


def in_china(lon: float, lat: float) -> bool:
    """Tell whether a WGS-84 point lies in or close to China (rough outline, not a border)."""
    return bool(_CHINA.contains(shapely.Point(lon, lat)))


def working_crs(lon: float, lat: float) -> pyproj.CRS:
    """Return the metric projection in which to work around a WGS-84 point.

    In China the CGCS2000 3° Gauss–Krüger zone of the point without zone prefix (EPSG 4534–4554),
    elsewhere its UTM zone.
    """
    if in_china(lon, lat):
        return _crs(_epsg_without_prefix(3 * round(lon / 3)))
    zone = int((lon + 180) % 360 // 6) + 1
    return _crs((32_600 if lat >= 0 else 32_700) + zone)


def project(lon: ArrayLike, lat: ArrayLike, crs: pyproj.CRS) -> Pair:
    """Project WGS-84 degrees to metres east and north in *crs*."""
    x, y = _transformer(crs).transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def unproject(x: ArrayLike, y: ArrayLike, crs: pyproj.CRS) -> Pair:
    """Turn metres east and north in *crs* back into WGS-84 degrees."""
    lon, lat = _transformer(crs).transform(
        np.asarray(x, np.float64), np.asarray(y, np.float64), direction="INVERSE"
    )
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def from_gauss_krueger(x: ArrayLike, y: ArrayLike, *, zone: int = 0, meridian: int = 0) -> Pair:
    """Turn CGCS2000 Gauss–Krüger metres (easting, northing) into degrees.

    Parameters
    ----------
    zone
        Number in front of the easting: 13–23 of 6° zones, 25–45 of 3° zones; 0 for none.
    meridian
        Without a zone: the central meridian, a multiple of 3 from 75 to 135.

    Raises
    ------
    ValueError
        If there is no such zone or meridian in China.
    """
    if 25 <= zone <= 45:
        return unproject(x, y, _crs(4513 + zone - 25))
    if 13 <= zone <= 23:
        return unproject(x, y, _crs(4491 + zone - 13))
    if zone or meridian % 3 or not 75 <= meridian <= 135:
        raise ValueError(f"no Gauss-Krüger zone {zone} or meridian {meridian} in China")
    return unproject(x, y, _crs(_epsg_without_prefix(meridian)))


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Measure great-circle metres between points in degrees; shapes broadcast.

    The sphere is off by at most 0.6 % from the ellipsoid.
    """
    a, b, c, d = (np.radians(np.asarray(v, np.float64)) for v in (lon1, lat1, lon2, lat2))
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))), np.float64)


def _check_datums(kinds: NDArray[np.object_]) -> None:
    for value in pd.unique(kinds):
        if value not in DATUMS:
            rows = np.flatnonzero(np.array([k is value or k == value for k in kinds]))
            raise DatumError(value=value, rows=tuple(int(r) for r in rows))


def _swapped_metres(x: Floats, y: Floats) -> Flags:
    def is_northing(v: Floats) -> Flags:
        return (v >= 1_000_000) & (v < 7_000_000)

    return (np.abs(x) > 360) & is_northing(x) & ~is_northing(y)


def _swapped_degrees(x: Floats, y: Floats, home: tuple[float, float] | None) -> Flags:
    if home is not None:
        near = (np.abs(x - home[0]) <= 5) & (np.abs(y - home[1]) <= 5)
        other = (np.abs(y - home[0]) <= 5) & (np.abs(x - home[1]) <= 5)
        return other & ~near
    as_written = (x >= 72) & (x <= 138) & (y >= 0) & (y <= 56)
    exchanged = (y >= 72) & (y <= 138) & (x >= 0) & (x <= 56)
    return exchanged & ~as_written


def _unproject_metres(
    x: Floats, y: Floats, *, where: Flags, home: tuple[float, float] | None
) -> Pair:
    """Replace Gauss–Krüger metres in the rows *where* by degrees; NaN where no zone fits."""
    if not where.any():
        return x, y
    zone = np.where(where, x // 1_000_000, -1).astype(np.int64)
    for number in np.unique(zone[where]):
        rows = zone == number
        epsg = _epsg_of_zone(int(number), x[rows], y[rows], home)
        if epsg is None:
            x[rows], y[rows] = np.nan, np.nan
        else:
            x[rows], y[rows] = unproject(x[rows], y[rows], _crs(epsg))
    return x, y


def _epsg_of_zone(
    number: int, x: Floats, y: Floats, home: tuple[float, float] | None
) -> int | None:
    """Find the EPSG code for a zone number in front of the easting (0: there is none)."""
    if 25 <= number <= 45:
        return 4513 + number - 25
    if 13 <= number <= 23:
        return 4491 + number - 13
    if number != 0 or home is None or not in_china(*home):
        return None
    # Every central meridian of a 6° zone is also one of a 3° zone, so 3° zones cover both.
    nearest = 3 * round(home[0] / 3)
    choices = [m for m in (nearest, nearest - 3, nearest + 3) if 75 <= m <= 135]
    return min(
        (_epsg_without_prefix(m) for m in choices),
        key=lambda epsg: float(np.nanmedian(distance_m(*unproject(x, y, _crs(epsg)), *home))),
    )


def _epsg_without_prefix(meridian: int) -> int:
    return 4534 + (min(max(meridian, 75), 135) - 75) // 3


@lru_cache(maxsize=128)
def _crs(epsg: int) -> pyproj.CRS:
    return pyproj.CRS.from_epsg(epsg)


@lru_cache(maxsize=128)
def _transformer(crs: pyproj.CRS) -> pyproj.Transformer:
    geodetic = crs.geodetic_crs
    if geodetic is None:
        raise ValueError(f"{crs.name} is not a map projection")
    return pyproj.Transformer.from_crs(geodetic, crs, always_xy=True)
