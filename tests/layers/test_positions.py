"""Longitudes and latitudes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.positions import read_latitude, read_longitude, read_lonlat
from layers.problems import ValueProblem

DMS = 113 + 4 / 60 + 1.5 / 3600


@pytest.mark.parametrize(
    ("raw", "degrees"),
    [
        ("113.0671", 113.0671), (113.0671, 113.0671), ("113.0671°E", 113.0671),
        ("东经113.0671度", 113.0671), ("E113.0671", 113.0671), ("１１３．０６７１", 113.0671),
        ("113°04′01.5″", DMS), ("113-04-01.5", DMS), ("113 04 01.5", DMS), ("113:04:01.5", DMS),
        ("113º04'01.5\"E", DMS), ("113度4分1.5秒", DMS), ("113°4.025′", DMS), ("113d04m01.5s", DMS),
        ("W87.6404", -87.6404), ("-87.6404", -87.6404), (38512345.6, 38512345.6),
        ("512345.6米", 512345.6),
    ],
)  # fmt: skip
def test_longitudes(raw: object, degrees: float) -> None:
    """Decimals, degrees-minutes-seconds and metres are read; full-width signs too."""
    assert read_longitude(raw) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("raw", ["见附件", "113°64′01″", "113.1O49", "113.08.5.2", True, "1.13e2"])
def test_no_longitude(raw: object) -> None:
    """What is no number is a problem, never half a number."""
    with pytest.raises(ValueProblem) as caught:
        read_longitude(raw)
    assert caught.value.code == "bad_longitude"
    assert caught.value.kept is None


def test_number_out_of_range_is_kept() -> None:
    """A latitude of 113 is a problem that still says 113, for it may be the longitude."""
    with pytest.raises(ValueProblem) as caught:
        read_latitude("113.1")
    assert (caught.value.code, caught.value.kept) == ("bad_latitude", 113.1)


@pytest.mark.parametrize(
    "raw",
    [
        "113.11,26.13", "113.11，26.13", "113.11 26.13", "(113.11, 26.13)", "26.13,113.11",
        "POINT(113.11 26.13)", "E113.11 N26.13", "北纬26.13°，东经113.11°", "N26.13 E113.11",
        "东经113°06′36″北纬26°07′48″", "113°06′36″E 26°07′48″N", "113°06′36″，26°07′48″",
        "经度:113.11 纬度:26.13", "113.11;26.13", "113.11/26.13",
    ],
)  # fmt: skip
def test_pairs(raw: str) -> None:
    """A pair in one cell is longitude and latitude, whichever came first."""
    assert read_lonlat(raw) == pytest.approx((113.11, 26.13))


@pytest.mark.parametrize(
    "raw", ["113.11", "见附件", "113,abc", "200,300", 113.11, ",", "113.11,26.1,3"]
)
def test_no_pair(raw: object) -> None:
    """What is no pair is a problem."""
    with pytest.raises(ValueProblem) as caught:
        read_lonlat(raw)
    assert caught.value.code == "bad_lonlat"


@settings(deadline=None, max_examples=200)
@given(st.integers(-179 * 36_000, 179 * 36_000))
def test_degrees_minutes_seconds_come_back(tenths: int) -> None:
    """Any angle written to a tenth of a second is read as itself."""
    size = abs(tenths)
    text = f"{size // 36_000}°{size // 600 % 60:02d}′{size % 600 / 10:04.1f}″"
    sign = "西经" if tenths < 0 else "东经"
    assert read_longitude(sign + text) == pytest.approx(tenths / 36_000, abs=1e-9)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text("0123456789.,°′″NSEW东经北纬- ", max_size=24), st.floats(), st.booleans()))
def test_rubbish_is_a_problem(raw: object) -> None:
    """Whatever stands in a position cell gives numbers in range or a problem."""
    for read in (read_longitude, read_latitude, read_lonlat):
        try:
            value = read(raw)
        except ValueProblem:
            continue
        for number in value if isinstance(value, tuple) else (value,):
            assert abs(number) <= 1e8
