"""Roads of OpenStreetMap: what is read, joined, left out, and which turns are allowed."""

from __future__ import annotations

import gzip
import heapq
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import pytest

from geo import search
from geo.crs import working_crs
from geo.osm import is_extract, read_extract
from geo.osm_roads import read_osm_roads
from geo.road_rules import road_rules
from geo.road_store import store_roads, stored_roads
from geo.search import ranked
from geo.travel import travel
from layers.vectors import VectorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from geo.roads import RoadGraph
    from geo.travel import Travel

RULES = road_rules()
STEP = 0.01  # degrees between two nodes of the lattice: about a kilometre
CRS = working_crs(112.0, 26.0)
LONG = 2_000.0  # seconds for turning round, where nobody is to do it
Way = tuple[list[int] | tuple[int, ...], dict[str, str]]
SLOW = {"highway": "residential", "maxspeed": "45"}  # 36 km/h: ten metres a second


def _place(node: int) -> tuple[float, float]:
    """Node 12 lies in column 1, row 2."""
    return 112.0 + node // 10 * STEP, 26.0 + node % 10 * STEP


def _osm(
    ways: Iterable[Way],
    *,
    nodes: Mapping[int, dict[str, str]] | None = None,
    places: Mapping[int, tuple[float, float]] | None = None,
    turns: Sequence[tuple[str, int, str, int]] = (),
    first: str = "nodes",
) -> str:
    """Write an extract; way k has the id k + 1, a via beginning with w is a way."""
    listed, tagged = list(ways), nodes or {}

    def tags(of: Mapping[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in of.items())

    points = "".join(
        '<node id="{}" lon="{:.7f}" lat="{:.7f}" version="1">{}</node>'.format(
            node, *(places or {}).get(node, _place(node)), tags(tagged.get(node, {}))
        )
        for node in sorted({node for refs, _ in listed for node in refs})
    )
    lines = "".join(
        f'<way id="{k}" version="1">{"".join(f"<nd ref={chr(34)}{n}{chr(34)}/>" for n in refs)}'
        f"{tags(of)}</way>"
        for k, (refs, of) in enumerate(listed, 1)
    )
    rules = ""
    for k, (kind, start, via, end) in enumerate(turns, 1):
        over = [("way", ref) for ref in via[1:].split(",")] if via[0] == "w" else [("node", via)]
        members = [("way", start, "from"), *((kind_, ref, "via") for kind_, ref in over),
                   ("way", end, "to")]  # fmt: skip
        inside = "".join(f'<member type="{t}" ref="{r}" role="{o}"/>' for t, r, o in members)
        told = tags({"type": "restriction", "restriction": kind})
        rules += f'<relation id="{k}" version="1">{inside}{told}</relation>'
    body = points + lines if first == "nodes" else lines + points
    return f'<?xml version="1.0"?><osm version="0.6">{body}{rules}</osm>'


def _read(
    tmp_path: Path, ways: Iterable[Way], *, changes: dict[str, Any] | None = None, **more: Any
) -> RoadGraph:
    path = tmp_path / "roads.osm"
    path.write_text(_osm(ways, **more), "utf-8")
    return read_osm_roads(path, rules=road_rules(changes))


def _between(roads: RoadGraph, *nodes: float, **options: Any) -> Travel:
    """Travel between places; 12.5 lies half way between nodes 12 and 13."""
    at = []
    for node in nodes:
        low, high = _place(int(node)), _place(int(node) + 1)
        share = node % 1
        at.append([a + (b - a) * share for a, b in zip(low, high, strict=True)])
    lon, lat = zip(*at, strict=True)
    options = {"start_seconds": 0, "access_speed_kmh": 1e6, **options}
    return travel(lon, lat, roads=roads, crs=CRS, **options)


def _streets(roads: RoadGraph) -> set[frozenset[tuple[float, float]]]:
    nodes = list(zip(roads.node_lon.round(5).tolist(), roads.node_lat.round(5).tolist(),
                     strict=True))  # fmt: skip
    return {frozenset((nodes[t], nodes[h])) for t, h in zip(roads.tail, roads.head, strict=True)}


def _ends(*pairs: tuple[int, int]) -> set[frozenset[tuple[float, float]]]:
    return {
        frozenset(tuple(round(part, 5) for part in _place(node)) for node in pair) for pair in pairs
    }  # type: ignore[misc]


def test_ways_become_streets_between_junctions(tmp_path: Path) -> None:
    """Two ways end to end are one street with all its vertices; a third makes a junction."""
    roads = _read(tmp_path, [([0, 1, 2], SLOW), ([2, 3], SLOW), ([1, 11], SLOW)])
    assert _streets(roads) == _ends((0, 1), (1, 3), (1, 11))
    long = int(np.argmax(roads.metres))
    assert roads.line(long)[:, 1].round(5).tolist() in ([26.01, 26.02, 26.03],
                                                       [26.03, 26.02, 26.01])  # fmt: skip
    assert roads.seconds[long] == pytest.approx(roads.metres[long] / 10)
    assert roads.metres[long] == pytest.approx(2 * 1107.7, rel=2e-3)
    assert roads.kinds == ("residential",)


def test_ways_that_differ_stay_apart(tmp_path: Path) -> None:
    """Class, privacy and another speed make streets of their own, a little more speed does not."""
    second = [
        {**SLOW, "highway": "tertiary"}, {**SLOW, "access": "private"},
        {**SLOW, "maxspeed": "90"}, {**SLOW, "maxspeed": "46"},
    ]  # fmt: skip
    found = [len(_read(tmp_path, [([0, 1], SLOW), ([1, 2], tags)]).tail) for tags in second]
    assert found == [2, 2, 2, 1]


def test_one_way_streets_join_in_their_direction(tmp_path: Path) -> None:
    """Ways drawn against each other, one of them -1, are one street in one direction."""
    ring = [([0, 1, 2], {**SLOW, "oneway": "yes"}), ([12, 2], {**SLOW, "oneway": "-1"}),
            ([12, 10, 0], {**SLOW, "oneway": "yes"})]  # fmt: skip
    roads = _read(tmp_path, [*ring, ([0, 5], SLOW)])
    assert len(roads.tail) == 2
    got = _between(roads, 0.5, 1.5)
    assert got.metres[0, 1] == pytest.approx(1108, rel=3e-3)
    assert got.metres[1, 0] > 4_000
    assert [tuple(np.round(p, 5)) for p in got.path(1, 0)][1:3] == [
        tuple(np.round(_place(node), 5)) for node in (2, 12)
    ]


@pytest.mark.parametrize("first", ["nodes", "ways"])
@pytest.mark.parametrize("ending", [".osm", ".osm.gz"])
def test_files_in_any_order_and_packed(tmp_path: Path, first: str, ending: str) -> None:
    """What Overpass writes (ways first) and what is compressed is read alike."""
    path = tmp_path / f"jiangxi{ending}"
    text = _osm([([0, 1, 2], SLOW), ([1, 11], SLOW)], first=first).encode()
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    assert is_extract(path)
    assert _streets(read_osm_roads(path)) == _ends((0, 1), (1, 2), (1, 11))


def test_an_extract_is_cut_to_a_box_and_ways_without_all_nodes_are_cut(tmp_path: Path) -> None:
    """Ways wholly outside go; a way of which nodes are missing is what is there of it."""
    path = tmp_path / "a.osm"
    text = _osm([([0, 1, 2, 3, 4], SLOW), ([50, 51], SLOW)])
    path.write_text(text.replace('<node id="2"', '<node id="99"'), "utf-8")
    seen: list[str] = []
    roads = read_osm_roads(path, progress=lambda stage, count: seen.append(stage))
    assert _streets(roads) == _ends((0, 1), (3, 4), (50, 51))
    assert seen[0] == "osm_roads"
    cut = read_extract(path, rules=RULES, box=(111.9, 25.9, 112.02, 27.0))
    assert cut.id.tolist() == [1, 1]
    with pytest.raises(VectorError, match="vector_wrong_geometry"):
        read_extract(path, rules=RULES, box=(10.0, 10.0, 11.0, 11.0))


@pytest.mark.parametrize("content", [b"", b"<osm><node", b"\x00\x00\x00\x0dnonsense"])
@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_broken_files_are_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    """An empty, torn or foreign file is an error that names it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(VectorError) as refused:
        read_osm_roads(path)
    assert refused.value.path == path


def test_bollards_part_a_road_and_gates_and_lights_cost_time(tmp_path: Path) -> None:
    """Through a gate or lights it takes longer; past a bollard one drives round or not at all."""
    ways = [([0, 1, 2], SLOW), ([0, 10, 12, 2], SLOW)]
    plain = _between(_read(tmp_path, ways), 0.5, 1.5).seconds[0, 1]
    for kind, cost in (("gate", RULES.turns.gate_s), ("lift_gate", RULES.turns.gate_s)):
        roads = _read(tmp_path, ways, nodes={1: {"barrier": kind}})
        assert _between(roads, 0.5, 1.5).seconds[0, 1] == pytest.approx(plain + cost, abs=1)
    lights = _read(tmp_path, ways, nodes={1: {"highway": "traffic_signals"}})
    assert _between(lights, 0.5, 1.5).seconds[0, 1] == pytest.approx(plain + 6, abs=1)
    shut = _between(_read(tmp_path, ways, nodes={1: {"barrier": "bollard"}}), 0.5, 1.5)
    assert shut.metres[0, 1] > 4_000
    assert shut.fallback == 0
    alone = _between(_read(tmp_path, ways[:1], nodes={1: {"barrier": "block"}}), 0.5, 1.5)
    assert alone.fallback == 2
    assert alone.straight[0, 1]


def test_private_ways_are_for_their_ends_only(tmp_path: Path) -> None:
    """A short cut over private land costs; a place on it is reached."""
    costs = {"turns": {"private_s": 300.0}}
    ways = [([0, 1], SLOW), ([1, 2], {**SLOW, "access": "private"}), ([2, 3], SLOW),
            ([1, 11, 12, 2], SLOW)]  # fmt: skip
    roads = _read(tmp_path, ways, changes=costs)
    got = _between(roads, 0.5, 1.5, 2.5)
    assert got.metres[0, 2] > 4_000
    assert got.metres[0, 1] == pytest.approx(1108, rel=3e-3)
    assert got.fallback == 0


def test_places_are_not_joined_to_expressways_or_ferries(tmp_path: Path) -> None:
    """Beside an expressway one is joined to the village road behind it."""
    fast = {"highway": "motorway", "oneway": "no"}
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30"}
    roads = _read(tmp_path, [([0, 1, 2], fast), ([0, 10, 11, 12, 2], SLOW), ([2, 3], ferry),
                             ([3, 4], SLOW)])  # fmt: skip
    got = _between(roads, 1.0, 3.5, 2.5)
    assert got.path(0, 1)[1][0] == pytest.approx(112.01, abs=1e-4)
    wait = RULES.ferry_wait_s
    assert got.seconds[0, 1] > 1800 + wait
    assert _between(roads, 2.0, 3.0).seconds[0, 1] == pytest.approx(1800 + wait, abs=5)


def test_islands_are_left_out_and_named(tmp_path: Path) -> None:
    """What one cannot drive to is no road to join; its longest named street is told."""
    ways = [([k, k + 1], {**SLOW, "name": "大路"}) for k in range(9)]
    ways += [([k, k + 10], SLOW) for k in range(0, 90, 10)]
    lonely = ([83, 84], {**SLOW, "name": "孤岛路"})
    roads = _read(tmp_path, [*ways, lonely], changes={"network": {"min_share": 0.2}})
    assert [one.name for one in roads.islands] == ["孤岛路"]
    assert (
        roads.islands[0].metres == pytest.approx(roads.dropped_m) == pytest.approx(1108, rel=3e-3)
    )
    assert roads.islands[0].lat == pytest.approx(26.035)
    got = _between(roads, 0.5, 83.5, join_limit_m=2_000.0)
    assert (got.far, got.fallback) == ((1,), 2)
    assert got.straight[0, 1]


@pytest.mark.parametrize(("names", "joined"), [(("大道", "大道"), True), (("大道", "小路"), False)])
def test_carriageways_that_the_map_cuts_are_joined(
    tmp_path: Path, names: tuple[str, str], joined: bool
) -> None:
    """Whoever leaves by one carriageway comes back by the other, where both are one road."""
    there, back = ({**SLOW, "oneway": "yes", "name": name} for name in names)
    beside = {k: (112.0003, 26.0 + (k - 80) * STEP) for k in (80, 81, 82)}
    roads = _read(
        tmp_path, [([0, 1, 2], there), ([82, 81, 80], back), ([0, 80], SLOW), ([0, 10], SLOW)],
        places=beside,
    )  # fmt: skip
    assert bool(roads.dropped_m < 1) is joined
    if joined:
        got = _between(roads, 10, 1.5)
        assert got.metres[0, 1] == pytest.approx(1002 + 1662, abs=10)
        assert got.seconds[1, 0] > got.seconds[0, 1] + RULES.edge_s
        assert got.path(1, 0)[-1] == pytest.approx(_place(10))


def test_a_network_of_one_way_street_is_none(tmp_path: Path) -> None:
    """Where one cannot return from anywhere there is no network, and ways are estimated."""
    roads = _read(tmp_path, [([0, 1], {**SLOW, "oneway": "yes", "name": "单行路"})])
    assert (len(roads.tail), [one.name for one in roads.islands]) == (0, ["单行路"])
    assert _between(roads, 0, 1).straight.all()


CROSS: list[Way] = [([1, 11], SLOW), ([11, 21], SLOW), ([11, 12], SLOW), ([10, 11], SLOW),
                    ([21, 22, 12], SLOW), ([10, 20, 21], SLOW)]  # fmt: skip


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
    roads = _read(tmp_path, CROSS, turns=[(kind, 1, "11", end)])
    goals = list(direct)
    got = _between(roads, 1, *goals)
    found = {node: bool(got.metres[0, k] < 2_300) for k, node in enumerate(goals, 1)}
    assert found == direct
    assert got.fallback == 0
    back = [bool(got.metres[k, 0] < 2_300) for k in range(1, 4)]
    assert back == [True] * 3  # the other direction is free
    for k in range(1, 4):
        way = [tuple(np.round(point, 5)) for point in got.path(0, k)]
        assert way[-1] == tuple(np.round(_place(goals[k - 1]), 5))


def test_a_forbidden_turn_is_not_undone_by_turning_round_at_the_next_corner(
    tmp_path: Path,
) -> None:
    """Turning round beyond the crossing costs what it costs, so the block is driven round."""
    roads = _read(tmp_path, CROSS, turns=[("no_left_turn", 1, "11", 3)],
                  changes={"turns": {"u_turn_s": LONG}})  # fmt: skip
    got = _between(roads, 1, 12)
    way = [tuple(np.round(point, 5)) for point in got.path(0, 1)]
    assert tuple(np.round(_place(22), 5)) in way
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
    roads = _read(tmp_path, ways, turns=[(kind, 1, "w2", end)],
                  changes={"turns": {"u_turn_s": LONG}})  # fmt: skip
    got = _between(roads, 0, 12, 11)
    assert bool(got.metres[0, 1] > 4_000) is round_about
    assert got.metres[2, 1] < 3_400  # from way 3 the same turn is allowed
    assert got.fallback == 0


def test_exempt_and_unknown_restrictions_do_not_bind(tmp_path: Path) -> None:
    """Signs that except cars, or name ways that are not there, change nothing."""
    path = tmp_path / "a.osm"
    text = _osm(CROSS, turns=[("no_right_turn", 1, "11", 4), ("no_right_turn", 1, "11", 77)])
    exempt = '<tag k="except" v="psv; motorcar"/><tag k="type" v="restriction"/>'
    path.write_text(text.replace('<tag k="type" v="restriction"/>', exempt, 1), "utf-8")
    assert read_extract(path, rules=RULES).restrictions == ()


def _turned(a: int, b: int, c: int) -> float:
    """Return what going from a over b to c costs, by hand."""
    (ax, ay), (bx, by), (cx, cy) = (_place(node) for node in (a, b, c))
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
    roads = _read(
        tmp_path, [(pair, SLOW) for pair in pairs],
        turns=[("no_left_turn", i, str(b), j) for i, b, j in crossings],
        changes={"turns": {"tolerance_s": 0.0, "u_turn_s": LONG}, "network": {"min_share": 1e-9}},
    )  # fmt: skip
    banned = {(pairs[i - 1][0], b, pairs[j - 1][1]) for i, b, j in crossings}
    geod = pyproj.Geod(ellps="WGS84")
    legs = {(a, b): geod.inv(*_place(a), *_place(b))[2] / 10 for a, b in pairs}
    arcs = {**legs, **{(b, a): seconds for (a, b), seconds in legs.items()}}
    middles = [np.add(_place(a), _place(b)) / 2 for a, b in pairs]
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
    roads = _read(tmp_path, CROSS, turns=[("no_right_turn", 1, "11", 4)])
    at = (1.2, 1.9, 10.3, 10.7, 11.4, 21.5, 20.0)
    plain = _between(roads, *at)
    ranked(roads)
    monkeypatch.setattr("geo.hierarchy.COMPILED", True)
    climbed = _between(roads, *at)
    np.testing.assert_array_equal(plain.seconds, climbed.seconds)
    np.testing.assert_array_equal(plain.metres, climbed.metres)
    assert plain.path(0, 5) == climbed.path(0, 5)


def test_a_hierarchy_is_built_where_it_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few places, small networks, and machines that compile nothing are searched plainly."""
    roads = _read(tmp_path, CROSS)
    monkeypatch.setattr("geo.hierarchy.COMPILED", True)
    assert not search.climbs(roads, rows=10_000)
    monkeypatch.setattr(search, "HIERARCHY_FROM", 0)
    assert search.climbs(roads, rows=search.FEWEST_ROWS)
    assert not search.climbs(roads, rows=search.FEWEST_ROWS - 1)
    ranked(roads)
    assert search.climbs(roads, rows=2)
    monkeypatch.setattr("geo.hierarchy.COMPILED", False)
    assert not search.climbs(roads, rows=10_000)


def test_a_stored_network_is_the_same(tmp_path: Path) -> None:
    """A network comes back from its file as it was; a damaged or older file is no network."""
    roads = _read(tmp_path, CROSS, turns=[("no_right_turn", 1, "11", 4)])
    path = tmp_path / "roads.npz"
    store_roads(roads, path)
    again = stored_roads(path)
    assert again is not None
    assert (again.kinds, again.islands, again.dropped_m) == (
        roads.kinds, roads.islands, roads.dropped_m,
    )  # fmt: skip
    one, two = (_between(graph, 1, 12, 10) for graph in (roads, again))
    np.testing.assert_array_equal(one.seconds, two.seconds)
    assert one.path(0, 2) == two.path(0, 2)
    path.write_bytes(path.read_bytes()[:200])
    assert stored_roads(path) is None
    assert stored_roads(tmp_path / "none.npz") is None
    assert not list(tmp_path.glob("*.part"))
