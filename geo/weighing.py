"""Weigh what the names in a text may mean together: readings, all rows at once.

Names that fit together (a town inside a county that is named before it) add up; the user's own
county adds a fixed bonus, so that it wins where the text says little and loses where the text names
another place.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.lexicon import (
    BARE,
    CITY,
    COUNTY,
    FORMER,
    FULL,
    PLACED,
    PROVINCE,
    RETYPED,
    TOWN,
    member,
)
from geo.reading import FLAG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.lexicon import Hits, Lexicon
    from geo.texts import Marks, Texts

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Keys = NDArray[np.int64]

# Weights of a name by its level, province to town, and of the user's own area. Product choice,
# tuned on tests/geo/addresses.csv and on addresses generated from the gazetteer: a county named in
# full must beat the home bonus; a town's name alone does so inside the prefecture, where 99 % of
# the names are unique, but not elsewhere (70 %; and it may be the old name of a home town).
WEIGHTS = np.array([1.2, 1.8, 3.0, 1.9])
HOME_COUNTY, HOME_CITY, HOME_PROVINCE = 2.8, 1.5, 0.3
TURNED_ROUND = 0.75  # of what a county says that stands behind its town
VILLAGE_CONFIRMS, VILLAGE_BARE, VILLAGE_MENDED = 1.0, 0.7, 0.3
CHOICES = 96
"""Readings of a row in which villages are sought."""


@dataclass(slots=True, kw_only=True)
class Readings:
    """Ways to read the upper levels, one an entry, sorted by row and by weight within a row.

    Attributes
    ----------
    row, place, score
        Which text, which place above the villages, how much speaks for it.
    end, begin
        Where the last name of it ends, and where villages may begin: a bare name may be the first
        half of a village's name.
    grade, noted
        How well the place itself is written (1 where it is not), and what is to be said of the
        names, see :data:`geo.lexicon.NOTED_FORMER`.
    spans
        Starts and ends of the names that count: the place's own and those of its province, city
        and county; -1 where not named. Shape (8, readings).
    stands, named
        Whether a county or town among them is written well enough to stand alone, and whether the
        county is named in full.
    village, flags
        The village, -1 if none, and what was noticed, see :data:`geo.reading.REASONS`.
    """

    row: Ints
    place: Ints
    score: Floats
    end: Ints
    begin: Ints
    grade: Floats
    noted: NDArray[np.uint8]
    spans: Ints
    stands: Bools
    named: Bools
    village: Ints
    flags: Ints

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.row)

    def where(self, chosen: Any) -> Readings:  # noqa: ANN401 - indices, mask or slice
        """Return the chosen ones."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return Readings(**{name: column[..., chosen] for name, column in columns.items()})


@dataclass(slots=True, kw_only=True)
class Home:
    """The user's own area: its county (-1 if none), city, and what each place gains by it."""

    county: int
    city: int
    bonus: Floats
    above: Bools  # places that the home lies in or is


def home_of(code: str, lexicon: Lexicon) -> Home:
    """Return the home area of a county's or prefecture's *code*, empty for none."""
    bonus = np.zeros(len(lexicon.level))
    above = np.zeros(len(lexicon.level), dtype=bool)
    place = [lexicon.gazetteer.index(code[:size]) for size in (2, 4, 6) if size <= len(code)]
    for level, own, gain in zip(
        (PROVINCE, CITY, COUNTY), place, (HOME_PROVINCE, HOME_CITY, HOME_COUNTY), strict=False
    ):
        if own is not None:
            bonus[lexicon.above[level] == own] = gain
            above[own] = True
    found = [-1 if own is None else own for own in place] + [-1, -1, -1]
    return Home(county=found[2], city=found[1], bonus=bonus, above=above)


def weigh(hits: Hits, texts: Texts, marks: Marks, *, lexicon: Lexicon, home: Home) -> Readings:
    """Weigh every place that is named in each text, and the home county, named or not."""
    row, level = texts.row_of[hits.start], lexicon.level[hits.place]
    weight = hits.grade * WEIGHTS[level]
    firm = marks.firm_ends[row]
    behind = np.zeros(len(texts), dtype=bool)
    behind[row[(hits.start >= firm) & (level >= COUNTY)]] = True
    # The name of a firm may name another place than its address.
    weight[behind[row] & (hits.start < firm)] /= 2
    key = _key(row, hits.place)
    # 泰来泰来明月: the town is the second, behind its county.
    bare = (level == TOWN) & (hits.grade <= BARE)
    order = np.lexsort((np.where(bare, -hits.start, hits.start), -weight, key))
    best = order[np.append(True, key[order][1:] != key[order][:-1])] if len(order) else order
    named, keys = hits.where(best), key[best]
    rows, places = row[best], named.place
    at_home = np.zeros(0, dtype=np.int32)
    if home.county >= 0:
        possible = _home_possible(hits, texts, marks, lexicon=lexicon, home=home)
        possible[rows[places == home.county]] = False
        at_home = np.flatnonzero(possible).astype(np.int32)
    own = np.concatenate([np.arange(len(best)), np.full(len(at_home), -1)])
    readings = _sum_up(
        np.concatenate([rows, at_home]),
        np.concatenate([places, np.full(len(at_home), home.county, dtype=np.int32)]),
        own, named, weight[best], keys, lexicon=lexicon,
    )  # fmt: skip
    start = texts.starts[readings.row]  # of what is not named at all the text's own
    readings.end, readings.begin = (
        np.maximum(readings.end, start), np.maximum(readings.begin, start),
    )  # fmt: skip
    readings.score += home.bonus[readings.place]
    return sort(readings, lexicon=lexicon)


def sort(readings: Readings, *, lexicon: Lexicon) -> Readings:
    """Sort by row, within a row by weight; of equals the finer place and the lower code first."""
    level = lexicon.level[readings.place].astype(np.int32)
    order = np.lexsort((readings.place, -level, -readings.score, readings.row))
    return readings.where(order)


def worth_a_look(readings: Readings, texts: Texts, *, lexicon: Lexicon) -> Ints:
    """Pick the readings whose villages may still decide: the best few of county or town."""
    level = lexicon.level[readings.place]
    fine = np.flatnonzero(level >= COUNTY)
    rows = readings.row[fine]
    first = _first_of(rows)
    top = fine[first]  # the best fine reading of each one's row
    rank = np.arange(len(fine)) - first
    near = (rank < CHOICES) & (readings.score[fine] >= readings.score[top] - 2 * VILLAGE_CONFIRMS)
    # A county adds nothing to a town in it that is named well.
    upper = lexicon.above[COUNTY, readings.place[top]] == readings.place[fine]
    idle = (rank > 0) & upper & (readings.grade[top] >= RETYPED)
    chosen: Ints = fine[near & ~idle].astype(np.int32)
    return chosen


def unconfirmed(readings: Readings, *, lexicon: Lexicon, home: Home) -> Bools:
    """Tell which readings are a bare town that neither a county nor a village vouches for."""
    doubtful = FLAG["village_bare"] | FLAG["village_guessed"] | FLAG["village_misspelt"]
    bare = (lexicon.level[readings.place] == TOWN) & (readings.grade <= BARE)
    bare &= (readings.spans[4:] >= 0).sum(axis=0) == 1
    bare &= lexicon.above[COUNTY, readings.place] != home.county
    unborne: Bools = bare & ((readings.village < 0) | (readings.flags & doubtful != 0))
    return unborne


def _first_of(rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return for sorted *rows* where the run of equal ones begins that each is in."""
    begins = np.append(True, rows[1:] != rows[:-1]) if len(rows) else np.zeros(0, dtype=bool)
    return np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))


def _key(row: NDArray[Any], place: NDArray[Any]) -> Keys:
    key: Keys = (row.astype(np.int64) << 20) | place
    return key


def _home_possible(
    hits: Hits, texts: Texts, marks: Marks, *, lexicon: Lexicon, home: Home
) -> Bools:
    """Tell in which rows an address that does not name the home county may still lie in it."""
    row, level = texts.row_of[hits.start], lexicon.level[hits.place]
    province = level == PROVINCE
    ends = np.sort(_key(hits.end[province], hits.place[province]))
    follows = member(_key(hits.start, lexicon.above[PROVINCE, hits.place]), ends)
    elsewhere = (level <= CITY) & ((hits.grade == FULL) | follows)
    elsewhere &= (hits.start >= marks.firm_ends[row]) & ~home.above[hits.place]
    possible = np.ones(len(texts), dtype=bool)
    possible[row[elsewhere]] = False
    possible[row[lexicon.above[COUNTY, hits.place] == home.county]] = True
    possible &= texts.ends > texts.starts
    return possible


def _named_above(
    row: Ints, place: Ints, upper: int, *, keys: Keys, lexicon: Lexicon
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return which places lie in one of level *upper* that is named, and where it is in *keys*."""
    rows = np.flatnonzero((lexicon.level[place] > upper) & (lexicon.above[upper, place] >= 0))
    if not len(keys):
        return rows[:0], rows[:0]
    key = _key(row[rows], lexicon.above[upper, place[rows]])
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    known = keys[at] == key
    return rows[known], at[known]


def _sum_up(
    row: Ints, place: Ints, own: Ints, named: Hits, weight: Floats, keys: Keys, *, lexicon: Lexicon
) -> Readings:
    """Add to each place what its province, city and county say for it."""
    has = own >= 0
    spans = np.full((8, len(row)), -1, dtype=np.int32)
    score, grade = np.zeros(len(row)), np.ones(len(row))
    noted = np.zeros(len(row), dtype=np.uint8)
    spans[0, has], spans[4, has] = named.start[own[has]], named.end[own[has]]
    score[has], grade[has] = weight[own[has]], named.grade[own[has]]
    noted[has] = named.noted[own[has]]
    level = lexicon.level[place]
    stands = has & (level >= COUNTY) & (grade >= PLACED)
    named_full = has & (level == COUNTY) & (grade >= FORMER)
    first = spans[0]
    for upper in (COUNTY, CITY, PROVINCE):
        rows, at = _named_above(row, place, upper, keys=keys, lexicon=lexicon)
        start, end = named.start[at], named.end[at]
        # The same characters cannot name both.
        apart = ~has[rows] | ~((start <= first[rows]) & (first[rows] < end))
        rows, at, start, end = rows[apart], at[apart], start[apart], end[apart]
        before = ~has[rows] | (end <= first[rows])
        score[rows] += np.where(before, weight[at], weight[at] * TURNED_ROUND)
        spans[1 + upper, rows], spans[5 + upper, rows] = start, end
        noted[rows] |= named.noted[at]
        if upper == COUNTY:
            stands[rows] |= named.grade[at] >= PLACED
            named_full[rows] |= named.grade[at] >= FORMER
    end = np.maximum(spans[4:].max(axis=0, initial=0), 0)
    bare = has & (spans[4] == end) & (grade <= PLACED)
    begin = np.where(bare, first, end)
    return Readings(
        row=row.astype(np.int32), place=place.astype(np.int32), score=score,
        end=end.astype(np.int32), begin=begin.astype(np.int32), grade=grade, noted=noted,
        spans=spans, stands=stands, named=named_full,
        village=np.full(len(row), -1, dtype=np.int32), flags=np.zeros(len(row), dtype=np.int32),
    )  # fmt: skip
