"""Roads of OpenStreetMap: what is read, joined and left out."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo.osm import is_extract, read_extract
from geo.osm_roads import read_osm_roads
from geo.road_store import store_roads, stored_roads
from layers.vectors import VectorError
from tests.geo.lattice import CROSS, RULES, SLOW, STEP, between, ends, osm, place, read, streets

if TYPE_CHECKING:
    from pathlib import Path


def test_ways_become_streets_between_junctions(tmp_path: Path) -> None:
    """Two ways end to end are one street with all its vertices; a third makes a junction."""
    roads = read(tmp_path, [([0, 1, 2], SLOW), ([2, 3], SLOW), ([1, 11], SLOW)])
    assert streets(roads) == ends((0, 1), (1, 3), (1, 11))
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
    found = [len(read(tmp_path, [([0, 1], SLOW), ([1, 2], tags)]).tail) for tags in second]
    assert found == [2, 2, 2, 1]


def test_one_way_streets_join_in_their_direction(tmp_path: Path) -> None:
    """Ways drawn against each other, one of them -1, are one street in one direction."""
    ring = [([0, 1, 2], {**SLOW, "oneway": "yes"}), ([12, 2], {**SLOW, "oneway": "-1"}),
            ([12, 10, 0], {**SLOW, "oneway": "yes"})]  # fmt: skip
    roads = read(tmp_path, [*ring, ([0, 5], SLOW)])
    assert len(roads.tail) == 2
    got = between(roads, 0.5, 1.5)
    assert got.metres[0, 1] == pytest.approx(1108, rel=3e-3)
    assert got.metres[1, 0] > 4_000
    assert [tuple(np.round(p, 5)) for p in got.path(1, 0)][1:3] == [
        tuple(np.round(place(node), 5)) for node in (2, 12)
    ]


@pytest.mark.parametrize("first", ["nodes", "ways"])
@pytest.mark.parametrize("ending", [".osm", ".osm.gz"])
def test_files_in_any_order_and_packed(tmp_path: Path, first: str, ending: str) -> None:
    """What Overpass writes (ways first) and what is compressed is read alike."""
    path = tmp_path / f"jiangxi{ending}"
    text = osm([([0, 1, 2], SLOW), ([1, 11], SLOW)], first=first).encode()
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    assert is_extract(path)
    assert streets(read_osm_roads(path)) == ends((0, 1), (1, 2), (1, 11))


def test_an_extract_is_cut_to_a_box_and_ways_without_all_nodes_are_cut(tmp_path: Path) -> None:
    """Ways wholly outside go; a way of which nodes are missing is what is there of it."""
    path = tmp_path / "a.osm"
    text = osm([([0, 1, 2, 3, 4], SLOW), ([50, 51], SLOW)])
    path.write_text(text.replace('<node id="2"', '<node id="99"'), "utf-8")
    seen: list[str] = []
    roads = read_osm_roads(path, progress=lambda stage, count: seen.append(stage))
    assert streets(roads) == ends((0, 1), (3, 4), (50, 51))
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
    plain = between(read(tmp_path, ways), 0.5, 1.5).seconds[0, 1]
    for kind, cost in (("gate", RULES.turns.gate_s), ("lift_gate", RULES.turns.gate_s)):
        roads = read(tmp_path, ways, nodes={1: {"barrier": kind}})
        assert between(roads, 0.5, 1.5).seconds[0, 1] == pytest.approx(plain + cost, abs=1)
    lights = read(tmp_path, ways, nodes={1: {"highway": "traffic_signals"}})
    assert between(lights, 0.5, 1.5).seconds[0, 1] == pytest.approx(plain + 6, abs=1)
    shut = between(read(tmp_path, ways, nodes={1: {"barrier": "bollard"}}), 0.5, 1.5)
    assert shut.metres[0, 1] > 4_000
    assert shut.fallback == 0
    alone = between(read(tmp_path, ways[:1], nodes={1: {"barrier": "block"}}), 0.5, 1.5)
    assert alone.fallback == 2
    assert alone.straight[0, 1]


def test_private_ways_are_for_their_ends_only(tmp_path: Path) -> None:
    """A short cut over private land costs; a place on it is reached."""
    costs = {"turns": {"private_s": 300.0}}
    ways = [([0, 1], SLOW), ([1, 2], {**SLOW, "access": "private"}), ([2, 3], SLOW),
            ([1, 11, 12, 2], SLOW)]  # fmt: skip
    roads = read(tmp_path, ways, changes=costs)
    got = between(roads, 0.5, 1.5, 2.5)
    assert got.metres[0, 2] > 4_000
    assert got.metres[0, 1] == pytest.approx(1108, rel=3e-3)
    assert got.fallback == 0


def test_places_are_not_joined_to_expressways_or_ferries(tmp_path: Path) -> None:
    """Beside an expressway one is joined to the village road behind it."""
    fast = {"highway": "motorway", "oneway": "no"}
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30"}
    roads = read(tmp_path, [([0, 1, 2], fast), ([0, 10, 11, 12, 2], SLOW), ([2, 3], ferry),
                             ([3, 4], SLOW)])  # fmt: skip
    got = between(roads, 1.0, 3.5, 2.5)
    assert got.path(0, 1)[1][0] == pytest.approx(112.01, abs=1e-4)
    wait = RULES.ferry_wait_s
    assert got.seconds[0, 1] > 1800 + wait
    assert between(roads, 2.0, 3.0).seconds[0, 1] == pytest.approx(1800 + wait, abs=5)


def test_islands_are_left_out_and_named(tmp_path: Path) -> None:
    """What one cannot drive to is no road to join; its longest named street is told."""
    ways = [([k, k + 1], {**SLOW, "name": "大路"}) for k in range(9)]
    ways += [([k, k + 10], SLOW) for k in range(0, 90, 10)]
    lonely = ([83, 84], {**SLOW, "name": "孤岛路"})
    roads = read(tmp_path, [*ways, lonely], changes={"network": {"min_share": 0.2}})
    assert [one.name for one in roads.islands] == ["孤岛路"]
    assert (
        roads.islands[0].metres == pytest.approx(roads.dropped_m) == pytest.approx(1108, rel=3e-3)
    )
    assert roads.islands[0].lat == pytest.approx(26.035)
    got = between(roads, 0.5, 83.5, join_limit_m=2_000.0)
    assert (got.far, got.fallback) == ((1,), 2)
    assert got.straight[0, 1]


@pytest.mark.parametrize(("names", "joined"), [(("大道", "大道"), True), (("大道", "小路"), False)])
def test_carriageways_that_the_map_cuts_are_joined(
    tmp_path: Path, names: tuple[str, str], joined: bool
) -> None:
    """Whoever leaves by one carriageway comes back by the other, where both are one road."""
    there, back = ({**SLOW, "oneway": "yes", "name": name} for name in names)
    beside = {k: (112.0003, 26.0 + (k - 80) * STEP) for k in (80, 81, 82)}
    roads = read(
        tmp_path, [([0, 1, 2], there), ([82, 81, 80], back), ([0, 80], SLOW), ([0, 10], SLOW)],
        places=beside,
    )  # fmt: skip
    assert bool(roads.dropped_m < 1) is joined
    if joined:
        got = between(roads, 10, 1.5)
        assert got.metres[0, 1] == pytest.approx(1002 + 1662, abs=10)
        assert got.seconds[1, 0] > got.seconds[0, 1] + RULES.edge_s
        assert got.path(1, 0)[-1] == pytest.approx(place(10))


def test_a_network_of_one_way_street_is_none(tmp_path: Path) -> None:
    """Where one cannot return from anywhere there is no network, and ways are estimated."""
    roads = read(tmp_path, [([0, 1], {**SLOW, "oneway": "yes", "name": "单行路"})])
    assert (len(roads.tail), [one.name for one in roads.islands]) == (0, ["单行路"])
    assert between(roads, 0, 1).straight.all()


def test_a_stored_network_is_the_same(tmp_path: Path) -> None:
    """A network comes back from its file as it was; a damaged or older file is no network."""
    roads = read(tmp_path, CROSS, turns=[("no_right_turn", 1, "11", 4)])
    path = tmp_path / "roads.npz"
    store_roads(roads, path)
    again = stored_roads(path)
    assert again is not None
    assert (again.kinds, again.islands, again.dropped_m) == (
        roads.kinds, roads.islands, roads.dropped_m,
    )  # fmt: skip
    one, two = (between(graph, 1, 12, 10) for graph in (roads, again))
    np.testing.assert_array_equal(one.seconds, two.seconds)
    assert one.path(0, 2) == two.path(0, 2)
    path.write_bytes(path.read_bytes()[:200])
    assert stored_roads(path) is None
    assert stored_roads(tmp_path / "none.npz") is None
    assert not list(tmp_path.glob("*.part"))
