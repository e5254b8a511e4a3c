"""Ways to draw firms, round after round: the product's, skip numbers, stratified random.

They are simulated on the same firms, so that their figures can stand side by side. Crews and routes
play no part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats

from scheduler.draw_record import STRATA
from scheduler.eligible import AFTER_VISIT
from scheduler.quota import split_quota
from scheduler.rerun import Flags, Floats, Frame, Whole, frame_with, pick

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR = 52
"""Rounds after which caps and the cycle of the key class begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Firms in the order of their list, and how they are drawn.

    Attributes
    ----------
    weights
        Relative chances in the weighted draw.
    key
        Firms of the key class, all to be drawn once a year.
    towns
        Number of each firm's town.
    caps
        Most draws of each firm in a year.
    draws
        Draws of a round.
    cooldown
        Rounds after a draw in which a firm is drawn with less chance, or not at all.
    after_visit
        What the cooldown leaves, see :data:`scheduler.eligible.AFTER_VISIT`.
    weighted_share
        Share of the general draw that is weighted.
    """

    weights: Sequence[int | Fraction]
    key: Flags
    towns: Whole
    caps: Whole
    draws: int
    cooldown: int = 0
    after_visit: str = AFTER_VISIT[0]
    weighted_share: Fraction = Fraction(7, 10)

    @property
    def size(self) -> int:
        """Number of firms."""
        return len(self.weights)

    def barred_after_visit(self) -> World:
        """Return the same firms with a cooldown that leaves no chance at all."""
        return replace(self, after_visit="none")

    def without_cooldown(self) -> World:
        """Return the same firms drawn without cooldown and caps."""
        return replace(self, cooldown=0, caps=np.full(self.size, 10**6))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What a method drew: arrays (rounds, firms); ``chance`` is what was promised each time.

    ``capped`` are firms at their yearly cap, whose chance is 0 by law; None if there are none.
    ``possible`` is the decimal logarithm of the number of samples that a round can have, and
    ``share`` that of their share among all samples of the size.
    """

    drawn: Flags
    chance: Floats
    possible: float
    share: float
    capped: Flags | None = None


def product(world: World, rounds: int, random: int) -> Run:
    """Draw as the product does: certainty, Pareto and uniform, with cooldown and caps."""
    source = np.random.default_rng(random)
    drawn, capped = (np.zeros((rounds, world.size), dtype=bool) for _ in range(2))
    chance = np.zeros((rounds, world.size))
    last = np.full(world.size, -(10**6))
    counts = np.zeros(world.size, dtype=np.intp)
    first: Frame | None = None
    for at in range(rounds):
        if at % YEAR == 0:
            counts[:] = 0
        capped[at] = counts >= world.caps
        resting = at - last <= world.cooldown
        barred = capped[at] | resting if world.after_visit == "none" else capped[at]
        free = np.flatnonzero(~barred)
        frame = _frame(world, free, covered=counts > 0, resting=resting,
                       weeks_left=YEAR - at % YEAR)  # fmt: skip
        tickets = [source.random((1, frame.size)) for _ in STRATA]
        chosen = free[pick(frame, tickets)[0]]
        drawn[at, chosen] = True
        chance[at, free] = frame.promised
        last[chosen], counts[chosen] = at, counts[chosen] + 1
        first = first or frame
    possible, share = (0.0, 0.0) if first is None else samples(first, size=world.size)
    return Run(drawn=drawn, chance=chance, possible=possible, share=share, capped=capped)


def skip_number(world: World, rounds: int, random: int) -> Run:
    """Draw every k-th of the list from an unpublished start: ``k = ⌊firms/draws⌋``."""
    source = np.random.default_rng(random)
    draws = min(world.draws, world.size)
    step = max(1, world.size // max(1, draws))
    drawn = np.zeros((rounds, world.size), dtype=bool)
    for row, start in zip(drawn, source.integers(0, step, rounds).tolist(), strict=True):
        row[start : start + step * draws : step] = True
    chance = np.zeros((rounds, world.size))
    chance[:, : step * draws] = 1 / step
    possible = float(np.log10(step))
    return Run(
        drawn=drawn, chance=chance, possible=possible,
        share=possible - choices(world.size, draws),
    )  # fmt: skip


def stratified(world: World, rounds: int, random: int) -> Run:
    """Draw the same share of every class of weight at random, each round anew."""
    source = np.random.default_rng(random)
    groups = [
        np.flatnonzero([w == one for w in world.weights]) for one in sorted(set(world.weights))
    ]
    draws = min(world.draws, world.size)
    counts = _allotted([len(one) for one in groups], draws)
    drawn = np.zeros((rounds, world.size), dtype=bool)
    chance = np.zeros((rounds, world.size))
    for group, count in zip(groups, counts, strict=True):
        chance[:, group] = count / len(group)
        for row in drawn:
            row[source.permutation(group)[:count]] = True
    possible = sum(choices(len(one), count) for one, count in zip(groups, counts, strict=True))
    return Run(
        drawn=drawn, chance=chance, possible=possible,
        share=possible - choices(world.size, draws),
    )  # fmt: skip


def choices(size: int, count: int) -> float:
    """Return the decimal logarithm of the number of samples of *count* out of *size*."""
    terms = special.gammaln(np.array([size + 1, count + 1, size - count + 1], dtype=float))
    return float((terms[0] - terms[1] - terms[2]) / np.log(10))


def samples(frame: Frame, *, size: int) -> tuple[float, float]:
    """Return decimal logarithms of the number of samples of a frame and of their share.

    A sample is possible if it holds at least as many firms of the certainty and weighted strata as
    those draw; the rest may be anyone. The share is that among all samples of *size* firms.
    """
    draws = sum(frame.taken)
    everyone = choices(frame.size, draws)
    share = 1.0
    for stratum in (0, 1):
        members = int((frame.strata == stratum).sum())
        share *= float(stats.hypergeom.sf(frame.taken[stratum] - 1, frame.size, members, draws))
    inside = float(np.log10(share)) if share > 0 else -everyone
    whole = choices(size, draws)
    return everyone + inside, everyone + inside - whole


def _frame(world: World, free: Whole, *, covered: Flags, resting: Flags, weeks_left: int) -> Frame:
    """Return the frame of a round as :mod:`scheduler.caps` and the quota would make it."""
    key, seen = world.key[free], covered[free]
    strata = np.where(key, np.where(seen, 2, 0), 1).astype(np.intp)
    strata[resting[free]] = 2
    sizes = [int((strata == 0).sum()), int((strata == 1).sum())]
    split = split_quota(
        world.draws, key_remaining=sizes[0], weeks_left=weeks_left,
        weighted_share=world.weighted_share,
    )  # fmt: skip
    certain = min(split.certainty, sizes[0])
    weighted = min(split.weighted + split.certainty - certain, sizes[1])
    uniform = min(world.draws - certain - weighted, len(free) - certain - weighted)
    return frame_with(strata, weights=[world.weights[i] for i in free.tolist()],
                      taken=(certain, weighted, uniform))  # fmt: skip


def _allotted(sizes: Sequence[int], draws: int) -> list[int]:
    """Return shares of *draws* in proportion to *sizes*, by largest remainders."""
    exact = [Fraction(draws * size, sum(sizes)) for size in sizes]
    whole = [int(one) for one in exact]
    order = sorted(range(len(sizes)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[: draws - sum(whole)]:
        whole[i] += 1
    return whole
