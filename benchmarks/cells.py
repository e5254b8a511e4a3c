"""How fast points get the ids of their cells: squares, H3 hexagons and BeiDou grid codes.

    python -m benchmarks.cells [--points 1000000] [--repeat 5] [--json FILE]

Points are uniform over a county, then over the mainland's box, where nearly every point has a fine
cell of its own. CPU seconds of one core, the median of the repeats. The peer is h3 alone, asked
for the ids as its manual has it, in the same run; every id of ours is compared with its own.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import h3
import numpy as np
from rich.table import Table

from benchmarks import harness
from geo.beidou import BeidouGrid
from geo.crs import working_crs
from geo.grid import SquareGrid
from geo.hexagons import H3Grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]
    Naming = Callable[[Floats, Floats], Sequence[str]]

NAME = "cells"
AREAS = {"county": (112.8, 25.9, 113.4, 26.5), "mainland": (73.5, 18.0, 135.0, 53.5)}
PEER = "h3 alone"
TOGETHER = "square + H3 8 + BeiDou 5"
RESOLUTION = 8


def ways(area: str) -> dict[str, Naming]:
    """Return every way to name the cells of two columns of points."""
    west, south, east, north = AREAS[area]
    square = SquareGrid(working_crs((west + east) / 2, (south + north) / 2))
    hexagons, codes = H3Grid(resolution=RESOLUTION), BeidouGrid(level=5)

    def together(lon: Floats, lat: Floats) -> Sequence[str]:
        return [grid.cells(lon, lat).iloc[0] for grid in (square, hexagons, codes)]

    found: dict[str, Naming] = {"square 500 m": _naming(square), "H3 8": _naming(hexagons)}
    for level in (4, 5, 6, 10):
        found[f"BeiDou {level}"] = _naming(BeidouGrid(level=level))
    return {**found, TOGETHER: together, PEER: _h3_alone}


def _naming(grid: SquareGrid | H3Grid | BeidouGrid) -> Naming:
    return lambda lon, lat: grid.cells(lon, lat).tolist()


def _h3_alone(lon: Floats, lat: Floats) -> Sequence[str]:
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    return [h3.latlng_to_cell(y, x, RESOLUTION) for y, x in pairs]


def measure(area: str, *, points: int, repeat: int) -> list[Record]:
    """Return CPU seconds of every way for *points* points, asked turn by turn."""
    west, south, east, north = AREAS[area]
    random = np.random.default_rng(2026)
    lon, lat = random.uniform(west, east, points), random.uniform(south, north, points)
    times: dict[str, list[float]] = {}
    for _ in range(repeat):
        for name, naming in ways(area).items():
            start = time.process_time()
            naming(lon, lat)
            times.setdefault(name, []).append(time.process_time() - start)
    names = ways(area)
    return [
        {
            "kind": "cells", "area": area, "cells": name, "points": points,
            "cpu_s": round(statistics.median(own), 3),
            "distinct": 0 if name == TOGETHER else len(set(names[name](lon, lat))),
        }
        for name, own in times.items()
    ]  # fmt: skip


def differing(area: str, *, points: int) -> int:
    """Return how many ids of hexagons differ from those of h3 alone."""
    west, south, east, north = AREAS[area]
    random = np.random.default_rng(2027)
    lon, lat = random.uniform(west, east, points), random.uniform(south, north, points)
    own = H3Grid(resolution=RESOLUTION).cells(lon, lat).tolist()
    return sum(a != b for a, b in zip(own, _h3_alone(lon, lat), strict=True))


def _table(found: Sequence[Record]) -> Table:
    table = Table(title="CPU seconds to name the cells, one core", title_justify="left")
    for heading in ("area", "cells"):
        table.add_column(heading)
    for heading in ("points", "CPU s", "distinct"):
        table.add_column(heading, justify="right")
    for one in found:
        distinct = f"{one['distinct']:,}" if one["distinct"] else ""
        table.add_row(
            str(one["area"]), str(one["cells"]), f"{one['points']:,}", f"{one['cpu_s']:.2f}",
            distinct, style="bold" if one["cells"] == TOGETHER else "",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    asked = harness.plain_parser("Measure the naming of cells.")
    asked.add_argument("--points", type=int, default=1_000_000, help="points (1000000)")
    asked.add_argument("--repeat", type=int, default=5, help="runs of which the median counts (5)")
    chosen = asked.parse_args(arguments)
    found = [
        record
        for area in AREAS
        for record in measure(area, points=chosen.points, repeat=chosen.repeat)
    ]
    wrong = sum(differing(area, points=chosen.points) for area in AREAS)
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(found))
    out.print(f"ids of hexagons that differ from h3 {h3.__version__} alone: {wrong}")
    flat: list[Record] = [*found, {"kind": "measure", "name": "differing ids", "value": wrong}]
    harness.write_json(chosen.json, flat, benchmark=NAME)


if __name__ == "__main__":
    main()
