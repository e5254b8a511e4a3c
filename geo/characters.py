"""Characters that stand for one another in place names, brought to one form.

Traditional characters (``geo/data/characters.txt``, pairs of traditional and simplified, from the
table TSCharacters of OpenCC, Apache-2.0, those that place names need), other ways of writing one
character that place names mix, and digits: 150团 is 一五零团. Names and texts are both brought to
the same form, one character for one, so that positions stay. What sounds or looks alike is in
``geo/data/likeness.txt`` (from the Unihan database, Unicode License V3; see geo.characters_build).
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TABLE = Path(__file__).parent / "data" / "characters.txt"
_LIKENESS = _TABLE.with_name("likeness.txt")
_PARTS = 2
_VARIANTS = (
    "邨村墟圩羣群峯峰巖岩嵒岩裡里裏里阪坂荘庄垅垄坵丘隄堤窪洼漥洼嶴岙塆湾垇坳垻坝硚桥崬岽墪墩埗埠〇零"
    "0零1一2二3三4四5五6六7七8八9九"
)


@cache
def _folds() -> NDArray[np.uint16]:
    """Return what every UTF-16 unit is brought to."""
    folds = np.arange(2**16, dtype=np.uint16)
    for pairs in ("".join(_TABLE.read_text(encoding="utf-8").split()), _VARIANTS):
        units = np.frombuffer(pairs.encode("utf-16-le"), dtype="<u2")
        folds[units[::2]] = folds[units[1::2]]
    return folds


@cache
def _likeness() -> dict[str, tuple[str, str]]:
    """Return reading, brought together where people mix them, and shape of the characters."""
    lines = (line.split(" ") for line in _LIKENESS.read_text(encoding="utf-8").splitlines())
    return {one: (_mixed(sound), shape) for one, sound, shape in lines}


def _mixed(sound: str) -> str:
    """Drop what sets apart sounds that many dialects do not: zh and z, -ing and -in."""
    for apart, together in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(apart):
            sound = together + sound[2:]
    return sound[:-1] if sound.endswith(("ang", "eng", "ing")) else sound


@lru_cache(maxsize=2**14)
def alike(written: str, meant: str) -> bool:
    """Tell whether two characters sound or look alike, so that one is easily written for another.

    Looking alike is that their codes of Cangjie, which name the parts of a character, are one part
    apart; codes of a single part are left out.
    """
    known = _likeness()
    sound, shape = known.get(written, ("", ""))
    other_sound, other_shape = known.get(meant, ("", ""))
    if sound and sound == other_sound:
        return True
    if min(len(shape), len(other_shape)) < _PARTS:
        return False
    return OSA.distance(shape, other_shape, score_cutoff=1) <= 1


def fold(units: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return UTF-16 *units* in the form in which names and texts are compared."""
    return _folds()[units]
