"""What the cells of a column look like, whatever its header says: numbers of a place, or text.

A header may be missing, wrong or in nobody's words; the values are what they are. This module only
looks at values: which columns can hold coordinates and in which notation, and which headers name
which datum. Where the places lie is for geo.column_guess to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from layers.cells import fold, is_missing, shown, wide
from layers.headers import header_forms, lookup
from layers.positions import read_longitude, read_lonlat
from layers.problems import ValueProblem
from layers.schema import ENTERPRISES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Notation = Literal["degrees", "dms", "dmmss", "metres"]
"""Decimal degrees; degrees, minutes, seconds with signs; the same run together behind the point
(113.0401 for 113°04′01″); projected metres."""

_READABLE = 0.8  # share of cells with something in them that must be coordinates
_PACKED = 0.98  # share of values that must do as minutes and seconds: by chance 36 % do
_DMS = re.compile(
    r"\d\s*[°度]\s*\d|\d\s*[′'分″\"秒]|\d\s*[-:]\s*\d"
    r"|(?<![\d.])\d{1,3}\s+\d{1,2}(?:\s+\d|\.\d|$)"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HINTS = (
    ("bd09", re.compile(r"百度|bd-?09|baidu|^bd")),
    ("gcj02", re.compile(r"高德|腾讯|火星|gcj|amap")),
    ("wgs84", re.compile(r"wgs|gps|84|cgcs|2000|天地图|国土|大地")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A column read as one coordinate; NaN where a cell has none. ``decimals`` is the median."""

    header: str
    values: Floats
    notation: Notation
    decimals: int = 0


def coordinate_columns(
    table: Mapping[str, Sequence[object]],
) -> tuple[list[Numbers], list[tuple[Numbers, Numbers]]]:
    """Find the columns that can hold coordinates.

    Parameters
    ----------
    table
        Header to cells, all of one length.

    Returns
    -------
    singles, pairs
        Columns with one number a cell; columns with two, as first and second.
    """
    singles: list[Numbers] = []
    pairs: list[tuple[Numbers, Numbers]] = []
    for header, cells in table.items():
        known = [cell for cell in cells if not is_missing(cell)]
        if not known:
            continue
        one = np.array([_number(cell) for cell in cells])
        if np.isfinite(one).sum() >= _READABLE * len(known):
            singles.append(_numbers(header, one, known))
            continue
        two = np.array([_pair(cell) for cell in cells])
        if np.isfinite(two[:, 0]).sum() >= _READABLE * len(known):
            first, second = (_numbers(header, two[:, k], known) for k in (0, 1))
            pairs.append((first, second))
    return singles, pairs


def unpacked(values: Floats) -> Floats | None:
    """Read 113.0401 as 113°04′01″; None where the values cannot all be meant like that."""
    size = np.abs(values)
    whole = np.floor(size + 1e-9)
    rest = (size - whole) * 100 + 1e-7
    minutes = np.floor(rest)
    seconds = (rest - minutes) * 100
    known = np.isfinite(size)
    fits = known & (minutes < 60) & (seconds < 60) & (whole <= 180)
    full = known & (seconds > 0.01)
    if fits.sum() < _PACKED * known.sum() or full.sum() < known.sum() / 2:
        return None
    return np.where(fits, np.sign(values) * (whole + minutes / 60 + seconds / 3600), np.nan)


def text_columns(table: Mapping[str, Sequence[object]]) -> dict[str, list[str]]:
    """Return the columns in which most cells are Chinese text, cells as they are shown."""
    found: dict[str, list[str]] = {}
    for header, cells in table.items():
        texts = ["" if is_missing(cell) else shown(cell) for cell in cells]
        filled = [text for text in texts if text]
        if filled and sum(bool(_HAN.search(text)) for text in filled) > len(filled) / 2:
            found[header] = texts
    return found


def meant(header: str) -> str:
    """Return the column of a register that a header names; empty where none does."""
    known = lookup(ENTERPRISES)
    return next((known[form][1] for form in header_forms(header) if form in known), "")


def hinted_datum(*headers: str) -> str:
    """Return the datum that headers name (``百度经度``, ``lng_gcj02``); empty where none does."""
    text = " ".join(fold(header) for header in headers)
    named = [datum for datum, words in _HINTS if words.search(text)]
    return named[0] if len(named) == 1 else ""


def _numbers(header: str, values: Floats, known: Sequence[object]) -> Numbers:
    notation: Notation = "degrees"
    if np.nanmedian(np.abs(values)) > 360:
        notation = "metres"
    elif sum(isinstance(c, str) and bool(_DMS.search(wide(c))) for c in known) > len(known) / 2:
        notation = "dms"
    decimals = [len(str(cell).partition(".")[2]) for cell in known]
    return Numbers(
        header=header, values=values, notation=notation, decimals=int(np.median(decimals))
    )


def _number(cell: object) -> float:
    try:
        return float("nan") if is_missing(cell) else read_longitude(cell)
    except ValueProblem:
        return float("nan")


def _pair(cell: object) -> tuple[float, float]:
    try:
        return (float("nan"),) * 2 if is_missing(cell) else read_lonlat(cell)
    except ValueProblem:
        return float("nan"), float("nan")
