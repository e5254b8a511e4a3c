"""How far hours and lunch of routes must give way for a visit to start at a given moment.

Every place between two stops is told by the two clocks of :mod:`scheduler.clocks`, once as things
are and once for each step by which a limit of the day gives way. A visit is then tried at all
places of a day, at many moments and under all limits at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from scheduler.clocks import earliest_leaving, fed_after, hungry_until, latest_reaching
from scheduler.links import shared_gate
from scheduler.loosening import VARIANTS, Limits, Variant, ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.problem import TeamDay, Visit
    from scheduler.schedule import Timetable

AS_IS = Variant(codes=(), most=0)
HOURS = (AS_IS, *(one for one in VARIANTS if not (one.opens or one.closes)))
"""What gives way on a route; the window of the visit is another matter."""
LONGEST = Variant(codes=("relief_earlier", "relief_later"), start=True, end=True, cost=2, most=144)
"""What is tried where nothing else helps, hour by hour."""
_HOUR = 6
FULL = 10**6
"""Steps that are never enough."""
NEVER = FULL * FULL
"""A cost (in units times :data:`FULL`, and extra driving) of what cannot be."""

Round = tuple["TeamDay", tuple["Visit", ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The fewest steps at all places (rows) and moments (columns), and the extra driving there.

    ``begins`` is the row at which the places of each round begin.
    """

    steps: NDArray[np.int64]
    extra: NDArray[np.int64]
    begins: NDArray[np.int64]

    def least(self) -> NDArray[np.int64]:
        """Return steps times :data:`FULL` and the extra driving, least of each round and moment."""
        key = self.steps * FULL + np.minimum(self.extra, FULL - 1)[:, None]
        found: NDArray[np.int64] = np.minimum.reduceat(key, self.begins, axis=0)
        return found

    def position(self, number: int, moment: int) -> tuple[int, int]:
        """Return the place on a round for the moment of that number, and the steps there."""
        end = [*self.begins.tolist(), len(self.extra)][number + 1]
        begin = int(self.begins[number])
        here = slice(begin, end)
        at = int(np.lexsort((self.extra[here], self.steps[here, moment]))[0])
        key = self.steps[begin + at, moment] * FULL + min(int(self.extra[begin + at]), FULL - 1)
        return at, int(key // FULL)


class Slack:
    """Some rounds, and the clocks at all places of them."""

    def __init__(
        self, rounds: Sequence[Round], *, homes: Mapping[str, int], timetable: Timetable
    ) -> None:
        """Take *rounds* as team-days with what each makes in order."""
        self.rounds, self._timetable = tuple(rounds), timetable
        self._legs: list[list[int]] = []
        before: list[int] = []
        after: list[int] = []
        self._gates: list[tuple[str, str]] = []
        for day, stops in self.rounds:
            home, end = ends_of(day, homes)
            spots = [home, *(stop.place for stop in stops), end]
            self._legs.append([self._drive(a, b) for a, b in pairwise(spots)] if stops else [0])
            before += spots[:-1]
            after += spots[1:]
            self._gates += pairwise(["", *(shared_gate(stop) for stop in stops), ""])
        self._before, self._after = before, after
        self._gap = np.array([leg for legs in self._legs for leg in legs], dtype=np.int64)
        self._begins = np.cumsum([0, *(len(legs) for legs in self._legs[:-1])])
        self._split = np.array([a == b != "" for a, b in self._gates], dtype=bool)
        self._tables: dict[Variant, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        self._place = -1  # where the last visit was, and what is known of going there
        self._detours = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._known: dict[tuple[int, Variant], tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def fit(
        self, visit: Visit, variant: Variant, moments: NDArray[np.int64], *, join: bool = False
    ) -> Fit:
        """Return the fewest steps of *variant* for starts of *visit* at *moments*.

        Where it must *join* what is made at its gate, only the places beside that come into
        question.
        """
        first, last = self._starts(visit, variant)
        short = len(first) - _open_at(first, last, moments)
        steps = np.where(short < len(first), short.astype(np.int64) * _every(variant), FULL)
        steps[self._closed(visit, join=join)] = FULL
        there, on = self._detour(visit)
        return Fit(steps=steps, extra=there + on - self._gap, begins=self._begins)

    def earliest(self, visit: Visit, *, numbers: Iterable[int]) -> list[int]:
        """Return the first moments at which *visit* could start on some rounds, as things are."""
        first, last = self._starts(visit, AS_IS)
        sizes = [len(legs) for legs in self._legs]
        here = np.isin(np.repeat(np.arange(len(sizes)), sizes), list(numbers))
        found: list[int] = first[(first <= last) & here].tolist()
        return found

    def _closed(self, visit: Visit, *, join: bool) -> NDArray[np.bool_]:
        """Return the places at which the one stop at a gate would be split."""
        gate = shared_gate(visit)
        if not gate and not join:
            return self._split
        return np.array([
            (a == b != "" and a != gate) or (join and gate not in (a, b)) for a, b in self._gates
        ], dtype=bool)  # fmt: skip

    def _detour(self, visit: Visit) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the drives to *visit* and on from it at all places."""
        if visit.place != self._place:
            there = [self._drive(spot, visit.place) for spot in self._before]
            on = [self._drive(visit.place, spot) for spot in self._after]
            self._detours = np.array(there, dtype=np.int64), np.array(on, dtype=np.int64)
            self._place = visit.place
            self._known.clear()
        return self._detours

    def _starts(
        self, visit: Visit, variant: Variant
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return first and last start: by steps, before lunch or after it, and by place."""
        self._detour(visit)
        key = visit.service, variant
        if key not in self._known:
            self._known[key] = self._reckoned(visit, variant)
        return self._known[key]

    def _reckoned(
        self, visit: Visit, variant: Variant
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        lunches, (hungry, fed, until_hungry, until_fed) = self._told(variant)
        there, on = self._detour(visit)
        first = np.stack([
            hungry + there, np.minimum(fed + there, fed_after(lunches.T, hungry, there))
        ], axis=1)  # fmt: skip
        last = np.stack([
            np.maximum(until_hungry - on, hungry_until(lunches.T, on, until_fed)), until_fed - on
        ], axis=1)  # fmt: skip
        return first, last - visit.service

    def _told(self, variant: Variant) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return figures of lunch and clocks (before and after) by number of steps and place."""
        if variant not in self._tables:
            told = [
                self._clocks(variant, steps=steps)
                for steps in range(0, variant.most + 1, _every(variant))
            ]
            lunches = np.array([lunch for lunch, _ in told], dtype=np.int64)
            clocks = np.array([rows for _, rows in told], dtype=np.int64)
            self._tables[variant] = (
                np.ascontiguousarray(np.moveaxis(lunches, 2, 0)),
                np.ascontiguousarray(np.moveaxis(clocks, 2, 0)),
            )
        return self._tables[variant]

    def _clocks(
        self, variant: Variant, *, steps: int
    ) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int, int]]]:
        lunches: list[tuple[int, int, int]] = []
        clocks: list[tuple[int, int, int, int]] = []
        for (day, stops), legs in zip(self.rounds, self._legs, strict=True):
            limits = Limits(day.start, day.end, day.lunch, (0, 0))
            wider = variant.wider(limits, steps=steps)
            one = day if not steps else replace(
                day, start=wider.start, end=wider.end, lunch=wider.lunch
            )  # fmt: skip
            before, after = earliest_leaving(one, stops, legs), latest_reaching(one, stops, legs)
            clocks += [(*a, *b) for a, b in zip(before, after, strict=True)]
            lunches += [one.lunch] * len(before)
        return lunches, clocks

    def _drive(self, here: int, there: int) -> int:
        return self._timetable.drive(here, there) if there >= 0 else 0


def _open_at(
    first: NDArray[np.int64], last: NDArray[np.int64], moments: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count at each place and moment in how many steps one of both spans is open.

    What is open in both counts once.
    """
    begin = np.searchsorted(moments, first)
    end = np.maximum(begin, np.searchsorted(moments, last, side="right"))
    low, high = begin.max(axis=1), end.min(axis=1)
    places = np.arange(first.shape[2])
    turns = np.zeros((len(places), len(moments) + 1), dtype=np.int64)
    for one, at in ((1, begin[:, 0]), (1, begin[:, 1]), (-1, end[:, 0]), (-1, end[:, 1])):
        np.add.at(turns, (places, at), one)
    np.add.at(turns, (places, low), -(low < high).astype(np.int64))
    np.add.at(turns, (places, np.maximum(low, high)), (low < high).astype(np.int64))
    return turns.cumsum(axis=1)[:, :-1]


def _every(variant: Variant) -> int:
    """Return the steps that are tried at once."""
    return _HOUR if variant is LONGEST else 1


def wider_day(day: TeamDay, variant: Variant, *, steps: int) -> tuple[TeamDay, Limits]:
    """Return *day* with what *variant* loosens made wider, and its limits then."""
    limits = Limits(day.start, day.end + day.overtime, day.lunch, (0, 0))
    wider = variant.wider(limits, steps=steps)
    opened = replace(day, start=wider.start, end=wider.end - day.overtime, lunch=wider.lunch)
    return opened, wider


def grid(days: Iterable[TeamDay], *, whole: bool) -> range:
    """Return full ten minutes at which something might begin on one of *days*."""
    if whole:
        return range(0, 86_400, 600)
    some = list(days)
    first = max(0, min(day.start for day in some) - 7_200)
    last = max(day.end + day.overtime for day in some) + 10_800
    return range(-(-first // 600) * 600, last, 600)
