"""Departments whose registers overlap: tickets in common turn several visits into one.

A firm that two departments draw in the same week is visited once by both (综合查一次). Each of them
draws by itself, out of its own frame with its own weights and quotas; what they may have in common
is the tickets. With common tickets a firm that has a small one is drawn by all departments that
know it, so the week has fewer visits at the gate and each department as many objects as before.

Ways to have tickets, simulated side by side
    ``independent``: every department its own, the state without coordination.
    ``fresh``: common ones, new in every round (one seed for all; ``permanent`` left empty).
    ``permanent``: permanent numbers on a ring, every round from a start at random
    (:class:`scheduler.tickets.Tickets` with ``permanent``).
    ``turning``: permanent numbers, the start moves on by the golden section of the ring, which
    spreads the rounds of a year most evenly. It is not offered; it shows what a planned rotation is
    worth and what it costs.

Frames are the same in every round: cooldown and caps are left out, so that what the tickets do can
be told from what the frame does. As in :mod:`scheduler.rerun` tickets are random floats.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.draw_record import STRATA
from scheduler.fairness_checks import Check, failing, joined, means_p, sums_by
from scheduler.guessers import Draws, Guesses, guesses
from scheduler.methods import YEAR
from scheduler.rerun import Flags, Floats, Whole, pick

if TYPE_CHECKING:
    from scheduler.overlap import Department, Registers

METHODS = ("independent", "fresh", "permanent", "turning")
GOLDEN = (5**0.5 - 1) / 2
_OFTEN = 20.0

# One year -----------------------------------------------------------------------------------------


def begin(registers: Registers, method: str, *, source: np.random.Generator) -> Draws:
    """Begin a year, with new permanent numbers if the *method* has any.

    Returns
    -------
    A function that draws the next so many rounds and returns for each department an array
    (rounds, firms of its register).
    """
    everyone = registers.departments
    numbers = source.random((len(STRATA), registers.size))
    starts = source.random(len(STRATA))

    def tickets(at: int, rounds: int) -> Floats:
        if method == "fresh":
            return source.random((rounds, registers.size))
        moved = source.random(rounds)
        if method == "turning":
            moved = starts[at] + GOLDEN * np.arange(1, rounds + 1)
            starts[at] = moved[-1] % 1.0
        found: Floats = (numbers[at][None, :] - moved[:, None]) % 1.0
        return found

    def draws(rounds: int) -> list[Flags]:
        if method == "independent":
            return [pick(one.frame, [source.random((rounds, one.frame.size)) for _ in STRATA])
                    for one in everyone]  # fmt: skip
        common = [tickets(at, rounds) for at in range(len(STRATA))]
        return [pick(one.frame, [found[:, one.firms] for found in common]) for one in everyone]

    return draws


# Many years ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinated:
    """What one way to have tickets does in a year; counts are means over the simulated years.

    Attributes
    ----------
    visits, gate
        Firms drawn by departments, and visits at the gate: firms of a week that are drawn by at
        least one. Their difference is saved.
    saved, saved_shared
        Visits saved per firm, and per firm on several registers.
    reached
        Share of the visits that could be saved at all.
    shared_mean, shared_variance, shared_most
        Mean, variance and greatest number of gate visits of a firm on several registers.
    spread
        Variance of a firm's gate visits from year to year, by that of independent rounds.
    never
        Share of all firms that nobody visits in the year.
    again, again_blind
        Chance of a gate visit in the round after one, and what it is if rounds are independent.
    guesses
        How well one can guess, see :class:`scheduler.guessers.Guesses`.
    checks
        Chances of every department, classes on one and several registers apart.
    """

    method: str
    visits: float
    gate: float
    saved: float
    saved_shared: float
    reached: float
    shared_mean: float
    shared_variance: float
    shared_most: float
    spread: float
    never: float
    again: float
    again_blind: float
    guesses: Guesses
    checks: tuple[Check, ...]

    @property
    def saved_share(self) -> float:
        """Visits saved to visits of departments."""
        return 1 - self.gate / self.visits

    @property
    def exact(self) -> bool:
        """Tell whether every department's chances are those that it promised."""
        return not failing(self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            **asdict(self), "saved_share": self.saved_share, "exact": self.exact,
            "checks": [one.to_json() for one in self.checks],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All ways on the same registers.

    ``visits`` are promised in a year by all departments together, ``blind`` gate visits if they
    draw independently, ``least`` the fewest gate visits that keep all promises: the sum over firms
    of the greatest chance that any department promised.
    """

    firms: int
    shared: int
    sizes: tuple[int, ...]
    draws: tuple[int, ...]
    rounds: int
    years: int
    visits: float
    blind: float
    least: float
    methods: tuple[Coordinated, ...]

    def of(self, method: str) -> Coordinated:
        """Return the figures of one way."""
        return next(one for one in self.methods if one.method == method)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        plain = {name: getattr(self, name) for name in (
            "firms", "shared", "sizes", "draws", "rounds", "years", "visits", "blind", "least",
        )}  # fmt: skip
        return {**plain, "methods": [one.to_json() for one in self.methods]}


def compare(
    registers: Registers, *, rounds: int = YEAR, years: int = 60, random: int = 0
) -> Comparison:
    """Simulate every way to have tickets on the same registers.

    Parameters
    ----------
    years
        Independent repetitions, each with its own permanent numbers; rounds with the same numbers
        hang together, so years are what the checks count.
    """
    chances = registers.chances
    most = {"visits": chances.sum() * rounds, "least": chances.max(axis=0).sum() * rounds}
    blind = float((1 - np.prod(1 - chances, axis=0)).sum() * rounds)
    return Comparison(
        firms=registers.size, shared=int(registers.shared.sum()),
        sizes=tuple(one.frame.size for one in registers.departments),
        draws=tuple(sum(one.frame.taken) for one in registers.departments),
        rounds=rounds, years=years, visits=float(most["visits"]), blind=blind,
        least=float(most["least"]),
        methods=tuple(
            _many(registers, method, chances, rounds=rounds, years=years, random=random)
            for method in METHODS
        ),
    )  # fmt: skip


def _many(
    registers: Registers, method: str, chances: Floats, *, rounds: int, years: int, random: int
) -> Coordinated:
    source = np.random.default_rng([random, METHODS.index(method)])
    everyone = registers.departments
    groups = [_groups(one, registers.shared) for one in everyone]
    sums: list[list[Floats]] = [[] for _ in everyone]
    gates = np.zeros((years, registers.size))
    twice = 0.0
    for at in range(years):
        gate = np.zeros((rounds, registers.size), dtype=bool)
        drawn = begin(registers, method, source=source)(rounds)
        for one, chosen, own, found in zip(everyone, drawn, groups, sums, strict=True):
            gate[:, one.firms] |= chosen
            found.append(sums_by(chosen, groups=own, number=int(own.max()) + 1).sum(axis=0))
        gates[at] = gate.sum(axis=0)
        twice += float((gate[1:] & gate[:-1]).sum())
    checks = []
    for one, own, found, chance in zip(everyone, groups, sums, chances, strict=True):
        expected = np.bincount(own, weights=chance[one.firms]).astype(float) * rounds
        samples = np.array(found)
        by = _together(expected * years, most=max(1, years // 4))
        square, df, p = means_p(joined(samples, by=by), expected=joined(expected, by=by))
        detail = {"chi2": square, "df": df}
        checks.append(Check(code="chances", about=one.name, p=p, detail=detail))
    visits = sum(float(np.sum(found)) for found in sums) / years
    guessed = guesses(
        method,
        lambda: begin(replace(registers, departments=everyone[:2]), method, source=source),
        [(one.firms, one.frame) for one in everyone[:2]],
        rounds=rounds, random=random,
    )  # fmt: skip
    return _figures(
        registers,
        method,
        gates,
        chances,
        visits=visits,
        rounds=rounds,
        guessed=guessed,
        again=twice / max(1.0, float(gates.sum()) * (rounds - 1) / rounds),
        checks=tuple(checks),
    )


def _groups(one: Department, shared: Flags) -> Whole:
    """Return a number for each class, firms on one and on several registers apart."""
    both = one.frame.class_of * 2 + shared[one.firms]
    return np.unique(both, return_inverse=True)[1].astype(np.intp)


def _together(expected: Floats, *, most: int) -> Whole:
    """Return a number for each group under which rare groups fall together, *most* numbers at most.

    A covariance of counts is known from as many years only as are simulated, and on a ring the
    draws of a year come in clumps.
    """
    order = np.argsort(-expected, kind="stable")
    rank = np.empty(len(expected), dtype=np.intp)
    rank[order] = np.arange(len(expected))
    kept = min(int((expected >= _OFTEN).sum()), most - 1)
    while 0 < kept < len(expected) and expected[order[kept:]].sum() < _OFTEN:
        kept -= 1
    return np.minimum(rank, kept).astype(np.intp)


def _figures(
    registers: Registers,
    method: str,
    gates: Floats,
    chances: Floats,
    *,
    visits: float,
    rounds: int,
    guessed: Guesses,
    again: float,
    checks: tuple[Check, ...],
) -> Coordinated:
    mean = gates.mean(axis=0)
    gate, shared = float(mean.sum()), registers.shared
    rate = mean / rounds
    own = chances[:, shared].sum() * rounds
    common = gates[:, shared]
    blind = rounds * rate * (1 - rate)
    saveable = (chances.sum() - chances.max(axis=0).sum()) * rounds
    return Coordinated(
        method=method, visits=visits, gate=gate, saved=(visits - gate) / registers.size,
        saved_shared=(float(own) - float(common.mean(axis=0).sum())) / max(1, int(shared.sum())),
        reached=(visits - gate) / float(saveable) if saveable else 1.0,
        shared_mean=float(common.mean()) if common.size else 0.0,
        shared_variance=float(common.var(axis=1).mean()) if common.size else 0.0,
        shared_most=float(common.max(axis=1).mean()) if common.size else 0.0,
        spread=float(gates.var(axis=0, ddof=1).sum() / blind.sum()),
        never=float((gates == 0).mean()), again=again,
        again_blind=float((rate**2).sum() / max(1e-12, rate.sum())),
        guesses=guessed, checks=checks,
    )  # fmt: skip
