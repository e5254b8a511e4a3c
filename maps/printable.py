"""Make text from ledgers fit to be printed: no control characters, no bare phone numbers."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?![0-9A-Za-z])")
_LANDLINE = re.compile(r"(?<![0-9A-Za-z])(0\d{2,3}[ -])\d{3,4}(\d{4})(?![0-9A-Za-z])")
_DIGITS = re.compile(r"\d{7,}")
_LIKE_A_NUMBER = re.compile(r"\d{4}[ -]?\d{3}")  # whatever one of the first two matches has this
_LONG = re.compile(r"[^\s\u2e80-\uffff]{13,}")
_ZERO_WIDTH_SPACE = "\u200b"


def clean(text: object) -> str:
    """Return *text* on one line without control or direction marks, surrogates and outer blanks.

    None and NaN become the empty string.
    """
    if text is None or (isinstance(text, float) and math.isnan(text)):
        return ""
    if isinstance(text, str) and text.isprintable() and "  " not in text:
        return text.strip()  # nothing to take out, as with almost every cell
    kept = (
        " " if char.isspace() else char for char in str(text) if char.isspace() or _printable(char)
    )
    return " ".join("".join(kept).split())


def _printable(char: str) -> bool:
    # Format characters (Cf) include the direction overrides with which a name can be disguised;
    # the two non-characters at the end of the plane are not allowed in XML.
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs") and char not in "\ufffe\uffff"


def mask_phones(text: object) -> str:
    """Return *text* with the middle of every telephone number starred, such as 139****1111.

    Meant for free text: mobile numbers and numbers with an area code are masked; document numbers
    and credit codes are left alone.
    """
    return _masked(clean(text))


@lru_cache(maxsize=16_384)  # tables say the same words again and again
def _masked(line: str) -> str:
    if not _LIKE_A_NUMBER.search(line):
        return line
    line = _MOBILE.sub(r"\1****\2", line)
    return _LANDLINE.sub(r"\1***\2", line)


def mask_phone(text: object) -> str:
    """Return a telephone cell masked: besides :func:`mask_phones`, any run of 7 or more digits."""

    def starred(match: re.Match[str]) -> str:
        digits = match.group()
        head = max(0, len(digits) - 8)
        return digits[:head] + "*" * (len(digits) - head - 4) + digits[-4:]

    return _DIGITS.sub(starred, mask_phones(text))


def breakable(text: str, *, every: int = 12) -> str:
    """Return *text* with an invisible break opportunity in long runs of Latin letters or digits."""

    def split(match: re.Match[str]) -> str:
        run = match.group()
        pieces = (run[i : i + every] for i in range(0, len(run), every))
        return _ZERO_WIDTH_SPACE.join(pieces)

    return _LONG.sub(split, text)
