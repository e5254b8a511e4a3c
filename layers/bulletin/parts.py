"""Parts against totals, rests and sums that follow a list."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from layers.bulletin.divisions import alike, disjoint
from layers.bulletin.figures import adds_up, plain, total_interval
from layers.bulletin.findings import found
from layers.bulletin.sentences import separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.bulletin.divisions import Division
    from layers.bulletin.figures import Figure
    from layers.bulletin.findings import Finding, Sure
    from layers.bulletin.sentences import Phrase, Sentence

_SUM = re.compile(r"(?:合计|共计|总计|总共)(?:为|达)?$")
_REST = re.compile(r"(?:其余|剩余|余下)(?:的|有)?$")
_VISITS = frozenset(("家次", "人次", "处次", "台次", "辆次"))
_AMONG = re.compile(r"其中|包括|包含")


def sum_text(parts: Sequence[Figure], total: Figure) -> tuple[str, str]:
    """Return a sum as it is written down, in the scale of its total, and its result."""
    scale = max(total.scale, *(part.scale for part in parts)) if parts else total.scale
    result = sum((part.value for part in parts), Decimal(0))
    return "+".join(part.shown(scale) for part in parts), plain(result / scale)


def check_division(division: Division) -> Finding:
    """Check the parts of a total: their sum where they are all of it, else that they fit in."""
    sentence, parts, total = division.sentence, division.parts, division.adding or division.total
    sure: Sure = (
        "certain" if len(division.totals) == 1 and division.complete == "said" else "likely"
    )
    if parts[0].unit != total.unit and {parts[0].unit, total.unit} & _VISITS:
        return _check_visits(division)
    low, _ = total_interval(parts)
    most = max(one.interval()[1] for one in division.totals)
    biggest = max(parts, key=lambda part: part.interval()[0])
    code, right = "parts_within" if len(parts) > 1 else "part_within", True
    if biggest.interval()[0] > most:
        code, right, parts = "part_exceeds", False, (biggest,)
        sure = "certain" if len(division.totals) == 1 else "likely"
    elif len(parts) > 1 and division.adding is not None:
        code = "parts"
    elif division.complete:
        code, right = "parts", False
    elif len(parts) > 1 and low > most and disjoint(division.labels):
        code, right = "parts_exceed", False
        sure = "certain" if alike(division.labels) else "likely"
    text, result = sum_text(parts, total)
    scale = max(total.scale, *(part.scale for part in parts))
    gap = abs(sum(part.value for part in parts) - total.value)
    return found(
        code, sentence, right=right, sure=sure, figures=(total.text, *(one.text for one in parts)),
        sum=text, result=result, total=total.shown(scale), gap=plain(gap / scale), said=total.text,
    )  # fmt: skip


def _check_visits(division: Division) -> Finding:
    """Check parts in firms of a total in visits, or the other way round.

    Firms cannot be more than the visits to them; visits need not add up to a number of firms.
    """
    parts, total = division.parts, division.total
    text, result = sum_text(parts, total)
    most = total.interval()[1]
    fits = all(part.value <= most for part in parts) and (
        sum(part.value for part in parts) <= most or not disjoint(division.labels)
    )
    visited = total.unit in _VISITS
    right = fits if visited else division.adding is not None or not division.complete
    return found(
        "visits" if visited else "units", division.sentence, right=right,
        sure="likely" if visited else "ask",
        figures=(total.text, *(one.text for one in parts)), sum=text, result=result,
        said=total.text, unit=parts[0].unit, whole=total.unit,
    )  # fmt: skip


def check_sums(sentence: Sentence) -> Iterator[Finding]:
    """Check 合计 and 其余 against the figures before them in the same sentence."""
    for phrase in sentence.phrases:
        signs = sentence.signs(phrase)
        for order, place in enumerate(signs):
            lead = phrase.text[:place]
            figure = sentence.figure(phrase.text[place])
            if not figure.is_count:
                continue
            earlier = [k for k in signs[:order]
                       if sentence.figure(phrase.text[k]).unit == figure.unit]  # fmt: skip
            if _SUM.search(lead) and not _AMONG.search(lead):
                yield from _check_sum(sentence, phrase, earlier, figure)
            elif _rest_at(sentence, phrase, place) and not _AMONG.search(lead):
                yield from _check_rest(sentence, phrase, earlier, figure)


def _rest_at(sentence: Sentence, phrase: Phrase, place: int) -> bool:
    return _REST.search(phrase.text[:place]) is not None or sentence.label(
        phrase, place
    ).startswith(("其余", "剩余", "余下"))


def _check_sum(
    sentence: Sentence, phrase: Phrase, earlier: list[int], total: Figure
) -> Iterator[Finding]:
    """Check a sum: some run of figures right before it must add up to it."""
    run = [k for k in earlier if separator(phrase.text[k : earlier[-1]]) < _STRONG]
    figures = [sentence.figure(phrase.text[k]) for k in run]
    if len(figures) < _PAIR:
        return
    runs = [figures[start:] for start in range(len(figures) - 1)]
    right = next((one for one in runs if adds_up(one, total)), None)
    text, result = sum_text(right or figures, total)
    yield found("sum", sentence, right=right is not None, sure="certain",
                figures=(*(one.text for one in right or figures), total.text),
                sum=text, result=result, total=total.shown(), said=total.text)  # fmt: skip


_PAIR = 2
_STRONG = 2


def _check_rest(
    sentence: Sentence, phrase: Phrase, earlier: list[int], rest: Figure
) -> Iterator[Finding]:
    """Check a rest: it and figures right before it must add up to one further ahead."""
    figures = [sentence.figure(phrase.text[k]) for k in earlier]
    if len(figures) < _PAIR:
        return
    for first in range(len(figures) - 1):
        for second in range(first + 1, len(figures)):
            parts = [*figures[second:], rest]
            if adds_up(parts, figures[first]):
                yield _rest_finding(sentence, figures[first], parts, right=True)
                return
    yield _rest_finding(sentence, figures[0], [*figures[1:], rest], right=False)


def _rest_finding(
    sentence: Sentence, total: Figure, parts: Sequence[Figure], *, right: bool
) -> Finding:
    text, result = sum_text(parts, total)
    sure: Sure = "certain" if len(parts) == _PAIR else "likely"
    return found("parts", sentence, right=right, sure=sure,
                 figures=(total.text, *(one.text for one in parts)), sum=text, result=result,
                 total=total.shown(), said=total.text,
                 gap=plain(abs(sum(one.value for one in parts) - total.value) / total.scale),
                 )  # fmt: skip
