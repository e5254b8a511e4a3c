"""How long the week of the example county takes, stage by stage, and how large its files are.

python -m benchmarks.county_week [--json FILE] [--enterprises 4027] [--effort 1000] [--repeat 3]
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks import harness
from benchmarks.harness import Stage, StageClock
from xunge.demo import write_county
from xunge.web import database
from xunge.week import open_folder, run_week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness import Record
    from xunge.week import WeekResult

NAME = "county_week"
MONDAY = dt.date(2026, 11, 23)
SEED = "benchmark"

# What the table calls the stages that ``run_week`` tells, by the first word of their names.
GROUPS = {
    "generate": "generate", "open": "open", "read": "read+check", "checked": "read+check",
    "set": "read+check", "kept": "keep", "places": "geocode", "known": "know",
    "hotspots": "hotspots", "risk": "risk", "due": "due", "teams": "teams", "drawn": "draw",
    "problem": "plan", "planned": "plan", "late": "plan", "crews": "crews", "verified": "verify",
    "map": "map", "documents": "documents", "workbooks": "workbooks", "sheet": "sheets",
    "rendered": "sheets", "staged": "record", "recorded": "record", "published": "publish",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the week: its stages in order, and what it measured besides time."""

    stages: tuple[Stage, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure that is not a time."""

    name: str
    value: float
    unit: str

    def record(self) -> Record:
        """Return the measure as a flat record."""
        return {"kind": "measure", "name": self.name, "value": self.value, "unit": self.unit}


def run(*, enterprises: int, effort: int | None) -> Run:
    """Write the example county into a folder that is removed again, and make its week.

    Parameters
    ----------
    enterprises
        Size of the county.
    effort
        Search effort of the planner; None takes that of the settings.
    """
    clock = StageClock()

    def told(stage: str) -> None:
        clock(GROUPS.get(stage.partition(" ")[0], stage))

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "county"
        write_county(folder, enterprises=enterprises)
        told("generate")
        opened = open_folder(folder)
        if effort is not None:
            plan = replace(opened.settings.plan, effort=effort)
            opened = replace(opened, settings=replace(opened.settings, plan=plan))
        told("open")
        result = run_week(opened, day=MONDAY, seed=SEED, progress=told)
        database.close()
        told("published")
        return Run(stages=tuple(clock), measures=_measures(folder, result))


def _measures(folder: Path, result: WeekResult) -> tuple[Measure, ...]:
    files = [path for path in result.out.rglob("*") if path.is_file()]
    ledgers = [path for path in folder.iterdir() if path.is_file() and "sqlite3" not in path.name]
    stored = [path for path in folder.iterdir() if "sqlite3" in path.name]
    plan = result.record["plan"]
    served = sum(len(route["stops"]) for route in plan["routes"])
    return (
        Measure(name="ledgers", value=_size(ledgers), unit="bytes"),
        Measure(name="index.html", value=_size([result.out / "index.html"]), unit="bytes"),
        Measure(name="task sheets", value=_size(_of_kind(files, ".pdf")), unit="bytes"),
        Measure(name="all outputs", value=_size(files), unit="bytes"),
        Measure(name="database", value=_size(stored), unit="bytes"),
        Measure(name="visits planned", value=served, unit="visits"),
        Measure(name="visits left out", value=len(plan["unserved"]), unit="visits"),
        Measure(name="routes", value=len(plan["routes"]), unit="team-days"),
        Measure(
            name="driving", unit="km",
            value=round(sum(route["metres"] for route in plan["routes"]) / 1000, 1),
        ),
    )  # fmt: skip


def _of_kind(files: Sequence[Path], suffix: str) -> list[Path]:
    return [path for path in files if path.suffix == suffix]


def _size(files: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def typical(runs: Sequence[Run]) -> list[Stage]:
    """Return every stage with its median times over *runs* and its greatest peak."""
    return [
        Stage(
            name=same[0].name,
            wall_s=statistics.median(stage.wall_s for stage in same),
            cpu_s=statistics.median(stage.cpu_s for stage in same),
            peak_mib=max(stage.peak_mib for stage in same),
        )
        for same in zip(*(one.stages for one in runs), strict=True)
    ]


def records(runs: Sequence[Run]) -> list[Record]:
    """Return stages, sums and measures of all *runs* as flat records."""
    return [
        {"run": number, **record}
        for number, one in enumerate(runs, start=1)
        for record in (
            *(stage.record() for stage in (*one.stages, harness.total(one.stages))),
            *(measure.record() for measure in one.measures),
        )
    ]


def _measure_table(measures: Sequence[Measure]) -> Table:
    table = Table(title="files and plan", title_justify="left")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for one in measures:
        large = one.unit == "bytes"
        shown = f"{one.value / 1e6:.2f}" if large else f"{one.value:g}"
        table.add_row(one.name, shown, "MB" if large else one.unit)
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    parser = harness.parser("Time the week of the example county, stage by stage.")
    parser.add_argument("--effort", type=int, help="search effort (that of the settings)")
    parser.add_argument("--repeat", type=int, default=1, help="runs; the table shows medians (1)")
    chosen = parser.parse_args(arguments)
    runs = [
        run(enterprises=chosen.enterprises, effort=chosen.effort)
        for _ in range(max(1, chosen.repeat))
    ]
    out = harness.console()
    out.print(harness.machine_line())
    title = f"week of {chosen.enterprises} enterprises, {len(runs)} run(s)"
    out.print(harness.stage_table(typical(runs), title=title))
    out.print(_measure_table(runs[-1].measures))
    harness.write_json(chosen.json, records(runs), benchmark=NAME)


if __name__ == "__main__":
    main()
