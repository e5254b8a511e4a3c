"""Rough outlines: a county by its own points, a table by the counties that it names."""

from __future__ import annotations

from functools import cache

import shapely

from geo.gazetteer import Gazetteer
from geo.outlines import CHINA, area_of, outline

HOME, FAR = "431023", "330482"


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


def test_a_county_holds_its_towns_and_not_the_next_province() -> None:
    """The outline goes around all points of the county."""
    shape = outline(_china(), HOME)
    towns = [town for town in _china().towns(HOME) if town.lon is not None]
    assert towns
    assert all(shape.contains(shapely.Point(town.lon, town.lat)) for town in towns)
    assert not shape.contains(shapely.Point(120.9, 30.7))


def test_a_table_lies_where_most_of_its_rows_do() -> None:
    """A slip of one row is no area; a scattered table lies in China; home always counts."""
    assert area_of(_china(), [HOME] * 99 + [FAR]).equals(outline(_china(), HOME))
    both = area_of(_china(), [FAR] * 10, home=HOME)
    assert both.contains(outline(_china(), HOME))
    assert both.contains(outline(_china(), FAR))
    scattered = [town.code[:6] for town in list(_china()) if len(town.code) == 6][::30]
    assert area_of(_china(), scattered) is CHINA
    assert area_of(_china(), []) is CHINA
