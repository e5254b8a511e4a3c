"""Map files of towns and villages in a ledger folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.crs import working_crs
from layers.vectors import VectorError
from xunge.area_layers import AreaLayer, Land, town_layer, village_layer
from xunge.config import load
from xunge.failures import explained
from xunge.geography import map_files

if TYPE_CHECKING:
    from pathlib import Path

BORDER = shapely.box(113.0, 26.0, 113.4, 26.2)
AREAS = pd.DataFrame(
    {
        "id": ["431023001", "431023101", "431023102", "431023101201"],
        "name": ["便江街道", "马田镇", "金龟镇", "邝家村"],
        "level": ["town", "town", "town", "village"],
        "parent": ["431023", "431023", "431023", "431023101"],
        "lon": [113.1, 113.2, 113.3, 113.21], "lat": [26.1, 26.1, 26.1, 26.12],
    }
)  # fmt: skip
MATIAN = shapely.box(113.12, 26.0, 113.25, 26.2)


def _land(folder: Path, *, map_crs: str = "", home: str = "431023") -> Land:
    settings = load(folder)
    settings = replace(
        settings, places=replace(settings.places, map_crs=map_crs),
        bureau=replace(settings.bureau, home=home),
    )  # fmt: skip
    return Land(border=BORDER, seats=AREAS, crs=working_crs(113.2, 26.1), settings=settings)


def _drawn(*rows: tuple[str, shapely.Geometry], column: str = "XZQMC") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {column: [name for name, _ in rows]}, geometry=[shape for _, shape in rows], crs="EPSG:4326"
    )


def _approximate(layer: AreaLayer) -> dict[str, bool]:
    return dict(zip(layer.areas["id"], layer.areas["approximate"].astype(bool), strict=True))


@pytest.mark.parametrize(
    ("name", "system"),
    [("镇界.gpkg", 4526), ("镇界.shp", 4547), ("镇界.geojson", 4326), ("镇界.kml", 4326)],
)
def test_every_format_and_projection_is_joined_by_name(
    tmp_path: Path, name: str, system: int
) -> None:
    """A drawn town wins wherever the file came from; the others stay approximate and are named."""
    column = "Name" if name.endswith("kml") else "XZQMC"
    _drawn(("马田镇", MATIAN), column=column).to_crs(system).to_file(
        tmp_path / name, driver="KML" if name.endswith("kml") else None
    )
    layer = town_layer(_land(tmp_path), AREAS, tmp_path / name)
    assert _approximate(layer) == {"431023001": True, "431023101": False, "431023102": True}
    own = layer.areas.set_index("id").geometry["431023101"]
    assert own.symmetric_difference(MATIAN).area < 1e-4 * MATIAN.area
    assert [code for code, _ in layer.notes] == ["areas_filled"]
    assert layer.hits


def test_a_map_without_a_system_asks_and_says_what_would_fit(tmp_path: Path) -> None:
    """The error names the systems under which the map lies here; naming one in settings helps."""
    path = tmp_path / "镇界.shp"
    _drawn(("马田镇", MATIAN)).to_crs(4526).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(VectorError) as asked:
        town_layer(_land(tmp_path), AREAS, path)
    assert asked.value.systems == ("EPSG:4526",)
    said, fix = explained(asked.value)
    assert "EPSG:4526" in said
    assert "map_crs" in fix
    layer = town_layer(_land(tmp_path, map_crs="EPSG:4526"), AREAS, path)
    assert not _approximate(layer)["431023101"]


def test_unmatched_and_broken_polygons_are_told(tmp_path: Path) -> None:
    """A polygon that fits no town keeps its name; a self-crossing one is mended; both are said."""
    bow_tie = shapely.Polygon([(113.3, 26.0), (113.39, 26.2), (113.39, 26.0), (113.3, 26.2)])
    path = tmp_path / "镇界.geojson"
    _drawn(("马田镇", MATIAN), ("开发区", bow_tie)).to_file(path)
    layer = town_layer(_land(tmp_path), AREAS, path)
    notes = dict(layer.notes)
    assert notes["areas_unmatched"]["names"] == ["开发区"]
    assert notes["areas_repaired"]["n"] == 1
    assert not _approximate(layer)["开发区"]


def test_old_names_are_looked_up_in_the_gazetteer(tmp_path: Path) -> None:
    """A misspelt name is found through the gazetteer of the home county."""
    path = tmp_path / "镇界.geojson"
    _drawn(("湖南省永兴县马田镇人民政府", MATIAN)).to_file(path)
    layer = town_layer(_land(tmp_path), AREAS, path)
    assert not _approximate(layer)["431023101"]


def test_villages_have_a_file_of_their_own(tmp_path: Path) -> None:
    """村界 are villages, 镇界 towns, 县界 the border."""
    for name in ("村界", "镇界", "县界"):
        _drawn(("邝家村", MATIAN)).to_file(tmp_path / f"{name}.geojson")
    files = map_files(tmp_path)
    assert {kind: path.stem for kind, path in files.items()} == {
        "villages": "村界", "towns": "镇界", "border": "县界",
    }  # fmt: skip
    layer = village_layer(_land(tmp_path), AREAS, files["villages"])
    assert _approximate(layer) == {"431023101201": False}
