"""A made-up road world that answers as OSRM, Valhalla and openrouteservice are documented to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.xunge.replay import Canned

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.xunge.replay import Asked

Pair = tuple[tuple[float, float], tuple[float, float]]


@dataclass
class World:
    """Seconds and metres follow from the places alone, and are not the same both ways.

    ``cut`` are places that no road leads to or from, ``remote`` those that no road comes near.
    ``slower`` changes the data; ``asked`` collects sizes of tables and lines that were asked for.
    """

    cut: set[tuple[float, float]] = field(default_factory=set)
    remote: set[tuple[float, float]] = field(default_factory=set)
    slower: float = 1.0
    tables: list[tuple[int, int]] = field(default_factory=list)
    lines: int = 0

    def seconds(self, a: tuple[float, float], b: tuple[float, float]) -> float | None:
        """Return the time from *a* to *b*, None where there is no way."""
        if a != b and {a, b} & (self.cut | self.remote):
            return None
        east = (b[0] - a[0]) * 1e4
        return round((abs(east) + max(east, 0) + abs(b[1] - a[1]) * 1e4) * self.slower, 1)

    def metres(self, a: tuple[float, float], b: tuple[float, float]) -> float | None:
        """Return the length from *a* to *b*."""
        found = self.seconds(a, b)
        return None if found is None else round(found * 12.3, 1)

    def off(self, place: tuple[float, float]) -> float:
        """Return how far a place is from the road."""
        return 30.0 if place not in self.cut else 12.0

    def table(self, rows: list[Any], columns: list[Any]) -> tuple[list[Any], list[Any]]:
        """Return both tables, None for null."""
        self.tables.append((len(rows), len(columns)))
        return (
            [[self.seconds(a, b) for b in columns] for a in rows],
            [[self.metres(a, b) for b in columns] for a in rows],
        )


def polyline(points: list[tuple[float, float]], *, decimals: int) -> str:
    """Encode (lon, lat) as a polyline."""
    text, last = "", (0, 0)
    for lon, lat in points:
        now = (round(lat * 10**decimals), round(lon * 10**decimals))
        for value in (now[0] - last[0], now[1] - last[1]):
            rest = value * 2 if value >= 0 else -value * 2 - 1
            while rest >= 32:
                text += chr((rest & 31 | 32) + 63)
                rest >>= 5
            text += chr(rest + 63)
        last = now
    return text


def bent(a: tuple[float, float], b: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the line from *a* to *b*, which goes round a corner."""
    return [a, (b[0], a[1]), b]


def osrm(world: World) -> Callable[[Asked], Canned]:
    """Answer as osrm-routed does."""

    def answer(asked: Asked) -> Canned:
        service, _, profile, text = asked.path.strip("/").split("/", 3)
        assert profile == "driving"
        places = [tuple(float(x) for x in one.split(",")) for one in text.split(";")]
        if service == "route":
            world.lines += 1
            if world.seconds(*places) is None:  # type: ignore[arg-type]
                return Canned(status=400, text='{"code":"NoRoute","message":"Impossible route"}')
            line = polyline(bent(*places), decimals=6)  # type: ignore[arg-type]
            return _json({"code": "Ok", "routes": [{"geometry": line, "distance": 1}]})
        rows = [places[int(n)] for n in asked.params["sources"].split(";")]
        columns = [places[int(n)] for n in asked.params["destinations"].split(";")]
        if len(rows) * len(columns) > 10_000:
            return Canned(
                status=400, text='{"code":"TooBig","message":"Too many table coordinates"}'
            )
        seconds, metres = world.table(rows, columns)
        return _json(
            {
                "code": "Ok", "durations": seconds, "distances": metres,
                "sources": [{"distance": world.off(one), "location": one} for one in rows],
                "destinations": [{"distance": world.off(one)} for one in columns],
            }
        )  # fmt: skip

    return answer


def valhalla(world: World) -> Callable[[Asked], Canned]:
    """Answer as valhalla_service does."""

    def places(found: list[dict[str, float]]) -> list[tuple[float, float]]:
        return [(one["lon"], one["lat"]) for one in found]

    def answer(asked: Asked) -> Canned:
        body = json.loads(asked.body or b"{}")
        match asked.path:
            case "/status":
                return _json({"version": "3.9.1", "tileset_last_modified": 1 + world.slower})
            case "/locate":
                return _json([_located(one, world) for one in places(body["locations"])])
            case "/route":
                world.lines += 1
                a, b = places(body["locations"])
                if world.seconds(a, b) is None:
                    return Canned(
                        status=400, text='{"error_code":442,"error":"No path could be found"}'
                    )
                shape = polyline(bent(a, b), decimals=6)
                return _json({"trip": {"legs": [{"shape": shape}], "status": 0}})
        rows, columns = places(body["sources"]), places(body["targets"])
        if len(rows) * len(columns) > 2_500:
            return Canned(status=400, text='{"error_code":150,"error":"Exceeded max locations"}')
        assert not world.remote & {*rows, *columns}  # error 171 for the whole of it
        assert len(rows) <= len(columns)
        seconds, metres = world.table(rows, columns)
        whole = [[None if one is None else int(np.rint(one)) for one in row] for row in seconds]
        km = [[None if one is None else round(one / 1000, 3) for one in row] for row in metres]
        return _json({"sources_to_targets": {"durations": whole, "distances": km}})

    return answer


def _located(place: tuple[float, float], world: World) -> dict[str, Any]:
    if place in world.remote:
        return {"input_lon": place[0], "input_lat": place[1], "edges": [], "nodes": []}
    north = place[1] + world.off(place) / 111_000
    edges = [{"correlated_lon": place[0], "correlated_lat": north + d} for d in (0.001, 0.0)]
    return {"input_lon": place[0], "edges": edges, "nodes": []}


def openrouteservice(world: World, *, key: str = "") -> Callable[[Asked], Canned]:
    """Answer as openrouteservice does."""

    def answer(asked: Asked) -> Canned:
        if asked.headers.get("Authorization", "") != key:
            return Canned(status=403, text='{"error":"Access to this API has been disallowed"}')
        body = json.loads(asked.body)
        if "/directions/" in asked.path:
            world.lines += 1
            a, b = (tuple(one) for one in body["coordinates"])
            if world.seconds(a, b) is None:
                return Canned(
                    status=404, text='{"error":{"code":2009,"message":"Route could not be found"}}'
                )
            line = {"type": "LineString", "coordinates": bent(a, b)}
            return _json({"type": "FeatureCollection", "features": [{"geometry": line}]})
        every = [tuple(one) for one in body["locations"]]
        rows = [every[n] for n in body["sources"]]
        columns = [every[n] for n in body["destinations"]]
        if len(rows) * len(columns) > 3_500:
            return Canned(status=400, text='{"error":{"code":6004,"message":"exceeds the limit"}}')
        seconds, metres = world.table(rows, columns)

        def told(place: tuple[float, float]) -> dict[str, Any] | None:
            if place in world.remote:
                return None
            return {"location": place, "snapped_distance": world.off(place)}

        return _json(
            {
                "durations": seconds, "distances": metres, "sources": [told(r) for r in rows],
                "destinations": [told(c) for c in columns],
                "metadata": {"engine": {"version": "9.9.0"}},
            }
        )  # fmt: skip

    return answer


def _json(value: object) -> Canned:
    return Canned(text=json.dumps(value))
