"""Where more happens than the enterprises there explain: evidence per cell.

Raw counts say where enterprises are. Evidence compares what was observed in a cell and its eight
neighbours with what exposure (enterprises, inspections) makes one expect, under a negative-binomial
model whose dispersion is estimated from the cells themselves, and corrects for having looked at
every cell (Benjamini and Hochberg 1995). Where that finds something, geo.cluster says how far it
reaches. Where to look next is another question, see geo.forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.ndimage import correlate1d
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.bands import bands
from geo.cluster import belonging
from geo.count_tests import dispersion, false_discovery, relative_risk, upper_tail
from geo.grid import pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from geo.grid import SquareGrid

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CLASSES = ("hot99", "hot95", "hot90", "none")
"""Values of the column ``class``: the smallest of 1, 5 and 10 % that a q-value of its cluster
reaches."""

_LIKELY = 0.7  # chance from which a cell is drawn into a cluster
_ROUNDS = 4  # of taking clusters out of what is expected elsewhere
_PRIOR_EVENTS = 5.0  # weight of the overall rate in the rate of one type, in expected events


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
        False discovery rate at which a cluster is called hot.

    Returns
    -------
    DataFrame indexed by cell, sorted
        One row for each cell with events or exposure: ``observed``; ``expected``, what it would
        have if it were like the cells outside of the clusters; ``observed_3x3``,
        ``expected_3x3``; ``rr``, ``rr_low``, ``rr_high`` (relative risk of the neighbourhood,
        gamma–Poisson shrunk to 1, with 95 % interval); ``dispersion`` (variance is
        mean + dispersion · mean²); ``p`` (upper tail), ``q``; ``chance`` to belong to a cluster;
        ``cluster`` (1, 2, … by their smallest q, 0 outside); ``hot``, whether in one; ``class``.

    Notes
    -----
    A map on which no cell reaches half of *q* shows no hotspot at all. By the Simes inequality a
    map without any true hotspot is then left blank with probability 1 − q/2 (95 %), while on maps
    with hotspots the false discovery rate stays at *q*. A cluster is what hangs together of the
    cells that belong to one with a chance above 0.7, and it is hot if one of its cells has a
    q-value of at most *q*; ``class`` is that of its smallest. What the clusters hold is then taken
    out of what is expected elsewhere, until nothing changes: three clusters on a map of a few
    hundred events raise the rate they are compared with, and hide themselves.
    Neighbourhoods without any exposure cannot be tested and have p = 1.
    """
    frame = _aligned(observed, expected)
    col, row = grid.indices(frame.index)
    seen, due = frame["observed"].to_numpy(float), frame["expected"].to_numpy(float)
    clusters = np.zeros(len(frame), np.int64)
    for _ in range(_ROUNDS):
        mean, outside = _elsewhere(seen, due, clusters)
        found = _tested(frame.index, seen, mean, col=col, row=row, outside=outside)
        before, clusters = clusters, _clusters(found, col=col, row=row, q=q)
        if not ((clusters > 0) ^ (before > 0)).any():
            break
    found["cluster"], found["hot"] = clusters, clusters > 0
    sums = (found[f"{name}_3x3"].to_numpy(float) for name in ("observed", "expected"))
    for at, (name, values) in enumerate(
        zip(("rr", "rr_low", "rr_high"), relative_risk(*sums), strict=True), start=4
    ):
        found.insert(at, name, values)
    found["class"] = np.array(_classes(found["q"].to_numpy(), clusters), dtype=object)
    return found


def _elsewhere(seen: Floats, due: Floats, clusters: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Bring what is expected to what the cells outside of the clusters show."""
    outside = clusters == 0
    if outside.all() or not due[outside].sum() > 0:
        return due, np.ones(len(due), dtype=bool)
    return due * (seen[outside].sum() / due[outside].sum()), outside


def _tested(
    index: pd.Index[str], seen: Floats, mean: Floats, *, col: Ints, row: Ints,
    outside: NDArray[np.bool_],
) -> pd.DataFrame:  # fmt: skip
    """Return the columns of :func:`evidence` up to ``chance``."""
    phi = dispersion(seen[outside], mean[outside])
    sums = neighbourhood_sums(col, row, np.column_stack([seen, mean, mean**2]))
    p = upper_tail(sums[:, 0], mean=sums[:, 1], squares=sums[:, 2], phi=phi)
    return pd.DataFrame(
        {
            "observed": seen, "expected": mean,
            "observed_3x3": sums[:, 0], "expected_3x3": sums[:, 1],
            "dispersion": phi, "p": p, "q": false_discovery(p, tested=sums[:, 1] > 0),
            "chance": belonging(col, row, observed=seen, expected=mean, phi=phi),
        },
        index=index,
    )  # fmt: skip


def _clusters(found: pd.DataFrame, *, col: Ints, row: Ints, q: float) -> Ints:
    """Give clusters numbers by their smallest q-value, then from the south-west; 0 outside."""
    numbers = np.zeros(len(found), np.int64)
    adjusted = found["q"].to_numpy(float)
    if not len(found) or adjusted.min() > q / 2:
        return numbers
    likely = found["chance"].to_numpy(float) > _LIKELY
    near = neighbourhood_sums(col, row, likely[:, None].astype(float))[:, 0] > 0
    # A significant cell that no disc explains is a cluster of its own.
    inside = np.flatnonzero(likely | ((adjusted <= q) & ~near))
    part = _parts(col[inside], row[inside])
    least = np.full(part.max() + 1, np.inf)
    np.minimum.at(least, part, adjusted[inside])
    first = np.full(len(least), np.iinfo(np.int64).max)
    np.minimum.at(first, part, pack(col[inside], row[inside]))
    rank = np.lexsort((first, least))
    name = np.zeros(len(least), np.int64)
    name[rank] = np.arange(1, len(rank) + 1)
    numbers[inside] = np.where(least[part] <= q, name[part], 0)
    return numbers


def _parts(col: Ints, row: Ints) -> Ints:
    """Give each group of cells that touch, by sides or corners, a number."""
    keys = pack(col, row)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    ends = []
    for i, j in ((1, 0), (-1, 1), (0, 1), (1, 1)):
        wanted = pack(col + i, row + j)
        at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        hit = np.flatnonzero(ordered[at] == wanted)
        ends.append(np.stack([hit, order[at[hit]]]))
    first, second = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(col), len(col)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


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
    sums, ones = np.zeros(values.shape), np.ones(3)
    for band in bands(col, row, margin=1):
        planes = band.planes(np.ascontiguousarray(values.T, np.float64))
        for axis in (1, 2):
            planes = correlate1d(planes, ones, axis=axis, mode="constant")
        sums[band.inside] = band.taken(planes).T
    return sums


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


def _classes(q: Floats, clusters: Ints) -> list[str]:
    least = np.ones(clusters.max(initial=0) + 1)
    np.minimum.at(least, clusters, q)
    least[0] = 1.0
    limits = np.array([0.01, 0.05, np.inf])
    names = [*CLASSES[:3]]
    return [
        names[int(np.searchsorted(limits, least[c], side="left"))] if c else "none"
        for c in clusters.tolist()
    ]
