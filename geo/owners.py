"""Who looks after a place: grids drawn as polygons, listed as cells, or named by village or town.

A place belongs to the grid that describes it most closely: a polygon before cells, cells before a
village, a village before a whole town. Where two grids claim it in the same way, the first counts
and the others are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from geo.areas import lonlat_points
from geo.beidou import BeidouGrid
from geo.cells import CellIdError
from geo.grid import SquareGrid
from geo.hexagons import H3Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike
    from shapely.geometry.base import BaseGeometry

    from geo.cells import Cells

_SQUARE = re.compile(r"(\d{4,6})-(\d+)-E-?\d+N-?\d+")
_HEXAGON = re.compile(r"8([0-9a-f])[0-9a-f]{13}")
_BEIDOU = re.compile(r"[NS]\d\d[A-V][0-9A-F]*")
_BEIDOU_LEVELS = {4: 1, 6: 2, 7: 3, 9: 4, 11: 5, 12: 6, 14: 7, 16: 8, 18: 9, 20: 10}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """What one grid consists of; any of it may be missing.

    Attributes
    ----------
    id
        Id of the grid.
    shape
        Polygon, WGS-84.
    cells
        Ids of squares, hexagons and BeiDou cells of any fineness.
    villages, towns
        Codes.
    """

    id: str
    shape: BaseGeometry | None = None
    cells: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The grid of a place, None where there is none, and the others that claim it as closely."""

    grid: str | None
    others: tuple[str, ...] = ()


def cell_kind(id_: str) -> Cells | None:
    """Return the kind of cell that an id is of, None where it looks like none."""
    square = _SQUARE.fullmatch(id_)
    try:
        if square:
            return SquareGrid(pyproj.CRS.from_epsg(int(square[1])), size_m=int(square[2]))
        hexagon = _HEXAGON.fullmatch(id_)
        if hexagon:
            return H3Grid(resolution=int(hexagon[1], 16))
        if _BEIDOU.fullmatch(id_) and len(id_) in _BEIDOU_LEVELS:
            return BeidouGrid(level=_BEIDOU_LEVELS[len(id_)])
    except (ValueError, pyproj.exceptions.CRSError):
        return None
    return None


def owners(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    villages: Sequence[str | None],
    towns: Sequence[str | None],
    grounds: Sequence[Ground],
) -> list[Owner]:
    """Return the owner of every place.

    Parameters
    ----------
    lon, lat
        WGS-84 degrees; NaN where the point is not known well enough for polygons and cells.
    villages, towns
        Codes of the village and town of each place, None where unknown.
    grounds
        Grids in their order: of equals the first counts.
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    layers = [
        _in_shapes(x, y, grounds),
        _in_cells(x, y, grounds),
        _named(villages, {g.id: g.villages for g in grounds}),
        _named(towns, {g.id: g.towns for g in grounds}),
    ]
    rank = {ground.id: at for at, ground in enumerate(grounds)}
    found = []
    for at in range(len(x)):
        claims = next((layer[at] for layer in layers if layer[at]), set())
        order = sorted(claims, key=rank.__getitem__)
        found.append(Owner(grid=order[0] if order else None, others=tuple(order[1:])))
    return found


def cell_shapes(ids: Iterable[str]) -> list[BaseGeometry]:
    """Return the shapes of cells of any kind; what is no cell is left out."""
    shapes = []
    for id_ in ids:
        kind = cell_kind(id_)
        if kind is None:
            continue
        try:
            shapes += list(kind.polygon_lonlat([id_]))
        except CellIdError:
            continue
    return shapes


def _in_shapes(x: np.ndarray, y: np.ndarray, grounds: Sequence[Ground]) -> list[set[str]]:
    found: list[set[str]] = [set() for _ in x]
    drawn = [ground for ground in grounds if ground.shape is not None]
    if drawn:
        shapes = np.array([ground.shape for ground in drawn], dtype=object)
        at, which = shapely.STRtree(shapes).query(lonlat_points(x, y), predicate="intersects")
        for place, ground in zip(at.tolist(), which.tolist(), strict=True):
            found[place].add(drawn[ground].id)
    return found


def _in_cells(x: np.ndarray, y: np.ndarray, grounds: Sequence[Ground]) -> list[set[str]]:
    """Return the grids that list the cell of each place, kind by kind of cell."""
    found: list[set[str]] = [set() for _ in x]
    kinds: dict[str, tuple[Cells, dict[str, set[str]]]] = {}
    for ground in grounds:
        for id_ in ground.cells:
            kind = cell_kind(id_)
            if kind is not None:
                _, claimed = kinds.setdefault(repr(kind), (kind, {}))
                claimed.setdefault(id_, set()).add(ground.id)
    for kind, claimed in kinds.values():
        for at, cell in enumerate(kind.cells(x, y)):
            found[at] |= claimed.get(cell or "", set())
    return found


def _named(codes: Sequence[str | None], wanted: Mapping[str, tuple[str, ...]]) -> list[set[str]]:
    claimed: dict[str, set[str]] = {}
    for id_, own in wanted.items():
        for code in own:
            claimed.setdefault(code, set()).add(id_)
    return [set(claimed.get(code or "", ())) for code in codes]
