"""How warm a search is: temperatures that suit a week, as tables of integers.

A worse week is kept while it is worse by less than the temperature times the logarithm of a random
number; both are tabled, so that every machine decides alike.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOT = 1_000
"""The usual temperature at the beginning of a search, in thousandths of what suits the week."""

COLD = 10
"""And at the end."""

_NEIGHBOUR, _DRIVES = 5, 2  # what suits: so many drives between a visit and its 5th neighbour
_STEPS = 256  # temperatures between hot and cold
_PARTS = 1024  # parts of (0, 1] that the logarithm is tabled for

# Decimal arithmetic is the same everywhere; the last bit of a machine's logarithm is not.
_EXACT = Context(prec=20)


@cache
def logarithms() -> tuple[int, ...]:
    """Return -ln of the middles of equal parts of (0, 1], in 1024ths."""
    parts = (Decimal(2 * at + 1) / (2 * _PARTS) for at in range(_PARTS))
    return tuple(int(-part.ln(_EXACT) * 1024) for part in parts)


def suited(around: NDArray[np.int64], hot: int, cold: int) -> tuple[int, int]:
    """Return temperatures in seconds: by the first a week may be worse on average at first."""
    at = min(_NEIGHBOUR, len(around) - 1)
    # Each visit is its own first neighbour; there and back are two drives.
    drives = np.partition(around, at, axis=1)[:, at] // 2
    usual = max(HOT // COLD, _DRIVES * int(drives.sum()) // len(around))
    last = max(1, usual * cold // HOT)
    return max(last, usual * hot // HOT), last


@cache
def temperatures(hot: int, cold: int) -> tuple[int, ...]:
    """Return temperatures that fall from *hot* to *cold* by equal factors."""
    step = _EXACT.power(Decimal(cold) / Decimal(hot), Decimal(1) / _STEPS)
    heat, found = Decimal(hot), []
    for _ in range(_STEPS):
        found.append(round(heat))
        heat = _EXACT.multiply(heat, step)  # many powers would take a tenth of a second
    return tuple(found)
