"""The gazetteer: names, codes and points of China's five administrative levels.

It is read at once from ``geo/data/china.zip`` (see geo.gazetteer_build for how it is made and from
what) and stays as plain arrays: 20 MB for 665,000 places. Codes are the statistical ones of the
National Bureau of Statistics: 2, 4, 6, 9 and 12 digits, each the prefix of the next. They differ
from the Ministry of Civil Affairs' codes at town level.
"""

from __future__ import annotations

import zipfile
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.names import LEVELS, PSEUDO_CITIES, VILLAGE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

DATA = Path(__file__).parent / "data" / "china.zip"
"""The shipped gazetteer."""

FAR_FROM_SEAT_KM = 15.0
"""A village point farther than this from its town seat is doubtful: 5 % of the points are, mostly
places of the same name found elsewhere (measured on 42,493 villages)."""

TABLES = {
    "codes": "<i4", "names": "utf-8", "lon": "<i4", "lat": "<i4", "source": "u1",
    "village_town": "<i4", "village_number": "<u2",
    "village_stems": "utf-16-le", "village_sizes": "u1", "village_kinds": "u1",
    "located": "<i4", "located_lon": "<i4", "located_lat": "<i4", "located_km": "<i4",
    "forms": "utf-16-le", "form_sizes": "u1", "form_places": "<u2", "form_grades": "u1",
    "extra": "utf-16-le", "extra_sizes": "u1", "extra_villages": "<i4",
}  # fmt: skip
"""Members of the archive and how they are stored.

codes, names, lon, lat, source: provinces to towns in the order of their codes, degrees x 100,000.
village_*: villages in the order of their codes: town, last three digits, stem (the sizes in UTF-16
units), word behind the stem. located_*: the villages with a point, kilometres x 10. form_*: how
provinces to towns may be written; extra_*: further stems of villages.
"""

MISSING = -(2**31)
"""Stands for a number that is not known."""

_LOCATED = ("", "_lon", "_lat", "_km")

SOURCES = ("", "adcode", "geonames", "adcode+geonames", "villages", "towns")
"""Where a point of the upper four levels may come from."""


class GazetteerError(LookupError):
    """A code that the gazetteer does not have; ``value`` is the code."""

    def __init__(self, value: str) -> None:
        super().__init__(f"no place with code {value!r}")
        self.code = "unknown_area"
        self.value = value


class Place(NamedTuple):
    """One place.

    Attributes
    ----------
    code, name
        Statistical code; official name.
    lon, lat
        WGS-84 degrees of its seat, None where no source has a point.
    source
        Where the point is from: ``adcode``, ``geonames``, ``adcode+geonames``, ``adcode2016``;
        ``villages`` or ``towns`` where it is the median of the points one level below; empty
        without a point.
    km_to_seat
        For a village: kilometres from its town's seat, None where either point is missing.
    """

    code: str
    name: str
    lon: float | None = None
    lat: float | None = None
    source: str = ""
    km_to_seat: float | None = None

    @property
    def level(self) -> str:
        """``province``, ``city``, ``county``, ``town`` or ``village``."""
        return LEVELS[len(self.code)]

    @property
    def parent(self) -> str:
        """Code of the place one level up, empty for a province."""
        return {2: "", 4: self.code[:2], 6: self.code[:4], 9: self.code[:6]}.get(
            len(self.code), self.code[:9]
        )

    @property
    def doubtful(self) -> bool:
        """Whether the point is likely to be that of another place of the same name."""
        return self.km_to_seat is not None and self.km_to_seat > FAR_FROM_SEAT_KM


class Gazetteer:
    """The places of China.

    Attributes
    ----------
    tables
        The arrays of :data:`TABLES`, texts in UTF-16 as arrays of their units.
    names
        Names of provinces, cities, counties and towns, in the order of their codes.
    """

    def __init__(self, places: Mapping[str, Place]) -> None:
        """Make a small gazetteer of provinces to towns by code, without forms and villages."""
        chosen = sorted(places.values(), key=lambda place: int(place.code))
        points = [
            (MISSING, MISSING) if place.lon is None or place.lat is None
            else (round(place.lon * 1e5), round(place.lat * 1e5))
            for place in chosen
        ]  # fmt: skip
        columns = {
            "codes": [int(place.code) for place in chosen],
            "lon": [lon for lon, _ in points],
            "lat": [lat for _, lat in points],
            "source": [SOURCES.index(place.source) for place in chosen],
        }
        self._take(
            {
                name: np.array(columns.get(name, []), dtype="<u2" if "utf" in kind else kind)
                for name, kind in TABLES.items()
                if name != "names"
            },
            [place.name for place in chosen],
        )

    def _take(self, tables: dict[str, NDArray[Any]], names: list[str]) -> None:
        self.tables, self.names = tables, names
        self._made: dict[str, Place] = {}

    @classmethod
    def load(cls, path: Path = DATA) -> Gazetteer:
        """Read the archive at *path*."""
        tables: dict[str, NDArray[Any]] = {}
        with zipfile.ZipFile(path) as archive:
            names = archive.read("names").decode("utf-8").split("\n")
            for member, kind in TABLES.items():
                if kind.startswith("utf-16"):
                    tables[member] = np.frombuffer(archive.read(member), dtype="<u2")
                elif kind != "utf-8":
                    raw = np.frombuffer(archive.read(member), dtype=np.uint8)
                    planes = raw.reshape(np.dtype(kind).itemsize, -1).T
                    tables[member] = np.ascontiguousarray(planes).view(kind).ravel()
        gazetteer = cls.__new__(cls)
        gazetteer._take(tables, names)
        return gazetteer

    def __getstate__(self) -> dict[str, object]:
        """Leave out the places that were looked at."""
        return {**self.__dict__, "_made": {}}

    @cached_property
    def stem_starts(self) -> NDArray[np.int32]:
        """Where the stem of each village begins in ``village_stems``, and where the last ends."""
        sizes = self.tables["village_sizes"]
        starts = np.zeros(len(sizes) + 1, dtype=np.int32)
        np.cumsum(sizes, out=starts[1:])
        return starts

    @cached_property
    def village_starts(self) -> NDArray[np.int32]:
        """First village of every place of ``codes``, and the number of villages at the end.

        The villages of place *k* are those from ``village_starts[k]`` to ``village_ends[k]``.
        """
        return self._village_bounds(0)

    @cached_property
    def village_ends(self) -> NDArray[np.int32]:
        """Behind the last village of every place of ``codes``."""
        return self._village_bounds(1)

    def _village_bounds(self, step: int) -> NDArray[np.int32]:
        codes, towns = self.tables["codes"].astype(np.int64), self.tables["village_town"]
        scale = np.where(codes < 100, 10**7, np.where(codes < 10**4, 10**5, 1000))
        scale[codes >= 10**6] = 1
        return np.searchsorted(towns, (codes + step) * scale).astype(np.int32)

    def __contains__(self, code: object) -> bool:
        """Tell whether there is a place of any level with *code*."""
        return isinstance(code, str) and self.find(code) is not None

    def __iter__(self) -> Iterator[Place]:
        """Walk provinces, cities, counties and towns in the order of their codes."""
        return (self._upper(k) for k in range(len(self.names)))

    def find(self, code: str) -> Place | None:
        """Return the place with *code*, None where there is none."""
        made = self._made.get(code)
        if made is None:
            index = self.index(code)
            if index is None:
                return None
            made = self._village(index) if len(code) == 12 else self._upper(index)
            self._made[code] = made
        return made

    def index(self, code: str) -> int | None:
        """Return the row of *code* among the villages or the places above them, None if none."""
        if len(code) not in LEVELS or not (code.isascii() and code.isdecimal()):
            return None
        if code[0] == "0":
            return None
        codes, number = self.tables["codes"], int(code)
        if len(code) == 12:
            town = self.index(code[:9])
            if town is None:
                return None
            low, high = int(self.village_starts[town]), int(self.village_ends[town])
            codes, number = self.tables["village_number"][low:high], number % 1000
            found = int(np.searchsorted(codes, number))
            return low + found if found < len(codes) and codes[found] == number else None
        found = int(np.searchsorted(codes, number))
        return found if found < len(codes) and codes[found] == number else None

    def place(self, code: str) -> Place:
        """Return the place with *code*.

        Raises
        ------
        GazetteerError
            If there is none.
        """
        found = self.find(code)
        if found is None:
            raise GazetteerError(code)
        return found

    def county(self, code: str) -> Place:
        """Return the county that *code* (of a county, town or village) is or lies in."""
        return self.place(code[:6])

    def children(self, code: str) -> tuple[Place, ...]:
        """Return the places one level below *code* (``""``: the provinces), villages included."""
        if len(code) == 9:
            return self.villages_of(code)
        size = {0: 2, 2: 4, 4: 6, 6: 9}[len(code)]
        scale, first = 10 ** (size - len(code)), int(code or "0")
        lowest = 10 ** (size - 1)
        low, high = np.searchsorted(
            self.tables["codes"], (max(first * scale, lowest), max((first + 1) * scale, lowest))
        )
        return tuple(self._upper(k) for k in range(int(low), int(high)))

    def towns(self, county: str) -> tuple[Place, ...]:
        """Return the towns of a county in the order of their codes."""
        return self.children(county[:6])

    def villages(self, county: str) -> tuple[Place, ...]:
        """Return the villages and communities of a county (6 digits) in the order of their codes.

        Of a longer code only the county counts; of a 4-digit code all its counties do.
        """
        return self._villages_in(county[:6])

    def villages_of(self, town: str) -> tuple[Place, ...]:
        """Return the villages and communities of one town."""
        return self._villages_in(town)

    def full_name(self, code: str) -> str:
        """Return the name with those of the levels above it, e.g. 湖南省郴州市永兴县马田镇."""
        lengths = [length for length in LEVELS if length <= len(code)]
        names = [self.place(code[:length]).name for length in lengths]
        return "".join(name for name in names if name not in PSEUDO_CITIES)

    def stem(self, village: int) -> str:
        """Return the stem of the village in row *village*."""
        low, high = self.stem_starts[village : village + 2]
        return self.tables["village_stems"][low:high].tobytes().decode("utf-16-le")

    def village_code(self, village: int) -> str:
        """Return the code of the village in row *village*."""
        town, number = self.tables["village_town"], self.tables["village_number"]
        return f"{town[village]}{number[village]:03d}"

    def _villages_in(self, code: str) -> tuple[Place, ...]:
        index = self.index(code)
        if index is None:
            return ()
        return self._village_rows(int(self.village_starts[index]), int(self.village_ends[index]))

    def _upper(self, index: int) -> Place:
        code, name = str(self.tables["codes"][index]), self.names[index]
        lon, lat = int(self.tables["lon"][index]), int(self.tables["lat"][index])
        if lon == MISSING:
            return Place(code, name)
        return Place(code, name, lon / 1e5, lat / 1e5, SOURCES[self.tables["source"][index]])

    def _village(self, index: int) -> Place:
        return self._village_rows(index, index + 1)[0]

    def _village_rows(self, low: int, high: int) -> tuple[Place, ...]:
        """Make the villages from row *low* to row *high*."""
        tables, starts = self.tables, self.stem_starts[low : high + 1]
        raw = tables["village_stems"][starts[0] : starts[-1]].tobytes()
        ends = (2 * (starts - starts[0])).tolist()
        numbers = zip(
            tables["village_town"][low:high].tolist(),
            tables["village_number"][low:high].tolist(),
            tables["village_kinds"][low:high].tolist(),
            pairwise(ends),
            strict=True,
        )
        made = [
            Place(f"{town}{number:03d}", raw[a:b].decode("utf-16-le") + VILLAGE_KINDS[kind])
            for town, number, kind, (a, b) in numbers
        ]
        first, last = np.searchsorted(tables["located"], (low, high))
        columns = (tables[f"located{what}"][first:last].tolist() for what in _LOCATED)
        for row, lon, lat, km in zip(*columns, strict=True):
            place = made[row - low]
            far = None if km == MISSING else km / 10
            made[row - low] = Place(place.code, place.name, lon / 1e5, lat / 1e5, "adcode2016", far)
        return tuple(made)
