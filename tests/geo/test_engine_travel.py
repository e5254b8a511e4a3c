"""Travel by a routing server: whole matrices, what is kept, what is estimated and said."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from geo.crs import distance_m, working_crs
from geo.engines.ask import find
from geo.engines.engine import EngineError
from geo.engines.osrm import Osrm
from geo.engines.store import Square, Store
from geo.engines.travel import travel_by
from geo.engines.valhalla import Valhalla
from tests.geo import routing_servers as servers
from tests.geo.routing_servers import World
from tests.xunge.replay import Replay
from xunge.http import Client, Patience

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.engines.ask import Found
    from geo.travel import Travel

CRS = working_crs(9.5, 47.15)
TERMS: dict[str, Any] = {
    "crs": CRS, "detour": 1.5, "speed_kmh": 36.0, "access_speed_kmh": 18.0, "start_seconds": 60,
}  # fmt: skip


def places(count: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return so many places about Vaduz."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(9.48, 9.6, 200), rng.uniform(47.06, 47.25, 200)
    return np.round(lon[:count], 6), np.round(lat[:count], 6)


class Served:
    """A world behind a server, and the two that ask it."""

    def __init__(self, kind: str = "osrm", **options: Any) -> None:
        self.world = World()
        answers = servers.osrm if kind == "osrm" else servers.valhalla
        self.server = Replay(answers(self.world))
        self.client = Client(timeout_s=5, patience=Patience(attempts=1))
        made = Osrm if kind == "osrm" else Valhalla
        self.engine: Any = made(client=self.client, url=self.server.url(""), **options)

    def find(self, count: int, store: Store | None, *, seed: int = 1) -> Found:
        """Ask about so many places; sizes of tables are counted anew."""
        self.world.tables.clear()
        return find(*places(count, seed=seed), engine=self.engine, store=store)

    def travel(self, lon: object, lat: object, **options: Any) -> tuple[Travel, Found]:
        """Return the travel between places."""
        return travel_by(lon, lat, engine=self.engine, store=None, **{**TERMS, **options})  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop both."""
        self.client.close()
        self.server.close()


@pytest.fixture
def served() -> Iterator[Served]:
    """Give an OSRM."""
    made = Served()
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store for 60 places."""
    return Store(tmp_path / "travel", most_places=60)


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_blocks_make_the_same_matrix_as_one_table(kind: str) -> None:
    """However small the blocks, and both directions keep their own figures."""
    small, whole = Served(kind, most_pairs=100), Served(kind)
    try:
        a, b = small.find(23, None), whole.find(23, None)
        assert len(small.world.tables) > len(whole.world.tables) == 1
        assert max(max(size) for size in small.world.tables) <= 10
    finally:
        small.close()
        whole.close()
    np.testing.assert_array_equal(a.seconds, b.seconds)
    np.testing.assert_array_equal(a.metres, b.metres)
    assert (a.seconds != a.seconds.T).any()


def test_only_new_places_are_asked_about(served: Served, store: Store) -> None:
    """What was answered is kept to the bit; new rows and columns join it."""
    first = served.find(40, store)
    assert (first.asked, first.kept) == (1600, 0)
    again = served.find(40, store)
    assert (again.asked, again.kept) == (0, 1600)
    assert served.world.tables == [(5, 5)]  # the check
    more = served.find(46, store)
    assert (more.asked, more.kept) == (46 * 46 - 1600, 1600)
    np.testing.assert_array_equal(more.seconds, served.find(46, None).seconds)
    np.testing.assert_array_equal(more.metres, served.find(46, None).metres)


def test_a_list_that_changes_slowly_is_known_as_far_as_it_was_seen(
    served: Served, store: Store
) -> None:
    """Depots stay, visits come and go: pairs that never met are asked about, no others."""
    lon, lat = places(30)
    for some in ([0, 1, 2, 3, 4, 5], [0, 1, 6, 7, 8], [0, 1, 2, 3, 6, 7]):
        found = find(lon[some], lat[some], engine=served.engine, store=store)
        plain = find(lon[some], lat[some], engine=served.engine, store=None)
        np.testing.assert_array_equal(found.seconds, plain.seconds)
    assert found.asked == 8  # 2 and 3 to and from 6 and 7
    assert found.kept == 28


def test_other_data_on_the_server_is_noticed(served: Served, store: Store) -> None:
    """A few kept answers are asked again: where one has changed nothing is believed."""
    before = served.find(20, store)
    served.world.slower = 1.25
    after = served.find(20, store)
    assert after.renewed
    assert (after.asked, after.kept) == (400, 0)
    assert (after.seconds > before.seconds).sum() == 380
    assert served.find(20, store).kept == 400


def test_another_profile_or_address_is_another_matrix(served: Served, store: Store) -> None:
    """Nothing is mixed that a setting keeps apart."""
    served.find(10, store)
    other = Osrm(client=served.client, url=served.server.url("/"), profile="driving")
    assert other.identity != served.engine.identity
    assert store.read(("osrm", served.engine.identity, "")) is not None
    assert store.read(("osrm", other.identity, "")) is None


@pytest.mark.parametrize("harm", ["cut", "zeroed", "other", "empty"])
def test_a_spoiled_file_is_ignored_and_written_anew(
    harm: str, served: Served, store: Store
) -> None:
    """Half a file, wrong bytes, something else altogether: asked again, and kept again."""
    right = served.find(12, store)
    (path,) = store.folder.iterdir()
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "zeroed": data[:middle] + bytes(40) + data[middle + 40 :],
            "other": b"PK\x03\x04 no such thing",
            "empty": b"",
        }[harm]
    )
    found = served.find(12, store)
    assert (found.asked, found.kept) == (144, 0)
    np.testing.assert_array_equal(found.seconds, right.seconds)
    assert served.find(12, store).kept == 144


def test_what_is_kept_is_bounded(served: Served, store: Store) -> None:
    """The places used last stay; a list longer than the bound is not kept; few files stay."""
    lon, lat = places(100)
    for begin in range(0, 100, 20):
        part = slice(begin, begin + 20)
        find(lon[part], lat[part], engine=served.engine, store=store)
    kept = store.read(("osrm", served.engine.identity, ""))
    assert kept is not None
    assert len(kept.places) == 60
    last = find(lon[80:], lat[80:], engine=served.engine, store=store)
    assert last.kept == 400
    find(lon, lat, engine=served.engine, store=store)
    kept = store.read(("osrm", served.engine.identity, ""))
    assert kept is not None
    assert len(kept.places) <= 60
    for n in range(9):
        store.write((f"k{n}",), Square.of(lon[:3], lat[:3]), known=None)
    assert len(list(store.folder.iterdir())) == 6


def test_readers_see_whole_files_while_others_write(tmp_path: Path) -> None:
    """A file is the old one or the new one, never something in between."""
    lon, lat = places(30)
    store = Store(tmp_path, most_places=60)
    squares = [Square.of(lon[:n], lat[:n]) for n in (10, 20, 30)]
    store.write(("k",), squares[0], known=None)
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = store.read(("k",))
            seen.add(-1 if found is None else len(found.places))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(60):
        store.write(("k",), squares[n % 3], known=None)
    stop.set()
    reader.join()
    assert seen <= {10, 20, 30}


def test_figures_are_those_of_the_built_in_roads_in_kind(served: Served) -> None:
    """Access at its own speed, getting in and out once, whole seconds and metres."""
    lon, lat = places(6)
    made, _ = served.travel(lon, lat)
    world, pairs = served.world, list(zip(lon.tolist(), lat.tolist(), strict=True))
    for i, j in ((0, 1), (1, 0), (4, 2)):
        told = world.seconds(pairs[i], pairs[j])
        assert told is not None
        assert made.seconds[i, j] == np.rint(told + 60 / 5 + 60)
        assert made.metres[i, j] == np.rint(world.metres(pairs[i], pairs[j]) + 60)  # type: ignore[operator]
    assert (np.diagonal(made.seconds) == 0).all()
    assert made.seconds.dtype == np.int64
    assert made.fallback == 0


def test_without_a_way_the_straight_line_stands_in_and_is_counted(served: Served) -> None:
    """Null is no zero and no error: an estimate, labelled."""
    lon, lat = places(5)
    served.world.cut.add((float(lon[3]), float(lat[3])))
    made, _ = served.travel(lon, lat)
    assert made.fallback == 8
    assert made.straight[3, 0]
    apart = distance_m(lon[3:4], lat[3:4], lon[:1], lat[:1])[0]
    assert made.metres[3, 0] == pytest.approx(apart * 1.5, rel=0.005)
    assert made.path(3, 0) == [(lon[3], lat[3]), (lon[0], lat[0])]
    assert len(made.path(0, 1)) == 3


def test_a_place_beyond_the_limit_is_not_joined(served: Served) -> None:
    """The server's point on the road is too far off: estimated and named."""
    lon, lat = places(5)
    served.world.off = lambda place: 900.0 if place[0] == lon[2] else 10.0  # type: ignore[method-assign]
    made, _ = served.travel(lon, lat, join_limit_m=500.0)
    assert made.far == (2,)
    assert made.fallback == 8
    near, _ = served.travel(lon, lat, join_limit_m=1_000.0)
    assert near.far == ()


def test_a_server_with_other_roads_is_refused(served: Served) -> None:
    """Where no place at all is near a road, the extract is that of another area."""
    served.world.off = lambda place: 70_000.0  # type: ignore[method-assign]
    with pytest.raises(EngineError) as caught:
        served.travel(*places(4))
    assert caught.value.code == "engine_elsewhere"


def test_only_ways_that_are_drawn_are_asked_for(served: Served) -> None:
    """Lines cost a request each: one for a leg, however often it is drawn."""
    lon, lat = places(5)
    made, _ = served.travel(lon, lat)
    assert served.world.lines == 0
    for _ in range(2):
        made.path(0, 1)
    made.path(1, 0)
    made.path(2, 2)
    assert served.world.lines == 2
