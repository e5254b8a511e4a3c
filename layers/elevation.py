"""Elevation rasters: GeoTIFF (with rasterio) and ASCII grids, as an array and where it lies.

An ASCII grid (``.asc``) needs no further package; its coordinate system stands in a ``.prj`` file
beside it, or the caller names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyproj

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = (".tif", ".tiff", ".asc")
"""Endings of the files that are read."""

MOST_CELLS = 100_000_000
"""Cells of a window beyond which a raster is refused: 0.8 GB (a county at 30 m: 4 million)."""

_KEYS = ("ncols", "nrows", "xllcorner", "yllcorner", "xllcenter", "yllcenter", "cellsize",
         "nodata_value", "dx", "dy")  # fmt: skip

Bounds = tuple[float, float, float, float]

Code = Literal[
    "elevation_unreadable", "elevation_missing_crs", "elevation_no_reader", "elevation_too_big",
    "elevation_elsewhere",
]  # fmt: skip


class ElevationError(ValueError):
    """An elevation raster that cannot be used.

    Attributes
    ----------
    path
        The file.
    code
        ``elevation_unreadable``, ``elevation_missing_crs``, ``elevation_no_reader`` (a GeoTIFF
        without the package rasterio), ``elevation_too_big`` or ``elevation_elsewhere`` (it does
        not touch the area).
    detail
        What is wrong, for the reader.
    """

    def __init__(self, *, path: Path, code: Code, detail: str = "") -> None:
        super().__init__(f"{path.name}: {code}" + (f" ({detail})" if detail else ""))
        self.path = path
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elevation:
    """Heights on a grid that is parallel to the axes of its coordinate system.

    Attributes
    ----------
    heights
        Metres, float64, the northernmost row first; NaN where nothing is known.
    west, north
        Outer corner of the first cell, in units of *crs*.
    width, height
        Sides of a cell, both positive, in units of *crs*.
    crs
        Coordinate system of the grid.
    """

    heights: NDArray[np.float64]
    west: float
    north: float
    width: float
    height: float
    crs: pyproj.CRS

    def cells(self, lon: NDArray[Any], lat: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return columns and rows of WGS-84 points as fractions; middles of cells are whole."""
        x, y = _transformer("EPSG:4326", self.crs).transform(lon, lat)
        return (
            (np.asarray(x, float) - self.west) / self.width - 0.5,
            (self.north - np.asarray(y, float)) / self.height - 0.5,
        )


def read_elevation(path: Path, *, bounds: Bounds, crs: str | None = None) -> Elevation:
    """Read the part of an elevation raster that covers an area.

    Parameters
    ----------
    bounds
        West, south, east and north of the area, WGS-84 degrees.
    crs
        Coordinate system to assume where the file states none.

    Raises
    ------
    ElevationError
        If it cannot be read, states no system, lies elsewhere or is too big.
    """
    path = Path(path)
    if not path.is_file():
        raise ElevationError(path=path, code="elevation_unreadable", detail=path.name)
    read = _ascii if path.suffix.lower() == ".asc" else _tiff
    return read(path, bounds, crs)


def _tiff(path: Path, bounds: Bounds, crs: str | None) -> Elevation:
    try:
        import rasterio
        from rasterio.windows import Window
    except ImportError:
        raise ElevationError(path=path, code="elevation_no_reader") from None
    try:
        with rasterio.open(path) as file:
            system = _system(file.crs.to_wkt() if file.crs else crs, path)
            grid = file.transform
            if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
                raise ElevationError(path=path, code="elevation_unreadable", detail="rotated grid")
            part = _window(
                bounds, system, west=grid.c, north=grid.f, width=grid.a, height=-grid.e,
                shape=file.shape, path=path,
            )  # fmt: skip
            top, left, rows, cols = part
            values = file.read(1, window=Window(left, top, cols, rows), masked=True)
            heights = values.astype(float).filled(np.nan)
    except rasterio.errors.RasterioError as error:
        raise ElevationError(path=path, code="elevation_unreadable", detail=str(error)) from error
    return Elevation(
        heights=heights, west=grid.c + left * grid.a, north=grid.f + top * grid.e,
        width=grid.a, height=-grid.e, crs=system,
    )  # fmt: skip


def _ascii(path: Path, bounds: Bounds, crs: str | None) -> Elevation:
    beside = path.with_suffix(".prj")
    stated = beside.read_text("utf-8", errors="replace").strip() if beside.is_file() else ""
    system = _system(stated or crs, path)
    try:
        with path.open("r", encoding="ascii") as file:
            head, first = _header(file)
            values = np.array([*first.split(), *file.read().split()], dtype=np.float64)
        cols, rows = int(head["ncols"]), int(head["nrows"])
        width = head.get("dx", head.get("cellsize", 0.0))
        height = head.get("dy", head.get("cellsize", 0.0))
        west = head["xllcorner"] if "xllcorner" in head else head["xllcenter"] - width / 2
        south = head["yllcorner"] if "yllcorner" in head else head["yllcenter"] - height / 2
        grid = values.reshape(rows, cols)
        if width <= 0 or height <= 0:
            raise ValueError("cellsize")
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise ElevationError(path=path, code="elevation_unreadable", detail=str(error)) from error
    grid[grid == head.get("nodata_value", -9999.0)] = np.nan
    north = south + rows * height
    top, left, part_rows, part_cols = _window(
        bounds, system, west=west, north=north, width=width, height=height, shape=(rows, cols),
        path=path,
    )  # fmt: skip
    return Elevation(
        heights=np.ascontiguousarray(grid[top : top + part_rows, left : left + part_cols]),
        west=west + left * width, north=north - top * height, width=width, height=height,
        crs=system,
    )  # fmt: skip


def _header(file: Any) -> tuple[dict[str, float], str]:  # noqa: ANN401 - an open text file
    """Return the header of an ASCII grid and the first line behind it."""
    head: dict[str, float] = {}
    for line in file:
        words = line.split()
        if len(words) != 2 or words[0].lower() not in _KEYS:
            return head, line
        head[words[0].lower()] = float(words[1])
    return head, ""


def _system(stated: str | None, path: Path) -> pyproj.CRS:
    if not stated:
        raise ElevationError(path=path, code="elevation_missing_crs")
    try:
        return pyproj.CRS.from_user_input(stated)
    except pyproj.exceptions.CRSError as error:
        raise ElevationError(path=path, code="elevation_missing_crs", detail=str(error)) from error


def _window(
    bounds: Bounds, crs: pyproj.CRS, *, west: float, north: float, width: float, height: float,
    shape: tuple[int, int], path: Path,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return first row, first column, rows and columns of the part that covers *bounds*."""
    x0, y0, x1, y1 = _transformer("EPSG:4326", crs).transform_bounds(*bounds, densify_pts=21)
    left = max(0, int((x0 - west) // width))
    right = min(shape[1], int((x1 - west) // width) + 1)
    top = max(0, int((north - y1) // height))
    bottom = min(shape[0], int((north - y0) // height) + 1)
    if left >= right or top >= bottom:
        raise ElevationError(path=path, code="elevation_elsewhere")
    if (right - left) * (bottom - top) > MOST_CELLS:
        raise ElevationError(path=path, code="elevation_too_big", detail=f"{shape[1]} × {shape[0]}")
    return top, left, bottom - top, right - left


def _transformer(source: str, target: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
