"""Visits that are bound to each other: parts of a joint visit, what follows what, rounds.

While a bound visit stands in a sequence, its appointment is written into it: its window is its
start and its only day the day of the team-day (:func:`pinned`). Whatever reads windows and days
then keeps to the appointment without knowing of it, the exact timetable above all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.problem import DAY_SECONDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.plan import Plan
    from scheduler.problem import Problem, Sequences, TeamDay, Visit

MOST_PARTS = 6
"""Parts that a joint visit may have."""


def bound(visits: Iterable[Visit]) -> frozenset[str]:
    """Return ids of those among *visits* that cannot be planned each by itself."""
    found: set[str] = set()
    for visit in visits:
        if visit.meets or visit.round or visit.follows:
            found.add(visit.id)
        if visit.follows:
            found.add(visit.follows.visit)
    return frozenset(found)


def appointed(visits: Iterable[Visit]) -> frozenset[str]:
    """Return ids of those whose start others depend on: joint ones, and both ends of a link."""
    found: set[str] = set()
    for visit in visits:
        if visit.meets or visit.follows:
            found.add(visit.id)
        if visit.follows:
            found.add(visit.follows.visit)
    return frozenset(found)


def appointments(stops: Iterable[Visit], fixed: frozenset[str]) -> tuple[tuple[str, int], ...]:
    """Return ids and starts of the *fixed* visits among *stops*, which carry appointments."""
    return tuple((one.id, one.window[0]) for one in stops if one.id in fixed) if fixed else ()


def parts(visits: Iterable[Visit]) -> dict[str, list[Visit]]:
    """Return the parts of every joint visit by its name."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.meets:
            found[visit.meets].append(visit)
    return dict(found)


def pinned(visit: Visit, *, day: dt.date, start: int) -> Visit:
    """Return *visit* with an appointment."""
    return replace(visit, window=(start, start), days=(day,))


def as_planned(plan: Plan, problem: Problem) -> Sequences:
    """Return the routes of *plan* as sequences in which bound visits carry their appointments.

    Ids that *problem* does not know are left out.
    """
    visits = {visit.id: visit for visit in problem.visits}
    days = {day.id: day.day for day in problem.team_days}
    fixed = appointed(problem.visits)
    found: Sequences = {}
    for route in plan.routes:
        if route.team_day not in days:
            continue
        day = days[route.team_day]
        found[route.team_day] = [
            pinned(visits[stop.visit], day=day, start=stop.start)
            if stop.visit in fixed
            else visits[stop.visit]
            for stop in route.stops
            if stop.visit in visits
        ]
    return found


def tied(problem: Problem, ids: Iterable[str]) -> frozenset[str]:
    """Return *ids* and every visit that cannot be made without them: partners and followers."""
    joint = parts(problem.visits)
    names = {visit.id: visit.meets for visit in problem.visits if visit.meets}
    followers: dict[str, list[str]] = defaultdict(list)
    for visit in problem.visits:
        if visit.follows:
            followers[visit.follows.visit].append(visit.id)
    found: set[str] = set()
    queue = list(ids)
    while queue:
        id_ = queue.pop()
        if id_ not in found:
            found.add(id_)
            queue += followers[id_]
            queue += [part.id for part in joint.get(names.get(id_, ""), ())]
    return frozenset(found)


def complete(visits: Iterable[Visit], problem: Problem) -> list[Visit]:
    """Return those of *visits* whose partners and predecessors are among them, too."""
    some = list(visits)
    ids = {visit.id for visit in some}
    torn = tied(problem, [visit.id for visit in problem.visits if visit.id not in ids])
    return [visit for visit in some if visit.id not in torn]


def hopeless(problem: Problem, impossible: Iterable[str]) -> frozenset[str]:
    """Return visits that cannot be made because others cannot, beside the *impossible* ones.

    Those are partners and followers of an impossible visit, parts of a joint visit that has too
    many of them, and what follows an unknown visit or, round about, itself.
    """
    known = {visit.id: visit for visit in problem.visits}
    wrong = [
        part.id
        for joint in parts(problem.visits).values()
        if len(joint) > MOST_PARTS
        for part in joint
    ]
    for visit in problem.visits:
        if visit.follows and (visit.follows.visit not in known or _circular(visit, known)):
            wrong.append(visit.id)
    given = frozenset(impossible)
    return tied(problem, [*given, *wrong]) - given


def whole(sequences: Sequences, problem: Problem) -> Sequences:
    """Return *sequences* without what is torn: everything left keeps its bonds.

    A part stays where all parts have the same appointment on different team-days, a follower where
    it keeps its distance from what it follows. Of a round its fullest day stays.
    """
    if not bound(problem.visits):
        return sequences
    days = {day.id: day for day in problem.team_days}
    kept = {team_day: list(stops) for team_day, stops in sequences.items()}
    while torn := _torn(problem, kept, days):
        kept = {at: [one for one in stops if one.id not in torn] for at, stops in kept.items()}
    return {team_day: stops for team_day, stops in kept.items() if stops}


def _torn(
    problem: Problem, sequences: Mapping[str, Sequence[Visit]], days: Mapping[str, TeamDay]
) -> frozenset[str]:
    made = {visit.id: (days[at], visit) for at, stops in sequences.items() for visit in stops}
    torn: set[str] = set()
    for joint in parts(problem.visits).values():
        there = [made[part.id] for part in joint if part.id in made]
        moments = {(day.day, visit.window) for day, visit in there}
        cars = {day.id for day, _ in there}
        fixed = all(_is_fixed(visit) for _, visit in there)
        if len(cars) < len(joint) or len(moments) > 1 or not fixed:
            torn.update(visit.id for _, visit in there)
    for visit in problem.visits:
        if visit.follows and visit.id in made and not _keeps_distance(visit, made):
            torn.add(visit.id)
    by_round: dict[str, Counter[dt.date]] = defaultdict(Counter)
    for day, visit in made.values():
        if visit.round:
            by_round[visit.round][day.day] += 1
    best = {name: min(seen, key=lambda one: (-seen[one], one)) for name, seen in by_round.items()}
    for day, visit in made.values():
        if visit.round and day.day != best[visit.round]:
            torn.add(visit.id)
    return frozenset(torn)


def _is_fixed(visit: Visit) -> bool:
    return visit.window[0] == visit.window[1]


def _keeps_distance(visit: Visit, made: Mapping[str, tuple[TeamDay, Visit]]) -> bool:
    if visit.follows is None or visit.follows.visit not in made:
        return False
    (day, one), (other_day, other) = made[visit.id], made[visit.follows.visit]
    if not (_is_fixed(one) and _is_fixed(other)):
        return False
    apart = (day.day - other_day.day).days * DAY_SECONDS + one.window[0] - other.window[0]
    most = visit.follows.most
    return visit.follows.least <= apart and (most is None or apart <= most)


def _circular(visit: Visit, known: Mapping[str, Visit]) -> bool:
    """Tell whether *visit* follows itself by way of others."""
    seen = {visit.id}
    here = visit
    while here.follows and here.follows.visit in known:
        here = known[here.follows.visit]
        if here.id in seen:
            return True
        seen.add(here.id)
    return False
