"""Ask a routing server about all pairs of places: what is known is not asked again.

A table is asked for in blocks within the server's limits. Of kept answers a few are asked once
more: where one has changed, the server has other data than before and nothing is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.engines.engine import DECIMALS, tiles
from geo.engines.store import FAR, NOT_ASKED, Square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.engines.engine import Engine, Floats, Ints
    from geo.engines.store import Store

    Flags = NDArray[np.bool_]

_CHECKED = 5  # places whose ways are asked once more


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Ways between n places as a server knows them.

    Attributes
    ----------
    seconds, metres
        n × n along the roads, in tenths at the finest; inf where there is no way.
    off_m
        Metres between each place and its point on the road; inf where none is near.
    asked, kept
        Number of pairs that were asked about, and that were known from before.
    renewed
        Whether kept answers were dropped because the server answers differently now.
    """

    seconds: Floats
    metres: Floats
    off_m: Floats
    asked: int
    kept: int
    renewed: bool = False


def find(lon: Floats, lat: Floats, *, engine: Engine, store: Store | None) -> Found:
    """Return the ways between all pairs of places, which are taken to 1e-6 degrees.

    Raises
    ------
    geo.engines.engine.EngineError
    """
    points: Floats = np.round(np.column_stack([lon, lat]), DECIMALS).astype(np.float64)
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    square = Square.of(distinct[:, 0], distinct[:, 1])
    key = (engine.name, engine.identity, engine.stamp() if store else "")
    known = store.read(key) if store else None
    fresh = False
    if known is not None:
        square.adopt(known)
        fresh = _has_changed(square, engine)
        if fresh:
            known, square = None, Square.of(distinct[:, 0], distinct[:, 1])
    kept = int((square.seconds != NOT_ASKED).sum())
    _complete(square, engine)
    if store and kept < square.seconds.size:
        store.write(key, square, known=known)
    return _found(square, place.reshape(-1), kept=kept, renewed=fresh)


def _found(square: Square, place: Ints, *, kept: int, renewed: bool) -> Found:
    part = np.ix_(place, place)
    seconds, metres = square.seconds[part], square.metres[part]
    none = (seconds < 0) | (metres < 0)
    off = square.off[place]
    return Found(
        seconds=np.where(none, np.inf, seconds / 10),
        metres=np.where(none, np.inf, metres / 10),
        off_m=np.where(off == FAR, np.inf, off / 10),
        asked=square.seconds.size - kept, kept=kept, renewed=renewed,
    )  # fmt: skip


def _complete(square: Square, engine: Engine) -> None:
    """Ask about every pair that nobody has asked about."""
    lon, lat = (square.places[:, axis] / 1e6 for axis in (0, 1))
    for rows, columns in _requests(square.seconds == NOT_ASKED, engine):
        square.put(rows, columns, engine.block(lon, lat, rows=rows, columns=columns))


def _requests(missing: Flags, engine: Engine) -> list[tuple[Ints, Ints]]:
    """Return the blocks to ask about: what is missing, or everything where that is fewer."""
    # Places that came together lack the same ones: each kind of row is a rectangle.
    kinds, kind = np.unique(missing, axis=0, return_inverse=True)
    parts: list[tuple[Ints, Ints]] = []
    for number, lacks in enumerate(kinds):
        rows, columns = np.flatnonzero(kind.reshape(-1) == number), np.flatnonzero(lacks)
        parts += tiles(rows, columns, side=engine.most_side) if len(columns) else []
    everyone = np.arange(len(missing))
    whole = tiles(everyone, everyone, side=engine.most_side)
    return min(parts, whole, key=len)


def _has_changed(square: Square, engine: Engine) -> bool:
    """Tell whether the server answers differently now about a few pairs that are known."""
    known = np.flatnonzero(np.diagonal(square.seconds) != NOT_ASKED)
    some = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), _CHECKED)).astype(int))]
    if not len(some):
        return False
    lon, lat = (square.places[:, axis] / 1e6 for axis in (0, 1))
    again = Square.of(lon[some], lat[some])
    everyone = np.arange(len(some))
    for rows, columns in tiles(everyone, everyone, side=engine.most_side):
        block = engine.block(lon[some], lat[some], rows=rows, columns=columns)
        again.put(rows, columns, block)
    part = np.ix_(some, some)
    told = square.seconds[part] != NOT_ASKED
    same = (again.seconds == square.seconds[part]) & (again.metres == square.metres[part])
    return not (same | ~told).all() or bool((again.off != square.off[some]).any())
