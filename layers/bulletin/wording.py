"""One thing told twice, units that cannot be compared, how often something is done."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from layers.bulletin.figures import meets, plain
from layers.bulletin.findings import found
from layers.bulletin.sentences import BRACKET, FIGURE, is_sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.bulletin.figures import Figure
    from layers.bulletin.findings import Finding
    from layers.bulletin.sentences import Sentence

_WHOLE = re.compile(r"全[国省市县区乡镇州旗]|[我本][省市县区乡镇州]|[省市县区]级")
_TIME = re.compile(
    r"(?:\d{4}年|[今去前]年|上年|[上下]半年|第?[一二三四]季度|\d{1,2}(?:[-—~～至、]\d{1,2})?月份?|[本上当]月"
    r"|[本上]周|期间|阶段|同期|以来|截[至止]|累计|近[三五]年)"
)
_NOISE = re.compile(
    rf"共|累计|总共|合计|目前|已|了|各类|今年以?来|全年|一年来|{_WHOLE.pattern}|[\s“”\"]|{BRACKET}"
)
_CASES = re.compile(r"案件?$|违法行为$|行为$")
_CLOSED = re.compile(r"关闭|取缔")
_STOPPED = re.compile(r"停产|停业|停工")
_STRUCK = re.compile(r"查处.{0,14}非法")
_PERIOD = {"日": 1, "天": 1, "周": 7, "月": 30, "季度": 91, "季": 91, "半年": 182, "年": 365}
_OFTEN = re.compile(
    r"每(?P<period>天|日|周|月|季度|季|半年|年)(?:至少|不少于|定期|组织|开展|进行|集中|全面|要|应){0,3}"
    r"(?:一(?P<verb>排查|检查|巡查|调度|研判|通报|督查|会商|例会|报告)|(?P<act>排查|检查|巡查|调度|研判|通报|督查|会商|报告)"
    r"(?:不少于|至少)?[一1]次)"
)
_WHO = re.compile(r"各[^\W\d_各]{1,6}?(?=[各,、每(]|成立|要|应|须|负责|组织|开展|至少|定期)")
_SUMMED = re.compile(r"共|累计|合计")
_TOPIC = re.compile(r"方面|领域|行业|业:|业。")
_LEAST = 4
_LEAD = 24


def check_wording(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Check what one document says twice."""
    yield from _repeats(sentences)
    yield from _frequencies(sentences)
    yield from _kinds(sentences)
    for sentence in sentences:
        yield from _measures(sentence)
        yield from _rewards(sentence)


def _clauses(sentence: Sentence) -> Iterator[tuple[str, int, Figure]]:
    """Yield the words before each count outside of brackets, where it stands, and the count."""
    phrase = sentence.phrases[0]
    for place in sentence.signs(phrase):
        clause = re.split(rf"[,，、;；:。{FIGURE[1:-1]}]", phrase.text[:place])[-1]
        figure = sentence.figure(phrase.text[place])
        if figure.is_count:
            yield clause, place, figure


def _repeats(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Check that one figure of the whole area, told twice of the same time, is the same."""
    known: dict[tuple[str, ...], tuple[Sentence, Figure]] = {}
    for sentence in sentences:
        text = sentence.phrases[0].text
        for clause, place, figure in _clauses(sentence):
            lead = text[:place]
            listed = re.search(r"其中|包括|分别", re.split(r"[;；]", lead)[-1])
            name = _NOISE.sub("", _TIME.sub("", clause))
            if len(name) < _LEAST or listed or not _WHOLE.search(lead) or "同比" in clause:
                continue
            if not _SUMMED.search(clause) or _topic(sentences, sentence):
                continue
            times = tuple(sorted(set(_TIME.findall(lead)) - {"累计", "今年", "以来"}))
            where = _WHOLE.findall(lead)[-1][-1]
            key = (name, figure.unit, where, *times)
            if key not in known:
                known[key] = (sentence, figure)
                continue
            first, other = known[key]
            if first is sentence:
                continue
            yield found(
                "repeat", sentence, right=meets(figure.interval(), other.interval()),
                sure="ask", figures=(other.text, figure.text), name=clause.strip(BRACKET),
                first=other.text, second=figure.text, at=first.place.number,
                before=first.raw,
            )  # fmt: skip


def _topic(sentences: Sequence[Sentence], sentence: Sentence) -> bool:
    """Tell whether the paragraph of a sentence begins with what alone it is about."""
    first = next(one for one in sentences if one.paragraph == sentence.paragraph)
    return _TOPIC.search(first.text[:_LEAD]) is not None


def _measures(sentence: Sentence) -> Iterator[Finding]:
    """Ask where closures and suspensions, in other units, are more than the cases before them."""
    clauses = list(_clauses(sentence))
    for order, (clause, _, cases) in enumerate(clauses):
        if cases.unit != "起" or not _CASES.search(clause):
            continue
        closed = _first(clauses[order + 1 :], _CLOSED)
        stopped = _first(clauses[order + 1 :], _STOPPED)
        if closed is None or stopped is None or closed is stopped:
            continue
        both = closed.value + stopped.value
        if cases.unit in (closed.unit, stopped.unit):
            continue
        yield found("measures", sentence, right=both <= cases.value, sure="ask",
                    figures=(cases.text, closed.text, stopped.text),
                    sum=f"{closed.shown(1)}+{stopped.shown(1)}", result=plain(both),
                    cases=cases.text, units=f"{cases.unit}、{closed.unit}、{stopped.unit}",
                    )  # fmt: skip


def _first(clauses: list[tuple[str, int, Figure]], word: re.Pattern[str]) -> Figure | None:
    return next((figure for clause, _, figure in clauses if word.search(clause)), None)


def _kinds(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Ask where one unit counts cases here and acts there, of the same area and time."""
    counted: dict[str, tuple[Sentence, Figure, str]] = {}
    for sentence in sentences:
        text = sentence.phrases[0].text
        for clause, place, figure in _clauses(sentence):
            lead = re.split(rf"{FIGURE}", text[:place].replace("、", ""))
            words = "".join(lead[-2:])
            whole = re.search(r"今年以?来", text[:place]) and _WHOLE.search(text[:place])
            if figure.unit != "起" or not _STRUCK.search(words) or not whole:
                continue
            kind = "案件" if clause.endswith("案件") else "行为" if clause.endswith("行为") else ""
            if kind:
                counted.setdefault(kind, (sentence, figure, clause))
    if len(counted) < len(("案件", "行为")):
        return
    (_, cases, _), (sentence, acts, _) = counted["案件"], counted["行为"]
    yield found("kinds", sentence, right=cases.value == acts.value, sure="ask",
                figures=(cases.text, acts.text), cases=cases.text, acts=acts.text)  # fmt: skip


def _frequencies(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Ask where the same bodies are to do the same at two intervals."""
    known: dict[tuple[str, str], list[tuple[Sentence, str, int]]] = defaultdict(list)
    for sentence in sentences:
        for piece in re.split(r"[;；]", sentence.text.replace("，", ",")):
            last: list[str] = []
            for clause in piece.split(","):
                who = [one.group() for one in _WHO.finditer(clause)]
                last = who or last
                for match in _OFTEN.finditer(clause):
                    verb = match["verb"] or match["act"]
                    for body in last:
                        known[body, verb].append(
                            (sentence, clause.strip(), _PERIOD[match["period"]])
                        )
    for (body, verb), told in known.items():
        first = told[0]
        other = next((one for one in told if one[2] != first[2]), None)
        if other is not None:
            yield found("frequency", other[0], right=False, sure="ask",
                        figures=(first[1], other[1]), body=body, verb=verb, first=first[1],
                        second=other[1])  # fmt: skip


def _rewards(sentence: Sentence) -> Iterator[Finding]:
    """Check a sum of money against 每起 a 到 b 元 and the number of cases."""
    text = sentence.phrases[0].text
    match = re.search(
        rf"每(?P<unit>[起件条次人名家])[^{FIGURE[1:-1]},;]{{0,6}}(?P<each>{FIGURE})", text
    )
    if not match:
        return
    each = sentence.figure(match["each"])
    after = [sentence.figure(sign) for sign in text[match.end() :] if is_sign(sign)]
    counts = [one for one in after if one.unit in ("起", "项", "人", "家", "次")]
    sums = [one for one in after if one.unit == "元"]
    if each.unit != "元" or each.upper is None or len(sums) != 1 or not counts:
        return
    low, high = each.value * counts[0].value, each.upper * counts[0].value
    yield found("rewards", sentence, right=low <= sums[0].value <= high, sure="likely",
                figures=(each.text, counts[0].text, sums[0].text), each=each.text,
                count=counts[0].text, paid=sums[0].text, low=plain(low), high=plain(high),
                )  # fmt: skip
