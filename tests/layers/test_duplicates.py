"""Enterprises that may be one are reported, others are not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from layers.check import check
from layers.duplicates import find_duplicates
from layers.schema import ENTERPRISES

CODE = "914403001922038216"


def pairs(*rows: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return code, id and other id of what is found among *rows*."""
    numbered = [{"id": f"E{n}", **row} for n, row in enumerate(rows, start=1)]
    frame = check(ENTERPRISES, pd.DataFrame(numbered, dtype=object)).rows
    return [(p.code, p.detail["id"], p.detail["other"]) for p in find_duplicates(frame)]


def test_same_credit_code() -> None:
    """Two rows with one credit code are reported once, and both stay."""
    found = pairs(
        {"name": "甲厂", "credit_code": CODE, "town": "马田镇"},
        {"name": "乙店", "credit_code": f" {CODE.lower()} ", "town": "太和镇"},
    )
    assert found == [("same_credit_code", "E2", "E1")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "永兴县宏达木材有限公司", "lon": 113.1, "lat": 26.1},
         {"name": "宏达木材厂有限责任公司", "lon": 113.1003, "lat": 26.1002}),
        ({"name": "马田乐岭养殖合作社", "lon": 113.1, "lat": 26.1},
         {"name": "马田乐岭养殖合作社（个体）", "lon": 113.1, "lat": 26.1}),
        ({"name": "长丰燃气", "address": "湖南省永兴县高亭司镇儒林村14组"},
         {"name": "永兴长丰燃气有限公司", "address": "高亭司镇儒林村"}),
        ({"name": "湘阴渡长泰加工坊", "town": "湘阴渡街道"},
         {"name": "湘阴渡长泰加工坊（个体）", "town": "湘阴渡街道"}),
    ],
)  # fmt: skip
def test_near_same_name_and_place(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Names that differ in legal form or region, at one place, are reported."""
    fillers = [{"name": f"永兴{sign}记商行", "town": "太和镇"} for sign in "甲乙丙丁" * 6]
    found = pairs(one, other, *fillers)
    assert ("near_duplicate", "E2", "E1") in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "马田第一砖厂", "lon": 113.1, "lat": 26.1},
         {"name": "马田第二砖厂", "lon": 113.1, "lat": 26.1}),
        ({"name": "宏达木材厂", "lon": 113.1, "lat": 26.1},
         {"name": "宏达木材厂", "lon": 113.3, "lat": 26.1}),
        ({"name": "宏达木材厂", "address": "马田镇高仓村"},
         {"name": "宏达木材厂", "address": "太和镇鲢鱼岭社区新街"}),
        ({"name": "宏达木材厂"}, {"name": "宏达木材厂"}),
    ],
)  # fmt: skip
def test_different_firms(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Numbered plants, far places, and names without any place are not reported."""
    assert pairs(one, other) == []


def test_answer_does_not_depend_on_the_index() -> None:
    """Rows from several files are compared by what they say, not by their labels."""
    rows = [{"id": key, "name": "宏达木材厂", "town": "甲"} for key in ("A", "B")]
    frame = check(ENTERPRISES, pd.DataFrame(rows, dtype=object)).rows
    frame.index = pd.Index([7, 7])
    assert len(find_duplicates(frame)) == 1
    assert find_duplicates(frame.iloc[:0]) == []
