"""What ``xunge geocode`` leaves to be put right: read from one workbook, written into the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.cells import is_missing, shown
from layers.ledgers import CORRECTIONS_NAME
from maps.mend_book import MendRow, mend_workbook
from maps.messages import sentence
from xunge import place_ledger
from xunge.doubts import MOST_LINES, Line, lines_of, mend_rows
from xunge.mending import Mended, read_mended

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geo.corrections import Corrections
    from geo.gazetteer import Gazetteer
    from layers.problems import Problem
    from xunge.geocode_columns import Inputs
    from xunge.geocode_table import Sheet

__all__ = ["Review", "ledger_path", "mend_path", "review_of", "write_mend_book"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """What is known before the rows are placed.

    Attributes
    ----------
    said
        What the rows of the table say, see :func:`xunge.doubts.mend_rows`.
    corrections
        All that holds, that of the workbook included.
    fresh
        Lines that the workbook adds to the ledger.
    replaced
        Those of them that contradict an earlier line.
    """

    said: pd.DataFrame
    lines: Mapping[str, Line]
    corrections: Corrections
    fresh: Sequence[place_ledger.Entry]
    replaced: Sequence[Problem]
    notes: Mapping[str, tuple[str, str]]
    pending: int


def ledger_path(table: Path, corrections: Path | None) -> Path:
    """Return the ledger of corrections: the given file, that of a folder, or beside the table.

    Raises
    ------
    FileNotFoundError
        If the given one has no folder.
    """
    if corrections is None:
        return place_ledger.ledger_of(table)
    path = corrections / CORRECTIONS_NAME if corrections.is_dir() else corrections
    if not path.parent.is_dir() or path.suffix.lower() != ".csv":
        raise FileNotFoundError(2, "no such file", str(corrections))
    return path


def mend_path(out: Path) -> Path:
    """Return the workbook to put right that belongs to a result."""
    return out.with_name(f"{out.stem.removesuffix('_定位')}_待修正.xlsx")


def review_of(
    table: Sheet,
    inputs: Inputs,
    *,
    ledger: Path,
    mended: Path | None,
    gazetteer: Gazetteer,
    home: str,
    today: dt.date,
) -> Review:
    """Read the ledger of corrections and the workbook that was put right.

    Raises
    ------
    xunge.place_ledger.MendingRefusedError
        If anything is wrong with either.
    """
    said = said_by(table, inputs)
    lines = lines_of(said)
    known = place_ledger.read_ledger(ledger, gazetteer=gazetteer)
    taken = Mended(entries=(), pending=0, notes={})
    if mended is not None:
        taken = read_mended(mended, lines=lines, gazetteer=gazetteer, home=home, today=today)
    fresh = place_ledger.added(known, taken.entries)
    return Review(
        said=said, lines=lines, corrections=place_ledger.corrections_of([*known, *fresh]),
        fresh=fresh, replaced=place_ledger.replaced(fresh, [*known, *fresh]), notes=taken.notes,
        pending=taken.pending,
    )  # fmt: skip


def said_by(table: Sheet, inputs: Inputs) -> pd.DataFrame:
    """Return what the rows of a table say of their place, and where they stand."""
    frame, found = inputs.frame, inputs.found
    texts = {
        name: frame[name].tolist() if name in frame else [""] * len(frame)
        for name in ("address", "town", "village", "name")
    }
    points = {
        name: frame[name].to_numpy(float) if name in frame else np.full(len(frame), np.nan)
        for name in ("lon", "lat")
    }
    headers = list(dict.fromkeys((found.lon, found.lat))) if found.lon else []
    cells = [[_text(cell) for cell in table.frame[header]] for header in headers]
    coordinate = [", ".join(filter(None, pair)) for pair in zip(*cells, strict=True)]
    return pd.DataFrame(
        {
            **texts, **points, "coordinate": coordinate or [""] * len(frame), "where": "",
            "row": [int(row) + 1 for row in frame.index],
        },
        index=frame.index,
    )  # fmt: skip


def _text(cell: object) -> str:
    return "" if is_missing(cell) else shown(cell)


def write_mend_book(
    review: Review, answers: pd.DataFrame, path: Path, *, gazetteer: Gazetteer, lang: str
) -> Sequence[MendRow]:
    """Write the rows that are still doubtful; return them. Nothing is written where none is."""
    rows = mend_rows(
        review.lines, review.said, answers, gazetteer=gazetteer, notes=review.notes, lang=lang
    )
    if rows:
        notes = how_to(rows, lang, "mend_how_geocode")
        mend_workbook(path, rows=rows, notes=notes, lang=lang)
    return rows


def how_to(rows: Sequence[MendRow], lang: str, *more: str) -> list[str]:
    """Return how the workbook is filled in, what is done with it, and whether it has all."""
    more = (*more, "mend_how_most") if len(rows) >= MOST_LINES else more
    codes = ("mend_how", "mend_how_choice", "mend_how_right", "mend_how_point", "mend_how_sheet",
             *more, "mend_how_ledger")  # fmt: skip
    facts = {"ledger": CORRECTIONS_NAME, "most": MOST_LINES}
    return [sentence(code, lang=lang, **facts) for code in codes]
