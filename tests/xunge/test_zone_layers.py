"""Priority zones of a ledger folder: files, kinds, roads, reach and sight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.crs import unproject, working_crs
from layers.codes import TABLES
from scheduler.zone_rules import load_zone_rules
from xunge.area_layers import Land, nothing
from xunge.config import load
from xunge.rings import rings_of
from xunge.zone_layers import ZoneLayer, inside, kinds_of, reached, zone_layer

if TYPE_CHECKING:
    from pathlib import Path

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0


def _degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda xy: np.column_stack(unproject(xy[:, 0] + X0, xy[:, 1] + Y0, CRS))
    )


BORDER = _degrees(shapely.box(0, 0, 6_000, 6_000))
SQUARE = _degrees(shapely.box(1_000, 1_000, 2_000, 2_000))
LINE = _degrees(shapely.LineString([(0, 3_000), (6_000, 3_000)]))


def _write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326").to_file(folder / name)


def _layer(folder: Path, *, roads: gpd.GeoDataFrame | None = None, **zones: object) -> ZoneLayer:
    settings = replace(load(folder), zones=dict(zones))
    land = Land(border=BORDER, seats=pd.DataFrame(), crs=CRS, settings=settings)
    return zone_layer(
        folder, land, roads=nothing() if roads is None else roads, taken=(), tables=TABLES
    )


def _objects(*xy: tuple[float, float], radius: float = 50.0) -> pd.DataFrame:
    lon, lat = unproject([X0 + x for x, _ in xy], [Y0 + y for _, y in xy], CRS)
    ids = [f"p{k}" for k in range(len(xy))]
    return pd.DataFrame({"id": ids, "lon": lon, "lat": lat, "radius_m": radius})


def test_the_kind_stands_in_a_column_or_in_the_name_of_the_file(tmp_path: Path) -> None:
    """Chinese titles, synonyms and English codes are all understood."""
    _write(tmp_path, "重点区域.geojson", [
        {"类型": "饮用水源保护区", "名称": "东水库", "geometry": SQUARE},
        {"类型": "city_park", "名称": "", "geometry": SQUARE},
    ])  # fmt: skip
    _write(tmp_path, "国家重点公益林区2026.gpkg", [{"geometry": SQUARE}])
    _write(tmp_path, "别的.geojson", [{"geometry": SQUARE}])
    zones = _layer(tmp_path).zones
    assert set(zip(zones["name"], zones["kind"], strict=True)) == {
        ("东水库", "water_source"), ("城市公园", "city_park"),
        ("国家重点公益林区", "public_forest"),
    }  # fmt: skip
    assert zones["id"].is_unique


def test_an_unknown_kind_is_kept_and_told(tmp_path: Path) -> None:
    """Nothing is lost: the zone is listed, without a weight."""
    _write(tmp_path, "zones.geojson", [{"kind": "鳄鱼区", "name": "塘", "geometry": SQUARE}])
    layer = _layer(tmp_path)
    assert layer.zones["kind"].tolist() == ["鳄鱼区"]
    assert layer.notes[0][1]["kinds"] == ["鳄鱼区"]


def test_buffers_come_from_the_file_then_from_the_rule(tmp_path: Path) -> None:
    """A road counts 1,000 m to both sides, housing 500 m around; a file may say otherwise."""
    _write(tmp_path, "重点区域.gpkg", [
        {"id": "own", "kind": "dense_housing", "buffer_m": 80.0, "geometry": SQUARE},
        {"id": "usual", "kind": "dense_housing", "buffer_m": None, "geometry": SQUARE},
    ])  # fmt: skip
    _write(tmp_path, "交通干线.geojson", [{"geometry": LINE}])
    layer = _layer(tmp_path)
    reach = dict(zip(layer.zones["id"], layer.zones["buffer_m"], strict=True))
    assert reach == {"own": 80.0, "usual": 500.0, "交通干线-1": 1_000.0}
    found = inside(_objects((2_300, 1_500), (3_000, 3_900), (3_000, 4_100)), layer.zones, crs=CRS)
    assert found == {"p0": ("usual",), "p1": ("交通干线-1",)}
    area = shapely.area(reached(layer.zones, crs=CRS)[list(reach).index("交通干线-1")])
    assert area > 10 * SQUARE.area


def test_roads_of_the_folder_stand_in_for_trunk_roads_nobody_drew(tmp_path: Path) -> None:
    """National roads and railways count, village roads do not; a drawn zone replaces them."""
    roads = gpd.GeoDataFrame(
        {"highway": ["trunk", "residential", None], "railway": [None, None, "rail"],
         "waterway": [None, None, None]},
        geometry=[LINE, _degrees(shapely.LineString([(0, 0), (0, 6_000)])),
                  _degrees(shapely.LineString([(0, 5_000), (6_000, 5_000)]))],
        crs="EPSG:4326",
    )  # fmt: skip
    zones = _layer(tmp_path, roads=roads).zones
    assert zones["id"].tolist() == ["roads-trunk_road"]
    assert zones.geometry[0].geom_type == "MultiLineString"
    _write(tmp_path, "交通干线.geojson", [{"geometry": LINE}])
    assert _layer(tmp_path, roads=roads).zones["id"].tolist() == ["交通干线-1"]


def test_a_kind_that_is_switched_off_is_no_zone(tmp_path: Path) -> None:
    """A kind that is not in use is neither on the map nor in the draw."""
    _write(tmp_path, "重点区域.geojson", [{"kind": "city_park", "geometry": SQUARE}])
    assert len(_layer(tmp_path).zones) == 1
    assert _layer(tmp_path, city_park={"use": False}).zones.empty


def test_a_place_known_by_its_town_alone_lies_in_no_zone(tmp_path: Path) -> None:
    """A point that may be 8 km off says nothing about a zone."""
    _write(tmp_path, "重点区域.geojson", [{"kind": "city_park", "geometry": SQUARE}])
    zones = _layer(tmp_path).zones
    middle = (1_500.0, 1_500.0)
    assert kinds_of(inside(_objects(middle), zones, crs=CRS), zones) == {"p0": ("city_park",)}
    assert inside(_objects(middle, radius=8_000), zones, crs=CRS) == {}


def test_with_a_raster_what_is_seen_counts_instead_of_the_buffer(tmp_path: Path) -> None:
    """A ridge along a road hides the quarry behind it, though it is near; a far slope is seen."""
    _write(tmp_path, "交通干线.geojson", [{"geometry": LINE}])
    heights = np.zeros((130, 130))
    heights[45:47, :] = 60.0  # a ridge 600 m north of the road
    heights[:20, :] = 400.0  # a slope beyond, 1,900 m away, that rises above it
    head = (
        f"ncols 130\nnrows 130\nxllcorner {X0 - 250}\nyllcorner {Y0 - 250}\ncellsize 50\n"
        "NODATA_value -9999\n"
    )
    body = "\n".join(" ".join(f"{v:g}" for v in row) for row in heights)
    (tmp_path / "高程.asc").write_text(head + body, "ascii")
    (tmp_path / "高程.prj").write_text(CRS.to_wkt(), "utf-8")
    layer = _layer(tmp_path)
    assert layer.zones["sight"].tolist() == [True]
    assert [code for code, _ in layer.notes] == ["sight_used"]
    behind, before, slope = (3_000, 4_200), (3_000, 3_300), (3_000, 5_270)
    found = inside(_objects(behind, before, slope), layer.zones, crs=CRS)
    assert set(found) == {"p1", "p2"}
    assert set(inside(_objects(behind), _layer(tmp_path, trunk_road={
        "sight_m": 0, "line_buffer_m": 1_300}).zones, crs=CRS)) == {"p0"}  # fmt: skip


def test_rings_keep_holes_and_drop_specks() -> None:
    """What the map draws has the area of the zone; specks of a viewshed are left out."""
    hole = shapely.Polygon(
        [(113, 26), (113.1, 26), (113.1, 26.1), (113, 26.1)],
        [[(113.02, 26.02), (113.08, 26.02), (113.08, 26.08), (113.02, 26.08)]],
    )
    speck = shapely.box(113.3, 26, 113.3005, 26.0005)
    assert len(rings_of(shapely.union_all([hole, speck]))) == 2
    assert len(rings_of(speck)) == 1
    assert rings_of(shapely.Polygon()) == ()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_has_a_title(lang: str) -> None:
    """Legends have no blank lines."""
    for rule in load_zone_rules().kinds.values():
        assert rule.en if lang == "en" else rule.title
