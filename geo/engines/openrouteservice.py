"""openrouteservice over HTTP: matrices and directions (openrouteservice.org, API v2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.engines.engine import DECIMALS, NO_WAY, EngineError, Server, asked, table_block, within

if TYPE_CHECKING:
    from geo.engines.engine import Block, Code, Floats, Ints, Line

NAME = "openrouteservice"
URL = "https://api.openrouteservice.org"
MOST_PAIRS = 3_500
"""Pairs of one matrix on the public service's free plan."""

_TOO_BIG = (2004, 6004)
_NO_WAY = (2009, 2010)  # none between two points, or no road within its own radius of 350 m
_USED_UP = "quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouteService(Server):
    """The public service, or a server of one's own (which needs no key)."""

    url: str = URL
    key: str = field(default="", repr=False)
    profile: str = "driving-car"
    most_pairs: int = MOST_PAIRS

    @property
    def name(self) -> str:
        """Name in settings."""
        return NAME

    def stamp(self) -> str:
        """Return nothing: version and date of the graph stand in the answers, see the check."""
        return ""

    def block(self, lon: Floats, lat: Floats, *, rows: Ints, columns: Ints) -> Block:
        """Return one matrix."""
        chosen = np.union1d(rows, columns)
        found = self._ask(f"v2/matrix/{self.profile}", {
            "locations": _places(lon[chosen], lat[chosen]),
            "sources": within(chosen, rows), "destinations": within(chosen, columns),
            "metrics": ["duration", "distance"], "units": "m",
        })  # fmt: skip
        shape = (len(rows), len(columns))
        return table_block(found, shape=shape, engine=NAME, snapped=_snapped)

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Line:
        """Return the line of one route."""
        lon, lat = (np.array(axis) for axis in zip(start, end, strict=True))
        found = self._ask(f"v2/directions/{self.profile}/geojson",
                          {"coordinates": _places(lon, lat), "instructions": False})  # fmt: skip
        if not found:
            return []
        try:
            points = found["features"][0]["geometry"]["coordinates"]
            return [(float(point[0]), float(point[1])) for point in points]
        except (LookupError, TypeError, ValueError):
            raise EngineError("engine_no_sense", engine=NAME, said="geometry") from None

    def _ask(self, path: str, body: object) -> dict[str, Any]:
        headers = {"Authorization": self.key} if self.key else None
        found = asked(
            self.client, "POST", f"{self.url}/{path}", engine=NAME, refusal=_refusal, body=body,
            headers=headers,
        )  # fmt: skip
        if not isinstance(found, dict):
            raise EngineError("engine_no_sense", engine=NAME, said=path)
        return found


def _refusal(status: int, found: Any) -> tuple[Code, str] | None:  # noqa: ANN401 (JSON)
    """Return why the service refused.

    The gate before it says ``error`` in words, the service itself with ``code`` and ``message``.
    """
    error = found.get("error") if isinstance(found, dict) else None
    number = error.get("code") if isinstance(error, dict) else None
    said = str(error.get("message", "") if isinstance(error, dict) else error or "")
    if number in _NO_WAY:
        return NO_WAY
    if number in _TOO_BIG:
        return "engine_too_big", f"{number} {said}"
    if status in (401, 403):
        # A used up day and a wrong key are told alike; the words mention both.
        return ("engine_used_up" if _USED_UP in said.lower() else "engine_bad_key"), said
    if status == 429 or status >= 500:
        return "engine_busy", f"HTTP {status} {said}"
    return None if error is None else ("engine_refused", f"{number or status} {said}")


def _places(lon: Floats, lat: Floats) -> list[list[float]]:
    return [
        [round(float(x), DECIMALS), round(float(y), DECIMALS)]
        for x, y in zip(lon, lat, strict=True)
    ]


def _snapped(place: Any) -> float:  # noqa: ANN401 (JSON)
    """Return how far a place is from its point on the road, inf where the service found none."""
    return np.inf if place is None else float(place.get("snapped_distance", 0.0))
