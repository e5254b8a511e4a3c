"""The week as a planning problem: visits to make, team-days to make them with.

Units: seconds since midnight on the clock, seconds of duration, metres of distance. Days are dates.
Solvers see integers only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

DAY_SECONDS = 86_400

LEFT_OUT_SECONDS = 3_600_000
"""What a mandatory visit left out counts in the objective: 1,000 hours of driving."""

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

    ``departments`` and ``specialities`` are promises: the crew drawn afterwards must keep them.
    ``lunch`` is (earliest start, latest start, length) in seconds; a length of 0 means none.
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

    def allowed(self, day: dt.date) -> bool:
        """Tell whether the visit may be made on *day*."""
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A week to plan.

    ``seconds`` and ``metres`` are integer matrices over places (rows: from, columns: to).
    """

    visits: tuple[Visit, ...]
    team_days: tuple[TeamDay, ...]
    depots: tuple[Depot, ...]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]

    def replace(self, **changes: Any) -> Self:
        """Return a variant of the problem."""
        return replace(self, **changes)

    def depot(self, id_: str) -> Depot:
        """Return the depot called *id_*."""
        return next(depot for depot in self.depots if depot.id == id_)

    def team_day(self, id_: str) -> TeamDay:
        """Return the team-day called *id_*."""
        return next(team_day for team_day in self.team_days if team_day.id == id_)

    def visit(self, id_: str) -> Visit:
        """Return the visit called *id_*."""
        return next(visit for visit in self.visits if visit.id == id_)
