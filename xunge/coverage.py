"""Coverage by grid worker: what each looks after, what was visited, and where nobody was."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.areas import locate
from geo.owners import owners
from layers.rows import records
from xunge import geography as grounds
from xunge.blind import blind_spots
from xunge.grid_owners import GridBook, owners_of_objects, read_grids
from xunge.knowledge import know

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from geo.owners import Ground, Owner
    from layers.codes import CodeTable
    from xunge.blind import BlindSpots
    from xunge.config import Settings
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge

SITE_GRADE = "major"
"""Grade whose weight an illegal site has: sites carry none (product choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCoverage:
    """What one grid shows; ``grid`` is empty for what belongs to nobody.

    ``weight`` sums the weights of risk grades, ``weight_open`` those of objects without a visit in
    the period; ``cells`` are squares, ``cells_open`` those with objects and without a visit.
    """

    grid: str
    name: str
    unit: str
    worker: str
    objects: int
    visited: int
    visits: int
    open: int
    never: int
    weight: int
    weight_open: int
    cells: int
    cells_used: int
    cells_open: int
    last: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenObject:
    """An object without a visit in the period."""

    grid: str
    object: str
    name: str
    kind: str
    weight: int
    last: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Coverage of a folder over a period.

    ``grounds`` are the grids with their ground, in the order of ``grids``.
    ``shared`` counts cells and objects that several grids claim, by pair of grids; ``notes`` are
    codes of sentences with their data. ``blind`` are cells and villages without a visit, whoever
    looks after them; ``names`` those of towns and villages by code.
    """

    since: dt.date
    until: dt.date
    grids: tuple[GridCoverage, ...]
    grounds: tuple[Ground, ...]
    open: tuple[OpenObject, ...]
    shared: Mapping[tuple[str, str], tuple[int, int]]
    notes: tuple[tuple[str, Mapping[str, Any]], ...]
    blind: BlindSpots
    names: Mapping[str, str]

    def to_json(self, *, persons: bool) -> dict[str, Any]:
        """Return plain JSON data; names of grid workers only where *persons*."""
        rows = [
            {name: value for name, value in asdict(one).items() if persons or name != "worker"}
            for one in self.grids
        ]
        return {
            "since": self.since.isoformat(), "until": self.until.isoformat(),
            "grids": [_dated(row) for row in rows],
            "open": [_dated(asdict(one)) for one in self.open],
            "shared": [
                {"grids": list(pair), "cells": cells, "objects": count}
                for pair, (cells, count) in sorted(self.shared.items())
            ],
            "notes": [{"code": code, **data} for code, data in self.notes],
            "blind": {
                "cells_used": self.blind.cells_used, "villages_used": self.blind.villages_used,
                "cells": [_dated(asdict(one)) for one in self.blind.cells],
                "villages": [
                    {"name": self.names.get(one.id, ""), **_dated(asdict(one))}
                    for one in self.blind.villages
                ],
                "vague": self.blind.vague, "nowhere": self.blind.nowhere,
            },
        }  # fmt: skip


def coverage(
    path: Path, *, settings: Settings, tables: Mapping[str, CodeTable], day: dt.date, days: int
) -> Coverage:
    """Work out coverage from the open database and the map files of a folder.

    Parameters
    ----------
    path
        The ledger folder.
    day
        Last day that counts; what is known on its evening is seen.
    days
        Length of the period.
    """
    known = know(day, tables=tables)
    firms = known.objects[known.objects["kind"] == "enterprise"]
    ground = grounds.survey(
        path, areas=known.registers["areas"], points=firms[["lon", "lat"]], settings=settings,
        tables=tables,
    )  # fmt: skip
    return measured(known, ground, days=days, tables=tables)


def measured(
    known: Knowledge, ground: Geography, *, days: int, tables: Mapping[str, CodeTable]
) -> Coverage:
    """Count by grid what is known, over the last *days* that are."""
    day, areas = known.day, known.registers["areas"]
    book = read_grids(known.registers["grids"], areas=areas, geography=ground)
    since = day - dt.timedelta(days=days - 1)
    objects = watched(known)
    owner = owners_of_objects(objects, book)
    last = known.visits.groupby("object")["date"].max().to_dict()
    made = known.visits[known.visits["date"] >= since]["object"]
    visits = Counter(str(id_) for id_ in made)
    weights = weights_of(objects, tables)
    cells = _cells(ground, book)
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for cell, one in cells.items():
        tallies[one.grid or ""].cells.add(cell)
    open_ = []
    for row in records(objects):
        id_, grid = row["id"], owner[row["id"]].grid or ""
        tallies[grid].take(row, weight=weights[id_], visits=visits[id_], last=last.get(id_))
        if not visits[id_]:
            open_.append(
                OpenObject(grid=grid, object=id_, name=row["name"], kind=row["kind"],
                           weight=weights[id_], last=last.get(id_))
            )  # fmt: skip
    by_id = {row["id"]: row for row in records(book.register)}
    order = [ground.id for ground in book.grounds] + [""]
    return Coverage(
        since=since, until=day, notes=book.notes, grounds=book.grounds,
        shared=_shared(cells.values(), owner.values()),
        grids=tuple(tallies[one].told(by_id.get(one, {}), one) for one in order),
        open=tuple(sorted(open_, key=lambda one: (-one.weight, one.grid, one.object))),
        blind=blind_spots(objects, known.visits, since=since, weights=weights),
        names=dict(zip(areas["id"].astype(str), areas["name"].astype(str), strict=True)),
    )  # fmt: skip


class _Tally:
    """Counts of one grid while they grow."""

    def __init__(self) -> None:
        self.objects = self.visited = self.visits = self.never = 0
        self.weight = self.weight_open = 0
        self.cells: set[str] = set()
        self.used: set[str] = set()
        self.seen: set[str] = set()
        self.last: dt.date | None = None

    def take(
        self, row: Mapping[str, Any], *, weight: int, visits: int, last: dt.date | None
    ) -> None:
        self.objects += 1
        self.visits += visits
        self.visited += visits > 0
        self.never += last is None
        self.weight += weight
        self.weight_open += 0 if visits else weight
        if row["cell"]:
            self.used.add(row["cell"])
            if visits:
                self.seen.add(row["cell"])
        if last is not None and (self.last is None or last > self.last):
            self.last = last

    def told(self, row: Mapping[str, Any], grid: str) -> GridCoverage:
        return GridCoverage(
            grid=grid, name=row.get("name") or "", unit=row.get("unit") or "",
            worker=row.get("worker") or "", objects=self.objects, visited=self.visited,
            visits=self.visits, open=self.objects - self.visited, never=self.never,
            weight=self.weight, weight_open=self.weight_open, cells=len(self.cells),
            cells_used=len(self.used), cells_open=len(self.used - self.seen), last=self.last,
        )  # fmt: skip


def watched(known: Knowledge) -> pd.DataFrame:
    """Return active enterprises, and illegal sites."""
    objects = known.objects
    return objects[objects["kind"].isin(("enterprise", "site")) & objects["active"].astype(bool)]


def weights_of(objects: pd.DataFrame, tables: Mapping[str, CodeTable]) -> dict[str, int]:
    """Return the weight of the risk grade of every object by id."""
    grades = tables["risk_grade"]
    return {
        row["id"]: int(
            grades.data_of(SITE_GRADE if row["kind"] == "site" else row["risk_grade"] or "").get(
                "weight", 1
            )
        )
        for row in records(objects)
    }


def _cells(ground: Geography, book: GridBook) -> dict[str, Owner]:
    """Return the owner of every square of the area by its middle."""
    ids: Sequence[str] = grounds.cells_inside(ground)
    lon, lat = ground.grid.centre(ids)
    found = owners(
        np.asarray(lon), np.asarray(lat), grounds=book.grounds,
        villages=locate(lon, lat, ground.villages).tolist(),
        towns=locate(lon, lat, ground.towns).tolist(),
    )  # fmt: skip
    return dict(zip(ids, found, strict=True))


def _shared(
    cells: Iterable[Owner], objects: Iterable[Owner]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many cells and objects each pair of grids shares."""
    by_cell, by_object = (
        Counter((str(one.grid), other) for one in found for other in one.others)
        for found in (cells, objects)
    )
    return {pair: (by_cell[pair], by_object[pair]) for pair in sorted({*by_cell, *by_object})}


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()}
