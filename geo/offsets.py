"""GCJ-02 and BD-09, the offset datums of Chinese web maps, with exact inverses.

GCJ-02 moves WGS-84 points in China by 300–700 m by a public formula; BD-09 (Baidu) moves GCJ-02
points again. The inverses are solved to machine precision, not approximated. Degrees in, degrees
out, lon before lat; geo.crs is the door for the other rooms.

"In China" is the box that the formula has always come with: 72.004–137.8347° E, 0.8293–55.8271° N,
its lines included. It holds parts of the neighbouring countries, and their points move like any
others. Points outside come back bit for bit. A point in the box always returns to itself; only of
the points within 2 km outside of its lines can an inverse not know that they were never moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Pair = tuple[Floats, Floats]
    _Jacobian = tuple[Floats, Floats, Floats, Floats]  # dx/dlon, dx/dlat, dy/dlon, dy/dlat

_GCJ_AXIS_M = 6_378_245.0  # Krasovsky 1940, the ellipsoid inside the GCJ-02 formula
_GCJ_ECCENTRICITY_2 = 0.00669342162296594323
_GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # the usual "inside China" box of the formula
_BD_WAVE = np.pi * 3000.0 / 180.0
_CHUNK = 4_096  # rows handled at once: the temporaries stay in the processor's cache
_TOLERANCE_DEG = 2e-13  # 2e-8 m
_MAX_ROUNDS = 12


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
    """Convert WGS-84 degrees to BD-09 degrees; outside the box of China untouched.

    The box is asked once, for the WGS-84 point: it is moved by both formulas or by none.
    """
    return _in_chunks(lambda x, y: _where_inside(_both_forward, x, y), lon, lat)


def wgs84_from_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Convert BD-09 degrees to WGS-84 degrees; the exact inverse of :func:`bd09_from_wgs84`."""
    return _in_chunks(lambda x, y: _accept_inside(_both_inverse, x, y), lon, lat)


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


def _both_forward(lon: Floats, lat: Floats) -> Pair:
    return _bd_forward(*_gcj_forward(lon, lat))


def _both_inverse(lon: Floats, lat: Floats) -> Pair:
    return _gcj_inverse(*_bd_inverse(lon, lat))
