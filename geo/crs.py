"""Datums and projections: everything that comes in as degrees or metres leaves as WGS-84 degrees.

CGCS2000 degrees are taken as WGS-84 degrees: the two frames differ by centimetres, far below the
accuracy of any ledger. GCJ-02 and BD-09 are the offset datums of Chinese web maps; their inverses
are solved to machine precision, not approximated. Order is always lon, lat (or x east, y north).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Pair = tuple[Floats, Floats]
    _Jacobian = tuple[Floats, Floats, Floats, Floats]  # dx/dlon, dx/dlat, dy/dlon, dy/dlat

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09", "cgcs2000_gk")
"""Datum codes that :func:`to_wgs84` reads; the table ``datum`` of layers.codes has the same."""

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

_GCJ_AXIS_M = 6_378_245.0  # Krasovsky 1940, the ellipsoid inside the GCJ-02 formula
_GCJ_ECCENTRICITY_2 = 0.00669342162296594323
_GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # the usual "inside China" box of the formula
_BD_WAVE = np.pi * 3000.0 / 180.0
_CHUNK = 4_096  # rows handled at once: the temporaries stay in the processor's cache
_TOLERANCE_DEG = 2e-13  # 2e-8 m
_MAX_ROUNDS = 12

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


def gcj02_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert WGS-84 degrees to GCJ-02 degrees.

    Parameters
    ----------
    lon, lat
        Arrays or numbers of one shape, degrees. NaN stays NaN; points outside the customary box
        (72.004–137.8347° E, 0.8293–55.8271° N) are returned untouched.

    Returns
    -------
    tuple of float64 arrays
    """
    return _in_chunks(lambda x, y: _where_inside(_gcj_forward, x, y), lon, lat)


def wgs84_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 degrees to WGS-84 degrees; the exact inverse of :func:`gcj02_from_wgs84`.

    Solved by Newton steps until the forward formula gives the input back within 2e-8 m.
    """
    return _in_chunks(lambda x, y: _accept_inside(_gcj_inverse, x, y), lon, lat)


def bd09_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert GCJ-02 degrees to BD-09 degrees (Baidu); outside the box of China untouched."""
    return _in_chunks(lambda x, y: _where_inside(_bd_forward, x, y), lon, lat)


def gcj02_from_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 degrees to GCJ-02 degrees; the exact inverse of :func:`bd09_from_gcj02`."""
    return _in_chunks(lambda x, y: _accept_inside(_bd_inverse, x, y), lon, lat)


def bd09_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert WGS-84 degrees to BD-09 degrees."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lon, lat))


def wgs84_from_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 degrees to WGS-84 degrees, exactly."""
    return wgs84_from_gcj02(*gcj02_from_bd09(lon, lat))


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


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Measure great-circle metres between points in degrees; shapes broadcast.

    The sphere is off by at most 0.6 % from the ellipsoid.
    """
    a, b, c, d = (np.radians(np.asarray(v, np.float64)) for v in (lon1, lat1, lon2, lat2))
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))), np.float64)


def _in_chunks(convert: Callable[[Floats, Floats], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    flat_x, flat_y = x.ravel(), y.ravel()
    out_x, out_y = np.empty(flat_x.size), np.empty(flat_x.size)
    for start in range(0, flat_x.size, _CHUNK):
        rows = slice(start, start + _CHUNK)
        out_x[rows], out_y[rows] = convert(flat_x[rows], flat_y[rows])
    return out_x.reshape(x.shape), out_y.reshape(x.shape)


def _inside(x: Floats, y: Floats) -> Flags:
    west, south, east, north = _GCJ_BOX
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _where_inside(forward: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    """Apply *forward* inside the box only; elsewhere the input bits are kept."""
    rows = _inside(x, y)
    if rows.all():
        return forward(x, y)
    out_x, out_y = x.copy(), y.copy()
    out_x[rows], out_y[rows] = forward(x[rows], y[rows])
    return out_x, out_y


def _accept_inside(inverse: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    """Apply *inverse* where its answer lies in the box, since only those points were moved."""
    west, south, east, north = _GCJ_BOX
    rows = (x > west - 0.1) & (x < east + 0.1) & (y > south - 0.1) & (y < north + 0.1)
    out_x, out_y = x.copy(), y.copy()
    new_x, new_y = inverse(x[rows], y[rows])
    taken = _inside(new_x, new_y)
    where = np.flatnonzero(rows)[taken]
    out_x[where], out_y[where] = new_x[taken], new_y[taken]
    return out_x, out_y


@dataclass(frozen=True, slots=True)
class _Waves:
    """Sines and cosines of one coordinate for the periods 60, 24, 6 and 2 degrees."""

    s60: Floats
    c60: Floats
    s24: Floats
    c24: Floats
    s6: Floats
    c6: Floats
    s2: Floats
    c2: Floats


def _waves(v: Floats) -> _Waves:
    """Climb from one sine by multiple-angle formulas to all that the GCJ-02 formula asks for.

    The start angle πv/120 stays below 0.92 in the box, so its cosine is the positive root. One
    sine call replaces six; the rounding error stays near 1e-11 m.
    """
    s = np.sin(np.pi / 120 * v)
    ss = s * s
    cc = 1 - ss
    c = np.sqrt(cc)
    s60, c60 = 4 * s * c * (cc - ss), 1 - 8 * ss * cc
    s5, c5 = s * (5 + ss * (16 * ss - 20)), c * (5 + cc * (16 * cc - 20))
    s24, c24 = 2 * s5 * c5, 1 - 2 * s5 * s5
    product = s24 * c24
    s6, c6 = 4 * product * (1 - 2 * s24 * s24), 1 - 8 * product * product
    s2, c2 = s6 * (3 - 4 * s6 * s6), c6 * (4 * c6 * c6 - 3)
    return _Waves(s60, c60, s24, c24, s6, c6, s2, c2)


def _scales(lat: Floats) -> Pair:
    """Degrees of longitude and latitude per metre on the ellipsoid of the formula."""
    cosine = np.cos(np.radians(lat))
    m = 1 - _GCJ_ECCENTRICITY_2 * (1 - cosine * cosine)
    root = np.sqrt(m)
    per_lon = (180 / np.pi / _GCJ_AXIS_M) * root / cosine
    per_lat = (180 / np.pi / (_GCJ_AXIS_M * (1 - _GCJ_ECCENTRICITY_2))) * m * root
    return per_lon, per_lat


def _gcj_forward(lon: Floats, lat: Floats) -> Pair:
    return _gcj_shifted(lon, lat, _waves(lon - 105.0), _waves(lat - 35.0))


def _gcj_shifted(lon: Floats, lat: Floats, wx: _Waves, wy: _Waves) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    s1 = 2 * wx.s2 * wx.c2  # period of one degree; its third harmonic by the triple angle
    both = (40 / 3) * s1 * (4 - 4 * s1 * s1)
    north = y * (3 + 0.2 * y + 0.1 * x) + (2 * x - 100) + 0.2 * root + both
    north += (40 * wy.s2 + 80 * wy.s6 + 320 * wy.s24 + 640 * wy.s60) / 3
    east = x * (1 + 0.1 * x + 0.1 * y) + (2 * y + 300) + 0.1 * root + both
    east += (40 * wx.s2 + 80 * wx.s6 + 300 * wx.s24 + 600 * wx.s60) / 3
    per_lon, per_lat = _scales(lat)
    return lon + east * per_lon, lat + north * per_lat


def _gcj_slopes(lon: Floats, lat: Floats, wx: _Waves, wy: _Waves) -> _Jacobian:
    """Differentiate the shift; the slow change of the scales themselves is left out on purpose."""
    x, y = lon - 105.0, lat - 35.0
    s1, c1 = 2 * wx.s2 * wx.c2, 1 - 2 * wx.s2 * wx.s2
    both = (40 / 3) * np.pi * c1 * (8 - 24 * s1 * s1)
    root = np.sign(x) / np.sqrt(np.maximum(np.abs(x), 1e-6))  # no pole at 105° E
    wave_x = np.pi * (40 * wx.c2 + 80 / 3 * wx.c6 + 25 * wx.c24 + 20 * wx.c60) / 3
    wave_y = np.pi * (40 * wy.c2 + 80 / 3 * wy.c6 + 80 / 3 * wy.c24 + 64 / 3 * wy.c60) / 3
    per_lon, per_lat = _scales(lat)
    return (
        1 + (1 + 0.2 * x + 0.1 * y + 0.05 * root + both + wave_x) * per_lon,
        (2 + 0.1 * x) * per_lon,
        (2 + 0.1 * y + 0.1 * root + both) * per_lat,
        1 + (3 + 0.4 * y + 0.1 * x + wave_y) * per_lat,
    )


def _gcj_inverse(lon: Floats, lat: Floats) -> Pair:
    """Take one fixed-point step (within metres), then Newton steps with the slopes found there."""
    x, y = _gcj_forward(lon, lat)
    x, y = 2 * lon - x, 2 * lat - y
    wx, wy = _waves(x - 105.0), _waves(y - 35.0)
    first = _gcj_shifted(x, y, wx, wy)
    slopes = _gcj_slopes(x, y, wx, wy)
    # Next to 105° E the formula has a root of the longitude; steps converge slowly there.
    kink = float(np.abs(x - 105.0).min(initial=180.0)) < 1e-4
    small = _TOLERANCE_DEG / 10 if kink else _TOLERANCE_DEG * 1e3
    return _newton(_gcj_forward, slopes, (x, y), first, (lon, lat), small=small)


def _newton(
    forward: Callable[[Floats, Floats], Pair],
    slopes: _Jacobian,
    start: Pair,
    first: Pair,
    wanted: Pair,
    *,
    small: float,
) -> Pair:
    """Step until the miss before the last step was *small*.

    A step leaves at most a thousandth of the miss before it, so a small miss needs no second look.
    """
    a, b, c, d = slopes
    determinant = a * d - b * c
    (x, y), (out_x, out_y) = start, first
    for _ in range(_MAX_ROUNDS):
        miss_x, miss_y = out_x - wanted[0], out_y - wanted[1]
        x = x - (d * miss_x - b * miss_y) / determinant
        y = y - (a * miss_y - c * miss_x) / determinant
        if max(_largest(miss_x), _largest(miss_y)) < small:
            break
        out_x, out_y = forward(x, y)
    return x, y


def _largest(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0))


def _bd_forward(lon: Floats, lat: Floats) -> Pair:
    radius = np.sqrt(lon * lon + lat * lat)
    stretch = 1 + 2e-5 * np.sin(_BD_WAVE * lat) / radius
    turn = 3e-6 * np.cos(_BD_WAVE * lon)
    cosine = 1 - turn * turn / 2  # |turn| <= 3e-6: the series is exact in float64
    x = stretch * (lon * cosine - lat * turn) + 0.0065
    y = stretch * (lat * cosine + lon * turn) + 0.006
    return x, y


def _bd_inverse(lon: Floats, lat: Floats) -> Pair:
    x, y = lon - 0.0065, lat - 0.006
    twist = 3e-6 * _BD_WAVE * np.sin(_BD_WAVE * x)
    pull = 2e-5 * _BD_WAVE * np.cos(_BD_WAVE * y) / np.sqrt(x * x + y * y)
    slopes = (1 + y * twist, x * pull, -x * twist, 1 + y * pull)
    first = _bd_forward(x, y)
    return _newton(_bd_forward, slopes, (x, y), first, (lon, lat), small=_TOLERANCE_DEG * 1e3)


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
