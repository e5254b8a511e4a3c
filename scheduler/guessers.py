"""What common tickets tell who wants to know a department's next list: guessers and samples.

All figures are of the first department. A guesser's AUC is how often it puts a firm that is drawn
before one that is not (½: it knows nothing); see :mod:`scheduler.predictability`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from scheduler.methods import World, samples
from scheduler.predictability import auc, guess, mean_auc, views
from scheduler.rerun import Flags, Floats, Frame, Whole, smallest

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG = 2000
"""Rounds with the same numbers from which one who knows the numbers learns."""
YEARS = 4
"""Years that are guessed."""
_BELIEF = 5.0
_BLOCK = 200

Draws = Callable[[int], "list[Flags]"]
"""Draws of the departments in the next so many rounds, arrays (rounds, firms)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """How well the first department's draws can be guessed.

    Attributes
    ----------
    published
        By the published chances alone.
    past
        By one who knows all draws of the year so far.
    past_one
        By one who also learns one drawn firm of the round.
    numbers, numbers_one
        The same for one who knows the permanent numbers as well; None where there are none.
    other
        By one who knows what another department draws in the round, among the firms of both.
    uneven
        Deviation of a year's chances, given the numbers, from the promised ones (root mean square,
        by that of the chances); None where nothing is left to chance.
    possible
        Decimal logarithm of the number of samples that a round can have, for one who knows the
        numbers.
    """

    published: float | None
    past: float | None
    past_one: float | None
    numbers: float | None
    numbers_one: float | None
    other: float | None
    uneven: float | None
    possible: float


def guesses(
    method: str, start: Callable[[], Draws], frames: Sequence[tuple[Whole, Frame]],
    *, rounds: int, random: int,
) -> Guesses:  # fmt: skip
    """Return how well draws can be guessed.

    Parameters
    ----------
    method
        See :data:`scheduler.coordination.METHODS`.
    start
        Begins a year with new numbers.
    frames
        Firms and frame of two departments.
    """
    (firms, frame), (others, _) = frames
    both = np.intersect1d(firms, others, return_indices=True)
    found: dict[str, list[float | None]] = {}
    for _ in range(YEARS):
        draws = start()
        own, other = draws(rounds)[:2]
        known = {
            "published": mean_auc(np.tile(frame.promised, (rounds, 1)), own),
            "past": _past(own, frame),
            "past_one": _with_one(own[: rounds // 2], own[rounds // 2 :], frame.promised),
            "other": mean_auc(own[:, both[1]].astype(float), other[:, both[2]]),
        }
        for name, value in known.items():
            found.setdefault(name, []).append(value)
    numbers, numbers_one, uneven = _numbers(method, start(), frame, rounds=rounds)
    means = {name: _mean(values) for name, values in found.items()}
    return Guesses(
        published=means["published"], past=means["past"], past_one=means["past_one"],
        numbers=numbers, numbers_one=numbers_one, other=means["other"], uneven=uneven,
        possible=_possible(method, frame, random=random),
    )  # fmt: skip


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None


def _past(drawn: Flags, frame: Frame) -> float | None:
    """Return the AUC of the best guesser of :mod:`scheduler.predictability`."""
    world = World(
        weights=[Fraction(one) for one in np.maximum(frame.promised, 1e-9).tolist()],
        key=frame.strata == 0, towns=np.zeros(frame.size, dtype=np.intp),
        caps=np.full(frame.size, len(drawn) + 1), draws=max(1, sum(frame.taken)),
    )  # fmt: skip
    return guess(drawn, views(drawn, world))


def _with_one(past: Flags, now: Flags, promised: Floats) -> float | None:
    """Return the AUC of one who learns one drawn firm of a round.

    Tried: the published chances, and how often others were drawn together with it in the *past*,
    with the chances as belief to begin with; the better one counts.
    """
    plain: list[float | None] = []
    learnt: list[float | None] = []
    together = past.astype(np.float32)
    for at, row in enumerate(now):
        chosen = np.flatnonzero(row)
        if len(chosen) < 2:
            continue
        known = int(chosen[(at * 7919) % len(chosen)])
        rest = np.arange(len(row)) != known
        joint = together[:, known] @ together
        score = joint + _BELIEF * promised
        plain.append(auc(promised[rest], row[rest]))
        learnt.append(auc(score[rest], row[rest]))
    found = [one for one in (_mean(plain), _mean(learnt)) if one is not None]
    return max(found, default=None)


def _numbers(
    method: str, draws: Draws, frame: Frame, *, rounds: int
) -> tuple[float | None, float | None, float | None]:
    """Return what one who knows the numbers can guess, and how uneven they make the chances."""
    if method in ("independent", "fresh"):
        return None, None, 0.0
    if method == "turning":  # the next start is known, and with it the next list
        return 1.0, 1.0, None
    long = np.concatenate([draws(_BLOCK)[0] for _ in range(LONG // _BLOCK)])
    now = draws(rounds)[0]
    share = long.mean(axis=0)
    noise = float((share * (1 - share)).mean()) / (len(long) - 1)
    extra = max(0.0, float(((share - frame.promised) ** 2).mean()) - noise)
    scale = float((frame.promised**2).mean())
    return (
        mean_auc(np.tile(share, (rounds, 1)), now),
        _with_one(long, now, frame.promised),
        (extra / scale) ** 0.5,
    )


# Samples ------------------------------------------------------------------------------------------


def _possible(method: str, frame: Frame, *, random: int) -> float:
    if method == "turning":
        return 0.0
    every = samples(frame, size=frame.size)[0]
    if method in ("independent", "fresh"):
        return every
    return min(every, ring_samples(frame, random=random))


def ring_samples(frame: Frame, *, random: int) -> float:
    """Return the decimal logarithm of the number of samples that a ring of fixed numbers can give.

    As the start passes over the ring, a sample of equal chances changes at every number. A weighted
    one changes there as well, and where ranks of firms of different weights cross; crossings are
    counted by what differs between the two ends of each arc. The three starts are independent, so
    that the numbers multiply.
    """
    source = np.random.default_rng(random)
    possible = 0.0
    for stratum in (0, 1):
        size, taken = int((frame.strata == stratum).sum()), frame.taken[stratum]
        if 0 < taken < size:
            swaps = _swaps(frame, source) if stratum else 0
            possible += float(np.log10(size + swaps))
    left = frame.size - frame.taken[0] - frame.taken[1]
    if 0 < frame.taken[2] < left:
        possible += float(np.log10(left))
    return possible


def _swaps(frame: Frame, source: np.random.Generator) -> int:
    members = np.flatnonzero(frame.strata == 1)
    numbers = np.sort(source.random(len(members)))
    odds = frame.odds[members][source.permutation(len(members))]
    nothing = 1e-12
    ends = np.append(numbers[1:], numbers[0] + 1.0)
    total = 0
    for start in range(0, len(members), _BLOCK):
        block = slice(start, start + _BLOCK)
        drawn = []
        for starts in (numbers[block] + nothing, ends[block] - nothing):
            tickets = (numbers[None, :] - starts[:, None]) % 1.0
            keys = tickets / np.maximum(1.0 - tickets, nothing) / odds
            drawn.append(smallest(keys, count=frame.taken[1]))
        total += int((drawn[0] ^ drawn[1]).sum()) // 2
    return total
