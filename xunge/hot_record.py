"""Where it is hot and where nobody was, as the week's record keeps it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo.areas import locate
from geo.crs import project
from geo.hotspot import contributors
from geo.near_repeat import near_repeat
from geo.trend import LEAST_PERIODS
from layers.rows import records
from xunge.blind import YEAR, blind_spots
from xunge.coverage import watched, weights_of
from xunge.evidence import ENOUGH_DISCOVERIES, PERIOD_DAYS, hot_rows
from xunge.rings import rings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xunge.compute import Inputs, Situation
    from xunge.evidence import Hot
    from xunge.geography import Geography

_KEPT_CELL = (
    "cell", "class", "observed", "expected", "observed_3x3", "expected_3x3", "rr", "rr_low",
    "rr_high", "dispersion", "p", "q", "chance", "cluster",
)  # fmt: skip
_GI_Q = 0.05  # of the cells that the layer of Gi* shows
_SURE_M = 300.0  # radius to which a place must be known for the test of repeats
_SIGNIFICANT = 0.05
_BLIND_SHOWN = 20


def hot_of(inputs: Inputs, situation: Situation) -> dict[str, Any]:
    """Return the hot cells with their evidence, trend, forecast, town and what was found in them.

    ``month`` are outlines of the area in which most is expected in the coming month, ``gi_star``
    of what Gi* calls hot; ``near_repeat`` says whether events bring others, ``blind`` where nobody
    was for a year.
    """
    hot, ground = situation.hot, inputs.geography
    return {
        "basis": hot.basis, "events": len(hot.events), "cells": _cells(hot, ground),
        "month": [] if hot.month is None else _outlines(hot.month),
        "periods": len(hot.ends), "period_days": PERIOD_DAYS, "least_periods": LEAST_PERIODS,
        "trends": _classes(hot), "ranked": len(hot.scores),
        "gi_star": _gi_star(hot, ground), "near_repeat": _near_repeat(hot, inputs),
        "blind": _blind(inputs),
    }  # fmt: skip


def _cells(hot: Hot, ground: Geography) -> list[dict[str, Any]]:
    rows = hot_rows(hot)
    ids = [str(row["cell"]) for row in rows]
    shapes = ground.grid.polygon_lonlat(ids)
    towns = locate(*ground.grid.centre(ids), ground.towns)
    rank = {cell: at for at, cell in enumerate(hot.scores.index, start=1)}
    cells = []
    for row, shape, town in zip(rows, shapes, towns, strict=True):
        cell = str(row["cell"])
        top = contributors(hot.events, cell=cell, grid=ground.grid)
        cells.append(
            {
                **{
                    name: round(value, 6) if isinstance(value, float) else value
                    for name, value in row.items() if name in _KEPT_CELL
                },
                "ring": shapely.get_coordinates(shape)[:-1].round(6).tolist(),
                "town": town,
                **_trend(hot, cell),
                "week": round(float(hot.scores.get(cell, 0.0)), 6), "week_rank": rank.get(cell),
                "contributors": [
                    {"object": c["object"], "events": int(c["events"]),
                     "last": c["last"].isoformat()} for c in records(top)
                ],
            }
        )  # fmt: skip
    return cells


def _trend(hot: Hot, cell: str) -> dict[str, Any]:
    """Return the class of a cell, the end of the period in which it began, and its periods."""
    if hot.trends is None:
        return {"trend": None, "since": None, "hot_periods": None}
    row = hot.trends.loc[[cell]].to_dict("records")[0]
    return {
        "trend": str(row["trend"]), "since": hot.ends[row["since"]].isoformat(),
        "hot_periods": int(row["hot_periods"]),
    }  # fmt: skip


def _classes(hot: Hot) -> dict[str, int]:
    """Count the cells of each class; cells that are hot no more among them."""
    if hot.trends is None:
        return {}
    found = Counter(str(one) for one in hot.trends["trend"] if one != "none")
    return dict(sorted(found.items()))


def _outlines(shape: shapely.geometry.base.BaseGeometry) -> list[list[list[float]]]:
    return [[list(point) for point in ring] for ring in rings_of(shape)]


def _joined(cells: Iterable[str], ground: Geography) -> list[list[list[float]]]:
    """Return the outlines of cells as one area."""
    return _outlines(shapely.union_all(ground.grid.polygon_lonlat(list(cells))))


def _gi_star(hot: Hot, ground: Geography) -> dict[str, Any]:
    table = hot.gi_star
    chosen = table.index[(table["q"] <= _GI_Q) & (table["z"] > 0)]
    return {
        "cells": len(chosen), "uneven": hot.uneven,
        "rings": _joined(chosen, ground) if len(chosen) else [],
    }  # fmt: skip


def _near_repeat(hot: Hot, inputs: Inputs) -> dict[str, Any]:
    """Return Knox's test of the events of the window whose place is known well enough."""
    objects = inputs.knowledge.objects
    places = objects[objects["radius_m"].astype(float) <= _SURE_M]
    events = hot.events[hot.events["object"].isin(places["id"])]
    facts = {"events": len(events), "least": ENOUGH_DISCOVERIES, "metres": _SURE_M}
    if len(events) < ENOUGH_DISCOVERIES:
        return {**facts, "bands": []}
    lon, lat = (events["object"].map(places[name]).to_numpy(float) for name in ("lon", "lat"))
    x, y = project(lon, lat, inputs.geography.crs)
    table = near_repeat(pd.DataFrame({"x": x, "y": y, "on": events["on"].to_numpy()}), seed=0)
    found = int((table["p_adjusted"] <= _SIGNIFICANT).sum())
    table = table.round(6).astype(object).where(table.notna(), None)
    return {
        **facts, "events": table.attrs["events"], "significant": found, "bands": records(table)
    }  # fmt: skip


def _blind(inputs: Inputs) -> dict[str, Any]:
    """Return cells and villages with objects and without a visit for a year, most risk first."""
    known, ground = inputs.knowledge, inputs.geography
    objects = watched(known)
    spots = blind_spots(
        objects, known.visits, since=inputs.monday - dt.timedelta(days=YEAR),
        weights=weights_of(objects, inputs.tables),
    )  # fmt: skip
    names = known.area_names()
    villages: list[Mapping[str, Any]] = [
        {"id": one.id, "name": names.get(one.id, one.id), "town": names.get(one.town, one.town),
         "objects": one.objects, "weight": one.weight,
         "last": None if one.last is None else one.last.isoformat()}
        for one in spots.villages[:_BLIND_SHOWN]
    ]  # fmt: skip
    ids = [one.id for one in spots.cells]
    return {
        "days": YEAR, "cells": len(ids), "cells_used": spots.cells_used,
        "villages": len(spots.villages), "villages_used": spots.villages_used,
        "weight": sum(one.weight for one in spots.cells), "top": villages,
        "rings": _joined(ids, ground) if ids else [],
    }  # fmt: skip
