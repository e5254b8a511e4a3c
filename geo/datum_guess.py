"""Infer the datum of a column of coordinates from the addresses beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.crs import distance_m, wgs84_from_bd09, wgs84_from_gcj02

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_EVIDENCE_ROWS = 20  # rows with a village or town from which a column's datum is judged
_EVIDENCE_REACH_M = 20_000.0  # rows farther from their address than this say nothing of a datum
_DECISIVE = 9.0  # misfit (chi-square, 2 degrees of freedom) by which the best datum must lead


def guess_datum(lon: Floats, lat: Floats, address: tuple[Floats, Floats]) -> str | None:
    """Infer the datum of a column of degrees from the points of the addresses beside it.

    A datum shifts the whole column by one vector, errors of addresses scatter: under the right
    datum the median offset is nearest to nothing, measured in its own standard errors.

    Parameters
    ----------
    lon, lat
        Degrees of unknown datum.
    address
        WGS-84 lon and lat of the addresses, NaN where there is none.

    Returns
    -------
    str or None
        ``wgs84``, ``gcj02`` or ``bd09``; None with less than 20 rows or without a clear lead.
    """
    misfits: dict[str, float] = {}
    readings = {
        "wgs84": (lon, lat),
        "gcj02": wgs84_from_gcj02(lon, lat),
        "bd09": wgs84_from_bd09(lon, lat),
    }
    for datum, (x, y) in readings.items():
        near = distance_m(x, y, *address) < _EVIDENCE_REACH_M  # False where either is NaN
        if int(near.sum()) < _EVIDENCE_ROWS:
            return None
        narrow = np.cos(np.radians(y[near]))
        misfits[datum] = _misfit((x[near] - address[0][near]) * narrow) + _misfit(
            y[near] - address[1][near]
        )
    (best, low), (_, second) = sorted(misfits.items(), key=lambda item: item[1])[:2]
    return best if second - low >= _DECISIVE else None


def _misfit(offsets: Floats) -> float:
    """Square of the median in standard errors; the median's is 1.2533 times the mean's."""
    middle = float(np.median(offsets))
    scatter = 1.4826 * float(np.median(np.abs(offsets - middle)))
    error = 1.2533 * max(scatter, 1e-6) / np.sqrt(offsets.size)
    return (middle / float(error)) ** 2
