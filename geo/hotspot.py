"""Where more happens than the enterprises there explain: evidence and patrol priority per cell.

Raw counts say where enterprises are. Evidence compares what was observed in a cell and its eight
neighbours with what exposure (enterprises, inspections) makes one expect, under a negative-binomial
model whose dispersion is estimated from the cells themselves, and corrects for having looked at
every cell (Benjamini and Hochberg 1995). Priority is a different question, where to look next, and
is answered by recent counts without any claim of significance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import betainc, gammainc, gammaincinv, gammaln

from geo.grid import pack

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from geo.grid import SquareGrid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CLASSES = ("hot99", "hot95", "hot90", "none")
"""Values of the column ``class``: the smallest of 1, 5 and 10 % that the q-value reaches."""

_NO_DISPERSION = 1e-3  # below it the negative binomial is a Poisson for every count met here
_LEAST_PRIOR_VARIANCE = 0.05  # of the relative risk: keeps intervals open when phi is estimated 0
_PRIOR_EVENTS = 5.0  # weight of the overall rate in the rate of one type, in expected events
_SMOOTHING = {0: 1.0, 1: 0.5, 2: 0.25}  # by |columns| + |rows| apart; binomial 3×3 kernel × 4


def type_rates(exposure: pd.DataFrame, *, observed: pd.Series[float]) -> pd.Series[float]:
    """Estimate events per unit of exposure for each type, rare types drawn to the overall rate.

    Parameters
    ----------
    exposure
        Columns ``kind`` and ``exposure``: any number of rows per type.
    observed
        Number of events indexed by type; types without exposure are left out.

    Returns
    -------
    Series of float indexed by type, sorted
    """
    total = exposure.groupby("kind")["exposure"].sum().sort_index().astype(float)
    events = observed.reindex(total.index, fill_value=0).astype(float)
    if total.sum() <= 0:
        return total * 0.0
    overall = float(events.sum() / total.sum())
    if overall == 0:
        return total * 0.0
    rates = (events + _PRIOR_EVENTS) / (total + _PRIOR_EVENTS / overall)
    return rates.rename("rate")


def expected(
    exposure: pd.DataFrame,
    *,
    rates: Mapping[str, float] | pd.Series[float],
    total: float,
    background: float = 0.0,
    area: Iterable[str] = (),
) -> pd.Series[float]:
    """Say how many events each cell would have if only its exposure mattered.

    Parameters
    ----------
    exposure
        Columns ``cell``, ``kind`` and ``exposure`` (enterprises, or inspections made).
    rates
        Events per unit of exposure by type, see :func:`type_rates`.
    total
        Observed number of events in the area; the result sums to it.
    background
        Share of the events that is spread evenly over *area*, for what happens where no enterprise
        is registered. 0 to 1.
    area
        Ids of all cells of the study area; needed only with a background.

    Returns
    -------
    Series of float indexed by cell, sorted

    Raises
    ------
    ValueError
        If a type has no rate, or a background lacks its area.
    """
    cells = sorted(set(area))
    if not 0 <= background <= 1 or (background > 0 and not cells):
        raise ValueError(f"background {background} with an area of {len(cells)} cells")
    by_kind = exposure["kind"].map(dict(rates)).astype(float)
    if by_kind.isna().any():
        lacking = sorted(map(str, exposure.loc[by_kind.isna(), "kind"].unique()))
        raise ValueError(f"no rate for types {lacking}")
    weight = (by_kind * exposure["exposure"].astype(float)).groupby(exposure["cell"]).sum()
    if weight.sum() > 0:
        weight = weight / weight.sum() * total * (1 - background)
    if background > 0:
        even = pd.Series(total * background / len(cells), index=cells)
        weight = weight.add(even, fill_value=0.0)
    result = weight.sort_index().rename("expected").rename_axis("cell")
    return result.astype(float)


def evidence(
    observed: pd.Series[float],
    expected: pd.Series[float],
    *,
    grid: SquareGrid,
    q: float = 0.10,
) -> pd.DataFrame:
    """Test every cell for more events in its 3×3 neighbourhood than its exposure explains.

    Parameters
    ----------
    observed, expected
        Events per cell (ids of *grid*); a cell missing from one of them has 0 there. The sums
        should agree, see :func:`expected`.
    grid
        The grid of the ids.
    q
        False discovery rate at which a cell is called hot.

    Returns
    -------
    DataFrame indexed by cell, sorted
        One row for each cell with events or exposure: ``observed``, ``expected``,
        ``observed_3x3``, ``expected_3x3``; ``rr``, ``rr_low``, ``rr_high`` (relative risk of the
        neighbourhood, gamma–Poisson shrunk to 1, with 95 % interval); ``dispersion`` (variance is
        mean + dispersion · mean²); ``p`` (upper tail), ``q``; ``hot``; ``class``.

    Notes
    -----
    A map on which no cell reaches half of *q* shows no hotspot at all. By the Simes inequality a
    map without any true hotspot is then left blank with probability 1 − q/2 (95 %), while on maps
    with hotspots the false discovery rate stays at *q*. Neighbourhoods without any exposure cannot
    be tested and have p = 1.
    """
    frame = _aligned(observed, expected)
    col, row = grid.indices(frame.index)
    seen, due = frame["observed"].to_numpy(float), frame["expected"].to_numpy(float)
    phi = dispersion(seen, due)
    sums = neighbourhood_sums(col, row, np.column_stack([seen, due, due**2]))
    p = _upper_tail(sums[:, 0], mean=sums[:, 1], squares=sums[:, 2], phi=phi)
    adjusted = false_discovery(p, tested=sums[:, 1] > 0)
    frame["observed_3x3"], frame["expected_3x3"] = sums[:, 0], sums[:, 1]
    frame["rr"], frame["rr_low"], frame["rr_high"] = _relative_risk(sums[:, 0], sums[:, 1])
    frame["dispersion"], frame["p"], frame["q"] = phi, p, adjusted
    labelled = bool(len(adjusted)) and bool(adjusted.min() <= q / 2)
    frame["hot"] = (adjusted <= q) & labelled
    frame["class"] = np.array(_classes(adjusted, labelled=labelled), dtype=object)
    return frame


def dispersion(observed: Floats, expected: Floats) -> float:
    """Estimate by maximum likelihood how much more than Poisson the counts of single cells vary.

    Parameters
    ----------
    observed, expected
        Events per cell; cells without exposure say nothing and are skipped.

    Returns
    -------
    float
        phi of variance = mean + phi · mean²; 0 where the counts vary no more than Poisson.

    Notes
    -----
    Maximum likelihood because the moment estimate hangs on the few cells with most exposure.
    """
    has = expected > 0
    y, mean = observed[has], expected[has]
    if y.sum() <= 0 or len(y) < 2:
        return 0.0

    def loss(log_phi: float) -> float:
        k = np.exp(-log_phi)
        chance = gammaln(y + k) - gammaln(k) + k * np.log(k / (k + mean))
        return -float(np.sum(chance + y * np.log(mean / (k + mean))))

    low, high = float(np.log(_NO_DISPERSION)), float(np.log(50.0))
    best = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    phi = float(np.exp(best.x))
    return 0.0 if phi < 2 * _NO_DISPERSION else phi


def neighbourhood_sums(col: Ints, row: Ints, values: Floats) -> Floats:
    """Add up values over each cell and its eight neighbours.

    Parameters
    ----------
    col, row
        Distinct cells, n of them.
    values
        n×m; cells that are not listed count as 0.

    Returns
    -------
    n×m array
    """
    return _weighted_sums(pack(col, row), col, row, values, weights={0: 1.0, 1: 1.0, 2: 1.0})


def false_discovery(p: Floats, *, tested: NDArray[np.bool_]) -> Floats:
    """Turn p-values into Benjamini–Hochberg q-values over the tested cells; 1 elsewhere."""
    q = np.ones(len(p))
    chosen = p[tested]
    if len(chosen):
        order = np.argsort(chosen, kind="stable")
        scaled = chosen[order] * len(chosen) / np.arange(1, len(chosen) + 1)
        ranked = np.minimum.accumulate(scaled[::-1])[::-1]
        adjusted = np.empty(len(chosen))
        adjusted[order] = np.minimum(ranked, 1.0)
        q[tested] = adjusted
    return q


def contributors(
    events: pd.DataFrame, *, cell: str, grid: SquareGrid, top: int = 5, reach: int = 1
) -> pd.DataFrame:
    """List the objects that account for most events in a cell and its neighbours.

    Parameters
    ----------
    events
        Columns ``cell``, ``object`` and ``on`` (date), one row per event.
    cell
        The cell to explain.
    grid
        The grid of the ids.
    top
        Rows wanted.
    reach
        Columns and rows around the cell that count as its neighbourhood.

    Returns
    -------
    DataFrame
        ``object``, ``events``, ``share`` of the neighbourhood's events, ``last`` (date); most
        events first, then the latest, then by object.
    """
    near = events[events["cell"].isin((cell, *grid.neighbours(cell, reach=reach)))]
    grouped = near.groupby("object", sort=True)["on"]
    table = pd.DataFrame({"events": grouped.size(), "last": grouped.max()})
    table["share"] = table["events"] / max(len(near), 1)
    table = table.rename_axis("object").reset_index()
    table = table.sort_values("last", ascending=False, kind="stable")
    table = table.sort_values("events", ascending=False, kind="stable")
    return table[["object", "events", "share", "last"]].head(top).reset_index(drop=True)


def priority(
    events: pd.DataFrame, *, grid: SquareGrid, today: dt.date, half_life_days: float = 90.0
) -> pd.Series[float]:
    """Score cells for patrols: recent events count most, and a little in the cells next to them.

    Parameters
    ----------
    events
        Columns ``cell`` and ``on`` (date); optional ``weight`` (default 1). Events after *today*
        and events without a cell are ignored.
    grid
        The grid of the ids.
    today
        Day of the forecast.
    half_life_days
        Age at which an event counts half. Of the simple scores tried on Chicago complaints,
        decayed counts with light smoothing forecast best at 60–90 days.

    Returns
    -------
    Series of float indexed by cell
        Every cell with a positive score, the highest first, ties by cell id. The sum is that of
        the decayed counts.
    """
    if half_life_days <= 0:
        raise ValueError(f"half-life of {half_life_days} days")
    known = events[events["cell"].notna()]
    age = np.array([(today - on).days for on in known["on"]], dtype=float)
    weight = known["weight"].to_numpy(float) if "weight" in known else np.ones(len(known))
    decayed = np.where(age >= 0, weight * 0.5 ** (np.maximum(age, 0) / half_life_days), 0.0)
    sums = pd.Series(decayed, index=known["cell"].to_numpy(object), dtype=float)
    heat = sums.groupby(level=0, sort=True).sum()
    heat = heat[heat > 0]
    col, row = grid.indices(heat.index)
    wide_col, wide_row = _dilated(col, row)
    score = _weighted_sums(
        pack(col, row), wide_col, wide_row, heat.to_numpy(float)[:, None], weights=_SMOOTHING
    )
    # Rounded so that cells that tie on paper also tie on every machine.
    scores = pd.Series(
        np.round(score[:, 0] / 4, 9), index=grid.names(wide_col, wide_row), name="priority"
    )
    scores = scores.rename_axis("cell").sort_index()
    return scores.sort_values(ascending=False, kind="stable")


def _aligned(observed: pd.Series[float], expected: pd.Series[float]) -> pd.DataFrame:
    for values in (observed, expected):
        if values.index.has_duplicates or values.isna().any() or (values < 0).any():
            raise ValueError("counts need one non-negative number per cell")
    index = observed.index.union(expected.index)
    frame = pd.DataFrame(
        {
            "observed": observed.reindex(index, fill_value=0).astype(float),
            "expected": expected.reindex(index, fill_value=0).astype(float),
        },
        index=index,
    )
    frame = frame[(frame["observed"] > 0) | (frame["expected"] > 0)]
    return frame.sort_index().rename_axis("cell")


def _weighted_sums(
    keys: Ints, col: Ints, row: Ints, values: Floats, *, weights: Mapping[int, float]
) -> Floats:
    """Sum *values*, which sit at *keys*, over the 3×3 cells around (col, row), weighted."""
    order = np.argsort(keys, kind="stable")
    ordered, sums = keys[order], np.zeros((len(col), values.shape[1]))
    if not len(ordered):
        return sums
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            wanted = pack(col + i, row + j)
            at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
            hit = ordered[at] == wanted
            sums[hit] += weights[abs(i) + abs(j)] * values[order[at[hit]]]
    return sums


def _dilated(col: Ints, row: Ints) -> tuple[Ints, Ints]:
    """Return the cells together with all their neighbours, each once."""
    steps = np.array([(i, j) for j in (-1, 0, 1) for i in (-1, 0, 1)], dtype=np.int64)
    wide = np.column_stack(
        [(col[:, None] + steps[:, 0]).ravel(), (row[:, None] + steps[:, 1]).ravel()]
    )
    distinct = np.unique(wide, axis=0)
    return distinct[:, 0], distinct[:, 1]


def _upper_tail(observed: Floats, *, mean: Floats, squares: Floats, phi: float) -> Floats:
    """P(Y >= observed) for a sum of negative binomials with one phi.

    The sum is matched to a negative binomial of the same mean and variance, mean + phi·squares,
    where *squares* is the sum of the squared means: nine equal cells vary less than one big one.
    """
    count = np.maximum(observed, 1.0)
    safe = np.where(mean > 0, mean, 1.0)
    if phi > 0:
        k = safe**2 / (phi * np.where(mean > 0, squares, 1.0))
        tail = betainc(count, k, safe / (k + safe))
    else:
        tail = gammainc(count, safe)
    return np.asarray(np.where((observed > 0) & (mean > 0), tail, 1.0), np.float64)


def _relative_risk(observed: Floats, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Shrink observed/expected to 1 by a gamma prior whose variance the counts themselves show."""
    has = expected > 0
    spread = ((observed - expected) ** 2 - observed)[has].sum()
    scale = (expected[has] ** 2).sum()
    variance = max(spread / scale if scale > 0 else 0.0, _LEAST_PRIOR_VARIANCE)
    shape, rate = observed + 1 / variance, expected + 1 / variance
    low, high = (gammaincinv(shape, tail) / rate for tail in (0.025, 0.975))
    return shape / rate, low, high


def _classes(q: Floats, *, labelled: bool) -> list[str]:
    if not labelled:
        return ["none"] * len(q)
    return [CLASSES[i] for i in np.searchsorted([0.01, 0.05, 0.10], q, side="left").tolist()]
