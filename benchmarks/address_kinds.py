"""The ways in which ledgers spoil an address: one function a kind, each with its sentence.

Those that spoil names are in benchmarks.address_names; here is what stands around them, what
contradicts, what is open, and the list of all. tests/geo/labelled/README.md describes each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.address_atlas import Label, town_stem, upper_stem
from benchmarks.address_drafts import LEVELS, Draft, pick, words
from benchmarks.address_names import (
    county_left_out,
    county_skipped,
    official,
    old_county,
    old_town,
    same_town_name,
    same_village_name,
    short_all,
    short_town,
    short_upper,
    short_village,
    town_alone,
    town_left_out,
    town_word,
    typo_county,
    typo_open,
    typo_shape,
    typo_slip,
    typo_sound,
    upper_left_out,
    village_alone,
    village_left_out,
    village_sort,
    village_word,
)
from geo.names import PSEUDO_CITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from benchmarks.address_atlas import Atlas

    Kind = Callable[[Draft, Atlas, np.random.Generator], bool]

_DIGITS = str.maketrans("0123456789()", "０１２３４５６７８９（）")
_ZONE_WORDS = (
    ("经济技术开发区", "经开区"), ("经济开发区", "经开区"), ("高新技术产业开发区", "高新区"),
    ("高新技术开发区", "高新区"), ("管理委员会", ""), ("管委会", ""),
)  # fmt: skip
_ZONE = re.compile("(?:开发区|高新区|园区|工业园|产业园|工业区|示范区|管委会|管理委员会)$")


def direction(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write a direction or a landmark behind the village instead of a number."""
    draft.tail = pick(words()["directions"], rng)
    return True


def firm_front(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the firm's name in front, often with a place in it, at times another one."""
    other = atlas.names[pick(atlas.counties, rng)]
    owner = pick(
        [draft.spot.county, upper_stem(draft.spot.county), other, upper_stem(other), ""], rng
    )
    name = owner + pick(words()["firm_brands"], rng) + pick(words()["firm_trades"], rng)
    if rng.random() < 0.4:
        draft.front, draft.tail = f"{name}（", f"{draft.tail}）"
    else:
        draft.front = name + pick([" ", "，", "：", "-"], rng)
    return True


def prefixed(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Put the label of a form, a number or a mark in front: 地址：, 3、, ★."""
    n = int(rng.integers(1, 60))
    fronts = ["地址：", "生产经营场所:", f"{n}、", f"({n})", "★", "注册地址：", "位于", "住所地为"]
    draft.front = pick(fronts, rng) + draft.front
    return True


def behind(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write group, house, building, room, telephone or postcode behind."""
    n, m = int(rng.integers(1, 30)), int(rng.integers(1, 200))
    road = pick(words()["roads"], rng)
    draft.tail = pick(
        [f"{n}组{m}号", f"{n}队{m}号附{n}号", f"{m}号院{n}号楼{n}单元", f"{road}{m}-{n}号",
         f"小区{n}栋{m}室", f"{n}组 1380000{m:04d}", f"{n}号门面", f"大道{m}号（邮编{400000 + m}）",
         f"{pick(words()['numerals'], rng)}社{m}号"], rng)  # fmt: skip
    return True


def width(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Put blanks, commas, slashes or dots between the levels, and use full-width digits."""
    mark = pick([" ", "　", "，", "、", "/", "·", "-", "  "], rng)
    draft.order = tuple(
        part
        for level in draft.order
        for part in ((level, mark) if draft.said.get(level) else (level,))
    )
    draft.tail = draft.tail or f"{int(rng.integers(1, 90))}号"
    draft.finish.append(lambda text: text.translate(_DIGITS))
    return True


def traditional(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write traditional characters, as an old sign or an investor from Hong Kong does."""
    return _translate(draft, words()["traditional"].split())


def variant(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write one sign for another that means the same: 邨, 墟, 峯."""
    return _translate(draft, words()["variant"].split())


def repeated(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write a level twice, as forms with columns do: 永兴县永兴县马田镇."""
    level = pick([level for level in LEVELS if draft.said.get(level)], rng)
    draft.shown[level] = draft.said[level] * 2
    if rng.random() < 0.3 and draft.said.get("province"):
        again = "".join(draft.said.get(one, "") for one in LEVELS[:3])
        draft.shown["town"] = again + draft.said.get("town", "")
    return True


def wrong_upper(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name another province or city; county, town and village speak against it."""
    code = pick(atlas.counties, rng)
    province, city = atlas.names[code[:2]], atlas.names[code[:4]]
    draft.said |= {"province": "", "city": ""}
    if city in PSEUDO_CITIES or rng.random() < 0.5:
        draft.shown["province"] = province
    else:
        draft.shown["city"] = city
    return code[:2] != draft.spot.code[:2]


def wrong_county(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name a neighbouring county, which has no such town; the home county has."""
    near = [c for c in atlas.counties if c[:4] == draft.spot.code[:4] and c != draft.spot.code[:6]]
    if not near or not draft.at_home:
        return False
    wrong = pick(near, rng)
    draft.said["county"] = ""
    draft.shown["county"] = atlas.names[wrong]
    stem = town_stem(draft.spot.town)
    return all(town_stem(town.name) != stem for town in atlas.gazetteer.towns(wrong))


def zone(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name a development zone, by a shorter name; or one that the list lacks: it is open."""
    zones = [t for t in atlas.gazetteer.towns(draft.spot.code[:6]) if _ZONE.search(t.name)]
    draft.said["town"] = draft.said["village"] = ""
    draft.tail = pick(
        ["工业园区内", "经济开发区3号标准厂房", "工业集中区A栋", "循环经济产业园"], rng
    )
    if not zones:
        return rng.random() < 0.05
    draft.spot = atlas.spot(zones[int(rng.integers(len(zones)))].code)
    name = draft.said["town"] = draft.spot.town
    for long, short in _ZONE_WORDS:
        name = name.replace(long, short)
    draft.shown["town"] = name
    draft.tail = f"{pick(words()['roads'], rng)}{int(rng.integers(1, 99))}号"
    alike = [t for t in zones if name[-3:] in t.name]
    return len(zones) == 1 or (len(alike) == 1 and len(name) > 3)


def road_only(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write county, road and number: everything below the county is open."""
    draft.said["town"] = draft.said["village"] = ""
    draft.tail = f"{pick(words()['roads'], rng)}{int(rng.integers(1, 400))}号"
    return True


def brackets(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Put a remark in brackets, in the middle or behind; some name another place."""
    remark = pick(words()["remarks"], rng)
    if rng.random() < 0.2:
        remark = f"（由{atlas.names[pick(atlas.counties, rng)]}迁入）"
    if rng.random() < 0.3:
        draft.order = (*LEVELS[:4], remark, "village")
    else:
        draft.tail += remark
    return True


def turned_round(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the finer level first: 邝家村（马田镇）, 马田镇邝家村，永兴县."""
    if rng.random() < 0.5:
        draft.order = ("province", "city", "county", "village", "（", "town", "）")
    else:
        draft.order = ("town", "village", "，", "province", "city", "county")
    draft.tail = ""
    return bool(draft.said.get("town") and draft.said.get("village") and draft.said.get("county"))


def nowhere(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name no place at all: the home county is a guess at best."""
    draft.said, draft.tail = {}, pick(words()["nowhere"], rng)
    fits = (draft.home,) if len(draft.home) == 6 else ()
    draft.label = Label("", "", "", fits)
    return True


def two_kinds(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Apply two of the other kinds at once."""
    names, rest = _NAMES + _HEADS, _AROUND
    return _one_of(names, draft, atlas, rng) and _one_of(rest, draft, atlas, rng)


def three_kinds(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Apply three of the other kinds at once."""
    parts = (_NAMES, _HEADS, _AROUND)
    return all(_one_of(part, draft, atlas, rng) for part in parts)


# What spoils a name, what spoils the head of an address, what is put around it: one of each can
# be combined without undoing another.
_NAMES = (short_town, town_word, village_word, village_sort, typo_shape, typo_sound, typo_slip)
_HEADS = (upper_left_out, county_left_out, town_left_out, short_upper, old_county, typo_county)
_AROUND = (firm_front, behind, width, brackets, direction, traditional, prefixed, repeated)


def _one_of(kinds: tuple[Kind, ...], draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    return kinds[int(rng.integers(len(kinds)))](draft, atlas, rng)


COMBINED = ("two_kinds", "three_kinds")
"""Kinds of which more are drawn."""

KINDS: dict[str, Kind] = {
    one.__name__: one
    for one in (
        official, upper_left_out, county_left_out, county_skipped, town_left_out, village_alone,
        town_alone, village_left_out, same_village_name, same_town_name, short_upper, short_town,
        short_village, short_all, village_word, village_sort, town_word, typo_county, typo_shape,
        typo_sound, typo_slip, typo_open, old_town, old_county, direction, firm_front, prefixed,
        behind, width, traditional, variant, repeated, wrong_upper, wrong_county, zone, road_only,
        brackets, turned_round, nowhere, two_kinds, three_kinds,
    )
}  # fmt: skip
"""Every kind by its name."""


def _translate(draft: Draft, pairs: list[str]) -> bool:
    table = str.maketrans({pair[0]: pair[1] for pair in pairs})
    draft.finish.append(lambda text: text.translate(table))
    names = "".join(draft.said.get(level, "") for level in LEVELS[2:])
    return sum(a != b for a, b in zip(names, names.translate(table), strict=True)) >= 1
