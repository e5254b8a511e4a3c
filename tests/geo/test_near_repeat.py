"""Knox's test counts as a slow second writing does, finds planted repeats, is calm by chance."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import pandas as pd
import pytest

from geo import near_repeat as knox
from geo.near_repeat import near_repeat

BEGIN = dt.date(2025, 1, 1)


def _events(x: np.ndarray, y: np.ndarray, day: np.ndarray) -> pd.DataFrame:
    on = [BEGIN + dt.timedelta(days=int(d)) for d in day]
    return pd.DataFrame({"x": x, "y": y, "on": pd.Series(on, dtype=object)})


def _chance(random: np.random.Generator, count: int = 150) -> pd.DataFrame:
    """Events crowded in space and in time, but each by itself."""
    middle = random.uniform(0, 20_000, (8, 2))[random.integers(0, 8, count)]
    place = middle + random.normal(0, 300, (count, 2))
    return _events(place[:, 0], place[:, 1], random.beta(2, 5, count) * 700)


def _with_repeats(random: np.random.Generator) -> pd.DataFrame:
    """Every third event is followed within 10 days and 150 m."""
    plain = _chance(random)
    third = plain.iloc[::3]
    count = len(third)
    on = [day + dt.timedelta(days=int(d)) for day, d in
          zip(third["on"], random.integers(1, 11, count), strict=True)]  # fmt: skip
    again = pd.DataFrame(
        {"x": third["x"] + random.uniform(-100, 100, count),
         "y": third["y"] + random.uniform(-100, 100, count), "on": pd.Series(on, dtype=object,
                                                                          index=third.index)}
    )  # fmt: skip
    return pd.concat([plain, again], ignore_index=True)


def _slow(
    events: pd.DataFrame, days: list[dt.date], *, metres: tuple[float, ...], bands: tuple[int, ...]
) -> dict[tuple[float, int], int]:
    """Count pairs one by one."""
    found = {(m, d): 0 for m in metres for d in bands}
    rows = list(zip(events["x"], events["y"], days, strict=True))
    for (x1, y1, d1), (x2, y2, d2) in itertools.combinations(rows, 2):
        apart, since = math.hypot(x1 - x2, y1 - y2), abs((d1 - d2).days)
        ring = next((m for m in metres if apart <= m), None)
        band = next((d for d in bands if since <= d), None)
        if ring is not None and band is not None:
            found[ring, band] += 1
    return found


def test_counts_expectations_and_p_values_equal_a_slow_second_writing() -> None:
    """Pair by pair in plain Python, with the same deals of the days."""
    events = _with_repeats(np.random.default_rng(4)).sort_values(
        ["on", "x", "y"], kind="stable", ignore_index=True
    )
    table = near_repeat(events, seed=9, permutations=19).set_index(["metres", "days"])
    how = {"metres": knox.METRES, "bands": knox.DAYS}
    seen = _slow(events, events["on"].tolist(), **how)
    random = np.random.default_rng(9)
    ordinal = np.array([day.toordinal() for day in events["on"]], dtype=np.int64)
    dealt = [
        _slow(events, [dt.date.fromordinal(int(d)) for d in random.permutation(ordinal)], **how)
        for _ in range(19)
    ]
    for band, count in seen.items():
        row = table.loc[band]
        assert row["pairs"] == count
        assert row["expected"] == pytest.approx(np.mean([one[band] for one in dealt]))
        assert row["p"] == (1 + sum(one[band] >= count for one in dealt)) / 20


def test_planted_repeats_are_found_where_they_are_and_chance_is_not() -> None:
    """The band of 250 m and 7 days, and none beyond 500 m and 30 days."""
    table = near_repeat(_with_repeats(np.random.default_rng(5)), seed=1)
    band = table.set_index(["metres", "days"])
    assert band.loc[(250.0, 7), "p_adjusted"] <= 0.01
    assert band.loc[(250.0, 7), "ratio"] > 2
    assert band.loc[(1000.0, 60), "p_adjusted"] > 0.05


def test_events_crowded_in_space_and_in_time_are_no_repeats() -> None:
    """Of 40 such lists at most 6 have any of 16 bands below an adjusted 0.05."""
    # A true rate of 5 % has seven or more once in 300 tries.
    alarms = sum(
        near_repeat(_chance(np.random.default_rng(100 + k), 80), seed=k, permutations=99)[
            "p_adjusted"
        ].min() <= 0.05
        for k in range(40)
    )  # fmt: skip
    assert alarms <= 6


def test_the_order_of_the_rows_decides_nothing() -> None:
    """The same events shuffled give the same table; another seed other permutations."""
    events = _with_repeats(np.random.default_rng(6))
    mixed = events.sample(frac=1, random_state=3)
    one, two = (near_repeat(rows, seed=2, permutations=49) for rows in (events, mixed))
    pd.testing.assert_frame_equal(one, two)
    other = near_repeat(events, seed=3, permutations=49)
    assert (one["pairs"] == other["pairs"]).all()
    assert not np.allclose(one["expected"], other["expected"])


def test_too_many_pairs_leave_out_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many events were looked at is told."""
    events = _chance(np.random.default_rng(7))
    assert near_repeat(events, seed=0, permutations=9).attrs["events"] == 150
    monkeypatch.setattr(knox, "MOST_PAIRS", 500)
    assert near_repeat(events, seed=0, permutations=9).attrs["events"] < 150


def test_no_events_and_no_pairs_are_tables_too() -> None:
    """Nothing is near anything: no pairs, nothing expected, p = 1."""
    none = _events(np.array([]), np.array([]), np.array([]))
    far = _events(np.array([0.0, 90_000.0]), np.array([0.0, 0.0]), np.array([1, 2]))
    for events in (none, far):
        table = near_repeat(events, seed=0, permutations=9)
        assert table["pairs"].sum() == 0
        assert table["ratio"].isna().all()
        assert (table["p"] == 1).all()
        assert (table["p_adjusted"] == 1).all()
