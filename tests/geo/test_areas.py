"""Town areas drawn from points, and the area in which a place lies."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.areas import locate, point_areas, town_polygons
from geo.crs import project, working_crs
from layers.vectors import read_polygons

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
COUNTY = shapely.Polygon([(113, 26), (113.4, 26), (113.4, 26.3), (113.2, 26.1), (113, 26.3)])
CRS = working_crs(113.2, 26.15)


def _seats(*rows: tuple[str, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "lon", "lat"])
    return table.assign(name=[f"{id_}镇" for id_ in table["id"]])


def _metres(shape: shapely.Geometry) -> float:
    return float(
        shapely.area(
            shapely.transform(shape, lambda p: np.column_stack(project(p[:, 0], p[:, 1], CRS)))
        )
    )


def test_areas_fill_the_county_and_are_marked_approximate() -> None:
    """The towns' areas cover the county without overlap and say that they are approximate."""
    seats = _seats(("b", 113.1, 26.05), ("a", 113.3, 26.05), ("c", 113.35, 26.2))
    towns = town_polygons(COUNTY, seats)
    assert towns["id"].tolist() == ["a", "b", "c"]
    assert towns["name"].tolist() == ["a镇", "b镇", "c镇"]
    assert towns["approximate"].all()
    assert towns.crs.to_epsg() == 4326
    assert _metres(towns.union_all()) == pytest.approx(_metres(COUNTY), rel=1e-6)
    assert sum(map(_metres, towns.geometry)) == pytest.approx(_metres(COUNTY), rel=1e-6)


@given(
    st.lists(st.tuples(st.floats(113.02, 113.38), st.floats(26.01, 26.09)), min_size=1, max_size=12)
)
@settings(deadline=None, max_examples=40)
def test_every_place_goes_to_the_nearest_seat(places: list[tuple[float, float]]) -> None:
    """A place lies in the area of the seat that is nearest to it in metres."""
    seats = _seats(*[(f"t{k:02}", lon, lat) for k, (lon, lat) in enumerate(places)])
    towns = town_polygons(COUNTY, seats, crs=CRS)
    lon, lat = np.array([113.05, 113.2, 113.37]), np.array([26.2, 26.05, 26.25])
    x, y = project(seats["lon"], seats["lat"], CRS)
    at_x, at_y = project(lon, lat, CRS)
    far = np.hypot(at_x[:, None] - np.round(x), at_y[:, None] - np.round(y))
    answers = locate(lon, lat, towns)
    for row, answer in zip(far, answers, strict=True):
        own = row[seats["id"].to_numpy() == answer].min()
        assert own <= row.min() + 0.01


def test_villages_shape_the_area_of_their_town() -> None:
    """A place next to a village goes to the village's town even if another seat is nearer."""
    seats = _seats(("a", 113.05, 26.05), ("b", 113.2, 26.05))
    villages = pd.DataFrame({"town": ["a", "x"], "lon": [113.15, 113.3], "lat": [26.05, 26.05]})
    towns = town_polygons(COUNTY, seats, villages=villages)
    assert locate([113.155], [26.05], town_polygons(COUNTY, seats)).tolist() == ["b"]
    assert locate([113.155], [26.05], towns).tolist() == ["a"]
    assert towns["id"].tolist() == ["a", "b"]


def test_village_points_far_from_their_seat_are_namesakes() -> None:
    """A village point 25 km from its town's seat does not shape the town."""
    seats = _seats(("a", 113.05, 26.05), ("b", 113.3, 26.05))
    villages = pd.DataFrame({"town": ["a"], "lon": [113.32], "lat": [26.05]})
    towns = town_polygons(COUNTY, seats, villages=villages)
    assert locate([113.32], [26.05], towns).tolist() == ["b"]


def test_seats_outside_the_county_do_not_count() -> None:
    """A seat 1 km outside a rough border counts, one 20 km outside does not; no seat, no area."""
    near = town_polygons(COUNTY, _seats(("a", 112.99, 26.05), ("b", 112.8, 26.05)))
    assert near["id"].tolist() == ["a"]
    assert _metres(near.geometry[0]) == pytest.approx(_metres(COUNTY), rel=1e-6)
    assert town_polygons(COUNTY, _seats(("b", 112.8, 26.05))).empty
    assert point_areas(COUNTY, pd.DataFrame(columns=["id", "lon", "lat"])).empty


def test_points_at_one_place_and_on_one_line() -> None:
    """Of points at one place the first counts, and points on a line have areas too."""
    same = _seats(("a", 113.1, 26.05), ("b", 113.1, 26.05), ("c", 113.2, 26.05))
    assert town_polygons(COUNTY, same)["id"].tolist() == ["a", "c"]
    line = _seats(*[(f"t{k}", 113.05 + 0.1 * k, 26.05) for k in range(4)])
    assert len(town_polygons(COUNTY, line)) == 4


def test_locate_answers_row_by_row() -> None:
    """Outside and unknown places have no area; of overlapping areas the first wins."""
    polygons = gpd.GeoDataFrame(
        {"code": ["甲", "乙"]},
        geometry=[shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)],
        crs="EPSG:4326",
    )
    lon = pd.Series([0.5, 1.5, 2.5, 5.0, np.nan], index=list("abcde"))
    found = locate(lon, pd.Series([0.5, 1.5, 2.5, 5.0, 1.0], index=list("abcde")), polygons, "code")
    assert found.tolist() == ["甲", "甲", "乙", None, None]
    assert found.index.tolist() == list("abcde")


def test_the_real_county() -> None:
    """In Yongxing 16 towns fill the county; most villages held out fall into their own town."""
    file = SHARED / "gazetteer" / "yongxing_431023.csv"
    borders = SHARED / "boundaries" / "example_counties_tianditu_fastgeocn.geojson"
    if not (file.is_file() and borders.is_file()):
        pytest.skip("the shared gazetteer and boundaries are not on this machine")
    places = pd.read_csv(file, dtype={"code": str, "parent": str}, encoding="utf-8-sig")
    places = places.rename(columns={"lon_wgs84": "lon", "lat_wgs84": "lat", "code": "id"})
    county = read_polygons(borders).set_index("name").geometry["永兴县"]
    seats = places[places["level"] == "town"]
    villages = places[places["level"] == "village"].rename(columns={"parent": "town"})
    villages = villages.dropna(subset=["lon", "lat"]).reset_index(drop=True)
    assert len(town_polygons(county, seats, villages=villages)) == 16
    right = 0
    for fold in range(5):
        held = villages.index % 5 == fold
        towns = town_polygons(county, seats, villages=villages[~held])
        found = locate(villages.loc[held, "lon"], villages.loc[held, "lat"], towns)
        right += int((found == villages.loc[held, "town"]).sum())
    assert right / len(villages) >= 0.75
