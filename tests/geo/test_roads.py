"""Roads: lines become streets between junctions, with shape, length, speed and direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import distance_m
from geo.roads import SPEEDS_KMH, RoadError, build_roads, fastest, read_roads
from layers.vectors import VectorError, write_geojson

if TYPE_CHECKING:
    from pathlib import Path

    from geo.roads import RoadGraph

# a grid of places, 0.01 degrees apart, called by column and row
A, B, C, D = (113.00, 26.0), (113.01, 26.0), (113.02, 26.0), (113.03, 26.0)
B2, C2 = (113.01, 26.01), (113.02, 26.01)


def _lines(*lines: list[tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString(line) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def _streets(graph: RoadGraph) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    nodes = list(zip(graph.node_lon.tolist(), graph.node_lat.tolist(), strict=True))
    return {(nodes[t], nodes[h]) for t, h in zip(graph.tail, graph.head, strict=True)}


def test_lines_are_cut_where_they_share_a_vertex() -> None:
    """A line through B is cut there since another begins at B; vertices used once make no node."""
    graph = build_roads(_lines([A, B, C, D], [B, B2]))
    assert _streets(graph) == {(A, B), (B, D), (B, B2)}
    assert len(graph.node_lon) == 4
    vertices = slice(*graph.offsets[1:3])
    assert graph.vertex_lon[vertices].tolist() == [B[0], C[0], D[0]]


def test_lines_that_cross_without_a_vertex_do_not_connect() -> None:
    """A bridge over a road is no junction."""
    graph = build_roads(_lines([A, C], [(113.01, 25.99), (113.01, 26.01)]))
    assert len(graph.node_lon) == 4
    assert len(graph.tail) == 2


def test_lengths_are_metres_on_the_ground_and_times_follow_the_speed() -> None:
    """A stated speed wins over the class, the class over the default."""
    graph = build_roads(
        _lines(
            [A, B], [B, C], [C, D],
            **{"class": ["县道", "县道", "unheard-of"], "speed_kmh": [None, 90.0, None]},
        ),
        default_speed_kmh=18.0,
    )  # fmt: skip
    length = float(distance_m(*A, *B))
    np.testing.assert_allclose(graph.metres, length, rtol=6e-3)
    kmh = graph.metres / graph.seconds * 3.6
    np.testing.assert_allclose(kmh, [SPEEDS_KMH["县道"], 90.0, 18.0])
    np.testing.assert_allclose(graph.vertex_metres[graph.offsets[1:] - 1], graph.metres)
    highway = build_roads(_lines([A, B], highway=["motorway"]))
    assert highway.metres[0] / highway.seconds[0] * 3.6 == pytest.approx(90.0)


@pytest.mark.parametrize("speed", [0.0, -30.0, "fast", float("inf")])
def test_impossible_speeds_are_refused_with_their_rows(speed: object) -> None:
    """A speed that is no positive number names its lines."""
    with pytest.raises(RoadError) as refused:
        build_roads(_lines([A, B], [B, C], speed_kmh=[40.0, speed]))
    assert (refused.value.code, refused.value.rows) == ("bad_road_speed", (1,))


@pytest.mark.parametrize(
    ("mark", "forward", "backward"),
    [("yes", True, False), (True, True, False), (1.0, True, False), ("-1", False, True),
     (-1, False, True), ("no", True, True), (None, True, True), (False, True, True)],
)  # fmt: skip
def test_one_way_marks(mark: object, forward: bool, backward: bool) -> None:
    """One-way roads are driven as drawn or, marked -1, the other way."""
    graph = build_roads(_lines([A, B], oneway=[mark]))
    assert (bool(graph.forward[0]), bool(graph.backward[0])) == (forward, backward)
    assert graph.matrix().nnz == int(forward) + int(backward)


def test_rings_and_repeated_vertices() -> None:
    """A ring road is a street from its node to itself; repeated vertices change nothing."""
    graph = build_roads(_lines([A, B, B2, A], [A, A, (112.99, 26.0)]))
    assert _streets(graph) == {(A, A), (A, (112.99, 26.0))}
    assert graph.metres.min() > 0


def test_of_parallel_streets_the_fastest_counts() -> None:
    """Two streets between the same junctions give one matrix entry, the smaller."""
    graph = build_roads(_lines([A, B], [A, B2, B], speed_kmh=[10.0, 100.0]))
    assert graph.matrix().nnz == 2
    assert graph.matrix().max() == pytest.approx(graph.seconds.min())
    tail, head, weight = np.array([1, 0, 0]), np.array([0, 1, 1]), np.array([5.0, 7.0, 3.0])
    matrix, arc = fastest(tail, head, weight, size=2)
    assert matrix.toarray().tolist() == [[0, 3], [5, 0]]
    assert arc.tolist() == [2, 0]


def test_scraps_are_dropped_and_counted() -> None:
    """A stray piece of road and a one-way dead end are left out; a second network stays."""
    far = [(113.5, 26.0), (113.52, 26.0)]
    scrap = [(113.3, 26.0), (113.3002, 26.0)]
    dead_end = [D, (113.04, 26.0)]
    graph = build_roads(
        _lines([A, B], [B, D], far, scrap, dead_end, oneway=["no"] * 4 + ["yes"])
    ).without_scraps()
    assert len(graph.tail) == 3
    assert graph.node_lon.max() == 113.52
    assert graph.dropped_m == pytest.approx(20 + 1000, abs=5)
    assert graph.offsets[-1] == len(graph.vertex_lon) == 6


def test_a_file_of_roads_is_read(tmp_path: Path) -> None:
    """Reading the same file twice gives the same network, and a file of areas is refused."""
    path = tmp_path / "道路.geojson"
    write_geojson(_lines([A, B, C], [B, B2], **{"class": ["乡道", "村道"]}), path)
    one, two = read_roads(path), read_roads(path)
    assert _streets(one) == {(A, B), (B, C), (B, B2)}
    np.testing.assert_array_equal(one.matrix().toarray(), two.matrix().toarray())
    write_geojson(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326"), path)
    with pytest.raises(VectorError):
        read_roads(path)
