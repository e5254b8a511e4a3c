"""How much processor time the reports of a bureau with many records take.

python -m benchmarks.reports [--events 60000] [--enterprises 4027] [--json FILE]

The example county's two years are told several times over, each time with records of their own,
until there are as many events as asked for; then each report is written once.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks import harness
from layers.events import Event, EventKind
from layers.rows import records
from xunge.demo import write_county
from xunge.intake import take_in
from xunge.reports import kinds, write
from xunge.week import Folder, open_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.harness import Record

NAME = "reports"
DAY = dt.date(2026, 11, 20)
KINDS = ("weekly", "monthly", "exposure", "closures")
ONCE = (EventKind.DISCOVERED, EventKind.CLOSED, EventKind.REGISTERED)
"""Told once: told again they would be relapses of the same sites."""


def fill(folder: Folder, *, events: int) -> int:
    """Take in the ledgers of a folder and tell them again until there are *events*."""
    from xunge.web import database
    from xunge.web.ledger import frames

    take_in(folder.path, day=DAY, settings=folder.settings, tables=folder.tables, mapping=None,
            strict=False, progress=lambda _: None)  # fmt: skip
    told = [row for row in records(frames.events()) if row["kind"] not in ONCE]
    keys = {row["key"] for row in told if not _DAY.fullmatch(row["key"])}
    count = len(frames.events())
    turn = 0
    while count < events:
        turn += 1
        again = [_again(row, keys, turn) for row in told[: events - count]]
        with database.all_or_nothing():
            batch = frames.open_batch("benchmark", day=DAY, files=[], summary={})
            count += frames.append(again, batch=batch)
    return count


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _again(row: Mapping[str, Any], keys: set[str], turn: int) -> Event:
    """Return the same event with records of its own, some days earlier."""

    def own(value: object) -> object:
        return f"{value}~{turn}" if isinstance(value, str) and value in keys else value

    return Event(
        kind=EventKind(row["kind"]), subject=str(own(row["subject"])),
        on=row["on"] - dt.timedelta(days=turn), key=f"{row['key']}~{turn}",
        data={name: own(value) for name, value in row["data"].items()},
    )  # fmt: skip


def timed(action: Callable[[], object]) -> float:
    """Return the processor seconds of an action."""
    start = time.process_time()
    action()
    return time.process_time() - start


def run(*, enterprises: int, events: int) -> tuple[int, dict[str, float]]:
    """Return how many events there were, and the processor seconds of each report."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        place = Path(temporary) / "county"
        write_county(place, today=DAY, enterprises=enterprises)
        folder = open_folder(place)
        count = fill(folder, events=events)
        write.write_report(folder, "weekly", day=DAY)  # imports and compiled patterns
        seconds = dict(_reports(folder))
    return count, seconds


def _reports(folder: Folder) -> Iterator[tuple[str, float]]:
    about = kinds.subject(folder, "weekly", day=DAY)
    empty = replace(about, period=replace(about.period, since=about.period.until))
    yield "one day composed", timed(lambda: kinds.compose(folder, empty))
    for kind in KINDS:
        yield kind, timed(lambda kind=kind: write.write_report(folder, kind, day=DAY))  # type: ignore[misc]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = harness.parser(__doc__ or "")
    parser.add_argument("--events", type=int, default=60_000)
    options = parser.parse_args(arguments)
    count, seconds = run(enterprises=options.enterprises, events=options.events)
    table = Table(title=f"reports of {options.enterprises} enterprises and {count} events")
    table.add_column("report")
    table.add_column("CPU s", justify="right")
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:.2f}")
    console = harness.console()
    console.print(harness.machine_line())
    console.print(table)
    rows: list[Record] = [
        {"kind": "measure", "name": name, "value": round(spent, 3), "unit": "CPU s",
         "events": count}
        for name, spent in seconds.items()
    ]  # fmt: skip
    harness.write_json(options.json, rows, benchmark=NAME)


if __name__ == "__main__":
    main()
