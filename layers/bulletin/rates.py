"""Percentages against the counts that they come from: 占…的 x %, 整改率, shares of a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import chain
from typing import TYPE_CHECKING

from layers.bulletin.figures import meets, plain, total_interval
from layers.bulletin.findings import found
from layers.bulletin.sentences import BRACKET, FIGURE, separator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layers.bulletin.divisions import Division
    from layers.bulletin.figures import Figure
    from layers.bulletin.findings import Finding, Sure
    from layers.bulletin.sentences import Phrase, Sentence

_SHARE = re.compile(
    rf"占(?P<whole>[^,;、{FIGURE[1:-1]}占]{{0,14}}?)(?:为|达到?|的)?(?P<share>{FIGURE})"
)
_RATE = re.compile(rf"(?P<stem>[^\W\d_]{{2,8}})率(?:分别)?(?:为|达到?了?|是|:)?(?P<rate>{FIGURE})")
_STEMS = (
    "整改", "收缴", "核查", "查实", "办结", "合格", "销号", "结案", "缴纳", "持证", "答复", "达标",
)  # fmt: skip
_WHOLES = re.compile(r"发现|排查|查出|受理|抽查|收到|接到|罚没?款|应当?")
_HAZARDS = ("项", "处", "个")
_CHANGE = re.compile(r"同比|环比|同期|[增减升降]")
_ALL = re.compile(r"全部|总|[数量件起家人项处]$|^全[国省市县区]|的|比[例重]?|数|量")
_REST = re.compile(r"其[他它余]")
_COUNTS = re.compile(rf"({FIGURE})")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ratio:
    part: Figure
    whole: Figure

    def interval(self) -> tuple[Decimal, Decimal]:
        """Return the percentages that the two counts allow."""
        part, whole = self.part.interval(), self.whole.interval()
        low = _HUNDRED * part[0] / whole[1] if whole[1].is_finite() else Decimal(0)
        return low, _HUNDRED * part[1] / whole[0] if whole[0] else Decimal("Infinity")

    def agrees(self, rate: Figure) -> bool:
        """Tell whether the rate, rounded as it is written, follows from the two counts."""
        return meets(self.interval(), rate.interval())

    def value(self) -> Decimal:
        return _HUNDRED * self.part.value / self.whole.value


def check_shares(sentences: Sequence[Sentence], divided: Iterable[Division]) -> Iterator[Finding]:
    """Check every 占…x % that follows a count."""
    wholes: dict[tuple[int, int], Figure] = {}
    for one in divided:
        for part in one.parts:
            wholes.setdefault((id(one.sentence), part.start), one.total)
    for number, sentence in enumerate(sentences):
        for phrase in sentence.phrases:
            for match in _SHARE.finditer(phrase.text):
                yield from _share(sentences, number, phrase, match, wholes)
        yield from _whole_shares(sentence)


def _share(
    sentences: Sequence[Sentence], number: int, phrase: Phrase, match: re.Match[str],
    wholes: dict[tuple[int, int], Figure],
) -> Iterator[Finding]:  # fmt: skip
    sentence = sentences[number]
    share = sentence.figure(match["share"])
    if share.unit != "%":
        return
    home, stop = phrase, match.start()
    if not sentence.signs(home, 0, stop) and home.parent >= 0:
        home, stop = sentence.phrases[home.parent], home.at
    before = sentence.signs(home, 0, stop)
    if not before or separator(home.text[before[-1] : stop]) > 1:
        return
    part = sentence.figure(home.text[before[-1]])
    if not part.is_count or len(home.text[before[-1] + 1 : stop].strip(f",、{BRACKET}")) > _LOOSE:
        return
    counted = list(_counted(sentences, number, share.start))
    labels = {id(figure): label for label, figure in counted}
    known = wholes.get((id(sentence), part.start))
    larger = [figure for _, figure in counted if figure.unit == part.unit and figure is not part
              and figure.value >= part.value]  # fmt: skip
    candidates = [known, *larger] if known is not None and known.unit == part.unit else larger
    ratios = [_Ratio(part=part, whole=whole) for whole in candidates if whole.value]
    fitting = [ratio for ratio in ratios if ratio.agrees(share)]
    named = _ALL.sub("", match["whole"])
    ratios = [ratio for ratio in ratios if named in labels.get(id(ratio.whole), "")]
    if fitting or ratios:
        yield _compared("share", sentence, share, fitting[:1] or ratios[:1])


_LOOSE = 8


def _whole_shares(sentence: Sentence) -> Iterator[Finding]:
    """Check that the shares of one whole are not more than all of it, or all where a rest is."""
    for phrase in sentence.phrases:
        matches = [m for m in _SHARE.finditer(phrase.text)
                   if sentence.figure(m["share"]).unit == "%"]  # fmt: skip
        listed = re.search(
            rf"分别占[^{FIGURE[1:-1]},;]*((?:{FIGURE}[、,和及]*){{2,}})", phrase.text
        )
        rest = bool(matches) and _REST.search(phrase.text[: matches[-1].start()]) is not None
        if listed:
            shares = [sentence.figure(sign) for sign in _COUNTS.findall(listed.group(1))]
            shares = [one for one in shares if one.unit == "%"]
        else:
            wholes = {m["whole"] for m in matches}
            shares = [sentence.figure(m["share"]) for m in matches] if len(wholes) == 1 else []
        between = phrase.text[matches[0].end() : matches[-1].start()] if matches else ""
        if len(shares) < _PAIR or "其中" in between:
            continue
        low, high = total_interval(shares)
        result = plain(sum((one.value for one in shares), Decimal(0)))
        wrong = low > _HUNDRED or (rest and not listed and high < _HUNDRED and len(shares) > _PAIR)
        if wrong or low <= _HUNDRED <= high:
            yield found("shares", sentence, right=not wrong, sure="likely",
                        figures=tuple(one.text for one in shares),
                        sum="+".join(one.shown() for one in shares), result=result)  # fmt: skip


_PAIR = 2


def check_rates(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Check every named rate (整改率, 收缴率 …) against counts of its paragraph."""
    for number, sentence in enumerate(sentences):
        for match in _RATE.finditer(sentence.marked):
            rate = sentence.figure(match["rate"])
            name = match["stem"].removesuffix("完成").removesuffix("到位")
            stem = next((word for word in _STEMS if name.endswith(word)), "")
            if name.endswith(f"不{stem}"):
                stem = f"不{stem}"
            if rate.unit == "%" and stem and not _CHANGE.search(match["stem"]):
                yield from _rate(sentences, number, stem, rate, hazards="隐患" in match["stem"])


def _rate(
    sentences: Sequence[Sentence], number: int, stem: str, rate: Figure, *, hazards: bool
) -> Iterator[Finding]:
    sentence = sentences[number]
    if rate.interval()[0] > _HUNDRED:
        yield found("rate_over", sentence, right=False, figures=(rate.text,), name=f"{stem}率")
        return
    counted = [
        one for one in _counted(sentences, number, rate.start)
        if not hazards or one[1].unit in _HAZARDS
    ]  # fmt: skip
    ratios = []
    for order, (label, part) in enumerate(counted):
        if stem not in label or f"不{stem}" in label or f"未{stem}" in label:
            continue
        ratios += [
            _Ratio(part=part, whole=whole)
            for place, (name, whole) in enumerate(counted)
            if place != order and whole.unit == part.unit and whole.value and name != label
        ]
    ratios += _summed(counted, stem)
    if not any(ratio.agrees(rate) for ratio in ratios):
        # More than the whole is a ratio only where the whole plainly is one: found, received.
        wholes = {id(figure) for label, figure in counted if _WHOLES.search(label)}
        ratios = [one for one in ratios if one.part.value <= one.whole.value or (
            id(one.whole) in wholes
        )]  # fmt: skip
    if ratios:
        yield _compared("rate", sentence, rate, ratios, name=f"{stem}率")


def _summed(counted: list[tuple[str, Figure]], stem: str) -> list[_Ratio]:
    """Return ratios of all counts of a stem together: put right on the spot and in time."""
    named = [figure for label, figure in counted if stem in label]
    if len(named) < _PAIR or len({one.unit for one in named}) > 1:
        return []
    both = replace(named[-1], value=sum((one.value for one in named), Decimal(0)))
    return [_Ratio(part=both, whole=whole) for label, whole in counted
            if stem not in label and whole.unit == both.unit and whole.value
            and both.value <= whole.value]  # fmt: skip


def _counted(
    sentences: Sequence[Sentence], number: int, before: int
) -> Iterator[tuple[str, Figure]]:
    """Yield the counts of the paragraph up to a figure, nearest first, with their labels."""
    sentence = sentences[number]
    earlier = [one for one in sentences[max(number - _REACH, 0) : number]
               if one.paragraph == sentence.paragraph]  # fmt: skip
    for one in chain([sentence], reversed(earlier)):
        found_here = [
            (one.clause(phrase, place), one.figure(phrase.text[place]))
            for phrase in one.phrases
            for place in one.signs(phrase)
        ]
        for label, figure in sorted(found_here, key=lambda pair: -pair[1].start):
            late = one is sentence and figure.start > before
            if figure.is_count and not late and not _CHANGE.search(label):
                yield label, figure


_REACH = 3


def _compared(
    code: str, sentence: Sentence, rate: Figure, ratios: list[_Ratio], **detail: str
) -> Finding:
    """Compare a rate with what its counts give; the first ratio is the likeliest."""
    fitting = [ratio for ratio in ratios if ratio.agrees(rate)]
    ratio = min(fitting or ratios, key=lambda one: 0 if fitting else abs(one.value() - rate.value))
    got = ratio.value()
    rounded = got.quantize(rate.step, rounding=ROUND_HALF_UP)
    close = abs(got - rate.value) < 2 * rate.step
    meant = (ratio.whole.value * rate.value / _HUNDRED / ratio.part.scale).quantize(
        ratio.part.step / ratio.part.scale, ROUND_HALF_UP
    )
    detail |= {
        "part": ratio.part.shown(), "whole": ratio.whole.shown(ratio.part.scale),
        "got": f"{rounded if close else got.quantize(rate.step / 10, ROUND_HALF_UP)}",
        "rate": rate.text, "meant": plain(meant), "unit": ratio.part.unit,
    }  # fmt: skip
    wrong = f"{code}_digit" if close else code
    sure: Sure = "certain" if len(ratios) == 1 else "likely"
    if got.quantize(rate.step, rounding=ROUND_DOWN) == rate.value:
        sure = "ask"  # cut off instead of rounded
    return found(code if fitting else wrong, sentence, right=bool(fitting), sure=sure,
                 figures=(ratio.part.text, ratio.whole.text, rate.text), **detail)  # fmt: skip
