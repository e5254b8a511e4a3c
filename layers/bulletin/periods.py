"""Dates: those that do not exist, weekdays, periods and their lengths, phases and deadlines."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.bulletin.findings import found
from layers.bulletin.numerals import numeral

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layers.bulletin.findings import Finding
    from layers.bulletin.sentences import Sentence

_HAN = "〇零○一二三四五六七八九十"
_HAN_DATE = re.compile(rf"(?:([{_HAN}]{{4}})年)?([{_HAN}]{{1,3}})月(?:([{_HAN}]{{1,3}})日)?")
_DAY = r"(?:(?P<{0}y>\d{{4}})年)?(?P<{0}m>\d{{1,2}})月(?P<{0}d>\d{{1,2}})[日号]"
_DATE = re.compile(r"(?<!\d)" + _DAY.format(""))
_ISO = re.compile(r"(?<![\d.])((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?![\d.])")
_WEEKDAY = re.compile(
    r"(?<!\d)" + _DAY.format("") + r"\(?(?:星期|周|礼拜)(?P<week>[一二三四五六日天])"
)
_TO = r"(?:起)?\s*(?:-|—|–|~|～|至|到)+\s*"
_RANGE = re.compile(
    r"(?<!\d)" + _DAY.format("a") + _TO
    + r"(?P<next>次年|翌年|第二年|明年)?"
    + r"(?:(?P<by>\d{4})年)?(?:(?P<bm>\d{1,2})月)?(?P<bd>\d{1,2})[日号]"
)  # fmt: skip
_MONTHS = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})年)?(?P<a>\d{1,2})月?(?:" + _TO + r"(?P<b>\d{1,2}))?月(?![\d])"
)
_LASTS = re.compile(
    rf"(?:为期|历时|持续|时长|期限为?|共计?)(?P<n>\d+|[{_HAN}两百]+)个?(?P<unit>天|日|月|周|星期)"
)
_SEASON = re.compile(
    r"(?P<name>第?[一二三四1-4]季度|上半年|下半年)\((?:\d{4}年)?(?P<a>\d{1,2})月?(?:-|—|–|~|～|至|到)+(?P<b>\d{1,2})月"
)
_SEASONS = {"上": (1, 6), "下": (7, 12), "一": (1, 3), "二": (4, 6), "三": (7, 9), "四": (10, 12),
            "1": (1, 3), "2": (4, 6), "3": (7, 9), "4": (10, 12)}  # fmt: skip
_DUE = re.compile(
    r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号]|(?P<end>底|末))(?:之前|以前|前)"
)
_HANDED_IN = re.compile(r"报送?|上报|提交|完成|反馈|报省|报市|报县")
_UP_TO = re.compile(r"截[至止]到?(?:目前)?\(?" + _DAY.format(""))
_FIRST = re.compile(r"^\s*(?:\(?[一1]\)?[、.)]|\([一1]\)|第一|一是)")
_WEEK = "一二三四五六日"
_NEAR = 14
_LONGEST = 300
"""Days of a period that goes into the next year without saying so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    sentence: Sentence
    text: str
    start: dt.date
    end: dt.date
    first: bool


def check_periods(sentences: Sequence[Sentence]) -> Iterator[Finding]:
    """Check all dates of a document."""
    issued = issue_date(sentences)
    year = issued.year if issued else None
    for sentence in sentences:
        text = plain_dates(sentence.text)
        yield from _impossible(sentence, text)
        yield from _weekdays(sentence, text)
        yield from _ranges(sentence, text)
        yield from _seasons(sentence, text)
        if issued is not None:
            yield from _against_issue(sentence, text, issued)
    phases = list(_phases(sentences, year))
    yield from _phases_in_order(phases, issued)
    yield from _summaries(sentences, phases)


def plain_dates(text: str) -> str:
    """Return a text with dates such as 二〇二三年五月一日 in digits."""

    def digits(match: re.Match[str]) -> str:
        year, month, day = ((one or "").replace("○", "〇") for one in match.groups())
        return (
            (f"{numeral(year)}年" if year else "") + f"{numeral(month)}月"
            + (f"{numeral(day)}日" if day else "")
        )  # fmt: skip

    return _HAN_DATE.sub(digits, text)


def issue_date(sentences: Sequence[Sentence]) -> dt.date | None:
    """Return the earliest date that stands alone on its line: when the document was issued."""
    days = []
    for sentence in sentences:
        match = _DATE.fullmatch(plain_dates(sentence.text).strip("() "))
        day = _day(match["y"], match["m"], match["d"]) if match and match["y"] else None
        if day is not None:
            days.append(day)
    return min(days, default=None)


def _day(year: str | int | None, month: str | int, day: str | int) -> dt.date | None:
    """Return a date, None where there is none; a leap year where the year is not said."""
    try:
        return dt.date(int(year or _LEAP), int(month), int(day))
    except ValueError:
        return None


_LEAP = 2000


def _impossible(sentence: Sentence, text: str) -> Iterator[Finding]:
    written = [(m.group(), m["y"], m["m"], m["d"]) for m in _DATE.finditer(text)]
    written += [(m.group(), m[1], m[3], m[4]) for m in _ISO.finditer(text)]
    for said, year, month, day in written:
        if _day(year, month, day) is not None or (year and int(year) == 0):
            continue
        months = range(1, 13)
        known = int(month) in months
        last = calendar.monthrange(int(year or _LEAP), int(month))[1] if known else 0
        code = "date_impossible" if known else "month_impossible"
        yield found(code, sentence, right=False, figures=(said,), date=said,
                    month=f"{year}年{month}月" if year else f"{month}月",
                    month_en=f"{year}-{month:0>2}" if year else f"month {month}", last=last,
                    )  # fmt: skip


def _weekdays(sentence: Sentence, text: str) -> Iterator[Finding]:
    for match in _WEEKDAY.finditer(text):
        day = _day(match["y"], match["m"], match["d"])
        if day is None or not match["y"]:
            continue
        said = _WEEK.index(match["week"].replace("天", "日"))
        yield found("weekday", sentence, right=day.weekday() == said, figures=(match.group(),),
                    date=day, said=f"星期{_WEEK[said]}", said_en=calendar.day_name[said],
                    got=f"星期{_WEEK[day.weekday()]}", got_en=calendar.day_name[day.weekday()],
                    )  # fmt: skip


def _ranges(sentence: Sentence, text: str) -> Iterator[Finding]:
    for match in _RANGE.finditer(text):
        start = _day(match["ay"], match["am"], match["ad"])
        year = match["by"] or match["ay"]
        end = _day(year, match["bm"] or match["am"], match["bd"])
        if start is None or end is None:
            continue
        across = not (match["ay"] and match["by"]) and match["bm"] and end.month < start.month
        if match["next"] or across:
            end = _day(end.year + 1, end.month, end.day) or end
        written = match.group()
        if end < start or (across and (end - start).days > _LONGEST):
            yield found("period_reversed", sentence, right=False, figures=(written,),
                        sure="certain" if end < start else "likely", period=written)  # fmt: skip
            continue
        around = text[max(match.start() - _NEAR, 0) : match.end() + _NEAR]
        lasts = _LASTS.search(around)
        if lasts:
            yield _length(sentence, written, start, end, lasts)


def _length(
    sentence: Sentence, period: str, start: dt.date, end: dt.date, lasts: re.Match[str]
) -> Finding:
    """Compare a period with the length that is said, counted with both ends or with one."""
    said = int(lasts["n"]) if lasts["n"].isdigit() else int(numeral(lasts["n"]) or 0)
    days = (end - start).days
    match lasts["unit"]:
        case "天" | "日":
            right = said in (days, days + 1)
        case "月":
            right = abs(days + 0.5 - said * _MONTH_DAYS) <= _SLACK
        case _:
            right = abs(days + 0.5 - said * 7) <= 1
    return found("period_length", sentence, right=right, sure="certain",
                 figures=(period, lasts.group()), period=period, said=lasts.group(),
                 days=days + 1)  # fmt: skip


_MONTH_DAYS = 30.44
_SLACK = 5


def _seasons(sentence: Sentence, text: str) -> Iterator[Finding]:
    for match in _SEASON.finditer(text):
        name = match["name"].removeprefix("第")
        first, last = _SEASONS[name[0]]
        right = (int(match["a"]), int(match["b"])) == (first, last)
        yield found("season", sentence, right=right, sure="likely", figures=(match.group(),),
                    name=match["name"], first=first, last=last, said_first=int(match["a"]),
                    said_last=int(match["b"]))  # fmt: skip


def _against_issue(sentence: Sentence, text: str, issued: dt.date) -> Iterator[Finding]:
    for match in _DUE.finditer(text):
        due = _end(match["y"] or issued.year, match["m"], match["d"])
        clause = text[max(match.start() - _NEAR, 0) : match.end() + _NEAR]
        if due is None or "已" in clause or not _HANDED_IN.search(clause):
            continue
        yield found("due_before_issue", sentence, right=due >= issued, sure="likely",
                    figures=(match.group(), issued.isoformat()), due=due, issued=issued,
                    days=(due - issued).days)  # fmt: skip
    for match in _UP_TO.finditer(text):
        day = _day(match["y"] or issued.year, match["m"], match["d"])
        if day is not None and match["y"]:
            yield found("as_of_after_issue", sentence, right=day <= issued, sure="likely",
                        figures=(match.group(), issued.isoformat()), day=day, issued=issued,
                        )  # fmt: skip


def _end(year: str | int, month: str | int, day: str | int | None) -> dt.date | None:
    if day is not None:
        return _day(year, month, day)
    first = _day(year, month, 1)
    return first and first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _phases(sentences: Sequence[Sentence], year: int | None) -> Iterator[_Phase]:
    """Yield the phases of plans: a line that begins with its number and names 阶段 and dates."""
    for sentence in sentences:
        text = plain_dates(sentence.text)
        head = text[:_HEAD]
        if "阶段" not in head or sentence.number or not re.match(r"\s*[(第\d一二三四五六]", head):
            continue
        match, months = _RANGE.search(head), _MONTHS.search(head)
        if match:
            start = _day(match["ay"] or year, match["am"], match["ad"])
            end = _day(match["by"] or match["ay"] or year, match["bm"] or match["am"], match["bd"])
            written = match.group()
        elif months:
            start = _day(months["y"] or year, months["a"], 1)
            end = _end(months["y"] or year or _LEAP, months["b"] or months["a"], None)
            written = months.group()
        else:
            continue
        if start and end and start <= end:
            yield _Phase(sentence=sentence, text=written, start=start, end=end,
                         first=_FIRST.match(text) is not None)  # fmt: skip


_HEAD = 60


def _phases_in_order(phases: Sequence[_Phase], issued: dt.date | None) -> Iterator[Finding]:
    for number, phase in enumerate(phases):
        before = phases[number - 1] if number and not phase.first else None
        if before is not None and phase.start.year == before.end.year:
            yield found("phases_overlap", phase.sentence, right=phase.start > before.end,
                        sure="likely", figures=(before.text, phase.text),
                        before=before.text, after=phase.text)  # fmt: skip
        if issued is not None and phase.start.year == issued.year and before is None:
            yield found("phase_before_issue", phase.sentence, right=phase.start >= issued,
                        sure="ask", figures=(phase.text, issued.isoformat()), start=phase.start,
                        issued=issued, days=abs((issued - phase.start).days))  # fmt: skip


def _summaries(sentences: Sequence[Sentence], phases: Sequence[_Phase]) -> Iterator[Finding]:
    """Check that the final summary is not due before the last phase ends."""
    if not phases:
        return
    last = phases[-1]
    for sentence in sentences:
        text = plain_dates(sentence.text)
        for match in _DUE.finditer(text):
            clause = re.split(r"[,，;]", text[: match.start()])[-1]
            if "总结" not in clause or "阶段" in clause or "月" in clause:
                continue
            due = _end(match["y"] or last.end.year, match["m"], match["d"])
            if due is not None and due.year == last.end.year:
                yield found("summary_before_end", sentence, right=due >= last.end, sure="ask",
                            figures=(match.group(), last.text), due=match.group(), phase=last.text,
                            )  # fmt: skip
