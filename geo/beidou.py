"""BeiDou grid codes (GB/T 39409-2020), two dimensions, all ten levels, both hemispheres.

=====  ==============  ==================  ==========  ======  ===================================
level  cell            about, in 26° N     split       length  part of the code
=====  ==============  ==================  ==========  ======  ===================================
1      6° × 4°         600 × 443 km        --          4       N or S, column 01–60, row A–V
2      30′ × 30′       50 × 55 km          12 × 8      6       column 0–B, row 0–7
3      15′ × 10′       25 × 18 km          2 × 3       7       one digit 0–5: row · 2 + column
4      1′ × 1′         1.7 × 1.8 km        15 × 10     9       column 0–E, row 0–9
5      4″ × 4″         111 × 123 m         15 × 15     11      column 0–E, row 0–E
6      2″ × 2″         56 × 62 m           2 × 2       12      one digit 0–3: row · 2 + column
7      1/4″            6.9 × 7.7 m         8 × 8       14      column 0–7, row 0–7
8      1/32″           0.9 × 1.0 m         8 × 8       16      column 0–7, row 0–7
9      1/256″          11 × 12 cm          8 × 8       18      column 0–7, row 0–7
10     1/2048″         1.4 × 1.5 cm        8 × 8       20      column 0–7, row 0–7
=====  ==============  ==================  ==========  ======  ===================================

Columns 31–60 lie east of Greenwich, 30–01 west. Below level 1 columns and rows are counted away
from the equator and from Greenwich, so that the four quarters of the Earth mirror each other:
116°18′45.37″ E, 39°59′35.38″ N is ``N50J47539B8255346152`` (the standard's own example), the same
W, S is ``S11J47539B8255346152``. A line belongs to the cell farther from the equator and from
Greenwich; the equator is north, Greenwich east, 180° west. Polewards of 88° the standard has a
division of its own (clause 5.3), for which there is no code here: such points have no cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.cells import CellIdError, columns, distinct, series

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]
    Objects = NDArray[np.object_]

LEVELS = range(1, 11)
LENGTHS = (0, 4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
"""Characters of a code at each level, from level 0 (nothing) on."""
POLES_DEG = 88

_DEGREE = 3600 * 2048  # the finest cell is 1/2048 second: everything is a whole number of these
_SIDES = (
    (0, 6 * _DEGREE, _DEGREE // 2, _DEGREE // 4, _DEGREE // 60, 8192, 4096, 512, 64, 8, 1),
    (0, 4 * _DEGREE, _DEGREE // 2, _DEGREE // 6, _DEGREE // 60, 8192, 4096, 512, 64, 8, 1),
)  # east-west, north-south
_ROUNDING = 1e-6  # of the finest cell: a decimal on a line must not fall short of it by one bit
_DIGITS = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)
_VALUES = np.full(256, 255, dtype=np.int64)
_VALUES[_DIGITS] = np.arange(16)
_N, _S, _A = (ord(letter) for letter in "NSA")
_HALF = 1 << 31


@dataclass(frozen=True, slots=True)
class BeidouGrid:
    """The cells of one level.

    Parameters
    ----------
    level
        1 (6° × 4°) to 10 (1/2048″); 4 is about a kilometre and a half, 5 about a hundred metres.

    Raises
    ------
    ValueError
        If there is no such level.
    """

    level: int = field(default=5, kw_only=True)

    def __post_init__(self) -> None:
        """Check the level."""
        if self.level not in LEVELS:
            raise ValueError(f"BeiDou grid codes have levels 1 to 10, not {self.level}")

    def cells(self, lon: ArrayLike, lat: ArrayLike) -> pd.Series[str]:
        """Return the code of each point; None polewards of 88° and where a coordinate is missing.

        Parameters
        ----------
        lon, lat
            WGS-84 (or CGCS2000) degrees, 1-D and of one length.
        """
        x, y, known = columns(lon, lat)
        width, height = self._sides
        across = np.floor(np.abs(x) * _DEGREE + _ROUNDING).astype(np.int64) // width
        up = np.floor(np.abs(y) * _DEGREE + _ROUNDING).astype(np.int64) // height
        across = np.minimum(across, 180 * _DEGREE // width - 1)
        known &= up < POLES_DEG * _DEGREE // height
        up[~known] = 0
        col, row = np.where(x >= 0, across, ~across), np.where(y >= 0, up, ~up)
        return series(self.codes(col, row), known=known, like=lon)

    def codes(self, col: ArrayLike, row: ArrayLike) -> Objects:
        """Return the codes of cells counted from Greenwich (east) and the equator (north)."""
        cols, rows = np.asarray(col, np.int64), np.asarray(row, np.int64)
        return distinct((rows << 32) + cols + _HALF, self._codes)

    def indices(self, ids: Iterable[str]) -> tuple[Ints, Ints]:
        """Read columns (from Greenwich, east) and rows (from the equator, north) out of codes.

        Raises
        ------
        CellIdError
            If a code is malformed or of another level.
        """
        values = list(ids)
        length = LENGTHS[self.level]
        fits = [isinstance(v, str) and len(v) == length and v.isascii() for v in values]
        text = "".join(v if ok else "?" * length for v, ok in zip(values, fits, strict=True))
        letters = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, length)
        across, up, fine = _read(letters, self.level)
        if not fine.all():
            bad = tuple(values[i] for i in np.flatnonzero(~fine)[:5])
            raise CellIdError(values=bad, grid=f"BeiDou level {self.level}")
        west = _number(letters) <= 30
        return np.where(west, ~across, across), np.where(letters[:, 0] == _S, ~up, up)

    def bounds(self, ids: Iterable[str]) -> tuple[Floats, Floats, Floats, Floats]:
        """Return west, south, east and north of the cells in degrees."""
        col, row = self.indices(ids)
        width, height = self._sides
        edges = (col * width, row * height, (col + 1) * width, (row + 1) * height)
        west, south, east, north = (np.asarray(edge / _DEGREE, np.float64) for edge in edges)
        return west, south, east, north

    def centre(self, ids: Iterable[str]) -> tuple[Floats, Floats]:
        """Return WGS-84 lon and lat of the cells' centres."""
        west, south, east, north = self.bounds(ids)
        return (west + east) / 2, (south + north) / 2

    def polygon_lonlat(self, ids: Iterable[str]) -> Objects:
        """Return the cells as shapely polygons in WGS-84 degrees, counter-clockwise."""
        return np.asarray(shapely.box(*self.bounds(ids)), dtype=object)

    def parent(self, ids: Iterable[str]) -> Objects:
        """Return the codes one level up, which are the same codes cut short; None at level 1."""
        values = list(ids)
        self.indices(values)
        length = LENGTHS[self.level - 1]
        return np.array([v[:length] if length else None for v in values], dtype=object)

    def children(self, id_: str) -> tuple[str, ...]:
        """List the cells one level down, row by row from south-west; none at level 10."""
        (col,), (row,) = self.indices([id_])
        finer = self.finer()
        if finer is None:
            return ()
        wide, high = (a // b for a, b in zip(self._sides, finer._sides, strict=True))
        cols, rows = np.meshgrid(np.arange(wide) + col * wide, np.arange(high) + row * high)
        return tuple(finer.codes(cols.ravel(), rows.ravel()).tolist())

    def neighbours(self, id_: str, *, reach: int = 1) -> tuple[str, ...]:
        """List the cells within *reach* columns and rows, row by row; beyond 180° they go on."""
        (col,), (row,) = self.indices([id_])
        width, height = self._sides
        around, top = 180 * _DEGREE // width, POLES_DEG * _DEGREE // height
        step = np.arange(-reach, reach + 1)
        cols, rows = np.meshgrid(col + step, row + step)
        inside = (rows >= -top) & (rows < top)
        names = self.codes((cols[inside] + around) % (2 * around) - around, rows[inside])
        return tuple(name for name in dict.fromkeys(names.tolist()) if name != id_)

    def coarser(self) -> BeidouGrid | None:
        """Return the grid one level up."""
        return BeidouGrid(level=self.level - 1) if self.level > LEVELS[0] else None

    def finer(self) -> BeidouGrid | None:
        """Return the grid one level down."""
        return BeidouGrid(level=self.level + 1) if self.level < LEVELS[-1] else None

    @property
    def _sides(self) -> tuple[int, int]:
        return _SIDES[0][self.level], _SIDES[1][self.level]

    def _codes(self, keys: Ints) -> Objects:
        cols, rows = (keys & ((1 << 32) - 1)) - _HALF, keys >> 32
        letters = np.empty((keys.size, LENGTHS[self.level]), dtype=np.uint8)
        letters[:, 0] = np.where(rows >= 0, _N, _S)
        _write(letters, np.where(cols >= 0, cols, ~cols), np.where(rows >= 0, rows, ~rows),
               west=cols < 0, level=self.level)  # fmt: skip
        text = letters.tobytes().decode("ascii")
        length = letters.shape[1]
        return np.array([text[i : i + length] for i in range(0, len(text), length)], dtype=object)


def _write(letters: Bytes, across: Ints, up: Ints, *, west: NDArray[np.bool_], level: int) -> None:
    """Fill in the code, the finest level first; *across* and *up* are counted from the origin."""
    for k in range(level, 1, -1):
        wide, high = (side[k - 1] // side[k] for side in _SIDES)
        across, col = np.divmod(across, wide)
        up, row = np.divmod(up, high)
        at = LENGTHS[k - 1]
        if LENGTHS[k] - at == 1:
            letters[:, at] = _DIGITS[row * 2 + col]
        else:
            letters[:, at], letters[:, at + 1] = _DIGITS[col], _DIGITS[row]
    number = np.where(west, 30 - across, 31 + across)
    letters[:, 1], letters[:, 2] = _DIGITS[number // 10], _DIGITS[number % 10]
    letters[:, 3] = _A + up


def _number(letters: Bytes) -> Ints:
    """Return the number of the column of level 1."""
    return np.asarray(_VALUES[letters[:, 1]] * 10 + _VALUES[letters[:, 2]], dtype=np.int64)


def _read(letters: Bytes, level: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return columns and rows counted from the origin, and which codes are well formed."""
    number, up = _number(letters), letters[:, 3].astype(np.int64) - _A
    fine = ((letters[:, 0] == _N) | (letters[:, 0] == _S)) & (_VALUES[letters[:, 1]] < 10)
    fine &= (_VALUES[letters[:, 2]] < 10) & (number >= 1) & (number <= 60)
    fine &= (up >= 0) & (up < POLES_DEG // 4)
    across = np.where(number <= 30, 30 - number, number - 31)
    for k in range(2, level + 1):
        wide, high = (side[k - 1] // side[k] for side in _SIDES)
        at = LENGTHS[k - 1]
        col = _VALUES[letters[:, at]]
        if LENGTHS[k] - at == 1:
            row, col = col // 2, col % 2
        else:
            row = _VALUES[letters[:, at + 1]]
        fine &= (col < wide) & (row < high)
        across, up = across * wide + col, up * high + row
    return across, up, fine
