"""Rules of the single file that a Folium map becomes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import unescape
from typing import Any

import folium
import pytest
from folium.plugins import HeatMap
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import assets, base, compact

_WORDS = {"fullscreen": "全屏", "fullscreen_end": "退出全屏"}
_NASTY = "</script><img src=x onerror=alert(1)><!-- ` ${1} &amp; \u2028 \\u003c"


def _file(sheet: folium.Map | None = None, **fields: object) -> str:
    page = {"title": "题", "lang": "zh", "body": "", "data": {}, "styles": [], "scripts": []}
    sheet = sheet or base.blank_map(centre=(113.1, 26.1), words=_WORDS)
    return base.single_file(sheet, **{**page, **fields})  # type: ignore[arg-type]


def test_same_map_same_bytes() -> None:
    """Folium's random names never reach the page."""
    first = _file()
    assert first == _file()
    assert not re.search(r"[0-9a-f]{32}", re.sub(r"base64,[A-Za-z0-9+/=]+", "", first))


def test_no_link_of_any_kind() -> None:
    """The page names no other file: no src, no href, no import, no URL in its styles."""
    page = _file(styles=["map/base.css"])
    markup = re.sub(r"(?s)<script.*?</script>", "", page)
    assert not re.search(r"(?i)\b(src|href|srcset|action)\s*=", markup)
    assert not re.search(r"@import|url\((?!data:|#)", markup)
    assert "jquery" not in page.lower().replace("jqueryui", "")
    assert "bootstrap" not in page.lower()


def test_policy_allows_exactly_what_is_there() -> None:
    """The policy names the hash of each script and style, and nothing else may run or load."""
    page = _file(scripts=["map/data.js"])
    policy = unescape(re.findall(r'Content-Security-Policy" content="([^"]+)"', page)[0])
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        texts = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", page)
        hashes = [
            f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'"
            for t in texts
        ]
        allowed = re.findall(rf"{directive} ([^;]+)", policy)[0].split()
        assert texts
        assert allowed == hashes


def test_title_and_language_are_set_and_escaped() -> None:
    """A title is text, whatever stands in it, and a page says its language."""
    page = _file(title=_NASTY)
    assert '<html lang="zh-CN">' in page
    assert "<img" not in page
    assert "&lt;/script&gt;&lt;img" in page


def test_data_cannot_leave_its_block() -> None:
    """Texts of the data stand in the page with < and > and & as escapes, and read back the same."""
    page = _file(data={"name": _NASTY})
    block = re.findall(r'(?s)id="xunge-data">(.*?)</script>', page)[0]
    assert not set("<>&\u2028") & set(block)
    assert json.loads(block) == {"name": _NASTY}


def test_element_that_needs_another_file_is_refused() -> None:
    """A plugin that was not vendored stops the page instead of linking to the network."""
    sheet = base.blank_map(centre=(113.1, 26.1), words=_WORDS)
    plugin: Any = HeatMap
    plugin([[26.1, 113.1]]).add_to(sheet)
    with pytest.raises(assets.UnknownAsset):
        _file(sheet)


def test_element_that_needs_jquery_is_refused() -> None:
    """Folium's popups write markup through jQuery; they have no place on our maps."""
    sheet = base.blank_map(centre=(113.1, 26.1), words=_WORDS)
    folium.CircleMarker((26.1, 113.1), popup="x").add_to(sheet)
    with pytest.raises(ValueError, match="jQuery"):
        _file(sheet)


@given(st.recursive(st.text() | st.integers() | st.booleans(), st.lists, max_leaves=8))
@settings(deadline=None, max_examples=60)
def test_safe_json_round_trips(value: object) -> None:
    """Whatever the data, the JSON reads back the same and holds no character of markup."""
    text = compact.safe_json(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


@given(
    st.lists(
        st.tuples(st.floats(73, 136, allow_nan=False), st.floats(3, 54, allow_nan=False)),
        min_size=1,
        max_size=30,
    )
)
@settings(deadline=None, max_examples=60)
def test_steps_keep_every_point_within_a_metre(points: list[tuple[float, float]]) -> None:
    """Rounding errors of the steps do not add up along a line."""
    steps = compact.steps(points)
    x = y = 0
    for (lon, lat), dx, dy in zip(points, steps[0::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        assert abs(x / compact.SCALE - lon) <= 0.51 / compact.SCALE
        assert abs(y / compact.SCALE - lat) <= 0.51 / compact.SCALE
