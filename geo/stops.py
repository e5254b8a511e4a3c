"""Places on a road network: where each joins it, and the ways from there and to there."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from geo import crs as datums
from geo import hierarchy
from geo.roads import fastest
from geo.search import Graph, climbs, graph_of, pace_ms, packed, plain, ranked, unpacked

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from geo.roads import RoadGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


class _Pieces(NamedTuple):
    """Parts of arcs: those that begin or end at stops.

    ``first`` and ``last`` are metres from the street's tail; ``start`` and ``end`` are a state and
    a stop, a stop and a state, or two stops.
    """

    start: Ints
    end: Ints
    arc: Ints
    first: Floats
    last: Floats
    weight: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ways:
    """States, then stops to leave from, then stops to come to, as one sparse matrix.

    ``arc``, ``first`` and ``last`` tell for each stored value the piece of street that it stands
    for; it is driven against the street's direction where ``first > last``.
    """

    matrix: csr_array[np.float64]
    arc: Ints
    first: Floats
    last: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Net:
    """The road graph with the points at which n places join it.

    Attributes
    ----------
    place
        For each place its stop: places at one point of the road share one.
    access_m
        Metres from each place to its point on the road.
    """

    roads: RoadGraph
    graph: Graph
    stops: int
    leaving: _Pieces
    coming: _Pieces
    between: _Pieces
    place: Ints
    access_m: Floats
    snap_lon: Floats
    snap_lat: Floats
    memo: dict[str, _Ways] = field(default_factory=dict)
    trees: dict[int, NDArray[np.int32]] = field(default_factory=dict)

    def by_road(self, *, access_speed_kmh: float) -> tuple[Floats, Floats, Floats]:
        """Return seconds (inf: no way), metres, and metres to and from the road, place by place."""
        found = self._climbed() if climbs(self.roads, rows=self.stops) else self._searched()
        np.fill_diagonal(found, 0)
        found = found[np.ix_(self.place, self.place)]
        reached = found < hierarchy.NONE
        seconds, metres = unpacked(np.where(reached, found, 0))
        legs = self.access_m[:, None] + self.access_m
        seconds = seconds + legs / (access_speed_kmh / 3.6)
        return np.where(reached, seconds, np.inf), metres + legs, legs

    def way(self, i: int, j: int) -> list[tuple[float, float]]:
        """Trace the streets between two places' points on the road."""
        begin = (float(self.snap_lon[i]), float(self.snap_lat[i]))
        end = (float(self.snap_lon[j]), float(self.snap_lat[j]))
        source = self.graph.states + int(self.place[i])
        target = self.graph.states + self.stops + int(self.place[j])
        if self.place[i] == self.place[j]:
            return [begin, end]
        if source not in self.trees:
            _, trees = dijkstra(
                self._ways().matrix, indices=np.array([source]), return_predecessors=True
            )
            self.trees[source] = trees[0]
        tree, nodes = self.trees[source], [target]
        while nodes[-1] != source:
            nodes.append(int(tree[nodes[-1]]))
        nodes.reverse()
        way = [begin]
        for a, b in pairwise(nodes):
            way += self._piece(a, b)
        return [*way, end]

    def _searched(self) -> Ints:
        """Search plainly from every stop."""
        at = self.graph.states + np.arange(self.stops)
        return plain(self._ways().matrix, at, at + self.stops)

    def _climbed(self) -> Ints:
        """Search by the hierarchy; stops on one street may be joined by the street alone."""
        rank = ranked(self.roads)
        sources = _seeds(self.leaving.start, self.leaving.end, self.leaving.weight, self.stops)
        targets = _seeds(self.coming.end, self.coming.start, self.coming.weight, self.stops)
        found = hierarchy.many_to_many(rank, sources, targets)
        np.minimum.at(found, (self.between.start, self.between.end), self.between.weight)
        return found

    def _ways(self) -> _Ways:
        if "ways" not in self.memo:
            self.memo["ways"] = _joined(self)
        return self.memo["ways"]

    def _piece(self, a: int, b: int) -> list[tuple[float, float]]:
        """Return the street vertices on the link from node *a* to node *b*, ends included."""
        ways = self._ways()
        begin, end = (int(k) for k in ways.matrix.indptr[a : a + 2])
        k = begin + int(np.searchsorted(ways.matrix.indices[begin:end], b))
        street = int(ways.arc[k]) // 2
        here = slice(*self.roads.offsets[street : street + 2].tolist())
        along = self.roads.vertex_metres[here]
        low, high = sorted((float(ways.first[k]), float(ways.last[k])))
        inside = (along >= low) & (along <= high)
        lon = self.roads.vertex_lon[here][inside].tolist()
        lat = self.roads.vertex_lat[here][inside].tolist()
        points = list(zip(lon, lat, strict=True))
        return points if ways.first[k] <= ways.last[k] else points[::-1]


def join(roads: RoadGraph, x: Floats, y: Floats, *, crs: pyproj.CRS) -> Net:
    """Join places, in metres of *crs*, to the nearest points of the network."""
    street, share, snap_x, snap_y = _nearest(roads, x, y, crs=crs)
    stops, place = np.unique(
        np.column_stack([street, np.round(share, 9)]), axis=0, return_inverse=True
    )
    snap_lon, snap_lat = datums.unproject(snap_x, snap_y, crs)
    at = stops[:, 0].astype(np.int64)
    along = stops[:, 1] * roads.metres[at]
    graph = graph_of(roads)
    return Net(
        roads=roads,
        graph=graph,
        stops=len(stops),
        leaving=_leaving(roads, graph, at, along),
        coming=_coming(roads, graph, at, along),
        between=_between(roads, at, along),
        place=place.reshape(-1).astype(np.int64),
        access_m=np.hypot(snap_x - x, snap_y - y),
        snap_lon=snap_lon,
        snap_lat=snap_lat,
    )


def _pieces(
    roads: RoadGraph, start: Ints, end: Ints, arc: Ints, first: Floats, last: Floats, ms: Ints
) -> _Pieces:
    length = np.abs(last - first)
    weight = packed(ms + np.rint(pace_ms(roads)[arc // 2] * length), length)
    return _Pieces(start, end, arc, first, last, weight)


def _leaving(roads: RoadGraph, graph: Graph, street: Ints, along: Floats) -> _Pieces:
    """Return the ways from each stop to both ends of its street, where they may be driven."""
    stop = np.tile(np.arange(len(street)), 2)
    arc = np.concatenate([2 * street, 2 * street + 1])
    last = np.concatenate([roads.metres[street], np.zeros(len(street))])
    state = graph.turns.arrive[arc]
    ok = state >= 0
    return _pieces(roads, stop[ok], state[ok], arc[ok], np.tile(along, 2)[ok], last[ok],
                   graph.turns.arrive_ms[arc[ok]])  # fmt: skip


def _coming(roads: RoadGraph, graph: Graph, street: Ints, along: Floats) -> _Pieces:
    """Return the ways from states to each stop, one for each link that leads along it."""
    turns = graph.turns
    order = np.argsort(turns.arc, kind="stable")
    arcs = turns.arc[order]
    stop = np.tile(np.arange(len(street)), 2)
    arc = np.concatenate([2 * street, 2 * street + 1])
    low, high = np.searchsorted(arcs, arc), np.searchsorted(arcs, arc, side="right")
    count = high - low
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    link = order[np.repeat(low, count) + step]
    stop, arc = np.repeat(stop, count), np.repeat(arc, count)
    first = np.where(arc % 2 == 0, 0.0, roads.metres[arc // 2])
    return _pieces(roads, turns.start[link], stop, arc, first, along[stop], turns.ms[link])


def _between(roads: RoadGraph, street: Ints, along: Floats) -> _Pieces:
    """Return the ways between stops on one street; stops are in the order of their streets."""
    count = np.bincount(street, minlength=len(roads.tail))
    begin = np.cumsum(count) - count
    mates = count[street]
    one = np.repeat(np.arange(len(street)), mates)
    step = np.arange(len(one)) - np.repeat(np.cumsum(mates) - mates, mates)
    two = np.repeat(begin[street], mates) + step
    ahead = (along[two] >= along[one]) & roads.forward[street[one]]
    back = (along[two] <= along[one]) & roads.backward[street[one]]
    ok = (one != two) & (ahead | back)
    one, two = one[ok], two[ok]
    arc = 2 * street[one] + np.where(ahead[ok], 0, 1)
    return _pieces(roads, one, two, arc, along[one], along[two], np.zeros_like(one))


def _joined(net: Net) -> _Ways:
    graph, roads, stops = net.graph, net.roads, net.stops
    out, into = graph.states, graph.states + stops
    backward = graph.arc % 2 == 1
    length = roads.metres[graph.arc // 2]
    leaving, coming, between = net.leaving, net.coming, net.between
    parts = (leaving, coming, between)
    start = [graph.start, leaving.start + out, coming.start, between.start + out]
    end = [graph.end, leaving.end, coming.end + into, between.end + into]
    weight = np.concatenate([graph.weight, *(part.weight for part in parts)])
    matrix, kept = fastest(
        np.concatenate(start), np.concatenate(end), weight.astype(np.float64),
        size=into + stops,
    )  # fmt: skip
    first = [np.where(backward, length, 0.0), *(part.first for part in parts)]
    last = [np.where(backward, 0.0, length), *(part.last for part in parts)]
    return _Ways(
        matrix=matrix,
        arc=np.concatenate([graph.arc, *(part.arc for part in parts)])[kept],
        first=np.concatenate(first)[kept],
        last=np.concatenate(last)[kept],
    )


def _seeds(stop: Ints, state: Ints, weight: Ints, stops: int) -> hierarchy.Seeds:
    order = np.argsort(stop, kind="stable")
    counts = np.bincount(stop, minlength=stops)
    return hierarchy.Seeds(
        begin=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        state=state[order].astype(np.int32),
        weight=weight[order],
    )


def _nearest(
    roads: RoadGraph, x: Floats, y: Floats, *, crs: pyproj.CRS
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return nearest street, share of its length from its tail, and the point on it in metres."""
    which, lines, tree = _in_metres(roads, crs)
    points = np.asarray(shapely.points(x, y), dtype=object)
    found = np.asarray(tree.nearest(points), np.int64)
    share = shapely.line_locate_point(lines[found], points, normalized=True)
    snapped = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[found], share, normalized=True)
    )
    return which[found], np.asarray(share, np.float64), snapped[:, 0], snapped[:, 1]


def _in_metres(
    roads: RoadGraph, crs: pyproj.CRS
) -> tuple[Ints, NDArray[np.object_], shapely.STRtree]:
    """Return the streets that places are joined to, as lines in *crs*; worked out once."""
    name = f"lines {crs.to_string()}"
    if name not in roads.memo:
        vertex_x, vertex_y = datums.project(roads.vertex_lon, roads.vertex_lat, crs)
        joined = np.ones(len(roads.tail), np.bool_) if roads.joined is None else roads.joined
        sizes = np.diff(roads.offsets)
        which = np.flatnonzero(joined) if joined.any() else np.arange(len(roads.tail))
        chosen = np.isin(np.repeat(np.arange(len(sizes)), sizes), which)
        xy = np.column_stack([vertex_x, vertex_y])[chosen]
        indices = np.repeat(np.arange(len(which)), sizes[which])
        lines = np.asarray(shapely.linestrings(xy, indices=indices), dtype=object)
        roads.memo[name] = (which, lines, shapely.STRtree(lines))
    return cast("tuple[Ints, NDArray[np.object_], shapely.STRtree]", roads.memo[name])
