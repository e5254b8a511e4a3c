"""Corrections: what they are about, which of them holds, and what becomes of the address."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from geo.corrections import Correction, Corrections, written
from geo.gazetteer import Gazetteer
from geo.geocode import geocode

HOME = "431023"
KUANGJIA, MATIAN = "431023101217", "431023101"


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


def _one(*corrections: Correction, **cells: object) -> pd.Series:
    answer = geocode(
        pd.DataFrame([cells]), gazetteer=_china(), home=HOME, corrections=Corrections(corrections)
    )
    return answer.iloc[0]


@pytest.mark.parametrize("place", [KUANGJIA, "永兴县马田镇邝家村"])
def test_a_code_or_an_address_takes_the_place_of_what_is_written(place: str) -> None:
    """The row is sure, has no other readings, and says why."""
    row = _one(Correction(address="老街 5 号", place=place), address="老街5号")
    assert (row["village"], row["level"], row["confidence"]) == (KUANGJIA, "village", "high")
    assert (row["note"], row["alternatives"]) == (("place_corrected",), ())


def test_the_coordinate_of_the_row_is_weighed_against_the_right_address() -> None:
    """It is taken where it agrees, and doubted where it does not."""
    right = Correction(address="老街5号", place=KUANGJIA)
    near = _one(right, address="老街5号", lon=112.87, lat=26.11, datum="wgs84")
    far = _one(right, address="老街5号", lon=113.25, lat=26.3, datum="wgs84")
    assert (near["level"], near["village"]) == ("coordinate", KUANGJIA)
    assert (far["level"], "address_disagrees" in far["note"]) == ("village", True)


def test_who_corrects_the_very_row_overrules_its_coordinate() -> None:
    """Its coordinate was seen; it is not doubted for ever."""
    right = Correction(address="老街5号", name="甲厂", place=KUANGJIA)
    row = _one(right, address="老街5号", name="甲厂", lon=113.25, lat=26.3, datum="wgs84")
    assert (row["level"], row["note"]) == ("village", ("place_corrected",))


def test_what_is_said_of_a_name_goes_before_what_is_said_of_an_address() -> None:
    """And it is said of no other name."""
    all_ = Correction(address="老街5号", place=MATIAN)
    one = Correction(address="老街5号", name="甲厂", lon=113.0, lat=26.0)
    mine = _one(all_, one, address="老街5号", name="甲厂")
    other = _one(all_, one, address="老街5号", name="乙厂")
    assert (mine["lon"], mine["level"]) == (113.0, "coordinate")
    assert other["town"] == MATIAN
    assert _one(one, address="", name="甲厂")["note"] != ("place_corrected",)


def test_of_two_corrections_the_later_one_holds() -> None:
    """Blanks and full-width forms make no other address."""
    first = Correction(address="老街5号", place=MATIAN)
    second = Correction(address="老街 ５号", place=KUANGJIA)
    assert _one(first, second, address="老街5号")["village"] == KUANGJIA
    assert len(Corrections([first, second])) == 1


def test_the_same_address_in_two_towns_is_two_addresses() -> None:
    """Town and village count where the address does not name them."""
    assert written("工业园1号", "马田镇", "") == "工业园1号（马田镇）"
    assert written("马田工业园1号", "马田镇", "") == "马田工业园1号"
    assert written("", "马田镇", "邝家村") == "马田镇邝家村"
    right = Correction(address="工业园1号（马田镇）", place=KUANGJIA)
    assert _one(right, address="工业园1号", town="马田镇")["village"] == KUANGJIA
    assert _one(right, address="工业园1号", town="柏林镇")["village"] == ""


def test_abroad_a_point_is_taken_and_nothing_is_looked_up() -> None:
    """Without a home only coordinates count."""
    right = Corrections([Correction(address="1 Main St", lon=-87.6, lat=41.8)])
    frame = pd.DataFrame({"address": ["1 Main St"]})
    row = geocode(frame, gazetteer=_china(), home=None, corrections=right).iloc[0]
    assert (row["lon"], row["level"]) == (-87.6, "coordinate")
