"""How fast and how exactly coordinates change between WGS-84, GCJ-02 and BD-09.

    python -m benchmarks.datums [--points 1000000] [--repeat 5] [--json FILE]

Points are uniform over a county and over the box of the formula. CPU seconds of one core, the
median of the repeats; the greatest distance between a point and itself, there and back. The peer
eviltransform is asked in the same run where it is installed, one point at a time as it was made.
"""

from __future__ import annotations

import importlib
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rich.table import Table

from benchmarks import harness
from geo import crs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats]
    Move = Callable[[Floats, Floats], Pair]

NAME = "datums"
OWN = "xunge"
AREAS = {"county": (112.8, 25.9, 113.4, 26.5), "box": (72.004, 0.8293, 137.8347, 55.8271)}
PEER_POINTS = 50_000  # a peer that takes one point at a time is asked for these, then scaled up
_METRES_PER_DEGREE = 111_320


class Way(NamedTuple):
    """One library's way from WGS-84 to a datum and back."""

    name: str
    there: Move
    back: Move
    scalar: bool = False


def ways() -> tuple[dict[str, list[Way]], list[str]]:
    """Return the ways to each datum, and the names of the peers that are not installed."""
    found = {
        "gcj02": [Way(OWN, crs.gcj02_from_wgs84, crs.wgs84_from_gcj02)],
        "bd09": [Way(OWN, crs.bd09_from_wgs84, crs.wgs84_from_bd09)],
    }
    try:
        peer: Any = importlib.import_module("eviltransform")
    except ImportError:
        return found, ["eviltransform"]
    forward, backward, exact = map(_each, (peer.wgs2gcj, peer.gcj2wgs, peer.gcj2wgs_exact))
    found["gcj02"].append(Way("eviltransform", forward, backward, scalar=True))
    found["gcj02"].append(Way("eviltransform exact", forward, exact, scalar=True))
    found["bd09"].append(Way("eviltransform", _each(peer.wgs2bd), _each(peer.bd2wgs), scalar=True))
    return found, []


def _each(one: Callable[[float, float], tuple[float, float]]) -> Move:
    """Turn a function of one latitude and longitude into one of columns, longitude first."""

    def move(lon: Floats, lat: Floats) -> Pair:
        pairs = np.array([one(y, x) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)])
        return pairs[:, 1], pairs[:, 0]

    return move


def measure(way: Way, lon: Floats, lat: Floats, *, repeat: int) -> Record:
    """Return CPU seconds a million points there and back, and the error of the round trip."""
    if way.scalar:
        lon, lat = lon[:PEER_POINTS], lat[:PEER_POINTS]
    there_s, back_s = [], []
    for _ in range(1 if way.scalar else repeat):
        start = time.process_time()
        moved = way.there(lon, lat)
        middle = time.process_time()
        x, y = way.back(*moved)
        there_s.append(middle - start)
        back_s.append(time.process_time() - middle)
    million = 1_000_000 / lon.size
    return {
        "kind": "datum",
        "library": way.name,
        "points": lon.size,
        "forward_s": round(statistics.median(there_s) * million, 3),
        "back_s": round(statistics.median(back_s) * million, 3),
        "round_trip_m": _farthest(x - lon, y - lat),
    }


def _farthest(east: Floats, north: Floats) -> float:
    return float(f"{np.hypot(east, north).max() * _METRES_PER_DEGREE:.2g}")


def points(area: str, *, count: int) -> Pair:
    """Return *count* points uniform over an area, the same ones every time."""
    west, south, east, north = AREAS[area]
    random = np.random.default_rng(2026)
    return random.uniform(west, east, count), random.uniform(south, north, count)


def _table(found: Sequence[Record]) -> Table:
    table = Table(title="CPU seconds for a million points, one core", title_justify="left")
    for heading in ("datum", "area", "library"):
        table.add_column(heading)
    for heading in ("points", "forward s", "back s", "round trip m"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            str(one["datum"]), str(one["area"]), str(one["library"]), f"{one['points']:,}",
            f"{one['forward_s']:.2f}", f"{one['back_s']:.2f}", f"{one['round_trip_m']:.1e}",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    asked = harness.plain_parser("Measure conversions between datums.")
    asked.add_argument("--points", type=int, default=1_000_000, help="points (1000000)")
    asked.add_argument("--repeat", type=int, default=5, help="runs of which the median counts (5)")
    chosen = asked.parse_args(arguments)
    by_datum, absent = ways()
    found: list[Record] = []
    for area in AREAS:
        lon, lat = points(area, count=chosen.points)
        for datum, own in by_datum.items():
            for way in own:
                figures = measure(way, lon, lat, repeat=chosen.repeat)
                found.append({"datum": datum, "area": area, **figures})
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(found))
    if absent:
        out.print(f"left out, not installed: {', '.join(absent)}")
    harness.write_json(chosen.json, found, benchmark=NAME)


if __name__ == "__main__":
    main()
