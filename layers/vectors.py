"""Maps from elsewhere: GeoJSON, GeoPackage, KML and shapefiles in, WGS-84 frames out, and back.

A file that states no coordinate system is never guessed at: the error says so and the caller may
pass the system that the sender names.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapely.geometry.base import BaseGeometry

WGS84 = "EPSG:4326"
SUFFIXES = (".geojson", ".json", ".gpkg", ".kml", ".shp")
"""Endings of the files that are read; the parts of a shapefile lie beside its ``.shp``."""

_POLYGONS = ("Polygon", "MultiPolygon")
_LINES = ("LineString", "MultiLineString")
_POINTS = ("Point", "MultiPoint")

Code = Literal["vector_unreadable", "vector_missing_crs", "vector_wrong_geometry"]


class VectorError(ValueError):
    """A map file that cannot be used.

    Attributes
    ----------
    path
        The file.
    code
        ``vector_unreadable``, ``vector_missing_crs`` (a shapefile without .prj, a layer without
        coordinate system, or "degrees" that are none) or ``vector_wrong_geometry`` (nothing of the
        wanted kind inside).
    detail
        What the reading library said, or which kinds of geometry there are.
    bounds
        For ``vector_missing_crs``: least x and y and greatest x and y, as they stand in the file.
    systems
        Coordinate systems that would fit, where whoever asked for the file can tell.
    """

    def __init__(
        self, *, path: Path, code: Code, detail: str = "", bounds: tuple[float, ...] = ()
    ) -> None:
        super().__init__(f"{path.name}: {code}" + (f" ({detail})" if detail else ""))
        self.path = path
        self.code = code
        self.detail = detail
        self.bounds = bounds
        self.systems: tuple[str, ...] = ()


def read_polygons(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read the areas of a map file.

    Parameters
    ----------
    path
        File with one of :data:`SUFFIXES`; every layer that has polygons is read.
    crs
        Coordinate system to assume where the file states none, such as ``"EPSG:4547"``, and where
        it says degrees but holds metres.

    Returns
    -------
    GeoDataFrame in WGS-84
        The file's own columns, valid polygons and multipolygons. ``attrs["repaired"]`` is the
        number of invalid shapes mended, ``attrs["skipped"]`` that of empty or other geometries.

    Raises
    ------
    VectorError
        If the file cannot be read, states no coordinate system, or has no polygon.
    """
    return _read(Path(path), kinds=_POLYGONS, crs=crs)


def read_lines(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read the lines of a map file; parameters, result and errors as in :func:`read_polygons`."""
    return _read(Path(path), kinds=_LINES, crs=crs)


def read_shapes(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read areas, lines and points; parameters, result and errors as in :func:`read_polygons`."""
    return _read(Path(path), kinds=(*_POLYGONS, *_LINES, *_POINTS), crs=crs)


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, decimals: int = 6) -> None:
    """Write a frame as GeoJSON with the same bytes for the same content on every machine.

    Parameters
    ----------
    frame
        Rows are written in order, columns as properties; missing values become null, dates ISO
        text, tuples lists.
    path
        File to write, in UTF-8, one feature a line.
    decimals
        Decimals of the degrees; 6 is 0.1 m.

    Raises
    ------
    VectorError
        If the frame has no coordinate system.
    """
    path = Path(path)
    if frame.crs is None:
        raise VectorError(path=path, code="vector_missing_crs")
    degrees = frame.to_crs(WGS84)
    shapes = shapely.transform(
        shapely.force_2d(degrees.geometry.to_numpy()), lambda xy: np.round(xy, decimals) + 0.0
    )
    columns = [name for name in degrees.columns if name != degrees.geometry.name]
    values = [degrees[name].tolist() for name in columns]
    lines = [
        _feature(dict(zip(columns, row, strict=True)), shape)
        for shape, *row in zip(shapes.tolist(), *values, strict=True)
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_bytes(text.encode("utf-8"))


def _feature(properties: dict[Hashable, Any], shape: BaseGeometry | None) -> str:
    feature = {
        "type": "Feature",
        "properties": {str(name): _plain(value) for name, value in properties.items()},
        "geometry": None if shape is None else shapely.geometry.mapping(shape),
    }
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: object) -> object:
    """Turn a cell into something JSON knows."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, bool | int | str) else str(value)


def _read(path: Path, *, kinds: tuple[str, ...], crs: str | None) -> gpd.GeoDataFrame:
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        raise VectorError(path=path, code="vector_unreadable", detail=path.suffix)
    layers = [_in_wgs84(layer, path=path, crs=crs) for layer in _layers(path)]
    frame = gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), geometry="geometry", crs=WGS84)
    shapes = frame.geometry.to_numpy()
    found = sorted({shape.geom_type for shape in shapes if shape is not None})
    # Skip before mending: an empty or foreign geometry is no mistake of the drawing.
    wanted = frame.geom_type.isin(kinds).to_numpy() & ~shapely.is_empty(shapes)
    if not wanted.any():
        raise VectorError(path=path, code="vector_wrong_geometry", detail=", ".join(found))
    kept = frame[wanted].reset_index(drop=True)
    shapes = shapely.force_2d(kept.geometry.to_numpy())
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = [_mended(shape, kinds=kinds) for shape in shapes[broken]]
    usable = ~shapely.is_empty(shapes)
    kept = kept.set_geometry(gpd.GeoSeries(shapes, crs=WGS84))[usable].reset_index(drop=True)
    kept.attrs = {
        "repaired": int((broken & usable).sum()),
        "skipped": int((~wanted).sum() + (~usable).sum()),
    }
    return kept


def _layers(path: Path) -> list[gpd.GeoDataFrame]:
    """Read every layer that carries geometry."""
    try:
        names = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        return [gpd.read_file(path, layer=name, engine="pyogrio") for name in names]
    except pyogrio.errors.DataSourceError as error:
        raise VectorError(path=path, code="vector_unreadable", detail=str(error)) from error


def _in_wgs84(layer: gpd.GeoDataFrame, *, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    bounds = tuple(map(float, layer.total_bounds))
    # GeoJSON and KML are read as degrees whatever stands in them: metres are no degrees.
    stated = layer.crs is not None and not (layer.crs.is_geographic and _beyond_degrees(bounds))
    if not stated:
        if crs is None:
            raise VectorError(path=path, code="vector_missing_crs", bounds=bounds)
        layer = layer.set_crs(crs, allow_override=True)
    if layer.geometry.name != "geometry":
        layer = layer.rename_geometry("geometry")
    return layer.to_crs(WGS84)


def _beyond_degrees(bounds: tuple[float, ...]) -> bool:
    west, south, east, north = bounds
    return max(abs(west), abs(east)) > 360 or max(abs(south), abs(north)) > 90


def _mended(shape: BaseGeometry, *, kinds: tuple[str, ...]) -> BaseGeometry:
    """Make a shape valid and keep its parts of the wanted kind."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    while any(part.geom_type == "GeometryCollection" for part in parts):
        parts = shapely.get_parts(parts)
    return shapely.union_all([part for part in parts if part.geom_type in kinds])
