"""Hours, lunch and windows made wider step by step until a visit has its place on a route."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from scheduler.plan import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.problem import TeamDay, Visit
    from scheduler.schedule import Timetable

STEP = 600
"""Seconds of one step."""
_USUAL, _EARLY = 18, 12
_UNBOUNDED = 144
NEVER = 10**9
"""A time that no clock reaches."""


class Loosened:
    """A visit at one place of a route, and the least time that is missing whatever the order.

    ``least`` is a lower bound in steps for longer hours; ``bare`` the one without any lunch.
    """

    __slots__ = ("_ride", "_stops", "at", "bare", "extra", "least", "team_day", "visit")

    def __init__(self, team_day: TeamDay, ride: Ride, visit: Visit, *, at: int) -> None:
        """Look at *visit* before place *at* of the route of *ride*."""
        self.team_day, self.visit, self.at, self._ride = team_day, visit, at, ride
        before, after = ride.places[at], ride.places[at + 1]
        drive = ride.timetable.drive
        there = drive(before, visit.place)
        on = drive(visit.place, after) if after >= 0 else 0
        self.extra = there + on - ride.legs[at]
        work = ride.work + self.extra + visit.service
        self.bare = _steps(work - (last_end(team_day) - team_day.start))
        self.least = _steps(_least_missing(team_day, work))
        self._stops: list[tuple[int, int, int, int]] | None = None

    def fits(self, limits: Limits) -> bool:
        """Tell whether the route is on time within *limits*."""
        if self._stops is None:
            self._stops = self._ride.with_stop(self.visit, at=self.at)
        drive, _, _, service = self._stops[self.at]
        self._stops[self.at] = (drive, *limits.window, service)
        return _on_time(limits, self._stops)

    def limits(self) -> Limits:
        """Return the limits as they are."""
        day = self.team_day
        return Limits(day.start, last_end(day), day.lunch, self.visit.window)


class Limits(NamedTuple):
    """What can be loosened step by step: hours, lunch, and the window of the visit."""

    start: int
    end: int
    lunch: tuple[int, int, int]
    window: tuple[int, int]


def last_end(team_day: TeamDay) -> int:
    """Return when a round must be over at the latest, overtime and all."""
    return team_day.end + team_day.overtime


def ends_of(team_day: TeamDay, homes: Mapping[str, int]) -> tuple[int, int]:
    """Return the places where a round begins and ends, -1 for an end that is open."""
    home = homes[team_day.depot]
    if team_day.open_end:
        return home, -1
    return home, homes[team_day.finish] if team_day.finish else home


class Ride:
    """A route as plain numbers, from which it is quick to tell whether one more stop fits."""

    __slots__ = ("legs", "places", "timetable", "visits", "work")

    def __init__(
        self, ends: tuple[int, int], visits: Sequence[Visit], timetable: Timetable
    ) -> None:
        """Take the round through *visits*; *ends* are those of :func:`ends_of`."""
        self.timetable, self.visits = timetable, visits
        self.places = [ends[0], *(one.place for one in visits), ends[1]]
        self.legs = [self._drive(a, b) for a, b in pairwise(self.places)]
        if not visits:
            self.legs = [0]  # who has nothing to do stays at home
        self.work = sum(self.legs) + sum(one.service for one in visits)

    def _drive(self, here: int, there: int) -> int:
        return self.timetable.drive(here, there) if there >= 0 else 0

    def with_stop(self, visit: Visit, *, at: int) -> list[tuple[int, int, int, int]]:
        """Return drive, window and service of every stop with *visit* at *at*, then the way home.

        The way home has the window and service of nothing.
        """
        stops = [*self.visits[:at], visit, *self.visits[at:]]
        here = self.places[0]
        found = []
        for stop in stops:
            found.append((self._drive(here, stop.place), *stop.window, stop.service))
            here = stop.place
        return [*found, (self._drive(here, self.places[-1]), 0, 0, 0)]


def _on_time(limits: Limits, stops: Sequence[tuple[int, int, int, int]]) -> bool:
    """Tell whether a route keeps its windows, its lunch and its hours."""
    start, end, lunch, _ = limits
    clocks = set_out(start, lunch)
    for drive, opens, closes, service in stops[:-1]:
        clocks = advance(clocks, lunch, drive, opens, closes, service)
    return home_in_time(clocks, lunch, stops[-1][0], end)


def set_out(start: int, lunch: tuple[int, int, int]) -> tuple[int, int]:
    """Return the two clocks of a day: ready with lunch still to come, and with lunch taken.

    An earlier time is never worse, so that the earliest of each is enough.
    """
    return (start, max(start, lunch[0] + lunch[2])) if lunch[2] else (NEVER, start)


def advance(
    clocks: tuple[int, int], lunch: tuple[int, int, int], drive: int, opens: int, closes: int,
    service: int,
) -> tuple[int, int]:  # fmt: skip
    """Return the clocks after a drive and an inspection; :data:`NEVER` where that is too late."""
    hungry, fed = clocks
    ready = min(fed + drive, _after_lunch(lunch, hungry, drive))
    hungry += drive
    return (
        max(hungry, opens) + service if hungry <= closes else NEVER,
        max(ready, opens) + service if ready <= closes else NEVER,
    )


def home_in_time(
    clocks: tuple[int, int], lunch: tuple[int, int, int], drive: int, end: int
) -> bool:
    """Tell whether the drive home ends within the hours, lunch had or still to be had in time."""
    hungry, fed = clocks
    if min(fed + drive, _after_lunch(lunch, hungry, drive)) <= end:
        return True
    return hungry + drive <= min(lunch[1], end)


def _after_lunch(lunch: tuple[int, int, int], free: int, drive: int) -> int:
    """Return when a drive from *free* on has ended, with lunch before it, on the way or after."""
    earliest, latest, length = lunch
    if free > latest:
        return NEVER
    there = free + drive
    if free >= earliest or there > latest:
        return there + length
    return max(there, earliest) + length


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One limit, or several together, that can be made wider step by step.

    Attributes
    ----------
    codes
        Codes of the sentences.
    start, end, lunch, opens, closes
        Which limits give way.
    cost
        Comes on top of one for each step.
    most
        Steps that are tried at most.
    """

    codes: tuple[str, ...]
    start: bool = False
    end: bool = False
    lunch: bool = False
    opens: bool = False
    closes: bool = False
    cost: int = 0
    most: int = _USUAL

    @property
    def hours(self) -> bool:
        """Whether the day becomes longer."""
        return self.start or self.end

    def wider(self, limits: Limits, *, steps: int) -> Limits:
        """Return *limits* made wider by a number of steps."""
        start, end, lunch, window = limits
        more = steps * STEP
        if self.start:
            start = max(0, start - more)
        if self.end:
            end += more
        if self.lunch and lunch[2]:
            lunch = (max(0, lunch[0] - more), lunch[1] + more, lunch[2])
        if self.opens:
            window = (max(0, window[0] - more), window[1])
        if self.closes:
            window = (window[0], window[1] + more)
        return Limits(start, end, lunch, window)

    def detail(self, code: str, team_day: str, limits: Limits, *, steps: int) -> dict[str, Any]:
        """Return the data of the sentence *code*: how much wider, and what holds now."""
        found: dict[str, Any] = {"team_day": team_day, "minutes": steps * STEP // 60}
        if code == "relief_later":
            return found | {"until": clock(limits.end)}
        if code == "relief_earlier":
            return found | {"start": clock(limits.start)}
        opens, closes = limits.lunch[:2] if code == "relief_lunch" else limits.window
        return found | {"opens": clock(opens), "closes": clock(closes)}


def least_steps(trial: Loosened, variant: Variant, *, most: int) -> int:
    """Return the fewest steps of *variant* that make room, 0 where *most* do not."""
    bound = trial.bare if variant.lunch else trial.least
    if most < max(1, bound) or (bound and not variant.hours):
        return 0
    limits = trial.limits()

    def fits(steps: int) -> bool:
        return trial.fits(variant.wider(limits, steps=steps))

    if not fits(most):
        return 0
    fails = max(0, bound - 1)
    while most - fails > 1:
        middle = (fails + most) // 2
        if fits(middle):
            most = middle
        else:
            fails = middle
    return most


def _steps(seconds: int) -> int:
    return max(0, -(-seconds // STEP))


def _least_missing(team_day: TeamDay, work: int) -> int:
    """Return the least seconds missing for *work* seconds of driving and inspecting, and lunch."""
    free = last_end(team_day) - team_day.start
    earliest, latest, length = team_day.lunch
    done = team_day.start + work
    if not length or done <= latest:
        return work - free
    # Lunch ahead of working hours costs nothing; a day that ends before lunch must be that short.
    inside = max(0, min(length, earliest + length - team_day.start))
    return min(work + inside - free, max(work - free, done - latest))


VARIANTS = (
    Variant(codes=("relief_later",), end=True),
    Variant(codes=("relief_earlier",), start=True, most=_EARLY),
    Variant(codes=("relief_lunch",), lunch=True, cost=1),
    Variant(codes=("relief_window",), closes=True, cost=2),
    Variant(codes=("relief_window",), opens=True, cost=2),
    Variant(codes=("relief_later", "relief_window"), end=True, closes=True, cost=2),
    Variant(codes=("relief_earlier", "relief_window"), start=True, opens=True, cost=2,
            most=_EARLY),
)  # fmt: skip
"""What is tried on every team-day, up to three hours of it, two in the morning."""
LAST_RESORT = (
    Variant(codes=("relief_later", "relief_window"), end=True, closes=True, cost=2,
            most=_UNBOUNDED),
    Variant(codes=("relief_earlier", "relief_later", "relief_window"), start=True, end=True,
            opens=True, closes=True, cost=2, most=_UNBOUNDED),
)  # fmt: skip
"""What is tried where nothing else helps: a team whose day is as long as it takes."""
