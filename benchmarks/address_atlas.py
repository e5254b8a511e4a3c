"""What the words of a drawn address can name: the label that stands beside it.

An oracle apart from the product's resolver: it is told which words stand for which level and
looks through the whole gazetteer for every place that they fit. Where several fit equally well
the label is only what they have in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from geo.names import PSEUDO_CITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from geo.gazetteer import Gazetteer

_PEOPLES = re.compile(
    "(?:(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西"
    "|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|鄂温克|德昂|保安|裕固|京|独龙"
    "|鄂伦春|门巴|珞巴|基诺|各)族|哈萨克|蒙古|维吾尔|柯尔克孜)+$"
)
_UPPER = re.compile("(?:特别行政区|自治区|自治州|自治县|自治旗|地区|林区|特区|省|市|盟|县|区|旗)$")
_TOWN = re.compile("(?:街道办事处|街道办|街道|办事处|民族苏木|苏木|民族乡|镇|乡)$")
_VILLAGE = re.compile(
    "(?:农村社区|社区居民委员会|社区居委会|社区委员会|社区|居民委员会|居委会|居委|村民委员会|村委会|民委会|嘎查|村委|村)$"
)
MOST = 8  # how many places that fit are named in a label


def upper_stem(name: str) -> str:
    """Return the name of a province, city or county without the word for its kind."""
    stem = _UPPER.sub("", name)
    shorter = _PEOPLES.sub("", stem) if stem != name else stem
    stem = shorter if len(shorter) >= 2 else stem
    return stem if len(stem) >= 2 else name


def town_stem(name: str) -> str:
    """Return the name of a town without the word for its kind."""
    stem = _TOWN.sub("", name)
    shorter = _PEOPLES.sub("", stem) if stem != name else stem
    stem = shorter if len(shorter) >= 2 else stem
    return stem if len(stem) >= 2 else name


def village_parts(name: str) -> tuple[str, str]:
    """Return stem and sort (``rural``, ``urban`` or empty) of the name of a village."""
    found = _VILLAGE.search(name)
    word = found.group() if found else ""
    stem = name.removesuffix(word)
    sort = "urban" if "社区" in word or "居" in word else "rural" if word else ""
    if sort == "rural" and stem.endswith("村") and len(stem) > 1:
        stem = stem[:-1]
    return (stem, sort) if stem else (name, "")


class Spot(NamedTuple):
    """A village of the gazetteer with the names above it; ``city`` is empty where none is said."""

    code: str
    province: str
    city: str
    county: str
    town: str
    village: str


class Label(NamedTuple):
    """What a text names: codes, empty where it is left open, and all that fit where several do."""

    county: str
    town: str
    village: str
    fits: tuple[str, ...]


class Atlas:
    """The gazetteer, indexed for the oracle."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.names = {place.code: place.name for place in gazetteer}
        self.counties = [code for code in self.names if len(code) == 6]
        self._villages: dict[str, list[tuple[str, str, str]]] = {}

    @cached_property
    def _stems(self) -> dict[str, str]:
        return {
            code: town_stem(name) if len(code) == 9 else upper_stem(name)
            for code, name in self.names.items()
        }

    @cached_property
    def _towns_by_stem(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for code, stem in self._stems.items():
            if len(code) == 9:
                found[stem].append(code)
        return found

    def spot(self, code: str) -> Spot:
        """Return a village, or a town with an empty village, with the names above it."""
        city = self.names[code[:4]]
        return Spot(
            code=code,
            province=self.names[code[:2]],
            city="" if city in PSEUDO_CITIES else city,
            county=self.names[code[:6]],
            town=self.names[code[:9]],
            village=self.gazetteer.place(code).name if len(code) == 12 else "",
        )

    def villages(self, county: str) -> list[tuple[str, str, str]]:
        """Return code, stem and sort of the villages of a county."""
        if county not in self._villages:
            self._villages[county] = [
                (village.code, *village_parts(village.name))
                for village in self.gazetteer.villages(county)
            ]
        return self._villages[county]

    def label(self, written: Mapping[str, str], *, home: str, mended: bool) -> Label | None:
        """Return what *written* (level -> words, empty ones left out) names, None if nothing.

        Parameters
        ----------
        home
            Where a text names no county, the user's county, then the prefecture, then all of
            China is searched, and the first of them with a place that fits decides.
        mended
            Whether a name may be one edit away where none is equal.
        """
        tiers = [home[:6], home[:4], ""] if len(home) == 6 else [home, ""]
        for tier in dict.fromkeys(tiers):
            found = self._fitting(written, within=tier, mended=mended)
            if found:
                return _common(found)
        return None

    def _fitting(self, written: Mapping[str, str], *, within: str, mended: bool) -> list[str]:
        graded = [
            (above + grade, code)
            for above, county in self._counties_of(written, within)
            for grade, code in self._inside(county, written, mended=mended)
        ]
        best = min((grade for grade, _ in graded), default=0)
        return sorted({code for grade, code in graded if grade == best})

    def _counties_of(self, written: Mapping[str, str], within: str) -> Iterator[tuple[int, str]]:
        pool: Iterable[str] = self.counties
        if not written.get("county") and not within and written.get("town"):
            stem = town_stem(written["town"])
            pool = sorted({code[:6] for code in self._towns_by_stem.get(stem, ())})
        for code in pool:
            if not code.startswith(within):
                continue
            grades = [
                self._grade(code[:length], written.get(level, ""))
                for length, level in ((2, "province"), (4, "city"), (6, "county"))
            ]
            if None not in grades:
                yield sum(grade for grade in grades if grade is not None), code

    def _grade(self, code: str, word: str) -> int | None:
        """Tell how well a word names an upper place: 0 equal, 1 by its stem, None not at all."""
        name = self.names[code]
        if not word or name == word:
            return 0
        if len(code) == 4 and name in PSEUDO_CITIES:
            return self._grade(code[:2], word)
        return 1 if upper_stem(word) == self._stems[code] else None

    def _inside(
        self, county: str, written: Mapping[str, str], *, mended: bool
    ) -> Iterator[tuple[int, str]]:
        """Yield the towns or villages of a county that fit, each with its grade."""
        towns = self._towns(county, written.get("town", ""), mended=mended)
        if not written.get("village"):
            for grade, town in towns:
                yield grade, town if written.get("town") else county
            return
        above = {town: grade for grade, town in towns}
        stem, sort = village_parts(written["village"])
        for code, own, own_sort in self.villages(county):
            if code[:9] not in above:
                continue
            if own == stem:
                differs = bool(sort and own_sort and sort != own_sort)
                yield above[code[:9]] + differs, code
            elif mended and len(own) >= 2 and OSA.distance(own, stem, score_cutoff=1) == 1:
                yield above[code[:9]] + 3, code

    def _towns(self, county: str, word: str, *, mended: bool) -> list[tuple[int, str]]:
        codes = [place.code for place in self.gazetteer.towns(county)]
        if not word:
            return [(0, code) for code in codes]
        equal = [(0, code) for code in codes if self.names[code] == word]
        stem = town_stem(word)
        alike = equal or [(1, code) for code in codes if self._stems[code] == stem]
        if alike or not mended:
            return alike
        return [
            (3, code)
            for code in codes
            if OSA.distance(self._stems[code], stem, score_cutoff=1) == 1
        ]


def _common(codes: list[str]) -> Label:
    """Return the levels on which all codes agree, and the codes where they are several."""

    def agreed(length: int) -> str:
        found = {code[:length] for code in codes}
        one = next(iter(found))
        return one if len(found) == 1 and len(one) == length else ""

    county, town, village = agreed(6), agreed(9), agreed(12)
    return Label(county, town, village, tuple(codes[:MOST]) if len(codes) > 1 else ())
