"""The teams of a week: which cars run on which day, and what their crews will be able to do.

A team-day promises departments and specialities. All promises of a day can be kept at once by the
officers who are certified and present, whoever is drawn later. Cars of the lead department, or of
nobody in particular, are shared; a department with a car of its own can run a team of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from scheduler.crewing import Bundle, staff
from scheduler.problem import MIN_CREW, TeamDay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from scheduler.problem import Inspector, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car at a station, with the periods in which it is not to be had.

    A car of another *department* than the lead one carries officers of that department only.
    """

    id: str
    depot: str
    seats: int = 5
    unavailable: tuple[tuple[dt.date, dt.date], ...] = ()
    department: str = ""

    def available(self, day: dt.date) -> bool:
        """Tell whether the car can run on *day*."""
        return not any(first <= day <= last for first, last in self.unavailable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What some of the week's visits need of one crew; ``visits`` is how many they are."""

    departments: frozenset[str] = frozenset()
    specialities: frozenset[str] = frozenset()
    visits: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSettings:
    """How teams work: hours and lunch in seconds since midnight, sizes of crews, teams a day.

    ``visits_a_day`` is the rough number by which joint teams are counted out; ``own_teams`` are
    kept for the lead department however many joint visits there are. ``joint`` says whether
    departments ride together, in cars of their own, or so only where one car does not do.
    """

    start: int = 30_600
    end: int = 63_000
    lunch: tuple[int, int, int] = (41_400, 45_000, 3_600)
    max_teams: int = 4
    min_crew: int = MIN_CREW
    max_crew: int = 5
    max_visits: int = 99
    visits_a_day: int = 4
    own_teams: int = 1
    joint: Literal["together", "own", "auto"] = "together"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A car with what its crew shall be able to do."""

    team: int
    vehicle: Vehicle
    departments: frozenset[str] = frozenset()
    specialities: frozenset[str] = frozenset()


def needs_of(visits: Iterable[Visit]) -> tuple[Need, ...]:
    """Return the distinct needs of *visits* with how many visits have each."""
    counts: dict[tuple[frozenset[str], frozenset[str]], int] = {}
    for visit in visits:
        key = (visit.departments, visit.specialities)
        counts[key] = counts.get(key, 0) + 1
    found = [Need(departments=d, specialities=s, visits=n) for (d, s), n in counts.items()]
    return tuple(sorted(found, key=_need_order))


def build_team_days(
    *,
    days: Sequence[dt.date],
    vehicles: Sequence[Vehicle],
    inspectors: Sequence[Inspector],
    needs: Sequence[Need],
    lead_department: str,
    settings: TeamSettings,
) -> tuple[TeamDay, ...]:
    """Return the team-days of a week, whose promises can be kept jointly on every day.

    Department sets that are needed together are packed, first fit, into as few joint teams as
    possible; a team keeps its packing over the week as far as leave allows. All other teams belong
    to the lead department, or to nobody in particular where it has too few officers. Teams of a
    department's own follow, numbered alike on every day.
    """
    own = _own_cars(vehicles, lead=lead_department, settings=settings)
    profiles = _profiles(needs, lead=lead_department, settings=settings, own=frozenset(own))
    cars = _spread([car for car in vehicles if car.department in ("", lead_department)])
    rosters = [_Roster(day, inspectors, settings) for day in days]

    def week() -> list[list[_Promise]]:
        made = []
        for at, roster in enumerate(rosters):
            running = [c for c in cars if c.available(roster.day) and c.seats >= settings.min_crew]
            packed = _of_day(profiles, at=at, teams=min(len(running), settings.max_teams),
                             settings=settings, days=len(days))  # fmt: skip
            promises = _promise(roster, running, packed, lead=lead_department)
            made.append(_add_specialities(roster, promises, needs))
        return made

    found = week()
    short = _short(needs, [one for promises in found for one in promises], settings=settings)
    if _reserve(rosters, short, own=own, settings=settings):
        found = week()
    return tuple(
        _team_day(roster.day, promise, settings)
        for roster, promises in zip(rosters, found, strict=True)
        for promise in [*promises, *roster.reserved]
    )


def _own_cars(
    vehicles: Sequence[Vehicle], *, lead: str, settings: TeamSettings
) -> dict[str, list[Vehicle]]:
    """Return the cars of departments that can run teams of their own, by department."""
    found: dict[str, list[Vehicle]] = {}
    for car in sorted(vehicles, key=lambda one: one.id):
        if car.department not in ("", lead) and settings.joint != "together":
            found.setdefault(car.department, []).append(car)
    return {name: found[name] for name in sorted(found)}


def _short(
    needs: Sequence[Need], shared: Sequence[_Promise], *, settings: TeamSettings
) -> list[Need]:
    """Return the needs for which departments have to come in their own cars."""
    return [
        need
        for need in needs
        if len(need.departments) > 1
        and (
            settings.joint == "own"
            or not any(need.departments <= one.departments for one in shared)
        )
    ]


def _reserve(
    rosters: Sequence[_Roster],
    short: Sequence[Need],
    *,
    own: dict[str, list[Vehicle]],
    settings: TeamSettings,
) -> bool:
    """Set officers aside for teams of departments' own; tell whether there are any.

    Where they help out only, they do so on as few days as the visits need, those on which most of
    them can; shared teams keep their officers on all others. Numbers of teams follow those of the
    shared ones, by department.
    """
    called = frozenset[str]().union(*(need.departments for need in short))
    teams = [
        (settings.max_teams + at, name) for at, name in enumerate(own, start=1) if name in called
    ]
    for roster in rosters:
        for team, name in teams:
            running = [c for c in own[name]
                       if c.available(roster.day) and c.seats >= settings.min_crew]  # fmt: skip
            if running:
                promise = _Promise(team=team, vehicle=running[0], departments=frozenset({name}))
                roster.reserve(promise)
    if settings.joint == "auto":
        wanted = max(_LEAST_OWN_DAYS, -(-sum(n.visits for n in short) // settings.visits_a_day))
        best = sorted(rosters, key=lambda one: (-len(one.reserved), one.day))[:wanted]
        for roster in rosters:
            if roster not in best:
                roster.reserved.clear()
    return any(roster.reserved for roster in rosters)


_LEAST_OWN_DAYS = 2


class _Roster:
    """The officers present and certified on a day, and whether they can keep promises.

    ``reserved`` are promises that come before all others.
    """

    def __init__(
        self, day: dt.date, inspectors: Sequence[Inspector], settings: TeamSettings
    ) -> None:
        able = [one for one in inspectors if one.available(day) and one.certified(day)]
        self._people = {one.id: one for one in sorted(able, key=lambda one: one.id)}
        self.day, self.settings = day, settings
        self.reserved: list[_Promise] = []
        self.departments = sorted({one.department for one in able})

    def can_keep(self, promises: Sequence[_Promise]) -> bool:
        """Tell whether all *promises* can be kept on the day by different officers."""
        bundles = [self._bundle(promise) for promise in (*self.reserved, *promises)]
        if any(bundle.size[0] > bundle.size[1] for bundle in bundles):
            return False
        return staff(bundles, people=self._people) is not None

    def reserve(self, promise: _Promise) -> None:
        """Let *promise* come first, if it can be kept beside the others that do."""
        if self.can_keep([promise]):
            self.reserved.append(promise)

    def _bundle(self, promise: _Promise) -> Bundle:
        size = max(self.settings.min_crew, len(promise.departments))
        room = min(size, promise.vehicle.seats, self.settings.max_crew)
        return Bundle(
            id=str(promise.team),
            day=self.day,
            size=(size, room),
            departments=promise.departments,
            specialities=promise.specialities,
            candidates=tuple(
                id_
                for id_, one in self._people.items()
                if not promise.departments or one.department in promise.departments
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """Department sets that one joint team serves, and the number of visits waiting for it."""

    sets: tuple[frozenset[str], ...]
    visits: int

    @property
    def departments(self) -> frozenset[str]:
        return frozenset().union(*self.sets)


def _profiles(
    needs: Sequence[Need], *, lead: str, settings: TeamSettings, own: frozenset[str]
) -> list[_Profile]:
    """Pack the department sets that go beyond the lead department, largest first, first fit.

    Departments with cars of their own are left to them: all of them where that is wanted, else
    those of sets that no car holds.
    """
    waiting: dict[frozenset[str], int] = {}
    for need in needs:
        riding = need.departments
        if settings.joint == "own" or len(riding) > settings.max_crew:
            riding -= own
        if riding - {lead} and len(riding) <= settings.max_crew:
            waiting[riding] = waiting.get(riding, 0) + need.visits
    packed: list[_Profile] = []
    for wanted in sorted(waiting, key=lambda one: (-len(one), -waiting[one], sorted(one))):
        for at, profile in enumerate(packed):
            if len(profile.departments | wanted) <= settings.max_crew:
                packed[at] = _Profile(
                    sets=(*profile.sets, wanted), visits=profile.visits + waiting[wanted]
                )
                break
        else:
            packed.append(_Profile(sets=(wanted,), visits=waiting[wanted]))
    return sorted(packed, key=lambda one: (-one.visits, sorted(one.departments)))


def _of_day(
    profiles: list[_Profile], *, at: int, teams: int, settings: TeamSettings, days: int
) -> list[_Profile | None]:
    """Return the profile of each team on day number *at*; None is an ordinary team.

    More profiles than joint teams take turns over the days.
    """
    room = teams - settings.own_teams if teams > settings.own_teams else teams
    weekly = settings.visits_a_day * days
    wanted = [one for one in profiles for _ in range(-(-one.visits // weekly))]
    wanted = [*profiles, *_beyond_first(wanted)]
    if len(profiles) > room:
        wanted = [profiles[(at * room + slot) % len(profiles)] for slot in range(room)]
    joint = wanted[:room]
    return [*joint, *([None] * (teams - len(joint)))]


def _beyond_first(profiles: list[_Profile]) -> list[_Profile]:
    seen: list[_Profile] = []
    more: list[_Profile] = []
    for profile in profiles:
        (more if profile in seen else seen).append(profile)
    return more


def _promise(
    roster: _Roster, cars: list[Vehicle], packed: list[_Profile | None], *, lead: str
) -> list[_Promise]:
    """Give every team a car and the departments that the officers of the day can stand for."""
    free = list(cars)
    promises: list[_Promise] = []
    for team, profile in enumerate(packed, start=1):
        sets = [*profile.sets, frozenset({lead})] if profile else [frozenset({lead})]
        size = max(roster.settings.min_crew, len(profile.departments) if profile else 0)
        car = next((one for one in free if one.seats >= size), free[0])
        promise = _Promise(team=team, vehicle=car)
        for wanted in sets:
            more = replace(promise, departments=promise.departments | wanted)
            if roster.can_keep([*promises, more]):
                promise = more
        if promise.departments or roster.can_keep([*promises, promise]):
            promises.append(promise)
            free.remove(car)
    return promises


def _add_specialities(
    roster: _Roster, promises: list[_Promise], needs: Sequence[Need]
) -> list[_Promise]:
    """Add specialities as far as they can be kept: first each need once, then on further teams.

    Where no department of a team has the speciality, an officer of another one joins the team.
    """
    wanted = [need for need in sorted(needs, key=_need_order) if need.specialities]
    for at, need in enumerate(wanted):
        if not any(_serves(one, need) for one in promises):
            promises = _extend(roster, promises, need, first=at, guests=False)
        if not any(_serves(one, need) for one in promises):
            promises = _extend(roster, promises, need, first=at, guests=True)
    for turn in range(1, len(promises)):
        for at, need in enumerate(wanted):
            promises = _extend(roster, promises, need, first=at + turn, guests=False)
    return promises


def _extend(
    roster: _Roster, promises: list[_Promise], need: Need, *, first: int, guests: bool
) -> list[_Promise]:
    """Let one more team promise what *need* asks for, if any can, beginning with team *first*."""
    open_to = [
        place
        for place, one in enumerate(promises)
        if need.departments <= one.departments and not _serves(one, need)
    ]
    start = first % max(1, len(open_to))
    for place in [*open_to[start:], *open_to[:start]]:
        one = promises[place]
        known = one.specialities | need.specialities
        joined = roster.departments if guests and one.departments else ("",)
        for guest in joined:
            hosts = one.departments | ({guest} if guest else set())
            more = replace(one, departments=hosts, specialities=known)
            trial = [*promises[:place], more, *promises[place + 1 :]]
            if roster.can_keep(trial):
                return trial
    return promises


def _serves(promise: _Promise, need: Need) -> bool:
    return need.departments <= promise.departments and need.specialities <= promise.specialities


def _spread(vehicles: Sequence[Vehicle]) -> list[Vehicle]:
    """Order cars so that the first ones come from different stations."""
    stations: dict[str, list[Vehicle]] = {}
    for car in sorted(vehicles, key=lambda one: one.id):
        stations.setdefault(car.depot, []).append(car)
    ranked = sorted(stations, key=lambda depot: (-len(stations[depot]), depot))
    rounds = zip_longest(*(stations[depot] for depot in ranked))
    return [car for turn in rounds for car in turn if car is not None]


def _need_order(need: Need) -> tuple[int, list[str], list[str]]:
    return (-need.visits, sorted(need.departments), sorted(need.specialities))


def _team_day(day: dt.date, promise: _Promise, settings: TeamSettings) -> TeamDay:
    return TeamDay(
        id=f"{day.isoformat()}-{promise.team}",
        team=promise.team,
        day=day,
        depot=promise.vehicle.depot,
        vehicle=promise.vehicle.id,
        seats=promise.vehicle.seats,
        start=settings.start,
        end=settings.end,
        lunch=settings.lunch,
        departments=promise.departments,
        specialities=promise.specialities,
        max_visits=settings.max_visits,
    )
