"""Whether inspectors meet the same firms again more often than by chance."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from scheduler.crew_lottery import MOST_CREWS, lots_of
from scheduler.crew_stream import Exhausted, Stream
from scheduler.crewing import Bundle
from scheduler.fairness_checks import Check, tail_p
from scheduler.problem import Inspector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.rerun import Floats

_ALL_DRAWS = 800
_LEAST_DRAWS = 40
"""Draws of all rounds together, and of each round at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDraw:
    """One crew as it was drawn: who could be in it, who was, and where it went.

    ``candidates`` maps every id to department and specialities; ``departments`` and
    ``specialities`` are what the crew had to have, ``max_days`` the limit of days of its round.
    """

    round_id: str
    day: str
    size: int
    departments: frozenset[str]
    specialities: frozenset[str]
    candidates: Mapping[str, tuple[str, frozenset[str]]]
    taken: frozenset[str]
    objects: frozenset[str]
    max_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Meetings of an inspector with an object that they had visited in an earlier round.

    ``expected`` and ``high`` are mean and 95 % limit under crews drawn anew; ``meetings`` counts
    all at objects that were visited in more than one round; ``worst`` are pairs and their number.
    """

    meetings: int
    repeats: int
    expected: float
    high: float
    check: Check
    worst: tuple[tuple[str, str, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "meetings": self.meetings, "repeats": self.repeats, "expected": self.expected,
            "high": self.high, "check": self.check.to_json(),
            "worst": [list(one) for one in self.worst],
        }  # fmt: skip


def repeats(crews: Sequence[CrewDraw], *, seeds: int = 400, random: int = 0) -> Repeats:
    """Compare repeated meetings of inspectors and objects with chance.

    Chance draws the crews of every round anew by the rule of the product: uniform over all that are
    feasible, with the limit of days. Of each round some dozens of such draws are made, and each of
    the *seeds* weeks of chance takes one of them from every round.
    """
    rounds_of: dict[str, set[str]] = defaultdict(set)
    for one in crews:
        for id_ in one.objects:
            rounds_of[id_].add(one.round_id)
    often = {id_ for id_, seen in rounds_of.items() if len(seen) > 1}
    rounds = {one.round_id for one in crews if one.objects & often}
    kept = [one for one in crews if one.round_id in rounds]
    counts = _meetings(kept, [one.taken for one in kept], often)
    found = sum(number - 1 for number in counts.values())
    simulated = np.zeros(1)
    if often:
        simulated = _chance(kept, often, seeds=seeds, source=np.random.default_rng(random))
    worst = sorted(
        ((person, id_, number) for (person, id_), number in counts.items() if number > 1),
        key=lambda one: (-one[2], one[0], one[1]),
    )
    p = _p(found, simulated) if often else 1.0
    return Repeats(
        meetings=sum(counts.values()), repeats=found, expected=float(simulated.mean()),
        high=float(np.quantile(simulated, 0.95)), check=Check(code="repeats", about="", p=p),
        worst=tuple(worst),
    )  # fmt: skip


def _chance(
    crews: Sequence[CrewDraw], often: set[str], *, seeds: int, source: np.random.Generator
) -> Floats:
    """Return numbers of repeated meetings under chance."""
    by_round: dict[str, list[CrewDraw]] = defaultdict(list)
    for one in crews:
        by_round[one.round_id].append(one)
    ordered = [one for members in by_round.values() for one in members]
    pool = min(seeds, max(_LEAST_DRAWS, _ALL_DRAWS // len(by_round)))
    drawn = [_redrawn(members, pool, source) for members in by_round.values()]
    found = []
    for _ in range(seeds):
        picks = source.integers(0, pool, size=len(drawn))
        taken = [crew for draws, at in zip(drawn, picks, strict=True) for crew in draws[at]]
        found.append(float(sum(n - 1 for n in _meetings(ordered, taken, often).values())))
    return np.array(found)


def _p(found: int, simulated: Floats) -> float:
    """Return how often chance repeats as much; beyond all that was simulated, a normal tail."""
    p, spread = tail_p(found, simulated=simulated), float(simulated.std())
    if found <= float(simulated.max()) or not spread:
        return p
    return min(p, float(stats.norm.sf((found - 0.5 - float(simulated.mean())) / spread)))


def _meetings(
    crews: Sequence[CrewDraw], taken: Sequence[frozenset[str]], often: set[str]
) -> dict[tuple[str, str], int]:
    rounds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one, people in zip(crews, taken, strict=True):
        for id_ in one.objects & often:
            for person in people:
                rounds[person, id_].add(one.round_id)
    return {pair: len(seen) for pair, seen in rounds.items()}


def _redrawn(
    crews: Sequence[CrewDraw], number: int, source: np.random.Generator
) -> list[list[frozenset[str]]]:
    """Return *number* draws of the crews of one round.

    Crews that are too hard to hit, or for which the people are no longer known, stay as they are.
    """
    days = {day: at for at, day in enumerate(sorted({one.day for one in crews}), start=1)}
    people: dict[str, Inspector] = {}
    bundles = []
    for at, one in enumerate(crews):
        for id_, (department, skills) in one.candidates.items():
            people[id_] = Inspector(id=id_, name="", department=department, specialities=skills)
        bundles.append(
            Bundle(
                id=str(at), day=dt.date.fromordinal(days[one.day]), size=(one.size, one.size),
                departments=one.departments, specialities=one.specialities,
                candidates=tuple(sorted(one.candidates)),
            )
        )  # fmt: skip
    found: list[list[frozenset[str]]] = [[one.taken for one in crews] for _ in range(number)]
    for lot in lots_of(bundles, people=people, max_days=crews[0].max_days):
        stream = Stream(lambda: int.from_bytes(source.bytes(32)), crews=MOST_CREWS)
        for draw in found:
            stream.left = MOST_CREWS
            try:
                made = lot.draw(stream)
            except (Exhausted, ValueError):
                break
            for id_, crew in made.items():
                draw[int(id_)] = crew
    return found
