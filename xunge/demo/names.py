"""Names of firms and people, credit codes and telephone numbers: all made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xunge.demo.county import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_NUMERALS = "一二三"


def pick(words: Sequence[str], *, rng: np.random.Generator) -> str:
    """Return one of *words*."""
    return words[int(rng.integers(len(words)))]


def person(*, rng: np.random.Generator) -> str:
    """Return the name of a person."""
    words = table("words")["person"]
    return pick(words["surnames"], rng=rng) + pick(words["given"], rng=rng)


def brand(*, rng: np.random.Generator) -> str:
    """Return a two-character brand such as 鑫源."""
    words = table("words")["brand"]
    first = pick(words["first"], rng=rng)
    second = pick(words["second"], rng=rng)
    return first + second if first != second else brand(rng=rng)


def firm(
    patterns: Sequence[str], *, town: str, village: str, private: int, rng: np.random.Generator
) -> str:
    """Return the name of a firm after one of *patterns* (see industries.toml).

    *private* of 1 asks for a pattern with its owner's nickname, 0 for one without.
    """
    asked = [p for p in patterns if ("{n}" in p) == bool(private)] or list(patterns)
    short_town = town.rstrip("镇乡街道")
    owner = pick(table("words")["person"]["surnames"], rng=rng)
    nickname = pick([f"老{owner}", f"{owner}记", f"{owner}氏", brand(rng=rng)], rng=rng)
    return pick(asked, rng=rng).format(
        p=pick(["永兴县", "永兴", short_town, f"永兴县{short_town}"], rng=rng),
        b=brand(rng=rng),
        t=short_town,
        v=village.removesuffix("社区").removesuffix("村"),
        n=nickname,
        d=pick(_NUMERALS, rng=rng),
    )


def credit_code(number: int, *, private: int) -> str:
    """Return the *number*-th made-up 统一社会信用代码 with right check digits.

    The eight characters of the body begin with ``MA0YX`` so that the codes can be told from the
    real ones of the county.
    """
    serial = "".join(_CODE_CHARACTERS[number // 31**k % 31] for k in (2, 1, 0))
    body = "MA0YX" + serial
    head = ("92" if private else "91") + "431023" + body + _body_check(body)
    return head + check_character(head)


def check_character(head: str) -> str:
    """Return the 18th character of a credit code (GB 32100-2015, modulus 31, powers of 3)."""
    total = sum(_CODE_CHARACTERS.index(sign) * pow(3, i, 31) for i, sign in enumerate(head))
    return _CODE_CHARACTERS[-total % 31]


def _body_check(body: str) -> str:
    total = sum(
        weight * int(sign, 36) for weight, sign in zip(_BODY_WEIGHTS, body, strict=True)
    )  # letters count 10 to 35
    return "0123456789X"[-total % 11]


def phone(number: int, *, style: Mapping[str, str] | None = None) -> str:
    """Return a telephone number that belongs to nobody: 139-0000-xxxx."""
    text = f"139-0000-{number % 10_000:04d}"
    return "".join((style or {}).get(sign, sign) for sign in text)
