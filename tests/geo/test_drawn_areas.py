"""Areas that somebody has drawn: codes, overlaps, and what they leave open."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import unproject, working_crs
from geo.drawn_areas import AreaOverlapError, join_codes, settle

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0


def _degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shape, lambda xy: np.column_stack(unproject(xy[:, 0] + X0, xy[:, 1] + Y0, CRS))
    )


def _frame(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": list(shapes), "name": [f"{id_}镇" for id_ in shapes]},
        geometry=[_degrees(shape) for shape in shapes.values()],
        crs="EPSG:4326",
    )


COUNTY = _degrees(shapely.box(0, 0, 4_000, 1_000))
HALVES = _frame(a=shapely.box(0, 0, 2_000, 1_000), b=shapely.box(2_000, 0, 4_000, 1_000))


def test_drawn_areas_come_first_and_the_rest_is_filled_and_marked() -> None:
    """A drawn town keeps its shape; the town nobody drew gets what is left of its cell."""
    drawn = _frame(a=shapely.box(0, 0, 2_500, 1_000))
    done = settle(drawn, HALVES, county=COUNTY, crs=CRS)
    assert done.areas[["id", "approximate"]].values.tolist() == [["a", False], ["b", True]]
    assert done.filled == ("b",)
    assert done.gap_km2 == 0
    shared = shapely.intersection(*done.areas.geometry)
    assert shared.area == pytest.approx(
        0, abs=1e-9
    )  # 10 m²: straight in metres is not straight in degrees


def test_what_nobody_covers_is_measured_and_who_has_no_room_is_named() -> None:
    """Gaps are told in square kilometres; a town under another's polygon is named."""
    drawn = _frame(a=shapely.box(1_000, 0, 4_000, 1_000))
    done = settle(drawn, HALVES, county=COUNTY, crs=CRS)
    assert done.without == ("b",)
    assert done.gap_km2 == pytest.approx(1.0)


def test_small_overlaps_go_to_the_first_and_gross_ones_are_an_error() -> None:
    """Two drawings of one border are reconciled, a double claim is refused with both names."""
    narrow = _frame(a=shapely.box(0, 0, 2_000, 1_000), b=shapely.box(1_990, 0, 4_000, 1_000))
    done = settle(narrow, HALVES, county=COUNTY, crs=CRS)
    ((one, other, hectares, _),) = done.cut
    assert (one, other, hectares) == ("a镇", "b镇", pytest.approx(1.0, abs=0.01))
    assert shapely.intersection(*done.areas.geometry).area == pytest.approx(
        0, abs=1e-9
    )  # 10 m²: straight in metres is not straight in degrees
    wide = _frame(a=shapely.box(0, 0, 2_000, 1_000), b=shapely.box(1_500, 0, 4_000, 1_000))
    with pytest.raises(AreaOverlapError) as refused:
        settle(wide, HALVES, county=COUNTY, crs=CRS, file="镇界.kml")
    assert refused.value.rows[0].one == "a镇"
    assert refused.value.file == "镇界.kml"


def test_two_polygons_of_one_town_are_one_area() -> None:
    """An exclave is no second town."""
    parts = _frame(a=shapely.box(0, 0, 1_000, 1_000), c=shapely.box(3_000, 0, 4_000, 1_000))
    done = settle(parts.assign(id="a", name="a镇"), HALVES[:1], county=COUNTY, crs=CRS)
    assert done.areas["id"].tolist() == ["a"]
    assert done.areas.geometry[0].geom_type == "MultiPolygon"


def test_polygons_are_joined_by_code_name_other_word_and_alias() -> None:
    """The very code, padded codes, names, names with another word and looked-up names all join."""
    known = {"431023001": "便江街道", "431023101": "马田镇", "431023102": "金龟镇"}
    found = join_codes(
        ["431023001000", "", "", "", ""], ["", "马田镇", "金龟乡", "高亭司镇", "无名岭"],
        known=known, level="town",
        look_up=lambda name: "431023001" if name == "高亭司镇" else "",
    )  # fmt: skip
    assert found == ["431023001", "431023101", "431023102", "431023001", None]


def test_a_name_that_two_places_have_joins_neither() -> None:
    """What is ambiguous is left open."""
    known = {"431023101001": "新塘村", "431023102001": "新塘村"}
    found = join_codes([""], ["新塘村"], known=known, level="village", look_up=lambda name: "")
    assert found == [None]
