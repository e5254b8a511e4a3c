"""Towns and villages as areas: what the folder's map files draw, completed from points.

Whatever is approximate says so, and with it how often it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geo.area_hits import county_of, hit_rates
from geo.areas import point_areas, town_polygons
from geo.drawn_areas import join_codes, settle
from geo.gazetteer import Gazetteer
from geo.geocode import geocode
from geo.map_systems import likely_systems
from layers.vectors import VectorError, read_polygons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import pyproj
    from shapely.geometry.base import BaseGeometry

    from geo.area_hits import HitRate
    from xunge.config import Settings

CODES = ("id", "code", "代码", "编号", "区划代码", "行政区划代码", "xzqdm", "adcode", "zldwdm")
NAMES = (
    "name", "名称", "区划名称", "乡镇名称", "村名", "村名称", "行政区划名称", "xzqmc", "zldwmc",
    "乡镇", "村",
)  # fmt: skip
"""Columns of drawn areas that hold the code and the name; the last are those of land surveys."""

_NAMED = 10  # names that a note lists


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreaLayer:
    """Areas of one level: columns id, name, approximate and geometry, WGS-84.

    ``notes`` are codes of sentences with their data: what was mended, cut, unmatched or is missing.
    ``hits`` is how often the approximate areas are right, empty where none are approximate.
    """

    areas: gpd.GeoDataFrame
    hits: tuple[HitRate, ...] = ()
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Land:
    """What areas are made of: the places of the register that have a point, border, projection."""

    border: BaseGeometry
    seats: pd.DataFrame
    crs: pyproj.CRS
    settings: Settings

    @property
    def middle(self) -> tuple[float, float]:
        """A point inside."""
        point = self.border.representative_point()
        return point.x, point.y


def town_layer(land: Land, areas: pd.DataFrame, file: Path | None) -> AreaLayer:
    """Return the towns: drawn ones first, then approximate ones from seats and village points.

    Parameters
    ----------
    areas
        Register of towns and villages, with and without points.
    file
        Map file of towns, None where there is none.

    Raises
    ------
    layers.vectors.VectorError, geo.drawn_areas.AreaOverlapError
        If the file cannot be used.
    """
    made, hits = _drawn_towns(land)
    if file is None:
        return AreaLayer(areas=made, hits=hits)
    return _first_of_all(land, areas, file, made, level="town", hits=hits)


def village_layer(land: Land, areas: pd.DataFrame, file: Path | None) -> AreaLayer:
    """Return the villages, as :func:`town_layer` does; approximate ones are those of points."""
    villages = land.seats[land.seats["level"] == "village"]
    made = point_areas(land.border, villages[["id", "lon", "lat"]], crs=land.crs)
    made.insert(1, "name", made["id"].map(villages.drop_duplicates("id").set_index("id")["name"]))
    if file is None:
        return AreaLayer(areas=made)
    return _first_of_all(land, areas, file, made, level="village", hits=())


def read_areas(path: Path, *, settings: Settings, around: tuple[float, float]) -> gpd.GeoDataFrame:
    """Read the polygons of a map file.

    Raises
    ------
    layers.vectors.VectorError
        If it cannot be read; where its system is unknown, with the systems that would fit.
    """
    return with_systems(
        partial(read_polygons, path, crs=settings.places.map_crs or None), around=around
    )


def with_systems(
    read: Callable[[], gpd.GeoDataFrame], *, around: tuple[float, float]
) -> gpd.GeoDataFrame:
    """Read a map; if its coordinate system is unknown, the error names those that would fit."""
    try:
        return read()
    except VectorError as error:
        if error.bounds:
            error.systems = likely_systems(error.bounds, around=around)
        raise


def first_column(
    frame: gpd.GeoDataFrame, names: Iterable[str], default: pd.Series[str] | None = None
) -> pd.Series[str]:
    """Return the first column that exists, as text; the default or row numbers where none does."""
    folded = {str(column).strip().casefold(): column for column in reversed(list(frame.columns))}
    found = next((folded[name.casefold()] for name in names if name.casefold() in folded), None)
    if found is not None:
        return pd.Series([_plain(value) for value in frame[found]], index=frame.index, dtype=object)
    return pd.Series(frame.index.astype(str), index=frame.index) if default is None else default


def _plain(value: object) -> str:
    """Return a cell as text; codes that were kept as numbers lose their decimals."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _drawn_towns(land: Land) -> tuple[gpd.GeoDataFrame, tuple[HitRate, ...]]:
    """Return approximate towns, and how good they are.

    Village points are used in the counties in which they make the areas better.
    """
    towns = land.seats[land.seats["level"] == "town"]
    if towns.empty:
        return nothing("id", "name", "approximate"), ()
    villages = land.seats[land.seats["level"] == "village"].rename(columns={"parent": "town"})
    points, seats = villages[["town", "lon", "lat"]], towns[["id", "name", "lon", "lat"]]
    hits = hit_rates(land.border, seats, villages=points, crs=land.crs)
    useful = {rate.county for rate in hits if rate.villages_help}
    points = points[points["town"].map(county_of).isin(useful)]
    return town_polygons(land.border, seats, villages=points, crs=land.crs), hits


def _first_of_all(
    land: Land, areas: pd.DataFrame, file: Path, made: gpd.GeoDataFrame, *, level: str,
    hits: tuple[HitRate, ...],
) -> AreaLayer:  # fmt: skip
    drawn = read_areas(file, settings=land.settings, around=land.middle)
    names = first_column(drawn, NAMES)
    codes = first_column(drawn, CODES, default=names)
    rows = areas[areas["level"] == level]
    known = dict(zip(rows["id"].astype(str), rows["name"].astype(str), strict=True))
    found = join_codes(
        codes.tolist(), names.tolist(), known=known, level=level,
        look_up=partial(_look_up, home=land.settings.bureau.home, level=level),
    )  # fmt: skip
    own = [one or code or name for one, code, name in zip(found, codes, names, strict=True)]
    called = [known.get(one, name) for one, name in zip(own, names, strict=True)]
    named = gpd.GeoDataFrame({"id": own, "name": called}, geometry=drawn.geometry, crs=drawn.crs)
    done = settle(named, made, county=land.border, crs=land.crs, file=file.name)
    lost = [name for name, one in zip(names, found, strict=True) if one is None] if known else []
    notes = [
        ("areas_repaired", {"n": drawn.attrs["repaired"]}, drawn.attrs["repaired"]),
        ("areas_cut", {"n": len(done.cut), "pairs": [f"{a}–{b}" for a, b, *_ in done.cut[:_NAMED]],
                       "hectares": sum(pair.hectares for pair in done.cut)}, done.cut),
        ("areas_unmatched", {"n": len(lost), "names": lost[:_NAMED]}, lost),
        ("areas_filled", {"n": len(done.filled), "names": _called(done.filled, known)},
         done.filled),
        ("areas_without", {"n": len(done.without), "names": _called(done.without, known)},
         done.without),
        ("areas_gap", {"km2": done.gap_km2}, done.gap_km2 >= 1),
    ]  # fmt: skip
    return AreaLayer(
        areas=done.areas,
        hits=hits if done.areas["approximate"].any() else (),
        notes=tuple((code, {"file": file.name, **data}) for code, data, said in notes if said),
    )


def _look_up(name: str, *, home: str, level: str) -> str:
    """Return the code of a place of *level* that the gazetteer knows by *name*, else nothing."""
    if not home:
        return ""
    answer = geocode(pd.DataFrame({"address": [name]}), gazetteer=_gazetteer(), home=home).iloc[0]
    return "" if answer["confidence"] == "low" else str(answer[level] or "")


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer.load()


def _called(ids: Iterable[str], known: Mapping[str, str]) -> list[str]:
    return [known.get(id_, id_) for id_ in list(ids)[:_NAMED]]


def nothing(*columns: str) -> gpd.GeoDataFrame:
    """Return an empty layer."""
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs="EPSG:4326")
