"""Which columns of a table are to be placed: what the user named, else what the values say."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.address_guess import find_address
from geo.civil_codes import civil_codes, code_of
from geo.column_guess import SAMPLE, Found, guess_columns, read_columns
from geo.column_readings import INSIDE, readings
from geo.geocode import geocode
from geo.outlines import CHINA, area_of
from layers.cells import is_missing, shown
from layers.codes import TABLES
from layers.columns import coordinate_columns, hinted_datum, meant, text_columns
from xunge.geocode_table import GeocodeError, QuestionsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.address_guess import Places
    from geo.column_guess import Question
    from geo.column_readings import Reading
    from geo.gazetteer import Gazetteer

    Floats = NDArray[np.float64]

NONE = "-"
"""What a user names where a table has no address, or where its coordinates are not to be read."""

_CODE_WORDS = re.compile("区划|乡镇|街道|行政|民政|统计")
_CODES = 0.9  # share of cells that must be known codes
_MERIDIANS = tuple(range(75, 136, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user said of the columns; empty (0) where nothing."""

    address: str = ""
    lon: str = ""
    lat: str = ""
    datum: str = ""
    meridian: int = 0

    @property
    def named(self) -> tuple[str, ...]:
        """The headers that were named."""
        return tuple(sorted({self.address, self.lon, self.lat} - {"", NONE}))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """The columns found, and the frame for :func:`geo.geocode.geocode` made of them.

    ``left_out`` is what would have to be asked about coordinates that are done without, because
    the user has named a column of addresses and those suffice; ``beside`` are the headers of town
    and village, names or codes, which complete an address that lacks them.
    """

    found: Found
    frame: pd.DataFrame
    left_out: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def decide(frame: pd.DataFrame, wanted: Wanted, *, gazetteer: Gazetteer, home: str) -> Inputs:
    """Find address and coordinates.

    Parameters
    ----------
    frame
        All rows of the table, cells as the file has them.
    home
        Code of the user's county or prefecture, empty for none.

    Raises
    ------
    GeocodeError
        If a column that is named is not there.
    QuestionsError
        If something has to be said first. Where the user has named the addresses and said nothing
        of coordinates, unsure ones are left out instead.
    """
    _check(frame, wanted)
    places = _places(gazetteer, home)
    address, asked, counties = _address(frame, wanted, places)
    area = area_of(gazetteer, counties, home=home)
    questions = ["address"] if asked else []
    lon, lat, found = None, None, Found(address=address)
    if wanted.lon != NONE:
        found = guess_columns(_reduced(frame, wanted, address), county=area, places=places)
        found = _answered(replace(found, address=address), wanted, frame)
        questions += [one for one in found.questions if one != "address"]
        if found.lon and not questions:
            lon, lat = _coordinates(frame, found, questions)
    if not address and not found.lon and not questions:
        questions.append("nothing")
    if questions and not _suffices(wanted):
        raise QuestionsError(questions, headers=list(frame.columns), lon=found.lon, lat=found.lat)
    if questions:
        found, lon, lat = Found(address=address), None, None
    parts = _parts(frame, address, gazetteer)
    return Inputs(
        found=found, frame=_inputs(frame, parts, lon, lat), left_out=tuple(questions),
        beside=tuple(parts[name] for name in ("town", "village") if name in parts),
    )  # fmt: skip


def _suffices(wanted: Wanted) -> bool:
    """Tell whether addresses are named and nothing is said of coordinates."""
    return wanted.address not in ("", NONE) and not (wanted.lon or wanted.datum or wanted.meridian)


def _check(frame: pd.DataFrame, wanted: Wanted) -> None:
    for header in (wanted.address, wanted.lon, wanted.lat):
        if header not in ("", NONE) and header not in frame:
            raise GeocodeError("geocode_unknown_column", column=header, headers=list(frame))
    if bool(wanted.lon) != bool(wanted.lat) and wanted.lon != NONE:
        raise GeocodeError("geocode_half_coordinates")


def _places(gazetteer: Gazetteer, home: str) -> Places:
    """Return where addresses lie, anywhere in China; each is read once."""
    columns = ["lon", "lat", "level", "county"]
    known: dict[str, list[object]] = {}

    def places(addresses: Sequence[str]) -> pd.DataFrame:
        new = [text for text in dict.fromkeys(addresses) if text not in known]
        answer = geocode(pd.DataFrame({"address": new}), gazetteer=gazetteer, home=home)
        unsure = answer["confidence"] == "low"
        answer.loc[unsure, ["lon", "lat"]] = np.nan
        answer.loc[unsure, "level"] = "none"
        answer.loc[unsure, "county"] = ""
        known.update(zip(new, answer[columns].to_numpy(object).tolist(), strict=True))
        frame = pd.DataFrame([known[text] for text in addresses], columns=columns)
        return frame.astype({"lon": float, "lat": float})

    return places


def _address(frame: pd.DataFrame, wanted: Wanted, places: Places) -> tuple[str, bool, list[str]]:
    """Return the column of addresses, whether to ask, and the counties that its rows name."""
    rows = np.unique(np.linspace(0, max(len(frame) - 1, 0), SAMPLE).astype(int))[: len(frame)]
    table = {str(header): frame[header].iloc[rows].tolist() for header in frame}
    if wanted.address == NONE:
        return "", False, []
    header, asked = wanted.address, False
    if not header:
        header, _, asked = find_address(text_columns(table), places)
    if not header:
        return "", False, []
    texts = ["" if is_missing(cell) else shown(cell) for cell in table[header]]
    return header, asked, [code for code in places(texts)["county"] if code]


def _reduced(frame: pd.DataFrame, wanted: Wanted, address: str) -> pd.DataFrame:
    """Return the table without columns that the user has ruled out by naming others."""
    kept = [
        header for header in map(str, frame) if header == address or meant(header) == "datum"
        or (header in (wanted.lon, wanted.lat) if wanted.lon else True)
    ]  # fmt: skip
    if not wanted.address:
        return frame[kept]
    table: dict[str, list[object]] = {header: frame[header].tolist() for header in kept}
    singles, pairs = coordinate_columns(table)
    numbers = {one.header for one in singles} | {one.header for one, _ in pairs}
    texts = text_columns(table).keys() - numbers - {address}
    return frame[[h for h in kept if h not in texts or meant(h) == "datum"]]


def _answered(found: Found, wanted: Wanted, frame: pd.DataFrame) -> Found:
    """Take the user's word for what the values leave open."""
    if wanted.lon and not found.lon:
        found = _named(found, wanted, frame)
    if wanted.meridian and found.notation == "metres" and not found.zone:
        found = replace(found, meridian=wanted.meridian)
    if wanted.datum and found.lon and found.notation != "metres":
        found = replace(found, datum=wanted.datum)
    if found.lon and not found.datum and _all_stated(frame, found):
        found = replace(found, datum=_stated(frame).value_counts().index[0])
    said = {"meridian"} if wanted.meridian else set()
    said |= {"datum"} if found.datum else set()
    return replace(found, questions=tuple(q for q in found.questions if q not in said))


def _named(found: Found, wanted: Wanted, frame: pd.DataFrame) -> Found:
    """Read the two columns that the user named, wherever in China their points lie."""
    table = {header: frame[header].tolist() for header in dict.fromkeys((wanted.lon, wanted.lat))}
    meridians = (wanted.meridian,) if wanted.meridian else _MERIDIANS
    ways = [
        one for one in readings(table, meridians=meridians)
        if (one.lon_header, one.lat_header) == (wanted.lon, wanted.lat) and _in_china(one)
    ]  # fmt: skip
    if not ways:
        raise GeocodeError("geocode_no_coordinates", lon=wanted.lon, lat=wanted.lat)
    best = ways[0]
    asked: list[Question] = ["meridian"] if len({one.meridian for one in ways}) > 1 else []
    datum = "cgcs2000_gk" if best.notation == "metres" else hinted_datum(wanted.lon, wanted.lat)
    return replace(
        found, lon=best.lon_header, lat=best.lat_header, notation=best.notation, datum=datum,
        meridian=best.meridian, zone=best.zone,
        questions=tuple(asked if datum else [*asked, "datum"]),
    )  # fmt: skip


def _in_china(reading: Reading) -> bool:
    known = np.isfinite(reading.lon) & np.isfinite(reading.lat)
    inside = shapely.contains_xy(CHINA, reading.lon[known], reading.lat[known])
    return bool(known.any()) and float(inside.mean()) >= INSIDE


def _coordinates(
    frame: pd.DataFrame, found: Found, questions: list[str]
) -> tuple[Floats, Floats] | tuple[None, None]:
    try:
        lon, lat = read_columns(frame, found)
        if found.notation != "metres":  # what a row states goes before what its column is
            stated = _stated(frame).to_numpy(object)
            for datum in sorted(set(stated) - {""}):
                own = read_columns(frame, found, datum=datum)
                rows = stated == datum
                lon, lat = np.where(rows, own[0], lon), np.where(rows, own[1], lat)
    except ValueError:  # the rows that were looked at are not like the others
        questions.append("columns")
        return None, None
    return lon, lat


def _stated(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the datum that each row states in a column of datums; empty where it states none."""
    header = next((h for h in map(str, frame) if meant(h) == "datum"), "")
    cells = frame[header] if header else pd.Series("", index=frame.index, dtype=object)
    return cells.map(
        lambda cell: "" if is_missing(cell) else TABLES["datum"].read(shown(cell)) or ""
    ).astype(object)


def _all_stated(frame: pd.DataFrame, found: Found) -> bool:
    """Tell whether every row with a coordinate states its datum."""
    there = frame[[found.lon, found.lat]].map(lambda cell: not is_missing(cell)).all(axis=1)
    return bool(there.any()) and not (there & (_stated(frame) == "")).any()


def _inputs(
    frame: pd.DataFrame, parts: Mapping[str, str], lon: Floats | None, lat: Floats | None
) -> pd.DataFrame:
    """Return the columns that the resolver reads, coordinates in WGS-84."""
    columns: dict[str, object] = {
        name: ["" if is_missing(cell) else shown(cell) for cell in frame[header]]
        for name, header in parts.items()
    }
    if lon is not None and lat is not None:
        columns |= {"lon": lon, "lat": lat, "datum": "wgs84"}
    return pd.DataFrame(columns, index=frame.index)


def _parts(frame: pd.DataFrame, address: str, gazetteer: Gazetteer) -> dict[str, str]:
    """Return the headers of address, town, village and name, those that are there."""
    parts = {"address": address}
    for name in ("town", "village", "name"):
        parts[name] = next((h for h in map(str, frame) if meant(h) == name), "")
    parts["town"] = parts["town"] or _codes(frame, address, gazetteer)
    return {
        name: header for name, header in parts.items()
        if header and (name == "address" or header != address)
    }  # fmt: skip


def _codes(frame: pd.DataFrame, address: str, gazetteer: Gazetteer) -> str:
    """Return the column of codes of towns or villages that its header calls so; empty for none.

    Nearly all cells have to be known codes: numbers of firms may begin like codes, too.
    """
    table = civil_codes()

    @cache
    def known(code: str) -> bool:
        if len(code) <= 6:
            return False
        return code in gazetteer or bool(table.statistical(code, gazetteer=gazetteer))

    for header in map(str, frame):
        cells = [shown(cell) for cell in frame[header] if not is_missing(cell)]
        if header != address and cells and _CODE_WORDS.search(header):
            found = sum(known(code_of(cell)) for cell in cells)
            if found >= _CODES * len(cells):
                return header
    return ""
