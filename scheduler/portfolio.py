"""Several searches and the best week out of all routes that they saw.

Every search depends on where it starts. Ruin-and-recreate runs with several seeds, OR-Tools' guided
local search with two starts and two weights of its guide; in both a recombination of all routes
seen (CP-SAT chooses one route for each team-day) evens that out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ortools.sat.python import cp_model

from scheduler import routing, ruin
from scheduler.routing import Found, Manner, Sequences
from scheduler.schedule import obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scheduler.problem import Problem, TeamDay, Visit
    from scheduler.schedule import Timetable

_STAGES = (
    (Manner(first="PARALLEL_CHEAPEST_INSERTION", guide=0.3), False),
    (Manner(first="SAVINGS", guide=0.1), False),
    (Manner(guide=0.3), True),
    (Manner(guide=0.1), True),
)
"""Manner of each stage, and whether it goes on from the best so far; equal shares of the effort."""


_WARM = 150
"""Heat of a run that starts from routes of the same week."""


class _Run(NamedTuple):
    """One run of ruin-and-recreate: tenths of the effort, heat, and whether it goes on."""

    tenths: int
    hot: int
    goes_on: bool


_RUNS = (
    _Run(4, ruin.HOT, goes_on=False),
    _Run(4, ruin.HOT, goes_on=False),
    _Run(2, _WARM, goes_on=True),
)
_ONE_RUN = (_Run(8, ruin.HOT, goes_on=False), _Run(2, _WARM, goes_on=True))
_FILL = 450
"""Iterations for each visit and team-day below which one long run beats two."""

ENGINES = {"ruin": "ruin-recreate", "ortools": "ortools-gls"}
"""Names that plans carry, by name of the setting."""

ITERATIONS = 200
"""Iterations of ruin-and-recreate for a thousand neighbours of effort."""

_COLUMNS = 3_000  # routes to choose from in one recombination
_CHOICE_SECONDS = 1.0  # deterministic time of CP-SAT, not of a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to search, how long, and what counts as good enough for a probe.

    ``neighbours`` is the effort, ``deadline`` a moment of the monotonic clock, ``enough`` a cost.
    """

    problem: Problem
    visits: tuple[Visit, ...]
    penalties: Mapping[str, int]
    neighbours: int
    deadline: float
    enough: int
    timetable: Timetable
    engine: str = "ortools"
    seed: int = 1
    tell: Callable[[float, int], None] | None = None

    @property
    def iterations(self) -> int:
        """The effort in iterations of ruin-and-recreate."""
        return self.neighbours * ITERATIONS // 1000

    def cost(self, routes: Sequences) -> int:
        """Return driving, prices and penalties of *routes*."""
        served = {visit.id for stops in routes.values() for visit in stops}
        left = sum(self.penalties[visit.id] for visit in self.visits if visit.id not in served)
        days = {day.id: day for day in self.problem.team_days}
        return left + sum(self.spent(days[at], stops) for at, stops in routes.items())

    def spent(self, team_day: TeamDay, stops: Sequence[Visit]) -> int:
        """Return driving and prices of one route."""
        prices = sum(self.problem.price(visit, team_day) for visit in stops)
        return self.timetable.driving(team_day, stops) + prices


def engine(setting: str) -> str:
    """Return the engine that *setting* (auto, ruin, ortools) means on this machine."""
    if setting not in ("auto", *ENGINES):
        raise ValueError(setting)
    return "ruin" if setting != "ortools" and ruin.available() else "ortools"


def probe(job: Job, *, start: Sequences | None = None) -> Found:
    """Search once, until the cost is low enough or the effort is spent."""
    if job.engine == "ruin":
        hot = _WARM if start else ruin.HOT
        return _ruin(
            job, iterations=job.iterations, hot=hot, seed=job.seed, start=start, enough=job.enough
        )
    return _run(job, _STAGES[0][0], neighbours=job.neighbours, start=start, enough=job.enough)


def best(job: Job, *, start: Sequences | None = None) -> Found:
    """Search in stages, recombine what they saw, and return the best routes found."""
    if job.engine == "ruin":
        return _best_of_runs(job, start)
    champion, complete = start, True
    pool = _Pool()
    for stage, (manner, goes_on) in enumerate(_STAGES):
        found = _run(
            job, manner, neighbours=job.neighbours // len(_STAGES), pool=pool, stage=stage,
            start=champion if goes_on or stage == 0 else None,
        )  # fmt: skip
        complete &= found.complete
        rivals = [found.sequences] if champion is None else [champion, found.sequences]
        champion = min(rivals, key=job.cost)
        if stage and complete:
            champion = min([champion, _recombine(job, pool, hint=champion)], key=job.cost)
        if not complete:
            break
    return Found(sequences=champion or {}, complete=complete)


def _best_of_runs(job: Job, start: Sequences | None) -> Found:
    """Search from several seeds, recombine, and go on from the best; as far as the clock allows."""
    champion, complete, done = start, True, 0
    pool = _Pool()
    fill = _FILL * len(job.visits) * len(job.problem.team_days)
    for at, run in enumerate(_ONE_RUN if job.iterations < fill else _RUNS):
        if run.goes_on and champion and complete:
            champion = min([champion, _recombine(job, pool, hint=champion)], key=job.cost)
        found = _ruin(
            job, iterations=job.iterations * run.tenths // 10, hot=run.hot, seed=job.seed + at,
            start=champion if run.goes_on or at == 0 else None, span=(done, run.tenths),
            keep=pool.add,
        )  # fmt: skip
        done += run.tenths
        complete &= found.complete
        rivals = [found.sequences] if champion is None else [champion, found.sequences]
        champion = min(rivals, key=job.cost)
        if not complete:
            break
    return Found(sequences=champion or {}, complete=complete)


def _ruin(
    job: Job,
    *,
    iterations: int,
    hot: int,
    seed: int,
    start: Sequences | None,
    span: tuple[int, int] = (0, 10),
    keep: Callable[[Sequences], None] | None = None,
    enough: int = -1,
) -> Found:
    """Run once; *span* are the tenths of the whole effort done before, and those of this run."""
    tell, (done, tenths) = job.tell, span
    return ruin.search(
        job.problem,
        visits=job.visits,
        penalties=job.penalties,
        iterations=max(1, iterations),
        seed=seed,
        start=start,
        deadline=job.deadline,
        hot=hot,
        enough=enough,
        tell=None if tell is None else lambda part, cost: tell((done + part * tenths) / 10, cost),
        keep=keep,
    )


def _run(
    job: Job,
    manner: Manner,
    *,
    neighbours: int,
    start: Sequences | None,
    pool: _Pool | None = None,
    stage: int = 0,
    enough: int = -1,
) -> Found:
    stop = routing.Stop(
        neighbours=neighbours, seconds=max(0.01, job.deadline - time.monotonic()), cost=enough
    )
    tell = job.tell
    stages = 1 if pool is None else len(_STAGES)
    return routing.search(
        job.problem,
        visits=job.visits,
        penalties=job.penalties,
        stop=stop,
        manner=manner,
        start=start,
        tell=None if tell is None else lambda share, cost: tell((stage + share) / stages, cost),
        keep=None if pool is None else pool.add,
    )


class _Pool:
    """Every route seen, by team-day and order of visits; the dictionary remembers when."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, tuple[str, ...]], list[Visit]] = {}

    def add(self, routes: Sequences) -> None:
        for team_day, stops in routes.items():
            self._seen.setdefault((team_day, tuple(visit.id for visit in stops)), stops)

    def latest(self) -> Iterator[tuple[str, list[Visit]]]:
        """Yield team-days with routes, the last ones seen first."""
        for team_day, ids in reversed(self._seen):
            yield team_day, self._seen[team_day, ids]


class _Column(NamedTuple):
    """A route that a team-day could drive, and what it costs."""

    cost: int
    stops: list[Visit]


def _columns(job: Job, pool: _Pool, hint: Sequences) -> dict[tuple[str, frozenset[str]], _Column]:
    """Return routes to choose from: the best known ones, those seen, and those seen elsewhere."""
    days = {day.id: day for day in job.problem.team_days}
    open_to = job.problem.open_to
    columns: dict[tuple[str, frozenset[str]], _Column] = {}
    fits: dict[tuple[Any, ...], tuple[int, bool]] = {}

    def offer(day: TeamDay, stops: list[Visit]) -> None:
        if any(obstacle(one, day) is not None or not open_to(one, day) for one in stops):
            return
        ids = tuple(visit.id for visit in stops)
        kind = (day.depot, day.start, day.end, day.lunch, ids)
        if kind not in fits:
            late = bool(job.timetable.lateness(day, stops))
            fits[kind] = (job.timetable.driving(day, stops), late)
        driving, late = fits[kind]
        cost = driving + sum(job.problem.price(visit, day) for visit in stops)
        key = (day.id, frozenset(ids))
        known = columns.get(key)
        if late or len(stops) > day.max_visits or (known and known.cost <= cost):
            return
        columns[key] = _Column(cost, stops)

    for team_day, stops in hint.items():
        offer(days[team_day], stops)
    for team_day, stops in pool.latest():
        offer(days[team_day], stops)
        if len(columns) >= _COLUMNS:
            return columns
    for _, stops in islice(pool.latest(), _COLUMNS):
        for day in job.problem.team_days:
            offer(day, stops)
        if len(columns) >= _COLUMNS:
            break
    return columns


def _recombine(job: Job, pool: _Pool, *, hint: Sequences) -> Sequences:
    """Return the cheapest choice of one route for each team-day, each visit once or left out."""
    columns = _columns(job, pool, hint)
    model = cp_model.CpModel()
    chosen = {key: model.new_bool_var("") for key in columns}
    by_visit: dict[str, list[Any]] = {visit.id: [] for visit in job.visits}
    by_day: dict[str, list[Any]] = {}
    for (team_day, ids), is_chosen in chosen.items():
        by_day.setdefault(team_day, []).append(is_chosen)
        for id_ in sorted(ids):
            by_visit[id_].append(is_chosen)
    out = {id_: model.new_bool_var("") for id_ in by_visit}
    for id_, routes in by_visit.items():
        model.add_exactly_one([*routes, out[id_]])
    for routes in by_day.values():
        model.add_at_most_one(routes)
    spent = sum(columns[key].cost * is_chosen for key, is_chosen in chosen.items())
    model.minimize(spent + sum(job.penalties[id_] * is_out for id_, is_out in out.items()))
    known = {(at, frozenset(visit.id for visit in stops)) for at, stops in hint.items()}
    for key, is_chosen in chosen.items():
        model.add_hint(is_chosen, key in known)
    served = {visit.id for stops in hint.values() for visit in stops}
    for id_, is_out in out.items():
        model.add_hint(is_out, id_ not in served)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _CHOICE_SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint
    return {key[0]: columns[key].stops for key, is_in in chosen.items() if solver.value(is_in)}
