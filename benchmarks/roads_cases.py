"""Networks for the benchmark of roads: made up at any size, written as an extract, with houses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import osmium

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.roads import RoadGraph

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_STEP_DEG = 0.0025  # junctions are about 250 m apart
_BENDS = 4  # vertices between two junctions
_MAIN = 12  # every so many rows and columns are a main road
_KEPT = 0.72  # share of the other streets that are there
_NO_PLACES = ("track", "service", "living_street", "ferry", "motorway", "motorway_link")


def write_network(path: Path, *, junctions: int, seed: int) -> int:
    """Write a made-up county as .osm.pbf; return the number of junctions.

    A bent lattice of which a quarter of the small streets is missing, with main roads, one-way
    streets, traffic lights where main roads cross, and a house beside every junction.
    """
    rng = np.random.default_rng(seed)
    side = int(junctions**0.5)
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    at = np.column_stack([column.ravel(), row.ravel()]) * _STEP_DEG
    at = at + rng.uniform(-0.3, 0.3, at.shape) * _STEP_DEG + (112.0, 26.0)
    number = np.arange(side * side).reshape(side, side)
    along = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    beside = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    level = np.concatenate([row[:, :-1].ravel(), column[:-1].ravel()]) % _MAIN
    there = (level == 0) | (rng.random(len(along)) < _KEPT)
    ends = np.column_stack([along, beside])[there]
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        _write(writer, at, ends, level[there], rng=rng)
    return side * side


def _write(
    writer: osmium.SimpleWriter, at: Floats, ends: Ints, level: Ints, *, rng: np.random.Generator
) -> None:
    share = (np.arange(_BENDS) + 1) / (_BENDS + 1)
    a, b = at[ends[:, 0]], at[ends[:, 1]]
    bends = a[:, None] + (b - a)[:, None] * share[:, None]
    bends = bends + rng.normal(0, 0.02 * _STEP_DEG, bends.shape)
    houses = at[:, None] + np.array([(1, 1), (2, 1), (2, 2), (1, 2)]) * 0.05 * _STEP_DEG
    main = np.bincount(ends[level == 0].ravel(), minlength=len(at)) == 4
    nodes = [*at.tolist(), *bends.reshape(-1, 2).tolist(), *houses.reshape(-1, 2).tolist()]
    lights = {"highway": "traffic_signals"}
    for k, place in enumerate(nodes):
        tags = lights if k < len(main) and main[k] else {}
        writer.add_node(osmium.osm.mutable.Node(id=k + 1, location=place, tags=tags))
    kinds = rng.choice(["tertiary", "unclassified", "residential"], len(ends), p=[0.2, 0.4, 0.4])
    single = rng.random(len(ends)) < 0.04
    first = len(at) + 1
    for k, (start, end) in enumerate((ends + 1).tolist()):
        tags = {"highway": "secondary" if level[k] == 0 else str(kinds[k]), "name": f"路{k % 997}"}
        if level[k] and single[k]:
            tags["oneway"] = "yes"
        between = range(first + k * _BENDS, first + (k + 1) * _BENDS)
        writer.add_way(osmium.osm.mutable.Way(id=k + 1, nodes=[start, *between, end], tags=tags))
    first += len(ends) * _BENDS
    for k in range(len(at)):
        ring = [first + 4 * k + corner for corner in (0, 1, 2, 3, 0)]
        way = osmium.osm.mutable.Way(id=len(ends) + k + 1, nodes=ring, tags={"building": "yes"})
        writer.add_way(way)


def places(roads: RoadGraph, *, count: int, seed: int) -> tuple[Floats, Floats]:
    """Return points some 20 m beside the streets of a network, which every engine finds alike.

    Tracks, service ways and expressways have none: engines differ in whether they join them.
    """
    rng = np.random.default_rng(seed)
    usual = ~np.isin(np.array(roads.kinds)[roads.kind], _NO_PLACES)
    vertex = np.flatnonzero(np.repeat(usual, np.diff(roads.offsets)))
    chosen = rng.choice(vertex, size=count, replace=len(vertex) < count)
    off = rng.normal(0, 2e-4, (2, count))
    return roads.vertex_lon[chosen] + off[0], roads.vertex_lat[chosen] + off[1]
