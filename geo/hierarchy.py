"""Shortest ways between many places at once: a contraction hierarchy.

States are taken out of the graph one after another, the least important first, and links that
stand for ways through them are put in. A search then only ever climbs, and a way from s to t is
found where the climb from s meets the climb back from t (Geisberger et al., Exact routing in large
road networks using contraction hierarchies, 2012; many places at once by buckets: Knopp et al.,
2007). Weights are whole numbers, so the figures are those of a plain search to the last digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo import hierarchy_kernel as kernel
from geo.hierarchy_kernel import COMPILED, NONE, Seeds, Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["COMPILED", "NONE", "Hierarchy", "Seeds", "contract", "many_to_many"]


class Hierarchy(NamedTuple):
    """Links that climb, seen from where a way begins and from where it ends."""

    ahead: Ways
    back: Ways


def contract(start: Ints, end: Ints, weight: Ints, *, states: int) -> Hierarchy:
    """Build the hierarchy of a graph.

    Parameters
    ----------
    start, end, weight
        Links, no two with the same ends, none from a state to itself; weights above 0.
    """
    room = 4 * len(start) + 1024
    while True:
        links = np.empty((3, room), np.int64)
        links[:, : len(start)] = start, end, weight
        rank = np.full(states, -1, np.int64)
        count = int(kernel.contract(links, len(start), rank))
        if count >= 0:
            break
        room *= 2  # more links than there was room for: once more with room for twice as many
    start, end, weight = links[:, :count]
    climbs = rank[start] < rank[end]
    core = (rank[start] == states) & (rank[end] == states)
    up = _sorted(start, end, weight, climbs | core, states=states)
    down = _sorted(end, start, weight, ~climbs | core, states=states)
    return Hierarchy(Ways(*up, *down), Ways(*down, *up))


def many_to_many(hierarchy: Hierarchy, sources: Seeds, targets: Seeds) -> Ints:
    """Return the weight of the best way from each of n places to each of m; NONE without any."""
    states = len(hierarchy.ahead.begin) - 1
    table = np.full((len(sources.begin) - 1, len(targets.begin) - 1), NONE, np.int64)
    room = 256 * table.shape[1] + states
    while True:
        buckets = np.empty((3, room), np.int64)
        count = int(kernel.fill(hierarchy.back, targets, buckets))
        if count >= 0:
            break
        room *= 2
    order = np.argsort(buckets[0, :count], kind="stable")
    begin = np.concatenate([[0], np.cumsum(np.bincount(buckets[0, :count], minlength=states))])
    kernel.meet(hierarchy.ahead, sources, begin, buckets[:, order], table)
    return table


def _sorted(
    start: Ints, end: Ints, weight: Ints, chosen: Flags, *, states: int
) -> tuple[Ints, NDArray[np.int32], Ints]:
    here = np.flatnonzero(chosen)
    order = here[np.argsort(start[here], kind="stable")]
    counts = np.bincount(start[here], minlength=states)
    begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return begin, end[order].astype(np.int32), weight[order].copy()
