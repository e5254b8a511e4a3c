"""Find the names of places in a text: the look-up side of the address resolver.

A :class:`Lexicon` knows provinces to towns of all China, a :class:`VillageLexicon` the villages of
one county. Both only report what stands where; geo.address weighs it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA

from geo.gazetteer import PSEUDO_CITIES
from geo.names import AREA_WORDS, VILLAGE_WORDS, normalise, stem_of, village_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from geo.gazetteer import Gazetteer, Place

FULL, RETYPED, PLACED, BARE = 1.0, 0.75, 0.6, 0.45
"""How much a name counts: as official; with another kind of word behind it (便江镇 for 便江街道);
with a place of the town behind it (柏林工业园); with nothing of the kind."""

_AREA = re.compile("|".join(sorted(AREA_WORDS, key=len, reverse=True)))
_VILLAGE = re.compile("|".join(VILLAGE_WORDS))
# 马田圩 and 柏林工业园 mean the town though no 镇 stands behind it.
_TOWN_PLACE = re.compile("工业园|工业区|工业集中区|产业园|集镇|圩|墟|街上|镇区")
# 长沙路 is not in Changsha.
_STREET = re.compile(
    "中?[东西南北]?(?:路|街(?!道|社区|村)|大道|巷|国道|省道|高速|大厦|广场|小区|花园|大桥)"
)
_GROUP = re.compile(
    r"第?[0-9零一二三四五六七八九十百]+(?:村民小组|居民小组|组|队|号|屯|社|片|栋)|[组湾屯]"
)
_BESIDE = re.compile("[上下东西南北中前后里外新老](?:村|社区|居委)")
_COMMON = re.compile("经济|高新|工业|技术|国家|产业|循环|现代|新型|综合|农业|生态|旅游|城乡")
_COMPASS = frozenset("上下东西南北中前后左右大小新老旧里外内")


class Hit(NamedTuple):
    """A name of an upper-level place: where it stands, whose code, how well it is written."""

    start: int
    end: int
    code: str
    grade: float


class VillageHit(NamedTuple):
    """A village's name in a text.

    ``word`` is the village word behind it (empty where there is none), ``agrees`` whether it is of
    the official kind, ``bounded`` whether the name begins where a name may begin, ``grouped``
    whether a group or house number follows. ``beside`` marks 牛头下居委会 where the list has 牛头.
    """

    start: int
    end: int
    code: str
    stem: str
    word: str
    agrees: bool
    bounded: bool
    grouped: bool
    beside: bool


class _Words:
    """A dictionary that is searched at every position of a text, the longest entries first."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[str, ...]] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    def fill(self, words: Mapping[str, Iterable[str]]) -> None:
        """Take *words* -> codes; to be called once."""
        self.codes = {word: tuple(dict.fromkeys(codes)) for word, codes in words.items()}
        lengths: dict[str, tuple[int, ...]] = {}
        for size in sorted({len(word) for word in self.codes}, reverse=True):
            for head in {word[:2] for word in self.codes if len(word) == size}:
                lengths[head] = (*lengths.get(head, ()), size)
        self._lengths = lengths

    def at(self, text: str, start: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield end and codes of every entry that begins at *start*, the longest first."""
        for length in self._lengths.get(text[start : start + 2], ()):
            end = start + length
            codes = self.codes.get(text[start:end])
            if codes and end <= len(text):
                yield end, codes


class Lexicon:
    """Names and stems of all provinces, cities, counties and towns."""

    def __init__(self, gazetteer: Gazetteer, *, aliases: Mapping[str, str]) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        stems: dict[str, list[str]] = defaultdict(list)
        for place in gazetteer:
            if place.name in PSEUDO_CITIES:
                continue
            name = normalise(place.name)
            stem, kind = stem_of(name, place.level)
            if not kind and len(name) <= 3:  # 永兴 of 三沙市: too short to stand without its kind
                stems[name].append(place.code)
                continue
            names[name].append(place.code)
            if kind:
                stems[stem].append(place.code)
            elif (short := _without_owner(name, place, gazetteer)) is not None:
                names[short].append(place.code)
        for alias, code in aliases.items():
            if len(code) < 12:
                names[normalise(alias)].append(code)
        self._names, self._stems = _Words(), _Words()
        self._names.fill(names)
        self._stems.fill(stems)

    def hits(self, text: str) -> list[Hit]:
        """Return every reading of every name in a normalised text."""
        found: list[Hit] = []
        for start in range(len(text) - 1):
            longest = start
            for end, codes in self._names.at(text, start):
                longest = max(longest, end)
                found.extend(Hit(start, end, code, FULL) for code in codes)
            for end, codes in self._stems.at(text, start):
                found.extend(_stem_hits(text, start, end, codes, longest))
        return _not_within(found)


def _without_owner(name: str, place: Place, gazetteer: Gazetteer) -> str | None:
    """Shorten 湖南衡阳松木经济开发区 to what people write, 松木经济开发区."""
    for length in (2, 4, 6):
        owner = gazetteer.find(place.code[:length]) if length < len(place.code) else None
        if owner is None:
            continue
        stem, kind = stem_of(owner.name, owner.level)
        for front in (stem + kind, stem):
            if name.startswith(front):
                name = name[len(front) :]
                break
    changed = name != normalise(place.name)
    return name if changed and len(name) >= 4 and not _COMMON.match(name) else None


def _not_within(hits: list[Hit]) -> list[Hit]:
    """Drop hits inside a longer official name: 新县 is not in 永新县."""
    spans = {(hit.start, hit.end) for hit in hits if hit.grade == FULL}
    return [
        hit
        for hit in hits
        if not any(
            a <= hit.start and hit.end <= b and (a, b) != (hit.start, hit.end) for a, b in spans
        )
    ]


def _stem_hits(
    text: str, start: int, end: int, codes: Sequence[str], longest: int
) -> Iterator[Hit]:
    marked = _AREA.match(text, end)
    if marked is not None:
        levels = AREA_WORDS[marked.group()]
        official = marked.end() <= longest
        for code in codes:
            # Where an official name stands, 长沙市 say, another level is not meant (长沙县), but
            # towns of one name and several kinds are common.
            if len(code) in levels and (len(code) == 9 or not official):
                yield Hit(start, marked.end(), code, RETYPED)
        return
    if end <= longest or _STREET.match(text, end) or _VILLAGE.match(text, end):
        return
    town_place = _TOWN_PLACE.match(text, end) is not None
    for code in codes:
        yield Hit(start, end, code, PLACED if town_place and len(code) == 9 else BARE)


class VillageLexicon:
    """Names of the villages and communities of one county."""

    def __init__(self, villages: Iterable[Place], *, aliases: Mapping[str, str]) -> None:
        stems: dict[str, list[str]] = defaultdict(list)
        self._kinds: dict[str, str] = {}
        self.stems_of_town: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for village in villages:
            stem, word = stem_of(normalise(village.name), "village")
            self._kinds[village.code] = village_kind(word)
            shorter = [stem[:-1]] if stem.endswith("村") and len(stem) > 1 else []
            for form in (stem, *shorter):
                stems[form].append(village.code)
                in_town = self.stems_of_town[village.code[:9]]
                in_town.setdefault(form, []).append(village.code)
        for alias, code in aliases.items():
            stems[stem_of(normalise(alias), "village").stem].append(code)
        self._words = _Words()
        self._words.fill(stems)
        pairs = [stem for stem in stems if len(stem) == 2]
        self._letters = Counter((place, stem[place]) for stem in pairs for place in (0, 1))
        self._single = {stem: codes for stem, codes in stems.items() if len(stem) == 1}

    def hits(self, text: str, *, begin: int = 0, edges: Collection[int] = ()) -> list[VillageHit]:
        """Return the village names in a normalised text from *begin* on.

        A name begins freely at *begin*, at one of the *edges* (where a name of another level
        ends), after another village and after a bracket or digit. Of two names at one place the
        longer is taken.
        """
        found: list[VillageHit] = []
        free = {0, begin, *edges}
        for start in range(begin, len(text)):
            bounded = start in free or not _is_han(text[start - 1])
            for end, codes in self._at(text, start):
                hits = self._read(text, start, end, codes, bounded=bounded)
                if hits:
                    found.extend(hits)
                    free.add(hits[0].end)
                    break
        return found

    def _at(self, text: str, start: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield from self._words.at(text, start)
        single = self._single.get(text[start])
        if single:
            yield start + 1, tuple(single)

    def _read(
        self, text: str, start: int, end: int, codes: Sequence[str], *, bounded: bool
    ) -> list[VillageHit]:
        marked = _VILLAGE.match(text, end)
        word = marked.group() if marked else ""
        stem, behind = text[start:end], marked.end() if marked else end
        if not word and len(stem) > 1 and stem[-1] == "村":
            word = "村"  # 大村 stands in the list as 大村村
        if not word and (_STREET.match(text, end) or stem[-1] in "路街巷道"):
            return []
        if not bounded and (len(stem) == 1 or (len(stem) == 2 and text[start - 1] in _COMPASS)):
            return []
        if len(stem) == 1 and not word:
            return []
        grouped = _GROUP.match(text, behind) is not None or behind == len(text)
        kind = village_kind(word)
        if not kind and grouped:
            kind = "rural"
        beside = not word and _BESIDE.match(text, end) is not None
        return [
            VillageHit(
                start=start,
                end=behind,
                code=code,
                stem=stem,
                word=word,
                agrees=self._kinds.get(code) == kind,
                bounded=bounded,
                grouped=grouped,
                beside=beside,
            )
            for code in codes
        ]

    def near(
        self, text: str, *, begin: int, towns: Sequence[str]
    ) -> Iterator[tuple[str, str, int, int]]:
        """Yield stem, code, start and end of names one edit away from a phrase before 村 or 社区.

        Stems of two characters are tried only where one character differs and the other occurs
        at its place in no other name of the county; 周家 and 邝家 are two families.
        """
        for marked in _VILLAGE.finditer(text, begin):
            for town in towns:
                for stem, codes in self.stems_of_town.get(town, {}).items():
                    start = _near_start(text, marked.start(), stem, begin)
                    if start is None:
                        continue
                    bounded = start == begin or not _is_han(text[start - 1])
                    if len(stem) > 2 or (bounded and self._telling(text, start, stem)):
                        yield from ((stem, code, start, marked.end()) for code in codes)

    def _telling(self, text: str, start: int, stem: str) -> bool:
        same = 0 if text[start] == stem[0] else 1
        return self._letters[same, stem[same]] == 1


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def _near_start(text: str, end: int, stem: str, begin: int) -> int | None:
    """Return where a phrase that ends at *end* and is one edit from *stem* begins, None if none."""
    size = len(stem)
    # One edit leaves the first or the last character alone: most stems are out at once.
    if stem[-1] != text[end - 1] and stem[0] not in text[max(end - size - 1, begin) : end]:
        return None
    for length in (size, size + 1, size - 1):
        start = end - length
        if start < begin or (length != size and size < 3) or length < 2:
            continue
        if one_edit(text[start:end], stem):
            return start
    return None


def one_edit(a: str, b: str) -> bool:
    """Tell whether one substitution, insertion, deletion or exchange of neighbours joins them."""
    return OSA.distance(a, b, score_cutoff=1) == 1
