"""What the cells of a column look like, whatever its header says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.columns import coordinate_columns, hinted_datum, meant, text_columns, unpacked


@pytest.mark.parametrize(
    ("cells", "notation", "value"),
    [
        ([113.11, 113.12, None], "degrees", 113.11),
        (["东经113.11°", "东经113.12°", "无"], "degrees", 113.11),
        (["113°06′36″", "113°07′00″", ""], "dms", 113.11),
        (["113-06-36", "113-07-00", "/"], "dms", 113.11),
        (["113 06 36", "113 07 00", None], "dms", 113.11),
        (["113°6.6′", "113°7′", None], "dms", 113.11),
        ([411_000.5, 38_411_000.5, None], "metres", 411_000.5),
    ],
)
def test_notations(cells: list[object], notation: str, value: float) -> None:
    """Decimals, minutes and seconds, metres are told apart; empty words are no values."""
    (one,), pairs = coordinate_columns({"列1": cells})
    assert pairs == []
    assert (one.header, one.notation) == ("列1", notation)
    assert one.values[0] == pytest.approx(value)
    assert np.isnan(one.values[-1])


@pytest.mark.parametrize(
    ("cell", "notation"),
    [("113.11,26.13", "degrees"), ("113.11 26.13", "degrees"), ("113°06′36″，26°07′48″", "dms"),
     ("北纬26.13°，东经113.11°", "degrees"), ("38411000.5,2891000.5", "metres")],
)  # fmt: skip
def test_pairs_in_one_cell(cell: str, notation: str) -> None:
    """A column of pairs is two columns of numbers under one header."""
    singles, ((first, second),) = coordinate_columns({"坐标": [cell] * 3})
    assert singles == []
    assert first.header == second.header == "坐标"
    assert first.notation == second.notation == notation
    assert first.values[0] > second.values[0]


def test_other_columns_hold_no_coordinates() -> None:
    """Texts, mostly unreadable cells and empty columns are no coordinates."""
    table: dict[str, list[object]] = {
        "名称": ["甲厂", "乙厂"], "空": [None, ""], "备注": ["113.1", "见附件", "无法定位"],
        "电话": ["13812345678", "13912345678"],
    }  # fmt: skip
    assert coordinate_columns(table) == ([], [])
    assert list(text_columns(table)) == ["名称", "备注"]


@given(st.lists(st.integers(73 * 3600, 135 * 3600), min_size=20, max_size=60))
@settings(deadline=None, max_examples=100)
def test_minutes_and_seconds_run_together_are_unpacked(seconds: list[int]) -> None:
    """113.0401 is 113°04′01″ if every value of the column can be meant like that."""
    if sum(s % 60 != 0 for s in seconds) < len(seconds):
        return
    packed = [round(s // 3600 + s % 3600 // 60 / 100 + s % 60 / 10_000, 4) for s in seconds]
    found = unpacked(np.array([*packed, np.nan]))
    assert found is not None
    np.testing.assert_allclose(found[:-1], np.array(seconds) / 3600, atol=1e-6)
    assert np.isnan(found[-1])


def test_decimals_are_not_taken_for_minutes_and_seconds() -> None:
    """Random decimals have minutes above 59, and two decimals have no seconds at all."""
    random = np.random.default_rng(1)
    for _ in range(200):
        assert unpacked(random.uniform(113, 113.4, 20).round(6)) is None
    assert unpacked(np.array([113.10, 113.2, 113.35, 113.02])) is None


@pytest.mark.parametrize(
    ("headers", "datum"),
    [(("百度经度", "百度纬度"), "bd09"), (("lng_gcj02", "lat_gcj02"), "gcj02"),
     (("高德经度",), "gcj02"), (("GPS经度",), "wgs84"), (("经度（CGCS2000）",), "wgs84"),
     (("经度", "纬度"), ""), (("百度经度", "高德纬度"), "")],
)  # fmt: skip
def test_headers_that_name_a_datum(headers: tuple[str, ...], datum: str) -> None:
    """A header may name the service that its numbers come from; two names are none."""
    assert hinted_datum(*headers) == datum


def test_headers_by_the_registers() -> None:
    """The synonyms of the registers say what a header means."""
    assert [meant(header) for header in ("经度(°)", "生产经营地址*", "列7")] == [
        "lon", "address", "",
    ]  # fmt: skip
