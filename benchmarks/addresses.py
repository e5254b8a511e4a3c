"""Addresses with labels, to measure the resolver by: two drawn sets and one written by hand.

    python -m benchmarks.addresses          (writes tune.csv and test.csv anew, the same bytes)

``tune`` and ``test`` are drawn from the whole gazetteer by benchmarks.address_kinds, each from
counties of its own; what is tuned is tuned on ``tune`` alone. ``hand`` is tuned on by nobody.
tests/geo/labelled/README.md describes columns and kinds.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.address_atlas import Atlas, Label, village_parts
from benchmarks.address_drafts import FOLDER, Draft, old_counties, old_towns, plain
from benchmarks.address_kinds import COMBINED, KINDS
from geo.gazetteer import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SEEDS = {"tune": 20261128, "test": 5}
COLUMNS = ("kind", "home", "address", "county", "town", "village", "fits")
PER_KIND, PER_COMBINED = 60, 200
# Counties that examples, tests and earlier tuning of the project used.
_KNOWN = ("4310", "4306", "3607", "3304", "6502", "430281")
_TRIES = 20_000
_TOWN_WORD = re.compile("(?:街道|办事处|镇|乡|苏木|[农林牧]场|开发区|园区|管理区)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An address and what it names; see tests/geo/labelled/README.md."""

    kind: str
    home: str
    address: str
    county: str
    town: str
    village: str
    fits: tuple[str, ...] = ()

    def row(self) -> tuple[str, ...]:
        """Return the values of :data:`COLUMNS`."""
        return (self.kind, self.home, self.address, self.county, self.town, self.village,
                "|".join(self.fits))  # fmt: skip


def split_of(county: str) -> str:
    """Tell which set the addresses of a county belong to: about half of China each."""
    if county.startswith(_KNOWN):
        return "tune"
    return "test" if hashlib.sha256(county.encode()).digest()[0] % 2 else "tune"


def read(split: str) -> list[Labelled]:
    """Return a set as it is frozen in the repository: ``tune``, ``test`` or ``hand``."""
    with (FOLDER / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        return [
            Labelled(
                kind=row["kind"],
                home=row["home"],
                address=row["address"],
                county=row["county"],
                town=row["town"],
                village=row["village"],
                fits=tuple(row["fits"].split("|")) if row["fits"] else (),
            )
            for row in csv.DictReader(file)
        ]


def draw(
    split: str, *, most: int = PER_COMBINED, kinds: Iterable[str] = tuple(KINDS)
) -> list[Labelled]:
    """Return the addresses of ``tune`` or ``test``, at most so many of a kind; always the same."""
    atlas = Atlas(Gazetteer.load())
    counties = [code for code in atlas.counties if split_of(code) == split]
    drawn = []
    for kind in kinds:
        digest = hashlib.sha256(f"{SEEDS[split]} {kind}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        drawn += _of_kind(atlas, counties, kind, count=min(most, count_of(kind)), rng=rng)
    return drawn


def count_of(kind: str) -> int:
    """Return how many addresses of a kind a drawn set has."""
    return PER_COMBINED if kind in COMBINED else PER_KIND


def _of_kind(
    atlas: Atlas, counties: Sequence[str], kind: str, *, count: int, rng: np.random.Generator
) -> list[Labelled]:
    found: dict[tuple[str, str], Labelled] = {}
    pools = list(_towns(atlas, counties, kind).values())
    for _ in range(_TRIES):
        if len(found) == count:
            break
        draft = _draft(atlas, pools[int(rng.integers(len(pools)))], rng=rng)
        if draft is None or not KINDS[kind](draft, atlas, rng):
            continue
        label = _label(draft, atlas, kind)
        if label is not None:
            one = Labelled(kind=kind, home=draft.home, address=draft.text(), county=label.county,
                           town=label.town, village=label.village, fits=label.fits)  # fmt: skip
            found.setdefault((one.home, one.address), one)
    return list(found.values())


def _towns(atlas: Atlas, counties: Sequence[str], kind: str) -> dict[str, list[str]]:
    """Return the towns that a kind draws from, by county."""
    found: dict[str, list[str]] = {}
    for county in counties:
        if kind == "old_county" and county not in old_counties():
            continue
        towns = [
            town.code for town in atlas.gazetteer.towns(county)
            if _usual(town.name) and _TOWN_WORD.search(town.name)
            and (kind != "old_town" or town.code in old_towns())
        ]  # fmt: skip
        if towns:
            found[county] = towns
    return found


def _draft(atlas: Atlas, towns: Sequence[str], *, rng: np.random.Generator) -> Draft | None:
    """Return a plain address of a random village in one of *towns*, None if it is unusual."""
    villages = atlas.gazetteer.villages_of(towns[int(rng.integers(len(towns)))])
    if not villages:
        return None
    village = villages[int(rng.integers(len(villages)))]
    stem, sort = village_parts(village.name)
    return plain(atlas, atlas.spot(village.code), rng=rng) if sort and _usual(stem) else None


def _usual(name: str) -> bool:
    """Leave out what only statisticians write: 虚拟社区, names with brackets or digits."""
    return (
        2 <= len(name) <= 10
        and "虚拟" not in name
        and all("\u3400" <= sign <= "\u9fff" for sign in name)
    )


def _label(draft: Draft, atlas: Atlas, kind: str) -> Label | None:
    """Return what a finished draft names, None where it names something else better."""
    if draft.label is not None:
        return draft.label
    said = {level: word for level, word in draft.said.items() if word}
    label = atlas.label(said, home=draft.home, mended=draft.mended)
    if label is None:
        return None
    finest = label.village or label.town or label.county
    wanted = draft.spot.code
    if not wanted.startswith(finest) or (
        label.fits and not any(wanted.startswith(code) for code in label.fits)
    ):
        return None
    open_kind = kind in ("same_village_name", "same_town_name", "typo_open")
    spoilt = draft.mended and not open_kind
    return None if open_kind != bool(label.fits) and (open_kind or spoilt) else label


def write(split: str, *, folder: Path = FOLDER) -> None:
    """Draw a set and write it as CSV."""
    with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(one.row() for one in draw(split))


if __name__ == "__main__":
    for name in SEEDS:
        write(name)
