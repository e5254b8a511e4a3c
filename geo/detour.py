"""How much longer than the straight line the roads of an area are, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.crs import project
from geo.travel import travel

if TYPE_CHECKING:
    import pyproj

    from geo.roads import RoadGraph

_SAMPLE = 24
_LEAST_PAIRS = 30
_LEAST_M = 1_000.0  # shorter ways say more about a bend than about an area


def measured(roads: RoadGraph | None, *, crs: pyproj.CRS) -> tuple[float, float] | None:
    """Measure the detour factor of a network and the speed on it.

    Between a sample of junctions, the same one every time, the fastest ways are compared with the
    straight lines.

    Returns
    -------
    detour, speed
        Median metres of road for a metre of straight line, and median km/h; None where too few
        pairs are connected to say so.
    """
    if roads is None or not len(roads.tail):
        return None
    count = len(roads.node_lon)
    some = np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(int))
    lon, lat = roads.node_lon[some], roads.node_lat[some]
    ways = travel(lon, lat, roads=roads, crs=crs, start_seconds=0)
    x, y = project(lon, lat, crs)
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    usable = (apart >= _LEAST_M) & ~ways.straight & (ways.seconds > 0)
    if usable.sum() < _LEAST_PAIRS:
        return None
    factor = float(np.median(ways.metres[usable] / apart[usable]))
    speed = float(np.median(ways.metres[usable] / ways.seconds[usable]) * 3.6)
    return round(max(1.0, factor), 3), round(speed, 1)
