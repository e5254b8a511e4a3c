"""The week as a planning problem: visits to make, team-days to make them with.

Units: seconds since midnight on the clock, seconds of duration, metres of distance. Days are dates.
Solvers see integers only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

DAY_SECONDS = 86_400

LEFT_OUT_SECONDS = 3_600_000
"""What a mandatory visit left out counts in the objective: 1,000 hours of driving."""

UNLIMITED = 1 << 40
"""A load that every car can carry."""

MIN_CREW = 2
"""Officers without whom there is no inspection (行政处罚法 §42; shared rule B6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """Someone who may be sent: an officer with a certificate, or an expert who assists."""

    id: str
    name: str
    department: str
    specialities: frozenset[str] = frozenset()
    certified_until: dt.date | None = None
    may_inspect: bool = True
    leave: tuple[tuple[dt.date, dt.date], ...] = ()
    avoid: frozenset[str] = frozenset()

    def available(self, day: dt.date) -> bool:
        """Tell whether the person is not on leave on *day*."""
        return not any(first <= day <= last for first, last in self.leave)

    def certified(self, day: dt.date) -> bool:
        """Tell whether the person may inspect on *day* (role, certificate not expired)."""
        return self.may_inspect and self.certified_until is not None and day <= self.certified_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """A station where cars start and end; ``place`` is its row in the travel matrices."""

    id: str
    name: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """One anonymous team on one day: a car at a station and what its crew will be able to do.

    Attributes
    ----------
    start, end
        Working hours in seconds since the midnight that begins ``day``; a night round may end
        after the next one, so beyond 86,400.
    lunch
        Earliest start, latest start and length of the break in seconds; a length of 0 means none.
    departments, specialities
        Promises: the crew drawn afterwards must keep them.
    equipment
        What the car is fitted with or licensed for.
    capacity
        Load that the car can carry, in the unit of :attr:`Visit.load`.
    finish
        Station at which the round ends; empty means the one where it began.
    open_end
        The round ends at its last visit: no drive back, and working hours end there.
    overtime, overtime_price
        Seconds that may be worked after ``end``, and seconds of driving that each of them counts.
    expert
        Id of the expert who travels alone to visits that other team-days inspect; empty for teams
        of officers.
    """

    id: str
    team: int
    day: dt.date
    depot: str
    vehicle: str
    seats: int
    start: int
    end: int
    lunch: tuple[int, int, int]
    departments: frozenset[str] = frozenset()
    specialities: frozenset[str] = frozenset()
    max_visits: int = 99
    equipment: frozenset[str] = frozenset()
    capacity: int = UNLIMITED
    finish: str = ""
    open_end: bool = False
    overtime: int = 0
    overtime_price: int = 1
    expert: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """Another visit, and how long after its start this one starts.

    ``least`` and ``most`` are seconds on the clock of the whole week (days count 86,400), ``most``
    None where there is no latest moment. Who follows is only made if the other visit is.
    """

    visit: str
    least: int = 1
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many of some visits are made in the week, on one day, or by one team-day.

    ``code`` names the reason, such as ``annual_cap`` or ``forbidden_pair``.
    """

    code: str
    visits: frozenset[str]
    most: int = 1
    within: Literal["week", "day", "team_day"] = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit to make.

    Attributes
    ----------
    id
        Unique within the week, such as ``2026-W48-V017``.
    object
        Enterprise or site id; for a patrol the cell id.
    place
        Row in the travel matrices.
    kind
        Code of ``visit_kind``.
    service
        Seconds on site.
    window
        Seconds since midnight between which the visit must *start*, and latest end
        ``window[1] + service`` is implied.
    days
        Days on which it may be made; empty means any day of the week.
    departments, specialities
        Every one of them must be in the crew.
    mandatory
        Left out only when it cannot be done at all.
    prize
        Seconds of driving that an optional visit is worth.
    due
        Statutory or policy due date, if there is one.
    order
        Rank in which mandatory visits give way when not all fit: lower stays longer.
        Drawn visits carry their ticket order here.
    meets
        Name of the joint visit of which this is one department's part: all parts start at the same
        moment, each with its own car, or none is made. Empty for a visit of one car.
    follows
        A visit that must have been begun before.
    round
        Name of an unannounced round: what is made of it is made on one day, before word spreads.
    gate
        Name of a gate that several enterprises share: what is made there on one day is one stop of
        one team.
    load
        What the car takes on board (samples, seized goods) and carries until the round ends.
    equipment
        Every one of it must be on the car.
    assists
        The part that an expert takes in a joint visit; only a team-day with an ``expert`` makes it.
    """

    id: str
    object: str
    place: int
    kind: str
    service: int
    window: tuple[int, int] = (0, DAY_SECONDS)
    days: tuple[dt.date, ...] = ()
    departments: frozenset[str] = frozenset()
    specialities: frozenset[str] = frozenset()
    mandatory: bool = True
    prize: int = 0
    due: dt.date | None = None
    order: int = 0
    reasons: tuple[str, ...] = ()
    meets: str = ""
    follows: Follows | None = None
    round: str = ""
    gate: str = ""
    load: int = 0
    equipment: frozenset[str] = frozenset()
    assists: bool = False

    def allowed(self, day: dt.date) -> bool:
        """Tell whether the visit may be made on *day*."""
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A week to plan.

    Attributes
    ----------
    seconds, metres
        Integer matrices over places (rows: from, columns: to).
    limits
        Most visits out of sets of them.
    prices
        Seconds of driving that it counts to have a visit made by a team-day, by both ids; what is
        not named counts nothing. Areas of teams and nearness to an earlier plan are said so.
    locked
        Team-day that must make a visit, by id of the visit: it is made there or not at all.
    spread
        Most that weekly hours of teams with equally long weeks may lie apart, in thousandths of
        their mean; None for any.
    """

    visits: tuple[Visit, ...]
    team_days: tuple[TeamDay, ...]
    depots: tuple[Depot, ...]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]
    limits: tuple[Limit, ...] = ()
    prices: Mapping[tuple[str, str], int] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    spread: int | None = None

    def replace(self, **changes: Any) -> Self:
        """Return a variant of the problem."""
        return replace(self, **changes)

    def price(self, visit: Visit, team_day: TeamDay) -> int:
        """Return what it counts to have *visit* made by *team_day*, in seconds of driving."""
        return self.prices.get((visit.id, team_day.id), 0)

    def open_to(self, visit: Visit, team_day: TeamDay) -> bool:
        """Tell whether *visit* is not locked to another team-day than *team_day*."""
        return self.locked.get(visit.id, team_day.id) == team_day.id

    def depot(self, id_: str) -> Depot:
        """Return the depot called *id_*."""
        return next(depot for depot in self.depots if depot.id == id_)

    def team_day(self, id_: str) -> TeamDay:
        """Return the team-day called *id_*."""
        return next(team_day for team_day in self.team_days if team_day.id == id_)

    def visit(self, id_: str) -> Visit:
        """Return the visit called *id_*."""
        return next(visit for visit in self.visits if visit.id == id_)


Sequences = dict[str, list[Visit]]
"""Visits in order of driving, by id of the team-day."""
