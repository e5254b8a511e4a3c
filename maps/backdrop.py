"""What lies below the routes of a week on paper: towns and roads, cut to a sheet's window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """What lies below the route, WGS-84: the same for every sheet of the week.

    Attributes
    ----------
    towns
        (name, polygon) in the order in which they are painted.
    roads
        (class or speed in km/h, line). Classes are those of OpenStreetMap or national, provincial,
        county, township, village.
    credits
        Whom the roads are owed to, where their licence wants it said.
    """

    towns: tuple[tuple[str, BaseGeometry], ...] = ()
    roads: tuple[tuple[str | float, BaseGeometry], ...] = ()
    credits: str = ""
    _trees: dict[str, shapely.STRtree] = field(default_factory=dict, repr=False, compare=False)

    def seen(self, kind: str, window: BaseGeometry) -> list[tuple[Any, BaseGeometry]]:
        """Return the ``towns`` or ``roads`` inside *window*, cut to it, in their order."""
        rows: tuple[tuple[Any, BaseGeometry], ...] = getattr(self, kind)
        if kind not in self._trees:
            self._trees[kind] = shapely.STRtree([geometry for _, geometry in rows])
        found = np.sort(self._trees[kind].query(window))
        cut = shapely.intersection(self._trees[kind].geometries[found], window)
        kept = ~shapely.is_empty(cut)
        return [(rows[i][0], shape) for i, shape in zip(found[kept], cut[kept], strict=True)]
