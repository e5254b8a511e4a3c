"""Areas that somebody has drawn: brought in order, joined to codes, completed where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import crs as datums
from geo.names import normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyproj
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Objects = NDArray[np.object_]

MOST_OVERLAP = 0.02
"""Share of the smaller of two areas that both may claim: borders digitised twice differ by that
much, anything beyond is a mistake of the drawing (product choice)."""

_SLIVER_M2 = 100.0  # below that an overlap or a gap is rounding


class Overlap(NamedTuple):
    """Two areas that claim the same ground, in hectares, and the share of the smaller one."""

    one: str
    other: str
    hectares: float
    share: float


class AreaOverlapError(ValueError):
    """Drawn areas that overlap by more than :data:`MOST_OVERLAP`; ``rows`` are the pairs."""

    code = "areas_overlap"

    def __init__(self, *, rows: tuple[Overlap, ...], file: str) -> None:
        super().__init__(f"{file}: {len(rows)} pairs of areas overlap")
        self.rows = rows
        self.file = file
        first = rows[0]
        self.one, self.other = first.one, first.other
        self.hectares = first.hectares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """Areas of one level, drawn ones first of all.

    Attributes
    ----------
    areas
        Columns id, name, approximate and geometry, WGS-84, sorted by id, without overlaps.
    cut
        Small overlaps that were given to the first of both.
    filled
        Ids that nobody has drawn and that got an approximate area.
    without
        Ids that nobody has drawn and for which nothing is left.
    gap_km2
        Part of the county that no area covers.
    """

    areas: gpd.GeoDataFrame
    cut: tuple[Overlap, ...]
    filled: tuple[str, ...]
    without: tuple[str, ...]
    gap_km2: float


def join_codes(
    codes: Sequence[str],
    names: Sequence[str],
    *,
    known: Mapping[str, str],
    level: str,
    look_up: Callable[[str], str],
) -> list[str | None]:
    """Return the id that each drawn area stands for, None where it fits none.

    A code counts first, also with the zeros of lower levels behind it; then the very name; then
    the name with another kind of word behind it (便江镇 for 便江街道), if one place alone is called
    so; then what *look_up* answers (old names, misspelt ones).

    Parameters
    ----------
    known
        Name of every area of this level by id.
    level
        ``town`` or ``village``.
    look_up
        Name in, code out, empty where there is none.
    """
    by_name = _only({id_: normalise(name) for id_, name in known.items()})
    by_stem = _only({id_: stem_of(normalise(n), level).stem for id_, n in known.items()})
    found: list[str | None] = []
    for code, name in zip(codes, names, strict=True):
        plain = normalise(name)
        choices = (
            code, code.rstrip("0").ljust({"town": 9, "village": 12}[level], "0"),
            by_name.get(plain, ""), by_stem.get(stem_of(plain, level).stem, "") if plain else "",
        )  # fmt: skip
        own = next((one for one in choices if one and one in known), None)
        if own is None and plain:
            answer = look_up(name)
            own = answer if answer in known else None
        found.append(own)
    return found


def _only(words: Mapping[str, str]) -> dict[str, str]:
    """Return word -> id for the words that stand for one id alone."""
    counts = pd.Series(list(words.values()), dtype=object).value_counts()
    return {word: id_ for id_, word in words.items() if word and counts[word] == 1}


def settle(
    drawn: gpd.GeoDataFrame,
    approximate: gpd.GeoDataFrame,
    *,
    county: BaseGeometry,
    crs: pyproj.CRS,
    file: str = "",
) -> Settled:
    """Put drawn areas first and fill in what they leave with approximate ones.

    Parameters
    ----------
    drawn, approximate
        Columns id, name and geometry, WGS-84. Drawn rows of one id are one area.
    county
        Its outline, WGS-84: what no area covers is measured against it.
    crs
        Metric projection.
    file
        Where the drawn areas are from, for errors.

    Raises
    ------
    AreaOverlapError
        If two drawn areas share more than :data:`MOST_OVERLAP` of the smaller one.
    """
    own = drawn.dissolve("id", as_index=False, sort=True) if len(drawn) else drawn
    shapes = _moved(own.geometry.to_numpy(), crs)
    labels = [str(name or id_) for id_, name in zip(own["id"], own["name"], strict=True)]
    cut = _overlaps(shapes, labels)
    gross = tuple(one for one in cut if one.share > MOST_OVERLAP)
    if gross:
        raise AreaOverlapError(rows=gross, file=file)
    shapes = _apart(shapes)
    taken = shapely.union_all(shapes)
    open_ = approximate[~approximate["id"].isin(set(own["id"]))]
    rest = shapely.difference(_moved(open_.geometry.to_numpy(), crs), taken)
    rest = np.array([_whole(shape) for shape in rest], dtype=object)
    room = shapely.area(rest) > _SLIVER_M2 if len(rest) else np.zeros(0, bool)
    ids = open_["id"].to_numpy(object)
    areas = gpd.GeoDataFrame(
        {
            "id": [*own["id"], *ids[room]],
            "name": [*own["name"], *open_["name"].to_numpy(object)[room]],
            "approximate": [False] * len(own) + [True] * int(room.sum()),
        },
        geometry=list(_back(np.concatenate([shapes, rest[room]]), crs)),
        crs="EPSG:4326",
    )
    covered = shapely.union_all([taken, *rest[room]])
    gap = shapely.difference(_moved(np.array([county], dtype=object), crs)[0], covered)
    return Settled(
        areas=areas.sort_values("id", kind="stable", ignore_index=True),
        cut=cut,
        filled=tuple(map(str, ids[room])),
        without=tuple(map(str, ids[~room])),
        gap_km2=round(float(shapely.area(gap)) / 1e6, 2),
    )


def _overlaps(shapes: Objects, labels: Sequence[str]) -> tuple[Overlap, ...]:
    """Return pairs that share more than rounding, the worst first."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    least = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other]))
    found = [
        Overlap(labels[a], labels[b], round(float(m2) / 1e4, 2), float(m2 / of))
        for a, b, m2, of in zip(one.tolist(), other.tolist(), shared, least, strict=True)
        if m2 > _SLIVER_M2
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other)))


def _apart(shapes: Objects) -> Objects:
    """Give ground that two areas claim to the first of them."""
    kept = shapes.copy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    order = np.lexsort((other, one))
    for first, second in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if first < second:
            kept[second] = _whole(shapely.difference(kept[second], kept[first]))
    return kept


def _whole(shape: BaseGeometry) -> BaseGeometry:
    """Keep the parts that have an area."""
    parts: Iterable[BaseGeometry] = shapely.get_parts(shape).tolist()
    return shapely.union_all([part for part in parts if shapely.area(part) > 0])


def _moved(shapes: Objects, crs: pyproj.CRS) -> Objects:
    """Project shapes to metres, in a plain array; invalid ones are mended."""
    moved = shapely.transform(
        np.asarray(shapes, dtype=object),
        lambda xy: np.column_stack(datums.project(xy[:, 0], xy[:, 1], crs)),
    )
    return np.asarray(shapely.make_valid(moved), dtype=object)


def _back(shapes: Objects, crs: pyproj.CRS) -> Objects:
    moved = shapely.transform(
        shapes, lambda xy: np.column_stack(datums.unproject(xy[:, 0], xy[:, 1], crs))
    )
    return np.asarray(shapely.make_valid(moved), dtype=object)
