"""Days of experts who come by themselves, and rounds by night: team-days of another kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING

from scheduler.crewing import Bundle, staff
from scheduler.problem import MIN_CREW, TeamDay
from scheduler.shifts import rests_between

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Inspector
    from scheduler.teams import Vehicle

_CREWS_TRIED = 120
OWN_WAY = "expert:"
"""What the vehicle of an expert's day begins with: no car of the bureau."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightSettings:
    """Hours of a night round in seconds since the midnight before, teams a night, rest in seconds.

    ``first_team`` numbers the first team of a night; other teams have lower numbers.
    """

    start: int
    end: int
    teams: int
    rest: int
    first_team: int
    min_crew: int = MIN_CREW
    max_visits: int = 99


def expert_days(
    experts: Iterable[Inspector],
    *,
    days: Sequence[dt.date],
    depot: str,
    hours: tuple[int, int],
    lunch: tuple[int, int, int],
    first_team: int,
    max_visits: int = 99,
) -> tuple[TeamDay, ...]:
    """Return a team-day of every expert on every day on which he is there.

    Experts come by themselves, reckoned from one station, and go from one team to the next; they
    are numbered in the order given.
    """
    return tuple(
        TeamDay(
            id=f"{day.isoformat()}-{one.id}", team=team, day=day, depot=depot,
            vehicle=f"{OWN_WAY}{one.id}", seats=1, start=hours[0], end=hours[1], lunch=lunch,
            specialities=one.specialities, max_visits=max_visits, expert=one.id,
        )
        for team, one in enumerate(experts, start=first_team)
        for day in days
        if one.available(day)
    )  # fmt: skip


def night_days(
    team_days: Sequence[TeamDay],
    *,
    nights: Iterable[dt.date],
    vehicles: Sequence[Vehicle],
    inspectors: Sequence[Inspector],
    lead_department: str,
    specialities: Iterable[str],
    settings: NightSettings,
) -> tuple[TeamDay, ...]:
    """Return the team-days of night rounds that leave officers enough for the days around them.

    Who goes out by night is free before and after; with everybody else the promises of *team_days*
    can still be kept. Cars that rest by day are taken first; one that is out by day may go again.

    Parameters
    ----------
    specialities
        What night visits ask for, the most wanted first; promised as far as officers know them.
    """
    people = {one.id: one for one in sorted(inspectors, key=lambda one: one.id)}
    made: list[TeamDay] = []
    for night in nights:
        taken: set[str] = set()
        for number in range(settings.teams):
            car = _car(vehicles, team_days, night, taken)
            if car is None:
                break
            blank = TeamDay(
                id=f"{night.isoformat()}-{settings.first_team + number}",
                team=settings.first_team + number, day=night, depot=car.depot, vehicle=car.id,
                seats=car.seats, start=settings.start, end=settings.end, lunch=(0, 0, 0),
                departments=frozenset({lead_department}), max_visits=settings.max_visits,
            )  # fmt: skip
            tonight = [day for day in made if day.day == night]
            promised = _promised(blank, tonight, team_days, people, specialities, settings)
            if promised is None:
                break
            made.append(promised)
            taken.add(car.id)
    return tuple(made)


def _car(
    vehicles: Sequence[Vehicle], team_days: Sequence[TeamDay], night: dt.date, taken: set[str]
) -> Vehicle | None:
    busy = {day.vehicle for day in team_days if day.day == night}
    free = [
        car for car in vehicles
        if car.available(night) and car.id not in taken and car.seats >= MIN_CREW
    ]  # fmt: skip
    return min(free, key=lambda car: (car.id in busy, car.id), default=None)


def _promised(
    blank: TeamDay,
    tonight: Sequence[TeamDay],
    team_days: Sequence[TeamDay],
    people: Mapping[str, Inspector],
    specialities: Iterable[str],
    settings: NightSettings,
) -> TeamDay | None:
    """Return a night's team-day with the specialities that it can promise, None where it cannot."""
    best = None
    for skill in ("", *dict.fromkeys(specialities)):
        known = (best or blank).specialities | ({skill} if skill else set())
        trial = replace(blank, specialities=known)
        if _manned([*tonight, trial], team_days, people, settings):
            best = trial
        elif best is None:
            return None
    return best


def _manned(
    night: Sequence[TeamDay],
    team_days: Sequence[TeamDay],
    people: Mapping[str, Inspector],
    settings: NightSettings,
) -> bool:
    """Tell whether a night's teams can be manned so that the days around it still can."""
    bundles = [_bundle(one, people, settings, away=frozenset()) for one in night]
    usable = frozenset[str]().union(*(bundle.candidates for bundle in bundles))
    # The solver knows nothing of rest: whoever goes out by night is missing on the days around.
    # Who knows least is missed least.
    ranked = sorted(usable, key=lambda id_: (len(people[id_].specialities), id_))
    for away in islice(combinations(ranked, settings.min_crew * len(night)), _CREWS_TRIED):
        asked = [replace(b, candidates=tuple(x for x in b.candidates if x in away))
                 for b in bundles]  # fmt: skip
        if staff(asked, people=people) is not None and _days_manned(
            night, team_days, people, settings, away=frozenset(away)
        ):
            return True
    return False


def _days_manned(
    night: Sequence[TeamDay],
    team_days: Sequence[TeamDay],
    people: Mapping[str, Inspector],
    settings: NightSettings,
    *,
    away: frozenset[str],
) -> bool:
    around: dict[dt.date, list[Bundle]] = {}
    for day in team_days:
        if not day.expert and not all(rests_between(day, one, rest=settings.rest) for one in night):
            bundle = _bundle(day, people, settings, away=away)
            if bundle.size[0] > bundle.size[1]:
                return False
            around.setdefault(day.day, []).append(bundle)
    return all(staff(bundles, people=people) is not None for bundles in around.values())


def _bundle(
    day: TeamDay, people: Mapping[str, Inspector], settings: NightSettings, *, away: frozenset[str]
) -> Bundle:
    least = max(settings.min_crew, len(day.departments))
    return Bundle(
        id=day.id, day=day.day, size=(least, min(day.seats, max(least, settings.min_crew + 1))),
        departments=day.departments, specialities=day.specialities,
        candidates=tuple(
            id_ for id_, one in people.items()
            if id_ not in away and one.available(day.day) and one.certified(day.day)
            and (not day.departments or one.department in day.departments)
        ),
    )  # fmt: skip
