"""The hidden truth: what a planned week finds depends on seed, visit and object alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from layers import codes
from maps.workbooks import NO, RESULTS_SHEET, SITES_SHEET, YES, ResultRow, results_workbook
from xunge.demo import write_county
from xunge.demo.outcomes import play_week, read_truth

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("demo outcomes")
KINDS = ("random", "key", "reinspection", "revisit", "joint", "report", "patrol")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small county."""
    return write_county(tmp_path_factory.mktemp("county"), enterprises=300).folder


def _template(county: Path, path: Path, *, count: int = 420) -> Path:
    ids = sorted(read_truth(county / "truth.csv"))
    firms = [key for key in ids if key.startswith("YX")]
    sites = [key for key in ids if key.startswith("FF")]
    rows = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        pool = sites if kind in ("revisit", "joint") else firms
        object_ = "4547-500-E1N1" if kind == "patrol" else pool[number % len(pool)]
        day = dt.date(2026, 11, 23 + number % 5)
        rows.append(
            ResultRow(visit=f"2026-W48-V{number:03d}", date=day, team="一组", object=object_,
                      name=object_, kind=kind)
        )  # fmt: skip
    return results_workbook(path, rows=rows)


def _read(path: Path, sheet: str) -> pd.DataFrame:
    return pd.read_excel(path, sheet_name=sheet, engine="calamine", dtype=object)


def test_same_seed_finds_the_same(county: Path, tmp_path: Path) -> None:
    """A week played twice gives the same bytes; another seed finds other things."""
    template = _template(county, tmp_path / "结果.xlsx")
    filled = play_week(county, template, seed=1)
    first = filled.read_bytes()
    assert filled.name == "结果_已填.xlsx"
    assert play_week(county, template, seed=1).read_bytes() == first
    assert play_week(county, template, seed=2).read_bytes() != first


def test_outcomes_are_those_of_the_visit_alone(county: Path, tmp_path: Path) -> None:
    """What one visit finds does not depend on which others were planned."""
    many = play_week(county, _template(county, tmp_path / "a.xlsx", count=70), seed=1)
    few = play_week(county, _template(county, tmp_path / "b.xlsx", count=35), seed=1)
    one, two = (_read(path, RESULTS_SHEET).set_index("检查编号") for path in (many, few))
    pd.testing.assert_frame_equal(one.loc[two.index], two)


def test_results_are_plausible(county: Path, tmp_path: Path) -> None:
    """Most visits are made, every word is one of its code table, some orders and failures occur."""
    rows = _read(play_week(county, _template(county, tmp_path / "r.xlsx"), seed=3), RESULTS_SHEET)
    done = rows[rows["是否完成"] == YES]
    assert 0.9 < len(done) / len(rows) < 0.99
    assert rows.loc[rows["是否完成"] == NO, "未完成原因"].notna().all()
    assert {codes.TABLES["visit_result"].read(word) for word in done["检查结果"]} >= {
        "pass", "on_the_spot", "ordered", "closed",
    }  # fmt: skip
    ordered = done[done["检查结果"] == "责令限期整改"]
    assert ordered["整改期限"].notna().all()
    reviews = done[done["检查方式"] == "复查"]["复查结果"]
    assert reviews.notna().all()
    assert 0.6 < (reviews == "整改到位").mean() < 1
    raids = done[done["检查方式"] == "联合执法"]
    assert 0.5 < (raids["是否关闭取缔"] == YES).mean() < 0.95


def test_new_sites_are_found_near_old_ones(county: Path, tmp_path: Path) -> None:
    """A few dens are found on the way, each with a place and a day."""
    sites = _read(play_week(county, _template(county, tmp_path / "s.xlsx"), seed=3), SITES_SHEET)
    assert 0 < len(sites) < 15
    assert sites[["编号", "违法行为", "发现日期", "经度", "纬度"]].notna().all(axis=None)
    assert sites["编号"].is_unique
