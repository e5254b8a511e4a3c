"""Joint visits: who rides with whom, and what one visit for several requests saves.

A visit of several departments is made by one team that can promise all of them, or in parts: each
department, or group of departments that one car holds, comes with its own team-day and meets the
others at the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from scheduler.schedule import crew_size

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import TeamDay

Mode = Literal["together", "own", "auto"]
MODES: tuple[Mode, ...] = ("together", "own", "auto")
_MOST_CARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one car brings to a joint visit; ``assists`` is the part of an expert."""

    departments: frozenset[str] = frozenset()
    specialities: frozenset[str] = frozenset()
    assists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One wish for a visit to an object: by whom, and how long it would take by itself.

    ``code`` names where it comes from; ``service`` is in seconds.
    """

    code: str
    departments: frozenset[str]
    service: int

    @property
    def officers(self) -> int:
        """Officers that the request would take by itself."""
        return crew_size(self.departments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What one visit for several requests saves: gate visits, officers' and cars' seconds."""

    visits: int = 0
    officer_seconds: int = 0
    driving_seconds: int = 0

    def __add__(self, other: Saving) -> Saving:
        """Return both savings together."""
        return Saving(
            visits=self.visits + other.visits,
            officer_seconds=self.officer_seconds + other.officer_seconds,
            driving_seconds=self.driving_seconds + other.driving_seconds,
        )


def saving(
    requests: Sequence[Request], *, parts: Sequence[Part], service: int, leg_seconds: int
) -> Saving:
    """Return what one visit saves against a visit of its own for each of *requests*.

    Parameters
    ----------
    parts
        How the one visit is made; parts of experts bring no officer.
    service
        Seconds on site of the one visit.
    leg_seconds
        Estimated driving to one visit. Officers spend it as well as the car.
    """
    cars = [part for part in parts if not part.assists]
    apart = sum(one.officers * (one.service + leg_seconds) for one in requests)
    at_once = sum(crew_size(part.departments) for part in cars) * (service + leg_seconds)
    return Saving(
        visits=len(requests) - 1,
        officer_seconds=apart - at_once,
        driving_seconds=(len(requests) - len(cars)) * leg_seconds,
    )


def parts_of(
    departments: frozenset[str],
    specialities: frozenset[str],
    team_days: Iterable[TeamDay],
    *,
    days: Iterable[dt.date],
    mode: Mode = "auto",
    lead: str = "",
) -> tuple[Part, ...]:
    """Return who comes together to a visit, the lead part first; empty where nobody can come.

    Parameters
    ----------
    team_days
        Every team-day of officers in the week.
    days
        Days on which the visit may be made.
    mode
        ``together``: one team or nobody. ``own``: every department that has a team of its own
        comes with it, the others in as few cars as possible. ``auto``: the same, but only where
        no single team can promise everything on any day.

    Notes
    -----
    Specialities are asked of one part. Of equally few cars those that can meet on most days are
    taken, then the first in the order of the team-days.
    """
    week = _by_day(team_days, set(days))
    whole = Part(departments=departments, specialities=specialities)
    one_car = any(_takes(day, whole) for teams in week.values() for day in teams)
    if len(departments) < 2 or mode == "together" or (mode == "auto" and one_car):
        return (whole,) if one_car else ()
    alone = (_own_teams(week) & departments) - {lead}
    return (
        _fewest_cars(departments, specialities, week, alone=alone, lead=lead)
        or ((whole,) if one_car else ())
        or _fewest_cars(departments, specialities, week, alone=frozenset(), lead=lead)
    )


def days_met(parts: Sequence[Part], team_days: Iterable[TeamDay]) -> int:
    """Return on how many days different team-days can bring all *parts*."""
    week = _by_day(team_days, None)
    return sum(_can_meet(parts, teams) for teams in week.values())


def _by_day(
    team_days: Iterable[TeamDay], days: set[dt.date] | None
) -> Mapping[dt.date, list[TeamDay]]:
    week: dict[dt.date, list[TeamDay]] = {}
    for day in team_days:
        if not day.expert and (days is None or day.day in days):
            week.setdefault(day.day, []).append(day)
    return {day: week[day] for day in sorted(week)}


def _own_teams(week: Mapping[dt.date, list[TeamDay]]) -> frozenset[str]:
    """Return the departments that have a team of nobody else's on some day."""
    found = (day.departments for teams in week.values() for day in teams)
    return frozenset().union(*(one for one in found if len(one) == 1))


def _takes(day: TeamDay, part: Part) -> bool:
    return (
        part.departments <= day.departments
        and part.specialities <= day.specialities
        and crew_size(day.departments) <= day.seats
    )


def _fewest_cars(
    departments: frozenset[str],
    specialities: frozenset[str],
    week: Mapping[dt.date, list[TeamDay]],
    *,
    alone: frozenset[str],
    lead: str,
) -> tuple[Part, ...]:
    found: dict[tuple[Part, ...], int] = {}
    for teams in week.values():
        for parts in _ways(departments, specialities, teams, alone=alone, lead=lead):
            if parts not in found:
                found[parts] = sum(_can_meet(parts, others) for others in week.values())
    # The first of the best: dictionaries keep the order in which they were filled.
    return min(found, key=lambda parts: (len(parts), -found[parts]), default=())


def _ways(
    departments: frozenset[str],
    specialities: frozenset[str],
    teams: Sequence[TeamDay],
    *,
    alone: frozenset[str],
    lead: str,
) -> Iterable[tuple[Part, ...]]:
    """Yield ways to share out departments among few of one day's teams."""
    useful = [day for day in teams if day.departments & departments]
    for cars in range(1, _MOST_CARS + 1):
        yielded = False
        for chosen in combinations(useful, cars):
            groups = _groups(departments, chosen, alone=alone)
            parts = groups and _with_skill(groups, chosen, specialities, lead=lead)
            if parts and _can_meet(parts, teams):
                yielded = True
                yield parts
        if yielded:
            return


def _groups(
    departments: frozenset[str], chosen: Sequence[TeamDay], *, alone: frozenset[str]
) -> list[frozenset[str]]:
    """Return which departments ride in each of the chosen cars; empty where that cannot be."""
    left, groups = departments, list[frozenset[str]]()
    for day in chosen:
        own = day.departments if len(day.departments) == 1 else day.departments - alone
        group = own & left
        if not group or crew_size(day.departments) > day.seats:
            return []
        groups.append(group)
        left -= group
    return [] if left else groups


def _with_skill(
    groups: Sequence[frozenset[str]],
    chosen: Sequence[TeamDay],
    specialities: frozenset[str],
    *,
    lead: str,
) -> tuple[Part, ...]:
    """Return the groups as parts, in front the one that is asked for the specialities.

    It is the one with the lead department where that can be.
    """
    for at in sorted(range(len(groups)), key=lambda at: lead not in groups[at]):
        if specialities <= chosen[at].specialities:
            first = Part(departments=groups[at], specialities=specialities)
            others = [Part(departments=g) for i, g in enumerate(groups) if i != at]
            return (first, *others)
    return ()


def _can_meet(parts: Sequence[Part], teams: Sequence[TeamDay], used: frozenset[str] = frozenset()
              ) -> bool:  # fmt: skip
    if not parts:
        return True
    return any(
        _can_meet(parts[1:], teams, used | {day.id})
        for day in teams
        if day.id not in used and _takes(day, parts[0])
    )
