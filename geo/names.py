"""Names of Chinese places: what a name is without the word that says what kind of place it is."""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from typing import NamedTuple

LEVELS = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
"""Level of a statistical code by its length."""

PSEUDO_CITIES = frozenset(("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"))
"""Names in the statistical list that stand for no city and appear in no address."""


class Grade(IntEnum):
    """How a written form stands for its place."""

    NAME = 0  # the official name, or what is left of it without its owner
    STEM = 1  # the name without its kind
    FORMER = 2  # the name in an earlier edition of the list
    FORMER_STEM = 3
    ZONE = 4  # an everyday name of a development zone or a unit of the Corps
    ZONE_WORD = 5  # 经开区: only right behind the name of what it lies in


class Stem(NamedTuple):
    """A name split into its stem and its kind, e.g. 马田 and 镇; the kind may be empty."""

    stem: str
    kind: str


# The longer word first: a regular expression takes the first that fits.
_WORDS: dict[str, tuple[str, ...]] = {
    "province": ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"),
    "city": ("地区", "自治州", "市", "盟"),
    "county": ("自治县", "自治旗", "市", "区", "县", "旗"),
    "town": ("街道办事处", "街道办", "街道", "办事处", "民族乡", "民族苏木", "苏木", "镇", "乡"),
}
VILLAGE_WORDS = (
    "社区居民委员会", "社区居委会", "社区委员会", "农村社区", "社区",
    "居民委员会", "居委会", "居委", "村民委员会", "村委会", "民委会", "牧委会",
    "嘎查委会", "嘎查村", "嘎查", "村民小组", "村委", "村",
)  # fmt: skip
"""Words that may end a village's name, in ledgers and in the statistical list."""

VILLAGE_KINDS = ("", *VILLAGE_WORDS)
"""What may stand behind a village's stem in the statistical list."""

AREA_WORDS: dict[str, tuple[int, ...]] = {
    "自治区": (2,), "省": (2,),
    "自治州": (4,), "地区": (4,), "盟": (4,), "州": (4,), "市": (2, 4, 6),
    "自治县": (6,), "自治旗": (6,), "县": (6,), "区": (6,), "旗": (6,),
    "街道办事处": (9,), "街道办": (9,), "街办": (9,), "街道": (9,), "办事处": (9,),
    "民族苏木": (9,), "苏木": (9,), "镇人民政府": (9,), "乡人民政府": (9,),
    "民族乡": (9,), "镇": (9,), "乡": (9,),
}  # fmt: skip
"""Words by which an address marks a place, and the code lengths of the levels they can mean."""

_PEOPLES = (
    "蒙古族|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|"
    "哈萨克|傣族|黎族|傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|"
    "仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族|塔吉克族|怒族|乌孜别克族|俄罗斯族|"
    "鄂温克族|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|鄂伦春族|赫哲族|门巴族|珞巴族|基诺族|各族|蒙古"
)
_KINDS_OF_PEOPLES = frozenset(("自治区", "自治州", "自治县", "自治旗", "民族乡", "乡", "民族苏木"))
_PEOPLE_TAIL = re.compile(f"(?:{_PEOPLES})+$")
_TAILS: dict[str, dict[str, tuple[str, ...]]] = {
    level: {
        last: tuple(sorted((w for w in words if w[-1] == last), key=len, reverse=True))
        for last in sorted({word[-1] for word in words})
    }
    for level, words in (*_WORDS.items(), ("village", VILLAGE_WORDS))
}
NOISE = re.compile(r"[\s,，;；、。：:·“”\"'|/\\_]+")


def normalise(text: str) -> str:
    """Return *text* with full-width forms folded and white space and light punctuation removed."""
    if text.isalpha() and unicodedata.is_normalized("NFKC", text):
        return text
    return NOISE.sub("", unicodedata.normalize("NFKC", text))


def stem_of(name: str, level: str) -> Stem:
    """Split a normalised official name of *level* into stem and kind.

    The names of peoples go with the kind: of 麻阳苗族自治县 people write 麻阳县. A name of which
    less than two characters would be left is its own stem.
    """
    least = 1 if level == "village" else 2
    for kind in _TAILS[level].get(name[-1:], ()):
        if name.endswith(kind) and len(name) - len(kind) >= least:
            break
    else:
        return Stem(name, "")
    stem = name[: -len(kind)]
    if kind in _KINDS_OF_PEOPLES:
        shorter = _PEOPLE_TAIL.sub("", stem)
        # 前郭尔罗斯蒙古族自治县 keeps 前郭尔罗斯; 鄂温克族自治旗 would be left with nothing.
        stem = shorter if len(shorter) >= 2 else stem
    return Stem(stem, kind)


def village_kind(word: str) -> str:
    """Tell what a village word stands for: ``rural``, ``urban`` or ``""`` where it says nothing."""
    if word.startswith(("社区", "居", "农村社区")):
        return "urban"
    if word.startswith(("村", "民委", "牧委", "嘎查")):
        return "rural"
    return ""
