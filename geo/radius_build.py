"""Work out the radius of every place, once per edition of the gazetteer.

``python -m geo.radius_build`` writes ``geo/data/radius.npz`` from the gazetteer and from the
fitted figures of ``geo/data/radius.toml``.

A *spacing* is how far apart neighbours are. That of towns is the mean distance from a seat to the
three nearest seats of its prefecture. That of villages is the side of the square that is one
village's share of the land: from the distance to the fourth nearest village point of the county,
which has a share of the county's villages only. Where a county has few points it is taken from the
spacing of towns. Everything is in kilometres on a plane around the prefecture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from geo.gazetteer import Gazetteer
from geo.radius import TABLE, fitted, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_KM = 111.195
_FOURTH = 4
_OFFSETS = np.array((0.15, 0.3, 0.45, 0.65, 0.9, 1.2))
"""Distances of sites from the seat of their town in its spacings: six equal shares of them."""
_ANGLES = np.arange(8) * np.pi / 4
_MEDIAN_SPACING_KM = 8.0  # where a prefecture has a single seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A prefecture on its plane: its places in kilometres, NaN where they have no point.

    ``uppers`` are itself and its counties; ``town_of`` is the place of each village's town among
    the towns.
    """

    uppers: Sequence[str]
    upper_xy: Floats
    towns: Sequence[str]
    town_xy: Floats
    streets: NDArray[np.bool_]
    villages: Sequence[str]
    village_xy: Floats
    town_of: NDArray[np.int64]


def area_of(gazetteer: Gazetteer, prefecture: str) -> Area:
    """Read one prefecture of the gazetteer (code of four digits)."""
    uppers = (gazetteer.place(prefecture), *gazetteer.children(prefecture))
    towns = [town for county in uppers[1:] for town in gazetteer.towns(county.code)]
    villages = gazetteer.villages(prefecture)
    index = {town.code: i for i, town in enumerate(towns)}
    points = [_degrees(places) for places in (uppers, towns, villages)]
    latitudes = np.concatenate(points)[:, 1]
    middle = float(np.median(latitudes[np.isfinite(latitudes)])) if latitudes.size else 0.0
    scale = np.array((_KM * np.cos(np.radians(middle)), _KM))
    upper_xy, town_xy, village_xy = (one * scale for one in points)
    return Area(
        uppers=[one.code for one in uppers], upper_xy=upper_xy,
        towns=[one.code for one in towns], town_xy=town_xy,
        streets=np.array(["街道" in one.name for one in towns], dtype=bool),
        villages=[one.code for one in villages], village_xy=village_xy,
        town_of=np.array([index[one.code[:9]] for one in villages], dtype=np.int64),
    )  # fmt: skip


def _degrees(places: Sequence[object]) -> Floats:
    rows = [(getattr(place, "lon", None), getattr(place, "lat", None)) for place in places]
    return np.array(rows, dtype=float).reshape(-1, 2)


def town_spacing(area: Area) -> Floats:
    """Return the spacing of towns at every seat, km; the prefecture's median without a seat."""
    found = np.full(len(area.towns), np.nan)
    known = np.isfinite(area.town_xy[:, 0])
    seats = area.town_xy[known]
    if len(seats) > 1:
        found[known] = _nearest(seats, seats, min(_FOURTH, len(seats)))[:, 1:].mean(axis=1)
    typical = float(np.median(found[known])) if len(seats) > 1 else _MEDIAN_SPACING_KM
    return np.where(np.isfinite(found), found, typical)


def _nearest(spots: Floats, of: Floats, count: int) -> Floats:
    """Return the distances to the nearest *count* spots, one row for each point of *of*."""
    return np.asarray(cKDTree(spots).query(of, k=count)[0], dtype=float)


def village_spacing(area: Area, towns: Floats) -> Floats:
    """Return the spacing of villages at every village that has a point, km."""
    figures = fitted()["village"]
    sizes = np.bincount(area.town_of, minlength=len(area.towns))
    share = towns / np.sqrt(np.maximum(sizes, 1))
    found = share[area.town_of] * figures["town_reach"] / figures["reach"]
    county_of = np.array([code[:6] for code in area.villages])
    for county in sorted(set(county_of)):
        inside = county_of == county
        known = inside & np.isfinite(area.village_xy[:, 0])
        spots = np.unique(area.village_xy[known].round(2), axis=0)
        if len(spots) < figures["least_points"]:
            continue
        # A point's own spot is the first of the nearest.
        near = _nearest(spots, area.village_xy[known], _FOURTH + 1)[:, _FOURTH]
        covered = len(spots) / inside.sum()
        found[known] = near * np.sqrt(np.pi * covered / _FOURTH)
    return np.where(np.isfinite(area.village_xy[:, 0]), found, np.nan)


def believed(area: Area, towns: Floats) -> NDArray[np.bool_]:
    """Tell which village points are likely to be their own village's.

    Not those that several villages share, which is where a search gave up, nor those far from the
    seat. The share of points with only other towns' villages for their four neighbours grows with
    the distance: 1-3 % up to one spacing of towns, 14 % beyond one and a half, 40 % beyond two.
    """
    known = np.isfinite(area.village_xy[:, 0])
    spots = area.village_xy.round(2)
    _, place, count = np.unique(spots[known], axis=0, return_inverse=True, return_counts=True)
    alone = np.zeros(len(known), dtype=bool)
    alone[known] = count[place.ravel()] == 1
    far = _from_seat(area) > fitted()["village"]["far"] * towns[area.town_of]
    return alone & ~far


def _from_seat(area: Area) -> Floats:
    gap = area.village_xy - area.town_xy[area.town_of]
    return np.asarray(np.hypot(gap[:, 0], gap[:, 1]), dtype=float)


def town_radius(area: Area, towns: Floats) -> Floats:
    """Return the radius of every town, km."""
    figures = fitted()["town"]
    reach = np.where(area.streets, figures["street_reach"], figures["reach"])
    return np.asarray(reach * towns + figures["plus_m"] / 1000, dtype=float)


def village_radius(
    area: Area, towns: Floats, spacing: Floats, fine: NDArray[np.bool_], around: Floats
) -> Floats:
    """Return the radius of every village with a point, km.

    Around a point that is not believed the whole town counts: the village is somewhere in it.
    """
    figures = fitted()["village"]
    land = np.maximum(figures["reach"] * spacing, figures["floor_m"] / 1000)
    # The point may be the seat's own; without a seat the town's radius alone is known.
    wide = np.nan_to_num(_from_seat(area)) + around[area.town_of]
    found = np.where(fine, np.minimum(land, wide), wide)
    return np.where(np.isfinite(area.village_xy[:, 0]), found, np.nan)


def upper_radius(area: Area, towns: Floats) -> Floats:
    """Return the radius of the prefecture and its counties, km.

    Of sites drawn around all seats in it, by the number of their villages.
    """
    sizes = np.maximum(np.bincount(area.town_of, minlength=len(area.towns)), 1)
    found = np.full(len(area.uppers), np.nan)
    for place, code in enumerate(area.uppers):
        own = np.array([town.startswith(code) for town in area.towns], dtype=bool)
        own &= np.isfinite(area.town_xy[:, 0])
        if not own.any() or not np.isfinite(area.upper_xy[place, 0]):
            continue
        gap = area.town_xy[own] - area.upper_xy[place]
        away = np.hypot(gap[:, 0], gap[:, 1])[:, None, None]
        step = (_OFFSETS * towns[own][:, None])[:, :, None]
        sites = np.hypot(away + step * np.cos(_ANGLES), step * np.sin(_ANGLES))
        weight = np.broadcast_to(sizes[own][:, None, None], sites.shape).ravel()
        order = np.argsort(sites.ravel(), kind="stable")
        total = np.cumsum(weight[order])
        at = order[np.searchsorted(total, 0.95 * total[-1])]
        found[place] = fitted()["county"]["reach"] * sites.ravel()[at]
    return found


def radii_of(area: Area) -> dict[str, float]:
    """Return the radius of every place of a prefecture that has a point, metres by code."""
    towns = town_spacing(area)
    spacing, fine = village_spacing(area, towns), believed(area, towns)
    around = town_radius(area, towns)
    village = village_radius(area, towns, spacing, fine, around)
    known = np.isfinite(area.town_xy[:, 0])
    pairs = (
        (area.uppers, upper_radius(area, towns)),
        (area.towns, np.where(known, around, np.nan)),
        (area.villages, village),
    )
    return {
        code: round(float(km) * 1000, 1)
        for codes, found in pairs
        for code, km in zip(codes, found, strict=True)
        if np.isfinite(km)
    }


def build() -> None:
    """Write the table of the shipped gazetteer."""
    gazetteer = Gazetteer.load()
    radii: dict[str, float] = {}
    for place in gazetteer:
        if len(place.code) == 4 and place.lon is not None:
            radii |= radii_of(area_of(gazetteer, place.code))
    np.savez_compressed(TABLE, **packed(radii))


if __name__ == "__main__":
    build()
