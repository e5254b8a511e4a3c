"""Travel: matrices equal a search by hand, paths lie on roads, gaps are reported."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import distance_m, project, unproject, working_crs
from geo.roads import RoadGraph, build_roads
from geo.travel import Travel, travel

if TYPE_CHECKING:
    from collections.abc import Sequence

CRS = working_crs(113.1, 26.1)
X0, Y0 = 510_000.0, 2_888_000.0
Point = tuple[float, float]


def _degrees(points: Sequence[Point]) -> list[Point]:
    lon, lat = unproject([X0 + x for x, _ in points], [Y0 + y for _, y in points], CRS)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def _roads(*lines: Sequence[Point], **columns: Any) -> RoadGraph:
    shapes = [shapely.LineString(_degrees(line)) for line in lines]
    return build_roads(gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326"))


def _travel(places: Sequence[Point], *, roads: RoadGraph | None, **options: Any) -> Travel:
    lon, lat = zip(*_degrees(places), strict=True)
    return travel(lon, lat, roads=roads, crs=CRS, **options)


def _length(path: list[Point]) -> float:
    return sum(float(distance_m(*a, *b)) for a, b in itertools.pairwise(path))


def test_without_roads_the_straight_line_is_stretched() -> None:
    """3-4-5 triangle: 5 km straight, times the detour, at the speed, plus the start."""
    got = _travel([(0, 0), (3000, 4000)], roads=None, detour=1.4, speed_kmh=36.0, start_seconds=60)
    assert got.metres.tolist() == [[0, 7000], [7000, 0]]
    assert got.seconds.tolist() == [[0, 760], [760, 0]]
    assert got.seconds.dtype == got.metres.dtype == np.int64
    assert got.fallback == 0
    assert got.straight.all()
    assert got.path(0, 1) == _degrees([(0, 0), (3000, 4000)])
    assert got.path(1, 1) == _degrees([(3000, 4000)])


def test_places_join_the_street_where_it_is_nearest() -> None:
    """A place beside the middle of a long street does not drive from its end."""
    roads = _roads([(0, 0), (10_000, 0)], speed_kmh=[36.0])
    got = _travel([(5000, 100), (6000, -100)], roads=roads, access_speed_kmh=18.0, start_seconds=30)
    assert got.metres[0, 1] == pytest.approx(1200, abs=2)
    assert got.seconds[0, 1] == pytest.approx(30 + 100 + 40, abs=1)
    assert not got.straight[0, 1]
    corners = _degrees([(5000, 100), (5000, 0), (6000, 0), (6000, -100)])
    np.testing.assert_allclose(np.array(got.path(0, 1)), np.array(corners), atol=2e-6, rtol=0)


def test_the_fastest_way_is_taken_and_its_metres_reported() -> None:
    """A longer fast road beats a short slow one, and the metres are those of the road taken."""
    detour = [(0, 0), (0, 2000), (4000, 2000), (4000, 0)]
    roads = _roads([(0, 0), (4000, 0)], detour, speed_kmh=[10.0, 80.0])
    got = _travel([(0, 0), (4000, 0)], roads=roads, start_seconds=0)
    assert got.metres[0, 1] == pytest.approx(8000, rel=2e-3)
    assert got.seconds[0, 1] == pytest.approx(360, abs=2)
    np.testing.assert_allclose(
        np.array(got.path(0, 1)), np.array(_degrees(detour)), atol=1e-6, rtol=0
    )


def test_one_way_streets_are_not_driven_backwards() -> None:
    """On a one-way ring the way back goes round."""
    ring = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
    got = _travel([(200, 0), (800, 0)], roads=_roads(ring, oneway=["yes"]), start_seconds=0)
    assert got.metres[0, 1] == pytest.approx(600, abs=2)
    assert got.metres[1, 0] == pytest.approx(3400, abs=4)
    assert _length(got.path(1, 0)) == pytest.approx(3400, rel=5e-3)


def test_pairs_without_a_road_fall_back_and_are_counted() -> None:
    """Between two networks the stretched straight line stands in, for both directions."""
    roads = _roads([(0, 0), (3000, 0)], [(9000, 0), (12_000, 0)])
    got = _travel([(0, 0), (1000, 0), (12_000, 0)], roads=roads, detour=1.5)
    assert got.fallback == 4
    assert got.straight[0, 2]
    assert not got.straight[0, 1]
    assert got.metres[0, 2] == 18_000
    assert len(got.path(0, 2)) == 2


def test_neighbours_far_from_the_road_go_straight() -> None:
    """Two places 100 m apart and 3 km from the road do not drive to the road and back."""
    got = _travel([(500, 3000), (600, 3000)], roads=_roads([(0, 0), (1000, 0)]), detour=1.35)
    assert got.metres[0, 1] == 135
    assert got.straight[0, 1]
    assert got.fallback == 0


def test_places_at_one_point_and_on_junctions() -> None:
    """Places that share a point of the road, or sit on a junction, are reached all the same."""
    roads = _roads([(0, 0), (1000, 0)], [(1000, 0), (2000, 0)])
    got = _travel([(1000, 0), (1000, 0), (0, 0), (2000, 50)], roads=roads, start_seconds=60)
    assert got.seconds[0, 1] == 60
    assert got.metres[0, 1] == 0
    assert got.metres[2, 3] == pytest.approx(2050, abs=2)
    assert got.fallback == 0
    assert got.path(0, 1)[0] == got.path(0, 1)[-1]


def test_bad_input_is_refused() -> None:
    """A place without coordinates or a speed of nothing is no basis for a matrix."""
    with pytest.raises(ValueError, match="coordinates"):
        travel([113.0, np.nan], [26.0, 26.0], roads=None, crs=CRS)
    with pytest.raises(ValueError, match="positive"):
        travel([113.0], [26.0], roads=None, crs=CRS, speed_kmh=0)


def _by_hand(xy: np.ndarray, edges: list[tuple[int, int, float]]) -> np.ndarray:
    """Seconds between the points by Floyd and Warshall."""
    best = np.full((len(xy), len(xy)), np.inf)
    np.fill_diagonal(best, 0)
    for a, b, kmh in edges:
        seconds = float(np.hypot(*(xy[a] - xy[b]))) / (kmh / 3.6)
        best[a, b] = best[b, a] = min(best[a, b], seconds)
    for k in range(len(xy)):
        best = np.minimum(best, best[:, k, None] + best[None, k])
    return best


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_matrices_equal_a_search_by_hand(seed: int) -> None:
    """On random networks with places on junctions, times equal Floyd–Warshall and paths add up."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 9))
    xy = rng.choice(400, size=(count, 2), replace=False) * 25.0 + rng.uniform(0, 9, (count, 2))
    pairs = list(itertools.combinations(range(count), 2))
    chosen = [pairs[k] for k in rng.choice(len(pairs), size=min(len(pairs), count), replace=False)]
    speeds = rng.integers(10, 80, len(chosen)).astype(float)
    roads = _roads(*[[tuple(xy[a]), tuple(xy[b])] for a, b in chosen], speed_kmh=speeds)
    used = sorted({k for pair in chosen for k in pair})
    got = _travel([tuple(xy[k]) for k in used], roads=roads, start_seconds=0)
    edges = [(a, b, kmh) for (a, b), kmh in zip(chosen, speeds, strict=True)]
    best = _by_hand(xy, edges)[np.ix_(used, used)]
    np.testing.assert_array_equal(np.isinf(best) & ~got.straight, False)
    on_road = ~got.straight & np.isfinite(best)
    np.testing.assert_allclose(got.seconds[on_road], best[on_road], rtol=2e-3, atol=1.1)
    assert got.fallback == int(np.isinf(best).sum())
    np.testing.assert_array_equal(got.seconds, got.seconds.T)
    for i, j in zip(*np.nonzero(on_road), strict=True):
        path = np.array(got.path(int(i), int(j)))
        x, y = project(path[:, 0], path[:, 1], CRS)
        length = np.hypot(np.diff(x), np.diff(y)).sum()
        assert length == pytest.approx(got.metres[i, j], rel=2e-3, abs=1.5)


def test_the_same_places_give_the_same_numbers() -> None:
    """Matrices do not depend on which other places there are, nor on their order."""
    rng = np.random.default_rng(4)
    lines = [[tuple(p), tuple(q)] for p, q in rng.uniform(0, 9000, (12, 2, 2))]
    roads = _roads(*lines)
    places = [tuple(p) for p in rng.uniform(0, 9000, (9, 2))]
    whole, part = _travel(places, roads=roads), _travel(places[5:2:-1], roads=roads)
    back = [5, 4, 3]
    assert np.abs(whole.seconds[np.ix_(back, back)] - part.seconds).max() <= 1
    again = _travel(places, roads=roads)
    np.testing.assert_array_equal(whole.seconds, again.seconds)
    assert whole.path(0, 1) == again.path(0, 1)
