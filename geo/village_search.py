"""Seek the villages of readings: names in the text that a reading's county or town has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.lexicon import COUNTY, FULL, TOWN, Lexicon
from geo.names import VILLAGE_KINDS, village_kind
from geo.texts import RURAL, URBAN, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.dictionary import Dictionary
    from geo.lexicon import Hits
    from geo.texts import Marks, Texts
    from geo.weighing import Readings

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]
    Keys = NDArray[np.int64]

KINDS = np.array(
    [{"rural": RURAL, "urban": URBAN, "": 0}[village_kind(word)] for word in VILLAGE_KINDS],
    dtype=np.uint8,
)
"""What the words behind the stems of the statistical list stand for, by their number."""
_GROUP_SIZE = len("村民小组")
_SIDE_ROADS = frozenset("路街巷道")
_LONGEST = 31


class VillageHits(NamedTuple):
    """Names of villages in a text, wherever in China they are.

    Attributes
    ----------
    start, size, end
        Where the stem begins, its units, where the village word behind it ends.
    entry
        Its number in the dictionary.
    word, kind
        Whether a village word stands behind it, and what that stands for.
    bounded
        Whether the name begins where a name may begin.
    grouped
        Whether a group or house number follows, or nothing.
    beside
        Marks 牛头下居委会 where the list has 牛头.
    """

    start: Ints
    size: Ints
    end: Ints
    entry: Ints
    word: Bools
    kind: NDArray[np.uint8]
    bounded: Bools
    grouped: Bools
    beside: Bools

    def where(self, chosen: NDArray[Any]) -> VillageHits:
        """Return the chosen ones."""
        return VillageHits._make(column[chosen] for column in self)


@dataclass(slots=True, kw_only=True)
class Matches:
    """Villages of readings: reading, village and how its name stands there, one an entry."""

    reading: Ints
    village: Ints
    town: Ints  # of the village, as a place
    start: Ints
    size: Ints
    end: Ints
    word: Bools
    agrees: Bools
    bounded: Bools
    grouped: Bools
    beside: Bools
    aside: Bools  # named before the town

    def where(self, chosen: NDArray[Any]) -> Matches:
        """Return the chosen ones."""
        return Matches(**{name: getattr(self, name)[chosen] for name in self.__slots__})


def village_hits(texts: Texts, marks: Marks, upper: Hits, *, dictionary: Dictionary) -> VillageHits:
    """Return the village names in *texts*.

    A name begins freely at the start, where a name of an *upper* level ends, after another village
    and after a bracket or digit. None is read out of an official name (西村 of 西村乡), and
    第八村民小组 is a group, not a village.
    """
    start, size, entry = dictionary.find(texts.units)
    end = start + size
    last = texts.units[end - 1]
    sized = marks.village[end]
    kind = marks.kind[end].copy()
    word = sized > 0
    own = ~word & (size > 1) & (last == ord("村"))  # 大村 stands in the list as 大村村
    kind[own] = RURAL
    word = word | own
    behind = end + sized
    road = np.isin(last, [ord(side) for side in _SIDE_ROADS])
    official = np.zeros(len(texts.units) + 1, dtype=np.int32)
    official[upper.start[upper.grade == FULL]] = upper.end[upper.grade == FULL]
    third = texts.units[np.minimum(end + 2, len(texts.units) - 1)]
    group = marks.grouped[start] & (sized == _GROUP_SIZE) & (third == ord("小"))
    readable = word & ~group & (official[start] <= behind)
    readable |= ~word & (marks.street[end] == 0) & ~road & (size > 1)
    grouped = marks.grouped[behind] | (behind == texts.ends[texts.row_of[start]])
    kind[(kind == 0) & grouped] = RURAL
    free = _free(texts, marks, upper)
    free[behind[readable & word & free[start]]] = True
    bounded = free[start]
    compass = marks.compass[np.maximum(start - 1, 0)]
    readable &= bounded | ((size > 1) & ~((size == 2) & compass))
    beside = ~word & (marks.beside[end] > 0)
    readable &= word | (bounded | grouped) & (bounded | (size > 2))
    return VillageHits(start, size, behind, entry, word, kind, bounded, grouped, beside).where(
        readable
    )


def _free(texts: Texts, marks: Marks, upper: Hits) -> Bools:
    """Tell where a name may begin: at the start, behind an upper name, behind what is no letter."""
    free = np.zeros(len(texts.units) + 1, dtype=bool)
    free[upper.end] = True
    free[1:] |= ~marks.han[:-1]
    free[texts.starts] = True
    return free


class VillageIndex:
    """A dictionary of villages that is asked for those of one county."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        count = np.diff(dictionary.value_starts)
        entry = np.repeat(np.arange(len(dictionary), dtype=np.int64), count)
        self._keys: Keys = (entry << 20) | dictionary.values

    def within(self, entry: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """Return where in the values the villages of *entry* from *low* to *high* begin and end."""
        starts, values = self.dictionary.value_starts, self.dictionary.values
        first, behind = starts[entry], starts[entry + 1]
        # Most entries have one village, or none near: their first and last say so.
        rows = np.flatnonzero((values[first] < high) & (values[behind - 1] >= low))
        base = entry[rows].astype(np.int64) << 20
        last = first.copy()
        first[rows] = np.searchsorted(self._keys, base | low[rows])
        last[rows] = np.searchsorted(self._keys, base | high[rows])
        return first, last


def match(
    readings: Readings, chosen: Ints, hits: VillageHits, *, index: VillageIndex,
    texts: Texts, lexicon: Lexicon,
) -> Matches:  # fmt: skip
    """Return the villages that the *chosen* readings' counties have under the names in *hits*."""
    gazetteer = lexicon.gazetteer
    row_of_hit = texts.row_of[hits.start]
    rows = readings.row[chosen]
    low = np.searchsorted(row_of_hit, rows)
    count = np.searchsorted(row_of_hit, rows, "right") - low
    hit, reading = spread(low, count), np.repeat(chosen, count)
    county = lexicon.above[COUNTY, readings.place[reading]]
    first, last = index.within(
        hits.entry[hit], gazetteer.village_starts[county], gazetteer.village_ends[county]
    )
    count = last - first
    village = index.dictionary.values[spread(first, count)]
    hit, reading = np.repeat(hit, count), np.repeat(reading, count)
    tables = gazetteer.tables
    town = np.searchsorted(tables["codes"], tables["village_town"][village]).astype(np.int32)
    kind, size = KINDS[tables["village_kinds"][village]], hits.size[hit]
    # 三连生活区 has no word behind it in the list either.
    whole = (tables["village_kinds"][village] == 0) & (size == tables["village_sizes"][village])
    whole &= size > 2
    found = Matches(
        reading=reading, village=village, town=town, start=hits.start[hit], size=size,
        end=hits.end[hit], word=hits.word[hit] | whole, agrees=(kind == hits.kind[hit]) | whole,
        bounded=hits.bounded[hit], grouped=hits.grouped[hit], beside=hits.beside[hit],
        aside=np.zeros(len(hit), dtype=bool),
    )  # fmt: skip
    return _placed(found, readings)


def _placed(found: Matches, readings: Readings) -> Matches:
    """Keep the longest name at a place, behind the reading's names or, with its word, beside."""
    begin, end = readings.begin[found.reading], readings.end[found.reading]
    # A bare 马田 that was read as the town is not read again as 马田村.
    behind = (found.start >= begin) & (found.end > end)
    aside = ~behind & found.word & (found.end <= end)
    for k in range(4):
        spans = readings.spans[:, found.reading]
        aside &= (spans[k] < 0) | (found.end <= spans[k]) | (spans[4 + k] <= found.start)
    found.aside = aside
    found.bounded = found.bounded | (found.start == begin)
    found = found.where(behind | aside)
    own = found.town == readings.place[found.reading]
    key = (found.reading.astype(np.int64) << 33) | (found.start.astype(np.int64) << 1) | own
    order = np.lexsort((found.village, -found.size, key))
    found, key = found.where(order), key[order]
    if not len(key):
        return found
    begins = np.append(True, key[1:] != key[:-1])
    longest = found.size[np.maximum.accumulate(np.where(begins, np.arange(len(key)), 0))]
    return found.where(found.size == longest)


def best_of(found: Matches, readings: Readings, *, lexicon: Lexicon) -> Matches:
    """Return the best villages of every reading, several where the text does not decide."""
    place = readings.place[found.reading]
    named = lexicon.level[place] == TOWN
    signs = found.bounded.astype(np.int8) + found.grouped + (found.size > 2)
    credible = found.word | np.where(
        named, (signs >= 2) | (found.bounded & found.beside), signs == 3
    )
    found = found.where(credible & (~named | (found.town == place)))
    rank = (
        (found.aside.astype(np.int64) << 43) | ((~found.word).astype(np.int64) << 42)
        | ((~found.bounded).astype(np.int64) << 41) | ((~found.agrees).astype(np.int64) << 40)
        | ((_LONGEST - np.minimum(found.size, _LONGEST)).astype(np.int64) << 32) | found.start
    )  # fmt: skip
    order = np.lexsort((found.village, rank, found.reading))
    found, rank = found.where(order), rank[order]
    if not len(rank):
        return found
    begins = np.append(True, found.reading[1:] != found.reading[:-1])
    top = rank[np.maximum.accumulate(np.where(begins, np.arange(len(rank)), 0))]
    return found.where(rank == top)
