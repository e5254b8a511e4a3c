"""Chinese numerals: 三百二十一, 一百零五, 十二, 百分之三点二."""

from __future__ import annotations

from decimal import Decimal

SIGNS = "〇零一二两三四五六七八九十百千万亿"
"""Every sign of a whole number that is written out."""

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}


def numeral(text: str) -> Decimal | None:
    """Return the value of a numeral that is written out, None where it is none."""
    whole, _, fraction = text.partition("点")
    value = _whole(whole)
    if value is None or not fraction:
        return None if value is None else Decimal(value)
    digits = [_DIGITS.get(sign) for sign in fraction]
    if None in digits:
        return None
    return Decimal(f"{value}.{''.join(map(str, digits))}")


def _whole(text: str) -> int | None:
    if not text or any(sign not in SIGNS for sign in text):
        return None
    if len(text) > 1 and all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))  # 二〇二三
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _STEPS:
            section += (digit or 1) * _STEPS[sign]
            digit = 0
        else:
            total = (total + section + digit) * _BIG[sign]
            section = digit = 0
    return total + section + digit
