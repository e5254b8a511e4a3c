"""How close the search over one order comes to the best home-care plans published.

python -m benchmarks.homecare [--data FOLDER] [--instances NAME …] [--seeds 0 1 2] [--time 60]
    [--ortools] [--json FILE]
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from benchmarks import harness, homecare_cases
from benchmarks.homecare_cases import FINE, NoInstances, judge
from scheduler import ordered

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from benchmarks.harness import Record
    from benchmarks.homecare_cases import Case, Routes, Verdict
    from scheduler.calls import Served

NAME = "homecare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run on one instance: what the judge says, and the time that it took."""

    case: Case
    seed: int
    seconds: float
    engine: str
    verdict: Verdict
    moves: int
    wall_s: float
    cpu_s: float

    @property
    def gap(self) -> float:
        """Per cent above the best cost published."""
        return 100 * (self.verdict.cost / self.case.best - 1)

    @property
    def cpu_per_wall(self) -> float:
        """CPU seconds per second of wall time."""
        return self.cpu_s / self.wall_s if self.wall_s > 0 else 0.0

    def record(self) -> Record:
        """Return the row as a flat record."""
        return {
            "kind": "row", "instance": self.case.name, "seed": self.seed, "time_s": self.seconds,
            "engine": self.engine, "travel": round(self.verdict.travel, 3),
            "lateness": round(self.verdict.lateness, 3),
            "largest_lateness": round(self.verdict.largest, 3),
            "cost": round(self.verdict.cost, 3), "best_published": self.case.best,
            "gap_percent": round(self.gap, 3), "feasible": not self.verdict.faults,
            "faults": len(self.verdict.faults), "moves": self.moves,
            "wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3),
            "cpu_per_wall": round(self.cpu_per_wall, 3),
        }  # fmt: skip


def run(case: Case, *, seed: int, seconds: float, engine: str = "ours") -> Row:
    """Return what *engine* (ours or ortools) finds within CPU seconds, and what it is worth."""
    wall, cpu = time.perf_counter(), time.process_time()
    moves = 0
    if engine == "ortools":
        from benchmarks.homecare_ortools import plan_with_ortools

        routes = plan_with_ortools(case.day, seconds=seconds)
    else:
        served = ordered.search_for(case.day, seed=seed, seconds=seconds, clock=time.process_time)
        routes, moves = as_routes(case, served), served.moves
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Row(
        case=case, seed=seed, seconds=seconds, engine=engine,
        verdict=judge(case.content, routes), moves=moves, wall_s=wall, cpu_s=cpu,
    )  # fmt: skip


def as_routes(case: Case, served: Served) -> Routes:
    """Return the search's routes in the words of the instance, in minutes."""
    services = {call.id: [part.ability for part in call.parts] for call in case.day.calls}
    return {
        crew: [(stop.call, services[stop.call][stop.part], stop.start / FINE) for stop in stops]
        for crew, stops in served.routes.items()
    }


def row_table(rows: Sequence[Row]) -> Table:
    """Return a table of single runs; times and costs in minutes."""
    table = Table(title="runs", title_justify="left", box=SIMPLE)
    for heading in ("instance", "engine"):
        table.add_column(heading)
    figures = (
        "seed",
        "travel",
        "late",
        "largest",
        "cost",
        "gap %",
        "kmoves/s",
        "CPU s",
        "CPU/wall",
    )
    for heading in figures:
        table.add_column(heading, justify="right")
    for row in rows:
        found = row.verdict
        table.add_row(
            row.case.name, row.engine, str(row.seed), f"{found.travel:.1f}",
            f"{found.lateness:.1f}", f"{found.largest:.1f}", f"{found.cost:.2f}",
            f"illegal: {found.faults[0]}" if found.faults else f"{row.gap:.2f}",
            f"{row.moves / row.cpu_s / 1000:.0f}" if row.cpu_s > 0 else "–",
            f"{row.cpu_s:.1f}", f"{row.cpu_per_wall:.2f}",
        )  # fmt: skip
    return table


def gap_table(rows: Sequence[Row]) -> Table:
    """Return a table of gaps, instance by instance: each seed, mean and median."""
    seeds = sorted({row.seed for row in rows})
    table = Table(title="gap to the best published, %", title_justify="left", box=SIMPLE)
    for heading in ("instance", "engine"):
        table.add_column(heading)
    for heading in (*(f"seed {seed}" for seed in seeds), "mean", "median"):
        table.add_column(heading, justify="right")
    for name, engine in dict.fromkeys((row.case.name, row.engine) for row in rows):
        some = [row for row in rows if (row.case.name, row.engine) == (name, engine)]
        known = {row.seed: row.gap for row in some if not row.verdict.faults}
        cells = [f"{known[seed]:.2f}" if seed in known else "–" for seed in seeds]
        gaps = list(known.values())
        cells += [f"{of(gaps):.2f}" if gaps else "–" for of in (statistics.mean, statistics.median)]
        table.add_row(name, engine, *cells)
    return table


def _parser() -> argparse.ArgumentParser:
    found = harness.plain_parser("Home-care instances: gaps to the best plans published.")
    found.add_argument("--data", type=Path, help="folder of the instances and of BEST.csv")
    found.add_argument("--instances", nargs="+", help="names or parts of them (all)")
    found.add_argument("--seeds", nargs="+", type=int, default=[0], help="seeds (0)")
    found.add_argument("--time", type=float, default=60.0, help="CPU seconds of a run (60)")
    found.add_argument("--ortools", action="store_true", help="run OR-Tools beside, once each")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables.

    Raises
    ------
    SystemExit
        If there are no instances, or the search is not compiled.
    """
    chosen = _parser().parse_args(arguments)
    try:
        known = homecare_cases.cases(homecare_cases.folder(chosen.data))
    except NoInstances as missing:
        raise SystemExit(str(missing)) from None
    if not ordered.available():
        raise SystemExit("numba is not there: times of the search in plain Python mean nothing")
    wanted = chosen.instances
    some = [one for one in known if not wanted or any(part in one.name for part in wanted)]
    out = harness.console()
    out.print(harness.machine_line())
    ordered.get_ready()
    rows: list[Row] = []
    for case in some:
        runs = [("ours", seed) for seed in chosen.seeds]
        runs += [("ortools", 0)] if chosen.ortools else []
        for engine, seed in runs:
            rows.append(run(case, seed=seed, seconds=chosen.time, engine=engine))
            # Long runs are kept as they go.
            harness.write_json(chosen.json, [row.record() for row in rows], benchmark=NAME)
    out.print(row_table(rows))
    out.print(gap_table(rows))


if __name__ == "__main__":
    main()
