"""Divided roads that a map ends: whoever leaves by one carriageway comes back by the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from geo.roads import metres_along

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.roads import RoadGraph

    Ints = NDArray[np.int64]

_DEGREE_M = 111_320.0
_NEXT = 4  # ends that are looked at


def join_carriageways(
    roads: RoadGraph, name: Ints, *, within_m: float, seconds: float
) -> tuple[RoadGraph, Ints]:
    """Join the ends of two carriageways that lie side by side at the edge of a map.

    Parameters
    ----------
    name
        A number for the name of each street: only streets of one name and class are joined.
    within_m
        Most metres between the ends.
    seconds
        What turning round beyond the edge takes.

    Returns
    -------
    roads, like
        The network with a one-way street for each pair, and the street that each continues.
    """
    arc, tail, head = roads.arcs()
    size = len(roads.node_lon)
    leaving, coming = np.bincount(tail, minlength=size), np.bincount(head, minlength=size)
    lost = np.flatnonzero((leaving[head] == 0) & (coming[head] == 1))
    found = np.flatnonzero((coming[tail] == 0) & (leaving[tail] == 1))
    if not len(lost) or not len(found):
        return roads, np.zeros(0, np.int64)
    scale = np.cos(np.radians(float(roads.node_lat.mean()))) * _DEGREE_M
    xy = np.column_stack([roads.node_lon * scale, roads.node_lat * _DEGREE_M])
    tree = cKDTree(xy[tail[found]])
    _, near = tree.query(xy[head[lost]], k=_NEXT, distance_upper_bound=within_m)
    pairs = []
    for one, others in zip(lost.tolist(), np.asarray(near), strict=True):
        street = arc[one] // 2
        for k in others.tolist():
            other = arc[found[k]] // 2 if k < len(found) else street
            alike = name[other] == name[street] and roads.kind[other] == roads.kind[street]
            if other != street and alike:
                pairs.append((int(head[one]), int(tail[found[k]]), int(street)))
                break
    return _with_streets(roads, np.array(pairs, np.int64).reshape(-1, 3), seconds=seconds)


def _with_streets(roads: RoadGraph, pairs: Ints, *, seconds: float) -> tuple[RoadGraph, Ints]:
    """Add one-way streets (rows of tail, head, the street that each is like)."""
    tail, head, like = pairs.T
    count = len(pairs)
    ends = pairs[:, :2].reshape(-1)
    lon, lat = roads.node_lon[ends], roads.node_lat[ends]
    along = metres_along(lon, lat, np.arange(count + 1) * 2)
    joined = np.ones(len(roads.tail), np.bool_) if roads.joined is None else roads.joined
    return replace(
        roads,
        tail=np.concatenate([roads.tail, tail]),
        head=np.concatenate([roads.head, head]),
        seconds=np.concatenate([roads.seconds, np.full(count, seconds)]),
        metres=np.concatenate([roads.metres, along[1::2]]),
        forward=np.concatenate([roads.forward, np.ones(count, np.bool_)]),
        backward=np.concatenate([roads.backward, np.zeros(count, np.bool_)]),
        vertex_lon=np.concatenate([roads.vertex_lon, lon]),
        vertex_lat=np.concatenate([roads.vertex_lat, lat]),
        vertex_metres=np.concatenate([roads.vertex_metres, along]),
        offsets=np.concatenate([roads.offsets, roads.offsets[-1] + 2 * np.arange(1, count + 1)]),
        kind=np.concatenate([roads.kind, roads.kind[like]]),
        joined=np.concatenate([joined, np.zeros(count, np.bool_)]),
    ), like
