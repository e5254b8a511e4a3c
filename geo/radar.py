"""Closed and started again: what is found near a closed site, or shares a name with one.

Two places are known to within their radii only (95 % circles). What counts is not their distance on
paper but the chance that the true places lie within reach of each other: with errors that are
normal and independent, the true distance follows a Rice distribution. A place that is known to a
town alone is near nothing for certain, however close its point falls.

Names, plates and codes are compared, never handed on: a hit says by what two things match, not
what it reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import ncx2

from geo.crs import project, working_crs
from layers.cells import fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SIGMAS = 2.4477
"""Radius of the circle that holds 95 % of a round normal error, in standard deviations."""
_FAR = 3.0  # deviations beyond reach at which nothing is near any more
_NOBODY = re.compile(r"[某*×?？]|xx|不详|不明|未知|待查|匿名|unknown|^无$|^none$|^n/?a$")
_SIGNS = re.compile(r"[^\w]|_")
_LEAST = {"person": 2, "plate": 5, "supplier": 3, "enterprise": 1, "named": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A site or a report, with what may tell that it is an old one.

    Attributes
    ----------
    on
        Day it was found or received; for closed sites the day of the closing.
    lon, lat, radius_m
        Place and its 95 % radius; not a number where it has none.
    marks
        What it shares with others, by kind: ``person``, ``plate``, ``supplier``, ``enterprise``.
        ``named`` holds the ids that it names itself, with blanks between them.
    """

    id: str
    on: dt.date
    lon: float
    lat: float
    radius_m: float
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def placed(self) -> bool:
        """Tell whether it has a place and a radius."""
        return all(map(isfinite, (self.lon, self.lat, self.radius_m)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something new that is probably a closed site at work again.

    Attributes
    ----------
    new, closed
        Ids.
    days
        Days from the closing.
    matches
        By what they match, in the order of ``place, named, plate, enterprise, person, supplier``.
    distance_m, radius_m, chance
        Distance of the points, radius of both errors together, and how likely the true places are
        within reach; None where one of them has no place.
    """

    new: str
    closed: str
    days: int
    matches: tuple[str, ...]
    distance_m: float | None
    radius_m: float | None
    chance: float | None


ORDER = ("place", "named", "plate", "enterprise", "person", "supplier")


def chance_within(
    reach_m: float, *, distance_m: ArrayLike, one_m: ArrayLike, other_m: ArrayLike
) -> Floats:
    """Return the chance that two places are within *reach_m*, from their points and 95 % radii."""
    distance = np.asarray(distance_m, dtype=float)
    sigma = np.hypot(one_m, other_m) / SIGMAS
    with np.errstate(divide="ignore", invalid="ignore"):
        known = ncx2.cdf((reach_m / sigma) ** 2, 2, (distance / sigma) ** 2)
    return np.asarray(np.where(sigma > 0, known, distance <= reach_m), dtype=float)


def sweep(
    closed: Sequence[Sighting],
    new: Sequence[Sighting],
    *,
    reach_m: float,
    chance: float,
    most_days: int,
    matches: Sequence[str],
) -> list[Hit]:
    """Return what of *new* matches a site closed before it, by day and id, best match first.

    Parameters
    ----------
    reach_m, chance
        Near is what is within reach with at least this chance.
    most_days
        Days after a closing on which anything still counts.
    matches
        Which of :data:`ORDER` to look at; ``named`` always counts.
    """
    near = dict(_near(closed, new, reach_m=reach_m, chance=chance)) if "place" in matches else {}
    pairs = {pair: ["place"] for pair in near}
    for kind in ORDER[1:]:
        if kind == "named" or kind in matches:
            for pair in _sharing(closed, new, kind):
                pairs.setdefault(pair, []).append(kind)
    far = _distances(closed, new, [pair for pair in pairs if pair not in near], reach_m=reach_m)
    found = []
    for (i, j), why in pairs.items():
        days = (new[j].on - closed[i].on).days
        if new[j].id == closed[i].id or not 0 < days <= most_days:
            continue
        told = near.get((i, j)) or far.get((i, j)) or (None, None, None)
        found.append(
            Hit(new=new[j].id, closed=closed[i].id, days=days, matches=tuple(why),
                distance_m=told[0], radius_m=told[1], chance=told[2])
        )  # fmt: skip
    return sorted(found, key=lambda hit: (hit.new, *_rank(hit)))


def _rank(hit: Hit) -> tuple[int, float, int, str]:
    """Put the surest match first, and of equal ones the latest closing."""
    return (-len(hit.matches), -(hit.chance or 0.0), hit.days, hit.closed)


def _sharing(
    closed: Sequence[Sighting], new: Sequence[Sighting], kind: str
) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share a mark; ``named`` is the id of the closed site itself."""
    by_mark: dict[str, list[int]] = {}
    for i, one in enumerate(closed):
        mark = fold(one.id) if kind == "named" else _mark(one, kind)
        if mark:
            by_mark.setdefault(mark, []).append(i)
    for j, other in enumerate(new):
        named = [fold(one) for one in (other.marks.get(kind) or "").split()]
        for mark in named if kind == "named" else [_mark(other, kind)]:
            for i in by_mark.get(mark, ()) if mark else ():
                yield i, j


def _mark(one: Sighting, kind: str) -> str:
    """Return a mark for comparing; empty where it names nobody in particular."""
    text = fold(one.marks.get(kind) or "")
    if kind in ("person", "supplier") and _NOBODY.search(text):
        return ""
    text = _SIGNS.sub("", text)
    return text if len(text) >= _LEAST[kind] else ""


def _metres(sightings: Sequence[Sighting], about: tuple[float, float]) -> Floats:
    lon, lat = (np.array([getattr(one, name) for one in sightings]) for name in ("lon", "lat"))
    return np.column_stack(project(lon, lat, working_crs(*about)))


def _near(
    closed: Sequence[Sighting], new: Sequence[Sighting], *, reach_m: float, chance: float
) -> Iterator[tuple[tuple[int, int], tuple[float, float, float]]]:
    """Yield the pairs within reach with distance, radius of both and chance."""
    here = [i for i, one in enumerate(closed) if one.placed]
    there = [j for j, one in enumerate(new) if one.placed]
    if not here or not there:
        return
    # Beyond this error not even points on top of each other are near with such a chance.
    blur = reach_m / np.sqrt(-2 * np.log(max(1 - chance, 1e-9)))
    old, fresh = [closed[i] for i in here], [new[j] for j in there]
    about = (old[0].lon, old[0].lat)
    tree = cKDTree(_metres(old, about))
    around = tree.query_ball_point(_metres(fresh, about), reach_m + _FAR * blur)
    pairs = [(here[i], there[k]) for k, row in enumerate(around) for i in sorted(row)]
    for pair, told in _distances(closed, new, pairs, reach_m=reach_m).items():
        if told[2] >= chance:
            yield pair, told


def _distances(
    closed: Sequence[Sighting],
    new: Sequence[Sighting],
    pairs: Sequence[tuple[int, int]],
    *,
    reach_m: float,
) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Return distance, radius of both and chance of the pairs that have places."""
    known = [(i, j) for i, j in pairs if closed[i].placed and new[j].placed]
    if not known:
        return {}
    old, fresh = [closed[i] for i, _ in known], [new[j] for _, j in known]
    about = (old[0].lon, old[0].lat)
    distance = np.hypot(*(_metres(old, about) - _metres(fresh, about)).T)
    one, other = (np.array([s.radius_m for s in side]) for side in (old, fresh))
    chance = chance_within(reach_m, distance_m=distance, one_m=one, other_m=other)
    return {
        pair: (float(d), float(r), float(c))
        for pair, d, r, c in zip(known, distance, np.hypot(one, other), chance, strict=True)
    }
