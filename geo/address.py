"""Resolve Chinese addresses as ledgers write them: down to the village, without a network.

Every name in a text is looked up in all of China, for thousands of texts at once. Readings that fit
together (a town inside a county that is named before it) add up; the user's own county adds a fixed
bonus, so that it wins where the text says little and loses where the text names another place.
Villages are then sought in the best readings, and confirm or overturn them. Only names that are
misspelt are looked at one by one.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.address_workers import WORTH, read_on
from geo.answering import Answers
from geo.lexicon import COUNTY, FULL, RETYPED, TOWN, Hits, Lexicon
from geo.mending import TownStems, near_villages
from geo.reading import FLAG, Answer
from geo.texts import Marks, Texts, mark
from geo.village_search import Matches, VillageIndex, best_of, match, village_hits
from geo.weighing import (
    VILLAGE_BARE,
    VILLAGE_CONFIRMS,
    VILLAGE_MENDED,
    WEIGHTS,
    Home,
    Readings,
    home_of,
    unconfirmed,
    weigh,
    worth_a_look,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.gazetteer import Gazetteer
__all__ = ["Answer", "Resolver"]

_CHUNK = 80_000  # characters that are read at once; more cost memory and save nothing


@lru_cache(maxsize=2)
def _lexicon(gazetteer: Gazetteer) -> tuple[Lexicon, VillageIndex, TownStems]:
    """Build the lexicon of a gazetteer once: a fifth of a second that several registers share."""
    lexicon = Lexicon(gazetteer)
    return lexicon, VillageIndex(lexicon.villages[0]), TownStems(lexicon)


class _Batch(NamedTuple):
    """What is known of the texts that are read together."""

    texts: Texts
    marks: Marks
    hits: Hits
    alternatives: dict[int, tuple[str, ...]]  # by reading


class Resolver:
    """Reads addresses with a gazetteer and a home area.

    Parameters
    ----------
    gazetteer
        The places of China.
    home
        Code of the user's county (6 digits) or prefecture (4), or None.
    aliases
        Names that the statistical list does not have, such as names before a merger -> code.
    """

    def __init__(
        self, gazetteer: Gazetteer, *, home: str | None, aliases: Mapping[str, str] | None = None
    ) -> None:
        self._gazetteer = gazetteer
        self._home_code = home or ""
        self._aliases = dict(aliases or {})

    def resolve(self, text: str) -> Answer:
        """Read one address; of many :meth:`resolve_many` reads a hundred times as many a second.

        Never raises: what cannot be read is answered with the home county at low confidence, or
        with level ``none`` where there is no home county or no text.
        """
        return self.resolve_many([text])[0]

    def resolve_many(self, texts: Sequence[str], *, workers: int = 1) -> list[Answer]:
        """Read many addresses, each different one once.

        The answers do not depend on the number of *workers*, processes that each load the
        gazetteer; they begin at :data:`geo.address_workers.WORTH` different addresses. A program
        that asks for them has to guard its main part (``if __name__ == "__main__"``).
        """
        different = list(dict.fromkeys(texts))
        if workers > 1 and len(different) >= WORTH:
            answers = dict(zip(different, read_on(self, different, workers=workers), strict=True))
        else:
            pieces = (self._read(chunk) for chunk in _chunks(different))
            answers = dict(zip(different, chain.from_iterable(pieces), strict=True))
        return [answers[text] for text in texts]

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is made from the rest at the first use."""
        made = ("_lexicon", "_indices", "_town_stems", "_home")
        return {name: value for name, value in self.__dict__.items() if name not in made}

    @cached_property
    def _lexicon(self) -> Lexicon:
        lexicon = _lexicon(self._gazetteer)[0]
        return lexicon.with_aliases(self._aliases) if self._aliases else lexicon

    @cached_property
    def _indices(self) -> list[VillageIndex]:
        shared = _lexicon(self._gazetteer)[1]
        return [shared, *(VillageIndex(own) for own in self._lexicon.villages[1:])]

    @cached_property
    def _town_stems(self) -> TownStems:
        return _lexicon(self._gazetteer)[2]

    @cached_property
    def _home(self) -> Home:
        return home_of(self._home_code, self._lexicon)

    def _read(self, rows: Sequence[str]) -> list[Answer]:
        """Read one chunk."""
        lexicon, texts = self._lexicon, Texts(rows)
        marks = mark(texts)
        hits = lexicon.hits(texts, marks, home=self._home.county)
        readings = weigh(hits, texts, marks, lexicon=lexicon, home=self._home)
        batch = _Batch(texts, marks, hits, {})
        chosen = worth_a_look(readings, texts, lexicon=lexicon)
        self._mend_towns(readings, chosen, batch)
        found = self._match(readings, chosen, batch)
        self._take_villages(readings, best_of(found, readings, lexicon=lexicon), batch)
        self._settle_without(readings, chosen, found, batch)
        kept = np.flatnonzero(~unconfirmed(readings, lexicon=lexicon, home=self._home))
        if len(kept) < len(readings):
            ranks = {int(old): new for new, old in enumerate(kept.tolist())}
            others = {ranks[k]: codes for k, codes in batch.alternatives.items() if k in ranks}
            readings, batch = readings.where(kept), batch._replace(alternatives=others)
        answers = Answers(
            readings, batch.alternatives, texts=texts, marks=marks, hits=hits, lexicon=lexicon,
            home=self._home,
        )  # fmt: skip
        return list(answers)

    def _match(self, readings: Readings, chosen: NDArray[np.int32], batch: _Batch) -> Matches:
        found = []
        for index in self._indices:
            hits = village_hits(batch.texts, batch.marks, batch.hits, dictionary=index.dictionary)
            found.append(
                match(readings, chosen, hits, index=index, texts=batch.texts, lexicon=self._lexicon)
            )
        if len(found) == 1:
            return found[0]
        return Matches(
            **{
                name: np.concatenate([getattr(one, name) for one in found])
                for name in Matches.__slots__
            }
        )

    def _mend_towns(self, readings: Readings, chosen: NDArray[np.int32], batch: _Batch) -> None:
        """Read 马天镇 as 马田镇 where a word for a town stands behind a reading that has none."""
        texts, lexicon = batch.texts, self._lexicon
        county = lexicon.level[readings.place[chosen]] == COUNTY
        marked = batch.marks.next_town[readings.end[chosen]] < texts.ends[readings.row[chosen]]
        open_ = chosen[county & marked]
        if not len(open_):
            return
        near = self._town_stems.near(readings, open_, texts, batch.marks)
        k, first, count = np.unique(near.reading, return_index=True, return_counts=True)
        for reading, low, many in zip(k.tolist(), first.tolist(), count.tolist(), strict=True):
            if many > 1:
                places = self._town_stems.place[near.stem[low : low + many]]
                batch.alternatives[reading] = tuple(lexicon.code_texts[p] for p in places)
        readings.flags[np.setdiff1d(open_, k[count == 1])] |= FLAG["town_unknown"]
        k, near = k[count == 1], near.where(first[count == 1])
        readings.place[k] = self._town_stems.place[near.stem]
        readings.end[k] = readings.begin[k] = near.word + batch.marks.town[near.word]
        readings.flags[k] |= FLAG["town_misspelt"]
        readings.score[k] += WEIGHTS[TOWN] / 2
        readings.grade[k] = FULL

    def _take_villages(self, readings: Readings, best: Matches, batch: _Batch) -> None:
        """Give every reading its village; say so where several are as good."""
        if not len(best.reading):
            return
        begins = np.append(True, best.reading[1:] != best.reading[:-1])
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(begins)) - 1
        clear = best.town[first] == best.town[last]
        for low, high in zip(first[first != last], last[first != last], strict=True):
            rows = [self._gazetteer.village_code(v) for v in best.village[low : high + 1].tolist()]
            reading = int(best.reading[low])
            several = best.town[low] != best.town[high]
            batch.alternatives[reading] = tuple(rows if several else rows[1:])
        readings.flags[best.reading[first[~clear]]] |= FLAG["address_ambiguous"]
        choice = best.where(first[clear])
        k = choice.reading
        noted = np.where(choice.beside, FLAG["village_guessed"], FLAG["village_bare"])
        embedded = ~choice.bounded & (choice.size == 2)
        noted = np.where(choice.word, np.where(embedded, FLAG["village_embedded"], 0), noted)
        readings.flags[k] |= noted.astype(np.int32)
        self._settle(readings, k, choice.village, choice.town)
        readings.end[k] = np.maximum(readings.end[k], choice.end)
        readings.score[k] += np.where(choice.word, VILLAGE_CONFIRMS, VILLAGE_BARE)

    def _settle(
        self, readings: Readings, k: NDArray[Any], village: NDArray[Any], town: NDArray[Any]
    ) -> None:
        """Set village and town; a town that the text does not name is not written badly."""
        unnamed = k[self._lexicon.level[readings.place[k]] != TOWN]
        readings.grade[unnamed] = FULL
        readings.village[k], readings.place[k] = village, town

    def _settle_without(
        self, readings: Readings, chosen: NDArray[np.int32], found: Matches, batch: _Batch
    ) -> None:
        """Say where in the county the named village would be; else try a misspelt one."""
        level = self._lexicon.level[readings.place]
        ambiguous = (readings.flags & FLAG["address_ambiguous"]) != 0
        open_ = np.zeros(len(readings), dtype=bool)
        open_[chosen] = True
        open_ &= (readings.village < 0) & ~ambiguous
        other = found.where(
            found.word & found.agrees & found.bounded & ~found.aside & open_[found.reading]
        )
        other = other.where(level[other.reading] == TOWN)
        for k in np.unique(other.reading).tolist():
            self._settle_elsewhere(readings, k, other.where(other.reading == k), batch)
            open_[k] = False
        ends = batch.texts.ends[readings.row]
        open_ &= batch.marks.next_village[readings.end] < ends
        self._mend_villages(readings, np.flatnonzero(open_).astype(np.int32), batch)

    def _settle_elsewhere(self, readings: Readings, k: int, other: Matches, batch: _Batch) -> None:
        villages = np.unique(other.village).tolist()
        unsure = readings.grade[k] < RETYPED or readings.flags[k] & FLAG["town_misspelt"]
        if unsure and len(villages) == 1:
            self._settle(readings, np.array([k]), other.village[:1], other.town[:1])
            readings.score[k] += VILLAGE_MENDED
        else:
            readings.flags[k] |= FLAG["village_elsewhere"]
            batch.alternatives[k] = tuple(self._gazetteer.village_code(v) for v in villages)

    def _mend_villages(self, readings: Readings, chosen: NDArray[np.int32], batch: _Batch) -> None:
        if not len(chosen):
            return
        gazetteer, marks = self._gazetteer, batch.marks
        near = near_villages(readings, chosen, batch.texts, marks, lexicon=self._lexicon)
        k, first, count = np.unique(near.reading, return_index=True, return_counts=True)
        k, near = k[count == 1], near.where(first[count == 1])
        plain = gazetteer.tables["village_sizes"][near.stem] > 2
        flags = np.where(plain, FLAG["village_misspelt"], FLAG["village_guessed"])
        codes, towns = gazetteer.tables["codes"], gazetteer.tables["village_town"]
        town = np.searchsorted(codes, towns[near.stem]).astype(np.int32)
        self._settle(readings, k, near.stem, town)
        readings.end[k] = near.word + marks.village[near.word]
        readings.flags[k] |= flags.astype(np.int32)
        readings.score[k] += VILLAGE_MENDED


def _chunks(texts: Sequence[str]) -> list[Sequence[str]]:
    """Cut *texts* into pieces of some thousand addresses."""
    sizes = np.cumsum([0, *(len(text) + 1 for text in texts)])
    cuts = [0]
    while cuts[-1] < len(texts):
        behind = int(np.searchsorted(sizes, sizes[cuts[-1]] + _CHUNK))
        cuts.append(min(max(behind, cuts[-1] + 1), len(texts)))
    return [texts[low:high] for low, high in pairwise(cuts)]
