"""What it costs that several departments come at the same moment.

python -m benchmarks.joint [--instance city200] [--joint 20 60] [--seeds 0 1 2] [--time 30]
    [--mandatory [--witness]] [--peers] [--homecare] [--generator FILE] [--json FILE]

The reference is the same week without synchronisation, planned by Xunge in the same time, and one
judge for both: a joint visit of which one part only is made counts as not made. The harsher second
ratio lets the reference keep what such halves are worth, which no week with joint visits can earn.
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from benchmarks import harness
from benchmarks.joint_peers import plan_with_ortools
from benchmarks.joint_weeks import joint_case, judge_starts
from benchmarks.week import QUIET, one_core
from benchmarks.week_cases import Generator, NoGenerator
from scheduler import ruin, solve
from scheduler.problem import LEFT_OUT_SECONDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from benchmarks.harness import Record
    from benchmarks.joint_weeks import JointCase, Starts
    from benchmarks.week_cases import Verdict
    from scheduler.problem import Problem

NAME = "joint"
BARS = {20: 1.03, 60: 1.05}
"""Ratio to the week without synchronisation that is aimed at, by number of joint visits."""
_WITNESS = 4.0
"""Times the time in which a plan shows that mandatory joint visits can be held."""
_ANOTHER = 1_000
"""Lies between the seed of that plan and that of the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One engine on one week: objective, what it is in terms of the reference, and what is true.

    In ``objective`` and ``ratio`` what is made by halves is not made, in ``harsh_ratio`` it counts.
    """

    engine: str
    seed: int
    joint: int
    objective: int
    ratio: float
    harsh_ratio: float
    lost: int
    made: int
    halves: int
    unequal: int
    late: int
    wall_s: float
    cpu_s: float

    @property
    def note(self) -> str:
        """Say why a row is to be read with care: contended, over its bar, or nothing."""
        quiet = self.cpu_s >= QUIET * self.wall_s
        over = self.engine == "ours" and self.ratio > BARS.get(self.joint, 9.0)
        return ", ".join(["contended"] * (not quiet) + ["over the bar"] * over)

    def record(self) -> Record:
        """Return the row as a flat record."""
        return {
            "kind": "row", "engine": self.engine, "seed": self.seed, "joint": self.joint,
            "objective": self.objective, "ratio": round(self.ratio, 4),
            "harsh_ratio": round(self.harsh_ratio, 4), "mandatory_lost": self.lost,
            "joint_made": self.made, "halves": self.halves, "unequal_starts": self.unequal,
            "breaches": self.late, "wall_s": round(self.wall_s, 2), "cpu_s": round(self.cpu_s, 2),
            "note": self.note,
        }  # fmt: skip


class _Run:
    """One engine's routes on one week, with the time that they took."""

    def __init__(self, case: JointCase, problem: Problem, *, engine: str, seconds: float) -> None:
        ruin.get_ready(bound=engine != "apart")
        wall, cpu = time.perf_counter(), time.process_time()
        if engine == "ortools":
            self.starts = plan_with_ortools(problem, seconds=seconds)
        else:
            seed = case.case.seed + (_ANOTHER if engine == "witness" else 0)
            self.starts = _plan(problem, seconds=seconds, seed=seed)
        self.wall_s, self.cpu_s = time.perf_counter() - wall, time.process_time() - cpu


def _plan(problem: Problem, *, seconds: float, seed: int) -> Starts:
    found = solve.plan(problem, time_limit_s=seconds, seed=seed + 1)
    return {
        route.team_day: {stop.visit: stop.start for stop in route.stops} for route in found.routes
    }


def rows(
    generator: Generator, name: str, *, seed: int, joint: int, seconds: float, mandatory: bool,
    witness: bool, peers: bool,
) -> list[Row]:  # fmt: skip
    """Return the rows of one week: the reference, ours, and OR-Tools if asked for."""
    case = joint_case(generator, name, seed=seed, joint=joint)
    if mandatory:
        case, base = _all_that_fit(generator, case, joint=joint, seconds=seconds, witness=witness)
    else:
        base = _Run(case, case.apart, engine="apart", seconds=seconds)
    runs = {"apart": base, "ours": _Run(case, case.case.problem, engine="ours", seconds=seconds)}
    if peers:
        runs["ortools"] = _Run(case, case.case.problem, engine="ortools", seconds=seconds)
    return [
        _row(generator, case, run, engine=engine, joint=joint, base=base)
        for engine, run in runs.items()
    ]


def _all_that_fit(
    generator: Generator, case: JointCase, *, joint: int, seconds: float, witness: bool
) -> tuple[JointCase, _Run]:
    """Make all joint visits mandatory for which there is room; return the week and the reference.

    There is room where a week without synchronisation makes them whole and loses no other mandatory
    visit for them. That does not say that a week which synchronises them can hold them; with
    *witness* one has to, in four times the time and from another seed.
    """
    name, seed, wanted = case.case.name, case.case.seed, set(range(joint))
    runs = [("apart", 1 / 3), ("witness", _WITNESS), ("apart", 1.0)]
    while True:
        case = joint_case(generator, name, seed=seed, joint=joint, mandatory=wanted)
        for engine, share in runs if witness else runs[::2]:
            base = _Run(case, _problem(case, engine), engine=engine, seconds=seconds * share)
            lost = _lost(generator, case, base.starts, wanted=wanted)
            if lost:
                break
        else:
            return case, base
        wanted -= lost


def _lost(generator: Generator, case: JointCase, starts: Starts, *, wanted: set[int]) -> set[int]:
    """Return the joint visits that are too many: lost, or the last ones where others were lost."""
    served = {visit for stops in starts.values() for visit in stops}
    lost = {at for at in wanted if not served.issuperset(case.pairs[at])}
    others = _verdict(generator, case, starts).mandatory_lost
    return lost or (set(sorted(wanted)[-others:]) if others else set())


def _problem(case: JointCase, engine: str) -> Problem:
    return case.apart if engine == "apart" else case.case.problem


def _verdict(generator: Generator, case: JointCase, starts: Starts) -> Verdict:
    return generator.judge(case.case, {at: list(stops) for at, stops in starts.items()})


def _halves_worth(case: JointCase, starts: Starts) -> int:
    """Return what is gained by parts of joint visits without the other part."""
    served = {visit for stops in starts.values() for visit in stops}
    worth = {one.id: LEFT_OUT_SECONDS if one.mandatory else one.prize for one in case.apart.visits}
    return sum(
        worth[part]
        for pair in case.pairs
        for part in pair
        if part in served and not served.issuperset(pair)
    )


def _row(
    generator: Generator, case: JointCase, run: _Run, *, engine: str, joint: int, base: _Run
) -> Row:
    verdict, true = _verdict(generator, case, run.starts), judge_starts(case, run.starts)
    halves = _halves_worth(case, run.starts)
    apart = _verdict(generator, case, base.starts).objective
    return Row(
        engine=engine, seed=case.case.seed, joint=joint, objective=verdict.objective + halves,
        ratio=(verdict.objective + halves) / (apart + _halves_worth(case, base.starts)),
        harsh_ratio=(verdict.objective + halves) / apart,
        lost=verdict.mandatory_lost, made=true.made, halves=true.halves,
        unequal=true.unequal if engine != "apart" else 0, late=true.late + (not verdict.feasible),
        wall_s=run.wall_s, cpu_s=run.cpu_s,
    )  # fmt: skip


def table(found: Sequence[Row]) -> Table:
    """Return the rows as a table."""
    shown = Table(
        title="joint visits (apart: the same week without synchronisation; half-made is not made)",
        box=SIMPLE, title_justify="left",
    )  # fmt: skip
    shown.add_column("joint:seed", no_wrap=True)
    shown.add_column("engine", no_wrap=True)
    for heading in (
        "objective", "/apart", "/harsh", "lost", "made", "halves", "unequal", "breaches", "wall s",
        "CPU/wall",
    ):  # fmt: skip
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("note", no_wrap=True)
    for row in found:
        shown.add_row(
            f"{row.joint}:{row.seed}", row.engine, f"{row.objective:,}", f"{row.ratio:.3f}",
            f"{row.harsh_ratio:.3f}", str(row.lost), str(row.made), str(row.halves),
            str(row.unequal), str(row.late), f"{row.wall_s:.1f}",
            f"{row.cpu_s / max(row.wall_s, 1e-9):.2f}", row.note,
        )  # fmt: skip
    return shown


def _parser() -> argparse.ArgumentParser:
    found = harness.plain_parser("Plan joint visits of two departments, and the same week apart.")
    found.add_argument("--instance", default="city200", help="week of the generator (city200)")
    found.add_argument("--joint", nargs="+", type=int, default=[20, 60], help="joint visits")
    found.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="seeds (0 1 2)")
    found.add_argument("--time", type=float, default=30.0, help="seconds for each engine (30)")
    found.add_argument(
        "--mandatory", action="store_true", help="all joint visits that there is room for must be"
    )
    found.add_argument(
        "--witness", action="store_true", help="only those that a longer joint plan holds as well"
    )
    found.add_argument("--peers", action="store_true", help="OR-Tools with equal clocks as well")
    found.add_argument(
        "--homecare", action="store_true", help="the published home-care weeks instead"
    )
    found.add_argument("--generator", type=Path, help="Python file that makes and judges weeks")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table.

    Raises
    ------
    SystemExit
        If the generator is not there, or does not know the instance.
    """
    chosen = _parser().parse_args(arguments)
    if chosen.homecare:
        _homecare(chosen)
        return
    try:
        generator = Generator(chosen.generator)
    except NoGenerator as missing:
        raise SystemExit(str(missing)) from None
    if chosen.instance not in generator.names:
        raise SystemExit(f"unknown instance {chosen.instance}; known are {generator.names}")
    out = harness.console()
    out.print(harness.machine_line())
    found: list[Row] = []
    with one_core() as pinned:
        for joint in chosen.joint:
            for seed in chosen.seeds:
                found += rows(
                    generator, chosen.instance, seed=seed, joint=joint, seconds=chosen.time,
                    mandatory=chosen.mandatory, witness=chosen.witness, peers=chosen.peers,
                )  # fmt: skip
                harness.write_json(chosen.json, [one.record() for one in found], benchmark=NAME)
    out.print(pinned)
    out.print(table(found))


def _homecare(chosen: argparse.Namespace) -> None:
    """Hand over to the benchmark of home-care weeks, where it is there."""
    try:
        homecare = importlib.import_module("benchmarks.homecare")
    except ImportError:
        raise SystemExit("benchmarks.homecare is not there") from None
    passed = [] if chosen.json is None else ["--json", str(chosen.json)]
    homecare.main(passed)


if __name__ == "__main__":
    main()
