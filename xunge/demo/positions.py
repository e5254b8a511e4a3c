"""Coordinates as they reach a ledger: several datums, degrees, minutes and seconds, metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo import crs
from xunge.demo.county import PLANE, PLANE_PREFIXED, to_degrees, to_plane
from xunge.demo.names import pick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHARES = {
    "wgs84": 0.34, "gcj02": 0.32, "bd09": 0.1, "cgcs2000": 0.07, "metres": 0.04,
    "metres_prefixed": 0.04, "dms": 0.09,
}  # fmt: skip
DATUM_OF = {"metres": "cgcs2000_gk", "metres_prefixed": "cgcs2000_gk", "dms": "wgs84"}
_WORDS = {
    "wgs84": ("WGS84", "WGS-84", "GPS"),
    "gcj02": ("GCJ02", "GCJ-02", "高德", "火星坐标"),
    "bd09": ("BD09", "百度", "百度地图"),
    "cgcs2000": ("CGCS2000", "国家2000", "天地图"),
    "metres": ("CGCS2000 3度带", "平面坐标"),
    "metres_prefixed": ("CGCS2000 3度带", "国家2000平面", "高斯投影"),
    "dms": ("WGS84", "GPS"),
}
_SILENT = {"wgs84": 0.1, "gcj02": 0.5, "bd09": 0.05, "cgcs2000": 0.15, "metres": 0.5,
           "metres_prefixed": 0.5, "dms": 0.6}  # fmt: skip
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_NOISE_M = 8.0


def ledger_positions(
    x: Floats, y: Floats, given: NDArray[np.bool_], *, rng: np.random.Generator
) -> pd.DataFrame:
    """Write positions (metres of the county's plane) down as ledgers have them.

    Parameters
    ----------
    x, y
        True positions; a GPS error of about 8 m is added.
    given
        Which of them have coordinates at all.

    Returns
    -------
    DataFrame
        Cells ``lon, lat, lonlat, datum`` (None where empty), the truth ``datum_used`` and the
        list ``kinds`` of corruptions.
    """
    count = len(x)
    kind = rng.choice(list(SHARES), size=count, p=list(SHARES.values())).astype(object)
    kind[~given] = ""
    east, north = x + rng.normal(0.0, _NOISE_M, count), y + rng.normal(0.0, _NOISE_M, count)
    first, second = _shifted(east, north, kind)
    silent = rng.random(count) < np.array([_SILENT.get(k, 1.0) for k in kind])
    slips = _slips(kind, rng=rng)
    rows = [
        _written(str(kind[i]), (float(first[i]), float(second[i])), slips.get(i, ""),
                 bool(silent[i]), rng=rng)
        if given[i] else _row(None, None)
        for i in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows, dtype=object)


def _slips(kind: NDArray[np.object_], *, rng: np.random.Generator) -> dict[int, str]:
    """Choose the positions, one in a hundred, that get a wrong digit or exchanged axes."""
    plain = rng.permutation(np.flatnonzero(np.isin(kind, ["wgs84", "gcj02", "bd09"])))
    share = max(len(plain) // 200, 1)
    return {
        **dict.fromkeys(plain[:share].tolist(), "swapped"),
        **dict.fromkeys(plain[share : 2 * share].tolist(), "digit_slip"),
    }


def _written(
    kind: str, pair: tuple[float, float], slip: str, silent: int, *, rng: np.random.Generator
) -> dict[str, Any]:
    """Return the cells of one position with its slip; the datum is named unless *silent*."""
    a, b = pair
    row = _cells(kind, a, b, rng=rng)
    if slip == "digit_slip":
        row = _row(round(a + 1, 6), round(b, 6), slip)
    elif slip == "swapped":
        row = _row(round(b, 6), round(a, 6), slip)
    row["datum_used"] = DATUM_OF.get(kind, kind)
    if silent:
        row["kinds"].append("no_datum")
    else:
        row["datum"] = pick(_WORDS[kind], rng=rng)
    return row


def _shifted(east: Floats, north: Floats, kind: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return the two numbers of each position in its own datum."""
    lon, lat = to_degrees(east, north)
    out_a, out_b = lon.copy(), lat.copy()
    for name, (a, b) in {
        "gcj02": crs.gcj02_from_wgs84(lon, lat),
        "bd09": crs.bd09_from_gcj02(*crs.gcj02_from_wgs84(lon, lat)),
        "metres": to_plane(lon, lat, crs=PLANE),
        "metres_prefixed": to_plane(lon, lat, crs=PLANE_PREFIXED),
    }.items():
        mine = kind == name
        out_a[mine], out_b[mine] = a[mine], b[mine]
    return out_a, out_b


def _row(lon: object, lat: object, *kinds: str, lonlat: str | None = None) -> dict[str, Any]:
    return {
        "lon": lon, "lat": lat, "lonlat": lonlat, "datum": None, "datum_used": None,
        "kinds": list(kinds),
    }  # fmt: skip


def _cells(kind: str, a: float, b: float, *, rng: np.random.Generator) -> dict[str, Any]:
    """Return the cells of one position in one of the many ways in which people enter it."""
    if kind.startswith("metres"):
        return _row(round(a, 1), round(b, 1), "projected", *(["zone_prefix"] if a > 1e7 else []))
    if kind == "dms":
        style = int(rng.integers(3))
        return _row(_dms(a, "东经", style), _dms(b, "北纬", style), "dms")
    luck = rng.random()
    if luck < 0.08:
        text = pick([f"{a:.6f},{b:.6f}", f"{a:.6f}，{b:.6f}", f"{a:.5f} {b:.5f}"], rng=rng)
        return _row(None, None, "pair", lonlat=text)
    if luck < 0.12:
        return _row(f"{a:.6f}".translate(_FULL_WIDTH), f"{b:.6f}".translate(_FULL_WIDTH),
                    "full_width_number")  # fmt: skip
    if luck < 0.15:
        return _row(f"E{a:.6f}", f"N{b:.6f}", "hemisphere")
    digits = 4 if luck < 0.2 else 6
    return _row(round(a, digits), round(b, digits))


def _dms(degrees: float, word: str, style: int) -> str:
    tenths = round(degrees * 36_000)
    whole, rest = divmod(tenths, 36_000)
    minutes, seconds = divmod(rest, 600)
    if style == 0:
        return f"{whole}°{minutes:02d}′{seconds / 10:04.1f}″"
    if style == 1:
        return f"{whole}-{minutes:02d}-{seconds / 10:04.1f}"
    return f"{word}{whole}度{minutes}分{seconds / 10:.1f}秒"
