"""Routing servers: what is asked, what their documented answers mean, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from geo.engines.engine import Block, EngineError, tiles
from geo.engines.openrouteservice import OpenRouteService
from geo.engines.osrm import Osrm
from geo.engines.polylines import decode
from geo.engines.valhalla import Valhalla
from tests.geo import routing_servers as servers
from tests.geo.routing_servers import World, bent, polyline
from tests.xunge.replay import Canned, Replay
from xunge.http import Client, HttpError, Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LON = np.array([9.50, 9.52, 9.55, 9.40])
LAT = np.array([47.10, 47.15, 47.12, 47.30])
PLACES = [(9.50, 47.10), (9.52, 47.15), (9.55, 47.12), (9.40, 47.30)]
KINDS: dict[str, tuple[Any, Any]] = {
    "osrm": (servers.osrm, Osrm),
    "valhalla": (servers.valhalla, Valhalla),
    "openrouteservice": (servers.openrouteservice, OpenRouteService),
}
EVERYONE = np.arange(4)


@pytest.fixture
def serve() -> Iterator[Callable[..., Replay]]:
    """Give a function that starts a server on loopback."""
    started: list[Replay] = []

    def start(answers: Iterable[Canned] | Callable[..., Canned]) -> Replay:
        started.append(Replay(answers))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client that does not pause."""
    with Client(timeout_s=5, patience=Patience(attempts=3), sleep=lambda _: None) as made:
        yield made


@pytest.mark.parametrize("kind", KINDS)
def test_a_block_is_read_as_it_is_told(
    kind: str, serve: Callable[..., Replay], client: Client
) -> None:
    """Rows are from, columns to; null is no way; metres to the road come along."""
    answers, engine = KINDS[kind]
    world = World(cut={PLACES[2]})
    server = serve(answers(world))
    rows, columns = np.array([1, 0]), np.array([0, 2, 3])
    block: Block = engine(client=client, url=server.url("")).block(
        LON, LAT, rows=rows, columns=columns
    )
    seconds, metres = world.table([PLACES[k] for k in rows], [PLACES[k] for k in columns])
    np.testing.assert_allclose(block.seconds, np.array(seconds, float), atol=0.5)
    np.testing.assert_allclose(block.metres, np.array(metres, float), atol=0.5)
    assert np.isnan(block.seconds[:, 1]).all()
    np.testing.assert_allclose(block.from_m, [30, 30], rtol=0.01)
    np.testing.assert_allclose(block.to_m, [30, 12, 30], rtol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_of_a_way_is_lon_lat(
    kind: str, serve: Callable[..., Replay], client: Client
) -> None:
    """Encoded or as GeoJSON, a line has longitude first; no way has no line."""
    answers, engine = KINDS[kind]
    server = serve(answers(World(cut={PLACES[2]})))
    made = engine(client=client, url=server.url(""))
    assert made.way(PLACES[0], PLACES[3]) == bent(PLACES[0], PLACES[3])
    assert made.way(PLACES[0], PLACES[2]) == []


@pytest.mark.parametrize("kind", ["valhalla", "openrouteservice"])
def test_a_place_without_a_road_does_not_spoil_the_others(
    kind: str, serve: Callable[..., Replay], client: Client
) -> None:
    """Its distance from the road is endless and its ways are missing; the rest is told."""
    answers, engine = KINDS[kind]
    server = serve(answers(World(remote={PLACES[1]})))
    block = engine(client=client, url=server.url("")).block(
        LON, LAT, rows=EVERYONE, columns=EVERYONE
    )
    assert np.isinf(block.from_m).tolist() == [False, True, False, False]
    others = np.ix_([0, 2, 3], [0, 2, 3])
    assert np.isfinite(block.seconds[others]).all()
    assert np.isnan(block.seconds[1, [0, 2, 3]]).all()


def test_points_are_asked_about_to_a_decimetre(
    serve: Callable[..., Replay], client: Client
) -> None:
    """Six decimals, longitude first; a key travels in a header and in nothing that is shown."""
    server = serve(servers.osrm(World()))
    Osrm(client=client, url=server.url("")).block(
        np.array([9.123456789, 9.2]), np.array([47.1, 47.2]), rows=np.array([0]),
        columns=np.array([1]),
    )  # fmt: skip
    assert server.requests[0].path == "/table/v1/driving/9.123457,47.100000;9.200000,47.200000"
    world = World()
    guarded = serve(servers.openrouteservice(world, key="geheim"))
    made = OpenRouteService(client=client, url=guarded.url(""), key="geheim")
    assert made.block(LON, LAT, rows=EVERYONE, columns=EVERYONE).seconds.shape == (4, 4)
    assert "geheim" not in repr(made)
    assert "geheim" not in made.identity
    assert "geheim" not in guarded.requests[0].target


REFUSALS = [
    ("osrm", 400, '{"code":"TooBig","message":"Too many table coordinates"}', "engine_too_big"),
    ("osrm", 400, '{"code":"InvalidUrl","message":"URL string malformed"}', "engine_refused"),
    ("osrm", 400, '{"code":"NoSegment","message":"coordinate 4"}', "engine_refused"),
    ("osrm", 404, "<html>nginx</html>", "engine_refused"),
    ("osrm", 200, "<html>login</html>", "engine_no_sense"),
    ("osrm", 200, '{"code":"Ok","durations":[[0]]}', "engine_no_sense"),
    ("osrm", 503, "", "engine_busy"),
    ("valhalla", 400, '{"error_code":154,"error":"Path distance exceeds"}', "engine_too_big"),
    ("valhalla", 400, '{"error_code":125,"error":"No costing method"}', "engine_refused"),
    ("valhalla", 200, "[]", "engine_no_sense"),
    ("valhalla", 429, "", "engine_busy"),
    ("openrouteservice", 403, '{"error":"Access to this API has been disallowed"}',
     "engine_bad_key"),
    ("openrouteservice", 403, '{"error":"Daily quota reached or API key unauthorized"}',
     "engine_used_up"),
    ("openrouteservice", 400, '{"error":{"code":6004,"message":"exceeds"}}', "engine_too_big"),
    ("openrouteservice", 400, '{"error":{"code":6003,"message":"profile"}}', "engine_refused"),
    ("openrouteservice", 429, '{"error":"Rate Limit Exceeded"}', "engine_busy"),
    ("openrouteservice", 500, '{"error":{"code":6099,"message":"unknown"}}', "engine_busy"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "status", "text", "code"), REFUSALS)
def test_a_refusal_has_a_code_and_what_the_server_said(
    kind: str, status: int, text: str, code: str, serve: Callable[..., Replay], client: Client
) -> None:
    """Busy servers are asked again, the others are not."""
    server = serve([Canned(status=status, text=text)] * 5)
    made = KINDS[kind][1](client=client, url=server.url(""))
    with pytest.raises(EngineError) as caught:
        made.block(LON, LAT, rows=EVERYONE, columns=EVERYONE)
    assert caught.value.code == code
    assert caught.value.engine == kind
    assert len(server.requests) == (3 if code == "engine_busy" else 1)


def test_a_busy_server_is_asked_again(serve: Callable[..., Replay], client: Client) -> None:
    """One answer of 503 costs a pause, not the week."""
    world = World()
    answers = servers.osrm(world)
    first = [Canned(status=503)]
    server = serve(lambda asked: first.pop() if first else answers(asked))
    block = Osrm(client=client, url=server.url("")).block(LON, LAT, rows=EVERYONE, columns=EVERYONE)
    assert np.isfinite(block.seconds).all()
    assert len(server.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_not_there_is_the_clients_error(kind: str, client: Client) -> None:
    """Nobody listens: the client's own error comes through."""
    gone = Replay([])
    url = gone.url("")
    gone.close()
    with pytest.raises(HttpError) as caught:
        KINDS[kind][1](client=client, url=url).block(LON, LAT, rows=EVERYONE, columns=EVERYONE)
    assert caught.value.code == "http_unreachable"


@pytest.mark.parametrize(("value", "right"), [(-0.5, True), (-40.0, False)])
def test_a_hair_below_zero_is_zero(
    value: float, right: bool, serve: Callable[..., Replay], client: Client
) -> None:
    """OSRM says -0.5 m between places a hand apart; more than that makes no sense."""
    answer = (
        '{"code":"Ok","durations":[[0,0],[0,0]],"distances":[[0,%s],[0,0]],'
        '"sources":[{"distance":0},{"distance":0}],"destinations":[{"distance":0},{"distance":0}]}'
    )
    server = serve([Canned(text=answer % value)])
    made, two = Osrm(client=client, url=server.url("")), np.arange(2)
    if right:
        assert (made.block(LON, LAT, rows=two, columns=two).metres == 0).all()
    else:
        with pytest.raises(EngineError, match="engine_no_sense"):
            made.block(LON, LAT, rows=two, columns=two)


def test_blocks_cover_every_pair_once() -> None:
    """No block is larger than the server takes."""
    rows, columns = np.arange(7), np.arange(3, 8)
    seen = np.zeros((7, 8), int)
    for some, others in tiles(rows, columns, side=3):
        assert len(some) <= 3
        assert len(others) <= 3
        seen[np.ix_(some, others)] += 1
    assert (seen[:, 3:] == 1).all()
    assert (seen[:, :3] == 0).all()


@pytest.mark.parametrize("decimals", [5, 6])
def test_polylines_are_decoded(decimals: int) -> None:
    """The example of the format's description, and a line of our own either way."""
    assert decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@", decimals=5) == [
        (-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)
    ]  # fmt: skip
    line = [(113.1, 26.2), (113.10001, 26.19999), (-0.00002, -5.5)]
    assert decode(polyline(line, decimals=decimals), decimals=decimals) == line
    assert decode("", decimals=decimals) == []


@pytest.mark.parametrize("text", ["_p~iF~ps|", "中", "_p~iF", "\x10"])
def test_what_is_no_polyline_is_refused(text: str) -> None:
    """Half a point, letters from elsewhere."""
    with pytest.raises(ValueError, match="polyline"):
        decode(text, decimals=6)
