"""Many texts as one array, and the words that tell what kind of place is named in them."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.characters import fold
from geo.dictionary import Dictionary, of_words
from geo.names import AREA_WORDS, NOISE, VILLAGE_WORDS, village_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int32]

RURAL, URBAN = 1, 2
"""What a village word stands for; 0 where it says nothing."""

_AREA, _VILLAGE, _STREET, _TOWN_PLACE, _BESIDE, _FIRM, _UNIT, _TOWN = range(8)
_NUMERALS = "0123456789零〇一二三四五六七八九十百"
_COMPASS = "上下东西南北中前后左右大小新老旧里外内"
# 长沙路 is not in Changsha; 街道, 街社区 and 街村 are not streets.
_ROADS = ("路", "街", "大道", "巷", "国道", "省道", "高速", "大厦", "广场", "小区", "花园", "大桥")
_NO_ROADS = ("街道", "街社区", "街村")


class Texts:
    """Normalised texts, one behind the other, each closed by a 0.

    Attributes
    ----------
    written, units
        UTF-16 units of all texts as they are written, and folded (geo.characters).
    starts, ends
        Where each text begins and ends.
    row_of
        Which text a unit belongs to.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        joined = NOISE.sub("", "\0".join(map(_folded, texts))) + "\0"
        raw = joined.encode("utf-16-le", "surrogatepass")
        self._joined = joined if len(raw) == 2 * len(joined) else ""  # one unit a character
        self.written = np.frombuffer(raw, dtype="<u2")
        self.units = fold(self.written)
        self.ends: Ints = np.flatnonzero(self.units == 0).astype(np.int32)
        self.starts: Ints = np.append(np.int32(0), self.ends[:-1] + 1).astype(np.int32)
        self.row_of: Ints = np.repeat(
            np.arange(len(texts), dtype=np.int32), self.ends - self.starts + 1
        )

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts)

    def slice(self, start: int, end: int) -> str:
        """Return the units from *start* to *end* as a text."""
        if self._joined:
            return self._joined[start:end]
        return self.written[start:end].tobytes().decode("utf-16-le", "replace")


def _folded(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", " ")
    if unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text)


class Marks(NamedTuple):
    """What stands at every position: sizes of words of a kind (0: none) and yes or no.

    ``area``, ``village``, ``street``, ``town`` are sizes; ``area_levels`` has a bit for each level
    (1 province, 2 city, 4 county, 8 town); ``kind`` is that of the village word. ``next_town`` and
    ``next_village`` are the positions of the next such word in the whole array, its size if none.
    """

    area: Bytes
    area_levels: Bytes
    village: Bytes
    kind: Bytes
    street: Bytes
    town: Bytes
    town_place: Bytes
    beside: Bytes
    firm_ends: Ints
    grouped: Bools
    han: Bools
    compass: Bools
    next_town: Ints
    next_village: Ints


@cache
def _words() -> tuple[Dictionary, Ints, Ints]:
    """Return the dictionary of all words, and the kind and the detail behind each value."""
    levels = {2: 1, 4: 2, 6: 4, 9: 8}
    kinds = {"rural": RURAL, "urban": URBAN, "": 0}
    rows: list[tuple[str, int, int]] = [
        (word, _AREA, sum(levels[size] for size in sizes)) for word, sizes in AREA_WORDS.items()
    ]
    rows += [(word, _VILLAGE, kinds[village_kind(word)]) for word in VILLAGE_WORDS]
    rows += [
        (f"{middle}{side}{road}", _STREET, 1)
        for middle, side, road in product(("", "中"), ("", *"东西南北"), _ROADS)
    ]
    rows += [
        (f"{middle}{side}{road}", _STREET, 0)
        for middle, side, road in product(("", "中"), ("", *"东西南北"), _NO_ROADS)
    ]
    # 马田圩 and 柏林工业园 mean the town though no 镇 stands behind it.
    for kind, words in (
        (_TOWN_PLACE, "工业园 工业区 工业集中区 产业园 集镇 圩 墟 街上 镇区"),
        (_FIRM, "有限责任公司 有限公司 股份公司 分公司 公司 合作社 工作室 经营部 个体工商户"),
        (_UNIT, "村民小组 居民小组 组 队 号 屯 社 片 栋"),
        (_TOWN, "街道办事处 街道办 街道 镇 乡"),
    ):
        rows += [(word, kind, 1) for word in words.split()]
    rows += [
        (side + word, _BESIDE, 1)
        for side, word in product("上下东西南北中前后里外新老", ("村", "社区", "居委"))
    ]
    dictionary = of_words([(word, k) for k, (word, _, _) in enumerate(rows)])
    return (
        dictionary,
        np.array([kind for _, kind, _ in rows], dtype=np.int32),
        np.array([detail for _, _, detail in rows], dtype=np.int32),
    )


def mark(texts: Texts) -> Marks:
    """Find the words in *texts*; of several of a kind at one place the longest."""
    dictionary, kinds, details = _words()
    found = dictionary.find(texts.units)
    count = np.diff(dictionary.value_starts)[found.entry]
    value = dictionary.values[spread(dictionary.value_starts[found.entry], count)]
    start, size = np.repeat(found.start, count), np.repeat(found.size, count)
    kind, detail = kinds[value], details[value]
    total = len(texts.units)
    sizes = np.zeros((8, total + 1), dtype=np.uint8)
    sizes[kind, start] = size  # the longest comes last at a position and stays
    words = np.zeros((8, total + 1), dtype=np.uint8)
    words[kind, start] = detail
    sizes[_STREET][words[_STREET] == 0] = 0
    firm = kind == _FIRM
    return Marks(
        area=sizes[_AREA], area_levels=words[_AREA], village=sizes[_VILLAGE],
        kind=words[_VILLAGE], street=sizes[_STREET], town=sizes[_TOWN],
        town_place=sizes[_TOWN_PLACE], beside=sizes[_BESIDE],
        firm_ends=_last_ends(texts, start[firm], size[firm]),
        grouped=_grouped(texts, sizes[_UNIT]), han=_han(texts),
        compass=_any_of(texts, _COMPASS), next_town=_next(sizes[_TOWN] > 0),
        next_village=_next(sizes[_VILLAGE] > 0),
    )  # fmt: skip


def spread(starts: NDArray[np.integer], counts: NDArray[np.integer]) -> Ints:
    """Return starts[0], starts[0] + 1, … counts[0] times, then those of the next, and so on."""
    total = int(counts.sum())
    first = np.cumsum(counts) - counts
    return np.arange(total, dtype=np.int32) + np.repeat(starts - first, counts).astype(np.int32)


def _last_ends(texts: Texts, start: Ints, size: Ints) -> Ints:
    ends = texts.starts.copy()
    np.maximum.at(ends, texts.row_of[start], start + size)
    return ends


def _next(yes: Bools) -> Ints:
    """Return the next position from each one on that says yes, the number of positions if none."""
    where = np.where(yes, np.arange(len(yes), dtype=np.int32), np.int32(len(yes)))
    return np.minimum.accumulate(where[::-1])[::-1]


def _any_of(texts: Texts, characters: str) -> Bools:
    return np.append(_table(characters)[texts.units], False)


@cache
def _table(characters: str) -> Bools:
    """Return for every unit whether it is one of *characters*."""
    table = np.zeros(2**16, dtype=bool)
    table[[ord(character) for character in characters]] = True
    return table


def _han(texts: Texts) -> Bools:
    units = texts.written
    plain = (units >= 0x3400) & (units <= 0x9FFF)
    return np.append(plain | ((units >= 0xD800) & (units < 0xE000)), False)


def _grouped(texts: Texts, unit: Bytes) -> Bools:
    """Tell where a group or house number follows: 第3组, 12号, or plain 组, 湾, 屯."""
    digit = _any_of(texts, _NUMERALS)
    behind = _next(~digit)
    begins = np.append(texts.units == ord("第"), False)
    first = np.arange(len(digit)) + begins
    first = np.minimum(first, len(digit) - 1)
    counted: Bools = digit[first] & (unit[behind[first]] > 0)
    return counted | _any_of(texts, "组湾屯")
