"""What the memory of a bureau takes: all states, suggested measures, one file per enterprise.

    python -m benchmarks.bureau [--enterprises 4027] [--events 60000] [--files 200] [--repeat 5]

The example county's two years are told several times over until there are so many events. CPU
seconds of one core inside the process, after start-up; the median of the repeats. A file is made
for the objects with the most events and for others at random: the median and the slowest.
The due scan and the reports have benchmarks of their own (``benchmarks.due``, ``reports``).
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from benchmarks import harness
from benchmarks.reports import fill
from layers import cases
from layers.measures import alerts, load_measures, suggest
from layers.schemes import load_schemes
from maps.dossier import dossier_page
from xunge.demo import write_county
from xunge.dossier import Words, departments, dossier
from xunge.dossier_view import view
from xunge.knowledge import states_on
from xunge.week import open_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from benchmarks.harness import Record
    from xunge.week import Folder

NAME = "bureau"
DAY = dt.date(2026, 11, 20)


def timed(action: Callable[[], object], *, repeat: int) -> float:
    """Return the median CPU seconds of an action."""
    own = []
    for _ in range(repeat):
        start = time.process_time()
        action()
        own.append(time.process_time() - start)
    return statistics.median(own)


def measure(folder: Folder, *, repeat: int, files: int) -> list[Record]:
    """Return CPU seconds of every part of the open folder's memory."""
    from xunge.web.ledger import frames

    tables = folder.tables
    events = frames.events()
    firms, sites = frames.register("enterprises"), frames.register("sites")
    sifted = cases.known(events, DAY)
    parts: list[Record] = [
        _part("reading all events from SQLite", timed(frames.events, repeat=repeat), len(events)),
        _part("sifting", timed(lambda: cases.known(events, DAY), repeat=repeat), len(events)),
    ]
    for name, state in cases.STATES.items():
        rows = len(state(sifted, DAY))
        parts.append(_part(name, timed(partial(state, sifted, DAY), repeat=repeat), rows))
    found = states_on(DAY, events, firms, tables=tables)
    every = timed(lambda: states_on(DAY, events, firms, tables=tables), repeat=repeat)
    parts.append(_part("all states, sifting included", every, sum(map(len, found.values()))))
    rules = load_measures()
    suggested = suggest(found, DAY, rules=rules)
    seconds = timed(lambda: suggest(found, DAY, rules=rules), repeat=repeat)
    parts.append(_part("suggested measures of the county", seconds, len(suggested)))
    areas = {"county": dict.fromkeys((*firms["id"], *sites["id"]), "county")}
    industries = dict(zip(sites["id"], sites["industry"], strict=True))

    def alarm() -> object:
        return alerts(found, DAY, rules=rules, areas=areas, industries=industries)

    parts.append(_part("alerts about areas", timed(alarm, repeat=repeat), 0))
    return [*parts, *_files(folder, events, files=files)]


def _part(part: str, seconds: float, rows: int) -> Record:
    return {"kind": "part", "part": part, "rows": rows, "cpu_s": round(seconds, 4)}


def _files(folder: Folder, events: pd.DataFrame, *, files: int) -> list[Record]:
    """Return the median and the slowest of many files, read and as a page."""
    rules, schemes = load_measures(), load_schemes()
    words = Words(tables=folder.tables, schemes=schemes, departments=departments())
    counts = events["subject"].value_counts()
    chosen = _objects(list(map(str, counts.index)), files)
    reading, page, most = [], [], 0
    for object_ in chosen:
        start = time.process_time()
        found = dossier(
            object_, day=DAY, rules=rules, tables=folder.tables, settings=folder.settings
        )
        middle = time.process_time()
        dossier_page(view(found, rules=rules, words=words))
        reading.append(middle - start)
        page.append(time.process_time() - middle)
        most = max(most, len(found.story))
    return [
        _part(f"one file, median of {len(chosen)}", statistics.median(reading), 1),
        _part("one file, slowest (rows: its story)", max(reading), most),
        _part("its page, median", statistics.median(page), 1),
        _part("its page, slowest", max(page), most),
    ]


def _objects(by_count: list[str], files: int) -> list[str]:
    """Return the objects with the most events, and others at random."""
    from xunge.web.ledger import models

    known = set(models.Enterprise.objects.values_list("id", flat=True))
    known |= set(models.Site.objects.values_list("id", flat=True))
    objects = [id_ for id_ in by_count if id_ in known]
    half = files // 2
    rng = np.random.default_rng(7)
    rest = rng.permutation(len(objects) - half)[: files - half] + half
    return [*objects[:half], *(objects[int(place)] for place in rest if place < len(objects))]


def _table(found: Sequence[Record], events: int) -> Table:
    table = Table(title=f"CPU seconds with {events:,} events", title_justify="left")
    table.add_column("part")
    for heading in ("rows", "CPU s"):
        table.add_column(heading, justify="right")
    for one in found:
        bold = str(one["part"]).startswith(("all states", "one file"))
        table.add_row(
            str(one["part"]), f"{one['rows']:,}", f"{one['cpu_s']:.4f}",
            style="bold" if bold else "",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    from xunge.web import database

    asked = harness.parser("Measure the memory of a bureau.")
    asked.add_argument("--events", type=int, default=60_000, help="events (60000)")
    asked.add_argument("--files", type=int, default=200, help="files that are made (200)")
    asked.add_argument("--repeat", type=int, default=5, help="runs of which the median counts (5)")
    chosen = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        write_county(Path(folder), enterprises=chosen.enterprises, today=DAY)
        opened = open_folder(Path(folder))
        events = fill(opened, events=chosen.events)
        measured = measure(opened, repeat=chosen.repeat, files=chosen.files)
        database.close()
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(measured, events))
    harness.write_json(chosen.json, measured, benchmark=NAME)


if __name__ == "__main__":
    main()
