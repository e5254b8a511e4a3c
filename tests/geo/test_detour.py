"""The detour factor as it is measured on the roads of an area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import unproject, working_crs
from geo.detour import measured
from geo.roads import RoadGraph, build_roads

CRS = working_crs(113.1, 26.2)
EAST, NORTH = 510_000.0, 2_900_000.0


def grid(side: int, *, step: float = 1_000.0, kmh: float = 36.0) -> RoadGraph:
    """Return a chessboard of roads."""
    lines = []
    for k in range(side):
        along = [(EAST + n * step, NORTH + k * step) for n in range(side)]
        across = [(EAST + k * step, NORTH + n * step) for n in range(side)]
        lines += [along, across]
    shapes = [
        shapely.LineString(np.column_stack(unproject(*np.array(line).T, CRS))) for line in lines
    ]
    return build_roads(
        gpd.GeoDataFrame({"speed_kmh": [kmh] * len(shapes)}, geometry=shapes, crs="EPSG:4326")
    )


def test_a_chessboard_is_longer_than_the_straight_line() -> None:
    """Between 1 (along a street) and 1.414 (across), and as fast as its streets."""
    found = measured(grid(9), crs=CRS)
    assert found is not None
    assert 1.2 < found[0] < 1.4
    assert abs(found[1] - 36.0) < 0.6
    assert measured(grid(9), crs=CRS) == found


def test_a_network_that_says_too_little_is_not_measured() -> None:
    """Few junctions, or none a kilometre apart."""
    assert measured(None, crs=CRS) is None
    assert measured(grid(3), crs=CRS) is not None
    assert measured(grid(2), crs=CRS) is None
    assert measured(grid(5, step=100.0), crs=CRS) is None
