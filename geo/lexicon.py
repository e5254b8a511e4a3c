"""What the names of provinces to towns in a text may mean: the look-up side of the resolver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.county_mending import near_counties
from geo.dictionary import Dictionary, of_words, starts_of
from geo.names import Grade, normalise, stem_of
from geo.texts import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.gazetteer import Gazetteer
    from geo.texts import Marks, Texts

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

FULL, FORMER, RETYPED, FORMER_TOWN, PLACED, BARE = 1.0, 0.9, 0.75, 0.65, 0.6, 0.45
"""How much a name counts: as official; a county's or town's as in an earlier list; with another
kind of word behind it (便江镇 for 便江街道); with a place of the town behind it (柏林工业园); with
nothing of the kind."""

PROVINCE, CITY, COUNTY, TOWN = range(4)
"""Levels of the places above the villages."""


MENDED = 0.62
"""How much the name of a county counts that is misspelt behind its city's."""

NOTED_FORMER, NOTED_ZONE, NOTED_WORD, NOTED_MENDED = 1, 2, 4, 8
"""What is to be said of a name: it is that of an earlier list; an everyday name of a zone; one that
means it only behind the name of what the zone lies in; misspelt."""

_NOTES = np.array(
    [0, 0, NOTED_FORMER, NOTED_FORMER, NOTED_ZONE, NOTED_ZONE | NOTED_WORD], dtype=np.uint8
)  # by Grade


class Hits(NamedTuple):
    """Names of places: where each stands, whose it may be, how well it is written, what to say."""

    start: Ints
    end: Ints
    place: Ints
    grade: Floats
    noted: Bytes

    def where(self, chosen: NDArray[Any]) -> Hits:
        """Return the chosen ones."""
        return Hits._make(column[chosen] for column in self)


class _Forms:
    """Written forms, each with the places that it may stand for."""

    def __init__(self, dictionary: Dictionary, grades: NDArray[np.uint8], places: Ints) -> None:
        self.dictionary = dictionary
        values = dictionary.values
        self.place: Ints = places[values]
        self.stem: Bools = np.isin(grades[values], (Grade.STEM, Grade.FORMER_STEM))
        self.noted = _NOTES[grades[values]]


class Lexicon:
    """The places above the villages by index, and how they may be written.

    Attributes
    ----------
    level
        0 to 3, province to town, of every place.
    above
        Places of the levels province, city and county that each place is or lies in, -1 if none.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        tables = gazetteer.tables
        codes = tables["codes"]
        self.level: NDArray[np.uint8] = np.searchsorted((100, 10**4, 10**6), codes, "right").astype(
            np.uint8
        )
        self.above = self._above()
        self.code_texts: list[str] = [str(code) for code in codes.tolist()]
        sizes = tables["form_sizes"].astype(np.int32)
        count = np.arange(len(sizes), dtype=np.int32)
        dictionary = Dictionary(tables["forms"], starts_of(sizes), sizes, count)
        places = tables["form_places"].astype(np.int32)
        self._forms: tuple[_Forms, ...] = (_Forms(dictionary, tables["form_grades"], places),)
        self.villages: tuple[Dictionary, ...] = (_villages(gazetteer),)

    def with_aliases(self, aliases: Mapping[str, str]) -> Lexicon:
        """Return a lexicon that knows *aliases* -> codes too; the arrays are shared."""
        own = object.__new__(Lexicon)
        own.__dict__.update(self.__dict__)
        upper, villages = [], []
        for alias, code in sorted(aliases.items()):
            index = self.gazetteer.index(code)
            if index is None:
                continue
            if len(code) == 12:
                villages.append((stem_of(normalise(alias), "village").stem, index))
            else:
                upper.append((normalise(alias), index))
        if upper:
            entries = of_words([(alias, k) for k, (alias, _) in enumerate(upper)])
            grades = np.full(len(upper), Grade.NAME, dtype=np.uint8)
            places = np.array([index for _, index in upper], dtype=np.int32)
            own._forms = (*self._forms, _Forms(entries, grades, places))
        if villages:
            own.villages = (*self.villages, of_words(villages))
        return own

    def _above(self) -> NDArray[np.int32]:
        codes = self.gazetteer.tables["codes"]
        above = np.full((3, len(codes)), -1, dtype=np.int32)
        size = np.array([2, 4, 6, 9])[self.level]
        for level, length in ((PROVINCE, 2), (CITY, 4), (COUNTY, 6)):
            rows = np.flatnonzero(size >= length)
            owner = codes[rows] // 10 ** (size[rows] - length)
            found = np.minimum(np.searchsorted(codes, owner), len(codes) - 1)
            above[level, rows] = np.where(codes[found] == owner, found, -1)
        return above

    def hits(self, texts: Texts, marks: Marks, *, home: int) -> Hits:
        """Return every plausible reading of every name of province, city, county and town.

        *home* is the user's county, -1 if none.
        """
        pieces = [self._hits_of(forms, texts, marks) for forms in self._forms]
        longest = np.zeros(len(texts.units) + 1, dtype=np.int32)
        for full, _ in pieces:
            sure = full.grade > 0
            np.maximum.at(longest, full.start[sure], full.end[sure])
        found = [full for full, _ in pieces]
        found += [self._of_stems(stems, marks, longest) for _, stems in pieces]
        hits = Hits(*(np.concatenate(columns) for columns in zip(*found, strict=True)))
        # A name right behind one of its own province, city or county is one, whatever else stands
        # there: 常德安乡 has no 德安乡.
        follows = self._follows(hits)
        kept = _outside(hits, longest) & (hits.grade > 0) | follows
        hits, follows = hits.where(kept), follows[kept]
        hits = hits._replace(grade=self._raised(hits, follows, texts))
        return self._plausible(self._mended(hits, texts, marks), texts, marks, home=home)

    def _mended(self, hits: Hits, texts: Texts, marks: Marks) -> Hits:
        """Add the counties that are misspelt behind their city or province: 吉安市吉冰县."""
        upper = (self.level[hits.place] <= CITY) & (hits.grade > 0)
        near = near_counties(
            hits.place[upper], hits.end[upper], texts, marks,
            taken=hits.start[hits.grade > BARE], gazetteer=self.gazetteer,
        )  # fmt: skip
        if not near:
            return hits
        start, end, place = np.array(sorted(set(near)), dtype=np.int32).T
        more = Hits(start, end, place, np.full(len(place), MENDED),
                    np.full(len(place), NOTED_MENDED, dtype=np.uint8))  # fmt: skip
        both = [hits, more]
        return Hits(*(np.concatenate(columns) for columns in zip(*both, strict=True)))

    def _follows(self, hits: Hits) -> Bools:
        """Tell which names stand right behind one of a place that theirs lies in."""
        upper = self.level[hits.place] <= COUNTY
        ends = np.sort(_pairs(hits.place[upper], hits.end[upper]))
        ending = np.zeros(int(hits.end.max(initial=0)) + 1, dtype=bool)
        ending[hits.end[upper]] = True
        rows = np.flatnonzero(ending[hits.start])
        follows = np.zeros(len(hits.place), dtype=bool)
        for owners in self.above:
            own = owners[hits.place[rows]]
            found = member(_pairs(own, hits.start[rows]), ends)
            follows[rows] |= (own != hits.place[rows]) & found
        return follows

    def _raised(self, hits: Hits, follows: Bools, texts: Texts) -> Floats:
        """Weigh a bare name more where it leads to one of a place in it: 湖南郴州永兴."""
        level = self.level[hits.place]
        zone = hits.noted & NOTED_WORD != 0
        grade = np.where(hits.grade > 0, hits.grade, np.where(zone, RETYPED, BARE))
        first = hits.start == texts.starts[texts.row_of[hits.start]]
        rows = np.flatnonzero((first | follows) & (level <= COUNTY) & (hits.grade <= BARE))
        key = _pairs(hits.place[rows], hits.end[rows])
        leads = np.zeros(len(rows), dtype=bool)
        for upper, owners in enumerate(self.above):
            lower = np.flatnonzero((level > upper) & follows)
            leads |= member(key, np.sort(_pairs(owners[hits.place[lower]], hits.start[lower])))
        grade[rows[leads]] = RETYPED
        return grade

    def _hits_of(self, forms: _Forms, texts: Texts, marks: Marks) -> tuple[Hits, Hits]:
        """Look the forms up; return names as they are official or were, and stems."""
        found = forms.dictionary.find(texts.units)
        starts = forms.dictionary.value_starts
        count = np.diff(starts)[found.entry]
        value = spread(starts[found.entry], count)
        start, end = np.repeat(found.start, count), np.repeat(found.start + found.size, count)
        noted, stem = forms.noted[value], forms.stem[value]
        town = self.level[forms.place[value]] == TOWN
        grade = np.where(noted == NOTED_FORMER, np.where(town, FORMER_TOWN, FORMER), FULL)
        grade = np.where(noted & NOTED_ZONE, np.where(noted & NOTED_WORD, 0.0, RETYPED), grade)
        every = Hits(start, end, forms.place[value], grade, noted)
        return every.where(~stem), every.where(stem)

    def _of_stems(self, stems: Hits, marks: Marks, longest: Ints) -> Hits:
        """Weigh names without their kind by what stands behind them."""
        behind = stems.end
        area = marks.area[behind]
        level = self.level[stems.place]
        fits = (marks.area_levels[behind] >> level) & 1 != 0
        # Where an official name stands, 长沙市 say, another level is not meant (长沙县), but towns
        # of one name and several kinds are common.
        official = behind + area <= longest[stems.start]
        retyped = (area > 0) & fits & ((level == TOWN) | ~official)
        # 省 behind a town or county begins another name: 泰山省庄.
        bare = (area == 0) | ((marks.area_levels[behind] == 1) & (level > PROVINCE))
        bare &= (behind > longest[stems.start]) & (marks.village[behind] == 0)
        # 海淀花园路街道 has no street 海淀花园.
        bare &= (marks.street[behind] == 0) | (longest[behind] > behind + marks.street[behind])
        placed = bare & (level == TOWN) & (marks.town_place[behind] > 0)
        # 惠阳镇隆 has no 惠阳镇 where 惠州 stands before it; of no weight anywhere else.
        split = (area > 0) & ~fits & ((level == CITY) | (level == COUNTY))
        split &= (marks.area_levels[behind] & 4 == 0) & ~bare
        grade = np.where(retyped, RETYPED, np.where(placed, PLACED, BARE))
        grade = np.where(split, 0.0, grade * stems.grade)
        end = np.where(retyped, behind + area, behind)
        return Hits(stems.start, end, stems.place, grade, stems.noted).where(retyped | bare | split)

    def _plausible(self, hits: Hits, texts: Texts, marks: Marks, *, home: int) -> Hits:
        """Drop bare town names that no county vouches for or that stand in the middle of words.

        Without a county anywhere a village may vouch, see :func:`geo.weighing.unconfirmed`.
        """
        level = self.level[hits.place]
        row = texts.row_of[hits.start]
        span = _pairs(hits.start, hits.end)
        # 长沙 alone is the city, not 长沙县.
        doubled = (level == COUNTY) & (hits.grade <= BARE)
        doubled[doubled] = member(span[doubled], np.sort(span[level == CITY]))
        # 由神木市迁入 says where it is not.
        doubled |= texts.units[np.minimum(hits.end, len(texts.units) - 1)] == ord("迁")
        bare = (level == TOWN) & (hits.grade <= BARE)
        if not bare.any():
            return hits.where(~doubled)
        rows = np.flatnonzero(bare)
        county = self.above[COUNTY, hits.place[rows]]
        named = np.sort(_pairs(row[level == COUNTY], hits.place[level == COUNTY]))
        vouched = (county == home) | member(_pairs(row[rows], county), named)
        alone = np.zeros(len(texts), dtype=bool)
        if home < 0:
            alone = marks.next_village[texts.starts] < texts.ends
            alone[row[level <= COUNTY]] = False
            vouched |= alone[row[rows]]
        rows, county = rows[vouched], county[vouched]
        upper = level <= COUNTY
        ends = np.sort(_pairs(hits.place[upper], hits.end[upper]))
        start = hits.start[rows]
        free = start == texts.starts[row[rows]]
        free |= alone[row[rows]] & ~marks.han[start - 1]
        for owners in self.above:
            free |= member(_pairs(owners[hits.place[rows]], hits.start[rows]), ends)
        kept = ~bare
        kept[rows[free]] = True
        return hits.where(kept & ~doubled)


def member(keys: NDArray[np.int64], among: NDArray[np.int64]) -> Bools:
    """Tell which *keys* are *among* the sorted ones."""
    if not len(among):
        return np.zeros(len(keys), dtype=bool)
    at = np.searchsorted(among, keys)
    found: Bools = among[np.minimum(at, len(among) - 1)] == keys
    return found


def _pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.int64]:
    return (first.astype(np.int64) << 32) | second


def _outside(hits: Hits, longest: Ints) -> Bools:
    """Tell which hits are not inside a longer official name: 新县 is not in 永新县."""
    reach = np.maximum.accumulate(longest)
    before = np.append(np.int32(0), reach[:-1])[hits.start]
    return (before < hits.end) & (longest[hits.start] <= hits.end)


def _villages(gazetteer: Gazetteer) -> Dictionary:
    """Return the dictionary of all villages' stems; 大村村 is 大 too."""
    tables = gazetteer.tables
    sizes = tables["village_sizes"].astype(np.int32)
    starts = gazetteer.stem_starts[:-1]
    stems, extra = tables["village_stems"], tables["extra"]
    last = stems[np.maximum(gazetteer.stem_starts[1:] - 1, 0)] if len(stems) else stems
    shorter = np.flatnonzero((sizes > 1) & (last == ord("村"))).astype(np.int32)
    more = tables["extra_sizes"].astype(np.int32)
    return Dictionary(
        np.concatenate([stems, extra]),
        np.concatenate([starts, starts[shorter], starts_of(more) + len(stems)]),
        np.concatenate([sizes, sizes[shorter] - 1, more]),
        np.concatenate([np.arange(len(sizes), dtype=np.int32), shorter, tables["extra_villages"]]),
    )
