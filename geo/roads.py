"""The road network as a graph: streets between junctions, with their shape, length and speed.

Lines of a map file are cut where they share a vertex or end; between two such junctions a street
keeps its shape, so that routes can be drawn along it. Lines that cross without a common vertex
(bridges, tunnels) do not connect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.road_rules import road_rules
from layers.vectors import read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.turns import Turns

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SPEEDS_KMH: Mapping[str, float] = road_rules().speeds
"""Travelling speed by road class (OpenStreetMap names and Chinese administrative classes)."""

DEFAULT_SPEED_KMH = 30.0
"""Speed of a road whose class is not in the table."""

_SAME_PLACE_DECIMALS = 7  # degrees: vertices within a centimetre are one
_FORWARD = frozenset({"yes", "true", "1", "是", "f"})
_BACKWARD = frozenset({"-1", "reverse", "t"})


class RoadError(ValueError):
    """Roads that cannot be used; ``rows`` are the positions of the lines, ``column`` the cause."""

    def __init__(self, *, code: str, column: str, rows: tuple[int, ...]) -> None:
        super().__init__(f"{code}: column {column}, lines {rows[:5]}")
        self.code = code
        self.column = column
        self.rows = rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Island:
    """A part of the network that was left out: its longest named road, metres, and a point."""

    name: str
    metres: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadGraph:
    """A network of m streets between n junctions.

    Attributes
    ----------
    node_lon, node_lat
        Junctions, WGS-84 degrees.
    tail, head
        Junction at which each street begins and ends.
    seconds, metres
        Driving time and length of each street.
    forward, backward
        Whether it may be driven from tail to head, and from head to tail.
    vertex_lon, vertex_lat, vertex_metres
        Shapes of all streets one after another; metres along the street from its tail.
    offsets
        m + 1 numbers: street k has the vertices ``offsets[k]`` to ``offsets[k + 1]``.
    dropped_m
        Metres of road left out because they hang together with nothing else.
    kinds, kind
        Road classes, and the place of each street's class among them; empty where unknown.
    joined
        Whether places may be joined to a street; None: to all.
    turns
        What turns cost and which are forbidden; None: all are free.
    islands
        The parts left out, the longest first.
    """

    node_lon: Floats
    node_lat: Floats
    tail: Ints
    head: Ints
    seconds: Floats
    metres: Floats
    forward: Flags
    backward: Flags
    vertex_lon: Floats
    vertex_lat: Floats
    vertex_metres: Floats
    offsets: Ints
    dropped_m: float = 0.0
    kinds: tuple[str, ...] = ()
    kind: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    joined: Flags | None = None
    turns: Turns | None = None
    islands: tuple[Island, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict, repr=False)
    """What was worked out of this network and is wanted again (a search, lines in metres)."""

    def matrix(self) -> csr_array[np.float64]:
        """Return the n×n sparse matrix of seconds; of parallel streets the fastest."""
        tail = np.concatenate([self.tail[self.forward], self.head[self.backward]])
        head = np.concatenate([self.head[self.forward], self.tail[self.backward]])
        seconds = np.concatenate([self.seconds[self.forward], self.seconds[self.backward]])
        return fastest(tail, head, seconds, size=len(self.node_lon))[0]

    def select(self, streets: Flags) -> RoadGraph:
        """Return the network of the chosen streets only, junctions renumbered, turns free."""
        nodes = np.unique(np.concatenate([self.tail[streets], self.head[streets]]))
        sizes = np.diff(self.offsets)
        vertices = np.repeat(streets, sizes)
        return RoadGraph(
            node_lon=self.node_lon[nodes],
            node_lat=self.node_lat[nodes],
            tail=np.searchsorted(nodes, self.tail[streets]),
            head=np.searchsorted(nodes, self.head[streets]),
            seconds=self.seconds[streets],
            metres=self.metres[streets],
            forward=self.forward[streets],
            backward=self.backward[streets],
            vertex_lon=self.vertex_lon[vertices],
            vertex_lat=self.vertex_lat[vertices],
            vertex_metres=self.vertex_metres[vertices],
            offsets=np.concatenate([[0], np.cumsum(sizes[streets])]),
            dropped_m=self.dropped_m + float(self.metres[~streets].sum()),
            kinds=self.kinds,
            kind=self.kind[streets] if len(self.kind) else self.kind,
            joined=None if self.joined is None else self.joined[streets],
            islands=self.islands,
        )

    def without_scraps(self, *, min_share: float = 0.05) -> RoadGraph:
        """Leave out the streets that are not in :meth:`main_parts`."""
        return self.select(self.main_parts(min_share=min_share)) if len(self.tail) else self

    def main_parts(self, *, min_share: float) -> Flags:
        """Tell from which streets one can reach a good part of the network and return.

        Parts with at least *min_share* of the length of the largest part stay: a county may well
        have two networks that meet beyond its border, but drawing errors leave small pieces.
        """
        _, part = connected_components(self.matrix(), directed=True, connection="strong")
        inside = part[self.tail] == part[self.head]
        lengths = np.bincount(part[self.tail[inside]], weights=self.metres[inside])
        if not len(lengths):
            return np.asarray(inside, np.bool_)
        big = np.flatnonzero(lengths >= min_share * lengths.max())
        return np.asarray(inside & np.isin(part[self.tail], big), np.bool_)

    def arcs(self) -> tuple[Ints, Ints, Ints]:
        """Return all arcs that may be driven and the junctions at which they begin and end.

        Arc ``2k`` is street k as drawn, ``2k + 1`` the other way.
        """
        arc = np.flatnonzero(np.column_stack([self.forward, self.backward]))
        tail = np.column_stack([self.tail, self.head]).reshape(-1)
        head = np.column_stack([self.head, self.tail]).reshape(-1)
        return arc, tail[arc], head[arc]

    def line(self, street: int) -> NDArray[np.float64]:
        """Return the vertices of a street, rows of lon, lat."""
        here = slice(*self.offsets[street : street + 2].tolist())
        return np.column_stack([self.vertex_lon[here], self.vertex_lat[here]])


def read_roads(
    path: Path,
    *,
    speeds: Mapping[str, float] = SPEEDS_KMH,
    default_speed_kmh: float = DEFAULT_SPEED_KMH,
    crs: str | None = None,
) -> RoadGraph:
    """Read a road network from a map file of lines.

    Parameters
    ----------
    path
        GeoJSON (or any file of :mod:`layers.vectors`) of lines with the properties ``class`` (or
        ``highway``) and/or ``speed_kmh``, optional ``oneway`` (yes, -1, no).
    speeds
        Speed by class for roads without ``speed_kmh``.
    default_speed_kmh
        Speed of other classes.
    crs
        Coordinate system to assume where the file states none.

    Returns
    -------
    RoadGraph
        Without isolated scraps.

    Raises
    ------
    layers.vectors.VectorError, RoadError
    """
    lines = read_lines(path, crs=crs)
    graph = build_roads(lines, speeds=speeds, default_speed_kmh=default_speed_kmh)
    return graph.without_scraps()


def build_roads(
    lines: gpd.GeoDataFrame,
    *,
    speeds: Mapping[str, float] = SPEEDS_KMH,
    default_speed_kmh: float = DEFAULT_SPEED_KMH,
) -> RoadGraph:
    """Cut lines into streets between junctions; columns as in :func:`read_roads`, all kept.

    Raises
    ------
    RoadError
        ``bad_road_speed`` where a stated speed is not a positive number.
    """
    kmh = _speeds(lines, speeds=speeds, default=default_speed_kmh)
    forward, backward = _directions(lines)
    parts, line = shapely.get_parts(lines.geometry.to_numpy(), return_index=True)
    lonlat, part = shapely.get_coordinates(parts, return_index=True)
    node, lonlat, part = _distinct(np.round(lonlat, _SAME_PLACE_DECIMALS), part)
    start, stop = _cuts(node, part)
    sizes = stop - start + 1
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    vertex = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - start, sizes)
    lon, lat = lonlat[vertex, 0], lonlat[vertex, 1]
    along = metres_along(lon, lat, offsets)
    metres = along[offsets[1:] - 1]
    of_line = line[part[start]]
    junctions, ends = np.unique(np.concatenate([node[start], node[stop]]), return_inverse=True)
    at = np.zeros(node.max(initial=-1) + 1, dtype=np.int64)
    at[node] = np.arange(len(node))
    return RoadGraph(
        node_lon=lonlat[at[junctions], 0],
        node_lat=lonlat[at[junctions], 1],
        tail=ends[: len(start)].astype(np.int64),
        head=ends[len(start) :].astype(np.int64),
        seconds=metres / (kmh[of_line] / 3.6),
        metres=metres,
        forward=forward[of_line],
        backward=backward[of_line],
        vertex_lon=lon,
        vertex_lat=lat,
        vertex_metres=along,
        offsets=offsets,
    )


def fastest(
    tail: Ints, head: Ints, weight: Floats, *, size: int
) -> tuple[csr_array[np.float64], Ints]:
    """Make a sparse matrix of arcs, the lightest of parallel ones.

    Returns
    -------
    matrix, arc
        *size*×*size* matrix; for each stored value the position of its arc in the arguments.
    """
    order = np.lexsort((weight, head, tail))
    t, h = tail[order], head[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (t[1:] != t[:-1]) | (h[1:] != h[:-1])
    arc = order[first]
    starts = np.concatenate([[0], np.cumsum(np.bincount(tail[arc], minlength=size))])
    parts = (weight[arc], head[arc].astype(np.int32), starts.astype(np.int32))
    return csr_array(parts, shape=(size, size)), arc


def _speeds(lines: gpd.GeoDataFrame, *, speeds: Mapping[str, float], default: float) -> Floats:
    column = "class" if "class" in lines else "highway"
    kmh = np.full(len(lines), default)
    if column in lines:
        kmh = lines[column].map(dict(speeds)).astype(float).fillna(default).to_numpy(float)
    if "speed_kmh" in lines:
        given = lines["speed_kmh"]
        stated = pd.to_numeric(given, errors="coerce")
        bad = given.notna() & ~((stated > 0) & np.isfinite(stated))
        if bad.any():
            rows = tuple(np.flatnonzero(bad.to_numpy()).tolist())
            raise RoadError(code="bad_road_speed", column="speed_kmh", rows=rows)
        kmh = np.where(given.notna(), stated, kmh)
    return np.asarray(kmh, np.float64)


def _directions(lines: gpd.GeoDataFrame) -> tuple[Flags, Flags]:
    """Tell for each line whether it may be driven as drawn, and the other way."""
    if "oneway" not in lines:
        return np.ones(len(lines), np.bool_), np.ones(len(lines), np.bool_)
    told = [_word(value) for value in lines["oneway"].tolist()]
    only_forward = np.array([word in _FORWARD for word in told], dtype=np.bool_)
    only_backward = np.array([word in _BACKWARD for word in told], dtype=np.bool_)
    return ~only_backward, ~only_forward


def _word(value: object) -> str:
    """Read a mark that may be text, a flag or a number (1.0 where a column has gaps)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()


def _distinct(lonlat: Floats, part: Ints) -> tuple[Ints, Floats, Ints]:
    """Give each place a number and drop vertices that repeat the one before."""
    whole = np.rint(lonlat * 10**_SAME_PLACE_DECIMALS).astype(np.int64)
    _, node = np.unique((whole[:, 0] << 32) + whole[:, 1], return_inverse=True)
    keep = np.ones(len(node), dtype=np.bool_)
    keep[1:] = (node[1:] != node[:-1]) | (part[1:] != part[:-1])
    return node[keep].astype(np.int64), lonlat[keep], part[keep]


def _cuts(node: Ints, part: Ints) -> tuple[Ints, Ints]:
    """Return the first and the last vertex of each street.

    Cuts are made at the ends of lines and at vertices that occur more than once.
    """
    border = np.ones(len(node) + 1, dtype=np.bool_)
    border[1:-1] = part[1:] != part[:-1]
    cut = border[:-1] | border[1:] | (np.bincount(node)[node] > 1)
    at = np.flatnonzero(cut)
    same = part[at[:-1]] == part[at[1:]]
    return at[:-1][same], at[1:][same]


def metres_along(lon: Floats, lat: Floats, offsets: Ints) -> Floats:
    """Measure each vertex's distance from the start of its street on the ellipsoid."""
    step = np.zeros(len(lon))
    if len(lon) > 1:
        geod = pyproj.Geod(ellps="WGS84")
        step[1:] = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    step[offsets[:-1]] = 0.0
    total = np.cumsum(step)
    return np.asarray(total - np.repeat(total[offsets[:-1]], np.diff(offsets)), np.float64)
