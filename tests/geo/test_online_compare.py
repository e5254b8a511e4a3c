"""Which of two answers is taken: the rule and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.online.compare import OTHER, compared
from geo.online.service import Found

LON, LAT = 113.10, 26.10
KM = 1 / 111.2  # degrees of latitude


def _answers(**changes: Any) -> pd.DataFrame:
    row = {
        "lon": LON, "lat": LAT, "level": "town", "radius_m": 8_500.0, "county": "431023",
        "town": "431023101", "village": "", "confidence": "high", "alternatives": (),
        "note": ("a",),
    }  # fmt: skip
    return pd.DataFrame([row | changes], index=[7])


def _found(km: float, *, radius_m: float = 300.0, county: str = "431023") -> Found:
    return Found(lon=LON, lat=LAT + km * KM, level="address", radius_m=radius_m, county=county)


def _decided(found: Found, *, home: str = "431023", **changes: Any) -> pd.Series:
    return compared(_answers(**changes), {7: found}, service="amap", home=home).loc[7]


@pytest.mark.parametrize(
    ("changes", "km", "radius", "taken", "confidence", "code"),
    [
        # The circles touch: the smaller one, and who agrees is surer.
        ({}, 5, 300, True, "high", "online_agrees"),
        ({}, 8.7, 300, True, "high", "online_agrees"),
        ({"confidence": "low"}, 5, 300, True, "medium", "online_agrees"),
        ({"level": "county", "radius_m": 27_000.0}, 20, 300, True, "medium", "online_agrees"),
        ({"level": "village", "radius_m": 2_000.0}, 5, 8_500, False, "high", "online_confirms"),
        ({"radius_m": 300.0}, 0, 300, False, "high", "online_confirms"),
        # They do not: the offline one, unless it was a guess.
        ({}, 8.9, 300, False, "low", "online_against_kept"),
        ({"confidence": "medium"}, 40, 300, False, "low", "online_against_kept"),
        ({"confidence": "low"}, 40, 300, True, "low", "online_against_taken"),
    ],
)
def test_the_rule(
    changes: dict[str, Any], km: float, radius: float, taken: bool, confidence: str, code: str
) -> None:
    """Touching circles agree, the smaller wins; else a plain address stays, a guess gives way."""
    row = _decided(_found(km, radius_m=radius), **changes)
    own, other = ("amap", LAT) if taken else ("offline", LAT + km * KM)
    assert (row["source"], row["confidence"]) == (own, confidence)
    assert row["note"] == ("a", code)
    assert row["other_lat"] == pytest.approx(other)
    assert row["apart_m"] == pytest.approx(km * 1_000, rel=0.002, abs=1)
    assert row["radius_m"] == (radius if taken else (_answers(**changes)["radius_m"].iloc[0]))


@pytest.mark.parametrize(
    ("county", "home", "confidence"),
    [("431023", "431023", "medium"), ("431023", "", "medium"), ("", "431023", "medium"),
     ("430104", "431023", "low"), ("431022", "4310", "medium")],
)  # fmt: skip
def test_a_row_without_a_point_takes_what_there_is(county: str, home: str, confidence: str) -> None:
    """Nothing confirms it; in another county than the user's it is doubtful."""
    row = _decided(
        _found(0, county=county), home=home, level="none", lon=np.nan, lat=np.nan, radius_m=np.nan,
        county="", confidence="low", note=(),
    )  # fmt: skip
    assert (row["source"], row["level"], row["confidence"]) == ("amap", "address", confidence)
    assert (row["note"], row["county"]) == (("online_alone",), county)
    assert np.isnan(row["apart_m"])


def test_rows_that_were_not_asked_stay_as_they_are() -> None:
    """And nothing that was handed in is changed."""
    answers = _answers()
    before = answers.copy()
    done = compared(answers, {}, service="amap", home="431023")
    pd.testing.assert_frame_equal(answers, before)
    pd.testing.assert_frame_equal(done[list(before)], before)
    assert list(done)[-len(OTHER) :] == list(OTHER)
    assert (done.loc[7, "source"], done.loc[7, "other_level"]) == ("offline", "")


def test_a_table_without_rows() -> None:
    """Nothing in, nothing out, all columns there."""
    done = compared(_answers().iloc[:0], {}, service="amap", home="")
    assert (len(done), list(done)[-len(OTHER) :]) == (0, list(OTHER))
