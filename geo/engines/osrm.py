"""OSRM over HTTP: tables and routes (project-osrm.org, API v1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.engines.engine import DECIMALS, NO_WAY, EngineError, Server, asked, table_block, within
from geo.engines.polylines import decode

if TYPE_CHECKING:
    from geo.engines.engine import Block, Code, Floats, Ints, Line

NAME = "osrm"
MOST_PAIRS = 2_500
"""A server started without ``--max-table-size`` takes tables of up to 100 × 100 places; some hosts
count 100 places of both sides together, which 50 × 50 respect as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Osrm(Server):
    """One OSRM server and profile; ``url`` without the path, ``profile`` as in its addresses."""

    profile: str = "driving"
    most_pairs: int = MOST_PAIRS

    @property
    def name(self) -> str:
        """Name in settings."""
        return NAME

    def stamp(self) -> str:
        """Return nothing: what OSRM tells of its data stands in every answer, see the check.

        Servers whose data was extracted with ``--data_version`` name it; most do not.
        """
        return ""

    def block(self, lon: Floats, lat: Floats, *, rows: Ints, columns: Ints) -> Block:
        """Return one table."""
        chosen = np.union1d(rows, columns)
        found = self._ask(
            "table", _points(lon[chosen], lat[chosen]), annotations="duration,distance",
            sources=_list(within(chosen, rows)), destinations=_list(within(chosen, columns)),
        )  # fmt: skip
        shape = (len(rows), len(columns))
        return table_block(found, shape=shape, engine=NAME, snapped=_snapped)

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> Line:
        """Return the line of one route."""
        lon, lat = (np.array(axis) for axis in zip(start, end, strict=True))
        found = self._ask(
            "route", _points(lon, lat), overview="full", geometries="polyline6", steps="false"
        )
        try:
            return decode(found["routes"][0]["geometry"], decimals=6) if found else []
        except (LookupError, TypeError, ValueError):
            raise EngineError("engine_no_sense", engine=NAME, said="geometry") from None

    def _ask(self, service: str, points: str, **params: str) -> dict[str, Any]:
        """Return the answer of a service, empty where it says that there is no way."""
        found = asked(
            self.client, "GET", f"{self.url}/{service}/v1/{self.profile}/{points}",
            engine=NAME, refusal=_refusal, params=params,
        )  # fmt: skip
        if not isinstance(found, dict):
            raise EngineError("engine_no_sense", engine=NAME, said=service)
        return found


def _refusal(status: int, found: Any) -> tuple[Code, str] | None:  # noqa: ANN401 (JSON)
    """Return why OSRM refused: its answers carry ``code`` and ``message``."""
    code = found.get("code") if isinstance(found, dict) else None
    if code in (None, "Ok"):
        return None
    if code == "NoRoute":
        return NO_WAY
    said = f"{code} {found.get('message', '')}".strip()
    return ("engine_too_big" if code == "TooBig" else "engine_refused"), said


def _points(lon: Floats, lat: Floats) -> str:
    return ";".join(f"{x:.{DECIMALS}f},{y:.{DECIMALS}f}" for x, y in zip(lon, lat, strict=True))


def _list(places: list[int]) -> str:
    return ";".join(map(str, places))


def _snapped(place: Any) -> float:  # noqa: ANN401 (JSON)
    return float(place["distance"])
