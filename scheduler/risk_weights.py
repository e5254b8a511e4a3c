"""What the risk of an enterprise does to its weight in the draw: a bounded factor, on the frame.

The factor stands in the weight and, by name, in the reason of the frame: ``grade+risk:3/2``. So
the draw is verified from its record alone, however the risk was worked out.
"""

from __future__ import annotations

import math
from fractions import Fraction

MARK = "risk:"
JOINT = "+"
MOST = 8.0
"""Largest factor that a setting may ask for."""
_STEPS = 4  # factors are quarters, or one over quarters


def risk_factor(relative: float, *, most: float) -> Fraction:
    """Return by how much a risk changes a weight.

    Twice the usual risk or more counts *most*, half of it or less 1/*most*, between them evenly in
    logarithms. The result is rounded to quarters, or to one over quarters below 1.

    Parameters
    ----------
    relative
        Risk over that of enterprises of the same grade, above 0.
    most
        1 to :data:`MOST`; 1 changes nothing.
    """
    turn = min(1.0, max(-1.0, math.log2(relative)))
    steps = Fraction(round(_STEPS * most ** abs(turn)), _STEPS)
    return steps if turn >= 0 else 1 / steps


def with_risk(why: str, factor: Fraction) -> str:
    """Return the reason of an object with the factor of its risk; as it is where that is 1."""
    return why if factor == 1 else f"{why}{JOINT}{MARK}{factor}"


def parts_of(why: str) -> tuple[str, str]:
    """Return a reason without the factor of a risk, and that factor; empty without one."""
    base, joint, factor = why.partition(JOINT + MARK)
    return (base, factor) if joint else (why, "")
