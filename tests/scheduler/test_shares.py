"""Shares of visits that only rarer hours are open to: even, but big enough for all of them."""

from __future__ import annotations

import datetime as dt

import numpy as np

from scheduler.problem import Depot, Limit, Problem, TeamDay, Visit
from scheduler.shares import shares

_HOUR = 3_600
_MONDAY = dt.date(2026, 11, 23)


def _team_day(team: int, *, late: bool, specialities: frozenset[str] = frozenset()) -> TeamDay:
    start = (14 if late else 8) * _HOUR
    return TeamDay(
        id=f"K{team}{'late' if late else ''}", team=team, day=_MONDAY, depot="S", seats=4,
        vehicle=f"C{team}", start=start, end=start + 9 * _HOUR, lunch=(0, 0, 0),
        specialities=specialities,
    )  # fmt: skip


def _visit(at: int, *, night: bool, specialities: frozenset[str] = frozenset()) -> Visit:
    window = (19 * _HOUR, 21 * _HOUR) if night else (8 * _HOUR, 20 * _HOUR)
    return Visit(
        id=f"V{at}", object=f"E{at}", place=0, kind="random", service=_HOUR, window=window,
        specialities=specialities,
    )  # fmt: skip


def _problem(visits: list[Visit], team_days: list[TeamDay]) -> Problem:
    none = np.zeros((1, 1), np.int64)
    return Problem(
        visits=tuple(visits), team_days=tuple(team_days),
        depots=(Depot(id="S", name="S", place=0),), seconds=none, metres=none,
    )  # fmt: skip


def _shares(visits: list[Visit], team_days: list[TeamDay]) -> tuple[Limit, ...]:
    return shares(_problem(visits, team_days), visits)


_BY_DAY = [_team_day(team, late=False) for team in range(2, 6)]


def test_visits_of_the_night_are_shared_among_the_late_shifts() -> None:
    """Five visits for two late shifts: three each at most; what is open by day counts nowhere."""
    late = [_team_day(team, late=True) for team in range(2)]
    visits = [_visit(at, night=at < 5) for at in range(9)]
    (limit,) = _shares(visits, [*late, *_BY_DAY])
    assert (limit.most, limit.within) == (3, "team_day")
    assert limit.visits == {f"V{at}" for at in range(5)}


def test_a_share_leaves_room_for_what_one_team_alone_can_make() -> None:
    """Four visits want a speciality that one of two late shifts has: it makes four."""
    gas, none = frozenset({"gas"}), frozenset[str]()
    late = [_team_day(0, late=True, specialities=gas), _team_day(1, late=True)]
    visits = [_visit(at, night=True, specialities=gas if at < 4 else none) for at in range(5)]
    (limit,) = _shares(visits, [*late, *_BY_DAY])
    assert limit.most == 4


def test_usual_hours_and_a_single_late_team_share_nothing() -> None:
    """Without rarer hours, or with one team that has them, there is nothing to share."""
    night = [_visit(at, night=True) for at in range(4)]
    by_day = [_visit(at, night=False) for at in range(4, 8)]
    assert _shares(by_day, _BY_DAY) == ()
    assert _shares(night + by_day, [_team_day(0, late=True), *_BY_DAY]) == ()
    assert _shares(night, [_team_day(team, late=True) for team in range(3)]) == ()
