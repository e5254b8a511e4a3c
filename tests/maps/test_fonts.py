"""The fonts of the printed sheets."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import typst

from maps import fonts_build
from maps.sheets import FONTS

REGULAR, BOLD = FONTS / "NotoSansSC-Regular.ttf", FONTS / "NotoSansSC-Bold.ttf"
NAMES = Path(__file__).parents[2].parent / "shared" / "data" / "gazetteer"


def test_fonts_are_small_and_carry_their_licence() -> None:
    """Each file stays below 10 MB and the Open Font Licence lies beside them."""
    assert all(path.stat().st_size < 10_000_000 for path in (REGULAR, BOLD))
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text("utf-8")


def test_typst_finds_both_weights() -> None:
    """Typst reads one family with a regular and a bold face, with no font of the system."""
    fonts = typst.Fonts(False, False, [str(FONTS)]).fonts()
    assert sorted((font.family, font.weight) for font in fonts) == [
        ("Noto Sans SC", 400),
        ("Noto Sans SC", 700),
    ]


def test_regular_covers_gbk_and_bold_gb2312() -> None:
    """Every ideograph of GBK can be printed, and those of GB 2312 in bold."""
    regular, bold = fonts_build.covered(REGULAR), fonts_build.covered(BOLD)
    ideographs = range(0x4E00, 0x9FFF)
    assert not [p for p in fonts_build.charset("gbk") if p in ideographs and p not in regular]
    assert not [p for p in fonts_build.charset("gb2312") if p in ideographs and p not in bold]
    assert {ord(char) for char in "▲●◆■○①⑳〔〕—…“”·㎡＿"} <= regular & bold
    assert {ord(char) for char in "䶮㛃"} <= regular


def test_bold_covers_every_place_name() -> None:
    """Towns and villages of the gazetteer are set in bold without falling back."""
    lists = [NAMES / "cn_towns_2023_wgs84.csv.xz", NAMES / "cn_villages_2023_names_wgs84.csv.xz"]
    if not all(path.exists() for path in lists):
        pytest.skip("the gazetteer of ../shared/data is not on this machine")
    lacking = fonts_build.characters(lists) - fonts_build.covered(BOLD)
    assert len(lacking) <= 4, sorted(map(chr, lacking))  # two private-use, two not in the source


def test_printed_words_need_no_fallback() -> None:
    """Every character of our own words is in both faces."""
    maps = FONTS.parents[1]
    words = tomllib.loads((maps / "messages" / "sheets.toml").read_text("utf-8"))
    items = tomllib.loads((maps / "check_items.toml").read_text("utf-8"))
    text = json.dumps([words, items], ensure_ascii=False)
    lacking = {char for char in text if char > "\x7f"} - set(map(chr, fonts_build.covered(BOLD)))
    assert not lacking


def test_a_character_missing_in_bold_is_set_in_regular() -> None:
    """Typst falls back to the regular face: the rare character is printed, not a box."""
    assert ord("䶮") not in fonts_build.covered(BOLD)
    fonts = typst.Fonts(False, False, [str(FONTS)])
    source = '#set page(width: 60pt, height: 30pt)\n#set text(font: "Noto Sans SC")\n'

    def drawn(body: str) -> bytes:
        result = typst.compile((source + body).encode(), font_paths=fonts, format="svg")
        assert isinstance(result, bytes)
        return result

    assert drawn("*䶮*") == drawn("䶮")
    assert drawn("*龙*") != drawn("龙")


def test_the_builder_is_deterministic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building twice from the same package gives the same bytes, and names get into both faces."""
    package = tmp_path / "package"
    for source, _ in (fonts_build.REGULAR, fonts_build.BOLD):
        (package / source).parent.mkdir(parents=True)
        (package / source).write_bytes(BOLD.read_bytes())
    (package / "LICENSE_FONT").write_text("OFL\n", encoding="utf-8")
    (tmp_path / "names.csv").write_text("龙桥镇\n", encoding="utf-8")
    monkeypatch.setattr(fonts_build, "charset", lambda _: set())
    first, second = (
        fonts_build.build(package, tmp_path / name, [tmp_path / "names.csv"]) for name in "ab"
    )
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert {ord(char) for char in "龙桥镇A1"} <= fonts_build.covered(
        first[0]
    ) & fonts_build.covered(first[1])
    assert ord("国") not in fonts_build.covered(first[0])
