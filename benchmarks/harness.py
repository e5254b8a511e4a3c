"""What every benchmark shares: a clock for stages, a description of the machine, flat records.

Wall time tells what a user waits, CPU time what the work takes; their ratio shows whether the
machine was busy with something else (well below 1) or several cores worked (above 1).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Scalar = str | int | float | bool
Record = dict[str, Scalar]

_MIB = 1 << 20
_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of one run: seconds of wall and CPU time, peak memory at its end in MiB."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mib: float

    @property
    def cpu_per_wall(self) -> float:
        """CPU seconds per second of wall time; 0 where no time passed."""
        return self.cpu_s / self.wall_s if self.wall_s > 0 else 0.0

    def record(self) -> Record:
        """Return the stage as a flat record."""
        return {
            "kind": "stage", "name": self.name, "wall_s": round(self.wall_s, 4),
            "cpu_s": round(self.cpu_s, 4), "cpu_per_wall": round(self.cpu_per_wall, 3),
            "peak_mib": round(self.peak_mib, 1),
        }  # fmt: skip


@dataclass(slots=True)
class StageClock:
    """Takes the time of stages; to be called with the name of every stage as it ends.

    A name that comes again adds to the same stage; stages are in the order in which they ended
    first.
    """

    stages: dict[str, Stage] = field(default_factory=dict)
    _wall: float = field(default_factory=time.perf_counter)
    _cpu: float = field(default_factory=time.process_time)

    def __call__(self, name: str) -> None:
        """Note that the stage *name* has ended."""
        wall, cpu = time.perf_counter(), time.process_time()
        known = self.stages.get(name, Stage(name=name, wall_s=0.0, cpu_s=0.0, peak_mib=0.0))
        self.stages[name] = Stage(
            name=name,
            wall_s=known.wall_s + wall - self._wall,
            cpu_s=known.cpu_s + cpu - self._cpu,
            peak_mib=peak_memory() / _MIB,
        )
        self._wall, self._cpu = wall, cpu

    def __iter__(self) -> Iterator[Stage]:
        """Yield the stages."""
        return iter(self.stages.values())


def total(stages: Iterable[Stage], *, name: str = "total") -> Stage:
    """Return the sum of *stages* as one; its peak is the greatest."""
    found = list(stages)
    return Stage(
        name=name,
        wall_s=sum(stage.wall_s for stage in found),
        cpu_s=sum(stage.cpu_s for stage in found),
        peak_mib=max((stage.peak_mib for stage in found), default=0.0),
    )


def peak_memory() -> int:
    """Return the greatest memory that this process has held so far, in bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


def machine() -> Record:
    """Return what a reader needs to compare times: cores, memory, Python, system; no names."""
    return {
        "cores": _cores(),
        "memory_gib": round(int(psutil.virtual_memory().total) / _GIB, 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cores() -> int:
    """Return the cores that this process may use."""
    if sys.platform in ("win32", "darwin"):
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(0))


def _processor() -> str:
    """Return the processor's model where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def plain_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the option that every benchmark takes."""
    found = argparse.ArgumentParser(description=description)
    found.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures as a list of flat records"
    )
    return found


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark of the example county."""
    found = plain_parser(description)
    found.add_argument(
        "--enterprises", type=int, default=4027, help="size of the example county (4027)"
    )
    return found


def write_json(path: Path | None, records: Sequence[Record], *, benchmark: str) -> None:
    """Write *records*, each with the benchmark's name and the machine, if a file was asked for."""
    if path is None:
        return
    here = machine()
    flat = [{"benchmark": benchmark, **record, **here} for record in records]
    path.write_text(json.dumps(flat, ensure_ascii=False, indent=1) + "\n", "utf-8")


def console() -> Console:
    """Return where tables go; wide enough not to break lines when it is not a terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 140)


def machine_line() -> str:
    """Return the machine as one line."""
    here = machine()
    return (
        f"{here['cores']} cores ({here['processor']}), {here['memory_gib']} GiB, "
        f"Python {here['python']}, {here['system']}"
    )


def stage_table(stages: Iterable[Stage], *, title: str) -> Table:
    """Return a table of stages with their sum."""
    table = Table(title=title, title_justify="left")
    table.add_column("stage")
    for heading in ("wall s", "CPU s", "CPU/wall", "peak MiB"):
        table.add_column(heading, justify="right")
    found = list(stages)
    for stage in [*found, total(found)]:
        table.add_row(
            stage.name, f"{stage.wall_s:.2f}", f"{stage.cpu_s:.2f}", f"{stage.cpu_per_wall:.2f}",
            f"{stage.peak_mib:.0f}", style="bold" if stage.name == "total" else "",
        )  # fmt: skip
    return table
