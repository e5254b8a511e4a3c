"""Codes of classification schemes in the cells of a ledger: ``K1``, ``K1 无证无照``, ``无证``."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from layers.schemes import SCHEME_TABLE, load_schemes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from layers.codes import CodeTable

_CODE = re.compile(r"([A-Za-z]{1,4}\d{1,3})(?![0-9A-Za-z])")
_AFTER = re.compile(r"[\s:：（(]")


def reader(
    tables: Mapping[str, CodeTable],
) -> Callable[[Iterable[str] | None], tuple[str, ...]]:
    """Return what reads the words of a cell: their codes, each once.

    What means no code stands as it was written.

    Parameters
    ----------
    tables
        Code tables of the bureau; :func:`layers.schemes.with_schemes` adds its own schemes.
    """
    table = tables.get(SCHEME_TABLE) or _shipped()
    known: dict[str, str] = {}

    def read(words: Iterable[str] | None) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for word in words or ():
            if word not in known:
                known[word] = _code_of(word, table)
            found[known[word]] = None
        return tuple(found)

    return read


def _code_of(word: str, table: CodeTable) -> str:
    """Read the whole word, else its beginning: a code looks like one, or stands before a title."""
    found = table.read(word)
    if found is not None:
        return found
    code = _CODE.match(word)
    if code is not None:
        return table.read(code[1]) or code[1].upper()
    return table.read(_AFTER.split(word, maxsplit=1)[0]) or word


@cache
def _shipped() -> CodeTable:
    """Return the shipped schemes of behaviours and hazards as one table."""
    return load_schemes().table("behaviour", "hazard")
