"""Mend the names of counties that are one slip away, where the city or province in front tells."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA

from geo.characters import alike, fold
from geo.names import LEVELS, normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.gazetteer import Gazetteer
    from geo.texts import Marks, Texts

    Ints = NDArray[np.int32]

_LONGEST = 8  # characters of a misspelt county without its kind
_COUNTY_WORD = 4  # the bit of counties in Marks.area_levels
# 小区, 社区, 工业区, 开发区, 园区, 景区 are no counties.
_NO_COUNTY = frozenset("小社业发园景")


def near_counties(
    places: Ints, ends: Ints, texts: Texts, marks: Marks, *, taken: Ints, gazetteer: Gazetteer
) -> list[tuple[int, int, int]]:
    """Find counties one edit away from what follows the name of a city or province.

    Parameters
    ----------
    places, ends
        The cities and provinces and where their names end.
    taken
        Positions at which a name begins that is no slip.

    Returns
    -------
    list of (int, int, int)
        Start, end and place of each, several where it may be one of several.
    """
    start = ends + ~marks.han[ends]
    words = np.flatnonzero(marks.area_levels & _COUNTY_WORD).astype(np.int32)
    word = np.append(words, len(texts.units))[np.searchsorted(words, start + 2)]
    fits = (word - start <= _LONGEST) & (word < texts.ends[texts.row_of[ends]])
    rows = np.flatnonzero(fits)
    rows = rows[~np.isin(start[rows], taken)]
    found = []
    for k in rows.tolist():
        low, high = int(start[k]), int(word[k])
        written = texts.units[low:high].tobytes().decode("utf-16-le", "replace")
        near = _near(gazetteer, int(places[k]), written)
        found += [(low, high + int(marks.area[high]), place) for place in near]
    return found


@lru_cache(maxsize=4096)
def _near(gazetteer: Gazetteer, upper: int, written: str) -> tuple[int, ...]:
    """Return the counties in *upper* that may be meant, those that sound or look so if any."""
    if written[-1] in _NO_COUNTY:
        return ()
    near = [
        (stem, place)
        for stem, place in _counties(gazetteer, upper)
        if (len(stem) == len(written) or len(stem) > 2)
        and OSA.distance(stem, written, score_cutoff=1) == 1
    ]
    like = [(stem, place) for stem, place in near if _sounds_or_looks(stem, written)]
    return tuple(place for _, place in like or near)


def _sounds_or_looks(stem: str, written: str) -> bool:
    """Tell whether names of one length differ in characters that sound or look alike."""
    return len(stem) == len(written) and all(
        a == b or alike(a, b) for a, b in zip(written, stem, strict=True)
    )


@lru_cache(maxsize=512)
def _counties(gazetteer: Gazetteer, upper: int) -> Sequence[tuple[str, int]]:
    """Return the folded stems of a city's or province's counties, of two characters or more."""
    codes, found = gazetteer.tables["codes"], []
    owner = int(codes[upper])
    low, high = (int(str(owner + more).ljust(6, "0")) for more in (0, 1))
    for place in range(*np.searchsorted(codes, (low, high)).tolist()):
        stem = stem_of(normalise(gazetteer.names[place]), LEVELS[6]).stem
        units = fold(np.frombuffer(stem.encode("utf-16-le"), dtype="<u2"))
        if len(units) >= 2:
            found.append((units.tobytes().decode("utf-16-le"), place))
    return found
