"""Take in the ledgers of a folder: read, check, geocode and keep, all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from layers.cases import REGISTERS as EVENT_REGISTERS
from layers.cases import events_of
from layers.duplicates import find_duplicates
from layers.ledgers import Ledgers, read_ledgers, write_bad_rows
from maps.messages import advice, sentence
from xunge import place_ledger
from xunge.area_codes import in_statistical_codes
from xunge.china import gazetteer
from xunge.ledger_changes import sort_out
from xunge.placing import datum_problems, place_all, put_right, write_doubts
from xunge.words import run_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from layers.codes import CodeTable
    from layers.mapping import LedgerMap
    from layers.problems import Problem
    from xunge.config import Settings
    from xunge.placing import PutRight
    from xunge.second_opinion import Opinion
    from xunge.web.ledger.frames import Change
    from xunge.web.ledger.models import Batch


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
    right: PutRight
    told: tuple[Problem, ...] = ()
    doubts: int = 0
    online: Opinion | None = None

    @property
    def corrected(self) -> int:
        """Places that were put right since the last import."""
        return len(self.right.fresh)

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

    Bad rows are set aside beside the ledgers (``待修正_*.xlsx``), doubtful places too
    (``待修正_定位.xlsx``); both are read again. Whatever happens, the database
    holds either all of this import or nothing of it.

    Raises
    ------
    NoLedgersError
        If nothing can be inspected or nobody can go.
    ImportRefusedError
        If *strict* and a row, table or file has errors.
    xunge.place_ledger.MendingRefusedError
        If anything is wrong with the places that were put right.
    """
    from xunge.web import database

    progress("read")
    ledgers = read_ledgers(folder, mapping=mapping, tables=tables)
    progress("checked")
    _require(folder, ledgers)
    if strict and ledgers.errors:
        raise ImportRefusedError(ledgers)
    right = put_right(folder, day=day, settings=settings)
    write_bad_rows(ledgers, folder, describe=partial(_describe, lang=settings.bureau.language))
    progress("set aside")
    with database.all_or_nothing():
        lang = settings.bureau.language
        intake = _keep(ledgers, right, day=day, lang=lang, progress=progress)
        if intake.changed:
            found, online = place_all(folder, settings=settings)
            doubts = write_doubts(folder, found, settings=settings, notes=right.notes)
            intake = replace(intake, doubts=doubts, online=online)
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


def _keep(
    ledgers: Ledgers,
    right: PutRight,
    *,
    day: dt.date,
    lang: str,
    progress: Callable[[str], None],
) -> Intake:
    from xunge.web.ledger import frames, models

    batch: Batch = frames.open_batch(
        "week", day=day, files=[asdict(file) for file in ledgers.files], summary={}
    )
    changes: dict[str, Change] = {}
    events = frames.append(place_ledger.events_of(right.entries), batch=batch)
    areas, told = in_statistical_codes(ledgers.registers["areas"], gazetteer())
    for name, rows in {**ledgers.registers, "areas": areas}.items():
        if rows.empty:
            continue
        if name in models.TABLES:
            changes[name] = frames.save_register(name, rows, day=day, batch=batch)
        if name in EVENT_REGISTERS:
            said = events_of(name, rows)
            new, changes_told = sort_out(said, frames.versions(said), register=name, lang=lang)
            told += changes_told
            events += frames.append(new, batch=batch)
        progress(f"kept {name}")
    changed = events > 0 or any(change.new or change.changed for change in changes.values())
    intake = Intake(
        ledgers=ledgers, changes=changes, events=events, changed=changed, right=right,
        told=tuple(told),
    )  # fmt: skip
    batch.summary = intake.summary()
    batch.save(update_fields=["summary"])
    return intake


def _describe(problem: Problem, *, lang: str) -> str:
    said = sentence(problem.code, lang=lang, **problem.data())
    fix = advice(problem.code, lang=lang, **problem.data())
    return run_on([said, fix] if fix else [said], lang)


def quality(taken: Intake, registers: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return what the data-quality report shows, as plain JSON data.

    Parameters
    ----------
    registers
        As they stand after the import, with places: duplicates are looked for in all enterprises.
    """
    ledgers = taken.ledgers
    asked = taken.online.problems if taken.online else ()
    problems = (
        *ledgers.problems, *taken.told, *taken.right.replaced, *datum_problems(registers), *asked,
    )  # fmt: skip
    return {
        "files": [asdict(file) for file in ledgers.files],
        "problems": [_row(problem) for problem in problems],
        "duplicates": [_row(problem) for problem in find_duplicates(registers["enterprises"])],
        "unread": list(ledgers.unread),
        **({"online": taken.online.record()} if taken.online else {}),
    }


def _row(problem: Problem) -> dict[str, Any]:
    row = asdict(problem)
    row["detail"] = json.loads(json.dumps(dict(problem.detail), default=str))
    return row
