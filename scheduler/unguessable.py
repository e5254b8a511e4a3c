"""Plans that cannot be guessed: many that cost nearly the same, and one of them drawn.

Whoever knows the enterprises, the cars and the method could work out the best plan, and with it the
day of every visit. So a pool of plans is made whose cost lies within a stated loss of the best one
(:mod:`scheduler.near_best`). Weights on the pool make the days of the visits as even as they can be
(greatest sum of entropies), and one plan is drawn with these weights. Seed, weights and what a
guesser is left with are on record.

Which visits are made is no part of the chance: every plan of the pool makes the same mandatory
visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler import solve
from scheduler.crew_stream import stream_of_tickets
from scheduler.near_best import NOT_MADE, NearBest
from scheduler.schedule import obstacle

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.crew_stream import Stream
    from scheduler.plan import Plan
    from scheduler.problem import Problem

    Floats = NDArray[np.float64]

RESTARTS = 24
"""Searches that go on from a plan of the pool; each costs a part of the effort of the week."""
_SHARE = 40  # of the whole effort goes into each
_WEIGHTS = 1_000_000  # whole parts that the chances are counted in
_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A plan drawn out of near-optimal ones, and how well its days can be guessed.

    Attributes
    ----------
    plan
        The plan that counts.
    seed
        The text that the chance comes from.
    loss
        Most by which a plan of the pool may cost more than the best one, as a share of its cost.
    mean_loss, worst_loss
        What the pool costs more than the best plan, by chance and at most; below 0 where the
        searches found a better one.
    plans
        How many plans there are, and ``searched`` how many of them are not exchanges of others.
    entropy
        Bits of the day of each visit that is made, by id, for someone who knows the whole pool.
    most
        Bits if all days were equally likely on which some team may make the visit.
    """

    plan: Plan
    seed: str
    loss: float
    mean_loss: float
    worst_loss: float
    plans: int
    searched: int
    entropy: Mapping[str, float]
    most: Mapping[str, float]

    @property
    def mean_entropy(self) -> float:
        """Mean bits of the day of a visit."""
        return _mean(self.entropy.values())

    @property
    def mean_most(self) -> float:
        """Mean of the bits that there could be."""
        return _mean(self.most[id_] for id_ in self.entropy)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON data; the plan has its own place in the record."""
        return {
            "seed": self.seed, "loss": self.loss, "mean_loss": round(self.mean_loss, 6),
            "worst_loss": round(self.worst_loss, 6), "plans": self.plans,
            "searched": self.searched, "entropy": round(self.mean_entropy, 4),
            "most": round(self.mean_most, 4),
            "fixed": sorted(id_ for id_, bits in self.entropy.items() if bits < 1e-9),
        }  # fmt: skip


def _mean(values: Any) -> float:  # noqa: ANN401 - numbers
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def draw_plan(
    problem: Problem,
    best: Plan,
    *,
    seed: str,
    loss: float = 0.01,
    drawn: Sequence[str] = (),
    effort: int = solve.DEFAULT_EFFORT,
    restarts: int = RESTARTS,
    time_limit_s: float = 60.0,
    engine: str = "auto",
    progress: Callable[[str], None] | None = None,
) -> Drawn:
    """Return a plan drawn at random among those that cost at most *loss* more than *best*.

    Parameters
    ----------
    best
        A good plan of *problem*; with it the pool begins, and 0 as *loss* returns it.
    seed
        Text of the chance: same problem, plan, seed and effort give the same plan.
    drawn
        Drawn visits in ticket order, as :func:`scheduler.solve.plan` takes them.
    effort
        Effort that *best* was searched with; every restart has a fortieth of it.
    restarts
        Searches from random prices; 0 exchanges whole rounds only.
    time_limit_s
        Safety net of all searches together.
    """
    stream = stream_of_tickets(
        seed=seed, round_id="", stratum="unguessable", digest="sha256", crews=1
    )
    pool = NearBest(problem, best, stream=stream, loss=loss, drawn=drawn)
    if loss > 0:
        pool.search(
            restarts, effort=max(1, effort // _SHARE), time_limit_s=time_limit_s, engine=engine,
            progress=progress,
        )  # fmt: skip
    return _drawn_from(pool, seed=seed)


def _drawn_from(pool: NearBest, *, seed: str) -> Drawn:
    """Return one plan of the pool by chance, with the figures of the pool."""
    days, members = pool.table(), pool.members
    parts = _whole(_weights(days, len(pool.days)))
    order = list(range(len(members)))
    plan = None
    while plan is None and order:
        at = _by_weight(pool.stream, [parts[i] for i in order])
        # A plan whose list of what was left out is not true for it any more is passed over.
        plan = pool.finished(members[order.pop(at)])
    share = np.array(parts) / sum(parts)
    entropy, most = _entropy(pool.open, days, share), _most(pool.problem, pool.open)
    losses = np.array([member.cost for member in members]) / max(1, members[0].cost) - 1
    return Drawn(
        plan=plan or pool.best, seed=seed, loss=pool.loss, mean_loss=float(share @ losses),
        worst_loss=float(losses.max()), plans=len(members), searched=pool.searched,
        entropy=entropy, most={id_: max(most[id_], bits) for id_, bits in entropy.items()},
    )  # fmt: skip


def _entropy(problem: Problem, days: NDArray[np.int64], share: Floats) -> dict[str, float]:
    """Return the bits of the day of each visit, when plans have these shares."""
    found = {}
    for column, visit in enumerate(problem.visits):
        on = days[:, column]
        chances = [float(share[on == at].sum()) for at in np.unique(on[on != NOT_MADE])]
        made = sum(chances)
        if made > 0:
            found[visit.id] = -sum(p / made * log2(p / made) for p in chances if p > 0) + 0.0
    return found


def _most(problem: Problem, open_: Problem) -> dict[str, float]:
    """Return the bits of equally likely days, of those on which some team may make a visit."""
    found = {}
    for visit in open_.visits:
        days: set[dt.date] = {
            day.day
            for day in problem.team_days
            if obstacle(visit, day) is None
            and visit.window[0] + visit.service <= day.end + day.overtime
            and visit.window[1] >= day.start
            and problem.locked.get(visit.id, day.id) == day.id
        }
        found[visit.id] = log2(max(1, len(days)))
    return found


def _weights(days: NDArray[np.int64], count: int) -> Floats:
    """Return chances of the plans for which the sum of the days' entropies is greatest.

    Exponentiated gradient: the sum is concave in the chances, and its slope for a plan is the mean
    surprise of its days.
    """
    plans = len(days)
    chances = np.full(plans, 1.0 / plans)
    made = [days == at for at in range(count)]
    for step in range(_STEPS if plans > 1 else 0):
        surprise = np.zeros(plans)
        for here in made:
            mass = chances @ here
            told = -np.log(np.maximum(mass, 1e-12))
            surprise += here @ told
        surprise /= max(1, days.shape[1])
        chances = chances * np.exp((surprise - surprise.max()) * 8.0 / (1 + step / 50))
        chances /= chances.sum()
    return chances


def _whole(chances: Floats) -> list[int]:
    """Return chances in whole parts, so that the draw is one of whole numbers."""
    return [max(1, round(float(chance) * _WEIGHTS)) for chance in chances]


def _by_weight(stream: Stream, parts: Sequence[int]) -> int:
    """Return a position drawn with chances in proportion to *parts*."""
    rank = stream.below(sum(parts))
    for at, part in enumerate(parts):
        if rank < part:
            return at
        rank -= part
    raise ValueError(rank)
