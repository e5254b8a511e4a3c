"""Outlines of areas for a county's map: plain, rounded, without specks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_SIMPLIFY_DEGREES = 0.0003  # about 30 m, a cell of most elevation rasters
_SMALL_DEGREES2 = 2e-6  # about 2 ha: specks of a viewshed that nobody sees on a county's map


def rings_of(shape: BaseGeometry) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return outlines and holes of a shape, plain enough for a county's map."""
    plain = shapely.make_valid(shape.simplify(_SIMPLIFY_DEGREES))
    plain = plain if plain.area > 0 else shape  # smaller than what is simplified away
    parts = [part for part in shapely.get_parts(plain) if part.area > 0]
    polygons = [one for part in parts for one in shapely.get_parts(part) if one.area > 0]
    most = max((one.area for one in polygons), default=0.0)
    rings = [
        ring
        for one in polygons if one.area >= min(_SMALL_DEGREES2, most)
        for ring in (
            one.exterior,
            *(hole for hole in one.interiors if shapely.Polygon(hole).area >= _SMALL_DEGREES2 / 4),
        )
    ]  # fmt: skip
    return tuple(tuple((round(x, 5), round(y, 5)) for x, y in ring.coords[:-1]) for ring in rings)
