"""Travel between places by a routing server, in the same terms as by the built-in roads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo.engines.ask import find
from geo.engines.engine import DECIMALS, EngineError
from geo.travel import JOIN_LIMIT_M, ByRoad, completed

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import ArrayLike

    from geo.engines.ask import Found
    from geo.engines.engine import Engine, Floats, Line
    from geo.engines.store import Store
    from geo.travel import Travel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """Asks for the line of a way when it is to be drawn, once for each."""

    engine: Engine
    lon: Floats
    lat: Floats
    drawn: dict[tuple[int, int], Line] = field(default_factory=dict)

    def way(self, i: int, j: int) -> Line:
        """Return the line along the streets; empty where the server sees no way."""
        if (i, j) not in self.drawn:
            start, end = (
                (round(float(self.lon[k]), DECIMALS), round(float(self.lat[k]), DECIMALS))
                for k in (i, j)
            )
            self.drawn[i, j] = self.engine.way(start, end)
        return self.drawn[i, j]


def travel_by(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    engine: Engine,
    store: Store | None,
    crs: pyproj.CRS,
    detour: float,
    speed_kmh: float,
    access_speed_kmh: float,
    start_seconds: int,
    join_limit_m: float = JOIN_LIMIT_M,
) -> tuple[Travel, Found]:
    """Ask a server for the travel between all pairs of places; parameters as in :func:`travel`.

    The metres between a place and the point where the server puts it on the road are driven at
    access speed, as with the built-in roads. Where the server knows no way, or that point is
    further than the limit, the straight line stands in and is labelled so.

    Returns
    -------
    travel, found
        The ways, and what was asked and what was known.

    Raises
    ------
    geo.engines.engine.EngineError
        Also ``engine_elsewhere``: no place lies near any road that the server knows.
    ValueError
        If a coordinate is missing or a speed is not positive.
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise ValueError("travel needs coordinates for every place")
    found = find(x, y, engine=engine, store=store)
    if len(x) and (found.off_m > join_limit_m).all():
        raise EngineError("engine_elsewhere", engine=engine.name, said=f"{join_limit_m:.0f}")
    legs = found.off_m[:, None] + found.off_m
    by_road = ByRoad(
        seconds=found.seconds + legs / (access_speed_kmh / 3.6),
        metres=found.metres + legs,
        access_m=found.off_m,
        ways=_Asked(engine=engine, lon=x, lat=y),
    )
    made = completed(
        x, y, by_road=by_road, crs=crs, detour=detour, speed_kmh=speed_kmh,
        access_speed_kmh=access_speed_kmh, start_seconds=start_seconds, join_limit_m=join_limit_m,
    )  # fmt: skip
    return made, found
