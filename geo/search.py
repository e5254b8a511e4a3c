"""The fastest ways over a road network: exact weights, plain search or hierarchy, whichever is due.

A weight carries the time in milliseconds and, below it, the length in decimetres. Both are exact in
53 bits (37 hours and 6,700 km), so one search gives the fastest way and its length, and sums are
the same on every machine because no addition ever rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy.sparse.csgraph import dijkstra

from geo import hierarchy
from geo.turns import Turns

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from geo.roads import RoadGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_DECIMETRE_BITS = 26
_MS = 1 << _DECIMETRE_BITS
_SOURCES_AT_ONCE = 64  # keeps the searches' memory small on large networks

HIERARCHY_FROM = 10_000_000
"""Rows of a matrix times states from which a hierarchy is built: for less it is not worth the
seconds that compiling takes the first time on a machine."""

FEWEST_ROWS = 150
"""Rows from which building (25 µs a state) is quicker than plain searches (0.16 µs a state)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """States and links with their whole weights, of parallel links the lightest."""

    turns: Turns
    states: int
    start: Ints
    end: Ints
    weight: Ints
    arc: Ints


def packed(milliseconds: Ints | Floats, metres: Floats) -> Ints:
    """Pack time and length into one exact weight each; none is 0, which could be "no link"."""
    whole = np.rint(milliseconds).astype(np.int64) * _MS
    return np.asarray(np.maximum(whole + np.rint(metres * 10).astype(np.int64), 1), np.int64)


def unpacked(weight: Ints) -> tuple[Floats, Floats]:
    """Return seconds and metres."""
    return (weight >> _DECIMETRE_BITS) / 1000, (weight & (_MS - 1)) / 10


def pace_ms(roads: RoadGraph) -> Floats:
    """Return milliseconds a metre of every street."""
    return np.asarray(roads.seconds / np.maximum(roads.metres, 1e-9) * 1000, np.float64)


def graph_of(roads: RoadGraph) -> Graph:
    """Return the graph that ways over *roads* are searched in; worked out once."""
    if "graph" not in roads.memo:
        turns = roads.turns or _free(roads)
        street = turns.arc // 2
        cost = turns.ms + turns.arrive_ms[turns.arc]
        driving = np.rint(pace_ms(roads)[street] * roads.metres[street]).astype(np.int64)
        weight = packed(cost + driving, roads.metres[street])
        order = np.lexsort((weight, turns.end, turns.start))
        start, end = turns.start[order], turns.end[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        kept = order[first & (start != end)]
        roads.memo["graph"] = Graph(
            turns=turns, states=turns.states, start=turns.start[kept], end=turns.end[kept],
            weight=weight[kept], arc=turns.arc[kept],
        )  # fmt: skip
    return cast("Graph", roads.memo["graph"])


def _free(roads: RoadGraph) -> Turns:
    """Return the turns of a network on which all are allowed and cost nothing."""
    arc, tail, head = roads.arcs()
    arrive = np.full(2 * len(roads.tail), -1, np.int64)
    arrive[arc] = head
    return Turns(
        states=len(roads.node_lon), start=tail, arc=arc, end=head, ms=np.zeros_like(arc),
        arrive=arrive, arrive_ms=np.zeros_like(arrive),
    )  # fmt: skip


def ranked(roads: RoadGraph) -> hierarchy.Hierarchy:
    """Return the hierarchy of *roads*; worked out once."""
    if "hierarchy" not in roads.memo:
        graph = graph_of(roads)
        roads.memo["hierarchy"] = hierarchy.contract(
            graph.start, graph.end, graph.weight, states=graph.states
        )
    return cast("hierarchy.Hierarchy", roads.memo["hierarchy"])


def climbs(roads: RoadGraph, *, rows: int) -> bool:
    """Tell whether a matrix of *rows* is to be found by the hierarchy."""
    if not hierarchy.COMPILED:
        return False
    if "hierarchy" in roads.memo:
        return True
    return rows >= FEWEST_ROWS and rows * graph_of(roads).states >= HIERARCHY_FROM


def plain(matrix: csr_array[np.float64], sources: Ints, targets: Ints) -> Ints:
    """Return the weights between nodes of a sparse matrix; ``hierarchy.NONE`` without a way."""
    found = np.full((len(sources), len(targets)), hierarchy.NONE, np.int64)
    for begin in range(0, len(sources), _SOURCES_AT_ONCE):
        rows = slice(begin, begin + _SOURCES_AT_ONCE)
        weight = dijkstra(matrix, indices=sources[rows])[:, targets]
        reached = np.isfinite(weight)
        found[rows][reached] = weight[reached].astype(np.int64)
    return found
