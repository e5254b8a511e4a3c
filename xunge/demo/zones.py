"""Priority zones of the county, drawn from its roads and places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from xunge.demo.county import County, rng_of
from xunge.demo.roads import Road, degrees_of, geojson_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WATER_TOWN, _FOREST_TOWN, _PUBLIC_FOREST_TOWN = "431023106", "431023216", "431023214"
_SEAT = "431023001"
_DENSE = {"431023001": 1_600.0, "431023101": 1_000.0}

# Kind, title, name, town, metres east and north of its seat, radius in metres.
_BLOBS = (
    ("water_source", "水源区", "鲤鱼塘饮用水源保护区", _WATER_TOWN, 2_500.0, 1_500.0, 1_800.0),
    ("forest_park", "森林公园", "七甲森林公园", _FOREST_TOWN, 1_500.0, -2_500.0, 3_200.0),
    ("public_forest", "国家重点公益林区", "大布江公益林区", _PUBLIC_FOREST_TOWN, -3_000.0, 2_000.0,
     2_600.0),
    ("scenic_area", "风景名胜区", "便江沿岸风景区", _SEAT, 1_800.0, -3_500.0, 1_900.0),
    ("nature_reserve", "自然保护区", "龙形市自然保护区", "431023215", -2_800.0, -2_400.0, 2_400.0),
    ("city_park", "城市公园", "便江城市公园", _SEAT, -1_500.0, 1_900.0, 700.0),
    ("no_mining", "其它禁采区", "黄泥禁采区", "431023112", 1_200.0, 900.0, 2_000.0),
)  # fmt: skip


def zones_geojson(county: County, roads: list[Road], *, seed: int) -> str:
    """Return the priority zones, all nine kinds, as GeoJSON text: ``id, name, kind, 类型``."""
    rng = rng_of(seed, "zones")
    called = dict(zip(county.towns["code"], county.towns["name"], strict=True))
    seats = {str(t.code): np.array([t.x, t.y]) for t in county.towns.itertuples()}
    shapes: list[tuple[str, str, str, shapely.Geometry]] = []
    for code, radius in _DENSE.items():
        around = _blob(seats[code], radius, rng=rng)
        name = f"{called[code]}居民密集区"
        shapes.append((name, "dense_housing", "城镇居民密集区可视范围", around))
    for kind, title, name, town, east, north, radius in _BLOBS:
        centre = seats[town] + np.array([east, north])
        shapes.append((name, kind, title, _blob(centre, radius, rng=rng)))
    trunk = shapely.line_merge(
        shapely.union_all([r.line for r in roads if r.name == _trunk_name(roads)])
    )
    shapes.append((_trunk_name(roads), "trunk_road", "交通干线可视范围", trunk.simplify(20.0)))
    return geojson_text(_features(shapes, county))


def _trunk_name(roads: list[Road]) -> str:
    """Return the name of the longest county road."""
    length: dict[str, float] = {}
    for road in roads:
        if road.name:
            length[road.name] = length.get(road.name, 0.0) + road.line.length
    return max(sorted(length), key=length.__getitem__)


def _blob(
    centre: NDArray[np.float64], radius: float, *, rng: np.random.Generator
) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    waves = (
        1
        + 0.14 * np.sin(2 * angle + rng.uniform(0, 6))
        + 0.1 * np.sin(3 * angle + rng.uniform(0, 6))
    )
    ring = centre + radius * waves[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.Polygon(ring)


def _features(
    shapes: list[tuple[str, str, str, shapely.Geometry]], county: County
) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "properties": {"id": f"Q{number:02d}", "name": name, "kind": kind, "类型": title},
            "geometry": _geometry(shapely.intersection(shape, county.plane)),
        }
        for number, (name, kind, title, shape) in enumerate(shapes, start=1)
    ]


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    parts = shapely.get_parts(shape)
    areas = [part for part in parts if isinstance(part, shapely.Polygon)]
    if areas:
        rings = [[degrees_of(ring) for ring in (part.exterior, *part.interiors)] for part in areas]
        return {"type": "MultiPolygon", "coordinates": rings}
    lines = [degrees_of(part) for part in parts if isinstance(part, shapely.LineString)]
    return {"type": "MultiLineString", "coordinates": lines}
