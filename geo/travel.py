"""How long it takes and how far it is from every place to every other, in whole seconds and metres.

Places are joined to the nearest point of the nearest street, not to the nearest junction: country
roads run for kilometres without one. Where there are no roads, or none that connects two places,
the straight line times a detour factor stands in, and the result says for which pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from geo import crs as datums
from geo.roads import fastest

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from geo.roads import RoadGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# A weight carries the time in milliseconds and, below it, the length in decimetres, both exact in
# one float64 (53 bits: 37 hours and 6,700 km). One search then gives the fastest way and its
# length, and sums are the same on every machine because no addition ever rounds.
_DECIMETRE_BITS = 26
_MS = float(1 << _DECIMETRE_BITS)
_SAME_DEG = 5e-7  # 5 cm
_SOURCES_AT_ONCE = 64  # keeps the searches' memory small on large networks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Travel:
    """Travel between n places.

    Attributes
    ----------
    seconds, metres
        n×n integers, from row to column; 0 on the diagonal.
    straight
        n×n: True where the figures are an estimate along the straight line.
    fallback
        Number of pairs (from, to) that no road connects and that are therefore estimated. Without
        any roads it is 0.
    """

    seconds: Ints
    metres: Ints
    straight: Flags
    fallback: int
    _lon: Floats = field(repr=False)
    _lat: Floats = field(repr=False)
    _net: _Net | None = field(default=None, repr=False)

    def path(self, i: int, j: int) -> list[tuple[float, float]]:
        """Trace the way from place *i* to place *j* as (lon, lat), both ends included.

        Along the streets where the pair is connected, otherwise the straight line.
        """
        ends = [(float(self._lon[k]), float(self._lat[k])) for k in ((i, j) if i != j else (i,))]
        if self._net is None or i == j or self.straight[i, j]:
            return ends
        return _without_repeats([ends[0], *self._net.way(i, j), ends[1]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Net:
    """The road graph with the places' points on the road as additional nodes.

    An arc is a piece of a street, ``first`` to ``last`` metres from its tail; it is driven against
    the street's direction where ``first > last``.
    """

    roads: RoadGraph
    weights: csr_array[np.float64]
    arc: Ints
    street: Ints
    first: Floats
    last: Floats
    place: Ints
    access_m: Floats
    snap_lon: Floats
    snap_lat: Floats
    trees: dict[int, NDArray[np.int32]] = field(default_factory=dict)

    def by_road(self, *, access_speed_kmh: float) -> tuple[Floats, Floats, Floats]:
        """Return seconds (inf: no way), metres, and metres to and from the road, place by place."""
        nodes, inverse = np.unique(self.place, return_inverse=True)
        found = np.empty((len(nodes), len(nodes)))
        for begin in range(0, len(nodes), _SOURCES_AT_ONCE):
            rows = slice(begin, begin + _SOURCES_AT_ONCE)
            found[rows] = dijkstra(self.weights, indices=nodes[rows])[:, nodes]
        packed = found[np.ix_(inverse, inverse)]
        reached = np.isfinite(packed)
        whole = np.where(reached, packed, 0.0)
        legs = self.access_m[:, None] + self.access_m
        metres = (whole % _MS) / 10 + legs
        seconds = np.floor(whole / _MS) / 1000 + legs / (access_speed_kmh / 3.6)
        return np.where(reached, seconds, np.inf), metres, legs

    def way(self, i: int, j: int) -> list[tuple[float, float]]:
        """Trace the streets between two places' points on the road."""
        source, target = int(self.place[i]), int(self.place[j])
        if source not in self.trees:
            at = np.array([source])
            _, trees = dijkstra(self.weights, indices=at, return_predecessors=True)
            self.trees[source] = trees[0]
        tree, nodes = self.trees[source], [target]
        while nodes[-1] != source:
            nodes.append(int(tree[nodes[-1]]))
        nodes.reverse()
        way = [(float(self.snap_lon[i]), float(self.snap_lat[i]))]
        for a, b in pairwise(nodes):
            way += self._piece(a, b)
        return [*way, (float(self.snap_lon[j]), float(self.snap_lat[j]))]

    def _piece(self, a: int, b: int) -> list[tuple[float, float]]:
        """Return the street vertices on the arc from node *a* to node *b*, ends included."""
        begin, end = (int(k) for k in self.weights.indptr[a : a + 2])
        k = self.arc[begin + int(np.searchsorted(self.weights.indices[begin:end], b))]
        here = slice(*self.roads.offsets[self.street[k] : self.street[k] + 2].tolist())
        along = self.roads.vertex_metres[here]
        low, high = sorted((float(self.first[k]), float(self.last[k])))
        inside = (along >= low) & (along <= high)
        lon = self.roads.vertex_lon[here][inside].tolist()
        lat = self.roads.vertex_lat[here][inside].tolist()
        points = list(zip(lon, lat, strict=True))
        return points if self.first[k] <= self.last[k] else points[::-1]


def travel(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    roads: RoadGraph | None,
    crs: pyproj.CRS,
    detour: float = 1.35,
    speed_kmh: float = 35.0,
    access_speed_kmh: float = 20.0,
    start_seconds: int = 60,
) -> Travel:
    """Work out travel between all pairs of places.

    Parameters
    ----------
    lon, lat
        n places, WGS-84 degrees, none missing.
    roads
        The network, or None for straight lines everywhere.
    crs
        Metric projection of the area.
    detour
        Metres of road for a metre of straight line, where roads are unknown. 1.25–1.45 is usual in
        hilly counties; product choice.
    speed_kmh
        Speed on unknown roads.
    access_speed_kmh
        Speed on the straight leg between a place and its point on the road.
    start_seconds
        Added to every trip between two places: getting in, leaving, parking.

    Returns
    -------
    Travel

    Raises
    ------
    ValueError
        If a coordinate is missing or a speed is not positive.

    Notes
    -----
    Two places that are nearer to each other than to the road are joined directly at access speed.
    """
    x, y = datums.project(np.atleast_1d(lon), np.atleast_1d(lat), crs)
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise ValueError("travel needs coordinates for every place")
    if min(detour, speed_kmh, access_speed_kmh) <= 0:
        raise ValueError("speeds and the detour factor must be positive")
    metres = np.hypot(x[:, None] - x, y[:, None] - y) * detour
    seconds = metres / (speed_kmh / 3.6)
    straight, reached, net = np.ones(metres.shape, np.bool_), np.ones(metres.shape, np.bool_), None
    if roads is not None and len(roads.tail) and len(x):
        net = _joined(roads, x, y, crs=crs)
        road_seconds, road_metres, legs = net.by_road(access_speed_kmh=access_speed_kmh)
        direct = metres < legs
        reached = np.isfinite(road_seconds) | direct
        straight = direct | ~reached
        seconds = np.where(direct, metres / (access_speed_kmh / 3.6), seconds)
        seconds = np.where(straight, seconds, road_seconds)
        metres = np.where(straight, metres, road_metres)
    return Travel(
        seconds=_whole(seconds + start_seconds),
        metres=_whole(metres),
        straight=straight,
        fallback=int((~reached).sum()),
        _lon=np.atleast_1d(np.asarray(lon, np.float64)),
        _lat=np.atleast_1d(np.asarray(lat, np.float64)),
        _net=net,
    )


def _without_repeats(way: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points within centimetres of the one before, never the first or the last."""
    kept = way[:1]
    for point in way[1:-1]:
        if max(abs(point[0] - kept[-1][0]), abs(point[1] - kept[-1][1])) > _SAME_DEG:
            kept.append(point)
    close = max(abs(way[-1][0] - kept[-1][0]), abs(way[-1][1] - kept[-1][1])) <= _SAME_DEG
    return [*(kept[:-1] if close and len(kept) > 1 else kept), way[-1]]


def _whole(values: Floats) -> Ints:
    """Round to integers with nothing to do between a place and itself."""
    whole = np.rint(values).astype(np.int64)
    np.fill_diagonal(whole, 0)
    return whole


def _joined(roads: RoadGraph, x: Floats, y: Floats, *, crs: pyproj.CRS) -> _Net:
    """Put every place's nearest point of the road into the graph as a node."""
    street, share, snap_x, snap_y = _nearest(roads, x, y, crs=crs)
    stops, place = np.unique(
        np.column_stack([street, np.round(share, 9)]), axis=0, return_inverse=True
    )
    snap_lon, snap_lat = datums.unproject(snap_x, snap_y, crs)
    tail, head, pieces, first, last = _pieces(roads, stops)
    weight = _packed(np.abs(last - first), roads=roads, street=pieces)
    size = len(roads.node_lon)
    weights, arc = fastest(tail, head, weight, size=size + len(stops))
    return _Net(
        roads=roads,
        weights=weights,
        arc=arc,
        street=pieces,
        first=first,
        last=last,
        place=size + place.reshape(-1).astype(np.int64),
        access_m=np.hypot(snap_x - x, snap_y - y),
        snap_lon=snap_lon,
        snap_lat=snap_lat,
    )


def _pieces(roads: RoadGraph, stops: Floats) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Cut streets at stops (rows of street, share of its length), each stop a new node.

    Returns tail and head node, street, and metres at begin and end of every arc that may be driven.
    """
    count, size = len(roads.tail), len(roads.node_lon)
    # Each street becomes a chain: tail, the stops on it in order, head. A stop may lie exactly on
    # an end, so the order is by rank first.
    chain = np.concatenate([np.arange(count), np.arange(count), stops[:, 0].astype(np.int64)])
    node = np.concatenate([roads.tail, roads.head, size + np.arange(len(stops))])
    share = np.concatenate([np.zeros(count), np.ones(count), stops[:, 1]])
    rank = np.repeat([0, 2, 1], [count, count, len(stops)])
    order = np.lexsort((share, rank, chain))
    chain, node, share = chain[order], node[order], share[order]
    same = chain[1:] == chain[:-1]
    street = chain[:-1][same]
    a, b, low, high = node[:-1][same], node[1:][same], share[:-1][same], share[1:][same]
    ahead, back = roads.forward[street], roads.backward[street]
    both = np.concatenate([street[ahead], street[back]])
    first = np.concatenate([low[ahead], high[back]]) * roads.metres[both]
    last = np.concatenate([high[ahead], low[back]]) * roads.metres[both]
    tail, head = np.concatenate([a[ahead], b[back]]), np.concatenate([b[ahead], a[back]])
    return tail, head, both, first, last


def _packed(length: Floats, *, roads: RoadGraph, street: Ints) -> Floats:
    """Pack time and length of street pieces into one exact weight each."""
    pace = roads.seconds / np.maximum(roads.metres, 1e-9)
    milliseconds = np.rint(length * pace[street] * 1000)
    # A stored zero could be taken for "no arc".
    return np.asarray(np.maximum(milliseconds * _MS + np.rint(length * 10), 1.0), np.float64)


def _nearest(
    roads: RoadGraph, x: Floats, y: Floats, *, crs: pyproj.CRS
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return nearest street, share of its length from its tail, and the point on it in metres."""
    vertex_x, vertex_y = datums.project(roads.vertex_lon, roads.vertex_lat, crs)
    of_street = np.repeat(np.arange(len(roads.tail)), np.diff(roads.offsets))
    xy = np.column_stack([vertex_x, vertex_y])
    lines = np.asarray(shapely.linestrings(xy, indices=of_street), dtype=object)
    points = np.asarray(shapely.points(x, y), dtype=object)
    street = np.asarray(shapely.STRtree(lines).nearest(points), np.int64)
    share = shapely.line_locate_point(lines[street], points, normalized=True)
    snapped = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[street], share, normalized=True)
    )
    return street, np.asarray(share, np.float64), snapped[:, 0], snapped[:, 1]
