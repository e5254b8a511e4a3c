"""Priority zones of the county, drawn from its roads and places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from xunge.demo.county import County, rng_of
from xunge.demo.roads import Road, degrees_of, geojson_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRUNK_BUFFER_M = 300.0
_WATER_TOWN, _FOREST_TOWN, _PUBLIC_FOREST_TOWN = "431023106", "431023216", "431023214"
_DENSE = {"431023001": 1_600.0, "431023101": 1_000.0}


def zones_geojson(county: County, roads: list[Road], *, seed: int) -> str:
    """Return the priority zones as GeoJSON text: ``id, name, kind, 类型, buffer_m``."""
    rng = rng_of(seed, "zones")
    seats = {str(t.code): np.array([t.x, t.y]) for t in county.towns.itertuples()}
    shapes: list[tuple[str, str, str, shapely.Geometry]] = []
    for code, radius in _DENSE.items():
        name = str(county.towns.set_index("code").at[code, "name"])
        around = _blob(seats[code], radius, rng=rng)
        shapes.append((f"{name}居民密集区", "dense_housing", "城镇居民密集区可视范围", around))
    water = _blob(seats[_WATER_TOWN] + np.array([2_500.0, 1_500.0]), 1_800.0, rng=rng)
    shapes.append(("鲤鱼塘饮用水源保护区", "water_source", "水源区", water))
    forest = _blob(seats[_FOREST_TOWN] + np.array([1_500.0, -2_500.0]), 3_200.0, rng=rng)
    shapes.append(("七甲森林公园", "forest_park", "森林公园", forest))
    public = _blob(seats[_PUBLIC_FOREST_TOWN] + np.array([-3_000.0, 2_000.0]), 2_600.0, rng=rng)
    shapes.append(("大布江公益林区", "public_forest", "国家重点公益林区", public))
    scenic = _blob(seats["431023001"] + np.array([1_800.0, -3_500.0]), 1_900.0, rng=rng)
    shapes.append(("便江沿岸风景区", "scenic_area", "风景名胜区", scenic))
    trunk = shapely.union_all([r.line for r in roads if r.name == _trunk_name(roads)])
    sight = trunk.simplify(20.0).buffer(_TRUNK_BUFFER_M, quad_segs=2).simplify(15.0)
    shapes.append(("县道可视范围", "trunk_road", "交通干线可视范围", sight))
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
    features = []
    for number, (name, kind, title, shape) in enumerate(shapes, start=1):
        inside = shapely.intersection(shape, county.plane)
        parts = [
            [degrees_of(ring) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(inside)
            if isinstance(part, shapely.Polygon)
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": f"Q{number:02d}", "name": name, "kind": kind, "类型": title,
                    "buffer_m": 0,
                },
                "geometry": {"type": "MultiPolygon", "coordinates": parts},
            }
        )  # fmt: skip
    return features
