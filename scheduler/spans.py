"""When a visit could start at each of many places, and the choice among places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Place(NamedTuple):
    """A place for a visit, compared by what it counts; ``start`` is when the visit starts there."""

    cost: int
    team_day: str
    position: int
    start: int


class Spans(NamedTuple):
    """All places for one visit: extra driving, and first and last starts, before lunch or after.

    Nobody can start where the first is later than the last.
    """

    extra: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def open(self) -> NDArray[np.bool_]:
        """Return which places are open at all."""
        found: NDArray[np.bool_] = np.logical_or(*(self.first <= self.last))
        return found

    def at(self, moment: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which places allow a start at exactly *moment* (one for each place)."""
        found: NDArray[np.bool_] = np.logical_or(*((self.first <= moment) & (moment <= self.last)))
        return found


def intervals(spans: Spans, some: NDArray[np.bool_], whose: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return first and last start at *some* of the places and whose they are, one row each."""
    firsts, lasts = spans.first[:, some].ravel(), spans.last[:, some].ravel()
    found = np.stack([firsts, lasts, np.tile(whose[some], 2)], axis=1)
    open_: NDArray[np.int64] = found[firsts <= lasts]
    return open_


def gaps(some: NDArray[np.int64], moment: int, most: int) -> list[Place]:
    """Return the team-days, *most* of them, whose intervals lie nearest to *moment*: how far."""
    away = np.maximum(0, np.maximum(some[:, 0] - moment, moment - some[:, 1]))
    found: dict[int, Place] = {}
    for at in np.argsort(away, kind="stable").tolist():
        found.setdefault(int(some[at, 2]), Place(int(away[at]), f"{some[at, 2]}", 0, moment))
        if len(found) == most:
            break
    return list(found.values())


def total(places: Sequence[Place]) -> tuple[int, int, list[Place]]:
    """Return the key by which places of a joint visit are compared: what they count, and when."""
    return sum(place.cost for place in places), places[0].start, list(places)


def apart(choices: Sequence[Sequence[Place]]) -> list[Place] | None:
    """Return the cheapest choice of one place each, all on different team-days."""
    best: list[Place] | None = None

    def extend(chosen: list[Place], cost: int) -> None:
        nonlocal best
        if best is not None and cost >= sum(place.cost for place in best):
            return
        if len(chosen) == len(choices):
            best = list(chosen)
            return
        for place in choices[len(chosen)]:
            if all(place.team_day != one.team_day for one in chosen):
                extend([*chosen, place], cost + place.cost)

    extend([], 0)
    return best
