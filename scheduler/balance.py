"""How evenly a week loads its teams: hours of driving and inspecting of every team of officers.

Teams that are out for as long as each other are compared; one that goes out for a night, or comes
along for two days, has hours of its own. Teams of experts come where they are called.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scheduler.plan import Route
    from scheduler.problem import Problem, Sequences
    from scheduler.schedule import Timetable


def teams(problem: Problem) -> list[int]:
    """Return the teams whose hours are compared: those of officers with equally long weeks.

    Where some have longer weeks than others, they are those that are out for longest together.
    """
    weeks: Counter[int] = Counter()
    for day in problem.team_days:
        if not day.expert:
            weeks[day.team] += day.end - day.start
    together = Counter(weeks.values())
    usual = max(together, key=lambda length: (length * together[length], length), default=0)
    return sorted(team for team, length in weeks.items() if length == usual)


def hours(problem: Problem, routes: Iterable[Route]) -> dict[int, int]:
    """Return seconds of driving and inspecting in the week, by team; idle teams have none."""
    days = {day.id: day for day in problem.team_days}
    found = dict.fromkeys(teams(problem), 0)
    for route in routes:
        day = days[route.team_day]
        if day.team in found and not day.expert:
            found[day.team] += route.seconds
            found[day.team] += sum(stop.leave - stop.start for stop in route.stops)
    return found


def planned(problem: Problem, routes: Sequences, *, timetable: Timetable) -> dict[int, int]:
    """Return the same of routes that have no times yet."""
    found = dict.fromkeys(teams(problem), 0)
    for day in problem.team_days:
        stops = routes.get(day.id, ())
        if stops and day.team in found and not day.expert:
            found[day.team] += timetable.driving(day, stops)
            found[day.team] += sum(visit.service for visit in stops)
    return found


def spread(hours_: dict[int, int]) -> int:
    """Return how far hours lie apart, in thousandths of their mean, rounded up."""
    total = sum(hours_.values())
    if not total:
        return 0
    apart = max(hours_.values()) - min(hours_.values())
    return -(-1000 * len(hours_) * apart // total)


def excess(hours_: dict[int, int], *, most: int | None) -> int:
    """Return the seconds by which the hours of two teams lie further apart than allowed."""
    if most is None or not hours_:
        return 0
    apart = max(hours_.values()) - min(hours_.values())
    return max(0, apart - most * sum(hours_.values()) // (1000 * len(hours_)))


def middle(hours_: Sequence[int], *, zone: int) -> int:
    """Return the hours from which all teams are least outside *zone* on both sides, in sum.

    Where several are, the one nearest to the middle of the least and the most hours.
    """
    # The sum changes its slope by one at each border of a team's zone: it is flat at their median.
    borders = sorted(one + off for one in hours_ for off in (-zone, zone))
    between = (min(hours_) + max(hours_)) // 2
    return max(borders[len(hours_) - 1], min(borders[len(hours_)], between))
