"""Addresses as clerks write them: levels left out, old forms, slips, the firm's name in front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xunge.demo.county import NAME, table
from xunge.demo.names import pick

if TYPE_CHECKING:
    import numpy as np

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_PARK_TOWNS = ("便江街道", "柏林镇", "太和镇")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is, as the administration names it."""

    name: str
    town: str
    village: str
    urban: bool
    park: bool = False


def ledger_address(place: Place, *, rng: np.random.Generator) -> tuple[str, list[str]]:
    """Return an address in the style of a ledger, and the kinds of corruption in it."""
    kinds: list[str] = []
    town, village = _town(place.town, kinds, rng=rng), _village(place, kinds, rng=rng)
    town, village = _typo(town, village, kinds, rng=rng)
    if rng.random() < 0.12:
        kinds.append("no_town")
        town = ""
    elif rng.random() < 0.15:
        kinds.append("no_village")
        village = ""
    head = _head(kinds, rng=rng)
    text = head + town + village + _tail(place, kinds, rng=rng)
    if rng.random() < 0.045:
        kinds.append("full_width")
        text = text.translate(_FULL_WIDTH)
    if rng.random() < 0.03:
        kinds.append("spaces")
        text = " ".join((head + town, text[len(head + town) :])).strip()
    if rng.random() < 0.05:
        kinds.append("firm_first")
        text = pick([f"{place.name}（{text}）", f"{place.name} {text}"], rng=rng)
    return text, kinds


def _head(kinds: list[str], *, rng: np.random.Generator) -> str:
    """Return province, city and county, or what is left of them."""
    luck = rng.random()
    if luck < 0.27:
        return f"湖南省郴州市{NAME}"
    kinds.append("no_province")
    if luck < 0.36:
        return f"郴州市{NAME}"
    if luck < 0.72:
        return pick([NAME, NAME, NAME, "永兴"], rng=rng)
    kinds.append("no_county")
    return ""


def _town(name: str, kinds: list[str], *, rng: np.random.Generator) -> str:
    if rng.random() >= 0.07:
        return name
    kinds.append("old_town")
    return pick(table("words")["old_towns"][name], rng=rng)


def _village(place: Place, kinds: list[str], *, rng: np.random.Generator) -> str:
    name, luck = place.village, rng.random()
    if luck >= 0.1:
        return name
    kinds.append("village_form")
    stem = name.removesuffix("社区").removesuffix("村")
    if luck < 0.035:
        return stem + ("村" if place.urban else "社区")
    if luck < 0.07:
        return stem + ("居委会" if place.urban else "村委会")
    return stem if luck < 0.085 else stem + "村村民委员会"


def _typo(
    town: str, village: str, kinds: list[str], *, rng: np.random.Generator
) -> tuple[str, str]:
    """Replace one character of the town's or the village's name by a look-alike."""
    if rng.random() >= 0.05:
        return town, village
    wrong = {pair[0]: pair[1] for pair in table("words")["typos"]["pairs"].split()}
    text = village if rng.random() < 0.7 else town
    spots = [i for i, sign in enumerate(text) if sign in wrong]
    if not spots:
        return town, village
    kinds.append("typo")
    at = spots[int(rng.integers(len(spots)))]
    bad = text[:at] + wrong[text[at]] + text[at + 1 :]
    return (town, bad) if text == village else (bad, village)


def _tail(place: Place, kinds: list[str], *, rng: np.random.Generator) -> str:
    """Return what follows the village: group, road and number, or a direction from a landmark."""
    words = table("words")["address"]
    number = int(rng.integers(1, 200))
    if place.park and place.town in _PARK_TOWNS and rng.random() < 0.4:
        return pick(words["park_tails"], rng=rng)
    if rng.random() < 0.1:
        kinds.append("relative")
        landmark, side = pick(words["landmarks"], rng=rng), pick(words["directions"], rng=rng)
        metres = 50 * int(rng.integers(1, 14))
        return pick([f"{landmark}{side}约{metres}米", f"{landmark}{side}侧", f"{landmark}旁",
                     f"{side}北地" if side in "东西" else f"{side}角"], rng=rng)  # fmt: skip
    if place.urban:
        roads = words["urban_roads"] if place.town == "便江街道" else words["town_roads"]
        road = pick(roads, rng=rng)
        return f"{road}{number}号" if road.endswith(("路", "道", "街")) else road
    group = int(rng.integers(1, 19))
    return pick([f"{group}组", f"第{group}村民小组", f"{group}组{number}号", "", ""], rng=rng)
