"""How long the clock's chores take in a county with a long memory: scan, catching up, reminders.

The example county, with passed visits added until the database has as many events as wanted.

    python -m benchmarks.clock [--json FILE] [--enterprises 4027] [--events 60000]
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.harness import StageClock, console, machine_line, plain_parser, write_json
from layers.events import Event, EventKind
from xunge import chores, clock_status
from xunge.demo import write_county
from xunge.occasions import append
from xunge.web import database
from xunge.week import open_folder, take_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.harness import Record
    from xunge.week import Folder

NAME = "clock"
MONDAY = dt.date(2026, 11, 23)
MISSED = 14
_YEARS = 730


def bureau(path: Path, *, enterprises: int, events: int) -> Folder:
    """Write the example county, take it in, and add passed visits until there are *events*."""
    write_county(path, enterprises=enterprises)
    folder = open_folder(path)
    from xunge.web.ledger import frames, models  # the door opens only after the database

    take_in(folder, MONDAY, None, strict=False, progress=lambda stage: None)
    firms = list(frames.register("enterprises")["id"])
    missing = max(0, events - models.Event.objects.count())
    append(_visits(firms, missing), day=MONDAY)
    return folder


def _visits(firms: Sequence[str], count: int) -> Iterator[Event]:
    chance = random.Random(431023)
    for number in range(count):
        on = MONDAY - dt.timedelta(days=chance.randrange(1, _YEARS))
        yield Event(kind=EventKind.VISITED, subject=chance.choice(firms), on=on, key=f"B{number}",
                    data={"kind": "key", "result": "pass"})  # fmt: skip


def run(folder: Folder) -> tuple[StageClock, dict[str, int]]:
    """Let every chore but the draft run, after each other, and take their time."""
    from xunge.web.ledger import models

    clock = StageClock()

    def do(stage: str, name: str, day: dt.date) -> None:
        chores.run_one(folder, name, now=dt.datetime.combine(day, dt.time(8)))
        clock(stage)

    do("first scan", "daily_due", MONDAY)
    do("first reminders", "reminders", MONDAY)
    do("scan of the next day", "daily_due", MONDAY + dt.timedelta(days=1))
    do("reminders of the next day", "reminders", MONDAY + dt.timedelta(days=1))
    for number in range(2, MISSED + 2):
        do(f"{MISSED} missed scans", "daily_due", MONDAY + dt.timedelta(days=number))
    do("weekly report", "weekly_report", MONDAY)
    do("backup", "backup", MONDAY)
    clock_status.status_of(folder, now=dt.datetime.combine(MONDAY, dt.time(9)))
    clock("status")
    raised = models.Event.objects.filter(kind=EventKind.RAISED.value).count()
    return clock, {"events": models.Event.objects.count(), "raised": raised}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = plain_parser(__doc__ or "")
    parser.add_argument("--enterprises", type=int, default=4027)
    parser.add_argument("--events", type=int, default=60_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = bureau(
            Path(temporary) / "county", enterprises=options.enterprises, events=options.events
        )
        clock, counts = run(folder)
        database.close()
    table = Table(title=f"{options.enterprises} enterprises, {counts['events']} events, "
                  f"{counts['raised']} stages raised")  # fmt: skip
    for heading in ("chore", "wall s", "CPU s", "CPU/wall"):
        table.add_column(heading, justify="left" if heading == "chore" else "right")
    for stage in clock:
        table.add_row(stage.name, f"{stage.wall_s:.2f}", f"{stage.cpu_s:.2f}",
                      f"{stage.cpu_per_wall:.2f}")  # fmt: skip
    console().print(table)
    console().print(machine_line())
    if options.json:
        rows: list[Record] = [{**stage.record(), **counts} for stage in clock]
        write_json(options.json, rows, benchmark=NAME)


if __name__ == "__main__":
    main()
