"""How good the weeks of Xunge and of other planners are, at equal time on one core.

python -m benchmarks.week --instances county60 city200 --seeds 0 1 2 --time 10 30
    --engines ours ortools vroom pyvrp [--generator FILE] [--json FILE]
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from rich.box import SIMPLE
from rich.table import Table

from benchmarks import harness
from benchmarks.week_cases import Generator, NoGenerator
from benchmarks.week_engines import NAMES, engine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from benchmarks.harness import Record
    from benchmarks.week_cases import Case, Verdict
    from benchmarks.week_engines import Engine

NAME = "week"
QUIET = 0.93
"""CPU seconds per second of wall time below which a row does not count."""

TRIES = 3
"""How often a row is run before it is shown although the machine was busy."""

_BASELINE = "ortools"
_WARM_VISITS, _WARM_DAYS = 12, 5
_LOOK_S = 0.5  # for finding the idlest core
_LATE, _GRACE = 1.1, 0.5  # what an engine may take beyond its time, as a factor and in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One engine on one week: what the judge says, and the time that it took.

    ``tries`` counts the runs; ``ratio`` compares with OR-Tools, ``to_best`` with the best peer that
    is feasible; both are 0 where there is nothing to compare with.
    """

    instance: str
    seed: int
    seconds: float
    engine: str
    verdict: Verdict
    wall_s: float
    cpu_s: float
    tries: int
    ratio: float = 0.0
    to_best: float = 0.0

    @property
    def cpu_per_wall(self) -> float:
        """CPU seconds per second of wall time; below :data:`QUIET` the machine was busy."""
        return self.cpu_s / self.wall_s if self.wall_s > 0 else 0.0

    @property
    def quiet(self) -> bool:
        """Tell whether the machine was quiet enough for the row to count."""
        return self.cpu_per_wall >= QUIET

    @property
    def note(self) -> str:
        """Say why a row is to be read with care: contended, over time, or nothing."""
        late = self.wall_s > self.seconds * _LATE + _GRACE
        words = ("" if self.quiet else "contended", "over time" if late else "")
        return ", ".join(word for word in words if word)

    def record(self) -> Record:
        """Return the row as a flat record."""
        return {
            "kind": "row", "instance": self.instance, "seed": self.seed, "time_s": self.seconds,
            "engine": self.engine, "objective": self.verdict.objective,
            "ratio_to_ortools": round(self.ratio, 4),
            "ratio_to_best_peer": round(self.to_best, 4), "dropped": self.verdict.dropped,
            "mandatory_lost": self.verdict.mandatory_lost, "feasible": self.verdict.feasible,
            "wall_s": round(self.wall_s, 3), "cpu_s": round(self.cpu_s, 3),
            "cpu_per_wall": round(self.cpu_per_wall, 3), "tries": self.tries, "note": self.note,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What is run: engines by name, with the generator that makes and judges weeks."""

    generator: Generator
    engines: dict[str, Engine]
    tries: int = TRIES
    warm: set[str] = field(default_factory=set)

    def rows(self, case: Case, *, seconds: float) -> list[Row]:
        """Return a row for every engine on *case*, with their ratios."""
        found = [self._row(name, case, seconds=seconds) for name in self.engines]
        return compared(found)

    def _row(self, name: str, case: Case, *, seconds: float) -> Row:
        """Run an engine until the machine is quiet enough, at most :attr:`tries` times."""
        planner = self.engines[name]
        self._warm_up(name, case)
        runs: list[Row] = []
        while len(runs) < self.tries and (not runs or not runs[-1].quiet):
            wall, cpu = time.perf_counter(), cpu_seconds()
            routes = planner(case.problem, seconds=seconds, seed=case.seed)
            wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
            runs.append(
                Row(
                    instance=case.name, seed=case.seed, seconds=seconds, engine=name, wall_s=wall,
                    cpu_s=cpu, tries=len(runs) + 1, verdict=self.generator.judge(case, routes),
                )
            )  # fmt: skip
        return runs[-1]

    def _warm_up(self, name: str, case: Case) -> None:
        if name not in self.warm:
            warm_up(self.engines[name], case)
            self.warm.add(name)


def warm_up(planner: Engine, case: Case) -> None:
    """Let an engine load and compile its code on a part of a week."""
    part = case.problem.replace(
        visits=case.problem.visits[:_WARM_VISITS], team_days=case.problem.team_days[:_WARM_DAYS]
    )
    planner(part, seconds=0.1, seed=0)


def compared(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of one week and time with their ratios to OR-Tools and to the best peer."""
    good = [row for row in rows if row.verdict.feasible]
    base = next((row.verdict.objective for row in good if row.engine == _BASELINE), 0)
    return [
        _with_ratios(row, base=base, peer=min(
            (one.verdict.objective for one in good if not is_ours(one) and one is not row),
            default=0,
        ))
        for row in rows
    ]  # fmt: skip


def _with_ratios(row: Row, *, base: int, peer: int) -> Row:
    mine = row.verdict.objective
    return replace(row, ratio=mine / base if base else 0.0, to_best=mine / peer if peer else 0.0)


def is_ours(row: Row) -> bool:
    """Tell whether a row is Xunge's own."""
    return row.engine.partition(":")[0] == "ours"


def cpu_seconds() -> float:
    """Return CPU seconds of this process and of the children that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@contextlib.contextmanager
def one_core() -> Iterator[str]:
    """Keep this process on the idlest core; yield in words whether the system allows it."""
    if sys.platform in ("win32", "darwin"):
        yield "not pinned: this system does not pin processes to cores"
        return
    before = os.sched_getaffinity(0)
    load = psutil.cpu_percent(interval=_LOOK_S, percpu=True)
    os.sched_setaffinity(0, {min(before, key=lambda core: load[core])})
    try:
        yield "pinned to one core"
    finally:
        os.sched_setaffinity(0, before)


def row_table(rows: Sequence[Row]) -> Table:
    """Return a table of rows."""
    table = Table(
        title="weeks (out: visits left out; lost: mandatory ones among them)", box=SIMPLE,
        title_justify="left", padding=(0, 1, 0, 0),
    )  # fmt: skip
    for heading in ("week:seed", "engine"):
        table.add_column(heading, no_wrap=True)
    for heading in ("s", "objective", "/ortools", "out", "lost", "legal", "wall s", "CPU/wall"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("note", no_wrap=True)
    for row in rows:
        verdict = row.verdict
        table.add_row(
            f"{row.instance}:{row.seed}", row.engine, f"{row.seconds:g}",
            f"{verdict.objective:,}", f"{row.ratio:.3f}" if row.ratio else "–",
            str(verdict.dropped), str(verdict.mandatory_lost), "yes" if verdict.feasible else "NO",
            f"{row.wall_s:.1f}", f"{row.cpu_per_wall:.2f}", row.note,
        )  # fmt: skip
    return table


def median_table(rows: Sequence[Row]) -> Table:
    """Return a table of medians over seeds; contended rows count on neither side of a ratio."""
    table = Table(title="medians over seeds, contended rows left out", title_justify="left")
    for heading in ("instance", "s", "engine"):
        table.add_column(heading)
    for heading in ("seeds", "/ortools", "/best peer", "mandatory lost", "infeasible"):
        table.add_column(heading, justify="right")
    for instance, seconds, name in dict.fromkeys((r.instance, r.seconds, r.engine) for r in rows):
        same = [
            row for row in rows
            if (row.instance, row.seconds, row.engine) == (instance, seconds, name) and row.quiet
        ]  # fmt: skip
        table.add_row(
            instance, f"{seconds:g}", name, str(len(same)),
            _median([row.ratio for row in same if _all_quiet(rows, row, (_BASELINE,))]),
            _median([row.to_best for row in same if _all_quiet(rows, row)]),
            str(sum(row.verdict.mandatory_lost for row in same)),
            str(sum(not row.verdict.feasible for row in same)),
        )  # fmt: skip
    return table


def _all_quiet(rows: Sequence[Row], row: Row, engines: Sequence[str] = ()) -> bool:
    """Tell whether the machine was quiet for the rivals of *row* (for *engines* if named)."""
    race = (row.instance, row.seconds, row.seed)
    rivals = [one for one in rows if (one.instance, one.seconds, one.seed) == race]
    return all(one.quiet for one in rivals if not engines or one.engine in engines)


def _median(ratios: Sequence[float]) -> str:
    known = [ratio for ratio in ratios if ratio]
    return f"{statistics.median(known):.3f}" if known else "–"


def _parser() -> argparse.ArgumentParser:
    found = harness.plain_parser("Compare planners on the same weeks, at equal time on one core.")
    found.add_argument("--instances", nargs="+", default=["county60"], help="weeks (county60)")
    found.add_argument("--seeds", nargs="+", type=int, default=[0], help="seeds of the weeks (0)")
    found.add_argument("--time", nargs="+", type=float, default=[10.0], help="seconds (10)")
    found.add_argument(
        "--engines", nargs="+", default=["ours", "ortools", "vroom", "pyvrp"],
        help=f"of {', '.join(NAMES)}; ours:NAME for an engine of the planner",
    )  # fmt: skip
    found.add_argument("--generator", type=Path, help="Python file that makes and judges weeks")
    found.add_argument(
        "--tries", type=int, default=TRIES,
        help=f"runs of a row whose CPU/wall is below {QUIET} ({TRIES})",
    )  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables.

    Raises
    ------
    SystemExit
        If the generator is not there, or does not know an instance.
    """
    chosen = _parser().parse_args(arguments)
    out = harness.console()
    try:
        generator = Generator(chosen.generator)
    except NoGenerator as missing:
        raise SystemExit(str(missing)) from None
    unknown = [name for name in chosen.instances if name not in generator.names]
    if unknown:
        raise SystemExit(f"unknown instances: {unknown}; known are {generator.names}")
    engines = {name: engine(name) for name in chosen.engines}
    absent = [name for name, found in engines.items() if found is None]
    out.print(harness.machine_line())
    if absent:
        out.print(f"left out, not installed: {', '.join(absent)}")
    race = Race(
        generator=generator, tries=max(1, chosen.tries),
        engines={name: found for name, found in engines.items() if found is not None},
    )  # fmt: skip
    rows: list[Row] = []
    for name in chosen.instances:
        for seed in chosen.seeds:
            case = generator.case(name, seed=seed)
            for seconds in chosen.time:
                with one_core() as pinned:
                    rows += race.rows(case, seconds=seconds)
                # Long runs are kept as they go.
                harness.write_json(chosen.json, [row.record() for row in rows], benchmark=NAME)
    out.print(pinned)
    out.print(row_table(rows))
    out.print(median_table(rows))


if __name__ == "__main__":
    main()
