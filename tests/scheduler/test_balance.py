"""Whose hours are compared, and the middle they are drawn to: as few as can be have to move."""

from __future__ import annotations

import datetime as dt

import numpy as np

from scheduler import balance
from scheduler.problem import Problem, TeamDay

_NOTHING = np.zeros((0, 0), np.int64)


def test_the_middle_leaves_least_outside_the_zone() -> None:
    """No other hours have teams less far outside the zone in sum."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hours = rng.integers(0, 60, int(rng.integers(2, 9))).tolist()
        zone = int(rng.integers(0, 20))

        def outside(middle: int, hours: list[int] = hours, zone: int = zone) -> int:
            return sum(max(0, abs(one - middle) - zone) for one in hours)

        found = balance.middle(hours, zone=zone)
        assert outside(found) == min(outside(one) for one in range(-20, 80))


def test_nobody_has_to_move_where_all_fit_into_the_zone() -> None:
    """Hours within the zone draw nothing: the middle is between the least and the most."""
    assert balance.middle([90, 100, 108], zone=9) == 99


def _problem(*weeks: tuple[int, int, int, bool]) -> Problem:
    """Return team-days: team, days in the week, hours a day, and whether it is an expert."""
    return Problem(
        visits=(), depots=(), seconds=_NOTHING, metres=_NOTHING,
        team_days=tuple(
            TeamDay(
                id=f"{team}-{at}", team=team, day=dt.date(2026, 11, 23) + dt.timedelta(days=at),
                depot="", vehicle="", seats=2, start=0, end=hours * 3600, lunch=(0, 0, 0),
                expert="X" if expert else "",
            )
            for team, days, hours, expert in weeks
            for at in range(days)
        ),
    )  # fmt: skip


def test_teams_that_are_out_equally_long_are_compared() -> None:
    """Night rounds, cars of other departments and experts have hours of their own."""
    county = _problem((1, 5, 9, False), (2, 5, 9, False), (5, 2, 9, False), (6, 2, 9, False),
                      (7, 1, 4, False), (8, 5, 9, True))  # fmt: skip
    assert balance.teams(county) == [1, 2]
    assert balance.teams(_problem((1, 5, 9, False), (2, 4, 9, False), (3, 4, 9, False))) == [2, 3]
    assert balance.teams(_problem((1, 4, 9, False), (2, 5, 9, False))) == [2]
    assert balance.teams(_problem((1, 4, 9, True))) == []
