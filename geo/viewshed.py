"""What is seen from roads and towns: the union of the lines of sight of many observers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geo import crs as datums
from geo.sightline import bend_of, spread_sight

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from layers.elevation import Elevation

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Viewshed:
    """What is seen.

    Attributes
    ----------
    seen
        Flags of the cells of the raster.
    area
        The cells seen as one shape, WGS-84.
    observers
        Points from which was looked.
    blind
        Points (lon, lat) from which nothing could be told: the raster has no height there.
    """

    seen: Flags
    area: BaseGeometry
    observers: int
    blind: Floats


def observers_of(shape: BaseGeometry, *, step_m: float, crs: pyproj.CRS) -> Floats:
    """Return points along a line, or along the edge and on a grid inside of an area.

    Parameters
    ----------
    shape
        WGS-84; lines, polygons, points or collections of them.
    step_m
        Metres from one point to the next, at most.
    crs
        Metric projection.

    Returns
    -------
    Array of shape (n, 2)
        Longitudes and latitudes, no two alike.
    """
    metres = shapely.transform(
        shape, lambda xy: np.column_stack(datums.project(xy[:, 0], xy[:, 1], crs))
    )
    points = [shapely.get_coordinates(shapely.segmentize(metres, step_m))]
    parts = [part for part in shapely.get_parts(metres) if shapely.area(part) > 0]
    for part in parts:
        west, south, east, north = part.bounds
        x, y = np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m))
        inside = shapely.contains_xy(part, x.ravel(), y.ravel())
        points.append(np.column_stack([x.ravel(), y.ravel()])[inside])
    every = np.unique(np.concatenate(points).round(1), axis=0)
    return np.column_stack(datums.unproject(every[:, 0], every[:, 1], crs))


def viewshed(
    observers: Floats,
    ground: Elevation,
    *,
    observer_m: float,
    target_m: float,
    reach_m: float,
    refraction: float,
) -> Viewshed:
    """Work out which cells at least one observer sees.

    Parameters
    ----------
    observers
        Longitudes and latitudes, WGS-84, shape (n, 2).
    ground
        Elevation raster.
    observer_m, target_m
        Heights of eyes and of what is looked for, metres above the ground.
    reach_m
        Metres within which is looked.
    refraction
        Share of the Earth's curvature that refraction takes back.
    """
    col, row = ground.cells(observers[:, 0], observers[:, 1])
    height = _height(ground.heights, col, row)
    known = np.isfinite(height)
    seen = np.zeros(ground.heights.shape, dtype=np.bool_)
    steps = _steps(ground, row)
    for at in np.flatnonzero(known):
        spread_sight(
            ground.heights, seen, col=float(col[at]), row=float(row[at]),
            eye=float(height[at]) + observer_m, target=target_m,
            steps=(float(steps[0][at]), float(steps[1][at])), reach=reach_m,
            bend=bend_of(refraction),
        )  # fmt: skip
    return Viewshed(
        seen=seen,
        area=area_of(seen, ground),
        observers=int(known.sum()),
        blind=observers[~known],
    )


def area_of(seen: Flags, ground: Elevation) -> BaseGeometry:
    """Return the cells that are set as one shape in WGS-84: runs of every row, put together."""
    edges = np.diff(np.pad(seen.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(edges == 1)
    _, stop = np.nonzero(edges == -1)
    runs = shapely.box(
        ground.west + start * ground.width, ground.north - (row + 1) * ground.height,
        ground.west + stop * ground.width, ground.north - row * ground.height,
    )  # fmt: skip
    whole = shapely.union_all(np.atleast_1d(runs)) if len(row) else shapely.MultiPolygon()
    back = pyproj.Transformer.from_crs(ground.crs, "EPSG:4326", always_xy=True)
    return shapely.transform(whole, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def _height(heights: Floats, col: Floats, row: Floats) -> Floats:
    """Return heights between the middles of four cells; NaN outside and where one is unknown."""
    rows, cols = heights.shape
    found = np.full(len(col), np.nan)
    inside = (col >= 0) & (col <= cols - 1) & (row >= 0) & (row <= rows - 1)
    x, y = col[inside], row[inside]
    left = np.minimum(np.floor(x).astype(int), max(cols - 2, 0))
    top = np.minimum(np.floor(y).astype(int), max(rows - 2, 0))
    right, bottom = np.minimum(left + 1, cols - 1), np.minimum(top + 1, rows - 1)
    u, v = x - left, y - top
    upper = heights[top, left] * (1 - u) + heights[top, right] * u
    lower = heights[bottom, left] * (1 - u) + heights[bottom, right] * u
    found[inside] = upper * (1 - v) + lower * v
    return found


def _steps(ground: Elevation, row: Floats) -> tuple[Floats, Floats]:
    """Return metres from one column and from one row to the next where each observer stands."""
    if not ground.crs.is_geographic:
        unit = float(ground.crs.axis_info[0].unit_conversion_factor)
        return (
            np.full(len(row), ground.width * unit),
            np.full(len(row), ground.height * unit),
        )
    latitude = ground.north - (row + 0.5) * ground.height
    degree = np.pi / 180 * _EARTH_M
    return (
        ground.width * degree * np.cos(np.radians(latitude)),
        np.full(len(row), ground.height * degree),
    )


_EARTH_M = 6_371_000.0


def sees(view: Viewshed, ground: Elevation, lon: Any, lat: Any) -> Flags:  # noqa: ANN401
    """Tell which WGS-84 points lie in a cell that is seen."""
    col, row = ground.cells(np.asarray(lon, float), np.asarray(lat, float))
    rows, cols = view.seen.shape
    c, r = np.floor(col + 0.5), np.floor(row + 0.5)
    inside = (c >= 0) & (c < cols) & (r >= 0) & (r < rows)
    found = np.zeros(len(col), dtype=np.bool_)
    found[inside] = view.seen[r[inside].astype(int), c[inside].astype(int)]
    return found
