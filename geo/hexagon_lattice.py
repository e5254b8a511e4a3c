"""Which points share a hexagon, worked out for whole columns; what H3 calls it, H3 is asked once.

H3 projects the Earth onto the twenty faces of an icosahedron (gnomonic: great circles become
straight lines) and lays a lattice of hexagons over each. Rounding to that lattice is arithmetic on
columns. A point closer than a millionth of a hexagon's width to a side, or to another face, is left
to the library, so that every answer is the library's own.

Source: the description of H3's coordinate systems, https://h3geo.org/docs/core-library/coordsystems.
The corners of the icosahedron are the centres of the twelve pentagons, asked of the library.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from h3.api import basic_str

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

UNKNOWN = -1
"""Key of a point that the library has to be asked about."""

_CHUNK = 8_192  # rows at once: the temporaries stay in the processor's cache
_TURN = np.arcsin(np.sqrt(3 / 28))  # from one resolution to the next
_SIDE = 1e-6  # of a hexagon's width
_FACE = 1e-9
_HALF = 1 << 30  # columns and rows of a lattice are below 2^24 at resolution 15


def worthwhile(lon: Floats, lat: Floats, resolution: int) -> bool:
    """Tell whether points lie so close together that most hexagons hold several."""
    if lon.size < 2_000:
        return False
    low, high = np.sin(np.radians([lat.min(), lat.max()]))
    share = (lon.max() - lon.min()) / 360 * (high - low) / 2
    return bool(share * basic_str.get_num_cells(resolution) < lon.size / 2)


def shared_keys(lon: Floats, lat: Floats, resolution: int) -> Ints:
    """Return one key a point: equal keys are one hexagon, :data:`UNKNOWN` is left to H3.

    Only the face around the first point is looked at.
    """
    place = _vectors(lon[:1], lat[:1])[:, 0]
    centre, east, north, beyond = _axes(int(np.argmax(_faces()[0] @ place)), resolution)
    keys = np.empty(lon.size, dtype=np.int64)
    for start in range(0, lon.size, _CHUNK):
        rows = slice(start, start + _CHUNK)
        points = _vectors(lon[rows], lat[rows])
        depth = centre @ points
        key, sure = _rounded((east @ points) / depth, (north @ points) / depth)
        for side in beyond:
            sure &= side @ points > _FACE
        keys[rows] = np.where(sure, key, UNKNOWN)
    return keys


def _vectors(lon: Floats, lat: Floats) -> Floats:
    x, y = np.radians(lon), np.radians(lat)
    flat = np.cos(y)
    return np.stack([flat * np.cos(x), flat * np.sin(x), np.sin(y)])


def _rounded(x: Floats, y: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """Round to the nearest point of the lattice; tell which points are well inside its hexagon."""
    r = y * (2 / np.sqrt(3))
    q = x - r / 2
    col, row = np.rint(q), np.rint(r)
    a, b = q - col, r - row
    step = np.rint(a + b)  # not 0 where the three axes disagree: the one farthest off gives way
    along, across, third = np.abs(a), np.abs(b), np.abs(a + b - step)
    col += np.where((along > across) & (along > third), step, 0.0)
    row += np.where((across >= along) & (across > third), step, 0.0)
    a, b = q - col, r - row
    widest = np.maximum(np.maximum(np.abs(a - b), np.abs(a + 2 * b)), np.abs(2 * a + b))
    key = (row.astype(np.int64) + _HALF << 32) + col.astype(np.int64) + _HALF
    return key, widest < 1 - _SIDE


@cache
def _faces() -> tuple[Floats, Floats]:
    """Return the unit vectors of the faces' centres and of one corner of each."""
    spots = [basic_str.cell_to_latlng(id_) for id_ in sorted(basic_str.get_pentagons(0))]
    lat, lon = np.array(spots).T
    corners = _vectors(lon, lat).T
    near = corners @ corners.T > 0  # neighbouring corners are 63.4° apart, others 116.6° or more
    triples = [
        triple for triple in combinations(range(12), 3)
        if all(near[pair] for pair in combinations(triple, 2))
    ]  # fmt: skip
    middles = np.array([corners[list(triple)].sum(axis=0) for triple in triples])
    middles /= np.linalg.norm(middles, axis=1)[:, None]
    return middles, corners[[triple[0] for triple in triples]]


@cache
def _axes(face: int, resolution: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centre and scaled axes of a face's lattice, and the planes to its neighbours."""
    middles, corners = _faces()
    centre, corner = middles[face], corners[face]
    depth = float(centre @ corner)
    arm = corner / depth - centre  # from the centre to a corner: two hexagons at resolution 0
    scale = 2 / float(np.linalg.norm(arm)) * 7 ** (resolution / 2)
    east = arm / np.linalg.norm(arm)
    north = np.cross(centre, east)
    turn = _TURN if resolution % 2 else 0.0
    across = np.cos(turn) * east + np.sin(turn) * north
    up = np.cos(turn) * north - np.sin(turn) * east
    others = middles[np.argsort(-(middles @ centre))[1:4]]
    return centre, scale * across, scale * up, centre - others
