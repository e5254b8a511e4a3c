"""How quick and how right the built-in roads are, beside OSRM and Valhalla from the same extract.

    python -m benchmarks.roads EXTRACT.osm.pbf … [--osrm DIR] [--valhalla DIR] [--places 300]
        [--size 50000 --size 100000] [--json FILE]

Every engine reads the same file in this run and gives the seconds between the same places; ours are
compared where the peer drives for more than a minute. Made-up networks show the speed at size: what
the search by the hierarchy takes, building it included, and what a plain search by scipy takes.
CPU seconds, one core; ours of this process (peers: of their own), after everything is compiled.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from benchmarks import harness
from benchmarks.roads_cases import places, write_network
from benchmarks.roads_peers import PEERS, home_of
from geo import search
from geo.crs import working_crs
from geo.osm_roads import read_osm_roads
from geo.travel import travel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record
    from benchmarks.roads_peers import Answer
    from geo.roads import RoadGraph
    from geo.travel import Travel

    Floats = NDArray[np.float64]

NAME = "roads"
SIZES = (50_000, 100_000)
_SEED = 2026
_FROM_S = 60  # shorter ways say more about where an engine joins a place than about its roads


def measure(extract: Path, *, count: int, homes: Mapping[str, Path | None]) -> list[Record]:
    """Return one record for the built-in roads and one for each peer."""
    roads, read_s = _read(extract)
    lon, lat = places(roads, count=count, seed=_SEED)
    found, matrix_s = _matrix(roads, lon, lat)
    records: list[Record] = [
        {
            "kind": "own", "extract": extract.name, "engine": "xunge",
            "nodes": len(roads.node_lon), "km": round(float(roads.metres.sum()) / 1000),
            "left_out_km": round(roads.dropped_m / 1000), "build_s": round(read_s, 2),
            "matrix_s": round(matrix_s, 3), "places": count, "unreachable": found.fallback,
            "far": len(found.far),
        }
    ]  # fmt: skip
    answers: dict[str, Answer] = {}
    for name, home in homes.items():
        if home is None:
            records.append({"kind": "absent", "extract": extract.name, "engine": name})
            continue
        points = list(zip(lon.tolist(), lat.tolist(), strict=True))
        with tempfile.TemporaryDirectory() as work:
            answers[name] = PEERS[name](home, extract, points, work=Path(work))
        records.append(_beside(name, answers[name], found, extract=extract.name))
    if len(answers) == len(PEERS):
        one, two = (answers[name].seconds for name in PEERS)
        records.append({
            "kind": "peers", "extract": extract.name, "engine": " / ".join(PEERS),
            **_ratios(one, two),
        })  # fmt: skip
    return records


def _beside(name: str, answer: Answer, found: Travel, *, extract: str) -> Record:
    own = np.where(found.straight, np.nan, found.seconds)
    return {
        "kind": "peer", "extract": extract, "engine": name, "build_s": round(answer.build_s, 2),
        "matrix_s": round(answer.matrix_s, 3), "places": len(own),
        "unreachable": int(np.isnan(answer.seconds).sum()), **_ratios(own, answer.seconds),
    }  # fmt: skip


def _ratios(own: Floats, other: Floats) -> Record:
    """Return how the seconds of one stand to those of another."""
    both = (other > _FROM_S) & np.isfinite(own)
    low, half, high = np.percentile(own[both] / other[both], [5, 50, 95]).round(3).tolist()
    return {"median": half, "p5": low, "p95": high, "pairs": int(both.sum())}


def _read(extract: Path) -> tuple[RoadGraph, float]:
    begin = time.process_time()
    roads = read_osm_roads(extract)
    return roads, time.process_time() - begin


def _matrix(roads: RoadGraph, lon: Floats, lat: Floats) -> tuple[Travel, float]:
    begin = time.process_time()
    found = travel(lon, lat, roads=roads, crs=working_crs(float(lon[0]), float(lat[0])),
                   start_seconds=0, access_speed_kmh=1e4)  # fmt: skip
    return found, time.process_time() - begin


def at_size(size: int, *, count: int) -> Record:
    """Return CPU seconds to read a made-up network and to fill a matrix in both ways."""
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "made.osm.pbf"
        write_network(file, junctions=size, seed=_SEED)
        roads, read_s = _read(file)
        megabytes = file.stat().st_size / 1e6
    lon, lat = places(roads, count=count, seed=_SEED)
    plain, plain_s = _unranked(roads, lon, lat)
    roads.memo.clear()
    begin = time.process_time()
    search.ranked(roads)
    build_s = time.process_time() - begin
    ranked, ranked_s = _matrix(roads, lon, lat)
    return {
        "kind": "size", "nodes": len(roads.node_lon), "states": search.graph_of(roads).states,
        "megabytes": round(megabytes, 1), "read_s": round(read_s, 2), "places": count,
        "hierarchy_s": round(build_s, 2), "matrix_s": round(ranked_s, 3),
        "plain_s": round(plain_s, 2), "unreachable": ranked.fallback,
        "differing": int((plain.seconds != ranked.seconds).sum()),
        "peak_mib": round(harness.peak_memory() / (1 << 20)),
    }  # fmt: skip


def _unranked(roads: RoadGraph, lon: Floats, lat: Floats) -> tuple[Travel, float]:
    """Fill a matrix by the plain search, however large it is."""
    usual = search.HIERARCHY_FROM
    search.HIERARCHY_FROM = 1 << 62
    try:
        return _matrix(roads, lon, lat)
    finally:
        search.HIERARCHY_FROM = usual


def _warmed() -> None:
    """Have everything compiled, which a machine does once."""
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "small.osm.pbf"
        write_network(file, junctions=400, seed=_SEED)
        roads, _ = _read(file)
    search.ranked(roads)
    _matrix(roads, *places(roads, count=5, seed=_SEED))


def _engines(records: Sequence[Record]) -> Table:
    table = Table(
        title="The same places in the same extract; ratio: ours to the peer's", title_justify="left"
    )
    for heading in ("extract", "engine"):
        table.add_column(heading)
    for heading in ("junctions", "km", "build CPU s", "places", "matrix CPU s", "no way",
                    "median", "p5", "p95"):  # fmt: skip
        table.add_column(heading, justify="right")
    for one in records:
        if one["kind"] == "absent":
            table.add_row(str(one["extract"]), f"{one['engine']} is not there")
            continue
        cells = [
            _told(one, name)
            for name in ("nodes", "km", "build_s", "places", "matrix_s", "unreachable", "median",
                         "p5", "p95")
        ]  # fmt: skip
        table.add_row(str(one["extract"]), str(one["engine"]), *cells)
    return table


def _sizes(records: Sequence[Record]) -> Table:
    table = Table(title="Made-up networks, CPU seconds", title_justify="left")
    for heading in ("junctions", "states", "file MB", "read", "places", "hierarchy", "matrix",
                    "together", "plain (scipy)", "differing", "peak MiB"):  # fmt: skip
        table.add_column(heading, justify="right")
    for one in records:
        both = float(one["hierarchy_s"]) + float(one["matrix_s"])
        table.add_row(
            *(_told(one, name) for name in ("nodes", "states", "megabytes", "read_s", "places",
                                            "hierarchy_s", "matrix_s")),
            f"{both:.2f}", *(_told(one, name) for name in ("plain_s", "differing", "peak_mib")),
        )  # fmt: skip
    return table


def _told(record: Record, name: str) -> str:
    value = record.get(name, "")
    return f"{value:,}" if isinstance(value, int) else str(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = harness.plain_parser("Measure the built-in roads beside OSRM and Valhalla.")
    asked.add_argument("extracts", nargs="*", type=Path, help="extracts of OpenStreetMap")
    for name in PEERS:
        asked.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"unpacked wheel of {name}")
    asked.add_argument("--places", type=int, default=300, help="places beside the roads (300)")
    asked.add_argument("--size", type=int, action="append", metavar="N",
                       help="junctions of a made-up network (50000, 100000; 0: none)")  # fmt: skip
    chosen = asked.parse_args(arguments)
    homes = {name: home_of(name, getattr(chosen, name)) for name in PEERS}
    _warmed()
    engines = [
        record
        for extract in chosen.extracts
        for record in measure(extract, count=chosen.places, homes=homes)
    ]
    sizes = [at_size(size, count=500) for size in chosen.size or SIZES if size]
    out = harness.console()
    out.print(harness.machine_line())
    if engines:
        out.print(_engines(engines))
    if sizes:
        out.print(_sizes(sizes))
    harness.write_json(chosen.json, [*engines, *sizes], benchmark=NAME)


if __name__ == "__main__":
    main()
