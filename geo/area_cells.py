"""Administrative cells: the areas of counties, towns and villages as one more kind of cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.areas import locate
from geo.cells import CellIdError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Objects = NDArray[np.object_]

_TOUCH_DEG = 1e-4  # about 10 m: borders drawn twice do not meet exactly
_CODE_LENGTHS = (12, 9, 6, 4, 2)
"""Digits of the statistical codes of village, town, county, prefecture, province."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaCells:
    """The areas of one administrative level.

    Parameters
    ----------
    levels
        Areas in WGS-84, the coarsest level first, each with columns ``id`` (unique) and geometry.
        A column ``parent`` names the area one level up; without it the statistical code does, of
        which a parent's code is the beginning. :func:`geo.areas.town_polygons` draws areas where
        there are none.
    level
        Which of *levels* the cells are of; the finest by default.

    Raises
    ------
    ValueError
        If an id repeats within the level, or there is no such level.
    """

    levels: tuple[gpd.GeoDataFrame, ...]
    level: int = field(default=-1, kw_only=True)
    _row: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Count the level from the coarsest and index its areas."""
        if not -len(self.levels) <= self.level < len(self.levels):
            raise ValueError(f"{len(self.levels)} levels of areas, no level {self.level}")
        object.__setattr__(self, "level", self.level % len(self.levels))
        ids = self._areas["id"].tolist()
        object.__setattr__(self, "_row", {id_: row for row, id_ in enumerate(ids)})
        if len(self._row) != len(ids):
            raise ValueError(f"{len(ids) - len(self._row)} ids of areas repeat")

    def cells(self, lon: ArrayLike, lat: ArrayLike) -> pd.Series[str]:
        """Return the id of the area around each point; see :func:`geo.areas.locate`.

        On a border that two areas share, and where areas overlap, the first of them counts.
        """
        return locate(lon, lat, self._areas).rename("cell")

    def centre(self, ids: Iterable[str]) -> tuple[Floats, Floats]:
        """Return WGS-84 lon and lat of a point well inside each area.

        The centre of gravity where it lies inside the area, another point inside where it does not.
        """
        shapes = self.polygon_lonlat(ids)
        middle = shapely.centroid(shapes)
        inside = shapely.contains(shapes, middle)
        points = np.where(inside, middle, shapely.point_on_surface(shapes))
        return shapely.get_x(points), shapely.get_y(points)

    def polygon_lonlat(self, ids: Iterable[str]) -> Objects:
        """Return the areas as shapely shapes in WGS-84 degrees."""
        return np.asarray(self._areas.geometry.to_numpy()[self._rows(ids)], dtype=object)

    def parent(self, ids: Iterable[str]) -> Objects:
        """Return the areas one level up; None where there is none."""
        rows = self._rows(ids)
        coarser = self.coarser()
        known = coarser._row if coarser else {}
        above = _parent_ids(self._areas)
        return np.array([above[row] if above[row] in known else None for row in rows], dtype=object)

    def children(self, id_: str) -> tuple[str, ...]:
        """List the areas one level down, in the order of their table."""
        self._rows([id_])
        finer = self.finer()
        if finer is None:
            return ()
        above = _parent_ids(finer._areas)
        return tuple(own for own, parent in zip(finer._row, above, strict=True) if parent == id_)

    def neighbours(self, id_: str, *, reach: int = 1) -> tuple[str, ...]:
        """List the areas within *reach* steps over a common border or corner, in table order."""
        shapes = self._areas.geometry.to_numpy()
        tree = shapely.STRtree(shapes)
        found = frontier = set(self._rows([id_]).tolist())
        for _ in range(reach):
            rows = sorted(frontier)
            _, near = tree.query(shapes[rows], predicate="dwithin", distance=_TOUCH_DEG)
            frontier = set(near.tolist()) - found
            found = found | frontier
        return tuple(own for own, row in self._row.items() if row in found and own != id_)

    def coarser(self) -> AreaCells | None:
        """Return the areas one level up."""
        return AreaCells(self.levels, level=self.level - 1) if self.level else None

    def finer(self) -> AreaCells | None:
        """Return the areas one level down."""
        last = self.level == len(self.levels) - 1
        return None if last else AreaCells(self.levels, level=self.level + 1)

    @property
    def _areas(self) -> gpd.GeoDataFrame:
        return self.levels[self.level]

    def _rows(self, ids: Iterable[str]) -> NDArray[np.int64]:
        values = list(ids)
        bad = tuple(id_ for id_ in values if id_ not in self._row)
        if bad:
            raise CellIdError(values=bad[:5], grid=f"areas of level {self.level}")
        return np.array([self._row[id_] for id_ in values], dtype=np.int64)


def _parent_ids(areas: gpd.GeoDataFrame) -> Sequence[object]:
    if "parent" in areas:
        return list(areas["parent"])
    return [_shorter(id_) for id_ in areas["id"]]


def _shorter(code: str) -> str | None:
    """Return the code of the unit that a unit belongs to."""
    if not (code.isdigit() and len(code) in _CODE_LENGTHS[:-1]):
        return None
    return code[: _CODE_LENGTHS[_CODE_LENGTHS.index(len(code)) + 1]]
