"""How many visits to move: plans at several prices of a move, and which of them is taken.

The search finds no week at a price that it finds at another, so the routes that it saw at all
prices are put in one pool, and the best week at each price is chosen out of it. Of these weeks the
one with the fewest moves is taken among those that cost hardly more than a week that moves
whatever it likes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from scheduler import bound, meetings, solve
from scheduler.recombine import Pool, Stay, recombine
from scheduler.schedule import Timetable, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scheduler.plan import Plan
    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.remainder import Remainder

    Planner = Callable[[Problem, int, int, Pool], Plan]
    """Plans a priced problem with a part of the effort (one in so many) from a seed."""

NEAR = 0.01
"""Share that a week may cost more than one that moves at will (product choice)."""

_PRICES = (1, 2)
"""Parts of the price of a move at which weeks are searched for,"""
_CHOICES = (1, 4)
"""and at which they are chosen out of the routes that all searches saw."""

_PLACES = 3  # where a visit is tried in a route


class Step(NamedTuple):
    """A week, what it costs without the price of moves, and how many visits it upsets."""

    plan: Plan
    cost: int
    upset: int


def upset(plan: Plan, rest: Remainder) -> int:
    """Return how many visits that could stay where they were are moved or left out."""
    at = {stop.visit: route.team_day for route in plan.routes for stop in route.stops}
    return sum(at.get(id_) != rest.spots[id_].team_day for id_ in rest.surviving)


class Choice(NamedTuple):
    """Chooses weeks out of the routes of a pool, each in so many seconds at most."""

    rest: Remainder
    pool: Pool
    seconds: float = float("inf")

    def best(self, step: Step, problem: Problem, *, stay: Stay | None = None) -> Step:
        """Return the best week of *problem*, *step* where none is better.

        Which mandatory visit is left out is a matter of tickets, and not of this choice.
        """
        by_id, table = {one.id: one for one in problem.visits}, Timetable(problem)
        routes = recombine(
            problem, self.pool, visits=problem.visits, timetable=table, seconds=self.seconds,
            penalties={one.id: bound.worth(one) for one in problem.visits}, stay=stay,
            hint={r.team_day: [by_id[stop.visit] for stop in r.stops] for r in step.plan.routes},
        )  # fmt: skip
        made = [table.route(day, routes[day.id]) for day in problem.team_days if day.id in routes]
        plan = replace(step.plan, routes=tuple(route for route in made if route is not None))
        changed = plan.served() ^ step.plan.served()
        return step if any(by_id[id_].mandatory for id_ in changed) else _step(plan, self.rest)


def calm_plan(
    rest: Remainder,
    *,
    move_seconds: int,
    planner: Planner,
    free_cost: int | None,
    seconds: float = float("inf"),
) -> Plan:
    """Return the week that moves little; *free_cost* is what one costs that moves at will.

    Where the clock decides, *seconds* are left for choosing out of what the searches saw.
    """
    pool = Pool(meetings.appointed(rest.problem.visits))
    found = steps(rest, move_seconds=move_seconds, planner=planner, pool=pool)
    if not _tied(rest.problem):
        choice = Choice(rest, pool, seconds / (len(_CHOICES) + 1))
        found = mixed(found, choice, move_seconds=move_seconds, free_cost=free_cost)
    return chosen(found, move_seconds=move_seconds, free_cost=free_cost).plan


def steps(rest: Remainder, *, move_seconds: int, planner: Planner, pool: Pool) -> list[Step]:
    """Return weeks that were searched for at several prices of a move."""
    return [
        _step(planner(rest.priced(max(1, move_seconds // part)), len(_PRICES), at, pool), rest)
        for at, part in enumerate(_PRICES)
    ]


def mixed(
    found: Sequence[Step], choice: Choice, *, move_seconds: int, free_cost: int | None
) -> list[Step]:
    """Return *found* and weeks out of all routes seen, and out of those half way between them."""
    more, rest = list(found), choice.rest
    for day, stops in _half_way(more, rest, Timetable(rest.problem)):
        choice.pool.add({day.id: stops})
    for part in _CHOICES:
        price = max(1, move_seconds // part)
        best = min(more, key=lambda one: one.cost + price * one.upset)
        more.append(choice.best(best, rest.priced(price)))
    limit = _limit(free_cost)
    close = [one for one in more if one.cost <= limit]
    if close:
        best = min(close, key=lambda one: (one.upset, one.cost))
        stay = Stay({id_: rest.spots[id_].team_day for id_ in rest.surviving}, limit)
        more.append(choice.best(best, rest.problem, stay=stay))
    return more


def chosen(found: Sequence[Step], *, move_seconds: int, free_cost: int | None) -> Step:
    """Return the week with the fewest moves among those close to a free one.

    Where none is close, or it is not known what a free one costs, moves count their price.
    """
    close = [one for one in found if one.cost <= _limit(free_cost)]
    if close:
        return min(close, key=lambda one: (one.upset, one.cost))
    return min(found, key=lambda one: (one.cost + move_seconds * one.upset, one.upset))


def _limit(free_cost: int | None) -> int:
    return -1 if free_cost is None else int(free_cost * (1 + NEAR))


def _tied(problem: Problem) -> bool:
    """Tell whether routes are no matter of each one alone (joint visits, gates, even hours)."""
    return problem.spread is not None or any(
        one.meets or one.follows or one.round or one.gate for one in problem.visits
    )


def _step(plan: Plan, rest: Remainder) -> Step:
    return Step(plan, solve.objective(rest.problem, plan.routes), upset(plan, rest))


def _half_way(
    found: Sequence[Step], rest: Remainder, table: Timetable
) -> Iterator[tuple[TeamDay, list[Visit]]]:
    """Yield routes between those of the week before and of weeks found: moves undone one by one.

    From each route that some week changes one visit is taken off or none, and one is put in: a
    visit that was there before, or one that has no place of its own.
    """
    by_id = {one.id: one for one in rest.problem.visits}
    loose = [one for one in rest.problem.visits if one.id not in rest.surviving]
    for day in rest.problem.team_days:
        before = list(rest.start.get(day.id, ()))
        known = {tuple(one.id for one in before): before}
        for step in found:
            for route in step.plan.routes:
                if route.team_day == day.id:
                    stops = [by_id[stop.visit] for stop in route.stops]
                    known.setdefault(tuple(one.id for one in stops), stops)
        if len({frozenset(ids) for ids in known}) == 1:
            continue
        for stops in known.values():
            fewer = [[one for one in stops if one is not out] for out in stops]
            for some in (stops, *fewer):
                yield day, some
                yield from _with_one(day, some, [*before, *loose], table)


def _with_one(
    day: TeamDay, stops: list[Visit], others: Sequence[Visit], table: Timetable
) -> Iterator[tuple[TeamDay, list[Visit]]]:
    """Yield *stops* with one of *others* where the detour is smallest, as far as that can be."""
    ids = {one.id for one in stops}
    for new in others:
        if new.id in ids or obstacle(new, day) is not None:
            continue
        detours = table.detours(day, stops, new)
        for at in sorted(range(len(detours)), key=lambda at: detours[at])[:_PLACES]:
            longer = [*stops[:at], new, *stops[at:]]
            if not table.lateness(day, longer):
                yield day, longer
                break
