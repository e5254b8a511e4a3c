"""Where the rows of the registers lie: geocoded anew, corrections first, and what is doubtful.

Doubtful places go into ``待修正_定位.xlsx`` beside the ledgers. What people put right there is read
by the next import, joins the ledger of corrections, and is in force from then on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.areas import locate
from geo.crs import distance_m, to_wgs84
from geo.datum_guess import READINGS
from geo.geocode import geocode
from geo.grid import SquareGrid
from layers import codes
from layers.events import EventKind
from layers.ledgers import PLACES_NAME
from layers.problems import Problem
from maps.mend_book import mend_workbook
from xunge import geography, place_ledger
from xunge.china import gazetteer
from xunge.doubts import lines_of, mend_rows
from xunge.geocode_review import how_to
from xunge.mending import Mended, read_mended
from xunge.second_opinion import second_opinion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from xunge.config import Settings
    from xunge.second_opinion import Opinion

_DATUM_NOTES = ("datum_guessed", "datum_assumed", "datum_mixed", "coordinates_packed")
PLACED = ("enterprises", "sites", "stations", "reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRight:
    """What people have put right since the last import.

    Attributes
    ----------
    entries, fresh
        All lines of the ledger of corrections; the new ones.
    replaced
        Which new lines contradict an earlier one.
    notes
        Who and what was noted without a correction, by the mark of the line.
    """

    entries: Sequence[place_ledger.Entry] = ()
    fresh: Sequence[place_ledger.Entry] = ()
    replaced: Sequence[Problem] = ()
    notes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def put_right(folder: Path, *, day: dt.date, settings: Settings) -> PutRight:
    """Take what was put right into the ledger of corrections.

    Parameters
    ----------
    day
        Day of the new lines.

    Raises
    ------
    xunge.place_ledger.MendingRefusedError
        If anything is wrong with a line; then nothing is written.
    """
    ledger, book = place_ledger.ledger_of(folder), folder / PLACES_NAME
    known = place_ledger.read_ledger(ledger, gazetteer=gazetteer())
    taken = Mended(entries=(), pending=0, notes={})
    if book.exists():
        rows = _registers()
        lines = lines_of(_said(rows, settings=settings)) if rows else {}
        taken = read_mended(
            book, lines=lines, gazetteer=gazetteer(), home=settings.bureau.home, today=day
        )
    fresh = place_ledger.added(known, taken.entries)
    place_ledger.append(ledger, fresh)
    return PutRight(
        entries=(*known, *fresh),
        fresh=fresh,
        notes=taken.notes,
        replaced=_contradictions(known, fresh),
    )


def _contradictions(
    known: Sequence[place_ledger.Entry], fresh: Sequence[place_ledger.Entry]
) -> list[Problem]:
    """Return what the database does not know yet to contradict an earlier line."""
    from xunge.web.ledger import frames

    both = (*known, *fresh)
    events = place_ledger.events_of(both)
    unknown = frames.unknown_uids(events)
    new = {event.key for event in events if event.uid in unknown}
    return place_ledger.replaced([one for one in both if one.line in new], both)


def place_all(
    folder: Path, *, settings: Settings
) -> tuple[dict[str, pd.DataFrame], Opinion | None]:
    """Geocode every register of places anew: a column's datum is judged by all of its rows.

    Returns
    -------
    tuple
        Answers of :func:`geo.geocode.geocode` by register, indexed by id; what an online geocoder
        said of them, None where none was asked.

    Raises
    ------
    ValueError
        Nothing tells where the bureau is: neither a border nor a placed enterprise.
    """
    from xunge.web.ledger import frames

    china = gazetteer()
    border = geography.border_of(folder, crs=settings.places.map_crs)
    known = place_ledger.entries_of(frames.events(EventKind.PLACE_CORRECTED))
    corrections = place_ledger.corrections_of(known)
    rows = _registers()
    found = {
        name: geocode(
            register.assign(table=_tables(register)), gazetteer=china, boundary=border,
            home=settings.bureau.home or None, corrections=corrections,
            default_datum=settings.places.default_datum,
        )
        for name, register in rows.items()
    }  # fmt: skip
    found, online = second_opinion(rows, found, gazetteer=china, settings=settings)
    firms = found["enterprises"]
    grid = SquareGrid(geography.projection(border, firms), size_m=settings.places.cell_m)
    towns, villages = geography.admin_cells(
        folder, border, areas=frames.register("areas"), points=firms, settings=settings
    )
    for name, answers in found.items():
        named = _named(answers, towns=towns, villages=villages)
        frames.save_places(name, _placed(named, grid))
    return found, online


def datum_problems(registers: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Say of every table how its coordinates without a stated datum were read.

    Parameters
    ----------
    registers
        Registers as the database has them, with where their rows were placed.
    """
    found = []
    for name in PLACED:
        register = registers[name]
        notes = {code: _noted(register, code) for code in _DATUM_NOTES}
        notes["datum_guessed"] &= ~notes["datum_mixed"]  # of a table that mixes, that is said
        for (file, sheet), rows in register.groupby(["source_file", "source_sheet"], sort=True):
            for code, noted in notes.items():
                mine = rows[noted[rows.index]]
                if mine.empty:
                    continue
                datum = codes.TABLES["datum"].title_of(_datum_of(mine))
                problem = Problem(
                    code=f"table_{code}", severity="warning", file=str(file), sheet=str(sheet),
                    register=name, name="datum", detail={"count": len(mine), "datum": datum},
                )  # fmt: skip
                found.append(problem)
    return found


def _noted(register: pd.DataFrame, code: str) -> pd.Series[bool]:
    """Tell which rows lie at their own coordinate with a note."""
    there = register["placed_level"] == "coordinate"
    return there & register["placed_notes"].map(lambda notes: code in notes).astype(bool)


def _datum_of(rows: pd.DataFrame) -> str:
    """Return the datum by which most of *rows* came from where they say to where they lie."""
    lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
    at = rows["placed_lon"].to_numpy(float), rows["placed_lat"].to_numpy(float)
    far = {code: np.median(distance_m(*read(lon, lat), *at)) for code, read in READINGS.items()}
    return min(far, key=lambda code: (far[code], code))


def _datums(register: pd.DataFrame, default: str) -> list[str]:
    """Return the datum of every row: the stated one, else that by which its table was read."""
    silent = _noted(register, "datum_guessed")
    tables = pd.Series(_tables(register), index=register.index)
    read = {
        table: _datum_of(register[silent & (tables == table)]) for table in tables[silent].unique()
    }
    return [
        stated or read.get(table, default)
        for stated, table in zip(register["datum"], tables, strict=True)
    ]


def write_doubts(
    folder: Path,
    found: Mapping[str, pd.DataFrame],
    *,
    settings: Settings,
    notes: Mapping[str, tuple[str, str]],
) -> int:
    """Write the places to put right and count them; where there are none, take the book away.

    Parameters
    ----------
    found
        From :func:`place_all`; everything that was entered in the old workbook has been taken in.
    """
    path, lang = folder / PLACES_NAME, settings.bureau.language
    said = _said(_registers(), settings=settings)
    answers = pd.concat([found[name] for name in PLACED if name in found])
    rows = [] if not settings.bureau.home else mend_rows(
        lines_of(said), said, answers, gazetteer=gazetteer(), notes=notes, lang=lang
    )  # fmt: skip
    if not rows:
        path.unlink(missing_ok=True)
        return 0
    part = path.with_name(f".{path.name}.part")
    mend_workbook(part, rows=rows, notes=how_to(rows, lang, "mend_how_week"), lang=lang)
    part.replace(path)
    return len(rows)


def _tables(register: pd.DataFrame) -> list[str]:
    """Return from which file and sheet each row came."""
    pairs = zip(register["source_file"], register["source_sheet"], strict=True)
    return [" · ".join(filter(None, pair)) for pair in pairs]


def _registers() -> dict[str, pd.DataFrame]:
    """Return the registers of places that have rows, indexed by id."""
    from xunge.web.ledger import frames

    rows = {name: frames.register(name).set_index("id") for name in PLACED}
    return {name: register for name, register in rows.items() if not register.empty}


def _said(registers: Mapping[str, pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Return what the rows of all registers say of their place, and where they stand."""
    parts = []
    for register in registers.values():
        texts = {
            name: [cell or "" for cell in register[name]]
            for name in ("address", "town", "village", "name")
        }
        datum = _datums(register, settings.places.default_datum)
        lon, lat = to_wgs84(register["lon"], register["lat"], datum=datum)
        parts.append(
            pd.DataFrame(
                {
                    **texts, "lon": lon, "lat": lat, "coordinate": _coordinates(register),
                    "where": _tables(register),
                    "row": [row or "" for row in register["source_row"]],
                },
                index=register.index,
            )
        )  # fmt: skip
    return pd.concat(parts)


def _coordinates(register: pd.DataFrame) -> list[str]:
    titles = codes.TABLES["datum"]
    columns = (register[name] for name in ("lon", "lat", "datum"))
    return [
        f"{lon:.10g}, {lat:.10g} {titles.title_of(datum) if datum else ''}".strip()
        if np.isfinite(lon) and np.isfinite(lat)
        else ""
        for lon, lat, datum in zip(*columns, strict=True)
    ]


def _named(
    found: pd.DataFrame, *, towns: gpd.GeoDataFrame, villages: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return answers with town and village by where the point lies, where the address names none.

    Only points that are at least as fine as a village say in which cell they lie.
    """
    exact = found["level"].isin(("coordinate", "address", "village"))
    filled = found.copy()
    for column, cells in (("town", towns), ("village", villages)):
        open_ = exact & (found[column].isna() | (found[column] == ""))
        if not open_.any() or cells.empty:
            continue
        lon, lat = found["lon"][open_].astype(float), found["lat"][open_].astype(float)
        filled[column] = found[column].astype(object).where(~open_, locate(lon, lat, cells))
    return filled


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
