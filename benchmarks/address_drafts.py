"""An address before it is written out: its words level by level, and plain addresses to start from.

Benchmarks.address_kinds spoils drafts, benchmarks.addresses labels and writes them.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.address_atlas import village_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from benchmarks.address_atlas import Atlas, Label, Spot

FOLDER = Path(__file__).parents[1] / "tests/geo/labelled"
LEVELS = ("province", "city", "county", "town", "village")


@cache
def words() -> dict[str, Any]:
    """Return the words of benchmarks/address_words.toml."""
    return tomllib.loads(Path(__file__).with_name("address_words.toml").read_text("utf-8"))


def pick(options: Sequence[str], rng: np.random.Generator) -> str:
    """Return one of *options*."""
    return options[int(rng.integers(len(options)))]


@dataclass(slots=True, kw_only=True)
class Draft:
    """An address being written.

    Attributes
    ----------
    spot
        The place that is meant.
    home
        Code of the user's county or prefecture, or empty.
    said
        Level -> the words that name it; what the oracle is told.
    shown
        Level -> what stands in the text instead, where that is more or less than what is named.
    front, tail
        What stands before and behind the names.
    order
        The levels in the order of the text, with what stands between them.
    mended
        Whether a name is misspelt, so that the oracle may look one edit away.
    finish
        Changes of the whole text.
    label
        What the text names where the oracle cannot know.
    """

    spot: Spot
    home: str
    said: dict[str, str]
    shown: dict[str, str] = field(default_factory=dict)
    front: str = ""
    tail: str = ""
    order: tuple[str, ...] = LEVELS
    mended: bool = False
    finish: list[Callable[[str], str]] = field(default_factory=list)
    label: Label | None = None

    @property
    def at_home(self) -> bool:
        """Whether the home is the county in which the place lies."""
        return len(self.home) == 6 and self.spot.code.startswith(self.home)

    def text(self) -> str:
        """Return the address as it stands in the ledger."""
        names = "".join(
            self.shown.get(part, self.said.get(part, "")) if part in LEVELS else part
            for part in self.order
        )
        text = self.front + names + self.tail
        for change in self.finish:
            text = change(text)
        return text


def plain(atlas: Atlas, spot: Spot, *, rng: np.random.Generator) -> Draft:
    """Return an address with every name as people write it in full, home area and tail drawn.

    The home is the place's own county in 60 %, its prefecture in 10 %, another county in 10 %,
    none in 20 %; away from home the province or the city is always named.
    """
    luck = rng.random()
    home = spot.code[:6] if luck < 0.6 else spot.code[:4] if luck < 0.7 else ""
    if 0.7 <= luck < 0.8:
        home = pick(atlas.counties, rng)
    said = {"county": spot.county, "town": spot.town, "village": spoken(spot.village)}
    upper = rng.random()
    own = home and spot.code.startswith(home)
    if upper < 0.35 or (not own and upper < 0.7):
        said |= {"province": spot.province, "city": spot.city}
    elif upper < 0.55 or not own:
        said |= {"city": spot.city} if spot.city else {"province": spot.province}
    if spot.city == spot.province:
        said["city"] = ""
    return Draft(spot=spot, home=home, said=said, tail=house_tail(spot, rng=rng))


def spoken(village: str) -> str:
    """Return the official name of a village as people say it: 邝家村, 塘门口社区."""
    stem, sort = village_parts(village)
    if not sort:
        return village
    if sort == "urban":
        return stem + "社区"
    return stem + "村"


def house_tail(spot: Spot, *, rng: np.random.Generator) -> str:
    """Return a group or house number, or nothing."""
    number, group = int(rng.integers(1, 200)), int(rng.integers(1, 19))
    if village_parts(spot.village)[1] == "urban":
        return pick(
            ["", "", f"{number}号", f"{group}栋", f"{pick(words()['roads'], rng)}{number}号"], rng
        )
    numeral = words()["numerals"][group % 10]
    return pick(
        ["", "", f"{group}组", f"{numeral}组", f"{group}组{number}号", f"第{numeral}村民小组"], rng
    )


@cache
def old_towns() -> Mapping[str, tuple[str, ...]]:
    """Return today's code of a town -> names before it was merged or renamed (since 2017)."""
    return _old("old_towns.csv")


@cache
def old_counties() -> Mapping[str, tuple[str, ...]]:
    """Return today's code of a county -> its name before it became a city or a district."""
    return _old("old_counties.csv")


def _old(name: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["code"]].append(row["old_name"])
    return {code: tuple(names) for code, names in found.items()}
