"""From the ways of an extract to a road network: cut at junctions, joined where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.carriageways import join_carriageways
from geo.osm import degrees, read_extract
from geo.road_rules import road_rules
from geo.roads import Island, RoadGraph, metres_along
from geo.street_chains import chains, gather, partners
from geo.turn_rules import priced_turns
from geo.turns import Junctions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.osm import Box, Extract
    from geo.road_rules import RoadRules
    from geo.street_chains import Chains

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_PACE_STEP = 1.25  # streets whose paces differ by less than this factor may become one
_TOLD = 20  # islands that are named


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Streets:
    """Streets between cuts: nodes, way and line that each was cut from, and its vertices."""

    tail: Ints
    head: Ints
    line: Ints
    vertex: Ints
    offsets: Ints


def read_osm_roads(
    path: Path,
    *,
    rules: RoadRules | None = None,
    box: Box | None = None,
    progress: Callable[[str, int], None] = lambda stage, count: None,
) -> RoadGraph:
    """Read the road network of an extract of OpenStreetMap.

    Parameters
    ----------
    path
        .osm.pbf, .osm, .osm.gz or .osm.bz2.
    rules
        Access, speeds and costs of turns; the shipped ones by default.
    box
        West, south, east, north: what lies wholly outside is left out.
    progress
        Told ``osm_roads`` with how many ways and barriers were looked at so far.

    Returns
    -------
    RoadGraph
        With turns; without the small parts that one cannot drive to, which ``islands`` names.

    Raises
    ------
    layers.vectors.VectorError
        If the file is broken or has no road.
    """
    known = rules or road_rules()
    return build_osm_roads(read_extract(path, rules=known, box=box, progress=progress), rules=known)


def build_osm_roads(extract: Extract, *, rules: RoadRules) -> RoadGraph:
    """Make a road network of an extract; see :func:`read_osm_roads`."""
    streets, key = _cut(extract)
    lon, lat = degrees(extract.key[streets.vertex])
    length = metres_along(lon, lat, streets.offsets)[streets.offsets[1:] - 1]
    way = extract.way[streets.line]
    seconds = length * _paces(extract, streets, length)
    partner = partners(
        streets.tail, streets.head, like=_likeness(extract, way, seconds, length),
        forward=np.array([one.forward for one in extract.ways])[way],
        backward=np.array([one.backward for one in extract.ways])[way],
        kept=np.flatnonzero(_kept(extract, key)),
    )  # fmt: skip
    found = chains(partner)
    graph, nodes = _network(extract, streets, key, found, seconds=seconds)
    lead, last = found.street[found.first[:-1]], found.street[found.first[1:] - 1]
    line = streets.line[lead]
    ids = np.column_stack([extract.id[line], extract.id[streets.line[last]]])
    graph, like = join_carriageways(
        graph, extract.name[line], within_m=rules.edge_m, seconds=rules.edge_s
    )
    line = np.concatenate([line, line[like]])
    ids = np.concatenate([ids, np.zeros((len(like), 2), np.int64)])  # no sign speaks of them
    return _finished(graph, extract, line, ids, key[nodes], rules=rules)


def _network(
    extract: Extract, streets: _Streets, key: Ints, found: Chains, *, seconds: Floats
) -> tuple[RoadGraph, Ints]:
    """Make one street of each chain; return the network and which nodes its junctions are."""
    lead, turned = found.street[found.first[:-1]], found.turned[found.first[:-1]]
    last, last_turned = found.street[found.first[1:] - 1], found.turned[found.first[1:] - 1]
    tail = np.where(turned, streets.head[lead], streets.tail[lead])
    head = np.where(last_turned, streets.tail[last], streets.head[last])
    nodes, ends = np.unique(np.concatenate([tail, head]), return_inverse=True)
    vertex, offsets = gather(found, streets.offsets)
    lon, lat = degrees(extract.key[streets.vertex[vertex]])
    along = metres_along(lon, lat, offsets)
    way = extract.way[streets.line[lead]]
    forward = np.array([one.forward for one in extract.ways])[way]
    backward = np.array([one.backward for one in extract.ways])[way]
    kinds, kind = np.unique([one.kind for one in extract.ways], return_inverse=True)
    graph = RoadGraph(
        node_lon=degrees(key[nodes])[0],
        node_lat=degrees(key[nodes])[1],
        tail=ends[: len(lead)].astype(np.int64),
        head=ends[len(lead) :].astype(np.int64),
        seconds=np.add.reduceat(seconds[found.street], found.first[:-1]),
        metres=along[offsets[1:] - 1],
        forward=np.where(turned, backward, forward),
        backward=np.where(turned, forward, backward),
        vertex_lon=lon,
        vertex_lat=lat,
        vertex_metres=along,
        offsets=offsets,
        kinds=tuple(kinds.tolist()),
        kind=kind[way].astype(np.int64),
        joined=np.array([one.joined for one in extract.ways])[way],
    )
    return graph, nodes


def _finished(
    graph: RoadGraph, extract: Extract, line: Ints, ids: Ints, key: Ints, *, rules: RoadRules
) -> RoadGraph:
    """Leave out what cannot be driven to and price the turns of the rest."""
    main = graph.main_parts(min_share=rules.min_share)
    islands = _islands(graph, ~main, [extract.names[k] for k in extract.name[line].tolist()])
    kept = graph.select(main)
    if not main.any():
        return replace(kept, islands=islands)
    node = np.unique(np.concatenate([graph.tail[main], graph.head[main]]))
    ways = extract.way[line[main]]
    turns = priced_turns(
        kept,
        Junctions(
            key=key[node],
            ways=ids[main],
            ring=np.array([one.ring for one in extract.ways])[ways],
            private=np.array([one.private for one in extract.ways])[ways],
            signal=np.isin(key[node], extract.signals),
            gate=np.isin(key[node], extract.gates),
        ),
        restrictions=extract.restrictions,
        costs=rules.turns,
    )
    return replace(kept, turns=turns, islands=islands)


def _cut(extract: Extract) -> tuple[_Streets, Ints]:
    """Cut lines at shared vertices and wherever something stands on the road.

    Returns the streets and the key of every node; a closed barrier is a node of its own for each
    street that ends there.
    """
    line = np.repeat(np.arange(len(extract.way)), np.diff(extract.offsets))
    places, node = np.unique(extract.key, return_inverse=True)
    border = np.zeros(len(node) + 1, np.bool_)
    border[extract.offsets] = True
    marked = np.concatenate([
        extract.shut, extract.gates, extract.signals, [one.via for one in extract.restrictions],
    ])  # fmt: skip
    cut = border[:-1] | border[1:] | (np.bincount(node)[node] > 1)
    cut |= np.isin(places, marked)[node]
    at = np.flatnonzero(cut)
    same = line[at[:-1]] == line[at[1:]]
    start, stop = at[:-1][same], at[1:][same]
    moved = extract.key[start] != extract.key[stop]
    moved |= stop - start > 1  # a ring; a street of no length is none
    start, stop = start[moved], stop[moved]
    ends = np.concatenate([node[start], node[stop]])
    apart = np.flatnonzero(np.isin(places, extract.shut)[ends])
    key = np.concatenate([places, places[ends[apart]]])
    ends[apart] = len(places) + np.arange(len(apart))
    sizes = stop - start + 1
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return _Streets(
        tail=ends[: len(start)],
        head=ends[len(start) :],
        line=line[start],
        vertex=np.arange(offsets[-1]) - np.repeat(offsets[:-1] - start, sizes),
        offsets=offsets,
    ), key


def _paces(extract: Extract, streets: _Streets, length: Floats) -> Floats:
    """Return seconds a metre; those of a ferry tell its duration and the wait before it."""
    way = extract.way[streets.line]
    pace = 3.6 / np.array([one.kmh for one in extract.ways])
    whole = np.bincount(streets.line, weights=length, minlength=len(extract.way))
    tagged = np.array([one.seconds for one in extract.ways])[way]
    wait = np.array([one.wait_s for one in extract.ways])[way]
    of_line = np.maximum(whole[streets.line], 1.0)
    return np.where(tagged > 0, tagged / of_line, pace[way]) + wait / of_line


def _likeness(extract: Extract, way: Ints, seconds: Floats, length: Floats) -> Ints:
    """Return a number for each street that is the same for those that may become one."""
    sorts = {(one.kind, one.private, one.ring): 0 for one in extract.ways}
    number = {sort: k for k, sort in enumerate(sorts)}
    sort = np.array([number[one.kind, one.private, one.ring] for one in extract.ways])[way]
    pace = seconds / np.maximum(length, 1e-9)
    step = np.rint(np.log(np.maximum(pace, 1e-9)) / np.log(_PACE_STEP)).astype(np.int64)
    return np.asarray(sort * 1000 + step, np.int64)


def _kept(extract: Extract, key: Ints) -> Flags:
    """Tell which nodes stay whatever meets there: lights, gates, and where turns are forbidden."""
    via = {one.via for one in extract.restrictions if one.via}
    stay = np.isin(key, np.concatenate([extract.gates, extract.signals, [*via]]))
    over = {k for one in extract.restrictions for k in one.over}
    lines = np.flatnonzero(np.isin(extract.id, [*over]))
    ends = [extract.offsets[lines], extract.offsets[lines + 1] - 1]
    return np.asarray(stay | np.isin(key, extract.key[np.concatenate(ends)]), np.bool_)


def _islands(graph: RoadGraph, out: Flags, names: list[str]) -> tuple[Island, ...]:
    """Name the parts left out, by the longest street of each that has a name."""
    streets = np.flatnonzero(out)
    size = len(graph.node_lon)
    ones = np.ones(len(streets))
    joined = coo_array((ones, (graph.tail[streets], graph.head[streets])), shape=(size, size))
    part = connected_components(joined, directed=False)[1][graph.tail[streets]]
    total = np.bincount(part, weights=graph.metres[streets])
    largest = np.argsort(-total, kind="stable")[:_TOLD]
    found = []
    for one in largest[total[largest] > 0].tolist():
        inside = streets[part == one]
        order = inside[np.argsort(-graph.metres[inside], kind="stable")].tolist()
        name = next((names[k] for k in order if names[k]), "")
        lon, lat = graph.line(order[0]).mean(axis=0).tolist()
        found.append(Island(name=name, metres=float(total[one]), lon=lon, lat=lat))
    return tuple(found)
