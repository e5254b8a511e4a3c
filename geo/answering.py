"""Draw answers from readings: which is taken, what its rivals are, and what has to be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo.lexicon import COUNTY, FULL, NOTED_FORMER, NOTED_MENDED, NOTED_ZONE, RETYPED, TOWN
from geo.mending import one_edit
from geo.reading import CLOSE, FLAG, MOST_ALTERNATIVES, Answer, confidence_of, reasons_of
from geo.weighing import VILLAGE_MENDED, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from geo.lexicon import Hits, Lexicon
    from geo.texts import Marks, Texts
    from geo.weighing import Home, Readings

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_SURE = WEIGHTS[TOWN] + WEIGHTS[1]
"""Weight from which a reading outside the home county stands though others are close."""

_AHEAD = VILLAGE_MENDED - 0.05
"""Weight by which a reading whose village is named is ahead of the others at least."""

_PHRASE = 6  # characters that a village's name has at most where it is said to be unknown
_LEVELS: tuple[Any, ...] = ("none", "none", "county", "town", "village")


class Answers:
    """The answers of a batch of texts.

    Parameters
    ----------
    readings
        All readings with their villages.
    alternatives
        Codes that a reading names beside itself, by its place in *readings*.
    """

    def __init__(
        self, readings: Readings, alternatives: Mapping[int, tuple[str, ...]], *, texts: Texts,
        marks: Marks, hits: Hits, lexicon: Lexicon, home: Home
    ) -> None:  # fmt: skip
        finest = np.where(readings.village >= 0, readings.village, readings.place)
        level = lexicon.level[readings.place].astype(np.int32)
        order = np.lexsort((finest, -level, -readings.score, readings.row))
        self._readings = readings.where(order)
        ranks = np.argsort(order)
        self._alternatives = {int(ranks[k]): codes for k, codes in alternatives.items()}
        self._texts, self._marks, self._hits = texts, marks, hits
        self._lexicon, self._home = lexicon, home
        self._county = lexicon.above[COUNTY, self._readings.place]
        self._bounds = np.searchsorted(self._readings.row, np.arange(len(texts) + 1))
        self._rivals: dict[int, tuple[str, ...]] = {}  # by text
        self._torn: set[int] = set()  # texts that have no answer but their rivals

    def __iter__(self) -> Iterator[Answer]:
        """Yield the answer of every text."""
        if not len(self._readings):
            return (self._unreadable(row) for row in range(len(self._texts)))
        best = self._chosen()
        flags = self._noticed(best)
        return self._write(best, flags)

    def code(self, k: int) -> str:
        """Return the finest code of a reading."""
        village = int(self._readings.village[k])
        if village >= 0:
            return self._lexicon.gazetteer.village_code(village)
        return self._lexicon.code_texts[int(self._readings.place[k])]

    def _unreadable(self, row: int) -> Answer:
        start, end = int(self._texts.starts[row]), int(self._texts.ends[row])
        return Answer(reason=("address_unreadable",), remainder=self._texts.slice(start, end))

    def _chosen(self) -> Ints:
        """Return the reading that each text is answered with, rivals considered; -1 if none."""
        readings, bounds = self._readings, self._bounds
        best = np.where(bounds[:-1] < bounds[1:], bounds[:-1], -1)
        rows = np.unique(readings.row[self._close(best)])
        for row in rows.tolist():
            best[row] = self._among_rivals(row)
        return best

    def _close(self, best: Ints) -> Bools:
        """Tell which readings of another county are about as good as the best of their text."""
        readings = self._readings
        top = best[readings.row]
        close: Bools = readings.score > readings.score[top] - CLOSE
        close &= (self._county >= 0) & (self._county != self._county[top])
        unnamed = readings.spans[4:].max(axis=0) < 0
        close &= ~(readings.named[top] & unnamed) & (self._county[top] >= 0)
        return close

    def _among_rivals(self, row: int) -> int:
        """Choose among close readings: the home county's, else the best, else none."""
        low, high = int(self._bounds[row]), int(self._bounds[row + 1])
        best = low
        rivals = self._rivals_of(best, low, high)
        home = self._home.county
        if home >= 0 and any(self._county[k] == home for k in rivals):
            best = next(k for k in range(low, high) if self._county[k] == home)
            rivals = self._rivals_of(best, low, high)
        self._rivals[row] = tuple(sorted({self.code(k) for k in rivals})[:MOST_ALTERNATIVES])
        if rivals and self._county[best] != home and not self._settled(best, rivals):
            self._torn.add(row)
        return best

    def _settled(self, best: int, rivals: list[int]) -> bool:
        """Tell whether a reading stands, though others are close: by names or by its village."""
        score = self._readings.score
        ahead = score[best] - max(score[k] for k in rivals) >= _AHEAD
        return bool(score[best] >= _SURE or (ahead and self._readings.village[best] >= 0))

    def _rivals_of(self, best: int, low: int, high: int) -> list[int]:
        readings = self._readings
        named, least = readings.named[best], readings.score[best] - CLOSE
        return [
            k
            for k in range(low, high)
            if self._county[k] not in (-1, self._county[best])
            and readings.score[k] > least
            and not (named and readings.spans[4:, k].max() < 0)
        ]

    def _noticed(self, best: Ints) -> Ints:
        """Return what is to be said of the chosen readings, as flags."""
        readings = self._readings.where(np.maximum(best, 0))
        county = self._county[np.maximum(best, 0)]
        flags = readings.flags.astype(np.int64)
        torn = np.zeros(len(flags), dtype=bool)
        torn[[row for row, rivals in self._rivals.items() if rivals]] = True
        flags[torn] |= FLAG["address_ambiguous"]
        one_name = (readings.spans[4:] >= 0).sum(axis=0) == 1
        flags[one_name & self._like_home(county)] |= FLAG["close_to_home"]
        flags[~self._stands(readings)] |= FLAG["county_assumed"]
        flags[readings.noted & NOTED_FORMER != 0] |= FLAG["former_name"]
        misspelt = (readings.noted & NOTED_MENDED != 0) & (county != self._home.county)
        flags[misspelt] |= FLAG["county_misspelt"]
        flags[readings.noted & NOTED_ZONE != 0] |= FLAG["zone_inferred"]
        town = (self._lexicon.level[readings.place] == TOWN) & (readings.grade < FULL)
        town &= readings.noted == 0
        flags[town & (readings.grade >= RETYPED)] |= FLAG["town_retyped"]
        flags[town & (readings.grade < RETYPED)] |= FLAG["town_bare"]
        flags[self._contradicted(best, readings)] |= FLAG["address_contradictory"]
        return flags

    def _like_home(self, county: NDArray[Any]) -> Bools:
        """Tell which counties are called as the home county but for one character."""
        names, home = self._lexicon.gazetteer.names, self._home.county
        others = [] if home < 0 else np.unique(county[(county >= 0) & (county != home)]).tolist()
        like = [other for other in others if one_edit(names[other], names[home])]
        return np.isin(county, like)

    def _stands(self, readings: Readings) -> Bools:
        """Tell whether the county is more than assumed: named well, or by names that agree.

        Not so where nothing but the name of a firm names it.
        """
        names = (readings.spans[4:] >= 0).sum(axis=0)
        guessed = FLAG["village_guessed"] | FLAG["village_misspelt"] | FLAG["village_bare"]
        village = (readings.village >= 0) & (readings.flags & guessed == 0)
        stands: Bools = readings.stands | (names >= 3) | ((names == 2) & village)
        behind = readings.spans[:4].max(axis=0) >= self._marks.firm_ends[readings.row]
        stands &= behind | (names == 0)
        return stands

    def _contradicted(self, best: Ints, readings: Readings) -> Ints:
        """Find texts that name a province, city or county outside the reading in full."""
        hits, lexicon = self._hits, self._lexicon
        row, level = self._texts.row_of[hits.start], lexicon.level[hits.place]
        loud = (level <= COUNTY) & (hits.grade == FULL) & (best[row] >= 0)
        loud &= (hits.start >= self._marks.firm_ends[row]) & (hits.end <= readings.end[row])
        at = np.flatnonzero(loud)
        row, level = row[at], level[at]
        own = lexicon.above[level, readings.place[row]]
        outside = own != hits.place[at]
        for k in range(4):
            start, end = readings.spans[k, row], readings.spans[4 + k, row]
            outside &= (start < 0) | (hits.start[at] >= end) | (start >= hits.end[at])
        return np.unique(row[outside])

    def _unknown_village(self, readings: Readings) -> Bools:
        """Tell where the name of a village stands behind the reading that is in no list."""
        marks = self._marks
        at = marks.next_village[readings.end]
        gap = at - readings.end
        han = np.append(0, np.cumsum(marks.han))
        whole = han[np.minimum(at, len(han) - 1)] - han[readings.end] == gap
        unknown: Bools = (at < self._texts.ends) & (gap >= 1) & (gap <= _PHRASE) & whole
        return unknown

    def _write(self, best: Ints, flags: Ints) -> Iterator[Answer]:
        """Write the answers; what is done here once a text is most of the time of a plain one."""
        readings, lexicon = self._readings.where(np.maximum(best, 0)), self._lexicon
        unknown = self._unknown_village(readings).tolist()
        level = lexicon.level[readings.place] + (readings.village >= 0)
        numbers = lexicon.gazetteer.tables["village_number"][np.maximum(readings.village, 0)]
        columns = (
            best, flags, level, readings.place, readings.village, numbers, readings.end,
            self._county[np.maximum(best, 0)], self._texts.ends,
        )  # fmt: skip
        rows = zip(*(column.tolist() for column in columns), unknown, strict=True)
        for row, (k, flag, depth, place, village, number, end, county, stop, strange) in enumerate(
            rows
        ):
            rest = self._texts.slice(end, stop)
            if k < 0:
                yield self._unreadable(row)
            elif depth < COUNTY:
                yield Answer(reason=("county_missing",), remainder=rest)
            elif row in self._torn:
                yield self._undecided(row, k)
            else:
                own = self._alternatives.get(k, ())
                if strange and village < 0 and not own:
                    flag |= FLAG["village_unknown"]
                if own or row in self._rivals:
                    both = dict.fromkeys((*own, *self._rivals.get(row, ())))
                    own = tuple(both)[:MOST_ALTERNATIVES]
                town = lexicon.code_texts[place] if depth >= TOWN else ""
                yield Answer(
                    county=lexicon.code_texts[county],
                    town=town,
                    village=f"{town}{number:03d}" if village >= 0 else "",
                    level=_LEVELS[depth],
                    confidence=confidence_of(flag, _LEVELS[depth]),
                    alternatives=own,
                    reason=reasons_of(flag),
                    remainder=rest,
                )

    def _undecided(self, row: int, k: int) -> Answer:
        start, end = int(self._texts.starts[row]), int(self._texts.ends[row])
        others = tuple(dict.fromkeys((self.code(k), *self._rivals[row])))
        return Answer(
            reason=("address_ambiguous",),
            alternatives=others,
            remainder=self._texts.slice(start, end),
        )
