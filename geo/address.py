"""Resolve Chinese addresses as ledgers write them: down to the village, without a network.

Every name in the text is looked up in all of China. Readings that fit together (a town inside a
county that is named before it) add up; the user's own county adds a fixed bonus, so that it wins
where the text says little and loses where the text names another place. Villages are then sought
in the best readings, and confirm or overturn them.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from geo.lexicon import (
    BARE,
    FULL,
    PLACED,
    RETYPED,
    Hit,
    Lexicon,
    VillageHit,
    VillageLexicon,
    one_edit,
)
from geo.names import normalise, stem_of
from geo.reading import (
    MOST_ALTERNATIVES,
    Answer,
    Reading,
    best_villages,
    confidence_of,
    contradicted,
    rivals_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.gazetteer import Gazetteer
__all__ = ["Answer", "Resolver"]

# Weights of a name by the length of its code, and of the user's own area. Product choice, tuned on
# tests/geo/addresses.csv and on addresses generated from the gazetteer: a county named in full must
# beat the home bonus; a town's name alone does so inside the prefecture, where 99 % of the names
# are unique, but not elsewhere (70 %; and it may be the old name of a home town).
_WEIGHTS = {2: 1.2, 4: 1.8, 6: 3.0, 9: 1.9}
_HOME = {6: 2.8, 4: 1.5, 2: 0.3}
_VILLAGE_CONFIRMS = 1.0
_CHOICES = 4  # readings in which villages are sought
_FIRM = re.compile("有限责任公司|有限公司|股份公司|分公司|公司|合作社|工作室|经营部|个体工商户")
_VILLAGE_PHRASE = re.compile("[\u3400-\u9fff]{1,6}?(?:村|社区|居委会)")
_TOWN_PHRASE = re.compile("街道办事处|街道办|街道|镇|乡")


@lru_cache(maxsize=4)
def _lexicon(gazetteer: Gazetteer, aliases: tuple[tuple[str, str], ...]) -> Lexicon:
    """Build the lexicon of a gazetteer once: half a second that several registers share."""
    return Lexicon(gazetteer, aliases=dict(aliases))


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
        self._home = home or ""
        self._aliases = dict(aliases or {})
        self._counties: dict[str, VillageLexicon] = {}
        self._towns: dict[str, list[tuple[str, str]]] = {}

    @cached_property
    def _lexicon(self) -> Lexicon:
        return _lexicon(self._gazetteer, tuple(sorted(self._aliases.items())))

    def resolve(self, text: str) -> Answer:
        """Read one address.

        Never raises: what cannot be read is answered with the home county at low confidence, or
        with level ``none`` where there is no home county or no text.
        """
        text = normalise(text)
        if not text:
            return Answer(reason=("address_unreadable",))
        hits = self._plausible(self._lexicon.hits(text))
        firm_end = max((found.end() for found in _FIRM.finditer(text)), default=0)
        readings = self._readings(hits, firm_end)
        if not readings:
            return Answer(reason=("address_unreadable",), remainder=text)
        edges = frozenset(hit.end for hit in hits if hit.grade >= RETYPED)
        for reading in self._worth_a_look(readings):
            self._look_closer(reading, text, edges)
        readings.sort(key=lambda reading: (-reading.score, -len(reading.code), reading.code))
        return self._answer(text, readings, hits, firm_end)

    def _plausible(self, hits: list[Hit]) -> list[Hit]:
        """Drop bare town names that no county vouches for or that stand in the middle of words."""
        cities = {(hit.start, hit.end) for hit in hits if len(hit.code) == 4}
        counties = {hit.code for hit in hits if len(hit.code) == 6}
        counties.add(self._home[:6])
        ends = {(hit.code, hit.end) for hit in hits if len(hit.code) <= 6}
        kept = []
        for hit in hits:
            if len(hit.code) == 9 and hit.grade == BARE:
                follows = any((hit.code[:n], hit.start) in ends for n in (2, 4, 6))
                if hit.code[:6] not in counties or not (hit.start == 0 or follows):
                    continue
            if len(hit.code) == 6 and hit.grade == BARE and (hit.start, hit.end) in cities:
                continue  # 长沙 alone is the city, not 长沙县
            kept.append(hit)
        return kept

    def _readings(self, hits: Sequence[Hit], firm_end: int) -> list[Reading]:
        """Weigh every place that is named, and the home county, named or not."""
        best: dict[str, tuple[float, Hit]] = {}
        behind_firm = any(hit.start >= firm_end and len(hit.code) >= 6 for hit in hits)
        for hit in hits:
            weight = hit.grade * _WEIGHTS[len(hit.code)]
            if behind_firm and hit.start < firm_end:
                weight /= 2  # the name of a firm may name another place than its address
            if hit.code not in best or best[hit.code][0] < weight:
                best[hit.code] = (weight, hit)
        readings = [self._weigh(code, best) for code in best]
        if len(self._home) == 6 and self._home not in best and self._home_possible(hits, firm_end):
            readings.append(self._weigh(self._home, best))
        if len(self._home) == 4 and not readings:
            return []
        return readings

    def _home_possible(self, hits: Sequence[Hit], firm_end: int) -> bool:
        """Tell whether an address that does not name the home county may still lie in it."""
        if any(hit.code.startswith(self._home) for hit in hits):
            return True
        provinces = {(hit.code, hit.end) for hit in hits if len(hit.code) == 2}
        return not any(
            len(hit.code) <= 4
            and (hit.grade == FULL or (hit.code[:2], hit.start) in provinces)
            and hit.start >= firm_end
            and not self._home.startswith(hit.code)
            for hit in hits
        )

    def _weigh(self, code: str, best: Mapping[str, tuple[float, Hit]]) -> Reading:
        own = best.get(code)
        score, used = (own[0], [own[1]]) if own else (0.0, [])
        first = own[1].start if own else None
        for length in (6, 4, 2):
            above = best.get(code[:length]) if length < len(code) else None
            if above is None:
                continue
            weight, hit = above
            if first is not None and hit.start < first < hit.end:
                continue  # the same characters cannot name both
            if first is not None and hit.start == first:
                continue
            score += weight if first is None or hit.end <= first else weight / 2
            used.append(hit)
        for length, bonus in _HOME.items():
            if len(self._home) >= length and code[:length] == self._home[:length]:
                score += bonus
                break
        end = max((hit.end for hit in used), default=0)
        return Reading(code=code, score=score, end=end, hits=tuple(used))

    def _worth_a_look(self, readings: list[Reading]) -> list[Reading]:
        """Pick the readings whose villages may still decide: the best few of county or town."""
        fine = [reading for reading in readings if len(reading.code) >= 6]
        fine.sort(key=lambda reading: (-reading.score, -len(reading.code), reading.code))
        if not fine:
            return []
        reach = fine[0].score - 2 * _VILLAGE_CONFIRMS
        top = fine[0]
        return [
            reading
            for reading in fine[:_CHOICES]
            if reading.score >= reach
            # A county adds nothing to a town in it that is named well.
            and (reading is top or top.town_grade < RETYPED or reading.code != top.code[:6])
        ]

    def _look_closer(self, reading: Reading, text: str, edges: frozenset[int]) -> None:
        """Find the village of a reading, mending a misspelt town or village on the way."""
        villages = self._villages(reading.code[:6])
        if not reading.town:
            self._mend_town(reading, text)
        # A bare 马田 that was read as the town is not read again as 马田村.
        found = [
            hit
            for hit in villages.hits(text, begin=reading.begin, edges=edges)
            if hit.end > reading.end
        ]
        choice = best_villages(found, town=reading.town)
        if not choice and reading.hits:
            before = villages.hits(text[: reading.end], edges=edges)
            choice = best_villages(_aside(before, reading), town=reading.town)
        if choice:
            self._take_village(reading, choice)
            return
        self._settle_without(reading, text, found)

    def _take_village(self, reading: Reading, choice: list[VillageHit]) -> None:
        hit = choice[0]
        towns = sorted({c.code[:9] for c in choice})
        if len(choice) > 1 and len(towns) > 1:
            reading.reasons.append("address_ambiguous")
            reading.alternatives = tuple(sorted(c.code for c in choice))
            return
        if len(choice) > 1:
            reading.alternatives = tuple(sorted(c.code for c in choice[1:]))
        if hit.beside:
            reading.reasons.append("village_guessed")
        elif not hit.word:
            reading.reasons.append("village_bare")
        elif not hit.bounded and len(hit.stem) == 2:
            reading.reasons.append("village_embedded")
        reading.code = hit.code[:9]
        reading.village, reading.end = hit.code, max(reading.end, hit.end)
        reading.score += _VILLAGE_CONFIRMS * (1.0 if hit.word else 0.5)

    def _settle_without(self, reading: Reading, text: str, found: Sequence[VillageHit]) -> None:
        """Say where in the county the named village would be; else try a misspelt one."""
        elsewhere = sorted({hit.code for hit in found if hit.word and hit.agrees and hit.bounded})
        if reading.town and elsewhere:
            unsure = reading.town_grade < RETYPED or "town_misspelt" in reading.reasons
            if unsure and len(elsewhere) == 1:
                reading.code, reading.village = elsewhere[0][:9], elsewhere[0]
                reading.score += _VILLAGE_CONFIRMS / 2
            else:
                reading.reasons.append("village_elsewhere")
                reading.alternatives = tuple(elsewhere)
            return
        villages = self._villages(reading.code[:6])
        towns = [reading.town] if reading.town else sorted(villages.stems_of_town)
        near = sorted(set(villages.near(text, begin=reading.end, towns=towns)))
        if not reading.town:
            near = [item for item in near if len(item[0]) > 2]
        if len({code for _, code, _, _ in near}) == 1:
            stem, code, _, end = near[0]
            reading.code, reading.village, reading.end = code[:9], code, end
            reading.reasons.append("village_misspelt" if len(stem) > 2 else "village_guessed")
            reading.score += _VILLAGE_CONFIRMS / 2

    def _mend_town(self, reading: Reading, text: str) -> None:
        """Read 马天镇 as 马田镇 when one town of the county alone is one edit away."""
        marked = _TOWN_PHRASE.search(text, reading.end)
        if marked is None:
            return
        near: dict[str, int] = {}  # town -> length of the phrase taken for its name
        for code, stem in self._town_stems(reading.code):
            for length in (len(stem), len(stem) + 1, len(stem) - 1):
                phrase = text[max(marked.start() - length, reading.end) : marked.start()]
                if len(phrase) == length >= 2 and one_edit(phrase, stem):
                    near[code] = max(length, near.get(code, 0))
        longest = max(near.values(), default=0)
        near = {code: length for code, length in near.items() if length == longest}
        if len(near) == 1:
            reading.code, reading.end = next(iter(near)), marked.end()
            reading.reasons.append("town_misspelt")
            reading.score += _WEIGHTS[9] / 2
        else:
            reading.reasons.append("town_unknown")
            reading.alternatives = tuple(sorted(near))

    def _town_stems(self, county: str) -> list[tuple[str, str]]:
        if county not in self._towns:
            split = [
                (town.code, stem_of(normalise(town.name), "town"))
                for town in self._gazetteer.towns(county)
            ]
            self._towns[county] = [(code, stem.stem) for code, stem in split if stem.kind]
        return self._towns[county]

    def _villages(self, county: str) -> VillageLexicon:
        if county not in self._counties:
            aliases = {
                alias: code
                for alias, code in self._aliases.items()
                if len(code) == 12 and code.startswith(county)
            }
            villages = self._gazetteer.villages(county)
            self._counties[county] = VillageLexicon(villages, aliases=aliases)
        return self._counties[county]

    def _answer(
        self, text: str, readings: Sequence[Reading], hits: Sequence[Hit], firm_end: int
    ) -> Answer:
        best = readings[0]
        reasons = list(best.reasons)
        county = best.code[:6] if len(best.code) >= 6 else ""
        if not county:
            return Answer(reason=("county_missing",), remainder=text[best.end :])
        rivals = rivals_of(readings, county)
        home = next((r for r in readings[1:] if r.code[:6] == self._home), None)
        if home is not None and any(code.startswith(self._home) for code in rivals):
            return self._answer(
                text, [home, *(r for r in readings if r is not home)], hits, firm_end
            )
        if rivals and county != self._home[:6] and best.score < _WEIGHTS[9] + _WEIGHTS[4]:
            return Answer(
                reason=("address_ambiguous",), alternatives=(best.code, *rivals), remainder=text
            )
        if rivals:
            reasons.append("address_ambiguous")
        if self._misspelt_home(best):
            reasons.append("close_to_home")
        if not any(len(hit.code) in (6, 9) and hit.grade >= PLACED for hit in best.hits):
            reasons.append("county_assumed")
        if best.town and best.town_grade < FULL:
            reasons.append("town_retyped" if best.town_grade >= RETYPED else "town_bare")
        if contradicted(best, hits, firm_end):
            reasons.append("address_contradictory")
        if not best.village and not best.alternatives and _VILLAGE_PHRASE.match(text, best.end):
            reasons.append("village_unknown")
        return Answer(
            county=county,
            town=best.town,
            village=best.village,
            level="village" if best.village else "town" if best.town else "county",
            confidence=confidence_of(best, reasons),
            alternatives=tuple(dict.fromkeys((*best.alternatives, *rivals)))[:MOST_ALTERNATIVES],
            reason=tuple(dict.fromkeys(reasons)),
            remainder=text[best.end :],
        )

    def _misspelt_home(self, best: Reading) -> bool:
        """Tell whether nothing but a county's name, one edit from the home county's, was read."""
        if best.code[:6] == self._home or len(self._home) != 6 or len(best.hits) != 1:
            return False
        home = self._gazetteer.county(self._home).name
        return one_edit(self._gazetteer.county(best.code).name, home)


def _aside(found: Sequence[VillageHit], reading: Reading) -> list[VillageHit]:
    """Keep villages named before the town, 塘门口村（便江街道）, with their word behind them."""
    spans = [(hit.start, hit.end) for hit in reading.hits]
    return [
        village
        for village in found
        if village.word and not any(a < village.end and village.start < b for a, b in spans)
    ]
