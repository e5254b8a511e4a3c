"""H3 hexagons: Uber's grid over the whole Earth, sixteen resolutions.

Resolution 8 is about 0.7 km² (0.5 km a side), resolution 9 about 0.1 km². A hexagon has seven
children, which do not fill it exactly (an eighth of a child may lie outside); twelve cells of each
resolution, all at sea, are pentagons. Of points close together the library h3 is asked once a
hexagon (geo.hexagon_lattice), else once a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from h3.api import basic_int, basic_str

from geo.cells import CellIdError, columns, distinct, series
from geo.hexagon_lattice import UNKNOWN, shared_keys, worthwhile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

RESOLUTIONS = range(16)

_ID = re.compile(r"8[0-9a-f]{14}")  # the library reads other spellings, but a cell has one id


@dataclass(frozen=True, slots=True)
class H3Grid:
    """The hexagons of one resolution.

    Parameters
    ----------
    resolution
        0 (1,280 km a side) to 15 (half a metre).

    Raises
    ------
    ValueError
        If there is no such resolution.
    """

    resolution: int = field(default=8, kw_only=True)

    def __post_init__(self) -> None:
        """Check the resolution."""
        if self.resolution not in RESOLUTIONS:
            raise ValueError(f"H3 has resolutions 0 to 15, not {self.resolution}")

    def cells(self, lon: ArrayLike, lat: ArrayLike) -> pd.Series[str]:
        """Name the hexagon of each point; None where a coordinate is missing or impossible.

        Parameters
        ----------
        lon, lat
            WGS-84 degrees, 1-D and of one length.
        """
        x, y, known = columns(lon, lat)
        if known.any() and not known.all():  # what is missing must not look far away
            x[~known], y[~known] = x[known.argmax()], y[known.argmax()]
        near = np.zeros(0, dtype=np.int64)
        if worthwhile(x, y, self.resolution):
            near = shared_keys(x, y, self.resolution)
        if not near.size:
            return series(distinct(self._asked(x, y), _names), known=known, like=lon)
        rows, _ = pd.factorize(near)
        first = np.empty(int(rows.max()) + 1, dtype=np.int64)
        first[rows[::-1]] = np.arange(x.size)[::-1]
        names = _names(self._asked(x[first], y[first]))[rows]
        alone = np.flatnonzero(near == UNKNOWN)
        names[alone] = _names(self._asked(x[alone], y[alone]))
        return series(names, known=known, like=lon)

    def centre(self, ids: Iterable[str]) -> tuple[Floats, Floats]:
        """Return WGS-84 lon and lat of the cells' centres."""
        pairs = [basic_str.cell_to_latlng(id_) for id_ in self._checked(ids)]
        lat, lon = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        return lon, lat

    def polygon_lonlat(self, ids: Iterable[str]) -> Objects:
        """Return the cells as shapely polygons in WGS-84 degrees, counter-clockwise.

        A cell across 180° is in one piece, part of its longitudes beyond 180; a cell around a pole
        reaches up to it.
        """
        shapes = [_shape(basic_str.cell_to_boundary(id_)) for id_ in self._checked(ids)]
        found = np.empty(len(shapes), dtype=object)
        found[:] = shapes
        return found

    def parent(self, ids: Iterable[str]) -> Objects:
        """Return the cells one resolution coarser; None at resolution 0."""
        values = self._checked(ids)
        top = self.resolution == RESOLUTIONS[0]
        found = [None if top else basic_str.cell_to_parent(id_) for id_ in values]
        return np.array(found, dtype=object)

    def children(self, id_: str) -> tuple[str, ...]:
        """List the cells one resolution finer, sorted; none at resolution 15."""
        self._checked([id_])
        if self.resolution == RESOLUTIONS[-1]:
            return ()
        return tuple(sorted(basic_str.cell_to_children(id_)))

    def neighbours(self, id_: str, *, reach: int = 1) -> tuple[str, ...]:
        """List the cells within *reach* steps over a side, sorted, without the cell itself."""
        self._checked([id_])
        return tuple(sorted(set(basic_str.grid_disk(id_, reach)) - {id_}))

    def coarser(self) -> H3Grid | None:
        """Return the grid one resolution coarser."""
        coarse = self.resolution - 1
        return H3Grid(resolution=coarse) if coarse in RESOLUTIONS else None

    def finer(self) -> H3Grid | None:
        """Return the grid one resolution finer."""
        fine = self.resolution + 1
        return H3Grid(resolution=fine) if fine in RESOLUTIONS else None

    def _asked(self, lon: Floats, lat: Floats) -> Ints:
        """Ask the library for the number of each point's cell."""
        found = map(basic_int.latlng_to_cell, lat.tolist(), lon.tolist(), repeat(self.resolution))
        return np.asarray(np.fromiter(found, dtype=np.int64, count=lon.size))

    def _checked(self, ids: Iterable[str]) -> list[str]:
        values = list(ids)
        bad = tuple(id_ for id_ in values if not self._own(id_))
        if bad:
            raise CellIdError(values=bad[:5], grid=f"H3 resolution {self.resolution}")
        return values

    def _own(self, id_: object) -> bool:
        if not (isinstance(id_, str) and _ID.fullmatch(id_) and basic_str.is_valid_cell(id_)):
            return False
        return bool(basic_str.get_resolution(id_) == self.resolution)


def _names(keys: Ints) -> Objects:
    """Write keys as h3 does: fifteen hexadecimal digits."""
    text = keys.astype(">i8").tobytes().hex()
    return np.array([text[i + 1 : i + 16] for i in range(0, len(text), 16)], dtype=object)


def _shape(corners: Sequence[tuple[float, float]]) -> shapely.Polygon:
    lat, lon = np.array([*corners, corners[0]]).T
    steps = (np.diff(lon) + 180) % 360 - 180
    lon = lon[0] + np.concatenate([[0.0], np.cumsum(steps)])
    ring = np.column_stack([lon, lat])
    if abs(lon[-1] - lon[0]) > 180:  # once around the Earth: a pole is inside
        pole = np.copysign(90.0, lat.mean())
        ring = np.vstack([ring, [[lon[-1], pole], [lon[0], pole]]])
    return shapely.orient_polygons(shapely.Polygon(ring))
