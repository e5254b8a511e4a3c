"""Codes of classification schemes in the cells of a ledger: ``K1``, ``K1 无证无照``, ``无证``."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from layers.schemes import load_schemes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layers.codes import CodeTable

_CODE = re.compile(r"([A-Za-z]{1,4}\d{1,3})(?![0-9A-Za-z])")


def scheme_codes(words: Iterable[str] | None) -> tuple[str, ...]:
    """Return the codes that words mean, each once; what means none stands as it was written."""
    return tuple(dict.fromkeys(_code_of(word) for word in words or ()))


@lru_cache(maxsize=2**12)
def _code_of(word: str) -> str:
    found = _CODE.match(word)
    return found[1].upper() if found else _words().read(word) or word


@cache
def _words() -> CodeTable:
    """Return the shipped schemes of behaviours and hazards as one table."""
    return load_schemes().table("behaviour", "hazard")
