"""Take in the ledgers of a folder: read, check, geocode and keep, all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from geo.areas import locate
from geo.gazetteer import Gazetteer
from geo.geocode import geocode
from geo.grid import SquareGrid
from layers.cases import events_of
from layers.duplicates import find_duplicates
from layers.ledgers import Ledgers, read_ledgers, write_bad_rows
from maps.messages import advice, sentence
from xunge import geography
from xunge.words import run_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from layers.codes import CodeTable
    from layers.mapping import LedgerMap
    from layers.problems import Problem
    from xunge.config import Settings
    from xunge.web.ledger.frames import Change
    from xunge.web.ledger.models import Batch

PLACED = ("enterprises", "sites", "stations", "reports")
EVENT_REGISTERS = ("visits", "orders", "sites", "reports")


class ImportRefusedError(ValueError):
    """The ledgers have errors and ``--strict`` was asked for; nothing was written."""

    def __init__(self, ledgers: Ledgers) -> None:
        super().__init__(f"{len(ledgers.errors)} errors")
        self.ledgers = ledgers


class NoLedgersError(FileNotFoundError):
    """The folder holds no ledger that a week could be made of; ``missing`` names the registers."""

    def __init__(self, folder: Path, missing: tuple[str, ...]) -> None:
        super().__init__(f"{folder}: {', '.join(missing)}")
        self.folder = folder
        self.missing = missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What an import did: counts by register, new events, and everything that was wrong."""

    ledgers: Ledgers
    changes: Mapping[str, Change]
    events: int
    changed: bool

    def summary(self) -> dict[str, Any]:
        """Return counts as plain JSON data."""
        return {
            "files": [asdict(file) for file in self.ledgers.files],
            "registers": {
                name: {
                    "new": len(change.new), "changed": len(change.changed),
                    "unchanged": change.unchanged, "absent": len(change.absent),
                }
                for name, change in self.changes.items()
            },
            "events": self.events,
            "errors": len(self.ledgers.errors),
            "warnings": len(self.ledgers.warnings),
        }  # fmt: skip


def take_in(
    folder: Path,
    *,
    day: dt.date,
    settings: Settings,
    tables: Mapping[str, CodeTable],
    mapping: LedgerMap | None,
    strict: bool,
    progress: Callable[[str], None],
) -> Intake:
    """Read the ledgers of *folder* into the open database.

    Bad rows are set aside beside the ledgers (``待修正_*.xlsx``). Whatever happens, the database
    holds either all of this import or nothing of it.

    Raises
    ------
    NoLedgersError
        If nothing can be inspected or nobody can go.
    ImportRefusedError
        If *strict* and a row, table or file has errors.
    """
    from xunge.web import database

    progress("read")
    ledgers = read_ledgers(folder, mapping=mapping, tables=tables)
    progress("checked")
    _require(folder, ledgers)
    if strict and ledgers.errors:
        raise ImportRefusedError(ledgers)
    write_bad_rows(ledgers, folder, describe=partial(_describe, lang=settings.bureau.language))
    progress("set aside")
    with database.all_or_nothing():
        intake = _keep(ledgers, day=day, progress=progress)
        if intake.changed:
            place_all(folder, settings=settings)
            progress("places")
        else:
            database.forget()
    return intake


def _require(folder: Path, ledgers: Ledgers) -> None:
    needed = ("enterprises", "inspectors", "vehicles", "stations")
    missing = tuple(name for name in needed if ledgers.registers[name].empty)
    if missing and not _known(missing):
        raise NoLedgersError(folder, missing)


def _known(registers: tuple[str, ...]) -> bool:
    """Tell whether an earlier import has rows of every one of *registers*."""
    from xunge.web.ledger import models

    return all(models.TABLES[name]._default_manager.exists() for name in registers)


def _keep(ledgers: Ledgers, *, day: dt.date, progress: Callable[[str], None]) -> Intake:
    from xunge.web.ledger import frames, models

    batch: Batch = frames.open_batch(
        "week", day=day, files=[asdict(file) for file in ledgers.files], summary={}
    )
    changes: dict[str, Change] = {}
    events = 0
    for name, rows in ledgers.registers.items():
        if rows.empty:
            continue
        if name in models.TABLES:
            changes[name] = frames.save_register(name, rows, day=day, batch=batch)
        if name in EVENT_REGISTERS:
            events += frames.append(events_of(name, rows), batch=batch)
        progress(f"kept {name}")
    changed = events > 0 or any(change.new or change.changed for change in changes.values())
    intake = Intake(ledgers=ledgers, changes=changes, events=events, changed=changed)
    batch.summary = intake.summary()
    batch.save(update_fields=["summary"])
    return intake


def place_all(folder: Path, *, settings: Settings) -> None:
    """Geocode every register of places anew: a column's datum is judged by all of its rows.

    Raises
    ------
    WeekError
        ``no_placed_enterprise``: nothing tells where the bureau is.
    """
    from xunge.web.ledger import frames

    gazetteer = _gazetteer()
    border = geography.border_of(folder)
    rows = {name: frames.register(name).set_index("id") for name in PLACED}
    found = {
        name: geocode(
            register, gazetteer=gazetteer, home=settings.bureau.home or None, boundary=border,
            default_datum=settings.places.default_datum,
        )
        for name, register in rows.items()
        if not register.empty
    }  # fmt: skip
    firms = found["enterprises"]
    grid = SquareGrid(geography.projection(border, firms), size_m=settings.places.cell_m)
    towns, villages = geography.admin_cells(
        folder, border, areas=frames.register("areas"), points=firms
    )
    for name, answers in found.items():
        named = _named(answers, towns=towns, villages=villages)
        frames.save_places(name, _placed(named, grid))


def _named(
    found: pd.DataFrame, *, towns: gpd.GeoDataFrame, villages: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return answers with town and village by where the point lies, where the address names none.

    Only points that are coordinates or villages themselves say in which cell they lie.
    """
    exact = found["level"].isin(("coordinate", "village"))
    filled = found.copy()
    for column, cells in (("town", towns), ("village", villages)):
        open_ = exact & (found[column].isna() | (found[column] == ""))
        if not open_.any() or cells.empty:
            continue
        lon, lat = found["lon"][open_].astype(float), found["lat"][open_].astype(float)
        filled[column] = found[column].astype(object).where(~open_, locate(lon, lat, cells))
    return filled


@cache
def _gazetteer() -> Gazetteer:
    """Return the gazetteer, read once however many weeks a process makes."""
    return Gazetteer.load()


def _placed(found: pd.DataFrame, grid: SquareGrid) -> pd.DataFrame:
    """Return geocoding answers under the names of the database, with the grid cell."""
    cells = grid.cells(found["lon"].astype(float), found["lat"].astype(float))
    return found.rename(
        columns={
            "lon": "placed_lon", "lat": "placed_lat", "level": "placed_level",
            "radius_m": "placed_radius_m", "county": "county_code", "town": "town_code",
            "village": "village_code", "note": "placed_notes",
        }
    ).assign(cell=cells)  # fmt: skip


def _describe(problem: Problem, *, lang: str) -> str:
    said = sentence(problem.code, lang=lang, **problem.data())
    fix = advice(problem.code, lang=lang, **problem.data())
    return run_on([said, fix] if fix else [said], lang)


def quality(taken: Intake, enterprises: pd.DataFrame) -> dict[str, Any]:
    """Return what the data-quality report shows, as plain JSON data.

    Parameters
    ----------
    enterprises
        Register as it stands after the import, with places: duplicates are looked for in all of it.
    """
    ledgers = taken.ledgers
    return {
        "files": [asdict(file) for file in ledgers.files],
        "problems": [_row(problem) for problem in ledgers.problems],
        "duplicates": [_row(problem) for problem in find_duplicates(enterprises)],
        "unread": list(ledgers.unread),
    }


def _row(problem: Problem) -> dict[str, Any]:
    row = asdict(problem)
    row["detail"] = json.loads(json.dumps(dict(problem.detail), default=str))
    return row
