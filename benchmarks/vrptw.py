"""How good routes of one day with time windows are, beside the best that are known.

python -m benchmarks.vrptw --instances R112 RC208 --time 5 30 --engines ours pyvrp [--data FOLDER]
    [--json FILE]

Instances of the literature: the shortest drives of cars that are alike, loads and windows kept.
Distances count in tenths, cut off after the first decimal (12th DIMACS challenge). Xunge solves
them as what it knows: a day of mandatory visits without lunch.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from benchmarks import harness
from benchmarks.vrptw_engines import NAMES, engine
from benchmarks.week import QUIET, TRIES, cpu_seconds, one_core
from scheduler.problem import MIN_CREW, Depot, Problem, TeamDay, Visit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record
    from benchmarks.week_engines import Engine

NAME = "vrptw"
SIX = ("R112", "RC208", "R1_2_4", "RC1_2_5", "C1_4_9", "R1_4_8")
VARIABLE = "XUNGE_VRPTW"
_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "vrptw"
_BEST = "BKS.csv"
_TENTH = 10
_DAY = dt.date(2026, 11, 23)
_EPSILON = 1e-9  # a root of a square is not to fall just below its integer


class NoInstance(FileNotFoundError):  # noqa: N818 - says what is missing
    """An instance is not where it was looked for; ``path`` says where."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"nothing at {path}: name the folder with --data or {VARIABLE}, "
            "or put shared/data/vrptw next to the checkout"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance as its file says: ``table`` has a row for the station and each customer.

    Columns of ``table``: x, y, demand, ready time, due date, service time. ``best_known`` is the
    shortest distance published, in units; 0 where none is.
    """

    name: str
    cars: int
    room: int
    table: NDArray[np.int64]
    best_known: float

    @property
    def tenths(self) -> NDArray[np.int64]:
        """Return distances in tenths of a unit, cut off."""
        spots = self.table[:, :2].astype(float)
        apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
        tenths: NDArray[np.int64] = np.floor(apart * _TENTH + _EPSILON).astype(np.int64)
        return tenths


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One engine on one instance: distance (None if it broke a rule), gap and the time taken."""

    instance: str
    seconds: float
    seed: int
    engine: str
    tenths: int | None
    best_known: float
    broken: str
    wall_s: float
    cpu_s: float
    tries: int

    @property
    def gap(self) -> float:
        """Per cent above the best known distance; NaN where a rule is broken."""
        if self.tenths is None or not self.best_known:
            return float("nan")
        return 100 * (self.tenths / _TENTH / self.best_known - 1)

    @property
    def cpu_per_wall(self) -> float:
        """CPU seconds per second of wall time."""
        return self.cpu_s / self.wall_s if self.wall_s > 0 else 0.0

    @property
    def quiet(self) -> bool:
        """Tell whether the machine was quiet enough for the row to count."""
        return self.cpu_per_wall >= QUIET

    def record(self) -> Record:
        """Return the row as a flat record."""
        return {
            "kind": "row", "instance": self.instance, "time_s": self.seconds, "seed": self.seed,
            "engine": self.engine, "tenths": -1 if self.tenths is None else self.tenths,
            "gap_percent": round(self.gap, 3), "broken": self.broken,
            "wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3),
            "cpu_per_wall": round(self.cpu_per_wall, 3), "tries": self.tries,
            "note": "" if self.quiet else "contended",
        }  # fmt: skip


def read(folder: Path, name: str) -> Instance:
    """Return the instance *name* of *folder* (Solomon's text format, best known values beside).

    Raises
    ------
    NoInstance
        If there is no such file.
    """
    file, best = folder / f"{name}.txt", folder / _BEST
    if not file.is_file():
        raise NoInstance(file)
    lines = file.read_text("utf-8").splitlines()
    head = next(at for at, line in enumerate(lines) if line.split()[:1] == ["NUMBER"])
    cars, room = (int(word) for word in lines[head + 1].split())
    rows = [line.split() for line in lines[head + 2 :]]
    table = [[int(word) for word in row[1:]] for row in rows if row and row[0].isdigit()]
    known = (
        dict(line.split(",") for line in best.read_text("utf-8").split()) if best.exists() else {}
    )
    return Instance(
        name=name, cars=cars, room=room, table=np.array(table, np.int64),
        best_known=float(known.get(name, 0)),
    )  # fmt: skip


def as_problem(instance: Instance) -> Problem:
    """Return an instance as one day of team-days that are alike; a tenth of a unit is a second."""
    opens, closes = (int(moment) * _TENTH for moment in instance.table[0, 3:5])
    tenths = instance.tenths
    return Problem(
        visits=tuple(
            Visit(
                id=str(at), object=str(at), place=at, kind="customer",
                service=int(row[5]) * _TENTH,
                window=(int(row[3]) * _TENTH, int(row[4]) * _TENTH), load=int(row[2]),
            )
            for at, row in enumerate(instance.table) if at
        ),
        team_days=tuple(
            TeamDay(
                id=f"K{car}", team=car, day=_DAY, depot="S", vehicle=f"K{car}", seats=MIN_CREW,
                start=opens, end=closes, lunch=(0, 0, 0), max_visits=len(instance.table),
                capacity=instance.room,
            )
            for car in range(instance.cars)
        ),
        depots=(Depot(id="S", name="S", place=0),),
        seconds=tenths,
        metres=tenths,
    )  # fmt: skip


def judge(instance: Instance, routes: Sequence[Sequence[int]]) -> tuple[int, str]:
    """Return the distance of *routes* (customers by row) in tenths, and what rule they break."""
    tenths, table = instance.tenths, instance.table
    served = sorted(customer for route in routes for customer in route)
    if served != list(range(1, len(table))):
        return 0, "customers"
    if sum(bool(route) for route in routes) > instance.cars:
        return 0, "cars"
    total = 0
    for route in routes:
        if sum(int(table[customer, 2]) for customer in route) > instance.room:
            return 0, "load"
        here, now = 0, int(table[0, 3]) * _TENTH
        for customer in [*route, 0]:
            total += int(tenths[here, customer])
            now = max(now + int(tenths[here, customer]), int(table[customer, 3]) * _TENTH)
            if now > int(table[customer, 4]) * _TENTH:
                return 0, "window"
            here, now = customer, now + int(table[customer, 5]) * _TENTH
    return total, ""


def run(
    instance: Instance, name: str, planner: Engine, *, seconds: float, seed: int, tries: int
) -> Row:
    """Return the row of an engine, run until the machine is quiet, at most *tries* times."""
    problem = as_problem(instance)
    for attempt in range(1, tries + 1):
        wall, cpu = time.perf_counter(), cpu_seconds()
        routes = planner(problem, seconds=seconds, seed=seed)
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        tenths, broken = judge(instance, [[int(id_) for id_ in stops] for stops in routes.values()])
        row = Row(
            instance=instance.name, seconds=seconds, seed=seed, engine=name, wall_s=wall, cpu_s=cpu,
            tenths=None if broken else tenths, broken=broken, best_known=instance.best_known,
            tries=attempt,
        )  # fmt: skip
        if row.quiet:
            break
    return row


def gap_table(rows: Sequence[Row], *, instances: Sequence[str]) -> Table:
    """Return gaps: a line for each time and engine, a column for each instance, and their mean."""
    table = Table(title="gap to the best known distance, %", box=SIMPLE, title_justify="left")
    for heading in ("s", "engine", *instances, "mean", "CPU/wall", "broken"):
        table.add_column(heading, justify="right", no_wrap=True)
    for seconds, name in dict.fromkeys((row.seconds, row.engine) for row in rows):
        same = [row for row in rows if (row.seconds, row.engine) == (seconds, name)]
        gaps = [_mean([row.gap for row in same if row.instance == one]) for one in instances]
        table.add_row(
            f"{seconds:g}", name, *(f"{gap:.2f}" for gap in gaps), f"{_mean(gaps):.2f}",
            f"{min(row.cpu_per_wall for row in same):.2f}", str(sum(bool(r.broken) for r in same)),
        )  # fmt: skip
    return table


def _mean(values: Sequence[float]) -> float:
    return statistics.mean(values) if values else float("nan")


def _parser() -> argparse.ArgumentParser:
    found = harness.plain_parser("Compare planners on instances of the literature, on one core.")
    found.add_argument("--instances", nargs="+", default=list(SIX), help="instances (six of them)")
    found.add_argument("--seeds", nargs="+", type=int, default=[0], help="seeds of engines (0)")
    found.add_argument("--time", nargs="+", type=float, default=[5.0], help="seconds (5)")
    found.add_argument("--engines", nargs="+", default=list(NAMES), help=f"of {', '.join(NAMES)}")
    found.add_argument("--data", type=Path, help="folder of instances and their best known values")
    found.add_argument(
        "--tries", type=int, default=TRIES, help=f"runs of a row below CPU/wall {QUIET} ({TRIES})"
    )
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table.

    Raises
    ------
    SystemExit
        If an instance is not there.
    """
    chosen = _parser().parse_args(arguments)
    out = harness.console()
    folder = chosen.data or Path(os.environ.get(VARIABLE, _BESIDE))
    try:
        instances = [read(folder, name) for name in chosen.instances]
    except NoInstance as missing:
        raise SystemExit(str(missing)) from None
    engines = {name: found for name in chosen.engines if (found := engine(name)) is not None}
    absent = [name for name in chosen.engines if name not in engines]
    out.print(harness.machine_line())
    if absent:
        out.print(f"left out, not installed: {', '.join(absent)}")
    _warm_up(engines, instances[0])
    rows: list[Row] = []
    with one_core() as pinned:
        for seconds in chosen.time:
            for name, planner in engines.items():
                for instance in instances:
                    rows += [
                        run(instance, name, planner, seconds=seconds, seed=seed, tries=chosen.tries)
                        for seed in chosen.seeds
                    ]
                    harness.write_json(chosen.json, [row.record() for row in rows], benchmark=NAME)
    out.print(pinned)
    out.print(gap_table(rows, instances=chosen.instances))


def _warm_up(engines: Mapping[str, Engine], instance: Instance) -> None:
    """Let engines load and compile their code."""
    problem = as_problem(instance)
    for planner in engines.values():
        planner(problem, seconds=0.1, seed=0)


if __name__ == "__main__":
    main()
