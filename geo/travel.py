"""How long it takes and how far it is from every place to every other, in whole seconds and metres.

Places are joined to the nearest point of the nearest street, not to the nearest junction: country
roads run for kilometres without one. Where there are no roads, or none that connects two places,
the straight line times a detour factor stands in, and the result says for which pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from geo import crs as datums
from geo.stops import join

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyproj
    from numpy.typing import ArrayLike, NDArray

    from geo.roads import RoadGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

JOIN_LIMIT_M = 5_000.0
"""A place further from any road than this is not joined to it (product choice)."""

_SAME_DEG = 5e-7  # 5 cm


class Ways(Protocol):
    """Knows the streets between places."""

    def way(self, i: int, j: int) -> list[tuple[float, float]]:
        """Return the line (lon, lat) along the streets from place *i* to place *j*."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByRoad:
    """What the roads say about n places.

    Attributes
    ----------
    seconds, metres
        n×n, from door to door; seconds are inf where no road connects two places.
    access_m
        Metres between each place and its point on the road.
    ways
        Draws the ways.
    """

    seconds: Floats
    metres: Floats
    access_m: Floats
    ways: Ways


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Travel:
    """Travel between n places.

    Attributes
    ----------
    seconds, metres
        n×n integers, from row to column; 0 on the diagonal.
    straight
        n×n: True where the figures are an estimate along the straight line.
    fallback
        Number of pairs (from, to) that no road connects and that are therefore estimated. Without
        any roads it is 0.
    far
        Places further from any road than the limit: all their pairs are estimated and counted in
        ``fallback``, neighbours apart.
    """

    seconds: Ints
    metres: Ints
    straight: Flags
    fallback: int
    far: tuple[int, ...] = ()
    _lon: Floats = field(repr=False)
    _lat: Floats = field(repr=False)
    _net: Ways | None = field(default=None, repr=False)

    def path(self, i: int, j: int) -> list[tuple[float, float]]:
        """Trace the way from place *i* to place *j* as (lon, lat), both ends included.

        Along the streets where the pair is connected, otherwise the straight line.
        """
        ends = [(float(self._lon[k]), float(self._lat[k])) for k in ((i, j) if i != j else (i,))]
        if self._net is None or i == j or self.straight[i, j]:
            return ends
        return _without_repeats([ends[0], *self._net.way(i, j), ends[1]])

    def drawn_by(self, other: Callable[[Ways], Ways]) -> Travel:
        """Return the same travel with its ways drawn by what *other* makes of who draws them."""
        return self if self._net is None else replace(self, _net=other(self._net))


def travel(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    roads: RoadGraph | None,
    crs: pyproj.CRS,
    detour: float = 1.35,
    speed_kmh: float = 35.0,
    access_speed_kmh: float = 20.0,
    start_seconds: int = 60,
    join_limit_m: float = JOIN_LIMIT_M,
) -> Travel:
    """Work out travel between all pairs of places.

    Parameters
    ----------
    lon, lat
        n places, WGS-84 degrees, none missing.
    roads
        The network, or None for straight lines everywhere.
    crs
        Metric projection of the area.
    detour
        Metres of road for a metre of straight line, where roads are unknown. 1.25–1.45 is usual in
        hilly counties; product choice.
    speed_kmh
        Speed on unknown roads.
    access_speed_kmh
        Speed on the straight leg between a place and its point on the road.
    start_seconds
        Added to every trip between two places: getting in, leaving, parking.
    join_limit_m
        A place further from any road than this is not joined to it; its ways are estimated.

    Returns
    -------
    Travel

    Raises
    ------
    ValueError
        If a coordinate is missing or a speed is not positive.

    Notes
    -----
    Two places that are nearer to each other than to the road are joined directly at access speed.
    """
    x, y = _metric(lon, lat, crs)
    found = None
    if roads is not None and len(roads.tail) and len(x):
        net = join(roads, x, y, crs=crs)
        seconds, metres, _ = net.by_road(access_speed_kmh=access_speed_kmh)
        found = ByRoad(seconds=seconds, metres=metres, access_m=net.access_m, ways=net)
    return completed(
        lon, lat, by_road=found, crs=crs, detour=detour, speed_kmh=speed_kmh,
        access_speed_kmh=access_speed_kmh, start_seconds=start_seconds, join_limit_m=join_limit_m,
    )  # fmt: skip


def completed(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    by_road: ByRoad | None,
    crs: pyproj.CRS,
    detour: float,
    speed_kmh: float,
    access_speed_kmh: float,
    start_seconds: int,
    join_limit_m: float = JOIN_LIMIT_M,
) -> Travel:
    """Fill in with straight lines what the roads do not say; parameters as in :func:`travel`.

    Raises
    ------
    ValueError
        If a coordinate is missing or a speed is not positive.
    """
    x, y = _metric(lon, lat, crs)
    if min(detour, speed_kmh, access_speed_kmh) <= 0:
        raise ValueError("speeds and the detour factor must be positive")
    metres = np.hypot(x[:, None] - x, y[:, None] - y) * detour
    seconds = metres / (speed_kmh / 3.6)
    straight, reached = np.ones(metres.shape, np.bool_), np.ones(metres.shape, np.bool_)
    far: tuple[int, ...] = ()
    if by_road is not None:
        off = ~(by_road.access_m <= join_limit_m)
        far = tuple(np.flatnonzero(off).tolist())
        direct = metres < by_road.access_m[:, None] + by_road.access_m
        known = np.isfinite(by_road.seconds) & ~(off[:, None] | off)
        reached = known | direct
        straight = direct | ~known
        seconds = np.where(direct, metres / (access_speed_kmh / 3.6), seconds)
        seconds = np.where(straight, seconds, by_road.seconds)
        metres = np.where(straight, metres, by_road.metres)
    return Travel(
        seconds=_whole(seconds + start_seconds),
        metres=_whole(metres),
        straight=straight,
        fallback=int((~reached).sum()),
        far=far,
        _lon=np.atleast_1d(np.asarray(lon, np.float64)),
        _lat=np.atleast_1d(np.asarray(lat, np.float64)),
        _net=None if by_road is None else by_road.ways,
    )


def _metric(lon: ArrayLike, lat: ArrayLike, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """Return places in metres; every one must have coordinates."""
    x, y = datums.project(np.atleast_1d(lon), np.atleast_1d(lat), crs)
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise ValueError("travel needs coordinates for every place")
    return x, y


def _without_repeats(way: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points within centimetres of the one before, never the first or the last."""
    kept = way[:1]
    for point in way[1:-1]:
        if max(abs(point[0] - kept[-1][0]), abs(point[1] - kept[-1][1])) > _SAME_DEG:
            kept.append(point)
    close = max(abs(way[-1][0] - kept[-1][0]), abs(way[-1][1] - kept[-1][1])) <= _SAME_DEG
    return [*(kept[:-1] if close and len(kept) > 1 else kept), way[-1]]


def _whole(values: Floats) -> Ints:
    """Round to integers with nothing to do between a place and itself."""
    whole = np.rint(values).astype(np.int64)
    np.fill_diagonal(whole, 0)
    return whole
