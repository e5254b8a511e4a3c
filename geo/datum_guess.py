"""Infer the datum of a column of coordinates from the addresses beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.crs import wgs84_from_bd09, wgs84_from_gcj02

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_EVIDENCE_REACH_M = 20_000.0  # rows farther from their address than this say nothing of a datum

CLEAR_LEAD = 3.0
"""By how much the best datum must lead, in logarithms: twenty to one."""

READINGS: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "wgs84": lambda lon, lat: (lon, lat),
    "gcj02": wgs84_from_gcj02,
    "bd09": wgs84_from_bd09,
}
"""Datum to how its degrees are read."""
LEAST_PLACES = 8
"""Villages, or towns, from which datums are weighed."""

_METRES_PER_DEGREE = 111_320.0
_FREEDOM = 3.0
_LEAST_WIDTH_M = 150.0


def weigh_datums(lon: Floats, lat: Floats, known: pd.DataFrame) -> tuple[dict[str, float], int]:
    """Weigh the three datums of a column of degrees by where the addresses beside them lie.

    Rows of one place share its error, so a place counts once, by the median of its rows. Errors
    are taken as Student-t with three degrees of freedom, their width measured for villages and
    towns apart: a few addresses that are quite wrong decide nothing.

    Parameters
    ----------
    lon, lat
        Degrees of unknown datum.
    known
        One row each: ``lon``, ``lat`` (WGS-84, NaN where unknown) and ``level`` of the address.

    Returns
    -------
    weights, places
        Natural logarithm of how well each datum explains the places, and how many places there
        are; all weights are 0 with less than :data:`LEAST_PLACES`.
    """
    weights = dict.fromkeys(READINGS, 0.0)
    offsets = {datum: _offsets(*read(lon, lat), known) for datum, read in READINGS.items()}
    near = ~np.isnan(np.hstack(list(offsets.values()))).any(axis=1)  # the same rows for all three
    count = 0
    for level in ("village", "town"):
        rows = (known["level"] == level).to_numpy() & near
        places = known.loc[rows, ["lon", "lat"]].reset_index(drop=True).groupby(["lon", "lat"])
        if places.ngroups < LEAST_PLACES:
            continue
        count += places.ngroups
        groups = [np.asarray(group, dtype=np.int64) for group in places.indices.values()]
        for datum, all_rows in offsets.items():
            own = all_rows[rows]
            weights[datum] += _explained(np.array([np.median(own[g], axis=0) for g in groups]))
    return weights, count


def _offsets(lon: Floats, lat: Floats, known: pd.DataFrame) -> Floats:
    """Return metres east and north of the addresses; NaN where they say nothing of a datum."""
    at_lon, at_lat = known["lon"].to_numpy(float), known["lat"].to_numpy(float)
    east = (lon - at_lon) * np.cos(np.radians(lat)) * _METRES_PER_DEGREE
    north = (lat - at_lat) * _METRES_PER_DEGREE
    both = np.column_stack([east, north])
    both[~(np.hypot(east, north) < _EVIDENCE_REACH_M)] = np.nan
    return both


def _explained(offsets: Floats) -> float:
    """Return the log-likelihood of offsets around nothing, up to what all datums share."""
    middle = np.median(offsets, axis=0)
    width = 1.4826 * np.median(np.abs(offsets - middle))
    square = (offsets**2).sum(axis=1) / max(float(width), _LEAST_WIDTH_M) ** 2
    # Scaled so that small offsets weigh as they do under a normal law of that width.
    return float(-(_FREEDOM + 2) / 2 * np.log1p(square / (_FREEDOM + 2)).sum())
