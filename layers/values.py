"""One cell of a ledger into a value: by the kind of its column, or a problem with a stable code.

Choices that the registers rest on:

* A cell that says nothing (empty, ``无``, ``/``, ``-``, ``N/A``) is None; in a required column it
  is the problem ``missing``.
* A credit code that fails a check is kept as it is written, so that it still finds its duplicates;
  one whose digits Excel has rounded is not.
* A code that no table knows becomes ``other`` where the table has such a code, else None.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from layers import codes
from layers.cells import is_missing, text_of, tidy, wide
from layers.dates import read_date, read_hours, read_period
from layers.positions import read_latitude, read_longitude, read_lonlat
from layers.problems import ValueProblem
from layers.quantities import AtLeast, read_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.schema import Column

__all__ = ["ValueProblem", "credit_check_digit", "read_value"]

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_LENGTH = 18
_LIST_BREAK = re.compile(r"[、，,;；/|｜\n\r]+")
_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_CODE_WORDS = re.compile(r"[\s:：\-—_.、，,;；/()（）]+")
_NUMBER = re.compile(
    r"(?P<less>不少于|不低于|至少|超过|逾)?\s*[约≈近]?\s*"
    r"(?P<number>[+-]?\d[\d,]*(?:\.\d+)?|[+-]?\.\d+)\s*(?P<more>余|多|\+)?\s*"
    r"(?P<scale>[百千万亿]+)?\s*(?P<rest>余|多)?[^\d\s.]*?(?P<last>余|以上)?"
)
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_HAN_NUMBER = re.compile(
    r"([一二两三四五六七八九])?(十)?([一二三四五六七八九])?(余|多)?[^\d]?(以上)?"
)
_HAN_VALUE = {han: value for value, han in enumerate("零一二三四五六七八九")} | {"两": 2}
_YES = frozenset(("是", "有", "对", "yes", "y", "true", "t", "1", "√", "✓", "✔", "☑", "具备"))
_NO = frozenset(
    ("否", "无", "不", "没有", "no", "n", "false", "f", "0", "×", "x", "✗", "☐", "不具备")
)


def read_value(
    column: Column, raw: object, *, tables: Mapping[str, codes.CodeTable] = codes.TABLES
) -> object:
    """Read one cell of *column* into the value its kind promises, None where it says nothing.

    Parameters
    ----------
    raw
        The cell as the file gave it: text, number, date, truth value or None.
    tables
        Code tables of the bureau, see :func:`layers.codes.extended`.

    Raises
    ------
    ValueProblem
        With a stable ``code``, and ``kept`` for what to go on with where the column tolerates it.
    """
    if column.kind == "flag" and not is_missing(raw := _flag_word(raw)):
        return _read_flag(raw)
    if is_missing(raw):
        if column.required:
            raise ValueProblem("missing", value="")
        return None
    if column.kind in ("code", "codes"):
        table = tables[column.table]
        return _read_code(raw, table) if column.kind == "code" else _read_codes(raw, table)
    return _READERS[column.kind](raw)


def credit_check_digit(code: str) -> str:
    """Return the last character that belongs to the first 17 of a credit code.

    Weights are the powers of 3 modulo 31 (GB 32100-2015, annex A).
    """
    total = sum(
        _CREDIT_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(code[: _CREDIT_LENGTH - 1])
    )
    return _CREDIT_ALPHABET[-total % 31]


def _read_credit_code(raw: object) -> str:
    try:
        text = text_of(raw)
    except ValueProblem as problem:
        raise ValueProblem("digits_lost", value=problem.value) from None
    code = re.sub(r"[\s\-.·]", "", wide(text).upper())
    if len(code) != _CREDIT_LENGTH:
        raise ValueProblem("credit_code_length", value=raw, kept=code, detail={"n": len(code)})
    strange = sorted(set(code) - set(_CREDIT_ALPHABET))
    if strange:
        detail = {"characters": " ".join(strange)}
        raise ValueProblem("credit_code_character", value=raw, kept=code, detail=detail)
    expected = credit_check_digit(code)
    if code[-1] != expected:
        raise ValueProblem("bad_credit_code", value=raw, kept=code, detail={"expected": expected})
    return code


def _read_list(raw: object) -> tuple[str, ...]:
    text = raw if isinstance(raw, str) else text_of(raw)
    pieces = (tidy(piece) for piece in _LIST_BREAK.split(text))
    return tuple(dict.fromkeys(piece for piece in pieces if not is_missing(piece)))


def _read_code(raw: object, table: codes.CodeTable) -> str:
    text = text_of(raw)
    found = _lookup(text, table)
    if found is None:
        kept = "other" if "other" in table.codes else None
        detail = _choices(table)
        raise ValueProblem("unknown_code", value=text, kept=kept, detail=detail)
    return found


def _choices(table: codes.CodeTable) -> dict[str, object]:
    """Return the table and what it knows, in both languages of the sentence."""
    return {
        "table": table.title, "known": "、".join(table.titles()),
        "table_en": table.en, "known_en": ", ".join(table.titles(lang="en")),
    }  # fmt: skip


def _lookup(text: str, table: codes.CodeTable) -> str | None:
    """Try the whole cell, then without brackets, then its words where they agree (``K1 无证``)."""
    for candidate in (text, _BRACKETS.sub("", text)):
        found = table.read(candidate)
        if found is not None:
            return found
    words = [word for word in _CODE_WORDS.split(text) if word]
    meanings = {code for word in words if (code := table.read(word)) is not None}
    return meanings.pop() if len(meanings) == 1 else None


def _read_codes(raw: object, table: codes.CodeTable) -> tuple[str, ...]:
    pieces = _read_list(raw)
    found = {piece: _lookup(piece, table) for piece in pieces}
    known = tuple(dict.fromkeys(code for code in found.values() if code is not None))
    unknown = [piece for piece, code in found.items() if code is None]
    if unknown:
        detail = _choices(table)
        raise ValueProblem("unknown_code", value="、".join(unknown), kept=known, detail=detail)
    return known


def _read_number(raw: object) -> float:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if not math.isfinite(raw):
            raise ValueProblem("bad_number", value=raw)
        return float(raw)
    text = wide(raw) if isinstance(raw, str) else ""
    match = _NUMBER.fullmatch(text)
    if match and (match["scale"] or "") in _SCALES:
        number = float(match["number"].replace(",", "")) * _SCALES[match["scale"] or ""]
        bound = match["less"] or match["more"] or match["rest"] or match["last"]
        return AtLeast(number) if bound else number
    han = _HAN_NUMBER.fullmatch(text)
    if han and (han[1] or han[2]):
        if han[2] is None and han[3]:
            raise ValueProblem("bad_number", value=raw)
        tens = _HAN_VALUE[han[1]] if han[1] else 1
        number = float(tens * 10 + _HAN_VALUE[han[3] or "零"]) if han[2] else float(tens)
        return AtLeast(number) if han[4] or han[5] else number
    raise ValueProblem("bad_number", value=raw)


def _read_integer(raw: object) -> float:
    """Read a count; every integer column of the registers counts something.

    What is only a lower bound stays :class:`AtLeast`.
    """
    number = _read_number(raw)
    if not number.is_integer():
        raise ValueProblem("not_whole", value=raw)
    if number < 0:
        raise ValueProblem("negative", value=raw)
    return number if isinstance(number, AtLeast) else int(number)


def _read_money(raw: object) -> float:
    """Read a sum in yuan; ``1.2万元`` and ``12,000元`` are the same."""
    number = _read_number(raw)
    if number < 0:
        raise ValueProblem("negative", value=raw)
    return number


def _flag_word(raw: object) -> object:
    """Turn ``无`` into ``否``: elsewhere it says nothing, here it says no."""
    return "否" if isinstance(raw, str) and wide(raw) in ("无", "没有") else raw


def _read_flag(raw: object) -> bool:
    word = "1" if raw == 1 else "0" if raw == 0 else wide(str(raw)).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueProblem("bad_flag", value=raw)


_READERS: dict[str, Callable[[object], object]] = {
    "text": text_of,
    "list": _read_list,
    "credit_code": _read_credit_code,
    "date": read_date,
    "period": read_period,
    "hours": read_hours,
    "number": _read_number,
    "integer": _read_integer,
    "money": _read_money,
    "quantity": read_quantity,
    "flag": _read_flag,
    "longitude": read_longitude,
    "latitude": read_latitude,
    "lonlat": read_lonlat,
}
