"""GCJ-02 and BD-09: exact there and back, and nothing moves outside the box of the formula."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs

if TYPE_CHECKING:
    from collections.abc import Callable

    Move = Callable[..., tuple[np.ndarray, np.ndarray]]

WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
PAIRS: list[tuple[Move, Move]] = [
    (crs.gcj02_from_wgs84, crs.wgs84_from_gcj02),
    (crs.bd09_from_wgs84, crs.wgs84_from_bd09),
    (crs.bd09_from_gcj02, crs.gcj02_from_bd09),
]
MOVES = [move for pair in PAIRS for move in pair]
METRES_PER_DEGREE = 111_320
NEAR = 0.02  # degrees; no point of the box moves farther than this


def _published(lon: float, lat: float) -> tuple[float, float]:
    """Write out the formula of GCJ-02 word for word (Krasovsky 1940), without any short cut."""
    x, y = lon - 105, lat - 35
    both = 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += 2 / 3 * (both + 20 * math.sin(math.pi * y) + 40 * math.sin(math.pi / 3 * y))
    north += 2 / 3 * (160 * math.sin(math.pi / 12 * y) + 320 * math.sin(math.pi / 30 * y))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += 2 / 3 * (both + 20 * math.sin(math.pi * x) + 40 * math.sin(math.pi / 3 * x))
    east += 2 / 3 * (150 * math.sin(math.pi / 12 * x) + 300 * math.sin(math.pi / 30 * x))
    axis, flat = 6_378_245.0, 0.00669342162296594323
    rest = 1 - flat * math.sin(math.radians(lat)) ** 2
    east_deg = east * 180 / (axis / math.sqrt(rest) * math.cos(math.radians(lat)) * math.pi)
    north_deg = north * 180 / (axis * (1 - flat) / (rest * math.sqrt(rest)) * math.pi)
    return lon + east_deg, lat + north_deg


@given(lon=st.floats(WEST, EAST), lat=st.floats(SOUTH, NORTH))
@settings(deadline=None, max_examples=300)
def test_the_fast_formula_is_the_published_one(lon: float, lat: float) -> None:
    """The multiple-angle formulas give the published formula back within 1e-8 m."""
    x, y = crs.gcj02_from_wgs84(lon, lat)
    expected = _published(lon, lat)
    assert abs(x - expected[0]) * METRES_PER_DEGREE < 1e-8
    assert abs(y - expected[1]) * METRES_PER_DEGREE < 1e-8


@pytest.mark.parametrize(("there", "back"), PAIRS)
def test_every_point_of_the_box_returns(there: Move, back: Move) -> None:
    """200,000 points of the whole box return within 1e-6 m, those along its lines included."""
    random = np.random.default_rng(7)
    lon, lat = random.uniform(WEST, EAST, 200_000), random.uniform(SOUTH, NORTH, 200_000)
    side = random.integers(0, 4, 50_000)
    step = np.minimum(random.exponential(0.004, 50_000), 0.5)
    lon[:50_000] = np.select([side == 0, side == 1], [WEST + step, EAST - step], lon[:50_000])
    lat[:50_000] = np.select([side == 2, side == 3], [SOUTH + step, NORTH - step], lat[:50_000])
    x, y = back(*there(lon, lat))
    assert np.abs(x - lon).max() * METRES_PER_DEGREE < 1e-6
    assert np.abs(y - lat).max() * METRES_PER_DEGREE < 1e-6


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
@settings(deadline=None, max_examples=500)
def test_nothing_moves_outside(lon: float, lat: float) -> None:
    """Beyond the lines of the box a point keeps its bits, forward at once, back after 0.02°."""
    for move in MOVES:
        forward = move in [pair[0] for pair in PAIRS]
        away = 0.0 if forward else NEAR
        if WEST - away <= lon <= EAST + away and SOUTH - away <= lat <= NORTH + away:
            continue
        x, y = move(lon, lat)
        assert (float(x), float(y)) == (lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat"), [(WEST, 30.0), (EAST, 30.0), (110.0, SOUTH), (110.0, NORTH)]
)
def test_the_lines_belong_to_the_box(lon: float, lat: float) -> None:
    """On a line a point moves, one step of a float beyond it does not."""
    out = (np.nextafter(lon, lon + (lon - 105)), np.nextafter(lat, lat + (lat - 28)))
    beyond = (out[0], lat) if lon in (WEST, EAST) else (lon, out[1])
    for there, back in PAIRS:
        moved = there(lon, lat)
        assert (float(moved[0]), float(moved[1])) != (lon, lat)
        again = back(*moved)
        assert abs(again[0] - lon) * METRES_PER_DEGREE < 1e-6
        assert abs(again[1] - lat) * METRES_PER_DEGREE < 1e-6
        kept = there(*beyond)
        assert (float(kept[0]), float(kept[1])) == beyond


def test_shapes_and_missing_values_stay() -> None:
    """A table of points keeps its shape, numbers broadcast, what is missing stays missing."""
    lon = np.array([[113.1, np.nan], [-87.6, 113.2]])
    for move in MOVES:
        x, y = move(lon, 26.1)
        assert x.shape == y.shape == (2, 2)
        assert np.isnan(x[0, 1])
        assert (x[1, 0], y[1, 0]) == (-87.6, 26.1)
        assert move([], [])[0].size == 0
