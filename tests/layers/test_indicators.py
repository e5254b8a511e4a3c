"""Indicators: what counts, over which records, and the guards that keep rates true."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from layers.cases import event_frame, events_of, visits_as_of
from layers.check import check
from layers.figures import Count
from layers.indicators import rates
from layers.indicators.facts import Facts, Period, gather
from layers.indicators.measures import MEASURES, figure
from layers.schema import VISITS as LEDGER

D = dt.date
DAY = D(2026, 11, 22)
WEEK = Period(since=D(2026, 11, 16), until=DAY)


def _facts(day: dt.date = DAY, **frames: list[dict[str, Any]]) -> Facts:
    """Return facts of two enterprises, one site and one report in two towns."""
    objects = pd.DataFrame(
        [
            {"id": "E1", "kind": "enterprise", "name": "甲厂", "industry": "smelting",
             "town_code": "431023101000", "village_code": "431023101201", "active": True,
             "departments": ("应急局",), "risk_grade": "major", "enterprise_class": "key"},
            {"id": "E2", "kind": "enterprise", "name": "乙厂", "industry": "timber",
             "town_code": "431023102000", "village_code": None, "active": True,
             "departments": ("应急局",), "risk_grade": "low", "enterprise_class": "general"},
            {"id": "S1", "kind": "site", "name": "丙点", "industry": "fuel",
             "town_code": "431023102000", "village_code": None, "active": True,
             "departments": (), "risk_grade": None, "enterprise_class": None},
        ],
        dtype=object,
    )  # fmt: skip
    areas = pd.DataFrame(
        [{"id": f"43102310{n}000", "name": "镇", "level": "town", "parent": ""} for n in (1, 2, 3)]
    )
    return gather(
        {name: pd.DataFrame(rows, dtype=object) for name, rows in frames.items()},
        objects=objects, areas=areas, day=day,
    )  # fmt: skip


def _visit(id_: str, object_: str, day: int, **rest: Any) -> dict[str, Any]:
    row = {
        "id": id_, "object": object_, "date": D(2026, 11, day), "kind": "key", "result": "pass",
        "inspectors": ("P1", "P2"), "experts": (), "findings": 0, "serious_findings": 0,
    }  # fmt: skip
    return {**row, **rest}


def test_vehicles_of_a_ledger_are_counted_once_a_day() -> None:
    """Three visits with two cars on one day are two 台次, whichever way the ledger tells them."""
    row = {"date": "2026-11-17", "object": "E1", "result": "合格"}
    rows = [
        {**row, "id": "V1", "vehicles": "C01、C02"},
        {**row, "id": "V2", "vehicles": "C01"},
        {**row, "id": "V3"},
        {**row, "id": "V4", "date": "2026-11-18", "vehicles": "C01"},
    ]
    frame = pd.DataFrame(rows, index=[2, 3, 4, 5], dtype=object)
    told = event_frame(events_of("visits", check(LEDGER, frame).rows))
    visits = visits_as_of(told, D(2026, 11, 30))
    facts = _facts(visits=visits.to_dict("records"))
    assert _value(facts, "vehicles") == Count(value=3, unit="台次")


def _hazard(id_: str, **rest: Any) -> dict[str, Any]:
    row = {"id": id_, "object": "E1", "found": D(2026, 11, 17), "mode": "time_limited",
           "serious": False, "types": ("H3",), "source": "check", "deadline": D(2026, 11, 20),
           "rectified": None, "cancelled": None, "state": "open"}  # fmt: skip
    return {**row, **rest}


def _value(facts: Facts, code: str, period: Period = WEEK) -> Count:
    return figure(facts, code, period).count


VISITS = [
    _visit("V1", "E1", 16), _visit("V2", "E1", 17, inspectors=("P1", "P3"), experts=("X1",),
                                   findings=6),
    _visit("V3", "E2", 17, inspectors=("P1", "P3")), _visit("V4", "S1", 18),
    _visit("V5", "E2", 18, kind="patrol"), _visit("V6", "E2", 19, result="not_found"),
    _visit("V7", "E2", 15),
]  # fmt: skip


def test_visits_and_enterprises_sites_and_people_are_counted_apart() -> None:
    """3 家次 to 2 家, 1 处次 to 1 处; patrols and closed doors are no checks."""
    facts = _facts(visits=VISITS)
    counts = {code: str(_value(facts, code).value) + MEASURES[code].unit for code in
              ("checks", "enterprises", "site_checks", "sites_checked", "experts")}  # fmt: skip
    assert counts == {"checks": "3家次", "enterprises": "2家", "site_checks": "1处次",
                      "sites_checked": "1处", "experts": "1人次"}  # fmt: skip


def test_people_count_once_a_day_out() -> None:
    """人次 are counted from crews: P1 on three days with checks, not once for each enterprise."""
    facts = _facts(visits=VISITS[:3])
    assert _value(facts, "persons") == Count(value=4, unit="人次")
    cars = [_visit("V1", "E1", 16, vehicles=("C1",)), _visit("V2", "E2", 16, vehicles=("C1",))]
    assert _value(_facts(visits=cars), "vehicles") == Count(value=1, unit="台次")


def test_a_register_that_is_not_kept_counts_zero() -> None:
    """Every measure of an empty bureau is 0 with its unit, never blank."""
    facts = _facts()
    assert {_value(facts, code).value for code in MEASURES} == {0}
    assert rates.seized(facts, WEEK) == []
    for rate in (rates.timeliness, rates.review_rate, rates.record_rate, rates.collection):
        assert rate(facts, WEEK).share is None


def test_rectification_is_of_the_hazards_of_the_period() -> None:
    """Found in the week and mended since, over found in the week; self-checks stand apart."""
    facts = _facts(
        hazards=[
            _hazard("H1", state="rectified", rectified=D(2026, 11, 20)),
            _hazard("H2", state="cancelled", rectified=D(2026, 11, 22)),
            _hazard("H3", state="overdue"), _hazard("H4", deadline=D(2026, 12, 1)),
            _hazard("H5", state="rectified", mode="on_the_spot", rectified=D(2026, 11, 17)),
            _hazard("H6", source="self_check", state="rectified"),
            _hazard("H7", found=D(2026, 8, 1), deadline=D(2026, 9, 1), state="overdue"),
        ]
    )  # fmt: skip
    assert rates.part_of(facts, "rectified", "hazards", WEEK).percent() == "60"
    in_time = rates.timeliness(facts, WEEK)  # H1, H2 late, H3 open, H5 on the spot
    assert (in_time.part.value, in_time.whole.value) == (2, 4)
    bands = [len(rows) for _, _, rows in rates.open_by_age(facts)]
    assert bands == [2, 0, 0, 1]


def _order(id_: str, **rest: Any) -> dict[str, Any]:
    row = {"id": id_, "object": "E1", "kind": "rectify", "issued": D(2026, 11, 16),
           "deadline": D(2026, 11, 20), "reviewed": None, "outcome": None, "count": 0,
           "state": "open", "visit": None, "departments": ("应急局",)}  # fmt: skip
    return {**row, **rest}


def test_reviews_of_other_orders_do_not_lift_the_rate() -> None:
    """Two reviews of one order, and one of an older order: 3 papers, but 1 of 2 orders."""
    facts = _facts(
        orders=[
            _order("O1", reviewed=D(2026, 11, 21), count=2, outcome="met", state="met"),
            _order("O2"), _order("O3", deadline=D(2026, 12, 5)),
            _order("O0", issued=D(2026, 10, 1), deadline=D(2026, 11, 1),
                   reviewed=D(2026, 11, 17), count=1),
        ]
    )  # fmt: skip
    assert _value(facts, "reviews").value == 2
    assert rates.review_rate(facts, WEEK).percent() == "50"
    assert rates.closing_rate(facts, WEEK).percent() == "50"


def test_each_check_needs_a_record() -> None:
    """Record completeness is checks with their own record over checks."""
    facts = _facts(visits=VISITS, orders=[_order("R1", kind="record", visit="V1", deadline=None)])
    rate = rates.record_rate(facts, WEEK)
    assert (rate.part.value, rate.whole.value) == (1, 4)


def test_coverage_counts_objects_and_areas_once() -> None:
    """Distinct enterprises over the register; towns with a check over towns with objects."""
    facts = _facts(visits=VISITS[:2])
    assert rates.coverage(facts, WEEK).percent() == "50"
    assert rates.area_coverage(facts, WEEK).percent() == "50"
    assert list(rates.never_checked(facts, WEEK).index) == ["E2"]


def test_a_surcharge_is_not_collected_twice() -> None:
    """Collected above the decision (加处罚款) counts up to the decision: never above 100 %."""
    rows = [
        {"id": "P1", "object": "E1", "decided": D(2026, 11, 18), "kind": "fine", "amount": 20000.0,
         "collected": 23000.0, "department": "应急局", "persons": None},
        {"id": "P2", "object": "E1", "decided": D(2026, 11, 18), "kind": "confiscation",
         "amount": 5000.0, "collected": None, "department": "应急局", "persons": None},
        {"id": "P3", "object": "E1", "decided": D(2026, 11, 19), "kind": "detention",
         "amount": None, "collected": None, "department": "公安局", "persons": 2},
    ]  # fmt: skip
    facts = _facts(penalties=rows)
    assert rates.collection(facts, WEEK).percent() == "80"
    assert _value(facts, "fined") == Count(value=25000, unit="元")
    assert _value(facts, "detained") == Count(value=2, unit="人")


def test_goods_have_a_total_for_each_unit() -> None:
    """160.8 吨 and 15 套 stay two figures; 余 is kept."""
    row = {"object": "S1", "on": D(2026, 11, 17), "kind": "seize", "goods": "成品油",
           "at_least": False, "state": "held", "department": "应急局"}  # fmt: skip
    facts = _facts(
        seizures=[
            {**row, "id": "Z1", "quantity": 160.8, "unit": "吨"},
            {**row, "id": "Z2", "quantity": 15, "unit": "吨", "at_least": True},
            {**row, "id": "Z3", "quantity": 15, "unit": "套"},
        ]
    )
    assert rates.seized(facts, WEEK) == [
        Count(value=175.8, unit="吨", at_least=True), Count(value=15, unit="套"),
    ]  # fmt: skip


def test_a_count_splits_by_town_department_and_industry() -> None:
    """The parts of a split are the count itself; 家 may be in several groups."""
    facts = _facts(visits=VISITS)
    by = figure(facts, "checks", WEEK).by("town")
    assert {key: count.value for key, count in by.items()} == {
        "431023101000": 2, "431023102000": 1,
    }  # fmt: skip
    assert figure(facts, "checks", WEEK).by("industry")["smelting"].value == 2
    assert {key[0]: c.value for key, c in figure(facts, "checks", WEEK).by("county", "town").items()
            }.keys() == {"431023"}  # fmt: skip


def test_periods_know_their_neighbours() -> None:
    """The same days of last year, and as many days before; 29 February has a day before."""
    month = Period(since=D(2026, 10, 26), until=D(2026, 11, 25))
    assert month.year_before() == Period(since=D(2025, 10, 26), until=D(2025, 11, 25))
    assert month.just_before().until == D(2026, 10, 25)
    assert month.just_before().days == month.days
    leap = Period(since=D(2028, 2, 29), until=D(2028, 2, 29))
    assert leap.year_before().until == D(2027, 2, 28)
    with pytest.raises(ValueError, match="after"):
        Period(since=DAY, until=D(2026, 1, 1))
