"""Several searches and the best week out of all routes that they saw.

Every search depends on where it starts. Ruin-and-recreate runs with several seeds, OR-Tools' guided
local search with two starts and two weights of its guide; in both a recombination of all routes
seen (CP-SAT chooses one route for each team-day) evens that out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from scheduler import balance, filling, meetings, routing, ruin, shares, split
from scheduler.heat import HOT
from scheduler.kernel.costs import TOO_FAR
from scheduler.recombine import Pool, recombine
from scheduler.routing import Found, Manner
from scheduler.workers import Here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scheduler.problem import Problem, Sequences, Visit
    from scheduler.schedule import Timetable
    from scheduler.workers import Workers

_STAGES = (
    (Manner(first="PARALLEL_CHEAPEST_INSERTION", guide=0.3), False),
    (Manner(first="SAVINGS", guide=0.1), False),
    (Manner(guide=0.3), True),
    (Manner(guide=0.1), True),
)
"""Manner of each stage, and whether it goes on from the best so far; equal shares of the effort."""


_WARM = 150
"""Heat of a run that starts from routes of the same week."""


_JOINT_HOT, _PER_JOINT = 2_500, 8
"""Heat at the beginning where much is joint, and how it rises with the share of joint visits."""


class _Run(NamedTuple):
    """One run of ruin-and-recreate: tenths of the effort, heat, and whether it goes on.

    A ``lenient`` one lets hours that lie too far apart count little; one ``anew`` begins where the
    first did.
    """

    tenths: int
    hot: int
    goes_on: bool
    lenient: bool = False
    anew: bool = False


_RUNS = (
    _Run(4, HOT, goes_on=False),
    _Run(4, HOT, goes_on=False),
    _Run(2, _WARM, goes_on=True),
)
_ONE_RUN = (_Run(8, HOT, goes_on=False), _Run(2, _WARM, goes_on=True))
_JOINT_RUN = (_Run(10, HOT, goes_on=False),)
_NEAR_RUN = (_Run(8, 2 * _WARM, goes_on=True), _Run(2, _WARM, goes_on=True))
"""Runs of much effort, of little, of little where visits meet (their routes hardly recombine, as
each has its own moments), and of any effort near a plan that is to be bettered."""
_POOLED_RUNS = (_Run(2, HOT, goes_on=False, anew=True),) * 5
"""Runs whose routes a pool collects: few of them find the best week where prices hold visits fast,
but together they have seen its routes."""
_EVEN_RUNS = (_Run(8, HOT, goes_on=False, lenient=True), _Run(2, _WARM, goes_on=True))
"""Runs that keep hours together: first almost, out of all weeks, then exactly, near the best."""
_FILL = 450
"""Iterations for each visit and team-day below which one long run beats two."""

ENGINES = {"ruin": "ruin-recreate", "ortools": "ortools-gls"}
"""Names that plans carry, by name of the setting."""

ITERATIONS = 200
"""Iterations of ruin-and-recreate for a thousand neighbours of effort."""

_ENDLESS = 1 << 60  # neighbours that no search looks at
_WEEKS = 1e6  # seconds that no search takes
_PACE = 30_000  # iterations in a second, roughly: it only chooses between one long run and two
_CHOICE = 5  # a recombination has one part in so many of the time left, where the clock decides
_CHOOSING = 2  # tenths beside those of the runs that choosing out of a pool counts
_HUGE = 1_500  # visits that are searched in parts however short the time
_FOR_PARTS = 0.015  # seconds for each visit from which on smaller weeks are
_SHORT = 0.1  # seconds below which it is not worth its while


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to search, how long, and what counts as good enough for a probe.

    ``neighbours`` is the effort, None for all the time up to ``deadline``, a moment of the
    monotonic clock; ``enough`` is a cost, ``halt`` ends everything when it is set. A ``near``
    search stays close to where it starts. One that is ``strict`` ends after its first run where
    that is dearer than ``enough``. One with a ``pool`` adds what it sees and chooses out of all.
    """

    problem: Problem
    visits: tuple[Visit, ...]
    penalties: Mapping[str, int]
    neighbours: int | None
    deadline: float
    enough: int
    timetable: Timetable
    engine: str = "ortools"
    seed: int = 1
    tell: Callable[[float, int], None] | None = None
    halt: Event = field(default_factory=Event)
    near: bool = False
    strict: bool = False
    pool: Pool | None = None
    workers: Workers = field(default_factory=Here)

    @property
    def iterations(self) -> int | None:
        """The effort in iterations of ruin-and-recreate."""
        return None if self.neighbours is None else self.neighbours * ITERATIONS // 1000

    def until(self, began: float, part: int, parts: int) -> float:
        """Return when *part* of *parts* of the time since *began* is over; effort has no such."""
        if self.neighbours is not None:
            return self.deadline
        return began + (self.deadline - began) * part / parts

    def cost(self, routes: Sequences) -> int:
        """Return what *routes* count: driving, prices, overtime, penalties and uneven hours."""
        return self._counted(routes) + self._uneven(routes)

    def is_enough(self, routes: Sequences) -> bool:
        """Tell whether *routes*, be their hours even or not, count ``enough`` or less."""
        return self._counted(routes) <= self.enough

    def _counted(self, routes: Sequences) -> int:
        served = {visit.id for stops in routes.values() for visit in stops}
        left = sum(self.penalties[visit.id] for visit in self.visits if visit.id not in served)
        days = {day.id: day for day in self.problem.team_days}
        return left + sum(self.timetable.cost(days[at], stops) for at, stops in routes.items())

    def _uneven(self, routes: Sequences) -> int:
        """Return what it counts that hours lie further apart than the problem wants."""
        if self.problem.spread is None:
            return 0
        hours = balance.planned(self.problem, routes, timetable=self.timetable)
        return TOO_FAR * balance.excess(hours, most=self.problem.spread)


def engine(setting: str) -> str:
    """Return the engine that *setting* (auto, ruin, ortools) means on this machine."""
    if setting not in ("auto", *ENGINES):
        raise ValueError(setting)
    return "ruin" if setting != "ortools" and ruin.available() else "ortools"


def probe(job: Job, *, start: Sequences | None = None) -> Found:
    """Search once, until the cost is low enough or the effort is spent."""
    if _suits_parts(job):
        return _in_parts(job, start, enough=job.enough)
    if job.engine == "ruin":
        hot = _WARM if start else _heat(job, HOT)
        return _ruin(
            job, parts=(0, 10, 10), began=time.monotonic(), hot=hot, seed=job.seed, start=start,
            enough=job.enough,
        )  # fmt: skip
    job, start = _make_appointments(job, start)
    found = _run(job, _STAGES[0][0], began=time.monotonic(), start=start, enough=job.enough)
    return replace(found, sequences=meetings.whole(found.sequences, job.problem))


def best(job: Job, *, start: Sequences | None = None) -> Found:
    """Search in stages, recombine what they saw, and return the best routes found.

    A big week is searched in parts instead.
    """
    if _suits_parts(job):
        return _in_parts(job, start)
    if job.engine == "ruin":
        return _best_of_runs(job, start)
    job, start = _make_appointments(job, start)
    champion: Sequences | None = None  # a start may not keep to the rules
    complete, began = True, time.monotonic()
    pool = Pool(meetings.appointed(job.problem.visits))
    for stage, (manner, goes_on) in enumerate(_STAGES):
        found = _run(
            job, manner, began=began, pool=pool, stage=stage,
            start=start if stage == 0 else champion if goes_on else None,
        )  # fmt: skip
        complete &= found.complete
        kept = meetings.whole(found.sequences, job.problem)
        rivals = [kept] if champion is None else [champion, kept]
        champion = min(rivals, key=job.cost)
        if stage and complete:
            champion = _recombined(job, pool, champion)
        if not complete or _is_lost(job, champion):
            break
    return Found(sequences=champion or {}, complete=complete)


def _suits_parts(job: Job) -> bool:
    """Tell whether a week is big enough to be searched better in parts, and the time long enough.

    Preparing parts anew in every round costs more than it brings where a big county has seconds.
    """
    if job.engine != "ruin" or not split.suits(job.problem, job.visits):
        return False
    if job.neighbours is not None or len(job.visits) >= _HUGE:
        return True
    return job.deadline - time.monotonic() >= _FOR_PARTS * len(job.visits)


def _in_parts(job: Job, start: Sequences | None, *, enough: int = -1) -> Found:
    """Search in parts whose borders move."""
    budget = split.Budget(
        iterations=job.iterations, deadline=job.deadline, halt=job.halt, enough=enough,
        lost_above=job.enough if job.strict else None,
    )  # fmt: skip
    return split.search(
        job.problem, visits=job.visits, penalties=job.penalties, timetable=job.timetable,
        budget=budget, seed=job.seed, start=start, workers=job.workers,
        tell=job.tell,
    )  # fmt: skip


def _recombined(job: Job, pool: Pool, champion: Sequences) -> Sequences:
    """Return *champion* or a better choice out of all routes seen."""
    left = max(0.0, job.deadline - time.monotonic())
    share = _CHOICE if job.pool is None else 1
    seconds = float("inf") if job.neighbours is not None else left / share
    if seconds < _SHORT:
        return champion
    try:
        chosen = recombine(
            job.problem, pool, visits=job.visits, penalties=job.penalties,
            timetable=job.timetable, hint=champion, seconds=seconds,
        )  # fmt: skip
    except KeyboardInterrupt:
        job.halt.set()
        return champion
    return min([champion, chosen], key=job.cost)


def _is_lost(job: Job, champion: Sequences) -> bool:
    """Tell whether a strict search ends here because it is not good enough."""
    return job.strict and not job.is_enough(champion)


def _runs(job: Job, start: Sequences | None) -> tuple[_Run, ...]:
    """Return the runs that suit the effort or the time."""
    if job.pool is not None and start:
        return _POOLED_RUNS
    if job.near and start:
        return _NEAR_RUN
    if len(balance.teams(job.problem)) > 1 and job.problem.spread is not None:
        return _EVEN_RUNS
    fill = _FILL * len(job.visits) * len(job.problem.team_days)
    seconds = max(0.0, job.deadline - time.monotonic())
    known = job.iterations
    if (seconds * _PACE if known is None else known) >= fill:
        return _RUNS
    # Where a mandatory visit is still out, the search by rank needs what is left.
    if start and any(visit.meets for visit in job.visits) and job.is_enough(start):
        return _JOINT_RUN
    return _ONE_RUN


def _make_appointments(job: Job, start: Sequences | None) -> tuple[Job, Sequences | None]:
    """Return *job* with bound visits pinned to appointments, and routes that keep them.

    OR-Tools drops everything where many visits are synchronised. So appointments are made first,
    and it plans the rest around them; a bound visit without one is left out.
    """
    some = meetings.bound(job.problem.visits)
    if not some.intersection(visit.id for visit in job.visits):
        return job, start
    begun = meetings.whole(start or {}, job.problem)
    first = filling.appointments(job.problem, job.visits, start=begun, timetable=job.timetable)
    days = {day.id: day.day for day in job.problem.team_days}
    held = {
        team_day: [replace(visit, days=(days[team_day],)) for visit in stops]
        for team_day, stops in first.items()
    }
    free = tuple(visit for visit in job.visits if visit.id not in some)
    met = {visit.id: visit for stops in held.values() for visit in stops if visit.id in some}
    return replace(job, visits=(*free, *met.values())), held


def _best_of_runs(job: Job, start: Sequences | None) -> Found:
    """Search from several seeds, recombine, and go on from the best; as far as the clock allows."""
    champion: Sequences | None = None  # a start may not keep to the rules
    complete, done, began = True, 0, time.monotonic()
    pool = job.pool or Pool(meetings.appointed(job.problem.visits))
    runs = _runs(job, start)
    whole = sum(run.tenths for run in runs) + (_CHOOSING if job.pool else 0)
    for at, run in enumerate(runs):
        whose = _shared(job) if run.lenient else job
        # Out of routes of a lenient search CP-SAT has never chosen a better even week.
        if run.goes_on and champion and done and not runs[at - 1].lenient:
            champion = _recombined(job, pool, champion)
        found = _ruin(
            whose, parts=(done, run.tenths, whole), began=began, hot=_heat(job, run.hot),
            seed=job.seed + at, keep=pool.add, lenient=run.lenient,
            start=start if at == 0 or run.anew else champion if run.goes_on else None,
        )  # fmt: skip
        done += run.tenths
        complete &= found.complete
        rivals = [found.sequences] if champion is None else [champion, found.sequences]
        champion = min(rivals, key=job.cost)
        if not complete or _is_lost(job, champion):
            break
    if job.pool is not None and champion and complete:
        champion = _recombined(job, pool, champion)
    return Found(sequences=champion or {}, complete=complete)


def _heat(job: Job, hot: int) -> int:
    """Return the heat of a run: visits that meet leave corners only through much worse weeks."""
    if hot < HOT:
        return hot
    joint = sum(bool(visit.meets) for visit in job.visits)
    return min(_JOINT_HOT, hot + hot * _PER_JOINT * joint // max(1, len(job.visits)))


def _shared(job: Job) -> Job:
    """Return *job* with even shares of what is rarely open."""
    limits = (*job.problem.limits, *shares.shares(job.problem, job.visits))
    return replace(job, problem=job.problem.replace(limits=limits))


def _ruin(
    job: Job,
    *,
    parts: tuple[int, int, int],
    began: float,
    hot: int,
    seed: int,
    start: Sequences | None,
    keep: Callable[[Sequences], None] | None = None,
    lenient: bool = False,
    enough: int = -1,
) -> Found:
    """Run once; *parts* of the whole effort: those done before, those of this run, and all."""
    tell, (done, tenths, whole), known = job.tell, parts, job.iterations

    def told(share: float, cost: int) -> None:
        if tell is not None:
            tell((done + share * tenths) / whole, cost)

    return ruin.search(
        job.problem,
        visits=job.visits,
        penalties=job.penalties,
        iterations=None if known is None else max(1, known * tenths // whole),
        seed=seed,
        start=start,
        deadline=job.until(began, done + tenths, whole),
        halt=job.halt,
        hot=hot,
        enough=enough,
        tell=told,
        keep=keep,
        lenient=lenient,
    )


def _run(
    job: Job,
    manner: Manner,
    *,
    began: float,
    start: Sequences | None,
    pool: Pool | None = None,
    stage: int = 0,
    enough: int = -1,
) -> Found:
    stages = 1 if pool is None else len(_STAGES)
    seconds = job.until(began, stage + 1, stages) - time.monotonic()
    stop = routing.Stop(
        neighbours=_ENDLESS if job.neighbours is None else job.neighbours // stages,
        seconds=min(max(0.01, seconds), _WEEKS), cost=enough, halt=job.halt,
    )  # fmt: skip
    tell = job.tell
    found = routing.search(
        job.problem,
        visits=job.visits,
        penalties=job.penalties,
        stop=stop,
        manner=manner,
        start=start,
        tell=None if tell is None else lambda share, cost: tell((stage + share) / stages, cost),
        keep=None if pool is None else pool.add,
    )
    # A search by the clock has done what it was asked for when its time is over.
    by_clock = job.neighbours is None and not job.halt.is_set()
    return replace(found, complete=True) if by_clock else found
