"""Features of a visit are what was known on the evening before: no byte comes from later."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from geo.risk_features import FEATURES, features
from geo.risk_visits import read_visits
from tests.geo.risk_cases import history

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]

IDS = sorted(history()["object"].unique())
DAYS = (dt.date(2024, 3, 1), dt.date(2024, 8, 17), dt.date(2025, 5, 31), dt.date(2025, 11, 2))


def built(frame: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Build the features as the program does."""
    return features(read_visits(frame, ids=IDS), targets)


def changed(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return other outcomes, types, people, places and dates of the same visits."""
    return frame.assign(
        severity=random.uniform(0, 50, len(frame)), serious=random.random(len(frame)) < 0.5,
        type="another", kind="another", inspectors=[("Somebody", "else")] * len(frame),
        area="elsewhere", kin="nobody's", x=random.uniform(0, 20_000, len(frame)),
        on=[day + dt.timedelta(days=int(k)) for day, k in
            zip(frame["on"], random.integers(0, 90, len(frame)), strict=True)],
    )  # fmt: skip


def shuffled(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return the same visits with every column but id and day dealt out anew."""
    dealt = {
        name: frame[name].iloc[random.permutation(len(frame))].to_numpy()
        for name in frame if name not in ("id", "on")
    }  # fmt: skip
    return frame.assign(**dealt)


def deleted(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return no visits."""
    del random
    return frame.iloc[:0]


def is_blind(build: Build, *, day: dt.date, to: Callable[..., pd.DataFrame]) -> bool:
    """Tell whether features as of *day* are the same bytes if all from that day on is other."""
    frame = history()
    past, future = frame[frame["on"] < day], frame[frame["on"] >= day]
    other = to(future.reset_index(drop=True), np.random.default_rng(day.toordinal()))
    where = frame.drop_duplicates("object")
    targets = where[["object", "type", "area", "kin", "x", "y", "size"]].assign(on=day)
    before = build(frame, targets).to_numpy(float).tobytes()
    after = build(pd.concat([past, other], ignore_index=True), targets).to_numpy(float).tobytes()
    return before == after


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("to", [changed, shuffled, deleted])
def test_what_comes_later_moves_no_byte(to: Callable[..., pd.DataFrame], day: dt.date) -> None:
    """Whatever is changed, shuffled or deleted from the day on, the features stay as they are."""
    assert is_blind(built, day=day, to=to)


def same_day(frame: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Leak: visits of the day itself count as known."""
    later = targets.assign(on=[day + dt.timedelta(days=1) for day in targets["on"]])
    return built(frame, later)


def all_time(frame: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Leak: the mean severity of the type over all visits, later ones too."""
    means = frame.groupby("type")["severity"].mean()
    return built(frame, targets).assign(type=targets["type"].map(means).to_numpy())


@pytest.mark.parametrize("leak", [same_day, all_time])
@pytest.mark.parametrize("to", [changed, shuffled, deleted])
def test_a_planted_leak_is_caught(leak: Build, to: Callable[..., pd.DataFrame]) -> None:
    """The check sees features that know of the day itself, and those that know of all time."""
    assert not all(is_blind(leak, day=day, to=to) for day in DAYS)


def test_the_past_does_move_them() -> None:
    """Features are of something: another yesterday gives others."""
    frame = history()
    day = DAYS[2]
    targets = frame.drop_duplicates("object").assign(on=day)
    last = int(np.flatnonzero((frame["on"] < day).to_numpy())[-1])
    other = frame.copy()
    other.loc[last, "severity"] += 7.0
    before, after = built(frame, targets), built(other, targets)
    moved = before.columns[(before.fillna(-9) != after.fillna(-9)).any()]
    assert {"ratio", "recent", "mean", "last"} <= set(moved)
    assert list(before.columns) == list(FEATURES)


def test_every_visit_sees_its_own_yesterday() -> None:
    """The last visit that a row knows is the one before it, never itself or one of the same day."""
    frame = history(firms=5, visits=120)
    visits = read_visits(frame, ids=IDS)
    rows = frame.iloc[visits.rows].reset_index(drop=True)
    found = features(visits, rows)
    for i, row in rows.iterrows():
        before = rows[(rows["object"] == row["object"]) & (rows["on"] < row["on"])]
        assert found["visits"][i] == pytest.approx(np.log1p(len(before)))
        if len(before):
            since = (row["on"] - before["on"].max()).days
            assert found["since"][i] == pytest.approx(np.log(since))
            assert found["worst"][i] == pytest.approx(np.log1p(before["severity"].max()))
        else:
            assert found["new"][i] == 1
            assert np.isnan(found["since"][i])
