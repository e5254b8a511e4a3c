"""Ranking on quality, the rules on the last three, and ties that are told."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from layers.indicators.facts import Facts, Period, gather
from layers.indicators.ranking import Standing, bottoms, forbidden, rank

D = dt.date
TOWNS = tuple(f"43102310{n}000" for n in range(1, 7))
MONTH = Period(since=D(2026, 10, 26), until=D(2026, 11, 25))


def _facts(met: dict[str, tuple[int, int]], *, checks: int = 0) -> Facts:
    """Return facts where each town closed some of its due orders."""
    objects = pd.DataFrame(
        [
            {"id": f"E-{town}", "kind": "enterprise", "name": town, "industry": None,
             "town_code": town, "village_code": None, "active": True, "departments": (),
             "risk_grade": "major", "enterprise_class": "key"}
            for town in TOWNS
        ],
        dtype=object,
    )  # fmt: skip
    orders = [
        {"id": f"{town}-{n}", "object": f"E-{town}", "kind": "rectify", "issued": D(2026, 11, 1),
         "deadline": D(2026, 11, 10), "reviewed": D(2026, 11, 12), "outcome": None, "count": 1,
         "state": "met" if n < good else "open", "visit": None, "departments": ()}
        for town, (good, all_) in met.items()
        for n in range(all_)
    ]  # fmt: skip
    visits = [
        {"id": f"V{n}", "object": f"E-{TOWNS[0]}", "date": D(2026, 11, 2), "kind": "key",
         "result": "pass", "inspectors": (), "experts": (), "findings": 0, "serious_findings": 0}
        for n in range(checks)
    ]  # fmt: skip
    frames = {"orders": pd.DataFrame(orders, dtype=object)}
    if visits:
        frames["visits"] = pd.DataFrame(visits, dtype=object)
    areas = pd.DataFrame(columns=["id", "name", "level", "parent"])
    return gather(frames, objects=objects, areas=areas, day=D(2026, 11, 25))


def _ranked(met: dict[str, tuple[int, int]], *measures: str) -> dict[str, Standing]:
    found = rank(_facts(met), MONTH, units=TOWNS, measures=measures or ("closure",))
    return {one.unit: one for one in found}


def test_equal_scores_share_a_place_and_the_tie_is_told() -> None:
    """Two towns level on the second place are both second, and the next is fourth."""
    done = dict(zip(TOWNS, [(4, 4), (3, 4), (3, 4), (2, 4), (1, 4), (0, 4)], strict=True))
    found = _ranked(done)
    assert [found[town].place for town in TOWNS] == [1, 2, 2, 4, 5, 6]
    assert found[TOWNS[1]].tied == 2
    assert [found[town].last for town in TOWNS] == [False, False, False, True, True, True]


def test_who_is_level_with_the_third_from_the_end_is_last_too() -> None:
    """A tie across the border names all of them, not one by chance."""
    done = dict(zip(TOWNS, [(4, 4), (4, 4), (2, 4), (2, 4), (1, 4), (0, 4)], strict=True))
    assert [town for town, one in _ranked(done).items() if one.last] == [*TOWNS[2:6]]


def test_nobody_is_last_where_all_are_level() -> None:
    """A month in which everybody did the same has no bottom three."""
    assert not any(one.last for one in _ranked(dict.fromkeys(TOWNS, (2, 2))).values())
    most = dict.fromkeys(TOWNS, (2, 2)) | {TOWNS[5]: (1, 2)}
    assert [town for town, one in _ranked(most).items() if one.last] == [TOWNS[5]]


def test_a_town_with_nothing_due_is_not_ranked() -> None:
    """No orders are neither good nor bad."""
    found = _ranked({TOWNS[0]: (1, 2), TOWNS[1]: (2, 2)})
    assert (found[TOWNS[3]].score, found[TOWNS[3]].place, found[TOWNS[3]].last) == (None, 0, False)


def test_more_checks_do_not_lift_a_unit() -> None:
    """Coverage counts who was reached: twenty checks of one enterprise are worth one."""
    scores = [rank(_facts({}, checks=n), MONTH, units=TOWNS)[0].scores["coverage"] for n in (1, 20)]
    assert scores == [1.0, 1.0]


def test_counts_and_fines_are_known_as_forbidden() -> None:
    """A ranking by them can be made, and is told apart."""
    assert forbidden(("closure", "fines", "checks")) == ("fines", "checks")
    assert forbidden(("closure", "timeliness", "coverage")) == ()
    assert rank(_facts({}, checks=3), MONTH, units=TOWNS, measures=("checks",))[0].score == 1.0
    with pytest.raises(KeyError):
        rank(_facts({}), MONTH, units=TOWNS, measures=("luck",))


def _month(*last: str) -> list[Standing]:
    return [
        Standing(unit=unit, scores={}, score=0.5, place=1, tied=1, last=unit in last)
        for unit in ("甲", "乙", "丙", "丁")
    ]


def test_the_rules_on_the_last_three() -> None:
    """One month, two in a row, three in the year; the gravest is told, with its months."""
    months = {"2026-01": _month("甲"), "2026-02": _month("乙"), "2026-03": _month("甲"),
              "2026-04": _month("丙"), "2026-05": _month("甲", "丙", "丁")}  # fmt: skip
    assert [(one.unit, one.alarm, one.months) for one in bottoms(months)] == [
        ("甲", "three_in_all", ("2026-01", "2026-03", "2026-05")),
        ("丙", "two_in_a_row", ("2026-04", "2026-05")),
        ("丁", "one_month", ("2026-05",)),
    ]
    assert [one.unit for one in bottoms(dict(list(months.items())[:4]))] == ["丙"]
    assert bottoms({}) == ()
