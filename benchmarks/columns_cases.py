"""Tables whose columns are known: ledgers of a county in every notation, datum and disorder.

What is drawn, and why it is hard:

* **places**: villages of the gazetteer that have a point, few of them with many firms (Zipf), or
  towns where the kind says so. The point of a village in the gazetteer is itself off (median
  0.48 km between two gazetteers, reference): one error for all firms of a village, 5 % of them by
  kilometres. A firm lies 0.2–1.5 km from the village.
* **addresses**: with and without county, town or group number, a firm's name in front, 4 % typed
  wrong, 3 % of another place, 3 % empty.
* **coordinates**: 4 % empty, 2 % of another county, 1 % with a wrong digit.
* **headers**: usual ones, meaningless ones (``列7``), or exchanged ones (longitudes under 纬度).
* **other columns**: firm (whose name begins with the town's), town, telephone, area, staff,
  capital, credit code, remarks, height above sea: numbers and texts that are no places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import pandas as pd
import pyproj

from geo import crs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.gazetteer import Gazetteer, Place

    Floats = NDArray[np.float64]
    Random = np.random.Generator
    Written = tuple[list[object], list[object]]
    Write = Callable[[Floats, Floats], Written]

METRES = 111_320.0
HEADERS = ("usual", "meaningless", "exchanged")
_WORDS = ("鞭炮", "建材", "加油", "金属", "化工", "木材", "煤炭", "竹器", "食品", "包装")
_ENDS = ("有限公司", "厂", "加工厂", "有限责任公司", "煤矿", "加油站", "经营部", "合作社")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How coordinates are written: the right answer is ``datum``, ``notation`` and the zone."""

    name: str
    datum: str
    notation: str
    write: Write
    paired: str = ""  # "lonlat" or "latlon": both in one cell
    zoned: int = 0  # width of the zone whose number stands in front of the easting
    plain: bool = False  # metres without a zone number


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A table and what its columns are; ``sound`` rows have coordinates as they should be."""

    frame: pd.DataFrame
    kind: Kind
    address: str
    lon: str
    lat: str
    swapped: bool
    meridian: int
    zone: int
    true_lon: Floats
    true_lat: Floats
    sound: NDArray[np.bool_]


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    decimal, gcj, bd = _decimals(6), crs.gcj02_from_wgs84, crs.bd09_from_wgs84

    rows = [
        Kind(name="WGS-84", datum="wgs84", notation="degrees", write=decimal),
        Kind(name="CGCS2000 degrees", datum="wgs84", notation="degrees", write=_decimals(8)),
        Kind(name="GCJ-02", datum="gcj02", notation="degrees", write=_moved(gcj, decimal)),
        Kind(name="BD-09", datum="bd09", notation="degrees", write=_moved(bd, decimal)),
        Kind(name="degrees as text", datum="gcj02", notation="degrees", write=_moved(gcj, _texts)),
        Kind(name="DMS, WGS-84", datum="wgs84", notation="dms", write=_dms("°", "′", "″")),
        Kind(name="DMS, hyphens, GCJ-02", datum="gcj02", notation="dms",
             write=_moved(gcj, _dms("-", "-", ""))),
        Kind(name="D.MMSS", datum="wgs84", notation="dmmss", write=_packed),
        Kind(name="pair lon,lat GCJ-02", datum="gcj02", notation="degrees",
             write=_moved(gcj, decimal), paired="lonlat"),
        Kind(name="pair lat,lon WGS-84", datum="wgs84", notation="degrees", write=decimal,
             paired="latlon"),
        Kind(name="pair DMS", datum="wgs84", notation="dms", write=_dms("°", "′", "″"),
             paired="lonlat"),
    ]  # fmt: skip
    for width in (3, 6):
        name = f"Gauss-Krüger {width}°"
        for zoned in (True, False):
            rows.append(
                Kind(name=f"{name} {'with' if zoned else 'without'} zone", datum="cgcs2000_gk",
                     notation="metres", write=_metres(width, zoned=zoned),
                     zoned=width if zoned else 0, plain=not zoned)
            )  # fmt: skip
    rows.append(
        Kind(name="Gauss-Krüger 3° pair", datum="cgcs2000_gk", notation="metres",
             write=_metres(3, zoned=True), paired="lonlat", zoned=3)
    )  # fmt: skip
    return tuple(rows)


def case(
    kind: Kind,
    *,
    gazetteer: Gazetteer,
    county: str,
    shape: BaseGeometry,
    rows: int,
    headers: str,
    towns_only: bool = False,
    seed: int,
) -> Case:
    """Draw one table.

    Parameters
    ----------
    headers
        One of :data:`HEADERS`.
    towns_only
        Addresses name towns but no villages, as where few villages have points.
    """
    named = crc32(kind.name.encode())
    random = np.random.default_rng([seed, rows, HEADERS.index(headers), int(county), named])
    places = _places(gazetteer, county, towns_only=towns_only)
    weights = 1 / (1 + np.arange(len(places))) ** 0.7
    chosen = random.choice(random.permutation(len(places)), rows, p=weights / weights.sum())
    lon, lat = _true(places, chosen, random, towns_only=towns_only)
    spoilt = _spoilt(lon, lat, random)
    first, second = kind.write(*spoilt)
    names = _headers(kind, headers, random)
    beside = _columns([places[k] for k in chosen], gazetteer, county, random)
    columns = {names[key]: cells for key, cells in beside.items()}
    columns |= _coordinates(first, second, names, random, kind=kind)
    order = random.permutation(list(columns))
    table = pd.DataFrame({header: pd.Series(columns[header], dtype=object) for header in order})
    zone, meridian = _zone(kind, shape)
    return Case(
        frame=table, kind=kind, address=names["address"],
        lon=names["lonlat" if kind.paired else "lon"],
        lat=names["lonlat" if kind.paired else "lat"],
        swapped=headers == "exchanged" and not kind.paired and kind.notation != "metres",
        meridian=meridian, zone=zone, true_lon=lon, true_lat=lat,
        sound=(spoilt[0] == lon) & (spoilt[1] == lat),
    )  # fmt: skip


def _places(gazetteer: Gazetteer, county: str, *, towns_only: bool) -> list[Place]:
    level = gazetteer.towns(county) if towns_only else gazetteer.villages(county)
    return [p for p in level if p.lon is not None and (towns_only or not p.doubtful)]


def _true(
    places: Sequence[Place], chosen: NDArray[np.int64], random: Random, *, towns_only: bool
) -> tuple[Floats, Floats]:
    """Return where firms really are: the place, its own error, and a firm's distance from it."""
    at = np.array([(p.lon, p.lat) for p in places], dtype=float)
    error = random.normal(0, 410, (len(places), 2))
    error[random.random(len(places)) < 0.05] *= 5
    away = random.uniform(200, 4_000 if towns_only else 1_500, len(chosen))
    angle = random.uniform(0, 2 * np.pi, len(chosen))
    east = error[chosen, 0] + away * np.cos(angle)
    north = error[chosen, 1] + away * np.sin(angle)
    lat = at[chosen, 1] + north / METRES
    return at[chosen, 0] + east / METRES / np.cos(np.radians(lat)), lat


def _spoilt(lon: Floats, lat: Floats, random: Random) -> tuple[Floats, Floats]:
    """Return coordinates of which some are another county's, mistyped or missing."""
    luck = random.random(len(lon))
    x = np.where(luck < 0.02, lon + 1.3, np.where(luck < 0.06, np.nan, lon))
    y = np.where(luck < 0.02, lat - 0.9, np.where(luck < 0.06, np.nan, lat))
    odd = (luck >= 0.06) & (luck < 0.07)
    return np.where(odd, lon - 0.7, x), y


def _zone(kind: Kind, shape: BaseGeometry) -> tuple[int, int]:
    middle = float(shape.centroid.x)
    if kind.notation != "metres":
        return 0, 0
    if "6°" in kind.name:
        zone = int(middle // 6) + 1
        return (zone if kind.zoned else 0), 6 * zone - 3
    zone = round(middle / 3)
    return (zone if kind.zoned else 0), 3 * zone


def _moved(move: Callable[[Floats, Floats], tuple[Floats, Floats]], write: Write) -> Write:
    """Write coordinates of another datum."""
    return lambda lon, lat: write(*move(lon, lat))


def _decimals(places: int) -> Write:
    def column(values: Floats) -> list[object]:
        return [None if np.isnan(v) else round(float(v), places) for v in values]

    return lambda lon, lat: (column(lon), column(lat))


def _texts(lon: Floats, lat: Floats) -> Written:
    def column(values: Floats, head: str) -> list[object]:
        return ["" if np.isnan(v) else f"{head}{v:.5f}°" for v in values]

    return column(lon, "东经"), column(lat, "北纬")


def _parts(value: float, digits: int) -> tuple[int, int, float]:
    seconds = round(value * 3600, digits)
    return int(seconds // 3600), int(seconds % 3600 // 60), round(seconds % 60, digits)


def _dms(degree: str, minute: str, second: str) -> Write:
    def text(value: float) -> str:
        if np.isnan(value):
            return "无"
        d, m, s = _parts(value, 1)
        return f"{d}{degree}{m:02}{minute}{s:04.1f}{second}"

    return lambda lon, lat: ([text(v) for v in lon], [text(v) for v in lat])


def _packed(lon: Floats, lat: Floats) -> Written:
    def number(value: float) -> object:
        if np.isnan(value):
            return None
        d, m, s = _parts(value, 0)
        return round(d + m / 100 + s / 10_000, 4)

    return [number(v) for v in lon], [number(v) for v in lat]


def _metres(width: int, *, zoned: bool) -> Write:
    def write(lon: Floats, lat: Floats) -> Written:
        middle = float(np.nanmedian(lon))
        zone = round(middle / 3) if width == 3 else int(middle // 6) + 1
        x, y = crs.project(lon, lat, _zone_crs(zone, width))
        x = x if zoned else x - zone * 1_000_000
        lost = np.isnan(lon)
        return (
            [None if no else round(float(v), 2) for v, no in zip(x, lost, strict=True)],
            [None if no else round(float(v), 2) for v, no in zip(y, lost, strict=True)],
        )

    return write


def _zone_crs(zone: int, width: int) -> pyproj.CRS:
    return pyproj.CRS.from_epsg(4513 + zone - 25 if width == 3 else 4491 + zone - 13)


def _coordinates(
    first: list[object], second: list[object], names: dict[str, str], random: Random, *, kind: Kind
) -> dict[str, list[object]]:
    if not kind.paired:
        return {names["lon"]: first, names["lat"]: second}
    ends = (first, second) if kind.paired == "lonlat" else (second, first)
    mark = [",", "，", " ", ";"][random.integers(4)]
    cells = [None if a in (None, "无", "") else f"{a}{mark}{b}" for a, b in zip(*ends, strict=True)]
    return {names["lonlat"]: list(cells)}


def _columns(
    places: Sequence[Place], gazetteer: Gazetteer, county: str, random: Random
) -> dict[str, list[object]]:
    """Return the columns beside the coordinates by what they are."""
    rows = len(places)
    towns = [gazetteer.place(p.code[:9]).name for p in places]
    area = gazetteer.place(county).name
    firms = [f"{area}{t[:-1]}{random.choice(_WORDS)}{random.choice(_ENDS)}" for t in towns]
    return {
        "firm": list(firms),
        "town": list(towns),
        "address": [
            _address(p, f, gazetteer, county, random, places)
            for p, f in zip(places, firms, strict=True)
        ],
        "phone": [f"1{random.integers(3 * 10**9, 9 * 10**9)}" for _ in range(rows)],
        "area": [round(float(v), 1) for v in random.lognormal(5, 1.2, rows)],
        "staff": [int(v) for v in random.integers(1, 120, rows)],
        "capital": [f"{int(v)}万元" for v in random.integers(5, 900, rows)],
        "height": [round(float(v), 1) for v in random.uniform(80, 400, rows)],
        "remark": [str(random.choice(["正常生产", "停产", "季节性生产", ""])) for _ in range(rows)],
    }


def _headers(kind: Kind, headers: str, random: Random) -> dict[str, str]:
    """Return the header of every column by what the column is."""
    metres = kind.notation == "metres"
    names = {
        "firm": "企业名称", "town": "所属乡镇", "address": "地址", "phone": "联系电话",
        "area": "占地面积", "staff": "从业人数", "capital": "注册资本", "height": "海拔",
        "remark": "备注", "lon": "Y坐标" if metres else "经度",
        "lat": "X坐标" if metres else "纬度", "lonlat": "坐标",
    }  # fmt: skip
    if headers == "exchanged":
        names["lon"], names["lat"] = names["lat"], names["lon"]
    if headers == "meaningless":
        numbers = random.permutation(len(names)) + 1
        names = {key: f"列{number}" for key, number in zip(names, numbers, strict=True)}
    return names


def _address(
    place: Place,
    firm: str,
    gazetteer: Gazetteer,
    county: str,
    random: Random,
    places: Sequence[Place],
) -> str:
    luck = random.random()
    if luck < 0.03:
        return ""
    if luck < 0.06:
        place = places[int(random.integers(len(places)))]
    town = gazetteer.place(place.code[:9]).name
    village = place.name if len(place.code) == 12 else ""
    text = gazetteer.place(county).name if random.random() < 0.6 else ""
    text += (town if random.random() < 0.85 or not village else "") + village
    end = (
        f"{random.integers(1, 20)}组" if village else f"{town[:-1]}大道{random.integers(1, 300)}号"
    )
    text += end if random.random() < 0.5 or not village else ""
    if luck < 0.10 and len(text) > 6:
        at = int(random.integers(len(text) - 1))
        text = text[:at] + text[at + 1 :]
    return firm + text if random.random() < 0.05 else text
