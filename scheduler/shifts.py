"""Day shifts and night rounds: which is which, and how long people rest in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    from scheduler.problem import TeamDay

_EVENING = 57_600


def is_night(team_day: TeamDay) -> bool:
    """Tell whether a team-day begins when the day's work ends."""
    return team_day.start >= _EVENING


def rests_between(one: TeamDay, other: TeamDay, *, rest: int) -> bool:
    """Tell whether someone can be in both with so many seconds of rest between them."""
    first, second = sorted((one, other), key=lambda day: (day.day, day.start, day.id))
    gap = (second.day - first.day).days * DAY_SECONDS + second.start - first.end
    return gap >= max(0, rest)
