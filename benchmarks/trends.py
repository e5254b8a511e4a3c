"""Whether trend classes cry wolf: two years of months by chance, and with clusters that begin.

    python -m benchmarks.trends [--maps 100] [--dispersion 0 0.5] [--json FILE]

The maps of ``benchmarks/calibration.py``, month by month: at the end of each of 24 months the
evidence is that of all events until then (the window of the product is two years), and at the end
of all the cells are classed. On maps of chance nothing is confirmed, rising or lasting, whatever
the class says; with a dispersion the cells differ for good, which is no cluster either. On the
others three discs of radius 2 have 3.5 times the rate from the thirteenth month on. The share of
maps with any cell of a class, and of the planted cells by their class, is printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks import harness
from benchmarks.calibration import CELLS, GRID, RATE, RISK, simulate
from geo.hotspot import evidence
from geo.trend import TRENDS, Period, trends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]

NAME = "trends"
MONTHS, YEAR, BEGINS = 24, 12, 12
ALARMS = ("intensifying", "persistent", "confirmed", "sporadic", "diminishing", "historical")
"""Classes that claim more than a watch."""
BEYOND = "any beyond a watch"


def history(number: int, *, phi: float, planted: bool) -> tuple[list[Period], NDArray[np.bool_]]:
    """Return the months of one map, and which cells with enterprises are planted."""
    random = np.random.default_rng([2 if planted else 1, number])
    exposure, _, inside = simulate(random, phi=0.0, planted=planted)
    rate = RATE / YEAR * exposure
    if phi:
        rate = rate * random.gamma(1 / phi, phi, rate.shape)
    months = [
        random.poisson(rate * np.where(inside & (month >= BEGINS), RISK, 1.0)).astype(float)
        for month in range(MONTHS)
    ]
    periods = []
    for month in range(MONTHS):
        seen = np.sum(months[: month + 1], axis=0)
        due = exposure * seen.sum() / exposure.sum()
        found = evidence(pd.Series(seen, index=CELLS), pd.Series(due, index=CELLS), grid=GRID)
        periods.append(Period(found=found, counts=pd.Series(months[month], index=CELLS)))
    return periods, inside & (exposure > 0)


def measure(*, phi: float, maps: int) -> list[Record]:
    """Return one row for each class: share of maps of chance with it, share of planted cells."""
    any_, cells = dict.fromkeys(TRENDS, 0), dict.fromkeys(TRENDS, 0)
    hits, there, alarms = dict.fromkeys(TRENDS, 0), 0, 0
    for number in range(maps):
        found = trends(history(number, phi=phi, planted=False)[0], grid=GRID)["trend"]
        for name, count in found.value_counts().items():
            any_[str(name)] += 1
            cells[str(name)] += int(count)
        alarms += bool(found.isin(ALARMS).any())
        periods, inside = history(number, phi=phi, planted=True)
        classed = trends(periods, grid=GRID)["trend"].reindex(CELLS, fill_value="none")
        there += int(inside.sum())
        for name, count in classed[inside].value_counts().items():
            hits[str(name)] += int(count)
    any_[BEYOND] = alarms
    cells[BEYOND], hits[BEYOND] = (sum(own[name] for name in ALARMS) for own in (cells, hits))
    return [
        {
            "kind": "trends", "class": name, "dispersion": phi, "maps": maps,
            "chance_maps": round(any_[name] / maps, 4),
            "chance_cells": round(cells[name] / maps, 4),
            "planted": round(hits[name] / max(there, 1), 4),
        }
        for name in (*TRENDS, BEYOND)
    ]  # fmt: skip


def _table(rows: Sequence[Record]) -> Table:
    table = Table(title="24 months by chance · three clusters begin in month 13",
                  title_justify="left")  # fmt: skip
    for head in ("dispersion", "class"):
        table.add_column(head)
    for head in ("maps of chance with it", "cells a map", "planted cells"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            str(row["dispersion"]), str(row["class"]), f"{row['chance_maps']:.1%}",
            f"{row['chance_cells']:.2f}", f"{row['planted']:.1%}",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    asked = harness.plain_parser("Measure what trend classes say of chance.")
    asked.add_argument("--maps", type=int, default=100, help="maps of each kind (100)")
    asked.add_argument(
        "--dispersion", type=float, nargs="+", default=[0.0, 0.5], metavar="PHI",
        help="variance of the rates of single cells (0 0.5)",
    )  # fmt: skip
    chosen = asked.parse_args(arguments)
    rows = [row for phi in chosen.dispersion for row in measure(phi=phi, maps=chosen.maps)]
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(rows))
    harness.write_json(chosen.json, rows, benchmark=NAME)


if __name__ == "__main__":
    main()
