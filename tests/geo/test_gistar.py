"""Gi* is what others compute under that name, and its weakness is known."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from geo.crs import working_crs
from geo.gistar import gi_star, is_uneven
from geo.grid import SquareGrid

GRID = SquareGrid(working_crs(113.1, 26.1))
SIDE = 15
ROWS, COLS = np.mgrid[:SIDE, :SIDE]
CELLS = GRID.names(COLS.ravel(), ROWS.ravel())


def test_scores_equal_those_of_esda() -> None:
    """The z-scores are esda's to 1e-9."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        from libpysal.weights import lat2W

        weights = lat2W(SIDE, SIDE, rook=False)
        values = np.random.default_rng(8).poisson(2.0, SIDE**2).astype(float)
        theirs = esda.G_Local(values, weights, star=True, transform="B", permutations=0).Zs
    ours = gi_star(pd.Series(values, index=CELLS), grid=GRID)
    np.testing.assert_allclose(ours["z"].reindex(CELLS), theirs, atol=1e-9)


def test_equal_values_and_no_values_have_no_score() -> None:
    """Where all cells are alike nothing is hot, and an empty area has no rows."""
    even = gi_star(pd.Series(2.0, index=CELLS), grid=GRID)
    assert (even["z"] == 0).all()
    assert (even["q"] == 1).all()
    assert gi_star(pd.Series(dtype=float), grid=GRID).empty


def test_uneven_exposure_is_noticed() -> None:
    """Enterprises that crowd make Gi* mistake them for hotspots; even ones do not."""
    assert not is_uneven(pd.Series([3.0, 3.0, 4.0, 3.0]))
    assert is_uneven(pd.Series([0.1, 0.1, 8.0, 0.2]))
    assert not is_uneven(pd.Series(dtype=float))
