"""Build the tables of characters by hand, once per edition of their sources.

``python -m geo.characters_build TSCharacters.txt Unihan_Readings.txt
Unihan_DictionaryLikeData.txt``

From the table of OpenCC (Apache-2.0) and the Unihan database (Unicode License V3) the characters
that the shipped gazetteer needs are kept: ``geo/data/characters.txt``, pairs of a traditional and a
simplified character, and ``geo/data/likeness.txt``, lines of characters, reading without tone and
code of Cangjie (by parts and their places, so that characters that look alike have similar codes).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

from geo.gazetteer import Gazetteer
from geo.names import AREA_WORDS, VILLAGE_WORDS

DATA = Path(__file__).parent / "data"
_WIDTH = 80


def needed(gazetteer: Gazetteer) -> set[str]:
    """Return the characters of all names and of the words behind them."""
    stems = gazetteer.tables["village_stems"].tobytes().decode("utf-16-le")
    words = "".join((*AREA_WORDS, *VILLAGE_WORDS, "号组队栋东厂园"))
    characters = {*"".join(gazetteer.names), *stems, *words}
    return {one for one in characters if "\u3400" <= one <= "\u9fff"}


def pairs_of(table: Path, characters: set[str]) -> str:
    """Return the pairs whose simplified character is needed, in lines."""
    pairs = []
    for line in table.read_text(encoding="utf-8").splitlines():
        written, meant = line.split("\t")
        meant = meant.split(" ")[0]
        if written != meant and meant in characters and "\u3400" <= written <= "\u9fff":
            pairs.append(written + meant)
    joined = "".join(sorted(pairs))
    return "".join(joined[k : k + _WIDTH] + "\n" for k in range(0, len(joined), _WIDTH))


def likeness_of(readings: Path, shapes: Path, characters: set[str]) -> str:
    """Return the lines of readings and shapes of what is needed."""
    sound, shape = _field(readings, "kMandarin"), _field(shapes, "kCangjie")
    return "".join(
        f"{one} {_toneless(sound.get(one, '-'))} {shape.get(one, '-').lower()}\n"
        for one in sorted(characters)
    )


def _field(file: Path, field: str) -> dict[str, str]:
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return {
        chr(int(parts[0][2:], 16)): parts[2].split(" ")[0]
        for parts in lines
        if len(parts) == 3 and parts[1] == field
    }


def _toneless(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return re.sub("[^a-z-]", "", letters)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    _, opencc, mandarin, parts = sys.argv
    wanted = needed(Gazetteer.load())
    (DATA / "characters.txt").write_text(pairs_of(Path(opencc), wanted), encoding="utf-8")
    (DATA / "likeness.txt").write_text(
        likeness_of(Path(mandarin), Path(parts), wanted), encoding="utf-8"
    )
