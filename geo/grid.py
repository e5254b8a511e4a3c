"""Square cells of fixed size that never move: the origin is the projection's own (0, 0).

A cell is named after its projection, its size and its place, such as ``4547-500-E1021N5824``: the
square from 1021·500 m to 1022·500 m east and from 5824·500 m to 5825·500 m north in EPSG:4547.
Names of two grids therefore never mean different places. The parent of a square is the square of
twice the side; its children have half the side, as long as that is a whole number of metres.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo import crs as datums
from geo.cells import CellIdError, distinct, series

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyproj
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["CellIdError", "SquareGrid", "pack", "unpack"]

_ID = re.compile(r"(?P<epsg>\d+)-(?P<size>\d+)-E(?P<col>-?\d+)N(?P<row>-?\d+)")
_HALF = 1 << 31  # columns and rows share one 64-bit key, 32 bits each; columns may be negative


@dataclass(frozen=True, slots=True)
class SquareGrid:
    """Squares of ``size_m`` metres in a projection with an EPSG code.

    Parameters
    ----------
    crs
        Metric projection, see :func:`geo.crs.working_crs`.
    size_m
        Side of a cell in metres.

    Raises
    ------
    ValueError
        If the projection has no EPSG code, is not in metres, or the size is not positive.
    """

    crs: pyproj.CRS
    size_m: int = field(default=500, kw_only=True)
    prefix: str = field(init=False)

    def __post_init__(self) -> None:
        """Check the projection and derive the prefix of all ids."""
        epsg = self.crs.to_epsg()
        if epsg is None or not self.crs.is_projected:
            raise ValueError(f"a grid needs a projection with an EPSG code, not {self.crs.name}")
        if any(axis.unit_conversion_factor != 1 for axis in self.crs.axis_info):
            raise ValueError(f"a grid needs metres; EPSG:{epsg} has other units")
        if self.size_m <= 0:
            raise ValueError(f"cells of {self.size_m} m")
        object.__setattr__(self, "prefix", f"{epsg}-{self.size_m}")

    def cells(self, lon: ArrayLike, lat: ArrayLike) -> pd.Series[str]:
        """Name the cell of each point.

        Parameters
        ----------
        lon, lat
            WGS-84 degrees, 1-D and of one length.

        Returns
        -------
        Series of str
            None where a coordinate is missing; indexed as *lon* if that is a Series.
        """
        x, y = datums.project(np.atleast_1d(lon), np.atleast_1d(lat), self.crs)
        known = np.isfinite(x) & np.isfinite(y)
        if not known.all():
            x, y = np.where(known, x, 0.0), np.where(known, y, 0.0)
        col = np.floor(x / self.size_m).astype(np.int64)
        row = np.floor(y / self.size_m).astype(np.int64)
        return series(self.names(col, row), known=known, like=lon)

    def names(self, col: ArrayLike, row: ArrayLike) -> NDArray[np.object_]:
        """Return the ids of the cells in the given columns and rows (integers)."""
        cols, rows = np.asarray(col, np.int64), np.asarray(row, np.int64)
        return distinct(pack(cols, rows), self._names)

    def _names(self, keys: Ints) -> NDArray[np.object_]:
        c, r = unpack(keys)
        ids = [f"{self.prefix}-E{i}N{j}" for i, j in zip(c.tolist(), r.tolist(), strict=True)]
        return np.array(ids, dtype=object)

    def indices(self, ids: Iterable[str]) -> tuple[Ints, Ints]:
        """Read columns and rows back out of ids.

        Raises
        ------
        CellIdError
            If an id is malformed or belongs to another grid.
        """
        # pandas hands out its texts one by one, and slowly, unless it is asked for all of them.
        values = (
            ids.to_numpy(object).tolist() if isinstance(ids, pd.Index | pd.Series) else list(ids)
        )
        head = f"{self.prefix}-"
        # All ids are read as one text: three times as fast as one by one.
        numbers = _numbers(values, head)
        if numbers is None:
            bad = [
                v for v in values
                if not isinstance(v, str) or not v.startswith(head) or not _ID.fullmatch(v)
            ]  # fmt: skip
            raise CellIdError(values=tuple(bad[:5]), grid=self.prefix)
        found = np.array(numbers, dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def centre(self, ids: Iterable[str]) -> tuple[Floats, Floats]:
        """Return WGS-84 lon and lat of the cells' centres."""
        col, row = self.indices(ids)
        return datums.unproject((col + 0.5) * self.size_m, (row + 0.5) * self.size_m, self.crs)

    def polygon_lonlat(self, ids: Iterable[str]) -> NDArray[np.object_]:
        """Return the cells as shapely polygons in WGS-84 degrees, counter-clockwise."""
        col, row = self.indices(ids)
        x = (col[:, None] + np.array([0, 1, 1, 0, 0])) * self.size_m
        y = (row[:, None] + np.array([0, 0, 1, 1, 0])) * self.size_m
        lon, lat = datums.unproject(x, y, self.crs)
        return np.asarray(shapely.polygons(np.stack([lon, lat], axis=-1)), dtype=object)

    def neighbours(self, id_: str, *, reach: int = 1) -> tuple[str, ...]:
        """List the cells within *reach* columns and rows of a cell, row by row, without itself."""
        (col,), (row,) = self.indices([id_])
        span = range(-reach, reach + 1)
        steps = np.array([(i, j) for j in span for i in span if (i, j) != (0, 0)], dtype=np.int64)
        if not len(steps):
            return ()
        return tuple(self.names(col + steps[:, 0], row + steps[:, 1]).tolist())

    def coarser(self) -> SquareGrid:
        """Return the grid of twice the side."""
        return SquareGrid(self.crs, size_m=2 * self.size_m)

    def finer(self) -> SquareGrid | None:
        """Return the grid of half the side; None where that is no whole number of metres."""
        return None if self.size_m % 2 else SquareGrid(self.crs, size_m=self.size_m // 2)

    def parent(self, ids: Iterable[str]) -> NDArray[np.object_]:
        """Return the squares of twice the side around the cells."""
        col, row = self.indices(ids)
        return self.coarser().names(col // 2, row // 2)

    def children(self, id_: str) -> tuple[str, ...]:
        """List the four squares of half the side, row by row; none if the side is odd."""
        (col,), (row,) = self.indices([id_])
        finer = self.finer()
        if finer is None:
            return ()
        names = finer.names(2 * col + np.array([0, 1, 0, 1]), 2 * row + np.array([0, 0, 1, 1]))
        return tuple(names.tolist())


def _numbers(ids: list[str], head: str) -> list[str] | None:
    """Return column and row of every id after its *head* in turn; None if one is malformed."""
    try:
        lines = "\n".join(ids)
    except TypeError:
        return None
    if ids and lines.count("\n") != len(ids) - 1:
        return None
    one = re.escape(head) + r"E-?\d+N-?\d+"
    if ids and not re.fullmatch(rf"{one}(?:\n{one})*+", lines):
        return None
    return lines.replace(f"{head}E", "").replace("N", " ").split()


def pack(col: Ints, row: Ints) -> Ints:
    """Put column and row into one integer that sorts by row, then column."""
    return (row << 32) + col + _HALF


def unpack(key: Ints) -> tuple[Ints, Ints]:
    """Undo :func:`pack`."""
    return (key & ((1 << 32) - 1)) - _HALF, key >> 32
