"""Valhalla over HTTP: matrices, points on the road and routes (valhalla.github.io)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from geo.engines.engine import DECIMALS, NO_WAY, Block, EngineError, Server, asked, numbers
from geo.engines.polylines import decode

if TYPE_CHECKING:
    from geo.engines.engine import Code, Floats, Ints, Line

NAME = "valhalla"
MOST_PAIRS = 2_500
"""``service_limits.auto.max_matrix_location_pairs`` of a configuration as it is shipped."""

PUBLIC_ROADS = {"min_road_class": "residential"}
"""Places are put on public roads. On private drives and tracks the time-distance matrix, which is
twenty times as fast as the other one, finds no way where the route finds one (of random places in
Liechtenstein for every second pair)."""

_LOCATED_AT_ONCE = 100
_TOO_BIG = (150, 154)
_NO_WAY = (170, 171, 441, 442)  # no road near an end, or none between the ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Valhalla(Server):
    """One Valhalla server; ``profile`` is its costing."""

    profile: str = "auto"
    most_pairs: int = MOST_PAIRS
    _off: dict[tuple[float, float], float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name in settings."""
        return NAME

    def stamp(self) -> str:
        """Return version and date of the tiles."""
        found = self._ask("status", None)
        return f"{found.get('version', '')} {found.get('tileset_last_modified', '')}".strip()

    def block(self, lon: Floats, lat: Floats, *, rows: Ints, columns: Ints) -> Block:
        """Return one matrix; places without a road near them are not asked about in it."""
        from_m = self._off_road(lon[rows], lat[rows])
        to_m = self._off_road(lon[columns], lat[columns])
        shape = (len(rows), len(columns))
        seconds, metres = np.full(shape, np.nan), np.full(shape, np.nan)
        near, there = np.isfinite(from_m), np.isfinite(to_m)
        if near.any() and there.any():
            part = np.ix_(near, there)
            seconds[part], metres[part] = self._matrix(lon, lat, rows[near], columns[there])
        return Block(seconds=seconds, metres=metres, from_m=from_m, to_m=to_m)

    def _matrix(self, lon: Floats, lat: Floats, rows: Ints, columns: Ints) -> tuple[Floats, Floats]:
        """Return seconds and metres between places that have a road.

        With fewer columns than rows the server would search backwards, which ends elsewhere on
        divided roads and gives other figures (by a third at worst in Liechtenstein): what the rows
        are is asked as columns too then.
        """
        wide = np.concatenate([columns, rows[: max(0, len(rows) - len(columns))]])
        found = self._ask("sources_to_targets", {
            "sources": _places(lon[rows], lat[rows]), "targets": _places(lon[wide], lat[wide]),
            "costing": self.profile, "units": "kilometers", "verbose": False,
        })  # fmt: skip
        told = found.get("sources_to_targets")
        told, shape = told if isinstance(told, dict) else {}, (len(rows), len(wide))
        seconds = numbers(told.get("durations"), shape=shape, engine=NAME)
        metres = numbers(told.get("distances"), shape=shape, engine=NAME, scale=1000.0)
        return seconds[:, : len(columns)], metres[:, : len(columns)]

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Line:
        """Return the line of one route."""
        lon, lat = (np.array(axis) for axis in zip(start, end, strict=True))
        found = self._ask("route", {
            "locations": _places(lon, lat), "costing": self.profile, "directions_type": "none",
        })  # fmt: skip
        if "trip" not in found:
            return []
        try:
            return decode(found["trip"]["legs"][0]["shape"], decimals=6)
        except (LookupError, TypeError, ValueError):
            raise EngineError("engine_no_sense", engine=NAME, said="shape") from None

    def _off_road(self, lon: Floats, lat: Floats) -> Floats:
        """Return metres to the nearest point on a road, inf where there is none; asked once."""
        places = [(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]
        new = [place for place in dict.fromkeys(places) if place not in self._off]
        for begin in range(0, len(new), _LOCATED_AT_ONCE):
            part = new[begin : begin + _LOCATED_AT_ONCE]
            x, y = (np.array(axis) for axis in zip(*part, strict=True))
            found = self._ask("locate", {
                "locations": _places(x, y), "costing": self.profile, "verbose": False,
            })  # fmt: skip
            if not isinstance(found, list) or len(found) != len(part):
                raise EngineError("engine_no_sense", engine=NAME, said="locate")
            self._off.update(
                (place, _nearest(place, one)) for place, one in zip(part, found, strict=True)
            )
        return np.array([self._off[place] for place in places])

    def _ask(self, action: str, body: object) -> Any:  # noqa: ANN401 (JSON)
        found = asked(
            self.client, "GET" if body is None else "POST", f"{self.url}/{action}",
            engine=NAME, refusal=_refusal, body=body,
        )  # fmt: skip
        if action != "locate" and not isinstance(found, dict):
            raise EngineError("engine_no_sense", engine=NAME, said=action)
        return found


def _refusal(status: int, found: Any) -> tuple[Code, str] | None:  # noqa: ANN401 (JSON)
    """Return why Valhalla refused: its answers carry ``error_code`` and ``error``."""
    number = found.get("error_code") if isinstance(found, dict) else None
    if number is None:
        return None
    if number in _NO_WAY:
        return NO_WAY
    return ("engine_too_big" if number in _TOO_BIG else "engine_refused"), (
        f"{number} {found.get('error', '')}"
    )


def _places(lon: Floats, lat: Floats) -> list[dict[str, object]]:
    return [
        {
            "lon": round(float(x), DECIMALS), "lat": round(float(y), DECIMALS),
            "search_filter": PUBLIC_ROADS,
        }
        for x, y in zip(lon, lat, strict=True)
    ]  # fmt: skip


def _nearest(place: tuple[float, float], found: Any) -> float:  # noqa: ANN401 (JSON)
    """Return metres to the nearest of the points on roads that the server offers."""
    try:
        edges = [
            (float(one["correlated_lon"]), float(one["correlated_lat"]))
            for one in found["edges"] or ()
        ]
    except (LookupError, TypeError, ValueError):
        raise EngineError("engine_no_sense", engine=NAME, said="edges") from None
    geod = pyproj.Geod(ellps="WGS84")
    return min((float(geod.inv(*place, *edge)[2]) for edge in edges), default=float("inf"))
