"""Whether one event brings others nearby soon after: Knox's test of space-time interaction.

Of all pairs of events those are counted that are near in space and in time. How many there would be
if place and day had nothing to do with each other is found by dealing the days out to the places
again and again: what is crowded in space alone, or in time alone, stays so and counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

METRES = (1.0, 250.0, 500.0, 1000.0)
"""Upper bounds of the distance bands; the first is the same place (product choice)."""

DAYS = (7, 14, 30, 60)
"""Upper bounds of the time bands; the first begins with the same day (product choice)."""

PERMUTATIONS = 999
MOST_PAIRS = 1_000_000
"""Pairs near in space beyond which the oldest events are left out."""


def near_repeat(
    events: pd.DataFrame,
    *,
    seed: int,
    metres: Sequence[float] = METRES,
    days: Sequence[int] = DAYS,
    permutations: int = PERMUTATIONS,
) -> pd.DataFrame:
    """Count pairs of events by distance and time apart and compare them with dealt-out days.

    Parameters
    ----------
    events
        Columns ``x``, ``y`` (metres) and ``on`` (date), one row per event.
    metres, days
        Upper bounds of the bands, rising; a pair on a bound belongs to the lower band.
    permutations
        How often the days are dealt out; the least p-value is 1 / (permutations + 1).

    Returns
    -------
    DataFrame
        One row for each band of distance and time: ``metres_from``, ``metres``, ``days_from``,
        ``days`` (whole days, both ends included), ``pairs``, ``expected`` (mean of the
        permutations), ``ratio`` (missing where none is expected), ``p`` (one-sided: at least so
        many), ``p_adjusted`` (for having looked at all bands, by the greatest standard score
        of each permutation, Westfall and Young 1993); ``attrs["events"]`` is how many events were
        looked at.

    Notes
    -----
    Knox 1964. More than :data:`MOST_PAIRS` pairs: the newest events are taken.
    """
    frame, first, second, apart = _pairs(events, metres=metres)
    day = np.array([one.toordinal() for one in frame["on"]], dtype=np.int64)
    ring = np.searchsorted(np.asarray(metres, np.float64), apart)
    random = np.random.default_rng(seed)
    shape = (len(metres), len(days))
    seen = _counted(day, first, second, ring, days=days, shape=shape)
    chance = np.array(
        [
            _counted(random.permutation(day), first, second, ring, days=days, shape=shape)
            for _ in range(permutations)
        ]
    )
    table = _table(seen, chance, metres=metres, days=days)
    table.attrs["events"] = len(frame)
    return table


def _pairs(
    events: pd.DataFrame, *, metres: Sequence[float]
) -> tuple[pd.DataFrame, Ints, Ints, Floats]:
    """Return the events that are looked at, and who is how far from whom."""
    # Sorted by place, too, so that the order of the rows decides nothing.
    frame = events.sort_values(["on", "x", "y"], kind="stable", ignore_index=True)
    while True:
        points = frame[["x", "y"]].to_numpy(float)
        tree = cKDTree(points)
        count = (tree.count_neighbors(tree, metres[-1]) - len(points)) // 2 if len(points) else 0
        if count <= MOST_PAIRS:
            break
        frame = frame.iloc[len(frame) // 4 :].reset_index(drop=True)
    pairs = tree.query_pairs(metres[-1], output_type="ndarray").astype(np.int64)
    first, second = pairs[:, 0], pairs[:, 1]
    apart = np.hypot(*(points[first] - points[second]).T)
    return frame, first, second, np.minimum(apart, metres[-1])


def _counted(
    day: Ints, first: Ints, second: Ints, ring: Ints, *, days: Sequence[int], shape: tuple[int, int]
) -> Ints:
    """Count pairs by ring and time band, flat."""
    bound = np.append(np.asarray(days, np.int64), np.iinfo(np.int64).max)
    band = np.searchsorted(bound, np.abs(day[first] - day[second]))
    near = band < shape[1]
    return np.bincount(ring[near] * shape[1] + band[near], minlength=shape[0] * shape[1])


def _table(
    seen: Ints, chance: Ints, *, metres: Sequence[float], days: Sequence[int]
) -> pd.DataFrame:
    count = len(chance)
    mean = chance.mean(axis=0)
    # The pairs seen are one more way to deal the days out: so no p-value is ever 0.
    whole = np.vstack([chance, seen]).astype(float)
    spread = whole.std(axis=0)
    score = np.where(spread > 0, (whole - whole.mean(axis=0)) / np.where(spread > 0, spread, 1), 0)
    greatest = score.max(axis=1)
    rings = [(a, b) for a, b in zip((0.0, *metres), metres, strict=False)]
    bands = [(a, b) for a, b in zip((0, *(one + 1 for one in days)), days, strict=False)]
    return pd.DataFrame(
        {
            "metres_from": [a for a, _ in rings for _ in bands],
            "metres": [b for _, b in rings for _ in bands],
            "days_from": [a for a, _ in bands] * len(rings),
            "days": [b for _, b in bands] * len(rings),
            "pairs": seen, "expected": mean,
            "ratio": np.where(mean > 0, seen / np.where(mean > 0, mean, 1), np.nan),
            "p": (1 + (chance >= seen).sum(axis=0)) / (count + 1),
            "p_adjusted": (greatest[:, None] >= score[-1] - 1e-12).sum(axis=0) / (count + 1),
        }
    )  # fmt: skip
