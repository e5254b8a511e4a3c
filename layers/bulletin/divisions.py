"""Where a text divides a total: 其中…, 包括…, 分别为…, and brackets that list parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from layers.bulletin.figures import adds_up, kin, total_interval
from layers.bulletin.sentences import is_sign, separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.bulletin.figures import Figure
    from layers.bulletin.sentences import Phrase, Sentence

Manner = Literal["among", "divided", "bracket"]

_OPENINGS = re.compile(r"(?P<among>其中|包括|包含)|(?P<divided>分为|分别为|分别是|分别有)")
_CHANGE = re.compile(
    r"(同比|环比|相比|[比较].{0,8}[增减升降多少])|^(增加|增长|减少|下降|上升|净增|降低|提高)"
    r"|[去上前]年|上[期月季周]|同期|历年|计划|目标|任务|平均|每|占|人均"
)
_ACTION = re.compile(
    r"责令|罚|停产|停业|停工|立案|关闭|取缔|拘留|移送|移交|警告|整改|查封|扣押|吊销|处理|问责|复查|完成"
    r"|收缴|追究|约谈|挂牌|曝光|查处|查实|核查|办结|销号|暂扣|没收|督办|受伤|死亡|发现|排查|检查|培训|申请"
)
_ATTRIBUTE = re.compile(
    r"规上|规下|规模以[上下]|重点|高危|国有|民营|外资|小微|新建|[一二三四甲乙丙]级|重大|一般|较大|新增|首次"
    r"|无证|夜间|暗访|明查|专家|涉及|女|党员"
)
_REST = re.compile(r"(其[他它余]|剩余|余下)")
_OTHER = re.compile(r"另(有|外)?")
_KINDS = re.compile(r"(区|县|市|镇|乡|街道|州|盟|旗|类|型|行业|领域|季度|月|年|系统|园区|办事处)$")
_COMPLEMENTS = (
    ("", "非"), ("", "不"), ("已", "未"), ("已", "正在"), ("男", "女"), ("一般程序", "简易程序"),
    ("普通程序", "简易程序"), ("上半年", "下半年"), ("规上", "规下"), ("规模以上", "规模以下"),
    ("当场", "限期"), ("明查", "暗访"), ("企业", "个人"), ("实名", "匿名"), ("城区", "农村"),
    ("城镇", "农村"),
)  # fmt: skip
_MONTH = re.compile(r"(\d{1,2})月")
_TIMES = {3: ("季度",), 6: ("半年",), 12: ("年",)}
_QUARTERS = "一二三四"
_HAZARDS = ("一般", "重大")
_SUFFIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A total and figures that the text names as parts of it.

    Attributes
    ----------
    sentence, phrase
        Where the parts stand.
    places, parts, labels
        Where in the phrase, what and of what.
    totals
        Figures that may be the total, nearest last.
    complete
        ``said`` where the parts must add up (a rest, or opposites), ``shown`` where the list reads
        as if they did, else empty.
    """

    sentence: Sentence
    phrase: Phrase
    places: tuple[int, ...]
    parts: tuple[Figure, ...]
    labels: tuple[str, ...]
    totals: tuple[Figure, ...]
    complete: Literal["said", "shown", ""]

    @property
    def total(self) -> Figure:
        """The most likely total."""
        return self.totals[-1]

    @property
    def adding(self) -> Figure | None:
        """The total to which the parts add up, None where there is none."""
        return next((one for one in reversed(self.totals) if adds_up(self.parts, one)), None)


def divisions(sentences: Sequence[Sentence]) -> Iterator[Division]:
    """Yield every division of a total in a document."""
    for number, sentence in enumerate(sentences):
        before = sentences[number - 1] if sentence.number else None
        for phrase in sentence.phrases:
            for start, manner in _openings(sentence, phrase):
                yield from _opened(sentence, phrase, start, manner, before)


def _openings(sentence: Sentence, phrase: Phrase) -> Iterator[tuple[int, Manner]]:
    """Yield where lists of parts may begin."""
    named = [(m.end(), m.lastgroup) for m in _OPENINGS.finditer(phrase.text)]
    for end, manner in named:
        yield end, "among" if manner == "among" else "divided"
    if phrase.parent >= 0 and not named and len(sentence.signs(phrase)) > 1:
        around = sentence.phrases[phrase.parent].text[: phrase.at]
        if not _compares(around, len(around)):
            yield 0, "bracket"


def _opened(
    sentence: Sentence, phrase: Phrase, start: int, manner: Manner, before: Sentence | None
) -> Iterator[Division]:
    following = _OPENINGS.search(phrase.text, start)
    end = following.start() if following else len(phrase.text)
    counted = _counted(sentence, phrase, start, end)
    units = _units(sentence, phrase, counted)
    names = _names(sentence, phrase, counted, units)
    for unit in units:
        totals = _totals(sentence, phrase, start, unit, before, nested=manner == "bracket")
        if not totals:
            continue
        if manner == "bracket":
            totals = totals[-1:]
        known = [place for place in counted if sentence.figure(phrase.text[place]).unit == unit
                 or sentence.figure(phrase.text[place]).unit not in units]  # fmt: skip
        places = _listed(sentence, phrase, {place: names[place] for place in known}, unit, totals)
        if places and (len(places) > 1 or manner == "among"):
            labels = tuple(names[place] for place in places)
            yield _division(sentence, phrase, places, labels, totals, manner)


def _names(
    sentence: Sentence, phrase: Phrase, counted: list[int], units: list[str]
) -> dict[int, str]:
    """Return what each figure is of; money and deaths are of the same part as the cases."""
    names: dict[int, str] = {}
    head = ""
    for place in counted:
        unit = sentence.figure(phrase.text[place]).unit
        label = sentence.label(phrase, place)
        if units and unit == units[0]:
            head = label
        names[place] = head if unit in units[1:] else label
    return names


def _counted(sentence: Sentence, phrase: Phrase, start: int, end: int) -> list[int]:
    """Return where figures stand that count something and compare nothing."""
    return [
        place for place in sentence.signs(phrase, start, end)
        if sentence.figure(phrase.text[place]).is_count and not _compares(phrase.text, place)
    ]  # fmt: skip


def _compares(text: str, place: int) -> bool:
    """Tell whether a figure is a change or of another time: 同比减少14起、9人."""
    clause = re.split(r"[,、;:]", text[:place])[-1]
    last = next((k for k in range(len(clause) - 1, -1, -1) if is_sign(clause[k])), -1)
    if not clause and place > 1 and text[place - 1] == "、" and is_sign(text[place - 2]):
        return _compares(text, place - 2)
    return _CHANGE.search(clause[last + 1 :]) is not None


def _units(sentence: Sentence, phrase: Phrase, counted: list[int]) -> list[str]:
    """Return the units of the first part: A区367起422.48万元 has two."""
    if not counted:
        return []
    units = [sentence.figure(phrase.text[counted[0]]).unit]
    for place in counted[1:]:
        unit = sentence.figure(phrase.text[place]).unit
        if unit == units[0]:
            return units
        if unit in units:
            break
        units.append(unit)
    return units[:1]


def _totals(
    sentence: Sentence, phrase: Phrase, start: int, unit: str, before: Sentence | None, *,
    nested: bool,
) -> tuple[Figure, ...]:  # fmt: skip
    """Return what may be the total: same unit, before the parts, nearest last."""
    home, stop, lone = phrase, start, nested
    while True:
        signs = [] if lone else [
            place for place in sentence.signs(home, 0, stop) if not _compares(home.text, place)
        ]  # fmt: skip
        figures = [sentence.figure(home.text[place]) for place in signs]
        chosen = [one for one in figures if one.unit == unit] or [
            one for one in figures if one.is_count and kin(one.unit, unit)
        ]
        if chosen or home.parent < 0:
            break
        home, stop, lone = sentence.phrases[home.parent], home.at, False
    opens = home.parent < 0 and not sentence.signs(home, 0, stop)
    if not chosen and opens and before is not None and stop <= _LEAD:
        outer = before.phrases[0]
        chosen = [one for one in (before.figure(outer.text[k]) for k in before.signs(outer))
                  if one.unit == unit]  # fmt: skip
    return tuple(chosen)


_LEAD = 4


def _listed(
    sentence: Sentence, phrase: Phrase, names: dict[int, str], unit: str,
    totals: tuple[Figure, ...],
) -> list[int]:  # fmt: skip
    """Return where the parts of one list stand: it ends where words or marks say so."""
    places: list[int] = []
    labels: list[str] = []
    level: int | None = None
    stranger = False
    for place, label in names.items():
        if sentence.figure(phrase.text[place]).unit != unit:
            last = places[-1] if places else place
            stranger = stranger or separator(phrase.text[last:place]) >= 0
            continue
        if places:
            rank = separator(phrase.text[places[-1] : place])
            rest = _is_rest(label, phrase)
            if level is None:
                level = rank
            if (rank > level and not rest) or (stranger and rank < _STRONG):
                break
            done = _finished(sentence, phrase, places, labels, totals)
            if done or not _akin(labels, label, phrase, level):
                break
        stranger = False
        places.append(place)
        labels.append(label)
    return places


_STRONG = 2


def _finished(
    sentence: Sentence, phrase: Phrase, places: list[int], labels: list[str],
    totals: tuple[Figure, ...],
) -> bool:  # fmt: skip
    """Tell whether a list has all its parts already."""
    if len(places) < _SUFFIX:
        return False
    got = total_interval(sentence.figure(phrase.text[place]) for place in places)
    exact = got[0] == got[1] and got == totals[-1].interval()
    return exact or (len(labels) == _SUFFIX and opposites(*labels))


def _is_rest(label: str, phrase: Phrase) -> bool:
    return _REST.match(label) is not None or (
        phrase.parent >= 0 and _OTHER.match(label) is not None
    )


def _akin(labels: list[str], label: str, phrase: Phrase, level: int) -> bool:
    """Tell whether a label goes on with a list."""
    if _is_rest(label, phrase):
        return True
    if _OTHER.match(label) or label.startswith(("还", "同时", "并")):
        return False
    if any(opposites(one, label) for one in labels):
        return True
    suffix = _common_suffix(labels) if len(labels) > 1 else ""
    if len(suffix) >= _SUFFIX and level > 0:
        return label.endswith(suffix[-_SUFFIX:])
    return bool(_ACTION.search(label)) <= any(map(_ACTION.search, labels))


def _division(
    sentence: Sentence, phrase: Phrase, places: list[int], labels: tuple[str, ...],
    totals: tuple[Figure, ...], manner: Manner,
) -> Division:  # fmt: skip
    parts = tuple(sentence.figure(phrase.text[place]) for place in places)
    complete: Literal["said", "shown", ""] = ""
    if len(parts) > 1 and (
        _is_rest(labels[-1], phrase)
        or any(opposites(*pair) for pair in combinations(labels, 2))
        or _whole_time(labels, phrase.text[: places[0]])
    ):
        complete = "said"
    elif manner != "among" and disjoint(labels) and not _goes_beyond(phrase.text, places):
        complete = "shown"
    elif manner == "among" and _near(parts, totals[-1]) and disjoint(labels):
        complete = "" if _goes_beyond(phrase.text, places) else "shown"
    return Division(sentence=sentence, phrase=phrase, places=tuple(places), parts=parts,
                    labels=labels, totals=totals, complete=complete)  # fmt: skip


def _whole_time(labels: Sequence[str], before: str) -> bool:
    """Tell whether labels are all months of a quarter or half year, or all quarters of a year."""
    months = [int(match[1]) for label in labels if (match := _MONTH.match(label))]
    if len(months) == len(labels) and months == list(range(months[0], months[0] + len(months))):
        return any(word in before for word in _TIMES.get(len(months), ()))
    return len(labels) == len(_QUARTERS) and all(
        f"{sign}季度" in label for sign, label in zip(_QUARTERS, labels, strict=True)
    )


def _goes_beyond(text: str, places: list[int]) -> bool:
    """Tell whether a list says that it is not whole: 等 at its end."""
    end = re.search(r"[,;。]", text[places[-1] :])
    tail = text[places[-1] : places[-1] + end.start()] if end else text[places[-1] :]
    return "等" in tail


_MOST = 3
_NEARLY = 20


def _near(parts: tuple[Figure, ...], total: Figure) -> bool:
    """Tell whether three parts or more come within a twentieth of the total, yet do not reach it.

    A list that is meant to be partial hardly ever does.
    """
    got = sum(part.value for part in parts)
    return len(parts) >= _MOST and 0 < total.value - got <= total.value / _NEARLY


def disjoint(labels: Sequence[str]) -> bool:
    """Tell whether nothing can be under two of the labels, as far as words show."""
    suffix = _common_suffix(labels) if len(labels) > 1 else ""
    own = [label.removesuffix(suffix) for label in labels] if len(suffix) >= _SUFFIX else labels
    attributed = [_ATTRIBUTE.search(label) is not None for label in own]
    return (
        all(labels) and len(set(labels)) == len(labels)
        and not any(map(_ACTION.search, own)) and len(set(attributed)) == 1
    )  # fmt: skip


def alike(labels: Sequence[str]) -> bool:
    """Tell whether labels are plainly of one kind: all counties, all ending in 类."""
    return all(map(_KINDS.search, labels)) or len(_common_suffix(labels)) > 1


def opposites(one: str, other: str) -> bool:
    """Tell whether two labels leave no third: 事故类 and 非事故类."""
    for first, second in ((one, other), (other, one)):
        for yes, no in _COMPLEMENTS:
            if no in second and yes in first and _rid(second, no) == _rid(first, yes):
                return True
        low, high = _HAZARDS
        if "隐患" in first and low in first and high in second:
            return _rid(first, low) == _rid(second, high)
    return False


def _rid(label: str, word: str) -> str:
    return label.replace(word, "", 1) if word else label


def _common_suffix(labels: Sequence[str]) -> str:
    shortest = min(map(len, labels), default=0)
    length = 0
    while length < shortest and len({label[-length - 1] for label in labels}) == 1:
        length += 1
    return labels[0][len(labels[0]) - length :] if length else ""
