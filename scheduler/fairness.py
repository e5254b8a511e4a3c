"""Is the draw fair? A frame drawn again with many seeds, against the chances that it promised.

Read :mod:`scheduler.rerun` for what is drawn again and what is not. All p-values use the spread
that the seeds themselves show, since the counts of a sample of fixed size hang together.

Checks
    ``chances`` by dimension: mean counts of the groups (strata, classes, towns, sizes …).
    ``objects``: every object of a class is drawn equally often.
    ``pairs`` by kind: neighbours are drawn together as often as any two objects of their classes.
    ``never``: as many are never drawn in a number of rounds as ``Π(1-π)`` says.
    ``again``: one round says nothing about the next: as many are drawn twice running as ``Σπ²``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from scheduler.draw_record import STRATA
from scheduler.fairness_checks import (
    Check,
    Group,
    failing,
    group,
    mean_p,
    means_p,
    numbered,
    sums_by,
)
from scheduler.rerun import Choose, Flags, Floats, Frame, Whole, pick, rerun, true_chances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STRATUM, CLASS = "stratum", "class"
"""Dimensions that every frame has."""
GAP = 0.02
"""Greatest difference between the published chance and that of the method that passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """How often pairs of a kind are drawn together.

    ``joint`` is the number per round, ``expected`` that of any objects of the same classes (the
    hypothesis), ``independent`` is ``Σ π_i π_j``, a little more as the sample has a fixed size.
    """

    kind: str
    pairs: int
    joint: float
    expected: float
    independent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """What many seeds make of one frame.

    Attributes
    ----------
    gap
        Greatest difference between an object's published chance and that of the method; None
        where the frame is too large for it to matter.
    rounds, never, never_expected
        Mean number of objects never drawn in so many rounds, and ``Σ Π(1-π)``.
    wait, wait_expected
        Mean number of rounds from one draw of an object to its next, by seeds and as the mean of
        ``1/π`` over draws.
    """

    round_id: str
    objects: int
    seeds: int
    groups: tuple[Group, ...]
    pairs: tuple[Pairs, ...]
    checks: tuple[Check, ...]
    gap: float | None
    rounds: int
    never: float
    never_expected: float
    wait: float | None
    wait_expected: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        plain = {name: getattr(self, name) for name in (
            "round_id", "objects", "seeds", "gap", "rounds", "never", "never_expected", "wait",
            "wait_expected",
        )}  # fmt: skip
        return {
            **plain,
            "groups": [one.to_json() for one in self.groups],
            "pairs": [
                {"kind": one.kind, "pairs": one.pairs, "joint": one.joint,
                 "expected": one.expected, "independent": one.independent}
                for one in self.pairs
            ],
            "checks": [one.to_json() for one in self.checks],
            "failing": [one.to_json() for one in failing(self.checks)],
        }  # fmt: skip


def measure(
    frame: Frame,
    *,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    pairs: Mapping[str, Whole] | None = None,
    seeds: int = 10_000,
    random: int = 0,
    rounds: int = 52,
    choose: Choose = pick,
) -> Rerun:
    """Draw a frame again with many seeds and compare with what it promised.

    Parameters
    ----------
    dimensions
        Label of every object by dimension, such as its town or size, in the order of the frame's
        ids.
    pairs
        Arrays (pairs, 2) of positions in the frame by kind; pairs of the same town are formed from
        the dimension ``town``.
    random
        Seed of the generator.
    rounds
        Rounds after which those never drawn are counted; consecutive seeds are taken as rounds.
    choose
        Another method than that of the product, to see what the report says of it.

    Raises
    ------
    ValueError
        If the frame is empty or there are fewer than two seeds.
    """
    if not frame.size or seeds < 2:
        raise ValueError("nothing to draw again")
    labels = {
        STRATUM: [STRATA[number] for number in frame.strata],
        CLASS: [frame.classes[number] for number in frame.class_of],
        **(dimensions or {}),
    }
    tally = _Tally.of(frame, labels=labels, pairs=pairs or {}, rounds=rounds)
    for block in rerun(frame, seeds=seeds, random=random, choose=choose):
        tally.add(block)
    return _report(frame, tally, seeds=seeds, rounds=min(rounds, seeds))


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Counts that grow with each block of seeds."""

    frame: Frame
    names: dict[str, tuple[str, ...]]
    indexes: dict[str, Whole]
    pairs: dict[str, tuple[Whole, Floats]]
    rounds: int
    drawn: Floats
    sums: dict[str, list[Floats]]
    joint: dict[str, list[Floats]]
    again: list[float]
    never: list[int]
    window: Flags
    last: Whole
    waits: list[int]
    seen: int = 0

    @classmethod
    def of(
        cls,
        frame: Frame,
        *,
        labels: Mapping[str, Sequence[str]],
        pairs: Mapping[str, Whole],
        rounds: int,
    ) -> _Tally:
        """Return empty counts."""
        named = {name: numbered(values) for name, values in labels.items()}
        kinds = {
            kind: (np.asarray(found, dtype=np.intp), _classes_of_pairs(frame, found))
            for kind, found in pairs.items()
        }
        return cls(
            frame=frame, names={name: found[0] for name, found in named.items()},
            indexes={name: found[1] for name, found in named.items()}, pairs=kinds, rounds=rounds,
            drawn=np.zeros(frame.size), sums={name: [] for name in named},
            joint={kind: [] for kind in kinds}, again=[], never=[],
            window=np.zeros(frame.size, dtype=bool), last=np.full(frame.size, -1), waits=[0, 0],
        )  # fmt: skip

    def add(self, block: Flags) -> None:
        """Count a block of seeds."""
        self.drawn += np.count_nonzero(block, axis=0)
        for name, index in self.indexes.items():
            self.sums[name].append(sums_by(block, groups=index, number=len(self.names[name])))
        for kind, (pairs, _) in self.pairs.items():
            both = block[:, pairs[:, 0]] & block[:, pairs[:, 1]]
            self.joint[kind].append(np.count_nonzero(both, axis=1).astype(float))
        self.again += np.count_nonzero(block[1:] & block[:-1], axis=1).tolist()
        for row in block:
            chosen = np.flatnonzero(row)
            known = chosen[self.last[chosen] >= 0]
            self.waits[0] += int((self.seen - self.last[known]).sum())
            self.waits[1] += len(known)
            self.last[chosen] = self.seen
            self.window[chosen] = True
            self.seen += 1
            if self.seen % self.rounds == 0:
                self.never.append(int(self.frame.size - np.count_nonzero(self.window)))
                self.window[:] = False


def _report(frame: Frame, tally: _Tally, *, seeds: int, rounds: int) -> Rerun:
    true = true_chances(frame)
    gap = None if true is None else float(np.abs(true - frame.promised).max())
    chance = frame.promised if true is None else true
    sums = {name: np.concatenate(found) for name, found in tally.sums.items()}
    checks = [_chances_check(name, tally, sums[name], chance) for name in sums]
    checks.append(_objects_check(frame, tally, sums[CLASS], seeds=seeds))
    pairs = []
    for kind in tally.pairs:
        found, check = _pairs_check(kind, tally, sums[CLASS], frame)
        pairs.append(found)
        checks.append(check)
    if "town" in sums:
        found, check = _town_pairs(tally, sums, frame)
        pairs.append(found)
        checks.append(check)
    z, p = mean_p(np.array(tally.again or [0.0]), expected=float((chance**2).sum()))
    checks.append(Check(code="again", about="", p=p, detail={"z": z}))
    never_expected = float(((1 - chance) ** rounds).sum())
    never = float(np.mean(tally.never)) if tally.never else float(frame.size - tally.window.sum())
    if len(tally.never) > 30:
        z, p = mean_p(np.array(tally.never, dtype=float), expected=never_expected)
        checks.append(Check(code="never", about="", p=p, detail={"z": z}))
    if gap is not None:
        checks.append(
            Check(code="gap", about="", p=1.0 if gap <= GAP else 0.0, detail={"gap": gap})
        )
    return Rerun(
        round_id=frame.round_id, objects=frame.size, seeds=seeds,
        groups=tuple(_groups(frame, tally, sums, seeds=seeds)), pairs=tuple(pairs),
        checks=tuple(checks), gap=gap, rounds=rounds, never=never, never_expected=never_expected,
        wait=tally.waits[0] / tally.waits[1] if tally.waits[1] else None,
        wait_expected=_expected_wait(chance, seeds=seeds),
    )  # fmt: skip


def _expected_wait(chance: Floats, *, seeds: int) -> float | None:
    """Return the mean wait between two draws that are both seen within *seeds* rounds.

    Over all pairs of draws ``w`` apart of an object: ``Σ w (S-w) π²(1-π)^(w-1)`` over the same
    without ``w``.
    """
    waits = np.arange(1, seeds)
    values, counts = np.unique(np.round(chance, 12), return_counts=True)
    top = bottom = 0.0
    for pi, count in zip(values, counts, strict=True):
        share = count * pi**2 * (1 - pi) ** (waits - 1.0) * (seeds - waits)
        top += float((waits * share).sum())
        bottom += float(share.sum())
    return top / bottom if bottom else None


def _groups(frame: Frame, tally: _Tally, sums: Mapping[str, Floats], *, seeds: int) -> list[Group]:
    found = []
    for dimension, names in tally.names.items():
        index = tally.indexes[dimension]
        for number, name in enumerate(names):
            inside = index == number
            objects = int(inside.sum())
            found.append(
                group(
                    dimension, name, objects=objects, trials=objects * seeds,
                    expected=float(frame.promised[inside].sum()) * seeds,
                    drawn=int(sums[dimension][:, number].sum()),
                )
            )  # fmt: skip
    return found


def _chances_check(name: str, tally: _Tally, sums: Floats, chance: Floats) -> Check:
    expected = np.zeros(sums.shape[1])
    np.add.at(expected, tally.indexes[name], chance)
    square, df, p = means_p(sums, expected=expected)
    return Check(code="chances", about=name, p=p, detail={"chi2": square, "df": df})


def _objects_check(frame: Frame, tally: _Tally, sums: Floats, *, seeds: int) -> Check:
    """Test that objects of one class are drawn equally often, whatever their id or position.

    Within a class the counts have variance ``S (π - π₂)`` around their mean, ``π₂`` the chance of
    two given objects of the class together; both are what the seeds show.
    """
    square, df = 0.0, 0
    for number in range(len(frame.classes)):
        counts = tally.drawn[frame.class_of == number]
        size = len(counts)
        if size < 2:
            continue
        one = float(sums[:, number].mean()) / size
        two = float((sums[:, number] * (sums[:, number] - 1)).mean()) / (size * (size - 1))
        if one - two > 1e-12:
            square += float(((counts - counts.mean()) ** 2).sum()) / (seeds * (one - two))
            df += size - 1
    p = float(stats.chi2.sf(square, df)) if df else 1.0
    return Check(code="objects", about="", p=p, detail={"chi2": square, "df": df})


def _classes_of_pairs(frame: Frame, pairs: Whole) -> Floats:
    """Return how many pairs join each two classes: array (classes, classes)."""
    number = len(frame.classes)
    pairs = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    flat = frame.class_of[pairs[:, 0]] * number + frame.class_of[pairs[:, 1]]
    return np.bincount(flat, minlength=number * number).reshape(number, number).astype(float)


def _together(sums: Floats, joins: Floats, sizes: Floats) -> Floats:
    """Return by seed how many pairs would be drawn if they were any objects of their classes."""
    both = np.outer(sizes, sizes) - np.diag(sizes)
    weight = np.divide(joins, both, out=np.zeros_like(joins), where=both > 0)
    found: Floats = ((sums @ weight) * sums).sum(axis=1) - sums @ np.diag(weight)
    return found


def _pairs_check(kind: str, tally: _Tally, sums: Floats, frame: Frame) -> tuple[Pairs, Check]:
    pairs, joins = tally.pairs[kind]
    joint = np.concatenate(tally.joint[kind])
    independent = float((frame.promised[pairs[:, 0]] * frame.promised[pairs[:, 1]]).sum())
    return _pairs(kind, len(pairs), joint, sums, joins, frame, independent)


def _town_pairs(tally: _Tally, sums: Mapping[str, Floats], frame: Frame) -> tuple[Pairs, Check]:
    """Count all pairs of one town, each once, without listing them."""
    inside = tally.indexes["town"]
    table = np.zeros((len(tally.names["town"]), len(frame.classes)))
    np.add.at(table, (inside, frame.class_of), 1)
    joins = (table.T @ table - np.diag(table.sum(axis=0))) / 2
    joint = (sums["town"] * (sums["town"] - 1) / 2).sum(axis=1)
    total = np.bincount(inside, weights=frame.promised)
    squares = np.bincount(inside, weights=frame.promised**2)
    independent = float((total**2 - squares).sum() / 2)
    return _pairs("town", round(float(joins.sum())), joint, sums[CLASS], joins, frame, independent)


def _pairs(
    kind: str, number: int, joint: Floats, sums: Floats, joins: Floats, frame: Frame,
    independent: float,
) -> tuple[Pairs, Check]:  # fmt: skip
    sizes = np.bincount(frame.class_of, minlength=len(frame.classes)).astype(float)
    expected = _together(sums, joins, sizes)
    z, p = mean_p(joint - expected, expected=0.0)
    found = Pairs(
        kind=kind, pairs=number, joint=float(joint.mean()), expected=float(expected.mean()),
        independent=independent,
    )  # fmt: skip
    return found, Check(code="pairs", about=kind, p=p, detail={"z": z})
