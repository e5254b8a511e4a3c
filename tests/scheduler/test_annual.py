"""Rules of the year in numbers: days add up, targets follow from them, progress is told plainly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.annual import (
    Capacity,
    Duties,
    Figures,
    expected_due,
    person_days,
    progress,
    slips,
    targets,
)
from scheduler.problem import Inspector
from scheduler.workdays import Workdays

YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
DAYS_2025 = Workdays().between(*YEAR)

# Two published plans of counties, as printed (B11 of the rules: both contain slips).
FIRST = Figures(
    workdays=247, officers=22, total=5434, other=2649, non_enforcement=1994, inspection=971,
    key=632, general=339,
)  # fmt: skip
SECOND = Figures(
    workdays=248, officers=8, total=1984, other=1035, non_enforcement=535, inspection=414,
    shares=((414, 21), (1035, 71), (535, 8)),
)  # fmt: skip


def officers(count: int, **changes: object) -> list[Inspector]:
    """Return officers of one department whose certificates outlast the year."""
    one = Inspector(id="", name="", department="局", certified_until=dt.date(2030, 1, 1))
    return [replace(one, id=f"R{at:02d}", **changes) for at in range(count)]  # type: ignore[arg-type]


def counted(people: list[Inspector], duties: Duties, key_share: float = 0.65) -> Capacity:
    """Return the capacity of 2025."""
    return person_days(
        people, days=DAYS_2025, period=YEAR, year_days=len(DAYS_2025), duties=duties,
        key_share=key_share,
    )  # fmt: skip


def test_a_published_plan_with_a_slip_is_found_out() -> None:
    """5434 − 2649 − 1994 is 791 and not 971; with 2469 in its place all lines add up."""
    (found,) = slips(FIRST)
    assert (found.code, found.stated, found.computed) == ("slip_inspection", 971, 791)
    assert slips(replace(FIRST, other=2469)) == ()


def test_wrong_shares_of_a_published_plan_are_found_out() -> None:
    """Of 1984 days 1035 are 52 % and 535 are 27 %; only the 21 % of inspections are right."""
    assert [(one.code, one.stated, one.computed) for one in slips(SECOND)] == [
        ("slip_share", 71, 52.2), ("slip_share", 8, 27.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total": 5343}, "slip_total"),
        ({"key": 631}, "slip_split"),
        ({"officers": 21}, "slip_total"),
    ],
)
def test_every_kind_of_slip_has_a_code(changes: dict[str, Any], code: str) -> None:
    """Product, difference and split are each checked."""
    assert code in {one.code for one in slips(replace(FIRST, other=2469, **changes))}


def test_the_arithmetic_is_that_of_a_published_plan() -> None:
    """8 officers in the 248 working days of 2025 with the plan's duties have 414 days."""
    found = counted(officers(8), Duties(other_enforcement=1035 / 8, non_enforcement=535 / 8))
    assert (found.workdays, found.total) == (248, 1984)
    assert (found.other, found.non_enforcement, found.inspection) == (1035, 535, 414)


def test_key_days_are_rounded_up_as_published() -> None:
    """65 % of 971 days are 632 key and 339 general days."""
    days = [dt.date(2025, 1, 1) + dt.timedelta(days=at) for at in range(971)]
    found = person_days(
        officers(1), days=days, period=(days[0], days[-1]), year_days=971,
        duties=Duties(other_enforcement=0, non_enforcement=0), key_share=0.65,
    )  # fmt: skip
    assert (found.key, found.general) == (632, 339)


def test_a_certificate_that_ends_takes_its_days_away() -> None:
    """An officer counts until the last day of the certificate, one without it not at all."""
    duties = Duties(other_enforcement=0, non_enforcement=0)
    half = officers(1, certified_until=dt.date(2025, 6, 30))
    found = counted([*half, *officers(1, certified_until=None)], duties)
    assert found.officers == 1
    assert found.inspection == sum(day <= dt.date(2025, 6, 30) for day in DAYS_2025)
    assert found.uncertified == 248 - found.inspection


def test_leave_counts_where_it_is_more_than_foreseen() -> None:
    """Leave on the register is part of the days without enforcement, or replaces them."""
    absent = officers(1, leave=((dt.date(2025, 3, 3), dt.date(2025, 3, 14)),))
    less = counted(absent, Duties(other_enforcement=0, non_enforcement=30))
    more = counted(absent, Duties(other_enforcement=0, non_enforcement=5))
    assert less.leave == more.leave == 10
    assert (less.non_enforcement, more.non_enforcement) == (30, 10)


@given(
    count=st.integers(0, 12), other=st.integers(0, 300), none=st.integers(0, 300),
    share=st.integers(0, 100), ends=st.dates(*YEAR),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_all_lines_add_up(count: int, other: int, none: int, share: int, ends: dt.date) -> None:
    """Whatever the duties are, the parts make the total and nothing is negative."""
    people = [*officers(count), *officers(1, certified_until=ends)]
    found = counted(
        people, Duties(other_enforcement=other, non_enforcement=none), key_share=share / 100
    )
    assert found.slips == ()
    parts = (found.other, found.non_enforcement, found.uncertified, found.key, found.general)
    assert sum(parts) == found.total
    assert min(parts) >= 0
    assert sum(found.by_officer.values()) == found.inspection


def test_due_work_is_what_is_known_or_usual() -> None:
    """Of the items that are known and the rate on record the greater counts, kind by kind."""
    found = expected_due(
        open_items={"reinspection": 9, "report": 1}, made={"report": 100, "revisit": 3},
        window_days=250, days=25,
    )  # fmt: skip
    assert {one.kind: one.expected for one in found} == {
        "reinspection": 9, "report": 10, "revisit": 1,
    }  # fmt: skip


def _targets(**changes: object) -> tuple[int, int, int]:
    found = counted(officers(8), Duties(other_enforcement=1035 / 8, non_enforcement=535 / 8))
    given: dict[str, object] = {
        "min_crew": 2, "car_days": 500, "day_seconds": 24_000, "due": (40, 40 * 6000),
        "mean_cost": 6000, "wanted": (300, 2000), "key_share": 0.65, "weeks": 50, **changes,
    }  # fmt: skip
    made = targets(found, **given)  # type: ignore[arg-type]
    assert made.key + made.general + made.spare == made.visits
    return made.visits, made.key, made.general


def test_targets_follow_from_days_cars_and_due_work() -> None:
    """414 days are 207 crew-days of 4 visits, less 10 for what falls due; cars may hold less."""
    assert _targets() == (788, 300, 488)
    assert _targets(car_days=110) == (400, 260, 140)
    assert _targets(wanted=(300, 100)) == (788, 300, 100)
    assert _targets(due=(4000, 4000 * 6000)) == (0, 0, 0)


def test_progress_tells_what_is_done_and_what_is_missing() -> None:
    """Half of the year has gone, so half of the plan should be done; weeks follow from the plan."""
    done = [("random", dt.date(2025, 3, 4)), ("key", dt.date(2025, 3, 5))]
    found = progress(
        "key", objects=100, covered=2, planned=104, done=done, elapsed=(124, 248), weeks=52
    )
    assert (found.target, found.done, found.ahead) == (52, 2, -50)
    assert found.weeks_ahead == -25.0
    assert found.share == 0.02
    assert (dict(found.kinds), dict(found.months)) == ({"key": 1, "random": 1}, {3: 2})


def test_a_plan_of_nothing_is_neither_ahead_nor_behind() -> None:
    """Without objects and plan there is no share and no week to be behind."""
    found = progress("key", objects=0, covered=0, planned=0, done=[], elapsed=(0, 0), weeks=0)
    assert (found.ahead, found.weeks_ahead, found.share) == (0, 0.0, None)
