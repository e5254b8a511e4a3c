"""Where a patrol stands: on a road inside the cell, near most of what is there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from xunge.evidence import vantage

CELL = shapely.box(113.0, 26.0, 113.005, 26.005)
MIDDLE = (113.0025, 26.0025)


def _at(*places: tuple[float, float], roads: tuple[shapely.LineString, ...] = ()
        ) -> tuple[float, float]:  # fmt: skip
    return vantage(
        np.array(places, dtype=float).reshape(-1, 2), shape=CELL, middle=MIDDLE,
        roads=gpd.GeoSeries(list(roads), crs="EPSG:4326"),
    )  # fmt: skip


def test_the_point_lies_on_a_road_near_most_objects() -> None:
    """Of the points of a road through the cell the one beside the three firms is taken."""
    road = shapely.LineString([(112.99, 26.001), (113.02, 26.001)])
    lon, lat = _at(
        (113.004, 26.0014), (113.0041, 26.0014), (113.0042, 26.0013), (113.0005, 26.0012),
        roads=(road,),
    )  # fmt: skip
    assert lat == 26.001
    assert abs(lon - 113.0041) < 0.0003
    assert shapely.contains_xy(CELL, lon, lat)


def test_a_road_outside_of_the_cell_does_not_draw_the_patrol_away() -> None:
    """Without a road inside it stands at the object that is near most others."""
    road = shapely.LineString([(113.006, 26.0), (113.006, 26.01)])
    crowd = ((113.001, 26.001), (113.0011, 26.001), (113.0012, 26.001))
    assert _at(*crowd, (113.0045, 26.0045), roads=(road,)) == (113.0011, 26.001)


def test_an_empty_cell_is_patrolled_in_its_middle() -> None:
    """Where nothing is known the middle of the cell, or of the road through it, is as good."""
    assert _at() == MIDDLE
    road = shapely.LineString([(113.0, 26.0035), (113.005, 26.0035)])
    lon, lat = _at(roads=(road,))
    assert lat == 26.0035
    assert abs(lon - MIDDLE[0]) < 0.0002
