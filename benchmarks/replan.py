"""A week is planned again after one lost team-day and five urgent visits: what moves, at what cost.

Three ways beside each other, at equal time: with the price of moves, warm without it ("free"), and
OR-Tools from scratch; or the first two at equal effort, which gives the same figures everywhere.
Every plan is verified.

    python -m benchmarks.replan --instances city200 --seeds 0 1 2 3 4 --again 1000
    python -m benchmarks.replan --instances city200 --seeds 0 1 2 3 4 --time 10
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.harness import Record, console, machine_line, plain_parser, write_json
from benchmarks.week_cases import Generator
from benchmarks.week_engines import plan_with_ortools
from scheduler import ruin, solve
from scheduler.problem import LEFT_OUT_SECONDS
from scheduler.replan import MOVE_SECONDS, Disruption, replan
from scheduler.schedule import Timetable
from scheduler.verify import require

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from benchmarks.week_cases import Case
    from scheduler.plan import Plan
    from scheduler.problem import Problem, Visit

URGENT = 5
_SERVICE = 45 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Upset:
    """A week with its plan, and what happens to it."""

    problem: Problem
    plan: Plan
    what: Disruption


def upset(case: Case, *, effort: int, seed: int) -> Upset:
    """Plan a week, then lose one used team-day and receive five urgent visits anywhere."""
    plan = solve.plan(case.problem, effort=effort, seed=1)
    chance = random.Random(seed)
    lost = chance.choice([route.team_day for route in plan.routes])
    twins = chance.sample(case.problem.visits, URGENT)
    urgent = tuple(_urgent(visit, number) for number, visit in enumerate(twins, start=1))
    return Upset(
        problem=case.problem, plan=plan, what=Disruption(lost=frozenset([lost]), urgent=urgent)
    )


def _urgent(twin: Visit, number: int) -> Visit:
    """Return a mandatory report check next door to a visit, at any hour of the day shift."""
    return replace(
        twin, id=f"U{number:04d}", object=f"U{number:04d}", kind="report", mandatory=True, prize=0,
        service=_SERVICE, window=(30_600, 63_000 - _SERVICE), days=(), specialities=frozenset(),
    )  # fmt: skip


def moved(before: Plan, stops: Mapping[str, Sequence[str]], *, lost: frozenset[str]) -> float:
    """Return the share of surviving visits that stand on another team-day in new routes."""
    old = {s.visit: r.team_day for r in before.routes for s in r.stops if r.team_day not in lost}
    new = {visit: at for at, visits in stops.items() for visit in visits}
    return sum(new.get(visit, at) != at for visit, at in old.items()) / max(1, len(old))


def _row(case: Case, one: Upset, options: argparse.Namespace) -> Record:
    budget = {"effort": options.again, "time_limit_s": None if options.again else options.time}
    begun, cpu = time.perf_counter(), time.process_time()
    done = replan(one.problem, one.plan, one.what, move_seconds=options.price, **budget)
    wall, spent = time.perf_counter() - begun, time.process_time() - cpu
    require(done.open_plan, done.open_problem)
    assert done.free_cost is not None
    assert done.free_moved is not None
    kinds = {kind: len(done.of_kind(kind)) for kind in ("moved", "left_out", "new", "displaced")}
    row: Record = {
        "week": case.name, "seed": case.seed, "effort": options.again, "seconds": round(wall, 2),
        "cpu_s": round(spent, 2), "cpu_per_wall": round(spent / wall, 3),
        "surviving": done.surviving, **kinds,
        "moved_share": round(done.moved_share, 4), "cost": done.cost, "free_cost": done.free_cost,
        "extra": round(done.cost / done.free_cost - 1, 5),
        "free_moved": round(done.free_moved / max(1, done.surviving), 4),
    }  # fmt: skip
    if options.again:
        return row  # OR-Tools goes by the clock
    scratch = plan_with_ortools(done.open_problem, seconds=options.time, seed=1)
    return row | {
        "ortools_cost": _cost(done.open_problem, scratch),
        "ortools_moved": round(moved(one.plan, scratch, lost=one.what.lost), 4),
    }


def _cost(problem: Problem, stops: Mapping[str, Sequence[str]]) -> int:
    """Return driving and what is left out of an engine's routes."""
    by_id = {visit.id: visit for visit in problem.visits}
    days = {day.id: day for day in problem.team_days}
    timetable = Timetable(problem)
    made = {visit for visits in stops.values() for visit in visits}
    left = sum(
        LEFT_OUT_SECONDS if visit.mandatory else visit.prize
        for visit in problem.visits
        if visit.id not in made
    )
    return left + sum(
        timetable.driving(days[at], [by_id[one] for one in visits]) for at, visits in stops.items()
    )


def table(rows: Sequence[Record]) -> Table:
    """Return the rows as a table with their medians."""
    found = Table(title="replan: one lost team-day, five urgent visits", title_justify="left")
    heads = ("week", "seed", "CPU s", "moved", "extra cost", "left out", "free moves",
             "OR-Tools moves", "OR-Tools cost")  # fmt: skip
    for at, head in enumerate(heads):
        found.add_column(head, justify="left" if at == 0 else "right")
    for row in rows:
        found.add_row(
            str(row["week"]), str(row["seed"]), f"{float(row['cpu_s']):.1f}",
            f"{float(row['moved_share']):.1%}", f"{float(row['extra']):+.2%}",
            str(row["left_out"]), f"{float(row['free_moved']):.0%}",
            f"{float(row['ortools_moved']):.0%}" if "ortools_moved" in row else "",
            f"{float(row['ortools_cost']) / float(row['free_cost']) - 1:+.1%}"
            if "ortools_cost" in row else "",
        )  # fmt: skip
    if rows:
        middle = [statistics.median(float(row[key]) for row in rows)
                  for key in ("moved_share", "extra")]  # fmt: skip
        found.add_row("median", "", "", f"{middle[0]:.1%}", f"{middle[1]:+.2%}", style="bold")
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options().parse_args(argv)
    generator = Generator(options.generator)
    ruin.get_ready()
    rows: list[Record] = []
    for name in options.instances:
        for seed in options.seeds:
            case = generator.case(name, seed=seed)
            one = upset(case, effort=options.effort, seed=seed)
            rows.append(_row(case, one, options))
    out = console()
    out.print(machine_line(), markup=False)
    out.print(table(rows))
    write_json(options.json, rows, benchmark="replan")


def _options() -> argparse.ArgumentParser:
    found = plain_parser("Plan weeks again after one lost team-day and five urgent visits.")
    found.add_argument("--instances", nargs="+", default=["city200"], metavar="NAME")
    found.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], metavar="SEED")
    found.add_argument("--time", type=float, default=10.0, help="seconds for each plan (10)")
    found.add_argument("--again", type=int, metavar="EFFORT",
                       help="effort of each plan in place of seconds, no OR-Tools")  # fmt: skip
    found.add_argument("--effort", type=int, default=solve.DEFAULT_EFFORT,
                       help="effort of the plan that is upset")  # fmt: skip
    found.add_argument("--price", type=int, default=MOVE_SECONDS, help="seconds of a move (1800)")
    found.add_argument("--generator", type=Path, metavar="FILE", help="generator of the weeks")
    return found


if __name__ == "__main__":
    main()
