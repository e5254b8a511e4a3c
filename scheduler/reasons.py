"""Why a visit is not in the plan, found by trying every team-day, and the cheapest relief."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from scheduler.links import KINDS
from scheduler.openings import Openings
from scheduler.plan import REASONS, Unserved, clock
from scheduler.problem import DAY_SECONDS
from scheduler.schedule import has_room, obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.schedule import Timetable
    from scheduler.spans import Place


class Insertion(NamedTuple):
    """A place for a visit on a route; compared by lateness, then by extra driving and price."""

    late: int
    extra: int
    team_day: str
    position: int


def impossible(problem: Problem, *, timetable: Timetable) -> dict[str, Unserved]:
    """Return the visits that no team-day could make even with nothing else to do, with reasons."""
    tried = ((visit, alone(visit, problem, timetable=timetable)) for visit in problem.visits)
    return {visit.id: left for visit, left in tried if left is not None}


def alone(visit: Visit, problem: Problem, *, timetable: Timetable) -> Unserved | None:
    """Return why *visit* cannot be made even as the only one, None if it can."""
    blocks: list[tuple[str, TeamDay]] = []
    for team_day in problem.team_days:
        code = obstacle(visit, team_day, locked=problem.locked)
        if code in (None, "locked") and timetable.lateness(team_day, [visit]):
            code = "too_far" if timetable.on_the_spot(team_day, visit) else "no_window"
        if code is None:
            return None
        blocks.append((code, team_day))
    if not blocks:
        return Unserved(visit=visit.id, reason="no_day", detail=_days(visit))
    reason = max((code for code, _ in blocks), key=REASONS.index)
    if reason == "locked":
        detail = {"team_day": problem.locked[visit.id]}
        return Unserved(visit=visit.id, reason=reason, detail=detail)
    nearest = [team_day for code, team_day in blocks if code == reason]
    return Unserved(visit=visit.id, reason=reason, detail=_shown(reason, visit, nearest, timetable))


def insertions(
    visit: Visit,
    problem: Problem,
    *,
    sequences: Mapping[str, Sequence[Visit]],
    timetable: Timetable,
) -> Iterable[Insertion]:
    """Yield every place for *visit* on the planned routes and on the idle team-days."""
    for team_day in problem.team_days:
        route = list(sequences.get(team_day.id, ()))
        if not _could(problem, visit, team_day) or not has_room(team_day, route, visit):
            continue
        before = timetable.driving(team_day, route) - problem.price(visit, team_day)
        for position in range(len(route) + 1):
            tried = [*route[:position], visit, *route[position:]]
            extra = timetable.driving(team_day, tried) - before
            late = timetable.lateness(team_day, tried)
            yield Insertion(late, extra, team_day.id, position)


def cheapest(
    visit: Visit,
    problem: Problem,
    *,
    sequences: Mapping[str, Sequence[Visit]],
    timetable: Timetable,
) -> Insertion | None:
    """Return the place in time for *visit* that costs the least driving, None where there is none.

    The first of :func:`insertions` that is not late, but exact times are worked out only until it
    is found: in a province most places are never timed. An optional visit is worth no more driving
    than its prize.
    """
    days = {day.id: day for day in problem.team_days}
    places = []
    for team_day in problem.team_days:
        route = sequences.get(team_day.id, ())
        if not _could(problem, visit, team_day) or not has_room(team_day, route, visit):
            continue
        price = problem.price(visit, team_day)
        detours = timetable.detours(team_day, route, visit)
        places += [
            (extra + price, team_day.id, position)
            for position, extra in enumerate(detours)
            if visit.mandatory or extra + price < visit.prize
        ]
    for extra, id_, position in sorted(places):
        route = sequences.get(id_, ())
        tried = [*route[:position], visit, *route[position:]]
        if not timetable.lateness(days[id_], tried):
            return Insertion(0, extra, id_, position)
    return None


def _could(problem: Problem, visit: Visit, team_day: TeamDay) -> bool:
    """Tell whether nothing but time and other visits keeps *team_day* from making *visit*."""
    return obstacle(visit, team_day) is None and problem.open_to(visit, team_day)


def explain(
    visit: Visit,
    problem: Problem,
    *,
    sequences: Mapping[str, Sequence[Visit]],
    timetable: Timetable,
) -> Unserved:
    """Return the binding reason for leaving *visit* out of the routes *sequences*.

    ``no_time_left`` carries the smallest excess in seconds: so much longer hours or windows on the
    named team-day would make room. Where every team has all its visits it says ``full``.
    """
    return explained([visit], problem, sequences=sequences, timetable=timetable)[visit.id]


def explained(
    visits: Iterable[Visit],
    problem: Problem,
    *,
    sequences: Mapping[str, Sequence[Visit]],
    timetable: Timetable,
) -> dict[str, Unserved]:
    """Return the binding reasons for leaving *visits* out, by id; see :func:`explain`."""
    explainer = _Explainer(Openings(problem, sequences, timetable=timetable))
    return {visit.id: explainer.why(visit) for visit in visits}


class _Explainer:
    """Says why visits are not on the routes of a week, each time by trying what would do."""

    def __init__(self, openings: Openings) -> None:
        """Take the places of the week."""
        self._openings, self._problem = openings, openings.problem
        self._timetable = openings.timetable
        self._days = {day.id: day for day in self._problem.team_days}
        self._parts: dict[str, list[Visit]] = {}
        for visit in self._problem.visits:
            if visit.meets:
                self._parts.setdefault(visit.meets, []).append(visit)
        self._met: dict[str, list[Place] | None] = {}
        self._costs: dict[str, int] = {}  # of the planned routes

    def why(self, visit: Visit) -> Unserved:
        """Return the binding reason for leaving *visit* out."""
        left = alone(visit, self._problem, timetable=self._timetable)
        if left is not None:
            return left
        if visit.meets:
            return self._why_apart(visit, self._parts[visit.meets])
        place = self._openings.cheapest(visit)
        return self._no_room(visit) if place is None else _dear(visit, [place], visit.prize)

    def _why_apart(self, visit: Visit, parts: Sequence[Visit]) -> Unserved:
        """Return why a joint visit is not made: one part finds no room, or they do not meet."""
        stuck = [part for part in parts if not self._openings.fits(part)]
        if visit in stuck:
            return self._no_room(visit)
        if stuck:
            detail: dict[str, Any] = {"others": [part.id for part in stuck]}
            return Unserved(visit=visit.id, reason="no_partner", detail=detail)
        if visit.meets not in self._met:
            self._met[visit.meets] = self._openings.meeting(parts)
        places = self._met[visit.meets]
        if places is None:
            detail = {"others": [part.id for part in parts if part is not visit]}
            near = self._openings.nearest_meeting(parts)
            if near is not None:
                moment, away, gap = near
                day, start = divmod(moment, DAY_SECONDS)
                detail |= {"day": dt.date.fromordinal(day).isoformat(), "start": clock(start),
                           "away": [parts[away].id], "minutes": -(-gap // 60)}  # fmt: skip
            return Unserved(visit=visit.id, reason="no_common_time", detail=detail)
        return _dear(visit, places, sum(part.prize for part in parts))

    def _no_room(self, visit: Visit) -> Unserved:
        """Return what keeps *visit* out of every place: a tie that alone binds, or the time."""
        fits = self._openings.fits
        if fits(visit, ignore=frozenset(KINDS)):
            names = [kind for kind in KINDS if fits(visit, ignore=frozenset({kind}))]
            if not names:  # no one tie binds alone: the last of those that do together is named
                loose: set[str] = set()
                while not names:
                    kind = KINDS[len(loose)]
                    loose.add(kind)
                    names = [kind] if fits(visit, ignore=frozenset(loose)) else []
            if names[0] in _TIES:
                return self._tied(visit, names[0])
        return self._no_time(visit)

    def _tied(self, visit: Visit, kind: str) -> Unserved:
        detail: dict[str, Any] = {}
        if kind == "limit":
            limit = self._openings.links.limits(visit)[0]
            detail = {"limit": limit.code, "most": limit.most}
        elif kind == "follows" and visit.follows is not None:
            detail = {"others": [visit.follows.visit]}
        elif kind in ("round", "gate"):
            detail = {kind: visit.round if kind == "round" else visit.gate}
        return Unserved(visit=visit.id, reason=_TIES[kind], detail=detail)

    def _no_time(self, visit: Visit) -> Unserved:
        best: Insertion | None = None
        routes = self._openings.routes
        for late, id_, position in self._openings.nearest(visit):
            if best is not None and late > best.late:
                break
            day, route = self._days[id_], routes(id_)
            tried = [*route[:position], visit, *route[position:]]
            if id_ not in self._costs:
                self._costs[id_] = self._timetable.cost(day, route)
            extra = self._timetable.cost(day, tried) - self._costs[id_]
            one = Insertion(self._timetable.lateness(day, tried), extra, id_, position)
            best = one if best is None else min(best, one)
        if best is None:
            return Unserved(visit=visit.id, reason="no_time_left", detail={"full": True})
        detail = {"team_day": best.team_day, **_excess(best.late), "extra_seconds": best.extra}
        return Unserved(visit=visit.id, reason="no_time_left", detail=detail)


_TIES = {
    "limit": "over_limit", "load": "car_full", "follows": "not_followed", "round": "tied",
    "gate": "tied",
}  # fmt: skip
"""Reason for each kind of tie; where a car or team is busy elsewhere it is the time."""


def _dear(visit: Visit, places: Sequence[Place], prize: int) -> Unserved:
    cost = sum(place.cost for place in places)
    detail = {"team_day": places[0].team_day, "extra_seconds": cost, "minutes": -(-cost // 60),
              "prize": prize}  # fmt: skip
    return Unserved(visit=visit.id, reason="not_worth_it", detail=detail)


def _shown(
    reason: str, visit: Visit, nearest: list[TeamDay], timetable: Timetable
) -> dict[str, Any]:
    """Return the numbers that belong to a reason, taken where least is missing."""
    if reason == "no_department":
        return {"missing": _missing(visit.departments, [day.departments for day in nearest])}
    if reason == "no_speciality":
        return {"missing": _missing(visit.specialities, [day.specialities for day in nearest])}
    if reason == "no_equipment":
        return {"missing": _missing(visit.equipment, [day.equipment for day in nearest])}
    if reason == "no_room_on_car":
        return {"load": visit.load, "capacity": max(day.capacity for day in nearest)}
    if reason in ("no_officer", "no_expert"):
        return {}
    if reason == "no_seat":
        return {"seats": max(day.seats for day in nearest)}
    if reason == "no_day":
        return _days(visit)
    if reason == "no_window":
        return {"opens": clock(visit.window[0]), "closes": clock(visit.window[1])}
    late = [(timetable.lateness(day, [visit]), at) for at, day in enumerate(nearest)]
    excess, at = min(late)
    return {**_excess(excess), "team_day": nearest[at].id}


def _excess(seconds: int) -> dict[str, Any]:
    """Return an excess in seconds for arithmetic and in whole minutes for people."""
    return {"excess_seconds": seconds, "minutes": -(-seconds // 60)}


def _missing(needed: frozenset[str], promised: list[frozenset[str]]) -> list[str]:
    return min((sorted(needed - promise) for promise in promised), key=lambda gap: (len(gap), gap))


def _days(visit: Visit) -> dict[str, Any]:
    return {"days": [day.isoformat() for day in visit.days]}
