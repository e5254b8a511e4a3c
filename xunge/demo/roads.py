"""Roads for a county that has none in the open: drawn over its real towns and villages.

County roads join the town seats that are relative neighbours, village roads follow the Gabriel
graph of all places. Each is wound by the relief until it is 1.25 to 1.45 times as long as the
straight line, kept inside the county and cut at every crossing, so that junctions share vertices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree
from shapely import STRtree

from xunge.demo.county import County, rng_of, to_degrees

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Edge = tuple[int, int]

SPEEDS_KMH = {"县道": 45, "村道": 25}
DETOUR = (1.25, 1.45)
_MERGE_M = 250.0  # places closer than this are one junction
_VERTEX_M = 110.0
_BEND_M = 650.0
_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """One piece of road between two junctions; ``line`` in metres of the county's plane."""

    line: shapely.LineString
    kind: str
    name: str


def make_roads(county: County, *, seed: int) -> list[Road]:
    """Draw the road network of the county.

    Returns
    -------
    list of Road
        Connected pieces that meet only at shared end points, in a stable order.
    """
    rng = rng_of(seed, "roads")
    nodes, town_nodes = _junctions(county)
    county_edges = _spanned(_relative_neighbours(nodes, town_nodes), nodes, town_nodes, county)
    everywhere = np.arange(len(nodes))
    village_edges = _spanned(_gabriel(nodes), nodes, everywhere, county)
    village_edges = [edge for edge in village_edges if edge not in set(county_edges)]
    names = _names(county, town_nodes)
    drawn = [
        Road(line=_wound(nodes[a], nodes[b], county, rng=rng), kind="县道", name=names(a, b))
        for a, b in county_edges
    ] + [
        Road(line=_wound(nodes[a], nodes[b], county, rng=rng), kind="村道", name="")
        for a, b in village_edges
    ]
    return _cut_at_crossings(drawn)


def roads_geojson(roads: list[Road]) -> str:
    """Return the roads as GeoJSON text in WGS-84, with ``class``, ``speed_kmh`` and ``name``."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "class": road.kind, "speed_kmh": SPEEDS_KMH[road.kind], "name": road.name,
            },
            "geometry": {"type": "LineString", "coordinates": degrees_of(road.line)},
        }
        for road in roads
    ]  # fmt: skip
    return geojson_text(features)


def geojson_text(features: list[dict[str, Any]]) -> str:
    """Return a feature collection as one line a feature."""
    rows = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features
    )
    return '{"type":"FeatureCollection","features":[\n' + rows + "\n]}\n"


def degrees_of(line: shapely.LineString | shapely.LinearRing) -> list[list[float]]:
    """Return the vertices of a line in the plane as WGS-84 degrees, a decimetre exact."""
    xy = shapely.get_coordinates(line)
    lon, lat = to_degrees(xy[:, 0], xy[:, 1])
    return [[round(float(a), 6), round(float(b), 6)] for a, b in zip(lon, lat, strict=True)]


def road_points(roads: list[Road], *, step_m: float = 50.0) -> Floats:
    """Return points along the roads, about *step_m* apart, for placing things beside them."""
    pieces = [shapely.segmentize(road.line, step_m) for road in roads]
    return np.asarray(shapely.get_coordinates(pieces), dtype=np.float64)


def _junctions(county: County) -> tuple[Floats, NDArray[np.intp]]:
    """Town seats first, then villages, without those that stand on a place already taken."""
    seats = county.towns[["x", "y"]].to_numpy()
    points = np.vstack([seats, county.villages[["x", "y"]].to_numpy()])
    kept: list[int] = []
    for i, point in enumerate(points):
        gaps = np.hypot(*(points[kept] - point).T) if kept else np.array([np.inf])
        if gaps.min() >= _MERGE_M or i < len(seats):
            kept.append(i)
    return points[kept], np.arange(len(seats), dtype=np.intp)


def _relative_neighbours(nodes: Floats, chosen: NDArray[np.intp]) -> list[Edge]:
    points = nodes[chosen]
    gap = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    edges: list[Edge] = []
    for i in range(len(points)):
        for j in range(i + 1, len(points)):
            blocked = np.maximum(gap[i], gap[j]) < gap[i, j]
            if not blocked.any():
                edges.append((int(chosen[i]), int(chosen[j])))
    return edges


def _gabriel(nodes: Floats) -> list[Edge]:
    corners = Delaunay(nodes).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    a, b = nodes[pairs[:, 0]], nodes[pairs[:, 1]]
    nearest = cKDTree(nodes).query((a + b) / 2)[0]
    half = np.hypot(*(a - b).T) / 2
    return [(int(i), int(j)) for i, j in pairs[nearest >= half * (1 - 1e-9)]]


def _spanned(
    edges: list[Edge], nodes: Floats, chosen: NDArray[np.intp], county: County
) -> list[Edge]:
    """Keep the edges that stay in the county, and add the shortest that join what fell apart."""
    kept = [edge for edge in edges if _stays_inside(nodes, edge, county)]
    spare = [edge for edge in _all_pairs(nodes, chosen) if _stays_inside(nodes, edge, county)]
    for a, b in spare:
        labels = _labels(kept, len(nodes))
        if np.unique(labels[chosen]).size == 1:
            break
        if labels[a] != labels[b]:
            kept.append((a, b))
    return sorted(kept)


def _stays_inside(nodes: Floats, edge: Edge, county: County) -> bool:
    return county.holds(shapely.LineString(nodes[list(edge)]))


def _all_pairs(nodes: Floats, chosen: NDArray[np.intp]) -> list[Edge]:
    """Return pairs of near nodes, the shortest first."""
    points = nodes[chosen]
    pairs = cKDTree(points).query_pairs(9_000.0, output_type="ndarray")
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], length))
    return [(int(chosen[i]), int(chosen[j])) for i, j in pairs[order]]


def _labels(edges: list[Edge], size: int) -> NDArray[np.intp]:
    ends = np.array(edges, dtype=np.intp).reshape(-1, 2)
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.intp)


def relief(x: Floats, y: Floats, county: County) -> Floats:
    """Return how hilly the land is, 0 to 1: rolling in the west, mountains in the east."""
    west, south, east, north = county.plane.bounds
    u, v = (x - west) / (east - west), (y - south) / (north - south)
    waves = np.sin(9 * u + 4 * v) * np.cos(7 * v - 3 * u) + 0.5 * np.sin(23 * u - 17 * v)
    return np.asarray(np.clip(0.15 + 0.6 * u + 0.2 * waves, 0.0, 1.0), dtype=np.float64)


def _wound(
    start: Floats, end: Floats, county: County, *, rng: np.random.Generator
) -> shapely.LineString:
    """Wind one road through the relief; redraw it, then flatten it, until it stays inside."""
    middle = (start + end) / 2
    hilly = float(relief(middle[:1], middle[1:], county)[0])
    ratio = DETOUR[0] + (DETOUR[1] - DETOUR[0]) * hilly
    for attempt in range(_TRIES + 6):
        flatter = 0.5 ** max(attempt - _TRIES + 1, 0)
        line = shapely.LineString(_bends(start, end, 1 + (ratio - 1) * flatter, rng=rng))
        if county.holds(line):
            return line
    return shapely.LineString([start, end])


def _bends(start: Floats, end: Floats, ratio: float, *, rng: np.random.Generator) -> Floats:
    """Return vertices of a line *ratio* times as long as the straight one."""
    along = end - start
    length = float(np.hypot(*along))
    across = np.array([-along[1], along[0]]) / length
    share = np.linspace(0.0, 1.0, max(int(length / _VERTEX_M), 6) + 1)
    waves = np.arange(1, max(int(length / _BEND_M), 3) + 1)
    size = rng.normal(0.0, 1.0, waves.size) / waves**0.7
    offset = np.sin(np.pi * share[:, None] * waves[None, :]) @ size
    low, high = 0.0, length / max(float(np.abs(offset).max()), 1e-9)
    for _ in range(30):
        middle = (low + high) / 2
        steps = np.hypot(np.diff(share) * length, np.diff(offset) * middle)
        low, high = (low, middle) if steps.sum() > ratio * length else (middle, high)
    points = start + share[:, None] * along + (low * offset)[:, None] * across
    points[[0, -1]] = start, end
    return np.asarray(points, dtype=np.float64)


def _names(county: County, town_nodes: NDArray[np.intp]) -> Callable[[int, int], str]:
    short = dict(zip(town_nodes.tolist(), county.towns["name"].str.rstrip("镇乡街道"), strict=True))
    return lambda a, b: f"{short[a]}至{short[b]}公路"


def _cut_at_crossings(roads: list[Road]) -> list[Road]:
    """Cut every road where another crosses it; a piece keeps its kind and name."""
    lines = [road.line for road in roads]
    pieces = shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))
    pieces = pieces[shapely.length(pieces) > 0]
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    parents = STRtree(lines).query_nearest(middles, all_matches=True)
    parent = np.full(len(pieces), len(lines))
    np.minimum.at(parent, parents[0], parents[1])  # county roads stand first
    cut = [
        Road(line=piece, kind=roads[i].kind, name=roads[i].name)
        for piece, i in zip(pieces, parent.tolist(), strict=True)
    ]
    return sorted(cut, key=lambda road: (road.kind, tuple(road.line.coords[0]), road.line.length))
