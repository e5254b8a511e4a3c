"""Getis and Ord's Gi*: what users know from ArcGIS as hot spot analysis.

It compares the sum over a cell and its eight neighbours with the mean of all cells. It knows no
exposure: where enterprises crowd, more happens, and Gi* calls that hot. On maps of pure chance over
unevenly spread enterprises it shows hotspots always, corrected for multiple testing or not
(``benchmarks/calibration.py``). It is here to be compared with, not to be acted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from geo.count_tests import false_discovery
from geo.hotspot import neighbourhood_sums

if TYPE_CHECKING:
    from geo.grid import SquareGrid

UNEVEN = 0.5
"""Coefficient of variation of the exposure from which Gi* is warned about (product choice)."""


def gi_star(values: pd.Series[float], *, grid: SquareGrid) -> pd.DataFrame:
    """Compute Gi* with binary weights over each cell and its neighbours by sides and corners.

    Parameters
    ----------
    values
        One number for each cell of the study area, events or rates; zeros matter and must be in it.
    grid
        The grid of the ids.

    Returns
    -------
    DataFrame indexed by cell, sorted
        ``z`` (standard score; 0 where all values are alike), ``p`` (two-sided, normal), ``q``
        (Benjamini and Hochberg).

    Notes
    -----
    Ord and Getis 1995, with the analytic variance: the scores of ``esda.G_Local(star=True)``.
    """
    ordered = values.sort_index().astype(float)
    x, n = ordered.to_numpy(), len(ordered)
    col, row = grid.indices(ordered.index)
    sums = neighbourhood_sums(col, row, np.column_stack([x, np.ones(n)]))
    spread = x.std() if n else 0.0
    weight = sums[:, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (
            (sums[:, 0] - x.mean() * weight)
            / (spread * np.sqrt((n * weight - weight**2) / max(n - 1, 1)))
            if n
            else x
        )
    z = np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)
    p = 2 * ndtr(-np.abs(z))
    q = false_discovery(p, tested=np.ones(n, dtype=bool))
    return pd.DataFrame({"z": z, "p": p, "q": q}, index=ordered.index)


def is_uneven(expected: pd.Series[float]) -> bool:
    """Say whether exposure differs so much between cells that Gi* mistakes it for hotspots."""
    mean = float(expected.mean()) if len(expected) else 0.0
    return mean > 0 and float(expected.std(ddof=0)) / mean > UNEVEN
