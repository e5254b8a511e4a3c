"""Kinds of spoilt addresses, first part: levels left out, names shortened, misspelt or out of date.

A kind changes a draft and tells whether it could.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.address_atlas import town_stem, upper_stem, village_parts
from benchmarks.address_drafts import LEVELS, Draft, old_counties, old_towns, pick, words

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.address_atlas import Atlas


def official(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Spoil nothing: every level by its full name."""
    return True


def upper_left_out(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Leave out province and city; another county may have the same name."""
    draft.said["province"] = draft.said["city"] = ""
    return True


def county_left_out(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Begin with the town; the home area, if any, is the only hint."""
    for level in LEVELS[:3]:
        draft.said[level] = ""
    return draft.spot.code.startswith(draft.home)


def county_skipped(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name city and town, and leave out the county between them."""
    draft.said |= {"province": "", "city": draft.spot.city, "county": ""}
    return draft.spot.city != ""


def town_left_out(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name county and village, and leave out the town between them."""
    draft.said["town"] = ""
    return True


def village_alone(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write nothing but the village, in a ledger of its county."""
    for level in LEVELS[:4]:
        draft.said[level] = ""
    return draft.at_home


def town_alone(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write nothing but the town, in a ledger of its county or prefecture."""
    draft.said = {"town": draft.spot.town}
    draft.tail = pick(["", "集镇", "政府旁", "工业园内"], rng)
    return bool(draft.home) and draft.spot.code.startswith(draft.home)


def village_left_out(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Stop at the town, or go on with a road and a number: the village is open."""
    draft.said["village"] = ""
    draft.tail = pick(
        ["", f"{pick(words()['roads'], rng)}{int(rng.integers(1, 300))}号", "集镇"], rng
    )
    return True


def same_village_name(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name a village that several towns of the county have, and no town: it is open."""
    draft.said["town"] = ""
    stem, sort = village_parts(draft.said["village"])
    twins = [v for v in atlas.villages(draft.spot.code[:6]) if v[1:] == (stem, sort)]
    return len({code[:9] for code, _, _ in twins}) > 1


def same_town_name(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Name a town that several counties have, no county and no home: it is open."""
    draft.home = ""
    draft.said = {"town": draft.spot.town}
    return sum(name == draft.spot.town for code, name in atlas.names.items() if len(code) == 9) > 1


def short_upper(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write province, city and county without 省, 市, 县; 麻阳苗族自治县 as 麻阳 or 麻阳县."""
    changed = False
    for level in LEVELS[:3]:
        name = draft.said.get(level, "")
        short = upper_stem(name) if name else ""
        if level == "county" and name.endswith("自治县") and rng.random() < 0.5:
            short += "县"
        # 长沙 alone is the city, not 长沙县.
        if (
            level == "county"
            and short == upper_stem(draft.spot.city)
            and not draft.said.get("city")
        ):
            short = name
        changed |= short != name
        draft.said[level] = short
    return changed


def short_town(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the town without 镇, 乡 or 街道 behind it."""
    stem = town_stem(draft.spot.town)
    changed = draft.said.get("town", "") not in ("", stem)
    draft.said["town"] = stem
    return changed


def short_village(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the village without 村 or 社区, a group or house number behind it."""
    stem, sort = village_parts(draft.spot.village)
    draft.said["village"] = stem
    draft.tail = f"{int(rng.integers(1, 15))}{'组' if sort == 'rural' else '栋'}"
    return bool(sort) and len(stem) >= 2 and not stem.endswith(("路", "街", "组"))


def short_all(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write every level without its kind: 湖南郴州永兴马田邝家3组."""
    short = short_town(draft, atlas, rng) and short_village(draft, atlas, rng)
    return short_upper(draft, atlas, rng) and short


def village_word(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Put another word of the same sort behind the village: 村委会, 社区居委会."""
    stem, sort = village_parts(draft.spot.village)
    rural = ["村委会", "村民委员会", "村委"]
    draft.said["village"] = stem + pick(
        rural if sort == "rural" else ["居委会", "社区居委会", "居民委员会"], rng
    )
    return bool(sort)


def village_sort(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write a village as a community or the other way about: 村改居, or a slip."""
    stem, sort = village_parts(draft.spot.village)
    draft.said["village"] = stem + pick(
        ["社区", "居委会"] if sort == "rural" else ["村", "村委会"], rng
    )
    return bool(sort)


def town_word(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Change 街道, 镇 and 乡 for one another, as before a change of status; or write 街道办."""
    stem = town_stem(draft.spot.town)
    kind = draft.spot.town.removeprefix(stem)
    others = {
        "街道": ["镇", "乡", "街道办事处", "街道办"],
        "镇": ["乡", "街道"],
        "乡": ["镇", "街道"],
    }
    draft.said["town"] = stem + pick(others.get(kind, ["乡"]), rng)
    return kind in others or "民族乡" in kind


def typo_shape(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Take one character of town or village for one that looks like it."""
    return _confuse(draft, words()["shape"].split(), rng)


def typo_sound(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Take one character of town or village for one that sounds like it."""
    return _confuse(draft, words()["sound"].split(), rng)


def typo_slip(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Lose, double or exchange with its neighbour one character of a name of three or more."""
    level = pick(["town", "village"], rng)
    name = draft.said.get(level, "")
    stem = town_stem(name) if level == "town" else village_parts(name)[0]
    if len(stem) < 3 or stem == name:
        return False
    at = int(rng.integers(len(stem) - 1))
    spoilt = pick(
        [stem[:at] + stem[at + 1 :], stem[: at + 1] + stem[at:],
         stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :]], rng)  # fmt: skip
    draft.said[level] = spoilt + name.removeprefix(stem)
    draft.mended = True
    return spoilt != stem


def typo_open(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Make one character illegible (×, 某) where several villages of the town fit: it is open."""
    stem, _ = village_parts(draft.said.get("village", ""))
    if len(stem) != 2:
        return False
    at = int(rng.integers(2))
    draft.said["village"] = draft.said["village"].replace(stem[at], pick(["×", "某", "□"], rng), 1)
    draft.mended = True
    return "village" in draft.said and draft.said.get("town", "") != ""


def typo_county(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Misspell the county, where the home area or the city says what is meant."""
    name = draft.spot.county
    groups = words()["shape"].split() + words()["sound"].split()
    wrong = _mistake(upper_stem(name), groups, rng)
    if not wrong or not (draft.at_home or draft.said.get("city")) or not draft.said["county"]:
        return False
    draft.shown["county"] = wrong + name.removeprefix(upper_stem(name))
    return draft.shown["county"] not in atlas.names.values()


def old_town(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the town as in 2017, before it was merged or renamed; today's village or none."""
    options = old_towns().get(draft.spot.code[:9], ())
    if not options:
        return False
    draft.shown["town"] = pick(options, rng)
    if rng.random() < 0.5:
        draft.said["village"] = ""
        return True
    return _only_here(draft, atlas)


def old_county(draft: Draft, atlas: Atlas, rng: np.random.Generator) -> bool:
    """Write the county as it was called before it became a city or a district."""
    options = old_counties().get(draft.spot.code[:6], ())
    if not options:
        return False
    draft.shown["county"] = pick(options, rng)
    return True


def _mistake(stem: str, groups: list[str], rng: np.random.Generator) -> str:
    """Return *stem* with one character taken for another of its group, empty if none has one."""
    spots = [(at, group) for at, sign in enumerate(stem) for group in groups if sign in group]
    if not spots:
        return ""
    at, group = spots[int(rng.integers(len(spots)))]
    return stem[:at] + pick(group.replace(stem[at], ""), rng) + stem[at + 1 :]


def _confuse(draft: Draft, groups: list[str], rng: np.random.Generator) -> bool:
    level = pick(["town", "village", "village"], rng)
    name = draft.said.get(level, "")
    stem = town_stem(name) if level == "town" else village_parts(name)[0]
    wrong = _mistake(stem, groups, rng) if stem != name else ""
    draft.said[level] = wrong + name.removeprefix(stem)
    draft.mended = True
    return wrong != ""


def _only_here(draft: Draft, atlas: Atlas) -> bool:
    """Tell whether no other town of the county has a village of this name."""
    stem, _ = village_parts(draft.spot.village)
    twins = {v[0][:9] for v in atlas.villages(draft.spot.code[:6]) if v[1] == stem}
    return twins == {draft.spot.code[:9]}
