"""What the address resolver weighs and answers: readings, and the answer drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from geo.lexicon import FULL, PLACED, Hit, VillageHit

if TYPE_CHECKING:
    from collections.abc import Sequence

Level = Literal["village", "town", "county", "none"]
Confidence = Literal["high", "medium", "low"]

CLOSE = 0.6
"""Readings of different counties closer than this in weight are ambiguous."""

MOST_ALTERNATIVES = 4
"""How many alternatives an answer names."""


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
        Codes of what was noticed: county_assumed, county_missing, close_to_home,
        address_ambiguous, address_contradictory, address_unreadable, town_retyped, town_bare,
        town_misspelt, town_unknown, village_bare, village_embedded, village_misspelt,
        village_guessed, village_elsewhere, village_unknown.
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


@dataclass(slots=True, kw_only=True)
class Reading:
    """One way to read the upper levels: the place, the hits that speak for it, their weight."""

    code: str
    score: float
    end: int = 0
    hits: tuple[Hit, ...] = ()
    village: str = ""
    reasons: list[str] = field(default_factory=list)
    alternatives: tuple[str, ...] = ()

    @property
    def begin(self) -> int:
        """Where villages may begin; a bare name may be the first half of a village's name."""
        bare = [hit.start for hit in self.hits if hit.end == self.end and hit.grade <= PLACED]
        return min(bare, default=self.end)

    @property
    def town(self) -> str:
        """Code of the town, empty for a coarser reading."""
        return self.code if len(self.code) == 9 else ""

    @property
    def town_grade(self) -> float:
        """Tell how well the place itself is written."""
        return next((hit.grade for hit in self.hits if hit.code == self.code), FULL)


def best_villages(hits: Sequence[VillageHit], *, town: str) -> list[VillageHit]:
    """Return the best village hits, several where the text does not decide between them."""

    def credible(hit: VillageHit) -> bool:
        if hit.word:
            return True
        if town:
            return hit.bounded + hit.grouped + (len(hit.stem) > 2) >= 2 or (
                hit.bounded and hit.beside
            )
        return hit.bounded and hit.grouped and len(hit.stem) > 2

    fitting = [hit for hit in hits if hit.code.startswith(town) and credible(hit)]
    if not fitting:
        return []

    def rank(hit: VillageHit) -> tuple[bool, bool, bool, int, int]:
        return (not hit.word, not hit.bounded, not hit.agrees, -len(hit.stem), hit.start)

    top = min(rank(hit) for hit in fitting)
    return sorted((hit for hit in fitting if rank(hit) == top), key=lambda hit: hit.code)


def rivals_of(readings: Sequence[Reading], county: str) -> tuple[str, ...]:
    """Return the codes of readings of other counties that are about as good as the first."""
    close = readings[0].score - CLOSE
    named = any(len(hit.code) == 6 and hit.grade == FULL for hit in readings[0].hits)
    others = [
        r
        for r in readings[1:]
        if r.score > close and len(r.code) >= 6 and not (named and not r.hits)
    ]
    return tuple(sorted({r.village or r.code for r in others if r.code[:6] != county}))[
        :MOST_ALTERNATIVES
    ]


def contradicted(best: Reading, hits: Sequence[Hit], firm_end: int) -> bool:
    """Tell whether a province, city or county outside the reading is named in full."""
    spans = [(hit.start, hit.end) for hit in best.hits]
    return any(
        len(hit.code) <= 6
        and hit.grade == FULL
        and hit.start >= firm_end
        and not best.code.startswith(hit.code)
        and not any(hit.start < end and start < hit.end for start, end in spans)
        and hit.end <= best.end
        for hit in hits
    )


_LOW = frozenset(("address_ambiguous", "close_to_home", "village_guessed", "address_contradictory"))
_MEDIUM = frozenset(
    (
        "town_misspelt",
        "town_unknown",
        "town_bare",
        "village_misspelt",
        "village_bare",
        "village_embedded",
        "village_elsewhere",
    )
)


def confidence_of(best: Reading, reasons: Sequence[str]) -> Confidence:
    """Grade an answer by what was noticed on the way to it."""
    if _LOW.intersection(reasons):
        return "low"
    if "county_assumed" in reasons:
        return "medium" if best.village and "village_bare" not in reasons else "low"
    return "medium" if _MEDIUM.intersection(reasons) else "high"
