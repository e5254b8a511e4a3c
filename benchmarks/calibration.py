"""Whether tests for hotspots cry wolf, and what they find: maps of chance and planted clusters.

    python -m benchmarks.calibration [--maps 100] [--dispersion 0 0.5 1] [--json FILE]

Each map has 50 × 50 cells with enterprises as uneven as in a county (Poisson around a log-normal
field) and events at one rate per enterprise; with a dispersion φ the rate of single cells varies
(gamma, variance φ). Maps of chance hold nothing else: any hotspot on them is false. On the others
three discs of radius 2 have 3.5 times the rate. Recall is the share of their cells with enterprises
that is found, precision the share of what is found that lies in them: as the mean over maps, where
a map on which nothing is found counts 0, and over all cells of all maps (pooled). Peers are Gi*
with the same correction, and the Poisson and negative-binomial test of the 3 × 3 neighbourhood
without anything else, all on the same maps.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.table import Table
from scipy.ndimage import gaussian_filter

from benchmarks import harness
from geo.count_tests import dispersion, false_discovery, upper_tail
from geo.crs import project, unproject, working_crs
from geo.forecast import forecast
from geo.gistar import gi_star
from geo.grid import SquareGrid
from geo.hotspot import evidence, neighbourhood_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

NAME = "calibration"
SIDE, RATE, RISK, RADIUS, CLUSTERS = 50, 0.15, 3.5, 2.0, 3
OURS = "ours"
_FDR = 0.05  # of the peers
_LEAST_EXPOSURE = 15.0  # enterprises in the 3 × 3 cells around a planted cluster
_SPEED_SIDE = 317  # 100,489 cells
_REFRESH_SIDE, _REFRESH_EVENTS, _REFRESH_DAYS = 45, 70_000, 1095

GRID = SquareGrid(working_crs(113.1, 26.1))
ROW, COL = (plane.ravel() for plane in np.mgrid[:SIDE, :SIDE])
CELLS = GRID.names(COL, ROW)


def simulate(
    random: np.random.Generator, *, phi: float, planted: bool
) -> tuple[Floats, Floats, Flags]:
    """Return enterprises, events and whether planted, each for every cell."""
    field = gaussian_filter(random.normal(size=(SIDE, SIDE)), 3).ravel()
    exposure = random.poisson(np.exp(0.6 + 1.1 * field / field.std())).astype(float)
    inside = np.zeros(SIDE**2, dtype=bool)
    around = neighbourhood_sums(COL, ROW, exposure[:, None])[:, 0]
    for _ in range(CLUSTERS if planted else 0):
        for _ in range(200):
            row, col = random.integers(4, SIDE - 4, 2)
            if around[row * SIDE + col] >= _LEAST_EXPOSURE:
                break
        inside |= (ROW - row) ** 2 + (COL - col) ** 2 <= RADIUS**2
    mean = RATE * exposure * np.where(inside, RISK, 1.0)
    if phi:
        mean = mean * random.gamma(1 / phi, phi, mean.shape)
    return exposure, random.poisson(mean).astype(float), inside


def ours(exposure: Floats, events: Floats) -> Flags:
    """Return the cells that geo.hotspot calls hot."""
    seen = pd.Series(events, index=CELLS)
    due = pd.Series(exposure * events.sum() / exposure.sum(), index=CELLS)
    hot = evidence(seen, due, grid=GRID)["hot"]
    return hot.reindex(CELLS, fill_value=False).to_numpy(bool)


def _tail(exposure: Floats, events: Floats, *, spread: bool) -> Flags:
    mean = exposure * events.sum() / exposure.sum()
    sums = neighbourhood_sums(COL, ROW, np.column_stack([events, mean, mean**2]))
    phi = dispersion(events, mean) if spread else 0.0
    p = upper_tail(sums[:, 0], mean=sums[:, 1], squares=sums[:, 2], phi=phi)
    return false_discovery(p, tested=sums[:, 1] > 0) <= _FDR


def _gi(values: Floats) -> Flags:
    table = gi_star(pd.Series(values, index=CELLS), grid=GRID).reindex(CELLS)
    return ((table["q"] <= _FDR) & (table["z"] > 0)).to_numpy(bool)


def _rates(exposure: Floats, events: Floats) -> Floats:
    return np.where(exposure > 0, events / np.maximum(exposure, 1), 0.0)


METHODS: dict[str, Callable[[Floats, Floats], Flags]] = {
    "Gi* of counts, FDR": lambda exposure, events: _gi(events),
    "Gi* of rates, FDR": lambda exposure, events: _gi(_rates(exposure, events)),
    "Poisson 3×3, FDR": lambda exposure, events: _tail(exposure, events, spread=False),
    "negative binomial 3×3, FDR": lambda exposure, events: _tail(exposure, events, spread=True),
    OURS: ours,
}


def measure(*, phi: float, maps: int) -> list[Record]:
    """Return one row for each method: false alarms, recall, precision."""
    rows: list[Record] = []
    for name, method in METHODS.items():
        alarms = [
            int(method(*simulate(np.random.default_rng([1, k]), phi=phi, planted=False)[:2]).sum())
            for k in range(maps)
        ]
        hits, flagged, recalls = [], [], []
        for k in range(maps):
            exposure, events, inside = simulate(
                np.random.default_rng([2, k]), phi=phi, planted=True
            )
            there = inside & (exposure > 0)
            hot = method(exposure, events)
            hits.append(int((hot & there).sum()))
            flagged.append(int(hot.sum()))
            recalls.append(hits[-1] / max(int(there.sum()), 1))
        precision = np.array(hits) / np.maximum(flagged, 1)
        rows.append(
            {
                "kind": "calibration", "method": name, "dispersion": phi, "maps": maps,
                "alarm": round(float(np.mean(np.array(alarms) > 0)), 4),
                "false_cells": round(float(np.mean(alarms)), 4),
                "recall": round(float(np.mean(recalls)), 4),
                "precision": round(float(np.mean(precision)), 4),
                "precision_pooled": round(sum(hits) / max(sum(flagged), 1), 4),
            }
        )  # fmt: skip
    return rows


def speed() -> Record:
    """Return the CPU seconds of a test of 100,489 cells."""
    row, col = (plane.ravel() for plane in np.mgrid[:_SPEED_SIDE, :_SPEED_SIDE])
    random = np.random.default_rng(3)
    due = random.gamma(0.8, 0.5, len(row))
    seen = random.poisson(due).astype(float)
    start = time.process_time()
    phi = dispersion(seen, due)
    sums = neighbourhood_sums(col, row, np.column_stack([seen, due, due**2]))
    p = upper_tail(sums[:, 0], mean=sums[:, 1], squares=sums[:, 2], phi=phi)
    false_discovery(p, tested=sums[:, 1] > 0)
    spent = time.process_time() - start
    cells = GRID.names(col, row)
    index = pd.Index(cells)
    start = time.process_time()
    evidence(pd.Series(seen, index=index), pd.Series(due, index=index), grid=GRID)
    whole = time.process_time() - start
    return {
        "kind": "speed", "cells": len(row), "test_cpu_s": round(spent, 3),
        "evidence_cpu_s": round(whole, 3),
    }  # fmt: skip


def refresh() -> Record:
    """Return the CPU seconds of all that a new week needs: 70,000 events in 2,025 cells.

    Cells of the events, evidence, and the forecast with its mixture fitted anew.
    """
    random, side, today = np.random.default_rng(3), _REFRESH_SIDE, dt.date(2026, 11, 23)
    corner = [float(v) // GRID.size_m for v in project(113.1, 26.1, GRID.crs)]
    weight = random.gamma(0.6, 1.0, side**2)
    at = random.choice(side**2, _REFRESH_EVENTS, p=weight / weight.sum())
    inside = random.random((2, _REFRESH_EVENTS))
    x, y = (GRID.size_m * (corner[0] + at % side + inside[0]),
            GRID.size_m * (corner[1] + at // side + inside[1]))  # fmt: skip
    lon, lat = unproject(x, y, GRID.crs)
    days = np.array([today - dt.timedelta(days=k + 1) for k in range(_REFRESH_DAYS)], dtype=object)
    events = pd.DataFrame(
        {"lon": lon, "lat": lat, "on": days[random.integers(0, _REFRESH_DAYS, len(at))]}
    )
    row, col = (plane.ravel() for plane in np.mgrid[:side, :side])
    area = GRID.names(col + int(corner[0]), row + int(corner[1])).tolist()
    start = time.process_time()
    placed = events.assign(cell=GRID.cells(events["lon"], events["lat"]))
    seen = placed.groupby("cell").size().astype(float)
    evidence(seen, pd.Series(float(len(events)) / len(area), index=area), grid=GRID)
    forecast(placed, grid=GRID, area=area, today=today, horizon_days=30)
    spent = time.process_time() - start
    return {"kind": "refresh", "cells": len(area), "events": len(events),
            "cpu_s": round(spent, 3)}  # fmt: skip


def _table(rows: Sequence[Record]) -> Table:
    table = Table(title="maps of chance · maps with three clusters", title_justify="left")
    for head in ("dispersion", "method"):
        table.add_column(head)
    for head in ("any hotspot", "false cells", "recall", "precision", "pooled"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            str(row["dispersion"]), str(row["method"]), f"{row['alarm']:.1%}",
            f"{row['false_cells']:.2f}", f"{row['recall']:.3f}", f"{row['precision']:.3f}",
            f"{row['precision_pooled']:.3f}", style="bold" if row["method"] == OURS else "",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    asked = harness.plain_parser("Measure false alarms and power of tests for hotspots.")
    asked.add_argument("--maps", type=int, default=100, help="maps of each kind (100)")
    asked.add_argument(
        "--dispersion", type=float, nargs="+", default=[0.0, 0.5, 1.0], metavar="PHI",
        help="variance of the rates of single cells (0 0.5 1)",
    )  # fmt: skip
    chosen = asked.parse_args(arguments)
    rows = [row for phi in chosen.dispersion for row in measure(phi=phi, maps=chosen.maps)]
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(rows))
    quick = speed()
    out.print(
        f"{quick['cells']:,} cells: test with FDR {quick['test_cpu_s']} CPU s, "
        f"everything {quick['evidence_cpu_s']}"
    )
    week = refresh()
    out.print(
        f"{week['events']:,} events in {week['cells']:,} cells, evidence and forecast with its "
        f"mixture fitted: {week['cpu_s']} CPU s"
    )
    harness.write_json(chosen.json, [*rows, quick, week], benchmark=NAME)


if __name__ == "__main__":
    main()
