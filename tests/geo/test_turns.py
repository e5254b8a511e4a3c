"""Turns on roads of OpenStreetMap: what is forbidden, what they cost, and both searches agree."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest

from geo import search
from geo.osm import read_extract
from geo.search import ranked
from geo.travel import travel
from tests.geo.lattice import CROSS, CRS, LONG, RULES, SLOW, between, osm, place, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.geo.lattice import Way


@pytest.mark.parametrize(
    ("kind", "end", "direct"),
    [
        ("no_right_turn", 4, {12: True, 21: True, 10: False}),
        ("no_left_turn", 3, {12: False, 21: True, 10: True}),
        ("only_straight_on", 2, {12: False, 21: True, 10: False}),
        ("no_entry", 2, {12: True, 21: False, 10: True}),
    ],
)
def test_turn_restrictions_at_a_junction(
    tmp_path: Path, kind: str, end: int, direct: dict[int, bool]
) -> None:
    """Coming from node 1 over the crossing 11, what is forbidden is driven another way."""
    roads = read(tmp_path, CROSS, turns=[(kind, 1, "11", end)])
    goals = list(direct)
    got = between(roads, 1, *goals)
    found = {node: bool(got.metres[0, k] < 2_300) for k, node in enumerate(goals, 1)}
    assert found == direct
    assert got.fallback == 0
    back = [bool(got.metres[k, 0] < 2_300) for k in range(1, 4)]
    assert back == [True] * 3  # the other direction is free
    for k in range(1, 4):
        way = [tuple(np.round(point, 5)) for point in got.path(0, k)]
        assert way[-1] == tuple(np.round(place(goals[k - 1]), 5))


def test_a_forbidden_turn_is_not_undone_by_turning_round_at_the_next_corner(
    tmp_path: Path,
) -> None:
    """Turning round beyond the crossing costs what it costs, so the block is driven round."""
    roads = read(tmp_path, CROSS, turns=[("no_left_turn", 1, "11", 3)],
                  changes={"turns": {"u_turn_s": LONG}})  # fmt: skip
    got = between(roads, 1, 12)
    way = [tuple(np.round(point, 5)) for point in got.path(0, 1)]
    assert tuple(np.round(place(22), 5)) in way
    assert got.seconds[0, 1] < LONG


@pytest.mark.parametrize(
    ("kind", "end", "round_about"),
    [("no_u_turn", 4, True), ("only_straight_on", 5, True), ("no_left_turn", 5, False)],
)
def test_turn_restrictions_over_a_way(
    tmp_path: Path, kind: str, end: int, round_about: bool
) -> None:
    """Who came from way 1 over way 2 may not go on by way 4; others may."""
    ways: list[Way] = [([0, 1], SLOW), ([1, 2], SLOW), ([1, 11], SLOW), ([2, 12], SLOW),
                       ([2, 3], SLOW), ([3, 13, 12], SLOW), ([11, 21], SLOW)]  # fmt: skip
    roads = read(tmp_path, ways, turns=[(kind, 1, "w2", end)],
                  changes={"turns": {"u_turn_s": LONG}})  # fmt: skip
    got = between(roads, 0, 12, 11)
    assert bool(got.metres[0, 1] > 4_000) is round_about
    assert got.metres[2, 1] < 3_400  # from way 3 the same turn is allowed
    assert got.fallback == 0


def test_exempt_and_unknown_restrictions_do_not_bind(tmp_path: Path) -> None:
    """Signs that except cars, or name ways that are not there, change nothing."""
    path = tmp_path / "a.osm"
    text = osm(CROSS, turns=[("no_right_turn", 1, "11", 4), ("no_right_turn", 1, "11", 77)])
    exempt = '<tag k="except" v="psv; motorcar"/><tag k="type" v="restriction"/>'
    path.write_text(text.replace('<tag k="type" v="restriction"/>', exempt, 1), "utf-8")
    assert read_extract(path, rules=RULES).restrictions == ()


def _turned(a: int, b: int, c: int) -> float:
    """Return what going from a over b to c costs, by hand."""
    (ax, ay), (bx, by), (cx, cy) = (place(node) for node in (a, b, c))
    k = math.cos(math.radians(26))
    angle = math.degrees(math.atan2((cx - bx) * k, cy - by) - math.atan2((bx - ax) * k, by - ay))
    angle = (angle + 180) % 360 - 180
    if a == c:
        return LONG
    if abs(angle) < RULES.turns.straight_deg:
        return 0.0
    return RULES.turns.near_s if angle > 0 else RULES.turns.across_s


def _by_hand(
    arcs: dict[tuple[int, int], float], banned: set[tuple[int, int, int]], source: tuple[int, int]
) -> dict[tuple[int, int], float]:
    """Search in plain Python from the middle of a street to the ends of all arcs."""
    arms = Counter(end for _, end in arcs)
    heap = [(arcs[arc] / 2, arc) for arc in (source, source[::-1])]
    best: dict[tuple[int, int], float] = {}
    while heap:
        so_far, (a, b) = heapq.heappop(heap)
        if (a, b) in best:
            continue
        best[a, b] = so_far
        for (start, end), seconds in arcs.items():
            if start == b and (a, b, end) not in banned:
                turn = 0.0 if arms[b] == 2 and end != a else _turned(a, b, end)
                heapq.heappush(heap, (so_far + turn + seconds, (b, end)))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_turns_equal_a_search_from_arc_to_arc(tmp_path: Path, seed: int) -> None:
    """On random lattices with forbidden turns, taken apart wholly, times are those by hand."""
    rng = np.random.default_rng(seed)
    nodes = [10 * column + row for column in range(4) for row in range(4)]
    lattice = [(a, a + step) for a in nodes for step in (1, 10) if a + step in nodes]
    pairs = [pair for pair in lattice if rng.random() < 0.9]
    crossings = [
        (i, b, j)
        for i, (_, b) in enumerate(pairs, 1)
        for j, (c, _) in enumerate(pairs, 1)
        if b == c and rng.random() < 0.4
    ]
    roads = read(
        tmp_path, [(pair, SLOW) for pair in pairs],
        turns=[("no_left_turn", i, str(b), j) for i, b, j in crossings],
        changes={"turns": {"tolerance_s": 0.0, "u_turn_s": LONG}, "network": {"min_share": 1e-9}},
    )  # fmt: skip
    banned = {(pairs[i - 1][0], b, pairs[j - 1][1]) for i, b, j in crossings}
    geod = pyproj.Geod(ellps="WGS84")
    legs = {(a, b): geod.inv(*place(a), *place(b))[2] / 10 for a, b in pairs}
    arcs = {**legs, **{(b, a): seconds for (a, b), seconds in legs.items()}}
    middles = [np.add(place(a), place(b)) / 2 for a, b in pairs]
    got = travel(*np.array(middles).T, roads=roads, crs=CRS, start_seconds=0,
                 access_speed_kmh=1e6)  # fmt: skip
    for i, source in enumerate(pairs):
        best = _by_hand(arcs, banned, source)
        for j, target in enumerate(pairs):
            ways = [best[arc] - arcs[arc] / 2 for arc in (target, target[::-1]) if arc in best]
            if i != j and not got.straight[i, j]:
                assert got.seconds[i, j] == pytest.approx(min(ways), abs=1.5), (source, target)
    assert got.straight.sum() < len(pairs) * 3


def test_hierarchy_and_plain_search_agree_over_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both searches give the same seconds and metres, places on one street included."""
    roads = read(tmp_path, CROSS, turns=[("no_right_turn", 1, "11", 4)])
    at = (1.2, 1.9, 10.3, 10.7, 11.4, 21.5, 20.0)
    plain = between(roads, *at)
    ranked(roads)
    monkeypatch.setattr("geo.hierarchy.COMPILED", True)
    climbed = between(roads, *at)
    np.testing.assert_array_equal(plain.seconds, climbed.seconds)
    np.testing.assert_array_equal(plain.metres, climbed.metres)
    assert plain.path(0, 5) == climbed.path(0, 5)


def test_a_hierarchy_is_built_where_it_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few places, small networks, and machines that compile nothing are searched plainly."""
    roads = read(tmp_path, CROSS)
    monkeypatch.setattr("geo.hierarchy.COMPILED", True)
    assert not search.climbs(roads, rows=10_000)
    monkeypatch.setattr(search, "HIERARCHY_FROM", 0)
    assert search.climbs(roads, rows=search.FEWEST_ROWS)
    assert not search.climbs(roads, rows=search.FEWEST_ROWS - 1)
    ranked(roads)
    assert search.climbs(roads, rows=2)
    monkeypatch.setattr("geo.hierarchy.COMPILED", False)
    assert not search.climbs(roads, rows=10_000)
