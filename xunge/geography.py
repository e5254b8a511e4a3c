"""The lie of the land: border, towns, roads, priority zones, projection and grid of one folder.

Map files are recognised by words in their names; whatever is missing is made up from what is there
and says so: without a border the hull of the towns, without town areas Voronoi cells of seats,
without roads straight lines with a detour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.crs import project, to_wgs84, unproject, working_crs
from geo.detour import measured
from geo.grid import SquareGrid
from geo.osm import is_extract
from geo.travel import Travel, travel
from layers.vectors import SUFFIXES, read_polygons
from xunge.area_layers import Land, nothing, read_areas, town_layer, village_layer
from xunge.road_file import read_road_file
from xunge.routing import Routing, routing_of, travel_facts
from xunge.zone_layers import zone_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    import pyproj
    from numpy.typing import ArrayLike
    from shapely.geometry.base import BaseGeometry

    from geo.area_hits import HitRate
    from geo.roads import RoadGraph
    from layers.codes import CodeTable
    from xunge.config import Settings
    from xunge.routing import Terms

FILE_WORDS = {
    "grids": ("网格", "grids"),
    "towns": ("乡镇界", "镇界", "乡镇范围", "towns", "wards"),
    "villages": ("村界", "社区界", "村社区范围", "村级", "villages"),
    "border": ("县界", "区界", "市界", "边界", "boundary", "border"),
    "roads": ("道路", "公路", "路网", "road"),
}
"""Words in the names of map files, and what the file then holds; the first that fits counts."""
_HULL_MARGIN_M = 3_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Geography:
    """Where the bureau works.

    Attributes
    ----------
    border
        Polygon in WGS-84. ``border_known`` is False where it was made up.
    towns, villages
        Columns id, name, approximate; WGS-84.
    drawn_grids
        Polygons of the map file of grids with its own columns, see :mod:`xunge.grid_owners`.
    town_hits, town_notes
        How often approximate towns are right and what was noticed of drawn ones, see
        :class:`xunge.area_layers.AreaLayer`.
    roads
        None where no road file is given; ``road_lines`` is the same for drawing.
    zones, zone_notes
        Priority zones and what was noticed of them, see :class:`xunge.zone_layers.ZoneLayer`.
    detour
        Metres of road for a metre of straight line and km/h on them, where no road is known: as
        measured on the roads, else those of the settings.
    routing
        The server that is asked for travel times, None for the built-in roads.
    """

    border: BaseGeometry
    border_known: bool
    towns: gpd.GeoDataFrame
    roads: RoadGraph | None
    road_lines: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    crs: pyproj.CRS
    grid: SquareGrid
    villages: gpd.GeoDataFrame
    drawn_grids: gpd.GeoDataFrame
    detour: tuple[float, float]
    routing: Routing | None = None
    town_hits: tuple[HitRate, ...] = ()
    town_notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    zone_notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def cells_inside(geography: Geography) -> tuple[str, ...]:
    """Return the ids of all cells whose middle lies inside the border."""
    shape = shapely.transform(
        geography.border,
        lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1], geography.crs)),
    )
    size = geography.grid.size_m
    west, south, east, north = (int(value // size) for value in shape.bounds)
    col, row = (
        axis.ravel() for axis in np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    )
    inside = shapely.contains_xy(shape, (col + 0.5) * size, (row + 0.5) * size)
    return tuple(geography.grid.names(col[inside], row[inside]).tolist())


def map_files(folder: Path) -> dict[str, Path]:
    """Return the map files of a folder by what they hold: see :data:`FILE_WORDS`."""
    found: dict[str, Path] = {}
    extracts = []
    for path in sorted(folder.iterdir()):
        if is_extract(path):
            extracts.append(path)
        if path.suffix.lower() not in SUFFIXES:
            continue
        name = path.stem.casefold()
        for kind in FILE_WORDS:
            if kind not in found and any(word in name for word in FILE_WORDS[kind]):
                found[kind] = path
                break
    # An extract needs no word in its name: it holds roads, whatever else.
    if extracts and "roads" not in found:
        found["roads"] = extracts[0]
    return found


def border_of(folder: Path, *, crs: str = "") -> BaseGeometry | None:
    """Return the border drawn in the folder's file, None where there is no such file.

    *crs* is the coordinate system of a file that states none.
    """
    path = map_files(folder).get("border")
    if path is None:
        return None
    return shapely.union_all(read_polygons(path, crs=crs or None).geometry.to_numpy())


def projection(drawn: BaseGeometry | None, points: pd.DataFrame) -> pyproj.CRS:
    """Return the one metric projection of a folder: that of its border, else of its enterprises.

    Parameters
    ----------
    drawn
        Border from a file, None where there is none.
    points
        Columns lon, lat (WGS-84) of the placed enterprises.

    Raises
    ------
    ValueError
        If there is neither a border nor a placed enterprise.
    """
    known = points[["lon", "lat"]].astype(float).dropna()
    if drawn is not None:
        centre = drawn.representative_point()
        return working_crs(centre.x, centre.y)
    if known.empty:
        raise ValueError("neither a border file nor a single placed enterprise")
    return working_crs(float(known["lon"].median()), float(known["lat"].median()))


def survey(
    folder: Path,
    *,
    areas: pd.DataFrame,
    points: pd.DataFrame,
    settings: Settings,
    tables: Mapping[str, CodeTable],
    progress: Callable[[str], None] = lambda stage: None,
) -> Geography:
    """Read the folder's map files and complete what they lack.

    Parameters
    ----------
    areas
        Register of towns and villages.
    points
        Columns lon, lat (WGS-84) of the placed enterprises; used where no border is given.
    progress
        Told the stages of reading a big extract of OpenStreetMap.

    Raises
    ------
    layers.vectors.VectorError, layers.elevation.ElevationError, geo.roads.RoadError,
    layers.refusals.RuleSettingsError, geo.drawn_areas.AreaOverlapError
        If a map file cannot be used.
    ValueError
        If there is neither a border nor a single placed enterprise.
    """
    files = map_files(folder)
    seats = _located(areas)
    drawn = border_of(folder, crs=settings.places.map_crs)
    border, crs = _ground(drawn, seats, points)
    land = Land(border=border, seats=seats, crs=crs, settings=settings)
    towns = town_layer(land, areas, files.get("towns"))
    roads, lines = None, nothing()
    if "roads" in files:
        roads, lines = read_road_file(files["roads"], border, settings=settings, progress=progress)
    grids = nothing()
    if "grids" in files:
        grids = read_areas(files["grids"], settings=settings, around=land.middle)
    zones = zone_layer(folder, land, roads=lines, taken=files.values(), tables=tables)
    places = settings.places
    return Geography(
        border=border,
        border_known=drawn is not None,
        towns=towns.areas,
        villages=village_layer(land, areas, files.get("villages")).areas,
        town_hits=towns.hits,
        town_notes=towns.notes,
        roads=roads,
        road_lines=lines,
        drawn_grids=grids,
        zones=zones.zones,
        zone_notes=zones.notes,
        crs=crs,
        grid=SquareGrid(crs, size_m=places.cell_m),
        detour=measured(roads, crs=crs) or (places.detour, places.speed_kmh),
        routing=routing_of(settings.travel, folder),
    )


def admin_cells(
    folder: Path, drawn: BaseGeometry | None, *, areas: pd.DataFrame, points: pd.DataFrame,
    settings: Settings,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:  # fmt: skip
    """Return the cells of towns and of villages: drawn ones, else those of the nearest points.

    Columns id and approximate; *drawn* is the border from :func:`border_of`, the other parameters
    as in :func:`survey`.
    """
    seats = _located(areas)
    border, crs = _ground(drawn, seats, points)
    land = Land(border=border, seats=seats, crs=crs, settings=settings)
    files = map_files(folder)
    towns = town_layer(land, areas, files.get("towns"))
    villages = village_layer(land, areas, files.get("villages"))
    return towns.areas, villages.areas


def travel_between(
    lon: ArrayLike, lat: ArrayLike, geography: Geography, *, settings: Settings
) -> Travel:
    """Return the travel between all pairs of places, with the speeds of the bureau.

    Raises
    ------
    geo.engines.engine.EngineError, xunge.http.HttpError, xunge.routing.RoutingError
        If a server is asked that does not answer, and the settings say to stop then.
    """
    places, (detour, speed_kmh) = settings.places, geography.detour
    terms: Terms = {
        "crs": geography.crs, "detour": detour, "speed_kmh": speed_kmh,
        "access_speed_kmh": places.access_kmh, "start_seconds": places.start_seconds,
        "join_limit_m": settings.travel.join_limit_m,
    }  # fmt: skip

    def by_own_roads() -> Travel:
        return travel(lon, lat, roads=geography.roads, **terms)

    if geography.routing is None:
        return by_own_roads()
    return geography.routing.travel(lon, lat, terms=terms, spare=by_own_roads)


def travel_of(geography: Geography, ways: Travel, *, settings: Settings) -> dict[str, Any]:
    """Return for the record who said how long it takes, and how much of it is an estimate."""
    by_road = "straight" if geography.roads is None else "roads"
    facts = travel_facts(ways, geography.routing, by_road=by_road)
    return {**facts, "traffic": bool(settings.traffic)}


def towns_of(geography: Geography, points: Sequence[tuple[float, float]]) -> list[frozenset[str]]:
    """Return for each point (lon, lat) ids and names of the towns that it lies in."""
    found: list[set[str]] = [set() for _ in points]
    tree = shapely.STRtree(geography.towns.geometry.to_numpy())
    point, town = tree.query([shapely.Point(*point) for point in points], predicate="intersects")
    ids, names = (geography.towns[column].astype(str).to_numpy() for column in ("id", "name"))
    for n, k in zip(point.tolist(), town.tolist(), strict=True):
        found[n] |= {ids[k], names[k]}
    return [frozenset(one) for one in found]


def _ground(
    drawn: BaseGeometry | None, seats: pd.DataFrame, points: pd.DataFrame
) -> tuple[BaseGeometry, pyproj.CRS]:
    """Return the border, made up where none is drawn, and the projection."""
    crs = projection(drawn, points)
    return (drawn if drawn is not None else _hull(seats, points, crs)), crs


def _located(areas: pd.DataFrame) -> pd.DataFrame:
    """Return towns and villages that have a point, in WGS-84."""
    known = areas[areas["lon"].notna() & areas["lat"].notna()]
    datum = known["datum"].fillna("wgs84").to_numpy(object)
    lon, lat = to_wgs84(
        known["lon"].to_numpy(float), known["lat"].to_numpy(float), datum=datum, home=None
    )
    return known.assign(lon=lon, lat=lat)


def _hull(seats: pd.DataFrame, points: pd.DataFrame, crs: pyproj.CRS) -> BaseGeometry:
    """Return the hull of all that lies within 100 km of the middle, with a margin."""
    both = pd.concat([seats[["lon", "lat"]], points[["lon", "lat"]]]).astype(float).dropna()
    x, y = project(both["lon"].to_numpy(), both["lat"].to_numpy(), crs)
    near = np.hypot(x - np.median(x), y - np.median(y)) < 100_000
    hull = shapely.MultiPoint(np.column_stack([x, y])[near]).convex_hull.buffer(_HULL_MARGIN_M)
    return shapely.transform(hull, lambda xy: np.column_stack(unproject(xy[:, 0], xy[:, 1], crs)))
