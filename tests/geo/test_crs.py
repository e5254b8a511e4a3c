"""Datums and projections."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs

LON = st.floats(73.5, 135.0)
LAT = st.floats(4.0, 53.5)
YONGXING = (113.11, 26.13)


def _metres(a: tuple[np.ndarray, np.ndarray], lon: float, lat: float) -> float:
    return float(crs.distance_m(a[0], a[1], lon, lat).max())


@given(lon=LON, lat=LAT)
@settings(deadline=None, max_examples=300)
def test_gcj02_returns_to_where_it_came_from(lon: float, lat: float) -> None:
    """WGS-84 to GCJ-02 and back stays within 1e-6 m, in both orders."""
    there = crs.gcj02_from_wgs84(lon, lat)
    back = crs.wgs84_from_gcj02(*there)
    assert abs(back[0] - lon) * 111_320 < 1e-6
    assert abs(back[1] - lat) * 111_320 < 1e-6
    assert 30 < _metres(there, lon, lat) < 1200


@given(lon=LON, lat=LAT)
@settings(deadline=None, max_examples=300)
def test_bd09_returns_to_where_it_came_from(lon: float, lat: float) -> None:
    """WGS-84 to BD-09 and back stays within 1e-6 m."""
    back = crs.wgs84_from_bd09(*crs.bd09_from_wgs84(lon, lat))
    assert abs(back[0] - lon) * 111_320 < 1e-6
    assert abs(back[1] - lat) * 111_320 < 1e-6


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_is_the_published_shift(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    """Shanghai and Beijing move as in the published test values (eviltransform)."""
    lon, lat = crs.gcj02_from_wgs84(*wgs84)
    assert float(crs.distance_m(lon, lat, *gcj02)) < 0.02


def test_the_kink_at_105_degrees_converges() -> None:
    """Points at and beside 105° E, where the formula has a root, come back too."""
    lon = 105 + np.array([0.0, 1e-12, -1e-12, 1e-9, 1e-6, -1e-4])
    back = crs.wgs84_from_gcj02(*crs.gcj02_from_wgs84(lon, np.full(6, 30.0)))
    assert np.abs(back[0] - lon).max() * 111_320 < 1e-6


def test_outside_china_nothing_moves() -> None:
    """Chicago, Tokyo and missing values pass through bit for bit."""
    lon = np.array([-87.63, 139.69, np.nan])
    lat = np.array([41.88, 35.68, np.nan])
    for move in (crs.gcj02_from_wgs84, crs.wgs84_from_gcj02, crs.bd09_from_gcj02,
                 crs.gcj02_from_bd09):  # fmt: skip
        x, y = move(lon, lat)
        np.testing.assert_array_equal(x, lon)
        np.testing.assert_array_equal(y, lat)


def test_mixed_datums_in_one_column() -> None:
    """Every row is converted by its own datum."""
    gcj, bd = crs.gcj02_from_wgs84(*YONGXING), crs.bd09_from_wgs84(*YONGXING)
    x, y = crs.project(*YONGXING, crs.working_crs(*YONGXING))
    lon = [YONGXING[0], YONGXING[0], float(gcj[0]), float(bd[0]), 38_000_000 + float(x)]
    lat = [YONGXING[1], YONGXING[1], float(gcj[1]), float(bd[1]), float(y)]
    answer = crs.to_wgs84(
        lon, lat, datum=["wgs84", "cgcs2000", "gcj02", "bd09", "cgcs2000_gk"], home=YONGXING
    )
    assert _metres(answer, *YONGXING) < 0.001


@pytest.mark.parametrize("epsg", [4526, 4547, 4509, 4498])
@pytest.mark.parametrize("exchanged", [False, True])
def test_gauss_krueger_in_every_form(epsg: int, exchanged: bool) -> None:
    """3° and 6° zones, with zone prefix or without, in either order of axes, are recognised."""
    x, y = crs.project(*YONGXING, pyproj.CRS.from_epsg(epsg))
    pair = (y, x) if exchanged else (x, y)
    answer = crs.to_wgs84([float(pair[0])], [float(pair[1])], datum="wgs84", home=YONGXING)
    assert _metres(answer, *YONGXING) < 0.001


def test_metres_without_zone_need_a_home() -> None:
    """Without zone number and home, or with a home abroad, metres are no place."""
    for home in (None, (-87.6, 41.9)):
        lon, lat = crs.to_wgs84([411_000.0], [2_890_000.0], datum="cgcs2000_gk", home=home)
        assert np.isnan(lon).all()
        assert np.isnan(lat).all()


def test_exchanged_degrees_are_put_right() -> None:
    """A latitude in the place of the longitude is seen in China, and abroad by the home."""
    x, y, swapped = crs.oriented([26.13, 113.11], [113.11, 26.13])
    np.testing.assert_array_equal(x, [113.11, 113.11])
    np.testing.assert_array_equal(y, [26.13, 26.13])
    assert swapped.tolist() == [True, False]
    x, _, swapped = crs.oriented([41.88, -87.63], [-87.63, 41.88], home=(-87.6, 41.8))
    assert x.tolist() == [-87.63, -87.63]
    assert swapped.tolist() == [True, False]


def test_unknown_datum_names_its_rows() -> None:
    """A datum code that is not known is refused with the rows that carry it."""
    with pytest.raises(crs.DatumError) as caught:
        crs.to_wgs84([113.0, 113.0], [26.0, 26.0], datum=["wgs84", "beijing54"])
    assert caught.value.rows == (1,)
    assert caught.value.value == "beijing54"


def test_impossible_degrees_become_missing() -> None:
    """A longitude of 200 is no place."""
    lon, lat = crs.to_wgs84([200.0], [26.0], datum="wgs84")
    assert np.isnan(lon[0])
    assert np.isnan(lat[0])


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (113.11, 26.13, 4547),
        (113.07, 28.8, 4547),
        (120.75, 30.75, 4549),
        (115.8, 25.6, 4548),
        (84.87, 45.6, 4537),
        (-87.63, 41.88, 32616),
        (151.2, -33.9, 32756),
    ],
)
def test_working_crs(lon: float, lat: float, epsg: int) -> None:
    """China works in its CGCS2000 3° zone, everywhere else in UTM."""
    assert crs.working_crs(lon, lat).to_epsg() == epsg


@given(lon=st.floats(112.5, 113.8), lat=st.floats(25.5, 26.7))
@settings(deadline=None, max_examples=100)
def test_projection_round_trip(lon: float, lat: float) -> None:
    """Projecting and unprojecting returns to the point."""
    zone = crs.working_crs(*YONGXING)
    assert _metres(crs.unproject(*crs.project(lon, lat, zone), zone), lon, lat) < 1e-4


def test_distance() -> None:
    """One degree of latitude is 111.2 km, and shapes broadcast."""
    metres = crs.distance_m([113.0, 113.0], [26.0, 27.0], 113.0, 26.0)
    np.testing.assert_allclose(metres, [0, 111_195], rtol=1e-4)
