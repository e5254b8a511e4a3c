"""How long the full scan of due dates takes: from the events of years to every item with its sum.

    python -m benchmarks.due [--enterprises 4027] [--events 60000] [--repeat 5] [--json FILE]

A county of so many enterprises, its illegal sites, villages and towns, and so many events of two
years: visits, orders and their reviews, discoveries and closures, reports. CPU seconds of one core,
the median of the repeats; reading the events from SQLite is measured apart.
"""

from __future__ import annotations

import datetime as dt
import gc
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks import harness
from layers import cases
from layers.codes import TABLES
from layers.events import Event, EventKind
from layers.still import still
from scheduler import needs, revisit
from scheduler.caps import load_caps
from scheduler.due.documents import documents
from scheduler.due.reckoning import Reckoning
from scheduler.due.rounds import last_checks, rounds
from scheduler.due_rules import load_rules
from scheduler.escalation import escalated, load_levels
from scheduler.floors import load_floors
from scheduler.past import Past
from scheduler.periods import load_periods
from scheduler.workdays import Workdays
from xunge.knowledge import states_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.harness import Record
    from scheduler.due_items import DueItem

NAME = "due"
TODAY = dt.date(2026, 11, 23)
DAYS = 730
VILLAGES, TOWNS = 281, 16
KINDS = ("random", "key", "reinspection", "special", "patrol", "joint")
INDUSTRIES = ("coal_mine", "fireworks", "food", "special_equipment", "machinery", "retail")
# Of every hundred events so many are visits, orders, reviews and reports; the rest are sites.
SHARES = {"visits": 62, "orders": 15, "reviews": 14, "reports": 4}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class County:
    """Events, and the registers that the scan reads."""

    events: pd.DataFrame
    enterprises: pd.DataFrame
    areas: pd.DataFrame
    industries: dict[str, str]
    areas_of: dict[str, tuple[str, ...]]


def county(*, enterprises: int, events: int, seed: int = 2026) -> County:
    """Return a county with about so many events."""
    rng = np.random.default_rng(seed)
    firms = [f"E{n:05d}" for n in range(enterprises)]
    sites = [f"S{n:04d}" for n in range(max(1, events // 60))]
    industry = {id_: str(rng.choice(INDUSTRIES)) for id_ in (*firms, *sites)}
    villages = rng.integers(0, VILLAGES, len(firms) + len(sites))
    areas_of: dict[str, tuple[str, ...]] = {
        id_: (f"V{village:03d}", f"T{village % TOWNS:02d}")
        for id_, village in zip((*firms, *sites), villages, strict=True)
    }
    told = sorted(_told(firms, sites, events, rng), key=lambda event: event.on)
    standing = rng.choice(["normal", "dishonest", "black_list"], len(firms), p=[0.99, 0.007, 0.003])
    return County(
        events=cases.event_frame(told), industries=industry, areas_of=areas_of,
        enterprises=pd.DataFrame(
            {"id": firms, "industry": [industry[id_] for id_ in firms], "risk_grade": "general",
             "enterprise_class": "general", "operating_status": "operating", "standing": standing,
             "listed": None}, dtype=object,
        ),
        areas=pd.DataFrame(
            [(f"V{n:03d}", "村", "village") for n in range(VILLAGES)]
            + [(f"T{n:02d}", "镇", "town") for n in range(TOWNS)],
            columns=["id", "name", "level"], dtype=object,
        ),
    )  # fmt: skip


def _told(
    firms: Sequence[str], sites: Sequence[str], events: int, rng: np.random.Generator
) -> Iterator[Event]:
    """Yield the events of two years in no order."""

    def day(last: int = 0) -> dt.date:
        return TODAY - dt.timedelta(days=int(rng.integers(last + 1, DAYS)))

    counts = {name: events * share // 100 for name, share in SHARES.items()}
    for n in range(counts["visits"]):
        object_ = str(rng.choice(sites if n % 8 == 0 else firms))
        kind = "revisit" if n % 8 == 0 else str(rng.choice(KINDS))
        yield Event(kind=EventKind.VISITED, subject=object_, on=day(), key=f"J{n}",
                    data={"kind": kind, "result": "pass", "departments": ["D01"], "findings": 0,
                          "inspectors": ["R01", "R02"]})  # fmt: skip
    for n in range(counts["orders"]):
        firm, issued = str(rng.choice(firms)), day()
        deadline = issued + dt.timedelta(days=15)
        yield Event(kind=EventKind.ORDERED, subject=firm, on=issued, key=f"Z{n}",
                    data={"kind": "rectify", "deadline": deadline.isoformat()})  # fmt: skip
        if n < counts["reviews"]:
            yield cases.review(order=f"Z{n}", subject=firm, outcome="met" if n % 7 else "not_met",
                               on=min(deadline + dt.timedelta(days=5), TODAY))  # fmt: skip
    for n in range(counts["reports"]):
        received = day()
        yield Event(kind=EventKind.REPORTED, subject=f"R{n}", on=received, key=f"R{n}",
                    data={"report_class": "hazard", "object": str(rng.choice(firms))})  # fmt: skip
    for site in sites:
        found = day(30)
        yield Event(kind=EventKind.DISCOVERED, subject=site, on=found, key=found.isoformat(),
                    data={"behaviour": "K1", "departments": ["D01", "D02"]})  # fmt: skip
        closed = found + dt.timedelta(days=6)
        yield Event(kind=EventKind.CLOSED, subject=site, on=closed, key=closed.isoformat())


def states(found: County) -> dict[str, pd.DataFrame]:
    """Return the states of every kind of record on the evening before the scan."""
    yesterday = TODAY - dt.timedelta(days=1)
    return states_on(yesterday, found.events, found.enterprises, tables=TABLES)


def scan(found: County, known: dict[str, pd.DataFrame]) -> Iterator[tuple[str, list[DueItem]]]:
    """Yield what is due by part of the scan."""
    with_ = Reckoning(today=TODAY, workdays=Workdays(), rules=load_rules())
    yield "orders, sites, reports", revisit.due_items(
        known["orders"], sites=known["sites"], visits=known["visits"], reports=known["reports"],
        industries=found.industries, periods=load_periods(), today=TODAY,
        workdays=with_.workdays, rules=with_.rules,
    )  # fmt: skip
    past = Past.of(known["visits"], today=TODAY, agency={"D01"})
    floors = load_floors()
    under = needs.needs(
        found.enterprises, orders=known["orders"], past=past, floors=floors, caps=load_caps(),
        workdays=with_.workdays,
    )  # fmt: skip
    yield "floors", needs.floor_items(under, floors=floors, workdays=with_.workdays, today=TODAY)
    since = TODAY - dt.timedelta(days=DAYS)
    checks = {
        rule.name: last_checks(known["visits"], areas_of=found.areas_of, today=TODAY, rule=rule)
        for rule in with_.rules.rounds
    }
    areas = rounds(found.areas, checks=checks, since=since, with_=with_)
    yield "rounds, documents", [*areas, *documents(since, settled=(), with_=with_)]


@still()
def measure(found: County, *, repeat: int) -> list[Record]:
    """Return median CPU seconds of every part, and how many items it makes.

    The collector of cycles waits meanwhile, as it does in the product.
    """
    times: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        known = states(found)
        now = time.process_time()
        times.setdefault("states", []).append(now - start)
        everything: list[DueItem] = []
        for name, items in scan(found, known):
            before, now = now, time.process_time()
            times.setdefault(name, []).append(now - before)
            counts[name] = len(items)
            everything += items
        escalated(everything, levels=load_levels())
        end = time.process_time()
        times.setdefault("escalation", []).append(end - now)
        times.setdefault("total", []).append(end - start)
        counts["total"] = len(everything)
    return [
        {"kind": "scan", "part": name, "events": len(found.events), "items": counts.get(name, 0),
         "cpu_s": round(statistics.median(own), 3)}
        for name, own in times.items()
    ]  # fmt: skip


@still()
def reading(found: County, *, repeat: int) -> Record:
    """Return median CPU seconds to read the events from SQLite."""
    from xunge.web import database

    with tempfile.TemporaryDirectory() as folder:
        database.open_folder(Path(folder), url="")
        from xunge.web.ledger import frames

        told = [
            Event(kind=EventKind(kind), subject=subject, on=on, key=key, data=data)
            for kind, subject, on, key, data in zip(
                *(found.events[name] for name in ("kind", "subject", "on", "key", "data")),
                strict=True,
            )
        ]
        with database.all_or_nothing():
            batch = frames.open_batch("benchmark", day=TODAY, files=[], summary={})
            frames.append(told, batch=batch)
        own = []
        for _ in range(repeat):
            gc.collect()
            start = time.process_time()
            count = len(frames.events())
            own.append(time.process_time() - start)
        database.close()
    return {"kind": "scan", "part": "reading from SQLite (apart)", "events": count, "items": 0,
            "cpu_s": round(statistics.median(own), 3)}  # fmt: skip


def _table(found: Sequence[Record]) -> Table:
    table = Table(title="CPU seconds of the full scan of due dates", title_justify="left")
    table.add_column("part")
    for heading in ("events", "items", "CPU s"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            str(one["part"]), f"{one['events']:,}", f"{one['items']:,}", f"{one['cpu_s']:.3f}",
            style="bold" if one["part"] == "total" else "",
        )  # fmt: skip
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    asked = harness.parser("Measure the full scan of due dates.")
    asked.add_argument("--events", type=int, default=60_000, help="events (60000)")
    asked.add_argument("--repeat", type=int, default=5, help="runs of which the median counts (5)")
    chosen = asked.parse_args(arguments)
    found = county(enterprises=chosen.enterprises, events=chosen.events)
    measured = [*measure(found, repeat=chosen.repeat), reading(found, repeat=chosen.repeat)]
    out = harness.console()
    out.print(harness.machine_line())
    out.print(_table(measured))
    harness.write_json(chosen.json, measured, benchmark=NAME)


if __name__ == "__main__":
    main()
