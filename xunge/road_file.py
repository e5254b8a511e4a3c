"""The roads of a ledger folder: a map of lines, or an extract of OpenStreetMap cut to the area."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo.osm import is_extract
from geo.osm_roads import read_osm_roads
from geo.road_rules import road_rules
from geo.road_store import VERSION, store_roads, stored_roads
from geo.roads import build_roads
from layers.vectors import WGS84, read_lines
from xunge.area_layers import with_systems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from geo.osm import Box
    from geo.road_rules import RoadRules
    from geo.roads import RoadGraph
    from geo.travel import Travel
    from xunge.config import Settings

CREDITS = "© OpenStreetMap contributors"
"""What the licence of the data (ODbL) wants on every map that shows it."""

STORE = "cache"
"""Folder beside the ledgers for what can be made again."""

_KM_DEG = 1 / 111.32
_STEP_DEG = 0.05
_MOST_LINES = 20_000
_LEAST = ("track", "service", "living_street", "residential", "unclassified")
_ISLANDS = 3  # that are told
_BIG = 20_000_000  # bytes from which an extract is kept as it was read


def read_road_file(
    path: Path,
    border: BaseGeometry,
    *,
    settings: Settings,
    progress: Callable[[str], None] = lambda stage: None,
) -> tuple[RoadGraph, gpd.GeoDataFrame]:
    """Read roads; return the network and its lines for drawing.

    Parameters
    ----------
    border
        Polygon in WGS-84. An extract is cut to it and a margin.
    progress
        Told the stages of reading a big extract.

    Raises
    ------
    layers.vectors.VectorError, geo.roads.RoadError, layers.refusals.RuleSettingsError
        If the file or the bureau's own rules cannot be used.
    """
    rules = road_rules(settings.roads)
    if not is_extract(path):
        crs, middle = settings.places.map_crs or None, border.representative_point()
        lines = with_systems(partial(read_lines, path, crs=crs), around=(middle.x, middle.y))
        return build_roads(lines, speeds=rules.speeds).without_scraps(), lines
    roads = _kept(path, _around(border, km=rules.margin_km), rules=rules, progress=progress)
    return roads, road_lines(roads, border)


def road_lines(roads: RoadGraph, border: BaseGeometry) -> gpd.GeoDataFrame:
    """Return the streets that touch *border* as lines with their ``class``, for drawing."""
    street = np.repeat(np.arange(len(roads.tail)), np.diff(roads.offsets))
    vertices = np.column_stack([roads.vertex_lon, roads.vertex_lat])
    lines = np.asarray(shapely.linestrings(vertices, indices=street), dtype=object)
    shapely.prepare(border)
    drawn = np.flatnonzero(shapely.intersects(border, lines))
    kinds = np.array(roads.kinds, dtype=object)[roads.kind[drawn]]
    found = gpd.GeoDataFrame({"class": kinds}, geometry=lines[drawn], crs=WGS84)
    found.attrs["credits"] = CREDITS
    return found


def thinned(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the lines that a map of the whole area can show, without the least where many."""
    found = lines
    for kind in _LEAST:
        if len(found) <= _MOST_LINES or "class" not in found:
            break
        found = found[found["class"] != kind]
    return found


def _around(border: BaseGeometry, *, km: float) -> Box:
    """Return the box around *border*, rounded so that it is the same from week to week."""
    west, south, east, north = border.bounds
    high = km * _KM_DEG
    wide = high / max(np.cos(np.radians((south + north) / 2)), 0.1)
    low = np.floor(np.array([west - wide, south - high]) / _STEP_DEG) * _STEP_DEG
    top = np.ceil(np.array([east + wide, north + high]) / _STEP_DEG) * _STEP_DEG
    return (*low.tolist(), *top.tolist())


def _kept(path: Path, box: Box, *, rules: RoadRules, progress: Callable[[str], None]) -> RoadGraph:
    """Read an extract, or what was made of the same bytes under the same rules before."""

    def tell(stage: str, count: int) -> None:
        progress(f"{stage} {count}")

    if path.stat().st_size < _BIG:
        return read_osm_roads(path, rules=rules, box=box, progress=tell)
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256")
    digest.update(repr((VERSION, box, rules.text)).encode("utf-8"))
    place = path.parent / STORE / f"roads-{digest.hexdigest()[:32]}.npz"
    known = stored_roads(place)
    if known is None:
        known = read_osm_roads(path, rules=rules, box=box, progress=tell)
        place.parent.mkdir(exist_ok=True)
        store_roads(known, place)
        for old in sorted(place.parent.glob("roads-*.npz")):
            if old != place:
                old.unlink()
    return known


def far_of(names: Sequence[str], ways: Travel) -> list[str]:
    """Return the names of the places that are too far from any road, each once."""
    return list(dict.fromkeys(names[place] for place in ways.far))


def roads_of(roads: RoadGraph | None) -> dict[str, Any] | None:
    """Return for the record what was driven on, and the longest parts that were left out."""
    if roads is None:
        return None
    islands = [
        {"name": one.name, "km": round(one.metres / 1000, 1), "lon": round(one.lon, 5),
         "lat": round(one.lat, 5)}
        for one in roads.islands[:_ISLANDS]
    ]  # fmt: skip
    return {
        "junctions": len(roads.node_lon),
        "km": round(float(roads.metres.sum()) / 1000, 1),
        "left_out_km": round(roads.dropped_m / 1000, 1),
        "islands": islands,
    }
