"""The gazetteer: names, codes and points of China's five administrative levels.

Provinces, cities, counties and towns are read at once; villages wait, one prefecture at a time, in
``geo/data/china.zip`` (see geo.gazetteer_build for how it is made and from what). Codes are the
statistical ones of the National Bureau of Statistics: 2, 4, 6, 9 and 12 digits, each the prefix of
the next. They differ from the Ministry of Civil Affairs' codes at town level.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geo.names import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA = Path(__file__).parent / "data" / "china.zip"
"""The shipped gazetteer."""

FAR_FROM_SEAT_KM = 15.0
"""A village point farther than this from its town seat is doubtful: 5 % of the points are, mostly
places of the same name found elsewhere (measured on 42,493 villages)."""


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
    """The places of China, upper four levels in memory, villages read when asked for."""

    def __init__(
        self, places: Mapping[str, Place], *, archive: zipfile.ZipFile | None = None
    ) -> None:
        self._places = dict(places)
        self._archive = archive
        self._children: dict[str, list[str]] = {}
        for code, place in self._places.items():
            self._children.setdefault(place.parent, []).append(code)
        self._villages: dict[str, dict[str, tuple[Place, ...]]] = {}

    @classmethod
    def load(cls, path: Path = DATA) -> Gazetteer:
        """Read provinces to towns from the archive at *path*; villages follow on demand."""
        # In memory (4 MB), so that no file stays open between the prefectures.
        archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
        text = archive.read("places.tsv").decode("utf-8")
        return cls({place.code: place for place in _read_places(text)}, archive=archive)

    def __contains__(self, code: object) -> bool:
        """Tell whether there is a place of any level with *code*."""
        return isinstance(code, str) and self.find(code) is not None

    def __iter__(self) -> Iterator[Place]:
        """Walk provinces, cities, counties and towns in the order of their codes."""
        return iter(self._places.values())

    def find(self, code: str) -> Place | None:
        """Return the place with *code*, None where there is none."""
        if len(code) != 12:
            return self._places.get(code)
        return next((v for v in self.villages_of(code[:9]) if v.code == code), None)

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
        return tuple(self._places[child] for child in self._children.get(code, ()))

    def towns(self, county: str) -> tuple[Place, ...]:
        """Return the towns of a county in the order of their codes."""
        return self.children(county[:6])

    def villages(self, county: str) -> tuple[Place, ...]:
        """Return the villages and communities of a county (6 digits) in the order of their codes.

        Of a longer code only the county counts; of a 4-digit code all its counties do.
        """
        prefecture, county = self._prefecture(county[:4]), county[:6]
        return tuple(
            village
            for town, villages in prefecture.items()
            if town.startswith(county)
            for village in villages
        )

    def villages_of(self, town: str) -> tuple[Place, ...]:
        """Return the villages and communities of one town."""
        return self._prefecture(town[:4]).get(town, ())

    def full_name(self, code: str) -> str:
        """Return the name with those of the levels above it, e.g. 湖南省郴州市永兴县马田镇."""
        lengths = [length for length in LEVELS if length <= len(code)]
        names = [self.place(code[:length]).name for length in lengths]
        return "".join(name for name in names if name not in PSEUDO_CITIES)

    def _prefecture(self, code: str) -> dict[str, tuple[Place, ...]]:
        if code not in self._villages:
            self._villages[code] = self._read_villages(code)
        return self._villages[code]

    def _read_villages(self, code: str) -> dict[str, tuple[Place, ...]]:
        if self._archive is None or code not in self._places:
            return {}
        name = f"villages/{code}.tsv"
        if name not in self._archive.NameToInfo:
            return {}
        text = self._archive.read(name).decode("utf-8")
        towns: dict[str, tuple[Place, ...]] = {}
        for block in text.split("#")[1:]:
            head, *lines = block.splitlines()
            towns[code + head] = tuple(_village(code + head, line) for line in lines)
        return towns


PSEUDO_CITIES = frozenset(("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"))
"""Names in the statistical list that stand for no city and appear in no address."""


def _read_places(text: str) -> Iterator[Place]:
    for line in text.splitlines():
        code, name, lon, lat, source = line.split("\t")
        if lon:
            yield Place(code, name, float(lon), float(lat), source)
        else:
            yield Place(code, name)


def _village(town: str, line: str) -> Place:
    code, name = town + line[:3], line[3:]
    if "\t" not in name:
        return Place(code, name)
    name, lon, lat, km = name.split("\t")
    return Place(code, name, float(lon), float(lat), "adcode2016", float(km) if km else None)
