"""What is known of the areas of towns, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps.messages import sentence
from xunge.words import run_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xunge.geography import Geography


def borders_sentence(geography: Geography, lang: str) -> str:
    """Return how good approximate town areas are, empty where all areas are drawn ones."""
    if not geography.towns["approximate"].astype(bool).any():
        return ""
    points = sum(rate.points for rate in geography.town_hits)
    if not points:
        return sentence("town_hits_unknown", lang=lang)
    return sentence(
        "town_hits", lang=lang, points=points,
        share=sum(rate.best for rate in geography.town_hits) / points,
        seats=sum(rate.by_seats for rate in geography.town_hits) / points,
    )  # fmt: skip


def area_notes(geography: Geography, names: Mapping[str, str], lang: str) -> list[str]:
    """Return how good the areas are county by county, and what was noticed of areas and zones.

    Parameters
    ----------
    names
        Names of areas by code.
    """
    said = []
    borders = borders_sentence(geography, lang)
    if borders:
        lines, rates = [borders], geography.town_hits
        if len(rates) > 1:
            lines += [
                sentence("town_hits_county", lang=lang, points=rate.points, share=rate.share,
                         county=names.get(rate.county, rate.county))
                for rate in rates if rate.share is not None
            ]  # fmt: skip
        doubtful = sum(rate.doubtful for rate in rates)
        if doubtful:
            lines.append(sentence("town_hits_doubtful", lang=lang, n=doubtful))
        said.append(run_on(lines, lang))
    noted = (*geography.town_notes, *geography.zone_notes)
    return said + [sentence(code, lang=lang, **data) for code, data in noted]
