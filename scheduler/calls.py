"""Visits that must all be made, late if need be: the day to plan, and the routes that serve it.

Moments, services and drives are integers of one unit, seconds or finer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one crew does at a visit.

    Attributes
    ----------
    ability
        What the crew must be able to do.
    service
        How long it takes.
    least, most
        How long after the part before it this one starts; (0, 0) is at the same moment.
    """

    ability: str
    service: int
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A visit that must be made: each part by another crew, none before ``opens``.

    Attributes
    ----------
    place
        Row of the visit in the matrix of drives.
    opens, due
        Moments of the earliest and of the latest start; starting after ``due`` is late.
    parts
        In the order of their starts.
    """

    id: str
    place: int
    opens: int
    due: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A crew, the place where it starts and ends, and what it is able to do."""

    id: str
    place: int
    abilities: frozenset[str]
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one unit of time of each kind costs."""

    driving: int = 1
    lateness: int = 1
    largest: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of visits that must all be made.

    Attributes
    ----------
    drives
        Integer matrix (places by places) of driving times in the unit of all moments.
    """

    calls: tuple[Call, ...]
    crews: tuple[Crew, ...]
    drives: NDArray[np.int64]
    prices: Prices = Prices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A part of a visit on the route of a crew: the visit's id, which part, and its start."""

    call: str
    part: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Routes that serve every visit.

    Attributes
    ----------
    routes
        Stops in order of driving, by id of the crew; idle crews have none.
    driving, lateness, largest
        Driving time, sum of all lateness, the largest one (each part of a visit counts).
    cost
        The three at their prices.
    moves
        Moves that were tried.
    """

    routes: dict[str, tuple[Stop, ...]]
    driving: int
    lateness: int
    largest: int
    cost: int
    moves: int


class NoCrew(ValueError):  # noqa: N818 - says what is missing
    """Visits that cannot be served whatever is left out; ``rows`` are their ids."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = tuple(rows)
        super().__init__("no crews, all different, are able to serve: " + ", ".join(rows))
