"""The exact times of one team's day: travel, waiting, lunch and inspections in a given order.

Lunch starts inside its window and lasts its full length. It may interrupt travel or waiting, may
lie before the departure or after the return, and never interrupts an inspection. A round may end
at another station or at its last visit, and after the working hours where overtime is allowed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from scheduler.plan import Route, Stop
from scheduler.problem import MIN_CREW, UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from scheduler.problem import Problem, TeamDay, Visit

_NEVER = 10**9


class _Leg(NamedTuple):
    """When a drive with lunch on the way ends: arrival, readiness to inspect, start of lunch."""

    arrive: int
    ready: int
    lunch: int


class _Run(NamedTuple):
    """One pass over the day with lunch on a chosen leg; ``late`` adds up what rules forbid."""

    late: int
    back: int
    starts: tuple[int, ...]
    lunch_leg: int


def crew_size(departments: frozenset[str]) -> int:
    """Return how many officers must ride to stand for *departments*."""
    return max(MIN_CREW, len(departments))


def obstacle(
    visit: Visit, team_day: TeamDay, *, locked: Mapping[str, str] | None = None
) -> str | None:
    """Return the code of what keeps *team_day* from making *visit* whatever the hours, or None.

    The codes are those of :data:`scheduler.plan.REASONS`, in the order in which they are looked at.
    ``locked`` are the team-days that must make visits, if that is to be looked at.
    """
    code = _crew_obstacle(visit, team_day)
    if code is not None:
        return code
    if not visit.equipment <= team_day.equipment:
        return "no_equipment"
    crew = 1 if team_day.expert else crew_size(team_day.departments)
    if crew > team_day.seats or team_day.max_visits < 1:
        return "no_seat"
    if visit.load > team_day.capacity:
        return "no_room_on_car"
    if not visit.allowed(team_day.day):
        return "no_day"
    return "locked" if locked and locked.get(visit.id, team_day.id) != team_day.id else None


def _crew_obstacle(visit: Visit, team_day: TeamDay) -> str | None:
    if bool(team_day.expert) != visit.assists:
        return "no_expert" if visit.assists else "no_officer"
    if not visit.departments <= team_day.departments:
        return "no_department"
    return None if visit.specialities <= team_day.specialities else "no_speciality"


def has_room(team_day: TeamDay, visits: Sequence[Visit], *new: Visit) -> bool:
    """Tell whether *new* visits can join *visits* by number and by load of the car."""
    if len(visits) + len(new) > team_day.max_visits:
        return False
    if team_day.capacity >= UNLIMITED:
        return True
    return sum(one.load for one in (*visits, *new)) <= team_day.capacity


class Timetable:
    """Turns a sequence of visits into times; made once for a problem and then asked often."""

    def __init__(self, problem: Problem) -> None:
        """Read the travel matrices of *problem* once."""
        self._seconds = _rows(problem.seconds)
        self._metres = _rows(problem.metres)
        self._depots = {depot.id: depot.place for depot in problem.depots}
        self._prices = problem.prices

    def drive(self, here: int, there: int) -> int:
        """Return seconds of travel between two places; none within one place."""
        return 0 if here == there else self._seconds[here][there]

    def driving(self, team_day: TeamDay, visits: Sequence[Visit]) -> int:
        """Return seconds of travel of the round through *visits* in order."""
        return sum(self._legs(team_day, visits)) if visits else 0

    def overtime(self, team_day: TeamDay, visits: Sequence[Visit]) -> int:
        """Return the seconds after working hours that the round through *visits* takes."""
        if not team_day.overtime or not visits:
            return 0
        best = min(_runs(team_day, visits, self._legs(team_day, visits)))
        return max(0, best.back - team_day.end)

    def price(self, team_day: TeamDay, visit: Visit) -> int:
        """Return what it counts to have *visit* made by *team_day*."""
        return self._prices.get((visit.id, team_day.id), 0) if self._prices else 0

    def cost(self, team_day: TeamDay, visits: Sequence[Visit]) -> int:
        """Return what a round counts in the objective: driving, prices and overtime."""
        priced = sum(self.price(team_day, visit) for visit in visits) if self._prices else 0
        late = self.overtime(team_day, visits) if team_day.overtime else 0
        return self.driving(team_day, visits) + priced + late * team_day.overtime_price

    def detours(self, team_day: TeamDay, visits: Sequence[Visit], new: Visit) -> list[int]:
        """Return the seconds of driving that *new* adds at each position of the round."""
        drive = self.drive
        if not visits:
            return [self.driving(team_day, [new])]
        places = self._places(team_day, visits)
        found = [
            drive(a, new.place) + drive(new.place, b) - drive(a, b) for a, b in pairwise(places)
        ]
        if team_day.open_end:
            found.append(drive(visits[-1].place, new.place))
        return found

    def route(self, team_day: TeamDay, visits: Sequence[Visit]) -> Route | None:
        """Return the round with the earliest times, None where it breaks a rule of time or room.

        Of the places for lunch the one with the earliest return is taken (at equal returns the
        earlier one). Inspections start as early as they can; the car leaves the station as late as
        that allows. Where the end is open the round is over at its last leave. An empty sequence
        has no route.
        """
        if not visits or not has_room(team_day, visits):
            return None
        legs = self._legs(team_day, visits)
        best = min(_runs(team_day, visits, legs))
        return None if best.late else self._dress(team_day, visits, legs, best)

    def lateness(self, team_day: TeamDay, visits: Sequence[Visit]) -> int:
        """Return the seconds by which the best run is late at windows and at the end; 0 if none.

        Overtime that is allowed is not late.
        """
        return min(_runs(team_day, visits, self._legs(team_day, visits))).late if visits else 0

    def on_the_spot(self, team_day: TeamDay, visit: Visit) -> bool:
        """Tell whether *team_day* could make *visit* if there were no way to drive."""
        return not min(_runs(team_day, [visit], [0, 0])).late

    def _legs(self, team_day: TeamDay, visits: Sequence[Visit]) -> list[int]:
        """Return the drives; the one of an open end leads nowhere and takes no time."""
        places = self._places(team_day, visits)
        legs = [self.drive(a, b) for a, b in pairwise(places)]
        return [*legs, 0] if team_day.open_end else legs

    def _places(self, team_day: TeamDay, visits: Sequence[Visit]) -> list[int]:
        home = self._depots[team_day.depot]
        if team_day.open_end:
            return [home, *(visit.place for visit in visits)]
        last = self._depots[team_day.finish] if team_day.finish else home
        return [home, *(visit.place for visit in visits), last]

    def _dress(
        self, team_day: TeamDay, visits: Sequence[Visit], legs: list[int], run: _Run
    ) -> Route:
        """Add departure, arrivals and lunch to the starts of a run."""
        first = _departure(team_day, legs[0], run)
        stops: list[Stop] = []
        lunch: int | None = None
        free = first.ready  # here: the departure
        for at, visit in enumerate(visits):
            arrive = free + legs[at]
            if at == 0:
                arrive, lunch = first.arrive, first.lunch if run.lunch_leg == 0 else None
            elif at == run.lunch_leg:
                arrive, _, lunch = _with_lunch(team_day, free, legs[at])
            free = run.starts[at] + visit.service
            stops.append(Stop(visit=visit.id, arrive=arrive, start=run.starts[at], leave=free))
        if run.lunch_leg == len(visits):
            lunch = _with_lunch(team_day, free, legs[-1]).lunch
        elif run.lunch_leg > len(visits):
            lunch = max(run.back, team_day.lunch[0])
        places = self._places(team_day, visits)
        pairs = [(a, b) for a, b in pairwise(places) if a != b]
        return Route(
            team_day=team_day.id,
            depart=first.ready,
            stops=tuple(stops),
            back=run.back,
            lunch=lunch,
            metres=sum(self._metres[a][b] for a, b in pairs),
            seconds=sum(legs),
        )


def _rows(matrix: NDArray[np.int64]) -> list[memoryview[int]]:
    """Return the rows of *matrix* to read integers from: as lists a province's fill a gigabyte."""
    return [memoryview(row) for row in matrix]


def _runs(team_day: TeamDay, visits: Sequence[Visit], legs: list[int]) -> list[_Run]:
    """Return one run for each place of lunch: legs 0…n, and n + 1 for after the return.

    A round with an open end has no last leg; its lunch may come after the last visit.
    """
    if not team_day.lunch[2]:
        return [_run(team_day, visits, legs, lunch_leg=-1)]
    places = list(range(len(legs) + 1))
    if team_day.open_end:
        places.remove(len(visits))
    return [_run(team_day, visits, legs, lunch_leg=leg) for leg in places]


def _run(team_day: TeamDay, visits: Sequence[Visit], legs: list[int], *, lunch_leg: int) -> _Run:
    late, free = 0, team_day.start
    starts: list[int] = []
    for at, visit in enumerate(visits):
        ready = free + legs[at]
        if at == lunch_leg:
            ready = (_first_with_lunch if at == 0 else _with_lunch)(team_day, free, legs[at]).ready
        start = max(ready, visit.window[0])
        late += max(0, start - visit.window[1])
        starts.append(start)
        free = start + visit.service
    back = free + legs[-1]
    if lunch_leg == len(visits):
        back = _with_lunch(team_day, free, legs[-1]).ready
    elif lunch_leg > len(visits) and back > team_day.lunch[1]:
        late += back - team_day.lunch[1]
    late += max(0, back - team_day.end - team_day.overtime)
    return _Run(late, back, tuple(starts), lunch_leg)


def _with_lunch(team_day: TeamDay, free: int, drive: int) -> _Leg:
    """Return a drive from *free* on with lunch: before it, on arrival, or on the way if it must."""
    earliest, latest, length = team_day.lunch
    if free > latest:
        return _Leg(_NEVER, _NEVER, _NEVER)
    if free >= earliest:
        return _Leg(free + length + drive, free + length + drive, free)
    there = free + drive
    if there <= latest:
        lunch = max(there, earliest)
        return _Leg(there, lunch + length, lunch)
    return _Leg(there + length, there + length, earliest)


def _first_with_lunch(team_day: TeamDay, free: int, drive: int) -> _Leg:
    """Return the first drive, before which lunch may also be eaten ahead of working hours."""
    earliest, _, length = team_day.lunch
    leave = max(free, earliest + length)
    ahead = _Leg(leave + drive, leave + drive, earliest)
    return min(ahead, _with_lunch(team_day, free, drive), key=lambda leg: leg.ready)


def _departure(team_day: TeamDay, drive: int, run: _Run) -> _Leg:
    """Return arrival, *departure* (as ``ready``) and lunch of the first leg, leaving late."""
    start = run.starts[0]
    if run.lunch_leg != 0:
        return _Leg(start, start - drive, 0)
    earliest, latest, length = team_day.lunch
    if earliest + length + drive <= start:
        return _Leg(start, start - drive, earliest)
    leave = start - drive - length
    lunch = min(latest, leave + drive)
    return _Leg(start - length if lunch == leave + drive else start, leave, lunch)
