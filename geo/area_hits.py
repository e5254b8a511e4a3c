"""How good drawn town areas are: villages left out of the drawing, and the town they fall into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo import crs as datums
from geo.areas import OUTSIDE_M, own_villages

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRate:
    """What leaving points out shows of one county.

    Attributes
    ----------
    county
        The first six digits of its towns' codes, empty where towns have no such codes.
    points
        Village points that the drawing uses.
    right
        Those that fall into their own town when their own point is not used.
    by_seats
        Those whose nearest seat is that of their own town.
    doubtful
        Village points that are not used: too far from their town's seat or outside the county.
    """

    county: str
    points: int
    right: int
    by_seats: int
    doubtful: int

    @property
    def villages_help(self) -> bool:
        """Whether village points make the areas better than seats alone (often they do not)."""
        return self.right > self.by_seats

    @property
    def best(self) -> int:
        """Points that fall into their own town in the better of both drawings."""
        return max(self.right, self.by_seats)

    @property
    def share(self) -> float | None:
        """Share of :attr:`best` in all points; None where there is no point."""
        return self.best / self.points if self.points else None


def hit_rates(
    county: BaseGeometry, seats: pd.DataFrame, *, villages: pd.DataFrame, crs: pyproj.CRS
) -> tuple[HitRate, ...]:
    """Measure :func:`geo.areas.town_polygons` by leaving out one village after the other.

    A village left out goes to the town of the nearest point that remains: another village point or
    a seat. Other villages at the very same place are left out with it, for they would give the
    answer away. Doubtful points are no part of the measure, as nobody knows where those villages
    are; their number says how much was not measured.

    Parameters
    ----------
    county, seats, villages, crs
        As in :func:`geo.areas.town_polygons`.

    Returns
    -------
    tuple of HitRate
        One for every county among the towns, by code.
    """
    known = seats[["id", "lon", "lat"]].dropna()
    kept = _inside(own_villages(known, villages, crs=crs), county, crs=crs)
    towns, owner = known["id"].to_numpy(object), kept["id"].to_numpy(object)
    seat_at, at = _metres(known, crs), _metres(kept, crs)
    right, by_seats = np.zeros(len(kept), bool), np.zeros(len(kept), bool)
    if len(known) and len(kept):
        _, nearest = cKDTree(seat_at).query(at)
        by_seats = towns[nearest] == owner
        right = _left_out(seat_at, at, towns=towns, owner=owner) == owner
    claimed = villages[villages["town"].isin(set(towns.tolist()))][["town", "lon", "lat"]].dropna()
    counts = pd.DataFrame(
        {"county": [county_of(id_) for id_ in owner], "right": right, "by_seats": by_seats}
    )
    every = pd.Series([county_of(id_) for id_ in claimed["town"]], dtype=object).value_counts()
    return tuple(
        HitRate(
            county=code, points=len(rows), right=int(rows["right"].sum()),
            by_seats=int(rows["by_seats"].sum()), doubtful=int(every.get(code, 0)) - len(rows),
        )
        for code in sorted({county_of(id_) for id_ in towns})
        for rows in [counts[counts["county"] == code]]
    )  # fmt: skip


def _left_out(
    seat_at: Floats, at: Floats, *, towns: NDArray[np.object_], owner: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return the town of the nearest point that is neither the village's own nor at its place."""
    places, which, first = _distinct(seat_at, at)
    owners = np.concatenate([towns, owner])[first]
    of_seat = first < len(seat_at)  # a seat stays in the drawing whoever else is there
    mine = which[len(seat_at) :]
    # With one place alone, a seat's, the second nearest is the number of places: never looked at.
    near: Ints = np.asarray(cKDTree(places).query(at, k=2)[1], dtype=np.int64)
    other = np.where(near[:, 0] == mine, near[:, 1], near[:, 0]).clip(max=len(places) - 1)
    return np.asarray(owners[np.where(of_seat[mine], mine, other)], dtype=object)


def _distinct(seat_at: Floats, at: Floats) -> tuple[Floats, Ints, Ints]:
    """Return distinct places, the place of every point, and the first point at each."""
    points = np.round(np.concatenate([seat_at, at]))
    places, first, which = np.unique(points, axis=0, return_index=True, return_inverse=True)
    return places, which.ravel(), first


def _inside(villages: pd.DataFrame, county: BaseGeometry, *, crs: pyproj.CRS) -> pd.DataFrame:
    shape = shapely.transform(
        shapely.make_valid(county),
        lambda xy: np.column_stack(datums.project(xy[:, 0], xy[:, 1], crs)),
    )
    points = np.asarray(shapely.points(_metres(villages, crs)), dtype=object)
    return villages[shapely.dwithin(shape, points, OUTSIDE_M)] if len(villages) else villages


def _metres(points: pd.DataFrame, crs: pyproj.CRS) -> Floats:
    x, y = datums.project(points["lon"].to_numpy(float), points["lat"].to_numpy(float), crs)
    return np.column_stack([x, y])


def county_of(code: object) -> str:
    """Return the first six digits of a town's or village's code, empty for any other code."""
    text = str(code)
    return text[:_COUNTY_DIGITS] if text.isdigit() and len(text) > _COUNTY_DIGITS else ""
