"""How often drawn town areas are right, measured by leaving villages out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.area_hits import hit_rates
from geo.areas import locate, town_polygons
from geo.crs import unproject, working_crs
from geo.gazetteer import Gazetteer
from geo.map_systems import likely_systems
from geo.outlines import outline

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0


def _points(rows: list[tuple[str, float, float]], key: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[key, "x", "y"])
    lon, lat = unproject(frame["x"] + X0, frame["y"] + Y0, CRS)
    return frame.assign(lon=lon, lat=lat, name=frame[key])


def _county() -> shapely.Geometry:
    box = shapely.box(X0 - 5_000, Y0 - 5_000, X0 + 25_000, Y0 + 5_000)
    return shapely.transform(box, lambda p: np.column_stack(unproject(p[:, 0], p[:, 1], CRS)))


SEATS = _points([("431023001", 0, 0), ("431023002", 10_000, 0)], "id")


def test_a_village_left_out_goes_to_the_nearest_point_that_remains() -> None:
    """Of three villages behind the middle two have each other, one has only the other's seat."""
    villages = _points(
        [("431023001", 6_000, 0), ("431023001", 7_000, 500), ("431023001", 9_500, 4_500)], "town"
    )
    (rate,) = hit_rates(_county(), SEATS, villages=villages, crs=CRS)
    assert (rate.county, rate.points, rate.right, rate.by_seats) == ("431023", 3, 2, 0)
    assert rate.villages_help
    assert rate.share == pytest.approx(2 / 3)


def test_villages_at_one_place_do_not_vouch_for_each_other() -> None:
    """Two villages of a town at the very same point are left out together."""
    villages = _points([("431023001", 7_000, 0), ("431023001", 7_000, 0)], "town")
    (rate,) = hit_rates(_county(), SEATS, villages=villages, crs=CRS)
    assert (rate.points, rate.right) == (2, 0)


def test_what_the_drawing_does_not_use_is_not_measured() -> None:
    """Points far from their seat or outside the county are counted apart."""
    villages = _points(
        [("431023001", 18_000, 0), ("431023002", 10_000, 14_000), ("431023002", 9_000, 0)], "town"
    )
    (rate,) = hit_rates(_county(), SEATS, villages=villages, crs=CRS)
    assert (rate.points, rate.right, rate.doubtful) == (1, 1, 2)
    (none,) = hit_rates(_county(), SEATS, villages=villages[:0], crs=CRS)
    assert (none.points, none.share) == (0, None)


def test_the_rate_is_that_of_the_areas_drawn_without_each_village() -> None:
    """Drawing a real county anew without one village after the other gives the same rate."""
    gazetteer = Gazetteer.load()
    shape = outline(gazetteer, "360733")
    crs = working_crs(shape.centroid.x, shape.centroid.y)
    seats = pd.DataFrame(
        [(p.code, p.name, p.lon, p.lat) for p in gazetteer.towns("360733") if p.lon],
        columns=["id", "name", "lon", "lat"],
    )
    villages = pd.DataFrame(
        [(p.parent, p.lon, p.lat) for p in gazetteer.villages("360733") if p.lon],
        columns=["town", "lon", "lat"],
    )
    (rate,) = hit_rates(shape, seats, villages=villages, crs=crs)
    right = 0
    for at, row in villages.iterrows():
        towns = town_polygons(shape, seats, villages=villages.drop(index=at), crs=crs)
        right += locate([row["lon"]], [row["lat"]], towns).iloc[0] == row["town"]
    assert rate.points + rate.doubtful == len(villages)
    assert rate.doubtful <= 3
    assert rate.right <= right <= rate.right + rate.doubtful


def test_metres_without_a_system_are_recognised_by_where_they_would_lie() -> None:
    """Eastings with and without zone prefix, and degrees, name the systems that fit."""
    around = (113.1, 26.1)
    assert likely_systems((500_000, 2_880_000, 420_000, 2_900_000), around=around) == ("EPSG:4547",)
    assert likely_systems((38_400_000, 2_880_000, 38_420_000, 2_900_000), around=around) == (
        "EPSG:4526",
    )
    assert likely_systems((113, 26, 113.4, 26.3), around=around) == ("EPSG:4326",)
    assert likely_systems((0, 0, 1, 1), around=around) == ()
