"""Every place between two stops of a week, and the moments at which a visit could start there.

Each route is told once by two clocks, with lunch still to come and with lunch taken: the earliest
moments at which a stop is left and the latest ones at which the next may be reached. A visit fits
between them without a look at the rest of the route, so that all places of a week are tried at
once. Stops that others depend on keep the starts that they have.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from scheduler.clocks import (
    FAR,
    earliest_leaving,
    fed_after,
    hungry_until,
    latest_reaching,
)
from scheduler.links import Links, shared_gate
from scheduler.problem import DAY_SECONDS
from scheduler.schedule import Timetable, has_room, obstacle
from scheduler.spans import Place, Spans, apart, gaps, intervals, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.plan import Plan
    from scheduler.problem import Problem, TeamDay, Visit

_PLACES = 7  # columns of a place: before, after, gap, two clocks before, two limits after


class Openings:
    """The places of a planned week."""

    def __init__(
        self,
        problem: Problem,
        sequences: Mapping[str, Sequence[Visit]],
        *,
        timetable: Timetable | None = None,
        starts: Mapping[str, int] | None = None,
        closed: Iterable[str] = (),
    ) -> None:
        """Take routes as visits in order by team-day.

        Parameters
        ----------
        starts
            When visits start, by id; what is not named starts as early as it can.
        closed
            Team-days that take no more visits.
        """
        self.problem, self.timetable = problem, timetable or Timetable(problem)
        self.days = problem.team_days
        self.links = Links(problem)
        self._at = {day.id: k for k, day in enumerate(self.days)}
        self._closed = frozenset(closed)
        self._homes = {depot.id: depot.place for depot in problem.depots}
        self._midnights = np.array(
            [day.day.toordinal() * DAY_SECONDS for day in self.days], dtype=np.int64
        )
        self._able: dict[tuple[object, ...], NDArray[np.bool_]] = {}
        self._routes: list[list[Visit]] = [[] for _ in self.days]
        self._rows: list[NDArray[np.int64]] = [np.empty((0, _PLACES), np.int64)] * len(self.days)
        self._table: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        for day in self.days:
            self._set(day, sequences.get(day.id, ()), starts or {})

    @classmethod
    def of_plan(cls, plan: Plan, problem: Problem, *, closed: Iterable[str] = ()) -> Openings:
        """Return the places of *plan*, whose stops keep to their starts where others depend."""
        visits = {visit.id: visit for visit in problem.visits}
        stops = {
            route.team_day: [visits[one.visit] for one in route.stops if one.visit in visits]
            for route in plan.routes
        }
        starts = {stop.visit: stop.start for route in plan.routes for stop in route.stops}
        return cls(problem, stops, starts=starts, closed=closed)

    def sequences(self) -> dict[str, list[Visit]]:
        """Return the routes as they are now, without idle team-days.

        Visits that others depend on stand in them with their only day and start.
        """
        return {
            day.id: list(stops) for day, stops in zip(self.days, self._routes, strict=True) if stops
        }

    def put(self, visit: Visit, place: Place) -> None:
        """Put *visit* where it was found to fit; one that others depend on starts as said."""
        k = self._at[place.team_day]
        stops = list(self._routes[k])
        stops.insert(place.position, visit)
        self._set(self.days[k], stops, {visit.id: place.start})

    def restore(self, team_day: str, stops: Sequence[Visit]) -> None:
        """Let *stops*, as :meth:`routes` gave them before, be the route of a team-day again."""
        self._set(self.days[self._at[team_day]], stops, {})

    def fits(self, visit: Visit, *, ignore: frozenset[str] = frozenset()) -> bool:
        """Tell whether *visit* can be made as things are; links named in *ignore* do not count."""
        return bool(self._spans(visit, ignore=ignore).open().any())

    def cheapest(
        self, visit: Visit, *, below: int | None = None, ignore: frozenset[str] = frozenset()
    ) -> Place | None:
        """Return the place that counts least (less than *below*), None where there is none."""
        spans = self._spans(visit, ignore=ignore)
        _, ks = self._places()
        found = np.flatnonzero(spans.open())
        least = spans.extra[found] + self._prices(visit)[ks[found]]
        best: Place | None = None
        for at in found[np.argsort(least, kind="stable")].tolist():
            floor = int(spans.extra[at]) + int(self._prices(visit)[ks[at]])
            if (below is not None and floor >= below) or (best and floor > best.cost):
                break
            place = self._place(visit, at, spans, moment=None)
            wanted = below is None or place.cost < below
            if wanted and (best is None or place < best):
                best = place
        return best

    def meeting(
        self, parts: Sequence[Visit], *, ignore: frozenset[str] = frozenset()
    ) -> list[Place] | None:
        """Return places for all *parts* of a joint visit at the moment that counts least.

        The places stand in the order of *parts*, each on another team-day; None where the parts
        have no moment in common.
        """
        spans = [self._spans(part, ignore=ignore, parts=len(parts)) for part in parts]
        _, ks = self._places()
        best: list[Place] | None = None
        for midnight in np.unique(self._midnights).tolist():
            today = self._midnights[ks] == midnight
            firsts = [one.first[:, today & one.open()] for one in spans]
            if not all(first.size for first in firsts):
                continue
            for moment in np.unique(np.concatenate([one.ravel() for one in firsts])).tolist():
                there = self._meet(parts, spans, today, int(moment))
                if there and (best is None or total(there) < total(best)):
                    best = there
        return best

    def nearest(self, visit: Visit) -> list[tuple[int, str, int]]:
        """Return places by the seconds that are missing there at least, with team-day and position.

        Places that are closed to the visit for other reasons than time are left out.
        """
        spans = self._spans(visit, ignore=frozenset())
        _, ks = self._places()
        late = (spans.first - spans.last).min(axis=0)
        open_ = np.flatnonzero(late < FAR // 2)
        firsts = np.searchsorted(ks, ks)
        return [
            (max(0, int(late[at])), self.days[ks[at]].id, int(at - firsts[at]))
            for at in open_[np.argsort(late[open_], kind="stable")].tolist()
        ]

    def routes(self, team_day: str) -> list[Visit]:
        """Return the visits of a team-day; those that others depend on have one start only."""
        return self._routes[self._at[team_day]]

    def beside(self, visit: Visit, team_day: str) -> list[int]:
        """Return positions on the route of a team-day that keep every gate one stop."""
        here = self._places()[1] == self._at[team_day]
        found: list[int] = np.flatnonzero(self._between(visit)[here]).tolist()
        return found

    def nearest_meeting(self, parts: Sequence[Visit]) -> tuple[int, int, int] | None:
        """Return the moment that suits best, the part that is furthest from it, and how far.

        The moment is on the clock of all days; None where a part has no place at all.
        """
        spans = [self._spans(part, ignore=frozenset(), parts=len(parts)) for part in parts]
        _, ks = self._places()
        best: tuple[int, int, int] | None = None
        for midnight in np.unique(self._midnights).tolist():
            today = self._midnights[ks] == midnight
            open_ = [one.open() & today for one in spans]
            if not all(some.any() for some in open_):
                continue
            ends = [intervals(one, some, ks) for one, some in zip(spans, open_, strict=True)]
            moments = np.unique(np.concatenate([some[:, :2].ravel() for some in ends]))
            for moment in moments.tolist():
                apart_by = apart([gaps(some, moment, len(parts)) for some in ends])
                if apart_by is None:
                    break  # too few team-days
                away = max(range(len(parts)), key=lambda at: apart_by[at].cost)
                if best is None or apart_by[away].cost < best[2]:
                    best = (int(midnight + moment), away, apart_by[away].cost)
        return best

    def _meet(
        self,
        parts: Sequence[Visit],
        spans: Sequence[Spans],
        today: NDArray[np.bool_],
        moment: int,
    ) -> list[Place] | None:
        """Return the cheapest places for a start of all parts at *moment*, by trying the few."""
        _, ks = self._places()
        choices: list[list[Place]] = []
        for part, one in zip(parts, spans, strict=True):
            open_ = np.flatnonzero(today & one.at(np.full(len(ks), moment)))
            if not len(open_):
                return None
            extra = one.extra[open_] + self._prices(part)[ks[open_]]
            nearest: dict[str, Place] = {}
            for at in open_[np.argsort(extra, kind="stable")].tolist():
                id_ = self.days[ks[at]].id
                if id_ not in nearest:
                    nearest[id_] = self._place(part, at, one, moment=moment)
                if len(nearest) >= len(parts):
                    break
            choices.append(sorted(nearest.values()))
        return apart(choices)

    def _place(self, visit: Visit, at: int, spans: Spans, *, moment: int | None) -> Place:
        """Return one place with all that it counts: driving, price and overtime."""
        _, ks = self._places()
        k = int(ks[at])
        day, position = self.days[k], at - int(np.searchsorted(ks, k))
        cost = int(spans.extra[at]) + int(self._prices(visit)[k])
        open_ = spans.first[:, at] <= spans.last[:, at]
        start = int(spans.first[:, at][open_].min()) if moment is None else moment
        if day.overtime:
            stops = self._routes[k]
            pinned = visit if moment is None else replace(visit, window=(moment, moment))
            tried = [*stops[:position], pinned, *stops[position:]]
            over = self.timetable.overtime(day, tried) - self.timetable.overtime(day, stops)
            cost += over * day.overtime_price
        return Place(cost, day.id, position, start)

    def _prices(self, visit: Visit) -> NDArray[np.int64]:
        if not self.problem.prices:
            return np.zeros(len(self.days), np.int64)
        prices = [self.timetable.price(day, visit) for day in self.days]
        return np.array(prices, dtype=np.int64)

    def _spans(self, visit: Visit, *, ignore: frozenset[str], parts: int = 1) -> Spans:
        """Return when *visit* could start at every place of the week."""
        table, ks = self._places()
        before, after, gap, hungry, fed, rh, rf = table.T
        there, on = self._drives(before, visit.place), self._drives(visit.place, after)
        opens, closes = self._windows(visit, ignore=ignore, parts=parts)
        lunches = np.array([day.lunch for day in self.days], dtype=np.int64).reshape(-1, 3)[ks]
        ready = np.stack([
            hungry + there, np.minimum(fed + there, fed_after(lunches, hungry, there))
        ])  # fmt: skip
        leave = np.stack([np.maximum(rh - on, hungry_until(lunches, on, rf)), rf - on])
        first = np.maximum(ready, opens[ks])
        last = np.minimum(leave - visit.service, closes[ks])
        if "gate" not in ignore:
            last = np.where(self._between(visit), last, -FAR)
        return Spans(there + on - gap, first, last)

    def _drives(
        self, here: NDArray[np.int64] | int, there: NDArray[np.int64] | int
    ) -> NDArray[np.int64]:
        """Return drives between places; the one to the end of an open round takes no time."""
        seconds = self.problem.seconds[here, there]
        still = (np.asarray(here) == there) | (np.asarray(there) < 0)
        return np.where(still, 0, seconds).astype(np.int64)

    def _windows(
        self, visit: Visit, *, ignore: frozenset[str], parts: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return first and last start for every team-day; where it is closed the last is before."""
        opens = np.full(len(self.days), visit.window[0], dtype=np.int64)
        closes = np.full(len(self.days), visit.window[1], dtype=np.int64)
        closes[~self._fit(visit)] = -FAR
        for k, day in enumerate(self.days):
            route = self._routes[k]
            full = len(route) >= day.max_visits
            if "load" not in ignore:
                full = full or not has_room(day, route, visit)
            if full or day.id in self._closed:
                closes[k] = -FAR
        blocked = self.links.blocked(visit, ignore=ignore, parts=parts)
        closes[blocked] = -FAR
        if "follows" not in ignore:
            earliest, latest = self.links.span(visit)
            opens = np.maximum(opens, earliest - self._midnights)
            closes = np.minimum(closes, latest - self._midnights)
        return opens, closes

    def _fit(self, visit: Visit) -> NDArray[np.bool_]:
        """Return which team-days could make *visit* whatever the hours."""
        locked = self.problem.locked.get(visit.id)
        key = (visit.departments, visit.specialities, visit.equipment, visit.load, visit.days,
               visit.assists, locked)  # fmt: skip
        if key not in self._able:
            able = [obstacle(visit, day, locked=self.problem.locked) is None for day in self.days]
            self._able[key] = np.array(able, dtype=bool)
        return self._able[key]

    def _between(self, visit: Visit) -> NDArray[np.bool_]:
        """Return the places that keep every gate one stop: none is split, its own is joined."""
        if not self.links.gates:
            return np.ones(len(self._places()[1]), dtype=bool)
        gate, there = shared_gate(visit), self.links.gate_days(visit)
        found: list[bool] = []
        for day, stops in zip(self.days, self._routes, strict=True):
            names = ["", *(shared_gate(stop) for stop in stops), ""]
            for left, right in pairwise(names):
                splits = left == right != "" and left != gate
                joins = day.day not in there or gate in (left, right)
                found.append(joins and not splits)
        return np.array(found, dtype=bool)

    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the columns of all places and the team-day of each."""
        if self._table is None:
            counts = [len(rows) for rows in self._rows]
            whole = np.concatenate(self._rows) if counts else np.empty((0, _PLACES), np.int64)
            self._table = (whole, np.repeat(np.arange(len(counts)), counts))
        return self._table

    def _set(self, day: TeamDay, visits: Sequence[Visit], starts: Mapping[str, int]) -> None:
        """Let *visits* be the route of a team-day."""
        k, stops = self._at[day.id], list(visits)
        if any(self.links.pins(stop) for stop in stops):
            told = self.timetable.route(day, stops)
            known = {one.visit: one.start for one in told.stops} if told else {}
            known |= starts
            stops = [
                replace(one, window=(known[one.id],) * 2, days=(day.day,))
                if self.links.pins(one) and one.id in known else one
                for one in stops
            ]  # fmt: skip
        self._routes[k] = stops
        moments = {one.id: one.window[0] for one in stops if self.links.pins(one)}
        self.links.learn(day, stops, moments)
        self._rows[k] = self._told(day, stops)
        self._table = None

    def _told(self, day: TeamDay, stops: Sequence[Visit]) -> NDArray[np.int64]:
        """Return the row of every place on a route."""
        home, drive = self._homes[day.depot], self.timetable.drive
        end = -1 if day.open_end else self._homes[day.finish or day.depot]
        spots = [home, *(stop.place for stop in stops), end]
        legs = [drive(a, b) if b >= 0 else 0 for a, b in pairwise(spots)]
        clocks, limits = earliest_leaving(day, stops, legs), latest_reaching(day, stops, legs)
        gaps = legs if stops else [0]
        return np.array([
            (spots[i], spots[i + 1], gaps[i], *clocks[i], *limits[i]) for i in range(len(legs))
        ], dtype=np.int64)  # fmt: skip
