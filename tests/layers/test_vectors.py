"""Map files: what is read, what is refused, what is written."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.vectors import VectorError, read_lines, read_polygons, write_geojson

if TYPE_CHECKING:
    from pathlib import Path

SQUARE = shapely.box(113.0, 26.0, 113.1, 26.1)
BOW_TIE = shapely.Polygon([(113.2, 26), (113.3, 26.1), (113.3, 26), (113.2, 26.1)])
LINE = shapely.LineString([(113.0, 26.0), (113.05, 26.02)])


def _frame(*shapes: object, crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    names = [f"区{k}" for k in range(len(shapes))]
    return gpd.GeoDataFrame({"name": names}, geometry=list(shapes), crs=crs)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp"])
def test_every_format_is_read_in_wgs84(tmp_path: Path, ending: str) -> None:
    """A polygon comes back the same from each of the formats."""
    path = tmp_path / f"区域.{ending}"
    _frame(SQUARE).to_file(path, engine="pyogrio")
    read = read_polygons(path)
    assert read.crs.to_epsg() == 4326
    assert shapely.equals_exact(read.geometry[0].normalize(), SQUARE.normalize(), 1e-9)
    assert "区0" in read.iloc[0].astype(str).tolist()


def test_projected_files_come_out_in_degrees(tmp_path: Path) -> None:
    """A shapefile in CGCS2000 metres is read in degrees."""
    path = tmp_path / "a.shp"
    _frame(SQUARE).to_crs("EPSG:4547").to_file(path)
    assert read_polygons(path).geometry[0].centroid.distance(SQUARE.centroid) < 1e-6


def test_shapefile_without_prj_is_refused_with_its_name(tmp_path: Path) -> None:
    """Without a coordinate system nothing is guessed; the caller may state it."""
    path = tmp_path / "无坐标.shp"
    _frame(SQUARE).to_crs("EPSG:4547").to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(VectorError) as refused:
        read_polygons(path)
    assert (refused.value.code, refused.value.path) == ("vector_missing_crs", path)
    assert read_polygons(path, crs="EPSG:4547").geometry[0].distance(SQUARE.centroid) == 0


def test_broken_shapes_are_mended_and_counted(tmp_path: Path) -> None:
    """A self-crossing polygon becomes a valid one of the same area; the file keeps its rows."""
    path = tmp_path / "a.geojson"
    _frame(SQUARE, BOW_TIE, LINE).to_file(path)
    read = read_polygons(path)
    assert read.geometry.is_valid.all()
    assert read.attrs == {"repaired": 1, "skipped": 1}
    assert read.geometry[1].area == pytest.approx(0.1 * 0.1 / 2)


def test_every_layer_is_read(tmp_path: Path) -> None:
    """The layers of a GeoPackage are put together, whatever their geometry column is called."""
    path = tmp_path / "a.gpkg"
    _frame(SQUARE).to_file(path, layer="one")
    _frame(BOW_TIE).rename_geometry("shape").to_file(path, layer="two")
    _frame(LINE).to_file(path, layer="roads")
    assert len(read_polygons(path)) == 2
    assert len(read_lines(path)) == 1


def test_kml_folders_and_heights(tmp_path: Path) -> None:
    """Every folder of a KML file is read, its names are kept and its heights dropped."""
    ring = "113,26,12 113.1,26,12 113.1,26.1,12 113,26.1,12 113,26,12"
    area = (
        "<Folder><name>{0}</name><Placemark><name>{0}区</name><Polygon><outerBoundaryIs>"
        "<LinearRing><coordinates>{1}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
        "</Placemark></Folder>"
    )
    path = tmp_path / "区域.kml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{area.format('东', ring)}{area.format('西', ring)}</Document></kml>",
        encoding="utf-8",
    )
    read = read_polygons(path)
    assert read["Name"].tolist() == ["东区", "西区"]
    assert not read.has_z.any()
    assert shapely.equals_exact(read.geometry[1].normalize(), SQUARE.normalize(), 1e-9)


def test_wrong_content_is_named(tmp_path: Path) -> None:
    """A file of lines is no file of areas, and a text file is no map."""
    lines, text = tmp_path / "a.geojson", tmp_path / "b.geojson"
    _frame(LINE).to_file(lines)
    text.write_text("这不是地图", encoding="utf-8")
    with pytest.raises(VectorError, match="LineString") as wrong:
        read_polygons(lines)
    assert wrong.value.code == "vector_wrong_geometry"
    for path in (text, tmp_path / "missing.shp", tmp_path / "a.dwg"):
        with pytest.raises(VectorError) as unreadable:
            read_polygons(path)
        assert unreadable.value.code == "vector_unreadable"


def test_geojson_is_written_byte_for_byte_the_same(tmp_path: Path) -> None:
    """Two writings agree, numbers have six decimals and odd values have a JSON form."""
    frame = _frame(SQUARE, shapely.Point(113.123456789, -1e-9))
    frame["on"] = [dt.date(2026, 11, 23), None]
    frame["n"] = [np.int64(3), np.nan]
    frame["ids"] = [("a", "b"), ()]
    one, two = tmp_path / "1.geojson", tmp_path / "2.geojson"
    write_geojson(frame, one)
    write_geojson(frame.copy(), two)
    assert one.read_bytes() == two.read_bytes()
    assert b"\r" not in one.read_bytes()
    first, second = json.loads(one.read_text(encoding="utf-8"))["features"]
    assert first["properties"] == {"name": "区0", "on": "2026-11-23", "n": 3, "ids": ["a", "b"]}
    assert second["properties"] == {"name": "区1", "on": None, "n": None, "ids": []}
    assert second["geometry"]["coordinates"] == [113.123457, 0.0]
    assert "-0.0" not in one.read_text(encoding="utf-8")


def test_written_geojson_is_read_back(tmp_path: Path) -> None:
    """Writing and reading gives the shapes back within the decimals written."""
    path = tmp_path / "a.geojson"
    write_geojson(_frame(SQUARE).to_crs("EPSG:4547"), path)
    assert shapely.equals_exact(
        read_polygons(path).geometry[0].normalize(), SQUARE.normalize(), 2e-6
    )


def test_frame_without_crs_is_not_written(tmp_path: Path) -> None:
    """A frame that does not say where it is cannot be written as degrees."""
    with pytest.raises(VectorError) as refused:
        write_geojson(_frame(SQUARE, crs=None), tmp_path / "a.geojson")
    assert refused.value.code == "vector_missing_crs"


def test_degrees_that_are_metres_are_asked_about(tmp_path: Path) -> None:
    """A GeoJSON in metres states no usable system: it is asked for, and taken once it is named."""
    path = tmp_path / "乡镇界.geojson"
    ring = [[410_000, 2_880_000], [411_000, 2_880_000], [411_000, 2_881_000], [410_000, 2_880_000]]
    path.write_text(
        json.dumps(
            {"type": "Feature", "properties": {},
             "geometry": {"type": "Polygon", "coordinates": [ring]}}
        ),
        "utf-8",
    )  # fmt: skip
    with pytest.raises(VectorError) as asked:
        read_polygons(path)
    assert asked.value.code == "vector_missing_crs"
    assert asked.value.bounds == (410_000, 2_880_000, 411_000, 2_881_000)
    west, south, east, north = read_polygons(path, crs="EPSG:4547").total_bounds
    assert 113 < west < east < 113.2
    assert 26 < south < north < 26.1
