"""What the address resolver answers, and how it grades an answer by what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Level = Literal["village", "town", "county", "none"]
Confidence = Literal["high", "medium", "low"]

CLOSE = 0.6
"""Readings of different counties closer than this in weight are ambiguous."""

MOST_ALTERNATIVES = 4
"""How many alternatives an answer names."""

REASONS = (
    "town_misspelt", "town_unknown", "village_bare", "village_embedded", "village_misspelt",
    "village_guessed", "village_elsewhere", "address_ambiguous", "close_to_home", "county_assumed",
    "former_name", "zone_inferred", "town_retyped", "town_bare", "address_contradictory",
    "village_unknown", "address_unreadable", "county_missing", "county_misspelt",
)  # fmt: skip
"""What may be noticed, in the order in which an answer names it."""

FLAG = {reason: 1 << k for k, reason in enumerate(REASONS)}
"""A bit for each reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address says.

    Attributes
    ----------
    county, town, village
        Statistical codes of 6, 9 and 12 digits, empty below ``level``.
    level
        The finest level that was found.
    confidence
        ``high``: named and without a rival; ``medium``: one step was inferred; ``low``: a guess.
    alternatives
        Codes of other readings that are about as good.
    reason
        Codes of what was noticed, of :data:`REASONS`.
    remainder
        The text behind the last name that was understood, normalised.
    """

    county: str = ""
    town: str = ""
    village: str = ""
    level: Level = "none"
    confidence: Confidence = "low"
    alternatives: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    remainder: str = ""

    @property
    def code(self) -> str:
        """The code of the finest level."""
        return self.village or self.town or self.county


_LOW = (
    FLAG["address_ambiguous"]
    | FLAG["close_to_home"]
    | FLAG["village_guessed"]
    | FLAG["address_contradictory"]
)
_MEDIUM = (
    FLAG["county_misspelt"]
    | FLAG["town_misspelt"]
    | FLAG["town_unknown"]
    | FLAG["town_bare"]
    | FLAG["former_name"]
    | FLAG["zone_inferred"]
    | FLAG["village_misspelt"]
    | FLAG["village_bare"]
    | FLAG["village_embedded"]
    | FLAG["village_elsewhere"]
)
_VILLAGE = (
    FLAG["village_bare"]
    | FLAG["village_embedded"]
    | FLAG["village_misspelt"]
    | FLAG["village_guessed"]
)


@lru_cache(maxsize=4096)
def reasons_of(flags: int) -> tuple[str, ...]:
    """Return the reasons that *flags* stand for."""
    return tuple(reason for reason, bit in FLAG.items() if flags & bit)


@lru_cache(maxsize=4096)
def confidence_of(flags: int, level: Level) -> Confidence:
    """Grade an answer by what was noticed on the way to it."""
    if flags & _LOW:
        return "low"
    if level == "village" and not flags & _VILLAGE:
        flags &= ~FLAG["town_bare"]  # the village in it bears it out
    if flags & FLAG["county_assumed"]:
        return "medium" if level == "village" and not flags & FLAG["village_bare"] else "low"
    return "medium" if flags & _MEDIUM else "high"
