"""How far clusters reach: their cells are found, chance and thin edges are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from geo.cluster import belonging

SIDE = 24
ROW, COL = (plane.ravel() for plane in np.mgrid[:SIDE, :SIDE])


def _disc(row: int, col: int, radius: float) -> np.ndarray:
    return np.asarray((ROW - row) ** 2 + (COL - col) ** 2 <= radius**2)


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_the_cells_of_a_strong_cluster_belong_and_others_do_not(phi: float) -> None:
    """Inside of a disc of fivefold counts the chance is near 1, two cells outside near 0."""
    inside = _disc(10, 12, 2.0)
    expected = np.full(SIDE**2, 3.0)
    observed = np.where(inside, 15.0, 3.0)
    chance = belonging(COL, ROW, observed=observed, expected=expected, phi=phi)
    assert chance[inside].min() > 0.9
    assert chance[~_disc(10, 12, 4.0)].max() < 0.01
    assert ((chance >= 0) & (chance <= 1)).all()


def test_a_cell_without_exposure_says_nothing() -> None:
    """Events where nothing is expected neither make nor unmake a cluster."""
    expected = np.full(SIDE**2, 3.0)
    observed = np.full(SIDE**2, 3.0)
    middle = np.flatnonzero((ROW == 10) & (COL == 12))
    expected[middle] = 0.0
    plain = belonging(COL, ROW, observed=observed, expected=expected, phi=0.0)
    observed[middle] = 50.0
    with_events = belonging(COL, ROW, observed=observed, expected=expected, phi=0.0)
    np.testing.assert_array_equal(plain, with_events)


def test_bands_and_places_do_not_change_the_answer() -> None:
    """Cells far apart, moved, or in another order have the chances that they have alone."""
    random = np.random.default_rng(4)
    expected = random.uniform(0.5, 3, SIDE**2)
    observed = random.poisson(expected * np.where(_disc(8, 8, 2), 4, 1)).astype(float)
    alone = belonging(COL, ROW, observed=observed, expected=expected, phi=0.2)
    order = random.permutation(2 * SIDE**2)
    col = np.concatenate([COL, COL - 70])[order]
    row = np.concatenate([ROW, ROW + 1009])[order]
    both = belonging(
        col, row, observed=np.tile(observed, 2)[order], expected=np.tile(expected, 2)[order],
        phi=0.2,
    )  # fmt: skip
    back = np.empty_like(both)
    back[order] = both
    np.testing.assert_allclose(back, np.tile(alone, 2), rtol=1e-9, atol=1e-12)


def test_a_long_area_is_worked_out_in_bands_without_a_seam() -> None:
    """A cluster across the border of two bands is seen like any other."""
    row, col = (plane.ravel() for plane in np.mgrid[:1030, :12])
    expected = np.full(len(row), 2.0)
    chances = []
    for middle in (200, 511):
        inside = (row - middle) ** 2 + (col - 6) ** 2 <= 4
        observed = np.where(inside, 8.0, 2.0)
        chances.append(belonging(col, row, observed=observed, expected=expected, phi=0.0)[inside])
    np.testing.assert_allclose(chances[0], chances[1], rtol=1e-9)
