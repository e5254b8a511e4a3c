"""A hot cell answers why; trends, blind spots and repeats are said, and older records are read."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from geo.trend import TRENDS
from maps.messages import load
from maps.style import BLIND, GI_STAR, OVERLAYS
from maps.week_view import HotCell
from xunge.hot_words import blind_line, map_cells, overlays, repeats_line, trends_line

RING = [[113.0, 26.0], [113.01, 26.0], [113.01, 26.01], [113.0, 26.01]]
OBJECTS = pd.DataFrame(
    {"name": ["甲厂", "乙厂"], "lon": [113.005, 113.5], "lat": [26.005, 26.5]}, index=["A", "B"]
)
KNOWN: Any = SimpleNamespace(objects=OBJECTS, area_names=lambda: {"431023101": "马田镇"})


def _cell(**more: Any) -> dict[str, Any]:
    return {
        "cell": "4547-500-E1N1", "ring": RING, "class": "hot99", "observed": 3.0,
        "expected": 0.1, "observed_3x3": 13.0, "expected_3x3": 0.7, "rr": 9.1, "rr_low": 5.0,
        "rr_high": 15.2, "q": 1e-7, "town": "431023101",
        "contributors": [{"object": "A", "events": 2}], **more,
    }  # fmt: skip


def _hot(cell: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"cells": [cell], "events": 40, "period_days": 30, "least_periods": 12,
            "ranked": 900, **more}  # fmt: skip


def _band(metres_from: float, p: float, ratio: float | None = 2.34) -> dict[str, Any]:
    return {"metres_from": metres_from, "metres": 250.0, "days_from": 8, "days": 14, "pairs": 21,
            "expected": 9.0, "ratio": ratio, "p": p, "p_adjusted": p}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [name for name in TRENDS if name not in ("historical", "none")])
def test_a_cell_tells_all_that_is_known_of_it(name: str, lang: str) -> None:
    """Own and neighbours' counts, chance, class in words with its beginning, forecast, who."""
    cell = _cell(chance=0.93, trend=name, since="2025-06-01", hot_periods=14, week=0.12,
                 week_rank=7,
                 contributors=[{"object": "A", "events": 2, "last": "2026-10-02"}])  # fmt: skip
    (told,) = map_cells({"hot": _hot(cell, periods=20)}, KNOWN, lang=lang)
    assert (told.own, told.observed, told.chance, told.town) == (3.0, 13.0, 0.93, "马田镇")
    assert "2025-06-01" in told.trend
    assert "0.12" in told.forecast
    assert "900" in told.forecast
    assert "甲厂" in told.contributors[0]
    assert "2026-10-02" in told.contributors[0]


def test_an_older_record_is_drawn_without_what_it_does_not_know() -> None:
    """No trend, no forecast, no overlays; nothing fails and nothing is made up."""
    record = {"hot": {"cells": [_cell()], "events": 40, "basis": "discoveries"}}
    (told,) = map_cells(record, KNOWN, lang="zh")
    assert (told.trend, told.forecast, told.chance) == ("", "", None)
    assert told.contributors == ("甲厂 × 2",)
    assert overlays(record["hot"], OBJECTS, lang="zh") == ()
    for line in (trends_line, blind_line, repeats_line):
        assert line(record["hot"], "zh") == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_fewer_than_twelve_periods_are_said(lang: str) -> None:
    """On the cell and in the summary."""
    cell = _cell(trend=None, since=None, hot_periods=None, week=0.0, week_rank=None)
    hot = _hot(cell, periods=7, trends={})
    (told,) = map_cells({"hot": hot}, KNOWN, lang=lang)
    for said in (told.trend, trends_line(hot, lang)):
        assert "7" in said
        assert "12" in said


@pytest.mark.parametrize("uneven", [True, False])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_gi_star_has_its_own_name_and_warns_where_exposure_is_uneven(
    uneven: bool, lang: str
) -> None:
    """In the name of the layer already, so that nobody needs to click to be warned."""
    hot = _hot(_cell(), gi_star={"cells": 4, "uneven": uneven, "rings": [RING]}, blind={
        "days": 365, "cells": 1, "cells_used": 9, "villages": 0, "villages_used": 4, "weight": 8,
        "top": [], "rings": [RING]})  # fmt: skip
    found = {one.kind: one for one in overlays(hot, OBJECTS, lang=lang)}
    assert set(found) == {BLIND, GI_STAR} <= set(OVERLAYS)
    warning = {"zh": "不可据此行动", "en": "do not act"}[lang]
    assert "Gi*" in found[GI_STAR].name
    assert (warning in found[GI_STAR].name) == uneven
    assert found[GI_STAR].places == 1
    assert not any(one.on for one in found.values())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_repeats_are_claimed_only_where_they_are_significant(lang: str) -> None:
    """The strongest band in figures; otherwise that there is no sign, or too little to look at."""
    facts = {"events": 36, "least": 20, "metres": 300.0}
    near = {"near_repeat": {**facts, "bands": [_band(1.0, 0.01), _band(0.0, 0.4)],
                            "significant": 1}}  # fmt: skip
    none = {"near_repeat": {**facts, "bands": [_band(1.0, 0.2, None)], "significant": 0}}
    few = {"near_repeat": {**facts, "events": 6, "bands": []}}
    said = [repeats_line(hot, lang) for hot in (near, none, few)]
    assert "2.3" in said[0]
    assert "8–14" in said[0]
    assert "0.20" in said[1]
    assert "20" in said[2]
    assert len(set(said)) == 3


def test_every_trend_has_words_and_every_field_of_a_cell_is_filled() -> None:
    """A class without words, or a field that nobody fills, would be a hole on the map."""
    codes = load()
    assert {f"trend_{name}" for name in TRENDS} <= set(codes)
    shown = set(TRENDS) - {"historical", "none"}  # such cells are not drawn
    assert {f"trend_{name}_since" for name in shown} <= set(codes)
    assert {"own", "chance", "trend", "forecast"} <= {one.name for one in fields(HotCell)}


def test_blind_villages_are_named() -> None:
    """The first ones by risk, in words."""
    blind = {"days": 365, "cells": 3, "cells_used": 9, "villages": 1, "villages_used": 4,
             "weight": 8, "top": [{"name": "光明村", "town": "鲤鱼塘镇"}], "rings": []}  # fmt: skip
    assert "鲤鱼塘镇光明村" in blind_line({"blind": blind}, "zh")
    assert "光明村" in blind_line({"blind": blind}, "en")
