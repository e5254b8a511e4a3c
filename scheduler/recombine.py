"""The best week out of routes that searches saw: CP-SAT chooses one for each team-day."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ortools.sat.python import cp_model

from scheduler import balance, meeting_choice, meetings
from scheduler.schedule import has_room, obstacle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scheduler.problem import Problem, Sequences, TeamDay, Visit
    from scheduler.schedule import Timetable

_COLUMNS = 3_000  # routes to choose from
_CHOICE_SECONDS = 1.0  # deterministic time of CP-SAT, not of a clock


class Pool:
    """Every route seen, by team-day and order of visits; the dictionary remembers when."""

    def __init__(self, fixed: frozenset[str] = frozenset()) -> None:
        """Remember nothing yet; *fixed* visits carry appointments that tell routes apart."""
        self._fixed = fixed
        self._seen: dict[tuple[Any, ...], list[Visit]] = {}

    def add(self, routes: Sequences) -> None:
        """Remember *routes*."""
        for team_day, stops in routes.items():
            ids = tuple(visit.id for visit in stops)
            key = (team_day, ids, meetings.appointments(stops, self._fixed))
            self._seen.setdefault(key, stops)

    def latest(self) -> Iterator[tuple[str, list[Visit]]]:
        """Yield team-days with routes, the last ones seen first."""
        for key in reversed(self._seen):
            yield key[0], self._seen[key]


class Stay(NamedTuple):
    """Team-days that visits should stay with, by visit, and the most that a week may cost.

    Of the weeks in which as many stay as can the cheapest is chosen.
    """

    homes: Mapping[str, str]
    most: int


class _Column(NamedTuple):
    """A route that a team-day could drive, what it costs, and the hours that it takes."""

    cost: int
    hours: int
    stops: list[Visit]


_Key = tuple[str, frozenset[str], tuple[tuple[str, int], ...]]
"""Team-day, visits and appointments of a route to choose."""

_Columns = dict[_Key, _Column]


class _Offers:
    """Routes to choose from, each looked at once for team-days of the same kind."""

    def __init__(self, problem: Problem, timetable: Timetable) -> None:
        self._problem, self._timetable = problem, timetable
        self._fits: dict[tuple[Any, ...], tuple[int, int, bool]] = {}
        self._within = [limit for limit in problem.limits if limit.within == "team_day"]
        self._fixed = meetings.appointed(problem.visits)
        self.columns: _Columns = {}

    def offer(self, day: TeamDay, stops: list[Visit]) -> None:
        """Take a route in if *day* can drive it and knows no cheaper one of the same visits."""
        locked = self._problem.locked
        if any(obstacle(visit, day, locked=locked) is not None for visit in stops):
            return
        ids = tuple(visit.id for visit in stops)
        drive, over, late = self._look(day, stops, ids)
        cost = drive + over + sum(self._timetable.price(day, visit) for visit in stops)
        key = (day.id, frozenset(ids), meetings.appointments(stops, self._fixed))
        known = self.columns.get(key)
        if late or not has_room(day, stops) or (known and known.cost <= cost):
            return
        if any(len(limit.visits & key[1]) > limit.most for limit in self._within):
            return
        hours = drive + sum(visit.service for visit in stops)
        self.columns[key] = _Column(cost, hours, stops)

    def _look(
        self, day: TeamDay, stops: list[Visit], ids: tuple[str, ...]
    ) -> tuple[int, int, bool]:
        kind = (
            day.depot, day.finish, day.open_end, day.start, day.end, day.overtime,
            day.overtime_price, day.lunch, ids, meetings.appointments(stops, self._fixed),
        )  # fmt: skip
        if kind not in self._fits:
            table = self._timetable
            late = bool(table.lateness(day, stops))
            over = table.overtime(day, stops) * day.overtime_price
            self._fits[kind] = (table.driving(day, stops), over, late)
        return self._fits[kind]


def _columns(
    problem: Problem, pool: Pool, *, hint: Sequences, timetable: Timetable, deadline: float
) -> _Columns:
    """Return routes to choose from: the best known ones, those seen, and those seen elsewhere."""
    days = {day.id: day for day in problem.team_days}
    offers = _Offers(problem, timetable)
    for team_day, stops in hint.items():
        offers.offer(days[team_day], stops)
    for team_day, stops in pool.latest():
        offers.offer(days[team_day], stops)
        if len(offers.columns) >= _COLUMNS or time.monotonic() > deadline:
            return offers.columns
    for _, stops in islice(pool.latest(), _COLUMNS):
        for day in problem.team_days:
            offers.offer(day, stops)
        if len(offers.columns) >= _COLUMNS or time.monotonic() > deadline:
            break
    return offers.columns


def recombine(
    problem: Problem,
    pool: Pool,
    *,
    visits: Sequence[Visit],
    penalties: Mapping[str, int],
    timetable: Timetable,
    hint: Sequences,
    seconds: float = float("inf"),
    stay: Stay | None = None,
) -> Sequences:
    """Return the cheapest choice of one route for each team-day, each visit once or left out.

    Parameters
    ----------
    hint
        The best routes so far; they are returned where nothing is chosen in time.
    seconds
        Most that it may take; by default a count of steps ends it, the same on every machine.
    stay
        Choose the week in which most visits stay where they were, not the cheapest one.
    """
    began = time.monotonic()
    columns = _columns(problem, pool, hint=hint, timetable=timetable, deadline=began + seconds / 2)
    model = cp_model.CpModel()
    chosen = {key: model.new_bool_var("") for key in columns}
    out = _each_once(model, chosen, visits)
    routes = [(one, key[0], columns[key].stops) for key, one in chosen.items()]
    meeting_choice.bind(model, problem, routes)
    _keep_limits(model, chosen, problem)
    _keep_spread(model, chosen, columns, problem)
    spent = sum(columns[key].cost * is_chosen for key, is_chosen in chosen.items())
    total = spent + sum(penalties[id_] * is_out for id_, is_out in out.items())
    if stay is None:
        model.minimize(total)
    else:
        model.add(total <= stay.most)
        model.minimize((stay.most + 1) * _moves(chosen, out, stay.homes) + total)
    fixed = meetings.appointed(problem.visits)
    known = {
        (at, frozenset(visit.id for visit in stops), meetings.appointments(stops, fixed))
        for at, stops in hint.items()
    }
    for key, is_chosen in chosen.items():
        model.add_hint(is_chosen, key in known)
    served = {visit.id for stops in hint.values() for visit in stops}
    for id_, is_out in out.items():
        model.add_hint(is_out, id_ not in served)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _CHOICE_SECONDS
    solver.parameters.catch_sigint_signal = False
    if seconds < float("inf"):
        solver.parameters.max_time_in_seconds = max(0.01, seconds - (time.monotonic() - began))
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint
    return {key[0]: columns[key].stops for key, is_in in chosen.items() if solver.value(is_in)}


def _moves(
    chosen: Mapping[_Key, cp_model.IntVar],
    out: Mapping[str, cp_model.IntVar],
    homes: Mapping[str, str],
) -> Any:  # noqa: ANN401 - an expression of CP-SAT
    """Return how many visits are not at home, or left out."""
    away = sum(
        sum(homes.get(id_, key[0]) != key[0] for id_ in key[1]) * is_chosen
        for key, is_chosen in chosen.items()
    )
    return away + sum(is_out for id_, is_out in out.items() if id_ in homes)


def _each_once(
    model: cp_model.CpModel,
    chosen: Mapping[_Key, cp_model.IntVar],
    visits: Sequence[Visit],
) -> dict[str, cp_model.IntVar]:
    """Choose at most one route for a team-day and one for a visit; return who is left out."""
    by_visit: dict[str, list[Any]] = {visit.id: [] for visit in visits}
    by_day: dict[str, list[Any]] = {}
    for (team_day, ids, _), is_chosen in chosen.items():
        by_day.setdefault(team_day, []).append(is_chosen)
        for id_ in sorted(ids):
            by_visit[id_].append(is_chosen)
    out = {id_: model.new_bool_var("") for id_ in by_visit}
    for id_, routes in by_visit.items():
        model.add_exactly_one([*routes, out[id_]])
    for routes in by_day.values():
        model.add_at_most_one(routes)
    return out


def _keep_limits(
    model: cp_model.CpModel,
    chosen: Mapping[_Key, cp_model.IntVar],
    problem: Problem,
) -> None:
    """Choose no more visits out of a set than its limit allows, in the week or on a day."""
    day_of = {day.id: day.day for day in problem.team_days}
    for limit in problem.limits:
        sums: dict[Any, list[Any]] = {}
        for (team_day, ids, _), is_chosen in chosen.items():
            count = len(limit.visits & ids)
            if count and limit.within != "team_day":
                bucket = day_of[team_day] if limit.within == "day" else None
                sums.setdefault(bucket, []).append(count * is_chosen)
        for terms in sums.values():
            model.add(sum(terms) <= limit.most)


def _keep_spread(
    model: cp_model.CpModel,
    chosen: Mapping[_Key, cp_model.IntVar],
    columns: _Columns,
    problem: Problem,
) -> None:
    """Keep the hours of teams as close together as the problem wants them."""
    teams = balance.teams(problem)
    if problem.spread is None or len(teams) < 2:
        return
    team_of = {day.id: day.team for day in problem.team_days}
    hours: dict[int, list[Any]] = {team: [] for team in teams}
    for key, is_chosen in chosen.items():
        if team_of[key[0]] in hours:
            hours[team_of[key[0]]].append(columns[key].hours * is_chosen)
    least, most = (model.new_int_var(0, 1 << 40, "") for _ in range(2))
    for terms in hours.values():
        model.add(sum(terms) >= least)
        model.add(sum(terms) <= most)
    total = sum(term for terms in hours.values() for term in terms)
    model.add(1000 * len(teams) * (most - least) <= problem.spread * total)
