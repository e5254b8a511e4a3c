"""How well can a firm guess its next visit? The figures that tell a random draw from a habit.

Guessers
    The guesser of a round knows every draw before it, the list, weights, class and town of every
    firm, and fits a logistic model to earlier rounds. ``auc`` is how often it puts a firm that is
    drawn before one that is not (½: it knows nothing). Weights by risk are public on purpose, so
    ``auc_published`` tells what the published chances alone give away: a good draw gives no more.
    ``auc_leak`` is that of a guesser who also knows one drawn firm of the round.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from scheduler.methods import Run, World, choices, product, skip_number, stratified

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from scheduler.rerun import Flags, Floats, Whole

METHODS: Mapping[str, Callable[[World, int, int], Run]] = {
    "product": product,
    "product_barred": lambda world, rounds, random: product(
        world.barred_after_visit(), rounds, random
    ),
    "product_free": lambda world, rounds, random: product(world.without_cooldown(), rounds, random),
    "skip_number": skip_number,
    "stratified": stratified,
}
"""What stands side by side: the product as it is set, with a cooldown that leaves no chance
(``product_barred``), without cooldown and caps (``product_free``), and two other methods."""
TEXTBOOK = ((1000, 50), (299, 100))
"""Firms and draws of a skip-number system in use, after its published rules."""
LEAST_ROUNDS = 8
"""Rounds below which a guesser has nothing to learn from."""
_GAPS = (1, 2, 4, 8, 13, 26)
_ENOUGH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How predictable one method is; logarithms are decimal.

    Attributes
    ----------
    again
        Share of the drawn firms that are drawn in the very next round.
    again_chance, again_open
        Mean chance of a drawn firm in the very next round, and that of those below their cap.
    capped, capped_after
        Share of the firms at their yearly cap, whose chance is 0 by law: over all rounds, and
        among those drawn in the round before.
    hazard_low, hazard_high
        Least and greatest mean chance of firms last drawn equally long ago, those at their cap
        left out.
    never
        Share of the firms that no round can draw.
    possible, share
        Logarithms of the number of samples a round can have, and of their share among all samples
        of its size.
    auc, auc_published, auc_leak, best
        See the module; ``best`` is the single feature that tells most, with its own AUC.
    """

    method: str
    rounds: int
    firms: int
    drawn: int
    again: float | None
    again_chance: float | None
    again_open: float | None
    capped: float
    capped_after: float | None
    hazard_low: float | None
    hazard_high: float | None
    never: float
    possible: float
    share: float
    auc: float | None
    auc_published: float | None
    auc_leak: float | None
    best: str
    best_auc: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Textbook:
    """A skip-number draw: how many samples it can have and how many firms it never draws."""

    firms: int
    draws: int
    samples: int
    never: int
    all_samples: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entropy:
    """How evenly visits fall: bits, the most that is possible, and the counts behind them."""

    bits: float
    most: float
    counts: Mapping[str, int]

    @property
    def share(self) -> float | None:
        """Bits to the most that is possible; None where there is nothing to guess."""
        return self.bits / self.most if self.most else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"bits": self.bits, "most": self.most, "share": self.share,
                "counts": dict(self.counts)}  # fmt: skip


def compare(world: World, *, rounds: int = 52, random: int = 0) -> tuple[Figures, ...]:
    """Return the figures of every method on the same firms, by simulation."""
    return tuple(
        figures(name, method(world, rounds, random), world) for name, method in METHODS.items()
    )


def figures(method: str, run: Run, world: World) -> Figures:
    """Return how predictable what *run* drew is."""
    rounds, firms = run.drawn.shape
    open_ = np.ones_like(run.drawn) if run.capped is None else ~run.capped
    low, high = hazards(run.drawn, run.chance, among=open_)
    known = rounds >= LEAST_ROUNDS
    seen = views(run.drawn, world) if known else None
    late = slice(rounds // 2, rounds)
    best, best_auc = _best(run.drawn, seen) if seen is not None else ("", None)
    return Figures(
        method=method, rounds=rounds, firms=firms, drawn=int(run.drawn.sum()),
        again=again(run.drawn), again_chance=_mean(run.chance[1:][run.drawn[:-1]]),
        again_open=_mean(run.chance[1:][run.drawn[:-1] & open_[1:]]),
        capped=float((~open_).mean()), capped_after=_mean(~open_[1:][run.drawn[:-1]]),
        hazard_low=low, hazard_high=high,
        never=float((run.chance.max(axis=0) <= 0).mean()), possible=run.possible,
        share=run.share, auc=None if seen is None else guess(run.drawn, seen),
        auc_published=mean_auc(run.chance[late], run.drawn[late]),
        auc_leak=_leak(run.drawn, world) if known else None, best=best, best_auc=best_auc,
    )  # fmt: skip


def textbook() -> tuple[Textbook, ...]:
    """Return what skip numbers do to the lists of a published example."""
    found = []
    for firms, draws in TEXTBOOK:
        step = firms // draws
        found.append(
            Textbook(firms=firms, draws=draws, samples=step, never=firms - step * draws,
                     all_samples=choices(firms, draws))
        )  # fmt: skip
    return tuple(found)


# What the past tells ------------------------------------------------------------------------------


def again(drawn: Flags) -> float | None:
    """Return the share of drawn firms that the very next round draws; None if unknown."""
    total = int(drawn[:-1].sum())
    return float((drawn[1:] & drawn[:-1]).sum()) / total if total else None


def hazards(drawn: Flags, chance: Floats, *, among: Flags) -> tuple[float | None, float | None]:
    """Return the least and greatest mean chance, by how long ago firms were drawn last.

    Only firms that are flagged in *among* in a round count there.
    """
    exposed, promised = np.zeros(len(_GAPS) + 1), np.zeros(len(_GAPS) + 1)
    last = np.full(drawn.shape[1], -1)
    for at, row in enumerate(drawn):
        known = (last >= 0) & among[at]
        bins = np.searchsorted(_GAPS, at - last[known])
        exposed += np.bincount(bins, minlength=len(exposed))
        promised += np.bincount(bins, weights=chance[at, known], minlength=len(exposed))
        last[row] = at
    shares = (promised / np.maximum(1, exposed))[exposed >= _ENOUGH]
    return (float(shares.min()), float(shares.max())) if len(shares) else (None, None)


def _mean(values: Floats | Flags) -> float | None:
    return float(values.mean()) if values.size else None


FEATURES = (
    "weight", "key", "key_waiting", "drawn_last", "recent", "never_drawn", "since", "rate",
    "town_last", "neighbours_last",
)  # fmt: skip


def views(drawn: Flags, world: World) -> Floats:
    """Return what a guesser sees before each round: array (rounds, firms, features)."""
    rounds, firms = drawn.shape
    seen = np.zeros((rounds, firms, len(FEATURES)))
    weight = np.log([float(one) for one in world.weights])
    last, counts = np.full(firms, -1), np.zeros(firms)
    towns = np.bincount(world.towns)
    before = np.zeros(firms, dtype=bool)
    for at in range(rounds):
        never = last < 0
        since = np.where(never, at + 1, at - last)
        town = np.bincount(world.towns, weights=before) / np.maximum(1, towns)
        beside = np.zeros(firms)
        beside[1:] += before[:-1]
        beside[:-1] += before[1:]
        seen[at] = np.column_stack([
            weight, world.key, world.key & never, before, ~never & (since <= 8), never,
            np.log(since), counts / max(1, at), town[world.towns], beside,
        ])  # fmt: skip
        before = drawn[at]
        last[before], counts = at, counts + before
    return seen


def guess(drawn: Flags, seen: Floats) -> float | None:
    """Return the AUC over the later half of a logistic model fitted to the earlier half."""
    rounds = len(drawn)
    early, late = slice(rounds // 8, rounds // 2), slice(rounds // 2, rounds)
    train, target = seen[early].reshape(-1, seen.shape[2]), drawn[early].ravel()
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread[spread == 0] = 1.0
    weights = _logistic((train - middle) / spread, target)
    scores = ((seen[late] - middle) / spread) @ weights[1:]
    return mean_auc(scores, drawn[late])


def _logistic(seen: Floats, target: Flags, *, ridge: float = 1e-2, steps: int = 25) -> Floats:
    """Fit a logistic model by Newton's method with a small ridge; the first weight is the base."""
    inputs = np.column_stack([np.ones(len(seen)), seen])
    weights = np.zeros(inputs.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (target - chance) - ridge * weights
        bend = (inputs * (chance * (1 - chance) + 1e-9)[:, None]).T @ inputs
        step = np.linalg.solve(bend + ridge * np.eye(len(weights)), slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights


def mean_auc(scores: Floats, drawn: Flags) -> float | None:
    """Return the mean AUC over rounds that draw some and not all; None if there are none."""
    found = [auc(score, row) for score, row in zip(scores, drawn, strict=True)]
    known = [one for one in found if one is not None]
    return float(np.mean(known)) if known else None


def auc(scores: Floats, hits: Flags) -> float | None:
    """Return how often a hit scores above a miss, ties counting half; None without either."""
    good, bad = int(hits.sum()), int((~hits).sum())
    if not good or not bad:
        return None
    ranks = stats.rankdata(scores)
    return float((ranks[hits].sum() - good * (good + 1) / 2) / (good * bad))


def _best(drawn: Flags, seen: Floats) -> tuple[str, float | None]:
    """Return the feature whose AUC over the later half is farthest from one half."""
    late = slice(len(drawn) // 2, len(drawn))
    found: list[tuple[float, str, float]] = []
    for number, name in enumerate(FEATURES):
        value = mean_auc(seen[late, :, number], drawn[late])
        if value is not None:
            found.append((abs(value - 0.5), name, max(value, 1 - value)))
    return max(found)[1:] if found else ("", None)


def _leak(drawn: Flags, world: World) -> float | None:
    """Return the AUC of the best guess from one drawn firm of the same round.

    Tried: the same distance in the list as the system would step, nearness in the list, the same
    town; the one that tells most over the rounds is taken.
    """
    firms = drawn.shape[1]
    step = max(1, firms // max(1, world.draws))
    places = np.arange(firms)
    kinds: dict[str, list[float]] = defaultdict(list)
    for at, row in enumerate(drawn):
        chosen = np.flatnonzero(row)
        if len(chosen) < 2:
            continue
        known = int(chosen[(at * 7919) % len(chosen)])
        others = places != known
        views = {
            "step": (places - known) % step == 0,
            "near": -np.abs(places - known),
            "town": world.towns == world.towns[known],
        }
        for name, view in views.items():
            value = auc(view[others].astype(float), row[others])
            if value is not None:
                kinds[name].append(value)
    means = [float(np.mean(values)) for values in kinds.values()]
    return max((max(one, 1 - one) for one in means), default=None)


# When visits happen -------------------------------------------------------------------------------


def entropy(values: Iterable[str], *, possible: int) -> Entropy:
    """Return how evenly *values* fall on *possible* ones."""
    counts = Counter(values)
    total = sum(counts.values())
    shares = [number / total for number in counts.values()]
    bits = -sum(share * float(np.log2(share)) for share in shares)
    return Entropy(bits=max(0.0, bits), most=float(np.log2(max(1, possible, len(counts)))),
                   counts=dict(sorted(counts.items())))  # fmt: skip


def followed(
    visits: Iterable[tuple[str, dt.date]], *, within: int, until: dt.date
) -> tuple[int, int]:
    """Return how many visits were followed by another of the same object, and of how many.

    Parameters
    ----------
    within
        Days in which the next visit has to come, the day of the visit itself not counted.
    until
        Last day that is known; visits too late to be followed are left out.
    """
    days: dict[str, set[dt.date]] = defaultdict(set)
    for id_, day in visits:
        days[id_].add(day)
    hits = total = 0
    for found in days.values():
        order = sorted(found)
        for at, day in enumerate(order):
            if (until - day).days < within:
                break
            total += 1
            hits += at + 1 < len(order) and (order[at + 1] - day).days <= within
    return hits, total


def matrix(rounds: Iterable[Iterable[str]], *, ids: Iterable[str]) -> Flags:
    """Return recorded rounds as an array (rounds, objects)."""
    at: dict[str, int] = {id_: number for number, id_ in enumerate(ids)}
    rows = []
    for chosen in rounds:
        row = np.zeros(len(at), dtype=bool)
        row[[at[id_] for id_ in chosen if id_ in at]] = True
        rows.append(row)
    return np.array(rows, dtype=bool).reshape(-1, len(at))


def recorded_auc(drawn: Flags, world: World) -> float | None:
    """Return the guesser's AUC on recorded rounds; None while there are too few."""
    if len(drawn) < LEAST_ROUNDS:
        return None
    return guess(drawn, views(drawn, world))


def numbered_towns(codes: Iterable[str]) -> Whole:
    """Return a number for each town code."""
    known = list(codes)
    at = {code: number for number, code in enumerate(sorted(set(known)))}
    return np.array([at[code] for code in known], dtype=np.intp)
