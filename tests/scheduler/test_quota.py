"""Tests of the weekly quota and its split."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.problem import TeamDay
from scheduler.quota import Quota, pace, split_quota, weekly_quota

HOUR = 3600


def team_days(count: int, *, max_visits: int = 99) -> list[TeamDay]:
    """Return team-days of 8:30 to 17:30 with an hour of lunch: eight hours each."""
    monday = dt.date(2026, 11, 23)
    return [
        TeamDay(
            id=f"T{i}", team=i // 5, day=monday + dt.timedelta(days=i % 5), depot="D", vehicle="V",
            seats=5, start=30_600, end=63_000, lunch=(41_400, 46_800, HOUR), max_visits=max_visits,
        )
        for i in range(count)
    ]  # fmt: skip


def quota(count: int, *, due: int = 0, **options: Any) -> Quota:
    """Return the quota of *count* team-days with *due* visits of an hour."""
    return weekly_quota(
        team_days(count, max_visits=options.pop("max_visits", 99)),
        due_visits_service_seconds=[HOUR] * due, mean_service_s=HOUR, mean_leg_s=HOUR // 3,
        **options,
    )  # fmt: skip


def test_the_arithmetic_of_a_week() -> None:
    """40 team-days: capacity, ways home, reserve, due work and what is left, to the second."""
    got = quota(40, due=30)
    assert got.capacity == 40 * 8 * HOUR == 1_152_000
    assert got.returns == 40 * 1200
    assert got.reserve == 115_200
    assert got.usable == 1_152_000 - 48_000 - 115_200 == 988_800
    assert got.due_seconds == 30 * 4800
    assert got.left == 844_800
    assert (got.per_visit, got.draws) == (4800, 176)
    assert got.limits == {"time": 176, "places": 40 * 99 - 30}
    assert (got.short, got.notes) == (0, ())


def test_a_target_bounds_the_week() -> None:
    """Sixty visits wanted, thirty due: thirty are drawn, however much time there is."""
    got = quota(40, due=30, target=60)
    assert (got.draws, got.limits["target"], got.notes) == (30, 30, ())


def test_due_work_never_ends_the_draw() -> None:
    """With more due than fits, draws keep their share and the week says it is short."""
    got = quota(5, due=100)
    assert got.draws == int(got.usable * Fraction(2, 5)) // 4800 == 10
    assert got.notes == ("due_exceeds_share",)
    assert got.short == got.due_seconds + 10 * 4800 - got.usable


def test_no_team_no_draw() -> None:
    """Without team-days there is nothing to draw and a note says so."""
    got = quota(0, due=2, target=60)
    assert got.draws == 0
    assert got.notes == ("no_capacity", "due_exceeds_share", "target_not_met")


def test_most_visits_of_a_team_day_bound_the_week() -> None:
    """Team-days with at most three visits hold no more than that."""
    assert quota(5, due=5, max_visits=3).draws == 10


def test_bad_arguments_are_refused() -> None:
    """Shares outside 0 and 1, negative durations and free visits make no sense."""
    with pytest.raises(ValueError, match="share"):
        quota(5, reserve=1.5)
    with pytest.raises(ValueError, match="negative"):
        weekly_quota([], due_visits_service_seconds=[-1], mean_service_s=1, mean_leg_s=1)
    with pytest.raises(ValueError, match="cost time"):
        weekly_quota([], due_visits_service_seconds=[], mean_service_s=0, mean_leg_s=0)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 40), st.integers(0, 300), st.none() | st.integers(0, 200))
def test_draws_fit_beside_the_due_work(count: int, due: int, target: int | None) -> None:
    """Draws and due work fit the usable time unless the guaranteed share says otherwise."""
    got = quota(count, due=due, target=target)
    assert 0 <= got.draws * got.per_visit <= got.drawable
    assert got.short == 0 or got.left < got.draws * got.per_visit <= got.guaranteed
    assert got.to_json()["draws"] == got.draws


def test_the_key_class_gets_its_weekly_share() -> None:
    """214 key enterprises with six weeks left need 36 a week; the rest splits 70 to 30."""
    got = split_quota(60, key_remaining=214, weeks_left=6)
    assert (got.key_needed, got.key_allowed, got.notes) == (36, 39, ())
    assert got.by_stratum == {"certainty": 36, "weighted": 17, "uniform": 7}


def test_the_key_class_never_takes_the_whole_week() -> None:
    """Where more is needed than allowed the split says that the key class is behind."""
    got = split_quota(40, key_remaining=214, weeks_left=6)
    assert (got.certainty, got.notes) == (26, ("key_behind",))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 200), st.integers(0, 500), st.integers(0, 53))
def test_the_parts_are_the_whole(draws: int, remaining: int, weeks: int) -> None:
    """The three strata together are the draws of the week, none negative."""
    got = split_quota(draws, key_remaining=remaining, weeks_left=weeks)
    assert sum(got.by_stratum.values()) == draws
    assert min(got.by_stratum.values()) >= 0
    assert got.certainty <= remaining


def test_nearer_deadlines_set_the_pace() -> None:
    """Twelve in six weeks are two a week; three of them within a week make it three."""
    assert pace([6] * 12) == 2
    assert pace([1] * 3 + [6] * 9) == 3
    assert pace([2] * 5 + [6] * 4) == 3
    assert pace([]) == 0
    got = split_quota(20, key_remaining=12, weeks_left=6, others=[1, 1, 0])
    assert (got.key_needed, got.certainty) == (3, 3)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 30), max_size=60))
def test_the_pace_keeps_every_deadline(weeks: list[int]) -> None:
    """Whoever takes that many every week, the nearest deadline first, is never late."""
    needed = pace(weeks)
    for place, left in enumerate(sorted(weeks)):
        assert place // max(1, needed) < max(1, left)
    assert needed == 0 or any(
        place // max(1, needed - 1) >= max(1, left) or needed == 1
        for place, left in enumerate(sorted(weeks))
    )


def test_a_split_refuses_negative_counts() -> None:
    """Counts below nothing make no sense."""
    with pytest.raises(ValueError, match="negative"):
        split_quota(-1, key_remaining=0, weeks_left=1)
