"""Mend names that are one slip of the pen away: towns of a county, villages of a town."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from geo.characters import alike, fold
from geo.lexicon import COUNTY, TOWN
from geo.names import Grade
from geo.texts import spread
from geo.village_search import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.lexicon import Lexicon
    from geo.texts import Marks, Texts
    from geo.weighing import Readings

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]
    Units = NDArray[np.uint16]

_WORDS = 3  # village words of a text that are looked at
_SHORT = 2  # a stem of so many characters is a guess when one of them is wrong


class Stems(NamedTuple):
    """Stems as slices of one array: where each begins and its size."""

    units: Units
    start: Ints
    size: Ints


class Near(NamedTuple):
    """Names one edit away: reading, number of the stem, where the name begins and its word is."""

    reading: Ints
    stem: Ints
    start: Ints
    word: Ints

    def where(self, chosen: NDArray[Any]) -> Near:
        """Return the chosen ones."""
        return Near._make(column[chosen] for column in self)


class TownStems:
    """The stems of towns with a kind of their own, by place."""

    def __init__(self, lexicon: Lexicon) -> None:
        tables = lexicon.gazetteer.tables
        sizes = tables["form_sizes"].astype(np.int32)
        starts = np.cumsum(sizes, dtype=np.int32) - sizes
        stem = (tables["form_grades"] == Grade.STEM) & (sizes >= _SHORT)
        rows = np.flatnonzero(stem & (lexicon.level[tables["form_places"]] == TOWN))
        self.place: Ints = tables["form_places"][rows].astype(np.int32)
        self.stems = Stems(tables["forms"], starts[rows].astype(np.int32), sizes[rows])
        self.county: Ints = lexicon.above[COUNTY, self.place]

    def near(self, readings: Readings, chosen: Ints, texts: Texts, marks: Marks) -> Near:
        """Find towns one edit away from what stands before the next word for a town.

        Of several for a reading those stay that begin right behind it, of these the longest.
        """
        county = readings.place[chosen]
        low = np.searchsorted(self.county, county).astype(np.int32)
        count = np.searchsorted(self.county, county, "right") - low
        stem, reading = spread(low, count), np.repeat(chosen, count)
        word = marks.next_town[readings.end[reading]]
        near = _near(texts.units, Near(reading, stem, word, word), readings.end, self.stems)
        odd = ~_alike(texts.units, near, self.stems)
        return _best(near, (near.start != readings.end[near.reading], odd, near.start))


def near_villages(
    readings: Readings, chosen: Ints, texts: Texts, marks: Marks, *, lexicon: Lexicon
) -> Near:
    """Find villages one edit away from what stands before a word for a village.

    Of a reading with a town the town's villages are tried; of one without all of the county's whose
    stems have three characters or more. A stem of two has to begin where the reading ends.
    """
    gazetteer = lexicon.gazetteer
    words = _separate(marks.village)
    first = np.searchsorted(words, readings.end[chosen])
    count = np.searchsorted(words, texts.ends[readings.row[chosen]]) - first
    count = np.minimum(count, _WORDS)
    word, reading = words[spread(first, count)], np.repeat(chosen, count)
    low, high = (
        bounds[readings.place[reading]]
        for bounds in (gazetteer.village_starts, gazetteer.village_ends)
    )
    stem = spread(low, high - low)
    reading, word = np.repeat(reading, high - low), np.repeat(word, high - low)
    stems = _village_stems(lexicon)
    near = _near(texts.units, Near(reading, stem, word, word), readings.end, stems)
    size = stems.size[near.stem]
    free = (near.start == readings.end[near.reading]) | ~marks.han[np.maximum(near.start - 1, 0)]
    town = lexicon.level[readings.place[near.reading]] == TOWN
    kept = ((size > _SHORT) | (free & town)) & (size > 1)
    near, free = near.where(kept), free[kept]
    odd = ~_alike(texts.units, near, stems)
    kind = KINDS[gazetteer.tables["village_kinds"][near.stem]]
    ranks = (~free, odd, stems.size[near.stem] <= _SHORT, kind != marks.kind[near.word])
    return _best(near, ranks)


@lru_cache(maxsize=2)
def _village_stems(lexicon: Lexicon) -> Stems:
    """Return the stems of all villages, 见龙村村委会 as 见龙: what stands before the word 村."""
    gazetteer = lexicon.gazetteer
    units, sizes = gazetteer.tables["village_stems"], gazetteer.tables["village_sizes"]
    last = units[np.maximum(gazetteer.stem_starts[1:] - 1, 0)] if len(units) else units
    return Stems(units, gazetteer.stem_starts, sizes - ((last == ord("村")) & (sizes > _SHORT)))


def _alike(units: Units, near: Near, stems: Stems) -> Bools:
    """Tell whether names differ in a character that sounds or looks alike, or in their lengths."""
    size, first = stems.size[near.stem].astype(np.int32), stems.start[near.stem]
    same = near.word - near.start == size
    written, meant = np.zeros_like(size), np.zeros_like(size)
    for j in reversed(range(int(size.max(initial=0)))):
        there = units[np.minimum(near.start + j, near.word - 1)]
        here = fold(stems.units[first + np.minimum(j, size - 1)])
        wrong = same & (j < size) & (there != here)
        written, meant = np.where(wrong, there, written), np.where(wrong, here, meant)
    pairs = zip(written.tolist(), meant.tolist(), strict=True)
    like: Bools = np.array([alike(chr(a), chr(b)) for a, b in pairs], dtype=bool)
    like |= ~same
    return like


def _separate(sizes: NDArray[np.uint8]) -> Ints:
    """Return where words begin that do not lie within another."""
    at = np.flatnonzero(sizes).astype(np.int32)
    reach = np.maximum.accumulate(at + sizes[at])
    return at[np.append(True, reach[:-1] <= at[1:])] if len(at) else at


def _best(near: Near, ranks: tuple[NDArray[np.generic], ...]) -> Near:
    """Keep the best of every reading, several where they are equal, by reading and stem."""
    order = np.lexsort((near.stem, *reversed(ranks), near.reading))
    near, ranks = near.where(order), tuple(rank[order] for rank in ranks)
    if not len(order):
        return near
    begins = np.append(True, near.reading[1:] != near.reading[:-1])
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    same = np.ones(len(order), dtype=bool)
    for rank in ranks:
        same &= rank == rank[first]
    near = near.where(same)
    again = (np.diff(near.reading) == 0) & (np.diff(near.stem) == 0)
    return near.where(np.append(True, ~again))


def _near(units: Units, pairs: Near, floor: Ints, stems: Stems) -> Near:
    """Keep the pairs of a stem and a word before which a name one edit from the stem ends.

    A name begins at *floor*, given by reading, at the earliest; its start is filled in. Lengths are
    tried in the order equal, one longer, one shorter.
    """
    size = stems.size[pairs.stem].astype(np.int32)
    first = stems.start[pairs.stem]
    last = units[np.maximum(pairs.word - 1, 0)]
    # One edit leaves the first or the last character alone: most stems are out at once.
    maybe = (size > 0) & (fold(stems.units[np.maximum(first + size - 1, 0)]) == last)
    head = fold(stems.units[np.minimum(first, len(stems.units) - 1)])
    for shift in (-1, 0, 1):
        maybe |= units[np.maximum(pairs.word - size + shift, 0)] == head
    pairs, size, first = pairs.where(maybe), size[maybe], first[maybe]
    start = one_edit_starts(units, pairs.word, floor[pairs.reading], stems.units, first, size)
    return pairs._replace(start=start).where(start >= 0)


def one_edit_starts(
    units: Units, ends: Ints, floor: Ints, stem_units: Units, first: Ints, size: Ints
) -> Ints:
    """Return where texts that end at *ends* and are one edit from a stem begin, -1 if none does."""

    def equal(at: Ints, offset: Ints | int) -> Bools:
        inside = (at >= 0) & (at < len(units))
        there = units[np.clip(at, 0, len(units) - 1)]
        meant = fold(stem_units[np.clip(first + offset, 0, len(stem_units) - 1)])
        same: Bools = inside & (there == meant)
        return same

    longest = int(size.max(initial=0))
    suffix, fore = np.zeros_like(size), [np.zeros_like(size) for _ in range(3)]
    for j in range(longest):
        suffix += (suffix == j) & (j < size) & equal(ends - 1 - j, size - 1 - j)
        for run, shift in zip(fore, (0, -1, 1), strict=True):
            run += (run == j) & (j < size) & equal(ends - size + shift + j, j)
    same, longer, shorter = fore
    wrong = ends - size + same
    swapped = (same + suffix == size - 2) & equal(wrong, same + 1) & equal(wrong + 1, same)
    starts = np.full_like(size, -1)
    for begin, fits in (
        (ends - size + 1, (shorter + suffix >= size - 1) & (size > 2)),
        (ends - size - 1, (longer + suffix >= size) & (suffix < size) & (size > 1)),
        (ends - size, (same + suffix == size - 1) | swapped),
    ):
        better = (starts != floor) | (begin == floor)  # one that begins right there is best
        starts = np.where(fits & (begin >= floor) & better, begin, starts)
    return starts


def one_edit(a: str, b: str) -> bool:
    """Tell whether one substitution, insertion, deletion or exchange of neighbours joins them."""
    return OSA.distance(a, b, score_cutoff=1) == 1
