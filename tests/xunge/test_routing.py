"""What a folder does with a routing server: settings, refusals, and who replaces it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from geo.crs import working_crs
from geo.engines.engine import EngineError
from geo.travel import travel
from maps.messages import advice, sentence
from tests.geo import routing_servers as servers
from tests.geo.routing_servers import World
from tests.xunge.conftest import SETTINGS
from tests.xunge.replay import Canned, Replay
from xunge.config import load
from xunge.failures import explained
from xunge.http import Client, HttpError, Patience
from xunge.routing import KEY, RoutingError, _Paced, routing_of, travel_facts
from xunge.words import travel_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.engines.engine import Code
    from tests.xunge.conftest import Office
    from xunge.sections import TravelTimes

LON, LAT = [9.50, 9.52, 9.55], [47.10, 47.15, 47.12]
TERMS: Any = {
    "crs": working_crs(9.5, 47.1), "detour": 1.35, "speed_kmh": 35.0, "access_speed_kmh": 20.0,
    "start_seconds": 60, "join_limit_m": 5_000.0,
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> TravelTimes:
    """Give the shipped settings."""
    return load(tmp_path).travel


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client that tries once."""
    with Client(timeout_s=5, patience=Patience(attempts=1)) as made:
        yield made


def spare() -> Any:  # noqa: ANN401 (Travel)
    """Return the travel by what is built in."""
    return travel(LON, LAT, roads=None, **TERMS)


def test_nothing_is_asked_unless_a_server_is_named(settings: TravelTimes, tmp_path: Path) -> None:
    """The shipped settings are the built-in roads."""
    assert settings.engine == "roads"
    assert routing_of(settings, tmp_path) is None


def test_a_server_needs_an_address_and_the_public_one_a_key(
    settings: TravelTimes, tmp_path: Path
) -> None:
    """What is missing is said before anything is asked; the key is in no sentence."""
    for engine, code in (("osrm", "engine_no_url"), ("openrouteservice", "engine_no_key")):
        with pytest.raises(RoutingError) as caught:
            routing_of(replace(settings, engine=engine), tmp_path, environment={})
        assert caught.value.code == code
        for lang in ("zh", "en"):
            assert engine in explained(caught.value, lang=lang)[0]
    found = routing_of(
        replace(settings, engine="openrouteservice"), tmp_path, environment={KEY: "geheim"}
    )
    assert found is not None
    assert found.engine.identity.startswith("https://api.openrouteservice.org")


def test_a_server_that_fails_stops_the_run(
    settings: TravelTimes, tmp_path: Path, client: Client
) -> None:
    """The shipped choice: nobody drives by other times than those that were asked for."""
    server = Replay([])
    url = server.url("")
    server.close()
    routing = routing_of(replace(settings, engine="osrm", url=url), tmp_path, client=client)
    assert routing is not None
    with pytest.raises(HttpError):
        routing.travel(LON, LAT, terms=TERMS, spare=spare)


@pytest.mark.parametrize("answer", [Canned(text="<html>"), Canned(status=400, text="{}")])
def test_the_built_in_roads_go_on_where_that_is_allowed(
    answer: Canned, settings: TravelTimes, tmp_path: Path, client: Client
) -> None:
    """And it is said: who was asked, why that failed, who stood in."""
    server = Replay([answer] * 9)
    own = replace(settings, engine="osrm", url=server.url(""), on_failure="roads")
    routing = routing_of(own, tmp_path, client=client)
    assert routing is not None
    made = routing.travel(LON, LAT, terms=TERMS, spare=spare)
    assert (made.seconds == spare().seconds).all()
    routing.travel(LON, LAT, terms=TERMS, spare=spare)
    server.close()
    assert len(server.requests) == 1  # who has failed is left alone
    facts = {**travel_facts(made, routing, by_road="straight"), "traffic": False}
    assert (facts["engine"], facts["asked"]) == ("straight", "osrm")
    assert facts["because"].startswith("engine_")
    for lang in ("zh", "en"):
        assert "OSRM" in travel_words(facts, lang)


def test_lines_are_drawn_by_the_own_roads_once_the_server_is_gone(
    settings: TravelTimes, tmp_path: Path, client: Client
) -> None:
    """Times were told before: they stay, and the record says who drew."""
    world = World()
    answers = servers.osrm(world)
    server = Replay(lambda asked: Canned(status=503) if "/route/" in asked.path else answers(asked))
    own = replace(settings, engine="osrm", url=server.url(""), on_failure="roads")
    routing = routing_of(own, tmp_path, client=client)
    assert routing is not None
    made = routing.travel(LON, LAT, terms=TERMS, spare=spare)
    assert made.path(0, 1) == [(LON[0], LAT[0]), (LON[1], LAT[1])]
    stopping = routing_of(replace(own, on_failure="stop"), tmp_path, client=client)
    assert stopping is not None
    drawn = stopping.travel(LON, LAT, terms=TERMS, spare=spare)
    with pytest.raises(EngineError):
        drawn.path(0, 1)
    server.close()
    facts = travel_facts(made, routing, by_road="roads")
    assert (facts["engine"], facts["because"]) == ("osrm", "")
    assert facts["undrawn"] == "engine_busy"


def test_a_minute_has_so_many_requests(client: Client) -> None:
    """Free plans count them; the pauses are even."""
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    server = Replay([Canned(text="{}")] * 3)
    paced = _Paced(client, per_minute=40, sleep=sleep, now=lambda: now[0])
    for _ in range(3):
        paced.send("GET", server.url("/"))
    server.close()
    assert slept == [1.5, 1.5]


CODES = (
    "engine_too_big", "engine_bad_key", "engine_used_up", "engine_refused", "engine_busy",
    "engine_no_sense", "engine_elsewhere",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_failure_of_a_server_has_words_and_advice(code: Code, lang: str) -> None:
    """With the server's name and what it said."""
    said, fix = explained(EngineError(code, engine="osrm", said="4711"), lang=lang)
    assert "osrm" in said
    assert "4711" in said
    assert fix
    assert sentence(code, lang=lang, engine="x", said="y") != said
    assert advice(code, lang=lang, engine="osrm", said="4711") == fix


def test_a_week_goes_on_without_its_server_and_says_so(county: Office) -> None:
    """Record, map and terminal name who stood in; hours that are nonsense stop the folder."""
    file = county.path / "xunge.toml"
    text = '[travel]\nengine = "osrm"\nurl = "http://127.0.0.1:9"\non_failure = "roads"\n'
    file.write_text(f"{SETTINGS}\n{text}", "utf-8")
    made = county.week()
    assert made.record["travel"]["engine"] == "roads"
    assert made.record["travel"]["because"] == "http_unreachable"
    assert "OSRM 不可用" in (county.out / "index.html").read_text("utf-8")
