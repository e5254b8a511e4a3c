"""The lie of the land: border, towns, roads, priority zones, projection and grid of one folder.

Map files are recognised by words in their names; whatever is missing is made up from what is there
and says so: without a border the hull of the towns, without town areas Voronoi cells of seats,
without roads straight lines with a detour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.areas import point_areas, town_polygons
from geo.crs import project, to_wgs84, unproject, working_crs
from geo.detour import measured
from geo.grid import SquareGrid
from geo.osm import is_extract
from geo.travel import Travel, travel
from layers.vectors import SUFFIXES, read_polygons
from xunge.road_file import read_road_file
from xunge.routing import Routing, routing_of, travel_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pyproj
    from numpy.typing import ArrayLike
    from shapely.geometry.base import BaseGeometry

    from geo.roads import RoadGraph
    from xunge.config import Settings
    from xunge.routing import Terms

FILE_WORDS = {
    "border": ("县界", "区界", "市界", "边界", "boundary", "border"),
    "towns": ("乡镇界", "镇界", "乡镇范围", "towns", "wards"),
    "roads": ("道路", "公路", "路网", "road"),
    "zones": ("重点区域", "优先区域", "zone"),
}
_HULL_MARGIN_M = 3_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Geography:
    """Where the bureau works.

    Attributes
    ----------
    border
        Polygon in WGS-84. ``border_known`` is False where it was made up.
    towns
        Columns id, name, approximate; WGS-84.
    roads
        None where no road file is given; ``road_lines`` is the same for drawing.
    zones
        Columns id, name, kind, buffer_m; empty where none are given.
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
    detour: tuple[float, float]
    routing: Routing | None = None


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
    """Return the map files of a folder by what they hold (border, towns, roads, zones)."""
    found: dict[str, Path] = {}
    extracts = []
    for path in sorted(folder.iterdir()):
        if is_extract(path):
            extracts.append(path)
        if path.suffix.lower() not in SUFFIXES:
            continue
        name = path.stem.casefold()
        for kind in ("towns", "zones", "border", "roads"):
            if kind not in found and any(word in name for word in FILE_WORDS[kind]):
                found[kind] = path
                break
    # An extract needs no word in its name: it holds roads, whatever else.
    if extracts and "roads" not in found:
        found["roads"] = extracts[0]
    return found


def border_of(folder: Path) -> BaseGeometry | None:
    """Return the border drawn in the folder's file, None where there is no such file."""
    path = map_files(folder).get("border")
    return None if path is None else shapely.union_all(read_polygons(path).geometry.to_numpy())


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
    layers.vectors.VectorError, geo.roads.RoadError, geo.road_rules.RoadRulesError
        If a map file cannot be used.
    ValueError
        If there is neither a border nor a single placed enterprise.
    """
    files = map_files(folder)
    seats = _located(areas)
    drawn = border_of(folder)
    border, crs = _ground(drawn, seats, points)
    roads, lines = None, _nothing()
    if "roads" in files:
        roads, lines = read_road_file(files["roads"], border, settings=settings, progress=progress)
    places = settings.places
    return Geography(
        border=border,
        border_known=drawn is not None,
        towns=_towns(files.get("towns"), border, seats, crs),
        roads=roads,
        road_lines=lines,
        zones=_zones(files.get("zones")),
        crs=crs,
        grid=SquareGrid(crs, size_m=places.cell_m),
        detour=measured(roads, crs=crs) or (places.detour, places.speed_kmh),
        routing=routing_of(settings.travel, folder),
    )


def admin_cells(
    folder: Path, drawn: BaseGeometry | None, *, areas: pd.DataFrame, points: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the cells of towns and of villages: drawn ones, else those of the nearest points.

    Columns id and approximate; *drawn* is the border from :func:`border_of`, the other parameters
    as in :func:`survey`.
    """
    seats = _located(areas)
    border, crs = _ground(drawn, seats, points)
    villages = seats[seats["level"] == "village"][["id", "lon", "lat"]]
    return (
        _towns(map_files(folder).get("towns"), border, seats, crs),
        point_areas(border, villages, crs=crs) if len(villages) else _nothing("id", "approximate"),
    )


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


def _nothing(*columns: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs="EPSG:4326")


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


def _towns(
    path: Path | None, border: BaseGeometry, seats: pd.DataFrame, crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    if path is not None:
        drawn = read_polygons(path)
        return drawn.assign(
            id=_first(drawn, ("id", "code", "代码", "区划代码")),
            name=_first(drawn, ("name", "名称", "区划名称")),
            approximate=False,
        )
    towns = seats[seats["level"] == "town"]
    if towns.empty:
        return _nothing("id", "name", "approximate")
    villages = seats[seats["level"] == "village"]
    points = villages.rename(columns={"parent": "town"})[["town", "lon", "lat"]]
    return town_polygons(border, towns[["id", "name", "lon", "lat"]], villages=points, crs=crs)


def _zones(path: Path | None) -> gpd.GeoDataFrame:
    if path is None:
        return _nothing("id", "name", "kind", "buffer_m")
    drawn = read_polygons(path)
    names = _first(drawn, ("name", "名称"))
    return drawn.assign(
        id=_first(drawn, ("id", "编号"), default=names),
        name=names,
        kind=_first(drawn, ("kind", "类型")),
        buffer_m=pd.to_numeric(_first(drawn, ("buffer_m", "缓冲米")), errors="coerce").fillna(0),
    )


def _first(
    frame: gpd.GeoDataFrame, names: Iterable[str], default: pd.Series[str] | None = None
) -> pd.Series[str]:
    """Return the first column that exists; row numbers where none does."""
    found = next((name for name in names if name in frame), None)
    if found is not None:
        return pd.Series(frame[found].astype(str), index=frame.index)
    return pd.Series(frame.index.astype(str), index=frame.index) if default is None else default
