"""What even hours cost: weeks planned without and with a spread of hours, beside each other.

python -m benchmarks.balance [--instance city200] [--seeds 0 1 2] [--time 10] [--spread 50]
[--by-day] [--generator FILE] [--json FILE]

Every week is planned twice from the same seed, by the clock on one core, or with ``--effort`` by a
number of steps, which is the same on a busy machine. ``--by-day`` makes day shifts of the late
ones: what then is cheaper is what few visits open at night cost, whatever the search.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.harness import Record, console, machine_line, plain_parser, write_json
from benchmarks.week_cases import Generator
from scheduler import balance, solve

if TYPE_CHECKING:
    from benchmarks.week_cases import Case
    from scheduler.problem import Problem

_SPREAD = 50


def row(generator: Generator, case: Case, *, seconds: float | None, effort: int | None,
        spread: int = _SPREAD) -> Record:  # fmt: skip
    """Return objective and spread of one week, planned freely and with even hours."""
    found: Record = {"kind": "row", "instance": case.name, "seed": case.seed}
    for name, problem in (("free", case.problem), ("even", case.problem.replace(spread=spread))):
        found |= {
            f"{name}_{key}": value
            for key, value in _planned(
                generator, case, problem, seconds=seconds, effort=effort
            ).items()
        }
    free, even = float(found["free_objective"]), float(found["even_objective"])
    return found | {"cost_percent": round(100 * (even / free - 1), 2)}


def _planned(
    generator: Generator,
    case: Case,
    problem: Problem,
    *,
    seconds: float | None,
    effort: int | None,
) -> Record:
    began = time.process_time()
    plan = solve.plan(problem, time_limit_s=seconds, effort=effort, seed=case.seed + 1)
    routes = {route.team_day: [stop.visit for stop in route.stops] for route in plan.routes}
    verdict = generator.judge(case, routes)
    hours = balance.hours(case.problem, plan.routes)
    return {
        "objective": verdict.objective, "spread_percent": balance.spread(hours) / 10,
        "mandatory_lost": verdict.mandatory_lost, "feasible": verdict.feasible,
        "cpu_s": round(time.process_time() - began, 2),
    }  # fmt: skip


def table(rows: list[Record]) -> Table:
    """Return rows as a table with their medians."""
    found = Table(title=machine_line(), title_justify="left")
    headings = ("week", "free", "spread %", "even", "spread %", "cost %", "lost", "feasible")
    for heading in headings:
        found.add_column(heading, justify="left" if heading == "week" else "right")
    keys = (
        "free_objective", "free_spread_percent", "even_objective", "even_spread_percent",
        "cost_percent",
    )  # fmt: skip
    for one in rows:
        found.add_row(
            f"{one['instance']} {one['seed']}", *(f"{one[key]:,}" for key in keys),
            str(one["even_mandatory_lost"]),
            "yes" if one["free_feasible"] and one["even_feasible"] else "no",
        )  # fmt: skip
    medians = [statistics.median(float(one[key]) for one in rows) for key in keys]
    found.add_row("median", *(f"{value:,.1f}" for value in medians), "", "", style="bold")
    return found


def main() -> None:
    """Plan the weeks and print what even hours cost."""
    parser = plain_parser("What it costs to keep weekly hours of teams together.")
    parser.add_argument("--instance", default="city200", help="week of the generator (city200)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="its seeds (0 1 2)")
    parser.add_argument("--time", type=float, default=10.0, help="seconds for each plan (10)")
    parser.add_argument("--effort", type=int, help="effort of each plan instead of seconds")
    parser.add_argument(
        "--spread", type=int, default=_SPREAD, help="most, in thousandths of the mean (50)"
    )
    parser.add_argument("--generator", type=Path, help="file that makes and judges the weeks")
    parser.add_argument("--by-day", action="store_true", help="weeks without late shifts")
    chosen = parser.parse_args()
    generator = Generator(chosen.generator)
    case = generator.case_by_day if chosen.by_day else generator.case
    rows = [
        row(
            generator, case(chosen.instance, seed=seed), effort=chosen.effort,
            seconds=None if chosen.effort else chosen.time, spread=chosen.spread,
        )
        for seed in chosen.seeds
    ]  # fmt: skip
    console().print(table(rows))
    write_json(chosen.json, rows, benchmark="balance")


if __name__ == "__main__":
    main()
