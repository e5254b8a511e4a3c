"""Departments whose registers overlap: who knows which firms, and what each thinks of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from scheduler.methods import YEAR
from scheduler.rerun import Flags, Floats, Frame, Whole, frame_with, true_chances

if TYPE_CHECKING:
    from collections.abc import Sequence

QUOTAS = tuple(Fraction(n, 1000) for n in (10, 7, 13, 5, 16))
"""Weekly draws of the departments by the size of their registers, in turn (product choice)."""
WEIGHTED_SHARE = Fraction(7, 10)
GRADES = ((1, 45), (2, 35), (4, 15), (8, 5))
"""Weights of a generated world and how many of a hundred firms have them (product choice)."""
KEY = 0.02
"""Share of the key class in a generated world (product choice)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Department:
    """One department: positions of its firms among all firms, and its frame in their order."""

    name: str
    firms: Whole
    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registers:
    """The registers of several departments over the same firms."""

    size: int
    departments: tuple[Department, ...]

    @property
    def chances(self) -> Floats:
        """Chances of a round: array (departments, firms), 0 where a firm is not on the register."""
        found = np.zeros((len(self.departments), self.size))
        for at, one in enumerate(self.departments):
            exact = true_chances(one.frame)
            found[at, one.firms] = one.frame.promised if exact is None else exact
        return found

    @property
    def shared(self) -> Flags:
        """Tell which firms are on several registers."""
        counts = np.zeros(self.size, dtype=np.intp)
        for one in self.departments:
            counts[one.firms] += 1
        return counts > 1


def generated(size: int, *, random: int) -> tuple[list[int | Fraction], Whole]:
    """Return weights and strata of so many made-up firms."""
    source = np.random.default_rng(random)
    values, parts = zip(*GRADES, strict=True)
    weights = source.choice(values, size, p=np.array(parts) / sum(parts)).tolist()
    return weights, np.where(source.random(size) < KEY, 0, 1).astype(np.intp)


def share_out(
    weights: Sequence[int | Fraction],
    strata: Whole,
    *,
    departments: int,
    overlap: float,
    random: int,
    home: Sequence[str] = (),
) -> Registers:
    """Put firms on the registers of several departments.

    Every firm is on the register of its own department, a share *overlap* of them on one or more
    others as well. There a department has its own opinion of half of its firms: weight and stratum
    of another firm, taken at random.

    Parameters
    ----------
    weights, strata
        Of every firm in its own department; strata are indexes of
        :data:`scheduler.draw_record.STRATA`.
    overlap
        Share of the firms that are on several registers.
    home
        Name of each firm's own department; the greatest so many count, firms of others are dealt
        out. Empty to deal out all firms evenly.

    Raises
    ------
    ValueError
        If there are fewer than two departments, fewer than four firms for each, or *overlap* is
        not within 0 and 1.
    """
    size = len(weights)
    if departments < 2 or size < 4 * departments or not 0 <= overlap <= 1:
        raise ValueError("nothing to coordinate")
    source = np.random.default_rng(random)
    names, own = _homes(home, size=size, departments=departments, source=source)
    member = own[None, :] == np.arange(departments)[:, None]
    for firm in np.flatnonzero(source.random(size) < overlap).tolist():
        others = np.flatnonzero(~member[:, firm])
        member[source.permutation(others)[: source.integers(1, departments)], firm] = True
    made = []
    for at in range(departments):
        firms = np.flatnonzero(member[at])
        lender = np.arange(size)
        foreign = (own != at) & (source.random(size) < 0.5)
        lender[foreign] = source.integers(0, size, int(foreign.sum()))
        made.append(
            Department(
                name=names[at], firms=firms,
                frame=_frame([weights[i] for i in lender[firms].tolist()], strata[lender[firms]],
                             share=QUOTAS[at % len(QUOTAS)]),
            )
        )  # fmt: skip
    return Registers(size=size, departments=tuple(made))


def _homes(
    home: Sequence[str], *, size: int, departments: int, source: np.random.Generator
) -> tuple[list[str], Whole]:
    """Return the names of the departments and the number of each firm's own."""
    counts = {name: list(home).count(name) for name in set(home) if name}
    names = sorted(counts, key=lambda name: (-counts[name], name))[:departments]
    at = {name: number for number, name in enumerate(names)}
    dealt = source.permutation(np.arange(size) % departments)
    for number, name in enumerate(home):
        dealt[number] = at.get(name, dealt[number])
    names += [str(number + 1) for number in range(len(names), departments)]
    return names, dealt.astype(np.intp)


def _frame(weights: list[int | Fraction], strata: Whole, *, share: Fraction) -> Frame:
    """Return a department's frame: a 52nd of its key class a week, then weighted and uniform."""
    draws = max(2, round(len(weights) * share))
    key, general = int((strata == 0).sum()), int((strata == 1).sum())
    certain = min(-(-key // YEAR), draws // 2)
    weighted = min(int((draws - certain) * WEIGHTED_SHARE + Fraction(1, 2)), general)
    return frame_with(
        strata, weights=weights, taken=(certain, weighted, draws - certain - weighted)
    )
