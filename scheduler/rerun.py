"""A recorded draw again, with thousands of random seeds: the arithmetic behind the fairness report.

What is re-run
    The frame, strata, quotas and ranking formulas of a record: certainty and uniform by ticket,
    weighted by Pareto, the uniform draw out of everyone not yet chosen.
What is not
    SHA-256 and the comparison of whole numbers. Tickets are the generator's uniform numbers
    (NumPy SFC64, 53 bits) and ranks are 64-bit floats; for the same tickets they choose the same
    objects as :func:`scheduler.draw.draw` unless two ranks agree in their first fifteen digits (a
    test compares them). The recorded tickets themselves are tested in
    :mod:`scheduler.fairness_history`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from scheduler.draw_record import STRATA
from scheduler.tickets import pareto_shares, upper

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

CELLS = 2_000_000
"""Tickets held in memory at once."""
_EXACT_UP_TO = 150
"""Greatest number of weighted draws for which the chances under Pareto are integrated."""
_EXACT_CLASSES = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The objects of a round that chance decides about, as arrays in the order of ``ids``.

    Attributes
    ----------
    strata
        Index into :data:`scheduler.draw_record.STRATA`.
    odds
        ``π/(1-π)`` in the weighted draw; infinite where an object is certain, NaN elsewhere.
    classes, class_of
        Labels of stratum and weight, and the index of every object; objects of a class are
        exchangeable.
    taken
        Draws of each stratum.
    promised
        Published chance over all strata.
    drawn
        What the record drew, without objects that were carried over.
    """

    round_id: str
    ids: tuple[str, ...]
    strata: Whole
    odds: Floats
    classes: tuple[str, ...]
    class_of: Whole
    taken: tuple[int, ...]
    promised: Floats
    drawn: Flags

    @property
    def size(self) -> int:
        """Number of objects."""
        return len(self.ids)


Tickets = Sequence[Floats]
"""One array (seeds, objects) of numbers within 0 and 1 for each stratum."""
Choose = Callable[[Frame, Tickets], Flags]


def frame_of(record: Mapping[str, Any]) -> Frame:
    """Return the frame of a draw record (:meth:`scheduler.draw_record.DrawRecord.to_json`)."""
    carried = {upper(one["id"]) for one in record["selected"] if one["stratum"] == "carried"}
    rows = [one for one in record["frame"]["eligible"] if upper(one["id"]) not in carried]
    taken = tuple(int(record["strata"][name]["quota"]) for name in STRATA)
    drawn = {one["id"] for one in record["selected"]}
    made = frame_with(
        np.array([STRATA.index(one["stratum"]) for one in rows], dtype=np.intp),
        weights=[Fraction(one["weight"]) for one in rows], taken=taken,
        ids=[one["id"] for one in rows], round_id=record["round"],
    )  # fmt: skip
    return replace(
        made,
        promised=np.array([float(record["probability"][one["id"]]) for one in rows]),
        drawn=np.array([one["id"] in drawn for one in rows], dtype=bool),
    )


def frame_with(
    strata: Whole,
    *,
    weights: Sequence[int | Fraction],
    taken: Sequence[int],
    ids: Sequence[str] = (),
    round_id: str = "",
) -> Frame:
    """Return a frame with the chances that the method promises; nothing is drawn from it yet.

    Parameters
    ----------
    taken
        Draws of each stratum, none of them more than the objects that are left to it.
    """
    size = len(strata)
    labels = [
        f"{STRATA[at]} {weight}" if at == 1 else STRATA[at]
        for at, weight in zip(strata.tolist(), weights, strict=True)
    ]
    classes = tuple(sorted(set(labels)))
    at = {label: number for number, label in enumerate(classes)}
    odds = pareto_odds(weights, members=strata == 1, taken=taken[1])
    own = np.zeros(size)
    own[strata == 0] = taken[0] / max(1, int((strata == 0).sum()))
    if taken[1]:
        known = strata == 1
        own[known] = 1.0 - 1.0 / (1.0 + odds[known])  # 1 where the odds are infinite
    left = max(1, size - taken[0] - taken[1])
    return Frame(
        round_id=round_id, ids=tuple(ids or map(str, range(size))), strata=strata, odds=odds,
        classes=classes, class_of=np.array([at[label] for label in labels], dtype=np.intp),
        taken=tuple(taken), promised=1 - (1 - own) * (1 - taken[2] / left),
        drawn=np.zeros(size, dtype=bool),
    )  # fmt: skip


def pareto_odds(weights: Sequence[int | Fraction], *, members: Flags, taken: int) -> Floats:
    """Return ``π/(1-π)`` of the weighted draw, infinite for the certain, NaN for non-members."""
    chosen = np.flatnonzero(members).tolist()
    shares = pareto_shares([weights[i] for i in chosen], taken=taken)
    odds = np.full(len(weights), np.nan)
    known: dict[int, float] = {}
    for i, weight in zip(chosen, shares.weights, strict=True):
        if weight not in known:
            if weight >= shares.certain_from:
                known[weight] = np.inf
            elif shares.count:
                top = shares.count * weight
                known[weight] = float(Fraction(top, shares.total - top))
            else:
                known[weight] = float(weight)
        odds[i] = known[weight]
    return odds


def pick(frame: Frame, tickets: Tickets) -> Flags:
    """Return what each row of tickets draws: array (seeds, objects)."""
    chosen = np.zeros((len(tickets[0]), frame.size), dtype=bool)
    for stratum in (0, 1):
        members = np.flatnonzero(frame.strata == stratum)
        if not frame.taken[stratum] or not len(members):
            continue
        keys = tickets[stratum][:, members]
        if stratum == 1:
            keys = keys / (1.0 - keys)
            keys /= frame.odds[members]
        chosen[:, members] = smallest(keys, count=frame.taken[stratum])
    if frame.taken[2]:
        keys = np.where(chosen, np.inf, tickets[2])
        chosen |= smallest(keys, count=frame.taken[2])
    return chosen


def smallest(keys: Floats, *, count: int) -> Flags:
    """Return the *count* smallest of every row; all where there are no more."""
    if count >= keys.shape[1]:
        return np.isfinite(keys)
    last = np.partition(keys, count - 1, axis=1)[:, count - 1 : count]
    return keys <= last


def rerun(frame: Frame, *, seeds: int, random: int, choose: Choose = pick) -> Iterator[Flags]:
    """Yield what *seeds* random seeds draw, in blocks of rows.

    Parameters
    ----------
    random
        Seed of the generator: the same number gives the same report.
    choose
        The method; another one shows what the report would say of it.
    """
    source = np.random.Generator(np.random.SFC64(random))
    rows = max(1, CELLS // max(1, frame.size))
    used = [
        bool(frame.taken[0] and (frame.strata == 0).any()),
        bool(frame.taken[1] and (frame.strata == 1).any()),
        True,
    ]
    for start in range(0, seeds, rows):
        shape = (min(rows, seeds - start), frame.size)
        blank = np.broadcast_to(np.float64(0.5), shape)
        yield choose(frame, [source.random(shape) if one else blank for one in used])


# What Pareto really gives -------------------------------------------------------------------------


def true_chances(frame: Frame) -> Floats | None:
    """Return the chances that the method gives, of which the published ones are the targets.

    Pareto πps meets its target up to a remainder that shrinks with the number of draws (Rosén
    1997); for up to 150 weighted draws it is integrated here, beyond that it is far below what
    10,000 seeds can show, and None is returned.
    """
    members = np.flatnonzero(np.isfinite(frame.odds))
    count = frame.taken[1] - int(np.isinf(frame.odds).sum())
    if not len(members) or not 0 < count < len(members):
        return frame.promised.copy()
    odds, which, sizes = np.unique(frame.odds[members], return_inverse=True, return_counts=True)
    if count > _EXACT_UP_TO or len(odds) > _EXACT_CLASSES:
        return None
    target = odds / (1.0 + odds)
    true = pareto_chances(odds, sizes=sizes, count=count)
    found = frame.promised.copy()
    missed = (1.0 - found[members]) / (1.0 - target[which])
    found[members] = 1.0 - missed * (1.0 - true[which])
    return found


def pareto_chances(odds: Floats, *, sizes: Whole, count: int) -> Floats:
    """Return the chance of an object of each class among the *count* smallest Pareto ranks.

    ``P = ∫ f(t) P(fewer than count others below t) dt`` over ``v = ln t`` by the trapezoid rule;
    an object's rank is below ``t`` with probability ``t·odds/(1 + t·odds)``.
    """
    v = np.linspace(-40.0, 25.0, 2601)
    below = 1.0 / (1.0 + np.exp(-(v[:, None] + np.log(odds)[None, :])))
    others = [_below(below[:, i], size=int(sizes[i]), count=count) for i in range(len(odds))]
    result = np.empty(len(odds))
    for i in range(len(odds)):
        total = _below(below[:, i], size=int(sizes[i]) - 1, count=count)
        for j in range(len(odds)):
            if j != i:
                total = _added(total, others[j])
        density = below[:, i] * (1.0 - below[:, i])
        result[i] = np.trapezoid(density * total.sum(axis=1), v)
    return np.clip(result, 0.0, 1.0)


def _below(chance: Floats, *, size: int, count: int) -> Floats:
    """Return the chances that 0, 1 … count-1 of *size* objects are below, by row."""
    return np.asarray(stats.binom.pmf(np.arange(count)[None, :], size, chance[:, None]))


def _added(one: Floats, other: Floats) -> Floats:
    """Return the distribution of the sum of two counts, cut off at the same length."""
    total = np.zeros_like(one)
    for shift in range(one.shape[1]):
        total[:, shift:] += one[:, shift, None] * other[:, : one.shape[1] - shift]
    return total
