"""Ways to make visits that begin at an appointed moment: joint ones, followers, unannounced rounds.

All parts of a joint visit begin at one moment on one day, each with another team-day. Moments are
the full ten minutes and the earliest ones at which a part could begin as things are with a team
that needs no other officer. At each the least loosening of every team-day is known from
:mod:`scheduler.slack`, so that the cheapest choice of one team-day for each part can be read off.
What concerns the whole visit (its window, its day, its round, its distance from what it follows,
limits of the week) counts once for all parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.opening_up import Step
from scheduler.plan import clock
from scheduler.slack import AS_IS, FULL, NEVER, wider_day
from scheduler.spans import Place, apart
from scheduler.ways import MOST, Found, Way

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.loosening import Variant
    from scheduler.opening_up import Base
    from scheduler.problem import TeamDay, Visit
    from scheduler.slack import Fit
    from scheduler.terms_of_visit import Terms
    from scheduler.ways import Sorts

_REFUSALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """All that team-days offer to one part on one day: a row for each, a column for each moment.

    Rows of one team-day stand together and begin at ``begins``; ``bits`` are their sorts of steps.
    """

    costs: NDArray[np.int64]
    bits: NDArray[np.int64]
    begins: NDArray[np.int64]
    names: tuple[str, ...]
    rows: tuple[tuple[Base, Variant, Fit, int], ...]

    def allowed(self, banned: int) -> NDArray[np.int64]:
        """Return the costs without the rows that take a step of a *banned* sort."""
        if not banned:
            return self.costs
        return np.where((self.bits & banned)[:, None] == 0, self.costs, NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day on which a visit could begin: its moments, its terms and offers for every part."""

    day: dt.date
    moments: NDArray[np.int64]
    terms: Terms
    offers: tuple[Offers, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A moment and a row of offers for every part."""

    cost: int
    day: Day
    moment: int
    rows: tuple[int, ...]
    names: tuple[str, ...]


def offers(
    rows: Sequence[tuple[Base, Variant, Fit, int]],
    least: Mapping[int, NDArray[np.int64]],
    sorts: Sorts,
) -> Offers:
    """Return *rows* (team-day as opened, what gives way, its fits and its number) as offers.

    ``least`` are the least steps of all rounds of a fit, by its identity.
    """
    order = sorted(range(len(rows)), key=lambda at: rows[at][0].team_day.id)
    some = tuple(rows[at] for at in order)
    own = np.array([least[id(fit)][number] for _, _, fit, number in some])
    extra = np.array([base.cost + variant.cost for base, variant, _, _ in some])
    # Whatever gives way does so by a step at least; nothing at all is another row.
    floor = np.array([0 if variant is AS_IS else FULL for _, variant, _, _ in some])
    open_ = (own < NEVER) & (own >= floor[:, None])
    ids = [row[0].team_day.id for row in some]
    begins = [at for at, id_ in enumerate(ids) if at == 0 or ids[at - 1] != id_]
    return Offers(
        costs=np.where(open_, own + extra[:, None] * FULL, NEVER),
        begins=np.array(begins), rows=some,
        bits=np.array([sorts.bits((*(s.code for s in base.steps), *variant.codes))
                       for base, variant, _, _ in some]),
        names=tuple(ids[at] for at in begins),
    )  # fmt: skip


def ways(
    days: Sequence[Day], sorts: Sorts, *, parts: Sequence[Visit], holds: Callable[[Way], bool]
) -> list[Way]:
    """Return the cheapest ways to begin *parts* together, at most :data:`MOST`, of other sorts.

    After each way those are looked for that do without one of its steps, so that none loosens all
    that a cheaper one does.
    """
    found = Found()
    seen: set[int] = set()
    queue: list[tuple[tuple[Any, ...], int, Way]] = []
    floors: dict[dt.date, int] = {}

    def look(banned: int) -> None:
        if banned not in seen:
            seen.add(banned)
            way = _cheapest(days, parts=parts, banned=banned, holds=holds, floors=floors)
            if way is not None:
                queue.append((way.rank, banned, way))

    look(0)
    while queue:
        queue.sort(key=lambda one: one[:2])
        _, banned, way = queue.pop(0)
        if found.wants(way):
            found.add(way)
        if len(found.best) >= MOST:
            break
        for code in sorted(way.kind):
            look(banned | sorts.bits([code]))
    return found.listed()


def _cheapest(
    days: Sequence[Day],
    *,
    parts: Sequence[Visit],
    banned: int,
    holds: Callable[[Way], bool],
    floors: dict[dt.date, int],
) -> Way | None:
    """Return the cheapest way that takes no step of a *banned* sort.

    ``floors`` are what a way on a day costs at least, whatever is banned.
    """
    refused: set[tuple[dt.date, tuple[str, ...]]] = set()
    for _ in range(_REFUSALS):
        best = _choice(days, banned=banned, refused=refused, floors=floors)
        if best is None:
            return None
        way = _way(best, parts)
        if holds(way):
            return way
        refused.add((best.day.day, best.names))
    return None


def _choice(
    days: Sequence[Day],
    *,
    banned: int,
    refused: set[tuple[dt.date, tuple[str, ...]]],
    floors: dict[dt.date, int],
) -> _Choice | None:
    """Return the cheapest moment and team-days that are not *refused*."""
    best: _Choice | None = None
    for day in days:
        if best is not None and best.cost <= floors.get(day.day, -NEVER):
            continue
        allowed = [offer.allowed(banned) for offer in day.offers]
        costs = [
            np.minimum.reduceat(some, offer.begins, axis=0)
            for offer, some in zip(day.offers, allowed, strict=True)
        ]
        once = day.terms.costs(day.moments, banned=banned)
        least = once + sum(cost.min(axis=0) for cost in costs)
        if not banned:
            floors[day.day] = int(least.min())
        for at in np.argsort(least, kind="stable").tolist():
            if least[at] >= (NEVER if best is None else best.cost):
                break
            found = _apart([cost[:, at] for cost in costs], day)
            if found is None or (day.day, found[1]) in refused:
                continue
            cost = int(once[at]) + found[0]
            if cost < (NEVER if best is None else best.cost):
                rows = tuple(
                    _row(offer, some[:, at], name)
                    for offer, some, name in zip(day.offers, allowed, found[1], strict=True)
                )
                best = _Choice(cost=cost, day=day, moment=at, rows=rows, names=found[1])
    return best


def _apart(costs: Sequence[NDArray[np.int64]], day: Day) -> tuple[int, tuple[str, ...]] | None:
    """Return the cheapest choice of another team-day for every part, and what it costs."""
    choices = []
    for cost, offer in zip(costs, day.offers, strict=True):
        few = np.argsort(cost, kind="stable")[: len(costs)].tolist()
        choices.append([Place(int(cost[at]), offer.names[at], 0, 0)
                        for at in few if cost[at] < NEVER])  # fmt: skip
    chosen = apart(choices)
    if chosen is None:
        return None
    return sum(one.cost for one in chosen), tuple(one.team_day for one in chosen)


def _row(offer: Offers, costs: NDArray[np.int64], name: str) -> int:
    """Return the cheapest row of the team-day *name*."""
    at = offer.names.index(name)
    ends = [*offer.begins.tolist(), len(costs)]
    return int(ends[at] + np.argmin(costs[ends[at] : ends[at + 1]]))


def _way(choice: _Choice, parts: Sequence[Visit]) -> Way:
    """Return the way of a choice."""
    day, start = choice.day, int(choice.day.moments[choice.moment])
    joint = len(parts) > 1
    names = choice.names
    where = {} if joint else {"team_day": names[0]}
    steps = [replace(step, detail={**where, **step.detail})
             for step in day.terms.steps(start)]  # fmt: skip
    routes: list[tuple[TeamDay, tuple[Visit, ...]]] = []
    raises = list(day.terms.raises)
    for part, offer, at in zip(parts, day.offers, choice.rows, strict=True):
        base, variant, fit, number = offer.rows[at]
        position, least = fit.position(number, choice.moment)
        opened, wider = wider_day(base.team_day, variant, steps=least)
        steps += base.steps
        steps += [
            Step(code=code, detail=variant.detail(code, opened.id, wider, steps=least))
            for code in variant.codes
        ]
        pinned = day.terms.pinned(part, start)
        routes.append((opened, (*base.route[:position], pinned, *base.route[position:])))
        raises += base.raised
    if joint:
        steps.append(Step(code="relief_meet", detail={
            "day": day.day.isoformat(), "start": clock(start), "team_days": list(names),
            "visits": [part.id for part in parts],
        }))  # fmt: skip
    return Way(
        steps=tuple(steps), cost=choice.cost // FULL, routes=tuple(routes), raised=tuple(raises)
    )
