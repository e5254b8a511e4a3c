"""Radius around the point of a place: how far from it a site may lie that names only the place.

The radii are measured, not chosen: geo.radius_build says how, docs/geocode.md how well they hold.
They stand in ``geo/data/radius.npz``, one for every village, town,
county and prefecture with a point.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.names import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FITTED = Path(__file__).parent / "data" / "radius.toml"
TABLE = Path(__file__).parent / "data" / "radius.npz"
STEP_M = 10
"""Radii are kept in steps of so many metres."""


@cache
def fitted() -> dict[str, dict[str, float]]:
    """Return the fitted figures of geo/data/radius.toml."""
    read: dict[str, dict[str, float]] = tomllib.loads(FITTED.read_text("utf-8"))
    return read


RADIUS_M: dict[str, float] = {key: float(value) for key, value in fitted()["default"].items()}
"""Radius by level where no better one is known, metres, for about 95 % of true places."""


@cache
def _table() -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    with np.load(TABLE) as file:
        return file["codes"], file["steps"]


def radius_of(code: str) -> float:
    """Return the radius around the point of a place, metres.

    Parameters
    ----------
    code
        Statistical code of 4, 6, 9 or 12 digits; where a place has no radius of its own, the
        figure of its level is returned.
    """
    codes, steps = _table()
    key = int(code.ljust(12, "0"))
    at = int(np.searchsorted(codes, key))
    if at < len(codes) and codes[at] == key and steps[at]:
        return float(steps[at]) * STEP_M
    return RADIUS_M[LEVELS[len(code)]]


def packed(radii: dict[str, float]) -> dict[str, Any]:
    """Return radii by code as the two arrays of the table.

    Codes are filled up with zeros to twelve digits; none ends in 00 or 000, so that they stay
    apart.
    """
    codes = sorted(radii, key=lambda code: int(code.ljust(12, "0")))
    steps = [min(round(radii[code] / STEP_M), 65_535) for code in codes]
    return {
        "codes": np.array([int(code.ljust(12, "0")) for code in codes], dtype=np.int64),
        "steps": np.array(steps, dtype=np.uint16),
    }
