"""Navigation codes: the right datum, and few enough modules to be read from paper."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import gcj02_from_wgs84
from maps.qr import QUIET_ZONE, navigation_uri, qr_svg


@settings(deadline=None, max_examples=100)
@given(st.floats(74, 134), st.floats(18, 53))
def test_amap_gets_gcj02_within_80_characters(lon: float, lat: float) -> None:
    """The address carries the shifted position to five decimals and stays short."""
    uri = navigation_uri(lon, lat)
    east, north = (float(value) for value in gcj02_from_wgs84(lon, lat))
    match = re.search(r"to=([\d.]+),([\d.]+)&", uri)
    assert match is not None
    assert float(match[1]) == pytest.approx(east, abs=6e-6)
    assert float(match[2]) == pytest.approx(north, abs=6e-6)
    assert "coordinate=gaode" in uri
    assert len(uri) <= 80


def test_the_shift_is_hundreds_of_metres() -> None:
    """In Yongxing the address differs from WGS-84 by the usual offset, not by nothing."""
    uri = navigation_uri(113.11647, 26.12707)
    match = re.search(r"to=([\d.]+),([\d.]+)&", uri)
    assert match is not None
    east, north = float(match[1]) - 113.11647, float(match[2]) - 26.12707
    metres = math.hypot(east * 99_900, north * 110_800)
    assert 300 < metres < 900


def test_outside_china_the_address_is_plain_wgs84() -> None:
    """A geo address has latitude first and no shift (RFC 5870)."""
    assert navigation_uri(-87.62980, 41.87811, navigation="geo") == "geo:41.87811,-87.62980"


def test_the_code_is_small_and_has_its_quiet_zone() -> None:
    """An Amap address needs at most 41 modules and three of white on every side."""
    root = ET.fromstring(qr_svg(navigation_uri(113.1, 26.1)))  # noqa: S314 - our own text
    assert int(root.attrib["width"]) <= 41 + 2 * QUIET_ZONE


def test_the_same_text_gives_the_same_code() -> None:
    """The picture is a function of its text."""
    assert qr_svg("geo:1,2") == qr_svg("geo:1,2")
