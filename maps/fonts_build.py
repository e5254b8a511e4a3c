"""Build the two fonts of the printed sheets from the npm package of Noto Sans SC.

Run once when the font or the list of characters changes; the results are part of the wheel::

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3
    tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python -m maps.fonts_build package maps/static/fonts TOWNS.csv.xz VILLAGES.csv.xz

The name lists are texts (plain or ``.xz``) of which every character is taken into both fonts. The
same input and the same fontTools give the same bytes.
"""

from __future__ import annotations

import lzma
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from collections.abc import Iterable

REGULAR = ("400Regular/NotoSansSC_400Regular.ttf", "NotoSansSC-Regular.ttf")
BOLD = ("700Bold/NotoSansSC_700Bold.ttf", "NotoSansSC-Bold.ttf")
LICENCE = ("LICENSE_FONT", "OFL.txt")

_LEAD, _TRAIL = range(0x81, 0xFF), range(0x40, 0xFF)
_ASCII = range(0x20, 0x7F)
_LATIN_1 = range(0xA0, 0x180)
_MARKS = (
    "–—―‘’“”„†•…‰′″‹›※€℃№℡™←↑→↓↖↗↘↙⇒⇔∶≈≠≤≥⊙⌒─│┌┐└┘├┤┬┴┼"
    "■□▢▣▲△▶▷▼▽◀◁◆◇○◎●◢◣◤◥★☆☎☞♀♂✓〇〔〕〖〗【】《》「」『』㎡㎏㎞"
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㈠㈡㈢❶❷❸❹❺❻❼❽❾❿·"
)
# Characters of personal and place names that GBK lacks (the rare part of the list of standard
# characters of 2013 that Unicode keeps in Extension A); Extension B and later are taken whole.
_RARE = (
    "㑇㑊㑚㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㴩㴬㴱㵎㵐㶲㸆㸌㺄㻬㻽㿠"
    "䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)


def charset(encoding: str) -> set[int]:
    """Return the code points of a two-byte Chinese *encoding* such as ``gbk`` or ``gb2312``."""
    points: set[int] = set()
    for lead in _LEAD:
        for trail in _TRAIL:
            text = bytes((lead, trail)).decode(encoding, "ignore")
            if len(text) == 1 and text > "\x7f":
                points.add(ord(text))
    return points


def characters(paths: Iterable[Path]) -> set[int]:
    """Return the code points beyond ASCII that occur in the texts at *paths*."""
    points: set[int] = set()
    for path in paths:
        raw = path.read_bytes()
        text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8-sig")
        points.update(ord(char) for char in text if char > "\x7f")
    return points


def covered(path: Path) -> set[int]:
    """Return the code points for which the font at *path* has a glyph."""
    with TTFont(path, lazy=True) as font:
        return set(font["cmap"].getBestCmap())


def shrink(source: Path, points: Iterable[int], target: Path) -> None:
    """Write the font at *source* with the glyphs of *points* only, for horizontal text."""
    options = subset.Options(
        layout_features=["ccmp", "kern", "locl", "mark", "mkmk"],
        drop_tables=["vhea", "vmtx", "BASE", "STAT", "GlyphOrder"],
        name_IDs=["*"],
        notdef_outline=True,
        hinting=False,
        recalc_timestamp=False,
    )
    with TTFont(source, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=sorted(points))
        subsetter.subset(font)
        font.save(target)


def build(package: Path, target: Path, names: Iterable[Path]) -> tuple[Path, ...]:
    """Write both fonts and their licence into *target*.

    Regular covers GBK, the marks above and every supplementary ideograph that the font has. Bold
    covers GB 2312 and the characters of *names*: what it lacks is set in Regular by typst's
    fallback.

    Parameters
    ----------
    package
        The unpacked npm package.
    target
        Folder of the fonts; it is made where there is none.
    names
        Texts whose characters must be in both fonts.

    Returns
    -------
    The files written.
    """
    target.mkdir(parents=True, exist_ok=True)
    marks = {*_ASCII, *_LATIN_1, *map(ord, _MARKS)}
    from_names = characters(names)
    bold = marks | charset("gb2312") | from_names
    full = covered(package / REGULAR[0])
    supplementary = {point for point in full if point >= 0x20000}
    regular = bold | charset("gbk") | supplementary | set(map(ord, _RARE))
    written = []
    for (source, name), points in ((REGULAR, regular), (BOLD, bold)):
        path = target / name
        shrink(package / source, points & full, path)
        written.append(path)
    licence = target / LICENCE[1]
    licence.write_bytes((package / LICENCE[0]).read_bytes().replace(b"\r\n", b"\n"))
    return (*written, licence)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
