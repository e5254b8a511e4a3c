"""How well the day of a visit can be guessed, and what that costs.

The best plan is made first; then plans are drawn from it within several losses. A guesser is
supposed to know every plan of the pool and its chance.

    python -m benchmarks.entropy --instances city200 --seeds 0 1 2 --losses 0 0.01 0.02 0.025
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.harness import Record, console, machine_line, plain_parser, write_json
from benchmarks.week_cases import Generator
from scheduler import ruin, solve
from scheduler.unguessable import draw_plan
from scheduler.verify import require

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from benchmarks.week_cases import Case

_HEADS = ("week", "seed", "loss", "plans", "searched", "bits", "of", "mean cost", "worst cost",
          "drawn cost", "CPU s")  # fmt: skip


def rows_of(case: Case, options: argparse.Namespace) -> Iterator[Record]:
    """Yield the figures of one week for every loss."""
    best = solve.plan(case.problem, effort=options.effort, seed=1)
    for loss in options.losses:
        began = time.process_time()
        found = draw_plan(
            case.problem, best, seed=f"entropy {case.seed}", loss=loss, effort=options.pool_effort,
            restarts=options.restarts, time_limit_s=options.time,
        )  # fmt: skip
        spent = time.process_time() - began
        require(found.plan, case.problem)
        yield {
            "week": case.name, "seed": case.seed, "loss": loss, "plans": found.plans,
            "searched": found.searched, "bits": round(found.mean_entropy, 4),
            "of": round(found.mean_most, 4), "mean_cost": round(found.mean_loss, 5),
            "worst_cost": round(found.worst_loss, 5),
            "drawn_cost": round(found.plan.objective / best.objective - 1, 5),
            "cpu_s": round(spent, 2),
        }  # fmt: skip


def table(rows: Sequence[Record]) -> Table:
    """Return the rows as a table with the mean of every loss."""
    found = Table(title="entropy of the day of a visit", title_justify="left")
    for at, head in enumerate(_HEADS):
        found.add_column(head, justify="left" if at == 0 else "right")
    for row in rows:
        found.add_row(
            str(row["week"]), str(row["seed"]), f"{float(row['loss']):.1%}", str(row["plans"]),
            str(row["searched"]), f"{float(row['bits']):.3f}", f"{float(row['of']):.3f}",
            f"{float(row['mean_cost']):+.2%}", f"{float(row['worst_cost']):+.2%}",
            f"{float(row['drawn_cost']):+.2%}", f"{float(row['cpu_s']):.1f}",
        )  # fmt: skip
    for loss in dict.fromkeys(row["loss"] for row in rows):
        some = [row for row in rows if row["loss"] == loss]
        bits, cost = (statistics.mean(float(row[key]) for row in some)
                      for key in ("bits", "mean_cost"))  # fmt: skip
        found.add_row("mean", "", f"{float(loss):.1%}", "", "", f"{bits:.3f}", "", f"{cost:+.2%}",
                      "", "", "", style="bold")  # fmt: skip
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options().parse_args(argv)
    generator = Generator(options.generator)
    ruin.get_ready()
    rows = [
        row
        for name in options.instances
        for seed in options.seeds
        for row in rows_of(generator.case(name, seed=seed), options)
    ]
    out = console()
    out.print(machine_line(), markup=False)
    out.print(table(rows))
    write_json(options.json, rows, benchmark="entropy")


def _options() -> argparse.ArgumentParser:
    found = plain_parser("Draw plans within several losses; tell how well days can be guessed.")
    found.add_argument("--instances", nargs="+", default=["city200"], metavar="NAME")
    found.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    found.add_argument("--losses", nargs="+", type=float, default=[0.0, 0.01, 0.02, 0.025])
    found.add_argument("--effort", type=int, default=solve.DEFAULT_EFFORT,
                       help="effort of the best plan")  # fmt: skip
    found.add_argument("--pool-effort", type=int, default=1200,
                       help="a fortieth of it goes into each plan of the pool")  # fmt: skip
    found.add_argument("--restarts", type=int, default=80, help="plans searched (80)")
    found.add_argument("--time", type=float, default=120.0, help="safety net in seconds")
    found.add_argument("--generator", type=Path, metavar="FILE", help="generator of the weeks")
    return found


if __name__ == "__main__":
    main()
