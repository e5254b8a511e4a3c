"""Dates, date ranges and opening hours as people write them."""

from __future__ import annotations

import datetime as dt
import math
import re

from layers.cells import wide
from layers.problems import ValueProblem

SERIALS = range(10_000, 80_000)
"""Excel day numbers that can be a date of a ledger: 1927-05-18 to 2119-01-10."""
YEARS = range(1950, 2101)
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_DAY_S = 86_400

_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_YMD = re.compile(r"(\d{4})\s*[-/.年\\]\s*(\d{1,2})\s*[-/.月\\]\s*(\d{1,2})\s*[日号]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME_TAIL = re.compile(
    r"[T\s,]*((星期|周|礼拜)[一二三四五六日天])?[T\s,]*"
    r"((上午|下午)?\s*\d{1,2}[:时点]\d{0,2}分?(:?\d{1,2}(\.\d+)?秒?)?)?\s*(Z|[+-]\d\d:?\d\d)?"
)
_WESTERN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_PARTIAL = re.compile(
    r"\d{4}年?|\d{4}\s*[-/.年]\s*\d{1,2}月?(份)?|\d{1,2}\s*[-/.月]\s*\d{1,2}[日号]?|\d{1,2}月"
)
_UNTIL = re.compile(r"\s*(?:~|至|到|—+|–|--)\s*")
_RANGES = re.compile(r"[、,;；，|\n]")
_SECOND_END = re.compile(r"(?:(\d{1,2})\s*[-/.月]\s*)?(\d{1,2})\s*[日号]?")
_CLOCK = re.compile(
    r"(凌晨|早上|上午|中午|下午|晚上|晚|am|pm)?\s*(\d{1,2})\s*(?:[:点时]\s*(\d{1,2})?\s*分?|(?=\s*[-~至到]|$))"
    r"\s*(?::\d{2})?\s*(am|pm)?",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"全天|24小时|24h|全天候|昼夜|always", re.IGNORECASE)


def read_date(raw: object) -> dt.date:
    """Read one date: an Excel day number, a date, or text such as 2026-11-23 or 2026年11月23日.

    A time of day after the date is left out. Text with day and month only, or year and month only,
    is a problem, and so is ``03/04/2026``, which two countries read as two days.

    Raises
    ------
    ValueProblem
        ``bad_date``, ``incomplete_date``, ``ambiguous_date`` or ``implausible_date``.
    """
    if isinstance(raw, dt.datetime):
        return _plausible(raw.date(), raw=raw)
    if isinstance(raw, dt.date):
        return _plausible(raw, raw=raw)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _from_number(raw)
    if not isinstance(raw, str):
        raise ValueProblem("bad_date", value=raw)
    return _from_text(raw)


def _from_number(raw: float) -> dt.date:
    if not math.isfinite(raw):
        raise ValueProblem("bad_date", value=raw)
    whole = int(raw)
    if whole in SERIALS:
        return _EXCEL_EPOCH + dt.timedelta(days=whole)
    match = _COMPACT.fullmatch(str(whole))
    if match:
        return _calendar(*map(int, match.groups()), raw=raw)
    code = "incomplete_date" if whole in YEARS else "bad_date"
    raise ValueProblem(code, value=whole if whole == raw else raw)


def _from_text(raw: str) -> dt.date:
    text = _arabic(wide(raw))
    match = _YMD.match(text)
    if match and _TIME_TAIL.fullmatch(text[match.end() :]):
        return _calendar(*map(int, match.groups()), raw=raw)
    if re.fullmatch(r"\d+(\.\d+)?", text) and not re.fullmatch(r"\d{4}\.\d{1,2}", text):
        return _from_number(float(text))
    match = _WESTERN.match(text)
    if match and _TIME_TAIL.fullmatch(text[match.end() :]):
        return _western(*map(int, match.groups()), raw=raw)
    if _SHORT_YEAR.fullmatch(text):
        raise ValueProblem("ambiguous_date", value=raw)
    raise ValueProblem("incomplete_date" if _PARTIAL.fullmatch(text) else "bad_date", value=raw)


def _arabic(text: str) -> str:
    """Turn 二〇二六年十一月二十三日 into digits; other text stays as it is."""
    if not re.match(r"[〇零○一二三四五六七八九]{4}年", text):
        return text
    text = re.sub(r"(?<=[二三])十(?=[一二三四五六七八九])", "", text)
    text = re.sub(r"(?<=[二三])十", "0", text)
    text = re.sub(r"十(?=[一二三四五六七八九])", "1", text).replace("十", "10")
    return text.translate(_HAN_DIGITS)


def _western(first: int, second: int, year: int, *, raw: object) -> dt.date:
    if first <= 12 and second <= 12 and first != second:
        raise ValueProblem("ambiguous_date", value=raw)
    month, day = (first, second) if first <= 12 else (second, first)
    return _calendar(year, month, day, raw=raw)


def _calendar(year: int, month: int, day: int, *, raw: object) -> dt.date:
    try:
        day_of = dt.date(year, month, day)
    except ValueError:
        raise ValueProblem("bad_date", value=raw) from None
    return _plausible(day_of, raw=raw)


def _plausible(day: dt.date, *, raw: object) -> dt.date:
    if day.year not in YEARS:
        raise ValueProblem("implausible_date", value=raw)
    return day


def read_period(raw: object) -> tuple[tuple[dt.date, dt.date], ...]:
    """Read date ranges such as ``2026-11-23~2026-11-27；2026-12-01`` into (first, last) pairs.

    The end may leave out what it shares with the start: ``2026年11月23日至27日``.

    Raises
    ------
    ValueProblem
        ``bad_period`` where an end lies before its start, or a code of :func:`read_date`.
    """
    if not isinstance(raw, str):
        day = read_date(raw)
        return ((day, day),)
    pieces = [piece for piece in _RANGES.split(raw) if piece.strip()]
    if not pieces:
        raise ValueProblem("bad_date", value=raw)
    return tuple(_range(_arabic(wide(piece)), raw=raw) for piece in pieces)


def _range(text: str, *, raw: str) -> tuple[dt.date, dt.date]:
    text = text.removeprefix("从").removeprefix("自").strip("()（） ")
    start = _YMD.match(text)
    if start is None:
        ends = _UNTIL.split(text)
        first = read_date(ends[0])
        rest = ends[1] if len(ends) > 1 else ""
    else:
        first = _calendar(*map(int, start.groups()), raw=raw)
        rest = _UNTIL.sub("", text[start.end() :], count=1).strip().removeprefix("-").strip()
    last = _range_end(rest, first=first, raw=raw)
    if last < first:
        raise ValueProblem("bad_period", value=raw)
    return first, last


def _range_end(text: str, *, first: dt.date, raw: str) -> dt.date:
    if not text:
        return first
    short = _SECOND_END.fullmatch(text)
    if short:
        month = int(short[1]) if short[1] else first.month
        return _calendar(first.year, month, int(short[2]), raw=raw)
    return read_date(text)


def read_hours(raw: object) -> tuple[int, int]:
    """Read opening hours such as ``08:30-17:30`` into seconds since midnight.

    Several spans of a day (a closed lunch hour) give the first opening and the last closing; hours
    past midnight end after 86,400.

    Raises
    ------
    ValueProblem
        ``bad_hours``.
    """
    text = wide(raw) if isinstance(raw, str) else ""
    if _ALWAYS.search(text):
        return 0, _DAY_S
    clocks = [_seconds(match, raw=raw) for match in _CLOCK.finditer(text)]
    if len(clocks) < 2 or len(clocks) % 2:
        raise ValueProblem("bad_hours", value=raw)
    first, last = clocks[0], clocks[-1]
    if last == first:
        raise ValueProblem("bad_hours", value=raw)
    return first, last if last > first else last + _DAY_S


def _seconds(match: re.Match[str], *, raw: object) -> int:
    word = (match[1] or match[4] or "").lower()
    hour, minute = int(match[2]), int(match[3] or 0)
    if word in ("下午", "晚上", "晚", "pm") and hour < 12:
        hour += 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueProblem("bad_hours", value=raw)
    return hour * 3600 + minute * 60
