"""Was the draw fair? The recorded rounds of a bureau against the chances that they promised.

Each round's frame depends on what was drawn before (cooldown, caps), yet given its frame the draw
is new chance; so drawn less promised adds up to a martingale, and its spread is what fair seeds
show on the recorded frames.

Checks
    ``chances`` by dimension, ``tickets`` (recorded tickets are uniform; Kolmogorov–Smirnov),
    ``first`` (objects drawn for the first time), ``again`` (drawn in two rounds running) and
    ``far`` (drawn objects far from any station are planned as often as near ones).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from scheduler.draw_record import STRATA
from scheduler.fairness import CLASS, STRATUM
from scheduler.fairness_checks import (
    OTHER,
    Check,
    Group,
    counts_p,
    failing,
    group,
    joined,
    pooled,
    sums_by,
    two_sided,
)
from scheduler.rerun import Floats, Frame, frame_of, rerun
from scheduler.tickets import upper

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

BUDGET = 30_000_000
"""Tickets spent on the spread of the counts, over all rounds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """One recorded round.

    Attributes
    ----------
    frame
        Objects that chance decided about.
    tickets
        Recorded tickets by stratum, as numbers within 0 and 1.
    drawn, planned
        Ids that were drawn (carried ones too), and those of them that the plan serves; None while
        there is no plan.
    """

    frame: Frame
    tickets: Mapping[str, Floats]
    drawn: tuple[str, ...]
    planned: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """An object that was in frames and never drawn; ``chance`` is ``Π(1-π)`` of its rounds."""

    id: str
    rounds: int
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How many of the drawn objects at a distance were planned in the week of their draw."""

    name: str
    drawn: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the recorded rounds of a bureau did.

    Attributes
    ----------
    gaps
        Number of times that an object was drawn again after so many rounds.
    again, again_expected
        Objects drawn in two rounds running, and the sum of their chances.
    ever, ever_expected
        Objects drawn at least once, and the sum of chances up to the first draw of each.
    """

    rounds: int
    objects: int
    draws: int
    seeds: int
    groups: tuple[Group, ...]
    checks: tuple[Check, ...]
    never: tuple[Never, ...]
    gaps: Mapping[int, int]
    again: int
    again_expected: float
    ever: int
    ever_expected: float
    planned: tuple[Planned, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "rounds": self.rounds, "objects": self.objects, "draws": self.draws,
            "seeds": self.seeds, "again": self.again, "again_expected": self.again_expected,
            "ever": self.ever, "ever_expected": self.ever_expected,
            "gaps": {str(gap): number for gap, number in sorted(self.gaps.items())},
            "groups": [one.to_json() for one in self.groups],
            "checks": [one.to_json() for one in self.checks],
            "failing": [one.to_json() for one in failing(self.checks)],
            "never": [asdict(one) for one in self.never],
            "planned": [asdict(one) for one in self.planned],
        }  # fmt: skip


def recorded(record: Mapping[str, Any], *, planned: Collection[str] | None = None) -> Recorded:
    """Return a draw record as a round; *planned* are the ids of all that its plan serves."""
    drawn = tuple(str(one["id"]) for one in record["selected"])
    return Recorded(
        frame=frame_of(record),
        tickets={
            name: np.array([int(e["ticket"], 16) / 2**256 for e in stratum["entries"]])
            for name, stratum in record["strata"].items()
        },
        drawn=drawn,
        planned=None if planned is None else frozenset(planned) & frozenset(drawn),
    )


def look_back(
    rounds: Sequence[Recorded],
    *,
    dimensions: Mapping[str, Mapping[str, str]] | None = None,
    far: str = "",
    seeds: int = 10_000,
    random: int = 0,
) -> History:
    """Compare recorded rounds with the chances that they promised.

    Parameters
    ----------
    rounds
        Oldest first.
    dimensions
        By dimension the label of each object; objects without one are a group of their own. The
        dimension ``distance`` is the one by which planning is compared.
    far
        Label of the greatest distance.
    seeds, random
        Most seeds for the spread of the counts, fewer where the history is long; seed of the
        generator.

    Raises
    ------
    ValueError
        If there is no round.
    """
    if not rounds:
        raise ValueError("no recorded round")
    wide = dimensions or {}
    total = sum(one.frame.size for one in rounds)
    seeds = int(np.clip(BUDGET // max(1, total), 200, seeds))
    groups, checks = _compared(rounds, wide, seeds=seeds, random=random)
    path = _Path.of(rounds)
    planned = _planned(rounds, wide.get("distance", {}))
    checks += _tickets_checks(rounds)
    checks += [
        _martingale("first", path.ever, path.ever_expected, path.ever_spread),
        _martingale("again", path.again, path.again_expected, path.again_spread),
    ]
    if len(planned) > 1 and any(one.name == far for one in planned):
        checks.append(_far_check(planned, far=far))
    return History(
        rounds=len(rounds), objects=path.objects, draws=sum(len(one.drawn) for one in rounds),
        seeds=seeds, groups=tuple(groups), checks=tuple(checks), never=path.never, gaps=path.gaps,
        again=path.again, again_expected=path.again_expected, ever=path.ever,
        ever_expected=path.ever_expected, planned=planned,
    )  # fmt: skip


def _labels(frame: Frame, dimension: str, known: Mapping[str, str]) -> list[str]:
    if dimension == STRATUM:
        return [STRATA[number] for number in frame.strata]
    if dimension == CLASS:
        return [frame.classes[number] for number in frame.class_of]
    return [known.get(id_, OTHER) for id_ in frame.ids]


def _compared(
    rounds: Sequence[Recorded],
    wide: Mapping[str, Mapping[str, str]],
    *,
    seeds: int,
    random: int,
) -> tuple[list[Group], list[Check]]:
    """Return realised and promised counts by group, and a check for each dimension."""
    every = {STRATUM: {}, CLASS: {}, **wide}
    labels = {
        name: [_labels(one.frame, name, known) for one in rounds] for name, known in every.items()
    }
    names = {name: tuple(sorted({x for one in found for x in one}))
             for name, found in labels.items()}  # fmt: skip
    simulated = {name: np.zeros((seeds, len(found))) for name, found in names.items()}
    for at, one in enumerate(rounds):
        index = {name: _index(labels[name][at], names[name]) for name in every}
        start = 0
        for block in rerun(one.frame, seeds=seeds, random=random + at):
            for name, groups in index.items():
                simulated[name][start : start + len(block)] += sums_by(
                    block, groups=groups, number=len(names[name])
                )
            start += len(block)
    found: list[Group] = []
    checks: list[Check] = []
    for name in every:
        groups_ = _counted(name, names[name], rounds, labels[name])
        found += groups_
        checks.append(_chances_check(name, groups_, simulated[name]))
    return found, checks


def _index(labels: Sequence[str], names: Sequence[str]) -> Any:  # noqa: ANN401 - array of intp
    at = {name: number for number, name in enumerate(names)}
    return np.array([at[label] for label in labels], dtype=np.intp)


def _counted(
    dimension: str, names: Sequence[str], rounds: Sequence[Recorded], labels: list[list[str]]
) -> list[Group]:
    trials, drawn = np.zeros(len(names)), np.zeros(len(names))
    expected = np.zeros(len(names))
    members: dict[int, set[str]] = defaultdict(set)
    for one, found in zip(rounds, labels, strict=True):
        index = _index(found, names)
        trials += np.bincount(index, minlength=len(names))
        drawn += np.bincount(index, weights=one.frame.drawn, minlength=len(names))
        expected += np.bincount(index, weights=one.frame.promised, minlength=len(names))
        for id_, number in zip(one.frame.ids, index.tolist(), strict=True):
            members[number].add(id_)
    return [
        group(dimension, name, objects=len(members[number]), trials=int(trials[number]),
              expected=float(expected[number]), drawn=int(drawn[number]))
        for number, name in enumerate(names)
    ]  # fmt: skip


def _chances_check(name: str, groups: Sequence[Group], simulated: Floats) -> Check:
    """Test all groups of a dimension at once, the rare ones together."""
    expected = np.array([one.expected for one in groups])
    by = pooled(simulated, expected=expected)
    found = joined(np.array([float(one.drawn) for one in groups]), by=by)
    spread = joined(simulated, by=by)
    square, df, p = counts_p(found, expected=spread.mean(axis=0), simulated=spread)
    return Check(code="chances", about=name, p=p, detail={"chi2": square, "df": df})


def _tickets_checks(rounds: Sequence[Recorded]) -> list[Check]:
    checks = []
    for name in STRATA:
        values = np.concatenate([one.tickets.get(name, np.zeros(0)) for one in rounds])
        if len(values) > 1:
            test = stats.kstest(values, "uniform")
            checks.append(
                Check(code="tickets", about=name, p=float(test.pvalue),
                      detail={"ks": float(test.statistic)})
            )  # fmt: skip
    return checks


def _martingale(code: str, found: int, expected: float, spread: float) -> Check:
    z = (found - expected) / spread**0.5 if spread > 0 else 0.0
    return Check(code=code, about="", p=two_sided(z), detail={"z": z})


@dataclass(slots=True, kw_only=True)
class _Path:
    """What happened to every object, round by round."""

    objects: int
    never: tuple[Never, ...]
    gaps: dict[int, int]
    ever: int = 0
    ever_expected: float = 0.0
    ever_spread: float = 0.0
    again: int = 0
    again_expected: float = 0.0
    again_spread: float = 0.0

    @classmethod
    def of(cls, rounds: Sequence[Recorded]) -> _Path:
        """Walk through the rounds once."""
        path = cls(objects=0, never=(), gaps=defaultdict(int))
        last: dict[str, int] = {}
        missed: dict[str, tuple[int, float]] = {}
        for at, one in enumerate(rounds):
            for id_, pi, drawn in zip(
                one.frame.ids, one.frame.promised.tolist(), one.frame.drawn.tolist(), strict=True
            ):
                path._step(upper(id_), pi, drawn=drawn, at=at, last=last)
                number, chance = missed.get(id_, (0, 1.0))
                missed[id_] = number + 1, chance * (1 - pi)
            for id_ in one.drawn:
                last[upper(id_)] = at
        path.objects = len(missed)
        path.never = tuple(
            Never(id=id_, rounds=number, chance=chance)
            for id_, (number, chance) in sorted(missed.items(), key=lambda x: (x[1][1], x[0]))
            if upper(id_) not in last
        )
        return path

    def _step(self, id_: str, pi: float, *, drawn: bool, at: int, last: Mapping[str, int]) -> None:
        before = last.get(id_)
        if before is None:
            self.ever += drawn
            self.ever_expected += pi
            self.ever_spread += pi * (1 - pi)
            return
        if drawn:
            self.gaps[at - before] += 1
        if before == at - 1:
            self.again += drawn
            self.again_expected += pi
            self.again_spread += pi * (1 - pi)


def _planned(rounds: Sequence[Recorded], distance: Mapping[str, str]) -> tuple[Planned, ...]:
    """Count drawn and planned objects by distance to the nearest station."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in rounds:
        if one.planned is None:
            continue
        for id_ in one.drawn:
            label = distance.get(id_, OTHER)
            counts[label][0] += 1
            counts[label][1] += id_ in one.planned
    return tuple(
        Planned(name=name, drawn=drawn, planned=planned)
        for name, (drawn, planned) in sorted(counts.items())
    )


def _far_check(planned: Sequence[Planned], *, far: str) -> Check:
    """Test by Fisher's exact test whether far objects are left out of the plan more often."""
    away = next(one for one in planned if one.name == far)
    drawn = sum(one.drawn for one in planned)
    left = drawn - sum(one.planned for one in planned)
    p = float(stats.hypergeom.sf(away.drawn - away.planned - 1, drawn, left, away.drawn))
    return Check(code="far", about="", p=min(1.0, p), detail={"left_out": left})
