"""Figures of reports: counts that know their unit, rates, and growth against another period.

家 and 家次, 起 and 处, 人次 and 台次 are different things: what has different units is not added.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Change = Literal["more", "less", "same", "first", "nothing"]
"""``first``: there was none before; ``nothing``: neither before nor now."""


class UnitError(ValueError):
    """Counts of different units that should become one figure; ``units`` are theirs."""

    code = "units_differ"

    def __init__(self, *units: str) -> None:
        super().__init__(" / ".join(units))
        self.units = units


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of what.

    Attributes
    ----------
    value
        Yuan where the unit is 元, else a whole number or a quantity of goods.
    unit
        Chinese unit as reports write it; it is part of the figure and never converted.
    at_least
        Whether the ledger said "more than" (余).
    """

    value: float
    unit: str
    at_least: bool = False

    def __add__(self, other: Count) -> Count:
        """Return the sum.

        Raises
        ------
        UnitError
            If the units differ.
        """
        if self.unit != other.unit:
            raise UnitError(self.unit, other.unit)
        return Count(
            value=self.value + other.value, unit=self.unit,
            at_least=self.at_least or other.at_least,
        )  # fmt: skip


def total(counts: Iterable[Count], *, unit: str) -> Count:
    """Return the sum of *counts*, 0 where there are none.

    Raises
    ------
    UnitError
        If one of them has another unit.
    """
    found = Count(value=0, unit=unit)
    for count in counts:
        found += count
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A part of a whole of the same records: never above one.

    Raises
    ------
    UnitError
        If part and whole have different units.
    ValueError
        If the part is larger: then it is not a part of that whole.
    """

    part: Count
    whole: Count

    def __post_init__(self) -> None:
        if self.part.unit != self.whole.unit:
            raise UnitError(self.part.unit, self.whole.unit)
        if not 0 <= self.part.value <= self.whole.value:
            raise ValueError(f"{self.part.value} is no part of {self.whole.value}")

    @property
    def share(self) -> float | None:
        """Part by whole, None where there is no whole."""
        return self.part.value / self.whole.value if self.whole.value else None

    def percent(self, *, digits: int = 2) -> str:
        """Return the share in percent, rounded half up; empty where there is none."""
        if not self.whole.value:
            return ""
        return rounded(Decimal(str(self.part.value)) * 100 / _decimal(self.whole), digits=digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Some of one thing for each of another, such as hazards a visit; may be above one."""

    over: Count
    under: Count

    def text(self, *, digits: int = 2, times: int = 1) -> str:
        """Return the ratio (for each *times*), rounded half up; empty where there is none."""
        if not self.under.value:
            return ""
        return rounded(_decimal(self.over) * times / _decimal(self.under), digits=digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A count against that of another period.

    ``增加 2 倍`` is three times as much and ``是 2 倍`` is twice: :attr:`times` is the latter.

    Raises
    ------
    UnitError
        If the units differ.
    """

    now: Count
    before: Count

    def __post_init__(self) -> None:
        if self.now.unit != self.before.unit:
            raise UnitError(self.now.unit, self.before.unit)

    @property
    def change(self) -> Change:
        """What became of it; a base of 0 gives no percentage."""
        if not self.before.value:
            return "first" if self.now.value else "nothing"
        if self.now.value == self.before.value:
            return "same"
        return "more" if self.now.value > self.before.value else "less"

    def percent(self, *, digits: int = 2) -> str:
        """Return by how much it rose or fell in percent, without sign; empty without a base."""
        if not self.before.value:
            return ""
        by = abs(_decimal(self.now) - _decimal(self.before)) * 100 / _decimal(self.before)
        return rounded(by, digits=digits)

    def times(self, *, digits: int = 2) -> str:
        """Return how many times the base it is now; empty without a base."""
        if not self.before.value:
            return ""
        return rounded(_decimal(self.now) / _decimal(self.before), digits=digits)


def _decimal(count: Count) -> Decimal:
    return Decimal(str(count.value))


def rounded(value: Decimal, *, digits: int) -> str:
    """Return *value* rounded half up, as reports round, without zeros at the end."""
    text = str(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(yuan: float) -> tuple[str, str]:
    """Return yuan as reports write them, exact to the fen: ``("3369.41", "万元")`` or in 元."""
    exact = Decimal(str(round(yuan, 2)))
    ten_thousand = Decimal(10_000)
    if abs(exact) < ten_thousand:
        return plain(exact), "元"
    return plain(exact / ten_thousand), "万元"


def plain(value: float | Decimal) -> str:
    """Return a number without an exponent and without zeros at the end."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
