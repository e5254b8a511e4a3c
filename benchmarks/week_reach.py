"""How soon Xunge has a first plan of a week, and one as good as OR-Tools' after a minute.

python -m benchmarks.week_reach --instances city200 city600 --seeds 0 1 2 [--minute 60]
    [--limits 0.5 1 1.5 2 3 5 10] [--generator FILE] [--json FILE]

Xunge is asked anew for a plan within each of the limits, shortest first, until the generator's
judge finds a plan as good as OR-Tools'. What counts is the wall time of that run, the building of
arrays and the exact times at its end included; compiling was done before.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from benchmarks import harness
from benchmarks.week import QUIET, TRIES, cpu_seconds, one_core, warm_up
from benchmarks.week_cases import Generator, NoGenerator
from benchmarks.week_engines import Ours, plan_with_ortools

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from benchmarks.harness import Record
    from benchmarks.week_cases import Case, Verdict

NAME = "week_reach"
LIMITS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """When a week was planned first and when well; ``reached_s`` is 0 if that was never.

    ``goal`` and ``objective`` are OR-Tools' and the last one of Xunge; ``lost`` are mandatory
    visits that this one leaves out.
    """

    instance: str
    seed: int
    goal: int
    objective: int
    lost: int
    first_s: float
    reached_s: float
    cpu_per_wall: float

    def record(self) -> Record:
        """Return the row as a flat record."""
        return {
            "kind": "reach", "instance": self.instance, "seed": self.seed, "goal": self.goal,
            "objective": self.objective, "mandatory_lost": self.lost,
            "first_s": round(self.first_s, 3), "reached_s": round(self.reached_s, 3),
            "cpu_per_wall": round(self.cpu_per_wall, 3),
            "note": "" if self.cpu_per_wall >= QUIET else "contended",
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One plan of Xunge's: verdict, time of the first plan, wall and CPU seconds."""

    verdict: Verdict
    first_s: float
    wall_s: float
    cpu_s: float


def reach(
    generator: Generator, case: Case, *, goal: int, limits: Sequence[float], tries: int
) -> Reach:
    """Return how soon *case* is planned at all, and as well as *goal*."""
    run = _quiet(generator, case, seconds=limits[0], tries=tries)
    first = run
    for seconds in limits[1:]:
        if run.verdict.feasible and run.verdict.objective <= goal:
            break
        run = _quiet(generator, case, seconds=seconds, tries=tries)
    good = run.verdict.feasible and run.verdict.objective <= goal
    return Reach(
        instance=case.name, seed=case.seed, goal=goal, objective=run.verdict.objective,
        lost=run.verdict.mandatory_lost, first_s=first.first_s,
        reached_s=run.wall_s if good else 0.0, cpu_per_wall=run.cpu_s / run.wall_s,
    )  # fmt: skip


def _quiet(generator: Generator, case: Case, *, seconds: float, tries: int) -> _Run:
    """Plan until the machine is quiet, at most *tries* times."""
    planner = Ours()
    for _ in range(tries):
        wall, cpu = time.perf_counter(), cpu_seconds()
        routes = planner(case.problem, seconds=seconds, seed=case.seed)
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        run = _Run(
            verdict=generator.judge(case, routes), first_s=planner.first_s, wall_s=wall, cpu_s=cpu
        )
        if cpu / wall >= QUIET:
            break
    return run


def reach_table(rows: Sequence[Reach]) -> Table:
    """Return a table of rows with medians over the seeds of each week."""
    table = Table(title="seconds to a first plan, and to OR-Tools' quality", box=SIMPLE)
    for heading in ("week:seed", "goal", "objective", "lost", "first s", "reached s", "CPU/wall"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row.instance}:{row.seed}", f"{row.goal:,}", f"{row.objective:,}", str(row.lost),
            f"{row.first_s:.2f}", f"{row.reached_s:.2f}" if row.reached_s else "–",
            f"{row.cpu_per_wall:.2f}",
        )  # fmt: skip
    for instance in dict.fromkeys(row.instance for row in rows):
        same = [row for row in rows if row.instance == instance]
        late = [row.reached_s or float("inf") for row in same]
        table.add_row(
            f"{instance} median", "", "", "", f"{statistics.median(r.first_s for r in same):.2f}",
            f"{statistics.median(late):.2f}", "", style="bold",
        )  # fmt: skip
    return table


def _parser() -> argparse.ArgumentParser:
    found = harness.plain_parser("Measure how soon weeks are planned as well as by OR-Tools.")
    found.add_argument("--instances", nargs="+", default=["city200"], help="weeks (city200)")
    found.add_argument("--seeds", nargs="+", type=int, default=[0], help="seeds of the weeks (0)")
    found.add_argument("--minute", type=float, default=_MINUTE, help="seconds for OR-Tools (60)")
    found.add_argument(
        "--limits", nargs="+", type=float, default=list(LIMITS), help="seconds for Xunge"
    )
    found.add_argument("--generator", type=Path, help="Python file that makes and judges weeks")
    found.add_argument("--tries", type=int, default=TRIES, help=f"runs at most ({TRIES})")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table.

    Raises
    ------
    SystemExit
        If the generator is not there.
    """
    chosen = _parser().parse_args(arguments)
    out = harness.console()
    try:
        generator = Generator(chosen.generator)
    except NoGenerator as missing:
        raise SystemExit(str(missing)) from None
    out.print(harness.machine_line())
    rows: list[Reach] = []
    for name in chosen.instances:
        for seed in chosen.seeds:
            case = generator.case(name, seed=seed)
            warm_up(Ours(), case)
            with one_core() as pinned:
                routes = plan_with_ortools(case.problem, seconds=chosen.minute, seed=seed)
                rows.append(
                    reach(
                        generator, case, goal=generator.judge(case, routes).objective,
                        limits=sorted(chosen.limits), tries=max(1, chosen.tries),
                    )
                )  # fmt: skip
            harness.write_json(chosen.json, [row.record() for row in rows], benchmark=NAME)
    out.print(pinned)
    out.print(reach_table(rows))


if __name__ == "__main__":
    main()
