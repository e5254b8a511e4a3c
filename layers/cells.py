"""What every cell has in common: white space, full-width characters, and words for "nothing"."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from layers.problems import ValueProblem

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_HALF_WIDTH = {
    full: full - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for full in range(ord(first), ord(last) + 1)
}
_SPACE = re.compile(r"\s+")
_DEGREES = str.maketrans({"º": "°", "˚": "°", "〞": "″", "〃": "″"})
_NOTHING = frozenset(
    (
        "", "无", "暂无", "不详", "未知", "空", "没有", "无数据", "未填", "待定", "待补充",
        "n/a", "#n/a", "na", "nan", "null", "none", "nil", "nat", "#ref!", "#value!", "#div/0!",
    )
)  # fmt: skip
_LONGEST_NOTHING = 12
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")  # how Excel writes a long number into a CSV file
_STROKES = re.compile(r"[-—–−_/\\*.。、~]+")

_REMEMBERED = 2**16  # ledgers repeat themselves

EXACT_INTEGER = 10**15
"""Excel keeps 15 significant digits: a longer number in a numeric cell has lost its last ones."""


def is_missing(raw: object) -> bool:
    """Tell whether a cell says nothing: empty, NaN, ``无``, ``/``, ``-``, ``N/A`` and the like."""
    if raw is None or raw != raw:
        return True
    if not isinstance(raw, str):
        return False
    if len(raw) > _LONGEST_NOTHING:
        return not raw.strip()
    text = wide(raw).casefold()
    return text in _NOTHING or _STROKES.fullmatch(text) is not None


@lru_cache(maxsize=_REMEMBERED)
def wide(text: str) -> str:
    """Return *text* in NFKC form on one line, trimmed, for cells that are parsed.

    The degree and second signs that NFKC would turn into letters are kept as signs.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_DEGREES).translate(_INVISIBLE))
    return _SPACE.sub(" ", plain).strip()


@lru_cache(maxsize=_REMEMBERED)
def tidy(text: str) -> str:
    """Return *text* as it is kept: trimmed, one kind of space, half-width letters and digits.

    Full-width punctuation stays: a firm's name is spelt with it.
    """
    return _SPACE.sub(" ", text.translate(_INVISIBLE).translate(_HALF_WIDTH)).strip()


@lru_cache(maxsize=_REMEMBERED)
def fold(text: str) -> str:
    """Return *text* for comparing headers and names: NFKC, no case, no white space."""
    if text.isascii():
        return "".join(text.lower().split())
    return "".join(unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold().split())


def text_of(raw: object) -> str:
    """Return a cell as text; numbers without the ``.0`` that Excel adds, dates as ISO.

    Raises
    ------
    ValueProblem
        ``digits_lost`` for a number too long for Excel, or one that it has rounded; its ``kept``
        is the text that is left.
    """
    if isinstance(raw, str):
        text = tidy(raw)
        if _ROUNDED.fullmatch(text):
            raise ValueProblem("digits_lost", value=text, kept=text)
        return text
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, (int, float)):
        return _number_text(raw)
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time() else raw.isoformat(sep=" ")
    return str(raw)


def shown(raw: object) -> str:
    """Return a cell as a report shows it; never fails."""
    try:
        return text_of(raw)
    except ValueProblem as problem:
        return str(problem.kept)


def _number_text(raw: float) -> str:
    if isinstance(raw, float) and abs(raw) >= EXACT_INTEGER:
        raise ValueProblem("digits_lost", value=repr(raw), kept=repr(raw))
    whole = isinstance(raw, int) or raw.is_integer()
    return str(int(raw)) if whole else repr(raw)
