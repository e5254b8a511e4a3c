"""How far from the truth the example county's rows are placed.

    python -m benchmarks.county_places [--json FILE] [--enterprises 4027]

The ledgers are imported as ``xunge week`` does; then the places in the database are compared with
``truth.csv``, which no step of the pipeline reads.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table

from benchmarks import harness
from benchmarks.harness import StageClock
from geo.crs import distance_m
from xunge import intake
from xunge.demo import write_county
from xunge.web import database
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness import Record

NAME = "county_places"
DAY = dt.date(2026, 11, 22)
LEVELS = ("coordinate", "village", "town", "county")
HEADINGS = {
    "level": "level", "rows": "rows", "median_m": "median m", "p90_m": "p90 m",
    "inside_radius": "inside radius", "town_right": "town right", "village_right": "village right",
    "town_unknown": "no town", "village_unknown": "no village",
}  # fmt: skip


def placed(*, enterprises: int, clock: StageClock) -> pd.DataFrame:
    """Import the example county and return its places beside the truth, one row each.

    Columns: level, radius_m, error_m (metres, NaN where there is no point), town, village and
    true_town, true_village (codes).
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "county"
        write_county(folder, enterprises=enterprises)
        truth = pd.read_csv(
            folder / "truth.csv", dtype={"town": str, "village": str}, keep_default_na=False
        )
        clock("generate")
        opened = open_folder(folder)
        intake.take_in(
            folder, day=DAY, settings=opened.settings, tables=opened.tables, mapping=None,
            strict=False, progress=lambda stage: None,
        )  # fmt: skip
        clock("import and geocode")
        from xunge.web.ledger import frames  # the door opens only after the database

        known = pd.concat([frames.register("enterprises"), frames.register("sites")])
        database.close()
    return _beside(known, truth)


def _beside(known: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    both = known.merge(truth, on="id", suffixes=("_ledger", ""), validate="one_to_one")
    metres = distance_m(
        both["placed_lon"].to_numpy(float), both["placed_lat"].to_numpy(float),
        both["lon"].to_numpy(float), both["lat"].to_numpy(float),
    )  # fmt: skip
    return pd.DataFrame(
        {
            "level": both["placed_level"].fillna("none"),
            "radius_m": both["placed_radius_m"].astype(float),
            "error_m": metres,
            "town": both["town_code"].fillna(""),
            "village": both["village_code"].fillna(""),
            "true_town": both["town"],
            "true_village": both["village"],
        }
    )


def figures(rows: pd.DataFrame, *, level: str) -> Record:
    """Return error and shares of *rows*; shares are of all rows, those without a code included."""
    error = rows["error_m"]
    return {
        "kind": "geocoding",
        "level": level,
        "rows": len(rows),
        "median_m": round(float(error.median()), 1) if error.notna().any() else -1.0,
        "p90_m": round(float(error.quantile(0.9)), 1) if error.notna().any() else -1.0,
        "inside_radius": round(float((error <= rows["radius_m"]).mean()), 4),
        "town_right": round(float((rows["town"] == rows["true_town"]).mean()), 4),
        "village_right": round(float((rows["village"] == rows["true_village"]).mean()), 4),
        "town_unknown": round(float((rows["town"] == "").mean()), 4),
        "village_unknown": round(float((rows["village"] == "").mean()), 4),
    }


def summary(rows: pd.DataFrame) -> list[Record]:
    """Return figures of all rows, of each level, and of rows that have no point (level none)."""
    found = [figures(rows[rows["level"] != "none"], level="all placed")]
    for level in (*LEVELS, "none"):
        own = rows[rows["level"] == level]
        if len(own):
            found.append(figures(own, level=level))
    return found


def _table(found: Sequence[Record], *, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name, heading in HEADINGS.items():
        table.add_column(heading, justify="left" if name == "level" else "right")
    for one in found:
        table.add_row(*(_shown(name, one[name]) for name in HEADINGS))
    return table


def _shown(name: str, value: harness.Scalar) -> str:
    if isinstance(value, str | int):
        return str(value)
    if value < 0:
        return "—"
    return f"{value:.0f}" if name.endswith("_m") else f"{100 * value:.1f} %"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    chosen = harness.parser("Measure geocoding against the truth.").parse_args(arguments)
    clock = StageClock()
    found = summary(placed(enterprises=chosen.enterprises, clock=clock))
    out = harness.console()
    out.print(harness.machine_line())
    title = f"geocoding of {chosen.enterprises} enterprises and the illegal sites"
    out.print(_table(found, title=title))
    harness.write_json(chosen.json, [*found, *(stage.record() for stage in clock)], benchmark=NAME)


if __name__ == "__main__":
    main()
