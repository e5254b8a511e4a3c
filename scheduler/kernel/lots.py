"""Lots: the random numbers of every search, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import compiled

if TYPE_CHECKING:
    from scheduler.kernel.tables import Ints

_LOW = (1 << 32) - 1
_CARRY = 1_791_398_085  # multiply-with-carry to base 2**32 (Marsaglia): period near 2**62


@compiled
def draw(numbers: Ints, below: int) -> int:
    """Return the next random integer from 0 to *below* - 1."""
    x = numbers[0]
    numbers[0] = _CARRY * (x & _LOW) + (x >> 32)
    return ((x ^ (x >> 32)) & _LOW) * below >> 32  # type: ignore[no-any-return]
