"""Rough outlines out of the gazetteer's points, where nobody has given a border."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.gazetteer import Gazetteer

CHINA = shapely.box(73.0, 17.5, 136.0, 54.0)
"""Around the land of China, degrees."""

_MARGIN_DEG = 0.05  # villages stand inside the border, not on it
_FEW = 0.05  # share of a table's rows below which a county is a slip
_MOST = 0.6  # share of the rows that the counties of a table must have


def outline(gazetteer: Gazetteer, code: str) -> BaseGeometry:
    """Return the hull of the points of a county or prefecture with a margin, WGS-84 degrees."""
    places = (gazetteer.place(code), *gazetteer.children(code), *gazetteer.villages(code))
    known = [
        (p.lon, p.lat) for p in places if p.lon is not None and p.lat is not None and not p.doubtful
    ]
    return shapely.MultiPoint(known).convex_hull.buffer(_MARGIN_DEG) if known else CHINA


def area_of(gazetteer: Gazetteer, counties: Sequence[str], *, home: str = "") -> BaseGeometry:
    """Return where the rows of a table lie by the counties that their addresses name.

    All of China where they are scattered, or where neither an address nor *home* says anything.

    Parameters
    ----------
    counties
        Code of the county of each row that has one.
    home
        Code of the user's county or prefecture; it is always part of the area.
    """
    counts = Counter(counties)
    often = [code for code, rows in counts.items() if rows >= _FEW * len(counties)]
    if sum(counts[code] for code in often) < _MOST * len(counties) or not (often or home):
        return CHINA
    codes = sorted({*often, home} - {""})
    return shapely.union_all([outline(gazetteer, code) for code in codes])
