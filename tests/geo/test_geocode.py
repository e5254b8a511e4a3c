"""Placing rows: coordinates, addresses, datums, doubts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import crs
from geo.corrections import Correction, Corrections
from geo.gazetteer import Gazetteer
from geo.geocode import COLUMNS, DATUM_RADIUS_M, geocode, unplaced
from geo.radius import radius_of

HOME = "431023"
BOX = shapely.box(112.7, 25.9, 113.6, 26.5)
BOUNDARIES = (
    Path(__file__).parents[2].parent
    / "shared/data/boundaries/example_counties_wgs84_vonng.geojson.gz"
)


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


def _place(rows: list[dict[str, object]], **settings: object) -> pd.DataFrame:
    options: dict[str, object] = {"home": HOME, "boundary": BOX, **settings}
    return geocode(pd.DataFrame(rows), gazetteer=_china(), **options)  # type: ignore[arg-type]


def _one(settings: dict[str, object] | None = None, **row: object) -> pd.Series:
    return _place([row], **(settings or {})).iloc[0]


def _off(row: pd.Series, code: str) -> float:
    place = _china().place(code)
    assert place.lon is not None
    assert place.lat is not None
    return float(crs.distance_m(row["lon"], row["lat"], place.lon, place.lat))


def test_the_answer_keeps_index_and_argument() -> None:
    """The answer is aligned with the frame, which stays as it was."""
    frame = pd.DataFrame({"address": ["马田镇邝家村", None]}, index=["a", "b"])
    before = frame.copy()
    answer = geocode(frame, gazetteer=_china(), home=HOME)
    assert list(answer.columns) == list(COLUMNS)
    assert list(answer.index) == ["a", "b"]
    pd.testing.assert_frame_equal(frame, before)
    assert list(unplaced(answer).index) == ["b"]


def test_a_village_address_stands_at_the_village() -> None:
    """An address with a village that has a point is placed there."""
    row = _one(address="永兴县马田镇邝家村三组")
    assert (row["level"], row["village"]) == ("village", "431023101217")
    assert _off(row, "431023101217") < 1
    assert row["radius_m"] == radius_of("431023101217")
    assert row["confidence"] == "high"


def test_a_village_without_point_stands_at_its_town() -> None:
    """The code of the village is kept, the point and its level are the town's."""
    row = _one(address="便江街道塘门口村")
    assert (row["level"], row["village"]) == ("town", "431023001233")
    assert "village_without_point" in row["note"]
    assert _off(row, "431023001") < 1


def test_a_doubtful_village_point_is_not_used() -> None:
    """东冲村's point lies 33.8 km from its town seat: the town's is taken."""
    row = _one(address="永兴县金龟镇东冲村")
    assert (row["level"], row["village"]) == ("town", "431023104219")
    assert "village_point_doubtful" in row["note"]


def test_columns_complete_the_address() -> None:
    """Town and village columns count where the address lacks them, typed or not."""
    for town, village in (("马田镇", "邝家村"), ("马田", "邝家")):
        row = _one(address="永兴县工业路12号", town=town, village=village)
        assert row["village"] == "431023101217"
    assert _one(town="马田镇", village="邝家村")["village"] == "431023101217"


def test_a_good_coordinate_comes_first() -> None:
    """A coordinate near its address is taken, with the codes of the address."""
    row = _one(address="马田镇邝家村", lon=112.87, lat=26.11, datum="wgs84")
    assert (row["level"], row["radius_m"], row["confidence"]) == ("coordinate", 50.0, "high")
    assert (row["lon"], row["lat"]) == (112.87, 26.11)
    assert row["village"] == "431023101217"
    assert row["note"] == ()


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_stated_datum_is_undone(datum: str) -> None:
    """Coordinates of web maps are brought to WGS-84."""
    shift = {"gcj02": crs.gcj02_from_wgs84, "bd09": crs.bd09_from_wgs84}[datum]
    lon, lat = shift(112.87, 26.11)
    row = _one(address="马田镇邝家村", lon=float(lon), lat=float(lat), datum=datum)
    assert float(crs.distance_m(row["lon"], row["lat"], 112.87, 26.11)) < 0.01


def test_exchanged_axes_are_mended_and_said() -> None:
    """Latitude in the longitude's column, and northing in the easting's."""
    x, y = crs.project(112.87, 26.11, crs.working_crs(112.87, 26.11))
    rows = [
        {"address": "马田镇邝家村", "lon": 26.11, "lat": 112.87, "datum": "wgs84"},
        {"address": "马田镇邝家村", "lon": float(y), "lat": float(x), "datum": "cgcs2000_gk"},
    ]
    for _, row in _place(rows).iterrows():
        assert row["level"] == "coordinate"
        assert "coordinates_swapped" in row["note"]
        assert float(crs.distance_m(row["lon"], row["lat"], 112.87, 26.11)) < 0.01


def test_a_coordinate_outside_the_county_is_not_believed() -> None:
    """Beyond 3 km outside the polygon the address decides; within 3 km it stays."""
    row = _one(address="马田镇邝家村", lon=114.87, lat=26.11, datum="wgs84")
    assert row["level"] == "village"
    assert "coordinate_outside_county" in row["note"]
    near = _one(lon=113.62, lat=26.2, datum="wgs84")
    assert near["level"] == "coordinate"


def test_a_coordinate_outside_is_right_when_the_address_is_outside() -> None:
    """A firm registered in the next county is where its address says."""
    row = _one(address="湖南省岳阳市汨罗市归义镇", lon=113.07, lat=28.8, datum="wgs84")
    assert (row["level"], row["county"]) == ("coordinate", "430681")


def test_a_coordinate_against_its_address_is_doubted() -> None:
    """A coordinate in the county but far from the written village gives way to the address."""
    row = _one(address="马田镇邝家村", lon=113.44, lat=26.21, datum="wgs84")
    assert row["level"] == "village"
    assert "address_disagrees" in row["note"]


def test_half_a_coordinate_is_none() -> None:
    """A longitude without latitude is said and the address used."""
    row = _one(address="马田镇邝家村", lon=112.87, lat=None)
    assert row["level"] == "village"
    assert "bad_coordinate" in row["note"]


def test_without_boundary_distance_decides() -> None:
    """Without polygon a coordinate far from the county is doubted too."""
    options: dict[str, object] = {"boundary": None}
    far = _one(options, address="马田镇", lon=116.4, lat=39.9, datum="wgs84")
    near = _one(options, address="马田镇", lon=112.89, lat=26.1, datum="wgs84")
    assert (far["level"], near["level"]) == ("town", "coordinate")


def _column(datum: str, n: int) -> list[dict[str, object]]:
    """Firms some hundred metres from village points, in *datum*, none stated."""
    villages = [v for v in _china().villages(HOME) if v.lon and v.km_to_seat and not v.doubtful]
    shift = {
        "wgs84": lambda x, y: (x, y),
        "gcj02": crs.gcj02_from_wgs84,
        "bd09": crs.bd09_from_wgs84,
    }[datum]
    noise = np.random.default_rng(7).normal(0, 0.006, (n, 2))
    rows: list[dict[str, object]] = []
    for (dx, dy), village in zip(noise, villages, strict=False):
        assert village.lon is not None
        assert village.lat is not None
        lon, lat = shift(village.lon + dx, village.lat + dy)
        town = _china().place(village.parent).name
        rows.append({"address": town + village.name, "lon": float(lon), "lat": float(lat)})
    return rows


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_the_datum_of_a_column_is_inferred(datum: str) -> None:
    """With enough addresses beside it a column without datum tells its own."""
    rows = _column(datum, 150)
    answer = _place(rows)
    taken = answer[answer["level"] == "coordinate"]
    assert len(taken) > 120
    assert taken["note"].map(lambda note: "datum_guessed" in note).all()
    plain = _place(_column("wgs84", 150), default_datum="wgs84")
    both = taken.index.intersection(plain.index[plain["level"] == "coordinate"])
    off = crs.distance_m(
        taken.loc[both, "lon"],
        taken.loc[both, "lat"],
        plain.loc[both, "lon"],
        plain.loc[both, "lat"],
    )
    assert float(off.max()) < 0.01


def test_few_rows_prove_no_datum() -> None:
    """Below 20 rows the default is taken, and the radius says what that may cost."""
    answer = _place(_column("gcj02", 10))
    taken = answer[answer["level"] == "coordinate"]
    assert taken["note"].map(lambda note: "datum_assumed" in note).all()
    assert (taken["radius_m"] == DATUM_RADIUS_M).all()


def test_corrections_go_first() -> None:
    """A corrected address is where the correction says."""
    corrections = Corrections([Correction(address="马田镇邝家村", lon=113.0, lat=26.0)])
    row = _one({"corrections": corrections}, address="马田镇邝家村", lon=112.87, lat=26.11)
    assert (row["lon"], row["lat"], row["note"]) == (113.0, 26.0, ("place_corrected",))


def test_abroad_only_coordinates_count() -> None:
    """Without home nothing is looked up and names pass through."""
    rows: list[dict[str, object]] = [
        {"address": "2300 S Throop St", "lon": -87.66, "lat": 41.85, "town": "25"},
        {"address": "unknown", "lon": None, "lat": None, "town": "3"},
    ]
    answer = _place(rows, home=None, boundary=None)
    assert answer["level"].tolist() == ["coordinate", "none"]
    assert answer["lon"].iloc[0] == -87.66
    assert answer["town"].tolist() == ["25", "3"]
    assert len(unplaced(answer)) == 1


def test_an_empty_frame_has_an_empty_answer() -> None:
    """No rows in, no rows out, with all columns."""
    answer = geocode(pd.DataFrame({"address": []}), gazetteer=_china(), home=HOME)
    assert list(answer.columns) == list(COLUMNS)
    assert answer.empty


def test_radius_holds_for_the_villages_of_the_county() -> None:
    """The town radius of Yongxing covers about 95 % of its trusted village points."""
    villages = [v for v in _china().villages(HOME) if v.km_to_seat is not None and not v.doubtful]
    rows: list[dict[str, object]] = [{"address": _china().place(v.parent).name} for v in villages]
    answer = _place(rows)
    inside = [
        _off(row, village.code) <= row["radius_m"]
        for village, (_, row) in zip(villages, answer.iterrows(), strict=True)
    ]
    assert 0.9 <= np.mean(inside) <= 1.0


def test_real_polygon_of_the_county() -> None:
    """With the real boundary of Yongxing the town seats inside it are believed."""
    if not BOUNDARIES.exists():
        pytest.skip("../shared/data/boundaries is not on this machine")
    import gzip
    import json

    features = json.loads(gzip.decompress(BOUNDARIES.read_bytes()))["features"]
    shapes = {
        str(next(v for v in f["properties"].values() if str(v)[:6].isdigit()))[:6]: f["geometry"]
        for f in features
    }
    boundary = shapely.geometry.shape(shapes[HOME])
    seats = [town for town in _china().towns(HOME) if town.lon is not None]
    rows: list[dict[str, object]] = [
        {"address": t.name, "lon": t.lon, "lat": t.lat, "datum": "wgs84"} for t in seats
    ]
    answer = _place(rows, boundary=boundary)
    assert (answer["level"] == "coordinate").mean() > 0.9
