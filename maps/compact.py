"""Small data for the browser: points as steps between whole numbers, columns instead of rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import mapping, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapely.geometry.base import BaseGeometry

SCALE = 100_000  # whole numbers of 1e-5 degree, about one metre
_SIMPLIFY = 4e-5  # degrees, about four metres: less than a pixel up to zoom 15


def safe_json(value: object) -> str:
    """Return *value* as JSON that can stand inside a script element.

    ``<``, ``>`` and ``&`` are written as escapes, so that no text in the data can end the element
    or open another one; so are the two line separators that old browsers refuse in scripts.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def steps(points: Iterable[tuple[float, float]]) -> list[int]:
    """Return lon, lat pairs as ``[x0, y0, dx1, dy1, …]`` in units of 1e-5 degree.

    Rounding is done before the differences, so that the error does not add up along a line.
    """
    out: list[int] = []
    last_x = last_y = 0
    for lon, lat in points:
        x, y = round(lon * SCALE), round(lat * SCALE)
        out += (x - last_x, y - last_y)
        last_x, last_y = x, y
    return out


def line(points: Iterable[tuple[float, float]]) -> list[int]:
    """Return a line as :func:`steps`, without the points that nobody can see."""
    kept = list(points)
    if len(kept) > 2:
        simple = shapely.LineString(kept).simplify(_SIMPLIFY, preserve_topology=False)
        kept = [(float(x), float(y)) for x, y in simple.coords]
    return steps(kept)


def geometries(data: Mapping[str, Any] | None) -> list[tuple[str, BaseGeometry]]:
    """Return name and geometry of each feature of a GeoJSON geometry, feature or collection."""
    if not data:
        return []
    if data["type"] == "FeatureCollection":
        return [pair for feature in data["features"] for pair in geometries(feature)]
    if data["type"] == "Feature":
        name = (data.get("properties") or {}).get("name")
        return [(str(name or ""), shape(dict(data["geometry"])))]
    return [("", shape(dict(data)))]


def outline(geometry: BaseGeometry) -> dict[str, Any]:
    """Return a geometry as GeoJSON with five decimals and without invisible points."""
    thin = geometry.simplify(_SIMPLIFY, preserve_topology=True)
    plain = json.loads(json.dumps(mapping(thin)))
    return {"type": plain["type"], "coordinates": _rounded(plain["coordinates"])}


def _rounded(value: Any) -> Any:  # noqa: ANN401 (nested lists of numbers)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(float(value), 5)


class Words:
    """A list of texts in which each stands once; a column then holds only their places."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._index: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Return the position of *text*, adding it where it is new."""
        if text not in self._index:
            self._index[text] = len(self.texts)
            self.texts.append(text)
        return self._index[text]
