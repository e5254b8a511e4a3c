"""What is left out is put where it still fits, joint visits as a whole, until nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduler.links import tied
from scheduler.openings import Openings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scheduler.problem import Problem, Sequences, Visit
    from scheduler.schedule import Timetable

_MOST_PAIRED, _NEAREST = 40, 4  # optional visits for which a companion is looked for among so many


def filled(
    openings: Openings, visits: Iterable[Visit], *, urgency: Callable[[Visit], Any]
) -> Sequences:
    """Return the routes of *openings* with every one of *visits* that fits and is worth its cost.

    Mandatory visits are made whatever they cost; the most urgent come first. A visit that did not
    fit, or was not worth it, is tried again after others, since it may follow or lie near them.
    """
    waiting = _stops(openings, visits, urgency)
    changed = True
    while changed:
        changed = False
        for stop in list(waiting):
            if _put(openings, stop):
                waiting.remove(stop)
                changed = True
        changed = (changed and bool(waiting)) or _put_pair(openings, waiting)
    return openings.sequences()


def _put_pair(openings: Openings, waiting: list[list[Visit]]) -> bool:
    """Put two optional visits that are worth their drive together only; tell whether any were."""
    loose = [stop for stop in waiting if len(stop) == 1 and not stop[0].meets]
    apart = openings.timetable.drive
    for stop in [one for one in loose if not one[0].mandatory][:_MOST_PAIRED]:
        visit = stop[0]
        place = openings.cheapest(visit)
        if place is None or openings.links.pins(visit):
            continue
        before = list(openings.routes(place.team_day))
        openings.put(visit, place)
        others = [one for one in loose if one is not stop and not one[0].mandatory]
        others.sort(key=lambda one: (apart(visit.place, one[0].place), one[0].id))
        for other in others[:_NEAREST]:
            second = other[0]
            below = visit.prize + second.prize - place.cost
            there = openings.cheapest(second, below=below) if below > 0 else None
            if there is not None:
                openings.put(second, there)
                waiting.remove(stop)
                waiting.remove(other)
                return True
        openings.restore(place.team_day, before)
    return False


def appointments(
    problem: Problem, visits: Sequence[Visit], *, start: Sequences, timetable: Timetable
) -> Sequences:
    """Return routes of the tied ones among *visits* only, which a search may then fill up.

    Tied are parts of joint visits, both ends of an order, and visits of a round or at a shared
    gate. They keep the places that they have in *start*; the others are put greedily, in order of
    rank, all parts of a joint visit or none.
    """
    names = tied(problem)
    some = [visit for visit in visits if visit.id in names]
    if not some:
        return {}
    kept = {id_: [one for one in stops if one.id in names] for id_, stops in start.items()}
    openings = Openings(problem, kept, timetable=timetable)
    made = {visit.id for stops in kept.values() for visit in stops}
    missing = [visit for visit in some if visit.id not in made]
    return filled(openings, missing, urgency=lambda one: (not one.mandatory, one.order, one.id))


def _stops(
    openings: Openings, visits: Iterable[Visit], urgency: Callable[[Visit], Any]
) -> list[list[Visit]]:
    """Return visits to be put, the parts of a joint visit together and only if none is missing."""
    parts: dict[str, int] = {}
    for visit in openings.problem.visits:
        if visit.meets:
            parts[visit.meets] = parts.get(visit.meets, 0) + 1
    stops: dict[tuple[str, str], list[Visit]] = {}
    for visit in sorted(visits, key=urgency):
        stops.setdefault(("meets", visit.meets) if visit.meets else ("", visit.id), []).append(
            visit
        )
    return [
        stop for stop in stops.values() if not stop[0].meets or len(stop) == parts[stop[0].meets]
    ]


def _put(openings: Openings, stop: list[Visit]) -> bool:
    """Put one visit, or all parts of one, where it counts least; tell whether that was done."""
    below = None if any(visit.mandatory for visit in stop) else sum(one.prize for one in stop)
    if len(stop) == 1 and not stop[0].meets:
        place = openings.cheapest(stop[0], below=below)
        places = None if place is None else [place]
    else:
        places = openings.meeting(stop)
    if places is None or (below is not None and sum(place.cost for place in places) >= below):
        return False
    for visit, place in zip(stop, places, strict=True):
        openings.put(visit, place)
    return True
