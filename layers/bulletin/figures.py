"""Figures of a text: how much, of what unit, how exactly it was meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from layers.bulletin.numerals import SIGNS, numeral

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Bound = Literal["exact", "more", "at_least", "about", "at_most"]

_PERCENT = "%"
_TIMES = (
    "家次", "户次", "人次", "台次", "辆次", "车次", "艘次", "处次", "场次", "班次", "批次", "件次",
    "点次", "个次", "项次",
)  # fmt: skip
_PLAIN = (
    "个百分点", "百分点", "立方米", "平方米", "千克", "公斤", "公里", "小时", "个月", "美元",
    "家", "户", "处", "起", "件", "宗", "例", "个", "项", "条", "名", "人(?!民|大)", "位", "台",
    "套", "辆", "艘", "架", "部(?!门|委|局)", "份", "期(?!间)", "篇", "次", "场(?!所)", "批", "箱",
    "吨", "亩", "元", "所", "座", "栋", "间", "口", "幅", "块", "张", "本(?!市|县|区|月|年)", "册",
    "支", "类", "种", "天", "倍", _PERCENT,
)  # fmt: skip
_UNIT = "|".join((r"[家户处台]\s*\(次\)", *_TIMES, *_PLAIN))
_ARABIC = r"\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_BEFORE = r"不少于|不低于|不超过|至少|最多|超过|突破|将近|接近|大约|不足|不到|约|近|逾|超"
_FIGURE = re.compile(
    rf"(?P<before>{_BEFORE})?\s*(?<![\d.第A-Za-z])(?P<first>{_ARABIC})"
    rf"(?:\s*(?:-|—|–|~|～|至|到)+\s*(?P<second>{_ARABIC}))?\s*(?P<scale>[百千万亿]*)"
    rf"\s*(?P<more>余|多)?\s*(?P<late>[万亿]?)(?P<unit>{_UNIT})(?P<after>以上|以下|以内|左右|之多)?"
)
_WRITTEN = re.compile(
    rf"(?P<before>{_BEFORE})?(?<![第周期初{SIGNS}])(?P<first>[{SIGNS}]+)(?P<more>余|多)?"
    rf"(?P<unit>{_UNIT})(?P<after>以上|以下|以内|左右)?"
)
_HUNDREDTHS = re.compile(rf"(?P<before>{_BEFORE})?百分之(?P<first>[{SIGNS}点]+)")
_ONE_ENDS = re.compile(r"\s*(?:[,，、;；。)(和及]|$)")
_TOGETHER = re.compile(r"[在同跟与和]$")
_MORE = frozenset(("余", "多"))
_AT_LEAST = frozenset(("以上", "不少于", "不低于", "至少", "超过", "突破", "逾", "超", "之多"))
_AT_MOST = frozenset(("不超过", "最多", "不足", "不到", "以下", "以内"))
_ABOUT = frozenset(("约", "大约", "近", "将近", "接近", "左右"))
_SHORT = {"户": "家", "件": "起", "宗": "起", "例": "起", "名": "人", "位": "人", "条": "项",
          "百分点": "个百分点", "户次": "家次"}  # fmt: skip
_KIN = (
    frozenset(("家", "个", "家次")), frozenset(("项", "处", "个")), frozenset(("人", "人次")),
    frozenset(("处", "处次")), frozenset(("台", "台次", "辆", "辆次")), frozenset(("起", "个")),
    frozenset(("起", "次")),
)  # fmt: skip
_NEAR = Decimal("0.1")
ENDLESS = Decimal("Infinity")

MASK = 0xE000
"""First of the signs that stand for the figures of a sentence, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a text.

    Attributes
    ----------
    text
        As it stands there, with its unit.
    value, step
        In the unit, scales such as 万 multiplied out; *step* is what one more in the last written
        digit is worth.
    scale
        1, 10,000 for 万 and so on; what the figure is shown in.
    unit
        One of a family of synonyms (件 and 宗 are 起, 名 is 人).
    bound
        余 is ``more``, 以上 ``at_least``, 约 ``about``.
    upper
        The other end where it is a range, else None.
    start, end
        Where it stands in the text.
    """

    text: str
    value: Decimal
    step: Decimal
    scale: int
    unit: str
    bound: Bound
    upper: Decimal | None
    start: int
    end: int

    @property
    def is_count(self) -> bool:
        """Whether things are counted or measured, not compared."""
        return self.unit not in (_PERCENT, "个百分点", "倍", "天", "个月", "小时")

    @property
    def is_whole(self) -> bool:
        """Whether it is an exact count of things that cannot be split."""
        return (
            self.is_count and self.bound == "exact" and self.upper is None
            and self.scale == 1 and self.step == 1
            and self.unit not in ("元", "吨", "公斤", "千克", "亩", "立方米", "平方米", "公里")
        )  # fmt: skip

    def interval(self) -> tuple[Decimal, Decimal]:
        """Return the smallest and largest value that may have been meant."""
        half = Decimal(0) if self.is_whole else self.step / 2
        low, high = self.value - half, (self.upper or self.value) + half
        if self.upper is not None:
            return self.value, high
        match self.bound:
            case "at_least":
                return self.value, ENDLESS
            case "more":
                return self.value, self.value + self._round_step()
            case "at_most":
                return Decimal(0), self.value
            case "about":
                return self.value * (1 - _NEAR), self.value * (1 + _NEAR)
        return low, high

    def _round_step(self) -> Decimal:
        """Return what 余 stays below: 1200余 is less than 1300, 61.26万余 less than 61.27万."""
        step = self.step
        while self.value and self.value % (step * 10) == 0:
            step *= 10
        return step

    def shown(self, scale: int | None = None) -> str:
        """Return the number as it is written in a sum, in units of *scale*."""
        return plain(self.value / (scale or self.scale))


def plain(value: Decimal) -> str:
    """Return a number without needless zeros and exponents."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def kin(one: str, other: str) -> bool:
    """Tell whether two units may count the same things."""
    return one == other or any({one, other} <= family for family in _KIN)


def total_interval(figures: Iterable[Figure]) -> tuple[Decimal, Decimal]:
    """Return the smallest and largest sum that may have been meant."""
    bounds = [figure.interval() for figure in figures]
    return sum((low for low, _ in bounds), Decimal(0)), sum((up for _, up in bounds), Decimal(0))


def meets(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> bool:
    """Tell whether two intervals have something in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def adds_up(parts: Sequence[Figure], total: Figure) -> bool:
    """Tell whether figures may add up to a total, rounded as they are written.

    Each may be off by half of its last digit, yet all together by no more than one last digit for
    every four of them: rounding up and down evens out.
    """
    if not meets(total_interval(parts), total.interval()):
        return False
    figures = (*parts, total)
    if any(one.bound != "exact" or one.upper is not None for one in figures):
        return True
    gap = abs(sum((one.value for one in parts), Decimal(0)) - total.value)
    if all(one.is_whole for one in figures):
        return gap == 0
    return gap <= max(one.step for one in figures) * max(Decimal(1), Decimal(len(parts)) / 4)


def read_figures(text: str) -> list[Figure]:
    """Return the figures with a unit of a text, in the order in which they stand there.

    Dates, numbers of documents, ordinals and telephone numbers have no such unit.
    """
    found = [*_arabic(text), *_written(text)]
    kept: list[Figure] = []
    for figure in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return kept


def _arabic(text: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        scale = 1
        for sign in match["scale"] + match["late"]:
            scale *= _SCALES[sign]
        yield _figure(match, _number(match["first"]), _step(match["first"]), scale,
                      upper=_number(match["second"]) if match["second"] else None)  # fmt: skip


def _written(text: str) -> Iterator[Figure]:
    for match in _WRITTEN.finditer(text):
        value = numeral(match["first"])
        if value is None or value == 0 or (value == 1 and not _counts_one(match, text)):
            continue
        yield _figure(match, value, Decimal(1), 1)
    for match in _HUNDREDTHS.finditer(text):
        value = numeral(match["first"])
        if value is not None:
            yield _figure(match, value, _step(str(value)), 1, unit=_PERCENT)


def _counts_one(match: re.Match[str], text: str) -> bool:
    """Tell whether 一起, 一家 … ends its clause: it is "together" or an article elsewhere."""
    ends = _ONE_ENDS.match(text, match.end()) is not None
    return ends and _TOGETHER.search(text[: match.start()]) is None


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _step(text: str) -> Decimal:
    return Decimal(1).scaleb(-len(text.partition(".")[2]))


def _figure(
    match: re.Match[str], value: Decimal, step: Decimal, scale: int, *,
    upper: Decimal | None = None, unit: str = "",
) -> Figure:  # fmt: skip
    groups = match.groupdict()
    name = unit or re.sub(r"[\s()]", "", groups["unit"])
    marks = {groups.get("before"), groups.get("more"), groups.get("after")}
    bound: Bound = "exact"
    if marks & _ABOUT:
        bound = "about"
    if marks & _AT_MOST:
        bound = "at_most"
    if marks & _MORE:
        bound = "more"
    if marks & _AT_LEAST:
        bound = "at_least"
    return Figure(
        text=match.group().strip(), value=value * scale, step=step * scale, scale=scale,
        unit=_SHORT.get(name, name), bound=bound, upper=None if upper is None else upper * scale,
        start=match.start(), end=match.end(),
    )  # fmt: skip
