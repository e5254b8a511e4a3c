"""How often the columns of a table are found: address, coordinates, notation, zone and datum.

    python -m benchmarks.columns [--counties 431023 430681] [--rows 20 50 100] [--seeds 3]

Tables are drawn by benchmarks.columns_cases, every kind under every kind of headers. A table is
*right* if everything is found and nothing is asked, *unsure* if something is asked and nothing
that is claimed is wrong, else *wrong*; ``precise`` is the share of right ones among those that
were not asked about. Counties other than the example's need a file of polygons: ``--boundaries``
or ../shared/data beside the checkout.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from rich.table import Table

from benchmarks import harness
from benchmarks.columns_cases import HEADERS, case, kinds
from geo.column_guess import guess_columns, places_of
from geo.gazetteer import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from benchmarks.columns_cases import Case
    from benchmarks.harness import Record
    from geo.column_guess import Found

NAME = "columns"
EXAMPLE = "431023"
_BESIDE = (
    Path(__file__).parents[2] / "shared/data/boundaries/example_counties_wgs84_vonng.geojson.gz"
)
_EXAMPLE_FILE = Path(__file__).parents[1] / "xunge/demo/data/county.geojson"
VERDICTS = ("right", "unsure", "wrong")


def verdict(found: Found, drawn: Case) -> str:
    """Judge an answer; a wrong claim is wrong even beside a question about something else."""
    asked = set(found.questions)
    wrong = found.address != drawn.address and "address" not in asked
    if "columns" not in asked:
        wrong |= (found.lon, found.lat) != (drawn.lon, drawn.lat)
        wrong |= (found.notation, found.swapped) != (drawn.kind.notation, drawn.swapped)
        wrong |= found.datum != drawn.kind.datum and "datum" not in asked
        wrong |= (found.zone, found.meridian) != (drawn.zone, drawn.meridian) and (
            "meridian" not in asked
        )
    return "wrong" if wrong else "unsure" if found.unsure else "right"


def polygons(path: Path | None) -> dict[str, BaseGeometry]:
    """Return county polygons by code: those of the file, else of the example county alone."""
    path = path or (_BESIDE if _BESIDE.is_file() else None)
    if path is None:
        features = json.loads(_EXAMPLE_FILE.read_text("utf-8"))["features"]
        return {EXAMPLE: shapely.geometry.shape(features[0]["geometry"])}
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    features = json.loads(raw)["features"]
    return {f["properties"]["adcode"]: shapely.geometry.shape(f["geometry"]) for f in features}


def measure(
    county: str, shape: BaseGeometry, gazetteer: Gazetteer, *, rows: int, seeds: int, towns: bool
) -> tuple[dict[str, Counter[str]], float]:
    """Return the verdicts by kind, and CPU seconds a table."""
    places = places_of(gazetteer, home=county)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    spent, tables = 0.0, 0
    for kind in kinds():
        for headers in HEADERS:
            for seed in range(seeds):
                drawn = case(
                    kind, gazetteer=gazetteer, county=county, shape=shape, rows=rows,
                    headers=headers, seed=seed, towns_only=towns,
                )  # fmt: skip
                start = time.process_time()
                found = guess_columns(drawn.frame, county=shape, places=places)
                spent, tables = spent + time.process_time() - start, tables + 1
                counts[kind.name][verdict(found, drawn)] += 1
    return counts, spent / tables


def _record(county: str, rows: int, kind: str, count: Counter[str], cpu_s: float) -> Record:
    said = count["right"] + count["wrong"]
    return {
        "kind": "columns", "county": county, "rows": rows, "columns": kind,
        "tables": count.total(), **{one: count[one] for one in VERDICTS},
        "precise": round(count["right"] / said, 4) if said else 1.0,
        "cpu_s_per_table": round(cpu_s, 4),
    }  # fmt: skip


def _table(found: Sequence[Record], *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("county", "columns"):
        table.add_column(heading)
    for heading in ("rows", "tables", *VERDICTS, "precise", "CPU s"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            str(one["county"]), str(one["columns"]), str(one["rows"]), str(one["tables"]),
            *(str(one[name]) for name in VERDICTS), f"{100 * float(one['precise']):.1f} %",
            f"{one['cpu_s_per_table']:.2f}",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = harness.plain_parser("Measure how often columns are found.")
    asked.add_argument("--counties", nargs="+", default=[EXAMPLE], help="codes (431023)")
    asked.add_argument("--rows", nargs="+", type=int, default=[20, 50, 100], help="rows a table")
    asked.add_argument("--seeds", type=int, default=3, help="tables of every kind and header (3)")
    asked.add_argument("--towns", action="store_true", help="addresses name no villages")
    asked.add_argument("--boundaries", type=Path, help="GeoJSON of counties with adcode")
    chosen = asked.parse_args(arguments)
    shapes, gazetteer = polygons(chosen.boundaries), Gazetteer.load()
    by_kind: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    whole: list[Record] = []
    for county in chosen.counties:
        if county not in shapes:
            asked.error(f"no polygon of {county}; give a file with --boundaries")
        for rows in chosen.rows:
            counts, cpu_s = measure(
                county, shapes[county], gazetteer, rows=rows, seeds=chosen.seeds, towns=chosen.towns
            )
            total: Counter[str] = Counter()
            for kind, count in counts.items():
                by_kind[rows, kind] += count
                total += count
            whole.append(_record(county, rows, "all kinds", total, cpu_s))
    kinds_found = [_record("all", n, kind, count, 0.0) for (n, kind), count in by_kind.items()]
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(kinds_found, title="by kind"))
    out.print(_table(whole, title="by county"))
    harness.write_json(chosen.json, [*kinds_found, *whole], benchmark=NAME)


if __name__ == "__main__":
    main()
