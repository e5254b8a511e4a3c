"""Blind spots: cells and villages with objects in them and no visit in the period."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.rows import records
from xunge.zone_layers import CERTAIN_M

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd

YEAR = 365
"""Days without a visit that make a blind spot on the map of a week (product choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """A cell or village with objects, none of which was visited in the period.

    ``id`` is the cell or the code of the village, ``town`` the code of a town; ``weight`` sums the
    weights of risk grades, ``never`` counts objects never visited at all, ``last`` is the last
    visit to any of them.
    """

    id: str
    town: str
    objects: int
    weight: int
    never: int
    last: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpots:
    """Blind cells and villages, the most risk first.

    ``cells_used`` and ``villages_used`` have objects at all; ``vague`` counts the objects that are
    in no cell, ``nowhere`` those in no village, because their place is not known well enough.
    """

    cells: tuple[BlindSpot, ...]
    villages: tuple[BlindSpot, ...]
    cells_used: int
    villages_used: int
    vague: int
    nowhere: int


def blind_spots(
    objects: pd.DataFrame,
    visits: pd.DataFrame,
    *,
    since: dt.date,
    weights: Mapping[str, int],
) -> BlindSpots:
    """Find where nobody was from *since* on.

    Parameters
    ----------
    objects
        Rows of :func:`xunge.objects.objects` that are to be watched.
    visits
        Frame of :func:`layers.cases.visits_as_of`.
    weights
        Weight of the risk of each object.

    Notes
    -----
    A cell counts objects whose place is known to 2 km, a village those known to lie in it: a town's
    middle, where all stand whose village is unknown, is no blind spot.
    """
    last = {str(id_): day for id_, day in visits.groupby("object")["date"].max().items()}
    sure = objects[objects["radius_m"].astype(float) <= CERTAIN_M]

    def found(rows: pd.DataFrame, key: str) -> tuple[tuple[BlindSpot, ...], int]:
        members: dict[str, list[Mapping[str, Any]]] = {}
        for row in records(rows):
            if row[key]:
                members.setdefault(str(row[key]), []).append(row)
        spots = [_spot(place, own, last, weights) for place, own in members.items()]
        blind = [spot for spot in spots if spot.last is None or spot.last < since]
        return tuple(sorted(blind, key=lambda spot: (-spot.weight, spot.id))), len(members)

    cells, villages = found(sure, "cell"), found(objects, "village_code")
    return BlindSpots(
        cells=cells[0], cells_used=cells[1], villages=villages[0], villages_used=villages[1],
        vague=len(objects) - int(sure["cell"].map(bool).sum()),
        nowhere=int((~objects["village_code"].map(bool)).sum()),
    )  # fmt: skip


def _spot(
    place: str,
    members: list[Mapping[str, Any]],
    last: Mapping[str, dt.date],
    weights: Mapping[str, int],
) -> BlindSpot:
    seen = [last[row["id"]] for row in members if row["id"] in last]
    towns = Counter(str(row["town_code"]) for row in members if row["town_code"])
    return BlindSpot(
        id=place, town=min(towns, key=lambda code: (-towns[code], code), default=""),
        objects=len(members), weight=sum(weights[row["id"]] for row in members),
        never=len(members) - len(seen), last=max(seen, default=None),
    )  # fmt: skip
