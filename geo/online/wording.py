"""What is sent of an address: no phone, identity number or odd sign, and the places it lies in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.names import PSEUDO_CITIES, normalise, stem_of
from geo.online.service import Question

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer

_PRIVATE = re.compile(
    r"(?:(?:联系)?(?:电话|手机|身份证)号?码?[:：]?)?"
    r"(?<!\d)(?:\d{17}[\dXx]|(?:\+?86)?-?1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)"
)
_NUMBERED = re.compile(r"(?<=[0-9A-Za-z一-龥])#")
_ODD = re.compile(r"[^\w()/.\-—~、，,·]")
_LONGEST = 100
_LEVEL_OF = {2: "province", 4: "city", 6: "county", 9: "town"}


def question_of(address: str, *, gazetteer: Gazetteer, region: str) -> Question | None:
    """Return what to ask about an address, None where nothing is left of it.

    Phone and identity numbers are left out, ``3#`` becomes ``3号``, signs that separate parameters
    or addresses vanish, and what is longer than 100 characters is cut.

    Parameters
    ----------
    region
        Code of the town, county or prefecture in which it is thought to lie, empty where unknown.
    """
    text = _PRIVATE.sub("", normalise(address))
    text = _ODD.sub("", _NUMBERED.sub("号", text)).replace("_", "")[:_LONGEST]
    if len(text) < 2 or text.isdigit():
        return None
    names = _names(gazetteer, region)
    missing = names
    for place, (level, name) in enumerate(names):
        if name in text or text.startswith(stem_of(normalise(name), level).stem):
            missing = names[:place]
            break
    city = next((name for level, name in reversed(names) if level in ("city", "province")), "")
    return Question(
        address=text,
        missing=tuple(name for _, name in missing),
        city=city,
        region=region[:6],
        given=missing[-1][0] if missing else "",
    )


def _names(gazetteer: Gazetteer, region: str) -> list[tuple[str, str]]:
    """Return level and name from the province down; what stands for no city is left out."""
    places = [
        (_LEVEL_OF[length], gazetteer.find(region[:length]))
        for length in _LEVEL_OF
        if len(region) >= length
    ]
    return [
        (level, place.name)
        for level, place in places
        if place is not None and place.name not in PSEUDO_CITIES
    ]
