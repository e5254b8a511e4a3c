"""Whether inspectors meet the same firms again more often than by chance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from scheduler.fairness_checks import Check, tail_p

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scheduler.rerun import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDraw:
    """One crew as it was drawn: who could be in it, who was, and where it went.

    ``candidates`` maps every id to department and specialities; ``departments`` and
    ``specialities`` are what the crew had to have.
    """

    round_id: str
    day: str
    size: int
    departments: frozenset[str]
    specialities: frozenset[str]
    candidates: Mapping[str, tuple[str, frozenset[str]]]
    taken: frozenset[str]
    objects: frozenset[str]


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

    Chance draws every crew anew by the rule of the product (each in random order who still lets the
    crew be completed, nobody twice a day); the limit of days per officer is left out.
    """
    rounds_of: dict[str, set[str]] = defaultdict(set)
    for one in crews:
        for id_ in one.objects:
            rounds_of[id_].add(one.round_id)
    often = {id_ for id_, seen in rounds_of.items() if len(seen) > 1}
    days = {(one.round_id, one.day) for one in crews if one.objects & often}
    kept = [one for one in crews if (one.round_id, one.day) in days]
    counts = _meetings(kept, [one.taken for one in kept], often)
    found = sum(number - 1 for number in counts.values())
    source = np.random.default_rng(random)
    simulated = np.zeros(1)
    if often:
        simulated = np.array([
            float(sum(n - 1 for n in _meetings(kept, _redrawn(kept, source), often).values()))
            for _ in range(seeds)
        ])  # fmt: skip
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


def _redrawn(crews: Sequence[CrewDraw], source: np.random.Generator) -> list[frozenset[str]]:
    busy: set[tuple[str, str, str]] = set()
    drawn = []
    for one in crews:
        free = sorted(id_ for id_ in one.candidates if (one.round_id, one.day, id_) not in busy)
        order = [free[i] for i in source.permutation(len(free))]
        crew: list[str] = []
        for at, person in enumerate(order):
            if len(crew) < one.size and _completable(one, [*crew, person], order[at + 1 :]):
                crew.append(person)
        busy |= {(one.round_id, one.day, person) for person in crew}
        drawn.append(frozenset(crew))
    return drawn


def _completable(one: CrewDraw, crew: Sequence[str], rest: Sequence[str]) -> bool:
    """Tell whether people of *rest* can bring what the crew still lacks."""
    departments = one.departments - {one.candidates[id_][0] for id_ in crew}
    known = frozenset().union(*(one.candidates[id_][1] for id_ in crew))
    return _covered(one, departments, one.specialities - known, rest, one.size - len(crew))


def _covered(
    one: CrewDraw,
    departments: frozenset[str],
    specialities: frozenset[str],
    rest: Sequence[str],
    seats: int,
) -> bool:
    if not departments and not specialities:
        return True
    if seats <= 0:
        return False
    wanted, skill = min(departments, default=""), min(specialities, default="")
    return any(
        _covered(one, departments - {department}, specialities - skills, rest, seats - 1)
        for department, skills in (one.candidates[id_] for id_ in rest)
        if (department == wanted if wanted else skill in skills)
    )
