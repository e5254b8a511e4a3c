"""Routes of engines that know no lunch, made drivable: drop what does not fit, put it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.schedule import Timetable, obstacle

if TYPE_CHECKING:
    from benchmarks.week_cases import Routes
    from scheduler.problem import Problem, TeamDay, Visit


def drivable(routes: Routes, problem: Problem) -> Routes:
    """Return *routes* without the least visits that keep a day from its hours and its lunch."""
    timetable = Timetable(problem)
    days = {day.id: day for day in problem.team_days}
    by_id = {visit.id: visit for visit in problem.visits}
    found: Routes = {}
    for id_, ids in routes.items():
        stops = [by_id[one] for one in ids]
        while stops and timetable.lateness(days[id_], stops):
            stops = _without_one(timetable, days[id_], stops)
        found[id_] = [visit.id for visit in stops]
    return found


def _without_one(timetable: Timetable, day: TeamDay, stops: list[Visit]) -> list[Visit]:
    """Return *stops* without one visit: optional before mandatory, mending the day, cheap."""

    def cost(at: int) -> tuple[bool, bool, int]:
        rest = stops[:at] + stops[at + 1 :]
        return stops[at].mandatory, bool(timetable.lateness(day, rest)), stops[at].prize

    at = min(range(len(stops)), key=cost)
    return stops[:at] + stops[at + 1 :]


def complete(routes: Routes, problem: Problem) -> Routes:
    """Return *routes* with every visit put in, at least driving, that fits and is worth it."""
    timetable = Timetable(problem)
    by_id = {visit.id: visit for visit in problem.visits}
    stops = {day.id: [by_id[one] for one in routes.get(day.id, ())] for day in problem.team_days}
    served = {visit.id for ids in stops.values() for visit in ids}
    left = [visit for visit in problem.visits if visit.id not in served]
    for visit in sorted(left, key=lambda one: (not one.mandatory, -one.prize)):
        best = _cheapest(visit, problem, stops, timetable)
        if best is not None:
            stops[best[0]].insert(best[1], visit)
    return {id_: [visit.id for visit in made] for id_, made in stops.items() if made}


def _cheapest(
    visit: Visit, problem: Problem, stops: dict[str, list[Visit]], timetable: Timetable
) -> tuple[str, int] | None:
    """Return team-day and position of the cheapest place for *visit* that is worth it."""
    least, best = None if visit.mandatory else visit.prize, None
    for day in problem.team_days:
        route = stops[day.id]
        if obstacle(visit, day) is not None or len(route) >= day.max_visits:
            continue
        before = timetable.driving(day, route)
        for at in range(len(route) + 1):
            tried = [*route[:at], visit, *route[at:]]
            extra = timetable.driving(day, tried) - before
            if (least is None or extra < least) and not timetable.lateness(day, tried):
                least, best = extra, (day.id, at)
    return best
