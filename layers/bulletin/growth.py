"""Growth against its base: 同比上升, 由…增加到…, multiples, and what last year must have been."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from layers.bulletin.figures import meets, plain
from layers.bulletin.findings import found
from layers.bulletin.sentences import BRACKET, FIGURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layers.bulletin.divisions import Division
    from layers.bulletin.figures import Figure
    from layers.bulletin.findings import Finding
    from layers.bulletin.sentences import Phrase, Sentence

_UP = "增加|增长|上升|提高|提升|增|升|多"
_DOWN = "下降|减少|降低|减|降|少"
_WAY = rf"(?P<way>{_UP}|{_DOWN})(?:了|约|为|到|幅度?为?|率为?)?"
_PAST = r"(?:去年|上年度?|上一年|前年|上月|上季度?|上期|同期)(?:的?同期)?"
_THEN = rf"(?:{_PAST}|\d{{4}}年(?:同期)?)"
_COMPARE = rf"(?:同比|环比|同期相?比|(?:[与同和]?{_THEN}相比|{_PAST}比|[比较]{_THEN}))"
_GROWTH = re.compile(
    rf"{_COMPARE}(?:的?(?P<base>{FIGURE}))?(?:,)?(?P<each>均|分别|各|也)?[净]?{_WAY}(?P<amount>{FIGURE})"
)
_MORE = re.compile(
    rf"[,、]?(?:同比)?(?:分别|均|各)?(?:(?P<way>{_UP}|{_DOWN})(?:了|约|为|幅度?为?)?|[增降]幅(?:为|达)?|和|及|、|(?<={FIGURE}))(?P<amount>{FIGURE})"
)
_NAME = r"(?:[事火]故|火灾)?(?:起数|宗数)|(?:死亡|受伤|重伤|伤亡)人数"
_NAMED = re.compile(
    rf"(?P<names>(?:{_NAME})(?:[和、,及以与]+(?:{_NAME}))*)(?:同比|环比)?(?:分别|均|各|也)?{_WAY}(?P<amount>{FIGURE})"
)
_NOW = re.compile(r"今年|本[年期月季]|当[年月]")
_COMPARED = re.compile(r"同比|环比|同期|相比")
_FROM_TO = re.compile(
    rf"[由从][^{FIGURE[1:-1]},;]{{0,14}}(?P<base>{FIGURE})[^{FIGURE[1:-1]},;。]{{0,4}}?(?P<way>{_UP}|{_DOWN})(?:到|至|为)[^{FIGURE[1:-1]},;。]{{0,8}}?(?P<now>{FIGURE})"
    rf"(?:[,、]?(?:同比)?(?:[增降减]幅(?:为|达)?|(?:{_UP}|{_DOWN})(?:了|为)?)(?P<amount>{FIGURE}))?"
)
_LAST = re.compile(rf"{_PAST}[^{FIGURE[1:-1]},;增减升降多少高低]{{0,8}}(?P<base>{FIGURE})")
_TIMES = re.compile(rf"是{_PAST}的(?P<first>{FIGURE})(?:[和、及,](?P<second>{FIGURE}))?")
_LOOSE = re.compile(rf"[,、\s{BRACKET}]*")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure of now with what is said about its growth.

    Attributes
    ----------
    sentence, now
        The figure, and where it stands.
    way
        1 up, -1 down.
    percent, amount
        Growth in per cent and in the unit of the figure, None where not said.
    base
        The earlier figure, None where not said.
    """

    sentence: Sentence
    now: Figure
    way: int
    percent: Figure | None = None
    amount: Figure | None = None
    base: Figure | None = None

    def bases(self) -> tuple[Decimal, Decimal] | None:
        """Return what the earlier figure may have been by the percentage, None where unknown.

        One more in the last digit either way is allowed: some round, some cut.
        """
        if self.percent is None:
            return None
        low, high = self.now.interval()
        half = self.percent.step
        factors = [1 + self.way * (self.percent.value + sign * half) / _HUNDRED for sign in (-1, 1)]
        if min(factors) <= 0 or not high.is_finite() or self.percent.bound != "exact":
            return None
        return low / max(factors), high / min(factors)


def changes(sentences: Iterable[Sentence]) -> Iterator[Change]:
    """Yield every figure whose growth is told."""
    for sentence in sentences:
        for phrase in sentence.phrases:
            for match in _GROWTH.finditer(phrase.text):
                yield from _told(sentence, phrase, match)
            for match in _NAMED.finditer(phrase.text):
                if _COMPARED.search(phrase.text[: match.end()]):
                    yield from _of_names(sentence, phrase, match)
            for match in _FROM_TO.finditer(phrase.text):
                yield from _from_to(sentence, match)


def _way(word: str) -> int:
    return 1 if re.fullmatch(_UP, word) else -1


def _told(sentence: Sentence, phrase: Phrase, match: re.Match[str]) -> Iterator[Change]:
    nows = _nows(sentence, phrase, match.start())
    if not nows:
        return
    amounts = _amounts(sentence, phrase, match)
    base = sentence.figure(match["base"]) if match["base"] else _base(sentence, nows[-1])
    number = _number_of(amounts)
    if number > len(nows):
        number, amounts = 1, amounts[:1]
    yield from _paired(sentence, nows[-number:], amounts, base if number == 1 else None)


def _amounts(sentence: Sentence, phrase: Phrase, match: re.Match[str]) -> list[tuple[int, Figure]]:
    """Return all amounts that are told together, each with its direction."""
    amounts = [(_way(match["way"]), sentence.figure(match["amount"]))]
    end = match.end()
    while following := _MORE.match(phrase.text, end):
        way = _way(following["way"]) if following["way"] else amounts[-1][0]
        amounts.append((way, sentence.figure(following["amount"])))
        end = following.end()
    return amounts


def _number_of(amounts: list[tuple[int, Figure]]) -> int:
    """Return of how many figures amounts tell: 2起、2人，上升40%、33% are about two."""
    percents = sum(one.unit == "%" for _, one in amounts)
    return max(percents, len(amounts) - percents)


def _paired(
    sentence: Sentence, nows: list[Figure], amounts: list[tuple[int, Figure]], base: Figure | None
) -> Iterator[Change]:
    percents = [one for one in amounts if one[1].unit == "%"]
    counts = [one for one in amounts if one[1].unit != "%"]
    for number, now in enumerate(nows):
        own = [some[number] for some in (percents, counts) if number < len(some)]
        if own:
            yield _change(sentence, now, own[0][0], [one for _, one in own], base)


def _of_names(sentence: Sentence, phrase: Phrase, match: re.Match[str]) -> Iterator[Change]:
    """Yield growth that is told by name, as in 事故起数、死亡人数同比分别下降 20% 和 25%."""
    if "去年" in phrase.text[match.start() :].split(",")[0]:
        return
    nows = []
    for name in re.findall(_NAME, match["names"]):
        now = _named(sentence, phrase, name, match.start())
        if now is None:
            return
        nows.append(now)
    amounts = _amounts(sentence, phrase, match)
    if _number_of(amounts) == len(nows):
        yield from _paired(sentence, nows, amounts, None)


def _named(sentence: Sentence, phrase: Phrase, name: str, stop: int) -> Figure | None:
    """Return the count that a name means: the last one of its kind before the name."""
    fitting = []
    for place in sentence.signs(phrase, 0, stop):
        figure = sentence.figure(phrase.text[place])
        label = sentence.label(phrase, place)
        if re.search(rf"{_UP}|{_DOWN}|{_PAST}", label):
            continue
        if figure.unit == "起" if name.endswith(("起数", "宗数")) else name[:2] in label:
            fitting.append(figure)
    return fitting[-1] if fitting and fitting[-1].is_count else None


def _nows(sentence: Sentence, phrase: Phrase, stop: int) -> list[Figure]:
    """Return the figures of which growth is told: those right before it."""
    home = phrase
    if phrase.parent >= 0 and not sentence.signs(phrase, 0, stop):
        home, stop = sentence.phrases[phrase.parent], phrase.at
    before = sentence.signs(home, 0, stop)
    past = {match.end() - 1 for match in _LAST.finditer(home.text)}
    while len(before) > 1 and before[-1] in past:
        lead = re.search(rf"[,、]?{_PAST}[^,;]*$", home.text[: before[-1]])
        if lead is None or not _LOOSE.fullmatch(home.text[before[-1] + 1 : stop]):
            break
        before.pop()
        stop = lead.start()
    if not before or not _LOOSE.fullmatch(home.text[before[-1] + 1 : stop]):
        return []
    figures = [sentence.figure(home.text[place]) for place in before]
    return [one for one in figures if one.is_count] if figures[-1].is_count else []


def _change(
    sentence: Sentence, now: Figure, way: int, amounts: list[Figure], base: Figure | None
) -> Change:
    percent = next((one for one in amounts if one.unit == "%"), None)
    amount = next((one for one in amounts if one.unit == now.unit), None)
    same = base if base is not None and base.unit == now.unit else None
    return Change(sentence=sentence, now=now, way=way, percent=percent, amount=amount, base=same)


def _base(sentence: Sentence, now: Figure) -> Figure | None:
    """Return the one figure of last year that the sentence names in the unit of *now*."""
    named = [sentence.figure(match["base"]) for match in _LAST.finditer(sentence.marked)]
    fitting = [
        one for one in named
        if one.unit == now.unit and one.start != now.start and (
            one.start > now.start or _NOW.search(sentence.text[one.end : now.start])
        )
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else None


def _from_to(sentence: Sentence, match: re.Match[str]) -> Iterator[Change]:
    base, now = sentence.figure(match["base"]), sentence.figure(match["now"])
    if base.unit != now.unit:
        return
    amounts = [sentence.figure(match["amount"])] if match["amount"] else []
    if now.unit == "%":
        points = next((one for one in amounts if one.unit == "个百分点"), None)
        yield Change(sentence=sentence, now=now, way=_way(match["way"]), amount=points, base=base)
        return
    yield _change(sentence, now, _way(match["way"]), amounts, base)


def check_change(change: Change) -> Iterator[Finding]:
    """Check one growth: its direction, its amount, its percentage, whether it is possible."""
    now, base, percent = change.now, change.base, change.percent
    low, _ = percent.interval() if percent else (Decimal(0), None)
    if change.way < 0 and low > _HUNDRED and percent is not None:
        yield found("growth_below_nothing", change.sentence, right=False,
                    figures=(now.text, percent.text), percent=percent.text)  # fmt: skip
        return
    if base is None and change.amount is not None and percent is not None:
        yield _by_amount(change, change.amount, percent)
    elif base is not None:
        yield from _by_base(change, base)
    elif percent is not None:
        yield from _by_whole_base(change, percent)


def _by_base(change: Change, base: Figure) -> Iterator[Finding]:
    now, percent, amount = change.now, change.percent, change.amount
    moved = now.value - base.value
    if meets(now.interval(), base.interval()) is False and moved * change.way < 0:
        yield found("growth_direction", change.sentence, right=False,
                    figures=(base.text, now.text), base=base.shown(), now=now.shown(),
                    unit=now.unit)  # fmt: skip
        return
    if amount is not None and now.bound == base.bound == "exact":
        slack = (now.step if not now.is_whole else 0) + (base.step if not base.is_whole else 0)
        right = abs(abs(moved) - amount.value) <= slack
        yield found("growth_amount", change.sentence, right=right,
                    figures=(base.text, now.text, amount.text), base=base.shown(now.scale),
                    now=now.shown(), got=plain(abs(moved) / now.scale), amount=amount.text,
                    )  # fmt: skip
    if percent is not None and base.value:
        yield _percent(change, percent, base.value, base.text, base.shown(now.scale))


def _by_amount(change: Change, amount: Figure, percent: Figure) -> Finding:
    base = change.now.value - change.way * amount.value
    shown = plain(base / change.now.scale)
    if base <= 0:
        return found("growth_below_nothing", change.sentence, right=False,
                     figures=(change.now.text, amount.text), percent=amount.text)  # fmt: skip
    return _percent(change, percent, base, amount.text, shown)


def _percent(change: Change, percent: Figure, base: Decimal, written: str, shown: str) -> Finding:
    now = change.now
    got = _HUNDRED * abs(now.value - base) / base
    slack = percent.step / 2
    if not now.is_whole:
        slack += _HUNDRED * now.step / base
    loose = now.bound != "exact" or percent.bound != "exact"
    right = loose or abs(got - percent.value) <= slack
    cut = got.quantize(percent.step, ROUND_DOWN) == percent.value
    code = "growth_digit" if not right and abs(got - percent.value) < 2 * percent.step else ""
    return found(code or "growth_percent", change.sentence, right=right,
                 sure="ask" if cut else "certain", figures=(written, now.text, percent.text),
                 base=shown, now=now.shown(), percent=percent.text,
                 got=f"{got.quantize(percent.step, ROUND_HALF_UP)}")  # fmt: skip


def _by_whole_base(change: Change, percent: Figure) -> Iterator[Finding]:
    """Check that some whole number grew by the percentage."""
    bases = change.bases()
    if bases is None or not change.now.is_whole:
        return
    first = bases[0].to_integral_value(ROUND_CEILING)
    last = bases[1].to_integral_value(ROUND_FLOOR)
    guess = (change.now.value / (1 + change.way * percent.value / _HUNDRED)).quantize(
        Decimal("0.01")
    )
    around = guess.to_integral_value(ROUND_HALF_UP) or Decimal(1)
    near = _HUNDRED * abs(change.now.value - around) / around
    yield found(
        "growth_base", change.sentence, right=first <= last, sure="likely",
        figures=(change.now.text, percent.text), now=change.now.text, percent=percent.text,
        guess=plain(guess), around=plain(around), near=f"{near.quantize(percent.step)}",
        base=plain(first) if first == last else f"{plain(first)}–{plain(last)}",
    )  # fmt: skip


def check_bases(division: Division, told: Sequence[Change]) -> Iterator[Finding]:
    """Check that the earlier figures of all parts add up to that of their total."""
    known = {(id(one.sentence), one.now.start): one for one in told}
    whole = known.get((id(division.sentence), division.total.start))
    parts = [known.get((id(division.sentence), part.start)) for part in division.parts]
    if not division.complete or whole is None or any(one is None for one in parts):
        return
    total = whole.bases()
    bounds = [one.bases() for one in parts if one is not None]
    if total is None or any(one is None for one in bounds):
        return
    got = (sum((one[0] for one in bounds if one), Decimal(0)),
           sum((one[1] for one in bounds if one), Decimal(0)))  # fmt: skip
    scale = division.total.scale
    middle = [plain(((one[0] + one[1]) / 2 / scale).quantize(_step(division.total)))
              for one in bounds if one]  # fmt: skip
    yield found("growth_bases", division.sentence, right=meets(got, total), sure="likely",
                figures=tuple(one.text for one in (division.total, *division.parts)),
                sum="+".join(middle), unit=division.total.unit,
                total=plain(((total[0] + total[1]) / 2 / scale).quantize(_step(division.total))),
                )  # fmt: skip


def _step(figure: Figure) -> Decimal:
    return Decimal(1) if figure.is_whole else Decimal("0.1")


def check_multiples(sentences: Sequence[Sentence], told: Sequence[Change]) -> Iterator[Finding]:
    """Check 是去年的 x 倍 against the growth that is told of the same figure elsewhere."""
    grown = {(one.now.value, one.now.unit): one for one in told if one.percent is not None}
    for sentence in sentences:
        for phrase in sentence.phrases:
            for match in _TIMES.finditer(phrase.text):
                multiples = [sentence.figure(sign) for sign in match.groups() if sign]
                nows = [
                    one
                    for one in (
                        sentence.figure(phrase.text[k])
                        for k in sentence.signs(phrase, 0, match.start())
                    )
                    if one.is_count
                ]
                for now, times in zip(nows[-len(multiples) :], multiples, strict=False):
                    change = grown.get((now.value, now.unit))
                    if times.unit == "倍" and change is not None:
                        yield _multiple(sentence, now, times, change)


def _multiple(sentence: Sentence, now: Figure, times: Figure, change: Change) -> Finding:
    percent = change.percent.value if change.percent else Decimal(0)
    got = 1 + change.way * percent / _HUNDRED
    text = change.percent.text if change.percent else ""
    return found("multiple", sentence, right=abs(got - times.value) < times.step, sure="likely",
                 figures=(now.text, times.text, text), now=now.text, times=times.text,
                 percent=text, got=plain(got.quantize(times.step / 10)))  # fmt: skip
