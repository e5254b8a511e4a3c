"""How many things are announced, and how many are listed: 10类…：1. 2. 3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layers.bulletin.figures import read_figures
from layers.bulletin.findings import found
from layers.bulletin.numerals import numeral

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.bulletin.figures import Figure
    from layers.bulletin.findings import Finding
    from layers.bulletin.sentences import Sentence

_HAN = "一二三四五六七八九十"
_STYLES = (
    re.compile(rf"\(([{_HAN}]+)\)"), re.compile(rf"([{_HAN}]+)、"), re.compile(r"\((\d+)\)"),
    re.compile(r"(\d+)[.、](?!\d)"), re.compile(rf"([{_HAN}]+)是"),
    re.compile(rf"第([{_HAN}]+)[,，、]"),
)  # fmt: skip
_UNITS = frozenset(("类", "项", "个", "种", "点", "条"))
_STRICT = frozenset(("类", "项", "种"))
_POINTS = re.compile(rf"([{_HAN}两\d]+)点")
_FIRSTS = re.compile(r"[:：]一是")
_HEADING = 40
_MOST = 60


def check_enumerations(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Check announced numbers of things against the lists that follow."""
    firsts = [one for one in sentences if one.number == 0]
    lasts = {one.paragraph: one for one in sentences}
    for order, head in enumerate(firsts[:-1]):
        sentence = lasts[head.paragraph]
        said = _announced(sentence, heading=sentence is head)
        listed = _listed(firsts[order + 1 :]) if said else 0
        if said and listed > 1:
            yield _finding(sentence, said, listed)
    for sentence in sentences:
        yield from _inside(sentence)


def _announced(sentence: Sentence, *, heading: bool) -> Figure | None:
    """Return the number of things that a paragraph announces at its end."""
    text = sentence.text
    leads = text.endswith(":") or "以下" in text or "如下" in text
    figures = _figures(text[-_MOST:])
    if not figures or (not leads and not (heading and len(text) <= _HEADING)):
        return None
    last = figures[-1]
    if not leads and last.unit not in _STRICT:
        return None
    return last if 1 < last.value <= _MOST else None


def _figures(text: str) -> list[Figure]:
    return [one for one in read_figures(_POINTS.sub(r"\1条", text))
            if one.bound == "exact" and one.unit in _UNITS]  # fmt: skip


def _listed(following: Sequence[Sentence]) -> int:
    """Count the numbered paragraphs that follow at once, in the style of the first."""
    first = following[0].text.lstrip()
    style = next((one for one in _STYLES if one.match(first)), None)
    count = 0
    for sentence in following if style else ():
        match = style.match(sentence.text.lstrip()) if style else None
        if match is None:
            continue
        number = numeral(match[1]) if not match[1].isdigit() else int(match[1])
        if number != count + 1:
            break
        count += 1
    return count


def _inside(sentence: Sentence) -> Iterator[Finding]:
    """Check 三点要求:一是…；二是…；三是… inside of one sentence."""
    start = _FIRSTS.search(sentence.text)
    figures = _figures(sentence.text[: start.start()][-_HEADING:]) if start else []
    if not start or not figures:
        return
    count = 0
    while count < len(_HAN) and f"{_HAN[count]}是" in sentence.text[start.start() :]:
        count += 1
    if count > 1 and figures[-1].value > 1:
        yield _finding(sentence, figures[-1], count)


def _finding(sentence: Sentence, said: Figure, listed: int) -> Finding:
    return found("enumeration", sentence, right=said.value == listed, sure="likely",
                 figures=(said.text,), said=said.shown(1), listed=listed)  # fmt: skip
