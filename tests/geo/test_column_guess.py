"""Which columns hold address and coordinates, in which notation and datum; else a question."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely

from benchmarks.columns_cases import HEADERS, Case, Kind, case, kinds
from geo import crs
from geo.column_guess import Found, guess_columns, places_of, read_columns
from geo.datum_guess import weigh_datums
from geo.gazetteer import Gazetteer

YONGXING = "431023"
COUNTY = shapely.box(112.72, 25.98, 113.58, 26.48)  # about as large as the county


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


def _case(kind: Kind, **options: object) -> Case:
    settings: dict[str, object] = {"rows": 300, "headers": "meaningless", "seed": 3, **options}
    return case(kind, gazetteer=_china(), county=YONGXING, shape=COUNTY, **settings)  # type: ignore[arg-type]


def _guess(frame: pd.DataFrame, *, places: bool = True) -> Found:
    where = places_of(_china(), home=YONGXING) if places else None
    return guess_columns(frame, county=COUNTY, places=where)


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_every_kind_is_recognised(kind: Kind, headers: str) -> None:
    """Whatever the headers say, columns, notation, zone and datum are found, and read rightly."""
    drawn = _case(kind, headers=headers)
    found = _guess(drawn.frame)
    assert found.questions == ()
    assert (found.address, found.lon, found.lat) == (drawn.address, drawn.lon, drawn.lat)
    assert (found.datum, found.notation) == (kind.datum, kind.notation)
    assert (found.zone, found.meridian) == (drawn.zone, drawn.meridian)
    assert found.swapped == drawn.swapped
    lon, lat = read_columns(drawn.frame, found)
    off = crs.distance_m(lon, lat, drawn.true_lon, drawn.true_lat)
    assert off[drawn.sound].max() < 21  # whole seconds: half a second, 15.4 m north, 13.9 m east
    assert drawn.sound.mean() > 0.8


def test_without_addresses_the_datum_is_a_question() -> None:
    """Values and polygon alone cannot tell datums 500 m apart; a header that names one can."""
    gcj = next(kind for kind in kinds() if kind.name == "GCJ-02")
    drawn = _case(gcj)
    found = _guess(drawn.frame, places=False)
    assert found.questions == ("datum",)
    assert (found.lon, found.lat, found.datum) == (drawn.lon, drawn.lat, "")
    with pytest.raises(ValueError, match="not known"):
        read_columns(drawn.frame, found)
    lon, lat = read_columns(drawn.frame, found, datum="gcj02")
    assert np.nanmedian(crs.distance_m(lon, lat, drawn.true_lon, drawn.true_lat)) < 1
    named = drawn.frame.rename(columns={drawn.lon: "高德经度", drawn.lat: "高德纬度"})
    assert _guess(named, places=False).datum == "gcj02"
    assert not _guess(named, places=False).unsure


def test_a_header_does_not_overrule_clear_addresses() -> None:
    """Numbers that lie right as WGS-84 are no Baidu numbers, whatever the header says."""
    wgs = kinds()[0]
    drawn = _case(wgs, rows=300)
    named = drawn.frame.rename(columns={drawn.lon: "百度经度", drawn.lat: "百度纬度"})
    assert _guess(named).datum in ("wgs84", "")


def test_a_column_of_datums_counts() -> None:
    """A column 坐标系 that says one datum throughout answers the question."""
    drawn = _case(kinds()[0])
    stated = drawn.frame.assign(坐标系="CGCS2000")
    assert _guess(stated, places=False).datum == "wgs84"
    mixed = drawn.frame.assign(坐标系=["WGS84", "GCJ02"] * 150)
    assert _guess(mixed, places=False).questions == ("datum",)


def test_few_rows_decide_nothing() -> None:
    """With fewer than twenty coordinates nothing is claimed about them."""
    drawn = _case(kinds()[0], rows=15, headers="usual")
    found = _guess(drawn.frame)
    assert found.questions == ("columns",)
    assert (found.lon, found.lat, found.datum) == ("", "", "")


def test_coordinates_of_another_county_are_a_question() -> None:
    """Columns that say they are coordinates but lie elsewhere are not taken."""
    drawn = _case(kinds()[0], headers="usual")
    moved = drawn.frame.assign(经度=[v and v + 2 for v in drawn.frame["经度"]])
    assert _guess(moved).questions == ("columns",)


def test_two_pairs_of_coordinates_are_a_question_unless_headers_tell() -> None:
    """Where a table has its places twice, the registers' header wins; without one it is asked."""
    gcj = next(kind for kind in kinds() if kind.name == "GCJ-02")
    drawn = _case(gcj)
    twice = drawn.frame.assign(
        甲=drawn.frame[drawn.lon].map(lambda v: v and v + 0.001), 乙=drawn.frame[drawn.lat]
    )
    assert "columns" in _guess(twice).questions
    told = twice.rename(columns={drawn.lon: "经度", drawn.lat: "纬度"})
    found = _guess(told)
    assert (found.lon, found.lat, found.questions) == ("经度", "纬度", ())


def test_two_columns_of_addresses_are_a_question_unless_headers_tell() -> None:
    """A second column of addresses under a meaningless header is asked about."""
    drawn = _case(kinds()[0])
    twice = drawn.frame.assign(又=drawn.frame[drawn.address].tolist()[::-1])
    assert "address" in _guess(twice).questions
    told = twice.rename(columns={drawn.address: "生产经营地址"})
    assert _guess(told).address == "生产经营地址"
    assert "address" not in _guess(told).questions


def test_a_table_without_places() -> None:
    """Names and numbers alone give nothing and ask nothing; an empty table neither."""
    frame = pd.DataFrame({"名称": ["甲厂", "乙厂"] * 30, "人数": range(60)})
    assert _guess(frame) == Found()
    assert _guess(pd.DataFrame()) == Found()
    assert _guess(pd.DataFrame({"经度": [], "纬度": []})) == Found()


def test_one_place_counts_once() -> None:
    """Hundred firms of one village say no more of a datum than the village does."""
    lon, lat = np.full(100, 113.11), np.full(100, 26.13)
    known = pd.DataFrame({"lon": lon, "lat": lat, "level": "village"})
    assert weigh_datums(lon, lat, known) == ({"wgs84": 0.0, "gcj02": 0.0, "bd09": 0.0}, 0)


def test_a_row_at_the_edge_of_reach_counts_for_all_datums_or_none() -> None:
    """A coordinate 20 km from its address under one datum only leaves no hole in the weights."""
    lon = 113.11 + np.arange(12) * 0.01
    known = pd.DataFrame({"lon": lon, "lat": 26.13, "level": "village"})
    away = np.full(12, 26.13)
    away[0] += 19_900 / 111_320
    weights, places = weigh_datums(lon, away, known)
    assert places == 11
    assert np.isfinite(list(weights.values())).all()
    assert max(weights, key=lambda datum: weights[datum]) == "wgs84"


@pytest.mark.parametrize("zone", [24, 46, 12])
def test_zones_that_china_has_not(zone: int) -> None:
    """Zone numbers between and beyond those of China are refused."""
    with pytest.raises(ValueError, match="no Gauss"):
        crs.from_gauss_krueger([500_000.0], [3_000_000.0], zone=zone)
    with pytest.raises(ValueError, match="no Gauss"):
        crs.from_gauss_krueger([500_000.0], [3_000_000.0], meridian=113)
