"""Hotspots: chance shows none, clusters are found, and every figure can be explained."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve, gaussian_filter
from scipy.stats import gamma, nbinom, poisson

from geo.count_tests import dispersion, false_discovery
from geo.crs import working_crs
from geo.grid import SquareGrid
from geo.hotspot import (
    CLASSES,
    contributors,
    evidence,
    expected,
    neighbourhood_sums,
    type_rates,
)

GRID = SquareGrid(working_crs(113.1, 26.1))
SIDE = 30
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
CELLS = GRID.names(COLS.ravel(), ROWS.ravel())


def _exposure(rng: np.random.Generator) -> np.ndarray:
    """Enterprises per cell, clustered as in a real county: many cells with none, some with 30."""
    field = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 3)
    return np.asarray(rng.poisson(np.exp(0.6 + 1.1 * field / field.std())), np.float64)


def _map(
    rng: np.random.Generator, *, phi: float, cluster: float = 1.0
) -> tuple[pd.DataFrame, np.ndarray]:
    """Simulate a map, tested; and where the planted cluster (radius 2) is."""
    exposure = _exposure(rng)
    row, col = 4, 4
    for _ in range(100):
        row, col = rng.integers(4, SIDE - 4, 2).tolist()
        if exposure[row - 1 : row + 2, col - 1 : col + 2].sum() >= 25:
            break
    inside = (ROWS - row) ** 2 + (COLS - col) ** 2 <= 4
    mean = 0.15 * exposure * np.where(inside, cluster, 1.0)
    if phi:
        mean = mean * rng.gamma(1 / phi, phi, mean.shape)
    seen = pd.Series(rng.poisson(mean).ravel().astype(float), index=CELLS)
    table = pd.DataFrame({"cell": CELLS, "kind": "x", "exposure": exposure.ravel()})
    due = expected(table, rates={"x": 1.0}, total=float(seen.sum()))
    return evidence(seen, due, grid=GRID), inside


@pytest.mark.parametrize("phi", [0.0, 0.5, 1.0])
def test_chance_maps_show_no_hotspot(phi: float) -> None:
    """At most about 5 % of maps without a cluster show any hotspot, overdispersed ones too."""
    rng = np.random.default_rng(11)
    alarms = sum(_map(rng, phi=phi)[0]["hot"].any() for _ in range(40))
    assert alarms <= 5  # a true rate of 5 % gives more than that once in 70 tries


def test_a_planted_cluster_is_found() -> None:
    """A cluster of fivefold risk is found on most maps, and most of what is found is in it."""
    rng = np.random.default_rng(12)
    found, hits, flagged = 0, 0, 0
    for _ in range(20):
        table, inside = _map(rng, phi=0.0, cluster=5.0)
        near = convolve(inside.astype(int), np.ones((3, 3)), mode="constant") > 0
        there = pd.Series(near.ravel(), index=CELLS).reindex(table.index)
        found += int((table["hot"] & there).any())
        hits, flagged = hits + int((table["hot"] & there).sum()), flagged + int(table["hot"].sum())
    assert found >= 16
    assert hits / flagged >= 0.85


def test_raw_counts_alone_are_no_evidence() -> None:
    """A cell with most events is not hot where its many enterprises explain them."""
    seen = pd.Series([40.0, 1.0, 1.0], index=["4547-500-E5N5", "4547-500-E20N5", "4547-500-E40N5"])
    due = pd.Series([38.0, 2.0, 2.0], index=seen.index)
    assert not evidence(seen, due, grid=GRID)["hot"].any()


def test_columns_and_classes_follow_the_q_value() -> None:
    """Classes are 1, 5 and 10 % of a cluster's least q, and events are sums of neighbours."""
    rng = np.random.default_rng(3)
    cells = CELLS[:400]
    due = pd.Series(1.0, index=cells)
    seen = pd.Series(rng.poisson(0.6, len(cells)).astype(float), index=cells)
    seen[GRID.names([10, 11, 10], [5, 5, 6]).tolist()] = [14.0, 9.0, 7.0]
    due *= seen.sum() / due.sum()
    table = evidence(seen, due, grid=GRID)
    assert table.index.is_monotonic_increasing
    assert set(table["class"]) <= set(CLASSES)
    assert table["hot"].any()
    for name, limit in (("hot99", 0.01), ("hot95", 0.05), ("hot90", 0.10)):
        for _, cluster in table[table["class"] == name].groupby("cluster"):
            assert cluster["q"].min() <= limit
    assert (table["hot"] == (table["cluster"] > 0)).all()
    assert (table["hot"] == (table["class"] != "none")).all()
    centre = table.loc["4547-500-E10N5"]
    around = [*GRID.neighbours("4547-500-E10N5"), "4547-500-E10N5"]
    assert centre["observed_3x3"] == seen.reindex(around).sum()
    outside = ~table["hot"]
    scale = seen[outside.index[outside]].sum() / due[outside.index[outside]].sum()
    assert centre["expected_3x3"] == pytest.approx(scale * due.reindex(around).sum())
    assert centre["rr_low"] < centre["rr"] < centre["rr_high"]
    assert 1 < centre["rr"] < centre["observed_3x3"] / centre["expected_3x3"]


def test_hot90_needs_a_stronger_cell_on_the_map() -> None:
    """A map whose smallest q-value lies between 5 and 10 % is left blank."""
    cells = GRID.names(10 * np.arange(12), np.zeros(12, int))
    due = pd.Series(1.0, index=cells)
    blank = []
    for count in range(3, 9):
        seen = pd.Series([float(count)] + [0.5] * 11, index=cells)
        table = evidence(seen, due, grid=GRID)
        assert table["hot"].any() == (table["q"].min() <= 0.05)
        blank.append(0.05 < table["q"].min() <= 0.10)
    assert any(blank)


def test_tail_and_interval_equal_scipy() -> None:
    """Tail and interval are those of the negative binomial and the gamma distribution."""
    cells = GRID.names(10 * np.arange(60), np.zeros(60, int))
    rng = np.random.default_rng(0)
    due = pd.Series(rng.uniform(0.5, 4, 60), index=cells)
    seen = pd.Series(rng.negative_binomial(1, 1 / (1 + due)).astype(float), index=cells)
    table = evidence(seen, due, grid=GRID)
    phi = float(table["dispersion"].iloc[0])
    assert phi > 0
    mean = table["expected"]
    tail = nbinom.sf(table["observed"] - 1, 1 / phi, 1 / (1 + phi * mean))
    np.testing.assert_allclose(table["p"], tail, rtol=1e-9)
    excess = ((table["observed"] - mean) ** 2 - table["observed"]).sum() / (mean**2).sum()
    shape = table["observed"] + 1 / excess
    np.testing.assert_allclose(table["rr_high"], gamma.ppf(0.975, shape) / (mean + 1 / excess))
    even = evidence(pd.Series(2.0, index=cells), pd.Series(2.0, index=cells), grid=GRID)
    assert (even["dispersion"] == 0).all()
    np.testing.assert_allclose(even["p"], poisson.sf(1, 2.0))


@pytest.mark.parametrize("phi", [0.0, 0.5, 2.0])
def test_dispersion_is_recovered(phi: float) -> None:
    """The estimate comes near the dispersion with which counts were drawn."""
    rng = np.random.default_rng(5)
    mean = rng.uniform(0.2, 3.0, 4000)
    true = mean * rng.gamma(1 / phi, phi, mean.shape) if phi else mean
    assert dispersion(rng.poisson(true).astype(float), mean) == pytest.approx(phi, abs=0.15)
    assert dispersion(np.zeros(4), np.ones(4)) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.data())
@settings(deadline=None, max_examples=80)
def test_q_values_are_benjamini_hochberg(p: list[float], data: st.DataObject) -> None:
    """A q-value is the smallest rate at which the step-up procedure rejects the cell."""
    tested = np.array(data.draw(st.lists(st.booleans(), min_size=len(p), max_size=len(p))))
    q = false_discovery(np.array(p), tested=tested)
    assert (q[~tested] == 1).all()
    chosen = np.array(p)[tested]
    for value, at in zip(q[tested], chosen, strict=True):
        choices = [m * len(chosen) / (chosen <= m).sum() for m in chosen if m >= at]
        assert value == pytest.approx(min(1.0, *choices))


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(deadline=None, max_examples=30)
def test_neighbourhood_sums_equal_a_convolution(seed: int, count: int) -> None:
    """Sums over the cells listed equal those over a full map."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(144, size=count, replace=False)
    row, col = chosen // 12, chosen % 12
    full = np.zeros((12, 12))
    full[row, col] = rng.integers(0, 9, count)
    sums = neighbourhood_sums(col - 5, row, full[row, col][:, None])
    whole = convolve(full, np.ones((3, 3)), mode="constant")
    np.testing.assert_allclose(sums[:, 0], whole[row, col])


def test_expected_follows_type_and_sums_to_the_total() -> None:
    """Expected events are shared out by exposure times rate, with an even background if asked."""
    table = pd.DataFrame({"cell": ["b", "a", "a"], "kind": ["m", "m", "w"], "exposure": [1, 1, 4]})
    due = expected(table, rates={"m": 0.4, "w": 0.1}, total=12)
    assert due.to_dict() == pytest.approx({"a": 8.0, "b": 4.0})
    wide = expected(
        table, rates={"m": 0.4, "w": 0.1}, total=12, background=0.5, area=["c", "a", "b"]
    )
    assert wide.to_dict() == pytest.approx({"a": 6.0, "b": 4.0, "c": 2.0})
    with pytest.raises(ValueError, match="no rate"):
        expected(table, rates={"m": 0.4}, total=12)
    with pytest.raises(ValueError, match="background"):
        expected(table, rates={"m": 0.4, "w": 0.1}, total=12, background=0.5)


def test_rates_of_rare_types_lean_on_the_overall_rate() -> None:
    """A type with much exposure keeps its own rate, one with little comes close to the overall."""
    table = pd.DataFrame({"kind": ["big", "small", "other"], "exposure": [1000, 2, 998]})
    rates = type_rates(table, observed=pd.Series({"big": 300, "small": 2, "unknown": 9}))
    assert rates["big"] == pytest.approx(0.3, abs=0.01)
    assert 0.151 < rates["small"] < 0.25
    assert rates["other"] < 0.01
    assert (type_rates(table, observed=pd.Series(dtype=float)) == 0).all()


def test_nothing_observed_is_no_hotspot() -> None:
    """No events, no cells, and events without exposure anywhere near give no hotspot."""
    empty = pd.Series(dtype=float)
    assert evidence(empty, empty, grid=GRID).empty
    due = pd.Series(1.0, index=CELLS[:50])
    assert not evidence(empty, due, grid=GRID)["hot"].any()
    alone = evidence(pd.Series({"4547-500-E900N900": 50.0}), due, grid=GRID)
    assert alone.loc["4547-500-E900N900", "p"] == 1
    with pytest.raises(ValueError, match="non-negative"):
        evidence(pd.Series({"4547-500-E1N1": -1.0}), due, grid=GRID)


def _events(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Events as (cell, object, days before 2026-11-23)."""
    table = pd.DataFrame(rows, columns=["cell", "object", "age"])
    days = [dt.date(2026, 11, 23) - dt.timedelta(days=age) for age in table["age"]]
    return table.assign(on=pd.Series(days, dtype=object))


def test_contributors_name_the_objects_behind_a_cell() -> None:
    """Objects of the neighbourhood come by number of events, then the latest, then by name."""
    events = _events(
        ("4547-500-E5N5", "S1", 9), ("4547-500-E6N6", "S2", 5), ("4547-500-E6N6", "S2", 3),
        ("4547-500-E5N5", "S3", 2), ("4547-500-E7N5", "S4", 1), ("4547-500-E5N5", "S0", 9),
    )  # fmt: skip
    table = contributors(events, cell="4547-500-E5N5", grid=GRID)
    assert table["object"].tolist() == ["S2", "S3", "S0", "S1"]
    assert table.loc[0].to_dict() == {
        "object": "S2", "events": 2, "share": 0.4, "last": dt.date(2026, 11, 20),
    }  # fmt: skip
    assert contributors(events, cell="4547-500-E90N5", grid=GRID).empty
