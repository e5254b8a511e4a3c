"""The register of areas may have codes of the civil-affairs ministry, or filled with zeros."""

from __future__ import annotations

import pandas as pd
import pytest

from xunge.area_codes import in_statistical_codes
from xunge.china import gazetteer

TOWNS = ("神鼎山镇", "长乐镇", "新市镇", "汨罗镇")
STATISTICAL = ["430681120", "430681110", "430681102", "430681101"]


def _areas(codes: list[str]) -> pd.DataFrame:
    towns = pd.DataFrame({"id": codes, "name": TOWNS, "level": "town", "parent": "430681"})
    village = {"id": "V-1", "name": "某村", "level": "village", "parent": codes[0]}
    both = pd.concat([towns, pd.DataFrame([village])], ignore_index=True)
    return both.assign(source_file="区域名录.csv", source_sheet="", source_row=range(2, 7))


@pytest.mark.parametrize(
    "codes",
    [
        ["430681126", "430681127", "430681003", "430681101"],
        ["430681126000", "430681127000", "430681003000", "430681101000"],
        [f"{code}000" for code in STATISTICAL],
    ],
)
def test_towns_come_under_statistical_codes(codes: list[str]) -> None:
    """Villages follow their towns, and the report says what was changed."""
    areas, (told,) = in_statistical_codes(_areas(codes), gazetteer())
    assert areas["id"].tolist() == [*STATISTICAL, "V-1"]
    assert areas["parent"].iloc[-1] == STATISTICAL[0]
    assert (told.code, told.file, told.detail["after"]) == (
        "area_codes_changed", "区域名录.csv", STATISTICAL[0],
    )  # fmt: skip


@pytest.mark.parametrize("codes", [STATISTICAL, ["A", "B", "C", "D"]])
def test_other_codes_stay(codes: list[str]) -> None:
    """Statistical ones, and those that are a bureau's own."""
    areas, told = in_statistical_codes(_areas(codes), gazetteer())
    assert areas["id"].tolist() == [*codes, "V-1"]
    assert told == []
