"""Why a visit is not in the plan, found by trying every team-day, and the cheapest relief."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from scheduler.plan import REASONS, Unserved, clock
from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.schedule import Timetable


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
        if not problem.open_to(visit, team_day):
            continue
        code = obstacle(visit, team_day)
        if code is None and timetable.lateness(team_day, [visit]):
            code = "too_far" if timetable.on_the_spot(team_day, visit) else "no_window"
        if code is None:
            return None
        blocks.append((code, team_day))
    if not blocks:
        return Unserved(visit=visit.id, reason="no_day", detail=_days(visit))
    reason = max((code for code, _ in blocks), key=REASONS.index)
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
        if not _could(problem, visit, team_day) or len(route) >= team_day.max_visits:
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
        if not _could(problem, visit, team_day) or len(route) >= team_day.max_visits:
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
    left = alone(visit, problem, timetable=timetable)
    if left is not None:
        return left
    best = min(insertions(visit, problem, sequences=sequences, timetable=timetable), default=None)
    if best is None:
        return Unserved(visit=visit.id, reason="no_time_left", detail={"full": True})
    detail: dict[str, Any] = {"team_day": best.team_day}
    if best.late:
        detail |= {**_excess(best.late), "extra_seconds": best.extra}
        return Unserved(visit=visit.id, reason="no_time_left", detail=detail)
    detail |= {"extra_seconds": best.extra, "minutes": -(-best.extra // 60), "prize": visit.prize}
    return Unserved(visit=visit.id, reason="not_worth_it", detail=detail)


def _shown(
    reason: str, visit: Visit, nearest: list[TeamDay], timetable: Timetable
) -> dict[str, Any]:
    """Return the numbers that belong to a reason, taken where least is missing."""
    if reason == "no_department":
        return {"missing": _missing(visit.departments, [day.departments for day in nearest])}
    if reason == "no_speciality":
        return {"missing": _missing(visit.specialities, [day.specialities for day in nearest])}
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
