"""Zones: which places lie in or near them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import unproject, working_crs
from geo.zones import zones_of

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0


def _degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda xy: np.column_stack(unproject(xy[:, 0] + X0, xy[:, 1] + Y0, CRS))
    )


def _zones() -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(0, 0, 1000, 1000),
        shapely.box(500, 0, 2000, 1000),
        shapely.LineString([(0, 3000), (5000, 3000)]),
    ]
    return gpd.GeoDataFrame(
        {"id": ["园区", "学校", "河"], "name": list("abc"), "kind": ["park", "school", "river"]},
        geometry=[_degrees(shape) for shape in shapes],
        crs="EPSG:4326",
    )


def _places(*xy: tuple[float, float]) -> tuple[pd.Series[float], pd.Series[float]]:
    lon, lat = unproject([X0 + x for x, _ in xy], [Y0 + y for _, y in xy], CRS)
    index = [f"p{k}" for k in range(len(xy))]
    return pd.Series(lon, index=index), pd.Series(lat, index=index)


def test_a_place_lists_all_its_zones_in_their_order() -> None:
    """Overlapping zones are all named, in the order of the zones, outside there are none."""
    found = zones_of(*_places((100, 100), (700, 500), (1500, 500), (2500, 500)), _zones())
    assert found.tolist() == [("园区",), ("园区", "学校"), ("学校",), ()]
    assert found.index.tolist() == ["p0", "p1", "p2", "p3"]


def test_equal_numbers_of_zones_stay_tuples() -> None:
    """Places that all lie in two zones still get one tuple each."""
    found = zones_of(*_places((700, 500), (800, 500)), _zones())
    assert found.tolist() == [("园区", "学校"), ("园区", "学校")]


def test_buffers_are_metres() -> None:
    """A buffer of 300 m takes in a place at 299 m and not one at 301 m; a line can be a zone."""
    zones = _zones().assign(buffer_m=[np.nan, None, 300.0])
    found = zones_of(*_places((2000, 2701), (2000, 2699), (2000, 3299), (2000, 3301)), zones)
    assert found.tolist() == [("河",), (), ("河",), ()]
    assert zones_of(*_places((2000, 2999)), _zones()).tolist() == [()]


def test_missing_coordinates_and_no_zones_give_empty_tuples() -> None:
    """What cannot be placed is in no zone, and a county without zones has none."""
    assert zones_of([np.nan], [26.1], _zones()).tolist() == [()]
    assert zones_of(*_places((100, 100)), _zones().iloc[:0]).tolist() == [()]
