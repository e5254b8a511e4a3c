"""Cells of any kind behind one protocol: squares, H3 hexagons, BeiDou grid codes, areas of towns.

===================================  =====================================  ========================
kind                                 id                                     parent
===================================  =====================================  ========================
:class:`geo.grid.SquareGrid`         ``4547-500-E1021N5824``                square of twice the side
:class:`geo.hexagons.H3Grid`         ``88416b0d33fffff``                    H3 cell one coarser
:class:`geo.beidou.BeidouGrid`       ``N50J4753``, GB/T 39409-2020          code one level shorter
:class:`geo.area_cells.AreaCells`    ``431023101``, the area's own code     area one level up
===================================  =====================================  ========================

An id follows from the place and the kind of cell alone, never from what else is in a table, so it
stays the same from week to week. Ids of squares, hexagons and BeiDou cells never look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Objects = NDArray[np.object_]
    Ints = NDArray[np.int64]


class CellIdError(ValueError):
    """Ids that are not cells of this grid; ``values`` are the first few of them."""

    def __init__(self, *, values: tuple[object, ...], grid: str) -> None:
        super().__init__(f"not cells of grid {grid}: {values!r}")
        self.code = "bad_cell"
        self.values = values
        self.grid = grid


class Cells(Protocol):
    """One kind of cell at one fineness; ids that are not of it raise :class:`CellIdError`."""

    def cells(self, lon: ArrayLike, lat: ArrayLike) -> pd.Series[str]:
        """Name the cell of each WGS-84 point; None where there is none. Keeps an index of *lon*."""
        ...

    def centre(self, ids: Iterable[str]) -> tuple[Floats, Floats]:
        """Return WGS-84 lon and lat of a point in the middle, which the cell itself holds."""
        ...

    def polygon_lonlat(self, ids: Iterable[str]) -> Objects:
        """Return the cells as shapely shapes in WGS-84 degrees."""
        ...

    def parent(self, ids: Iterable[str]) -> Objects:
        """Return the ids of the cells one coarser, those of :meth:`coarser`; None at the top."""
        ...

    def children(self, id_: str) -> tuple[str, ...]:
        """List the cells one finer, those of :meth:`finer`; none at the bottom."""
        ...

    def neighbours(self, id_: str, *, reach: int = 1) -> tuple[str, ...]:
        """List the cells within *reach* steps over a side or a corner, without the cell itself."""
        ...

    def coarser(self) -> Self | None:
        """Return the cells that parents are of; None at the top."""
        ...

    def finer(self) -> Self | None:
        """Return the cells that children are of; None at the bottom."""
        ...


def columns(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats, Flags]:
    """Return two columns of degrees and which rows are a place on Earth.

    180° E is 180° W; what is no place becomes 0, 0.
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    known = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    if not known.all():
        x, y = np.where(known, x, 0.0), np.where(known, y, 0.0)
    return np.where(x == 180, -180.0, x), y, known


def distinct(keys: Ints, name: Callable[[Ints], Objects]) -> Objects:
    """Name every distinct key once and hand the names out to the rows."""
    rows, once = pd.factorize(keys.ravel())
    names = name(np.asarray(once, dtype=np.int64))[np.asarray(rows, dtype=np.int64)]
    return names.reshape(keys.shape)


def series(names: Objects, *, known: Flags, like: ArrayLike) -> pd.Series[str]:
    """Return *names* as a column indexed as *like*, None in the rows that are not known."""
    if not known.all():
        names[~known] = None
    index = like.index if isinstance(like, pd.Series) else None
    return pd.Series(names, index=index, dtype=object, name="cell")
