"""Priority zones: parks, schools, rivers, mines, and the places that lie in or near them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo import crs as datums

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from numpy.typing import ArrayLike, NDArray


def zones_of(
    lon: ArrayLike,
    lat: ArrayLike,
    zones: gpd.GeoDataFrame,
    *,
    crs: pyproj.CRS | None = None,
) -> pd.Series:
    """Say in which zones each place lies.

    Parameters
    ----------
    lon, lat
        WGS-84 degrees, 1-D and of one length.
    zones
        In WGS-84, columns ``id``, ``name``, ``kind``, optional ``buffer_m``: metres around the
        zone that still count (missing: 0). Lines and points are zones too if they have a buffer.
    crs
        Metric projection in which buffers are measured; by default that of the zones' middle.

    Returns
    -------
    Series of tuple of str
        Ids of the zones in their order in *zones*, empty outside all of them and where a
        coordinate is missing; indexed as *lon* if that is a Series.
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    index = lon.index if isinstance(lon, pd.Series) else pd.RangeIndex(len(x))
    found: list[list[str]] = [[] for _ in range(len(x))]
    if len(zones):
        crs = crs or _crs_of(zones)
        ids = zones["id"].astype(str).tolist()
        point, zone = _pairs(x, y, zones, crs=crs)
        for at, which in zip(point.tolist(), zone.tolist(), strict=True):
            found[at].append(ids[which])
    # Taken one by one: numpy would otherwise make a table of tuples of one length.
    answer = np.fromiter((tuple(each) for each in found), dtype=object, count=len(x))
    return pd.Series(answer, index=index, dtype=object, name="zones")


def _pairs(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    zones: gpd.GeoDataFrame,
    *,
    crs: pyproj.CRS,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions of (place, zone) pairs, by place, then by zone."""
    shapes = shapely.transform(
        shapely.force_2d(zones.geometry.to_numpy()),
        lambda xy: np.column_stack(datums.project(xy[:, 0], xy[:, 1], crs)),
    )
    buffers = np.zeros(len(zones))
    if "buffer_m" in zones:
        buffers = pd.to_numeric(zones["buffer_m"]).fillna(0).to_numpy(float)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    x, y = datums.project(lon[known], lat[known], crs)
    tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.points(x, y), dtype=object)))
    zone, at = tree.query(shapes, predicate="dwithin", distance=buffers)
    order = np.lexsort((zone, known[at]))
    return known[at][order], np.asarray(zone[order], np.int64)


def _crs_of(zones: gpd.GeoDataFrame) -> pyproj.CRS:
    west, south, east, north = zones.total_bounds
    return datums.working_crs((west + east) / 2, (south + north) / 2)
