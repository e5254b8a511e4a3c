"""The public notice works offline, on a phone, for a keyboard and for a screen reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from maps.disclosure import public_page, public_workbook
from maps.public_rows import (
    WITHDRAWN,
    Publication,
    PublicCount,
    PublicDraw,
    PublicRound,
    PublicVisit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = dt.date(2026, 12, 31)
DRAW = PublicDraw(
    id="YX00041", round="2026-W48", stratum="weighted", probability="0.521400000000",
    ticket="14f872fcca26b38e" * 4,
)  # fmt: skip
VISIT = PublicVisit(
    round="2026-W48", name="便江段氏塑料加工点", credit_code="92431023MA0YX7F370", town="便江街道",
    visited=dt.date(2026, 11, 23), result="ordered", findings=2, serious_findings=1,
    departments=("应急管理局",), drawn=DRAW, due=dt.date(2026, 12, 21), late_days=10,
    source="政府信息公开条例 第二十六条", status="law",
)  # fmt: skip
OTHER = replace(
    VISIT, name='=HYPERLINK("http://x")<b>', credit_code="", result="pass", findings=None,
    serious_findings=None, drawn=None, late_days=0, due=DAY,
)  # fmt: skip
NOTICE = Publication(
    area="永兴县应急管理局", day=DAY,
    visits=(VISIT, OTHER, replace(VISIT, result=WITHDRAWN, corrects=dt.date(2026, 12, 1))),
    others=(PublicCount(result="closed", visits=3),),
    rounds=(
        PublicRound(name="2026-W48", file="draw-2026-W48.json", closed="", hash="a" * 64,
                    commitment="b" * 64, frame_hash="c" * 64, eligible=250, excluded=50, drawn=73),
        PublicRound(name="2026-W49", file="", closed="visits_to_come", hash="d" * 64,
                    commitment="e" * 64, frame_hash="f" * 64),
    ),
    links=2, head="a" * 64,
)  # fmt: skip

# Luminance and contrast of every text against what lies behind it, as WCAG 2 defines them.
CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const c = parse(getComputedStyle(at).backgroundColor);
      if (c.length && (c.length < 4 || c[3] > 0)) return c;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 21;
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || el.closest("script,style,.hidden")) continue;
    const [a, b] = [lum(parse(getComputedStyle(el).color)), lum(behind(el))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}"""


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    """Write the page to disk."""
    path = tmp_path / "公示.html"
    path.write_text(public_page(NOTICE, book="公示表.xlsx"), "utf-8")
    return path


def test_rows_survive_the_record() -> None:
    """What an event keeps of a row is all of it."""
    for one in NOTICE.visits:
        assert PublicVisit.from_json(one.to_json()) == one


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_in_both_languages(lang: str) -> None:
    """Every word is found; nothing is loaded from anywhere; names are escaped."""
    page = public_page(NOTICE, book="b.xlsx", lang=lang)
    body = page.partition("<body>")[2]
    assert "disclosure_" not in page
    assert "<b>" not in body.replace("<td", "").split("HYPERLINK")[1][:20]
    assert "http://x" in page  # as text of a name, in no attribute
    assert 'href="http' not in page
    assert 'content="all"' in page
    assert public_page(NOTICE, book="b.xlsx", lang=lang) == page


def test_the_workbook_has_the_same_rows(tmp_path: Path) -> None:
    """Results, corrections, counts and draws; a name that looks like a formula is text."""
    path = public_workbook(tmp_path / "公示表.xlsx", NOTICE)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["检查结果", "更正", "其他场所检查", "抽取记录", "说明"]
    rows = list(book["检查结果"].values)
    assert len(rows) == 3
    assert rows[1][1] == VISIT.name
    assert rows[1][14] == DRAW.ticket
    cell = book["检查结果"].cell(3, 2)
    assert (cell.data_type, str(cell.value)[:5]) == ("s", "=HYPE")
    assert len(list(book["更正"].values)) == 2
    again = public_workbook(tmp_path / "b.xlsx", NOTICE)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_page_is_readable(
    notice: Path, offline_page: Callable[..., Any], width: int, height: int
) -> None:
    """One heading of the first level, named tables with headers, contrast, no sideways scroll."""
    opened = offline_page(notice, width=width, height=height)
    page = opened.page
    assert (opened.errors, opened.beyond_the_file) == ([], [])
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.locator("h1").count() == 1
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))"
    )
    assert all(b <= a + 1 for a, b in pairwise(levels))
    for table in page.locator("table").all():
        assert table.locator("caption").inner_text().strip()
        assert table.locator("thead th[scope=col]").count() > 1
        assert table.locator("tbody th[scope=row]").count() >= 1
    unnamed = (
        "[...document.querySelectorAll('input,select')].filter((e) => !e.labels.length).length"
    )
    assert page.evaluate(unnamed) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) >= 4.5


@pytest.mark.browser
def test_the_table_is_searched_on_the_page(notice: Path, offline_page: Callable[..., Any]) -> None:
    """Text in any width and case, and the result, narrow the rows down; the count is told."""
    page = offline_page(notice).page
    rows = page.locator("table.cards >> nth=0").locator("tbody tr:not([hidden])")
    assert rows.count() == 2
    page.fill("#find", "ＹＸ00041 便江")
    assert rows.count() == 1
    assert "1" in page.inner_text("#shown")
    page.fill("#find", "")
    page.select_option("#kind", label="未发现问题")
    assert rows.count() == 1
    page.fill("#find", "没有这一家")
    assert rows.count() == 0
